#!/bin/sh
# SPDX-License-Identifier: MIT-0
#
# [JOBS=n] backends.sh BUILD CONFIG... - one seed gives the same vectors with every backend that has a fused multiply-add, and with
# any number of threads: with one lane and with several, in every mode

build=$1
shift
t=$build/backends.tmp
passed=0 failed=0 skipped=0 script=backends
. tests/checks.sh
rm -rf "$t"
mkdir -p "$t"
${MAKE:-make} -s "$build/demo" "$build/word2vec" && "$build/demo" -output "$t" >/dev/null 2>&1
head -n 6000 "$t/demo_corpus.txt" >"$t/corpus" # five blocks, so two lanes; emulators take a minute for more
head -n 300 "$t/demo_corpus.txt" >"$t/short" # softmax

# beside COMMAND...: in the background, JOBS at a time (default: one for each processor)
jobs=${JOBS:-$(getconf _NPROCESSORS_ONLN)}
running=0
beside() {
    "$@" &
    running=$((running + 1))
    [ $((running % jobs)) -ne 0 ] || wait
}

# $t/NAME.sh trains with the program NAME.
for config in "$@"; do
    beside ${MAKE:-make} -s config="$config" "build/$config/word2vec"
    emulator=$(${MAKE:-make} -s config="$config" print-run)
    [ -z "$emulator" ] || touch "$t/$config.slow"
    echo "$emulator build/$config/word2vec \"\$@\"" >"$t/$config.sh"
done
# as most people compile: GNU C, in which compilers may fuse a product with a sum by themselves
for compiler in gcc clang; do
    command -v $compiler >/dev/null || continue
    beside $compiler -O2 -I. $(sed -n 's/^STB_FLAGS := //p' "$build/stb.mk") examples/word2vec.c -o "$t/$compiler" -lm -pthread
    echo "$t/$compiler \"\$@\"" >"$t/$compiler.sh"
    set -- "$@" $compiler
done

# all NAME OPTION...: the vectors of every mode, as $t/NAME.1 and so on
all() {
    name=$1
    shift
    n=0
    while read -r corpus where options; do
        n=$((n + 1))
        [ ! -f "$t/$name.slow" ] || [ $where = everywhere ] || continue
        "$@" -train "$t/$corpus" -output "$t/$name.$n" -size 50 -min-count 1 -iter 1 -sample 1e-3 -seed 3 -debug 0 \
            $options
    done <"$t/modes"
}

# In an emulator a mode takes ten seconds, so those that have no kernel of their own are trained natively alone.
cat >"$t/modes" <<'END'
corpus everywhere -cbow 0 -threads 3
corpus native -cbow 0 -threads 1 -lanes 1
corpus everywhere -cbow 0 -threads 2 -lanes 2 -exact 1
corpus everywhere -cbow 0 -threads 1 -fast 1
corpus everywhere -cbow 0 -threads 2 -loss-every 2
corpus everywhere -cbow 1 -threads 3 -cbow-undivided 0
corpus native -cbow 1 -threads 1 -lanes 1 -hs 1 -window-shape weighted
corpus everywhere -cbow 1 -threads 3 -hs 1 -negative 0
corpus native -cbow 0 -threads 2 -hs 1
corpus native -cbow 0 -threads 1 -hs 1 -negative 0
short everywhere -cbow 0 -threads 1 -softmax 1
short everywhere -cbow 1 -threads 3 -softmax 1
END
wait
all reference "$build/word2vec"
all one-thread sh -c '"$0" "$@" -threads 1' "$build/word2vec"
for name in "$@"; do beside all "$name" sh "$t/$name.sh"; done
wait

# the first two modes differ in the lanes alone
cmp -s "$t/reference.1" "$t/reference.2" && fail "one lane: expected other vectors than those of two lanes" || pass

for name in one-thread "$@"; do
    n=0
    while read -r corpus where options; do
        n=$((n + 1))
        [ ! -f "$t/$name.slow" ] || [ $where = everywhere ] || continue
        cmp -s "$t/reference.$n" "$t/$name.$n" && pass || fail "$name, $options: different vectors"
    done <"$t/modes"
done

rm -rf "$t"
finish
