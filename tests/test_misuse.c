// SPDX-License-Identifier: MIT-0
//
// test_misuse.c - misuse by the programmer is an assertion, at the beginning of the function: NULL where no
// comment allows it, words out of range, matrices of different shapes

#include "checked.h"

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include "test.h"

static jmp_buf escape;

// An assertion of the header ends the call. It counts as a check.
#define CHECK_MISUSE(call)                                                             \
    do {                                                                               \
        test_escape = &escape;                                                         \
        if (!setjmp(escape)) {                                                         \
            (void)(call);                                                              \
            test_escape = NULL;                                                        \
        }                                                                              \
        test_check(test_escape != NULL, __FILE__, __LINE__, #call " is an assertion"); \
        test_escape = NULL;                                                            \
    } while (0)

// What the calls need. All of it is in order.
static const char *const names[3] = {"one", "two", "three"};
static const float numbers[6] = {1.0f, 0.0f, 0.0f, 1.0f, 0.5f, 0.5f};
static float vector[2];
static const uint32_t ids[3] = {0, 1, 2};
static w2v_buffer out;
static w2v_model *model;

static int make_model(void)
{
    return CHECK_STATUS(w2v_model_new(&model, names, NULL, 3, 2, numbers, NULL, NULL), W2V_OK);
}

static void free_all(void)
{
    CHECK_EQUAL(out.size, 0);
    w2v_model_free(model);
    w2v_buffer_free(&out);
}

static void test_config(void)
{
    w2v_config cfg = w2v_config_default();
    char text[32];
    CHECK_MISUSE(w2v_config_init(NULL, sizeof cfg));
    CHECK_MISUSE(w2v_config_init(&cfg, 1));
    CHECK_MISUSE(w2v_config_set(NULL, "dim", "1", NULL));
    CHECK_MISUSE(w2v_config_set(&cfg, NULL, "1", NULL));
    CHECK_MISUSE(w2v_config_set(&cfg, "dim", NULL, NULL));
    CHECK_MISUSE(w2v_config_get(&cfg, "dim", NULL, 1, NULL));
    CHECK_MISUSE(w2v_config_get(NULL, "dim", text, sizeof text, NULL));
    CHECK_MISUSE(w2v_config_get(&cfg, NULL, text, sizeof text, NULL));
}

static char scratch[500];  // the name of a file

static void test_files(void)
{
    w2v_file *file = NULL;
    CHECK_MISUSE(w2v_buffer_write("x", 1, NULL));
    CHECK_MISUSE(w2v_buffer_write(NULL, 1, &out));
    CHECK_MISUSE(w2v_check_writable(NULL, NULL));
    CHECK_MISUSE(w2v_file_create(NULL, "x", NULL));
    CHECK_MISUSE(w2v_file_create(&file, NULL, NULL));
    CHECK_MISUSE(w2v_file_write("x", 1, NULL));
    CHECK_MISUSE(w2v_file_commit(NULL, NULL));
    if (!CHECK_STATUS(w2v_file_create(&file, scratch, NULL), W2V_OK)) return;
    CHECK_MISUSE(w2v_file_write(NULL, 1, file));
    CHECK_EQUAL(w2v_file_write(NULL, 0, file), 0);
    w2v_file_discard(file);
}

static void test_formulas(void)
{
    const w2v_matrix U = w2v_matrix_of(numbers, 3, 2, 2), narrow = w2v_matrix_of(numbers, 3, 2, 1);
    const w2v_matrix empty = w2v_matrix_of(numbers, 3, 0, 2), no_rows = w2v_matrix_of(numbers, 0, 2, 2);
    const w2v_matrix one = w2v_matrix_of(numbers, 1, 2, 2), thin = w2v_matrix_of(numbers, 3, 1, 2);
    static const uint32_t out_of_range[1] = {3};
    static const uint64_t count[3] = {3, 2, 1};
    const w2v_random r = w2v_random_stream(1, 2);
    size_t d = 0;
    w2v_huffman tree;
    CHECK_MISUSE(w2v_normalize_rows(NULL, 2, &d));
    CHECK_MISUSE(w2v_normalize_rows(vector, 2, NULL));
    CHECK_MISUSE(w2v_normalize_rows(vector, 2, &d));
    CHECK_MISUSE(w2v_dropout(0.5f, NULL, numbers, vector, 2));
    CHECK_MISUSE(w2v_dropout(1.0f, &r, numbers, vector, 2));
    CHECK_MISUSE(w2v_dropout(-0.1f, &r, numbers, vector, 2));
    CHECK_MISUSE(w2v_softmax_loss(NULL, 0, &U, NULL, NULL));
    CHECK_MISUSE(w2v_softmax_loss(vector, 0, NULL, NULL, NULL));
    CHECK_MISUSE(w2v_softmax_loss(vector, 0, &empty, NULL, NULL));
    CHECK_MISUSE(w2v_softmax_loss(vector, 0, &narrow, NULL, NULL));
    CHECK_MISUSE(w2v_softmax_loss(vector, 0, &U, NULL, &one));
    CHECK_MISUSE(w2v_softmax_loss(vector, 0, &U, NULL, &thin));
    CHECK_MISUSE(w2v_softmax_loss(vector, 0, &U, NULL, &narrow));
    CHECK_MISUSE(w2v_softmax_loss(vector, 3, &U, NULL, NULL));
    CHECK_MISUSE(w2v_neg_sampling_loss(vector, 3, ids, 1, &U, NULL, NULL));
    CHECK_MISUSE(w2v_neg_sampling_loss(vector, 0, NULL, 1, &U, NULL, NULL));
    CHECK_MISUSE(w2v_neg_sampling_loss(vector, 0, out_of_range, 1, &U, NULL, NULL));
    CHECK_MISUSE(w2v_huffman_init(NULL, count, 3, NULL));
    CHECK_MISUSE(w2v_huffman_init(&tree, NULL, 3, NULL));
    if (!CHECK_STATUS(w2v_huffman_init(&tree, count, 3, NULL), W2V_OK)) return;
    CHECK_MISUSE(w2v_hierarchical_loss(vector, 0, NULL, &U, NULL, NULL));
    CHECK_MISUSE(w2v_hierarchical_loss(vector, 3, &tree, &U, NULL, NULL));
    CHECK_MISUSE(w2v_hierarchical_loss(vector, 0, &tree, &one, NULL, NULL));
    w2v_huffman_free(&tree);
    w2v_output_layer o;
    memset(&o, 0, sizeof o);
    o.loss_type = W2V_LOSS_SOFTMAX, o.weight = 1.0f, o.U = &U;
    CHECK_MISUSE(w2v_skipgram_loss(NULL, 0, ids, 1, &U, NULL));
    CHECK_MISUSE(w2v_skipgram_loss(&o, 0, ids, 1, NULL, NULL));
    CHECK_MISUSE(w2v_skipgram_loss(&o, 0, ids, 1, &thin, NULL));
    CHECK_MISUSE(w2v_skipgram_loss(&o, 0, ids, 1, &narrow, NULL));
    CHECK_MISUSE(w2v_skipgram_loss(&o, 3, ids, 1, &U, NULL));
    CHECK_MISUSE(w2v_skipgram_loss(&o, 0, NULL, 1, &U, NULL));
    CHECK_MISUSE(w2v_cbow_loss(NULL, ids, 1, 0, &U, NULL));
    CHECK_MISUSE(w2v_cbow_loss(&o, NULL, 1, 0, &U, NULL));
    CHECK_MISUSE(w2v_cbow_loss(&o, ids, 1, 0, NULL, NULL));
    CHECK_MISUSE(w2v_cbow_loss(&o, ids, 1, 0, &thin, NULL));
    CHECK_MISUSE(w2v_cbow_loss(&o, out_of_range, 1, 0, &U, NULL));
    o.loss_type = W2V_LOSS_BOTH;
    CHECK_MISUSE(w2v_skipgram_loss(&o, 0, ids, 1, &U, NULL));
    o.loss_type = W2V_LOSS_SOFTMAX, o.U = NULL;
    CHECK_MISUSE(w2v_skipgram_loss(&o, 0, ids, 1, &U, NULL));
    CHECK_MISUSE(w2v_cbow_loss(&o, ids, 1, 0, &no_rows, NULL));
}

static double square(const float *x, float *grad, w2v_touched *touched, void *user)
{
    (void)touched, (void)user;
    if (grad) grad[0] += 2.0f * x[0];
    return (double)x[0] * (double)x[0];
}

static void test_sgd(void)
{
    w2v_objective f;
    memset(&f, 0, sizeof f);
    f.param_count = 1;
    CHECK_MISUSE(w2v_sgd(NULL, vector, NULL, NULL, NULL));
    CHECK_MISUSE(w2v_sgd(&f, vector, NULL, NULL, NULL));
    CHECK_MISUSE(w2v_grad_check(NULL, vector, 0.01f, 0.1, NULL, NULL));
    CHECK_MISUSE(w2v_grad_check(&f, vector, 0.01f, 0.1, NULL, NULL));
    f.loss_fn = square;
    CHECK_MISUSE(w2v_sgd(&f, NULL, NULL, NULL, NULL));
    CHECK_MISUSE(w2v_grad_check(&f, NULL, 0.01f, 0.1, NULL, NULL));
}

static void test_rows(void)
{
    const w2v_matrix rows = w2v_matrix_of(numbers, 3, 2, 2), none = w2v_matrix_of(NULL, 3, 2, 2);
    uint32_t class_of[3];
    float plane[6];
    const w2v_matrix coordinates = w2v_matrix_of(plane, 3, 2, 2);
    CHECK_MISUSE(w2v_pca(NULL, &coordinates, NULL));
    CHECK_MISUSE(w2v_pca(&none, &coordinates, NULL));
    CHECK_MISUSE(w2v_pca(&rows, NULL, NULL));
    CHECK_MISUSE(w2v_kmeans(NULL, 1, NULL, class_of, NULL, NULL, NULL));
    CHECK_MISUSE(w2v_kmeans(&rows, 1, NULL, NULL, NULL, NULL, NULL));
}

static void test_vocab(void)
{
    w2v_vocab *vocab = NULL;
    const w2v_source text = w2v_source_text("one two", 7);
    if (!make_model()) return;
    const w2v_vocab *const known = w2v_model_vocab(model);
    CHECK_MISUSE(w2v_vocab_size(NULL));
    CHECK_MISUSE(w2v_vocab_word(NULL, 0));
    CHECK_MISUSE(w2v_vocab_count(NULL, 0));
    CHECK_MISUSE(w2v_vocab_find(NULL, "one"));
    CHECK_MISUSE(w2v_vocab_find(known, NULL));
    CHECK_MISUSE(w2v_vocab_new(NULL, names, NULL, 3, NULL));
    CHECK_MISUSE(w2v_vocab_new(&vocab, NULL, NULL, 3, NULL));
    CHECK_MISUSE(w2v_vocab_select(NULL, &known, 1, NULL, NULL));
    CHECK_MISUSE(w2v_vocab_select(&vocab, NULL, 1, NULL, NULL));
    CHECK_MISUSE(w2v_vocab_build(NULL, &text, 1, NULL, NULL));
    CHECK_MISUSE(w2v_vocab_build(&vocab, NULL, 1, NULL, NULL));
    CHECK_MISUSE(w2v_vocab_read(NULL, &text, NULL));
    CHECK_MISUSE(w2v_vocab_read(&vocab, NULL, NULL));
    CHECK_MISUSE(w2v_vocab_load(&vocab, NULL, NULL));
    CHECK_MISUSE(w2v_vocab_write(NULL, w2v_buffer_write, &out, NULL));
    CHECK_MISUSE(w2v_vocab_write(known, NULL, &out, NULL));
    CHECK_MISUSE(w2v_vocab_write_classes(NULL, ids, w2v_buffer_write, &out, NULL));
    CHECK_MISUSE(w2v_vocab_write_classes(known, NULL, w2v_buffer_write, &out, NULL));
    CHECK_MISUSE(w2v_vocab_write_classes(known, ids, NULL, &out, NULL));
    CHECK(!vocab);
    free_all();
}

static void test_model(void)
{
    w2v_model *m = NULL;
    w2v_matrix rows;
    const w2v_source text = w2v_source_text("one 1", 5);
    if (!make_model()) return;
    CHECK_MISUSE(w2v_model_new(NULL, names, NULL, 3, 2, numbers, NULL, NULL));
    CHECK_MISUSE(w2v_model_new(&m, NULL, NULL, 3, 2, numbers, NULL, NULL));
    CHECK_MISUSE(w2v_model_new(&m, names, NULL, 3, 2, NULL, NULL, NULL));
    CHECK_MISUSE(w2v_model_changed(NULL));
    CHECK_MISUSE(w2v_model_vocab(NULL));
    CHECK_MISUSE(w2v_model_rows(NULL, &rows));
    CHECK_MISUSE(w2v_model_rows(model, NULL));
    CHECK_MISUSE(w2v_model_vector(NULL, "one"));
    CHECK_MISUSE(w2v_model_vector(model, NULL));
    CHECK_MISUSE(w2v_model_write(NULL, w2v_buffer_write, &out, W2V_FORMAT_TEXT, NULL));
    CHECK_MISUSE(w2v_model_write(model, NULL, &out, W2V_FORMAT_TEXT, NULL));
    CHECK_MISUSE(w2v_model_write_words(NULL, w2v_buffer_write, &out, W2V_FORMAT_TEXT, NULL));
    CHECK_MISUSE(w2v_model_write_words(model, NULL, &out, W2V_FORMAT_TEXT, NULL));
    CHECK_MISUSE(w2v_model_save(NULL, "x", W2V_FORMAT_TEXT, NULL));
    CHECK_MISUSE(w2v_model_save(model, NULL, W2V_FORMAT_TEXT, NULL));
    CHECK_MISUSE(w2v_model_read(NULL, &text, NULL, NULL, NULL));
    CHECK_MISUSE(w2v_model_read(&m, NULL, NULL, NULL, NULL));
    CHECK_MISUSE(w2v_model_load(&m, NULL, NULL, NULL, NULL));
    CHECK_MISUSE(w2v_model_remove_top(NULL, 1, NULL));
    CHECK(!m);
    free_all();
}

static void test_subwords(void)
{
    w2v_subwords *s = NULL;
    const w2v_source text = w2v_source_text("one 1", 5);
    CHECK_MISUSE(w2v_subwords_read(NULL, &text, NULL));
    CHECK_MISUSE(w2v_subwords_read(&s, NULL, NULL));
    CHECK_MISUSE(w2v_subwords_load(&s, NULL, NULL));
    CHECK_MISUSE(w2v_subwords_dim(NULL));
    CHECK_MISUSE(w2v_subwords_vector(NULL, "one", vector, NULL));
}

static void test_trainer(void)
{
    w2v_trainer *t = NULL;
    w2v_model *m = NULL;
    w2v_train_report report;
    double loss;
    w2v_config cfg = w2v_config_default();
    const w2v_source text = w2v_source_text("one two three", 13);
    cfg.min_count = 1, cfg.dim = 2, cfg.threads = 1, cfg.sample = 0.0;
    CHECK_MISUSE(w2v_trainer_new(NULL, &text, 1, &cfg, NULL, NULL, NULL));
    CHECK_MISUSE(w2v_trainer_new(&t, NULL, 1, &cfg, NULL, NULL, NULL));
    CHECK_MISUSE(w2v_trainer_run(NULL, 1, NULL));
    CHECK_MISUSE(w2v_trainer_done(NULL));
    CHECK_MISUSE(w2v_trainer_report(NULL, &report));
    CHECK_MISUSE(w2v_trainer_model(NULL));
    CHECK_MISUSE(w2v_trainer_take_model(NULL, &m, NULL));
    CHECK_MISUSE(w2v_trainer_hold_out(NULL, &text, 1, NULL));
    CHECK_MISUSE(w2v_trainer_validate(NULL, &loss, NULL));
    CHECK_MISUSE(w2v_trainer_use_best(NULL));
    CHECK_MISUSE(w2v_trainer_write(NULL, w2v_buffer_write, &out, NULL));
    CHECK_MISUSE(w2v_trainer_read(NULL, &text, NULL));
    CHECK_MISUSE(w2v_train(NULL, &text, 1, &cfg, NULL));
    CHECK_MISUSE(w2v_train_text(NULL, "one", 3, &cfg, NULL));
    CHECK_MISUSE(w2v_train_text(&m, NULL, 3, &cfg, NULL));
    CHECK_MISUSE(w2v_train_file(NULL, "x", &cfg, NULL));
    CHECK_MISUSE(w2v_train_file(&m, NULL, &cfg, NULL));
    if (!CHECK_STATUS(w2v_trainer_new(&t, &text, 1, &cfg, NULL, NULL, NULL), W2V_OK)) return;
    CHECK_MISUSE(w2v_trainer_report(t, NULL));
    CHECK_MISUSE(w2v_trainer_take_model(t, NULL, NULL));
    CHECK_MISUSE(w2v_trainer_hold_out(t, NULL, 1, NULL));
    CHECK_MISUSE(w2v_trainer_validate(t, NULL, NULL));
    CHECK_MISUSE(w2v_trainer_write(t, NULL, &out, NULL));
    CHECK_MISUSE(w2v_trainer_read(t, NULL, NULL));
    CHECK_MISUSE(w2v_trainer_load(t, NULL, NULL));
    w2v_trainer_free(t);
    CHECK(!m);
}

static void test_phrases(void)
{
    w2v_phrases *p = NULL;
    w2v_phrase phrase;
    w2v_phrases_config cfg = w2v_phrases_config_default();
    const w2v_source text = w2v_source_text("new york new york", 17);
    CHECK_MISUSE(w2v_phrases_build(NULL, &text, 1, &cfg, NULL));
    CHECK_MISUSE(w2v_phrases_build(&p, NULL, 1, &cfg, NULL));
    CHECK_MISUSE(w2v_phrases_size(NULL));
    CHECK_MISUSE(w2v_phrases_get(NULL, 0, &phrase));
    CHECK_MISUSE(w2v_phrases_apply(NULL, &text, 1, w2v_buffer_write, &out, NULL));
    CHECK_MISUSE(w2v_phrases_write(NULL, w2v_buffer_write, &out, NULL));
    CHECK_MISUSE(w2v_phrases_read(NULL, &text, NULL));
    CHECK_MISUSE(w2v_phrases_read(&p, NULL, NULL));
    CHECK_MISUSE(w2v_phrases_load(&p, NULL, NULL));
    cfg.min_count = 1, cfg.threshold = 0.0;
    if (!CHECK_STATUS(w2v_phrases_build(&p, &text, 1, &cfg, NULL), W2V_OK)) return;
    CHECK_MISUSE(w2v_phrases_get(p, 0, NULL));
    CHECK_MISUSE(w2v_phrases_get(p, w2v_phrases_size(p), &phrase));
    CHECK_MISUSE(w2v_phrases_apply(p, NULL, 1, w2v_buffer_write, &out, NULL));
    CHECK_MISUSE(w2v_phrases_apply(p, &text, 1, NULL, &out, NULL));
    CHECK_MISUSE(w2v_phrases_write(p, NULL, &out, NULL));
    w2v_phrases_free(p);
}

static void test_query(void)
{
    w2v_index *index = NULL;
    w2v_match match[1];
    size_t n;
    float cosine;
    w2v_query query;
    memset(&query, 0, sizeof query);
    if (!make_model()) return;
    CHECK_MISUSE(w2v_index_new(NULL, model, 1, NULL));
    CHECK_MISUSE(w2v_index_new(&index, NULL, 1, NULL));
    CHECK_MISUSE(w2v_model_query(NULL, &query, 1, NULL, match, 1, &n, NULL));
    CHECK_MISUSE(w2v_model_query(model, NULL, 1, NULL, match, 1, &n, NULL));
    CHECK_MISUSE(w2v_model_query(model, &query, 1, NULL, match, 1, NULL, NULL));
    CHECK_MISUSE(w2v_model_query(model, &query, 1, NULL, NULL, 1, &n, NULL));
    CHECK_MISUSE(w2v_model_nearest(model, NULL, match, 1, &n, NULL));
    CHECK_MISUSE(w2v_model_analogy(model, NULL, "two", "three", match, 1, &n, NULL));
    CHECK_MISUSE(w2v_model_analogy(model, "one", NULL, "three", match, 1, &n, NULL));
    CHECK_MISUSE(w2v_model_analogy(model, "one", "two", NULL, match, 1, &n, NULL));
    CHECK_MISUSE(w2v_model_nearest_to_vector(model, NULL, match, 1, &n, NULL));
    CHECK_MISUSE(w2v_model_rank(NULL, "one", "two", &n, NULL));
    CHECK_MISUSE(w2v_model_rank(model, NULL, "two", &n, NULL));
    CHECK_MISUSE(w2v_model_rank(model, "one", NULL, &n, NULL));
    CHECK_MISUSE(w2v_model_rank(model, "one", "two", NULL, NULL));
    CHECK_MISUSE(w2v_model_similarity(NULL, "one", "two", &cosine, NULL));
    CHECK_MISUSE(w2v_model_similarity(model, NULL, "two", &cosine, NULL));
    CHECK_MISUSE(w2v_model_similarity(model, "one", NULL, &cosine, NULL));
    CHECK_MISUSE(w2v_model_similarity(model, "one", "two", NULL, NULL));
    CHECK_MISUSE(w2v_model_odd_one_out(NULL, names, 3, &n, NULL));
    CHECK_MISUSE(w2v_model_odd_one_out(model, NULL, 3, &n, NULL));
    CHECK_MISUSE(w2v_model_odd_one_out(model, names, 3, NULL, NULL));
    CHECK(!index);
    free_all();
}

static void test_evaluate(void)
{
    w2v_analogy_result analogies;
    w2v_similarity_result similarity;
    const w2v_source text = w2v_source_text("one two three one", 17);
    if (!make_model()) return;
    CHECK_MISUSE(w2v_model_evaluate_analogies(NULL, &text, NULL, &analogies, NULL));
    CHECK_MISUSE(w2v_model_evaluate_analogies(model, NULL, NULL, &analogies, NULL));
    CHECK_MISUSE(w2v_model_evaluate_analogies(model, &text, NULL, NULL, NULL));
    CHECK_MISUSE(w2v_model_evaluate_similarity(NULL, &text, NULL, &similarity, NULL));
    CHECK_MISUSE(w2v_model_evaluate_similarity(model, NULL, NULL, &similarity, NULL));
    CHECK_MISUSE(w2v_model_evaluate_similarity(model, &text, NULL, NULL, NULL));
    free_all();
}

static void test_sentences(void)
{
    w2v_sentences *s = NULL;
    w2v_sentence_match match[1];
    size_t n;
    const w2v_source text = w2v_source_text("one two\n", 8);
    if (!make_model()) return;
    CHECK_MISUSE(w2v_sentences_new(NULL, model, NULL, NULL));
    CHECK_MISUSE(w2v_sentences_new(&s, NULL, NULL, NULL));
    CHECK_MISUSE(w2v_sentences_size(NULL));
    CHECK_MISUSE(w2v_sentences_fit(NULL, &text, NULL, NULL));
    CHECK_MISUSE(w2v_sentences_read(NULL, &text, NULL, NULL));
    CHECK_MISUSE(w2v_sentences_vector(NULL, "one", 3, vector, NULL, NULL));
    CHECK_MISUSE(w2v_sentences_nearest(NULL, "one", 3, match, 1, &n, NULL));
    if (!CHECK_STATUS(w2v_sentences_new(&s, model, NULL, NULL), W2V_OK)) return;
    CHECK_MISUSE(w2v_sentences_fit(s, NULL, NULL, NULL));
    CHECK_MISUSE(w2v_sentences_read(s, NULL, NULL, NULL));
    CHECK_MISUSE(w2v_sentences_vector(s, NULL, 3, vector, NULL, NULL));
    CHECK_MISUSE(w2v_sentences_vector(s, "one", 3, NULL, NULL, NULL));
    CHECK_MISUSE(w2v_sentences_nearest(s, "one", 3, NULL, 1, &n, NULL));
    CHECK_MISUSE(w2v_sentences_nearest(s, "one", 3, match, 1, NULL, NULL));
    w2v_sentences_free(s);
    free_all();
}

int main(int argc, char **argv)
{
    static const test_case tests[] = {
        TEST(config), TEST(files),    TEST(formulas),  TEST(sgd),     TEST(rows),
        TEST(vocab),  TEST(model),    TEST(subwords),  TEST(trainer), TEST(phrases),
        TEST(query),  TEST(evaluate), TEST(sentences),
    };
    snprintf(scratch, sizeof scratch, "%s.tmp", argv[0]);
    return test_main("misuse", tests, TEST_COUNT(tests), argc, argv);
}
