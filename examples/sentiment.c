// SPDX-License-Identifier: MIT-0
//
// sentiment.c - five-way sentiment of the Stanford Treebank's sentences from the mean of their word vectors
//
//   sentiment VECTORS datasetSentences.txt sentence_labels.tsv
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
#include "treebank.h"

enum { CLASSES = 5, SPLITS = 4 };
static const char *const split_name[SPLITS] = {"", "train", "test", "dev"};

static const char usage[] =
    "usage: sentiment VECTORS datasetSentences.txt sentence_labels.tsv\n"
    "  Predicts the sentiment of a sentence, 0 to 4, from the mean of its word vectors.\n"
    "  datasetSentences.txt is in stanfordSentimentTreebank.zip of https://nlp.stanford.edu/sentiment/\n"
    "  sentence_labels.tsv has a header, and then in each line, joined by tabs, the sentence index, the\n"
    "  split (1 train, 2 test, 3 dev) and the label (0 to 4).\n";

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
    int split;  // the one to learn from
} regression;

static void class_scores(const regression *r, const float *x, size_t s, float *score)
{
    for (size_t c = 0; c < CLASSES; c++)
        score[c] = w2v_dot(x + c * r->width, r->features + s * r->width, r->width);
}

static double mean_loss(const float *x, float *grad, w2v_touched *touched, void *user)
{
    const regression *r = (const regression *)user;
    (void)touched;
    size_t n = 0;
    double loss = 0.0;
    for (size_t s = 0; s < r->sentences; s++) n += r->answers->split[s] == r->split;
    for (size_t s = 0; s < r->sentences; s++) {
        if (r->answers->split[s] != r->split) continue;
        float p[CLASSES];
        class_scores(r, x, s, p);
        const float right = p[r->answers->label[s]];
        loss += (double)(w2v_softmax(p, p, CLASSES) - right) / (double)n;
        p[r->answers->label[s]] -= 1.0f;
        for (size_t c = 0; c < CLASSES && grad; c++)
            w2v_axpy(p[c] / (float)n, r->features + s * r->width, grad + c * r->width, r->width);
    }
    return loss;
}

static double accuracy(const regression *r, const float *x, int split)
{
    size_t n = 0, right = 0;
    for (size_t s = 0; s < r->sentences; s++) {
        if (r->answers->split[s] != split) continue;
        float score[CLASSES];
        size_t best = 0;
        class_scores(r, x, s, score);
        for (size_t c = 1; c < CLASSES; c++) best = score[c] > score[best] ? c : best;
        n++;
        right += best == r->answers->label[s];
    }
    return n ? 100.0 * (double)right / (double)n : 0.0;
}

// The mean of the vectors of a sentence's words, as far as the model has them, and 1 for the bias.
static float *sentence_means(const treebank *b, const w2v_model *m, int normalize)
{
    size_t dim = m->dim;
    const size_t width = dim + 1;
    float *features = (float *)calloc(b->sentences * width, sizeof *features),
          *word = (float *)malloc(dim * sizeof *word);
    if (!features || !word) die(1, "out of memory");
    for (size_t s = 0; s < b->sentences; s++) {
        float *row = features + s * width;
        size_t n = 0;
        for (size_t i = b->begin[s]; i < b->begin[s + 1]; i++) {
            const float *v = w2v_model_vector(m, b->word[b->token[i]]);
            if (!v) continue;
            if (normalize) {
                w2v_normalize_rows((float *)memcpy(word, v, dim * sizeof *word), dim, &dim);
                v = word;
            }
            w2v_axpy(1.0f, v, row, dim);
            n++;
        }
        if (n) w2v_scale(1.0f / (float)n, row, dim);
        row[dim] = 1.0f;
    }
    free(word);
    return features;
}

static int report(const w2v_sgd_progress *p, void *user)
{
    (void)user;
    if (isatty(fileno(stderr))) {
        show_bar("training", (double)p->iteration / (double)p->iterations);
        fprintf(stderr, "  loss %f  %.0f s left   %s", p->loss, p->seconds_left,
                p->iteration == p->iterations ? "\n" : "");
    }
    return interrupted;
}

static void classify(const treebank *b, const labels *l, const w2v_model *m, int normalize)
{
    float *features = sentence_means(b, m, normalize);
    regression r = {features, l, b->sentences, m->dim + 1, 1};
    float *x = (float *)calloc(CLASSES * r.width, sizeof *x);
    if (!x) die(1, "out of memory");
    const w2v_objective f = {mean_loss, &r, CLASSES * r.width, 0, NULL};
    w2v_sgd_config cfg = w2v_sgd_config_default();
    cfg.optimizer = W2V_ADAM;
    cfg.learning_rate = 0.05;
    cfg.iterations = 500;
    cfg.anneal_every = 250;
    cfg.l2 = 1e-5;
    cfg.progress_fn = report;
    w2v_sgd_progress last;
    w2v_error err;
    const w2v_status status = w2v_sgd(&f, x, &cfg, &last, &err);
    if (status != W2V_OK) die(status == W2V_ERROR_STOPPED ? interrupted_status() : 1, "%s", err.message);
    printf("%-12s loss %.4f  %.1f s ", normalize ? "normalised" : "raw", last.loss, last.seconds);
    for (int split = 1; split < SPLITS; split++)
        printf("  %s %.1f %%", split_name[split], accuracy(&r, x, split));
    printf("\n");
    free(x);
    free(features);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (argv[i][0] == '-') die(2, "unknown option '%s' (-help explains)", option_name(argv, i, usage));
    if (argc != 4)
        die(2, "VECTORS, datasetSentences.txt and sentence_labels.tsv must be given (-help explains)");
    w2v_model *m;
    w2v_error err;
    if (w2v_model_load(&m, argv[1], NULL, NULL, &err) != W2V_OK) die(1, "%s", err.message);
    treebank b = read_treebank(argv[2]);
    labels l = read_labels(argv[3], &b);
    size_t most = 0, count[CLASSES] = {0}, n = 0;
    for (size_t s = 0; s < b.sentences; s++) count[l.label[s]] += l.split[s] == 2, n += l.split[s] == 2;
    for (size_t c = 0; c < CLASSES; c++) most = count[c] > most ? count[c] : most;
    printf("%zu sentences, %zu word vectors of %zu dimensions; the most frequent class is %.1f %% of test\n",
           b.sentences, m->size, m->dim, n ? 100.0 * (double)most / (double)n : 0.0);
    catch_signals();
    classify(&b, &l, m, 0);
    classify(&b, &l, m, 1);
    w2v_model_free(m);
    free_treebank(&b);
    free(l.split);
    free(l.label);
    check_output();
    return 0;
}
