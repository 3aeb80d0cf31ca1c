#!/bin/sh
# SPDX-License-Identifier: MIT-0
#
# analysis.sh BUILD - cppcheck, clang-tidy (.clang-tidy), clang --analyze and gcc -fanalyzer over the header, examples,
# tests and benchmarks. A finding that the list below does not explain is a failure, and so is a line of the list that
# explains nothing. Findings are left in BUILD/analysis.

t=$1/analysis
rm -rf "$t"
mkdir -p "$t"

# tool | check | file | text of the line (all three regular expressions) | why it is none
cat >"$t/explained" <<'END'
cppcheck | arrayIndexOutOfBounds | w2v.h | (a|sum|before|after|change)\[.*\] | tiles are as wide as the constants that a call passes; cppcheck mixes the calls
cppcheck | pointerSize | w2v.h | memcpy\(p - sizeof\(void \*\), &base | the address itself is kept there
cppcheck | nullPointerArithmeticRedundantCheck | w2v.h | old \+ i \* 16 | `old` is NULL only in the first strip
cppcheck | strtokCalled|readdirCalled | examples/|tests/|bench/ | strtok\(|readdir\( | these programs have one thread when they call it
cppcheck | memleakOnRealloc | examples/convert.c | realloc\(words | the program ends
cppcheck | nullPointer\] | examples/explain.c | u \? \(double\)u\[k\] : v\[k\] | one of the two is given
cppcheck | memleak\]|uninitvar | examples/explain.h | ^    }|memcpy\(t->bytes \+ t->length, s, n\) | bytes is NULL there, and s has n bytes
cppcheck | uninitvar | examples/map.h | chosen\[b\] != i | the first k are set
cppcheck | invalidFunctionArg | examples/map.h | log\(sum\) | the nearest neighbour adds 1
cppcheck | ctuuninitvar | examples/(svg|map).h | err->message | only written
cppcheck | arrayIndex | examples/micro.c | text\[i\] | a string, which ends before its limit
cppcheck | memleak\] | tests/test_io.c | CHECK\(text != NULL\) | it is NULL
cppcheck | invalidFunctionArg | tests/test_kernels.c | log\(sum\) | a sum of exponentials
cppcheck | uninitvar | tests/test_kernels.c | dup\[i\] - du | all are set
cppcheck | uninitvar | tests/test_memory.c | status != W2V_OK | set where the status is W2V_OK
cppcheck | uninitvar | bench/bench.h | qsort\(values, n | the caller has set n
cppcheck | invalidFunctionArg | bench/plain.c | logf\(sum\) | a sum of exponentials
cppcheck | invalidFunctionArg | tests/test_random.c | sqrt\(2.0 \* df\) | there are two classes at least
cppcheck | invalidFunctionArg | tests/test_train.c | log\(total\) | a sum of exponentials
clang-tidy | core.NullDereference | w2v.h | p->set.n|m->size = vocab->size | only with W2V_ERROR_MEMORY; a model is made of a vocabulary
clang-tidy | bugprone-integer-division | w2v.h | 1 << 23|longest - 1 | whole numbers are meant
clang-tidy | bugprone-branch-clone | w2v.h | SIZE_MAX : UINT64_MAX | they differ where pointers have 32 bits
clang-tidy | bugprone-suspicious-memory-comparison | w2v.h | memcmp\(&back, &x | the bits are compared: -0, too
clang-tidy | bugprone-narrowing-conversions | w2v.h | '0'|'\.' | character constants are ints in C
clang-tidy | bugprone-signed-char-misuse | w2v.h | \(signed char\)text | fastText hashes signed bytes
clang-tidy | bugprone-integer-division | examples/map.h | k / 2 | whole numbers are meant
clang-tidy | bugprone-integer-division | bench/quality.c | \((k|SETS) / PANELS_A_ROW\) | whole numbers are meant
clang-tidy | bugprone-integer-division | bench/queries.c | \(m->dim \+ 15\) / 16 \* 16 | whole numbers are meant
clang-tidy | bugprone-integer-division | tests/test_kernels.c | n / 64 \+ 8 | whole numbers are meant
clang-tidy | bugprone-integer-division | tests/test_train.c | WORDS / columns | whole numbers are meant
clang-tidy | bugprone-suspicious-memory-comparison | tests/ | memcmp\( | the bits are compared: of numbers, and of structs that must be untouched
clang-tidy | bugprone-suspicious-include | bench/ranks.c|tests/test_micro.c | examples/(mpi|micro).c | the program is called as a function
clang-tidy | cert-env33-c | bench/files.c | popen\(command | the command is python, as make found it
clang-tidy | FloatLoopCounter | bench/quality.c | y <= score.high; y \+= apart | a label at the edge may be there or not
clang-tidy | FloatLoopCounter | tests/test_kernels.c | p \+= 0.3f|x \+= 0.0037f | points of a range, whatever their number
clang-tidy | FloatLoopCounter | tests/test_sgd.c | x -= 8194.0f | exact: whole numbers
clang-tidy | insecureAPI.strcpy | tests/test_phrases.c | strcat\(text, " | ten words have room
clang-tidy | CallAndMessage|UndefReturn | tests/test_explain.c | return e;|explain_window_loss\(e\) | explain_new has made it where it returns W2V_OK
clang-tidy | bugprone-narrowing-conversions | examples/explain.h | '\{' | character constants are ints in C
clang-tidy | bugprone-narrowing-conversions | tests/ | \? '.' :|: ' '; | character constants are ints in C
clang-tidy | clang-analyzer-unix.Malloc | examples/curves.h | w2v_buffer_free | curves_free has freed it
clang-tidy | clang-analyzer-unix.Malloc | examples/curves.h | new_curve->name, LONGEST_NAME | what sentiment has, which ends then
clang-tidy | UndefinedBinaryOperatorResult | examples/svg.h | const size_t n = \*u|s\[i\] == | what snprintf has written; the analyser does not follow it
clang-tidy | core.NullDereference | tests/test_chunks.c | t->corpus.n_blocks, BLOCKS | w2v_trainer_new has made it where it returns W2V_OK
clang-tidy | core.DivideZero | w2v.h | m->size \+ w.records - 1 | a model has a word
clang-tidy | core.DivideZero | w2v.h | done / \(q->total / q->cfg->epochs\) | the words of all epochs; texts without words are refused
clang-tidy | core.NonNullParamChecker | w2v.h | memcpy\(out \+ bytes, between, before\) | words are not empty: none fits into the 0 bytes of a NULL
clang-tidy | core.NullDereference | w2v.h | x.kind->bytes | w2v__formats_parse_npy has set it where it returns W2V_OK
clang-tidy | core.NullDereference | w2v.h | w2v__vocab_add\(p->words, word, 0, err\)|w2v_vocab_find\(c.phrases->words | w2v__phrases_new has made them where it returns W2V_OK
clang-tidy | core.NullDereference | w2v.h | pair->x\[0\] = | w2v__grow has made room
clang-tidy | core.NullDereference | w2v.h | if \(o->target\) status | w2v__files_new has made it where it returns W2V_OK
clang-tidy | core.NullDereference | tests/test_query.c | allowed \|= cfg->candidates\[i\] | there are some where candidate_count is not 0
clang-tidy | UndefinedBinaryOperatorResult|uninitialized.Branch | w2v.h | field.n > W2V_MAX_WORD|if \(!field\[i\].n\) | there are that many fields where w2v__query_set_columns returns W2V_OK
clang-tidy | uninitialized.Assign|uninitialized.Branch | w2v.h | \*at = line->text, \*field;|if \(!line.step\) return w2v__fail | set where the status is W2V_OK
clang | core.DivideZero | w2v.h | done / \(q->total / q->cfg->epochs\) | the words of all epochs; texts without words are refused
clang | core.CallAndMessage | w2v.h | sum\[i \* width \+ j\] | nx and width are above 0
clang | core.CallAndMessage | w2v.h | w2v__sgd_state_name\[i\] | no optimiser has more than two states
clang | core.NullDereference | w2v.h | block->weights\[sentence\] | there are weights where sentences are counted
clang | core.NullDereference | w2v.h | p->set.n | p is NULL only with W2V_ERROR_MEMORY
clang | core.uninitialized.Assign | w2v.h | turn.scale\[j\] = turn.scale\[j - width\] | a turn has a row
gcc | use-of-uninitialized-value | w2v.h | memcpy\(array, &items | what realloc returned
gcc | use-of-uninitialized-value | w2v.h | x.v\[i\] \+= x.v\[i \+ half\] | w2v__sentence_sum has set all of the vector
gcc | use-of-uninitialized-value | w2v.h | row = w2v__v_fma\(w2v__v_set1\(rest\[i\]\) | the caller has set `copies` of them
gcc | use-of-uninitialized-value | w2v.h | w2v__add\(line->n, 1\)|!line.step\) break | set where the status is W2V_OK
gcc | null-argument | w2v.h | strlen\(w2v_vocab_word\(m->vocab, i\)\) | a model has a vocabulary with all of its words
gcc | use-of-uninitialized-value | tests/test_kernels.c | out\[1\] == -100.0f|s\[4\] == 0.0f|CHECK_NEAR\(s\[[123]\]|dv_before\[k\] | all are set
gcc | malloc-leak | bench/count.c | free\(\(char \*\)p - FRONT | a piece begins that far before p
gcc | malloc-leak | examples/cli.h | realloc\(text, room | convert.c keeps the words until it ends
gcc | double-free | examples/convert.c | realloc\(words | what the realloc before it has returned
gcc | file-leak|malloc-leak | tests/faulty.h | fopencookie\(s, mode, functions\) | returned, and closed by faulty_close
END

printf '#define STB_DS_IMPLEMENTATION\n#define W2V_IMPLEMENTATION\n#include "w2v.h"\n' >"$t/header.c"
stb=$(sed -n 's/^STB_FLAGS := //p' "$1/stb.mk")
# The benchmarks that call private functions, too. What all of these do not call is left out (W2V_STATIC).
alone=" $(${MAKE:-make} -s print-alone) bench/count.c bench/machine.c bench/scalar.c bench/speed.c bench/threads.c "
# (one backend with loops: the analysers do not know the others' instructions)
options="-I. $stb -DW2V_SIMD=1"

# into TOOL FILE: where the output goes. A tool that fails without a finding is a finding.
into() {
    out=$t/$1.$(basename "$2")
    echo ">$out 2>&1 || grep -q warning: $out || echo '$2:1:1: error: $1 fails [failed]' >>$out"
}

# each TOOL COMMAND OPTION: a line for every source file but those that need mpi.h or emscripten's headers, and of
# bench/machine.c with gcc: it takes vectors that are set in a loop for uninitialised, and finds that in lines of w2v.h
# that all kernels use, so that an explanation would hide what is wrong with them. The implementation
# of the header is analysed once, by itself, and with the programs that are compiled with it only where they call it.
each() {
    for f in examples/*.c tests/test_*.c bench/*.c; do
        case $1:$f in *:examples/mpi.c | *:examples/page.c | gcc:bench/machine.c) continue ;; esac
        only=-DW2V_DECLARATIONS_ONLY
        case $alone in *" $f "*) only=-DW2V_STATIC= ;; esac
        echo "$2 $f $3 $options $only -Ibench/simulated '-DTEST_BACKEND=\"\"' $(into "$1" "$f")"
    done
}

{
    if command -v cppcheck >/dev/null; then
        check="cppcheck -q --language=c --std=c99 --library=posix --enable=warning,performance,portability --inline-suppr \
            --template={file}:{line}:1:\ warning:\ {message}\ [{id}] -D__linux__ -D__x86_64__ -D__GNUC__=12 \
            -D__STDC_VERSION__=199901L"
        echo "$check $t/header.c $options $(into cppcheck w2v.h)"
        each cppcheck "$check" ""
    fi
    if command -v clang-tidy >/dev/null; then
        echo "clang-tidy --quiet --header-filter=w2v.h $t/header.c -- -std=c99 $options $(into clang-tidy w2v.h)"
        each clang-tidy "clang-tidy --quiet --header-filter='(examples|tests|bench)/'" "-- -std=c99"
    fi
    if command -v clang >/dev/null; then   # (clang-tidy examines the functions of the file itself, not of its headers)
        echo "clang --analyze -Xclang -analyzer-output=text -Xclang -analyzer-config -Xclang mode=shallow \
            -std=c99 $options -DW2V_IMPLEMENTATION -x c w2v.h -o /dev/null $(into clang w2v.h)"
    fi
    # Without limits it needs more than 3.7 GB, where it was stopped.
    limits="--param analyzer-bb-explosion-factor=1 --param analyzer-max-enodes-per-program-point=2"
    gcc="gcc -fanalyzer -std=c99 -O0 $limits -c -o /dev/null"
    echo "$gcc $t/header.c $options $(into gcc w2v.h)"
    each gcc "$gcc" ""
} | tr '\n' '\0' | xargs -0 -P 2 -I{} sh -c {}

# tool, file, line, check, message
for tool in cppcheck clang-tidy clang gcc; do
    cat "$t/$tool".* 2>/dev/null | sed -nE "s|^($PWD/)?(\./)?||; s|^([^:]+):([0-9]+):[0-9]+: (warning\|(fatal )?error): (.*)|\1:\2:\5|p" |
        sort -u | sed "s/^/$tool:/"
done >"$t/found"

awk -v list="$t/explained" '
    BEGIN {
        while ((getline line < list) > 0) {
            if (split(line, part, " \\| ") < 5) continue
            n++
            for (i = 1; i <= 4; i++) want[n, i] = part[i]
        }
    }
    # the text of a line of a file
    function text_of(file, number,   i, line) {
        if (!(file in lines)) {
            for (i = 1; (getline line < file) > 0; i++) text[file, i] = line
            lines[file] = i
        }
        return text[file, number]
    }
    {
        split($0, part, ":")
        tool = part[1]
        found[tool]++
        code = text_of(part[2], part[3])
        for (i = 1; i <= n; i++)
            if (want[i, 1] == tool && $0 ~ want[i, 2] && part[2] ~ want[i, 3] && code ~ want[i, 4]) break
        if (i <= n) {
            used[i]++
            explained[tool]++
        } else {
            print $0
            print "    " code
        }
    }
    END {
        for (i = 1; i <= n; i++)
            if (!(i in used) && !system("command -v " want[i, 1] " >/dev/null")) {
                print "explains nothing: " want[i, 1] " | " want[i, 2] " | " want[i, 3] " | " want[i, 4]
                unused++
            }
        count = split("cppcheck clang-tidy clang gcc", tool_of, " ")
        for (k = 1; k <= count; k++) {
            tool = tool_of[k]
            if (system("command -v " tool " >/dev/null")) {
                print "analysis: skipped: " tool " is not installed"
                skipped++
                continue
            }
            printf "%-10s %3d findings, %3d explained\n", tool, found[tool], explained[tool]
            if (found[tool] == explained[tool]) passed++
            else failed++
        }
        if (unused) failed++
        else passed++
        printf "%d passed, %d failed%s\n", passed, failed, skipped ? ", " skipped " skipped" : ""
        exit failed > 0
    }' "$t/found"
