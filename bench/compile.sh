#!/bin/sh
# SPDX-License-Identifier: MIT-0
#
# compile.sh BUILD - what the header costs a compiler: the program of the README with several compilers and flags. Needs
# GNU time. Status 1 if a compilation fails.

t=$1/compile_bench.tmp
stb=$(sed -n 's/^STB_FLAGS := //p' "$1/stb.mk" 2>/dev/null)
[ -x /usr/bin/time ] || { echo "bench-compile: GNU time is missing (Debian: time)" >&2; exit 1; }
mkdir -p "$t"
trap 'rm -rf "$t"' EXIT
trap 'exit 1' HUP INT TERM
failed=0
awk '/^```c$/ { inside = 1; next } /^```$/ { inside = 0 } inside' README.md >"$t/program.c"
printf '#define STB_DS_IMPLEMENTATION\n#define W2V_IMPLEMENTATION\n#include "w2v.h"\n' >"$t/header.c"    # where the program would lack something
printf '%-8s %-40s %8s %8s %10s\n' compiler flags seconds MB 'code bytes'
for compiler in gcc clang; do
    command -v $compiler >/dev/null || continue
    for flags in -O0 -O2 -O3 "-O2 -march=native" "-O2 -DW2V_NO_DISPATCH" "-O2 -DW2V_NO_TRAIN" "-O2 -DW2V_NO_VOCAB" "-O2 -DW2V_SIMD=W2V_SIMD_SCALAR" "-O1 -g -fsanitize=address,undefined"; do
        case $flags in *W2V_NO_TRAIN* | *W2V_NO_VOCAB*) source=header ;; *) source=program ;; esac
        if /usr/bin/time -f '%U %M' -o "$t/time" $compiler $flags -I. $stb -c "$t/$source.c" -o "$t/program.o" 2>"$t/log"; then
            read -r seconds kilobytes <"$t/time"
            code=$(size "$t/program.o" | awk 'NR == 2 { print $1 + $2 }')
            printf '%-8s %-40s %8s %8d %10s\n' $compiler "$flags" "$seconds" $((kilobytes / 1024)) "$code"
        else
            echo "bench-compile: $compiler $flags failed:" >&2
            head -n 3 "$t/log" >&2
            failed=1
        fi
    done
done
exit $failed
