// SPDX-License-Identifier: MIT-0
//
// limits.h - what a machine can do at most, as measured, and how close a speed comes to it
//
// A measurement of a limit can only be too low. So a limit is the best of several measurements, spread over
// the run. A speed above it shows that it is still too low: the limit is measured again, a few times. If
// the speed stays above, then the speed itself is the limit, and bench_limit says whose speed that was. No
// speed is therefore more than 100 % of its limit. That holds for the final limit only: percentages are
// taken when all speeds are known.

#ifndef LIMITS_H
#define LIMITS_H

#include <stdio.h>
#include <string.h>

enum { BENCH_MOST_TRIES = 10 };  // measurements that one speed above the limit can cause

typedef struct bench_limit {
    const char *name, *unit;
    double (*measure)(void *user);
    void *user;
    double best;        // in `unit`
    size_t measured;    // how often
    char evidence[80];  // the row whose speed is the limit; "" where a measurement is
} bench_limit;

static inline void bench_measure_limit(bench_limit *l)
{
    const double x = l->measure(l->user);
    l->measured++;
    if (x <= l->best) return;
    l->best = x;
    l->evidence[0] = 0;
}

static inline bench_limit bench_new_limit(const char *name, const char *unit, double (*measure)(void *user),
                                          void *user)
{
    bench_limit l;
    memset(&l, 0, sizeof l);
    l.name = name;
    l.unit = unit;
    l.measure = measure;
    l.user = user;
    bench_measure_limit(&l);
    return l;
}

// Makes sure that the speed, which the row of that name has reached, is not above the limit.
static inline void bench_hold_limit(bench_limit *l, double speed, const char *row)
{
    for (int i = 0; i < BENCH_MOST_TRIES && speed > l->best; i++) bench_measure_limit(l);
    if (!(speed > l->best)) return;
    l->best = speed;
    snprintf(l->evidence, sizeof l->evidence, "%s", row);
}

// At most 100 for every speed that has been held against the limit.
static inline double bench_percent(const bench_limit *l, double speed) { return speed / l->best * 100.0; }

#endif
