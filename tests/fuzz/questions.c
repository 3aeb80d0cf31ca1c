// SPDX-License-Identifier: MIT-0
//
// questions.c - targets of what is asked of vectors, and of configurations
//
//   queries     w2v_model_query of any terms, vectors and settings: alone and in a batch, with an index, with
//               1 and 3 threads and by another backend the same answers; those of w2v_cosine
//   analogies   evaluation sets from memory and from a function
//   similarity
//   sentences   lines read from memory and from a function, their vectors and neighbours
//   config      fields by name, and structs of any bytes
//   kernels     floats of any bits, any alignment: two backends have the same bits
//   rows        k-means and PCA of any floats

#include "fuzz.h"

#include <float.h>
#include <math.h>

static uint32_t number_of(const char *p)
{
    const unsigned char *u = (const unsigned char *)p;
    return u[0] | (uint32_t)u[1] << 8 | (uint32_t)u[2] << 16 | (uint32_t)u[3] << 24;
}

static float float_of(const char *p)
{
    const uint32_t bits = number_of(p);
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

// -----------------------------------------------------------------------------------------------------------
// Queries

enum { QUERIES = 12, TERMS = 40, CAPACITY = 6, TERM_BYTES = 8 };
typedef struct asked {
    w2v_term term[TERMS];
    w2v_query query[QUERIES];
    size_t queries;
    float vector[64];
    char *text;  // a word that the input makes
} asked;

// A term is eight bytes: what it is, a number, two unused bytes, and a weight.
static void make_queries(asked *a, const fuzz_input *in, const w2v_model *m)
{
    size_t n = in->part[0].n / TERM_BYTES;
    n = n < TERMS ? n : (size_t)TERMS;
    memset(a, 0, sizeof *a);
    for (size_t i = 0; i < 64; i++)
        a->vector[i] = 4 * i + 4 <= in->part[1].n ? float_of(in->part[1].bytes + 4 * i) : (float)i - 3;
    a->text = fuzz_string(&in->part[2]);
    for (size_t i = 0; i < n; i++) {
        const char *p = in->part[0].bytes + TERM_BYTES * i;
        const unsigned kind = (unsigned char)p[0], number = (unsigned char)p[1];
        w2v_term *t = &a->term[i];
        t->word = kind % 8 == 7   ? NULL
                  : kind % 8 == 6 ? a->text
                                  : w2v_vocab_word(m->vocab, number % (uint32_t)m->size);
        t->vector = t->word ? NULL : a->vector + number % (64 - m->dim);
        t->weight = kind & 32 ? float_of(p + 4) : kind & 16 ? -1.0f : 1.0f;
        if (!a->queries || (kind & 64 && a->queries < QUERIES)) {
            a->query[a->queries].terms = t;
            a->query[a->queries++].term_count = 0;
        }
        a->query[a->queries - 1].term_count++;
    }
}

static w2v_query_config query_config(const fuzz_input *in, uint32_t *candidates)
{
    w2v_query_config cfg = w2v_query_config_default();
    for (uint32_t i = 0; i < 8; i++) candidates[i] = in->option[i] % 44u;
    cfg.method = in->option[0] & 1 ? W2V_ANALOGY_MUL : W2V_ANALOGY_ADD;
    cfg.max_words = in->option[1] % 50;
    cfg.candidates = in->option[0] & 2 ? candidates : NULL;
    cfg.candidate_count = in->option[0] & 2 ? in->option[2] % 9 : 0;
    cfg.keep_terms = in->option[0] & 4;
    if (in->option[0] & 8) cfg.threshold = (float)in->option[3] / 128.0f - 1.0f;
    cfg.threads = 1;
    return cfg;
}

static void need_same_matches(const w2v_match *a, size_t na, const w2v_match *b, size_t nb)
{
    NEED(na == nb);
    for (size_t i = 0; i < na; i++) {
        if (a[i].id != b[i].id || memcmp(&a[i].score, &b[i].score, sizeof a->score))
            fprintf(stderr, "place %zu: %u %.9g and %u %.9g\n", i, (unsigned)a[i].id, (double)a[i].score,
                    (unsigned)b[i].id, (double)b[i].score);
        NEED(a[i].id == b[i].id && a[i].word == b[i].word &&
             !memcmp(&a[i].score, &b[i].score, sizeof a->score));
    }
}

// What holds for every answer; and the question alone has the same.
static void check_answer(const w2v_model *m, const asked *a, size_t i, const w2v_query_config *cfg,
                         const w2v_match *match, size_t n)
{
    w2v_match alone[CAPACITY];
    size_t count = 0;
    const w2v_query *q = &a->query[i];
    NEED(n <= CAPACITY);
    for (size_t k = 0; k < n; k++) {
        NEED(match[k].id < m->size && match[k].word == w2v_vocab_word(m->vocab, match[k].id));
        NEED(match[k].score - match[k].score == 0.0f && match[k].score >= cfg->threshold);
        NEED(!k || match[k].score < match[k - 1].score ||
             (match[k].score <= match[k - 1].score && match[k].id > match[k - 1].id));
        if (cfg->max_words) NEED(match[k].id < cfg->max_words);
        for (size_t t = 0; !cfg->keep_terms && t < q->term_count; t++)
            if (q->terms[t].word) NEED(strcmp(q->terms[t].word, match[k].word));
    }
    NEED(w2v_model_query(m, q, 1, cfg, alone, CAPACITY, &count, NULL) == W2V_OK);
    need_same_matches(alone, count, match, n);
    if (q->term_count != 1 || q->terms[0].word || cfg->method != W2V_ANALOGY_ADD || q->terms[0].weight < 1 ||
        q->terms[0].weight > 1)
        return;
    for (size_t k = 0; k < n; k++) {  // a lone vector
        const float cosine = w2v_cosine(q->terms[0].vector, m->input + match[k].id * m->stride, m->dim);
        NEED(!memcmp(&cosine, &match[k].score, sizeof cosine));
    }
}

// Options: 0 flags of the configuration, 1 words, 2, 3 candidates and threshold.
static void run_queries(const fuzz_input *in)
{
    w2v_model *m = fuzz_model(1);
    w2v_index *index = NULL;
    asked a;
    uint32_t candidates[8];
    static w2v_match match[QUERIES * CAPACITY], other[QUERIES * CAPACITY];
    size_t n[QUERIES], other_n[QUERIES];
    w2v_error err, other_err;
    make_queries(&a, in, m);
    w2v_query_config cfg = query_config(in, candidates);
    fuzz_limit = 32 << 20;
    memset(n, 255, sizeof n);
    const w2v_status status = w2v_model_query(m, a.query, a.queries, &cfg, match, CAPACITY, n, &err);
    for (size_t i = 0; i < a.queries && status != W2V_OK; i++) NEED(!n[i]);
    for (size_t i = 0; i < a.queries && status == W2V_OK; i++)
        check_answer(m, &a, i, &cfg, match + i * CAPACITY, n[i]);
    cfg.threads = 3;
    NEED(w2v_index_new(&index, m, 1, NULL) == W2V_OK);
    cfg.index = index;
    for (int turn = 0; turn < 2; turn++) {
        const fuzz_backend *by = turn ? fuzz_other() : &fuzz_here;
        if (!by) continue;
        if (turn) cfg.index = NULL;
        NEED_SAME_STATUS(status, err.message,
                         by->query(m, a.query, a.queries, &cfg, other, CAPACITY, other_n, &other_err),
                         other_err.message);
        for (size_t i = 0; i < a.queries && status == W2V_OK; i++)
            need_same_matches(match + i * CAPACITY, n[i], other + i * CAPACITY, other_n[i]);
    }
    const char *word[TERMS];
    size_t odd, rank, count = 0;
    float cosine;
    for (size_t i = 0; i < TERMS; i++)
        if (a.term[i].word) word[count++] = a.term[i].word;
    if (w2v_model_odd_one_out(m, word, count, &odd, NULL) == W2V_OK) NEED(odd < count);
    if (count > 1 && w2v_model_rank(m, word[0], word[1], &rank, NULL) == W2V_OK)
        NEED(rank >= 1 && rank < m->size);
    if (count > 1 && w2v_model_similarity(m, word[0], word[1], &cosine, NULL) == W2V_OK)
        NEED(cosine <= 1.0001f && cosine >= -1.0001f);
    w2v_index_free(index);
    w2v_model_free(m);
    free(a.text);
}

// -----------------------------------------------------------------------------------------------------------
// Evaluation sets

static void run_analogies(const fuzz_input *in)
{
    fuzz_pieces pieces;
    w2v_model *m = fuzz_model(0);
    w2v_analogy_result a, b;
    w2v_error err, other_err;
    w2v_analogy_config cfg = w2v_analogy_config_default();
    fuzz_limit = (size_t)(32 << 20) + 300 * in->n;
    memset(&a, 0, sizeof a);
    memset(&b, 0, sizeof b);
    cfg.method = in->option[1] & 1 ? W2V_ANALOGY_MUL : W2V_ANALOGY_ADD;
    cfg.letter_case = in->option[1] & 2 ? W2V_CASE_EXACT : W2V_CASE_LOWER;
    cfg.skip_variants = in->option[1] & 4;
    cfg.max_words = in->option[2] % 60;
    cfg.threads = 1;
    const w2v_source source = fuzz_source(&in->part[0]),
                     again = fuzz_source_in_pieces(&pieces, &in->part[0], in->option[0]);
    const w2v_status status = w2v_model_evaluate_analogies(m, &source, &cfg, &a, &err);
    cfg.threads = 3;
    NEED_SAME_STATUS(status, err.message, w2v_model_evaluate_analogies(m, &again, &cfg, &b, &other_err),
                     other_err.message);
    if (status == W2V_OK) {
        w2v_analogy_counts sum = {0, 0, 0};
        NEED(a.section_count == b.section_count && !memcmp(&a.total, &b.total, sizeof a.total));
        for (size_t i = 0; i < a.section_count; i++) {
            const w2v_analogy_counts *c = &a.sections[i].counts;
            NEED(!strcmp(a.sections[i].name, b.sections[i].name) &&
                 !memcmp(c, &b.sections[i].counts, sizeof *c));
            NEED(c->correct <= c->used && c->used <= c->lines);
            sum.lines += c->lines, sum.used += c->used, sum.correct += c->correct;
        }
        NEED(!memcmp(&sum, &a.total, sizeof sum) && a.total.lines == a.semantic.lines + a.syntactic.lines);
    }
    w2v_analogy_result_free(&a);
    w2v_analogy_result_free(&b);
    w2v_model_free(m);
}

static void run_similarity(const fuzz_input *in)
{
    fuzz_pieces pieces;
    w2v_model *m = fuzz_model(0);
    w2v_similarity_result a, b;
    w2v_error err, other_err;
    w2v_similarity_config cfg = w2v_similarity_config_default();
    fuzz_limit = (size_t)(32 << 20) + 300 * in->n;
    memset(&a, 0, sizeof a);
    memset(&b, 0, sizeof b);
    cfg.letter_case = in->option[1] & 2 ? W2V_CASE_EXACT : W2V_CASE_LOWER;
    cfg.max_words = in->option[2] % 60;
    cfg.column = 3 + in->option[3] % 4;
    const w2v_source source = fuzz_source(&in->part[0]),
                     again = fuzz_source_in_pieces(&pieces, &in->part[0], in->option[0]);
    const w2v_status status = w2v_model_evaluate_similarity(m, &source, &cfg, &a, &err);
    NEED_SAME_STATUS(status, err.message, w2v_model_evaluate_similarity(m, &again, &cfg, &b, &other_err),
                     other_err.message);
    if (status == W2V_OK) {
        NEED(!memcmp(&a, &b, sizeof a) && a.used <= a.lines);
        NEED(fabs(a.spearman) <= 1 + 1e-9 && fabs(a.pearson) <= 1 + 1e-9);
    }
    w2v_model_free(m);
}

// -----------------------------------------------------------------------------------------------------------
// Sentences

static w2v_sentences *sentences_of(const w2v_model *m, const unsigned char *option)
{
    w2v_sentences *s;
    w2v_sentence_config cfg = w2v_sentence_config_default();
    cfg.weighting = (w2v_weighting)(option[1] % 3);
    cfg.lower_case = option[1] / 4 & 1;
    cfg.strip = option[1] / 8 & 1;
    cfg.components = option[2] % 8;
    cfg.threads = 1 + option[3] % 3;
    NEED(w2v_sentences_new(&s, m, &cfg, NULL) == W2V_OK);
    return s;
}

// Options: 0 pieces, 1-3 the configuration, 4 fit. The second part is the text that is asked.
static void run_sentences(const fuzz_input *in)
{
    enum { MOST = 5 };
    fuzz_pieces pieces;
    w2v_model *m = fuzz_model(1);
    w2v_sentences *a = sentences_of(m, in->option), *b = sentences_of(m, in->option);
    w2v_sentence_counts counts = {0, 0}, other_counts = {0, 0};
    w2v_sentence_match match[MOST], other[MOST];
    float x[7], y[7];
    size_t n = 9, other_n = 9;
    w2v_error err, other_err;
    fuzz_limit = (size_t)(32 << 20) + 400 * in->n;
    const fuzz_part *text = &in->part[0], *asked_text = &in->part[1];
    const w2v_source source = fuzz_source(text);
    w2v_source again = fuzz_source_in_pieces(&pieces, text, in->option[0]);
    if (in->option[4] & 1) {
        const w2v_status status = w2v_sentences_fit(a, &source, &counts, &err);
        NEED_SAME_STATUS(status, err.message, w2v_sentences_fit(b, &again, &other_counts, &other_err),
                         other_err.message);
        if (status == W2V_OK)
            NEED(counts.known == other_counts.known && counts.unknown == other_counts.unknown);
        again = fuzz_source_in_pieces(&pieces, text, 1u + in->option[0] / 2);
    }
    const w2v_status status = w2v_sentences_read(a, &source, &counts, &err);
    NEED_SAME_STATUS(status, err.message, w2v_sentences_read(b, &again, &other_counts, &other_err),
                     other_err.message);
    NEED(w2v_sentences_size(a) == w2v_sentences_size(b));
    const w2v_status found =
        w2v_sentences_nearest(a, asked_text->bytes, asked_text->n, match, MOST, &n, &err);
    NEED_SAME_STATUS(
        found, err.message,
        w2v_sentences_nearest(b, asked_text->bytes, asked_text->n, other, MOST, &other_n, &other_err),
        other_err.message);
    NEED(n == other_n && n <= MOST && (found == W2V_OK || !n));
    for (size_t i = 0; i < n; i++) {
        NEED(match[i].number == other[i].number && match[i].number < w2v_sentences_size(a));
        NEED(!memcmp(&match[i].score, &other[i].score, sizeof match->score) &&
             !strcmp(match[i].text, other[i].text));
        NEED(w2v_sentences_vector(a, match[i].text, strlen(match[i].text), x, NULL, NULL) == W2V_OK);
        NEED(w2v_sentences_vector(a, asked_text->bytes, asked_text->n, y, &counts, NULL) == W2V_OK);
        NEED(fabsf(w2v_cosine(x, y, 7) - match[i].score) < 1e-5f && counts.known);
    }
    w2v_sentences_free(a);
    w2v_sentences_free(b);
    w2v_model_free(m);
}

// -----------------------------------------------------------------------------------------------------------
// Configurations

#define CONFIGS(ENTRY)        \
    ENTRY(w2v_config)         \
    ENTRY(w2v_sgd_config)     \
    ENTRY(w2v_kmeans_config)  \
    ENTRY(w2v_vocab_config)   \
    ENTRY(w2v_load_config)    \
    ENTRY(w2v_phrases_config) \
    ENTRY(w2v_query_config) ENTRY(w2v_analogy_config) ENTRY(w2v_similarity_config) ENTRY(w2v_sentence_config)
#define WRAP(config)                                                                           \
    static void config##_i(void *c, size_t bytes) { config##_init((config *)c, bytes); }       \
    static w2v_status config##_c(const void *c, w2v_error *err)                                \
    {                                                                                          \
        return config##_check((const config *)c, err);                                         \
    }                                                                                          \
    static w2v_status config##_s(void *c, const char *name, const char *value, w2v_error *err) \
    {                                                                                          \
        return config##_set((config *)c, name, value, err);                                    \
    }                                                                                          \
    static w2v_status config##_g(const void *c, const char *name, char *text, size_t room)     \
    {                                                                                          \
        return config##_get((const config *)c, name, text, room, NULL);                        \
    }
CONFIGS(WRAP)

static const struct kind {
    size_t bytes;
    void (*init)(void *, size_t);
    w2v_status (*check)(const void *, w2v_error *);
    w2v_status (*set)(void *, const char *, const char *, w2v_error *);
    w2v_status (*get)(const void *, const char *, char *, size_t);
    const w2v_field *(*field)(size_t);
} kinds[] = {
#define ROW(config) {sizeof(config), config##_i, config##_c, config##_s, config##_g, config##_field},
    CONFIGS(ROW)};
enum { KINDS = sizeof kinds / sizeof *kinds };

typedef union any_config {
    uint64_t bytes[64];
    w2v_config largest;
} any_config;

// What was set can be got, and set again.
static void set_field(const struct kind *kind, any_config *c, const char *name, const char *value)
{
    char text[32], again[32];
    w2v_error err;
    any_config other, before = *c;
    if (kind->set(c, name, value, &err) != W2V_OK) {
        NEED(*err.message && strlen(err.message) < sizeof err.message && !memcmp(c, &before, kind->bytes));
        return;
    }
    kind->init(&other, kind->bytes);
    NEED(kind->get(c, name, text, sizeof text) == W2V_OK);
    NEED(kind->set(&other, name, text, NULL) == W2V_OK &&
         kind->get(&other, name, again, sizeof again) == W2V_OK);
    NEED(!strcmp(text, again));
    for (size_t room = 0; room <= strlen(text); room++)
        NEED(kind->get(c, name, again, room) == W2V_ERROR_ARGUMENT);
}

// A struct of any bytes: every field that is allowed can be got and set.
static void check_bytes(const struct kind *kind, const fuzz_part *part, size_t struct_size)
{
    any_config c, other;
    char text[32];
    w2v_error err;
    int whole = struct_size == kind->bytes;
    kind->init(&c, kind->bytes);
    kind->init(&other, kind->bytes);
    memcpy(c.bytes + 1, part->bytes, part->n < kind->bytes - 8 ? part->n : kind->bytes - 8);
    const w2v_field *f;
    for (size_t i = 0; (f = kind->field(i)) != NULL; i++)
        if (f->kind == W2V_FIELD_POINTER) memset((char *)&c + f->offset, 0, f->bytes);
    memcpy(&c, &struct_size, sizeof struct_size);
    const w2v_status status = kind->check(&c, &err);
    if (status != W2V_OK) NEED(status == W2V_ERROR_ARGUMENT && *err.message);
    for (size_t i = 0; whole && status == W2V_OK && (f = kind->field(i)) != NULL; i++) {
        if (f->kind == W2V_FIELD_POINTER) continue;
        NEED(kind->get(&c, f->name, text, sizeof text) == W2V_OK);
        NEED(kind->set(&other, f->name, text, NULL) == W2V_OK);
    }
    if (whole && status == W2V_OK) NEED(kind->check(&other, NULL) == W2V_OK);
}

// Options: 0 the configuration, 1 the size of its struct. Lines of `name value`; then bytes of a struct.
static void run_config(const fuzz_input *in)
{
    const struct kind *kind = &kinds[in->option[0] % KINDS];
    any_config c;
    kind->init(&c, kind->bytes);
    char *text = fuzz_string(&in->part[0]), *rest = text;
    while (*rest) {
        char *line = rest, *end = rest + strcspn(rest, "\n");
        rest = *end ? end + 1 : end;
        *end = 0;
        char *blank = strchr(line, ' ');
        if (blank) *blank = 0;
        set_field(kind, &c, line, blank ? blank + 1 : "");
    }
    kind->check(&c, NULL);
    check_bytes(kind, &in->part[1],
                in->option[1] ? kind->bytes
                              : (size_t)in->option[2] + (in->option[3] > 250 ? SIZE_MAX / 2 : 0));
    free(text);
}

static void seed_config(void)
{
    for (size_t i = 0; i < KINDS; i++) {
        char lines[4096] = "";
        any_config c;
        const w2v_field *f;
        kinds[i].init(&c, kinds[i].bytes);
        for (size_t k = 0; (f = kinds[i].field(k)) != NULL; k++) {
            const size_t n = strlen(lines);
            snprintf(lines + n, sizeof lines - n, "%s %s\n", f->name, f->initial ? f->initial : "0");
        }
        const char option[FUZZ_OPTIONS] = {(char)i, 1, 0, 0, 0, 0, 0, 0};
        fuzz_seed(option, lines, strlen(lines), c.bytes + 1, kinds[i].bytes - 8);
    }
    fuzz_seed_text("\0\1\0\0\0\0\0",
                   "dimm 3\ndim 0x10\nsample 1e-3\nsample nan\nsample .5e-400\nseed "
                   "18446744073709551616\nloss_type both\n",
                   "");
}

// -----------------------------------------------------------------------------------------------------------
// Numbers

// Compares floats by their bits; any NaN is as good as another.
static int same_floats(const float *a, const float *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (memcmp(a + i, b + i, sizeof *a) && !(a[i] != a[i] && b[i] != b[i])) return 0;
    return 1;
}

// Options: 0, 1 where x and y begin. The first part is x, the second y.
static void run_kernels(const fuzz_input *in)
{
    enum { MOST = 200 };
    const fuzz_backend *other = fuzz_other();
    const size_t fewer = in->part[0].n < in->part[1].n ? in->part[0].n : in->part[1].n,
                 n = fewer / 4 < MOST ? fewer / 4 : (size_t)MOST;
    float *memory[4], *v[4], scalar = 0.5f;  // x, y, and two results: nothing readable after the last float
    for (int i = 0; i < 4; i++) {
        const size_t skip = in->option[i & 1] % 16;
        memory[i] = (float *)malloc((n + skip) * sizeof(float) + !(n + skip));
        v[i] = memory[i] + skip;
        for (size_t k = 0; k < n; k++) v[i][k] = float_of(in->part[i & 1].bytes + 4 * k);
    }
    memcpy(&scalar, in->option + 4, sizeof scalar);
    float dot = w2v_dot(v[0], v[1], n), norm = w2v_norm(v[0], n), cosine = w2v_cosine(v[0], v[1], n);
    if (other) {
        float there = other->dot(v[0], v[1], n);
        NEED(same_floats(&dot, &there, 1));
        there = other->norm(v[0], n);
        NEED(same_floats(&norm, &there, 1));
        there = other->cosine(v[0], v[1], n);
        NEED(same_floats(&cosine, &there, 1));
        for (int i = 0; i < 5; i++) {
            fuzz_here.map[i](v[0], v[2], n);
            other->map[i](v[0], v[3], n);
            NEED(same_floats(v[2], v[3], n));
        }
        memcpy(v[2], v[1], n * sizeof(float));
        memcpy(v[3], v[1], n * sizeof(float));
        w2v_axpy(scalar, v[0], v[2], n);
        other->axpy(scalar, v[0], v[3], n);
        NEED(same_floats(v[2], v[3], n));
        dot = w2v_softmax(v[0], v[2], n);
        norm = other->softmax(v[0], v[3], n);
        NEED(same_floats(&dot, &norm, 1) && same_floats(v[2], v[3], n));
    }
    for (int i = 0; i < 4; i++) free(memory[i]);
}

// Options: 0 columns, 1 classes, 2 stride, 3 components, 4 iterations.
static void run_rows(const fuzz_input *in)
{
    enum { MOST = 600 };
    float x[MOST], centre[MOST + 40], other_centre[MOST + 40], coordinates[MOST];
    uint32_t class_of[MOST], other_class[MOST];
    const size_t cols = 1 + in->option[0] % 9, stride = cols + in->option[2] % 3, all = in->part[0].n / 4;
    const size_t rows = (all < MOST ? all : (size_t)MOST) / stride, classes = in->option[1] % 12;
    for (size_t i = 0; i < rows * stride; i++) x[i] = float_of(in->part[0].bytes + 4 * i);
    const w2v_matrix m = w2v_matrix_of(x, rows, cols, stride);
    w2v_kmeans_config cfg = w2v_kmeans_config_default();
    w2v_kmeans_report report, other_report;
    w2v_error err, other_err;
    cfg.threads = 1;
    cfg.iterations = in->option[4] % 20;
    if (classes * cols <= MOST) {
        const w2v_matrix centres = w2v_matrix_of(centre, classes, cols, cols),
                         there = w2v_matrix_of(other_centre, classes, cols, cols);
        const w2v_status status = w2v_kmeans(&m, classes, &cfg, class_of, &centres, &report, &err);
        for (int turn = 0; turn < 2; turn++) {
            const fuzz_backend *by = turn ? fuzz_other() : &fuzz_here;
            cfg.threads = 3;
            if (!by) continue;
            NEED_SAME_STATUS(status, err.message,
                             by->kmeans(&m, classes, &cfg, other_class, &there, &other_report, &other_err),
                             other_err.message);
            if (status != W2V_OK) continue;
            NEED(!memcmp(class_of, other_class, rows * sizeof *class_of) &&
                 same_floats(centre, other_centre, classes * cols));
            for (size_t i = 0; i < rows; i++) NEED(class_of[i] < classes);
        }
    }
    const size_t components = in->option[3] % 10;
    const w2v_matrix to = w2v_matrix_of(coordinates, rows, components, components);
    if (components * rows <= MOST && w2v_pca(&m, &to, NULL) == W2V_OK)
        for (size_t i = 0; i < components * rows; i++) NEED(coordinates[i] - coordinates[i] == 0.0f);
}

// -----------------------------------------------------------------------------------------------------------
// Seeds

static void seed_queries(void)
{
    for (int i = 0; i < 12; i++) {
        char option[FUZZ_OPTIONS] = {(char)i, (char)(5 * i), 5, (char)(9 * i), 1, 2, 3, 4},
             terms[5 * TERM_BYTES] = {0}, vector[64];
        for (size_t t = 0; t < 5; t++) {
            terms[TERM_BYTES * t] = (char)(t == 1 ? 16 : t == 3 ? 64 + 7 : t == 4 ? 64 + 32 : 0);
            terms[TERM_BYTES * t + 1] = (char)(i + (int)t);
            terms[TERM_BYTES * t + 7] = 0x40;
        }
        for (size_t k = 0; k < 64; k += 4) memcpy(vector + k, "\0\0\200?", 4), vector[k + 2] = (char)(k * 11);
        fuzz_seed(option, terms, sizeof terms, vector, sizeof vector);
    }
}

static void seed_analogies(void)
{
    static const char text[] = "\xef\xbb\xbf: family\nking man queen woman\nKing w33 Queen w34\r\n\n# "
                               "comment\n: gram1 verbs\nw30 w31 w32 w33\n";
    for (char i = 0; i < 8; i++) {
        const char option[FUZZ_OPTIONS] = {(char)(3 * i), i, (char)(20 * i), 0, 0, 0, 0, 0};
        fuzz_seed_text(option, text, NULL);
    }
}

static void seed_similarity(void)
{
    fuzz_seed_text("\3\0\0\0\0\0\0",
                   "word1\tword2\tscore\nking\tqueen\t9,5\nNew York\tman\t1.5\nzero\tw33\t2\n", NULL);
    fuzz_seed_text("\0\2\62\1\0\0\0", "king,queen,N,9.5\nman,w34,V,1\nw35,w36,V,2e0\n", NULL);
    fuzz_seed_text("\1\0\0\0\0\0\0", "\xef\xbb\xbfking queen 5\r\n# no\nw35;w36;0,5\nw36 w37   7\n", NULL);
}

static void seed_sentences(void)
{
    static const char lines[] = "the king and the Queen\n\nman, woman! \"it's\" w33 w34\nNew York w39 w38 "
                                "\xc3\x84\r\nlarge small zero\n";
    for (char i = 0; i < 10; i++) {
        const char option[FUZZ_OPTIONS] = {(char)(4 * i), (char)(5 * i), i, i, i, 0, 0, 0};
        fuzz_seed_text(option, lines, "queen king (w33)");
    }
}

static void seed_floats(void)
{
    static const uint32_t odd[] = {0,          0x80000000, 0x3f800000, 0xbf800000, 1,          0x7f7fffff,
                                   0x7f800000, 0xff800000, 0x7fc00000, 0x42b00000, 0xc2d00000, 0x00800000};
    char x[4 * 90], y[4 * 90];
    for (int turn = 0; turn < 6; turn++) {
        const char option[FUZZ_OPTIONS] = {(char)(3 * turn), (char)(2 + turn), 1, 2, 0, 10, (char)128, 63};
        for (uint32_t i = 0; i < 90; i++) {
            uint32_t a = 0x3f000000 + i * 0x12345 * (uint32_t)(turn + 1) + (i % 3 << 31),
                     b = 0x3e800000 + i * 0x54321;
            if (turn > 2 && i % 7 == 0) a = odd[(i + (uint32_t)turn) % (sizeof odd / sizeof *odd)];
            for (int k = 0; k < 4; k++)
                x[4 * i + (uint32_t)k] = (char)(a >> 8 * k & 255),
                          y[4 * i + (uint32_t)k] = (char)(b >> 8 * k & 255);
        }
        fuzz_seed(option, x, (size_t)(360 - 60 * turn), y, (size_t)(360 - 60 * turn));
    }
}

const fuzz_target fuzz_questions[] = {{"queries", run_queries, seed_queries},
                                      {"analogies", run_analogies, seed_analogies},
                                      {"similarity", run_similarity, seed_similarity},
                                      {"sentences", run_sentences, seed_sentences},
                                      {"config", run_config, seed_config},
                                      {"kernels", run_kernels, seed_floats},
                                      {"rows", run_rows, seed_floats},
                                      {NULL, NULL, NULL}};
