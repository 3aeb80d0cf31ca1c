# SPDX-License-Identifier: MIT-0
#
# checks.sh - for the scripts beside it: `. tests/checks.sh` after script (its name), passed, failed and skipped

pass() { passed=$((passed + 1)); }

fail() {
    failed=$((failed + 1))
    echo "$script: FAILED: $*"
}

# skip NUMBER NAME: REASON
skip() {
    skipped=$((skipped + $1))
    shift
    echo "$script: skipped: $*"
}

# same NAME EXPECTED GOT
same() { [ "$2" = "$3" ] && pass || fail "$1: expected '$2', got '$3'"; }

# until_true COMMAND...: waits for its success, but not for ever
until_true() {
    tries=0
    until "$@" >/dev/null 2>&1; do
        tries=$((tries + 1))
        [ $tries -lt 1500 ] || return 1
        sleep 0.02
    done
}

# The last line of a script, and its status.
finish() {
    printf '%-25s %d passed, %d failed' "$script" "$passed" "$failed"
    [ "$skipped" = 0 ] || printf ', %d skipped' "$skipped"
    echo
    exit $((failed > 0))
}
