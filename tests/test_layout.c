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
    NUMBER(W2V_FORMAT_AUTO, 0),
    NUMBER(W2V_FORMAT_TEXT, 1),
    NUMBER(W2V_FORMAT_BINARY, 2),
    NUMBER(W2V_PHRASE_ORIGINAL, 0),
    NUMBER(W2V_PHRASE_NPMI, 1),
    NUMBER(W2V_CASE_EXACT, 0),
    NUMBER(W2V_CASE_LOWER, 1),
    NUMBER(W2V_ANALOGY_ADD, 0),
    NUMBER(W2V_ANALOGY_MUL, 1),
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

    STRUCT(w2v_match, 16),
    FIELD(w2v_match, word, 0, 8),
    FIELD(w2v_match, score, 8, 4),
    FIELD(w2v_match, id, 12, 4),

    STRUCT(w2v_term, 16),
    FIELD(w2v_term, word, 0, 8),
    FIELD(w2v_term, weight, 8, 4),
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
