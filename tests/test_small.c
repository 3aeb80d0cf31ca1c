// SPDX-License-Identifier: MIT-0
//
// test_small.c - small trainings, for every compiler and machine of tests/matrix.sh: topics are learned, threads change
// nothing, and where products and sums are fused the vectors are the same bytes.

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
    {"skip-gram, negative sampling", W2V_SKIPGRAM, W2V_LOSS_NEG_SAMPLING, UINT64_C(0xabe0e0e09523b19a)},
    {"CBOW, hierarchical softmax", W2V_CBOW, W2V_LOSS_HIERARCHICAL, UINT64_C(0xa0285ad30b10b01a)},
    {"skip-gram, softmax", W2V_SKIPGRAM, W2V_LOSS_SOFTMAX, UINT64_C(0xaac15639c6208a98)},
};

// Lines of eight words of one of two topics. Words are long, because two lanes need more than four blocks of text
// and emulators are slow.
static char text[5 * 65536];

static size_t write_text(void)
{
    size_t n = 0;
    w2v_random r = w2v_random_stream(11, 0);
    for (size_t i = 0; n + 50 < sizeof text; i++) {
        static char topic;
        if (i % 8 == 0) topic = (char)('a' + w2v_random_below(&r, 2));
        n += (size_t)snprintf(text + n, 50, "%c%044u%c", topic, w2v_random_below(&r, 10),
                              i % 8 == 7 ? '\n' : ' ');
    }
    return n;
}

static w2v_model *train(const mode *k, size_t threads)
{
    w2v_config cfg = w2v_config_default();
    w2v_model *m = NULL;
    w2v_error err = {""};
    cfg.architecture = k->architecture;
    cfg.loss_type = k->loss;
    cfg.learning_rate = 0.1f;
    cfg.dim = 16;
    cfg.epochs = 1;
    cfg.sample = 0.0;
    cfg.threads = threads;
    if (!CHECK_STATUS(w2v_train_text(&m, text, write_text(), &cfg, &err), W2V_OK))
        printf("    %s\n", err.message);
    return m;
}

static uint64_t hash(const w2v_model *m) { return test_hash(m->input, m->size * m->stride * sizeof(float)); }

static void test_learning(void)
{
    for (size_t i = 0; i < TEST_COUNT(modes); i++) {
        w2v_model *one = train(&modes[i], 1), *two = train(&modes[i], 2);
        if (one && two) {
            if (!CHECK(separation(one) > 0.5)) printf("    %s: %.3f\n", modes[i].name, separation(one));
            CHECK_EQUAL(hash(two), hash(one));
        }
        w2v_model_free(one);
        w2v_model_free(two);
    }
}

// Not for programs that -ffast-math has compiled.
static void test_bits(void)
{
    const char *const simd = w2v_simd();
    if (strncmp(simd, "avx", 3) && strcmp(simd, "neon") && !strstr(simd, "-fma")) {
        tests_skipped++;
        return;
    }
    for (size_t i = 0; i < TEST_COUNT(modes); i++) {
        w2v_model *m = train(&modes[i], 2);
        if (m && !CHECK_EQUAL(hash(m), modes[i].bits)) printf("    %s\n", modes[i].name);
        w2v_model_free(m);
    }
}

int main(int argc, char **argv)
{
    static const test_case tests[] = {TEST(learning), TEST(bits)};
    return test_main("small", tests, TEST_COUNT(tests), argc, argv);
}
