#!/bin/sh
# SPDX-License-Identifier: MIT-0
#
# wasm.sh BUILD - tests of the header as WebAssembly under node, with and without its vectors

t=$1/wasm.tmp
tests="kernels random losses query"
passed=0 failed=0 skipped=0 script=wasm
rm -rf "$t"
mkdir -p "$t"
. tests/common.sh
if ! command -v emcc >/dev/null || ! command -v node >/dev/null; then
    skip 8 "$tests, with and without -msimd128: they need emcc and node"
    rm -rf "$t"
    finish
fi

compile() { emcc -std=gnu99 -O2 -DW2V_NO_THREADS -DTEST_BACKEND='"generic"' -I. $stb "$@" >"$t/log" 2>&1; }
alone=$(${MAKE:-make} -s print-alone)
for flag in -msimd128 -mno-simd128; do
    compile $flag -DSTB_DS_IMPLEMENTATION -DW2V_IMPLEMENTATION -x c -c w2v.h -o "$t/w2v.o" || cat "$t/log"
    for name in $tests; do
        case " $alone " in
            *" tests/test_$name.c "*) object= ;;
            *) object=$t/w2v.o ;;
        esac
        if compile $flag ${object:+-DW2V_DECLARATIONS_ONLY} "tests/test_$name.c" $object -o "$t/$name.js" -s ALLOW_MEMORY_GROWTH=1 \
            -s NODERAWFS=1 && $node "$t/$name.js" >"$t/out" 2>"$t/err" && grep -q 'passed, 0 failed' "$t/out"; then
            pass
        else
            fail "test_$name $flag"
            tail -n 2 "$t/log" | cut -c1-200
            grep FAILED "$t/out" 2>/dev/null | head -n 3
        fi
    done
done

rm -rf "$t"
finish
