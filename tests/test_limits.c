// SPDX-License-Identifier: MIT-0
//
// test_limits.c - limits of the machine for the benchmarks: no speed is more than 100 % of one

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include "bench/limits.h"
#include "test.h"

// Measurements that are known: the next of a list, and the last of it for ever.
typedef struct script {
    const double *value;
    size_t n, next;
} script;

static double measure(void *user)
{
    script *s = (script *)user;
    const size_t i = s->next++;
    return s->value[i < s->n ? i : s->n - 1];
}

static void test_best(void)
{
    const double values[] = {100.0, 90.0, 120.0, 110.0};
    script s = {values, 4, 0};
    bench_limit l = bench_new_limit("adding", "GFLOP/s", measure, &s);
    CHECK(l.best == 100.0);
    for (int i = 0; i < 3; i++) bench_measure_limit(&l);
    CHECK(l.best == 120.0 && l.measured == 4);
    CHECK(bench_percent(&l, 30.0) == 25.0);
    CHECK_STRING(l.evidence, "");
}

// A speed below the limit costs no measurement; one above it as many as it takes to find a higher limit.
static void test_measured_again(void)
{
    const double values[] = {100.0, 90.0, 95.0, 130.0, 200.0};
    script s = {values, 5, 0};
    bench_limit l = bench_new_limit("adding", "GFLOP/s", measure, &s);
    bench_hold_limit(&l, 100.0, "as fast");
    CHECK_EQUAL(s.next, 1);
    bench_hold_limit(&l, 125.0, "faster");
    CHECK(s.next == 4 && l.best == 130.0);
    CHECK_STRING(l.evidence, "");
    CHECK(bench_percent(&l, 125.0) < 100.0);
}

// A speed that no measurement reaches is the limit, until a later measurement is faster.
static void test_evidence(void)
{
    const double values[] = {100.0};
    const double later[] = {150.0};
    script s = {values, 1, 0};
    bench_limit l = bench_new_limit("adding", "GFLOP/s", measure, &s);
    bench_hold_limit(&l, 123.4, "dot, 300");
    CHECK(s.next == 1 + BENCH_MOST_TRIES && l.measured == s.next);
    CHECK(l.best == 123.4 && bench_percent(&l, 123.4) == 100.0);
    CHECK_STRING(l.evidence, "dot, 300");
    bench_hold_limit(&l, 110.0, "slower");
    CHECK(l.best == 123.4 && s.next == 1 + BENCH_MOST_TRIES);
    CHECK_STRING(l.evidence, "dot, 300");
    s.value = later;
    bench_measure_limit(&l);
    CHECK(l.best == 150.0);
    CHECK_STRING(l.evidence, "");
}

// 100 % is exactly 100, whatever the speed: 100.0 * speed / speed can be rounded to more.
static void test_hundred(void)
{
    const double values[] = {1e-3};
    script s = {values, 1, 0};
    bench_limit l = bench_new_limit("adding", "GFLOP/s", measure, &s);
    w2v_random r = w2v_random_stream(1, 0);
    int wrong = 0;
    for (int i = 0; i < 1000; i++) {
        const double speed = 1.0 + (double)i + (double)(w2v_random_next(&r) >> 11) / 9007199254740992.0;
        bench_hold_limit(&l, speed, "rising");
        wrong += bench_percent(&l, speed) != 100.0;
    }
    CHECK_EQUAL(wrong, 0);
}

int main(int argc, char **argv)
{
    static const test_case tests[] = {TEST(best), TEST(measured_again), TEST(evidence), TEST(hundred)};
    return test_main("limits", tests, TEST_COUNT(tests), argc, argv);
}
