// SPDX-License-Identifier: MIT-0
//
// test_memory.c - memory runs out at the k-th allocation, for every k: a status, no leak, nothing written

#include <stddef.h>

static void *limited_malloc(size_t bytes);
static void *limited_realloc(void *p, size_t bytes);
static void limited_free(void *p);

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#define W2V_MALLOC(bytes) limited_malloc(bytes)
#define W2V_REALLOC(p, bytes) limited_realloc(p, bytes)
#define W2V_FREE(p) limited_free(p)
#include "w2v.h"

#include "test.h"

// threads allocate, too: updated atomically
static long allowed, living;
#define ADD(counter, n) __atomic_fetch_add(&(counter), (long)(n), __ATOMIC_RELAXED)

static void *limited_malloc(size_t bytes)
{
    if (ADD(allowed, -1) <= 0) return NULL;
    ADD(living, 1);
    return malloc(bytes);
}

static void *limited_realloc(void *p, size_t bytes)
{
    if (ADD(allowed, -1) <= 0) return NULL;
    ADD(living, !p);
    return realloc(p, bytes);
}

static void limited_free(void *p)
{
    ADD(living, -(p != NULL));
    free(p);
}

static char path[1024], words[1030];
static w2v_model *model;

static w2v_status train(w2v_error *err)
{
    w2v_config cfg = w2v_config_default();
    cfg.min_count = 1;
    cfg.threads = 2;
    cfg.dim = 8;
    static char
        text[W2V_BLOCK_BYTES + 100];  // enough for two threads, with words often enough to have replicas
    memset(text, ' ', sizeof text);
    for (size_t i = 0; i < 500; i++) memcpy(text + 4 * i, "one ", 4);
    memcpy(text + sizeof text - 40, "one two three\nfour five six one two", 35);
    return w2v_train_text(&model, text, sizeof text, &cfg, err);
}

static w2v_status stream(w2v_error *err)
{
    w2v_config cfg = w2v_config_default();
    cfg.min_count = 1;
    cfg.threads = 2;
    cfg.dim = 8;
    cfg.corpus_memory = 1;
    return w2v_train_file(&model, path, &cfg, err);
}

// Deterministic, in pieces, with a vocabulary and vectors to start with.
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
    cfg.deterministic = 1;
    cfg.sample = 0.0;
    w2v_status status = w2v_model_new(&start, known, NULL, 2, 8, in, NULL, err);
    if (status == W2V_OK) status = w2v_trainer_new(&t, &source, 1, &cfg, start->vocab, start, err);
    while (status == W2V_OK && !w2v_trainer_done(t)) status = w2v_trainer_run(t, 1, err);
    w2v_trainer_free(t);
    w2v_model_free(start);
    return status;
}

// Every architecture with every loss, validated with the best vectors kept.
static w2v_status models(w2v_error *err)
{
    static const char text[] = "one two four\nfour five one two\n";
    const w2v_source source = w2v_source_text(text, sizeof text - 1);
    w2v_status status = W2V_OK;
    for (int i = 0; i < 16 && status == W2V_OK; i++) {
        w2v_config cfg = w2v_config_default();
        w2v_trainer *t = NULL;
        double loss;
        cfg.min_count = 1;
        cfg.threads = 1;
        cfg.dim = 8;
        cfg.sample = 0.0;
        cfg.keep_best = 1;
        cfg.architecture = i % 2 ? W2V_CBOW : W2V_SKIPGRAM;
        cfg.loss_type = (w2v_loss_type)(i / 2 % 4);
        cfg.deterministic = i >= 8;  // rows are copied
        status = w2v_trainer_new(&t, &source, 1, &cfg, NULL, NULL, err);
        if (status == W2V_OK) status = w2v_trainer_hold_out(t, &source, 1, err);
        if (status == W2V_OK) status = w2v_trainer_run(t, UINT64_MAX, err);
        if (status == W2V_OK) status = w2v_trainer_validate(t, &loss, err);
        if (t) w2v_trainer_use_best(t);
        w2v_trainer_free(t);
    }
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
    w2v_vocab_free(all);
    w2v_vocab_free(few);
    w2v_vocab_free(some);
    w2v_vocab_free(read);
    return status;
}

static size_t read_text(char *buffer, size_t room, void *user)
{
    const char **rest = (const char **)user;
    const size_t n = w2v__min_size(room, strlen(*rest));
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
    const size_t n = w2v__min_size(w2v__min_size(room, p->n), 5);
    memcpy(buffer, p->text, n);
    p->text += n;
    p->n -= n;
    return n;
}

static w2v_status save_binary(w2v_error *err) { return w2v_model_save(model, path, W2V_FORMAT_BINARY, err); }
static w2v_status save_tsv(w2v_error *err) { return w2v_model_save_tsv(model, path, words, err); }
static w2v_status save(w2v_error *err) { return w2v_model_save(model, path, W2V_FORMAT_TEXT, err); }
static w2v_status load(w2v_error *err) { return w2v_model_load(&model, path, NULL, NULL, err); }

// Vectors and a vocabulary through memory: a buffer that cannot grow stops the writing.
static w2v_status streams(w2v_error *err)
{
    w2v_buffer b = {NULL, 0, 0}, v = {NULL, 0, 0};
    w2v_model *m = NULL;
    w2v_vocab *vocab = NULL;
    w2v_status status = w2v_model_write(model, W2V_FORMAT_TEXT, w2v_buffer_write, &b, err);
    if (status == W2V_OK) status = w2v_vocab_write(model->vocab, w2v_buffer_write, &v, err);
    if (status == W2V_ERROR_STOPPED) {
        CHECK_STRING(err->message, "the output was stopped");
        snprintf(err->message, sizeof err->message, "out of memory");
        status = W2V_ERROR_MEMORY;
    }
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
    const w2v_term term = {"one", 1.0f};
    w2v_match top[3];
    size_t found;
    return w2v_model_most_similar(model, &term, 1, top, 3, &found, err);
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

static void exhaust(const char *what, w2v_status (*f)(w2v_error *), int makes_model)
{
    long k = 0;
    for (;; k++) {
        const long before = living;
        w2v_error err = {""};
        if (makes_model) model = NULL;
        allowed = k;
        const w2v_status status = f(&err);
        allowed = 1000000;
        if (status == W2V_OK) break;
        if (!CHECK(status == W2V_ERROR_MEMORY && !strncmp(err.message, "out of memory", 13)))
            printf("    %s, allocation %ld: %s\n", what, k, err.message);
        if (!CHECK(living == before && (!makes_model || !model)))
            printf("    %s, allocation %ld: %ld pieces lost\n", what, k, living - before);
        if (k > 10000) break;
    }
    CHECK(k > 0 && k < 10000);
}

int main(int argc, char **argv)
{
    (void)argc;
    snprintf(path, sizeof path, "%s.tmp", argv[0]);
    snprintf(words, sizeof words, "%s.words", path);
    exhaust("train", train, 1);
    exhaust("save as .tsv", save_tsv, 0);
    exhaust("save binary", save_binary, 0);
    exhaust("save", save, 0);
    exhaust("write and read", streams, 0);
    exhaust("query", query, 0);
    exhaust("pca", pca, 0);
    exhaust("evaluate", evaluate, 0);
    exhaust("k-means", kmeans, 0);
    w2v_model_free(model);
    exhaust("load", load, 1);
    w2v_model_free(model);
    exhaust("train on a file that is read again", stream, 1);
    w2v_model_free(model);
    model = NULL;
    exhaust("run a trainer", run, 0);
    exhaust("count", count, 0);
    exhaust("models", models, 0);
    exhaust("phrases", phrases, 0);
    exhaust("validate", validate, 1);
    w2v_model_free(model);
    CHECK(living == 0);
    remove(path);
    remove(words);
    return test_finish("memory");
}
