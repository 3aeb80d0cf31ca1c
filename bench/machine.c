// SPDX-License-Identifier: MIT-0
//
// machine.c - what this machine can do at most, for the benchmarks to compare with. Compile with
// -march=native: the vectors of w2v.h are then those of the machine.

#define W2V_STATIC
#define W2V_IMPLEMENTATION
#define W2V_NO_DISPATCH
#include "w2v.h"

#include "bench.h"

double bench_seconds(void) { return w2v__seconds(); }

void bench_for_each(size_t items, size_t threads, void (*work)(void *shared, size_t item, size_t thread),
                    void *shared)
{
    w2v__for_each(items, threads, work, shared);
}

// GFLOP/s of multiply-adds on one core that wait for nothing but their own chain: `chains` vectors of 16
// floats. Every chain starts from numbers of its own, which the compiler does not know: chains that are
// equal would become one.
#define PEAK_OF(chains)                                                             \
    static double peak_of_##chains(size_t turns)                                    \
    {                                                                               \
        volatile float seed = 0.001f;                                               \
        float start[chains][16];                                                    \
        for (int i = 0; i < chains; i++)                                            \
            for (int k = 0; k < 16; k++) start[i][k] = seed * (float)(16 * i + k);  \
        w2v__vec chain[chains];                                                     \
        const w2v__vec a = w2v__v_set1(1.0f - seed), b = w2v__v_set1(seed);         \
        W2V__UNROLL                                                                 \
        for (int i = 0; i < chains; i++) chain[i] = w2v__v_load(start[i]);          \
        const double begin = w2v__seconds();                                        \
        for (size_t t = 0; t < turns; t++) {                                        \
            W2V__UNROLL                                                             \
            for (int i = 0; i < chains; i++) chain[i] = w2v__v_fma(chain[i], a, b); \
        }                                                                           \
        const double seconds = w2v__seconds() - begin;                              \
        w2v__vec sum = chain[0];                                                    \
        W2V__UNROLL                                                                 \
        for (int i = 1; i < chains; i++) sum = w2v__v_add(sum, chain[i]);           \
        bench_sink = w2v__v_sum(sum);                                               \
        return 2.0 * 16.0 * chains * (double)turns / seconds / 1e9;                 \
    }
PEAK_OF(1)
PEAK_OF(2)
PEAK_OF(3)
PEAK_OF(4)
PEAK_OF(6)
PEAK_OF(12)

// The best of several numbers of chains, for this is a bound. Enough chains hide the latency of a
// multiply-add, and too many do not stay in registers: a vector of 16 floats takes one with AVX-512, two
// with AVX2, four with NEON.
double bench_peak(size_t turns)
{
    static double (*const peaks[])(size_t turns) = {peak_of_1, peak_of_2, peak_of_3,
                                                    peak_of_4, peak_of_6, peak_of_12};
    double best = 0.0;
    for (int round = 0; round < 3; round++)
        for (size_t i = 0; i < sizeof peaks / sizeof *peaks; i++) best = fmax(best, peaks[i](turns));
    return best;
}

double bench_read(const float *x, size_t n, size_t streams)
{
    const size_t piece = n / streams / 64 * 64;
    w2v__vec sum[4];
    for (int k = 0; k < 4; k++) sum[k] = w2v__v_set1(0.0f);
    const double begin = w2v__seconds();
    for (size_t i = 0; i < piece; i += 64)
        for (size_t s = 0; s < streams; s++) {
            const float *at = x + s * piece + i;
            W2V__UNROLL
            for (size_t k = 0; k < 4; k++) sum[k] = w2v__v_add(sum[k], w2v__v_load(at + 16 * k));
        }
    const double seconds = w2v__seconds() - begin;
    bench_sink = w2v__v_sum(w2v__v_add(w2v__v_add(sum[0], sum[1]), w2v__v_add(sum[2], sum[3])));
    return (double)(piece * streams * sizeof *x) / seconds / 1e9;
}

// Brings two padded rows into registers and does nothing with them: the part of a dot product that waits
// for memory.
#if defined(__GNUC__) && W2V__SIMD_BASE != W2V_SIMD_SCALAR && W2V__SIMD_BASE != W2V_SIMD_GENERIC
#ifdef __aarch64__
#define INTO_REGISTER(p) __asm__ volatile("" : : "w"(w2v__vpart_load(p)))
#else
#define INTO_REGISTER(p) __asm__ volatile("" : : "v"(w2v__vpart_load(p)))
#endif
static float read_rows(float *x, float *y, size_t n)
{
    enum { PARTS = 4 };
    size_t k = 0;
    for (; k + PARTS * W2V__SIMD_LANES <= n; k += PARTS * W2V__SIMD_LANES) {
        W2V__UNROLL
        for (size_t part = 0; part < PARTS * W2V__SIMD_LANES; part += W2V__SIMD_LANES) {
            INTO_REGISTER(x + k + part);
            INTO_REGISTER(y + k + part);
        }
    }
    for (; k < n; k += W2V__SIMD_LANES) {
        INTO_REGISTER(x + k);
        INTO_REGISTER(y + k);
    }
    return 0.0f;
}
float (*const bench_read_rows)(float *x, float *y, size_t n) = read_rows;
#else
float (*const bench_read_rows)(float *x, float *y, size_t n) = NULL;
#endif
