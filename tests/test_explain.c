// SPDX-License-Identifier: MIT-0
//
// test_explain.c - examples/explain.h: published numbers, its gradients against finite differences and w2v.h,
// its step against one that is made, what it refuses

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include "test.h"

#include "examples/dummy.h"
#include "examples/explain.h"

static const uint64_t counts[] = {1, 2, 2, 1, 1};

static w2v_model *dummy_model(void)
{
    w2v_model *m;
    if (!CHECK_STATUS(w2v_model_new(&m, dummy_words, NULL, 5, 3, dummy_centres[0], dummy_outsides[0], NULL),
                      W2V_OK))
        exit(1);
    return m;
}

static explanation *explain_pair_of(const w2v_model *m, const char *sentence, const char *outside,
                                    const char *negatives, size_t K)
{
    explain_settings set = explain_settings_default();
    explanation *e;
    w2v_error err;
    set.outside = outside;
    set.negatives = negatives;
    set.K = K;
    if (!CHECK_STATUS(explain_new(&e, m, counts, 1, sentence, "c", &set, &err), W2V_OK)) exit(1);
    return e;
}

static void check_row(const explain_row *row, uint32_t id, size_t n, double y, double score, double p,
                      double loss)
{
    CHECK_EQUAL(row->id, id);
    CHECK_EQUAL(row->n, n);
    CHECK_NEAR(row->y, y, 0.0);
    CHECK_NEAR(row->score, score, 5e-5);
    CHECK_NEAR(row->p, p, 5e-5);
    CHECK_NEAR(row->error, p - y, 5e-5);
    CHECK_NEAR(row->loss, loss, 5e-5);
}

// The pair c -> a with the negatives d, b, d.
static void test_pair(void)
{
    static const double dv[] = {0.006609, -0.333232, -0.811812}, v_after[] = {-0.2752, 0.2254, 1.1973};
    w2v_model *m = dummy_model();
    explanation *e = explain_pair_of(m, "a b e c d b c", NULL, "d b d", 3);
    CHECK_EQUAL(e->words, 7);
    CHECK_EQUAL(e->at, 3);
    CHECK_EQUAL(e->occurrences, 2);
    CHECK_EQUAL(e->contexts, 6);
    CHECK_EQUAL(e->pairs, 6);
    CHECK_EQUAL(e->rows, 3);
    CHECK_NEAR(explain_parameters(e), 30.0, 0.0);
    check_row(&e->row[0], 0, 1, 1.0, 0.8767, 0.7061, 0.3479);
    check_row(&e->row[1], 3, 2, 0.0, -0.4661, 0.3855, 0.9740);
    check_row(&e->row[2], 1, 1, 0.0, -0.5482, 0.3663, 0.4561);
    CHECK_NEAR(e->J, 1.778087, 5e-7);
    CHECK_NEAR(e->row[0].p_after, 1.0 / (1.0 + exp(-e->row[0].score_after)), 1e-12);
    for (size_t k = 0; k < 3; k++) {
        CHECK_NEAR(e->v[k], dummy_centres[2][k], 0.0);
        CHECK_NEAR(e->dv[k], dv[k], 5e-7);
        CHECK_NEAR(e->numeric[k], dv[k], 5e-7);
        CHECK_NEAR(e->v_after[k], v_after[k], 5e-5);
    }
    CHECK_NEAR(e->J_after, 1.309009, 5e-7);
    CHECK_NEAR(explain_window_loss(e),
               e->J + e->pair[1].loss + e->pair[2].loss + e->pair[3].loss + e->pair[4].loss + e->pair[5].loss,
               1e-12);
    for (size_t i = 1; i < e->pairs; i++)
        for (size_t k = 0; k < 3; k++) CHECK(e->pair[i].negatives[k] != e->pair[i].outside);
    explain_free(e);
    w2v_model_free(m);
}

// Windows whose losses and gradients are published. The centre is the first word.
static void check_published(w2v_loss_type loss_type, int cbow, const char *sentence, const char *centre,
                            double loss)
{
    w2v_model *m = dummy_model();
    explain_settings set = explain_settings_default();
    explanation *e;
    w2v_error err;
    set.loss_type = loss_type;
    set.cbow = cbow;
    set.window = 6;
    if (!CHECK_STATUS(explain_new(&e, m, counts, 1, sentence, centre, &set, &err), W2V_OK)) exit(1);
    CHECK_NEAR(explain_window_loss(e), loss, 1e-6);
    explain_free(e);
    w2v_model_free(m);
}

static void test_published(void)
{
    check_published(W2V_LOSS_SOFTMAX, 0, "c a b e d b c", "c", 11.16610900153398);
    check_published(W2V_LOSS_SOFTMAX, 0, "b a b e d b c", "b", 9.87714910003414);
    check_published(W2V_LOSS_SOFTMAX, 0, "a a b e d b c", "a", 10.810758628593335);
    check_published(W2V_LOSS_SOFTMAX, 0, "c d", "c", 2.217424877675181);  // the autograder's pair
    check_published(W2V_LOSS_SOFTMAX, 1, "a a b c a", "a", 0.798995801090665);
    w2v_model *m = dummy_model();
    double dv[3] = {0.0, 0.0, 0.0}, loss = 0.0;
    for (int i = 0; i < 2; i++) {
        explanation *e =
            explain_pair_of(m, "a c b", i ? "b" : "a", i ? "c e a a a a e e c e" : "d c c e b d b d b b", 10);
        loss += e->J;
        for (size_t k = 0; k < 3; k++) dv[k] += e->dv[k];
        explain_free(e);
    }
    CHECK_NEAR(loss, 16.15119285363322, 1e-6);
    CHECK_NEAR(dv[0], -4.5465078881158165, 1e-6);
    CHECK_NEAR(dv[1], -1.8594225226988286, 1e-6);
    CHECK_NEAR(dv[2], 0.7639744089078404, 1e-6);
    w2v_model_free(m);
}

enum { V = 40, MOST_D = 70 };
static char name[V][8];
static const char *word[V];
static uint64_t count[V];
static float input[V * MOST_D], output[V * MOST_D];

// What the step makes of the vectors: the loss there, by the header, must be J_after.
static void check_step(const explanation *e)
{
    const size_t d = e->model->dim;
    static float v[MOST_D], u[V * MOST_D], after[V * MOST_D];
    memset(v, 0, sizeof v);
    for (size_t w = 0; w < V; w++) {
        const size_t n = e->set.cbow ? explain_times(e, (uint32_t)w) : w == e->sentence[e->at];
        for (size_t k = 0; k < d; k++) {
            after[w * d + k] = (float)((double)input[w * d + k] - e->set.rate * (double)n * e->dv[k]);
            v[k] += (float)n * after[w * d + k];
        }
    }
    memcpy(u, output, V * d * sizeof *u);
    for (size_t i = 0; i < e->rows; i++)
        for (size_t k = 0; k < d; k++)
            u[e->row[i].id * d + k] -= (float)(e->set.rate * (double)e->row[i].n * e->row[i].error * e->v[k]);
    for (size_t i = 0; i < e->rows; i++)
        CHECK_NEAR(e->row[i].score_after, w2v_dot(u + e->row[i].id * d, v, d), 1e-5);
    const int hierarchical = e->set.loss_type == W2V_LOSS_HIERARCHICAL;
    const w2v_matrix U = w2v_matrix_of(u, V - (size_t)hierarchical, d, d);
    const explain_pair *pair = &e->pair[e->shown];
    const float loss =
        hierarchical ? w2v_hierarchical_loss(v, pair->outside, &e->tree, &U, NULL, NULL)
        : e->set.loss_type == W2V_LOSS_SOFTMAX
            ? w2v_softmax_loss(v, pair->outside, &U, NULL, NULL)
            : w2v_neg_sampling_loss(v, pair->outside, pair->negatives, e->set.K, &U, NULL, NULL);
    CHECK_NEAR(e->J_after, loss, 1e-5 * (1.0 + (double)loss));
}

// Every loss, skip-gram and CBOW, for a vector of d numbers.
static void check_modes(size_t d)
{
    static const char sentence[] = "w3 w7 w1 w7 w2 w5 w0 w39 w7 w4 w2";
    w2v_model *m;
    CHECK_STATUS(w2v_model_new(&m, word, NULL, V, d, input, output, NULL), W2V_OK);
    for (int mode = 0; mode < 6; mode++) {
        explain_settings set = explain_settings_default();
        explanation *e;
        w2v_error err;
        set.loss_type = (w2v_loss_type)(mode / 2);
        set.cbow = mode % 2;
        set.window = 4;
        set.K = 9;
        set.rate = 0.05;
        set.outside = set.cbow ? NULL : "w7";
        if (!CHECK_STATUS(explain_new(&e, m, count, 1, sentence, "w5", &set, &err), W2V_OK)) break;
        CHECK_EQUAL(e->pairs, set.cbow ? 1 : 8);
        CHECK_NEAR(e->pair[e->shown].loss, e->J, 1e-12);
        CHECK_NEAR(e->header_J, e->J, 1e-6 * (1.0 + e->J));
        CHECK_NEAR(e->header_difference, 0.0, 3e-6);
        for (size_t k = 0; k < d; k++) CHECK_NEAR(e->numeric[k], e->dv[k], 1e-6);
        check_step(e);
        explain_free(e);
        set.rate = 1e-6;  // so small a step that the first derivative is all that counts
        CHECK_STATUS(explain_new(&e, m, count, 1, sentence, "w5", &set, &err), W2V_OK);
        CHECK_NEAR((e->J - e->J_after) / (set.rate * e->gradient_squared), 1.0, 1e-3);
        explain_free(e);
    }
    w2v_model_free(m);
}

static void make_vectors(void)
{
    w2v_random r = w2v_random_stream(5, 0);
    for (size_t i = 0; i < V; i++) {
        snprintf(name[i], sizeof name[i], "w%u", (unsigned)i % 100);
        word[i] = name[i];
        count[i] = 1 + i * i % 17;
    }
    for (size_t i = 0; i < V * MOST_D; i++) {
        input[i] = w2v_random_float(&r) - 0.5f;
        output[i] = w2v_random_float(&r) - 0.5f;
    }
}

static void test_modes(void)
{
    make_vectors();
    check_modes(1);
    check_modes(3);
    check_modes(MOST_D);
}

// Of a softmax over many words the word that was seen and the most probable ones are shown.
static void test_rows(void)
{
    w2v_model *m;
    explain_settings set = explain_settings_default();
    explanation *e;
    w2v_error err;
    size_t index[EXPLAIN_ROWS + 1];
    make_vectors();
    CHECK_STATUS(w2v_model_new(&m, word, NULL, V, 3, input, output, NULL), W2V_OK);
    set.loss_type = W2V_LOSS_SOFTMAX;
    CHECK_STATUS(explain_new(&e, m, count, 1, "w1 w2", "w1", &set, &err), W2V_OK);
    CHECK_EQUAL(explain_choose_rows(e, index), EXPLAIN_ROWS + 1);
    CHECK_EQUAL(index[0], 2);
    double least = 1.0;  // of those that are shown
    unsigned char shown[V] = {0};
    for (size_t i = 0; i <= EXPLAIN_ROWS; i++) {
        CHECK(!shown[index[i]]);
        shown[index[i]] = 1;
        if (i) least = fmin(least, e->row[index[i]].p);
    }
    for (size_t i = 0; i < V; i++) CHECK(shown[i] || e->row[i].p <= least);
    explain_free(e);
    w2v_model_free(m);
}

static void check_refused(const char *sentence, const char *centre, const explain_settings *set,
                          w2v_status status, const char *message)
{
    w2v_model *m = dummy_model();
    explanation *e = NULL;
    w2v_error err;
    CHECK_STATUS(explain_new(&e, m, counts, 0, sentence, centre, set, &err), status);
    CHECK_STRING(err.message, message);
    CHECK(!e);
    w2v_model_free(m);
}

static void test_refusals(void)
{
    explain_settings set = explain_settings_default();
    check_refused("", "a", &set, W2V_ERROR_EMPTY, "the sentence has no words");
    check_refused(" \n\t", "a", &set, W2V_ERROR_EMPTY, "the sentence has no words");
    check_refused("a b", "c", &set, W2V_ERROR_UNKNOWN_WORD, "'c' is not in the sentence");
    check_refused("a x", "x", &set, W2V_ERROR_UNKNOWN_WORD, "'x' is not a word of the model");
    check_refused("a", "a", &set, W2V_ERROR_EMPTY, "'a' has no window: a sentence needs a second word");
    check_refused("x a", "a", &set, W2V_ERROR_EMPTY,
                  "'a' has no window: the model lacks the other words of the sentence");
    set.outside = "c";
    check_refused("a b", "a", &set, W2V_ERROR_UNKNOWN_WORD, "'c' is not in the window");
    set.outside = NULL;
    set.negatives = "c d";
    check_refused("a b", "a", &set, W2V_ERROR_ARGUMENT, "3 negatives are needed, not 2");
    set.negatives = "c b d";
    check_refused("a b", "a", &set, W2V_ERROR_ARGUMENT, "'b' is the word that is predicted, not a negative");
    set.negatives = "c x d";
    check_refused("a b", "a", &set, W2V_ERROR_UNKNOWN_WORD,
                  "the negative 'x' is not a word of the vocabulary");
    set.negatives = NULL;
    set.loss_type = W2V_LOSS_HIERARCHICAL;
    check_refused("a b", "a", &set, W2V_ERROR_ARGUMENT,
                  "the model has no vectors u of nodes: it was trained with another loss");
}

// Words as JSON has them: escaped, and every byte replaced that is in no character of UTF-8.
static void test_json(void)
{
    // the surrogate U+D800, characters that are longer than needed, U+110000; their neighbours, which are valid
    static const char *const odd[] = {"\"\\",
                                      "\303\251",
                                      "\377\251x",
                                      "\001",
                                      "\355\240\200",
                                      "\340\237\277y\360\217\277\277",
                                      "\364\220\200\200",
                                      "\355\237\277\340\240\200\360\220\200\200\364\217\277\277"};
    static const uint64_t once[] = {1, 1, 1, 1, 1, 1, 1, 1};
    static const float numbers[8] = {0.1f, 0.2f, 0.3f, 0.4f, 0.5f, 0.6f, 0.7f, 0.8f};
    w2v_model *m;
    explain_settings set = explain_settings_default();
    explanation *e;
    w2v_error err;
    char sentence[80];
    snprintf(sentence, sizeof sentence, "%s %s %s %s %s %s %s %s", odd[0], odd[1], odd[2], odd[3], odd[4],
             odd[5], odd[6], odd[7]);
    CHECK_STATUS(w2v_model_new(&m, odd, NULL, 8, 1, numbers, numbers, NULL), W2V_OK);
    CHECK_STATUS(explain_new(&e, m, once, 1, sentence, "\303\251", &set, &err), W2V_OK);
    char *json = explain_json(e);
    static const char begin[] = "{\n\"sentence\": [\"\\u0022\\u005c\", \"\303\251\", \"\\ufffd\\ufffdx\", "
                                "\"\\u0001\", \"\\ufffd\\ufffd\\ufffd\", "
                                "\"\\ufffd\\ufffd\\ufffdy\\ufffd\\ufffd\\ufffd\\ufffd\", "
                                "\"\\ufffd\\ufffd\\ufffd\\ufffd\", "
                                "\"\355\237\277\340\240\200\360\220\200\200\364\217\277\277\"],\n\"centre\": "
                                "1,\n";
    if (CHECK(json)) CHECK(!strncmp(json, begin, sizeof begin - 1));
    CHECK(json && !strcmp(json + strlen(json) - 2, "}\n"));
    free(json);
    explain_free(e);
    w2v_model_free(m);
}

int main(int argc, char **argv)
{
    static const test_case tests[] = {TEST(pair), TEST(published), TEST(modes),
                                      TEST(rows), TEST(refusals),  TEST(json)};
    return test_main("explain", tests, TEST_COUNT(tests), argc, argv);
}
