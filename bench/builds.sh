#!/bin/sh
# SPDX-License-Identifier: MIT-0
#
# builds.sh BUILD CORPUS [ROUNDS [THREADS]] - how fast the same trainer is when it is compiled in different ways
#
# The builds take turns, one epoch each, for ROUNDS (9) rounds. The speed is the one that the trainer reports, without the
# time for the vocabulary. On a noisy machine the best speed says more than the medians.

build=$1 corpus=$2 rounds=${3:-9} threads=${4:-1}
t=$build/builds.tmp
stb=$(sed -n 's/^STB_FLAGS := //p' "$build/stb.mk")
machine=$(uname -m)
mkdir -p "$t"
trap 'rm -rf "$t"' EXIT
trap 'exit 1' INT TERM

# compile NAME FLAGS...: a build to take part
builds=
compile() {
    name=$1
    shift
    ${CC:-cc} "$@" -I. $stb examples/word2vec.c -o "$t/$name" -lm -pthread || exit 1
    builds="$builds $name"
    echo "$*" >"$t/$name.flags"
}

compile native -O2 -march=native
compile plain -O2
compile generic -O2 -DW2V_SIMD=W2V_SIMD_GENERIC
case $machine in x86_64 | amd64)
    compile avx2 -O2 -DW2V_SIMD=W2V_SIMD_AVX2
    compile avx2_native -O2 -mavx2 -mfma -DW2V_NO_DISPATCH
    ;;
esac

round=0
: >"$t/speeds"
while [ $round -lt "$rounds" ]; do
    for name in $builds; do
        "$t/$name" -train "$corpus" -cbow 0 -output "$t/vectors" -iter 1 -threads "$threads" -debug 2 >"$t/log" 2>&1 ||
            { cat "$t/log" >&2; exit 1; }
        speed=$(tr '\r' '\n' <"$t/log" | sed -n 's/^training 100% *\([0-9.]*\) M words\/s.*/\1/p' | tail -n 1)
        [ "$speed" ] || { echo "bench-builds: no speed in the output of $name" >&2; exit 1; }
        echo "$round $name $speed" >>"$t/speeds"
    done
    round=$((round + 1))
done

echo "$threads thread(s), $rounds rounds: median speed, best speed, median ratio to -march=native in the same round"
printf '%-12s %10s %10s %10s   %s\n' build 'M words/s' best 'to native' flags
for name in $builds; do
    awk -v name="$name" '
        $2 == "native" { native[$1] = $3 }
        $2 == name { speed[n++] = $3; ratio[n - 1] = $3 / native[$1]; if ($3 > best) best = $3 }
        function median(a, n,    i, j, x) {
            for (i = 1; i < n; i++)
                for (j = i; j > 0 && a[j - 1] > a[j]; j--) { x = a[j]; a[j] = a[j - 1]; a[j - 1] = x }
            return n % 2 ? a[(n - 1) / 2] : (a[n / 2 - 1] + a[n / 2]) / 2
        }
        END { printf "%-12s %10.2f %10.2f %10.2f   ", name, median(speed, n), best, median(ratio, n) }' "$t/speeds"
    cat "$t/$name.flags"
done
