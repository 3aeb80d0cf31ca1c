// SPDX-License-Identifier: MIT-0
//
// queries.c - how fast words are found: build/bench/queries [options] [VECTORS]
//
// The rows are random, as many as -rows says; speed does not depend on what they are, as long as few rows are
// near the query. The index is measured again where many are: on clustered rows, or on the vectors of a file.
// All ways of asking are timed in turns beside the bandwidth of the memory and, if it is installed, OpenBLAS,
// which only computes the scores: X q and X Q^T, as numpy does. -help lists the options.

#define _DEFAULT_SOURCE 1  // execv and setenv

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include "bench.h"
#ifdef BENCH_BLAS
#include <cblas.h>
#include <unistd.h>
#endif

enum { MATCHES = 10, MOST_ROUNDS = 101, MOST_BATCH = 512, MOST_TIMED = 48 };

typedef struct options {
    const char *vectors;
    size_t rows, size, threads, rounds, clusters;
} options;

// A way of asking, and the seconds a query of each round.
typedef struct way {
    const char *name;
    size_t batch, threads;
    int terms;  // 3: 3CosMul of three words
    int index, blas;
    double seconds[MOST_ROUNDS];
} way;

// Bytes of a row of the index.
static double index_row(const w2v_model *m) { return (double)((m->dim + 15) / 16 * 16); }

typedef struct rows_work {
    w2v_matrix rows;
    size_t clusters;  // 0: none
} rows_work;

// About normal: the sum of four numbers.
static float draw(w2v_random *r)
{
    float sum = -2.0f;
    for (int i = 0; i < 4; i++) sum += w2v_random_float(r);
    return sum;
}

enum { BATCH_ROWS = 1024 };

// Rows of a cluster are its centre plus noise of the same length: two have a cosine of about 1/2.
static void fill_rows(void *shared, size_t item, size_t thread)
{
    const rows_work *w = (const rows_work *)shared;
    (void)thread;
    for (size_t i = item * BATCH_ROWS; i < w->rows.rows && i < (item + 1) * BATCH_ROWS; i++) {
        w2v_random r = w2v_random_stream(1, i),
                   centre = w2v_random_stream(2, w->clusters ? i % w->clusters : 0);
        for (size_t k = 0; k < w->rows.cols; k++)
            w->rows.data[i * w->rows.stride + k] = draw(&r) + (w->clusters ? draw(&centre) : 0.0f);
    }
}

static w2v_model *random_model(const options *o, size_t rows, size_t clusters)
{
    w2v_error err;
    w2v_model *m;
    rows_work w;
    enum { ROOM = 12 };
    char *text = (char *)bench_malloc(rows * ROOM);
    const char **words = (const char **)bench_malloc(rows * sizeof *words);
    for (size_t i = 0; i < rows; i++) {
        snprintf(text + i * ROOM, ROOM, "w%zu", i % 1000000000);
        words[i] = text + i * ROOM;
    }
    w.clusters = clusters;
    w.rows = w2v_matrix_of((float *)bench_malloc(rows * o->size * sizeof(float)), rows, o->size, o->size);
    bench_for_each((rows - 1) / BATCH_ROWS + 1, o->threads, fill_rows, &w);
    if (w2v_model_new(&m, words, NULL, rows, o->size, w.rows.data, NULL, &err) != W2V_OK)
        bench_die(1, "queries", "%s", err.message);
    free(w.rows.data);
    free(text);
    free((void *)words);
    return m;
}

typedef struct parts {
    const w2v_model *model;
    size_t floats;  // of a part
    size_t streams;
} parts;

static void read_part(void *shared, size_t item, size_t thread)
{
    const parts *p = (const parts *)shared;
    (void)thread;
    bench_read(p->model->input + item * p->floats, p->floats, p->streams);
}

// GB/s at which several threads together read the matrix, a part each, from the start of the first to the end of the
// last.
static double bandwidth(w2v_model *m, size_t threads)
{
    parts p = {m, m->size * m->stride / threads, 1};
    double best = 0.0;
    for (; p.streams <= BENCH_MOST_STREAMS; p.streams *= 2) {
        const double start = bench_seconds();
        bench_for_each(threads, threads, read_part, &p);
        best = fmax(best, (double)(threads * p.floats * sizeof(float)) / (bench_seconds() - start) / 1e9);
    }
    return best;
}

// Queries of words from all over the model, others every time.
typedef struct asked {
    w2v_query query[MOST_BATCH];
    w2v_term term[MOST_BATCH][3];
    w2v_match match[MOST_BATCH * MATCHES];
    size_t found[MOST_BATCH];
    w2v_random random;
} asked;

static void choose(asked *a, const w2v_model *m, size_t batch, size_t terms)
{
    for (size_t i = 0; i < batch; i++) {
        for (size_t t = 0; t < terms; t++) {
            const uint32_t id = w2v_random_below(&a->random, (uint32_t)m->size);
            a->term[i][t].word = w2v_vocab_word(m->vocab, id);
            a->term[i][t].weight = t == 1 ? -1.0f : 1.0f;
            a->term[i][t].vector = NULL;
        }
        a->query[i].terms = a->term[i];
        a->query[i].term_count = terms;
    }
}

static void ask(asked *a, const w2v_model *m, const way *w, const w2v_index *index)
{
    w2v_error err;
    w2v_query_config cfg = w2v_query_config_default();
    cfg.threads = w->threads;
    cfg.method = w->terms > 1 ? W2V_ANALOGY_MUL : W2V_ANALOGY_ADD;
    cfg.index = w->index ? index : NULL;
    if (w2v_model_query(m, a->query, w->batch, &cfg, a->match, MATCHES, a->found, &err) != W2V_OK)
        bench_die(1, "queries", "%s", err.message);
    bench_sink = a->match[0].score;
}

#ifdef BENCH_BLAS
static float *blas_queries, *blas_scores;  // (MOST_BATCH, stride), (rows, MOST_BATCH)

static void blas(const w2v_model *m, const way *w)
{
    const blasint V = (blasint)m->size, d = (blasint)m->dim, apart = (blasint)m->stride,
                  n = (blasint)w->batch;
    openblas_set_num_threads((int)w->threads);
    memcpy(blas_queries, m->input, w->batch * m->stride * sizeof *blas_queries);
    if (n == 1)
        cblas_sgemv(CblasRowMajor, CblasNoTrans, V, d, 1.0f, m->input, apart, blas_queries, 1, 0.0f,
                    blas_scores, 1);
    else
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, V, n, d, 1.0f, m->input, apart, blas_queries,
                    apart, 0.0f, blas_scores, n);
    bench_sink = blas_scores[0];
}

static const char *blas_name(void) { return openblas_get_corename(); }

// Without the settings that slow it down, and with the kernels for this processor: as in bench/kernels.h.
static void choose_blas(char **argv)
{
    const char *core = !strcmp(w2v_simd(), "avx512") ? "SkylakeX"
                       : !strcmp(w2v_simd(), "avx2") ? "Haswell"
                                                     : NULL;
    static const char *const settings[] = {"OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "GOTO_NUM_THREADS"};
    int again = 0;
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        if (getenv(settings[i])) again |= !unsetenv(settings[i]);
    if (core && !getenv("OPENBLAS_CORETYPE")) again |= !setenv("OPENBLAS_CORETYPE", core, 1);
    if (again) execv(argv[0], argv);
}
#else
static void blas(const w2v_model *m, const way *w) { (void)m, (void)w; }
static const char *blas_name(void) { return "not found"; }
static void choose_blas(char **argv) { (void)argv; }
#endif

static double time_of(asked *a, w2v_model *m, const way *w, const w2v_index *index)
{
    const size_t turns = w->batch == 1 && m->size * m->stride < 100000000 ? 5 : 1;
    double seconds = 0.0;
    for (size_t turn = 0; turn < turns; turn++) {
        choose(a, m, w->batch, (size_t)w->terms);
        const double start = bench_seconds();
        if (w->blas)
            blas(m, w);
        else
            ask(a, m, w, index);
        seconds += bench_seconds() - start;
    }
    return seconds / (double)(turns * w->batch);
}

static size_t list_ways(way *list, size_t threads)
{
    static const way ways[] = {{"one at a time", 1, 1, 1, 0, 0, {0}},
                               {"batch of 8", 8, 1, 1, 0, 0, {0}},
                               {"batch of 64", 64, 1, 1, 0, 0, {0}},
                               {"batch of 512", 512, 1, 1, 0, 0, {0}},
                               {"3CosMul", 1, 1, 3, 0, 0, {0}},
                               {"3CosMul, batch of 64", 64, 1, 3, 0, 0, {0}},
                               {"index", 1, 1, 1, 1, 0, {0}},
                               {"index, batch of 64", 64, 1, 1, 1, 0, {0}},
                               {"OpenBLAS sgemv", 1, 1, 1, 0, 1, {0}},
                               {"OpenBLAS sgemm of 64", 64, 1, 1, 0, 1, {0}},
                               {"OpenBLAS sgemm of 512", 512, 1, 1, 0, 1, {0}}};
    size_t n = 0;
    for (size_t turn = 0; turn < (threads > 1 ? 2u : 1u); turn++)
        for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
#ifndef BENCH_BLAS
            if (ways[i].blas) continue;
#endif
            list[n] = ways[i];
            list[n++].threads = turn ? threads : 1;
        }
    return n;
}

static void print_ways(const options *o, w2v_model *m, const w2v_index *index, asked *a)
{
    static const bench_column columns[] = {
        {"threads", "", 7, 0, ""},
        {"way", "", -22, 0, "of asking for the best ten"},
        {"query", "ms", 9, 3, "median"},
        {"queries", "/s", 9, 1, ""},
        {"read", "GB/s", 7, 2, "of floats, if all rows are read once for a batch; with the index, of bytes"},
        {"of memory", "%", 9, 0,
         "of the bandwidth of as many threads, the median of this run (a batch computes)"},
        {"x", "", 7, 2, "times the queries of one at a time with as many threads"},
    };
    static way list[MOST_TIMED];
    static double read[2][MOST_ROUNDS];
    const size_t n = list_ways(list, o->threads);
    for (size_t r = 0; r < o->rounds; r++) {
        for (size_t turn = 0; turn < 2; turn++) read[turn][r] = bandwidth(m, turn ? o->threads : 1);
        for (size_t i = 0; i < n; i++) list[i].seconds[r] = time_of(a, m, &list[i], index);
    }
    const double most[2] = {bench_median(read[0], o->rounds), bench_median(read[1], o->rounds)};
    bench_table t = bench_begin("queries", columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < 2; i++) {
        const double row[] = {(double)NAN, (double)NAN, most[i], 100.0, (double)NAN};
        bench_number(&t, i ? (double)o->threads : 1.0);
        bench_string(&t, "reading the rows");
        bench_numbers(&t, row, 5);
        if (o->threads == 1) break;
    }
    double single = (double)NAN;
    for (size_t i = 0; i < n; i++) {
        const way *w = &list[i];
        const double seconds = bench_median(list[i].seconds, o->rounds);
        const double bytes = (double)m->size * (w->index ? index_row(m) : (double)m->stride * sizeof(float));
        const double rate = bytes / (seconds * (double)w->batch) / 1e9;
        if (!i || list[i - 1].threads != w->threads) single = seconds;
        const double row[] = {seconds * 1e3, 1.0 / seconds, rate, rate / most[w->threads > 1] * 100.0,
                              single / seconds};
        bench_number(&t, (double)w->threads);
        bench_string(&t, w->name);
        bench_numbers(&t, row, 5);
    }
    bench_end(&t);
}

// How much of the best ten by the floats the index finds, and what it costs where neighbours are near.
static void print_recall(const options *o, w2v_model *m, const w2v_index *index, asked *a, const char *name)
{
    static const bench_column columns[] = {
        {"rows", "", 9, 0, ""},
        {"what", "", -12, 0, ""},
        {"floats", "ms", 9, 3, "one query at a time, all threads, median"},
        {"index", "ms", 9, 3, ""},
        {"x", "", 7, 2, ""},
        {"same", "%", 12, 2, "of the ten matches, with the same scores to the bit; less is an error"},
    };
    enum { QUERIES = 101 };
    static way with[2];
    static double seconds[2][QUERIES];
    w2v_match found[MATCHES];
    size_t right = 0, all = 0;
    for (int k = 0; k < 2; k++) {
        with[k].batch = 1;
        with[k].threads = o->threads;
        with[k].index = k;
        with[k].terms = 1;
    }
    for (size_t i = 0; i < QUERIES; i++) {
        choose(a, m, 1, 1);
        for (int k = 0; k < 2; k++) {
            const double start = bench_seconds();
            ask(a, m, &with[k], index);
            seconds[k][i] = bench_seconds() - start;
            for (size_t j = 0; j < a->found[0]; j++) {
                if (!k) found[j] = a->match[j], all++;
                if (k) right += a->match[j].id == found[j].id && a->match[j].score == found[j].score;
            }
        }
    }
    const double floats = bench_median(seconds[0], QUERIES), bytes = bench_median(seconds[1], QUERIES);
    const double row[] = {floats * 1e3, bytes * 1e3, floats / bytes, 100.0 * (double)right / (double)all};
    bench_table t = bench_begin("index", columns, sizeof columns / sizeof *columns);
    bench_number(&t, (double)m->size);
    bench_string(&t, name);
    bench_numbers(&t, row, 4);
    bench_end(&t);
    if (right < all) bench_die(1, "queries", "the index finds other words than the floats");
}

static void usage(FILE *f)
{
    fprintf(f, "usage: queries [options] [VECTORS]\n"
               "  VECTORS        file of vectors to measure the index with (instead of clustered ones)\n"
               "  -rows N        words (1000000)\n"
               "  -size N        length of a vector (300)\n"
               "  -threads N     default: the processors that this process may use\n"
               "  -clusters N    of the clustered rows, a tenth as many as -rows (100)\n"
               "  -rounds N      of which the median is shown (5)\n"
               "  -csv, -json    instead of text\n");
}

static options parse(int argc, char **argv)
{
    options o = {NULL, 1000000, 300, bench_processors(), 5, 100};
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i], *value = argv[i + 1];
        if (bench_takes(name, usage)) continue;
        if (*name != '-') {
            if (o.vectors) bench_die(2, "queries", "more than one file of vectors");
            o.vectors = name;
            continue;
        }
        if (!strcmp(name, "-rows"))
            o.rows = bench_whole("queries", name, value, MOST_BATCH, 100000000);
        else if (!strcmp(name, "-size"))
            o.size = bench_whole("queries", name, value, 1, 65536);
        else if (!strcmp(name, "-threads"))
            o.threads = bench_whole("queries", name, value, 1, 1024);
        else if (!strcmp(name, "-clusters"))
            o.clusters = bench_whole("queries", name, value, 1, 100000);
        else if (!strcmp(name, "-rounds"))
            o.rounds = bench_whole("queries", name, value, 1, MOST_ROUNDS);
        else
            bench_die(2, "queries", "unknown option '%s' (-help lists the options)", name);
        i++;
    }
    return o;
}

// The index of a model, and how long it took.
static w2v_index *make_index(const w2v_model *m, size_t threads, double *seconds)
{
    w2v_error err;
    w2v_index *index;
    const double start = bench_seconds();
    if (w2v_index_new(&index, m, threads, &err) != W2V_OK) bench_die(1, "queries", "%s", err.message);
    *seconds = bench_seconds() - start;
    return index;
}

int main(int argc, char **argv)
{
    const options o = parse(argc, argv);
    static asked a;
    double seconds;
    choose_blas(argv);
    a.random = w2v_random_stream(3, 0);
    w2v_model *m = random_model(&o, o.rows, 0);
    w2v_index *index = make_index(m, o.threads, &seconds);
#ifdef BENCH_BLAS
    blas_queries = (float *)bench_malloc(MOST_BATCH * m->stride * sizeof(float));
    blas_scores = (float *)bench_malloc(m->size * MOST_BATCH * sizeof(float));
#endif
    bench_table t = bench_conditions();
    bench_fact(&t, "OpenBLAS", "%s", blas_name());
    bench_fact(&t, "rows", "%zu random ones of %zu floats, %.2f GB", o.rows, o.size,
               (double)(m->size * m->stride * sizeof(float)) / 1e9);
    bench_fact(&t, "index", "%.2f GB, made in %.2f s", (double)(m->size) * (index_row(m) + 8.0) / 1e9,
               seconds);
    bench_end(&t);
    print_ways(&o, m, index, &a);
    w2v_index_free(index);
    w2v_model_free(m);
    w2v_error err;
    if (!o.vectors)
        m = random_model(&o, o.rows / 10 + MOST_BATCH, o.clusters);
    else if (w2v_model_load(&m, o.vectors, NULL, NULL, &err) != W2V_OK)
        bench_die(1, "queries", "%s", err.message);
    index = make_index(m, o.threads, &seconds);
    print_recall(&o, m, index, &a, o.vectors ? "vectors" : "clustered");
    w2v_index_free(index);
    w2v_model_free(m);
    bench_finish();
    return 0;
}
