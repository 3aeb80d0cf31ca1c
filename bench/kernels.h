// SPDX-License-Identifier: MIT-0
//
// kernels.h - how long each kernel takes, and what others take. After w2v.h, bench.h, speed.h and ops.h, in
// one file of a program; compiled with BENCH_BLAS, it compares with OpenBLAS.

#ifndef KERNELS_H
#define KERNELS_H

#ifdef BENCH_BLAS
#include <cblas.h>
#undef I  // of <complex.h>
#endif

enum { PLACES = 3, SLACK = 8192 };  // SLACK: floats after the buffer, for rows that begin one float late

static const bench_ops ours = BENCH_OPS_OF_HEADER;
enum { LENGTHS = 7 };
static const size_t lengths[LENGTHS] = {50, 100, 200, 300, 512, 768, 1024};

// Rows that fill so many bytes of the buffer, from there on; 0 is all
// that is left. No two places share a row.
static const struct {
    const char *name;
    size_t begin, bytes;
} places[PLACES] = {{"L1", 0, 16 << 10}, {"L2", 64 << 10, 256 << 10}, {"memory", 1 << 20, 0}};

// Pairs of rows: all the x, then from `apart` floats on all the y, `stride`
// floats from one row to the next, so that what one operation writes is
// never what another one reads as x. `next` is the pair whose turn it is.
typedef struct rows {
    float *first;
    size_t n, apart, stride, pairs, next;
} rows;

// Laid out as in a model.
static rows place_rows(const session *s, size_t n, size_t place)
{
    const size_t bytes = places[place].bytes ? places[place].bytes : s->bytes - places[place].begin;
    rows r;
    r.n = n;
    r.stride = w2v__model_row_stride(n);
    r.first = s->buffer + places[place].begin / sizeof(float);
    r.apart = bytes / 2 / sizeof(float);
    r.pairs = r.apart / r.stride;
    r.next = 0;
    return r;
}

// Where the next call finds x. Calls go on where those before have stopped, so that rows in memory have left
// the caches when their turn comes again.
static inline float *next_pair(rows *r)
{
    float *x = r->first + r->next * r->stride;
    r->next = r->next + 1 < r->pairs ? r->next + 1 : 0;
    return x;
}

// Seconds of so many calls. Every loop calls through a pointer that the compiler cannot see through.
typedef double (*loop_fn)(rows *r, size_t calls, bench_op_fn op);

static double loop_op(rows *r, size_t calls, bench_op_fn op)
{
    bench_op_fn volatile hidden = op;
    const bench_op_fn fn = hidden;
    const double start = bench_seconds();
    float sum = 0.0f;
    for (size_t i = 0; i < calls; i++) {
        float *x = next_pair(r);
        sum += fn(x, x + r->apart, r->n);
    }
    bench_sink = sum;
    return bench_seconds() - start;
}

typedef float (*dot_fn)(const float *x, const float *y, size_t n);

static double loop_dot(rows *r, size_t calls, bench_op_fn op)
{
    dot_fn volatile hidden = w2v_dot;
    const dot_fn fn = hidden;
    (void)op;
    const double start = bench_seconds();
    float sum = 0.0f;
    for (size_t i = 0; i < calls; i++) {
        const float *x = next_pair(r);
        sum += fn(x, x + r->apart, r->n);
    }
    bench_sink = sum;
    return bench_seconds() - start;
}

#ifdef BENCH_BLAS
typedef float (*sdot_fn)(const blasint n, const float *x, const blasint step_x, const float *y,
                         const blasint step_y);

static double loop_sdot(rows *r, size_t calls, bench_op_fn op)
{
    sdot_fn volatile hidden = cblas_sdot;
    const sdot_fn fn = hidden;
    (void)op;
    const double start = bench_seconds();
    float sum = 0.0f;
    for (size_t i = 0; i < calls; i++) {
        const float *x = next_pair(r);
        sum += fn((blasint)r->n, x, 1, x + r->apart, 1);
    }
    bench_sink = sum;
    return bench_seconds() - start;
}

// OpenBLAS chooses its kernels before main, and one that does not know the processor takes the oldest. To
// compare equals, the program starts again with the kernels for its own backend, unless OPENBLAS_CORETYPE
// says what to take; and without threads of OpenBLAS.
static void choose_blas(char **argv)
{
    const char *core = !strcmp(w2v_simd(), "avx512") ? "SkylakeX"
                       : !strcmp(w2v_simd(), "avx2") ? "Haswell"
                                                     : NULL;
    if (!core || getenv("OPENBLAS_CORETYPE") || setenv("OPENBLAS_CORETYPE", core, 1)) return;
    if (!setenv("OPENBLAS_NUM_THREADS", "1", 1)) execv(argv[0], argv);
}

static const char *blas_name(void)
{
    static char name[256];
    snprintf(name, sizeof name, "kernels for %s, %s", openblas_get_corename(), openblas_get_config());
    return name;
}
#else
static double loop_sdot(rows *r, size_t calls, bench_op_fn op)
{
    (void)r, (void)calls, (void)op;
    return (double)NAN;
}

static void choose_blas(char **argv) { (void)argv; }
static const char *blas_name(void) { return "not found"; }
#endif

// One of the things that are timed beside each other, and its nanoseconds a call.
typedef struct contestant {
    loop_fn loop;
    bench_op_fn op;
    double ns;
} contestant;

// Medians of rounds of 1 to 2 milliseconds each, one contestant after the other in every round.
static void race(const session *s, contestant *c, size_t n, rows *r)
{
    double ns[4][ROUNDS];
    size_t calls = 16;
    while (c[0].loop(r, calls, c[0].op) < s->effort * 1e-3) calls *= 2;
    for (size_t round = 0; round < ROUNDS; round++)
        for (size_t i = 0; i < n; i++) ns[i][round] = c[i].loop(r, calls, c[i].op) / (double)calls * 1e9;
    for (size_t i = 0; i < n; i++) c[i].ns = bench_median(ns[i], ROUNDS);
}

// ----------------------------------------------------------------------------------------------------
// What the operations should give, in double

typedef enum result_place { RETURNED, IN_X, IN_Y } result_place;

static const struct {
    const char *name;
    double flops, bytes;  // for each element: as written in w2v.h, see print_ops; of arrays read and written
    result_place result;
    float low, high;    // arguments for which the error is taken: uniform
    const char *error;  // in what
} ops[OPS] = {
    {"dot", 2, 8, RETURNED, -1, 1, "sum|xy|"},    {"axpy", 2, 12, IN_Y, -1, 1, "ulp"},
    {"scale", 1, 8, IN_X, -1, 1, "ulp"},          {"norm", 2, 4, RETURNED, -1, 1, "norm"},
    {"cosine", 6, 8, RETURNED, -1, 1, "1"},       {"exp", 21, 8, IN_Y, -87, 88, "ulp"},
    {"log", 27, 8, IN_Y, 1e-6f, 50, "ulp"},       {"sigmoid", 24, 8, IN_Y, -80, 80, "ulp"},
    {"log_sigmoid", 48, 8, IN_Y, -80, 80, "ulp"}, {"sigmoid_derivative", 2, 8, IN_Y, 0, 1, "ulp"},
    {"leaky_relu", 1, 8, IN_Y, -10, 10, "ulp"},   {"softmax", 24, 8, IN_Y, -10, 10, "ulp"},
};

// Element i of the result of an operation that works element by element.
static double expected(size_t op, double x, double y)
{
    switch (op) {
    case OP_AXPY: return y + (double)BENCH_STEP * x;
    case OP_SCALE: return (double)bench_one * x;
    case OP_EXP: return exp(x);
    case OP_LOG: return log(x);
    case OP_SIGMOID: return x > 0.0 ? 1.0 / (1.0 + exp(-x)) : exp(x) / (1.0 + exp(x));
    case OP_LOG_SIGMOID: return (x < 0.0 ? x : 0.0) - log1p(exp(-fabs(x)));
    case OP_SIGMOID_DERIVATIVE: return x * (1.0 - x);
    default: return x > 0.0 ? x : (double)BENCH_SLOPE * x;
    }
}

static double ulps(double got, double want)
{
    int exponent;
    frexp(want, &exponent);
    return fabs(got - want) / ldexp(1.0, exponent > -125 ? exponent - 24 : -149);
}

// The error of a sum, as a part of what it is made of.
static double sum_error(size_t op, const float *x, const float *y, size_t n, double got)
{
    double xx = 0.0, xy = 0.0, yy = 0.0, size = 0.0;
    for (size_t i = 0; i < n; i++) {
        xx += (double)x[i] * (double)x[i];
        xy += (double)x[i] * (double)y[i];
        yy += (double)y[i] * (double)y[i];
        size += fabs((double)x[i] * (double)y[i]);
    }
    if (op == OP_NORM) return fabs(got - sqrt(xx)) / sqrt(xx);
    if (op == OP_COSINE) return fabs(got - xy / sqrt(xx * yy));
    return fabs(got - xy) / size;
}

static double softmax_error(const float *x, const float *got, size_t n)
{
    double total = 0.0, worst = 0.0;
    for (size_t i = 0; i < n; i++) total += exp((double)x[i]);
    for (size_t i = 0; i < n; i++) worst = fmax(worst, ulps((double)got[i], exp((double)x[i]) / total));
    return worst;
}

// The largest error over vectors of n random numbers, so many numbers in all.
static double largest_error(size_t op, size_t n, size_t numbers)
{
    enum { LONGEST = 1024 };
    static float x[LONGEST], y[LONGEST], out_x[LONGEST], out_y[LONGEST];
    w2v_random random = w2v_random_stream(1, op);
    double worst = 0.0;
    for (size_t done = 0; done < numbers; done += n) {
        for (size_t i = 0; i < n; i++) {
            x[i] = ops[op].low + (ops[op].high - ops[op].low) * w2v_random_float(&random);
            y[i] = 2.0f * w2v_random_float(&random) - 1.0f;
        }
        memcpy(out_x, x, sizeof x);
        memcpy(out_y, y, sizeof y);
        const double got = (double)ours.fn[op](out_x, out_y, n);
        const float *out = ops[op].result == IN_X ? out_x : out_y;
        if (ops[op].result == RETURNED) worst = fmax(worst, sum_error(op, x, y, n, got));
        if (op == OP_SOFTMAX) worst = fmax(worst, softmax_error(x, out, n));
        for (size_t i = 0; op != OP_SOFTMAX && ops[op].result != RETURNED && i < n; i++)
            worst = fmax(worst, ulps((double)out[i], expected(op, (double)x[i], (double)y[i])));
    }
    return worst;
}

// ----------------------------------------------------------------------------------------------------
// Tables

// The speed for the table of percentages and, for kernels that only read rows from memory, the cache lines
// read.
static void note_kernel(session *s, const char *table, const char *name, size_t place, const char *place_name,
                        size_t arrays_read, size_t n, double ns, double gflops)
{
    char row[40];
    snprintf(row, sizeof row, "%s, %s", name, place_name);
    note_speed(s, &s->peak, table, row, (double)n, gflops);
    if (place == 2 && arrays_read)
        note_speed(s, &s->bandwidth, table, row, (double)n,
                   (double)(arrays_read * w2v__rows_floats(n) * sizeof(float)) / ns);
}

// The summary shows the best of every length and place.
static void offer_figure(session *s, size_t op, size_t n, double gflops, const contestant c[3])
{
    const figure_id id = op == OP_DOT ? FIGURE_DOT : op == OP_AXPY ? FIGURE_AXPY : FIGURE_SIGMOID;
    figure *f = &s->figures[id];
    char name[64];
    if ((op != OP_DOT && op != OP_AXPY && op != OP_SIGMOID) || gflops <= f->gflops) return;
    snprintf(name, sizeof name, "%s, %zu floats", ops[op].name, n);
    *f = make_figure(name, gflops, c[1].ns / c[0].ns, c[2].ns / c[0].ns);
    snprintf(f->value, sizeof f->value, "%.1f ns", c[0].ns);
}

static void time_op(session *s, bench_table *t, size_t op, size_t n, size_t place)
{
    contestant c[3] = {{loop_op, NULL, 0.0}, {loop_op, NULL, 0.0}, {loop_op, NULL, 0.0}};
    rows r = place_rows(s, n, place);
    c[0].op = ours.fn[op];
    c[1].op = bench_scalar.fn[op];
    c[2].op = bench_plain.fn[op];
    race(s, c, 3, &r);
    const double gflops = ops[op].flops * (double)n / c[0].ns,
                 error = largest_error(op, n, (size_t)(s->effort * 1e5) + 1);
    const double numbers[] = {
        c[0].ns, gflops, ops[op].bytes * (double)n / c[0].ns, c[1].ns / c[0].ns, c[2].ns / c[0].ns, error};
    bench_string(t, ops[op].name);
    bench_number(t, (double)n);
    bench_string(t, places[place].name);
    bench_numbers(t, numbers, sizeof numbers / sizeof *numbers);
    bench_string(t, ops[op].error);
    note_kernel(s, "kernels by n", ops[op].name, place, places[place].name,
                ops[op].result == RETURNED ? (size_t)ops[op].bytes / sizeof(float) : 0, n, c[0].ns, gflops);
    offer_figure(s, op, n, gflops, c);
}

static void print_ops(session *s)
{
    static const bench_column columns[] = {
        {"kernel", "", -18, 0, ""},
        {"n", "", 5, 0, "length of a vector; rows are aligned and padded as in a model"},
        {"in", "", -6, 0, "where the rows come from"},
        {"time", "ns", 9, 1, "of one call"},
        {"speed", "GFLOP/s", 8, 1,
         "additions, multiplications and divisions as written in w2v.h; a fused multiply-add is two"},
        {"memory", "GB/s", 8, 1, "n floats of every array, once for reading and once for writing"},
        {"x scalar", "", 8, 2, "how many times as fast as w2v.h with W2V_SIMD_SCALAR, -O3"},
        {"x plain", "", 8, 2, "how many times as fast as the plain loop, -O3 -march=native -ffast-math"},
        {"error", "", 8, -2, "the largest over 100,000 random arguments against double"},
        {"in units of", "", -11, 0, "ulp: units in the last place of the result"},
    };
    size_t any = 0;
    for (size_t op = 0; op < OPS; op++) any += (size_t)is_selected(s, ops[op].name);
    if (!any) return;
    bench_table t = bench_begin("kernels", columns, sizeof columns / sizeof *columns);
    for (size_t op = 0; op < OPS; op++) {
        if (!is_selected(s, ops[op].name)) continue;
        if (!s->full) say("%s ...", ops[op].name);
        for (size_t l = 0; l < LENGTHS; l++)
            for (size_t p = 0; p < (s->full ? PLACES : 1); p++) time_op(s, &t, op, lengths[l], p);
    }
    bench_end(&t);
}

static void print_dot_row(session *s, bench_table *t, size_t place, const char *name, rows *r)
{
    contestant c[3] = {
        {loop_dot, NULL, 0.0}, {loop_sdot, NULL, 0.0}, {loop_op, bench_read_rows, (double)NAN}};
    race(s, c, bench_read_rows ? 3 : 2, r);
    const double n = (double)r->n, gflops = 2.0 * n / c[0].ns;
    const double numbers[] = {c[0].ns,           gflops,  8.0 * n / c[0].ns, c[2].ns,
                              c[0].ns / c[2].ns, c[1].ns, c[1].ns / c[0].ns};
    bench_number(t, n);
    bench_string(t, name);
    bench_numbers(t, numbers, sizeof numbers / sizeof *numbers);
    note_kernel(s, "dot by n", "w2v_dot", place, name, 2, r->n, c[0].ns, gflops);
}

static void print_dot(session *s)
{
    static const bench_column columns[] = {
        {"n", "", 5, 0, ""},
        {"rows", "", -12, 0,
         "aligned and padded as in a model; unaligned: one directly after the other, one float off"},
        {"time", "ns", 8, 1, "of one call of w2v_dot through a pointer"},
        {"speed", "GFLOP/s", 8, 1, ""},
        {"memory", "GB/s", 8, 1, ""},
        {"loads", "ns", 8, 1,
         "of one call that loads the same rows and does nothing with them, in alternate rounds"},
        {"x loads", "", 8, 2, "how many times the time of those loads w2v_dot takes"},
        {"OpenBLAS", "ns", 9, 1,
         "of one call of cblas_sdot through a pointer, one thread, in alternate rounds"},
        {"x OpenBLAS", "", 10, 2, "how many times as fast as that"},
    };
    bench_table t = bench_begin("dot", columns, sizeof columns / sizeof *columns);
    for (size_t l = 0; l < LENGTHS; l++)
        for (size_t p = 0; p < PLACES; p++) {
            rows r = place_rows(s, lengths[l], p);
            print_dot_row(s, &t, p, places[p].name, &r);
            if (p) continue;
            r.stride = lengths[l];
            r.first++;
            print_dot_row(s, &t, p, "L1 unaligned", &r);
        }
    bench_end(&t);
}

// Nanoseconds of a training step on I x J rows of n floats in L1 (or as
// near as they fit): scores, gradients, update. One round.
static double time_step(const session *s, const w2v__kernels *kernels, size_t I, size_t J, size_t n)
{
    enum { MOST = 16 };
    static float coef[MOST * MOST + 16], score[MOST * MOST + 16], old[MOST * 16];
    float *x[MOST], *y[MOST];
    const size_t stride = w2v__model_row_stride(n);
    for (size_t i = 0; i < MOST; i++) {
        x[i] = s->buffer + 2 * i * stride;
        y[i] = x[i] + stride;
    }
    const w2v__v_prefetch_list prefetch = {x, I, w2v__step_fetch_stride(n)};
    const size_t calls = (size_t)(s->effort * 1e8) / (6 * I * J * n) + 1;
    const double start = bench_seconds();
    for (size_t c = 0; c < calls; c++) {
        kernels->scores(x, I, y, J, n, score);
        kernels->gradients(coef, score, I * J);
        kernels->update(x, NULL, I, y, J, n, score, old, &prefetch);
    }
    return (bench_seconds() - start) / (double)calls * 1e9;
}

static void print_step(session *s)
{
    static const size_t floats[] = {64, 112, 128, 256, 304, 512, 768},
                        shapes[][2] = {{1, 6}, {6, 6}, {8, 6}, {11, 12}};
    static const bench_column columns[] = {
        {"I", "", 3, 0, "input rows"},
        {"J", "", 3, 0, "output rows; every input meets every output"},
        {"n", "", 5, 0, "floats in a row"},
        {"time", "ns", 9, 1, "of one training step: scores, gradients, update, on rows in L1"},
        {"speed", "GFLOP/s", 8, 1, "6 n for each pair of rows: score and two updates"},
        {"pair", "ns", 8, 2, "time by I J"},
        {"pair / n", "ps", 8, 2, "and by n: the same for every n, if there is no cliff"},
    };
    bench_table t = bench_begin("step", columns, sizeof columns / sizeof *columns);
    if (!s->full) say("step ...");
    for (size_t k = 0; k < sizeof shapes / sizeof *shapes; k++)
        for (size_t l = 0; l < sizeof floats / sizeof *floats; l++) {
            const size_t I = shapes[k][0], J = shapes[k][1], n = floats[l];
            double round[ROUNDS];
            for (int r = 0; r < ROUNDS; r++) round[r] = time_step(s, w2v__kernels_in_use(), I, J, n);
            const double ns = bench_median(round, ROUNDS), pairs = (double)(I * J),
                         gflops = 6.0 * pairs * (double)n / ns;
            const double numbers[] = {
                (double)I, (double)J, (double)n, ns, gflops, ns / pairs, 1e3 * ns / pairs / (double)n};
            char name[64];
            bench_numbers(&t, numbers, sizeof numbers / sizeof *numbers);
            snprintf(name, sizeof name, "%zu x %zu rows", I, J);
            note_speed(s, &s->peak, "step by n", name, (double)n, gflops);
            if (gflops <= s->figures[FIGURE_STEP].gflops) continue;
            snprintf(name, sizeof name, "training step, %zu x %zu rows of %zu", I, J, n);
            s->figures[FIGURE_STEP] = make_figure(name, gflops, (double)NAN, (double)NAN);
            snprintf(s->figures[FIGURE_STEP].value, sizeof s->figures[FIGURE_STEP].value, "%.0f ns", ns);
        }
    bench_end(&t);
}

// Nanoseconds of a kernel of one backend on vectors of n floats, which are in L1. One round.
static double time_kernel(const session *s, const w2v__kernels *of, size_t op, size_t n)
{
    const w2v__kernels *volatile kernels = of;  // the compiler may not take a call out of the loop
    float *x = s->buffer, *y = s->buffer + 4096;
    const size_t calls =
        (size_t)(s->effort * 2e7) / (op == OP_DOT || op == OP_AXPY ? n + 100 : 10 * n + 100) + 1;
    float sum = 0.0f;
    const double start = bench_seconds();
    for (size_t c = 0; c < calls; c++) {
        if (op == OP_DOT) sum += kernels->dot(x, y, n);
        if (op == OP_AXPY) kernels->axpy(BENCH_STEP, x, y, n);
        if (op == OP_SIGMOID) kernels->sigmoid(x, y, n);
        if (op == OP_SOFTMAX) sum += kernels->softmax(x, y, n);
    }
    const double took = bench_seconds() - start;
    bench_sink = sum;
    return took / (double)calls * 1e9;
}

// Every backend of this program that the processor can run, beside the first, which runs on any of its kind.
static void print_backends(const session *s)
{
    static const bench_column columns[] = {
        {"backend", "", -12, 0, "what a program without -m flags chooses from; the last is in use"},
        {"kernel", "", -10, 0, "step: scores, gradients and update of 8 inputs and 6 outputs"},
        {"n", "", 5, 0, "length of a vector"},
        {"time", "ns", 9, 1, "of one call, in L1"},
        {"ratio", "", 6, 2, "how many times as fast as the first backend"}};
    static const size_t timed[] = {OP_DOT, OP_AXPY, OP_SIGMOID, OP_SOFTMAX, OPS}, floats[] = {16, 100, 304};
    const w2v__kernels *list[MOST_BACKENDS];
    const size_t backends = usable_backends(list);
    bench_table t = bench_begin("backends", columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < sizeof timed / sizeof *timed; i++)
        for (size_t l = 0; l < sizeof floats / sizeof *floats; l++) {
            const size_t n = floats[l];
            double round[MOST_BACKENDS][ROUNDS];
            for (int r = 0; r < ROUNDS; r++)
                for (size_t b = 0; b < backends; b++)
                    round[b][r] = timed[i] == OPS ? time_step(s, list[b], 8, 6, (n + 15) / 16 * 16)
                                                  : time_kernel(s, list[b], timed[i], n);
            for (size_t b = 0; b < backends; b++) {
                const double ns = bench_median(round[b], ROUNDS),
                             numbers[] = {(double)n, ns, bench_median(round[0], ROUNDS) / ns};
                bench_string(&t, list[b]->name);
                bench_string(&t, timed[i] == OPS ? "step" : ops[timed[i]].name);
                bench_numbers(&t, numbers, 3);
            }
        }
    bench_end(&t);
}

// What the choice at run time costs a call of w2v_dot.
static void print_choice(const session *s)
{
    static const bench_column columns[] = {
        {"n", "", 5, 0, "length of the vectors of w2v_dot"},
        {"w2v_dot", "ns", 9, 2, "with the choice of the backend"},
        {"kernel", "ns", 9, 2, "the kernel alone, called through the table"},
        {"choice", "ns", 9, 2, "the difference"}};
    static const size_t floats[] = {4, 16, 100, 300};
    bench_table t = bench_begin("choice", columns, sizeof columns / sizeof *columns);
    for (size_t l = 0; l < sizeof floats / sizeof *floats; l++) {
        const size_t n = floats[l], calls = (size_t)(s->effort * 5e5) + 1;
        const w2v__kernels *kernels = w2v__kernels_in_use();
        float *volatile x = s->buffer, *y = s->buffer + 4096;  // no call may be taken out of a loop
        double chosen[ROUNDS], alone[ROUNDS];
        for (int k = 0; k < ROUNDS; k++) {
            float sum = 0.0f;
            const double start = bench_seconds();
            for (size_t c = 0; c < calls; c++) sum += w2v_dot(x, y, n);
            const double middle = bench_seconds();
            for (size_t c = 0; c < calls; c++) sum += kernels->dot(x, y, n);
            alone[k] = (bench_seconds() - middle) / (double)calls * 1e9;
            chosen[k] = (middle - start) / (double)calls * 1e9;
            bench_sink = sum;
        }
        const double a = bench_median(chosen, ROUNDS), b = bench_median(alone, ROUNDS),
                     numbers[] = {(double)n, a, b, a - b};
        bench_numbers(&t, numbers, 4);
    }
    bench_end(&t);
}

// ----------------------------------------------------------------------------------------------------

static void print_kernels(session *s)
{
    print_ops(s);
    if (s->full && is_selected(s, "dot")) print_dot(s);
    if (is_selected(s, "step")) print_step(s);
    if (is_selected(s, "backends")) print_backends(s);
    if (is_selected(s, "choice")) print_choice(s);
}

#endif
