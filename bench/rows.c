// SPDX-License-Identifier: MIT-0
//
// rows.c - what rows of half precision and of int8 cost: build/bench/rows [options] VECTORS [EVAL]
//
// The vectors are written as w2v's own file with each kind of rows, in memory, and read again. Those are
// compared with the float rows: by the ten nearest words of up to a thousand words from all over the
// vocabulary, by the cosines of all pairs of these words and, with EVAL, by the five sets of eval.h. -help
// lists the options.

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include "bench.h"
#include "eval.h"

enum { KINDS = 3, MATCHES = 10, MOST_WORDS = 10000 };

static const struct {
    const char *name;
    w2v_format format;
} kinds[KINDS] = {
    {"float32", W2V_FORMAT_NATIVE}, {"float16", W2V_FORMAT_NATIVE_FLOAT16}, {"int8", W2V_FORMAT_NATIVE_INT8}};

typedef struct options {
    const char *vectors;
    size_t words;
    eval_options eval;
} options;

// Vectors with one kind of rows, and what was found with them.
typedef struct rows {
    w2v_buffer file;
    w2v_model *model;
    w2v_match *match;  // (words, MATCHES)
    size_t *found;     // (words)
    double *cosine;    // (words * (words - 1) / 2)
} rows;

static void check(w2v_status status, const w2v_error *err)
{
    if (status != W2V_OK) bench_die(1, "rows", "%s", err->message);
}

// Word i of those that are compared: the first is the most frequent, the others are equally far apart.
static uint32_t word_at(const w2v_model *m, const options *o, size_t i)
{
    return (uint32_t)((uint64_t)i * m->size / o->words);
}

static void find_nearest(rows *r, const options *o)
{
    w2v_error err;
    w2v_query_config cfg = w2v_query_config_default();
    w2v_term *term = (w2v_term *)bench_malloc(o->words * sizeof *term);
    w2v_query *query = (w2v_query *)bench_malloc(o->words * sizeof *query);
    cfg.threads = o->eval.threads;
    r->match = (w2v_match *)bench_malloc(o->words * MATCHES * sizeof *r->match);
    r->found = (size_t *)bench_malloc(o->words * sizeof *r->found);
    for (size_t i = 0; i < o->words; i++) {
        term[i].word = w2v_vocab_word(r->model->vocab, word_at(r->model, o, i));
        term[i].weight = 1.0f;
        term[i].vector = NULL;
        query[i].terms = &term[i];
        query[i].term_count = 1;
    }
    check(w2v_model_query(r->model, query, o->words, &cfg, r->match, MATCHES, r->found, &err), &err);
    free(term);
    free(query);
}

static double dot(const float *x, const float *y, size_t n)
{
    double sum = 0.0;
    for (size_t k = 0; k < n; k++) sum += (double)x[k] * (double)y[k];
    return sum;
}

// In double precision, so that only the rows make a difference. A word without length has the cosine 0.
static void find_cosines(rows *r, const options *o)
{
    const w2v_model *m = r->model;
    double *length = (double *)bench_malloc(o->words * sizeof *length);
    r->cosine = (double *)bench_malloc(o->words * (o->words - 1) / 2 * sizeof *r->cosine);
    for (size_t i = 0, pair = 0; i < o->words; i++) {
        const float *x = m->input + word_at(m, o, i) * m->stride;
        length[i] = sqrt(dot(x, x, m->dim));
        for (size_t j = 0; j < i; j++, pair++) {
            const double both = length[i] * length[j];
            r->cosine[pair] =
                both > 0.0 ? dot(x, m->input + word_at(m, o, j) * m->stride, m->dim) / both : 0.0;
        }
    }
    free(length);
}

// Makes the rows of a kind of those of a model.
static void make_rows(rows *r, const options *o, const w2v_model *m, size_t kind)
{
    w2v_error err;
    memset(r, 0, sizeof *r);
    check(w2v_model_write(m, w2v_buffer_write, &r->file, kinds[kind].format, &err), &err);
    const w2v_source source = w2v_source_text(r->file.data, r->file.size);
    check(w2v_model_read(&r->model, &source, NULL, NULL, &err), &err);
    find_nearest(r, o);
    find_cosines(r, o);
}

// % of the ten nearest words by the float rows that are among the ten by these.
static double recall(const rows *floats, const rows *r, const options *o)
{
    size_t right = 0, all = 0;
    for (size_t i = 0; i < o->words; i++) {
        all += floats->found[i];
        for (size_t j = 0; j < floats->found[i]; j++)
            for (size_t k = 0; k < r->found[i]; k++)
                right += floats->match[i * MATCHES + j].id == r->match[i * MATCHES + k].id;
    }
    return 100.0 * (double)right / (double)all;
}

static void print_rows(const options *o, const rows *r)
{
    static const bench_column columns[] = {
        {"rows", "", -8, 0, ""},
        {"file", "MB", 9, 2, "w2v's own, with words, counts and all matrices"},
        {"recall at 10", "%", 12, 2, "of the ten nearest words by the floats, how many are among the ten"},
        {"mean change", "", 11, -3, "of the cosine of two words"},
        {"largest", "", 9, -3, ""},
    };
    bench_table t = bench_begin("rows", columns, sizeof columns / sizeof *columns);
    for (size_t kind = 0; kind < KINDS; kind++) {
        const size_t pairs = o->words * (o->words - 1) / 2;
        double mean = 0.0, largest = 0.0;
        for (size_t i = 0; i < pairs; i++) {
            const double change = fabs(r[kind].cosine[i] - r[0].cosine[i]);
            mean += change / (double)pairs;
            largest = fmax(largest, change);
        }
        bench_string(&t, kinds[kind].name);
        bench_number(&t, (double)r[kind].file.size / 1e6);
        bench_number(&t, recall(&r[0], &r[kind], o));
        bench_number(&t, mean);
        bench_number(&t, largest);
    }
    bench_end(&t);
}

static void print_scores(const options *o, const rows *r)
{
    static const bench_column columns[] = {
        {"rows", "", -8, 0, ""},
        EVAL_COLUMNS,
        {"mean", "", 7, 2, "of the five"},
    };
    bench_table t = bench_begin("scores", columns, sizeof columns / sizeof *columns);
    for (size_t kind = 0; kind < KINDS; kind++) {
        const eval_scores on = eval_model(&o->eval, r[kind].model);
        double mean = 0.0;
        for (size_t set = 0; set < SETS; set++) mean += on.score[set] / SETS;
        bench_string(&t, kinds[kind].name);
        bench_numbers(&t, on.score, SETS);
        bench_number(&t, mean);
    }
    bench_end(&t);
}

static void usage(FILE *f)
{
    fprintf(f, "usage: rows [options] VECTORS [EVAL]\n"
               "  VECTORS        file of vectors, or a checkpoint\n"
               "  EVAL           folder with");
    for (size_t k = 0; k < SETS; k++)
        fprintf(f, " %s%s", eval_set_files[k], k % 3 == 2 ? "\n                " : "");
    fprintf(f, "\n"
               "  -words N       whose nearest words and cosines are compared (1000)\n"
               "  -top N         analogies among the first N words (30000)\n"
               "  -threads N     default: the processors that this process may use\n"
               "  -csv, -json    instead of text\n");
}

static void set_option(void *p, const char *name, char *value)
{
    options *o = (options *)p;
    if (!strcmp(name, "-words"))
        o->words = bench_whole("rows", name, value, 2, MOST_WORDS);
    else if (!strcmp(name, "-top"))
        o->eval.top = bench_whole("rows", name, value, 1, SIZE_MAX);
    else if (!strcmp(name, "-threads"))
        o->eval.threads = bench_whole("rows", name, value, 1, 1024);
    else
        bench_die(2, "rows", "unknown option '%s' (-help lists the options)", name);
}

int main(int argc, char **argv)
{
    options o = {NULL, 1000, {NULL, 30000, w2v_config_default().threads}};
    w2v_model *m;
    w2v_error err;
    rows r[KINDS];
    eval_arguments(argc, argv, "rows", usage, set_option, &o, &o.vectors, &o.eval.folder);
    if (o.eval.folder) eval_check_files(&o.eval);
    check(w2v_model_load(&m, o.vectors, NULL, NULL, &err), &err);
    if (o.words > m->size) o.words = m->size;
    bench_table t = bench_conditions();
    bench_fact(&t, "vectors", "%zu of %zu numbers%s", m->size, m->dim,
               m->output ? ", and output vectors" : "");
    bench_fact(&t, "compared", "%zu words and their pairs", o.words);
    bench_end(&t);
    for (size_t kind = 0; kind < KINDS; kind++) make_rows(&r[kind], &o, m, kind);
    print_rows(&o, r);
    if (o.eval.folder) print_scores(&o, r);
    for (size_t kind = 0; kind < KINDS; kind++) {
        w2v_model_free(r[kind].model);
        w2v_buffer_free(&r[kind].file);
        free(r[kind].match);
        free(r[kind].found);
        free(r[kind].cosine);
    }
    w2v_model_free(m);
    bench_finish();
    return 0;
}
