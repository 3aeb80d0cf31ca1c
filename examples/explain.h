// SPDX-License-Identifier: MIT-0
//
// explain.h - every number of one window of word2vec, computed step by step in double precision
//
// explain_new computes; explain_json writes all of it as text, for a page in a browser. After w2v.h.

#ifndef EXPLAIN_H
#define EXPLAIN_H

#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "textbook.h"
#include "utf8.h"

// -----------------------------------------------------------------------------------------------------------
// What is explained

typedef struct explain_settings {
    w2v_loss_type loss_type;  // W2V_LOSS_SOFTMAX, W2V_LOSS_NEG_SAMPLING or W2V_LOSS_HIERARCHICAL
    int cbow;                 // 1: the sum of the context vectors predicts the centre word
    size_t window;            // words to each side of the centre
    size_t K;                 // negatives of a pair
    const char *negatives;    // those of the pair that is shown, with blanks between; NULL: drawn
    const char *outside;      // the outside word of the pair that is shown; NULL: the first one
    uint64_t seed;            // of the draws
    double rate;              // the learning rate of the step
    double spacing;           // h of the numeric gradient; the handout's gradcheck_naive has 1e-4
} explain_settings;

static inline explain_settings explain_settings_default(void)
{
    const explain_settings s = {W2V_LOSS_NEG_SAMPLING, 0, 3, 3, NULL, NULL, 1, 0.3, 1e-4};
    return s;
}

// Something that v is multiplied with: the outside vector of a word, or of an inner node of the Huffman tree.
typedef struct explain_row {
    uint32_t id;                  // of the word or node
    size_t n;                     // how often it counts: how often a negative was drawn, 1 for others
    double y;                     // what the model should say: 1 or 0
    double score;                 // u.v
    double p;                     // what it says: yhat, or s(u.v)
    double error;                 // p - y, the derivative of the loss by the score
    double loss;                  // its part of J, n times
    double score_after, p_after;  // after the step
} explain_row;

typedef struct explain_pair {
    uint32_t outside;     // the word that is predicted
    uint32_t *negatives;  // (K)
    double loss;
} explain_pair;

typedef struct explanation {
    explain_settings set;
    const w2v_model *model;
    const uint64_t *count;  // (V)
    const float *U;         // (V, stride) outside vectors of words, or those of nodes
    int toy_nodes;          // the nodes have vectors of words
    w2v_huffman tree;       // of hierarchical softmax
    uint32_t *sentence;     // (words) ids
    size_t words, skipped;  // skipped: words of the sentence that the model does not have
    size_t at, begin, end;  // the centre and the window in the sentence
    size_t occurrences;     // of the centre word
    uint32_t *context;      // (contexts) the words of the window without its centre
    size_t contexts;
    explain_pair *pair;  // (pairs)
    size_t pairs, shown;
    explain_row *row;  // (rows) of the pair that is shown
    size_t rows;
    double *v, *dv, *numeric, *v_after;  // (d)
    double J, J_after;
    double gradient_squared;             // the sum of the squares of all gradients
    double header_J, header_difference;  // J by w2v.h, and the largest difference of its dv
} explanation;

static inline void explain_free(explanation *e)
{
    if (!e) return;
    for (size_t i = 0; i < e->pairs && e->pair; i++) free(e->pair[i].negatives);
    w2v_huffman_free(&e->tree);
    free(e->sentence);
    free(e->context);
    free(e->pair);
    free(e->row);
    free(e->v);
    free(e);
}

// Writes a sentence into err->message. Its value is the status.
#define explain_fail(err, status, ...) \
    (snprintf((err)->message, sizeof(err)->message, __VA_ARGS__) < 0 ? W2V_ERROR_IO : (status))

// n zeroed elements; NULL and an error without memory.
static inline void *explain_array(size_t n, size_t bytes, w2v_error *err)
{
    void *p = calloc(n + 1, bytes);  // n may be 0
    if (!p) snprintf(err->message, sizeof err->message, "out of memory");
    return p;
}

// -----------------------------------------------------------------------------------------------------------
// The sentence and the window

static const char explain_blanks[] = " \t\r\n\v\f";

// Moves *text past its next word, and sets the word's id, W2V_NONE if the model lacks it. Returns 0 at the
// end.
static inline int explain_next_word(const w2v_model *m, const char **text, uint32_t *id)
{
    char word[W2V_MAX_WORD + 1];
    *text += strspn(*text, explain_blanks);
    const size_t n = strcspn(*text, explain_blanks);
    memcpy(word, *text, n < sizeof word ? n : 0);
    word[n < sizeof word ? n : 0] = 0;
    *text += n;
    *id = n && n < sizeof word ? w2v_vocab_find(m->vocab, word) : W2V_NONE;
    return n > 0;
}

static inline w2v_status explain_read_sentence(explanation *e, const char *sentence, const char *centre,
                                               w2v_error *err)
{
    const uint32_t c = w2v_vocab_find(e->model->vocab, centre);
    uint32_t id;
    e->sentence = (uint32_t *)explain_array(strlen(sentence) / 2 + 1, sizeof *e->sentence, err);
    if (!e->sentence) return W2V_ERROR_MEMORY;
    while (explain_next_word(e->model, &sentence, &id)) {
        if (id == W2V_NONE) {
            e->skipped++;
            continue;
        }
        if (id == c && !e->occurrences++) e->at = e->words;
        e->sentence[e->words++] = id;
    }
    if (!e->words && !e->skipped) return explain_fail(err, W2V_ERROR_EMPTY, "the sentence has no words");
    if (c == W2V_NONE && e->skipped)
        return explain_fail(err, W2V_ERROR_UNKNOWN_WORD, "'%.200s' is not a word of the model", centre);
    if (!e->occurrences)
        return explain_fail(err, W2V_ERROR_UNKNOWN_WORD, "'%.200s' is not in the sentence", centre);
    if (e->words == 1)
        return explain_fail(err, W2V_ERROR_EMPTY, "'%.200s' has no window: %s", centre,
                            e->skipped ? "the model lacks the other words of the sentence"
                                       : "a sentence needs a second word");
    return W2V_OK;
}

static inline w2v_status explain_cut_window(explanation *e, w2v_error *err)
{
    const size_t reach = e->set.window;
    e->begin = e->at > reach ? e->at - reach : 0;
    e->end = e->words - e->at > reach ? e->at + reach + 1 : e->words;
    e->context = (uint32_t *)explain_array(e->end - e->begin, sizeof *e->context, err);
    if (!e->context) return W2V_ERROR_MEMORY;
    for (size_t i = e->begin; i < e->end; i++)
        if (i != e->at) e->context[e->contexts++] = e->sentence[i];
    return W2V_OK;
}

// -----------------------------------------------------------------------------------------------------------
// Pairs and their negatives

// The pair that is shown has the negatives that were named.
static inline w2v_status explain_name_negatives(explanation *e, explain_pair *pair, w2v_error *err)
{
    const char *text = e->set.negatives;
    for (size_t k = 0; k < e->set.K; k++) {
        const char *const word = text + strspn(text, explain_blanks);
        uint32_t *id = &pair->negatives[k];
        if (!explain_next_word(e->model, &text, id))
            return explain_fail(err, W2V_ERROR_ARGUMENT, "%zu negatives are needed, not %zu", e->set.K, k);
        const int length = text - word < 200 ? (int)(text - word) : 200;
        if (*id == W2V_NONE)
            return explain_fail(err, W2V_ERROR_UNKNOWN_WORD,
                                "the negative '%.*s' is not a word of the vocabulary", length, word);
        if (*id == pair->outside)
            return explain_fail(err, W2V_ERROR_ARGUMENT,
                                "'%.*s' is the word that is predicted, not a negative", length, word);
    }
    return W2V_OK;
}

// Draws with probability ~ count^0.75, and again while the word is the outside word, as the handout does.
static inline w2v_status explain_draw_negatives(explanation *e, w2v_error *err)
{
    const size_t V = e->model->size;
    double *weight = (double *)explain_array(V, sizeof *weight, err);
    if (!weight) return W2V_ERROR_MEMORY;
    double sum = 0.0;
    for (size_t w = 0; w < V; w++) sum += weight[w] = pow((double)e->count[w], 0.75);
    for (size_t w = 0; w < V && sum <= 0.0; w++) weight[w] = 1.0;  // a model without counts
    w2v_alias noise = {NULL, 0};
    w2v_random random = w2v_random_stream(e->set.seed, 1);
    w2v_status status = w2v_alias_init(&noise, weight, V, err);
    for (size_t i = 0; i < e->pairs && status == W2V_OK; i++) {
        explain_pair *pair = &e->pair[i];
        if (i == e->shown && e->set.negatives) {
            status = explain_name_negatives(e, pair, err);
            continue;
        }
        uint32_t other = 0;
        while (other < V && (other == pair->outside || weight[other] <= 0.0)) other++;
        if (other == V)
            status = explain_fail(err, W2V_ERROR_EMPTY,
                                  "there are no negatives: the vocabulary has one word only");
        for (size_t k = 0; k < e->set.K && other < V; k++) {
            int tries = 1000;  // beside a word of nearly all of the text others are never drawn
            do pair->negatives[k] = w2v_alias_draw(&noise, &random);
            while (pair->negatives[k] == pair->outside && --tries);
            if (!tries) pair->negatives[k] = other;
        }
    }
    w2v_alias_free(&noise);
    free(weight);
    return status;
}

// The pairs of the window, which of them is shown, and their negatives.
static inline w2v_status explain_make_pairs(explanation *e, w2v_error *err)
{
    const size_t K = e->set.loss_type == W2V_LOSS_NEG_SAMPLING ? e->set.K : 0;
    e->pairs = e->set.cbow ? 1 : e->contexts;
    e->pair = (explain_pair *)explain_array(e->pairs, sizeof *e->pair, err);
    if (!e->pair) return W2V_ERROR_MEMORY;
    for (size_t i = 0; i < e->pairs; i++) {
        e->pair[i].outside = e->set.cbow ? e->sentence[e->at] : e->context[i];
        e->pair[i].negatives = (uint32_t *)explain_array(K, sizeof(uint32_t), err);
        if (!e->pair[i].negatives) return W2V_ERROR_MEMORY;
    }
    const char *const shown = e->set.cbow ? NULL : e->set.outside;
    const uint32_t id = shown ? w2v_vocab_find(e->model->vocab, shown) : W2V_NONE;
    while (shown && e->shown < e->pairs && e->pair[e->shown].outside != id) e->shown++;
    if (e->shown == e->pairs)
        return explain_fail(err, W2V_ERROR_UNKNOWN_WORD, "'%.200s' is not in the window", shown);
    return K ? explain_draw_negatives(e, err) : W2V_OK;
}

// -----------------------------------------------------------------------------------------------------------
// Loss and gradients

static inline const float *explain_u(const explanation *e, size_t i)
{
    return e->U + e->row[i].id * e->model->stride;
}

// Numbers that training changes: V (V, d), and U with as many rows, or one row less for the nodes of a tree.
static inline double explain_parameters(const explanation *e)
{
    const double rows =
        2.0 * (double)e->model->size - (e->set.loss_type == W2V_LOSS_HIERARCHICAL ? 1.0 : 0.0);
    return rows * (double)e->model->dim;
}

// How often a word is in the context.
static inline size_t explain_times(const explanation *e, uint32_t word)
{
    size_t n = 0;
    for (size_t i = 0; i < e->contexts; i++) n += e->context[i] == word;
    return n;
}

static inline double explain_dot(const float *u, const double *v, size_t d)
{
    double sum = 0.0;
    for (size_t i = 0; i < d; i++) sum += (double)u[i] * v[i];
    return sum;
}

static inline void explain_add_row(explanation *e, uint32_t id, double y)
{
    const int repeats = e->set.loss_type == W2V_LOSS_NEG_SAMPLING;
    for (size_t i = 0; repeats && i < e->rows; i++)
        if (e->row[i].id == id) {
            e->row[i].n++;
            return;
        }
    explain_row *row = &e->row[e->rows++];
    memset(row, 0, sizeof *row);
    row->id = id;
    row->n = 1;
    row->y = y;
}

// The rows that a pair meets. There is room for V + K of them.
static inline void explain_make_rows(explanation *e, const explain_pair *pair)
{
    const size_t o = pair->outside;
    e->rows = 0;
    if (e->set.loss_type == W2V_LOSS_SOFTMAX)
        for (size_t w = 0; w < e->model->size; w++) explain_add_row(e, (uint32_t)w, w == o ? 1.0 : 0.0);
    else if (e->set.loss_type == W2V_LOSS_HIERARCHICAL)
        for (size_t k = e->tree.begin[o]; k < e->tree.begin[o + 1]; k++)
            explain_add_row(e, e->tree.node[k], e->tree.code[k] ? 0.0 : 1.0);
    else {
        explain_add_row(e, pair->outside, 1.0);
        for (size_t k = 0; k < e->set.K; k++) explain_add_row(e, pair->negatives[k], 0.0);
    }
}

// J, and everything in the rows that follows from their scores.
static inline double explain_evaluate(explanation *e)
{
    const int softmax = e->set.loss_type == W2V_LOSS_SOFTMAX;
    double log_sum = -HUGE_VAL, J = 0.0;  // log_sum: log sum_w e^score_w, see textbook.h
    for (size_t i = 0; i < e->rows && softmax; i++) {
        const double x = e->row[i].score;
        log_sum = fmax(log_sum, x) + log1p(exp(-fabs(log_sum - x)));
    }
    for (size_t i = 0; i < e->rows; i++) {
        explain_row *row = &e->row[i];
        const double x = row->score, log_p = softmax ? x - log_sum : logSigmoid(row->y > 0.0 ? x : -x);
        row->p = softmax ? exp(log_p) : sigmoid(x);
        row->error = row->p - row->y;
        row->loss = softmax && row->y <= 0.0 ? 0.0 : fabs((double)row->n * log_p);  // log_p <= 0
        J += row->loss;
    }
    return J;
}

static inline double explain_loss_of(explanation *e, const double *v)
{
    for (size_t i = 0; i < e->rows; i++) e->row[i].score = explain_dot(explain_u(e, i), v, e->model->dim);
    return explain_evaluate(e);
}

// One step: every u, and every vector that v is made of, moves by -rate times its gradient. A word that
// occurs n times in the context of CBOW has the gradient n dv, and is n times in v.
static inline void explain_step(explanation *e)
{
    const size_t d = e->model->dim;
    double moves = e->set.cbow ? 0.0 : 1.0;  // v_after = v - rate moves dv
    for (size_t i = 0; i < e->contexts && e->set.cbow; i++) moves += (double)explain_times(e, e->context[i]);
    for (size_t k = 0; k < d; k++) e->v_after[k] = e->v[k] - e->set.rate * moves * e->dv[k];
    e->gradient_squared = moves * dot(e->dv, e->dv, d);
    for (size_t i = 0; i < e->rows; i++) {
        explain_row *row = &e->row[i];
        const double g = (double)row->n * row->error, before = row->score;  // du = g v
        e->gradient_squared += g * g * dot(e->v, e->v, d);
        row->score = explain_dot(explain_u(e, i), e->v_after, d) - e->set.rate * g * dot(e->v, e->v_after, d);
        row->score_after = before;
    }
    e->J_after = explain_evaluate(e);
    for (size_t i = 0; i < e->rows; i++) {
        explain_row *row = &e->row[i];
        const double before = row->score_after;
        row->score_after = row->score;
        row->p_after = row->p;
        row->score = before;
    }
    e->J = explain_evaluate(e);
}

// The same pair by the functions of w2v.h.
static inline w2v_status explain_ask_header(explanation *e, w2v_error *err)
{
    const size_t d = e->model->dim;
    const int hierarchical = e->set.loss_type == W2V_LOSS_HIERARCHICAL;
    const w2v_matrix U = w2v_matrix_of(e->U, e->model->size - (size_t)hierarchical, d, e->model->stride);
    const explain_pair *pair = &e->pair[e->shown];
    float *v = (float *)explain_array(2 * d, sizeof *v, err);
    if (!v) return W2V_ERROR_MEMORY;
    float *dv = v + d;
    for (size_t k = 0; k < d; k++) v[k] = (float)e->v[k];
    e->header_J =
        (double)(hierarchical ? w2v_hierarchical_loss(v, pair->outside, &e->tree, &U, dv, NULL)
                 : e->set.loss_type == W2V_LOSS_SOFTMAX
                     ? w2v_softmax_loss(v, pair->outside, &U, dv, NULL)
                     : w2v_neg_sampling_loss(v, pair->outside, pair->negatives, e->set.K, &U, dv, NULL));
    for (size_t k = 0; k < d; k++)
        e->header_difference = fmax(e->header_difference, fabs((double)dv[k] - e->dv[k]));
    free(v);
    return W2V_OK;
}

// The losses of all pairs, and of the pair that is shown its gradients, the numeric one too, and the step.
static inline w2v_status explain_compute(explanation *e, w2v_error *err)
{
    const w2v_model *m = e->model;
    const size_t d = m->dim;
    e->row = (explain_row *)explain_array(m->size + e->set.K + 1, sizeof *e->row, err);
    e->v = (double *)explain_array(4 * d, sizeof *e->v, err);
    if (!e->row || !e->v) return W2V_ERROR_MEMORY;
    e->dv = e->v + d;
    e->numeric = e->dv + d;
    e->v_after = e->numeric + d;
    const size_t vectors = e->set.cbow ? e->contexts : 1;
    for (size_t i = 0; i < vectors; i++) {
        const uint32_t w = e->set.cbow ? e->context[i] : e->sentence[e->at];
        for (size_t k = 0; k < d; k++) e->v[k] += (double)m->input[w * m->stride + k];
    }
    for (size_t i = 0; i < e->pairs; i++) {
        explain_make_rows(e, &e->pair[i]);
        e->pair[i].loss = explain_loss_of(e, e->v);
    }
    explain_make_rows(e, &e->pair[e->shown]);
    for (size_t k = 0; k < d; k++) {
        const double old = e->v[k];
        e->v[k] = old + e->set.spacing;
        const double above = explain_loss_of(e, e->v);
        e->v[k] = old - e->set.spacing;
        e->numeric[k] = (above - explain_loss_of(e, e->v)) / (2.0 * e->set.spacing);
        e->v[k] = old;
    }
    explain_loss_of(e, e->v);
    for (size_t i = 0; i < e->rows; i++)
        for (size_t k = 0; k < d; k++)
            e->dv[k] += (double)e->row[i].n * e->row[i].error * (double)explain_u(e, i)[k];
    explain_step(e);
    return explain_ask_header(e, err);
}

// Explains the window around the first occurrence of `centre` in the sentence. count (V) says how often each
// word occurs; it and the model must live as long as the explanation, which is freed with explain_free. With
// toy_nodes hierarchical softmax takes the output vectors of the first words for those of nodes.
static inline w2v_status explain_new(explanation **made, const w2v_model *model, const uint64_t *count,
                                     int toy_nodes, const char *sentence, const char *centre,
                                     const explain_settings *set, w2v_error *err)
{
    explanation *e = (explanation *)explain_array(1, sizeof *e, err);
    if (!e) return W2V_ERROR_MEMORY;
    const int hierarchical = set->loss_type == W2V_LOSS_HIERARCHICAL;
    w2v_status status = W2V_OK;
    e->set = *set;
    e->model = model;
    e->count = count;
    e->toy_nodes = toy_nodes;
    e->U = hierarchical && !toy_nodes ? model->nodes : model->output;
    if (!e->U)
        status = explain_fail(err, W2V_ERROR_ARGUMENT,
                              "the model has no vectors u of %s: it was trained with another loss",
                              hierarchical ? "nodes" : "words");
    if (status == W2V_OK && hierarchical) status = w2v_huffman_init(&e->tree, count, model->size, err);
    if (status == W2V_OK) status = explain_read_sentence(e, sentence, centre, err);
    if (status == W2V_OK) status = explain_cut_window(e, err);
    if (status == W2V_OK) status = explain_make_pairs(e, err);
    if (status == W2V_OK) status = explain_compute(e, err);
    if (status == W2V_OK)
        *made = e;
    else
        explain_free(e);
    return status;
}

// -----------------------------------------------------------------------------------------------------------
// As JSON

enum { EXPLAIN_ROWS = 20 };  // that are shown of a softmax over more words

// The rows to show, at most EXPLAIN_ROWS + 1: the first ones. Of a large softmax the outside word and those
// with the largest p.
static inline size_t explain_choose_rows(const explanation *e, size_t *index)
{
    size_t n = 0;
    if (e->rows <= EXPLAIN_ROWS || e->set.loss_type != W2V_LOSS_SOFTMAX) {
        for (size_t i = 0; i < e->rows && n <= EXPLAIN_ROWS; i++) index[n++] = i;
        return n;
    }
    index[n++] = e->pair[e->shown].outside;
    while (n <= EXPLAIN_ROWS) {
        size_t best = e->rows;
        for (size_t i = 0; i < e->rows; i++) {
            int chosen = 0;
            for (size_t k = 0; k < n; k++) chosen |= index[k] == i;
            if (!chosen && (best == e->rows || e->row[i].p > e->row[best].p)) best = i;
        }
        index[n++] = best;
    }
    return n;
}

// Text that grows; what comes after memory ran out is lost.
typedef struct explain_text {
    char *bytes;  // ended by 0
    size_t length, capacity;
    int depth;  // of brackets
    int failed;
} explain_text;

static inline void explain_put(explain_text *t, const char *s, size_t n)
{
    if (!t->failed && t->length + n >= t->capacity) {
        t->capacity = 2 * (t->length + n) + 1000;
        char *bytes = (char *)realloc(t->bytes, t->capacity);
        t->failed = !bytes;
        t->bytes = bytes ? bytes : t->bytes;
    }
    if (t->failed) return;
    memcpy(t->bytes + t->length, s, n);
    t->length += n;
    t->bytes[t->length] = 0;
}

// What separates a value from the one before it, and its key, unless that is NULL. With `line`, and for what
// is outermost, a new line begins.
static inline void explain_put_key(explain_text *t, const char *key, int line)
{
    const char last = t->length ? t->bytes[t->length - 1] : '{';
    const int first = last == '{' || last == '[';
    if (!first) explain_put(t, ",", 1);
    if (line || t->depth == 1)
        explain_put(t, "\n", 1);
    else if (!first)
        explain_put(t, " ", 1);
    if (!key) return;
    explain_put(t, "\"", 1);
    explain_put(t, key, strlen(key));
    explain_put(t, "\": ", 3);
}

// "[" or "{", and the end of it.
static inline void explain_begin(explain_text *t, const char *key, const char *bracket)
{
    explain_put_key(t, key, *bracket == '{' && t->depth);
    explain_put(t, bracket, 1);
    t->depth++;
}

static inline void explain_end(explain_text *t, const char *bracket)
{
    t->depth--;
    explain_put(t, bracket, 1);
}

// JSON has no infinity: null.
static inline void explain_put_number(explain_text *t, const char *key, double x)
{
    char number[40];
    explain_put_key(t, key, 0);
    const int n = snprintf(number, sizeof number, fabs(x) <= DBL_MAX ? "%.10g" : "null", x);
    explain_put(t, number, (size_t)n);
}

static inline void explain_put_string(explain_text *t, const char *key, const char *s)
{
    explain_put_key(t, key, 0);
    explain_put(t, "\"", 1);
    while (*s) {
        unsigned long code;
        const size_t n = utf8_character(s, &code);
        char escaped[8];
        if (n > 1 || (n && (unsigned char)*s >= ' ' && *s != '"' && *s != '\\'))
            explain_put(t, s, n);
        else
            explain_put(
                t, escaped,
                (size_t)snprintf(escaped, sizeof escaped, "\\u%04x", n ? (unsigned char)*s : 0xfffdu));
        s += n ? n : 1;
    }
    explain_put(t, "\"", 1);
}

// factor times a vector, which is u or v.
static inline void explain_put_vector(explain_text *t, const char *key, const float *u, const double *v,
                                      double factor, size_t d)
{
    explain_begin(t, key, "[");
    for (size_t k = 0; k < d; k++) explain_put_number(t, NULL, factor * (u ? (double)u[k] : v[k]));
    explain_end(t, "]");
}

static inline const char *explain_word(const explanation *e, uint32_t id)
{
    return w2v_vocab_word(e->model->vocab, id);
}

static inline double explain_window_loss(const explanation *e)
{
    double sum = 0.0;
    for (size_t i = 0; i < e->pairs; i++) sum += e->pair[i].loss;
    return sum;
}

// Whether word i of the sentence has not occurred before it.
static inline int explain_is_first(const explanation *e, size_t i)
{
    size_t first = 0;
    while (e->sentence[first] != e->sentence[i]) first++;
    return first == i;
}

static inline void explain_put_words(explain_text *t, const explanation *e)
{
    explain_begin(t, "sentence", "[");
    for (size_t i = 0; i < e->words; i++) explain_put_string(t, NULL, explain_word(e, e->sentence[i]));
    explain_end(t, "]");
    explain_put_number(t, "centre", (double)e->at);
    explain_put_number(t, "window_begin", (double)e->begin);
    explain_put_number(t, "window_end", (double)e->end);
    explain_begin(t, "words", "[");
    for (size_t i = 0; i < e->words; i++) {
        if (!explain_is_first(e, i)) continue;
        explain_begin(t, NULL, "{");
        explain_put_string(t, "word", explain_word(e, e->sentence[i]));
        explain_put_number(t, "id", (double)e->sentence[i]);
        explain_put_number(t, "count", (double)e->count[e->sentence[i]]);
        explain_end(t, "}");
    }
    explain_end(t, "]");
}

static inline void explain_put_pairs(explain_text *t, const explanation *e)
{
    const size_t K = e->set.loss_type == W2V_LOSS_NEG_SAMPLING ? e->set.K : 0;
    explain_begin(t, "pairs", "[");
    for (size_t i = 0; i < e->pairs; i++) {
        explain_begin(t, NULL, "{");
        explain_put_string(t, "outside", explain_word(e, e->pair[i].outside));
        explain_begin(t, "negatives", "[");
        for (size_t k = 0; k < K; k++) explain_put_string(t, NULL, explain_word(e, e->pair[i].negatives[k]));
        explain_end(t, "]");
        explain_put_number(t, "loss", e->pair[i].loss);
        explain_end(t, "}");
    }
    explain_end(t, "]");
    explain_put_number(t, "window_loss", explain_window_loss(e));
    explain_put_number(t, "shown", (double)e->shown);
}

static inline void explain_put_rows(explain_text *t, const explanation *e)
{
    size_t index[EXPLAIN_ROWS + 1];
    const size_t n = explain_choose_rows(e, index), d = e->model->dim;
    explain_put_number(t, "row_count", (double)e->rows);
    explain_begin(t, "rows", "[");
    for (size_t i = 0; i < n; i++) {
        const explain_row *row = &e->row[index[i]];
        explain_begin(t, NULL, "{");
        if (e->set.loss_type != W2V_LOSS_HIERARCHICAL)
            explain_put_string(t, "word", explain_word(e, row->id));
        explain_put_number(t, "id", (double)row->id);
        explain_put_number(t, "y", row->y);
        explain_put_number(t, "n", (double)row->n);
        explain_put_number(t, "score", row->score);
        explain_put_number(t, "p", row->p);
        explain_put_number(t, "error", row->error);
        explain_put_number(t, "loss", row->loss);
        explain_put_vector(t, "u", explain_u(e, index[i]), NULL, 1.0, d);
        explain_put_vector(t, "du", NULL, e->v, (double)row->n * row->error, d);
        explain_put_number(t, "score_after", row->score_after);
        explain_put_number(t, "p_after", row->p_after);
        explain_end(t, "}");
    }
    explain_end(t, "]");
}

// The whole as JSON, ended by 0; NULL without memory. The caller frees it.
static inline char *explain_json(const explanation *e)
{
    static const char *const loss_name[] = {"softmax", "neg_sampling", "hierarchical"};
    const size_t d = e->model->dim, V = e->model->size;
    explain_text t = {NULL, 0, 0, 0, 0};
    explain_begin(&t, NULL, "{");
    explain_put_words(&t, e);
    explain_put_number(&t, "V", (double)V);
    explain_put_number(&t, "d", (double)d);
    explain_put_number(&t, "parameters", explain_parameters(e));
    explain_put_string(&t, "architecture", e->set.cbow ? "cbow" : "skipgram");
    explain_put_string(&t, "loss_type", loss_name[e->set.loss_type]);
    explain_put_pairs(&t, e);
    explain_put_vector(&t, "v", NULL, e->v, 1.0, d);
    explain_put_rows(&t, e);
    explain_put_number(&t, "loss", e->J);
    explain_put_vector(&t, "dv", NULL, e->dv, 1.0, d);
    explain_put_vector(&t, "dv_numeric", NULL, e->numeric, 1.0, d);
    explain_put_number(&t, "spacing", e->set.spacing);
    explain_put_number(&t, "learning_rate", e->set.rate);
    explain_put_vector(&t, "v_after", NULL, e->v_after, 1.0, d);
    explain_put_number(&t, "loss_after", e->J_after);
    explain_end(&t, "}");
    explain_put(&t, "\n", 1);
    if (!t.failed) return t.bytes;
    free(t.bytes);
    return NULL;
}

#endif
