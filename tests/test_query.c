// SPDX-License-Identifier: MIT-0
//
// test_query.c - neighbours, analogies, queries in batches and with an index, principal components

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include "test.h"

static char path[256];  // a file beside the program

static w2v_model *model_of(const char *text)
{
    const w2v_source source = w2v_source_text(text, strlen(text));
    w2v_model *m = NULL;
    CHECK_STATUS(w2v_model_read(&m, &source, NULL, NULL, NULL), W2V_OK);
    return m;
}

// The first k principal components y (n, k) of rows x (n, d) that begin `stride` floats apart.
static w2v_status project(float *x, size_t n, size_t d, size_t stride, size_t k, float *y, w2v_error *err)
{
    const w2v_matrix rows = w2v_matrix_of(x, n, d, stride), coordinates = w2v_matrix_of(y, n, k, k);
    return w2v_pca(&rows, &coordinates, err);
}

static void test_nearest(void)
{
    w2v_model *m = model_of("6 2\neast 1 0\nnorth 0 3\nnortheast 2 2\nwest -1 0\nzero 0 0\neast2 5 0.001\n");
    w2v_match top[10];
    size_t n = test_nearest_words(m, "east", top, 3);
    CHECK_EQUAL(n, 3);
    CHECK_STRING(top[0].word, "east2");  // not itself, and by direction, not by length
    CHECK_STRING(top[1].word, "northeast");
    CHECK_STRING(top[2].word, "north");  // ties with zero at 0: lower id first
    CHECK_NEAR(top[1].score, sqrt(0.5), 1e-6);
    CHECK(top[1].id == 2 && top[2].score == 0.0f);
    CHECK(test_nearest_words(m, "east", top, 10) == 5 && !strcmp(top[4].word, "west"));
    CHECK_NEAR(top[4].score, -1.0, 1e-6);
    CHECK_EQUAL(test_nearest_words(m, "south", top, 3), 0);
    CHECK_EQUAL(test_nearest_words(m, "east", top, 0), 0);
    CHECK_EQUAL(test_nearest_words(m, "zero", top, 10), 5);  // a zero vector is near to nobody, and no NaN
    CHECK(top[0].score == 0.0f);

    const w2v_term terms[2] = {{"north", 1.0f, NULL}, {"southpaw", -1.0f, NULL}};
    w2v_error err;
    CHECK_STATUS(w2v_model_most_similar(m, terms, 2, top, 3, &n, &err), W2V_ERROR_UNKNOWN_WORD);
    CHECK_STRING(err.message, "'southpaw' is not in the vocabulary");
    CHECK_STATUS(w2v_model_most_similar(m, terms, 0, top, 3, &n, &err), W2V_ERROR_ARGUMENT);
    CHECK(w2v_model_most_similar(m, terms, 1, top, 3, &n, &err) == W2V_OK && n == 3);
    const w2v_term nan_term = {"north", NAN, NULL},
                   large[2] = {{"north", FLT_MAX, NULL}, {"northeast", FLT_MAX, NULL}};
    CHECK_STATUS(w2v_model_most_similar(m, &nan_term, 1, top, 3, &n, &err), W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "the weighted sum of the words is not finite");
    CHECK_STATUS(w2v_model_most_similar(m, large, 2, top, 3, &n, &err), W2V_ERROR_ARGUMENT);
    CHECK(w2v_model_most_similar(m, large, 1, top, 3, &n, &err) == W2V_OK &&
          !strcmp(top[0].word, "northeast"));
    const w2v_term forgotten[2] = {{"north", 1.0f, NULL}, {"east", 0.0f, NULL}};
    CHECK_STATUS(w2v_model_most_similar(m, forgotten, 2, top, 3, &n, &err), W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "the weight of 'east' is 0: 1 adds its vector, -1 subtracts it");
    w2v_model_free(m);
}

// What other languages call instead of reading the fields.
static void test_rows(void)
{
    w2v_model *m = model_of("3 2\na 1 2\nb 3 4\nc 5 6\n");
    w2v_matrix rows;
    w2v_model_rows(m, &rows);
    CHECK(rows.data == m->input && rows.rows == 3 && rows.cols == 2 && rows.stride == m->stride);
    CHECK(w2v_model_vocab(m) == m->vocab && w2v_vocab_find(w2v_model_vocab(m), "c") == 2);
    w2v_model_free(m);
}

// Every destructor accepts NULL.
static void test_null(void)
{
    w2v_alias_free(NULL);
    w2v_huffman_free(NULL);
    w2v_vocab_free(NULL);
    w2v_model_free(NULL);
#ifndef W2V_NO_TRAIN
    w2v_trainer_free(NULL);
    w2v_phrases_free(NULL);
#endif
    w2v_sentences_free(NULL);
    w2v_index_free(NULL);
    w2v_analogy_result_free(NULL);
    CHECK(1);
}

// Lengths that a float cannot hold, or not their inverse.
static void test_extreme(void)
{
    w2v_model *m =
        model_of("5 3\ntiny 1e-42 0 0\neast 1 0 0\nhuge 3e38 3e38 3e38\nback -3e38 -3e38 -3e38\nall 1 1 1\n");
    w2v_match top[4];
    CHECK(!w2v_vocab_word(m->vocab, 5) && !w2v_vocab_word(m->vocab, W2V_NONE) && !w2v_vocab_count(m->vocab, 5));
    CHECK(test_nearest_words(m, "tiny", top, 4) == 4 && !strcmp(top[0].word, "east"));
    CHECK_NEAR(top[0].score, 1.0, 1e-6);
    CHECK(test_nearest_words(m, "huge", top, 4) == 4 && !strcmp(top[0].word, "all") &&
          !strcmp(top[3].word, "back"));
    CHECK_NEAR(top[0].score, 1.0, 1e-6);
    CHECK_NEAR(top[3].score, -1.0, 1e-6);
    float y[5];
    CHECK_STATUS(project(m->input, 5, 3, m->stride, 1, y, NULL), W2V_OK);
    CHECK(y[2] - FLT_MAX == 0.0f && y[3] + FLT_MAX == 0.0f && fabsf(y[1]) < FLT_MAX);  // not infinite
    w2v_model_free(m);
}

// A vector that a program has spoiled is nobody's neighbour, and has none.
static void test_not_finite(void)
{
    w2v_model *m = model_of("5 2\neast 1 0\nbroken 1 0\nnorth 0 3\nnortheast 2 2\nendless 1 1\n");
    m->input[1 * m->stride] = NAN;
    m->input[4 * m->stride] = INFINITY;
    w2v_model_changed(m);
    w2v_match top[5];
    CHECK_EQUAL(test_nearest_words(m, "east", top, 5), 2);
    CHECK_STRING(top[0].word, "northeast");
    CHECK_STRING(top[1].word, "north");
    CHECK(test_nearest_words(m, "broken", top, 5) == 0 && test_nearest_words(m, "endless", top, 5) == 0);
    w2v_model_free(m);
}

// Scores are those of w2v_cosine, to the bit, whatever the lengths; and they follow a change of the vectors.
static void test_scores(void)
{
    w2v_model *m =
        model_of("6 3\na 1 2 3\nb -0.5 0.1 7\nc 1e-30 2e-30 0\nd 3e30 1e30 1e30\ne 0 0 0\nf 5 5 5\n");
    w2v_match top[6];
    for (int turn = 0; turn < 2; turn++) {
        for (uint32_t id = 0; id < 6; id++) {
            const size_t n = test_nearest_words(m, w2v_vocab_word(m->vocab, id), top, 6);
            CHECK_EQUAL(n, 5);
            float unit[3];
            size_t d = 3;
            memcpy(unit, m->input + id * m->stride, sizeof unit);
            w2v_normalize_rows(unit, 3, &d);
            for (size_t i = 0; i < n; i++)
                CHECK(top[i].score == w2v_cosine(unit, m->input + top[i].id * m->stride, 3));
        }
        for (size_t i = 0; i < 6; i++) m->input[i * m->stride + 1] += (float)i * 0.7f;
        w2v_model_changed(m);
    }
    w2v_model_free(m);
}

static void test_analogy(void)
{
    w2v_model *m = model_of("5 3\nman 1 0 0.1\nwoman 0 1 0.1\nking 10 0 10\nqueen 0 2 2\nprince 3 0.5 3\n");
    w2v_match top[2];
    size_t n;
    CHECK(w2v_model_analogy(m, "man", "king", "woman", top, 2, &n, NULL) == W2V_OK && n == 2);
    CHECK_STRING(top[0].word, "queen");
    CHECK_STRING(top[1].word, "prince");  // the three words of the question are left out
    w2v_error err;
    CHECK(w2v_model_analogy(m, "man", "king", "nobody", top, 2, &n, &err) == W2V_ERROR_UNKNOWN_WORD &&
          n == 0);
    CHECK_STRING(err.message, "'nobody' is not in the vocabulary");
    w2v_model_free(m);
}

// -----------------------------------------------------------------------------------------------------------------
// Queries

enum { SIZE_OF_WORD = 12, MOST_QUERIES = 150 };

// Rows of numbers around 0. Every seventh row is twice the third before it, so its score is the same; some are
// zero, or so long or short that a float cannot hold the square of their length.
static w2v_model *random_model(size_t size, size_t dim, int extreme)
{
    float *rows = (float *)malloc(size * dim * sizeof *rows);
    char *text = (char *)malloc(size * SIZE_OF_WORD);
    const char **words = (const char **)malloc(size * sizeof *words);
    w2v_model *m = NULL;
    w2v_random r = w2v_random_stream(size, dim);
    if (!CHECK(rows && text && words)) exit(1);
    for (size_t i = 0; i < size; i++) {
        snprintf(text + i * SIZE_OF_WORD, SIZE_OF_WORD, "w%u", (unsigned)i);
        words[i] = text + i * SIZE_OF_WORD;
        const float scale = extreme && i % 5 == 4 ? 1e30f : extreme && i % 11 == 10 ? 1e-30f : 1.0f;
        for (size_t k = 0; k < dim; k++) {
            const float x = (w2v_random_float(&r) - 0.5f) * (extreme && k == i % 2 ? 20.0f : 1.0f);
            rows[i * dim + k] = i % 7 == 6 ? 2.0f * rows[(i - 3) * dim + k] : i % 50 == 49 ? 0.0f : x * scale;
        }
    }
    CHECK_STATUS(w2v_model_new(&m, words, NULL, size, dim, rows, NULL, NULL), W2V_OK);
    free(rows);
    free(text);
    free((void *)words);
    return m;
}

static w2v_term word_term(const w2v_model *m, size_t id, float weight)
{
    w2v_term t;
    t.word = w2v_vocab_word(m->vocab, (uint32_t)id);
    t.weight = weight;
    t.vector = NULL;
    return t;
}

// Queries of one to three terms, of which some are vectors.
static void make_queries(const w2v_model *m, w2v_query *query, w2v_term (*term)[3], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        query[i].terms = term[i];
        query[i].term_count = 1 + i % 3;
        for (size_t t = 0; t < 3; t++) {
            term[i][t] = word_term(m, (i * 37 + t * 11 + 1) % m->size, t == 1 ? -1.0f : 1.0f);
            if (i % 4 != 3 || t != 2 - i % 3) continue;
            term[i][t].word = NULL;
            term[i][t].vector = m->input + (i % m->size) * m->stride;
        }
    }
}

static int same_matches(const w2v_match *a, const w2v_match *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (a[i].id != b[i].id || a[i].word != b[i].word ||
            memcmp(&a[i].score, &b[i].score, sizeof a[i].score))
            return 0;
    return 1;
}

// A query has the same matches alone and among others, for any number of threads, with and without an index.
static void check_batches(size_t size, size_t dim, int extreme, size_t queries)
{
    enum { K = 10 };
    static w2v_query query[MOST_QUERIES];
    static w2v_term term[MOST_QUERIES][3];
    static w2v_match alone[MOST_QUERIES * K], batch[MOST_QUERIES * K];
    static size_t count[MOST_QUERIES], counts[MOST_QUERIES];
    static const size_t threads[] = {1, 2, 3, 8};
    w2v_model *m = random_model(size, dim, extreme);
    w2v_index *index = NULL;
    CHECK_STATUS(w2v_index_new(&index, m, 3, NULL), W2V_OK);
    make_queries(m, query, term, queries);
    for (int mul = 0; mul < 2; mul++) {
        w2v_query_config cfg = w2v_query_config_default();
        cfg.method = mul ? W2V_ANALOGY_MUL : W2V_ANALOGY_ADD;
        cfg.threads = 1;
        for (size_t i = 0; i < queries; i++)
            CHECK(w2v_model_query(m, &query[i], 1, &cfg, alone + i * K, K, &count[i], NULL) == W2V_OK &&
                  count[i] == (size > K + 3 ? (size_t)K : count[i]) && count[i] > 0);
        for (size_t t = 0; t < TEST_COUNT(threads); t++)
            for (int with = 0; with < 2; with++) {
                cfg.threads = threads[t];
                cfg.index = with ? index : NULL;
                CHECK_STATUS(w2v_model_query(m, query, queries, &cfg, batch, K, counts, NULL), W2V_OK);
                int same = !memcmp(count, counts, queries * sizeof *count);
                for (size_t i = 0; i < queries; i++)
                    same &= same_matches(alone + i * K, batch + i * K, count[i]);
                if (!CHECK(same))
                    printf("    %zu x %zu, mul %d, %zu threads, index %d\n", size, dim, mul, threads[t],
                           with);
            }
    }
    w2v_index_free(index);
    w2v_model_free(m);
}

static void test_batches(void)
{
    check_batches(12000, 40, 0, 8);  // several pieces of work
    check_batches(200, 100, 0, MOST_QUERIES);
    check_batches(300, 33, 1, 50);
    check_batches(200, 1, 0, 30);
    check_batches(60, 300, 1, 30);
}

static int by_score(const void *a, const void *b)
{
    const w2v_match *x = (const w2v_match *)a, *y = (const w2v_match *)b;
    return x->score > y->score ? -1 : x->score < y->score ? 1 : x->id < y->id ? -1 : x->id > y->id;
}

// Rows that are so near to each other that the order of a sum decides which of them is nearer to a vector: the
// best are those by w2v_cosine, to the bit.
static void test_near_rows(void)
{
    enum { V = 3000, D = 150, K = 10 };
    static w2v_match expected[V], match[K];
    w2v_model *m = random_model(V, D, 0);
    w2v_random r = w2v_random_stream(5, 5);
    for (size_t i = 1; i < V; i++)
        for (size_t k = 0; k < D; k++)
            m->input[i * m->stride + k] = m->input[k] * (1.0f + (w2v_random_float(&r) - 0.5f) * 2e-3f);
    w2v_model_changed(m);
    w2v_index *index = NULL;
    CHECK_STATUS(w2v_index_new(&index, m, 1, NULL), W2V_OK);
    for (size_t turn = 0; turn < 20; turn++) {
        float vector[D];
        for (size_t k = 0; k < D; k++) vector[k] = m->input[k] + (w2v_random_float(&r) - 0.5f) * 1e-4f;
        for (uint32_t id = 0; id < V; id++) {
            expected[id].id = id;
            expected[id].word = w2v_vocab_word(m->vocab, id);
            expected[id].score = w2v_cosine(vector, m->input + id * m->stride, D);
        }
        qsort(expected, V, sizeof *expected, by_score);
        const w2v_term term = {NULL, 1.0f, vector};
        const w2v_query query = {&term, 1};
        for (int with = 0; with < 2; with++) {
            w2v_query_config cfg = w2v_query_config_default();
            size_t n = 0;
            cfg.index = with ? index : NULL;
            CHECK_STATUS(w2v_model_query(m, &query, 1, &cfg, match, K, &n, NULL), W2V_OK);
            CHECK(n == K && same_matches(match, expected, K));
        }
    }
    w2v_index_free(index);
    w2v_model_free(m);
}

// Rows and bytes of several pieces of work (1 MiB), of all words and of every other.
static void test_pieces(void)
{
    enum { V = 50000, D = 40, K = 10 };  // rows of 192 bytes, and of 48
    w2v_model *m = random_model(V, D, 0);
    w2v_match *expected = (w2v_match *)malloc(V * sizeof *expected), match[K];
    uint32_t *odd = (uint32_t *)malloc(V / 2 * sizeof *odd);
    w2v_index *index = NULL;
    const w2v_term term = {NULL, 1.0f, w2v_model_vector(m, "w30001")};
    const w2v_query query = {&term, 1};
    if (!CHECK(expected && odd)) exit(1);
    CHECK_STATUS(w2v_index_new(&index, m, 1, NULL), W2V_OK);
    for (uint32_t i = 0; i < V / 2; i++) odd[i] = 2 * i + 1;
    for (int some = 0; some < 2; some++) {
        size_t n = 0;
        for (uint32_t id = (uint32_t)some; id < V; id += some ? 2 : 1) {
            expected[n].id = id;
            expected[n].word = w2v_vocab_word(m->vocab, id);
            expected[n++].score = w2v_cosine(term.vector, m->input + id * m->stride, D);
        }
        qsort(expected, n, sizeof *expected, by_score);
        for (size_t threads = 1; threads <= 2; threads++)
            for (int with = 0; with < 2; with++) {
                w2v_query_config cfg = w2v_query_config_default();
                cfg.threads = threads;
                cfg.index = with ? index : NULL;
                cfg.candidates = some ? odd : NULL;
                cfg.candidate_count = some ? V / 2 : 0;
                CHECK_STATUS(w2v_model_query(m, &query, 1, &cfg, match, K, &n, NULL), W2V_OK);
                CHECK(n == K && same_matches(match, expected, K));
            }
    }
    w2v_index_free(index);
    free(expected);
    free(odd);
    w2v_model_free(m);
}

// The score of a word in double precision.
static double plain_score(const w2v_model *m, const w2v_query *q, int mul, uint32_t id)
{
    const float *const row = m->input + id * m->stride;
    double sum[64] = {0}, up = 1.0, down = 1.0;
    int divides = 0;
    for (size_t t = 0; t <= q->term_count; t++) {
        const w2v_term *term = &q->terms[t];
        const float *x = t == q->term_count ? NULL
                         : term->word       ? w2v_model_vector(m, term->word)
                                            : term->vector;
        double xx = 0.0, yy = 0.0, xy = 0.0;
        for (size_t k = 0; k < m->dim; k++) {
            const double a = x ? (double)x[k] : sum[k], b = (double)row[k];
            xx += a * a;
            yy += b * b;
            xy += a * b;
        }
        const double cosine = xx * yy > 0.0 ? xy / sqrt(xx) / sqrt(yy) : 0.0;
        if (!x) return mul ? (divides ? up / (down + 0.001) : up) : cosine;
        for (size_t k = 0; k < m->dim && xx > 0.0; k++)
            sum[k] += (double)term->weight * (double)x[k] / sqrt(xx);
        if (term->weight > 0.0f)
            up *= 0.5 + 0.5 * cosine;
        else
            down *= 0.5 + 0.5 * cosine, divides = 1;
    }
    return 0.0;
}

static int by_falling(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x > y ? -1 : x < y;
}

static int is_term(const w2v_model *m, const w2v_query *q, uint32_t id)
{
    for (size_t t = 0; t < q->term_count; t++)
        if (q->terms[t].word && w2v_vocab_find(m->vocab, q->terms[t].word) == id) return 1;
    return 0;
}

// All words that can be answers, sorted by a plain implementation.
static void check_plain(const w2v_model *m, const w2v_query *q, const w2v_query_config *cfg, size_t capacity)
{
    enum { MOST = 1000 };
    static double expected[MOST];
    static w2v_match match[MOST];
    size_t n = 0, found = 0;
    const int mul = cfg->method == W2V_ANALOGY_MUL;
    for (uint32_t id = 0; id < m->size; id++) {
        int allowed = !cfg->candidates && (!cfg->max_words || id < cfg->max_words);
        for (size_t i = 0; i < cfg->candidate_count && (!cfg->max_words || id < cfg->max_words); i++)
            allowed |= cfg->candidates[i] == id;
        const double score = plain_score(m, q, mul, id);
        if (allowed && (cfg->keep_terms || !is_term(m, q, id)) && score >= (double)cfg->threshold)
            expected[n++] = score;
    }
    qsort(expected, n, sizeof *expected, by_falling);
    CHECK_STATUS(w2v_model_query(m, q, 1, cfg, match, capacity, &found, NULL), W2V_OK);
    CHECK_EQUAL(found, n < capacity ? n : capacity);
    for (size_t i = 0; i < found && found <= n; i++) {
        const double tolerance = mul ? 1e-4 * (1.0 + expected[i]) : 2e-6;
        CHECK_NEAR(match[i].score, expected[i], tolerance);
        CHECK_NEAR(match[i].score, plain_score(m, q, mul, match[i].id), tolerance);
        CHECK(!i || match[i].score < match[i - 1].score ||
              (!(match[i].score > match[i - 1].score) && match[i].id > match[i - 1].id));
        CHECK_STRING(match[i].word, w2v_vocab_word(m->vocab, match[i].id));
    }
}

static void test_plain(void)
{
    enum { V = 400, QUERIES = 12 };
    static w2v_query query[QUERIES];
    static w2v_term term[QUERIES][3];
    w2v_model *m = random_model(V, 24, 0);
    w2v_index *index = NULL;
    uint32_t candidates[90];
    CHECK_STATUS(w2v_index_new(&index, m, 0, NULL), W2V_OK);
    make_queries(m, query, term, QUERIES);
    for (size_t i = 0; i < 90; i++)
        candidates[i] = (uint32_t)(i * 31 % 80 + (i % 3 ? 0 : 300));  // some twice
    for (size_t i = 0; i < QUERIES; i++)
        for (int kind = 0; kind < 64; kind += TEST_SLOW ? 3 : 1) {
            w2v_query_config cfg = w2v_query_config_default();
            cfg.method = kind & 1 ? W2V_ANALOGY_MUL : W2V_ANALOGY_ADD;
            cfg.index = kind & 2 ? index : NULL;
            cfg.keep_terms = kind & 4;
            cfg.max_words = kind & 8 ? 350 : 0;
            cfg.candidates = kind & 16 ? candidates : NULL;
            cfg.candidate_count = kind & 16 ? 90 : 0;
            if (kind & 32) cfg.threshold = kind & 1 ? 0.3f : 0.1f;
            check_plain(m, &query[i], &cfg, i % 3 == 0 ? 10 : i % 3 == 1 ? V : V + 50);
        }
    w2v_query_config cfg = w2v_query_config_default();
    const uint32_t sorted[3] = {5, 9, 399};
    cfg.candidates = sorted;
    cfg.candidate_count = 3;
    check_plain(m, &query[0], &cfg, 5);
    cfg.candidate_count = 0;  // nothing can be an answer
    check_plain(m, &query[0], &cfg, 5);
    w2v_index_free(index);
    w2v_model_free(m);
}

// More matches than fit beside those of other queries, so the tile is smaller than the batch.
static void test_all_words(void)
{
    enum { V = TEST_SLOW ? 5000 : 20000, QUERIES = 100 };
    w2v_model *m = random_model(V, 4, 0);
    static w2v_query query[QUERIES];
    static w2v_term term[QUERIES][3];
    static size_t counts[QUERIES];
    w2v_match *match = (w2v_match *)malloc(((size_t)QUERIES + 1) * V * sizeof *match);
    size_t n = 0;
    w2v_query_config cfg = w2v_query_config_default();
    cfg.threads = 2;
    if (!CHECK(match)) exit(1);
    make_queries(m, query, term, QUERIES);
    CHECK_STATUS(w2v_model_query(m, query, QUERIES, &cfg, match, V, counts, NULL), W2V_OK);
    for (size_t i = 0; i < QUERIES; i += 33) {
        w2v_match *const alone = match + (size_t)QUERIES * V;
        CHECK(w2v_model_query(m, &query[i], 1, NULL, alone, V, &n, NULL) == W2V_OK && n == counts[i]);
        CHECK(n + query[i].term_count >= V && same_matches(match + i * V, alone, n));
        size_t sorted = 1;
        while (sorted < n && match[i * V + sorted].score <= match[i * V + sorted - 1].score) sorted++;
        CHECK_EQUAL(sorted, n);
    }
    free(match);
    w2v_model_free(m);
}

static void test_refusals(void)
{
    w2v_model *m = random_model(10, 3, 0);
    const float bad[3] = {1.0f, 2.0f, NAN}, good[3] = {1.0f, 2.0f, 3.0f};
    w2v_term fine = {"w1", 1.0f, NULL}, unknown = {"w10", 1.0f, NULL}, twice = {"w1", 2.0f, NULL},
             vector = {NULL, 1.0f, good}, broken = {NULL, 1.0f, bad}, none = {NULL, 0.0f, good}, many[97];
    w2v_query query[2] = {{&fine, 1}, {&fine, 1}};
    w2v_query_config cfg = w2v_query_config_default();
    w2v_match match[2 * 3];
    size_t counts[2];
    w2v_error err;
    const uint32_t candidates[3] = {4, 10, 4};
    for (size_t i = 0; i < 97; i++) many[i] = fine;
#define REFUSED(expected, sentence)                                                         \
    do {                                                                                    \
        counts[0] = counts[1] = 7;                                                          \
        match[0].id = 77;                                                                   \
        CHECK_STATUS(w2v_model_query(m, query, 2, &cfg, match, 3, counts, &err), expected); \
        CHECK_STRING(err.message, sentence);                                                \
        CHECK(!counts[0] && !counts[1] && match[0].id == 77);                               \
    } while (0)
    query[1].terms = &unknown;
    REFUSED(W2V_ERROR_UNKNOWN_WORD, "query 1: 'w10' is not in the vocabulary");
    query[1].terms = &broken;
    REFUSED(W2V_ERROR_ARGUMENT, "query 1: number 2 of the vector is not finite");
    query[1].terms = &none;
    REFUSED(W2V_ERROR_ARGUMENT, "query 1: the weight of 'a vector' is 0: 1 adds its vector, -1 subtracts it");
    query[1].term_count = 0;
    REFUSED(W2V_ERROR_ARGUMENT, "query 1: a query needs at least one word");
    query[1].terms = &fine;
    query[1].term_count = 1;
    cfg.candidates = candidates;
    cfg.candidate_count = 3;
    REFUSED(W2V_ERROR_ARGUMENT, "candidate 1 is 10, but the model has 10 words");
    cfg.candidates = NULL;
    REFUSED(W2V_ERROR_ARGUMENT, "candidate_count is 3, and candidates is NULL");
    cfg.candidate_count = 0;
    cfg.threshold = strtof("nan", NULL);
    REFUSED(W2V_ERROR_ARGUMENT, "threshold must be a finite float, not nan");
    cfg = w2v_query_config_default();
    cfg.threads = 0;
    REFUSED(W2V_ERROR_ARGUMENT, "threads must be between 1 and 1024, not 0");
    cfg = w2v_query_config_default();
    cfg.method = W2V_ANALOGY_MUL;
    query[1].terms = &twice;
    REFUSED(W2V_ERROR_ARGUMENT, "query 1: 3CosMul takes the weights 1 and -1, not 2");
    query[1].terms = many;
    query[1].term_count = 97;
    REFUSED(W2V_ERROR_ARGUMENT, "query 1: 3CosMul takes at most 96 terms, not 97");
    query[1].term_count = 96;
    CHECK(w2v_model_query(m, query, 2, &cfg, match, 3, counts, NULL) == W2V_OK && counts[1] == 3);
    m->input[m->stride] = INFINITY;
    w2v_model_changed(m);
    REFUSED(W2V_ERROR_ARGUMENT, "query 0: the vector of term 0 is not finite");
    query[0].terms = query[1].terms = &vector;
    query[1].term_count = 1;
    CHECK(w2v_model_query(m, query, 2, &cfg, NULL, 0, counts, NULL) == W2V_OK && !counts[0] && !counts[1]);
    CHECK_STATUS(w2v_model_query(m, NULL, 0, &cfg, NULL, 3, NULL, NULL), W2V_OK);
    query[1].terms = &unknown;  // also if there is no room for an answer
    CHECK_STATUS(w2v_model_query(m, query, 2, &cfg, NULL, 0, counts, NULL), W2V_ERROR_UNKNOWN_WORD);
#undef REFUSED
    w2v_model_free(m);
}

// An index of more words, of longer vectors, and of another model of the same shape.
static void test_index_of_another(void)
{
    static const struct {
        size_t words, dim;
        const char *message;
    } other[] = {{11, 3, "11 words of 3"}, {10, 4, "10 words of 4"}, {10, 3, "10 words of 3"}};
    w2v_model *m = random_model(10, 3, 0);
    const w2v_term term = {"w1", 1.0f, NULL};
    const w2v_query query = {&term, 1};
    w2v_query_config cfg = w2v_query_config_default();
    for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
        w2v_model *not_m = random_model(other[i].words, other[i].dim, 0);
        w2v_index *index = NULL;
        w2v_match match = {NULL, 0.0f, 0};
        w2v_error err = {""};
        char expected[150];
        size_t n = 7;
        CHECK_STATUS(w2v_index_new(&index, not_m, 1, NULL), W2V_OK);
        cfg.index = index;
        CHECK_STATUS(w2v_model_query(m, &query, 1, &cfg, &match, 1, &n, &err), W2V_ERROR_ARGUMENT);
        snprintf(expected, sizeof expected,
                 "the index is of another model, of %s dimensions (this one: 10 of 3): make an index of this model",
                 other[i].message);
        CHECK_STRING(err.message, expected);
        CHECK(!n && !match.word);
        w2v_index_free(index);
        w2v_model_free(not_m);
    }
    w2v_model_free(m);
}

// The longest vectors of a file. All numbers of the query are rounded up when they become whole: their sum is
// the largest that there can be, times 127 for the second word.
static void test_longest(void)
{
    enum { D = W2V_MAX_DIM, LARGER = 236586 };  // 15.51 D + LARGER = 16.5e6
    static const char *const word[2] = {"other", "nearest"};
    float *vector = (float *)malloc(3 * D * sizeof *vector), *rows = vector + D;
    w2v_model *m = NULL;
    w2v_index *index = NULL;
    for (size_t k = 0; k < D; k++) {
        vector[k] = k < LARGER ? 16.51f : 15.51f;
        rows[k] = k % 2 ? 1.0f : -1.0f;
        rows[D + k] = 1.0f;
    }
    CHECK_STATUS(w2v_model_new(&m, word, NULL, 2, D, rows, NULL, NULL), W2V_OK);
    CHECK_STATUS(w2v_index_new(&index, m, 1, NULL), W2V_OK);
    const w2v_term term = {NULL, 1.0f, vector};
    const w2v_query query = {&term, 1};
    for (int with = 0; with < 2; with++) {
        w2v_query_config cfg = w2v_query_config_default();
        w2v_match match;
        size_t n = 0;
        cfg.threads = 1;
        cfg.index = with ? index : NULL;
        CHECK(w2v_model_query(m, &query, 1, &cfg, &match, 1, &n, NULL) == W2V_OK && n == 1 && match.id == 1 &&
              match.score > 0.99f);
    }
    w2v_index_free(index);
    w2v_model_free(m);
    free(vector);
}

// Vectors that are not finite, zero, or too long for a float come where they belong, in a batch and by the index.
static void test_spoiled(void)
{
    const float values[4] = {NAN, INFINITY, -INFINITY, 3e38f};
    w2v_model *m = random_model(200, 20, 1);
    for (size_t i = 0; i < 40; i++) m->input[(3 * i + 2) * m->stride + i % 20] = values[i % 4];
    w2v_model_changed(m);
    w2v_index *index = NULL;
    CHECK_STATUS(w2v_index_new(&index, m, 2, NULL), W2V_OK);
    const w2v_term term[2] = {word_term(m, 0, 1.0f), word_term(m, 1, 1.0f)};
    const w2v_query query[2] = {{&term[0], 1}, {&term[1], 1}};
    w2v_match match[3][2 * 200];
    size_t counts[3][2];
    w2v_query_config cfg = w2v_query_config_default();
    for (size_t i = 0; i < 2; i++)
        CHECK_STATUS(w2v_model_query(m, &query[i], 1, &cfg, match[0] + i * 200, 200, &counts[0][i], NULL),
                     W2V_OK);
    CHECK_STATUS(w2v_model_query(m, query, 2, &cfg, match[1], 200, counts[1], NULL), W2V_OK);
    cfg.index = index;
    CHECK_STATUS(w2v_model_query(m, query, 2, &cfg, match[2], 200, counts[2], NULL), W2V_OK);
    CHECK_EQUAL(counts[0][0], 200 - 1 - 30);  // every fourth is finite
    for (int with = 1; with < 3; with++)
        for (size_t i = 0; i < 2; i++)
            CHECK(counts[with][i] == counts[0][i] &&
                  same_matches(match[with] + i * 200, match[0] + i * 200, counts[0][i]));
    for (size_t k = 0; k < counts[0][0]; k++)
        CHECK(match[0][k].score >= -1.00001f && match[0][k].score <= 1.00001f);
    w2v_index_free(index);
    w2v_model_free(m);
}

static void test_rank(void)
{
    w2v_model *m = random_model(300, 10, 0);
    w2v_match match[299];
    size_t n = 0, rank = 99;
    w2v_error err;
    CHECK(w2v_model_nearest(m, "w5", match, 299, &n, NULL) == W2V_OK && n == 299);
    for (size_t i = 0, nearer = 0; i < n; i++) {
        if (i && match[i].score < match[i - 1].score) nearer = i;  // those before it that are not as near
        CHECK_STATUS(w2v_model_rank(m, "w5", match[i].word, &rank, NULL), W2V_OK);
        CHECK_EQUAL(rank, nearer + 1);
    }
    CHECK(w2v_model_rank(m, "w5", "w5", &rank, NULL) == W2V_OK && rank == 1);
    CHECK_STATUS(w2v_model_rank(m, "w5", "nobody", &rank, &err), W2V_ERROR_UNKNOWN_WORD);
    CHECK_STRING(err.message, "'nobody' is not in the vocabulary");
    CHECK_STATUS(w2v_model_rank(m, "noone", "w5", &rank, &err), W2V_ERROR_UNKNOWN_WORD);
    CHECK_STRING(err.message, "'noone' is not in the vocabulary");
    m->input[7 * m->stride] = NAN;
    w2v_model_changed(m);
    CHECK_STATUS(w2v_model_rank(m, "w5", "w7", &rank, &err), W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "the vector of 'w7' is not finite");
    CHECK_STATUS(w2v_model_rank(m, "w7", "w5", &rank, &err), W2V_ERROR_ARGUMENT);
    CHECK_EQUAL(rank, 1);
    w2v_model_free(m);
}

#if !defined(W2V_NO_TRAIN) && !defined(W2V_NO_STDIO)
// The model of a trainer is taken without a copy, and then the trainer has none. Lengths are computed when vectors
// have changed.
static void test_take_model(void)
{
    static const char text[] = "one two three\nfour five one two\nthree four five\n";
    const w2v_source source = w2v_source_text(text, sizeof text - 1);
    w2v_config cfg = w2v_config_default();
    w2v_trainer *t = NULL;
    w2v_model *m = NULL, *again = NULL, *whole = NULL;
    w2v_train_report before, after;
    w2v_error err;
    double loss = 7.0;
    cfg.min_count = 1;
    cfg.sample = 0.0;
    cfg.dim = 8;
    cfg.threads = cfg.epochs = 2;
    cfg.keep_best = 1;
    CHECK_STATUS(w2v_trainer_new(&t, &source, 1, &cfg, NULL, NULL, NULL), W2V_OK);
    CHECK_STATUS(w2v_trainer_hold_out(t, &source, 1, NULL), W2V_OK);
    float *const length = w2v_trainer_model(t)->length;
    length[0] = 77.0f;
    CHECK(w2v_trainer_model(t)->length[0] == 77.0f);  // nothing has changed
    CHECK(w2v_trainer_run(t, 5, NULL) == W2V_OK && w2v_trainer_model(t)->length[0] != 77.0f);
    CHECK(w2v_trainer_validate(t, &loss, NULL) == W2V_OK && w2v_trainer_save(t, path, NULL) == W2V_OK);
    length[0] = 77.0f;
    CHECK(w2v_trainer_load(t, path, NULL) == W2V_OK && w2v_trainer_model(t)->length[0] != 77.0f);
    length[0] = 77.0f;
    w2v_trainer_use_best(t);
    CHECK(w2v_trainer_model(t)->length[0] != 77.0f);
    CHECK_STATUS(w2v_trainer_run(t, UINT64_MAX, NULL), W2V_OK);
    length[0] = 77.0f;
    w2v_trainer_report(t, &before);
    CHECK(w2v_trainer_take_model(t, &m, &err) == W2V_OK && m->length == length && length[0] != 77.0f);

    CHECK(w2v_trainer_take_model(t, &again, &err) == W2V_ERROR_ARGUMENT && !again);
    CHECK_STRING(err.message, "the model of the trainer has been taken");
    CHECK(!w2v_trainer_model(t) && w2v_trainer_done(t));
    CHECK_STATUS(w2v_trainer_run(t, 1, &err), W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "the model of the trainer has been taken");
    loss = 7.0;
    CHECK(w2v_trainer_validate(t, &loss, NULL) == W2V_ERROR_ARGUMENT && loss == 7.0);
    CHECK_STATUS(w2v_trainer_hold_out(t, &source, 1, NULL), W2V_ERROR_ARGUMENT);
    CHECK_STATUS(w2v_trainer_save(t, path, NULL), W2V_ERROR_ARGUMENT);
    CHECK_STATUS(w2v_trainer_load(t, path, NULL), W2V_ERROR_ARGUMENT);
    w2v_trainer_use_best(t);
    w2v_trainer_report(t, &after);
    CHECK(after.trained == before.trained && after.done == before.done && after.done == 20);
    w2v_trainer_free(t);
    remove(path);
    cfg.threads = 1;
    CHECK_STATUS(w2v_train_text(&whole, text, sizeof text - 1, &cfg, NULL), W2V_OK);
    CHECK(m->size == 5 && w2v_model_vector(m, "four") && whole->size == 5);
    w2v_model_free(m);
    w2v_model_free(whole);
}
#endif

// Points on a plane that is turned in five dimensions: two components find all of their variance.
static void test_pca(void)
{
    enum { N = 200, D = 5 };
    static float x[N * (D + 1)], y[N * 2];
    w2v_random r = w2v_random_stream(12, 0);
    double variance[2] = {0.0, 0.0}, mean[2] = {0.0, 0.0};
    for (size_t i = 0; i < N; i++) {
        const float a = 10.0f * (w2v_random_float(&r) - 0.5f), b = 2.0f * (w2v_random_float(&r) - 0.5f);
        const float row[D] = {0.6f * a + 1.0f, 0.8f * a, b, 5.0f, -3.0f};
        memcpy(x + i * (D + 1), row, sizeof row);
    }
    CHECK_STATUS(project(x, N, D, D + 1, 2, y, NULL), W2V_OK);
    double worst = 0.0;
    for (size_t i = 0; i < N; i++) {
        for (size_t c = 0; c < 2; c++)
            mean[c] += (double)y[2 * i + c] / N,
                variance[c] += (double)y[2 * i + c] * (double)y[2 * i + c] / N;
        for (size_t j = 0; j < i; j++) {  // distances are kept
            double in_space = 0.0;
            for (size_t k = 0; k < D; k++)
                in_space += pow((double)x[i * (D + 1) + k] - (double)x[j * (D + 1) + k], 2.0);
            const double on_plane = pow((double)y[2 * i] - (double)y[2 * j], 2.0) +
                                    pow((double)y[2 * i + 1] - (double)y[2 * j + 1], 2.0);
            worst = fmax(worst, fabs(sqrt(in_space) - sqrt(on_plane)));
        }
    }
    CHECK(worst < 1e-5);
    CHECK(variance[0] > 4.0 * variance[1] && fabs(mean[0]) < 1e-5 && fabs(mean[1]) < 1e-5);
    static float over[N * (D + 1)];  // in place
    int same_place = 1;
    memcpy(over, x, sizeof over);
    const w2v_matrix from = w2v_matrix_of(over, N, D, D + 1), to = w2v_matrix_of(over + 1, N, 2, D + 1);
    CHECK_STATUS(w2v_pca(&from, &to, NULL), W2V_OK);
    for (size_t i = 0; i < N; i++) same_place &= !memcmp(over + i * (D + 1) + 1, y + 2 * i, 2 * sizeof *y);
    CHECK(same_place);
    static float small[N * (D + 1)], z[N * 2];  // what is noise depends on the numbers
    int same_shape = 1;
    for (size_t i = 0; i < N * (D + 1); i++) small[i] = ldexpf(x[i], -20);
    CHECK_STATUS(project(small, N, D, D + 1, 2, z, NULL), W2V_OK);
    for (size_t i = 0; i < N * 2; i++) same_shape &= z[i] == ldexpf(y[i], -20);
    CHECK(same_shape);
    float same[4] = {1.0f, 2.0f, 1.0f, 2.0f};
    CHECK(project(same, 2, 2, 2, 2, y, NULL) == W2V_OK && y[0] == 0.0f && y[3] == 0.0f);
    w2v_error err;
    CHECK_STATUS(project(x, N, D, D, 6, y, &err), W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "cannot find 6 principal components of 200 rows of 5 numbers");
    float not_finite[4] = {1.0f, 2.0f, 3.0f, NAN};
    CHECK_STATUS(project(not_finite, 2, 2, 2, 1, y, &err), W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "number 1 of row 1 is not finite");
    CHECK_STATUS(project(x, N, D, D - 1, 1, y, &err), W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "rows of 5 numbers cannot begin 4 numbers apart");
    CHECK_STATUS(project(x, SIZE_MAX / D, D, D, 1, y, &err), W2V_ERROR_ARGUMENT);
    CHECK(strstr(err.message, "no memory holds "));
    CHECK_STATUS(project(x, 0, D, D, 1, y, &err), W2V_ERROR_ARGUMENT);
    const w2v_matrix rows = w2v_matrix_of(x, 2, 2, 2);
    w2v_matrix apart = w2v_matrix_of(y, 2, 1, 3);
    for (size_t i = 0; i < 6; i++) y[i] = 9.0f;
    CHECK(w2v_pca(&rows, &apart, NULL) == W2V_OK && y[0] == -y[3] && y[0] != 0.0f);
    CHECK(y[1] == 9.0f && y[2] == 9.0f && y[4] == 9.0f && y[5] == 9.0f);
    apart.rows = 3;
    CHECK_STATUS(w2v_pca(&rows, &apart, &err), W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "2 rows need as many rows of coordinates, not 3");
    apart = w2v_matrix_of(y, 2, 2, 1);
    CHECK_STATUS(w2v_pca(&rows, &apart, &err), W2V_ERROR_ARGUMENT);
}

// If the points span fewer dimensions than k, the remaining coordinates are 0; no component is repeated.
static void test_pca_rank(void)
{
    enum { N = 30, D = 7 };
    static float x[N * D], y[N * D];
    for (int shift = 0; shift < 2; shift++)
        for (size_t rank = 0; rank <= 3; rank++) {
            w2v_random r = w2v_random_stream(rank, 3);
            float basis[3][D];
            for (size_t c = 0; c < 3; c++)
                for (size_t k = 0; k < D; k++) basis[c][k] = w2v_random_float(&r) - 0.5f;
            for (size_t i = 0; i < N; i++)
                for (size_t k = 0; k < D; k++) x[i * D + k] = (float)shift;
            for (size_t i = 0; i < N; i++)
                for (size_t c = 0; c < rank; c++) {
                    const float along = w2v_random_float(&r) - 0.5f;
                    for (size_t k = 0; k < D; k++) x[i * D + k] += along * basis[c][k];  // rounded: no exact plane
                }
            CHECK_STATUS(project(x, N, D, D, D, y, NULL), W2V_OK);
            for (size_t c = 0; c < D; c++) {
                double variance = 0.0;
                for (size_t i = 0; i < N; i++) variance += (double)y[i * D + c] * (double)y[i * D + c];
                if (!CHECK(c < rank ? variance > 0.01 : variance <= 0.0))
                    printf("    rank %zu, component %zu: %g\n", rank, c, variance);
            }
        }
    float two[2 * 4] = {1.0f, 2.0f, 3.0f, 4.0f, 4.0f, 3.0f, 2.0f, -1.0f};
    CHECK_STATUS(project(two, 2, 4, 4, 2, y, NULL), W2V_OK);
    CHECK_NEAR(fabsf(y[0] - y[2]), sqrt(9.0 + 1.0 + 1.0 + 25.0), 1e-5);
    CHECK(y[1] == 0.0f && y[3] == 0.0f);
    float line[4 * 2] = {0.1f, 0.3f, 0.2f, 0.6f,
                         0.3f, 0.9f, 0.7f, 2.1f};  // collinear but for the rounding of 0.1
    CHECK_STATUS(project(line, 4, 2, 2, 2, y, NULL), W2V_OK);
    CHECK(y[1] == 0.0f && y[3] == 0.0f && y[5] == 0.0f && y[7] == 0.0f && y[0] != y[2]);
    size_t wrong = 0;  // lines and planes of all sorts: what is left of a second or third axis is rounding
    for (uint64_t seed = 0; seed < 1000; seed++) {
        w2v_random r = w2v_random_stream(seed, 9);
        const size_t n = 2 + w2v_random_below(&r, 6), rank = 1 + w2v_random_below(&r, 2);
        float points[7 * 3] = {0}, axis[2][3];
        for (size_t c = 0; c < 2; c++)
            for (size_t k = 0; k < 3; k++) axis[c][k] = (float)w2v_random_below(&r, 5);
        for (size_t i = 0; i < n; i++)
            for (size_t c = 0; c < rank; c++) {
                const float along = (float)w2v_random_below(&r, 9);
                for (size_t k = 0; k < 3; k++) points[i * 3 + k] += along * axis[c][k];
            }
        CHECK_STATUS(project(points, n, 3, 3, 3, y, NULL), W2V_OK);
        for (size_t i = 0; i < n; i++)
            for (size_t c = rank; c < 3; c++) wrong += y[i * 3 + c] != 0.0f;
    }
    CHECK_EQUAL(wrong, 0);
    CHECK(project(line, 1, 2, 2, 2, y, NULL) == W2V_OK && y[0] == 0.0f && y[1] == 0.0f);  // one point
}

int main(int argc, char **argv)
{
    static const test_case tests[] = {
        TEST(nearest),
        TEST(extreme),
        TEST(analogy),
        TEST(not_finite),
        TEST(scores),
        TEST(null),
        TEST(batches),
        TEST(near_rows),
        TEST(pieces),
        TEST(plain),
        TEST(all_words),
        TEST(refusals),
        TEST(index_of_another),
        TEST(spoiled),
        TEST(rank),
        TEST(pca),
        TEST(pca_rank),
        TEST(rows),
        TEST(longest),
#if !defined(W2V_NO_TRAIN) && !defined(W2V_NO_STDIO)
        TEST(take_model),
#endif
    };
    snprintf(path, sizeof path, "%s.tmp", argv[0]);
    return test_main("query", tests, TEST_COUNT(tests), argc, argv);
}
