// SPDX-License-Identifier: MIT-0
//
// test_kmeans.c - spherical k-means

#define W2V_NO_VOCAB  // k-means needs none
#define W2V_STATIC
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include "test.h"

enum { ROWS = 600, DIM = 21, STRIDE = 24, PLANTED = 7 };

// Rows (n, dim) that begin `stride` floats apart, and centres (classes, dim) or NULL.
static w2v_status cluster(float *rows, size_t n, size_t dim, size_t stride, size_t classes,
                          const w2v_kmeans_config *cfg, uint32_t *class_of, float *centres,
                          w2v_kmeans_report *report, w2v_error *err)
{
    const w2v_matrix view = w2v_matrix_of(rows, n, dim, stride),
                     of_centres = w2v_matrix_of(centres, classes, dim, dim);
    return w2v_kmeans(&view, classes, cfg, class_of, centres ? &of_centres : NULL, report, err);
}

// The direction that row i belongs to: those of one direction stand together, so that the first rows are of
// one kind.
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
        w2v_kmeans_config o = w2v_kmeans_config_default();
        w2v_kmeans_report report;
        o.seed = seed;
        o.threads = 1;
        plant(rows, 0.05f, seed);
        CHECK_STATUS(cluster(rows, ROWS, DIM, STRIDE, PLANTED, &o, found, centres, &report, NULL), W2V_OK);
        size_t wrong = 0;
        double sum = 0.0;
        for (size_t i = 0; i < ROWS; i++) {
            for (size_t j = 0; j < i; j++)
                wrong += (found[i] == found[j]) != (direction_of(i) == direction_of(j));
            sum += (double)w2v_cosine(rows + i * STRIDE, centres + found[i] * DIM, DIM);
        }
        CHECK(wrong == 0 && report.cosine > 0.99);
        CHECK_NEAR(report.cosine, sum / ROWS, 1e-6);
        for (size_t k = 0; k < PLANTED; k++) CHECK_NEAR(w2v_norm(centres + k * DIM, DIM), 1.0, 1e-6);
        for (o.threads = 2; o.threads <= 8; o.threads *= 2) {
            CHECK_STATUS(cluster(rows, ROWS, DIM, STRIDE, PLANTED, &o, again, NULL, NULL, NULL), W2V_OK);
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
        w2v_kmeans_config o = w2v_kmeans_config_default();
        w2v_kmeans_report report;
        o.iterations = most;
        if (!CHECK_STATUS(cluster(rows, ROWS, DIM, STRIDE, 40, &o, found, centres, &report, NULL), W2V_OK))
            return;
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

// More classes than directions, so some centres are equal: rows go to the first of these.
static void test_equal_centres(void)
{
    enum { SAME = 60, DIRECTIONS = 3, MANY = 20 };
    static const float direction[DIRECTIONS][2] = {{1.0f, 0.0f}, {0.6f, 0.8f}, {-1.0f, 0.5f}};
    float rows[SAME][2], centres[MANY * 2];
    uint32_t found[SAME];
    for (size_t i = 0; i < SAME; i++) memcpy(rows[i], direction[i % DIRECTIONS], sizeof rows[i]);
    size_t behind = 0;  // rows that a class before theirs could have
    for (uint64_t seed = 1; seed <= 20; seed++) {
        w2v_kmeans_config o = w2v_kmeans_config_default();
        o.iterations = 0;
        o.seed = seed;
        if (!CHECK_STATUS(cluster(rows[0], SAME, 2, 2, MANY, &o, found, centres, NULL, NULL), W2V_OK)) return;
        for (size_t i = 0; i < SAME; i++)
            for (size_t k = 0; k < found[i]; k++)
                behind += !memcmp(centres + k * 2, centres + found[i] * 2, sizeof rows[i]);
    }
    CHECK(!behind);
}

// The centre of a single class is the mean of the directions, not the row that it begins with.
static void test_one_class(void)
{
    static const float rows[4] = {3.0f, 0.0f, 0.0f, 5.0f};
    uint32_t found[2] = {7, 7};
    float centre[2];
    w2v_kmeans_report report;
    const w2v_matrix view = w2v_matrix_of(rows, 2, 2, 2), centres = w2v_matrix_of(centre, 1, 2, 2);
    CHECK_STATUS(w2v_kmeans(&view, 1, NULL, found, &centres, &report, NULL), W2V_OK);
    CHECK(!found[0] && !found[1] && report.iterations == 1);
    for (int i = 0; i < 2; i++) CHECK_NEAR(centre[i], sqrt(0.5), 1e-6);
    CHECK_NEAR(report.cosine, sqrt(0.5), 1e-6);
}

enum { FEW = 14, CLASSES = 5 };

static double cosine_of(const float *x, const float *y)
{
    double xy = 0.0, xx = 0.0, yy = 0.0;
    for (size_t d = 0; d < 2; d++) {
        xy += (double)x[d] * (double)y[d];
        xx += (double)x[d] * (double)x[d];
        yy += (double)y[d] * (double)y[d];
    }
    return xy / sqrt(xx * yy);
}

// The iteration after one that ended with these classes and centres, as the manual has it. Returns how many
// classes were empty.
static size_t iterate_by_hand(float (*rows)[2], uint32_t *class_of, float (*centres)[2])
{
    size_t size[CLASSES] = {0}, empty = 0;
    for (size_t i = 0; i < FEW; i++) size[class_of[i]]++;
    for (uint32_t k = 0; k < CLASSES; k++) {
        size_t farthest = FEW;
        double least = 0.999999;
        if (size[k]) continue;
        empty++;
        for (size_t i = 0; i < FEW; i++) {  // a row that has come to an empty class is alone there
            const double cosine = cosine_of(rows[i], centres[class_of[i]]);
            if (size[class_of[i]] > 1 && cosine < least) farthest = i, least = cosine;
        }
        if (farthest == FEW) continue;
        size[class_of[farthest]]--;
        class_of[farthest] = k;
        size[k] = 1;
    }
    memset(centres, 0, CLASSES * sizeof *centres);
    for (size_t i = 0; i < FEW; i++) {
        const float length = w2v_norm(rows[i], 2);
        for (size_t d = 0; d < 2; d++) centres[class_of[i]][d] += rows[i][d] / length;
    }
    for (size_t i = 0; i < FEW; i++)
        for (uint32_t k = 0; k < CLASSES; k++)
            if (cosine_of(rows[i], centres[k]) > cosine_of(rows[i], centres[class_of[i]])) class_of[i] = k;
    return empty;
}

// Iterations follow the manual, also where a class becomes empty, which rows seldom bring about: these do it
// with three of sixty seeds. No class is empty in the end, and seeds differ.
static void test_empty_classes(void)
{
    enum { SEEDS = 60, MOST = 10 };
    static const float angle[FEW] = {15, 26, 3, 42, 15, 28, 0, 13, 3, 18, 27, 34, 59, 44};  // 1/20
    size_t wrong = 0, empty = 0, left_empty = 0, same = 0;
    uint32_t found[FEW], next[FEW], end[2][FEW];
    float rows[FEW][2], centres[CLASSES][2];
    for (size_t i = 0; i < FEW; i++) {
        rows[i][0] = (float)cos(0.05 * (double)angle[i]);
        rows[i][1] = (float)sin(0.05 * (double)angle[i]);
    }
    w2v_kmeans_config o = w2v_kmeans_config_default();
    for (o.seed = 0; o.seed < SEEDS; o.seed++) {
        for (o.iterations = 0; o.iterations <= MOST; o.iterations++) {
            CHECK_STATUS(cluster(rows[0], FEW, 2, 2, CLASSES, &o, next, centres[0], NULL, NULL), W2V_OK);
            wrong += o.iterations && memcmp(next, found, sizeof found);
            memcpy(found, next, sizeof found);
            empty += iterate_by_hand(rows, found, centres);
        }
        o.iterations = 100;
        CHECK_STATUS(cluster(rows[0], FEW, 2, 2, CLASSES, &o, end[o.seed % 2], NULL, NULL, NULL), W2V_OK);
        for (uint32_t k = 0; k < CLASSES; k++) {
            size_t size = 0;
            for (size_t i = 0; i < FEW; i++) size += end[o.seed % 2][i] == k;
            left_empty += !size;
        }
        same += o.seed && !memcmp(end[0], end[1], sizeof *end);
    }
    CHECK(!wrong && empty > 0 && !left_empty);
    CHECK(same < SEEDS / 2);
}

// One class, as many as rows, fewer directions than classes, rows of zeros.
static void test_extremes(void)
{
    static float rows[ROWS * STRIDE], centre[DIM];
    static uint32_t found[ROWS];
    static int seen[ROWS];
    w2v_kmeans_report report;
    plant(rows, 1.0f, 4);
    CHECK_STATUS(cluster(rows, ROWS, DIM, STRIDE, 1, NULL, found, centre, &report, NULL), W2V_OK);
    for (size_t i = 0; i < ROWS; i++) CHECK_EQUAL(found[i], 0);
    CHECK_STATUS(cluster(rows, ROWS, DIM, STRIDE, ROWS, NULL, found, NULL, &report, NULL), W2V_OK);
    for (size_t i = 0; i < ROWS; i++) seen[found[i]]++;
    for (size_t i = 0; i < ROWS; i++) CHECK_EQUAL(seen[i], 1);
    CHECK_NEAR(report.cosine, 1.0, 1e-6);
    for (size_t i = 0; i < ROWS; i++) memcpy(rows + i * STRIDE, rows + i % 3 * STRIDE, DIM * sizeof *rows);
    CHECK_STATUS(cluster(rows, ROWS, DIM, STRIDE, 5, NULL, found, NULL, &report, NULL), W2V_OK);
    for (size_t i = 0; i < ROWS; i++) CHECK(found[i] == found[i % 3] && found[i] < 5);
    CHECK(found[0] != found[1] && found[1] != found[2] && found[0] != found[2]);
    memset(rows, 0, sizeof rows);
    CHECK_STATUS(cluster(rows, ROWS, DIM, STRIDE, 2, NULL, found, NULL, &report, NULL), W2V_OK);
    for (size_t i = 0; i < ROWS; i++) CHECK_EQUAL(found[i], 0);
    rows[STRIDE] = 1.0f;  // not of the one row
    CHECK_STATUS(cluster(rows, 1, DIM, STRIDE, 1, NULL, found, centre, &report, NULL), W2V_OK);
    CHECK(found[0] == 0 && w2v_norm(centre, DIM) <= 0.0f);
}

// Rows that cancel each other, rows of zeros in front, and directions that are nearly the same.
static void test_odd_rows(void)
{
    static float opposite[] = {1, 0, -1, 0, 1, 0, -1, 0}, zero_first[] = {0, 0, 1, 0, 1, 0, 1, 0},
                 beside[] = {1, 0, 1, 1e-4f, 1, 2e-4f};
    uint32_t found[4];
    float centres[6];
    w2v_kmeans_report report;
    CHECK_STATUS(cluster(opposite, 4, 2, 2, 1, NULL, found, centres, &report, NULL), W2V_OK);
    CHECK(centres[0] == 1.0f || centres[0] == -1.0f);
    CHECK_NEAR(report.cosine, 0.0, 1e-7);
    for (size_t classes = 1; classes <= 3; classes++) {
        CHECK_STATUS(cluster(zero_first, 4, 2, 2, classes, NULL, found, centres, &report, NULL), W2V_OK);
        CHECK(found[0] == 0 && found[1] < classes && found[2] == found[1] && found[3] == found[1]);
        CHECK_NEAR(report.cosine, 1.0, 1e-6);
        for (size_t k = 0; k < classes; k++) CHECK_NEAR(w2v_norm(centres + 2 * k, 2), 1.0, 1e-6);
    }
    CHECK_STATUS(cluster(beside, 3, 2, 2, 3, NULL, found, centres, &report, NULL), W2V_OK);
    for (size_t i = 0; i < 3; i++) CHECK(found[i] < 3);
    for (size_t k = 0; k < 3; k++) CHECK_NEAR(w2v_norm(centres + 2 * k, 2), 1.0, 1e-6);
}

// A row of zeros is in class 0, which is empty all the same when it loses its last other row, as it does here
// with one of the seeds: then it takes another.
static void test_zeros_fill_no_class(void)
{
    enum { N = 8, KINDS = 3 };
    static const float angle[N - 1] = {43, 59, 36, 1, 3, 34, 10};  // 1/20
    float rows[N][2] = {{0.0f, 0.0f}};
    for (size_t i = 1; i < N; i++) {
        rows[i][0] = (float)cos(0.05 * (double)angle[i - 1]);
        rows[i][1] = (float)sin(0.05 * (double)angle[i - 1]);
    }
    w2v_kmeans_config o = w2v_kmeans_config_default();
    for (o.seed = 0; o.seed < 8; o.seed++) {
        uint32_t found[N];
        size_t size[KINDS] = {0};
        CHECK_STATUS(cluster(rows[0], N, 2, 2, KINDS, &o, found, NULL, NULL, NULL), W2V_OK);
        for (size_t i = 1; i < N; i++) size[found[i]]++;
        CHECK(found[0] == 0 && size[0] && size[1] && size[2]);
    }
}

// More numbers than scores of a batch.
static void test_long_rows(void)
{
    enum { LONG = 3000 };
    static float rows[3 * LONG];
    uint32_t found[3];
    for (size_t i = 0; i < 3 * LONG; i++) rows[i] = i / LONG == 1 ? -1.0f : 1.0f + (float)(int)(i % 3);
    CHECK_STATUS(cluster(rows, 3, LONG, LONG, 2, NULL, found, NULL, NULL, NULL), W2V_OK);
    CHECK(found[0] == found[2] && found[0] != found[1]);
}

// The centres may lie apart: what is between them stays.
static void test_apart(void)
{
    float rows[] = {3, 0, 0, 4, 0, 5}, centres[] = {9, 9, 9, 9, 9, 9};
    uint32_t found[3];
    const w2v_matrix view = w2v_matrix_of(rows, 3, 2, 2), apart = w2v_matrix_of(centres, 2, 2, 3);
    CHECK_STATUS(w2v_kmeans(&view, 2, NULL, found, &apart, NULL, NULL), W2V_OK);
    CHECK(found[1] == found[2] && found[0] == 1 - found[1]);
    CHECK(centres[3 * found[0]] == 1.0f && centres[3 * found[1] + 1] == 1.0f);
    CHECK(centres[2] == 9.0f && centres[5] == 9.0f);
}

static void test_refusals(void)
{
    float rows[4 * DIM];
    uint32_t found[4] = {9, 9, 9, 9};
    w2v_error err;
    for (size_t i = 0; i < 4 * DIM; i++) rows[i] = (float)(int)(i % 5);
    CHECK_STATUS(cluster(rows, 4, DIM, DIM, 5, NULL, found, NULL, NULL, &err), W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "classes must be between 1 and 4, the number of rows, not 5");
    CHECK_STATUS(cluster(rows, 4, DIM, DIM, 0, NULL, found, NULL, NULL, &err), W2V_ERROR_ARGUMENT);
    CHECK_STATUS(cluster(rows, 4, DIM, DIM - 1, 2, NULL, found, NULL, NULL, &err), W2V_ERROR_ARGUMENT);
    CHECK_STATUS(cluster(rows, 0, DIM, DIM, 1, NULL, NULL, NULL, NULL, &err), W2V_ERROR_ARGUMENT);
    w2v_matrix view = w2v_matrix_of(rows, 4, DIM, DIM), centres = w2v_matrix_of(rows, 2, DIM, DIM);
    view.stride--;
    CHECK_STATUS(w2v_kmeans(&view, 2, NULL, found, NULL, NULL, &err), W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "rows of 21 numbers cannot begin 20 numbers apart");
    view = w2v_matrix_of(rows, SIZE_MAX / DIM, 1, DIM);
    CHECK_STATUS(w2v_kmeans(&view, 2, NULL, found, NULL, NULL, &err), W2V_ERROR_ARGUMENT);
    CHECK(strstr(err.message, "no memory holds "));
    view = w2v_matrix_of(rows, 4, 0, DIM);
    CHECK_STATUS(w2v_kmeans(&view, 2, NULL, found, NULL, NULL, &err), W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "cannot divide 4 rows of 0 numbers");
    view = w2v_matrix_of(rows, 4, DIM, DIM);
    CHECK_STATUS(w2v_kmeans(&view, 3, NULL, found, &centres, NULL, &err), W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "centres must be 3 rows of 21 numbers, not 2 of 21");
    centres = w2v_matrix_of(rows, 2, DIM - 1, DIM);
    CHECK_STATUS(w2v_kmeans(&view, 2, NULL, found, &centres, NULL, &err), W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "centres must be 2 rows of 21 numbers, not 2 of 20");
    centres = w2v_matrix_of(rows, 2, DIM, DIM - 1);
    CHECK_STATUS(w2v_kmeans(&view, 2, NULL, found, &centres, NULL, &err), W2V_ERROR_ARGUMENT);
    rows[2 * DIM + 3] = NAN;
    CHECK_STATUS(cluster(rows, 4, DIM, DIM, 2, NULL, found, NULL, NULL, &err), W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "row 2 has a number that is not finite");
    CHECK(found[0] == 9 && found[3] == 9);
}

int main(int argc, char **argv)
{
    static const test_case tests[] = {TEST(planted),   TEST(iterations),         TEST(equal_centres),
                                      TEST(one_class), TEST(empty_classes),      TEST(extremes),
                                      TEST(odd_rows),  TEST(long_rows),          TEST(apart),
                                      TEST(refusals),  TEST(zeros_fill_no_class)};
    return test_main("kmeans", tests, TEST_COUNT(tests), argc, argv);
}
