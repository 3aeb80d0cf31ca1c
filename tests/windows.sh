#!/bin/sh
# SPDX-License-Identifier: MIT-0
#
# windows.sh BUILD - every program as one for Windows, made by MinGW without a warning; the tests and the demo run under
# Wine. Skipped where these are not.

build=$1/windows
t=$build passed=0 failed=0 skipped=0 script=windows
rm -rf "$build"
. tests/common.sh
compiler=x86_64-w64-mingw32-gcc
# (Wine takes the encoding of file names from the locale)
export WINEPREFIX="$PWD/$build/wine" WINEDEBUG=-all LC_ALL=C.UTF-8

compile() {
    $compiler -std=c99 -O1 -mavx2 -mfma -Wall -Wextra -Werror -DTEST_BACKEND=\"avx2\" -DTEST_SLOW=1 -I. $stb "$@" >"$build/log" 2>&1
}
alone=$(${MAKE:-make} -s print-alone) checked=$(${MAKE:-make} -s print-checked)
if command -v $compiler >/dev/null; then
    if ! compile -DSTB_DS_IMPLEMENTATION -DW2V_IMPLEMENTATION -x c -c w2v.h -o "$build/w2v.o" ||
        ! compile -c tests/checked.c -o "$build/checked.o"; then
        fail "w2v.o or checked.o does not compile"
        grep -E 'warning|error' "$build/log" | head -n 3
    fi
fi
for f in tests/test_*.c examples/*.c; do
    case $f in examples/mpi.c | examples/page.c) continue ;; esac # make mpi, make page
    name=$(basename "$f" .c)
    case $name in test_* | demo) runs=1 ;; *) runs=0 ;; esac
    if ! command -v $compiler >/dev/null; then
        skip $((1 + runs)) "$name: there is no $compiler"
        continue
    fi
    object=$build/w2v.o
    case " $checked " in *" $f "*) object=$build/checked.o ;; esac
    case " $alone " in *" $f "*) object= ;; esac
    if compile ${object:+-DW2V_DECLARATIONS_ONLY} "$f" $object -o "$build/$name.exe" -static; then
        pass
    else
        fail "$f does not compile"
        grep -E 'warning|error' "$build/log" | head -n 3
        continue
    fi
    [ $runs = 1 ] || continue
    if ! command -v wine >/dev/null; then
        skip 1 "$name: there is no wine"
        continue
    fi
    arguments=
    [ $name != demo ] || arguments="-output $build"
    wine "$build/$name.exe" $arguments >"$build/log" 2>"$build/err"
    status=$?
    if [ $status = 0 ] && { [ $name = demo ] || grep -q 'passed, 0 failed' "$build/log"; }; then
        pass
    else
        fail "$name ended with status $status"
        grep -A2 FAILED "$build/log" | head -n 9
    fi
done

rm -rf "$build"
finish
