// SPDX-License-Identifier: MIT-0
//
// test_losses.c - the formulas against published numbers (CS224n, assignment 2) and against finite
// differences: those of w2v.h, and those of examples/textbook.h

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include "test.h"

#include "examples/dummy.h"
#include "examples/textbook.h"

typedef struct window {
    uint32_t centre, n, outside[6];
    uint32_t K, negative[6][10];  // K = 0: naive softmax
    float loss, dv[3], dU[5][3];
} window;

// The last one is of the version of 2017. It prints no negatives, but how often each word was drawn follows
// from the gradients.
static const window windows[] = {{2,
                                  6,
                                  {0, 1, 4, 3, 1, 2},
                                  0,
                                  {{0}},
                                  11.166109f,
                                  {-1.26947339f, -1.36873189f, 2.45158957f},
                                  {{-0.410459564f, 0.188348506f, 1.43272264f},
                                   {0.382028312f, -0.175302193f, -1.33348241f},
                                   {0.0700935533f, -0.0321639868f, -0.244663858f},
                                   {0.0947215379f, -0.0434650856f, -0.33062865f},
                                   {-0.136383839f, 0.0625827595f, 0.476052284f}}},
                                 {1,
                                  6,
                                  {0, 1, 4, 3, 1, 2},
                                  0,
                                  {{0}},
                                  9.8771491f,
                                  {-0.145867052f, -1.34158321f, -0.292919514f},
                                  {{-0.303426718f, 0.19808298f, 0.195874194f},
                                   {-0.413599579f, 0.270006009f, 0.266995223f},
                                   {-0.0819227205f, 0.0534807769f, 0.0528844228f},
                                   {0.698118801f, -0.455745801f, -0.450663865f},
                                   {0.100830216f, -0.065823965f, -0.0650899743f}}},
                                 {0,
                                  6,
                                  {0, 1, 4, 3, 1, 2},
                                  0,
                                  {{0}},
                                  10.8107586f,
                                  {-1.1790274f, -1.35861865f, 1.53590492f},
                                  {{-0.796035953f, -0.0179609012f, 0.20776133f},
                                   {1.40175316f, 0.0316276545f, -0.365850437f},
                                   {-0.199691259f, -0.00450561933f, 0.0521184016f},
                                   {0.0202560028f, 0.000457034715f, -0.00528671357f},
                                   {-0.426281954f, -0.00961816867f, 0.111257419f}}},
                                 {2,
                                  2,
                                  {0, 1},
                                  10,
                                  {{3, 2, 2, 4, 1, 3, 1, 3, 1, 1}, {2, 4, 0, 0, 0, 0, 4, 4, 2, 4}},
                                  16.1511929f,
                                  {-4.54650789f, -1.85942252f, 0.763974409f},
                                  {{-0.69148188f, 0.317301849f, 2.41364029f},
                                   {-0.227164948f, 0.104239692f, 0.792926737f},
                                   {-0.455284375f, 0.208917368f, 1.58918512f},
                                   {-0.316026107f, 0.145015612f, 1.10309954f},
                                   {-0.806202957f, 0.369944168f, 2.81407799f}}},
                                 {2,
                                  4,
                                  {0, 1, 2, 0},
                                  10,
                                  {{2, 2, 2, 4, 3, 1, 4, 4, 1, 1},
                                   {4, 3, 2, 0, 0, 4, 2, 0, 2, 0},
                                   {3, 1, 1, 3, 1, 3, 3, 0, 1, 3},
                                   {1, 3, 1, 4, 2, 1, 3, 1, 2, 4}},
                                  28.6535677f,
                                  {-6.42994865f, -2.16396482f, -1.89240934f},
                                  {{-0.804132765f, 0.368994215f, 2.80685192f},
                                   {-0.927726898f, 0.425708133f, 3.23826131f},
                                   {-0.751153399f, 0.344683453f, 2.62192569f},
                                   {-0.948078322f, 0.435046837f, 3.30929863f},
                                   {-1.12868414f, 0.517921836f, 3.93970919f}}},
                                 {0,
                                  6,
                                  {0, 1, 4, 3, 1, 2},
                                  10,
                                  {{2, 2, 2, 2, 2, 4, 3, 3, 4, 2},
                                   {3, 0, 4, 2, 2, 3, 4, 4, 4, 4},
                                   {2, 1, 3, 3, 0, 2, 0, 0, 3, 2},
                                   {2, 4, 2, 0, 4, 2, 4, 2, 1, 1},
                                   {3, 4, 0, 2, 2, 3, 3, 4, 0, 4},
                                   {4, 4, 0, 1, 4, 3, 3, 1, 0, 0}},
                                  60.6487055f,
                                  {-17.8942532f, -7.36940626f, -1.23364121f},
                                  {{-6.4780819f, -0.14616449f, 1.69074639f},
                                   {-0.863379524f, -0.0194803693f, 0.225337659f},
                                   {-9.59525734f, -0.216497093f, 2.5043133f},
                                   {-6.02261515f, -0.135887827f, 1.57187189f},
                                   {-9.69010072f, -0.218637037f, 2.52906694f}}},
                                 {2,
                                  2,
                                  {0, 1},
                                  10,
                                  {{1, 2, 2, 2, 2, 2, 2, 3, 3, 3}, {3, 3, 3, 3, 4, 4, 4, 4, 4, 4}},
                                  13.80166427f,
                                  {-4.16316046f, -3.85813361f, -1.65076986f},
                                  {{0.08029278f, -0.03684413f, -0.28026459f},
                                   {0.07307589f, -0.0335325f, -0.25507379f},
                                   {-0.68292656f, 0.31337605f, 2.38377767f},
                                   {-0.73739425f, 0.33836976f, 2.57389893f},
                                   {-0.96744355f, 0.443933f, 3.37689359f}}}};

// CBOW: the context words and all rows of both gradients. The second one is of the version of 2017.
typedef struct bag {
    uint32_t centre, n, context[4];
    uint32_t K, negative[10];  // K = 0: naive softmax
    float loss, dV[5][3], dU[5][3];
} bag;

static const bag bags[] = {{0,
                            4,
                            {0, 1, 2, 0},
                            0,
                            {0},
                            0.798995801f,
                            {{0.233305416f, -0.516431277f, -0.828131098f},
                             {0.116652708f, -0.258215639f, -0.414065549f},
                             {0.116652708f, -0.258215639f, -0.414065549f},
                             {0.0f, 0.0f, 0.0f},
                             {0.0f, 0.0f, 0.0f}},
                            {{0.809549331f, 0.219625136f, -0.540957639f},
                             {-0.0355657538f, -0.00964874309f, 0.0237657737f},
                             {-0.130161091f, -0.035311804f, 0.0869763383f},
                             {-0.165081199f, -0.044785388f, 0.110310678f},
                             {-0.478741287f, -0.129879201f, 0.319904849f}}},
                           {0,
                            4,
                            {0, 1, 0, 2},
                            10,
                            {1, 1, 1, 1, 2, 3, 3, 3, 3, 4},
                            7.14668013f,
                            {{-2.53925378f, -3.07626957f, -3.72680462f},
                             {-1.26962689f, -1.53813479f, -1.86340231f},
                             {-1.26962689f, -1.53813479f, -1.86340231f},
                             {0.0f, 0.0f, 0.0f},
                             {0.0f, 0.0f, 0.0f}},
                            {{0.21992784f, 0.0596649f, -0.14696034f},
                             {-1.37825047f, -0.37390982f, 0.92097553f},
                             {-0.77702167f, -0.21080061f, 0.51922198f},
                             {-3.45273868f, -0.93670413f, 2.30719154f},
                             {-1.18374504f, -0.32114184f, 0.79100296f}}}};

static const w2v_matrix centres = {(float *)(uintptr_t)dummy_centres[0], 5, 3, 3},
                        outsides = {(float *)(uintptr_t)dummy_outsides[0], 5, 3, 3};

static w2v_output_layer output_of(w2v_loss_type loss, const w2v_matrix *dU)
{
    w2v_output_layer o;
    memset(&o, 0, sizeof o);
    o.loss_type = loss;
    o.weight = 1.0f;
    o.U = &outsides;
    o.dU = dU;
    return o;
}

// The dummy data for textbook.h: five words of three numbers. Negatives are those of a list, K for each call.
typedef struct dummy {
    dataset data;
    double V[15], U[15], dV[15], dU[15];
    const uint32_t *next;
} dummy;

static void listed_negatives(size_t o, const dataset *data, size_t K, size_t *negSampleWordIndices)
{
    const uint32_t **next = (const uint32_t **)data->user;
    for (size_t k = 0; k < K; k++) negSampleWordIndices[k] = *(*next)++;
    (void)o;
}

static void init_dummy(dummy *t, const uint32_t *negatives, size_t K)
{
    memset(t, 0, sizeof *t);
    t->next = negatives;
    t->data.V = 5;
    t->data.d = 3;
    t->data.K = K;
    t->data.getNegativeSamples = listed_negatives;
    t->data.user = &t->next;
    for (size_t k = 0; k < 15; k++)
        t->V[k] = (double)dummy_centres[k / 3][k % 3], t->U[k] = (double)dummy_outsides[k / 3][k % 3];
}

static void check_textbook_window(const window *w)
{
    dummy t;
    init_dummy(&t, w->negative[0], w->K);
    size_t outside[6];
    for (size_t i = 0; i < w->n; i++) outside[i] = w->outside[i];
    const double loss = skipgram(w->centre, w->n, outside, t.V, t.U, &t.data,
                                 w->K ? negSamplingLossAndGradient : naiveSoftmaxLossAndGradient, t.dV, t.dU);
    const double tolerance = 3e-6;  // vectors and published numbers are rounded to float
    CHECK_NEAR(loss / (double)w->loss, 1.0, tolerance);
    for (size_t k = 0; k < 15; k++) CHECK_NEAR(t.dV[k], k / 3 == w->centre ? w->dv[k % 3] : 0.0f, tolerance);
    for (size_t k = 0; k < 15; k++) CHECK_NEAR(t.dU[k], w->dU[k / 3][k % 3], tolerance);
}

static void check_window(const window *w)
{
    float dV[5][3] = {{0}}, dU[5][3] = {{0}};
    const w2v_matrix to_V = w2v_matrix_of(dV[0], 5, 3, 3), to_U = w2v_matrix_of(dU[0], 5, 3, 3);
    w2v_output_layer o = output_of(w->K ? W2V_LOSS_NEG_SAMPLING : W2V_LOSS_SOFTMAX, &to_U);
    o.negatives = w->negative[0];
    o.K = w->K;
    const float loss = w2v_skipgram_loss(&o, w->centre, w->outside, w->n, &centres, &to_V);
    const double tolerance = 1e-5;  // what the assignment asks for; relative to the loss of up to 66 terms
    CHECK_NEAR(loss / w->loss, 1.0, tolerance);
    for (size_t k = 0; k < 15; k++)
        CHECK_NEAR(dV[k / 3][k % 3], k / 3 == w->centre ? w->dv[k % 3] : 0.0f, tolerance);
    for (size_t k = 0; k < 15; k++) CHECK_NEAR(dU[k / 3][k % 3], w->dU[k / 3][k % 3], tolerance);
    o.weight = 0.5f;  // and once more with half the weight, on top
    CHECK_NEAR(w2v_skipgram_loss(&o, w->centre, w->outside, w->n, &centres, &to_V) / w->loss, 0.5, tolerance);
    for (size_t k = 0; k < 15; k++)
        CHECK_NEAR(dU[k / 3][k % 3], 1.5 * (double)w->dU[k / 3][k % 3], 1.5 * tolerance);
}

static void check_textbook_bag(const bag *b)
{
    dummy t;
    init_dummy(&t, b->negative, b->K);
    double sum[3], dsum[3];
    size_t context[4];
    for (size_t i = 0; i < b->n; i++) context[i] = b->context[i];
    const double loss =
        cbow(b->centre, b->n, context, t.V, t.U, &t.data,
             b->K ? negSamplingLossAndGradient : naiveSoftmaxLossAndGradient, t.dV, t.dU, sum, dsum);
    CHECK_NEAR(loss, b->loss, 1e-6);
    for (size_t k = 0; k < 15; k++) CHECK_NEAR(t.dV[k], b->dV[k / 3][k % 3], 1e-6);
    for (size_t k = 0; k < 15; k++) CHECK_NEAR(t.dU[k], b->dU[k / 3][k % 3], 1e-6);
}

static void check_bag(const bag *b)
{
    float dV[5][3] = {{0}}, dU[5][3] = {{0}};
    const w2v_matrix to_V = w2v_matrix_of(dV[0], 5, 3, 3), to_U = w2v_matrix_of(dU[0], 5, 3, 3);
    w2v_output_layer o = output_of(b->K ? W2V_LOSS_NEG_SAMPLING : W2V_LOSS_SOFTMAX, &to_U);
    o.negatives = b->negative;
    o.K = b->K;
    CHECK_NEAR(w2v_cbow_loss(&o, b->context, b->n, b->centre, &centres, &to_V), b->loss, 1e-5);
    for (size_t k = 0; k < 15; k++) CHECK_NEAR(dV[k / 3][k % 3], b->dV[k / 3][k % 3], 1e-5);
    for (size_t k = 0; k < 15; k++) CHECK_NEAR(dU[k / 3][k % 3], b->dU[k / 3][k % 3], 1e-5);
}

// A Huffman tree is one: codes are prefix-free (Kraft's sum is 1), frequent words have short ones,
// probabilities sum to one.
static void check_huffman(size_t n, int fibonacci)
{
    enum { MOST = 300 };
    static uint64_t count[MOST];
    static float nodes[MOST * 4];
    uint64_t a = 1, b = 1;
    w2v_random r = w2v_random_stream(20, n);
    for (size_t i = 0; i < n; i++) {
        count[n - 1 - i] = fibonacci ? a : w2v_random_below(&r, 1000);
        const uint64_t next = a + b;
        a = b, b = next;
    }
    for (size_t i = 0; i < MOST * 4; i++) nodes[i] = w2v_random_float(&r) - 0.5f;
    w2v_huffman tree;
    CHECK_STATUS(w2v_huffman_init(&tree, count, n, NULL), W2V_OK);
    double kraft = 0.0, total = 0.0, weighted = 0.0;
    int ordered = 1, in_range = 1;
    const float v4[4] = {0.3f, -2.0f, 0.7f, 1.1f};
    const w2v_matrix inner = w2v_matrix_of(nodes, n - 1, 4, 4);
    for (size_t i = 0; i < n; i++) {
        const size_t length = tree.begin[i + 1] - tree.begin[i];
        kraft += pow(2.0, -(double)length);
        weighted += (double)length * (double)count[i];
        for (size_t k = tree.begin[i]; k < tree.begin[i + 1]; k++)
            in_range &= tree.node[k] + 1 < n && tree.code[k] < 2;
        if (length) in_range &= tree.node[tree.begin[i]] == 0;  // every path begins at the root
        for (size_t j = 0; j < i; j++)
            ordered &= count[i] <= count[j] || length <= tree.begin[j + 1] - tree.begin[j];
        total += exp(-(double)w2v_hierarchical_loss(v4, i, &tree, &inner, NULL, NULL));
    }
    CHECK_NEAR(kraft, 1.0, 1e-12);
    CHECK_NEAR(total, 1.0, 1e-5);  // up to 90 sigmoids multiplied, each within 3 ulp
    CHECK(ordered && in_range);
    if (fibonacci && n > 1)
        CHECK(tree.begin[1] - tree.begin[0] == 1 && tree.begin[n] - tree.begin[n - 1] == n - 1);
    w2v_huffman_free(&tree);
    CHECK(!tree.begin && weighted >= 0.0);
}

enum { V = 70, D = 21 };  // more than one block of scores; a row that does not fill vectors
static float v[D], U[V * D], dv[D], dU[V * D];
static const uint32_t negatives[20] = {1,  5,  5,  69, 8,  3,  3,  3,  40, 41,
                                       42, 43, 44, 45, 46, 47, 48, 49, 50, 5};

static float loss_of(int K, float *gv, float *gU)
{
    const w2v_matrix from = w2v_matrix_of(U, V, D, D), to = w2v_matrix_of(gU, V, D, D);
    return K < 0 ? w2v_softmax_loss(v, 66, &from, gv, gU ? &to : NULL)
                 : w2v_neg_sampling_loss(v, 66, negatives, (size_t)K, &from, gv, gU ? &to : NULL);
}

// Central differences in float: h = 2^-6 leaves a truncation error of h^2 |f'''| / 6 < 1e-4 and a rounding
// error of 1e-6 / h < 1e-4.
static double numeric(int K, float *x)
{
    const float h = 0.015625f, old = *x;
    *x = old + h;
    const double above = (double)loss_of(K, NULL, NULL);
    *x = old - h;
    const double below = (double)loss_of(K, NULL, NULL);
    *x = old;
    return (above - below) / (2.0 * (double)h);
}

// textbook.h at x: v (D), followed by U (V, D). Adds to g, which has the same layout.
static double textbook_loss_of(int K, const double *x, double *g)
{
    const uint32_t *next = negatives;
    const dataset data = {V, D, K < 0 ? 0 : (size_t)K, listed_negatives, &next};
    return K < 0 ? naiveSoftmaxLossAndGradient(x, 66, x + D, &data, g, g + D)
                 : negSamplingLossAndGradient(x, 66, x + D, &data, g, g + D);
}

// Central differences in double: with h = 1e-4 both errors, h^2 |f'''| / 6 and 1e-14 / h, are below 1e-8.
static double textbook_numeric(int K, double *x, size_t i)
{
    static double ignored[D + V * D];
    const double h = 1e-4, old = x[i];
    x[i] = old + h;
    const double above = textbook_loss_of(K, x, ignored);
    x[i] = old - h;
    const double below = textbook_loss_of(K, x, ignored);
    x[i] = old;
    return (above - below) / (2.0 * h);
}

// The textbook against its own differences, and the header, whose gradients are in dv and dU, against the
// textbook.
static void check_textbook_differences(int K, float loss)
{
    static double x[D + V * D], g[D + V * D];
    for (size_t i = 0; i < D + V * D; i++) x[i] = (double)(i < D ? v[i] : U[i - D]), g[i] = 0.0;
    CHECK_NEAR((double)loss / textbook_loss_of(K, x, g), 1.0, 1e-6);
    double worst = 0.0, from_header = 0.0;
    for (size_t i = 0; i < D + V * D; i++) {
        worst = fmax(worst, fabs(textbook_numeric(K, x, i) - g[i]));
        from_header = fmax(from_header, fabs((double)(i < D ? dv[i] : dU[i - D]) - g[i]));
    }
    CHECK_NEAR(worst, 0.0, 1e-8);
    CHECK_NEAR(from_header, 0.0, 2e-6);  // sums of up to 70 floats
}

static void check_differences(int K)
{
    memset(dv, 0, sizeof dv);
    memset(dU, 0, sizeof dU);
    const float loss = loss_of(K, dv, dU);
    CHECK(loss > 0.0f && loss_of(K, NULL, NULL) == loss && loss_of(K, dv, NULL) == loss);
    for (size_t i = 0; i < D; i++) dv[i] /= 2.0f;  // the third call has added it again
    check_textbook_differences(K, loss);
    double worst = 0.0;
    for (size_t i = 0; i < D; i++) {
        const double off = fabs(numeric(K, &v[i]) - (double)dv[i]);
        worst = off > worst ? off : worst;
    }
    for (size_t i = 0; i < V * D; i++) {
        const double off = fabs(numeric(K, &U[i]) - (double)dU[i]);
        worst = off > worst ? off : worst;
    }
    printf("K = %d: largest difference from finite differences %.1e\n", K, worst);
    CHECK(worst < 2e-4);
}

static double exact_exp(double x) { return exp(x); }
static double exact_log(double x) { return log(x); }
static double exact_sigmoid(double x) { return 1.0 / (1.0 + exp(-x)); }
static double exact_log_sigmoid(double x) { return x < 0.0 ? x - log1p(exp(x)) : -log1p(exp(-x)); }
static double exact_sigmoid_derivative(double s) { return s * (1.0 - s); }
static double exact_leaky_relu(double x) { return x > 0.0 ? x : 0.25 * x; }
static double exact_leaky_relu_derivative(double x) { return x > 0.0 ? 1.0 : 0.25; }
static void leaky_relu(const float *x, float *y, size_t n) { w2v_leaky_relu(0.25f, x, y, n); }
static void leaky_relu_derivative(const float *x, float *y, size_t n)
{
    w2v_leaky_relu_derivative(0.25f, x, y, n);
}

// The functions of arrays by their public names, in place; test_kernels measures them.
static void test_functions(void)
{
    enum { COUNT = 37 };
    static const struct {
        const char *name;
        void (*of_floats)(const float *x, float *y, size_t n);
        double (*exact)(double x);
        float from, to;
    } functions[] = {
        {"exp", w2v_exp, exact_exp, -20.0f, 20.0f},
        {"log", w2v_log, exact_log, 0.01f, 50.0f},
        {"sigmoid", w2v_sigmoid, exact_sigmoid, -20.0f, 20.0f},
        {"log_sigmoid", w2v_log_sigmoid, exact_log_sigmoid, -20.0f, 20.0f},
        {"sigmoid_derivative", w2v_sigmoid_derivative, exact_sigmoid_derivative, 0.0f, 1.0f},
        {"leaky_relu", leaky_relu, exact_leaky_relu, -3.0f, 3.0f},
        {"leaky_relu_derivative", leaky_relu_derivative, exact_leaky_relu_derivative, -3.0f, 3.0f}};
    for (size_t f = 0; f < sizeof functions / sizeof *functions; f++) {
        float x[COUNT], y[COUNT];
        for (size_t i = 0; i < COUNT; i++)
            y[i] = x[i] = functions[f].from + (functions[f].to - functions[f].from) * (float)i / (COUNT - 1);
        functions[f].of_floats(y, y, COUNT);
        for (size_t i = 0; i < COUNT; i++) {
            const double exact = functions[f].exact((double)x[i]);
            if (!CHECK_NEAR((double)y[i], exact, 3.0 * (double)FLT_EPSILON * fabs(exact)))
                printf("    %s of %.9g\n", functions[f].name, (double)x[i]);
        }
    }
}

static void test_extremes(void)
{
    float distant[D], g[D] = {0};
    for (size_t i = 0; i < D; i++) distant[i] = 1e3f * U[66 * D + i];
    memcpy(v, distant, sizeof v);
    CHECK(loss_of(-1, g, NULL) < 1e30f && loss_of(20, g, NULL) < 1e30f);
    for (size_t i = 0; i < D; i++) CHECK(isfinite(g[i]));
    static double x[D + V * D], gx[D + V * D];
    for (size_t i = 0; i < D + V * D; i++) x[i] = (double)(i < D ? v[i] : U[i - D]), gx[i] = 0.0;
    CHECK_NEAR(textbook_loss_of(-1, x, gx), loss_of(-1, NULL, NULL), 1e-3);
    CHECK_NEAR(textbook_loss_of(20, x, gx) / (double)loss_of(20, NULL, NULL), 1.0, 1e-6);
    for (size_t i = 0; i < D; i++) CHECK_NEAR(g[i], gx[i], 1e-4);
}

// The losses of the header against those of the textbook, for rows that the header takes one by one and
// several at a time, with strides of their own. Nothing but the rows is written, and without dv or dU the
// other gradient is the same.
enum { MOST_ROWS = 40, MOST_D = 40, FROM = 2, TO = 5 };  // strides: d + FROM, d + TO
typedef struct gradients {
    double loss, dv[MOST_D], dU[MOST_ROWS * MOST_D];  // dU (n, d)
} gradients;

// Loss `type` of word o; `drawn` are negatives. Hierarchical softmax, which the textbook lacks, is the sum of
// its logistic terms along the path.
static gradients in_double(w2v_loss_type type, const w2v_matrix *from, const float *x, size_t o,
                           const uint32_t *drawn, size_t K, const w2v_huffman *tree)
{
    static double vector[MOST_D], matrix[MOST_ROWS * MOST_D];
    const size_t d = from->cols;
    gradients t;
    memset(&t, 0, sizeof t);
    for (size_t i = 0; i < d; i++) vector[i] = (double)x[i];
    for (size_t i = 0; i < from->rows * d; i++) matrix[i] = (double)from->data[i / d * from->stride + i % d];
    const dataset data = {from->rows, d, K, listed_negatives, &drawn};
    if (type == W2V_LOSS_SOFTMAX)
        t.loss = naiveSoftmaxLossAndGradient(vector, o, matrix, &data, t.dv, t.dU);
    else if (type == W2V_LOSS_NEG_SAMPLING)
        t.loss = negSamplingLossAndGradient(vector, o, matrix, &data, t.dv, t.dU);
    else
        for (size_t k = tree->begin[o]; k < tree->begin[o + 1]; k++) {
            const size_t row = tree->node[k] * d;
            t.loss +=
                logisticLossAndGradient(vector, tree->code[k] ? 0.0 : 1.0, matrix + row, d, t.dv, t.dU + row);
        }
    return t;
}

static void check_form(w2v_loss_type type, size_t n, size_t d, int with_dv, int with_dU)
{
    static float x[MOST_D], gx[MOST_D + 1], u[MOST_ROWS * (MOST_D + FROM)], du[MOST_ROWS * (MOST_D + TO)];
    uint64_t count[MOST_ROWS + 1];
    uint32_t drawn[MOST_ROWS];
    w2v_huffman tree;
    w2v_random r = w2v_random_stream(9, 100 * n + d);
    for (size_t i = 0; i < MOST_D; i++) x[i] = w2v_random_float(&r) - 0.5f;
    for (size_t i = 0; i < MOST_ROWS * (MOST_D + FROM); i++) u[i] = w2v_random_float(&r) - 0.5f;
    for (size_t i = 0; i < MOST_D + 1; i++) gx[i] = 7.0f;
    for (size_t i = 0; i < MOST_ROWS * (MOST_D + TO); i++) du[i] = 7.0f;
    for (size_t i = 0; i < n; i++) drawn[i] = w2v_random_below(&r, (uint32_t)n);
    for (size_t i = 0; i <= n; i++) count[i] = (uint64_t)1 << i;  // a path of n nodes
    CHECK_STATUS(w2v_huffman_init(&tree, count, n + 1, NULL), W2V_OK);
    const size_t o = n / 2, K = n - 1, leaf = 0;
    const w2v_matrix from = w2v_matrix_of(u, n, d, d + FROM), to = w2v_matrix_of(du, n, d, d + TO);
    float *gv = with_dv ? gx : NULL;
    const w2v_matrix *gU = with_dU ? &to : NULL;
    const float loss = type == W2V_LOSS_SOFTMAX        ? w2v_softmax_loss(x, o, &from, gv, gU)
                       : type == W2V_LOSS_NEG_SAMPLING ? w2v_neg_sampling_loss(x, o, drawn, K, &from, gv, gU)
                                                       : w2v_hierarchical_loss(x, leaf, &tree, &from, gv, gU);
    const gradients t = in_double(type, &from, x, type == W2V_LOSS_HIERARCHICAL ? leaf : o, drawn, K, &tree);
    // 4 ulp of what is added up: 7 and at most 40 terms of 1/2
    double worst = fabs((double)loss - t.loss) / (1.0 + t.loss);
    for (size_t i = 0; i < d; i++)
        worst = fmax(worst, fabs((double)gx[i] - 7.0 - (with_dv ? t.dv[i] : 0.0)) / 16.0);
    for (size_t w = 0; w < n; w++)
        for (size_t i = 0; i < d + TO; i++)
            worst = fmax(worst, fabs((double)du[w * to.stride + i] - 7.0 -
                                     (with_dU && i < d ? t.dU[w * d + i] : 0.0)) /
                                    16.0);
    if (!CHECK(worst <= 4 * 1.2e-7 && gx[d] == 7.0f))
        printf("    loss %d of %zu rows of %zu: %.1e\n", (int)type, n, d, worst);
    w2v_huffman_free(&tree);
}

static void test_forms(void)
{
    for (int type = W2V_LOSS_SOFTMAX; type <= W2V_LOSS_HIERARCHICAL; type++)
        for (size_t n = 1; n <= MOST_ROWS; n += n < 18 ? 1 : 11)
            for (size_t d = 1; d <= MOST_D; d += d < 18 ? 1 : 11)
                for (int with = 0; with < 4; with++)
                    check_form((w2v_loss_type)type, n, d, with & 1, with >> 1);
}

// The gradients gx of V = x and gu of U = x, both (3, d), and the loss, against the textbook.
static void check_textbook_long_bag(size_t d, const float *x, const float *gx, const float *gu, float loss)
{
    enum { MOST = 1025 };
    static double V3[3 * MOST], dV3[3 * MOST], dU3[3 * MOST], sum[MOST], dsum[MOST];
    static const size_t context[3] = {1, 2, 1};
    const dataset data = {3, d, 0, NULL, NULL};
    for (size_t i = 0; i < 3 * d; i++) V3[i] = (double)x[i], dV3[i] = dU3[i] = 0.0;
    CHECK_NEAR(loss, cbow(0, 3, context, V3, V3, &data, naiveSoftmaxLossAndGradient, dV3, dU3, sum, dsum),
               1e-6);
    for (size_t i = 0; i < 3 * d; i++) CHECK_NEAR(gx[i], dV3[i], 1e-6);
    for (size_t i = 0; i < 3 * d; i++) CHECK_NEAR(gu[i], dU3[i], 1e-6);
}

// The sum of context vectors of more numbers than the stack has room for: gradients of d = 1024 and 1025.
static void test_long_bag(void)
{
    enum { MOST = 1025 };
    static float x[3 * MOST], gx[3 * MOST], gu[3 * MOST], sum[MOST], gv[MOST], expected[3 * MOST];
    static const uint32_t context[3] = {1, 2, 1};
    for (size_t d = MOST - 1; d <= MOST; d++) {
        const w2v_matrix all = w2v_matrix_of(x, 3, d, d), to_V = w2v_matrix_of(gx, 3, d, d),
                         to_U = w2v_matrix_of(gu, 3, d, d), plain = w2v_matrix_of(expected, 3, d, d);
        w2v_random r = w2v_random_stream(10, d);
        for (size_t i = 0; i < 3 * MOST; i++)
            x[i] = 0.1f * (w2v_random_float(&r) - 0.5f), gx[i] = gu[i] = expected[i] = 0.0f;
        for (size_t i = 0; i < d; i++) sum[i] = 2.0f * x[d + i] + x[2 * d + i], gv[i] = 0.0f;
        w2v_output_layer o = output_of(W2V_LOSS_SOFTMAX, &to_U);
        o.U = &all;
        const float loss = w2v_cbow_loss(&o, context, 3, 0, &all, &to_V);
        CHECK_NEAR(loss, w2v_softmax_loss(sum, 0, &all, gv, &plain), 1e-6);
        for (size_t i = 0; i < d; i++) {
            CHECK_NEAR(gx[i], 0.0, 0.0);
            CHECK_NEAR(gx[d + i], 2.0 * (double)gv[i], 1e-6);
            CHECK_NEAR(gx[2 * d + i], gv[i], 1e-6);
            CHECK_NEAR(gu[i], expected[i], 1e-6);
        }
        check_textbook_long_bag(d, x, gx, gu, loss);
    }
}

static void test_windows(void)
{
    for (size_t i = 0; i < sizeof windows / sizeof *windows; i++)
        check_window(&windows[i]), check_textbook_window(&windows[i]);
}

static void test_bags(void)
{
    for (size_t i = 0; i < sizeof bags / sizeof *bags; i++) check_bag(&bags[i]), check_textbook_bag(&bags[i]);
    // what the autograder prints for the pair c, d
    dummy t;
    init_dummy(&t, NULL, 0);
    const double loss = naiveSoftmaxLossAndGradient(t.V + 6, 3, t.U, &t.data, t.dV, t.dU);
    CHECK_NEAR(loss, 2.217424877675181, 1e-7);  // vectors are rounded to float
    CHECK_NEAR(w2v_softmax_loss(dummy_centres[2], 3, &outsides, NULL, NULL), loss, 5e-7);  // 2 ulp
}

// The Mersenne Twister (Matsumoto and Nishimura 1998), seeded and turned into numbers in [0, 1) of 53 bits as
// numpy's RandomState does it.
typedef struct twister {
    uint32_t word[624];
    int next;
} twister;

static void seed_twister(twister *t, uint32_t seed)
{
    t->word[0] = seed;
    for (uint32_t i = 1; i < 624; i++) t->word[i] = 1812433253u * (t->word[i - 1] ^ t->word[i - 1] >> 30) + i;
    t->next = 624;
}

static uint32_t next_word(twister *t)
{
    for (int i = 0; t->next == 624 && i < 624; i++) {
        const uint32_t y = (t->word[i] & 0x80000000u) | (t->word[(i + 1) % 624] & 0x7fffffffu);
        t->word[i] = t->word[(i + 397) % 624] ^ y >> 1 ^ (y & 1 ? 0x9908b0dfu : 0u);
    }
    t->next = t->next == 624 ? 1 : t->next + 1;
    uint32_t y = t->word[t->next - 1];
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680u;
    y ^= (y << 15) & 0xefc60000u;
    return y ^ y >> 18;
}

// The numbers that RandomState(159259).rand draws first, as double and as float.
enum { DRAWN = 55 };

static void draw_as_numpy(double *x, float *rounded)
{
    static twister t;
    seed_twister(&t, 159259);
    for (size_t i = 0; i < DRAWN; i++) {
        const uint32_t high = next_word(&t) >> 5, low = next_word(&t) >> 6;
        x[i] = ((double)high * 67108864.0 + (double)low) / 9007199254740992.0;
        rounded[i] = (float)x[i];
    }
}

// Homework 1 of Berkeley's INFO 159, spring 2026: "roughly 8.05" for a word w (5), two context words c_pos
// (2, 5) and four negatives c_neg (4, 5), drawn in this order.
static void test_berkeley_loss(void)
{
    enum { d = 5, words = 6 };
    static const uint32_t drawn[4] = {2, 3, 4, 5}, *next = drawn;
    double x[DRAWN], g[d] = {0}, gU[words * d] = {0};
    float rounded[DRAWN];
    draw_as_numpy(x, rounded);
    const dataset with = {words, d, 4, listed_negatives, &next},
                  without = {words, d, 0, listed_negatives, &next};
    const double loss = negSamplingLossAndGradient(x, 0, x + d, &with, g, gU) +
                        negSamplingLossAndGradient(x, 1, x + d, &without, g, gU);
    CHECK_NEAR(loss, 8.052986, 5e-7);
    const w2v_matrix rows = w2v_matrix_of(rounded + d, words, d, d);
    const float from_header = w2v_neg_sampling_loss(rounded, 0, drawn, 4, &rows, NULL, NULL) +
                              w2v_neg_sampling_loss(rounded, 1, NULL, 0, &rows, NULL, NULL);
    CHECK_NEAR(from_header, loss, 2e-6);  // 2 ulp
}

#ifndef W2V_NO_VOCAB
// The same homework: the five of ten words that are nearest to a query (5), with their cosines.
static void test_berkeley_neighbours(void)
{
    static const char *const name[10] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
    static const char *const nearest[5] = {"4", "5", "0", "6", "3"};
    static const double cosine[5] = {0.91347529, 0.87409283, 0.84518755, 0.83396453, 0.8111933};
    double x[DRAWN];
    float rounded[DRAWN];
    w2v_model *m;
    w2v_match match[5];
    size_t n = 0;
    draw_as_numpy(x, rounded);
    CHECK_STATUS(w2v_model_new(&m, name, NULL, 10, 5, rounded + 5, NULL, NULL), W2V_OK);
    CHECK_STATUS(w2v_model_nearest_to_vector(m, rounded, match, 5, &n, NULL), W2V_OK);
    CHECK_EQUAL(n, 5);
    for (size_t i = 0; i < n; i++) {
        CHECK_STRING(match[i].word, nearest[i]);
        CHECK_NEAR(match[i].score, cosine[i], 1.8e-7);  // 3 ulp: the vectors, their lengths and products
    }
    w2v_model_free(m);
}
#endif

static void test_huffman(void)
{
    for (size_t n = 1; n < 300; n = n * 3 / 2 + 1) check_huffman(n, 0);
    check_huffman(90, 1);  // codes of up to 89 bits
    w2v_huffman tree;
    CHECK_STATUS(w2v_huffman_init(&tree, NULL, 0, NULL), W2V_ERROR_ARGUMENT);
}

static void test_differences(void)
{
    w2v_random r = w2v_random_stream(3, 0);
    for (size_t i = 0; i < D; i++) v[i] = w2v_random_float(&r) - 0.5f;
    for (size_t i = 0; i < V * D; i++) U[i] = w2v_random_float(&r) - 0.5f;
    check_differences(-1);
    check_differences(0);
    check_differences(5);
    check_differences(20);
}

// The handout's x^2 from x = 0.5, 0 and -1.5: what its sgd prints after 100 and 1,000 iterations, and where
// it ends.
static double printed[2];

static double square(const double *x, double *grad, void *user)
{
    (void)user;
    grad[0] += 2.0 * x[0];
    return x[0] * x[0];
}

static void keep_printed(int iter, double expLoss)
{
    if (iter == 100) printed[0] = expLoss;
    if (iter == 1000) printed[1] = expLoss;
}

static void stop_at_1(double *x, size_t n)
{
    for (size_t i = 0; i < n; i++) x[i] = fmax(x[i], 1.0);
}

static void test_textbook_sgd(void)
{
    double x = 0.5, g;
    sgd(square, NULL, &x, 1, 0.01, 1000, NULL, 100, keep_printed, &g);
    CHECK_NEAR(x, 8.414836786e-10, 1e-18);
    CHECK_NEAR(printed[0], 0.004578, 5e-7);
    CHECK_NEAR(printed[1], 0.002888, 5e-7);
    x = 0.0;
    sgd(square, NULL, &x, 1, 0.01, 1000, NULL, 100, NULL, &g);
    CHECK_NEAR(x, 0.0, 0.0);
    x = -1.5;
    sgd(square, NULL, &x, 1, 0.01, 1000, NULL, 100, keep_printed, &g);
    CHECK_NEAR(x, -2.524451036e-09, 1e-17);
    CHECK_NEAR(printed[0], 0.041205, 5e-7);
    CHECK_NEAR(printed[1], 0.025994, 5e-7);
    x = 2.0;
    sgd(square, NULL, &x, 1, 0.01, 1000, stop_at_1, 1000, keep_printed, &g);
    CHECK_NEAR(x, 1.0, 0.0);
    x = 1.0;  // the step is halved after 20,000 iterations: x := (1 - 2 step) x
    sgd(square, NULL, &x, 1, 1e-5, 30000, NULL, 1000, NULL, &g);
    CHECK_NEAR(log(x), 20000 * log1p(-2e-5) + 10000 * log1p(-1e-5), 1e-9);
}

int main(int argc, char **argv)
{
    static const test_case tests[] = {
        TEST(windows),
        TEST(bags),
        TEST(huffman),
        TEST(differences),
        TEST(functions),
        TEST(extremes),
        TEST(forms),
        TEST(long_bag),
        TEST(textbook_sgd),
        TEST(berkeley_loss),
#ifndef W2V_NO_VOCAB
        TEST(berkeley_neighbours),
#endif
    };
    return test_main("losses", tests, TEST_COUNT(tests), argc, argv);
}
