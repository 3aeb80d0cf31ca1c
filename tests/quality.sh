#!/bin/sh
# SPDX-License-Identifier: MIT-0
#
# quality.sh BUILD - trains on a real corpus, and scores the vectors with an evaluation script from outside this
# repository. It needs two environment variables, and skips its checks if one is not set:
#   W2V_DATA      a folder with corpus.txt.xz
#   W2V_EVALVEC   the path to the script, evalvec.py

build=$1
t=$build/quality.tmp
passed=0 failed=0 skipped=0 script=quality
. tests/checks.sh

# NAME FIGURE LEAST. Runs of five epochs differ by half a point in the analogies and by two in WordSim-353. The
# bounds are three such differences and more below the figures in bench/README.md: what is broken loses more.
checks="default analogy 34.5
default WS353 62
exact analogy 34
exact WS353 60"
count=$(printf '%s\n' "$checks" | wc -l)

# without VERB REASON: skips all, or fails
without() {
    [ $1 = skip ] && skip $count "$count checks: $2" || fail "$2"
    finish
}

[ -n "$W2V_DATA" ] || without skip "set W2V_DATA to a folder with corpus.txt.xz to run them"
[ -n "$W2V_EVALVEC" ] || without skip "set W2V_EVALVEC to the path of evalvec.py to run them"
[ -f "$W2V_DATA/corpus.txt.xz" ] || without fail "W2V_DATA is '$W2V_DATA', which has no corpus.txt.xz"
[ -f "$W2V_EVALVEC" ] || without fail "W2V_EVALVEC is '$W2V_EVALVEC', which is not a file"
python3=
for p in /usr/bin/python3 python3; do
    [ -n "$python3" ] || ! $p -c 'import numpy' 2>/dev/null || python3=$p
done
[ -n "$python3" ] || without skip "install python3-numpy to run them"

rm -rf "$t"
mkdir -p "$t"
xz -dc "$W2V_DATA/corpus.txt.xz" >"$t/corpus" || without fail "cannot unpack corpus.txt.xz"
options="-train $t/corpus -size 100 -window 5 -negative 5 -sample 1e-4 -iter 5 -min-count 5 -threads 2"
options="$options -cbow 0 -hs 0 -binary 1 -debug 0"
"$build/word2vec" $options -output "$t/default"
"$build/word2vec" $options -output "$t/exact" -exact 1
"$python3" "$W2V_EVALVEC" "$t/default" "$t/exact" | tee "$t/scores"

while read -r name figure least; do
    value=$(sed -n "s/^$name .*$figure=\([0-9.]*\).*/\1/p" "$t/scores")
    [ -n "$value" ] && awk "BEGIN { exit !($value >= $least) }" && pass ||
        fail "$name $figure is ${value:-missing}, expected at least $least"
done <<END_OF_CHECKS
$checks
END_OF_CHECKS

rm -rf "$t"
finish
