// SPDX-License-Identifier: MIT-0
//
// cs224n.c - assignment 2 of CS224n: word vectors of the Stanford Sentiment Treebank by w2v_sgd
//
//   cs224n datasetSentences.txt
//   cs224n -optimizer adagrad -learning-rate 0.1 -loss losses.svg datasetSentences.txt

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#define PROGRAM "cs224n"
#include "cli.h"
#include "curves.h"
#include "svg.h"
#include "treebank.h"

enum { BATCH = 50, COPIES = 30 };

typedef struct options {
    const char *data, *output, *curve;
    size_t dim, window, negatives;
    float dropout;
    uint64_t seed;
    w2v_loss_type loss;
    w2v_sgd_config sgd;
} options;

// What the objective needs.
typedef struct task {
    const options *set;
    treebank text;
    uint32_t *token;  // of all sentences that are left after subsampling
    size_t *begin;    // (sentences + 1) where in token each of them begins
    size_t sentences;
    w2v_alias noise;
    w2v_random random;
    uint32_t *outside;     // (BATCH, 2 window) the outside words of a batch
    uint32_t *negatives;   // (2 window, K) the negatives of a window
    float *dropped;        // (2, d) a centre vector after dropout, and its gradient
    w2v_touched *touched;  // rows of the current batch
} task;

// Every token of 30 copies of the text is dropped with probability max(0, 1 - sqrt(1e-5 * words / count));
// sentences of more than one word stay.
static void subsample(task *t)
{
    const treebank *b = &t->text;
    uint32_t *keep = (uint32_t *)malloc(b->V * sizeof *keep);  // of 2^32 draws
    t->token = (uint32_t *)malloc(COPIES * b->tokens * sizeof *t->token);
    t->begin = (size_t *)malloc((COPIES * b->sentences + 1) * sizeof *t->begin);
    if (!keep || !t->token || !t->begin) die(1, "out of memory");
    for (size_t w = 0; w < b->V; w++)
        keep[w] =
            (uint32_t)(fmin(sqrt(1e-5 * (double)(b->tokens + 1) / (double)b->count[w]), 1.0) * 4294967295.0);
    size_t n = 0, different = 0;  // words that are not the first of their sentence
    t->begin[0] = 0;
    for (size_t i = 0; i < COPIES * b->sentences; i++) {
        const size_t s = i % b->sentences;
        size_t end = n;
        for (size_t k = b->begin[s]; k < b->begin[s + 1]; k++)
            if ((uint32_t)(w2v_random_next(&t->random) >> 32) <= keep[b->token[k]])
                t->token[end++] = b->token[k];
        if (end - n < 2) continue;
        for (size_t k = n; k < end; k++) different += t->token[k] != t->token[n];
        t->begin[++t->sentences] = n = end;
    }
    free(keep);
    if (!different) die(1, "no sentence with two different words is left after subsampling");
}

// A centre word and n outside words.
typedef struct window {
    size_t begin, end, at;  // the sentence, and where in it the centre is
    uint32_t centre, n, *outside;
} window;

// A random sentence and a random word of it.
static void draw_centre(task *t, window *w)
{
    const size_t s = w2v_random_below(&t->random, (uint32_t)t->sentences);
    w->begin = t->begin[s];
    w->end = t->begin[s + 1];
    w->at = w->begin + w2v_random_below(&t->random, (uint32_t)(w->end - w->begin));
    w->centre = t->token[w->at];
}

// Up to 1 .. `window` words on each side of the centre, without those that equal it. If there are none, draws
// another centre.
static void draw_outside(task *t, window *w)
{
    for (;; draw_centre(t, w)) {
        const size_t reach = 1 + w2v_random_below(&t->random, (uint32_t)t->set->window);
        const size_t lo = w->at - w->begin > reach ? w->at - reach : w->begin,
                     hi = w->end - w->at > reach ? w->at + reach + 1 : w->end;
        w->n = 0;
        for (size_t i = lo; i < hi; i++)
            if (t->token[i] != w->centre) w->outside[w->n++] = t->token[i];
        if (w->n) return;
    }
}

// The negatives of an outside word; it is none of them.
static void draw_negatives(task *t, uint32_t outside, uint32_t *negative)
{
    for (size_t k = 0; k < t->set->negatives; k++) {
        do negative[k] = w2v_alias_draw(&t->noise, &t->random);
        while (negative[k] == outside);
        w2v_touch(t->touched, t->text.V + negative[k]);
    }
}

// The loss of a window whose centre vector v loses some of its numbers, for which the gradient is 0.
static double dropout_loss(task *t, const w2v_output_layer *output, const window *w, const float *v,
                           float *dv)
{
    const size_t d = t->set->dim;
    float *dropped = t->dropped, *gradient = dropped + d;
    const w2v_random mask = w2v_random_stream(w2v_random_next(&t->random), 0);
    w2v_dropout(t->set->dropout, &mask, v, dropped, d);
    memset(gradient, 0, d * sizeof *gradient);
    const w2v_matrix centre = w2v_matrix_of(dropped, 1, d, d), dcentre = w2v_matrix_of(gradient, 1, d, d);
    const double loss = (double)w2v_skipgram_loss(output, 0, w->outside, w->n, &centre, &dcentre);
    w2v_dropout(t->set->dropout, &mask, gradient, gradient, d);
    if (dv) w2v_axpy(1.0f, gradient, dv, d);
    return loss;
}

// The mean loss of a batch of windows. x holds the centre vectors, rows 0 .. V - 1, and the outside vectors,
// rows V .. 2V - 1. All centres are drawn before any is read, so that their cache misses overlap.
static double batch_loss(const float *x, float *grad, w2v_touched *touched, void *user)
{
    task *t = (task *)user;
    const options *set = t->set;
    const size_t V = t->text.V, d = set->dim, K = set->negatives;
    window batch[BATCH];
    for (size_t b = 0; b < BATCH; b++) {
        batch[b].outside = t->outside + b * 2 * set->window;
        draw_centre(t, &batch[b]);
    }
    for (int b = 0; b < BATCH; b++) draw_outside(t, &batch[b]);
    const w2v_matrix centres = w2v_matrix_of(x, V, d, d), U = w2v_matrix_of(x + V * d, V, d, d);
    w2v_matrix dcentres = centres, dU = U;
    if (grad) dcentres.data = grad, dU.data = grad + V * d;
    w2v_output_layer output;
    memset(&output, 0, sizeof output);
    output.loss_type = set->loss;
    output.weight = 1.0f / (float)BATCH;
    output.U = &U;
    output.dU = grad ? &dU : NULL;
    output.negatives = t->negatives;
    output.K = K;
    double loss = 0.0;
    t->touched = touched;
    for (int b = 0; b < BATCH; b++) {
        window *w = &batch[b];
        w2v_touch(touched, w->centre);
        for (uint32_t i = 0; i < w->n; i++) {
            w2v_touch(touched, V + w->outside[i]);
            if (set->loss == W2V_LOSS_NEG_SAMPLING) draw_negatives(t, w->outside[i], t->negatives + i * K);
        }
        if (set->dropout > 0.0f)
            loss += dropout_loss(t, &output, w, x + w->centre * d, grad ? grad + w->centre * d : NULL);
        else
            loss += (double)w2v_skipgram_loss(&output, w->centre, w->outside, w->n, &centres,
                                              grad ? &dcentres : NULL);
    }
    return loss;
}

static int report(const w2v_sgd_progress *p, void *user)
{
    loss_log *log = (loss_log *)user;
    if (loss_due(log, (double)p->iteration, (double)p->iterations))
        loss_print(log, "%zu,%g,%.6g\n", p->iteration, p->learning_rate, p->loss);
    if (isatty(fileno(stderr))) {
        show_bar("training", (double)p->iteration / (double)p->iterations);
        fprintf(stderr, "  loss %f  %.0f iterations/s  %.0f s left   ", p->loss, p->iterations_per_second,
                p->seconds_left);
        if (p->iteration == p->iterations) fprintf(stderr, "\n");
    } else if (p->iteration % (p->iterations >= 10 ? p->iterations / 10 : 1) == 0) {
        fprintf(stderr, "iteration %zu: loss %f\n", p->iteration, p->loss);
    }
    return interrupted;
}

static void draw_picture(const w2v_model *m, const char *path)
{
    static const char *const group[] = {"praise", "blame", "people", "weather", "drinks"};
    static const char *const word[][9] = {
        {"great", "cool", "brilliant", "wonderful", "well", "amazing", "worth", "sweet", "enjoyable"},
        {"boring", "bad", "dumb", "annoying"},
        {"female", "male", "queen", "king", "man", "woman"},
        {"rain", "snow", "hail"},
        {"coffee", "tea"}};
    svg_point point[sizeof word / sizeof word[0][0]];
    svg_picture p;
    w2v_error err;
    memset(&p, 0, sizeof p);
    for (size_t g = 0; g < sizeof word / sizeof *word; g++) {
        size_t count = 0;
        while (count < sizeof word[g] / sizeof word[g][0] && word[g][count]) count++;
        p.points = add_words(m, point, p.points, g, word[g], count);
    }
    if (!p.points) {
        printf("no picture: the text has none of its words\n");
        return;
    }
    p.title = "Word vectors of the Stanford Sentiment Treebank";
    p.point = point;
    p.group = group;
    p.groups = sizeof group / sizeof *group;
    if (draw_words(path, m, &p, &err) != W2V_OK) die(1, "%s", err.message);
    printf("%s: %zu words on two principal components\n", path, p.points);
}

static const char usage[] =
    "usage: cs224n [options] datasetSentences.txt\n"
    "  Trains word vectors on the Stanford Sentiment Treebank. Writes cs224n_vectors.txt, a picture of some\n"
    "  words, cs224n_vectors.svg, and every 5000 iterations (-checkpoint-every N) the state of the run,\n"
    "  cs224n.checkpoint. datasetSentences.txt is in stanfordSentimentTreebank.zip of\n"
    "  https://nlp.stanford.edu/sentiment/\n"
    "  -loss LOSS           negative (negative sampling) or softmax (negative)\n"
    "  -loss FILE           draws the smoothed loss, if FILE ends in .svg, or else writes it as CSV; the name\n"
    "                       needs a point, since others are taken for a LOSS\n"
    "  -size N              length of a vector (10)\n"
    "  -window N            words to each side; each window draws its size from 1 .. N (5)\n"
    "  -negative N          negative samples of a pair (10)\n"
    "  -dropout X           the share of the numbers of a centre vector that a window does not see (0)\n"
    "  -seed N              (1)\n"
    "  -output FOLDER       where to write (.)\n"
    "  -resume [0|1]        continue from the checkpoint, if there is one\n"
    "  Fields of w2v_sgd_config are options by their names:\n"
    "  -iterations N        batches of 50 windows (40000)\n"
    "  -optimizer NAME      sgd, momentum, adam, adamw or adagrad (sgd)\n"
    "  -learning-rate X     (0.3), multiplied by -anneal X (0.5) after every -anneal-every N (20000) "
    "iterations\n"
    "  -momentum X          (0.9), -beta1 X (0.9), -beta2 X (0.999), -epsilon X (1e-8)\n"
    "  -l2 X                adds X times the parameters to the gradient (0)\n"
    "  -weight-decay X      shrinks the parameters by learning rate times X, with adamw (0)\n";

static size_t positive_number(const char *name, const char *value)
{
    const size_t n = size_number(name, value, 1000);
    if (!n) die(2, "%s must be at least 1", name);
    return n;
}

static options parse(int argc, char **argv)
{
    options o = {NULL, ".", NULL, 10, 5, 10, 0.0f, 1, W2V_LOSS_NEG_SAMPLING, w2v_sgd_config_default()};
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] != '-') {
            if (o.data) die(2, "one file of sentences is needed, not '%s' and '%s'", o.data, argv[i]);
            o.data = argv[i];
            continue;
        }
        const char *name = option_name(argv, i, usage);
        if (!strcmp(name, "-resume")) {
            o.sgd.resume = option_flag(argv, &i);
            continue;
        }
        const char *value = option_value(argv, &i);
        if (!strcmp(name, "-size"))
            o.dim = positive_number(name, value);
        else if (!strcmp(name, "-window"))
            o.window = positive_number(name, value);
        else if (!strcmp(name, "-negative"))
            o.negatives = positive_number(name, value);
        else if (!strcmp(name, "-dropout"))
            o.dropout = (float)real_number(name, value, 0.0, 0.99);
        else if (!strcmp(name, "-seed"))
            o.seed = whole_number(name, value, UINT64_MAX);
        else if (!strcmp(name, "-output"))
            o.output = value;
        else if (strcmp(name, "-loss"))
            set_sgd_field(&o.sgd, name, value);
        else if (!strcmp(value, "softmax"))
            o.loss = W2V_LOSS_SOFTMAX;
        else if (!strcmp(value, "negative"))
            o.loss = W2V_LOSS_NEG_SAMPLING;
        else if (strchr(value, '.'))
            o.curve = value;
        else
            die(2, "-loss takes negative, softmax, FILE.csv or FILE.svg, not '%s'", value);
    }
    if (!o.data) die(2, "the path of datasetSentences.txt is missing (-help tells where to get it)");
    check_folder(o.output);
    return o;
}

// The starting point (2 V, d): random centre vectors, zero outside vectors.
static float *starting_point(task *t)
{
    const size_t n = t->text.V * t->set->dim;
    float *x = (float *)calloc(2 * n, sizeof *x);
    if (!x) die(1, "out of memory");
    for (size_t i = 0; i < n; i++) x[i] = (w2v_random_float(&t->random) - 0.5f) / (float)t->set->dim;
    return x;
}

// Where negatives are drawn from: the words with probability ~ count^0.75.
static void prepare_noise(task *t)
{
    w2v_error err;
    double *weight = (double *)calloc(t->text.V, sizeof *weight);
    if (!weight) die(1, "out of memory");
    for (size_t w = 0; w < t->text.V; w++) weight[w] = pow((double)t->text.count[w], 0.75);
    if (w2v_alias_init(&t->noise, weight, t->text.V, &err) != W2V_OK) die(1, "%s", err.message);
    free(weight);
}

// Returns the exit status.
static int train(task *t, float *x, const options *o, const char *checkpoint)
{
    static const char title[] = "Loss on the Stanford Sentiment Treebank";
    // naive softmax changes every outside vector, negative sampling a few rows
    const size_t row = o->loss == W2V_LOSS_SOFTMAX ? 0 : o->dim;
    const w2v_objective objective = {batch_loss, t, 2 * t->text.V * o->dim, row, &t->random};
    w2v_sgd_config cfg = o->sgd;  // by default step 0.3, halved after every 20,000 iterations
    cfg.progress_fn = report;
    loss_log log;
    cfg.progress_user = &log;
    cfg.checkpoint = checkpoint;
    FILE *before = cfg.resume ? fopen(checkpoint, "rb") : NULL;
    if (before) fclose(before);
    if (!loss_open(&log, o->curve, "iteration,learning_rate,loss", before != NULL))
        die(1, "cannot write '%s': %s", o->curve, strerror(errno));
    w2v_sgd_progress last;
    w2v_error err;
    catch_signals();
    const w2v_status status = w2v_sgd(&objective, x, &cfg, &last, &err);
    if (status != W2V_OK && status != W2V_ERROR_STOPPED) loss_die(&log, title, 1, err.message);
    if (last.iteration % cfg.progress_every) report(&last, &log);  // those since the last report
    if (status == W2V_ERROR_STOPPED && isatty(fileno(stderr))) fprintf(stderr, "\n");
    printf("%zu iterations in %.2f s, %.0f iterations/s, smoothed loss %f\n", last.iteration, last.seconds,
           last.iterations_per_second, last.loss);
    if (loss_close(&log, title, &err) == W2V_OK) return status == W2V_OK ? 0 : interrupted_status();
    complain("%s", err.message);
    return 1;
}

int main(int argc, char **argv)
{
    const options o = parse(argc, argv);
    const file_name checkpoint = in_folder(o.output, "cs224n.checkpoint"),
                    vectors = in_folder(o.output, "cs224n_vectors.txt"),
                    picture = in_folder(o.output, "cs224n_vectors.svg");
    w2v_error err;
    refuse_overwriting("-loss", o.curve, o.data);
    refuse_same("-loss", o.curve, "the checkpoint", checkpoint.path);
    refuse_same("-loss", o.curve, "the file of vectors", vectors.path);
    refuse_same("-loss", o.curve, "the picture", picture.path);
    if (w2v_check_writable(checkpoint.path, &err) != W2V_OK ||
        w2v_check_writable(vectors.path, &err) != W2V_OK || w2v_check_writable(picture.path, &err) != W2V_OK)
        die(1, "%s", err.message);
    if (o.curve && w2v_check_writable(o.curve, &err) != W2V_OK) die(1, "%s", err.message);
    task t;
    memset(&t, 0, sizeof t);
    t.set = &o;
    t.random = w2v_random_stream(o.seed, 0);
    t.text = read_treebank(o.data);
    printf("%zu sentences, %zu words, vocabulary of %zu with UNK\n", t.text.sentences, t.text.tokens,
           t.text.V);
    subsample(&t);
    prepare_noise(&t);
    t.outside = (uint32_t *)malloc(BATCH * 2 * o.window * sizeof *t.outside);
    t.negatives = (uint32_t *)malloc(2 * o.window * o.negatives * sizeof *t.negatives);
    t.dropped = (float *)malloc(2 * o.dim * sizeof *t.dropped);
    if (!t.outside || !t.negatives || !t.dropped) die(1, "out of memory");
    float *x = starting_point(&t);
    const int ended = train(&t, x, &o, checkpoint.path);

    w2v_model *m;
    const float *outside = x + t.text.V * o.dim;
    if (w2v_model_new(&m, (const char *const *)t.text.word, t.text.count, t.text.V, o.dim, x, outside,
                      &err) != W2V_OK ||
        w2v_model_save(m, vectors.path, W2V_FORMAT_TEXT, &err) != W2V_OK)
        die(1, "%s", err.message);
    printf("%s: the centre vectors\n", vectors.path);
    draw_picture(m, picture.path);
    w2v_model_free(m);
    w2v_alias_free(&t.noise);
    free_treebank(&t.text);
    free(t.token);
    free(t.begin);
    free(t.outside);
    free(t.negatives);
    free(t.dropped);
    free(x);
    check_output();
    return ended;
}
