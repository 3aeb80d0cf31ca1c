#!/bin/sh
# SPDX-License-Identifier: MIT-0
#
# page.sh BUILD - builds the page, and uses it in headless Chromium (tests/page.js); screenshots: BUILD/page

t=$1/page
for program in chromium chromium-headless-shell; do
    command -v $program >/dev/null && chromium=$program && break
done
if ! command -v emcc >/dev/null || ! command -v node >/dev/null || [ -z "${chromium-}" ]; then
    echo "page: skipped: it needs emcc, node and chromium"
    printf 'page                      0 passed, 0 failed, 1 skipped\n'
    exit 0
fi
mkdir -p "$t"
if ! ${MAKE:-make} BUILD="$1" page >"$1/page.log" 2>&1; then
    tail -n 20 "$1/page.log"
    echo "page: FAILED: make page"
    printf 'page                      0 passed, 1 failed\n'
    exit 1
fi
rm -rf "$t/profile"
node tests/page.js $chromium "$1/page.html" "$t"
status=$?
rm -rf "$t/profile"
exit $status
