// SPDX-License-Identifier: MIT-0
//
// explain.c - one window and one pair of word2vec: every number from the vectors to the loss, the gradients
// and a step
//
//   explain                                   the dummy data of CS224n's assignment 2
//   explain -loss softmax                     the same by naive softmax
//   explain -gradients 1                      all gradients of the window, analytic and numeric
//   explain -function sigmoid                 a function and its derivative
//   explain 'the cat sat on the mat' cat      a sentence of your own
//   explain -model FILE 'the king ruled' king with the vectors of a trained model (a checkpoint of word2vec)

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#define PROGRAM "explain"
#include "cli.h"
#include "dummy.h"
#include "explain.h"

static const char usage[] =
    "usage: explain [options] [SENTENCE WORD]\n"
    "  Computes one window of word2vec, with WORD in its centre, step by step. Without SENTENCE it is the "
    "dummy\n"
    "  data of CS224n's assignment 2, which has the words a, b, c, d and e: compare it with your own "
    "numbers.\n"
    "  -loss LOSS        negative (negative sampling), softmax or hierarchical (negative)\n"
    "  -cbow 0|1         1: the words around predict WORD, not the other way round (0)\n"
    "  -window N         words on each side (3)\n"
    "  -outside WORD     shows the pair of this word (the first one of the window)\n"
    "  -negative N       negative samples of a pair (3)\n"
    "  -negatives WORDS  those of the pair that is shown, such as \"d b d\" (drawn)\n"
    "  -size N           length of the vectors (3)\n"
    "  -seed N           of vectors and negatives that are drawn (1)\n"
    "  -alpha X          learning rate of the step (0.3)\n"
    "  -spacing X        h of the numeric gradient (1e-4)\n"
    "  -model FILE       vectors of a checkpoint that word2vec -checkpoint FILE wrote\n"
    "  -scale X          multiplies the vectors of the dummy data, or those that are drawn (1)\n"
    "  -gradients 0|1    1: also all gradients of the window, analytic and numeric (0)\n"
    "  -function NAME    shows a function instead, and its derivative: sigmoid, leaky-relu or dropout\n"
    "  -json [0|1]       prints all numbers as JSON\n";

// -----------------------------------------------------------------------------------------------------------
// Where the vectors come from

static const char dummy_sentence[] = "a b e c d b c", dummy_negatives[] = "d b d";

typedef struct options {
    const char *sentence, *word, *model;
    int size, K;  // below 0: not given
    double scale;
    int gradients, json;
    const char *function;  // that is shown; NULL: a window is explained
    explain_settings set;
} options;

// The vectors, and how often the words occur.
typedef struct vectors {
    w2v_model *model;
    uint64_t *count;
    const char *about;  // the toy
} vectors;

static void *array(size_t n, size_t bytes)
{
    w2v_error err;
    void *p = explain_array(n, bytes, &err);
    if (!p) die(1, "%s", err.message);
    return p;
}

// The different words of the sentence, by first occurrence. They are cut out of `copy`.
static size_t different_words(char *copy, const char **word)
{
    size_t n = 0;
    for (char *w = strtok(copy, explain_blanks); w; w = strtok(NULL, explain_blanks)) {
        size_t i = 0;
        while (i < n && strcmp(word[i], w)) i++;
        if (strlen(w) > W2V_MAX_WORD) die(1, "the sentence has a word of more than %d bytes", W2V_MAX_WORD);
        if (i == n) word[n++] = w;
    }
    return n;
}

static int are_dummy(const char *const *word, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strlen(word[i]) != 1 || *word[i] < 'a' || *word[i] > 'e') return 0;
    return 1;
}

// A toy: the dummy data if it has all words of the sentence, otherwise random vectors for these.
static vectors make_toy(const options *o)
{
    vectors made = {NULL, NULL, NULL};
    w2v_error err;
    const size_t bytes = strlen(o->sentence) + 1;
    if (strspn(o->sentence, explain_blanks) + 1 == bytes) die(1, "the sentence has no words");
    char *copy = (char *)array(bytes, 1);
    const char **word = (const char **)array(bytes, sizeof *word);
    memcpy(copy, o->sentence, bytes);
    size_t n = different_words(copy, word);
    const char *const *words = word;
    const size_t d = (size_t)o->size;
    const int dummy = d == 3 && are_dummy(word, n);
    if (dummy) words = dummy_words, n = 5;
    float *v = (float *)array(2 * n * d, sizeof *v), *u = v + n * d;
    if (dummy) {
        memcpy(v, dummy_centres, sizeof dummy_centres);
        memcpy(u, dummy_outsides, sizeof dummy_outsides);
        made.about = "the dummy data of CS224n's assignment 2";
    } else {
        w2v_random r = w2v_random_stream(o->set.seed, 0);
        for (size_t i = 0; i < 2 * n * d; i++) v[i] = 2.0f * w2v_random_float(&r) - 1.0f;
        made.about = "random vectors for the words of the sentence";
    }
    w2v_scale((float)o->scale, v, 2 * n * d);
    if (w2v_model_new(&made.model, words, NULL, n, d, v, u, &err) != W2V_OK) die(1, "%s", err.message);
    made.count = (uint64_t *)array(n, sizeof *made.count);
    memcpy(copy, o->sentence, bytes);
    for (char *w = strtok(copy, explain_blanks); w; w = strtok(NULL, explain_blanks))
        made.count[w2v_vocab_find(made.model->vocab, w)]++;
    free(copy);
    free((void *)(uintptr_t)word);
    free(v);
    return made;
}

static vectors load_vectors(const options *o)
{
    vectors made = {NULL, NULL, o->model};
    made.model = load_model(o->model, w2v_load_config_default(), NULL);
    if (!made.model->output && !made.model->nodes)
        die(1,
            "'%s' has one vector for each word, but two are needed: a checkpoint has both (word2vec "
            "-checkpoint)",
            o->model);
    made.count = (uint64_t *)array(made.model->size, sizeof *made.count);
    for (size_t w = 0; w < made.model->size; w++)
        made.count[w] = w2v_vocab_count(made.model->vocab, (uint32_t)w);
    return made;
}

// -----------------------------------------------------------------------------------------------------------
// For people

enum { NUMBERS = 5 };            // of a longer vector the first four are printed
enum { MOST_GRADIENTS = 1000 };  // numbers of V of which -gradients 1 prints all

// factor times a vector, which is u or v
static void print_vector(const float *u, const double *v, double factor, size_t d, int digits)
{
    const size_t n = d > NUMBERS ? NUMBERS - 1 : d;
    printf("(");
    for (size_t k = 0; k < n; k++)
        printf("%s% .*f", k ? " " : "", digits, factor * (u ? (double)u[k] : v[k]));
    printf(n < d ? " ...)" : ")");
}

static size_t columns_of(const char *word)
{
    size_t n = 0;
    for (; *word; word++) n += ((unsigned char)*word & 0xc0) != 0x80;
    return n;
}

// A word, with blanks after it.
static void print_word(const char *word, size_t columns)
{
    for (const char *c = word; *c; c++) putchar((unsigned char)*c < ' ' || *c == 0x7f ? '?' : *c);
    for (size_t n = columns_of(word); n < columns; n++) putchar(' ');
}

static void print_words(const explanation *e, const uint32_t *id, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (i) putchar(' ');
        print_word(explain_word(e, id[i]), 0);
    }
}

// What predicts.
static void print_input(const explanation *e)
{
    if (e->set.cbow)
        print_words(e, e->context, e->contexts);
    else
        print_words(e, e->sentence + e->at, 1);
}

// The different words of the sentence by id.
static void print_counts(const explanation *e)
{
    uint32_t next = 0;
    for (;;) {
        uint32_t id = W2V_NONE;
        for (size_t i = 0; i < e->words; i++)
            if (e->sentence[i] >= next && e->sentence[i] < id) id = e->sentence[i];
        if (id == W2V_NONE) return;
        printf("%14u %6llu  ", (unsigned)id, (unsigned long long)e->count[id]);
        print_words(e, &id, 1);
        printf("\n");
        next = id + 1;
    }
}

static void print_window(const explanation *e, const char *about)
{
    const size_t window = e->set.window;
    printf("Sentence    ");
    print_words(e, e->sentence, e->at);
    printf(e->at ? " [" : "[");
    print_words(e, e->sentence + e->at, 1);
    printf(e->at + 1 < e->words ? "] " : "]");
    print_words(e, e->sentence + e->at + 1, e->words - e->at - 1);
    if (e->skipped)
        printf("\n            without %zu word%s that the model lacks", e->skipped,
               e->skipped == 1 ? "" : "s");
    printf("\nWindow      the centre word ");
    print_words(e, e->sentence + e->at, 1);
    if (e->occurrences > 1) printf(" (the first of %zu)", e->occurrences);
    printf(", and up to %zu word%s on each side: ", window, window == 1 ? "" : "s");
    print_words(e, e->context, e->contexts);
    printf("\nWords       id  count\n");
    print_counts(e);
    printf("Vectors     V = %zu words, d = %zu: %s\n", e->model->size, e->model->dim, about);
    if (e->set.loss_type == W2V_LOSS_HIERARCHICAL)
        printf("            Each word has a vector v. Each of the V - 1 inner nodes of a tree has a vector "
               "u%s.\n"
               "            Training changes (2 V - 1) d = %.0f numbers, the parameters. v becomes the word "
               "vector.\n",
               e->toy_nodes ? ", here\n            that of a word" : "", explain_parameters(e));
    else
        printf(
            "            Each word has two: v where it is the centre, u where it is one of the others.\n"
            "            Training changes 2 V d = %.0f numbers, the parameters. v becomes the word vector.\n",
            explain_parameters(e));
}

static void print_pairs(const explanation *e)
{
    const size_t K = e->set.loss_type == W2V_LOSS_NEG_SAMPLING ? e->set.K : 0;
    size_t width = 1;
    for (size_t i = 0; i < e->pairs; i++) {
        const size_t n = columns_of(explain_word(e, e->pair[i].outside));
        width = n > width ? n : width;
    }
    printf("\nPairs       %s\n",
           e->set.cbow ? "CBOW: the sum of the vectors v of the words around predicts the centre word"
                       : "skip-gram: the centre word predicts each of the words around it");
    if (K)
        printf("            against %zu negative%s, drawn with probability ~ count^0.75\n", K,
               K == 1 ? "" : "s");
    for (size_t i = 0; i < e->pairs; i++) {
        printf("          %c ", i == e->shown && e->pairs > 1 ? '*' : ' ');
        print_input(e);
        printf(" -> ");
        print_word(explain_word(e, e->pair[i].outside), width);
        printf("  loss %.4f", e->pair[i].loss);
        if (K) printf("  negatives ");
        print_words(e, e->pair[i].negatives, K);
        printf("\n");
    }
    if (e->pairs > 1)
        printf("            The loss of the window is their sum, %.6f.\n", explain_window_loss(e));
}

static size_t name_width(const explanation *e, const size_t *index, size_t n)
{
    if (e->set.loss_type == W2V_LOSS_HIERARCHICAL) return 8;
    size_t width = 4;
    for (size_t i = 0; i < n; i++) {
        const size_t columns = columns_of(explain_word(e, e->row[index[i]].id));
        width = columns > width ? columns : width;
    }
    return width;
}

static void print_name(const explanation *e, const explain_row *row, size_t width)
{
    char node[32];
    snprintf(node, sizeof node, "node %u", (unsigned)row->id);
    print_word(e->set.loss_type == W2V_LOSS_HIERARCHICAL ? node : explain_word(e, row->id), width);
}

// What the columns of the table mean.
static void print_question(const explanation *e)
{
    const char *what = e->set.cbow ? "the centre word" : "near the centre word";
    if (e->set.loss_type == W2V_LOSS_NEG_SAMPLING)
        printf("  The model is asked about each word below: was it %s (y = 1), or only drawn (y = 0)?\n"
               "  It answers 1 with the probability s(u.v) = 1 / (1 + e^-u.v). u.v, the score, is large if u "
               "and v\n"
               "  point in the same direction.\n",
               what);
    else if (e->set.loss_type == W2V_LOSS_SOFTMAX)
        printf("  The model gives each word of the vocabulary a probability of being %s,\n"
               "  yhat = e^(u.v) / (the sum of all e^(u.v)). u.v, the score, is large if u and v point in "
               "the same\n"
               "  direction. y is 1 for the word that is predicted, 0 for the others.\n",
               what);
    else
        printf("  The words are the leaves of a binary tree; the path to a frequent word is short. At each "
               "node the\n"
               "  model turns left with the probability s(u.v) = 1 / (1 + e^-u.v). y is 1 where the path to "
               "the\n"
               "  word that is predicted turns left, 0 where it turns right.\n");
}

static void print_table(const explanation *e, const size_t *index, size_t n, size_t width)
{
    const int softmax = e->set.loss_type == W2V_LOSS_SOFTMAX;
    printf("\n  ");
    print_word(e->set.loss_type == W2V_LOSS_HIERARCHICAL ? "node" : "word", width);
    printf(softmax ? " y     u.v e^(u.v)   yhat  yhat-y   loss  du = (yhat - y) v\n"
                   : " y     u.v s(u.v)   s - y  n   loss  du = n (s - y) v\n");
    for (size_t i = 0; i < n; i++) {
        const explain_row *row = &e->row[index[i]];
        printf("  ");
        print_name(e, row, width);
        printf(" %.0f % 7.4f ", row->y, row->score);
        if (softmax) printf(row->score < 6.0 ? "%7.4f " : "%7.1e ", exp(row->score));
        printf("%.4f % .4f ", row->p, row->error);
        if (!softmax) printf("%2zu ", row->n);
        printf("%.4f  ", row->loss);
        print_vector(NULL, e->v, (double)row->n * row->error, e->model->dim, 4);
        printf("\n");
    }
    if (n < e->rows) printf("  and %zu more%s\n", e->rows - n, softmax ? ", which are less probable" : "");
}

static void print_loss(const explanation *e)
{
    if (e->set.loss_type == W2V_LOSS_SOFTMAX) {
        printf("  J = %.6f, the loss: -log yhat of the word that is predicted\n\n", e->J);
        printf("  Why yhat - y? It is the error of the model. It is also the derivative of J by a score: in\n"
               "    J = log(sum of all e^(u.v)) - u.v of the word that is predicted\n"
               "  the derivative of the first term is yhat, and that of the second is y.\n");
        return;
    }
    printf(
        "  J = %.6f, the sum of the losses. A loss is n times -log of the probability of the right answer,\n"
        "  which is s(u.v) for y = 1 and 1 - s(u.v) for y = 0.\n\n",
        e->J);
    printf(
        "  Why s - y? It is the error of the answer. It is also the derivative of the loss by the score x:\n"
        "    y = 1:  (-log s(x))'      = s(x) - 1\n"
        "    y = 0:  (-log(1 - s(x)))' = s(x)          since s' = s (1 - s)\n"
        "  An answer that is right and sure has an error near 0, and changes nothing any more.\n");
    for (size_t i = 0; i < e->rows; i++) {
        if (e->row[i].n < 2) continue;
        printf("  '");
        print_name(e, &e->row[i], 0);
        printf("' was drawn %zu times, n = %zu: its loss and its gradients count %zu times.\n", e->row[i].n,
               e->row[i].n, e->row[i].n);
    }
    if (e->set.loss_type == W2V_LOSS_NEG_SAMPLING && !e->set.K)
        printf(
            "  Without negatives J only wants large scores: training would turn all vectors the same way.\n");
}

// How much each word of the context receives of dv.
static void print_context_gradients(const explanation *e)
{
    printf("  v is a sum, so each word of the context receives dv, once for each time that it occurs:\n   ");
    for (size_t i = 0; i < e->contexts; i++) {
        size_t first = 0;
        while (e->context[first] != e->context[i]) first++;
        if (first < i) continue;
        printf(" ");
        print_words(e, e->context + i, 1);
        printf(" %zu", explain_times(e, e->context[i]));
    }
    printf("\n");
}

// The sum that dv is, and the numeric gradient beside it.
static void print_dv(const explanation *e, const size_t *index, size_t n, size_t width)
{
    const size_t d = e->model->dim;
    double worst = 0.0;
    for (size_t k = 0; k < d; k++) worst = fmax(worst, fabs(e->dv[k] - e->numeric[k]));
    printf("\n2. The gradient of v\n\n");
    printf("  v is in every score, so the chain rule adds up: dv = sum of %s\n\n",
           e->set.loss_type == W2V_LOSS_SOFTMAX ? "(yhat - y) u" : "n (s - y) u");
    for (size_t i = 0; i < n; i++) {
        const explain_row *row = &e->row[index[i]];
        printf("  ");
        print_name(e, row, width);
        printf(" % .4f x ", (double)row->n * row->error);
        print_vector(explain_u(e, index[i]), NULL, 1.0, d, 4);
        printf(" = ");
        print_vector(explain_u(e, index[i]), NULL, (double)row->n * row->error, d, 4);
        printf("\n");
    }
    if (n < e->rows) printf("  and %zu more\n", e->rows - n);
    printf("\n  dv analytic ");
    print_vector(NULL, e->dv, 1.0, d, 6);
    printf("  the sum\n  dv numeric  ");
    print_vector(NULL, e->numeric, 1.0, d, 6);
    printf("  (J(v_i + h) - J(v_i - h)) / 2h for each v_i, h = %g\n", e->set.spacing);
    printf("  They differ by at most %.0e.\n", worst);
    if (e->set.cbow) print_context_gradients(e);
}

// The words without a gradient.
static void print_others(const explanation *e, const char *gradient, const unsigned char *has_one)
{
    enum { MOST = 12 };
    size_t n = 0;
    for (size_t w = 0; w < e->model->size; w++) n += !has_one[w];
    if (!n) {
        printf("  Every word of the vocabulary has a %s.\n", gradient);
        return;
    }
    printf("  %s = 0 for ", gradient);
    for (size_t w = 0, printed = 0; w < e->model->size && n <= MOST; w++) {
        if (has_one[w]) continue;
        if (printed++) printf(", ");
        print_word(explain_word(e, (uint32_t)w), 0);
    }
    if (n > MOST) printf("the other %zu words", n);
    printf(": J does not contain their %s.\n", gradient + 1);
}

static void print_shared(const explanation *e)
{
    static const char *const name[] = {"w2v_softmax_loss", "w2v_neg_sampling_loss", "w2v_hierarchical_loss"};
    unsigned char *has_one = (unsigned char *)array(e->model->size, 1);
    printf("\n3. What is computed once, and what stays\n\n"
           "  The score u.v and the error %s of a row are computed once. J, dv and its du use them.\n",
           e->set.loss_type == W2V_LOSS_SOFTMAX ? "yhat - y" : "s - y");
    if (e->set.loss_type == W2V_LOSS_NEG_SAMPLING)
        printf("  All du use the same v. A word that was drawn n times needs one score.\n");
    if (e->set.cbow)
        for (size_t i = 0; i < e->contexts; i++) has_one[e->context[i]] = 1;
    else
        has_one[e->sentence[e->at]] = 1;
    print_others(e, "dv", has_one);
    if (e->set.loss_type == W2V_LOSS_HIERARCHICAL) {
        printf("  du = 0 for the %zu nodes that are not on the path.\n", e->model->size - 1 - e->rows);
    } else {
        memset(has_one, 0, e->model->size);
        for (size_t i = 0; i < e->rows; i++) has_one[e->row[i].id] = 1;
        print_others(e, "du", has_one);
    }
    printf("  w2v.h agrees: %s returns %.6f, and its dv differs by at most %.0e.\n", name[e->set.loss_type],
           e->header_J, e->header_difference);
    free(has_one);
}

static void print_step(const explanation *e, const size_t *index, size_t n, size_t width)
{
    const size_t d = e->model->dim;
    size_t better = 0;
    for (size_t i = 0; i < e->rows; i++)
        better += fabs(e->row[i].p_after - e->row[i].y) <= fabs(e->row[i].error);
    printf("\n4. One step\n\n  All vectors move at the same time, each by -%g times its gradient.\n\n",
           e->set.rate);
    printf("  v before ");
    print_vector(NULL, e->v, 1.0, d, 4);
    printf("\n  v after  ");
    print_vector(NULL, e->v_after, 1.0, d, 4);
    printf("\n\n  ");
    print_word("", width);
    printf(" y  u.v before   after  %-6s before  after\n",
           e->set.loss_type == W2V_LOSS_SOFTMAX ? "yhat" : "s(u.v)");
    for (size_t i = 0; i < n; i++) {
        const explain_row *row = &e->row[index[i]];
        printf("  ");
        print_name(e, row, width);
        printf(" %.0f     % 7.4f % 7.4f         %.4f %.4f\n", row->y, row->score, row->score_after, row->p,
               row->p_after);
    }
    printf("\n  J before %.6f\n  J after  %.6f\n\n", e->J, e->J_after);
    if (e->J_after > e->J)
        printf("  J has risen: the learning rate is too large, the step went too far.\n");
    else if (better < e->rows)
        printf("  J has fallen, and so has the error of %zu of %zu answers.\n", better, e->rows);
    else
        printf("  J has fallen, and so has the error of each answer.\n");
    printf("  Why? Against the gradient a function falls. With a small learning rate J falls by about that "
           "rate\n"
           "  times the sum of the squares of all gradients, here %g x %.4f = %.4f.\n",
           e->set.rate, e->gradient_squared, e->set.rate * e->gradient_squared);
}

// The pairs that window_loss adds up, and the negatives of the next one.
typedef struct pair_range {
    const explanation *e;
    size_t next, end;
} pair_range;

static void next_negatives(size_t o, const dataset *data, size_t K, size_t *negative)
{
    pair_range *pairs = (pair_range *)data->user;
    for (size_t k = 0; k < K; k++) negative[k] = pairs->e->pair[pairs->next].negatives[k];
    pairs->next++;
    (void)o;
}

// The loss of pairs of the window by textbook.h, at any parameters x: V, then U. Adds to the gradient g,
// which has the same layout.
static double window_loss(pair_range pairs, const double *x, double *g)
{
    const explanation *e = pairs.e;
    const size_t n = e->model->size * e->model->dim, centre = e->sentence[e->at];
    const int softmax = e->set.loss_type == W2V_LOSS_SOFTMAX;
    const lossAndGradient pair_loss = softmax ? naiveSoftmaxLossAndGradient : negSamplingLossAndGradient;
    const dataset data = {e->model->size, e->model->dim, e->set.K, next_negatives, &pairs};
    size_t *word = (size_t *)array(e->contexts, sizeof *word);
    double *sum = (double *)array(2 * e->model->dim, sizeof *sum), loss;
    for (size_t i = 0; i < e->contexts; i++) word[i] = e->context[i];
    if (e->set.cbow)
        loss =
            cbow(centre, e->contexts, word, x, x + n, &data, pair_loss, g, g + n, sum, sum + e->model->dim);
    else
        loss =
            skipgram(centre, pairs.end - pairs.next, word + pairs.next, x, x + n, &data, pair_loss, g, g + n);
    free(word);
    free(sum);
    return loss;
}

// The derivative of window_loss by x[i], without its formula. ignored is scratch.
static double numeric_derivative(pair_range pairs, double *x, size_t i, double *ignored)
{
    const double h = pairs.e->set.spacing, old = x[i];
    x[i] = old + h;
    const double above = window_loss(pairs, x, ignored);
    x[i] = old - h;
    const double below = window_loss(pairs, x, ignored);
    x[i] = old;
    return (above - below) / (2.0 * h);
}

// Two answers for the negatives of a pair that are often given, beside the numeric gradient.
static void print_wrong_answers(const explanation *e, double *x, double *ignored)
{
    const size_t d = e->model->dim, n = e->model->size * d;
    const pair_range pair = {e, e->shown, e->shown + 1};
    double *numeric = (double *)array(d, sizeof *numeric);
    printf("\n  Two wrong answers, for the negatives of the pair ");
    print_input(e);
    printf(" -> ");
    print_words(e, &e->pair[e->shown].outside, 1);
    printf("\n");
    for (size_t i = 0; i < e->rows; i++) {
        const explain_row *row = &e->row[i];
        if (row->y > 0.0) continue;
        for (size_t k = 0; k < d; k++) numeric[k] = numeric_derivative(pair, x, n + row->id * d + k, ignored);
        printf("  ");
        print_word(explain_word(e, row->id), 4);
        printf("  du numeric                ");
        print_vector(NULL, numeric, 1.0, d, 6);
        printf("\n        s(-u.v) for s(u.v)        ");
        print_vector(NULL, e->v, (double)row->n * (1.0 - row->p), d, 6);
        if (row->n > 1) {
            printf("\n        once, but drawn %2zu times  ", row->n);
            print_vector(NULL, e->v, row->p, d, 6);
        }
        printf("\n");
    }
    free(numeric);
}

// All gradients of the window, as the assignment prints them.
static void print_gradients(const explanation *e)
{
    const size_t V = e->model->size, d = e->model->dim, n = 2 * V * d;
    const pair_range window = {e, 0, e->pairs};
    double *x = (double *)array(4 * n, sizeof *x), *g = x + n, *numeric = g + n, *ignored = numeric + n;
    double worst = 0.0;
    for (size_t w = 0; w < V; w++)
        for (size_t k = 0; k < d; k++) {
            x[w * d + k] = (double)e->model->input[w * e->model->stride + k];
            x[(V + w) * d + k] = (double)e->model->output[w * e->model->stride + k];
        }
    printf("\n5. The gradients of the window\n\n  J = %.6f\n", window_loss(window, x, g));
    for (size_t i = 0; i < n; i++) {
        numeric[i] = numeric_derivative(window, x, i, ignored);
        worst = fmax(worst, fabs(numeric[i] - g[i]));
    }
    for (size_t row = 0; row < 2 * V; row++) {
        if (row % V == 0) printf("\n  dJ/d%c (%zu, %zu), analytic and numeric\n", row ? 'U' : 'V', V, d);
        printf("  ");
        print_word(explain_word(e, (uint32_t)(row % V)), 4);
        printf("  ");
        print_vector(NULL, g + row * d, 1.0, d, 6);
        printf("  ");
        print_vector(NULL, numeric + row * d, 1.0, d, 6);
        printf("\n");
    }
    printf("\n  They differ by at most %.0e.\n", worst);
    if (e->set.loss_type == W2V_LOSS_NEG_SAMPLING && !e->set.cbow) print_wrong_answers(e, x, ignored);
    free(x);
}

// -----------------------------------------------------------------------------------------------------------
// Functions

// f(x) and f'(x) by w2v.h, and the difference quotient of f by hand.
static void show_function(const char *name, double spacing)
{
    enum { ROWS = 9 };
    static const float at[ROWS] = {-20.0f, -5.0f, -2.0f, -1.0f, 0.5f, 1.0f, 2.0f, 5.0f, 20.0f};
    const int relu = !strcmp(name, "leaky-relu");
    const float slope = 0.1f;
    float f[ROWS], derivative[ROWS];
    if (relu) {
        w2v_leaky_relu(slope, at, f, ROWS);
        w2v_leaky_relu_derivative(slope, at, derivative, ROWS);
    } else {
        w2v_sigmoid(at, f, ROWS);
        w2v_sigmoid_derivative(f, derivative, ROWS);
    }
    printf(relu ? "max(a x, x), a = %g\n" : "s(x) = 1 / (1 + e^-x)\n", (double)slope);
    printf("      x      f(x)  derivative     numeric\n");
    for (size_t i = 0; i < ROWS; i++) {
        const double x = (double)at[i], a = (double)slope, above = x + spacing, below = x - spacing;
        const double rise =
            relu ? fmax(a * above, above) - fmax(a * below, below) : sigmoid(above) - sigmoid(below);
        printf("%7.1f %9.6f  % .7f  % .7f\n", x, (double)f[i], (double)derivative[i], rise / (2.0 * spacing));
    }
}

// A vector of ones after dropout: three times, and the mean of many.
static void show_dropout(uint64_t seed)
{
    enum { D = 8, MANY = 100000 };
    w2v_random r = w2v_random_stream(seed, 0);
    for (int tenths = 2; tenths <= 8; tenths += 3) {
        double mean = 0.0;
        printf("rate %.1f\n", (double)tenths / 10.0);
        for (int i = 0; i < MANY; i++) {
            const float x[D] = {1, 1, 1, 1, 1, 1, 1, 1};
            float y[D];
            const w2v_random mask = w2v_random_stream(w2v_random_next(&r), 0);
            w2v_dropout((float)tenths / 10.0f, &mask, x, y, D);
            for (int k = 0; k < D; k++) mean += (double)y[k] / ((double)D * (double)MANY);
            for (int k = 0; k < D && i < 3; k++) printf(k + 1 < D ? " %5.2f" : " %5.2f\n", (double)y[k]);
        }
        printf("  the mean of %d times: %.3f\n", MANY, mean);
    }
}

static void print_explanation(const explanation *e, const char *about)
{
    size_t index[EXPLAIN_ROWS + 1];
    const size_t n = explain_choose_rows(e, index), width = name_width(e, index, n);
    print_window(e, about);
    print_pairs(e);
    printf("\n1. The loss of the pair ");
    print_input(e);
    printf(" -> ");
    print_words(e, &e->pair[e->shown].outside, 1);
    printf("\n\n  v = ");
    print_vector(NULL, e->v, 1.0, e->model->dim, 4);
    printf(e->set.cbow ? ", the sum of the vectors v of the words around\n"
                       : ", the vector of the centre word\n");
    print_question(e);
    print_table(e, index, n, width);
    print_loss(e);
    print_dv(e, index, n, width);
    print_shared(e);
    print_step(e, index, n, width);
}

// -----------------------------------------------------------------------------------------------------------
// The command line

static w2v_loss_type loss_type(const char *value)
{
    if (!strcmp(value, "softmax")) return W2V_LOSS_SOFTMAX;
    if (!strcmp(value, "hierarchical")) return W2V_LOSS_HIERARCHICAL;
    if (strcmp(value, "negative")) die(2, "-loss takes negative, softmax or hierarchical, not '%s'", value);
    return W2V_LOSS_NEG_SAMPLING;
}

static size_t count_words(const char *text)
{
    size_t n = 0;
    for (text += strspn(text, explain_blanks); *text; text += strspn(text, explain_blanks), n++)
        text += strcspn(text, explain_blanks);
    return n;
}

static void set_option(options *o, const char *name, const char *value)
{
    explain_settings *s = &o->set;
    if (!strcmp(name, "-loss"))
        s->loss_type = loss_type(value);
    else if (!strcmp(name, "-cbow"))
        s->cbow = (int)whole_number(name, value, 1);
    else if (!strcmp(name, "-window"))
        s->window = size_number(name, value, 1000);
    else if (!strcmp(name, "-outside"))
        s->outside = value;
    else if (!strcmp(name, "-negative"))
        o->K = (int)whole_number(name, value, 1000);
    else if (!strcmp(name, "-negatives"))
        s->negatives = value;
    else if (!strcmp(name, "-size"))
        o->size = (int)whole_number(name, value, 1000);
    else if (!strcmp(name, "-seed"))
        s->seed = whole_number(name, value, UINT64_MAX);
    else if (!strcmp(name, "-alpha"))
        s->rate = real_number(name, value, 0.0, 100.0);
    else if (!strcmp(name, "-spacing"))
        s->spacing = real_number(name, value, 1e-8, 1.0);
    else if (!strcmp(name, "-model"))
        o->model = value;
    else if (!strcmp(name, "-scale"))
        o->scale = real_number(name, value, 0.0, 1000.0);
    else if (!strcmp(name, "-gradients"))
        o->gradients = (int)whole_number(name, value, 1);
    else if (!strcmp(name, "-function"))
        o->function = value;
    else
        die(2, "unknown option '%s' (-help lists them)", name);
}

// What the options mean together.
static void check(options *o)
{
    explain_settings *s = &o->set;
    const size_t named = s->negatives ? count_words(s->negatives) : 0;
    if (!s->window) die(2, "-window must be at least 1");
    if (!o->size) die(2, "-size must be at least 1");
    if (o->size > 0 && o->model) die(2, "-size is that of the model");
    if (o->scale != 1.0 && o->model) die(2, "-scale is for vectors that are no model's");
    if (o->gradients && s->loss_type == W2V_LOSS_HIERARCHICAL)
        die(2, "-gradients 1 needs -loss negative or softmax");
    if (o->gradients && o->json) die(2, "-gradients 1 prints no JSON");
    if (o->function && strcmp(o->function, "sigmoid") && strcmp(o->function, "leaky-relu") &&
        strcmp(o->function, "dropout"))
        die(2, "-function takes sigmoid, leaky-relu or dropout, not '%s'", o->function);
    if (s->cbow && s->outside) die(2, "-outside chooses a pair, and with -cbow 1 there is only one");
    if (s->loss_type != W2V_LOSS_NEG_SAMPLING && (s->negatives || o->K >= 0))
        die(2, "negatives need -loss negative");
    if (s->negatives && o->K >= 0 && named != (size_t)o->K)
        die(2, "-negatives names %zu words, not the %d of -negative", named, o->K);
    if (named > 1000) die(2, "-negatives takes at most 1000 words, not %zu", named);
    if (o->K >= 0) s->K = (size_t)o->K;
    if (s->negatives) s->K = named;
    if (o->size < 0) o->size = 3;
}

static options parse(int argc, char **argv)
{
    options o = {NULL, NULL, NULL, -1, -1, 1.0, 0, 0, NULL, explain_settings_default()};
    int i = 1;
    for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
        const char *name = option_name(argv, i, usage);
        if (!strcmp(name, "-json"))
            o.json = option_flag(argv, &i);
        else
            set_option(&o, name, option_value(argv, &i));
    }
    if (argc - i != 0 && argc - i != 2)
        die(2, "a sentence and a word of it are needed: 'a b c' b (-help explains)");
    o.sentence = i < argc ? argv[i] : dummy_sentence;
    o.word = i < argc ? argv[i + 1] : "c";
    if (i == argc && o.K < 0 && !o.set.outside && o.set.loss_type == W2V_LOSS_NEG_SAMPLING &&
        !o.set.negatives)
        o.set.negatives = dummy_negatives;
    check(&o);
    return o;
}

int main(int argc, char **argv)
{
    const options o = parse(argc, argv);
    if (o.function) {
        if (!strcmp(o.function, "dropout"))
            show_dropout(o.set.seed);
        else
            show_function(o.function, o.set.spacing);
        check_output();
        return 0;
    }
    const vectors from = o.model ? load_vectors(&o) : make_toy(&o);
    explanation *e;
    w2v_error err;
    if (explain_new(&e, from.model, from.count, !o.model, o.sentence, o.word, &o.set, &err) != W2V_OK)
        die(1, "%s", err.message);
    if (o.gradients && e->model->size > MOST_GRADIENTS / e->model->dim)
        die(2, "-gradients 1 is for vocabularies of at most %zu words of %zu numbers",
            MOST_GRADIENTS / e->model->dim, e->model->dim);
    if (o.json) {
        char *json = explain_json(e);
        if (!json) die(1, "out of memory");
        fputs(json, stdout);
        free(json);
    } else {
        print_explanation(e, from.about);
        if (o.gradients) print_gradients(e);
    }
    explain_free(e);
    w2v_model_free(from.model);
    free(from.count);
    check_output();
    return 0;
}
