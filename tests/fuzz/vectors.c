// SPDX-License-Identifier: MIT-0
//
// vectors.c - targets of files with vectors, and of vocabularies
//
//   auto text binary glove tsv npy safetensors fasttext
//           memory, a function with short reads and a file give the same, and so do one thread and three;
//           lenient reading accepts what strict reading does; what was read is written in every format and
//           read back; memory runs out; words that are kept, and the first ones
//   words   the words of the rows of a matrix, as a list, a table or a tokenizer
//   native  w2v's own file with hashes made right: read, mapped with verify, mapped without, and then asked
//   vocab   vocabulary files, their words, selections

#include "fuzz.h"

#include <math.h>

static const w2v_format all_formats[] = {
    W2V_FORMAT_TEXT,       W2V_FORMAT_BINARY,      W2V_FORMAT_GLOVE,  W2V_FORMAT_TSV,
    W2V_FORMAT_NPY,        W2V_FORMAT_SAFETENSORS, W2V_FORMAT_NATIVE, W2V_FORMAT_NATIVE_FLOAT16,
    W2V_FORMAT_NATIVE_INT8};
enum { ALL_FORMATS = sizeof all_formats / sizeof *all_formats };

// -----------------------------------------------------------------------------------------------------------
// What all targets use

size_t fuzz_read(char *buffer, size_t room, void *pieces)
{
    fuzz_pieces *p = (fuzz_pieces *)pieces;
    size_t n = p->step < room ? p->step : room;
    n = n < p->left ? n : p->left;
    if (n) memcpy(buffer, p->at, n);
    p->at += n;
    p->left -= n;
    return n;
}

w2v_source fuzz_source(const fuzz_part *part)
{
    w2v_source source = w2v_source_text(part->bytes, part->n);
    source.name = "input";
    return source;
}

w2v_source fuzz_source_in_pieces(fuzz_pieces *pieces, const fuzz_part *part, size_t step)
{
    pieces->at = part->bytes;
    pieces->left = part->n;
    pieces->step = step ? step : 4096;
    w2v_source source = w2v_source_reader(fuzz_read, pieces);
    source.name = "input";
    return source;
}

void fuzz_same_models(const w2v_model *a, const w2v_model *b, int counts)
{
    NEED(a->size == b->size && a->dim == b->dim && a->stride == b->stride);
    NEED(!a->output == !b->output && !a->nodes == !b->nodes);
    const size_t row = a->dim * sizeof(float);
    for (uint32_t i = 0; i < a->size; i++) {
        NEED(!strcmp(w2v_vocab_word(a->vocab, i), w2v_vocab_word(b->vocab, i)));
        if (counts) NEED(w2v_vocab_count(a->vocab, i) == w2v_vocab_count(b->vocab, i));
        NEED(!memcmp(a->input + i * a->stride, b->input + i * b->stride, row));
        if (a->output) NEED(!memcmp(a->output + i * a->stride, b->output + i * b->stride, row));
    }
}

// A file with right hashes may have words that are not found, empty ones, and rows of any padding.
static int is_sound(const w2v_model *m)
{
    for (uint32_t i = 0; i < m->size; i++) {
        if (w2v_vocab_find(m->vocab, w2v_vocab_word(m->vocab, i)) != i) return 0;
        for (size_t k = m->dim; k < m->stride; k++)
            if (m->input[i * m->stride + k] != 0.0f) return 0;
    }
    return w2v_vocab_find(m->vocab, "") == W2V_NONE;
}

void fuzz_check_model(const w2v_model *m)
{
    NEED(m->size && m->dim && m->stride >= m->dim && m->stride % 16 == 0 &&
         m->size == w2v_vocab_size(m->vocab));
    for (uint32_t i = 0; i < m->size; i++) {
        const char *word = w2v_vocab_word(m->vocab, i);
        const float *row = m->input + i * m->stride, length = w2v_norm(row, m->dim);
        NEED(strlen(word) >= 1 && strlen(word) <= W2V_MAX_WORD && w2v_vocab_find(m->vocab, word) == i);
        NEED(w2v_model_vector(m, word) == row && (uintptr_t)row % 64 == 0);
        for (size_t k = 0; k < m->stride; k++) NEED(k < m->dim ? row[k] - row[k] == 0.0f : row[k] == 0.0f);
        if (length > 1.1e-19f && length < 1.8e19f)  // beyond that it is 0: the square is no float
            NEED(fabsf(m->length[i] - length) <= 1e-5f * length);
        else
            NEED(m->length[i] <= 1.1e-19f || m->length[i] >= 1.8e19f);
    }
    NEED(!w2v_vocab_word(m->vocab, (uint32_t)m->size) && !w2v_vocab_count(m->vocab, (uint32_t)m->size));
}

w2v_buffer fuzz_bytes_of(const w2v_model *m)
{
    w2v_buffer b = {NULL, 0, 0};
    NEED(w2v_model_write(m, w2v_buffer_write, &b, W2V_FORMAT_NATIVE, NULL) == W2V_OK);
    return b;
}

int fuzz_same_bytes(const w2v_buffer *a, const w2v_buffer *b)
{
    return a->size == b->size && (!a->size || !memcmp(a->data, b->data, a->size));
}

w2v_model *fuzz_model(int with_counts)
{
    enum { V = 40, D = 7 };
    static const char *const odd[] = {
        "king", "queen", "man",  "woman", "New York", "\"quoted\"", "+",        "-",
        "odd:", "EXIT",  "King", "KING",  "\xc3\xa4", "\xc3\x84",   "</s>",     "a,b",
        "it's", "rank:", "zero", "large", "small",    "1.5",        "\xff\xfe", "#"};
    static char more[V][8];
    const char *word[V];
    uint64_t count[V], state = 7;
    float x[V][D], y[V][D];
    w2v_model *m;
    for (size_t i = 0; i < V; i++) {
        snprintf(more[i], sizeof more[i], "w%d", (int)i);
        word[i] = i < sizeof odd / sizeof *odd ? odd[i] : more[i];
        count[i] = 1000 / (i + 1);
        for (size_t k = 0; k < D; k++) {
            x[i][k] = (float)((double)(fuzz_random(&state) >> 40) * 1.1920929e-7 - 1.0);
            y[i][k] = (float)((double)(fuzz_random(&state) >> 40) * 1.1920929e-7 - 1.0);
            if (i == 18) x[i][k] = 0.0f;
            if (i == 19) x[i][k] *= 1e19f;
            if (i == 20) x[i][k] *= 1e-30f;
            if (i == 30) x[i][k] = x[29][k];
        }
    }
    NEED(w2v_model_new(&m, word, with_counts ? count : NULL, V, D, x[0], with_counts ? y[0] : NULL, NULL) ==
         W2V_OK);
    return m;
}

// -----------------------------------------------------------------------------------------------------------
// Readers

typedef struct reading {
    w2v_status status;
    w2v_model *m;
    w2v_load_report report;
    w2v_error err;
} reading;

static reading read_unchecked(const w2v_source *source, const w2v_load_config *cfg)
{
    reading r;
    memset(&r, 0, sizeof r);
    r.status = w2v_model_read(&r.m, source, cfg, &r.report, &r.err);
    NEED((r.status == W2V_OK) == (r.m != NULL));
    return r;
}

static reading read_source(const w2v_source *source, const w2v_load_config *cfg)
{
    const reading r = read_unchecked(source, cfg);
    if (r.m) fuzz_check_model(r.m);
    return r;
}

static void need_same(const reading *a, const reading *b, int messages)
{
    NEED_SAME_STATUS(a->status, messages ? a->err.message : NULL, b->status,
                     messages ? b->err.message : NULL);
    if (a->status != W2V_OK) return;
    fuzz_same_models(a->m, b->m, 1);
    NEED(a->report.format == b->report.format && a->report.expected == b->report.expected);
    NEED(a->report.rows == b->report.rows && a->report.repeated == b->report.repeated);
    NEED(a->report.blank == b->report.blank && a->report.malformed == b->report.malformed);
}

// What the memory of a reader depends on: rows padded to 64 bytes, words, numbers read ahead.
static void limit_memory(const fuzz_input *in) { fuzz_limit = (size_t)(16 << 20) + 300 * in->n; }

static int has_byte_of(const w2v_model *m, const char *bytes)
{
    for (uint32_t i = 0; i < m->size; i++)
        if (strpbrk(w2v_vocab_word(m->vocab, i), bytes)) return 1;
    return 0;
}

// A model is written and read back.
static void round_trip(const w2v_model *m, w2v_format format)
{
    w2v_buffer vectors = {NULL, 0, 0}, words = {NULL, 0, 0};
    w2v_error err;
    w2v_load_config cfg = w2v_load_config_default();
    const int apart =
        format == W2V_FORMAT_TSV || format == W2V_FORMAT_NPY || format == W2V_FORMAT_SAFETENSORS;
    const int native = format >= W2V_FORMAT_NATIVE;
    w2v_status status = w2v_model_write(m, w2v_buffer_write, &vectors, format, &err);
    if (status == W2V_OK && apart) status = w2v_model_write_words(m, w2v_buffer_write, &words, format, &err);
    NEED(status == W2V_OK || status == W2V_ERROR_FORMAT);
    if (status == W2V_OK && !(apart && format != W2V_FORMAT_SAFETENSORS && has_byte_of(m, "\t\r\n"))) {
        const w2v_source source = w2v_source_text(vectors.data, vectors.size),
                         beside = w2v_source_text(words.data, words.size);
        if (apart) cfg.words = &beside;
        if (format == W2V_FORMAT_TSV) cfg.format = format;
        reading back = read_source(&source, &cfg);
        if (back.status != W2V_OK) fprintf(stderr, "format %d: %s\n", (int)format, back.err.message);
        NEED(back.status == W2V_OK);
        NEED(!back.report.repeated && !back.report.blank && !back.report.malformed);
        if (format < W2V_FORMAT_NATIVE_FLOAT16) {
            w2v_model a = *m;
            if (format != W2V_FORMAT_SAFETENSORS && !native) a.output = NULL;
            if (!native) a.nodes = NULL;
            fuzz_same_models(&a, back.m, native);
        } else {
            NEED(back.m->size == m->size && back.m->dim == m->dim);
        }
        w2v_model_free(back.m);
    }
    w2v_buffer_free(&vectors);
    w2v_buffer_free(&words);
}

// A model is saved as a file, with what belongs to it, and loaded.
static void save_and_load(const w2v_model *m, w2v_format format)
{
    const char *path = fuzz_file_name(1, ".npy");
    w2v_load_config cfg = w2v_load_config_default();
    w2v_model *back = NULL;
    fuzz_file_name(1, ".tsv");
    const w2v_status status = w2v_model_save(m, path, format, NULL);
    NEED(status == W2V_OK || status == W2V_ERROR_FORMAT);
    if (status != W2V_OK || has_byte_of(m, "\t\r\n")) return;
    if (format == W2V_FORMAT_TSV) cfg.format = format;
    NEED(w2v_model_load(&back, path, &cfg, NULL, NULL) == W2V_OK && back->size == m->size &&
         back->dim == m->dim);
    for (uint32_t i = 0; i < m->size; i++)
        NEED(!strcmp(w2v_vocab_word(m->vocab, i), w2v_vocab_word(back->vocab, i)));
    w2v_model_free(back);
}

static uint32_t kept_id(const w2v_model *m, unsigned option, uint32_t i)
{
    return (uint32_t)((i * 7 + option) % m->size);
}

// Only some words, and only the first ones, are what a whole reading has of them.
static void read_some(const w2v_source *source, const w2v_load_config *cfg, const w2v_model *all,
                      unsigned option)
{
    enum { SOME = 5 };
    const char *word[SOME];
    w2v_load_config some = *cfg;
    for (uint32_t i = 0; i < SOME; i++)
        word[i] = i ? w2v_vocab_word(all->vocab, kept_id(all, option, i)) : "no such";
    some.keep_words = word;
    some.keep_word_count = SOME;
    reading r = read_source(source, &some);
    NEED(r.status == W2V_OK);
    for (uint32_t i = 0; i < r.m->size; i++) {
        const float *row = w2v_model_vector(all, w2v_vocab_word(r.m->vocab, i));
        NEED(row && !memcmp(row, r.m->input + i * r.m->stride, all->dim * sizeof *row));
    }
    for (uint32_t i = 1; i < SOME; i++) NEED(w2v_model_vector(r.m, word[i]));
    w2v_model_free(r.m);
    some = *cfg;
    some.max_words = 1 + option % 8;
    r = read_source(source, &some);
    if (r.status == W2V_ERROR_FORMAT)  // the first rows alone may look like another table
        NEED(strstr(r.err.message, "numbers, not the") || strstr(r.err.message, "is a vocabulary"));
    else
        NEED(r.status == W2V_OK || r.status == W2V_ERROR_EMPTY);
    for (uint32_t i = 0; r.m && i < r.m->size; i++) {
        NEED(!strcmp(w2v_vocab_word(r.m->vocab, i), w2v_vocab_word(all->vocab, i)));
        NEED(!memcmp(all->input + i * all->stride, r.m->input + i * r.m->stride, all->dim * sizeof(float)));
    }
    w2v_model_free(r.m);
}

// Memory runs out at an allocation: that is the status, or it did not come to that.
static void read_without_memory(const w2v_source *source, const w2v_load_config *cfg, unsigned k,
                                w2v_status status)
{
    w2v_model *m = NULL;
    fuzz_ran_out = 0;
    fuzz_allowed = (long)k;
    const w2v_status got = w2v_model_read(&m, source, cfg, NULL, NULL);
    fuzz_allowed = LONG_MAX;
    NEED(fuzz_ran_out ? got == W2V_ERROR_MEMORY || got == status : got == status);
    NEED((got == W2V_OK) == (m != NULL));
    w2v_model_free(m);
}

// Lenient reading accepts what strict reading does, with the same result.
static void read_leniently(const w2v_source *source, const w2v_load_config *cfg, const reading *strict)
{
    w2v_load_config lenient = *cfg;
    lenient.lenient = 1;
    const reading r = read_source(source, &lenient);
    if (strict->status == W2V_OK) need_same(strict, &r, 0);
    w2v_model_free(r.m);
}

// Options: 0 pieces of the reader, 1 threads, 2 what else to do, 3 its number, 4 the format to write.
static void run_reader(const fuzz_input *in, w2v_format format)
{
    fuzz_pieces pieces, word_pieces;
    w2v_load_config cfg = w2v_load_config_default(), other;
    w2v_source words = fuzz_source(&in->part[1]), words_in_pieces, source = fuzz_source(&in->part[0]),
               in_pieces;
    const unsigned what = in->option[2] % 8, number = in->option[3];
    words.name = "words";
    limit_memory(in);
    cfg.words = &words;
    cfg.threads = 1;
    cfg.format = format;
    const reading r = read_source(&source, &cfg);
    other = cfg;
    other.threads = 1 + in->option[1] % 3;
    words_in_pieces = fuzz_source_in_pieces(&word_pieces, &in->part[1], 1u + in->option[0] / 2);
    words_in_pieces.name = "words";
    other.words = &words_in_pieces;
    in_pieces = fuzz_source_in_pieces(&pieces, &in->part[0], in->option[0]);
    reading again = read_source(&in_pieces, &other);
    need_same(&r, &again, 0);
    w2v_model_free(again.m);
    if (what == 0) {
        w2v_source file = w2v_source_file(fuzz_file(0, "", in->part[0].bytes, in->part[0].n));
        file.name = "input";
        again = read_source(&file, &cfg);
        need_same(&r, &again, 1);
        w2v_model_free(again.m);
    }
    if (what == 1) read_leniently(&source, &cfg, &r);
    if (what == 2) read_without_memory(&source, &cfg, number, r.status);
    if (what == 3 && r.m) read_some(&source, &cfg, r.m, number);
    if (what == 7 && r.m) save_and_load(r.m, all_formats[in->option[4] % ALL_FORMATS]);
    if (what >= 4 && what < 7 && r.m) round_trip(r.m, all_formats[in->option[4] % ALL_FORMATS]);
    if (format == W2V_FORMAT_FASTTEXT || format == W2V_FORMAT_AUTO) {
        w2v_subwords *s = NULL;
        const w2v_status status = w2v_subwords_read(&s, &source, NULL);
        if (format == W2V_FORMAT_FASTTEXT && status == W2V_OK && r.status != W2V_OK)
            NEED(r.status == W2V_ERROR_FORMAT);
        for (uint32_t i = 0; r.m && status == W2V_OK && i < r.m->size; i++) {
            float *x = (float *)malloc(w2v_subwords_dim(s) * sizeof *x);
            NEED(w2v_subwords_vector(s, w2v_vocab_word(r.m->vocab, i), x, NULL) == W2V_OK);
            NEED(!memcmp(x, r.m->input + i * r.m->stride, r.m->dim * sizeof *x));
            free(x);
        }
        char *word = fuzz_string(&in->part[2]);
        float *x = (float *)malloc((status == W2V_OK ? w2v_subwords_dim(s) : 1) * sizeof *x);
        if (status == W2V_OK) w2v_subwords_vector(s, word, x, NULL);
        free(x);
        free(word);
        w2v_subwords_free(s);
    }
    w2v_model_free(r.m);
}

static void run_auto(const fuzz_input *in) { run_reader(in, W2V_FORMAT_AUTO); }
static void run_text(const fuzz_input *in) { run_reader(in, W2V_FORMAT_TEXT); }
static void run_binary(const fuzz_input *in) { run_reader(in, W2V_FORMAT_BINARY); }
static void run_glove(const fuzz_input *in) { run_reader(in, W2V_FORMAT_GLOVE); }
static void run_tsv(const fuzz_input *in) { run_reader(in, W2V_FORMAT_TSV); }
static void run_npy(const fuzz_input *in) { run_reader(in, W2V_FORMAT_NPY); }
static void run_safetensors(const fuzz_input *in) { run_reader(in, W2V_FORMAT_SAFETENSORS); }
static void run_fasttext(const fuzz_input *in) { run_reader(in, W2V_FORMAT_FASTTEXT); }

// The input is the words of a matrix with as many rows as an option says.
static void run_words(const fuzz_input *in)
{
    static const char dictionary[] = "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, 1), }";
    const int rows = 1 + in->option[5] % 20;
    char matrix[256] = "\x93NUMPY\1\0\0\0";
    const int n = snprintf(matrix + 10, 100, dictionary, rows);
    matrix[8] = (char)n;
    memset(matrix + 10 + n, 0, (size_t)rows * 4);
    fuzz_input whole = *in;
    whole.part[1] = in->part[0];
    whole.part[0].n = 10 + (size_t)n + 4 * (size_t)rows;
    whole.part[0].bytes = (char *)malloc(whole.part[0].n);
    memcpy(whole.part[0].bytes, matrix, whole.part[0].n);
    run_reader(&whole, W2V_FORMAT_NPY);
    free(whole.part[0].bytes);
}

// -----------------------------------------------------------------------------------------------------------
// Native files

#include "tests/parts.h"

void fuzz_repair(char **file, size_t *n, int level)
{
    enum { LINE = 64, MOST = 16 };
    if (!level || *n < 2 * LINE) return;
    uint64_t parts = number_at(*file + 16);
    if (level > 1 && (!parts || parts > MOST || LINE * (1 + parts) > *n)) put_number(*file + 16, parts = 1);
    if (!parts || parts > MOST || LINE * (1 + parts) > *n) return;
    char *last = *file + LINE * parts;
    size_t end = (size_t)number_at(last + 32);
    if (level > 1) {
        memset(last, 0, 24);
        memcpy(last, "hashes", 6);
        put_number(last + 24, 8);
        end = (*n - 8) / LINE * LINE;
        end = end < LINE * (1 + parts) ? (size_t)(LINE * (1 + parts)) : end;
        const size_t blocks = (end + PARTS_HASHED - 1) / PARTS_HASHED;
        put_number(last + 32, end);
        put_number(last + 40, 8 * blocks);
        const size_t at = (size_t)(last - *file);
        *file = (char *)realloc(*file, end + 8 * blocks);
        last = *file + at;
        *n = end + 8 * blocks;
        put_number(*file + 8, *n);
    }
    put_number(*file + 24, 0);
    put_number(*file + 24, hash_of_bytes(*file, (size_t)(LINE * (1 + parts))));
    if (end % LINE || end > *n || (*n - end) / 8 < (end + PARTS_HASHED - 1) / PARTS_HASHED) return;
    for (size_t at = 0; at < end; at += PARTS_HASHED)
        put_number(*file + end + at / PARTS_HASHED * 8,
                   hash_of_bytes(*file + at, end - at < PARTS_HASHED ? end - at : (size_t)PARTS_HASHED));
}

void fuzz_change_number(fuzz_part *file, const char *part, size_t count, unsigned which, unsigned number)
{
    if (!which || file->n < 64 * 17 || number_at(file->bytes + 16) > 16) return;
    const size_t first = part_at(file->bytes, part), at = first + 8 * (which % count);
    if (first && first < file->n && at + 8 <= file->n)
        put_number(file->bytes + at, number == 255 ? UINT64_MAX : number);
}

// A model that was mapped without a look at its numbers can be used, whatever they are.
static void use_mapped(w2v_model *m)
{
    w2v_match match[3];
    size_t n;
    for (uint32_t i = 0; i < m->size && i < 20; i++) {
        const char *word = w2v_vocab_word(m->vocab, i);
        NEED(word && strlen(word) <= W2V_MAX_WORD);
        w2v_vocab_find(m->vocab, word);
        w2v_vocab_count(m->vocab, i);
        w2v_model_nearest(m, word, match, 3, &n, NULL);
        NEED(n <= 3);
    }
    w2v_vocab_find(m->vocab, "no such");
    for (int i = 0; i < ALL_FORMATS; i++) {
        w2v_buffer b = {NULL, 0, 0};
        if (w2v_model_write(m, w2v_buffer_write, &b, all_formats[i], NULL) == W2V_OK)
            w2v_model_write_words(m, w2v_buffer_write, &b, all_formats[i], NULL);
        w2v_buffer_free(&b);
    }
    w2v_model_changed(m);
}

// Options: 0 how far the file is made whole, 1, 2 the first words, 3 pieces, 4 memory, 5 a format, 6, 7
// a number.
static void run_native(const fuzz_input *in)
{
    fuzz_pieces pieces;
    fuzz_part file = in->part[0];
    w2v_load_config cfg = w2v_load_config_default();
    w2v_model *m = NULL;
    fuzz_limit = (size_t)(4 << 20) + 300 * in->n;
    file.bytes = (char *)malloc(file.n + 1);
    memcpy(file.bytes, in->part[0].bytes, file.n);
    fuzz_change_number(&file, "items", 16, in->option[6], in->option[7]);
    fuzz_repair(&file.bytes, &file.n, in->option[0] % 3);
    const w2v_source source = fuzz_source(&file),
                     in_pieces = fuzz_source_in_pieces(&pieces, &file, in->option[3]);
    w2v_source path = w2v_source_file(fuzz_file(0, ".w2v", file.bytes, file.n));
    path.name = "input";
    cfg.threads = 1;
    if (in->option[1] == 1) cfg.max_words = in->option[2] % 8;
    const reading r = read_unchecked(&source, &cfg);
    reading again = read_unchecked(&in_pieces, &cfg);
    need_same(&r, &again, 1);
    w2v_model_free(again.m);
    cfg.verify = 1;
    again = read_unchecked(&path, &cfg);
    need_same(&r, &again, 1);
    w2v_model_free(again.m);
    cfg.verify = 0;
    cfg.in_memory = 1;
    again = read_unchecked(&path, &cfg);
    need_same(&r, &again, 1);
    w2v_model_free(again.m);
    cfg.in_memory = 0;
    if (in->option[4]) read_without_memory(&source, &cfg, in->option[4], r.status);
    const w2v_status status = w2v_model_read(&m, &path, &cfg, NULL, NULL);
    if (r.status == W2V_OK) NEED(status == W2V_OK);
    if (r.m && is_sound(r.m)) round_trip(r.m, all_formats[in->option[5] % ALL_FORMATS]);
    if (m) use_mapped(m);
    w2v_model_free(m);
    m = NULL;
    const char *const keep[] = {"king", "", "w3"};
    cfg.keep_words = keep;
    cfg.keep_word_count = 3;
    w2v_model_read(&m, &path, &cfg, NULL, NULL);
    if (m) NEED(m->size <= 3);
    w2v_model_free(m);
    w2v_model_free(r.m);
    free(file.bytes);
}

// -----------------------------------------------------------------------------------------------------------
// Vocabularies

static void need_same_vocabs(const w2v_vocab *a, const w2v_vocab *b)
{
    NEED(w2v_vocab_size(a) == w2v_vocab_size(b));
    for (uint32_t i = 0; i < w2v_vocab_size(a); i++) {
        NEED(!strcmp(w2v_vocab_word(a, i), w2v_vocab_word(b, i)) &&
             w2v_vocab_count(a, i) == w2v_vocab_count(b, i));
        NEED(w2v_vocab_find(a, w2v_vocab_word(a, i)) == i);
        if (i) NEED(w2v_vocab_count(a, i) <= w2v_vocab_count(a, i - 1));
    }
}

// The words of a vocabulary that occur often enough, with those of another.
static void select_words(const w2v_vocab *a, const w2v_vocab *b, const unsigned char *option)
{
    const char *stop[1] = {w2v_vocab_word(a, option[3] % (uint32_t)w2v_vocab_size(a))};
    const w2v_vocab *both[2] = {a, b};
    w2v_vocab_config cfg = w2v_vocab_config_default();
    w2v_vocab *some = NULL;
    cfg.min_count = option[4] % 8;
    cfg.max_words = option[5] % 8;
    cfg.stop_words = stop;
    cfg.stop_word_count = option[3] > 127;
    const w2v_status status = w2v_vocab_select(&some, both, b ? 2 : 1, &cfg, NULL);
    NEED(status == W2V_OK || status == W2V_ERROR_EMPTY);
    if (status != W2V_OK) return;
    NEED(!cfg.max_words || w2v_vocab_size(some) <= cfg.max_words);
    if (cfg.stop_word_count) NEED(w2v_vocab_find(some, stop[0]) == W2V_NONE);
    for (uint32_t i = 0; i < w2v_vocab_size(some); i++) {
        uint64_t sum = 0;
        for (int k = 0; k < 2 && both[k]; k++) {
            const uint64_t count = w2v_vocab_count(both[k], w2v_vocab_find(both[k], w2v_vocab_word(some, i)));
            sum = count > UINT64_MAX - sum ? UINT64_MAX : sum + count;
        }
        NEED(w2v_vocab_count(some, i) == sum && sum >= cfg.min_count);
    }
    w2v_vocab_free(some);
}

static void run_vocab(const fuzz_input *in)
{
    fuzz_pieces pieces;
    w2v_error err, again_err;
    w2v_vocab *v = NULL, *again = NULL, *second = NULL;
    w2v_buffer b = {NULL, 0, 0};
    limit_memory(in);
    const w2v_source source = fuzz_source(&in->part[0]), other = fuzz_source(&in->part[1]),
                     in_pieces = fuzz_source_in_pieces(&pieces, &in->part[0], in->option[0]);
    const w2v_status status = w2v_vocab_read(&v, &source, &err);
    NEED_SAME_STATUS(status, err.message, w2v_vocab_read(&again, &in_pieces, &again_err), again_err.message);
    if (status == W2V_OK) {
        uint32_t class_of[64] = {0};
        need_same_vocabs(v, again);
        w2v_vocab_free(again);
        again = NULL;
        if (w2v_vocab_count(v, 0)) {
            NEED(w2v_vocab_write(v, w2v_buffer_write, &b, NULL) == W2V_OK);
            const w2v_source back = w2v_source_text(b.data, b.size);
            NEED(w2v_vocab_read(&again, &back, NULL) == W2V_OK);
            if (w2v_vocab_find(v, "</s>") == W2V_NONE) need_same_vocabs(v, again);  // else it comes first
            NEED(w2v_vocab_size(v) == w2v_vocab_size(again));
        }
        w2v_vocab_read(&second, &other, NULL);
        select_words(v, second, in->option);
        if (w2v_vocab_size(v) <= 64) w2v_vocab_write_classes(v, class_of, w2v_buffer_write, &b, NULL);
    }
    w2v_buffer_free(&b);
    w2v_vocab_free(v);
    w2v_vocab_free(again);
    w2v_vocab_free(second);
}

// -----------------------------------------------------------------------------------------------------------
// Seeds

static void seed_written(w2v_format format)
{
    w2v_model *m = fuzz_model(format == W2V_FORMAT_SAFETENSORS || format >= W2V_FORMAT_NATIVE);
    w2v_buffer vectors = {NULL, 0, 0}, words = {NULL, 0, 0};
    const int text = format == W2V_FORMAT_TEXT || format == W2V_FORMAT_GLOVE || format == W2V_FORMAT_BINARY ||
                     format == W2V_FORMAT_SAFETENSORS;
    w2v_model *some = m;
    if (format == W2V_FORMAT_NATIVE_FLOAT16)  // numbers that it can hold
        for (size_t k = 0; k < m->dim; k++) m->input[19 * m->stride + k] = (float)k;
    if (text) {  // without the words with blanks, or that are not UTF-8
        const char *word[3] = {"king", "\xc3\xa4", "</s>"};
        const float x[3][5] = {{1, -2.5f, 3e-7f, 0, 5}, {0.25f, 1e9f, -1, 2, 3}, {-0.125f, 1, 1, 1, 0.3f}};
        NEED(w2v_model_new(&some, word, NULL, 3, 5, x[0], format == W2V_FORMAT_SAFETENSORS ? x[0] : NULL,
                           NULL) == W2V_OK);
    }
    NEED(w2v_model_write(some, w2v_buffer_write, &vectors, format, NULL) == W2V_OK);
    const int apart =
        format == W2V_FORMAT_TSV || format == W2V_FORMAT_NPY || format == W2V_FORMAT_SAFETENSORS;
    if (apart) NEED(w2v_model_write_words(some, w2v_buffer_write, &words, format, NULL) == W2V_OK);
    for (int what = 0; what < 8; what++) {
        const char option[FUZZ_OPTIONS] = {(char)(1 + 9 * what), (char)what, (char)what, (char)(3 + 5 * what),
                                           (char)what,           (char)what, 0,          0};
        fuzz_seed(option, vectors.data, vectors.size, apart ? words.data : NULL, words.size);
    }
    if (some != m) w2v_model_free(some);
    w2v_model_free(m);
    w2v_buffer_free(&vectors);
    w2v_buffer_free(&words);
}

static const char no_option[FUZZ_OPTIONS + 1] = "\5\2\1\4\0\0\0\0";

static void seed_text(void)
{
    seed_written(W2V_FORMAT_TEXT);
    fuzz_seed_text(no_option, "2 3\nNew York 0.1 0.2 0.3 \r\nb\t1\t2\t3\n\n", NULL);
    fuzz_seed_text(no_option, "\xef\xbb\xbf\n2 2 5\nB64:aMOk 0.1 -0.2\n<unk> 1 1\n", NULL);
}
static void seed_binary(void)
{
    static const char gensim[] = "2 1\na \0\0\200?b \0\0\0@";
    seed_written(W2V_FORMAT_BINARY);
    fuzz_seed(no_option, gensim, sizeof gensim - 1, NULL, 0);
}
static void seed_glove(void)
{
    seed_written(W2V_FORMAT_GLOVE);
    fuzz_seed_text(no_option, "a 0.418 0.24968 -0.41242\n. . . 1 2 3\n<unk> 1e-3 2 3\n", NULL);
}
static void seed_tsv(void)
{
    seed_written(W2V_FORMAT_TSV);
    fuzz_seed_text(no_option, "1\t2\n3\t4\n", "word\tcount\nb\t3\na\t2\n");
}
static void seed_npy(void)
{
    static const char head[] =
        "\x93NUMPY\1\0\x3e\0{'descr': '>f8', 'fortran_order': True, 'shape': (2, 1)}      \n";
    static const char *const types[] = {"<f4", ">f4", "<f8", ">f8", "<f2"};
    seed_written(W2V_FORMAT_NPY);
    for (size_t i = 0; i < 5; i++) {
        char file[sizeof head + 16] = {0};
        memcpy(file, head, sizeof head - 1);
        memcpy(strchr(file + 10, '>'), types[i], 3);
        const size_t n = 10 + (size_t)(unsigned char)file[8], width = (size_t)(types[i][2] - '0');
        fuzz_seed(no_option, file, n + 2 * width, "a\nb\n", 4);
    }
}
static void seed_safetensors(void)
{
    static const char *const types[] = {"F32", "F64", "F16", "BF16"};
    seed_written(W2V_FORMAT_SAFETENSORS);
    for (size_t i = 0; i < 4; i++) {
        const int width = i == 0 ? 4 : i == 1 ? 8 : 2;
        char file[256] = {0};
        const int n =
            snprintf(file + 8, 200, "{\"x\":{\"dtype\":\"%s\",\"shape\":[2,1],\"data_offsets\":[0,%d]}}",
                     types[i], 2 * width);
        file[0] = (char)n;
        fuzz_seed(no_option, file, 8 + (size_t)(n + 2 * width),
                  "{\"model\":{\"vocab\":[[\"a\",0],[\"b\",-1]]}}", 39);
    }
}

static size_t put_int(char *to, uint64_t number, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) to[i] = (char)(unsigned char)(number >> 8 * i & 0xff);
    return bytes;
}

static void seed_fasttext(void)
{
    enum { DIM = 2, WORDS = 2, LABELS = 1, BUCKETS = 3 };
    for (int version = 11; version <= 12; version++) {
        char file[512];
        size_t n = put_int(file, 793712314, 4);
        const int settings[13] = {version, DIM, 5, 5, 1, 5, 1, 1, version == 12 ? 2 : 3, BUCKETS, 1, 3, 100};
        for (int i = 0; i < 13; i++) n += put_int(file + n, (uint64_t)settings[i], 4);
        n += put_int(file + n, 0, 8);  // t
        n += put_int(file + n, WORDS + LABELS, 4) + put_int(file + n + 4, WORDS, 4) +
             put_int(file + n + 8, LABELS, 4);
        n += put_int(file + n, 30, 8) + put_int(file + n + 8, UINT64_MAX, 8);
        for (int i = 0; i < WORDS + LABELS; i++) {
            static const char *const word[] = {"the", "\xc3\xa4s", "__label__x"};
            memcpy(file + n, word[i], strlen(word[i]) + 1);
            n += strlen(word[i]) + 1;
            n += put_int(file + n, 10, 8) + put_int(file + n + 8, i >= WORDS, 1);
        }
        for (int matrix = 0; matrix < 2; matrix++) {
            const size_t rows = matrix ? WORDS : WORDS + BUCKETS;
            n += put_int(file + n, 0, 1) + put_int(file + n + 1, rows, 8) + put_int(file + n + 9, DIM, 8);
            for (size_t i = 0; i < rows * DIM; i++) n += put_int(file + n, 0x3f800000 + (i << 20), 4);
        }
        for (char what = 0; what < 5; what++) {
            const char option[FUZZ_OPTIONS] = {(char)(7 * what), 1, what, (char)(5 * what), what, 0, 0, 0};
            fuzz_seed(option, file, n, "", 0);
        }
    }
}

static void seed_auto(void)
{
    seed_text(), seed_binary(), seed_glove(), seed_npy(), seed_safetensors(), seed_fasttext();
    static const char *const head[] = {"\x1f\x8b\x08", "PK\3\4",    "\x80\2", "%PDF-",
                                       "GGUF\3",       "\xff\xfe_", "a\1b\1"};
    for (size_t i = 0; i < sizeof head / sizeof *head; i++) fuzz_seed_text(no_option, head[i], NULL);
}

static void seed_words(void)
{
    static const char option[FUZZ_OPTIONS + 1] = "\3\2\5\6\0\1\0\0";  // two rows
    fuzz_seed_text(option, "a\nb\n", NULL);
    fuzz_seed_text(option, "count\tword\r\n3\ta\r\n4\tb", NULL);
    fuzz_seed_text(option, "{\"model\":{\"vocab\":{\"b\":1,\"a\":0}}}", NULL);
    fuzz_seed_text(option,
                   "{ \"added_tokens\":[{\"id\":0,\"content\":\"[UNK]\"}],\"model\":{\"vocab\":{\"b\":1}}}",
                   NULL);
    fuzz_seed_text(option, "{\"model\":{\"vocab\":[[\"\\u2581a\",0.0],[\"b\",-1]]}}", NULL);
}

static void seed_native(void)
{
    seed_written(W2V_FORMAT_NATIVE);
    seed_written(W2V_FORMAT_NATIVE_FLOAT16);
    seed_written(W2V_FORMAT_NATIVE_INT8);
}

static void seed_vocab(void)
{
    fuzz_seed_text("\5\0\0\0\0\0\0", "</s> 0\nthe 10\nof 8\r\n\nking\t3\n", "of 5\nnew 2\n");
    fuzz_seed_text("\0\0\0\200\2\3\0", "a 18446744073709551615\nb 1\nc 1\n", "a 1\n");
}

const fuzz_target fuzz_vectors[] = {{"auto", run_auto, seed_auto},
                                    {"text", run_text, seed_text},
                                    {"binary", run_binary, seed_binary},
                                    {"glove", run_glove, seed_glove},
                                    {"tsv", run_tsv, seed_tsv},
                                    {"npy", run_npy, seed_npy},
                                    {"safetensors", run_safetensors, seed_safetensors},
                                    {"fasttext", run_fasttext, seed_fasttext},
                                    {"words", run_words, seed_words},
                                    {"native", run_native, seed_native},
                                    {"vocab", run_vocab, seed_vocab},
                                    {NULL, NULL, NULL}};
