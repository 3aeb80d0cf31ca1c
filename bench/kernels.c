// SPDX-License-Identifier: MIT-0
//
// kernels.c - how long each kernel takes, what part of what the processor
// can do that is, and what others take
//
//   build/bench/kernels [-csv|-json] [NAME...]      NAME: an operation (dot, axpy ...) or `step`; without one: everything

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include "bench.h"
#include "ops.h"

#ifdef BENCH_BLAS
#include <cblas.h>
#undef I  // of <complex.h>
#endif

enum { ROUNDS = 5, PLACES = 3, SLACK = 8192 };  // SLACK: floats behind the buffer, for rows that begin one float late

static const bench_ops ours = BENCH_OPS_OF_HEADER;
static const size_t sizes[] = {50, 100, 200, 300, 512, 768, 1024};

// Rows that fill so many bytes of the buffer, from there on; 0 is all
// that is left. No two places share a row.
static const struct {
    const char *name;
    size_t begin, bytes;
} places[PLACES] = {{"L1", 0, 16 << 10}, {"L2", 64 << 10, 256 << 10}, {"memory", 1 << 20, 0}};

// What the machine can do, and a buffer for rows that no cache holds.
typedef struct machine {
    double peak, clock, bandwidth;  // GFLOP/s, GHz, GB/s
    float *buffer;
    size_t bytes;
} machine;

// Pairs of rows: all the x, then from `apart` floats on all the y, `stride`
// floats from one row to the next, so that what one operation writes is
// never what another one reads as x. `next` is the pair whose turn it is.
typedef struct rows {
    float *first;
    size_t n, apart, stride, pairs, next;
} rows;

// Laid out as in a model.
static rows place_rows(const machine *m, size_t n, size_t place)
{
    const size_t bytes = places[place].bytes ? places[place].bytes : m->bytes - places[place].begin;
    rows r;
    r.n = n;
    r.stride = w2v__row_stride(n);
    r.first = m->buffer + places[place].begin / sizeof(float);
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
    const double start = w2v__seconds();
    float sum = 0.0f;
    for (size_t i = 0; i < calls; i++) {
        float *x = next_pair(r);
        sum += fn(x, x + r->apart, r->n);
    }
    bench_sink = sum;
    return w2v__seconds() - start;
}

typedef float (*dot_fn)(const float *x, const float *y, size_t n);

static double loop_dot(rows *r, size_t calls, bench_op_fn op)
{
    dot_fn volatile hidden = w2v_dot;
    const dot_fn fn = hidden;
    (void)op;
    const double start = w2v__seconds();
    float sum = 0.0f;
    for (size_t i = 0; i < calls; i++) {
        const float *x = next_pair(r);
        sum += fn(x, x + r->apart, r->n);
    }
    bench_sink = sum;
    return w2v__seconds() - start;
}

#ifdef BENCH_BLAS
typedef float (*sdot_fn)(const blasint n, const float *x, const blasint step_x, const float *y,
                         const blasint step_y);

static double loop_sdot(rows *r, size_t calls, bench_op_fn op)
{
    sdot_fn volatile hidden = cblas_sdot;
    const sdot_fn fn = hidden;
    (void)op;
    const double start = w2v__seconds();
    float sum = 0.0f;
    for (size_t i = 0; i < calls; i++) {
        const float *x = next_pair(r);
        sum += fn((blasint)r->n, x, 1, x + r->apart, 1);
    }
    bench_sink = sum;
    return w2v__seconds() - start;
}

// OpenBLAS chooses its kernels before main, and one that does not know the
// processor takes the oldest. To compare equals, the program starts again with
// the kernels for its own backend, unless OPENBLAS_CORETYPE says what to take.
static void choose_blas(char **argv)
{
    const char *core = !strcmp(w2v_simd(), "avx512") ? "SkylakeX"
                       : !strcmp(w2v_simd(), "avx2") ? "Haswell"
                                                     : NULL;
    if (core && !getenv("OPENBLAS_CORETYPE") && !setenv("OPENBLAS_CORETYPE", core, 1)) execv(argv[0], argv);
}

static const char *blas_name(void)
{
    static char name[256];
    openblas_set_num_threads(1);
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
static void race(contestant *c, size_t n, rows *r)
{
    double ns[4][ROUNDS];
    size_t calls = 16;
    while (c[0].loop(r, calls, c[0].op) < 1e-3) calls *= 2;
    for (size_t round = 0; round < ROUNDS; round++)
        for (size_t i = 0; i < n; i++) ns[i][round] = c[i].loop(r, calls, c[i].op) / (double)calls * 1e9;
    for (size_t i = 0; i < n; i++) c[i].ns = bench_median(ns[i], ROUNDS);
}

// -----------------------------------------------------------------------------------------------------------------
// What the operations should give, in double

typedef enum result_place { RETURNED, IN_X, IN_Y } result_place;

static const struct {
    const char *name;
    double flops, bytes;  // for each element: additions, multiplications and divisions as written in w2v.h; arrays read and written
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

// The largest error over vectors of n random numbers, 100,000 numbers in all.
static double largest_error(size_t op, size_t n)
{
    enum { LONGEST = 1024, NUMBERS = 100000 };
    static float x[LONGEST], y[LONGEST], out_x[LONGEST], out_y[LONGEST];
    w2v_random random = w2v_random_stream(1, op);
    double worst = 0.0;
    for (size_t done = 0; done < NUMBERS; done += n) {
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

// -----------------------------------------------------------------------------------------------------------------
// Tables

// Whether the command line asks for it: it names it, or nothing.
static int wanted(char **names, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(names[i], name)) return 1;
    return !n;
}

static void print_ops(const machine *m, char **names, size_t n_names)
{
    static const bench_column columns[] = {
        {"kernel", "", -18, 0, ""},
        {"n", "", 5, 0, "length of a vector; rows are aligned and padded as in a model"},
        {"in", "", -6, 0, "where the rows come from"},
        {"time", "ns", 9, 1, "of one call"},
        {"speed", "GFLOP/s", 8, 1,
         "additions, multiplications and divisions as written in w2v.h; a fused multiply-add is two"},
        {"of peak", "%", 8, 1, "of the measured multiply-add peak of a core"},
        {"memory", "GB/s", 8, 1, "n floats of every array, once for bench_read_rows and once for writing"},
        {"x scalar", "", 9, 2, "how many times as fast as w2v.h with W2V_SIMD_SCALAR, -O3"},
        {"x plain", "", 8, 2, "how many times as fast as the plain loop, -O3 -march=native -ffast-math"},
        {"error", "", 8, -2, "the largest over 100,000 random arguments against double"},
        {"in units of", "", -12, 0, "ulp: units in the last place of the result"},
    };
    bench_table t;
    int begun = 0;
    for (size_t op = 0; op < OPS; op++) {
        if (!wanted(names, n_names, ops[op].name)) continue;
        if (!begun++) t = bench_begin("kernels", columns, sizeof columns / sizeof *columns);
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
            const double n = (double)sizes[s], error = largest_error(op, sizes[s]);
            for (size_t p = 0; p < PLACES; p++) {
                contestant c[3] = {{loop_op, NULL, 0.0}, {loop_op, NULL, 0.0}, {loop_op, NULL, 0.0}};
                rows r = place_rows(m, sizes[s], p);
                c[0].op = ours.fn[op];
                c[1].op = bench_scalar.fn[op];
                c[2].op = bench_plain.fn[op];
                race(c, 3, &r);
                const double gflops = ops[op].flops * n / c[0].ns;
                const double numbers[] = {c[0].ns,
                                          gflops,
                                          100.0 * gflops / m->peak,
                                          ops[op].bytes * n / c[0].ns,
                                          c[1].ns / c[0].ns,
                                          c[2].ns / c[0].ns,
                                          error};
                bench_string(&t, ops[op].name);
                bench_number(&t, n);
                bench_string(&t, places[p].name);
                bench_numbers(&t, numbers, sizeof numbers / sizeof *numbers);
                bench_string(&t, ops[op].error);
            }
        }
    }
    if (begun) bench_end(&t);
}

// Nanoseconds of what a dot product of these rows has to do at least: two loads of a register a cycle of the
// measured clock where they lie in L1, the bytes of the padded rows at the measured speed of a plain read
// where they lie in memory.
static double dot_bound(const machine *m, size_t place, size_t n)
{
    const double bytes = 2.0 * (double)(w2v__row_floats(n) * sizeof(float)),
                 width = (double)bench_register_bytes();
    if (place == 0) return width > 0.0 ? bytes / width / 2.0 / m->clock : (double)NAN;
    return place == 2 ? bytes / m->bandwidth : (double)NAN;
}

static void print_dot_row(bench_table *t, const machine *m, const char *name, rows *r, double bound)
{
    contestant c[3] = {
        {loop_dot, NULL, 0.0}, {loop_sdot, NULL, 0.0}, {loop_op, bench_read_rows, (double)NAN}};
    race(c, bench_read_rows ? 3 : 2, r);
    const double n = (double)r->n, gflops = 2.0 * n / c[0].ns;
    const double numbers[] = {c[0].ns,
                              gflops,
                              100.0 * gflops / m->peak,
                              8.0 * n / c[0].ns,
                              bound,
                              100.0 * bound / c[0].ns,
                              c[2].ns,
                              100.0 * c[2].ns / c[0].ns,
                              c[1].ns,
                              c[1].ns / c[0].ns};
    bench_number(t, n);
    bench_string(t, name);
    bench_numbers(t, numbers, sizeof numbers / sizeof *numbers);
}

static void print_dot(const machine *m)
{
    static const bench_column columns[] = {
        {"n", "", 5, 0, ""},
        {"rows", "", -12, 0,
         "aligned and padded as in a model; unaligned: one behind the other, one float off"},
        {"time", "ns", 8, 1, "of one call of w2v_dot through a pointer"},
        {"speed", "GFLOP/s", 8, 1, ""},
        {"of peak", "%", 8, 1, ""},
        {"memory", "GB/s", 8, 1, ""},
        {"bound", "ns", 8, 1,
         "L1: two loads of a register a cycle (some cores do three, if they are narrow); memory: a plain "
         "read"},
        {"of bound", "%", 9, 1, "the bound by the time"},
        {"bench_read_rows", "ns", 8, 1,
         "of one call that brings the same rows into registers and does nothing with them, in alternate "
         "rounds"},
        {"of bench_read_rows", "%", 10, 1, "that by the time"},
        {"OpenBLAS", "ns", 9, 1,
         "of one call of cblas_sdot through a pointer, one thread, in alternate rounds"},
        {"x OpenBLAS", "", 10, 2, "how many times as fast as that"},
    };
    bench_table t = bench_begin("dot", columns, sizeof columns / sizeof *columns);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        const size_t n = sizes[s];
        for (size_t p = 0; p < PLACES; p++) {
            rows r = place_rows(m, n, p);
            print_dot_row(&t, m, places[p].name, &r, dot_bound(m, p, n));
            if (p) continue;
            r.stride = n;
            r.first++;
            print_dot_row(&t, m, "L1 unaligned", &r, dot_bound(m, p, n));
        }
    }
    bench_end(&t);
}

// Nanoseconds of a training step on I x J rows of n floats in L1 (or as
// near as they fit): scores, gradients, update.
static double time_step(const machine *m, const w2v__kernels *kernels, size_t I, size_t J, size_t n)
{
    enum { MOST = 16 };
    static float coef[MOST * MOST + 16], score[MOST * MOST + 16], old[MOST * 16];
    float *x[MOST], *y[MOST];
    const size_t stride = w2v__row_stride(n);
    for (size_t i = 0; i < MOST; i++) {
        x[i] = m->buffer + 2 * i * stride;
        y[i] = x[i] + stride;
    }
    const w2v__prefetch_list prefetch = {x, I, w2v__fetch_step(n)};
    const size_t calls = 100000000 / (6 * I * J * n) + 1;
    double round[ROUNDS];
    for (int k = 0; k < ROUNDS; k++) {
        const double start = w2v__seconds();
        for (size_t c = 0; c < calls; c++) {
            kernels->scores(x, I, y, J, n, score);
            kernels->gradients(coef, score, I * J);
            kernels->update(x, NULL, I, y, J, n, score, old, &prefetch);
        }
        round[k] = (w2v__seconds() - start) / (double)calls * 1e9;
    }
    return bench_median(round, ROUNDS);
}

static void print_step(const machine *m)
{
    static const size_t lengths[] = {64, 112, 128, 256, 304, 512, 768},
                        shapes[][2] = {{1, 6}, {6, 6}, {8, 6}, {11, 12}};
    static const bench_column columns[] = {
        {"I", "", 3, 0, "input rows"},
        {"J", "", 3, 0, "output rows; every input meets every output"},
        {"n", "", 5, 0, "floats in a row"},
        {"time", "ns", 9, 1, "of one training step: scores, gradients, update, on rows in L1"},
        {"speed", "GFLOP/s", 8, 1, "6 n for each pair of rows: score and two updates"},
        {"of peak", "%", 8, 1, ""},
        {"pair", "ns", 8, 2, "time by I J"},
        {"pair / n", "ps", 8, 2, "and by n: the same for every n, if there is no cliff"},
    };
    bench_table t = bench_begin("step", columns, sizeof columns / sizeof *columns);
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++) {
            const size_t I = shapes[s][0], J = shapes[s][1], n = lengths[l];
            const double ns = time_step(m, w2v__kernels_in_use(), I, J, n), pairs = (double)(I * J),
                         gflops = 6.0 * pairs * (double)n / ns;
            const double numbers[] = {(double)I,  (double)J,
                                      (double)n,  ns,
                                      gflops,     100.0 * gflops / m->peak,
                                      ns / pairs, 1e3 * ns / pairs / (double)n};
            bench_numbers(&t, numbers, sizeof numbers / sizeof *numbers);
        }
    bench_end(&t);
}

// Nanoseconds of a kernel of one backend on vectors of n floats, which are in L1.
static double time_kernel(const machine *m, const w2v__kernels *kernels, size_t op, size_t n)
{
    float *x = m->buffer, *y = m->buffer + 4096;
    const size_t calls = 20000000 / (op == OP_DOT || op == OP_AXPY ? n + 100 : 10 * n + 100);
    double round[ROUNDS];
    for (int k = 0; k < ROUNDS; k++) {
        float sum = 0.0f;
        const double start = w2v__seconds();
        for (size_t c = 0; c < calls; c++) {
            if (op == OP_DOT) sum += kernels->dot(x, y, n);
            if (op == OP_AXPY) kernels->axpy(BENCH_STEP, x, y, n);
            if (op == OP_SIGMOID) kernels->sigmoid(x, y, n);
            if (op == OP_SOFTMAX) sum += kernels->softmax(x, y, n);
        }
        round[k] = (w2v__seconds() - start) / (double)calls * 1e9;
        bench_sink = sum;
    }
    return bench_median(round, ROUNDS);
}

// Every backend of this program that the processor can run, beside the first, which runs on any of its kind.
static void print_backends(const machine *m)
{
    static const bench_column columns[] = {
        {"backend", "", -12, 0, "what a program without -m flags chooses from; the last is in use"},
        {"kernel", "", -10, 0, "step: scores, gradients and update of 8 inputs and 6 outputs"},
        {"n", "", 5, 0, "length of a vector"},
        {"time", "ns", 9, 1, "of one call, in L1"},
        {"ratio", "", 6, 2, "how many times as fast as the first backend"}};
    static const size_t timed[] = {OP_DOT, OP_AXPY, OP_SIGMOID, OP_SOFTMAX, OPS}, lengths[] = {16, 100, 304};
    const w2v__kernels *list[W2V__MOST_BACKENDS];
    const size_t backends = w2v__usable_kernels(list);
    bench_table t = bench_begin("backends", columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < sizeof timed / sizeof *timed; i++)
        for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++) {
            double first = 0.0;
            for (size_t b = 0; b < backends; b++) {
                const size_t n = lengths[l];
                const double ns = timed[i] == OPS ? time_step(m, list[b], 8, 6, (n + 15) / 16 * 16)
                                                  : time_kernel(m, list[b], timed[i], n);
                if (!b) first = ns;
                const double numbers[] = {(double)n, ns, first / ns};
                bench_string(&t, list[b]->name);
                bench_string(&t, timed[i] == OPS ? "step" : ops[timed[i]].name);
                bench_numbers(&t, numbers, 3);
            }
        }
    bench_end(&t);
}

// What the choice at run time costs a call of w2v_dot.
static void print_choice(const machine *m)
{
    static const bench_column columns[] = {
        {"n", "", 5, 0, "length of the vectors of w2v_dot"},
        {"w2v_dot", "ns", 9, 2, "with the choice of the backend"},
        {"kernel", "ns", 9, 2, "the kernel alone, called through the table"},
        {"choice", "ns", 9, 2, "the difference"}};
    static const size_t lengths[] = {4, 16, 100, 300};
    bench_table t = bench_begin("choice", columns, sizeof columns / sizeof *columns);
    for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++) {
        const size_t n = lengths[l], calls = 500000;
        const w2v__kernels *kernels = w2v__kernels_in_use();
        float *x = m->buffer, *y = m->buffer + 4096;
        double chosen[ROUNDS], alone[ROUNDS];
        for (int k = 0; k < ROUNDS; k++) {
            float sum = 0.0f;
            const double start = w2v__seconds();
            for (size_t c = 0; c < calls; c++) sum += w2v_dot(x, y, n);
            const double middle = w2v__seconds();
            for (size_t c = 0; c < calls; c++) sum += kernels->dot(x, y, n);
            alone[k] = (w2v__seconds() - middle) / (double)calls * 1e9;
            chosen[k] = (middle - start) / (double)calls * 1e9;
            bench_sink = sum;
        }
        const double a = bench_median(chosen, ROUNDS), b = bench_median(alone, ROUNDS),
                     numbers[] = {(double)n, a, b, a - b};
        bench_numbers(&t, numbers, 4);
    }
    bench_end(&t);
}

// -----------------------------------------------------------------------------------------------------------------

static machine measure_machine(void)
{
    machine m;
    m.bytes = bench_memory_bytes();
    m.buffer = w2v__alloc_floats(m.bytes / sizeof(float) + SLACK);
    if (!m.buffer) bench_die(1, "kernels", "out of memory: %zu bytes wanted", m.bytes);
    for (size_t i = 0; i < m.bytes / sizeof(float) + SLACK; i++) m.buffer[i] = (float)(i % 17 + 1) * 0.05f;
    m.peak = bench_peak();
    m.clock = bench_clock();
    m.bandwidth = bench_bandwidth(m.buffer, m.bytes / sizeof(float));
    return m;
}

static void print_conditions(const machine *m)
{
    bench_table t = bench_conditions();
    bench_fact(&t, "OpenBLAS", "%s", blas_name());
    bench_fact(&t, "multiply-add peak", "%.1f GFLOP/s of a core, measured", m->peak);
    bench_fact(&t, "clock", "%.2f GHz, measured", m->clock);
    bench_fact(&t, "read bandwidth", "%.1f GB/s of a core, measured over %zu MB", m->bandwidth,
               m->bytes >> 20);
    bench_fact(&t, "rounds", "%d, medians; what is compared takes turns", ROUNDS);
    bench_end(&t);
}

// Takes the options out; the names stay in front.
static size_t parse(int argc, char **argv)
{
    size_t names = 0;
    for (int i = 1; i < argc; i++) {
        if (bench_takes_format(argv[i])) continue;
        int known = !strcmp(argv[i], "step") || !strcmp(argv[i], "backends") || !strcmp(argv[i], "choice");
        for (size_t op = 0; op < OPS; op++) known |= !strcmp(argv[i], ops[op].name);
        if (!known)
            bench_die(2, "kernels",
                      "'%s' is no kernel (dot, exp, ..., step, backends, choice) and no format (-csv, -json)",
                      argv[i]);
        argv[names++] = argv[i];
    }
    return names;
}

int main(int argc, char **argv)
{
    choose_blas(argv);
    const size_t names = parse(argc, argv);
    const machine m = measure_machine();
    print_conditions(&m);
    print_ops(&m, argv, names);
    if (wanted(argv, names, "dot")) print_dot(&m);
    if (wanted(argv, names, "step")) print_step(&m);
    if (wanted(argv, names, "backends")) print_backends(&m);
    if (wanted(argv, names, "choice")) print_choice(&m);
    bench_finish();
    w2v__free_aligned(m.buffer);
    return 0;
}
