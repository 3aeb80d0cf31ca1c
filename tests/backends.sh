#!/bin/sh
# SPDX-License-Identifier: MIT-0
#
# backends.sh BUILD CONFIG... - one seed gives the same vectors with every backend that has a fused multiply-add: with
# one thread, and with several in deterministic training

build=$1
shift
t=$build/backends.tmp
passed=0 failed=0
rm -rf "$t"
mkdir -p "$t"
make -s "$build/demo" "$build/word2vec" && "$build/demo" -output "$t" >/dev/null 2>&1
head -n 8000 "$t/demo_corpus.txt" >"$t/corpus" # emulators take a minute for more
head -n 1000 "$t/demo_corpus.txt" >"$t/short"

# same FILE WHAT: the vectors in FILE are those of the reference
same() {
    if cmp -s "$t/reference" "$t/$1"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "backends: FAILED: $2, $mode: different vectors"
    fi
}

corpus=$t/corpus
for mode in "-cbow 0 -threads 1" "-cbow 0 -threads 1 -exact 1" "-cbow 0 -threads 3 -deterministic 1" \
    "-cbow 1 -threads 1 -cbow-undivided 0" "-cbow 1 -threads 1 -hs 1 -window-shape weighted" "-cbow 0 -threads 1 -hs 1 -negative 0" \
    "-cbow 0 -threads 1 -softmax 1" "-cbow 1 -threads 3 -softmax 1 -deterministic 1"; do
    case $mode in *-softmax*) corpus=$t/short ;; esac
    options="-train $corpus -size 50 -min-count 1 -iter 2 -sample 1e-3 -seed 3 -debug 0 $mode"
    "$build/word2vec" $options -output "$t/reference"
    for config in "$@"; do
        make -s config="$config" "build/$config/word2vec" &&
            $(make -s config="$config" print-run) "build/$config/word2vec" $options -output "$t/$config"
        same "$config" "$config"
    done
    # as most people compile: GNU C, in which compilers may fuse a product with a sum by themselves
    for compiler in gcc clang; do
        command -v $compiler >/dev/null || continue
        $compiler -O2 -I. $(sed -n 's/^STB_FLAGS := //p' "$build/stb.mk") examples/word2vec.c -o "$t/gnu" -lm -pthread &&
            "$t/gnu" $options -output "$t/$compiler"
        same "$compiler" "$compiler -O2 without -std"
    done
done

rm -rf "$t"
printf 'backends                  %d passed, %d failed\n' $passed $failed
exit $((failed > 0))
