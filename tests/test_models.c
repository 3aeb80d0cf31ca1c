// SPDX-License-Identifier: MIT-0
//
// test_models.c - every architecture with every loss: learning, held-out loss, threads, checkpoints

#include "checked.h"

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include "test.h"
#include "topics.h"

enum { DIM = 21, LOSSES = 4, MODELS = 2 * LOSSES };

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

static double weight_at(const w2v_config *cfg, size_t q, size_t c)
{
    const double distance = q < c ? (double)(c - q) : (double)(q - c);
    return cfg->window_shape == W2V_WINDOW_WEIGHTED
               ? ((double)cfg->window + 1.0 - distance) / (double)cfg->window
               : 1.0;
}

static w2v_config small_config(int architecture, int loss)
{
    w2v_config cfg = config_of((w2v_architecture)architecture, (w2v_loss_type)loss);
    cfg.learning_rate = architecture == W2V_CBOW ? 0.2f : 0.05f;
    cfg.epochs = 3;
    return cfg;
}

// Topics are told apart; the loss of the training text and of held-out text falls, and begins as it has to: every
// probability of a pair is 1/2 with output vectors of zeros, that of a softmax 1/V.
static void learning_of(int architecture, int loss, size_t threads)
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
    CHECK_STATUS(w2v_trainer_new(&t, &source, 1, &cfg, NULL, NULL, NULL), W2V_OK);
    CHECK_STATUS(w2v_trainer_hold_out(t, &rest, 1, NULL), W2V_OK);
    CHECK_STATUS(w2v_trainer_validate(t, &before, NULL), W2V_OK);
    if (loss == W2V_LOSS_SOFTMAX) CHECK_NEAR(before, log(40.0), 1e-5);
    if (loss == W2V_LOSS_NEG_SAMPLING) CHECK_NEAR(before, 6.0 * log(2.0), 1e-5);
    CHECK_STATUS(w2v_trainer_run(t, test_report(t).total / 20, NULL), W2V_OK);  // later it hardly falls
    const double first = test_report(t).loss;
    CHECK_STATUS(w2v_trainer_run(t, UINT64_MAX, NULL), W2V_OK);
    CHECK_STATUS(w2v_trainer_validate(t, &after, NULL), W2V_OK);
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

static void validation_of(int architecture, int loss)
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
    CHECK_STATUS(w2v_model_new(&start, words, NULL, 2, DIM, vectors[0], vectors[1], NULL), W2V_OK);
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
            CHECK_STATUS(w2v_trainer_new(&t, &source, 1, &cfg, NULL, start, NULL), W2V_OK);
            CHECK_STATUS(w2v_trainer_run(t, UINT64_MAX, NULL), W2V_OK);  // until then vectors of nodes are zeros
            CHECK_STATUS(w2v_trainer_hold_out(t, &rest, 1, NULL), W2V_OK);
            CHECK_STATUS(w2v_trainer_validate(t, &valid, NULL), W2V_OK);
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
    CHECK_STATUS(w2v_model_new(&start, words, NULL, 2, DIM, in, out, NULL), W2V_OK);
    CHECK_STATUS(w2v_trainer_new(&t, &source, 1, &cfg, NULL, start, NULL), W2V_OK);
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

enum { MATRICES = 3 };

static float *matrix_of(const w2v_model *m, int i) { return i == 0 ? m->input : i == 1 ? m->output : m->nodes; }

// Training comes to the same with any number of threads; so does training that is saved, loaded by another
// trainer and goes on. The checkpoint is a model with the same matrices.
static void repeats_of(int architecture, int loss)
{
    static const size_t threads[] = {1, 3, 2, 8};
    size_t bytes;
    char *text = topics(&bytes);
    bytes /= TEST_SLOW ? 4 : 2;  // twelve blocks, or six
    const w2v_source source = w2v_source_text(text, bytes);
    for (size_t lanes = TEST_SLOW ? 3 : 1; lanes <= 3; lanes += 2) {
        uint64_t whole = 0;
        for (size_t i = 0; i < (TEST_SLOW ? 2u : 4u); i++) {
            w2v_config cfg = small_config(architecture, loss);
            w2v_trainer *t = NULL;
            cfg.lanes = lanes;
            cfg.threads = threads[i];
            CHECK_STATUS(w2v_trainer_new(&t, &source, 1, &cfg, NULL, NULL, NULL), W2V_OK);
            CHECK_STATUS(w2v_trainer_run(t, UINT64_MAX, NULL), W2V_OK);
            const uint64_t h = test_hash_model(w2v_trainer_model(t));
            if (i) CHECK_EQUAL(h, whole);
            whole = h;
            w2v_trainer_free(t);
        }
#ifndef W2V_NO_STDIO
        w2v_config cfg = small_config(architecture, loss);
        w2v_trainer *t = NULL, *later = NULL;
        w2v_model *m = NULL;
        w2v_error err = {""};
        cfg.lanes = lanes;
        CHECK_STATUS(w2v_trainer_new(&t, &source, 1, &cfg, NULL, NULL, NULL), W2V_OK);
        CHECK(w2v_trainer_run(t, 6000, NULL) == W2V_OK && w2v_trainer_save(t, scratch, NULL) == W2V_OK);
        CHECK_STATUS(w2v_model_load(&m, scratch, NULL, NULL, NULL), W2V_OK);
        CHECK(m && test_hash_model(m) == test_hash_model(w2v_trainer_model(t)) &&
              !m->nodes == !w2v_trainer_model(t)->nodes);
        CHECK_STATUS(w2v_trainer_new(&later, &source, 1, &cfg, NULL, NULL, NULL), W2V_OK);
        CHECK(w2v_trainer_load(later, scratch, NULL) == W2V_OK &&
              w2v_trainer_run(later, UINT64_MAX, NULL) == W2V_OK);
        CHECK_EQUAL(test_hash_model(w2v_trainer_model(later)), whole);
        w2v_trainer_free(later);
        cfg.loss_type = (w2v_loss_type)((loss + 1) % LOSSES);
        CHECK_STATUS(w2v_trainer_new(&later, &source, 1, &cfg, NULL, NULL, NULL), W2V_OK);
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
static void freeze_of(int architecture, int loss)
{
    size_t bytes;
    char *text = topics(&bytes);
    bytes /= 4;
    const w2v_source source = w2v_source_text(text, bytes);
    const char *const word[] = {"a1", "b2"};
    float given[2 * DIM];
    w2v_model *start = NULL;
    w2v_trainer *t = NULL;
    for (size_t i = 0; i < 2 * DIM; i++) given[i] = (float)(int)i * 0.01f - 0.2f;
    CHECK_STATUS(w2v_model_new(&start, word, NULL, 2, DIM, given, given, NULL), W2V_OK);
    w2v_config cfg = small_config(architecture, loss);
    cfg.freeze_start = 1;
    CHECK_STATUS(w2v_trainer_new(&t, &source, 1, &cfg, NULL, start, NULL), W2V_OK);
    CHECK_STATUS(w2v_trainer_run(t, UINT64_MAX, NULL), W2V_OK);
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
static void one_word_of(int architecture, int loss)
{
    static const char text[] = "a a a a a\na\na a a\n";
    const w2v_source source = w2v_source_text(text, sizeof text - 1);
    const int pulls = loss == W2V_LOSS_NEG_SAMPLING || loss == W2V_LOSS_BOTH;
    for (int shape = W2V_WINDOW_SHRINKING; shape <= W2V_WINDOW_WEIGHTED; shape++) {
        w2v_config cfg = small_config(architecture, loss);
        w2v_trainer *t = NULL;
        double valid = -1.0;
        cfg.window_shape = (w2v_window_shape)shape;
        CHECK_STATUS(w2v_trainer_new(&t, &source, 1, &cfg, NULL, NULL, NULL), W2V_OK);
        CHECK_STATUS(w2v_trainer_hold_out(t, &source, 1, NULL), W2V_OK);
        CHECK_STATUS(w2v_trainer_validate(t, &valid, NULL), W2V_OK);
        CHECK_NEAR(valid, pulls ? log(2.0) : 0.0, 1e-6);  // there is no negative
        CHECK_STATUS(w2v_trainer_run(t, UINT64_MAX, NULL), W2V_OK);
        const w2v_model *m = w2v_trainer_model(t);
        if (pulls) CHECK(w2v_dot(m->input, m->output, DIM) > 0.0f);
        if (loss == W2V_LOSS_SOFTMAX) CHECK(w2v_norm(m->output, DIM) == 0.0f);
        if (m->nodes) CHECK(w2v_norm(m->nodes, DIM) == 0.0f);  // without a path
        w2v_trainer_free(t);
    }
}

// Words that stand with themselves, so that a window tells its centre; Huffman codes as long as possible;
// windows of a word or longer than the block. In long windows the words are those of the block.
static void odd_texts_of(int architecture, int loss)
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
    for (size_t window = 1; window <= 1000; window += TEST_SLOW ? 999 : window == 1 ? 2 : 997)
        for (int shape = W2V_WINDOW_SHRINKING; shape <= W2V_WINDOW_WEIGHTED; shape += TEST_SLOW ? 2 : 1) {
            w2v_config cfg = small_config(architecture, loss);
            w2v_trainer *t = NULL;
            double before = 0.0, after = 0.0;
            cfg.window_shape = (w2v_window_shape)shape;
            cfg.window = window;
            cfg.epochs = 1;
            CHECK_STATUS(w2v_trainer_new(&t, &source, 1, &cfg, NULL, NULL, NULL), W2V_OK);
            CHECK_STATUS(w2v_trainer_hold_out(t, &source, 1, NULL), W2V_OK);
            CHECK_STATUS(w2v_trainer_validate(t, &before, NULL), W2V_OK);
            CHECK_STATUS(w2v_trainer_run(t, UINT64_MAX, NULL), W2V_OK);
            CHECK_STATUS(w2v_trainer_validate(t, &after, NULL), W2V_OK);
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

// Trains a trainer that diverges at once, and frees it.
static void check_diverged(w2v_trainer *t, const char *expected)
{
    w2v_error err = {""};
    CHECK_STATUS(w2v_trainer_run(t, UINT64_MAX, &err), W2V_ERROR_DIVERGED);
    if (!CHECK(strstr(err.message, expected))) printf("    \"%s\" without \"%s\"\n", err.message, expected);
    w2v_trainer_free(t);
}

// The word that a message of divergence names: the centre if a score is not finite, the path of an inner node.
static void test_divergence(void)
{
    static const char text[] = "w1 w2\nw0 w0\nw0 w1\n";  // w2 is the rarest
    const w2v_source source = w2v_source_text(text, sizeof text - 1);
    for (int loss = 0; loss < LOSSES; loss++)
        for (int node = 0; node < (loss == W2V_LOSS_HIERARCHICAL ? 2 : 1); node++) {
            w2v_config cfg = config_of(W2V_SKIPGRAM, (w2v_loss_type)loss);
            w2v_trainer *t = NULL;
            cfg.sharing = W2V_SHARE_WINDOW;
            if (!CHECK_STATUS(w2v_trainer_new(&t, &source, 1, &cfg, NULL, NULL, NULL), W2V_OK)) return;
            const w2v_model *m = w2v_trainer_model(t);
            for (int i = 0; i < MATRICES; i++)
                for (size_t row = 0; row < 3 && matrix_of(m, i); row++)
                    matrix_of(m, i)[row * m->stride] = node ? NAN : 3e38f;
            for (size_t row = 0; row < 3 && node; row++) m->input[row * m->stride] = 1.0f;
            check_diverged(t, node ? "the vector of an inner node on the path of 'w1' is not finite in epoch 1"
                                   : "the score of 'w1' is not finite in epoch 1");
        }
}

// The second window of a span diverges, which has a step of its own.
static void test_divergence_in_span(void)
{
    static const char text[] = "w1 w2\nw0 w0\nw0 w1\n";
    const w2v_source source = w2v_source_text(text, sizeof text - 1);
    w2v_config cfg = config_of(W2V_CBOW, W2V_LOSS_HIERARCHICAL);
    w2v_trainer *t = NULL;
    cfg.span = 2;
    if (!CHECK_STATUS(w2v_trainer_new(&t, &source, 1, &cfg, NULL, NULL, NULL), W2V_OK)) return;
    const w2v_model *m = w2v_trainer_model(t);
    m->input[w2v_vocab_find(m->vocab, "w1") * m->stride] = 3e38f;  // the mean of the window around w2
    for (size_t i = 0; i < 3; i++) m->nodes[i * m->stride] = 3.0f;
    check_diverged(t, "the score of 'w2' is not finite in epoch 1");
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
    CHECK_STATUS(w2v_config_check(&cfg, &err), W2V_ERROR_ARGUMENT);
    cfg.loss_type = W2V_LOSS_HIERARCHICAL;
    CHECK_STATUS(w2v_config_check(&cfg, &err), W2V_OK);
    cfg.loss_type = W2V_LOSS_SOFTMAX;
    CHECK_STATUS(w2v_config_check(&cfg, &err), W2V_OK);
}

// A test of every model.
static void for_models(void (*test)(int architecture, int loss))
{
    for (int i = 0; i < MODELS; i++) test(i < LOSSES ? W2V_SKIPGRAM : W2V_CBOW, i % LOSSES);
}

static void learning_by_threads(int architecture, int loss)
{
    for (size_t threads = TEST_SLOW ? 4 : 1; threads <= 4; threads += 3) learning_of(architecture, loss, threads);
}

static void test_learning(void) { for_models(learning_by_threads); }
static void test_validation(void) { for_models(validation_of); }
static void test_repeats(void) { for_models(repeats_of); }
static void test_freeze(void) { for_models(freeze_of); }
static void test_one_word(void) { for_models(one_word_of); }
static void test_odd_texts(void) { for_models(odd_texts_of); }

// Softmax has the rows of all words in a chunk, whose text has few of them. Its first losses are log V: the output
// vectors begin with zeros and hardly leave them.
static void test_large_softmax(void)
{
    enum { WORDS = 20000 };
    static char name[WORDS][8], text[400];
    static const char *word[WORDS];
    size_t n = 0;
    for (int i = 0; i < WORDS; i++) snprintf(name[i], sizeof *name, "w%d", i), word[i] = name[i];
    for (int i = 0; i < 50; i++) n += (size_t)snprintf(text + n, sizeof text - n, "w%d ", i * 397);
    const w2v_source source = w2v_source_text(text, n);
    w2v_config cfg = small_config(W2V_SKIPGRAM, W2V_LOSS_SOFTMAX);
    w2v_vocab *vocab = NULL;
    w2v_trainer *t = NULL;
    cfg.loss_every = 1;
    cfg.learning_rate = 1e-3f;
    CHECK_STATUS(w2v_vocab_new(&vocab, word, NULL, WORDS, NULL), W2V_OK);
    CHECK_STATUS(w2v_trainer_new(&t, &source, 1, &cfg, vocab, NULL, NULL), W2V_OK);
    CHECK_STATUS(w2v_trainer_run(t, UINT64_MAX, NULL), W2V_OK);
    CHECK_NEAR(test_report(t).epoch_loss, log((double)WORDS), 1e-4);  // measured: 3e-6
    w2v_trainer_free(t);
    w2v_vocab_free(vocab);
}

int main(int argc, char **argv)
{
    static const test_case tests[] = {TEST(refusals),
                                      TEST(divergence),
                                      TEST(divergence_in_span),
                                      TEST(validation_of_shrinking_windows),
                                      TEST(learning),
                                      TEST(validation),
                                      TEST(repeats),
                                      TEST(freeze),
                                      TEST(one_word),
                                      TEST(odd_texts),
                                      TEST(large_softmax)};
    snprintf(scratch, sizeof scratch, "%s.tmp", argv[0]);
    return test_main("models", tests, TEST_COUNT(tests), argc, argv);
}
