// SPDX-License-Identifier: MIT-0
//
// test_trainer.c - the trainer object: training in pieces, checkpoints, vocabularies and vectors to start
// with
//
// One lane trains block after block. Several train rounds of several blocks each, how many is left to the
// trainer.

#include "checked.h"

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include "test.h"
#include "parts.h"

#if defined(__linux__) && !TEST_SLOW && !defined(W2V_NO_THREADS)
#include <sys/resource.h>
#include <unistd.h>
#endif

enum { BLOCKS = 23 };

static char text[BLOCKS * W2V_BLOCK_BYTES], scratch[1024];
static size_t bytes;

// Lines of eight words; low numbers come more often.
static void write_text(void)
{
    w2v_random r = w2v_random_stream(21, 0);
    while (bytes < sizeof text - 100) {
        for (int k = 0; k < 8; k++) {
            const float x = w2v_random_float(&r);
            bytes += (size_t)snprintf(text + bytes, 12, "w%d ", (int)(x * x * 900.0f));
        }
        text[bytes - 1] = '\n';
    }
}

static w2v_config small_config(w2v_sharing sharing, size_t threads, size_t lanes)
{
    w2v_config cfg = w2v_config_default();
    cfg.dim = 24;
    cfg.min_count = 3;
    cfg.sample = 1e-2;
    cfg.epochs = 2;
    cfg.threads = threads;
    cfg.sharing = sharing;
    cfg.lanes = lanes;
    return cfg;
}

static w2v_source source(void) { return w2v_source_text(text, bytes); }

// Trains in runs of so many words, and returns the hash of the model; *runs is how many it took.
static uint64_t hash_in_pieces(const w2v_config *cfg, uint64_t words, size_t *runs)
{
    const w2v_source s = source();
    w2v_trainer *t = NULL;
    w2v_error err = {""};
    w2v_train_report report;
    memset(&report, 0, sizeof report);
    *runs = 0;
    if (!CHECK_STATUS(w2v_trainer_new(&t, &s, 1, cfg, NULL, NULL, &err), W2V_OK)) return 0;
    while (!w2v_trainer_done(t)) {
        const uint64_t before = report.done;
        if (!CHECK_STATUS(w2v_trainer_run(t, words, &err), W2V_OK)) break;
        report = test_report(t);
        CHECK(report.done >= before + (words < report.total - before ? words : report.total - before));
        ++*runs;
    }
    CHECK(report.done == report.total && report.total == 2 * report.words && report.trained <= report.total);
    const uint64_t h = test_hash_model(w2v_trainer_model(t));
    w2v_trainer_free(t);
    return h;
}

static uint64_t hash_in_one_call(const w2v_config *cfg)
{
    w2v_model *m = NULL;
    if (!CHECK_STATUS(w2v_train_text(&m, text, bytes, cfg, NULL), W2V_OK)) return 0;
    const uint64_t h = test_hash_model(m);
    w2v_model_free(m);
    return h;
}

// The rounds of a training: how often a run of one word can be called. The last round of an epoch is shorter.
static size_t rounds_of(const w2v_config *cfg)
{
    w2v_config quiet = *cfg;
    size_t runs;
    quiet.progress_fn = NULL;
    hash_in_pieces(&quiet, 1, &runs);
    return runs;
}

// Whole rounds of blocks, and an epoch ends one.
static void check_rounds(size_t runs, size_t lanes)
{
    if (lanes == 1) CHECK_EQUAL(runs, 2 * BLOCKS);
    const size_t used = lanes < (BLOCKS + 3) / 4 ? lanes : (BLOCKS + 3) / 4;  // four blocks for each, or more
    const size_t most = 2 * ((BLOCKS + used - 1) / used);
    CHECK(runs % 2 == 0 && runs <= most);
    if (lanes < 4) CHECK(runs >= 4);
}

// One round, some rounds or all at once: the same bytes.
static void check_pieces(w2v_sharing sharing, size_t lanes)
{
    w2v_config cfg = small_config(sharing, lanes > 1 ? 2 : 1, lanes);
    const uint64_t whole = hash_in_one_call(&cfg);
    for (int streamed = 0; streamed < 2; streamed++) {
        size_t runs;
        if (TEST_SLOW && streamed == (int)(lanes % 2)) continue;
        cfg.corpus_memory = (size_t)streamed;
        CHECK(hash_in_pieces(&cfg, UINT64_MAX, &runs) == whole && runs == 1);
        CHECK(hash_in_pieces(&cfg, 7 * 900, &runs) == whole && runs >= 2);
        if (!CHECK_EQUAL(hash_in_pieces(&cfg, 1, &runs), whole)) printf("    %d lanes\n", (int)lanes);
        check_rounds(runs, lanes);
    }
}

static int stop_at_once(const w2v_progress *p, void *user)
{
    ++*(int *)user;
    return p->phase == W2V_PHASE_TRAIN;
}

// A run that is stopped in the middle of a round trains it to its end: the model is that of a run to there.
// It goes on with the next run, and nothing is lost.
static void check_stop_and_go_on(size_t lanes)
{
    w2v_config cfg = small_config(W2V_SHARE_SPAN, 1, lanes);
    const size_t rounds = rounds_of(&cfg);
    const uint64_t whole = hash_in_one_call(&cfg);
    const w2v_source s = source();
    int calls = 0;
    w2v_trainer *t = NULL;
    w2v_error err;
    cfg.progress_fn = stop_at_once;
    cfg.progress_user = &calls;
    CHECK_STATUS(w2v_trainer_new(&t, &s, 1, &cfg, NULL, NULL, &err), W2V_OK);
    size_t runs = 0;
    for (; t && !w2v_trainer_done(t) && runs < 1000; runs++) {
        const w2v_status status = w2v_trainer_run(t, 1, &err);
        CHECK(status == W2V_ERROR_STOPPED && !strncmp(err.message, "training stopped at ", 20));
    }
    CHECK(runs == rounds && calls > (int)runs);
    CHECK(t && test_hash_model(w2v_trainer_model(t)) == whole);
    w2v_trainer_free(t);
}

// The words of a vocabulary, whether they are there or not, and the vectors of a model.
static void test_start(void)
{
    static const char *const words[] = {"w7", "absent", "w3", "w899"};
    static const float in[4 * 24] = {1.0f, 2.0f, 3.0f}, out[4 * 24] = {4.0f};
    const w2v_source s = source();
    const w2v_config cfg = small_config(W2V_SHARE_SPAN, 1, 1);
    w2v_model *start = NULL;
    w2v_trainer *t = NULL;
    w2v_error err = {""};
    CHECK_STATUS(w2v_model_new(&start, words, NULL, 4, 24, in, out, &err), W2V_OK);
    CHECK_STATUS(w2v_trainer_new(&t, &s, 1, &cfg, start->vocab, start, &err), W2V_OK);
    if (!t) return;
    const w2v_model *m = w2v_trainer_model(t);
    CHECK(m->size == 4 && w2v_vocab_count(m->vocab, 3) == 0);
    CHECK_STRING(w2v_vocab_word(m->vocab, 3), "absent");
    for (uint32_t i = 1; i < 4; i++) CHECK(w2v_vocab_count(m->vocab, i) <= w2v_vocab_count(m->vocab, i - 1));
    const uint32_t w7 = w2v_vocab_find(m->vocab, "w7");
    CHECK(!memcmp(m->input + w7 * m->stride, in, 24 * sizeof(float)) && m->output[w7 * m->stride] == 4.0f);
    w2v_trainer_free(t);
    // Without the vocabulary other words begin at random.
    CHECK_STATUS(w2v_trainer_new(&t, &s, 1, &cfg, NULL, start, &err), W2V_OK);
    m = w2v_trainer_model(t);
    const float *w7_row = w2v_model_vector(m, "w7"), *w8_row = w2v_model_vector(m, "w8");
    CHECK(m->size > 500 && w7_row && w7_row[2] == 3.0f && w8_row && fabsf(w8_row[0]) <= 0.5f / 24.0f);
    CHECK(!w2v_model_vector(m, "absent"));
    CHECK_STATUS(w2v_trainer_run(t, UINT64_MAX, &err), W2V_OK);
    w2v_trainer_free(t);
    // The other dim
    w2v_config other = cfg;
    other.dim = 25;
    t = NULL;
    CHECK(w2v_trainer_new(&t, &s, 1, &other, NULL, start, &err) == W2V_ERROR_ARGUMENT && !t);
    CHECK_STRING(err.message, "the vectors to start with have 24 numbers, and dim is 25");
    w2v_model_free(start);
}

// The seed is that of the vectors at the start, and of what is drawn while they are trained.
static void test_seeds(void)
{
    const w2v_source s = source();
    w2v_config cfg = small_config(W2V_SHARE_SPAN, 1, 1);
    w2v_trainer *t[2] = {NULL, NULL};
    for (size_t i = 0; i < 2; i++) {
        cfg.seed = 1 + i;
        CHECK_STATUS(w2v_trainer_new(&t[i], &s, 1, &cfg, NULL, NULL, NULL), W2V_OK);
    }
    CHECK(test_hash_model(w2v_trainer_model(t[0])) != test_hash_model(w2v_trainer_model(t[1])));
    w2v_trainer_free(t[1]);  // seed 2, from the vectors of seed 1
    CHECK_STATUS(w2v_trainer_new(&t[1], &s, 1, &cfg, NULL, w2v_trainer_model(t[0]), NULL), W2V_OK);
    CHECK_EQUAL(test_hash_model(w2v_trainer_model(t[0])), test_hash_model(w2v_trainer_model(t[1])));
    for (size_t i = 0; i < 2; i++) CHECK_STATUS(w2v_trainer_run(t[i], 1, NULL), W2V_OK);
    CHECK(test_report(t[0]).trained != test_report(t[1]).trained);  // other words are dropped
    for (size_t i = 0; i < 2; i++) w2v_trainer_free(t[i]);
}

static void test_misuse(void)
{
    const w2v_source s = source(), nothing = w2v_source_text(NULL, 0), lost = w2v_source_text(NULL, 5),
                     nowhere = w2v_source_file("no/such/file");
    w2v_config cfg = small_config(W2V_SHARE_SPAN, 1, 1);
    w2v_trainer *t = NULL;
    w2v_error err = {""};
    w2v_trainer_free(NULL);
    CHECK(w2v_trainer_new(&t, &nothing, 1, &cfg, NULL, NULL, &err) == W2V_ERROR_EMPTY && !t);
    CHECK(w2v_trainer_new(&t, &lost, 1, &cfg, NULL, NULL, &err) == W2V_ERROR_ARGUMENT && !t);
    CHECK(w2v_trainer_new(&t, &nowhere, 1, &cfg, NULL, NULL, &err) == W2V_ERROR_IO && !t);
    CHECK_STRING(err.message, "cannot open 'no/such/file': No such file or directory");
    CHECK_STATUS(w2v_trainer_new(&t, &s, 1, &cfg, NULL, NULL, &err), W2V_OK);
    w2v_trainer_free(t);  // before the first run
    CHECK(w2v_trainer_new(&t, &s, 1, &cfg, NULL, NULL, &err) == W2V_OK && !w2v_trainer_done(t));
    CHECK_STATUS(w2v_trainer_run(t, 0, &err), W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "a run must have at least one word, not 0");
    CHECK(w2v_trainer_run(t, 1, &err) == W2V_OK && !w2v_trainer_done(t));
    CHECK(w2v_trainer_run(t, UINT64_MAX, &err) == W2V_OK && w2v_trainer_done(t));
    const uint64_t h = test_hash_model(w2v_trainer_model(t));
    CHECK_STATUS(w2v_trainer_run(t, 1, &err), W2V_ERROR_ARGUMENT);
    CHECK(!strncmp(err.message, "the training is complete after ", 31));
    CHECK_EQUAL(test_hash_model(w2v_trainer_model(t)), h);
    w2v_trainer_free(t);
    for (size_t lanes = 1; lanes <= 3; lanes += 2) {
        cfg = small_config(W2V_SHARE_SPAN, lanes, lanes);
        cfg.learning_rate = 100.0f;
        CHECK_STATUS(w2v_trainer_new(&t, &s, 1, &cfg, NULL, NULL, &err), W2V_OK);
        CHECK_STATUS(w2v_trainer_run(t, UINT64_MAX, &err), W2V_ERROR_DIVERGED);
        CHECK_STATUS(w2v_trainer_run(t, 1, &err), W2V_ERROR_DIVERGED);
        CHECK(!strncmp(err.message, "the training has failed before", 30));
        w2v_trainer_free(t);
    }
}

// The loss falls from epoch to epoch and does not change what is trained; a validation scores the same pairs
// every time, whatever the threads and the kind of source; the best vectors are kept.
static void check_loss(size_t lanes)
{
    w2v_config cfg = small_config(W2V_SHARE_SPAN, lanes, lanes);
    const w2v_source s = source(), held_out = w2v_source_text(text, bytes / 5),
                     unknown = w2v_source_text("x y z", 5);
    w2v_trainer *t = NULL;
    w2v_error err = {""};
    double loss = 0.0, valid[3], again = 0.0, before = 1e9;
    cfg.epochs = 3;
    cfg.keep_best = 1;
    const uint64_t silent = hash_in_one_call(&cfg);
    for (size_t every = 1; every < 4; every += 2) {
        cfg.loss_every = every;
        CHECK_STATUS(w2v_trainer_new(&t, &s, 1, &cfg, NULL, NULL, &err), W2V_OK);
        CHECK_STATUS(w2v_trainer_validate(t, &loss, &err), W2V_ERROR_ARGUMENT);
        CHECK_STATUS(w2v_trainer_hold_out(t, &unknown, 1, &err), W2V_ERROR_EMPTY);
        CHECK_STRING(err.message, "'the text' has no word of the vocabulary");
        CHECK_STATUS(w2v_trainer_hold_out(t, &held_out, 1, &err), W2V_OK);
        CHECK_STATUS(w2v_trainer_validate(t, &loss, &err), W2V_OK);
        CHECK_NEAR(loss, 6.0 * 0.69314718,
                   1e-3);  // output vectors are zero: log 2 for the pair and 5 negatives
        before = 1e9;
        for (int epoch = 0; epoch < 3; epoch++) {
            const uint64_t all = test_report(t).total;
            CHECK_STATUS(w2v_trainer_run(t, all / 3, &err), W2V_OK);
            const double mean = test_report(t).loss;
            if (!CHECK(mean < before && mean > 0.1)) printf("    %g after %g\n", mean, before);
            before = mean;
            CHECK(w2v_trainer_validate(t, &valid[epoch], &err) == W2V_OK && valid[epoch] < loss);
            CHECK_STATUS(w2v_trainer_validate(t, &again, &err), W2V_OK);
            CHECK_NEAR(again, valid[epoch], 0.0);
            CHECK_EQUAL(test_report(t).stale, 1);  // as low as before is not lower
        }
        CHECK(w2v_trainer_done(t));
        CHECK_NEAR(test_report(t).epoch_loss, test_report(t).loss, 0.0);  // a run an epoch
        CHECK_EQUAL(test_hash_model(w2v_trainer_model(t)), silent);
        static float kept[4];
        memcpy(kept, w2v_trainer_model(t)->input, sizeof kept);
        w2v_trainer_model(t)->input[0] += 1.0f;
        w2v_trainer_use_best(t);
        CHECK(!memcmp(kept, w2v_trainer_model(t)->input, sizeof kept));
        w2v_trainer_free(t);
        t = NULL;
    }
}

// A held-out text that is the contrary of the one that is trained: its loss rises from the first validation
// on.
static w2v_trainer *contrary_trainer(w2v_loss_type loss)
{
    static char lines[3 * W2V_BLOCK_BYTES];
    const w2v_source s = w2v_source_text(lines, sizeof lines),
                     held_out = w2v_source_text("a b\nc d\nd c\n", 12);
    w2v_config cfg = small_config(W2V_SHARE_DEFAULT, 1, 1);
    w2v_trainer *t = NULL;
    for (size_t i = 0; i < sizeof lines; i++) lines[i] = "a c\nb d\n"[i % 8];
    cfg.sample = 0.0;
    cfg.loss_type = loss;
    cfg.keep_best = 1;
    CHECK_STATUS(w2v_trainer_new(&t, &s, 1, &cfg, NULL, NULL, NULL), W2V_OK);
    CHECK_STATUS(w2v_trainer_hold_out(t, &held_out, 1, NULL), W2V_OK);
    return t;
}

// The vectors of the lowest loss are kept, all of their matrices, and only these; a checkpoint has them, and
// how long ago they were the best.
static void check_keep_best(w2v_loss_type loss)
{
    w2v_trainer *t = contrary_trainer(loss), *later = contrary_trainer(loss);
    double valid[4] = {0.0};
    CHECK(w2v_trainer_run(t, 100, NULL) ==
          W2V_OK);  // of the 6,144 words of an epoch one block, so that no matrix is zero
    const uint64_t best = test_hash_model(w2v_trainer_model(t));
    for (size_t i = 0; i < 3; i++) {
        if (i) CHECK_STATUS(w2v_trainer_run(t, 1, NULL), W2V_OK);
        CHECK_STATUS(w2v_trainer_validate(t, &valid[i], NULL), W2V_OK);
        CHECK(!i || valid[i] > valid[i - 1]);
        const w2v_train_report r = test_report(t);
        CHECK_EQUAL(r.stale, i);
        CHECK_NEAR(r.best_loss, valid[0], 0.0);
        CHECK_NEAR(r.valid_loss, valid[i], 0.0);
    }
    CHECK_STATUS(w2v_trainer_save(t, scratch, NULL), W2V_OK);
    CHECK(w2v_trainer_load(later, scratch, NULL) == W2V_OK &&
          test_hash_model(w2v_trainer_model(later)) == test_hash_model(w2v_trainer_model(t)));
    w2v_train_report r = test_report(later);
    CHECK_EQUAL(r.stale, 2);
    CHECK_NEAR(r.best_loss, valid[0], 0.0);
    CHECK_NEAR(r.valid_loss, valid[2], 0.0);
    CHECK_STATUS(w2v_trainer_run(later, 1, NULL), W2V_OK);
    CHECK(w2v_trainer_validate(later, &valid[3], NULL) == W2V_OK && valid[3] > valid[2]);
    r = test_report(later);
    CHECK_EQUAL(r.stale, 3);
    CHECK_NEAR(r.best_loss, valid[0], 0.0);
    CHECK(test_hash_model(w2v_trainer_model(t)) != best && test_hash_model(w2v_trainer_model(later)) != best);
    // vectors so long that their loss is not finite, although they are: an error, and the best stay
    const w2v_model *m = w2v_trainer_model(t);
    float *row = loss == W2V_LOSS_HIERARCHICAL ? m->nodes : m->output;
    for (size_t i = 0; i < m->size * m->stride; i++) {
        m->input[i] = i % m->stride < m->dim ? 3e19f : 0.0f;
        row[i] = i % m->stride < m->dim ? (i / m->stride % 2 ? 3e19f : -3e19f) : 0.0f;
    }
    double unchanged = 7.0;
    CHECK(w2v_trainer_validate(t, &unchanged, NULL) == W2V_ERROR_DIVERGED && unchanged == 7.0);
    w2v_trainer_use_best(t);
    w2v_trainer_use_best(later);
    CHECK(test_hash_model(w2v_trainer_model(t)) == best && test_hash_model(w2v_trainer_model(later)) == best);
    w2v_trainer_free(t);
    w2v_trainer_free(later);
    remove(scratch);
}

// Words of the model to start with keep the vectors that it has, and the others are trained.
static void check_freeze(size_t lanes, int has_out)
{
    static const char *const words[] = {"w7", "w3"};
    static const float in[2 * 24] = {0.1f, 0.2f, 0.3f}, out[2 * 24] = {0.4f};
    for (int sharing = W2V_SHARE_NONE; sharing <= W2V_SHARE_SPAN; sharing++) {
        const w2v_source s = source();
        w2v_config cfg = small_config((w2v_sharing)sharing, lanes, lanes);
        w2v_model *start = NULL;
        w2v_trainer *t = NULL;
        w2v_error err = {""};
        float other[24];
        const float none[24] = {0.0f};
        cfg.freeze_start = 1;
        CHECK_STATUS(w2v_model_new(&start, words, NULL, 2, 24, in, has_out ? out : NULL, &err), W2V_OK);
        CHECK_STATUS(w2v_trainer_new(&t, &s, 1, &cfg, NULL, start, &err), W2V_OK);
        memcpy(other, w2v_model_vector(w2v_trainer_model(t), "w4"), sizeof other);
        CHECK_STATUS(w2v_trainer_run(t, UINT64_MAX, &err), W2V_OK);
        const w2v_model *m = w2v_trainer_model(t);
        for (size_t i = 0; i < 2; i++) {
            const size_t id = w2v_vocab_find(m->vocab, words[i]);
            CHECK(!memcmp(m->input + id * m->stride, in + 24 * i, sizeof other));
            if (has_out)
                CHECK(!memcmp(m->output + id * m->stride, out + 24 * i, sizeof other));
            else  // output vectors of zeros would teach nothing
                CHECK(memcmp(m->output + id * m->stride, none, sizeof other) != 0);
        }
        CHECK(memcmp(other, w2v_model_vector(m, "w4"), sizeof other) != 0);
        w2v_trainer_free(t);
        w2v_model_free(start);
    }
}

// A run whose checkpoint has other frozen words is not resumed.
static void test_frozen_words(void)
{
    static const char *const words[] = {"w7", "w3"};
    static const float in[2 * 24] = {0.1f, 0.2f, 0.3f};
    const w2v_source s = source();
    w2v_config cfg = small_config(W2V_SHARE_WINDOW, 1, 1);
    w2v_error err = {""};
    cfg.freeze_start = 1;
    for (size_t frozen = 1; frozen <= 2; frozen++) {
        w2v_model *start = NULL;
        w2v_trainer *t = NULL;
        CHECK_STATUS(w2v_model_new(&start, words, NULL, frozen, 24, in, NULL, NULL), W2V_OK);
        CHECK_STATUS(w2v_trainer_new(&t, &s, 1, &cfg, NULL, start, NULL), W2V_OK);
        if (frozen == 1) {
            CHECK(w2v_trainer_run(t, 1, NULL) == W2V_OK && w2v_trainer_save(t, scratch, NULL) == W2V_OK);
            CHECK_STATUS(w2v_trainer_load(t, scratch, NULL), W2V_OK);
        } else {
            CHECK_STATUS(w2v_trainer_load(t, scratch, &err), W2V_ERROR_ARGUMENT);
            CHECK(strstr(err.message, " than 'the text', or with other frozen words") != NULL);
        }
        w2v_trainer_free(t);
        w2v_model_free(start);
    }
    remove(scratch);
}

static w2v_trainer *new_trainer(const w2v_config *cfg)
{
    const w2v_source s = source();
    w2v_trainer *t = NULL;
    w2v_error err = {""};
    CHECK_STATUS(w2v_trainer_new(&t, &s, 1, cfg, NULL, NULL, &err), W2V_OK);
    return t;
}

// A run reports its own loss, and the epoch the mean of its runs; the loss of some steps is another mean.
static void test_loss_of_runs(void)
{
    w2v_config cfg = small_config(W2V_SHARE_SPAN, 1, 1);
    double first[2] = {0.0, 0.0};
    for (size_t every = 1; every <= 2; every++) {
        cfg.loss_every = every;
        w2v_trainer *t = new_trainer(&cfg);
        CHECK_STATUS(w2v_trainer_run(t, 1, NULL), W2V_OK);
        const w2v_train_report one = test_report(t);
        CHECK_NEAR(one.loss, one.epoch_loss, 0.0);
        CHECK_STATUS(w2v_trainer_run(t, 9 * one.done, NULL), W2V_OK);
        const w2v_train_report ten = test_report(t);
        CHECK(ten.loss < ten.epoch_loss && ten.epoch_loss < one.loss);  // it falls
        CHECK_NEAR(ten.epoch_loss, 0.1 * one.loss + 0.9 * ten.loss,
                   0.02);  // ten blocks of about as many pairs
        first[every - 1] = one.loss;
        w2v_trainer_free(t);
    }
    CHECK(first[0] < first[1] || first[0] > first[1]);
}

// A held-out text is kept where the text is not, is subsampled, and stays after a failure to take another.
static void test_hold_out(void)
{
    static char lines[60000];
    const w2v_source held_out = source(), nowhere = w2v_source_file("no/such/file");
    w2v_config cfg = small_config(W2V_SHARE_SPAN, 1, 1);
    w2v_error err = {""};
    double valid[3] = {0.0};
    for (size_t i = 0; i < 3; i++) {
        cfg.corpus_memory = i == 1;
        w2v_trainer *t = new_trainer(&cfg);
        CHECK_STATUS(w2v_trainer_run(t, 1, NULL), W2V_OK);
        CHECK_STATUS(w2v_trainer_hold_out(t, &held_out, 1, NULL), W2V_OK);
        if (i == 2) CHECK_STATUS(w2v_trainer_hold_out(t, &nowhere, 1, NULL), W2V_ERROR_IO);
        CHECK_STATUS(w2v_trainer_validate(t, &valid[i], NULL), W2V_OK);
        CHECK_NEAR(valid[i], valid[0], 0.0);
        w2v_trainer_free(t);
    }
    // c and d stay with certainty, a and b with a probability of 0.6 %
    const size_t n = (size_t)snprintf(lines, sizeof lines, "c d\n");
    for (size_t i = n; i < sizeof lines; i++) lines[i] = "a b\n"[i % 4];
    const w2v_source s = w2v_source_text(lines, sizeof lines), rare = w2v_source_text("a b\nc d\na b", 11),
                     frequent = w2v_source_text("a b\nc\nb a\nd\n", 12);
    w2v_trainer *t = NULL;
    cfg = small_config(W2V_SHARE_SPAN, 1, 1);
    cfg.min_count = 1;
    cfg.sample = 2e-5;
    CHECK_STATUS(w2v_trainer_new(&t, &s, 1, &cfg, NULL, NULL, NULL), W2V_OK);
    CHECK(w2v_trainer_hold_out(t, &rare, 1, NULL) == W2V_OK &&
          w2v_trainer_validate(t, &valid[0], NULL) == W2V_OK);
    CHECK_STATUS(w2v_trainer_hold_out(t, &frequent, 1, NULL), W2V_OK);
    CHECK_STATUS(w2v_trainer_validate(t, &valid[0], &err), W2V_ERROR_EMPTY);
    CHECK_STRING(err.message, "sample 2e-05 keeps no pair of 'the text' to validate with");
    w2v_trainer_free(t);
}

// Vectors of inner nodes belong to the tree of all words, so a model of a part of the words has none.
static void test_part_of_words(void)
{
    w2v_config cfg = small_config(W2V_SHARE_SPAN, 1, 1);
    w2v_load_config part = w2v_load_config_default();
    w2v_model *m[2] = {NULL, NULL};
    cfg.loss_type = W2V_LOSS_BOTH;
    w2v_trainer *t = new_trainer(&cfg);
    CHECK(w2v_trainer_run(t, 1, NULL) == W2V_OK && w2v_trainer_save(t, scratch, NULL) == W2V_OK);
    w2v_trainer_free(t);
    for (size_t i = 0; i < 2; i++) {
        part.max_words = 10 * i;
        CHECK_STATUS(w2v_model_load(&m[i], scratch, &part, NULL, NULL), W2V_OK);
    }
    CHECK(m[0]->nodes && !m[1]->nodes && m[1]->size == 10);
    for (size_t k = 0; k < 10 * m[0]->stride; k++)
        if (!CHECK(m[0]->input[k] == m[1]->input[k] && m[0]->output[k] == m[1]->output[k])) break;
    for (size_t i = 0; i < 2; i++) w2v_model_free(m[i]);
    remove(scratch);
}

// The loss since the epoch began in which the last run began, also if the run before began in the epoch before, and
// if a checkpoint was read since.
static void test_loss_of_epochs(void)
{
    w2v_config cfg = small_config(W2V_SHARE_SPAN, 1, 1);
    double loss[3];
    cfg.epochs = 3;
    cfg.loss_every = 1;
    for (size_t i = 0; i < 3; i++) {
        w2v_trainer *t = new_trainer(&cfg);
        const uint64_t words = test_report(t).words;
        CHECK_STATUS(w2v_trainer_run(t, i ? words + words / 2 : words, NULL), W2V_OK);
        if (i == 1) {
            CHECK_STATUS(w2v_trainer_save(t, scratch, NULL), W2V_OK);
            w2v_trainer_free(t);
            t = new_trainer(&cfg);
            CHECK_STATUS(w2v_trainer_load(t, scratch, NULL), W2V_OK);
        }
        CHECK_STATUS(w2v_trainer_run(t, 2 * words - test_report(t).done, NULL), W2V_OK);
        CHECK_EQUAL(test_report(t).done, 2 * words);
        loss[i] = test_report(t).epoch_loss;
        CHECK_STATUS(w2v_trainer_run(t, UINT64_MAX, NULL), W2V_OK);
        CHECK_NEAR(test_report(t).loss, test_report(t).epoch_loss, 0.0);
        w2v_trainer_free(t);
    }
    CHECK_NEAR(loss[1], loss[2], 0.0);
    CHECK_NEAR(loss[1], loss[0], 1e-9);
    remove(scratch);
}

// At the end of an epoch the next one is the current one, whatever the number of epochs: 1 / 49 x 49 is less than 1.
static int note_epoch(const w2v_progress *p, void *user)
{
    if (p->phase == W2V_PHASE_TRAIN) *(size_t *)user = p->epoch;
    return 0;
}

static void test_progress_of_epochs(void)
{
    static const char some[] = "a b c\nb c a\n";
    const w2v_source s = w2v_source_text(some, sizeof some - 1);
    size_t epoch = 0;
    w2v_config cfg = small_config(W2V_SHARE_SPAN, 1, 1);
    w2v_trainer *t = NULL;
    cfg.min_count = 1;
    cfg.sample = 0.0;
    cfg.epochs = 49;
    cfg.progress_fn = note_epoch;
    cfg.progress_user = &epoch;
    CHECK_STATUS(w2v_trainer_new(&t, &s, 1, &cfg, NULL, NULL, NULL), W2V_OK);
    for (size_t i = 1; i <= 49; i++) {
        CHECK_STATUS(w2v_trainer_run(t, 1, NULL), W2V_OK);
        CHECK_EQUAL(epoch, i < 49 ? i : 48);
    }
    w2v_trainer_free(t);
}

static int note_seconds(const w2v_progress *p, void *user)
{
    if (p->phase == W2V_PHASE_TRAIN) *(double *)user = p->seconds;
    return 0;
}

// The seconds of training go on with the next run, of the same trainer or of one that has loaded its
// checkpoint. (The first run is by far the longer one.)
static void test_seconds(void)
{
    w2v_config cfg = small_config(W2V_SHARE_SPAN, 1, 1);
    double first = -1.0, second = -1.0, resumed = -1.0;
    cfg.progress_fn = note_seconds;
    cfg.progress_user = &first;
    w2v_trainer *t = new_trainer(&cfg);
    CHECK(w2v_trainer_run(t, 20 * 900, NULL) == W2V_OK && w2v_trainer_save(t, scratch, NULL) == W2V_OK);
    w2v_trainer_free(t);
    cfg.progress_user = &resumed;
    t = new_trainer(&cfg);
    CHECK(w2v_trainer_load(t, scratch, NULL) == W2V_OK && w2v_trainer_run(t, 1, NULL) == W2V_OK);
    CHECK(first >= 0.0 && resumed >= first);
    second = resumed;
    CHECK(w2v_trainer_run(t, 1, NULL) == W2V_OK && resumed >= second);
    w2v_trainer_free(t);
    remove(scratch);
}

static void hold_out(w2v_trainer *t, size_t n)
{
    const w2v_source held_out = w2v_source_text(text, n);
    CHECK_STATUS(w2v_trainer_hold_out(t, &held_out, 1, NULL), W2V_OK);
}

// Trains so many blocks or groups, validates and saves a checkpoint. Returns what the trainer reports.
static w2v_train_report save_after(const w2v_config *cfg, size_t runs, size_t validated)
{
    w2v_trainer *t = new_trainer(cfg);
    w2v_error err = {""};
    double loss;
    for (size_t i = 0; i < runs && !w2v_trainer_done(t); i++) CHECK_STATUS(w2v_trainer_run(t, 1, &err),
                                                                           W2V_OK);
    if (validated) {
        hold_out(t, validated);
        CHECK_STATUS(w2v_trainer_validate(t, &loss, &err), W2V_OK);
    }
    CHECK_STATUS(w2v_trainer_save(t, scratch, &err), W2V_OK);
    w2v_model *m = NULL;  // a checkpoint is a model, too
    w2v_load_report report;
    const w2v_load_config options = w2v_load_config_default();
    CHECK_STATUS(w2v_model_load(&m, scratch, &options, &report, &err), W2V_OK);
    CHECK(m && test_hash_model(m) == test_hash_model(w2v_trainer_model(t)) && m->length[0] > 0.0f);
    CHECK(m && report.rows == m->size && report.expected == m->size && !report.repeated);
    size_t others = 0;  // words or counts
    for (uint32_t i = 0; m && i < m->size; i++)
        others += strcmp(w2v_vocab_word(m->vocab, i), w2v_vocab_word(w2v_trainer_model(t)->vocab, i)) ||
                  w2v_vocab_count(m->vocab, i) != w2v_vocab_count(w2v_trainer_model(t)->vocab, i);
    CHECK(!others);
    w2v_model_free(m);
    const w2v_train_report r = test_report(t);
    w2v_trainer_free(t);
    return r;
}

// Loaded into the trainer that has saved it and gone on: everything is as it was when it was saved.
static void check_go_back(size_t lanes)
{
    w2v_config cfg = small_config(W2V_SHARE_SPAN, lanes, lanes);
    w2v_error err = {""};
    cfg.loss_every = 1;
    const uint64_t whole = hash_in_one_call(&cfg);
    w2v_trainer *t = new_trainer(&cfg);
    CHECK(w2v_trainer_run(t, 1, &err) == W2V_OK && w2v_trainer_save(t, scratch, &err) == W2V_OK);
    const w2v_train_report saved = test_report(t);
    CHECK_STATUS(w2v_trainer_run(t, saved.words, &err), W2V_OK);
    CHECK_STATUS(w2v_trainer_load(t, scratch, &err), W2V_OK);
    const w2v_train_report loaded = test_report(t);
    CHECK(loaded.done == saved.done && loaded.trained == saved.trained);
    CHECK_NEAR(loaded.epoch_loss, saved.epoch_loss, 0.0);
    CHECK_NEAR(loaded.loss, 0.0, 0.0);  // there has been no run since
    CHECK(w2v_trainer_run(t, UINT64_MAX, &err) == W2V_OK && test_report(t).trained <= loaded.total);
    CHECK_EQUAL(test_hash_model(w2v_trainer_model(t)), whole);
    w2v_trainer_free(t);
    remove(scratch);
}

// Saved after some runs and loaded into a new trainer: the same bytes at the end, whatever the moment.
static void check_resume(size_t lanes)
{
    w2v_config cfg = small_config(W2V_SHARE_SPAN, lanes, lanes);
    w2v_error err = {""};
    cfg.loss_every = 1;
    const uint64_t whole = hash_in_one_call(&cfg);
    w2v_trainer *straight = new_trainer(&cfg);
    CHECK_STATUS(w2v_trainer_run(straight, test_report(straight).words, &err), W2V_OK);
    CHECK_STATUS(w2v_trainer_run(straight, UINT64_MAX, &err), W2V_OK);
    const double epoch_loss = test_report(straight).epoch_loss;
    const uint64_t trained = test_report(straight).trained;
    w2v_trainer_free(straight);
    for (size_t stop = 0; stop <= 2 * BLOCKS; stop += TEST_SLOW ? 7 : 3) {
        const w2v_train_report before = save_after(&cfg, stop, 0);
        cfg.corpus_memory = stop % 2;  // the words are kept or read again
        cfg.threads = 1 + stop % 4;
        w2v_trainer *t = new_trainer(&cfg);
        if (stop % 4 == 1) CHECK_STATUS(w2v_trainer_run(t, 1, &err), W2V_OK);  // which is forgotten
        CHECK_STATUS(w2v_trainer_load(t, scratch, &err), W2V_OK);
        const w2v_train_report after = test_report(t);
        CHECK(after.done == before.done && after.trained == before.trained);
        while (!w2v_trainer_done(t))
            CHECK_STATUS(w2v_trainer_run(t, after.words - after.done % after.words, &err), W2V_OK);
        CHECK_EQUAL(test_hash_model(w2v_trainer_model(t)), whole);
        CHECK(test_report(t).trained == trained && test_report(t).done == after.total);
        if (stop > BLOCKS + 1 && lanes == 1)  // in the second epoch; rounding depends on the runs
            CHECK_NEAR(test_report(t).epoch_loss, epoch_loss, 1e-9);
        w2v_trainer_free(t);
    }
    remove(scratch);
}

// What was validated goes on with the same text, and begins anew with another one or none; the best vectors are used
// only where they are asked for.
static void test_resume_validations(void)
{
    w2v_config cfg = small_config(W2V_SHARE_SPAN, 1, 1);
    w2v_error err = {""};
    double loss;
    cfg.keep_best = 1;
    const w2v_train_report before = save_after(&cfg, 3, bytes / 5);
    CHECK(before.best_loss > 0.0);
    for (int held = 0; held < 3; held++)
        for (int keep = 0; keep < 2; keep++) {
            cfg.keep_best = keep;
            w2v_trainer *t = new_trainer(&cfg);
            if (held) hold_out(t, held == 1 ? bytes / 5 : bytes / 6);
            CHECK_STATUS(w2v_trainer_load(t, scratch, &err), W2V_OK);
            const w2v_train_report after = test_report(t);
            CHECK_NEAR(after.best_loss, held == 1 ? before.best_loss : 0.0, 0.0);
            CHECK_NEAR(after.valid_loss, held == 1 ? before.valid_loss : 0.0, 0.0);
            const uint64_t loaded = test_hash_model(w2v_trainer_model(t));
            CHECK_STATUS(w2v_trainer_run(t, 1, &err), W2V_OK);
            const uint64_t trained = test_hash_model(w2v_trainer_model(t));
            w2v_trainer_use_best(t);
            CHECK_EQUAL(test_hash_model(w2v_trainer_model(t)), (held == 1 && keep ? loaded : trained));
            w2v_trainer_free(t);
        }
    // The other way round: a trainer that has validated loads a checkpoint that has not.
    cfg.keep_best = 1;
    save_after(&cfg, 1, 0);
    w2v_trainer *t = new_trainer(&cfg);
    hold_out(t, bytes / 5);
    CHECK(w2v_trainer_validate(t, &loss, &err) == W2V_OK && test_report(t).best_loss > 0.0);
    CHECK_STATUS(w2v_trainer_load(t, scratch, &err), W2V_OK);
    CHECK(test_report(t).best_loss <= 0.0 && test_report(t).valid_loss <= 0.0);
    const uint64_t loaded = test_hash_model(w2v_trainer_model(t));
    w2v_trainer_model(t)->input[0] += 1.0f;
    const uint64_t changed = test_hash_model(w2v_trainer_model(t));
    w2v_trainer_use_best(t);  // there are none any more
    CHECK(changed != loaded && test_hash_model(w2v_trainer_model(t)) == changed);
    CHECK(w2v_trainer_validate(t, &loss, &err) == W2V_OK && test_report(t).stale == 0);
    hold_out(t, bytes / 6);  // another text: validations begin anew
    CHECK(test_report(t).best_loss <= 0.0);
    w2v_trainer_model(t)->input[0] += 1.0f;
    const uint64_t again = test_hash_model(w2v_trainer_model(t));
    w2v_trainer_use_best(t);
    CHECK_EQUAL(test_hash_model(w2v_trainer_model(t)), again);
    w2v_trainer_free(t);
    remove(scratch);
}

// Loading is refused with a sentence that has `part`, and the trainer stays as it was.
static void check_not_resumed(const w2v_config *cfg, w2v_source s, w2v_status status, const char *part)
{
    w2v_trainer *t = NULL;
    w2v_error err = {""};
    if (!CHECK_STATUS(w2v_trainer_new(&t, &s, 1, cfg, NULL, NULL, &err), W2V_OK)) return;
    const uint64_t fresh = test_hash_model(w2v_trainer_model(t));
    CHECK_STATUS(w2v_trainer_load(t, scratch, &err), status);
    if (!CHECK(strstr(err.message, part))) printf("    \"%s\" without \"%s\"\n", err.message, part);
    CHECK(test_hash_model(w2v_trainer_model(t)) == fresh && w2v_trainer_run(t, 1, &err) == W2V_OK);
    w2v_trainer_free(t);
}

// Another configuration or text is refused with its name.
static void test_resume_otherwise(void)
{
    const w2v_config cfg = small_config(W2V_SHARE_SPAN, 1, 1);
    w2v_config other = cfg;
    save_after(&cfg, 2, 0);
#define OTHERWISE(change, part)                                        \
    do {                                                               \
        other = cfg;                                                   \
        other.change;                                                  \
        check_not_resumed(&other, source(), W2V_ERROR_ARGUMENT, part); \
    } while (0)
    OTHERWISE(dim = 25, "was made with dim 24, not 25");
    OTHERWISE(loss_type = W2V_LOSS_SOFTMAX, "was made with loss_type neg_sampling, not softmax");
    OTHERWISE(architecture = W2V_CBOW, "was made with architecture skipgram, not cbow");
    OTHERWISE(window = 7, "was made with window 5, not 7");
    OTHERWISE(window_shape = W2V_WINDOW_FULL, "was made with window_shape shrinking, not full");
    OTHERWISE(cbow_undivided = 1, "was made with cbow_undivided 0, not 1");
    OTHERWISE(negative = 6, "was made with negative 5, not 6");
    OTHERWISE(epochs = 3, "was made with epochs 2, not 3");
    OTHERWISE(sample = 0.0, "was made with sample 0.01, not 0");
    OTHERWISE(ns_exponent = 0.5, "was made with ns_exponent 0.75, not 0.5");
    OTHERWISE(learning_rate = 0.05f, "was made with learning_rate 0.025, not 0.05");
    OTHERWISE(min_learning_rate = 0.001f, "was made with min_learning_rate 0, not 0.001");
    OTHERWISE(span = 3, "was made with span 2, not 3");
    OTHERWISE(span_negative = 7, "was made with span_negative 4, not 7");
    OTHERWISE(seed = UINT64_MAX, "was made with seed 1, not 18446744073709551615");
    OTHERWISE(lanes = 8, "was made with lanes 1, not 8");
    OTHERWISE(lanes = 64, "was made with lanes 1, not 64");
    OTHERWISE(sharing = W2V_SHARE_NONE, "was made with sharing window, not none");
#undef OTHERWISE
    other = cfg;
    other.sharing = W2V_SHARE_DEFAULT;
    other.span = 2;  // the same steps by another name
    w2v_trainer *t = new_trainer(&other);
    CHECK_STATUS(w2v_trainer_load(t, scratch, NULL), W2V_OK);
    w2v_trainer_free(t);
    static char swapped[sizeof text];
    memcpy(swapped, text, bytes);
    char *second = strchr(swapped, ' ') + 1;  // the first two words change places
    const size_t first_n = (size_t)(second - swapped), second_n = (size_t)(strchr(second, ' ') + 1 - second);
    memcpy(swapped, text + first_n, second_n);
    memcpy(swapped + second_n, text, first_n);
    check_not_resumed(&cfg, w2v_source_text(swapped, bytes), W2V_ERROR_ARGUMENT,
                      "was made with another text or vocabulary than 'the text'");
    // Other words in the same order
    for (size_t i = 0; i < bytes; i++) swapped[i] = text[i] == 'w' ? 'v' : text[i];
    check_not_resumed(&cfg, w2v_source_text(swapped, bytes), W2V_ERROR_ARGUMENT,
                      "with another text or vocabulary");
    remove(scratch);
}

// So is a vocabulary with one more word, and a start that is trained where it was not to be.
static void test_resume_with_other_words(void)
{
    static const char *const absent[] = {"absent"};
    static const float vector[24] = {1.0f};
    const w2v_source s = source();
    w2v_error err = {""};
    w2v_vocab *one = NULL, *more = NULL;
    w2v_model *start = NULL;
    const w2v_config cfg = small_config(W2V_SHARE_SPAN, 1, 1);
    w2v_config other = cfg;
    save_after(&cfg, 2, 0);
    CHECK_STATUS(w2v_vocab_new(&one, absent, NULL, 1, NULL), W2V_OK);
    CHECK_STATUS(w2v_model_new(&start, absent, NULL, 1, 24, vector, NULL, NULL), W2V_OK);
    w2v_trainer *t = new_trainer(&cfg);
    const w2v_vocab *const both[2] = {w2v_trainer_model(t)->vocab, one};
    const w2v_vocab_config rules = w2v_vocab_config_default();
    CHECK_STATUS(w2v_vocab_select(&more, both, 2, &rules, NULL), W2V_OK);
    w2v_trainer_free(t);
    CHECK_STATUS(w2v_trainer_new(&t, &s, 1, &cfg, more, NULL, NULL), W2V_OK);
    CHECK(w2v_trainer_load(t, scratch, &err) == W2V_ERROR_ARGUMENT &&
          strstr(err.message, "with another text or vocabulary"));
    CHECK_STATUS(w2v_trainer_save(t, scratch, &err), W2V_OK);  // and the other way round
    w2v_trainer_free(t);
    check_not_resumed(&cfg, s, W2V_ERROR_ARGUMENT, "with another text or vocabulary");
    save_after(&cfg, 2, 0);
    other.freeze_start = 1;
    CHECK_STATUS(w2v_trainer_new(&t, &s, 1, &other, NULL, start, NULL), W2V_OK);
    CHECK(w2v_trainer_load(t, scratch, &err) == W2V_ERROR_ARGUMENT &&
          strstr(err.message, "was made with freeze_start 0, not 1"));
    w2v_trainer_free(t);
    w2v_vocab_free(one);
    w2v_vocab_free(more);
    w2v_model_free(start);
    remove(scratch);
}

// A word as long as words can be, in a checkpoint and in the model that it is.
static void test_long_word(void)
{
    static char lines[4 * W2V_MAX_WORD], word[W2V_MAX_WORD + 1];
    w2v_config cfg = small_config(W2V_SHARE_SPAN, 1, 1);
    w2v_trainer *t = NULL;
    w2v_model *m = NULL;
    memset(word, 'x', W2V_MAX_WORD);
    cfg.min_count = 1;
    cfg.sample = 0.0;
    const w2v_source s =
        w2v_source_text(lines, (uint64_t)snprintf(lines, sizeof lines, "a %s b\na %s c\n", word, word));
    CHECK_STATUS(w2v_trainer_new(&t, &s, 1, &cfg, NULL, NULL, NULL), W2V_OK);
    CHECK(w2v_trainer_save(t, scratch, NULL) == W2V_OK && w2v_trainer_load(t, scratch, NULL) == W2V_OK);
    CHECK(w2v_model_load(&m, scratch, NULL, NULL, NULL) == W2V_OK && m->size == 4 &&
          w2v_model_vector(m, word));
    w2v_model_free(m);
    w2v_trainer_free(t);
    remove(scratch);
}

static size_t read_scratch(char *file, size_t room)
{
    FILE *f = fopen(scratch, "rb");
    if (!f) abort();
    const size_t n = fread(file, 1, room, f);
    fclose(f);
    CHECK(n > 1000 && n < room);
    return n;
}

static void write_scratch(const char *file, size_t n)
{
    CHECK(test_write_file(scratch, file, n));
}

// The numbers of two parts of a checkpoint, of eight bytes each.
enum { IN_LEARNING_RATE = 10, IN_SHARING = 12, IN_SPAN = 13, IN_SPAN_NEGATIVE = 14 };
enum {
    IN_NEXT = 1,
    IN_TRAINED = 2,
    IN_SECONDS = 3,
    IN_EPOCH_LOSS = 4,
    IN_EPOCH_PAIRS = 5,
    IN_VALID_LOSS = 8,
    IN_BEST_LOSS = 9,
    IN_STALE = 10
};

static void write_sealed(char *file, size_t n)
{
    seal_parts(file);
    write_scratch(file, n);
}

// How pairs share: in spans of T windows, for which N negatives are drawn. By default skip-gram shares by window, CBOW
// by span, and in a tiny vocabulary no pair shares. A checkpoint has what was chosen.
static void check_span(w2v_config cfg, size_t occurring, size_t T, size_t N, int pairwise)
{
    enum { MOST = 110 };
    static char names[MOST][8], lines[MOST * 16], file[1 << 16];
    const char *words[MOST];
    const size_t size = occurring + 5;  // five words of the vocabulary do not occur
    size_t n = 0;
    w2v_vocab *vocab = NULL;
    w2v_trainer *t = NULL;
    for (size_t i = 0; i < size; i++) {
        snprintf(names[i], sizeof names[i], "w%d", (int)i);
        words[i] = names[i];
        if (i < occurring) n += (size_t)snprintf(lines + n, sizeof lines - n, "%s ", names[i]);
    }
    const w2v_source s = w2v_source_text(lines, n);
    cfg.dim = 1;
    cfg.sample = 0.0;
    CHECK_STATUS(w2v_vocab_new(&vocab, words, NULL, size, NULL), W2V_OK);
    CHECK_STATUS(w2v_trainer_new(&t, &s, 1, &cfg, vocab, NULL, NULL), W2V_OK);
    CHECK_STATUS(w2v_trainer_save(t, scratch, NULL), W2V_OK);
    read_scratch(file, sizeof file);
    const size_t settings = part_at(file, "settings");
    CHECK_EQUAL(number_at(file + settings + 8 * IN_SPAN), T);
    CHECK_EQUAL(number_at(file + settings + 8 * IN_SPAN_NEGATIVE), N);
    if (!CHECK_EQUAL(number_at(file + settings + 8 * IN_SHARING), !pairwise))
        printf("    %zu words, sharing %d, span %zu, negative %zu\n", occurring, (int)cfg.sharing, cfg.span,
               cfg.negative);
    w2v_trainer_free(t);
    w2v_vocab_free(vocab);
    remove(scratch);
}

static w2v_config span_config(w2v_sharing sharing, size_t negative, size_t span, size_t shared)
{
    w2v_config cfg = w2v_config_default();
    CHECK_EQUAL(cfg.sharing, W2V_SHARE_DEFAULT);
    cfg.sharing = sharing;
    cfg.negative = negative;
    cfg.span = span;
    cfg.span_negative = shared;
    return cfg;
}

static void test_spans(void)
{
    const w2v_sharing chosen = W2V_SHARE_DEFAULT, span = W2V_SHARE_SPAN;
    // at least two negatives a window, but no more than `negative`
    check_span(span_config(span, 5, 0, 0), 100, 2, 4, 0);
    check_span(span_config(span, 10, 0, 0), 100, 2, 8, 0);
    check_span(span_config(span, 3, 0, 0), 100, 2, 4, 0);
    check_span(span_config(span, 2, 0, 0), 100, 2, 4, 0);
    check_span(span_config(span, 1, 0, 0), 100, 2, 2, 0);
    check_span(span_config(span, 5, 4, 0), 100, 4, 8, 0);
    check_span(span_config(span, 5, 4, 9), 100, 4, 9, 0);
    check_span(span_config(span, 5, 1, 0), 100, 1, 5, 0);
    check_span(span_config(chosen, 5, 4, 9), 100, 4, 9, 0);
    check_span(span_config(chosen, 7, 0, 0), 100, 1, 7, 0);
    // tiny: below 100 words
    check_span(span_config(span, 5, 0, 9), 99, 1, 5, 1);
    check_span(span_config(chosen, 5, 0, 0), 100, 1, 5, 0);
    check_span(span_config(chosen, 5, 0, 0), 99, 1, 5, 1);
    check_span(span_config(span, 5, 2, 0), 99, 2, 4, 0);
    check_span(span_config(chosen, 5, 2, 0), 99, 2, 4, 0);
    check_span(span_config(W2V_SHARE_WINDOW, 5, 0, 0), 99, 1, 5, 0);
    check_span(span_config(W2V_SHARE_NONE, 5, 0, 0), 100, 1, 5, 1);
    w2v_config cbow = span_config(chosen, 5, 0, 0);
    cbow.architecture = W2V_CBOW;
    check_span(cbow, 100, 16, 12, 0);
    check_span(cbow, 99, 1, 5, 1);
    // hierarchical softmax: each window has its own negatives, if any
    cbow.loss_type = W2V_LOSS_BOTH;
    check_span(cbow, 100, 16, 5, 0);
    cbow.loss_type = W2V_LOSS_HIERARCHICAL;
    check_span(cbow, 100, 16, 0, 0);
    check_span(cbow, 99, 1, 0, 0);
    cbow.architecture = W2V_SKIPGRAM;
    check_span(cbow, 100, 1, 0, 0);
    cbow.architecture = W2V_CBOW;
    cbow.loss_type = W2V_LOSS_SOFTMAX;
    check_span(cbow, 100, 1, 0, 0);
}

static void check_damaged(w2v_trainer *t, uint64_t fresh)
{
    w2v_error err = {""};
    w2v_model *m = NULL;
    w2v_load_config cfg = w2v_load_config_default();
    cfg.verify = 1;
    CHECK(w2v_trainer_load(t, scratch, &err) == W2V_ERROR_FORMAT && test_hash_model(w2v_trainer_model(t)) == fresh);
    CHECK(w2v_model_load(&m, scratch, &cfg, NULL, &err) != W2V_OK && !m);
}

// What is wrong with right hashes over it: a number that is not finite; a place beyond the training, or just not;
// more words than there were, or just not; parts of other sizes or none; another word or count. A model has no place.
static void test_lying_checkpoint(void)
{
    static char file[1 << 21], wrong[1 << 21];
    const w2v_config cfg = small_config(W2V_SHARE_SPAN, 1, 1);
    const uint64_t done = save_after(&cfg, 2, 0).done;
    w2v_trainer *t = new_trainer(&cfg);
    const uint64_t fresh = test_hash_model(w2v_trainer_model(t));
    const uint64_t nan_bits = UINT64_C(0x7ff8) << 48, infinite_bits = UINT64_C(0x7ff0) << 48;
    const size_t n = read_scratch(file, sizeof file), at = part_at(file, "standing");
    const size_t bytes_of_input = (size_t)(part_line(file, "input") - file) + 40;
    const struct {
        size_t at;
        uint64_t number;
        int is_trainer, is_model;
    } lie[] = {
        {part_at(file, "output"), UINT64_C(0x7fc00000), 0, 1},          // of which a query takes no notice
        {part_at(file, "input") + 24 * 4, UINT64_C(0x7fc00000), 0, 1},  // after the 24 numbers of a row
        {at + 8 * IN_NEXT, 2 * BLOCKS + 1, 0, 1},
        {at + 8 * IN_NEXT, 2 * BLOCKS, 1, 1},
        {at + 8 * IN_NEXT, UINT64_MAX / 2, 0, 1},
        {at + 8 * IN_TRAINED, done + 1, 0, 1},
        {at + 8 * IN_TRAINED, done, 1, 1},
        {at + 8 * IN_TRAINED, UINT64_MAX / 2, 0, 1},
        {bytes_of_input, number_at(file + bytes_of_input) - 64, 0, 0},
        {bytes_of_input, number_at(file + bytes_of_input) + 64, 0, 0},
        {(size_t)(part_line(file, "standing") - file), 'x', 0, 1},
        {at + 8 * IN_SECONDS, nan_bits, 0, 1},
        {at + 8 * IN_EPOCH_LOSS, infinite_bits, 0, 1},
        {at + 8 * IN_EPOCH_PAIRS, nan_bits, 0, 1},
        {at + 8 * IN_VALID_LOSS, nan_bits, 0, 1},
        {at + 8 * IN_BEST_LOSS, infinite_bits, 0, 1},
        {at + 8 * IN_STALE, 1, 0, 1}};  // there was no validation
    w2v_model *m = NULL;
    w2v_error err;
    w2v_trainer_free(t);
    for (size_t i = 0; i < sizeof lie / sizeof *lie; i++) {
        t = new_trainer(&cfg);
        memcpy(wrong, file, n);
        put_number(wrong + lie[i].at, lie[i].number);
        write_sealed(wrong, n);
        CHECK_EQUAL(w2v_trainer_load(t, scratch, &err), (lie[i].is_trainer ? W2V_OK : W2V_ERROR_FORMAT));
        if (!CHECK_EQUAL((test_hash_model(w2v_trainer_model(t)) == fresh),
                         !lie[i].is_trainer)) printf("    lie %zu\n", i);
        CHECK_EQUAL(w2v_trainer_done(t), (lie[i].number == 2 * BLOCKS));
        m = NULL;
        if (!CHECK_EQUAL((w2v_model_load(&m, scratch, NULL, NULL, &err) == W2V_OK), lie[i].is_model))
            printf("    lie %zu\n", i);
        w2v_model_free(m);
        w2v_trainer_free(t);
    }
    const size_t changed[2] = {part_at(file, "texts"), part_at(file, "items") + 8};
    for (size_t i = 0; i < 2; i++) {
        memcpy(wrong, file, n);
        wrong[changed[i]] ^= 1;
        write_sealed(wrong, n);
        t = new_trainer(&cfg);
        CHECK(w2v_trainer_load(t, scratch, &err) == W2V_ERROR_ARGUMENT &&
              test_hash_model(w2v_trainer_model(t)) == fresh);
        w2v_trainer_free(t);
    }
    memcpy(wrong, file, n);
    put_number(wrong + part_at(file, "settings") + 8 * IN_LEARNING_RATE, UINT64_C(0x7fd0000000000000));
    write_sealed(wrong, n);
    t = new_trainer(&cfg);
    CHECK(w2v_trainer_load(t, scratch, &err) == W2V_ERROR_ARGUMENT &&
          strstr(err.message, " learning_rate 4.49423"));  // no float
    w2v_trainer_free(t);
    remove(scratch);
}

// Truncated, or with a wrong bit.
static void test_damaged_checkpoint(void)
{
    static char file[1 << 21];
    const w2v_config cfg = small_config(W2V_SHARE_SPAN, 1, 1);
    save_after(&cfg, 2, 0);
    w2v_trainer *t = new_trainer(&cfg);
    w2v_error err;
    const uint64_t fresh = test_hash_model(w2v_trainer_model(t));
    const size_t n = read_scratch(file, sizeof file);
    for (size_t cut = 0; cut < n; cut += cut < 700 || cut + 20 > n ? 1 : 40001) {
        write_scratch(file, cut);
        check_damaged(t, fresh);
    }
    for (size_t i = 0; i < n; i += i < 400 ? 7 : 9001) {
        file[i] ^= 4;
        write_scratch(file, n);
        check_damaged(t, fresh);
        file[i] ^= 4;
    }
    file[7] = '0';  // an older layout
    write_scratch(file, n);
    w2v_model *older = NULL;
    CHECK(w2v_trainer_load(t, scratch, &err) == W2V_ERROR_FORMAT && strstr(err.message, "another version"));
    CHECK(w2v_model_load(&older, scratch, NULL, NULL, &err) == W2V_ERROR_FORMAT &&
          strstr(err.message, "another version") && !older);
    CHECK_STATUS(w2v_trainer_load(t, "no/such/file", &err), W2V_ERROR_IO);
    CHECK_STATUS(w2v_trainer_save(t, "no/such/file", &err), W2V_ERROR_IO);
    w2v_trainer_model(t)->input[3] = NAN;
    CHECK_STATUS(w2v_trainer_save(t, scratch, &err), W2V_ERROR_DIVERGED);
    w2v_trainer_free(t);
    remove(scratch);
}

// A corpus that is read again in every epoch, and becomes shorter between two runs.
static void check_shrinking_corpus(size_t lanes)
{
    const w2v_source s = w2v_source_file(scratch);
    w2v_config cfg = small_config(W2V_SHARE_SPAN, lanes, lanes);
    w2v_trainer *t = NULL;
    w2v_error err;
    CHECK(test_write_file(scratch, text, bytes));
    cfg.corpus_memory = 1;
    char checkpoint[sizeof scratch + 8];
    snprintf(checkpoint, sizeof checkpoint, "%s.c", scratch);
    CHECK_STATUS(w2v_trainer_new(&t, &s, 1, &cfg, NULL, NULL, &err), W2V_OK);
    CHECK(w2v_trainer_run(t, 1, &err) == W2V_OK && w2v_trainer_save(t, checkpoint, &err) == W2V_OK);
    CHECK(test_write_file(scratch, text, 100));
    CHECK(w2v_trainer_run(t, UINT64_MAX, &err) == W2V_ERROR_IO &&
          strstr(err.message, "the file has become shorter"));
    CHECK_STATUS(w2v_trainer_run(t, 1, &err), W2V_ERROR_IO);
    CHECK_STATUS(w2v_trainer_load(t, checkpoint, &err), W2V_ERROR_IO);
    CHECK_STATUS(w2v_trainer_save(t, checkpoint, &err), W2V_ERROR_IO);
    CHECK(w2v_trainer_model(t)->size > 500);  // as it was
    w2v_trainer_free(t);
    remove(scratch);
    remove(checkpoint);
}

// A corpus that is read again in every epoch, and becomes longer, or is replaced by its copy, between two runs.
static void check_changing_corpus(int replaced)
{
    w2v_source s = w2v_source_file(scratch);
    if (replaced) s.name = "the novels";
    w2v_config cfg = small_config(W2V_SHARE_SPAN, 1, 1);
    char copy[sizeof scratch + 8];
    w2v_trainer *t = NULL;
    w2v_error err;
    CHECK(test_write_file(scratch, text, bytes));
    cfg.corpus_memory = 1;
    CHECK_STATUS(w2v_trainer_new(&t, &s, 1, &cfg, NULL, NULL, &err), W2V_OK);
    CHECK_STATUS(w2v_trainer_run(t, 1, &err), W2V_OK);
    snprintf(copy, sizeof copy, "%s.copy", scratch);
    if (replaced) {
        CHECK(test_write_file(copy, text, bytes) && !rename(copy, scratch));
    } else {
        FILE *f = fopen(scratch, "ab");
        const size_t written = f ? fwrite(text, 1, 100, f) : 0;
        CHECK(f && !fclose(f) && written == 100);
    }
    CHECK(w2v_trainer_run(t, UINT64_MAX, &err) == W2V_ERROR_IO && strstr(err.message, "has changed while it was read"));
    CHECK(!replaced || !strncmp(err.message, "'the novels' ", 13));
    w2v_trainer_free(t);
    remove(scratch);
}

// Two words of a text in memory, which has no time of change, have changed places; the number of words stays.
static void test_reordered_corpus(void)
{
    static char other[sizeof text];
    const w2v_source s = w2v_source_text(other, bytes);
    w2v_config cfg = small_config(W2V_SHARE_SPAN, 1, 1);
    w2v_trainer *t = NULL;
    w2v_error err = {""};
    memcpy(other, text, bytes);
    cfg.corpus_memory = 1;
    CHECK_STATUS(w2v_trainer_new(&t, &s, 1, &cfg, NULL, NULL, &err), W2V_OK);
    char *const line = strchr(other + bytes / 2, '\n') + 1, *const words = text + (line - other);
    const size_t first = strcspn(words, " ") + 1, second = strcspn(words + first, " ") + 1;
    memcpy(line, words + first, second);
    memcpy(line + second, words, first);
    CHECK_STATUS(w2v_trainer_run(t, UINT64_MAX, &err), W2V_ERROR_IO);
    CHECK(strstr(err.message, "has changed while it was read") != NULL);
    w2v_trainer_free(t);
}

// The system refuses all threads but the first: it does the work alone.
static void test_refused_threads(void)
{
#if defined(RLIMIT_AS) && !TEST_MEMORY_SANITIZER  // which takes memory itself
    unsigned long pages = 0;
    struct rlimit old, low;
    CHECK(!getrlimit(RLIMIT_AS, &old));
    const w2v_config one = small_config(W2V_SHARE_SPAN, 1, 8);
    w2v_config cfg = small_config(W2V_SHARE_SPAN, 8, 8);
    const uint64_t h = hash_in_one_call(&one);
    const w2v_source s = source();
    w2v_trainer *t = NULL;
    CHECK_STATUS(w2v_trainer_new(&t, &s, 1, &cfg, NULL, NULL, NULL), W2V_OK);
    FILE *f = fopen("/proc/self/statm", "r");
    CHECK(f && fscanf(f, "%lu", &pages) == 1 && !fclose(f));
    low = old;  // room for what a run allocates, but for no stack of 8 MiB
    low.rlim_cur = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + 4 * 1024 * 1024;
    CHECK(!setrlimit(RLIMIT_AS, &low));
    const w2v_status status = t ? w2v_trainer_run(t, UINT64_MAX, NULL) : W2V_ERROR_MEMORY;
    CHECK(!setrlimit(RLIMIT_AS, &old));
    CHECK(status == W2V_OK && test_hash_model(w2v_trainer_model(t)) == h);
    w2v_trainer_free(t);
#else
    tests_skipped++;
#endif
}

static void test_pieces(void)
{
    for (int sharing = W2V_SHARE_NONE; sharing <= W2V_SHARE_SPAN; sharing++)
        for (size_t lanes = 1; lanes <= 8; lanes += lanes < 3 ? 1 : 5)  // and one round an epoch
            if (!TEST_SLOW || ((size_t)sharing + lanes) % 2) check_pieces((w2v_sharing)sharing, lanes);
}

static void for_both(void (*check)(size_t lanes))
{
    check(1);
    check(3);
}

static void test_stop_and_go_on(void) { for_both(check_stop_and_go_on); }
static void test_loss(void) { for_both(check_loss); }
static void test_go_back(void) { for_both(check_go_back); }
static void test_resume(void) { for_both(check_resume); }
static void test_shrinking_corpus(void) { for_both(check_shrinking_corpus); }

static void test_keep_best(void)
{
    check_keep_best(W2V_LOSS_NEG_SAMPLING);
    check_keep_best(W2V_LOSS_HIERARCHICAL);
    check_keep_best(W2V_LOSS_BOTH);
}

static void test_freeze(void)
{
    for (int has_out = 0; has_out <= 1; has_out++) {
        check_freeze(1, has_out);
        check_freeze(3, has_out);
    }
}

static void test_changing_corpus(void)
{
    check_changing_corpus(0);
#ifndef _WIN32  // where files have no numbers
    check_changing_corpus(1);
#endif
}

int main(int argc, char **argv)
{
    static const test_case tests[] = {
        TEST(pieces),     TEST(stop_and_go_on),    TEST(start),            TEST(seeds),
        TEST(misuse),     TEST(loss),               TEST(loss_of_runs),     TEST(hold_out),
        TEST(loss_of_epochs), TEST(progress_of_epochs),   TEST(part_of_words),
        TEST(seconds),    TEST(keep_best),          TEST(freeze),           TEST(go_back),
        TEST(resume),     TEST(resume_validations), TEST(resume_otherwise), TEST(resume_with_other_words),
        TEST(spans),      TEST(damaged_checkpoint), TEST(lying_checkpoint), TEST(long_word),
        TEST(shrinking_corpus), TEST(changing_corpus), TEST(reordered_corpus),
        TEST(frozen_words),     TEST(refused_threads)};
    snprintf(scratch, sizeof scratch, "%s.tmp", argv[0]);
    write_text();
    return test_main("trainer", tests, TEST_COUNT(tests), argc, argv);
}
