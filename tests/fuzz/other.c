// SPDX-License-Identifier: MIT-0
//
// other.c - another backend beside the one of private.c: plain loops, without instrumentation. Compile it
// with a fused multiply-add (-march=native) and -DW2V_SIMD=W2V_SIMD_SCALAR. stb_ds.h is here, too, because
// the sanitizer of clang takes its arrays of one bucket, char[8], for overrun.

#define STB_DS_IMPLEMENTATION
#define W2V_STATIC
#define W2V_IMPLEMENTATION
#include "fuzz.h"

const fuzz_backend *fuzz_other(void)
{
    static const fuzz_backend other = {
        w2v_train,   w2v_model_query,
        w2v_kmeans,  w2v_dot,
        w2v_norm,    w2v_cosine,
        w2v_softmax, {w2v_exp, w2v_log, w2v_sigmoid, w2v_log_sigmoid, w2v_sigmoid_derivative},
        w2v_axpy};
    return strstr(w2v_simd(), "fma") ? &other : NULL;  // else every product is rounded
}
