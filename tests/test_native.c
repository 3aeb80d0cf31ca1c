// SPDX-License-Identifier: MIT-0
//
// test_native.c - w2v's own file of vectors: mapped and read, half precision and int8, and everything that can be wrong
// with it

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include "test.h"
#include "parts.h"
#if !defined(_WIN32) && !defined(__EMSCRIPTEN__)
#define HAS_PIPES
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

enum { V = 700, D = 37 };
static char path[256];  // a file beside the program

static float number_of(size_t i, size_t k)
{
    return (float)((double)((i * 2654435761u + k * 40503u) % 2001) / 1000.0 - 1.0);
}

// Words of all lengths up to the longest, counts, and output vectors.
static w2v_model *new_model(size_t size, size_t dim)
{
    static char names[V][W2V_MAX_WORD + 1];
    const char *word[V];
    uint64_t count[V];
    float *rows = (float *)malloc(2 * size * dim * sizeof *rows);
    w2v_model *m = NULL;
    w2v_error err = {""};
    if (!rows) abort();
    for (size_t i = 0; i < size; i++) {
        const int n = snprintf(names[i], sizeof names[i], "w%d_", (int)i);
        memset(names[i] + n, 'x', W2V_MAX_WORD - (size_t)n);
        names[i][i % 50 ? (size_t)n + i % 20 : (size_t)W2V_MAX_WORD] = 0;
        word[i] = names[i];
        count[i] = 10 * (size - i);
        for (size_t k = 0; k < dim; k++) {
            rows[i * dim + k] = number_of(i, k);
            rows[(size + i) * dim + k] = number_of(i + V, k);
        }
    }
    CHECK_STATUS(w2v_model_new(&m, word, count, size, dim, rows, rows + size * dim, &err), W2V_OK);
    free(rows);
    return m;
}

static int same_words(const w2v_model *a, const w2v_model *b)
{
    int same = a->size == b->size && a->dim == b->dim && a->stride == b->stride;
    for (uint32_t i = 0; same && i < a->size; i++) {
        const char *word = w2v_vocab_word(a->vocab, i);
        same = !strcmp(word, w2v_vocab_word(b->vocab, i)) &&
               w2v_vocab_count(a->vocab, i) == w2v_vocab_count(b->vocab, i) &&
               w2v_vocab_find(b->vocab, word) == i;
    }
    return same;
}

static int same_model(const w2v_model *a, const w2v_model *b)
{
    return same_words(a, b) && test_hash_model(a) == test_hash_model(b) &&
           !memcmp(a->length, b->length, a->size * sizeof *a->length);
}

static void write_file(const char *bytes, size_t n)
{
    CHECK(test_write_file(path, bytes, n));
}

static w2v_buffer bytes_of(const w2v_model *m, w2v_format format)
{
    w2v_buffer b = {NULL, 0, 0};
    CHECK_STATUS(w2v_model_write(m, w2v_buffer_write, &b, format, NULL), W2V_OK);
    return b;
}

// Mapped, read, from memory: the same model, which is written as the same bytes.
static void test_round_trip(void)
{
    static const size_t dims[] = {1, 15, 16, 37, 256, 300};
    for (size_t d = 0; d < sizeof dims / sizeof *dims; d++) {
        w2v_model *m = new_model(d ? V : 1, dims[d]), *back = NULL;
        w2v_buffer b = bytes_of(m, W2V_FORMAT_NATIVE);
        w2v_load_report report;
        w2v_load_config cfg = w2v_load_config_default();
        w2v_error err = {""};
        CHECK_STATUS(w2v_model_save(m, path, W2V_FORMAT_NATIVE, &err), W2V_OK);
        for (int i = 0; i < 4; i++) {
            const w2v_source source = i < 3 ? w2v_source_file(path) : w2v_source_text(b.data, b.size);
            cfg.in_memory = i == 1;
            cfg.verify = i == 2;
            if (!CHECK_STATUS(w2v_model_read(&back, &source, &cfg, &report, &err), W2V_OK)) continue;
            CHECK(same_model(m, back));
            CHECK(report.format == W2V_FORMAT_NATIVE && report.rows == m->size && report.expected == m->size);
            CHECK((uintptr_t)back->input % 64 == 0);
            w2v_buffer again = bytes_of(back, W2V_FORMAT_NATIVE);
            CHECK(again.size == b.size && !memcmp(again.data, b.data, b.size));
            w2v_buffer_free(&again);
            w2v_model_free(back);
        }
        w2v_buffer_free(&b);
        w2v_model_free(m);
    }
    remove(path);
}

// What is written to a mapped model stays in memory; the file can go while it is open.
static void test_private(void)
{
    w2v_model *m = new_model(V, D), *a = NULL, *b = NULL;
    w2v_match match[1];
    size_t n;
    CHECK_STATUS(w2v_model_save(m, path, W2V_FORMAT_NATIVE, NULL), W2V_OK);
    if (!CHECK(w2v_model_load(&a, path, NULL, NULL, NULL) == W2V_OK &&
               w2v_model_load(&b, path, NULL, NULL, NULL) == W2V_OK))
        exit(1);
    a->input[0] = 99.0f;
    w2v_model_changed(a);
    CHECK(same_model(m, b) && !same_model(m, a) && a->length[0] > 99.0f);
#ifndef _WIN32  // where a mapped file cannot be removed
    remove(path);
#endif
    CHECK(w2v_model_nearest(b, w2v_vocab_word(m->vocab, 5), match, 1, &n, NULL) == W2V_OK && n == 1);
    w2v_model_free(a);
    w2v_model_free(b);
    w2v_model_free(m);
    remove(path);
}

static void test_first_words(void)
{
    w2v_model *m = new_model(V, D), *back = NULL;
    w2v_load_config cfg = w2v_load_config_default();
    w2v_load_report report;
    CHECK_STATUS(w2v_model_save(m, path, W2V_FORMAT_NATIVE, NULL), W2V_OK);
    cfg.max_words = 100;
    CHECK(w2v_model_load(&back, path, &cfg, &report, NULL) == W2V_OK && back->size == 100 &&
          report.rows == 100);
    if (!CHECK(report.expected == V && back->output && w2v_vocab_count(back->vocab, 99) == 10 * (V - 99)))
        exit(1);
    CHECK(!memcmp(back->input, m->input, 100 * m->stride * sizeof(float)) &&
          !memcmp(back->output, m->output, 100 * m->stride * sizeof(float)));
    CHECK(w2v_vocab_find(back->vocab, w2v_vocab_word(m->vocab, 99)) == 99 &&
          w2v_vocab_find(back->vocab, w2v_vocab_word(m->vocab, 100)) == W2V_NONE);
    w2v_model_free(back);
    w2v_model_free(m);
    remove(path);
}

// Half precision: the nearest, ties to even; int8: within half a step of the scale of the row.
static void test_small_rows(void)
{
    static const struct {
        float x, half;
    } rounded[] = {{1.0f, 1.0f},
                   {1.0f + 1.0f / 2048, 1.0f},
                   {1.0f + 3.0f / 2048, 1.0f + 1.0f / 512},
                   {1.0f + 1.0f / 2048 + 1e-6f, 1.0f + 1.0f / 1024},
                   {-65504.0f, -65504.0f},
                   {65519.9f, 65504.0f},
                   {6.1035e-5f, 6.1035156e-5f},
                   {3e-8f, 5.9604645e-8f},
                   {2.9e-8f, 0.0f},
                   {-0.0f, -0.0f},
                   {0.33333334f, 0.33325195f},
                   {6.0975e-5f, 6.097555e-5f}};
    enum { N = sizeof rounded / sizeof *rounded };
    const char *word = "a";
    float row[N];
    w2v_model *m = NULL, *back = NULL;
    w2v_error err = {""};
    for (size_t i = 0; i < N; i++) row[i] = rounded[i].x;
    CHECK_STATUS(w2v_model_new(&m, &word, NULL, 1, N, row, NULL, NULL), W2V_OK);
    CHECK(w2v_model_save(m, path, W2V_FORMAT_NATIVE_FLOAT16, NULL) == W2V_OK &&
          w2v_model_load(&back, path, NULL, NULL, NULL) == W2V_OK);
    for (size_t i = 0; i < N; i++)
        if (!CHECK(!memcmp(&back->input[i], &rounded[i].half, 4)))
            printf("    %.9g became %.9g, not %.9g\n", (double)rounded[i].x, (double)back->input[i],
                   (double)rounded[i].half);
    w2v_model_free(back);
    m->input[3] = 65520.0f;
    back = NULL;
    CHECK(w2v_model_save(m, path, W2V_FORMAT_NATIVE_FLOAT16, &err) == W2V_ERROR_FORMAT);
    CHECK_STRING(err.message, "the vector of 'a' has numbers that half precision cannot hold");
    w2v_model_free(m);

    const float huge[2] = {FLT_MAX, -FLT_MAX};  // a scale that is rounded up would make it infinite
    CHECK_STATUS(w2v_model_new(&m, &word, NULL, 1, 2, huge, NULL, NULL), W2V_OK);
    CHECK_STATUS(w2v_model_save(m, path, W2V_FORMAT_NATIVE_INT8, &err), W2V_OK);
    w2v_model_free(m);
    back = NULL;
    CHECK(w2v_model_load(&back, path, NULL, NULL, &err) == W2V_OK && back->input[0] > 0.999f * FLT_MAX &&
          back->input[1] == -back->input[0]);
    w2v_model_free(back);

    m = new_model(V, D);
    memset(m->input + 3 * m->stride, 0, D * sizeof(float));  // a vector of zeros stays one
    w2v_model_changed(m);
    for (int i = 0; i < 2; i++) {
        const w2v_format format = i ? W2V_FORMAT_NATIVE_INT8 : W2V_FORMAT_NATIVE_FLOAT16;
        w2v_buffer b = bytes_of(m, format), again;
        const w2v_source source = w2v_source_text(b.data, b.size);
        double worst = 0.0;
        CHECK_EQUAL(number_at(part_line(b.data, "output") + 40), V * (i ? 64 : 2 * 64));
        w2v_load_report report;
        if (!CHECK_STATUS(w2v_model_read(&back, &source, NULL, &report, &err), W2V_OK)) continue;
        CHECK(same_words(m, back) && back->output && report.format == format);
        for (size_t w = 0; w < V; w++) {
            float most = 0.0f;
            for (size_t k = 0; k < D; k++) most = fmaxf(most, fabsf(m->input[w * m->stride + k]));
            for (size_t k = 0; k < D; k++)  // a half has 11 bits; int8 has steps of most / 127
                worst =
                    fmax(worst, fabs((double)(m->input[w * m->stride + k] - back->input[w * m->stride + k])) /
                                    (most > 0.0f ? (double)most : 1.0));
        }
        CHECK_NEAR(worst, 0.0, i ? 0.5 / 127 + 1e-6 : 1.0 / 2048);
        CHECK(back->length[3] == 0.0f && back->length[4] > 0.0f);
        again = bytes_of(back, format);  // what is rounded already stays as it is
        CHECK(again.size == b.size &&
              (i || !memcmp(again.data + 128, b.data + 128, part_at(b.data, "length") - 128)));
        w2v_buffer_free(&again);
        w2v_buffer_free(&b);
        w2v_model_free(back);
        back = NULL;
    }
    w2v_model_free(m);
    remove(path);
}

static void refused(const char *bytes, size_t n, int mapped, const char *what, size_t at)
{
    w2v_load_config cfg = w2v_load_config_default();
    w2v_model *back = NULL;
    w2v_error err = {""};
    w2v_source source = w2v_source_text(bytes, n);
    if (mapped) {
        write_file(bytes, n);
        source = w2v_source_file(path);
        cfg.verify = mapped == 2;
    }
    const w2v_status status = w2v_model_read(&back, &source, &cfg, NULL, &err);
    if (!CHECK(status == W2V_ERROR_FORMAT || status == W2V_ERROR_EMPTY))
        printf("    %s %zu, %d: %s\n", what, at, mapped, err.message);
    CHECK(!back && *err.message);
    if (status == W2V_OK) w2v_model_free(back);
}

// Cut at every byte, longer, and with every byte changed.
static void test_damaged(void)
{
    w2v_model *m = new_model(5, 3);
    w2v_buffer b = bytes_of(m, W2V_FORMAT_NATIVE);
    char *longer = (char *)calloc(b.size + 64, 1);
    memcpy(longer, b.data, b.size);
    for (size_t n = 0; n < b.size; n++)
        for (int mapped = 0; mapped < 2; mapped++)
            if (!mapped || n % 61 == 0) refused(b.data, n, mapped, "cut to", n);
    refused(longer, b.size + 64, 0, "longer", 64);
    refused(longer, b.size + 1, 1, "longer", 1);
    for (size_t i = 0; i < b.size; i++) {
        longer[i] ^= 0x10;
        refused(longer, b.size, 0, "byte", i);
        if (i % 61 == 0) refused(longer, b.size, 2, "byte", i);
        longer[i] ^= 0x10;
    }
    longer[7] = '2';
    w2v_model *back = NULL;
    w2v_error err;
    const w2v_source source = w2v_source_text(longer, b.size);
    CHECK(w2v_model_read(&back, &source, NULL, NULL, &err) == W2V_ERROR_FORMAT && !back);
    CHECK(strstr(err.message, "another version") != NULL);
    free(longer);
    w2v_buffer_free(&b);
    w2v_model_free(m);
    remove(path);
}

// Right hashes over wrong contents: sizes that overflow, parts that overlap the end, a vocabulary that leads astray. A
// model that is read all the same can be asked anything.
static void test_lies(void)
{
    static const uint64_t numbers[] = {0,
                                       1,
                                       2,
                                       7,
                                       64,
                                       UINT32_MAX,
                                       UINT64_C(1) << 32,
                                       UINT64_C(1) << 62,
                                       UINT64_MAX / 2,
                                       UINT64_MAX - 63,
                                       UINT64_MAX};
    w2v_model *m = new_model(20, 3);
    w2v_buffer b = bytes_of(m, W2V_FORMAT_NATIVE_INT8);
    const size_t top = (size_t)(64 * (1 + number_at(b.data + 16)));
    const size_t index = part_at(b.data, "index"), texts = part_at(b.data, "texts"),
                 items = part_at(b.data, "items");
    char *wrong = (char *)malloc(b.size);
    size_t opened = 0;
    for (size_t at = 8; at < top; at += 8)
        for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
            w2v_model *back = NULL;
            const w2v_source source = w2v_source_text(wrong, b.size);
            memcpy(wrong, b.data, b.size);
            put_number(wrong + at, numbers[i]);
            if (at == 16 && (numbers[i] > 16 || !numbers[i])) continue;  // cannot be sealed; see below
            if (part_at(wrong, "hashes") != part_at(b.data, "hashes")) continue;
            seal_parts(wrong);
            if (w2v_model_read(&back, &source, NULL, NULL, NULL) != W2V_OK) continue;
            opened++;
            w2v_model_free(back);
        }
    CHECK(opened > 0);  // what was replaced by itself, and what nobody looks at
    for (size_t i = 0; i < 4; i++) {
        w2v_model *back = NULL;
        w2v_match match[3];
        size_t n;
        const w2v_source source = w2v_source_text(wrong, b.size);
        memcpy(wrong, b.data, b.size);
        if (i == 0) memset(wrong + index, 0x55, texts > index ? texts - index : 64 * 8);  // no slot is free
        if (i == 1) memset(wrong + index, 0, 64 * 8);                              // all lead to one word
        if (i == 2) put_number(wrong + items + 16 * 3, UINT64_MAX);                // a word beyond the end
        if (i == 3) put_number(wrong + items + 16 * 3, number_at(wrong + items));  // a word twice
        seal_parts(wrong);
        if (!CHECK_STATUS(w2v_model_read(&back, &source, NULL, NULL, NULL), W2V_OK)) continue;
        CHECK_EQUAL(w2v_vocab_find(back->vocab, "nobody"), W2V_NONE);
        for (uint32_t w = 0; w < 20; w++) CHECK(w2v_vocab_word(back->vocab, w) != NULL);
        w2v_model_nearest(back, w2v_vocab_word(back->vocab, 15), match, 3, &n, NULL);
        for (size_t k = 0; k < n; k++) CHECK(match[k].score == match[k].score);
        w2v_model_free(back);
    }
    free(wrong);
    w2v_buffer_free(&b);
    w2v_model_free(m);
}

// Right hashes over a file whose rows are used where they lie.
static void test_lies_of_rows(void)
{
    w2v_model *m = new_model(400, 700), *back = NULL;  // more than two blocks that are hashed
    w2v_buffer b = bytes_of(m, W2V_FORMAT_NATIVE);
    w2v_load_config cfg = w2v_load_config_default();
    w2v_load_report report;
    w2v_error err;
    char *wrong = (char *)malloc(b.size);
    const size_t texts = part_at(b.data, "texts"), input = part_at(b.data, "input"),
                 line = (size_t)(part_line(b.data, "texts") - b.data),
                 hashes = (size_t)(part_line(b.data, "hashes") - b.data);
    CHECK(b.size > 2 * PARTS_HASHED);
    memcpy(wrong, b.data, b.size);
    memset(wrong + texts, 'x', W2V_MAX_WORD + 1);  // longer than a word
    seal_parts(wrong);
    refused(wrong, b.size, 1, "a long word", 0);
    memcpy(wrong, b.data, b.size);
    put_number(wrong + line + 32, input);  // words that lie in the rows, which may be written
    memset(wrong + input, 0, number_at(wrong + line + 40));
    seal_parts(wrong);
    refused(wrong, b.size, 1, "parts that overlap", 0);
    memcpy(wrong, b.data, b.size);
    put_number(wrong + 8, b.size - 8);  // a hash too few
    put_number(wrong + hashes + 40, number_at(wrong + hashes + 40) - 8);
    seal_parts(wrong);
    refused(wrong, b.size - 8, 1, "a hash too few", 0);
    // a number that is not finite: found where the numbers are touched
    memcpy(wrong, b.data, b.size);
    memset(wrong + part_at(b.data, "output"), 0xff, 4);
    seal_parts(wrong);
    refused(wrong, b.size, 0, "NaN", 0);
    refused(wrong, b.size, 2, "NaN", 0);
    write_file(wrong, b.size);
    CHECK(w2v_model_load(&back, path, NULL, NULL, NULL) == W2V_OK && back->output[0] != back->output[0]);
    w2v_model_free(back);
    back = NULL;
    // numbers that are not zeros after those of a row
    memcpy(wrong, b.data, b.size);
    memcpy(wrong + input + 700 * sizeof(float), "\0\0\200\77", 4);
    seal_parts(wrong);
    refused(wrong, b.size, 0, "what follows a row", 0);
    refused(wrong, b.size, 2, "what follows a row", 0);
    // nearly all words are the same one or empty: it is there once
    memcpy(wrong, b.data, b.size);
    for (size_t i = 0; i < 400; i++)
        put_number(wrong + part_at(b.data, "items") + 16 * i, i < 10 ? 0 : 1000000);
    seal_parts(wrong);
    const w2v_source source = w2v_source_text(wrong, b.size);
    cfg.max_words = 300;
    CHECK_STATUS(w2v_model_read(&back, &source, &cfg, &report, &err), W2V_OK);
    CHECK(back && back->size == 1 && report.rows == 300 && report.repeated == 9 && report.blank == 290);
    w2v_model_free(back);
    free(wrong);
    w2v_buffer_free(&b);
    w2v_model_free(m);
    remove(path);
}

// Numbers that cannot be written, and rows that are too small for int8.
static void test_numbers(void)
{
    static const float size[] = {1e-38f, 1e-44f, 3e38f, 1.0f};
    w2v_model *m = new_model(10, 5), *back = NULL;
    w2v_error err;
    for (size_t i = 0; i < 4; i++)
        for (size_t k = 0; k < 5; k++) m->input[i * m->stride + k] = (k % 2 ? -1.0f : 0.7f) * size[i];
    w2v_model_changed(m);
    w2v_buffer b = bytes_of(m, W2V_FORMAT_NATIVE_INT8);
    const w2v_source source = w2v_source_text(b.data, b.size);
    CHECK_STATUS(w2v_model_read(&back, &source, NULL, NULL, &err), W2V_OK);
    for (size_t i = 0; back && i < 4; i++)
        for (size_t k = 0; k < 5; k++)
            CHECK_NEAR((double)(back->input[i * m->stride + k] / size[i]),
                       i == 1 ? 0.0 : (double)(m->input[i * m->stride + k] / size[i]), 0.5 / 127 + 1e-6);
    w2v_model_free(back);
    w2v_buffer_free(&b);
    m->output[m->stride + 2] = NAN;
    for (int f = W2V_FORMAT_NATIVE; f <= W2V_FORMAT_NATIVE_INT8; f++)
        CHECK_STATUS(w2v_model_save(m, path, (w2v_format)f, &err), W2V_ERROR_FORMAT);
    w2v_model_free(m);
}

// A model is saved over the file that it is mapped from, and stays what it is.
static void test_save_over_itself(void)
{
    w2v_model *m = new_model(V, D), *mapped = NULL, *back = NULL;
    w2v_error err = {""};
    CHECK_STATUS(w2v_model_save(m, path, W2V_FORMAT_NATIVE, NULL), W2V_OK);
    CHECK_STATUS(w2v_model_load(&mapped, path, NULL, NULL, NULL), W2V_OK);
#ifdef _WIN32  // where a mapped file cannot be replaced: the new one is kept under another name
    CHECK_STATUS(w2v_model_save(mapped, path, W2V_FORMAT_TEXT, &err), W2V_ERROR_IO);
    CHECK(same_model(m, mapped));
    char *name = strstr(err.message, "kept as '"), *end = name ? strchr(name + 9, '\'') : NULL;
    if (CHECK(end != NULL)) *end = 0, remove(name + 9);
#else
    CHECK_STATUS(w2v_model_save(mapped, path, W2V_FORMAT_NATIVE_INT8, &err), W2V_OK);
    CHECK(same_model(m, mapped));
    CHECK(w2v_model_load(&back, path, NULL, NULL, NULL) == W2V_OK && same_words(m, back));
#endif
    w2v_model_free(back);
    w2v_model_free(mapped);
    w2v_model_free(m);
    remove(path);
}

// The bytes of a file, then zeros without end.
typedef struct endless {
    const w2v_buffer *file;
    size_t at;
} endless;

static size_t read_endless(char *bytes, size_t size, void *user)
{
    endless *e = (endless *)user;
    for (size_t i = 0; i < size; i++, e->at++)
        bytes[i] = (char)(e->at < e->file->size ? e->file->data[e->at] : 0);
    return size;
}

// A file is as long as its header says: one that is longer is not read to its end, and takes no memory.
static void test_length(void)
{
    w2v_model *m = new_model(5, 3), *back = NULL;
    w2v_buffer b = bytes_of(m, W2V_FORMAT_NATIVE);
    endless e = {&b, 0};
    const w2v_source source = w2v_source_reader(read_endless, &e);
    w2v_error err = {""};
    CHECK_STATUS(w2v_model_read(&back, &source, NULL, NULL, &err), W2V_ERROR_FORMAT);
    CHECK(e.at < 1000000);
#if defined(HAS_PIPES) && UINTPTR_MAX > UINT32_MAX
    w2v_load_config cfg = w2v_load_config_default();
    write_file(b.data, b.size);
    cfg.in_memory = 1;
    if (truncate(path, (off_t)1 << 42)) {
        tests_skipped++;
        printf("native: skipped: no file of 4 TiB can be made\n");
    } else {
        CHECK_STATUS(w2v_model_load(&back, path, &cfg, NULL, &err), W2V_ERROR_FORMAT);
    }
    remove(path);
#endif
    w2v_buffer_free(&b);
    w2v_model_free(m);
}

#ifdef HAS_PIPES
// A pipe with a name is read, not opened a second time: its writer may have gone.
static void test_pipe(void)
{
    w2v_model *m = new_model(5, 3), *back = NULL;
    w2v_buffer b = bytes_of(m, W2V_FORMAT_NATIVE);
    w2v_error err = {""};
    remove(path);
    CHECK(!mkfifo(path, 0600));
    const pid_t child = fork();
    if (!child) {
        const int pipe = open(path, O_WRONLY);
        _exit(write(pipe, b.data, b.size) == (ssize_t)b.size ? 0 : 1);
    }
    alarm(60);  // ends the program if it waits
    CHECK_STATUS(w2v_model_load(&back, path, NULL, NULL, &err), W2V_OK);
    alarm(0);
    CHECK(back && same_model(m, back));
    waitpid(child, NULL, 0);
    w2v_model_free(back);
    w2v_buffer_free(&b);
    w2v_model_free(m);
    remove(path);
}
#endif

// A format that is named is not chosen by the first bytes.
static void test_named(void)
{
    static const char text[] = "w2v.vector 0.5 0.25\nb 1 2\n";
    w2v_model *m = new_model(5, 3), *back = NULL;
    w2v_buffer b = bytes_of(m, W2V_FORMAT_NATIVE);
    w2v_load_config cfg = w2v_load_config_default();
    w2v_error err = {""};
    w2v_source source = w2v_source_text(text, sizeof text - 1);
    cfg.format = W2V_FORMAT_GLOVE;
    CHECK_STATUS(w2v_model_read(&back, &source, &cfg, NULL, &err), W2V_OK);
    CHECK(back && back->dim == 2 && !strcmp(w2v_vocab_word(back->vocab, 0), "w2v.vector"));
    w2v_model_free(back);
    source = w2v_source_text(b.data, b.size);
    cfg.format = W2V_FORMAT_NPY;
    CHECK_STATUS(w2v_model_read(&back, &source, &cfg, NULL, &err), W2V_ERROR_FORMAT);
    w2v_buffer_free(&b);
    w2v_model_free(m);
}

typedef struct reports {
    size_t calls;
    w2v_load_progress last;
} reports;

static int note_progress(const w2v_load_progress *now, void *user)
{
    reports *r = (reports *)user;
    r->calls++;
    r->last = *now;
    return 0;
}

// Progress is told once, at the end: all bytes, mapped or read, all words or some.
static void test_progress(void)
{
    enum { MANY = 30000, LONG = 40 };  // 5.8 MB
    static char names[MANY][8];
    static const char *word[MANY];
    float *rows = (float *)calloc(MANY, LONG * sizeof *rows);
    w2v_model *m = NULL, *back = NULL;
    w2v_error err = {""};
    if (!rows) abort();
    for (size_t i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof names[i], "w%zu", i);
        word[i] = names[i];
        rows[i * LONG] = 1.0f;
    }
    CHECK_STATUS(w2v_model_new(&m, word, NULL, MANY, LONG, rows, NULL, &err), W2V_OK);
    CHECK_STATUS(w2v_model_save(m, path, W2V_FORMAT_NATIVE, &err), W2V_OK);
    w2v_buffer b = bytes_of(m, W2V_FORMAT_NATIVE);
    for (int in_memory = 0; in_memory < 2; in_memory++)
        for (int some = 0; some < 2; some++) {
            w2v_load_config cfg = w2v_load_config_default();
            reports r = {0, {0, 0, 0}};
            cfg.in_memory = in_memory;
            cfg.max_words = some ? 10 : 0;
            cfg.progress_fn = note_progress;
            cfg.progress_user = &r;
            CHECK_STATUS(w2v_model_load(&back, path, &cfg, NULL, &err), W2V_OK);
            CHECK_EQUAL(r.calls, 1);
            CHECK(r.last.bytes == b.size && r.last.total == b.size && r.last.words == (some ? 10 : MANY));
            w2v_model_free(back);
        }
    w2v_buffer_free(&b);
    w2v_model_free(m);
    free(rows);
    remove(path);
}

int main(int argc, char **argv)
{
    static const test_case tests[] = {
        TEST(round_trip), TEST(private), TEST(first_words),  TEST(small_rows),
        TEST(damaged),    TEST(lies),    TEST(lies_of_rows), TEST(numbers),
#ifdef HAS_PIPES
        TEST(pipe),
#endif
        TEST(length),     TEST(named),   TEST(progress),     TEST(save_over_itself)};
    snprintf(path, sizeof path, "%s.tmp", argv[0]);
    return test_main("native", tests, TEST_COUNT(tests), argc, argv);
}
