// SPDX-License-Identifier: MIT-0
//
// kernels.c - how long each kernel takes, and what part of the processor's peak that is

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include "bench.h"

enum { ROWS_BYTES_L1 = 16 << 10, ROWS_BYTES_L2 = 256 << 10, ROWS_BYTES_MEMORY = 128 << 20 };

// One kernel on rows of n floats: x is read (and written, for some), y is the other operand.
typedef float (*kernel_fn)(float *x, float *y, size_t n);

static float run_dot(float *x, float *y, size_t n) { return w2v_dot(x, y, n); }
static float run_axpy(float *x, float *y, size_t n) { return w2v_axpy(1e-9f, x, y, n), 0.0f; }
static float run_scale(float *x, float *y, size_t n) { return (void)y, w2v_scale(1.0f, x, n), 0.0f; }
static float run_exp(float *x, float *y, size_t n) { return w2v_exp(x, y, n), 0.0f; }
static float run_sigmoid(float *x, float *y, size_t n) { return w2v_sigmoid(x, y, n), 0.0f; }
static float run_log_sigmoid(float *x, float *y, size_t n) { return w2v_log_sigmoid(x, y, n), 0.0f; }
static float run_softmax(float *x, float *y, size_t n) { return w2v_softmax(x, y, n); }

static const struct {
    const char *name;
    kernel_fn fn;
    double flops, bytes;  // for each float
} kernels[] = {
    {"dot", run_dot, 2.0, 8.0},          {"axpy", run_axpy, 2.0, 12.0},      {"scale", run_scale, 1.0, 8.0},
    {"exp", run_exp, 0.0, 8.0},          {"sigmoid", run_sigmoid, 0.0, 8.0}, {"log_sigmoid", run_log_sigmoid, 0.0, 8.0},
    {"softmax", run_softmax, 0.0, 16.0},
};

// Nanoseconds of one call, over pairs of rows that together fill `bytes`: the median of five rounds.
static double time_kernel(kernel_fn fn, float *buffer, size_t n, size_t bytes)
{
    const size_t pairs = bytes / (2 * n * sizeof(float)) + 1, calls = 40000000 / (n * 2 + 200) + pairs;
    double round[5];
    for (int r = 0; r < 5; r++) {
        const double start = w2v__seconds();
        for (size_t i = 0, p = 0; i < calls; i++, p = p + 1 < pairs ? p + 1 : 0)
            bench_sink += fn(buffer + 2 * p * n, buffer + (2 * p + 1) * n, n);
        round[r] = (w2v__seconds() - start) / (double)calls * 1e9;
    }
    return bench_median(round, 5);
}

static void bench_vectors(double peak)
{
    static const size_t sizes[] = {50, 100, 200, 300, 512, 768, 1024};
    static const struct {
        const char *name;
        size_t bytes;
    } places[] = {{"L1", ROWS_BYTES_L1}, {"L2", ROWS_BYTES_L2}, {"memory", ROWS_BYTES_MEMORY}};
    float *buffer = w2v__alloc_floats(ROWS_BYTES_MEMORY / sizeof(float) + 8192);
    if (!buffer) return;
    for (size_t i = 0; i < ROWS_BYTES_MEMORY / sizeof(float); i++) buffer[i] = (float)(i % 17) * 0.01f;
    printf("%-12s %6s %-7s %10s %10s %10s %8s\n", "kernel", "n", "in", "ns", "GFLOP/s", "GB/s", "of peak");
    for (size_t k = 0; k < sizeof kernels / sizeof *kernels; k++)
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
            for (size_t p = 0; p < 3; p++) {
                const double ns = time_kernel(kernels[k].fn, buffer, sizes[s], places[p].bytes), n = (double)sizes[s];
                const double gflops = kernels[k].flops * n / ns;
                printf("%-12s %6zu %-7s %10.1f %10.1f %10.1f", kernels[k].name, sizes[s], places[p].name, ns, gflops,
                       kernels[k].bytes * n / ns);
                if (gflops > 0.0) printf(" %7.0f%%", 100.0 * gflops / peak);
                printf("\n");
            }
    w2v__free_floats(buffer);
}

// A training step on I x J rows of n floats in L1: scores, gradients, update.
static void bench_step(size_t I, size_t J, size_t n, double peak)
{
    enum { MOST = 16, LONGEST = 1024 };
    static float coef[MOST * MOST + 16], score[MOST * MOST + 16], old[MOST * 16];
    float *rows = w2v__alloc_floats(2 * MOST * (LONGEST + 16)), *x[MOST], *y[MOST];
    if (!rows) return;
    for (size_t i = 0; i < MOST; i++) {
        x[i] = rows + 2 * i * (n + 16);
        y[i] = rows + (2 * i + 1) * (n + 16);
        for (size_t k = 0; k < n; k++) x[i][k] = y[i][k] = 0.01f;
    }
    const size_t calls = 200000000 / (6 * I * J * n);
    double round[5];
    for (int r = 0; r < 5; r++) {
        const double start = w2v__seconds();
        for (size_t c = 0; c < calls; c++) {
            w2v__scores(x, I, y, J, n, score);
            w2v__gradients(coef, score, I * J);
            w2v__update(x, I, y, J, n, score, old);
        }
        round[r] = (w2v__seconds() - start) / (double)calls * 1e9;
    }
    const double ns = bench_median(round, 5), gflops = 6.0 * (double)(I * J * n) / ns;
    printf("%-12s %6zu %-7s %10.1f %10.1f %10s %7.0f%%   %zu x %zu rows, %.3f ns a pair\n", "step", n, "L1", ns, gflops, "",
           100.0 * gflops / peak, I, J, ns / (double)(I * J));
    w2v__free_floats(rows);
}

// The textbook's naive softmax has to read U for the scores, and to read U again and update dU for the gradients.
// What the memory (or the cache) gives to rows of d floats, without padding: a dot product with every row of U, and
// dU_w += c u_w for every row.
static void bench_softmax(size_t V, size_t d)
{
    enum { CALLS = 10 };
    float *U = w2v__alloc_floats(V * d), *dU = w2v__alloc_floats(V * d), *v = w2v__alloc_floats(2 * d);
    double read[5], update[5], loss[5];
    if (!U || !dU || !v) exit(1);
    for (size_t i = 0; i < V * d; i++) U[i] = (float)(i % 23) * 0.01f;
    for (size_t i = 0; i < d; i++) v[i] = 0.01f;
    for (int r = 0; r < 5; r++) {
        double t = w2v__seconds();
        for (size_t w = 0; w < CALLS * V; w++) bench_sink += w2v_dot(v, U + w % V * d, d);
        read[r] = (w2v__seconds() - t) / CALLS;
        t = w2v__seconds();
        for (size_t w = 0; w < CALLS * V; w++) w2v_axpy(1e-9f, U + w % V * d, dU + w % V * d, d);
        update[r] = (w2v__seconds() - t) / CALLS;
        t = w2v__seconds();
        for (size_t c = 0; c < CALLS; c++) bench_sink += w2v_softmax_loss(v, c, U, V, d, v + d, dU);
        loss[r] = (w2v__seconds() - t) / CALLS;
    }
    const double mb = (double)(V * d * sizeof(float)) / 1e6, r = bench_median(read, 5), u = bench_median(update, 5),
                 took = bench_median(loss, 5);
    printf("naive softmax and gradients, V = %zu, d = %zu (%.1f MB each of U and dU): %.3f ms, %.1f GB/s; rows read at %.1f GB/s, "
           "updated at %.1f GB/s: "
           "%.0f %% of that\n",
           V, d, mb, took * 1e3, 4.0 * mb / took / 1e3, mb / r / 1e3, 3.0 * mb / u / 1e3, 100.0 * (r + u) / took);
    w2v__free_floats(U);
    w2v__free_floats(dU);
    w2v__free_floats(v);
}

int main(void)
{
    const double peak = bench_peak();
    bench_conditions();
    printf("measured multiply-add peak of a core: %.1f GFLOP/s\n\n", peak);
    bench_vectors(peak);
    for (size_t n = 64; n <= 768; n = n == 64 ? 112 : n == 112 ? 304 : n == 304 ? 768 : 769) {
        bench_step(1, 6, n, peak);
        bench_step(6, 6, n, peak);
        bench_step(11, 12, n, peak);
    }
    printf("\n");
    bench_softmax(19539, 100);
    bench_softmax(19539, 10);
    printf("\n");
    return 0;
}
