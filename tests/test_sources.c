// SPDX-License-Identifier: MIT-0
//
// test_sources.c - where texts come from, sentences with weights, and vocabularies of their own

#include "checked.h"

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include "test.h"

enum { BLOCKS = 9 };

static char text[BLOCKS * W2V_BLOCK_BYTES], scratch[2][1024];
static size_t bytes;

// Lines of one to twelve words; low numbers come more often. The last line has no line feed.
static void write_text(void)
{
    w2v_random r = w2v_random_stream(21, 0);
    while (bytes < sizeof text - 200) {
        const uint32_t words = 1 + w2v_random_below(&r, 12);
        for (uint32_t k = 0; k < words; k++) {
            const float x = w2v_random_float(&r);
            bytes += (size_t)snprintf(text + bytes, 12, "w%d ", (int)(x * x * x * 900.0f));
        }
        text[bytes - 1] = '\n';
    }
    bytes--;
}

static w2v_config small_config(size_t threads)
{
    w2v_config cfg = w2v_config_default();
    cfg.dim = 16;
    cfg.min_count = 2;
    cfg.sample = 1e-2;
    cfg.epochs = 2;
    cfg.threads = threads;
    cfg.lanes = threads > 1 ? 3 : 1;
    return cfg;
}

static uint64_t hash_with_words(const w2v_model *m)
{
    uint64_t h = test_hash_model(m);
    for (uint32_t i = 0; i < m->size; i++)
        for (const char *c = w2v_vocab_word(m->vocab, i); *c; c++) h = (h ^ (unsigned char)*c) * UINT64_C(1099511628211);
    return h;
}

// Trains on n sources, and returns the hash of the model, or 0 and the message.
static uint64_t hash_trained(const w2v_source *sources, size_t n, const w2v_config *cfg,
                             const w2v_vocab *vocab, w2v_error *err)
{
    w2v_trainer *t = NULL;
    uint64_t h = 0;
    if (w2v_trainer_new(&t, sources, n, cfg, vocab, NULL, err) != W2V_OK) return 0;
    if (CHECK_STATUS(w2v_trainer_run(t, UINT64_MAX, err), W2V_OK)) h = hash_with_words(w2v_trainer_model(t));
    w2v_trainer_free(t);
    return h;
}

static void write_file(const char *path, const char *from, size_t n)
{
    CHECK(test_write_file(path, from, n));
}

// Hands out pieces of changing sizes; fails or lies at a given byte.
typedef struct pieces {
    const char *text;
    size_t n, at, fail_at, lie_at;
} pieces;

static size_t read_pieces(char *buffer, size_t room, void *user)
{
    pieces *p = (pieces *)user;
    size_t n = 1 + p->at * 7919 % 700;
    if (p->fail_at && p->at >= p->fail_at) return W2V_READ_FAILED;
    if (p->lie_at && p->at >= p->lie_at) return room + 1;
    if (n > room) n = room;
    if (n > p->n - p->at) n = p->n - p->at;
    memcpy(buffer, p->text + p->at, n);
    p->at += n;
    return n;
}

static uint32_t *ids_of_text(const w2v_vocab *vocab, size_t *n)
{
    uint32_t *ids = (uint32_t *)malloc(bytes * sizeof *ids);
    char word[16];
    *n = 0;
    for (size_t i = 0, k = 0; i <= bytes; i++) {
        const char c = i < bytes ? text[i] : ' ';
        if (c != ' ' && c != '\n') {
            word[k++] = c;
            continue;
        }
        word[k] = 0;
        ids[(*n)++] = w2v_vocab_find(vocab, word);
        CHECK(ids[*n - 1] != W2V_NONE);
        if (c == '\n') ids[(*n)++] = W2V_NONE;
        k = 0;
    }
    return ids;
}

// A file, two files, a file and memory, memory, a reader, a reader after memory, and ids: the same bytes.
static void check_same(size_t threads)
{
    const w2v_config cfg = small_config(threads);
    w2v_error err = {""};
    w2v_source s[2] = {w2v_source_text(text, bytes), w2v_source_text(text, 0)};
    const uint64_t whole = hash_trained(s, 1, &cfg, NULL, &err);
    CHECK(whole != 0);
    write_file(scratch[0], text, bytes);
    s[0] = w2v_source_file(scratch[0]);
    CHECK_EQUAL(hash_trained(s, 1, &cfg, NULL, &err), whole);
    for (size_t cut = 5000; cut < bytes; cut += TEST_SLOW ? 21000 : 7000) {
        size_t at = cut;
        while (text[at - 1] != '\n') at++;
        for (int without_line_feed = 0; without_line_feed < 2; without_line_feed++) {  // it is added
            write_file(scratch[0], text, at - (size_t)without_line_feed);
            write_file(scratch[1], text + at, bytes - at);
            s[0] = w2v_source_file(scratch[0]);
            s[1] = w2v_source_file(scratch[1]);
            CHECK_EQUAL(hash_trained(s, 2, &cfg, NULL, &err), whole);
            s[1] = w2v_source_text(text + at, bytes - at);
            CHECK_EQUAL(hash_trained(s, 2, &cfg, NULL, &err), whole);
            pieces p = {text + at, bytes - at, 0, 0, 0};
            s[1] = w2v_source_reader(read_pieces, &p);
            CHECK_EQUAL(hash_trained(s, 2, &cfg, NULL, &err), whole);
            pieces q = {text, at - (size_t)without_line_feed, 0, 0, 0};
            s[0] = w2v_source_reader(read_pieces, &q);
            s[1] = w2v_source_file(scratch[1]);
            CHECK_EQUAL(hash_trained(s, 2, &cfg, NULL, &err), whole);
        }
    }
    size_t half = bytes / 2;
    while (text[half - 1] != '\n') half++;
    s[0] = w2v_source_text(text, half);
    s[1] = w2v_source_text(text + half, bytes - half);
    w2v_model *m = NULL;
    if (CHECK_STATUS(w2v_train(&m, s, 2, &cfg, &err), W2V_OK)) CHECK_EQUAL(hash_with_words(m), whole);
    w2v_model_free(m);
    pieces p = {text, bytes, 0, 0, 0};
    s[0] = w2v_source_reader(read_pieces, &p);
    CHECK_EQUAL(hash_trained(s, 1, &cfg, NULL, &err), whole);
    w2v_config all = cfg;
    w2v_vocab *vocab = NULL;
    size_t n;
    all.min_count = 1;
    s[0] = w2v_source_text(text, bytes);
    CHECK_STATUS(w2v_vocab_build(&vocab, s, 1, &all, &err), W2V_OK);
    const uint64_t given = hash_trained(s, 1, &cfg, vocab, &err);
    uint32_t *ids = ids_of_text(vocab, &n);
    s[0] = w2v_source_ids(ids, n, NULL);
    CHECK(hash_trained(s, 1, &cfg, vocab, &err) == given && given);
    free(ids);
    w2v_vocab_free(vocab);
    remove(scratch[0]);
    remove(scratch[1]);
}

// Ids without a vocabulary are decimal numbers.
static void test_numbers(void)
{
    static const uint32_t ids[] = {7, 4000000000u, W2V_NONE, W2V_NONE, 7, 12, 7, W2V_NONE};
    static const char same[] = "7 4000000000\n\n7 12 7\n";
    w2v_config cfg = small_config(1);
    w2v_error err = {""};
    cfg.min_count = 1;
    cfg.sample = 0.0;
    w2v_source s = w2v_source_ids(ids, sizeof ids / sizeof *ids, NULL);
    const uint64_t h = hash_trained(&s, 1, &cfg, NULL, &err);
    s = w2v_source_text(same, sizeof same - 1);
    CHECK(h && h == hash_trained(&s, 1, &cfg, NULL, &err));
}

static double held_out_loss(w2v_trainer *t, w2v_source source)
{
    w2v_error err = {""};
    double loss = 0.0;
    if (!CHECK(w2v_trainer_hold_out(t, &source, 1, &err) == W2V_OK && w2v_trainer_validate(t, &loss, &err) == W2V_OK))
        printf("    %s\n", err.message);
    return loss;
}

// Ids to validate with are those that were trained on: decimal numbers, or words of the vocabulary that was given,
// in its order, though the model has another one. A checkpoint has no part in this.
static void test_held_out_ids(void)
{
    static const uint32_t numbers[] = {100, 200, 100, 300, 100, 200, 1}, held_numbers[] = {200, 300, 1};
    static const uint32_t of_given[] = {2, 1, 2, 0, 2, 1, 2, W2V_NONE, 3, 2}, held[] = {2, 0, 3, 1, 1};
    static const char *const words[] = {"w", "x", "y", "z"};
    static const uint64_t counts[] = {9, 8, 7, 6};
    w2v_config cfg = small_config(1);
    w2v_vocab *given = NULL;
    cfg.min_count = 1;
    cfg.sample = 0.0;
    w2v_source s = w2v_source_ids(numbers, sizeof numbers / sizeof *numbers, NULL);
    w2v_trainer *t = NULL;
    CHECK_STATUS(w2v_trainer_new(&t, &s, 1, &cfg, NULL, NULL, NULL), W2V_OK);
    CHECK_STATUS(w2v_trainer_run(t, UINT64_MAX, NULL), W2V_OK);
    CHECK_NEAR(held_out_loss(t, w2v_source_ids(held_numbers, 3, NULL)),
               held_out_loss(t, w2v_source_text("200 300 1", 9)), 0.0);
    w2v_trainer_free(t);
    CHECK_STATUS(w2v_vocab_new(&given, words, counts, 4, NULL), W2V_OK);
    s = w2v_source_ids(of_given, sizeof of_given / sizeof *of_given, NULL);
    for (int again = 0; again < 2; again++) {
        CHECK_STATUS(w2v_trainer_new(&t, &s, 1, &cfg, given, NULL, NULL), W2V_OK);
        if (again) {
            CHECK_STATUS(w2v_trainer_load(t, scratch[0], NULL), W2V_OK);
        } else {
            CHECK_STATUS(w2v_trainer_run(t, UINT64_MAX, NULL), W2V_OK);
            CHECK_STATUS(w2v_trainer_save(t, scratch[0], NULL), W2V_OK);
        }
        CHECK_STRING(w2v_vocab_word(w2v_trainer_model(t)->vocab, 0), "y");
        CHECK_NEAR(held_out_loss(t, w2v_source_ids(held, 5, NULL)), held_out_loss(t, w2v_source_text("y w z x x", 9)),
                   0.0);
        w2v_trainer_free(t);
    }
    w2v_vocab_free(given);
    remove(scratch[0]);
}

// No more threads count than there are blocks: each takes memory. With corpus_memory no ids stay, also if those of
// some blocks were there before the limit was reached.
static void test_frugal(void)
{
    w2v_config cfg = small_config(64);
    w2v_error err = {""};
    const w2v_source block = w2v_source_text(text, W2V_BLOCK_BYTES), all = w2v_source_text(text, bytes);
    w2v_vocab *vocab = NULL;
    long taken[2];
    for (size_t i = 0; i < 2; i++) {
        cfg.threads = i ? 64 : 1;
        taken[i] = test_allowed;
        CHECK_STATUS(w2v_vocab_build(&vocab, &block, 1, &cfg, &err), W2V_OK);
        taken[i] -= test_allowed;
        w2v_vocab_free(vocab);
    }
    CHECK_EQUAL(taken[1], taken[0]);
    cfg.threads = 1;
    for (size_t i = 0; i < 2; i++) {
        w2v_trainer *t = NULL;
        cfg.vocab_limit = i ? 1000000 : 0;
        cfg.corpus_memory = 10000;
        taken[i] = test_living;
        CHECK_STATUS(w2v_trainer_new(&t, &all, 1, &cfg, NULL, NULL, &err), W2V_OK);
        taken[i] -= test_living;
        w2v_trainer_free(t);
    }
    CHECK_EQUAL(taken[1], taken[0]);
}

// The text with a weight before every line.
static char *with_weights(const char *const *weight, size_t n, size_t *length)
{
    char *out = (char *)malloc(2 * bytes + 100);
    size_t k = 0, line = 0;
    for (size_t i = 0; i < bytes; i++) {
        if (!i || text[i - 1] == '\n') k += (size_t)snprintf(out + k, 16, "%s ", weight[line++ % n]);
        out[k++] = text[i];
    }
    *length = k;
    return out;
}

// Weights of 1 change nothing but the borders of blocks, a sentence of weight 0 is counted and trains
// nothing, a weight multiplies the learning rate, and a weight reaches the parts of its sentence in other
// blocks, whether the words are kept or read again.
static void test_weights(void)
{
    static const char *const some[] = {"1", "0.25", "2e0", "0", "1.5"};
    static const char *const halves[] = {"0.5"};
    w2v_error err = {""};
    size_t n, m;
    char *weighted = with_weights(some, 5, &n), *half = with_weights(halves, 1, &m);
    for (size_t threads = 1; threads < 3; threads++) {
        w2v_config cfg = small_config(threads);
        w2v_source s = w2v_source_weighted(w2v_source_text(weighted, n));
        const uint64_t h = hash_trained(&s, 1, &cfg, NULL, &err);
        CHECK(h != 0);
        cfg.corpus_memory = 1;
        CHECK_EQUAL(hash_trained(&s, 1, &cfg, NULL, &err), h);
        cfg.corpus_memory = 0;
        pieces p = {weighted, n, 0, 0, 0};
        s = w2v_source_weighted(w2v_source_reader(read_pieces, &p));
        CHECK_EQUAL(hash_trained(&s, 1, &cfg, NULL, &err), h);
        if (cfg.lanes > 1) continue;  // how lanes are merged follows from the learning rate that is set
        // Twice the learning rate, and half of it everywhere
        s = w2v_source_weighted(w2v_source_text(half, m));
        cfg.learning_rate = 0.05f;
        const uint64_t halved = hash_trained(&s, 1, &cfg, NULL, &err);
        memset(half, '1', 1);
        for (size_t i = 0; i + 3 < m; i++)
            if (!i || half[i - 1] == '\n') memcpy(half + i, "1.0", 3);
        cfg.learning_rate = 0.025f;
        CHECK_EQUAL(hash_trained(&s, 1, &cfg, NULL, &err), halved);
        for (size_t i = 0; i + 3 < m; i++)
            if (!i || half[i - 1] == '\n') memcpy(half + i, "0.5", 3);
    }
    free(weighted);
    free(half);
}

// A long sentence over many blocks has one weight: with weight 0 only the other one trains.
static void test_weight_over_blocks(void)
{
    enum { WORDS = 3 * W2V_BLOCK_BYTES / 2 };
    static char lines[2 * WORDS + 100];
    size_t n = (size_t)snprintf(lines, 100, "1 c d c d c d\n0 ");
    for (size_t i = 0; i < WORDS; i++) {
        lines[n++] = i % 2 ? 'a' : 'b';
        lines[n++] = ' ';
    }
    n += (size_t)snprintf(lines + n, 50, "\n1 c d c d");
    w2v_config cfg = small_config(1);
    w2v_error err = {""};
    cfg.sample = 0.0;
    cfg.negative = 1;
    for (int streamed = 0; streamed < 2; streamed++) {
        w2v_source s = w2v_source_weighted(w2v_source_text(lines, n));
        w2v_trainer *t = NULL;
        float a[16];
        cfg.corpus_memory = (size_t)streamed;
        if (!CHECK_STATUS(w2v_trainer_new(&t, &s, 1, &cfg, NULL, NULL, &err), W2V_OK)) return;
        memcpy(a, w2v_model_vector(w2v_trainer_model(t), "a"), sizeof a);
        CHECK_STATUS(w2v_trainer_run(t, UINT64_MAX, &err), W2V_OK);
        CHECK(!memcmp(a, w2v_model_vector(w2v_trainer_model(t), "a"), sizeof a));
        w2v_trainer_free(t);
    }
}

// The smallest weight that is read trains next to nothing; the loss stays finite, so that the training can be saved.
static void test_tiny_weight(void)
{
    static const char lines[] = "1e-38 a b a b\n1 a b a b\n1000 a b a b\n";
    const w2v_source s = w2v_source_weighted(w2v_source_text(lines, sizeof lines - 1));
    w2v_config cfg = small_config(1);
    w2v_trainer *t = NULL;
    w2v_error err = {""};
    cfg.sample = 0.0;
    cfg.loss_every = 1;
    CHECK_STATUS(w2v_trainer_new(&t, &s, 1, &cfg, NULL, NULL, &err), W2V_OK);
    CHECK_STATUS(w2v_trainer_run(t, UINT64_MAX, &err), W2V_OK);
    CHECK_STATUS(w2v_trainer_save(t, scratch[0], &err), W2V_OK);
    w2v_trainer_free(t);
    // the learning rate of a message is that of the configuration, without the weight
    cfg.learning_rate = cfg.min_learning_rate = 50.0f;
    cfg.epochs = 1000;
    CHECK_STATUS(w2v_trainer_new(&t, &s, 1, &cfg, NULL, NULL, &err), W2V_OK);
    CHECK_STATUS(w2v_trainer_run(t, UINT64_MAX, &err), W2V_ERROR_DIVERGED);
    CHECK(strstr(err.message, " at learning rate 50"));
    w2v_trainer_free(t);
    remove(scratch[0]);
}

// Other weights are another text, whether its words are kept or read again.
static void test_checkpoint_of_weights(void)
{
    static const char *const lines[] = {"1 a b a\n2 b a b\n", "1 a b a\n3 b a b\n"};
    w2v_config cfg = small_config(1);
    w2v_error err = {""};
    cfg.sample = 0.0;
    for (size_t i = 0; i < 4; i++) {
        w2v_source s = w2v_source_weighted(w2v_source_text(lines[i % 2], strlen(lines[i % 2])));
        w2v_trainer *t = NULL;
        cfg.corpus_memory = i / 2;
        if (!CHECK_STATUS(w2v_trainer_new(&t, &s, 1, &cfg, NULL, NULL, &err), W2V_OK)) return;
        if (!i) CHECK_STATUS(w2v_trainer_save(t, scratch[0], &err), W2V_OK);
        CHECK_EQUAL(w2v_trainer_load(t, scratch[0], &err), (i % 2 ? W2V_ERROR_ARGUMENT : W2V_OK));
        w2v_trainer_free(t);
    }
    remove(scratch[0]);
}

// Words of a given vocabulary that do not occur keep its order, behind those that do.
static void test_absent_words(void)
{
    const char *word[30];
    static char names[30][16];
    const w2v_config cfg = small_config(1);
    const w2v_source s = w2v_source_text("x7 x3 x7 x3 x3", 14);
    w2v_vocab *given = NULL;
    w2v_trainer *t = NULL;
    for (int i = 0; i < 30; i++) {
        snprintf(names[i], sizeof names[i], "x%d", i);
        word[i] = names[i];
    }
    CHECK_STATUS(w2v_vocab_new(&given, word, NULL, 30, NULL), W2V_OK);
    CHECK_STATUS(w2v_trainer_new(&t, &s, 1, &cfg, given, NULL, NULL), W2V_OK);
    const w2v_vocab *v = w2v_trainer_model(t)->vocab;
    CHECK_STRING(w2v_vocab_word(v, 0), "x3");
    CHECK_STRING(w2v_vocab_word(v, 1), "x7");
    uint32_t next = 2;
    for (int i = 0; i < 30; i++)
        if (i != 3 && i != 7) CHECK_STRING(w2v_vocab_word(v, next++), names[i]);
    w2v_trainer_free(t);
    w2v_vocab_free(given);
}

static int note_fraction(const w2v_progress *p, void *user)
{
    if (p->phase == W2V_PHASE_VOCAB) *(double *)user = p->fraction;
    return 0;
}

// How far a reader has come is not known before its end.
static void test_progress_of_reader(void)
{
    w2v_config cfg = small_config(1);
    double fraction = -1.0;
    pieces p = {text, bytes, 0, 0, 0};
    const w2v_source s = w2v_source_reader(read_pieces, &p);
    cfg.progress_fn = note_fraction;
    cfg.progress_user = &fraction;
    CHECK(hash_trained(&s, 1, &cfg, NULL, NULL) != 0);
    CHECK_NEAR(fraction, 1.0, 0.0);
}

// Ids with weights: like the text.
static void test_weighted_ids(void)
{
    static const uint32_t ids[] = {1, 2, 3, W2V_NONE, 2, 1, W2V_NONE, W2V_NONE, 3, 2};
    static const float weights[] = {0.5f, 1e-20f, 3.25f, 0.125f};
    static const char same[] = "0.5 1 2 3\n1e-20 2 1\n3.25 \n0.125 3 2";
    w2v_config cfg = small_config(1);
    w2v_error err = {""};
    cfg.min_count = 1;
    cfg.sample = 0.0;
    w2v_source s = w2v_source_ids(ids, sizeof ids / sizeof *ids, weights);
    const uint64_t h = hash_trained(&s, 1, &cfg, NULL, &err);
    s = w2v_source_weighted(w2v_source_text(same, sizeof same - 1));
    CHECK(h && h == hash_trained(&s, 1, &cfg, NULL, &err));
}

static void check_refused(w2v_source s, const w2v_config *cfg, const w2v_vocab *vocab, w2v_status status,
                          const char *message)
{
    w2v_trainer *t = NULL;
    w2v_error err = {""};
    CHECK(w2v_trainer_new(&t, &s, 1, cfg, vocab, NULL, &err) == status && !t);
    CHECK_STRING(err.message, message);
    w2v_trainer_free(t);
}

static w2v_source weighted(const char *lines)
{
    return w2v_source_weighted(w2v_source_text(lines, strlen(lines)));
}

// The last word of the first block is bad, and the first one of the second block, which another thread sees
// before. The message is of the first block all the same.
static void test_first_failure(void)
{
    static char bad[3 * W2V_BLOCK_BYTES];
    w2v_config cfg = small_config(4);
    for (size_t i = 0; i < sizeof bad; i++) bad[i] = i % 2 ? ' ' : 'a';
    bad[W2V_BLOCK_BYTES - 2] = bad[W2V_BLOCK_BYTES] = 0;
    for (int i = 0; i < 300; i++)
        check_refused(w2v_source_text(bad, sizeof bad), &cfg, NULL, W2V_ERROR_FORMAT,
                      "'the text' line 1, byte 4094: a NUL byte, so this is not a text file");
}

// Texts of which no word remains, and a NUL byte in a text that is read once.
static void test_no_words_left(void)
{
    enum { LONG = W2V_MAX_WORD + 1, DIFFERENT = 4000 };
    static char long_words[2 * (LONG + 1)], different[8 * DIFFERENT];
    w2v_config cfg = small_config(1);
    pieces with_nul = {"a b\0c d", 7, 0, 0, 0};
    memset(long_words, 'x', sizeof long_words);
    long_words[LONG] = long_words[2 * LONG + 1] = '\n';
    check_refused(w2v_source_text(long_words, sizeof long_words), &cfg, NULL, W2V_ERROR_EMPTY,
                  "'the text' has no words but 2 of more than 1024 bytes, which are skipped");
    for (size_t i = 0; i < DIFFERENT; i++) snprintf(different + 8 * i, 8, "w%06u", (unsigned)(i + 1));
    for (size_t i = 0; i < DIFFERENT; i++) different[8 * i + 7] = ' ';
    cfg.min_count = 2;
    check_refused(w2v_source_text(different, sizeof different), &cfg, NULL, W2V_ERROR_EMPTY,
                  "no word of 'the text' occurs 2 times: use a smaller min_count");
    cfg.vocab_limit = 256;
    check_refused(
        w2v_source_text(different, sizeof different), &cfg, NULL, W2V_ERROR_EMPTY,
        "no word of 'the text' was counted 2 times before vocab_limit, 256, made it forgotten: raise it");
    cfg.vocab_limit = 0;
    check_refused(w2v_source_reader(read_pieces, &with_nul), &cfg, NULL, W2V_ERROR_FORMAT,
                  "'the reader' byte 3: a NUL byte, so this is not a text file");
}

// Readers that fail or lie, and what cannot be done with a source that is read once.
static void test_refused_readers(void)
{
    w2v_config cfg = small_config(1);
    w2v_error err = {""};
    pieces fails = {text, bytes, 0, 10000, 0}, lies = {text, bytes, 0, 0, 9000},
           ends = {text, bytes, 0, 0, 0};
    cfg.min_count = 1;
    w2v_trainer *t = NULL;
    w2v_source s = w2v_source_reader(read_pieces, &fails);
    CHECK(w2v_trainer_new(&t, &s, 1, &cfg, NULL, NULL, &err) == W2V_ERROR_IO && !t);
    CHECK(!strncmp(err.message, "'the reader' cannot be read after 10", 36));
    s = w2v_source_reader(read_pieces, &lies);
    CHECK(w2v_trainer_new(&t, &s, 1, &cfg, NULL, NULL, &err) == W2V_ERROR_ARGUMENT && !t);
    CHECK(!strncmp(err.message, "'the reader' has returned ", 26));
    cfg.corpus_memory = 1000;
    check_refused(
        w2v_source_reader(read_pieces, &ends), &cfg, NULL, W2V_ERROR_MEMORY,
        "'the reader' can be read only once, and the ids of its words need more than corpus_memory, 1000 "
        "bytes: write it to a file, or raise the limit");
    ends.at = 0;
    s = w2v_source_reader(read_pieces, &ends);
    s.name = "standard input";
    check_refused(s, &cfg, NULL, W2V_ERROR_MEMORY,
                  "'standard input' can be read only once, and the ids of its words need more than corpus_memory, "
                  "1000 bytes: write it to a file, or raise the limit");
    cfg.corpus_memory = 0;
    cfg.vocab_limit = 100;
    ends.at = 0;
    check_refused(w2v_source_reader(read_pieces, &ends), &cfg, NULL, W2V_ERROR_ARGUMENT,
                  "'the reader' can be read only once, and vocab_limit reads a text twice: write it to a file first");
    char many[4000];
    size_t n = 0;
    for (int i = 0; i < 400; i++) n += (size_t)snprintf(many + n, sizeof many - n, "w%d ", i);
    cfg.vocab_limit = 1;
    cfg.min_count = 5;
    check_refused(
        w2v_source_text(many, n), &cfg, NULL, W2V_ERROR_EMPTY,
        "no word of 'the text' was counted 5 times before vocab_limit, 1, made it forgotten: raise it");
}

static void test_refused_ids(void)
{
    static const uint32_t ids[] = {0, 1, 0, 5};
    static const char *const words[] = {"a", "b"};
    static const float negative[] = {-1.0f}, infinite[] = {1e38f * 10.0f};
    w2v_config cfg = small_config(1);
    w2v_vocab *vocab = NULL;
    w2v_source s;
    cfg.min_count = 1;
    CHECK_STATUS(w2v_vocab_new(&vocab, words, NULL, 2, NULL), W2V_OK);
    check_refused(w2v_source_ids(ids, 4, NULL), &cfg, vocab, W2V_ERROR_ARGUMENT,
                  "'the ids': id 5 at place 3: the vocabulary has 2 words");
    s = w2v_source_ids(ids, 3, negative);
    check_refused(s, &cfg, vocab, W2V_ERROR_ARGUMENT,
                  "'the ids': weight 0 is -1: it must be finite and not negative");
    s = w2v_source_ids(ids, 3, infinite);
    check_refused(s, &cfg, vocab, W2V_ERROR_ARGUMENT,
                  "'the ids': weight 0 is inf: it must be finite and not negative");
    s = w2v_source_text("a b", 3);
    s.weights = negative;
    check_refused(s, &cfg, NULL, W2V_ERROR_ARGUMENT, "only a source of ids has an array of weights");
    // while one thread looks at so many ids, others wait for the text
    enum { MANY = 4000000 };
    uint32_t *const many = (uint32_t *)calloc(MANY, sizeof *many);
    if (!CHECK(many)) exit(1);
    many[MANY - 1] = 5;
    cfg.threads = 4;
    check_refused(w2v_source_ids(many, MANY, NULL), &cfg, vocab, W2V_ERROR_ARGUMENT,
                  "'the ids': id 5 at place 3999999: the vocabulary has 2 words");
    free(many);
    static const char *const blank[] = {"a", "New York"};
    w2v_vocab_free(vocab);
    CHECK_STATUS(w2v_vocab_new(&vocab, blank, NULL, 2, NULL), W2V_OK);
    check_refused(w2v_source_ids(ids, 3, NULL), &cfg, vocab, W2V_ERROR_ARGUMENT,
                  "the word 'New York' has white space in it: ids cannot have such a word");
    s = w2v_source_ids(ids, 3, NULL);
    s.weighted = 1;
    check_refused(s, &cfg, NULL, W2V_ERROR_ARGUMENT,
                  "a source of ids has its weights in an array: weighted is for text");
    static const char *const none_of_it[] = {"x", "y"};
    w2v_vocab_free(vocab);
    CHECK_STATUS(w2v_vocab_new(&vocab, none_of_it, NULL, 2, NULL), W2V_OK);
    check_refused(w2v_source_text("a b", 3), &cfg, vocab, W2V_ERROR_EMPTY,
                  "'the text' has no word of the vocabulary");
    w2v_vocab_free(vocab);
}

static void test_refused_sources(void)
{
    w2v_config cfg = small_config(1);
    w2v_error err = {""};
    w2v_trainer *t = NULL;
    w2v_source s;
    memset(&s, 0, sizeof s);
    cfg.min_count = 1;
    check_refused(s, &cfg, NULL, W2V_ERROR_ARGUMENT,
                  "the kind of a source is 0, which is no w2v_source_kind: make it with w2v_source_file, "
                  "w2v_source_text, w2v_source_reader or w2v_source_ids");
    s.kind = (w2v_source_kind)5;
    CHECK(w2v_trainer_new(&t, &s, 1, &cfg, NULL, NULL, &err) == W2V_ERROR_ARGUMENT && !t);
    CHECK(!strncmp(err.message, "the kind of a source is 5, ", 27));
    check_refused(w2v_source_file(NULL), &cfg, NULL, W2V_ERROR_ARGUMENT, "a source has no path: it is NULL");
    check_refused(w2v_source_text(NULL, 3), &cfg, NULL, W2V_ERROR_ARGUMENT,
                  "a source has no text: it is NULL");
    check_refused(w2v_source_reader(NULL, NULL), &cfg, NULL, W2V_ERROR_ARGUMENT,
                  "a source has no read_fn: it is NULL");
    check_refused(w2v_source_ids(NULL, 3, NULL), &cfg, NULL, W2V_ERROR_ARGUMENT,
                  "a source has no ids: it is NULL");
    check_refused(w2v_source_ids(NULL, 0, NULL), &cfg, NULL, W2V_ERROR_EMPTY, "'the ids' has no words");
    check_refused(
        weighted("1 a b\nx a b\n"), &cfg, NULL, W2V_ERROR_FORMAT,
        "'the text' line 2, byte 6: 'x' is not a weight: a line begins with a number that is not negative");
    check_refused(
        weighted("1 a b\n-1 a b\n"), &cfg, NULL, W2V_ERROR_FORMAT,
        "'the text' line 2, byte 6: '-1' is not a weight: a line begins with a number that is not negative");
    check_refused(
        weighted("1 a b\n1e39 a b\n"), &cfg, NULL, W2V_ERROR_FORMAT,
        "'the text' line 2, byte 6: '1e39' is not a weight: a line begins with a number that is not "
        "negative");
    check_refused(weighted("1 a b\n  1 a b\n"), &cfg, NULL, W2V_ERROR_FORMAT,
                  "'the text' line 2, byte 8: a line begins with its weight, without white space before it");
    static char begins_long[W2V_MAX_WORD + 20];
    memset(begins_long, 'a', sizeof begins_long - 1);
    memcpy(begins_long, "1 a b\n", 6);
    begins_long[sizeof begins_long - 2] = '\n';
    check_refused(weighted(begins_long), &cfg, NULL, W2V_ERROR_FORMAT,
                  "'the text' line 2, byte 6: a line begins with its weight, without white space before it");
    static char name[401];  // the rest of the message is there all the same
    memset(name, 'n', sizeof name - 1);
    w2v_source named = w2v_source_text("", 0);
    named.name = name;
    CHECK(w2v_trainer_new(&t, &named, 1, &cfg, NULL, NULL, &err) == W2V_ERROR_EMPTY && !t);
    CHECK_STRING(err.message + 201, "' has no words");
    w2v_source both[2] = {w2v_source_text("a b", 3), weighted("1 a b\n")};
    both[0].name = "the first";
    both[1].name = "the second";
    CHECK(w2v_trainer_new(&t, both, 2, &cfg, NULL, NULL, &err) == W2V_ERROR_ARGUMENT && !t);
    CHECK_STRING(err.message, "'the second' has weights and 'the first' has none: all sources have them or none");
    CHECK(w2v_trainer_new(&t, both, 0, &cfg, NULL, NULL, &err) == W2V_ERROR_ARGUMENT && !t);
    CHECK_STRING(err.message, "there is no source to read");
}

// A line that begins at the border of two blocks, with white space before its weight: the border does not hide it.
static void test_weight_at_border(void)
{
    static char lines[2 * W2V_BLOCK_BYTES + 2 * W2V_MAX_WORD];
    const w2v_config cfg = small_config(1);
    w2v_error err;
    for (size_t spaces = 0; spaces < 2 * W2V_MAX_WORD; spaces += spaces < 2 ? 1 : W2V_MAX_WORD - 2)
        for (size_t border = W2V_BLOCK_BYTES - 3; border < W2V_BLOCK_BYTES + 4; border++) {
            size_t n = 0;
            lines[n++] = '1';
            while (n + 1 < border) n += (size_t)snprintf(lines + n, 3, " a");
            while (n < border) lines[n++] = ' ';
            lines[n - 1] = '\n';
            for (size_t i = 0; i < spaces; i++) lines[n++] = ' ';
            n += (size_t)snprintf(lines + n, 20, "0.5 a a\n");
            w2v_source s = w2v_source_weighted(w2v_source_text(lines, n));
            w2v_trainer *t = NULL;
            const w2v_status status = w2v_trainer_new(&t, &s, 1, &cfg, NULL, NULL, &err);
            if (!CHECK_EQUAL(status, (spaces ? W2V_ERROR_FORMAT : W2V_OK)))
                printf("    %zu spaces, border %zu\n", spaces, border);
            CHECK(spaces || !w2v_model_vector(w2v_trainer_model(t), "0.5"));
            w2v_trainer_free(t);
        }
}

// Words that are forgotten meanwhile, but counted again from the table of frequent words, keep their order: of as many
// occurrences, the first to occur comes first.
static void check_ties(void)
{
    enum { TIED = 40, RARE = 20000 };
    static char long_text[TIED * 8 * 4 + RARE * 8];
    size_t n = 0;
    for (size_t turn = 0; turn < 4;
         turn++) {  // `t17 ` three times before the rare words, and once after them
        for (size_t i = 0; i < TIED && turn < 3; i++)
            n += (size_t)snprintf(long_text + n, 8, "t%zu ", (i * 7 + 3) % TIED);
        for (size_t i = 0; i < RARE && turn == 2; i++) n += (size_t)snprintf(long_text + n, 8, "%05zu ", i);
        for (size_t i = 0; i < TIED && turn == 3; i++) n += (size_t)snprintf(long_text + n, 8, "t%zu ", i);
    }
    const w2v_source s = w2v_source_text(long_text, n);
    w2v_config cfg = small_config(1);
    w2v_vocab *v = NULL;
    w2v_error err = {""};
    cfg.min_count = 1;
    cfg.vocab_limit = 256;
    CHECK_STATUS(w2v_vocab_build(&v, &s, 1, &cfg, &err), W2V_OK);
    uint32_t before = 0;
    for (size_t i = 0; v && i < TIED; i++) {
        char word[8];
        snprintf(word, sizeof word, "t%zu", (i * 7 + 3) % TIED);
        const uint32_t id = w2v_vocab_find(v, word);
        if (id == W2V_NONE || (i && w2v_vocab_count(v, id) != w2v_vocab_count(v, before))) continue;
        CHECK(!i || id > before);
        before = id;
    }
    w2v_vocab_free(v);
}

// Counts do not depend on the threads; forgetting keeps what is frequent and the memory small.
static void test_counting(void)
{
    w2v_config cfg = small_config(1);
    w2v_error err = {""};
    w2v_vocab *one = NULL;
    const w2v_source s = w2v_source_text(text, bytes);
    cfg.min_count = 1;
    CHECK_STATUS(w2v_vocab_build(&one, &s, 1, &cfg, &err), W2V_OK);
    for (size_t threads = 2; threads < 9; threads *= 2) {
        w2v_vocab *v = NULL;
        cfg.threads = threads;
        CHECK(w2v_vocab_build(&v, &s, 1, &cfg, &err) == W2V_OK && w2v_vocab_size(v) == w2v_vocab_size(one));
        for (uint32_t i = 0; v && i < w2v_vocab_size(v); i++)
            CHECK(!strcmp(w2v_vocab_word(v, i), w2v_vocab_word(one, i)) &&
                  w2v_vocab_count(v, i) == w2v_vocab_count(one, i));
        w2v_vocab_free(v);
    }
    w2v_vocab *few = NULL;
    cfg.threads = 1;
    cfg.vocab_limit = 256;  // about two words for each map
    CHECK(w2v_vocab_build(&few, &s, 1, &cfg, &err) == W2V_OK && w2v_vocab_size(few) <= 512);
    CHECK(w2v_vocab_size(few) > 100 && w2v_vocab_size(few) < w2v_vocab_size(one));
    CHECK_STRING(w2v_vocab_word(few, 0), w2v_vocab_word(one, 0));
    for (uint32_t i = 0; i < w2v_vocab_size(few); i++) {
        const uint32_t id = w2v_vocab_find(one, w2v_vocab_word(few, i));
        CHECK(id != W2V_NONE && w2v_vocab_count(few, i) <= w2v_vocab_count(one, id));
    }
    CHECK(w2v_vocab_count(few, 0) > w2v_vocab_count(one, 0) / 2);
    check_ties();
    for (size_t threads = 2; threads < 9; threads *= 2) {  // forget the same words
        w2v_vocab *v = NULL;
        cfg.threads = threads;
        CHECK(w2v_vocab_build(&v, &s, 1, &cfg, &err) == W2V_OK && w2v_vocab_size(v) == w2v_vocab_size(few));
        for (uint32_t i = 0; v && i < w2v_vocab_size(v); i++)
            CHECK(!strcmp(w2v_vocab_word(v, i), w2v_vocab_word(few, i)) &&
                  w2v_vocab_count(v, i) == w2v_vocab_count(few, i));
        w2v_vocab_free(v);
    }
    uint64_t h[2];
    for (size_t i = 0; i < 2; i++) {  // the text is read again: its words are kept or not
        cfg.corpus_memory = i;
        h[i] = hash_trained(&s, 1, &cfg, NULL, &err);
    }
    CHECK(h[0] && h[0] == h[1]);
    cfg.corpus_memory = 0;  // words that are given are not forgotten
    w2v_trainer *t = NULL;
    CHECK_STATUS(w2v_trainer_new(&t, &s, 1, &cfg, one, NULL, &err), W2V_OK);
    CHECK(t && w2v_trainer_model(t)->size == w2v_vocab_size(one));
    w2v_trainer_free(t);
    w2v_vocab_free(one);
    w2v_vocab_free(few);
}

static void test_vocabularies(void)
{
    static const char *const a_words[] = {"tea", "pot", "the", "cup"}, *const b_words[] = {"milk", "the",
                                                                                           "cup"};
    static const char *const stop[] = {"the", "unheard"};
    static const uint64_t a_count[] = {5, 7, 100, 5}, b_count[] = {6, 50, 2};
    w2v_vocab *a = NULL, *b = NULL, *both = NULL;
    w2v_error err = {""};
    w2v_vocab_free(NULL);
    CHECK(w2v_vocab_new(&a, a_words, a_count, 4, &err) == W2V_OK &&
          w2v_vocab_new(&b, b_words, b_count, 3, &err) == W2V_OK);
    CHECK_STRING(w2v_vocab_word(a, 0), "the");
    CHECK_STRING(w2v_vocab_word(a, 2), "tea");  // ties: as given
    const w2v_vocab *const from[2] = {a, b};
    w2v_vocab_config rules = w2v_vocab_config_default();
    CHECK(w2v_vocab_select(&both, from, 2, &rules, &err) == W2V_OK && w2v_vocab_size(both) == 5);
    CHECK(w2v_vocab_count(both, w2v_vocab_find(both, "the")) == 150 &&
          w2v_vocab_count(both, w2v_vocab_find(both, "cup")) == 7);
    CHECK_STRING(w2v_vocab_word(both, 1), "pot");  // seven, before the cup
    CHECK_STATUS(w2v_vocab_save(both, scratch[0], &err), W2V_OK);
    w2v_vocab *again = NULL;
    CHECK(w2v_vocab_load(&again, scratch[0], &err) == W2V_OK && w2v_vocab_size(again) == 5);
    for (uint32_t i = 0; again && i < 5; i++)
        CHECK(!strcmp(w2v_vocab_word(again, i), w2v_vocab_word(both, i)) &&
              w2v_vocab_count(again, i) == w2v_vocab_count(both, i));
    w2v_vocab_free(again);
    again = NULL;
    static const char *const wrong[][2] = {
        {"tea 5\npot\n", "line 2 is not a word and its count: 'pot'"},
        {"tea 5\n\npot 3x\n", "line 3 is not a word and its count: 'pot 3x'"},
        {"tea 5\ntea 6\n", "line 2: the word 'tea' has occurred before"},
        {"tea 18446744073709551616\n", "line 1 is not a word and its count"},
        {"tea 1\na b 5\n", "line 2 is not a word and its count: 'a b 5'"},
        {" tea 5\n", "line 1 is not a word and its count: ' tea 5'"},
        {"</s> 0\n", "has no words"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        write_file(scratch[0], wrong[i][0], strlen(wrong[i][0]));
        CHECK(w2v_vocab_load(&again, scratch[0], &err) != W2V_OK && !again &&
              strstr(err.message, wrong[i][1]));
    }
    write_file(scratch[0], "\xEF\xBB\xBFtea\t5 \r\n", 11);
    CHECK(w2v_vocab_load(&again, scratch[0], &err) == W2V_OK && w2v_vocab_find(again, "tea") == 0);
    w2v_vocab_free(again);
    remove(scratch[0]);
    w2v_vocab_free(both);
    both = NULL;
    rules.min_count = 6;
    rules.max_words = 2;
    rules.stop_words = stop;
    rules.stop_word_count = 2;
    CHECK(w2v_vocab_select(&both, from, 2, &rules, &err) == W2V_OK && w2v_vocab_size(both) == 2);
    CHECK_STRING(w2v_vocab_word(both, 0), "pot");
    CHECK_STRING(w2v_vocab_word(both, 1), "cup");
    w2v_vocab_free(both);
    both = NULL;
    rules.min_count = 8;
    CHECK(w2v_vocab_select(&both, from, 2, &rules, &err) == W2V_ERROR_EMPTY && !both);
    CHECK_STRING(err.message, "none of the 4 words occurs 8 times: use a smaller min_count");
    static const char *const all[] = {"tea", "pot", "the", "cup", "milk"};
    rules.stop_words = all;
    rules.stop_word_count = 5;
    CHECK(w2v_vocab_select(&both, from, 2, &rules, &err) == W2V_ERROR_EMPTY && !both);
    CHECK_STRING(err.message, "every word is a stop word");
    static const char *const no_word[] = {"tea", NULL};
    rules.stop_words = no_word;
    rules.stop_word_count = 2;
    CHECK(w2v_vocab_select(&both, from, 2, &rules, &err) == W2V_ERROR_ARGUMENT && !both);
    CHECK_STRING(err.message, "word 1 of stop_words is NULL");
    CHECK(w2v_vocab_new(&both, no_word, NULL, 2, &err) == W2V_ERROR_ARGUMENT && !both);
    CHECK_STRING(err.message, "word 1 has 0 bytes (1 to 1024)");
    CHECK(w2v_vocab_new(&both, stop, NULL, 0, &err) == W2V_ERROR_EMPTY && !both);
    static const char *const twice[] = {"x", "y", "x"}, *const blank[] = {""};
    CHECK(w2v_vocab_new(&both, twice, NULL, 3, &err) == W2V_ERROR_ARGUMENT && !both);
    CHECK_STRING(err.message, "word 2, 'x', is repeated");
    CHECK(w2v_vocab_new(&both, blank, NULL, 1, &err) == W2V_ERROR_ARGUMENT && !both);
    w2v_vocab_free(a);
    w2v_vocab_free(b);
}

static void test_same(void)
{
    check_same(1);
    check_same(3);
}

int main(int argc, char **argv)
{
    static const test_case tests[] = {TEST(same),
                                      TEST(numbers),
                                      TEST(held_out_ids),
                                      TEST(frugal),
                                      TEST(weights),
                                      TEST(weight_over_blocks),
                                      TEST(weighted_ids),
                                      TEST(tiny_weight),
                                      TEST(checkpoint_of_weights),
                                      TEST(absent_words),
                                      TEST(progress_of_reader),
                                      TEST(weight_at_border),
                                      TEST(refused_readers),
                                      TEST(refused_ids),
                                      TEST(refused_sources),
                                      TEST(first_failure),
                                      TEST(no_words_left),
                                      TEST(counting),
                                      TEST(vocabularies)};
    for (int i = 0; i < 2; i++) snprintf(scratch[i], sizeof scratch[i], "%s.%d.tmp", argv[0], i);
    write_text();
    return test_main("sources", tests, TEST_COUNT(tests), argc, argv);
}
