#!/bin/sh
# SPDX-License-Identifier: MIT-0
#
# [MATRIX=pattern] [JOBS=n] matrix.sh BUILD - compilers, standards, backends, levels of optimisation, options and
# machines: a line each, with what ran and how many checks passed
#
# A line compiles the header with all warnings as errors, and links it to the tests of its family, which are compiled
# once for all lines of it, without optimisation. MATRIX is an extended regular expression for the names of the lines to
# run; `ci` stands for those of .ci/run. The newest clang comes with `apt-get install clang-22` in Debian 12, lld with
# lld. WINE32 is a command that runs Windows programs of 32 bits, which Debian's wine64 does not: without it they are
# compiled only. (Debian's wine32 can be had in a folder of `debootstrap --arch=i386`.)

build=$1
t=$build/matrix.tmp
passed=0 failed=0 skipped=0 script=matrix

# has COMMAND...: its first word is a program
has() { command -v "$1" >/dev/null; }

# family NAME: how its tests are compiled (cc, options), linked (libs) and started (run), and which they are
family() {
    cc=gcc options= libs="-lm -pthread" run= end= tests="layout losses query native small"
    case $1 in
        c++) libs="$libs -lstdc++" ;;
        gcc-lto) options="-O2 -flto" tests="layout small" ;;
        clang-lto) cc=clang options="-O2 -flto -fuse-ld=lld" tests="layout small" && has ld.lld || run=ld.lld ;;
        fast-math) tests="layout native finite small/learning" ;;
        no-stdio) options=-DW2V_NO_STDIO tests="layout losses query small" ;;
        no-train) options=-DW2V_NO_TRAIN tests="layout losses query native sentence" ;;
        no-vocab) options=-DW2V_NO_VOCAB tests="layout losses random kmeans" ;;
        musl) cc=musl-gcc libs="$libs -static" ;;
        tcc) cc=tcc libs="-lm -lpthread" ;;
        compiled) tests= ;;
        pcc) tests= ;; # pcc 1.2.0 passes structs by value wrongly
        i386) emulated i686-linux-gnu qemu-i386 && libs="$libs -static" ;; # see the Makefile
        aarch64) emulated aarch64-linux-gnu qemu-aarch64 ;;
        armhf) emulated arm-linux-gnueabihf qemu-arm ;;
        riscv64) emulated riscv64-linux-gnu qemu-riscv64 ;;
        s390x) emulated s390x-linux-gnu qemu-s390x ;;
        # qemu 7.2 takes the first factor of MDEBR, which clang has for a product of floats as doubles, for a double
        s390x-clang) emulated s390x-linux-gnu qemu-s390x && tests="layout query native small" ;;
        ppc64le) emulated powerpc64le-linux-gnu qemu-ppc64le ;;
        win64) cc=x86_64-w64-mingw32-gcc run=wine libs=-static end=.exe ;;
        win32) cc=i686-w64-mingw32-gcc run=${WINE32-} libs=-static end=.exe && [ -n "$run" ] || tests= ;;
        wasm) cc="emcc -DW2V_NO_THREADS" run=$node libs="-s ALLOW_MEMORY_GROWTH=1 -s NODERAWFS=1" end=.js ;;
        msvc) cc=x86_64-w64-mingw32-gcc tests= ;; # for its headers
    esac
}
emulated() { cc=$1-gcc run="$2 -L /usr/$1"; }

# The tests of test_query that take a hundredth of its time.
quick="nearest extreme analogy not_finite scores null refusals spoiled rank pca pca_rank rows"

# ---------------------------------------------------------------------------------------------------------------------
# matrix.sh BUILD FOLDER: the line that FOLDER/line describes

if [ $# = 2 ]; then
    line=$2
    IFS='|' read -r name family backend command <"$line/line"
    family "$family"
    export WINEPREFIX="$(cd "$t" && pwd)/wine" WINEDEBUG=-all
    row() { # with the processor time of compilers and tests
        times >"$line/times"
        seconds=$(tail -n 1 "$line/times" | tr ms '  ' | awk '{ print int(60 * ($1 + $3) + $2 + $4 + 0.5) }')
        printf '%-42s %s, %d s\n' "$name" "$1" "$seconds" >"$line/row"
    }
    for tool in "${command%% *}" "${cc%% *}" "${run%% *}"; do
        [ -z "$tool" ] || has "$tool" || row "matrix: skipped: there is no $tool"
    done
    for test in "" $tests; do # first the header
        [ ! -f "$line/row" ] || break
        program=${test%%/*} chosen=
        [ "$test" != query ] || chosen=$quick
        case $test in */*) chosen=${test#*/} ;; esac
        if [ -z "$test" ]; then
            $command "$t/user.c" -o "$line/w2v.o" || row "FAILED: the header does not compile"
        elif ! $cc $options "$t/$family/$program.o" "$t/$family/stb_ds.o" "$line/w2v.o" -o "$line/$program$end" $libs; then
            row "FAILED: test_$program cannot be linked"
        else
            $run "$line/$program$end" $chosen | tr -d '\r' >"$line/$program.out"
            grep FAILED "$line/$program.out"
            tail -n 1 "$line/$program.out" | grep -E "^$program +$backend +[1-9][0-9]* passed, 0 failed" >>"$line/results" ||
                row "FAILED: expected '$program $backend N passed, 0 failed', found '$(tail -n 1 "$line/$program.out")'"
        fi
    done >"$line/log" 2>&1
    if [ -f "$line/row" ]; then
        :
    elif [ -z "$tests" ]; then
        row "compiled only"
    else
        row "$(awk -v tests="$tests" '{ simd = $2; n += $3 } END { printf "%-11s %3d passed: %s", simd, n, tests }' "$line/results")"
    fi
    cat "$line/row"
    grep FAILED "$line/row" >/dev/null && grep -E 'error|warning|FAILED|undefined' "$line/log" | head -n 3
    rm -rf "$line"/*.o "$line"/*.exe "$line"/*.js "$line"/*.wasm
    exit 0
fi

# ---------------------------------------------------------------------------------------------------------------------
# matrix.sh BUILD: all lines

rm -rf "$t"
mkdir -p "$t"
. tests/common.sh
printf '#define W2V_IMPLEMENTATION\n#include "w2v.h"\n' >"$t/user.c"

export node
# What no other row of .ci/run has, in half a minute of processor time.
ci='^(gcc c2x|clang c\+\+2b) -O0 choice|^gcc -fno-exceptions|^musl|^tcc|^MSVC'
[ "${MATRIX-}" != ci ] || MATRIX=$ci
lines=0
# line NAME FAMILY BACKEND COMMAND: to run if MATRIX chooses it. The command compiles $t/user.c
line() {
    echo "$1" | grep -qE "${MATRIX-}" || return 0
    lines=$((lines + 1))
    mkdir -p "$t/$lines"
    echo "$1|$2|$3|$4 -I. $stb" >"$t/$lines/line"
    [ -d "$t/$2" ] || prepare "$2"
}

# prepare FAMILY: compiles its tests
prepare() {
    family "$1"
    mkdir -p "$t/$1"
    has $cc || return
    for test in $tests; do
        $cc -std=gnu99 -O0 $options -DW2V_DECLARATIONS_ONLY -DTEST_BACKEND='""' -I. $stb -c "tests/test_${test%%/*}.c" \
            -o "$t/$1/${test%%/*}.o" 2>&1 | grep -w error
    done
    [ -z "$tests" ] || $cc -std=gnu99 -O1 $options -DSTB_DS_IMPLEMENTATION -x c -c "$t/stb/stb_ds.h" -o "$t/$1/stb_ds.o"
}

c="$warnings $c_only -c"  # for C
cxx="$warnings -c -x c++" # for C++
backends="scalar generic" best=generic
case $(uname -m) in
    x86_64) backends="$backends avx2 avx512" ;;
    aarch64) backends="$backends neon" best=neon ;;
esac
! grep -qw avx2 /proc/cpuinfo || best=avx2
! grep -qw avx512f /proc/cpuinfo || best=avx512

newest=$(for n in 30 29 28 27 26 25 24 23 22 21 20 19 18 17 16 15; do has clang-$n && echo clang-$n && break; done)
for compiler in gcc clang ${newest:-clang-22}; do # the newest gcc of Debian 12 is its gcc
    for std in c99 c11 c17 c2x c++11 c++17 c++20 c++2b; do
        case $std in c++*) f=c++ flags=$cxx ;; *) f=c flags=$c ;; esac
        for level in -O0 -O2 -O3 -Os; do
            for simd in $backends; do
                run=$f
                case $simd-$best in avx512-avx2 | avx*-generic) run=compiled ;; esac # the processor does not have it
                line "$compiler $std $level $simd" $run $simd "$compiler -std=$std $level -DW2V_SIMD=W2V_SIMD_$(echo $simd | tr a-z A-Z) $flags"
            done
            line "$compiler $std $level choice" $f $best "$compiler -std=$std $level $flags"
        done
    done
    case $best in avx*) # this processor can run them
    line "$compiler -march=x86-64-v3" c $best "$compiler -std=c99 -O2 -march=x86-64-v3 $c"
    line "$compiler -march=x86-64-v3 scalar" c scalar-fma "$compiler -std=c99 -O2 -march=x86-64-v3 -DW2V_SIMD=W2V_SIMD_SCALAR $c"
    line "$compiler -march=x86-64-v3 generic" c generic-fma "$compiler -std=c99 -O2 -march=x86-64-v3 -DW2V_SIMD=W2V_SIMD_GENERIC $c"
    ;; esac
    line "$compiler W2V_NO_DISPATCH" c generic "$compiler -std=c99 -O2 -DW2V_NO_DISPATCH $c"
    line "$compiler -ffast-math" fast-math $best "$compiler -std=c99 -O2 -ffast-math $c"
    line "$compiler -O3 -ffast-math gnu11" fast-math $best "$compiler -std=gnu11 -O3 -ffast-math $c"
    line "$compiler -fno-exceptions -fno-rtti" c++ $best "$compiler -std=c++17 -O0 -fno-exceptions -fno-rtti $cxx"
    line "$compiler -funsigned-char" c $best "$compiler -std=c99 -O1 -funsigned-char $c"
    line "$compiler NDEBUG" c $best "$compiler -std=c99 -O2 -DNDEBUG $c"
    line "$compiler W2V_NO_THREADS" c $best "$compiler -std=c99 -O2 -DW2V_NO_THREADS $c"
    line "$compiler W2V_NO_STDIO" no-stdio $best "$compiler -std=c99 -O2 -DW2V_NO_STDIO $c"
    line "$compiler W2V_NO_TRAIN" no-train $best "$compiler -std=c99 -O2 -DW2V_NO_TRAIN $c"
    line "$compiler W2V_NO_VOCAB" no-vocab $best "$compiler -std=c99 -O2 -DW2V_NO_VOCAB $c"
    line "$compiler c++20 W2V_NO_THREADS W2V_NO_STDIO" no-stdio $best "$compiler -std=c++20 -O2 -DW2V_NO_THREADS -DW2V_NO_STDIO $cxx"
done
line "gcc LTO" gcc-lto $best "gcc -std=c99 -O2 -flto $c"
line "clang LTO" clang-lto $best "clang -std=c99 -O2 -flto $c"
line "musl" musl $best "musl-gcc -std=c99 -O0 $c" # frames are largest, and musl's stacks of threads are small
line "tcc" tcc scalar "tcc -c"
line "pcc" pcc scalar "pcc -c"

# Other machines: gcc and the newest clang
machine() {
    family $1
    for compiler in $cc "${newest:-clang} --target=${cc%-gcc}"; do
        own=$3 tested=$1
        case $compiler in
            s390x*) own=-fexcess-precision=fast ;; # see BITS in the manual
            *s390x*) tested=s390x-clang ;;
        esac
        line "$1 ${compiler%% *}${own:+ $own}" $tested "$2" "$compiler -std=c99 -O2 $own $c"
    done
}
machine i386 generic "-msse2 -mfpmath=sse"
line "i386 i686-linux-gnu-gcc without SSE" compiled scalar "i686-linux-gnu-gcc -std=c99 -O2 $c"
machine aarch64 neon
machine aarch64 scalar-fma -DW2V_SIMD=W2V_SIMD_SCALAR
machine armhf generic
machine riscv64 generic-fma
machine s390x generic-fma
machine ppc64le generic-fma
line "Windows x86-64 gcc" win64 avx2 "x86_64-w64-mingw32-gcc -std=c99 -O2 -mavx2 -mfma $c"
line "Windows x86-64 gcc generic" win64 generic "x86_64-w64-mingw32-gcc -std=c99 -O2 $c"
line "Windows x86-64 clang" win64 $best "${newest:-clang} --target=x86_64-w64-mingw32 -std=c99 -O2 $c"
line "Windows i686 gcc" win32 generic "i686-w64-mingw32-gcc -std=c99 -O2 -msse2 $c"
line "Windows i686 clang" win32 generic "${newest:-clang} --target=i686-w64-mingw32 -std=c99 -O2 -msse2 $c"
line "WebAssembly" wasm generic "emcc -std=gnu99 -O2 -DW2V_NO_THREADS $c"
line "WebAssembly -msimd128" wasm generic "emcc -std=gnu99 -O2 -msimd128 -DW2V_NO_THREADS $c"

# The headers of MSVC are not here. MinGW's serve where MSVC's differ in what is named first. Clang as clang-cl is; with
# __clang__ undefined it reads what MSVC reads.
cat >"$t/clang-cl.h" <<'END'
#define _INC_SETJMP
typedef int jmp_buf[1];
#define __MM_MALLOC_H
#include <_mingw.h>
#undef __MINGW_ATTRIB_NORETURN
#define __MINGW_ATTRIB_NORETURN
#undef __MINGW_ATTRIB_DEPRECATED
#define __MINGW_ATTRIB_DEPRECATED
#undef __attribute__
#include <immintrin.h>
#include <windows.h>
END
(cat "$t/clang-cl.h"; echo '#undef __clang__') >"$t/cl.h"
for flag in "" -mavx2,-mfma -mavx512f,-mfma -DW2V_SIMD=W2V_SIMD_SCALAR; do
    for as in clang-cl cl; do
        case $as$flag$newest in cl | cl-mavx2,-mfma) continue ;; esac # clang 14 declares what the flags allow
        line "MSVC, as $as${flag:+ $flag}" msvc "" "${newest:-clang} --target=x86_64-pc-windows-msvc -fms-compatibility -fms-extensions -fsyntax-only -Wall -Wextra \
            -include $t/$as.h -idirafter /usr/x86_64-w64-mingw32/include $(echo "$flag" | tr , ' ') -Werror -x c"
    done
done

[ $lines -gt 0 ] || { echo "matrix: no line has a name like '$MATRIX'"; exit 1; }
seq $lines | xargs -P "${JOBS:-$(getconf _NPROCESSORS_ONLN)}" -I NUMBER sh "$0" "$build" "$t/NUMBER"
cat "$t"/*/row >"$t/rows"
failed=$((lines - $(grep -cv FAILED "$t/rows"))) # also those that have no row
skipped=$(grep -c ' skipped: ' "$t/rows")
# That a header compiles is a check, too.
passed=$(awk '!/FAILED| skipped: / { n++; for (i = 2; i < NF; i++) if ($i == "passed:") n += $(i - 1) } END { print n + 0 }' "$t/rows")
echo "matrix: $lines configurations: $skipped skipped, $(grep -c ' compiled only' "$t/rows") compiled only," \
    "$(awk '{ n += $(NF - 1) } END { print n + 0 }' "$t/rows") s of processor time"
[ $failed -gt 0 ] || rm -rf "$t"
finish
