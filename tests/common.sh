# SPDX-License-Identifier: MIT-0
#
# common.sh - for the scripts beside it: `. tests/common.sh` after t (a folder of their own) and what checks.sh needs

. tests/checks.sh

warnings="-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wcast-qual -Wcast-align -Wundef -Wpointer-arith -Wwrite-strings"
warnings="$warnings -Wvla -Wdouble-promotion -Wformat=2 -Wredundant-decls -Wswitch-enum -Wunused-function -Werror"
c_only="-Wstrict-prototypes -Wmissing-prototypes -Wc++-compat"

# A plain -I: warnings inside stb_ds.h are ours to silence, and no other header of the system is found.
stb=-I$t/stb
mkdir -p "$t/stb"
for f in /usr/include/stb_ds.h /usr/include/stb/stb_ds.h build/stb/stb_ds.h; do [ -f $f ] && cp $f "$t/stb"; done

# Debian's emscripten has its modules where only NODE_PATH finds them. The programs of emcc cannot read themselves
# with the fetch of newer nodes.
[ -d /usr/share/nodejs ] && export NODE_PATH=/usr/share/nodejs
node=node
node --no-experimental-fetch -e 0 2>/dev/null && node="node --no-experimental-fetch"

# try NAME COMMAND...: passes if the command succeeds
try() {
    name=$1
    shift
    if "$@" >"$t/$compiler.log" 2>&1; then
        pass
    else
        fail "$name"
        grep -E 'warning|error' "$t/$compiler.log" | head -n 3
    fi
}
