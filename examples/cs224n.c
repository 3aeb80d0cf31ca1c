// SPDX-License-Identifier: MIT-0
//
// cs224n.c - assignment 2 of CS224n: word vectors of the Stanford Sentiment Treebank by w2v_sgd
//
//   cs224n datasetSentences.txt

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#define PROGRAM "cs224n"
#include "cli.h"
#include "svg.h"
#include "treebank.h"

enum { DIM = 10, WINDOW = 5, NEGATIVES = 10, BATCH = 50, COPIES = 30 };

// What the objective needs.
typedef struct task {
    treebank text;
    uint32_t *token;  // of all sentences that are left after subsampling
    size_t *begin;    // (sentences + 1) where in token each of them begins
    size_t sentences;
    w2v_alias noise;
    w2v_random random;
    w2v_loss_type loss;
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

// A centre word, n outside words, and negatives for each of them.
typedef struct window {
    size_t begin, end, at;  // the sentence, and where in it the centre is
    uint32_t centre, n, outside[2 * WINDOW], negative[2 * WINDOW][NEGATIVES];
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

// Up to 1 .. WINDOW words on each side of the centre, without those that equal it. If there are none, draws
// another centre.
static void draw_outside(task *t, window *w)
{
    for (;; draw_centre(t, w)) {
        const size_t reach = 1 + w2v_random_below(&t->random, WINDOW);
        const size_t lo = w->at - w->begin > reach ? w->at - reach : w->begin,
                     hi = w->end - w->at > reach ? w->at + reach + 1 : w->end;
        w->n = 0;
        for (size_t i = lo; i < hi; i++)
            if (t->token[i] != w->centre) w->outside[w->n++] = t->token[i];
        if (w->n) return;
    }
}

static void draw_negatives(task *t, window *w, uint32_t i)
{
    for (int k = 0; k < NEGATIVES; k++) {
        do w->negative[i][k] = w2v_alias_draw(&t->noise, &t->random);
        while (w->negative[i][k] == w->outside[i]);
        w2v_touch(t->touched, t->text.V + w->negative[i][k]);
    }
}

// The mean loss of a batch of windows. x holds the centre vectors, rows 0 .. V - 1, and the outside vectors,
// rows V .. 2V - 1. All centres are drawn before any is read, so that their cache misses overlap.
static double batch_loss(const float *x, float *grad, w2v_touched *touched, void *user)
{
    task *t = (task *)user;
    const size_t V = t->text.V;
    window batch[BATCH];
    for (int b = 0; b < BATCH; b++) draw_centre(t, &batch[b]);
    for (int b = 0; b < BATCH; b++) draw_outside(t, &batch[b]);
    const w2v_matrix centres = w2v_matrix_of(x, V, DIM, DIM), U = w2v_matrix_of(x + V * DIM, V, DIM, DIM);
    w2v_matrix dcentres = centres, dU = U;
    if (grad) dcentres.data = grad, dU.data = grad + V * DIM;
    w2v_output_layer output;
    memset(&output, 0, sizeof output);
    output.loss_type = t->loss;
    output.weight = 1.0f / (float)BATCH;
    output.U = &U;
    output.dU = grad ? &dU : NULL;
    output.K = NEGATIVES;
    double loss = 0.0;
    t->touched = touched;
    for (int b = 0; b < BATCH; b++) {
        window *w = &batch[b];
        w2v_touch(touched, w->centre);
        for (uint32_t i = 0; i < w->n; i++) {
            w2v_touch(touched, V + w->outside[i]);
            if (t->loss == W2V_LOSS_NEG_SAMPLING) draw_negatives(t, w, i);
        }
        output.negatives = w->negative[0];
        loss += (double)w2v_skipgram_loss(&output, w->centre, w->outside, w->n, &centres,
                                          grad ? &dcentres : NULL);
    }
    return loss;
}

static int report(const w2v_sgd_progress *p, void *user)
{
    (void)user;
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
    "  words, cs224n_vectors.svg, and the state of the run, cs224n.checkpoint. datasetSentences.txt is in\n"
    "  stanfordSentimentTreebank.zip of https://nlp.stanford.edu/sentiment/\n"
    "  -loss LOSS      negative (negative sampling) or softmax (negative)\n"
    "  -iterations N   batches of 50 windows (40000)\n"
    "  -seed N         (1)\n"
    "  -output FOLDER  where to write (.)\n"
    "  -resume         continue from the checkpoint, if there is one\n";

typedef struct options {
    const char *data, *output;
    uint64_t iterations, seed;
    w2v_loss_type loss;
    int resume;
} options;

static options parse(int argc, char **argv)
{
    options o = {NULL, ".", 40000, 1, W2V_LOSS_NEG_SAMPLING, 0};
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] != '-') {
            if (o.data) die(2, "one file of sentences is needed, not '%s' and '%s'", o.data, argv[i]);
            o.data = argv[i];
            continue;
        }
        const char *name = option_name(argv, i, usage);
        if (!strcmp(name, "-resume")) {
            o.resume = 1;
            continue;
        }
        const char *value = option_value(argv, &i);
        if (!strcmp(name, "-iterations"))
            o.iterations = whole_number(name, value, 1000000000);
        else if (!strcmp(name, "-seed"))
            o.seed = whole_number(name, value, UINT64_MAX);
        else if (!strcmp(name, "-output"))
            o.output = value;
        else if (strcmp(name, "-loss"))
            die(2, "unknown option '%s' (-help lists them)", name);
        else if (!strcmp(value, "softmax"))
            o.loss = W2V_LOSS_SOFTMAX;
        else if (!strcmp(value, "negative"))
            o.loss = W2V_LOSS_NEG_SAMPLING;
        else
            die(2, "-loss takes negative or softmax, not '%s'", value);
    }
    if (!o.data) die(2, "the path of datasetSentences.txt is missing (-help tells where to get it)");
    check_folder(o.output);
    return o;
}

// The starting point (2 V, DIM): random centre vectors, zero outside vectors.
static float *starting_point(task *t)
{
    const size_t n = t->text.V * DIM;
    float *x = (float *)calloc(2 * n, sizeof *x);
    if (!x) die(1, "out of memory");
    for (size_t i = 0; i < n; i++) x[i] = (w2v_random_float(&t->random) - 0.5f) / (float)DIM;
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

// Returns 0 if Ctrl-C has stopped the training.
static int train(task *t, float *x, const options *o, const char *checkpoint)
{
    // naive softmax changes every outside vector, negative sampling a few rows
    const size_t row = o->loss == W2V_LOSS_SOFTMAX ? 0 : (size_t)DIM;
    const w2v_objective objective = {batch_loss, t, 2 * t->text.V * DIM, row, &t->random};
    w2v_sgd_config cfg = w2v_sgd_config_default();  // step 0.3, halved after every 20,000 iterations
    cfg.iterations = (size_t)o->iterations;
    cfg.progress_fn = report;
    cfg.checkpoint = checkpoint;
    cfg.resume = o->resume;
    w2v_sgd_progress last;
    w2v_error err;
    catch_signals();
    const w2v_status status = w2v_sgd(&objective, x, &cfg, &last, &err);
    if (status != W2V_OK && status != W2V_ERROR_STOPPED) die(1, "%s", err.message);
    printf("%zu iterations in %.2f s, %.0f iterations/s, smoothed loss %f\n", last.iteration, last.seconds,
           last.iterations_per_second, last.loss);
    return status == W2V_OK;
}

int main(int argc, char **argv)
{
    const options o = parse(argc, argv);
    const file_name checkpoint = in_folder(o.output, "cs224n.checkpoint"),
                    vectors = in_folder(o.output, "cs224n_vectors.txt"),
                    picture = in_folder(o.output, "cs224n_vectors.svg");
    w2v_error err;
    if (w2v_check_writable(checkpoint.path, &err) != W2V_OK ||
        w2v_check_writable(vectors.path, &err) != W2V_OK || w2v_check_writable(picture.path, &err) != W2V_OK)
        die(1, "%s", err.message);
    task t;
    memset(&t, 0, sizeof t);
    t.loss = o.loss;
    t.random = w2v_random_stream(o.seed, 0);
    t.text = read_treebank(o.data);
    printf("%zu sentences, %zu words, vocabulary of %zu with UNK\n", t.text.sentences, t.text.tokens,
           t.text.V);
    subsample(&t);
    prepare_noise(&t);
    float *x = starting_point(&t);
    const int finished = train(&t, x, &o, checkpoint.path);

    w2v_model *m;
    const float *outside = x + t.text.V * DIM;
    if (w2v_model_new(&m, (const char *const *)t.text.word, t.text.count, t.text.V, DIM, x, outside, &err) !=
            W2V_OK ||
        w2v_model_save(m, vectors.path, W2V_FORMAT_TEXT, &err) != W2V_OK)
        die(1, "%s", err.message);
    printf("%s: the centre vectors\n", vectors.path);
    draw_picture(m, picture.path);
    w2v_model_free(m);
    w2v_alias_free(&t.noise);
    free_treebank(&t.text);
    free(t.token);
    free(t.begin);
    free(x);
    check_output();
    return finished ? 0 : interrupted_status();
}
