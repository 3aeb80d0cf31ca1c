// SPDX-License-Identifier: MIT-0
//
// ops.h - the operations that bench/kernels.h times, as a table of functions of one type,
// so that every way to compile them is called the same way: w2v.h with the backend of the
// build, w2v.h with the scalar backend (scalar.c), and plain loops (plain.c). A file that
// has included w2v.h before gets BENCH_OPS_OF_HEADER, the table of its functions.

#ifndef OPS_H
#define OPS_H

#include <stddef.h>

enum {
    OP_DOT,
    OP_AXPY,
    OP_SCALE,
    OP_NORM,
    OP_COSINE,
    OP_EXP,
    OP_LOG,
    OP_SIGMOID,
    OP_LOG_SIGMOID,
    OP_SIGMOID_DERIVATIVE,
    OP_LEAKY_RELU,
    OP_SOFTMAX,
    OPS
};

// x (n) is read, or changed by scale; y (n) is the other operand or takes the result.
typedef float (*bench_op_fn)(float *x, float *y, size_t n);

typedef struct bench_ops {
    bench_op_fn fn[OPS];
} bench_ops;

extern const bench_ops bench_scalar, bench_plain;

#define BENCH_STEP 1e-9f   // of axpy: small, so that y stays what it is over millions of calls
#define BENCH_SLOPE 0.01f  // of leaky_relu

static volatile float bench_one = 1.0f;  // of scale: the compiler must not know it, or it does nothing

#ifdef W2V_H_INCLUDED
static float run_dot(float *x, float *y, size_t n) { return w2v_dot(x, y, n); }
static float run_axpy(float *x, float *y, size_t n) { return w2v_axpy(BENCH_STEP, x, y, n), 0.0f; }
static float run_scale(float *x, float *y, size_t n) { return (void)y, w2v_scale(bench_one, x, n), 0.0f; }
static float run_norm(float *x, float *y, size_t n) { return (void)y, w2v_norm(x, n); }
static float run_cosine(float *x, float *y, size_t n) { return w2v_cosine(x, y, n); }
static float run_exp(float *x, float *y, size_t n) { return w2v_exp(x, y, n), 0.0f; }
static float run_log(float *x, float *y, size_t n) { return w2v_log(x, y, n), 0.0f; }
static float run_sigmoid(float *x, float *y, size_t n) { return w2v_sigmoid(x, y, n), 0.0f; }
static float run_log_sigmoid(float *x, float *y, size_t n) { return w2v_log_sigmoid(x, y, n), 0.0f; }
static float run_sigmoid_derivative(float *x, float *y, size_t n)
{
    return w2v_sigmoid_derivative(x, y, n), 0.0f;
}
static float run_leaky_relu(float *x, float *y, size_t n)
{
    return w2v_leaky_relu(BENCH_SLOPE, x, y, n), 0.0f;
}
static float run_softmax(float *x, float *y, size_t n) { return w2v_softmax(x, y, n); }

#define BENCH_OPS_OF_HEADER                                                                                     \
    {                                                                                                           \
        {                                                                                                       \
            run_dot, run_axpy, run_scale, run_norm, run_cosine, run_exp, run_log, run_sigmoid, run_log_sigmoid, \
                run_sigmoid_derivative, run_leaky_relu, run_softmax                                             \
        }                                                                                                       \
    }
#endif

#endif
