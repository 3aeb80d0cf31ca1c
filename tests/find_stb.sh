#!/bin/sh
# SPDX-License-Identifier: MIT-0
#
# find_stb.sh CC FOLDER OUTPUT - finds stb_ds.h for the compiler CC, and writes the make variable STB_FLAGS to OUTPUT
#
# STB_FLAGS is empty if CC finds a usable stb_ds.h or stb/stb_ds.h by itself. Otherwise the script downloads the file
# into FOLDER, and STB_FLAGS is -IFOLDER. If the download fails and the user is root, it installs Debian's package
# libstb-dev. It has to be run in the folder of w2v.h.

revision=31c1ad37456438565541f4919958214b6e762fb4
sha256=3ef6d369f0ee324e60326160b7721b83bb52e123d4276322e993676555d0efdd
url=https://raw.githubusercontent.com/nothings/stb/$revision/stb_ds.h
cc=$1 folder=$2 output=$3
part=$folder/stb_ds.h.$$ # several runs of make may download at the same time

say() {
    echo "stb_ds.h: $*" >&2
}

# Sets state to usable, old or absent, and path to the file that was found. The #include lines are those of w2v.h.
look() {
    text=$($cc -I. -x c -E - 2>/dev/null <<'EOF'
#if defined(__has_include)
#if __has_include("stb_ds.h")
#include "stb_ds.h"
#else
#include <stb/stb_ds.h>
#endif
#else
#include "stb_ds.h"
#endif
EOF
    ) || { state=absent; return; }
    case $text in
    *stbds_hmget_key_ts*) state=usable ;;
    *) state=old ;; # v0.62 or older
    esac
    path=$(printf '%s\n' "$text" | sed -n 's/^# 1 "\(.*stb_ds\.h\)".*/\1/p' | head -n 1)
}

checksum_is_right() {
    { sha256sum "$1" || shasum -a 256 "$1"; } 2>/dev/null | grep -q "^$sha256"
}

# Downloads to $part, and prints why if it fails. It gives up after 5 seconds without a connection.
get() {
    if command -v curl >/dev/null; then
        curl -fsSL --connect-timeout 5 --max-time 30 "$url" -o "$part"
    elif command -v wget >/dev/null; then
        wget -nv -T 5 -t 1 "$url" -O "$part" # (BusyBox has these options too)
    else
        echo "neither curl nor wget is installed"
        return 1
    fi 2>&1
}

download() {
    say "downloading $url"
    mkdir -p "$folder" || return 1
    if ! why=$(get); then
        say "the download failed: $(printf '%s\n' "$why" | tail -n 1)"
    elif ! checksum_is_right "$part"; then
        say "the download failed: the file has the wrong SHA-256 checksum"
    else
        mv "$part" "$folder/stb_ds.h"
        return
    fi
    return 1
}

install_package() {
    command -v apt-get >/dev/null && [ "$(id -u)" = 0 ] || return 1
    export DEBIAN_FRONTEND=noninteractive
    say "installing Debian's package libstb-dev"
    if ! why=$({ apt-get install -y -qq libstb-dev || { apt-get update -qq && apt-get install -y -qq libstb-dev; }; } \
        2>&1); then
        say "the installation failed: $(printf '%s\n' "$why" | tail -n 1)"
        return 1
    fi
    look
    [ $state != old ] || say "$path is still too old"
    [ $state = usable ]
}

trap 'rm -f "$part"' EXIT
trap 'exit 1' HUP INT TERM

if ! $cc -x c -E - </dev/null >/dev/null 2>&1; then
    echo "the C compiler '$cc' does not work; set CC to one that does" >&2
    exit 1
fi

look
if [ $state = old ] && [ -f stb_ds.h ]; then # found before all folders of -I
    say "the file beside w2v.h is too old, it lacks stbds_hmget_key_ts: replace or remove it"
    exit 1
fi
flags=
if [ -f "$folder/stb_ds.h" ] && checksum_is_right "$folder/stb_ds.h"; then
    flags=-I$folder
elif [ $state != usable ]; then
    if [ $state = old ]; then
        say "$path is too old for w2v.h: it lacks stbds_hmget_key_ts"
    else
        say "$cc does not find it"
    fi
    if download; then
        flags=-I$folder
    elif ! install_package; then
        say "install the stb package of this system (Debian: libstb-dev)," \
            "or put https://github.com/nothings/stb/blob/master/stb_ds.h beside w2v.h"
        exit 1
    fi
fi
echo "STB_FLAGS := $flags" >"$output"
