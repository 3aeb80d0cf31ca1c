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

static w2v_config config_of(w2v_architecture architecture, w2v_loss_type loss)
{
    w2v_config cfg = w2v_config_default();
    cfg.dim = DIM;
    cfg.min_count = 1;
    cfg.sample = 0.0;
    cfg.threads = 1;
    cfg.architecture = architecture;
    cfg.loss_type = loss;
    return cfg;
}

// ------------------------------------------------------------------------------------------------------------------
// A span against the textbook

// Vectors in double, their gradients in a step, and the sum of the losses.
typedef struct textbook {
    const w2v_trainer *t;
    double x[W2V__MODEL_MATRICES][V * DIM], gradient[W2V__MODEL_MATRICES][V * DIM];
    double loss, pairs;
} textbook;

// weight times -log s(sign u.v), where u is row `id` of a matrix: the gradients go to dv and to the row.
static void add_term(textbook *b, const double *v, int matrix, uint32_t id, double sign, double weight,
                     double *dv)
{
    const double *u = b->x[matrix] + id * DIM;
    double *du = b->gradient[matrix] + id * DIM, score = 0.0;
    for (size_t k = 0; k < DIM; k++) score += v[k] * u[k];
    const double g = -sign * weight / (1.0 + exp(sign * score));
    b->loss += weight * log1p(exp(-sign * score));
    for (size_t k = 0; k < DIM; k++) dv[k] += g * u[k], du[k] += g * v[k];
}

static void add_softmax(textbook *b, const double *v, uint32_t centre, double weight, double *dv)
{
    const double *out = b->x[W2V__MODEL_OUT];
    double score[V], total = 0.0;
    for (size_t j = 0; j < V; j++) {
        score[j] = 0.0;
        for (size_t k = 0; k < DIM; k++) score[j] += v[k] * out[j * DIM + k];
        total += exp(score[j]);
    }
    b->loss += weight * (log(total) - score[centre]);
    for (size_t j = 0; j < V; j++) {
        const double g = weight * (exp(score[j]) / total - (j == centre));
        for (size_t k = 0; k < DIM; k++)
            dv[k] += g * out[j * DIM + k], b->gradient[W2V__MODEL_OUT][j * DIM + k] += g * v[k];
    }
}

// A pair of an input and a centre, which counts `weight` times, with its negatives.
static void add_pair(textbook *b, const double *v, uint32_t centre, const uint32_t *drawn, double weight,
                     double *dv)
{
    const w2v_config *cfg = &b->t->cfg;
    const size_t N = b->t->negatives;
    b->pairs += weight;
    if (cfg->loss_type == W2V_LOSS_SOFTMAX) add_softmax(b, v, centre, weight, dv);
    if (cfg->loss_type == W2V_LOSS_NEG_SAMPLING || cfg->loss_type == W2V_LOSS_BOTH) {
        add_term(b, v, W2V__MODEL_OUT, centre, 1.0, weight, dv);
        for (size_t j = 0; j < N; j++)
            add_term(b, v, W2V__MODEL_OUT, drawn[j], -1.0, weight * (double)cfg->negative / (double)N, dv);
    }
    if (cfg->loss_type == W2V_LOSS_HIERARCHICAL || cfg->loss_type == W2V_LOSS_BOTH)
        for (size_t at = b->t->path_begin[centre]; at < b->t->path_begin[centre + 1]; at++)
            add_term(b, v, W2V__MODEL_NODES, b->t->path[at] / 2, b->t->path[at] % 2 ? -1.0 : 1.0, weight, dv);
}

static double weight_at(const w2v_config *cfg, size_t q, size_t c)
{
    const double distance = q < c ? (double)(c - q) : (double)(q - c);
    return cfg->window_shape == W2V_WINDOW_WEIGHTED
               ? ((double)cfg->window + 1.0 - distance) / (double)cfg->window
               : 1.0;
}

// Of the window around c, the words lo .. hi of a sentence; for CBOW these are the whole window.
static void add_window(textbook *b, const uint32_t *sentence, size_t lo, size_t hi, size_t c,
                       const uint32_t *drawn)
{
    const w2v_config *cfg = &b->t->cfg;
    const double *in = b->x[W2V__MODEL_IN];
    double *din = b->gradient[W2V__MODEL_IN], mean[DIM] = {0}, dmean[DIM] = {0}, total = 0.0;
    for (size_t q = lo; q <= hi; q++) {
        const double weight = weight_at(cfg, q, c), *v = in + sentence[q] * DIM;
        if (q == c) continue;
        for (size_t k = 0; k < DIM; k++) mean[k] += weight * v[k];
        total += weight;
        if (cfg->architecture == W2V_SKIPGRAM)
            add_pair(b, v, sentence[c], drawn, weight, din + sentence[q] * DIM);
    }
    if (cfg->architecture == W2V_SKIPGRAM) return;
    for (size_t k = 0; k < DIM; k++) mean[k] /= total;
    add_pair(b, mean, sentence[c], drawn, 1.0, dmean);
    for (size_t q = lo; q <= hi; q++) {
        const double weight = weight_at(cfg, q, c) / (cfg->cbow_undivided ? 1.0 : total);
        for (size_t k = 0; k < DIM && q != c; k++) din[sentence[q] * DIM + k] += weight * dmean[k];
    }
}

// Moves the matrices from `first` on along their gradients.
static void end_step(textbook *b, int first, double alpha)
{
    for (int matrix = first; matrix < W2V__MODEL_MATRICES; matrix++)
        for (size_t i = 0; i < V * DIM; i++) {
            b->x[matrix][i] -= alpha * b->gradient[matrix][i];
            b->gradient[matrix][i] = 0.0;
        }
}

// What a span has drawn, drawn again.
typedef struct replay {
    w2v_random windows, negatives;
    size_t reach[W2V__K_MAX_SPAN];
    uint32_t drawn[64];
} replay;

// The negatives of a step whose centres are word[0 .. n - 1].
static void draw_again(replay *r, const w2v_trainer *t, const uint32_t *word, size_t n)
{
    for (size_t j = 0; j < t->negatives; j++) r->drawn[j] = w2v_alias_draw(&t->noise, &r->negatives);
    for (size_t j = 0; j < t->negatives; j++)
        while (w2v__train_find_id(word, 0, n, r->drawn[j]) < n)
            r->drawn[j] = w2v_alias_draw(&t->noise, &r->windows);
}

// The span of n windows around the words at c, c + 1, ... of a sentence, step by step. CBOW has one step if the windows
// share negatives, and else one for each window; its means and what they give back are those of the whole span. The
// steps of skip-gram have `most` words each.
static void add_span(textbook *b, const uint32_t *sentence, size_t length, size_t c, size_t n, size_t most,
                     replay *r, double alpha)
{
    const w2v_config *cfg = &b->t->cfg;
    const int cbow = cfg->architecture == W2V_CBOW;
    const size_t group = cbow && cfg->loss_type != W2V_LOSS_NEG_SAMPLING ? 1 : n;
    size_t lo[W2V__K_MAX_SPAN] = {0}, hi[W2V__K_MAX_SPAN], end = c;
    for (size_t i = 0; i < n; i++) {
        r->reach[i] = cfg->window_shape == W2V_WINDOW_SHRINKING
                          ? 1 + w2v_random_below(&r->windows, (uint32_t)cfg->window)
                          : cfg->window;
        lo[i] = c + i > r->reach[i] ? c + i - r->reach[i] : 0;
        hi[i] = w2v__min_size(c + i + r->reach[i], length - 1);
        end = hi[i] > end ? hi[i] : end;
    }
    size_t first = lo[0];
    for (size_t i = 1; i < n; i++) first = w2v__min_size(first, lo[i]);
    if (cbow) most = end - first + 1;
    for (; first <= end; first += most)
        for (size_t g = 0; g < n; g += group) {
            const size_t last = w2v__min_size(first + most - 1, end);
            if (!cbow && n == 1 && first == c && last == c) continue;  // the centre alone is no step
            draw_again(r, b->t, sentence + c + g, group);
            for (size_t i = g; i < g + group; i++) {
                const size_t from = lo[i] > first ? lo[i] : first, to = w2v__min_size(hi[i], last);
                if (from <= to) add_window(b, sentence, from, to, c + i, r->drawn);
            }
            end_step(b, cbow ? W2V__MODEL_OUT : W2V__MODEL_IN, alpha);
        }
    end_step(b, W2V__MODEL_IN, alpha);
}

static double largest_error(const textbook *b, int matrix)
{
    const w2v_model *m = b->t->m;
    const float *now = w2v__model_matrix(m, matrix);
    double worst = 0.0;
    for (size_t i = 0; i < V * DIM && now; i++)
        worst = fmax(worst, fabs(b->x[matrix][i] - (double)now[i / DIM * m->stride + i % DIM]));
    return worst;
}

// What spans before may have left in the room for means.
static void leave_junk(w2v__train_worker *w)
{
    w2v__k_means *m = &w->means;
    if (!w->cbow) return;
    for (size_t i = 0; i < w->t->span; i++)
        for (size_t k = 0; k < w->m.stride; k++) m->mean[i][k] = m->change[i][k] = 1e3f;
    for (size_t k = 0; k < (w->most_contexts + 1) * 16 * W2V__K_MOST_ABREAST; k++) m->running[k] = 1e3f;
}

// Trains one span after another, always from the same vectors, and compares each with the textbook's steps on its
// windows. A step of skip-gram has at most `most` words (0: as many as the trainer likes).
static void test_step(w2v_config cfg, size_t most)
{
    static const uint32_t sentence[] = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 0, 0, 0, 11, 10, 2, 1};
    const size_t length = sizeof sentence / sizeof *sentence;
    const float alpha = 0.0625f;
    char text[400];
    size_t bytes = 0;
    for (int i = 0; i < V; i++)  // word i occurs V - i times: it has this number
        for (int k = 0; k < V - i; k++)
            bytes += (size_t)snprintf(text + bytes, sizeof text - bytes, "w%d ", i);
    const w2v_source source = w2v_source_text(text, bytes);
    cfg.loss_every = 1;
    for (size_t c = 0, n = 0; c < length; c += n) {
        static textbook b;
        w2v_trainer *t = NULL;
        w2v_error err = {""};
        if (!CHECK(w2v_trainer_new(&t, &source, 1, &cfg, NULL, NULL, &err) == W2V_OK)) {
            printf("    %s\n", err.message);
            return;
        }
        w2v__train_worker *w = &t->workers[0];
        w2v__train_tokens *k = &w->tokens;
        w2v_random r = w2v_random_stream(10, 0);
        memset(&b, 0, sizeof b);
        b.t = t;
        for (int matrix = 0; matrix < W2V__MODEL_MATRICES; matrix++)
            for (size_t i = 0; i < V * DIM && w2v__model_matrix(t->m, matrix); i++) {
                const float x = 2.0f * w2v_random_float(&r) - 1.0f;
                w2v__model_matrix(t->m, matrix)[i / DIM * t->m->stride + i % DIM] = x;
                b.x[matrix][i] = (double)x;
            }
        replay again = {w2v_random_stream(9, 0), w2v_random_stream(9, 1), {0}, {0}};
        w->random = again.windows;
        w2v__train_start_draws(w, again.negatives);
        memcpy(k->kept, sentence, sizeof sentence);
        w2v__train_begin_tokens(w, length);
        k->sentence = 0;
        k->sentence_end = length;
        k->alpha = alpha;
        if (most) w->most_contexts = most;
        leave_junk(w);
        n = w2v__train_span(w, c);
        CHECK(n >= 1 && n <= t->span && w->status == W2V_OK);
        add_span(&b, sentence, length, c, n, w->most_contexts, &again, (double)alpha);
        for (int matrix = 0; matrix < W2V__MODEL_MATRICES; matrix++) {
            const double error = largest_error(&b, matrix);
            if (!CHECK(error < 1e-5))  // sums of at most 200 terms up to 1, each rounded
                printf("    %s, %s, shape %d, window %zu, at most %zu words, position %zu, matrix %d: error "
                       "%g\n",
                       cfg.architecture == W2V_CBOW ? "CBOW" : "skip-gram", loss_names[cfg.loss_type],
                       (int)cfg.window_shape, cfg.window, most, c, matrix, error);
        }
        const w2v__schedule_loss loss = w2v__train_take_loss(w);
        CHECK_NEAR(loss.pairs, b.pairs, 1e-6 * b.pairs);  // weights are floats
        CHECK_NEAR(loss.loss, b.loss, 1e-5 * b.loss);
        size_t padded = 0;  // with anything but zeros
        for (size_t i = 0; i < V; i++)
            for (size_t d = DIM; d < t->m->stride; d++) padded += t->m->input[i * t->m->stride + d] != 0.0f;
        CHECK(!padded);
        w2v_trainer_free(t);
    }
}

static void test_steps(void)
{
    for (int architecture = W2V_SKIPGRAM; architecture <= W2V_CBOW; architecture++)
        for (int loss = 0; loss < LOSSES; loss++)
            for (int shape = W2V_WINDOW_SHRINKING; shape <= W2V_WINDOW_WEIGHTED; shape++)
                for (size_t window = 1; window <= 30; window += window < 5 ? 2 : 25) {
                    w2v_config cfg = config_of((w2v_architecture)architecture, (w2v_loss_type)loss);
                    cfg.window_shape = (w2v_window_shape)shape;
                    cfg.window = window;
                    cfg.sharing = W2V_SHARE_NONE;
                    test_step(cfg, 0);
                    cfg.sharing = W2V_SHARE_WINDOW;
                    test_step(cfg, 0);
                    if (cfg.architecture == W2V_SKIPGRAM) test_step(cfg, 4);  // cut into several steps
                    cfg.sharing = W2V_SHARE_SPAN;
                    cfg.span = 5;
                    cfg.span_negative = 3;
                    cfg.cbow_undivided = 1;
                    test_step(cfg, 0);
                    if (cfg.architecture == W2V_SKIPGRAM) test_step(cfg, 7);
                }
}

// ------------------------------------------------------------------------------------------------------------------
// Training

static w2v_config small_config(int architecture, int loss)
{
    w2v_config cfg = config_of((w2v_architecture)architecture, (w2v_loss_type)loss);
    cfg.learning_rate = architecture == W2V_CBOW ? 0.2f : 0.05f;
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
    CHECK(w2v_trainer_run(t, test_report(t).total / 20, NULL) == W2V_OK);  // later it hardly falls
    const double first = test_report(t).loss;
    CHECK(w2v_trainer_run(t, UINT64_MAX, NULL) == W2V_OK);
    CHECK(w2v_trainer_validate(t, &after, NULL) == W2V_OK);
    const double last = test_report(t).loss, apart = separation(w2v_trainer_model(t));
    if (!CHECK(apart > 0.5 && after < 0.95 * before && last < first))  // measured: apart 0.8 and more
        printf("    architecture %d, %s, %zu threads: apart %.2f, held-out loss %.3f and %.3f, loss %.3f and "
               "%.3f\n",
               architecture, loss_names[loss], threads, apart, before, after, first, last);
    w2v_trainer_free(t);
    free(text);
}

// The held-out loss against the textbook, with what the model's vectors are then. The words of a text of two
// words have no negatives but each other, so nothing is drawn: not even windows, unless they shrink.
static double loss_by_hand(const w2v_config *cfg, const w2v_model *m, const double *v, uint32_t centre)
{
    double loss = 0.0, score[2] = {0.0, 0.0}, node = 0.0;
    for (size_t k = 0; k < m->dim; k++) {
        for (size_t j = 0; j < 2 && m->output; j++) score[j] += v[k] * (double)m->output[j * m->stride + k];
        if (m->nodes) node += v[k] * (double)m->nodes[k];  // the root is all there is
    }
    const double other = score[1 - centre];
    if (cfg->loss_type == W2V_LOSS_SOFTMAX) return log(1.0 + exp(other - score[centre]));
    if (m->output) loss += log1p(exp(-score[centre])) + (double)cfg->negative * log1p(exp(other));
    if (m->nodes) {
        static const uint64_t count[2] = {2, 1};  // in this order, as in the text
        w2v_huffman tree;
        CHECK(w2v_huffman_init(&tree, count, 2, NULL) == W2V_OK && tree.begin[2] == 2);
        loss += log1p(exp(tree.code[centre] ? node : -node));
        w2v_huffman_free(&tree);
    }
    return loss;
}

// The mean over the pairs, each of which counts as its window says; those of CBOW are a mean of words and a
// centre.
static double valid_loss_by_hand(const w2v_config *cfg, const w2v_model *m, const char *const *lines,
                                 size_t n)
{
    double loss = 0.0, pairs = 0.0;
    for (size_t l = 0; l < n; l++) {
        const size_t length = strlen(lines[l]);
        for (size_t c = 0; c < length; c++) {
            double mean[DIM] = {0}, total = 0.0;
            for (size_t q = 0; q < length; q++) {
                const size_t distance = q < c ? c - q : q - c;
                const double weight = weight_at(cfg, q, c);
                double v[DIM];
                if (!distance || distance > cfg->window) continue;
                const float *row = m->input + (lines[l][q] == 'b') * m->stride;
                for (size_t k = 0; k < DIM; k++) v[k] = (double)row[k], mean[k] += weight * v[k];
                total += weight;
                if (cfg->architecture == W2V_SKIPGRAM)
                    loss += weight * loss_by_hand(cfg, m, v, lines[l][c] == 'b');
            }
            for (size_t k = 0; k < DIM; k++) mean[k] /= total > 0.0 ? total : 1.0;
            if (cfg->architecture == W2V_CBOW && total > 0.0)
                loss += loss_by_hand(cfg, m, mean, lines[l][c] == 'b');
            pairs += cfg->architecture == W2V_CBOW ? total > 0.0 : total;
        }
    }
    return loss / pairs;
}

// The lines with blanks between their words; the last one is not ended.
static size_t text_of_lines(char *text, const char *const *lines, size_t n)
{
    size_t bytes = 0;
    for (size_t l = 0; l < n; l++)
        for (const char *c = lines[l]; *c; c++) text[bytes++] = *c, text[bytes++] = c[1] ? ' ' : '\n';
    return bytes - 1;
}

static void test_validation(int architecture, int loss)
{
    static const char *const trained[] = {"aab", "aaaab", "b", "ba", "aa"};  // a twice as often as b
    static const char *const held[] = {"abbab", "ba", "a", "bbaabab", "aabaaa"};
    static const char *const words[] = {"a", "b"};
    char text[100], held_text[100];
    const w2v_source source = w2v_source_text(text, text_of_lines(text, trained, 5)),
                     rest = w2v_source_text(held_text, text_of_lines(held_text, held, 5));
    float vectors[2][2 * DIM];
    w2v_random r = w2v_random_stream(12, 0);
    for (size_t i = 0; i < 4 * DIM; i++) vectors[i / (2 * DIM)][i % (2 * DIM)] = w2v_random_float(&r) - 0.4f;
    w2v_model *start = NULL;
    CHECK(w2v_model_new(&start, words, NULL, 2, DIM, vectors[0], vectors[1], NULL) == W2V_OK);
    for (int shape = W2V_WINDOW_SHRINKING; shape <= W2V_WINDOW_WEIGHTED; shape++)
        for (size_t i = 0; i < 3; i++) {
            static const size_t negatives[] = {1, 63, 100};  // 2, 64 and 101 terms of a pair
            w2v_config cfg = config_of((w2v_architecture)architecture, (w2v_loss_type)loss);
            w2v_trainer *t = NULL;
            double valid = 0.0;
            cfg.window_shape = (w2v_window_shape)shape;
            cfg.window = shape == W2V_WINDOW_SHRINKING ? 1 : 3;
            cfg.negative = negatives[i];
            cfg.ns_exponent = 0.0;  // one draw of two is the centre,
            cfg.seed = 2;           // but never sixteen in a row
            cfg.epochs = 1;
            CHECK(w2v_trainer_new(&t, &source, 1, &cfg, NULL, start, NULL) == W2V_OK);
            CHECK(w2v_trainer_run(t, UINT64_MAX, NULL) == W2V_OK);  // until then vectors of nodes are zeros
            CHECK(w2v_trainer_hold_out(t, &rest, 1, NULL) == W2V_OK);
            CHECK(w2v_trainer_validate(t, &valid, NULL) == W2V_OK);
            const double expected = valid_loss_by_hand(&cfg, w2v_trainer_model(t), held, 5);
            if (!CHECK(fabs(valid - expected) < 1e-5 * expected))  // sums of at most 101 floats
                printf("    architecture %d, %s, shape %d, %zu negatives: %.7g instead of %.7g\n",
                       architecture, loss_names[loss], shape, negatives[i], valid, expected);
            w2v_trainer_free(t);
        }
    w2v_model_free(start);
}

// Windows that shrink hold a neighbour always and the word after it half of the time: of the pairs two thirds
// have the distance 1, where the other word stands, and one third the distance 2, where the same one stands.
static void test_validation_of_shrinking_windows(void)
{
    enum { WORDS = 1500 };
    static const char *const words[] = {"a", "b"}, *const neighbours[] = {"ab"};
    static const float in[2 * DIM] = {2.0f, -1.0f}, out[2 * DIM] = {1.0f, 0.5f, -1.0f};
    static char text[2 * WORDS];
    for (size_t i = 0; i < sizeof text; i++) text[i] = i % 2 ? ' ' : i % 4 ? 'b' : 'a';
    const w2v_source source = w2v_source_text(text, sizeof text);
    w2v_config cfg = config_of(W2V_SKIPGRAM, W2V_LOSS_SOFTMAX);
    w2v_model *start = NULL;
    w2v_trainer *t = NULL;
    double valid = 0.0;
    cfg.window = 2;
    CHECK(w2v_model_new(&start, words, NULL, 2, DIM, in, out, NULL) == W2V_OK);
    CHECK(w2v_trainer_new(&t, &source, 1, &cfg, NULL, start, NULL) == W2V_OK);
    CHECK(w2v_trainer_hold_out(t, &source, 1, NULL) == W2V_OK &&
          w2v_trainer_validate(t, &valid, NULL) == W2V_OK);
    const double other = valid_loss_by_hand(&cfg, w2v_trainer_model(t), neighbours, 1);
    double same = 0.0;
    for (size_t i = 0; i < 2; i++) {
        double v[DIM];
        for (size_t k = 0; k < DIM; k++) v[k] = (double)w2v_model_vector(start, words[i])[k];
        same += 0.5 * loss_by_hand(&cfg, w2v_trainer_model(t), v,
                                   w2v_vocab_find(w2v_trainer_model(t)->vocab, words[i]));
    }
    // the share of 1/3 has a standard deviation of 0.006
    CHECK_NEAR((valid - other) / (same - other), 1.0 / 3.0, 0.02);
    w2v_trainer_free(t);
    w2v_model_free(start);
}

static uint64_t hash_matrices(const w2v_model *m)
{
    uint64_t h = 0;
    for (int matrix = 0; matrix < W2V__MODEL_MATRICES; matrix++)
        if (w2v__model_matrix(m, matrix))
            h = h * 31 + test_hash(w2v__model_matrix(m, matrix), m->size * m->stride * sizeof(float));
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
        CHECK(w2v_model_load(&m, scratch, NULL, NULL, NULL) == W2V_OK);
        CHECK(m && hash_matrices(m) == hash_matrices(w2v_trainer_model(t)) && !m->nodes == !t->m->nodes);
        CHECK(w2v_trainer_new(&later, &source, 1, &cfg, NULL, NULL, NULL) == W2V_OK);
        CHECK(w2v_trainer_load(later, scratch, NULL) == W2V_OK &&
              w2v_trainer_run(later, UINT64_MAX, NULL) == W2V_OK);
        CHECK(hash_matrices(w2v_trainer_model(later)) == whole);
        w2v_trainer_free(later);
        cfg.loss_type = (w2v_loss_type)((loss + 1) % LOSSES);
        CHECK(w2v_trainer_new(&later, &source, 1, &cfg, NULL, NULL, NULL) == W2V_OK);
        CHECK(w2v_trainer_load(later, scratch, &err) == W2V_ERROR_ARGUMENT &&
              strstr(err.message, "with loss_type "));
        w2v_trainer_free(later);
        w2v_trainer_free(t);
        w2v_model_free(m);
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
        CHECK(!memcmp(w2v_model_vector(m, word[i]), given + i * DIM, DIM * sizeof *given));
        if (m->output)
            CHECK(!memcmp(m->output + w2v_vocab_find(m->vocab, word[i]) * m->stride, given + i * DIM,
                          DIM * sizeof *given));
    }
    CHECK(w2v_norm(w2v_model_vector(m, "a3"), DIM) > 0.1f);  // begins shorter than 0.5 / sqrt(DIM)
    w2v_trainer_free(t);
    w2v_model_free(start);
    free(text);
}

// A vocabulary of one word has nothing to tell apart: its score only grows, and softmax, which is certain,
// moves nothing.
static void test_one_word(int architecture, int loss)
{
    static const char text[] = "a a a a a\na\na a a\n";
    const w2v_source source = w2v_source_text(text, sizeof text - 1);
    const int pulls = loss == W2V_LOSS_NEG_SAMPLING || loss == W2V_LOSS_BOTH;
    for (int shape = W2V_WINDOW_SHRINKING; shape <= W2V_WINDOW_WEIGHTED; shape++) {
        w2v_config cfg = small_config(architecture, loss);
        w2v_trainer *t = NULL;
        double valid = -1.0;
        cfg.window_shape = (w2v_window_shape)shape;
        CHECK(w2v_trainer_new(&t, &source, 1, &cfg, NULL, NULL, NULL) == W2V_OK);
        CHECK(w2v_trainer_hold_out(t, &source, 1, NULL) == W2V_OK);
        CHECK(w2v_trainer_validate(t, &valid, NULL) == W2V_OK);
        CHECK_NEAR(valid, pulls ? log(2.0) : 0.0, 1e-6);  // there is no negative
        CHECK(w2v_trainer_run(t, UINT64_MAX, NULL) == W2V_OK);
        const w2v_model *m = w2v_trainer_model(t);
        if (pulls) CHECK(w2v_dot(m->input, m->output, DIM) > 0.0f);
        if (loss == W2V_LOSS_SOFTMAX) CHECK(w2v_norm(m->output, DIM) == 0.0f);
        if (m->nodes) CHECK(w2v_norm(m->nodes, DIM) == 0.0f);  // without a path
        w2v_trainer_free(t);
    }
}

// Words that stand with themselves, so that a window tells its centre; Huffman codes as long as possible;
// windows of a word or longer than the block. In long windows the words are those of the block.
static void test_odd_texts(int architecture, int loss)
{
    enum { WORDS = 18 };
    static char fibonacci[60000];
    size_t bytes = 0;
    double words = 0.0, entropy = 0.0, bits = 0.0;
    for (uint64_t a = 1, b = 1, n = 0; n < WORDS; n++, b += a, a = b - a) {
        for (uint64_t i = 0; i < b; i++)
            bytes += (size_t)snprintf(fibonacci + bytes, sizeof fibonacci - bytes, "%c%c", (char)('a' + n),
                                      i % 7 ? ' ' : '\n');
        words += (double)b;
        entropy -= (double)b * log((double)b);
        bits += (double)b * (double)(n ? WORDS - n : WORDS - 1);
    }
    entropy = entropy / words + log(words);
    bits /= words;
    const w2v_source source = w2v_source_text(fibonacci, bytes);
    for (size_t window = 1; window <= 1000; window += window == 1 ? 2 : 997)
        for (int shape = W2V_WINDOW_SHRINKING; shape <= W2V_WINDOW_WEIGHTED; shape++) {
            w2v_config cfg = small_config(architecture, loss);
            w2v_trainer *t = NULL;
            double before = 0.0, after = 0.0;
            cfg.window_shape = (w2v_window_shape)shape;
            cfg.window = window;
            cfg.epochs = 1;
            CHECK(w2v_trainer_new(&t, &source, 1, &cfg, NULL, NULL, NULL) == W2V_OK);
            CHECK(w2v_trainer_hold_out(t, &source, 1, NULL) == W2V_OK);
            CHECK(w2v_trainer_validate(t, &before, NULL) == W2V_OK);
            CHECK(w2v_trainer_run(t, UINT64_MAX, NULL) == W2V_OK);
            CHECK(w2v_trainer_validate(t, &after, NULL) == W2V_OK);
            double start = 0.0;  // vectors of outputs and nodes are zeros: every decision is even
            if (loss == W2V_LOSS_SOFTMAX) start += log((double)WORDS);
            if (loss == W2V_LOSS_NEG_SAMPLING || loss == W2V_LOSS_BOTH) start += 6.0 * log(2.0);
            if (loss == W2V_LOSS_HIERARCHICAL || loss == W2V_LOSS_BOTH) start += bits * log(2.0);
            CHECK(fabs(before - start) < 0.01 * start);  // a few words have no pair
            const int normalised = loss == W2V_LOSS_SOFTMAX || loss == W2V_LOSS_HIERARCHICAL;
            if (!CHECK(after < (normalised ? entropy : 0.75 * before)))  // half to two thirds of that
                printf("    architecture %d, %s, window %zu, shape %d: %g\n", architecture, loss_names[loss],
                       window, shape, after);
            const w2v_model *m = w2v_trainer_model(t);
            size_t trained = 0;
            for (size_t k = 0; m->nodes && k < WORDS; k++)
                trained += w2v_norm(m->nodes + k * m->stride, DIM) > 0.0f;
            CHECK(!m->nodes || trained == WORDS - 1);  // even the deepest node
            w2v_trainer_free(t);
        }
}

// Spans that hold all words have no negatives: only the centres are trained. What earlier spans have left does not
// matter.
static void test_no_negatives(void)
{
    static char text[2000];
    uint64_t hash[2] = {0, 1};
    for (size_t i = 0; i < sizeof text; i++) text[i] = i % 2 ? ' ' : i % 4 ? 'a' : 'b';
    const w2v_source source = w2v_source_text(text, sizeof text);
    for (int junk = 0; junk < 2; junk++) {
        w2v_config cfg = small_config(W2V_CBOW, W2V_LOSS_NEG_SAMPLING);
        w2v_trainer *t = NULL;
        cfg.span = 2;
        if (!CHECK(w2v_trainer_new(&t, &source, 1, &cfg, NULL, NULL, NULL) == W2V_OK)) return;
        CHECK(w2v_trainer_run(t, 1000, NULL) == W2V_OK);
        if (junk) leave_junk(&t->workers[0]);
        CHECK(w2v_trainer_run(t, UINT64_MAX, NULL) == W2V_OK);
        const w2v_model *m = w2v_trainer_model(t);
        hash[junk] = hash_matrices(m);
        CHECK(w2v_dot(m->input, m->output + m->stride, DIM) > 1.0f);  // 'a' pulls 'b'
        w2v_trainer_free(t);
    }
    CHECK(hash[0] == hash[1]);
}

// Trains a span of the sentence w1 w2.
static void train_two_words(w2v__train_worker *w)
{
    w2v__train_start_draws(w, w2v_random_stream(9, 1));
    w->tokens.kept[0] = 1;
    w->tokens.kept[1] = 2;
    w2v__train_begin_tokens(w, 2);
    w->tokens.sentence = w->tokens.next = 0;
    w->tokens.sentence_end = 2;
    w->tokens.alpha = 0.25f;
    w2v__train_span(w, 0);
}

// The word that a message of divergence names: the centre if a score is not finite, the path of an inner node.
static void test_divergence(void)
{
    static const char text[] = "w0 w0 w0 w1 w1 w2\n";
    const w2v_source source = w2v_source_text(text, sizeof text - 1);
    for (int loss = 0; loss < LOSSES; loss++)
        for (int node = 0; node <= (loss == W2V_LOSS_HIERARCHICAL); node++) {
            w2v_config cfg = config_of(W2V_SKIPGRAM, (w2v_loss_type)loss);
            w2v_trainer *t = NULL;
            cfg.sharing = W2V_SHARE_WINDOW;
            if (!CHECK(w2v_trainer_new(&t, &source, 1, &cfg, NULL, NULL, NULL) == W2V_OK)) return;
            w2v__train_worker *w = &t->workers[0];
            for (int matrix = 0; matrix < W2V__MODEL_MATRICES; matrix++)
                for (size_t i = 0; i < 3 && w2v__model_matrix(t->m, matrix); i++)
                    w2v__model_matrix(t->m, matrix)[i * t->m->stride] = node ? NAN : 3e38f;
            for (size_t i = 0; i < 3 && node; i++) t->m->input[i * t->m->stride] = 1.0f;
            train_two_words(w);
            CHECK(w->status == W2V_ERROR_DIVERGED);
            const char *expected = node ? "the vector of an inner node on the path of 'w1' is not finite"
                                        : "the score of 'w1' is not finite";
            if (!CHECK(strstr(w->error.message, expected))) printf("    %s\n", w->error.message);
            w2v_trainer_free(t);
        }
}

// The second window of a span diverges, which has a step of its own.
static void test_divergence_in_span(void)
{
    static const char text[] = "w0 w0 w0 w1 w1 w2\n";
    const w2v_source source = w2v_source_text(text, sizeof text - 1);
    w2v_config cfg = config_of(W2V_CBOW, W2V_LOSS_HIERARCHICAL);
    w2v_trainer *t = NULL;
    cfg.span = 2;
    if (!CHECK(w2v_trainer_new(&t, &source, 1, &cfg, NULL, NULL, NULL) == W2V_OK)) return;
    w2v__train_worker *w = &t->workers[0];
    t->m->input[1 * t->m->stride] = 3e38f;  // the mean of the window around w2
    for (size_t i = 0; i < 3; i++) t->m->nodes[i * t->m->stride] = 3.0f;
    train_two_words(w);
    CHECK(w->status == W2V_ERROR_DIVERGED);
    if (!CHECK(strstr(w->error.message, "the score of 'w2' is not finite"))) printf("    %s\n", w->error.message);
    w2v_trainer_free(t);
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
    memcpy(&cfg.loss_type, &four, sizeof cfg.loss_type);
    CHECK(w2v_config_check(&cfg, &err) == W2V_ERROR_ARGUMENT && strstr(err.message, "loss") &&
          strstr(err.message, "4"));
    cfg = w2v_config_default();
    memcpy(&cfg.window_shape, &four, sizeof cfg.window_shape);
    CHECK(w2v_config_check(&cfg, &err) == W2V_ERROR_ARGUMENT && strstr(err.message, "window_shape"));
    cfg = w2v_config_default();
    cfg.negative = 0;
    CHECK(w2v_config_check(&cfg, &err) == W2V_ERROR_ARGUMENT && strstr(err.message, "negative"));
    cfg.loss_type = W2V_LOSS_BOTH;
    CHECK(w2v_config_check(&cfg, &err) == W2V_ERROR_ARGUMENT);
    cfg.loss_type = W2V_LOSS_HIERARCHICAL;
    CHECK(w2v_config_check(&cfg, &err) == W2V_OK);
    cfg.loss_type = W2V_LOSS_SOFTMAX;
    CHECK(w2v_config_check(&cfg, &err) == W2V_OK);
}

int main(int argc, char **argv)
{
    (void)argc;
    snprintf(scratch, sizeof scratch, "%s.tmp", argv[0]);
    test_refusals();
    test_divergence();
    test_divergence_in_span();
    test_no_negatives();
    test_validation_of_shrinking_windows();
    test_steps();
    for (int architecture = W2V_SKIPGRAM; architecture <= W2V_CBOW; architecture++)
        for (int loss = 0; loss < LOSSES; loss++) {
            for (size_t threads = 1; threads <= 4; threads += 3) test_learning(architecture, loss, threads);
            test_validation(architecture, loss);
            test_repeats(architecture, loss);
            test_freeze(architecture, loss);
            test_one_word(architecture, loss);
            test_odd_texts(architecture, loss);
        }
    return test_finish("models");
}
