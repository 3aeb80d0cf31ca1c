// SPDX-License-Identifier: MIT-0
//
// test_models.c - every architecture with every loss: steps against the textbook, learning, held-out loss, threads,
// checkpoints

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#define W2V_BLOCK_BYTES 4096  // several blocks even in small texts
#include "w2v.h"

#include "test.h"
#include "topics.h"

enum { V = 12, DIM = 21 };
enum { LOSSES = 4 };

static char scratch[1024];  // a file beside the program

static const char *const loss_names[LOSSES] = {"softmax", "negative sampling", "hierarchical softmax",
                                               "both"};

static w2v_config config_of(w2v_architecture architecture, w2v_loss loss)
{
    w2v_config cfg = w2v_config_default();
    cfg.dim = DIM;
    cfg.min_count = 1;
    cfg.sample = 0.0;
    cfg.threads = 1;
    cfg.architecture = architecture;
    cfg.loss = loss;
    return cfg;
}

// ------------------------------------------------------------------------------------------------------------------
// A span against the textbook

// The sum of the losses of a span in double, and of its gradients.
typedef struct textbook {
    const w2v_trainer *t;
    const float *in, *out, *nodes;  // (V, DIM) before the step
    double din[V * DIM], dout[V * DIM], dnodes[V * DIM];
    double loss, pairs;
} textbook;

// weight times -log s(sign u.v): the gradients go to dv and du.
static void add_term(textbook *b, const double *v, const float *u, double sign, double weight, double *dv,
                     double *du)
{
    double score = 0.0;
    for (size_t k = 0; k < DIM; k++) score += v[k] * (double)u[k];
    const double g = -sign * weight / (1.0 + exp(sign * score));
    b->loss += weight * log1p(exp(-sign * score));
    for (size_t k = 0; k < DIM; k++) dv[k] += g * (double)u[k], du[k] += g * v[k];
}

static void add_softmax(textbook *b, const double *v, uint32_t centre, double weight, double *dv)
{
    double score[V], total = 0.0;
    for (size_t j = 0; j < V; j++) {
        score[j] = 0.0;
        for (size_t k = 0; k < DIM; k++) score[j] += v[k] * (double)b->out[j * DIM + k];
        total += exp(score[j]);
    }
    b->loss += weight * (log(total) - score[centre]);
    for (size_t j = 0; j < V; j++) {
        const double g = weight * (exp(score[j]) / total - (j == centre));
        for (size_t k = 0; k < DIM; k++)
            dv[k] += g * (double)b->out[j * DIM + k], b->dout[j * DIM + k] += g * v[k];
    }
}

// A pair of an input and a centre, which counts `weight` times, with its negatives.
static void add_pair(textbook *b, const double *v, uint32_t centre, const uint32_t *drawn, double weight,
                     double *dv)
{
    const w2v_config *cfg = &b->t->cfg;
    const size_t N = b->t->negatives;
    b->pairs += weight;
    if (cfg->loss == W2V_LOSS_SOFTMAX) add_softmax(b, v, centre, weight, dv);
    if (cfg->loss == W2V_LOSS_NEG_SAMPLING || cfg->loss == W2V_LOSS_BOTH) {
        add_term(b, v, b->out + centre * DIM, 1.0, weight, dv, b->dout + centre * DIM);
        for (size_t j = 0; j < N; j++)
            add_term(b, v, b->out + drawn[j] * DIM, -1.0, weight * (double)cfg->negative / (double)N, dv,
                     b->dout + drawn[j] * DIM);
    }
    if (cfg->loss == W2V_LOSS_HIERARCHICAL || cfg->loss == W2V_LOSS_BOTH)
        for (size_t at = b->t->path_begin[centre]; at < b->t->path_begin[centre + 1]; at++)
            add_term(b, v, b->nodes + b->t->path[at] / 2 * DIM, b->t->path[at] % 2 ? -1.0 : 1.0, weight, dv,
                     b->dnodes + b->t->path[at] / 2 * DIM);
}

static double weight_at(const w2v_config *cfg, size_t q, size_t c)
{
    const double distance = q < c ? (double)(c - q) : (double)(q - c);
    return cfg->window_shape == W2V_WINDOW_WEIGHTED
               ? ((double)cfg->window + 1.0 - distance) / (double)cfg->window
               : 1.0;
}

// The window of the words lo .. hi of a sentence around the one at c.
static void add_window(textbook *b, const uint32_t *sentence, size_t lo, size_t hi, size_t c,
                       const uint32_t *drawn)
{
    const w2v_config *cfg = &b->t->cfg;
    double mean[DIM] = {0}, dmean[DIM] = {0}, total = 0.0;
    for (size_t q = lo; q <= hi; q++) {
        const double weight = weight_at(cfg, q, c);
        double v[DIM];
        if (q == c) continue;
        for (size_t k = 0; k < DIM; k++) v[k] = (double)b->in[sentence[q] * DIM + k];
        for (size_t k = 0; k < DIM; k++) mean[k] += weight * v[k];
        total += weight;
        if (cfg->architecture == W2V_SKIPGRAM)
            add_pair(b, v, sentence[c], drawn, weight, b->din + sentence[q] * DIM);
    }
    if (cfg->architecture == W2V_SKIPGRAM) return;
    for (size_t k = 0; k < DIM; k++) mean[k] /= total;
    add_pair(b, mean, sentence[c], drawn, 1.0, dmean);
    for (size_t q = lo; q <= hi; q++) {
        const double weight = weight_at(cfg, q, c) / (cfg->cbow_undivided ? 1.0 : total);
        for (size_t k = 0; k < DIM && q != c; k++) b->din[sentence[q] * DIM + k] += weight * dmean[k];
    }
}

// The vectors of a model without padding.
static void copy_rows(const w2v_model *m, const float *from, float *to)
{
    for (size_t i = 0; i < m->size && from; i++)
        memcpy(to + i * m->dim, from + i * m->stride, m->dim * sizeof *to);
}

static double largest_error(const w2v_model *m, const float *now, const float *before, const double *gradient,
                            double alpha)
{
    double worst = 0.0;
    for (size_t i = 0; i < V * DIM && now; i++) {
        const double x = (double)now[i / DIM * m->stride + i % DIM];
        worst = fmax(worst, fabs((double)before[i] - alpha * gradient[i] - x));
    }
    return worst;
}

// Trains one span after another, always from the same vectors, and compares each with the sum of the textbook's
// gradients of its windows. Sizes of windows and negatives are what the step has drawn.
static void test_step(w2v_config cfg)
{
    static const uint32_t sentence[] = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 0, 0, 0, 11, 10, 2, 1};
    const size_t length = sizeof sentence / sizeof *sentence;
    const float alpha = 0.25f;
    char text[400];
    size_t bytes = 0;
    for (int i = 0; i < V; i++)  // word i occurs V - i times: it has this number
        for (int k = 0; k < V - i; k++)
            bytes += (size_t)snprintf(text + bytes, sizeof text - bytes, "w%d ", i);
    const w2v_source source = w2v_source_text(text, bytes);
    cfg.loss_every = 1;
    for (size_t c = 0, n = 0; c < length; c += n) {
        static float in[V * DIM], out[V * DIM], nodes[V * DIM];
        static textbook b;
        w2v_trainer *t = NULL;
        w2v_error err = {""};
        if (!CHECK(w2v_trainer_new(&t, &source, 1, &cfg, NULL, NULL, &err) == W2V_OK)) {
            printf("    %s\n", err.message);
            return;
        }
        w2v__worker *w = &t->workers[0];
        w2v__tokens *k = &w->tokens;
        w2v_random r = w2v_random_stream(10, 0);
        for (int matrix = 0; matrix < W2V__MATRICES; matrix++)
            for (size_t i = 0; i < V * DIM && w2v__matrix(t->m, matrix); i++)
                w2v__matrix(t->m, matrix)[i / DIM * t->m->stride + i % DIM] =
                    2.0f * w2v_random_float(&r) - 1.0f;
        copy_rows(t->m, t->m->in, in);
        copy_rows(t->m, t->m->out, out);
        copy_rows(t->m, t->m->nodes, nodes);
        memset(&b, 0, sizeof b);
        b.t = t;
        b.in = in;
        b.out = out;
        b.nodes = nodes;
        w->random = w2v_random_stream(9, 0);
        w2v__start_draws(w, w2v_random_stream(9, 1));
        w2v_random replay = w->random;
        uint32_t drawn[64];
        for (size_t j = 0; j < t->negatives; j++) drawn[j] = w->negatives.drawn[j];
        memcpy(k->kept, sentence, sizeof sentence);
        w2v__begin_tokens(w, length);
        k->sentence = 0;
        k->sentence_end = length;
        k->alpha = alpha;
        n = w2v__train_span(w, c);
        CHECK(n >= 1 && n <= t->span && w->status == W2V_OK);
        size_t reach[16];
        for (size_t i = 0; i < n; i++)
            reach[i] = cfg.window_shape == W2V_WINDOW_SHRINKING
                           ? 1 + w2v_random_below(&replay, (uint32_t)cfg.window)
                           : cfg.window;
        for (size_t j = 0; j < t->negatives; j++)
            while (w2v__find_id(sentence, c, c + n, drawn[j]) < c + n)
                drawn[j] = w2v_alias_draw(&t->noise, &replay);
        for (size_t i = 0; i < n; i++) {
            const size_t lo = c + i > reach[i] ? c + i - reach[i] : 0,
                         hi = w2v__min_size(c + i + reach[i], length - 1);
            add_window(&b, sentence, lo, hi, c + i, drawn);
        }
        const double errors[3] = {largest_error(t->m, t->m->in, in, b.din, (double)alpha),
                                  largest_error(t->m, t->m->out, out, b.dout, (double)alpha),
                                  largest_error(t->m, t->m->nodes, nodes, b.dnodes, (double)alpha)};
        for (int matrix = 0; matrix < 3; matrix++)
            if (!CHECK(errors[matrix] < 1e-5))  // sums of at most 200 terms up to 1, each rounded
                printf("    %s, %s, shape %d, matrix %d: error %g\n",
                       cfg.architecture == W2V_CBOW ? "CBOW" : "skip-gram", loss_names[cfg.loss],
                       (int)cfg.window_shape, matrix, errors[matrix]);
        const w2v__loss loss = w2v__take_loss(w);
        CHECK_NEAR(loss.pairs, b.pairs, 1e-6 * b.pairs);  // weights are floats
        CHECK_NEAR(loss.loss, b.loss, 1e-5 * b.loss);
        for (size_t i = 0; i < V; i++)
            for (size_t d = DIM; d < t->m->stride; d++) CHECK(t->m->in[i * t->m->stride + d] == 0.0f);
        w2v_trainer_free(t);
    }
}

static void test_steps(void)
{
    for (int architecture = W2V_SKIPGRAM; architecture <= W2V_CBOW; architecture++)
        for (int loss = 0; loss < LOSSES; loss++)
            for (int shape = W2V_WINDOW_SHRINKING; shape <= W2V_WINDOW_WEIGHTED; shape++)
                for (size_t window = 1; window <= 30; window += window < 5 ? 2 : 25) {
                    w2v_config cfg = config_of((w2v_architecture)architecture, (w2v_loss)loss);
                    cfg.window_shape = (w2v_window_shape)shape;
                    cfg.window = window;
                    if (cfg.architecture == W2V_SKIPGRAM && loss == W2V_LOSS_SOFTMAX && window > 5)
                        continue;  // is cut into several steps
                    cfg.sharing = W2V_SHARE_WINDOW;
                    test_step(cfg);
                    cfg.sharing = W2V_SHARE_SPAN;
                    cfg.span = 5;
                    cfg.span_negative = 3;
                    cfg.cbow_undivided = 1;
                    test_step(cfg);
                }
}

// ------------------------------------------------------------------------------------------------------------------
// Training

static w2v_config small_config(int architecture, int loss)
{
    w2v_config cfg = config_of((w2v_architecture)architecture, (w2v_loss)loss);
    cfg.alpha = architecture == W2V_CBOW ? 0.2f : 0.05f;
    cfg.epochs = 3;
    return cfg;
}

// Topics are told apart; the loss of the training text and of held-out text falls, and begins as it has to: every
// probability of a pair is 1/2 with output vectors of zeros, that of a softmax 1/V.
static void test_learning(int architecture, int loss, size_t threads)
{
    size_t bytes;
    char *text = topics(&bytes);
    const size_t held = bytes / 10;
    while (text[bytes - held - 1] != '\n') bytes--;
    const w2v_source source = w2v_source_text(text, bytes - held),
                     rest = w2v_source_text(text + bytes - held, held);
    w2v_config cfg = small_config(architecture, loss);
    w2v_trainer *t = NULL;
    double before = 0.0, after = 0.0;
    cfg.threads = threads;
    cfg.loss_every = 1;
    CHECK(w2v_trainer_new(&t, &source, 1, &cfg, NULL, NULL, NULL) == W2V_OK);
    CHECK(w2v_trainer_hold_out(t, &rest, 1, NULL) == W2V_OK);
    CHECK(w2v_trainer_validate(t, &before, NULL) == W2V_OK);
    if (loss == W2V_LOSS_SOFTMAX) CHECK_NEAR(before, log(40.0), 1e-5);
    if (loss == W2V_LOSS_NEG_SAMPLING) CHECK_NEAR(before, 6.0 * log(2.0), 1e-5);
    CHECK(w2v_trainer_run(t, w2v_trainer_report(t).total / 20, NULL) == W2V_OK);  // later it hardly falls
    const double first = w2v_trainer_report(t).loss;
    CHECK(w2v_trainer_run(t, UINT64_MAX, NULL) == W2V_OK);
    CHECK(w2v_trainer_validate(t, &after, NULL) == W2V_OK);
    const double last = w2v_trainer_report(t).loss, apart = separation(w2v_trainer_model(t));
    if (!CHECK(apart > 0.5 && after < 0.95 * before && last < first))  // measured: apart 0.8 and more
        printf("    architecture %d, %s, %zu threads: apart %.2f, held-out loss %.3f and %.3f, loss %.3f and "
               "%.3f\n",
               architecture, loss_names[loss], threads, apart, before, after, first, last);
    w2v_trainer_free(t);
    free(text);
}

static uint64_t hash_matrices(const w2v_model *m)
{
    uint64_t h = 0;
    for (int matrix = 0; matrix < W2V__MATRICES; matrix++)
        if (w2v__matrix(m, matrix))
            h = h * 31 + test_hash(w2v__matrix(m, matrix), m->size * m->stride * sizeof(float));
    return h;
}

// Deterministic training comes to the same with any number of threads; so does training that is saved, loaded by
// another trainer and goes on. The checkpoint is a model with the same matrices.
static void test_repeats(int architecture, int loss)
{
    static const size_t threads[] = {1, 2, 3, 8};
    size_t bytes;
    char *text = topics(&bytes);
    const w2v_source source = w2v_source_text(text, bytes);
    for (int deterministic = 0; deterministic < 2; deterministic++) {
        uint64_t whole = 0;
        for (size_t i = 0; i < (deterministic ? 4u : 1u); i++) {
            w2v_config cfg = small_config(architecture, loss);
            w2v_trainer *t = NULL;
            cfg.deterministic = deterministic;
            cfg.threads = threads[i];
            CHECK(w2v_trainer_new(&t, &source, 1, &cfg, NULL, NULL, NULL) == W2V_OK);
            CHECK(w2v_trainer_run(t, UINT64_MAX, NULL) == W2V_OK);
            const uint64_t h = hash_matrices(w2v_trainer_model(t));
            if (i) CHECK(h == whole);
            whole = h;
            w2v_trainer_free(t);
        }
#ifndef W2V_NO_STDIO
        w2v_config cfg = small_config(architecture, loss);
        w2v_trainer *t = NULL, *later = NULL;
        w2v_model *m = NULL;
        w2v_error err = {""};
        cfg.deterministic = deterministic;
        CHECK(w2v_trainer_new(&t, &source, 1, &cfg, NULL, NULL, NULL) == W2V_OK);
        CHECK(w2v_trainer_run(t, 30000, NULL) == W2V_OK && w2v_trainer_save(t, scratch, NULL) == W2V_OK);
        CHECK(w2v_load(&m, scratch, NULL) == W2V_OK);
        CHECK(m && hash_matrices(m) == hash_matrices(w2v_trainer_model(t)) && !m->nodes == !t->m->nodes);
        CHECK(w2v_trainer_new(&later, &source, 1, &cfg, NULL, NULL, NULL) == W2V_OK);
        CHECK(w2v_trainer_load(later, scratch, NULL) == W2V_OK &&
              w2v_trainer_run(later, UINT64_MAX, NULL) == W2V_OK);
        CHECK(hash_matrices(w2v_trainer_model(later)) == whole);
        w2v_trainer_free(later);
        cfg.loss = (w2v_loss)((loss + 1) % LOSSES);
        CHECK(w2v_trainer_new(&later, &source, 1, &cfg, NULL, NULL, NULL) == W2V_OK);
        CHECK(w2v_trainer_load(later, scratch, &err) == W2V_ERROR_ARGUMENT &&
              strstr(err.message, "with loss "));
        w2v_trainer_free(later);
        w2v_trainer_free(t);
        w2v_free(m);
        remove(scratch);
#endif
    }
    free(text);
}

// Words that keep their vectors, and words that do not.
static void test_freeze(int architecture, int loss)
{
    size_t bytes;
    char *text = topics(&bytes);
    const w2v_source source = w2v_source_text(text, bytes);
    const char *const word[] = {"a1", "b2"};
    float given[2 * DIM];
    w2v_model *start = NULL;
    w2v_trainer *t = NULL;
    for (size_t i = 0; i < 2 * DIM; i++) given[i] = (float)(int)i * 0.01f - 0.2f;
    CHECK(w2v_model_new(&start, word, NULL, 2, DIM, given, given, NULL) == W2V_OK);
    w2v_config cfg = small_config(architecture, loss);
    cfg.freeze_start = 1;
    CHECK(w2v_trainer_new(&t, &source, 1, &cfg, NULL, start, NULL) == W2V_OK);
    CHECK(w2v_trainer_run(t, UINT64_MAX, NULL) == W2V_OK);
    const w2v_model *m = w2v_trainer_model(t);
    for (size_t i = 0; i < 2; i++) {
        CHECK(!memcmp(w2v_vector(m, word[i]), given + i * DIM, DIM * sizeof *given));
        if (m->out)
            CHECK(!memcmp(m->out + w2v_vocab_find(m->vocab, word[i]) * m->stride, given + i * DIM,
                          DIM * sizeof *given));
    }
    CHECK(w2v_norm(w2v_vector(m, "a3"), DIM) > 0.1f);  // begins shorter than 0.5 / sqrt(DIM)
    w2v_trainer_free(t);
    w2v_free(start);
    free(text);
}

// A vocabulary of one word; a sentence of one word; windows longer than the block; Huffman codes as long as possible.
static void test_odd_texts(int architecture, int loss)
{
    static const char one_word[] = "a a a a a\na\na a a\n";
    static char fibonacci[60000];
    size_t bytes = 0;
    for (uint64_t a = 1, b = 1, n = 0; n < 18; n++, b += a, a = b - a)
        for (uint64_t i = 0; i < b; i++)
            bytes += (size_t)snprintf(fibonacci + bytes, sizeof fibonacci - bytes, "%c%c", (char)('a' + n),
                                      i % 7 ? ' ' : '\n');
    const struct {
        const char *text;
        size_t bytes, window;
    } cases[] = {{one_word, sizeof one_word - 1, 5}, {fibonacci, bytes, 3}, {fibonacci, bytes, 1000}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int shape = W2V_WINDOW_SHRINKING; shape <= W2V_WINDOW_WEIGHTED; shape++) {
            w2v_config cfg = small_config(architecture, loss);
            w2v_model *m = NULL;
            w2v_error err = {""};
            cfg.window_shape = (w2v_window_shape)shape;
            cfg.window = cases[i].window;
            cfg.epochs = 1;
            if (!CHECK(w2v_train_text(&m, cases[i].text, cases[i].bytes, &cfg, &err) == W2V_OK))
                printf("    architecture %d, %s, case %zu: %s\n", architecture, loss_names[loss], i,
                       err.message);
            w2v_free(m);
        }
}

// The word that a message of divergence names: the centre if a score is not finite, the path of an inner node.
static void test_divergence(void)
{
    static const char text[] = "w0 w0 w0 w1 w1 w2\n";
    static const uint32_t sentence[] = {1, 2};
    const w2v_source source = w2v_source_text(text, sizeof text - 1);
    for (int loss = 0; loss < LOSSES; loss++)
        for (int node = 0; node <= (loss == W2V_LOSS_HIERARCHICAL); node++) {
            w2v_config cfg = config_of(W2V_SKIPGRAM, (w2v_loss)loss);
            w2v_trainer *t = NULL;
            cfg.sharing = W2V_SHARE_WINDOW;
            if (!CHECK(w2v_trainer_new(&t, &source, 1, &cfg, NULL, NULL, NULL) == W2V_OK)) return;
            w2v__worker *w = &t->workers[0];
            for (int matrix = 0; matrix < W2V__MATRICES; matrix++)
                for (size_t i = 0; i < 3 && w2v__matrix(t->m, matrix); i++)
                    w2v__matrix(t->m, matrix)[i * t->m->stride] = node ? NAN : 3e38f;
            for (size_t i = 0; i < 3 && node; i++) t->m->in[i * t->m->stride] = 1.0f;
            w2v__start_draws(w, w2v_random_stream(9, 1));
            memcpy(w->tokens.kept, sentence, sizeof sentence);
            w2v__begin_tokens(w, 2);
            w->tokens.sentence = w->tokens.next = 0;
            w->tokens.sentence_end = 2;
            w->tokens.alpha = 0.25f;
            w2v__train_span(w, 0);
            CHECK(w->status == W2V_ERROR_DIVERGED);
            const char *expected = node ? "the vector of an inner node on the path of 'w1' is not finite"
                                        : "the score of 'w1' is not finite";
            if (!CHECK(strstr(w->error.message, expected))) printf("    %s\n", w->error.message);
            w2v_trainer_free(t);
        }
}

// Values that are refused, with the field and the value.
static void test_refusals(void)
{
    static const int two = 2, four = 4;  // values that the enumerations do not have
    w2v_error err;
    w2v_config cfg = w2v_config_default();
    memcpy(&cfg.architecture, &two, sizeof cfg.architecture);
    CHECK(w2v_config_check(&cfg, &err) == W2V_ERROR_ARGUMENT && strstr(err.message, "architecture") &&
          strstr(err.message, "2"));
    cfg = w2v_config_default();
    memcpy(&cfg.loss, &four, sizeof cfg.loss);
    CHECK(w2v_config_check(&cfg, &err) == W2V_ERROR_ARGUMENT && strstr(err.message, "loss") &&
          strstr(err.message, "4"));
    cfg = w2v_config_default();
    memcpy(&cfg.window_shape, &four, sizeof cfg.window_shape);
    CHECK(w2v_config_check(&cfg, &err) == W2V_ERROR_ARGUMENT && strstr(err.message, "window_shape"));
    cfg = w2v_config_default();
    cfg.negative = 0;
    CHECK(w2v_config_check(&cfg, &err) == W2V_ERROR_ARGUMENT && strstr(err.message, "negative"));
    cfg.loss = W2V_LOSS_BOTH;
    CHECK(w2v_config_check(&cfg, &err) == W2V_ERROR_ARGUMENT);
    cfg.loss = W2V_LOSS_HIERARCHICAL;
    CHECK(w2v_config_check(&cfg, &err) == W2V_OK);
    cfg.loss = W2V_LOSS_SOFTMAX;
    CHECK(w2v_config_check(&cfg, &err) == W2V_OK);
}

int main(int argc, char **argv)
{
    (void)argc;
    snprintf(scratch, sizeof scratch, "%s.tmp", argv[0]);
    test_refusals();
    test_divergence();
    test_steps();
    for (int architecture = W2V_SKIPGRAM; architecture <= W2V_CBOW; architecture++)
        for (int loss = 0; loss < LOSSES; loss++) {
            for (size_t threads = 1; threads <= 4; threads += 3) test_learning(architecture, loss, threads);
            test_repeats(architecture, loss);
            test_freeze(architecture, loss);
            test_odd_texts(architecture, loss);
        }
    return test_finish("models");
}
