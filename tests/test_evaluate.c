// SPDX-License-Identifier: MIT-0
//
// test_evaluate.c - analogies, word similarity, odd one out, neighbours of a vector

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include "test.h"

static w2v_error err;
static char scratch[300];   // a file beside the program
static const char *folder;  // where test_mixed_case writes, or NULL

static w2v_model *model_of(const char *const *words, size_t size, size_t dim, const float *in)
{
    w2v_model *m = NULL;
    CHECK_STATUS(w2v_model_new(&m, words, NULL, size, dim, in, NULL, &err), W2V_OK);
    return m;
}

// Cosines with `a`: 0.8, 0.6, 0, -1. The lengths differ.
static w2v_model *compass(void)
{
    static const char *const words[] = {"a", "b", "c", "d", "e", "zero"};
    static const float in[] = {2.0f, 0.0f, 0.8f, 0.6f, 3.0f, 4.0f, 0.0f, 7.0f, -5.0f, 0.0f, 0.0f, 0.0f};
    return model_of(words, 6, 2, in);
}

static void write_file(const char *path, const char *text, size_t bytes)
{
    CHECK(test_write_file(path, text, bytes));
}

static void spoil(w2v_model *m, uint32_t id)
{
    m->input[id * m->stride] = NAN;
    w2v_model_changed(m);
}

// -----------------------------------------------------------------------------------------------------------------
// Two words, a vector, a list

static void test_similarity_of_two(void)
{
    w2v_model *m = compass();
    float c = 9.0f;
    CHECK_STATUS(w2v_model_similarity(m, "a", "c", &c, &err), W2V_OK);
    CHECK_NEAR(c, 0.6, 1e-6);
    CHECK_STATUS(w2v_model_similarity(m, "e", "a", &c, &err), W2V_OK);
    CHECK_NEAR(c, -1.0, 1e-6);
    CHECK(w2v_model_similarity(m, "a", "zero", &c, &err) == W2V_OK && c == 0.0f);
    c = 9.0f;
    CHECK_STATUS(w2v_model_similarity(m, "nobody", "a", &c, &err), W2V_ERROR_UNKNOWN_WORD);
    CHECK_STRING(err.message, "'nobody' is not in the vocabulary");
    CHECK_STATUS(w2v_model_similarity(m, "a", "none", &c, &err), W2V_ERROR_UNKNOWN_WORD);
    CHECK_STRING(err.message, "'none' is not in the vocabulary");
    spoil(m, 1);
    CHECK(w2v_model_similarity(m, "a", "b", &c, &err) == W2V_ERROR_ARGUMENT && c == 9.0f);
    CHECK_STRING(err.message, "the vectors of 'a' and 'b' are not both finite");
    w2v_model_free(m);
}

static void test_nearest_to_vector(void)
{
    w2v_model *m = compass();
    w2v_match top[6];
    size_t n = 77;
    const float east[2] = {1e-3f, 0.0f}, bad[2] = {1.0f, INFINITY}, zero[2] = {0.0f, 0.0f};
    CHECK(w2v_model_nearest_to_vector(m, east, top, 3, &n, &err) == W2V_OK && n == 3);
    CHECK_STRING(top[0].word, "a");
    CHECK_STRING(top[1].word, "b");
    CHECK_STRING(top[2].word, "c");
    CHECK_NEAR(top[0].score, 1.0, 1e-6);
    CHECK_NEAR(top[1].score, 0.8, 1e-6);
    CHECK(w2v_model_nearest_to_vector(m, w2v_model_vector(m, "d"), top, 9, &n, &err) == W2V_OK && n == 6);
    CHECK_STRING(top[0].word, "d");  // its own word is not left out
    CHECK(w2v_model_nearest_to_vector(m, zero, top, 1, &n, &err) == W2V_OK && n == 1 && top[0].score == 0.0f);
    n = 77;
    CHECK(w2v_model_nearest_to_vector(m, bad, top, 3, &n, &err) == W2V_ERROR_ARGUMENT && n == 0);
    CHECK_STRING(err.message, "number 1 of the vector is not finite");
    w2v_model_free(m);
}

static void test_odd_one_out(void)
{
    static const char *const no_word[] = {"a", NULL, "b"};
    w2v_model *m = compass();
    const char *const list[] = {"b", "d", "c", "a"}, *const long_one[] = {"a", "b", "e"},
                      *const same[] = {"c", "c", "c"};
    const char *const unknown[] = {"a", "b", "x"};
    size_t odd = 77;
    // unit vectors (0.8, 0.6), (0, 1), (0.6, 0.8), (1, 0); the mean is (0.6, 0.6); ties of a and d: the first
    CHECK(w2v_model_odd_one_out(m, list, 4, &odd, &err) == W2V_OK && odd == 1);
    CHECK(w2v_model_odd_one_out(m, long_one, 3, &odd, &err) == W2V_OK &&
          odd == 2);  // however long its vector is
    CHECK(w2v_model_odd_one_out(m, same, 3, &odd, &err) == W2V_OK && odd == 0);
    odd = 77;
    CHECK(w2v_model_odd_one_out(m, unknown, 3, &odd, &err) == W2V_ERROR_UNKNOWN_WORD && odd == 77);
    CHECK_STRING(err.message, "'x' is not in the vocabulary");
    CHECK(w2v_model_odd_one_out(m, list, 2, &odd, &err) == W2V_ERROR_ARGUMENT && odd == 77);
    CHECK_STRING(err.message, "an odd one needs at least three words, not 2");
    CHECK(w2v_model_odd_one_out(m, no_word, 3, &odd, &err) == W2V_ERROR_ARGUMENT && odd == 77);
    CHECK_STRING(err.message, "word 1 is NULL");
    spoil(m, 1);
    CHECK(w2v_model_odd_one_out(m, list, 4, &odd, &err) == W2V_ERROR_ARGUMENT && odd == 77);
    w2v_model_free(m);
}

// -----------------------------------------------------------------------------------------------------------------
// Similarity

static w2v_status similarity_of(const w2v_model *m, const char *text, size_t bytes,
                                const w2v_similarity_config *o, w2v_similarity_result *r, w2v_error *error)
{
    const w2v_source source = w2v_source_text(text, bytes);
    return w2v_model_evaluate_similarity(m, &source, o, r, error);
}

static w2v_status pairs(const w2v_model *m, const char *text, w2v_similarity_result *r)
{
    const w2v_similarity_config options = w2v_similarity_config_default();
    return similarity_of(m, text, strlen(text), &options, r, &err);
}

static void test_similarity(void)
{
    static const char *const forms[] = {
        "a b 4\na c 2\na d 2\na e 3\n",
        "a b 4\r\na c 2\r\na d 2\r\na e 3",
        ("\xEF\xBB\xBF"
         "a\tb\t4.0\t9\nc\ta\t2\t \na\td\t2e0\textra\na\te\t0.3e1\n"),
        "# one, two\n\n  a  \t b \t  4\n\t\r\n a  c 2\n a\td\t 2\n#a b 9\na; e ;+3;\n",
        "Word 1,Word 2,Human (mean)\na,b,4\na, c, 2\n a ,d,2,x\na,e,3",
        "word1;word2;score\na;b;4.000\na;c;2\na;d;2\na;e;3\n",
        "A B 4\nA C 2\na D 2\na E 3\n",
    };
    w2v_model *m = compass();
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        w2v_similarity_result r = {9.0, 9.0, 99, 99};
        // ranks of the cosines 3 2 1 0, of the scores 3 1/2 1/2 2
        if (!CHECK_STATUS(pairs(m, forms[i], &r), W2V_OK)) printf("    form %zu: %s\n", i, err.message);
        CHECK(r.used == 4 && r.lines == 4);
        CHECK_NEAR(r.spearman, 1.5 / sqrt(5.0 * 4.5), 1e-12);
        CHECK_NEAR(r.pearson, 0.3 / sqrt(2.75 * 1.96), 1e-6);
    }
    w2v_similarity_result r;
    CHECK(pairs(m, "a b 4\na x 2\ny c 3\na d 1\na zero 2\n", &r) == W2V_OK && r.used == 3 && r.lines == 5);
    CHECK_NEAR(r.spearman, 1.5 / sqrt(2.0 * 1.5),
               1e-12);  // d and zero have the same cosine: ranks 2 1/2 1/2 and 2 0 1
    CHECK_STATUS(pairs(m, "a b 0.1\na c 0.1\na d 0.1\na e 0.1\na zero 0.1\nb c 0.1\nb d 0.1\n", &r),
                 W2V_ERROR_EMPTY);
    CHECK(pairs(m, "a b 4\na e 3\n", &r) == W2V_OK && r.spearman >= 1.0 && r.pearson <= 1.0);
    CHECK_NEAR(r.pearson, 1.0, 1e-12);
    CHECK(pairs(m, "a b 3\na e 4\n", &r) == W2V_OK && r.spearman <= -1.0);
    // scores that differ less than floats do
    CHECK(pairs(m, "a b 100000001\na e 100000002\n", &r) == W2V_OK && r.spearman <= -1.0);
    CHECK(pairs(m, "a b 1e99\na e -1e-60\na d 1e-60\n", &r) == W2V_OK && r.used == 3 && r.pearson > 0.5);
    CHECK(pairs(m, "a b 3e-99\na d 2e-99\na e 1e-99\n", &r) == W2V_OK && r.pearson > 0.5);
    CHECK_STATUS(pairs(m, "a b 1e-101\na e -1e-101\n", &r), W2V_ERROR_EMPTY);
    spoil(m, 4);
    CHECK(pairs(m, "a b 4\na e 3\na d 2", &r) == W2V_OK && r.used == 2 && r.lines == 3);
    w2v_model_free(m);
}

static void test_similarity_options(void)
{
    static const char *const words[] = {"Sun", "moon", "sun", "1,000", "star"};
    static const float in[] = {1.0f, 0.0f, 0.6f, 0.8f, 0.0f, 1.0f, 1.0f, 1.0f, -1.0f, 0.0f};
    static const char text[] = "sun moon A 1\nMOON sun B 3\nstar sun C 5\n";
    w2v_model *m = model_of(words, 5, 2, in);
    w2v_similarity_result r;
    w2v_similarity_config o = w2v_similarity_config_default();
    const w2v_source source = w2v_source_text(text, sizeof text - 1);
    o.column = 4;
    // cosines 0.6, 0.6 and -1: the first of two words that are the same in lower case counts
    CHECK(w2v_model_evaluate_similarity(m, &source, &o, &r, &err) == W2V_OK && r.used == 3);
    CHECK_NEAR(r.spearman, -1.5 / sqrt(2.0 * 1.5), 1e-12);
    o.letter_case = W2V_CASE_EXACT;  // cosines 0.8 and 0
    CHECK(w2v_model_evaluate_similarity(m, &source, &o, &r, &err) == W2V_OK && r.used == 2 && r.lines == 3);
    CHECK_NEAR(r.spearman, -1.0, 1e-12);
    o.max_words = 4;
    CHECK_STATUS(w2v_model_evaluate_similarity(m, &source, &o, &r, &err), W2V_ERROR_EMPTY);
    o.max_words = 1;
    CHECK_STATUS(w2v_model_evaluate_similarity(m, &source, &o, &r, &err), W2V_ERROR_UNKNOWN_WORD);
    CHECK_STRING(err.message, "'the text' line 1: 'sun' is not among the first 1 words of the model (or not "
                              "finite), and none of the 3 "
                              "pairs can be used (in lower case some may)");
    // a comma is a letter in lines with tabs
    CHECK(pairs(m, "1,000\tsun\t3\nmoon\tsun\t5\n", &r) == W2V_OK && r.used == 2);
    // words of W2V_MAX_WORD bytes and more
    char line[W2V_MAX_WORD + 64];
    memset(line, 'x', sizeof line);
    memcpy(line + W2V_MAX_WORD + 1, "\tsun\t1\nsun\tmoon\t2\nsun\tstar\t1", 29);
    CHECK(pairs(m, line, &r) == W2V_OK && r.used == 2 && r.lines == 3);
    o = w2v_similarity_config_default();
    o.column = 2;
    CHECK_STATUS(w2v_model_evaluate_similarity(m, &source, &o, &r, &err), W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "column must be between 3 and 64, not 2");
    o.column = 3;
    memset(&o.letter_case, 0x7f, sizeof o.letter_case);
    CHECK_STATUS(w2v_model_evaluate_similarity(m, &source, &o, &r, &err), W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "letter_case must be exact or lower, not 2139062143");
    w2v_model_free(m);
}

// A line is cut at tabs if it has one, else at semicolons, else at commas, else at blanks. The four pairs
// and their scores are the same in every form. Right figures: by scipy.stats.spearmanr and pearsonr.
static void test_one_separator(void)
{
    static const char *const words[] = {"new york", "big apple", "cat", "1,000", "semi;colon", "dog"};
    static const float in[] = {0.5f, 0.6f, 0.1f, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0.1f, 0.9f, 0.1f};
    static const struct {
        size_t column;
        const char *text;
    } forms[] = {
        {3, "cat\tdog\t7.9\ncat\t1,000\t7.1\ndog\tsemi;colon\t0.2\nnew york\tcat\t0.9\n"},
        {3, "new york\tcat\t0.9\ncat\tdog\t7,9\ncat\t1,000\t7,1\ndog\tsemi;colon\t0,2\n"},
        {3, "Wort 1;Wort 2;Wert\ncat;dog;7,9\ncat ; 1,000;7,1\nDOG;1,000; 0,2\nnew york;cat;,9\n"},
        {3, "word one,word two,score\ncat,dog,7.9\n\ncat\tsemi;colon\t7,1\ndog;1,000;0,2\n new york,cat , "
            ".9,\n"},
        {4, "a\tb\tc c\td\ncat\tdog\t1,5\t7,9\ncat\t1,000\t\t7,1\ndog\t1,000\tx, y; z\t0,2\nnew york\tcat\t "
            "\t0,9\n"},
        {4, "cat,dog,,7.9\ncat;1,000;x;7,1\ndog\t1,000\t0\t0.2\tmore\nnew york,cat,1,0.9,8,7\n"},
        {3, "\t\t\ncat\tdog\t\ncat dog 7.9 \t\ncat\t1,000\t7.1\t\ndog\tsemi;colon\t0.2\t\nnew york\tcat\t0.9\n"},
    };
    w2v_model *m = model_of(words, 6, 3, in);
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        w2v_similarity_config o = w2v_similarity_config_default();
        w2v_similarity_result r = {9.0, 9.0, 99, 99};
        o.column = forms[i].column;
        if (!CHECK_STATUS(similarity_of(m, forms[i].text, strlen(forms[i].text), &o, &r, &err), W2V_OK))
            printf("    form %zu: %s\n", i, err.message);
        CHECK(r.used == 4 && r.lines == 4);
        CHECK_NEAR(r.spearman, 0.4, 1e-12);
        CHECK_NEAR(r.pearson, 0.175079, 1e-6);
    }
    w2v_similarity_result r;
    CHECK(pairs(m, "big apple\tnew york\t9\ncat\tdog\t7\nnew jersey\tcat\t5\n", &r) == W2V_OK &&
          r.used == 2 && r.lines == 3);  // an unknown term of several words does not end the file
    w2v_model_free(m);
}

typedef struct refusal {
    w2v_status status;
    const char *text, *message;
} refusal;

static void test_similarity_refused(void)
{
    static const refusal cases[] = {
        {W2V_ERROR_EMPTY, "", "'the text' has no pairs"},
        {W2V_ERROR_EMPTY, "\r\n \t\n# a b 3\nword word score\n", "'the text' has no pairs"},
        {W2V_ERROR_FORMAT, "a b 1\n\na\tb\r\n",
         "'the text' line 3: 'a\\x09b' has 2 columns, cut at tabs: two words and, in column 3, a score are "
         "needed"},
        {W2V_ERROR_FORMAT, "a",
         "'the text' line 1: 'a' has 1 columns, cut at blanks: two words and, in column 3, a score are "
         "needed"},
        {W2V_ERROR_FORMAT, "a b 1\n\ta\tb\t3\n",
         "'the text' line 2: '\\x09a\\x09b\\x093', cut at tabs, has no word in column 1"},
        {W2V_ERROR_FORMAT, "a b 1\na,,3\n",
         "'the text' line 2: 'a,,3', cut at commas, has no word in column 2"},
        {W2V_ERROR_FORMAT, "a b 1\n;b;3\n",
         "'the text' line 2: ';b;3', cut at semicolons, has no word in column 1"},
        {W2V_ERROR_FORMAT, "a b 1\na b c\n", "'the text' line 2: 'c' in column 3 is not a number"},
        {W2V_ERROR_FORMAT, "a;b;1\na;b;\n", "'the text' line 2: '' in column 3 is not a number"},
        {W2V_ERROR_FORMAT, "a b 1\na b 1,5\n",
         "'the text' line 2: 'a b 1,5' has 2 columns, cut at commas: two words and, in column 3, a score are "
         "needed"},
        {W2V_ERROR_FORMAT, "a b 1\na\tb\t1.234,5",
         "'the text' line 2: '1.234,5' in column 3 is not a number"},
        {W2V_ERROR_FORMAT, "a\tb\t1,234,5\n", "'the text' line 1: '1,234,5' in column 3 is not a number"},
        {W2V_ERROR_FORMAT, "a b 1e101\na b 1\n", "'the text' line 1: '1e101' in column 3 is not a number"},
        {W2V_ERROR_FORMAT, "a b -x\na b 1\n", "'the text' line 1: '-x' in column 3 is not a number"},
        {W2V_ERROR_FORMAT, "a b 1\na b nan\n", "'the text' line 2: 'nan' in column 3 is not a number"},
        {W2V_ERROR_FORMAT, "a b 1\na b -1e101\n", "'the text' line 2: '-1e101' in column 3 is not a number"},
        {W2V_ERROR_UNKNOWN_WORD, "#\na x 1\ny b 2\n",
         "'the text' line 2: 'x' is not among the first 6 words of the model (or not finite), and none of "
         "the 2 pairs can be "
         "used"},
        {W2V_ERROR_EMPTY, "a b 1\n",
         "'the text' has no correlation: the scores or the cosines of the 1 of 1 pairs that can be used are "
         "all the same"},
        {W2V_ERROR_EMPTY, "a b 1\na c 1\nx c 3\n",
         "'the text' has no correlation: the scores or the cosines of the 2 of 3 pairs that can be used are "
         "all the same"},
        {W2V_ERROR_EMPTY, "a b 1\nb a 2\n",
         "'the text' has no correlation: the scores or the cosines of the 2 of 2 pairs that can be used are "
         "all the same"},
    };
    w2v_model *m = compass();
    w2v_similarity_result r;
    const w2v_similarity_config o = w2v_similarity_config_default();
    memset(&r, 0x55, sizeof r);
    const w2v_similarity_result before = r;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK_STATUS(pairs(m, cases[i].text, &r), cases[i].status);
        CHECK_STRING(err.message, cases[i].message);
        CHECK(!memcmp(&r, &before, sizeof r));
    }
    CHECK_STATUS(similarity_of(m, "a b 1\na\0c 2\n", 13, &o, &r, &err), W2V_ERROR_FORMAT);
    CHECK_STRING(err.message,
                 "'the text' line 2 has a NUL byte at byte 7: this is not a text, or one in UTF-16 "
                 "(convert it to UTF-8)");
    CHECK_STATUS(similarity_of(m, NULL, 0, &o, &r, NULL), W2V_ERROR_EMPTY);
    CHECK_STATUS(similarity_of(m, "a b 1\na c 2\nnever read", 12, &o, &r, NULL), W2V_OK);
    w2v_model_free(m);
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

static w2v_status analogies_of(const w2v_model *m, const char *text, size_t bytes,
                               const w2v_analogy_config *o, w2v_analogy_result *r)
{
    const w2v_source source = w2v_source_text(text, bytes);
    return w2v_model_evaluate_analogies(m, &source, o, r, &err);
}

static w2v_status analogies(const w2v_model *m, const char *text, const w2v_analogy_config *o,
                            w2v_analogy_result *r)
{
    return analogies_of(m, text, strlen(text), o, r);
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
    w2v_analogy_config o = w2v_analogy_config_default();
    w2v_analogy_result r;
    for (size_t i = 0; i < 2; i++)
        for (int method = 0; method < 2; method++) {
            o.method = (w2v_analogy_method)method;
            memset(&r, 0x55, sizeof r);
            if (!CHECK_STATUS(analogies(m, forms[i], &o, &r), W2V_OK)) {
                printf("    %s\n", err.message);
                continue;
            }
            CHECK(counts_are(r.total, 2, 4, 5) && counts_are(r.syntactic, 1, 1, 1) &&
                  counts_are(r.semantic, 1, 3, 4));
            CHECK_EQUAL(r.section_count, 5);
            CHECK_STRING(r.sections[0].name, "");
            CHECK_STRING(r.sections[1].name, "royal  family");
            CHECK_STRING(r.sections[2].name, "empty");
            CHECK_STRING(r.sections[3].name, "gram1-comparative");
            CHECK_STRING(r.sections[4].name, "x");
            CHECK(!r.sections[1].syntactic && r.sections[3].syntactic && !r.sections[4].syntactic);
            CHECK(counts_are(r.sections[0].counts, 1, 1, 1) && counts_are(r.sections[1].counts, 0, 1, 2));
            CHECK(counts_are(r.sections[2].counts, 0, 0, 0) && counts_are(r.sections[3].counts, 1, 1, 1));
            CHECK(counts_are(r.sections[4].counts, 0, 1, 1));
            w2v_analogy_result_free(&r);
            CHECK(!r.sections && !r.section_count && !r.total.lines);
            w2v_analogy_result_free(&r);
        }
    w2v_model_free(m);
}

static void test_analogy_options(void)
{
    w2v_model *m = kingdom();
    w2v_analogy_config o = w2v_analogy_config_default();
    w2v_analogy_result r;
    static const char text[] = "MAN KING woman Queen\n";
    CHECK(o.max_words == 30000 && o.method == W2V_ANALOGY_ADD && o.letter_case == W2V_CASE_LOWER &&
          o.threads >= 1);
    // Man and Queen are man and queen, the first ones
    CHECK(analogies(m, text, &o, &r) == W2V_OK && counts_are(r.total, 1, 1, 1));
    w2v_analogy_result_free(&r);
    o.letter_case = W2V_CASE_EXACT;
    CHECK_STATUS(analogies(m, text, &o, &r), W2V_ERROR_UNKNOWN_WORD);
    CHECK_STRING(err.message, "'the text' line 1: 'MAN' is not among the first 11 words of the model (or not "
                              "finite), and none of the 1 "
                              "questions can be used (in lower case some may)");
    CHECK_STATUS(analogies(m, "Man king woman queen\nman king woman Queen\n", &o, &r), W2V_OK);
    CHECK(counts_are(r.total, 1, 2, 2));  // Queen is a candidate of its own
    w2v_analogy_result_free(&r);
    o.max_words = 4;  // neither Man as a question nor prince as an answer
    CHECK_STATUS(analogies(m, "Man king woman queen\nman king woman queen\nking man queen woman\n", &o, &r),
                 W2V_OK);
    CHECK(counts_are(r.total, 2, 2, 3));
    w2v_analogy_result_free(&r);
    o.max_words = 0;
    CHECK(analogies(m, "big bigger small smaller", &o, &r) == W2V_OK && counts_are(r.total, 1, 1, 1));
    w2v_analogy_result_free(&r);
    spoil(m, 3);  // queen is known no more, and no answer
    CHECK(analogies(m, "man king woman queen\nman king woman Queen", &o, &r) == W2V_OK &&
          counts_are(r.total, 1, 1, 2));
    w2v_analogy_result_free(&r);
    w2v_model_free(m);
}

// queen is the answer, and Queen, a word before it, what `queen` finds. In the second model King, a variant
// of king, is nearer than queen, and Queen is far away.
static void test_case_of_answers(void)
{
    static const char *const words[] = {"man", "woman", "king", "Queen", "queen", "apple", "King"};
    static const float in[2][21] = {
        {1, 0, 0, 1, 1, 0, 1, 0, 1, 1, 1, 1, 0.8f, 1, 0.9f, -1, -1, 0},
        {1, 0, 0, 1, 1, 0, 1, 0, 1, -1, -1, -1, 0.8f, 1, 0.9f, -1, -1, 0, 0.4f, 0.7f, 0.7f}};
    static const char lower[] = "man woman king queen\n", upper[] = "man woman king Queen\n";
    const w2v_analogy_config defaults = w2v_analogy_config_default();
    CHECK_EQUAL(defaults.skip_variants, 0);
    for (size_t k = 0; k < 2; k++) {
        w2v_model *m = model_of(words, k ? 7 : 6, 3, in[k]);
        for (int skip = 0; skip < 2; skip++) {
            w2v_analogy_config o = defaults;
            w2v_analogy_result r;
            o.skip_variants = skip;
            CHECK(analogies(m, lower, &o, &r) == W2V_OK && counts_are(r.total, !k || skip, 1, 1));
            w2v_analogy_result_free(&r);
            CHECK(analogies(m, upper, &o, &r) == W2V_OK && counts_are(r.total, !k || skip, 1, 1));
            w2v_analogy_result_free(&r);
            o.letter_case = W2V_CASE_EXACT;  // words of their own, skip_variants or not
            CHECK(analogies(m, lower, &o, &r) == W2V_OK && counts_are(r.total, !k, 1, 1));
            w2v_analogy_result_free(&r);
            CHECK(analogies(m, upper, &o, &r) == W2V_OK && counts_are(r.total, 0, 1, 1));
            w2v_analogy_result_free(&r);
        }
        w2v_model_free(m);
    }
}

// Words as a vector file has them that was trained on text with capitals: 300 pairs of four relations,
// every word in two or three cases, in any order; the vectors of its cases differ by noise.
enum { MIXED = 1500, MIXED_PAIRS = 300, MIXED_DIM = 30, MIXED_QUESTIONS = 400 };

typedef struct mixed_set {
    char word[MIXED][4];
    float in[MIXED * MIXED_DIM];
    char question[MIXED_QUESTIONS][4][4];
    size_t right[3];  // answers by the rules below
    char text[20 * MIXED_QUESTIONS];
} mixed_set;

typedef enum mixed_rule { RULE_EXACT, RULE_ORIGINAL, RULE_GENSIM } mixed_rule;

static float noise(w2v_random *random, float size) { return size * (2.0f * w2v_random_float(random) - 1.0f); }

static void spell(char word[4], size_t number, size_t letter_case)  // aaa, Aaa, AAA
{
    for (size_t i = 0; i < 3; i++, number /= 26)
        word[i] = (char)((i < letter_case * letter_case ? 'A' : 'a') + (int)(number % 26));
    word[3] = 0;
}

static void mixed_words(mixed_set *s, w2v_random *random)
{
    static float pair[2][MIXED_DIM], offset[4][MIXED_DIM];
    size_t n = 0;
    for (size_t i = 0; i < 4 * MIXED_DIM; i++) offset[i / MIXED_DIM][i % MIXED_DIM] = noise(random, 0.7f);
    for (size_t p = 0; p < MIXED_PAIRS; p++) {
        for (size_t i = 0; i < MIXED_DIM; i++) {
            pair[0][i] = noise(random, 1.0f);
            pair[1][i] = pair[0][i] + offset[p % 4][i] + noise(random, 0.5f);
        }
        for (size_t k = 0; k < 2; k++)
            for (size_t letter_case = 0; letter_case < 2 + (p >= MIXED_PAIRS / 2); letter_case++, n++) {
                spell(s->word[n], 2 * p + k, letter_case);
                for (size_t i = 0; i < MIXED_DIM; i++)
                    s->in[n * MIXED_DIM + i] = pair[k][i] + noise(random, 0.5f);
            }
    }
    for (size_t i = MIXED - 1; n == MIXED && i > 0; i--) {
        const size_t j = w2v_random_below(random, (uint32_t)i + 1);
        char word[4];
        float row[MIXED_DIM];
        memcpy(word, s->word[i], sizeof word);
        memcpy(s->word[i], s->word[j], sizeof word);
        memcpy(s->word[j], word, sizeof word);
        memcpy(row, s->in + i * MIXED_DIM, sizeof row);
        memcpy(s->in + i * MIXED_DIM, s->in + j * MIXED_DIM, sizeof row);
        memcpy(s->in + j * MIXED_DIM, row, sizeof row);
    }
    CHECK_EQUAL(n, MIXED);
}

static int same_word(const char *a, const char *b, mixed_rule rule)
{
    for (size_t i = 0; i < 3; i++)
        if (a[i] != b[i] && (rule == RULE_EXACT || (a[i] ^ b[i]) != 32)) return 0;
    return 1;
}

// Whether the answer is right by the rule; `unit` has the vectors in length 1. Sets *close if another word is
// nearly as near.
static int mixed_answer(const mixed_set *s, const double *unit, char q[4][4], mixed_rule rule, int *close)
{
    double wanted[MIXED_DIM], best = -9.0, second = -9.0;
    size_t id[3], answer = 0;
    for (size_t k = 0; k < 3; k++)
        for (id[k] = 0; !same_word(s->word[id[k]], q[k], rule);) id[k]++;
    for (size_t i = 0; i < MIXED_DIM; i++)
        wanted[i] = unit[id[1] * MIXED_DIM + i] - unit[id[0] * MIXED_DIM + i] + unit[id[2] * MIXED_DIM + i];
    for (size_t n = 0; n < MIXED; n++) {
        double score = 0.0;
        int passed_over = 0;
        for (size_t k = 0; k < 3; k++)
            passed_over |= n == id[k] || (rule == RULE_GENSIM && same_word(s->word[n], q[k], rule));
        if (passed_over) continue;
        for (size_t i = 0; i < MIXED_DIM; i++) score += wanted[i] * unit[n * MIXED_DIM + i];
        if (score > best) {
            second = best;
            best = score;
            answer = n;
        } else if (score > second) {
            second = score;
        }
    }
    *close |= best - second < 1e-5;
    return same_word(s->word[answer], q[3], rule);
}

static void mixed_questions(mixed_set *s, w2v_random *random)
{
    static double unit[MIXED * MIXED_DIM];
    size_t n = (size_t)snprintf(s->text, sizeof s->text, ": mixed\n");
    for (size_t i = 0; i < MIXED; i++) {
        double square = 0.0;
        for (size_t k = 0; k < MIXED_DIM; k++) square += pow((double)s->in[i * MIXED_DIM + k], 2.0);
        for (size_t k = 0; k < MIXED_DIM; k++)
            unit[i * MIXED_DIM + k] = (double)s->in[i * MIXED_DIM + k] / sqrt(square);
    }
    for (size_t i = 0; i < MIXED_QUESTIONS;) {
        char(*q)[4] = s->question[i];
        const size_t relation = i % 4, first = 4 * w2v_random_below(random, MIXED_PAIRS / 4) + relation,
                     second = 4 * w2v_random_below(random, MIXED_PAIRS / 4) + relation;
        int close = first == second, right[3];
        for (size_t k = 0; k < 4; k++) spell(q[k], 2 * (k < 2 ? first : second) + k % 2, relation % 2);
        for (size_t rule = 0; rule < 3; rule++)
            right[rule] = mixed_answer(s, unit, q, (mixed_rule)rule, &close);
        if (close) continue;  // too close for floats
        for (size_t rule = 0; rule < 3; rule++) s->right[rule] += (size_t)right[rule];
        n += (size_t)snprintf(s->text + n, sizeof s->text - n, "%s %s %s %s\n", q[0], q[1], q[2], q[3]);
        i++;
    }
}

// Three ways to compare words, each against its rule in double. The manual has these figures. `write FOLDER`
// puts mixed.bin and mixed.txt there for build/evaluate, compute-accuracy and gensim.
static void test_mixed_case(void)
{
    static mixed_set s;
    static const char *words[MIXED];
    w2v_random random = w2v_random_stream(1, 28);
    w2v_analogy_config o = w2v_analogy_config_default();
    w2v_analogy_result r;
    mixed_words(&s, &random);
    mixed_questions(&s, &random);
    for (size_t i = 0; i < MIXED; i++) words[i] = s.word[i];
    w2v_model *m = model_of(words, MIXED, MIXED_DIM, s.in);
    for (size_t rule = 0; rule < 3; rule++) {
        o.letter_case = rule == RULE_EXACT ? W2V_CASE_EXACT : W2V_CASE_LOWER;
        o.skip_variants = rule == RULE_GENSIM;
        CHECK(analogies(m, s.text, &o, &r) == W2V_OK &&
              counts_are(r.total, s.right[rule], MIXED_QUESTIONS, MIXED_QUESTIONS));
        w2v_analogy_result_free(&r);
    }
    CHECK(s.right[0] == 125 && s.right[1] == 293 && s.right[2] == 355);
    if (folder) {
        char path[300];
        snprintf(path, sizeof path, "%s/mixed.bin", folder);
        CHECK_STATUS(w2v_model_save(m, path, W2V_FORMAT_BINARY, &err), W2V_OK);
        snprintf(path, sizeof path, "%s/mixed.txt", folder);
        write_file(path, s.text, strlen(s.text));
    }
    w2v_model_free(m);
}

// Words of a model in lower case, one of which becomes shorter.
static void test_lower_case(void)
{
    static const char *const cities[] = {"\xC4\xB0STANBUL", "\xC4\x90\xC3\x80 N\xE1\xBA\xB4NG",
                                         "\xD4\xB5\xD5\x90\xD4\xB5\xD5\x8E\xD4\xB1\xD5\x86"};
    static const float in[] = {1, 0, 0.8f, 0.6f, 0, 1};
    w2v_similarity_result r;
    w2v_model *m = model_of(cities, 3, 2, in);
    CHECK(pairs(m,
                "istanbul\t\xC4\x91\xC3\xA0 n\xE1\xBA\xB5ng\t2\n"
                "\xC4\xB0stanbul\t\xD5\xA5\xD6\x80\xD5\xA5\xD5\xBE\xD5\xA1\xD5\xB6\t1\n",
                &r) == W2V_OK &&
          r.used == 2 && r.spearman >= 1.0);
    w2v_model_free(m);
}

// Two words that have the same 32 bits of a hash are different.
static void test_same_hash(void)
{
    static const char *const words[] = {"w120", "w225563", "a"};
    static const float in[] = {1, 0, 0, 1, 1, 1};
    w2v_similarity_result r;
    w2v_model *m = model_of(words, 3, 2, in);
    CHECK_STATUS(pairs(m, "W120\ta\t2\nW120\tw225563\t1\nw225563\tw225563\t3\n", &r), W2V_OK);
    CHECK(r.used == 3 && r.spearman >= 1.0);
    w2v_model_free(m);
}

static void test_analogies_refused(void)
{
    static const refusal cases[] = {
        {W2V_ERROR_EMPTY, "", "'the text' has no questions"},
        {W2V_ERROR_EMPTY, ": family\r\n\n#man king woman queen\n", "'the text' has no questions"},
        {W2V_ERROR_FORMAT, ": family\r\nman king woman\r\n",
         "'the text' line 2: 'man king woman' has 3 words: a question has four, a heading begins with a "
         "colon"},
        {W2V_ERROR_FORMAT, "man king woman queen\nman king woman queen prince\n",
         "'the text' line 2: 'man king woman queen prince' has 5 words: a question has four, a heading "
         "begins with a "
         "colon"},
        {W2V_ERROR_UNKNOWN_WORD, ": family\nman king woman Nobody\nx man king queen\n",
         "'the text' line 2: 'Nobody' is not among the first 11 words of the model (or not finite), and none "
         "of the 2 "
         "questions can be used"},
    };
    w2v_model *m = kingdom();
    w2v_analogy_config o = w2v_analogy_config_default();
    w2v_analogy_result r;
    memset(&r, 0x55, sizeof r);
    const w2v_analogy_result before = r;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK_STATUS(analogies(m, cases[i].text, &o, &r), cases[i].status);
        CHECK_STRING(err.message, cases[i].message);
        CHECK(!memcmp(&r, &before, sizeof r));
    }
    CHECK_STATUS(analogies_of(m, "man king\0woman queen\n", 21, &o, &r), W2V_ERROR_FORMAT);
    CHECK_STRING(err.message,
                 "'the text' line 1 has a NUL byte at byte 8: this is not a text, or one in UTF-16 "
                 "(convert it to UTF-8)");
    o.threads = 0;
    CHECK_STATUS(analogies(m, "man king woman queen", &o, &r), W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "threads must be between 1 and 1024, not 0");
    o.threads = 1;
    memset(&o.method, 0x7f, sizeof o.method);
    CHECK_STATUS(analogies(m, "man king woman queen", &o, &r), W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "method must be add or mul, not 2139062143");
    CHECK(!memcmp(&r, &before, sizeof r));
    w2v_model_free(m);
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
                const double x = (double)m->input[id * m->stride + i],
                             y = (double)m->input[q[k] * m->stride + i];
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
                w2v_analogy_config o = w2v_analogy_config_default();
                w2v_analogy_result r;
                o.method = mul ? W2V_ANALOGY_MUL : W2V_ANALOGY_ADD;
                o.threads = threads;
                CHECK(analogies_of(m, text, n, &o, &r) == W2V_OK && counts_are(r.total, right, lines, lines));
                w2v_analogy_result_free(&r);
            }
        }
        w2v_model_free(m);
    }
    CHECK(different > 20);  // the two methods are not the same one
}

// -----------------------------------------------------------------------------------------------------------------
// Files

static void test_files(void)
{
    static char text[9000];
    char expected[512];
    w2v_model *m = compass();
    const w2v_similarity_config o = w2v_similarity_config_default();
    const w2v_analogy_config a = w2v_analogy_config_default();
    w2v_similarity_result r;
    w2v_analogy_result q;
    const w2v_source file = w2v_source_file(scratch);
    const size_t sizes[] = {4095, 4096, 4097, sizeof text};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes;
         i++) {  // the last word counts, wherever a buffer ends
        memset(text, '\n', sizeof text);
        memcpy(text, "a b 1\na c 2\n", 12);
        memcpy(text + sizes[i] - 5, "a d 3", 5);
        write_file(scratch, text, sizes[i]);
        CHECK(w2v_model_evaluate_similarity(m, &file, &o, &r, &err) == W2V_OK && r.used == 3);
        CHECK_NEAR(r.spearman, -1.0, 1e-12);
    }
    write_file(scratch, ": s\na b c d\n", 12);
    CHECK(w2v_model_evaluate_analogies(m, &file, &a, &q, &err) == W2V_OK && q.total.used == 1 &&
          q.section_count == 1);
    w2v_analogy_result_free(&q);
    CHECK_STATUS(w2v_model_evaluate_similarity(m, &file, &o, &r, &err), W2V_ERROR_FORMAT);
    snprintf(
        expected, sizeof expected,
        "'%s' line 1: ': s' has 2 columns, cut at blanks: two words and, in column 3, a score are needed",
        scratch);
    CHECK_STRING(err.message, expected);
    write_file(scratch, "\x1f\x8b\x08 and more", 12);
    CHECK_STATUS(w2v_model_evaluate_analogies(m, &file, &a, &q, &err), W2V_ERROR_FORMAT);
    CHECK(strstr(err.message, "unpack it with gunzip") != NULL);
    write_file(scratch, "", 0);
    CHECK_STATUS(w2v_model_evaluate_analogies(m, &file, &a, &q, &err), W2V_ERROR_EMPTY);
    snprintf(expected, sizeof expected, "'%s' has no questions", scratch);
    CHECK_STRING(err.message, expected);
    remove(scratch);
    CHECK_STATUS(w2v_model_evaluate_similarity(m, &file, &o, &r, &err), W2V_ERROR_IO);
    CHECK(!strncmp(err.message, "cannot open '", 13));
    CHECK_STATUS(w2v_model_evaluate_analogies(m, &file, &a, &q, NULL), W2V_ERROR_IO);
    w2v_model_free(m);
}

int main(int argc, char **argv)
{
    static const test_case tests[] = {
        TEST(similarity_of_two),  TEST(nearest_to_vector), TEST(odd_one_out),        TEST(similarity),
        TEST(similarity_options), TEST(one_separator),     TEST(similarity_refused), TEST(analogies),
        TEST(analogy_options),    TEST(case_of_answers),   TEST(mixed_case),         TEST(lower_case),
        TEST(same_hash),          TEST(analogies_refused), TEST(reference),          TEST(files)};
    snprintf(scratch, sizeof scratch, "%s.tmp", argv[0]);
    if (argc == 3 && !strcmp(argv[1], "write")) folder = argv[2], argc = 1;
    return test_main("evaluate", tests, TEST_COUNT(tests), argc, argv);
}
