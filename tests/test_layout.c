// SPDX-License-Identifier: MIT-0
//
// test_layout.c - what a program that was compiled with an older header relies on: numbers of enumerators, and sizes and
// offsets of the public structs where long and pointers have 64 bits. A change here breaks such programs and the
// bindings of other languages: it must be on purpose.
//
// To add a struct, list it and its fields with the numbers 0: the test fails and prints the lines as they should be.

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include "test.h"

// -----------------------------------------------------------------------------------------------------------------
// Enumerators, the same on every machine

typedef struct number {
    const char *name;
    int is, expected;
} number;

#define NUMBER(name, expected) {#name, (int)(name), expected}

static const number numbers[] = {
    NUMBER(W2V_OK, 0),
    NUMBER(W2V_ERROR_MEMORY, -1),
    NUMBER(W2V_ERROR_IO, -2),
    NUMBER(W2V_ERROR_FORMAT, -3),
    NUMBER(W2V_ERROR_ARGUMENT, -4),
    NUMBER(W2V_ERROR_EMPTY, -5),
    NUMBER(W2V_ERROR_UNKNOWN_WORD, -6),
    NUMBER(W2V_ERROR_STOPPED, -7),
    NUMBER(W2V_ERROR_DIVERGED, -8),
    NUMBER(W2V_ERROR_CPU, -9),
    NUMBER(W2V_FIELD_SIZE, 0),
    NUMBER(W2V_FIELD_UINT64, 1),
    NUMBER(W2V_FIELD_FLOAT, 2),
    NUMBER(W2V_FIELD_DOUBLE, 3),
    NUMBER(W2V_FIELD_FLAG, 4),
    NUMBER(W2V_FIELD_ENUM, 5),
    NUMBER(W2V_FIELD_POINTER, 6),
    NUMBER(W2V_SIMD_SCALAR, 1),
    NUMBER(W2V_SIMD_NEON, 2),
    NUMBER(W2V_SIMD_AVX2, 3),
    NUMBER(W2V_SIMD_AVX512, 4),
    NUMBER(W2V_SIMD_GENERIC, 5),
    NUMBER(W2V_LOSS_SOFTMAX, 0),
    NUMBER(W2V_LOSS_NEG_SAMPLING, 1),
    NUMBER(W2V_LOSS_HIERARCHICAL, 2),
    NUMBER(W2V_LOSS_BOTH, 3),
    NUMBER(W2V_SGD, 0),
    NUMBER(W2V_MOMENTUM, 1),
    NUMBER(W2V_ADAM, 2),
    NUMBER(W2V_ADAMW, 3),
    NUMBER(W2V_ADAGRAD, 4),
#ifndef W2V_NO_VOCAB
    NUMBER(W2V_FORMAT_AUTO, 0),
    NUMBER(W2V_FORMAT_TEXT, 1),
    NUMBER(W2V_FORMAT_BINARY, 2),
    NUMBER(W2V_FORMAT_GLOVE, 3),
    NUMBER(W2V_FORMAT_TSV, 4),
    NUMBER(W2V_FORMAT_NPY, 5),
    NUMBER(W2V_FORMAT_SAFETENSORS, 6),
    NUMBER(W2V_FORMAT_FASTTEXT, 7),
    NUMBER(W2V_FORMAT_NATIVE, 8),
    NUMBER(W2V_FORMAT_NATIVE_FLOAT16, 9),
    NUMBER(W2V_FORMAT_NATIVE_INT8, 10),
    NUMBER(W2V_CASE_EXACT, 0),
    NUMBER(W2V_CASE_LOWER, 1),
    NUMBER(W2V_ANALOGY_ADD, 0),
    NUMBER(W2V_ANALOGY_MUL, 1),
    NUMBER(W2V_WEIGHTING_MEAN, 0),
    NUMBER(W2V_WEIGHTING_IDF, 1),
    NUMBER(W2V_WEIGHTING_SIF, 2),
#endif
#ifndef W2V_NO_TRAIN
    NUMBER(W2V_SHARE_NONE, 0),
    NUMBER(W2V_SHARE_WINDOW, 1),
    NUMBER(W2V_SHARE_SPAN, 2),
    NUMBER(W2V_SHARE_DEFAULT, 3),
    NUMBER(W2V_SKIPGRAM, 0),
    NUMBER(W2V_CBOW, 1),
    NUMBER(W2V_WINDOW_SHRINKING, 0),
    NUMBER(W2V_WINDOW_FULL, 1),
    NUMBER(W2V_WINDOW_WEIGHTED, 2),
    NUMBER(W2V_PHASE_VOCAB, 0),
    NUMBER(W2V_PHASE_TRAIN, 1),
    NUMBER(W2V_PHRASE_ORIGINAL, 0),
    NUMBER(W2V_PHRASE_NPMI, 1),
#endif
};

static void test_numbers(void)
{
    for (size_t i = 0; i < TEST_COUNT(numbers); i++)
        if (!CHECK_EQUAL(numbers[i].is, numbers[i].expected)) printf("    NUMBER(%s, %d),\n", numbers[i].name, numbers[i].is);
}

// -----------------------------------------------------------------------------------------------------------------
// Structs

typedef struct place {
    const char *type, *field;  // field NULL: the size of the struct itself
    size_t offset, size, expected_offset, expected_size;
} place;

#define STRUCT(type, size) {#type, NULL, 0, sizeof(type), 0, size}
#define FIELD(type, field, offset, size) {#type, #field, offsetof(type, field), sizeof(((type *)0)->field), offset, size}

static const place places[] = {
    STRUCT(w2v_error, 512),
    FIELD(w2v_error, message, 0, 512),

    STRUCT(w2v_random, 8),
    FIELD(w2v_random, state, 0, 8),

    STRUCT(w2v_field, 72),
    FIELD(w2v_field, name, 0, 8),
    FIELD(w2v_field, kind, 8, 4),
    FIELD(w2v_field, offset, 16, 8),
    FIELD(w2v_field, bytes, 24, 8),
    FIELD(w2v_field, initial, 32, 8),
    FIELD(w2v_field, lowest, 40, 8),
    FIELD(w2v_field, highest, 48, 8),
    FIELD(w2v_field, names, 56, 8),
    FIELD(w2v_field, about, 64, 8),

    STRUCT(w2v_sgd_config, 160),
    FIELD(w2v_sgd_config, struct_size, 0, 8),
    FIELD(w2v_sgd_config, iterations, 8, 8),
    FIELD(w2v_sgd_config, learning_rate, 16, 8),
    FIELD(w2v_sgd_config, anneal_every, 24, 8),
    FIELD(w2v_sgd_config, anneal, 32, 8),
    FIELD(w2v_sgd_config, optimizer, 40, 4),
    FIELD(w2v_sgd_config, momentum, 48, 8),
    FIELD(w2v_sgd_config, beta1, 56, 8),
    FIELD(w2v_sgd_config, beta2, 64, 8),
    FIELD(w2v_sgd_config, epsilon, 72, 8),
    FIELD(w2v_sgd_config, l2, 80, 8),
    FIELD(w2v_sgd_config, weight_decay, 88, 8),
    FIELD(w2v_sgd_config, postprocess_fn, 96, 8),
    FIELD(w2v_sgd_config, postprocess_user, 104, 8),
    FIELD(w2v_sgd_config, progress_every, 112, 8),
    FIELD(w2v_sgd_config, progress_fn, 120, 8),
    FIELD(w2v_sgd_config, progress_user, 128, 8),
    FIELD(w2v_sgd_config, checkpoint, 136, 8),
    FIELD(w2v_sgd_config, resume, 144, 4),
    FIELD(w2v_sgd_config, checkpoint_every, 152, 8),

    STRUCT(w2v_kmeans_config, 32),
    FIELD(w2v_kmeans_config, struct_size, 0, 8),
    FIELD(w2v_kmeans_config, iterations, 8, 8),
    FIELD(w2v_kmeans_config, threads, 16, 8),
    FIELD(w2v_kmeans_config, seed, 24, 8),

#ifndef W2V_NO_VOCAB
    STRUCT(w2v_match, 16),
    FIELD(w2v_match, word, 0, 8),
    FIELD(w2v_match, score, 8, 4),
    FIELD(w2v_match, id, 12, 4),

    STRUCT(w2v_term, 24),
    FIELD(w2v_term, word, 0, 8),
    FIELD(w2v_term, weight, 8, 4),
    FIELD(w2v_term, vector, 16, 8),

    STRUCT(w2v_query, 16),
    FIELD(w2v_query, terms, 0, 8),
    FIELD(w2v_query, term_count, 8, 8),

    STRUCT(w2v_query_config, 64),
    FIELD(w2v_query_config, struct_size, 0, 8),
    FIELD(w2v_query_config, method, 8, 4),
    FIELD(w2v_query_config, max_words, 16, 8),
    FIELD(w2v_query_config, candidates, 24, 8),
    FIELD(w2v_query_config, candidate_count, 32, 8),
    FIELD(w2v_query_config, threshold, 40, 4),
    FIELD(w2v_query_config, keep_terms, 44, 4),
    FIELD(w2v_query_config, threads, 48, 8),
    FIELD(w2v_query_config, index, 56, 8),

    STRUCT(w2v_vocab_config, 40),
    FIELD(w2v_vocab_config, struct_size, 0, 8),
    FIELD(w2v_vocab_config, min_count, 8, 8),
    FIELD(w2v_vocab_config, max_words, 16, 8),
    FIELD(w2v_vocab_config, stop_words, 24, 8),
    FIELD(w2v_vocab_config, stop_word_count, 32, 8),

    STRUCT(w2v_load_progress, 24),
    FIELD(w2v_load_progress, bytes, 0, 8),
    FIELD(w2v_load_progress, total, 8, 8),
    FIELD(w2v_load_progress, words, 16, 8),

    STRUCT(w2v_load_config, 80),
    FIELD(w2v_load_config, struct_size, 0, 8),
    FIELD(w2v_load_config, max_words, 8, 8),
    FIELD(w2v_load_config, format, 16, 4),
    FIELD(w2v_load_config, lenient, 20, 4),
    FIELD(w2v_load_config, in_memory, 24, 4),
    FIELD(w2v_load_config, verify, 28, 4),
    FIELD(w2v_load_config, words, 32, 8),
    FIELD(w2v_load_config, keep_words, 40, 8),
    FIELD(w2v_load_config, keep_word_count, 48, 8),
    FIELD(w2v_load_config, threads, 56, 8),
    FIELD(w2v_load_config, progress_fn, 64, 8),
    FIELD(w2v_load_config, progress_user, 72, 8),

    STRUCT(w2v_analogy_config, 40),
    FIELD(w2v_analogy_config, struct_size, 0, 8),
    FIELD(w2v_analogy_config, method, 8, 4),
    FIELD(w2v_analogy_config, letter_case, 12, 4),
    FIELD(w2v_analogy_config, skip_variants, 16, 4),
    FIELD(w2v_analogy_config, max_words, 24, 8),
    FIELD(w2v_analogy_config, threads, 32, 8),

    STRUCT(w2v_similarity_config, 32),
    FIELD(w2v_similarity_config, struct_size, 0, 8),
    FIELD(w2v_similarity_config, letter_case, 8, 4),
    FIELD(w2v_similarity_config, max_words, 16, 8),
    FIELD(w2v_similarity_config, column, 24, 8),

    STRUCT(w2v_sentence_config, 48),
    FIELD(w2v_sentence_config, struct_size, 0, 8),
    FIELD(w2v_sentence_config, weighting, 8, 4),
    FIELD(w2v_sentence_config, lower_case, 12, 4),
    FIELD(w2v_sentence_config, strip, 16, 4),
    FIELD(w2v_sentence_config, components, 24, 8),
    FIELD(w2v_sentence_config, threads, 32, 8),
    FIELD(w2v_sentence_config, smoothing, 40, 8),

    STRUCT(w2v_sentence_counts, 16),
    FIELD(w2v_sentence_counts, known, 0, 8),
    FIELD(w2v_sentence_counts, unknown, 8, 8),

    STRUCT(w2v_sentence_match, 24),
    FIELD(w2v_sentence_match, text, 0, 8),
    FIELD(w2v_sentence_match, number, 8, 8),
    FIELD(w2v_sentence_match, score, 16, 4),
#endif

#ifndef W2V_NO_TRAIN
    STRUCT(w2v_config, 200),
    FIELD(w2v_config, struct_size, 0, 8),
    FIELD(w2v_config, dim, 8, 8),
    FIELD(w2v_config, window, 16, 8),
    FIELD(w2v_config, negative, 24, 8),
    FIELD(w2v_config, epochs, 32, 8),
    FIELD(w2v_config, threads, 40, 8),
    FIELD(w2v_config, min_count, 48, 8),
    FIELD(w2v_config, sample, 56, 8),
    FIELD(w2v_config, ns_exponent, 64, 8),
    FIELD(w2v_config, learning_rate, 72, 4),
    FIELD(w2v_config, min_learning_rate, 76, 4),
    FIELD(w2v_config, sharing, 80, 4),
    FIELD(w2v_config, span, 88, 8),
    FIELD(w2v_config, span_negative, 96, 8),
    FIELD(w2v_config, corpus_memory, 104, 8),
    FIELD(w2v_config, seed, 112, 8),
    FIELD(w2v_config, progress_fn, 120, 8),
    FIELD(w2v_config, progress_user, 128, 8),
    FIELD(w2v_config, report, 136, 8),
    FIELD(w2v_config, keep_stopped, 144, 4),
    FIELD(w2v_config, refuse_long_words, 148, 4),
    FIELD(w2v_config, lanes, 152, 8),
    FIELD(w2v_config, vocab_limit, 160, 8),
    FIELD(w2v_config, loss_every, 168, 8),
    FIELD(w2v_config, freeze_start, 176, 4),
    FIELD(w2v_config, keep_best, 180, 4),
    FIELD(w2v_config, architecture, 184, 4),
    FIELD(w2v_config, loss_type, 188, 4),
    FIELD(w2v_config, window_shape, 192, 4),
    FIELD(w2v_config, cbow_undivided, 196, 4),

    STRUCT(w2v_phrases_config, 96),
    FIELD(w2v_phrases_config, struct_size, 0, 8),
    FIELD(w2v_phrases_config, min_count, 8, 8),
    FIELD(w2v_phrases_config, threshold, 16, 8),
    FIELD(w2v_phrases_config, scoring, 24, 4),
    FIELD(w2v_phrases_config, delimiter, 32, 8),
    FIELD(w2v_phrases_config, connectors, 40, 8),
    FIELD(w2v_phrases_config, connector_count, 48, 8),
    FIELD(w2v_phrases_config, pairs_limit, 56, 8),
    FIELD(w2v_phrases_config, threads, 64, 8),
    FIELD(w2v_phrases_config, corpus_memory, 72, 8),
    FIELD(w2v_phrases_config, progress_fn, 80, 8),
    FIELD(w2v_phrases_config, progress_user, 88, 8),
#endif
};

static void test_structs(void)
{
    size_t wrong = 0;
    if (sizeof(size_t) != 8 || sizeof(void *) != 8) {
        tests_skipped++;
        return;
    }
    for (size_t i = 0; i < TEST_COUNT(places); i++) {
        const place *p = &places[i];
        wrong += p->size != p->expected_size || p->offset != p->expected_offset;
    }
    if (CHECK_EQUAL(wrong, 0)) return;
    printf("    the table as it should be:\n");
    for (size_t i = 0; i < TEST_COUNT(places); i++) {
        const place *p = &places[i];
        if (p->field)
            printf("    FIELD(%s, %s, %d, %d),\n", p->type, p->field, (int)p->offset, (int)p->size);
        else
            printf("%s    STRUCT(%s, %d),\n", i ? "\n" : "", p->type, (int)p->size);
    }
}

int main(int argc, char **argv)
{
    static const test_case tests[] = {TEST(numbers), TEST(structs)};
    return test_main("layout", tests, TEST_COUNT(tests), argc, argv);
}
