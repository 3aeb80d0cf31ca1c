// SPDX-License-Identifier: MIT-0
//
// test_memory.c - memory runs out at the k-th allocation, for every k, for good or for a moment: a status, no
// leak, nothing written, and the same result where something works without

#include "checked.h"

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include "test.h"

#include "parts.h"

#ifdef _WIN32
#include <direct.h>
#define mkdir(path, mode) _mkdir(path)
#define rmdir _rmdir
#else
#include <sys/stat.h>
#include <unistd.h>

// Instead of the C library's: thousands of files need not wait for the disk.
int fsync(int file) { return file < 0; }
#endif

static char path[1024], words[1030], folder[1000];
static w2v_model *model;

static size_t lanes = 3;
static uint64_t product;  // of the last call that did not fail

static void forget_model(void)
{
    w2v_model_free(model);
    model = NULL;
}

// Blocks that begin with some lines, so that there are several lanes and little to train.
static void write_blocks(char *text, size_t bytes, const char *line)
{
    enum { AGAIN = 4 };
    const size_t n = strlen(line);
    memset(text, ' ', bytes);
    for (size_t at = 0; at + AGAIN * n <= bytes; at += W2V_BLOCK_BYTES)
        for (size_t i = 0; i < AGAIN; i++) memcpy(text + at + i * n, line, n);
}

// Three lanes on two threads, which share rows of words and, for both losses, of inner nodes.
static w2v_status train_lanes(w2v_loss_type loss, w2v_error *err)
{
    static char text[9 * W2V_BLOCK_BYTES];
    w2v_config cfg = w2v_config_default();
    cfg.min_count = 1;
    cfg.threads = 2;
    cfg.lanes = lanes;
    cfg.dim = 8;
    cfg.sample = 0.0;
    cfg.epochs = 2;
    cfg.loss_type = loss;
    write_blocks(text, sizeof text, "one two three\nfour five six one two\n");
    const w2v_status status = w2v_train_text(&model, text, sizeof text, &cfg, err);
    if (model) product = test_hash_model(model);
    return status;
}

static w2v_status train(w2v_error *err) { return train_lanes(W2V_LOSS_NEG_SAMPLING, err); }
static w2v_status train_both(w2v_error *err) { return train_lanes(W2V_LOSS_BOTH, err); }

static w2v_status stream(w2v_error *err)
{
    w2v_config cfg = w2v_config_default();
    cfg.min_count = 1;
    cfg.threads = 2;
    cfg.dim = 8;
    cfg.sample = 0.0;
    cfg.corpus_memory = 1;
    const w2v_status status = w2v_train_file(&model, path, &cfg, err);
    if (model) product = test_hash_model(model);
    return status;
}

// In pieces, with a vocabulary and vectors to start with.
static w2v_status run(w2v_error *err)
{
    static const char text[] = "one two four\nfour five one two\n", *const known[2] = {"one", "four"};
    static const float in[16] = {0};
    const w2v_source source = w2v_source_text(text, sizeof text - 1);
    w2v_config cfg = w2v_config_default();
    w2v_model *start = NULL;
    w2v_trainer *t = NULL;
    cfg.threads = 2;
    cfg.dim = 8;
    cfg.sample = 0.0;
    w2v_status status = w2v_model_new(&start, known, NULL, 2, 8, in, NULL, err);
    if (status == W2V_OK) status = w2v_trainer_new(&t, &source, 1, &cfg, start->vocab, start, err);
    while (status == W2V_OK && !w2v_trainer_done(t)) status = w2v_trainer_run(t, 1, err);
    if (status == W2V_OK) product = test_hash_model(w2v_trainer_model(t));
    w2v_trainer_free(t);
    w2v_model_free(start);
    return status;
}

static int kind;  // of the model that the next function trains: every architecture with every loss

// Validated, with the best vectors kept; the kinds from 8 on with two lanes: the text has five blocks.
static w2v_status train_kind(w2v_error *err)
{
    static char text[4 * W2V_BLOCK_BYTES + 100];
    write_blocks(text, sizeof text, "one two four\nfour five one two\n");
    const w2v_source source = w2v_source_text(text, kind < 8 ? 31 : sizeof text);
    w2v_config cfg = w2v_config_default();
    w2v_trainer *t = NULL;
    double loss;
    cfg.min_count = 1;
    cfg.threads = 1;
    cfg.dim = 8;
    cfg.sample = 0.0;
    cfg.keep_best = 1;
    cfg.architecture = kind % 2 ? W2V_CBOW : W2V_SKIPGRAM;
    cfg.loss_type = (w2v_loss_type)(kind / 2 % 4);
    w2v_status status = w2v_trainer_new(&t, &source, 1, &cfg, NULL, NULL, err);
    if (status == W2V_OK) status = w2v_trainer_hold_out(t, &source, 1, err);
    if (status == W2V_OK) status = w2v_trainer_run(t, UINT64_MAX, err);
    if (status == W2V_OK) status = w2v_trainer_validate(t, &loss, err);
    if (t) w2v_trainer_use_best(t);
    if (status == W2V_OK) product = test_hash(w2v_trainer_model(t)->input, 8 * sizeof(float));
    w2v_trainer_free(t);
    return status;
}

static w2v_status kmeans(w2v_error *err)
{
    uint32_t class_of[6];
    w2v_kmeans_config o = w2v_kmeans_config_default();
    o.threads = 1;
    const w2v_matrix rows = w2v_model_input(model);
    const w2v_status status = w2v_kmeans(&rows, 2, &o, class_of, NULL, NULL, err);
    return status == W2V_OK ? w2v_vocab_save_classes(model->vocab, class_of, words, err) : status;
}

static int count_bytes(const char *bytes, size_t n, void *user)
{
    (void)bytes;
    *(size_t *)user += n;
    return 0;
}

// Phrases with connectors: found, applied, written and read.
static w2v_status phrases(w2v_error *err)
{
    static char text[12000];
    static const char *const connectors[] = {"of"};
    size_t n = 0, out = 0;
    for (int i = 0; i < 1000; i++) n += (size_t)snprintf(text + n, sizeof text - n, i % 3 ? "w%d x\n" : "w%d of y\n", i % 700);
    const w2v_source source = w2v_source_text(text, n);
    w2v_phrases_config cfg = w2v_phrases_config_default();
    w2v_phrases *p = NULL, *read = NULL;
    cfg.min_count = 1;
    cfg.threshold = -10.0;
    cfg.threads = 1;
    cfg.connectors = connectors;
    cfg.connector_count = 1;
    w2v_status status = w2v_phrases_build(&p, &source, 1, &cfg, err);
    if (status == W2V_OK) status = w2v_phrases_apply(p, &source, 1, count_bytes, &out, err);
    if (status == W2V_OK) status = w2v_phrases_apply_file(p, &source, 1, path, err);
    if (status == W2V_OK) status = w2v_phrases_save(p, words, err);
    if (status == W2V_OK) status = w2v_phrases_load(&read, words, err);
    CHECK(status != W2V_OK || (w2v_phrases_size(p) == 900 && w2v_phrases_size(read) == 900 && out == n));
    w2v_phrases_free(p);
    w2v_phrases_free(read);
    return status;
}

// A thousand words: maps that grow or, with a limit, forget. Then rules, and a file.
static w2v_status count(w2v_error *err)
{
    static char text[8000];
    size_t n = 0;
    w2v_vocab *all = NULL, *few = NULL, *some = NULL, *read = NULL;
    w2v_config cfg = w2v_config_default();
    cfg.min_count = 1;
    cfg.threads = 1;
    for (int i = 0; i < 1000; i++) n += (size_t)snprintf(text + n, sizeof text - n, "w%d ", i % 900);
    const w2v_source s = w2v_source_text(text, n);
    w2v_status status = w2v_vocab_build(&all, &s, 1, &cfg, err);
    cfg.vocab_limit = 1;
    if (status == W2V_OK) status = w2v_vocab_build(&few, &s, 1, &cfg, err);
    w2v_vocab_config rules = w2v_vocab_config_default();
    rules.min_count = 2;
    const w2v_vocab *const from[1] = {all};
    if (status == W2V_OK) status = w2v_vocab_select(&some, from, 1, &rules, err);
    if (status == W2V_OK) status = w2v_vocab_save(some, path, err);
    if (status == W2V_OK) status = w2v_vocab_load(&read, path, err);
    CHECK(status != W2V_OK || (w2v_vocab_size(all) == 900 && w2v_vocab_size(read) == 100));
    product = 0;
    for (uint32_t i = 0; status == W2V_OK && i < w2v_vocab_size(few); i++)
        product = 31 * product + w2v_vocab_count(few, i) + (uint64_t)atoi(w2v_vocab_word(few, i) + 1);
    w2v_vocab_free(all);
    w2v_vocab_free(few);
    w2v_vocab_free(some);
    w2v_vocab_free(read);
    return status;
}

static size_t read_text(char *buffer, size_t room, void *user)
{
    const char **rest = (const char **)user;
    size_t n = strlen(*rest);
    if (n > room) n = room;
    memcpy(buffer, *rest, n);
    *rest += n;
    return n;
}

// A reader, weights, frozen words, a validation whose vectors are kept, and a checkpoint. After a failure the best
// vectors are asked for all the same.
static w2v_status validate(w2v_error *err)
{
    static const char text[] = "1 one two four\n0.5 four five one two\n", *const known[1] = {"one"};
    static const float in[8] = {0};
    const char *rest = text;
    w2v_source source = w2v_source_reader(read_text, &rest);
    w2v_config cfg = w2v_config_default();
    w2v_trainer *t = NULL;
    w2v_model *start = NULL;
    double loss;
    source.weighted = 1;
    cfg.threads = 1;
    cfg.dim = 8;
    cfg.min_count = 1;
    cfg.sample = 0.0;
    cfg.keep_best = cfg.freeze_start = 1;
    w2v_status status = w2v_model_new(&start, known, NULL, 1, 8, in, NULL, err);
    if (status == W2V_OK) status = w2v_trainer_new(&t, &source, 1, &cfg, NULL, start, err);
    rest = text;
    if (status == W2V_OK) status = w2v_trainer_hold_out(t, &source, 1, err);
    if (status == W2V_OK) status = w2v_trainer_run(t, UINT64_MAX, err);
    if (status == W2V_OK) status = w2v_trainer_validate(t, &loss, err);
    if (status == W2V_OK) status = w2v_trainer_save(t, path, err);
    if (status == W2V_OK) status = w2v_trainer_load(t, path, err);
    if (status == W2V_OK) status = w2v_model_load(&model, path, NULL, NULL, err);
    if (t) w2v_trainer_use_best(t);
    w2v_trainer_free(t);
    w2v_model_free(start);
    return status;
}

typedef struct pieces {
    const char *text;
    size_t n;
} pieces;

static size_t read_pieces(char *buffer, size_t room, void *user)
{
    pieces *p = (pieces *)user;
    size_t n = room < 5 ? room : 5;
    if (n > p->n) n = p->n;
    memcpy(buffer, p->text, n);
    p->text += n;
    p->n -= n;
    return n;
}

static w2v_status save_binary(w2v_error *err) { return w2v_model_save(model, path, W2V_FORMAT_BINARY, err); }
static w2v_status save_npy(w2v_error *err) { return w2v_model_save(model, path, W2V_FORMAT_NPY, err); }
static w2v_status load_npy(w2v_error *err) { return w2v_model_load(&model, path, NULL, NULL, err); }
static w2v_status save(w2v_error *err) { return w2v_model_save(model, path, W2V_FORMAT_TEXT, err); }
static w2v_status load(w2v_error *err) { return w2v_model_load(&model, path, NULL, NULL, err); }

// Rows of int8, which are decoded; all of a file, mapped and read, and a part of it.
static w2v_status native(w2v_error *err)
{
    w2v_model *m = NULL;
    w2v_status status = W2V_OK;
    for (int i = 0; status == W2V_OK && i < 4; i++) {
        w2v_load_config cfg = w2v_load_config_default();
        cfg.in_memory = i == 1;
        cfg.verify = i == 2;
        cfg.max_words = i == 3 ? 2 : 0;
        status = w2v_model_save(model, path, i ? W2V_FORMAT_NATIVE : W2V_FORMAT_NATIVE_INT8, err);
        if (status == W2V_OK) status = w2v_model_load(&m, path, &cfg, NULL, err);
        CHECK((status == W2V_OK) == (m != NULL));
        w2v_model_free(m);
        m = NULL;
    }
    return status;
}

static int format;  // of other_format

// A buffer that cannot grow stops the writing.
static w2v_status memory_or(w2v_status status, w2v_error *err)
{
    if (status != W2V_ERROR_STOPPED) return status;
    CHECK_STRING(err->message, "the output was stopped");
    snprintf(err->message, sizeof err->message, "out of memory");
    return W2V_ERROR_MEMORY;
}

// Vectors and their words in two files. They are read in pieces, so that the window grows as well.
static w2v_status other_format(w2v_error *err)
{
    w2v_buffer b = {NULL, 0, 0}, v = {NULL, 0, 0};
    w2v_load_config cfg = w2v_load_config_default();
    w2v_model *m = NULL;
    w2v_status status = memory_or(w2v_model_write(model, w2v_buffer_write, &b, (w2v_format)format, err), err);
    if (status == W2V_OK)
        status = memory_or(w2v_model_write_words(model, w2v_buffer_write, &v, (w2v_format)format, err), err);
    pieces rest = {b.data, b.size};
    const w2v_source from = w2v_source_reader(read_pieces, &rest), names = w2v_source_text(v.data, v.size);
    cfg.format = (w2v_format)format;
    cfg.words = &names;
    if (status == W2V_OK) status = w2v_model_read(&m, &from, &cfg, NULL, err);
    CHECK(status != W2V_OK || m->size == model->size);
    w2v_model_free(m);
    w2v_buffer_free(&b);
    w2v_buffer_free(&v);
    return status;
}

// fastText's .bin of the word a and one bucket, of one number each.
static w2v_status fasttext(w2v_error *err)
{
    char bin[FASTTEXT_BYTES];
    w2v_subwords *s = NULL;
    w2v_model *m = NULL;
    float x;
    put_fasttext(bin);
    pieces rest = {bin, FASTTEXT_BYTES};
    const w2v_source from = w2v_source_reader(read_pieces, &rest),
                     again = w2v_source_text(bin, FASTTEXT_BYTES);
    w2v_status status = w2v_model_read(&m, &from, NULL, NULL, err);
    if (status == W2V_OK) status = w2v_subwords_read(&s, &again, err);
    if (status == W2V_OK) status = w2v_subwords_vector(s, "b", &x, err);
    w2v_subwords_free(s);
    w2v_model_free(m);
    return status;
}

// Some words of a text that several threads split, of unknown length, and of a binary file.
static w2v_status load_some(w2v_error *err)
{
    static const char binary[] = "2 1\na \0\0\x80\x3f\nb \0\0\0\x40\n", *const keep[] = {"b", "w9", "w9",
                                                                                         "w3999"};
    static char text[4000 * 12];
    size_t n = 0;
    for (int i = 0; i < 4000; i++) n += (size_t)snprintf(text + n, sizeof text - n, "w%d %d.5\n", i, i % 9);
    pieces rest = {text, n};
    const w2v_source source = w2v_source_reader(read_pieces, &rest),
                     records = w2v_source_text(binary, sizeof binary - 1);
    w2v_load_config cfg = w2v_load_config_default();
    w2v_model *m = NULL, *few = NULL, *all = NULL;
    cfg.threads = 2;
    w2v_status status = w2v_model_read(&all, &source, &cfg, NULL, err);
    cfg.keep_words = keep;
    cfg.keep_word_count = 4;
    rest.text = text, rest.n = n;
    if (status == W2V_OK) status = w2v_model_read(&m, &source, &cfg, NULL, err);
    if (status == W2V_OK) status = w2v_model_read(&few, &records, &cfg, NULL, err);
    CHECK(status != W2V_OK || (all->size == 4000 && m->size == 2 && few->size == 1 && m->input[0] == 0.5f));
    w2v_model_free(all);
    w2v_model_free(m);
    w2v_model_free(few);
    return status;
}

// Vectors and a vocabulary through memory.
static w2v_status streams(w2v_error *err)
{
    w2v_buffer b = {NULL, 0, 0}, v = {NULL, 0, 0};
    w2v_model *m = NULL;
    w2v_vocab *vocab = NULL;
    w2v_status status = w2v_model_write(model, w2v_buffer_write, &b, W2V_FORMAT_TEXT, err);
    if (status == W2V_OK) status = w2v_vocab_write(model->vocab, w2v_buffer_write, &v, err);
    status = memory_or(status, err);
    if (status == W2V_OK) {
        const w2v_source from = w2v_source_text(b.data, b.size);
        status = w2v_model_read(&m, &from, NULL, NULL, err);
    }
    pieces rest = {v.data, v.size};
    const w2v_source from = w2v_source_reader(read_pieces, &rest);
    if (status == W2V_OK) status = w2v_vocab_read(&vocab, &from, err);
    CHECK(status != W2V_OK || (m->size == model->size && w2v_vocab_size(vocab) == model->size));
    w2v_buffer_free(&b);
    w2v_buffer_free(&v);
    w2v_model_free(m);
    w2v_vocab_free(vocab);
    return status;
}

static w2v_status query(w2v_error *err)
{
    const w2v_term term = {"one", 1.0f, NULL};
    w2v_match top[3];
    size_t found;
    return w2v_model_most_similar(model, &term, 1, top, 3, &found, err);
}

// With an index, several queries, candidates that must be sorted, and a rank.
static w2v_status queries(w2v_error *err)
{
    const w2v_term term[2] = {{"one", 1.0f, NULL}, {"two", -1.0f, NULL}};
    const w2v_query query[2] = {{term, 2}, {term, 1}};
    const uint32_t candidates[3] = {3, 0, 2};
    w2v_query_config cfg = w2v_query_config_default();
    w2v_match top[2 * 3];
    size_t found[2] = {7, 7}, rank = 0;
    w2v_index *index = NULL;
    cfg.threads = 2;
    cfg.candidates = candidates;
    cfg.candidate_count = 3;
    w2v_status status = w2v_index_new(&index, model, 2, err);
    CHECK((status == W2V_OK) == (index != NULL));
    cfg.index = index;
    if (status == W2V_OK) {
        status = w2v_model_query(model, query, 2, &cfg, top, 3, found, err);
        CHECK(status != W2V_OK ? !found[0] && !found[1] : found[0] && found[1]);
    }
    w2v_index_free(index);
    if (status == W2V_OK) status = w2v_model_rank(model, "one", "two", &rank, err);
    CHECK(status != W2V_OK || rank > 0);
    return status;
}

static w2v_status pca(w2v_error *err)
{
    float y[12];
    const w2v_matrix rows = w2v_model_input(model), coordinates = w2v_matrix_of(y, 6, 2, 2);
    return w2v_pca(&rows, &coordinates, err);
}

// Two threads; a set from memory and one from a file, which grows.
static w2v_status evaluate(w2v_error *err)
{
    static const char pairs[] = "one two 1\none four 2\ntwo four 3\n";
    static const char *const list[] = {"one", "two", "four"};
    static char questions[8000];
    size_t n = (size_t)snprintf(questions, sizeof questions, "one two four five\n: a\n: gram\n"), odd;
    const w2v_similarity_config similarity = w2v_similarity_config_default();
    w2v_analogy_config o = w2v_analogy_config_default();
    w2v_analogy_result a, b;
    w2v_similarity_result r[2];
    o.threads = 2;
    memset(&a, 0, sizeof a);
    memset(&b, 0, sizeof b);
    while (n < sizeof questions - 20) n += (size_t)snprintf(questions + n, 20, "two one five six\n");
    w2v_source source = w2v_source_text(questions, n);
    const w2v_source file = w2v_source_file(words);
    w2v_status status = w2v_model_evaluate_analogies(model, &source, &o, &a, err);
    FILE *f = fopen(words, "wb");
    CHECK(f && fputs(questions, f) >= 0 && !fclose(f));
    if (status == W2V_OK) status = w2v_model_evaluate_analogies(model, &file, &o, &b, err);
    f = fopen(words, "wb");
    CHECK(f && fputs(pairs, f) >= 0 && !fclose(f));
    source = w2v_source_text(pairs, sizeof pairs - 1);
    if (status == W2V_OK) status = w2v_model_evaluate_similarity(model, &source, &similarity, &r[0], err);
    if (status == W2V_OK) status = w2v_model_evaluate_similarity(model, &file, &similarity, &r[1], err);
    if (status == W2V_OK) status = w2v_model_odd_one_out(model, list, 3, &odd, err);
    CHECK(status != W2V_OK ||
          (a.total.used > 400 && a.total.used == b.total.used && a.total.correct == b.total.correct &&
           a.section_count == 3 && r[0].used == 3 && r[1].used == 3));
    w2v_analogy_result_free(&a);
    w2v_analogy_result_free(&b);
    return status;
}

// Two batches of lines on two threads; a file, which grows.
static w2v_status sentences(w2v_error *err)
{
    enum { LINES = 1500 };
    float rows[6 * 16];
    static const char line[] = "one TWO four\n";
    static char text[LINES * (sizeof line - 1) + 1];
    for (size_t i = 0; i < LINES; i++) memcpy(text + i * (sizeof line - 1), line, sizeof line);
    FILE *f = fopen(words, "wb");
    CHECK(f && fputs(text, f) >= 0 && !fclose(f));
    const w2v_source source = w2v_source_text(text, sizeof text - 1), file = w2v_source_file(words);
    w2v_sentence_config cfg = w2v_sentence_config_default();
    w2v_sentences *s = NULL;
    w2v_sentence_match top[2];
    float x[8];
    size_t n = 0;
    cfg.weighting = W2V_WEIGHTING_SIF;
    cfg.lower_case = 1;
    cfg.threads = 2;
    w2v_status status = w2v_sentences_new(&s, model, &cfg, err);
    if (status == W2V_OK) status = w2v_sentences_fit(s, &file, NULL, err);
    if (status == W2V_OK) status = w2v_sentences_read(s, &source, NULL, err);
    const size_t read = s ? w2v_sentences_size(s) : 0;
    if (status == W2V_OK) status = w2v_sentences_read(s, &file, NULL, err);
    CHECK(!s || status == W2V_OK || w2v_sentences_size(s) == read);
    if (status == W2V_OK) status = w2v_sentences_vector(s, line, 7, x, NULL, err);
    if (status == W2V_OK) status = w2v_sentences_nearest(s, line, 3, top, 2, &n, err);
    memcpy(rows, model->input, sizeof rows);
    if (status == W2V_OK) status = w2v_model_remove_top(model, 2, err);
    memcpy(model->input, rows, sizeof rows);  // for the next call
    w2v_model_changed(model);
    w2v_sentences_free(s);
    CHECK(status != W2V_OK || read == LINES);
    return status;
}

static long exhausted;  // allocations that failed one by one

// One call with the allocations from the k-th on failing, or only that one; 0 when there is no k-th. What
// works all the same, with fewer threads for example, has the result that it has with memory.
static int exhaust_at(const char *what, w2v_status (*f)(w2v_error *), int makes_model, long k,
                      uint64_t expected)
{
    const long before = test_living;
    w2v_error err = {""};
    if (makes_model) forget_model();
    test_refused = 0;
    test_allowed = k;
    const w2v_status status = f(&err);
    test_allowed = LONG_MAX;
    const int failed = test_refused > 0;
    exhausted += failed;
    if (status == W2V_OK) {
        if (!CHECK_EQUAL(product, expected))
            printf("    %s, allocation %ld%s\n", what, k, test_once ? " alone" : "");
        return failed;
    }
    if (!CHECK(failed && status == W2V_ERROR_MEMORY && !strncmp(err.message, "out of memory", 13)))
        printf("    %s, allocation %ld: %s, \"%s\"\n", what, k, test_status_name(status), err.message);
    if (!CHECK((makes_model || test_living == before) && (!makes_model || !model)))
        printf("    %s, allocation %ld: %ld pieces lost\n", what, k, test_living - before);
    return failed && status == W2V_ERROR_MEMORY;
}

static void exhaust(const char *what, w2v_status (*f)(w2v_error *), int makes_model)
{
    if (makes_model) forget_model();
    const long before = test_living;
    product = 0;
    CHECK_STATUS(f(NULL), W2V_OK);
    const uint64_t expected = product;
    long k = 0;
    for (test_once = 0; test_once < 2; test_once++)  // where that is slow, each allocation fails in one way
        for (k = TEST_SLOW && test_once; exhaust_at(what, f, makes_model, k, expected);) k += 1 + TEST_SLOW;
    test_once = 0;
    if (!CHECK(k > 0 && (makes_model || test_living == before))) printf("    %s\n", what);
}

static w2v_status huffman(w2v_error *err)
{
    static const uint64_t often[4] = {4, 3, 2, 1};
    w2v_huffman tree = {9, NULL, NULL, NULL};
    const w2v_status status = w2v_huffman_init(&tree, often, 4, err);
    if (status == W2V_OK)
        w2v_huffman_free(&tree);
    else
        CHECK(tree.size == 9 && !tree.begin);
    return status;
}

static w2v_status alias(w2v_error *err)
{
    static const double weight[3] = {1.0, 2.0, 3.0};
    w2v_alias table;
    memset(&table, 0, sizeof table);
    const w2v_status status = w2v_alias_init(&table, weight, 3, err);
    CHECK(status == W2V_OK || !table.size);
    if (status == W2V_OK) w2v_alias_free(&table);
    return status;
}

static w2v_optimizer optimizer;  // of the next function
static int by_rows;

static double square(const float *x, float *gradient, w2v_touched *touched, void *user)
{
    (void)user;
    for (size_t i = 0; i < 4; i++)
        if (gradient) gradient[i] += 2.0f * x[i];
    for (uint32_t row = 0; touched && row < 2; row++) w2v_touch(touched, row);
    return (double)(x[0] * x[0] + x[1] * x[1] + x[2] * x[2] + x[3] * x[3]);
}

// Two iterations with checkpoints, and two more from the last; a gradient check.
static w2v_status descend(w2v_error *err)
{
    float x[4] = {1.0f, 2.0f, 3.0f, 4.0f};
    w2v_sgd_config cfg = w2v_sgd_config_default();
    const w2v_objective f = {square, NULL, 4, by_rows ? 2u : 0u, NULL};
    w2v_status status = W2V_OK;
    cfg.optimizer = optimizer;
    cfg.checkpoint = path;
    cfg.checkpoint_every = 1;
    remove(path);
    for (cfg.iterations = 2; status == W2V_OK && cfg.iterations < 5; cfg.iterations += 2) {
        cfg.resume = 1;
        status = w2v_sgd(&f, x, &cfg, NULL, err);
    }
    if (status == W2V_OK) product = test_hash(x, sizeof x);
    if (status == W2V_OK) status = w2v_grad_check(&f, x, 1e-2f, 1e-2, NULL, err);
    return status;
}

static void test_sgd(void)
{
    for (by_rows = 0; by_rows < 2; by_rows++)
        for (int o = W2V_SGD; o <= W2V_ADAM; o++) {  // which have none, one and two states
            optimizer = (w2v_optimizer)o;
            exhaust("w2v_sgd", descend, 0);
        }
}

// What save_and_load writes.
static void empty_folder(void)
{
    static const char *const names[] = {
        "vectors.txt",         "vectors.bin", "vectors.glove", "vectors.tsv",    "vectors.npy",
        "vectors.safetensors", "vectors.w2v", "metadata.tsv",  "tokenizer.json", "config.json"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char file[1100];
        snprintf(file, sizeof file, "%s/%s", folder, names[i]);
        remove(file);
    }
}

// A file, and that of the words of some formats.
static w2v_status save_and_load(w2v_error *err)
{
    static const char *const name[] = {"",     "txt", "bin", "glove", "tsv", "npy", "safetensors",
                                       "none", "w2v", "w2v", "w2v"};
    char file[1100];
    w2v_load_config cfg = w2v_load_config_default();
    w2v_model *m = NULL;
    snprintf(file, sizeof file, "%s/vectors.%s", folder, name[format]);
    if (format == W2V_FORMAT_TSV) cfg.format = W2V_FORMAT_TSV;
    w2v_status status = w2v_check_writable(file, err);
    if (status == W2V_OK) status = w2v_model_save(model, file, (w2v_format)format, err);
    for (cfg.in_memory = 0; status == W2V_OK && cfg.in_memory < 2; cfg.in_memory++) {
        status = w2v_model_load(&m, file, &cfg, NULL, err);
        CHECK((status == W2V_OK) == (m != NULL));
        if (m) product = test_hash(m->input, m->size * m->stride * sizeof(float));
        w2v_model_free(m);
        m = NULL;
    }
    return status;
}

static w2v_status make_model(w2v_error *err)
{
    static const char *const word[] = {"a", "b", "c"};
    static const uint64_t count[] = {1, 3, 2};
    static const float rows[6] = {1.0f, 2.0f, 3.0f, 4.0f, 5.0f, 6.0f};
    w2v_model *m = NULL;
    w2v_vocab *v = NULL;
    w2v_status status = w2v_model_new(&m, word, count, 3, 2, rows, rows, err);
    if (status == W2V_OK) status = w2v_vocab_new(&v, word, count, 3, err);
    CHECK(status != W2V_OK || w2v_vocab_find(v, "b") == 0);
    w2v_vocab_free(v);
    w2v_model_free(m);
    return status;
}

// Ids with weights, pair after pair.
static w2v_status train_ids(w2v_error *err)
{
    static const uint32_t ids[] = {0, 1, 2, W2V_NONE, 2, 1, 0, 3};
    static const float weights[] = {1.0f, 0.5f};
    const w2v_source source = w2v_source_ids(ids, 8, weights);
    w2v_config cfg = w2v_config_default();
    cfg.min_count = 1;
    cfg.threads = 2;
    cfg.dim = 8;
    cfg.sample = 0.0;
    cfg.sharing = W2V_SHARE_NONE;
    const w2v_status status = w2v_train(&model, &source, 1, &cfg, err);
    if (model) product = test_hash_model(model);
    return status;
}

static w2v_status answer(w2v_error *err)
{
    const w2v_term term[2] = {{"one", 1.0f, NULL}, {"two", -1.0f, NULL}};
    const w2v_query query = {term, 2};
    w2v_query_config cfg = w2v_query_config_default();
    w2v_match top[3];
    size_t n = 0;
    cfg.method = W2V_ANALOGY_MUL;
    cfg.max_words = 5;
    cfg.threads = 2;
    w2v_status status = w2v_model_query(model, &query, 1, &cfg, top, 3, &n, err);
    if (status == W2V_OK) status = w2v_model_analogy(model, "one", "two", "four", top, 3, &n, err);
    if (status == W2V_OK) status = w2v_model_nearest_to_vector(model, model->input, top, 3, &n, err);
    if (status == W2V_OK) product = top[0].id;
    CHECK((status == W2V_OK) == (n == 3));
    return status;
}

// The softmax loss needs no memory; the sum of context vectors of more than 1024 numbers does.
static void test_losses(void)
{
    enum { V = 21, D = 1025 };
    static float u[V * D], g[2][V * D], gv[2][D];
    static const uint32_t context[2] = {1, 2};
    float loss[2];
    for (size_t i = 0; i < V * D; i++) u[i] = (float)(i % 7) - 3.0f;
    for (size_t d = 1; d <= 21; d += 4) {
        memset(g, 0, sizeof g);
        memset(gv, 0, sizeof gv);
        const w2v_matrix U = w2v_matrix_of(u, V, d, D);
        for (int k = 0; k < 2; k++) {
            const w2v_matrix dU = w2v_matrix_of(g[k], V, d, D);
            test_allowed = k ? 1 : 0;
            loss[k] = w2v_softmax_loss(u + 5, 20, &U, gv[k], &dU);
            CHECK(w2v_softmax_loss(u + 5, 20, &U, NULL, NULL) == loss[k] || k);
        }
        CHECK_NEAR(loss[0] / loss[1], 1.0, 3e-7);
        for (size_t i = 0; i < d; i++) CHECK_NEAR(gv[0][i], gv[1][i], 3e-6);
        for (size_t i = 0; i < V * D; i++) CHECK_NEAR(g[0][i], g[1][i], 3e-6);
    }
    const w2v_matrix all = w2v_matrix_of(u, V, D, D), to = w2v_matrix_of(g[0], V, D, D);
    w2v_output_layer o = {W2V_LOSS_NEG_SAMPLING, 1.0f, &all, &to, NULL, 0, NULL};
    memset(g, 0, sizeof g);
    test_allowed = 0;
    CHECK(isnan(w2v_cbow_loss(&o, context, 2, 3, &all, NULL)));
    for (size_t i = 0; i < V * D; i++) CHECK(g[0][i] == 0.0f);
    test_allowed = 1;
    CHECK(isfinite(w2v_cbow_loss(&o, context, 2, 3, &all, NULL)) && test_living == 0);
    test_allowed = LONG_MAX;
    exhaust("a Huffman tree", huffman, 0);
    exhaust("an alias table", alias, 0);
}

static void test_train(void)
{
    exhaust("train with inner nodes", train_both, 1);
    exhaust("train on ids", train_ids, 1);
    exhaust("train", train, 1);
    const uint64_t several = test_hash_model(model);
    forget_model();
    lanes = 1;
    CHECK(train(NULL) == W2V_OK && test_hash_model(model) != several);  // so they were several
    lanes = 3;
    forget_model();
}

// Headers that promise what the source does not have: nothing is allocated for it.
static void test_promises(void)
{
    enum { MOST = 1 << 20 };
    char bin[400] = {0};
    static const char header[] = "{'descr': '<f4', 'fortran_order': True, 'shape': (4000000000, 1000000), }",
                      tensor[] = "{\"embeddings\":{\"dtype\":\"F32\",\"shape\":[4000000000,1000000],"
                                 "\"data_offsets\":[0,16000000000000000]}}";
    for (int i = 0; i < 6; i++) {
        w2v_load_config cfg = w2v_load_config_default();
        w2v_model *m = NULL;
        w2v_error err = {""};
        memset(bin, 0, sizeof bin);
        if (i / 2 == 0) {
            memcpy(bin, "\x93NUMPY\1\0", 8);
            bin[8] = (char)(sizeof header - 1);
            memcpy(bin + 10, header, sizeof header);
        } else if (i / 2 == 1) {
            bin[0] = (char)(sizeof tensor - 1);
            memcpy(bin + 8, tensor, sizeof tensor);
        } else {
            memcpy(bin, "\xba\x16\x4f\x2f\x0c\0\0\0\1", 9);
            memset(bin + 40, 0x7f, 3);  // buckets
            bin[64] = bin[68] = 1;      // words
            memset(bin + 84, 0xff, 8);
            bin[92] = 'a';
            bin[104] = (char)0x80;  // a matrix of 0x7f7f80 x 1
            bin[105] = bin[106] = 0x7f;
            bin[112] = 1;
        }
        pieces rest = {bin, sizeof bin};
        const w2v_source text = w2v_source_text(bin, sizeof bin), reader = w2v_source_reader(read_pieces, &rest),
                         names = w2v_source_text("a\n", 2);
        cfg.words = &names;
        test_most = MOST;
        CHECK_STATUS(w2v_model_read(&m, i % 2 ? &reader : &text, &cfg, NULL, &err), W2V_ERROR_FORMAT);
        test_most = SIZE_MAX;
        if (!CHECK(!m && strstr(err.message, "ends early"))) printf("    %s\n", err.message);
    }
}

// What is done with a model.
static void test_model(void)
{
    w2v_error err;
    CHECK_STATUS(train(&err), W2V_OK);
    exhaust("save as .npy", save_npy, 0);
    for (format = W2V_FORMAT_TSV; format <= W2V_FORMAT_SAFETENSORS; format++)
        exhaust("write and read another format", other_format, 0);
    exhaust("read fastText", fasttext, 0);
    exhaust("save binary", save_binary, 0);
    exhaust("native files", native, 0);
    exhaust("save", save, 0);
    exhaust("write and read", streams, 0);
    for (format = W2V_FORMAT_TEXT; format <= W2V_FORMAT_NATIVE_INT8; format++)
        if (format != W2V_FORMAT_FASTTEXT) exhaust("save and load a file", save_and_load, 0);
    exhaust("a model of words", make_model, 0);
    exhaust("query", query, 0);
    exhaust("more queries", answer, 0);
    exhaust("queries", queries, 0);
    exhaust("pca", pca, 0);
    exhaust("evaluate", evaluate, 0);
    exhaust("k-means", kmeans, 0);
    exhaust("sentences", sentences, 0);
    CHECK_STATUS(save(&err), W2V_OK);
    forget_model();
    exhaust("load", load, 1);
    CHECK_STATUS(save_npy(&err), W2V_OK);
    forget_model();
    exhaust("load .npy", load_npy, 1);
    exhaust("load some", load_some, 0);
    forget_model();
}

static void test_stream(void)
{
    FILE *f = fopen(path, "wb");
    CHECK(f && fputs("one two three\nfour five six one two\n", f) >= 0 && !fclose(f));
    exhaust("train on a file that is read again", stream, 1);
    forget_model();
}

static void test_trainer(void)
{
    exhaust("run a trainer", run, 0);
    for (kind = 0; kind < 16; kind++) exhaust("every kind of model", train_kind, 0);
    exhaust("validate", validate, 1);
    forget_model();
}

static void test_count(void) { exhaust("count", count, 0); }
static void test_phrases(void) { exhaust("phrases", phrases, 0); }

int main(int argc, char **argv)
{
    static const test_case tests[] = {TEST(train), TEST(model),   TEST(promises), TEST(stream), TEST(trainer),
                                      TEST(count), TEST(phrases), TEST(losses),   TEST(sgd)};
    snprintf(path, sizeof path, "%s.tmp", argv[0]);
    snprintf(words, sizeof words, "%s.tsv", path);
    snprintf(folder, sizeof folder, "%s.folder", argv[0]);
    (void)mkdir(folder, 0755);
    const int failed = test_main("memory", tests, TEST_COUNT(tests), argc, argv);
    remove(path);
    remove(words);
    empty_folder();
    (void)rmdir(folder);
    if (argc < 2) printf("memory: %ld allocations failed one by one\n", exhausted);
    return failed;
}
