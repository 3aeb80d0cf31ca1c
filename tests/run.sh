#!/bin/sh
# SPDX-License-Identifier: MIT-0
#
# run.sh RESULT COMMAND... - runs a test, prints what it prints and keeps it in the file RESULT
# run.sh sum RESULT...     - adds up what the tests have counted; the status is 1 if one of them has failed

if [ "$1" != sum ]; then
    result=$1
    shift
    "$@" >"$result" 2>&1
    status=$?
    # a test that died did not count itself, and one whose status is 1 must have counted a failure
    [ $status = 0 ] && counted=[0-9] || counted=[1-9]
    if [ $status -gt 1 ] || ! grep -q "passed, $counted.* failed" "$result"; then
        printf '%s: FAILED: ended with status %s\n0 passed, 1 failed\n' "$*" $status >>"$result"
    fi
    cat "$result"
    exit 0
fi

shift
cat "$@" | awk '
    match($0, /[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$/) {
        split(substr($0, RSTART), n, /[^0-9]+/)
        passed += n[1]; failed += n[2]; skipped += n[3]
    }
    END {
        printf "%d passed, %d failed", passed, failed
        if (skipped) printf ", %d skipped", skipped
        print ""
        exit failed > 0
    }'
