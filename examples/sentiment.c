// SPDX-License-Identifier: MIT-0
//
// sentiment.c - five-way sentiment of the Stanford Treebank's sentences from the means of their word vectors
//
//   sentiment VECTORS datasetSentences.txt sentence_labels.tsv
//   sentiment -sentences 200 -dropout 0.5 -loss losses.svg VECTORS datasetSentences.txt sentence_labels.tsv
//
// It trains a softmax regression with w2v_sgd, once on the vectors as they are and once on unit vectors.

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROGRAM "sentiment"
#include "cli.h"
#include "curves.h"
#include "treebank.h"

enum { CLASSES = 5, SPLITS = 4 };
static const char *const split_name[SPLITS] = {"", "train", "test", "dev"};

static const char usage[] =
    "usage: sentiment [options] VECTORS datasetSentences.txt sentence_labels.tsv\n"
    "  Predicts the sentiment of a sentence, 0 to 4, from the mean of its word vectors.\n"
    "  datasetSentences.txt is in stanfordSentimentTreebank.zip of https://nlp.stanford.edu/sentiment/\n"
    "  sentence_labels.tsv has a header, and then in each line, joined by tabs, the sentence index, the\n"
    "  split (1 train, 2 test, 3 dev) and the label (0 to 4); examples/README.md has a command that makes it.\n"
    "  -loss FILE           draws the losses, if FILE ends in .svg, or else writes them as CSV\n"
    "  -weighting WHAT      of words: mean, idf or sif (mean). idf and sif need counts, as checkpoints\n"
    "                       of word2vec, .w2v, .npy and .tsv can have them\n"
    "  -components N        directions that the training sentences share and that are removed (0; sif: 1)\n"
    "  -sentences N         trains on the first N sentences of the split alone (0: all)\n"
    "  -dropout X           the share of the numbers of a mean that an iteration does not see (0)\n"
    "  -seed N              of the dropout (1)\n"
    "  Fields of w2v_sgd_config are options by their names:\n"
    "  -iterations N        (500)\n"
    "  -optimizer NAME      sgd, momentum, adam, adamw or adagrad (adam)\n"
    "  -learning-rate X     (0.05), multiplied by -anneal X (0.5) after every -anneal-every N (250) "
    "iterations\n"
    "  -l2 X                adds X times the parameters to the gradient (1e-5)\n"
    "  -weight-decay X      shrinks the parameters by learning rate times X, with adamw (0)\n";

typedef struct options {
    const char *curve;  // the file of the losses
    uint64_t sentences, seed;
    float dropout;
    int components_set;
    w2v_sentence_config sentence;
    w2v_sgd_config sgd;
} options;

typedef struct labels {
    uint8_t *split, *label;  // (sentences)
} labels;

// The three numbers of every line, matched by sentence index.
static labels read_labels(const char *path, const treebank *b)
{
    size_t bytes, number = 1, seen = 0, count[SPLITS] = {0};
    char *text = read_text(path, &bytes), *rest = text, *line = next_line(&rest);
    labels l = {(uint8_t *)calloc(b->sentences, 1), (uint8_t *)calloc(b->sentences, 1)};
    if (!l.split || !l.label) die(1, "out of memory");
    if (!line || strncmp(line, "sentence_index\t", 15))
        die(1, "'%s' line 1 is '%.40s', not a header that begins with 'sentence_index<TAB>'", path,
            line ? line : "");
    while ((line = next_line(&rest)) != NULL) {
        unsigned index, split, grade;
        char extra;
        number++;
        if (sscanf(line, "%9u %9u %9u %c", &index, &split, &grade, &extra) != 3 || split < 1 ||
            split >= SPLITS || grade >= CLASSES)
            die(1, "'%s' line %zu is '%.40s', not index, split 1 to 3 and label 0 to 4", path, number, line);
        // indices rise from 1, so sentence i has index i + 1
        if (index < 1 || index > b->sentences || b->index[index - 1] != index)
            die(1, "'%s' line %zu: there is no sentence %u", path, number, index);
        if (l.split[index - 1])
            die(1, "'%s' line %zu: sentence %u has its labels already", path, number, index);
        l.split[index - 1] = (uint8_t)split;
        l.label[index - 1] = (uint8_t)grade;
        count[split]++;
        seen++;
    }
    free(text);
    if (seen != b->sentences) die(1, "'%s' has labels for %zu of %zu sentences", path, seen, b->sentences);
    if (!count[1]) die(1, "'%s' has no sentence to train on: none is of split 1", path);
    return l;
}

// Softmax regression: parameters are W (CLASSES, d + 1), the last column the bias; examples are rows of d + 1
// floats.
typedef struct regression {
    const float *features;  // (sentences, d + 1)
    const labels *answers;
    size_t sentences, width;
    uint8_t *learned;  // (sentences) 1 for those to learn from
    size_t count;      // how many
    float dropout;
    float *dropped;  // (d + 1) an example after dropout
    w2v_random random;
} regression;

static void class_scores(const regression *r, const float *x, const float *example, float *score)
{
    for (size_t c = 0; c < CLASSES; c++) score[c] = w2v_dot(x + c * r->width, example, r->width);
}

// What an iteration sees of an example: all, or what dropout leaves of it and the bias.
static const float *seen(regression *r, size_t s)
{
    const float *example = r->features + s * r->width;
    if (r->dropout <= 0.0f) return example;
    const w2v_random mask = w2v_random_stream(w2v_random_next(&r->random), 0);
    w2v_dropout(r->dropout, &mask, example, r->dropped, r->width - 1);
    r->dropped[r->width - 1] = 1.0f;
    return r->dropped;
}

static double mean_loss(const float *x, float *grad, w2v_touched *touched, void *user)
{
    regression *r = (regression *)user;
    (void)touched;
    double loss = 0.0;
    for (size_t s = 0; s < r->sentences; s++) {
        if (!r->learned[s]) continue;
        float p[CLASSES];
        const float *example = seen(r, s);
        class_scores(r, x, example, p);
        const float right = p[r->answers->label[s]];
        loss += (double)(w2v_softmax(p, p, CLASSES) - right) / (double)r->count;
        p[r->answers->label[s]] -= 1.0f;
        for (size_t c = 0; c < CLASSES && grad; c++)
            w2v_axpy(p[c] / (float)r->count, example, grad + c * r->width, r->width);
    }
    return loss;
}

static double accuracy(const regression *r, const float *x, int split)
{
    size_t n = 0, right = 0;
    for (size_t s = 0; s < r->sentences; s++) {
        if (r->answers->split[s] != split || (split == 1 && !r->learned[s])) continue;
        float score[CLASSES];
        size_t best = 0;
        class_scores(r, x, r->features + s * r->width, score);
        for (size_t c = 1; c < CLASSES; c++) best = score[c] > score[best] ? c : best;
        n++;
        right += best == r->answers->label[s];
    }
    return n ? 100.0 * (double)right / (double)n : 0.0;
}

// Appends a sentence of the treebank to a text, as a line.
static void append_sentence(w2v_buffer *text, const treebank *b, size_t s)
{
    for (size_t i = b->begin[s]; i < b->begin[s + 1]; i++) {
        const char *word = b->word[b->token[i]];
        if (w2v_buffer_write(word, strlen(word), text) || w2v_buffer_write(" ", 1, text))
            die(1, "out of memory");
    }
    if (w2v_buffer_write("\n", 1, text)) die(1, "out of memory");
}

// Learns what all sentences to train with have in common.
static void fit_sentences(w2v_sentences *sentences, const treebank *b, const labels *l)
{
    w2v_buffer text = {NULL, 0, 0};
    w2v_error err;
    for (size_t s = 0; s < b->sentences; s++)
        if (l->split[s] == 1) append_sentence(&text, b, s);
    const w2v_source source = w2v_source_text(text.data, text.size);
    if (w2v_sentences_fit(sentences, &source, NULL, &err) != W2V_OK) die(1, "%s", err.message);
    w2v_buffer_free(&text);
}

// The vectors of all sentences, and 1 for the bias.
static float *sentence_vectors(const treebank *b, const labels *l, w2v_sentences *sentences, size_t dim,
                               int fit)
{
    const size_t width = dim + 1;
    float *features = (float *)calloc(b->sentences * width, sizeof *features);
    w2v_buffer text = {NULL, 0, 0};
    w2v_error err;
    if (!features) die(1, "out of memory");
    if (fit) fit_sentences(sentences, b, l);
    for (size_t s = 0; s < b->sentences; s++) {
        float *row = features + s * width;
        text.size = 0;
        append_sentence(&text, b, s);
        if (w2v_sentences_vector(sentences, text.data, text.size, row, NULL, &err) != W2V_OK)
            die(1, "%s", err.message);
        row[dim] = 1.0f;
    }
    w2v_buffer_free(&text);
    return features;
}

typedef struct watch {
    loss_log *log;
    int normalize;
} watch;

static int report(const w2v_sgd_progress *p, void *user)
{
    const watch *w = (const watch *)user;
    if (loss_due(w->log, (double)p->iteration, (double)p->iterations))
        loss_print(w->log, w->normalize ? "%zu,,%.6g\n" : "%zu,%.6g,\n", p->iteration, p->loss);
    if (isatty(fileno(stderr))) {
        show_bar("training", (double)p->iteration / (double)p->iterations);
        fprintf(stderr, "  loss %f  %.0f s left   %s", p->loss, p->seconds_left,
                p->iteration == p->iterations ? "\n" : "");
    }
    return interrupted;
}

static const char loss_title[] = "Loss of the sentiment of the training sentences";

static void classify(const treebank *b, const labels *l, w2v_sentences *sentences, size_t dim, int normalize,
                     const options *o, loss_log *log)
{
    float *features = sentence_vectors(b, l, sentences, dim, o->sentence.components > 0);
    regression r = {
        features, l, b->sentences, dim + 1, NULL, 0, o->dropout, NULL, w2v_random_stream(o->seed, 0)};
    float *x = (float *)calloc(CLASSES * r.width, sizeof *x);
    r.dropped = (float *)calloc(r.width, sizeof *r.dropped);
    r.learned = (uint8_t *)calloc(r.sentences, 1);
    if (!x || !r.dropped || !r.learned) die(1, "out of memory");
    for (size_t s = 0; s < r.sentences && (!o->sentences || r.count < o->sentences); s++)
        r.count += r.learned[s] = l->split[s] == 1;
    const w2v_objective f = {mean_loss, &r, CLASSES * r.width, 0, &r.random};
    w2v_sgd_config cfg = o->sgd;
    watch w = {log, normalize};
    cfg.progress_fn = report;
    cfg.progress_user = &w;
    w2v_sgd_progress last;
    w2v_error err;
    log->due = 0.0;
    const w2v_status status = w2v_sgd(&f, x, &cfg, &last, &err);
    if (status != W2V_OK)
        loss_die(log, loss_title, status == W2V_ERROR_STOPPED ? interrupted_status() : 1, err.message);
    printf("%-12s loss %.4f  %.1f s ", normalize ? "normalised" : "raw", last.loss, last.seconds);
    for (int split = 1; split < SPLITS; split++)
        printf("  %s %.1f %%", split_name[split], accuracy(&r, x, split));
    printf("\n");
    free(x);
    free(r.dropped);
    free(r.learned);
    free(features);
}

static void set_sentence_field(options *o, const char *name, const char *value)
{
    w2v_error err;
    if (w2v_sentence_config_set(&o->sentence, name + 1, value, &err) != W2V_OK) die(2, "%s", err.message);
    o->components_set |= !strcmp(name, "-components");
}

// Returns where the arguments begin.
static int parse(int argc, char **argv, options *o)
{
    int i = 1;
    memset(o, 0, sizeof *o);
    o->seed = 1;
    o->sentence = w2v_sentence_config_default();
    o->sgd = w2v_sgd_config_default();
    o->sgd.optimizer = W2V_ADAM;
    o->sgd.learning_rate = 0.05;
    o->sgd.iterations = 500;
    o->sgd.anneal_every = 250;
    o->sgd.l2 = 1e-5;
    o->sgd.progress_every = 1;
    for (; i < argc && argv[i][0] == '-'; i++) {
        const char *name = option_name(argv, i, usage), *value = option_value(argv, &i);
        if (!strcmp(name, "-loss"))
            o->curve = value;
        else if (!strcmp(name, "-sentences"))
            o->sentences = whole_number(name, value, SIZE_MAX);
        else if (!strcmp(name, "-dropout"))
            o->dropout = (float)real_number(name, value, 0.0, 0.99);
        else if (!strcmp(name, "-seed"))
            o->seed = whole_number(name, value, UINT64_MAX);
        else if (!strcmp(name, "-weighting") || !strcmp(name, "-components"))
            set_sentence_field(o, name, value);
        else if (!strcmp(name, "-resume") || !strncmp(name, "-checkpoint", 11))
            die(2, "unknown option '%s': there is no checkpoint here (-help lists the options)", name);
        else
            set_sgd_field(&o->sgd, name, value);
    }
    if (!o->components_set) o->sentence.components = o->sentence.weighting == W2V_WEIGHTING_SIF;
    if (argc - i != 3)
        die(2, "VECTORS, datasetSentences.txt and sentence_labels.tsv must be given (-help explains)");
    return i;
}

int main(int argc, char **argv)
{
    options o;
    const int at = parse(argc, argv, &o);
    w2v_load_report report;
    w2v_sentences *sentences;
    w2v_error err;
    loss_log log;
    for (int i = at; i < at + 3; i++) refuse_overwriting("-loss", o.curve, argv[i]);
    if (o.curve && w2v_check_writable(o.curve, &err) != W2V_OK) die(1, "%s", err.message);
    w2v_model *m = load_model(argv[at], w2v_load_config_default(), &report);
    const file_name words = words_beside(argv[at], report.format);
    refuse_overwriting("-loss", o.curve, words.path);
    if (w2v_sentences_new(&sentences, m, &o.sentence, &err) != W2V_OK) die(1, "%s", err.message);
    treebank b = read_treebank(argv[at + 1]);
    labels l = read_labels(argv[at + 2], &b);
    size_t most = 0, count[CLASSES] = {0}, n = 0;
    for (size_t s = 0; s < b.sentences; s++) count[l.label[s]] += l.split[s] == 2, n += l.split[s] == 2;
    for (size_t c = 0; c < CLASSES; c++) most = count[c] > most ? count[c] : most;
    printf("%zu sentences, %zu word vectors of %zu dimensions; the most frequent class is %.1f %% of test\n",
           b.sentences, m->size, m->dim, n ? 100.0 * (double)most / (double)n : 0.0);
    if (!loss_open(&log, o.curve, "iteration,raw_loss,normalised_loss", 0))
        die(1, "cannot write '%s': %s", o.curve, strerror(errno));
    catch_signals();
    size_t dim = m->dim;
    classify(&b, &l, sentences, dim, 0, &o, &log);
    for (size_t i = 0; i < m->size; i++) w2v_normalize_rows(m->input + i * m->stride, dim, &dim);
    w2v_model_changed(m);
    classify(&b, &l, sentences, dim, 1, &o, &log);
    if (loss_close(&log, loss_title, &err) != W2V_OK) die(1, "%s", err.message);
    w2v_sentences_free(sentences);
    w2v_model_free(m);
    free_treebank(&b);
    free(l.split);
    free(l.label);
    check_output();
    return 0;
}
