// SPDX-License-Identifier: MIT-0
//
// test_small.c - small trainings in a second, for every compiler and machine of tests/matrix.sh: the planted topics
// are found, threads change nothing, and where a product and a sum are fused the vectors are the same bytes.

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include "test.h"

#include "topics.h"

typedef struct mode {
    const char *name;
    w2v_architecture architecture;
    w2v_loss_type loss;
    uint64_t bits;  // the hash of the input vectors; another one means that users get other vectors
} mode;

static const mode modes[] = {
    {"skip-gram, negative sampling", W2V_SKIPGRAM, W2V_LOSS_NEG_SAMPLING, UINT64_C(0x3874126f76e06b30)},
    {"CBOW, hierarchical softmax", W2V_CBOW, W2V_LOSS_HIERARCHICAL, UINT64_C(0xdf47c3813e8e9615)},
    {"skip-gram, softmax", W2V_SKIPGRAM, W2V_LOSS_SOFTMAX, UINT64_C(0x67f02899df3aa39f)},
};

// Two lanes, which need more than four blocks of text.
static w2v_model *train(const mode *k, size_t threads)
{
    size_t bytes;
    char *text = planted(2, 20, 10000, &bytes);
    w2v_config cfg = w2v_config_default();
    w2v_model *m = NULL;
    w2v_error err = {""};
    cfg.architecture = k->architecture;
    cfg.loss_type = k->loss;
    cfg.dim = 20;
    cfg.epochs = 1;
    cfg.sample = 0.0;
    cfg.threads = threads;
    if (!CHECK_STATUS(w2v_train_text(&m, text, bytes, &cfg, &err), W2V_OK)) printf("    %s\n", err.message);
    free(text);
    return m;
}

static void test_learning(void)
{
    for (size_t i = 0; i < TEST_COUNT(modes); i++) {
        w2v_model *m = train(&modes[i], 2);
        if (m && !CHECK(separation(m) > 0.3)) printf("    %s: %.3f\n", modes[i].name, separation(m));
        w2v_model_free(m);
    }
}

static uint64_t hash_input(const w2v_model *m)
{
    return test_hash(m->input, m->size * m->stride * sizeof(float));
}

static void test_bits(void)
{
    const char *const simd = w2v_simd();
    const int fused = !strncmp(simd, "avx", 3) || !strcmp(simd, "neon") || strstr(simd, "-fma");
    for (size_t i = 0; i < TEST_COUNT(modes); i++) {
        w2v_model *m[2] = {train(&modes[i], 1), train(&modes[i], 2)};
        if (m[0] && m[1]) {
            const uint64_t one = hash_input(m[0]), two = hash_input(m[1]);
            CHECK_EQUAL(one, two);
            if (fused && !CHECK_EQUAL(one, modes[i].bits)) printf("    %s\n", modes[i].name);
        }
        w2v_model_free(m[0]);
        w2v_model_free(m[1]);
    }
}

int main(int argc, char **argv)
{
    static const test_case tests[] = {TEST(learning), TEST(bits)};
    return test_main("small", tests, TEST_COUNT(tests), argc, argv);
}
