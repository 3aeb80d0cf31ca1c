#!/bin/sh
# SPDX-License-Identifier: MIT-0
#
# bindings.sh BUILD - the libraries of `make lib`, what `make install` installs, and the languages that use them
#
# RUN is a command that starts the programs, such as qemu. Lines with ": skipped: " name the checks that cannot run
# here: those of a language without its compiler, and all but the names if another process cannot load the library.

b=$1
t=$b/bindings.tmp
passed=0 failed=0 skipped=0 script=bindings
. tests/checks.sh
rm -rf "$t"
mkdir -p "$t" || exit 1
absolute=$(cd "$t" && pwd)
build=$(cd "$b" && pwd)
version=$(sed -n 's/^.define W2V_VERSION "\(.*\)"/\1/p' w2v.h)
abi=${version%%.*} # before 1.0 programs keep to the second number
[ $abi != 0 ] || abi=${version%.*}
export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH= LD_LIBRARY_PATH="$build" W2V_LIBRARY="$build/libw2v.so"
warnings="-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wcast-qual -Wcast-align -Wundef
    -Wdouble-promotion -Wformat=2 -Wswitch-enum -Wmissing-declarations -Werror"

# works NAME COMMAND...: status 0
works() {
    name=$1
    shift
    "$@" >"$t/log" 2>&1 && pass || fail "$name: $(tail -n 5 "$t/log")"
}

# refuses NAME TEXT COMMAND...: another status, and the text
refuses() {
    name=$1 text=$2
    shift 2
    if ! "$@" >"$t/log" 2>&1 && grep -qF -- "$text" "$t/log"; then pass; else fail "$name: $(tail -n 5 "$t/log")"; fi
}

# ------------------------------------------------------------------------------------------------------------
# The libraries

if [ ! -f "$b/libw2v.so" ]; then
    skip 1 "all: not a system of ELF files"
    rm -rf "$t"
    finish
fi
nm -D --defined-only "$b/libw2v.so" | awk '{ print $3 }' | sort >"$t/shared"
nm -g --defined-only "$b/libw2v.a" | awk 'NF == 3 { print $3 }' | sort >"$t/static"
nm -g --defined-only "$b/w2v.o" | awk '$3 ~ /^w2v_[a-z]/ { print $3 }' | sort >"$t/object"
same "all names of the interface are exported" "$(cat "$t/object")" "$(cat "$t/shared")"
same "names of the shared library that are not w2v_" "" "$(grep -v '^w2v_[a-z]' "$t/shared")"
same "names of the static library that are not w2v_" "" "$(grep -v '^w2v_' "$t/static")"
same "the static library has the same interface" "$(cat "$t/shared")" "$(grep -v '^w2v__' "$t/static")"
same "soname" "libw2v.so.$abi" "$(objdump -p "$b/libw2v.so" | awk '$1 == "SONAME" { print $2 }')"
same "a link by that name" libw2v.so "$(readlink "$b/libw2v.so.$abi")"

if [ -n "$RUN" ] || nm -D "$b/libw2v.so" | grep -qE '__(a|t|ub)san_'; then
    skip 188 "languages and packages: another process of this machine cannot load the library"
    rm -rf "$t"
    finish
fi

# ------------------------------------------------------------------------------------------------------------
# Packages

# at FOLDER: the files in it
at() { (cd "$1" && find . -type f -o -type l | sort | sed 's/^..//'); }

# install_to FOLDER OPTIONS...
install_to() { ${MAKE:-make} -s --no-print-directory BUILD="$b" DESTDIR="$absolute/$1" PREFIX=/opt/w2v "$2" $3 2>"$t/log" || cat "$t/log"; }

install_to header install-header
same "make install-header" opt/w2v/include/w2v.h "$(at "$t/header")"
install_to stage install
same "make install" "opt/w2v/include/w2v.h
opt/w2v/lib/cmake/w2v/w2vConfig.cmake
opt/w2v/lib/cmake/w2v/w2vConfigVersion.cmake
opt/w2v/lib/libw2v.a
opt/w2v/lib/libw2v.so
opt/w2v/lib/libw2v.so.$abi
opt/w2v/lib/libw2v.so.$version
opt/w2v/lib/pkgconfig/w2v.pc" "$(LC_ALL=C at "$t/stage" | LC_ALL=C sort)"
works "the links of the library" test -s "$t/stage/opt/w2v/lib/libw2v.so"
same "no path of this folder is in the files" "" "$(grep -rlF "$absolute" "$t/stage" --include='*.pc' --include='*.cmake')"

cat >"$t/program.c" <<'END'
#include <w2v.h>
#include <stdio.h>
int main(void)
{
    static const char text[] = "a b c\nb c a\nc a b\n";
    w2v_config cfg = w2v_config_default();
    w2v_error err;
    w2v_model *m;
    w2v_match match;
    size_t n;
    cfg.min_count = 1;
    cfg.sample = 0;
    if (w2v_train_text(&m, text, sizeof text - 1, &cfg, &err) != W2V_OK) return puts(err.message), 1;
    if (w2v_model_nearest(m, "a", &match, 1, &n, &err) != W2V_OK || n != 1) return puts(err.message), 1;
    w2v_model_free(m);
    return printf("%s %d\n", W2V_VERSION, w2v_version() == W2V_VERSION_NUMBER), 0;
}
END
if command -v pkg-config >/dev/null; then
    package() { PKG_CONFIG_SYSROOT_DIR=$absolute/stage PKG_CONFIG_PATH=$absolute/stage/opt/w2v/lib/pkgconfig pkg-config "$@" w2v | sed 's/ *$//'; }
    same "pkg-config: version" "$version" "$(package --modversion)"
    same "pkg-config: no flags but the folder" "-I$absolute/stage/opt/w2v/include" "$(package --cflags)"
    same "pkg-config: libraries" "-L$absolute/stage/opt/w2v/lib -lw2v" "$(package --libs)"
    same "pkg-config: static" "-L$absolute/stage/opt/w2v/lib -lw2v -lm -pthread" "$(package --static --libs)"
    works "pkg-config: a program" cc $(package --cflags) "$t/program.c" -o "$t/program" $(package --libs)
    same "pkg-config: it runs" "$version 1" "$(LD_LIBRARY_PATH=$absolute/stage/opt/w2v/lib "$t/program")"
else
    skip 6 "6 checks of pkg-config: it is not installed"
fi

# A folder with a blank, that was moved there, and a library folder of two parts. header.c compiles the formulas alone.
cat >"$t/header.c" <<'END'
#define W2V_NO_VOCAB
#define W2V_IMPLEMENTATION
#include <w2v.h>
int main(void) { const float x = 2; return w2v_dot(&x, &x, 1) != 4; }
END
cat >"$t/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.10)
project(user C CXX)
find_package(w2v ${WANTED} REQUIRED)
find_package(w2v ${WANTED} REQUIRED)
foreach(target w2v::w2v w2v::w2v_static w2v::header)
  foreach(property COMPILE_OPTIONS COMPILE_DEFINITIONS COMPILE_FEATURES LINK_OPTIONS)
    get_target_property(value ${target} INTERFACE_${property})
    if(value)
      message(FATAL_ERROR "${target} has ${property} ${value}")
    endif()
  endforeach()
endforeach()
foreach(kind w2v w2v_static)
  add_executable(${kind} program.c)
  target_link_libraries(${kind} PRIVATE w2v::${kind})
endforeach()
add_executable(header header.c)
target_link_libraries(header PRIVATE w2v::header)
add_executable(nearest ${EXAMPLES}/nearest.cpp)
target_compile_features(nearest PRIVATE cxx_std_17)
target_link_libraries(nearest PRIVATE w2v::w2v)
END
if command -v cmake >/dev/null && command -v g++ >/dev/null; then
    install_to other install LIBDIR=lib/some-machine
    mv "$t/other/opt/w2v" "$t/moved here"
    # configure FOLDER WANTED: WANTED is the version for find_package
    configure() { rm -rf "$t/cmake"; cmake -S "$t" -B "$t/cmake" -DWANTED="$2" -DEXAMPLES="$PWD/examples" "$1"; }
    there=-Dw2v_DIR="$absolute/moved here/lib/some-machine/cmake/w2v"
    for wanted in "" "${version%.*}" "$version;EXACT"; do
        works "CMake: find_package(w2v $wanted)" configure "$there" "$wanted"
    done
    works "CMake: programs" ${MAKE:-make} -s -C "$t/cmake"
    for kind in w2v w2v_static; do
        same "CMake: $kind runs" "$version 1" "$(env -u LD_LIBRARY_PATH "$t/cmake/$kind")"
    done
    works "CMake: header runs" "$t/cmake/header"
    same "CMake: w2v_static needs no libw2v.so" "" "$(objdump -p "$t/cmake/w2v_static" | grep libw2v)"
    same "CMake: w2v does" "  NEEDED               libw2v.so.$abi" "$(objdump -p "$t/cmake/w2v" | grep libw2v)"
    works "CMake: the folder of make install" configure -DCMAKE_PREFIX_PATH="$absolute/stage/opt/w2v" ""
    for wanted in 99 "${version%.*}.99" "${version%%.*}.0;EXACT" 0.8 0; do
        refuses "CMake: find_package(w2v $wanted)" "w2vConfig.cmake, version: $version" configure "$there" "$wanted"
    done
else
    skip 15 "15 checks of CMake: there is no cmake or no g++"
fi

# A program with stb_ds of its own and the static library
cat >"$t/own.c" <<'END'
#define STB_DS_IMPLEMENTATION
#if defined(__has_include)
#if __has_include("stb_ds.h")
#include "stb_ds.h"
#else
#include <stb/stb_ds.h>
#endif
#endif
#define main program
#include "program.c"
#undef main
int main(void)
{
    int *array = NULL;
    arrput(array, 3);
    return array[0] != 3 || program();
}
END
works "a program with its own stb_ds" cc $(sed -n "s/^STB_FLAGS := //p" "$b/stb.mk") -I. "$t/own.c" "$b/libw2v.a" -o "$t/own" -lm -pthread
works "it runs" "$t/own"

# ------------------------------------------------------------------------------------------------------------
# C++17

printf '5 2\nking 1 0\nman 0.9 0.1\nqueen 0.8 0.9\nwoman 0.7 0.9\nking2 1 0.01\n' >"$t/vectors.txt"
cat >"$t/wrapper.cpp" <<'END'
#include "w2v.hpp"
#include <cstdio>
#include <numeric>
#include <type_traits>
static_assert(!std::is_copy_constructible<w2v::model>::value && std::is_nothrow_move_constructible<w2v::model>::value, "");
#define CHECK(x) if (!(x)) return std::printf("line %d: %s\n", __LINE__, #x), 1
int main(int, char **argv)
{
    w2v::config cfg;
    cfg.set("dim", 16).set("min_count", 1).set("sample", 0.0).set("learning_rate", 0.05f).set("architecture", "cbow");
    w2v::model m = w2v::model::train_text("a b c\nb c a\nc a b\nd a\n", cfg);
    CHECK(m.size() == 4 && m.dim() == 16 && cfg.fields.learning_rate == 0.05f);
    std::string words;
    float sum = 0;
    for (const w2v::entry e : m) {
        words += e.word;
        for (const float x : e) sum += x;
        CHECK(e[3] == *(e.begin() + 3) && e.end() - e.begin() == 16);
    }
    CHECK(words == "abcd" && sum != 0);
    const std::string_view text = "a b";
    CHECK(m[m.find(text.substr(2))].word == "b" && m.contains("a") && !m.contains(text) && m.find("x") == m.size());
    const float *first = m[0].data;
    w2v::model moved = std::move(m);
    CHECK(moved[0].data == first && moved.nearest("a").size() == 3 && moved.nearest("a", 0).empty());
    m = std::move(moved);
    m.save(argv[1]);
    moved = w2v::model::load(argv[1]);
    CHECK(std::equal(m[2].begin(), m[2].end(), moved[2].begin()) && m.similarity("a", "b") == moved.similarity("a", "b"));
    m.save(argv[1], W2V_FORMAT_TEXT);
    w2v_load_config two = w2v_load_config_default();
    two.max_words = 2;
    CHECK(w2v::model::load(argv[1], two).size() == 2 && w2v::model::train(argv[1], cfg).size() > 4);
    CHECK(m.most_similar({{"a"}, {"b", -1}, {"c", 0.5f}}).size() == 1);
    try {
        m.most_similar({{"a"}, {"south", -1}});
        return 2;
    } catch (const w2v::error &e) {
        CHECK(e.status == W2V_ERROR_UNKNOWN_WORD && std::string(e.what()) == "'south' is not in the vocabulary");
    }
    const std::string cut("a\0x", 3);
    CHECK(m.contains("a") && !m.contains(cut) && m.find(cut) == m.size());
    for (int i = 0; i < 4; i++) try {
        if (i == 0) m.similarity(cut, "b");
        if (i == 1) m.similarity("b", cut);
        if (i == 2) m.nearest(cut);
        if (i == 3) m.most_similar({{"b"}, {cut, -1}});
        return 5;
    } catch (const w2v::error &e) {
        CHECK(e.status == W2V_ERROR_UNKNOWN_WORD && std::string(e.what()) == "no word has a NUL");
    }
    try {
        cfg.set("dimm", 3);
        return 3;
    } catch (const std::runtime_error &e) {
        CHECK(std::string(e.what()).find("'dimm'") != std::string::npos);
    }
    try {
        w2v::model::load("/nowhere");
        return 4;
    } catch (const w2v::error &e) {
        CHECK(e.status == W2V_ERROR_IO);
    }
}
END
# full PROGRAM: what it says of a full disk, and its status
full() {
    "$1" "$t/vectors.txt" king 2>&1 >/dev/full | sed 's/ (.*//' | tr '\n' ' '
    "$1" "$t/vectors.txt" king >/dev/full 2>&1
    echo $?
}
for compiler in g++ clang++; do
    if ! command -v $compiler >/dev/null; then
        skip 13 "13 checks of $compiler: it is not installed"
        continue
    fi
    for standard in c++17 c++20; do
        works "$compiler $standard, the wrapper" $compiler -std=$standard -O1 $warnings -I. -Iexamples "$t/wrapper.cpp" "$b/libw2v.so" -o "$t/wrapper"
        works "$compiler $standard, it runs" "$t/wrapper" "$t/wrapper.bin"
    done
    works "$compiler, nearest" $compiler -std=c++17 -O1 $warnings -I. examples/nearest.cpp -L"$b" -lw2v -o "$t/nearest"
    same "$compiler, neighbours" "queen                1.000" "$("$t/nearest" "$t/vectors.txt" king - man + woman | head -n 1)"
    same "$compiler, a word without a sign is added" "$("$t/nearest" "$t/vectors.txt" king - man + woman)" \
        "$("$t/nearest" "$t/vectors.txt" king - man woman)"
    for question in "king -" "king + + man" "- -" "+"; do
        same "$compiler, '$question'" "nearest: no word follows a sign 2" "$("$t/nearest" "$t/vectors.txt" $question 2>&1 | tr '\n' ' '; "$t/nearest" "$t/vectors.txt" $question 2>/dev/null; echo $?)"
    done
    same "$compiler, an unknown word" "nearest: 'south' is not in the vocabulary" "$("$t/nearest" "$t/vectors.txt" south 2>&1)"
    [ ! -c /dev/full ] || same "$compiler, a full disk" "nearest: cannot write to standard output 1" "$(full "$t/nearest")"
done

# ------------------------------------------------------------------------------------------------------------
# Rust

if command -v rustc >/dev/null && rustc --version >/dev/null 2>&1; then
    works "rustc" rustc -O -D warnings -L "$b" examples/nearest.rs -o "$t/nearest_rs"
    same "Rust, neighbours" "king2                1.000
man                  0.994" "$("$t/nearest_rs" "$t/vectors.txt" king | head -n 2)"
    same "Rust, an unknown word" "nearest: 'south' is not in the vocabulary" "$("$t/nearest_rs" "$t/vectors.txt" south 2>&1)"
    refuses "Rust, no file" "cannot open" "$t/nearest_rs" "$t/nowhere" king
    [ ! -c /dev/full ] || same "Rust, a full disk" "nearest: cannot write to standard output: No space left on device 1" "$(full "$t/nearest_rs")"
    word=$(printf 'caf\351')
    same "Rust, a word that is not UTF-8" 'nearest: "caf\xE9" is not UTF-8 1' \
        "$("$t/nearest_rs" "$t/vectors.txt" "$word" 2>&1 | tr '\n' ' '; "$t/nearest_rs" "$t/vectors.txt" "$word" 2>/dev/null; echo $?)"
else
    skip 6 "6 checks of Rust: there is no rustc"
fi

# ------------------------------------------------------------------------------------------------------------
# Python

python=python3
[ ! -x /usr/bin/python3 ] || python=/usr/bin/python3
if $python -c 'import numpy' 2>/dev/null; then
    cat >"$t/sizes.c" <<'END'
#include <w2v.h>
#include <stdio.h>
#define SIZE(type) printf("%d ", (int)sizeof(type))
int main(void)
{
    SIZE(w2v_field), SIZE(w2v_source), SIZE(w2v_matrix), SIZE(w2v_term), SIZE(w2v_match), SIZE(w2v_analogy_section);
    SIZE(w2v_analogy_result), SIZE(w2v_similarity_result);
}
END
    cc -std=c99 -I. "$t/sizes.c" -o "$t/sizes"
    $python tests/bindings.py "$t" $("$t/sizes") >"$t/python" 2>&1
    counted=$(tail -n 1 "$t/python" | grep '^[0-9]* passed, [0-9]* failed, [0-9]* skipped$' | tr -dc '0-9 ')
    [ -n "$counted" ] || fail "bindings.py: $(tail -n 5 "$t/python")"
    grep -E 'FAILED|skipped: ' "$t/python"
    set -- ${counted:-0 0 0}
    passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))

    # where the library is looked for
    import_w2v() { (unset LD_LIBRARY_PATH && W2V_LIBRARY=$1 $python -c "import sys; sys.path.insert(0, '$2'); import w2v; print(w2v._path)"); }
    mkdir -p "$t/here/examples" "$t/here/build"
    cp examples/w2v.py "$t/here/examples"
    refuses "Python without a library" "run \`make lib\`, or set W2V_LIBRARY" import_w2v "" "$t/here/examples"
    refuses "Python with a wrong W2V_LIBRARY" "nowhere.so" import_w2v "$t/nowhere.so" "$t/here/examples"
    cp "$b/libw2v.so" "$t/here/build"
    same "Python finds it in build" "$absolute/here/build/libw2v.so" "$(import_w2v "" "$t/here/examples")"
    cp "$b/libw2v.so" "$t/here/examples"
    same "Python finds it beside the module" "$absolute/here/examples/libw2v.so" "$(import_w2v "" "$t/here/examples")"
    same "Python takes W2V_LIBRARY" "$build/libw2v.so" "$(import_w2v "$build/libw2v.so" "$t/here/examples")"
    printf 'unsigned w2v_version(void) { return 1000; }\n' >"$t/newer.c"
    cc -shared -fPIC "$t/newer.c" -o "$t/newer.so"
    refuses "Python with another version" "newer.so is not version $abi" import_w2v "$t/newer.so" "$t/here/examples"
    same "lines of w2v.py, at most 200" 1 $(($(wc -l <examples/w2v.py) <= 200))

    # the lines of the README, as a person copies them
    awk 'BEGIN {
        n = split("king man queen woman mother", word)
        for (i = 0; i < 9000; i++) print "the", word[1 + i % n], "and the", word[1 + (i + 1 + i % 2) % n], "of", i % 13, "houses"
    }' >"$t/here/corpus.txt"
    awk '/^```python$/ { on = 1; next } /^```/ { on = 0 } on' README.md >"$t/here/program.py"
    same "lines of Python in the README, at most 10" 1 $(($(wc -l <"$t/here/program.py") <= 10))
    (cd "$t/here" && W2V_LIBRARY= $python program.py >out 2>err)
    same "the lines of the README" "[(' [(' 0.9 (22  " "$(cut -c 1-3 "$t/here/out" | tr '\n' ' ') $(grep Error "$t/here/err")"
    works "they write vectors" test -s "$t/here/vectors.bin"
else
    skip 128 "128 checks of Python: there is no python3 with numpy"
fi
same "lines of w2v.hpp, at most 150" 1 $(($(wc -l <examples/w2v.hpp) <= 150))
rm -rf "$t"
finish
