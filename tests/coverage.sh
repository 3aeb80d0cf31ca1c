#!/bin/sh
# SPDX-License-Identifier: MIT-0
#
# coverage.sh - how much of w2v.h the tests of the header reach: build/coverage/index.html (every line),
# build/coverage/missing.txt (the lines that nothing reaches) and build/coverage/summary.txt. Fails below 97 % of the
# lines or 90 % of the branches. With gcc, gcov and gcovr.
#
# A line counts as reached if any program reaches it: those linked to w2v.o and checked.o, and those compiled with the
# header, whose kernels are those of every backend of this machine. A branch is one way out of a condition, a loop or a
# case of a switch, as gcc compiles it (flags_coverage in the Makefile): each part of `a && b` has two. Assertions count like other conditions.

build=build/coverage
command -v gcovr >/dev/null || { echo "coverage: gcovr is not installed"; exit 1; }
mkdir -p $build
find $build -name '*.gcda' -exec rm -f {} +    # what earlier runs have counted
${MAKE:-make} config=coverage BUILD=$build test-header || exit 1
gcovr --root . --filter 'w2v\.h' --exclude-unreachable-branches --print-summary --fail-under-line 97 \
    --fail-under-branch 90 --html-details $build/index.html --txt $build/missing.txt $build >$build/summary.txt
status=$?
cat $build/summary.txt
[ $status = 0 ] && echo "1 passed, 0 failed" || echo "0 passed, 1 failed"
exit $status
