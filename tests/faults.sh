#!/bin/sh
# SPDX-License-Identifier: MIT-0
#
# faults.sh BUILD [KILLS] - the programs in BUILD with a C library that fails (tests/faulty.c): disks that are
# full at the first, a middle and the last byte, files that cannot be synced or closed, threads that do not
# start, stacks of 64 KiB; KILLS (100) times kill -9 at random moments of a save and of a training with
# checkpoints. Then test_memory and test_faults, at every byte; with fewer than 100 kills the results of `make
# test` do, if there are some. BUILD/faults/summary.txt has the figures. CC is the compiler; the files stay in
# BUILD/faults.

b=$1
kills=${2:-100}
t=$b/faults
so=$t/faulty.so
CC=${CC:-cc}
passed=0 failed=0 skipped=0 script=faults
injected=0
killed=0
export LC_ALL=C

rm -rf "$t"
mkdir -p "$t"

. tests/checks.sh
# check NAME COMMAND...: whether the command succeeds
check() {
    name=$1
    shift
    if "$@"; then pass; else fail "$name: $*"; fi
}
finish() {
    printf '%s\n' "allocations failed one by one: $allocations" "kills survived: $killed" \
        "faults of files and threads injected: $injected" | tee "$t/summary.txt"
    printf '%d passed, %d failed' "$passed" "$failed"
    [ "$skipped" = 0 ] || printf ', %d skipped' "$skipped"
    echo
    [ "$failed" = 0 ]
    exit
}


# Texts and vectors: 3,000 words with a few frequent ones, lines of ten
awk 'BEGIN { srand(1); for (i = 0; i < 8000; i++) { for (k = 0; k < 10; k++) printf "w%d ", rand() ^ 3 * 3000; print "" } }' >"$t/text"
head -n 300 "$t/text" >"$t/short"
train="-size 30 -min-count 1 -debug 0 -threads 2"
for seed in 1 2; do
    "$b/word2vec" -train "$t/short" -output "$t/v$seed.bin" -binary 1 $train -iter 1 -seed $seed || fail "training"
    "$b/convert" "$t/v$seed.bin" "$t/v$seed.w2v" 2>/dev/null || fail "converting"
done

# -------------------------------------------------------------------------------------------------------------------
# Programs whose files cannot be written

# refuse FILE COMMAND...: writes FILE. With a fault it says so, with status 1, and the old file stays;
# KEEPS=0: it need not
KEEPS=1
refuse() {
    out=$1
    shift
    rm -f "$out"
    if ! "$@" >/dev/null 2>"$t/err" || ! [ -s "$out" ]; then
        fail "$*: $(cat "$t/err")"
        return
    fi
    bytes=$(wc -c <"$out")
    for fault in "write 0 28" "write $((bytes / 2)) 28" "write $((bytes - 1)) 28" "close 0 28" "sync 0 5" "open -1 24"; do
        case $KEEPS$fault in 0sync* | 0close*) continue ;; esac
        echo old >"$out"
        rm -f "$t/log"
        FAULTY=$fault FAULTY_PATH=$out FAULTY_LOG=$t/log LD_PRELOAD=$so "$@" >/dev/null 2>"$t/err"
        status=$?
        injected=$((injected + $(grep -c 'nothing failed' "$t/log")))
        if [ $status = 1 ] && grep -qE 'No space left on device|Input/output error|Too many open files' "$t/err" &&
            { [ "$KEEPS" = 0 ] || [ "$(cat "$out")" = old ]; } && [ -z "$(find "$t" -name '*.part')" ]; then
            pass
        else
            fail "$fault, $*: status $status, $(cat "$t/err"), $(find "$t" -name '*.part')"
        fi
        find "$t" -name '*.part' -exec rm {} +
    done
    rm -f "$out"
}

refuse_all() {
    word2vec="$b/word2vec -train $t/short $train -iter 1"
    refuse "$t/out" $word2vec -output "$t/out"
    refuse "$t/out" $word2vec -output "$t/out" -binary 1
    refuse "$t/out" $word2vec -output "$t/out" -classes 3
    refuse "$t/outer" $word2vec -output "$t/other" -output-vectors "$t/outer"
    refuse "$t/vocab" $word2vec -save-vocab "$t/vocab"
    refuse "$t/check" $word2vec -output "$t/other" -checkpoint "$t/check"
    refuse "$t/joined" "$b/phrases" -train "$t/short" -output "$t/joined" -debug 0 -threshold 1
    refuse "$t/phrases" "$b/phrases" -train "$t/short" -output "$t/other" -save "$t/phrases" -debug 0 -threshold 1
    for name in a.txt a.glove a.tsv metadata.tsv a.npy b.safetensors tokenizer.json config.json a.w2v; do
        case $name in
        metadata.tsv) to=a.tsv ;;
        tokenizer.json | config.json) to=b.safetensors ;;
        *) to=$name ;;
        esac
        refuse "$t/$name" "$b/convert" "$t/v1.bin" "$t/$to"
    done
    for format in float16 int8; do refuse "$t/a.w2v" "$b/convert" -to $format "$t/v1.bin" "$t/a.w2v"; done
    # pictures and tables, which are written in place
    KEEPS=0
    refuse "$t/loss.csv" $word2vec -output "$t/other" -loss "$t/loss.csv"
    refuse "$t/map.svg" $word2vec -output "$t/other" -plot "$t/map.svg"
    KEEPS=1
}

# The bytes of a file are synced before it gets its name: by the log of faulty.c and, where strace works, by
# the kernel's.
check_order() {
    rm -f "$t/log"
    FAULTY_LOG=$t/log LD_PRELOAD=$so "$b/word2vec" -train "$t/short" $train -iter 2 -output "$t/out" -checkpoint "$t/check" -checkpoint-every 0
    order='
        $1 == "write" { synced[$2] = 0; written[$2] = 1 }
        $1 == "sync" { synced[$2] = 1 }
        $1 == "rename" { renamed++; if (!written[$2] || !synced[$2]) print $2 }
        END { if (renamed < 2) print renamed + 0 " renamed" }'
    check "synced before renamed" test -z "$(sed "s,$(cd "$t" && pwd -P)/,," "$t/log" | sed "s,$t/,," | awk "$order" | tee "$t/err")"
    if strace -f -y -o "$t/trace" -e trace=fsync,rename,renameat,renameat2 "$b/convert" "$t/v1.bin" "$t/out.w2v" 2>/dev/null; then
        check "strace: fsync, then rename" test "$(sed 's/^[0-9]* *//; s/at2*(.*/(/; s/(.*//' "$t/trace" | grep -E 'fsync|rename' | tr '\n' ' ')" = "fsync rename "
    else
        skip 1 "the order of fsync and rename by the kernel: there is no strace, or it may not trace"
    fi
}

# What a program prints cannot be written: status 1, and a word about it.
check_full() {
    if ! [ -c /dev/full ]; then
        skip 8 "standard output on a full disk: there is no /dev/full"
        return
    fi
    printf ': capitals\nw1 w2 w3 w4\nw5 w6 w7 w8\n' >"$t/questions"
    printf 'w1 w2 1\nw3 w4 2\nw5 w6 3\n' >"$t/pairs"
    full "$b/query" "$t/v1.w2v" w1
    full "$b/query" -json 1 "$t/v1.w2v" w1 'w1 - w2 + w3'
    full "$b/query" -questions "$t/short" "$t/v1.w2v"
    full "$b/evaluate" "$t/v1.w2v" "$t/questions" "$t/pairs"
    full "$b/word2vec" -fields
    full "$b/word2vec" -train "$t/short" -output /dev/stdout $train -iter 1
    full "$b/phrases" -train "$t/short" -output /dev/stdout -debug 0
    full "$b/convert" -to text "$t/v1.w2v" /dev/stdout
}
full() {
    "$@" >/dev/full 2>"$t/err"
    status=$?
    injected=$((injected + 1))
    if [ $status = 1 ] && grep -q 'No space left on device' "$t/err"; then pass; else fail "/dev/full: $*: status $status, $(cat "$t/err")"; fi
}

# -------------------------------------------------------------------------------------------------------------------
# Threads and stacks: the same bytes without threads, and with stacks of 64 KiB, the first thread's too

same_with() { # NAME OUTPUT COMMAND...: the command writes what it writes without faults
    name=$1
    out=$2
    shift 2
    "$@" >"$t/stdout" 2>"$t/err" || fail "$name: $(cat "$t/err")"
    [ "$out" = - ] && out=$t/stdout
    cp "$out" "$t/expected"
    rm -f "$t/log"
    (ulimit -s 64; FAULTY_STACK=65536 LD_PRELOAD=$so exec "$@" >"$t/stdout" 2>"$t/err") || fail "$name on 64 KiB: $(cat "$t/err")"
    check "$name on stacks of 64 KiB" cmp "$t/expected" "$out"
    FAULTY="thread -1 11" FAULTY_LOG=$t/log LD_PRELOAD=$so "$@" >"$t/stdout" 2>"$t/err" || fail "$name without threads: $(cat "$t/err")"
    injected=$((injected + $(grep -c 'nothing failed' "$t/log")))
    check "$name without threads" cmp "$t/expected" "$out"
}
check_threads() {
    same_with training "$t/out" "$b/word2vec" -train "$t/text" -output "$t/out" $train -iter 1 -threads 4
    same_with "training with both losses" "$t/out" "$b/word2vec" -train "$t/short" -output "$t/out" $train -hs 1 -iter 1 -threads 4
    same_with classes "$t/out" "$b/word2vec" -train "$t/short" -output "$t/out" $train -classes 9 -iter 1 -threads 4
    same_with phrases "$t/out" "$b/phrases" -train "$t/text" -output "$t/out" -debug 0 -threshold 1 -threads 4
    same_with "reading and writing text" "$t/out.txt" "$b/convert" "$t/v1.bin" "$t/out.txt"
    same_with "writing int8" "$t/out.w2v" "$b/convert" -to int8 "$t/v1.bin" "$t/out.w2v"
    head -n 20 "$t/short" >"$t/asked"
    printf ': capitals\nw1 w2 w3 w4\nw5 w6 w7 w8\n' >"$t/questions"
    printf 'w1 w2 1\nw3 w4 2\nw5 w6 3\n' >"$t/pairs"
    same_with queries - "$b/query" -index 1 -questions "$t/asked" "$t/v1.w2v"
    same_with evaluation - "$b/evaluate" "$t/v1.w2v" "$t/questions" "$t/pairs"
}

# -------------------------------------------------------------------------------------------------------------------
# kill -9

now() { date +%s%N; }

# kill_at COMMAND...: runs it and kills it, at a random moment of as long as it takes
kill_at() {
    draw=$((draw + 1))
    after=$(awk -v seed=$draw -v most="$took" 'BEGIN { srand(seed); printf "%.4f", rand() * most }')
    timeout -s KILL "$after" "$@" >/dev/null 2>&1
    [ $? = 137 ] && killed=$((killed + 1))
}
draw=0
measure() { # COMMAND...: how long it takes, in seconds
    start=$(now)
    "$@" >/dev/null 2>&1
    took=$(awk -v ns=$(($(now) - start)) 'BEGIN { printf "%.4f", ns / 1e9 }')
}

# either FILE A B: it has the bytes of one of them
either() { cmp -s "$1" "$2" || cmp -s "$1" "$3"; }

# save NAME N: N kills while NAME, which is of v1, is replaced by that of v2; the file beside it likewise
kill_saves() {
    mkdir -p "$t/a" "$t/b" "$t/killed"
    "$b/convert" "$t/v1.bin" "$t/a/$1" 2>/dev/null
    "$b/convert" "$t/v2.bin" "$t/b/$1" 2>/dev/null
    measure "$b/convert" "$t/v2.bin" "$t/b/$1"
    cp "$t"/a/* "$t/killed"
    left=0
    for i in $(seq "$2"); do
        kill_at "$b/convert" "$t/v2.bin" "$t/killed/$1"
        for f in "$t"/a/*; do
            f=${f##*/}
            check "kill -9 while $f is saved: the old file or the new" either "$t/killed/$f" "$t/a/$f" "$t/b/$f"
        done
        n=$(find "$t/killed" -name '*.part' | wc -l)
        check "at most one unfinished file for each" test "$n" -le "$(find "$t/a" -type f | wc -l)"
        left=$((left + (n > 0)))
        rm -f "$t"/killed/*.part
        cp "$t"/a/* "$t/killed"
    done
    check "the save after the kills" "$b/convert" "$t/v2.bin" "$t/killed/$1" 2>/dev/null
    echo "faults: $2 kills while $1 was saved: $left left an unfinished file"
    rm -rf "$t/a" "$t/b" "$t/killed"
}

# A training that is killed again and again, and goes on from its checkpoint, ends with the bytes of one that
# is not.
kill_training() {
    command="$b/word2vec -train $t/text $train -iter 3 -checkpoint-every 0 -resume 1"
    rm -f "$t/check"
    measure $command -output "$t/expected" -checkpoint "$t/check"
    rm -f "$t/check"
    resumed=0
    for i in $(seq "$1"); do
        rm -f "$t/out"
        kill_at $command -output "$t/out" -checkpoint "$t/check"
        if [ -f "$t/check" ]; then
            check "kill -9 while a checkpoint is saved: it is whole" "$b/convert" -verify 1 "$t/check" "$t/other.bin" 2>/dev/null
        else
            pass # killed before the first
        fi
        if [ $((i % 5)) = 0 ]; then
            check "the training goes on" $command -output "$t/out" -checkpoint "$t/check"
            check "and ends with the same bytes" cmp "$t/out" "$t/expected"
            resumed=$((resumed + 1))
            rm -f "$t/check"
        fi
        rm -f "$t"/*.part
    done
    echo "faults: $1 kills of a training with checkpoints, resumed to its end $resumed times"
}

# -------------------------------------------------------------------------------------------------------------------

allocations=0
if ! $CC -std=c99 -shared -fPIC tests/faulty.c -o "$so" 2>"$t/err"; then
    [ "$(uname)" = Linux ] && fail "tests/faulty.c: $(head -n 1 "$t/err")" || skip 200 "programs whose files cannot be written: this is not Linux"
elif [ "$(LD_PRELOAD=$so "$b/word2vec" -version 2>&1)" = "$("$b/word2vec" -version)" ]; then
    refuse_all
    check_order
    check_full
    check_threads
else
    skip 200 "programs whose files cannot be written: tests/faulty.c cannot be preloaded: $(head -n 1 "$t/err")"
fi
if command -v timeout >/dev/null; then
    kill_saves v.bin $((kills * 3 / 10))
    kill_saves v.npy $((kills * 2 / 10))
    kill_training $((kills / 2))
else
    skip "$kills" "kill -9: there is no timeout"
fi
[ "$kills" -lt 100 ] && mode=some || mode=every
for program in memory faults; do
    result=$b/tests/test_$program.result # of make test; one of some tests (ONLY=memory/train) has no figure
    if [ $mode = some ] && [ "$result" -nt "$b/tests/test_$program" ] && grep -q ' passed, 0 failed' "$result" &&
        grep -q "^$program: [0-9]" "$result"; then
        cp "$result" "$t/$program.txt"
        continue
    fi
    W2V_FAULTS=$mode "$b/tests/test_$program" >"$t/$program.txt" || { fail "test_$program"; cat "$t/$program.txt"; }
    passed=$((passed + $(sed -n 's/.* \([0-9]*\) passed, .*/\1/p' "$t/$program.txt")))
done
# printed PROGRAM EXPRESSION: a number that the program has printed; 0 if it has not
printed() { number=$(sed -n "s/$2/\1/p" "$t/$1.txt") && echo "${number:-0}"; }
allocations=$(printed memory '^memory: \([0-9]*\) .*')
injected=$((injected + $(printed faults '^faults: \([0-9]*\) .*')))
killed=$((killed + $(printed faults '^faults: .*, \([0-9]*\) processes killed')))
finish
