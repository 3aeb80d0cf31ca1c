#!/bin/sh
# SPDX-License-Identifier: MIT-0
#
# compile.sh BUILD - the header under every compiler, standard and option, free of warnings; what its object files export

t=$1/compile.tmp
passed=0 failed=0 skipped=0 script=compile
rm -rf "$t"
mkdir -p "$t"
. tests/common.sh

cat >"$t/user.c" <<'END'
#define W2V_IMPLEMENTATION
#include "w2v.h"
END
cat >"$t/declarations.c" <<'END'
#include "w2v.h"
#include "w2v.h"
typedef int not_empty;
END
printf '#include "w2v.h"\n#define W2V_IMPLEMENTATION\n#include "w2v.h"\n' >"$t/later.c"    # declarations first, implementation in the same file
printf '#define W2V_MALLOC(n) 0\n#define W2V_IMPLEMENTATION\n#include "w2v.h"\n' >"$t/half.c"
cat >"$t/one.c" <<'END'
#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"
END
printf '#include <complex.h>\n#define W2V_IMPLEMENTATION\n#include "w2v.h"\n' >"$t/complex.c"    # its macro I
cat >"$t/two.c" <<'END'
#include "w2v.h"
#if W2V_VERSION_NUMBER < 200
#error "the version as a number"
#endif
int main(void)
{
    w2v_config cfg = w2v_config_default();
    return w2v_config_check(&cfg, NULL) != W2V_OK || w2v_simd()[0] == 0;
}
END

# A build without threads ignores cfg.threads, and trains lanes all the same.
cat >"$t/no_threads.c" <<'END'
#define W2V_NO_THREADS
#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"
int main(void)
{
    static char text[5 * W2V_BLOCK_BYTES];
    w2v_model *m[2];
    memset(text, ' ', sizeof text);
    for (size_t i = 0; i < 5 * W2V_BLOCK_BYTES / 6; i++) memcpy(text + 6 * i, i % 2 ? "a b c\n" : "a d b\n", 6);
    for (size_t i = 0; i < 2; i++) {
        w2v_config cfg = w2v_config_default();
        cfg.sharing = W2V_SHARE_WINDOW;
        cfg.threads = i + 1;
        cfg.lanes = 2;
        if (w2v_train_text(&m[i], text, sizeof text, &cfg, NULL) != W2V_OK) return 2;
    }
    return memcmp(m[0]->input, m[1]->input, m[0]->size * m[0]->stride * sizeof(float)) != 0;
}
END

# Vectors are read, asked and written, and the formulas are there, without the trainer.
cat >"$t/no_train.c" <<'END'
#define W2V_NO_TRAIN
#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"
#ifdef W2V_PHRASE_NPMI
#error "phrases"
#endif
static int keep(const char *bytes, size_t n, void *user)
{
    char *const kept = (char *)user;
    if (strlen(kept) + n > 99) return 1;
    return strncat(kept, bytes, n) != kept;
}
int main(void)
{
    static const char text[] = "3 2\na 1 0\nb 0.9 0.1\nc 0 1\n";
    char written[100] = "";
    w2v_model *m;
    w2v_match match;
    size_t n;
    const w2v_source s = w2v_source_text(text, sizeof text - 1);
    if (w2v_model_read(&m, &s, NULL, NULL, NULL) != W2V_OK) return 1;
    if (w2v_model_nearest(m, "a", &match, 1, &n, NULL) != W2V_OK || n != 1 || strcmp(match.word, "b")) return 2;
    if (w2v_model_write(m, keep, written, W2V_FORMAT_TEXT, NULL) != W2V_OK || strcmp(written, text)) return 3;
    w2v_sentences *sentences;
    w2v_sentence_match line;
    if (w2v_sentences_new(&sentences, m, NULL, NULL) != W2V_OK) return 4;
    if (w2v_sentences_read(sentences, &s, NULL, NULL) != W2V_OK) return 5;
    if (w2v_sentences_nearest(sentences, "b", 1, &line, 1, &n, NULL) != W2V_OK || line.number != 2) return 6;
    w2v_sentences_free(sentences);
    w2v_model_free(m);
    return 0;
}
END

# Training by two threads, files, checkpoints, phrases, evaluation and classes on a stack of 64 KiB
cat >"$t/stack.c" <<'END'
#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"
#define TRY(call) if ((call) != W2V_OK) return puts(err.message), 1
int main(int argc, char **argv)
{
    static char text[3 * W2V_BLOCK_BYTES];
    static const char questions[] = "word1 word2 word3 word4\n", pairs[] = "word1 word2 3\nword3 word4 5\nword1 word4 1\n";
    static uint32_t class_of[20];
    size_t n = 0;
    w2v_error err;
    w2v_trainer *t;
    w2v_model *m;
    w2v_phrases *p;
    w2v_analogy_result analogies;
    w2v_similarity_result similarity;
    while (n + 20 < sizeof text) n += (size_t)sprintf(text + n, "word%d%s", (int)(n * n / 7 % 17), n % 5 ? " " : "\n");
    const w2v_source s = w2v_source_text(text, n);
    w2v_config cfg = w2v_config_default();
    w2v_phrases_config phrases = w2v_phrases_config_default();
    const w2v_analogy_config a = w2v_analogy_config_default();
    const w2v_similarity_config o = w2v_similarity_config_default();
    cfg.sample = 0;
    cfg.threads = 2;
    cfg.corpus_memory = 1;
    phrases.threshold = 0;
    const char *file = argv[argc - 1];
    TRY(w2v_trainer_new(&t, &s, 1, &cfg, NULL, NULL, &err));
    TRY(w2v_trainer_hold_out(t, &s, 1, &err));
    TRY(w2v_trainer_run(t, UINT64_MAX / 2, &err));
    TRY(w2v_trainer_save(t, file, &err));
    TRY(w2v_trainer_load(t, file, &err));
    w2v_trainer_free(t);
    TRY(w2v_model_load(&m, file, NULL, NULL, &err));
    TRY(w2v_model_save(m, file, W2V_FORMAT_TEXT, &err));
    TRY(w2v_model_save(m, file, W2V_FORMAT_TSV, &err));
    w2v_source set = w2v_source_text(questions, sizeof questions - 1);
    TRY(w2v_model_evaluate_analogies(m, &set, &a, &analogies, &err));
    set = w2v_source_text(pairs, sizeof pairs - 1);
    TRY(w2v_model_evaluate_similarity(m, &set, &o, &similarity, &err));
    w2v_sentences *sentences;
    w2v_sentence_match line;
    TRY(w2v_sentences_new(&sentences, m, NULL, &err));
    TRY(w2v_sentences_fit(sentences, &s, NULL, &err));
    TRY(w2v_sentences_read(sentences, &s, NULL, &err));
    TRY(w2v_sentences_nearest(sentences, text, 20, &line, 1, &n, &err));
    TRY(w2v_model_remove_top(m, 1, &err));
    const w2v_matrix rows = w2v_model_input(m);
    TRY(w2v_kmeans(&rows, 3, NULL, class_of, NULL, NULL, &err));
    TRY(w2v_phrases_build(&p, &s, 1, &phrases, &err));
    TRY(w2v_phrases_apply_file(p, &s, 1, file, &err));
    TRY(w2v_phrases_save(p, file, &err));
    return 0;
}
END

# Macros of the user with the shortest names do not reach the interface; __has_include and the like need none.
(for letter in d e f g h i j k l m p q r t u w z A B C D E F G H I J L M N O P Q R S T V W X Y Z; do
    echo "#define $letter ) this is the macro $letter of the user ("
done; echo '#include "w2v.h"') >"$t/letters.body"
(echo '#include <stddef.h>'; echo '#include <stdint.h>'; cat "$t/letters.body"; echo 'int not_empty;') >"$t/letters.c"
mkdir -p "$t/old"
# stb_ds.h v0.62 and older lack stbds_hmgetp_null
printf '#define INCLUDE_STB_DS_H\n#define stbds_shgeti(t, k) 0\n#define STBDS_HM_STRING 1\n' >"$t/old/stb_ds.h"

# the header where no stb_ds.h is to be found, whatever is installed
mkdir -p "$t/without"
sed 's/"stb_ds.h"/"no_stb_ds.h"/; s/<stb.stb_ds.h>/<no\/stb_ds.h>/' w2v.h >"$t/without/w2v.h"

machine=$(uname -m)
simd= # for what does not depend on the backend: one backend compiles faster than three
native=
[ "$machine" = x86_64 ] && simd="-DW2V_SIMD=W2V_SIMD_AVX2" native="-mavx2 -mfma"
check() {
    cxx=$(echo $compiler | sed 's/gcc/g++/; s/clang$/clang++/')
    # gcc finds variables without a value at -O1 and above; clang's warnings are the same at every level
    level=-O1 optimised=-O2
    [ "$compiler" = gcc ] || level=-O0 optimised=-O0
    # Optimised once with all backends of this machine in one program; functions that nobody calls are seen there, too.
    # In other standards the compiler has other rules, but no other code to make. The manual says what stack is needed.
    try "$compiler c99 $optimised" $compiler -std=c99 $optimised -Wframe-larger-than=16384 $warnings $c_only -I. $stb -c "$t/user.c" -o "$t/$compiler.user.o"
    for std in c11 c17; do
        try "$compiler $std" $compiler -std=$std -fsyntax-only $warnings $c_only -I. $stb "$t/user.c"
    done
    for std in c++11 c++17 c++20; do
        try "$cxx $std" $cxx -x c++ -std=$std -fsyntax-only $warnings -I. $stb "$t/user.c"
    done
    # The code that an option or another standard brings is optimised once: those that bring different code, together.
    try "$cxx c++11 $level, W2V_NO_THREADS" $cxx -x c++ -std=c++11 $level $simd $warnings -I. $stb -DW2V_NO_THREADS -DNDEBUG -DW2V_BLOCK_BYTES=4096 \
        -c "$t/user.c" -o "$t/$compiler.user.o"
    scalar=-DW2V_SIMD=W2V_SIMD_SCALAR
    try "$compiler c99, scalar" $compiler -std=c99 -fsyntax-only $scalar $warnings $c_only -I. $stb "$t/user.c"
    try "$compiler c11, scalar, W2V_NO_STDIO $level" $compiler -std=c11 $level $scalar -DW2V_NO_STDIO $warnings $c_only -I. $stb -c "$t/user.c" \
        -o "$t/$compiler.user.o"
    try "$cxx c++11, scalar" $cxx -x c++ -std=c++11 -fsyntax-only $scalar $warnings -I. $stb "$t/user.c"
    flags=-O0,-DW2V_NO_DISPATCH # of other flags the same code comes
    [ "$machine" = x86_64 ] && flags="$flags -O0,-mavx2,-mfma -O0,-mavx512f -O0,-ffast-math,$simd"
    for flag in $flags; do
        flag=$(echo $flag | tr , ' ')
        try "$compiler $flag" $compiler -std=c99 $flag $warnings $c_only -I. $stb -c "$t/user.c" -o "$t/$compiler.user.o"
    done
    try "$compiler $level -DW2V_NO_TRAIN" $compiler -std=c99 $level $simd $warnings $c_only -I. $stb -DW2V_NO_TRAIN -c "$t/user.c" -o "$t/$compiler.user.o"
    for option in W2V_STATIC W2V_NO_STDIO W2V_NO_THREADS W2V_NO_VOCAB W2V_NO_TRAIN W2V_NO_STDIO,-DW2V_NO_THREADS,-DW2V_STATIC 'W2V_ASSERT(x)=((void)sizeof(x))' \
        W2V_BLOCK_BYTES=4096 NDEBUG 'W2V_STB_DS_H="stb_ds.h"'; do
        [ $compiler = clang ] || # including.sh
            try "$compiler -D$option" $compiler -std=c99 -fsyntax-only $simd $warnings $c_only -I. $stb -D$(echo $option | sed 's/,/ /g') "$t/user.c"
        try "$cxx -D$option" $cxx -x c++ -std=c++11 -fsyntax-only $simd $warnings -I. $stb -D$(echo $option | sed 's/,/ /g') "$t/user.c"
    done
    try "$compiler, W2V_NO_TRAIN reads and asks" sh -c "$compiler -std=c99 -O0 $simd $warnings -Wno-conversion -I. $stb $t/no_train.c -o $t/$compiler.no_train -lm -pthread && $t/$compiler.no_train"
    try "$compiler, W2V_NO_TRAIN has no training" sh -c "! $compiler -std=c99 -DW2V_NO_TRAIN -Werror -fsyntax-only -I. $t/two.c 2>$t/$compiler.two.log && grep -q w2v_config_default $t/$compiler.two.log"
    try "$compiler, declarations twice" $compiler -std=c99 $simd $warnings $c_only -I. -c "$t/declarations.c" -o "$t/$compiler.declarations.o"
    try "$compiler, implementation later; frames of at most 16 KiB" $compiler -std=c99 -O0 -Wframe-larger-than=16384 $warnings $c_only -I. $stb -c "$t/later.c" -o "$t/$compiler.later.o"
    try "$compiler, a user's macros of a letter that no formula has" $compiler -std=c99 $simd -I. -c "$t/letters.c" -o "$t/$compiler.letters.o"
    try "$compiler refuses an old stb_ds.h" sh -c "! $compiler -std=c99 -I. -I$t/old -c $t/user.c -o $t/$compiler.old.o 2>$t/$compiler.old.log && grep -q 'v0.63 or newer' $t/$compiler.old.log"
    try "$compiler says what is missing, and stops" sh -c "! $compiler -std=c99 -I$t/without -c $t/user.c -o $t/$compiler.without.o 2>$t/$compiler.without.log && grep -q 'stb_ds.h is missing.*W2V_NO_TRAIN' $t/$compiler.without.log && test \$(wc -l <$t/$compiler.without.log) -le 12"
    try "$compiler, a stack of 64 KiB" sh -c "$compiler -std=c99 -O0 $simd -I. $stb $t/stack.c -o $t/$compiler.stack -lm -pthread && ulimit -s 64 && $t/$compiler.stack $t/$compiler.file"
    try "$compiler after complex.h" $compiler -std=c99 -fsyntax-only $simd $warnings $c_only -I. $stb "$t/complex.c"
    try "$compiler refuses half an allocator" sh -c "! $compiler -std=c99 -I. $stb -c $t/half.c -o $t/$compiler.half.o 2>$t/$compiler.half.log && grep -q 'or none' $t/$compiler.half.log"
    try "$compiler refuses blocks of 0 bytes" sh -c "! $compiler -std=c99 -DW2V_BLOCK_BYTES=0 -I. $stb -fsyntax-only $t/user.c 2>$t/$compiler.blocks.log && grep -q 'W2V_BLOCK_BYTES must be between' $t/$compiler.blocks.log"
    try "$compiler, two files" sh -c "$compiler -std=c99 $warnings -Wno-conversion -I. $stb $t/one.c $t/two.c -o $t/$compiler.two -lm -pthread && $t/$compiler.two"
    try "$compiler, no threads" sh -c "$compiler -std=c99 -O0 $simd $warnings -Wno-conversion -I. $stb $t/no_threads.c -o $t/$compiler.no_threads -lm && $t/$compiler.no_threads"
    try "W2V_NO_VOCAB needs no stb_ds" $compiler -std=c99 -fsyntax-only $simd -DW2V_NO_VOCAB -DW2V_STB_DS_H='"nowhere.h"' -I. "$t/user.c"
    try "W2V_NO_TRAIN needs no stb_ds" $compiler -std=c99 -fsyntax-only $simd -DW2V_NO_TRAIN -DW2V_STB_DS_H='"nowhere.h"' -I. "$t/user.c"
    alone=" $(${MAKE:-make} -s print-alone) "
    for f in examples/*.c tests/*.c bench/*.c; do
        # (as far as the macros of stb_ds let them; the benchmarks are made of several files)
        own=$simd less="-Wno-c++-compat -Wno-conversion"
        case $f in
            examples/mpi.c) continue ;; # make mpi
            bench/machine.c) own=$native ;; # its vectors are those of the flags
            bench/ranks.c) own="-Ibench/simulated -DW2V_DECLARATIONS_ONLY" ;; # its MPI
            bench/quality.c | bench/models.c | bench/rows.c | bench/files.c | bench/queries.c) own=-DW2V_DECLARATIONS_ONLY ;;
            tests/checked.c | bench/*) ;;
            examples/*)
                own=-DW2V_DECLARATIONS_ONLY
                [ $compiler = clang ] || # by itself, as it is copied
                    try "$compiler $f alone" $compiler -std=c99 -fsyntax-only $simd $warnings $c_only $less -I. $stb "$f"
                less="$less -Wno-undef" ;; # of an stb_ds.h that the example includes, and gcc
            *) case $alone in *" $f "*) ;; *) own="$simd -DW2V_DECLARATIONS_ONLY" ;; esac ;;
        esac
        try "$compiler $f" $compiler -std=c99 -O0 $own $warnings $c_only $less -DTEST_BACKEND='""' -I. $stb -c "$f" -o "$t/$compiler.program.o"
    done
    echo $passed $failed >"$t/$compiler.count"
}

# both at the same time
for compiler in gcc clang; do
    if command -v $compiler >/dev/null; then
        check &
    else
        skip 1 "all checks of $compiler: there is none"
    fi
done
wait
for compiler in gcc clang; do
    [ -f "$t/$compiler.count" ] || continue
    read -r p f <"$t/$compiler.count"
    passed=$((passed + p))
    failed=$((failed + f))
done

# Compilers that know no more than C99. (pcc 1.2.0 passes structs by value wrongly, so its programs are not run.)
for compiler in tcc pcc; do
    if command -v $compiler >/dev/null; then
        try "$compiler" $compiler -I. $stb -c "$t/user.c" -o "$t/user.o"
    else
        skip 1 "there is no $compiler"
    fi
done
compiler=tcc
if command -v tcc >/dev/null; then
    for name in losses corpus query io phrases; do
        try "tcc, tests/test_$name.c" sh -c "tcc -I. $stb -DTEST_BACKEND='\"scalar\"' tests/test_$name.c -o $t/test_$name -lm -lpthread && $t/test_$name"
    done
else
    skip 5 "tests of the header: there is no tcc"
fi

# The programs of the README and of the manual, and the CMake lines of examples/README.md, as a person copies them
compiler=cc
mkdir -p "$t/copied/third_party"
cp w2v.h "$t"/stb/stb_ds.h "$t/copied/third_party"
awk 'BEGIN { for (i = 0; i < 20000; i++) print "the king and his queen number", i * i % 97, "in", i % 13, "houses" }' >"$t/copied/corpus.txt"
awk '/^```c$/ { on = 1; next } /^```/ { on = 0 } on' README.md >"$t/copied/program.c"
sed -n '/^\/\/       #define STB_DS_IMPLEMENTATION/,/^\/\/       }$/s/^\/\/       //p' w2v.h | sed '/^#include/a#include <stdio.h>' >"$t/copied/manual.c"
for program in program manual; do
    try "the $program that is printed" sh -c "cd $t/copied && cc -Wall -Wextra -Werror -O0 -Ithird_party $program.c -o $program -lm -pthread && test \"\$(./$program 2>/dev/null | wc -l)\" = 10 && test -s vectors.bin"
    rm -f "$t/copied/vectors.bin"
done
if command -v python3 >/dev/null; then
    try "the contents in the manual are those of the code" python3 tests/sections.py w2v.h
else
    skip 1 "the contents in the manual: there is no python3"
fi
# every link between the pages leads somewhere
for page in README.md examples/README.md bench/README.md tests/README.md; do
    for link in $(grep -oE '\]\([^)]*\)' $page | sed 's/^](//; s/)$//' | grep -v '^http'); do
        file=${link%%#*}
        [ -n "$file" ] && file=$(dirname $page)/$file || file=$page
        try "$page: $link" test -s "$file"
        case $link in *'#'*)
            try "$page: $link" sh -c "sed -n 's/^#* //p' $file | tr 'A-Z ' 'a-z-' | tr -d ':,' | grep -qx '${link#*#}'" ;;
        esac
    done
done
if command -v cmake >/dev/null; then
    (echo 'cmake_minimum_required(VERSION 3.10)'; echo 'project(program C)'; awk '/^```cmake$/ { on = 1; next } /^```/ { on = 0 } on' examples/README.md) |
        sed 's/-O2/-O0/' >"$t/copied/CMakeLists.txt"
    try "the CMake lines" sh -c "cd $t/copied && cmake . && make program && ./program"
else
    skip 1 "the CMake lines: there is no cmake"
fi

# Names do not depend on how well the code is optimised. A shared library has no other names either, as the manual promises.
compiler=cc
try "a shared library" cc -O0 -shared -fPIC -fvisibility=hidden -DSTB_DS_IMPLEMENTATION -DW2V_IMPLEMENTATION $simd -I. $stb -x c w2v.h \
    -o "$t/libw2v.so" -lm -pthread
foreign=$(nm -D --defined-only "$t/libw2v.so" | awk '$3 !~ /^w2v_[a-z]/ { print $3 }')
try "names of a shared library: $foreign" test -z "$foreign"
try "a shared library has w2v_sgd" sh -c "nm -D --defined-only '$t/libw2v.so' | grep -q w2v_sgd"

# only our names leave the object file, and none with W2V_STATIC
# Without PIE, where constant tables of pointers would count as data; `shift` is a volatile constant.
try "an object" cc -std=c99 -O0 -fno-pie $simd -I. $stb -c "$t/user.c" -o "$t/user.o"
foreign=$(nm -g --defined-only "$t/user.o" | awk '$3 !~ /^_?w2v_[a-z]/ { print $3 }')
try "exported names: $foreign" test -z "$foreign"
data=$(nm "$t/user.o" | awk '$2 ~ /^[bBdDC]$/ && $3 !~ /^shift/ { print $3 }')
try "global state: $data" test -z "$data"
try "an object with W2V_STATIC" cc -std=c99 -O0 $simd -DW2V_STATIC -I. $stb -c "$t/user.c" -o "$t/static.o"
try "W2V_STATIC exports nothing" test -z "$(nm -g --defined-only "$t/static.o")"
try "an object with W2V_NO_STDIO" cc -std=c99 -O0 $simd -DW2V_NO_STDIO -I. $stb -c "$t/user.c" -o "$t/no_stdio.o"
files=$(nm -u "$t/no_stdio.o" | grep -oE '\<(f?open(64)?|creat(64)?|fclose|fread|fwrite|fprintf|fseek|ferror|f?stat(64)?|access|chmod|chown|readlink|rename|remove|unlink)\>')
try "W2V_NO_STDIO touches files: $files" test -z "$files"

rm -rf "$t"
finish
