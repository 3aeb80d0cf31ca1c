#!/bin/sh
# SPDX-License-Identifier: MIT-0
#
# dispatch.sh BUILD - which kernels a program without -m flags takes, on this processor and on others that qemu-x86_64 imitates; and
# what a program for a newer processor says

t=$1/dispatch.tmp
passed=0 failed=0 skipped=0 script=dispatch
. tests/checks.sh
rm -rf "$t"
mkdir -p "$t"
stb=$(sed -n "s/^STB_FLAGS := //p" "$1/stb.mk" 2>/dev/null)

cat >"$t/program.c" <<'END'
#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"
static double square(const float *x, float *grad, w2v_touched *touched, void *user)
{
    (void)grad, (void)touched, (void)user;
    return (double)x[0];
}

int main(void)
{
    const char *text = "a b c d\nb c d a\nc d a b\n";
    w2v_config cfg = w2v_config_default();
    w2v_error err;
    w2v_model *m;
    cfg.min_count = 1;
    cfg.sample = 0.0;
    cfg.threads = 1;
    const w2v_status status = w2v_train_text(&m, text, strlen(text), &cfg, &err);
    if (status == W2V_ERROR_CPU) {
        const char *word = "a";
        float one = 1.0f, x = 1.0f;
        w2v_objective f = {NULL, NULL, 1, 0, NULL};
        w2v_sgd_config sgd = w2v_sgd_config_default();
        f.loss_fn = square;
        if (w2v_model_new(&m, &word, NULL, 1, 1, &one, NULL, NULL) != W2V_ERROR_CPU) return 1;
        if (w2v_model_load(&m, "nowhere", NULL, NULL, NULL) != W2V_ERROR_CPU || w2v_sgd(&f, &x, &sgd, NULL, NULL) != W2V_ERROR_CPU) return 2;
        return printf("refused: %s\n", err.message), 0;
    }
    if (status != W2V_OK) return printf("status %d: %s\n", (int)status, err.message), 1;
    float x[20], sum = 0.0f;
    for (int i = 0; i < 20; i++) x[i] = (float)i;
    w2v_sigmoid(x, x, 20);
    for (int i = 0; i < 20; i++) sum += x[i];
    printf("%s %.4f\n", w2v_simd(), (double)sum);
    w2v_model_free(m);
    return 0;
}
END

# finds EXPECTED NAME COMMAND...: the command prints that
finds() {
    expected=$1 name=$2
    shift 2
    found=$("$@" 2>/dev/null)
    same "$name: status and output" "0 $expected" "$? $found"
}

sum=19.0358 # of the sigmoids of 0 to 19
if [ "$(uname -m)" != x86_64 ]; then
    skip 22 "22 checks for x86-64"
    rm -rf "$t"
    finish
fi
has() { grep -qw "$1" /proc/cpuinfo; }
if has avx512f; then best=avx512; elif has avx2 && has fma; then best=avx2; else best=generic; fi
for compiler in gcc clang; do
    if ! command -v $compiler >/dev/null; then
        skip 11 "11 checks of $compiler"
        continue
    fi
    for p in "plain -O2" "avx2 -O2 -mavx2 -mfma" "only2 -O2 -DW2V_SIMD=W2V_SIMD_AVX2" "only512 -O2 -DW2V_SIMD=W2V_SIMD_AVX512" "one -O2 -DW2V_NO_DISPATCH"; do
        set -- $p
        out=$t/$1
        shift
        $compiler -std=c99 "$@" -DW2V_STATIC -I. $stb "$t/program.c" -o "$out" -lm -pthread || fail "$compiler $*"
    done
    finds "$best $sum" "$compiler, this processor" "$t/plain"
    finds "generic $sum" "$compiler, this processor, W2V_NO_DISPATCH" "$t/one"
    if ! command -v qemu-x86_64 >/dev/null; then
        skip 9 "9 checks of $compiler under qemu-x86_64"
        continue
    fi
    finds "generic $sum" "$compiler, a processor without AVX" qemu-x86_64 -cpu qemu64 "$t/plain"
    finds "generic $sum" "$compiler, Nehalem" qemu-x86_64 -cpu Nehalem "$t/plain"
    finds "generic $sum" "$compiler, Sandy Bridge, which has AVX only" qemu-x86_64 -cpu SandyBridge "$t/plain"
    finds "generic $sum" "$compiler, AVX2 without FMA" qemu-x86_64 -cpu Haswell,-fma "$t/plain"
    finds "generic $sum" "$compiler, an operating system that does not save AVX registers" qemu-x86_64 -cpu Haswell,-xsave "$t/plain"
    finds "avx2 $sum" "$compiler, Haswell" qemu-x86_64 -cpu Haswell "$t/plain"
    finds "avx2 $sum" "$compiler, Haswell, compiled for AVX2" qemu-x86_64 -cpu Haswell "$t/avx2"
    finds "refused: this program was compiled for AVX2 and FMA, which this processor does not have" \
        "$compiler, compiled for AVX2" qemu-x86_64 -cpu Nehalem "$t/only2"
    finds "refused: this program was compiled for AVX-512, which this processor does not have" \
        "$compiler, compiled for AVX-512" qemu-x86_64 -cpu Haswell "$t/only512"
done

rm -rf "$t"
finish
