// SPDX-License-Identifier: MIT-0
//
// test_kmeans.c - spherical k-means

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include "test.h"

enum { ROWS = 600, DIM = 21, STRIDE = 24, PLANTED = 7 };

// The direction that row i belongs to: those of one direction stand together, so that the first rows are of one kind.
static size_t direction_of(size_t i) { return i * PLANTED / ROWS; }

// Rows around PLANTED directions, of any length.
static void plant(float *rows, float spread, uint64_t seed)
{
    w2v_random r = w2v_random_stream(seed, 0);
    float direction[PLANTED][DIM];
    for (size_t k = 0; k < PLANTED; k++)
        for (size_t d = 0; d < DIM; d++) direction[k][d] = w2v_random_float(&r) - 0.5f;
    for (size_t i = 0; i < ROWS; i++) {
        const float length = 0.1f + 10.0f * w2v_random_float(&r);
        for (size_t d = 0; d < STRIDE; d++)
            rows[i * STRIDE + d] =
                d < DIM ? length * (direction[direction_of(i)][d] + spread * (w2v_random_float(&r) - 0.5f))
                        : 1e9f;
    }
}

static void test_planted(void)
{
    static float rows[ROWS * STRIDE], centres[PLANTED * DIM];
    static uint32_t found[ROWS], again[ROWS];
    for (uint64_t seed = 1; seed <= 5; seed++) {
        w2v_kmeans_options o = w2v_kmeans_options_default();
        w2v_kmeans_report report;
        o.seed = seed;
        o.threads = 1;
        plant(rows, 0.05f, seed);
        CHECK(w2v_kmeans(rows, ROWS, DIM, STRIDE, PLANTED, &o, found, centres, &report, NULL) == W2V_OK);
        size_t wrong = 0;
        double sum = 0.0;
        for (size_t i = 0; i < ROWS; i++) {
            for (size_t j = 0; j < i; j++) wrong += (found[i] == found[j]) != (direction_of(i) == direction_of(j));
            sum += (double)w2v_cosine(rows + i * STRIDE, centres + found[i] * DIM, DIM);
        }
        CHECK(wrong == 0 && report.cosine > 0.99);
        CHECK_NEAR(report.cosine, sum / ROWS, 1e-6);
        for (size_t k = 0; k < PLANTED; k++) CHECK_NEAR(w2v_norm(centres + k * DIM, DIM), 1.0, 1e-6);
        for (o.threads = 2; o.threads <= 8; o.threads *= 2) {
            CHECK(w2v_kmeans(rows, ROWS, DIM, STRIDE, PLANTED, &o, again, NULL, NULL, NULL) == W2V_OK);
            CHECK(!memcmp(found, again, sizeof found));
        }
    }
}

// More iterations are never worse; it ends when nothing changes; every row is in the class of its nearest centre then.
static void test_iterations(void)
{
    static float rows[ROWS * STRIDE], centres[40 * DIM];
    static uint32_t found[ROWS];
    double before = -1.0;
    plant(rows, 2.0f, 3);
    for (size_t most = 0; most <= 100; most++) {
        w2v_kmeans_options o = w2v_kmeans_options_default();
        w2v_kmeans_report report;
        o.iterations = most;
        CHECK(w2v_kmeans(rows, ROWS, DIM, STRIDE, 40, &o, found, centres, &report, NULL) == W2V_OK);
        CHECK(report.cosine >= before - 1e-7 && report.iterations <= most);
        before = report.cosine;
        if (report.iterations == most) continue;
        CHECK(most > 3);
        size_t nearer = 0;  // centres of other classes
        for (size_t i = 0; i < ROWS; i++)
            for (size_t k = 0; k < 40; k++)
                nearer += w2v_cosine(rows + i * STRIDE, centres + k * DIM, DIM) >
                          w2v_cosine(rows + i * STRIDE, centres + found[i] * DIM, DIM) + 1e-6f;
        CHECK(!nearer);
        return;
    }
    const int converges = 0;
    CHECK(converges);
}

// One class, as many as rows, fewer directions than classes, rows of zeros.
static void test_extremes(void)
{
    static float rows[ROWS * STRIDE], centre[DIM];
    static uint32_t found[ROWS];
    static int seen[ROWS];
    w2v_kmeans_report report;
    plant(rows, 1.0f, 4);
    CHECK(w2v_kmeans(rows, ROWS, DIM, STRIDE, 1, NULL, found, centre, &report, NULL) == W2V_OK);
    for (size_t i = 0; i < ROWS; i++) CHECK(found[i] == 0);
    CHECK(w2v_kmeans(rows, ROWS, DIM, STRIDE, ROWS, NULL, found, NULL, &report, NULL) == W2V_OK);
    for (size_t i = 0; i < ROWS; i++) seen[found[i]]++;
    for (size_t i = 0; i < ROWS; i++) CHECK(seen[i] == 1);
    CHECK_NEAR(report.cosine, 1.0, 1e-6);
    for (size_t i = 0; i < ROWS; i++) memcpy(rows + i * STRIDE, rows + i % 3 * STRIDE, DIM * sizeof *rows);
    CHECK(w2v_kmeans(rows, ROWS, DIM, STRIDE, 5, NULL, found, NULL, &report, NULL) == W2V_OK);
    for (size_t i = 0; i < ROWS; i++) CHECK(found[i] == found[i % 3] && found[i] < 5);
    CHECK(found[0] != found[1] && found[1] != found[2] && found[0] != found[2]);
    memset(rows, 0, sizeof rows);
    CHECK(w2v_kmeans(rows, ROWS, DIM, STRIDE, 2, NULL, found, NULL, &report, NULL) == W2V_OK);
    for (size_t i = 0; i < ROWS; i++) CHECK(found[i] == 0);
}

// Rows that cancel each other, rows of zeros in front, and directions that are nearly the same.
static void test_odd_rows(void)
{
    static const float opposite[] = {1, 0, -1, 0, 1, 0, -1, 0}, zero_first[] = {0, 0, 1, 0, 1, 0, 1, 0},
                       beside[] = {1, 0, 1, 1e-4f, 1, 2e-4f};
    uint32_t found[4];
    float centres[6];
    w2v_kmeans_report report;
    CHECK(w2v_kmeans(opposite, 4, 2, 2, 1, NULL, found, centres, &report, NULL) == W2V_OK);
    CHECK(centres[0] == 1.0f || centres[0] == -1.0f);
    CHECK_NEAR(report.cosine, 0.0, 1e-7);
    for (size_t classes = 1; classes <= 3; classes++) {
        CHECK(w2v_kmeans(zero_first, 4, 2, 2, classes, NULL, found, centres, &report, NULL) == W2V_OK);
        CHECK(found[0] == 0 && found[1] < classes && found[2] == found[1] && found[3] == found[1]);
        CHECK_NEAR(report.cosine, 1.0, 1e-6);
        for (size_t k = 0; k < classes; k++) CHECK_NEAR(w2v_norm(centres + 2 * k, 2), 1.0, 1e-6);
    }
    CHECK(w2v_kmeans(beside, 3, 2, 2, 3, NULL, found, centres, &report, NULL) == W2V_OK);
    for (size_t i = 0; i < 3; i++) CHECK(found[i] < 3);
    for (size_t k = 0; k < 3; k++) CHECK_NEAR(w2v_norm(centres + 2 * k, 2), 1.0, 1e-6);
}

// More numbers than scores of a batch.
static void test_long_rows(void)
{
    enum { LONG = 3000 };
    static float rows[3 * LONG];
    uint32_t found[3];
    for (size_t i = 0; i < 3 * LONG; i++) rows[i] = i / LONG == 1 ? -1.0f : 1.0f + (float)(int)(i % 3);
    CHECK(w2v_kmeans(rows, 3, LONG, LONG, 2, NULL, found, NULL, NULL, NULL) == W2V_OK);
    CHECK(found[0] == found[2] && found[0] != found[1]);
}

static void test_refusals(void)
{
    float rows[4 * DIM];
    uint32_t found[4] = {9, 9, 9, 9};
    w2v_error err;
    for (size_t i = 0; i < 4 * DIM; i++) rows[i] = (float)(int)(i % 5);
    CHECK(w2v_kmeans(rows, 4, DIM, DIM, 5, NULL, found, NULL, NULL, &err) == W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "classes must be between 1 and 4, the number of rows, not 5");
    CHECK(w2v_kmeans(rows, 4, DIM, DIM, 0, NULL, found, NULL, NULL, &err) == W2V_ERROR_ARGUMENT);
    CHECK(w2v_kmeans(rows, 4, DIM, DIM - 1, 2, NULL, found, NULL, NULL, &err) == W2V_ERROR_ARGUMENT);
    CHECK(w2v_kmeans(rows, 0, DIM, DIM, 1, NULL, found, NULL, NULL, &err) == W2V_ERROR_ARGUMENT);
    rows[2 * DIM + 3] = NAN;
    CHECK(w2v_kmeans(rows, 4, DIM, DIM, 2, NULL, found, NULL, NULL, &err) == W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "row 2 has a number that is not finite");
    CHECK(found[0] == 9 && found[3] == 9);
}

int main(void)
{
    test_planted();
    test_iterations();
    test_extremes();
    test_odd_rows();
    test_long_rows();
    test_refusals();
    return test_finish("kmeans");
}
