// SPDX-License-Identifier: MIT-0
//
// test_train.c - what training does, seen from outside: against the textbook where nothing is drawn, by its statistics
// where something is, and whether every mode learns

#include "checked.h"

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include "test.h"
#include "topics.h"

static char scratch[1024];  // a file beside the program

// A trainer of a text that begins with the vectors in and out (out may be NULL) of some words.
static w2v_trainer *trainer_from(const char *text, size_t bytes, const w2v_config *cfg, const char *const *words,
                                 size_t n, const float *in, const float *out)
{
    const w2v_source source = w2v_source_text(text, bytes);
    w2v_model *start = NULL;
    w2v_trainer *t = NULL;
    w2v_error err = {""};
    CHECK_STATUS(w2v_model_new(&start, words, NULL, n, cfg->dim, in, out, NULL), W2V_OK);
    if (!CHECK_STATUS(w2v_trainer_new(&t, &source, 1, cfg, NULL, start, &err), W2V_OK))
        printf("    %s\n", err.message);
    w2v_model_free(start);
    return t;
}

// Numbers between -0.5 and 0.5.
static void fill(float *x, size_t n, uint64_t seed)
{
    w2v_random r = w2v_random_stream(seed, 0);
    for (size_t i = 0; i < n; i++) x[i] = w2v_random_float(&r) - 0.5f;
}

static w2v_config constant_config(float learning_rate)
{
    w2v_config cfg = w2v_config_default();
    cfg.min_count = 1;
    cfg.sample = 0.0;
    cfg.threads = cfg.lanes = 1;
    cfg.epochs = 1;
    cfg.learning_rate = cfg.min_learning_rate = learning_rate;
    return cfg;
}

// -----------------------------------------------------------------------------------------------------------------
// A whole training against the textbook in double precision, where nothing is drawn

enum { DIM = 9, MOST_WORDS = 6 };

typedef struct matrix {
    double x[MOST_WORDS][DIM], gradient[MOST_WORDS][DIM];
} matrix;

typedef struct textbook {
    const w2v_config *cfg;
    size_t V;
    w2v_huffman tree;
    matrix in, out, nodes;
    double loss, pairs;
} textbook;

static double dot(const double *x, const double *y)
{
    double sum = 0.0;
    for (size_t k = 0; k < DIM; k++) sum += x[k] * y[k];
    return sum;
}

// The score of v and a row gets the gradient g.
static void push(const double *v, double *dv, matrix *m, size_t row, double g)
{
    for (size_t k = 0; k < DIM; k++) dv[k] += g * m->x[row][k], m->gradient[row][k] += g * v[k];
}

// weight times -log s(sign u.v)
static void add_term(textbook *b, const double *v, double *dv, matrix *m, size_t row, double sign, double weight)
{
    const double score = dot(v, m->x[row]);
    b->loss += weight * log1p(exp(-sign * score));
    push(v, dv, m, row, -sign * weight / (1.0 + exp(sign * score)));
}

// v predicts a centre. The words of a text of two have no negatives but each other.
static void predict(textbook *b, const double *v, double *dv, size_t centre, double weight)
{
    const w2v_loss_type loss = b->cfg->loss_type;
    b->pairs += weight;
    if (loss == W2V_LOSS_SOFTMAX) {
        double total = 0.0;
        for (size_t j = 0; j < b->V; j++) total += exp(dot(v, b->out.x[j]));
        b->loss += weight * (log(total) - dot(v, b->out.x[centre]));
        for (size_t j = 0; j < b->V; j++)
            push(v, dv, &b->out, j, weight * (exp(dot(v, b->out.x[j])) / total - (j == centre)));
    }
    if (loss == W2V_LOSS_NEG_SAMPLING || loss == W2V_LOSS_BOTH) {
        add_term(b, v, dv, &b->out, centre, 1.0, weight);
        add_term(b, v, dv, &b->out, 1 - centre, -1.0, weight * (double)b->cfg->negative);
    }
    if (loss == W2V_LOSS_HIERARCHICAL || loss == W2V_LOSS_BOTH)
        for (size_t at = b->tree.begin[centre]; at < b->tree.begin[centre + 1]; at++)
            add_term(b, v, dv, &b->nodes, b->tree.node[at], b->tree.code[at] ? -1.0 : 1.0, weight);
}

static void descend(textbook *b)
{
    matrix *const all[3] = {&b->in, &b->out, &b->nodes};
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < MOST_WORDS * DIM; k++) {
            all[i]->x[k / DIM][k % DIM] -= (double)b->cfg->learning_rate * all[i]->gradient[k / DIM][k % DIM];
            all[i]->gradient[k / DIM][k % DIM] = 0.0;
        }
}

// The window around word c of a sentence: a step for each pair if these share nothing, otherwise one.
static void train_window(textbook *b, const uint32_t *sentence, size_t length, size_t c)
{
    const w2v_config *cfg = b->cfg;
    double mean[DIM] = {0.0}, dmean[DIM] = {0.0}, weight[64] = {0.0}, total = 0.0;
    for (size_t q = 0; q < length; q++) {
        const size_t distance = q < c ? c - q : q - c;
        if (!distance || distance > cfg->window) continue;
        weight[q] = cfg->window_shape == W2V_WINDOW_WEIGHTED
                        ? ((double)cfg->window + 1.0 - (double)distance) / (double)cfg->window
                        : 1.0;
        total += weight[q];
        for (size_t k = 0; k < DIM; k++) mean[k] += weight[q] * b->in.x[sentence[q]][k];
        if (cfg->architecture == W2V_CBOW) continue;
        predict(b, b->in.x[sentence[q]], b->in.gradient[sentence[q]], sentence[c], weight[q]);
        if (cfg->sharing == W2V_SHARE_NONE) descend(b);
    }
    for (size_t k = 0; k < DIM; k++) mean[k] /= total;
    if (cfg->architecture == W2V_CBOW) predict(b, mean, dmean, sentence[c], 1.0);
    for (size_t q = 0; q < length; q++)
        for (size_t k = 0; k < DIM; k++)
            b->in.gradient[sentence[q]][k] += weight[q] / (cfg->cbow_undivided ? 1.0 : total) * dmean[k];
    descend(b);
}

// How far the rows of a matrix are from those of the textbook.
static double distance_of(const textbook *b, const matrix *m, const float *rows, size_t stride)
{
    double worst = 0.0;
    for (size_t i = 0; i < b->V && rows; i++)
        for (size_t k = 0; k < DIM; k++) worst = fmax(worst, fabs(m->x[i][k] - (double)rows[i * stride + k]));
    return worst;
}

static void check_textbook(const w2v_config *cfg)
{
    static const char *const words[] = {"a", "b", "c", "d", "e", "f"};
    static const char *const lines[2][4] = {{"abaacadaebafacadb", "fea", "ac", "bbaccadefa"},
                                            {"abaab", "ba", "aabaaabba", "abbab"}};
    const int two = cfg->loss_type == W2V_LOSS_NEG_SAMPLING || cfg->loss_type == W2V_LOSS_BOTH;
    static textbook b;
    static float in[MOST_WORDS * DIM], out[MOST_WORDS * DIM];
    char text[200];
    size_t bytes = 0;
    for (size_t i = 0; i < 4; i++)
        for (const char *c = lines[two][i]; *c; c++) text[bytes++] = *c, text[bytes++] = c[1] ? ' ' : '\n';
    memset(&b, 0, sizeof b);
    b.cfg = cfg;
    b.V = two ? 2 : 6;
    fill(in, MOST_WORDS * DIM, 1);
    fill(out, MOST_WORDS * DIM, 2);
    w2v_trainer *t = trainer_from(text, bytes, cfg, words, b.V, in, out);
    if (!t) return;
    const w2v_model *m = w2v_trainer_model(t);
    uint64_t count[MOST_WORDS];
    for (uint32_t i = 0; i < b.V; i++) {
        const size_t word = (size_t)(w2v_vocab_word(m->vocab, i)[0] - 'a');
        count[i] = w2v_vocab_count(m->vocab, i);
        for (size_t k = 0; k < DIM; k++)
            b.in.x[i][k] = (double)in[word * DIM + k], b.out.x[i][k] = (double)out[word * DIM + k];
    }
    CHECK_STATUS(w2v_huffman_init(&b.tree, count, b.V, NULL), W2V_OK);
    for (size_t epoch = 0; epoch < cfg->epochs; epoch++)
        for (size_t i = 0; i < 4; i++) {
            uint32_t sentence[64];
            const size_t length = strlen(lines[two][i]);
            for (size_t k = 0; k < length; k++)
                sentence[k] = w2v_vocab_find(m->vocab, words[lines[two][i][k] - 'a']);
            for (size_t c = 0; c < length; c++) train_window(&b, sentence, length, c);
        }
    CHECK_STATUS(w2v_trainer_run(t, UINT64_MAX, NULL), W2V_OK);
    const double worst = fmax(distance_of(&b, &b.in, m->input, m->stride),
                              fmax(distance_of(&b, &b.out, m->output, m->stride),
                                   distance_of(&b, &b.nodes, m->nodes, m->stride)));
    if (!CHECK(worst < 2e-6))  // numbers below 2, rounded in every step
        printf("    architecture %d, loss %d, shape %d, sharing %d: off by %g\n", (int)cfg->architecture,
               (int)cfg->loss_type, (int)cfg->window_shape, (int)cfg->sharing, worst);
    CHECK_NEAR(test_report(t).loss, b.loss / b.pairs, 1e-6);
    w2v_huffman_free(&b.tree);
    w2v_trainer_free(t);
}

static void test_textbook(void)
{
    for (int architecture = W2V_SKIPGRAM; architecture <= W2V_CBOW; architecture++)
        for (int loss = W2V_LOSS_SOFTMAX; loss <= W2V_LOSS_BOTH; loss++)
            for (int shape = W2V_WINDOW_FULL; shape <= W2V_WINDOW_WEIGHTED; shape++)
                for (int sharing = W2V_SHARE_NONE; sharing <= W2V_SHARE_WINDOW; sharing++) {
                    w2v_config cfg = constant_config(0.05f);
                    cfg.dim = DIM;
                    cfg.window = 3;
                    cfg.epochs = 2;
                    cfg.loss_every = 1;
                    cfg.ns_exponent = 0.0;  // one draw of two is the centre, but never sixteen in a row
                    cfg.architecture = (w2v_architecture)architecture;
                    cfg.loss_type = (w2v_loss_type)loss;
                    cfg.window_shape = (w2v_window_shape)shape;
                    cfg.sharing = (w2v_sharing)sharing;
                    cfg.cbow_undivided = shape == W2V_WINDOW_FULL;
                    check_textbook(&cfg);
                }
}

// -----------------------------------------------------------------------------------------------------------------
// Statistics of what is drawn: with output vectors that begin with zeros and a tiny learning rate every score stays 0,
// so each pair of a context word and a centre adds half the learning rate times the context vector to the centre's
// output vector, and each negative subtracts as much from its own.

enum { PLACES = 16 };

// How often each word of a sentence of sixteen was trained as the centre of each other, less how often it was a
// negative: counts[context][centre], of `times` times the sentence.
static void count_pairs(w2v_config cfg, size_t times, double counts[PLACES][PLACES])
{
    enum { LINES = 80 };
    static char text[LINES * PLACES * 2];
    char names[PLACES][2];
    const char *words[PLACES];
    float in[PLACES * PLACES] = {0.0f};
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = i % 2 == 0 ? (char)('a' + i / 2 % PLACES) : (i / 2 + 1) % PLACES ? ' ' : '\n';
    for (size_t i = 0; i < PLACES; i++) {
        names[i][0] = (char)('a' + i), names[i][1] = 0;
        words[i] = names[i];
        in[i * PLACES + i] = 1.0f;
    }
    CHECK(sizeof text <= W2V_BLOCK_BYTES && times % LINES == 0);  // no window is cut
    cfg.dim = PLACES;
    cfg.epochs = times / LINES;
    w2v_trainer *t = trainer_from(text, sizeof text, &cfg, words, PLACES, in, NULL);
    if (!t || !CHECK_STATUS(w2v_trainer_run(t, UINT64_MAX, NULL), W2V_OK)) return;
    const w2v_model *m = w2v_trainer_model(t);
    for (size_t i = 0; i < PLACES; i++)
        for (size_t j = 0; j < PLACES; j++)
            counts[i][j] = (double)m->output[w2v_vocab_find(m->vocab, words[j]) * m->stride + i] /
                           (0.5 * (double)cfg.learning_rate);
    w2v_trainer_free(t);
}

// How often a context word at a distance is trained, for each time that it is there.
static double share_at(const w2v_config *cfg, size_t distance)
{
    if (!distance || distance > cfg->window) return 0.0;
    return cfg->window_shape == W2V_WINDOW_FULL
               ? 1.0
               : (double)(cfg->window + 1 - distance) / (double)cfg->window;
}

// Pairs at every distance are as many as the shape of the window says. All words are equally frequent, so each is a
// negative of every pair whose span does not have it as a centre equally often.
static void check_windows(w2v_window_shape shape, w2v_sharing sharing, size_t span)
{
    enum { TIMES = 4000 };
    static double counts[PLACES][PLACES];
    w2v_config cfg = constant_config(1e-6f);
    double pairs[PLACES] = {0.0}, places[PLACES] = {0.0};
    cfg.window = 5;
    cfg.negative = 2;
    cfg.window_shape = shape;
    cfg.sharing = sharing;
    cfg.span = span > 1 ? span : 0;
    count_pairs(cfg, TIMES, counts);
    for (size_t i = 0; i < PLACES; i++)
        for (size_t j = 0; j < PLACES; j++) {
            const size_t distance = i < j ? j - i : i - j;
            double negative = 0.0;
            for (size_t c = 0; c < PLACES; c++)
                if (c / span != j / span)
                    negative += 2.0 * share_at(&cfg, c < i ? i - c : c - i) / (double)(PLACES - span);
            pairs[distance] += counts[i][j] / TIMES + negative;
            places[distance]++;
        }
    for (size_t d = 0; d < PLACES; d++)  // the largest deviation that was measured is 0.016
        if (!CHECK_NEAR(pairs[d] / places[d], share_at(&cfg, d), 0.04))
            printf("    shape %d, sharing %d, distance %zu\n", (int)shape, (int)sharing, d);
}

static void test_windows(void)
{
    for (int shape = W2V_WINDOW_SHRINKING; shape <= W2V_WINDOW_WEIGHTED; shape++) {
        check_windows((w2v_window_shape)shape, W2V_SHARE_NONE, 1);
        check_windows((w2v_window_shape)shape, W2V_SHARE_WINDOW, 1);
        check_windows((w2v_window_shape)shape, W2V_SHARE_SPAN, 2);
    }
}

// A word is a negative in proportion to count^ns_exponent, but never of itself as the centre, and K times for
// each pair. Negatives are drawn from a pool, which is drawn anew in every epoch and has a word for eight
// centres or more.
static void check_noise(double exponent, w2v_sharing sharing, size_t negative)
{
    enum { WORDS = 8, TOKENS = 1020, EPOCHS = 40 };  // 512, 256, ... 4: lines of two words
    static char text[2 * TOKENS];
    static const char *const words[WORDS] = {"a", "b", "c", "d", "e", "f", "g", "h"};
    static const float in[WORDS] = {1.0f, 1.0f, 1.0f, 1.0f, 1.0f, 1.0f, 1.0f, 1.0f};
    double noise[WORDS], total = 0.0;
    w2v_random r = w2v_random_stream(4, 0);
    char *place[TOKENS];
    size_t n = 0;
    w2v_config cfg = constant_config(1e-6f);
    for (size_t i = 0; i < sizeof text; i++) text[i] = i % 4 == 1 ? ' ' : '\n';
    for (size_t i = 0; i < TOKENS; i++) place[i] = text + 2 * i;
    for (size_t i = 0; i < WORDS; i++) {
        for (int k = 0; k < 512 >> i; k++, n++) {
            const size_t other = n + w2v_random_below(&r, (uint32_t)(TOKENS - n));
            *place[other] = words[i][0];
            place[other] = place[n];
        }
        noise[i] = pow((double)(512 >> i), exponent);
        total += noise[i];
    }
    cfg.dim = 1;
    cfg.epochs = EPOCHS;
    cfg.window_shape = W2V_WINDOW_FULL;
    cfg.negative = negative;
    cfg.ns_exponent = exponent;
    cfg.sharing = sharing;
    w2v_trainer *t = trainer_from(text, sizeof text, &cfg, words, WORDS, in, NULL);
    if (!t || !CHECK_STATUS(w2v_trainer_run(t, UINT64_MAX, NULL), W2V_OK)) return;
    const w2v_model *m = w2v_trainer_model(t);
    for (size_t i = 0; i < WORDS; i++) {
        double expected = 0.0;
        for (size_t c = 0; c < WORDS; c++)
            if (c != i) expected += EPOCHS * (512 >> c) * (double)negative * noise[i] / (total - noise[c]);
        const float u = m->output[w2v_vocab_find(m->vocab, words[i]) * m->stride];
        const double drawn = EPOCHS * (512 >> i) - (double)u / (0.5 * (double)cfg.learning_rate);
        const double in_pools = EPOCHS * TOKENS / 8.0 * noise[i] / total;
        // Five standard deviations, and half a percent for scores that do not stay quite 0.
        if (!CHECK_NEAR(drawn / expected, 1.0, 5.0 * sqrt(1.0 / expected + 1.0 / in_pools) + 0.005))
            printf("    '%s', exponent %g, sharing %d\n", words[i], exponent, (int)sharing);
    }
    w2v_trainer_free(t);
}

static void test_noise(void)
{
    for (int sharing = W2V_SHARE_NONE; sharing <= W2V_SHARE_WINDOW; sharing++) {
        check_noise(0.75, (w2v_sharing)sharing, 5);
        check_noise(0.0, (w2v_sharing)sharing, 2);
        check_noise(1.0, (w2v_sharing)sharing, 1);
        check_noise(-0.5, (w2v_sharing)sharing, 5);
    }
}

// Every pair of a window that reaches over hundreds of words is trained, and no other: softmax draws nothing.
static void check_wide_window(size_t window)
{
    enum { WORDS = 180, NUMBERS = 16 };
    static char text[WORDS * 6], names[WORDS][6];
    static const char *words[WORDS];
    static float in[WORDS * NUMBERS];
    size_t bytes = 0;
    double worst = 0.0;
    w2v_config cfg = constant_config(1e-6f);
    for (size_t i = 0; i < WORDS; i++) {
        snprintf(names[i], sizeof names[i], "x%d", (int)i);
        words[i] = names[i];
        bytes += (size_t)snprintf(text + bytes, sizeof text - bytes, "%s ", names[i]);
    }
    for (size_t i = 0; i < WORDS * NUMBERS; i++) in[i] = i * i * 7 % 11 < 5 ? 1.0f : -1.0f;
    cfg.dim = NUMBERS;
    cfg.window = window;
    cfg.window_shape = W2V_WINDOW_FULL;
    cfg.loss_type = W2V_LOSS_SOFTMAX;
    w2v_trainer *t = trainer_from(text, bytes, &cfg, words, WORDS, in, NULL);
    if (!t || !CHECK_STATUS(w2v_trainer_run(t, UINT64_MAX, NULL), W2V_OK)) return;
    const w2v_model *m = w2v_trainer_model(t);
    double mean[NUMBERS] = {0.0};  // over all words as centres, each of which has the probability 1 / WORDS
    static double pull[WORDS][NUMBERS];
    memset(pull, 0, sizeof pull);
    for (size_t c = 0; c < WORDS; c++)
        for (size_t q = 0; q < WORDS; q++)
            for (size_t k = 0; k < NUMBERS && q != c && (q < c ? c - q : q - c) <= window; k++) {
                pull[c][k] += (double)in[q * NUMBERS + k];
                mean[k] += (double)in[q * NUMBERS + k] / WORDS;
            }
    for (size_t c = 0; c < WORDS; c++)
        for (size_t k = 0; k < NUMBERS; k++) {
            const float u = m->output[w2v_vocab_find(m->vocab, words[c]) * m->stride + k];
            worst = fmax(worst, fabs((double)u / (double)cfg.learning_rate - (pull[c][k] - mean[k])));
        }
    if (!CHECK(worst < 0.2))  // a pair more or less is 1
        printf("    window %zu: off by %g\n", window, worst);
    w2v_trainer_free(t);
}

static void test_wide_window(void)
{
    check_wide_window(1000);
    check_wide_window(129);
    check_wide_window(64);
}

// -----------------------------------------------------------------------------------------------------------------
// The learning rate

// It falls linearly with the words, to the least one or a ten thousandth of the first.
static int note_progress(const w2v_progress *p, void *user)
{
    if (p->phase == W2V_PHASE_TRAIN) *(w2v_progress *)user = *p;
    return 0;
}

static void check_schedule(float first, float least, float floor)
{
    size_t bytes, runs = 0;
    char *text = topics(&bytes);
    const w2v_source source = w2v_source_text(text, bytes);
    w2v_config cfg = constant_config(first);
    w2v_progress p;
    w2v_trainer *t = NULL;
    cfg.dim = 8;
    cfg.epochs = 2;
    cfg.min_learning_rate = least;
    cfg.progress_fn = note_progress;
    cfg.progress_user = &p;
    CHECK_STATUS(w2v_trainer_new(&t, &source, 1, &cfg, NULL, NULL, NULL), W2V_OK);
    for (; t && !w2v_trainer_done(t); runs++) {
        if (!CHECK_STATUS(w2v_trainer_run(t, 1, NULL), W2V_OK)) break;
        const w2v_train_report report = test_report(t);
        const double left = 1.0 - (double)report.done / (double)report.total;
        CHECK_EQUAL(p.words, report.done);
        CHECK_NEAR(p.learning_rate, fmax(left * (double)first, (double)floor), 1e-6 * (double)first);
    }
    CHECK(runs > 20);
    w2v_trainer_free(t);
    free(text);
}

static void test_schedule(void)
{
    check_schedule(0.025f, 0.0f, 0.025e-4f);
    check_schedule(0.5f, 0.1f, 0.1f);
    check_schedule(0.1f, 0.1f, 0.1f);
    w2v_config cfg = constant_config(0.025f);
    w2v_error err = {""};
    cfg.min_learning_rate = 0.03f;
    CHECK_STATUS(w2v_config_check(&cfg, &err), W2V_ERROR_ARGUMENT);
    CHECK(!strncmp(err.message, "min_learning_rate must be between 0 and 0.025", 44));
}

// It falls within a sentence, too: the second half of a line has a third of the learning rate of the first half, and
// words that no other meets learn as much less. (The learning rate is looked up every 256 windows.)
static void test_long_sentence(void)
{
    enum { WORDS = 1800 };
    static char text[2 * WORDS];
    for (size_t i = 0; i < WORDS; i++) text[2 * i] = "abcd"[i % 2 + (i < WORDS / 2 ? 0 : 2)], text[2 * i + 1] = ' ';
    static const char *const words[] = {"a", "b", "c", "d"};
    static const float in[8] = {1.0f, 0.0f, 1.0f, 0.0f, 0.0f, 1.0f, 0.0f, 1.0f};  // each half has a dimension of its own
    w2v_config cfg = constant_config(1e-5f);
    cfg.dim = 2;
    cfg.window = 1;
    cfg.loss_type = W2V_LOSS_SOFTMAX;  // which draws nothing
    cfg.min_learning_rate = 0.0f;
    w2v_trainer *t = trainer_from(text, sizeof text, &cfg, words, 4, in, NULL);
    if (!t || !CHECK_STATUS(w2v_trainer_run(t, UINT64_MAX, NULL), W2V_OK)) return;
    const w2v_model *m = w2v_trainer_model(t);
    const float *const a = m->output + w2v_vocab_find(m->vocab, "a") * m->stride,
                *const c = m->output + w2v_vocab_find(m->vocab, "c") * m->stride;
    CHECK(a[0] > 0.0f);
    CHECK_NEAR(c[1] / a[0], 1.0 / 3.0, 0.1);
    w2v_trainer_free(t);
}

// -----------------------------------------------------------------------------------------------------------------
// Which words are trained

// Frequent words stay with probability sqrt(t N / c) + t N / c, and all others always.
static void test_subsampling(void)
{
    // Of each line the last two words are rare, so that no sentence is left out.
    enum { LINES = 1000, EPOCHS = 10, WORDS = 8 * LINES };
    static char text[LINES * 60];
    static const double samples[] = {0.0, 1e-4, 1e-3, 0.01, 0.05, 0.2, 1.0}, counts[] = {3 * LINES, 2 * LINES, LINES};
    size_t bytes = 0;
    for (int i = 0; i < LINES; i++)
        bytes += (size_t)snprintf(text + bytes, sizeof text - bytes, "a a b a b c x%d y%d\n", i, i);
    const w2v_source source = w2v_source_text(text, bytes);
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        w2v_config cfg = constant_config(0.01f);
        w2v_trainer *t = NULL;
        cfg.dim = 4;
        cfg.epochs = EPOCHS;
        cfg.sample = samples[i];
        CHECK_STATUS(w2v_trainer_new(&t, &source, 1, &cfg, NULL, NULL, NULL), W2V_OK);
        CHECK_STATUS(w2v_trainer_run(t, UINT64_MAX, NULL), W2V_OK);
        double expected = 2.0 * LINES * EPOCHS, variance = 0.0;
        for (size_t k = 0; k < 3; k++) {
            const double r = samples[i] * WORDS / counts[k], p = r > 0.0 ? fmin(sqrt(r) + r, 1.0) : 1.0;
            expected += EPOCHS * counts[k] * p;
            variance += EPOCHS * counts[k] * p * (1.0 - p);
        }
        const uint64_t cut = 2 * EPOCHS * (bytes / W2V_BLOCK_BYTES);  // words that the border of a block leaves alone
        if (!CHECK_NEAR(test_report(t).trained, expected, 4.5 * sqrt(variance) + (double)cut))
            printf("    sample %g\n", samples[i]);
        w2v_trainer_free(t);
    }
}

// Sentences of one word or none are left out, wherever they are.
static void test_short_sentences(void)
{
    static const struct {
        const char *text;
        size_t words, trained;
    } cases[] = {{"a\na b\n\nc\na b c", 7, 5}, {"a b\n\n\nc", 3, 2}, {"a b\nc\n", 3, 2}, {"a b", 2, 2},
                 {"\n\na b c\na", 4, 3}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t streamed = 0; streamed < 2; streamed++) {
            w2v_train_report report;
            w2v_config cfg = constant_config(0.01f);
            w2v_model *m = NULL;
            cfg.report = &report;
            cfg.corpus_memory = streamed;
            CHECK_STATUS(w2v_train_text(&m, cases[i].text, strlen(cases[i].text), &cfg, NULL), W2V_OK);
            CHECK_EQUAL(report.words, cases[i].words);
            CHECK_EQUAL(report.trained, cases[i].trained);
            w2v_model_free(m);
        }
}

// -----------------------------------------------------------------------------------------------------------------
// Learning

// Each lane may have a thread.
static w2v_config small_config(w2v_sharing sharing, size_t lanes)
{
    w2v_config cfg = w2v_config_default();
    cfg.dim = 24;
    cfg.min_count = 1;
    cfg.sample = 0.0;
    cfg.epochs = 3;
    cfg.threads = cfg.lanes = lanes;
    cfg.sharing = sharing;
    cfg.learning_rate = 0.05f;
    return cfg;
}

static void check_learning(w2v_sharing sharing, size_t lanes, size_t negative)
{
    size_t bytes;
    char *text = topics(&bytes);
    w2v_config cfg = small_config(sharing, lanes);
    cfg.negative = negative;
    w2v_model *m = NULL;
    w2v_error err = {""};
    CHECK_STATUS(w2v_train_text(&m, text, bytes, &cfg, &err), W2V_OK);
    if (m) {
        CHECK(m->size == 40 && m->dim == 24 && m->stride % 16 == 0 && m->output);
        CHECK(separation(m) > 0.5);  // 0 for random vectors; measured 0.9 and more
    }
    w2v_model_free(m);
    free(text);
}

// A table: lines of some columns, each with words of its own; with titles, a line of one word stands before each.
static char *table(size_t columns, int titles, size_t *bytes)
{
    enum { BYTES = 300000, WORDS = 150 };
    char *text = (char *)malloc(BYTES + 400);
    w2v_random r = w2v_random_stream(12, 0);
    *bytes = 0;
    while (*bytes < BYTES) {
        if (titles) *bytes += (size_t)snprintf(text + *bytes, 40, "title%u\n", w2v_random_below(&r, 30));
        for (size_t k = 0; k < columns; k++) {
            const float x = w2v_random_float(&r);  // low numbers come more often
            const uint32_t word = (uint32_t)(x * x * (float)(WORDS / columns));
            *bytes += (size_t)snprintf(text + *bytes, 40, "%c%u ", (char)('a' + k), word);
        }
        text[*bytes - 1] = '\n';
    }
    return text;
}

// The mean length of input and output vectors of each column together.
static void column_lengths(const char *text, size_t bytes, size_t columns, size_t lanes, size_t negative,
                           double *length)
{
    w2v_config cfg = small_config(W2V_SHARE_SPAN, lanes);
    cfg.dim = 16;
    cfg.epochs = 4;
    cfg.negative = negative;
    w2v_model *m = NULL;
    CHECK_STATUS(w2v_train_text(&m, text, bytes, &cfg, NULL), W2V_OK);
    double words[32] = {0};
    for (size_t k = 0; k < columns; k++) length[k] = 0.0;
    for (uint32_t i = 0; m && i < m->size; i++) {
        const char *word = w2v_vocab_word(m->vocab, i);
        if (!strncmp(word, "title", 5)) continue;
        const size_t k = (size_t)(word[0] - 'a');
        length[k] += (double)(w2v_norm(m->input + i * m->stride, m->dim) +
                              w2v_norm(m->output + i * m->stride, m->dim));
        words[k]++;
    }
    for (size_t k = 0; k < columns; k++) length[k] /= words[k];
    w2v_model_free(m);
}

// Several lanes make vectors of the same lengths as one, whatever the shape of the lines: rows that are
// merged too late grow too long.
static void check_lengths(size_t columns, int titles, size_t lanes, size_t negative)
{
    size_t bytes;
    char *text = table(columns, titles, &bytes);
    double one[32], several[32];
    column_lengths(text, bytes, columns, 1, negative, one);
    column_lengths(text, bytes, columns, lanes, negative, several);
    for (size_t k = 0; k < columns; k++) CHECK_NEAR(several[k] / one[k], 1.0, 0.2);  // measured: 0.86 to 1.01
    free(text);
}

static uint64_t trained_hash(const w2v_config *cfg, const char *text, size_t bytes)
{
    w2v_model *m = NULL;
    if (w2v_train_text(&m, text, bytes, cfg, NULL) != W2V_OK) return 0;
    const uint64_t h = test_hash_model(m);
    w2v_model_free(m);
    return h;
}

// One seed, the same vectors again; another seed, other vectors.
static void test_seeds(void)
{
    size_t bytes;
    char *text = topics(&bytes);
    for (int sharing = W2V_SHARE_NONE; sharing <= W2V_SHARE_SPAN; sharing++)
        for (size_t lanes = 1; lanes <= 3; lanes += 2) {
            w2v_config cfg = small_config((w2v_sharing)sharing, lanes);
            cfg.sample = 1e-2;
            cfg.span = sharing == W2V_SHARE_SPAN ? 4 : 0;
            const uint64_t h = trained_hash(&cfg, text, bytes);
            CHECK_EQUAL(h, trained_hash(&cfg, text, bytes));
            cfg.seed = 2;
            CHECK(h != trained_hash(&cfg, text, bytes));
        }
    free(text);
}

static double score_of(const w2v_model *m, const char *context, const char *centre)
{
    return (double)w2v_dot(w2v_model_vector(m, context),
                           m->output + w2v_vocab_find(m->vocab, centre) * m->stride, m->dim);
}

// The mean score of the words that are `same`, or of those that are not.
static double mean_score(const w2v_model *m, int same)
{
    double sum = 0.0, n = 0.0;
    for (uint32_t i = 0; i < m->size; i++)
        for (uint32_t j = 0; j < m->size; j++) {
            if ((i == j) != same) continue;
            sum += score_of(m, w2v_vocab_word(m->vocab, i), w2v_vocab_word(m->vocab, j));
            n++;
        }
    return sum / n;
}

// The model of the text so many times over; with W2V_SHARE_SPAN of two lanes, if it has more than four blocks.
static w2v_model *train_words(const char *text, size_t times, size_t negative, w2v_sharing sharing)
{
    const size_t once = strlen(text);
    char *all = (char *)malloc(once * times);
    for (size_t i = 0; i < times; i++) memcpy(all + i * once, text, once);
    w2v_config cfg = small_config(sharing, sharing == W2V_SHARE_SPAN ? 2 : 1);
    cfg.negative = negative;
    w2v_model *m = NULL;
    CHECK_STATUS(w2v_train_text(&m, all, once * times, &cfg, NULL), W2V_OK);
    free(all);
    return m;
}

// The score of a context word x and a centre y ends where as much pulls as pushes: at log(n(x, y) / (K m(x,
// y))), where x meets y as a centre n times and other centres, of which y is a negative then, so often that
// it is y m times for K = 1 (Levy and Goldberg 2014, but the centre is no negative here). What is never
// pushed grows.
static void test_tiny(void)
{
    for (int i = W2V_SHARE_NONE; i <= W2V_SHARE_SPAN; i++) {
        const w2v_sharing sharing = (w2v_sharing)i;
        for (size_t times = 1; times <= 1000; times += 999) {
            const double much = times > 1;
            const double tolerance = 0.05;  // with the seeds 1 to 20 at most 0.042, rms 0.02
            w2v_model *m = train_words("one one one one one ", times, 5, sharing);  // has no negatives
            CHECK(mean_score(m, 1) > much);
            w2v_model_free(m);
            m = train_words("one two one two ", times, 5, sharing);  // K larger than the vocabulary
            CHECK(mean_score(m, 1) + mean_score(m, 0) < -much);
            // At the distances 1, 3, 5 stands the other word, with weights of 5/5, 3/5, 1/5; 2, 4 have 4/5, 2/5.
            if (times > 1) CHECK_NEAR(mean_score(m, 1), log(1.2 / (5.0 * 1.8)), tolerance);
            if (times > 1) CHECK_NEAR(mean_score(m, 0), log(1.8 / (5.0 * 1.2)), tolerance);
            w2v_model_free(m);
            // Of seven words each sees the six others equally often (the weights of the distances k and 7 - k
            // add up to 1 in a window of 5) and never itself. It is a negative of five of these six centres.
            m = train_words("a b c d e f g ", times, 20, sharing);
            CHECK(mean_score(m, 0) < -0.1 && mean_score(m, 1) < mean_score(m, 0) + (1.0 - much));
            if (times > 1) CHECK_NEAR(mean_score(m, 0), -log(20.0 * 5.0 / 6.0), tolerance);
            w2v_model_free(m);
            m = train_words("a\nb\nc\na\nb c\n", times, 5, sharing);  // sentences of one word
            CHECK(score_of(m, "b", "c") > much && score_of(m, "c", "b") > much);
            CHECK(score_of(m, "b", "b") < -much && score_of(m, "c", "a") < -much);
            w2v_model_free(m);
        }
        w2v_model *m = train_words("a b c d e f g ", 1, 100, sharing);
        CHECK_NEAR(mean_score(m, 0), -log(100.0), 0.5);  // as far as three epochs of seven words go
        w2v_model_free(m);
    }
    w2v_model *m = train_words("one two one two ", 1000, 40, W2V_SHARE_SPAN);
    const double tolerance = 0.1;  // with the seeds 1 to 20 at most 0.035, rms 0.015
    CHECK_NEAR(mean_score(m, 1), log(1.2 / (40.0 * 1.8)), tolerance);
    CHECK_NEAR(mean_score(m, 0), log(1.8 / (40.0 * 1.2)), tolerance);
    w2v_model_free(m);
}

// Where no two words stand in a line there is nothing to learn, from
// memory, a file, or one that is read again.
static void test_no_pairs(void)
{
    static const char *const texts[] = {"a", "a\nb\nc\na\n", "a rare\nother a\n", "a\n\n a \n"};
    for (size_t i = 0; i < 4; i++)
        for (int sharing = W2V_SHARE_NONE; sharing <= W2V_SHARE_SPAN; sharing++) {
            w2v_config cfg = small_config((w2v_sharing)sharing, 2);
            cfg.min_count = i == 2 ? 2 : 1;
            cfg.corpus_memory = i % 2;
            w2v_model *m = NULL;
            w2v_error err;
            CHECK(w2v_train_text(&m, texts[i], strlen(texts[i]), &cfg, &err) == W2V_ERROR_EMPTY && !m);
            CHECK_STRING(err.message,
                         "no line of 'the text' has two words of the vocabulary: a line is a sentence");
        }
}

// A corpus that is read again in every epoch gives the bits that it gives from memory, whatever the limit.
static void test_streaming(void)
{
    size_t bytes;
    char *text = topics(&bytes);
    const char *path = scratch;
    for (size_t i = 0; i < bytes; i += 997) text[i] = "x \n"[i % 3];  // rare words, and sentences that have no others
    CHECK(test_write_file(path, text, bytes));
    w2v_config cfg = small_config(W2V_SHARE_WINDOW, 1);
    cfg.min_count = 20;
    const uint64_t kept = trained_hash(&cfg, text, bytes);
    for (cfg.corpus_memory = 1; cfg.corpus_memory < 10000000; cfg.corpus_memory *= 100) {
        CHECK_EQUAL(trained_hash(&cfg, text, bytes), kept);
        w2v_model *m = NULL;
        CHECK(w2v_train_file(&m, path, &cfg, NULL) == W2V_OK && test_hash_model(m) == kept);
        w2v_model_free(m);
    }
    // Which words are trained does not depend on the lanes.
    w2v_train_report reports[2];
    for (size_t i = 0; i < 2; i++) {
        w2v_model *m = NULL;
        cfg.threads = cfg.lanes = i ? 3 : 1;
        cfg.corpus_memory = i;
        cfg.report = &reports[i];
        CHECK_STATUS(w2v_train_file(&m, path, &cfg, NULL), W2V_OK);
        CHECK(m && separation(m) > 0.5);  // as in test_learning
        w2v_model_free(m);
    }
    CHECK(reports[0].trained == reports[1].trained && reports[0].done == reports[1].done);
    remove(path);
    free(text);
}

typedef struct vandal {
    const char *path;
    const char *instead;  // of the beginning
    int shorten;
    w2v_phase phase;  // when: after the words have been counted, or in the midst of training
    int calls;        // so many that a change that is not noticed stops the training, too
} vandal;

static int change_file(const w2v_progress *p, void *user)
{
    vandal *v = (vandal *)user;
    if (p->phase == v->phase) {
        FILE *f = fopen(v->path, v->shorten ? "wb" : "rb+");
        fputs(v->instead, f);
        fclose(f);
        v->calls++;
    }
    return v->calls > 20;
}

// The text is another when it is read again.
static void check_changed_corpus(const char *instead, int shorten, w2v_phase phase)
{
    vandal v = {scratch, instead, shorten, phase, 0};
    FILE *f = fopen(v.path, "wb");
    if (!f) abort();
    for (int i = 0; i < 2000; i++) fputs("a b c d ", f);
    fclose(f);
    w2v_config cfg = small_config(W2V_SHARE_SPAN, 1);
    cfg.epochs = 100000;  // the first report comes after a tenth of a second
    cfg.corpus_memory = 1;
    cfg.progress_fn = change_file;
    cfg.progress_user = &v;
    w2v_model *m = NULL;
    w2v_error err = {""};
    CHECK(w2v_train_file(&m, v.path, &cfg, &err) == W2V_ERROR_IO && !m);
    // In the midst of an epoch a file that is too short cannot be read; at the beginning of one it has changed.
    const int unreadable = !strncmp(err.message, "cannot read '", 13) && strstr(err.message, "' at byte ");
    CHECK((shorten && unreadable) || strstr(err.message, "' has changed while it was read"));
    remove(v.path);
}

static int stop_second_reading(const w2v_progress *p, void *user)
{
    int *ends = (int *)user;
    if (p->phase == W2V_PHASE_VOCAB && p->fraction >= 1.0) ++*ends;
    return *ends == 2;
}

static void test_stop_streaming(void)
{
    int ends = 0;
    w2v_config cfg = small_config(W2V_SHARE_SPAN, 1);
    cfg.corpus_memory = 1;
    cfg.progress_fn = stop_second_reading;
    cfg.progress_user = &ends;
    w2v_model *m = NULL;
    CHECK(w2v_train_text(&m, "a b c a b c", 11, &cfg, NULL) == W2V_ERROR_STOPPED && !m && ends == 2);
}

// A learning rate that is too high: the first word whose vector or score
// is not finite is named, and nothing is left.
static void test_divergence(void)
{
    size_t bytes;
    char *text = topics(&bytes);
    for (int sharing = W2V_SHARE_NONE; sharing <= W2V_SHARE_SPAN; sharing++)
        for (size_t lanes = 1; lanes <= 2; lanes++) {
            w2v_config cfg = small_config((w2v_sharing)sharing, lanes);
            cfg.learning_rate = 100.0f;
            w2v_model *m = NULL;
            w2v_error err = {""};
            CHECK(w2v_train_text(&m, text, bytes, &cfg, &err) == W2V_ERROR_DIVERGED && !m);
            CHECK(!strncmp(err.message, "training diverged: the ", 23) &&
                  strstr(err.message, " is not finite in epoch "));
            CHECK(strstr(err.message, " at learning rate "));
        }
    free(text);
}

// What a message of divergence names: a row that is not finite, or rows that are, with a product that is not.
static void test_diverged_word(void)
{
    static const char text[] = "w5 w4\n";
    static const char *const words[] = {"w4", "w5"};
    static const float ones[2] = {1.0f, 1.0f};
    const struct {
        float in, out;
        const char *message;
    } cases[] = {
        {NAN, 1.0f, "training diverged: the vector of 'w4' is not finite in epoch 3 at learning rate 0.25"},
        {1.0f, -INFINITY, "training diverged: the vector of 'w5' is not finite in epoch 3 at learning rate 0.25"},
        {3e38f, 3e38f, "training diverged: the score of 'w5' is not finite in epoch 3 at learning rate 0.25"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        w2v_config cfg = constant_config(0.25f);
        w2v_error err = {""};
        cfg.dim = 1;
        cfg.epochs = 4;
        cfg.sharing = W2V_SHARE_WINDOW;
        w2v_trainer *t = trainer_from(text, sizeof text - 1, &cfg, words, 2, ones, ones);
        if (!t || !CHECK_STATUS(w2v_trainer_run(t, 4, NULL), W2V_OK)) return;
        const w2v_model *m = w2v_trainer_model(t);
        m->input[w2v_vocab_find(m->vocab, "w4") * m->stride] = cases[i].in;
        m->output[w2v_vocab_find(m->vocab, "w5") * m->stride] = cases[i].out;
        CHECK_STATUS(w2v_trainer_run(t, 2, &err), W2V_ERROR_DIVERGED);
        CHECK_STRING(err.message, cases[i].message);
        w2v_trainer_free(t);
    }
}

// The vector of an inner node that no word of the text visits.
static void test_diverged_node(void)
{
    static const char text[] = "a b a b\n";
    static const char *const words[] = {"a", "b", "c", "d"};
    static const uint64_t counts[] = {8, 4, 2, 1};
    const w2v_source source = w2v_source_text(text, sizeof text - 1);
    w2v_config cfg = constant_config(0.25f);
    w2v_vocab *vocab = NULL;
    w2v_trainer *t = NULL;
    w2v_error err = {""};
    cfg.dim = 1;
    cfg.epochs = 2;
    cfg.loss_type = W2V_LOSS_HIERARCHICAL;
    CHECK_STATUS(w2v_vocab_new(&vocab, words, counts, 4, NULL), W2V_OK);
    if (!CHECK_STATUS(w2v_trainer_new(&t, &source, 1, &cfg, vocab, NULL, NULL), W2V_OK)) return;
    CHECK_STATUS(w2v_trainer_run(t, 4, NULL), W2V_OK);
    const w2v_model *m = w2v_trainer_model(t);
    size_t unvisited = 0;
    while (unvisited < 2 && m->nodes[unvisited * m->stride] != 0.0f) unvisited++;
    m->nodes[unvisited * m->stride] = NAN;
    CHECK_STATUS(w2v_trainer_run(t, UINT64_MAX, &err), W2V_ERROR_DIVERGED);
    char expected[200];
    snprintf(
        expected, sizeof expected,
        "training diverged: the vector of inner node %d is not finite after %d words (learning rate 0.25)",
        (int)unvisited, (int)test_report(t).done);
    CHECK_STRING(err.message, expected);
    w2v_trainer_free(t);
    w2v_vocab_free(vocab);
}

// Settings at the ends of what is allowed, on sentences long enough for them.
static void test_extremes(void)
{
    size_t bytes;
    char *text = topics(&bytes);
    for (size_t i = 0; i < bytes; i++) text[i] = text[i] == '\n' && i % 4001 ? ' ' : text[i];
    static const struct {
        size_t window, negative, span, shared, dim;
    } cases[] = {{1000, 5, 0, 0, 24}, {1000, 5, 16, 0, 24}, {1000, 5, 2, 1000, 8},
                 {5, 1000, 0, 0, 8},  {200, 1, 16, 0, 1},   {1, 1, 16, 1000, 16},
                 {5, 5, 3, 1, 24},    {64, 5, 1, 0, 24},    {63, 5, 2, 0, 24}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        w2v_config cfg = small_config(W2V_SHARE_SPAN, 2);
        const size_t n = cases[i].window * cases[i].negative < 1000 ? bytes : bytes / 6;  // enough of many pairs
        cfg.window = cases[i].window;
        cfg.negative = cases[i].negative;
        cfg.span = cases[i].span;
        cfg.span_negative = cases[i].shared;
        cfg.dim = cases[i].dim;
        if (cfg.window > 1) cfg.learning_rate = 0.0025f;  // forty words: every one of them is in every window
        cfg.epochs = 1;
        w2v_model *m = NULL;
        w2v_error err = {""};
        if (!CHECK_STATUS(w2v_train_text(&m, text, n, &cfg, &err), W2V_OK))
            printf("    case %zu: %s\n", i, err.message);
        // In a window of many words they are together by chance, with which scores end at log(1 / K), as in
        // test_tiny; next to each other are those of a topic.
        if (cfg.window == 1)
            CHECK(m && separation(m) > 0.5);
        else if (m && !CHECK(fabs(mean_score(m, 0) + log((double)cfg.negative)) < 0.4))
            printf("    case %zu: %g\n", i, mean_score(m, 0));
        w2v_model_free(m);
    }
    w2v_config cfg = small_config(W2V_SHARE_SPAN, 64);
    cfg.threads = 1000;
    cfg.dim = 65536;
    cfg.epochs = 1;
    cfg.negative = 1;
    w2v_model *m = NULL;
    CHECK(w2v_train_text(&m, text, 300, &cfg, NULL) == W2V_OK && m && m->dim == 65536);
    float shortest = 1.0f;  // of the numbers of an output vector, which begin with 0
    for (size_t k = 0; m && k < m->dim; k++) shortest = fminf(shortest, fabsf(m->output[k]));
    CHECK(shortest > 0.0f);
    w2v_model_free(m);
    free(text);
}

// With all words of a wide window in one step vectors would grow without end, at the usual learning rate.
static void test_wide_windows_converge(void)
{
    enum { TOKENS = TEST_SLOW ? 1000 : 3000, WORDS = TOKENS / 10 };
    static char text[TOKENS * 5];
    w2v_random r = w2v_random_stream(3, 0);
    size_t n = 0;
    for (int i = 0; i < TOKENS; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "x%u ", w2v_random_below(&r, WORDS));
    for (int sharing = W2V_SHARE_NONE; sharing <= W2V_SHARE_SPAN; sharing++) {
        w2v_config cfg = small_config((w2v_sharing)sharing, 1);
        cfg.window = 1000;
        cfg.learning_rate = 0.025f;
        cfg.epochs = 1;
        w2v_model *m = NULL;
        CHECK_STATUS(w2v_train_text(&m, text, n, &cfg, NULL), W2V_OK);
        float longest = 0.0f;
        for (size_t i = 0; m && i < m->size; i++)
            longest = fmaxf(longest, w2v_norm(m->input + i * m->stride, m->dim));
        CHECK(longest < 10.0f);  // 1 to 3; cut at 16384 words instead of 128 it is 17002, or the training diverges
        w2v_model_free(m);
    }
}

static void check_refused(w2v_config cfg, const char *message)
{
    w2v_model *m = NULL;
    w2v_error err = {""};
    CHECK(w2v_train_text(&m, "a b a b", 7, &cfg, &err) == W2V_ERROR_ARGUMENT && !m);
    CHECK_STRING(err.message, message);
}

static void test_refusals(void)
{
    const w2v_config good = w2v_config_default();
    w2v_config cfg;
    CHECK_STATUS(w2v_config_check(&good, NULL), W2V_OK);
    cfg = good, cfg.dim = 0, check_refused(cfg, "dim must be between 1 and 65536, not 0");
    cfg = good, cfg.window = 0, check_refused(cfg, "window must be between 1 and 1000, not 0");
    cfg = good, cfg.negative = 1001, check_refused(cfg, "negative must be between 0 and 1000, not 1001");
    cfg = good, cfg.epochs = 0, check_refused(cfg, "epochs must be between 1 and 1000000, not 0");
    cfg = good, cfg.threads = 0, check_refused(cfg, "threads must be between 1 and 1024, not 0");
    cfg = good, cfg.lanes = 0, check_refused(cfg, "lanes must be between 1 and 64, not 0");
    cfg = good, cfg.lanes = 65, check_refused(cfg, "lanes must be between 1 and 64, not 65");
    cfg = good, cfg.sample = -0.5, check_refused(cfg, "sample must be between 0 and 1, not -0.5");
    cfg = good, cfg.learning_rate = -0.025f,
    check_refused(cfg, "learning_rate must be above 0 and at most 100, not -0.025");
    cfg = good, cfg.ns_exponent = 11.0, check_refused(cfg, "ns_exponent must be between -10 and 10, not 11");
    cfg = good, cfg.sample = (double)NAN;
    CHECK_STATUS(w2v_config_check(&cfg, NULL), W2V_ERROR_ARGUMENT);
    w2v_model *m = NULL;
    w2v_error err;
    CHECK_STATUS(w2v_train_file(&m, "no/such/file", &good, &err), W2V_ERROR_IO);
    CHECK_STRING(err.message, "cannot open 'no/such/file': No such file or directory");
    CHECK_STATUS(w2v_train_file(&m, "tests", &good, &err), W2V_ERROR_IO);
    CHECK_STRING(err.message, "cannot read 'tests': it is a directory");
    CHECK(!m);
}

typedef struct watch {
    double last;
    int calls, stop_at, phases;  // to stop at a call, or
    int stop_training;           // at the first of the training
    uint64_t words;
    float alpha;
    size_t epoch;
} watch;

static int on_progress(const w2v_progress *p, void *user)
{
    watch *w = (watch *)user;
    w->calls++;
    w->phases |= 1 << p->phase;
    if (p->fraction >= 1.0) w->last = p->fraction;
    CHECK(p->fraction >= 0.0 && p->fraction <= 1.0 && p->seconds >= 0.0 && p->seconds_left >= 0.0);
    if (p->phase == W2V_PHASE_VOCAB) {
        CHECK(!p->words && p->words_per_second <= 0.0);
        return w->calls == w->stop_at;
    }
    CHECK(p->words >= w->words && p->epoch < 3 && p->learning_rate > 0.0f && p->learning_rate <= w->alpha);
    CHECK(p->words_per_second >= 0.0 &&
          (p->seconds <= 0.0 || fabs(p->words_per_second * p->seconds - (double)p->words) < 1.0));
    CHECK(p->epoch >= w->epoch);
    w->words = p->words;
    w->alpha = p->learning_rate;
    w->epoch = p->epoch;
    return w->stop_training || w->calls == w->stop_at;
}

static void test_progress(void)
{
    size_t bytes;
    char *text = topics(&bytes);
    w2v_config cfg = small_config(W2V_SHARE_WINDOW, 2);
    watch w = {0.0, 0, 0, 0, 0, 0, cfg.learning_rate, 0};
    cfg.progress_fn = on_progress;
    cfg.progress_user = &w;
    w2v_model *m = NULL;
    w2v_error err;
    CHECK_STATUS(w2v_train_text(&m, text, bytes, &cfg, &err), W2V_OK);
    CHECK(w.phases == 3 && w.last >= 1.0 && w.calls >= 2);
    CHECK(w.words == 3 * 3000 * 8 && w.alpha < 2e-4f * cfg.learning_rate);  // three epochs of topics()
    CHECK_EQUAL(w.epoch, 2);
    w2v_model_free(m);
    m = NULL;
    w.words = w.epoch = 0;
    w.alpha = cfg.learning_rate;
    w.stop_training = 1;
    CHECK(w2v_train_text(&m, text, bytes, &cfg, &err) == W2V_ERROR_STOPPED && !m);
    CHECK(!strncmp(err.message, "training stopped at ", 20));
    w.stop_training = 0;
    w.calls = 0;
    w.stop_at = 1;
    CHECK(w2v_train_text(&m, text, bytes, &cfg, &err) == W2V_ERROR_STOPPED && !m);
    CHECK(!strncmp(err.message, "reading stopped at ", 19));
    free(text);
}

typedef struct last_loss {
    int reports;
    double loss;
} last_loss;

static int stop_at_third(const w2v_progress *p, void *user)
{
    last_loss *l = (last_loss *)user;
    if (p->phase != W2V_PHASE_TRAIN) return 0;
    l->loss = p->loss;
    return ++l->reports == 3;
}

// The loss falls: since the report before it is lower than since the training began. (Three tenths of a
// second, at a learning rate so low that it falls all the time.)
static void test_progress_loss(void)
{
    size_t bytes;
    char *text = topics(&bytes);
    w2v_config cfg = small_config(W2V_SHARE_WINDOW, 1);
    w2v_train_report report;
    last_loss l = {0, 0.0};
    w2v_model *m = NULL;
    cfg.epochs = 1000000;
    cfg.learning_rate = 0.0005f;
    cfg.loss_every = 1;
    cfg.progress_fn = stop_at_third;
    cfg.progress_user = &l;
    cfg.report = &report;
    CHECK(w2v_train_text(&m, text, bytes, &cfg, NULL) == W2V_ERROR_STOPPED && !m && l.reports == 3);
    CHECK(l.loss > 0.1 && l.loss < report.loss);
    free(text);
}

// What the report says of a corpus: words, those that subsampling kept, of all epochs.
static void test_reports(void)
{
    size_t bytes;
    char *text = topics(&bytes);
    for (size_t lanes = 1; lanes < 4; lanes++) {
        w2v_train_report report;
        memset(&report, 0xff, sizeof report);
        w2v_config cfg = small_config(W2V_SHARE_SPAN, lanes);
        cfg.report = &report;
        cfg.sample = 0.0;
        w2v_model *m = NULL;
        CHECK_STATUS(w2v_train_text(&m, text, bytes, &cfg, NULL), W2V_OK);
        const uint64_t borders = bytes / W2V_BLOCK_BYTES;  // each may leave a word alone on either side, which has no pair
        CHECK(report.words == 24000 && report.trained <= 72000 &&
              report.trained >= 3 * (24000 - 2 * borders));
        CHECK_EQUAL(report.long_words, 0);
        w2v_model_free(m);
        cfg.sample = 1e-3;
        CHECK_STATUS(w2v_train_text(&m, text, bytes, &cfg, NULL), W2V_OK);
        // 40 words of equal count: each stays with probability sqrt(r) + r, r =
        // 0.04; a sentence of one word goes
        CHECK(report.words == 3000 * 8 && report.trained > 0.20 * 72000 && report.trained < 0.25 * 72000);
        w2v_model_free(m);
    }
    free(text);
}

// Nothing to train on is a failure, before the training where that is certain and after it otherwise.
static void test_nothing_trained(void)
{
    size_t bytes;
    char *text = topics(&bytes);
    w2v_train_report report;
    w2v_config cfg = small_config(W2V_SHARE_SPAN, 1);
    w2v_model *m = NULL;
    w2v_error err = {""};
    cfg.report = &report;
    memset(&report, 7, sizeof report);
    CHECK(w2v_train_file(&m, "no/such/file", &cfg, NULL) == W2V_ERROR_IO && report.words == 0 &&
          report.trained == 0);
    cfg.sample = 1e-12;
    CHECK(w2v_train_text(&m, text, bytes, &cfg, &err) == W2V_ERROR_EMPTY && !m && report.words == 24000 &&
          report.trained == 0);
    CHECK_STRING(
        err.message,
        "sample 1e-12 keeps nothing of 'the text' to train on: use a larger one, or 0 to keep every word");
    cfg.sample = 1e-3;
    cfg.min_count = 1;
    CHECK(w2v_train_text(&m, "a b", 3, &cfg, &err) == W2V_ERROR_EMPTY && !m);
    CHECK(!strncmp(err.message, "sample 0.001 keeps nothing", 26));
    cfg.sample = 0.0;
    CHECK(w2v_train_text(&m, "a b", 3, &cfg, &err) == W2V_OK && report.trained == 6);
    w2v_model_free(m);
    free(text);
}

// A model that is handed out although the training was stopped: trained as far as the report says, and whole.
static void test_keep_stopped(void)
{
    size_t bytes;
    char *text = topics(&bytes);
    w2v_train_report report;
    w2v_config cfg = small_config(W2V_SHARE_WINDOW, 2);
    watch w = {0.0, 0, 0, 0, 1, 0, cfg.learning_rate, 0};
    w2v_model *m = NULL;
    w2v_error err;
    cfg.progress_fn = on_progress;
    cfg.progress_user = &w;
    cfg.report = &report;
    cfg.keep_stopped = 1;
    cfg.sample = 0.0;
    CHECK(w2v_train_text(&m, text, bytes, &cfg, &err) == W2V_ERROR_STOPPED && m);
    CHECK(m && m->size == 40 && m->output && w2v_vocab_count(m->vocab, 0) > 0 && report.trained > 0 &&
          report.trained < 72000);
    float largest = 0.0f;
    for (size_t i = 0; m && i < m->size * m->stride; i++) largest = fmaxf(largest, fabsf(m->output[i]));
    CHECK(largest > 0.0f);  // it has learned something
    w2v_model_free(m);
    m = (w2v_model *)&w;
    w.stop_training = 0;
    w.calls = 0;
    w.stop_at = 1;
    CHECK(w2v_train_text(&m, text, bytes, &cfg, &err) == W2V_ERROR_STOPPED && !m && report.trained == 0);
    free(text);
}

static void test_learning(void)
{
    check_learning(W2V_SHARE_NONE, 1, 5);
    check_learning(W2V_SHARE_WINDOW, 1, 5);
    check_learning(W2V_SHARE_WINDOW, 1, 15);
    check_learning(W2V_SHARE_WINDOW, 3, 5);
    check_learning(W2V_SHARE_SPAN, 1, 5);  // a vocabulary of 40: no pair shares
    check_learning(W2V_SHARE_SPAN, 3, 5);
}

static void test_lengths(void)
{
    check_lengths(9, 0, 3, 5);
    check_lengths(3, 1, 4, 5);
    check_lengths(10, 0, 8, 25);
    if (TEST_SLOW) return;  // the others have no code of their own
    check_lengths(10, 0, 2, 5);
    check_lengths(9, 0, 8, 5);
    check_lengths(3, 1, 8, 5);
    check_lengths(9, 0, 64, 5);
    check_lengths(10, 1, 64, 5);
}

static void test_changed_corpus(void)
{
    check_changed_corpus("one\n", 0, W2V_PHASE_VOCAB);
    check_changed_corpus("one\n", 1, W2V_PHASE_VOCAB);
    check_changed_corpus("one\n", 0, W2V_PHASE_TRAIN);
    check_changed_corpus("one\n", 1, W2V_PHASE_TRAIN);
    check_changed_corpus("b a ", 0, W2V_PHASE_TRAIN);  // as many words as before, the same ones
}

int main(int argc, char **argv)
{
    static const test_case tests[] = {
        TEST(textbook),       TEST(windows),         TEST(noise),
        TEST(wide_window),    TEST(schedule),        TEST(long_sentence),
        TEST(subsampling),    TEST(short_sentences), TEST(learning),
        TEST(lengths),        TEST(seeds),           TEST(tiny),
        TEST(no_pairs),       TEST(streaming),       TEST(changed_corpus),
        TEST(stop_streaming), TEST(divergence),      TEST(diverged_word),
        TEST(diverged_node),  TEST(extremes),        TEST(wide_windows_converge),
        TEST(refusals),       TEST(progress),        TEST(progress_loss),
        TEST(reports),        TEST(nothing_trained), TEST(keep_stopped)};
    snprintf(scratch, sizeof scratch, "%s.tmp", argv[0]);
    return test_main("train", tests, TEST_COUNT(tests), argc, argv);
}
