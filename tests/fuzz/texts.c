// SPDX-License-Identifier: MIT-0
//
// texts.c - targets of texts to train with, and of what is kept of a training
//
//   corpus       words of a text against a splitter of a page: from memory, a function, a file, two sources;
//                with 1 and more threads
//   train        the same bytes with one thread and eight, from memory and from a function, in pieces, read
//                again every epoch, by another backend; weights of lines
//   ids          sequences of ids against the text that they stand for
//   phrases      found by one thread and several; written and read; applied: all but white space stays
//   phrase_file  files of phrases
//   checkpoint   a training that goes on from a file with right hashes; a refused file changes nothing
//   sgd          the same for w2v_sgd
//   sources      w2v_source with any numbers in it

#include "fuzz.h"

#include <math.h>

#include "tests/parts.h"

// -----------------------------------------------------------------------------------------------------------
// Splitting

typedef struct split {
    char *word[4096];  // in the order of first occurrence
    uint64_t count[4096];
    size_t n, long_words;
    int nul;
} split;

static int is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

static void split_text(split *s, const char *text, size_t n)
{
    const size_t mark = n >= 3 && !memcmp(text, "\xef\xbb\xbf", 3) ? 3 : 0;
    s->nul |= memchr(text, 0, n) != NULL;
    for (size_t i = mark; i < n;) {
        size_t end = i;
        while (end < n && !is_space(text[end])) end++;
        const size_t bytes = end - i;
        if (bytes > W2V_MAX_WORD) s->long_words++;
        if (bytes && bytes <= W2V_MAX_WORD) {
            size_t k = 0;
            while (k < s->n && (strlen(s->word[k]) != bytes || memcmp(s->word[k], text + i, bytes))) k++;
            if (k == 4096) fuzz_failed(__FILE__, __LINE__, "there is room for the words");
            if (k == s->n) {
                const fuzz_part word = {(char *)(uintptr_t)text + i, bytes};
                s->word[s->n] = fuzz_string(&word);
                s->count[s->n++] = 0;
            }
            s->count[k]++;
        }
        i = end + 1;
    }
}

static void need_vocab_of(const split *s, const w2v_vocab *v, uint64_t min_count)
{
    size_t often = 0;
    for (size_t i = 0; i < s->n; i++) {
        const uint32_t id = w2v_vocab_find(v, s->word[i]);
        NEED((s->count[i] >= min_count) == (id != W2V_NONE));
        if (id != W2V_NONE) NEED(w2v_vocab_count(v, id) == s->count[i]);
        often += id != W2V_NONE;
    }
    NEED(often == w2v_vocab_size(v));
    size_t last = 0;
    for (uint32_t id = 0; id < often; id++) {  // by falling count, ties by first occurrence
        size_t at = 0;
        while (strcmp(s->word[at], w2v_vocab_word(v, id))) at++;
        if (id)
            NEED(w2v_vocab_count(v, id) < w2v_vocab_count(v, id - 1) ||
                 (w2v_vocab_count(v, id) == w2v_vocab_count(v, id - 1) && at > last));
        last = at;
    }
}

static w2v_status build(const w2v_source *sources, size_t n, const w2v_config *cfg, w2v_vocab **v,
                        w2v_error *err)
{
    *v = NULL;
    const w2v_status status = w2v_vocab_build(v, sources, n, cfg, err);
    NEED((status == W2V_OK) == (*v != NULL));
    return status;
}

static void limit_memory(const fuzz_input *in) { fuzz_limit = (size_t)(48 << 20) + 600 * in->n; }

// Options: 0 pieces, 1 threads, 2 lowest count, 3 refuse long words, 4 limit of words, 5 a file.
static void run_corpus(const fuzz_input *in)
{
    static split s;
    fuzz_pieces pieces[2];
    w2v_error err, other_err;
    w2v_vocab *v, *other;
    w2v_config cfg = w2v_config_default();
    if (in->n > 8000) return;
    limit_memory(in);
    cfg.min_count = 1 + in->option[2] % 3;
    cfg.refuse_long_words = in->option[3] & 1;
    cfg.threads = 1;
    const size_t n = in->part[1].n ? 2 : 1;
    w2v_source source[2] = {fuzz_source(&in->part[0]), fuzz_source(&in->part[1])},
               again[2] = {fuzz_source_in_pieces(&pieces[0], &in->part[0], in->option[0]),
                           fuzz_source_in_pieces(&pieces[1], &in->part[1], 1u + in->option[0] / 2)};
    const w2v_status status = build(source, n, &cfg, &v, &err);
    cfg.threads = in->option[1] & 1 ? 1 + in->option[1] / 2 % 4 : 1;  // starting threads is slow
    NEED_SAME_STATUS(status, err.message, build(source, n, &cfg, &other, &other_err), other_err.message);
    w2v_vocab_free(other);
    if (in->option[5] & 1) {
        again[0] = w2v_source_file(fuzz_file(0, ".txt", in->part[0].bytes, in->part[0].n));
        again[0].name = "input";
    }
    NEED_SAME_STATUS(status, NULL, build(again, n, &cfg, &other, NULL), NULL);
    memset(&s, 0, sizeof s);
    split_text(&s, in->part[0].bytes, in->part[0].n);
    split_text(&s, in->part[1].bytes, in->part[1].n);
    if (status == W2V_OK) {
        NEED(!s.nul && !(s.long_words && cfg.refuse_long_words));
        need_vocab_of(&s, v, cfg.min_count);
        need_vocab_of(&s, other, cfg.min_count);
    } else {
        size_t often = 0;
        for (size_t i = 0; i < s.n; i++) often += s.count[i] >= cfg.min_count;
        NEED(status == W2V_ERROR_EMPTY ? !often : status == W2V_ERROR_FORMAT);
    }
    w2v_vocab_free(v);
    w2v_vocab_free(other);
    cfg.vocab_limit = in->option[4];
    if (build(source, n, &cfg, &v, NULL) == W2V_OK && cfg.vocab_limit)
        for (uint32_t i = 0; i < w2v_vocab_size(v); i++) {
            size_t at = 0;
            while (strcmp(s.word[at], w2v_vocab_word(v, i))) at++;
            NEED(w2v_vocab_count(v, i) <= s.count[at] && w2v_vocab_count(v, i) >= cfg.min_count);
        }
    w2v_vocab_free(v);
    for (size_t i = 0; i < s.n; i++) free(s.word[i]);
}

// -----------------------------------------------------------------------------------------------------------
// Training

static w2v_config config_of(const unsigned char *option)
{
    w2v_config cfg = w2v_config_default();
    const unsigned a = option[0], b = option[1], c = option[2], d = option[3];
    cfg.dim = 1 + a % 20;
    cfg.epochs = 1 + a / 20 % 3;
    cfg.architecture = b & 1 ? W2V_CBOW : W2V_SKIPGRAM;
    cfg.loss_type = (w2v_loss_type)(b / 2 % 4);
    cfg.window_shape = (w2v_window_shape)(b / 8 % 3);
    cfg.sharing = (w2v_sharing)(b / 24 % 4);
    cfg.window = 1 + c % 5;
    cfg.negative = c / 5 % 7;
    cfg.span = c / 35 % 5;
    cfg.lanes = 1 + d % 5;
    cfg.loss_every = d / 5 % 3;
    cfg.sample = d / 15 % 2 ? 0.1 : 0;
    cfg.cbow_undivided = d / 30 % 2;
    cfg.learning_rate = d / 60 == 3 ? 50.0f : 0.05f;
    cfg.min_count = 1;
    cfg.threads = 1;
    return cfg;
}

typedef struct training {
    w2v_status status;
    w2v_error err;
    w2v_train_report report;
    w2v_buffer bytes;  // of the model
} training;

static training train_by(const fuzz_backend *backend, const w2v_source *source, const w2v_config *cfg)
{
    training t;
    w2v_config own = *cfg;
    w2v_model *m = NULL;
    memset(&t, 0, sizeof t);
    own.report = &t.report;
    t.status = backend->train(&m, source, 1, &own, &t.err);
    NEED((t.status == W2V_OK) == (m != NULL));
    if (m) fuzz_check_model(m);
    if (m) t.bytes = fuzz_bytes_of(m);
    w2v_model_free(m);
    return t;
}

// The losses of another backend are sums in another order.
static void need_same_training(training *a, const training *b, int messages)
{
    NEED_SAME_STATUS(a->status, messages ? a->err.message : NULL, b->status,
                     messages ? b->err.message : NULL);
    NEED(fuzz_same_bytes(&a->bytes, &b->bytes));
    if (a->status == W2V_OK && memcmp(&a->report, &b->report, sizeof a->report)) {
        fprintf(stderr, "words %llu %llu, trained %llu %llu, loss %.17g %.17g, of the epoch %.17g %.17g\n",
                (unsigned long long)a->report.words, (unsigned long long)b->report.words,
                (unsigned long long)a->report.trained, (unsigned long long)b->report.trained, a->report.loss,
                b->report.loss, a->report.epoch_loss, b->report.epoch_loss);
        fuzz_failed(__FILE__, __LINE__, "two trainings have the same report");
    }
    w2v_buffer_free(&a->bytes);
}

static training train_in_pieces(const w2v_source *source, const w2v_config *cfg, uint64_t words)
{
    training t;
    w2v_trainer *trainer = NULL;
    w2v_config own = *cfg;
    memset(&t, 0, sizeof t);
    t.status = w2v_trainer_new(&trainer, source, 1, &own, NULL, NULL, &t.err);
    while (t.status == W2V_OK && !w2v_trainer_done(trainer))
        t.status = w2v_trainer_run(trainer, words, &t.err);
    if (t.status == W2V_OK) t.bytes = fuzz_bytes_of(w2v_trainer_model(trainer));
    w2v_trainer_free(trainer);
    return t;
}

// Options: 0-3 of the configuration, 4 what else to do, 5 pieces, 6 weights, 7 what is read again.
static void run_train(const fuzz_input *in)
{
    fuzz_pieces pieces;
    w2v_config cfg = config_of(in->option);
    if (in->n > 6000) return;
    limit_memory(in);
    const int weighted = in->option[6] & 1;
    w2v_source source = fuzz_source(&in->part[0]), again = source;
    source.weighted = weighted;
    training t = train_by(&fuzz_here, &source, &cfg), other;
    switch (in->option[4] % 5) {
    case 0:
        cfg.threads = 8;
        other = train_by(&fuzz_here, &source, &cfg);
        need_same_training(&other, &t, 1);
        break;
    case 1:
        again = fuzz_source_in_pieces(&pieces, &in->part[0], in->option[5]);
        again.weighted = weighted;
        other = train_by(&fuzz_here, &again, &cfg);
        need_same_training(&other, &t, 0);
        break;
    case 2:
        cfg.corpus_memory = in->option[7];
        other = train_by(&fuzz_here, &source, &cfg);
        need_same_training(&other, &t, 1);
        break;
    case 3:
        other = train_in_pieces(&source, &cfg, 1 + in->option[5]);
        NEED_SAME_STATUS(t.status, NULL, other.status, NULL);
        NEED(fuzz_same_bytes(&t.bytes, &other.bytes));
        w2v_buffer_free(&other.bytes);
        break;
    default:
        if (!fuzz_other()) break;
        other = train_by(fuzz_other(), &source, &cfg);
        if (t.status == W2V_OK) NEED(fabs(other.report.loss - t.report.loss) <= 1e-5 * fabs(t.report.loss));
        other.report = t.report;
        need_same_training(&other, &t, 1);
    }
    w2v_buffer_free(&t.bytes);
}

// A line of text for each sequence of ids, with its weight before it.
static fuzz_part text_of_ids(const uint32_t *id, size_t n, const float *weight)
{
    fuzz_part text = {(char *)malloc(64 * (n + 2)), 0};
    size_t sequence = 0;
    for (size_t i = 0, first = 0; i < n; i++) {
        if (i == first && weight)
            text.n += (size_t)sprintf(text.bytes + text.n, "%.9g ", (double)weight[sequence]);
        if (id[i] == W2V_NONE) {
            text.bytes[text.n++] = '\n';
            first = i + 1;
            sequence++;
            continue;
        }
        text.n += (size_t)sprintf(text.bytes + text.n, i == first ? "%u" : " %u", (unsigned)id[i]);
    }
    return text;
}

// The input is ids, two bytes each; 65535 ends a sequence. Options as for train; 7: weights.
static void run_ids(const fuzz_input *in)
{
    enum { MOST = 1000 };
    uint32_t id[MOST];
    float weight[MOST + 1];
    const size_t n = in->part[0].n / 2 < MOST ? in->part[0].n / 2 : (size_t)MOST;
    int good = 1;
    w2v_config cfg = config_of(in->option);
    limit_memory(in);
    for (size_t i = 0; i < n; i++) {
        const unsigned two = (unsigned char)in->part[0].bytes[2 * i] |
                             (unsigned)(unsigned char)in->part[0].bytes[2 * i + 1] << 8;
        id[i] = two == 0xffff ? W2V_NONE : two % 600;
    }
    for (size_t i = 0; i <= n; i++)
        weight[i] = i < in->part[1].n ? (float)(signed char)in->part[1].bytes[i] / 16.0f : 1.0f;
    size_t sequences = 1;
    for (size_t i = 0; i < n; i++) sequences += id[i] == W2V_NONE;
    for (size_t i = 0; i < sequences && i <= n; i++) good &= weight[i] >= 0.0f;
    const float *weights = in->option[7] & 1 ? weight : NULL;
    const w2v_source ids = w2v_source_ids(id, n, weights);
    fuzz_part text = text_of_ids(id, n, weights);
    w2v_source lines = fuzz_source(&text);
    lines.weighted = weights != NULL;
    training a = train_by(&fuzz_here, &ids, &cfg), b;
    if (weights && !good) {
        NEED(a.status == W2V_ERROR_ARGUMENT || a.status == W2V_ERROR_EMPTY);
        w2v_buffer_free(&a.bytes);
    } else {
        b = train_by(&fuzz_here, &lines, &cfg);
        need_same_training(&a, &b, 0);
        w2v_buffer_free(&b.bytes);
    }
    free(text.bytes);
}

// -----------------------------------------------------------------------------------------------------------
// Phrases

static w2v_buffer phrases_as_bytes(const w2v_phrases *p)
{
    w2v_buffer b = {NULL, 0, 0};
    NEED(w2v_phrases_write(p, w2v_buffer_write, &b, NULL) == W2V_OK);
    return b;
}

static w2v_phrases *phrases_of_bytes(const w2v_buffer *b)
{
    w2v_phrases *p = NULL;
    w2v_error err;
    const w2v_source source = w2v_source_text(b->data, b->size);
    if (w2v_phrases_read(&p, &source, &err) == W2V_OK) return p;
    fprintf(stderr, "%s\n", err.message);
    fuzz_failed(__FILE__, __LINE__, "phrases that were written can be read");
    return NULL;
}

// The text without white space and without what stands between the words of phrases.
static fuzz_part letters_of(const char *text, size_t n, const char *delimiter)
{
    fuzz_part letters = {(char *)malloc(n + 1), 0};
    const size_t skip = strlen(delimiter);
    for (size_t i = 0; i < n; i++) {
        if (is_space(text[i])) continue;
        letters.bytes[letters.n++] = text[i];
        if (letters.n >= skip && !memcmp(letters.bytes + letters.n - skip, delimiter, skip))
            letters.n -= skip;
    }
    return letters;
}

static size_t lines_in(const char *text, size_t n)
{
    size_t lines = 0;
    for (size_t i = 0; i < n; i++) lines += text[i] == '\n';
    return lines;
}

// Phrases are applied to a text: from memory and from a function the same, and nothing but white space
// changes.
static void apply_phrases(const w2v_phrases *p, const fuzz_part *text, const char *delimiter, size_t step)
{
    fuzz_pieces pieces;
    w2v_buffer a = {NULL, 0, 0}, b = {NULL, 0, 0};
    w2v_source source = fuzz_source(text), in_pieces = fuzz_source_in_pieces(&pieces, text, step);
    const w2v_status status = w2v_phrases_apply(p, &source, 1, w2v_buffer_write, &a, NULL);
    NEED_SAME_STATUS(status, NULL, w2v_phrases_apply(p, &in_pieces, 1, w2v_buffer_write, &b, NULL), NULL);
    if (status == W2V_OK) NEED(fuzz_same_bytes(&a, &b));
    size_t longest = 0, word = 0;
    for (size_t i = 0; i < text->n; i++)
        word = is_space(text->bytes[i]) ? 0 : word + 1, longest = word > longest ? word : longest;
    const size_t mark = text->n >= 3 && !memcmp(text->bytes, "\xef\xbb\xbf", 3) ? 3 : 0;
    if (status == W2V_OK && longest <= W2V_MAX_WORD && delimiter) {
        fuzz_part before = letters_of(text->bytes + mark, text->n - mark, delimiter),
                  after = letters_of(a.data, a.size, delimiter);
        NEED(before.n == after.n && !memcmp(before.bytes, after.bytes, before.n));
        NEED(lines_in(text->bytes, text->n) + 1 - lines_in(a.data, a.size) <= 1);
        free(before.bytes);
        free(after.bytes);
    }
    w2v_buffer_free(&a);
    w2v_buffer_free(&b);
}

// Options: 0 pieces, 1 threads, 2 lowest count, 3 threshold, 4 scoring and connectors, 5 limit.
static void run_phrases(const fuzz_input *in)
{
    static const char *const connectors[] = {"of", "the"};
    fuzz_pieces pieces;
    w2v_phrases *p = NULL, *other = NULL, *back;
    w2v_error err, other_err;
    w2v_phrases_config cfg = w2v_phrases_config_default();
    if (in->n > 6000) return;
    limit_memory(in);
    cfg.min_count = 1 + in->option[2] % 3;
    cfg.threshold = (double)in->option[3] / 64.0 - 1.0;
    cfg.scoring = in->option[4] & 1 ? W2V_PHRASE_NPMI : W2V_PHRASE_ORIGINAL;
    cfg.connectors = connectors;
    cfg.connector_count = in->option[4] / 2 % 3;
    cfg.delimiter = in->option[4] & 16 ? "::" : "_";
    cfg.threads = 1;
    const w2v_source source = fuzz_source(&in->part[0]),
                     again = fuzz_source_in_pieces(&pieces, &in->part[0], in->option[0]);
    const w2v_status status = w2v_phrases_build(&p, &source, 1, &cfg, &err);
    cfg.threads = 1 + in->option[1] % 4;
    NEED_SAME_STATUS(status, NULL, w2v_phrases_build(&other, &again, 1, &cfg, &other_err), NULL);
    if (status == W2V_OK) {
        w2v_buffer a = phrases_as_bytes(p), b = phrases_as_bytes(other), c;
        NEED(fuzz_same_bytes(&a, &b));
        back = phrases_of_bytes(&a);
        c = phrases_as_bytes(back);
        NEED(fuzz_same_bytes(&a, &c));
        apply_phrases(back, &in->part[0], cfg.delimiter, in->option[0]);
        w2v_phrases_free(back);
        w2v_buffer_free(&a), w2v_buffer_free(&b), w2v_buffer_free(&c);
    }
    w2v_phrases_free(p);
    w2v_phrases_free(other);
    p = NULL;
    cfg.pairs_limit = in->option[5];
    if (cfg.pairs_limit && w2v_phrases_build(&p, &source, 1, &cfg, NULL) == W2V_OK) w2v_phrases_free(p);
}

static void run_phrase_file(const fuzz_input *in)
{
    fuzz_pieces pieces;
    w2v_phrases *p = NULL, *other = NULL;
    w2v_error err, other_err;
    limit_memory(in);
    const w2v_source source = fuzz_source(&in->part[0]),
                     again = fuzz_source_in_pieces(&pieces, &in->part[0], in->option[0]);
    const w2v_status status = w2v_phrases_read(&p, &source, &err);
    NEED_SAME_STATUS(status, err.message, w2v_phrases_read(&other, &again, &other_err), other_err.message);
    if (status == W2V_OK) {
        w2v_buffer a = phrases_as_bytes(p), b;
        w2v_phrases *back = phrases_of_bytes(&a);
        NEED(w2v_phrases_size(back) == w2v_phrases_size(p));
        b = phrases_as_bytes(back);
        NEED(fuzz_same_bytes(&a, &b));
        if (in->part[1].n < 3000) apply_phrases(p, &in->part[1], NULL, in->option[0]);
        w2v_phrases_free(back);
        w2v_buffer_free(&a), w2v_buffer_free(&b);
    }
    w2v_phrases_free(p);
    w2v_phrases_free(other);
}

// -----------------------------------------------------------------------------------------------------------
// Checkpoints

static const char trained_text[] = "the king rules the land and the queen rules the sea\nthe man walks to "
                                   "the sea and the woman walks to the land\n"
                                   "a king and a queen walk to the sea\na man and a woman rule the land\nof "
                                   "the sea of the land of the king\n"
                                   "the queen walks and the king walks and the man and the woman rule a land "
                                   "and a sea and a king and a queen\n";

static w2v_trainer *trainer_of(const w2v_config *cfg)
{
    w2v_trainer *t = NULL;
    const w2v_source source = w2v_source_text(trained_text, sizeof trained_text - 1);
    if (w2v_trainer_new(&t, &source, 1, cfg, NULL, NULL, NULL) != W2V_OK) return NULL;
    const w2v_source held_out = w2v_source_text(trained_text, 100);
    w2v_trainer_hold_out(t, &held_out, 1, NULL);
    return t;
}

static w2v_buffer checkpoint_of(const w2v_trainer *t)
{
    w2v_buffer b = {NULL, 0, 0};
    NEED(w2v_trainer_write(t, w2v_buffer_write, &b, NULL) == W2V_OK);
    return b;
}

// Options: 0-3 of the configuration, 4 keep the best, 5 how far the file is whole, 6, 7 a number in it.
static void run_checkpoint(const fuzz_input *in)
{
    w2v_config cfg = config_of(in->option);
    w2v_error err;
    double loss;
    limit_memory(in);
    cfg.keep_best = in->option[4] & 1;
    fuzz_part file = in->part[0];
    file.bytes = (char *)malloc(file.n + 1);
    memcpy(file.bytes, in->part[0].bytes, file.n);
    fuzz_change_number(&file, "standing", 11, in->option[6], in->option[7]);
    fuzz_repair(&file.bytes, &file.n, in->option[5] % 3);
    const w2v_source source = fuzz_source(&file);
    w2v_trainer *t = trainer_of(&cfg);
    if (t) {
        w2v_buffer before = checkpoint_of(t), after;
        const w2v_status status = w2v_trainer_read(t, &source, &err);
        if (status != W2V_OK) {
            after = checkpoint_of(t);
            NEED(fuzz_same_bytes(&before, &after));
        } else {
            after = checkpoint_of(t);
            const w2v_source again = w2v_source_text(after.data, after.size);
            w2v_trainer *second = trainer_of(&cfg);
            NEED(w2v_trainer_read(second, &again, NULL) == W2V_OK);
            w2v_buffer same = checkpoint_of(second);
            NEED(fuzz_same_bytes(&same, &after));
            w2v_buffer_free(&same);
            w2v_trainer_free(second);
            if (!w2v_trainer_done(t)) w2v_trainer_run(t, UINT64_MAX, NULL);
            w2v_trainer_validate(t, &loss, NULL);
            w2v_trainer_use_best(t);
        }
        w2v_buffer_free(&before);
        w2v_buffer_free(&after);
    }
    w2v_trainer_free(t);
    w2v_model *m = NULL;  // it is a file of vectors, too
    if (w2v_model_read(&m, &source, NULL, NULL, NULL) == W2V_OK) NEED(m->size && m->dim);
    w2v_model_free(m);
    free(file.bytes);
}

static void seed_checkpoint(void)
{
    for (int i = 0; i < 12; i++) {
        char option[FUZZ_OPTIONS] = {(char)(20 + 3 * i), (char)(2 * i + (i > 6)), 11, 10,
                                     (char)(i & 1),      (char)(i % 3),           0,  0};
        const w2v_config made = config_of((const unsigned char *)option);
        w2v_config cfg = made;
        cfg.keep_best = i & 1;
        w2v_trainer *t = trainer_of(&cfg);
        double loss;
        if (!t) continue;
        if (i % 4) w2v_trainer_run(t, 20, NULL);
        if (i % 3) w2v_trainer_validate(t, &loss, NULL);
        w2v_buffer b = checkpoint_of(t);
        fuzz_seed(option, b.data, b.size, NULL, 0);
        w2v_buffer_free(&b);
        w2v_trainer_free(t);
    }
}

enum { SGD_ROW = 4, SGD_COUNT = 24 };

// Half the squared distance from 1, of two rows that are drawn.
static double distance(const float *x, float *grad, w2v_touched *touched, void *user)
{
    double sum = 0;
    for (int turn = 0; turn < 2; turn++) {
        const size_t row = w2v_random_below((w2v_random *)user, SGD_COUNT / SGD_ROW);
        w2v_touch(touched, row);
        for (size_t i = row * SGD_ROW; i < (row + 1) * SGD_ROW; i++) {
            sum += 0.5 * ((double)x[i] - 1) * ((double)x[i] - 1);
            if (grad) grad[i] += x[i] - 1;
        }
    }
    return sum;
}

static w2v_status descend(const unsigned char *option, float *x, size_t iterations, const char *path,
                          w2v_error *err)
{
    w2v_random random = w2v_random_stream(3, 0);
    const w2v_objective f = {distance, &random, SGD_COUNT, (size_t)(option[1] & 1 ? SGD_ROW : 0), &random};
    w2v_sgd_config cfg = w2v_sgd_config_default();
    w2v_sgd_progress last;
    cfg.iterations = iterations;
    cfg.optimizer = (w2v_optimizer)(option[0] % 5);
    cfg.learning_rate = 0.05;
    cfg.checkpoint = path;
    cfg.checkpoint_every = 7;
    cfg.resume = 1;
    cfg.weight_decay = 0.01;
    const w2v_status status = w2v_sgd(&f, x, &cfg, &last, err);
    if (status == W2V_OK) NEED(last.iteration == iterations);
    return status;
}

// Options: 0 the optimiser, 1 rows, 2 how far the file is made whole, 3 and 4 a number in it.
static void run_sgd(const fuzz_input *in)
{
    enum { ITERATIONS = 30 };
    float x[SGD_COUNT], start[SGD_COUNT];
    w2v_error err;
    fuzz_part file = in->part[0];
    limit_memory(in);
    file.bytes = (char *)malloc(file.n + 1);
    memcpy(file.bytes, in->part[0].bytes, file.n);
    fuzz_change_number(&file, "run", 9, in->option[3], in->option[4]);
    fuzz_repair(&file.bytes, &file.n, in->option[2] % 3);
    for (size_t i = 0; i < SGD_COUNT; i++) x[i] = start[i] = 0.1f * (float)i;
    const char *path = fuzz_file(0, ".sgd", file.bytes, file.n);
    const w2v_status status = descend(in->option, x, ITERATIONS, path, &err);
    if (status == W2V_OK || status == W2V_ERROR_DIVERGED) {
        for (size_t i = 0; i < SGD_COUNT; i++) NEED(x[i] - x[i] == 0.0f);
    } else {
        NEED(status == W2V_ERROR_FORMAT || status == W2V_ERROR_ARGUMENT);
        NEED(!memcmp(x, start, sizeof x));
    }
    if (status == W2V_OK) {  // what was written then is the end of the run
        float again[SGD_COUNT];
        memcpy(again, start, sizeof again);
        NEED_SAME_STATUS(W2V_OK, "", descend(in->option, again, ITERATIONS, path, &err), err.message);
        NEED(!memcmp(x, again, sizeof x));
    }
    free(file.bytes);
}

static void seed_sgd(void)
{
    for (int i = 0; i < 10; i++) {
        char option[FUZZ_OPTIONS] = {(char)(i % 5), (char)(i / 5), (char)(i % 3), 0, 0, 0, 0, 0}, bytes[4096];
        float x[SGD_COUNT] = {0};
        const char *path = fuzz_file_name(0, ".sgd");
        remove(path);
        NEED(descend((const unsigned char *)option, x, 10, path, NULL) == W2V_OK);
        FILE *f = fopen(path, "rb");
        NEED(f);
        const size_t n = fread(bytes, 1, sizeof bytes, f);
        fclose(f);
        fuzz_seed(option, bytes, n, NULL, 0);
        option[2] = 1;
        option[3] = (char)(i % 9);  // one number of the run is wrong
        option[4] = 100;
        fuzz_seed(option, bytes, n, NULL, 0);
    }
}

// -----------------------------------------------------------------------------------------------------------
// Sources with any numbers in them

static void run_sources(const fuzz_input *in)
{
    static const uint32_t id[4] = {0, 1, W2V_NONE, 1};
    static const float weight[4] = {1, 0, -1, 2};
    w2v_source source;
    w2v_vocab *v = NULL;
    w2v_model *m = NULL;
    w2v_phrases *p = NULL;
    w2v_error err;
    w2v_buffer b = {NULL, 0, 0};
    const w2v_config cfg = config_of(in->option);
    limit_memory(in);
    fuzz_pieces pieces = {in->part[0].bytes, in->part[0].n, 5};
    memset(&source, 0, sizeof source);
    memcpy(&source.kind, in->option + 4, sizeof(int) == 4 && in->option[7] ? 4 : 1);
    source.weighted = in->option[1] & 1;
    source.path = in->option[3] & 1 ? "no such file" : in->option[3] & 2 ? "." : NULL;
    source.text = in->option[3] & 4 ? in->part[0].bytes : NULL;
    source.bytes = in->part[0].n;
    source.read_fn = in->option[3] & 8 ? fuzz_read : NULL;
    source.read_user = &pieces;
    source.ids = in->option[3] & 16 ? id : NULL;
    source.id_count = 4;
    source.weights = in->option[3] & 32 ? weight : NULL;
    if (w2v_vocab_build(&v, &source, 1, &cfg, &err) != W2V_OK) NEED(*err.message && !v);
    w2v_vocab_free(v);
    if (w2v_train(&m, &source, 1, &cfg, &err) != W2V_OK) NEED(*err.message && !m);
    w2v_model_free(m);
    m = NULL;
    if (w2v_model_read(&m, &source, NULL, NULL, &err) != W2V_OK) NEED(*err.message && !m);
    w2v_model_free(m);
    if (w2v_phrases_build(&p, &source, 1, NULL, &err) != W2V_OK) NEED(*err.message && !p);
    if (p) w2v_phrases_apply(p, &source, 1, w2v_buffer_write, &b, NULL);
    w2v_phrases_free(p);
    w2v_buffer_free(&b);
}

// -----------------------------------------------------------------------------------------------------------
// Seeds

static void seed_texts(void)
{
    for (int i = 0; i < 10; i++) {
        const char option[FUZZ_OPTIONS] = {
            (char)(1 + 25 * i), (char)(7 * i), (char)(13 * i), (char)(17 * i), (char)i, (char)(1 + i), 0,
            (char)(10 * i)};
        fuzz_seed_text(option, trained_text, i % 3 ? NULL : "more of the same\nand of the king");
    }
}

static void seed_corpus(void)
{
    static char long_word[1200];
    seed_texts();
    memset(long_word, 'x', sizeof long_word - 1);
    memcpy(long_word + 1024, " y ", 3);
    fuzz_seed_text("\3\1\0\0\4\1\0", long_word, "\xef\xbb\xbfmark\v\fand\r\nCRLF");
    long_word[1024] = 'x';
    fuzz_seed_text("\7\3\0\0\2\0\0", long_word, "\nend");
}

static void seed_train(void)
{
    static const char weighted[] = "0.5 the king and the queen\n2 the man and the woman\n\n1e-1 a king of "
                                   "the land\n0 a man of the sea\n";
    seed_texts();
    for (char i = 0; i < 5; i++) {
        const char option[FUZZ_OPTIONS] = {9, (char)(50 * i), 77, 5, i, 30, 1, 100};
        fuzz_seed_text(option, weighted, NULL);
    }
}

static void seed_ids(void)
{
    char ids[240], weights[40];
    for (size_t i = 0; i < sizeof ids; i += 2) {
        const int end = i % 14 == 12;
        ids[i] = (char)(end ? 0xff : 1 + i * i % 11);
        ids[i + 1] = (char)(end ? 0xff : 0);
    }
    memset(weights, 16, sizeof weights);
    for (char i = 0; i < 6; i++) {
        const char option[FUZZ_OPTIONS] = {
            (char)(7 + 20 * i), (char)(40 * i), (char)(30 * i), (char)(30 * i), 0, 0, 0, (char)(i & 1)};
        fuzz_seed(option, ids, sizeof ids, weights, sizeof weights);
    }
}

static void seed_phrase_file(void)
{
    static const char file[] =
        "w2v-phrases 1 _\nconnectors of the\n5 12.5 new york\n3 1e-2 king of the hill\n2 -0.5 a b\n";
    fuzz_seed_text("\3\0\0\0\0\0\0", file, "in new york the king of the hill\nnew new york");
    fuzz_seed_text("\0\0\0\0\0\0\0", "w2v-phrases 1 ::\nconnectors\n", "a b");
}

const fuzz_target fuzz_texts[] = {{"corpus", run_corpus, seed_corpus},
                                  {"train", run_train, seed_train},
                                  {"ids", run_ids, seed_ids},
                                  {"phrases", run_phrases, seed_texts},
                                  {"phrase_file", run_phrase_file, seed_phrase_file},
                                  {"checkpoint", run_checkpoint, seed_checkpoint},
                                  {"sgd", run_sgd, seed_sgd},
                                  {"sources", run_sources, seed_corpus},
                                  {NULL, NULL, NULL}};
