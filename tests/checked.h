// SPDX-License-Identifier: MIT-0
//
// checked.h - the options with which tests/checked.c compiles the header: several blocks even in small texts, an
// allocator that counts and can run out, and assertions that are counted. Before w2v.h; test_finish demands that
// nothing is left and that nothing was misused.

#ifndef CHECKED_H
#define CHECKED_H

#if defined(__STRICT_ANSI__) && !defined(_GNU_SOURCE)  // as w2v.h does if it is included first
#define _POSIX_C_SOURCE 200809L
#define _DEFAULT_SOURCE 1
#endif
#include <limits.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define W2V_BLOCK_BYTES 4096
#define W2V_MALLOC(bytes) test_malloc(bytes)
#define W2V_REALLOC(p, bytes) test_realloc(p, bytes)
#define W2V_FREE(p) test_free(p)
#define STBDS_REALLOC(context, p, bytes) test_realloc(p, bytes)
#define STBDS_FREE(context, p) test_free(p)
#define W2V_ASSERT(x) ((x) ? (void)0 : test_failed_assertion())

extern long test_allowed;  // allocations before memory runs out
extern int test_once;      // 1: the next one fails, and those after it do not
extern long test_refused;  // allocations that have failed
extern long test_living;   // pieces of memory that are not free
extern long test_misused;  // assertions that failed
extern jmp_buf
    *test_escape;          // where a failed assertion goes on; NULL: it is counted, and the function goes on
extern size_t test_most;   // bytes of the largest piece that there is

void *test_malloc(size_t bytes);
void *test_realloc(void *p, size_t bytes);
void test_free(void *p);
void test_failed_assertion(void);

// In tests/checked.c, and in a test that is compiled alone.
#ifndef W2V_DECLARATIONS_ONLY
long test_allowed = LONG_MAX, test_refused, test_living, test_misused;
int test_once;
jmp_buf *test_escape;
size_t test_most = SIZE_MAX;

#ifdef __TINYC__  // which has no atomic operations
#define TEST_ADD(counter, n) ((counter) += (n), (counter) - (n))
#else  // threads allocate, too
#define TEST_ADD(counter, n) __atomic_fetch_add(&(counter), (long)(n), __ATOMIC_RELAXED)
#endif

static int test_refuses(size_t bytes)
{
    const long left = TEST_ADD(test_allowed, -1);
    const int refuses = (test_once ? !left : left <= 0) || bytes > test_most;
    TEST_ADD(test_refused, refuses);
    return refuses;
}

void *test_malloc(size_t bytes)
{
    if (test_refuses(bytes)) return NULL;
    TEST_ADD(test_living, 1);
    return malloc(bytes);
}

void *test_realloc(void *p, size_t bytes)
{
    if (test_refuses(bytes)) return NULL;
    TEST_ADD(test_living, !p);
    return realloc(p, bytes);
}

void test_free(void *p)
{
    TEST_ADD(test_living, -(p != NULL));
    free(p);
}

void test_failed_assertion(void)
{
    if (test_escape) longjmp(*test_escape, 1);
    TEST_ADD(test_misused, 1);
}
#endif

#endif
