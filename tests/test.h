// SPDX-License-Identifier: MIT-0
//
// test.h - the test harness: CHECK, and a main that ends with `N passed, N failed`

#ifndef TEST_H
#define TEST_H

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// A check is a line of the program. It counts once, however often it is reached, and has failed if it failed once.
enum { TEST_LINES = 4096, TEST_PASSED = 1, TEST_FAILED };
static unsigned char test_line[TEST_LINES];
static int tests_skipped;

#define CHECK(condition) test_check(!!(condition), __FILE__, __LINE__, #condition)
#define CHECK_NEAR(a, b, tolerance) \
    test_near((double)(a), (double)(b), (double)(tolerance), __FILE__, __LINE__, #a)
#define CHECK_STRING(a, b) test_string((a), (b), __FILE__, __LINE__)

static inline int test_check(int ok, const char *file, int line, const char *what)
{
    unsigned char *const state = &test_line[line % TEST_LINES];
    if (!ok) printf("%s:%d: FAILED: %s\n", file, line, what);
    if (!ok || !*state) *state = ok ? TEST_PASSED : TEST_FAILED;
    return ok;
}

static inline int test_near(double a, double b, double tolerance, const char *file, int line,
                            const char *what)
{
    const int ok = test_check(a - b <= tolerance && b - a <= tolerance, file, line, what);
    if (!ok) printf("    %.9g instead of %.9g, tolerance %g\n", a, b, tolerance);
    return ok;
}

static inline int test_string(const char *a, const char *b, const char *file, int line)
{
    const int ok = test_check(!strcmp(a, b), file, line, "strings are equal");
    if (!ok) printf("    \"%s\"\n    instead of \"%s\"\n", a, b);
    return ok;
}

// FNV-1a over the bytes of n / 4 floats, little-endian on every machine: a result that has to be the same on
// every backend is pinned by its hash.
static inline uint64_t test_hash(const void *data, size_t n)
{
    uint64_t h = UINT64_C(14695981039346656037);
    for (size_t i = 0; i + 4 <= n; i += 4) {
        uint32_t bits;
        memcpy(&bits, (const unsigned char *)data + i, 4);
        for (int k = 0; k < 32; k += 8) h = (h ^ (bits >> k & 0xff)) * UINT64_C(1099511628211);
    }
    return h;
}

#ifndef W2V_NO_VOCAB
static inline uint64_t test_hash_model(const w2v_model *m)
{
    return test_hash(m->input, m->size * m->stride * sizeof(float)) ^
           test_hash(m->output, m->size * m->stride * sizeof(float));
}

// Short forms that tests use.
static inline w2v_train_report test_report(const w2v_trainer *t)
{
    w2v_train_report report;
    w2v_trainer_report(t, &report);
    return report;
}

// The nearest words of a word; 0 if that fails.
static inline size_t test_nearest_words(const w2v_model *m, const char *word, w2v_match *matches,
                                        size_t capacity)
{
    size_t n = 1;
    const w2v_status status = w2v_model_nearest(m, word, matches, capacity, &n, NULL);
    return status == W2V_OK || !n ? n : SIZE_MAX;
}

static inline w2v_phrase test_phrase(const w2v_phrases *p, size_t i)
{
    w2v_phrase phrase;
    w2v_phrases_get(p, i, &phrase);
    return phrase;
}
#endif

// Prints the backend and demands that it is the one that this build is for (TEST_BACKEND, "" for any).
static inline int test_finish(const char *name)
{
    printf("%-14s %-10s ", name, w2v_simd());
    if (TEST_BACKEND[0]) CHECK_STRING(w2v_simd(), TEST_BACKEND);
    int passed = 0, failed = 0;
    for (int i = 0; i < TEST_LINES; i++) passed += test_line[i] == TEST_PASSED, failed += test_line[i] == TEST_FAILED;
    printf("%d passed, %d failed", passed, failed);
    if (tests_skipped) printf(", %d skipped", tests_skipped);
    printf("\n");
    return failed > 0;
}

#endif
