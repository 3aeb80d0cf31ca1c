// SPDX-License-Identifier: MIT-0
//
// test.h - the test harness: checks, and a main that runs the tests that its arguments name and ends with
// `N passed, N failed`. After w2v.h.

#ifndef TEST_H
#define TEST_H

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The address or the thread sanitizer is at work, or gcov or an emulator (the Makefile and windows.sh say so):
// texts are shorter.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TEST_SLOW 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define TEST_SLOW 1
#endif
#endif
#ifndef TEST_SLOW
#define TEST_SLOW 0
#endif
#define TEST_MEMORY_SANITIZER 0
#ifdef __has_feature
#if __has_feature(memory_sanitizer)
#undef TEST_MEMORY_SANITIZER
#define TEST_MEMORY_SANITIZER 1
#endif
#endif

// A check is a line of the program. It counts once, however often it is reached, and has failed if it failed once.
enum { TEST_LINES = 4096, TEST_PASSED = 1, TEST_FAILED };
static unsigned char test_line[TEST_LINES];
static int tests_skipped;
static size_t test_failures;  // counts every turn of a loop

// Each is 1 if the check has passed. A failure shows what was found instead of what was expected.
#define CHECK(condition) test_check(!!(condition), __FILE__, __LINE__, #condition)
// Integers and enumerators; `| 0` lets no float and no pointer pass.
#define CHECK_EQUAL(a, b) test_equal((int64_t)((a) | 0), (int64_t)((b) | 0), __FILE__, __LINE__, #a " == " #b)
// A w2v_status, shown by its name.
#define CHECK_STATUS(a, b) test_status((a), (b), __FILE__, __LINE__, #a " == " #b)
#define CHECK_NEAR(a, b, tolerance) \
    test_near((double)(a), (double)(b), (double)(tolerance), __FILE__, __LINE__, #a)
#define CHECK_STRING(a, b) test_string((a), (b), __FILE__, __LINE__)

static inline int test_check(int ok, const char *file, int line, const char *what)
{
    unsigned char *const state = &test_line[line % TEST_LINES];
    if (!ok) test_failures++, printf("%s:%d: FAILED: %s\n", file, line, what);
    if (!ok || !*state) *state = ok ? TEST_PASSED : TEST_FAILED;
    return ok;
}

static inline int test_equal(int64_t a, int64_t b, const char *file, int line, const char *what)
{
    if (test_check(a == b, file, line, what)) return 1;
    if (a > INT64_C(1) << 40 || a < -(INT64_C(1) << 40))  // a hash, or SIZE_MAX
        printf("    0x%016llx instead of 0x%016llx\n", (unsigned long long)a, (unsigned long long)b);
    else
        printf("    %lld instead of %lld\n", (long long)a, (long long)b);
    return 0;
}

static inline const char *test_status_name(w2v_status status)
{
    static const char *const names[] = {"W2V_OK",
                                        "W2V_ERROR_MEMORY",
                                        "W2V_ERROR_IO",
                                        "W2V_ERROR_FORMAT",
                                        "W2V_ERROR_ARGUMENT",
                                        "W2V_ERROR_EMPTY",
                                        "W2V_ERROR_UNKNOWN_WORD",
                                        "W2V_ERROR_STOPPED",
                                        "W2V_ERROR_DIVERGED",
                                        "W2V_ERROR_CPU"};
    const int i = -(int)status;
    return i >= 0 && i < (int)(sizeof names / sizeof *names) ? names[i] : "a status that there is not";
}

static inline int test_status(w2v_status a, w2v_status b, const char *file, int line, const char *what)
{
    const int ok = test_check(a == b, file, line, what);
    if (!ok) printf("    %s instead of %s\n", test_status_name(a), test_status_name(b));
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

static inline int test_write_file(const char *path, const void *bytes, size_t n)
{
    FILE *f = fopen(path, "wb");
    const size_t written = f ? fwrite(bytes, 1, n, f) : 0;
    return f && !fclose(f) && written == n;
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
    const float *const matrix[3] = {m->input, m->output, m->nodes};
    uint64_t h = 0;
    for (size_t i = 0; i < 3; i++)
        if (matrix[i]) h = h * 31 + test_hash(matrix[i], m->size * m->stride * sizeof(float));
    return h;
}

// The nearest words of a word; 0 if that fails.
static inline size_t test_nearest_words(const w2v_model *m, const char *word, w2v_match *matches,
                                        size_t capacity)
{
    size_t n = 1;
    const w2v_status status = w2v_model_nearest(m, word, matches, capacity, &n, NULL);
    return status == W2V_OK || !n ? n : SIZE_MAX;
}
#endif

#ifndef W2V_NO_TRAIN
// Short forms that tests use.
static inline w2v_train_report test_report(const w2v_trainer *t)
{
    w2v_train_report report;
    w2v_trainer_report(t, &report);
    return report;
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
#ifdef CHECKED_H
#ifndef __TINYC__  // which does not count what several threads do
    CHECK_EQUAL(test_living, 0);
#endif
    CHECK_EQUAL(test_misused, 0);
#endif
    int passed = 0, failed = 0;
    for (int i = 0; i < TEST_LINES; i++) passed += test_line[i] == TEST_PASSED, failed += test_line[i] == TEST_FAILED;
    printf("%d passed, %d failed", passed, failed);
    if (tests_skipped) printf(", %d skipped", tests_skipped);
    printf("\n");
    return failed > 0;
}

// The tests of a program.
typedef struct test_case {
    const char *name;
    void (*run)(void);
} test_case;

#define TEST(name) {#name, test_##name}  // void test_name(void)
#define TEST_COUNT(tests) (sizeof(tests) / sizeof *(tests))

// Runs the tests that the arguments name, or all of them. A name that is none is an error and shows those there are.
static inline int test_main(const char *program, const test_case *tests, size_t count, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        size_t k = 0;
        while (k < count && strcmp(argv[i], tests[k].name)) k++;
        if (k < count) continue;
        printf("test_%s has no test '%s', but these:", program, argv[i]);
        for (k = 0; k < count; k++) printf(" %s", tests[k].name);
        printf("\n%-14s 0 passed, 1 failed\n", program);
        return 1;
    }
    for (size_t k = 0; k < count; k++) {
        int chosen = argc < 2;
        for (int i = 1; i < argc; i++) chosen |= !strcmp(argv[i], tests[k].name);
        if (chosen) tests[k].run();
    }
    return test_finish(program);
}

#endif
