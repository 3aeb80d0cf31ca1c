// SPDX-License-Identifier: MIT-0
//
// losses.h - how long the textbook's losses take, with their gradients. After w2v.h, bench.h and speed.h,
// in one file of a program.

#ifndef LOSSES_H
#define LOSSES_H

// MOST_V: the words of the Stanford Sentiment Treebank.
enum { MOST_V = 19539, NEGATIVE = 10, WINDOW = 10, DRAWS = 4096 };

// A model of V words of d dimensions, its gradients, and words to call the losses with, drawn by Zipf's law.
typedef struct data {
    size_t V, d;
    w2v_matrix Vc, U, dVc, dU;   // (V, d)
    uint32_t word[DRAWS + 128];  // centres, outside words and negatives are taken from anywhere in here
    w2v_huffman tree;
} data;

static w2v_matrix random_rows(size_t V, size_t d, uint64_t stream)
{
    const size_t n = V * d;
    float *x = w2v__new_floats(n, NULL);
    w2v_random r = w2v_random_stream(1, stream);
    if (!x) bench_die(1, "speed", "out of memory: %zu floats needed", n);
    for (size_t i = 0; i < n; i++) x[i] = 0.2f * (w2v_random_float(&r) - 0.5f);
    return w2v_matrix_of(x, V, d, d);
}

static data *make_data(const session *s, size_t d)
{
    static uint64_t count[MOST_V];
    static double weight[MOST_V];
    const size_t V = s->effort < 1.0 ? 300 : MOST_V;
    data *a = (data *)bench_malloc(sizeof *a);
    w2v_alias table;
    w2v_error err;
    w2v_random r = w2v_random_stream(1, 0);
    for (size_t i = 0; i < V; i++)
        count[i] = (uint64_t)(1e6 / (double)(i + 1)) + 1, weight[i] = (double)count[i];
    if (w2v_alias_init(&table, weight, V, &err) != W2V_OK ||
        w2v_huffman_init(&a->tree, count, V, &err) != W2V_OK)
        bench_die(1, "speed", "%s", err.message);
    for (size_t i = 0; i < DRAWS + 128; i++) a->word[i] = w2v_alias_draw(&table, &r);
    w2v_alias_free(&table);
    a->V = V;
    a->d = d;
    a->Vc = random_rows(V, d, 1);
    a->U = random_rows(V, d, 2);
    a->dVc = random_rows(V, d, 3);
    a->dU = random_rows(V, d, 4);
    return a;
}

static void free_data(data *a)
{
    w2v__free_aligned(a->Vc.data);
    w2v__free_aligned(a->U.data);
    w2v__free_aligned(a->dVc.data);
    w2v__free_aligned(a->dU.data);
    w2v_huffman_free(&a->tree);
    free(a);
}

// ----------------------------------------------------------------------------------------------------
// One call each; `w` are the words of this call: the centre, then the others

typedef float (*loss_fn)(data *a, const uint32_t *w, w2v_loss_type loss);

static float pair_loss(data *a, const uint32_t *w, w2v_loss_type loss)
{
    const float *v = a->Vc.data + w[0] * a->d;
    float *dv = a->dVc.data + w[0] * a->d;
    if (loss == W2V_LOSS_SOFTMAX) return w2v_softmax_loss(v, w[1], &a->U, dv, &a->dU);
    if (loss == W2V_LOSS_NEG_SAMPLING)
        return w2v_neg_sampling_loss(v, w[1], w + 2, NEGATIVE, &a->U, dv, &a->dU);
    return w2v_hierarchical_loss(v, w[1], &a->tree, &a->U, dv, &a->dU);
}

// A softmax pair by the vector functions, row by row, as one would write it: what w2v_softmax_loss has to
// beat.
static float by_hand(data *a, const uint32_t *w, w2v_loss_type loss)
{
    static float p[MOST_V];
    const size_t V = a->V, d = a->d;
    const float *v = a->Vc.data + w[0] * d;
    float *dv = a->dVc.data + w[0] * d;
    (void)loss;
    for (size_t i = 0; i < V; i++) p[i] = w2v_dot(v, a->U.data + i * d, d);
    const float score = p[w[1]], log_partition = w2v_softmax(p, p, V);
    p[w[1]] -= 1.0f;
    for (size_t i = 0; i < V; i++) {
        w2v_axpy(p[i], a->U.data + i * d, dv, d);
        w2v_axpy(p[i], v, a->dU.data + i * d, d);
    }
    return log_partition - score;
}

static w2v_output_layer make_output(const data *a, const uint32_t *neg, w2v_loss_type loss)
{
    w2v_output_layer o;
    memset(&o, 0, sizeof o);
    o.loss_type = loss;
    o.weight = 1.0f;
    o.U = &a->U;
    o.dU = &a->dU;
    o.negatives = neg;
    o.K = NEGATIVE;
    o.tree = &a->tree;
    return o;
}

static float skipgram_loss(data *a, const uint32_t *w, w2v_loss_type loss)
{
    const w2v_output_layer o = make_output(a, w + 1 + WINDOW, loss);
    return w2v_skipgram_loss(&o, w[0], w + 1, WINDOW, &a->Vc, &a->dVc);
}

static float cbow_loss(data *a, const uint32_t *w, w2v_loss_type loss)
{
    const w2v_output_layer o = make_output(a, w + 1 + WINDOW, loss);
    return w2v_cbow_loss(&o, w + 1, WINDOW, w[0], &a->Vc, &a->dVc);
}

static const char *const loss_names[] = {"softmax", "neg_sampling", "hierarchical"};
static const struct {
    const char *name;
    loss_fn fn;
    size_t pairs;  // calls of the pair loss
} shapes[] = {{"pair", pair_loss, 1},
              {"skipgram window", skipgram_loss, WINDOW},
              {"cbow window", cbow_loss, 1},
              {"pair by hand", by_hand, 1}};

enum { SHAPES = 3, BY_HAND = 3 };

// Rows of U that one pair is scored with.
static double rows_of_pair(const data *a, const uint32_t *w, w2v_loss_type loss, size_t shape)
{
    if (loss == W2V_LOSS_SOFTMAX) return (double)a->V;
    if (loss == W2V_LOSS_NEG_SAMPLING) return NEGATIVE + 1;
    const size_t n = shapes[shape].pairs;
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        const uint32_t o = shape == 2 ? w[0] : w[1 + i];
        sum += (double)(a->tree.begin[o + 1] - a->tree.begin[o]);
    }
    return sum / (double)n;
}

typedef struct timing {
    double ns, rows;  // of one call, and the rows of U that it scores
} timing;

// Medians of rounds of 5 to 10 milliseconds each.
static timing time_loss(const session *s, data *a, size_t shape, w2v_loss_type loss)
{
    double round[ROUNDS];
    size_t calls = 1;
    timing t = {0.0, 0.0};
    for (;; calls *= 2) {
        const double start = bench_seconds();
        for (size_t i = 0; i < calls; i++) bench_sink = shapes[shape].fn(a, a->word + i % DRAWS, loss);
        if (bench_seconds() - start > s->effort * 5e-3) break;
    }
    for (size_t r = 0; r < ROUNDS; r++) {
        const double start = bench_seconds();
        for (size_t i = 0; i < calls; i++) bench_sink = shapes[shape].fn(a, a->word + i % DRAWS, loss);
        round[r] = (bench_seconds() - start) / (double)calls * 1e9;
    }
    for (size_t i = 0; i < calls; i++)
        t.rows +=
            rows_of_pair(a, a->word + i % DRAWS, loss, shape) * (double)shapes[shape].pairs / (double)calls;
    t.ns = bench_median(round, ROUNDS);
    return t;
}

// The summary shows the losses of the assignment of Stanford's CS224n: ten dimensions, ten negatives.
static void set_figure(session *s, const data *a, size_t shape, size_t loss, double ns, double gflops)
{
    const int softmax = loss == W2V_LOSS_SOFTMAX && shape == 0;
    if (a->d != 10 || (!softmax && (loss != W2V_LOSS_NEG_SAMPLING || shape != 1))) return;
    figure *f = &s->figures[softmax ? FIGURE_SOFTMAX : FIGURE_NEG_SAMPLING];
    char name[64];
    if (softmax)
        snprintf(name, sizeof name, "softmax loss and gradients, V = %zu, d = 10", a->V);
    else
        snprintf(name, sizeof name, "skip-gram window of %d, %d negatives, d = 10", WINDOW, NEGATIVE);
    *f = make_figure(name, gflops, (double)NAN, (double)NAN);
    snprintf(f->value, sizeof f->value, "%.2f us", ns / 1e3);
}

static void print_losses(session *s)
{
    static const size_t dims[] = {10, 100, 300};
    static const bench_column columns[] = {
        {"loss", "", -13, 0,
         "each with the gradients of both sides; V = 19539 (300 with -quick), 10 negatives, windows of 10 "
         "words"},
        {"of", "", -16, 0, ""},
        {"d", "", 5, 0, ""},
        {"rows", "", 9, 1,
         "vectors of U that a call meets: V, 1 + 10, or the length of the path, for every pair"},
        {"time", "ns", 12, 1, "of one call"},
        {"row", "ns", 8, 2, "time by rows"},
        {"speed", "GFLOP/s", 8, 1,
         "6 d a row (score, gradient of both sides), 2 d a context word of cbow; no exponentials"},
    };
    bench_table t = bench_begin("losses", columns, sizeof columns / sizeof *columns);
    if (!s->full) say("losses ...");
    for (size_t i = 0; i < (s->full ? 3 : 1); i++) {
        data *a = make_data(s, dims[i]);
        for (size_t loss = 0; loss < 3; loss++)
            for (size_t shape = 0; shape < SHAPES; shape++) {
                const timing x = time_loss(s, a, shape, (w2v_loss_type)loss);
                const double d = (double)a->d,
                             gflops = d * (6.0 * x.rows + (shape == 2 ? 2.0 * WINDOW : 0.0)) / x.ns;
                const double numbers[] = {d, x.rows, x.ns, x.ns / x.rows, gflops};
                char row[40];
                bench_string(&t, loss_names[loss]);
                bench_string(&t, shapes[shape].name);
                bench_numbers(&t, numbers, sizeof numbers / sizeof *numbers);
                snprintf(row, sizeof row, "%s, %s", loss_names[loss], shapes[shape].name);
                note_speed(s, &s->peak, "losses by d", row, d, gflops);
                set_figure(s, a, shape, loss, x.ns, gflops);
            }
        free_data(a);
    }
    bench_end(&t);
}

// The naive softmax has to read U for the scores, and to read U again and
// update dU for the gradients. What the memory (or the cache) gives to the same
// rows: a dot product with every row of U, and dU_w += c u_w for every row.
static void print_softmax(session *s)
{
    static const size_t dims[] = {10, 100, 300};
    static const bench_column columns[] = {
        {"d", "", 5, 0, "V = 19539"},
        {"U", "MB", 8, 1, "and as much for dU"},
        {"time", "ms", 8, 3, "of softmax_loss with both gradients"},
        {"by hand", "ms", 8, 3, "of w2v_dot, w2v_softmax and two w2v_axpy, row by row"},
        {"memory", "GB/s", 8, 1, "U read twice, dU read and written once"},
        {"read", "GB/s", 8, 1, "of w2v_dot with every row of U"},
        {"update", "GB/s", 8, 1, "of w2v_axpy from every row of U to that of dU"},
        {"x both", "", 8, 2, "how many times as fast as one such read and one such update"},
    };
    bench_table t = bench_begin("softmax", columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < sizeof dims / sizeof *dims; i++) {
        const size_t d = dims[i];
        data *a = make_data(s, d);
        const size_t V = a->V;
        double read[ROUNDS], update[ROUNDS], loss[ROUNDS], by_hand[ROUNDS];
        for (size_t r = 0; r < ROUNDS; r++) {
            double start = bench_seconds();
            for (size_t w = 0; w < V; w++) bench_sink = w2v_dot(a->Vc.data, a->U.data + w * d, d);
            read[r] = bench_seconds() - start;
            start = bench_seconds();
            for (size_t w = 0; w < V; w++) w2v_axpy(1e-9f, a->U.data + w * d, a->dU.data + w * d, d);
            update[r] = bench_seconds() - start;
            start = bench_seconds();
            bench_sink = shapes[0].fn(a, a->word + r % DRAWS, W2V_LOSS_SOFTMAX);
            loss[r] = bench_seconds() - start;
            start = bench_seconds();
            bench_sink = shapes[BY_HAND].fn(a, a->word + r % DRAWS, W2V_LOSS_SOFTMAX);
            by_hand[r] = bench_seconds() - start;
        }
        const double took = bench_median(loss, ROUNDS), bytes = (double)(V * d * sizeof(float));
        const double reading = bench_median(read, ROUNDS), updating = bench_median(update, ROUNDS);
        const double numbers[] = {(double)d,
                                  bytes / 1e6,
                                  took * 1e3,
                                  bench_median(by_hand, ROUNDS) * 1e3,
                                  4.0 * bytes / took / 1e9,
                                  bytes / reading / 1e9,
                                  3.0 * bytes / updating / 1e9,
                                  (reading + updating) / took};
        bench_numbers(&t, numbers, sizeof numbers / sizeof *numbers);
        free_data(a);
        look_again(s);
    }
    bench_end(&t);
}

#endif
