#!/bin/sh
# SPDX-License-Identifier: MIT-0
#
# find_stb.sh CC FOLDER OUTPUT - writes the make variable STB_FLAGS to OUTPUT: empty if CC finds stb_ds.h (or stb/stb_ds.h) by itself.
# If it is nowhere, Debian's package is installed where that can be done, else the upstream file is put into FOLDER.

revision=31c1ad37456438565541f4919958214b6e762fb4
sha256=3ef6d369f0ee324e60326160b7721b83bb52e123d4276322e993676555d0efdd
url=https://raw.githubusercontent.com/nothings/stb/$revision/stb_ds.h
cc=$1 folder=$2 output=$3

compiles() {
    printf '#include <%s>\n' "$1" | $cc -I. -x c -E - >/dev/null 2>&1
}

found() {
    compiles stb_ds.h || compiles stb/stb_ds.h
}

checksum_is_right() {
    { sha256sum "$1" || shasum -a 256 "$1"; } 2>/dev/null | grep -q "^$sha256"
}

install_package() {
    command -v apt-get >/dev/null && [ "$(id -u)" = 0 ] || return 1
    echo "stb_ds.h is not here: installing Debian's libstb-dev" >&2
    apt-get install -y -qq libstb-dev >/dev/null 2>&1 || { apt-get update -qq && apt-get install -y -qq libstb-dev; } >/dev/null 2>&1
}

download() {
    echo "stb_ds.h is not here: downloading $url" >&2
    mkdir -p "$folder"
    { curl -fsSL --max-time 60 "$url" -o "$folder/stb_ds.h.part" || wget -q -T 60 "$url" -O "$folder/stb_ds.h.part"; } 2>/dev/null || return 1
    checksum_is_right "$folder/stb_ds.h.part" && mv "$folder/stb_ds.h.part" "$folder/stb_ds.h"
}

flags=
if [ -f "$folder/stb_ds.h" ] && checksum_is_right "$folder/stb_ds.h"; then
    flags=-I$folder
elif ! found && ! { install_package && found; }; then
    if download; then
        flags=-I$folder
    else
        rm -rf "$folder"
        echo "stb_ds.h cannot be had: install libstb-dev, or put https://github.com/nothings/stb/blob/master/stb_ds.h beside w2v.h" >&2
        exit 1
    fi
fi
echo "STB_FLAGS := $flags" >"$output"
