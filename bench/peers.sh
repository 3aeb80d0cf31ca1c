#!/bin/sh
# SPDX-License-Identifier: MIT-0
#
# peers.sh BUILD CORPUS - BUILD/word2vec beside the other trainers that are installed here: fastText, gensim, and those
# named in W2V_PEERS
#
# Every round runs all of them one after another, on one file, with the same settings; ratios are taken within a round,
# and what is printed are medians over the rounds. Set in the environment (or behind `make bench-peers`):
#   ROUNDS=5  THREADS="1 N"  WORDS=4000000 (of the corpus; 0: all)  FORMAT=text (csv, json)
#   CBOW=0  HS=0 (1: hierarchical softmax instead of negative samples)
#   SIZE=100  WINDOW=5  NEGATIVE=5  SAMPLE=1e-4  MIN_COUNT=5  EPOCHS=1  ALPHA=0.025
#   W2V_PEERS="/a/word2vec:/b/word2vec -mode 2"
#       programs with the options of the original one, each with arguments of its own. They are separated by colons, or
#       by blanks where the next word has a slash and is a program.

build=$1 corpus=$2
: "${ROUNDS:=5}" "${WORDS:=4000000}" "${FORMAT:=text}" "${SIZE:=100}" "${WINDOW:=5}" "${NEGATIVE:=5}" "${SAMPLE:=1e-4}" "${MIN_COUNT:=5}"
: "${EPOCHS:=1}" "${CBOW:=0}" "${HS:=0}"
: "${ALPHA:=$([ "$CBOW" = 1 ] && echo 0.05 || echo 0.025)}"
[ "$HS" = 0 ] || NEGATIVE=0
cores=$(getconf _NPROCESSORS_ONLN)
[ -n "$THREADS" ] || THREADS=$([ "$cores" = 1 ] && echo 1 || echo "1 $cores")
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 # the trainers have threads of their own
# OpenBLAS, which gensim and others compute with, takes its oldest kernels on a processor that it does not know.
if [ -z "$OPENBLAS_CORETYPE" ]; then
    if grep -qw avx512f /proc/cpuinfo 2>/dev/null; then
        export OPENBLAS_CORETYPE=SkylakeX
    elif grep -qw avx2 /proc/cpuinfo 2>/dev/null; then
        export OPENBLAS_CORETYPE=Haswell
    fi
fi
t=$build/peers.tmp tab=$(printf '\t')

fail() {
    status=$1
    shift
    echo "peers: $*" >&2
    exit "$status"
}

[ $# = 2 ] && [ -n "$corpus" ] || fail 2 "usage: peers.sh BUILD CORPUS"
case $FORMAT in text | csv | json) ;; *) fail 2 "FORMAT is text, csv or json, not '$FORMAT'" ;; esac
for number in "$ROUNDS" "$WORDS" "$EPOCHS" $THREADS; do
    case $number in *[!0-9]* | '') fail 2 "ROUNDS, WORDS, EPOCHS and THREADS are whole numbers, not '$number'" ;; esac
done
[ "$ROUNDS" -gt 0 ] && [ "$EPOCHS" -gt 0 ] || fail 2 "ROUNDS and EPOCHS have to be at least 1"
[ -f "$corpus" ] && [ -r "$corpus" ] || fail 1 "cannot read '$corpus'"
[ -x "$build/word2vec" ] || fail 1 "$build/word2vec is not there: make it first"
case $(date +%N) in *[!0-9]* | '') fail 1 "date +%N does not tell the time finely enough here" ;; esac

rm -rf "$t"
mkdir -p "$t" || fail 1 "cannot make the folder '$t'"
trap 'rm -rf "$t"' EXIT
trap 'exit 1' INT TERM

# The file that everybody gets. Lines are cut to 20,000 bytes at a blank, because gensim ignores what is behind 10,000 words of a line.
fold -s -b -w 20000 "$corpus" | awk -v most="$WORDS" '
    most && n + NF > most { for (i = 1; n < most; i++) { printf "%s%s", $i, ++n < most ? " " : "\n" } exit }
    { print; n += NF }' >"$t/text"

options() { # THREADS EPOCHS
    echo "-cbow $CBOW -hs $HS -size $SIZE -window $WINDOW -negative $NEGATIVE -sample $SAMPLE -min-count $MIN_COUNT -alpha $ALPHA -threads $1 -iter $2"
}

# Words of the vocabulary in the file, counted by the first and only run that is not measured.
"$build/word2vec" -train "$t/text" -output "$t/out" -binary 1 -save-vocab "$t/vocab" -debug 0 $(options "$cores" 1) || exit 1
tokens=$(awk '$1 != "</s>" { n += $2 } END { printf "%d", n }' "$t/vocab")

cat >"$t/gensim_train.py" <<'END'
import sys, time
from gensim.models import Word2Vec

text, out = sys.argv[1:3]
size, window, negative, min_count, threads, epochs = map(int, sys.argv[3:9])
sample, alpha = map(float, sys.argv[9:11])
cbow, hs = map(int, sys.argv[11:13])
m = Word2Vec(sg=1 - cbow, hs=hs, vector_size=size, window=window, negative=negative, min_count=min_count, workers=threads, epochs=epochs,
             sample=sample, alpha=alpha, min_alpha=alpha * 1e-4)
m.build_vocab(corpus_file=text)
start = time.perf_counter()
m.train(corpus_file=text, total_examples=m.corpus_count, total_words=m.corpus_total_words, epochs=epochs)
print("training took %.6f seconds" % (time.perf_counter() - start))
m.wv.save_word2vec_format(out, binary=True)
END

# The peers: a line `kind TAB name TAB command` for each. Ours comes first.
list_peers() {
    printf 'ours\tw2v.h\t%s\n' "$build/word2vec"
    printf 'ours\tw2v.h -exact 1\t%s\n' "$build/word2vec -exact 1"
    [ "$CBOW$HS" != 00 ] || printf 'ours\tw2v.h -fast 1\t%s\n' "$build/word2vec -fast 1"
    if command -v fasttext >/dev/null; then
        version=$(dpkg-query -W -f '${Version}' fasttext 2>/dev/null)
        printf 'fasttext\tfastText%s\tfasttext\n' "${version:+ $version}"
    fi
    for python in python3 /usr/bin/python3; do
        version=$($python -c 'import gensim; print(gensim.__version__)' 2>/dev/null) || continue
        printf 'gensim\tgensim %s\t%s\n' "$version" "$python"
        break
    done
    printf '%s\n' "$W2V_PEERS" | tr : '\n' | while read -r line; do
        command=
        for word in $line; do
            case $word in
            */*) [ -n "$command" ] && [ -f "$word" ] && [ -x "$word" ] && other "$command" && command= ;;
            esac
            command="$command${command:+ }$word"
        done
        [ -z "$command" ] || other "$command"
    done
}

other() {
    program=${1%% *}
    name=${program##*/}
    command -v "$program" >/dev/null || fail 1 "W2V_PEERS: '$program' cannot be executed"
    printf 'other\t%s\t%s\n' "$name${1#"$program"}" "$1"
}

# run KIND COMMAND THREADS EPOCHS: trains once; what it says goes to $t/log
run() {
    kind=$1 command=$2 threads=$3 epochs=$4
    case $kind in
    ours | other) $command -train "$t/text" -output "$t/out" -binary 1 $(options "$threads" "$epochs") ;;
    fasttext)
        $command "$([ "$CBOW" = 1 ] && echo cbow || echo skipgram)" -loss "$([ "$HS" = 1 ] && echo hs || echo ns)" -input "$t/text" -output "$t/out" -minn 0 -maxn 0 -dim "$SIZE" -ws "$WINDOW" -neg "$NEGATIVE" -t "$SAMPLE" \
            -minCount "$MIN_COUNT" -lr "$ALPHA" -epoch "$epochs" -thread "$threads"
        ;;
    gensim) $command "$t/gensim_train.py" "$t/text" "$t/out" "$SIZE" "$WINDOW" "$NEGATIVE" "$MIN_COUNT" "$threads" "$epochs" "$SAMPLE" "$ALPHA" "$CBOW" "$HS" ;;
    esac </dev/null >"$t/log" 2>&1
}

# timed ARGUMENTS OF run: leaves the seconds in $seconds
timed() {
    begin=$(date +%s.%N)
    run "$@" || return 1
    end=$(date +%s.%N)
    seconds=$(awk "BEGIN { printf \"%.6f\", $end - $begin }")
}

# The M words/s of the training alone that the program itself has told, if it has; $1 is the number of threads.
told() {
    tr '\r' '\n' <"$t/log" | awk -v threads="$1" -v words="$((tokens * EPOCHS))" '
        match($0, /[0-9.]+ *M words\/s/) { x = substr($0, RSTART) + 0 }
        match($0, /words\/sec\/thread: *[0-9]+/) { s = substr($0, RSTART, RLENGTH); sub(/.*: */, "", s); x = s * threads / 1e6 }
        /^training took/ { x = words / $3 / 1e6 }
        END { if (x) print x }'
}

# measure ROUND THREADS KIND NAME COMMAND: one line of results
measure() {
    timed "$3" "$5" "$2" "$EPOCHS" || return 1
    whole=$seconds rate=$(told "$2") how=told
    if [ -z "$rate" ]; then # from a second run with twice the epochs, less this one
        timed "$3" "$5" "$2" $((2 * EPOCHS)) || return 1
        rate=$(awk "BEGIN { d = $seconds - $whole; if (d > 0) print $tokens * $EPOCHS / d / 1e6 }") how=derived
    fi
    printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$4" "$2" "$1" "$whole" "$rate" "$how" >>"$t/results"
    printf 'round %s, %s threads, %s: %.2f s, %s M words/s\n' "$1" "$2" "$4" "$whole" "${rate:--}" >&2
}

list_peers >"$t/peers" || exit 1
for round in $(seq "$ROUNDS"); do
    for threads in $THREADS; do
        while IFS=$tab read -r kind name command <&3; do
            [ ! -e "$t/failed" ] || ! grep -qxF "$name" "$t/failed" || continue
            measure "$round" "$threads" "$kind" "$name" "$command" && continue
            echo "peers: $name failed and is left out; it said: $(tail -n 1 "$t/log")" >&2
            [ "$kind" != ours ] || exit 1
            echo "$name" >>"$t/failed"
        done 3<"$t/peers"
    done
done

processor=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2>/dev/null | head -n 1)
{
    echo "processor$tab${processor:-unknown}"
    echo "cores$tab$cores"
    echo "corpus$tab$corpus, $(wc -w <"$t/text" | tr -d ' ') words, of which $tokens are in the vocabulary"
    echo "training${tab}size $SIZE, window $WINDOW, negative $NEGATIVE, sample $SAMPLE, min-count $MIN_COUNT, alpha $ALPHA, epochs $EPOCHS"
    echo "rounds$tab$ROUNDS, interleaved; medians"
    echo "OpenBLAS${tab}kernels for ${OPENBLAS_CORETYPE:-what it finds}, one thread for each thread of the trainer"
    echo "not the same${tab}fastText draws negatives with power 0.5, the others with 0.75, and always writes its vectors twice (.bin, .vec)"
} >"$t/facts"
[ ! -e "$t/failed" ] || echo "failed$tab$(paste -s -d , "$t/failed")" >>"$t/facts"

awk -F '\t' -v format="$FORMAT" -v words="$((tokens * EPOCHS))" '
    function median(list,    v, n, i, k, x) {
        n = split(list, v, " ")
        for (i = 2; i <= n; i++) {
            x = v[i] + 0
            for (k = i - 1; k >= 1 && v[k] + 0 > x; k--) v[k + 1] = v[k]
            v[k + 1] = x
        }
        return n ? (v[int((n + 1) / 2)] + v[int(n / 2) + 1]) / 2 : ""
    }
    function quoted(s, q) { gsub(/"/, q, s); return "\"" s "\"" }
    function begin(name, titles, units, widths,    i) {
        columns = split(titles, title, ","); split(units, unit, ","); split(widths, width, ","); row = 0
        if (format == "json") { printf "%s{\"table\": \"%s\", \"rows\": [", (tables++ ? ",\n" : "["), name; return }
        printf "%s%s%s\n", (tables++ ? "\n" : ""), (format == "csv" ? "# " : ""), name
        if (format == "text" && name == "peers") printf "%s", meaning
        for (i = 1; i <= columns; i++)
            if (format == "csv") printf "%s%s%s", (i > 1 ? "," : ""), title[i], (unit[i] == "" ? "" : " (" unit[i] ")")
            else printf "%*s ", width[i], title[i]
        printf "\n"
        if (format == "text" && name == "peers") { for (i = 1; i <= columns; i++) printf "%*s ", width[i], unit[i]; printf "\n" }
    }
    function cell(i, s, digits) {
        if (format == "json") {
            printf "%s\"%s\": ", (i > 1 ? ", " : (row++ ? "," : "") "\n {"), title[i]
            printf "%s", (s == "" ? "null" : digits < 0 ? quoted(s, "\\\"") : s + 0)
        } else if (format == "csv") printf "%s%s", (i > 1 ? "," : ""), (digits < 0 ? quoted(s, "\"\"") : s)
        else if (s == "") printf "%*s ", width[i], "-"
        else if (digits < 0) printf "%*s ", width[i], s
        else printf "%*.*f ", width[i], digits, s
        if (i == columns) printf "%s", (format == "json" ? "}" : "\n")
    }
    function ratio(a, b, n, value,    r, list) {     # of the values of programs a and b with n threads
        for (r = 1; r <= rounds; r++) if (value[a, n, r] && value[b, n, r]) list = list " " value[a, n, r] / value[b, n, r]
        return median(list)
    }
    BEGIN {
        meaning = "  seconds, end to end: from the start of the program to the end: reading, vocabulary, training, saving\n" \
            "  training: words of the vocabulary and epoch by the seconds of training alone\n" \
            "  how: told: by the program; derived: the seconds of a run with twice the epochs less those of this one\n" \
            "  x: how many times as fast as this program w2v.h is, with as many threads, taken within a round\n" \
            "  x exact: how many times as fast w2v.h -exact 1 is (training)\n"
    }
    FILENAME == ARGV[1] { fact[++facts] = $1; is[facts] = $2; next }
    {
        if (!seen[$1]++) name[++names] = $1
        if (!threaded[$2]++) thread[++counts] = $2
        if ($3 > rounds) rounds = $3
        whole[$1, $2, $3] = $4; rate[$1, $2, $3] = $5; how[$1] = $6
        wholes[$1, $2] = wholes[$1, $2] " " $4
        if ($5 != "") rates[$1, $2] = rates[$1, $2] " " $5
    }
    END {
        begin("conditions", "fact,value", ",", "-14,-8")
        for (i = 1; i <= facts; i++) { cell(1, fact[i], -1); cell(2, is[i], -1) }
        if (format == "json") printf "]}"
        begin("peers", "program,threads,seconds,end to end,training,how,x end to end,x training,x exact", \
              ",,s,M words/s,M words/s,,,,", "-24,7,8,10,10,8,12,10,8")
        for (k = 1; k <= counts; k++) for (i = 1; i <= names; i++) {
            p = name[i]; n = thread[k]
            if (wholes[p, n] == "") continue
            seconds = median(wholes[p, n])
            cell(1, p, -1); cell(2, n, 0); cell(3, seconds, 2); cell(4, words / seconds / 1e6, 3); cell(5, median(rates[p, n]), 3)
            cell(6, how[p], -1); cell(7, ratio(p, name[1], n, whole), 2); cell(8, ratio(name[1], p, n, rate), 2)
            cell(9, ratio(name[2], p, n, rate), 2)
        }
        if (format == "json") printf "]}]\n"
    }' "$t/facts" "$t/results"
