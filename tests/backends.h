// SPDX-License-Identifier: MIT-0
//
// backends.h - all kernels of this program that the processor can run; after w2v.h with its implementation

#ifndef BACKENDS_H
#define BACKENDS_H

enum { MOST_BACKENDS = 3 };

// Returns how many.
static size_t usable_backends(const w2v__kernels *list[MOST_BACKENDS])
{
    size_t n = 0;
    list[n++] = w2v__kernels_base();
#ifdef W2V__SIMD_WITH_AVX2
    if (W2V__K_CPU_HAS_AVX2) list[n++] = &w2v__k_table_avx2;
#endif
#ifdef W2V__SIMD_WITH_AVX512
    if (W2V__K_CPU_HAS_AVX512) list[n++] = &w2v__k_table_avx512;
#endif
    return n;
}

#endif
