#!/bin/sh
# SPDX-License-Identifier: MIT-0
#
# cli.sh BUILD - the programs of examples/ as a person meets them: what they print, what they refuse and what they leave behind

b=$1
t=$b/cli.tmp
passed=0 failed=0 skipped=0
rm -rf "$t"
mkdir -p "$t"

pass() { passed=$((passed + 1)); }
fail() {
    failed=$((failed + 1))
    echo "cli: FAILED: $*"
}

# refuses STATUS 'part of the sentence' PROGRAM ARGUMENTS...: that status, one line on standard error with that in it, no output
refuses() {
    want=$1 text=$2 program=$3
    shift 3
    $RUN "$b/$program" "$@" >"$t/out" 2>"$t/err" </dev/null
    status=$?
    if [ $status = "$want" ] && [ "$(wc -l <"$t/err")" = 1 ] && grep -qF -- "$text" "$t/err" && [ ! -s "$t/out" ] &&
        [ ! -e "$t/vec" ] && [ ! -e "$t/vec.part" ]; then
        pass
    else
        fail "$program $*: status $status, '$(cat "$t/err")' instead of $want, '$text'"
    fi
}

# A corpus of two topics.
awk 'BEGIN { for (i = 0; i < 3000; i++) { c = i % 2 ? "a" : "b"; s = ""; for (k = 0; k < 8; k++) s = s c (i * 7 + k * k * 3 + int(i / 5)) % 20 " "; print s } }' >"$t/text"
: >"$t/empty"
printf 'every word once only' >"$t/once"
printf 'ends in a \000 byte' >"$t/nul"

# bad input: the thing and the value are named
w="word2vec -train $t/text -output $t/vec"
refuses 1 "cannot open '$t/none': No such file" word2vec -train "$t/none" -output "$t/vec"
refuses 1 "'$t/empty' has no words" word2vec -train "$t/empty" -output "$t/vec"
refuses 1 "cannot read '$t': it is a directory" word2vec -train "$t" -output "$t/vec"
refuses 1 "no word of '$t/once' occurs 5 times" word2vec -train "$t/once" -output "$t/vec"
refuses 1 "'$t/nul' has a NUL byte at offset 10" word2vec -train "$t/nul" -output "$t/vec"
refuses 2 "dim must be between 1 and 65536, not 0" $w -size 0
refuses 2 "window must be between 1 and 1000, not 0" $w -window 0
refuses 2 "threads must be between 1 and 1024, not 0" $w -threads 0
refuses 2 "epochs must be between 1 and 1000000, not 0" $w -iter 0
refuses 2 "negative must be between 0 and 1000, not 5000" $w -negative 5000
refuses 2 "sample must be between 0 and 1, not -1" $w -sample -1
refuses 2 "alpha must be between 0 and 100, not -0.5" $w -alpha -0.5
refuses 2 "-size takes a whole number from 0 to 18446744073709551615, not '-5'" $w -size -5
refuses 2 "-size takes a whole number from 0 to 18446744073709551615, not 'big'" $w -size big
refuses 2 "-window takes a whole number from 0 to 18446744073709551615, not '5x'" $w -window 5x
refuses 2 "-iter takes a whole number from 0 to 18446744073709551615, not '99999999999999999999'" $w -iter 99999999999999999999
refuses 2 "-alpha takes a number, not 'fast'" $w -alpha fast
refuses 2 "-sample takes a number, not 'nan'" $w -sample nan
refuses 2 "-alpha takes a number that is not so large, not '1e300'" $w -alpha 1e300
refuses 2 "-binary takes a whole number from 0 to 1, not '2'" $w -binary 2
refuses 2 "unknown option '-speed'" $w -speed 9
refuses 2 "-size needs a value" $w -size
refuses 2 "-train FILE is missing" word2vec -output "$t/vec"
refuses 2 "-output FILE is missing" word2vec -train "$t/text"
refuses 2 "-train and -output are the same file, '$t/text'" word2vec -train "$t/text" -output "$t/text"
refuses 2 "-train and -output are the same file, '$t/text'" word2vec -train "$t/text" -output "$t/./text"
refuses 2 "-train and -save-vocab are the same file, '$t/text'" $w -save-vocab "$t/../cli.tmp/text"
refuses 2 "-output and -save-vocab are the same file, '$t/vec'" $w -save-vocab "$t/vec"
refuses 2 "-output and -save-vocab are the same file, '$t/vec'" $w -save-vocab "$t/.//vec"
cp "$t/text" "$t/corpus.part"
ln -s text "$t/link"
refuses 2 "-train and -output are the same file, '$t/text'" word2vec -train "$t/text" -output "$t/link"
refuses 2 "-output is written as '$t/corpus.part' first, which is the file of -train" word2vec -train "$t/corpus.part" -output "$t/corpus"
refuses 2 "-save-vocab is written as '$t/corpus.part' first, which is the file of -train" word2vec -train "$t/corpus.part" -output "$t/vec" -save-vocab "$t/corpus"
refuses 2 "-output is written as '$t/vec.part' first, which is the file of -save-vocab" $w -save-vocab "$t/vec.part"
refuses 2 "-save-vocab is written as '$t/new.part' first, which is the file of -output" word2vec -train "$t/text" -output "$t/new.part" -save-vocab "$t/new"
cmp -s "$t/text" "$t/corpus.part" && pass || fail "a corpus called corpus.part"
refuses 2 "-cbow 1 (continuous bag of words) is not there yet" $w -cbow 1
refuses 2 "-hs 1 (hierarchical softmax) is not there yet" $w -hs 1
refuses 2 "-classes 100 (k-means classes) is not there yet" $w -classes 100
refuses 2 "-read-vocab words is not there yet" $w -read-vocab words
refuses 1 "cannot write '$t/no/vec': No such file" word2vec -train "$t/text" -output "$t/no/vec"
refuses 1 "cannot write '$t': Is a directory" word2vec -train "$t/text" -output "$t"
refuses 1 "cannot write '$t/no/words': No such file" $w -save-vocab "$t/no/words"
refuses 1 "cannot open '$t/none'" query "$t/none" king
refuses 1 "neither a header" query "$t/text" king
refuses 2 "usage: query" query
refuses 2 "usage: minimal" minimal
refuses 1 "cannot open '$t/none'" minimal "$t/none" king
refuses 1 "cannot write '$t/no/demo_corpus.txt'" demo "$t/no"

# the Stanford treebank and its files
printf 'sentence_index\tsentence\n1\tA good film\n2\tA bad film , truly bad\n3\tGood actors\n' >"$t/sentences"
printf 'index,sentence\n1,x\n' >"$t/header"
printf 'sentence_index\tsentence\n' >"$t/none_in_it"
printf 'sentence_index\tsentence\n1\tfine\n2 no tab here\n' >"$t/column"
printf 'sentence_index\tsplit\tlabel\n1\t1\t3\n2\t2\t0\n3\t3\t9\n' >"$t/labels9"
printf 'sentence_index\tsplit\tlabel\n1\t1\t3\n2\t2\t0\n' >"$t/labels2"
printf 'sentence_index\tsplit\tlabel\n1\t1\t3\n2\t2\t0\n1\t1\t3\n' >"$t/labels_twice"
printf 'sentence_index\tsplit\tlabel\n1\t3\t3\n2\t2\t0\n3\t2\t0\n' >"$t/labels_no_train"
printf 'sentence_index\tsplit\tlabel\n4294967297\t1\t3\n' >"$t/labels_wrap"
printf '3 2\ngood 1 0\nbad 0 1\nfilm 0.5 0.5\n' >"$t/three"
refuses 2 "the path of datasetSentences.txt is missing" cs224n
refuses 1 "cannot open '$t/none'" cs224n "$t/none"
refuses 1 "'$t/header' line 1 is 'index,sentence', not the header" cs224n "$t/header"
refuses 1 "'$t/none_in_it' has no sentences" cs224n "$t/none_in_it"
refuses 1 "'$t/column' line 3 is '2 no tab here', not a number, a TAB and a sentence" cs224n "$t/column"
(printf 'sentence_index\tsentence\n'; for i in $(seq 200); do printf "$i\tno no no no no no\n"; done) >"$t/same"
(printf 'sentence_index\tsentence\n1\tfine\n2\t'; printf %01025d 0) >"$t/long_word"
printf 'sentence_index\tsentence\n4294967296\tfine\n' >"$t/large_index"
$RUN "$b/cs224n" "$t/same" >"$t/out" 2>&1
[ $? = 1 ] && grep -q "no sentence with two different words is left" "$t/out" && pass || fail "sentences of one word"
refuses 1 "'$t/long_word' line 3 has a word of 1025 bytes" cs224n "$t/long_word"
refuses 1 "'$t/large_index' line 2 is '4294967296" cs224n "$t/large_index"
refuses 2 "--output takes a name of 1 to 1000 bytes, not one of 1001" cs224n "$t/sentences" --output "$(printf %01001d 0)"
refuses 2 "unknown option '--loss cosine'" cs224n "$t/sentences" --loss cosine
refuses 2 "usage: sentiment" sentiment
refuses 1 "line 4 is '3" sentiment "$t/three" "$t/sentences" "$t/labels9"
refuses 1 "has labels for 2 of 3 sentences" sentiment "$t/three" "$t/sentences" "$t/labels2"
refuses 1 "line 4: sentence 1 has its labels already" sentiment "$t/three" "$t/sentences" "$t/labels_twice"
refuses 1 "has no sentence to train on" sentiment "$t/three" "$t/sentences" "$t/labels_no_train"
refuses 1 "line 2 is '4294967297" sentiment "$t/three" "$t/sentences" "$t/labels_wrap"
refuses 2 "usage: plot" plot
refuses 2 "-output takes a name of 1 to 1000 bytes, not one of 1001" plot -output "$(printf %01001d 0)" "$t/three"
refuses 1 "'nobody' is not in the vocabulary" plot "$t/three" nobody
refuses 1 "no word to draw" plot -n 0 -output "$t" "$t/three"
refuses 1 "needs a word behind" query "$t/three" 'good -'
refuses 1 "'-' is not in the vocabulary" query "$t/three" - # a sign alone is a word
refuses 1 "cannot write '$t/no/plot.svg'" plot -output "$t/no" "$t/three"
$RUN "$b/plot" -output "$t" "$t/three" good bad film >"$t/out" 2>&1 && grep -q '>film</text>' "$t/plot.svg" && pass || fail "plot"
printf 'a&<\001\377\303\251 1 0\nb 0 1\nc 2 2\n' >"$t/odd"
mkdir -p "$t/odd_words"
$RUN "$b/plot" -output "$t/odd_words" "$t/odd" >"$t/out" 2>&1 && LC_ALL=C grep -q "$(printf '>a&amp;&lt;\357\277\275\357\277\275\303\251</text>')" "$t/odd_words/plot.svg" && pass || fail "words that cannot stand in XML"
if (trap '' XFSZ; ulimit -f 1; exec $RUN "$b/plot" -output "$t" "$t/three" >"$t/out" 2>&1); then fail "plot to a full disk"; fi
[ ! -e "$t/plot.svg.part" ] && grep -q '</svg>' "$t/plot.svg" && pass || fail "a picture is lost to a full disk"
printf '1\t0\n0\t1\n0.5\t0.5\n' | cmp -s - "$t/vectors.tsv" && printf 'good\nbad\nfilm\n' | cmp -s - "$t/metadata.tsv" && pass || fail "the files of the projector"
for loss in negative softmax; do
    $RUN "$b/cs224n" "$t/sentences" --iterations 40 --loss $loss --output "$t" >"$t/out" 2>&1 && grep -q '^40 iterations.*smoothed loss [0-9.]*$' "$t/out" &&
        [ "$(head -n 1 "$t/cs224n_vectors.txt")" = "8 10" ] && pass || fail "cs224n --loss $loss: $(cat "$t/out")"
done

# training: the same bytes twice, silent on request, progress otherwise
train="-train $t/text -size 20 -min-count 1 -threads 1 -iter 2 -sample 0 -alpha 0.05 -cbow 0 -hs 0"
$RUN "$b/word2vec" $train -output "$t/one" -binary 1 -debug 0 -save-vocab "$t/words" >"$t/out" 2>&1 && [ ! -s "$t/out" ] && pass || fail "silent training"
$RUN "$b/word2vec" $train -output "$t/two" -binary 1 >"$t/out" 2>"$t/err" && cmp -s "$t/one" "$t/two" && pass || fail "the same seed, the same file"
[ ! -s "$t/out" ] && grep -q 'training 100%.*words/s.*alpha' "$t/err" && pass || fail "progress goes to standard error"
$RUN "$b/word2vec" $train -output "$t/three" -binary 1 -debug 0 -seed 7 && ! cmp -s "$t/one" "$t/three" && pass || fail "another seed, another file"
$RUN "$b/word2vec" $train -output "$t/exact" -debug 0 -exact 1 -threads 2 && [ "$(head -n 1 "$t/exact")" = "40 20" ] && pass || fail "exact training"
[ "$(head -n 1 "$t/words")" = "</s> 0" ] && [ "$(wc -l <"$t/words")" = 41 ] && pass || fail "the vocabulary file"
for f in output save-vocab; do # one file fails, the other one is there
    [ -e /dev/full ] || break
    [ $f = output ] && files="-output /dev/full -save-vocab $t/other" || files="-save-vocab /dev/full -output $t/other"
    rm -f "$t/other"
    $RUN "$b/word2vec" $train -debug 0 $files >"$t/out" 2>"$t/err"
    [ $? = 1 ] && [ "$(cat "$t/err")" = "word2vec: cannot write '/dev/full': No space left on device" ] && [ "$(wc -l <"$t/other")" = 41 ] && pass ||
        fail "-$f /dev/full: $(cat "$t/err")"
done
$RUN "$b/word2vec" $train -debug 0 -output /dev/null -save-vocab /dev/null >"$t/out" 2>&1 && pass || fail "/dev/null twice: $(cat "$t/out")"
$RUN "$b/word2vec" $train -debug 0 -output /dev/stdout >"$t/out" && [ "$(head -n 1 "$t/out")" = "40 20" ] && pass || fail "/dev/stdout that is a file"
mkfifo "$t/pipe"
cat "$t/pipe" >"$t/out" &
$RUN "$b/word2vec" $train -debug 0 -binary 1 -output "$t/pipe" && wait $! && cmp -s "$t/one" "$t/out" && pass || fail "a pipe"
$RUN "$b/word2vec" $train -output "$t/streamed" -binary 1 -debug 0 -corpus-memory 1 && cmp -s "$t/one" "$t/streamed" && pass || fail "-corpus-memory"
refuses 1 "training diverged: the" word2vec $train -debug 0 -output "$t/diverged" -alpha 100
[ ! -e "$t/diverged" ] && [ ! -e "$t/diverged.part" ] && pass || fail "nothing is saved of what has diverged"
$RUN "$b/word2vec" -help >"$t/out" 2>&1 && grep -q -- '-min-count' "$t/out" && pass || fail "-help"

# queries: neighbours belong to the topic, from arguments and from standard input
for file in one exact; do
    $RUN "$b/query" -n 5 "$t/$file" a3 >"$t/out" 2>&1 && [ "$(grep -c '^a[0-9]* ' "$t/out")" = 5 ] && pass || fail "neighbours in $file"
done
printf 'a3\n\nb5 - a6 + b7\nnobody\n' | $RUN "$b/query" "$t/one" >"$t/out" 2>"$t/err"
[ $? = 1 ] && [ "$(grep -c '^a' "$t/out")" = 10 ] && [ "$(grep -c '^b' "$t/out")" = 10 ] && [ "$(cat "$t/err")" = "query: 'nobody' is not in the vocabulary" ] && pass ||
    fail "questions on standard input"
# a line of N bytes, `a3` and blanks, and behind it a question, which is answered whatever becomes of the line
long_question() { printf 'a3' && head -c $(($1 - 2)) /dev/zero | tr '\0' ' ' && printf '\nb3\n'; }
long_question 65535 | $RUN "$b/query" "$t/one" >"$t/out" 2>"$t/err"
[ $? = 0 ] && [ "$(grep -c '^[ab]' "$t/out")" = 20 ] && [ ! -s "$t/err" ] && pass || fail "the longest question"
for n in 65536 70000 200000; do
    long_question $n | $RUN "$b/query" "$t/one" >"$t/out" 2>"$t/err"
    [ $? = 1 ] && [ "$(grep -c '^[ab]' "$t/out")" = 10 ] && [ "$(cat "$t/err")" = "query: a question of $n bytes; at most 65535 can be asked" ] && pass ||
        fail "a question of $n bytes: $(cat "$t/err")"
done
printf 'a3\0a4\nb3\n' | $RUN "$b/query" "$t/one" >"$t/out" 2>"$t/err"
[ $? = 1 ] && [ "$(grep -c '^[ab]' "$t/out")" = 10 ] && [ "$(cat "$t/err")" = "query: a question with a NUL byte, at 2" ] && pass || fail "NUL in a question"
$RUN "$b/query" "$t/one" <"$t" >"$t/out" 2>"$t/err"
[ $? = 1 ] && grep -q '^query: cannot read the questions: ' "$t/err" && pass || fail "questions from a directory: $(cat "$t/err")"
$RUN "$b/query" "$t/one" a3 >/dev/full 2>"$t/err"
[ $? = 1 ] && [ "$(cat "$t/err")" = "query: cannot write the answers: No space left on device" ] && pass || fail "answers to /dev/full: $(cat "$t/err")"
$RUN "$b/minimal" "$t/text" a1 >"$t/out" 2>&1 && [ "$(grep -c '^a' "$t/out")" = 10 ] && pass || fail "minimal"
refuses 1 "minimal: 'nobody' is not among the words of '$t/text', or occurs too rarely" minimal "$t/text" nobody

# gensim reads what we write, and we read what it writes
python=
for p in /usr/bin/python3 python3; do [ -z "$python" ] && $p -c 'import gensim' 2>/dev/null && python=$p; done
if [ -n "$python" ]; then
    $RUN "$b/word2vec" $train -output "$t/text_vectors" -debug 0
    $python tests/gensim_reads.py "$t/one" "$t/text_vectors" "$t/gensim" >"$t/out" 2>&1 && pass || fail "gensim: $(tail -n 1 "$t/out")"
    $RUN "$b/query" -n 3 "$t/one" a3 >"$t/ours"
    for file in gensim.bin gensim.txt; do
        $RUN "$b/query" -n 3 "$t/$file" a3 >"$t/out" 2>&1 && cmp -s "$t/out" "$t/ours" && pass || fail "gensim's $file"
    done
else
    skipped=$((skipped + 3))
fi
if command -v fasttext >/dev/null; then
    fasttext skipgram -input "$t/text" -output "$t/fast" -dim 20 -minCount 1 -epoch 1 -thread 1 -minn 0 -maxn 0 >/dev/null 2>&1
    $RUN "$b/query" -n 3 "$t/fast.vec" a3 >"$t/out" 2>&1 && [ "$(wc -l <"$t/out")" = 3 ] && pass || fail "fastText's file: $(cat "$t/out")"
else
    skipped=$((skipped + 1))
fi

rm -rf "$t"
printf 'command line              %d passed, %d failed' $passed $failed
[ $skipped = 0 ] || printf ', %d skipped' $skipped
echo
