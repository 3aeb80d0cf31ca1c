#!/bin/sh
# SPDX-License-Identifier: MIT-0
#
# including.sh BUILD - how programs include the header: in which files, in C and C++, beside stb_ds.h, with every option and
# every pair of options; and that neither names, macros nor pragmas of it reach the code after the include

t=$1/including.tmp
passed=0 failed=0 skipped=0 script=including
rm -rf "$t"
mkdir -p "$t"
. tests/common.sh
simd= # one backend compiles faster than three
[ "$(uname -m)" != x86_64 ] || simd=-DW2V_SIMD=W2V_SIMD_AVX2
compiler=cc
command -v clang >/dev/null && compiler=clang # which takes half of gcc's time
cc="$compiler -std=c99 -O0 $simd -I. $stb"
cxx="$(echo $compiler | sed 's/cc/c++/; s/clang/clang++/') -x c++ -std=c++11 -O0 $simd -I. $stb"

# file NAME LINE...: a source file
file() {
    name=$1
    shift
    printf '%s\n' "$@" >"$t/$name"
}
w2v='#include "w2v.h"'
implement='#define W2V_IMPLEMENTATION'
stb_ds='#define STB_DS_IMPLEMENTATION'
# Training calls most of the header.
use='static int use(void) {
    static const char text[] = "a b c d\nb c d a\nc d a b\n";
    w2v_config cfg = w2v_config_default();
    w2v_model *m;
    w2v_match match;
    size_t n;
    cfg.min_count = 1;
    cfg.sample = 0.0;
    cfg.threads = 1;
    if (w2v_train_text(&m, text, sizeof text - 1, &cfg, NULL) != W2V_OK) return 1;
    n = w2v_model_nearest(m, "a", &match, 1, &n, NULL) == W2V_OK && n == 1;
    w2v_model_free(m);
    return n != 1;
}'
main='int main(void) { return use(); }'
# Its own table of stb_ds, with the short names.
table='static int table(void) {
    struct { char *key; int value; } *map = NULL;
    shput(map, "one", 1);
    const int found = shget(map, "one") == 1 && shlen(map) == 1;
    shfree(map);
    return !found;
}'
table_long=$(echo "$table" | sed 's/\<sh\(put\|get\|len\|free\)/stbds_sh\1/g')
both='int main(void) { return use() || table(); }'

# program NAME FILE...: compiles the files (C++ if they end with .cpp) and links and runs them
program() {
    what=$1
    shift
    rm -f "$t"/*.o
    for source; do
        case $source in *.cpp) with=$cxx ;; *) with=$cc ;; esac
        try "$what: $source" $with -c "$t/$source" -o "$t/$source.o"
    done
    try "$what" sh -c "$compiler $t/*.o -o $t/program -lm -pthread -lstdc++ && $t/program"
}

# ---------------------------------------------------------------------------------------------------------------------
# Files

file declarations.c "$w2v" "$w2v" "$use" "$main"
file implementation.c "$stb_ds" "$implement" "$w2v"
file later.c "$w2v" "$stb_ds" "$implement" "$w2v" "$use" "$main"
file twice.c "$stb_ds" "$implement" "$w2v" "$w2v" "$use" "$main"
file again.c "$stb_ds" "$implement" "$w2v" "$implement" "$w2v" "$use" "$main"
program "declarations in one file, implementation in another" declarations.c implementation.c
program "declarations first, implementation later in the same file" later.c
program "the header again after the implementation" twice.c
program "the implementation again in the same file" again.c
cp "$t/declarations.c" "$t/declarations.cpp"
cp "$t/implementation.c" "$t/implementation.cpp"
program "C++ that calls C" declarations.cpp implementation.c
program "C that calls C++" declarations.c implementation.cpp
file private.c '#define W2V_STATIC' "$implement" "$w2v" "$use" 'int other(void); int other(void) { return use(); }'
file private_main.c '#define W2V_STATIC' "$stb_ds" "$implement" "$w2v" "$use" 'int other(void);' \
    'int main(void) { return use() || other(); }'
program "W2V_STATIC in two files" private.c private_main.c
sed 's/int main(void)/int other(void); int other(void)/' "$t/declarations.c" >"$t/public.c"
file private_main.c '#define W2V_STATIC' "$implement" "$w2v" "$use" 'int other(void);' 'int main(void) { return use() || other(); }'
program "W2V_STATIC in one file, and a public implementation that another calls" private_main.c public.c implementation.c

# ---------------------------------------------------------------------------------------------------------------------
# stb_ds.h

stb_h='#include "stb_ds.h"'
no_short='#define STBDS_NO_SHORT_NAMES'
file stb_only.c "$stb_ds" "$stb_h"
file stb_before.c "$stb_h" "$implement" "$w2v" "$use" "$table" "$both"
file stb_after.c "$implement" "$w2v" "$stb_h" "$use" "$table" "$both"
file stb_here_before.c "$stb_ds" "$stb_h" "$implement" "$w2v" "$use" "$table" "$both"
file stb_here_after.c "$implement" "$w2v" "$stb_ds" "$stb_h" "$use" "$table" "$both"
file stb_here.c "$stb_ds" "$implement" "$w2v" "$stb_h" "$use" "$table" "$both"
file stb_no_short.c "$no_short" "$stb_ds" "$implement" "$w2v" '#ifdef shput' '#error "short names"' '#endif' "$use" "$table_long" "$both"
file stb_no_short_before.c "$no_short" "$stb_h" "$implement" "$w2v" '#ifdef shput' '#error "short names"' '#endif' "$use" "$table_long" "$both"
for order in before after; do program "stb_ds.h $order the header, implemented in another file" stb_$order.c stb_only.c; done
for order in here_before here here_after; do program "stb_ds.h implemented in the same file: $order" stb_$order.c; done
program "STBDS_NO_SHORT_NAMES, implemented here" stb_no_short.c
program "STBDS_NO_SHORT_NAMES, stb_ds.h before the header, implemented there" stb_no_short_before.c stb_only.c
cp "$t/stb_before.c" "$t/stb_before.cpp"
cp "$t/stb_here.c" "$t/stb_here.cpp"
sed -i 's/    struct { char \*key; int value; } /    struct pair { char *key; int value; } /; s/shput(map, "one"/shput(map, (char *)"one"/' "$t"/*.cpp
program "C++: stb_ds.h before the header, implemented in C" stb_before.cpp stb_only.c
program "C++: stb_ds.h implemented in the same file" stb_here.cpp

finish
