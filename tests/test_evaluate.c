// SPDX-License-Identifier: MIT-0
//
// test_evaluate.c - analogies, word similarity, odd one out, neighbours of a vector

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include "test.h"

static w2v_error err;

static w2v_model *model_of(const char *const *words, size_t size, size_t dim, const float *in)
{
    w2v_model *m = NULL;
    CHECK(w2v_model_new(&m, words, NULL, size, dim, in, NULL, &err) == W2V_OK);
    return m;
}

// Cosines with `a`: 0.8, 0.6, 0, -1. The lengths differ.
static w2v_model *compass(void)
{
    static const char *const words[] = {"a", "b", "c", "d", "e", "zero"};
    static const float in[] = {2.0f, 0.0f, 0.8f, 0.6f, 3.0f, 4.0f, 0.0f, 7.0f, -5.0f, 0.0f, 0.0f, 0.0f};
    return model_of(words, 6, 2, in);
}

static void spoil(w2v_model *m, uint32_t id)
{
    m->in[id * m->stride] = NAN;
    w2v_model_changed(m);
}

// -----------------------------------------------------------------------------------------------------------------
// Two words, a vector, a list

static void test_similarity_of_two(void)
{
    w2v_model *m = compass();
    float c = 9.0f;
    CHECK(w2v_similarity(m, "a", "c", &c, &err) == W2V_OK);
    CHECK_NEAR(c, 0.6, 1e-6);
    CHECK(w2v_similarity(m, "e", "a", &c, &err) == W2V_OK);
    CHECK_NEAR(c, -1.0, 1e-6);
    CHECK(w2v_similarity(m, "a", "zero", &c, &err) == W2V_OK && c == 0.0f);
    c = 9.0f;
    CHECK(w2v_similarity(m, "nobody", "a", &c, &err) == W2V_ERROR_UNKNOWN_WORD);
    CHECK_STRING(err.message, "'nobody' is not in the vocabulary");
    CHECK(w2v_similarity(m, "a", "none", &c, &err) == W2V_ERROR_UNKNOWN_WORD);
    CHECK_STRING(err.message, "'none' is not in the vocabulary");
    spoil(m, 1);
    CHECK(w2v_similarity(m, "a", "b", &c, &err) == W2V_ERROR_ARGUMENT && c == 9.0f);
    CHECK_STRING(err.message, "the vectors of 'a' and 'b' are not both finite");
    w2v_free(m);
}

static void test_nearest_to_vector(void)
{
    w2v_model *m = compass();
    w2v_match top[6];
    size_t n = 77;
    const float east[2] = {1e-3f, 0.0f}, bad[2] = {1.0f, INFINITY}, zero[2] = {0.0f, 0.0f};
    CHECK(w2v_nearest_to_vector(m, east, top, 3, &n, &err) == W2V_OK && n == 3);
    CHECK_STRING(top[0].word, "a");
    CHECK_STRING(top[1].word, "b");
    CHECK_STRING(top[2].word, "c");
    CHECK_NEAR(top[0].score, 1.0, 1e-6);
    CHECK_NEAR(top[1].score, 0.8, 1e-6);
    CHECK(w2v_nearest_to_vector(m, w2v_vector(m, "d"), top, 9, &n, &err) == W2V_OK && n == 6);
    CHECK_STRING(top[0].word, "d");  // its own word is not left out
    CHECK(w2v_nearest_to_vector(m, zero, top, 1, &n, &err) == W2V_OK && n == 1 && top[0].score == 0.0f);
    n = 77;
    CHECK(w2v_nearest_to_vector(m, bad, top, 3, &n, &err) == W2V_ERROR_ARGUMENT && n == 77);
    CHECK_STRING(err.message, "number 1 of the vector is not finite");
    w2v_free(m);
}

static void test_odd_one_out(void)
{
    w2v_model *m = compass();
    const char *const list[] = {"b", "d", "c", "a"}, *const long_one[] = {"a", "b", "e"},
                      *const same[] = {"c", "c", "c"};
    const char *const unknown[] = {"a", "b", "x"};
    size_t odd = 77;
    // unit vectors (0.8, 0.6), (0, 1), (0.6, 0.8), (1, 0); the mean is (0.6, 0.6); ties of a and d: the first
    CHECK(w2v_odd_one_out(m, list, 4, &odd, &err) == W2V_OK && odd == 1);
    CHECK(w2v_odd_one_out(m, long_one, 3, &odd, &err) == W2V_OK && odd == 2);  // however long its vector is
    CHECK(w2v_odd_one_out(m, same, 3, &odd, &err) == W2V_OK && odd == 0);
    odd = 77;
    CHECK(w2v_odd_one_out(m, unknown, 3, &odd, &err) == W2V_ERROR_UNKNOWN_WORD && odd == 77);
    CHECK_STRING(err.message, "'x' is not in the vocabulary");
    CHECK(w2v_odd_one_out(m, list, 2, &odd, &err) == W2V_ERROR_ARGUMENT && odd == 77);
    CHECK_STRING(err.message, "an odd one needs at least three words, not 2");
    spoil(m, 1);
    CHECK(w2v_odd_one_out(m, list, 4, &odd, &err) == W2V_ERROR_ARGUMENT && odd == 77);
    w2v_free(m);
}

// -----------------------------------------------------------------------------------------------------------------
// Similarity

static w2v_status pairs(const w2v_model *m, const char *text, w2v_similarity_result *r)
{
    const w2v_similarity_options options = w2v_similarity_options_default();
    return w2v_evaluate_similarity(m, text, strlen(text), &options, r, &err);
}

static void test_similarity(void)
{
    static const char *const forms[] = {
        "a b 4\na c 2\na d 2\na e 3\n",
        "a b 4\r\na c 2\r\na d 2\r\na e 3",
        ("\xEF\xBB\xBF"
         "a\tb\t4.0\t9\nc\ta\t2\t \na\td\t2e0\textra\na\te\t0.3e1\n"),
        "# one, two\n\n  a  \t b   4\n\t\r\n a,c 2\n a\td\t 2\n#a b 9\na e +3\n",
        "Word 1,Word 2,Human (mean)\na,b,4\na, c, 2\n a ,d,2,x\na,e,3",
        "word1;word2;score\na;b;4.000\na;c;2\na;d;2\na;e;3\n",
        "A B 4\nA C 2\na D 2\na E 3\n",
    };
    w2v_model *m = compass();
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        w2v_similarity_result r = {9.0, 9.0, 99, 99};
        // ranks of the cosines 3 2 1 0, of the scores 3 1/2 1/2 2
        if (!CHECK(pairs(m, forms[i], &r) == W2V_OK)) printf("    form %zu: %s\n", i, err.message);
        CHECK(r.used == 4 && r.lines == 4);
        CHECK_NEAR(r.spearman, 1.5 / sqrt(5.0 * 4.5), 1e-12);
        CHECK_NEAR(r.pearson, 0.3 / sqrt(2.75 * 1.96), 1e-6);
    }
    w2v_similarity_result r;
    CHECK(pairs(m, "a b 4\na x 2\ny c 3\na d 1\na zero 2\n", &r) == W2V_OK && r.used == 3 && r.lines == 5);
    CHECK_NEAR(r.spearman, 1.5 / sqrt(2.0 * 1.5),
               1e-12);  // d and zero have the same cosine: ranks 2 1/2 1/2 and 2 0 1
    CHECK(pairs(m, "a b 0.1\na c 0.1\na d 0.1\na e 0.1\na zero 0.1\nb c 0.1\nb d 0.1\n", &r) ==
          W2V_ERROR_EMPTY);
    CHECK(pairs(m, "a b 4\na e 3\n", &r) == W2V_OK && r.spearman >= 1.0 && r.pearson <= 1.0);
    CHECK_NEAR(r.pearson, 1.0, 1e-12);
    CHECK(pairs(m, "a b 3\na e 4\n", &r) == W2V_OK && r.spearman <= -1.0);
    spoil(m, 4);
    CHECK(pairs(m, "a b 4\na e 3\na d 2", &r) == W2V_OK && r.used == 2 && r.lines == 3);
    w2v_free(m);
}

static void test_similarity_options(void)
{
    static const char *const words[] = {"Sun", "moon", "sun", "1,000", "star"};
    static const float in[] = {1.0f, 0.0f, 0.6f, 0.8f, 0.0f, 1.0f, 1.0f, 1.0f, -1.0f, 0.0f};
    static const char text[] = "sun moon A 1\nMOON sun B 3\nstar sun C 5\n";
    w2v_model *m = model_of(words, 5, 2, in);
    w2v_similarity_result r;
    w2v_similarity_options o = w2v_similarity_options_default();
    o.column = 4;
    // cosines 0.6, 0.6 and -1: the first of two words that are the same in lower case counts
    CHECK(w2v_evaluate_similarity(m, text, sizeof text - 1, &o, &r, &err) == W2V_OK && r.used == 3);
    CHECK_NEAR(r.spearman, -1.5 / sqrt(2.0 * 1.5), 1e-12);
    o.letter_case = W2V_CASE_EXACT;  // cosines 0.8 and 0
    CHECK(w2v_evaluate_similarity(m, text, sizeof text - 1, &o, &r, &err) == W2V_OK && r.used == 2 &&
          r.lines == 3);
    CHECK_NEAR(r.spearman, -1.0, 1e-12);
    o.top = 4;
    CHECK(w2v_evaluate_similarity(m, text, sizeof text - 1, &o, &r, &err) == W2V_ERROR_EMPTY);
    o.top = 1;
    CHECK(w2v_evaluate_similarity(m, text, sizeof text - 1, &o, &r, &err) == W2V_ERROR_UNKNOWN_WORD);
    CHECK_STRING(err.message,
                 "the text line 1: 'sun' is not among the first 1 words of the model, and none of the 3 "
                 "pairs can be used (in lower case some may)");
    // a comma is a letter in lines with tabs
    CHECK(pairs(m, "1,000\tsun\t3\nmoon\tsun\t5\n", &r) == W2V_OK && r.used == 2);
    // words of W2V_MAX_WORD bytes and more
    char line[W2V_MAX_WORD + 64];
    memset(line, 'x', sizeof line);
    memcpy(line + W2V_MAX_WORD + 1, "\tsun\t1\nsun\tmoon\t2\nsun\tstar\t1", 29);
    CHECK(pairs(m, line, &r) == W2V_OK && r.used == 2 && r.lines == 3);
    o = w2v_similarity_options_default();
    o.column = 2;
    CHECK(w2v_evaluate_similarity(m, text, sizeof text - 1, &o, &r, &err) == W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "column must be between 3 and 64, not 2");
    o.column = 3;
    memset(&o.letter_case, 0x7f, sizeof o.letter_case);
    CHECK(w2v_evaluate_similarity(m, text, sizeof text - 1, &o, &r, &err) == W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "letter_case is 2139062143, which is no w2v_case");
    w2v_free(m);
}

typedef struct refusal {
    w2v_status status;
    const char *text, *message;
} refusal;

static void test_similarity_refused(void)
{
    static const refusal cases[] = {
        {W2V_ERROR_EMPTY, "", "the text has no pairs"},
        {W2V_ERROR_EMPTY, "\r\n \t\n# a b 3\nword word score\n", "the text has no pairs"},
        {W2V_ERROR_FORMAT, "a b 1\n\na\tb\r\n",
         "line 3: 'a\\x09b' has 2 columns: two words and, in column 3, a score are needed"},
        {W2V_ERROR_FORMAT, "a", "line 1: 'a' has 1 columns: two words and, in column 3, a score are needed"},
        {W2V_ERROR_FORMAT, "a b 1\na,,3\n",
         "line 2: 'a,,3' has 2 columns: two words and, in column 3, a score are needed"},
        {W2V_ERROR_FORMAT, "a b 1\na b c\n", "line 2: 'c' in column 3 is not a number"},
        {W2V_ERROR_FORMAT, "a b 1\na b 1,5\na\tb\t1,5", "line 3: '1,5' in column 3 is not a number"},
        {W2V_ERROR_FORMAT, "a b 1\na b nan\n", "line 2: 'nan' in column 3 is not a number"},
        {W2V_ERROR_FORMAT, "a b 1\na b 1e99\n", "line 2: '1e99' in column 3 is not a number"},
        {W2V_ERROR_UNKNOWN_WORD, "#\na x 1\ny b 2\n",
         "the text line 2: 'x' is not among the first 6 words of the model, and none of the 2 pairs can be "
         "used"},
        {W2V_ERROR_EMPTY, "a b 1\n",
         "the text has no correlation: the scores or the cosines of the 1 of 1 pairs that can be used are "
         "all the same"},
        {W2V_ERROR_EMPTY, "a b 1\na c 1\nx c 3\n",
         "the text has no correlation: the scores or the cosines of the 2 of 3 pairs that can be used are "
         "all the same"},
        {W2V_ERROR_EMPTY, "a b 1\nb a 2\n",
         "the text has no correlation: the scores or the cosines of the 2 of 2 pairs that can be used are "
         "all the same"},
    };
    w2v_model *m = compass();
    w2v_similarity_result r;
    const w2v_similarity_options o = w2v_similarity_options_default();
    memset(&r, 0x55, sizeof r);
    const w2v_similarity_result before = r;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK(pairs(m, cases[i].text, &r) == cases[i].status);
        CHECK_STRING(err.message, cases[i].message);
        CHECK(!memcmp(&r, &before, sizeof r));
    }
    CHECK(w2v_evaluate_similarity(m, "a b 1\na\0c 2\n", 13, &o, &r, &err) == W2V_ERROR_FORMAT);
    CHECK_STRING(err.message,
                 "line 2: a NUL byte at byte 7: this is not a text, or one in UTF-16 (convert it to UTF-8)");
    CHECK(w2v_evaluate_similarity(m, NULL, 0, &o, &r, NULL) == W2V_ERROR_EMPTY);
    CHECK(w2v_evaluate_similarity(m, "a b 1\na c 2\nnever read", 12, &o, &r, NULL) == W2V_OK);
    w2v_free(m);
}

// -----------------------------------------------------------------------------------------------------------------
// Analogies

// man + royal = king; four pairs of words, (0, ..) and what `gram` adds to it
static w2v_model *kingdom(void)
{
    static const char *const words[] = {"man",   "woman", "king",   "queen", "Man",    "prince",
                                        "Queen", "big",   "bigger", "small", "smaller"};
    static const float in[] = {1, 0, 0.1f, 0, 0, 0, 0, 1, 0.1f, 0, 0, 0, 10, 0, 10, 0, 0,    0, 0, 2, 2, 0, 0,
                               0, 1, 0,    0, 0, 0, 0, 3, 0.5f, 3, 0, 0, 0,  0, 5,  5, 0.1f, 0, 0, 0, 0, 0, 1,
                               0, 0, 0,    0, 0, 1, 0, 1, 0,    0, 0, 0, 1,  0, 0,  0, 0,    0, 1, 1};
    return model_of(words, sizeof words / sizeof *words, 6, in);
}

static w2v_status analogies(const w2v_model *m, const char *text, const w2v_analogy_options *o,
                            w2v_analogy_result *r)
{
    return w2v_evaluate_analogies(m, text, strlen(text), o, r, &err);
}

static int counts_are(w2v_analogy_counts c, size_t correct, size_t used, size_t lines)
{
    if (c.correct == correct && c.used == used && c.lines == lines) return 1;
    printf("    %zu of %zu of %zu instead of %zu of %zu of %zu\n", c.correct, c.used, c.lines, correct, used,
           lines);
    return 0;
}

static void test_analogies(void)
{
    static const char *const forms[] = {
        "man king woman queen\n: royal  family \nman king woman prince\nman king woman nobody\n"
        ": empty\n:gram1-comparative\nbig bigger small smaller\n: x\nman king queen woman",
        "\xEF\xBB\xBFman\tking  woman queen \r\n\r\n:\troyal  family\r\nman king woman prince\r\n# a "
        "comment\r\n"
        " man king woman nobody\r\n: empty\r\n: gram1-comparative\r\nbig bigger small smaller\r\n:x\r\nman "
        "king queen woman",
    };
    w2v_model *m = kingdom();
    w2v_analogy_options o = w2v_analogy_options_default();
    w2v_analogy_result r;
    for (size_t i = 0; i < 2; i++)
        for (int method = 0; method < 2; method++) {
            o.method = (w2v_analogy_method)method;
            memset(&r, 0x55, sizeof r);
            if (!CHECK(analogies(m, forms[i], &o, &r) == W2V_OK)) {
                printf("    %s\n", err.message);
                continue;
            }
            CHECK(counts_are(r.total, 2, 4, 5) && counts_are(r.syntactic, 1, 1, 1) &&
                  counts_are(r.semantic, 1, 3, 4));
            CHECK(r.sections == 5);
            CHECK_STRING(r.section[0].name, "");
            CHECK_STRING(r.section[1].name, "royal  family");
            CHECK_STRING(r.section[2].name, "empty");
            CHECK_STRING(r.section[3].name, "gram1-comparative");
            CHECK_STRING(r.section[4].name, "x");
            CHECK(!r.section[1].syntactic && r.section[3].syntactic && !r.section[4].syntactic);
            CHECK(counts_are(r.section[0].counts, 1, 1, 1) && counts_are(r.section[1].counts, 0, 1, 2));
            CHECK(counts_are(r.section[2].counts, 0, 0, 0) && counts_are(r.section[3].counts, 1, 1, 1));
            CHECK(counts_are(r.section[4].counts, 0, 1, 1));
            w2v_analogy_result_free(&r);
            CHECK(!r.section && !r.sections && !r.total.lines);
            w2v_analogy_result_free(&r);
        }
    w2v_free(m);
}

static void test_analogy_options(void)
{
    w2v_model *m = kingdom();
    w2v_analogy_options o = w2v_analogy_options_default();
    w2v_analogy_result r;
    static const char text[] = "MAN KING woman Queen\n";
    CHECK(o.top == 30000 && o.method == W2V_ANALOGY_ADD && o.letter_case == W2V_CASE_LOWER && o.threads >= 1);
    // Man and Queen are man and queen, the first ones
    CHECK(analogies(m, text, &o, &r) == W2V_OK && counts_are(r.total, 1, 1, 1));
    w2v_analogy_result_free(&r);
    o.letter_case = W2V_CASE_EXACT;
    CHECK(analogies(m, text, &o, &r) == W2V_ERROR_UNKNOWN_WORD);
    CHECK_STRING(err.message,
                 "the text line 1: 'MAN' is not among the first 11 words of the model, and none of the 1 "
                 "questions can be used (in lower case some may)");
    CHECK(analogies(m, "Man king woman queen\nman king woman Queen\n", &o, &r) == W2V_OK);
    CHECK(counts_are(r.total, 1, 2, 2));  // Queen is a candidate of its own
    w2v_analogy_result_free(&r);
    o.top = 4;  // neither Man as a question nor prince as an answer
    CHECK(analogies(m, "Man king woman queen\nman king woman queen\nking man queen woman\n", &o, &r) ==
          W2V_OK);
    CHECK(counts_are(r.total, 2, 2, 3));
    w2v_analogy_result_free(&r);
    o.top = 0;
    CHECK(analogies(m, "big bigger small smaller", &o, &r) == W2V_OK && counts_are(r.total, 1, 1, 1));
    w2v_analogy_result_free(&r);
    spoil(m, 3);  // queen is known no more, and no answer
    CHECK(analogies(m, "man king woman queen\nman king woman Queen", &o, &r) == W2V_OK &&
          counts_are(r.total, 1, 1, 2));
    w2v_analogy_result_free(&r);
    w2v_free(m);
}

static void test_lower_case(void)
{
    static const char *const words[] = {
        "\xC3\x84PFEL", "\xCE\xA3\xCE\x8C\xCE\xA6", "\xD0\x81\xD0\x96", "\xC5\xB8", "\xC3\x97", "Z\xC4"};
    static const char *const lower[] = {
        "\xC3\xA4pfel", "\xCF\x83\xCF\x8C\xCF\x86", "\xD1\x91\xD0\xB6", "\xC3\xBF", "\xC3\x97", "z\xC4"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        char out[16];
        w2v__copy_lower(out, words[i], strlen(words[i]));
        CHECK_STRING(out, lower[i]);
        w2v__copy_lower(out, lower[i], strlen(lower[i]));
        CHECK_STRING(out, lower[i]);
    }
    for (uint32_t code = 0x80; code < 0x800;
         code++) {  // the lower case of lower case, and never of more bytes
        const uint32_t small = w2v__lower_character(code);
        CHECK(small >= 0x80 && small < 0x800 && w2v__lower_character(small) == small);
    }
}

static void test_analogies_refused(void)
{
    static const refusal cases[] = {
        {W2V_ERROR_EMPTY, "", "the text has no questions"},
        {W2V_ERROR_EMPTY, ": family\r\n\n#man king woman queen\n", "the text has no questions"},
        {W2V_ERROR_FORMAT, ": family\r\nman king woman\r\n",
         "line 2: 'man king woman' has 3 words: a question has four, a heading begins with a colon"},
        {W2V_ERROR_FORMAT, "man king woman queen\nman king woman queen prince\n",
         "line 2: 'man king woman queen prince' has 5 words: a question has four, a heading begins with a "
         "colon"},
        {W2V_ERROR_UNKNOWN_WORD, ": family\nman king woman Nobody\nx man king queen\n",
         "the text line 2: 'Nobody' is not among the first 11 words of the model, and none of the 2 "
         "questions can be used"},
    };
    w2v_model *m = kingdom();
    w2v_analogy_options o = w2v_analogy_options_default();
    w2v_analogy_result r;
    memset(&r, 0x55, sizeof r);
    const w2v_analogy_result before = r;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK(analogies(m, cases[i].text, &o, &r) == cases[i].status);
        CHECK_STRING(err.message, cases[i].message);
        CHECK(!memcmp(&r, &before, sizeof r));
    }
    CHECK(w2v_evaluate_analogies(m, "man king\0woman queen\n", 21, &o, &r, &err) == W2V_ERROR_FORMAT);
    CHECK_STRING(err.message,
                 "line 1: a NUL byte at byte 8: this is not a text, or one in UTF-16 (convert it to UTF-8)");
    o.threads = 0;
    CHECK(analogies(m, "man king woman queen", &o, &r) == W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "threads must be between 1 and 1024, not 0");
    o.threads = 1;
    memset(&o.method, 0x7f, sizeof o.method);
    CHECK(analogies(m, "man king woman queen", &o, &r) == W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "method is 2139062143, which is no w2v_analogy_method");
    CHECK(!memcmp(&r, &before, sizeof r));
    w2v_free(m);
}

// The best two answers, in double.
static void reference_answer(const w2v_model *m, const uint32_t *q, int mul, uint32_t best[2],
                             double score[2])
{
    score[0] = score[1] = -10.0;
    best[0] = best[1] = W2V_NONE;
    for (uint32_t id = 0; id < m->size; id++) {
        double cosine[3], s;
        if (id == q[0] || id == q[1] || id == q[2]) continue;
        for (size_t k = 0; k < 3; k++) {
            double xy = 0.0, xx = 0.0, yy = 0.0;
            for (size_t i = 0; i < m->dim; i++) {
                const double x = (double)m->in[id * m->stride + i], y = (double)m->in[q[k] * m->stride + i];
                xy += x * y;
                xx += x * x;
                yy += y * y;
            }
            cosine[k] = xy / sqrt(xx * yy);
        }
        s = cosine[1] - cosine[0] + cosine[2];
        if (mul) s = (1.0 + cosine[1]) / 2.0 * ((1.0 + cosine[2]) / 2.0) / ((1.0 + cosine[0]) / 2.0 + 0.001);
        const size_t place = s > score[0] ? 0 : 1;
        if (!(s > score[place])) continue;
        if (!place) {
            best[1] = best[0];
            score[1] = score[0];
        }
        best[place] = id;
        score[place] = s;
    }
}

// Questions whose fourth word is the reference's first or second answer, in turns: half of them are right, for any
// number of threads and any length of a vector.
static void test_reference(void)
{
    enum { WORDS = 203, MOST_DIM = 40, QUESTIONS = 150 };
    static const size_t dims[] = {1, 5, 16, 40};
    static float in[WORDS * MOST_DIM];
    static char name[WORDS][8], text[QUESTIONS * 40];
    const char *words[WORDS];
    size_t different = 0;
    for (size_t i = 0; i < WORDS; i++) {
        snprintf(name[i], sizeof name[i], "w%zu", i);
        words[i] = name[i];
    }
    for (size_t d = 0; d < sizeof dims / sizeof *dims; d++) {
        w2v_random random = w2v_random_stream(d, 22);
        for (size_t i = 0; i < WORDS * dims[d]; i++)
            in[i] = (w2v_random_float(&random) - 0.5f) * (float)(1 + i % 7);
        w2v_model *m = model_of(words, WORDS, dims[d], in);
        for (int mul = 0; mul < 2 && dims[d] > 1; mul++) {
            size_t n = 0, right = 0, lines = 0;
            for (size_t i = 0; i < QUESTIONS; i++) {
                uint32_t q[3], best[2], other[2];
                double score[2], ignored[2];
                for (size_t k = 0; k < 3; k++) q[k] = w2v_random_below(&random, WORDS);
                reference_answer(m, q, mul, best, score);
                reference_answer(m, q, !mul, other, ignored);
                if (score[0] - score[1] < 1e-5 * score[0]) continue;  // too close for floats
                different += best[0] != other[0];
                right += i % 2 == 0;
                lines++;
                n += (size_t)snprintf(text + n, sizeof text - n, "w%u w%u w%u w%u\n", (unsigned)q[0],
                                      (unsigned)q[1], (unsigned)q[2], (unsigned)best[i % 2]);
            }
            CHECK(lines > QUESTIONS * 9 / 10);
            for (size_t threads = 1; threads <= 5; threads += 2) {
                w2v_analogy_options o = w2v_analogy_options_default();
                w2v_analogy_result r;
                o.method = mul ? W2V_ANALOGY_MUL : W2V_ANALOGY_ADD;
                o.threads = threads;
                CHECK(w2v_evaluate_analogies(m, text, n, &o, &r, &err) == W2V_OK &&
                      counts_are(r.total, right, lines, lines));
                w2v_analogy_result_free(&r);
            }
        }
        w2v_free(m);
    }
    CHECK(different > 20);  // the two methods are not the same one
}

// -----------------------------------------------------------------------------------------------------------------
// Files

static void write_file(const char *path, const char *text, size_t bytes)
{
    FILE *f = fopen(path, "wb");
    CHECK(f && fwrite(text, 1, bytes, f) == bytes && !fclose(f));
}

static void test_files(const char *argv0)
{
    static char text[9000];
    char path[300], expected[512];
    w2v_model *m = compass();
    const w2v_similarity_options o = w2v_similarity_options_default();
    const w2v_analogy_options a = w2v_analogy_options_default();
    w2v_similarity_result r;
    w2v_analogy_result q;
    snprintf(path, sizeof path, "%s.tmp", argv0);
    const size_t sizes[] = {4095, 4096, 4097, sizeof text};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes;
         i++) {  // the last word counts, wherever a buffer ends
        memset(text, '\n', sizeof text);
        memcpy(text, "a b 1\na c 2\n", 12);
        memcpy(text + sizes[i] - 5, "a d 3", 5);
        write_file(path, text, sizes[i]);
        CHECK(w2v_evaluate_similarity_file(m, path, &o, &r, &err) == W2V_OK && r.used == 3);
        CHECK_NEAR(r.spearman, -1.0, 1e-12);
    }
    write_file(path, ": s\na b c d\n", 12);
    CHECK(w2v_evaluate_analogies_file(m, path, &a, &q, &err) == W2V_OK && q.total.used == 1 &&
          q.sections == 1);
    w2v_analogy_result_free(&q);
    CHECK(w2v_evaluate_similarity_file(m, path, &o, &r, &err) == W2V_ERROR_FORMAT);
    snprintf(expected, sizeof expected,
             "'%s' line 1: ': s' has 2 columns: two words and, in column 3, a score are needed", path);
    CHECK_STRING(err.message, expected);
    write_file(path, "\x1f\x8b\x08 and more", 12);
    CHECK(w2v_evaluate_analogies_file(m, path, &a, &q, &err) == W2V_ERROR_FORMAT);
    CHECK(strstr(err.message, "unpack it with gunzip") != NULL);
    write_file(path, "", 0);
    CHECK(w2v_evaluate_analogies_file(m, path, &a, &q, &err) == W2V_ERROR_EMPTY);
    snprintf(expected, sizeof expected, "'%s' has no questions", path);
    CHECK_STRING(err.message, expected);
    remove(path);
    CHECK(w2v_evaluate_similarity_file(m, path, &o, &r, &err) == W2V_ERROR_IO);
    CHECK(!strncmp(err.message, "cannot open '", 13));
    CHECK(w2v_evaluate_analogies_file(m, path, &a, &q, NULL) == W2V_ERROR_IO);
    w2v_free(m);
}

int main(int argc, char **argv)
{
    (void)argc;
    test_similarity_of_two();
    test_nearest_to_vector();
    test_odd_one_out();
    test_similarity();
    test_similarity_options();
    test_similarity_refused();
    test_analogies();
    test_analogy_options();
    test_lower_case();
    test_analogies_refused();
    test_reference();
    test_files(argv[0]);
    return test_finish("evaluate");
}
