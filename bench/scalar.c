// SPDX-License-Identifier: MIT-0
//
// scalar.c - w2v.h with the scalar backend, for bench/kernels.h to compare with. Compile with
// -DW2V_SIMD=W2V_SIMD_SCALAR.

#define W2V_STATIC
#define W2V_NO_VOCAB
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include "ops.h"

const bench_ops bench_scalar = BENCH_OPS_OF_HEADER;
