// SPDX-License-Identifier: MIT-0
//
// test_phrases.c - phrases: counts and scores, joining, files

#include "checked.h"

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include "test.h"

static char scratch[1024];  // a file beside the program

// A text that grows.
typedef struct output {
    char *text;
    size_t n, room;
} output;

static int append(const char *bytes, size_t n, void *user)
{
    output *o = (output *)user;
    if (o->n + n + 1 > o->room) {
        o->room = 2 * (o->n + n + 1);
        o->text = (char *)realloc(o->text, o->room);
    }
    memcpy(o->text + o->n, bytes, n);
    o->n += n;
    o->text[o->n] = 0;
    return 0;
}

static w2v_phrases_config config(double threshold)
{
    w2v_phrases_config cfg = w2v_phrases_config_default();
    cfg.min_count = 1;
    cfg.threshold = threshold;
    cfg.threads = 2;
    return cfg;
}

static w2v_phrases *build(const char *text, size_t bytes, const w2v_phrases_config *cfg)
{
    const w2v_source source = w2v_source_text(text, bytes);
    w2v_phrases *p = NULL;
    w2v_error err = {""};
    if (!CHECK_STATUS(w2v_phrases_build(&p, &source, 1, cfg, &err), W2V_OK)) printf("    %s\n", err.message);
    return p;
}

static const w2v_phrase no_phrase = {NULL, 0, 0.0f};

static w2v_phrase find(const w2v_phrases *p, const char *text)
{
    for (size_t i = 0; p && i < w2v_phrases_size(p); i++)
        if (!strcmp(test_phrase(p, i).text, text)) return test_phrase(p, i);
    return no_phrase;
}

static void check_joined(const w2v_phrases *p, const char *text, const char *expected)
{
    const w2v_source source = w2v_source_text(text, strlen(text));
    output o = {NULL, 0, 0};
    append("", 0, &o);
    CHECK_STATUS(w2v_phrases_apply(p, &source, 1, append, &o, NULL), W2V_OK);
    CHECK_STRING(o.text, expected);
    free(o.text);
}

// 12 words: a 3 times, b 4, c 2, d 2, e 1. ab occurs 3 times, bc 2, dd and bd once; `b` and `d` at a line's end and
// `c`, `b` at the next one's beginning are no pairs.
static void test_scores(void)
{
    static const char text[] = "a b c\na b\r\nb d d\na b c e\n";
    w2v_phrases_config cfg = config(-1e9);
    w2v_phrases *p = build(text, sizeof text - 1, &cfg);
    if (!p) return;
    CHECK_EQUAL(w2v_phrases_size(p), 5);
    CHECK(find(p, "a_b").count == 3 && find(p, "b_c").count == 2 && find(p, "b_d").count == 1);
    CHECK(find(p, "d_d").count == 1 && find(p, "c_e").count == 1);
    CHECK_NEAR(find(p, "a_b").score, (3.0 - 1.0) / 3.0 / 4.0 * 12.0, 1e-6);
    CHECK_NEAR(find(p, "b_c").score, (2.0 - 1.0) / 4.0 / 2.0 * 12.0, 1e-6);
    CHECK(find(p, "d_d").score == 0.0f);
    CHECK_STRING(test_phrase(p, 0).text, "a_b");  // the highest score comes first
    check_joined(p, "a b c d d d\n\nx a\nb c", "a_b c d_d d\n\nx a\nb_c\n");
    w2v_phrases_free(p);
    cfg.scoring = W2V_PHRASE_NPMI;
    cfg.threshold = -1.0;
    p = build(text, sizeof text - 1, &cfg);
    CHECK_NEAR(find(p, "a_b").score, log(3.0 / 12.0 / (3.0 / 12.0 * 4.0 / 12.0)) / -log(3.0 / 12.0), 1e-6);
    CHECK_NEAR(find(p, "d_d").score, log(1.0 / 12.0 / (2.0 / 12.0 * 2.0 / 12.0)) / -log(1.0 / 12.0), 1e-6);
    w2v_phrases_free(p);
    cfg = config(1.4);  // between bc, 1.5, and what is below
    cfg.delimiter = "+-+";
    p = build(text, sizeof text - 1, &cfg);
    CHECK(w2v_phrases_size(p) == 2 && find(p, "a+-+b").count == 3 && find(p, "b+-+c").count == 2);
    w2v_phrases_free(p);
    cfg = config(-1e9);
    cfg.min_count = 2;  // e is too rare, and so are bd, dd
    p = build(text, sizeof text - 1, &cfg);
    CHECK_EQUAL(w2v_phrases_size(p), 2);
    CHECK_NEAR(find(p, "a_b").score, (3.0 - 2.0) / 3.0 / 4.0 * 12.0, 1e-6);
    w2v_phrases_free(p);
    cfg = config(1.5);  // the score of bc, which is not above itself
    p = build(text, sizeof text - 1, &cfg);
    CHECK(w2v_phrases_size(p) == 1 && find(p, "a_b").count == 3);
    w2v_phrases_free(p);
}

// Phrases come by falling score, those of one score by falling count: p_q has (3 - 1) / (8 * 3) times the
// number of words, r_s has (4 - 1) / (6 * 6). A word that is too rare to count is no bridge between those
// beside it.
static void test_order(void)
{
    static const char text[] = "p q\np q\np q\np\np\np\np\np\nr s\nr s\nr s\nr s\nr\nr\ns\ns\n"
                               "g x g\ng y g\nh i\nh i\nh h h i\ni i\n";
    w2v_phrases_config cfg = config(-1e9);
    w2v_phrases *p = build(text, sizeof text - 1, &cfg);
    size_t unordered = 0;
    if (!p) return;
    for (size_t i = 1; i < w2v_phrases_size(p); i++) {
        const w2v_phrase a = test_phrase(p, i - 1), b = test_phrase(p, i);
        unordered += a.score < b.score || (!(a.score > b.score) && a.count < b.count);
    }
    CHECK(w2v_phrases_size(p) > 5 && !unordered);
    CHECK(find(p, "p_q").count == 3 && find(p, "r_s").count == 4);
    CHECK_NEAR(find(p, "p_q").score, find(p, "r_s").score, 0.0);
    w2v_phrases_free(p);
    cfg.min_count = 2;
    p = build(text, sizeof text - 1, &cfg);
    CHECK(!find(p, "g_g").text && find(p, "p_q").count == 3 && find(p, "r_s").count == 4);
    w2v_phrases_free(p);
}

static void test_connectors(void)
{
    static const char *const no_word[] = {NULL};
    static const char text[] = "king of the hill\nking of the hill or king hill\nof king of\nthe of hill of "
                               "of of of of of of of of king\n";
    static const char *const connectors[] = {"of", "the"};
    w2v_phrases_config cfg = config(-1e9);
    cfg.connectors = connectors;
    cfg.connector_count = 2;
    w2v_phrases *p = build(text, sizeof text - 1, &cfg);
    if (!p) return;
    CHECK_EQUAL(w2v_phrases_size(p), 4);  // and hill_or, or_king
    CHECK(find(p, "king_of_the_hill").count == 2 && find(p, "king_hill").count == 1);
    check_joined(p,
                 "the king of the hill of the king of hill of the of king hill king of the the hill\nking of "
                 "the\nhill\nking of",
                 "the king_of_the_hill of the king of hill of the of king_hill king of the the hill\nking of "
                 "the\nhill\nking of\n");
    w2v_phrases_free(p);
    const w2v_source source = w2v_source_text(text, sizeof text - 1);
    p = NULL;
    w2v_error err;
    cfg.connectors = no_word;
    cfg.connector_count = 1;
    CHECK(w2v_phrases_build(&p, &source, 1, &cfg, &err) == W2V_ERROR_ARGUMENT && !p);
    CHECK_STRING(err.message, "a connector must be a word, not 'NULL'");
}

// At most eight connectors stand between two words, in counting, joining, saving and loading.
static void test_many_connectors(void)
{
    static const char *const connectors[] = {"of"};
    w2v_phrases_config cfg = config(-1e9);
    cfg.connectors = connectors;
    cfg.connector_count = 1;
    for (int n = 6; n <= 10; n++) {
        char text[100] = "a", phrase[100] = "a", joined[101];
        for (int i = 0; i < n; i++) strcat(text, " of"), strcat(phrase, "_of");
        strcat(text, " b"), strcat(phrase, "_b");
        w2v_phrases *p = build(text, strlen(text), &cfg);
        if (!p) return;
        snprintf(joined, sizeof joined, "%s\n", n <= 8 ? phrase : text);
        CHECK(w2v_phrases_size(p) == (n <= 8) && find(p, phrase).count == (n <= 8));
        check_joined(p, text, joined);
#ifndef W2V_NO_STDIO
        w2v_phrases *read = NULL;
        CHECK(w2v_phrases_save(p, scratch, NULL) == W2V_OK &&
              w2v_phrases_load(&read, scratch, NULL) == W2V_OK);
        if (read) check_joined(read, text, joined);
        w2v_phrases_free(read);
        remove(scratch);
#endif
        w2v_phrases_free(p);
    }
}

// Two passes make a phrase of three words.
static void test_passes(void)
{
    static char text[4000];
    size_t n = 0;
    for (int i = 0; i < 40; i++) n += (size_t)snprintf(text + n, sizeof text - n, "new york times w%d\n", i);
    w2v_phrases_config cfg = config(2.0);
    w2v_phrases *p = build(text, n, &cfg), *again;
    output o = {NULL, 0, 0};
    const w2v_source source = w2v_source_text(text, n);
    CHECK_STATUS(w2v_phrases_apply(p, &source, 1, append, &o, NULL), W2V_OK);
    again = build(o.text, o.n, &cfg);
    CHECK_EQUAL(find(again, "new_york_times").count, 40);
    free(o.text);
    w2v_phrases_free(p);
    w2v_phrases_free(again);
}

// The limit forgets rare pairs, not those that count.
static void test_pruning(void)
{
    static char text[200000];
    size_t n = 0;
    w2v_random r = w2v_random_stream(1, 0);
    for (int i = 0; i < 9000; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, i % 10 ? "w%u x%u\n" : "new york\n",
                              w2v_random_below(&r, 1000), w2v_random_below(&r, 1000));
    w2v_phrases_config cfg = config(0.0);
    cfg.min_count = 100;
    cfg.pairs_limit = 500;
    w2v_phrases *p = build(text, n, &cfg);
    CHECK(p && w2v_phrases_size(p) == 1 && find(p, "new_york").count <= 900 &&
          find(p, "new_york").count > 850);
    w2v_phrases_free(p);
    cfg.min_count = 1;
    p = build(text, n, &cfg);
    CHECK(p && w2v_phrases_size(p) <= 500);
    w2v_phrases_free(p);
}

// What apply must come to, by other means: lines and words cut by hand.
static void join_by_hand(const w2v_phrases *p, const char *text, output *o)
{
    char pair[600], last[256] = "";
    int in_line = 0;
    for (const char *c = text; *c;) {
        char word[256];
        size_t n = 0;
        while (*c == ' ' || *c == '\t') c++;
        while (*c && *c != ' ' && *c != '\t' && *c != '\n') word[n++] = *c++;
        word[n] = 0;
        snprintf(pair, sizeof pair, "%s_%s", last, word);
        if (n && *last && find(p, pair).text) {
            append(in_line ? " " : "", (size_t)in_line, o);
            append(pair, strlen(pair), o);
            in_line = 1;
            *last = 0;
        } else {
            if (*last)
                append(in_line ? " " : "", (size_t)in_line, o), append(last, strlen(last), o), in_line = 1;
            memcpy(last, word, n + 1);
        }
        if (*c == '\n' || !*c) {
            if (*last)
                append(in_line ? " " : "", (size_t)in_line, o), append(last, strlen(last), o), in_line = 1;
            if (*c || in_line) append("\n", 1, o);
            in_line = 0;
            *last = 0;
            c += *c != 0;
        }
    }
}

// How often a phrase of two words occurs: counted word by word, as one sees them.
static uint64_t count_by_hand(const char *text, const char *phrase)
{
    const char *const second = strchr(phrase, '_') + 1;
    const size_t first_n = (size_t)(second - phrase) - 1, second_n = strlen(second);
    uint64_t count = 0;
    size_t n;
    int after_first = 0;
    for (const char *c = text; *c; c += n) {
        n = strcspn(c, " \n");
        if (n) {
            count += after_first && n == second_n && !memcmp(c, second, n);
            after_first = n == first_n && !memcmp(c, phrase, n);
        } else {
            after_first &= *c != '\n';
            n = 1;
        }
    }
    return count;
}

static size_t read_memory(char *buffer, size_t room, void *user)
{
    const char **rest = (const char **)user;
    size_t n = strlen(*rest);
    if (n > room) n = room;
    if (n > 777) n = 777;
    memcpy(buffer, *rest, n);
    *rest += n;
    return n;
}

// Two pairs of words 0 .. 399 that have the same 32 bits of a hash: they are counted apart.
static void test_same_hash(void)
{
    enum { WORDS = 400, TIMES = 9 };  // every word occurs so often: ids are in the order of the text
    static const int pair[2][2] = {{284, 299}, {372, 233}}, times[2] = {8, 5};
    static char text[6 * WORDS * TIMES];
    int seen[WORDS] = {0};
    size_t n = 0;
    for (int i = 0; i < WORDS; i++) n += (size_t)snprintf(text + n, sizeof text - n, "w%d\n", i);
    for (int k = 0; k < 2; k++) {
        seen[pair[k][0]] = seen[pair[k][1]] = times[k];
        for (int i = 0; i < times[k]; i++)
            n += (size_t)snprintf(text + n, sizeof text - n, "w%d w%d\n", pair[k][0], pair[k][1]);
    }
    for (int i = 0; i < WORDS; i++)
        for (; seen[i] + 1 < TIMES; seen[i]++) n += (size_t)snprintf(text + n, sizeof text - n, "w%d\n", i);
    w2v_phrases_config cfg = config(-1e9);
    w2v_phrases *p = build(text, n, &cfg);
    if (!p) return;
    CHECK_EQUAL(w2v_phrases_size(p), 2);
    CHECK(find(p, "w284_w299").count == 8 && find(p, "w372_w233").count == 5);
    w2v_phrases_free(p);
}

// Texts of several blocks, whose borders fall on words, blanks and line feeds; from memory, a file, a reader and in two
// parts. Words are short, so that every kind of border occurs.
static void test_borders(void)
{
    enum { BYTES = 60000 };
    static char text[BYTES + 1];
    w2v_random r = w2v_random_stream(2, 0);
    for (int round = 0; round < 8; round++) {
        for (size_t i = 0; i < BYTES; i++) text[i] = "abcdefgh \n"[w2v_random_below(&r, 10)];
        for (size_t i = 0; i + 12 < BYTES; i += 1 + w2v_random_below(&r, 60))
            memcpy(text + i, " cde fgh ", 9);
        w2v_phrases_config cfg = config(3.0);
        cfg.min_count = 3;
        w2v_phrases *p = build(text, BYTES, &cfg);
        output expected = {NULL, 0, 0};
        join_by_hand(p, text, &expected);
        CHECK(w2v_phrases_size(p) > 0 && strstr(expected.text, "cde_fgh"));
        size_t wrong = 0;
        for (size_t i = 0; i < w2v_phrases_size(p); i++)
            wrong += test_phrase(p, i).count != count_by_hand(text, test_phrase(p, i).text);
        CHECK(!wrong);
        cfg.corpus_memory = 1;  // the text is read once more for the pairs
        w2v_phrases *again = build(text, BYTES, &cfg);
        CHECK(again && w2v_phrases_size(again) == w2v_phrases_size(p));
        for (size_t i = 0; again && i < w2v_phrases_size(again); i++)
            wrong += test_phrase(again, i).count != count_by_hand(text, test_phrase(again, i).text);
        CHECK(!wrong);
        w2v_phrases_free(again);
        const char *rest = text;
        w2v_source source[2];
        for (int kind = 0; kind < 4; kind++) {
            output o = {NULL, 0, 0};
            size_t n = 1;
            source[0] = w2v_source_text(text, BYTES);
            if (kind == 1) source[0] = w2v_source_reader(read_memory, &rest);
            if (kind == 2) {
                const char *cut = strchr(text + 30000, '\n');
                source[0] = w2v_source_text(text, (uint64_t)(cut - text) + 1);
                source[n++] = w2v_source_text(cut + 1, BYTES - (uint64_t)(cut - text) - 1);
            }
#ifndef W2V_NO_STDIO
            if (kind == 3) {
                CHECK(test_write_file(scratch, text, BYTES));
                source[0] = w2v_source_file(scratch);
            }
#endif
            CHECK_STATUS(w2v_phrases_apply(p, source, n, append, &o, NULL), W2V_OK);
            if (!CHECK(o.n == expected.n && !memcmp(o.text, expected.text, o.n)))
                printf("    round %d, kind %d\n", round, kind);
            free(o.text);
        }
        free(expected.text);
        w2v_phrases_free(p);
    }
    remove(scratch);
}

// A byte order mark is skipped, and no line is written for it, wherever the text comes from.
static void test_marks(void)
{
    static const char marked[] = "\xEF\xBB\xBF" "a b\n\nc\n", mark[] = "\xEF\xBB\xBF", text[] = "a b\nb a\n";
    const w2v_source some = w2v_source_text(text, sizeof text - 1);
    w2v_phrases_config cfg = config(1e9);
    w2v_phrases *p = NULL;
    cfg.min_count = 1;
    CHECK_STATUS(w2v_phrases_build(&p, &some, 1, &cfg, NULL), W2V_OK);
    for (int kind = 0; kind < 3; kind++)
        for (size_t n = 1; n <= 3; n += 2) {
            const char *rest[3] = {marked, mark, marked};
            w2v_source source[3];
            output o = {NULL, 0, 0};
            for (size_t i = 0; i < n; i++) {
                source[i] = w2v_source_text(rest[i], strlen(rest[i]));
                if (kind == 1) source[i] = w2v_source_reader(read_memory, &rest[i]);
            }
#ifndef W2V_NO_STDIO
            if (kind == 2) {
                CHECK(test_write_file(scratch, marked, sizeof marked - 1));
                source[0] = source[n - 1] = w2v_source_file(scratch);
            }
#endif
            CHECK_STATUS(w2v_phrases_apply(p, source, n, append, &o, NULL), W2V_OK);
            const char *expected = n == 1 ? "a b\n\nc\n" : "a b\n\nc\na b\n\nc\n";
            if (!CHECK(o.n == strlen(expected) && !memcmp(o.text, expected, o.n)))
                printf("    kind %d, %zu sources: '%.*s'\n", kind, n, (int)o.n, o.text);
            free(o.text);
        }
    w2v_phrases_free(p);
    remove(scratch);
}

// Connectors that a file could not be read with are refused.
static void test_connector_bytes(void)
{
    enum { MANY = 4500 };
    static char names[MANY][W2V_MAX_WORD + 1];
    static const char *connectors[MANY];
    static const char text[] = "a b\na b\n";
    const w2v_source source = w2v_source_text(text, sizeof text - 1);
    w2v_phrases_config cfg = config(0.0);
    w2v_phrases *p = NULL;
    w2v_error err;
    for (int i = 0; i < MANY; i++) {
        memset(names[i], 'x', W2V_MAX_WORD);
        for (int k = 0, n = i; k < 6; k++, n /= 10) names[i][W2V_MAX_WORD - 1 - k] = (char)('0' + n % 10);
        connectors[i] = names[i];
    }
    const size_t most = ((1 << 20) - strlen("connectors")) / (W2V_MAX_WORD + 1);
    cfg.connectors = connectors;
    cfg.connector_count = most;
    if (CHECK(most < MANY && w2v_phrases_build(&p, &source, 1, &cfg, &err) == W2V_OK)) {
        output o = {NULL, 0, 0};
        w2v_phrases *back = NULL;
        CHECK_STATUS(w2v_phrases_write(p, append, &o, NULL), W2V_OK);
        const w2v_source written = w2v_source_text(o.text, o.n);
        CHECK_STATUS(w2v_phrases_read(&back, &written, &err), W2V_OK);
        w2v_phrases_free(back);
        free(o.text);
    }
    w2v_phrases_free(p);
    p = NULL;
    cfg.connector_count++;
    CHECK(w2v_phrases_build(&p, &source, 1, &cfg, &err) == W2V_ERROR_ARGUMENT && !p);
    CHECK_STRING(err.message, "the connectors have more than 1048576 bytes");
}

static int refuse(const char *bytes, size_t n, void *user)
{
    (void)bytes, (void)n;
    ++*(int *)user;
    return 1;
}

static void test_refusals(void)
{
    static const char text[] = "a b\na b\n";
    static const uint32_t ids[] = {1, 2};
    static const char *const connectors[] = {"of the"};
    const w2v_source source = w2v_source_text(text, sizeof text - 1),
                     numbers = w2v_source_ids(ids, 2, NULL);
    w2v_phrases_config cfg = config(0.0);
    w2v_phrases *p = NULL;
    w2v_error err;
    int calls = 0;
    cfg.delimiter = "a b";
    CHECK(w2v_phrases_build(&p, &source, 1, &cfg, &err) == W2V_ERROR_ARGUMENT && !p);
    CHECK_STRING(err.message, "the delimiter must be 1 to 16 bytes without white space, not 'a b'");
    cfg.delimiter = "";
    CHECK_STATUS(w2v_phrases_build(&p, &source, 1, &cfg, &err), W2V_ERROR_ARGUMENT);
    cfg = config(2.0);
    cfg.scoring = W2V_PHRASE_NPMI;
    CHECK(w2v_phrases_build(&p, &source, 1, &cfg, &err) == W2V_ERROR_ARGUMENT &&
          strstr(err.message, "threshold"));
    cfg = config((double)NAN);
    CHECK(w2v_phrases_build(&p, &source, 1, &cfg, &err) == W2V_ERROR_ARGUMENT &&
          strstr(err.message, "threshold"));
    cfg = config(0.0);
    cfg.connectors = connectors;
    cfg.connector_count = 1;
    CHECK(w2v_phrases_build(&p, &source, 1, &cfg, &err) == W2V_ERROR_ARGUMENT &&
          strstr(err.message, "of the"));
    cfg = config(0.0);
    p = build(text, sizeof text - 1, &cfg);
    CHECK_STATUS(w2v_phrases_apply(p, &numbers, 1, append, NULL, &err), W2V_ERROR_ARGUMENT);
    CHECK(w2v_phrases_apply(p, &source, 1, refuse, &calls, &err) == W2V_ERROR_STOPPED && calls == 1);
    w2v_phrases_free(p);
    p = NULL;
    CHECK(w2v_phrases_build(&p, NULL, 0, &cfg, &err) == W2V_ERROR_ARGUMENT && !p);
    const w2v_source blank = w2v_source_text(" \n \n", 4);
    CHECK(w2v_phrases_build(&p, &blank, 1, &cfg, &err) == W2V_ERROR_EMPTY && !p);
    w2v_phrases_free(NULL);
}

// A phrase of more than W2V_MAX_WORD bytes stays two words, one of so many does not.
static void test_long_phrase(void)
{
    static char text[4000], longest[W2V_MAX_WORD + 1];
    size_t n = 0;
    for (int i = 0; i < 2; i++) n += (size_t)snprintf(text + n, sizeof text - n, "%0600d %0600d a b\n", 1, 2);
    const w2v_phrases_config cfg = config(-1e9);
    w2v_phrases *p = build(text, n, &cfg);
    CHECK(p && w2v_phrases_size(p) == 2);  // of the second and a, of a and b
    w2v_phrases_free(p);
    snprintf(longest, sizeof longest, "%0600d_%0*d", 1, W2V_MAX_WORD - 601, 2);
    n = (size_t)snprintf(text, sizeof text, "%0600d %0*d\n", 1, W2V_MAX_WORD - 601, 2);
    n += (size_t)snprintf(text + n, sizeof text - n, "%0600d %0*d\n", 1, W2V_MAX_WORD - 600, 2);
    p = build(text, n, &cfg);
    CHECK(p && w2v_phrases_size(p) == 1 && find(p, longest).count == 1);
    w2v_phrases_free(p);
}

#ifndef W2V_NO_STDIO
static void check_file(const char *text, size_t bytes, const char *message)
{
    w2v_phrases *p = NULL;
    w2v_error err = {""};
    CHECK(test_write_file(scratch, text, bytes));
    CHECK(w2v_phrases_load(&p, scratch, &err) == W2V_ERROR_FORMAT && !p);
    if (!CHECK(strstr(err.message, message))) printf("    \"%s\" without \"%s\"\n", err.message, message);
    w2v_phrases_free(p);
}

static void write_lines(const char *line)
{
    FILE *f = fopen(scratch, "wb");
    for (int i = 0; f && i < 1000; i++) fputs(line, f);
    CHECK(f && !fclose(f));
}

typedef struct changing {
    int reading, until;  // readings that have ended, and after which of them the text changes
    const char *line;
} changing;

static int change_file(const w2v_progress *p, void *user)
{
    changing *c = (changing *)user;
    if (p->fraction >= 1.0 && ++c->reading == c->until) write_lines(c->line);
    return 0;
}

// A text that is not kept in memory is read three times: its words are counted, then looked up, and its pairs are
// counted. It has to be the same, not only as many words.
static void check_changed_text(int until, const char *line)
{
    const w2v_source source = w2v_source_file(scratch);
    w2v_phrases_config cfg = config(0.0);
    w2v_phrases *p = NULL;
    w2v_error err = {""};
    changing c = {0, until, line};
    write_lines("a b a b\n");
    cfg.corpus_memory = 1;
    cfg.progress_fn = change_file;
    cfg.progress_user = &c;
    CHECK(w2v_phrases_build(&p, &source, 1, &cfg, &err) == W2V_ERROR_IO && !p);
    CHECK(c.reading >= until && strstr(err.message, "has changed while it was read"));
    w2v_phrases_free(p);
    remove(scratch);
}

#define CHECK_FILE(text, message) check_file(text, sizeof(text) - 1, message)

static void test_files(void)
{
    static const char text[] = "king of the hill new york\nking of the hill new york\nnew york of x\n";
    static const char *const connectors[] = {"of", "the"};
    w2v_phrases_config cfg = config(0.1);
    w2v_error err;
    cfg.connectors = connectors;
    cfg.connector_count = 2;
    w2v_phrases *p = build(text, sizeof text - 1, &cfg), *read = NULL;
    CHECK(w2v_phrases_save(p, scratch, &err) == W2V_OK && w2v_phrases_load(&read, scratch, &err) == W2V_OK);
    CHECK(read && w2v_phrases_size(read) == w2v_phrases_size(p) && w2v_phrases_size(p) > 1);
    for (size_t i = 0; read && i < w2v_phrases_size(p); i++) {
        const w2v_phrase a = test_phrase(p, i), b = test_phrase(read, i);
        CHECK_STRING(a.text, b.text);
        CHECK(a.count == b.count && !memcmp(&a.score, &b.score, sizeof a.score));
    }
    check_joined(read, "the king of the hill in new york", "the king_of_the_hill in new_york\n");
    w2v_phrases_free(read);
    read = NULL;
    // lines in any order: phrases are numbered by falling score, and found by their words
    static const char unsorted[] = "w2v-phrases 1 _\nconnectors of\n5 1.5 a b\n9 -2 c d\n1 3e9 e of f\n7 1.5 g h\n";
    static const char *const sorted[] = {"e_of_f", "a_b", "g_h", "c_d"};
    CHECK(test_write_file(scratch, unsorted, sizeof unsorted - 1));
    CHECK(w2v_phrases_load(&read, scratch, &err) == W2V_OK && w2v_phrases_size(read) == 4);
    for (size_t i = 0; read && i < 4; i++) CHECK_STRING(test_phrase(read, i).text, sorted[i]);
    check_joined(read, "a b c d e of f g h", "a_b c_d e_of_f g_h\n");
    w2v_phrases_free(read);
    w2v_phrases_free(p);
    CHECK_FILE("", "is not a file of w2v_phrases_save");
    CHECK_FILE("w2v-phrases 2 _\nconnectors\n", "is not a file of w2v_phrases_save");
    CHECK_FILE("w2v-phrases 1 _ x\nconnectors\n", "is not a file of w2v_phrases_save");
    CHECK_FILE("w2v-phrases 1 _\n", "line 2 does not begin with");
    CHECK_FILE("w2v-phrases 1 _\nconnectors of\nx 1 a b\n", "line 3 does not begin with the count");
    CHECK_FILE("w2v-phrases 1 _\nconnectors of\n-1 1 a b\n", "line 3 does not begin with the count");
    CHECK_FILE("w2v-phrases 1 _\nconnectors of\n0 1 a b\n", "line 3 does not begin with the count");
    CHECK_FILE("w2v-phrases 1 _\nconnectors of\n99999999999999999999 1 a b\n",
               "line 3 does not begin with the count");
    CHECK_FILE("w2v-phrases 1 _\nconnectors of\n5 1 a b\n5 high a b\n", "line 4 has no score");
    CHECK_FILE("w2v-phrases 1 _\nconnectors of\n5 nan a b\n", "line 3 has no score");
    CHECK_FILE("w2v-phrases 1 _\nconnectors of\n5 1 a\n", "line 3 has fewer than two words");
    CHECK_FILE("w2v-phrases 1 _\nconnectors of\n5 1 a c b\n",
               "line 3 has a word in its middle that is no connector");
    CHECK_FILE("w2v-phrases 1 _\nconnectors of\n5 1 of b\n", "line 3 begins or ends with a connector");
    CHECK_FILE("w2v-phrases 1 _\nconnectors of\n5 1 a of b\n4 2 a of b\n",
               "line 4 has a phrase that has occurred before");
    CHECK_FILE("w2v-phrases 1 _\nconnectors of\n5 1 a of of of of of of of of of b\n",
               "line 3 has more words");
    CHECK_FILE("w2v-phrases 1 _\nconnectors of\n5 1 a\0b c\n", "NUL");
    char longest[3000];
    size_t n = (size_t)snprintf(longest, sizeof longest, "w2v-phrases 1 _\nconnectors of\n5 1 ");
    memset(longest + n, 'x', 1100);
    n += 1100;
    n += (size_t)snprintf(longest + n, sizeof longest - n, " b\n");
    check_file(longest, n, "line 3 has a word that is too long");
    longest[n - 3] = 'x';
    longest[n - 600] = ' ';  // two words that are not, and their phrase is
    check_file(longest, n, "line 3 has a phrase that is too long");
    p = NULL;
    CHECK(w2v_phrases_load(&p, "no/such/file", &err) == W2V_ERROR_IO && !p);
    remove(scratch);
}
#endif

#ifndef W2V_NO_STDIO
static void test_changed_text(void)
{
    check_changed_text(1, "b a  a b\n");
    check_changed_text(2, "b a a b\n");
}
#endif

// No pair crosses the end of a line or of a text, wherever a block ends between the two words.
static void test_line_ends(void)
{
    static const char *const ends[] = {" \n", "\r\n", " \r\n \n ", "  ", "\n"};
    static char text[2 * W2V_BLOCK_BYTES];
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        for (size_t at = W2V_BLOCK_BYTES - 8; at < W2V_BLOCK_BYTES + 2; at++)
            for (int streamed = 0; streamed < 2; streamed++) {
                const size_t first = at + 1 + strlen(ends[i]), n = first + 4;
                const int two = !strchr(ends[i], '\n');  // texts
                memset(text, ' ', sizeof text);
                memcpy(text, "c d\n", 4);
                text[at] = 'a';
                memcpy(text + at + 1, ends[i], strlen(ends[i]));
                memcpy(text + first, "b c\n", 4);
                const w2v_source whole[2] = {w2v_source_text(text, two ? first : n),
                                             w2v_source_text(text + first, 4)};
                w2v_phrases_config cfg = config(-1e9);
                w2v_phrases *p = NULL;
                cfg.corpus_memory = (size_t)streamed;
                CHECK_STATUS(w2v_phrases_build(&p, whole, two ? 2 : 1, &cfg, NULL), W2V_OK);
                if (!CHECK(p && w2v_phrases_size(p) == 2 && find(p, "c_d").count == 1 && find(p, "b_c").count == 1))
                    printf("    end %zu at %zu, streamed %d\n", i, at, streamed);
                w2v_phrases_free(p);
            }
}

// The weight at the beginning of a line stays what it is, even if it could begin a phrase.
static void test_weighted(void)
{
    static const char file[] = "w2v-phrases 1 _\nconnectors\n5 10 1 st\n", text[] = "1 st a\n1 1 st\n";
    const w2v_source phrases = w2v_source_text(file, sizeof file - 1),
                     source = w2v_source_weighted(w2v_source_text(text, sizeof text - 1));
    w2v_phrases *p = NULL;
    w2v_buffer out = {NULL, 0, 0};
    CHECK_STATUS(w2v_phrases_read(&p, &phrases, NULL), W2V_OK);
    CHECK_STATUS(w2v_phrases_apply(p, &source, 1, w2v_buffer_write, &out, NULL), W2V_OK);
    CHECK(out.size == 14 && !memcmp(out.data, "1 st a\n1 1_st\n", 14));
    w2v_buffer_free(&out);
    static const char none[] = "1 st a\n1 st\n\nst 1\n";
    const w2v_source wrong = w2v_source_weighted(w2v_source_text(none, sizeof none - 1));
    w2v_error err = {""};
    CHECK_STATUS(w2v_phrases_apply(p, &wrong, 1, w2v_buffer_write, &out, &err), W2V_ERROR_FORMAT);
    CHECK_STRING(err.message, "'the text' line 4, byte 13: 'st' is not a weight: a line begins with a number that is "
                              "not negative");
    w2v_buffer_free(&out);
    static const char marked[] = "\xEF\xBB\xBF" "1 1 st\n";
    const w2v_source with_mark = w2v_source_weighted(w2v_source_text(marked, sizeof marked - 1));
    CHECK_STATUS(w2v_phrases_apply(p, &with_mark, 1, w2v_buffer_write, &out, &err), W2V_OK);
    CHECK(out.size == 7 && !memcmp(out.data, "1 1_st\n", 7));
    w2v_buffer_free(&out);
    const w2v_source late = w2v_source_weighted(w2v_source_text(" 1 1 st\n", 8));
    CHECK_STATUS(w2v_phrases_apply(p, &late, 1, w2v_buffer_write, &out, &err), W2V_ERROR_FORMAT);
    CHECK_STRING(err.message,
                 "'the text' line 1, byte 1: a line begins with its weight, without white space before it");
    w2v_buffer_free(&out);
    static char
        with_long[W2V_MAX_WORD + 20];  // a line that begins with a word that is too long has no weight
    memset(with_long, 'a', sizeof with_long);
    memcpy(with_long, "1 st\n", 5);
    memcpy(with_long + sizeof with_long - 6, " 1 st\n", 6);
    const w2v_source no_weight = w2v_source_weighted(w2v_source_text(with_long, sizeof with_long));
    CHECK_STATUS(w2v_phrases_apply(p, &no_weight, 1, w2v_buffer_write, &out, &err), W2V_ERROR_FORMAT);
    CHECK_STRING(err.message,
                 "'the text' line 2, byte 5: a line begins with its weight, without white space before it");
    w2v_buffer_free(&out);
    w2v_phrases_free(p);
}

int main(int argc, char **argv)
{
    static const test_case tests[] = {
        TEST(weighted),   TEST(line_ends),
#ifndef W2V_NO_STDIO
        TEST(files),      TEST(changed_text),
#endif
        TEST(scores),     TEST(order),      TEST(connectors), TEST(many_connectors), TEST(passes),
        TEST(pruning),    TEST(same_hash),  TEST(borders),    TEST(refusals),        TEST(long_phrase),
        TEST(marks),      TEST(connector_bytes)};
    snprintf(scratch, sizeof scratch, "%s.tmp", argv[0]);
    return test_main("phrases", tests, TEST_COUNT(tests), argc, argv);
}
