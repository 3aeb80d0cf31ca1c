// SPDX-License-Identifier: MIT-0
//
// textbook.h - the functions of CS224n's assignment 2 as plain loops, each below its formula
//
// It needs nothing but libc. All numbers are double, as in numpy: results agree with those of the handout's
// Python in all digits that it prints. Functions have the handout's names and its order of arguments; what
// Python returns are the last arguments here. Words are numbers 0 .. V - 1, so nothing needs word2Ind.
//
//   V, d       how many words there are, and the length of a vector
//   v_c (d)    centerWordVec: the vector of the centre word c
//   U (V, d)   outsideVectors: row w is u_w, the vector of w as an outside word
//   o          outsideWordIdx: a word that stands near the centre word
//   y (V)      1 at o, 0 elsewhere
//   yhat (V)   what the model predicts instead of y: a probability for each word
//
// A matrix (V, d) is an array of V * d numbers in which row w begins at w * d. A function returns the loss J.
// It ADDS the gradients to dv_c and dU: set these to zero before the first pair of a window.
//
// w2v.h has the same functions again (search it for ">>losses"): on float, for rows of any stride, by SIMD
// kernels that take several rows at a time. Read this file first, then those. tests/test_losses.c sends every
// case through both.

#ifndef TEXTBOOK_H
#define TEXTBOOK_H

#include <assert.h>
#include <math.h>
#include <stddef.h>

// What the handout calls dataset: the sizes, and where negatives come from.
typedef struct dataset {
    size_t V, d, K;  // K negatives for an outside word
    void (*getNegativeSamples)(size_t o, const struct dataset *data, size_t K, size_t *negSampleWordIndices);
    void *user;  // for getNegativeSamples
} dataset;

enum { MAX_NEGATIVES = 1000 };  // the largest K

// s(x) = 1 / (1 + e^-x)
static inline double sigmoid(double x) { return 1.0 / (1.0 + exp(-x)); }

// log s(x) = -log(1 + e^-x), in a form that is right where e^-x would be infinite
static inline double logSigmoid(double x) { return fmin(x, 0.0) - log1p(exp(-fabs(x))); }

// x.y = sum_i x_i y_i
static inline double dot(const double *x, const double *y, size_t d)
{
    double sum = 0.0;
    for (size_t i = 0; i < d; i++) sum += x[i] * y[i];
    return sum;
}

// log sum_w e^(u_w.v_c). Adds a word at a time by log(a + b) = log a + log(1 + b / a), so that no e^x is
// infinite.
static inline double logSumExp(const double *v_c, const double *U, const dataset *data)
{
    double sum = -HUGE_VAL;
    for (size_t w = 0; w < data->V; w++) {
        const double x = dot(U + w * data->d, v_c, data->d);
        sum = fmax(sum, x) + log1p(exp(-fabs(sum - x)));
    }
    return sum;
}

// With yhat_w = e^(u_w.v_c) / sum_x e^(u_x.v_c):
//   J     = -log yhat_o
//   dv_c += sum_w (yhat_w - y_w) u_w        that is U^T (yhat - y)
//   du_w += (yhat_w - y_w) v_c              that is dU += (yhat - y) v_c^T
static inline double naiveSoftmaxLossAndGradient(const double *v_c, size_t o, const double *U,
                                                 const dataset *data, double *dv_c, double *dU)
{
    const size_t d = data->d;
    const double logSum = logSumExp(v_c, U, data);
    for (size_t w = 0; w < data->V; w++) {
        const double yhat = exp(dot(U + w * d, v_c, d) - logSum), y = w == o ? 1.0 : 0.0;
        for (size_t i = 0; i < d; i++) dv_c[i] += (yhat - y) * U[w * d + i];
        for (size_t i = 0; i < d; i++) dU[w * d + i] += (yhat - y) * v_c[i];
    }
    return logSum - dot(U + o * d, v_c, d);
}

// One term of negative sampling: y = 1 for the outside word, y = 0 for a negative w.
//   J     = -log s(u_w.v_c) if y = 1, -log s(-u_w.v_c) if y = 0
//   dv_c += (s(u_w.v_c) - y) u_w
//   du_w += (s(u_w.v_c) - y) v_c
static inline double logisticLossAndGradient(const double *v_c, double y, const double *u_w, size_t d,
                                             double *dv_c, double *du_w)
{
    const double x = dot(u_w, v_c, d), error = sigmoid(x) - y;
    for (size_t i = 0; i < d; i++) dv_c[i] += error * u_w[i];
    for (size_t i = 0; i < d; i++) du_w[i] += error * v_c[i];
    return -logSigmoid(y > 0.0 ? x : -x);
}

// With K negatives k; a word that was drawn twice is two of them:
//   J     = -log s(u_o.v_c) - sum_k log s(-u_k.v_c)
//   dv_c += (s(u_o.v_c) - 1) u_o + sum_k s(u_k.v_c) u_k
//   du_o += (s(u_o.v_c) - 1) v_c,  du_k += s(u_k.v_c) v_c
static inline double negSamplingLossAndGradient(const double *v_c, size_t o, const double *U,
                                                const dataset *data, double *dv_c, double *dU)
{
    const size_t d = data->d;
    size_t w[MAX_NEGATIVES];
    assert(data->K <= MAX_NEGATIVES);
    data->getNegativeSamples(o, data, data->K, w);
    double loss = logisticLossAndGradient(v_c, 1.0, U + o * d, d, dv_c, dU + o * d);
    for (size_t k = 0; k < data->K; k++)
        loss += logisticLossAndGradient(v_c, 0.0, U + w[k] * d, d, dv_c, dU + w[k] * d);
    return loss;
}

// One of the two losses of a pair above.
typedef double (*lossAndGradient)(const double *v_c, size_t o, const double *U, const dataset *data,
                                  double *dv_c, double *dU);

// Skip-gram: the centre word predicts each of the n outside words of its window. V (V, d) are the centre
// vectors.
//   J     = sum_o J(v_c, o, U)
//   dv_c += sum_o dJ(v_c, o, U)/dv_c         all other rows of dV stay as they are
static inline double skipgram(size_t currentCenterWord, size_t n, const size_t *outsideWords, const double *V,
                              const double *U, const dataset *data, lossAndGradient word2vecLossAndGradient,
                              double *dV, double *dU)
{
    const size_t row = currentCenterWord * data->d;
    double loss = 0.0;
    for (size_t i = 0; i < n; i++)
        loss += word2vecLossAndGradient(V + row, outsideWords[i], U, data, dV + row, dU);
    return loss;
}

// CBOW, as in the assignment of 2017: the sum of the vectors of the n context words predicts the centre word.
//   v     = sum_i v_i
//   J     = J(v, c, U)
//   dv_i += dJ/dv                            for each context word i; one that occurs twice gets it twice
// v and dv (d) are room for the sum and its gradient.
static inline double cbow(size_t currentCenterWord, size_t n, const size_t *contextWords, const double *V,
                          const double *U, const dataset *data, lossAndGradient word2vecLossAndGradient,
                          double *dV, double *dU, double *v, double *dv)
{
    const size_t d = data->d;
    for (size_t k = 0; k < d; k++) v[k] = dv[k] = 0.0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < d; k++) v[k] += V[contextWords[i] * d + k];
    const double loss = word2vecLossAndGradient(v, currentCenterWord, U, data, dv, dU);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < d; k++) dV[contextWords[i] * d + k] += dv[k];
    return loss;
}

// Stochastic gradient descent: `iterations` steps from x (n) on. f returns the loss at x and adds its
// gradient to grad (n), which is room that the caller provides; it is zero on entry of f.
//   x := x - step grad
// After every 20,000 iterations the step is halved. postprocessing and print may be NULL. What is printed is
// a smoothed loss: the first one, then 0.95 old + 0.05 new. (useSaved, to go on with a saved run: see
// w2v_sgd.)
static inline void sgd(double (*f)(const double *x, double *grad, void *user), void *user, double *x,
                       size_t n, double step, int iterations, void (*postprocessing)(double *x, size_t n),
                       int PRINT_EVERY, void (*print)(int iter, double expLoss), double *grad)
{
    double expLoss = 0.0;
    for (int iter = 1; iter <= iterations; iter++) {
        for (size_t i = 0; i < n; i++) grad[i] = 0.0;
        const double loss = f(x, grad, user);
        for (size_t i = 0; i < n; i++) x[i] -= step * grad[i];
        if (postprocessing) postprocessing(x, n);
        if (print && iter % PRINT_EVERY == 0) {
            expLoss = iter == PRINT_EVERY ? loss : 0.95 * expLoss + 0.05 * loss;
            print(iter, expLoss);
        }
        if (iter % 20000 == 0) step *= 0.5;
    }
}

#endif
