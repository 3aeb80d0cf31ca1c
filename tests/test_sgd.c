// SPDX-License-Identifier: MIT-0
//
// test_sgd.c - the driver: published values, every optimiser against double, resuming, what stops it,
// gradient checks of every window

#include "checked.h"

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include "parts.h"
#include "test.h"

static char path[256];

// f(x) = sum x^2, the objective of the assignment's sanity check.
static double square(const float *x, float *grad, w2v_touched *touched, void *user)
{
    (void)touched;
    double loss = 0.0;
    const size_t n = *(size_t *)user;
    for (size_t i = 0; i < n; i++) {
        loss += (double)x[i] * (double)x[i];
        if (grad) grad[i] += 2.0f * x[i];
    }
    return loss;
}

// What sgd of the assignment prints after 100 and after 1,000 iterations.
static int note_printed(const w2v_sgd_progress *p, void *user)
{
    if (p->iteration == 100) ((double *)user)[0] = p->loss;
    if (p->iteration == 1000) ((double *)user)[1] = p->loss;
    return 0;
}

static void test_sanity(void)
{
    static const double printed[3][2] = {{0.004578, 0.002888}, {0.0, 0.0}, {0.041205, 0.025994}};
    static const double start[3] = {0.5, 0.0, -1.5}, end[3] = {8.414836786e-10, 0.0, -2.524451036e-09};
    for (int i = 0; i < 3; i++) {
        float x = (float)start[i];
        size_t n = 1;
        const w2v_objective f = {square, &n, 1, 0, NULL};
        w2v_sgd_config cfg = w2v_sgd_config_default();
        cfg.learning_rate = 0.01;
        cfg.iterations = 1000;
        cfg.progress_every = 100;
        cfg.progress_fn = note_printed;
        double shown[2] = {-1.0, -1.0};
        cfg.progress_user = shown;
        w2v_sgd_progress last;
        CHECK_STATUS(w2v_sgd(&f, &x, &cfg, &last, NULL), W2V_OK);
        for (int k = 0; k < 2; k++) CHECK_NEAR(shown[k], printed[i][k], 5e-7);  // printed with six decimals
        CHECK_NEAR(x, end[i], 1e-4 * fabs(end[i]));  // 1,000 roundings of 6e-8, and 0.01f for 0.01
        CHECK(last.iteration == 1000 && last.learning_rate == 0.01);
    }
}

typedef struct steps {
    double at[120002];  // (iteration)
} steps;

static int note_step(const w2v_sgd_progress *p, void *user)
{
    ((steps *)user)->at[p->iteration] = p->learning_rate;
    return 0;
}

// The learning rate halves after every 20,000 iterations; after very many it is 0.
static void test_annealing(void)
{
    static steps noted;
    const double *const at = noted.at;
    float x = 0.0f;
    size_t n = 1;
    const w2v_objective f = {square, &n, 1, 0, NULL};
    w2v_sgd_config cfg = w2v_sgd_config_default();
    cfg.iterations = 120001;
    cfg.progress_every = 1;
    cfg.progress_fn = note_step;
    cfg.progress_user = &noted;
    CHECK_STATUS(w2v_sgd(&f, &x, &cfg, NULL, NULL), W2V_OK);
    CHECK(at[1] == 0.3 && at[20000] == 0.3 && at[20001] == 0.15 && at[40001] == 0.075);
    CHECK(at[120001] == 0.3 / 64);
    cfg.iterations = 2000;
    cfg.anneal_every = 1;
    CHECK_STATUS(w2v_sgd(&f, &x, &cfg, NULL, NULL), W2V_OK);
    CHECK(at[4] == 0.3 / 8 && at[2000] == 0.0);
    cfg.anneal_every = 0;
    CHECK_STATUS(w2v_sgd(&f, &x, &cfg, NULL, NULL), W2V_OK);
    CHECK(at[2000] == 0.3);
}

// A quadratic whose gradient is noisy and sparse: it draws five of the rows, one of them maybe twice.
enum { ROWS = 50, ROW = 7, N = ROWS * ROW };
typedef struct noisy {
    w2v_random random;
    size_t calls, nan_at;
    int forget;  // to name a row
} noisy;

static double noisy_loss(const float *x, float *grad, w2v_touched *touched, void *user)
{
    noisy *q = (noisy *)user;
    double loss = 0.0;
    for (int k = 0; k < 5; k++) {
        const size_t row = w2v_random_below(&q->random, ROWS);
        if (!q->forget) w2v_touch(touched, row);
        for (size_t i = row * ROW; i < (row + 1) * ROW; i++) {
            const float off = x[i] - 0.01f * (float)i + 0.1f * (w2v_random_float(&q->random) - 0.5f);
            loss += 0.5 * (double)off * (double)off;
            if (grad) grad[i] += off;
        }
    }
    if (++q->calls == q->nan_at) return (double)NAN;
    return loss;
}

static w2v_status run(w2v_sgd_config cfg, size_t row, float *x, w2v_error *err)
{
    noisy q = {{77}, 0, 0, 0};
    const w2v_objective f = {noisy_loss, &q, N, row, &q.random};
    for (size_t i = 0; i < N; i++) x[i] = 1.0f;
    return w2v_sgd(&f, x, &cfg, NULL, err);
}

static w2v_sgd_config small_config(w2v_optimizer o)
{
    w2v_sgd_config cfg = w2v_sgd_config_default();
    cfg.optimizer = o;
    cfg.learning_rate = 0.05;
    cfg.iterations = 300;
    cfg.anneal_every = 120;
    cfg.l2 = 0.001;
    cfg.weight_decay = 0.01;
    cfg.checkpoint_every = 100;
    return cfg;
}

static int stop_at_20(const w2v_sgd_progress *p, void *user)
{
    *(double *)user = p->loss;
    return p->iteration == 20;
}

// A run that is stopped and resumed ends where an uninterrupted one does, to the bit, in rows and dense.
static void check_resume(w2v_optimizer o)
{
    for (size_t row = 0; row <= ROW; row += ROW) {
        static float whole[N], parts[N];
        w2v_sgd_config cfg = small_config(o);
        w2v_error err = {""};
        CHECK_STATUS(run(cfg, row, whole, &err), W2V_OK);
        cfg.checkpoint = path;
        cfg.iterations = 250;  // the last checkpoint is at 200
        remove(path);
        cfg.resume = 1;  // there is nothing to resume from yet
        double loss = 0.0;
        cfg.progress_fn = stop_at_20;
        cfg.progress_user = &loss;
        CHECK_STATUS(run(cfg, row, parts, &err), W2V_ERROR_STOPPED);
        FILE *stopped = fopen(path, "rb");
        CHECK(stopped != NULL);  // written at iteration 20
        if (stopped) fclose(stopped);
        cfg.progress_fn = NULL;
        CHECK_STATUS(run(cfg, row, parts, &err), W2V_OK);
        cfg.iterations = 300;
        CHECK_STATUS(run(cfg, row, parts, &err), W2V_OK);
        if (!CHECK(!memcmp(whole, parts, sizeof whole))) printf("    optimiser %d, row %zu\n", (int)o, row);
        double off = 0.0;
        for (size_t i = 0; i < N; i++) off += fabs((double)whole[i] - 0.01 * (double)i) / N;
        if (!CHECK(off < 1.0)) printf("    optimiser %d does not descend: %g\n", (int)o, off);  // 1.05 at the start
    }
}

// Without a memory and without decay, naming rows changes nothing but the cost.
static void test_sparse(void)
{
    static float rows[N], dense[N];
    w2v_sgd_config cfg = small_config(W2V_SGD);
    cfg.l2 = 0.0;
    CHECK(run(cfg, ROW, rows, NULL) == W2V_OK && run(cfg, 0, dense, NULL) == W2V_OK);
    CHECK(!memcmp(rows, dense, sizeof rows));
}

// Three steps on x^2 + 3x, in double.
static double slope(double x) { return 2.0 * x + 3.0; }

static double by_hand(const w2v_sgd_config *c, double x)
{
    double m = 0.0, v = 0.0;
    for (int t = 1; t <= 3; t++) {
        const double g = slope(x) + c->l2 * x;
        switch (c->optimizer) {
        case W2V_SGD: x -= c->learning_rate * g; break;
        case W2V_MOMENTUM: m = c->momentum * m + g, x -= c->learning_rate * m; break;
        case W2V_ADAGRAD: m += g * g, x -= c->learning_rate * g / (sqrt(m) + c->epsilon); break;
        case W2V_ADAM:
        case W2V_ADAMW: {
            m = c->beta1 * m + (1.0 - c->beta1) * g;
            v = c->beta2 * v + (1.0 - c->beta2) * g * g;
            const double decay = c->optimizer == W2V_ADAMW ? c->learning_rate * c->weight_decay * x : 0.0;
            x -= c->learning_rate * (m / (1.0 - pow(c->beta1, t))) /
                     (sqrt(v / (1.0 - pow(c->beta2, t))) + c->epsilon) +
                 decay;
        }
        }
    }
    return x;
}

enum { PARABOLAS = 37 };  // more than a vector has, and a rest

static double parabolas(const float *x, float *grad, w2v_touched *touched, void *user)
{
    double loss = 0.0;
    (void)touched, (void)user;
    for (size_t i = 0; i < PARABOLAS; i++) {
        if (grad) grad[i] += 2.0f * x[i] + 3.0f;
        loss += (double)x[i] * (double)x[i] + 3.0 * (double)x[i];
    }
    return loss;
}

static void test_optimizers(void)
{
    for (int o = W2V_SGD; o <= W2V_ADAGRAD; o++) {
        w2v_sgd_config cfg = w2v_sgd_config_default();
        cfg.optimizer = (w2v_optimizer)o;
        cfg.iterations = 3;
        cfg.learning_rate = 0.1;
        cfg.l2 = 0.05;
        cfg.weight_decay = 0.2;
        float x[PARABOLAS];
        const w2v_objective f = {parabolas, NULL, PARABOLAS, 0, NULL};
        for (int i = 0; i < PARABOLAS; i++) x[i] = 2.0f - 0.125f * (float)i;
        CHECK_STATUS(w2v_sgd(&f, x, &cfg, NULL, NULL), W2V_OK);
        for (int i = 0; i < PARABOLAS; i++)
            CHECK_NEAR(x[i], by_hand(&cfg, 2.0 - 0.125 * i), 2e-6);  // a dozen roundings a step of numbers below 8
    }
}

static void test_stops(void)
{
    static float x[N], before[N];
    w2v_error err;
    w2v_sgd_config cfg = small_config(W2V_ADAM);
    double loss = 0.0;
    cfg.progress_fn = stop_at_20;
    cfg.progress_user = &loss;
    CHECK(run(cfg, ROW, x, &err) == W2V_ERROR_STOPPED && loss > 0.0);
    CHECK_STRING(err.message, "stopped at iteration 20");

    cfg = small_config(W2V_ADAM);
    cfg.iterations = 6;
    CHECK_STATUS(run(cfg, ROW, before, &err), W2V_OK);
    noisy q = {{77}, 0, 7, 0};
    const w2v_objective f = {noisy_loss, &q, N, ROW, &q.random};
    for (size_t i = 0; i < N; i++) x[i] = 1.0f;
    cfg.iterations = 300;
    CHECK_STATUS(w2v_sgd(&f, x, &cfg, NULL, &err), W2V_ERROR_DIVERGED);
    CHECK_STRING(err.message, "the loss is not finite at iteration 7 (step 0.05)");
    CHECK(!memcmp(x, before, sizeof x));  // the last finite x

    float y[2] = {3.0f, 1.0f};  // x^2 with a step that is far too large: the loss stays finite longer than x
    size_t n = 2;
    const w2v_objective g = {square, &n, 2, 0, NULL};
    cfg = w2v_sgd_config_default();
    cfg.learning_rate = 1000.0;
    CHECK_STATUS(w2v_sgd(&g, y, &cfg, NULL, &err), W2V_ERROR_DIVERGED);
    CHECK(!strncmp(err.message, "the gradient or the parameters are not finite at iteration 12", 60));
    CHECK(isfinite(y[0]) && isfinite(y[1]) && fabs((double)y[0]) > 1e30);
}

static void check_refused(w2v_sgd_config cfg, w2v_status status, const char *end)
{
    static float x[N], before[N];
    w2v_error err = {""};
    char expected[600];
    for (size_t i = 0; i < N; i++) before[i] = 1.0f;
    CHECK_STATUS(run(cfg, ROW, x, &err), status);
    const char *quote = *end == ' ' ? "'" : "", *name = *end == ' ' ? path : "";
    snprintf(expected, sizeof expected, "%s%s%s%s", quote, name, quote, end);
    CHECK_STRING(err.message, expected);
    CHECK(!memcmp(x, before, sizeof x));
}

static void cut_file(size_t bytes, long change_at)
{
    static char data[10000];
    FILE *f = fopen(path, "rb");
    const size_t n = f ? fread(data, 1, sizeof data, f) : 0;
    if (f) fclose(f);
    if (change_at >= 0) data[change_at] ^= 1;
    f = fopen(path, "wb");
    if (f) fwrite(data, 1, bytes < n ? bytes : n, f);
    if (f) fclose(f);
}

static void test_refusals(void)
{
    static float x[N];
    w2v_sgd_config cfg = small_config(W2V_ADAM);
    cfg.checkpoint = path;
    remove(path);
    CHECK_STATUS(run(cfg, ROW, x, NULL), W2V_OK);
    cfg.resume = 1;
    w2v_sgd_config other = cfg;
    other.optimizer = W2V_ADAMW;
    check_refused(other, W2V_ERROR_ARGUMENT, " is of a run with another optimiser or other settings");
    other = cfg;
    other.learning_rate = 0.051;
    check_refused(other, W2V_ERROR_ARGUMENT, " is of a run with another optimiser or other settings");
    noisy q = {{78}, 0, 0, 0};
    w2v_objective f = {noisy_loss, &q, N, ROW, &q.random};
    w2v_error err;
    CHECK(w2v_sgd(&f, x, &cfg, NULL, &err) == W2V_ERROR_ARGUMENT &&
          strstr(err.message, "is of a run with another seed"));
    f.param_count = N - ROW;
    CHECK(w2v_sgd(&f, x, &cfg, NULL, &err) == W2V_ERROR_ARGUMENT &&
          strstr(err.message, "is of a run with 350 parameters in rows of 7, not 343 in rows of 7"));
    other = cfg;
    other.iterations = cfg.iterations - 1;
    w2v_sgd_progress last = {17, 0, 0.0, 0.0, 0.0, 0.0, 0.0};
    noisy again = {{77}, 0, 0, 0};
    const w2v_objective g = {noisy_loss, &again, N, ROW, &again.random};
    CHECK(w2v_sgd(&g, x, &other, &last, &err) == W2V_ERROR_ARGUMENT && strstr(err.message, ", beyond the "));
    CHECK_EQUAL(last.iteration, 17);  // untouched, as everything on failure
    other.checkpoint = NULL;
    other.iterations = other.progress_every - 1;  // *last is true without a report
    CHECK(w2v_sgd(&g, x, &other, &last, &err) == W2V_OK && last.iteration == other.iterations &&
          last.loss > 0.0);
    cut_file(10000, 2000);
    check_refused(cfg, W2V_ERROR_FORMAT, " is damaged: take an older copy, or make it again");
    cut_file(4000, -1);
    check_refused(cfg, W2V_ERROR_FORMAT, " is damaged: take an older copy, or make it again");
    cut_file(50, -1);
    check_refused(cfg, W2V_ERROR_FORMAT, " is damaged: take an older copy, or make it again");
    cut_file(7, -1);
    check_refused(cfg, W2V_ERROR_FORMAT, " is not a file of w2v_sgd");
    cut_file(0, -1);
    check_refused(cfg, W2V_ERROR_FORMAT, " is not a file of w2v_sgd");
    remove(path);
    other = small_config(W2V_SGD), other.learning_rate = -1.0,
    check_refused(other, W2V_ERROR_ARGUMENT, "learning_rate must be between 0 and 1000000, not -1");
    other = small_config(W2V_SGD), other.beta1 = 1.0,
    check_refused(other, W2V_ERROR_ARGUMENT, "beta1 must be between 0 and 0.999999999, not 1");
    other = small_config(W2V_SGD), other.progress_every = 0;
    check_refused(other, W2V_ERROR_ARGUMENT, "progress_every must be at least 1, not 0");
    f.param_count = 10;
    CHECK_STATUS(w2v_sgd(&f, x, &cfg, NULL, &err), W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "an objective cannot have 10 parameters in rows of 7");
    cfg.checkpoint = "no/such/folder/file";
    cfg.resume = 0;
    CHECK_STATUS(run(cfg, ROW, x, &err), W2V_ERROR_IO);
}

// Windows of every kind as objectives: x is the centre and the outside vectors.
enum { V = 9, D = 5 };
typedef struct task {
    w2v_output_layer output;
    w2v_huffman tree;
    w2v_random random;
    int bag, wrong;
} task;

static double window_loss(const float *x, float *grad, w2v_touched *touched, void *user)
{
    task *t = (task *)user;
    uint32_t outside[6], neg[36];
    for (int i = 0; i < 6; i++) outside[i] = w2v_random_below(&t->random, V);
    for (int i = 0; i < 36; i++) neg[i] = w2v_random_below(&t->random, V);
    for (size_t i = 0; i < 2 * V; i++) w2v_touch(touched, i);
    w2v_output_layer *o = &t->output;
    const size_t rows = o->loss_type == W2V_LOSS_HIERARCHICAL ? V - 1 : V;
    const w2v_matrix centres = w2v_matrix_of(x, V, D, D), U = w2v_matrix_of(x + V * D, rows, D, D);
    w2v_matrix dcentres = centres, dU = U;
    if (grad) dcentres.data = grad, dU.data = grad + V * D;
    o->U = &U;
    o->dU = grad ? &dU : NULL;
    o->negatives = neg;
    const float loss = t->bag ? w2v_cbow_loss(o, outside, 6, 2, &centres, grad ? &dcentres : NULL)
                              : w2v_skipgram_loss(o, 2, outside, 6, &centres, grad ? &dcentres : NULL);
    if (t->wrong && grad) grad[11] += 0.02f;
    return (double)loss;
}

// A checkpoint with right hashes whose numbers are not finite.
static void test_checkpoint_not_finite(void)
{
    static char file[10000];
    static const char *const part[3] = {"x", "state1", "state2"};
    const float nan = NAN;
    w2v_sgd_config cfg = small_config(W2V_ADAM);
    cfg.checkpoint = path;
    for (size_t i = 0; i < 3; i++) {
        static float x[N];
        cfg.resume = 0;
        remove(path);
        if (!CHECK_STATUS(run(cfg, ROW, x, NULL), W2V_OK)) return;
        FILE *f = fopen(path, "rb");
        const size_t n = f ? fread(file, 1, sizeof file, f) : 0;
        if (f) fclose(f);
        if (!CHECK(n > 64 && n < sizeof file && part_at(file, part[i]))) return;
        memcpy(file + part_at(file, part[i]) + 8, &nan, sizeof nan);
        seal_parts(file);
        CHECK(test_write_file(path, file, n));
        cfg.resume = 1;
        check_refused(cfg, W2V_ERROR_FORMAT, " is damaged: a number in it is not finite");
    }
    remove(path);
}

// Parameters that are not whole rows, or none.
static void test_shapes(void)
{
    static const size_t shapes[][2] = {{0, 0}, {0, 2}, {3, 2}};
    size_t n = 3;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        float x[3] = {1.0f, 2.0f, 3.0f};
        char expected[100];
        w2v_error err = {""};
        const w2v_objective f = {square, &n, shapes[i][0], shapes[i][1], NULL};
        snprintf(expected, sizeof expected, "an objective cannot have %d parameters in rows of %d",
                 (int)shapes[i][0], (int)shapes[i][1]);
        CHECK_STATUS(w2v_sgd(&f, x, NULL, NULL, &err), W2V_ERROR_ARGUMENT);
        CHECK_STRING(err.message, expected);
        err.message[0] = 0;
        CHECK_STATUS(w2v_grad_check(&f, x, 0.01f, 1e-3, NULL, &err), W2V_ERROR_ARGUMENT);
        CHECK_STRING(err.message, expected);
        CHECK(x[0] == 1.0f && x[1] == 2.0f && x[2] == 3.0f);
    }
}

// The parameter itself.
static double sum_loss(const float *x, float *grad, w2v_touched *touched, void *user)
{
    (void)touched, (void)user;
    if (grad) grad[0] = 1.0f;
    return (double)x[0];
}

static void test_gradients(void)
{
    static const uint64_t count[V] = {40, 20, 20, 9, 7, 5, 3, 2, 1};
    static float x[2 * V * D];
    for (int loss = W2V_LOSS_SOFTMAX; loss <= W2V_LOSS_HIERARCHICAL; loss++)
        for (int bag = 0; bag < 2; bag++) {
            task t;
            memset(&t, 0, sizeof t);
            t.random = w2v_random_stream(40, 0);
            for (size_t i = 0; i < 2 * V * D; i++) x[i] = w2v_random_float(&t.random) - 0.5f;
            CHECK_STATUS(w2v_huffman_init(&t.tree, count, V, NULL), W2V_OK);
            t.bag = bag;
            t.output.loss_type = (w2v_loss_type)loss;
            t.output.K = 6;
            t.output.weight = 1.0f;
            t.output.tree = &t.tree;
            const w2v_objective f = {window_loss, &t, 2 * V * D, D, &t.random};
            w2v_grad_report report;
            w2v_error err = {""};
            // five points with h = 0.03: the loss, about 10, has an error of 1e-6, over 0.03
            if (!CHECK_STATUS(w2v_grad_check(&f, x, 0.03f, 2e-4, &report, &err), W2V_OK))
                printf("    %s\n", err.message);
            printf("%s, %s: largest difference %.1e\n", bag ? "CBOW" : "skip-gram",
                   loss == W2V_LOSS_SOFTMAX        ? "softmax"
                   : loss == W2V_LOSS_NEG_SAMPLING ? "negative sampling"
                                                   : "hierarchical",
                   report.difference);
            t.wrong = 1;
            CHECK(w2v_grad_check(&f, x, 0.03f, 2e-4, &report, &err) == W2V_ERROR_DIVERGED &&
                  report.worst == 11);
            char expected[120];
            snprintf(expected, sizeof expected, "gradient 11 is %g, and %g by differences of the loss",
                     report.analytic, report.numeric);
            CHECK_STRING(err.message, expected);
            w2v_huffman_free(&t.tree);
        }
    noisy q = {{5}, 0, 0, 1};  // a row that is not named is found, too
    const w2v_objective f = {noisy_loss, &q, N, ROW, &q.random};
    w2v_error err = {""};
    static float y[N];
    CHECK(w2v_grad_check(&f, y, 0.03f, 1e-2, NULL, &err) == W2V_ERROR_DIVERGED &&
          strstr(err.message, "its row was not touched"));
    // where no difference is above 0 the report is of the first parameter
    const w2v_objective straight = {sum_loss, NULL, 1, 0, NULL};
    float one = 1.0f;
    w2v_grad_report report;
    CHECK_STATUS(w2v_grad_check(&straight, &one, 0.25f, 1e-6, &report, &err), W2V_OK);
    CHECK(report.worst == 0 && report.numeric == 1.0 && report.analytic == 1.0);
}

static void test_normalize(void)
{
    float x[6] = {3.0f, 4.0f, 0.0f, 0.0f, 0.0f, -2.0f};
    size_t row = 2;
    w2v_normalize_rows(x, 6, &row);
    CHECK_NEAR(x[0], 0.6, 1e-7);
    CHECK_NEAR(x[1], 0.8, 1e-7);
    CHECK(x[2] == 0.0f && x[3] == 0.0f && x[4] == 0.0f && x[5] == -1.0f);
    float extreme[6] = {1e-42f, 0.0f, -3e38f, 3e38f, 0.0f, 1e-39f};  // a float cannot hold 1 / |x|, |x|, 1 / |x|
    w2v_normalize_rows(extreme, 6, &row);
    CHECK(extreme[0] == 1.0f && extreme[1] == 0.0f && extreme[4] == 0.0f && extreme[5] == 1.0f);
    CHECK_NEAR(extreme[2], -sqrt(0.5), 1e-7);
    CHECK_NEAR(extreme[3], sqrt(0.5), 1e-7);
    w2v_sgd_config cfg = small_config(W2V_SGD);
    static float y[N];
    size_t length = ROW;
    cfg.postprocess_fn = w2v_normalize_rows;
    cfg.postprocess_user = &length;
    CHECK_STATUS(run(cfg, ROW, y, NULL), W2V_OK);
    for (size_t i = 0; i < ROWS; i++) CHECK_NEAR(w2v_norm(y + i * ROW, ROW), 1.0, 1e-6);
}

// What only a mistake of the programmer brings about is an assertion, and harmless where assertions are off.
static void test_misuse(void)
{
    enum { N_ROWS = 3 };
    struct {
        uint32_t row[N_ROWS];
        uint32_t guard;
        uint8_t seen[N_ROWS + 1];
    } t;
    memset(&t, 0, sizeof t);
    w2v_touched touched = {t.row, 0, N_ROWS, t.seen};
    test_misused = 0;
    w2v_touch(&touched, 2);
    w2v_touch(NULL, 99);
    CHECK(test_misused == 0 && touched.count == 1 && t.row[0] == 2);
    w2v_touch(&touched, 3);
    w2v_touch(&touched, SIZE_MAX);
    CHECK(test_misused == 2 && touched.count == 1 && !t.seen[3] && !t.guard);
    float x[7] = {3.0f, 4.0f, 0.0f, 0.0f, 6.0f, 8.0f, 5.0f};
    size_t d = 0;
    w2v_normalize_rows(x, 7, &d);  // once without an end
    CHECK(test_misused == 3 && x[0] == 3.0f);
    d = 2;
    w2v_normalize_rows(x, 7, &d);
    CHECK_EQUAL(test_misused, 3);
    CHECK_NEAR(x[5], 0.8f, 1e-7);
    CHECK(x[6] == 5.0f);  // after the last whole row
    d = SIZE_MAX;
    w2v_normalize_rows(x, 7, &d);  // longer than the array: no whole row
    CHECK(x[6] == 5.0f);
    test_misused = 0;
}

// A window whose weight was forgotten is misuse: its loss would be 0 without a word.
static void test_forgotten_weight(void)
{
    static const uint32_t other[1] = {1};
    const float x[2 * 2] = {1.0f, 2.0f, 3.0f, 4.0f};
    const w2v_matrix rows = w2v_matrix_of(x, 2, 2, 2);
    w2v_output_layer o;
    memset(&o, 0, sizeof o);
    o.loss_type = W2V_LOSS_SOFTMAX;
    o.U = &rows;
    test_misused = 0;
    w2v_skipgram_loss(&o, 0, other, 1, &rows, NULL);
    w2v_cbow_loss(&o, other, 1, 0, &rows, NULL);
    CHECK_EQUAL(test_misused, 2);
    o.weight = 1.0f;
    w2v_skipgram_loss(&o, 0, other, 1, &rows, NULL);
    CHECK_EQUAL(test_misused, 2);
    test_misused = 0;
}

// x^2 + x, whose loss is not finite at the call `until`. The second parameter has no part in it.
typedef struct fragile {
    int calls, until;
} fragile;

static double fragile_loss(const float *x, float *grad, w2v_touched *touched, void *user)
{
    fragile *f = (fragile *)user;
    w2v_touch(touched, 0);
    if (grad) grad[0] += 2.0f * x[0] + 1.0f;
    return ++f->calls == f->until ? (double)INFINITY : (double)x[0] * (double)x[0];
}

static void spoil(float *x, size_t count, void *user)
{
    (void)user;
    x[count - 1] = NAN;
}

// Numbers that are not finite are noticed wherever they come from: the start, the last step, a postprocess_fn.
static void test_not_finite(void)
{
    fragile q = {0, 4};
    w2v_objective f = {fragile_loss, &q, 2, 1, NULL};
    w2v_sgd_config cfg = w2v_sgd_config_default();
    w2v_error err = {""};
    float x[2] = {1.0f, NAN};
    cfg.iterations = 3;
    CHECK(w2v_sgd(&f, x, &cfg, NULL, &err) == W2V_ERROR_ARGUMENT && q.calls == 0);
    CHECK_STRING(err.message, "parameter 1 is not finite after iteration 0");
    x[1] = 0.0f;
    CHECK(w2v_sgd(&f, x, &cfg, NULL, &err) == W2V_ERROR_DIVERGED && q.calls == 4);
    CHECK_STRING(err.message, "the loss is not finite after iteration 3, the last");
    q.until = -1;
    CHECK_STATUS(w2v_sgd(&f, x, &cfg, NULL, &err), W2V_OK);
    cfg.postprocess_fn = spoil;
    CHECK_STATUS(w2v_sgd(&f, x, &cfg, NULL, &err), W2V_ERROR_DIVERGED);
    CHECK_STRING(err.message, "parameter 1 is not finite after iteration 3");
    x[1] = 0.0f;
    cfg.checkpoint = path;
    cfg.checkpoint_every = 2;
    remove(path);
    CHECK_STATUS(w2v_sgd(&f, x, &cfg, NULL, &err), W2V_ERROR_DIVERGED);
    CHECK_STRING(err.message, "parameter 1 is not finite after iteration 2");
    FILE *file = fopen(path, "rb");
    if (!CHECK(!file)) fclose(file);  // nobody could go on from there
    // the checkpoint of the last iteration comes before the loss after it: resumed, the run ends no better
    cfg.postprocess_fn = NULL;
    cfg.checkpoint_every = 1;
    x[0] = 1.0f;
    x[1] = 0.0f;
    q.calls = 0;
    q.until = 4;
    CHECK_STATUS(w2v_sgd(&f, x, &cfg, NULL, &err), W2V_ERROR_DIVERGED);
    cfg.resume = 1;
    q.calls = 3;
    CHECK_STATUS(w2v_sgd(&f, x, &cfg, NULL, &err), W2V_ERROR_DIVERGED);
    CHECK_STRING(err.message, "the loss is not finite after iteration 3, the last");
    // a sum of squares beyond FLT_MAX: the run goes on, and can be resumed
    remove(path);
    cfg.optimizer = W2V_ADAGRAD;
    x[0] = 3e19f;
    q.until = -1;
    CHECK_STATUS(w2v_sgd(&f, x, &cfg, NULL, &err), W2V_OK);
    CHECK_STATUS(w2v_sgd(&f, x, &cfg, NULL, &err), W2V_OK);
    remove(path);
}

// A gradient check whose differences cannot say anything is refused.
static void test_useless_spacing(void)
{
    static const float spacings[] = {0.0f, -0.01f, NAN, INFINITY};
    float x[2] = {1.0f, 1e9f};
    size_t n = 1;
    w2v_objective f = {square, &n, 1, 0, NULL};
    w2v_error err = {""};
    for (size_t i = 0; i < sizeof spacings / sizeof *spacings; i++) {
        CHECK_STATUS(w2v_grad_check(&f, x, spacings[i], 1e-3, NULL, &err), W2V_ERROR_ARGUMENT);
        CHECK(!strncmp(err.message, "the spacing of the differences must be finite and positive", 58));
    }
    CHECK_STATUS(w2v_grad_check(&f, x, 0.01f, 1e-3, NULL, &err), W2V_OK);
    n = f.param_count = 2;
    CHECK_STATUS(w2v_grad_check(&f, x, 0.01f, 1e-3, NULL, &err), W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "a spacing of 0.01 does not change parameter 1, which is 1e+09");
    x[1] = NAN;
    CHECK_STATUS(w2v_grad_check(&f, x, 0.01f, 1e-3, NULL, &err), W2V_ERROR_DIVERGED);
}

static double identity(const float *x, float *grad, w2v_touched *touched, void *user)
{
    (void)touched, (void)user;
    if (grad) grad[0] += 1.0f;
    return (double)x[0];
}

// Where floats are 0.0005 apart a spacing of 0.03 is rounded by a hundredth: the step that is made counts.
static void test_rounded_spacing(void)
{
    const w2v_objective f = {identity, NULL, 1, 0, NULL};
    for (float x = 4097.0f; x > -5000.0f; x -= 8194.0f)
        CHECK_STATUS(w2v_grad_check(&f, &x, 0.03f, 1e-9, NULL, NULL), W2V_OK);
}

// A component whose gradient is always 0 stays where it is: epsilon may not be 0.
static void test_epsilon(void)
{
    for (int o = W2V_ADAM; o <= W2V_ADAGRAD; o++) {
        w2v_sgd_config cfg = small_config((w2v_optimizer)o);
        w2v_error err = {""};
        float x[2] = {1.0f, 0.0f};
        size_t n = 2;
        const w2v_objective f = {square, &n, 2, 0, NULL};
        cfg.epsilon = 0.0;
        CHECK_STATUS(w2v_sgd(&f, x, &cfg, NULL, &err), W2V_ERROR_ARGUMENT);
        CHECK_STRING(err.message, "epsilon must be between 1e-37 and 1, not 0");
        cfg.epsilon = 1e-37;
        CHECK_STATUS(w2v_sgd(&f, x, &cfg, NULL, &err), W2V_OK);
        CHECK(fabsf(x[0]) < 1.0f && x[1] == 0.0f);
    }
}

// A run that is resumed where it ended has the last report of the first one.
static void test_finished(void)
{
    for (size_t every = 2; every <= 10; every += 8) {
        w2v_sgd_progress last[2];
        size_t n = 1;
        const w2v_objective f = {square, &n, 1, 0, NULL};
        w2v_sgd_config cfg = small_config(W2V_SGD);
        cfg.iterations = cfg.checkpoint_every = 5;
        cfg.progress_every = every;
        cfg.anneal_every = 2;
        cfg.checkpoint = path;
        remove(path);
        cfg.resume = 1;
        for (int i = 0; i < 2; i++) {
            float x = 1.0f;
            CHECK_STATUS(w2v_sgd(&f, &x, &cfg, &last[i], NULL), W2V_OK);
        }
        CHECK_EQUAL(last[1].iteration, 5);
        CHECK(last[0].loss > 0.0 && last[1].loss == last[0].loss);
        CHECK(last[0].learning_rate == 0.0125 && last[1].learning_rate == 0.0125);
    }
    remove(path);
}

static void test_resume(void)
{
    for (int o = W2V_SGD; o <= W2V_ADAGRAD; o++) check_resume((w2v_optimizer)o);
}

int main(int argc, char **argv)
{
    static const test_case tests[] = {
        TEST(sanity),           TEST(annealing),  TEST(resume),         TEST(sparse),
        TEST(optimizers),       TEST(stops),      TEST(refusals),       TEST(checkpoint_not_finite),
        TEST(shapes),           TEST(gradients),  TEST(normalize),      TEST(misuse),
        TEST(forgotten_weight), TEST(not_finite), TEST(useless_spacing),
        TEST(rounded_spacing),  TEST(epsilon),    TEST(finished)};
    snprintf(path, sizeof path, "%s.tmp", argv[0]);
    const int failed = test_main("sgd", tests, TEST_COUNT(tests), argc, argv);
    remove(path);
    return failed;
}
