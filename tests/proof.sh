#!/bin/sh
# SPDX-License-Identifier: MIT-0
#
# proof.sh BUILD - one table of what `make coverage`, `faults`, `fuzz`, `mutants` and `matrix` have shown of this w2v.h.
# What has not run since the header changed runs first: one and a half to three hours on two processors for all.
# BUILD/proof has what they print.

t=$1/proof
mkdir -p "$t"

# show STEP: runs it, if it has not run since the header changed
show() {
    [ "$t/$1" -nt w2v.h ] && return
    echo "proof: make $1, into $t/$1" >&2
    rm -f "$t/$1" # what an older header has shown
    if ${MAKE:-make} "$1" >"$t/$1.part" 2>&1; then
        mv "$t/$1.part" "$t/$1"
    else
        echo "proof: make $1 FAILED: see $t/$1.part" >&2
    fi
}
show fuzz & # on one processor
trap 'kill $!; exit 1' INT TERM
for step in coverage faults mutants; do show $step; done
wait
trap - INT TERM
show matrix

# row WHAT STEP EXPRESSION: the last line of what STEP printed that the expression of sed makes something of
row() {
    figure=$([ -f "$t/$2" ] && sed -n "$3p" "$t/$2" | tail -n 1)
    printf '| %s | %s | `make %s` |\n' "$1" "${figure:-not shown}" "$2"
}
printf '| what | figure | command |\n|---|---|---|\n'
row "configurations of compilers, standards, backends, options and machines" matrix 's/^matrix: \([0-9]* configurations\): \([0-9]* skipped\).*/\1, \2/'
row "checks that passed in them" matrix 's/^matrix  *\([0-9]*\) passed.*/\1/'
row "inputs of fuzzers" fuzz 's/^\([0-9]* executions of [0-9]* targets\).*/\1/'
row "allocations that failed, one by one" faults 's/^allocations failed one by one: //'
row "reads, writes, renames and threads that failed" faults 's/^faults of files and threads injected: //'
row "times a process was killed while it saved" faults 's/^kills survived: //'
row "broken copies of the header that the tests noticed" mutants 's/^\([0-9]*\) mutants, \([0-9]*\) noticed: \(.*%\) (.*/\2 of \1, \3/'
row "lines of the header that tests reach" coverage 's/^lines: \([0-9.]*\)%.*/\1 %/'
row "branches" coverage 's/^branches: \([0-9.]*\)%.*/\1 %/'
for step in coverage faults fuzz mutants matrix; do [ -f "$t/$step" ] || exit 1; done
