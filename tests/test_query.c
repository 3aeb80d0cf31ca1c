// SPDX-License-Identifier: MIT-0
//
// test_query.c - neighbours, analogies, principal components

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include "test.h"

static char path[256];  // a file beside the program

static w2v_model *model_of(const char *text)
{
    FILE *f = fopen(path, "wb");
    CHECK(f && fputs(text, f) >= 0 && !fclose(f));
    w2v_model *m = NULL;
    CHECK_STATUS(w2v_model_load(&m, path, NULL, NULL, NULL), W2V_OK);
    remove(path);
    return m;
}

// The first k principal components y (n, k) of rows x (n, d) that begin `stride` floats apart.
static w2v_status project(float *x, size_t n, size_t d, size_t stride, size_t k, float *y, w2v_error *err)
{
    const w2v_matrix rows = w2v_matrix_of(x, n, d, stride), coordinates = w2v_matrix_of(y, n, k, k);
    return w2v_pca(&rows, &coordinates, err);
}

static void test_nearest(void)
{
    w2v_model *m = model_of("6 2\neast 1 0\nnorth 0 3\nnortheast 2 2\nwest -1 0\nzero 0 0\neast2 5 0.001\n");
    w2v_match top[10];
    size_t n = test_nearest_words(m, "east", top, 3);
    CHECK_EQUAL(n, 3);
    CHECK_STRING(top[0].word, "east2");  // not itself, and by direction, not by length
    CHECK_STRING(top[1].word, "northeast");
    CHECK_STRING(top[2].word, "north");  // ties with zero at 0: lower id first
    CHECK_NEAR(top[1].score, sqrt(0.5), 1e-6);
    CHECK(top[1].id == 2 && top[2].score == 0.0f);
    CHECK(test_nearest_words(m, "east", top, 10) == 5 && !strcmp(top[4].word, "west"));
    CHECK_NEAR(top[4].score, -1.0, 1e-6);
    CHECK_EQUAL(test_nearest_words(m, "south", top, 3), 0);
    CHECK_EQUAL(test_nearest_words(m, "east", top, 0), 0);
    CHECK_EQUAL(test_nearest_words(m, "zero", top, 10), 5);  // a zero vector is near to nobody, and no NaN
    CHECK(top[0].score == 0.0f);

    const w2v_term terms[2] = {{"north", 1.0f}, {"southpaw", -1.0f}};
    w2v_error err;
    CHECK_STATUS(w2v_model_most_similar(m, terms, 2, top, 3, &n, &err), W2V_ERROR_UNKNOWN_WORD);
    CHECK_STRING(err.message, "'southpaw' is not in the vocabulary");
    CHECK_STATUS(w2v_model_most_similar(m, terms, 0, top, 3, &n, &err), W2V_ERROR_ARGUMENT);
    CHECK(w2v_model_most_similar(m, terms, 1, top, 3, &n, &err) == W2V_OK && n == 3);
    const w2v_term nan_term = {"north", NAN}, large[2] = {{"north", FLT_MAX}, {"northeast", FLT_MAX}};
    CHECK_STATUS(w2v_model_most_similar(m, &nan_term, 1, top, 3, &n, &err), W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "the weighted sum of the words is not finite");
    CHECK_STATUS(w2v_model_most_similar(m, large, 2, top, 3, &n, &err), W2V_ERROR_ARGUMENT);
    CHECK(w2v_model_most_similar(m, large, 1, top, 3, &n, &err) == W2V_OK &&
          !strcmp(top[0].word, "northeast"));
    const w2v_term forgotten[2] = {{"north", 1.0f}, {"east", 0.0f}};
    CHECK_STATUS(w2v_model_most_similar(m, forgotten, 2, top, 3, &n, &err), W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "the weight of 'east' is 0: 1 adds its vector, -1 subtracts it");
    w2v_model_free(m);
}

// What other languages call instead of reading the fields.
static void test_rows(void)
{
    w2v_model *m = model_of("3 2\na 1 2\nb 3 4\nc 5 6\n");
    w2v_matrix rows;
    w2v_model_rows(m, &rows);
    CHECK(rows.data == m->input && rows.rows == 3 && rows.cols == 2 && rows.stride == m->stride);
    CHECK(w2v_model_vocab(m) == m->vocab && w2v_vocab_find(w2v_model_vocab(m), "c") == 2);
    w2v_model_free(m);
}

// Every destructor accepts NULL.
static void test_null(void)
{
    w2v_alias_free(NULL);
    w2v_huffman_free(NULL);
    w2v_vocab_free(NULL);
    w2v_model_free(NULL);
    w2v_trainer_free(NULL);
    w2v_phrases_free(NULL);
    w2v_analogy_result_free(NULL);
    CHECK(1);
}

// Lengths that a float cannot hold, or not their inverse.
static void test_extreme(void)
{
    w2v_model *m =
        model_of("5 3\ntiny 1e-42 0 0\neast 1 0 0\nhuge 3e38 3e38 3e38\nback -3e38 -3e38 -3e38\nall 1 1 1\n");
    w2v_match top[4];
    CHECK(!w2v_vocab_word(m->vocab, 5) && !w2v_vocab_word(m->vocab, W2V_NONE) && !w2v_vocab_count(m->vocab, 5));
    CHECK(test_nearest_words(m, "tiny", top, 4) == 4 && !strcmp(top[0].word, "east"));
    CHECK_NEAR(top[0].score, 1.0, 1e-6);
    CHECK(test_nearest_words(m, "huge", top, 4) == 4 && !strcmp(top[0].word, "all") &&
          !strcmp(top[3].word, "back"));
    CHECK_NEAR(top[0].score, 1.0, 1e-6);
    CHECK_NEAR(top[3].score, -1.0, 1e-6);
    float y[5];
    CHECK_STATUS(project(m->input, 5, 3, m->stride, 1, y, NULL), W2V_OK);
    CHECK(y[2] - FLT_MAX == 0.0f && y[3] + FLT_MAX == 0.0f && fabsf(y[1]) < FLT_MAX);  // not infinite
    w2v_model_free(m);
}

// A vector that a program has spoiled is nobody's neighbour, and has none.
static void test_not_finite(void)
{
    w2v_model *m = model_of("5 2\neast 1 0\nbroken 1 0\nnorth 0 3\nnortheast 2 2\nendless 1 1\n");
    m->input[1 * m->stride] = NAN;
    m->input[4 * m->stride] = INFINITY;
    w2v_model_changed(m);
    w2v_match top[5];
    CHECK_EQUAL(test_nearest_words(m, "east", top, 5), 2);
    CHECK_STRING(top[0].word, "northeast");
    CHECK_STRING(top[1].word, "north");
    CHECK(test_nearest_words(m, "broken", top, 5) == 0 && test_nearest_words(m, "endless", top, 5) == 0);
    w2v_model_free(m);
}

// Scores are those of w2v_cosine, to the bit, whatever the lengths; and they follow a change of the vectors.
static void test_scores(void)
{
    w2v_model *m =
        model_of("6 3\na 1 2 3\nb -0.5 0.1 7\nc 1e-30 2e-30 0\nd 3e30 1e30 1e30\ne 0 0 0\nf 5 5 5\n");
    w2v_match top[6];
    for (int turn = 0; turn < 2; turn++) {
        for (uint32_t id = 0; id < 6; id++) {
            const size_t n = test_nearest_words(m, w2v_vocab_word(m->vocab, id), top, 6);
            CHECK_EQUAL(n, 5);
            float unit[3];
            size_t d = 3;
            memcpy(unit, m->input + id * m->stride, sizeof unit);
            w2v_normalize_rows(unit, 3, &d);
            for (size_t i = 0; i < n; i++)
                CHECK(top[i].score == w2v_cosine(unit, m->input + top[i].id * m->stride, 3));
        }
        for (size_t i = 0; i < 6; i++) m->input[i * m->stride + 1] += (float)i * 0.7f;
        w2v_model_changed(m);
    }
    w2v_model_free(m);
}

static void test_analogy(void)
{
    w2v_model *m = model_of("5 3\nman 1 0 0.1\nwoman 0 1 0.1\nking 10 0 10\nqueen 0 2 2\nprince 3 0.5 3\n");
    w2v_match top[2];
    size_t n;
    CHECK(w2v_model_analogy(m, "man", "king", "woman", top, 2, &n, NULL) == W2V_OK && n == 2);
    CHECK_STRING(top[0].word, "queen");
    CHECK_STRING(top[1].word, "prince");  // the three words of the question are left out
    w2v_error err;
    CHECK(w2v_model_analogy(m, "man", "king", "nobody", top, 2, &n, &err) == W2V_ERROR_UNKNOWN_WORD &&
          n == 0);
    CHECK_STRING(err.message, "'nobody' is not in the vocabulary");
    w2v_model_free(m);
}

// The model of a trainer is taken without a copy, and then the trainer has none. Lengths are computed when vectors
// have changed.
static void test_take_model(void)
{
    static const char text[] = "one two three\nfour five one two\nthree four five\n";
    const w2v_source source = w2v_source_text(text, sizeof text - 1);
    w2v_config cfg = w2v_config_default();
    w2v_trainer *t = NULL;
    w2v_model *m = NULL, *again = NULL, *whole = NULL;
    w2v_train_report before, after;
    w2v_error err;
    double loss = 7.0;
    cfg.min_count = 1;
    cfg.sample = 0.0;
    cfg.dim = 8;
    cfg.threads = cfg.epochs = 2;
    cfg.keep_best = 1;
    CHECK_STATUS(w2v_trainer_new(&t, &source, 1, &cfg, NULL, NULL, NULL), W2V_OK);
    CHECK_STATUS(w2v_trainer_hold_out(t, &source, 1, NULL), W2V_OK);
    float *const length = w2v_trainer_model(t)->length;
    length[0] = 77.0f;
    CHECK(w2v_trainer_model(t)->length[0] == 77.0f);  // nothing has changed
    CHECK(w2v_trainer_run(t, 5, NULL) == W2V_OK && w2v_trainer_model(t)->length[0] != 77.0f);
    CHECK(w2v_trainer_validate(t, &loss, NULL) == W2V_OK && w2v_trainer_save(t, path, NULL) == W2V_OK);
    length[0] = 77.0f;
    CHECK(w2v_trainer_load(t, path, NULL) == W2V_OK && w2v_trainer_model(t)->length[0] != 77.0f);
    length[0] = 77.0f;
    w2v_trainer_use_best(t);
    CHECK(w2v_trainer_model(t)->length[0] != 77.0f);
    CHECK_STATUS(w2v_trainer_run(t, UINT64_MAX, NULL), W2V_OK);
    length[0] = 77.0f;
    w2v_trainer_report(t, &before);
    CHECK(w2v_trainer_take_model(t, &m, &err) == W2V_OK && m->length == length && length[0] != 77.0f);

    CHECK(w2v_trainer_take_model(t, &again, &err) == W2V_ERROR_ARGUMENT && !again);
    CHECK_STRING(err.message, "the model of the trainer has been taken");
    CHECK(!w2v_trainer_model(t) && w2v_trainer_done(t));
    CHECK_STATUS(w2v_trainer_run(t, 1, &err), W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "the model of the trainer has been taken");
    loss = 7.0;
    CHECK(w2v_trainer_validate(t, &loss, NULL) == W2V_ERROR_ARGUMENT && loss == 7.0);
    CHECK_STATUS(w2v_trainer_hold_out(t, &source, 1, NULL), W2V_ERROR_ARGUMENT);
    CHECK_STATUS(w2v_trainer_save(t, path, NULL), W2V_ERROR_ARGUMENT);
    CHECK_STATUS(w2v_trainer_load(t, path, NULL), W2V_ERROR_ARGUMENT);
    w2v_trainer_use_best(t);
    w2v_trainer_report(t, &after);
    CHECK(after.trained == before.trained && after.done == before.done && after.done == 20);
    w2v_trainer_free(t);
    remove(path);
    cfg.threads = 1;
    CHECK_STATUS(w2v_train_text(&whole, text, sizeof text - 1, &cfg, NULL), W2V_OK);
    CHECK(m->size == 5 && w2v_model_vector(m, "four") && whole->size == 5);
    w2v_model_free(m);
    w2v_model_free(whole);
}

// Points on a plane that is turned in five dimensions: two components find all of their variance.
static void test_pca(void)
{
    enum { N = 200, D = 5 };
    static float x[N * (D + 1)], y[N * 2];
    w2v_random r = w2v_random_stream(12, 0);
    double variance[2] = {0.0, 0.0}, mean[2] = {0.0, 0.0};
    for (size_t i = 0; i < N; i++) {
        const float a = 10.0f * (w2v_random_float(&r) - 0.5f), b = 2.0f * (w2v_random_float(&r) - 0.5f);
        const float row[D] = {0.6f * a + 1.0f, 0.8f * a, b, 5.0f, -3.0f};
        memcpy(x + i * (D + 1), row, sizeof row);
    }
    CHECK_STATUS(project(x, N, D, D + 1, 2, y, NULL), W2V_OK);
    double worst = 0.0;
    for (size_t i = 0; i < N; i++) {
        for (size_t c = 0; c < 2; c++)
            mean[c] += (double)y[2 * i + c] / N,
                variance[c] += (double)y[2 * i + c] * (double)y[2 * i + c] / N;
        for (size_t j = 0; j < i; j++) {  // distances are kept
            double in_space = 0.0;
            for (size_t k = 0; k < D; k++)
                in_space += pow((double)x[i * (D + 1) + k] - (double)x[j * (D + 1) + k], 2.0);
            const double on_plane = pow((double)y[2 * i] - (double)y[2 * j], 2.0) +
                                    pow((double)y[2 * i + 1] - (double)y[2 * j + 1], 2.0);
            worst = fmax(worst, fabs(sqrt(in_space) - sqrt(on_plane)));
        }
    }
    CHECK(worst < 1e-5);
    CHECK(variance[0] > 4.0 * variance[1] && fabs(mean[0]) < 1e-5 && fabs(mean[1]) < 1e-5);
    float same[4] = {1.0f, 2.0f, 1.0f, 2.0f};
    CHECK(project(same, 2, 2, 2, 2, y, NULL) == W2V_OK && y[0] == 0.0f && y[3] == 0.0f);
    w2v_error err;
    CHECK_STATUS(project(x, N, D, D, 6, y, &err), W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "cannot find 6 principal components of 200 rows of 5 numbers");
    float not_finite[4] = {1.0f, 2.0f, 3.0f, NAN};
    CHECK_STATUS(project(not_finite, 2, 2, 2, 1, y, &err), W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "number 1 of row 1 is not finite");
    CHECK_STATUS(project(x, N, D, D - 1, 1, y, &err), W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "rows of 5 numbers cannot begin 4 numbers apart");
    CHECK_STATUS(project(x, SIZE_MAX / D, D, D, 1, y, &err), W2V_ERROR_ARGUMENT);
    CHECK(strstr(err.message, "no memory holds "));
    CHECK_STATUS(project(x, 0, D, D, 1, y, &err), W2V_ERROR_ARGUMENT);
    const w2v_matrix rows = w2v_matrix_of(x, 2, 2, 2);
    w2v_matrix apart = w2v_matrix_of(y, 2, 1, 3);
    for (size_t i = 0; i < 6; i++) y[i] = 9.0f;
    CHECK(w2v_pca(&rows, &apart, NULL) == W2V_OK && y[0] == -y[3] && y[0] != 0.0f);
    CHECK(y[1] == 9.0f && y[2] == 9.0f && y[4] == 9.0f && y[5] == 9.0f);
    apart.rows = 3;
    CHECK_STATUS(w2v_pca(&rows, &apart, &err), W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "2 rows need as many rows of coordinates, not 3");
    apart = w2v_matrix_of(y, 2, 2, 1);
    CHECK_STATUS(w2v_pca(&rows, &apart, &err), W2V_ERROR_ARGUMENT);
}

// If the points span fewer dimensions than k, the remaining coordinates are 0; no component is repeated.
static void test_pca_rank(void)
{
    enum { N = 30, D = 7 };
    static float x[N * D], y[N * D];
    for (int shift = 0; shift < 2; shift++)
        for (size_t rank = 0; rank <= 3; rank++) {
            w2v_random r = w2v_random_stream(rank, 3);
            float basis[3][D];
            for (size_t c = 0; c < 3; c++)
                for (size_t k = 0; k < D; k++) basis[c][k] = w2v_random_float(&r) - 0.5f;
            for (size_t i = 0; i < N; i++)
                for (size_t k = 0; k < D; k++) x[i * D + k] = (float)shift;
            for (size_t i = 0; i < N; i++)
                for (size_t c = 0; c < rank; c++) {
                    const float along = w2v_random_float(&r) - 0.5f;
                    for (size_t k = 0; k < D; k++) x[i * D + k] += along * basis[c][k];  // rounded: no exact plane
                }
            CHECK_STATUS(project(x, N, D, D, D, y, NULL), W2V_OK);
            for (size_t c = 0; c < D; c++) {
                double variance = 0.0;
                for (size_t i = 0; i < N; i++) variance += (double)y[i * D + c] * (double)y[i * D + c];
                if (!CHECK(c < rank ? variance > 0.01 : variance <= 0.0))
                    printf("    rank %zu, component %zu: %g\n", rank, c, variance);
            }
        }
    float two[2 * 4] = {1.0f, 2.0f, 3.0f, 4.0f, 4.0f, 3.0f, 2.0f, -1.0f};
    CHECK_STATUS(project(two, 2, 4, 4, 2, y, NULL), W2V_OK);
    CHECK_NEAR(fabsf(y[0] - y[2]), sqrt(9.0 + 1.0 + 1.0 + 25.0), 1e-5);
    CHECK(y[1] == 0.0f && y[3] == 0.0f);
    float line[4 * 2] = {0.1f, 0.3f, 0.2f, 0.6f,
                         0.3f, 0.9f, 0.7f, 2.1f};  // collinear but for the rounding of 0.1
    CHECK_STATUS(project(line, 4, 2, 2, 2, y, NULL), W2V_OK);
    CHECK(y[1] == 0.0f && y[3] == 0.0f && y[5] == 0.0f && y[7] == 0.0f && y[0] != y[2]);
    size_t wrong = 0;  // lines and planes of all sorts: what is left of a second or third axis is rounding
    for (uint64_t seed = 0; seed < 1000; seed++) {
        w2v_random r = w2v_random_stream(seed, 9);
        const size_t n = 2 + w2v_random_below(&r, 6), rank = 1 + w2v_random_below(&r, 2);
        float points[7 * 3] = {0}, axis[2][3];
        for (size_t c = 0; c < 2; c++)
            for (size_t k = 0; k < 3; k++) axis[c][k] = (float)w2v_random_below(&r, 5);
        for (size_t i = 0; i < n; i++)
            for (size_t c = 0; c < rank; c++) {
                const float along = (float)w2v_random_below(&r, 9);
                for (size_t k = 0; k < 3; k++) points[i * 3 + k] += along * axis[c][k];
            }
        CHECK_STATUS(project(points, n, 3, 3, 3, y, NULL), W2V_OK);
        for (size_t i = 0; i < n; i++)
            for (size_t c = rank; c < 3; c++) wrong += y[i * 3 + c] != 0.0f;
    }
    CHECK_EQUAL(wrong, 0);
    CHECK(project(line, 1, 2, 2, 2, y, NULL) == W2V_OK && y[0] == 0.0f && y[1] == 0.0f);  // one point
}

int main(int argc, char **argv)
{
    static const test_case tests[] = {TEST(nearest),    TEST(extreme), TEST(analogy),
                                      TEST(not_finite), TEST(scores),  TEST(null),
                                      TEST(take_model), TEST(pca),     TEST(pca_rank),
                                      TEST(rows)};
    snprintf(path, sizeof path, "%s.tmp", argv[0]);
    return test_main("query", tests, TEST_COUNT(tests), argc, argv);
}
