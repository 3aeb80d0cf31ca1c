// SPDX-License-Identifier: MIT-0
//
// bench.h - what the benchmarks share. Include it behind w2v.h.

#ifndef BENCH_H
#define BENCH_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef BENCH_FLAGS
#define BENCH_FLAGS "unknown flags"
#endif

// Results go here, so that the compiler cannot leave out what makes them.
static volatile float bench_sink;

static inline int bench_compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static inline double bench_median(double *values, size_t n)
{
    qsort(values, n, sizeof *values, bench_compare);
    return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2.0;
}

// GFLOP/s of multiply-adds on one core that wait for nothing but each other: ten chains of vectors.
static inline double bench_peak(void)
{
    enum { CHAINS = 10, TURNS = 2000000 };
    double round[5];
    float start[16];
    for (int i = 0; i < 16; i++) start[i] = (float)i * 0.001f;
    for (int r = 0; r < 5; r++) {
        w2v__vec chain[CHAINS];
        const w2v__vec a = w2v__set1(0.999f), b = w2v__load(start);
        W2V__UNROLL
        for (int i = 0; i < CHAINS; i++) chain[i] = b;
        const double begin = w2v__seconds();
        for (int t = 0; t < TURNS; t++) {
            W2V__UNROLL
            for (int i = 0; i < CHAINS; i++) chain[i] = w2v__fma(chain[i], a, b);
        }
        round[r] = 2.0 * 16.0 * CHAINS * TURNS / (w2v__seconds() - begin) / 1e9;
        w2v__vec sum = chain[0];
        for (int i = 1; i < CHAINS; i++) sum = w2v__add16(sum, chain[i]);
        bench_sink = w2v__sum(sum);
    }
    return bench_median(round, 5);
}

static inline void bench_conditions(void)
{
    char line[256] = "unknown processor";
    FILE *f = fopen("/proc/cpuinfo", "r");
    while (f && fgets(line, sizeof line, f))
        if (!strncmp(line, "model name", 10)) break;
    if (f) fclose(f);
    line[strcspn(line, "\n")] = 0;
    const char *name = strchr(line, ':');
#if defined(__clang__)
    const char *compiler = "clang " __clang_version__;
#elif defined(__GNUC__)
    const char *compiler = "gcc " __VERSION__;
#else
    const char *compiler = "unknown compiler";
#endif
    printf("%s, %zu cores, backend %s, %s, %s\n", name ? name + 2 : line, w2v__cpus(), w2v_simd(), compiler, BENCH_FLAGS);
}

#endif
