#!/bin/sh
# SPDX-License-Identifier: MIT-0
#
# formats.sh BUILD - vector files of other programs against these programs: NumPy, fastText, and a reader of safetensors
# in tests/formats.py
#
# RUN is a command that starts the programs, such as qemu. Lines with ": skipped: " name the checks that cannot run here.

b=$1
t=$b/formats.tmp
passed=0 failed=0 skipped=0 script=formats
. tests/checks.sh
rm -rf "$t"
mkdir -p "$t" || exit 1

check() { # NAME COMMAND...
    what=$1
    shift
    if "$@" >"$t/out" 2>&1; then
        pass
    else
        fail "$what: $(tail -n 3 "$t/out")"
    fi
}

convert() { $RUN "$b/tests/test_formats" convert "$@"; }

# Each file of NumPy, of safetensors and of the projector becomes each of ours, which Python reads again.
python=
for p in /usr/bin/python3 python3; do [ -z "$python" ] && $p -c 'import numpy' 2>/dev/null && python=$p; done
if [ -n "$python" ]; then
    check "Python writes vectors" $python tests/formats.py make "$t"
    for name in f4 f8 big4 big8 f2 fortran word half both projector; do
        from=$t/$name.npy kind=auto
        [ -e "$t/$name/model.safetensors" ] && from=$t/$name/model.safetensors
        [ $name = projector ] && from=$t/projector/vectors.tsv kind=tsv
        mkdir -p "$t/made/$name"
        for to in v.npy:npy model.safetensors:safetensors vectors.tsv:tsv; do
            check "$name to ${to#*:}" convert "$from" $kind "$t/made/$name/${to%:*}" "${to#*:}"
        done
        # and back: what we write we read
        for back in v.npy:auto model.safetensors:auto vectors.tsv:tsv; do
            check "$name from ${back%:*}" convert "$t/made/$name/${back%:*}" "${back#*:}" "$t/text.$name.${back%:*}" text
            check "$name: the same from ${back%:*}" cmp "$t/text.$name.v.npy" "$t/text.$name.${back%:*}"
        done
    done
    check "Python reads what was made of them" $python tests/formats.py check "$t"
else
    skip 92 "NumPy and safetensors: there is no Python with numpy"
fi

# fastText: the vectors of known and unknown words, with and without n-grams, with labels
if command -v fasttext >/dev/null && [ -z "$RUN" ]; then
    i=0
    while [ $i -lt 200 ]; do
        echo "the cat sat on the mat with a caf$(printf '\303\251') and \303\274ber na$(printf '\303\257')ve cats $((i % 17))"
        i=$((i + 1))
    done >"$t/corpus"
    sed 's/^/__label__odd /; 2~2s/odd/even/' "$t/corpus" >"$t/labelled" 2>/dev/null
    known=$(printf 'the cat caf\303\251 na\303\257ve </s> 16')
    unknown=$(printf 'dog cafes \303\251t\303\251 catsat a x thee')
    for run in "skipgram -minn 3 -maxn 6" "cbow -minn 1 -maxn 2" "skipgram -minn 0 -maxn 0" "supervised -minn 2 -maxn 4"; do
        input=$t/corpus
        [ "${run%% *}" = supervised ] && input=$t/labelled
        fasttext $run -input "$input" -output "$t/fast" -dim 10 -bucket 1000 -minCount 1 -epoch 1 -thread 1 >/dev/null 2>&1
        printf '%s\n' $known $unknown | fasttext print-word-vectors "$t/fast.bin" >"$t/theirs"
        $RUN "$b/tests/test_formats" vector "$t/fast.bin" $known $unknown >"$t/ours" 2>&1
        check "vectors of fastText $run" cmp "$t/theirs" "$t/ours"
        # the model has the known words, in the order of the .vec file
        check "fastText $run to text" convert "$t/fast.bin" auto "$t/fast.text" text
        printf '%s\n' $known | fasttext print-word-vectors "$t/fast.bin" >"$t/theirs"
        for word in $known; do
            grep "^$word " "$t/fast.text" | LC_ALL=C awk '{ printf "%s", $1; for (i = 2; i <= NF; i++) printf " %.5g", $i; print " " }'
        done >"$t/ours"
        check "known words of fastText $run" cmp "$t/theirs" "$t/ours"
    done
    fasttext skipgram -input "$t/corpus" -output "$t/fast" -dim 10 -bucket 1000 -minCount 1 -epoch 1 -thread 1 >/dev/null 2>&1
    check "fastText's .bin has the words of its .vec" convert "$t/fast.bin" auto "$t/fast.text" text
    cut -d' ' -f1 "$t/fast.vec" >"$t/theirs"
    cut -d' ' -f1 "$t/fast.text" >"$t/ours"
    check "in their order" cmp "$t/theirs" "$t/ours"
    # -pretrainedVectors reads what we write
    check "fastText trains on" fasttext supervised -input "$t/labelled" -output "$t/more" -dim 10 -epoch 0 -thread 1 \
        -minn 0 -maxn 0 -pretrainedVectors "$t/fast.text"
    printf '%s\n' cat mat | fasttext print-word-vectors "$t/more.bin" >"$t/theirs"
    printf '%s\n' cat mat | fasttext print-word-vectors "$t/fast.bin" >"$t/ours"
    check "with the vectors that we have written" cmp "$t/theirs" "$t/ours"
    fasttext supervised -input "$t/labelled" -output "$t/more" -dim 10 -minn 2 -maxn 3 -bucket 1000 -thread 1 >/dev/null 2>&1
    fasttext quantize -input "$t/labelled" -output "$t/more" >/dev/null 2>&1
    convert "$t/more.ftz" auto "$t/quantised" text >"$t/refused" 2>&1
    check "a quantised model is refused" grep -q 'is a quantised fastText model' "$t/refused"
else
    skip 17 "models of fastText: there is no fasttext"
fi

rm -rf "$t"
finish
