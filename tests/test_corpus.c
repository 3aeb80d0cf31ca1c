// SPDX-License-Identifier: MIT-0
//
// test_corpus.c - text into ids: every token once, whatever the blocks and threads

#define STB_DS_IMPLEMENTATION
#define W2V_STATIC
#define W2V_IMPLEMENTATION
#define W2V_BLOCK_BYTES 37  // so that borders of blocks fall everywhere
#include "w2v.h"

#include "test.h"

static w2v_status read_text(const char *text, size_t bytes, size_t threads, uint64_t min_count,
                            w2v__corpus *corpus, w2v_vocab **vocab, w2v_error *err)
{
    w2v_config cfg = w2v_config_default();
    cfg.threads = threads;
    cfg.min_count = min_count;
    const w2v_source source = w2v_source_text(text, bytes);
    const w2v_status status = w2v__corpus_open(corpus, &source, 1, err);
    return status == W2V_OK ? w2v__corpus_read(corpus, &cfg, NULL, vocab, err) : status;
}

// The ids as text again: words, and | for the end of a sentence.
static const char *spell(const w2v__corpus *c, const w2v_vocab *vocab)
{
    static char out[4096];
    size_t n = 0;
    out[0] = 0;
    for (size_t b = 0; b < c->n_blocks; b++)
        for (size_t i = 0; i < c->blocks[b].n; i++) {
            const uint32_t id = c->blocks[b].ids[i];
            n += (size_t)snprintf(out + n, sizeof out - n, "%s%s", n ? " " : "",
                                  id == W2V_NONE ? "|" : w2v_vocab_word(vocab, id));
        }
    return out;
}

static void check_read(const char *text, size_t bytes, size_t threads, uint64_t min_count, const char *expected)
{
    w2v__corpus corpus;
    w2v_vocab *vocab = NULL;
    w2v_error err = {""};
    CHECK_STATUS(read_text(text, bytes, threads, min_count, &corpus, &vocab, &err), W2V_OK);
    CHECK_STRING(vocab ? spell(&corpus, vocab) : err.message, expected);
    w2v__corpus_free(&corpus);
    w2v_vocab_free(vocab);
}

static const size_t most_threads[] = {1, 2, 4, 9, 21, 49};
enum { THREADS = sizeof most_threads / sizeof *most_threads };

static void check_text(const char *text, size_t bytes, uint64_t min_count, const char *expected)
{
    for (size_t i = 0; i < THREADS; i++) check_read(text, bytes, most_threads[i], min_count, expected);
}

static void test_texts(void)
{
#define BYTES(s) s, sizeof(s) - 1
    check_text(BYTES("the last word counts"), 1, "the last word counts");
    check_text(BYTES("one\ntwo three\n\n\nfour"), 1, "one | two three | four");
    check_text(BYTES("\n\n  \n a\tb\vc\fd\re \n"), 1, "a b c d e |");
    check_text(BYTES("crlf one\r\ncrlf two\r\n"), 1, "crlf one | crlf two |");
    check_text(BYTES("\xEF\xBB\xBF"
                     "mark\xEF\xBB\xBF at the start only"),
               1, "mark\xEF\xBB\xBF at the start only");
    check_text(BYTES("a b a c a b rare"), 2, "a b a a b");
    check_text(BYTES("once\ntwice\nonce and\ntwice"), 2, "once | twice | once | twice");
    check_text(BYTES("caf\xC3\xA9 na\xC3\xAFve \xFF\xFE bytes"), 1,
               "caf\xC3\xA9 na\xC3\xAFve \xFF\xFE bytes");
}

// A text of many words in many blocks: the ids spell it, the counts are
// right and the order is that of the counts.
static void test_order(void)
{
    static char text[4000];
    static const char *const word[] = {"apple", "pear", "a", "quince", "medlar", "fig"};
    size_t n = 0;
    w2v_random r = w2v_random_stream(6, 0);
    uint64_t count[6] = {0};
    for (int i = 0; i < 500; i++) {
        const uint32_t w = w2v_random_below(&r, 1 + w2v_random_below(&r, 6));
        count[w]++;
        n += (size_t)snprintf(text + n, sizeof text - n, "%s ", word[w]);
    }
    text[--n] = 0;
    check_text(text, n, 1, text);
    w2v__corpus corpus;
    w2v_vocab *vocab;
    CHECK_STATUS(read_text(text, n, 3, 1, &corpus, &vocab, NULL), W2V_OK);
    CHECK_EQUAL(corpus.words, 500);
    for (uint32_t i = 0; i < 6; i++) {
        const uint32_t id = w2v_vocab_find(vocab, word[i]);
        CHECK(id != W2V_NONE && w2v_vocab_count(vocab, id) == count[i]);
        CHECK(id == 0 || w2v_vocab_count(vocab, id - 1) >= count[i]);
    }
    CHECK(w2v_vocab_find(vocab, "nobody") == W2V_NONE && w2v_vocab_find(vocab, "") == W2V_NONE);
    w2v__corpus_free(&corpus);
    w2v_vocab_free(vocab);
    check_text(BYTES("b a b a c c"), 1, "b a b a c c");
    CHECK_STATUS(read_text(BYTES("b a b a c c"), 1, 1, &corpus, &vocab, NULL), W2V_OK);
    CHECK_STRING(w2v_vocab_word(vocab, 0), "b");  // ties: first occurrence
    CHECK_STRING(w2v_vocab_word(vocab, 2), "c");
    w2v__corpus_free(&corpus);
    w2v_vocab_free(vocab);
}

static void check_refused(const char *text, size_t bytes, w2v_status status, const char *message)
{
    for (size_t threads = 1; threads < 4; threads++) {
        w2v__corpus corpus;
        w2v_vocab *vocab = NULL;
        w2v_error err = {""};
        CHECK_STATUS(read_text(text, bytes, threads, 2, &corpus, &vocab, &err), status);
        CHECK_STRING(err.message, message);
        CHECK(!vocab);
        w2v__corpus_free(&corpus);
    }
}

static void test_refusals(void)
{
    static char longest[W2V_MAX_WORD + 80];
    check_refused("", 0, W2V_ERROR_EMPTY, "'the text' has no words");
    check_refused(BYTES(" \n\t "), W2V_ERROR_EMPTY, "'the text' has no words");
    check_refused(BYTES("a b c"), W2V_ERROR_EMPTY,
                  "no word of 'the text' occurs 2 times: use a smaller min_count");
    check_refused(BYTES("some text and then\na NUL byte here: \0 and more of it"), W2V_ERROR_FORMAT,
                  "'the text' line 2, byte 36: a NUL byte, so this is not a text file");
    memset(longest, 'x', sizeof longest);
    memcpy(longest, "ab ", 3);
    longest[3 + W2V_MAX_WORD] = 0;
    check_text(longest, 3 + W2V_MAX_WORD, 1, longest);  // exactly at the limit: kept whole, over many blocks
}

// A word of more than W2V_MAX_WORD bytes is skipped and counted once, wherever it begins and however many
// blocks it fills, and its neighbours stay. On request it is refused with its place and its beginning.
static void test_long_words(void)
{
    static char text[6 * W2V_MAX_WORD];
    static const size_t lengths[] = {W2V_MAX_WORD + 1, W2V_MAX_WORD + 2, W2V_MAX_WORD + 37, 3 * W2V_MAX_WORD};
    for (size_t begin = 5; begin < 45; begin += TEST_SLOW ? 3 : 1)
        for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
            memset(text, ' ', sizeof text);
            memcpy(text, "a b c", 5);
            memset(text + begin + 1, 'x', lengths[i]);
            memcpy(text + begin + 2 + lengths[i], "d e f", 5);
            const size_t n = begin + 2 + lengths[i] + 5;
            check_read(text, n, most_threads[(begin + i) % THREADS], 1, "a b c d e f");
            w2v_train_report report;
            w2v_config cfg = w2v_config_default();
            cfg.min_count = 1;
            cfg.sample = 0.0;
            cfg.epochs = 2;
            cfg.report = &report;
            w2v_model *m = NULL;
            CHECK_STATUS(w2v_train_text(&m, text, n, &cfg, NULL), W2V_OK);
            CHECK(report.long_words == 1 && report.words == 6 && report.trained <= 12);
            w2v_model_free(m);
        }
    const char *const marks = "\xE0\xB8\x81";  // a letter of three bytes: the message ends with a whole one
    memcpy(text, "a b\nc ", 6);
    for (size_t i = 6; i + 3 < 6 + 3 * 600; i += 3) memcpy(text + i, marks, 3);
    w2v_error err = {""};
    w2v_config cfg = w2v_config_default();
    cfg.refuse_long_words = 1;
    w2v_model *m = NULL;
    CHECK(w2v_train_text(&m, text, 6 + 3 * 599, &cfg, &err) == W2V_ERROR_FORMAT && !m);
    CHECK_STRING(
        err.message,
        "'the text' line 2, byte 6: '\xE0\xB8\x81\xE0\xB8\x81\xE0\xB8\x81\xE0\xB8\x81\xE0\xB8\x81\xE0\xB8\x81"
        "\xE0\xB8\x81\xE0\xB8\x81\xE0\xB8\x81\xE0\xB8\x81\xE0\xB8\x81\xE0\xB8\x81\xE0\xB8\x81"
        "...' is a word of more than 1024 bytes");
}

// Other kinds of files are named.
static void test_foreign(void)
{
    check_refused(BYTES("\x1f\x8b\x08\0\0\0\0\0\0\3"), W2V_ERROR_FORMAT,
                  "'the text' is compressed by gzip: unpack it with gunzip");
    check_refused(BYTES("\xff\xfe"
                        "a\0b\0"),
                  W2V_ERROR_FORMAT, "'the text' is in UTF-16: convert it with iconv -f UTF-16 -t UTF-8");
    check_refused(BYTES("t\0h\0e\0"), W2V_ERROR_FORMAT,
                  "'the text' is in UTF-16: convert it with iconv -f UTF-16LE -t UTF-8");
}

// Two words that begin with the same eight bytes and have the same place in the table of frequent words are not one.
static void test_same_place(void)
{
    enum { EACH = 100 };
    static char text[EACH * 2 * 14 + 1];
    char first[16] = "abcdefgh0000", other[16] = "";
    uint64_t bytes[2];
    const uint64_t hash = w2v__vocab_hash_word(first, 12, bytes);
    for (int i = 1; i < 1000000 && !*other; i++) {
        char word[16];
        const size_t n = (size_t)snprintf(word, sizeof word, "abcdefgh%04d", i);
        if (w2v__vocab_hash_word(word, n, bytes) % W2V__VOCAB_FREQUENT == hash % W2V__VOCAB_FREQUENT)
            memcpy(other, word, sizeof word);
    }
    CHECK(*other);
    size_t n = 0;
    for (int i = 0; i < 2 * EACH; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s ", i < EACH || i % 3 ? first : other);
    w2v__corpus corpus;
    w2v_vocab *vocab = NULL;
    CHECK_STATUS(read_text(text, n, 1, 1, &corpus, &vocab, NULL), W2V_OK);
    const uint32_t id[2] = {w2v_vocab_find(vocab, first), w2v_vocab_find(vocab, other)};
    CHECK(id[0] == 0 && id[1] == 1);
    CHECK_EQUAL(w2v_vocab_count(vocab, 0), EACH + EACH - EACH / 3);
    CHECK_EQUAL(w2v_vocab_count(vocab, 1), EACH / 3);
    w2v__corpus_free(&corpus);
    w2v_vocab_free(vocab);
}

// Words that are made up to have one hash are refused: it would take hours to look up a million of them.
static void test_colliding_words(void)
{
    enum { WORDS = 20000 };
    const uint64_t a = UINT64_C(0x9e3779b97f4a7c15), b = UINT64_C(0xc2b2ae3d27d4eb4f);  // of the hash
    static char text[16 * WORDS], room[WORDS][16];
    static const char *word[WORDS];
    uint64_t inverse = a, same = 0;  // of a modulo 2^64, by Newton's method
    for (int i = 0; i < 6; i++) inverse *= 2 - a * inverse;
    size_t n = 0, bytes = 0;
    for (uint32_t end = 0; n < WORDS; end++) {  // (about 35,000 are tried; byte 10 must not overflow)
        const uint64_t last = 0x616161 + (end & 15) + ((end >> 4 & 15) << 8) + ((uint64_t)(end >> 8) << 16);
        const uint64_t first = (UINT64_C(1) ^ (last << 32 | last >> 32) * b) * inverse;
        int is_word = 1;
        for (size_t k = 0; k < 8; k++) {
            room[n][k] = (char)(first >> (8 * k) & 0xff);
            is_word &= (first >> (8 * k) & 0xff) > ' ';
        }
        for (size_t k = 8; k < 12; k++) room[n][k] = (char)(last >> (8 * (k - 8)) & 0xff);
        room[n][12] = 0;
        if (!is_word || strpbrk(room[n] + 8, " \t\n\v\f\r")) continue;
        const uint64_t hash = w2v__vocab_hash_bytes(room[n], strlen(room[n]));
        if (!n) same = hash;
        if (!CHECK_EQUAL(hash, same)) return;
        word[n] = room[n];
        bytes += (size_t)snprintf(text + bytes, sizeof text - bytes, "%s ", room[n++]);
    }
    w2v_vocab *vocab = NULL;
    w2v_error err;
    static const char message[] = "no room: too many words have the same hash, as if made up for it";
    CHECK_STATUS(w2v_vocab_new(&vocab, word, NULL, WORDS, &err), W2V_ERROR_MEMORY);
    CHECK_STRING(err.message, message);
    w2v__corpus corpus;
    CHECK_STATUS(read_text(text, bytes, 1, 1, &corpus, &vocab, &err), W2V_ERROR_MEMORY);
    CHECK(strstr(err.message, "too many words with the same hash: no room for all words of 'the text'") !=
          NULL);
    w2v__corpus_free(&corpus);
    for (int lenient = 0; lenient < 2; lenient++) {  // no row of a file that can be skipped
        w2v_load_config cfg = w2v_load_config_default();
        w2v_model *m = NULL;
        cfg.lenient = lenient;
        bytes = (size_t)snprintf(text, sizeof text, "%d 1\n", (int)WORDS);
        for (size_t i = 0; i < WORDS; i++)
            bytes += (size_t)snprintf(text + bytes, sizeof text - bytes, "%s 1\n", word[i]);
        const w2v_source source = w2v_source_text(text, bytes);
        CHECK_STATUS(w2v_model_read(&m, &source, &cfg, NULL, &err), W2V_ERROR_MEMORY);
        CHECK_STRING(err.message, message);
        w2v_model_free(m);
    }
}

int main(int argc, char **argv)
{
    static const test_case tests[] = {TEST(texts),   TEST(order),      TEST(refusals),       TEST(long_words),
                                      TEST(foreign), TEST(same_place), TEST(colliding_words)};
    return test_main("corpus", tests, TEST_COUNT(tests), argc, argv);
}
