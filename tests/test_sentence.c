// SPDX-License-Identifier: MIT-0
//
// test_sentence.c - vectors of sentences and all-but-the-top, against plain computations in double precision

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include "test.h"

#include <time.h>

enum { V = 60, D = 19, LINES = 2500, LINE = 64 };

static float input[V * D];
static uint64_t count[V];  // the last one is 0
static char scratch[1024];  // a file beside the program

// Words w0 .. w59 with vectors that lean to two directions.
static w2v_model *model_of_words(int with_counts)
{
    static char name[V][8];
    const char *word[V];
    w2v_random r = w2v_random_stream(7, 0);
    w2v_model *m = NULL;
    w2v_error err = {""};
    for (size_t i = 0; i < V; i++) {
        const float lean = w2v_random_float(&r);
        snprintf(name[i], sizeof name[i], "w%zu", i);
        word[i] = name[i];
        count[i] = i + 1 < V ? 100000 / (i + 1) : 0;
        for (size_t k = 0; k < D; k++)
            input[i * D + k] = w2v_random_float(&r) - 0.5f + (k == 2 ? 1.5f : k == 5 ? 2.0f * lean : 0.0f);
    }
    if (!CHECK_STATUS(w2v_model_new(&m, word, with_counts ? count : NULL, V, D, input, NULL, &err), W2V_OK))
        printf("    %s\n", err.message);
    return m;
}

// A model that a text file gives, without counts.
static w2v_model *model_of(const char *text)
{
    const w2v_source source = w2v_source_text(text, strlen(text));
    w2v_model *m = NULL;
    CHECK_STATUS(w2v_model_read(&m, &source, NULL, NULL, NULL), W2V_OK);
    return m;
}

static w2v_sentences *sentences_of(const w2v_model *m, const w2v_sentence_config *cfg)
{
    w2v_sentences *s = NULL;
    w2v_error err = {""};
    if (!CHECK_STATUS(w2v_sentences_new(&s, m, cfg, &err), W2V_OK)) printf("    %s\n", err.message);
    return s;
}

static w2v_status read_text(w2v_sentences *s, const char *text, w2v_sentence_counts *counts, w2v_error *err)
{
    const w2v_source source = w2v_source_text(text, strlen(text));
    return w2v_sentences_read(s, &source, counts, err);
}

static w2v_status fit_text(w2v_sentences *s, const char *text, w2v_error *err)
{
    const w2v_source source = w2v_source_text(text, strlen(text));
    return w2v_sentences_fit(s, &source, NULL, err);
}

// Checks a vector, and the words that are known and unknown.
static void check_vector(const w2v_sentences *s, const char *text, const double *expected, size_t dim,
                         size_t known, size_t unknown)
{
    float x[D];
    w2v_sentence_counts words = {99, 99};
    CHECK_STATUS(w2v_sentences_vector(s, text, strlen(text), x, &words, NULL), W2V_OK);
    if (!CHECK(words.known == known && words.unknown == unknown))
        printf("    '%.60s': %d known, %d unknown\n", text, (int)words.known, (int)words.unknown);
    for (size_t k = 0; k < dim; k++) CHECK_NEAR(x[k], expected[k], 2e-6 * (1.0 + fabs(expected[k])));
}

static void test_formulas(void)
{
    static const size_t ids[] = {3, 10, 3, 59, 0};
    static const char text[] = " w3 w10\tw61  w3 w59 W0 w0\n";
    w2v_model *m = model_of_words(1);
    double total = 0.0;
    for (size_t i = 0; i < V; i++) total += (double)count[i];
    for (int kind = 0; kind < 4; kind++) {  // the last: another a
        w2v_sentence_config cfg = w2v_sentence_config_default();
        cfg.weighting = (w2v_weighting)(kind < 3 ? kind : (int)W2V_WEIGHTING_SIF);
        if (kind == 3) cfg.smoothing = 0.02;
        double expected[D] = {0};
        for (size_t i = 0; i < TEST_COUNT(ids); i++) {
            const double c = (double)count[ids[i]], weight = kind == 0   ? 1.0
                                                             : kind == 1 ? log(total / (c > 0.0 ? c : 1.0))
                                                                         : cfg.smoothing / (cfg.smoothing + c / total);
            for (size_t k = 0; k < D; k++) expected[k] += weight * (double)input[ids[i] * D + k] / 5.0;
        }
        w2v_sentences *s = sentences_of(m, &cfg);
        check_vector(s, text, expected, D, 5, 2);
        w2v_sentences_free(s);
    }
    w2v_model_free(m);
}

// Lines of words that are drawn, a few of them unknown, and some lines empty.
static char *draw_lines(void)
{
    char *text = (char *)malloc(LINES * LINE);
    size_t n = 0;
    w2v_random r = w2v_random_stream(3, 0);
    for (size_t i = 0; i < LINES; i++) {
        for (uint64_t words = w2v_random_next(&r) >> 61; words; words--)
            n += (size_t)snprintf(text + n, 8, "w%u ", (unsigned)((w2v_random_next(&r) >> 32) % (V + 4)));
        text[n++] = '\n';
    }
    text[n] = 0;
    return text;
}

// The first principal directions of sums of products (D, D), by power iteration.
static void find_directions(const double *products, double (*direction)[D], int most)
{
    for (int c = 0; c < most; c++) {
        double *x = direction[c], y[D];
        for (size_t k = 0; k < D; k++) x[k] = 1.0 + (double)k;
        for (int turn = 0; turn < 3000; turn++) {
            double length = 0.0;
            for (size_t i = 0; i < D; i++) {
                y[i] = 0.0;
                for (size_t j = 0; j < D; j++) y[i] += products[i * D + j] * x[j];
            }
            for (int b = 0; b < c; b++) {
                double dot = 0.0;
                for (size_t k = 0; k < D; k++) dot += y[k] * direction[b][k];
                for (size_t k = 0; k < D; k++) y[k] -= dot * direction[b][k];
            }
            for (size_t k = 0; k < D; k++) length += y[k] * y[k];
            for (size_t k = 0; k < D; k++) x[k] = y[k] / sqrt(length);
        }
    }
}

static void remove_directions(double *x, double (*direction)[D], int count_of_them)
{
    for (int c = 0; c < count_of_them; c++) {
        double dot = 0.0;
        for (size_t k = 0; k < D; k++) dot += x[k] * direction[c][k];
        for (size_t k = 0; k < D; k++) x[k] -= dot * direction[c][k];
    }
}

static void test_common(void)
{
    enum { MOST = 2 };
    static double products[D * D], direction[MOST][D];
    char *text = draw_lines();
    float x[D], y[D];
    w2v_sentence_config cfg = w2v_sentence_config_default();
    w2v_model *m = model_of_words(1);
    cfg.weighting = W2V_WEIGHTING_SIF;
    cfg.components = MOST;
    cfg.threads = 1;
    w2v_sentences *plain = sentences_of(m, &cfg), *one = sentences_of(m, &cfg);
    cfg.threads = 5;
    w2v_sentences *five = sentences_of(m, &cfg);
    cfg.components = 0;
    w2v_sentences *none = sentences_of(m, &cfg);
    CHECK_STATUS(fit_text(one, text, NULL), W2V_OK);
    CHECK_STATUS(fit_text(five, "w1 w2\nw7\nw5\n", NULL), W2V_OK);
    CHECK_STATUS(fit_text(five, text, NULL), W2V_OK);  // instead of those before
    CHECK_STATUS(fit_text(none, text, NULL), W2V_OK);
    for (const char *line = text; *line; line += strcspn(line, "\n") + 1) {
        CHECK_STATUS(w2v_sentences_vector(plain, line, strcspn(line, "\n"), x, NULL, NULL), W2V_OK);
        for (size_t i = 0; i < D; i++)
            for (size_t j = 0; j < D; j++) products[i * D + j] += (double)x[i] * (double)x[j];
    }
    find_directions(products, direction, MOST);
    double largest = 0.0, smallest = 1.0;
    for (const char *line = text; *line; line += strcspn(line, "\n") + 1) {
        const size_t n = strcspn(line, "\n");
        double expected[D], along = 0.0;
        w2v_sentences_vector(plain, line, n, x, NULL, NULL);
        for (size_t k = 0; k < D; k++) expected[k] = (double)x[k];
        w2v_sentences_vector(none, line, n, y, NULL, NULL);
        CHECK(!memcmp(x, y, sizeof x));
        w2v_sentences_vector(one, line, n, x, NULL, NULL);
        w2v_sentences_vector(five, line, n, y, NULL, NULL);
        CHECK(!memcmp(x, y, sizeof x));  // whatever the threads
        for (int c = 0; c < MOST; c++) {
            along = 0.0;
            for (size_t k = 0; k < D; k++) along += (double)x[k] * direction[c][k];
            largest = fmax(largest, fabs(along));
        }
        remove_directions(expected, direction, MOST);
        for (size_t k = 0; k < D; k++) {
            CHECK_NEAR(x[k], expected[k], 2e-6);
            smallest = fmin(smallest, expected[k]);
        }
    }
    CHECK(largest < 2e-6 && smallest < -0.01);
    w2v_sentences_free(plain);
    w2v_sentences_free(one);
    w2v_sentences_free(five);
    w2v_sentences_free(none);
    w2v_model_free(m);
    free(text);
}

// Fewer directions than cfg.components, and sentences of which nothing remains.
static void test_rank(void)
{
    static const double zero[2] = {0.0, 0.0}, half[2] = {0.5, 0.0};
    w2v_sentence_config cfg = w2v_sentence_config_default();
    w2v_model *m = model_of("3 2\na 1 0.3\nb -2 -0.6\nc 0.5 0\n");
    w2v_sentence_match top[3];
    size_t n = 9;
    w2v_error err;
    float x[2];
    cfg.components = 2;
    w2v_sentences *s = sentences_of(m, &cfg);
    CHECK_STATUS(fit_text(s, "c", &err), W2V_OK);
    CHECK_STATUS(fit_text(s, "a\na b x\nb b\n\n", &err), W2V_OK);  // all along a
    check_vector(s, "a b a b b", zero, 2, 5, 0);
    m->input[2 * m->stride] = 1e-25f;  // whose square is 0
    CHECK(w2v_sentences_vector(s, "c", 1, x, NULL, &err) == W2V_OK && x[0] > 0.0f);
    for (size_t k = 0; k < 2; k++)
        m->input[2 * m->stride + k] = k ? 9e19f : 3e20f;  // a, whose square is infinite
    CHECK(w2v_sentences_vector(s, "c", 1, x, NULL, &err) == W2V_OK && x[0] == 0.0f && x[1] == 0.0f);
    for (size_t k = 0; k < 2; k++) m->input[2 * m->stride + k] = k ? 0.0f : 0.5f;
    const double a = 1.0 / 1.09, c[2] = {0.5 - 0.5 * a, -0.15 * a};
    check_vector(s, "c", c, 2, 1, 0);
    CHECK_STATUS(fit_text(s, "x y\n\n", &err), W2V_ERROR_EMPTY);
    CHECK_STRING(err.message, "'the text' has no line with a vector other than zero: 0 words are known, 2 unknown");
    CHECK_STATUS(fit_text(s, "", &err), W2V_ERROR_EMPTY);
    check_vector(s, "c", c, 2, 1, 0);  // as before
    CHECK_STATUS(read_text(s, "a b\nc\n", NULL, &err), W2V_OK);
    CHECK(w2v_sentences_nearest(s, "a a", 3, top, 3, &n, &err) == W2V_OK && n == 0);
    CHECK(w2v_sentences_nearest(s, "c a", 3, top, 3, &n, &err) == W2V_OK && n == 1);
    CHECK_STRING(top[0].text, "c");
    CHECK_STATUS(fit_text(s, "a", &err), W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "common directions must be found before sentences are read, and 2 have been: make new "
                              "w2v_sentences");
    w2v_sentences_free(s);
    cfg.components = 0;
    s = sentences_of(m, &cfg);
    CHECK_STATUS(fit_text(s, "x", NULL), W2V_OK);
    check_vector(s, "c x", half, 2, 1, 1);
    w2v_sentences_free(s);
    w2v_model_free(m);
}

// How words are looked up: as they are, in lower case, without punctuation.
static void test_words(void)
{
    // every word is one digit of the sum, to the base 4
    w2v_model *m = model_of("7 1\nhello 1\nU.S. 4\nHello 16\n, 64\n\303\244rger 256\nnan 1024\nend 4096\n");
    const struct {
        const char *text;
        int lower_case, strip;
        double sum;  // of the words
        size_t known, unknown;
    } cases[] = {
        {"", 0, 0, 0, 0, 0},
        {" \t\r\n\v\f", 1, 1, 0, 0, 0},
        {"hello\vHello\fhello\rhello\nhello", 0, 0, 20, 5, 0},
        {"HELLO hello, U.S. u.s. ,", 0, 0, 68, 2, 3},
        {"HELLO hello, U.S. u.s. ,", 1, 0, 73, 4, 1},
        {"HELLO hello, U.S. u.s. ,", 0, 1, 69, 3, 2},
        {"HELLO hello, U.S. u.s. ,", 1, 1, 74, 5, 0},
        {"((\"HELLO!\")) ... -- , :-)", 1, 1, 65, 2, 0},
        {"... -- , :-)", 0, 0, 64, 1, 3},
        {"\303\204RGER \303\204rger, \303\244rger", 1, 0, 512, 2, 1},
        {"\303\204RGER \303\204rger, \303\244rger", 1, 1, 768, 3, 0},
        {"he-llo he'llo \342\200\234hello\342\200\235", 1, 1, 0, 0, 3},  // not at an end, not ASCII
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        w2v_sentence_config cfg = w2v_sentence_config_default();
        cfg.lower_case = cases[i].lower_case;
        cfg.strip = cases[i].strip;
        w2v_sentences *s = sentences_of(m, &cfg);
        const double mean = cases[i].known ? cases[i].sum / (double)cases[i].known : 0.0;
        check_vector(s, cases[i].text, &mean, 1, cases[i].known, cases[i].unknown);
        w2v_sentences_free(s);
    }
    w2v_sentences *s = sentences_of(m, NULL);
    w2v_sentence_counts words = {5, 5};
    w2v_error err;
    float x = 7.0f;
    CHECK(w2v_sentences_vector(s, "hello end", 7, &x, NULL, NULL) == W2V_OK && x == 1.0f);  // n bytes, no NUL
    CHECK(w2v_sentences_vector(s, NULL, 0, &x, &words, NULL) == W2V_OK && x == 0.0f && !words.known);
    x = 7.0f;
    CHECK_STATUS(w2v_sentences_vector(s, "end\0hello", 9, &x, &words, &err), W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "the sentence has a NUL byte at byte 3 of 9");
    CHECK(x == 7.0f && !words.known);
    m->input[5 * m->stride] = NAN;  // `nan`
    const double one = 1.0;
    check_vector(s, "nan hello", &one, 1, 1, 1);
    m->input[0] = m->input[4 * m->stride] = 3e38f;
    CHECK_STATUS(w2v_sentences_vector(s, "hello \303\244rger", 12, &x, NULL, &err), W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "the sum of the vectors of the words of the sentence is not finite");
    CHECK_STATUS(read_text(s, "end\n\nhello \303\244rger\nend\n", NULL, &err), W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "'the text' line 3: the sum of the vectors of its words is not finite");
    CHECK_STATUS(fit_text(s, "end\nhello\n", &err), W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "numbers of the vectors are too large to be squared");
    w2v_sentences_free(s);
    w2v_model_free(m);
}

// Words of 1024 bytes are known, longer ones are not, and lines are as long as they are.
static void test_long(void)
{
    enum { WORDS = 300000 };
    static char text[6 * WORDS + 2100], file[W2V_MAX_WORD + 20] = "2 1\n";
    memset(file + 4, 'x', W2V_MAX_WORD);
    memcpy(file + 4 + W2V_MAX_WORD, " 4\nhello 1\n", 12);
    w2v_model *m = model_of(file);
    w2v_sentences *s = sentences_of(m, NULL);
    w2v_sentence_counts words;
    w2v_sentence_match top[2];
    size_t n;
    for (size_t i = 0; i < WORDS; i++) memcpy(text + 6 * i, "hello ", 6);
    memset(text + 6 * WORDS, 'x', W2V_MAX_WORD);
    text[6 * WORDS + W2V_MAX_WORD] = ' ';
    memset(text + 6 * WORDS + W2V_MAX_WORD + 1, 'x', W2V_MAX_WORD + 1);
    const double mean = (WORDS + 4.0) / (WORDS + 1.0);
    check_vector(s, text, &mean, 1, WORDS + 1, 1);
    CHECK_STATUS(read_text(s, text, &words, NULL), W2V_OK);
    CHECK(words.known == WORDS + 1 && words.unknown == 1 && w2v_sentences_size(s) == 1);
    CHECK(w2v_sentences_nearest(s, "hello", 5, top, 2, &n, NULL) == W2V_OK && n == 1);
    CHECK(!strcmp(top[0].text, text));
    w2v_sentences_free(s);
    w2v_model_free(m);
}

// Gives a text in pieces of a few bytes.
typedef struct pieces {
    const char *text;
    size_t n, at;
} pieces;

static size_t read_piece(char *buffer, size_t room, void *user)
{
    pieces *p = (pieces *)user;
    size_t n = p->n - p->at;
    n = n < 3 ? n : 3;
    n = n < room ? n : room;
    memcpy(buffer, p->text + p->at, n);
    p->at += n;
    return n;
}

static void test_nearest(void)
{
    static const char text[] = "\357\273\277north\r\n\r\nnorth east\n nowhere \neast east\nwest\neast\n north  east\nnorth west";
    static const char nul[] = "east\nno\0rth\n";
    w2v_model *m = model_of("4 2\neast 1 0\nnorth 0 1\nwest -1 0\nzero 0 0\n");
    w2v_sentences *s = sentences_of(m, NULL);
    w2v_sentence_match top[9];
    w2v_sentence_counts words;
    w2v_error err;
    size_t n = 5;
    CHECK(w2v_sentences_nearest(s, "east", 4, top, 9, &n, NULL) == W2V_OK && n == 0);
    CHECK(read_text(s, "", &words, NULL) == W2V_OK && !words.known && !w2v_sentences_size(s));
    pieces p = {text, sizeof text - 1, 0};
    const w2v_source source = w2v_source_reader(read_piece, &p);
    CHECK_STATUS(w2v_sentences_read(s, &source, &words, NULL), W2V_OK);
    CHECK(w2v_sentences_size(s) == 9 && words.known == 11 && words.unknown == 1);
    CHECK_STATUS(w2v_sentences_nearest(s, "east", 4, top, 9, &n, NULL), W2V_OK);
    static const size_t order[] = {4, 6, 2, 7, 0, 8, 5};
    CHECK_EQUAL(n, 7);  // the empty line and the unknown word have no vector
    for (size_t i = 0; i < n; i++) CHECK_EQUAL(top[i].number, order[i]);
    CHECK_STRING(top[0].text, "east east");
    CHECK_STRING(top[3].text, " north  east");
    CHECK_STRING(top[4].text, "north");
    CHECK(top[0].score == 1.0f && top[1].score == 1.0f && top[4].score == 0.0f && top[6].score == -1.0f);
    CHECK_NEAR(top[2].score, sqrt(0.5), 1e-6);
    CHECK(w2v_sentences_nearest(s, "east x", 6, top, 3, &n, NULL) == W2V_OK && n == 3 && top[2].number == 2);
    CHECK(w2v_sentences_nearest(s, "east", 4, NULL, 0, &n, NULL) == W2V_OK && n == 0);
    CHECK(w2v_sentences_nearest(s, "zero", 4, top, 9, &n, NULL) == W2V_OK && n == 0);
    n = 5;
    CHECK_STATUS(w2v_sentences_nearest(s, "x y", 3, top, 9, &n, &err), W2V_ERROR_UNKNOWN_WORD);
    CHECK_STRING(err.message, "none of the 2 words of the sentence is known");
    CHECK_STATUS(w2v_sentences_nearest(s, " ", 1, top, 1, &n, &err), W2V_ERROR_UNKNOWN_WORD);
    CHECK_STRING(err.message, "the sentence has no words");
    CHECK_EQUAL(n, 0);
    CHECK_STATUS(w2v_sentences_nearest(s, "x\0y", 3, top, 9, &n, &err), W2V_ERROR_ARGUMENT);

    const w2v_source bad = w2v_source_text(nul, sizeof nul - 1), file = w2v_source_file("tests/no such file");
    const uint32_t id = 0;
    const w2v_source ids = w2v_source_ids(&id, 1, NULL), weighted = w2v_source_weighted(bad);
    CHECK_STATUS(w2v_sentences_read(s, &bad, &words, &err), W2V_ERROR_FORMAT);
    CHECK_STRING(err.message, "'the text' line 2 has a NUL byte at byte 7");
    CHECK_STATUS(w2v_sentences_read(s, &file, NULL, &err), W2V_ERROR_IO);
    CHECK_STATUS(w2v_sentences_read(s, &ids, NULL, &err), W2V_ERROR_ARGUMENT);
    CHECK_STATUS(w2v_sentences_read(s, &weighted, NULL, &err), W2V_ERROR_ARGUMENT);
    CHECK(w2v_sentences_size(s) == 9 && words.known == 11);
    CHECK_STATUS(read_text(s, "west\neast\n", NULL, NULL), W2V_OK);  // after those before
    CHECK(w2v_sentences_nearest(s, "east", 4, top, 9, &n, NULL) == W2V_OK && n == 9 && top[2].number == 10);
    CHECK_STRING(top[2].text, "east");
    CHECK(top[8].number == 9 && !strcmp(top[8].text, "west"));
    w2v_sentences_free(s);
    w2v_model_free(m);
}

// The best k lines are the first k of all, in the order of their scores, then of their numbers. All are ranked in
// a moment, also where each is better than those before it.
static void test_ranked(void)
{
    enum { WORDS = 1000, EACH = 200 };
    static char text[WORDS * EACH * 5 + 1], file[WORDS * 16 + 16];
    static w2v_sentence_match all[WORDS * EACH], top[WORDS * EACH];
    static const size_t k[] = {1, 2, 7, 300, WORDS * EACH};
    size_t n = (size_t)snprintf(file, sizeof file, "%d 2\n", (int)WORDS), ranked;
    for (int i = 0; i < WORDS; i++) n += (size_t)snprintf(file + n, sizeof file - n, "w%d %d 1000\n", i, i);
    n = 0;
    for (int i = 0; i < WORDS * EACH; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "w%d\n", i / EACH);
    w2v_model *m = model_of(file);
    w2v_sentences *s = sentences_of(m, NULL);
    CHECK_STATUS(read_text(s, text, NULL, NULL), W2V_OK);
    const clock_t start = clock();
    CHECK(w2v_sentences_nearest(s, "w999", 4, all, WORDS * EACH, &ranked, NULL) == W2V_OK &&
          ranked == WORDS * EACH);
    CHECK((double)(clock() - start) / CLOCKS_PER_SEC < 5.0);
    for (size_t i = 1; i < ranked; i++)
        CHECK(all[i - 1].score > all[i].score ||
              (all[i - 1].score == all[i].score && all[i - 1].number < all[i].number));
    CHECK(all[0].number == (WORDS - 1) * EACH && !strcmp(all[0].text, "w999") &&
          !strcmp(all[ranked - 1].text, "w0"));
    for (size_t t = 0; t < TEST_COUNT(k); t++) {
        CHECK(w2v_sentences_nearest(s, "w999", 4, top, k[t], &n, NULL) == W2V_OK && n == k[t]);
        int same = 1;
        for (size_t i = 0; i < n; i++)
            same &=
                top[i].number == all[i].number && top[i].text == all[i].text && top[i].score == all[i].score;
        CHECK(same);
    }
    w2v_sentences_free(s);
    w2v_model_free(m);
}

// Three bytes of a file of gzip, then a failure.
static size_t read_and_fail(char *buffer, size_t room, void *user)
{
    int *const calls = (int *)user;
    if (room < 3 || (*calls)++) return W2V_READ_FAILED;
    memcpy(buffer, "\x1f\x8b\x08", 3);
    return 3;
}

static void test_failing_reader(void)
{
    w2v_model *m = model_of_words(1);
    w2v_sentences *s = sentences_of(m, NULL);
    w2v_error err = {""};
    int calls = 0;
    const w2v_source source = w2v_source_reader(read_and_fail, &calls);
    CHECK_STATUS(w2v_sentences_fit(s, &source, NULL, &err), W2V_ERROR_IO);
    CHECK_STRING(err.message, "'the reader' cannot be read after 3 bytes");
    calls = 0;
    CHECK_STATUS(w2v_sentences_read(s, &source, NULL, &err), W2V_ERROR_IO);
    CHECK_STRING(err.message, "'the reader' cannot be read after 3 bytes");
    w2v_sentences_free(s);
    w2v_model_free(m);
}

// Several batches on several threads: every line has its own vector.
static void test_read(void)
{
    char *text = draw_lines();
    w2v_model *m = model_of_words(1);
    w2v_sentence_config cfg = w2v_sentence_config_default();
    w2v_sentence_counts one = {0, 0}, sum = {0, 0}, all;
    w2v_sentence_match best;
    cfg.threads = 4;
    cfg.weighting = W2V_WEIGHTING_IDF;
    w2v_sentences *s = sentences_of(m, &cfg);
    CHECK_STATUS(fit_text(s, text, NULL), W2V_OK);
    CHECK_STATUS(read_text(s, text, &all, NULL), W2V_OK);
    CHECK_EQUAL(w2v_sentences_size(s), LINES);
    size_t number = 0, n;
    for (const char *line = text; *line; line += strcspn(line, "\n") + 1, number++) {
        const size_t bytes = strcspn(line, "\n");
        float x[D];
        w2v_sentences_vector(s, line, bytes, x, &one, NULL);
        sum.known += one.known;
        sum.unknown += one.unknown;
        if (!one.known || number % 50 > 4) continue;
        CHECK(w2v_sentences_nearest(s, line, bytes, &best, 1, &n, NULL) == W2V_OK && n == 1);
        CHECK_NEAR(best.score, 1.0, 1e-6);
        CHECK(best.number <= number);
        if (best.number == number) CHECK(strlen(best.text) == bytes && !memcmp(best.text, line, bytes));
    }
    CHECK(all.known == sum.known && all.unknown == sum.unknown && all.unknown > 100);
    w2v_sentences_free(s);
    w2v_model_free(m);
    free(text);
}

static void check_refused(const w2v_model *m, const w2v_sentence_config *cfg, const char *message)
{
    w2v_sentences *s = NULL;
    w2v_error err = {""};
    CHECK_STATUS(w2v_sentences_new(&s, m, cfg, &err), W2V_ERROR_ARGUMENT);
    CHECK(!s && !strncmp(err.message, message, strlen(message)));
    if (strncmp(err.message, message, strlen(message))) printf("    %s\n", err.message);
}

static void test_refused(void)
{
    w2v_model *m = model_of_words(0);
    w2v_sentence_config cfg = w2v_sentence_config_default();
    cfg.components = D + 1;
    check_refused(m, &cfg, "components must be at most 19, the numbers of a vector, not 20");
    cfg.components = D;
    cfg.weighting = W2V_WEIGHTING_IDF;
    check_refused(m, &cfg, "the weights need the counts of the words, which the model lacks: read it from a native file");
    cfg.weighting = W2V_WEIGHTING_SIF;
    check_refused(m, &cfg, "the weights need the counts of the words");
    cfg.smoothing = 0.0;
    check_refused(m, &cfg, "smoothing must be above 0 and at most 1, not 0");
    cfg.smoothing = 1.0;
    cfg.threads = 0;
    check_refused(m, &cfg, "threads must be between 1 and 1024, not 0");
    cfg.threads = 1;
    cfg.weighting = (w2v_weighting)3;
    check_refused(m, &cfg, "weighting must be mean, idf or sif, not 3");
    cfg.struct_size = 3;
    check_refused(m, &cfg, "struct_size of a w2v_sentence_config is 3");
    w2v_model_free(m);
}

static void test_remove_top(void)
{
    enum { TOP = 2 };
    static double products[D * D], direction[TOP][D];
    double mean[D] = {0}, x[D];
    w2v_error err;
    w2v_model *m = model_of_words(0);
    for (size_t i = 0; i < V; i++)
        for (size_t k = 0; k < D; k++) mean[k] += (double)input[i * D + k] / V;
    for (size_t w = 0; w < V; w++)
        for (size_t i = 0; i < D; i++)
            for (size_t j = 0; j < D; j++)
                products[i * D + j] += ((double)input[w * D + i] - mean[i]) * ((double)input[w * D + j] - mean[j]);
    find_directions(products, direction, TOP);
    CHECK_STATUS(w2v_model_remove_top(m, D + 1, &err), W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "components must be at most 19, the numbers of a vector, not 20");
    CHECK_STATUS(w2v_model_remove_top(m, TOP, NULL), W2V_OK);
    for (size_t w = 0; w < V; w++) {
        for (size_t k = 0; k < D; k++) x[k] = (double)input[w * D + k] - mean[k];
        remove_directions(x, direction, TOP);
        double square = 0.0;
        for (size_t k = 0; k < D; k++) CHECK_NEAR(m->input[w * m->stride + k], x[k], 2e-6);
        for (size_t k = 0; k < D; k++) square += x[k] * x[k];
        for (size_t k = D; k < m->stride; k++) CHECK(m->input[w * m->stride + k] == 0.0f);
        CHECK_NEAR(m->length[w], sqrt(square), 2e-6);  // w2v_model_changed
    }
    m->input[3 * m->stride + 1] = INFINITY;
    CHECK_STATUS(w2v_model_remove_top(m, 0, &err), W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "the vector of 'w3' is not finite");
    m->input[3 * m->stride + 1] = 1e25f;
    const uint64_t before = test_hash(m->input, V * m->stride * sizeof(float));
    CHECK_STATUS(w2v_model_remove_top(m, 1, &err), W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "numbers of the vectors are too large to be squared");
    CHECK(before == test_hash(m->input, V * m->stride * sizeof(float)));
    w2v_model_free(m);

    m = model_of("3 2\na 1 2\nb 3 2\nc 5 5\n");
    CHECK_STATUS(w2v_model_remove_top(m, 0, NULL), W2V_OK);  // the mean alone
    CHECK(m->input[0] == -2.0f && m->input[1] == -1.0f && m->input[2 * m->stride + 1] == 2.0f);
    CHECK_STATUS(w2v_model_remove_top(m, 2, NULL), W2V_OK);
    for (size_t i = 0; i < 3; i++) CHECK(fabsf(m->input[i * m->stride]) + fabsf(m->input[i * m->stride + 1]) < 1e-6f);
    w2v_model_free(m);
    m = model_of("2 2\na 1 2\nb 1 2\n");  // no direction at all
    CHECK_STATUS(w2v_model_remove_top(m, 1, NULL), W2V_OK);
    CHECK(m->input[0] == 0.0f && m->input[m->stride + 1] == 0.0f && m->length[0] == 0.0f);
    w2v_model_free(m);
}

// A native file has counts, and is mapped: what is removed from its vectors stays in the file.
static void test_native(void)
{
    w2v_model *m = model_of_words(1), *mapped = NULL, *again = NULL;
    w2v_sentence_config cfg = w2v_sentence_config_default();
    float x[D], y[D];
    cfg.weighting = W2V_WEIGHTING_SIF;
    CHECK_STATUS(w2v_model_save(m, scratch, W2V_FORMAT_NATIVE, NULL), W2V_OK);
    CHECK_STATUS(w2v_model_load(&mapped, scratch, NULL, NULL, NULL), W2V_OK);
    w2v_sentences *one = sentences_of(m, &cfg), *other = sentences_of(mapped, &cfg);
    w2v_sentences_vector(one, "w1 w5 w7", 8, x, NULL, NULL);
    w2v_sentences_vector(other, "w1 w5 w7", 8, y, NULL, NULL);
    CHECK(!memcmp(x, y, sizeof x));
    CHECK_STATUS(w2v_model_remove_top(mapped, 1, NULL), W2V_OK);
    CHECK_STATUS(w2v_model_load(&again, scratch, NULL, NULL, NULL), W2V_OK);
    CHECK(again->input[0] == m->input[0] && again->input[0] != mapped->input[0]);
    w2v_sentences_free(one);
    w2v_sentences_free(other);
    w2v_model_free(m);
    w2v_model_free(mapped);
    w2v_model_free(again);
    remove(scratch);
}

int main(int argc, char **argv)
{
    snprintf(scratch, sizeof scratch, "%s.tmp", argv[0]);
    static const test_case tests[] = {TEST(formulas),   TEST(common),  TEST(rank),  TEST(words),
                                      TEST(long),       TEST(nearest), TEST(read),  TEST(refused),
                                      TEST(remove_top), TEST(native),  TEST(ranked), TEST(failing_reader)};
    return test_main("sentence", tests, TEST_COUNT(tests), argc, argv);
}
