// SPDX-License-Identifier: MIT-0
//
// cs224n.c - assignment 2 of CS224n: word vectors of the Stanford Sentiment Treebank by stochastic gradient descent
//
//   build/cs224n datasetSentences.txt [--loss negative|softmax] [--iterations 40000] [--seed 1] [--output FOLDER]
//   [--resume]

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include "common.h"

enum { DIM = 10, WINDOW = 5, NEGATIVES = 10, BATCH = 50, COPIES = 30 };

// What the objective needs: the text, and where it draws from.
typedef struct task {
    treebank text;
    uint32_t *token;  // of all sentences that are left after subsampling, one behind the other
    size_t *begin;    // (sentences + 1) where each of them begins
    size_t sentences;
    w2v_alias noise;
    w2v_random random;
    w2v_loss loss;
    w2v_touched *touched;  // of the batch at work
} task;

// Every token of 30 copies of the text is dropped with probability max(0, 1 - sqrt(1e-5 * words / count)); sentences
// of more than one word stay.
static void subsample(task *t)
{
    const treebank *b = &t->text;
    uint32_t *keep = (uint32_t *)malloc(b->V * sizeof *keep);  // of 2^32 draws
    t->token = (uint32_t *)malloc(COPIES * b->tokens * sizeof *t->token);
    t->begin = (size_t *)malloc((COPIES * b->sentences + 1) * sizeof *t->begin);
    if (!keep || !t->token || !t->begin) die(1, "cs224n", "out of memory");
    for (size_t w = 0; w < b->V; w++)
        keep[w] = (uint32_t)(fmin(sqrt(1e-5 * (double)(b->tokens + 1) / (double)b->count[w]), 1.0) * 4294967295.0);
    size_t n = 0, different = 0;  // words that are not the first of their sentence
    t->begin[0] = 0;
    for (size_t i = 0; i < COPIES * b->sentences; i++) {
        const size_t s = i % b->sentences;
        size_t end = n;
        for (size_t k = b->begin[s]; k < b->begin[s + 1]; k++)
            if ((uint32_t)(w2v_random_next(&t->random) >> 32) <= keep[b->token[k]]) t->token[end++] = b->token[k];
        if (end - n < 2) continue;
        for (size_t k = n; k < end; k++) different += t->token[k] != t->token[n];
        t->begin[++t->sentences] = n = end;
    }
    free(keep);
    if (!different) die(1, "cs224n", "no sentence with two different words is left after subsampling");
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

// Up to 1 .. WINDOW words on each side of the centre, without those that equal it; if there are none, it is another
// centre's turn.
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

// The mean loss of a batch of windows. x holds the centre vectors, rows 0 .. V - 1, and the outside vectors, rows V
// .. 2V - 1. All centres are drawn before any of them is looked at, so that their cache misses overlap.
static double batch_loss(const float *x, float *grad, w2v_touched *touched, void *user)
{
    task *t = (task *)user;
    const size_t V = t->text.V;
    window batch[BATCH];
    for (int b = 0; b < BATCH; b++) draw_centre(t, &batch[b]);
    for (int b = 0; b < BATCH; b++) draw_outside(t, &batch[b]);
    w2v_output output;
    memset(&output, 0, sizeof output);
    output.loss = t->loss;
    output.V = V;
    output.d = DIM;
    output.weight = 1.0f / BATCH;
    output.U = x + V * DIM;
    output.dU = grad ? grad + V * DIM : NULL;
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
        output.neg = w->negative[0];
        loss += (double)w2v_skipgram_loss(&output, w->centre, w->outside, w->n, x, grad);
    }
    return loss;
}

static int report(const w2v_sgd_progress *p, void *user)
{
    (void)user;
    if (isatty(fileno(stderr))) {
        show_bar("training", (double)p->iteration / (double)p->iterations);
        fprintf(stderr, "  loss %f  %.0f iterations/s  %.0f s left   ", p->loss, p->iterations_per_second, p->seconds_left);
        if (p->iteration == p->iterations) fprintf(stderr, "\n");
    } else if (p->iteration % (p->iterations >= 10 ? p->iterations / 10 : 1) == 0) {
        fprintf(stderr, "iteration %zu: loss %f\n", p->iteration, p->loss);
    }
    return interrupted;
}

static void draw_picture(const w2v_model *m, const char *path)
{
    static const char *const words[] = {"great",     "cool",   "brilliant", "wonderful", "well",     "amazing", "worth",  "sweet",
                                        "enjoyable", "boring", "bad",       "dumb",      "annoying", "female",  "male",   "queen",
                                        "king",      "man",    "woman",     "rain",      "snow",     "hail",    "coffee", "tea"};
    uint32_t ids[sizeof words / sizeof *words];
    w2v_error err;
    const size_t n = add_words(m, ids, 0, words, sizeof words / sizeof *words);
    if (draw_words(path, m, ids, n, &err) != W2V_OK) die(1, "cs224n", "%s", err.message);
    printf("%s: %zu words on two principal components\n", path, n);
}

typedef struct options {
    const char *data, *output;
    uint64_t iterations, seed;
    w2v_loss loss;
    int resume;
} options;

static options parse(int argc, char **argv)
{
    options o = {NULL, "build", 40000, 1, W2V_LOSS_NEG_SAMPLING, 0};
    for (int i = 1; i < argc; i++) {
        const char *a = argv[i];
        if (!strcmp(a, "--resume"))
            o.resume = 1;
        else if (a[0] != '-')
            o.data = a;
        else if (i + 1 == argc)
            die(2, "cs224n", "unknown option '%s', or its value is missing", a);
        else if (!strcmp(a, "--iterations"))
            o.iterations = whole_number("cs224n", a, argv[++i], 1000000000);
        else if (!strcmp(a, "--seed"))
            o.seed = whole_number("cs224n", a, argv[++i], UINT64_MAX);
        else if (!strcmp(a, "--output"))
            o.output = argv[++i];
        else if (!strcmp(a, "--loss") && !strcmp(argv[i + 1], "softmax"))
            o.loss = W2V_LOSS_SOFTMAX, i++;
        else if (!strcmp(a, "--loss") && !strcmp(argv[i + 1], "negative"))
            o.loss = W2V_LOSS_NEG_SAMPLING, i++;
        else
            die(2, "cs224n", "unknown option '%s %s'", a, argv[i + 1]);
    }
    if (!o.data)
        die(2, "cs224n",
            "the path of datasetSentences.txt is missing: it is in stanfordSentimentTreebank.zip of "
            "https://nlp.stanford.edu/sentiment/");
    return o;
}

int main(int argc, char **argv)
{
    const options o = parse(argc, argv);
    w2v_error err;
    task t;
    memset(&t, 0, sizeof t);
    if (!*o.output || strlen(o.output) > 1000)
        die(2, "cs224n", "--output takes a name of 1 to 1000 bytes, not one of %zu", strlen(o.output));
    t.loss = o.loss;
    t.random = w2v_random_stream(o.seed, 0);
    t.text = read_treebank("cs224n", o.data);
    printf("%zu sentences, %zu words, vocabulary of %zu with UNK\n", t.text.sentences, t.text.tokens, t.text.V);
    subsample(&t);
    double *weight = (double *)calloc(t.text.V, sizeof *weight);
    const size_t n = 2 * t.text.V * DIM;
    float *x = (float *)calloc(n, sizeof *x);  // outside vectors start at zero
    if (!weight || !x) die(1, "cs224n", "out of memory");
    for (size_t w = 0; w < t.text.V; w++) weight[w] = pow((double)t.text.count[w], 0.75);
    if (w2v_alias_init(&t.noise, weight, t.text.V, &err) != W2V_OK) die(1, "cs224n", "%s", err.message);
    for (size_t i = 0; i < n / 2; i++) x[i] = (w2v_random_float(&t.random) - 0.5f) / DIM;

    char checkpoint[1024], vectors[1024], picture[1024];
    snprintf(checkpoint, sizeof checkpoint, "%s/cs224n.checkpoint", o.output);
    snprintf(vectors, sizeof vectors, "%s/cs224n_vectors.txt", o.output);
    snprintf(picture, sizeof picture, "%s/cs224n_vectors.svg", o.output);
    // naive softmax moves every outside vector, negative sampling a few rows
    const w2v_objective f = {batch_loss, &t, n, o.loss == W2V_LOSS_SOFTMAX ? 0 : (size_t)DIM, &t.random};
    w2v_sgd_config cfg = w2v_sgd_config_default();  // step 0.3, halved after every 20,000 iterations
    cfg.iterations = (size_t)o.iterations;
    cfg.report_fn = report;
    cfg.checkpoint = checkpoint;
    cfg.resume = o.resume;
    w2v_sgd_progress last;
    signal(SIGINT, on_interrupt);
    if (w2v_check_writable(checkpoint, &err) != W2V_OK || w2v_sgd(&f, x, &cfg, &last, &err) != W2V_OK)
        die(1, "cs224n", "%s", err.message);
    printf("%zu iterations in %.2f s, %.0f iterations/s, smoothed loss %f\n", last.iteration, last.seconds,
           last.iterations_per_second, last.loss);

    w2v_model *m;
    if (w2v_model_new(&m, (const char *const *)t.text.word, t.text.count, t.text.V, DIM, x, x + n / 2, &err) != W2V_OK ||
        w2v_save(m, vectors, W2V_FORMAT_TEXT, &err) != W2V_OK)
        die(1, "cs224n", "%s", err.message);
    printf("%s: the centre vectors\n", vectors);
    draw_picture(m, picture);
    w2v_free(m);
    w2v_alias_free(&t.noise);
    free_treebank(&t.text);
    free(t.token);
    free(t.begin);
    free(weight);
    free(x);
    return 0;
}
