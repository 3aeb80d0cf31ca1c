#!/bin/sh
# SPDX-License-Identifier: MIT-0
#
# quality.sh BUILD - trains on a real corpus, and scores the vectors with an evaluation script from outside this
# repository. It needs two environment variables, and skips its checks if one is not set:
#   W2V_DATA      a folder with corpus.txt.xz
#   W2V_EVALVEC   the path to the script, evalvec.py

build=$1
t=$build/quality.tmp
passed=0 failed=0

# NAME FIGURE LEAST. Runs of five epochs differ by half a point in the analogies and by two in WordSim-353. The
# bounds are three such differences below the figures in bench/README.md.
checks="default analogy 34.5
default WS353 62
exact analogy 34
exact WS353 60"
count=$(printf '%s\n' "$checks" | wc -l)

# skip REASON: names the checks that are skipped
skip() {
    printf '%s\n' "$checks" | while read -r name figure least; do echo "quality: skipped: $name $figure ($1)"; done
    echo "quality                   0 passed, 0 failed, $((count)) skipped"
    exit 0
}

fail() {
    echo "quality: FAILED: $1"
    echo "quality                   0 passed, $((count)) failed"
    exit 1
}

[ -n "$W2V_DATA" ] || skip "set W2V_DATA to a folder with corpus.txt.xz to run it"
[ -n "$W2V_EVALVEC" ] || skip "set W2V_EVALVEC to the path of evalvec.py to run it"
[ -f "$W2V_DATA/corpus.txt.xz" ] || fail "W2V_DATA is '$W2V_DATA', which has no corpus.txt.xz"
[ -f "$W2V_EVALVEC" ] || fail "W2V_EVALVEC is '$W2V_EVALVEC', which is not a file"
python3=
for p in /usr/bin/python3 python3; do
    [ -n "$python3" ] || ! $p -c 'import numpy' 2>/dev/null || python3=$p
done
[ -n "$python3" ] || skip "install python3-numpy to run it"

rm -rf "$t"
mkdir -p "$t"
xz -dc "$W2V_DATA/corpus.txt.xz" >"$t/corpus" || fail "cannot unpack corpus.txt.xz"
options="-train $t/corpus -size 100 -window 5 -negative 5 -sample 1e-4 -iter 5 -min-count 5 -threads 2"
options="$options -cbow 0 -hs 0 -binary 1 -debug 0"
"$build/word2vec" $options -output "$t/default"
"$build/word2vec" $options -output "$t/exact" -exact 1
"$python3" "$W2V_EVALVEC" "$t/default" "$t/exact" | tee "$t/scores"

while read -r name figure least; do
    value=$(sed -n "s/^$name .*$figure=\([0-9.]*\).*/\1/p" "$t/scores")
    if [ -n "$value" ] && awk "BEGIN { exit !($value >= $least) }"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "quality: FAILED: $name $figure is ${value:-missing}, expected at least $least"
    fi
done <<END_OF_CHECKS
$checks
END_OF_CHECKS

rm -rf "$t"
printf 'quality                   %d passed, %d failed\n' $passed $failed
exit $((failed > 0))
