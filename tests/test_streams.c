// SPDX-License-Identifier: MIT-0
//
// test_streams.c - everything that can be written and read, through memory and callbacks alone: round trips,
// and writers and readers that fail at every byte. Nothing of it needs files: the header is compiled with
// W2V_NO_STDIO

#include <stdlib.h>

static long live;  // blocks of memory that are not freed
static size_t largest_block, large,
    large_blocks;  // the largest block requested; how often one of at least `large` bytes was

static void see_size(size_t n)
{
    largest_block = n > largest_block ? n : largest_block;
    large_blocks += n >= large;
}

static void *count_malloc(size_t n)
{
    see_size(n);
    void *p = malloc(n);
    live += p != NULL;
    return p;
}

static void *count_realloc(void *old, size_t n)
{
    see_size(n);
    void *p = realloc(old, n);
    live += p && !old;
    return p;
}

static void count_free(void *p)
{
    live -= p != NULL;
    free(p);
}

#define W2V_MALLOC(n) count_malloc(n)
#define W2V_REALLOC(p, n) count_realloc(p, n)
#define W2V_FREE(p) count_free(p)
#define STBDS_REALLOC(context, p, n) count_realloc(p, n)
#define STBDS_FREE(context, p) count_free(p)
#define W2V_NO_STDIO
#define STB_DS_IMPLEMENTATION
#define W2V_STATIC
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include "test.h"

static const char text[] =
    "new york is a city\nnew york is not a village\nthe city is new\nnew york new york\n";
static const char other[] = "a village is not new\na city is\n";

// -----------------------------------------------------------------------------------------------------------------
// Writers and readers that fail

typedef struct faulty {
    w2v_buffer buffer;  // what was written
    size_t most;        // bytes that are accepted
    int refused;
} faulty;

static int faulty_write(const char *bytes, size_t n, void *user)
{
    faulty *f = (faulty *)user;
    CHECK(!f->refused && n > 0);  // nobody asks again
    f->refused = f->buffer.size + n > f->most;
    return f->refused || w2v_buffer_write(bytes, n, &f->buffer);
}

// Hands out `piece` bytes at a time.
typedef struct pieces {
    const char *text;
    size_t n, at, piece, fail_at, lie_at;
    int ended;  // or failed: not called again
} pieces;

static size_t read_pieces(char *buffer, size_t room, void *user)
{
    pieces *p = (pieces *)user;
    size_t n = p->piece < room ? p->piece : room;
    CHECK(!p->ended && room > 0);
    if (p->at + n > p->fail_at) n = p->fail_at - p->at;
    if (!n) return p->ended = 1, W2V_READ_FAILED;
    if (p->at + n > p->lie_at) return room + 1;
    if (n > p->n - p->at) n = p->n - p->at;
    memcpy(buffer, p->text + p->at, n);
    p->at += n;
    p->ended = !n;
    return n;
}

static pieces pieces_of(const char *from, size_t n, size_t piece)
{
    const pieces p = {from, n, 0, piece, SIZE_MAX, SIZE_MAX, 0};
    return p;
}

// -----------------------------------------------------------------------------------------------------------------
// What can be written and read, one after another

static w2v_model *model;
static w2v_phrases *phrases;
static w2v_trainer *trainer;

static w2v_trainer *new_trainer(void)
{
    w2v_config cfg = w2v_config_default();
    const w2v_source s = w2v_source_text(text, sizeof text - 1),
                     held_out = w2v_source_text(other, sizeof other - 1);
    w2v_trainer *t = NULL;
    cfg.dim = 3;
    cfg.min_count = 1;
    cfg.sample = 0.0;
    cfg.threads = 1;
    cfg.epochs = 3;
    cfg.keep_best = 1;
    CHECK_STATUS(w2v_trainer_new(&t, &s, 1, &cfg, NULL, NULL, NULL), W2V_OK);
    CHECK_STATUS(w2v_trainer_hold_out(t, &held_out, 1, NULL), W2V_OK);
    return t;
}

typedef enum kind { TEXT, BINARY, VOCAB, CLASSES, PHRASES, TRAINER, KINDS } kind;
static const char *const kind_name[] = {"text", "binary", "vocab", "classes", "phrases", "trainer"};

static w2v_status write_kind(kind k, w2v_write_fn write_fn, void *user, w2v_error *err)
{
    static const uint32_t class_of[] = {0, 1, 2, 0, 1, 2, 4000000000u, 1, 2};
    switch (k) {
    case TEXT: return w2v_model_write(model, write_fn, user, W2V_FORMAT_TEXT, err);
    case BINARY: return w2v_model_write(model, write_fn, user, W2V_FORMAT_BINARY, err);
    case VOCAB: return w2v_vocab_write(model->vocab, write_fn, user, err);
    case CLASSES: return w2v_vocab_write_classes(model->vocab, class_of, write_fn, user, err);
    case PHRASES: return w2v_phrases_write(phrases, write_fn, user, err);
    case TRAINER:
    case KINDS:
    default: return w2v_trainer_write(trainer, write_fn, user, err);
    }
}

static int same_bytes(const w2v_buffer *a, const char *b, size_t n)
{
    return a->size == n && (!n || !memcmp(a->data, b, n));
}

// Reads, and writes what was read into `again`; nothing there after a failure, and *touched is set if outputs
// were.
static w2v_status read_kind(kind k, const w2v_source *source, w2v_buffer *again, int *touched, w2v_error *err)
{
    w2v_model *m = NULL;
    w2v_vocab *v = NULL;
    w2v_phrases *p = NULL;
    w2v_load_report report;
    memset(&report, 0x55, sizeof report);
    const w2v_load_report before = report;
    w2v_status status = W2V_OK;
    if (k == TEXT || k == BINARY) {
        status = w2v_model_read(&m, source, NULL, &report, err);
        *touched = status != W2V_OK && (m || memcmp(&report, &before, sizeof report));
        if (m)
            CHECK(w2v_model_write(m, w2v_buffer_write, again, k == TEXT ? W2V_FORMAT_TEXT : W2V_FORMAT_BINARY,
                                  NULL) == W2V_OK);
    } else if (k == VOCAB || k == CLASSES) {
        status = w2v_vocab_read(&v, source, err);
        *touched = status != W2V_OK && v;
        if (v) CHECK_STATUS(w2v_vocab_write(v, w2v_buffer_write, again, NULL), W2V_OK);
    } else if (k == PHRASES) {
        status = w2v_phrases_read(&p, source, err);
        *touched = status != W2V_OK && p;
        if (p) CHECK_STATUS(w2v_phrases_write(p, w2v_buffer_write, again, NULL), W2V_OK);
    } else {
        w2v_trainer *t = new_trainer();
        w2v_buffer untouched = {NULL, 0, 0}, now = {NULL, 0, 0};
        CHECK_STATUS(w2v_trainer_write(t, w2v_buffer_write, &untouched, NULL), W2V_OK);
        status = w2v_trainer_read(t, source, err);
        CHECK_STATUS(w2v_trainer_write(t, w2v_buffer_write, &now, NULL), W2V_OK);
        *touched = status != W2V_OK && !same_bytes(&now, untouched.data, untouched.size);
        if (status == W2V_OK) CHECK(!w2v_buffer_write(now.data, now.size, again));
        w2v_buffer_free(&untouched);
        w2v_buffer_free(&now);
        w2v_trainer_free(t);
    }
    w2v_model_free(m);
    w2v_vocab_free(v);
    w2v_phrases_free(p);
    return status;
}

// How far apart the bytes of a file are at which something happens
static size_t step_of(size_t bytes) { return TEST_SLOW ? 1 + bytes / 250 : 1; }

// A writer that takes k bytes: nobody asks it again, and what it has taken is the beginning.
static void test_writers(kind k, const w2v_buffer *whole)
{
    for (size_t most = 0; most < whole->size; most += step_of(whole->size)) {
        faulty f = {{NULL, 0, 0}, most, 0};
        w2v_error err = {""};
        const long before = live;
        const w2v_status status = write_kind(k, faulty_write, &f, &err);
        if (!CHECK(status == W2V_ERROR_STOPPED && f.refused && f.buffer.size <= most &&
                   !memcmp(f.buffer.data ? f.buffer.data : "", whole->data, f.buffer.size)))
            printf("    %s, %zu bytes: status %d\n", kind_name[k], most, (int)status);
        CHECK_STRING(err.message, "the output was stopped");
        w2v_buffer_free(&f.buffer);
        CHECK_EQUAL(live, before);
    }
    faulty f = {{NULL, 0, 0}, whole->size, 0};
    CHECK(write_kind(k, faulty_write, &f, NULL) == W2V_OK && same_bytes(&f.buffer, whole->data, whole->size));
    w2v_buffer_free(&f.buffer);
}

// Memory, and readers of few and of many bytes at a time: the same.
static void test_round_trip(kind k, const w2v_buffer *whole)
{
    static const size_t size[] = {1, 2, 7, 511, 100000};
    w2v_error err = {""};
    int touched;
    for (size_t i = 0; i <= sizeof size / sizeof *size; i++) {
        const long before = live;
        w2v_buffer again = {NULL, 0, 0};
        pieces p = pieces_of(whole->data, whole->size, size[i ? i - 1 : 0]);
        const w2v_source s =
            i ? w2v_source_reader(read_pieces, &p) : w2v_source_text(whole->data, whole->size);
        const w2v_status status = read_kind(k, &s, &again, &touched, &err);
        if (!CHECK(status == W2V_OK && same_bytes(&again, whole->data, whole->size)))
            printf("    %s, %zu: %s\n", kind_name[k], i, err.message);
        w2v_buffer_free(&again);
        CHECK_EQUAL(live, before);
    }
}

// A source that ends, fails or lies at byte `at`: what it ends is damaged or shorter, and the rest fails.
static void test_readers(kind k, const w2v_buffer *whole)
{
    const size_t step = step_of(whole->size);
    for (size_t next = 0; next < whole->size + step; next += step)
        for (int how = 0; how < 4; how++) {
            const size_t at = next < whole->size ? next : whole->size;
            if (at == whole->size && how != 2) continue;  // the end is where it belongs
            const long before = live;
            w2v_buffer again = {NULL, 0, 0};
            w2v_error err = {""};
            int touched = 0;
            pieces p = pieces_of(whole->data, how < 2 ? at : whole->size, 13);
            if (how == 2) p.fail_at = at;
            if (how == 3) p.lie_at = at;
            const w2v_source s = how ? w2v_source_reader(read_pieces, &p) : w2v_source_text(whole->data, at);
            const w2v_status status = read_kind(k, &s, &again, &touched, &err);
            const int ok =
                how == 2   ? status == W2V_ERROR_IO
                : how == 3 ? status == W2V_ERROR_ARGUMENT
                : k == TRAINER || (k == BINARY && at + 1 < whole->size)  // a line feed may be missing
                    ? status == W2V_ERROR_FORMAT || status == W2V_ERROR_EMPTY
                    : status == W2V_OK || status == W2V_ERROR_FORMAT || status == W2V_ERROR_EMPTY;
            if (!CHECK(ok && !touched && (status == W2V_OK) == !*err.message))
                printf("    %s, byte %zu, %d: status %d, %s\n", kind_name[k], at, how, (int)status,
                       err.message);
            if (how == 2) {
                char expected[80];
                snprintf(expected, sizeof expected, "'the reader' cannot be read after %zu bytes", at);
                CHECK_STRING(err.message, expected);
            }
            w2v_buffer_free(&again);
            CHECK_EQUAL(live, before);
        }
}

static void test_all_kinds(void)
{
    for (int k = 0; k < KINDS; k++) {
        w2v_buffer whole = {NULL, 0, 0};
        CHECK(write_kind((kind)k, w2v_buffer_write, &whole, NULL) == W2V_OK && whole.size > 20);
        test_writers((kind)k, &whole);
        if (k != CLASSES) test_round_trip((kind)k, &whole);
        if (k != CLASSES) test_readers((kind)k, &whole);
        w2v_buffer_free(&whole);
    }
}

// Sources that cannot be vectors, and a model from a checkpoint.
static void test_model_read(void)
{
    static const uint32_t ids[] = {1, 2};
    w2v_source refused[5] = {w2v_source_ids(ids, 2, NULL), w2v_source_file("vectors.bin"),
                             w2v_source_text(NULL, 0), w2v_source_weighted(w2v_source_text("1 1\na 2\n", 8)),
                             w2v_source_text(NULL, 0)};
    static const char *const message[5] = {"ids and texts with weights are only for training: 'the ids'",
                                           "W2V_NO_STDIO: the source cannot be a file", "'the text' is empty",
                                           "ids and texts with weights are only for training: 'the text'",
                                           "the kind of a source is 0, which is no w2v_source_kind"};
    w2v_model *m = NULL;
    w2v_error err = {""};
    memset(&refused[4], 0, sizeof refused[4]);
    for (size_t i = 0; i < 5; i++) {
        CHECK_EQUAL(w2v_model_read(&m, &refused[i], NULL, NULL, &err),
                    (i == 2 ? W2V_ERROR_EMPTY : W2V_ERROR_ARGUMENT));
        if (!CHECK(!m && strstr(err.message, message[i]) != NULL)) printf("    %s\n", err.message);
    }
    w2v_source named = w2v_source_text("\x1f\x8b\x08 and more", 12);
    named.name = "the upload";
    CHECK_STATUS(w2v_model_read(&m, &named, NULL, NULL, &err), W2V_ERROR_FORMAT);
    CHECK_STRING(err.message, "'the upload' is compressed by gzip: unpack it with gunzip");
    w2v_buffer checkpoint = {NULL, 0, 0};
    w2v_load_report report;
    CHECK_STATUS(w2v_trainer_write(trainer, w2v_buffer_write, &checkpoint, NULL), W2V_OK);
    for (int by_reader = 0; by_reader < 2; by_reader++) {
        pieces p = pieces_of(checkpoint.data, checkpoint.size, 100);
        const w2v_source s = by_reader ? w2v_source_reader(read_pieces, &p)
                                       : w2v_source_text(checkpoint.data, checkpoint.size);
        CHECK(w2v_model_read(&m, &s, NULL, &report, &err) == W2V_OK && report.rows == model->size);
        CHECK(m->size == model->size && m->output &&
              w2v_vocab_count(m->vocab, 0) == w2v_vocab_count(model->vocab, 0) &&
              test_hash_model(m) == test_hash_model(w2v_trainer_model(trainer)));
        w2v_model_free(m);
        m = NULL;
    }
    w2v_buffer_free(&checkpoint);
}

// What a header promises gets no memory unless the source has as many bytes.
static void test_promises(void)
{
    static const char *const files[] = {"4000000000 1000000\na 1 2\n", "4000000000 1\na 1\nb 2\n",
                                        "400000000 9\n1", "4000000000 1000000\na \1\2\3\4",
                                        "2000 2000\na \1\2\3\4"};
    for (size_t i = 0; i < 10; i++) {
        const char *file = files[i / 2];
        pieces p = pieces_of(file, strlen(file), 100);
        const w2v_source s = i % 2 ? w2v_source_reader(read_pieces, &p) : w2v_source_text(file, strlen(file));
        w2v_model *m = NULL;
        w2v_error err = {""};
        w2v_load_config cfg = w2v_load_config_default();
        largest_block = 0;
        CHECK(w2v_model_read(&m, &s, &cfg, NULL, &err) == W2V_ERROR_FORMAT && !m && *err.message);
        if (!CHECK(largest_block < 2000000)) printf("    %s: %zu bytes\n", file, largest_block);
    }
}

// The rows of a model are allocated once, and cut to their size: no second copy is made.
static void test_rows_once(void)
{
    enum { V = 4000, D = 256, STRIDE = 272 };
    static float in[V * D];
    static char name[V][8];
    static const char *word[V];
    for (size_t i = 0; i < V; i++) snprintf(name[i], sizeof name[i], "w%d", (int)i), word[i] = name[i];
    for (size_t i = 0; i < V * D; i++) in[i] = (float)(i % 977) / 976.0f;
    w2v_model *m = NULL, *back;
    CHECK_STATUS(w2v_model_new(&m, word, NULL, V, D, in, NULL, NULL), W2V_OK);
    CHECK_EQUAL(m->stride, STRIDE);
    for (int way = 0; way < 6; way++) {
        w2v_buffer b = {NULL, 0, 0};
        w2v_format format = way % 3 == 1 ? W2V_FORMAT_BINARY : W2V_FORMAT_TEXT;
        CHECK_STATUS(w2v_model_write(m, w2v_buffer_write, &b, format, NULL), W2V_OK);
        const size_t skip = way % 3 == 2 ? 9 : 0,
                     model_bytes = sizeof(float) * V * STRIDE;  // without "4000 256"
        pieces p = pieces_of(b.data + skip, b.size - skip, 1000000);
        const w2v_source s =
            way < 3 ? w2v_source_text(b.data + skip, b.size - skip) : w2v_source_reader(read_pieces, &p);
        large = model_bytes / 2;
        large_blocks = largest_block = 0;
        back = NULL;
        CHECK_STATUS(w2v_model_read(&back, &s, NULL, NULL, NULL), W2V_OK);
        CHECK(back && back->size == V && !memcmp(back->input, m->input, model_bytes));
        if (!CHECK(way < 3
                       ? large_blocks == 2 && largest_block < (skip ? 3 * model_bytes / 2 : model_bytes + 500)
                       : large_blocks <= 4 && largest_block < 2 * model_bytes))
            printf("    %d: %zu requests, %zu of %zu bytes\n", way, large_blocks, largest_block, model_bytes);
        large = 0;
        w2v_model_free(back);
        w2v_buffer_free(&b);
    }
    w2v_model_free(m);
}

// Training goes on from a checkpoint in memory as if it had never stopped.
static void test_resumed(void)
{
    w2v_trainer *t = new_trainer(), *again = new_trainer();
    w2v_buffer b = {NULL, 0, 0};
    CHECK(w2v_trainer_run(t, 1, NULL) == W2V_OK &&
          w2v_trainer_write(t, w2v_buffer_write, &b, NULL) == W2V_OK);
    const w2v_source s = w2v_source_text(b.data, b.size);
    CHECK_STATUS(w2v_trainer_read(again, &s, NULL), W2V_OK);
    CHECK(w2v_trainer_run(t, UINT64_MAX, NULL) == W2V_OK &&
          w2v_trainer_run(again, UINT64_MAX, NULL) == W2V_OK);
    CHECK_EQUAL(test_hash_model(w2v_trainer_model(t)), test_hash_model(w2v_trainer_model(again)));
    w2v_buffer_free(&b);
    w2v_trainer_free(t);
    w2v_trainer_free(again);
}

// Questions and pairs from a reader.
static void test_evaluation(void)
{
    static const char questions[] = "\xEF\xBB\xBF: places\nnew york is a\nnew york is nowhere\n",
                      pairs[] = "new york 3\nnew city 2\nnew is 1.5\n";
    w2v_analogy_config analogies = w2v_analogy_config_default();
    w2v_similarity_config similarity = w2v_similarity_config_default();
    w2v_similarity_result r;
    w2v_error err = {""};
    analogies.threads = 1;
    for (size_t piece = 1; piece < 100; piece += 11) {
        const long before = live;
        w2v_analogy_result a;
        memset(&a, 0, sizeof a);
        pieces p = pieces_of(questions, sizeof questions - 1, piece);
        w2v_source s = w2v_source_reader(read_pieces, &p);
        CHECK(w2v_model_evaluate_analogies(model, &s, &analogies, &a, &err) == W2V_OK && a.total.lines == 2 &&
              a.total.used == 1 && a.section_count == 1);
        w2v_analogy_result_free(&a);
        p = pieces_of(pairs, sizeof pairs - 1, piece);
        CHECK(w2v_model_evaluate_similarity(model, &s, &similarity, &r, &err) == W2V_OK && r.used == 3);
        p = pieces_of(pairs, sizeof pairs - 1, piece);
        p.fail_at = 20;
        CHECK_STATUS(w2v_model_evaluate_similarity(model, &s, &similarity, &r, &err), W2V_ERROR_IO);
        CHECK_STRING(err.message, "'the reader' cannot be read after 20 bytes");
        s = w2v_source_file("pairs.txt");
        CHECK_STATUS(w2v_model_evaluate_similarity(model, &s, &similarity, &r, &err), W2V_ERROR_ARGUMENT);
        CHECK_EQUAL(live, before);
    }
}

static void make_objects(void)
{
    w2v_phrases_config cfg = w2v_phrases_config_default();
    const w2v_source s = w2v_source_text(text, sizeof text - 1);
    cfg.min_count = 1;
    cfg.threshold = 0.5;
    cfg.threads = 1;
    CHECK(w2v_phrases_build(&phrases, &s, 1, &cfg, NULL) == W2V_OK && w2v_phrases_size(phrases) > 1);
    trainer = new_trainer();
    double loss;
    CHECK(w2v_trainer_run(trainer, UINT64_MAX, NULL) == W2V_OK &&
          w2v_trainer_validate(trainer, &loss, NULL) == W2V_OK);
    w2v_config training = w2v_config_default();
    training.dim = 3;
    training.min_count = 1;
    training.threads = 1;
    training.sample = 0.0;
    CHECK_STATUS(w2v_train_text(&model, text, sizeof text - 1, &training, NULL), W2V_OK);
}

static double square(const float *x, float *grad, w2v_touched *touched, void *user)
{
    (void)touched, (void)user;
    if (grad) grad[0] += 2.0f * x[0];
    return (double)x[0] * (double)x[0];
}

// What needs a file is refused.
static void test_no_checkpoint(void)
{
    const w2v_objective f = {square, NULL, 1, 0, NULL};
    w2v_sgd_config cfg = w2v_sgd_config_default();
    w2v_error err = {""};
    float x = 1.0f;
    const long before = live;
    cfg.checkpoint = "checkpoint";
    CHECK_STATUS(w2v_sgd(&f, &x, &cfg, NULL, &err), W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "W2V_NO_STDIO: there are no checkpoints in files");
    CHECK_EQUAL(live, before);
    CHECK(x == 1.0f);
}

// Comes last: nothing of what was made remains.
static void test_nothing_left(void)
{
    w2v_model_free(model);
    w2v_phrases_free(phrases);
    w2v_trainer_free(trainer);
    CHECK_EQUAL(live, 0);
}

int main(int argc, char **argv)
{
    static const test_case tests[] = {TEST(all_kinds),     TEST(promises),    TEST(rows_once),
                                      TEST(model_read),    TEST(resumed),     TEST(evaluation),
                                      TEST(no_checkpoint), TEST(nothing_left)};
    make_objects();
    return test_main("streams", tests, TEST_COUNT(tests), argc, argv);
}
