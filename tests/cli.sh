#!/bin/sh
# SPDX-License-Identifier: MIT-0
#
# cli.sh BUILD - the programs of examples/ as a person meets them: what they print, refuse and write
#
# RUN is a command that starts the programs, such as qemu. Lines with ": skipped: " name the checks that cannot run here.

b=$1
t=$b/cli.tmp
passed=0 failed=0 skipped=0 script=cli
. tests/checks.sh
rm -rf "$t"
mkdir -p "$t" || exit 1
absolute=$(cd "$b" && pwd)

# ------------------------------------------------------------------------------------------------------------
# Checks

# same_file NAME EXPECTED GOT: the contents of two files
same_file() { cmp -s "$2" "$3" && pass || fail "$1: expected the bytes of $2, got $(cmp "$2" "$3" 2>&1)"; }

# has NAME TEXT FILE: some line of the file contains the text
has() { grep -qF -- "$2" "$3" && pass || fail "$1: expected '$2', got '$(cat "$3")'"; }

# start PROGRAM ARGUMENTS...: its output goes to $t/out and $t/err, its status to $status
start() {
    program=$1
    shift
    $RUN "$b/$program" "$@" >"$t/out" 2>"$t/err" </dev/null
    status=$?
}

# works NAME PROGRAM ARGUMENTS...: status 0
works() {
    name=$1
    shift
    start "$@"
    [ $status = 0 ] && pass || fail "$name: expected status 0, got $status, '$(cat "$t/err")'"
}

# silent NAME PROGRAM ARGUMENTS...: status 0 and nothing on standard error
silent() {
    name=$1
    shift
    start "$@"
    same "$name" "0 ''" "$status '$(cat "$t/err")'"
}

# refuses STATUS TEXT PROGRAM ARGUMENTS...: that status, one line on standard error with the text in it, no other
# output and no file $t/vec
refuses() {
    want=$1 text=$2
    shift 2
    start "$@"
    if [ $status = "$want" ] && [ "$(wc -l <"$t/err")" = 1 ] && grep -qF -- "$text" "$t/err" && [ ! -s "$t/out" ] &&
        ! ls "$t" | grep -q '^vec'; then
        pass
    else
        fail "refusal of $*: expected status $want and '$text', got $status and '$(cat "$t/err")'"
        rm -f "$t"/vec*
    fi
}

# launch PROGRAM ARGUMENTS...: in the background, as process $pid. Background jobs ignore Ctrl-C, but this one must not.
signals=INT,HUP
launch() {
    program=$1
    shift
    rm -f "$t/out" "$t/err" # what another process writes stays out of them
    env --default-signal=$signals $RUN "$b/$program" "$@" >"$t/out" 2>"$t/err" </dev/null &
    pid=$!
}
can_launch=
env --default-signal=INT true 2>/dev/null && can_launch=1

is_open() { ls -l "/proc/$1/fd" | grep -qF "$2"; }

# ends NAME STATUS: waits for process $pid
ends() {
    wait $pid
    same "$1" "$2" $?
}

# ------------------------------------------------------------------------------------------------------------
# -help, wrong usage, wrong values

# a corpus of two topics, in two blocks of W2V_BLOCK_BYTES
awk 'BEGIN {
    for (i = 0; i < 3000; i++) {
        topic = i % 2 ? "a" : "b"
        line = ""
        for (k = 0; k < 8; k++) line = line topic (i * 7 + k * k * 3 + int(i / 5)) % 20 " "
        print line
    }
}' >"$t/text"
train="-train $t/text -size 20 -min-count 1 -threads 1 -iter 2 -sample 0 -alpha 0.05 -cbow 0 -hs 0"
w="word2vec -train $t/text -output $t/vec"
printf '3 2\ngood 1 0\nbad 0 1\nfilm 0.5 0.5\n' >"$t/three"

for p in minimal rounds query convert evaluate word2vec phrases demo plot curves cs224n sentiment explain; do
    for option in -help --help -h; do
        start $p $option
        same "$p $option" "0 'usage: $p' ''" "$status '$(head -n 1 "$t/out" | cut -c "1-$((7 + ${#p}))")' '$(cat "$t/err")'"
    done
done
version=$(sed -n 's/^#define W2V_VERSION "\(.*\)"$/\1/p' w2v.h)
for p in minimal rounds query convert evaluate word2vec phrases demo plot curves cs224n sentiment explain; do
    for option in -version --version; do
        start $p $option
        same "$p $option" "0 '$p $version' ''" "$status '$(cat "$t/out")' '$(cat "$t/err")'"
    done
done
same "the examples to copy include only w2v.h" '#include "w2v.h"' \
    "$(cat examples/minimal.c examples/query.c examples/phrases.c | grep '#include "' | sort -u)"
same "evaluate and word2vec include only w2v.h, cli.h and pictures" '#include "cli.h",#include "curves.h",#include "map.h",#include "w2v.h",' \
    "$(cat examples/evaluate.c examples/word2vec.c | grep '#include "' | sort -u | tr '\n' ',')"

works "word2vec -fields" word2vec -fields
same "the options in examples/README.md" "$(cat "$t/out")" "$(sed -n '/^| `dim`/,$s/ [^|]*|$//p' examples/README.md)"

refuses 2 "word2vec: -train FILE is missing" word2vec
refuses 2 "-train FILE is missing" word2vec -output "$t/vec"
refuses 2 "-output FILE is missing" word2vec -train "$t/text"
refuses 2 "unknown option '-speed'" $w -speed 9
refuses 2 "-size needs a value" $w -size
refuses 2 "query: the name of a vector file is missing" query
refuses 2 "query: unknown option '-speed'" query -speed 9 "$t/three"
refuses 2 "query: -n takes a whole number, not 'many'" query -n many "$t/three" good
refuses 2 "query: -n takes a number of at most 1000, not 1001" query -n 1001 "$t/three" good
refuses 2 "query: -n needs a value" query -n
refuses 2 "query: -lenient takes a number of at most 1, not 2" query -lenient 2 "$t/three" good
refuses 2 "query: -analogy takes a number of at most 1, not 2" query -analogy 2 "$t/three" good
refuses 2 "query: -format takes auto, text, binary, glove, tsv, npy, safetensors, fasttext, native, float16 or int8, not 'pdf'" query -format pdf "$t/three" good
refuses 2 "query: -threshold takes a number, not 'high'" query -threshold high "$t/three" good
refuses 2 "evaluate: a vector file and a folder, files or a number are needed" evaluate "$t/three"
refuses 2 "evaluate: unknown option '-speed'" evaluate -speed 9 "$t/three" "$t"
refuses 2 "evaluate: -top needs a value" evaluate -top
refuses 2 "evaluate: -method takes add or mul, not 'sub'" evaluate -method sub "$t/three" "$t"
refuses 2 "evaluate: -case takes exact or lower, not 'upper'" evaluate --case upper "$t/three" "$t"
refuses 2 "evaluate: -kind takes auto, analogies or pairs, not 'words'" evaluate -kind words "$t/three" "$t"
refuses 2 "evaluate: -column takes a number of at least 3, not 2" evaluate -column 2 "$t/three" "$t"
refuses 2 "evaluate: -column takes a number of at most 64, not 65" evaluate -column 65 "$t/three" "$t"
refuses 2 "evaluate: -threads takes a number of at least 1" evaluate -threads 0 "$t/three" "$t"
refuses 2 "evaluate: -skip-variants takes a number of at most 1, not 2" evaluate -skip-variants 2 "$t/three" "$t"
refuses 1 "components must be at most 2, the numbers of a vector, not 3" evaluate -remove-top 3 "$t/three" "$t"
refuses 1 "cannot open '$t/none'" evaluate "$t/none" "$t"
refuses 1 "cannot open '$t/none'" evaluate "$t/three" "$t/none"
refuses 2 "usage: minimal CORPUS WORD" minimal
refuses 2 "demo: unknown option 'folder'" demo folder
refuses 2 "plot: the name of a vector file is missing" plot
refuses 2 "plot: unknown option '-speed'" plot -speed 9 "$t/three"
refuses 2 "plot: -n takes a number of at most 1000, not 1001" plot -n 1001 "$t/three"
refuses 2 "cs224n: the path of datasetSentences.txt is missing" cs224n
refuses 2 "plot: -map 1 draws the most frequent words, and none that are named" plot -map 1 "$t/three" good
refuses 2 "plot: -groups takes a number of at most 20, not 21" plot -groups 21 "$t/three"
refuses 2 "plot: -groups must be at least 1" plot -groups 0 "$t/three"
refuses 2 "curves: the name of a file of losses is missing" curves
refuses 2 "curves: -score takes a number, not 'good'" curves -score good "$t/three"
refuses 1 "curves: '$t/three' has no column whose name ends in 'loss'" curves "$t/three"
refuses 2 "cs224n: -loss takes negative, softmax, FILE.csv or FILE.svg, not 'cosine'" cs224n x --loss cosine
refuses 2 "cs224n: optimizer takes sgd, momentum, adam, adamw or adagrad, not 'newton'" cs224n x -optimizer newton
refuses 2 "cs224n: beta1 must be between 0 and 0.999999999, not 1" cs224n x -beta1 1
refuses 2 "cs224n: -size must be at least 1" cs224n x -size 0
refuses 2 "cs224n: -dropout must be between 0 and 0.99, not 1" cs224n x -dropout 1
refuses 2 "cs224n: unknown option '-checkpoint'" cs224n x -checkpoint y
refuses 2 "cs224n: unknown option '-speed'" cs224n x -speed 9
refuses 2 "sentiment: unknown option '-speed'" sentiment -speed 9 x y z
for option in "-resume 1" "-checkpoint-every 5" "-checkpoint_every 5"; do
    refuses 2 "sentiment: unknown option '${option% *}': there is no checkpoint here" sentiment $option "$t/three" y z
done
refuses 2 "rounds: unknown option '-speed'" rounds -speed 9 x y
refuses 2 "sentiment: VECTORS, datasetSentences.txt and sentence_labels.tsv must be given" sentiment

# wrong words and values of explain; test_explain.c has the rest
x="explain -loss"
refuses 2 "explain: unknown option '-speed'" explain -speed 9
refuses 2 "explain: a sentence and a word of it are needed" explain "a b c"
refuses 2 "explain: -loss takes negative, softmax or hierarchical, not 'cosine'" $x cosine
refuses 2 "explain: -cbow takes a number of at most 1, not 2" explain -cbow 2
refuses 2 "explain: -window must be at least 1" explain -window 0
refuses 2 "explain: -size must be at least 1" explain -size 0
refuses 2 "explain: -alpha takes a number, not 'fast'" explain -alpha fast
refuses 2 "explain: -alpha must be between 0 and 100, not nan" explain -alpha nan
refuses 2 "explain: -spacing must be between 1e-08 and 1, not 0" explain -spacing 0
refuses 2 "explain: negatives need -loss negative" $x softmax -negative 3
refuses 2 "explain: -negatives names 3 words, not the 2 of -negative" explain -negative 2 -negatives "d b d"
refuses 2 "explain: -outside chooses a pair, and with -cbow 1 there is only one" explain -cbow 1 -outside a
refuses 2 "explain: -size is that of the model" explain -size 3 -model "$t/three"
refuses 1 "explain: 'dog' is not in the sentence" explain "the cat sat on the mat" dog
refuses 1 "explain: 'cat' has no window: a sentence needs a second word" explain cat cat
refuses 1 "explain: the sentence has no words" explain " " cat
refuses 1 "explain: there are no negatives: the vocabulary has one word only" explain "cat cat" cat
refuses 1 "explain: 'f' is not in the window" explain -outside f "a b c d e f" a
refuses 1 "explain: the negative 'f' is not a word of the vocabulary" explain -negatives "d f"
refuses 1 "explain: '$t/three' has one vector for each word, but two are needed" explain -model "$t/three" "good bad" bad

# micro has no header, and so no version
for option in "" -help --version; do
    refuses 2 "micro: usage: micro CORPUS WORD..." micro $option
done

# numbers, and sentences of w2v.h with the option in place of the field
refuses 2 "word2vec: -size must be between 1 and 65536, not 0" $w -size 0
refuses 2 "word2vec: -window must be between 1 and 1000, not 0" $w -window 0
refuses 2 "word2vec: -threads must be between 1 and 1024, not 0" $w -threads 0
refuses 2 "word2vec: -iter must be between 1 and 1000000, not 0" $w -iter 0
refuses 2 "word2vec: -negative must be between 0 and 1000, not 5000" $w -negative 5000
refuses 2 "word2vec: -sample must be between 0 and 1, not -1" $w -sample -1
refuses 2 "word2vec: -ns-exponent must be between -10 and 10, not 11" $w -ns-exponent 11
refuses 2 "word2vec: -alpha must be above 0 and at most 100, not -0.5" $w --alpha -0.5
refuses 2 "-size takes a whole number, not '-5'" $w -size -5
refuses 2 "-size takes a whole number, not 'big'" $w -size big
refuses 2 "-window takes a whole number, not '5x'" $w -window 5x
refuses 2 "-iter must be between 1 and 1000000, not 99999999999999999999" $w -iter 99999999999999999999
refuses 2 "-alpha takes a number, not 'fast'" $w -alpha fast
refuses 2 "-sample takes a number, not 'nan'" $w -sample nan
refuses 2 "-alpha must be above 0 and at most 100, not 1e300" $w -alpha 1e300
refuses 2 "-binary takes a number of at most 1, not 2" $w -binary 2
refuses 2 "-long-words takes skip or refuse, not 'cut'" $w -long-words cut
refuses 2 "-cbow takes 0 or 1, not '2'" $w -cbow 2
refuses 2 "-hs takes a number of at most 1, not 2" $w -hs 2
refuses 2 "-alpha must be above 0 and at most 100, not -1" $w -alpha -1
refuses 2 "-hs 1 and -softmax 1 exclude each other" $w -hs 1 -softmax 1
refuses 2 "-exact 1 and -fast 1 exclude each other" $w -exact 1 -fast 1
refuses 2 "-exact 1 shares no samples" $w -exact 1 -span 4
refuses 2 "-checkpoint needs -output FILE" word2vec -train "$t/text" -save-vocab "$t/only" -checkpoint "$t/point"
refuses 2 "-negative must be between 1 and 1000, not 0" $w -negative 0 -softmax 0
refuses 2 "-window-shape takes shrinking, full or weighted, not 'round'" $w -window-shape round
refuses 2 "-output-vectors needs negative samples" $w -hs 1 -negative 0 -output-vectors "$t/vec2"
refuses 2 "-classes takes a whole number, not '-1'" $w -classes -1
refuses 1 "-classes 100 is more than the 40 words of the vocabulary" $w -classes 100 -min-count 1
refuses 1 "cannot open 'words': No such file" $w -read-vocab words
refuses 2 "-resume 1 needs -checkpoint FILE" $w -resume 1
refuses 2 "-patience needs -valid FILE" $w -patience 2
refuses 2 "-checkpoint-every must be between 0 and 1e+09, not -1" $w -checkpoint-every -1

# ------------------------------------------------------------------------------------------------------------
# Files that cannot be read or written

: >"$t/empty"
printf 'every word once only' >"$t/once"
printf 'ends in a \000 byte' >"$t/nul"
printf '\037\213\010\000\000\000\000\000\000\003' >"$t/gz"
refuses 1 "cannot open '$t/none': No such file" word2vec -train "$t/none" -output "$t/vec"
refuses 1 "'$t/empty' has no words" word2vec -train "$t/empty" -output "$t/vec"
refuses 1 "cannot read '$t': it is a directory" word2vec -train "$t" -output "$t/vec"
refuses 1 "no word of '$t/once' occurs 5 times: use a smaller -min-count" word2vec -train "$t/once" -output "$t/vec"
refuses 1 "'$t/nul' line 1, byte 10: a NUL byte" word2vec -train "$t/nul" -output "$t/vec"
refuses 1 "'$t/gz' is compressed by gzip: unpack it with gunzip" word2vec -train "$t/gz" -output "$t/vec"
refuses 1 "'$t/gz' is compressed by gzip: unpack it with gunzip" query "$t/gz" king
refuses 1 "cannot write '$t/no/vec': No such file" word2vec -train "$t/text" -output "$t/no/vec"
refuses 1 "cannot write '$t': Is a directory" word2vec -train "$t/text" -output "$t"
refuses 1 "cannot write '$t/no/words': No such file" $w -save-vocab "$t/no/words"
refuses 1 "cannot open '$t/none'" query "$t/none" king
refuses 1 "neither a header" query "$t/text" king
refuses 1 "cannot open '$t/none'" minimal "$t/none" king
refuses 1 "micro: cannot open $t/none" micro "$t/none" king
refuses 1 "micro: no two different words occur 5 times in $t/empty" micro "$t/empty" king
refuses 1 "micro: no two different words occur 5 times in $t/once" micro "$t/once" every
refuses 1 "micro: rare or unknown: c1" micro "$t/text" a1 c1
refuses 1 "cannot write to the folder '$t/no': No such file" demo -output "$t/no"
refuses 1 "cannot write to '$t/text': it is not a folder" demo --output "$t/text"
refuses 1 "cannot write to the folder '$t/no': No such file" plot -output "$t/no" "$t/three"
refuses 1 "cannot write to the folder '$t/no': No such file" cs224n --output "$t/no" "$t/text"
refuses 2 "-output takes a name of 1 to 1000 bytes, not one of 1001" cs224n "$t/text" --output "$(printf %01001d 0)"
refuses 2 "-output takes a name of 1 to 1000 bytes, not one of 0" plot -output "" "$t/three"

# one file for two purposes
refuses 2 "-train and -output are the same file, '$t/text'" word2vec -train "$t/text" -output "$t/text"
refuses 2 "-train and -output are the same file, '$t/text'" word2vec -train "$t/text" -output "$t/./text"
refuses 2 "-train and -save-vocab are the same file, '$t/text'" $w -save-vocab "$t/../cli.tmp/text"
refuses 2 "-output and -save-vocab are the same file, '$t/vec'" $w -save-vocab "$t/vec"
refuses 2 "-output and -save-vocab are the same file, '$t/vec'" $w -save-vocab "$t/.//vec"
ln -s text "$t/link"
refuses 2 "-train and -output are the same file, '$t/text'" word2vec -train "$t/text" -output "$t/link"

# ------------------------------------------------------------------------------------------------------------
# Training

silent "-debug 0" word2vec $train -output "$t/one" -binary 1 -debug 0 -save-vocab "$t/words"
works "options with two dashes" word2vec $train --output "$t/two" --binary 1
same_file "the same seed, the same file" "$t/one" "$t/two"
same "training prints nothing on standard output" "" "$(cat "$t/out")"
grep -q 'training 100%.*words/s.*alpha' "$t/err" && pass || fail "progress: expected 'training 100%', got '$(cat "$t/err")'"
works "-seed" word2vec $train -output "$t/seven" -binary 1 -debug 0 -seed 7
cmp -s "$t/one" "$t/seven" && fail "another seed, another file: expected other bytes, got the same" || pass
# the file depends on the lanes, not on the threads
seq 200000 | awk '{ printf "%d%s", $1 * 7919 % 1009 % 97, NR % 12 ? " " : "\n" }' >"$t/blocks"
for lanes in 1 2; do
    for n in 1 2 5; do
        works "-lanes $lanes, $n threads" word2vec -train "$t/blocks" -size 20 -output "$t/lanes$lanes-$n" -binary 1 -debug 0 \
            -lanes $lanes -threads $n
    done
    same_file "$lanes lanes, two threads, the same file" "$t/lanes$lanes-1" "$t/lanes$lanes-2"
    same_file "$lanes lanes, five threads, the same file" "$t/lanes$lanes-1" "$t/lanes$lanes-5"
done
cmp -s "$t/lanes1-1" "$t/lanes2-1" && fail "other lanes, another file: expected other bytes, got the same" || pass
refuses 2 "-lanes must be between 1 and 64, not 0" $w -lanes 0
refuses 2 "-lanes must be between 1 and 64, not 65" $w -lanes 65
# several texts, standard input and a pipe: the same bytes as one file
all="-size 20 -min-count 1 -sample 0 -threads 1 -binary 1 -debug 0"
head -n 3 "$t/text" >"$t/part1"
tail -n +4 "$t/text" >"$t/part2"
works "one text" word2vec -train "$t/text" $all -output "$t/whole"
works "two texts" word2vec -train "$t/part1" -train "$t/part2" $all -output "$t/parts"
same_file "two texts, the same file" "$t/whole" "$t/parts"
$RUN "$b/word2vec" -train - $all -output "$t/piped" <"$t/text" 2>"$t/err" && pass || fail "-train -: $(cat "$t/err")"
same_file "standard input, the same file" "$t/whole" "$t/piped"
mkfifo "$t/fifo"
cat "$t/text" >"$t/fifo" &
works "a FIFO" word2vec -train "$t/fifo" $all -output "$t/fifod"
same_file "a FIFO, the same file" "$t/whole" "$t/fifod"
$RUN "$b/word2vec" -train "$t/text" $all -binary 0 -output "$t/whole.txt" 2>"$t/err"
$RUN "$b/query" "$t/whole.txt" a0 >"$t/out"
cat "$t/whole.txt" | $RUN "$b/query" /dev/stdin a0 >"$t/out2" 2>&1
same_file "vectors through a pipe" "$t/out" "$t/out2"

# a vocabulary that is read, a loss, and going on
works "-save-vocab" word2vec -train "$t/text" $all -output "$t/whole" -save-vocab "$t/counts"
works "-save-vocab without -output" word2vec -train "$t/text" $all -save-vocab "$t/counts_only"
same_file "counts the same words" "$t/counts" "$t/counts_only"
works "-read-vocab" word2vec -train "$t/text" $all -output "$t/read" -read-vocab "$t/counts" -save-vocab "$t/counts2"
same_file "-read-vocab, the same words" "$t/counts" "$t/counts2"
same_file "-read-vocab, the same file" "$t/whole" "$t/read"
printf 'tea 5\ntea\n' >"$t/badcounts"
refuses 1 "'$t/badcounts' line 2 is not a word and its count: 'tea'" $w -read-vocab "$t/badcounts"
works "three epochs" word2vec -train "$t/text" $all -output "$t/whole3" -iter 3
works "-valid and -loss" word2vec -train "$t/text" $all -output "$t/valid" -valid "$t/part1" -loss "$t/loss.csv" -iter 3
same "the head of the losses" "words,epoch,alpha,loss,valid_loss" "$(head -n 1 "$t/loss.csv")"
grep -qE '^[0-9]+,2,[0-9.e-]+,[0-9.]+,[0-9.]+$' "$t/loss.csv" && pass || fail "losses: got '$(cat "$t/loss.csv")'"
# of 3 epochs each line has the one that its words are of: 0 up to a third of all words, ...
same "the epochs of the losses" "" "$(awk -F, 'NR > 1 { words[NR] = $1; epoch[NR] = $2 }
    END { for (i = 2; i <= NR; i++) if (epoch[i] != int((words[i] - 1) * 3 / words[NR])) print words[i], epoch[i] }' "$t/loss.csv")"
if [ -c /dev/full ]; then
    mkdir "$t/full_plots"
    $RUN "$b/plot" -output "$t/full_plots" "$t/one" >/dev/full 2>"$t/err"
    same "output on a full disk" "1 plot: cannot write to standard output: No space left on device" "$? $(cat "$t/err")"
    start word2vec -train "$t/text" $all -output "$t/full" -iter 3 -loss /dev/full
    same "-loss on a full disk: status" 1 $status
    same "-loss on a full disk" "word2vec: cannot write '/dev/full': No space left on device" "$(cat "$t/err")"
    same_file "-loss on a full disk: the vectors are saved" "$t/whole3" "$t/full"
else
    skip 4 "a full disk: there is no /dev/full"
fi
yes 'a b c d' | head -c 1000000 >"$t/long"
$RUN "$b/word2vec" -train - -output "$t/vec" -min-count 1 -corpus-memory 1 -debug 0 <"$t/long" 2>"$t/err"
same "a pipe that does not fit: status" 1 $?
same "a pipe that does not fit" "word2vec: 'standard input' can be read only once, and the ids of its words need more than \
-corpus-memory, 1048576 bytes: write it to a file, or raise the limit" "$(cat "$t/err")"
refuses 1 "'standard input' has no words" word2vec -train - -output "$t/vec"
printf 'nobody knows\n' >"$t/unknown"
refuses 1 "'$t/unknown' has no word of the vocabulary" $w -valid "$t/unknown"
for every in 600 0; do # a checkpoint that is due at the end of an epoch does not take the place of a validation
    rm -f "$t/point"
    works "-valid, -loss and -checkpoint-every $every" word2vec -train "$t/text" $all -output "$t/valid" -valid "$t/part1" \
        -loss "$t/loss$every.csv" -iter 3 -checkpoint "$t/point" -checkpoint-every $every -debug 1
    same "validations with -checkpoint-every $every" 3 "$(grep -c 'held out' "$t/err")"
done
# (the clock decides which rows an epoch has besides its end)
ends_of_epochs() { awk -F, '$5 != "" { print $1, $2, $3, $5 }' "$1"; }
same "ends of epochs with and without checkpoints" "$(ends_of_epochs "$t/loss600.csv")" "$(ends_of_epochs "$t/loss0.csv")"
cp "$t/valid" "$t/best"
works "resumed at the end" word2vec -train "$t/text" $all -output "$t/valid" -valid "$t/part1" -iter 3 \
    -checkpoint "$t/point" -resume 1
same_file "resumed at the end: the best vectors" "$t/best" "$t/valid"
# (which forgets the best vectors)
works "resumed without -valid" word2vec -train "$t/text" $all -output "$t/valid" -iter 3 -checkpoint "$t/point" -resume 1
rm -f "$t/point"
refuses 2 "'standard input' can be read only once: write it to a file" word2vec -train - $all -output "$t/vec" -continue "$t/whole"
mkfifo "$t/unread"
refuses 2 "'$t/unread' can be read only once: write it to a file" word2vec -train "$t/unread" $all -output "$t/vec" -continue "$t/whole"
refuses 2 "-freeze 1 needs -continue FILE" $w -freeze 1
refuses 2 "-size is 7, and the vectors in '$t/whole' have 20 numbers" word2vec -train "$t/text" -size 7 -output "$t/vec" -continue "$t/whole"
works "-continue takes its size from the vectors" word2vec -train "$t/text" -min-count 1 -sample 0 -output "$t/sized" -continue "$t/whole"
same "-continue: the size of the vectors" 20 "$(head -n 1 "$t/sized" | cut -d ' ' -f 2)"
refuses 1 "-vocab-limit reads a text twice" word2vec -train /dev/null $all -output "$t/vec" -vocab-limit 9
works "-patience" word2vec -train "$t/text" $all -output "$t/patient" -valid "$t/part1" -patience 1 -alpha 0.3 \
    -alpha-least 0.3 -iter 500 -debug 1
[ "$(grep -c 'held out' "$t/err")" -lt 500 ] && pass || fail "-patience: expected fewer than 500 epochs"
$RUN "$b/word2vec" -train "$t/part1" -size 20 -min-count 1 -sample 0 -threads 1 -output "$t/patient" -valid "$t/part1" -iter 300 \
    -alpha 2 -alpha-least 2 2>"$t/err"
same "-valid and a divergence" "1 the vectors with the lowest held-out loss are in '$t/patient'" "$? $(sed -n 's/.*stopped at [0-9]* %: //p' "$t/err")"
works "the vectors of -valid and a divergence" convert "$t/patient" "$t/patient.txt"
works "a checkpoint to go on from" word2vec -train "$t/text" $all -output "$t/begun" -checkpoint "$t/point"
printf 'new words are new words\nwords are new\n' >"$t/more"
refuses 2 "-checkpoint and -continue are the same file, '$t/point'" \
    word2vec -train "$t/more" $all -output "$t/more.vec" -continue "$t/point" -checkpoint "$t/point" -freeze 1
works "-continue" word2vec -train "$t/more" $all -output "$t/more.vec" -continue "$t/point" -freeze 1 -save-vocab "$t/counts"
grep -q '^new 3$' "$t/counts" && pass || fail "-continue: expected the word new, got '$(cat "$t/counts")'"
works "-continue with vectors" word2vec -train "$t/more" $all -output "$t/more.vec" -continue "$t/whole"
# what differs is named by the options that were typed, with their words
made="the checkpoint '$t/point' was made with"
refuses 1 "$made -window 5, not 3" $w $all -checkpoint "$t/point" -resume 1 -window 3
refuses 1 "$made -iter 5, not 6" $w $all -checkpoint "$t/point" -resume 1 -iter 6
refuses 1 "$made -cbow 1, not -cbow 0" $w $all -checkpoint "$t/point" -resume 1 -cbow 0
refuses 1 "$made -hs 0, not -hs 1 -negative 0" $w $all -checkpoint "$t/point" -resume 1 -hs 1 -negative 0
refuses 1 "$made -hs 0, not -softmax 1" $w $all -checkpoint "$t/point" -resume 1 -softmax 1
refuses 1 "$made -window-shape shrinking, not weighted" \
    $w $all -checkpoint "$t/point" -resume 1 -window-shape weighted
refuses 1 "$made -exact 1, not -exact 0" $w $all -checkpoint "$t/point" -resume 1 -span 4
refuses 1 "$made -lanes 4, not 3" $w $all -checkpoint "$t/point" -resume 1 -lanes 3

# killed and resumed: the same bytes
awk 'BEGIN { srand(5); for (i = 0; i < 40000; i++) { for (k = 0; k < 12; k++) printf "%d ", 3000 * rand() ^ 3; print "" } }' >"$t/long"
for lanes in 1 3; do
    long="-train $t/long -size 30 -lanes $lanes -iter 3 -binary 1 -debug 0"
    works "not stopped, $lanes lanes" word2vec $long -output "$t/whole"
    rm -f "$t/point"
    for moment in 0.1 0.3 0.2 0.4; do
        $RUN "$b/word2vec" $long -output "$t/killed" -checkpoint "$t/point" -checkpoint-every 0 -resume 1 2>"$t/err" &
        sleep $moment
        kill -9 $! 2>/dev/null
        wait $! 2>/dev/null
    done
    works "resumed, $lanes lanes" word2vec $long -output "$t/killed" -checkpoint "$t/point" -resume 1
    same_file "killed and resumed, $lanes lanes: the same file" "$t/whole" "$t/killed"
done
rm -f "$t"/vec* "$t"/point* "$t"/killed.*.part "$t/long" # what is killed while it saves leaves its temporary file

# the options of word2phrase
for i in $(seq 30); do echo "she moved to new york in may $i"; done >"$t/cities"
works "a script of word2phrase" phrases -train "$t/cities" -output "$t/joined" -min-count 5 -threshold 4 -debug 2
same "joined words" "she_moved to_new york_in may 7" "$(sed -n 7p "$t/joined")"
works "phrases -save" phrases -train "$t/cities" -output "$t/joined" -threshold 4 -save "$t/pairs" -connectors "to" -passes 2 -debug 0
works "phrases -apply" phrases -train "$t/cities" -output "$t/joined2" -apply "$t/pairs" -debug 0
same "no file of a pass is left" "$t/joined $t/joined2" "$(echo "$t"/joined*)"
refuses 2 "-train FILE is missing" phrases
refuses 2 "unknown option '-speed'" phrases -speed 1
refuses 2 "-passes must be between 1 and 10, not 0" phrases -train "$t/cities" -output "$t/vec" -passes 0
for path in "$t/cities" "$t/./cities" "$t/linked"; do
    ln -sf cities "$t/linked"
    refuses 2 "-train and -output are the same file" phrases -train "$t/cities" -output "$path"
    refuses 2 "-train and -save are the same file" phrases -train "$t/cities" -output "$t/vec" -save "$path"
done
refuses 2 "-threshold and -apply exclude each other" phrases -train "$t/cities" -output "$t/vec" -apply "$t/pairs" -threshold 3
refuses 2 "threshold must be between -1 and 1, not 100" phrases -train "$t/cities" -output "$t/vec" -score npmi -threshold 100
refuses 2 "threads must be between 1 and 1024, not 0" phrases -train "$t/cities" -output "$t/vec" -threads 0
refuses 2 "the delimiter must be 1 to" phrases -train "$t/cities" -output "$t/vec" -delimiter ''
refuses 2 "-save and -output are the same file" phrases -train "$t/cities" -output "$t/vec" -save "$t/./vec"
refuses 2 "-apply and -output are the same file" phrases -train "$t/cities" -output "$t/pairs" -apply "$t/./pairs"
refuses 1 "cannot write '$t/no/pairs'" phrases -train "$t/cities" -output "$t/vec" -save "$t/no/pairs"
same "what was refused is unharmed" "30 w2v-phrases" "$(grep -c . "$t/cities") $(head -c 11 "$t/pairs")"
# a user's files of such names stay, and none of ours, also not after a failure or a signal in the second pass
echo mine >"$t/joined.pass1"
echo mine >"$t/joined.pass3"
three="phrases -train $t/cities -output $t/joined -threshold 4 -debug 0 -passes 3"
works "phrases -passes 3" $three -save "$t/joined.pass2"
same "phrases -passes 3: what a user has" "mine mine w2v-phrases" \
    "$(cat "$t/joined.pass1" "$t/joined.pass3" | tr '\n' ' ')$(head -c 11 "$t/joined.pass2")"
same "phrases -passes 3: no file of a pass is left" "$t/joined.pass1 $t/joined.pass2 $t/joined.pass3" "$(echo "$t"/joined.*)"
rm "$t"/joined.*
if [ -c /dev/full ]; then
    ln -s /dev/full "$t/joined.full"
    start phrases -train "$t/cities" -output "$t/joined.full" -debug 0 -passes 2
    same "a second pass that fails leaves no file" "1 $t/joined.full" "$status $(echo "$t"/joined.*)"
    rm "$t/joined.full"
else
    skip 1 "a second pass that fails: there is no /dev/full"
fi
if [ $can_launch ]; then
    mkfifo "$t/joined.fifo" # which nobody reads
    launch phrases -train "$t/cities" -output "$t/joined.fifo" -debug 0 -passes 2
    until_true test -f "$t/joined.fifo.pass1"
    kill -INT $pid
    ends "Ctrl-C in the second pass" 130
    same "Ctrl-C in the second pass leaves no file" "$t/joined.fifo" "$(echo "$t"/joined.*)"
else
    skip 2 "Ctrl-C in the second pass: env has no --default-signal"
fi
# the text is read for the phrases, and then to join them
cat "$t/cities" | $RUN "$b/phrases" -train /dev/stdin -output "$t/vec" -debug 0 2>"$t/err"
same "phrases of a pipe" "2 phrases: the text is read twice, and '/dev/stdin' can be read only once: write it to a file" \
    "$? $(cat "$t/err")"
same "phrases of a pipe writes nothing" "" "$(ls "$t" | grep '^vec')"
works "phrases -threshold 4 -save" phrases -train "$t/cities" -output "$t/joined" -threshold 4 -save "$t/pairs" -debug 0
cat "$t/cities" | $RUN "$b/phrases" -train /dev/stdin -output "$t/joined2" -apply "$t/pairs" -debug 0
same_file "phrases -apply reads a pipe" "$t/joined" "$t/joined2"
refuses 1 "cannot open" phrases -train "$t/nothing" -output "$t/vec"
refuses 1 "is not a file of w2v_phrases_save" phrases -train "$t/cities" -output "$t/vec" -apply "$t/cities"
rm -f "$t"/joined* "$t/pairs" "$t/cities" "$t/linked"

# a script for the original program, whose defaults are CBOW and its learning rate
works "a script of the original" word2vec -train "$t/text" -output "$t/script" -cbow 1 -size 200 -window 8 \
    -negative 25 -hs 0 -sample 1e-4 -threads 20 -binary 1 -iter 15
same "its vectors" "40 200" "$(head -n 1 "$t/script" | tr -d '\0')"
models="-train $t/text -size 20 -min-count 1 -threads 1 -iter 2 -sample 0 -debug 0"
works "the default" word2vec $models -output "$t/model_1"
works "-cbow 1 -alpha 0.05" word2vec $models -output "$t/model_2" -cbow 1 -alpha 0.05
same_file "-cbow 1 -alpha 0.05 is the default" "$t/model_1" "$t/model_2"
works "-cbow 0" word2vec $models -output "$t/model_8" -cbow 0 -output-vectors "$t/model_9"
works "-cbow 0 -alpha 0.025" word2vec $models -output "$t/model_2" -cbow 0 -alpha 0.025
same_file "-cbow 0 has another learning rate" "$t/model_8" "$t/model_2"
works "-hs 1" word2vec $models -output "$t/model_3" -hs 1
works "-hs 1 -negative 0" word2vec $models -output "$t/model_4" -hs 1 -negative 0
works "-softmax 1" word2vec $models -output "$t/model_5" -softmax 1
works "-window-shape full" word2vec $models -output "$t/model_6" -window-shape full
works "-cbow-undivided 0" word2vec $models -output "$t/model_7" -cbow-undivided 0
same "eight models, eight files" 8 "$(for i in 1 3 4 5 6 7 8 9; do cksum <"$t/model_$i"; done | sort -u | wc -l)"
same "output vectors have the words of the input vectors" "$(cut -d ' ' -f 1 "$t/model_8")" "$(cut -d ' ' -f 1 "$t/model_9")"
works "-classes" word2vec $models -output "$t/model_10" -classes 7
same "classes: the words of the vectors, with numbers below 7" "$(tail -n +2 "$t/model_1" | cut -d ' ' -f 1)" \
    "$(awk 'NF == 2 && $2 ~ /^[0-6]$/ { print $1 }' "$t/model_10")"
same "seven classes" 7 "$(cut -d ' ' -f 2 "$t/model_10" | sort -u | wc -l)"
rm -f "$t"/model_*

works "-fast" word2vec $train -output "$t/fast" -debug 0 -fast 1 -threads 2
works "-exact" word2vec $train -output "$t/exact" -debug 0 -exact 1 -threads 2
same "the header of the vectors" "40 20" "$(head -n 1 "$t/exact")"
same "the vocabulary file" "</s> 0, 41 lines" "$(head -n 1 "$t/words"), $(wc -l <"$t/words") lines"
works "-corpus-memory" word2vec $train -output "$t/streamed" -binary 1 -debug 0 -corpus-memory 1
same_file "-corpus-memory gives the same file" "$t/one" "$t/streamed"
refuses 1 "training diverged: the" word2vec $train -debug 0 -output "$t/diverged" -alpha 100
same "nothing is saved of what has diverged" "" "$(ls "$t" | grep diverged)"

# success only where something was learned
refuses 2 "-negative must be between 1 and 1000, not 0" $w -min-count 1 -debug 0 -negative 0
refuses 2 "-alpha must be above 0 and at most 100, not 0" $w -min-count 1 -debug 0 -alpha 0
refuses 1 "word2vec: -sample 1e-12 keeps nothing of '$t/text' to train on" $w -min-count 1 -debug 0 -sample 1e-12
for i in $(seq 50); do printf 'the cat sat on the mat\nthe dog sat on the rug\n'; done >"$t/tiny"
works "a tiny corpus" word2vec -train "$t/tiny" -output "$t/tiny_vectors" -threads 1 -debug 0
grep -q '^word2vec: only [0-9.]* % of the words were trained on: -sample 0.001 .*; -sample 0 keeps all$' "$t/err" && pass ||
    fail "a tiny corpus is warned about: expected 'only N % of the words were trained on', got '$(cat "$t/err")'"
silent "-sample 0 needs no warning" word2vec -train "$t/tiny" -output "$t/tiny_vectors" -threads 1 -debug 0 -sample 0

# long words
(head -n 300 "$t/text" && printf %01500d 0) >"$t/long_word"
long="-train $t/long_word -size 20 -min-count 1 -threads 1 -iter 2 -sample 0"
works "a word of 1500 bytes is skipped" word2vec $long -output "$t/long_vectors"
has "skipped words are counted" "1 word of more than 1024 bytes was skipped" "$t/err"
same "a skipped word is not in the vocabulary" "40 20" "$(head -n 1 "$t/long_vectors")"
silent "-debug 0 does not count skipped words" word2vec $long -output "$t/long_vectors" -debug 0
refuses 1 "is a word of more than 1024 bytes" word2vec $long -output "$t/vec" -long-words refuse

# ------------------------------------------------------------------------------------------------------------
# Output files: devices, permissions, other people's files

head -n 300 "$t/text" >"$t/small"
small="-train $t/small -size 20 -min-count 1 -threads 1 -iter 2 -sample 0 -alpha 0.05"
$RUN "$b/word2vec" $small -output "$t/reference" -binary 1 -debug 0
for f in output save-vocab; do # one file fails, the other one is written
    [ -e /dev/full ] || { skip 3 "-$f /dev/full: there is no /dev/full"; continue; }
    [ $f = output ] && files="-output /dev/full -save-vocab $t/other" || files="-save-vocab /dev/full -output $t/other"
    rm -f "$t/other"
    start word2vec $small -debug 0 $files
    same "-$f /dev/full" "1 word2vec: cannot write '/dev/full': No space left on device" "$status $(cat "$t/err")"
    same "-$f /dev/full loses no other file" 41 "$(wc -l <"$t/other")"
done
silent "/dev/null twice" word2vec $small -debug 0 -output /dev/null -save-vocab /dev/null
works "/dev/stdout that is a file" word2vec $small -debug 0 -output /dev/stdout
same "vectors on /dev/stdout" "40 20" "$(head -n 1 "$t/out")"
mkfifo "$t/pipe"
cat "$t/pipe" >"$t/piped" &
pid=$!
works "a pipe" word2vec $small -debug 0 -binary 1 -output "$t/pipe"
wait $pid
same_file "vectors in a pipe" "$t/reference" "$t/piped"

cp "$t/small" "$t/corpus.part"
works "a corpus called corpus.part" word2vec -train "$t/corpus.part" -output "$t/corpus" -debug 0
same_file "a corpus called corpus.part stays" "$t/small" "$t/corpus.part"
echo mine >"$t/mine"
cp "$t/mine" "$t/users.part"
start word2vec -train "$t/none" -output "$t/users"
same_file "a user's FILE.part stays after a failure" "$t/mine" "$t/users.part"
works "a user's FILE.part and training" word2vec $small -debug 0 -binary 1 -output "$t/users"
same_file "a user's FILE.part stays after training" "$t/mine" "$t/users.part"
rm "$t/corpus.part" "$t/users.part"

umask 022
cp "$t/mine" "$t/private"
chmod 600 "$t/private"
works "-output to a private file" word2vec $small -debug 0 -binary 1 -output "$t/private"
same "a private file stays private" "-rw-------" "$(ls -l "$t/private" | cut -c 1-10)"
same_file "a private file is written" "$t/reference" "$t/private"

# as somebody who is bound by permissions, in a folder $n that everybody can enter
n=$(mktemp -d)
cp "$b/word2vec" "$t/small" "$n"
mkdir "$n/open" "$n/closed"
cp "$t/mine" "$n/open/read_only"
cp "$t/mine" "$n/closed/writable"
as='sh -c'
if [ "$(id -u)" = 0 ]; then
    as='su nobody -s /bin/sh -c'
    chown -R nobody "$n/open/read_only" "$n/closed/writable"
fi
chmod 444 "$n/open/read_only"
chmod 666 "$n/closed/writable"
chmod 777 "$n/open"
chmod 555 "$n/closed" "$n"
command="$RUN $n/word2vec -train $n/small -size 20 -min-count 1 -threads 1 -iter 2 -sample 0 -alpha 0.05 -binary 1 -output"
if $as "$RUN $n/word2vec -help" >/dev/null 2>&1; then
    $as "$command $n/open/read_only" >"$t/out" 2>"$t/err"
    same "a read-only file is refused before training" "1 word2vec: cannot write '$n/open/read_only': Permission denied" \
        "$? $(cat "$t/err")"
    same_file "a read-only file stays" "$t/mine" "$n/open/read_only"
    $as "$command $n/closed/writable -debug 0" >"$t/out" 2>"$t/err"
    same "a writable file in a folder that is not" "0 " "$? $(cat "$t/err")"
    same_file "a writable file in a folder that is not is written" "$t/reference" "$n/closed/writable"
else
    skip 4 "permissions of output files: nobody cannot start the programs"
fi
chmod 755 "$n" "$n/closed"
rm -rf "$n"

# a file mounted into a container
cp "$t/mine" "$t/host"
cp "$t/mine" "$t/inside"
unshare='unshare -m'
[ "$(id -u)" = 0 ] || unshare='unshare -rm'
if $unshare mount --bind "$t/host" "$t/inside" 2>/dev/null; then
    $unshare sh -c 'mount --bind "$0/host" "$0/inside" && exec "$@"' "$t" $RUN "$b/word2vec" $small -debug 0 -binary 1 \
        -output "$t/inside" >"$t/out" 2>"$t/err"
    same "a mounted file" "0 " "$? $(cat "$t/err")"
    same_file "a mounted file is written" "$t/reference" "$t/host"
else
    skip 2 "a mounted file: unshare and mount are not permitted"
fi

# two writers of one name, and one that stops at its check
rounds='1 2 3 4 5 6 7 8'
[ -z "$RUN" ] || rounds='1 2' # emulators are slow
awk 'BEGIN { for (i = 0; i < 4000; i++) print "w" i, "w" (i + 1) % 4000 }' >"$t/many"
large="-train $t/many -size 200 -min-count 1 -threads 1 -iter 1 -debug 0 -binary 1"
$RUN "$b/word2vec" $large -seed 1 -output "$t/seed1"
$RUN "$b/word2vec" $large -seed 2 -output "$t/seed2"
mixed=
for i in $rounds; do
    $RUN "$b/word2vec" $large -seed 1 -output "$t/both" >"$t/err1" 2>&1 &
    pid=$!
    $RUN "$b/word2vec" $large -seed 2 -output "$t/both" >"$t/err2" 2>&1 || mixed="the second failed: $(cat "$t/err2")"
    wait $pid || mixed="the first failed: $(cat "$t/err1")"
    cmp -s "$t/seed1" "$t/both" || cmp -s "$t/seed2" "$t/both" || mixed="a file of neither"
done
same "two writers of one name" "" "$mixed"
(until [ -e "$t/done" ]; do $RUN "$b/word2vec" -train "$t/none" -output "$t/both" 2>/dev/null; done) &
pid=$!
mixed=
for i in $rounds; do
    $RUN "$b/word2vec" $large -seed 1 -output "$t/both" >"$t/err1" 2>&1 || mixed=$(cat "$t/err1")
done
: >"$t/done"
wait $pid
same "a writer and a check of one name" "" "$mixed"

# ------------------------------------------------------------------------------------------------------------
# Ctrl-C, and the processors of this process

for_ever="-train $t/text -size 20 -min-count 1 -threads 1 -sample 0 -iter 1000000"
if [ $can_launch ]; then
    launch word2vec $for_ever -output "$t/stopped" -save-vocab "$t/stopped_words"
    until_true grep -q training "$t/err"
    kill -INT $pid
    ends "Ctrl-C: status" 130
    grep -q "^word2vec: stopped at [0-9]* %: the vectors so far are in '$t/stopped'$" "$t/err" && pass ||
        fail "Ctrl-C: expected 'stopped at N %', got '$(cat "$t/err")'"
    same "Ctrl-C: the vectors are saved" "40 20" "$(head -n 1 "$t/stopped")"
    same "Ctrl-C: the vocabulary is saved" 41 "$(wc -l <"$t/stopped_words")"

    # a connection that is lost, unless nohup ignores it
    launch word2vec $for_ever -output "$t/hangup" -debug 1
    until_true grep -q training "$t/err"
    kill -HUP $pid
    ends "SIGHUP: status" 129
    same "SIGHUP: the vectors are saved" "40 20" "$(head -n 1 "$t/hangup")"
    trap '' HUP
    signals=INT
    launch word2vec $for_ever -output "$t/nohup"
    signals=INT,HUP
    trap - HUP
    until_true grep -q training "$t/err"
    if [ -r /proc/$pid/status ]; then # bit 0 is SIGHUP
        ignored=$(sed -n 's/^SigIgn:.*\(.\)$/\1/p' /proc/$pid/status)
        case $ignored in [13579bdf]) pass ;; *) fail "SIGHUP that is ignored: expected bit 0 of SigIgn, got '$ignored'" ;; esac
    else
        skip 1 "SIGHUP that is ignored: there is no /proc"
    fi
    kill -INT $pid
    ends "Ctrl-C where SIGHUP is ignored" 130

    # nobody reads the pipe, so the program waits until the second Ctrl-C ends it
    launch word2vec $for_ever -output "$t/pipe"
    until_true grep -q training "$t/err"
    kill -INT $pid
    first=$pid
    rm -f "$t/trains"
    launch word2vec $for_ever -output "$t/silent" -debug 0 -loss "$t/trains"
    until_true test -s "$t/trains"
    sleep 0.7
    kill -INT $first
    kill -INT $pid $pid 2>/dev/null # the second one within half a second is no second Ctrl-C: timeout(1) sends two
    ends "Ctrl-C with -debug 0: status" 130
    same "Ctrl-C with -debug 0: the vectors are saved" "40 20" "$(head -n 1 "$t/silent")"
    same "Ctrl-C with -debug 0: one line" 1 "$(wc -l <"$t/err")"
    pid=$first
    ends "the second Ctrl-C ends the program" 130

    yes 'a b c d e f g h' | head -c 64000000 >"$t/large"
    cp "$t/mine" "$t/kept"
    launch word2vec -train "$t/large" -output "$t/kept" -threads 1 -debug 0
    if until_true is_open $pid "$t/large"; then
        kill -INT $pid
        ends "Ctrl-C while reading: status" 130
        same "Ctrl-C while reading" "word2vec: stopped while reading '$t/large': nothing is trained yet, and no file is written" \
            "$(cat "$t/err")"
        same_file "Ctrl-C while reading: the output file stays" "$t/mine" "$t/kept"
        launch word2vec -train "$t/large" -output "$t/kept" -continue "$t/one" -threads 1 -debug 0
        until_true is_open $pid "$t/large"
        kill -TERM $pid
        ends "SIGTERM while reading with -continue: status" 143
        same "SIGTERM while reading with -continue" "word2vec: stopped while reading '$t/large': nothing is trained yet, and no file is written" \
            "$(cat "$t/err")"
    else
        kill -KILL $pid
        skip 5 "Ctrl-C while reading: there is no /proc"
    fi
    rm "$t/large"
    # one that waits for standard input, which nobody writes; it catches the signal, as bit 1 of SigCgt tells
    mkfifo "$t/stalled"
    sleep 60 >"$t/stalled" &
    silent=$!
    env --default-signal=INT $RUN "$b/word2vec" -train - -output "$t/kept" -threads 1 -debug 0 <"$t/stalled" 2>"$t/err" &
    pid=$!
    until_true grep -q '^SigCgt:.*[2367abef]$' /proc/$pid/status
    kill -INT $pid
    ends "Ctrl-C before standard input says anything: status" 130
    same "Ctrl-C before standard input says anything" "word2vec: stopped while reading 'standard input': nothing is trained yet, and no file is written" \
        "$(cat "$t/err")"
    kill $silent
else
    skip 19 "Ctrl-C: env has no --default-signal"
fi

# a reader of the progress that goes away ends no training
seen="-train $t/text -size 20 -min-count 1 -threads 1 -sample 0 -iter 20"
works "progress that is read" word2vec $seen -output "$t/read_to_the_end"
{ $RUN "$b/word2vec" $seen -output "$t/read_in_part" 2>&1; echo $? >"$t/status"; } | head -n 1 >"$t/out"
same "progress that nobody reads any more: status" 0 "$(cat "$t/status")"
same_file "progress that nobody reads any more: the vectors" "$t/read_to_the_end" "$t/read_in_part"

# a text that grows while it is read again and again: what was learned is kept
yes 'a b c d e f g h' | head -c 800000 >"$t/growing"
rm -f "$t/err"
$RUN "$b/word2vec" -train "$t/growing" -size 20 -min-count 1 -threads 1 -sample 0 -iter 100 -corpus-memory 1 \
    -output "$t/grown" -debug 1 >"$t/out" 2>"$t/err" &
pid=$!
until_true grep -q training "$t/err"
echo 'a b c' >>"$t/growing"
ends "a text that grows: status" 1
has "a text that grows" "word2vec: '$t/growing' has changed while it was read" "$t/err"
same "a text that grows: the vectors are saved" "8 20" "$(head -n 1 "$t/grown")"

cpu=$(taskset -cp $$ 2>/dev/null | sed 's/.*: //; s/[-,].*//')
if [ -z "$RUN" ] && [ "$cpu" ] && [ -r /proc/self/status ] && [ $can_launch ]; then
    taskset -c "$cpu" "$b/word2vec" -train "$t/text" -min-count 1 -sample 0 -iter 1000000 -output /dev/null >"$t/out" 2>"$t/err" &
    pid=$!
    until_true grep -q training "$t/err"
    same "one thread on one processor" 1 "$(sed -n 's/^Threads:[^0-9]*//p' "/proc/$pid/status")"
    kill -TERM $pid
    ends "SIGTERM: status" 143
else
    skip 2 "one thread on one processor: no taskset, no /proc, or the programs run in an emulator"
fi

# ------------------------------------------------------------------------------------------------------------
# Queries

# neighbours belong to the topic
for file in one exact; do
    works "neighbours in $file" query -n 5 "$t/$file" a3
    same "neighbours in $file are of its topic" 5 "$(grep -c '^a[0-9]* ' "$t/out")"
done

# evaluation: the words of a sentence differ by one step, x is far from all; a folder has some of the sets
mkdir "$t/sets"
printf '8 3\nman 1 0 0\nwoman 0 1 0\nking 1 0 1\nqueen 0 1 1\nx -1 -1 0\nbig 1 0.1 0\nbigger 0.1 1 0\nKing 1 0 1\n' >"$t/people"
printf '# pairs\r\nman\tking\t6\r\nman\twoman\t3\r\nMAN\tx\t1\r\nman\tnobody\t9\r\n' >"$t/sets/EN-WS-353-ALL.txt"
printf ': family\nman king woman queen\nMan King Woman Queen\n: gram1\nman woman king queen\nman woman king x\nman woman king y\n' \
    >"$t/sets/questions-words.txt"
# table NAME EXPECTED ARGUMENTS...: the lines that evaluate prints, runs of blanks as one
table() {
    name=$1 want=$2
    shift 2
    silent "$name" evaluate "$@"
    same "$name" "$want" "$(tr -s ' ' <"$t/out")"
}
pairs_of_people="EN-WS-353-ALL.txt spearman 100.0 3 of 4
 pearson 99.3 3 of 4"
table "evaluation of a folder" "questions-words.txt analogies 75.0 4 of 5
 semantic analogies 100.0 2 of 2
 syntactic analogies 50.0 2 of 3
 : family analogies 100.0 2 of 2
 : gram1 analogies 50.0 2 of 3
$pairs_of_people" -sections 1 "$t/people" "$t/sets"
table "evaluation by 3CosMul, case and top" "questions-words.txt analogies 100.0 2 of 5
 semantic analogies 100.0 1 of 2
 syntactic analogies 100.0 1 of 3
EN-WS-353-ALL.txt spearman 100.0 2 of 4
 pearson 100.0 2 of 4" -method mul -case exact -top 4 -threads 2 "$t/people" "$t/sets"
for option in -limit -first; do
    table "evaluation with $option 4" "questions-words.txt analogies 100.0 3 of 5
 semantic analogies 100.0 2 of 2
 syntactic analogies 100.0 1 of 3
EN-WS-353-ALL.txt spearman 100.0 2 of 4
 pearson 100.0 2 of 4" $option 4 "$t/people" "$t/sets"
done
printf 'word1,word2,POS,score\nman,king,A,6\nman,woman,B,3\nMAN,x,C,1\nman,nobody,D,9\n' >"$t/pairs.csv"
cd "$t" || exit 1
b_before=$b t_before=$t b=$absolute t=$absolute/cli.tmp
table "evaluation of files" "pairs.csv spearman 100.0 3 of 4
 pearson 99.3 3 of 4
sets/questions-words.txt analogies 75.0 4 of 5
 semantic analogies 100.0 2 of 2
 syntactic analogies 50.0 2 of 3" -column 4 people pairs.csv sets/questions-words.txt
b=$b_before t=$t_before
cd - >/dev/null || exit 1
refuses 1 "'$t/pairs.csv' line 2: 'A' in column 3 is not a number" evaluate "$t/people" "$t/pairs.csv"
printf ': family\nman king woman\n' >"$t/bad"
refuses 1 "'$t/bad' line 2: 'man king woman' has 3 words" evaluate "$t/people" "$t/bad"
printf 'a\tb\t1\r\n' >"$t/bad"
refuses 1 "'$t/bad' line 1: 'a' is not among the first 8 words of the model" evaluate "$t/people" "$t/bad"

# a folder with sets under other names; the columns of each are those of its publisher
mkdir "$t/others" "$t/others/no-sets"
printf 'word1\tword2\tPOS\tSimLex999\tconc(w1)\nman\tking\tN\t6\t1\nman\twoman\tN\t3\t9\nman\tx\tN\t1\t3\n' \
    >"$t/others/SimLex-999.txt"
printf 'man\tking\tV\t6\tSYNONYMS\nman\twoman\tV\t3\tNONE\nman\tx\tV\t1\tNONE\n' >"$t/others/SimVerb-3500.txt"
printf '# WordSim\n# Word 1\tWord 2\tHuman (mean)\nman\tking\t6\nman\twoman\t3\nman\tx\t1\n' >"$t/others/wordsim353.tsv"
printf 'Word 1,Word 2,Human (mean)\nman,king,6\nman,woman,3\nman,x,1\n' >"$t/others/combined.csv"
printf 'man king 6\nman woman 3\nman x 1\n' >"$t/others/MEN_dataset_natural_form_full"
printf 'man\tking\t6\t5\t7\nman\twoman\t3\t2\t4\nman\tx\t1\t1\t1\n' >"$t/others/rw.txt"
printf 'man,king,6\r\nman,woman,3\r\nman,x,1\r\n' >"$t/others/MTURK-771.csv"
printf 'man king woman queen\n' >"$t/others/msr.txt"
spearman_of_others=
for set in wordsim353.tsv combined.csv SimLex-999.txt MEN_dataset_natural_form_full rw.txt MTURK-771.csv SimVerb-3500.txt; do
    spearman_of_others="$spearman_of_others
$set spearman 100.0 3 of 3"
    table "evaluation of $set" "$t/others/$set spearman 100.0 3 of 3
 pearson 99.3 3 of 3" "$t/people" "$t/others/$set"
done
silent "evaluation of a folder of other names" evaluate "$t/people" "$t/others"
same "evaluation of a folder of other names" "msr.txt analogies 100.0 1 of 1
 semantic analogies 100.0 1 of 1$spearman_of_others" "$(tr -s ' ' <"$t/out" | grep -v pearson)"
refuses 1 "'$t/others/SimLex-999.txt' line 2: 'N' in column 3 is not a number" evaluate -column 3 "$t/people" "$t/others/SimLex-999.txt"
works "help of evaluate" evaluate -help
names=$(sed -n '/are in column 4/,/^  -top/p' "$t/out" | sed '1d;$d' | tr -s ' \n' '  ' | sed 's/^ //;s/ $//')
same "the help names the sets" 38 "$(echo "$names" | tr ' ' '\n' | grep -c .)"
refuses 1 "the folder '$t/others/no-sets' has none of $names: give the names of its files instead ('$t/others/no-sets/...')" \
    evaluate "$t/people" "$t/others/no-sets"

# standard input: - and, as for compute-accuracy, a number. What compute-accuracy of the original word2vec says of these
# files: `0 2, 0 2, seen 4 of 5` for 0 (King and Queen are other cases of words of the questions) and `2 2, 1 1, seen 3 of 5` for 4
printf '10 3\nMan 1 0 0\nwoman 1 1 0\nking 1 0 1\nQueen 0.8 1 0.9\nqueen 1 1 1\nx -1 -1 0\nKing 0.5 0.7 0.7\n' >"$t/cased"
printf 'man 0.9 0 0.1\nbig 1 0.1 0\nbigger 0.1 1 0\n' >>"$t/cased"
# read_by NAME EXPECTED FILE ARGUMENTS...: the table that evaluate prints of standard input
read_by() {
    name=$1 want=$2 from=$3
    shift 3
    $RUN "$b/evaluate" "$@" <"$from" >"$t/out" 2>"$t/err"
    same "$name" "0 $want" "$? $(tr -s ' ' <"$t/out")$(cat "$t/err")"
}
questions=$t/sets/questions-words.txt
read_by "compute-accuracy vectors 0" "standard input analogies 0.0 4 of 5
 semantic analogies 0.0 2 of 2
 syntactic analogies 0.0 2 of 3
 : family analogies 0.0 2 of 2
 : gram1 analogies 0.0 2 of 3" "$questions" "$t/cased" 0
read_by "compute-accuracy vectors 4" "standard input analogies 100.0 3 of 5
 semantic analogies 100.0 2 of 2
 syntactic analogies 100.0 1 of 3
 : family analogies 100.0 2 of 2
 : gram1 analogies 100.0 1 of 3" "$questions" "$t/cased" 4
read_by "variants of question words" "standard input analogies 75.0 4 of 5
 semantic analogies 100.0 2 of 2
 syntactic analogies 50.0 2 of 3" "$questions" -skip-variants 1 "$t/cased" -
read_by "pairs from standard input" "standard input spearman 100.0 3 of 3
 pearson 99.3 3 of 3" "$t/others/combined.csv" "$t/people" -
printf 'man\tking\tx\n' >"$t/bad"
cat "$questions" "$t/bad" | $RUN "$b/evaluate" "$t/people" - >"$t/out" 2>&1
same "a bad line of standard input" \
    "1 evaluate: 'standard input' line 8: 'man\x09king\x09x' has 3 words: a question has four, a heading begins with a colon" \
    "$? $(cat "$t/out")"
awk 'BEGIN { for (i = 0; i < 3000; i++) print "man king", i; print "man x -1" }' >"$t/long"
$RUN "$b/evaluate" "$t/people" "$t/long" >"$t/out" 2>&1
cat "$t/long" | $RUN "$b/evaluate" -kind pairs "$t/people" /dev/stdin >"$t/out2" 2>&1
same "evaluation of a pipe" "$(sed 's/^[^ ]* *//' "$t/out")" "$(sed 's/^[^ ]* *//' "$t/out2")"
has "evaluation of a pipe" "3001 of 3001" "$t/out2"
cat "$t/long" | $RUN "$b/evaluate" "$t/people" /dev/stdin >"$t/out" 2>&1
same "evaluation of a pipe without -kind" "2 evaluate: '/dev/stdin' can be read only once: tell with -kind what is in it, or use - < '/dev/stdin'" \
    "$? $(cat "$t/out")"

# ask NAME STATUS 'ANSWERS OF a, ANSWERS OF b' ERRORS FILE: questions on standard input
ask() {
    $RUN "$b/query" "$5" >"$t/out" 2>"$t/err"
    same "$1" "$2 $3 $4" "$? $(grep -c '^a' "$t/out"), $(grep -c '^b' "$t/out") $(cat "$t/err")"
}
printf 'a3\n\nb5 - a6 + b7\nnobody\n' | ask "questions on standard input" 1 "10, 10" "query: 'nobody' is not in the vocabulary" "$t/one"
# a line of N bytes, `a3` and blanks, and then another question, which is answered in any case
long_question() { printf 'a3' && head -c $(($1 - 2)) /dev/zero | tr '\0' ' ' && printf '\nb3\n'; }
long_question 65535 | ask "the longest question" 0 "10, 10" "" "$t/one"
for length in 65536 200000; do
    long_question $length | ask "a question of $length bytes" 1 "0, 10" \
        "query: a question of $length bytes; at most 65535 can be asked" "$t/one"
done
printf 'a3\0a4\nb3\n' | ask "NUL in a question" 1 "0, 10" "query: a question with a NUL byte, at 2" "$t/one"
$RUN "$b/query" "$t/one" <"$t" >"$t/out" 2>"$t/err"
same "questions from a directory" "1 query: cannot read the questions: Is a directory" "$? $(cat "$t/err")"
if [ -e /dev/full ]; then
    $RUN "$b/query" "$t/one" a3 >/dev/full 2>"$t/err"
    same "answers to /dev/full" "1 query: cannot write the answers: No space left on device" "$? $(cat "$t/err")"
else
    skip 1 "answers to /dev/full: there is no /dev/full"
fi

# EXIT ends the questions, unless it is a word; three words without signs are a sum, which a hint tells once
hint="query: these are neighbours of the sum of three words; -analogy 1 answers \`man king woman\` with those of king - man + woman"
printf 'a3\n EXIT \r\nb3\n' | ask "EXIT" 0 "10, 0" "" "$t/one"
printf 'EXIT a3\nb3\n' | ask "a question that begins with EXIT" 1 "0, 10" "query: 'EXIT' is not in the vocabulary" "$t/one"
printf '3 2\na 1 0\nEXIT 0 1\nb 1 1\n' >"$t/exit"
printf 'EXIT\na\n' | ask "EXIT that is a word" 0 "1, 2" "" "$t/exit"
refuses 1 "query: 'EXIT' is not in the vocabulary" query "$t/one" EXIT
printf 'a1 a2 a3\n"a1" a2 a4\n' | ask "three words" 0 "20, 0" "$hint" "$t/one"
printf 'a1 - a2 a3\na1 + a2 + a4\na1 a2\na1 a2 a3 a4\n' | ask "no three words" 0 "40, 0" "" "$t/one"
silent "three words for -analogy 1" query --analogy 1 "$t/one" 'a1 a2 a3'
cp "$t/out" "$t/out2"
silent "the same with signs" query "$t/one" 'a2 - a1 + a3'
same_file "-analogy 1 first second third is second - first + third" "$t/out" "$t/out2"
for question in 'a1 a2' 'a1 a2 a3 a4' ' '; do
    refuses 1 "query: an analogy has three words, as in 'man king woman', not $(echo $question | wc -w | tr -d ' ')" \
        query -analogy 1 "$t/one" "$question"
done
refuses 1 "query: 'nobody' is not in the vocabulary" query -analogy 1 "$t/one" 'a1 a2 nobody'
works "minimal" minimal "$t/text" a1
same "minimal prints ten neighbours" 10 "$(grep -c '^a' "$t/out")"
refuses 1 "minimal: 'nobody' is not in the vocabulary" minimal "$t/text" nobody

# explain: the numbers of the handout's dummy data, every loss, and JSON that a parser takes
silent "explain" explain
for line in "  a    1  0.8767 0.7061 -0.2939  1 0.3479  ( 0.0803 -0.0368 -0.2803)" \
    "  d    0 -0.4661 0.3855  0.3855  2 0.9740  (-0.2107  0.0967  0.7354)" \
    "  b    0 -0.5482 0.3663  0.3663  1 0.4561  (-0.1001  0.0459  0.3493)" \
    "J = 1.778087" "2 V d = 30 numbers" "'d' was drawn 2 times" "dv = 0 for a, b, d, e:" "du = 0 for c, e:" \
    "dv analytic ( 0.006609 -0.333232 -0.811812)" "dv numeric  ( 0.006609 -0.333232 -0.811812)" \
    "v after  (-0.2752  0.2254  1.1973)" "J after  1.309009" "w2v_neg_sampling_loss returns 1.778087"; do
    has "explain prints the numbers of the dummy data" "$line" "$t/out"
done
silent "explain, softmax" $x softmax
has "the loss of the window by softmax" "The loss of the window is their sum, 11.166109." "$t/out"
silent "explain, one number" explain -size 1 "the cat sat" cat
grep -q 'They differ by at most [0-9]e-\(09\|1[0-9]\)\.' "$t/out" && pass || fail "one number: got '$(grep differ "$t/out")'"
silent "explain, no negatives" explain -negative 0
has "what that means" "Without negatives J only wants large scores" "$t/out"
silent "explain, too large a step" explain -cbow 1 -alpha 10
has "J rises" "J has risen: the learning rate is too large" "$t/out"
silent "explain, letters of two bytes" explain "$(printf 'der B\303\244r sah B\303\244ume')" sah
has "letters of two bytes are aligned" "$(printf '  B\303\244r  0 -0.2147 0.4465 ')" "$t/out"
works "a checkpoint" word2vec $train -output "$t/checked" -debug 0 -checkpoint "$t/point_of_explain"
silent "explain, a checkpoint" explain -model "$t/point_of_explain" "a1 nobody a2 b3" a2
has "words that the model lacks" "without 1 word that the model lacks" "$t/out"
has "a long vector" "V = 40 words, d = 20: " "$t/out"
works "a checkpoint of hierarchical softmax" word2vec $train -output "$t/checked" -debug 0 -hs 1 -negative 0 \
    -checkpoint "$t/point_of_tree"
silent "explain, a tree" $x hierarchical -model "$t/point_of_tree" "a1 a2 b3" a2
has "its nodes" "nodes that are not on the path" "$t/out"
refuses 1 "the model has no vectors u of words: it was trained with another loss" explain -model "$t/point_of_tree" "a1 a2" a1
for loss in negative softmax hierarchical; do
    for cbow in 0 1; do
        silent "explain -json, $loss, -cbow $cbow" $x $loss -cbow $cbow -json
        if command -v python3 >/dev/null; then
            same "JSON of $loss, -cbow $cbow" "True" "$(python3 -c '
import json, sys
e = json.load(open(sys.argv[1]))
parts = [n * r["n"] * r["error"] for r in e["rows"] for n in r["u"]]
print(e["parameters"] in (27, 30) and abs(sum(r["loss"] for r in e["rows"]) - e["loss"]) < 1e-8 and
      all(abs(sum(parts[k::3]) - e["dv"][k]) < 1e-8 for k in range(3)))' "$t/out" 2>&1)"
        else
            skip 1 "JSON of $loss: there is no python3"
        fi
    done
done

# all gradients of the windows that the assignment prints
silent "explain -gradients 1" explain -loss softmax -window 6 -gradients 1 "c a b e d b c" c
for line in "dJ/dV (5, 3), analytic and numeric" "dJ/dU (5, 3), analytic and numeric" \
    "b     ( 0.000000  0.000000  0.000000)  ( 0.000000  0.000000  0.000000)" \
    "c     (-1.269473 -1.368732  2.451590)  (-1.269473 -1.368732  2.451590)" \
    "a     (-0.410460  0.188349  1.432723)  (-0.410460  0.188349  1.432723)" \
    "e     (-0.136384  0.062583  0.476052)  (-0.136384  0.062583  0.476052)"; do
    has "explain -gradients 1" "$line" "$t/out"
done
silent "explain -gradients 1 of negative sampling" explain -gradients 1
same "explain -gradients 1 adds up the pairs that are listed" "2" "$(grep -cE "(is their sum,|  J =) 14.249151" "$t/out")"
# d was drawn twice: what is numeric, what another function would be, and half of it
same "what is wrong" "  d     du numeric                (-0.210684  0.096677  0.735400)
        s(-u.v) for s(u.v)        (-0.335789  0.154084  1.172082)
        once, but drawn  2 times  (-0.105342  0.048339  0.367700)" "$(grep -A 2 '^  d     du numeric' "$t/out")"
for cbow in 0 1; do
    for loss in negative softmax; do
        silent "explain -gradients 1, $loss, -cbow $cbow" $x $loss -cbow $cbow -gradients 1 -size 4 -seed 7 'a b c d x y' c
        same "differences of the gradients, $loss, -cbow $cbow" "2 1" \
            "$(grep -c 'They differ by at most [0-9]e-[01][0-9]' "$t/out") $(sed -n '/^5/,$p' "$t/out" | grep -c 'at most [0-9]e-\(09\|1[0-9]\)')"
    done
done
# the commands that examples/README.md has for the questions of the handouts
commands=0
sed -n '/^## The questions/,/^## Losses/p' examples/README.md | grep -o '`explain[^`]*`' | tr -d '`' | sort -u >"$t/commands"
while read -r command; do
    eval "works '$(echo "$command" | tr -d '"')' $command" && commands=$((commands + 1))
done <"$t/commands"
same "commands for the questions" 1 $((commands >= 11))
refuses 2 "explain: -gradients 1 needs -loss negative or softmax" $x hierarchical -gradients 1
refuses 2 "explain: -gradients 1 prints no JSON" explain -gradients 1 -json
refuses 2 "explain: -gradients 1 is for vocabularies of at most 1 words of 1000 numbers" explain -gradients 1 -size 1000
refuses 2 "explain: -function takes sigmoid, leaky-relu or dropout, not 'tanh'" explain -function tanh
for f in sigmoid leaky-relu; do # the derivative is the numeric one
    silent "explain -function $f" explain -function $f
    same "the derivative of $f" "9" "$(awk 'NR > 2 && ($3 - $4) ^ 2 < 1e-12' "$t/out" | wc -l)"
done
silent "explain -function dropout" explain -function dropout
# six times the standard error at the rate 0.8, 2 / sqrt(800000)
same "dropout keeps the mean" "3" "$(awk '/mean/ && ($NF - 1) ^ 2 < 0.0135 ^ 2' "$t/out" | wc -l)"
silent "explain -scale" explain -scale 10
has "the gradient of a pair that is right and sure vanishes" "  a    1  87.6719 1.0000  0.0000  1 0.0000" "$t/out"

silent "micro" micro "$t/text" a1 b2
same "micro prints the loss of each epoch" "6 5" "$(grep -c 'mean loss' "$t/out") $(grep -c '^epoch' "$t/out")"
same "the loss falls" "" "$(awk '/mean loss/ { if (last && $NF >= last) print; last = $NF }' "$t/out")"
same "micro's neighbours are of the same topic" "a1: aaaaaa b2: bbbbbb" "$(echo $(sed -n '/^[ab]/s/ \([ab]\)[0-9]* [0-9.]*/\1/gp' \
    "$t/out" | sed 's/:/: /'))"
works "rounds" rounds "$t/text" a1
same "rounds prints neighbours until the training is complete" "100 %:" "$(tail -n 1 "$t/out" | cut -c 1-6)"
cp "$t/mine" "$t/kept.csv"
refuses 1 "rounds: 'nobody' is not in the vocabulary" rounds -loss "$t/kept.csv" "$t/text" nobody
same_file "rounds: an unknown word empties no file of losses" "$t/mine" "$t/kept.csv"

# words with blanks, and words that look like signs
# the vectors have angles of 0, 10, 25, 45, 70, 100 and 135 degrees
printf '7 2\nparis 1 0\nNew York 0.985 0.174\n. . . 0.906 0.423\n- 0.707 0.707\n"so 0.342 0.94\n' >"$t/blanks"
printf 'New -0.174 0.985\n"New -0.707 0.707\n' >>"$t/blanks"
# answers QUESTION WORD...: exactly these neighbours, best first
answers() {
    question=$1
    shift
    start query -n $# "$t/blanks" "$question"
    same "the question $question" "0 $(printf '%s,' "$@")" "$status $(sed 's/ *[-0-9.]*$//' "$t/out" | tr '\n' ',')$(cat "$t/err")"
}
answers 'New York' paris
answers '  New York ' paris
answers '"New York"' paris
answers '. . .' 'New York' '-'
answers '"New York" - paris' New
answers 'paris - "New York" + New' '"so'
answers '"-" + paris' '. . .'
answers '-' '. . .'
answers '"so' -
answers '"New + paris' '"so'
printf 'New York\n' | $RUN "$b/query" -n 1 "$t/blanks" >"$t/out" 2>"$t/err"
same "New York on standard input" "0 paris" "$? $(sed -n '1s/ *[0-9.]*$//p' "$t/out")$(cat "$t/err")"
silent "-analogy 1 and a word with blanks" query -analogy 1 -n 1 "$t/blanks" 'New "New York" paris'
same "-analogy 1 and a word with blanks" ". . ." "$(sed 's/ *[-0-9.]*$//' "$t/out")"
refuses 1 "query: 'New Yrok' is not in the vocabulary" query "$t/three" '"New Yrok" - good'
refuses 1 "query: a sign needs a word after it" query "$t/blanks" 'paris -'
refuses 1 "query: a sign needs a word after it" query "$t/blanks" 'paris - + New'
refuses 1 "query: a sign needs a word after it" query "$t/three" -
refuses 1 "query: a question needs a word" query "$t/three" ' '

# damaged files, and parts of files
printf '6 2\na 1 0\nb 0 1\na 3 3\nc 1 1\nd 1\n' >"$t/damaged"
refuses 1 "(-lenient 1 " query "$t/damaged" a
for p in convert evaluate; do
    refuses 1 "(convert -lenient 1 " $p "$t/damaged" "$t/vec.txt"
done
works "-lenient 1" query -lenient 1 -n 1 "$t/damaged" a
same "-lenient 1 answers" "c" "$(sed 's/ .*//' "$t/out")"
same "-lenient 1 tells what it left out" \
    "query: '$t/damaged': 5 rows were read of the 6 that the header promises; left out: 1 repeated, 0 without a word, 1 malformed" \
    "$(cat "$t/err")"
silent "-limit 2" query --limit 2 "$t/three" good
same "-limit 2 loads two vectors" "bad" "$(sed 's/ .*//' "$t/out")"
refuses 1 "'film' is not in the vocabulary" query -limit 2 "$t/three" film
silent "-format text" query -format text -n 1 "$t/three" good
silent "-format binary" query -format binary -n 5 "$t/one" a3
start query -format binary "$t/three" good
same "-format binary refuses text" "1 1" "$status $(wc -l <"$t/err")"

# other kinds of questions, what can be an answer, JSON
printf '6 2\neast 1 0\nnorth 0 1\nnortheast 1 1\neastern 9 1\nwest -1 0\n"quoted" -1 -1\n' >"$t/winds"
answers() { # NAME EXPECTED OPTIONS... VECTORS QUESTION...: the lines of the answers, joined by commas
    name=$1 want=$2
    shift 2
    silent "$name" query "$@"
    same "$name" "$want" "$(tr -s ' ' <"$t/out" | tr '\n' ',')"
}
answers "similarity:" "0.7071," "$t/winds" 'similarity: north northeast'
answers "rank:" "1,2,5," "$t/winds" 'rank: east eastern' 'rank: east northeast' 'rank: east west'
answers "odd:" "west," "$t/winds" 'odd: east west northeast eastern'
answers "sentence:" "northeast 1.0000,eastern 0.7809," -top 2 "$t/winds" 'sentence: North, east!'
printf 'west north\n' >"$t/some_winds"
answers "-within" "north 0.0000,west -1.0000," -within "$t/some_winds" "$t/winds" east
answers "-threshold" "eastern 0.9939," -threshold 0.9 "$t/winds" east
answers "-index 1" "eastern 0.9939,northeast 0.7071," -index 1 -top 2 "$t/winds" east
answers "-mul 1" "east 500.0000," -mul 1 -top 1 "$t/winds" 'north - west'
answers "-json 1" '{"question": "east", "matches": [{"word": "eastern", "score": 0.993884}]},{"question": "similarity: east west", "similarity": -1.000000},{"question": "rank: east west", "rank": 5},{"question": "odd: east eastern west", "odd": "west"},{"question": "west", "matches": [{"word": "\"quoted\"", "score": 0.707107}]},' \
    -json 1 -top 1 "$t/winds" east 'similarity: east west' 'rank: east west' 'odd: east eastern west' west
printf 'east\ntwo\001\377 \303\251\nodd: east\n' | $RUN "$b/query" -json 1 -top 0 "$t/winds" >"$t/out" 2>"$t/err"
cat >"$t/expected" <<'END'
{"question": "east", "matches": []}
{"question": "two\u0001\ufffd é", "error": "'two\\x01\\xff' is not in the vocabulary"}
{"question": "odd: east", "error": "an odd one needs at least three words, not 1"}
END
same_file "-json 1 and failures" "$t/expected" "$t/out"
printf 'a war in the east\n\nnorth of west\nnorth\n' >"$t/lines"
start query -sentences "$t/lines" -top 2 "$t/winds" 'sentence: to the north'
same "-sentences" "0 query: '$t/lines': 5 of 9 words are not in the vocabulary" "$status $(cat "$t/err")"
same "-sentences, the nearest line" "north" "$(sed -n '1s/.*  //p' "$t/out")"
nameless=$t/$(printf 'no\033ne\177')
refuses 1 "query: cannot open '$t/no\x1bne\x7f'" query -within "$nameless" "$t/three" good
refuses 1 "query: no word of the sentence is in the vocabulary" query "$t/winds" 'sentence: nobody'
refuses 1 "query: similarity: needs two words, not 1" query "$t/winds" 'similarity: east'
refuses 1 "query: rank: needs two words, not 3" query "$t/winds" 'rank: east west north'
refuses 1 "query: similarity: takes no signs" query "$t/winds" 'similarity: east - west'
refuses 1 "query: odd: takes no signs" query "$t/winds" 'odd: east west - north'
awk 'BEGIN { for (i = 0; i < 20000; i++) printf "east " }' >"$t/within"
refuses 1 "query: '$t/within' line 1 has 100000 bytes, and at most 65535 are read: break it" query -within "$t/within" "$t/winds" north
printf 'north\nea\0st\n' >"$t/within"
refuses 1 "query: '$t/within' line 2 has a NUL byte: not a text file" query -within "$t/within" "$t/winds" north
refuses 1 "query: '$t/lines' has no word that the model knows" query -within "$t/lines" "$t/three" good
refuses 1 "query: cannot open '$t/none'" query -within "$t/none" "$t/three" good
refuses 1 "query: cannot open '$t/none'" query -questions "$t/none" "$t/three"
# a file of questions, which are answered together, is answered like questions one by one
awk 'BEGIN { for (i = 0; i < 1300; i++)
    print i % 97 == 3 ? "nobody" : i % 97 == 5 ? "odd: a1 a2 b3" : i % 97 == 7 ? "- -" : "a" i % 20 " - b" i % 7 " + a" i % 3
    print "" }' >"$t/questions"
for json in 0 1; do
    $RUN "$b/query" -json $json -questions "$t/questions" "$t/one" >"$t/out" 2>"$t/err"
    same "-questions, -json $json" 1 $?
    $RUN "$b/query" -json $json "$t/one" <"$t/questions" >"$t/out2" 2>"$t/err2"
    same_file "answers of -questions, -json $json" "$t/out2" "$t/out"
    same "complaints of -questions, -json $json" "$(sort "$t/err2")" "$(sort "$t/err")"
done

# ------------------------------------------------------------------------------------------------------------
# convert: there and back through every format

refuses 2 "convert: two files must be given" convert "$t/three"
refuses 2 "convert: '$t/vec.xyz' does not end as a format does" convert "$t/three" "$t/vec.xyz"
refuses 2 "convert: -to: format takes auto, text, binary, glove, tsv, npy, safetensors, fasttext, native, float16 or int8, not 'pdf'" convert -to pdf "$t/three" "$t/vec"
refuses 2 "convert: fastText's .bin is read, not written" convert -to fasttext "$t/three" "$t/vec"
refuses 2 "convert: -matrix takes input or output, not 'both'" convert -matrix both "$t/three" "$t/vec.txt"
mkdir "$t/beside"
works "convert to a table" convert "$t/three" "$t/beside/three.tsv"
cp "$t/beside/three.tsv" "$t/beside/metadata.tsv" "$t"
for other in three.npy ../beside/three.npy; do # the words would go to three.tsv
    refuses 2 "the words of OUT would replace '$t/beside/${other%npy}tsv', which is read: write to another name or folder" \
        convert "$t/beside/three.tsv" "$t/beside/$other"
done
refuses 2 "the words of OUT would replace '$t/beside/metadata.tsv', which is read: write to another name or folder" \
    convert -words "$t/beside/metadata.tsv" "$t/beside/three.tsv" "$t/beside/other.tsv"
same_file "a table is not replaced by words" "$t/three.tsv" "$t/beside/three.tsv"
same_file "a list of words is not replaced" "$t/metadata.tsv" "$t/beside/metadata.tsv"
rm -r "$t/beside" "$t/three.tsv" "$t/metadata.tsv"
# nor are the words that a format has in a file of their own, which nobody names
mkdir "$t/beside" "$t/beside/npy"
for name in three.npy metadata.npy model.safetensors vectors.tsv npy/vectors.npy; do
    works "convert to $name" convert "$t/three" "$t/beside/$name"
done
(cd "$t/beside" && cksum *.* npy/*) >"$t/sums"
refuses 2 "OUT would replace '$t/beside/three.tsv', which is read: write to another name or folder" \
    convert "$t/beside/three.npy" "$t/beside/three.tsv"
refuses 2 "OUT would replace '$t/beside/three.tsv', which is read" convert -to text "$t/beside/three.npy" "$t/beside/three.tsv"
refuses 2 "the words of OUT would replace '$t/beside/tokenizer.json', which is read" \
    convert -first 2 "$t/beside/model.safetensors" "$t/beside/small.safetensors"
refuses 2 "the words of OUT would replace '$t/beside/metadata.tsv', which is read" \
    convert -first 2 "$t/beside/vectors.tsv" "$t/beside/small.tsv"
refuses 2 "plot: -tsv 1 would replace '$t/beside/metadata.tsv', which is read" \
    plot -output "$t/beside" -tsv 1 "$t/beside/metadata.npy"
refuses 2 "plot: -tsv 1 would replace '$t/beside/npy/vectors.tsv', which is read" \
    plot -output "$t/beside/npy" -tsv 1 "$t/beside/npy/vectors.npy"
(cd "$t/beside" && cksum *.* npy/*) >"$t/out"
same_file "no words are replaced" "$t/sums" "$t/out"
for name in three.npy model.safetensors vectors.tsv; do # what takes the place of a file may have the same words beside it
    works "convert in place" convert -first 2 "$t/beside/$name" "$t/beside/$name"
    has "convert in place" "): 2 words" "$t/err"
done
rm -r "$t/beside"
refuses 1 "convert: '$t/three' has no output vectors" convert -matrix output "$t/three" "$t/vec.txt"
refuses 1 "convert: cannot open '$t/none'" convert "$t/none" "$t/vec.txt"
mkdir "$t/there"
for format in text binary glove tsv npy safetensors native; do
    case $format in
        text) end=txt ;; binary) end=bin ;; native) end=w2v ;; *) end=$format ;;
    esac
    works "convert to $format" convert "$t/winds" "$t/there/vectors.$end"
    has "convert to $format tells" "$t/there/vectors.$end ($format): 6 words" "$t/err"
    works "convert from $format" convert "$t/there/vectors.$end" "$t/there/back.txt"
    $RUN "$b/convert" "$t/winds" "$t/there/expected.txt" 2>/dev/null
    same_file "there and back through $format" "$t/there/expected.txt" "$t/there/back.txt"
done
works "a checkpoint, trained for convert" word2vec $train -output "$t/checked" -debug 0 -checkpoint "$t/there/point.w2v"
works "convert a checkpoint" convert "$t/there/point.w2v" "$t/there/plain.bin"
has "what is lost" "without their counts, without the output vectors" "$t/err"
works "convert to native" convert "$t/there/point.w2v" "$t/there/all.w2v"
has "nothing is lost" "all.w2v (native): 40 words" "$t/err"
same "nothing is lost" "" "$(grep without "$t/err")"
works "convert -matrix output" convert -matrix output "$t/there/point.w2v" "$t/there/output.txt"
works "convert -matrix output, again" convert -matrix output -to text "$t/there/all.w2v" "$t/there/again"
same_file "output vectors" "$t/there/output.txt" "$t/there/again"
for size in float16 int8; do
    works "convert -to $size" convert -to $size "$t/there/point.w2v" "$t/there/small.w2v"
    has "convert -to $size tells" "numbers rounded to" "$t/err"
    $RUN "$b/query" -top 3 "$t/there/all.w2v" a3 | sed 's/ .*//' >"$t/out"
    $RUN "$b/query" -top 3 "$t/there/small.w2v" a3 | sed 's/ .*//' >"$t/out2"
    same "neighbours in $size" "$(cat "$t/out")" "$(cat "$t/out2")"
done
# .tsv is the projector's by its name; of a mapped file all is checked by -verify 1
works "convert to .tsv" convert "$t/winds" "$t/there/places.tsv"
silent "query knows .tsv by its name" query -top 1 "$t/there/places.tsv" east
same "the answer from .tsv" "eastern 0.9939" "$(tr -s ' ' <"$t/out")"
# so do the other programs, in whatever case
cp "$t/there/places.tsv" "$t/there/PLACES.TSV"
silent "query knows .TSV" query -top 1 "$t/there/PLACES.TSV" east
works "convert knows .TSV" convert "$t/there/PLACES.TSV" "$t/there/places.txt"
printf 'east eastern 9\neast north 2\nwest east 1\n' >"$t/there/pairs"
silent "evaluate knows .tsv by its name" evaluate "$t/there/places.tsv" "$t/there/pairs"
has "the scores of .tsv" "100.0  3 of 3" "$t/out"
works "plot knows .tsv by its name" plot -output "$t/there" "$t/there/places.tsv" east west
works "word2vec -continue knows .tsv by its name" word2vec -train "$t/lines" -min-count 1 -sample 0 -debug 0 \
    -output "$t/there/went_on.txt" -continue "$t/there/places.tsv"
refuses 2 "-plot would replace '$t/there/metadata.tsv', which is read" \
    evaluate -plot "$t/there/metadata.tsv" "$t/there/places.tsv" "$t/there/pairs"
refuses 2 "-save-vocab would replace '$t/there/metadata.tsv', which is read" word2vec -train "$t/lines" -min-count 1 \
    -output "$t/vec" -continue "$t/there/places.tsv" -save-vocab "$t/there/metadata.tsv"
cp "$t/winds" "$t/there/winds.tsv"
silent "a text with such a name" query -format text -top 1 "$t/there/winds.tsv" east
works "convert a text with such a name" convert -from text "$t/there/winds.tsv" "$t/there/back.txt"
silent "query -verify 1" query -verify 1 "$t/there/all.w2v" a3
works "convert -verify 1" convert -verify 1 "$t/there/all.w2v" "$t/there/again.txt"
cp "$t/there/all.w2v" "$t/there/broken.w2v"
printf '\377\377\377\377' | dd of="$t/there/broken.w2v" bs=1 seek=$(($(wc -c <"$t/there/all.w2v") / 2)) conv=notrunc 2>/dev/null
refuses 1 "query: '$t/there/broken.w2v'" query -verify 1 "$t/there/broken.w2v" a3
refuses 1 "convert: '$t/there/broken.w2v'" convert -verify 1 "$t/there/broken.w2v" "$t/vec.txt"
works "convert -first" convert -first 2 "$t/winds" "$t/there/first.txt"
same "convert -first" "2 2" "$(sed -n 1p "$t/there/first.txt")"
works "convert -limit" convert -limit 1 "$t/winds" "$t/there/first.txt"
same "convert -limit" "1 2" "$(sed -n 1p "$t/there/first.txt")"
works "convert -keep" convert -keep "$t/some_winds" "$t/winds" "$t/there/kept.txt"
has "convert -keep tells" "4 of other words" "$t/err"
same "convert -keep" "2 2,north,west" "$(sed '2,$s/ .*//' "$t/there/kept.txt" | tr '\n' ',' | sed 's/,$//')"

# gensim reads what we write, and we read what it writes
python=
for p in /usr/bin/python3 python3; do [ -z "$python" ] && $p -c 'import gensim' 2>/dev/null && python=$p; done
if [ -n "$python" ]; then
    $RUN "$b/word2vec" $train -output "$t/text_vectors" -debug 0
    $python tests/gensim_reads.py "$t/one" "$t/text_vectors" "$t/gensim" >"$t/out" 2>&1
    same "gensim reads our files" 0 "$?$(tail -n 1 "$t/out")"
    $RUN "$b/query" -n 3 "$t/one" a3 >"$t/ours"
    for file in gensim.bin gensim.txt; do
        works "gensim's $file" query -n 3 "$t/$file" a3
        same_file "neighbours in gensim's $file" "$t/ours" "$t/out"
    done
else
    skip 5 "files of gensim: there is no gensim"
fi
if command -v fasttext >/dev/null; then
    fasttext skipgram -input "$t/text" -output "$t/fast" -dim 20 -minCount 1 -epoch 1 -thread 1 -minn 0 -maxn 0 >/dev/null 2>&1
    works "fastText's file" query -n 3 "$t/fast.vec" a3
    same "neighbours in fastText's file" 3 "$(wc -l <"$t/out")"
else
    skip 2 "a file of fastText: there is no fasttext"
fi

# ------------------------------------------------------------------------------------------------------------
# Pictures, and the Stanford treebank

printf 'sentence_index\tsentence\n1\tA good film\n2\tA bad film , truly bad\n3\tGood actors\n' >"$t/sentences"
printf 'sentence_index\tsplit\tlabel\n1\t1\t3\n2\t2\t0\n3\t3\t4\n' >"$t/labels"
printf 'index,\033sentence\n1,x\n' >"$t/header"
printf 'sentence_index\tsentence\n' >"$t/none_in_it"
printf 'sentence_index\tsentence\n1\tfine\n2 no tab here\n' >"$t/column"
printf 'sentence_index\tsplit\tlabel\n1\t1\t3\n2\t1\t0\n3\t3\t4\n' >"$t/labels_two"
printf 'sentence_index\tsplit\tlabel\n1\t1\t3\n2\t2\t0\n3\t3\t9\n' >"$t/labels9"
printf 'sentence_index\tsplit\tlabel\n1\t1\t3\n2\t2\t0\n' >"$t/labels2"
printf 'sentence_index\tsplit\tlabel\n1\t1\t3\n2\t2\t0\n1\t1\t3\n' >"$t/labels_twice"
printf 'sentence_index\tsplit\tlabel\n1\t3\t3\n2\t2\t0\n3\t2\t0\n' >"$t/labels_no_train"
printf 'sentence_index\tsplit\tlabel\n4294967297\t1\t3\n' >"$t/labels_wrap"
(printf 'sentence_index\tsentence\n'; for i in $(seq 200); do printf "$i\tno no no no no no\n"; done) >"$t/same"
(printf 'sentence_index\tsentence\n1\tfine\n2\t'; printf %01025d 0) >"$t/long_word"
printf 'sentence_index\tsentence\n4294967296\tfine\n' >"$t/large_index"
mkdir "$t/treebank"
refuses 1 "cannot open '$t/none'" cs224n --output "$t/treebank" "$t/none"
refuses 1 "'$t/header' line 1 is 'index,\\x1bsentence', not the header" cs224n --output "$t/treebank" "$t/header"
refuses 1 "'$t/none_in_it' has no sentences" cs224n --output "$t/treebank" "$t/none_in_it"
refuses 1 "'$t/column' line 3 is '2 no tab here', not a number, a TAB and a sentence" cs224n --output "$t/treebank" "$t/column"
refuses 1 "'$t/long_word' line 3 has a word of 1025 bytes" cs224n --output "$t/treebank" "$t/long_word"
refuses 1 "'$t/large_index' line 2 is '4294967296" cs224n --output "$t/treebank" "$t/large_index"
start cs224n --output "$t/treebank" "$t/same"
same "sentences of one word" "1 cs224n: no sentence with two different words is left after subsampling" "$status $(cat "$t/err")"
same "a failed cs224n writes nothing" "" "$(ls "$t/treebank")"
refuses 2 "weighting takes mean, idf or sif, not 'tf'" sentiment -weighting tf "$t/three" "$t/sentences" "$t/labels"
refuses 1 "the weights need the counts of the words" sentiment -weighting sif "$t/three" "$t/sentences" "$t/labels"
works "a checkpoint for sentiment" word2vec -train "$t/sentences" -output "$t/counted" -checkpoint "$t/counted.checkpoint" \
    -min-count 1 -sample 0 -size 8
for option in "mean" "idf" "sif" "sif -components 0"; do
    works "sentiment -weighting $option" sentiment -weighting $option "$t/counted.checkpoint" "$t/sentences" "$t/labels"
    sed -n 's/^raw  *\(loss [0-9.]*\).*/\1/p' "$t/out" >>"$t/weightings"
done
same "weights and common directions change what sentiment learns" "4" "$(sort -u "$t/weightings" | wc -l | tr -d ' ')"
works "a table for sentiment" convert "$t/three" "$t/three.tsv"
works "sentiment knows .tsv by its name" sentiment "$t/three.tsv" "$t/sentences" "$t/labels"
refuses 2 "-loss would replace '$t/metadata.tsv', which is read" \
    sentiment -loss "$t/metadata.tsv" "$t/three.tsv" "$t/sentences" "$t/labels"
refuses 1 "line 4 is '3\\x09" sentiment "$t/three" "$t/sentences" "$t/labels9"
refuses 1 "has labels for 2 of 3 sentences" sentiment "$t/three" "$t/sentences" "$t/labels2"
refuses 1 "line 4: sentence 1 has its labels already" sentiment "$t/three" "$t/sentences" "$t/labels_twice"
refuses 1 "has no sentence to train on" sentiment "$t/three" "$t/sentences" "$t/labels_no_train"
refuses 1 "line 2 is '4294967297" sentiment "$t/three" "$t/sentences" "$t/labels_wrap"
for loss in negative softmax; do
    works "cs224n --loss $loss" cs224n "$t/sentences" --iterations 40 --loss $loss --output "$t/treebank"
    grep -q '^40 iterations.*smoothed loss [0-9.]*$' "$t/out" && pass || fail "cs224n --loss $loss: expected a loss, got '$(cat "$t/out")'"
    same "cs224n --loss $loss: vectors" "8 10" "$(head -n 1 "$t/treebank/cs224n_vectors.txt")"
done
same "the legend of cs224n's picture" "praise,blame,people,weather,drinks," \
    "$(sed -n '/id="legend"/,/<\/g>/s/.*<text[^>]*>\(.*\)<\/text>/\1/p' "$t/treebank/cs224n_vectors.svg" | tr '\n' ',')"
(printf 'sentence_index\tsentence\n'; for i in $(seq 200); do printf "$i\tw$i x$i y$i z$i\n"; done) >"$t/no_words"
works "cs224n without the words of its picture" cs224n "$t/no_words" --iterations 40 --output "$t/treebank"
has "cs224n without the words of its picture says so" "no picture: the text has none of its words" "$t/out"
for f in sentences labels; do
    printf '\357\273\277' | cat - "$t/$f" >"$t/${f}_with_mark"
done
works "options with one dash" cs224n "$t/sentences" -iterations 40 -loss negative -output "$t/treebank"
works "a byte order mark in the treebank" cs224n "$t/sentences_with_mark" --iterations 40 --output "$t/treebank"
works "sentiment" sentiment "$t/three" "$t/sentences" "$t/labels"
sed 's/  *[0-9.]* s / /' "$t/out" >"$t/without_mark"
works "a byte order mark in the labels" sentiment "$t/three" "$t/sentences_with_mark" "$t/labels_with_mark"
sed 's/  *[0-9.]* s / /' "$t/out" >"$t/with_mark"
same_file "byte order marks change nothing" "$t/without_mark" "$t/with_mark"
if [ $can_launch ]; then
    launch cs224n "$t/sentences" --iterations 100000000 --output "$t/treebank"
    until_true test -s "$t/treebank/cs224n.checkpoint"
    kill -INT $pid
    ends "Ctrl-C in cs224n: status" 130
    same "Ctrl-C in cs224n: the vectors are saved" "8 10" "$(head -n 1 "$t/treebank/cs224n_vectors.txt")"
else
    skip 2 "Ctrl-C in cs224n: env has no --default-signal"
fi

mkdir "$t/plots"
p="plot -output $t/plots"
refuses 1 "'nobody' is not in the vocabulary" $p "$t/three" nobody
refuses 1 "no word to draw" $p -n 0 "$t/three"
works "plot" $p "$t/three" good bad film
has "plot draws the words" ">film</text>" "$t/plots/plot.svg"
same "plot writes a picture only" "plot.svg" "$(ls "$t/plots")"
works "plot -tsv 1" $p -tsv 1 "$t/three" good bad film
printf '1\t0\n0\t1\n0.5\t0.5\n' >"$t/tsv"
same_file "vectors for the projector" "$t/tsv" "$t/plots/vectors.tsv"
same "words for the projector" "good,bad,film," "$(tr '\n' ',' <"$t/plots/metadata.tsv")"
# points PICTURE: where they are
points() { sed -n 's/.*<circle cx="\([0-9.]*\)" cy="\([0-9.]*\)".*/\1 \2/p' "$t/plots/plot.svg" | sort | tr '\n' ','; }
works "plot of one word" $p "$t/one" a3
same "one word is in the centre" "480.0 392.0," "$(points)"
works "plot of two words" $p "$t/one" a3 b4
same "two words are on a line" "56.0 392.0,904.0 392.0," "$(points)"
printf '3 3\na 1 1 1\nb 2 2 2\nc 4 4 4\n' >"$t/line"
works "plot of three words" $p "$t/line" a b c
same "three words on a line" "338.7 392.0,56.0 392.0,904.0 392.0," "$(points)"
printf '3 2\na 1 1\nb 1 1\nc 1 1\n' >"$t/equal"
works "plot of equal vectors" $p "$t/equal" a b c
same "equal vectors are in the centre" "480.0 392.0,480.0 392.0,480.0 392.0," "$(points)"
# labels PICTURE: how many there are, and then every one that overlaps another label, a point, or the edge of the
# frame. A label is a text with a textLength, which viewers obey; its letters reach from 9.5 above the base line
# (Helvetica's "l": 0.72 of the font size, 13) to 2.8 below it ("g": 0.21). A point is a disc with its radius, or a
# triangle.
labels() {
    LC_ALL=C awk '
        function attribute(name) { return match($0, " " name "=\"[-0-9.]+") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 3) + 0 : 0 }
        function box(x0, y0, x1, y1) { n++; X0[n] = x0; Y0[n] = y0; X1[n] = x1; Y1[n] = y1 }
        /id="frame"/ { left = attribute("x"); top = attribute("y"); right = left + attribute("width"); bottom = top + attribute("height") }
        /<text[^>]* textLength=/ { x = attribute("x"); y = attribute("y"); box(x, y - 9.5, x + attribute("textLength"), y + 2.8); label[n] = $0 }
        /<circle/ { x = attribute("cx"); y = attribute("cy"); r = attribute("r"); box(x - r, y - r, x + r, y + r) }
        /<polygon/ {
            match($0, /points="[^"]*/)
            split(substr($0, RSTART + 8, RLENGTH - 8), c, /[ ,]/)
            x0 = x1 = c[1]; y0 = y1 = c[2]
            for (k = 3; k < 7; k += 2) {
                if (c[k] < x0) x0 = c[k]
                if (c[k] > x1) x1 = c[k]
                if (c[k + 1] < y0) y0 = c[k + 1]
                if (c[k + 1] > y1) y1 = c[k + 1]
            }
            box(x0, y0, x1, y1)
        }
        END {
            for (i in label) count++
            printf "%d", count
            for (i = 1; i <= n; i++) {
                if (!(i in label)) continue
                gsub(/<[^>]*>/, "", label[i])
                if (X0[i] < left || X1[i] > right || Y0[i] < top || Y1[i] > bottom) printf " %s:outside", label[i]
                for (k = 1; k <= n; k++)
                    if (k != i && X0[i] < X1[k] && X0[k] < X1[i] && Y0[i] < Y1[k] && Y0[k] < Y1[i]) printf " %s:covers", label[i]
            }
        }' "$1"
}
# apart NAME LABELS: the picture has at least that many labels, and none overlaps anything
apart() {
    got=$(labels "$t/plots/plot.svg")
    [ "${got%% *}" -ge "$2" ] && [ "$got" = "${got%% *}" ] && pass ||
        fail "$1: expected at least $2 labels that overlap nothing, got $got"
}
# words N SHAPE: N words with vectors (x, y) by an own generator, the same in every awk. SHAPE normal: the sum of
# four uniform numbers; long: the same with words of up to 100 letters; equal: all vectors are the same; outlier:
# numbers between 0 and 1, but the first word is at (500, 700).
words() {
    LC_ALL=C awk -v n="$1" -v shape="$2" '
        function uniform() { seed = (seed * 16807) % 2147483647; return seed / 2147483647 }
        function normal() { return uniform() + uniform() + uniform() + uniform() }
        BEGIN {
            seed = 1
            print n, 2
            for (i = 1; i <= n; i++) {
                word = ""
                letters = shape == "long" ? 10 + 90 * uniform() : 2 + 8 * uniform()
                for (k = 0; k < letters; k++) word = word substr("abcdefghijklmnopqrstuvwxyzMWil", 1 + int(30 * uniform()), 1)
                x = shape == "outlier" ? uniform() : normal()
                y = shape == "outlier" ? uniform() : normal()
                if (shape == "equal") x = y = 1
                if (shape == "outlier" && i == 1) { x = 500; y = 700 }
                print word i, x, y
            }
        }'
}
# the last number: how many labels find room at least
for scene in "200 normal 80" "60 normal 50" "40 long 30" "30 equal 10" "1 normal 1" "30 outlier 30"; do
    set -- $scene
    words $1 $2 >"$t/scene"
    works "plot of $1 words, $2" $p -n $1 "$t/scene"
    apart "labels of $1 words, $2" $3
    shown=$(labels "$t/plots/plot.svg")
    left=$(sed -n 's/.*>\([0-9]*\) labels* [a-z]* left out.*/\1/p' "$t/plots/plot.svg")
    same "the picture says how many labels it leaves out of $1, $2" "$1" $((${shown%% *} + ${left:-0}))
done
# 29 words fill two thirds of the frame (920 x 640) in one direction; the 30th has a mark and a remark
LC_ALL=C awk '
    /<circle/ {
        split($0, part, "\"")
        if (!n++) { x0 = x1 = part[2]; y0 = y1 = part[4] }
        if (part[2] < x0) x0 = part[2]
        if (part[2] > x1) x1 = part[2]
        if (part[4] < y0) y0 = part[4]
        if (part[4] > y1) y1 = part[4]
    }
    END { print n, (x1 - x0 >= 920 * 2 / 3 || y1 - y0 >= 640 * 2 / 3) }' "$t/plots/plot.svg" >"$t/spread"
same "an outlier does not squeeze the rest" "29 1" "$(cat "$t/spread")"
same "the outlier is marked" 1 "$(grep -c '<polygon.*<title>' "$t/plots/plot.svg")"
has "the outlier is explained" ">1 point lies beyond the frame, drawn at its edge</text>" "$t/plots/plot.svg"
works "plot of a word of known width" $p "$t/three" film
# f 278, i 222, l 222, m 833 thousandths of 13 in the metrics of Helvetica
has "a label is as wide as its letters" 'textLength="20.2"' "$t/plots/plot.svg"
same "the examples use no private names of w2v.h" "" "$(grep -l w2v__ examples/*)"

printf 'a&<\001\377\303\251 1 0\nb 0 1\nc 2 2\n' >"$t/odd"
works "words that XML does not allow" $p "$t/odd"
LC_ALL=C grep -q "$(printf '>a&amp;&lt;\357\277\275\357\277\275\303\251</text>')" "$t/plots/plot.svg" && pass ||
    fail "words that XML does not allow: expected replacement characters, got '$(grep 'a&amp;' "$t/plots/plot.svg")'"
cp "$t/plots/plot.svg" "$t/before"
chmod 600 "$t/plots/plot.svg"
(trap '' XFSZ; ulimit -f 1; exec $RUN "$b/plot" -output "$t/plots" "$t/three" >"$t/out" 2>&1)
same "plot to a full disk" "1 plot: cannot write '$t/plots/plot.svg': File too large" "$? $(cat "$t/out")"
same_file "a full disk leaves the old picture" "$t/before" "$t/plots/plot.svg"
works "plot over a private picture" $p "$t/three"
same "a private picture stays private" "-rw-------" "$(ls -l "$t/plots/plot.svg" | cut -c 1-10)"
same "a full disk leaves nothing else" "plot.svg" "$(ls "$t/plots" | grep svg)"

# ------------------------------------------------------------------------------------------------------------
# Losses and maps

# curve NAME LINES PICTURE: the first curve has that many points, the frame holds them, and no text overlaps another,
# lies over the frame or leaves the page. A digit is 7.3 wide in
# Helvetica, another character about 5.3 here.
curve() {
    LC_ALL=C awk -v lines="$2" '
        function attribute(name) { return match($0, " " name "=\"[-0-9.]+") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 3) + 0 : 0 }
        /<svg/ { page_width = attribute("width"); page_height = attribute("height") }
        /id="frame"/ { left = attribute("x"); top = attribute("y"); right = left + attribute("width"); bottom = top + attribute("height") }
        /<polyline/ {
            split($0, part, "points=\"")
            sub(/".*/, "", part[2])
            n = split(part[2], at, " ")
            if (!curves++) points = n
            for (i = 1; i <= n; i++) {
                split(at[i], c, ",")
                if (c[1] < left - 0.1 || c[1] > right + 0.1 || c[2] < top - 0.1 || c[2] > bottom + 0.1) print "outside the frame: " at[i]
            }
        }
        /<text/ {
            sub(/.*<text/, "<text")
            x = attribute("x"); y = attribute("y"); text = $0
            gsub(/<[^>]*>/, "", text)
            gsub(/&[a-z]*;/, "x", text)
            others = text
            digits = gsub(/[0-9]/, "", others)
            width = 7.3 * digits + 5.3 * length(others)
            if (/"end"/ && x < left && (y < top || y > bottom + 6)) print "beside no part of the frame: " text
            if ($0 ~ /"end"/) x -= width
            if ($0 ~ /"middle"/) x -= width / 2
            if (x < 0 || x + width > page_width || y > page_height || y < 10) print "beyond the page: " text
            if (x < right && x + width > left && y > top + 9 && y < bottom) print "in the frame: " text
            for (i = 1; i <= texts; i++)
                if (x < X[i] + W[i] && X[i] < x + width && y - 9.5 < Y[i] + 2.8 && Y[i] - 9.5 < y + 2.8) print text " covers " T[i]
            X[++texts] = x; Y[texts] = y; W[texts] = width; T[texts] = text
        }
        END { print points == lines ? "good" : points " points, not " lines }' "$3" >"$t/curve"
    same "$1" "good" "$(cat "$t/curve")"
}
# losses NAME PROGRAM ARGUMENTS...: with -loss a program writes lines of CSV, of which -loss FILE.svg is a picture
losses() {
    name=$1 program=$2
    shift 2
    works "$name -loss FILE.csv" "$program" -loss "$t/of.csv" "$@"
    works "$name -loss FILE.svg" "$program" -loss "$t/of.svg" "$@"
    curve "$name: a picture of the losses" "$(awk -F, '
        NR == 1 { for (k = NF; k; k--) if ($k ~ /loss$/) first = k }
        NR > 1 && $first != "" { n++ }
        END { print n }' "$t/of.csv")" "$t/of.svg"
}
losses "rounds" rounds "$t/text" a1
refuses 2 "-loss would replace '$t/text', which is read" rounds -loss "$t/text" "$t/text" a1
refuses 2 "-loss would replace '$t/sentences', which is read" cs224n -loss "$t/sentences" -output "$t/treebank" "$t/sentences"
refuses 2 "-loss would replace '$t/labels', which is read" sentiment -loss "$t/labels" "$t/three" "$t/sentences" "$t/labels"
refuses 2 "-plot would replace '$t/three', which is read" evaluate -plot "$t/three" "$t/three" "$t/pairs"
for file in "checkpoint cs224n.checkpoint" "file of vectors cs224n_vectors.txt" "picture cs224n_vectors.svg"; do
    refuses 2 "cs224n: -loss and the ${file% *} are the same file, '$t/plots/../treebank/${file##* }'" \
        cs224n -iterations 4 -output "$t/treebank" -loss "$t/plots/../treebank/${file##* }" "$t/sentences"
done
for file in "corpus demo_corpus.txt" "picture word_vectors.svg"; do
    refuses 2 "demo: -loss and the ${file% *} are the same file, '$t/./${file##* }'" demo -output "$t" -loss "$t/./${file##* }"
done
for set in EN-WS-353-ALL.txt ws353.txt; do # one that is there, and one that would be read then
    refuses 2 "-plot would replace '$t/sets/../sets/$set', which is read" \
        evaluate -plot "$t/sets/../sets/$set" "$t/three" "$t/sets"
done
printf "good\n" >"$t/words.txt"
refuses 2 "OUT would replace '$t/words.txt', which is read" convert -keep "$t/words.txt" -to text "$t/three" "$t/words.txt"
works "cs224n, numbers of one dimension" cs224n -resume 0 -iterations 4 -size 1 -loss "$t/of.csv" -output "$t/treebank" "$t/sentences"
same "cs224n: the loss at the end, which is no tenth iteration" "4,0.3" "$(sed -n '2s/,[^,]*$//p' "$t/of.csv")"
losses "cs224n" cs224n -iterations 40 -output "$t/treebank" "$t/sentences"
same "cs224n's losses" "iteration,learning_rate,loss 10,0.3,20,0.3,30,0.3,40,0.3," \
    "$(head -n 1 "$t/of.csv") $(sed -n '2,$s/[^,]*$//p' "$t/of.csv" | tr -d '\n')"
losses "sentiment" sentiment "$t/three" "$t/sentences" "$t/labels"
same "sentiment draws the losses of raw and of normalised vectors" "2" "$(grep -c '<polyline' "$t/of.svg")"
# a training that fails or is stopped loses no picture, and one without a line of losses replaces none
failing="-learning-rate 1 -l2 3 -optimizer sgd -loss $t/failed.svg"
start cs224n $failing -output "$t/treebank" "$t/sentences"
same "cs224n fails" "1 1 1" "$status $(grep -c 'is not finite at' "$t/err") $(grep -c '<polyline' "$t/failed.svg")"
rm -f "$t/failed.svg"
start sentiment $failing "$t/three" "$t/sentences" "$t/labels"
same "sentiment fails" "1 1 2" "$status $(grep -c 'are not finite at' "$t/err") $(grep -c '<polyline' "$t/failed.svg")"
cp "$t/mine" "$t/failed.svg"
start cs224n -learning-rate 1e6 -l2 1e6 -loss "$t/failed.svg" -output "$t/treebank" "$t/sentences"
same "cs224n fails at once" 1 $status
same_file "cs224n fails at once: an earlier picture stays" "$t/mine" "$t/failed.svg"
{ $RUN "$b/rounds" -loss "$t/unread.svg" "$t/text" a1 2>"$t/err"; echo $? >"$t/status"; } | :
same "rounds that nobody reads" "1 rounds: cannot write to standard output 1" \
    "$(cat "$t/status" "$t/err" | tr '\n' ' ')$(grep -c '<polyline' "$t/unread.svg")"
if [ $can_launch ]; then
    yes 'a b c d e f g h' | head -c 16000000 >"$t/large"
    launch rounds -loss "$t/stopped.svg" "$t/large" a
    until_true grep -q '^ 1. %' "$t/out"
    kill -INT $pid
    ends "Ctrl-C in rounds: status" 130
    has "Ctrl-C in rounds" "rounds: training stopped at" "$t/err"
    has "Ctrl-C in rounds: the losses are drawn" "<polyline" "$t/stopped.svg"
    rm "$t/large" "$t/stopped.svg"
else
    skip 3 "Ctrl-C in rounds: env has no --default-signal"
fi
losses "word2vec" word2vec -train "$t/text" $all -output "$t/valid" -valid "$t/part1" -iter 3 -plot "$t/map.svg"
same "word2vec draws the loss and that of -valid" "2" "$(grep -c '<polyline' "$t/of.svg")"
printf 'a1 a2 5\na3 b1 1\n' >"$t/pairs_of_text"
works "evaluate -plot" evaluate -plot "$t/map2.svg" "$t/valid" "$t/pairs_of_text"
grep -v 'font-weight="bold"' "$t/map.svg" >"$t/map"
grep -v 'font-weight="bold"' "$t/map2.svg" | cmp -s - "$t/map" && pass || fail "the map of evaluate is not that of word2vec but for its title"
has "the title of word2vec's map" ">Words of $t/text</text>" "$t/map.svg"
refuses 2 "-plot needs -output FILE" word2vec -train "$t/text" -save-vocab "$t/vec" -plot "$t/map.svg"
refuses 2 "-output and -plot are the same file, '$t/vec'" $w -plot "$t/vec"
refuses 1 "cannot write '$t/none/map.svg'" $w -plot "$t/none/map.svg"

printf 'iteration,loss\n0,3e-2\n5,-1\n100000000,0\n' >"$t/first.csv"
printf 'iteration,x,valid_loss\r\n1,5,\r\n2,6,7\r\n' >"$t/second.csv"
printf 'words,loss\n1,2\n' >"$t/words.csv"
printf 'iteration,loss\n1,2\n2,x\n' >"$t/bad.csv"
refuses 2 "-output would replace '$t/first.csv', which is read" curves --output "$t/first.csv" "$t/first.csv"
works "curves" curves -title 'A <title>' -note 'a note' -bars 'accuracy, %' -baseline 30 -baseline-name chance -output "$t/curves.svg" \
    -name 'first & best' -score 41.25 "$t/first.csv" "$t/second.csv"
curve "a picture of two files" 3 "$t/curves.svg"
same "the legend of two files" "first &amp; best: 0,valid loss: 7," \
    "$(sed -n '/id="legend"/,/<\/g>/s/.*<text[^>]*>\(.*\)<\/text>/\1/p' "$t/curves.svg" | tr '\n' ',')"
same "the bars" "first &amp; best: 41.2,valid loss: 0.0,chance: 30.0," \
    "$(sed -n '/id="bars"/,$s/.*<text[^>]*>\(.*: .*\)<\/text>/\1/p' "$t/curves.svg" | tr '\n' ',')"
printf 'iteration,loss\n0,22.6\n9,7.88\n' >"$t/ticks.csv" # from 6 to 24 there are more than eight ticks of 2
printf 'iteration,loss\n0,2\n9,7.88\n10,2e18\n11,nan\n' >"$t/diverged.csv"
works "curves of a training that diverged" curves -output "$t/curves.svg" "$t/diverged.csv"
curve "a picture of a training that diverged" 2 "$t/curves.svg"
works "curves whose range grows" curves -output "$t/curves.svg" "$t/ticks.csv"
curve "a picture whose range grows" 2 "$t/curves.svg"
printf 'iteration,loss\n0,100000000000000000\n1,100000000000000016\n' >"$t/close.csv" # two numbers without one between
works "curves of two large numbers" curves -output "$t/curves.svg" "$t/close.csv"
set --
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
    set -- "$@" -score $i -name "the run number $i, whose name is much too long for the place beside a bar" "$t/ticks.csv"
done
works "sixteen curves with long names" curves -bars 'a heading that is much too long for the place above the bars' -output "$t/curves.svg" "$@"
curve "a picture of sixteen curves with long names" 2 "$t/curves.svg"
refuses 2 "'$t/ticks.csv' has too many losses: at most 16 curves are drawn" curves "$@" "$t/ticks.csv"
refuses 1 "'$t/bad.csv' line 3: '2,x' is not two numbers" curves "$t/bad.csv"
refuses 1 "'$t/words.csv' has losses over 'words', the file before over 'iteration'" curves "$t/first.csv" "$t/words.csv"

# every option of cs224n changes the vectors, and a run that goes on ends where one without a break does
awk 'BEGIN {
    print "sentence_index\tsentence"
    for (i = 1; i <= 200; i++) {
        line = i "\t"
        for (k = 0; k < 12; k++) line = line "w" i * 12 + k " "
        print line
    }
}' >"$t/varied"
works "cs224n" cs224n -iterations 40 -output "$t/treebank" "$t/varied"
cp "$t/treebank/cs224n_vectors.txt" "$t/plain"
for option in "-size 3" "-window 1" "-negative 2" "-dropout 0.5" "-l2 1" "-seed 2" "-optimizer momentum" "-optimizer adam" \
    "-optimizer adagrad" "-learning-rate 1" "-anneal-every 10" "-loss softmax"; do
    works "cs224n $option" cs224n $option -iterations 40 -output "$t/treebank" "$t/varied"
    cmp -s "$t/plain" "$t/treebank/cs224n_vectors.txt" && fail "cs224n $option changes nothing" || pass
done
run="cs224n -optimizer adam -dropout 0.5 -size 7 -window 2 -negative 3 -checkpoint-every 20 -output $t/treebank $t/varied"
works "40 iterations" $run -iterations 40 -loss "$t/whole.csv"
cp "$t/treebank/cs224n_vectors.txt" "$t/plain"
works "20 iterations" $run -iterations 20 -loss "$t/parts.csv"
works "20 more" $run -iterations 40 -loss "$t/parts.csv" -resume
same_file "20 iterations and 20 more: vectors" "$t/plain" "$t/treebank/cs224n_vectors.txt"
same_file "20 iterations and 20 more: losses" "$t/whole.csv" "$t/parts.csv"
rm "$t/treebank/cs224n.checkpoint"
works "-resume without a checkpoint" $run -iterations 40 -loss "$t/parts.csv" -resume
same_file "-resume without a checkpoint begins the losses anew" "$t/whole.csv" "$t/parts.csv"
rm "$t/parts.csv"
works "-resume without losses" $run -iterations 40 -loss "$t/parts.csv" -resume
same "-resume without losses writes a header" "iteration,learning_rate,loss" "$(head -n 1 "$t/parts.csv")"
if [ -c /dev/full ]; then
    ln -s /dev/full "$t/full.csv"
    rm "$t/treebank/cs224n_vectors.txt"
    start $run -iterations 40 -loss "$t/full.csv"
    same "cs224n -loss on a full disk" "1 cs224n: cannot write '$t/full.csv': No space left on device" "$status $(grep cs224n: "$t/err")"
    same_file "cs224n -loss on a full disk: the vectors are saved" "$t/plain" "$t/treebank/cs224n_vectors.txt"
else
    skip 2 "a full disk: there is no /dev/full"
fi
for option in "-sentences 1" "-dropout 0.5" "-l2 1" "-optimizer sgd" "-iterations 100" "-components 1"; do
    works "sentiment" sentiment -loss "$t/plain" "$t/three" "$t/sentences" "$t/labels_two"
    works "sentiment $option" sentiment $option -loss "$t/with" "$t/three" "$t/sentences" "$t/labels_two"
    cmp -s "$t/plain" "$t/with" && fail "sentiment $option changes nothing" || pass
done

# a map: the words of eight topics, which are eight directions, are eight groups, and each word is beside one of its
# topic, which two principal components cannot show
LC_ALL=C awk '
    function uniform() { seed = (seed * 16807) % 2147483647; return seed / 2147483647 }
    BEGIN {
        seed = 1
        print 80, 8
        for (i = 0; i < 80; i++) {
            line = substr("abcdefgh", i % 8 + 1, 1) i
            for (k = 0; k < 8; k++) line = line " " (k == i % 8) + 0.6 * uniform() - 0.3
            print line
        }
    }' >"$t/topics"
works "plot -map 1" plot -output "$t/plots" -map 1 -groups 8 "$t/topics"
apart "labels of the map" 75
LC_ALL=C awk '
    /id="legend"/ { legend = 1 }
    /<\/g>/ { legend = 0 }
    /<circle/ {
        match($0, /fill="[^"]*/)
        colour = substr($0, RSTART + 6, RLENGTH - 6)
        split($0, part, "\"")
        text = $0
        gsub(/<[^>]*>/, "", text)
        if (legend) { split(text, typical, ", "); name[colour] = substr(typical[1], 1, 1); groups++; next }
        x[++n] = part[2]; y[n] = part[4]; topic[n] = substr(text, 1, 1)
        if (name[colour] != topic[n]) print text " is in the group of " name[colour]
    }
    END {
        print n " words, " groups " groups"
        for (i = 1; i <= n; i++) {
            near = 1e9
            for (k = 1; k <= n; k++) {
                d = (x[i] - x[k]) ^ 2 + (y[i] - y[k]) ^ 2
                if (k != i && d < near) { near = d; neighbour = topic[k] }
            }
            if (neighbour != topic[i]) print topic[i] " is beside " neighbour
        }
    }' "$t/plots/plot.svg" >"$t/map"
same "the map of eight topics" "80 words, 8 groups" "$(cat "$t/map")"
words 300 normal >"$t/scene"
works "a map of 300 words" plot -output "$t/plots" -map 1 -n 300 "$t/scene"
apart "labels of a map of 300 words" 150
for n in 1 2 3 4 30; do # equal vectors are in one place and one group
    words $n equal >"$t/scene"
    works "a map of $n equal words" plot -output "$t/plots" -map 1 "$t/scene"
    same "a map of $n equal words: points and groups" "$n 1" "$(sed -n '/id="points"/,/<\/g>/p' "$t/plots/plot.svg" | grep -c '<circle') \
$(sed -n '/id="legend"/,/<\/g>/p' "$t/plots/plot.svg" | grep -c '<circle')"
done
printf '2 1\n1 1\n2 1\n' >"$t/digits"
refuses 1 "there is no word to draw" plot -output "$t/plots" -map 1 "$t/digits"

# the training run of the assignment: those that are published end at 9.37 and 9.81, ours at 9.50, 9.73 and 9.74 with
# the seeds 2, 1 and 3. The bounds are a twentieth around these, what the smoothed loss moves from one report to the next
if [ -n "$RUN" ]; then
    skip 2 "the training run of the assignment: it takes long in an emulator"
elif [ -f "${W2V_DATA:-}/sst/datasetSentences.txt" ]; then
    works "the training run of the assignment" cs224n -output "$t/treebank" "$W2V_DATA/sst/datasetSentences.txt"
    same "its loss" "good" "$(awk '/smoothed loss/ { print ($NF > 8.9 && $NF < 10.3 ? "good" : $NF) }' "$t/out")"
else
    skip 2 "the training run of the assignment: set W2V_DATA to a folder with sst/datasetSentences.txt to run it"
fi

# the experiments, on three sentences
for arguments in "" "$b" "$b $t $t/experiments $t"; do
    sh examples/experiments.sh $arguments >"$t/out" 2>&1
    same "experiments $arguments" "2 usage: experiments.sh BUILD DATA [OUTPUT]" "$? $(cat "$t/out")"
done
RUN="$RUN" ITERATIONS=40 sh examples/experiments.sh "$b" "$t/none" "$t/experiments" >"$t/out" 2>&1
same "experiments without data" "1 experiments: there is no '$t/none/datasetSentences.txt'" "$? $(cut -d : -f 1,2 "$t/out")"
mkdir "$t/data" "$t/data/sst"
cp "$t/sentences" "$t/data/sst/datasetSentences.txt"
cp "$t/labels" "$t/data/sst/sentence_labels.tsv"
mkdir "$t/experiments"
for f in run.txt notes.svg dimension.svg run-seed2.row; do cp "$t/mine" "$t/experiments/$f"; done
RUN="$RUN" ITERATIONS=40 sh examples/experiments.sh "$b" "$t/data" "$t/experiments" >"$t/out" 2>&1
same "experiments" "0 12 3" "$? $(grep -c ' [0-9]\{1,3\} .*[0-9][.][0-9]' "$t/out") $(grep -c ': [36] curves$' "$t/out")"
same "experiments leave what is not theirs" "mine mine" "$(cd "$t/experiments" && cat run.txt notes.svg | tr '\n' ' ' | sed 's/ $//')"
same "experiments begin anew" "" "$(ls "$t/experiments" | grep seed2)"
for f in optimizers dimension negatives; do curve "the picture of $f" 4 "$t/experiments/$f.svg"; done
echo no labels >"$t/data/sst/sentence_labels.tsv"
RUN="$RUN" ITERATIONS=40 sh examples/experiments.sh "$b" "$t/data" "$t/experiments" >"$t/out" 2>&1
same "experiments that fail" "1 experiments: sentiment failed: sentiment: '$t/data/sst/sentence_labels.tsv'" \
    "$? $(tail -n 1 "$t/out" | sed "s/\(labels.tsv'\).*/\1/")"

# ------------------------------------------------------------------------------------------------------------
# Programs that are started in some folder write there

# elsewhere FILES PROGRAM ARGUMENTS...: these files, and no others
elsewhere() {
    files=$1 program=$2
    shift 2
    rm -rf "$t/elsewhere"
    mkdir "$t/elsewhere"
    (cd "$t/elsewhere" && exec $RUN "$absolute/$program" "$@" >../out 2>../err)
    same "$program in another folder" "0 $files" "$? $(ls "$t/elsewhere" | tr '\n' ' ')"
}
elsewhere "plot.svg " plot ../three good
elsewhere "metadata.tsv plot.svg vectors.tsv " plot -tsv 1 ../three good
elsewhere "cs224n_vectors.svg cs224n_vectors.txt " cs224n --iterations 40 ../sentences
elsewhere "vectors " word2vec -train ../text -output vectors -debug 0
elsewhere "" query ../three good
if [ -z "$RUN" ]; then # a minute under qemu
    elsewhere "demo_corpus.txt loss.svg word_vectors.svg " demo -loss loss.svg
    svg=$t/elsewhere/word_vectors.svg
    same "all 64 words of the demo have labels that overlap nothing" "64" "$(labels "$svg")"
    # groups TEXT: the points by colour, in the order of the legend; then the pairs of groups whose boxes overlap
    LC_ALL=C awk '
        /id="legend"/ { legend = 1 }
        /<\/g>/ { legend = 0 }
        /<circle/ {
            match($0, /fill="[^"]*/)
            colour = substr($0, RSTART + 6, RLENGTH - 6)
            split($0, part, "\"")
            x = part[2] + 0; y = part[4] + 0
            if (legend) {
                twice += colour in group
                group[colour] = ++groups
                text = $0
                gsub(/<[^>]*>/, "", text)
                name[groups] = text
                next
            }
            g = group[colour]
            if (!size[g]++) { X0[g] = X1[g] = x; Y0[g] = Y1[g] = y }
            if (x < X0[g]) X0[g] = x
            if (x > X1[g]) X1[g] = x
            if (y < Y0[g]) Y0[g] = y
            if (y > Y1[g]) Y1[g] = y
        }
        END {
            for (g = 1; g <= groups; g++) printf "%s %d, ", name[g], size[g]
            printf "colours %s", twice ? "repeat" : "differ"
            for (g = 1; g <= groups; g++) for (k = 1; k < g; k++)
                if ((name[g] == "weather" || name[k] == "royals") && X0[g] <= X1[k] && X0[k] <= X1[g] && Y0[g] <= Y1[k] && Y0[k] <= Y1[g])
                    printf ", %s in %s", name[g], name[k]
        }' "$svg" >"$t/groups"
    same "the demo's groups: legend, colours, weather and royals apart from the rest" \
        "royals 8, family 8, countries 10, capitals 10, animals 5, young animals 5, weather 6, praise 6, blame 6, colours differ" \
        "$(cat "$t/groups")"
    has "the demo's picture has a title" ">Words of the demo's grammar (vectors scaled to length 1)</text>" "$svg"
    same "the demo prints no two words as the same" "" "$(grep -E ' (1\.00|0\.99)' "$t/out")"
    # nine in ten, since backends without fused multiply-add round differently
    same "the demo's analogies" "90 1,90 1,20 1," \
        "$(awk '/such questions right/ { printf "%d %d,", $(NF - 3), ($(NF - 5) >= 0.9 * $(NF - 3)) }' "$t/out")"
else
    skip 6 "demo in another folder: it takes long in an emulator"
fi

# ------------------------------------------------------------------------------------------------------------
# What cannot be written, read or understood

if [ -c /dev/full ]; then
    for p in minimal micro; do
        $RUN "$b/$p" "$t/text" a1 >/dev/full 2>"$t/err"
        same "$p on a full disk" "1 $p: cannot write to standard output" "$? $(cat "$t/err")"
    done
else
    skip 2 "minimal and micro on a full disk: there is no /dev/full"
fi

for x in 0 -1e18; do # there is no number between -1e18 and -1e18 + 1
    printf 'x,loss\n%s,1\n' $x >"$t/alone.csv"
    works "curves of one point, at $x" curves -output "$t/curves.svg" "$t/alone.csv"
    same "one point, at $x: curves, and lines with no numbers" "1 0" "$(grep -c '<polyline' "$t/curves.svg") $(grep -c nan "$t/curves.svg")"
done

refuses 1 "micro: cannot read $t" micro "$t" king

# (`make mpi` tells whether it compiles; a package that is being installed meanwhile does not yet)
if [ -z "$RUN" ] && mpicc -std=c99 -I. $(sed -n 's/^STB_FLAGS := //p' "$b/stb.mk") examples/mpi.c -o "$t/mpi" -lm -pthread 2>"$t/err"; then
    # mpi NAME EXPECTED ARGUMENTS...: status, and the first line of what it says
    mpi() {
        name=$1 expected=$2
        shift 2
        "$t/mpi" "$@" >"$t/out" 2>"$t/err"
        same "mpi $name" "$expected" "$? $(sed 's/ranks,.*/ranks/; q' "$t/err") $(ls "$t" | grep '^vec')"
        rm -f "$t/vec"
    }
    mpi "numbers" "0 1 ranks vec" "$t/text" "$t/vec" 1 2 1
    mpi "without numbers" "2 usage: mpirun -n RANKS mpi CORPUS OUTPUT [EPOCHS [LANES [THREADS]]] " "$t/text"
    mpi "epochs" "2 mpi: epochs takes a whole number, not '5x' " "$t/text" "$t/vec" 5x
    mpi "lanes" "2 mpi: lanes takes a whole number, not 'five' " "$t/text" "$t/vec" 1 five
    mpi "threads" "2 mpi: threads must be between 1 and 1024, not 0 " "$t/text" "$t/vec" 1 1 0
    mpi "the corpus as output" "2 mpi: OUTPUT would replace CORPUS " "$t/text" "$t/./text"
else
    skip 6 "mpi: it needs a whole mpicc, and no emulator"
fi

same "no temporary file is left" "" "$(find "$t" -name '*.part')"
rm -rf "$t"
finish
