// SPDX-License-Identifier: MIT-0
//
// test_random.c - the generator and the alias table

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include "test.h"

// The first outputs of SplitMix64 from state 0, as published with the algorithm.
static void test_generator(void)
{
    w2v_random r = {0};
    CHECK_EQUAL(w2v_random_next(&r), UINT64_C(0xE220A8397B1DCDAF));
    CHECK_EQUAL(w2v_random_next(&r), UINT64_C(0x6E789E6AA1B965F4));
    CHECK_EQUAL(w2v_random_next(&r), UINT64_C(0x06C45D188009454F));
    // Small numbers are made of the high bits, of which every generator has the best; so are floats, of 24.
    r.state = 0;
    CHECK_EQUAL(w2v_random_below(&r, 1000), 883);
    CHECK_EQUAL(w2v_random_below(&r, 1000), 431);
    CHECK_EQUAL(w2v_random_below(&r, 1000), 26);
    r.state = 0;
    CHECK(w2v_random_float(&r) == 14819496.0f / 16777216.0f);  // 0xE220A8
    CHECK(w2v_random_float(&r) == 7239838.0f / 16777216.0f);   // 0x6E789E
    CHECK(w2v_random_float(&r) == 443485.0f / 16777216.0f);    // 0x06C45D
    w2v_random a = w2v_random_stream(1, 2), b = w2v_random_stream(1, 3), c = w2v_random_stream(2, 2),
               d = w2v_random_stream(1, 2);
    CHECK(a.state == d.state && a.state != b.state && a.state != c.state && b.state != c.state);
}

// Chi-square of n draws: mean = classes - 1 and standard deviation sqrt(2
// (classes - 1)); six of them is one failure in 10^8.
static double excess(const uint32_t *seen, const double *p, size_t classes, double n)
{
    double chi2 = 0.0, df = -1.0;
    for (size_t i = 0; i < classes; i++) {
        if (p[i] <= 0.0) continue;
        df += 1.0;
        chi2 += ((double)seen[i] - n * p[i]) * ((double)seen[i] - n * p[i]) / (n * p[i]);
    }
    return (chi2 - df) / sqrt(2.0 * df);
}

static void test_below(void)
{
    uint32_t seen[8] = {0}, pairs[64] = {0};
    double p[64];
    w2v_random r = w2v_random_stream(4, 0);
    uint32_t last = 0;
    for (int i = 0; i < 800000; i++) {
        const uint32_t x = w2v_random_below(&r, 8);  // a window of 8: generators that use low bits have a period of 8 here
        seen[x]++;
        pairs[last * 8 + x]++;
        last = x;
    }
    for (int i = 0; i < 64; i++) p[i] = 1.0 / 8.0;
    CHECK(excess(seen, p, 8, 800000) < 6.0);
    for (int i = 0; i < 64; i++) p[i] = 1.0 / 64.0;
    CHECK(excess(pairs, p, 64, 800000) < 6.0);
    CHECK_EQUAL(w2v_random_below(&r, 1), 0);
    float low = 1.0f, high = 0.0f;
    for (int i = 0; i < 100000; i++) {
        const float x = w2v_random_float(&r);
        low = x < low ? x : low;
        high = x > high ? x : high;
    }
    CHECK(low >= 0.0f && low < 1e-3f && high < 1.0f && high > 0.999f);
}

static void check_alias(size_t n, double power)
{
    enum { MAX = 5000, DRAWS = 2000000 };
    static double weight[MAX], p[MAX];
    static uint32_t seen[MAX];
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) sum += weight[i] = i % 10 == 3 ? 0.0 : pow((double)(i + 1), power);
    for (size_t i = 0; i < n; i++) p[i] = weight[i] / sum;
    w2v_alias table;
    w2v_error err;
    CHECK_STATUS(w2v_alias_init(&table, weight, n, &err), W2V_OK);
    memset(seen, 0, sizeof seen);
    w2v_random r = w2v_random_stream(5, n);
    for (int i = 0; i < DRAWS; i++) seen[w2v_alias_draw(&table, &r)]++;
    CHECK(n == 1 ? seen[0] == DRAWS : excess(seen, p, n, DRAWS) < 6.0);
    for (size_t i = 3; i < n; i += 10) CHECK_EQUAL(seen[i], 0);
    w2v_alias_free(&table);
    CHECK(!table.column);
}

static void test_refusals(void)
{
    w2v_alias table = {NULL, 77};
    w2v_error err;
    const double negative[2] = {1.0, -1.0}, nan[2] = {1.0, (double)NAN}, zero[2] = {0.0, 0.0},
                 large[2] = {DBL_MAX, DBL_MAX};
    CHECK_STATUS(w2v_alias_init(&table, negative, 2, &err), W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "weight 1 is negative or not finite");
    CHECK_STATUS(w2v_alias_init(&table, nan, 2, NULL), W2V_ERROR_ARGUMENT);
    CHECK_STATUS(w2v_alias_init(&table, zero, 2, &err), W2V_ERROR_ARGUMENT);
    CHECK_STATUS(w2v_alias_init(&table, zero, 0, &err), W2V_ERROR_ARGUMENT);
    CHECK_STATUS(w2v_alias_init(&table, large, 2, &err), W2V_ERROR_ARGUMENT);
    CHECK_EQUAL(table.size, 77);
}

static void test_alias(void)
{
    check_alias(1, 0.0);
    check_alias(2, 1.0);
    check_alias(100, -0.75);
    check_alias(5000, -0.75);
    check_alias(5000, 0.0);
}

int main(int argc, char **argv)
{
    static const test_case tests[] = {TEST(generator), TEST(below), TEST(alias), TEST(refusals)};
    return test_main("random", tests, TEST_COUNT(tests), argc, argv);
}
