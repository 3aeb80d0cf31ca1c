// SPDX-License-Identifier: MIT-0
//
// fuzz.h - what the fuzz targets share: an input that is cut into options and texts, an allocator that
// counts, checks that end the program, and seeds. It includes w2v.h with the options that the targets need.

#ifndef FUZZ_H
#define FUZZ_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE  // as w2v.h would with -std=c99
#endif

#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define W2V_BLOCK_BYTES 256  // several blocks even in short texts
#define W2V_MALLOC(bytes) fuzz_realloc(NULL, bytes)
#define W2V_REALLOC(p, bytes) fuzz_realloc(p, bytes)
#define W2V_FREE(p) fuzz_free(p)
#define W2V_ASSERT(x) ((x) ? (void)0 : fuzz_failed(__FILE__, __LINE__, "assertion " #x))
#define STBDS_REALLOC(context, p, bytes) fuzz_realloc(p, bytes)
#define STBDS_FREE(context, p) fuzz_free(p)

void *fuzz_realloc(void *p, size_t bytes);
void fuzz_free(void *p);
// A target fails: the program ends with SIGABRT.
void fuzz_failed(const char *file, int line, const char *what);

#include "w2v.h"

extern size_t fuzz_limit;  // bytes that may be allocated at one time; a target sets it for its input
extern long fuzz_allowed;  // allocations before memory runs out; LONG_MAX: it does not
extern int fuzz_ran_out;   // it has
// From now on all pieces are known, so that those can be freed that a program leaves to its end.
void fuzz_remember(void);
void fuzz_free_remembered(void);

#define NEED(x) ((x) ? (void)0 : fuzz_failed(__FILE__, __LINE__, #x))
// Two statuses with their messages.
#define NEED_SAME_STATUS(a, message_a, b, message_b) \
    fuzz_same_status((int)(a), (message_a), (int)(b), (message_b), __FILE__, __LINE__)
void fuzz_same_status(int a, const char *message_a, int b, const char *message_b, const char *file, int line);

// The input of a target: eight bytes of options, and up to three parts with FUZZ_CUT between them. Each part
// is in memory of its own, so that a sanitizer sees the first byte after it; a NUL follows only in a copy.
#define FUZZ_CUT "\xff\x43ut\xff"
enum { FUZZ_OPTIONS = 8, FUZZ_PARTS = 3, FUZZ_CUT_BYTES = 5 };
typedef struct fuzz_part {
    char *bytes;
    size_t n;
} fuzz_part;
typedef struct fuzz_input {
    unsigned char option[FUZZ_OPTIONS];
    fuzz_part part[FUZZ_PARTS];  // empty where there are fewer
    size_t n;                    // bytes of all
} fuzz_input;

// A target, and what makes seeds for it with fuzz_seed.
typedef struct fuzz_target {
    const char *name;
    void (*run)(const fuzz_input *in);
    void (*seeds)(void);
} fuzz_target;
extern const fuzz_target fuzz_vectors[], fuzz_texts[], fuzz_questions[], fuzz_private[],
    fuzz_programs[];  // end: name NULL

// Options and parts as an input; a part of NULL is left out.
void fuzz_seed(const char option[FUZZ_OPTIONS], const void *a, size_t a_bytes, const void *b, size_t b_bytes);
void fuzz_seed_text(const char option[FUZZ_OPTIONS], const char *a, const char *b);

// A copy with a NUL at its end, to be freed with free.
char *fuzz_string(const fuzz_part *part);
// Writes a file of this process in the current folder, and returns its name. `which` tells several apart.
const char *fuzz_file(int which, const char *ending, const char *bytes, size_t n);
const char *fuzz_file_name(int which, const char *ending);
void fuzz_remove_files(void);

// Random numbers of a seed (SplitMix64).
uint64_t fuzz_random(uint64_t *state);

// A reader that hands out pieces of `step` bytes.
typedef struct fuzz_pieces {
    const char *at;
    size_t left, step;
} fuzz_pieces;
size_t fuzz_read(char *buffer, size_t room, void *pieces);
w2v_source fuzz_source(const fuzz_part *part);  // of memory; the name in messages is "input"
w2v_source fuzz_source_in_pieces(fuzz_pieces *pieces, const fuzz_part *part, size_t step);

// The words of a model that the targets ask, some of them odd.
w2v_model *fuzz_model(int with_counts);
// Vectors, words and counts of two models are the same; counts only if both have them.
void fuzz_same_models(const w2v_model *a, const w2v_model *b, int counts);
// A model is what the manual says: its words are different and found, rows are padded, lengths are right.
void fuzz_check_model(const w2v_model *m);
// The bytes of a native file with the same settings; free with w2v_buffer_free.
w2v_buffer fuzz_bytes_of(const w2v_model *m);
int fuzz_same_bytes(const w2v_buffer *a, const w2v_buffer *b);

// Makes one of the first `count` numbers of a part small, or all ones (255). Chance would rarely
// hit it. `which` 0: none.
void fuzz_change_number(fuzz_part *file, const char *part, size_t count, unsigned which, unsigned number);

// Makes a file of parts whole again after a mutation: its size and its hashes, and at level 2 the table, too.
// *file is of malloc.
void fuzz_repair(char **file, size_t *n, int level);

// The same functions of another backend, compiled apart; NULL: on this machine its bits may differ.
typedef struct fuzz_backend {
    w2v_status (*train)(w2v_model **, const w2v_source *, size_t, const w2v_config *, w2v_error *);
    w2v_status (*query)(const w2v_model *, const w2v_query *, size_t, const w2v_query_config *, w2v_match *,
                        size_t, size_t *, w2v_error *);
    w2v_status (*kmeans)(const w2v_matrix *, size_t, const w2v_kmeans_config *, uint32_t *,
                         const w2v_matrix *, w2v_kmeans_report *, w2v_error *);
    float (*dot)(const float *, const float *, size_t);
    float (*norm)(const float *, size_t);
    float (*cosine)(const float *, const float *, size_t);
    float (*softmax)(const float *, float *, size_t);
    void (*map[5])(const float *, float *, size_t);  // exp, log, sigmoid, log sigmoid, derivative
    void (*axpy)(float, const float *, float *, size_t);
} fuzz_backend;
extern const fuzz_backend fuzz_here;
const fuzz_backend *fuzz_other(void);
// Whether a text is one value of JSON, by the header's reader.
int fuzz_is_json(const char *text, size_t n);

#endif
