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
choice="$compiler -std=c99 -O0 -I. $stb" # with all backends of this machine: the header includes itself
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
# Where stb_ds.h is implemented it may have another allocator than in this file.
file stb_own.c '#include <stdlib.h>' \
    'static void *own(void *p, size_t n) { char *q = (char *)realloc(p ? (char *)p - 64 : NULL, n + 64); return q ? q + 64 : q; }' \
    '#define STBDS_REALLOC(context, p, n) own(p, n)' '#define STBDS_FREE(context, p) free((char *)(p) - 64)' "$stb_ds" "$stb_h"
file stb_other.c "$implement" "$w2v" "$use" "$main"
program "stb_ds.h with an allocator of its own, implemented in another file" stb_other.c stb_own.c
cp "$t/stb_before.c" "$t/stb_before.cpp"
cp "$t/stb_here.c" "$t/stb_here.cpp"
sed -i 's/    struct { char \*key; int value; } /    struct pair { char *key; int value; } /; s/shput(map, "one"/shput(map, (char *)"one"/' "$t"/*.cpp
program "C++: stb_ds.h before the header, implemented in C" stb_before.cpp stb_only.c
program "C++: stb_ds.h implemented in the same file" stb_here.cpp

# ---------------------------------------------------------------------------------------------------------------------
# Names and places of the header

mkdir -p "$t/sub"
cp w2v.h "$t/sub/w2v.h"
cp w2v.h "$t/sub/other.h"
file sub.c "$stb_ds" "$implement" '#include "sub/w2v.h"' "$use" "$main"
file other.c '#define W2V_SELF "other.h"' "$stb_ds" "$implement" '#include "sub/other.h"' "$use" "$main"
for name in sub other; do
    try "the header as $(sed -n 's/.*include "\(sub.*\)"/\1/p' "$t/$name.c")" \
        sh -c "$choice $t/$name.c -o $t/program -lm -pthread && $t/program"
done
file extern.cpp 'extern "C" {' "$w2v" '}' "$use" "$main"
program 'C++: declarations within extern "C"' extern.cpp implementation.c

# ---------------------------------------------------------------------------------------------------------------------
# W2V_API

exported() { nm -D --defined-only "$1" | awk '{ print $3 }' | grep '^w2v_' | wc -l; }
for api in '' 'extern __attribute__((visibility("hidden")))'; do
    file api.c ${api:+"#define W2V_API $api"} "$stb_ds" "$implement" "$w2v"
    try "W2V_API $api" $cc -shared -fPIC -fvisibility=hidden "$t/api.c" -o "$t/api.so" -lm -pthread
    found=$(exported "$t/api.so")
    [ -z "$api" ] && expected='-gt 100' || expected='= 0'
    try "W2V_API $api: names exported: expected $expected, found $found" test "$found" $expected
done
mingw=x86_64-w64-mingw32-gcc
if command -v $mingw >/dev/null; then
    file dll.c "$stb_ds" "$implement" "$w2v"
    file dll_main.c "$w2v" "$use" "$main"
    try "W2V_API=__declspec(dllexport)" $mingw -O0 $simd -I. $stb '-DW2V_API=__declspec(dllexport)' -shared "$t/dll.c" -o "$t/w2v.dll"
    try "W2V_API=__declspec(dllimport)" $mingw -O0 -I. '-DW2V_API=__declspec(dllimport)' "$t/dll_main.c" "$t/w2v.dll" -o "$t/dll.exe"
    foreign=$(x86_64-w64-mingw32-objdump -p "$t/w2v.dll" | awk '/Ordinal\/Name Pointer/ { on = 1; next } /^$/ { on = 0 } on { print $NF }' | grep -v '^w2v_')
    try "names that the DLL exports: expected w2v_ alone, found $foreign" test -z "$foreign"
else
    skipped=$((skipped + 3))
    echo "including: skipped: W2V_API=__declspec(dllexport): there is no $mingw"
fi

# ---------------------------------------------------------------------------------------------------------------------
# Macros: after the include there are those of the system's headers, and ours.

# macros: names that w2v.h has defined and others than W2V_ and w2v_
macros() {
    $choice -dD -E "$t/macros.c" | awk '
        /^# [0-9]+ / { ours = $3 == "\"./w2v.h\"" || $3 == "\"w2v.h\"" }
        /^#define / { sub(/\(.*/, "", $2); if (ours) by_us[$2] = 1; else delete by_us[$2] }
        /^#undef / { delete by_us[$2] }
        END { for (name in by_us) if (name !~ /^(W2V_|w2v_)/) print name }' | sort | tr '\n' ' '
}
# gone: macros of the program that the header undefines
gone() {
    $choice -dM -E "$t/before.c" | awk '{ sub(/\(.*/, "", $2); print $2 }' | sort >"$t/before"
    $choice -dM -E "$t/macros.c" | awk '{ sub(/\(.*/, "", $2); print $2 }' | sort >"$t/after"
    comm -23 "$t/before" "$t/after" | tr '\n' ' '
}
same() { # NAME EXPECTED FOUND
    try "$1: expected '$2', found '$3'" test "$2" = "$3"
}
file macros.c '#include <stddef.h>' '#include <stdint.h>' "$w2v"
file before.c '#include <stddef.h>' '#include <stdint.h>'
try "macros of the declarations are there" sh -c "$choice -dM -E $t/macros.c | grep -q W2V_VERSION_NUMBER"
same "macros of the declarations" "" "$(macros)"
same "macros that the declarations undefine" "" "$(gone)"
file macros.c '#define mine 1' "$stb_ds" "$implement" "$w2v"
file before.c '#define mine 1' "$stb_ds" "$implement"
same "macros of the implementation" "" "$(macros)"
same "macros that the implementation undefines" "STB_DS_IMPLEMENTATION " "$(gone)"

# ---------------------------------------------------------------------------------------------------------------------
# Pragmas: the code after the header gets the warnings and the instructions that it has without it.

cat >"$t/after.c" <<'END'
enum colour { RED, GREEN };
double warned(const void *p, int n, enum colour colour);
double warned(const void *p, int n, enum colour colour)
{
    unsigned u = n;
    float f = 0.1 * n;
    char *text = (char *)p;
    double *numbers = (double *)text;
    switch (colour) {
    case RED: return f;
    default: break;
    }
    if (u) {
        int n = 1;
        f += n;
    }
#if NOT_DEFINED
#endif
    return f + numbers[0];
}
static int nobody_calls(void) { return 1; }
float prototype();
float product(const float *x, const float *y, int n);
float product(const float *x, const float *y, int n)
{
    float s = 0.0f;
    for (int i = 0; i < n; i++) s += x[i] * y[i];
    return s;
}
void scale(float *x, float *y, int n);
void scale(float *x, float *y, int n)
{
    for (int i = 0; i < n; i++) y[i] = y[i] * 3.0f + x[i];
}
END
(echo "$w2v"; cat "$t/after.c") >"$t/after_declarations.c"
(echo '#define W2V_STATIC'; echo "$implement"; echo "$w2v"; cat "$t/after.c") >"$t/after_implementation.c"
shown() { # of a file: the warnings of the code after the header, and its instructions
    grep -oE 'after[a-z_]*\.c.*\[-W[a-z+=-]*\]' "$t/$compiler.after" | grep -oE '\[-W.*' | sort
    awk '/^(product|scale):/ { on = 1 } /cfi_endproc/ { on = 0 } on && /^\t[a-z]/ { print }' "$t/after.s" | sed 's/\.L[A-Za-z0-9_]*/LABEL/g'
}
for compiler in gcc clang; do
    if ! command -v $compiler >/dev/null; then
        skipped=$((skipped + 4))
        echo "including: skipped: pragmas of $compiler"
        continue
    fi
    for flags in "-O2" "-O3 -ffast-math -march=x86-64-v3"; do
        [ "$(uname -m)" = x86_64 ] || flags=${flags%-march*}
        for name in after after_declarations after_implementation; do
            $compiler -std=c99 $flags $(echo "$warnings" | sed 's/-Werror//') $c_only -I. $stb -S "$t/$name.c" -o "$t/after.s" 2>"$t/$compiler.after"
            shown >"$t/$name.shown"
        done
        try "$compiler $flags: warnings and instructions without the header" test "$(wc -l <"$t/after.shown")" -gt 20
        for name in after_declarations after_implementation; do
            try "$compiler $flags: $name: $(diff "$t/after.shown" "$t/$name.shown" | head -n 3)" cmp "$t/after.shown" "$t/$name.shown"
        done
    done
done

# ---------------------------------------------------------------------------------------------------------------------
# Every option alone, and all pairs. clang finds functions that nobody calls without making code.

compiler=cc
command -v clang >/dev/null && compiler=clang
printf '#define W2V_IMPLEMENTATION\n#include "w2v.h"\n' >"$t/user.c"
# option NAME: defines it
option() {
    case $1 in
        W2V_MALLOC) echo '-DW2V_MALLOC(n)=malloc(n) -DW2V_REALLOC(p,n)=realloc(p,n) -DW2V_FREE(p)=free(p)' ;;
        *) echo "-D$1" ;;
    esac
}
set -- W2V_STATIC W2V_API=extern W2V_DECLARATIONS_ONLY W2V_NO_STDIO W2V_NO_TRAIN W2V_NO_VOCAB W2V_NO_THREADS \
    W2V_SIMD=W2V_SIMD_SCALAR W2V_NO_DISPATCH 'W2V_SELF="w2v.h"' W2V_MALLOC 'W2V_ASSERT(x)=((void)sizeof(x))' \
    'W2V_STB_DS_H="stb_ds.h"' W2V_BLOCK_BYTES=4096 NDEBUG
while [ $# -gt 0 ]; do
    one=$1
    for other; do # first with itself: alone
        case $one$other in
            W2V_STATICW2V_DECLARATIONS_ONLY) continue ;; # nobody defines what is static
            *W2V_SIMD=* | *NO_DISPATCH*) backend= ;;
            *) backend=$simd ;;
        esac
        [ "$one" = "$other" ] && flags=$(option "$one") || flags="$(option "$one") $(option "$other")"
        try "$flags" $compiler -std=c99 -fsyntax-only $backend $warnings $c_only -I. $stb $flags "$t/user.c"
    done
    shift
done

rm -rf "$t"
finish
