#!/bin/sh
# SPDX-License-Identifier: MIT-0
#
# run.sh BUILD TEST... - runs test programs and scripts (*.sh, which get BUILD) and adds up what they count. RUN starts a program (qemu).

build=$1
shift
log=$build/tests.log
: >"$log"
broken=0
for t in "$@"; do
    case $t in
    *.sh) sh "$t" "$build" >"$log.one" 2>&1 ;;
    *) $RUN "$t" >"$log.one" 2>&1 ;;
    esac
    status=$?
    cat "$log.one"
    cat "$log.one" >>"$log"
    # a test that died did not count itself
    if [ $status -gt 1 ] || ! grep -q 'passed, .* failed' "$log.one"; then
        echo "$t: FAILED: ended with status $status"
        broken=$((broken + 1))
    fi
done

awk -v broken=$broken '
    match($0, /[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$/) {
        split(substr($0, RSTART), n, /[^0-9]+/)
        passed += n[1]; failed += n[2]; skipped += n[3]
    }
    END {
        printf "%d passed, %d failed", passed, failed + broken
        if (skipped) printf ", %d skipped", skipped
        print ""
        exit failed + broken > 0
    }' "$log"
