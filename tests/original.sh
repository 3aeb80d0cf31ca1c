#!/bin/sh
# SPDX-License-Identifier: MIT-0
#
# original.sh BUILD                  compares query, phrases and evaluate with tests/original.txt
# original.sh BUILD FOLDER > FILE    writes that file; FOLDER has the programs of tmikolov/word2vec
#
# tests/original.txt holds what distance, word-analogy, compute-accuracy and word2phrase answer to the files that this
# script makes. It consists of questions, each with its answers in the lines after it.

b=$1 folder=$2
t=$b/original.tmp
rm -rf "$t"
mkdir -p "$t" || exit 1

# ------------------------------------------------------------------------------------------------------------
# The files

# 64 binary vectors of 12 small whole numbers. In man woman, king queen, ... the second word is the first one plus a
# common offset and a little noise. This seed leaves room for the rounding of floats: no cosine of the original is
# within 0.0000005 of zero, or of the middle between two numbers of four digits.
printf "$(awk '
    function draw(n) {
        seed = seed * 16807 % 2147483647
        return int(seed / 1000) % n
    }
    # the bytes of a float, as printf escapes
    function bytes(v, negative, e) {
        if (!v) return "\\000\\000\\000\\000"
        negative = v < 0
        if (negative) v = -v
        for (e = 127; v >= 2; e++) v /= 2
        return sprintf("\\000\\000\\%03o\\%03o", e % 2 * 128 + (v - 1) * 128, negative * 128 + int(e / 2))
    }
    BEGIN {
        seed = 1000
        n = split("</s> x man woman king queen prince princess boy girl " \
            "france paris germany berlin italy rome spain madrid", word)
        while (n < 64) word[++n] = "w" n
        for (i = 1; i <= 24; i++) offset[i] = draw(13) - 6
        printf "%d 12\\n", n
        for (i = 1; i <= n; i++) {
            printf "%s ", word[i]
            for (k = 1; k <= 12; k++) {
                second = i > 2 && i <= 18 && i % 2 == 0
                row[k] = second ? row[k] + offset[k + (i > 10) * 12] + draw(3) - 1 : draw(13) - 6
                printf "%s", bytes(row[k])
            }
            printf "\\n"
        }
    }')" >"$t/vectors.bin"

cat >"$t/questions" <<END
: capitals
france paris germany berlin
france paris italy rome
FRANCE PARIS SPAIN MADRID
italy rome spain w40
germany berlin france lyon
: gram1-family
man woman king queen
man woman prince princess
king queen boy girl
w30 w31 w32 w33
w20 w21 w22 boy
man man woman queen
man king man w46
END

# Lines of words, some of which come in pairs. Each line ends with its number: word2phrase also counts the pair of the
# last word of a line and the first of the next, and so no such pair occurs twice. The second file is one line.
awk 'BEGIN {
    seed = 1
    n = split("the of and to a in is was for on with as by at from it an be this that", word)
    pairs = split("new york|san francisco|ice cream|prime minister|the ice", pair, "|")
    for (i = 1; i <= 24; i++) {
        for (k = 0; k < 9; k++) {
            seed = seed * 16807 % 2147483647
            r = int(seed / 1000)
            printf "%s ", r % 4 ? word[1 + int(r / 4) % (1 + int(r / 400) % n)] : pair[1 + int(r / 4) % pairs]
        }
        print "line" i
    }
}' >"$t/lines"
(tr '\n' ' ' <"$t/lines" && echo) >"$t/line"

# ------------------------------------------------------------------------------------------------------------
# The original programs

record() {
    cat <<END
# Answers of tmikolov/word2vec, commit 20c129a, built with gcc 12.2 -O2: sh tests/original.sh build FOLDER
#
# distance, analogy QUESTION         the neighbours and scores of distance and of word-analogy
# accuracy THRESHOLD                 compute-accuracy: section, right answers, questions seen; seen of all
# phrases TEXT OPTIONS               the output of word2phrase, without the blank that begins a line
END
    while read -r program question; do
        printf '\n%s %s\n' "$program" "$question"
        [ $program = distance ] && original=distance || original=word-analogy
        printf '%s\nEXIT\n' "$question" | "$folder/$original" "$t/vectors.bin" | awk '
            $1 == "Word:" { word = $2 }
            /^Out of dictionary/ { print "unknown", word }
            /\t\t/ && NF == 2 { print $1, $2 }'
    done <<END
distance king
distance w40
distance </s>
distance king queen
distance king king
distance man king woman
distance france paris w30 w31 x
distance man nobody king
analogy man king woman
analogy man prince woman
analogy france paris italy
analogy w20 w21 w22
analogy man man woman
analogy nobody king woman
END
    for threshold in 0 14; do
        printf '\naccuracy %s\n' $threshold
        "$folder/compute-accuracy" "$t/vectors.bin" $threshold <"$t/questions" | tr -d '()/' | awk '
            /^[^ ]*:$/ { section = $1 }
            /^ACCURACY/ { print section, $(NF - 1), $NF }
            /^Questions seen/ { print "seen:", $4, $5 }'
    done
    for options in "lines -min-count 2 -threshold 8" "lines -threshold 5" "line -min-count 3 -threshold 4"; do
        printf '\nphrases %s\n' "$options"
        text=${options%% *}
        "$folder/word2phrase" -train "$t/$text" -output "$t/joined" ${options#$text} >/dev/null
        sed 's/^ //' "$t/joined"
    done
}

if [ "$folder" ]; then
    record
    rm -rf "$t"
    exit
fi

# ------------------------------------------------------------------------------------------------------------
# Our programs

passed=0 failed=0 skipped=0 script=original
. tests/checks.sh

# same NAME EXPECTED GOT: several lines; shows the first that differ
same() {
    [ "$2" != "$3" ] || { pass; return; }
    fail "$1: expected <, got >"
    printf '%s\n' "$2" >"$t/expected"
    printf '%s\n' "$3" >"$t/answered"
    diff "$t/expected" "$t/answered" | head -n 5
}

# recorded QUESTION: its answers
recorded() { awk -v question="$1" '!NF { on = 0 } on; $0 == question { on = 1 }' tests/original.txt; }

# questions KIND: those that are recorded, without the kind
questions() { sed -n "s/^$1 //p" tests/original.txt; }

# neighbours FILE: what query prints, with one blank between word and score, or the word that it does not know
neighbours() { sed "s/^query: '\(.*\)' is not in the vocabulary$/unknown \1/; s/  */ /" "$1"; }

# query prints four digits of the six
four_digits() { awk '$1 == "unknown" { print; next } { printf "%s %.4f\n", $1, $2 }'; }

# ask KIND QUESTION OPTIONS: as many neighbours as the original has printed
ask() {
    kind=$1 question=$2
    shift 2
    recorded "$kind $question" | four_digits >"$t/want"
    $RUN "$b/query" -n "$(wc -l <"$t/want" | tr -d ' ')" "$@" "$t/vectors.bin" "$question" >"$t/got" 2>&1
    same "$kind $question" "$(cat "$t/want")" "$(neighbours "$t/got" | grep -v '^query: these are')"
}

same "the numbers of questions" "8 6 2 3 " \
    "$(for kind in distance analogy accuracy phrases; do questions $kind | awk 'END { printf "%d ", NR }'; done)"

# One question a process, and all of them on standard input, up to EXIT.
for kind in distance analogy; do
    [ $kind = analogy ] && options='-analogy 1' || options=
    questions $kind >"$t/asked"
    while read -r question; do
        ask $kind "$question" $options </dev/null
        recorded "$kind $question" | four_digits | head -n 5 >>"$t/want_$kind"
    done <"$t/asked"
    (cat "$t/asked" && printf 'EXIT\nw21 w22 w23\n') |
        $RUN "$b/query" -n 5 $options "$t/vectors.bin" >"$t/got" 2>"$t/err"
    same "$kind on standard input" "$(grep -v '^unknown' "$t/want_$kind")" "$(neighbours "$t/got" | grep .)"
    same "$kind on standard input, errors" "$(grep '^unknown' "$t/want_$kind")" \
        "$(neighbours "$t/err" | grep -v '^query: these are')"
done

# the sections and the total of evaluate: per cent, questions seen
for threshold in $(questions accuracy); do
    $RUN "$b/evaluate" -sections 1 -top "$threshold" "$t/vectors.bin" "$t/questions" >"$t/got" 2>&1
    recorded "accuracy $threshold" | while read -r section right seen; do
        case $section in
        seen:) echo "$right of $seen" ;;
        *) awk -v right="$right" -v seen="$seen" 'BEGIN { printf "%.1f %d\n", 100 * right / seen, seen }' ;;
        esac
    done >"$t/want"
    same "accuracy $threshold" "$(cat "$t/want")" "$(awk '
        $1 == ":" { print $4, $5 }
        NR == 1 { total = $(NF - 2) " of " $NF }
        END { print total }' "$t/got")"
done

questions phrases >"$t/asked"
while read -r text options; do
    $RUN "$b/phrases" -train "$t/$text" -output "$t/joined" -debug 0 $options >"$t/got" 2>&1 </dev/null
    same "phrases $text $options" "$(recorded "phrases $text${options:+ $options}")" "$(cat "$t/joined" "$t/got")"
done <"$t/asked"

rm -rf "$t"
finish
