// SPDX-License-Identifier: MIT-0
//
// test_step.c - every span that the trainer takes against the textbook in double precision
//
// Private functions and structs that this file may touch: the lane (w2v__step_lane) with its text
// (w2v__tokens), its loss, the size of the chunk's pool, and its means; w2v__tokens_begin_sentence,
// w2v__tokens_begin_chunk, w2v__step_begin_chunk, w2v__lanes_place_rows, w2v__step_train_span;
// of the trainer its matrices, negatives, span and Huffman paths.

#define W2V_BLOCK_BYTES 4096  // a trainer is made for each span, and its threads clear their blocks
#define STB_DS_IMPLEMENTATION
#define W2V_STATIC
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include "test.h"

enum { V = 12, DIM = 21, LOSSES = 4 };

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
            if (drawn[j] != W2V_NONE)
                add_term(b, v, W2V__MODEL_OUT, drawn[j], -1.0,
                         weight * (double)cfg->negative / (double)N, dv);
    }
    if (cfg->loss_type == W2V_LOSS_HIERARCHICAL || cfg->loss_type == W2V_LOSS_BOTH)
        for (size_t at = b->t->tree.begin[centre]; at < b->t->tree.begin[centre + 1]; at++)
            add_term(b, v, W2V__MODEL_NODES, b->t->tree.node[at], b->t->tree.code[at] ? -1.0 : 1.0, weight, dv);
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
    uint32_t pool[4096], drawn[64];
    size_t pool_size;
} replay;

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

static int is_among(const uint32_t *word, size_t n, uint32_t id)
{
    for (size_t i = 0; i < n; i++)
        if (word[i] == id) return 1;
    return 0;
}

// The negatives of a step whose centres are word[0 .. n - 1]: five of 12 bits from each random number. A
// centre is drawn again, and given up after 16 tries in all.
static void draw_again(replay *r, const w2v_trainer *t, const uint32_t *word, size_t n)
{
    uint64_t bits = 0;
    for (size_t j = 0; j < t->negatives; j++) {
        bits = j % 5 ? bits >> 12 : w2v_random_next(&r->negatives);
        r->drawn[j] = r->pool[bits % 4096 % r->pool_size];
    }
    for (size_t j = 0; j < t->negatives; j++) {
        for (int tries = 1; is_among(word, n, r->drawn[j]) && tries < 16; tries++)
            r->drawn[j] = r->pool[w2v_random_next(&r->windows) % r->pool_size];
        if (is_among(word, n, r->drawn[j])) r->drawn[j] = W2V_NONE;
    }
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
        hi[i] = smaller(c + i + r->reach[i], length - 1);
        end = hi[i] > end ? hi[i] : end;
    }
    size_t first = lo[0];
    for (size_t i = 1; i < n; i++) first = smaller(first, lo[i]);
    if (cbow) most = end - first + 1;
    for (; first <= end; first += most)
        for (size_t g = 0; g < n; g += group) {
            const size_t last = smaller(first + most - 1, end);
            if (!cbow && n == 1 && first == c && last == c) continue;  // the centre alone is no step
            draw_again(r, b->t, sentence + c + g, group);
            for (size_t i = g; i < g + group; i++) {
                const size_t from = lo[i] > first ? lo[i] : first, to = smaller(hi[i], last);
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
static void leave_junk(w2v__step_lane *w)
{
    w2v__k_means *m = &w->means;
    if (!w->cbow) return;
    for (size_t i = 0; i < w->t->span; i++)
        for (size_t k = 0; k < w->t->m->stride; k++) m->mean[i][k] = m->change[i][k] = 1e3f;
    for (size_t k = 0; k < (w->most_contexts + 1) * 16 * W2V__K_MOST_ABREAST; k++) m->running[k] = 1e3f;
}

// The text of a lane becomes one sentence, which is a chunk.
static void begin_text(w2v__step_lane *w, const uint32_t *sentence, size_t length, replay *again)
{
    w2v__tokens *k = &w->tokens;
    memset(again, 0, sizeof *again);
    again->windows = k->random = w2v_random_stream(9, 0);
    again->negatives = k->noise = w2v_random_stream(9, 1);
    memcpy(k->kept, sentence, length * sizeof *sentence);
    k->kept[length] = W2V_NONE;
    k->n = length + 1;
    k->begun = 1;
    w2v__tokens_begin_sentence(k, 0);
    CHECK_STATUS(w2v__tokens_begin_chunk(k, w->t, &w->error), W2V_OK);
    w2v__step_begin_chunk(w);
    CHECK_STATUS(w2v__lanes_place_rows(w), W2V_OK);
    again->pool_size = k->chunk.pool_size;
    for (size_t i = 0; i < again->pool_size; i++)
        again->pool[i] = w2v_alias_draw(&w->t->noise, &again->negatives);
}

// Trains one span after another, always from the same vectors, and compares each with the textbook's steps on its
// windows. A step of skip-gram has at most `most` words (0: as many as the trainer likes).
static void test_span(w2v_config cfg, size_t most)
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
        if (!CHECK_STATUS(w2v_trainer_new(&t, &source, 1, &cfg, NULL, NULL, &err), W2V_OK)) {
            printf("    %s\n", err.message);
            return;
        }
        w2v__step_lane *w = &t->lanes[0];
        w2v_random r = w2v_random_stream(10, 0);
        memset(&b, 0, sizeof b);
        b.t = t;
        for (int matrix = 0; matrix < W2V__MODEL_MATRICES; matrix++)
            for (size_t i = 0; i < V * DIM && w2v__model_matrix(t->m, matrix); i++) {
                const float x = 2.0f * w2v_random_float(&r) - 1.0f;
                w2v__model_matrix(t->m, matrix)[i / DIM * t->m->stride + i % DIM] = x;
                b.x[matrix][i] = (double)x;
            }
        static replay again;
        begin_text(w, sentence, length, &again);
        w->tokens.next = c;
        w->tokens.alpha = alpha;
        if (most) w->most_contexts = most;
        leave_junk(w);
        n = w2v__step_train_span(w, c);
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
        const w2v__schedule_loss loss = w->loss;
        w->loss = w2v__schedule_no_loss;
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
                for (size_t window = 1; window <= 30; window += TEST_SLOW ? 29 : window < 5 ? 2 : 25) {
                    w2v_config cfg = config_of((w2v_architecture)architecture, (w2v_loss_type)loss);
                    cfg.window_shape = (w2v_window_shape)shape;
                    cfg.window = window;
                    cfg.sharing = W2V_SHARE_NONE;
                    test_span(cfg, 0);
                    cfg.sharing = W2V_SHARE_WINDOW;
                    test_span(cfg, 0);
                    if (cfg.architecture == W2V_SKIPGRAM) test_span(cfg, 4);  // cut into several steps
                    cfg.sharing = W2V_SHARE_SPAN;
                    cfg.span = 5;
                    cfg.span_negative = 3;
                    cfg.cbow_undivided = 1;
                    test_span(cfg, 0);
                    if (cfg.architecture == W2V_SKIPGRAM) test_span(cfg, 7);
                }
}

// Other numbers of negatives, and spans of other lengths.
static void test_negatives(void)
{
    static const struct {
        w2v_sharing sharing;
        size_t window, negative, span, shared;
    } cases[] = {{W2V_SHARE_NONE, 9, 15, 0, 0},  {W2V_SHARE_WINDOW, 7, 15, 0, 0}, {W2V_SHARE_SPAN, 5, 5, 4, 8},
                 {W2V_SHARE_SPAN, 2, 3, 7, 5},   {W2V_SHARE_SPAN, 5, 5, 1, 3},    {W2V_SHARE_SPAN, 12, 2, 5, 20},
                 {W2V_SHARE_DEFAULT, 5, 5, 0, 0}};  // a tiny vocabulary: no pair shares
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        w2v_config cfg = config_of(W2V_SKIPGRAM, W2V_LOSS_NEG_SAMPLING);
        cfg.sharing = cases[i].sharing;
        cfg.window = cases[i].window;
        cfg.negative = cases[i].negative;
        cfg.span = cases[i].span;
        cfg.span_negative = cases[i].shared;
        test_span(cfg, 0);
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
        w2v_config cfg = config_of(W2V_CBOW, W2V_LOSS_NEG_SAMPLING);
        w2v_trainer *t = NULL;
        cfg.learning_rate = 0.2f;
        cfg.epochs = 3;
        cfg.span = 2;
        if (!CHECK_STATUS(w2v_trainer_new(&t, &source, 1, &cfg, NULL, NULL, NULL), W2V_OK)) return;
        CHECK_STATUS(w2v_trainer_run(t, 1000, NULL), W2V_OK);
        if (junk) leave_junk(&t->lanes[0]);
        CHECK_STATUS(w2v_trainer_run(t, UINT64_MAX, NULL), W2V_OK);
        const w2v_model *m = w2v_trainer_model(t);
        hash[junk] = test_hash_model(m);
        CHECK(w2v_dot(m->input, m->output + m->stride, DIM) > 1.0f);  // 'a' pulls 'b'
        w2v_trainer_free(t);
    }
    CHECK_EQUAL(hash[0], hash[1]);
}

int main(int argc, char **argv)
{
    static const test_case tests[] = {TEST(steps), TEST(negatives), TEST(no_negatives)};
    return test_main("step", tests, TEST_COUNT(tests), argc, argv);
}
