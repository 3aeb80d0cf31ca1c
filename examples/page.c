// SPDX-License-Identifier: MIT-0
//
// page.c - the part of the page that is compiled to WebAssembly: a trainer, a picture of its words, answers
//
// `make page` builds build/page.html from this file and page.html. The worker of the page calls the functions
// below. One worker holds one training.

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include "explain.h"
#include "grammar.h"
#include "utf8.h"

#ifdef __EMSCRIPTEN__
#include <emscripten.h>
#define EXPORTED EMSCRIPTEN_KEEPALIVE
// Reads the next bytes of the text; (size_t)-1 if that fails. The worker defines Module.read.
EM_JS(size_t, page_read, (char *buffer, size_t room), { return Module.read(buffer, room); });
#else
#define EXPORTED
size_t page_read(char *buffer, size_t room);
#endif

// Functions that can fail return a status, or NULL. page_error has the sentence.
EXPORTED const char *page_error(void);

// The first sentences of the demo's corpus, ended by 0. The caller frees them.
EXPORTED char *page_corpus(void);

// Sets a field of the configuration, before page_open.
EXPORTED int page_set(const char *field, const char *value);

// Reads the text through page_read, and makes the trainer.
EXPORTED int page_open(void);

// The words of the picture as JSON: {"V", "d", "by_kmeans", "groups": [...], "words": [{"word", "count"}]}.
EXPORTED const char *page_words(void);

// Trains a block of the text.
EXPORTED int page_run(void);
EXPORTED int page_done(void);

// words done, words in all epochs, mean loss of the last run, epochs, skipped words, words of the text
EXPORTED const double *page_report(void);

// x and y of each word of the picture, and the group of each word.
EXPORTED const float *page_picture(void);
EXPORTED const uint32_t *page_groups(void);

// JSON: [{"word", "score"}], and what explain_json writes. An empty outside word is the first of the window.
EXPORTED const char *page_nearest(const char *word);
EXPORTED const char *page_analogy(const char *a, const char *b, const char *c);
EXPORTED const char *page_explain(const char *sentence, const char *centre, const char *outside, int window,
                                  int negative, double rate);

enum {
    SENTENCES = 12000,  // more would make the text area slow
    SHOWN = 64,         // words of the picture, at most
    CLASSES = 6,        // of k-means
    ANSWERS = 8
};

static struct {
    w2v_config cfg;
    w2v_trainer *trainer;
    const w2v_model *model;  // of the trainer; lengths of vectors are those of the last query
    uint64_t *count;         // (V)
    uint32_t shown[SHOWN], group[SHOWN];
    size_t shown_count;
    int by_kmeans;  // the groups are those of k-means, not of the grammar
    float xy[2 * SHOWN];
    int drawn;  // xy holds the last picture
    double report[6];
    explain_text answer;
    w2v_error err;
} page;

EXPORTED const char *page_error(void) { return page.err.message; }

EXPORTED char *page_corpus(void)
{
    size_t bytes = 0;
    char *text = make_corpus(SENTENCES, &bytes), *ended = text ? (char *)realloc(text, bytes + 1) : NULL;
    if (!ended) {
        free(text);
        explain_fail(&page.err, W2V_ERROR_MEMORY, "out of memory");
        return NULL;
    }
    ended[bytes] = 0;
    return ended;
}

EXPORTED int page_set(const char *field, const char *value)
{
    if (!page.cfg.struct_size) page.cfg = w2v_config_default();
    return w2v_config_set(&page.cfg, field, value, &page.err);
}

// -----------------------------------------------------------------------------------------------------------
// The words of the picture

// Words that occur in the grammar, if the text has most of them.
static int choose_grouped(const w2v_vocab *vocab)
{
    grouped_word list[GROUPED_WORDS];
    const size_t n = group_words(list);
    page.shown_count = 0;
    for (size_t i = 0; i < n; i++) {
        const uint32_t id = w2v_vocab_find(vocab, list[i].word);
        if (id == W2V_NONE) continue;
        page.shown[page.shown_count] = id;
        page.group[page.shown_count++] = (uint32_t)list[i].group;
    }
    return 4 * page.shown_count >= 3 * n;
}

// The most frequent words that begin with a letter. Words such as `the`, more than a hundredth of the text,
// are left out unless few others remain.
static void choose_frequent(const w2v_vocab *vocab)
{
    const uint32_t V = (uint32_t)w2v_vocab_size(vocab);
    uint64_t all = 0;
    uint32_t first = 0;
    for (uint32_t w = 0; w < V; w++) all += w2v_vocab_count(vocab, w);
    while (first < V && 100 * w2v_vocab_count(vocab, first) > all) first++;
    if (V - first < SHOWN / 2) first = 0;
    page.shown_count = 0;
    for (int any = 0; any < 2 && page.shown_count < 2; any++) {  // any: words of digits and signs, too
        page.shown_count = 0;
        for (uint32_t w = first; w < V && page.shown_count < SHOWN; w++)
            if (any || begins_with_letter(w2v_vocab_word(vocab, w))) page.shown[page.shown_count++] = w;
    }
}

// Gives classes (n) the names that most of their words had, so that words keep their colours.
static void rename_classes(uint32_t *class_of, size_t n, size_t classes)
{
    size_t common[CLASSES][CLASSES] = {{0}};  // words of new class i that were in old class k
    uint32_t name[CLASSES] = {0};
    int named[CLASSES] = {0}, used[CLASSES] = {0};
    for (size_t i = 0; i < n; i++) common[class_of[i]][page.group[i]]++;
    for (size_t step = 0; step < classes; step++) {
        size_t best_i = CLASSES, best_k = CLASSES;
        for (size_t i = 0; i < classes; i++)
            for (size_t k = 0; k < classes; k++)
                if (!named[i] && !used[k] && (best_i == CLASSES || common[i][k] > common[best_i][best_k])) {
                    best_i = i;
                    best_k = k;
                }
        name[best_i] = (uint32_t)best_k;
        named[best_i] = used[best_k] = 1;
    }
    for (size_t i = 0; i < n; i++) page.group[i] = name[class_of[i]];
}

static w2v_status group_by_kmeans(const w2v_matrix *rows)
{
    uint32_t class_of[SHOWN];
    const size_t classes = rows->rows < 4 * CLASSES ? (rows->rows + 3) / 4 : CLASSES;
    w2v_kmeans_config cfg = w2v_kmeans_config_default();
    cfg.iterations = 20;
    const w2v_status status = w2v_kmeans(rows, classes, &cfg, class_of, NULL, NULL, &page.err);
    if (status == W2V_OK) rename_classes(class_of, rows->rows, classes);
    return status;
}

// -----------------------------------------------------------------------------------------------------------
// Training

static size_t read_text(char *buffer, size_t room, void *user)
{
    (void)user;
    return page_read(buffer, room);
}

EXPORTED int page_open(void)
{
    w2v_source source = w2v_source_reader(read_text, NULL);
    source.name = "the text";
    page.cfg.lanes = 1;
    page.cfg.loss_every = 1;
    const w2v_status status = w2v_trainer_new(&page.trainer, &source, 1, &page.cfg, NULL, NULL, &page.err);
    if (status != W2V_OK) return status;
    const w2v_model *m = page.model = w2v_trainer_model(page.trainer);
    page.count = (uint64_t *)explain_array(m->size, sizeof *page.count, &page.err);
    if (!page.count) return W2V_ERROR_MEMORY;
    for (size_t w = 0; w < m->size; w++) page.count[w] = w2v_vocab_count(m->vocab, (uint32_t)w);
    if (!choose_grouped(m->vocab)) {
        page.by_kmeans = 1;
        memset(page.group, 0, sizeof page.group);
        choose_frequent(m->vocab);
    }
    return W2V_OK;
}

EXPORTED int page_run(void) { return w2v_trainer_run(page.trainer, 1, &page.err); }

EXPORTED int page_done(void) { return w2v_trainer_done(page.trainer); }

EXPORTED const double *page_report(void)
{
    w2v_train_report r;
    w2v_trainer_report(page.trainer, &r);
    page.report[0] = (double)r.done;
    page.report[1] = (double)r.total;
    page.report[2] = r.loss;
    page.report[3] = (double)page.cfg.epochs;
    page.report[4] = (double)r.long_words;
    page.report[5] = (double)r.words;
    return page.report;
}

// -----------------------------------------------------------------------------------------------------------
// The picture

// Turns the picture, and mirrors it if that is better, so that its points are near those of the last one
// (least squares). The first component goes back to the x axis by at most 0.02 radians a picture.
static void align(float *xy, const float *last, size_t n)
{
    double c[2] = {0.0, 0.0}, s[2] = {0.0, 0.0};  // of the angle, times a length; [1]: mirrored
    for (size_t i = 0; i < 2 * n; i += 2) {
        const double x = (double)xy[i], y = (double)xy[i + 1], X = (double)last[i], Y = (double)last[i + 1];
        c[0] += x * X + y * Y;
        s[0] += x * Y - y * X;
        c[1] += x * X - y * Y;
        s[1] += x * Y + y * X;
    }
    const int mirrored = hypot(c[1], s[1]) > hypot(c[0], s[0]);
    double angle = atan2(s[mirrored], c[mirrored]);
    const double pi = 3.14159265358979324, off = angle - pi * floor(angle / pi + 0.5);
    angle -= fmax(-0.02, fmin(0.02, off));
    for (size_t i = 0; i < 2 * n; i += 2) {
        const double x = (double)xy[i], y = (double)(mirrored ? -xy[i + 1] : xy[i + 1]);
        xy[i] = (float)(cos(angle) * x - sin(angle) * y);
        xy[i + 1] = (float)(sin(angle) * x + cos(angle) * y);
    }
}

EXPORTED const float *page_picture(void)
{
    const w2v_model *m = page.model;
    const size_t n = page.shown_count, d = m->dim;
    float xy[2 * SHOWN] = {0.0f};
    size_t length = d;
    float *vectors = (float *)explain_array(n * d, sizeof *vectors, &page.err);
    if (!vectors) return NULL;
    for (size_t i = 0; i < n; i++)
        memcpy(vectors + i * d, m->input + page.shown[i] * m->stride, d * sizeof *vectors);
    if (d > 1) w2v_normalize_rows(vectors, n * d, &length);  // of length 1, as cosines see them
    const w2v_matrix rows = w2v_matrix_of(vectors, n, d, d),
                     coordinates = w2v_matrix_of(xy, n, d > 1 ? 2 : 1, 2);
    w2v_status status = w2v_pca(&rows, &coordinates, &page.err);
    if (status == W2V_OK && page.by_kmeans) status = group_by_kmeans(&rows);
    free(vectors);
    if (status == W2V_ERROR_ARGUMENT)
        explain_fail(&page.err, status,
                     "the vectors have grown beyond all bounds: the learning rate is too high");
    if (status != W2V_OK) return NULL;
    if (page.drawn) align(xy, page.xy, n);
    page.drawn = 1;
    memcpy(page.xy, xy, sizeof page.xy);
    return page.xy;
}

EXPORTED const uint32_t *page_groups(void) { return page.group; }

// -----------------------------------------------------------------------------------------------------------
// Answers

static explain_text *begin_answer(void)
{
    free(page.answer.bytes);
    memset(&page.answer, 0, sizeof page.answer);
    return &page.answer;
}

static const char *end_answer(void)
{
    if (page.answer.failed) explain_fail(&page.err, W2V_ERROR_MEMORY, "out of memory");
    return page.answer.failed ? NULL : page.answer.bytes;
}

EXPORTED const char *page_words(void)
{
    const w2v_model *m = page.model;
    explain_text *t = begin_answer();
    explain_begin(t, NULL, "{");
    explain_put_number(t, "V", (double)m->size);
    explain_put_number(t, "d", (double)m->dim);
    explain_put_number(t, "by_kmeans", page.by_kmeans);
    explain_begin(t, "groups", "[");
    for (size_t i = 0; i < COUNT(grammar_group) && !page.by_kmeans; i++)
        explain_put_string(t, NULL, grammar_group[i]);
    explain_end(t, "]");
    explain_begin(t, "words", "[");
    for (size_t i = 0; i < page.shown_count; i++) {
        explain_begin(t, NULL, "{");
        explain_put_string(t, "word", w2v_vocab_word(m->vocab, page.shown[i]));
        explain_put_number(t, "count", (double)page.count[page.shown[i]]);
        explain_end(t, "}");
    }
    explain_end(t, "]");
    explain_end(t, "}");
    return end_answer();
}

static const char *answer_matches(const w2v_match *match, size_t n)
{
    explain_text *t = begin_answer();
    explain_begin(t, NULL, "[");
    for (size_t i = 0; i < n; i++) {
        explain_begin(t, NULL, "{");
        explain_put_string(t, "word", match[i].word);
        explain_put_number(t, "score", (double)match[i].score);
        explain_end(t, "}");
    }
    explain_end(t, "]");
    return end_answer();
}

EXPORTED const char *page_nearest(const char *word)
{
    w2v_match match[ANSWERS];
    size_t n;
    const w2v_model *m = w2v_trainer_model(page.trainer);
    if (w2v_model_nearest(m, word, match, ANSWERS, &n, &page.err) != W2V_OK) return NULL;
    return answer_matches(match, n);
}

EXPORTED const char *page_analogy(const char *a, const char *b, const char *c)
{
    w2v_match match[ANSWERS];
    size_t n;
    const w2v_model *m = w2v_trainer_model(page.trainer);
    if (w2v_model_analogy(m, a, b, c, match, ANSWERS, &n, &page.err) != W2V_OK) return NULL;
    return answer_matches(match, n);
}

EXPORTED const char *page_explain(const char *sentence, const char *centre, const char *outside, int window,
                                  int negative, double rate)
{
    explain_settings set = explain_settings_default();
    explanation *e;
    set.loss_type = page.cfg.loss_type;
    set.cbow = page.cfg.architecture == W2V_CBOW;
    set.window = (size_t)window;
    set.K = (size_t)negative;
    set.outside = *outside ? outside : NULL;
    set.rate = rate;
    if (explain_new(&e, page.model, page.count, 0, sentence, centre, &set, &page.err) != W2V_OK) return NULL;
    begin_answer();
    page.answer.bytes = explain_json(e);
    page.answer.failed = !page.answer.bytes;
    explain_free(e);
    return end_answer();
}
