#!/bin/sh
# SPDX-License-Identifier: MIT-0
#
# run.sh PROGRAM FOLDER SECONDS [TARGET...] - fuzzes targets, all by default, one after another: a table, and
# the last line of a test. FOLDER/TARGET has what was found (crash-*), its log, and in corpus the inputs that
# reached new code, from where the next run goes on. FOLDER/summary.txt has the sums, `executions N`,
# `targets N`, `failures N`, and the table.
program=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
folder=$2 seconds=$3
shift 3
[ "$seconds" -ge 1 ] 2>/dev/null || { echo "fuzz: SECONDS=$seconds: take 1 or more (libFuzzer takes 0 for no limit)"; exit 1; }
[ $# -gt 0 ] || set -- $("$program" -list)
mkdir -p "$folder" && cd "$folder" || exit 1
cat >words.dict <<'EOF'
"\xffcut\xff"
"\x0a"
"\x09"
"</s>"
"B64:"
"1e39"
"nan"
"\xef\xbb\xbf"
"word\x09count"
"{\""
"18446744073709551615"
"4294967295"
EOF
executions=0 targets=0 failures=0
table=$PWD/table.txt
printf '%-12s %12s %12s %8s %6s\n' target executions 'executions/s' edges found | tee "$table"
for target; do
    mkdir -p "$target/seeds" "$target/corpus"
    cd "$target" || exit 1
    rm -f crash-* timeout-* oom-* leak-* seeds/*
    begin=$(date +%s)
    if ! FUZZ=$target "$program" -seeds seeds >log 2>&1; then
        failed=1
    elif FUZZ=$target "$program" -help=1 2>&1 | grep -q max_total_time; then
        FUZZ=$target "$program" -max_total_time="$seconds" -max_len=8192 -timeout=60 -rss_limit_mb=3000 \
            -print_final_stats=1 -dict=../words.dict corpus seeds >log 2>&1
        failed=$?
    else
        FUZZ=$target "$program" -mutate "$seconds" -seed "$begin" >log 2>&1
        failed=$?
    fi
    took=$(($(date +%s) - begin))
    n=$(sed -n 's/^stat::number_of_executed_units: *//p' log | tail -n 1)
    edges=$(sed -n 's/.* cov: \([0-9]*\).*/\1/p' log | tail -n 1)
    n=${n:-0}
    failed=$((failed != 0 || n == 0))
    printf '%-12s %12d %12d %8s %6d\n' "$target" "$n" $((n / (took > 0 ? took : 1))) "${edges:--}" $failed |
        tee -a "$table"
    [ $failed = 0 ] || grep -E 'FAILED|ERROR: |runtime error|cannot|none of these|signal' log | head -n 3
    executions=$((executions + n)) targets=$((targets + 1)) failures=$((failures + failed))
    rm -f scratch-* metadata.tsv tokenizer.json config.json
    cd ..
done
{
    printf 'executions %d\ntargets %d\nfailures %d\n' $executions $targets $failures
    cat "$table"
} >summary.txt
echo "$executions executions of $targets targets, $seconds s each"
echo "$((targets - failures)) passed, $failures failed"
[ $failures = 0 ]
