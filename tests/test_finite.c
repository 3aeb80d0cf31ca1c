// SPDX-License-Identifier: MIT-0
//
// test_finite.c - numbers that are not finite are seen under -ffast-math, too, where the compiler takes every
// number for finite. They are made of bits, and nothing here compares one.

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include "test.h"

static const uint32_t bad_bits[] = {0x7f800000u, 0xff800000u, 0x7fc00000u,
                                    0xffc00001u, 0x7f800001u, 0x7fffffffu};
enum { BAD = sizeof bad_bits / sizeof *bad_bits };

static const char *program;  // argv[0]

static void put(float *place, uint32_t bits) { memcpy(place, &bits, 4); }

// At a learning rate of 100 the vectors soon overflow: no model comes of it.
static void test_training(void)
{
    static char text[60000];
    size_t n = 0;
    w2v_random r = w2v_random_stream(1, 1);
    while (n < sizeof text - 10)
        n += (size_t)snprintf(text + n, 10, "w%u%c", w2v_random_below(&r, 300), n % 7 ? ' ' : '\n');
    for (int sharing = W2V_SHARE_NONE; sharing <= W2V_SHARE_SPAN; sharing++) {
        w2v_config cfg = w2v_config_default();
        cfg.learning_rate = 100.0f;
        cfg.min_count = 1;
        cfg.sample = 0.0;
        cfg.sharing = (w2v_sharing)sharing;
        w2v_model *m = NULL;
        w2v_error err = {""};
        CHECK(w2v_train_text(&m, text, n, &cfg, &err) == W2V_ERROR_DIVERGED && !m);
        CHECK(!strncmp(err.message, "training diverged: ", 19));
        put(&cfg.learning_rate, 0x7fc00000u);
        CHECK_STATUS(w2v_config_check(&cfg, NULL), W2V_ERROR_ARGUMENT);
    }
}

static double square(const float *x, float *grad, w2v_touched *touched, void *user)
{
    (void)touched;
    (void)user;
    if (grad) grad[0] += 2.0f * x[0];
    return (double)x[0] * (double)x[0];
}

static void test_sgd(void)
{
    const w2v_objective f = {square, NULL, 1, 0, NULL};
    w2v_sgd_config cfg = w2v_sgd_config_default();
    float x = 1.0f, old = 1.0f;
    cfg.learning_rate = 1000.0;  // every step multiplies x by -1999
    CHECK_STATUS(w2v_sgd(&f, &x, &cfg, NULL, NULL), W2V_ERROR_DIVERGED);
    uint32_t bits;
    memcpy(&bits, &x, 4);
    CHECK((bits & 0x7f800000u) != 0x7f800000u);
    put(&x, 0x7f800000u);
    CHECK_STATUS(w2v_sgd(&f, &x, &cfg, NULL, NULL), W2V_ERROR_ARGUMENT);
    CHECK_STATUS(w2v_grad_check(&f, &old, x, 1e-3, NULL, NULL), W2V_ERROR_ARGUMENT);
    CHECK_STATUS(w2v_grad_check(&f, &x, 0.1f, 1e-3, NULL, NULL), W2V_ERROR_DIVERGED);
}

// A model that holds such numbers is neither made, written nor read, and its words are nobody's neighbours.
static void test_model(void)
{
    static const char *const word[3] = {"good", "bad", "fine"};
    float in[6] = {1.0f, 2.0f, 1.0f, 1.0f, 3.0f, 1.0f};
    char path[300];
    w2v_model *m = NULL, *other = NULL;
    w2v_match top[3];
    snprintf(path, sizeof path, "%s.tmp", program);
    CHECK_STATUS(w2v_model_new(&m, word, NULL, 3, 2, in, NULL, NULL), W2V_OK);
    CHECK_EQUAL(test_nearest_words(m, "good", top, 3), 2);
    for (size_t b = 0; m && b < BAD; b++) {
        put(&in[3], bad_bits[b]);
        CHECK(w2v_model_new(&other, word, NULL, 3, 2, in, NULL, NULL) == W2V_ERROR_ARGUMENT && !other);
        put(&m->input[m->stride + 1], bad_bits[b]);
        w2v_model_changed(m);
        CHECK(w2v_model_save(m, path, W2V_FORMAT_TEXT, NULL) == W2V_ERROR_FORMAT &&
              w2v_model_save(m, path, W2V_FORMAT_BINARY, NULL) == W2V_ERROR_FORMAT);
        CHECK(test_nearest_words(m, "good", top, 3) == 1 && !strcmp(top[0].word, "fine"));
        float y[3];
        const w2v_matrix rows = w2v_model_input(m), coordinates = w2v_matrix_of(y, 3, 1, 1);
        CHECK_STATUS(w2v_pca(&rows, &coordinates, NULL), W2V_ERROR_ARGUMENT);
    }
    w2v_model_free(m);
    const char text[] = "1 1\naa 1e60\n";
    CHECK(test_write_file(path, text, sizeof text - 1));
    CHECK_STATUS(w2v_model_load(&m, path, NULL, NULL, NULL), W2V_ERROR_FORMAT);
    remove(path);
}

int main(int argc, char **argv)
{
    static const test_case tests[] = {TEST(training), TEST(sgd), TEST(model)};
    program = argv[0];
    return test_main("finite", tests, TEST_COUNT(tests), argc, argv);
}
