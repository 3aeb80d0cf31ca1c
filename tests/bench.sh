#!/bin/sh
# SPDX-License-Identifier: MIT-0
#
# bench.sh BUILD - what `make bench` prints: its form, not its figures, which mean nothing here
#
# RUN is a command that starts the program, such as qemu. Lines with ": skipped: " name the checks that cannot run
# here.

b=$1
t=$b/bench.tmp
passed=0 failed=0 skipped=0 script=bench
. tests/checks.sh
rm -rf "$t"
mkdir -p "$t" || exit 1
cp "$b/bench/speed" "$t/speed" # its temporary files are written beside it

# start NAME ARGUMENTS...: a run that measures briefly; its output goes to $t/NAME
start() {
    name=$1
    shift
    $RUN "$t/speed" -quick "$@" >"$t/$name" 2>"$t/$name.err" </dev/null
    same "status of speed -quick $*" 0 $?
}

# narrow NAME: no line of the file is wider than 100 columns
narrow() { same "lines of $1 above 100 columns" "" "$(awk 'length($0) > 100' "$t/$1")"; }

start summary
narrow summary
same "lines of the summary, at most 13" yes "$([ "$(wc -l <"$t/summary")" -le 13 ] && echo yes)"
for line in 'Peak of one core' 'dot, ' 'axpy, ' 'sigmoid, ' 'training step, ' 'training, d = 100, one lane ' \
    'training, d = 300, one lane ' 'training, d = 100, 4 lanes, ' 'softmax loss' 'skip-gram window'; do
    same "lines of the summary with '$line'" 1 "$(grep -c "^$line" "$t/summary")"
done
above='{ for (i = 2; i <= NF; i++) if ($i == "%" && $(i - 1) > 100) print }'
same "lines of the summary above 100 %" "" "$(awk "$above" "$t/summary")"
same "a peak that is not above 0" "" "$(awk '/^Peak/ && !($5 > 0)' "$t/summary")"

start full -full
narrow full
for table in kernels dot step backends choice losses softmax training sizes stages lengths limits; do
    same "tables named $table" 1 "$(grep -cx "$table" "$t/full")"
done
same "the summary after the tables" "$(sed -n '/^dot, /s/,.*//p' "$t/summary")" \
    "$(sed -n '1,/^summary$/d; /^dot, /s/,.*//p' "$t/full")"
same "lines of the summary after the tables above 100 %" "" "$(sed '1,/^summary$/d' "$t/full" | awk "$above")"
# the tables of percentages: their cells follow a row's name, which ends in the column before 31
awk '/percent of the limit/ { inside = 1; next }
    /^$/ { inside = 0 }
    inside && !/%/ && !/^row/ { print substr($0, 31) }' "$t/full" >"$t/percent"
same "rows of percentages" yes "$([ "$(wc -l <"$t/percent")" -gt 50 ] && echo yes)"
same "percentages that are not from 0 to 100" "" \
    "$(awk '{ for (i = 1; i <= NF; i++) if ($i != "-" && !($i >= 0 && $i <= 100)) print $i }' "$t/percent")"

# One document each, with the same tables of the same rows.
if command -v python3 >/dev/null; then
    start csv -csv
    start json -json
    same "documents" "21 tables" "$(python3 - "$t/csv" "$t/json" 2>&1 <<'END'
import csv, json, sys
tables = json.load(open(sys.argv[2]))
documents = []
for piece in open(sys.argv[1]).read().strip("\n").split("\n\n"):
    title, rows = piece.split("\n", 1)
    documents.append((title, list(csv.reader(rows.split("\n")))))
assert len(documents) == len(tables), (len(documents), len(tables))
for (title, rows), table in zip(documents, tables):
    names = [column["name"] for column in table["columns"]]
    assert title == "# " + table["table"], (title, table["table"])
    assert len(rows) == 1 + len(table["rows"]) > 1, title
    assert all(len(row) == len(names) for row in rows), title
    assert all(list(row) == names for row in table["rows"]), title
    for row in table["rows"] if "percent of" in title else []:
        cells = [value for name, value in row.items() if name != "row" and value is not None]
        assert cells and all(0 <= value <= 100 for value in cells), (title, row)
print(len(tables), "tables")
END
    )"
else
    skip 3 "3 checks of CSV and JSON, which need python3"
fi

# A run is stopped when it trains: its 112 rows of kernels are in the file, each written by itself, and no temporary
# file is left.
awk 'BEGIN { for (i = 0; i < 40000; i++) printf "w%d ", i * i % 101 }' >"$t/words"
: >"$t/stopped.err"
$RUN "$t/speed" -quick -only dot,axpy,scale,norm,training -rounds 101 "$t/words" \
    >"$t/stopped" 2>"$t/stopped.err" </dev/null &
pid=$!
until_true grep -q '^speed: training, round 2 ' "$t/stopped.err"
writes=$(sed -n 's/^syscw: //p' "/proc/$pid/io" 2>/dev/null)
kill -TERM $pid
wait $pid 2>/dev/null
same "status of an interrupted run" 143 $?
same "rows before an interruption" "84 28" \
    "$(grep -cE '^(dot|axpy|scale|norm) +[0-9]' "$t/stopped") $(grep -cE '^ *[0-9]+ (L1|L2|memory)' "$t/stopped")"
if [ -n "$writes" ]; then
    same "writes, at least one a row" yes "$([ "$writes" -ge 112 ] && echo yes || echo "$writes")"
else
    skip 1 "writes, at least one a row: there is no /proc/PID/io"
fi
same "tables after an interruption" "" "$(grep -x limits "$t/stopped")"
same "temporary files" "" "$(ls "$t" | grep -E '\.(zipf|slice)$')"

# refuses STATUS TEXT ARGUMENTS...: that status, that line on standard error, and no other output
refuses() {
    status=$1 text=$2
    shift 2
    $RUN "$t/speed" "$@" >"$t/out" 2>"$t/err" </dev/null
    same "refusal of $*" "$status '$text' ''" "$? '$(cat "$t/err")' '$(cat "$t/out")'"
}
refuses 2 "speed: unknown option '-speed' (-help lists the options)" -speed
refuses 2 "speed: -only: there is no 'dots' (-help lists the names)" -only dot,dots
refuses 2 "speed: -rounds takes a whole number from 1 to 101, not '0'" -rounds 0
if [ -c /dev/full ]; then
    $RUN "$t/speed" -quick -json -only step >/dev/full 2>"$t/err"
    same "a full disk" "1 'bench: cannot write to standard output'" "$? '$(cat "$t/err")'"
else
    skip 1 "a full disk: there is no /dev/full"
fi

# Lanes and threads: a row for each pair, and a hash that depends on the lanes only.
awk 'BEGIN { for (i = 0; i < 120000; i++) printf "w%d ", i * i % 499 }' >"$t/text"
$RUN "$b/bench/threads" -lanes 1,2,3 -threads 1,3 -seeds 2 -iter 1 -size 16 "$t/text" >"$t/threads" 2>"$t/err" </dev/null
same "status of threads" "0 ''" "$? '$(grep differ "$t/err")'"
same "pairs of lanes and threads" "1 1,2 1,2 3,3 1,3 3" "$(sed '1,/^lanes threads/d; /^  *s /d' "$t/threads" |
    awk '{ printf "%s%s %s", (NR > 1 ? "," : ""), $1, $2 }')"
same "ratio of one lane to itself" 1.000 "$(awk '$1 == 1 && $2 == 1 { print $4 }' "$t/threads")"
same "hashes" 3 "$(sed '1,/^lanes threads/d; /^  *s /d' "$t/threads" | awk '{ print $NF }' | sort -u | wc -l)"
same "kinds of latency" 1 "$(grep -c '^ latency .*measured$' "$t/threads")"

# Ranks of examples/mpi.c: the same vectors every time, others for other ranks, and bytes only if there are several.
for run in 1 2; do
    $RUN "$b/bench/ranks" -ranks 1,3 "$t/text" >"$t/ranks.$run" 2>"$t/err" </dev/null
    same "status of ranks" 0 $?
    sed '1,/^ranks computing/d; /^  *s /d' "$t/ranks.$run" | awk '{ print $1, $3, $NF }' >"$t/rows.$run"
done
same "ranks the second time" "$(cat "$t/rows.1")" "$(cat "$t/rows.2")"
same "rows of ranks" "1 3" "$(awk '{ printf "%s%s", (NR > 1 ? " " : ""), $1 }' "$t/rows.1")"
same "vectors of ranks" 2 "$(awk '{ print $3 }' "$t/rows.1" | sort -u | wc -l)"
same "bytes a word" "none some" "$(awk '{ printf "%s%s", (NR > 1 ? " " : ""), ($2 > 0 ? "some" : "none") }' "$t/rows.1")"

# Queries: a row for each way of asking and number of threads; the index finds the same words.
$RUN "$b/bench/queries" -rows 3000 -size 20 -threads 2 -rounds 1 -clusters 5 >"$t/queries" 2>"$t/err" </dev/null
same "status of queries" "0 ''" "$? '$(cat "$t/err")'"
narrow queries
for way in 'reading the rows' 'one at a time' 'batch of 64' '3CosMul' 'index'; do
    same "rows of '$way'" 2 "$(grep -cE "^ +[12] $way +[-0-9]" "$t/queries")"
done
same "matches of the index" 100.00 "$(awk '$2 == "clustered" { print $NF }' "$t/queries")"
$RUN "$b/bench/queries" -rows 100 >"$t/out" 2>"$t/err" </dev/null
same "refusal of -rows 100" "2 'queries: -rows takes a whole number from 512 to 100000000, not '100''" "$? '$(cat "$t/err")'"

# Files: a row for each format (text: one thread and all), and nothing that stays.
cp "$b/bench/files" "$t/files"
$RUN "$t/files" -words 700 -dim 9 -threads 3 -rounds 1 -open 300 >"$t/formats" 2>"$t/err" </dev/null
same "status of files" "0 ''" "$? '$(cat "$t/err")'"
narrow formats
for row in 'text +1' 'text +3' 'text, six decimals +1' 'text, six decimals +3' 'tsv +1' 'binary +1' 'npy +1' \
    'safetensors +1' 'native +1' 'native, in memory' 'native, float16' 'native, int8'; do
    same "rows of '$row'" 1 "$(grep -cE "^$row +[0-9]" "$t/formats")"
done
same "what is opened" "300 300" "$(sed '1,/^opening$/d' "$t/formats" | awk '$1 ~ /^[0-9]/ && $4 > 0 && $6 > 0 { print $1, $2 }')"
same "files that stay" "files" "$(ls "$t" | grep '^files')"
printf '#!/bin/sh\nwc -l <"$3" >/dev/null && echo 2 0.5 3e6 4e6\n' >"$t/gensim"
chmod +x "$t/gensim"
$RUN "$t/files" -words 2 -dim 9 -rounds 1 -open 0 -gensim "$t/gensim" >"$t/formats" 2>"$t/err" </dev/null
same "rows of gensim" "1 2000.00 4 3 1 2000.00 4 3 1 2000.00 4 3" \
    "$(awk '/gensim/ { printf "%s%s %s %s %s", sep, $(NF - 6), $(NF - 4), $(NF - 1), $NF; sep = " " }' "$t/formats")"
$RUN "$t/files" -words 2 -dim 9 -rounds 1 -open 0 -gensim false >/dev/null 2>"$t/err" </dev/null
same "gensim that fails" "1 files: gensim of 'false' did not load" "$? $(sed "s/ '[^']*$//; s/ '[^']*'$//" "$t/err")"
$RUN "$t/files" -words 2 -dim 9 -rounds 1 -open 0 >"$t/formats" 2>"$t/err" </dev/null
same "no opening" "0 '' 'opening            skipped: -open 0'" "$? '$(cat "$t/err")' '$(grep opening "$t/formats")'"

# Rows: half precision and int8 beside the floats that they were made of, also by the sets.
awk 'BEGIN { srand(1); print 600, 100; for (i = 0; i < 600; i++) {
    printf "w%d", i; for (k = 0; k < 100; k++) printf " %.6f", rand() - 0.5; print "" } }' >"$t/vectors"
mkdir "$t/eval"
printf ': capital-common-countries\nw1 w2 w3 w4\nw5 w6 w7 w8\n' >"$t/eval/questions-words.txt"
for set in EN-WS-353-ALL EN-SIMLEX-999 EN-MEN-TR-3k EN-RW-STANFORD; do
    awk 'BEGIN { for (i = 0; i < 9; i++) printf "w%d\tw%d\t%d\n", i, i * i + 20, i }' >"$t/eval/$set.txt"
done
$RUN "$b/bench/rows" -words 100 "$t/vectors" "$t/eval" >"$t/kinds" 2>"$t/err" </dev/null
same "status of rows" "0 ''" "$? '$(cat "$t/err")'"
narrow kinds
sed '1,/^rows  *file/d; /^scores/,$d' "$t/kinds" | grep '[0-9]$' >"$t/costs"
same "rows of float32" "100.00 0 0" "$(awk '$1 == "float32" { print $3, $4, $5 }' "$t/costs")"
# (half precision moves a number by at most 2^-11 of it, int8 by 1/254 of the largest of the row)
same "changes of half precision" yes "$(awk '$1 == "float16" && $3 > 99 && $4 > 0 && $4 < $5 && $5 < 0.001 { print "yes" }' "$t/costs")"
same "changes of int8" yes "$(awk '$1 == "int8" && $3 > 80 && $4 > 1e-4 && $4 < $5 && $5 < 0.02 { print "yes" }' "$t/costs")"
same "rows from large to small" "float32 float16 int8" "$(sort -rnk2 "$t/costs" | awk '{ printf "%s%s", (NR > 1 ? " " : ""), $1 }')"
same "scores" "float32 7,float16 7,int8 7" "$(sed '1,/^rows  *analogies/d' "$t/kinds" | awk '/[0-9]$/ {
    for (i = n = 2; i <= NF; i++) if ($i >= -100 && $i <= 100) n++; printf "%s%s %d", (row++ ? "," : ""), $1, n - 1 }')"
$RUN "$b/bench/rows" "$t/vectors" "$t/nowhere" >"$t/out" 2>"$t/err" </dev/null
same "refusal of a missing set" "1 ''" "$? '$(grep -v "^eval: cannot open '$t/nowhere/questions-words.txt'" "$t/err")'"

# Quality and models: a line for each kind of model, with the scores of all sets.
scored="-seeds 2 -size 8 -iter 1 -min-count 1 -threads 1"
$RUN "$b/bench/quality" $scored -sampling exact,window -record "$t/record" -svg "$t/frontier.svg" "$t/text" "$t/eval" >"$t/quality" 2>"$t/err" </dev/null
same "status of quality" 0 $?
same "kinds of sampling" "exact window" "$(sed '1,/^sampling  *epochs/d' "$t/quality" | awk '/^(exact|window) +1 / && NF == 15 { printf "%s%s", sep, $1; sep = " " }')"
same "the picture of quality" 1 "$(grep -c '</svg>' "$t/frontier.svg")"
$RUN "$b/bench/quality" $scored -sampling exact,window -record "$t/record" "$t/text" "$t/eval" >"$t/quality2" 2>"$t/err" </dev/null
same "scores that are on record" "$(sed -n '/^speed and quality/,$p' "$t/quality")" "$(sed -n '/^speed and quality/,$p' "$t/quality2")"
$RUN "$b/bench/models" $scored "$t/text" "$t/eval" >"$t/models" 2>"$t/err" </dev/null
same "status of models" 0 $?
same "models" 7 "$(sed '1,/^model  /d' "$t/models" | grep -cE '^(skip-gram|CBOW)')"

rm -rf "$t"
finish
