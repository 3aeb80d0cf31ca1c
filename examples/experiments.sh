#!/bin/sh
# SPDX-License-Identifier: MIT-0
#
# experiments.sh BUILD DATA [OUTPUT] - three experiments with cs224n and sentiment: a table and a picture of each
#
# The programs are in the folder BUILD. The pictures go to the folder OUTPUT (BUILD/experiments), where those of an
# earlier run are removed before. The folder DATA has datasetSentences.txt and sentence_labels.tsv (see cs224n and
# sentiment in README.md). SEED (1) and ITERATIONS (40000) may be set, and RUN, a command that starts the programs.

[ -n "$1" ] && [ -n "$2" ] && [ $# -le 3 ] || {
    echo "usage: experiments.sh BUILD DATA [OUTPUT]" >&2
    exit 2
}
b=$1 data=$2 out=${3:-$1/experiments}
iterations=${ITERATIONS:-40000} tenth=$((${ITERATIONS:-40000} / 10))
[ -f "$data/datasetSentences.txt" ] || [ ! -f "$data/sst/datasetSentences.txt" ] || data=$data/sst
for f in datasetSentences.txt sentence_labels.tsv; do
    [ -f "$data/$f" ] || {
        echo "experiments: there is no '$data/$f': make experiments DATA=folder; examples/README.md tells where to get it" >&2
        exit 1
    }
done
mkdir -p "$out" || exit 1
# what an earlier run has left, and nothing else that is there
for f in csv log row sentiment; do rm -f "$out"/run-*.$f; done
for f in err runs optimizers.svg dimension.svg negatives.svg; do rm -f "$out/$f"; done

# (programs rewrite their progress after a carriage return; the reason is the last line)
fail() {
    echo "experiments: $* failed: $(tr '\r' '\n' <"$out/err" | tail -n 1)" >&2
    exit 1
}

# train OPTIONS...: trains and scores, unless that has been done; $run is the beginning of the names of its files
train() {
    run=$out/run$(echo "$*" | tr -d " ")
    [ ! -f "$run.row" ] || return 0
    $RUN "$b/cs224n" "$@" -iterations "$iterations" -seed "${SEED:-1}" -loss "$run.csv" -output "$out" \
        "$data/datasetSentences.txt" >"$run.log" 2>"$out/err" || fail "cs224n $*"
    $RUN "$b/sentiment" "$out/cs224n_vectors.txt" "$data/datasetSentences.txt" "$data/sentence_labels.tsv" \
        >"$run.sentiment" 2>"$out/err" || fail sentiment
    baseline=$(sed -n 's/.*class is \([0-9.]*\) % of test/\1/p' "$run.sentiment")
    score=$(sed -n 's/^normalised.* test \([0-9.]*\) %.*/\1/p' "$run.sentiment")
    early=$(awk -F, -v at=$tenth 'NR > 1 && $1 >= at { printf "%.2f", $3; exit }' "$run.csv")
    loss=$(sed -n 's/.*smoothed loss \(.*\)/\1/p' "$run.log")
    seconds=$(sed -n 's/.*iterations in \(.*\) s,.*/\1/p' "$run.log")
    parameters=$(head -n 1 "$out/cs224n_vectors.txt" | awk '{ print 2 * $1 * $2 }')
    nearest=$($RUN "$b/query" -n 1 "$out/cs224n_vectors.txt" great 2>/dev/null | awk '{ print $1, $2 }')
    printf '%10s %7s %8s %7.2f %8s  %s\n' "$parameters" "$seconds" "$early" "$loss" "$score" "${nearest:--}" >"$run.row"
}

heading() {
    printf '\n%-13s %10s %7s %8s %7s %8s  %s\n' "$1" parameters seconds "at $tenth" loss accuracy "nearest to great"
    : >"$out/runs"
}

# row NAME OPTIONS...
row() {
    name=$1
    shift
    train "$@"
    printf '%-13s %s\n' "$name" "$(cat "$run.row")"
    printf '%s\n%s\n%s\n' "$name" "$(awk '{ print $5 }' "$run.row")" "$run.csv" >>"$out/runs"
}

# picture FILE TITLE NOTE: the curves and scores of the rows since the heading
picture() {
    file=$out/$1 title=$2 note=$3
    set --
    while read -r name && read -r score && read -r csv; do
        set -- "$@" -name "$name" -score "$score" "$csv"
    done <"$out/runs"
    $RUN "$b/curves" -title "$title" -note "$note" -output "$file" -bars 'sentiment of test sentences, % right' \
        -baseline "$baseline" -baseline-name 'most frequent class' "$@" 2>"$out/err" || fail curves
}

adagrad='-optimizer adagrad -learning-rate 0.1'

heading optimiser
row 'SGD 0.3' -learning-rate 0.3
row 'SGD 3' -learning-rate 3
row 'momentum 0.03' -optimizer momentum -learning-rate 0.03
row 'momentum 0.3' -optimizer momentum -learning-rate 0.3
row 'Adam 0.003' -optimizer adam -learning-rate 0.003
row 'AdaGrad 0.1' $adagrad
picture optimizers.svg 'Optimisers' \
    'Smoothed loss of skip-gram on the Stanford Sentiment Treebank, and what the vectors are good for'

heading dimension
for d in 2 10 50; do
    case $d in 10) row "d = $d" $adagrad ;; *) row "d = $d" $adagrad -size $d ;; esac
done
picture dimension.svg 'Length of the vectors' 'AdaGrad 0.1: smoothed loss, and what the vectors are good for'

heading negatives
for k in 1 10 20; do
    case $k in 10) row "K = $k" $adagrad ;; *) row "K = $k" $adagrad -negative $k ;; esac
done
picture negatives.svg 'Negative samples' \
    'AdaGrad 0.1: losses of different K have different numbers of terms, so they cannot be compared'
