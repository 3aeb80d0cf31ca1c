// SPDX-License-Identifier: MIT-0
//
// plain.c - the operations as one writes them down without a thought, for bench/kernels.h to compare with.
// Compile with -O3 -march=native -ffast-math: this is what the compiler alone makes of it.

#include "ops.h"

#include <math.h>

static float plain_dot(float *x, float *y, size_t n)
{
    float sum = 0.0f;
    for (size_t i = 0; i < n; i++) sum += x[i] * y[i];
    return sum;
}

static float plain_axpy(float *x, float *y, size_t n)
{
    for (size_t i = 0; i < n; i++) y[i] += BENCH_STEP * x[i];
    return 0.0f;
}

static float plain_scale(float *x, float *y, size_t n)
{
    const float a = bench_one;
    (void)y;
    for (size_t i = 0; i < n; i++) x[i] *= a;
    return 0.0f;
}

static float plain_norm(float *x, float *y, size_t n)
{
    (void)y;
    return sqrtf(plain_dot(x, x, n));
}

static float plain_cosine(float *x, float *y, size_t n)
{
    float xx = 0.0f, xy = 0.0f, yy = 0.0f;
    for (size_t i = 0; i < n; i++) {
        xx += x[i] * x[i];
        xy += x[i] * y[i];
        yy += y[i] * y[i];
    }
    return xx > 0.0f && yy > 0.0f ? xy / sqrtf(xx * yy) : 0.0f;
}

static float plain_exp(float *x, float *y, size_t n)
{
    for (size_t i = 0; i < n; i++) y[i] = expf(x[i]);
    return 0.0f;
}

static float plain_log(float *x, float *y, size_t n)
{
    for (size_t i = 0; i < n; i++) y[i] = logf(x[i]);
    return 0.0f;
}

static float plain_sigmoid(float *x, float *y, size_t n)
{
    for (size_t i = 0; i < n; i++) y[i] = 1.0f / (1.0f + expf(-x[i]));
    return 0.0f;
}

static float plain_log_sigmoid(float *x, float *y, size_t n)
{
    for (size_t i = 0; i < n; i++) y[i] = fminf(x[i], 0.0f) - log1pf(expf(-fabsf(x[i])));
    return 0.0f;
}

static float plain_sigmoid_derivative(float *x, float *y, size_t n)
{
    for (size_t i = 0; i < n; i++) y[i] = x[i] * (1.0f - x[i]);
    return 0.0f;
}

static float plain_leaky_relu(float *x, float *y, size_t n)
{
    for (size_t i = 0; i < n; i++) y[i] = x[i] > 0.0f ? x[i] : BENCH_SLOPE * x[i];
    return 0.0f;
}

static float plain_softmax(float *x, float *y, size_t n)
{
    float most = x[0], sum = 0.0f;
    for (size_t i = 1; i < n; i++) most = x[i] > most ? x[i] : most;
    for (size_t i = 0; i < n; i++) y[i] = expf(x[i] - most);
    for (size_t i = 0; i < n; i++) sum += y[i];
    for (size_t i = 0; i < n; i++) y[i] /= sum;
    return most + logf(sum);
}

const bench_ops bench_plain = {{plain_dot, plain_axpy, plain_scale, plain_norm, plain_cosine, plain_exp,
                                plain_log, plain_sigmoid, plain_log_sigmoid, plain_sigmoid_derivative,
                                plain_leaky_relu, plain_softmax}};
