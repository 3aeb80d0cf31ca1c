// SPDX-License-Identifier: MIT-0
//
// w2v.h - word2vec in one C header, with SIMD kernels for AVX-512, AVX2, NEON and GNU vectors
//
// ABOUT
//
//   w2v.h trains word vectors from text (skip-gram and CBOW, with negative sampling, hierarchical softmax or
//   softmax; Mikolov et al. 2013, "Efficient Estimation of Word Representations in Vector Space" and
//   "Distributed Representations of Words and Phrases and their Compositionality"), reads and writes the
//   usual vector files, finds neighbours and analogies, makes vectors of sentences, and evaluates. Every
//   formula of the models is also a plain function, to learn from and to build on.
//
//   In ONE source file of your program:
//
//       #define STB_DS_IMPLEMENTATION   // unless another file of your program defines it
//       #define W2V_IMPLEMENTATION
//       #include "w2v.h"
//       #include <stdio.h>
//
//       int main(void)
//       {
//           w2v_error err;
//           w2v_config cfg = w2v_config_default();
//           w2v_model *m;
//           if (w2v_train_file(&m, "corpus.txt", &cfg, &err) != W2V_OK) {
//               fprintf(stderr, "%s\n", err.message);
//               return 1;
//           }
//           w2v_match match[10];
//           size_t n;
//           w2v_status s = w2v_model_nearest(m, "king", match, 10, &n, &err);
//           for (size_t i = 0; i < n; i++) printf("%-20s %.3f\n", match[i].word, (double)match[i].score);
//           if (s == W2V_OK) s = w2v_model_save(m, "vectors.bin", W2V_FORMAT_BINARY, &err);
//           if (s != W2V_OK) fprintf(stderr, "%s\n", err.message);
//           w2v_model_free(m);
//           return s != W2V_OK;
//       }
//
//   All other files include the header without the two defines. Compile with -O2 and link with -lm and
//   -pthread. No -m flag is needed: on x86-64 the program uses AVX2 or AVX-512 where the processor and the
//   operating system have them (see SIMD). MSVC with /sdl needs _CRT_SECURE_NO_WARNINGS, because the header
//   calls fopen and strerror. Counting words needs stb_ds.h v0.63 or newer on the include path
//   (https://github.com/nothings/stb, Debian's libstb-dev).
//
//   Two settings matter for a small text (less than about a million words): cfg.min_count = 1 keeps words
//   that occur fewer than five times; cfg.sample = 0 turns off subsampling, which takes nearly all words of
//   a small text for frequent ones and drops them.
//
//   Names: a function of an object begins with the object's name (w2v_model_free); a function of plain arrays
//   does not (w2v_dot, w2v_pca). Words that the interface uses: V is the number of words, d the length of a
//   vector, K the number of negative samples of a pair. A comment (V, d) gives the shape of an array.
//   Parameters have the letters of the formulas (v, o, U, K): define macros of such names after the include.
//
// CONTENTS (every name in this list is an anchor: search for ">>name")
//
//   >>config    errors, memory, clock, threads, fields of configurations by name. All sections call it
//   >>files     sources, output files, readers and writers, files of parts
//   >>simd      one vector of 16 floats for each ISA
//   >>kernels   all that uses it, in one table; calls simd
//   >>random    generator, alias table, dropout; calls kernels
//   >>losses    the formulas: loss and gradient; calls kernels
//   >>sgd       optimisers for any objective; calls files, kernels
//   >>rows      scores, PCA and k-means of any rows; calls kernels, random
//   >>vocab     words, ids and counts; all of stb_ds is here; calls files
//   >>schedule  configuration of training, work for threads, learning rate
//   >>corpus    texts, and their words as ids; calls files, vocab, schedule
//   >>model     words and their matrices; calls files, kernels, rows, vocab
//   >>tokens    from blocks of text to chunks; calls random, corpus, model
//   >>step      windows, and the steps that train them: the core; calls kernels, random, rows, vocab,
//               schedule, corpus, tokens, cbow (which it declares)
//   >>cbow      the steps of CBOW; calls step
//   >>lanes     chunks that are trained beside each other, and merged; calls kernels, rows, schedule, model,
//               tokens, step
//   >>trainer   the object, and its runs (its interface is >>train); calls kernels, random, losses, rows,
//               vocab, schedule, corpus, model, tokens, step, lanes
//   >>validate  held-out loss; calls kernels, random, losses, schedule, corpus, model, trainer
//   >>native    w2v's own file of vectors; calls files, kernels, vocab, model
//   >>io        word2vec's text and binary, vocabularies; calls files, kernels, vocab, model, native
//   >>json      a strict reader of JSON, for >>formats
//   >>formats   files of NumPy, safetensors, the projector and fastText; any vector file; calls files,
//               kernels, vocab, model, native, io, json
//   >>checkpoint  where training stands (its interface is >>io, as that of native and formats); calls files,
//               vocab, schedule, corpus, model, tokens, trainer, validate, native
//   >>phrases   words that are joined before training; calls files, random, vocab, schedule, corpus
//   >>query     nearest words, analogies, evaluation; calls files, kernels, rows, vocab, model
//   >>sentence  vectors of sentences, all-but-the-top; calls files, kernels, rows, vocab, model, query
//
//   The interface comes first, section by section; the implementation follows in the same order. A section
//   calls only those before it (step also cbow). A private name begins with its section (w2v__corpus_open),
//   except in >>config (w2v__fail), >>simd (w2v__v_fma) and >>kernels (w2v__k_dot).
//
// OPTIONS (define before the include; those marked * matter only where W2V_IMPLEMENTATION is defined)
//
//   W2V_STATIC              makes every function static: the header can be private to one file
//   W2V_API                 replaces `extern` in front of every function, as by __declspec(dllexport)
//   W2V_DECLARATIONS_ONLY   leaves out the implementation even where W2V_IMPLEMENTATION is defined: programs
//                           that define it can share one object file (cc -DW2V_DECLARATIONS_ONLY)
//   W2V_NO_STDIO            no files: reading and writing through memory and callbacks remain
//   W2V_NO_TRAIN            no training, counting of words, or phrases: vectors can be read (from checkpoints
//                           of w2v_trainer_save too), written and asked; no stb_ds.h
//   W2V_NO_VOCAB            formulas alone: config to rows
//   W2V_NO_THREADS      *   one thread, whatever the configuration says
//   W2V_SIMD            *   compiles one backend only: W2V_SIMD_SCALAR, W2V_SIMD_GENERIC, W2V_SIMD_NEON,
//                           W2V_SIMD_AVX2 or W2V_SIMD_AVX512. See SIMD
//   W2V_NO_DISPATCH     *   compiles only the backend that the compiler's flags allow; no choice at run time
//   W2V_SELF            *   what the header #includes to reach itself, if it is not called "w2v.h"
//   W2V_MALLOC(bytes)   *   memory; define all three or none: W2V_MALLOC, W2V_REALLOC(p, bytes), W2V_FREE(p).
//                           Several threads call them, and W2V_REALLOC and W2V_FREE must accept NULL.
//                           stb_ds has its own, with the same rules: STBDS_REALLOC, STBDS_FREE
//   W2V_ASSERT(x)       *   assert() of <assert.h>. Misuse by the programmer (a NULL model) is an assertion
//   W2V_STB_DS_H        *   what to #include for stb_ds.h if it is neither "stb_ds.h" nor <stb/stb_ds.h>
//   W2V_BLOCK_BYTES     *   size of the pieces of the corpus that threads work on (65536; 1 .. 2^30)
//
// ERRORS
//
//   A function that can fail returns a w2v_status: W2V_OK is 0, failures are negative. It describes the
//   failure in a w2v_error (what, where, which value), which is written only then; the caller may pass NULL
//   instead. Messages show control characters and invisible characters as \xNN. Pointers must not be NULL
//   unless a comment says so; NULL is allowed for err, for configurations (the default; not in
//   w2v_..._config_init, _set and _get), for what is freed, and for arrays of 0 elements. On failure outputs
//   are untouched and nothing leaks. Exceptions: queries set their count to 0; w2v_sgd leaves its progress in
//   params and *last; w2v_grad_check and cfg.report fill their reports; cfg.keep_stopped hands out an
//   unfinished model. The header never prints, never exits and has no global state.
//
// OTHER LANGUAGES, OLDER PROGRAMS
//
//   `make lib` builds a shared and a static library that export only w2v_ names; `make install` installs both
//   with the files by which pkg-config and CMake find them. By hand, on Windows with
//   -DW2V_API=__declspec(dllexport):
//
//       cc -O2 -shared -fPIC -fvisibility=hidden -DSTB_DS_IMPLEMENTATION -DW2V_IMPLEMENTATION
//          -x c w2v.h -o libw2v.so -lm -pthread
//
//   examples/w2v.py makes it a Python module (ctypes and numpy), examples/w2v.hpp C++17 classes, and
//   examples/nearest.rs shows what Rust declares.
//
//   What it exports takes and returns no struct by value. A configuration begins with its own size, which
//   w2v_config_init notes: a program that was compiled with an older header keeps working with a newer
//   library, and fields that it does not know have their defaults. A larger struct than the library's is
//   refused. w2v_config_set sets a field by name, w2v_config_field lists all of them. Other structs, statuses
//   and enumerators may change with the second number of the version before 1.0, and stay as they are within
//   version 1, where no new field lies where an older struct had padding.
//
//   Not exported, since static inline: w2v_*_default (call _init), w2v_source_* (zeros, then kind and the
//   fields that it uses), w2v_matrix_of, w2v_model_input (call w2v_model_rows), w2v_random_stream (call
//   w2v_random_init). Pointers in a configuration have no text: w2v_config_field has their offsets.
//   Enumerations have the size of an int. Words are bytes, messages are UTF-8, and a path is what fopen takes
//   (on Windows bytes of the ANSI code page, which is UTF-8 if the program's manifest says so).
//
// THREADS
//
//   Functions on different objects can run at the same time. So can functions that take one object as const,
//   trainers excepted. Threads are started by counting, training, reading and writing text, checking and
//   decoding native files, checking checkpoints (w2v_sgd with resume, too), validation, queries and their
//   index, k-means, evaluation, sentences and w2v_model_remove_top, and have ended when the function returns.
//   A configuration limits them where it has a field for them; what has none takes all processors
//   (w2v_model_remove_top: at most 16).
//
//   Callbacks run on the thread that called the header, but for w2v_read_fn while a text is counted by
//   several threads. A callback must return: no longjmp, no exception. What it is given is valid until
//   then. It may use other objects, but not the trainer that is at work.
//
//   Training cuts the text into chunks. cfg.lanes chunks (4) are trained at the same time, by up to as many
//   threads. A chunk is trained on copies of the rows that another chunk needs as well; then the copies are
//   merged in a fixed order. So no row is written by two threads at a time, and the vectors depend on the
//   number of lanes, but not on the number of threads: the same corpus, configuration (including
//   W2V_BLOCK_BYTES) and seed give the same bytes, on every ISA with a fused multiply-add. See BITS.
//
//   Set lanes to 1 to train with one thread as fast as possible, in the order of the text and without copies,
//   or to the number of processors, up to 64, if there are more than 4 and the text is long. From a text of
//   100 MB, eight lanes learn slightly worse vectors than four lanes, and 32 lanes clearly worse ones
//   (bench/README.md). A text has at most one lane for every four blocks (256 KiB), rounded up.
//
//   With negative sampling the copies of a lane are about 32,768 rows at most, 14 MiB with 100 dimensions and
//   38 MiB with 300: a chunk that would need more is cut. Hierarchical softmax adds the inner nodes of the
//   chunk's words, softmax all output vectors. All copies together never take more than lanes times the
//   model. A lane also takes 4 bytes for each word of the vocabulary (hierarchical softmax 32, softmax about
//   200), about 1 MiB for its text and chunk (5.3 if most lines have one word), 140 bytes for each distinct
//   word of the chunk (about 4,000) while merging is planned, and what a step needs.
//
//   A thread needs a stack of 64 KiB: no function has a frame of more than 16 KiB.
//
// SIMD
//
//   Backends: AVX-512 (F), AVX2 with FMA, NEON (AArch64), generic (vectors of GNU C: SSE2, WebAssembly with
//   -msimd128, RISC-V, POWER, s390x, 32-bit ARM), scalar (plain loops). On x86-64 gcc, clang and MSVC (which
//   has not been tried) compile three: generic (MSVC: scalar), AVX2 and AVX-512, and the program takes the
//   best that it can run. With -mavx2 -mfma or -mavx512f slower backends are not compiled. On other targets,
//   with gcc for Windows and with clang for MSVC the flags decide. w2v_simd() names the backend in use. A
//   program that was compiled for a newer processor (by W2V_SIMD) gets W2V_ERROR_CPU from every function of
//   models that returns a status, from w2v_kmeans and from w2v_sgd. With -m flags it may crash before it can
//   report that.
//
// BITS
//
//   Every operation has one order of floating-point operations on all backends, so AVX-512, AVX2, NEON, and
//   generic and scalar code with a fused multiply-add give the same bits ("generic-fma", "scalar-fma").
//   Exceptions: without it "generic" and "scalar" also round each product; -ffast-math lets the compiler
//   reorder, and return any number where a function says NaN or infinity; gcc for s390x with -std=c99
//   computes in double without -fexcess-precision=fast; with an ns_exponent other than 0.75 the C library's
//   pow decides which negatives are drawn; with W2V_PHRASE_NPMI its log decides which words are joined;
//   w2v_softmax_loss calls its exp and log1p where memory has run out; where sums of products are taken in
//   double (w2v_pca, w2v_sentences_fit, w2v_model_remove_top, correlations of evaluation, the smoothed loss
//   of w2v_sgd) compilers may fuse a product and a sum; the losses of reports are sums of floats in the order
//   of the backend's tiles.
//
// FILES
//
//   The header reads and writes the formats of w2v_format: from and to files (w2v_model_load,
//   w2v_model_save), memory and callbacks (w2v_model_read, w2v_model_write). The reader of text and binary
//   also accepts the dialects of other programs: gensim (no trailing blanks; no line feed after a binary
//   record), fastText's .vec, GloVe (no header), deeplearning4j's text (three numbers in the header, B64:
//   words), CRLF, tabs, runs of blanks, blank lines, padded columns, a UTF-8 byte order mark. Words of a
//   text file may contain blanks, as in `New York 0.1 0.2`; if all that are read end in a number, as in
//   `windows 95`, the file is taken for a table with too many columns, and refused. A row has as many numbers
//   as the header says; without a header, as many as the first row. A row without a word is left out, and so
//   is a repeated word; w2v_load_report counts both. A number of more than 15 digits is read as the nearest
//   float or, seldom, as the one beside it. Other kinds of files (gzip, zip, xz, pickle, SQLite, UTF-16 and
//   more) are recognised by their first bytes and refused with the way to convert them.
//
//   .npy: versions 1.0 to 3.0, two dimensions of '<f4', '>f4', '<f8', '>f8' or '<f2', in either order of rows
//   and columns. safetensors: F32, F64, F16 or BF16; the vectors are the tensor `embeddings`, else
//   `embedding.weight`, else the only one of two dimensions besides `output`. That is the output matrix if it
//   has the same shape. Their words, and those of the projector's vectors.tsv, are in another file: a word a
//   line, or a table of columns between tabs below a heading, which may name the columns `word` (else the
//   first) and `count`; or a tokenizer.json whose model.vocab is {token: row} or [[token, score], ...], with
//   added_tokens in its gaps. There must be a word for every row. fastText's .bin: versions 11 and 12, not
//   quantised; a word's vector is the mean of its row and those of its character n-grams. w2v_subwords gives
//   unknown words one, too. A file that has more or less than its header promises is refused before memory is
//   taken for it; one whose size is not known, as of a callback, is kept in memory while it is read.
//
//   Numbers in text are the shortest that read back to the same bits; only those below 1.2e-38 (subnormal
//   ones) may have more digits than it takes. Numbers that are not finite are neither read nor written.
//   Limits: W2V_MAX_DIM numbers a vector; W2V_MAX_WORD + 64 bytes for each number in a line of text.
//   Reading takes the memory of the model and at most 64 MB, plus a line of text and 4 bytes for each row: a
//   header's count is believed if the source has as many bytes as it needs, and rows grow as they come
//   otherwise (where realloc copies instead of moving pages, that takes twice the memory for a moment).
//   Three things take more: fastText's .bin its input matrix, with the rows of all n-grams; a tokenizer.json
//   and a header of safetensors three times their bytes, and 64 for each key and value in them; .npy,
//   safetensors and the projector's vectors of unknown size their bytes, up to twice. Nothing depends on the
//   locale.
//
//   An output file is written as NAME.RANDOM.part, which nobody else uses, and renamed when it is complete
//   and on the disk (fsync): whenever the program or the machine stops, the name leads to the old file or the
//   new. Except on Windows it keeps the permissions and the owner of the file it replaces; symbolic links are
//   followed. A file is written in place where renaming cannot work: devices and pipes, mount points, folders
//   in which no file can be created. A read-only file is refused. A finished file that cannot be renamed or
//   copied is kept, and the message names it. A program that is killed leaves NAME.RANDOM.part behind and,
//   between two renames, a new file of words beside old vectors; hard links of a replaced file keep its old
//   contents. Reading, and writing in place, go on after a signal (EINTR). Where long has 32 bits, except on
//   Windows, files of 2 GiB or more are refused. w2v_file_create does the same for files of your own.
//
//   w2v's own file (W2V_FORMAT_NATIVE) has the counts and all matrices. It is mapped instead of read, so a
//   million words are there at once and processes share their memory; what is written to the vectors stays in
//   memory. Rows of half precision (_FLOAT16) or of int8 and a scale (_INT8) take a half and a quarter of the
//   room, and are decoded when they are read. A checkpoint of w2v_trainer_save is such a file, with where
//   training stands. The layout is at >>files and >>native. When a file is mapped its table is checked, not
//   its numbers: cfg.verify compares all of it with its hashes, as always happens if it is read. Do not write
//   into a file or shorten it while a program has it mapped, or that program fails. (Replacing it by another
//   file, as this header does, is safe; Windows does not allow it.) cfg.in_memory reads it instead.
//
//   Counting takes about 90 bytes of memory for each different word, and about 95 more for each that the
//   vocabulary keeps (make bench-count; see vocab_limit).
//
//   A corpus is text in any encoding that contains ASCII white space as such: SP, TAB, LF, CR, VT and FF
//   separate words, LF ends a sentence, a UTF-8 byte order mark at the start is skipped. A NUL byte is an
//   error. Words longer than W2V_MAX_WORD bytes are skipped and counted in w2v_train_report. Sentences can be
//   of any length; windows do not cross the border of two blocks of W2V_BLOCK_BYTES.

#ifndef W2V_H_INCLUDED
#define W2V_H_INCLUDED

// Under -std=c99 the C library hides clock_gettime, madvise and readlink unless
// these stand before the first system header. Without them progress uses a
// coarser clock, memory small pages, and a symbolic link is replaced by a file.
#if defined(W2V_IMPLEMENTATION) && defined(__STRICT_ANSI__) && !defined(_POSIX_C_SOURCE) &&               \
    !defined(_DEFAULT_SOURCE) && !defined(_GNU_SOURCE) && !defined(__APPLE__) && !defined(__FreeBSD__) && \
    !defined(__NetBSD__) && !defined(__OpenBSD__)  // they would hide more there
#define _POSIX_C_SOURCE 200809L
#define _DEFAULT_SOURCE 1
#endif
#if defined(W2V_IMPLEMENTATION) && defined(__MINGW32__) && !defined(__USE_MINGW_ANSI_STDIO)
#define __USE_MINGW_ANSI_STDIO 1  // a printf that knows %zu
#endif

#include <stddef.h>
#include <stdint.h>

#define W2V_VERSION "0.9.0"
#define W2V_VERSION_NUMBER 900  // 10000 major + 100 minor + patch

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__clang__) || (defined(__GNUC__) && __GNUC__ >= 5)
#define W2V__GNU  // the extensions of gcc, which older and smaller compilers have in part
#define W2V__UNUSED __attribute__((unused))
#else
#define W2V__UNUSED
#endif
#if defined(W2V_NO_VOCAB) && !defined(W2V_NO_TRAIN)
#define W2V_NO_TRAIN
#endif
#ifndef W2V_API
#ifdef W2V_STATIC
#define W2V_API W2V__UNUSED static
#elif defined(W2V__GNU) && (defined(__ELF__) || defined(__MACH__))
#define W2V_API extern __attribute__((visibility("default")))
#else
#define W2V_API extern
#endif
#endif

// -----------------------------------------------------------------------------------------------------------------
// >>config (interface)

#define W2V__STATUS_LIST(ENTRY)                                          \
    ENTRY(W2V_OK, 0, "success")                                          \
    ENTRY(W2V_ERROR_MEMORY, -1, "out of memory")                         \
    ENTRY(W2V_ERROR_IO, -2, "a file cannot be opened, read or written")  \
    ENTRY(W2V_ERROR_FORMAT, -3, "a file is not what it should be")       \
    ENTRY(W2V_ERROR_ARGUMENT, -4, "a value is out of range")             \
    ENTRY(W2V_ERROR_EMPTY, -5, "there is nothing to work on")            \
    ENTRY(W2V_ERROR_UNKNOWN_WORD, -6, "a word is not in the vocabulary") \
    ENTRY(W2V_ERROR_STOPPED, -7, "stopped by a callback")                \
    ENTRY(W2V_ERROR_DIVERGED, -8, "a number stopped being finite")       \
    ENTRY(W2V_ERROR_CPU, -9, "the processor lacks what the program was compiled for")

typedef enum w2v_status {
#define W2V__STATUS_ENUM(name, value, text) name = value,
    W2V__STATUS_LIST(W2V__STATUS_ENUM)
#undef W2V__STATUS_ENUM
} w2v_status;

// The sentence that describes a failure, ended by NUL, without a line feed. Long names are cut to fit.
typedef struct w2v_error {
    char message[512];
} w2v_error;

// What a status means in general, such as "out of memory"; never NULL.
W2V_API const char *w2v_status_string(w2v_status status);

// W2V_VERSION_NUMBER of the implementation that the program is linked to.
W2V_API uint32_t w2v_version(void);

typedef enum w2v_field_kind {
    W2V_FIELD_SIZE,    // size_t
    W2V_FIELD_UINT64,  // uint64_t
    W2V_FIELD_FLOAT,
    W2V_FIELD_DOUBLE,
    W2V_FIELD_FLAG,    // int: 0 or 1; others count as 1
    W2V_FIELD_ENUM,    // an enumeration
    W2V_FIELD_POINTER  // to data or a function; has no value as text
} w2v_field_kind;

// A field of a configuration, see below. Values are text that w2v_config_set takes.
typedef struct w2v_field {
    const char *name;
    w2v_field_kind kind;
    size_t offset, bytes;  // where in the struct, and how long
    const char *initial;   // the default; "cpus": the processors that this process may use, at most 1024.
                           // Of a pointer to text this text, of other pointers NULL
    const char *lowest;    // NULL: none; ">0": above 0
    const char *highest;   // NULL: none
    const char *names;     // of the enumerators 0, 1, ..., with blanks between; "0 1" for a flag; else NULL
    const char *about;     // what it is, in a line
} w2v_field;

// Configurations are structs w2v_config, w2v_sgd_config, ... that begin with their size. Each has the
// functions that W2V__DECLARE_CONFIG lists. In the name of w2v_config:
//
// w2v_config_default() makes one, of which you change what you like; other languages call w2v_config_init
// with the size of their struct, or with w2v_config_size() for memory that they only use by name. A program
// and a shared library may have different versions of this header: struct_size says what fields the program's
// struct has, and those that it lacks keep their default. Where a function takes a configuration, NULL is the
// default. W2V_ERROR_ARGUMENT: struct_size is that of no version, or a field is out of range; the message has
// the field, its value and what is allowed. w2v_config_check looks for that. A size below sizeof(size_t) is
// misuse of w2v_config_init (W2V_ASSERT), and nothing is written.
//
// w2v_config_set(&cfg, "dim", "300", &err) sets a field to what the text says, and w2v_config_get writes the
// text of a field, ended by NUL; 32 bytes have room for any. Numbers have a decimal point in every locale.
// W2V_ERROR_ARGUMENT: there is no such field (the message has the nearest name), it is a pointer, the value
// is not allowed, or the text does not fit. w2v_config_field(0), (1), ... describe the fields in the order of
// the struct; after the last it is NULL.
#define W2V__DECLARE_CONFIG(config)                                                                    \
    W2V_API size_t config##_size(void);                                                                \
    W2V_API void config##_init(config *cfg, size_t struct_size);                                       \
    static inline config config##_default(void)                                                        \
    {                                                                                                  \
        config cfg;                                                                                    \
        config##_init(&cfg, sizeof cfg);                                                               \
        return cfg;                                                                                    \
    }                                                                                                  \
    W2V_API w2v_status config##_check(const config *cfg, w2v_error *err);                              \
    W2V_API w2v_status config##_set(config *cfg, const char *name, const char *value, w2v_error *err); \
    W2V_API w2v_status config##_get(const config *cfg, const char *name, char *text, size_t room,      \
                                    w2v_error *err);                                                   \
    W2V_API const w2v_field *config##_field(size_t number)

// -----------------------------------------------------------------------------------------------------------------
// >>files (interface)

// What reads takes a w2v_source, and what writes a w2v_write_fn and its `user`. For files there are short
// forms that take a path: w2v_model_read and w2v_model_load, w2v_model_write and w2v_model_save.

// Puts the next bytes into buffer, `room` of them at most, and returns how many; 0 at the end,
// W2V_READ_FAILED on failure, after which it is not called again. The function that was to read fails with
// W2V_ERROR_IO then, and with W2V_ERROR_ARGUMENT after a number above `room`. It is called by one thread at a
// time, though not always by the same one.
typedef size_t (*w2v_read_fn)(char *buffer, size_t room, void *user);
#define W2V_READ_FAILED SIZE_MAX

typedef enum w2v_source_kind {
    W2V_SOURCE_FILE = 1,
    W2V_SOURCE_TEXT = 2,
    W2V_SOURCE_READER = 3,
    W2V_SOURCE_IDS = 4
} w2v_source_kind;

// Where bytes come from. Make it with one of the functions below; zeros are refused (W2V_ERROR_ARGUMENT).
typedef struct w2v_source {
    w2v_source_kind kind;  // the fields of other kinds are ignored, but training refuses weights that are not
                           // of this kind
    int weighted;          // 0     1: a text to train with, of which every line begins with the weight of its
                           //       sentence, a number without white space before it
    const char *path;      // W2V_SOURCE_FILE
    const char *text;      // W2V_SOURCE_TEXT (bytes)
    uint64_t bytes;
    w2v_read_fn read_fn;   // W2V_SOURCE_READER
    void *read_user;
    const uint32_t *ids;   // W2V_SOURCE_IDS (id_count)
    size_t id_count;
    const float *weights;  // NULL  of ids: the weights of their sequences in order, also of empty ones;
                           //       finite and not negative
    const char *name;      // NULL  what messages call it; NULL: its path, "the text", ...
} w2v_source;

// A file. A pipe or a device (/dev/stdin) is read only once.
static inline w2v_source w2v_source_file(const char *path)
{
    const w2v_source s = {W2V_SOURCE_FILE, 0, path, NULL, 0, NULL, NULL, NULL, 0, NULL, NULL};
    return s;
}

// Memory, which needs no NUL at its end. It is not copied.
static inline w2v_source w2v_source_text(const char *text, uint64_t bytes)
{
    const w2v_source s = {W2V_SOURCE_TEXT, 0, NULL, text, bytes, NULL, NULL, NULL, 0, NULL, NULL};
    return s;
}

// What a function reads, once.
static inline w2v_source w2v_source_reader(w2v_read_fn read_fn, void *user)
{
    const w2v_source s = {W2V_SOURCE_READER, 0, NULL, NULL, 0, read_fn, user, NULL, 0, NULL, NULL};
    return s;
}

// Sequences of ids to train with, such as baskets of items or walks in a graph; W2V_NONE ends a sequence.
// They are trained like a text of words with a blank between two and a line for each sequence. The words are
// those of the vocabulary that the trainer is given, without white space, or else the ids as decimal numbers.
// weights may be NULL. W2V_ERROR_ARGUMENT: an id or a weight out of range, or a word with white space.
static inline w2v_source w2v_source_ids(const uint32_t *ids, size_t count, const float *weights)
{
    const w2v_source s = {W2V_SOURCE_IDS, 0, NULL, NULL, 0, NULL, NULL, ids, count, weights, NULL};
    return s;
}

// The same file, text or reader, of which every line begins with a weight: a finite number that is not
// negative. All sources of a text have weights, or none.
static inline w2v_source w2v_source_weighted(w2v_source source)
{
    source.weighted = 1;
    return source;
}

// Receives the next bytes. Returns 0, or anything else to stop with W2V_ERROR_STOPPED. It is called by the
// thread that called the function that writes.
typedef int (*w2v_write_fn)(const char *bytes, size_t n, void *user);

// Memory that grows: begin with zeros, pass w2v_buffer_write as w2v_write_fn and the buffer as its user, free
// data with w2v_buffer_free. If memory runs out, w2v_buffer_write stops.
typedef struct w2v_buffer {
    char *data;  // (size)
    size_t size, capacity;
} w2v_buffer;

W2V_API int w2v_buffer_write(const char *bytes, size_t n, void *buffer);
W2V_API void w2v_buffer_free(w2v_buffer *buffer);  // leaves zeros

#ifndef W2V_NO_STDIO
// W2V_OK if w2v_model_save could write to path now; ask before hours of training. Leaves nothing behind and
// changes no existing file. W2V_ERROR_IO (no such folder, a read-only file, a directory), W2V_ERROR_MEMORY.
W2V_API w2v_status w2v_check_writable(const char *path, w2v_error *err);

// A file that is complete or not there, as described under FILES. Create it, pass w2v_file_write as
// w2v_write_fn and the file as its user, then either commit it, which gives it its name, or discard it, and
// nothing stays. Both free it; committing also if it fails. Discarding NULL is allowed. W2V_ERROR_IO (also of
// a write before), W2V_ERROR_MEMORY.
typedef struct w2v_file w2v_file;
W2V_API w2v_status w2v_file_create(w2v_file **file, const char *path, w2v_error *err);
W2V_API int w2v_file_write(const char *bytes, size_t n, void *file);
W2V_API w2v_status w2v_file_commit(w2v_file *file, w2v_error *err);
W2V_API void w2v_file_discard(w2v_file *file);
#endif

// -----------------------------------------------------------------------------------------------------------------
// >>simd (interface)

#define W2V_SIMD_SCALAR 1
#define W2V_SIMD_NEON 2
#define W2V_SIMD_AVX2 3
#define W2V_SIMD_AVX512 4
#define W2V_SIMD_GENERIC 5

// The backend in use: "scalar", "scalar-fma", "generic", "generic-fma", "neon", "avx2" or "avx512".
W2V_API const char *w2v_simd(void);

// -----------------------------------------------------------------------------------------------------------------
// >>kernels (interface)
//
// Vectors are plain arrays of `count` floats: any count (0 too), any alignment. x and y may be the same array
// unless stated otherwise, but must not overlap in part. Errors are in units in the last place (ulp) of float
// and hold over the whole range of float.

// sum_i x[i] y[i]; 64 partial sums with fused multiply-add, added by halves.
W2V_API float w2v_dot(const float *x, const float *y, size_t count);

// y[i] += a x[i]
W2V_API void w2v_axpy(float a, const float *x, float *y, size_t count);

// x[i] *= a
W2V_API void w2v_scale(float a, float *x, size_t count);

// Euclidean length, sqrt(sum_i x[i]^2).
W2V_API float w2v_norm(const float *x, size_t count);

// Cosine of the angle between x and y, in [-1, 1] but for rounding; 0 if one of them is all zeros, NaN if a
// number is not finite.
W2V_API float w2v_cosine(const float *x, const float *y, size_t count);

// y[i] = e^x[i], at most 2 ulp off; 0 below -104, infinity above 88.73.
W2V_API void w2v_exp(const float *x, float *y, size_t count);

// y[i] = log x[i], at most 2 ulp off; -infinity for 0, NaN below.
W2V_API void w2v_log(const float *x, float *y, size_t count);

// y[i] = s(x[i]) = 1 / (1 + e^-x[i]), at most 3 ulp off, down to the smallest float.
W2V_API void w2v_sigmoid(const float *x, float *y, size_t count);

// y[i] = log s(x[i]) = min(x[i], 0) - log(1 + e^-|x[i]|), at most 3 ulp off.
W2V_API void w2v_log_sigmoid(const float *x, float *y, size_t count);

// y[i] = s (1 - s) for s = x[i], the value of the sigmoid, not its argument.
W2V_API void w2v_sigmoid_derivative(const float *x, float *y, size_t count);

// y[i] = max(slope x[i], x[i]) for 0 < slope < 1 (leaky ReLU), and its
// derivative: 1 for x[i] > 0, else slope.
W2V_API void w2v_leaky_relu(float slope, const float *x, float *y, size_t count);
W2V_API void w2v_leaky_relu_derivative(float slope, const float *x, float *y, size_t count);

// A view of rows that lie anywhere in memory: row i is data[i * stride .. i * stride + cols - 1]. A function
// that takes a const w2v_matrix * writes the numbers only if its comment says so. stride < cols is refused,
// or misuse (W2V_ASSERT) where no status is returned.
typedef struct w2v_matrix {
    float *data;
    size_t rows, cols, stride;
} w2v_matrix;

static inline w2v_matrix w2v_matrix_of(const float *data, size_t rows, size_t cols, size_t stride)
{
    w2v_matrix matrix;
    matrix.data = (float *)(uintptr_t)data;  // without const: a view of rows that are only read is as good
    matrix.rows = rows;
    matrix.cols = cols;
    matrix.stride = stride;
    return matrix;
}

// Scales every row to length 1; zero rows stay. A postprocess_fn of w2v_sgd: `user` points to a size_t, the
// length of a row (0 is misuse: W2V_ASSERT). Floats after the last whole row are left alone.
W2V_API void w2v_normalize_rows(float *values, size_t count, void *user);

// y[i] = e^x[i] / sum_k e^x[k], computed after subtracting the maximum.
// Returns log sum_k e^x[k] (-infinity for count = 0).
W2V_API float w2v_softmax(const float *x, float *y, size_t count);

// -----------------------------------------------------------------------------------------------------------------
// >>random (interface)

// SplitMix64 (Steele, Lea, Flood 2014, "Fast splittable pseudorandom number
// generators"). Its state is 64 bits, so saving a generator means saving one
// number. Streams with different numbers are independent for our purposes.
typedef struct w2v_random {
    uint64_t state;
} w2v_random;

W2V_API void w2v_random_init(w2v_random *random, uint64_t seed, uint64_t stream);
static inline w2v_random w2v_random_stream(uint64_t seed, uint64_t stream)
{
    w2v_random random;
    w2v_random_init(&random, seed, stream);
    return random;
}
W2V_API uint64_t w2v_random_next(w2v_random *random);                   // 64 random bits
W2V_API uint32_t w2v_random_below(w2v_random *random, uint32_t limit);  // 0 .. limit - 1; limit > 0
W2V_API float w2v_random_float(w2v_random *random);                     // [0, 1), a multiple of 2^-24

// Draws i with probability weight[i] / sum in constant time (Walker 1977;
// construction of Vose 1991), with 8 bytes per word.
typedef struct w2v_alias_column {
    uint32_t keep;   // i is kept if 32 random bits are below this,
    uint32_t other;  // and replaced by this otherwise
} w2v_alias_column;

typedef struct w2v_alias {
    w2v_alias_column *column;  // (size)
    uint32_t size;
} w2v_alias;

// Weights must be finite and not negative, their sum finite and positive, count in 1 .. 2^32 - 2. Free with
// w2v_alias_free; NULL is allowed. W2V_ERROR_ARGUMENT, W2V_ERROR_MEMORY.
W2V_API w2v_status w2v_alias_init(w2v_alias *table, const double *weight, size_t count, w2v_error *err);
W2V_API uint32_t w2v_alias_draw(const w2v_alias *table, w2v_random *random);
W2V_API void w2v_alias_free(w2v_alias *table);

// Inverted dropout (Srivastava et al. 2014): y[i] = 0 with probability `rate`, else x[i] / (1 - rate), so
// that the expectation is x[i]. 0 <= rate < 1. The mask follows from *random, which does not change: the
// backward pass is the same call on the gradient. For another mask pass another stream, such as
// w2v_random_stream(w2v_random_next(&r), 0). (After a mere w2v_random_next it is the same mask, moved by one
// number.) y may be x.
W2V_API void w2v_dropout(float rate, const w2v_random *random, const float *x, float *y, size_t count);

// -----------------------------------------------------------------------------------------------------------------
// >>losses (interface)
//
// The textbook (CS224n, assignment 2). V is the number of words, d the length of a vector, s the sigmoid.
// v (d) is the vector of a centre word, o an outside word, u_w row w of U (V, d), the outside vectors. A
// function returns the loss J and ADDS its gradients to dv (d) and dU (V, d), so windows and batches are sums
// of calls: set them to zero first. dv and dU may be NULL: no gradient. Rows can have any stride. Inputs and
// gradients must not overlap, nor dv and dU. Misuse (W2V_ASSERT): words out of range, d = 0, a dU of another
// shape than U.

// Naive softmax. With yhat = softmax(U v), and y = 1 at o, 0 elsewhere:
//   J = -log yhat_o,  dv += U^T (yhat - y),  dU += (yhat - y) v^T
// Allocates V floats; without memory it computes all scores twice.
W2V_API float w2v_softmax_loss(const float *v, size_t o, const w2v_matrix *U, float *dv,
                               const w2v_matrix *dU);

// Negative sampling (Mikolov et al. 2013, equation 4). With K negatives k:
//   J = -log s(u_o.v) - sum_k log s(-u_k.v)
//   dv += -s(-u_o.v) u_o + sum_k s(u_k.v) u_k,  du_o += -s(-u_o.v) v,  du_k += s(u_k.v) v
// A word that was drawn twice counts twice. K = 0 gives the loss of the positive pair alone.
W2V_API float w2v_neg_sampling_loss(const float *v, size_t o, const uint32_t *negatives, size_t K,
                                    const w2v_matrix *U, float *dv, const w2v_matrix *dU);

// A Huffman tree over V words. The path from the root to word w passes the inner
// nodes node[begin[w] .. begin[w + 1] - 1] and turns left where code is 0, right
// where it is 1. There are V - 1 inner nodes; paths can be of any length.
typedef struct w2v_huffman {
    size_t size;     // V
    size_t *begin;   // (V + 1)
    uint32_t *node;  // (begin[V]) 0 .. V - 2
    uint8_t *code;   // (begin[V])
} w2v_huffman;

// Frequent words get short paths; ties are resolved by word id. size in 1 .. 2^31. Free with
// w2v_huffman_free; NULL is allowed. W2V_ERROR_ARGUMENT, W2V_ERROR_MEMORY.
W2V_API w2v_status w2v_huffman_init(w2v_huffman *tree, const uint64_t *count, size_t size, w2v_error *err);
W2V_API void w2v_huffman_free(w2v_huffman *tree);

// Hierarchical softmax (Morin and Bengio 2005; Mikolov et al. 2013, section 2.1). With the inner nodes n on
// the path to o, and x_n = 1 where the path turns left, -1 where it turns right:
//   J = -sum_n log s(x_n u_n.v),  dv += -sum_n x_n s(-x_n u_n.v) u_n,  du_n += -x_n s(-x_n u_n.v) v
// That is the negative logarithm of a probability over all words. U (V - 1, d) has a row for each inner node.
W2V_API float w2v_hierarchical_loss(const float *v, size_t o, const w2v_huffman *tree, const w2v_matrix *U,
                                    float *dv, const w2v_matrix *dU);

typedef enum w2v_loss_type {
    W2V_LOSS_SOFTMAX,
    W2V_LOSS_NEG_SAMPLING,
    W2V_LOSS_HIERARCHICAL,
    W2V_LOSS_BOTH  // the sum of negative sampling and hierarchical softmax; only for w2v_config
} w2v_loss_type;

// The output side of a window: which loss a pair has, and the arguments of that loss.
typedef struct w2v_output_layer {
    w2v_loss_type loss_type;
    float weight;               // factor of the loss and of its gradients: 1, or 1 / n for the mean of n
                                // windows. 0 is misuse (W2V_ASSERT): most likely it was forgotten
    const w2v_matrix *U;        // (V, d), or (V - 1, d) for W2V_LOSS_HIERARCHICAL
    const w2v_matrix *dU;       // its gradient, or NULL
    const uint32_t *negatives;  // W2V_LOSS_NEG_SAMPLING: (pairs, K), pairs = 1 for CBOW
    size_t K;                   // negatives of a pair
    const w2v_huffman *tree;    // W2V_LOSS_HIERARCHICAL
} w2v_output_layer;

// Skip-gram: the sum of the losses of the pairs of a centre word, whose vector v is row `centre` of centres
// (V, d), and `count` outside words. That row of dcentres (V, d) receives dv. dcentres may be NULL.
W2V_API float w2v_skipgram_loss(const w2v_output_layer *output, size_t centre, const uint32_t *outside,
                                size_t count, const w2v_matrix *centres, const w2v_matrix *dcentres);

// Continuous bag of words: the loss of the pair of v, the sum of the rows of `count` context words in
// centres, and the centre word as o. The row of each context word in dcentres receives dv, once per
// occurrence. (The assignment of 2017 takes the sum, not the mean.) NaN if d is above 1024 and there is no
// memory for 2 d floats.
W2V_API float w2v_cbow_loss(const w2v_output_layer *output, const uint32_t *context, size_t count,
                            size_t centre, const w2v_matrix *centres, const w2v_matrix *dcentres);

// -----------------------------------------------------------------------------------------------------------------
// >>sgd (interface)

// The rows of a gradient that are not zero. An objective that adds to few rows names them with w2v_touch;
// naming one twice is harmless.
typedef struct w2v_touched {
    uint32_t *rows;    // (count) those named, of at most row_count
    size_t count;
    size_t row_count;  // of the gradient
    uint8_t *seen;     // (row_count) 1 for those named
} w2v_touched;

// Does nothing if touched is NULL. A row of touched->row_count or more is misuse (W2V_ASSERT) and is ignored.
W2V_API void w2v_touch(w2v_touched *touched, size_t row);

// Returns the loss at `params` and adds its gradient to grad, which is
// zero on entry, or NULL if only the loss is needed.
typedef double (*w2v_loss_fn)(const float *params, float *grad, w2v_touched *touched, void *user);

typedef struct w2v_objective {
    w2v_loss_fn loss_fn;
    void *user;
    size_t param_count;
    size_t row;          // floats in a row, a divisor of param_count, if loss_fn names the rows it touches;
                         // 0: it touches all, every time
    w2v_random *random;  // the generator that loss_fn draws from, or NULL; part of the state of a run
} w2v_objective;

typedef enum w2v_optimizer {
    W2V_SGD,       // x -= step g
    W2V_MOMENTUM,  // m = momentum m + g; x -= step m (Polyak 1964)
    W2V_ADAM,      // Kingma and Ba 2015, algorithm 1
    W2V_ADAMW,     // Adam with x -= step weight_decay x (Loshchilov and Hutter 2019, algorithm 2)
    W2V_ADAGRAD    // s += g^2; x -= step g / (sqrt(s) + epsilon) (Duchi et al. 2011)
} w2v_optimizer;

typedef struct w2v_sgd_progress {
    size_t iteration;              // iterations done, those before a resumed checkpoint included
    size_t iterations;             // of the whole run
    double loss;                   // the first one reported, then 0.95 old + 0.05 new at every report
    double learning_rate;          // of this iteration
    double seconds;                // since this call of w2v_sgd began
    double seconds_left;           // estimated; 0 before the first iteration
    double iterations_per_second;  // in this call
} w2v_sgd_progress;

// Called after every step, on all parameters.
typedef void (*w2v_postprocess_fn)(float *params, size_t count, void *user);

// Return 0 to continue; anything else stops with W2V_ERROR_STOPPED.
typedef int (*w2v_sgd_progress_fn)(const w2v_sgd_progress *progress, void *user);

typedef struct w2v_sgd_config {
    size_t struct_size;
    size_t iterations;        // 40000
    double learning_rate;     // 0.3      0 .. 1e6
    size_t anneal_every;      // 20000    iterations after which the learning rate is multiplied by anneal; 0:
                              //          never
    double anneal;            // 0.5      0 .. 1
    w2v_optimizer optimizer;  // W2V_SGD
    double momentum;          // 0.9      W2V_MOMENTUM, 0 .. 1
    double beta1, beta2;      // 0.9, 0.999    Adam, 0 .. 0.999999999
    double epsilon;           // 1e-8     Adam, AdaGrad, 1e-37 .. 1: with 0 a gradient of 0 would be 0 / 0
    double l2;                // 0        adds l2 x to the gradient, 0 .. 1e6
    double weight_decay;      // 0        W2V_ADAMW, 0 .. 1e6
    w2v_postprocess_fn postprocess_fn;  // NULL
    void *postprocess_user;             // NULL
    size_t progress_every;              // 10     iterations between two reports, at least 1
    w2v_sgd_progress_fn progress_fn;    // NULL
    void *progress_user;                // NULL
    const char *checkpoint;             // NULL   file for the state of the run; also written when progress_fn
                                        //        stops it
    int resume;                         // 0      1: continue from the checkpoint if it exists
    size_t checkpoint_every;            // 5000   iterations between two checkpoints, at least 1
} w2v_sgd_config;

W2V__DECLARE_CONFIG(w2v_sgd_config);

// Minimises the objective from `params` on, in place. If loss_fn names rows, a step costs what those rows
// cost; optimisers with state and both kinds of decay then act on touched rows only ("sparse" or "lazy"
// Adam). *last, unless NULL, is the last report; after W2V_OK it describes the end of the run. It is
// untouched if the run did not begin. A resumed run ends bit for bit where an uninterrupted run does. The
// loss is computed once more after the last step, to see that it is finite there. W2V_ERROR_ARGUMENT: the
// configuration, no parameters, a row that does not divide their number, 2^32 - 1 rows or more, a parameter
// that is not finite, or a checkpoint of another run or of a later iteration than cfg->iterations.
// W2V_ERROR_DIVERGED: the loss, the gradient or a parameter stopped being finite. A step that fails is taken
// back, so params are finite; but what postprocess_fn spoils is noticed only at the next loss, checkpoint or
// the end of the run, and stays. W2V_ERROR_STOPPED. W2V_ERROR_IO and W2V_ERROR_FORMAT: the checkpoint cannot
// be read or written, or it is damaged. W2V_ERROR_MEMORY. W2V_ERROR_CPU (see SIMD).
W2V_API w2v_status w2v_sgd(const w2v_objective *objective, float *params, const w2v_sgd_config *cfg,
                           w2v_sgd_progress *last, w2v_error *err);

typedef struct w2v_grad_report {
    size_t worst;              // index of the largest difference
    double numeric, analytic;  // there
    double difference;         // |numeric - analytic| / max(1, |numeric|, |analytic|); HUGE_VAL if its row
                               // was not named
} w2v_grad_report;

// Compares the gradient at params with differences of the loss at x +- spacing and x +- 2 spacing (five
// points, error of order spacing^4), divided by the distances of these points as they are rounded to floats.
// The arithmetic is float: for losses of the order of 10, spacing = 0.03 and tolerance = 1e-3 suit. The
// generator of the objective is reset before every evaluation; params are restored. W2V_ERROR_DIVERGED, with
// index and both values: the difference is above tolerance. *report, unless NULL, is filled then, too.
// W2V_ERROR_ARGUMENT: no parameters or too many, or parameters that are not whole rows (see w2v_objective);
// spacing is not finite and positive, or so small that x does not change. W2V_ERROR_MEMORY.
W2V_API w2v_status w2v_grad_check(const w2v_objective *objective, float *params, float spacing,
                                  double tolerance, w2v_grad_report *report, w2v_error *err);

// -----------------------------------------------------------------------------------------------------------------
// >>rows (interface)

// Projects rows on their first principal components, as many as `coordinates` has columns, at most
// rows->cols: coordinates, which are written, have a row for each row. A component points to the side where
// its largest coordinate is positive. If the rows span fewer dimensions (within float rounding), the
// remaining coordinates are 0. Coordinates too large for a float become the largest float.
// It takes 8 bytes for each number of rows, one thread, and up to 1000 passes over them for each component.
// coordinates may overlap rows, of which it makes a copy first. W2V_ERROR_ARGUMENT: a shape, or a number that
// is not finite. W2V_ERROR_MEMORY.
W2V_API w2v_status w2v_pca(const w2v_matrix *rows, const w2v_matrix *coordinates, w2v_error *err);

typedef struct w2v_kmeans_config {
    size_t struct_size;
    size_t iterations;  // 100    at most; 0: every row is in the class of the nearest that k-means++ chose
    size_t threads;     // CPUs   0 is like 1, more than 1024 like 1024
    uint64_t seed;      // 1
} w2v_kmeans_config;

typedef struct w2v_kmeans_report {
    double cosine;      // mean over the rows that are not zero, of a row and the centre of its class
    size_t iterations;  // until no row changed its class, or cfg->iterations
} w2v_kmeans_report;

W2V__DECLARE_CONFIG(w2v_kmeans_config);

// Spherical k-means (Dhillon and Modha 2001): divides rows into `classes` by direction, so that the sum of
// the cosines of the rows and the centre of their class is large; the centre of a class is the direction of
// the sum of its rows as vectors of length 1. It begins with k-means++ (Arthur and Vassilvitskii 2007), where
// 1 - cosine is the squared distance. An empty class takes the row that is farthest from its centre, so
// classes are empty only if fewer directions differ by a cosine below 1 - 1e-6, or if the iterations are used
// up. class_of (rows->rows) receives 0 .. classes - 1; rows of zeros are in class 0 and count for nothing.
// centres (classes, rows->cols), which are written, have length 1 (zeros if all rows are). centres and report
// may be NULL; cfg NULL: the default. The result depends on the seed and not on the number of threads; all
// backends with a fused multiply-add agree. Arrays must not overlap. It takes a copy of the rows, of which
// each fills whole vectors of 16 floats, one such row more for each class and thread, and 12 bytes a row.
// W2V_ERROR_ARGUMENT: classes is 0 or more than there are rows, a shape, or a number that is not finite.
// W2V_ERROR_MEMORY. W2V_ERROR_CPU (see SIMD).
W2V_API w2v_status w2v_kmeans(const w2v_matrix *rows, size_t classes, const w2v_kmeans_config *cfg,
                              uint32_t *class_of, const w2v_matrix *centres, w2v_kmeans_report *report,
                              w2v_error *err);

#ifndef W2V_NO_VOCAB
// -----------------------------------------------------------------------------------------------------------------
// >>vocab (interface)

#define W2V_NONE UINT32_MAX  // no such word
#define W2V_MAX_WORD 1024    // bytes of the longest word of a corpus or a file

// Words, numbered 0 .. size - 1: by falling count (ties: by first occurrence); those of a model that was
// read, or made by w2v_model_new, in the order of its rows. They live as long as the vocabulary.
typedef struct w2v_vocab w2v_vocab;

W2V_API size_t w2v_vocab_size(const w2v_vocab *vocab);
W2V_API const char *w2v_vocab_word(const w2v_vocab *vocab, uint32_t id);    // NULL if there is none
W2V_API uint64_t w2v_vocab_count(const w2v_vocab *vocab, uint32_t id);      // 0 if it is not known
W2V_API uint32_t w2v_vocab_find(const w2v_vocab *vocab, const char *word);  // the id or W2V_NONE

// A vocabulary of words counted elsewhere, by falling count (ties: in the order given). Everything is copied.
// count (size) may be NULL. Words must be different and have 1 to W2V_MAX_WORD bytes. Free with
// w2v_vocab_free; NULL is allowed. W2V_ERROR_ARGUMENT, W2V_ERROR_EMPTY (size is 0), W2V_ERROR_MEMORY.
W2V_API w2v_status w2v_vocab_new(w2v_vocab **vocab, const char *const *word, const uint64_t *count,
                                 size_t size, w2v_error *err);
W2V_API void w2v_vocab_free(w2v_vocab *vocab);

// Which words w2v_vocab_select takes.
typedef struct w2v_vocab_config {
    size_t struct_size;
    uint64_t min_count;             // 0     rarer words are left out
    size_t max_words;               // 0     at most this many words, the most frequent ones; 0: all
    const char *const *stop_words;  // NULL  (stop_word_count) words that are left out
    size_t stop_word_count;         // 0
} w2v_vocab_config;

W2V__DECLARE_CONFIG(w2v_vocab_config);

// The words of `count` vocabularies together, with the sums of their counts, that follow the rules. The
// result is a new vocabulary; ties are in the order of the vocabularies. W2V_ERROR_EMPTY: no word is left.
// W2V_ERROR_ARGUMENT: cfg. W2V_ERROR_MEMORY.
W2V_API w2v_status w2v_vocab_select(w2v_vocab **vocab, const w2v_vocab *const *vocabs, size_t count,
                                    const w2v_vocab_config *cfg, w2v_error *err);

#ifndef W2V_NO_TRAIN
// -----------------------------------------------------------------------------------------------------------------
// >>schedule (interface)

// Which pairs are trained together, and share their negative samples. Skip-gram: a pair is a centre and a
// context word; spans and windows wider than 128 words are split, and each part draws its own negatives.
// CBOW: a pair is a window.
typedef enum w2v_sharing {
    W2V_SHARE_NONE,    // pair after pair, with fresh negatives, as in the textbook: the yardstick of quality
    W2V_SHARE_WINDOW,  // one set for all pairs of a window (Ji et al. 2016)
    W2V_SHARE_SPAN,    // one set per span of cfg.span consecutive windows, the fastest; a span ends early at
                       // a sentence end or at a repeated centre word. CBOW: the means of a span are taken
                       // before its first window is trained; with hierarchical softmax, alone or besides
                       // negatives, that is all that they share
    W2V_SHARE_DEFAULT  // W2V_SHARE_SPAN for CBOW, or if cfg.span or cfg.span_negative is set; else
                       // W2V_SHARE_WINDOW. That is worse than W2V_SHARE_NONE on none of five evaluation
                       // sets after five epochs, perhaps on SimLex-999 after ten (bench/README.md)
} w2v_sharing;

// What is predicted from what (Mikolov et al. 2013, "Efficient Estimation of Word Representations in Vector
// Space").
typedef enum w2v_architecture {
    W2V_SKIPGRAM,  // a context word and the centre word of a window are a pair
    W2V_CBOW       // the mean of all context words of a window and its centre word are a pair
} w2v_architecture;

// How much a context word counts at distance d from its centre, in a window of w words to each side.
typedef enum w2v_window_shape {
    W2V_WINDOW_SHRINKING,  // 1 up to a distance that each window draws from 1 .. w: (w + 1 - d) / w on
                           // average
    W2V_WINDOW_FULL,       // 1
    W2V_WINDOW_WEIGHTED    // (w + 1 - d) / w
} w2v_window_shape;

typedef enum w2v_phase { W2V_PHASE_VOCAB, W2V_PHASE_TRAIN } w2v_phase;

typedef struct w2v_progress {
    w2v_phase phase;
    double fraction;          // of this phase, 0 .. 1
    double seconds;           // since this phase began
    double seconds_left;      // estimated
    double words_per_second;  // W2V_PHASE_TRAIN: words of the vocabulary; W2V_PHASE_VOCAB: 0
    uint64_t words;           // W2V_PHASE_TRAIN: words of the vocabulary read in all epochs so far, those
                              // that subsampling dropped included; W2V_PHASE_VOCAB: 0
    size_t epoch;             // the current one, 0 .. epochs - 1
    float learning_rate;      // the current one
    double loss;              // mean since the last report (see w2v_train_report); 0 if there is none
} w2v_progress;

// Called on the thread that called the trainer, at most ten times a second (with one lane after a block of
// W2V_BLOCK_BYTES), and once at the end of a phase and of every w2v_trainer_run. If the corpus is read again
// in every epoch, or there is a vocab_limit, W2V_PHASE_VOCAB occurs twice. Return 0 to continue; anything
// else stops the training with W2V_ERROR_STOPPED (see cfg.keep_stopped), when every lane has finished its
// block. The callback is not called again.
typedef int (*w2v_progress_fn)(const w2v_progress *progress, void *user);

// What a training run did. Filled on success, and on failure as far as it came.
typedef struct w2v_train_report {
    uint64_t words;       // of the corpus that are in the vocabulary
    uint64_t trained;     // words trained on, at most epochs x words. If this is a small fraction, nearly all
                          // words count as frequent: set cfg.sample to 0
    uint64_t long_words;  // of more than W2V_MAX_WORD bytes, skipped
    uint64_t done;        // words of all epochs so far, those that subsampling dropped included
    uint64_t total;       // epochs x words
    double loss;          // mean of the last run over the pairs of the steps that cfg.loss_every takes; 0
                          // without. The loss of a pair is that of w2v_neg_sampling_loss,
                          // w2v_hierarchical_loss or w2v_softmax_loss, as cfg.loss_type says, of a context
                          // vector (CBOW: the mean of a window) and the centre; a negative that pairs
                          // share counts several times, so that each pair has K (fewer if 16 draws after
                          // each other are its own centre)
    double epoch_loss;    // the same since the epoch began in which the last run began; after
                          // w2v_trainer_read: since the epoch of the last round began
    double valid_loss;    // of the last w2v_trainer_validate
    double best_loss;     // the lowest of all
    size_t stale;         // validations since the lowest
} w2v_train_report;

typedef struct w2v_config {
    size_t struct_size;
    size_t dim;            // 100      length of a vector, 1 .. 65536
    size_t window;         // 5        words to each side, 1 .. 1000; see window_shape
    size_t negative;       // 5        negative samples for each pair, 1 .. 1000. Hierarchical softmax and
                           //          softmax ignore it; there it may be 0. If a span shares several times
                           //          more negatives than the vocabulary has words, lower learning_rate
    size_t epochs;         // 5        passes over the corpus, 1 .. 1000000
    size_t threads;        // CPUs     1 .. 1024; default: the processors this process may use. Up to `lanes`
                           //          of them train, all count words; of a text that can be read again
                           //          there are no more than blocks of W2V_BLOCK_BYTES. See THREADS
    uint64_t min_count;    // 5        rarer words are left out (0 is like 1)
    double sample;         // 1e-3     subsampling of frequent words, 0 .. 1. 0 disables; use it for tiny
                           //          corpora, where every word counts as frequent and would nearly always be
                           //          dropped
    double ns_exponent;    // 0.75     negatives are drawn with probability ~ count^ns_exponent, -10 .. 10
    float learning_rate;   // 0.025    at the start, above 0, at most 100; falls linearly with the words,
    float min_learning_rate;  // 0     but not below this (0 .. learning_rate), nor below 1e-4 of
                              //       learning_rate. Equal to learning_rate: the rate is constant
    w2v_sharing sharing;   // W2V_SHARE_DEFAULT
    size_t span;           // 0        windows in a span, 1 .. 16. 0: 2 (CBOW: 16). In a vocabulary of which
                           //          fewer than 100 words occur, 0 means that no pair shares anything, unless
                           //          sharing is W2V_SHARE_WINDOW. Always 1 for softmax, and for skip-gram
                           //          with hierarchical softmax
    size_t span_negative;  // 0        negatives that the windows of a span share, 1 .. 1000. 0 means, with K
                           //          for `negative`:
                           //            a span of one window        K
                           //            skip-gram, n windows        n times the larger of 2 and 2/5 K, at
                           //                                        most n K
                           //            CBOW, two windows or more   12/5 K
                           //          Ignored with hierarchical softmax
    size_t corpus_memory;  // 0        limit in bytes for the ids of the corpus, 4 for every word (rare ones
                           //          too) and sentence end. Above it the text is read again in every epoch,
                           //          with the same result. 0: no limit
    uint64_t seed;         // 1
    w2v_progress_fn progress_fn;  // NULL
    void *progress_user;          // NULL     passed to progress_fn
    w2v_train_report *report;     // NULL     filled by the trainer
    int keep_stopped;             // 0        1: after W2V_ERROR_STOPPED *model is the model as trained so
                                  //          far, or NULL if the corpus was still being read
    int refuse_long_words;        // 0        1: W2V_ERROR_FORMAT for a word of more than W2V_MAX_WORD bytes;
                                  //          0: it is skipped
    size_t lanes;                 // 4        chunks that are trained beside each other, 1 .. 64. There are
                                  //          fewer in short texts (one for every four blocks begun), and
                                  //          where the vocabulary is so small that all would train the same
                                  //          rows. See THREADS
    size_t vocab_limit;           // 0        approximate limit on the different words in memory while they
                                  //          are counted. Above it the rarest are forgotten: words near
                                  //          min_count may be lost or get a smaller count, and the text is
                                  //          read twice, once by one thread. Does not apply to words that are
                                  //          given. 0: no limit
    size_t loss_every;            // 0        computes the loss of every step (1), of every second (2), ...
                                  //          of a lane; 0: of none. See w2v_train_report
    int freeze_start;             // 0        1: vectors that w2v_trainer_new takes from `start` are not
                                  //          trained
    int keep_best;                // 0        1: w2v_trainer_validate keeps the vectors with the lowest loss
    w2v_architecture architecture;  // W2V_SKIPGRAM. For W2V_CBOW set learning_rate to 0.15, or 0.05 if
                                    //          undivided
    w2v_loss_type loss_type;        // W2V_LOSS_NEG_SAMPLING. Hierarchical softmax: the model has vectors of
                                    //          inner nodes. Softmax over all words is for small
                                    //          vocabularies: its time grows with the number of words
    w2v_window_shape window_shape;  // W2V_WINDOW_SHRINKING
    int cbow_undivided;             // 0        CBOW: 1: every context word gets the whole gradient of the
                                    //          mean, as in the original program; 0: its part, the derivative
} w2v_config;

W2V__DECLARE_CONFIG(w2v_config);

// -----------------------------------------------------------------------------------------------------------------
// >>corpus (interface)

// Several sources are one text, the first before the second; none ends in the middle of a line. A source that
// can be read only once is kept in memory as ids, and refused (W2V_ERROR_MEMORY) if cfg.corpus_memory has no
// room for them. What a source points to must stay until w2v_trainer_free or w2v_vocab_build is done with it;
// a path is copied.
//
// The learning rate of a sentence is multiplied by its weight, which does not change the counts of words.

// Counts the words of a text. Takes min_count, threads, vocab_limit, refuse_long_words and the progress
// callback from cfg. Errors as for w2v_train.
W2V_API w2v_status w2v_vocab_build(w2v_vocab **vocab, const w2v_source *sources, size_t count,
                                   const w2v_config *cfg, w2v_error *err);
#endif  // W2V_NO_TRAIN

// -----------------------------------------------------------------------------------------------------------------
// >>model (interface)

// Read the fields as you like; write only the vectors. Rows start on 64 bytes and are padded with zeros.
typedef struct w2v_model {
    w2v_vocab *vocab;
    size_t size;    // V, number of words
    size_t dim;     // d, length of a vector
    size_t stride;  // floats from one row to the next, a multiple of 16
    float *input;   // (V, stride) input vectors: the word vectors
    float *output;  // (V, stride) output vectors; NULL with W2V_LOSS_HIERARCHICAL, and if the model was read
                    // from a vector file or made without
    float *nodes;   // (V, stride) vectors of the V - 1 inner nodes of the Huffman tree; NULL without one
    float *length;  // (V) lengths of the input vectors, for queries
    void *storage;  // of the header: the native file in which these arrays are, or NULL
} w2v_model;

// Call this after writing to model->input: queries use the lengths of its
// rows, which are computed when a model is made.
W2V_API void w2v_model_changed(w2v_model *model);

// The input vectors, as a view.
static inline w2v_matrix w2v_model_input(const w2v_model *model)
{
    return w2v_matrix_of(model->input, model->size, model->dim, model->stride);
}

// The same for languages that cannot read the fields: the words, and *rows as a view of the input vectors.
// Both belong to the model.
W2V_API const w2v_vocab *w2v_model_vocab(const w2v_model *model);
W2V_API void w2v_model_rows(const w2v_model *model, w2v_matrix *rows);

// The vector (dim) of a word, or NULL if the model lacks the word. It lives as long as the model, at the same
// place.
W2V_API const float *w2v_model_vector(const w2v_model *model, const char *word);

// A model of words and vectors made elsewhere, for saving and queries. Everything is copied. count (size) and
// output may be NULL; input and output are (size, dim) without padding. Words must be different and have 1 to
// W2V_MAX_WORD bytes; numbers must be finite. W2V_ERROR_ARGUMENT, W2V_ERROR_MEMORY.
W2V_API w2v_status w2v_model_new(w2v_model **model, const char *const *word, const uint64_t *count,
                                 size_t size, size_t dim, const float *input, const float *output,
                                 w2v_error *err);

// NULL is allowed.
W2V_API void w2v_model_free(w2v_model *model);

#ifndef W2V_NO_TRAIN
// -----------------------------------------------------------------------------------------------------------------
// >>train (interface)

// Counts the words of `count` sources, trains and returns a new model in *model (w2v_model_free). The sources
// are used until the function returns. W2V_ERROR_ARGUMENT: the configuration, a source or none. W2V_ERROR_IO.
// W2V_ERROR_FORMAT: a NUL byte, a word too long (if refused), a line without its weight, or a file that is
// not text. W2V_ERROR_EMPTY: no word occurs min_count times, no line has two words of the vocabulary, or
// subsampling keeps nothing. W2V_ERROR_MEMORY. W2V_ERROR_STOPPED. W2V_ERROR_DIVERGED: a vector or score
// stopped being finite; the message has the word (or inner node) and the learning rate, which is too high.
// W2V_ERROR_CPU (see SIMD).
W2V_API w2v_status w2v_train(w2v_model **model, const w2v_source *sources, size_t count,
                             const w2v_config *cfg, w2v_error *err);

// Short forms for one text.
W2V_API w2v_status w2v_train_text(w2v_model **model, const char *text, size_t bytes, const w2v_config *cfg,
                                  w2v_error *err);
#ifndef W2V_NO_STDIO
W2V_API w2v_status w2v_train_file(w2v_model **model, const char *path, const w2v_config *cfg, w2v_error *err);
#endif

// Training in pieces, with the state between them in the caller's hand:
//
//     w2v_source source = w2v_source_file("corpus.txt");
//     w2v_trainer *t;
//     if (w2v_trainer_new(&t, &source, 1, &cfg, NULL, NULL, &err) != W2V_OK) ...
//     while (!w2v_trainer_done(t)) {
//         if (w2v_trainer_run(t, 1000000, &err) != W2V_OK) ...
//         ... w2v_trainer_model(t) ...
//     }
//     w2v_trainer_free(t);
//
// Only one thread at a time may use a trainer, and progress_fn may not use it at all. With cfg.corpus_memory
// the file stays open and must not change before w2v_trainer_free; a run that finds it longer, shorter or
// replaced ends with W2V_ERROR_IO.
typedef struct w2v_trainer w2v_trainer;

// Reads `count` sources, counts their words and makes a model to train. cfg is copied, but what its pointers
// point to must stay until w2v_trainer_free. vocab, if not NULL, has the words of the model, instead of those
// that occur min_count times in the text; they are counted anew, and some need not occur at all. start, if
// not NULL, has vectors that its words begin with, input and output; the other words begin at random.
// (Vectors of inner nodes begin as zeros: another vocabulary has another tree.) vocab and start are not used
// later. Errors as for w2v_train. Also W2V_ERROR_ARGUMENT: start has another dim than cfg.
W2V_API w2v_status w2v_trainer_new(w2v_trainer **trainer, const w2v_source *sources, size_t count,
                                   const w2v_config *cfg, const w2v_vocab *vocab, const w2v_model *start,
                                   w2v_error *err);

// Trains on about `words` words more, those that subsampling drops included, in whole rounds: a round is one
// block of W2V_BLOCK_BYTES for every lane; an epoch ends a round. UINT64_MAX: all that are left. The result
// does not depend on the pieces. Threads are started for every run. Errors as for w2v_train, but only the
// last run looks for numbers that are not finite in all vectors. Also W2V_ERROR_ARGUMENT: 0 words, or nothing
// is left. After W2V_ERROR_STOPPED (unless w2v_trainer_done) and W2V_ERROR_ARGUMENT training can go on. After
// any other failure it cannot: further runs return the same status, and the model may be useless.
W2V_API w2v_status w2v_trainer_run(w2v_trainer *trainer, uint64_t words, w2v_error *err);

// Whether all epochs are trained, or the last of their rounds has failed.
W2V_API int w2v_trainer_done(const w2v_trainer *trainer);

// What the trainer has done so far.
W2V_API void w2v_trainer_report(const w2v_trainer *trainer, w2v_train_report *report);

// The model as trained so far, to save or to query. It belongs to the trainer, and the next run changes it.
// NULL after w2v_trainer_take_model. Computes the lengths of the vectors if these have changed.
W2V_API const w2v_model *w2v_trainer_model(w2v_trainer *trainer);

// Gives the model to the caller, who frees it (w2v_model_free). Nothing is copied. The trainer can be asked
// for its report and freed then; functions with a status return W2V_ERROR_ARGUMENT, as this one does the
// second time.
W2V_API w2v_status w2v_trainer_take_model(w2v_trainer *trainer, w2v_model **model, w2v_error *err);

// Text that is not trained on, to validate with, of the words that the vocabulary has; it is read at once,
// and its ids are kept (corpus_memory does not count). A source of ids means the same words as one that the
// trainer is made with. Validations so far are forgotten, and with them the best vectors: w2v_trainer_read
// comes after it. Errors as for w2v_trainer_new. A failure leaves the text before.
W2V_API w2v_status w2v_trainer_hold_out(w2v_trainer *trainer, const w2v_source *sources, size_t count,
                                        w2v_error *err);

// The mean loss of a pair of that text. Subsampling, sizes of windows and K negatives for every pair come
// from cfg.seed: they are the same ones every time, for any number of threads. Weights of sentences do not
// count. Also fills valid_loss, best_loss and stale of w2v_trainer_report, to stop when the loss falls no
// more. W2V_ERROR_ARGUMENT: there is no such text. W2V_ERROR_EMPTY: subsampling keeps no pair.
// W2V_ERROR_DIVERGED: the loss is not finite. W2V_ERROR_MEMORY.
W2V_API w2v_status w2v_trainer_validate(w2v_trainer *trainer, double *loss, w2v_error *err);

// With cfg.keep_best: the model becomes the one that had the lowest loss in w2v_trainer_validate. Before the
// first validation nothing happens.
W2V_API void w2v_trainer_use_best(w2v_trainer *trainer);

// The trainer may be NULL, and may be freed between any two calls.
W2V_API void w2v_trainer_free(w2v_trainer *trainer);
#endif  // W2V_NO_TRAIN

// -----------------------------------------------------------------------------------------------------------------
// >>io (interface)
//
// Functions with a path (_save, _load) are short forms of those before them (_write, _read). Writing to a
// callback may end with W2V_ERROR_STOPPED, to a path with W2V_ERROR_IO, both with W2V_ERROR_MEMORY. Reading
// refuses a source of ids or with weights (W2V_ERROR_ARGUMENT).

typedef enum w2v_format {
    W2V_FORMAT_AUTO,         // reading only: by what the bytes are
    W2V_FORMAT_TEXT,
    W2V_FORMAT_BINARY,
    W2V_FORMAT_GLOVE,        // text without a header
    W2V_FORMAT_TSV,          // TensorFlow projector; words in metadata.tsv
    W2V_FORMAT_NPY,          // NumPy; words in NAME.tsv beside NAME.npy, in the format of metadata.tsv
    W2V_FORMAT_SAFETENSORS,  // words in tokenizer.json; config.json
    W2V_FORMAT_FASTTEXT,     // fastText's .bin; reading only
    W2V_FORMAT_NATIVE,       // w2v's own file, which is mapped
    W2V_FORMAT_NATIVE_FLOAT16,
    W2V_FORMAT_NATIVE_INT8
} w2v_format;

#define W2V_MAX_DIM 1048576  // numbers of the longest vector of a file

// Writes the input vectors, to W2V_FORMAT_SAFETENSORS also the output vectors, to native files all matrices.
// Text is formatted by all processors, 16 at most. W2V_ERROR_ARGUMENT: no format that is written.
// W2V_ERROR_IO. W2V_ERROR_MEMORY. W2V_ERROR_FORMAT if a reader would not get the same model back: a word with
// white space in it (text; binary: with a blank or a line feed), a number that is not finite, more than
// W2V_MAX_DIM numbers, (half precision) a number of 65520 or more, (binary) numbers whose bytes look like
// text, or (GloVe) a first line that looks like a header or another kind of file, or one number a word.
W2V_API w2v_status w2v_model_write(const w2v_model *model, w2v_write_fn write_fn, void *user,
                                   w2v_format format, w2v_error *err);

// Writes the words of a format that has them in a file of their own. W2V_FORMAT_TSV, W2V_FORMAT_NPY: a word a
// line, or below the heading `word TAB count` a word and its count, if there are counts. Tabs and line ends
// inside a word become blanks; of words that become the same, readers keep the first. W2V_FORMAT_SAFETENSORS:
// a tokenizer.json as Hugging Face's tokenizers read it, of words between white space; upper case becomes
// lower case if no word has a capital of ASCII. A word <unk>, [UNK] or UNK stands for unknown words; without
// one, tokenizers refuse unknown words. W2V_ERROR_ARGUMENT: the format has the words beside the vectors.
// W2V_ERROR_FORMAT: a word that is not UTF-8 (tokenizer.json), or a first word that makes a list look like
// another kind of file.
W2V_API w2v_status w2v_model_write_words(const w2v_model *model, w2v_write_fn write_fn, void *user,
                                         w2v_format format, w2v_error *err);

// Writes `word count` lines, </s> first as in the original program (which ignores its count): with its own
// count if the corpus has that word, else with 0. So it may come back before words of the same count, with
// other ids then. W2V_ERROR_ARGUMENT: no word has a count. W2V_ERROR_IO.
// W2V_ERROR_MEMORY. W2V_ERROR_FORMAT: a word has white space in it.
W2V_API w2v_status w2v_vocab_write(const w2v_vocab *vocab, w2v_write_fn write_fn, void *user, w2v_error *err);

// Reads `word count` lines, in any order; </s> with a count of 0 is left out. W2V_ERROR_IO. W2V_ERROR_FORMAT:
// a line that is not a word and a count, or a word that has occurred before. W2V_ERROR_EMPTY.
// W2V_ERROR_MEMORY.
W2V_API w2v_status w2v_vocab_read(w2v_vocab **vocab, const w2v_source *source, w2v_error *err);

// Writes `word class` lines, as the original program does: the words of a vocabulary in their order, each
// with a number of class_of (size), for example of w2v_kmeans. W2V_ERROR_IO. W2V_ERROR_FORMAT: a word has
// white space in it.
W2V_API w2v_status w2v_vocab_write_classes(const w2v_vocab *vocab, const uint32_t *class_of,
                                           w2v_write_fn write_fn, void *user, w2v_error *err);

typedef struct w2v_load_progress {
    uint64_t bytes;  // of the source that have been read
    uint64_t total;  // bytes of the source; 0 if it cannot tell
    uint64_t words;  // of the model so far
} w2v_load_progress;

// Called on the thread that called the reader, after every 4 MiB or so and at the end; of native files only
// at the end, and not while a tokenizer.json, or a source of unknown size with a .npy or safetensors file, is
// read into memory. Return 0 to continue; anything else stops with W2V_ERROR_STOPPED.
typedef int (*w2v_load_progress_fn)(const w2v_load_progress *progress, void *user);

typedef struct w2v_load_config {
    size_t struct_size;
    size_t max_words;   // 0      reads at most this many vectors, the first ones; 0: all
    w2v_format format;  // W2V_FORMAT_AUTO
    int lenient;        // 0      1: read what is whole in a damaged file of text or word2vec's binary; other
                        //        formats do not heed it. The header's count may be wrong; rows that are not
                        //        a word and D numbers are left out and counted; a file may end in the middle
                        //        of a row. (Of word2vec's binary no more rows are read than the header says.)
    int in_memory;      // 0      1: read a native file instead of mapping it, as it may change meanwhile. All
                        //        of it is compared with its hashes, whatever verify says
    int verify;         // 0      1: compare all of a mapped file with its hashes, too
    const w2v_source *words;  // NULL: the file that w2v_model_save writes beside the vectors. The words of
                              // W2V_FORMAT_TSV, NPY and SAFETENSORS, one for every row, in order: one a
                              // line, a table as metadata.tsv is, or (not TSV) a tokenizer.json
    const char *const *keep_words;  // NULL  (keep_word_count) only these words, as far as the file has them
                                    //       (max_words: among its first ones). Other rows are checked like
                                    //       theirs, except in W2V_FORMAT_FASTTEXT
    size_t keep_word_count;         // 0     0: all words
    size_t threads;                 // CPUs  1 .. 1024 that check and decode native files and, 16 at most,
                                    //       read the numbers of text. The result does not depend on it
    w2v_load_progress_fn progress_fn;  // NULL
    void *progress_user;               // NULL  passed to progress_fn
} w2v_load_config;

typedef struct w2v_load_report {
    w2v_format format;   // of the file; W2V_FORMAT_NATIVE for a checkpoint
    uint64_t expected;   // vectors that the header promises; 0 without a header
    uint64_t rows;       // rows that were read, of which were left out:
    uint64_t repeated;   //   rows whose word had occurred before
    uint64_t blank;      //   rows without a word
    uint64_t malformed;  //   (lenient) rows that are not a word and D finite numbers
    uint64_t not_kept;   //   rows whose word is not one of keep_words
} w2v_load_report;

W2V__DECLARE_CONFIG(w2v_load_config);

// Reads a vector file of any format under FILES, or a checkpoint of w2v_trainer_save: with counts and all
// matrices, to start with when training goes on with another text (with keep_words, and of fewer than all
// words, without the vectors of inner nodes, which belong to the tree of all). cfg may be NULL: the default;
// W2V_FORMAT_TSV must be named. *report, unless NULL, is filled on success. W2V_ERROR_IO. W2V_ERROR_FORMAT
// with line or byte: not a vector file, a damaged one, or words that are not those of the vectors.
// W2V_ERROR_EMPTY: no vectors, or none of keep_words. W2V_ERROR_ARGUMENT: cfg, words that are nowhere (see
// cfg.words), or one of keep_words is NULL. W2V_ERROR_STOPPED. W2V_ERROR_MEMORY.
W2V_API w2v_status w2v_model_read(w2v_model **model, const w2v_source *source, const w2v_load_config *cfg,
                                  w2v_load_report *report, w2v_error *err);

// A fastText model (.bin) that gives a vector to unknown words, too: the mean of the vectors of their
// character n-grams, as fastText computes it. It holds the whole input matrix. Errors of reading as above.
// NULL may be freed.
typedef struct w2v_subwords w2v_subwords;
W2V_API w2v_status w2v_subwords_read(w2v_subwords **subwords, const w2v_source *source, w2v_error *err);
W2V_API size_t w2v_subwords_dim(const w2v_subwords *subwords);
W2V_API void w2v_subwords_free(w2v_subwords *subwords);

// The vector (dim) of a word. W2V_ERROR_UNKNOWN_WORD: no such word, and no n-gram of it has a vector.
// W2V_ERROR_ARGUMENT: a word of more than W2V_MAX_WORD bytes. W2V_ERROR_FORMAT: a number is not finite.
// W2V_ERROR_MEMORY.
W2V_API w2v_status w2v_subwords_vector(const w2v_subwords *subwords, const char *word, float *vector,
                                       w2v_error *err);

#ifndef W2V_NO_TRAIN
// Writes a checkpoint: all that a trainer is between two runs. A new trainer of the same text and
// configuration that reads it goes on from there, and comes to the same bytes as if it had never stopped.
// W2V_ERROR_IO. W2V_ERROR_DIVERGED: a number is not finite. The status of a training that has failed.
W2V_API w2v_status w2v_trainer_write(const w2v_trainer *trainer, w2v_write_fn write_fn, void *user,
                                     w2v_error *err);

// Reads a checkpoint into a trainer that w2v_trainer_new has made, with the same vocabulary and start, too,
// if there were some. Threads, corpus_memory and loss_every may be others, and the text may come from another
// source. Validations go on if w2v_trainer_hold_out has read the same text before and, with keep_best, the
// checkpoint has the best vectors; otherwise they begin anew. W2V_ERROR_IO. W2V_ERROR_FORMAT: not a
// checkpoint, or a damaged one. W2V_ERROR_ARGUMENT: it was made with another configuration or text.
// W2V_ERROR_MEMORY. The trainer is as before then. The file is mapped meanwhile, see FILES; another source is
// kept in memory.
W2V_API w2v_status w2v_trainer_read(w2v_trainer *trainer, const w2v_source *source, w2v_error *err);
#endif

#ifndef W2V_NO_STDIO
// The functions above, for files. w2v_model_save also writes what belongs to the file, into the same folder:
// metadata.tsv (W2V_FORMAT_TSV), NAME.tsv beside NAME.npy (W2V_FORMAT_NPY), tokenizer.json and config.json
// (W2V_FORMAT_SAFETENSORS). No file takes its name before all are complete. W2V_ERROR_ARGUMENT: path is one
// of these names.
W2V_API w2v_status w2v_model_save(const w2v_model *model, const char *path, w2v_format format,
                                  w2v_error *err);
W2V_API w2v_status w2v_model_load(w2v_model **model, const char *path, const w2v_load_config *cfg,
                                  w2v_load_report *report, w2v_error *err);
W2V_API w2v_status w2v_vocab_save(const w2v_vocab *vocab, const char *path, w2v_error *err);
W2V_API w2v_status w2v_vocab_load(w2v_vocab **vocab, const char *path, w2v_error *err);
W2V_API w2v_status w2v_vocab_save_classes(const w2v_vocab *vocab, const uint32_t *class_of, const char *path,
                                          w2v_error *err);
W2V_API w2v_status w2v_subwords_load(w2v_subwords **subwords, const char *path, w2v_error *err);
#ifndef W2V_NO_TRAIN
W2V_API w2v_status w2v_trainer_save(const w2v_trainer *trainer, const char *path, w2v_error *err);
W2V_API w2v_status w2v_trainer_load(w2v_trainer *trainer, const char *path, w2v_error *err);
#endif
#endif

#ifndef W2V_NO_TRAIN
// -----------------------------------------------------------------------------------------------------------------
// >>phrases (interface)
//
// Pairs of words that occur together more often than by chance, such as `new york`, become one word,
// `new_york`, before vectors are trained. Applying phrases to a text and finding phrases again gives longer
// ones.

typedef enum w2v_phrase_scoring {
    // (count(ab) - min_count) n / (count(a) count(b)) for n words in all (Mikolov et al. 2013, section 4,
    // times n, as their program has it)
    W2V_PHRASE_ORIGINAL,
    // log(p(ab) / (p(a) p(b))) / -log p(ab), -1 .. 1 (Bouma 2009, "Normalized (Pointwise) Mutual Information
    // in Collocation Extraction"), with p = count / n
    W2V_PHRASE_NPMI
} w2v_phrase_scoring;

typedef struct w2v_phrases_config {
    size_t struct_size;
    uint64_t min_count;             // 5       of a pair, and of each of its words
    double threshold;               // 100     a pair is a phrase if its score is above this. For
                                    //         W2V_PHRASE_NPMI try 0.5
    w2v_phrase_scoring scoring;     // W2V_PHRASE_ORIGINAL
    const char *delimiter;          // "_"     between the words of a phrase; 1 .. 16 bytes, no white space
    const char *const *connectors;  // NULL    words that may stand between the two words of a pair, at most
                                    //         eight in a row, and that begin and end none: `of` and `the` in
                                    //         `king of the hill`. All together have at most 1 MiB
    size_t connector_count;         // 0       how many
    size_t pairs_limit;             // 0       approximate limit on the different pairs in memory; above it
                                    //         the rarest are forgotten. A pair takes 40 to 80 bytes. 0: no
                                    //         limit
    size_t threads;                 // CPUs    that count the words; pairs are counted by one
    size_t corpus_memory;           // 0       as in w2v_config
    w2v_progress_fn progress_fn;    // NULL    as in w2v_config; W2V_PHASE_VOCAB for the words, then for the
                                    //         pairs
    void *progress_user;            // NULL
} w2v_phrases_config;

W2V__DECLARE_CONFIG(w2v_phrases_config);

typedef struct w2v_phrases w2v_phrases;

// Counts the words and pairs of a text; a pair does not cross the end of a line. *phrases is to be freed with
// w2v_phrases_free. It may be empty. cfg is not used later. Errors as for w2v_train.
W2V_API w2v_status w2v_phrases_build(w2v_phrases **phrases, const w2v_source *sources, size_t count,
                                     const w2v_phrases_config *cfg, w2v_error *err);

// NULL is allowed.
W2V_API void w2v_phrases_free(w2v_phrases *phrases);

typedef struct w2v_phrase {
    const char *text;  // the words with the delimiter between them; lives as long as the phrases
    uint64_t count;
    float score;
} w2v_phrase;

// Phrases are numbered by falling score.
W2V_API size_t w2v_phrases_size(const w2v_phrases *phrases);
W2V_API void w2v_phrases_get(const w2v_phrases *phrases, size_t number, w2v_phrase *phrase);

// Writes a text with the phrases in it joined, from left to right: a word that has become the end of a phrase
// does not begin another. Words are separated by one blank, and lines remain lines. Words of more than
// W2V_MAX_WORD bytes are left out, and no phrase gets longer than that. Memory does not depend on the length
// of the text. W2V_ERROR_ARGUMENT: a source of ids. W2V_ERROR_STOPPED. Errors of sources as for w2v_train.
// Threads may apply the same phrases.
W2V_API w2v_status w2v_phrases_apply(const w2v_phrases *phrases, const w2v_source *sources, size_t count,
                                     w2v_write_fn write_fn, void *user, w2v_error *err);
#ifndef W2V_NO_STDIO
// The same into a file, which appears when it is complete. W2V_ERROR_IO.
W2V_API w2v_status w2v_phrases_apply_file(const w2v_phrases *phrases, const w2v_source *sources, size_t count,
                                          const char *path, w2v_error *err);
#endif

// Text: `w2v-phrases 1 DELIMITER`, `connectors WORD...`, then a line `count score word word...` for each
// phrase, which may be in any order. Reading gives the same phrases. W2V_ERROR_IO. W2V_ERROR_MEMORY.
// W2V_ERROR_STOPPED. W2V_ERROR_ARGUMENT: a source of ids or with weights. W2V_ERROR_FORMAT: the line that is
// none of these, or a phrase that is too long or has occurred before.
W2V_API w2v_status w2v_phrases_write(const w2v_phrases *phrases, w2v_write_fn write_fn, void *user,
                                     w2v_error *err);
W2V_API w2v_status w2v_phrases_read(w2v_phrases **phrases, const w2v_source *source, w2v_error *err);
#ifndef W2V_NO_STDIO
W2V_API w2v_status w2v_phrases_save(const w2v_phrases *phrases, const char *path, w2v_error *err);
W2V_API w2v_status w2v_phrases_load(w2v_phrases **phrases, const char *path, w2v_error *err);
#endif
#endif  // W2V_NO_TRAIN

// -----------------------------------------------------------------------------------------------------------------
// >>query (interface)

typedef struct w2v_match {
    const char *word;  // lives as long as the model
    float score;       // cosine; with W2V_ANALOGY_MUL the product
    uint32_t id;
} w2v_match;

typedef struct w2v_term {
    const char *word;     // NULL: the term is `vector`
    float weight;         // +1 or -1 in `king - man + woman`
    const float *vector;  // (dim) used if word is NULL: anything, such as a row of another model
} w2v_term;

// The terms of a question.
typedef struct w2v_query {
    const w2v_term *terms;  // (term_count)
    size_t term_count;
} w2v_query;

// How words are scored for a : b = c : ? (Levy and Goldberg 2014, "Linguistic Regularities in Sparse and
// Explicit Word Representations").
typedef enum w2v_analogy_method {
    W2V_ANALOGY_ADD,  // 3CosAdd: cos(d, b) - cos(d, a) + cos(d, c)
    W2V_ANALOGY_MUL   // 3CosMul: p(d, b) p(d, c) / (p(d, a) + 0.001) for p = (1 + cos) / 2
} w2v_analogy_method;

// Rows of a model as signed bytes with a scale for each, a quarter of the memory. A query uses them to rule
// out rows that cannot be answers, and scores the others by the model. It rules out most rows where vectors
// point into many directions, and few where most vectors have high cosines to each other.
typedef struct w2v_index w2v_index;

// Made by `threads` threads, 1024 at most; 0: the processors that this process may use. W2V_ERROR_MEMORY,
// W2V_ERROR_CPU.
W2V_API w2v_status w2v_index_new(w2v_index **index, const w2v_model *model, size_t threads, w2v_error *err);
W2V_API void w2v_index_free(w2v_index *index);  // NULL is allowed

typedef struct w2v_query_config {
    size_t struct_size;
    w2v_analogy_method method;   // W2V_ANALOGY_ADD
    size_t max_words;            // 0     only the first max_words words can be answers; 0: all
    const uint32_t *candidates;  // NULL  (candidate_count) only these ids can be answers, in any order;
    size_t candidate_count;      // 0     repeated ones count once
    float threshold;             // -2    no match with a lower score
    int keep_terms;              // 0     1: the words of the terms can be answers
    size_t threads;              // CPUs  1 .. 1024; the result does not depend on it
    const w2v_index *index;      // NULL  of this model, unchanged since: reads a quarter of the memory, for
                                 //       the same result
} w2v_query_config;

W2V__DECLARE_CONFIG(w2v_query_config);

// The best answers to questions. W2V_ANALOGY_ADD: the words with the highest cosine to sum_i weight_i x_i /
// |x_i| (3CosAdd, Mikolov et al. 2013, "Linguistic Regularities in Continuous Space Word Representations").
// W2V_ANALOGY_MUL: those with the highest product of p over the terms with weight 1, divided by that over the
// terms with weight -1 plus 0.001, if there are such; at most 96 terms. Best first; ties: lower id first.
// Words of the terms are left out, and words whose vector is not finite. Query i has match_counts[i] answers
// in matches[i * capacity] and after. capacity 0 is allowed: it checks the queries. A query has the same
// matches, to the bit, alone and among others, and with an index; many together take less time each. A term
// of a lone vector with weight 1 is not scaled: its scores are w2v_cosine's to the bit. Memory: 192 vectors
// (240 with an index), 4 bytes for each term and each candidate out of order and, for each thread, 8 bytes
// for each match of 96 queries, or of fewer if that is more than 16 MiB. On failure all counts are 0.
// W2V_ERROR_UNKNOWN_WORD names the word. W2V_ERROR_ARGUMENT: cfg; a candidate that is not an id; an index of
// another model; no terms; a weight of 0 (of W2V_ANALOGY_MUL: neither 1 nor -1); a vector or a sum that is
// not finite. W2V_ERROR_MEMORY. W2V_ERROR_CPU (see SIMD).
W2V_API w2v_status w2v_model_query(const w2v_model *model, const w2v_query *queries, size_t query_count,
                                   const w2v_query_config *cfg, w2v_match *matches, size_t capacity,
                                   size_t *match_counts, w2v_error *err);

// One query: w2v_model_query of the terms with the default configuration. matches has room for `capacity`
// words; *match_count is how many there are, 0 on failure.
W2V_API w2v_status w2v_model_most_similar(const w2v_model *model, const w2v_term *terms, size_t term_count,
                                          w2v_match *matches, size_t capacity, size_t *match_count,
                                          w2v_error *err);

// The words nearest to a word: w2v_model_most_similar of it alone.
W2V_API w2v_status w2v_model_nearest(const w2v_model *model, const char *word, w2v_match *matches,
                                     size_t capacity, size_t *match_count, w2v_error *err);

// a : b = c : ?, by w2v_model_most_similar of b - a + c.
W2V_API w2v_status w2v_model_analogy(const w2v_model *model, const char *a, const char *b, const char *c,
                                     w2v_match *matches, size_t capacity, size_t *match_count,
                                     w2v_error *err);

// The words nearest to a vector (dim), by w2v_model_query of it alone: the vector of a word finds that word
// first, or another whose vector has the same direction but for rounding. W2V_ERROR_ARGUMENT: a number is not
// finite.
W2V_API w2v_status w2v_model_nearest_to_vector(const w2v_model *model, const float *vector,
                                               w2v_match *matches, size_t capacity, size_t *match_count,
                                               w2v_error *err);

// *rank is 1 plus the number of words, but for `word` itself, that are nearer to `word` than `other` is.
// W2V_ERROR_UNKNOWN_WORD names the word; W2V_ERROR_ARGUMENT: a vector is not finite; W2V_ERROR_MEMORY;
// W2V_ERROR_CPU.
W2V_API w2v_status w2v_model_rank(const w2v_model *model, const char *word, const char *other, size_t *rank,
                                  w2v_error *err);

// The cosine of the vectors of two words, by w2v_cosine. W2V_ERROR_UNKNOWN_WORD names the word;
// W2V_ERROR_ARGUMENT: a vector is not finite; W2V_ERROR_CPU.
W2V_API w2v_status w2v_model_similarity(const w2v_model *model, const char *first, const char *second,
                                        float *cosine, w2v_error *err);

// Which of `count` words does not belong to the others: the one with the smallest cosine to the mean of x_i /
// |x_i|; ties: the first. *odd is its index in `words`. W2V_ERROR_ARGUMENT: fewer than three words (two are
// equally far from their mean), a word is NULL, or a vector is not finite. W2V_ERROR_UNKNOWN_WORD names the
// word; W2V_ERROR_MEMORY; W2V_ERROR_CPU.
W2V_API w2v_status w2v_model_odd_one_out(const w2v_model *model, const char *const *words, size_t count,
                                         size_t *odd, w2v_error *err);

// Evaluation. How words of an evaluation set and of the model are compared. In lower case several words of
// the model can be the same; a word of the set finds the first of them, which is the most frequent. Lower
// case is the simple mapping of Unicode 14 for ASCII and, in UTF-8, for Latin (U+00C0 .. U+024F, U+1E00 ..
// U+1EFF, fullwidth), Greek (U+0370 .. U+03FF, U+1F00 .. U+1FFF), Cyrillic (U+0400 .. U+052F), Armenian and
// Georgian (Mtavruli); a final sigma counts as a sigma. Other characters stay as they are, and so do U+023A
// and U+023E, whose lower case has more bytes. The mapping knows no languages: I and the Turkish dotted I
// (U+0130) become i, so Turkish words with a dotless i (U+0131) do not match their capitals. It knows no
// normal forms: composed and decomposed letters differ, and SS differs from U+00DF.
typedef enum w2v_case {
    W2V_CASE_EXACT,  // the same bytes
    W2V_CASE_LOWER   // the same in lower case
} w2v_case;

typedef struct w2v_analogy_config {
    size_t struct_size;
    w2v_analogy_method method;  // W2V_ANALOGY_ADD
    w2v_case letter_case;       // W2V_CASE_LOWER
    int skip_variants;          // 0        1: no word that differs from a, b or c only in case is an answer;
                                //          only for W2V_CASE_LOWER
    size_t max_words;           // 30000    only the first max_words words are known and can be answers; 0:
                                //          all
    size_t threads;             // CPUs     1 .. 1024; the result does not depend on it
} w2v_analogy_config;

W2V__DECLARE_CONFIG(w2v_analogy_config);

typedef struct w2v_analogy_counts {
    size_t lines;    // questions,
    size_t used;     // those whose four words the model has,
    size_t correct;  // and those of them that are answered correctly
} w2v_analogy_counts;

typedef struct w2v_analogy_section {
    char *name;     // what follows the colon, trimmed; "" for questions before the first heading
    int syntactic;  // 1 if the name begins with "gram", as in questions-words.txt
    w2v_analogy_counts counts;
} w2v_analogy_section;

typedef struct w2v_analogy_result {
    w2v_analogy_counts total, semantic, syntactic;  // total is the sum of the other two
    w2v_analogy_section *sections;                  // (section_count) in the order of the text
    size_t section_count;
} w2v_analogy_result;

// Answers the questions of a text: lines `a b c d`, words separated by white space, for a : b = c : d
// (Mikolov et al. 2013, questions-words.txt). `: name` begins a section. Blank lines and lines that begin
// with # (perhaps after blanks) are skipped; lines end with LF or CR LF; a UTF-8 byte order mark at the start
// is skipped. A question is used if the model knows its four words and their vectors are finite. a, b and c
// cannot be answers. If several words have the highest score, the first is the answer. Free *result with
// w2v_analogy_result_free. With W2V_CASE_LOWER an answer is correct if it is d in lower case, as in
// compute-accuracy of the original word2vec. There, `He` can be the answer to `boy girl he she`, and is
// wrong. With skip_variants no word that is a, b or c in lower case is an answer, as in gensim's
// evaluate_word_analogies with case_insensitive=True. W2V_ERROR_ARGUMENT: cfg, a source of ids or with
// weights. W2V_ERROR_IO. W2V_ERROR_FORMAT: a file that is not text; with the line: not four words, or a NUL
// byte. W2V_ERROR_EMPTY: no questions. W2V_ERROR_UNKNOWN_WORD: no question can be used; the message has the
// first word that is unknown or not finite. W2V_ERROR_MEMORY. W2V_ERROR_CPU (see SIMD).
W2V_API w2v_status w2v_model_evaluate_analogies(const w2v_model *model, const w2v_source *source,
                                                const w2v_analogy_config *cfg, w2v_analogy_result *result,
                                                w2v_error *err);

// Frees what *result points to and sets it to zero. NULL and a result of zeros are allowed.
W2V_API void w2v_analogy_result_free(w2v_analogy_result *result);

typedef struct w2v_similarity_config {
    size_t struct_size;
    w2v_case letter_case;  // W2V_CASE_LOWER
    size_t max_words;      // 0        only the first max_words words are known; 0: all
    size_t column;         // 3        of the score, 3 .. 64 (SimLex-999.txt: 4)
} w2v_similarity_config;

W2V__DECLARE_CONFIG(w2v_similarity_config);

typedef struct w2v_similarity_result {
    double spearman;  // correlation of the ranks, -1 .. 1; equal values share the mean of their ranks
                      // (Spearman 1904)
    double pearson;   // correlation of the scores with the cosines, -1 .. 1
    size_t lines;     // pairs,
    size_t used;      // and those whose two words the model has
} w2v_similarity_result;

// Compares the cosines of pairs of words with scores of people: lines `word word score` (WordSim-353,
// SimLex-999, MEN). A line has one separator: the tab if it has one, else the semicolon, else the comma, else
// runs of white space. White space beside a separator is trimmed; elsewhere it belongs to the word, as in
// `new york`. Two separators in a row enclose an empty column. Columns that are not needed are ignored. A
// score may have a decimal comma in lines with tabs or semicolons; `cat,dog,7,9` has four columns. The first
// line is the heading of a table, and skipped, if it has these columns, and its score is empty or does not
// begin as a number does (digit, sign, point or comma). Otherwise lines are read, and pairs used, as in
// w2v_model_evaluate_analogies, with the same W2V_ERROR_ARGUMENT. W2V_ERROR_IO. W2V_ERROR_FORMAT
// with the line: too few columns, a column of a word that is empty, a score that is not a number of at most
// 1e100 (below 1e-100 it counts as 0), or a NUL byte. W2V_ERROR_EMPTY: no pairs; or there is no correlation,
// since the scores, or the cosines, of all pairs used are the same. W2V_ERROR_UNKNOWN_WORD: no pair can be
// used; the message as there. W2V_ERROR_MEMORY. W2V_ERROR_CPU (see SIMD).
W2V_API w2v_status w2v_model_evaluate_similarity(const w2v_model *model, const w2v_source *source,
                                                 const w2v_similarity_config *cfg,
                                                 w2v_similarity_result *result, w2v_error *err);

// -----------------------------------------------------------------------------------------------------------------
// >>sentence (interface)
//
// The vector of a sentence, or of any other short text, is the sum of weight(w) x_w over its words that the
// model knows, divided by their number, without the directions that all sentences share. ASCII white space
// separates words, as in a corpus. Words whose vector is not finite, or of more than W2V_MAX_WORD bytes, are
// unknown.

// The weight of a word, with its count and `total`, the counts of all words of the model.
typedef enum w2v_weighting {
    W2V_WEIGHTING_MEAN,  // 1
    W2V_WEIGHTING_IDF,   // log(total / count), of the quotient as a float: of words of the corpus, not of
                         // its documents; a count of 0 is like 1
    W2V_WEIGHTING_SIF    // a / (a + count / total), "smooth inverse frequency" (Arora, Liang and Ma 2017, "A
                         // Simple but Tough-to-Beat Baseline for Sentence Embeddings"); use w2v_sentences_fit
} w2v_weighting;

typedef struct w2v_sentence_config {
    size_t struct_size;
    w2v_weighting weighting;  // W2V_WEIGHTING_MEAN
    int lower_case;           // 0     1: a word that the model lacks is looked up in lower case, see w2v_case
    int strip;                // 0     1: a word that it lacks even so is looked up again, in the same way,
                              //       without ASCII punctuation at its ends. What is all punctuation counts
                              //       neither as known nor as unknown
    size_t components;        // 1     common directions that w2v_sentences_fit finds, at most d
    size_t threads;           // CPUs  1 .. 1024, for fitting and reading; no result depends on it
    double smoothing;         // 1e-3  a of W2V_WEIGHTING_SIF, above 0, at most 1
} w2v_sentence_config;

W2V__DECLARE_CONFIG(w2v_sentence_config);

typedef struct w2v_sentence_counts {
    uint64_t known, unknown;  // words that the model has and lacks
} w2v_sentence_counts;

// The model must live longer. If its vectors change, common directions, and vectors of sentences that were
// read, are still those of the old ones. Free with w2v_sentences_free; NULL is allowed. W2V_ERROR_ARGUMENT:
// cfg; or the weights need counts, which the model lacks, as text and binary files do. (They are not guessed
// from the order of the words: not every file has the frequent ones first.) W2V_ERROR_MEMORY. W2V_ERROR_CPU
// (see SIMD).
typedef struct w2v_sentences w2v_sentences;
W2V_API w2v_status w2v_sentences_new(w2v_sentences **sentences, const w2v_model *model,
                                     const w2v_sentence_config *cfg, w2v_error *err);
W2V_API void w2v_sentences_free(w2v_sentences *sentences);

// Finds the common directions of the lines of a text: the first cfg.components principal directions, without
// centring, of their vectors (Arora et al. 2017); fewer if the next one has less than 2e-6 of the sum of all
// squares. Squares are floats: numbers below 1e-19 lose digits. From now on they are removed from vectors,
// instead of those that were found before. Takes d^2 doubles, 8 KiB d, and memory for the longest line, which
// the object keeps for the next text. counts, which may be NULL, receives the words of all lines.
// W2V_ERROR_ARGUMENT: sentences have been read already, a source of ids or with weights, or numbers of a
// sentence that are too large. W2V_ERROR_EMPTY: no line has a vector other than zero (components 0: no
// error). W2V_ERROR_FORMAT: not text, or with the line: a NUL byte. W2V_ERROR_IO. W2V_ERROR_MEMORY.
W2V_API w2v_status w2v_sentences_fit(w2v_sentences *sentences, const w2v_source *source,
                                     w2v_sentence_counts *counts, w2v_error *err);

// vector (d) of a text of n bytes; zeros if no word is known, or if nothing but rounding remains when the
// common directions are removed. counts may be NULL. W2V_ERROR_ARGUMENT: a NUL byte, or a sum that is not
// finite. W2V_ERROR_MEMORY.
W2V_API w2v_status w2v_sentences_vector(const w2v_sentences *sentences, const char *text, size_t n,
                                        float *vector, w2v_sentence_counts *counts, w2v_error *err);

// Reads the lines of a text and keeps them with their vectors, after those that were read before. counts and
// errors as for w2v_sentences_fit; an empty text is no error. Also W2V_ERROR_ARGUMENT: more than 2^32 - 1
// lines. w2v_sentences_size is the number of lines so far, empty ones included.
W2V_API w2v_status w2v_sentences_read(w2v_sentences *sentences, const w2v_source *source,
                                      w2v_sentence_counts *counts, w2v_error *err);
W2V_API size_t w2v_sentences_size(const w2v_sentences *sentences);

typedef struct w2v_sentence_match {
    const char *text;  // the line, ended by NUL; lives until the next w2v_sentences_read
    size_t number;     // of the line, from 0
    float score;       // cosine
} w2v_sentence_match;

// The lines that are most similar to a text of n bytes: those whose vectors have the highest cosine, best
// first. Ties: lower number first. Lines whose vector is zero are left out. matches has room for `capacity`
// lines; *match_count is how many there are, 0 on failure. Takes 8 bytes a match. W2V_ERROR_UNKNOWN_WORD: no
// word of the text is known. Other errors as for w2v_sentences_vector.
W2V_API w2v_status w2v_sentences_nearest(const w2v_sentences *sentences, const char *text, size_t n,
                                         w2v_sentence_match *matches, size_t capacity, size_t *match_count,
                                         w2v_error *err);

// Subtracts from the input vectors their mean, and from what remains its parts along its first `components`
// principal directions, 0 .. d; try d / 100 (Mu and Viswanath 2018, "All-but-the-Top: Simple and Effective
// Postprocessing for Word Representations"). Fewer are removed if the next one has less than 2e-6 of the sum
// of all squares, as in w2v_sentences_fit. In place: w2v_model_changed is called. Takes d^2 doubles and 4 KiB
// d. W2V_ERROR_ARGUMENT: components, a vector that is not finite, or numbers that are too large.
// W2V_ERROR_MEMORY. W2V_ERROR_CPU.
W2V_API w2v_status w2v_model_remove_top(w2v_model *model, size_t components, w2v_error *err);
#endif  // W2V_NO_VOCAB

#ifdef __cplusplus
}
#endif
#endif  // W2V_H_INCLUDED

// =============================================================================================================
//                                                 IMPLEMENTATION
// =============================================================================================================

#if defined(W2V_IMPLEMENTATION) && !defined(W2V_DECLARATIONS_ONLY) && !defined(W2V__IMPLEMENTATION_INCLUDED)
#define W2V__IMPLEMENTATION_INCLUDED
#define W2V__MAIN_PASS
#endif

#ifdef W2V__MAIN_PASS

// -----------------------------------------------------------------------------------------------------------------
// >>config (implementation)

#include <errno.h>
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifdef W2V__GNU
#pragma GCC diagnostic push
#if defined(W2V_NO_STDIO) || defined(W2V_NO_TRAIN)  // what is left out calls functions of what is not
#pragma GCC diagnostic ignored "-Wunused-function"
#endif
#endif
#if defined(__clang__)
#pragma clang diagnostic ignored "-Wunknown-warning-option"
#pragma clang diagnostic ignored "-Wnan-infinity-disabled"  // clang 18 and newer, with -ffast-math: see BITS
#endif

#if defined(W2V_MALLOC) && defined(W2V_REALLOC) && defined(W2V_FREE)
#elif !defined(W2V_MALLOC) && !defined(W2V_REALLOC) && !defined(W2V_FREE)
#define W2V_MALLOC(bytes) malloc(bytes)
#define W2V_REALLOC(p, bytes) realloc(p, bytes)
#define W2V_FREE(p) free(p)
#else
#error "w2v.h: define all of W2V_MALLOC, W2V_REALLOC and W2V_FREE, or none"
#endif

#ifndef W2V_ASSERT
#include <assert.h>
#define W2V_ASSERT(x) assert(x)
#endif

#if defined(__MINGW_PRINTF_FORMAT)
#define W2V__PRINTF_FORMAT __MINGW_PRINTF_FORMAT
#else
#define W2V__PRINTF_FORMAT printf
#endif

#ifdef W2V__GNU
#define W2V__INLINE static inline __attribute__((always_inline))
#define W2V__NOINLINE static __attribute__((noinline))
#define W2V__COLD __attribute__((cold))  // compiled for size: called once, or when something fails
#define W2V__PRINTF(a, b) __attribute__((format(W2V__PRINTF_FORMAT, a, b)))
#define W2V__PREFETCH(p) __builtin_prefetch(p)
#else
#if defined(_MSC_VER)
#define W2V__INLINE static __forceinline
#define W2V__NOINLINE static __declspec(noinline)
#else
#define W2V__INLINE static inline
#define W2V__NOINLINE static
#endif
#define W2V__COLD
#define W2V__PRINTF(a, b)
#define W2V__PREFETCH(p) ((void)(p))
#endif
#if defined(W2V__PREFETCH_TO_WRITE)  // by a test
#elif defined(W2V__GNU)
#define W2V__PREFETCH_TO_WRITE(p) __builtin_prefetch(p, 1)  // takes the line away from other cores at once
#else
#define W2V__PREFETCH_TO_WRITE(p) ((void)(p))
#endif
#if defined(__clang__)
#define W2V__UNROLL _Pragma("clang loop unroll(full)")
#elif defined(W2V__GNU)
#define W2V__UNROLL _Pragma("GCC unroll 32")
#else
#define W2V__UNROLL
#endif
// Around functions that no inner loop calls: gcc makes smaller code of them, and compiles the header faster.
#if defined(W2V__GNU) && !defined(__clang__) && defined(__OPTIMIZE__) && !defined(__OPTIMIZE_SIZE__)
#define W2V__COLD_BEGIN _Pragma("GCC push_options") _Pragma("GCC optimize(\"Os\")")
#define W2V__COLD_END _Pragma("GCC pop_options")
#else
#define W2V__COLD_BEGIN
#define W2V__COLD_END
#endif

W2V_API const char *w2v_status_string(w2v_status status)
{
    switch (status) {
#define W2V__STATUS_CASE(name, value, text) \
    case name: return text;
        W2V__STATUS_LIST(W2V__STATUS_CASE)
#undef W2V__STATUS_CASE
    }
    return "unknown status";
}

// The character at s, in UTF-8, and how many bytes it has; 0 bytes if it is not well formed.
static size_t w2v__utf8_character(const char *s, uint32_t *code)
{
    static const uint32_t smallest[5] = {0, 0, 0x80, 0x800, 0x10000};  // code point of each length
    const unsigned char *u = (const unsigned char *)s;
    const size_t n = *u < 0x80 ? 1 : *u >> 5 == 6 ? 2 : *u >> 4 == 14 ? 3 : *u >> 3 == 30 ? 4 : 0;
    *code = n == 1 ? *u : *u & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if (u[i] >> 6 != 2) return 0;
        *code = *code << 6 | (u[i] & 0x3f);
    }
    return *code < smallest[n] || *code > 0x10ffff || (*code >> 11) == 0x1b ? 0 : n;
}

// Writes a character in UTF-8; returns how many bytes it has.
static size_t w2v__utf8_put(char *out, uint32_t code)
{
    const unsigned more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;  // after the first
    *out++ = (char)(more ? (0xff00u >> (more + 1) & 0xff) | code >> (6 * more) : code);
    for (unsigned k = more; k-- > 0;) *out++ = (char)(0x80 | (code >> (6 * k) & 0x3f));
    return more + 1;
}

// White space of corpora and of text files: all of it, and whether a byte is some.
#define W2V__WHITE_SPACE " \t\n\v\f\r"
W2V__INLINE int w2v__is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// Copies text, as much as fits, with every byte that a terminal does not show as \xNN: control characters,
// zero-width spaces, byte order marks and the like.
static void w2v__copy_visible(char *out, size_t room, const char *text)
{
    // controls, separators, and what Unicode calls Default_Ignorable_Code_Point
    static const uint32_t hidden[][2] = {
        {0, 0x1f},        {0x7f, 0xa0},       {0xad, 0xad},       {0x34f, 0x34f},    {0x61c, 0x61c},
        {0x115f, 0x1160}, {0x17b4, 0x17b5},   {0x180b, 0x180f},   {0x200b, 0x200f},  {0x2028, 0x202e},
        {0x2060, 0x206f}, {0x3164, 0x3164},   {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},  {0xffa0, 0xffa0},
        {0xfff0, 0xffff}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff}};
    size_t n = 0;
    while (*text) {
        uint32_t code;
        const size_t bytes = w2v__utf8_character(text, &code), from = bytes ? bytes : 1;
        int visible = bytes > 0;
        for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
            if (code >= hidden[i][0] && code <= hidden[i][1]) visible = 0;
        const size_t to = visible ? from : 4 * from;
        if (n + to >= room) break;
        for (size_t i = 0; i < from; i++) {
            if (visible)
                out[n++] = text[i];
            else
                n += (size_t)snprintf(out + n, room - n, "\\x%02x", (unsigned)(unsigned char)text[i]);
        }
        text += from;
    }
    out[n] = 0;
}

W2V_API uint32_t w2v_version(void) { return W2V_VERSION_NUMBER; }

// Puts the sentence into err, if there is one, and returns the status:
// `return w2v__fail(err, W2V_ERROR_IO, ...)`.
W2V__COLD W2V__NOINLINE W2V__PRINTF(3, 4) w2v_status
    w2v__fail(w2v_error *err, w2v_status status, const char *format, ...)
{
    if (err) {
        char text[sizeof err->message];  // names of files and words may hold any byte
        va_list args;
        va_start(args, format);
        vsnprintf(text, sizeof text, format, args);
        va_end(args);
        w2v__copy_visible(err->message, sizeof err->message, text);
    }
    return status;
}

// Adds to the message of a failure what can be done.
static w2v_status w2v__add_remedy(w2v_status status, const char *remedy, w2v_error *err)
{
    const size_t n = err ? strlen(err->message) : 0;
    if (err) snprintf(err->message + n, sizeof err->message - n, "%s", remedy);
    return status;
}

W2V__COLD W2V__NOINLINE w2v_status w2v__no_memory(w2v_error *err, uint64_t bytes)
{
    return w2v__fail(err, W2V_ERROR_MEMORY, "out of memory: cannot allocate %llu bytes",
                     (unsigned long long)bytes);
}

// a * b, or SIZE_MAX (which no allocation grants) if that overflows.
W2V__NOINLINE size_t w2v__mul(size_t a, size_t b) { return b && a > SIZE_MAX / b ? SIZE_MAX : a * b; }

W2V__NOINLINE size_t w2v__add(size_t a, size_t b) { return a > SIZE_MAX - b ? SIZE_MAX : a + b; }

W2V__INLINE size_t w2v__min_size(size_t a, size_t b) { return a < b ? a : b; }

// With -ffast-math compilers assume that results are finite, and newer ones fold tests of their bits. A
// volatile copy hides the value from them.
#if (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__) || defined(_M_FP_FAST)
#define W2V__RESULT volatile
#else
#define W2V__RESULT
#endif

W2V__INLINE uint32_t w2v__bits_of_float(float x)
{
    const W2V__RESULT float result = x;
    const float seen = result;
    uint32_t bits;
    memcpy(&bits, &seen, sizeof bits);
    return bits;
}

W2V__INLINE float w2v__float_of_bits(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

W2V__INLINE uint64_t w2v__bits_of_double(double x)
{
    const W2V__RESULT double result = x;
    const double seen = result;
    uint64_t bits;
    memcpy(&bits, &seen, sizeof bits);
    return bits;
}

// Whether a number is finite, by its bits, since -ffast-math takes every number for finite. (>>kernels has
// the same for arrays.)
W2V__INLINE int w2v__is_finite(float x) { return (w2v__bits_of_float(x) & 0x7fffffffu) < 0x7f800000u; }

W2V__INLINE int w2v__is_finite_double(double x)
{
    return (w2v__bits_of_double(x) & UINT64_C(0x7fffffffffffffff)) < UINT64_C(0x7ff0000000000000);
}

// Whether x is a positive normal float: neither zero, negative, subnormal, infinite nor NaN.
W2V__INLINE int w2v__is_ordinary(float x) { return w2v__bits_of_float(x) - 0x00800000u < 0x7f000000u; }

W2V__NOINLINE void *w2v__malloc(size_t bytes)
{
    return bytes == SIZE_MAX ? NULL : W2V_MALLOC(bytes ? bytes : 1);
}

// Room for n items of `bytes` each. NULL if there is none, or n * bytes overflows; then err says so.
W2V__NOINLINE void *w2v__new(size_t n, size_t bytes, w2v_error *err)
{
    void *p = w2v__malloc(w2v__mul(n, bytes));
    if (!p) w2v__no_memory(err, w2v__mul(n, bytes));
    return p;
}

// The same, filled with zeros.
W2V__NOINLINE void *w2v__new_zeros(size_t n, size_t bytes, w2v_error *err)
{
    void *p = w2v__new(n, bytes, err);
    if (p) memset(p, 0, n * bytes);
    return p;
}

// Makes room for at least n items of `bytes` each in an array that grows by doubling. `array` points to the
// pointer to its first item; *capacity is the room there is. On failure nothing changes.
static w2v_status w2v__grow(void *array, size_t *capacity, size_t n, size_t bytes, w2v_error *err)
{
    if (n <= *capacity) return W2V_OK;
    const size_t twice = w2v__mul(*capacity, 2), room = n > twice ? n : twice, all = w2v__mul(room, bytes);
    void *items;
    memcpy(&items, array, sizeof items);  // whatever the type of the items
    items = all == SIZE_MAX ? NULL : W2V_REALLOC(items, all);
    if (!items) return w2v__no_memory(err, all);
    memcpy(array, &items, sizeof items);
    *capacity = room;
    return W2V_OK;
}

#if defined(__linux__)
#include <sys/mman.h>
#include <sys/syscall.h>
#endif

// Bytes between what two threads write: cache lines have 64, and some processors fetch pairs.
enum { W2V__LINES = 128 };

// The first multiple of `align` that leaves room before it for the pointer to free.
static char *w2v__border(char *base, size_t align)
{
    const size_t used = ((uintptr_t)base + sizeof(void *)) % align;
    return base + sizeof(void *) + (used ? align - used : 0);
}

// Asks for huge pages where they lie in p[0 .. bytes - 1] as a whole.
static void w2v__ask_huge_pages(char *p, size_t bytes)
{
    const size_t huge = (size_t)2 << 20, skip = (huge - (uintptr_t)p % huge) % huge;
#ifdef MADV_HUGEPAGE
    const size_t whole = bytes > skip ? (bytes - skip) / huge * huge : 0;
    if (whole) madvise(p + skip, whole, MADV_HUGEPAGE);  // advice: whether it was taken does not matter
#else
    (void)bytes, (void)skip;
#endif
}

// As w2v__new, but zeroed, and it shares no cache line with other memory; on a 2 MiB border and in huge pages
// if there is enough of it, because rows are visited at random and the TLB would miss on nearly every one.
// Free with w2v__free_aligned.
W2V__NOINLINE void *w2v__new_aligned(size_t n, size_t bytes, w2v_error *err)
{
    const size_t all = w2v__mul(n, bytes), huge = (size_t)2 << 20,
                 align = all >= 2 * huge ? huge : (size_t)W2V__LINES;
    char *base = (char *)w2v__malloc(w2v__add(all, align + sizeof(void *) + W2V__LINES));
    if (!base) {
        w2v__no_memory(err, all);
        return NULL;
    }
    char *p = w2v__border(base, align);
    memcpy(p - sizeof(void *), &base, sizeof(void *));
    if (align == huge) w2v__ask_huge_pages(p, all);
    memset(p, 0, all);
    return p;
}

W2V__NOINLINE float *w2v__new_floats(size_t n, w2v_error *err)
{
    return (float *)w2v__new_aligned(n, sizeof(float), err);
}

// Realloc for aligned memory: room for `bytes`, on a cache line of its own, with what fits of the old_bytes
// at `old`, which is NULL or came from this function. NULL, with nothing changed, if there is no memory. A
// realloc that moves pages instead of bytes, as in Linux, never needs both. Free with w2v__free_aligned.
static void *w2v__resize_aligned(void *old, size_t old_bytes, size_t bytes)
{
    const size_t all = w2v__add(bytes, sizeof(void *) + 2 * W2V__LINES);
    char *base = NULL;
    if (old) memcpy(&base, (char *)old - sizeof(void *), sizeof(void *));
    const size_t before = old ? (size_t)((char *)old - base) : 0;
    base = all == SIZE_MAX ? NULL : (char *)W2V_REALLOC(base, all);
    if (!base) return NULL;
    char *p = w2v__border(base, W2V__LINES);
    if (old && p != base + before) memmove(p, base + before, w2v__min_size(old_bytes, bytes));
    memcpy(p - sizeof(void *), &base, sizeof(void *));
    if (!old) w2v__ask_huge_pages(p, bytes);  // later Linux would copy: it moves only one kind of pages
    return p;
}

W2V__NOINLINE void w2v__free_aligned(void *p)
{
    if (!p) return;
    void *base;
    memcpy(&base, (char *)p - sizeof(void *), sizeof(void *));
    W2V_FREE(base);
}

// Parts of one piece of memory, each on a cache line of its own. What is carved is carved twice: once while
// there is no memory, which only counts the bytes, and once after they have been allocated.
typedef struct w2v__arena {
    char *memory;
    size_t bytes;
} w2v__arena;
#define W2V__CARVE(arena, type, n) ((type *)w2v__carve(arena, n, sizeof(type)))

static void *w2v__carve(w2v__arena *arena, size_t n, size_t bytes)
{
    void *const part = arena->memory ? arena->memory + arena->bytes : NULL;
    arena->bytes = w2v__add(arena->bytes, w2v__mul(w2v__add(w2v__mul(n, bytes), 63) / 64, 64));
    return part;
}

#if defined(_WIN32)
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <windows.h>
#elif !defined(W2V_NO_THREADS)
#include <pthread.h>
#include <sched.h>
#endif
#if !defined(_WIN32)
#include <unistd.h>
#elif !defined(W2V_NO_STDIO)
#include <io.h>
#endif
#ifndef W2V_NO_STDIO
#include <fcntl.h>
#include <sys/stat.h>
#if !defined(_WIN32)
#include <sys/mman.h>
#endif
#endif

W2V__COLD_BEGIN
// Seconds since some moment in the past.
W2V__NOINLINE double w2v__seconds(void)
{
#if defined(_WIN32)
    LARGE_INTEGER count, frequency;
    QueryPerformanceCounter(&count);
    QueryPerformanceFrequency(&frequency);
    return (double)count.QuadPart / (double)frequency.QuadPart;
#elif defined(CLOCK_MONOTONIC)
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
#elif defined(TIME_UTC)
    struct timespec t;
    timespec_get(&t, TIME_UTC);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
#else
    return (double)time(NULL);
#endif
}

// The processors that this process may use. MADV_HUGEPAGE tells that the
// C library shows more than POSIX, syscall() too.
static size_t w2v__cpus(void)
{
#if defined(W2V_NO_THREADS)
    return 1;
#elif defined(_WIN32)
    DWORD_PTR mine, all;
    size_t n = 0;
    if (!GetProcessAffinityMask(GetCurrentProcess(), &mine, &all)) return 1;
    for (; mine; mine &= mine - 1) n++;
    return n ? n : 1;
#else
#if defined(__linux__) && defined(MADV_HUGEPAGE) && defined(SYS_sched_getaffinity)
    unsigned char mask[8192 / CHAR_BIT] = {0};  // which MSan does not see written
    const long bytes = syscall(SYS_sched_getaffinity, 0, sizeof mask, mask);
    size_t allowed = 0;
    for (long i = 0; i < bytes; i++)
        for (unsigned m = mask[i]; m; m &= m - 1) allowed++;
    if (allowed) return allowed;
#endif
    const long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : (size_t)n;
#endif
}

#if defined(W2V_NO_THREADS)
typedef int w2v__mutex;
typedef int w2v__condition;
static void w2v__mutex_init(w2v__mutex *m) { *m = 0; }
static void w2v__mutex_free(w2v__mutex *m) { (void)m; }
static void w2v__lock(w2v__mutex *m) { (void)m; }
static void w2v__unlock(w2v__mutex *m) { (void)m; }
static void w2v__condition_init(w2v__condition *c) { *c = 0; }
static void w2v__condition_free(w2v__condition *c) { (void)c; }
static void w2v__wait(w2v__condition *c, w2v__mutex *m) { (void)c, (void)m; }
static void w2v__wake_all(w2v__condition *c) { (void)c; }
static void w2v__yield(void) {}
#elif defined(_WIN32)
typedef CRITICAL_SECTION w2v__mutex;
typedef CONDITION_VARIABLE w2v__condition;
typedef HANDLE w2v__thread;
static void w2v__mutex_init(w2v__mutex *m) { InitializeCriticalSection(m); }
static void w2v__mutex_free(w2v__mutex *m) { DeleteCriticalSection(m); }
static void w2v__lock(w2v__mutex *m) { EnterCriticalSection(m); }
static void w2v__unlock(w2v__mutex *m) { LeaveCriticalSection(m); }
static void w2v__condition_init(w2v__condition *c) { InitializeConditionVariable(c); }
static void w2v__condition_free(w2v__condition *c) { (void)c; }
static void w2v__wait(w2v__condition *c, w2v__mutex *m) { SleepConditionVariableCS(c, m, INFINITE); }
static void w2v__wake_all(w2v__condition *c) { WakeAllConditionVariable(c); }
static void w2v__yield(void) { SwitchToThread(); }
#else
typedef pthread_mutex_t w2v__mutex;
typedef pthread_cond_t w2v__condition;
typedef pthread_t w2v__thread;
static void w2v__mutex_init(w2v__mutex *m) { pthread_mutex_init(m, NULL); }
static void w2v__mutex_free(w2v__mutex *m) { pthread_mutex_destroy(m); }
static void w2v__lock(w2v__mutex *m) { pthread_mutex_lock(m); }
static void w2v__unlock(w2v__mutex *m) { pthread_mutex_unlock(m); }
static void w2v__condition_init(w2v__condition *c) { pthread_cond_init(c, NULL); }
static void w2v__condition_free(w2v__condition *c) { pthread_cond_destroy(c); }
static void w2v__wait(w2v__condition *c, w2v__mutex *m) { pthread_cond_wait(c, m); }
static void w2v__wake_all(w2v__condition *c) { pthread_cond_broadcast(c); }
static void w2v__yield(void) { sched_yield(); }
#endif

typedef void (*w2v__work_fn)(void *shared, size_t thread);

#if defined(W2V_NO_THREADS)
static void w2v__parallel(size_t threads, w2v__work_fn work_fn, void *shared)
{
    (void)threads;
    work_fn(shared, 0);
}
#else
typedef struct w2v__job {
    w2v__work_fn work_fn;
    void *shared;
    size_t thread;
    w2v__thread handle;
} w2v__job;

#if defined(_WIN32)
static DWORD WINAPI w2v__thread_main(void *p)
#else
static void *w2v__thread_main(void *p)
#endif
{
    w2v__job *job = (w2v__job *)p;
    job->work_fn(job->shared, job->thread);
    return 0;
}

// Runs work_fn(shared, 0 .. threads - 1), number 0 on the calling thread, and waits for all. The work has to
// come from a shared queue: if the system refuses a thread, the others do its share.
static void w2v__parallel(size_t threads, w2v__work_fn work_fn, void *shared)
{
    w2v__job *job = threads > 1 ? (w2v__job *)w2v__malloc(w2v__mul(threads, sizeof *job)) : NULL;
    size_t end = 1;
    for (; job && end < threads; end++) {
        w2v__job *j = &job[end];
        j->work_fn = work_fn;
        j->shared = shared;
        j->thread = end;
#if defined(_WIN32)
        j->handle = CreateThread(NULL, 0, w2v__thread_main, j, 0, NULL);
        if (!j->handle) break;
#else
        if (pthread_create(&j->handle, NULL, w2v__thread_main, j)) break;
#endif
    }
    work_fn(shared, 0);
    for (size_t i = 1; i < end; i++) {
#if defined(_WIN32)
        WaitForSingleObject(job[i].handle, INFINITE);
        CloseHandle(job[i].handle);
#else
        pthread_join(job[i].handle, NULL);
#endif
    }
    W2V_FREE(job);
}
#endif

// Calls item_fn(shared, 0 .. items - 1, thread) on `threads` threads, each item once, in no particular order.
typedef void (*w2v__item_fn)(void *shared, size_t item, size_t thread);

typedef struct w2v__items {
    w2v__item_fn item_fn;
    void *shared;
    size_t next, end;
    w2v__mutex mutex;
} w2v__items;

static void w2v__items_work(void *shared, size_t thread)
{
    w2v__items *all = (w2v__items *)shared;
    for (;;) {
        w2v__lock(&all->mutex);
        const size_t item = all->next;
        all->next += item < all->end;
        w2v__unlock(&all->mutex);
        if (item == all->end) return;
        all->item_fn(all->shared, item, thread);
    }
}

static void w2v__for_each(size_t items, size_t threads, w2v__item_fn item_fn, void *shared)
{
    w2v__items all;
    all.item_fn = item_fn;
    all.shared = shared;
    all.next = 0;
    all.end = items;
    w2v__mutex_init(&all.mutex);
    w2v__parallel(w2v__min_size(threads, items), w2v__items_work, &all);
    w2v__mutex_free(&all.mutex);
}
W2V__COLD_END

#define W2V__HASH_START UINT64_C(14695981039346656037)

static uint64_t w2v__hash_bytes(uint64_t h, const void *data, size_t n)  // FNV-1a
{
    const unsigned char *p = (const unsigned char *)data;
    for (size_t i = 0; i < n; i++) h = (h ^ p[i]) * UINT64_C(1099511628211);
    return h;
}

W2V__UNUSED static const double w2v__power10[23] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

// x * 10^e in steps that double can hold.
static double w2v__scale10(double x, int e)
{
    for (; e > 22; e -= 22) x *= 1e22;
    for (; e < -22; e += 22) x /= 1e22;
    return e < 0 ? x / w2v__power10[-e] : x * w2v__power10[e];
}

// The shortest digits (6 to 9 are tried, 9 always do) that read back as x > 0, even by a reader whose
// arithmetic errs by a few parts in 10^13: x = digits * 10^(*exponent - 8), 10^8 <= digits < 10^9.
static uint32_t w2v__shortest(float x, int *exponent)
{
    int e = (int)floor(log10((double)x));
    double scaled = w2v__scale10((double)x, 8 - e);
    if (scaled < 1e8) scaled = w2v__scale10((double)x, 8 - --e);  // log10 may be off at powers of ten
    if (scaled >= 1e9) scaled = w2v__scale10((double)x, 8 - ++e);
    double digits = floor(scaled + 0.5);
    for (int p = 8; p >= 6; p--) {  // fewer for as long as they read back: most numbers need 8 or 9
        const double unit = w2v__power10[9 - p], fewer = floor(scaled / unit + 0.5) * unit,
                     decimal = w2v__scale10(fewer, e - 8);
        if ((float)(decimal * (1.0 + 1e-12)) > x || (float)(decimal * (1.0 - 1e-12)) < x) break;
        digits = fewer;
    }
    if (digits >= 1e9) digits = 1e8, e++;  // 9.999996 became 10
    *exponent = e;
    return (uint32_t)digits;
}

// Writes x, which is finite, without depending on the locale, at most 16 bytes; returns how many.
static size_t w2v__write_float(char *out, float x)
{
    char *p = out;
    if (signbit(x)) *p++ = '-', x = -x;
    if (x <= 0.0f) return *p++ = '0', (size_t)(p - out);
    int e, n = 9;
    uint32_t digits = w2v__shortest(x, &e);
    char digit[9];
    for (int i = 9; i-- > 0; digits /= 10) digit[i] = (char)('0' + digits % 10);
    while (n > 1 && digit[n - 1] == '0') n--;
    if (e < -4 || e > 8) {  // d.ddde-XX
        *p++ = digit[0];
        if (n > 1) *p++ = '.';
        for (int i = 1; i < n; i++) *p++ = digit[i];
        *p++ = 'e';
        *p++ = e < 0 ? '-' : '+';
        *p++ = (char)('0' + abs(e) / 10);
        *p++ = (char)('0' + abs(e) % 10);
    } else {
        if (e < 0) *p++ = '0', *p++ = '.';
        for (int i = e + 1; i < 0; i++) *p++ = '0';
        for (int i = 0; i < n || i <= e; i++) {
            if (i == e + 1 && e >= 0) *p++ = '.';
            *p++ = i < n ? digit[i] : '0';
        }
    }
    return (size_t)(p - out);
}

// m * 10^e as a float: the nearest for m < 2^53 and |e| <= 22, and for all that w2v__write_float writes.
static float w2v__compose_float(uint64_t m, int e)
{
    double q = w2v__scale10((double)m, e);
    uint64_t bits = w2v__bits_of_double(q);
    if ((bits & 0x1fffffff) == 0x10000000 && abs(e) <= 22) {  // q lies between two floats: on which side?
        const double p = w2v__power10[abs(e)], rest = e < 0 ? -fma(q, p, -(double)m) : fma((double)m, p, -q);
        if (rest > 0.0) bits++;
        if (rest < 0.0) bits--;
        memcpy(&q, &bits, sizeof q);
    }
    return (float)q;
}

W2V__INLINE int w2v__is_digit(char c) { return c >= '0' && c <= '9'; }

// Splits a decimal number into m * 10^e with m < 10^18. 0 unless it fills text[0 .. n - 1].
W2V__INLINE int w2v__read_decimal(const char *text, size_t n, int *negative, uint64_t *m, int *e)
{
    const char *p = text, *end = text + n;
    int any = 0;
    *negative = *e = 0;
    *m = 0;
    if (p < end && (*p == '-' || *p == '+')) *negative = *p++ == '-';
    for (int point = 0; p < end && (w2v__is_digit(*p) || (*p == '.' && !point)); p++) {
        if (*p == '.') {
            point = 1;
            continue;
        }
        any = 1;
        if (*m < UINT64_C(100000000000000000))
            *m = *m * 10 + (uint64_t)(*p - '0'), *e -= point;
        else
            *e += !point;  // beyond 18 digits only the place counts
    }
    if (any && p < end && (*p == 'e' || *p == 'E')) {
        int sign = 1, k = 0;
        if (++p < end && (*p == '-' || *p == '+')) sign = *p++ == '-' ? -1 : 1;
        for (any = 0; p < end && w2v__is_digit(*p); p++, any = 1) k = k < 10000 ? k * 10 + (*p - '0') : k;
        *e += sign * k;
    }
    *e = *e < -400 ? -400 : *e > 400 ? 400 : *e;  // 0 and infinity all the same
    return any && p == end;
}

// Reads a decimal number that fills text[0 .. n - 1] exactly; 0 if it
// does not, or if the number is not finite as a float.
static int w2v__read_float(const char *text, size_t n, float *x)
{
    uint64_t m;
    int e, negative;
    if (!w2v__read_decimal(text, n, &negative, &m, &e)) return 0;
    *x = m ? w2v__compose_float(m, e) : 0.0f;
    if (negative) *x = -*x;
    return w2v__is_finite(*x);
}

#ifdef W2V__GNU
// A byte in each of eight places, and the eight bytes at p, the first of them the lowest.
#define W2V__EIGHT(byte) (UINT64_C(0x0101010101010101) * (byte))
W2V__INLINE uint64_t w2v__load_eight(const char *p)
{
    const uint64_t one = 1;
    char little_endian;
    uint64_t v = 0;
    memcpy(&little_endian, &one, 1);
    if (little_endian)
        memcpy(&v, p, sizeof v);
    else
        for (int i = 8; i-- > 0;) v = v << 8 | (unsigned char)p[i];
    return v;
}

// 0x80 in the place of every byte that is a blank or a control character. One that follows a byte of 0x80 or
// more may be missed.
W2V__INLINE uint64_t w2v__find_blanks(uint64_t v)
{
    return ~((v + W2V__EIGHT(0x7f - ' ')) | v) & W2V__EIGHT(0x80);
}

// Adds the number that the last k of eight characters make to *m; 0 if they are not all digits.
W2V__INLINE int w2v__add_digits(uint64_t eight, size_t k, uint64_t unit, uint64_t *m)
{
    const uint64_t last = UINT64_MAX << 4 * (8 - k) << 4 * (8 - k);
    uint64_t v = (eight ^ W2V__EIGHT('0')) & last;
    const int digits = !((v | (v + W2V__EIGHT(0x7f - 9))) & W2V__EIGHT(0x80));
    v = (10 * v + (v >> 8)) & UINT64_C(0x00ff00ff00ff00ff);  // pairs
    v = (100 * v + (v >> 16)) & UINT64_C(0x0000ffff0000ffff);
    *m += unit * ((10000 * v + (v >> 32)) & UINT64_C(0xffffffff));
    return digits;
}

// Reads the number that ends before `end` and begins after a blank if it is as most are: perhaps a sign, a
// digit, a point and digits, 15 characters at most. Nearly without branches, which would often be
// mispredicted; the bits are those of w2v__read_float. Returns the length of the number, or 0 if it is
// something else. 16 bytes before `end` must be readable.
W2V__INLINE size_t w2v__read_usual(const char *end, float *x)
{
    const uint64_t late = w2v__load_eight(end - 8), early = w2v__load_eight(end - 16),
                   in_late = w2v__find_blanks(late), in_early = w2v__find_blanks(early);
    if (!(in_late | in_early) || in_late >> 63) return 0;
    const size_t n = (size_t)__builtin_clzll(in_late ? in_late : in_early) / 8 + (in_late ? 0 : 8);
    const char *p = end - n, before = p[-1];
    const size_t sign = *p == '-', digits = n - sign - 2;
    if (n < sign + 3 || (before != ' ' && before != '\t') || !w2v__is_digit(p[sign]) || p[sign + 1] != '.')
        return 0;
    uint64_t m = (uint64_t)(p[sign] - '0') * (uint64_t)w2v__power10[digits];
    const int whole = w2v__add_digits(late, w2v__min_size(digits, 8), 1, &m) &
                      w2v__add_digits(early, digits > 8 ? digits - 8 : 0, 100000000, &m);
    if (!whole) return 0;
    *x = (sign ? -1.0f : 1.0f) * w2v__compose_float(m, -(int)digits);
    return n;
}
#else
W2V__INLINE size_t w2v__read_usual(const char *end, float *x) { return (void)end, (void)x, (size_t)0; }
#endif

// As w2v__read_float, for a double: the nearest one (of the first 18 digits).
static int w2v__read_double(const char *text, size_t n, double *x)
{
    uint64_t m;
    int e, negative;
    if (!w2v__read_decimal(text, n, &negative, &m, &e)) return 0;
    double high = (double)m, low = (double)(int64_t)(m - (uint64_t)high);  // low: what is rounded away
    for (int step; e; e -= step) {
        step = e < -22 ? -22 : e > 22 ? 22 : e;
        const double p = w2v__power10[abs(step)], q = step < 0 ? high / p : high * p;
        low = step < 0 ? (fma(-q, p, high) + low) / p : fma(high, p, -q) + low * p;
        high = q;
    }
    *x = negative ? -(high + low) : high + low;
    return w2v__is_finite_double(*x);
}

// Writes x without depending on the locale: the shortest number, of 6 digits or more without trailing zeros,
// that w2v__read_double takes back to x.
static void w2v__write_double(char out[32], double x)
{
    for (int digits = 6; digits <= 17; digits++) {
        double back = 0.0;
        snprintf(out, 32, "%.*g", digits, x);
        if (!w2v__is_finite_double(x)) return;
        char *point = out + strspn(out, "+-0123456789e");
        const size_t bytes = strcspn(point, "+-0123456789e");  // of the decimal point, whatever that is here
        if (bytes) memmove(point + 1, point + bytes, strlen(point + bytes) + 1), *point = '.';
        if (w2v__read_double(out, strlen(out), &back) && !memcmp(&back, &x, sizeof x)) return;
    }
}

// Whether text[0 .. n - 1] is a whole number below 2^64, without a sign.
static int w2v__read_whole_number(const char *text, size_t n, uint64_t *number)
{
    *number = 0;
    for (size_t i = 0; i < n; i++) {
        const unsigned digit = (unsigned)(text[i] - '0');
        if (!w2v__is_digit(text[i]) || *number > (UINT64_MAX - digit) / 10) return 0;
        *number = 10 * *number + digit;
    }
    return n > 0;
}

static double w2v__double_of_bits(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

// What is known of a configuration: its fields after struct_size, in their order. A struct ends where its
// last field ends, so a field that is added to it does not begin inside an older one. The value of a field is
// passed as 64 bits: a whole number, the number of a name, or a double.
typedef struct w2v__config_table {
    const char *name;        // "w2v_config"
    const w2v_field *field;  // (count)
    size_t count, bytes;     // fields, and the size of the struct
    // Checks what two fields together must be; NULL if there is nothing.
    w2v_status (*check_fn)(const void *cfg, w2v_error *err);
} w2v__config_table;

// A row of such a table; W2V__CONFIG is the struct.
#define W2V__FIELD(name, type, initial, lowest, highest, names, about)                                     \
    {#name, type, offsetof(W2V__CONFIG, name), sizeof(((W2V__CONFIG *)0)->name), initial, lowest, highest, \
     names, about}
#define W2V__NUMBER(name, type, initial, lowest, highest, about) \
    W2V__FIELD(name, W2V_FIELD_##type, initial, lowest, highest, NULL, about)
#define W2V__ENUM(name, initial, names, about) \
    W2V__FIELD(name, W2V_FIELD_ENUM, initial, NULL, NULL, names, about)
#define W2V__FLAG(name, about) W2V__FIELD(name, W2V_FIELD_FLAG, "0", NULL, NULL, "0 1", about)
#define W2V__POINTER(name, initial, about) \
    W2V__FIELD(name, W2V_FIELD_POINTER, initial, NULL, NULL, NULL, about)

// Fields of enumerations are read and written as ints: -fshort-enums will not do.
typedef char
    w2v__enum_is_int[sizeof(w2v_status) == sizeof(int) && sizeof(w2v_optimizer) == sizeof(int) ? 1 : -1];

// The functions of a configuration.
#define W2V__DEFINE_CONFIG(config, fields, check_fn)                                                     \
    static const w2v__config_table fields##_table = {#config, fields, sizeof(fields) / sizeof *(fields), \
                                                     sizeof(config), check_fn};                          \
    W2V_API size_t config##_size(void) { return sizeof(config); }                                        \
    W2V_API void config##_init(config *cfg, size_t struct_size)                                          \
    {                                                                                                    \
        w2v__config_init(&fields##_table, cfg, struct_size);                                             \
    }                                                                                                    \
    W2V_API w2v_status config##_check(const config *cfg, w2v_error *err)                                 \
    {                                                                                                    \
        config whole;                                                                                    \
        return w2v__config_take(&fields##_table, &whole, cfg, err);                                      \
    }                                                                                                    \
    W2V_API w2v_status config##_set(config *cfg, const char *name, const char *value, w2v_error *err)    \
    {                                                                                                    \
        return w2v__config_set(&fields##_table, cfg, name, value, err);                                  \
    }                                                                                                    \
    W2V_API w2v_status config##_get(const config *cfg, const char *name, char *text, size_t room,        \
                                    w2v_error *err)                                                      \
    {                                                                                                    \
        return w2v__config_get(&fields##_table, cfg, name, text, room, err);                             \
    }                                                                                                    \
    W2V_API const w2v_field *config##_field(size_t number)                                               \
    {                                                                                                    \
        return number < fields##_table.count ? &(fields)[number] : NULL;                                 \
    }

W2V__COLD_BEGIN
static int w2v__config_is_real(const w2v_field *f)
{
    return f->kind == W2V_FIELD_FLOAT || f->kind == W2V_FIELD_DOUBLE;
}

// The name of a value, and its length; NULL if there is none.
static const char *w2v__config_name(const w2v_field *f, uint64_t value, size_t *n)
{
    for (const char *names = f->names;; names += *n + 1) {
        *n = strcspn(names, " ");
        if (!value--) return names;
        if (!names[*n]) return NULL;
    }
}

static uint64_t w2v__config_load(const w2v_field *f, const void *cfg)
{
    const char *p = (const char *)cfg + f->offset;
    uint64_t value = 0;
    size_t size;
    float single;
    int number;
    switch (f->kind) {
    case W2V_FIELD_SIZE: return memcpy(&size, p, sizeof size), size;
    case W2V_FIELD_FLOAT: return memcpy(&single, p, sizeof single), w2v__bits_of_double((double)single);
    case W2V_FIELD_FLAG: return memcpy(&number, p, sizeof number), number != 0;
    case W2V_FIELD_ENUM: return memcpy(&number, p, sizeof number), (unsigned)number;
    case W2V_FIELD_UINT64:
    case W2V_FIELD_DOUBLE: memcpy(&value, p, sizeof value);
    case W2V_FIELD_POINTER: break;
    }
    return value;
}

static void w2v__config_store(const w2v_field *f, void *cfg, uint64_t value)
{
    char *p = (char *)cfg + f->offset;
    const size_t size = (size_t)value;
    const float single = f->kind == W2V_FIELD_FLOAT ? (float)w2v__double_of_bits(value) : 0.0f;
    const int number = (int)size;
    const void *from = f->kind == W2V_FIELD_SIZE    ? (const void *)&size
                       : f->kind == W2V_FIELD_FLOAT ? (const void *)&single
                       : f->names                   ? (const void *)&number
                                                    : (const void *)&value;
    memcpy(p, from, f->bytes);
}

// The value that a text stands for; 0 if the text is none of this type.
static int w2v__config_read(const w2v_field *f, const char *text, uint64_t *value)
{
    const size_t length = strlen(text);
    float single;
    double real;
    size_t n;
    if (f->names) {
        const char *name;
        for (*value = 0; (name = w2v__config_name(f, *value, &n)) != NULL; ++*value)
            if (n == length && !memcmp(name, text, n)) return 1;
        return 0;
    }
    if (w2v__config_is_real(f)) {
        if (!w2v__read_double(text, length, &real)) return 0;
        if (f->kind == W2V_FIELD_FLOAT && w2v__read_float(text, length, &single)) real = (double)single;
        *value = w2v__bits_of_double(real);
        return 1;
    }
    if (strcmp(text, "cpus") || strcmp(f->initial, text)) return w2v__read_whole_number(text, length, value);
    *value = w2v__min_size(w2v__cpus(), 1024);
    return 1;
}

W2V__COLD W2V__NOINLINE void w2v__config_write(const w2v_field *f, uint64_t value, char text[32])
{
    size_t n;
    const char *name = f->names ? w2v__config_name(f, value, &n) : NULL;
    const double real = w2v__config_is_real(f) ? w2v__double_of_bits(value) : 0.0;
    if (name)
        snprintf(text, 32, "%.*s", (int)n, name);
    else if (f->kind == W2V_FIELD_FLOAT && w2v__is_finite_double(real) && fabs(real) <= (double)FLT_MAX)
        text[w2v__write_float(text, (float)real)] = 0;
    else if (w2v__config_is_real(f))
        w2v__write_double(text, real);
    else
        snprintf(text, 32, "%llu", (unsigned long long)value);
}

static int w2v__config_allows(const w2v_field *f, uint64_t value)
{
    size_t n;
    if (f->names) return w2v__config_name(f, value, &n) != NULL;
    const double x = w2v__config_is_real(f) ? w2v__double_of_bits(value) : (double)value;
    if (!w2v__is_finite_double(x) || (f->kind == W2V_FIELD_SIZE && value > SIZE_MAX)) return 0;
    double most = f->kind == W2V_FIELD_FLOAT ? (double)FLT_MAX : DBL_MAX, least = -most;
    const int above = f->lowest && *f->lowest == '>';
    if (f->lowest) w2v__read_double(f->lowest + above, strlen(f->lowest + above), &least);
    if (f->highest) w2v__read_double(f->highest, strlen(f->highest), &most);
    return (above ? x > least : x >= least) && x <= most;
}

// What is allowed: "between 1 and 1000", "add or mul".
static void w2v__config_allowed(const w2v_field *f, char *text, size_t room)
{
    size_t n, used = 0;
    const char *name;
    if (f->names) {
        for (uint64_t i = 0; (name = w2v__config_name(f, i, &n)) != NULL && used < room; i++)
            used += (size_t)snprintf(text + used, room - used, "%s%.*s",
                                     !i ? "" : name[n] ? ", " : " or ", (int)n, name);
    } else if (!f->lowest) {
        if (w2v__config_is_real(f))
            snprintf(text, room, "a finite %s", f->kind == W2V_FIELD_FLOAT ? "float" : "number");
        else
            snprintf(text, room, "at most %llu",
                     (unsigned long long)(f->kind == W2V_FIELD_SIZE ? SIZE_MAX : UINT64_MAX));
    } else if (!f->highest) {
        snprintf(text, room, "at least %s", f->lowest);
    } else if (*f->lowest == '>') {
        snprintf(text, room, "above %s and at most %s", f->lowest + 1, f->highest);
    } else {
        snprintf(text, room, "between %s and %s", f->lowest, f->highest);
    }
}

static void w2v__config_init(const w2v__config_table *of, void *cfg, size_t struct_size)
{
    W2V_ASSERT(cfg && struct_size >= sizeof struct_size);
    if (struct_size < sizeof struct_size) return;
    memset(cfg, 0, struct_size);
    memcpy(cfg, &struct_size, sizeof struct_size);
    for (const w2v_field *f = of->field; f < of->field + of->count && f->offset + f->bytes <= struct_size;
         f++) {
        uint64_t value;
        if (f->kind == W2V_FIELD_POINTER)
            memcpy((char *)cfg + f->offset, &f->initial, f->initial ? f->bytes : 0);
        else if (w2v__config_read(f, f->initial, &value))
            w2v__config_store(f, cfg, value);
    }
}

// The size of the caller's struct, if that is one of ours or of an older version.
static w2v_status w2v__config_size(const w2v__config_table *of, const void *cfg, size_t *size, w2v_error *err)
{
    memcpy(size, cfg, sizeof *size);
    for (const w2v_field *f = of->field; f < of->field + of->count; f++)
        if (*size == f->offset + f->bytes ||
            *size == (f == of->field + of->count - 1 ? of->bytes : f[1].offset))
            return W2V_OK;
    return w2v__fail(err, W2V_ERROR_ARGUMENT,
                     "struct_size of a %s is %zu, as in no version up to " W2V_VERSION
                     ": begin with %s_default()",
                     of->name, *size, of->name);
}

// Whether a field is the length, above 0, of a list that is NULL. A list stands before its length,
// NAME_count.
static int w2v__config_lacks_list(const w2v_field *f, const void *cfg)
{
    const void *list = NULL;
    if (f->kind != W2V_FIELD_SIZE || !strstr(f->name, "_count") || !w2v__config_load(f, cfg)) return 0;
    W2V_ASSERT(f[-1].kind == W2V_FIELD_POINTER);
    memcpy(&list, (const char *)cfg + f[-1].offset, sizeof list);
    return !list;
}

// What a function that takes a configuration begins with: copies it into a whole one of this version and
// checks that every field is in its range. NULL is the default, and so is *to if the size is not known.
static w2v_status w2v__config_take(const w2v__config_table *of, void *to, const void *from, w2v_error *err)
{
    size_t size = sizeof size;
    char text[32], allowed[128];
    w2v__config_init(of, to, of->bytes);
    const w2v_status status = from ? w2v__config_size(of, from, &size, err) : W2V_OK;
    if (status != W2V_OK) return status;
    if (from) memcpy((char *)to + sizeof size, (const char *)from + sizeof size, size - sizeof size);
    for (const w2v_field *f = of->field; f < of->field + of->count; f++) {
        const uint64_t value = w2v__config_load(f, to);
        if (w2v__config_lacks_list(f, to))
            return w2v__fail(err, W2V_ERROR_ARGUMENT, "%s is %llu, and %s is NULL", f->name,
                             (unsigned long long)value, f[-1].name);
        if (w2v__config_allows(f, value)) continue;
        w2v__config_write(f, value, text);
        w2v__config_allowed(f, allowed, sizeof allowed);
        return w2v__fail(err, W2V_ERROR_ARGUMENT, "%s must be %s, not %s", f->name, allowed, text);
    }
    return of->check_fn ? of->check_fn(to, err) : W2V_OK;
}

// How many letters must be added, taken away or changed to make one name of another (Levenshtein 1966).
static size_t w2v__config_distance(const char *a, const char *b)
{
    size_t row[32];
    const size_t n = w2v__min_size(strlen(b), 31);
    for (size_t j = 0; j <= n; j++) row[j] = j;
    for (size_t i = 0; a[i]; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 1; j <= n; j++) {
            const size_t change = diagonal + (a[i] != b[j - 1]);
            diagonal = row[j];
            row[j] = w2v__min_size(change, 1 + w2v__min_size(row[j], row[j - 1]));
        }
    }
    return row[n];
}

// The field of the caller's struct that has this name and is no pointer.
static w2v_status w2v__config_find(const w2v__config_table *of, const void *cfg, const char *name,
                                   const w2v_field **found, w2v_error *err)
{
    W2V_ASSERT(cfg && name);
    size_t size, least = SIZE_MAX;
    const w2v_status status = w2v__config_size(of, cfg, &size, err);
    if (status != W2V_OK) return status;
    for (const w2v_field *f = of->field; f < of->field + of->count; f++) {
        const size_t distance = w2v__config_distance(name, f->name);
        if (distance < least) *found = f, least = distance;
    }
    if (least)
        return w2v__fail(err, W2V_ERROR_ARGUMENT, "%s has no field '%.100s'; the nearest name is '%s'",
                         of->name, name, (*found)->name);
    if ((*found)->offset + (*found)->bytes > size)
        return w2v__fail(err, W2V_ERROR_ARGUMENT, "the program's %s, of %zu bytes, is too old for %s",
                         of->name, size, (*found)->name);
    if ((*found)->kind == W2V_FIELD_POINTER)
        return w2v__fail(err, W2V_ERROR_ARGUMENT, "%s is a pointer, which has no text: use the struct", name);
    return W2V_OK;
}

W2V__COLD W2V__NOINLINE w2v_status w2v__config_set(const w2v__config_table *of, void *cfg, const char *name,
                                                   const char *text, w2v_error *err)
{
    const w2v_field *f;
    uint64_t value;
    char allowed[128];
    W2V_ASSERT(text);
    const w2v_status status = w2v__config_find(of, cfg, name, &f, err);
    if (status != W2V_OK) return status;
    const int is_value = w2v__config_read(f, text, &value);
    if (is_value && w2v__config_allows(f, value)) return w2v__config_store(f, cfg, value), W2V_OK;
    const int is_long = !f->names && *text && !text[strspn(text, "0123456789")];  // more than 64 bits
    w2v__config_allowed(f, allowed, sizeof allowed);
    if (is_value || is_long)
        return w2v__fail(err, W2V_ERROR_ARGUMENT, "%s must be %s, not %.100s", name, allowed, text);
    return w2v__fail(err, W2V_ERROR_ARGUMENT, "%s takes %s, not '%.100s'", name,
                     f->names ? allowed : w2v__config_is_real(f) ? "a number" : "a whole number", text);
}

W2V__COLD W2V__NOINLINE w2v_status w2v__config_get(const w2v__config_table *of, const void *cfg,
                                                   const char *name, char *text, size_t room, w2v_error *err)
{
    const w2v_field *f;
    char value[32];
    W2V_ASSERT(text || !room);
    const w2v_status status = w2v__config_find(of, cfg, name, &f, err);
    if (status != W2V_OK) return status;
    w2v__config_write(f, w2v__config_load(f, cfg), value);
    if (strlen(value) >= room)
        return w2v__fail(err, W2V_ERROR_ARGUMENT, "the value of %s has %zu bytes, and there is room for %zu",
                         name, strlen(value) + 1, room);
    memcpy(text, value, strlen(value) + 1);
    return W2V_OK;
}
W2V__COLD_END

// -----------------------------------------------------------------------------------------------------------------
// >>files (implementation)
//
// Everything is read through w2v__files_reader: texts to train with at any place if that can be, all else in
// order through w2v__files_input. Everything is written through w2v__files_sink to a w2v_write_fn. A file is
// written under a temporary name and renamed when it is complete, so a name always leads to a whole file.

W2V_API int w2v_buffer_write(const char *bytes, size_t n, void *buffer)
{
    w2v_buffer *b = (w2v_buffer *)buffer;
    W2V_ASSERT(b && (bytes || !n));
    if (w2v__grow(&b->data, &b->capacity, w2v__add(b->size, n), 1, NULL) != W2V_OK) return 1;
    if (n) memcpy(b->data + b->size, bytes, n);
    b->size += n;
    return 0;
}

W2V_API void w2v_buffer_free(w2v_buffer *buffer)
{
    if (!buffer) return;
    W2V_FREE(buffer->data);
    memset(buffer, 0, sizeof *buffer);
}

// Converts numbers from the order of files, little-endian, to that of this machine, and back.
static void w2v__files_swap(void *numbers, size_t n, size_t width)
{
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    char *p = (char *)numbers;
    for (size_t i = 0; i < n; i++, p += width)
        for (size_t k = 0; k < width / 2; k++) {
            const char c = p[k];
            p[k] = p[width - 1 - k];
            p[width - 1 - k] = c;
        }
#else
    (void)numbers, (void)n, (void)width;
#endif
}

// Whole numbers of up to 8 bytes.
static void w2v__files_put_whole(char *p, uint64_t u, size_t bytes)
{
    w2v__files_swap(&u, 1, sizeof u);
    memcpy(p, &u, bytes);
}

static uint64_t w2v__files_get_whole(const char *p, size_t bytes)
{
    uint64_t u = 0;
    memcpy(&u, p, bytes);
    w2v__files_swap(&u, 1, sizeof u);
    return u;
}

static float w2v__files_get_float(const char *p)
{
    return w2v__float_of_bits((uint32_t)w2v__files_get_whole(p, 4));
}

W2V__COLD_BEGIN
// Half precision (IEEE 754, binary16): the nearest to a float, ties to even; infinity from 65520 on.
static uint16_t w2v__files_half_of(float x)
{
    const uint32_t bits = w2v__bits_of_float(x), sign = bits >> 16 & 0x8000, size = bits & 0x7fffffff;
    if (size > 0x7f800000) return (uint16_t)(sign | 0x7e00);  // NaN
    if (size >= 0x477ff000) return (uint16_t)(sign | 0x7c00);
    if (size < 0x38800000)  // a subnormal half: a multiple of 2^-24, as are the floats from 0.5 to 1
        return (uint16_t)(sign | (w2v__bits_of_float(w2v__float_of_bits(size) + 0.5f) - 0x3f000000));
    return (uint16_t)(sign | ((size - (UINT32_C(112) << 23) + 0xfff + (size >> 13 & 1)) >> 13));
}

static float w2v__files_float_of_half(uint16_t half)
{
    const uint32_t sign = (uint32_t)(half & 0x8000) << 16, exponent = half >> 10 & 31,
                   fraction = half & 0x3ff;
    if (exponent == 31) return w2v__float_of_bits(sign | 0x7f800000 | fraction << 13);
    if (exponent) return w2v__float_of_bits(sign | (exponent + 112) << 23 | fraction << 13);
    const float x = (float)fraction / 16777216.0f;
    return sign ? -x : x;
}

#ifndef W2V_NO_STDIO
typedef enum w2v__files_kind {
    W2V__FILES_NONE,
    W2V__FILES_REGULAR,
    W2V__FILES_DIRECTORY,
    W2V__FILES_OTHER
} w2v__files_kind;

#if defined(_WIN32)
typedef struct _stat64 w2v__files_info;
#else
typedef struct stat w2v__files_info;
#endif

// What a path leads to; if to nothing, errno says why.
static w2v__files_kind w2v__files_stat(const char *path, w2v__files_info *info)
{
#if defined(_WIN32)
    if (_stat64(path, info)) return W2V__FILES_NONE;
    const int directory = (info->st_mode & _S_IFDIR) != 0, regular = (info->st_mode & _S_IFREG) != 0;
#else
    if (stat(path, info)) return W2V__FILES_NONE;
    const int directory = S_ISDIR(info->st_mode), regular = S_ISREG(info->st_mode);
#endif
    return directory ? W2V__FILES_DIRECTORY : regular ? W2V__FILES_REGULAR : W2V__FILES_OTHER;
}

struct w2v_file {
    FILE *file;       // NULL: not opened yet, or closed
    char *path;       // as the caller spells it
    char *target;     // the file that it leads to; NULL for a device or a pipe, which is written in place
    char *temporary;  // what is written until it is complete; NULL: `target` is written in place
    int replaces;     // it replaces a file,
    w2v__files_info before;  // this one
    int spared;              // that file is mapped: it may be replaced by renaming, but not written
    int why;                 // errno of the first write that failed
    int ended;               // it is complete
};

W2V__COLD W2V__NOINLINE w2v_status w2v__files_cannot_write(const char *path, int why, w2v_error *err)
{
    return w2v__fail(err, W2V_ERROR_IO, "cannot write '%.200s': %s", path, strerror(why));
}

static size_t w2v__files_folder_bytes(const char *path)
{
    size_t n = strlen(path);
#if defined(_WIN32)
    while (n && path[n - 1] != '/' && path[n - 1] != '\\' && path[n - 1] != ':') n--;
#else
    while (n && path[n - 1] != '/') n--;
#endif
    return n;
}

// The first bytes of a and all of b; NULL without memory.
static char *w2v__files_join(const char *a, size_t bytes, const char *b, w2v_error *err)
{
    const size_t b_bytes = strlen(b) + 1;
    char *joined = (char *)w2v__new(bytes + b_bytes, 1, err);
    if (!joined) return NULL;
    memcpy(joined, a, bytes);
    memcpy(joined + bytes, b, b_bytes);
    return joined;
}

// The file that a path leads to through symbolic links, whether it exists or not; NULL without memory.
// S_IFLNK tells that the C library shows readlink.
static char *w2v__files_follow_links(const char *path, w2v_error *err)
{
    char *target = w2v__files_join(path, 0, path, err);
#if !defined(_WIN32) && defined(S_IFLNK)
    enum { MOST_LINKS = 40 };
    char link[4096];
    for (int i = 0; target && i < MOST_LINKS; i++) {
        const ssize_t n = readlink(target, link, sizeof link);
        if (n <= 0 || n == (ssize_t)sizeof link) break;
        link[n] = 0;
        char *next = w2v__files_join(target, *link == '/' ? 0 : w2v__files_folder_bytes(target), link, err);
        W2V_FREE(target);
        target = next;
    }
#endif
    return target;
}

// Creates the temporary file: its name is that of the target, cut because file systems limit names to 255
// bytes, though not inside a character of UTF-8, and a suffix. o->temporary stays NULL if no file can be
// created (errno).
static w2v_status w2v__files_create_temporary(w2v_file *o, w2v_error *err)
{
    enum { TRIES = 100, MOST = 200 };
    char suffix[16];
    const size_t folder = w2v__files_folder_bytes(o->target);
    size_t bytes = folder + w2v__min_size(strlen(o->target + folder), MOST);
    while (bytes > folder && ((unsigned char)o->target[bytes] & 0xc0) == 0x80) bytes--;
    for (int i = 0; i < TRIES; i++) {
        const uint64_t seed[3] = {w2v__bits_of_double(w2v__seconds()), (uintptr_t)o, (uint64_t)i},
                       h = w2v__hash_bytes(W2V__HASH_START, seed, sizeof seed);
        snprintf(suffix, sizeof suffix, ".%08x.part", (unsigned)(h >> 32));
        o->temporary = w2v__files_join(o->target, bytes, suffix, err);
        if (!o->temporary) return W2V_ERROR_MEMORY;
#if defined(_WIN32)
        const int file =
            _open(o->temporary, _O_CREAT | _O_EXCL | _O_WRONLY | _O_BINARY, _S_IREAD | _S_IWRITE);
        if (file >= 0) return _close(file), W2V_OK;
#else
        const int file = open(o->temporary, O_CREAT | O_EXCL | O_WRONLY, o->replaces ? 0600 : 0666);
        if (file >= 0) return close(file), W2V_OK;
#endif
        const int why = errno;
        W2V_FREE(o->temporary);
        o->temporary = NULL;
        errno = why;
        if (why != EEXIST) break;
    }
    return W2V_OK;
}

static void w2v__files_free(w2v_file *o)
{
    W2V_FREE(o->path);
    W2V_FREE(o->temporary);
    W2V_FREE(o->target);
    W2V_FREE(o);
}

// A file without anything written. One that exists is replaced (o->replaces) or, if it is a device or a pipe,
// written in place (no o->target). Opening a pipe would be noticed at its other end, so this asks for
// permission only.
static w2v_status w2v__files_new(w2v_file **file, const char *path, w2v_error *err)
{
    w2v__files_info before;
    if (!*path) return w2v__fail(err, W2V_ERROR_IO, "cannot write to a file without a name");
    memset(&before, 0, sizeof before);
    w2v__files_kind kind = w2v__files_stat(path, &before);
    if (!strcmp(path, "/dev/stdout") || !strcmp(path, "/dev/stderr") || !strncmp(path, "/dev/fd/", 8))
        kind = W2V__FILES_OTHER;  // wherever it leads
    if (kind == W2V__FILES_DIRECTORY) return w2v__files_cannot_write(path, EISDIR, err);
#if defined(_WIN32)
    const int allowed = kind == W2V__FILES_NONE ? errno == ENOENT : !_access(path, 2);
#else
    const int allowed = kind == W2V__FILES_NONE ? errno == ENOENT : !access(path, W_OK);
#endif
    if (!allowed) return w2v__files_cannot_write(path, errno, err);
    w2v_file *o = (w2v_file *)w2v__new_zeros(1, sizeof *o, err);
    if (!o) return W2V_ERROR_MEMORY;
    o->before = before;
    o->replaces = kind == W2V__FILES_REGULAR;
    o->path = w2v__files_join(path, 0, path, err);
    if (o->path && kind != W2V__FILES_OTHER) o->target = w2v__files_follow_links(path, err);
    if (o->path && (o->target || kind == W2V__FILES_OTHER)) {
        *file = o;
        return W2V_OK;
    }
    w2v__files_free(o);
    return W2V_ERROR_MEMORY;
}

// A file that is written in place keeps its old contents until the first write.
static int w2v__files_open(w2v_file *o)
{
    if (o->file) return 1;
    o->file = fopen(o->temporary ? o->temporary : o->path, "wb");
    if (!o->file && !o->why) o->why = errno ? errno : EIO;
    if (o->file && !o->temporary) setvbuf(o->file, NULL, _IONBF, 0);  // a buffer would be lost with a signal
    return o->file != NULL;
}

W2V_API w2v_status w2v_file_create(w2v_file **file, const char *path, w2v_error *err)
{
    W2V_ASSERT(file && path);
    w2v_file *o = NULL;
    w2v_status status = w2v__files_new(&o, path, err);
    if (status != W2V_OK) return status;
    if (o->target) status = w2v__files_create_temporary(o, err);
    if (status == W2V_OK && (o->temporary || !o->replaces) && !w2v__files_open(o))
        status = w2v__files_cannot_write(path, o->why, err);
    if (status == W2V_OK)
        *file = o;
    else
        w2v_file_discard(o);
    return status;
}

W2V_API int w2v_file_write(const char *bytes, size_t n, void *file)
{
    w2v_file *o = (w2v_file *)file;
    W2V_ASSERT(o && !o->ended && (bytes || !n));
    if (o->why || !w2v__files_open(o)) return 1;
    for (size_t at = 0; at < n && !o->why;) {
        errno = 0;
        at += fwrite(bytes + at, 1, n - at, o->file);
        if (at < n && (o->temporary || errno != EINTR)) o->why = errno ? errno : EIO;
    }
    return o->why != 0;
}

// Gives the temporary file its name, with the permissions and the owner of the file that it replaces; 0 if
// that is not possible (errno).
static int w2v__files_rename(const w2v_file *o)
{
#if defined(_WIN32)
    if (MoveFileExA(o->temporary, o->target, MOVEFILE_REPLACE_EXISTING)) return 1;
    errno = EACCES;
    return 0;
#else
    if (o->replaces && (chown(o->temporary, o->before.st_uid, o->before.st_gid) ||
                        chmod(o->temporary, o->before.st_mode & 07777)))
        return 0;
    return !rename(o->temporary, o->target);
#endif
}

// Copies a file into one that may exist; 0 if that fails (errno).
static int w2v__files_copy(const char *from, const char *to)
{
    char buffer[8192];
    FILE *in = fopen(from, "rb"), *out = in ? fopen(to, "wb") : NULL;
    int why = in && out ? 0 : errno;
    while (!why) {
        const size_t n = fread(buffer, 1, sizeof buffer, in);
        if (fwrite(buffer, 1, n, out) != n || ferror(in)) why = errno ? errno : EIO;
        if (n < sizeof buffer) break;
    }
    if (in) fclose(in);
    if (out && fclose(out) && !why) why = errno ? errno : EIO;
    errno = why;
    return !why;
}

// Waits until a file is on the disk: renamed before that, it could be empty after a loss of power. 0 if that
// fails (errno).
static int w2v__files_sync(const char *name)
{
#if defined(_WIN32)
    const int file = _open(name, _O_RDWR | _O_BINARY), failed = file < 0 || _commit(file);
    if (file >= 0) _close(file);
#else
    const int file = open(name, O_WRONLY);
    int failed = file < 0;
    while (!failed && fsync(file) && errno != EINVAL)  // EINVAL: a device
        failed = errno != EINTR;
    const int why = errno;
    if (file >= 0) close(file);
    errno = why;
#endif
    return !failed;
}

// Ends the writing: the file is complete, under its temporary name, unless a write has failed.
static w2v_status w2v__files_end(w2v_file *o, w2v_error *err)
{
    if (!o->ended && !o->why) w2v__files_open(o);  // to make it empty
    const int no_sync = !o->file || !o->temporary;
    if (o->file && fclose(o->file) && !o->why) o->why = errno ? errno : EIO;
    if (!no_sync && !o->why && !w2v__files_sync(o->temporary)) o->why = errno;
    o->file = NULL;
    o->ended = 1;
    return o->why ? w2v__files_cannot_write(o->path, o->why, err) : W2V_OK;
}

W2V_API void w2v_file_discard(w2v_file *o)
{
    if (!o) return;
    const int made = o->file || o->ended;
    if (o->file) fclose(o->file);
    if (o->temporary)
        remove(o->temporary);
    else if (o->target && !o->replaces && made)
        remove(o->target);
    w2v__files_free(o);
}

// Renaming cannot work for a mount point, in a sticky folder, or if the owner cannot be kept: then the file
// is copied into the one that exists. If that fails as well, the complete file is kept.
W2V_API w2v_status w2v_file_commit(w2v_file *o, w2v_error *err)
{
    W2V_ASSERT(o);
    w2v_status status = w2v__files_end(o, err);
    if (status != W2V_OK) {
        w2v_file_discard(o);
        return status;
    }
    if (o->temporary && !w2v__files_rename(o)) {
        if (!o->spared && w2v__files_copy(o->temporary, o->target) && w2v__files_sync(o->target))
            remove(o->temporary);
        else
            status =
                w2v__fail(err, W2V_ERROR_IO, "cannot write '%.100s': %s (the complete file is kept as '%s')",
                          o->path, strerror(errno), o->temporary);
    }
    w2v__files_free(o);
    return status;
}

// Commits or discards what was written with this status. If writing has stopped, the file says why.
static w2v_status w2v__files_finish(w2v_file *o, w2v_status status, w2v_error *err)
{
    if (status == W2V_OK || (status == W2V_ERROR_STOPPED && o->why)) return w2v_file_commit(o, err);
    w2v_file_discard(o);
    return status;
}

W2V_API w2v_status w2v_check_writable(const char *path, w2v_error *err)
{
    W2V_ASSERT(path);
    w2v_file *o = NULL;
    w2v_status status = w2v__files_new(&o, path, err);
    if (status != W2V_OK) return status;
    if (o->target && !o->replaces) {
        status = w2v__files_create_temporary(o, err);
        if (status == W2V_OK && !o->temporary) status = w2v__files_cannot_write(path, errno, err);
    }
    w2v_file_discard(o);
    return status;
}
#endif  // W2V_NO_STDIO

// Whether bytes are the header of a tar archive. Its checksum is the sum of its bytes, with blanks in place
// of the checksum.
static int w2v__files_is_tar(const char *bytes, size_t n)
{
    enum { HEADER = 512, CHECKSUM = 148, MAGIC = 257 };
    if (n < HEADER || memcmp(bytes + MAGIC, "ustar", 5)) return 0;
    unsigned sum = 8 * ' ', written = 0;
    for (size_t i = 0; i < HEADER; i++)
        if (i < CHECKSUM || i >= CHECKSUM + 8) sum += (unsigned char)bytes[i];
    for (size_t i = CHECKSUM; i < CHECKSUM + 8; i++)
        if (bytes[i] >= '0' && bytes[i] <= '7') written = 8 * written + (unsigned)(bytes[i] - '0');
    return written == sum;
}

// What a file is by its first bytes; NULL if it may be text or vectors.
static const char *w2v__files_foreign(const char *bytes, size_t n)
{
    static const struct {
        size_t offset, n;
        const char *bytes;  // ? is any but NUL
        const char *what;   // completes "'NAME' "
    } known[] = {
        {0, 3, "\x1f\x8b\x08", "is compressed by gzip: unpack it with gunzip"},
        {0, 4, "PK\3\4", "is a zip archive (as are .npz and PyTorch files): unpack it with unzip"},
        {0, 6, "\3757zXZ\0", "is compressed by xz: unpack it with unxz"},
        {0, 10, "BZh?1AY&SY", "is compressed by bzip2: unpack it with bunzip2"},
        {0, 4, "\x28\xb5\x2f\xfd", "is compressed by zstd: unpack it with unzstd"},
        {0, 4, "\x04\x22\x4d\x18", "is compressed by lz4: unpack it with unlz4"},
        {0, 6, "7z\xbc\xaf\x27\x1c", "is a 7-Zip archive: unpack it with 7z x"},
        {0, 4, "\xba\x16\x4f\x2f",
         "is a fastText model, not text: w2v_model_load reads its vectors if the format is not named"},
        {0, 6, "\x93NUMPY",
         "is a NumPy array, not text: w2v_model_load reads vectors with words if the format is not named"},
        {0, 2, "\x80\2", "is a Python pickle: save it with gensim's save_word2vec_format"},
        {0, 2, "\x80\3", "is a Python pickle: save it with gensim's save_word2vec_format"},
        {0, 2, "\x80\4", "is a Python pickle: save it with gensim's save_word2vec_format"},
        {0, 2, "\x80\5", "is a Python pickle: save it with gensim's save_word2vec_format"},
        {0, 16, "SQLite format 3\0",
         "is an SQLite database (as are .magnitude files): export it as word2vec text"},
        {0, 8, "\x89HDF\r\n\x1a\n", "is an HDF5 file: export it as word2vec text"},
        {0, 5, "PAR1\x15", "is a Parquet file: export it as text"},
        {0, 8, "GGUF?\0\0\0", "is a GGUF model: export its vectors as word2vec text"},
        {4, 6, "\0\0\0\0{\"",
         "is a safetensors file, not text: w2v_model_load reads its vectors if the format is not named"},
        {0, 5, "%PDF-", "is a PDF document: extract its text with pdftotext"},
        {0, 23, "version https://git-lfs",
         "is a pointer of Git LFS: fetch the file itself with git lfs pull"},
        {0, 4, "\xff\xfe\0\0", "is in UTF-32: convert it with iconv -f UTF-32 -t UTF-8"},
        {0, 4, "\0\0\xfe\xff", "is in UTF-32: convert it with iconv -f UTF-32 -t UTF-8"},
        {0, 2, "\xff\xfe", "is in UTF-16: convert it with iconv -f UTF-16 -t UTF-8"},
        {0, 2, "\xfe\xff", "is in UTF-16: convert it with iconv -f UTF-16 -t UTF-8"},
        {0, 4, "?\0?\0", "is in UTF-16: convert it with iconv -f UTF-16LE -t UTF-8"},
        {0, 4, "\0?\0?", "is in UTF-16: convert it with iconv -f UTF-16BE -t UTF-8"}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        int same = known[i].offset + known[i].n <= n;
        for (size_t k = 0; same && k < known[i].n; k++) {
            const char c = bytes[known[i].offset + k], sign = known[i].bytes[k];
            same = sign == '?' ? c != 0 : sign == c;
        }
        if (same) return known[i].what;
    }
    return w2v__files_is_tar(bytes, n) ? "is a tar archive: unpack it with tar -xf" : NULL;
}
enum { W2V__FILES_HEAD = 512 };  // bytes that tell what a file is

static const char *w2v__files_source_name(const w2v_source *s)
{
    return s->name                        ? s->name
           : s->kind == W2V_SOURCE_FILE   ? (s->path ? s->path : "a file without a path")
           : s->kind == W2V_SOURCE_READER ? "the reader"
           : s->kind == W2V_SOURCE_IDS    ? "the ids"
                                          : "the text";
}

// Whether the first bytes are those of a text, or of vectors. *mark is the size of a byte order mark.
static w2v_status w2v__files_check_head(const w2v_source *s, const char *head, size_t n, size_t *mark,
                                        w2v_error *err)
{
    const char *foreign = w2v__files_foreign(head, n);
    *mark = n >= 3 && !memcmp(head, "\xEF\xBB\xBF", 3) ? 3 : 0;
    return foreign ? w2v__fail(err, W2V_ERROR_FORMAT, "'%.200s' %s", w2v__files_source_name(s), foreign)
                   : W2V_OK;
}

// Checks a source, and says how many bytes it has; 0 if that is not known. *once is set if it can be read
// only once.
static w2v_status w2v__files_measure(const w2v_source *s, uint64_t *bytes, int *once, w2v_error *err)
{
    static const char *const lacks[] = {"path", "text", "read_fn", "ids"};
    *bytes = 0;
    *once = s->kind == W2V_SOURCE_READER || s->kind == W2V_SOURCE_IDS;
    if (s->kind < W2V_SOURCE_FILE || s->kind > W2V_SOURCE_IDS)
        return w2v__fail(
            err, W2V_ERROR_ARGUMENT,
            "the kind of a source is %d, which is no w2v_source_kind: make it with w2v_source_file, "
            "w2v_source_text, w2v_source_reader or w2v_source_ids",
            (int)s->kind);
    if (s->kind == W2V_SOURCE_FILE     ? !s->path
        : s->kind == W2V_SOURCE_TEXT   ? !s->text && s->bytes
        : s->kind == W2V_SOURCE_READER ? !s->read_fn
                                       : !s->ids && s->id_count)
        return w2v__fail(err, W2V_ERROR_ARGUMENT, "a source has no %s: it is NULL",
                         lacks[s->kind - W2V_SOURCE_FILE]);
    if (s->kind == W2V_SOURCE_TEXT) *bytes = s->bytes;
    if (s->kind != W2V_SOURCE_FILE) return W2V_OK;
#ifdef W2V_NO_STDIO
    return w2v__fail(err, W2V_ERROR_ARGUMENT, "W2V_NO_STDIO: the source cannot be a file");
#else
    w2v__files_info info;
    switch (w2v__files_stat(s->path, &info)) {
    case W2V__FILES_NONE:
        return w2v__fail(err, W2V_ERROR_IO, "cannot open '%.200s': %s", w2v__files_source_name(s),
                         strerror(errno));
    case W2V__FILES_DIRECTORY:
        return w2v__fail(err, W2V_ERROR_IO, "cannot read '%.200s': it is a directory",
                         w2v__files_source_name(s));
    case W2V__FILES_OTHER: *once = 1; break;
    case W2V__FILES_REGULAR: *bytes = (uint64_t)info.st_size; break;
    }
    return W2V_OK;
#endif
}
W2V__COLD_END

// Reads the bytes of a source that is not ids.
typedef struct w2v__files_reader {
    const w2v_source *source;  // NULL: closed
    FILE *file;
    uint64_t at;     // bytes read
    uint64_t bytes;  // of the source; 0 if that is not known
} w2v__files_reader;

static void w2v__files_reader_close(w2v__files_reader *r)
{
#ifndef W2V_NO_STDIO
    if (r->file) fclose(r->file);
#endif
    memset(r, 0, sizeof *r);
}

// Close it also on failure.
static w2v_status w2v__files_reader_open(w2v__files_reader *r, const w2v_source *source, w2v_error *err)
{
    int once;
    memset(r, 0, sizeof *r);
    const w2v_status status = w2v__files_measure(source, &r->bytes, &once, err);
    if (status != W2V_OK) return status;
    W2V_ASSERT(source->kind != W2V_SOURCE_IDS);
#ifndef W2V_NO_STDIO
    if (source->kind == W2V_SOURCE_FILE && !(r->file = fopen(source->path, "rb")))
        return w2v__fail(err, W2V_ERROR_IO, "cannot open '%.200s': %s", w2v__files_source_name(source),
                         strerror(errno));
#endif
    r->source = source;
    return W2V_OK;
}

// Up to `room` bytes; *n = 0 at the end.
static w2v_status w2v__files_read(w2v__files_reader *r, char *out, size_t room, size_t *n, w2v_error *err)
{
    const w2v_source *s = r->source;
    *n = 0;
    if (s->kind == W2V_SOURCE_TEXT) {
        *n = (size_t)(s->bytes - r->at < room ? s->bytes - r->at : room);
        if (*n) memcpy(out, s->text + r->at, *n);
    } else if (s->kind == W2V_SOURCE_READER) {
        *n = s->read_fn(out, room, s->read_user);
        if (*n == W2V_READ_FAILED)
            return w2v__fail(err, W2V_ERROR_IO, "'%.200s' cannot be read after %llu bytes",
                             w2v__files_source_name(s), (unsigned long long)r->at);
        if (*n > room)
            return w2v__fail(err, W2V_ERROR_ARGUMENT, "'%.200s' has returned %zu bytes, with room for %zu",
                             w2v__files_source_name(s), *n, room);
    }
#ifndef W2V_NO_STDIO
    if (r->file) {
        *n = fread(out, 1, room, r->file);
        while (*n < room && ferror(r->file) && errno == EINTR) {  // a signal: go on
            clearerr(r->file);
            *n += fread(out + *n, 1, room - *n, r->file);
        }
        if (*n < room && ferror(r->file))
            return w2v__fail(err, W2V_ERROR_IO, "cannot read '%.200s' at byte %llu: %s",
                             w2v__files_source_name(s), (unsigned long long)r->at, strerror(errno));
    }
#endif
    r->at += *n;
    return W2V_OK;
}

// Goes to a byte of a source that can be read more than once.
static w2v_status w2v__files_seek(w2v__files_reader *r, uint64_t at, w2v_error *err)
{
#ifndef W2V_NO_STDIO
#if defined(_WIN32)
    const int there = !r->file || !_fseeki64(r->file, (long long)at, SEEK_SET);
#else
    errno = EFBIG;  // if a long is too short
    const int there = !r->file || (at <= LONG_MAX && !fseek(r->file, (long)at, SEEK_SET));
#endif
    if (!there)
        return w2v__fail(err, W2V_ERROR_IO, "cannot go to byte %llu of '%.200s': %s", (unsigned long long)at,
                         w2v__files_source_name(r->source), strerror(errno));
#else
    (void)err;
#endif
    r->at = at;
    return W2V_OK;
}

// n bytes from a place on; a short read fails.
static w2v_status w2v__files_read_at(w2v__files_reader *r, uint64_t at, char *out, size_t n, w2v_error *err)
{
    size_t got = 0;
    w2v_status status = w2v__files_seek(r, at, err);
    if (status == W2V_OK) status = w2v__files_read(r, out, n, &got, err);
    if (status == W2V_OK && got < n)
        status =
            w2v__fail(err, W2V_ERROR_IO, "cannot read '%.200s' at byte %llu: the file has become shorter",
                      w2v__files_source_name(r->source), (unsigned long long)at);
    return status;
}

// A source and a window on its bytes. w2v__files_need makes the window longer, up to the end of the source;
// the window of a text has all of it. A failure looks like the end: w2v__files_input_status tells them apart.
typedef struct w2v__files_input {
    w2v__files_reader reader;
    const char *name;
    const char *bytes;  // bytes[pos .. end - 1] are visible
    char *buffer;       // where they are, if the source is no text
    size_t pos, end, capacity;
    int ended;        // there is no more to read
    uint64_t offset;  // of bytes[pos] in the source
    uint64_t line;    // number of the line at pos, from 1
    w2v_error *err;   // of the caller, for what is wrong with the bytes
    w2v_status status;  // of reading
    w2v_error error;    // what has failed then
} w2v__files_input;

// Makes at least n bytes visible at pos unless the source ends before; returns how many there are.
static size_t w2v__files_need(w2v__files_input *in, size_t n)
{
    size_t got = 1;
    if (in->end - in->pos < n && !in->ended) {
        memmove(in->buffer, in->buffer + in->pos, in->end - in->pos);
        in->end -= in->pos;
        in->pos = 0;
    }
    while (in->end - in->pos < n && !in->ended) {
        if (in->end == in->capacity)
            in->status = w2v__grow(&in->buffer, &in->capacity, w2v__add(in->capacity, 1), 1, &in->error);
        in->bytes = in->buffer;
        if (in->status == W2V_OK)
            in->status =
                w2v__files_read(&in->reader, in->buffer + in->end, in->capacity - in->end, &got, &in->error);
        in->ended = in->status != W2V_OK || !got;
        if (!in->ended) in->end += got;
    }
    return in->end - in->pos;
}

static void w2v__files_input_skip(w2v__files_input *in, size_t n)
{
    in->pos += n;
    in->offset += n;
}

// Opens a source to read it in order, whatever its bytes are: text without weights. Free with
// w2v__files_input_close, also on failure. The source must stay.
static w2v_status w2v__files_input_open_any(w2v__files_input *in, const w2v_source *source, w2v_error *err)
{
    enum { WINDOW = 65536 };
    memset(in, 0, sizeof *in);
    in->name = w2v__files_source_name(source);
    in->err = err;
    in->bytes = "";
    in->line = 1;
    if (source->kind == W2V_SOURCE_IDS || source->weighted)
        return w2v__fail(err, W2V_ERROR_ARGUMENT,
                         "ids and texts with weights are only for training: '%.200s'", in->name);
    w2v_status status = w2v__files_reader_open(&in->reader, source, err);
    if (status == W2V_OK && source->kind == W2V_SOURCE_TEXT) {
        if (source->bytes) in->bytes = source->text;
        in->end = (size_t)source->bytes;
        in->ended = 1;
    } else if (status == W2V_OK) {
        status = w2v__grow(&in->buffer, &in->capacity, WINDOW, 1, err);
    }
    return status;
}

// Looks at the first bytes, which must be those of a text or of word2vec's vectors, and skips a byte order
// mark.
static w2v_status w2v__files_input_check(w2v__files_input *in)
{
    size_t mark = 0;
    const size_t n = w2v__min_size(w2v__files_need(in, W2V__FILES_HEAD), W2V__FILES_HEAD);
    const w2v_status status = w2v__files_check_head(in->reader.source, in->bytes, n, &mark, in->err);
    w2v__files_input_skip(in, mark);
    return status;
}

// The status of reading, if that has failed, instead of another one.
static w2v_status w2v__files_input_status(const w2v__files_input *in, w2v_status status)
{
    if (in->status != W2V_OK && in->err) *in->err = in->error;
    return in->status != W2V_OK ? in->status : status;
}

static w2v_status w2v__files_input_open(w2v__files_input *in, const w2v_source *source, w2v_error *err)
{
    const w2v_status status = w2v__files_input_open_any(in, source, err);
    return w2v__files_input_status(in, status == W2V_OK ? w2v__files_input_check(in) : status);
}

static w2v_status w2v__files_input_close(w2v__files_input *in, w2v_status status)
{
    w2v__files_reader_close(&in->reader);
    W2V_FREE(in->buffer);
    return w2v__files_input_status(in, status);
}

// The next n bytes; NULL if the source ends before.
static const char *w2v__files_peek(w2v__files_input *in, size_t n)
{
    return w2v__files_need(in, n) < n ? NULL : in->bytes + in->pos;
}

// Whether the next n bytes are these.
static int w2v__files_begins_with(w2v__files_input *in, const char *bytes, size_t n)
{
    const char *next = w2v__files_peek(in, n);
    return next && !memcmp(next, bytes, n);
}

// Bytes of the source after pos; 0 if that is not known.
static uint64_t w2v__files_left(const w2v__files_input *in)
{
    return in->reader.bytes > in->offset ? in->reader.bytes - in->offset : 0;
}

typedef struct w2v__files_line {
    const char *text;  // in the window
    size_t n;          // bytes without the end (LF, CR LF or the end of the source)
    size_t step;       // bytes to the next line; 0: the source has ended
} w2v__files_line;

// Fails for a source with 'NAME' and what follows, which begins with a blank or a colon. If `place` is "line"
// or "byte", the number of the one to be read next stands between them.
W2V__COLD W2V__NOINLINE W2V__PRINTF(3, 4) w2v_status
    w2v__files_bad(const w2v__files_input *in, const char *place, const char *format, ...)
{
    char sentence[sizeof in->error.message], at[32] = "";
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    if (place)
        snprintf(at, sizeof at, " %s %llu", place,
                 (unsigned long long)(*place == 'l' ? in->line : in->offset));
    return w2v__fail(in->err, W2V_ERROR_FORMAT, "'%.200s'%s%s", in->name, at, sentence);
}

// Refuses a NUL byte in bytes `from` to `to` of the line at pos, and more than `limit` bytes if it has n.
static w2v_status w2v__files_check_line(const w2v__files_input *in, size_t from, size_t to, size_t n,
                                        size_t limit)
{
    const char *start = in->bytes + in->pos, *nul = (const char *)memchr(start + from, 0, to - from);
    if (nul)
        return w2v__files_bad(in, "line", " has a NUL byte at byte %llu",
                              (unsigned long long)(in->offset + (uint64_t)(nul - start)));
    return n > limit ? w2v__files_bad(in, "line", " has more than %zu bytes", limit) : W2V_OK;
}

// The line of n bytes at start, without its line feed; `ended`: there was one.
W2V__INLINE w2v__files_line w2v__files_line_of(const char *start, size_t n, int ended)
{
    const w2v__files_line line = {start, n && start[n - 1] == '\r' ? n - 1 : n, n + (size_t)ended};
    return line;
}

// The line at pos. More than `limit` bytes and NUL bytes are refused as soon as they are met: what has no
// line feeds is not read to its end.
static w2v_status w2v__files_input_line(w2v__files_input *in, size_t limit, w2v__files_line *line)
{
    const size_t most = limit + 2;
    for (size_t want = w2v__min_size(4096, most), seen = 0;; want = w2v__min_size(2 * want, most)) {
        const size_t have = w2v__min_size(w2v__files_need(in, want), most);
        if (in->status != W2V_OK) return w2v__files_input_status(in, in->status);  // the line may be cut
        const char *start = in->bytes + in->pos, *lf = (const char *)memchr(start + seen, '\n', have - seen);
        const size_t end = lf ? (size_t)(lf - start) : have;
        const int whole = lf || have < want || have == most;
        *line = w2v__files_line_of(start, end, lf != NULL);
        const w2v_status status = w2v__files_check_line(in, seen, end, whole ? line->n : 0, limit);
        if (status != W2V_OK || whole) return status;
        seen = have;
    }
}

// Goes to the line after this one.
static void w2v__files_input_pass(w2v__files_input *in, const w2v__files_line *line)
{
    w2v__files_input_skip(in, line->step);
    in->line++;
}

// Goes past the next line feed, however far that is.
static void w2v__files_skip_line(w2v__files_input *in)
{
    for (size_t have; (have = w2v__files_need(in, 1)) != 0;) {
        const char *start = in->bytes + in->pos, *lf = (const char *)memchr(start, '\n', have);
        w2v__files_input_skip(in, lf ? (size_t)(lf - start) + 1 : have);
        if (lf) break;
    }
}

// All that is written goes through a sink, which collects small pieces.
typedef struct w2v__files_sink {
    w2v_write_fn write_fn;
    void *user;
    w2v_error *err;
    int stopped;  // write_fn has refused bytes
    size_t n;
    char buffer[8192];
} w2v__files_sink;

static void w2v__files_sink_init(w2v__files_sink *f, w2v_write_fn write_fn, void *user, w2v_error *err)
{
    f->write_fn = write_fn;
    f->user = user;
    f->err = err;
    f->stopped = 0;
    f->n = 0;
}

static void w2v__files_flush(w2v__files_sink *f)
{
    if (f->n && !f->stopped) f->stopped = f->write_fn(f->buffer, f->n, f->user);
    f->n = 0;
}

static void w2v__files_put(w2v__files_sink *f, const char *bytes, size_t n)
{
    if (n > sizeof f->buffer - f->n) w2v__files_flush(f);
    if (n > sizeof f->buffer) {
        if (!f->stopped) f->stopped = f->write_fn(bytes, n, f->user);
    } else {
        if (n) memcpy(f->buffer + f->n, bytes, n);
        f->n += n;
    }
}

static w2v_status w2v__files_sink_end(w2v__files_sink *f)
{
    w2v__files_flush(f);
    return f->stopped ? w2v__fail(f->err, W2V_ERROR_STOPPED, "the output was stopped") : W2V_OK;
}

// As printf, for at most 4095 bytes.
W2V__PRINTF(2, 3) static void w2v__files_print(w2v__files_sink *f, const char *format, ...)
{
    char text[4096];
    va_list args;
    va_start(args, format);
    const int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    W2V_ASSERT(n >= 0 && (size_t)n < sizeof text);
    w2v__files_put(f, text, (size_t)n);
}

W2V__COLD_BEGIN
// What the header writes for itself, vectors and checkpoints, are files of parts: a head, a table of the
// parts, the parts, and hashes. Numbers are little-endian and parts begin on 64 bytes, so that most machines
// use a file as it lies on the disk. The last part, "hashes", has one for every MiB before it.
enum { W2V__FILES_LINE = 64, W2V__FILES_HASHED = 1 << 20, W2V__FILES_MOST_PARTS = 16 };

typedef struct w2v__files_head {
    char signature[8];   // the last byte counts the layouts
    uint64_t bytes;      // of the file
    uint64_t parts;      // how many
    uint64_t hash;       // of the head and the table, with 0 here
    uint64_t number[4];  // what the signature says
} w2v__files_head;

typedef struct w2v__files_part {
    char name[24];       // filled up with NUL
    uint64_t width;      // bytes of a number: 1, 2, 4 or 8
    uint64_t at, bytes;  // where it is in the file
    uint64_t unused[2];
} w2v__files_part;

typedef struct w2v__files_top {
    w2v__files_head head;
    w2v__files_part part[W2V__FILES_MOST_PARTS];
} w2v__files_top;

static uint64_t w2v__files_top_bytes(uint64_t parts) { return W2V__FILES_LINE * (1 + parts); }

static void w2v__files_swap_top(w2v__files_top *top, size_t parts)
{
    w2v__files_swap(&top->head.bytes, W2V__FILES_LINE / 8 - 1, 8);
    for (size_t i = 0; i < parts; i++) w2v__files_swap(&top->part[i].width, 5, 8);
}

// Four hashes side by side, as each multiplication waits for the one before it. n is a multiple of 64.
static uint64_t w2v__files_hash(const char *bytes, size_t n)
{
    enum { LANES = 4 };
    uint64_t h[LANES] = {1, 2, 3, 4}, word[LANES], all = W2V__HASH_START;
    for (size_t i = 0; i < n; i += sizeof word) {
        memcpy(word, bytes + i, sizeof word);
        w2v__files_swap(word, LANES, 8);
        for (size_t k = 0; k < LANES; k++) {
            h[k] = (h[k] ^ word[k]) * UINT64_C(0x9e3779b97f4a7c15);
            h[k] ^= h[k] >> 32;
        }
    }
    for (size_t k = 0; k < LANES; k++) all = (all ^ h[k]) * UINT64_C(0x9e3779b97f4a7c15);
    return all ^ all >> 32;
}

typedef struct w2v__files_writer {
    w2v__files_sink *sink;
    w2v__files_top top;
    uint64_t at;       // bytes put
    char *block;       // (W2V__FILES_HASHED) what was put since the last whole block
    uint64_t *hashes;  // of blocks
} w2v__files_writer;

// Numbers of the part that is being written.
static void w2v__files_put_numbers(w2v__files_writer *w, const void *numbers, size_t n, size_t width)
{
    const char *p = (const char *)numbers;
    for (size_t left = n * width; left;) {
        const size_t used = (size_t)(w->at % W2V__FILES_HASHED),
                     take = w2v__min_size(left, W2V__FILES_HASHED - used);
        memcpy(w->block + used, p, take);
        w2v__files_swap(w->block + used, take / width, width);
        w->at += take;
        p += take;
        left -= take;
        if (used + take < W2V__FILES_HASHED) continue;
        w->hashes[w->at / W2V__FILES_HASHED - 1] = w2v__files_hash(w->block, W2V__FILES_HASHED);
        w2v__files_put(w->sink, w->block, W2V__FILES_HASHED);
    }
}

// A part of n numbers. All parts are put twice: while there is no block, which only counts their bytes (then
// this returns 0), and to be written.
static int w2v__files_begin_part(w2v__files_writer *w, const char *name, size_t width, uint64_t n)
{
    static const char zeros[W2V__FILES_LINE] = {0};
    if (w->block) {
        w2v__files_put_numbers(w, zeros, (size_t)((0 - w->at) % W2V__FILES_LINE), 1);
        return 1;
    }
    w2v__files_part *p = &w->top.part[w->top.head.parts++];
    W2V_ASSERT(w->top.head.parts <= W2V__FILES_MOST_PARTS && strlen(name) < sizeof p->name);
    memcpy(p->name, name, strlen(name));
    p->width = width;
    p->bytes = width * n;
    return 0;
}

static void w2v__files_put_part(w2v__files_writer *w, const char *name, size_t width, uint64_t n,
                                const void *numbers)
{
    if (w2v__files_begin_part(w, name, width, n)) w2v__files_put_numbers(w, numbers, (size_t)n, width);
}

// Puts the parts of `of`. It is called twice, first to count bytes, and puts the same parts both times.
typedef void (*w2v__files_put_fn)(w2v__files_writer *w, const void *of);

static w2v_status w2v__files_write_parts(const char *signature, const uint64_t number[4],
                                         w2v__files_put_fn put_fn, const void *of, w2v__files_sink *sink)
{
    w2v__files_writer w;
    w2v__files_head *head = &w.top.head;
    memset(&w, 0, sizeof w);
    w.sink = sink;
    put_fn(&w, of);
    const size_t last = (size_t)head->parts, top = (size_t)w2v__files_top_bytes(last + 1);
    uint64_t end = top;
    for (size_t i = 0; i < last; i++) {
        w.top.part[i].at = end;
        end += w.top.part[i].bytes + (0 - w.top.part[i].bytes) % W2V__FILES_LINE;
    }
    const uint64_t blocks = (end + W2V__FILES_HASHED - 1) / W2V__FILES_HASHED;
    w2v__files_begin_part(&w, "hashes", 8, blocks);
    w.top.part[last].at = end;
    memcpy(head->signature, signature, sizeof head->signature);
    memcpy(head->number, number, sizeof head->number);
    head->bytes = end + w.top.part[last].bytes;
    w2v__files_swap_top(&w.top, last + 1);
    head->hash = w2v__files_hash((const char *)&w.top, top);
    w2v__files_swap(&head->hash, 1, 8);
    w.block = (char *)w2v__new(w2v__add(W2V__FILES_HASHED, w2v__mul((size_t)blocks, 8)), 1, sink->err);
    if (!w.block) return W2V_ERROR_MEMORY;
    w.hashes = (uint64_t *)(void *)(w.block + W2V__FILES_HASHED);
    w2v__files_put_numbers(&w, &w.top, top, 1);
    put_fn(&w, of);
    w2v__files_begin_part(&w, "hashes", 8, blocks);
    const size_t left = (size_t)(w.at % W2V__FILES_HASHED);
    if (left) w.hashes[blocks - 1] = w2v__files_hash(w.block, left);
    w2v__files_put(sink, w.block, left);
    w2v__files_swap(w.hashes, (size_t)blocks, 8);
    w2v__files_put(sink, (const char *)w.hashes, 8 * (size_t)blocks);
    W2V_FREE(w.block);
    return w2v__files_sink_end(sink);
}

// A file of parts in memory, which may be written and does not change the file.
typedef struct w2v__files_parts {
    const char *name;  // of the source, for messages
    char *bytes;       // (size) on 64 bytes
    uint64_t size;
    size_t threads;  // that check the hashes, and decode
    int mapped;
#if !defined(W2V_NO_STDIO) && !defined(_WIN32)
    w2v__files_info file;  // that is mapped
#endif
    w2v__files_top *top;  // at its beginning
} w2v__files_parts;

// Whether what was opened begins with this signature, of any layout.
static int w2v__files_has_signature(w2v__files_input *in, const char *signature)
{
    return w2v__files_peek(in, 8) && w2v__files_begins_with(in, signature, 7);
}

static w2v_status w2v__files_damaged(const w2v__files_parts *p, w2v_error *err)
{
    return w2v__fail(err, W2V_ERROR_FORMAT, "'%.200s' is damaged: take an older copy, or make it again",
                     p->name);
}

#ifndef W2V_NO_STDIO
// Maps a whole regular file, which several processes then share; 0 if that is not possible.
static int w2v__files_map(w2v__files_parts *p, const char *path)
{
#if defined(_WIN32)
    const HANDLE file = CreateFileA(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_DELETE, NULL,
                                    OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
    if (file == INVALID_HANDLE_VALUE) return 0;
    const HANDLE mapping = CreateFileMappingA(file, NULL, PAGE_WRITECOPY, 0, 0, NULL);
    LARGE_INTEGER size;
    const int known = GetFileSizeEx(file, &size) && (uint64_t)size.QuadPart <= SIZE_MAX / 2;
    if (mapping && known) p->bytes = (char *)MapViewOfFile(mapping, FILE_MAP_COPY, 0, 0, 0);
    if (mapping) CloseHandle(mapping);
    CloseHandle(file);
    p->size = known ? (uint64_t)size.QuadPart : 0;
#else
    const int file = open(path, O_RDONLY);
    if (file < 0) return 0;
    const int usable = !fstat(file, &p->file) && S_ISREG(p->file.st_mode) && p->file.st_size > 0 &&
                       (uint64_t)p->file.st_size <= SIZE_MAX / 2;
    void *bytes = usable ? mmap(NULL, (size_t)p->file.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0)
                         : MAP_FAILED;
    close(file);
    p->bytes = bytes == MAP_FAILED ? NULL : (char *)bytes;
    p->size = usable ? (uint64_t)p->file.st_size : 0;
#endif
    p->mapped = p->bytes != NULL;
    return p->mapped;
}

// A file that replaces the mapped one, p (NULL: there is none), must not be written in place, because the
// rows of p are in use. Windows refuses that by itself.
static w2v_status w2v__files_spare(w2v_file *o, const w2v__files_parts *p, w2v_error *err)
{
#if defined(_WIN32)
    (void)o, (void)p, (void)err;
    return W2V_OK;
#else
    if (!p || !p->mapped || !o->replaces || p->file.st_dev != o->before.st_dev ||
        p->file.st_ino != o->before.st_ino)
        return W2V_OK;
    o->spared = 1;
    if (o->temporary) return W2V_OK;
    return w2v__fail(err, W2V_ERROR_IO,
                     "cannot write '%.200s': the model is mapped from it, and no file can be made beside it "
                     "(read it with in_memory)",
                     o->path);
#endif
}
#endif

// NULL and zeros are allowed.
static void w2v__files_parts_close(w2v__files_parts *p)
{
    if (!p || !p->bytes) return;
    if (!p->mapped) w2v__free_aligned(p->bytes);
#if defined(W2V_NO_STDIO)
#elif defined(_WIN32)
    if (p->mapped) UnmapViewOfFile(p->bytes);
#else
    if (p->mapped) munmap(p->bytes, (size_t)p->size);
#endif
    p->bytes = NULL;
}

// The first part of this name whose numbers have this width, or NULL.
static const w2v__files_part *w2v__files_find(const w2v__files_parts *p, const char *name, size_t width)
{
    for (size_t i = 0; i < p->top->head.parts; i++)
        if (!strcmp(p->top->part[i].name, name) && p->top->part[i].width == width) return &p->top->part[i];
    return NULL;
}

// Its numbers; NULL if they are not `count`.
static void *w2v__files_part_of(const w2v__files_parts *p, const char *name, size_t width, uint64_t count)
{
    const w2v__files_part *part = w2v__files_find(p, name, width);
    return part && part->bytes / width == count ? p->bytes + part->at : NULL;
}

// How many they are; 0 if it is not there.
static uint64_t w2v__files_part_count(const w2v__files_parts *p, const char *name, size_t width)
{
    const w2v__files_part *part = w2v__files_find(p, name, width);
    return part ? part->bytes / width : 0;
}

typedef struct w2v__files_check {
    const w2v__files_parts *parts;
    const uint64_t *hashes;  // little-endian
    uint64_t end;            // of the bytes that they are of
    char *wrong;             // (threads) 1: a block that the thread has compared is damaged
} w2v__files_check;

static void w2v__files_check_block(void *shared, size_t block, size_t thread)
{
    const w2v__files_check *c = (const w2v__files_check *)shared;
    const size_t at = block * W2V__FILES_HASHED, left = (size_t)c->end - at;  // the file is in memory
    uint64_t h = w2v__files_hash(c->parts->bytes + at, w2v__min_size(left, W2V__FILES_HASHED));
    w2v__files_swap(&h, 1, 8);
    if (h != c->hashes[block]) c->wrong[thread] = 1;
}

// Compares all blocks with their hashes.
static w2v_status w2v__files_check_hashes(const w2v__files_parts *p, uint64_t end, w2v_error *err)
{
    const size_t blocks = (size_t)((end + W2V__FILES_HASHED - 1) / W2V__FILES_HASHED);
    const uint64_t *hashes = (const uint64_t *)(const void *)(p->bytes + end);
    char wrong[1024] = {0};
    w2v__files_check c = {p, hashes, end, wrong};
    w2v__for_each(blocks, w2v__min_size(p->threads, sizeof wrong), w2v__files_check_block, &c);
    return memchr(wrong, 1, sizeof wrong) ? w2v__files_damaged(p, err) : W2V_OK;
}

// Checks the table and, with all_hashes, the hashes. Then makes all numbers those of this machine.
static w2v_status w2v__files_check_parts(w2v__files_parts *p, int all_hashes, w2v_error *err)
{
    w2v__files_head head;
    if (p->size < sizeof head) return w2v__files_damaged(p, err);
    memcpy(&head, p->bytes, sizeof head);
    w2v__files_swap(&head.bytes, W2V__FILES_LINE / 8 - 1, 8);
    const size_t parts = (size_t)head.parts;
    uint64_t end = w2v__files_top_bytes(head.parts);  // of the part before
    if (head.bytes != p->size || !head.parts || head.parts > W2V__FILES_MOST_PARTS || end > p->size)
        return w2v__files_damaged(p, err);
    p->top = (w2v__files_top *)(void *)p->bytes;
    const uint64_t little = p->top->head.hash;
    p->top->head.hash = 0;
    const uint64_t hash = w2v__files_hash(p->bytes, (size_t)end);
    p->top->head.hash = little;
    if (hash != head.hash) return w2v__files_damaged(p, err);
    w2v__files_swap_top(p->top, parts);
    for (size_t i = 0; i < parts; i++) {
        const w2v__files_part *part = &p->top->part[i];
        const uint64_t width = part->width;
        if ((width != 1 && width != 2 && width != 4 && width != 8) || part->bytes % width ||
            part->at % W2V__FILES_LINE || part->at < end || part->at > p->size ||
            part->bytes > p->size - part->at || part->name[sizeof part->name - 1])
            return w2v__files_damaged(p, err);
        end = part->at + part->bytes;
    }
    const uint64_t at = p->top->part[parts - 1].at;
    if (w2v__files_part_of(p, "hashes", 8, (at + W2V__FILES_HASHED - 1) / W2V__FILES_HASHED) !=
            p->bytes + at ||
        end != p->size)
        return w2v__files_damaged(p, err);
    if (all_hashes) {
        w2v__files_swap_top(p->top, parts);  // as in the file
        const w2v_status status = w2v__files_check_hashes(p, at, err);
        if (status != W2V_OK) return status;
        w2v__files_swap_top(p->top, parts);
    }
    for (const w2v__files_part *part = p->top->part; part < p->top->part + parts; part++)
        w2v__files_swap(p->bytes + part->at, (size_t)(part->bytes / part->width), (size_t)part->width);
    return W2V_OK;
}

// Reads a file of parts that `maker` has written. With `map` a regular file is mapped; then its hashes are
// checked only with all_hashes. Close it unless this fails.
static w2v_status w2v__files_parts_open(w2v__files_parts *p, w2v__files_input *in, const char *signature,
                                        const char *maker, int map, int all_hashes, size_t threads)
{
    memset(p, 0, sizeof *p);
    p->name = in->name;
    p->threads = threads;
    if (!w2v__files_has_signature(in, signature))
        return w2v__fail(in->err, W2V_ERROR_FORMAT, "'%.200s' is not a file of %s", in->name, maker);
    if (in->bytes[in->pos + 7] != signature[7])
        return w2v__fail(in->err, W2V_ERROR_FORMAT,
                         "'%.200s' is of another version of w2v.h: go on with that version, or begin anew",
                         in->name);
#ifndef W2V_NO_STDIO
    const w2v_source *source = in->reader.source;
    if (map && source->kind == W2V_SOURCE_FILE && in->reader.bytes) w2v__files_map(p, source->path);
#else
    (void)map;
#endif
    if (!p->bytes) {
        const char *head = w2v__files_peek(in, 16);  // with the number of bytes
        const uint64_t bytes = head ? w2v__files_get_whole(head + 8, 8) : 0;
        p->size = w2v__files_left(in);  // 0: a pipe, of which a byte more is read than it should have
        if (!p->size) p->size = w2v__files_need(in, bytes < SIZE_MAX ? (size_t)bytes + 1 : SIZE_MAX);
        if (in->status != W2V_OK) return in->status;
        if (p->size != bytes) return w2v__files_damaged(p, in->err);
        p->bytes = (char *)w2v__new_aligned(p->size < SIZE_MAX ? (size_t)p->size : SIZE_MAX, 1, in->err);
        if (!p->bytes) return W2V_ERROR_MEMORY;
        for (size_t got = 0, n; got < p->size; got += n) {
            n = w2v__min_size(w2v__files_need(in, 1), (size_t)p->size - got);
            if (!n) p->size = got;  // it has become shorter
            memcpy(p->bytes + got, in->bytes + in->pos, n);
            w2v__files_input_skip(in, n);
        }
        if (in->status != W2V_OK) {
            w2v__files_parts_close(p);
            return in->status;
        }
        all_hashes = 1;
    }
    const int replaced = p->size >= 8 && memcmp(p->bytes, signature, 8);  // since it was opened
    const w2v_status status =
        replaced ? w2v__files_damaged(p, in->err) : w2v__files_check_parts(p, all_hashes, in->err);
    if (status != W2V_OK) w2v__files_parts_close(p);
    return status;
}

// Opens a source as a file of parts and checks all its hashes.
static w2v_status w2v__files_parts_load(w2v__files_parts *p, const w2v_source *source, const char *signature,
                                        const char *maker, size_t threads, w2v_error *err)
{
    w2v__files_input in;
    w2v_status status = w2v__files_input_open(&in, source, err);
    if (status == W2V_OK) status = w2v__files_parts_open(p, &in, signature, maker, 1, 1, threads);
    return w2v__files_input_close(&in, status);  // it fails only if reading has: then nothing is open
}
W2V__COLD_END

#endif  // W2V__MAIN_PASS

// -----------------------------------------------------------------------------------------------------------------
// >>simd (implementation)
//
// w2v__vec is 16 floats in every backend: one zmm, two ymm, four NEON q, four vectors of GNU C, or an array.
// min and max give the second operand where either is NaN, as x86 does; select_lt then gives y. No result of
// w2v__v_mul may flow straight into w2v__v_add: compilers are free to fuse the two, and then the bits differ
// between them. Say w2v__v_fma where a product is added.
//
//   load, store, load_n, store_n   n < 16 floats: the rest reads as zero and is not written
//   set1, add, sub, mul, div, sqrt
//   fma                            fma(a, b, c) = a * b + c, rounded once (twice without such an instruction)
//   min, max, select_lt            select_lt(a, b, x, y) = a < b ? x : y, lane by lane
//   round                          to the nearest whole number, ties to even, for |x| < 2^22
//   exp2_int                       2^n for whole n in -126 .. 127
//   split                          x = 2^e * m with m in [sqrt(1/2), sqrt(2)), for normal x > 0
//   larger_bits                    the larger of a and |x| as unsigned integers: shows what is not finite
//   sums                           lane i: the sum of vector i of a[0 .. n-1], each added by halves
//                                  (8, 4, 2, 1); n <= 16
//   sum                            of one vector, in the same order
//   w2v__vpart_load, _load_once, _store, _set1, _fma; join
//                                  the same for one register of a vector, of which it has W2V__SIMD_PARTS.
//                                  A backend of four parts (NEON, generic) defines all of these for a part
//                                  only.
//   pack                           a vector of its registers (AVX2 two, NEON and generic four)
//   bytes, words                   16 signed bytes, or numbers of 16 bits above -32768
//   no_ints, dot_bytes, sum_ints   a few 32-bit sums: zeros; plus products of words and bytes; their total
//
// W2V__SIMD_TILE_I x W2V__SIMD_TILE_J is the largest tile of scores whose sums stay in registers; an update
// takes W2V__SIMD_UPDATE_I rows at a time; rows_dot and rows_axpy work on W2V__SIMD_ROWS rows at a time.
//
// This section and the next are compiled once for each backend in W2V__SIMD_BACKEND: first for
// W2V__SIMD_BASE, which the compiler's flags allow, then, where the processor chooses at run time, for
// others: the header includes itself. Functions get the target that the flags do not give
// them (W2V__SIMD_TARGETED).

#ifdef W2V__MAIN_PASS
#if defined(W2V_SIMD)
#define W2V__SIMD_BASE W2V_SIMD
#elif defined(__AVX512F__)
#define W2V__SIMD_BASE W2V_SIMD_AVX512
#elif defined(__AVX2__) && (defined(__FMA__) || defined(_MSC_VER))
#define W2V__SIMD_BASE W2V_SIMD_AVX2
#elif (defined(__aarch64__) && defined(__ARM_NEON)) || defined(_M_ARM64)
#define W2V__SIMD_BASE W2V_SIMD_NEON
#elif (defined(__clang__) || (defined(__GNUC__) && __GNUC__ >= 9)) && \
    (!defined(__i386__) || defined(__SSE__))  // else the ABI has no vectors
#define W2V__SIMD_BASE W2V_SIMD_GENERIC
#else
#define W2V__SIMD_BASE W2V_SIMD_SCALAR
#endif

// gcc for Windows does not align the stack for vectors of more than 16 bytes (GCC bug 54412), and clang with
// the headers of MSVC declares intrinsics only for the target of the flags: there the flags decide. Other
// compilers have no targets.
#if !defined(W2V_SIMD) && !defined(W2V_NO_DISPATCH) && (defined(__x86_64__) || defined(_M_X64)) && \
    (defined(W2V__GNU) || defined(_MSC_VER)) && !(defined(__MINGW32__) && !defined(__clang__)) &&  \
    !(defined(_MSC_VER) && defined(__clang__))
#if W2V__SIMD_BASE != W2V_SIMD_AVX512
#define W2V__SIMD_WITH_AVX512
#if W2V__SIMD_BASE != W2V_SIMD_AVX2
#define W2V__SIMD_WITH_AVX2
#endif
#endif
#endif
#define W2V__SIMD_BACKEND W2V__SIMD_BASE

// Kernels are inlined and unrolled by force, except where that is in vain and takes minutes to compile:
// without optimisation, and under the address sanitizer.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define W2V__SIMD_SANITIZED
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define W2V__SIMD_SANITIZED
#endif
#if !defined(W2V__SIMD_SANITIZED) && (defined(__OPTIMIZE__) || defined(_MSC_VER))
#define W2V__SIMD_FAST_KERNELS
#endif

// clang does not say so of the last two.
#if defined(__FP_FAST_FMAF) || defined(FP_FAST_FMAF) || defined(__FMA__) || defined(__riscv_flen) || \
    defined(__s390x__)
#define W2V__SIMD_HAS_FMA  // fmaf is an instruction, not a call
#endif

// Rows to prefetch.
typedef struct w2v__v_prefetch_list {
    float **row;
    size_t n;
    size_t stride;  // w2v__step_fetch_stride
} w2v__v_prefetch_list;

// Prefetches the line at `at` of every row, of n floats. Returns where the next one is.
W2V__INLINE size_t w2v__v_fetch(const w2v__v_prefetch_list *prefetch, size_t at, size_t n)
{
    for (size_t r = 0; r < prefetch->n; r++) W2V__PREFETCH_TO_WRITE(prefetch->row[r] + at);
    at += prefetch->stride;
    return at < n ? at : at - n;
}

// What more than one backend defines has the name of the backend at its end: kernels and their helpers,
// W2V__K(name), and these functions and types.
#define W2V__SIMD_PASTE2(name, suffix) name##suffix
#define W2V__SIMD_PASTE(name, suffix) W2V__SIMD_PASTE2(name, suffix)
#define W2V__K(name) W2V__SIMD_PASTE(w2v__k_##name, W2V__SIMD_SUFFIX)
#define W2V__SIMD_OF_BACKEND(name) W2V__SIMD_PASTE(name, W2V__SIMD_SUFFIX)
#define w2v__vec W2V__SIMD_OF_BACKEND(w2v__vec)
#define w2v__vints W2V__SIMD_OF_BACKEND(w2v__vints)
#define w2v__vbytes W2V__SIMD_OF_BACKEND(w2v__vbytes)
#define w2v__vwords W2V__SIMD_OF_BACKEND(w2v__vwords)
#define w2v__v_words W2V__SIMD_OF_BACKEND(w2v__v_words)
#define w2v__vpart W2V__SIMD_OF_BACKEND(w2v__vpart)
#define w2v__vpart_fma W2V__SIMD_OF_BACKEND(w2v__vpart_fma)
#define w2v__vpart_load W2V__SIMD_OF_BACKEND(w2v__vpart_load)
#define w2v__vpart_load_once W2V__SIMD_OF_BACKEND(w2v__vpart_load_once)
#define w2v__vpart_set1 W2V__SIMD_OF_BACKEND(w2v__vpart_set1)
#define w2v__vpart_store W2V__SIMD_OF_BACKEND(w2v__vpart_store)
#define w2v__v_add W2V__SIMD_OF_BACKEND(w2v__v_add)
#define w2v__v_bytes W2V__SIMD_OF_BACKEND(w2v__v_bytes)
#define w2v__v_div W2V__SIMD_OF_BACKEND(w2v__v_div)
#define w2v__v_dot_bytes W2V__SIMD_OF_BACKEND(w2v__v_dot_bytes)
#define w2v__v_exp2_int W2V__SIMD_OF_BACKEND(w2v__v_exp2_int)
#define w2v__v_fma W2V__SIMD_OF_BACKEND(w2v__v_fma)
#define w2v__v_join W2V__SIMD_OF_BACKEND(w2v__v_join)
#define w2v__v_larger_bits W2V__SIMD_OF_BACKEND(w2v__v_larger_bits)
#define w2v__v_load W2V__SIMD_OF_BACKEND(w2v__v_load)
#define w2v__v_load_n W2V__SIMD_OF_BACKEND(w2v__v_load_n)
#define w2v__v_max W2V__SIMD_OF_BACKEND(w2v__v_max)
#define w2v__v_min W2V__SIMD_OF_BACKEND(w2v__v_min)
#define w2v__v_mul W2V__SIMD_OF_BACKEND(w2v__v_mul)
#define w2v__v_no_ints W2V__SIMD_OF_BACKEND(w2v__v_no_ints)
#define w2v__v_pack W2V__SIMD_OF_BACKEND(w2v__v_pack)
#define w2v__v_round W2V__SIMD_OF_BACKEND(w2v__v_round)
#define w2v__v_select_lt W2V__SIMD_OF_BACKEND(w2v__v_select_lt)
#define w2v__v_set1 W2V__SIMD_OF_BACKEND(w2v__v_set1)
#define w2v__v_split W2V__SIMD_OF_BACKEND(w2v__v_split)
#define w2v__v_sqrt W2V__SIMD_OF_BACKEND(w2v__v_sqrt)
#define w2v__v_store W2V__SIMD_OF_BACKEND(w2v__v_store)
#define w2v__v_store_n W2V__SIMD_OF_BACKEND(w2v__v_store_n)
#define w2v__v_sub W2V__SIMD_OF_BACKEND(w2v__v_sub)
#define w2v__v_sum W2V__SIMD_OF_BACKEND(w2v__v_sum)
#define w2v__v_sum_ints W2V__SIMD_OF_BACKEND(w2v__v_sum_ints)
#define w2v__v_sums W2V__SIMD_OF_BACKEND(w2v__v_sums)
#endif  // W2V__MAIN_PASS

#ifdef W2V__SIMD_BACKEND
#undef W2V__SIMD_SUFFIX
#undef W2V__SIMD_NAME
#undef W2V__SIMD_INLINE
#undef W2V__SIMD_UNROLL
#undef W2V__SIMD_TRY_UNROLL
#undef W2V__SIMD_UNROLL_PARTS
#undef W2V__SIMD_TILE_I
#undef W2V__SIMD_TILE_J
#undef W2V__SIMD_UPDATE_I
#undef W2V__SIMD_ROWS
#undef W2V__SIMD_PARTS
#undef W2V__SIMD_LONG
#if defined(W2V__SIMD_FAST_KERNELS) && W2V__SIMD_BACKEND != W2V_SIMD_SCALAR
#define W2V__SIMD_INLINE W2V__INLINE
#define W2V__SIMD_UNROLL W2V__UNROLL
#if defined(__clang__)
#define W2V__SIMD_TRY_UNROLL  // clang warns where it cannot, and unrolls by itself where it can
#else
#define W2V__SIMD_TRY_UNROLL W2V__UNROLL
#endif
#else
#define W2V__SIMD_INLINE W2V__UNUSED static inline
#define W2V__SIMD_UNROLL
#define W2V__SIMD_TRY_UNROLL
#endif
// Of three backends in a program, the one for processors without AVX2 has small code: its long functions are
// called, not inlined.
#if defined(W2V__SIMD_WITH_AVX2) && W2V__SIMD_BACKEND == W2V__SIMD_BASE
#define W2V__SIMD_LONG W2V__NOINLINE
#define W2V__SIMD_UNROLL_PARTS
#else
#define W2V__SIMD_LONG W2V__SIMD_INLINE
#define W2V__SIMD_UNROLL_PARTS W2V__SIMD_UNROLL
#endif

#if W2V__SIMD_BACKEND == W2V_SIMD_AVX512
#include <immintrin.h>
#ifndef __AVX512F__
#define W2V__SIMD_TARGETED
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx2,fma"))), apply_to = function)
#elif defined(__GNUC__)
#pragma GCC push_options
#pragma GCC target("avx512f,avx2,fma")
#endif
#endif
#define W2V__SIMD_SUFFIX _avx512
#define W2V__SIMD_NAME "avx512"
// 24 of 32 registers hold scores, 5 rows; 12 hold output rows, 4 input rows
#define W2V__SIMD_TILE_I 4
#define W2V__SIMD_TILE_J 6
#define W2V__SIMD_UPDATE_I 2
#define W2V__SIMD_ROWS 8
#define W2V__SIMD_PARTS 1

typedef __m512 w2v__vec;
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-conversion"  // of masks, in gcc's own macros at -O0
#endif
// The plain forms are the same instructions, but g++ 12 warns inside its
// own header about them (GCC bug 105593).
#define W2V__SIMD_ALL ((__mmask16)0xFFFF)
W2V__SIMD_INLINE w2v__vec w2v__v_load(const float *p) { return _mm512_loadu_ps(p); }
W2V__SIMD_INLINE void w2v__v_store(float *p, w2v__vec v) { _mm512_storeu_ps(p, v); }
W2V__SIMD_INLINE w2v__vec w2v__v_load_n(const float *p, size_t n)
{
    return _mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), p);
}
W2V__SIMD_INLINE void w2v__v_store_n(float *p, w2v__vec v, size_t n)
{
    _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), v);
}
W2V__SIMD_INLINE w2v__vec w2v__v_set1(float x) { return _mm512_set1_ps(x); }
W2V__SIMD_INLINE w2v__vec w2v__v_add(w2v__vec a, w2v__vec b) { return _mm512_add_ps(a, b); }
W2V__SIMD_INLINE w2v__vec w2v__v_sub(w2v__vec a, w2v__vec b) { return _mm512_sub_ps(a, b); }
W2V__SIMD_INLINE w2v__vec w2v__v_mul(w2v__vec a, w2v__vec b) { return _mm512_mul_ps(a, b); }
W2V__SIMD_INLINE w2v__vec w2v__v_div(w2v__vec a, w2v__vec b) { return _mm512_div_ps(a, b); }
W2V__SIMD_INLINE w2v__vec w2v__v_sqrt(w2v__vec a) { return _mm512_maskz_sqrt_ps(W2V__SIMD_ALL, a); }
W2V__SIMD_INLINE w2v__vec w2v__v_fma(w2v__vec a, w2v__vec b, w2v__vec c) { return _mm512_fmadd_ps(a, b, c); }
W2V__SIMD_INLINE w2v__vec w2v__v_min(w2v__vec a, w2v__vec b)
{
    return _mm512_maskz_min_ps(W2V__SIMD_ALL, a, b);
}
W2V__SIMD_INLINE w2v__vec w2v__v_max(w2v__vec a, w2v__vec b)
{
    return _mm512_maskz_max_ps(W2V__SIMD_ALL, a, b);
}
W2V__SIMD_INLINE w2v__vec w2v__v_select_lt(w2v__vec a, w2v__vec b, w2v__vec x, w2v__vec y)
{
    return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(a, b, _CMP_LT_OQ), y, x);
}
W2V__SIMD_INLINE w2v__vec w2v__v_round(w2v__vec a)
{
    return _mm512_maskz_roundscale_ps(W2V__SIMD_ALL, a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
W2V__SIMD_INLINE w2v__vec w2v__v_exp2_int(w2v__vec n)
{
    return _mm512_castsi512_ps(_mm512_maskz_slli_epi32(
        W2V__SIMD_ALL, _mm512_add_epi32(_mm512_maskz_cvtps_epi32(W2V__SIMD_ALL, n), _mm512_set1_epi32(127)),
        23));
}
W2V__SIMD_INLINE w2v__vec w2v__v_split(w2v__vec x, w2v__vec *e)
{
    const __m512i half = _mm512_set1_epi32(0x3f3504f3);  // sqrt(1/2)
    const __m512i i = _mm512_sub_epi32(_mm512_castps_si512(x), half);
    *e = _mm512_maskz_cvtepi32_ps(W2V__SIMD_ALL, _mm512_maskz_srai_epi32(W2V__SIMD_ALL, i, 23));
    return _mm512_castsi512_ps(_mm512_add_epi32(_mm512_and_epi32(i, _mm512_set1_epi32(0x7fffff)), half));
}
W2V__SIMD_INLINE w2v__vec w2v__v_larger_bits(w2v__vec a, w2v__vec x)
{
    const __m512i bits = _mm512_and_epi32(_mm512_castps_si512(x), _mm512_set1_epi32(0x7fffffff));
    return _mm512_castsi512_ps(_mm512_maskz_max_epu32(W2V__SIMD_ALL, _mm512_castps_si512(a), bits));
}
// Each fold adds the halves of what is left of two vectors and packs the results into one.
W2V__SIMD_INLINE __m512 w2v__v_fold8(__m512 a, __m512 b)
{
    return _mm512_add_ps(_mm512_mask_blend_ps((__mmask16)0xFF00, a, b),
                         _mm512_maskz_shuffle_f32x4(W2V__SIMD_ALL, a, b, 0x4E));
}
W2V__SIMD_INLINE __m512 w2v__v_fold4(__m512 a, __m512 b)
{
    return _mm512_add_ps(_mm512_maskz_shuffle_f32x4(W2V__SIMD_ALL, a, b, 0x88),
                         _mm512_maskz_shuffle_f32x4(W2V__SIMD_ALL, a, b, 0xDD));
}
W2V__SIMD_INLINE __m512 w2v__v_fold2(__m512 a, __m512 b)
{
    return _mm512_add_ps(_mm512_mask_blend_ps((__mmask16)0xCCCC, a, b),
                         _mm512_maskz_shuffle_ps(W2V__SIMD_ALL, a, b, 0x4E));
}
W2V__SIMD_INLINE __m512 w2v__v_fold1(__m512 a, __m512 b)
{
    return _mm512_add_ps(_mm512_maskz_shuffle_ps(W2V__SIMD_ALL, a, b, 0x88),
                         _mm512_maskz_shuffle_ps(W2V__SIMD_ALL, a, b, 0xDD));
}
W2V__SIMD_INLINE w2v__vec w2v__v_sums(const w2v__vec *a, int n)
{
    __m512 r[4];
    W2V__SIMD_UNROLL
    for (int i = 0; i < 4; i++) r[i] = w2v__v_fold8(a[i < n ? i : 0], a[i + 4 < n ? i + 4 : 0]);
    if (n <= 8) {  // half of the work, in another order
        const __m512 q = w2v__v_fold2(w2v__v_fold4(r[0], r[1]), w2v__v_fold4(r[2], r[3]));
        return _mm512_maskz_permutexvar_ps(
            W2V__SIMD_ALL, _mm512_setr_epi32(0, 8, 1, 9, 4, 12, 5, 13, 0, 8, 1, 9, 4, 12, 5, 13),
            w2v__v_fold1(q, q));
    }
    W2V__SIMD_UNROLL
    for (int i = 0; i < 4; i++)
        r[i] = w2v__v_fold4(r[i], w2v__v_fold8(a[i + 8 < n ? i + 8 : 0], a[i + 12 < n ? i + 12 : 0]));
    return w2v__v_fold1(w2v__v_fold2(r[0], r[1]), w2v__v_fold2(r[2], r[3]));
}
W2V__SIMD_INLINE float w2v__v_sum(w2v__vec a)
{
    a = _mm512_add_ps(a, _mm512_maskz_shuffle_f32x4(W2V__SIMD_ALL, a, a, 0x4E));
    a = _mm512_add_ps(a, _mm512_maskz_shuffle_f32x4(W2V__SIMD_ALL, a, a, 0xB1));
    a = _mm512_add_ps(a, _mm512_maskz_shuffle_ps(W2V__SIMD_ALL, a, a, 0x4E));
    a = _mm512_add_ps(a, _mm512_maskz_shuffle_ps(W2V__SIMD_ALL, a, a, 0xB1));
    return _mm512_cvtss_f32(a);
}
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

#elif W2V__SIMD_BACKEND == W2V_SIMD_AVX2
#include <immintrin.h>
#if !defined(__AVX2__) || !defined(__FMA__)
#define W2V__SIMD_TARGETED
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#elif defined(__GNUC__)
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#endif
#endif
#define W2V__SIMD_SUFFIX _avx2
#define W2V__SIMD_NAME "avx2"
// 12 of 16 registers hold scores, 3 rows; 12 hold output rows, 2 an input row
#define W2V__SIMD_TILE_I 2
#define W2V__SIMD_TILE_J 6
#define W2V__SIMD_UPDATE_I 1
#define W2V__SIMD_ROWS 4
#define W2V__SIMD_PARTS 2

typedef struct w2v__vec {
    __m256 lo, hi;
} w2v__vec;
W2V__SIMD_INLINE w2v__vec w2v__v_pack(__m256 lo, __m256 hi)
{
    w2v__vec v;
    v.lo = lo;
    v.hi = hi;
    return v;
}
typedef __m256 w2v__vpart;
W2V__SIMD_INLINE w2v__vpart w2v__vpart_load(const float *p) { return _mm256_loadu_ps(p); }
W2V__SIMD_INLINE void w2v__vpart_store(float *p, w2v__vpart v) { _mm256_storeu_ps(p, v); }
W2V__SIMD_INLINE w2v__vpart w2v__vpart_set1(float x) { return _mm256_set1_ps(x); }
W2V__SIMD_INLINE w2v__vpart w2v__vpart_fma(w2v__vpart a, w2v__vpart b, w2v__vpart c)
{
    return _mm256_fmadd_ps(a, b, c);
}
W2V__SIMD_INLINE w2v__vec w2v__v_join(const w2v__vpart *part, size_t apart)
{
    return w2v__v_pack(part[0], part[apart]);
}
W2V__SIMD_INLINE __m256i w2v__v8_mask(size_t n)  // the first n of 8 lanes, n <= 8
{
    static const int32_t ones[16] = {-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0};
    return _mm256_loadu_si256((const __m256i *)(const void *)(ones + 8 - n));
}
W2V__SIMD_INLINE w2v__vec w2v__v_load(const float *p)
{
    return w2v__v_pack(_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8));
}
W2V__SIMD_INLINE void w2v__v_store(float *p, w2v__vec v)
{
    _mm256_storeu_ps(p, v.lo);
    _mm256_storeu_ps(p + 8, v.hi);
}
W2V__SIMD_INLINE w2v__vec w2v__v_load_n(const float *p, size_t n)
{
    if (n <= 8) return w2v__v_pack(_mm256_maskload_ps(p, w2v__v8_mask(n)), _mm256_setzero_ps());
    return w2v__v_pack(_mm256_loadu_ps(p), _mm256_maskload_ps(p + 8, w2v__v8_mask(n - 8)));
}
W2V__SIMD_INLINE void w2v__v_store_n(float *p, w2v__vec v, size_t n)
{
    _mm256_maskstore_ps(p, w2v__v8_mask(n < 8 ? n : 8), v.lo);
    if (n > 8) _mm256_maskstore_ps(p + 8, w2v__v8_mask(n - 8), v.hi);
}
W2V__SIMD_INLINE w2v__vec w2v__v_set1(float x) { return w2v__v_pack(_mm256_set1_ps(x), _mm256_set1_ps(x)); }
#define W2V__SIMD_PAIR(op, a, b) w2v__v_pack(op((a).lo, (b).lo), op((a).hi, (b).hi))
W2V__SIMD_INLINE w2v__vec w2v__v_add(w2v__vec a, w2v__vec b) { return W2V__SIMD_PAIR(_mm256_add_ps, a, b); }
W2V__SIMD_INLINE w2v__vec w2v__v_sub(w2v__vec a, w2v__vec b) { return W2V__SIMD_PAIR(_mm256_sub_ps, a, b); }
W2V__SIMD_INLINE w2v__vec w2v__v_mul(w2v__vec a, w2v__vec b) { return W2V__SIMD_PAIR(_mm256_mul_ps, a, b); }
W2V__SIMD_INLINE w2v__vec w2v__v_div(w2v__vec a, w2v__vec b) { return W2V__SIMD_PAIR(_mm256_div_ps, a, b); }
W2V__SIMD_INLINE w2v__vec w2v__v_sqrt(w2v__vec a)
{
    return w2v__v_pack(_mm256_sqrt_ps(a.lo), _mm256_sqrt_ps(a.hi));
}
W2V__SIMD_INLINE w2v__vec w2v__v_fma(w2v__vec a, w2v__vec b, w2v__vec c)
{
    return w2v__v_pack(_mm256_fmadd_ps(a.lo, b.lo, c.lo), _mm256_fmadd_ps(a.hi, b.hi, c.hi));
}
W2V__SIMD_INLINE w2v__vec w2v__v_min(w2v__vec a, w2v__vec b) { return W2V__SIMD_PAIR(_mm256_min_ps, a, b); }
W2V__SIMD_INLINE w2v__vec w2v__v_max(w2v__vec a, w2v__vec b) { return W2V__SIMD_PAIR(_mm256_max_ps, a, b); }
W2V__SIMD_INLINE w2v__vec w2v__v_select_lt(w2v__vec a, w2v__vec b, w2v__vec x, w2v__vec y)
{
    return w2v__v_pack(_mm256_blendv_ps(y.lo, x.lo, _mm256_cmp_ps(a.lo, b.lo, _CMP_LT_OQ)),
                       _mm256_blendv_ps(y.hi, x.hi, _mm256_cmp_ps(a.hi, b.hi, _CMP_LT_OQ)));
}
W2V__SIMD_INLINE w2v__vec w2v__v_round(w2v__vec a)
{
    return w2v__v_pack(_mm256_round_ps(a.lo, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC),
                       _mm256_round_ps(a.hi, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}
W2V__SIMD_INLINE __m256 w2v__v8_exp2_int(__m256 n)
{
    return _mm256_castsi256_ps(
        _mm256_slli_epi32(_mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127)), 23));
}
W2V__SIMD_INLINE w2v__vec w2v__v_exp2_int(w2v__vec n)
{
    return w2v__v_pack(w2v__v8_exp2_int(n.lo), w2v__v8_exp2_int(n.hi));
}
W2V__SIMD_INLINE __m256 w2v__v8_split(__m256 x, __m256 *e)
{
    const __m256i half = _mm256_set1_epi32(0x3f3504f3);  // sqrt(1/2)
    const __m256i i = _mm256_sub_epi32(_mm256_castps_si256(x), half);
    *e = _mm256_cvtepi32_ps(_mm256_srai_epi32(i, 23));
    return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_and_si256(i, _mm256_set1_epi32(0x7fffff)), half));
}
W2V__SIMD_INLINE w2v__vec w2v__v_split(w2v__vec x, w2v__vec *e)
{
    w2v__vec m;
    m.lo = w2v__v8_split(x.lo, &e->lo);
    m.hi = w2v__v8_split(x.hi, &e->hi);
    return m;
}
W2V__SIMD_INLINE __m256 w2v__v8_larger_bits(__m256 a, __m256 x)
{
    const __m256i bits = _mm256_and_si256(_mm256_castps_si256(x), _mm256_set1_epi32(0x7fffffff));
    return _mm256_castsi256_ps(_mm256_max_epu32(_mm256_castps_si256(a), bits));
}
W2V__SIMD_INLINE w2v__vec w2v__v_larger_bits(w2v__vec a, w2v__vec x)
{
    return w2v__v_pack(w2v__v8_larger_bits(a.lo, x.lo), w2v__v8_larger_bits(a.hi, x.hi));
}
// Each fold adds the halves of what is left of two vectors and packs the results into one.
W2V__SIMD_INLINE __m256 w2v__v8_fold4(__m256 a, __m256 b)
{
    return _mm256_add_ps(_mm256_blend_ps(a, b, 0xF0), _mm256_permute2f128_ps(a, b, 0x21));
}
W2V__SIMD_INLINE __m256 w2v__v8_fold2(__m256 a, __m256 b)
{
    return _mm256_add_ps(_mm256_blend_ps(a, b, 0xCC), _mm256_shuffle_ps(a, b, 0x4E));
}
W2V__SIMD_INLINE __m256 w2v__v8_fold1(__m256 a, __m256 b)
{
    return _mm256_add_ps(_mm256_shuffle_ps(a, b, 0x88), _mm256_shuffle_ps(a, b, 0xDD));
}
W2V__SIMD_INLINE __m256 w2v__v8_sums(const w2v__vec *a, int n)
{
    __m256 q[8], r[4];
    W2V__SIMD_UNROLL
    for (int i = 0; i < 8; i++) q[i] = _mm256_add_ps(a[i < n ? i : 0].lo, a[i < n ? i : 0].hi);
    W2V__SIMD_UNROLL
    for (int i = 0; i < 4; i++) r[i] = w2v__v8_fold4(q[i], q[i + 4]);
    return w2v__v8_fold1(w2v__v8_fold2(r[0], r[1]), w2v__v8_fold2(r[2], r[3]));
}
W2V__SIMD_INLINE w2v__vec w2v__v_sums(const w2v__vec *a, int n)
{
    const __m256 lo = w2v__v8_sums(a, n < 8 ? n : 8);
    return w2v__v_pack(lo, n > 8 ? w2v__v8_sums(a + 8, n - 8) : lo);
}
W2V__SIMD_INLINE float w2v__v_sum(w2v__vec a)
{
    const __m256 s8 = _mm256_add_ps(a.lo, a.hi);
    const __m128 s4 = _mm_add_ps(_mm256_castps256_ps128(s8), _mm256_extractf128_ps(s8, 1));
    const __m128 s2 = _mm_add_ps(s4, _mm_movehl_ps(s4, s4));
    return _mm_cvtss_f32(_mm_add_ss(s2, _mm_shuffle_ps(s2, s2, 1)));
}

#elif W2V__SIMD_BACKEND == W2V_SIMD_NEON
#if !defined(__aarch64__) && !defined(_M_ARM64)
#error "w2v.h: W2V_SIMD_NEON is for AArch64"
#endif
#include <arm_neon.h>
#define W2V__SIMD_SUFFIX _neon
#define W2V__SIMD_NAME "neon"
// 24 of 32 registers hold scores, 5 rows; 12 hold output rows, 4 input rows
#define W2V__SIMD_TILE_I 4
#define W2V__SIMD_TILE_J 6
#define W2V__SIMD_UPDATE_I 2
#define W2V__SIMD_ROWS 4
#define W2V__SIMD_PARTS 4

typedef float32x4_t w2v__vpart;
W2V__SIMD_INLINE w2v__vpart w2v__vpart_load(const float *p) { return vld1q_f32(p); }
W2V__SIMD_INLINE void w2v__vpart_store(float *p, w2v__vpart v) { vst1q_f32(p, v); }
W2V__SIMD_INLINE w2v__vpart w2v__vpart_set1(float x) { return vdupq_n_f32(x); }
W2V__SIMD_INLINE w2v__vpart w2v__vpart_add(w2v__vpart x, w2v__vpart y) { return vaddq_f32(x, y); }
W2V__SIMD_INLINE w2v__vpart w2v__vpart_sub(w2v__vpart x, w2v__vpart y) { return vsubq_f32(x, y); }
W2V__SIMD_INLINE w2v__vpart w2v__vpart_mul(w2v__vpart x, w2v__vpart y) { return vmulq_f32(x, y); }
W2V__SIMD_INLINE w2v__vpart w2v__vpart_div(w2v__vpart x, w2v__vpart y) { return vdivq_f32(x, y); }
W2V__SIMD_INLINE w2v__vpart w2v__vpart_sqrt(w2v__vpart x) { return vsqrtq_f32(x); }
W2V__SIMD_INLINE w2v__vpart w2v__vpart_fma(w2v__vpart x, w2v__vpart y, w2v__vpart z)
{
    return vfmaq_f32(z, x, y);
}
W2V__SIMD_INLINE w2v__vpart w2v__vpart_select_lt(w2v__vpart s, w2v__vpart t, w2v__vpart x, w2v__vpart y)
{
    return vbslq_f32(vcltq_f32(s, t), x, y);
}
W2V__SIMD_INLINE w2v__vpart w2v__vpart_round(w2v__vpart x) { return vrndnq_f32(x); }
W2V__SIMD_INLINE w2v__vpart w2v__vpart_exp2_int(w2v__vpart n)
{
    return vreinterpretq_f32_s32(vshlq_n_s32(vaddq_s32(vcvtq_s32_f32(n), vdupq_n_s32(127)), 23));
}
W2V__SIMD_INLINE w2v__vpart w2v__vpart_split(w2v__vpart x, w2v__vpart *e)
{
    const int32x4_t half = vdupq_n_s32(0x3f3504f3);  // sqrt(1/2)
    const int32x4_t i = vsubq_s32(vreinterpretq_s32_f32(x), half);
    *e = vcvtq_f32_s32(vshrq_n_s32(i, 23));
    return vreinterpretq_f32_s32(vaddq_s32(vandq_s32(i, vdupq_n_s32(0x7fffff)), half));
}
W2V__SIMD_INLINE w2v__vpart w2v__vpart_larger_bits(w2v__vpart a, w2v__vpart x)
{
    const uint32x4_t bits = vandq_u32(vreinterpretq_u32_f32(x), vdupq_n_u32(0x7fffffff));
    return vreinterpretq_f32_u32(vmaxq_u32(vreinterpretq_u32_f32(a), bits));
}
W2V__SIMD_INLINE w2v__vpart w2v__v_fold2(w2v__vpart a, w2v__vpart b)
{
    return vaddq_f32(vcombine_f32(vget_low_f32(a), vget_low_f32(b)),
                     vcombine_f32(vget_high_f32(a), vget_high_f32(b)));
}
W2V__SIMD_INLINE w2v__vpart w2v__vpart_sums(w2v__vpart p, w2v__vpart q, w2v__vpart r, w2v__vpart s)
{
    return vpaddq_f32(w2v__v_fold2(p, q), w2v__v_fold2(r, s));
}
W2V__SIMD_INLINE float w2v__vpart_sum(w2v__vpart s)
{
    const float32x2_t s2 = vadd_f32(vget_low_f32(s), vget_high_f32(s));
    return vget_lane_f32(vpadd_f32(s2, s2), 0);
}

#elif W2V__SIMD_BACKEND == W2V_SIMD_GENERIC
#if !defined(W2V__GNU)
#error "w2v.h: W2V_SIMD_GENERIC needs the vector extensions of GNU C"
#endif
#ifdef __SSE__
#include <xmmintrin.h>
#endif
#define W2V__SIMD_SUFFIX _generic
#ifdef W2V__SIMD_HAS_FMA
#define W2V__SIMD_NAME "generic-fma"
#else
#define W2V__SIMD_NAME "generic"
#endif
#define W2V__SIMD_TILE_I 2
#define W2V__SIMD_UPDATE_I 1
#ifdef W2V__SIMD_WITH_AVX2  // small code: see W2V__SIMD_LONG
#define W2V__SIMD_TILE_J 4
#define W2V__SIMD_ROWS 1
#else  // 12 of 16 registers hold scores, 2 rows, 1 a product; 12 hold output rows, 2 an input row
#define W2V__SIMD_TILE_J 6
#define W2V__SIMD_ROWS 2
#endif
#define W2V__SIMD_PARTS 4
#if defined(__clang__) && defined(__ALTIVEC__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wdeprecated-altivec-src-compat"  // of comparisons of vectors
#endif

typedef float w2v__vpart __attribute__((vector_size(16)));
typedef int32_t w2v__vpart_int __attribute__((vector_size(16)));
typedef uint32_t w2v__vpart_unsigned __attribute__((vector_size(16)));
W2V__SIMD_INLINE w2v__vpart w2v__vpart_load(const float *p)
{
    w2v__vpart v;
    memcpy(&v, p, sizeof v);
    return v;
}
W2V__SIMD_INLINE void w2v__vpart_store(float *p, w2v__vpart v) { memcpy(p, &v, sizeof v); }
W2V__SIMD_INLINE w2v__vpart w2v__vpart_set1(float x)
{
    const w2v__vpart v = {x, x, x, x};
    return v;
}
W2V__SIMD_INLINE w2v__vpart w2v__vpart_add(w2v__vpart x, w2v__vpart y) { return x + y; }
W2V__SIMD_INLINE w2v__vpart w2v__vpart_sub(w2v__vpart x, w2v__vpart y) { return x - y; }
W2V__SIMD_INLINE w2v__vpart w2v__vpart_mul(w2v__vpart x, w2v__vpart y) { return x * y; }
W2V__SIMD_INLINE w2v__vpart w2v__vpart_div(w2v__vpart x, w2v__vpart y) { return x / y; }
W2V__SIMD_INLINE w2v__vpart w2v__vpart_sqrt(w2v__vpart x)
{
#ifdef __SSE__
    return _mm_sqrt_ps(x);  // the compiler makes no such instruction of sqrtf, which may set errno
#else
    const w2v__vpart v = {sqrtf(x[0]), sqrtf(x[1]), sqrtf(x[2]), sqrtf(x[3])};
    return v;
#endif
}
#ifdef W2V__SIMD_HAS_FMA
W2V__SIMD_INLINE w2v__vpart w2v__vpart_fma(w2v__vpart x, w2v__vpart y, w2v__vpart z)
{
    const w2v__vpart v = {fmaf(x[0], y[0], z[0]), fmaf(x[1], y[1], z[1]), fmaf(x[2], y[2], z[2]),
                          fmaf(x[3], y[3], z[3])};
    return v;
}
#else
W2V__SIMD_INLINE w2v__vpart w2v__vpart_fma(w2v__vpart x, w2v__vpart y, w2v__vpart z) { return x * y + z; }
#endif
W2V__SIMD_INLINE w2v__vpart w2v__vpart_choose(w2v__vpart_int mask, w2v__vpart x, w2v__vpart y)
{
    return (w2v__vpart)((mask & (w2v__vpart_int)x) | (~mask & (w2v__vpart_int)y));
}
W2V__SIMD_INLINE w2v__vpart w2v__vpart_select_lt(w2v__vpart s, w2v__vpart t, w2v__vpart x, w2v__vpart y)
{
    return w2v__vpart_choose(s < t, x, y);
}
// Adding 1.5 2^23 rounds to a whole number. It is read twice, for a
// compiler with -ffast-math would cancel it.
W2V__SIMD_INLINE w2v__vpart w2v__vpart_round(w2v__vpart x)
{
    static const volatile float shift = 12582912.0f;
    return (x + w2v__vpart_set1(shift)) - w2v__vpart_set1(shift);
}
W2V__SIMD_INLINE w2v__vpart w2v__vpart_exp2_int(w2v__vpart n)
{
    return (w2v__vpart)(((w2v__vpart_unsigned) __builtin_convertvector(n, w2v__vpart_int) + 127u) << 23);
}
W2V__SIMD_INLINE w2v__vpart w2v__vpart_split(w2v__vpart x, w2v__vpart *e)
{
    const int32_t half = 0x3f3504f3;  // sqrt(1/2)
    const w2v__vpart_int i = (w2v__vpart_int)((w2v__vpart_unsigned)x - (uint32_t)half);
    *e = __builtin_convertvector(i >> 23, w2v__vpart);
    return (w2v__vpart)((i & 0x7fffff) + half);
}
W2V__SIMD_INLINE w2v__vpart w2v__vpart_larger_bits(w2v__vpart a, w2v__vpart x)
{
    const w2v__vpart_int bits = (w2v__vpart_int)x & 0x7fffffff;
    return w2v__vpart_choose((w2v__vpart_int)a < bits, (w2v__vpart)bits, a);
}
W2V__SIMD_INLINE w2v__vpart w2v__vpart_sums(w2v__vpart p, w2v__vpart q, w2v__vpart r, w2v__vpart s)
{
    const w2v__vpart t0 = {p[0], q[0], r[0], s[0]}, t1 = {p[1], q[1], r[1], s[1]},
                     t2 = {p[2], q[2], r[2], s[2]}, t3 = {p[3], q[3], r[3], s[3]};
    return (t0 + t2) + (t1 + t3);
}
W2V__SIMD_INLINE float w2v__vpart_sum(w2v__vpart s) { return (s[0] + s[2]) + (s[1] + s[3]); }
#if defined(__clang__) && defined(__ALTIVEC__)
#pragma clang diagnostic pop
#endif

#elif W2V__SIMD_BACKEND == W2V_SIMD_SCALAR
// Plain loops: the reference, and for compilers without vectors.
#define W2V__SIMD_SUFFIX _scalar
#ifdef W2V__SIMD_HAS_FMA
#define W2V__SIMD_NAME "scalar-fma"
#define W2V__SIMD_FMAF(a, b, c) fmaf(a, b, c)
#else
#define W2V__SIMD_NAME "scalar"
#define W2V__SIMD_FMAF(a, b, c) ((a) * (b) + (c))
#endif
#define W2V__SIMD_TILE_I 1
#define W2V__SIMD_TILE_J 2
#define W2V__SIMD_UPDATE_I 1
#define W2V__SIMD_ROWS 2
#define W2V__SIMD_PARTS 1

typedef struct w2v__vec {
    float v[16];
} w2v__vec;
#define W2V__SIMD_RETURN_LANES(i, expression)           \
    w2v__vec r;                                         \
    for (int i = 0; i < 16; i++) r.v[i] = (expression); \
    return r
W2V__SIMD_INLINE w2v__vec w2v__v_load(const float *p) { W2V__SIMD_RETURN_LANES(i, p[i]); }
W2V__SIMD_INLINE void w2v__v_store(float *p, w2v__vec x) { memcpy(p, x.v, sizeof x.v); }
W2V__SIMD_INLINE w2v__vec w2v__v_set1(float x) { W2V__SIMD_RETURN_LANES(i, x); }
W2V__SIMD_INLINE w2v__vec w2v__v_add(w2v__vec x, w2v__vec y) { W2V__SIMD_RETURN_LANES(i, x.v[i] + y.v[i]); }
W2V__SIMD_INLINE w2v__vec w2v__v_sub(w2v__vec x, w2v__vec y) { W2V__SIMD_RETURN_LANES(i, x.v[i] - y.v[i]); }
W2V__SIMD_INLINE w2v__vec w2v__v_mul(w2v__vec x, w2v__vec y) { W2V__SIMD_RETURN_LANES(i, x.v[i] * y.v[i]); }
W2V__SIMD_INLINE w2v__vec w2v__v_div(w2v__vec x, w2v__vec y) { W2V__SIMD_RETURN_LANES(i, x.v[i] / y.v[i]); }
W2V__SIMD_INLINE w2v__vec w2v__v_sqrt(w2v__vec x) { W2V__SIMD_RETURN_LANES(i, sqrtf(x.v[i])); }
W2V__SIMD_INLINE w2v__vec w2v__v_fma(w2v__vec x, w2v__vec y, w2v__vec z)
{
    W2V__SIMD_RETURN_LANES(i, W2V__SIMD_FMAF(x.v[i], y.v[i], z.v[i]));
}
W2V__SIMD_INLINE w2v__vec w2v__v_min(w2v__vec x, w2v__vec y)
{
    W2V__SIMD_RETURN_LANES(i, x.v[i] < y.v[i] ? x.v[i] : y.v[i]);
}
W2V__SIMD_INLINE w2v__vec w2v__v_max(w2v__vec x, w2v__vec y)
{
    W2V__SIMD_RETURN_LANES(i, x.v[i] > y.v[i] ? x.v[i] : y.v[i]);
}
W2V__SIMD_INLINE w2v__vec w2v__v_select_lt(w2v__vec s, w2v__vec t, w2v__vec x, w2v__vec y)
{
    W2V__SIMD_RETURN_LANES(i, s.v[i] < t.v[i] ? x.v[i] : y.v[i]);
}
W2V__SIMD_INLINE w2v__vec w2v__v_round(w2v__vec x) { W2V__SIMD_RETURN_LANES(i, rintf(x.v[i])); }
W2V__SIMD_INLINE int32_t w2v__v_to_int(float x) { return x > -1e9f && x < 1e9f ? (int32_t)x : 0; }
W2V__SIMD_INLINE w2v__vec w2v__v_larger_bits(w2v__vec a, w2v__vec x)
{
    for (int i = 0; i < 16; i++) {
        const uint32_t bits = w2v__bits_of_float(x.v[i]) & 0x7fffffffu;
        if (bits > w2v__bits_of_float(a.v[i])) a.v[i] = w2v__float_of_bits(bits);
    }
    return a;
}
W2V__SIMD_INLINE w2v__vec w2v__v_exp2_int(w2v__vec n)
{
    W2V__SIMD_RETURN_LANES(i, w2v__float_of_bits((uint32_t)(w2v__v_to_int(n.v[i]) + 127) << 23));
}
W2V__SIMD_INLINE w2v__vec w2v__v_split(w2v__vec x, w2v__vec *e)
{
    const uint32_t half = 0x3f3504f3;  // sqrt(1/2)
    for (int i = 0; i < 16; i++) {
        const uint32_t u = w2v__bits_of_float(x.v[i]) - half;
        e->v[i] = (float)((int32_t)(u & 0xff800000u) / (1 << 23));
        x.v[i] = w2v__float_of_bits((u & 0x7fffffu) + half);
    }
    return x;
}
W2V__SIMD_INLINE float w2v__v_sum(w2v__vec x)
{
    for (int half = 8; half; half /= 2)
        for (int i = 0; i < half; i++) x.v[i] += x.v[i + half];
    return x.v[0];
}
W2V__SIMD_INLINE w2v__vec w2v__v_sums(const w2v__vec *a, int n)
{
    W2V__SIMD_RETURN_LANES(i, w2v__v_sum(a[i < n ? i : 0]));
}

#else
#error "w2v.h: W2V_SIMD must be one of W2V_SIMD_SCALAR, _GENERIC, _NEON, _AVX2, _AVX512"
#endif

#if W2V__SIMD_PARTS == 1  // a part is a whole vector
typedef w2v__vec w2v__vpart;
W2V__SIMD_INLINE w2v__vpart w2v__vpart_load(const float *p) { return w2v__v_load(p); }
W2V__SIMD_INLINE void w2v__vpart_store(float *p, w2v__vpart v) { w2v__v_store(p, v); }
W2V__SIMD_INLINE w2v__vpart w2v__vpart_set1(float x) { return w2v__v_set1(x); }
W2V__SIMD_INLINE w2v__vpart w2v__vpart_fma(w2v__vpart a, w2v__vpart b, w2v__vpart c)
{
    return w2v__v_fma(a, b, c);
}
W2V__SIMD_INLINE w2v__vec w2v__v_join(const w2v__vpart *part, size_t apart) { return (void)apart, part[0]; }
#elif W2V__SIMD_PARTS == 4  // of four lanes each, in which a backend above computes
typedef struct w2v__vec {
    w2v__vpart a, b, c, d;
} w2v__vec;
W2V__SIMD_INLINE w2v__vec w2v__v_pack(w2v__vpart a, w2v__vpart b, w2v__vpart c, w2v__vpart d)
{
    w2v__vec v;
    v.a = a;
    v.b = b;
    v.c = c;
    v.d = d;
    return v;
}
#define W2V__SIMD_EACH(op, x, y) w2v__v_pack(op(x.a, y.a), op(x.b, y.b), op(x.c, y.c), op(x.d, y.d))
#define W2V__SIMD_EACH_OF_ONE(op, x) w2v__v_pack(op(x.a), op(x.b), op(x.c), op(x.d))
W2V__SIMD_INLINE w2v__vec w2v__v_join(const w2v__vpart *part, size_t apart)
{
    return w2v__v_pack(part[0], part[apart], part[2 * apart], part[3 * apart]);
}
W2V__SIMD_INLINE w2v__vec w2v__v_load(const float *p)
{
    return w2v__v_pack(w2v__vpart_load(p), w2v__vpart_load(p + 4), w2v__vpart_load(p + 8),
                       w2v__vpart_load(p + 12));
}
W2V__SIMD_INLINE void w2v__v_store(float *p, w2v__vec v)
{
    w2v__vpart_store(p, v.a);
    w2v__vpart_store(p + 4, v.b);
    w2v__vpart_store(p + 8, v.c);
    w2v__vpart_store(p + 12, v.d);
}
W2V__SIMD_INLINE w2v__vec w2v__v_set1(float x)
{
    const w2v__vpart v = w2v__vpart_set1(x);
    return w2v__v_pack(v, v, v, v);
}
W2V__SIMD_INLINE w2v__vec w2v__v_add(w2v__vec x, w2v__vec y) { return W2V__SIMD_EACH(w2v__vpart_add, x, y); }
W2V__SIMD_INLINE w2v__vec w2v__v_sub(w2v__vec x, w2v__vec y) { return W2V__SIMD_EACH(w2v__vpart_sub, x, y); }
W2V__SIMD_INLINE w2v__vec w2v__v_mul(w2v__vec x, w2v__vec y) { return W2V__SIMD_EACH(w2v__vpart_mul, x, y); }
W2V__SIMD_INLINE w2v__vec w2v__v_div(w2v__vec x, w2v__vec y) { return W2V__SIMD_EACH(w2v__vpart_div, x, y); }
W2V__SIMD_INLINE w2v__vec w2v__v_sqrt(w2v__vec x) { return W2V__SIMD_EACH_OF_ONE(w2v__vpart_sqrt, x); }
W2V__SIMD_INLINE w2v__vec w2v__v_fma(w2v__vec x, w2v__vec y, w2v__vec z)
{
    return w2v__v_pack(w2v__vpart_fma(x.a, y.a, z.a), w2v__vpart_fma(x.b, y.b, z.b),
                       w2v__vpart_fma(x.c, y.c, z.c), w2v__vpart_fma(x.d, y.d, z.d));
}
W2V__SIMD_INLINE w2v__vec w2v__v_select_lt(w2v__vec s, w2v__vec t, w2v__vec x, w2v__vec y)
{
    return w2v__v_pack(w2v__vpart_select_lt(s.a, t.a, x.a, y.a), w2v__vpart_select_lt(s.b, t.b, x.b, y.b),
                       w2v__vpart_select_lt(s.c, t.c, x.c, y.c), w2v__vpart_select_lt(s.d, t.d, x.d, y.d));
}
W2V__SIMD_INLINE w2v__vec w2v__v_min(w2v__vec x, w2v__vec y) { return w2v__v_select_lt(x, y, x, y); }
W2V__SIMD_INLINE w2v__vec w2v__v_max(w2v__vec x, w2v__vec y) { return w2v__v_select_lt(y, x, x, y); }
W2V__SIMD_INLINE w2v__vec w2v__v_round(w2v__vec x) { return W2V__SIMD_EACH_OF_ONE(w2v__vpart_round, x); }
W2V__SIMD_INLINE w2v__vec w2v__v_exp2_int(w2v__vec n)
{
    return W2V__SIMD_EACH_OF_ONE(w2v__vpart_exp2_int, n);
}
W2V__SIMD_INLINE w2v__vec w2v__v_split(w2v__vec x, w2v__vec *e)
{
    w2v__vec m;
    m.a = w2v__vpart_split(x.a, &e->a);
    m.b = w2v__vpart_split(x.b, &e->b);
    m.c = w2v__vpart_split(x.c, &e->c);
    m.d = w2v__vpart_split(x.d, &e->d);
    return m;
}
W2V__SIMD_INLINE w2v__vec w2v__v_larger_bits(w2v__vec a, w2v__vec x)
{
    return W2V__SIMD_EACH(w2v__vpart_larger_bits, a, x);
}
W2V__SIMD_INLINE w2v__vpart w2v__v_fold(w2v__vec v)
{
    return w2v__vpart_add(w2v__vpart_add(v.a, v.c), w2v__vpart_add(v.b, v.d));
}
W2V__SIMD_INLINE w2v__vpart w2v__v_sums4(const w2v__vec *a, int n)
{
    return w2v__vpart_sums(w2v__v_fold(a[0]), w2v__v_fold(a[1 < n ? 1 : 0]), w2v__v_fold(a[2 < n ? 2 : 0]),
                           w2v__v_fold(a[3 < n ? 3 : 0]));
}
W2V__SIMD_INLINE w2v__vec w2v__v_sums(const w2v__vec *a, int n)
{
    w2v__vec v;
    v.a = w2v__v_sums4(a, n);
    v.b = n > 4 ? w2v__v_sums4(a + 4, n - 4) : v.a;
    v.c = n > 8 ? w2v__v_sums4(a + 8, n - 8) : v.a;
    v.d = n > 12 ? w2v__v_sums4(a + 12, n - 12) : v.a;
    return v;
}
W2V__SIMD_INLINE float w2v__v_sum(w2v__vec v) { return w2v__vpart_sum(w2v__v_fold(v)); }
#endif
#define W2V__SIMD_LANES (16 / W2V__SIMD_PARTS)  // of a part

#if W2V__SIMD_BACKEND != W2V_SIMD_AVX512 && W2V__SIMD_BACKEND != W2V_SIMD_AVX2  // they have instructions
W2V__SIMD_LONG w2v__vec w2v__v_load_n(const float *p, size_t n)
{
    float t[16] = {0};
    memcpy(t, p, n * sizeof *p);
    return w2v__v_load(t);
}
W2V__SIMD_LONG void w2v__v_store_n(float *p, w2v__vec v, size_t n)
{
    float t[16];
    w2v__v_store(t, v);
    memcpy(p, t, n * sizeof *p);
}
#endif

// Bytes become numbers of 16 bits, too. AVX-512F has nothing wider than AVX2 for them: the instructions in
// 512 bits are extensions (BW, VNNI) that this backend does not ask for.
#if W2V__SIMD_BACKEND == W2V_SIMD_AVX512 || W2V__SIMD_BACKEND == W2V_SIMD_AVX2
typedef __m256i w2v__vbytes;
typedef __m256i w2v__vwords;
typedef __m256i w2v__vints;
W2V__SIMD_INLINE w2v__vbytes w2v__v_bytes(const int8_t *p)
{
    return _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(const void *)p));
}
W2V__SIMD_INLINE w2v__vwords w2v__v_words(const int16_t *p)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)p);
}
W2V__SIMD_INLINE w2v__vints w2v__v_no_ints(void) { return _mm256_setzero_si256(); }
W2V__SIMD_INLINE w2v__vints w2v__v_dot_bytes(w2v__vwords a, w2v__vbytes b, w2v__vints sum)
{
    return _mm256_add_epi32(sum, _mm256_madd_epi16(a, b));
}
W2V__SIMD_INLINE int32_t w2v__v_sum_ints(w2v__vints sum)
{
    const __m128i s4 = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
    const __m128i s2 = _mm_add_epi32(s4, _mm_shuffle_epi32(s4, 0x4E));
    return _mm_cvtsi128_si32(_mm_add_epi32(s2, _mm_shuffle_epi32(s2, 0xB1)));
}
#elif W2V__SIMD_BACKEND == W2V_SIMD_NEON
typedef int8x16_t w2v__vbytes;
typedef int16x8x2_t w2v__vwords;
typedef int32x4_t w2v__vints;
W2V__SIMD_INLINE w2v__vbytes w2v__v_bytes(const int8_t *p) { return vld1q_s8(p); }
W2V__SIMD_INLINE w2v__vwords w2v__v_words(const int16_t *p)
{
    w2v__vwords words;
    words.val[0] = vld1q_s16(p);
    words.val[1] = vld1q_s16(p + 8);
    return words;
}
W2V__SIMD_INLINE w2v__vints w2v__v_no_ints(void) { return vdupq_n_s32(0); }
W2V__SIMD_INLINE w2v__vints w2v__v_dot_bytes(w2v__vwords a, w2v__vbytes b, w2v__vints sum)
{
    const int16x8_t low = vmovl_s8(vget_low_s8(b)), high = vmovl_s8(vget_high_s8(b));
    sum = vmlal_s16(sum, vget_low_s16(a.val[0]), vget_low_s16(low));
    sum = vmlal_s16(sum, vget_high_s16(a.val[0]), vget_high_s16(low));
    sum = vmlal_s16(sum, vget_low_s16(a.val[1]), vget_low_s16(high));
    return vmlal_s16(sum, vget_high_s16(a.val[1]), vget_high_s16(high));
}
W2V__SIMD_INLINE int32_t w2v__v_sum_ints(w2v__vints sum) { return vaddvq_s32(sum); }
#else
typedef const int8_t *w2v__vbytes;
typedef const int16_t *w2v__vwords;
typedef int32_t w2v__vints;
W2V__SIMD_INLINE w2v__vbytes w2v__v_bytes(const int8_t *p) { return p; }
W2V__SIMD_INLINE w2v__vwords w2v__v_words(const int16_t *p) { return p; }
W2V__SIMD_INLINE w2v__vints w2v__v_no_ints(void) { return 0; }
W2V__SIMD_INLINE w2v__vints w2v__v_dot_bytes(w2v__vwords a, w2v__vbytes b, w2v__vints sum)
{
    for (int i = 0; i < 16; i++) sum += a[i] * b[i];
    return sum;
}
W2V__SIMD_INLINE int32_t w2v__v_sum_ints(w2v__vints sum) { return sum; }
#endif

// A load that is hidden from gcc, which would otherwise repeat it at every use.
W2V__SIMD_INLINE w2v__vpart w2v__vpart_load_once(const float *p)
{
    w2v__vpart v = w2v__vpart_load(p);
#if defined(__GNUC__) && !defined(__clang__) && \
    (W2V__SIMD_BACKEND == W2V_SIMD_AVX2 || W2V__SIMD_BACKEND == W2V_SIMD_AVX512)
    __asm__("" : "+v"(v));
#endif
    return v;
}

// -----------------------------------------------------------------------------------------------------------------
// >>kernels (implementation)
//
// Everything that works on w2v__vec, written once for every backend. An array
// of n floats is walked 16 at a time; the last n % 16 go through load_n and
// store_n. The rest of the header calls the kernels through a table.

#ifdef W2V__MAIN_PASS
// The numbers of an optimiser that are the same for all parameters of an iteration.
typedef struct w2v__k_update_rule {
    w2v_optimizer optimizer;
    float minus_step, l2, decay;  // decay: -step * weight_decay
    float beta1, one_minus_beta1, beta2, one_minus_beta2;
    float unbias1, unbias2, epsilon;  // unbias: 1 / (1 - beta^t)
} w2v__k_update_rule;

// What an optimiser works on.
typedef struct w2v__k_parameters {
    float *x;         // (n), the caller's
    float *grad;      // (n) zero between iterations
    float *before;    // (n) the touched rows of x before the step, one after another
    float *state[2];  // (n) m and v of the optimiser, or NULL
} w2v__k_parameters;

#ifndef W2V_NO_TRAIN
enum { W2V__K_MAX_SPAN = 16 };  // windows: lanes of a vector

// The windows of a step. Positions are counted from its first word, so they are small.
typedef struct w2v__k_windows {
    float centre[W2V__K_MAX_SPAN + 16];  // where a window has its centre
    float reach2[W2V__K_MAX_SPAN + 16];  // the square of its reach; below 2^24, so exact
    size_t centres, words;
    float fade;    // a word at distance d has the weight 1 - fade (d - 1)
    float *count;  // (words + 16) in how many windows a position lies, each with its weight there
} w2v__k_windows;

// CBOW: windows around neighbouring words, and the means of their context words. Positions are counted from
// the first word.
typedef struct w2v__k_means {
    size_t windows, words;
    size_t first;                    // position of the first centre
    float *mean[W2V__K_MAX_SPAN];    // a row for each window
    float *change[W2V__K_MAX_SPAN];  // a row: what training would add to the mean
    size_t least[W2V__K_MAX_SPAN];   // nested windows are summed: reach of the smallest,
    size_t reach[W2V__K_MAX_SPAN];   // and of the largest,
    float summed[W2V__K_MAX_SPAN];   // how many they are
    float scale[W2V__K_MAX_SPAN];    // 1 / sum of the weights of the context words
    float back[W2V__K_MAX_SPAN];     // how much of its change is given back to each context row
    float *running;                  // (words + 1, 16 W2V__K_MOST_ABREAST) running sums
    size_t pairs;       // a mean and the row of its own centre, if all means share the other outputs; else 0
    float *const *own;  // (pairs) these output rows,
    const float *pull;  // (pairs) and what W2V__K(gradients) has made of their scores
} w2v__k_means;
enum { W2V__K_MOST_ABREAST = 4 };  // times 16 floats of a row are averaged at a time, at most
#endif  // W2V_NO_TRAIN

// The kernels of a backend, first those that only the trainer calls: type, name and parameters. A kernel
// called `dot` is defined as W2V__K(dot) and called as kernels->dot.
#ifdef W2V_NO_TRAIN
#define W2V__K_TRAIN_LIST(ENTRY)
#else
#define W2V__K_TRAIN_LIST(ENTRY)                                                                         \
    ENTRY(void, count_windows, (w2v__k_windows *w))                                                      \
    ENTRY(void, coefficients,                                                                            \
          (const w2v__k_windows *w, const float *negative_weight, float alpha, const uint32_t *input_at, \
           size_t inputs, size_t outputs, float *coef))                                                  \
    ENTRY(int, gradients, (const float *c, float *s, size_t n))                                          \
    ENTRY(void, loss, (const float *c, const float *s, size_t n, float scale, float *sums))              \
    ENTRY(void, update,                                                                                  \
          (float *const *x, float *const *change, size_t nx, float *const *y, size_t ny, size_t n,       \
           const float *g, float *old, const w2v__v_prefetch_list *prefetch))                            \
    ENTRY(void, average, (const w2v__k_means *m, float *const *x, size_t n))                             \
    ENTRY(void, spread, (const w2v__k_means *m, float *const *x, size_t n))                              \
    ENTRY(void, pair_scores, (float *const *x, float *const *y, size_t pairs, size_t n, float *s))       \
    ENTRY(void, merge,                                                                                   \
          (float *base, float *const *copy, const float *rest, size_t copies, size_t n, int copy_back))
#endif

#define W2V__K_LIST(ENTRY)                                                                                  \
    /* the public functions of the same names */                                                            \
    ENTRY(float, dot, (const float *x, const float *y, size_t n))                                           \
    ENTRY(void, axpy, (float a, const float *x, float *y, size_t n))                                        \
    ENTRY(void, scale, (float a, float *x, size_t n))                                                       \
    ENTRY(void, exp, (const float *x, float *y, size_t n))                                                  \
    ENTRY(void, log, (const float *x, float *y, size_t n))                                                  \
    ENTRY(void, sigmoid, (const float *x, float *y, size_t n))                                              \
    ENTRY(void, log_sigmoid, (const float *x, float *y, size_t n))                                          \
    ENTRY(void, sigmoid_derivative, (const float *x, float *y, size_t n))                                   \
    ENTRY(void, leaky_relu, (float a, const float *x, float *y, size_t n))                                  \
    ENTRY(void, leaky_relu_derivative, (float a, const float *x, float *y, size_t n))                       \
    ENTRY(float, softmax, (const float *x, float *y, size_t n))                                             \
    /* losses, optimisers, dropout, rows */                                                                 \
    ENTRY(float, logistic, (const float *x, const float *z, size_t n, float weight, float *g))              \
    ENTRY(void, rows_dot, (float **u, size_t n, const float *v, size_t d, float *z))                        \
    ENTRY(void, rows_axpy,                                                                                  \
          (float **u, float **du, size_t n, const float *v, size_t d, const float *g, float *dv))           \
    ENTRY(int, optimise,                                                                                    \
          (const w2v__k_update_rule *rule, const w2v__k_parameters *p, const uint32_t *row, size_t count,   \
           size_t n))                                                                                       \
    ENTRY(void, dropout, (float p, const float *u, const float *x, float *y, size_t n))                     \
    ENTRY(int, finite, (const float *x, size_t n))                                                          \
    ENTRY(void, scores, (float *const *x, size_t nx, float *const *y, size_t ny, size_t n, float *s))       \
    ENTRY(void, byte_scores,                                                                                \
          (int16_t *const *x, size_t nx, const int8_t *const *y, size_t ny, size_t n, int32_t *s))          \
    ENTRY(int, reach, (const float *s, size_t n, const float *a, const float *b, size_t m, const float *c)) \
    W2V__K_TRAIN_LIST(ENTRY)

typedef struct w2v__kernels {
    const char *name;
    size_t tile_j;  // columns of a strip
#define W2V__K_MEMBER(type, name, parameters) type(*name) parameters;
    W2V__K_LIST(W2V__K_MEMBER)
#undef W2V__K_MEMBER
} w2v__kernels;
#endif  // W2V__MAIN_PASS

W2V__SIMD_LONG w2v__vec W2V__K(load_tail)(const float *x, size_t i, size_t n)
{
    return i + 16 <= n ? w2v__v_load(x + i) : w2v__v_load_n(x + i, n - i);
}

W2V__SIMD_LONG void W2V__K(store_tail)(float *y, w2v__vec v, size_t i, size_t n)
{
    if (i + 16 <= n)
        w2v__v_store(y + i, v);
    else
        w2v__v_store_n(y + i, v, n - i);
}

// Four accumulators, because one would wait for its own sum: a fused multiply-add takes four cycles.
static float W2V__K(dot)(const float *x, const float *y, size_t n)
{
    w2v__vec s0 = w2v__v_set1(0.0f), s1 = s0, s2 = s0, s3 = s0;
    size_t i = 0;
    for (; i + 64 <= n; i += 64) {
        s0 = w2v__v_fma(w2v__v_load(x + i), w2v__v_load(y + i), s0);
        s1 = w2v__v_fma(w2v__v_load(x + i + 16), w2v__v_load(y + i + 16), s1);
        s2 = w2v__v_fma(w2v__v_load(x + i + 32), w2v__v_load(y + i + 32), s2);
        s3 = w2v__v_fma(w2v__v_load(x + i + 48), w2v__v_load(y + i + 48), s3);
    }
    if (i < n) s0 = w2v__v_fma(W2V__K(load_tail)(x, i, n), W2V__K(load_tail)(y, i, n), s0);
    if (i + 16 < n) s1 = w2v__v_fma(W2V__K(load_tail)(x, i + 16, n), W2V__K(load_tail)(y, i + 16, n), s1);
    if (i + 32 < n) s2 = w2v__v_fma(W2V__K(load_tail)(x, i + 32, n), W2V__K(load_tail)(y, i + 32, n), s2);
    if (i + 48 < n) s3 = w2v__v_fma(W2V__K(load_tail)(x, i + 48, n), W2V__K(load_tail)(y, i + 48, n), s3);
    return w2v__v_sum(w2v__v_add(w2v__v_add(s0, s2), w2v__v_add(s1, s3)));
}

static void W2V__K(axpy)(float a, const float *x, float *y, size_t n)
{
    const w2v__vec c = w2v__v_set1(a);
    size_t i = 0;
    for (; i + 16 <= n; i += 16) w2v__v_store(y + i, w2v__v_fma(c, w2v__v_load(x + i), w2v__v_load(y + i)));
    if (i < n)
        w2v__v_store_n(y + i, w2v__v_fma(c, w2v__v_load_n(x + i, n - i), w2v__v_load_n(y + i, n - i)), n - i);
}

static void W2V__K(scale)(float a, float *x, size_t n)
{
    const w2v__vec c = w2v__v_set1(a);
    for (size_t i = 0; i < n; i += 16) W2V__K(store_tail)(x, w2v__v_mul(c, W2V__K(load_tail)(x, i, n)), i, n);
}

// e^x = 2^n e^r with n = round(x / log 2), |r| <= log(2) / 2. The polynomial is Sollya's fpminimax(exp(x),
// [|2..6|], [|24...|], [-0.34658; 0.34658], relative, 1 + x), relative error 3.3e-9. 2^n in two factors, so
// that results below the normal floats are rounded and not lost.
W2V__SIMD_LONG w2v__vec W2V__K(exp16)(w2v__vec x)
{
    x = w2v__v_max(w2v__v_set1(-104.0f),
                   w2v__v_min(w2v__v_set1(89.0f), x));  // beyond: 0 and infinity; a NaN passes
    const w2v__vec n = w2v__v_round(w2v__v_mul(x, w2v__v_set1(1.44269504f)));
    const w2v__vec r =
        w2v__v_fma(n, w2v__v_set1(-1.42860677e-6f), w2v__v_fma(n, w2v__v_set1(-0.693145752f), x));
    w2v__vec p = w2v__v_set1(1.37824577e-3f);
    p = w2v__v_fma(p, r, w2v__v_set1(8.36866908e-3f));
    p = w2v__v_fma(p, r, w2v__v_set1(4.16689627e-2f));
    p = w2v__v_fma(p, r, w2v__v_set1(0.166665211f));
    p = w2v__v_fma(p, r, w2v__v_set1(0.499999911f));
    p = w2v__v_fma(p, r, w2v__v_set1(1.0f));
    p = w2v__v_fma(p, r, w2v__v_set1(1.0f));
    const w2v__vec half = w2v__v_round(w2v__v_mul(n, w2v__v_set1(0.5f)));
    return w2v__v_mul(w2v__v_mul(p, w2v__v_exp2_int(half)), w2v__v_exp2_int(w2v__v_sub(n, half)));
}

// log(2^e (1 + f)) for 1 + f in [sqrt(1/2), sqrt(2)]. Sollya's fpminimax(log(1 + x), [|3..10|], [|24...|],
// [-0.2929; 0.41422], relative, x - x^2 / 2), relative error 8.3e-9.
W2V__SIMD_LONG w2v__vec W2V__K(log_reduced)(w2v__vec f, w2v__vec e)
{
    w2v__vec p = w2v__v_set1(-7.2358996e-2f);
    p = w2v__v_fma(p, f, w2v__v_set1(0.125378415f));
    p = w2v__v_fma(p, f, w2v__v_set1(-0.132199138f));
    p = w2v__v_fma(p, f, w2v__v_set1(0.142442435f));
    p = w2v__v_fma(p, f, w2v__v_set1(-0.166208908f));
    p = w2v__v_fma(p, f, w2v__v_set1(0.199986681f));
    p = w2v__v_fma(p, f, w2v__v_set1(-0.250008434f));
    p = w2v__v_fma(p, f, w2v__v_set1(0.33333379f));
    p = w2v__v_fma(p, f, w2v__v_set1(-0.5f));
    p = w2v__v_fma(p, w2v__v_mul(f, f), f);
    return w2v__v_fma(e, w2v__v_set1(0.693145752f), w2v__v_fma(e, w2v__v_set1(1.42860677e-6f), p));
}

W2V__SIMD_INLINE w2v__vec W2V__K(log16)(w2v__vec x)
{
    const w2v__vec zero = w2v__v_set1(0.0f), one = w2v__v_set1(1.0f),
                   smallest_normal = w2v__v_set1(1.17549435e-38f);
    const w2v__vec scaled = w2v__v_select_lt(x, smallest_normal, w2v__v_mul(x, w2v__v_set1(8388608.0f)), x);
    w2v__vec e;
    const w2v__vec m = w2v__v_split(scaled, &e);
    e = w2v__v_select_lt(x, smallest_normal, w2v__v_sub(e, w2v__v_set1(23.0f)), e);
    const w2v__vec y = W2V__K(log_reduced)(w2v__v_sub(m, one), e);
    const w2v__vec not_positive =
        w2v__v_select_lt(x, zero, w2v__v_set1(NAN), w2v__v_sub(x, w2v__v_set1(INFINITY)));
    return w2v__v_select_lt(zero, x, w2v__v_select_lt(w2v__v_set1(3.40282347e38f), x, x, y), not_positive);
}

// e^-|x| never overflows, and for x < 0 it keeps the digits that 1 - s(-x)
// would lose. (Scaling by a power of two is exact, so it does not matter here
// whether the compiler fuses the last product of the exponential with the sum.)
W2V__SIMD_INLINE w2v__vec W2V__K(sigmoid16)(w2v__vec x)
{
    const w2v__vec zero = w2v__v_set1(0.0f), one = w2v__v_set1(1.0f);
    const w2v__vec e = W2V__K(exp16)(w2v__v_min(x, w2v__v_sub(zero, x)));
    return w2v__v_div(w2v__v_select_lt(x, zero, e, one), w2v__v_add(one, e));
}

// log(1 + t) for t in [0, 1]: beyond sqrt(2) - 1 as log(2 (1 + (t - 1) / 2)).
W2V__SIMD_INLINE w2v__vec W2V__K(log1p16)(w2v__vec t)
{
    const w2v__vec zero = w2v__v_set1(0.0f), one = w2v__v_set1(1.0f), limit = w2v__v_set1(0.414213562f);
    const w2v__vec f = w2v__v_select_lt(limit, t, w2v__v_mul(w2v__v_sub(t, one), w2v__v_set1(0.5f)), t);
    return W2V__K(log_reduced)(f, w2v__v_select_lt(limit, t, one, zero));
}

W2V__SIMD_INLINE w2v__vec W2V__K(log_sigmoid16)(w2v__vec x)
{
    const w2v__vec zero = w2v__v_set1(0.0f), t = W2V__K(exp16)(w2v__v_min(x, w2v__v_sub(zero, x)));
    return w2v__v_sub(w2v__v_min(x, zero), W2V__K(log1p16)(t));
}

W2V__SIMD_INLINE w2v__vec W2V__K(sigmoid_derivative16)(w2v__vec s)
{
    return w2v__v_mul(s, w2v__v_sub(w2v__v_set1(1.0f), s));
}

// The function of 16 floats, for arrays.
#define W2V__K_OF_ARRAYS(name)                                                         \
    static void W2V__K(name)(const float *x, float *y, size_t n)                       \
    {                                                                                  \
        for (size_t i = 0; i < n; i += 16)                                             \
            W2V__K(store_tail)(y, W2V__K(name##16)(W2V__K(load_tail)(x, i, n)), i, n); \
    }
W2V__K_OF_ARRAYS(exp)
W2V__K_OF_ARRAYS(log)
W2V__K_OF_ARRAYS(sigmoid)
W2V__K_OF_ARRAYS(log_sigmoid)
W2V__K_OF_ARRAYS(sigmoid_derivative)
#undef W2V__K_OF_ARRAYS

static void W2V__K(leaky_relu)(float a, const float *x, float *y, size_t n)
{
    const w2v__vec c = w2v__v_set1(a);
    for (size_t i = 0; i < n; i += 16) {
        const w2v__vec v = W2V__K(load_tail)(x, i, n);
        W2V__K(store_tail)(y, w2v__v_max(v, w2v__v_mul(c, v)), i, n);
    }
}

static void W2V__K(leaky_relu_derivative)(float a, const float *x, float *y, size_t n)
{
    const w2v__vec c = w2v__v_set1(a), zero = w2v__v_set1(0.0f), one = w2v__v_set1(1.0f);
    for (size_t i = 0; i < n; i += 16)
        W2V__K(store_tail)(y, w2v__v_select_lt(zero, W2V__K(load_tail)(x, i, n), one, c), i, n);
}

static float W2V__K(largest)(const float *x, size_t n)
{
    w2v__vec m = w2v__v_set1(-INFINITY);
    size_t i = 0;
    for (; i + 16 <= n; i += 16) m = w2v__v_max(m, w2v__v_load(x + i));
    float lane[16], best = -INFINITY;
    w2v__v_store(lane, m);
    for (int k = 0; k < 16; k++) best = lane[k] > best ? lane[k] : best;
    for (; i < n; i++) best = x[i] > best ? x[i] : best;
    return best;
}

// Returns -sum_i log s(x_i z_i) over n <= 16 signs x_i = 1 or -1. g_i is its derivative by z_i times weight:
// -weight x_i s(-x_i z_i). Both follow from t = e^-|z_i|. z and g have 16 floats.
static float W2V__K(logistic)(const float *x, const float *z, size_t n, float weight, float *g)
{
    const w2v__vec zero = w2v__v_set1(0.0f), one = w2v__v_set1(1.0f);
    const w2v__vec sign = W2V__K(load_tail)(x, 0, n), s = w2v__v_mul(sign, w2v__v_load(z));
    const w2v__vec t = W2V__K(exp16)(w2v__v_min(s, w2v__v_sub(zero, s)));
    const w2v__vec log_1_t = W2V__K(log1p16)(t);
    const w2v__vec other = w2v__v_div(w2v__v_select_lt(zero, s, t, one), w2v__v_add(one, t));  // s(-x z)
    w2v__v_store(g, w2v__v_mul(w2v__v_mul(sign, w2v__v_set1(-weight)), other));
    const w2v__vec used = w2v__v_mul(sign, sign);  // 1, and 0 from n on
    return w2v__v_sum(w2v__v_mul(used, w2v__v_sub(log_1_t, w2v__v_min(s, zero))));
}

static float W2V__K(softmax)(const float *x, float *y, size_t n)
{
    const float max = W2V__K(largest)(x, n);
    const w2v__vec shift = w2v__v_set1(max);
    w2v__vec sum = w2v__v_set1(0.0f);
    for (size_t i = 0; i < n; i += 16)
        W2V__K(store_tail)(y, W2V__K(exp16)(w2v__v_sub(W2V__K(load_tail)(x, i, n), shift)), i, n);
    // in a loop of its own, so that no product is fused with it
    for (size_t i = 0; i < n; i += 16) sum = w2v__v_add(sum, W2V__K(load_tail)(y, i, n));
    const float total = w2v__v_sum(sum);
    const w2v__vec divisor = w2v__v_set1(total);
    float log_total;
    W2V__K(log)(&total, &log_total, 1);
    for (size_t i = 0; i < n; i += 16)
        W2V__K(store_tail)(y, w2v__v_div(W2V__K(load_tail)(y, i, n), divisor), i, n);
    return n ? max + log_total : -INFINITY;
}

// y[i] = 0 where u[i] < p, else x[i] / (1 - p). u has room for n rounded up to 16.
static void W2V__K(dropout)(float p, const float *u, const float *x, float *y, size_t n)
{
    const w2v__vec limit = w2v__v_set1(p), kept = w2v__v_set1(1.0f - p), zero = w2v__v_set1(0.0f);
    for (size_t i = 0; i < n; i += 16) {
        const w2v__vec v = w2v__v_div(W2V__K(load_tail)(x, i, n), kept);
        W2V__K(store_tail)(y, w2v__v_select_lt(w2v__v_load(u + i), limit, zero, v), i, n);
    }
}

// Whether the largest of the magnitudes that larger_bits has seen is a finite one. The bits are compared,
// since -ffast-math takes every float for finite.
W2V__SIMD_INLINE int W2V__K(peak_is_finite)(w2v__vec peak)
{
    float lane[16];
    uint32_t bits[16], largest = 0;
    w2v__v_store(lane, peak);
    memcpy(bits, lane, sizeof bits);
    for (int i = 0; i < 16; i++) largest = bits[i] > largest ? bits[i] : largest;
    return largest < 0x7f800000u;
}

static int W2V__K(finite)(const float *x, size_t n)
{
    w2v__vec peak = w2v__v_set1(0.0f);
    for (size_t i = 0; i < n; i += 16) peak = w2v__v_larger_bits(peak, W2V__K(load_tail)(x, i, n));
    return W2V__K(peak_is_finite)(peak);
}

// The new x of 16 parameters; m and v, the state of the optimiser, are updated.
W2V__SIMD_INLINE w2v__vec W2V__K(optimise16)(const w2v__k_update_rule *r, w2v__vec x, w2v__vec g, w2v__vec *m,
                                             w2v__vec *v)
{
    g = w2v__v_fma(w2v__v_set1(r->l2), x, g);
    switch (r->optimizer) {
    case W2V_SGD: break;
    case W2V_MOMENTUM: g = *m = w2v__v_fma(w2v__v_set1(r->beta1), *m, g); break;
    case W2V_ADAGRAD:
        *m = w2v__v_fma(g, g, *m);
        g = w2v__v_div(g, w2v__v_add(w2v__v_sqrt(*m), w2v__v_set1(r->epsilon)));
        break;
    case W2V_ADAM:
    case W2V_ADAMW:
        *m = w2v__v_fma(w2v__v_set1(r->beta1), *m, w2v__v_mul(w2v__v_set1(r->one_minus_beta1), g));
        *v = w2v__v_fma(w2v__v_set1(r->beta2), *v,
                        w2v__v_mul(w2v__v_set1(r->one_minus_beta2), w2v__v_mul(g, g)));
        g = w2v__v_div(
            w2v__v_mul(*m, w2v__v_set1(r->unbias1)),
            w2v__v_add(w2v__v_sqrt(w2v__v_mul(*v, w2v__v_set1(r->unbias2))), w2v__v_set1(r->epsilon)));
        if (r->optimizer == W2V_ADAMW) x = w2v__v_fma(w2v__v_set1(r->decay), x, x);
        break;
    }
    return w2v__v_fma(w2v__v_set1(r->minus_step), g, x);
}

// One step of an optimiser on `count` rows of n parameters: keeps the old x and sets the gradient to zero.
// Returns whether the gradient and the new x are finite.
static int W2V__K(optimise)(const w2v__k_update_rule *r, const w2v__k_parameters *p, const uint32_t *row,
                            size_t count, size_t n)
{
    enum { AHEAD = 8 };  // rows between prefetch and use; cs224n is slower with 4 and with 16
    const w2v__vec zero = w2v__v_set1(0.0f);
    w2v__vec peak = zero;
    for (size_t c = 0; c < count; c++) {
        const size_t first = row ? row[c] * n : 0;
        float *x = p->x + first, *g = p->grad + first, *before = p->before + c * n;
        if (row && c + AHEAD < count) {
            W2V__PREFETCH(p->x + row[c + AHEAD] * n);
            W2V__PREFETCH(p->grad + row[c + AHEAD] * n);
        }
        float *m = p->state[0] ? p->state[0] + first : NULL, *v = p->state[1] ? p->state[1] + first : NULL;
        for (size_t i = 0; i < n; i += 16) {
            const w2v__vec old = W2V__K(load_tail)(x, i, n), slope = W2V__K(load_tail)(g, i, n);
            w2v__vec mi = m ? W2V__K(load_tail)(m, i, n) : zero, vi = v ? W2V__K(load_tail)(v, i, n) : zero;
            const w2v__vec now = W2V__K(optimise16)(r, old, slope, &mi, &vi);
            peak = w2v__v_larger_bits(w2v__v_larger_bits(peak, slope), now);
            W2V__K(store_tail)(before, old, i, n);
            W2V__K(store_tail)(x, now, i, n);
            W2V__K(store_tail)(g, zero, i, n);
            if (m) W2V__K(store_tail)(m, mi, i, n);
            if (v) W2V__K(store_tail)(v, vi, i, n);
        }
    }
    return W2V__K(peak_is_finite)(peak);
}

// The 16 partial sums of <u_i, v> for M rows. M is a constant once this is inlined.
W2V__SIMD_INLINE void W2V__K(rows_sums)(int M, float **u, const float *v, size_t d, w2v__vec *sum)
{
    w2v__vec s[W2V__SIMD_ROWS];
    size_t k = 0;
    W2V__SIMD_TRY_UNROLL
    for (int i = 0; i < M; i++) s[i] = w2v__v_set1(0.0f);
    for (; k + 16 <= d; k += 16) {
        const w2v__vec a = w2v__v_load(v + k);
        W2V__SIMD_TRY_UNROLL
        for (int i = 0; i < M; i++) s[i] = w2v__v_fma(a, w2v__v_load(u[i] + k), s[i]);
    }
    if (k < d) {
        const w2v__vec a = w2v__v_load_n(v + k, d - k);
        W2V__SIMD_TRY_UNROLL
        for (int i = 0; i < M; i++) s[i] = w2v__v_fma(a, w2v__v_load_n(u[i] + k, d - k), s[i]);
    }
    W2V__SIMD_TRY_UNROLL
    for (int i = 0; i < M; i++) sum[i] = s[i];
}

W2V__SIMD_LONG void W2V__K(store_sums)(const w2v__vec sum[16], float *z)
{
    w2v__v_store(z, w2v__v_sums(sum, 16));
}

// z[i] = <u_i, v> for n <= 16 rows of d floats; writes 16 floats.
static void W2V__K(rows_dot)(float **u, size_t n, const float *v, size_t d, float *z)
{
    w2v__vec sum[16];
    size_t i = 0;
    for (; i + W2V__SIMD_ROWS <= n; i += W2V__SIMD_ROWS)
        W2V__K(rows_sums)(W2V__SIMD_ROWS, u + i, v, d, sum + i);
    for (; W2V__SIMD_ROWS > 1 && i < n; i++) W2V__K(rows_sums)(1, u + i, v, d, sum + i);
    for (; i < 16; i++) sum[i] = w2v__v_set1(0.0f);
    W2V__K(store_sums)(sum, z);
}

// M rows of W2V__K(rows_axpy). M is a constant once this is inlined. `rest` is the last d % 16 floats of dv.
// A row may occur twice, so each du_i is stored before the next is read. Rows that come in the order of their
// addresses are different: the last d % 16 floats of all are read before the first are stored, since a masked
// load waits for a masked store to the 64 bytes around it.
W2V__SIMD_INLINE w2v__vec W2V__K(rows_step)(int M, float **u, float **du, const float *v, size_t d,
                                            const float *g, float *dv, w2v__vec rest)
{
    w2v__vec c[W2V__SIMD_ROWS], changed[W2V__SIMD_ROWS];
    size_t k = 0;
    W2V__SIMD_TRY_UNROLL
    for (int i = 0; i < M; i++) c[i] = w2v__v_set1(g[i]);
    for (; k + 16 <= d; k += 16) {
        const w2v__vec a = w2v__v_load(v + k);
        w2v__vec sum = w2v__v_load(dv + k);
        W2V__SIMD_TRY_UNROLL
        for (int i = 0; i < M; i++) {
            sum = w2v__v_fma(c[i], w2v__v_load(u[i] + k), sum);
            w2v__v_store(du[i] + k, w2v__v_fma(c[i], a, w2v__v_load(du[i] + k)));
        }
        w2v__v_store(dv + k, sum);
    }
    if (k == d) return rest;
    const w2v__vec a = w2v__v_load_n(v + k, d - k);
    int ascend = 1;
    W2V__SIMD_TRY_UNROLL
    for (int i = 1; i < M; i++) ascend &= du[i - 1] < du[i];
    W2V__SIMD_TRY_UNROLL
    for (int i = 0; i < M; i++) {
        rest = w2v__v_fma(c[i], w2v__v_load_n(u[i] + k, d - k), rest);
        changed[i] = w2v__v_fma(c[i], a, w2v__v_load_n(du[i] + k, d - k));
        if (!ascend) w2v__v_store_n(du[i] + k, changed[i], d - k);
    }
    if (!ascend) return rest;
    W2V__SIMD_TRY_UNROLL
    for (int i = 0; i < M; i++) w2v__v_store_n(du[i] + k, changed[i], d - k);
    return rest;
}

// dv += sum_i g[i] u_i and du_i += g[i] v for n rows of d floats. dv or du may be NULL.
static void W2V__K(rows_axpy)(float **u, float **du, size_t n, const float *v, size_t d, const float *g,
                              float *dv)
{
    if (!dv || !du) {
        for (size_t i = 0; dv && i < n; i++) W2V__K(axpy)(g[i], u[i], dv, d);
        for (size_t i = 0; du && i < n; i++) W2V__K(axpy)(g[i], v, du[i], d);
        return;
    }
    const size_t k = d / 16 * 16;
    w2v__vec rest = w2v__v_load_n(dv + k, d - k);
    size_t i = 0;
    for (; i + W2V__SIMD_ROWS <= n; i += W2V__SIMD_ROWS)
        rest = W2V__K(rows_step)(W2V__SIMD_ROWS, u + i, du + i, v, d, g + i, dv, rest);
    for (; W2V__SIMD_ROWS > 1 && i < n; i++)
        rest = W2V__K(rows_step)(1, u + i, du + i, v, d, g + i, dv, rest);
    w2v__v_store_n(dv + k, rest, d - k);
}

// The kernels of the trainer work on a block: nx input rows x_i and ny output rows y_j of n floats, n a
// multiple of 16. The ny columns are cut into strips of W2V__SIMD_TILE_J. A matrix (nx, ny) is kept strip by
// strip, each strip row by row, so that what a tile computes and what an update reads lie together: element
// (i, j) of strip t at nx * t * W2V__SIMD_TILE_J + i * width + j. Buffers have room for 16 floats more than
// nx * ny: whole vectors are stored.

// s[i * ny + j] = <x_i, y_j> for a tile. nx and ny are constants once this is
// inlined, and the sums stay in registers: where a vector is several
// registers, all columns of the first are added up before those of the second.
W2V__SIMD_INLINE void W2V__K(score_tile)(int nx, int ny, float *const *x, float *const *y, size_t n, float *s)
{
    w2v__vpart part[W2V__SIMD_PARTS * W2V__SIMD_TILE_I * W2V__SIMD_TILE_J];
    W2V__SIMD_UNROLL_PARTS
    for (int p = 0; p < W2V__SIMD_PARTS; p++) {
        w2v__vpart *sum = part + p * (W2V__SIMD_TILE_I * W2V__SIMD_TILE_J);
        W2V__SIMD_UNROLL
        for (int t = 0; t < nx * ny; t++) sum[t] = w2v__vpart_set1(0.0f);
        for (size_t k = (size_t)p * W2V__SIMD_LANES; k < n; k += 16) {
            w2v__vpart a[W2V__SIMD_TILE_I];
            W2V__SIMD_UNROLL
            for (int i = 0; i < nx; i++) a[i] = w2v__vpart_load_once(x[i] + k);
            W2V__SIMD_UNROLL
            for (int j = 0; j < ny; j++) {
                const w2v__vpart b = w2v__vpart_load_once(y[j] + k);
                W2V__SIMD_UNROLL
                for (int i = 0; i < nx; i++) sum[i * ny + j] = w2v__vpart_fma(a[i], b, sum[i * ny + j]);
            }
        }
    }
    w2v__vec sum[W2V__SIMD_TILE_I * W2V__SIMD_TILE_J];
    W2V__SIMD_UNROLL
    for (int t = 0; t < nx * ny; t++) sum[t] = w2v__v_join(part + t, W2V__SIMD_TILE_I * W2V__SIMD_TILE_J);
    W2V__SIMD_UNROLL
    for (int t = 0; t < nx * ny; t += 16)
        w2v__v_store(s + t, w2v__v_sums(sum + t, nx * ny - t < 16 ? nx * ny - t : 16));
}

// Calls the instance of a kernel for a width of 1 .. most; others are not compiled.
#define W2V__K_FOR_WIDTH(width, most, CALL)         \
    switch (width) {                                \
    case 1: if ((most) >= 1) { CALL(1); } break;    \
    case 2: if ((most) >= 2) { CALL(2); } break;    \
    case 3: if ((most) >= 3) { CALL(3); } break;    \
    case 4: if ((most) >= 4) { CALL(4); } break;    \
    case 5: if ((most) >= 5) { CALL(5); } break;    \
    case 6: if ((most) >= 6) { CALL(6); } break;    \
    default: break;                                 \
    }

// All scores of a strip of ny columns, a constant once this is inlined:
// tiles of W2V__SIMD_TILE_I inputs, then what is left.
W2V__SIMD_INLINE void W2V__K(score_rows)(int ny, float *const *x, size_t nx, float *const *y, size_t n,
                                         float *s)
{
    size_t i = 0;
    for (; i + W2V__SIMD_TILE_I <= nx; i += W2V__SIMD_TILE_I)
        W2V__K(score_tile)(W2V__SIMD_TILE_I, ny, x + i, y, n, s + i * (size_t)ny);
#define W2V__K_CALL(height) W2V__K(score_tile)(height, ny, x + i, y, n, s + i * (size_t)ny)
    W2V__K_FOR_WIDTH(nx - i, W2V__SIMD_TILE_I - 1, W2V__K_CALL)
#undef W2V__K_CALL
}

// Not inlined: in the caller's loop, row addresses exhaust the registers and the accumulators spill.
#define W2V__K_CALL(width) W2V__K(score_rows)(width, x, nx, y, n, s)
W2V__NOINLINE void W2V__K(score_strip)(float *const *x, size_t nx, float *const *y, size_t ny, size_t n,
                                       float *s)
{
    W2V__K_FOR_WIDTH(ny, W2V__SIMD_TILE_J, W2V__K_CALL)
}
#undef W2V__K_CALL

// s(i, j) = <x_i, y_j>
static void W2V__K(scores)(float *const *x, size_t nx, float *const *y, size_t ny, size_t n, float *s)
{
    for (size_t j = 0; j < ny; j += W2V__SIMD_TILE_J)
        W2V__K(score_strip)(x, nx, y + j, w2v__min_size(ny - j, W2V__SIMD_TILE_J), n, s + nx * j);
}

enum { W2V__K(byte_columns) = 4 };

// s[i * ny + j] = <x_i, y_j> for a tile; nx <= 2 and width <= 4 are constants once this is inlined.
W2V__SIMD_INLINE void W2V__K(byte_tile)(int nx, int width, int16_t *const *x, const int8_t *const *y,
                                        size_t ny, size_t n, int32_t *s)
{
    w2v__vints sum[2 * W2V__K(byte_columns)];
    W2V__SIMD_UNROLL
    for (int t = 0; t < nx * width; t++) sum[t] = w2v__v_no_ints();
    for (size_t k = 0; k < n; k += 16) {
        w2v__vwords a[2];
        W2V__SIMD_UNROLL
        for (int i = 0; i < nx; i++) a[i] = w2v__v_words(x[i] + k);
        W2V__SIMD_UNROLL
        for (int j = 0; j < width; j++) {
            const w2v__vbytes b = w2v__v_bytes(y[j] + k);
            W2V__SIMD_UNROLL
            for (int i = 0; i < nx; i++) sum[i * width + j] = w2v__v_dot_bytes(a[i], b, sum[i * width + j]);
        }
    }
    for (int i = 0; i < nx; i++)
        for (int j = 0; j < width; j++) s[(size_t)i * ny + (size_t)j] = w2v__v_sum_ints(sum[i * width + j]);
}

// s[i * ny + j] = <x_i, y_j> of numbers above -32768 and signed bytes, exactly: the sum of the products
// without their signs must be below 2^31. n is a multiple of 16.
static void W2V__K(byte_scores)(int16_t *const *x, size_t nx, const int8_t *const *y, size_t ny, size_t n,
                                int32_t *s)
{
    size_t j = 0;
    for (; j + W2V__K(byte_columns) <= ny; j += W2V__K(byte_columns)) {
        size_t i = 0;
        for (; i + 2 <= nx; i += 2)
            W2V__K(byte_tile)(2, W2V__K(byte_columns), x + i, y + j, ny, n, s + i * ny + j);
        if (i < nx) W2V__K(byte_tile)(1, W2V__K(byte_columns), x + i, y + j, ny, n, s + i * ny + j);
    }
    for (; j < ny; j++)
        for (size_t i = 0; i < nx; i++) W2V__K(byte_tile)(1, 1, x + i, y + j, ny, n, s + i * ny + j);
}

// Whether s[t] * a[t % m] + b[t % m] >= c[t], or is no number, for one of the n. Reads whole vectors: a and b
// have 16 numbers more than m, which begin with the first again; c has 16 of FLT_MAX after the n.
static int W2V__K(reach)(const float *s, size_t n, const float *a, const float *b, size_t m, const float *c)
{
    const w2v__vec one = w2v__v_set1(1.0f);
    w2v__vec any = w2v__v_set1(0.0f);
    for (size_t t = 0, j = 0; t < n; t += 16, j += 16 % m, j -= j < m ? 0 : m) {
        const w2v__vec x = w2v__v_fma(W2V__K(load_tail)(s, t, n), w2v__v_load(a + j), w2v__v_load(b + j));
        any = w2v__v_select_lt(x, w2v__v_load(c + t), any, one);
    }
    return w2v__v_sum(any) > 0.0f;
}

#ifndef W2V_NO_TRAIN
// M rows of a strip, the columns of one part at k: after_j += sum_i g_ij x_i, and sum_j g_ij before_j is
// added to x_i, or kept apart: added to into_i. M rows at a time are M chains of multiply-adds that need not
// wait for each other. A strip that is not the first must not see an x_i that the first has changed: `old`
// (M, 16) keeps it, and is NULL if there is one strip, or none changes x. M, ny, apart, first and whether
// there is an `old` are constants once this is inlined.
W2V__SIMD_INLINE void W2V__K(update_rows)(int M, int ny, int apart, float *const *x, float *const *into,
                                          size_t k, const float *g, float *old, int first,
                                          const w2v__vpart *before, w2v__vpart *after)
{
    w2v__vpart sum[W2V__SIMD_UPDATE_I], a[W2V__SIMD_UPDATE_I];
    sum[0] = a[0] = w2v__vpart_load(x[0] + k);  // for compilers that do not see that M > 0
    W2V__SIMD_UNROLL
    for (int i = 0; i < M; i++) {
        sum[i] = w2v__vpart_load(x[i] + k);
        a[i] = first ? sum[i] : w2v__vpart_load(old + i * 16);
        if (apart)
            sum[i] = w2v__vpart_load(into[i] + k);
        else if (first && old)
            w2v__vpart_store(old + i * 16, a[i]);
    }
    W2V__SIMD_UNROLL
    for (int j = 0; j < ny; j++) {
        W2V__SIMD_UNROLL
        for (int i = 0; i < M; i++) {
            const w2v__vpart c = w2v__vpart_set1(g[i * ny + j]);
            after[j] = w2v__vpart_fma(c, a[i], after[j]);
            sum[i] = w2v__vpart_fma(c, before[j], sum[i]);
        }
    }
    W2V__SIMD_UNROLL
    for (int i = 0; i < M; i++) w2v__vpart_store((apart ? into : x)[i] + k, sum[i]);
}

// The columns of one part, at k, of a strip: y_j += sum_i g_ij x_i and x_i += sum_j g_ij y_j, both from the
// old values. The sums of the x_i go through memory, for there can be any number of them.
W2V__SIMD_INLINE void W2V__K(update_strip)(int ny, int apart, float *const *x, float *const *into, size_t nx,
                                           float *const *y, size_t k, const float *g, float *old, int first)
{
    w2v__vpart before[W2V__SIMD_TILE_J], after[W2V__SIMD_TILE_J];
    W2V__SIMD_UNROLL
    for (int j = 0; j < ny; j++) before[j] = after[j] = w2v__vpart_load(y[j] + k);
    size_t i = 0;
    for (; i + W2V__SIMD_UPDATE_I <= nx; i += W2V__SIMD_UPDATE_I)
        W2V__K(update_rows)(W2V__SIMD_UPDATE_I, ny, apart, x + i, into + i, k, g + i * (size_t)ny,
                            old ? old + i * 16 : NULL, first, before, after);
    for (; i < nx; i++)
        W2V__K(update_rows)(1, ny, apart, x + i, into + i, k, g + i * (size_t)ny, old ? old + i * 16 : NULL,
                            first, before, after);
    W2V__SIMD_UNROLL
    for (int j = 0; j < ny; j++) w2v__vpart_store(y[j] + k, after[j]);
}

// The update of one strip that needs no `old`: the only one, or one of those that leave x alone. `prefetch`
// may be NULL.
W2V__SIMD_INLINE void W2V__K(update_one_strip)(int ny, int apart, float *const *x, float *const *into,
                                               size_t nx, float *const *y, size_t n, const float *g,
                                               const w2v__v_prefetch_list *prefetch)
{
    size_t at = 0;
    for (size_t k = 0; k < n; k += W2V__SIMD_LANES) {
        if (prefetch && k % 16 == 0) at = w2v__v_fetch(prefetch, at, n);
        W2V__K(update_strip)(ny, apart, x, into, nx, y, k, g, NULL, 1);
    }
}

// The update of several strips that changes x: `old` (nx, 16) keeps what the first of them changes.
W2V__NOINLINE void W2V__K(update_strips)(float *const *x, size_t nx, float *const *y, size_t ny, size_t n,
                                         const float *g, float *old, const w2v__v_prefetch_list *prefetch)
{
    size_t at = 0;
    for (size_t k = 0; k < n; k += W2V__SIMD_LANES) {
        if (k % 16 == 0) at = w2v__v_fetch(prefetch, at, n);
        W2V__K(update_strip)(W2V__SIMD_TILE_J, 0, x, x, nx, y, k, g, old, 1);
        for (size_t j = W2V__SIMD_TILE_J; j < ny; j += W2V__SIMD_TILE_J) {
#define W2V__K_CALL(width) W2V__K(update_strip)(width, 0, x, x, nx, y + j, k, g + nx * j, old, 0)
            W2V__K_FOR_WIDTH(w2v__min_size(ny - j, W2V__SIMD_TILE_J), W2V__SIMD_TILE_J, W2V__K_CALL)
#undef W2V__K_CALL
        }
    }
}

// The update that leaves x alone: one strip after another.
W2V__NOINLINE void W2V__K(update_apart)(float *const *x, float *const *change, size_t nx, float *const *y,
                                        size_t ny, size_t n, const float *g,
                                        const w2v__v_prefetch_list *prefetch)
{
    for (size_t i = 0; i < nx; i++) memset(change[i], 0, n * sizeof *change[i]);
    for (size_t j = 0; j < ny; j += W2V__SIMD_TILE_J, prefetch = NULL) {
#define W2V__K_CALL(width) W2V__K(update_one_strip)(width, 1, x, change, nx, y + j, n, g + nx * j, prefetch)
        W2V__K_FOR_WIDTH(w2v__min_size(ny - j, W2V__SIMD_TILE_J), W2V__SIMD_TILE_J, W2V__K_CALL)
#undef W2V__K_CALL
    }
}

// x_i += sum_j g_ij y_j and y_j += sum_i g_ij x_i, both from the old values. With a `change` (nx rows),
// change_i is the first sum, and x_i stays. No row may occur twice. ny may be 0. `old` has room for (nx, 16).
// Rows are prefetched one line at a time, so that the line-fill buffers never overflow.
static void W2V__K(update)(float *const *x, float *const *change, size_t nx, float *const *y, size_t ny,
                           size_t n, const float *g, float *old, const w2v__v_prefetch_list *prefetch)
{
    if (change) {
        W2V__K(update_apart)(x, change, nx, y, ny, n, g, prefetch);
        return;
    }
    if (ny > W2V__SIMD_TILE_J) {
        W2V__K(update_strips)(x, nx, y, ny, n, g, old, prefetch);
        return;
    }
#define W2V__K_CALL(width) W2V__K(update_one_strip)(width, 0, x, x, nx, y, n, g, prefetch)
    W2V__K_FOR_WIDTH(ny, W2V__SIMD_TILE_J, W2V__K_CALL)
#undef W2V__K_CALL
}

// h(x) = tanh(x / 2) / 2 = s(x) - 1/2, the odd part of the sigmoid, as a quotient of polynomials: absolute
// error 3e-7 for |x| <= 12, beyond which it stays as it was. That is enough for the trainer, and it needs no
// exponential. (Least squares with Lawson's weights on [0, 12], x P(x^2) / Q(x^2), degrees 3 and 3.)
W2V__SIMD_INLINE w2v__vec W2V__K(odd_sigmoid16)(w2v__vec x)
{
    x = w2v__v_max(w2v__v_set1(-12.0f), w2v__v_min(w2v__v_set1(12.0f), x));
    const w2v__vec t = w2v__v_mul(x, x);
    w2v__vec p = w2v__v_fma(t, w2v__v_set1(1.76039645e-8f), w2v__v_set1(3.73629337e-5f));
    w2v__vec q = w2v__v_fma(t, w2v__v_set1(2.4238127e-6f), w2v__v_set1(1.34967803e-3f));
    p = w2v__v_fma(p, t, w2v__v_set1(7.76660908e-3f));
    q = w2v__v_fma(q, t, w2v__v_set1(0.114398517f));
    p = w2v__v_fma(p, t, w2v__v_set1(0.249999672f));
    q = w2v__v_fma(q, t, w2v__v_set1(1.0f));
    return w2v__v_div(w2v__v_mul(x, p), q);
}

// From scores to steps: c is +a for a pair to be pulled together, -a for one to be pushed apart, where a is
// the learning rate times the number of times the pair counts. The derivative of a log s(x) is a s(-x), that
// of a log s(-x) is -a s(x); with s = 1/2 + h both are c / 2 - |c| h(x). Returns whether all scores are
// finite; up to 15 numbers after the scores are looked at, too.
static int W2V__K(gradients)(const float *c, float *s, size_t n)
{
    const w2v__vec zero = w2v__v_set1(0.0f), half = w2v__v_set1(0.5f);
    w2v__vec peak = zero;
    for (size_t i = 0; i < n; i += 16) {
        const w2v__vec a = w2v__v_load(c + i), x = w2v__v_load(s + i), minus_a = w2v__v_sub(zero, a);
        peak = w2v__v_larger_bits(peak, x);
        w2v__v_store(s + i,
                     w2v__v_fma(w2v__v_min(a, minus_a), W2V__K(odd_sigmoid16)(x), w2v__v_mul(half, a)));
    }
    return W2V__K(peak_is_finite)(peak);
}

// 0.0f, 1.0f, ... 15.0f
W2V__SIMD_INLINE w2v__vec W2V__K(lanes)(void)
{
    static const float lane[16] = {0.0f, 1.0f, 2.0f,  3.0f,  4.0f,  5.0f,  6.0f,  7.0f,
                                   8.0f, 9.0f, 10.0f, 11.0f, 12.0f, 13.0f, 14.0f, 15.0f};
    return w2v__v_load(lane);
}

// log(e^(x / 2) + e^(-x / 2)), the even part of -log s(x), as a quotient of polynomials: absolute error 2e-6
// for |x| <= 12, beyond which it is |x| / 2. (Fitted like W2V__K(odd_sigmoid16): P(x^2) / Q(x^2), degrees 5
// and 4.)
W2V__SIMD_INLINE w2v__vec W2V__K(even_softplus16)(w2v__vec x)
{
    const w2v__vec size = w2v__v_max(x, w2v__v_sub(w2v__v_set1(0.0f), x)),
                   z = w2v__v_min(w2v__v_set1(12.0f), size);
    const w2v__vec t = w2v__v_mul(z, z);
    w2v__vec p = w2v__v_fma(t, w2v__v_set1(6.6274614e-10f), w2v__v_set1(1.3957477e-6f));
    w2v__vec q = w2v__v_fma(t, w2v__v_set1(9.106596e-8f), w2v__v_set1(5.063753e-5f));
    p = w2v__v_fma(p, t, w2v__v_set1(3.0407638e-4f));
    q = w2v__v_fma(q, t, w2v__v_set1(5.1210406e-3f));
    p = w2v__v_fma(p, t, w2v__v_set1(0.015563981f));
    q = w2v__v_fma(q, t, w2v__v_set1(0.13776408f));
    p = w2v__v_fma(p, t, w2v__v_set1(0.2204886f));
    q = w2v__v_fma(q, t, w2v__v_set1(1.0f));
    p = w2v__v_fma(p, t, w2v__v_set1(0.69314754f));
    return w2v__v_fma(w2v__v_set1(0.5f), w2v__v_sub(size, z), w2v__v_div(p, q));
}

// Adds to sums (16), of scores and coefficients as W2V__K(gradients) has them, `scale` times the terms
// -|c| log s(sign(c) x) = |c| even(x) - c x / 2. The caller adds them up. With scale = 1 / a they are the
// losses of pairs.
static void W2V__K(loss)(const float *c, const float *s, size_t n, float scale, float *sums)
{
    const w2v__vec zero = w2v__v_set1(0.0f), minus_half = w2v__v_set1(-0.5f);
    w2v__vec loss = w2v__v_load(sums);
    for (size_t i = 0; i < n; i += 16) {
        w2v__vec a = w2v__v_mul(w2v__v_load(c + i), w2v__v_set1(scale)), x = w2v__v_load(s + i);
        if (n - i < 16) {
            const w2v__vec end = w2v__v_set1((float)(n - i));
            a = w2v__v_select_lt(W2V__K(lanes)(), end, a, zero);
            x = w2v__v_select_lt(W2V__K(lanes)(), end, x, zero);
        }
        const w2v__vec size = w2v__v_max(a, w2v__v_sub(zero, a));
        loss = w2v__v_fma(w2v__v_mul(a, minus_half), x, w2v__v_fma(size, W2V__K(even_softplus16)(x), loss));
    }
    w2v__v_store(sums, loss);
}

// For a word at some distance from the centre of a window: `value` if it lies in the window, else 0. With a
// `fade` it is less for farther words. The centre does not lie in its window.
W2V__SIMD_INLINE w2v__vec W2V__K(in_window)(w2v__vec distance, w2v__vec reach2, float fade, w2v__vec value)
{
    const w2v__vec zero = w2v__v_set1(0.0f), square = w2v__v_mul(distance, distance);
    if (fade > 0.0f) {
        const w2v__vec size = w2v__v_max(distance, w2v__v_sub(zero, distance));
        value = w2v__v_mul(value, w2v__v_fma(w2v__v_set1(-fade), size, w2v__v_set1(1.0f + fade)));
    }
    return w2v__v_select_lt(zero, square, w2v__v_select_lt(reach2, square, zero, value), zero);
}

// Fills w->count, for the words rounded up to 16.
static void W2V__K(count_windows)(w2v__k_windows *w)
{
    w2v__vec q = W2V__K(lanes)();
    for (size_t first = 0; first < w->words; first += 16, q = w2v__v_add(q, w2v__v_set1(16.0f))) {
        w2v__vec sum = w2v__v_set1(0.0f);
        for (size_t k = 0; k < w->centres; k++)
            sum = w2v__v_add(sum, W2V__K(in_window)(w2v__v_sub(q, w2v__v_set1(w->centre[k])),
                                                    w2v__v_set1(w->reach2[k]), w->fade, w2v__v_set1(1.0f)));
        w2v__v_store(w->count + first, sum);
    }
}

// coef(i, j) = alpha x windows that pair input i with centre j; for a negative, alpha x windows that contain
// i x its weight (< 0), which stand in negative_weight after W2V__K_MAX_SPAN zeros. input_at maps a position
// to its input, or to UINT32_MAX if it is none; if it is NULL, position q is input q.
static void W2V__K(coefficients)(const w2v__k_windows *w, const float *negative_weight, float alpha,
                                 const uint32_t *input_at, size_t inputs, size_t outputs, float *coef)
{
    const float *const count = w->count;
    const w2v__vec rate = w2v__v_set1(alpha), lanes = W2V__K(lanes)(), one = w2v__v_set1(1.0f);
    for (size_t j = 0; j < outputs; j += W2V__SIMD_TILE_J) {
        const size_t width = w2v__min_size(outputs - j, W2V__SIMD_TILE_J),
                     first_centre = w2v__min_size(j, W2V__K_MAX_SPAN);
        const w2v__vec push =
            w2v__v_mul(rate, w2v__v_load(negative_weight + W2V__K_MAX_SPAN + j - w->centres));
        const w2v__vec reach2 = w2v__v_load(w->reach2 + first_centre),
                       split = w2v__v_set1((float)w->centres - (float)j);
        w2v__vec distance = w2v__v_sub(w2v__v_set1(0.0f), w2v__v_load(w->centre + first_centre));
        float *const strip = coef + inputs * j;
        size_t written = 0;
        for (size_t q = 0; q < w->words; q++, distance = w2v__v_add(distance, one)) {
            const size_t i = input_at ? input_at[q] : q;
            if (i == UINT32_MAX) continue;
            float *const c = strip + i * width;
            w2v__vec v = w2v__v_mul(push, w2v__v_set1(count[q]));
            if (j < w->centres)
                v = w2v__v_select_lt(lanes, split, W2V__K(in_window)(distance, reach2, w->fade, rate), v);
            if (!input_at || i == written) {
                w2v__v_store(c, v);  // the next store overwrites what is beyond the width
                written++;
            } else {
                w2v__v_store_n(c, w2v__v_fma(v, one, w2v__v_load_n(c, width)), width);  // v is a product
            }
        }
    }
}

#define W2V__K_ABREAST (2 * W2V__SIMD_UPDATE_I)  // times 16 floats of a row, whose sums stay in registers
#if W2V__SIMD_UPDATE_I > 2
#error "w2v.h: W2V__K_MOST_ABREAST is 4"
#endif

// 16 V floats of the means, at k. V is a constant once this is inlined.
W2V__SIMD_INLINE void W2V__K(average_columns)(int V, const w2v__k_means *m, float *const *x, size_t k)
{
    const size_t words = m->words, windows = m->windows, first = m->first, width = 16 * (size_t)V;
    float *const running = m->running;
    w2v__vec sum[W2V__K_ABREAST];
    W2V__SIMD_UNROLL
    for (int v = 0; v < V; v++) w2v__v_store(running + v * 16, sum[v] = w2v__v_set1(0.0f));
    float *now = running + width;
    for (size_t q = 0; q < words; q++, now += width) {
        const float *const row = x[q] + k;
        W2V__SIMD_UNROLL
        for (int v = 0; v < V; v++)
            w2v__v_store(now + v * 16, sum[v] = w2v__v_add(sum[v], w2v__v_load(row + v * 16)));
    }
    for (size_t i = 0; i < windows; i++) {
        const size_t c = first + i, most = m->reach[i];
        const float *const centre = x[c] + k;
        float *const mean = m->mean[i] + k;
        const w2v__vec scale = w2v__v_set1(m->scale[i]), minus_summed = w2v__v_set1(-m->summed[i]);
        W2V__SIMD_UNROLL
        for (int v = 0; v < V; v++) sum[v] = w2v__v_set1(0.0f);
        for (size_t r = m->least[i]; r <= most; r++) {
            const size_t lo = c > r ? c - r : 0,
                         hi = words - c > r ? c + r + 1 : words;  // the window, less c
            const float *const at_lo = running + lo * width, *const at_hi = running + hi * width;
            W2V__SIMD_UNROLL
            for (int v = 0; v < V; v++)
                sum[v] =
                    w2v__v_add(sum[v], w2v__v_sub(w2v__v_load(at_hi + v * 16), w2v__v_load(at_lo + v * 16)));
        }
        W2V__SIMD_UNROLL
        for (int v = 0; v < V; v++)
            w2v__v_store(mean + v * 16,
                         w2v__v_mul(scale, w2v__v_fma(minus_summed, w2v__v_load(centre + v * 16), sum[v])));
    }
}

// The means of windows: mean_i = scale_i sum of the context rows, of n floats each. Windows overlap, so the
// sums are differences of running sums, less the centre. A window whose words count less with the distance is
// the sum of the windows within it.
static void W2V__K(average)(const w2v__k_means *m, float *const *x, size_t n)
{
    size_t k = 0;
    for (; k + 16 * W2V__K_ABREAST <= n; k += 16 * W2V__K_ABREAST)
        W2V__K(average_columns)(W2V__K_ABREAST, m, x, k);
#define W2V__K_CALL(width) W2V__K(average_columns)(width, m, x, k)
    W2V__K_FOR_WIDTH((n - k) / 16, W2V__K_ABREAST - 1, W2V__K_CALL)
#undef W2V__K_CALL
}

// What W2V__K(spread) does, for 16 V floats at k.
W2V__SIMD_INLINE void W2V__K(spread_columns)(int V, const w2v__k_means *m, float *const *x, size_t k)
{
    const size_t words = m->words, windows = m->windows, first = m->first, pairs = m->pairs,
                 width = 16 * (size_t)V;
    float *const running = m->running;
    w2v__vec sum[W2V__K_ABREAST], change[W2V__K_ABREAST];
    W2V__SIMD_UNROLL
    for (int v = 0; v < V; v++) sum[v] = w2v__v_set1(0.0f);
    float *now = running;
    for (size_t q = 0; q <= words; q++, now += width) {
        W2V__SIMD_UNROLL
        for (int v = 0; v < V; v++) w2v__v_store(now + v * 16, sum[v]);
    }
    for (size_t i = 0; i < windows; i++) {
        const size_t c = first + i, most = m->reach[i];
        float *const changes = m->change[i] + k;
        W2V__SIMD_UNROLL
        for (int v = 0; v < V; v++) change[v] = w2v__v_load(changes + v * 16);
        if (i < pairs) {
            float *const y = m->own[i] + k;
            const float *const mean = m->mean[i] + k;
            const w2v__vec g = w2v__v_set1(m->pull[i]);
            W2V__SIMD_UNROLL
            for (int v = 0; v < V; v++) {
                const w2v__vec old = w2v__v_load(y + v * 16);
                change[v] = w2v__v_fma(g, old, change[v]);
                w2v__v_store(y + v * 16, w2v__v_fma(g, w2v__v_load(mean + v * 16), old));
                w2v__v_store(changes + v * 16, change[v]);
            }
        }
        const w2v__vec back = w2v__v_set1(m->back[i]), minus_back = w2v__v_set1(-m->back[i]);
        for (size_t r = m->least[i]; r <= most; r++) {
            const size_t lo = c > r ? c - r : 0, hi = words - c > r ? c + r + 1 : words;
            float *const at_lo = running + lo * width, *const at_hi = running + hi * width;
            W2V__SIMD_UNROLL
            for (int v = 0; v < V; v++)
                w2v__v_store(at_lo + v * 16, w2v__v_fma(back, change[v], w2v__v_load(at_lo + v * 16)));
            W2V__SIMD_UNROLL
            for (int v = 0; v < V; v++)
                w2v__v_store(at_hi + v * 16, w2v__v_fma(minus_back, change[v], w2v__v_load(at_hi + v * 16)));
        }
    }
    now = running;
    for (size_t q = 0; q < words; q++, now += width) {
        float *const row = x[q] + k;
        const size_t i = q - first;
        W2V__SIMD_UNROLL
        for (int v = 0; v < V; v++) change[v] = sum[v] = w2v__v_add(sum[v], w2v__v_load(now + v * 16));
        if (i < windows) {
            const w2v__vec own = w2v__v_set1(-m->summed[i] * m->back[i]);
            const float *const changes = m->change[i] + k;
            W2V__SIMD_UNROLL
            for (int v = 0; v < V; v++) change[v] = w2v__v_fma(own, w2v__v_load(changes + v * 16), change[v]);
        }
        W2V__SIMD_UNROLL
        for (int v = 0; v < V; v++)
            w2v__v_store(row + v * 16, w2v__v_add(w2v__v_load(row + v * 16), change[v]));
    }
}

// Gives the changes of the means back to the context rows x, times back_i. Before that, the pairs of a mean
// and an output row of its own are updated: change_i += pull_i own_i and own_i += pull_i mean_i. The sum of
// the changes of all windows that a word lies in is a running sum, too: of changes that begin and end with a
// window, less that of the window around the word. A row can occur at several positions.
static void W2V__K(spread)(const w2v__k_means *m, float *const *x, size_t n)
{
    size_t k = 0;
    for (; k + 16 * W2V__K_ABREAST <= n; k += 16 * W2V__K_ABREAST)
        W2V__K(spread_columns)(W2V__K_ABREAST, m, x, k);
#define W2V__K_CALL(width) W2V__K(spread_columns)(width, m, x, k)
    W2V__K_FOR_WIDTH((n - k) / 16, W2V__K_ABREAST - 1, W2V__K_CALL)
#undef W2V__K_CALL
}

// s[i] = <x_i, y_i> for at most 16 pairs of rows; writes 16 floats.
static void W2V__K(pair_scores)(float *const *x, float *const *y, size_t pairs, size_t n, float *s)
{
    w2v__vec sum[16];
    for (size_t i = 0; i < 16; i++) sum[i] = w2v__v_set1(0.0f);
    for (size_t i = 0; i < pairs; i++) {
        const float *const a = x[i], *const b = y[i];
        w2v__vec t = w2v__v_set1(0.0f);
        for (size_t k = 0; k < n; k += 16) t = w2v__v_fma(w2v__v_load(a + k), w2v__v_load(b + k), t);
        sum[i] = t;
    }
    W2V__K(store_sums)(sum, s);
}

// Several lanes have changed copies of a row, all from `base` on: puts their changes one after another, of
// those before the k-th a part rest[k]. That becomes the row and, if copy_back, all its copies.
static void W2V__K(merge)(float *base, float *const *copy, const float *rest, size_t copies, size_t n,
                          int copy_back)
{
    for (size_t k = 0; k < n; k += 16) {
        const w2v__vec from = w2v__v_load(base + k);
        w2v__vec row = w2v__v_load(copy[0] + k);
        for (size_t i = 1; i < copies; i++)
            row = w2v__v_fma(w2v__v_set1(rest[i]), w2v__v_sub(row, from), w2v__v_load(copy[i] + k));
        w2v__v_store(base + k, row);
        for (size_t i = 0; i < copies && copy_back; i++) w2v__v_store(copy[i] + k, row);
    }
}
#endif  // W2V_NO_TRAIN

#define W2V__K_ENTRY(type, name, parameters) , W2V__K(name)
static const w2v__kernels W2V__K(table) = {W2V__SIMD_NAME, W2V__SIMD_TILE_J W2V__K_LIST(W2V__K_ENTRY)};
#undef W2V__K_ENTRY

#ifdef W2V__SIMD_TARGETED
#undef W2V__SIMD_TARGETED
#if defined(__clang__)
#pragma clang attribute pop
#elif defined(__GNUC__)
#pragma GCC pop_options
#endif
#endif
#undef W2V__SIMD_BACKEND
#endif  // W2V__SIMD_BACKEND

#ifdef W2V__MAIN_PASS
W2V__INLINE const w2v__kernels *w2v__kernels_base(void) { return &W2V__K(table); }

// The other backends: the header includes itself, and everything but the two sections above is left out.
#ifndef W2V_SELF
#define W2V_SELF "w2v.h"
#endif
#undef W2V__MAIN_PASS
#ifdef W2V__SIMD_WITH_AVX2
#define W2V__SIMD_BACKEND W2V_SIMD_AVX2
#include W2V_SELF
#endif
#ifdef W2V__SIMD_WITH_AVX512
#define W2V__SIMD_BACKEND W2V_SIMD_AVX512
#include W2V_SELF
#endif
#define W2V__MAIN_PASS

// Whether the processor and the operating system support AVX2 with FMA, or AVX-512F. gcc and clang look it up
// in what their runtime has found out before main(). With MSVC the answer of cpuid is kept, because in a
// virtual machine cpuid takes a microsecond and more; all threads would store the same number.
#if defined(__GNUC__) && (defined(__x86_64__) || defined(__i386__))
#define W2V__K_CPU_HAS_AVX2 (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
#define W2V__K_CPU_HAS_AVX512 __builtin_cpu_supports("avx512f")
#elif defined(_MSC_VER) && (defined(_M_X64) || defined(_M_IX86))
#include <intrin.h>
W2V__INLINE int w2v__kernels_cpu_level(void)
{
    static volatile long known;  // 1: neither, 2: AVX2, 3: AVX-512
    if (known) return (int)known;
    int one[4], seven[4];
    long level = 1;
    __cpuid(one, 0);
    if (one[0] >= 7) {
        __cpuid(one, 1);
        __cpuidex(seven, 7, 0);
        const int saves = one[2] >> 27 & 1;  // the operating system saves registers by XSAVE
        const unsigned long long saved = saves ? _xgetbv(0) : 0;
        if ((saved & 0x06) == 0x06 && (one[2] >> 12 & 1) && (seven[1] >> 5 & 1)) level = 2;
        if (level == 2 && (saved & 0xe6) == 0xe6 && (seven[1] >> 16 & 1)) level = 3;
    }
    known = level;
    return (int)level;
}
#define W2V__K_CPU_HAS_AVX2 (w2v__kernels_cpu_level() >= 2)
#define W2V__K_CPU_HAS_AVX512 (w2v__kernels_cpu_level() >= 3)
#endif

// The kernels for this processor.
W2V__INLINE const w2v__kernels *w2v__kernels_in_use(void)
{
#ifdef W2V__SIMD_WITH_AVX512
    if (W2V__K_CPU_HAS_AVX512) return &w2v__k_table_avx512;
#endif
#ifdef W2V__SIMD_WITH_AVX2
    if (W2V__K_CPU_HAS_AVX2) return &w2v__k_table_avx2;
#endif
    return w2v__kernels_base();
}

// The kernels that an object has chosen when it was made. With one
// backend they are known to the compiler, and calls are direct.
#if defined(W2V__SIMD_WITH_AVX2) || defined(W2V__SIMD_WITH_AVX512)
#define W2V__KERNELS_OF(object) ((object)->kernels)
#else
#define W2V__KERNELS_OF(object) w2v__kernels_base()
#endif

// Refuses a processor that lacks what the flags of the compiler, or W2V_SIMD, require.
W2V__NOINLINE w2v_status w2v__kernels_check_cpu(w2v_error *err)
{
#if W2V__SIMD_BASE == W2V_SIMD_AVX512 && defined(W2V__K_CPU_HAS_AVX512)
    if (!W2V__K_CPU_HAS_AVX512)
        return w2v__fail(err, W2V_ERROR_CPU,
                         "this program was compiled for AVX-512, which this processor does not have");
#elif W2V__SIMD_BASE == W2V_SIMD_AVX2 && defined(W2V__K_CPU_HAS_AVX2)
    if (!W2V__K_CPU_HAS_AVX2)
        return w2v__fail(err, W2V_ERROR_CPU,
                         "this program was compiled for AVX2 and FMA, which this processor does not have");
#endif
    (void)err;
    return W2V_OK;
}

W2V__INLINE float *w2v__kernels_row(const w2v_matrix *U, size_t w) { return U->data + w * U->stride; }

// The addresses of n rows of U: those in `row`, or from row `first` on if it is NULL.
W2V__INLINE void w2v__kernels_find(const w2v_matrix *U, const uint32_t *row, size_t first, size_t n,
                                   float **u)
{
    for (size_t i = 0; i < n; i++) u[i] = w2v__kernels_row(U, row ? row[i] : first + i);
}

// Rows of up to 16 floats are faster 16 at a time. Longer ones are slower so on some processors (Zen 4).
enum { W2V__KERNELS_SHORT = 16 };

// z = U v. z has room for 15 floats more.
static void w2v__kernels_scores(const w2v_matrix *U, const float *v, float *z)
{
    const w2v__kernels *k = w2v__kernels_in_use();
    const size_t V = U->rows, d = U->cols;
    for (size_t w = 0; w < V && d > W2V__KERNELS_SHORT; w++) z[w] = k->dot(w2v__kernels_row(U, w), v, d);
    for (size_t w = 0, n; w < V && d <= W2V__KERNELS_SHORT; w += n) {
        float *u[16];
        n = w2v__min_size(V - w, 16);
        w2v__kernels_find(U, NULL, w, n, u);
        k->rows_dot(u, n, v, d, z + w);
    }
}

// dv += U^T g and dU += g v^T. dv and dU may be NULL.
static void w2v__kernels_gradients(const w2v_matrix *U, const float *v, const float *g, float *dv,
                                   const w2v_matrix *dU)
{
    const w2v__kernels *k = w2v__kernels_in_use();
    const size_t V = U->rows, d = U->cols;
    for (size_t w = 0; w < V && d > W2V__KERNELS_SHORT; w++) {
        if (dv) k->axpy(g[w], w2v__kernels_row(U, w), dv, d);
        if (dU) k->axpy(g[w], v, w2v__kernels_row(dU, w), d);
    }
    for (size_t w = 0, n; w < V && d <= W2V__KERNELS_SHORT; w += n) {
        float *u[16], *du[16];
        n = w2v__min_size(V - w, 16);
        w2v__kernels_find(U, NULL, w, n, u);
        if (dU) w2v__kernels_find(dU, NULL, w, n, du);
        k->rows_axpy(u, dU ? du : NULL, n, v, d, g + w, dv);
    }
}

W2V_API const char *w2v_simd(void) { return w2v__kernels_in_use()->name; }

W2V_API float w2v_dot(const float *x, const float *y, size_t n)
{
    return w2v__kernels_in_use()->dot(x, y, n);
}

W2V_API void w2v_axpy(float a, const float *x, float *y, size_t n)
{
    w2v__kernels_in_use()->axpy(a, x, y, n);
}

W2V_API void w2v_scale(float a, float *x, size_t n) { w2v__kernels_in_use()->scale(a, x, n); }

W2V_API void w2v_exp(const float *x, float *y, size_t n) { w2v__kernels_in_use()->exp(x, y, n); }

W2V_API void w2v_log(const float *x, float *y, size_t n) { w2v__kernels_in_use()->log(x, y, n); }

W2V_API void w2v_sigmoid(const float *x, float *y, size_t n) { w2v__kernels_in_use()->sigmoid(x, y, n); }

W2V_API void w2v_log_sigmoid(const float *x, float *y, size_t n)
{
    w2v__kernels_in_use()->log_sigmoid(x, y, n);
}

W2V_API void w2v_sigmoid_derivative(const float *x, float *y, size_t n)
{
    w2v__kernels_in_use()->sigmoid_derivative(x, y, n);
}

W2V_API void w2v_leaky_relu(float a, const float *x, float *y, size_t n)
{
    w2v__kernels_in_use()->leaky_relu(a, x, y, n);
}

W2V_API void w2v_leaky_relu_derivative(float a, const float *x, float *y, size_t n)
{
    w2v__kernels_in_use()->leaky_relu_derivative(a, x, y, n);
}

W2V_API float w2v_softmax(const float *x, float *y, size_t n)
{
    return w2v__kernels_in_use()->softmax(x, y, n);
}

// <x, y> where squares of floats may be too large or too small for a float. Products of floats are exact in
// double, so it does not matter whether the compiler fuses them with the sum.
static double w2v__kernels_wide_dot(const float *x, const float *y, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) sum += (double)x[i] * (double)y[i];
    return sum;
}

W2V_API float w2v_norm(const float *x, size_t n)
{
    const float square = w2v_dot(x, x, n);
    return w2v__is_ordinary(square) ? sqrtf(square) : (float)sqrt(w2v__kernels_wide_dot(x, x, n));
}

W2V_API float w2v_cosine(const float *x, const float *y, size_t n)
{
    const float xx = w2v_dot(x, x, n), yy = w2v_dot(y, y, n), lengths = sqrtf(xx) * sqrtf(yy);
    if (w2v__is_ordinary(xx) && w2v__is_ordinary(yy) && w2v__is_ordinary(lengths))
        return w2v_dot(x, y, n) / lengths;
    const double wide = sqrt(w2v__kernels_wide_dot(x, x, n)) * sqrt(w2v__kernels_wide_dot(y, y, n));
    if (!w2v__is_finite_double(wide)) return NAN;
    return wide > 0.0 ? (float)(w2v__kernels_wide_dot(x, y, n) / wide) : 0.0f;
}

W2V_API void w2v_normalize_rows(float *x, size_t n, void *user)
{
    W2V_ASSERT((x || !n) && user && *(const size_t *)user);
    const size_t d = *(const size_t *)user, rows = d ? n / d : 0;
    for (size_t i = 0; i < rows * d; i += d) {
        const float inverse = 1.0f / w2v_norm(x + i, d);
        if (w2v__is_ordinary(inverse)) {
            w2v_scale(inverse, x + i, d);
        } else {  // a float cannot hold the length or its inverse
            const double length = sqrt(w2v__kernels_wide_dot(x + i, x + i, d));
            for (size_t k = i; k < i + d && length > 0.0; k++) x[k] = (float)((double)x[k] / length);
        }
    }
}

// -----------------------------------------------------------------------------------------------------------------
// >>random (implementation)

// A bijection of 64 bits in which every bit of z reaches every bit of the
// result (the finalizer of SplitMix64).
W2V__INLINE uint64_t w2v__random_mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

W2V_API void w2v_random_init(w2v_random *r, uint64_t seed, uint64_t stream)
{
    r->state = w2v__random_mix(w2v__random_mix(seed + UINT64_C(0x9E3779B97F4A7C15)) + stream);
}

W2V_API uint64_t w2v_random_next(w2v_random *r)
{
    return w2v__random_mix(r->state += UINT64_C(0x9E3779B97F4A7C15));
}

W2V_API uint32_t w2v_random_below(w2v_random *r, uint32_t n)
{
    return (uint32_t)(((w2v_random_next(r) >> 32) * n) >> 32);
}

W2V_API float w2v_random_float(w2v_random *r) { return (float)(w2v_random_next(r) >> 40) / 16777216.0f; }

// Vose's construction: every word gets a column of height 1; what a frequent word has above that fills up the
// column of a rare one.
W2V_API w2v_status w2v_alias_init(w2v_alias *table, const double *weight, size_t n, w2v_error *err)
{
    W2V_ASSERT(table && (weight || !n));
    if (n < 1 || n >= UINT32_MAX)
        return w2v__fail(err, W2V_ERROR_ARGUMENT, "an alias table cannot have %zu entries", n);
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        if (!w2v__is_finite_double(weight[i]) || weight[i] < 0.0)
            return w2v__fail(err, W2V_ERROR_ARGUMENT, "weight %zu is negative or not finite", i);
        sum += weight[i];
    }
    if (!w2v__is_finite_double(sum) || sum <= 0.0)
        return w2v__fail(err, W2V_ERROR_ARGUMENT, "the sum of %zu weights is zero or infinite", n);
    w2v_alias t;
    t.size = (uint32_t)n;
    t.column = (w2v_alias_column *)w2v__new(n, sizeof *t.column, err);
    double *height = (double *)w2v__new(n, sizeof *height, err);
    uint32_t *todo = (uint32_t *)w2v__new(n, sizeof *todo, err);
    const w2v_status status = t.column && height && todo ? W2V_OK : W2V_ERROR_MEMORY;
    uint32_t low = 0, high = t.size;  // todo: words below 1 from the left, the others from the right
    // (a loop of its own: x87 would compare more bits than the height has in memory)
    for (size_t i = 0; status == W2V_OK && i < n; i++) height[i] = weight[i] / sum * (double)n;
    for (uint32_t i = 0; status == W2V_OK && i < n; i++) {
        t.column[i].keep = UINT32_MAX;
        t.column[i].other = i;
        if (height[i] < 1.0)
            todo[low++] = i;
        else
            todo[--high] = i;
    }
    while (low > 0 && high < n) {
        const uint32_t rare = todo[--low], frequent = todo[high];
        t.column[rare].keep = (uint32_t)(height[rare] * 4294967296.0);  // < 2^32, for height < 1
        t.column[rare].other = frequent;
        height[frequent] -= 1.0 - height[rare];
        if (height[frequent] < 1.0) {
            high++;
            todo[low++] = frequent;
        }
    }
    if (status == W2V_OK)
        *table = t;
    else
        w2v_alias_free(&t);
    W2V_FREE(height);
    W2V_FREE(todo);
    return status;
}

// The high 32 bits pick the column, the low 32 decide between keep and replace.
W2V_API uint32_t w2v_alias_draw(const w2v_alias *table, w2v_random *r)
{
    const uint64_t bits = w2v_random_next(r);
    const uint32_t i = (uint32_t)(((bits >> 32) * table->size) >> 32);
    const w2v_alias_column c = table->column[i];
    const uint32_t replace =
        0u - (uint32_t)((uint32_t)bits >= c.keep);  // all ones or zero: a branch here is a coin toss
    return i ^ ((i ^ c.other) & replace);
}

W2V_API void w2v_alias_free(w2v_alias *table)
{
    if (!table) return;
    W2V_FREE(table->column);
    table->column = NULL;
    table->size = 0;
}

W2V_API void w2v_dropout(float p, const w2v_random *random, const float *x, float *y, size_t n)
{
    enum { AT_ONCE = 256 };
    W2V_ASSERT(random && p >= 0.0f && p < 1.0f);
    w2v_random r = *random;
    const w2v__kernels *k = w2v__kernels_in_use();
    float u[AT_ONCE];
    for (size_t i = 0; i < n; i += AT_ONCE) {
        const size_t m = w2v__min_size(n - i, AT_ONCE);
        for (size_t j = 0; j < (m + 15) / 16 * 16; j++) u[j] = w2v_random_float(&r);
        k->dropout(p, u, x + i, y + i, m);
    }
}

// -----------------------------------------------------------------------------------------------------------------
// >>losses (implementation)
//
// J is the loss, z = U v are the scores, g = dJ/dz. By the chain rule dJ/dv = U^T g and dJ/dU = g v^T.
// The private functions multiply J and g by a weight.

// What all losses ask of their arguments.
W2V__INLINE void w2v__losses_check(const float *v, const w2v_matrix *U, const w2v_matrix *dU)
{
    W2V_ASSERT(v && U && U->cols && U->stride >= U->cols);
    W2V_ASSERT(!dU || (dU->rows == U->rows && dU->cols == U->cols && dU->stride >= U->cols));
    (void)v, (void)U, (void)dU;
}

// Naive softmax. yhat = softmax(z), and y is 1 at o, 0 elsewhere:
//   J = -log yhat_o = log sum_w e^(z_w) - z_o
//   g = yhat - y
// This form needs no memory, but computes every score twice.
static double w2v__losses_softmax_by_word(float weight, const float *v, size_t o, const w2v_matrix *U,
                                          float *dv, const w2v_matrix *dU)
{
    const size_t V = U->rows, d = U->cols;
    double log_sum = -(double)INFINITY;
    for (size_t w = 0; w < V; w++) {
        const double z = (double)w2v_dot(w2v__kernels_row(U, w), v, d);
        log_sum = (log_sum > z ? log_sum : z) + log1p(exp(-fabs(log_sum - z)));
    }
    for (size_t w = 0; w < V && (dv || dU); w++) {
        const double yhat = exp((double)w2v_dot(w2v__kernels_row(U, w), v, d) - log_sum);
        const float g = weight * (float)(yhat - (w == o ? 1.0 : 0.0));
        if (dv) w2v_axpy(g, w2v__kernels_row(U, w), dv, d);
        if (dU) w2v_axpy(g, v, w2v__kernels_row(dU, w), d);
    }
    return (double)weight * (log_sum - (double)w2v_dot(w2v__kernels_row(U, o), v, d));
}

static double w2v__losses_softmax(float weight, const float *v, size_t o, const w2v_matrix *U, float *dv,
                                  const w2v_matrix *dU)
{
    w2v__losses_check(v, U, dU);
    W2V_ASSERT(o < U->rows);
    const size_t V = U->rows;
    float *yhat = (float *)w2v__malloc(w2v__mul(w2v__add(V, 15), sizeof *yhat));
    if (!yhat) return w2v__losses_softmax_by_word(weight, v, o, U, dv, dU);
    w2v__kernels_scores(U, v, yhat);  // z
    const float z_o = yhat[o], log_sum = w2v_softmax(yhat, yhat, V);
    if (dv || dU) {
        yhat[o] -= 1.0f;
        w2v_scale(weight, yhat, V);                  // g
        w2v__kernels_gradients(U, v, yhat, dv, dU);  // dv += U^T g, dU += g v^T
    }
    W2V_FREE(yhat);
    return (double)(weight * (log_sum - z_o));
}

W2V_API float w2v_softmax_loss(const float *v, size_t o, const w2v_matrix *U, float *dv, const w2v_matrix *dU)
{
    return (float)w2v__losses_softmax(1.0f, v, o, U, dv, dU);
}

enum { W2V__LOSSES_MOST = 16 };  // rows that the kernels take at once

// Negative sampling and hierarchical softmax are sums over rows u_i of U with signs x_i = 1 or -1, here n of
// them. As (log s(x))' = s(-x):
//   J = -sum_i log s(x_i z_i)
//   g_i = -x_i s(-x_i z_i)
static double w2v__losses_logistic(float weight, const float *v, const float *x, const uint32_t *row,
                                   size_t n, const w2v_matrix *U, float *dv, const w2v_matrix *dU)
{
    const w2v__kernels *k = w2v__kernels_in_use();
    float *u[W2V__LOSSES_MOST], *du[W2V__LOSSES_MOST], z[W2V__LOSSES_MOST], g[W2V__LOSSES_MOST];
    w2v__kernels_find(U, row, 0, n, u);
    if (dU) w2v__kernels_find(dU, row, 0, n, du);
    k->rows_dot(u, n, v, U->cols, z);  // z_i = u_i.v
    const float J = k->logistic(x, z, n, weight, g);
    k->rows_axpy(u, dU ? du : NULL, n, v, U->cols, g, dv);  // dv += g_i u_i, du_i += g_i v
    return (double)weight * (double)J;
}

// The rows of negative sampling: x is 1 for the outside word, -1 for the negatives.
static double w2v__losses_neg_sampling(float weight, const float *v, size_t o, const uint32_t *negatives,
                                       size_t K, const w2v_matrix *U, float *dv, const w2v_matrix *dU)
{
    w2v__losses_check(v, U, dU);
    W2V_ASSERT(o < U->rows && (negatives || !K));
    uint32_t row[W2V__LOSSES_MOST] = {(uint32_t)o};
    float x[W2V__LOSSES_MOST] = {1.0f};
    double J = 0.0;
    size_t n = 1;
    for (size_t k = 0; k < K; k++, n++) {
        W2V_ASSERT(negatives[k] < U->rows);
        if (n == W2V__LOSSES_MOST) J += w2v__losses_logistic(weight, v, x, row, n, U, dv, dU), n = 0;
        row[n] = negatives[k];
        x[n] = -1.0f;
    }
    return J + w2v__losses_logistic(weight, v, x, row, n, U, dv, dU);
}

W2V_API float w2v_neg_sampling_loss(const float *v, size_t o, const uint32_t *negatives, size_t K,
                                    const w2v_matrix *U, float *dv, const w2v_matrix *dU)
{
    return (float)w2v__losses_neg_sampling(1.0f, v, o, negatives, K, U, dv, dU);
}

// The rows of hierarchical softmax: x is 1 where the path turns left, -1 where it turns right.
static double w2v__losses_hierarchical(float weight, const float *v, size_t o, const w2v_huffman *tree,
                                       const w2v_matrix *U, float *dv, const w2v_matrix *dU)
{
    w2v__losses_check(v, U, dU);
    W2V_ASSERT(tree && o < tree->size && tree->size <= U->rows + 1);
    float x[W2V__LOSSES_MOST];
    double J = 0.0;
    for (size_t at = tree->begin[o], end = tree->begin[o + 1], n; at < end; at += n) {
        n = w2v__min_size(end - at, W2V__LOSSES_MOST);
        for (size_t i = 0; i < n; i++) x[i] = tree->code[at + i] ? -1.0f : 1.0f;
        J += w2v__losses_logistic(weight, v, x, tree->node + at, n, U, dv, dU);
    }
    return J;
}

W2V_API float w2v_hierarchical_loss(const float *v, size_t o, const w2v_huffman *tree, const w2v_matrix *U,
                                    float *dv, const w2v_matrix *dU)
{
    return (float)w2v__losses_hierarchical(1.0f, v, o, tree, U, dv, dU);
}

// A node of a Huffman tree that is being made: 0 .. V - 1 are the leaves, the rarest first, V .. 2 V - 2 the
// inner nodes in the order in which they are joined, so the last one is the root.
typedef struct w2v__losses_node {
    uint64_t count;
    uint32_t word;  // of a leaf
    uint32_t parent;
    uint8_t side;  // 0 left, 1 right
} w2v__losses_node;

W2V__COLD_BEGIN
static int w2v__losses_by_rarity(const void *a, const void *b)
{
    const w2v__losses_node *x = (const w2v__losses_node *)a, *y = (const w2v__losses_node *)b;
    if (x->count != y->count) return x->count < y->count ? -1 : 1;
    return x->word > y->word ? -1 : x->word < y->word;
}

// Joins the two rarest trees until one is left. Leaves are sorted and joins grow, so the rarest are always at
// the front of one of two queues. The rarer goes right: the most frequent word has a code of zeros.
static void w2v__losses_huffman_join(w2v__losses_node *node, size_t V)
{
    size_t leaf = 0, join = V;  // the fronts
    for (size_t next = V; next < 2 * V - 1; next++) {
        node[next].count = 0;
        for (uint8_t s = 0; s < 2; s++) {
            const int take_leaf = leaf < V && (join == next || node[leaf].count <= node[join].count);
            w2v__losses_node *child = &node[take_leaf ? leaf++ : join++];
            const uint64_t room = UINT64_MAX - node[next].count;
            node[next].count += child->count < room ? child->count : room;
            child->parent = (uint32_t)next;
            child->side = !s;
        }
    }
}

// Walks from every leaf to the root. While tree->node is NULL only the lengths are noted, in begin[word + 1].
static void w2v__losses_huffman_walk(w2v_huffman *tree, const w2v__losses_node *node)
{
    const size_t V = tree->size, root = 2 * V - 2;
    for (size_t i = 0; i < V; i++) {
        size_t length = 0, end = tree->begin[node[i].word + 1];
        for (size_t at = i; at != root; at = node[at].parent, length++) {
            if (!tree->node) continue;
            tree->node[--end] = (uint32_t)(root - node[at].parent);  // numbered from the root
            tree->code[end] = node[at].side;
        }
        if (!tree->node) tree->begin[node[i].word + 1] = length;
    }
}

W2V_API w2v_status w2v_huffman_init(w2v_huffman *tree, const uint64_t *count, size_t V, w2v_error *err)
{
    W2V_ASSERT(tree && (count || !V));
    if (V < 1 || V > (size_t)1 << 31)
        return w2v__fail(err, W2V_ERROR_ARGUMENT, "a Huffman tree cannot have %zu words", V);
    w2v_huffman t;
    memset(&t, 0, sizeof t);
    t.size = V;
    t.begin = (size_t *)w2v__new(V + 1, sizeof *t.begin, err);
    w2v__losses_node *node = t.begin ? (w2v__losses_node *)w2v__new(2 * V, sizeof *node, err) : NULL;
    if (node) {
        for (size_t i = 0; i < V; i++) node[i].count = count[i], node[i].word = (uint32_t)i;
        qsort(node, V, sizeof *node, w2v__losses_by_rarity);
        w2v__losses_huffman_join(node, V);
        t.begin[0] = 0;
        w2v__losses_huffman_walk(&t, node);
        for (size_t i = 0; i < V; i++) t.begin[i + 1] = w2v__add(t.begin[i + 1], t.begin[i]);
        t.code = (uint8_t *)w2v__new(t.begin[V], sizeof *t.code, err);
        t.node = t.code ? (uint32_t *)w2v__new(t.begin[V], sizeof *t.node, err) : NULL;
    }
    if (t.node) {
        w2v__losses_huffman_walk(&t, node);
        *tree = t;
    } else {
        w2v_huffman_free(&t);
    }
    W2V_FREE(node);
    return t.node ? W2V_OK : W2V_ERROR_MEMORY;
}

W2V_API void w2v_huffman_free(w2v_huffman *tree)
{
    if (!tree) return;
    W2V_FREE(tree->begin);
    W2V_FREE(tree->node);
    W2V_FREE(tree->code);
    memset(tree, 0, sizeof *tree);
}
W2V__COLD_END

// The loss of pair number `pair` of a window.
static double w2v__losses_pair(const w2v_output_layer *t, const float *v, size_t o, size_t pair, float *dv)
{
    W2V_ASSERT(t->loss_type != W2V_LOSS_BOTH);
    W2V_ASSERT(t->weight != 0.0f && "w2v_output_layer.weight is 0: set it to 1");
    if (t->loss_type == W2V_LOSS_SOFTMAX) return w2v__losses_softmax(t->weight, v, o, t->U, dv, t->dU);
    if (t->loss_type == W2V_LOSS_HIERARCHICAL)
        return w2v__losses_hierarchical(t->weight, v, o, t->tree, t->U, dv, t->dU);
    const uint32_t *negatives = t->K ? t->negatives + pair * t->K : NULL;
    return w2v__losses_neg_sampling(t->weight, v, o, negatives, t->K, t->U, dv, t->dU);
}

W2V_API float w2v_skipgram_loss(const w2v_output_layer *output, size_t centre, const uint32_t *outside,
                                size_t count, const w2v_matrix *centres, const w2v_matrix *dcentres)
{
    W2V_ASSERT(output && output->U && centres && output->U->cols == centres->cols);
    W2V_ASSERT(centre < centres->rows && (outside || !count));
    w2v__losses_check(centres->data, centres, dcentres);
    const float *v = w2v__kernels_row(centres, centre);
    float *dv = dcentres ? w2v__kernels_row(dcentres, centre) : NULL;
    double loss = 0.0;
    const size_t K = output->loss_type == W2V_LOSS_NEG_SAMPLING ? output->K : 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < K && i + 1 < count; k++) {  // what the next pair will need
            const size_t w = output->negatives[(i + 1) * K + k];
            W2V__PREFETCH(w2v__kernels_row(output->U, w));
            if (output->dU) W2V__PREFETCH(w2v__kernels_row(output->dU, w));
        }
        loss += w2v__losses_pair(output, v, outside[i], i, dv);
    }
    return (float)loss;
}

W2V_API float w2v_cbow_loss(const w2v_output_layer *output, const uint32_t *context, size_t count,
                            size_t centre, const w2v_matrix *centres, const w2v_matrix *dcentres)
{
    enum { MOST = 1024 };  // d that needs no memory
    W2V_ASSERT(output && output->U && centres && output->U->cols == centres->cols && (context || !count));
    w2v__losses_check(centres->data, centres, dcentres);
    const size_t d = centres->cols;
    float few[2 * MOST], *v = d <= MOST ? few : (float *)w2v__malloc(w2v__mul(d, 2 * sizeof *v));
    if (!v) return NAN;
    float *dv = dcentres ? v + d : NULL;
    memset(v, 0, 2 * d * sizeof *v);
    for (size_t i = 0; i < count; i++) {
        W2V_ASSERT(context[i] < centres->rows);
        w2v_axpy(1.0f, w2v__kernels_row(centres, context[i]), v, d);
    }
    const float loss = (float)w2v__losses_pair(output, v, centre, 0, dv);
    for (size_t i = 0; i < count && dv; i++) w2v_axpy(1.0f, dv, w2v__kernels_row(dcentres, context[i]), d);
    if (v != few) W2V_FREE(v);
    return loss;
}

// -----------------------------------------------------------------------------------------------------------------
// >>sgd (implementation)

W2V_API void w2v_touch(w2v_touched *touched, size_t row)
{
    W2V_ASSERT(!touched || row < touched->row_count);
    if (!touched || row >= touched->row_count || touched->seen[row]) return;
    touched->seen[row] = 1;
    touched->rows[touched->count++] = (uint32_t)row;
}

W2V__COLD_BEGIN
#define W2V__CONFIG w2v_sgd_config
static const w2v_field w2v__sgd_fields[] = {
    W2V__NUMBER(iterations, SIZE, "40000", NULL, NULL, "steps of the run"),
    W2V__NUMBER(learning_rate, DOUBLE, "0.3", "0", "1000000", "at the start"),
    W2V__NUMBER(anneal_every, SIZE, "20000", NULL, NULL, "iterations; 0: never"),
    W2V__NUMBER(anneal, DOUBLE, "0.5", "0", "1", "what the learning rate is multiplied by then"),
    W2V__ENUM(optimizer, "sgd", "sgd momentum adam adamw adagrad", "how a step follows from the gradient"),
    W2V__NUMBER(momentum, DOUBLE, "0.9", "0", "1", "momentum"),
    W2V__NUMBER(beta1, DOUBLE, "0.9", "0", "0.999999999", "Adam: decay of the mean"),
    W2V__NUMBER(beta2, DOUBLE, "0.999", "0", "0.999999999", "Adam: decay of the mean square"),
    W2V__NUMBER(epsilon, DOUBLE, "1e-8", "1e-37", "1", "Adam, AdaGrad: added to the divisor"),
    W2V__NUMBER(l2, DOUBLE, "0", "0", "1000000", "adds l2 x to the gradient"),
    W2V__NUMBER(weight_decay, DOUBLE, "0", "0", "1000000", "AdamW"),
    W2V__POINTER(postprocess_fn, NULL, "called after every step, on all parameters"),
    W2V__POINTER(postprocess_user, NULL, "passed to postprocess_fn"),
    W2V__NUMBER(progress_every, SIZE, "10", "1", NULL, "iterations between two reports"),
    W2V__POINTER(progress_fn, NULL, "told how far the run is; can stop it"),
    W2V__POINTER(progress_user, NULL, "passed to progress_fn"),
    W2V__POINTER(checkpoint, NULL, "file for the state of the run"),
    W2V__FLAG(resume, "1: continue from the checkpoint if it exists"),
    W2V__NUMBER(checkpoint_every, SIZE, "5000", "1", NULL, "iterations between two checkpoints"),
};
#undef W2V__CONFIG
W2V__DEFINE_CONFIG(w2v_sgd_config, w2v__sgd_fields, NULL)

typedef struct w2v__sgd_state {
    const w2v_objective *f;
    const w2v_sgd_config *cfg;
    w2v__k_parameters p;
    int states;  // of the optimiser: 0, 1 or 2
    w2v_touched touched;
    uint64_t started_with;  // state of the generator before iteration 1
    size_t iteration;       // of the last step made
    double step;            // of that
    double loss;            // smoothed; before the first report that of the last iteration
    int reported;           // whether there was a report
    size_t first;           // iteration before this run, which began
    double started;         // then
} w2v__sgd_state;

static void w2v__sgd_state_free(w2v__sgd_state *s)
{
    w2v__free_aligned(s->p.grad);
    w2v__free_aligned(s->p.before);
    w2v__free_aligned(s->p.state[0]);
    w2v__free_aligned(s->p.state[1]);
    W2V_FREE(s->touched.rows);
    W2V_FREE(s->touched.seen);
}

static w2v_status w2v__sgd_state_init(w2v__sgd_state *s, const w2v_objective *f, float *x,
                                      const w2v_sgd_config *cfg, w2v_error *err)
{
    const size_t rows = f->row ? f->param_count / f->row : 0;
    const w2v_optimizer o = cfg->optimizer;
    if (!f->param_count || (f->row && f->param_count % f->row) || rows >= UINT32_MAX)
        return w2v__fail(err, W2V_ERROR_ARGUMENT, "an objective cannot have %zu parameters in rows of %zu",
                         f->param_count, f->row);
    memset(s, 0, sizeof *s);
    s->f = f;
    s->cfg = cfg;
    s->p.x = x;
    s->states = o == W2V_SGD ? 0 : o == W2V_MOMENTUM || o == W2V_ADAGRAD ? 1 : 2;
    s->started_with = f->random ? f->random->state : 0;
    s->p.grad = w2v__new_floats(f->param_count, err);
    s->p.before = w2v__new_floats(f->param_count, err);
    int ok = s->p.grad && s->p.before;
    for (int i = 0; i < s->states; i++) ok &= (s->p.state[i] = w2v__new_floats(f->param_count, err)) != NULL;
    if (rows) {
        s->touched.rows = (uint32_t *)w2v__new(rows, sizeof *s->touched.rows, err);
        s->touched.seen = (uint8_t *)w2v__new_zeros(rows, 1, err);
        ok &= s->touched.rows && s->touched.seen;
        s->touched.row_count = rows;
    }
    if (ok) return W2V_OK;
    w2v__sgd_state_free(s);
    return W2V_ERROR_MEMORY;
}

// x base^n, of base^1, ^2, ^4, ...
static double w2v__sgd_times_power(double x, double base, size_t n)
{
    for (; n; n /= 2, base *= base)
        if (n % 2) x *= base;
    return x;
}

// One step on everything that was touched; on failure x is what it was.
static int w2v__sgd_step_all(w2v__sgd_state *s)
{
    const w2v_sgd_config *cfg = s->cfg;
    const size_t t = s->iteration, row = s->f->row, all = s->f->param_count;
    w2v__k_update_rule r;
    r.optimizer = cfg->optimizer;
    r.minus_step = (float)-s->step;
    r.l2 = (float)cfg->l2;
    r.decay = (float)(-s->step * cfg->weight_decay);
    r.beta1 = (float)(cfg->optimizer == W2V_MOMENTUM ? cfg->momentum : cfg->beta1);
    r.one_minus_beta1 = (float)(1.0 - cfg->beta1);
    r.beta2 = (float)cfg->beta2;
    r.one_minus_beta2 = (float)(1.0 - cfg->beta2);
    r.unbias1 = (float)(1.0 / (1.0 - w2v__sgd_times_power(1.0, cfg->beta1, t)));
    r.unbias2 = (float)(1.0 / (1.0 - w2v__sgd_times_power(1.0, cfg->beta2, t)));
    r.epsilon = (float)cfg->epsilon;
    const w2v__kernels *k = w2v__kernels_in_use();
    const int ok = row ? k->optimise(&r, &s->p, s->touched.rows, s->touched.count, row)
                       : k->optimise(&r, &s->p, NULL, 1, all);
    if (!ok && !row) memcpy(s->p.x, s->p.before, all * sizeof *s->p.x);
    for (size_t i = 0; i < s->touched.count; i++) {
        const size_t first = s->touched.rows[i] * row;
        s->touched.seen[s->touched.rows[i]] = 0;
        if (!ok) memcpy(s->p.x + first, s->p.before + i * row, row * sizeof *s->p.x);
    }
    s->touched.count = 0;
    return ok;
}

// The step of iteration 1, 2, ...: it follows from the number alone, so a resumed run has the right one.
static double w2v__sgd_annealed_step(const w2v_sgd_config *cfg, size_t iteration)
{
    const size_t n = cfg->anneal_every ? (iteration - 1) / cfg->anneal_every : 0;
    return w2v__sgd_times_power(cfg->learning_rate, cfg->anneal, n);
}

#ifndef W2V_NO_STDIO
// A checkpoint is a file of parts: "run", which are these numbers, "x", and the states of the optimiser.
typedef struct w2v__sgd_run {
    uint64_t param_count, row, optimizer;
    uint64_t settings;      // hash
    uint64_t started_with;  // state of the generator
    uint64_t iteration;
    uint64_t random;  // state of the generator now
    uint64_t loss;    // bits of a double
    uint64_t reported;
} w2v__sgd_run;

static const char w2v__sgd_checkpoint_signature[9] = "w2v-sgd2";
static const char *const w2v__sgd_state_name[] = {"state1", "state2"};

// A hash of the settings that a resumed run must share; optimiser, shape and seed are compared by themselves.
static uint64_t w2v__sgd_hash_settings(const w2v__sgd_state *s)
{
    const w2v_sgd_config *c = s->cfg;
    double number[] = {c->learning_rate,
                       c->anneal,
                       (double)c->anneal_every,
                       c->momentum,
                       c->beta1,
                       c->beta2,
                       c->epsilon,
                       c->l2,
                       c->weight_decay,
                       (double)c->progress_every};
    w2v__files_swap(number, sizeof number / sizeof *number, sizeof *number);
    return w2v__hash_bytes(W2V__HASH_START, number, sizeof number);
}

static void w2v__sgd_checkpoint_put(w2v__files_writer *w, const void *state)
{
    const w2v__sgd_state *s = (const w2v__sgd_state *)state;
    const size_t n = s->f->param_count;
    w2v__sgd_run run;
    run.param_count = n;
    run.row = s->f->row;
    run.optimizer = (uint64_t)s->cfg->optimizer;
    run.settings = w2v__sgd_hash_settings(s);
    run.started_with = s->started_with;
    run.iteration = s->iteration;
    run.random = s->f->random ? s->f->random->state : 0;
    run.loss = w2v__bits_of_double(s->loss);
    run.reported = (uint64_t)s->reported;
    w2v__files_put_part(w, "run", 8, sizeof run / 8, &run);
    w2v__files_put_part(w, "x", 4, n, s->p.x);
    for (int i = 0; i < s->states; i++) w2v__files_put_part(w, w2v__sgd_state_name[i], 4, n, s->p.state[i]);
}

static w2v_status w2v__sgd_checkpoint_write(const w2v__sgd_state *s, w2v_error *err)
{
    w2v_file *f;
    w2v__files_sink sink;
    const uint64_t none[4] = {0};
    w2v_status status = w2v_file_create(&f, s->cfg->checkpoint, err);
    if (status != W2V_OK) return status;
    w2v__files_sink_init(&sink, w2v_file_write, f, err);
    status = w2v__files_write_parts(w2v__sgd_checkpoint_signature, none, w2v__sgd_checkpoint_put, s, &sink);
    return w2v__files_finish(f, status, err);
}

// Whether a checkpoint is one of this run.
static w2v_status w2v__sgd_checkpoint_check(const w2v__sgd_state *s, const w2v__files_parts *p,
                                            const w2v__sgd_run *run, w2v_error *err)
{
    const size_t n = s->f->param_count;
    if (!run) return w2v__files_damaged(p, err);
    if (run->param_count != n || run->row != s->f->row)
        return w2v__fail(err, W2V_ERROR_ARGUMENT,
                         "'%.200s' is of a run with %llu parameters in rows of %llu, not %zu in rows of %zu",
                         p->name, (unsigned long long)run->param_count, (unsigned long long)run->row, n,
                         s->f->row);
    if (run->optimizer != (uint64_t)s->cfg->optimizer || run->settings != w2v__sgd_hash_settings(s))
        return w2v__fail(err, W2V_ERROR_ARGUMENT,
                         "'%.200s' is of a run with another optimiser or other settings", p->name);
    if (run->started_with != s->started_with)
        return w2v__fail(err, W2V_ERROR_ARGUMENT, "'%.200s' is of a run with another seed", p->name);
    int finite = w2v__is_finite_double(w2v__double_of_bits(run->loss));
    for (int i = -1; i < s->states; i++) {
        const float *x = (const float *)w2v__files_part_of(p, i < 0 ? "x" : w2v__sgd_state_name[i], 4, n);
        if (!x) return w2v__files_damaged(p, err);
        for (size_t k = 0; k < n && finite; k++)  // a sum of squares may have become infinite
            finite = w2v__is_finite(x[k]) || (i >= 0 && w2v__bits_of_float(x[k]) == 0x7f800000);
    }
    if (!finite)
        return w2v__fail(err, W2V_ERROR_FORMAT, "'%.200s' is damaged: a number in it is not finite", p->name);
    if (run->iteration > s->cfg->iterations)
        return w2v__fail(err, W2V_ERROR_ARGUMENT, "'%.200s' is of iteration %llu, beyond the %zu of this run",
                         p->name, (unsigned long long)run->iteration, s->cfg->iterations);
    return W2V_OK;
}

// Takes the run up where the file left it; nothing happens if there is no such file.
static w2v_status w2v__sgd_checkpoint_read(w2v__sgd_state *s, w2v_error *err)
{
    const w2v_source source = w2v_source_file(s->cfg->checkpoint);
    const size_t bytes = s->f->param_count * sizeof(float);
    w2v__files_info info;
    w2v__files_parts p;
    if (w2v__files_stat(source.path, &info) == W2V__FILES_NONE && errno == ENOENT) return W2V_OK;
    w2v_status status =
        w2v__files_parts_load(&p, &source, w2v__sgd_checkpoint_signature, "w2v_sgd", w2v__cpus(), err);
    if (status != W2V_OK) return status;
    const w2v__sgd_run *run = (const w2v__sgd_run *)w2v__files_part_of(&p, "run", 8, sizeof *run / 8);
    status = w2v__sgd_checkpoint_check(s, &p, run, err);
    if (status == W2V_OK) {
        memcpy(s->p.x, w2v__files_part_of(&p, "x", 4, s->f->param_count), bytes);
        for (int i = 0; i < s->states; i++)
            memcpy(s->p.state[i], w2v__files_part_of(&p, w2v__sgd_state_name[i], 4, s->f->param_count),
                   bytes);
        s->iteration = (size_t)run->iteration;
        if (s->f->random) s->f->random->state = run->random;
        s->loss = w2v__double_of_bits(run->loss);
        s->reported = run->reported != 0;
    }
    w2v__files_parts_close(&p);
    return status;
}
#endif  // W2V_NO_STDIO

static void w2v__sgd_progress(const w2v__sgd_state *s, w2v_sgd_progress *p)
{
    memset(p, 0, sizeof *p);
    p->iteration = s->iteration;
    p->iterations = s->cfg->iterations;
    p->loss = s->loss;
    p->learning_rate = s->step;
    p->seconds = w2v__seconds() - s->started;
    if (p->seconds > 0.0) p->iterations_per_second = (double)(s->iteration - s->first) / p->seconds;
    if (p->iterations_per_second > 0.0)
        p->seconds_left = (double)(p->iterations - p->iteration) / p->iterations_per_second;
}

static w2v_status w2v__sgd_check_finite(const w2v__sgd_state *s, w2v_status status, w2v_error *err)
{
    if (w2v__kernels_in_use()->finite(s->p.x, s->f->param_count)) return W2V_OK;
    size_t i = 0;
    while (w2v__is_finite(s->p.x[i])) i++;
    return w2v__fail(err, status, "parameter %zu is not finite after iteration %zu", i, s->iteration);
}

static w2v_status w2v__sgd_loop(w2v__sgd_state *s, w2v_sgd_progress *last, w2v_error *err)
{
    const w2v_sgd_config *cfg = s->cfg;
    w2v_sgd_progress now;
    s->started = w2v__seconds();
    s->first = s->iteration;
    if (s->iteration) s->step = w2v__sgd_annealed_step(cfg, s->iteration);
    if (!last) last = &now;
    w2v__sgd_progress(s, last);
    while (s->iteration < cfg->iterations) {
        s->iteration++;
        s->step = w2v__sgd_annealed_step(cfg, s->iteration);
        const double loss = s->f->loss_fn(s->p.x, s->p.grad, s->f->row ? &s->touched : NULL, s->f->user);
        if (!w2v__is_finite_double(loss))
            return w2v__fail(err, W2V_ERROR_DIVERGED, "the loss is not finite at iteration %zu (step %g)",
                             s->iteration, s->step);
        if (!w2v__sgd_step_all(s))
            return w2v__fail(err, W2V_ERROR_DIVERGED,
                             "the gradient or the parameters are not finite at iteration %zu (step %g)",
                             s->iteration, s->step);
        if (cfg->postprocess_fn) cfg->postprocess_fn(s->p.x, s->f->param_count, cfg->postprocess_user);
        if (!s->reported) s->loss = loss;
        int stop = 0;
        if (s->iteration % cfg->progress_every == 0) {
            if (s->reported) s->loss = 0.95 * s->loss + 0.05 * loss;
            s->reported = 1;
            w2v__sgd_progress(s, last);
            stop = cfg->progress_fn && cfg->progress_fn(last, cfg->progress_user);
        }
#ifndef W2V_NO_STDIO
        if (cfg->checkpoint && (stop || s->iteration % cfg->checkpoint_every == 0)) {
            w2v_status status = w2v__sgd_check_finite(s, W2V_ERROR_DIVERGED, err);
            if (status == W2V_OK) status = w2v__sgd_checkpoint_write(s, err);
            if (status != W2V_OK) return status;
        }
#endif
        if (stop) return w2v__fail(err, W2V_ERROR_STOPPED, "stopped at iteration %zu", s->iteration);
    }
    if (s->iteration) {
        // The last step can lead to where the loss is not finite. The gradient of this look is thrown away,
        // and the random numbers are drawn again by a run that goes on.
        const w2v_random before = s->f->random ? *s->f->random : w2v_random_stream(0, 0);
        const w2v_status status = w2v__sgd_check_finite(s, W2V_ERROR_DIVERGED, err);
        if (status != W2V_OK) return status;
        const double end = s->f->loss_fn(s->p.x, s->p.grad, s->f->row ? &s->touched : NULL, s->f->user);
        if (s->f->random) *s->f->random = before;
        if (!w2v__is_finite_double(end))
            return w2v__fail(err, W2V_ERROR_DIVERGED, "the loss is not finite after iteration %zu, the last",
                             s->iteration);
    }
    w2v__sgd_progress(s, last);
    return W2V_OK;
}

W2V_API w2v_status w2v_sgd(const w2v_objective *f, float *x, const w2v_sgd_config *cfg,
                           w2v_sgd_progress *last, w2v_error *err)
{
    W2V_ASSERT(f && f->loss_fn && x);
    w2v_sgd_config whole;
    w2v_status status = w2v__config_take(&w2v__sgd_fields_table, &whole, cfg, err);
    if (status == W2V_OK) status = w2v__kernels_check_cpu(err);
    if (status != W2V_OK) return status;
    w2v__sgd_state s;
    status = w2v__sgd_state_init(&s, f, x, &whole, err);
    if (status != W2V_OK) return status;
#ifdef W2V_NO_STDIO
    if (whole.checkpoint)
        status = w2v__fail(err, W2V_ERROR_ARGUMENT, "W2V_NO_STDIO: there are no checkpoints in files");
#else
    if (whole.checkpoint && whole.resume) status = w2v__sgd_checkpoint_read(&s, err);
#endif
    if (status == W2V_OK) status = w2v__sgd_check_finite(&s, W2V_ERROR_ARGUMENT, err);
    if (status == W2V_OK) status = w2v__sgd_loop(&s, last, err);
    w2v__sgd_state_free(&s);
    return status;
}

// The slope of the loss between x[i] + h and x[i] - h as they are rounded to floats. The generator starts
// where it starts for all others.
static double w2v__sgd_slope(const w2v_objective *f, float *x, size_t i, float h, w2v_random start)
{
    const float old = x[i];
    double at[2], loss[2];
    for (int k = 0; k < 2; k++) {
        x[i] = k ? old - h : old + h;
        if (f->random) *f->random = start;
        loss[k] = f->loss_fn(x, NULL, NULL, f->user);
        at[k] = (double)x[i];
    }
    x[i] = old;
    return (loss[0] - loss[1]) / (at[0] - at[1]);
}

W2V__COLD W2V_API w2v_status w2v_grad_check(const w2v_objective *f, float *x, float h, double tolerance,
                                            w2v_grad_report *report, w2v_error *err)
{
    W2V_ASSERT(f && f->loss_fn && x);
    if (!w2v__is_finite(h) || h <= 0.0f)
        return w2v__fail(err, W2V_ERROR_ARGUMENT,
                         "the spacing of the differences must be finite and positive, not %g", (double)h);
    w2v_random start;
    start.state = f->random ? f->random->state : 0;
    w2v_sgd_config cfg = w2v_sgd_config_default();
    w2v__sgd_state s;
    w2v_grad_report worst;
    int worst_untouched = 0;
    memset(&worst, 0, sizeof worst);
    const w2v_status status = w2v__sgd_state_init(&s, f, x, &cfg, err);
    if (status != W2V_OK) return status;
    for (size_t i = 0; i < f->param_count; i++) {
        const volatile float moved = x[i] + h;
        if (moved - x[i] > 0.0f || !w2v__is_finite(x[i])) continue;
        w2v__sgd_state_free(&s);
        return w2v__fail(err, W2V_ERROR_ARGUMENT,
                         "a spacing of %g does not change parameter %zu, which is %g", (double)h, i,
                         (double)x[i]);
    }
    f->loss_fn(x, s.p.grad, f->row ? &s.touched : NULL, f->user);
    for (size_t i = 0; i < f->param_count; i++) {
        const double wide = w2v__sgd_slope(f, x, i, 2.0f * h, start),
                     narrow = w2v__sgd_slope(f, x, i, h, start);
        const double numeric = (4.0 * narrow - wide) / 3.0, analytic = (double)s.p.grad[i];
        const double difference = fabs(numeric - analytic) / fmax(1.0, fmax(fabs(numeric), fabs(analytic)));
        const int untouched = f->row && !s.touched.seen[i / f->row] && fabs(analytic) > 0.0;
        const int finite = w2v__is_finite_double(difference);
        if (i && finite && difference <= worst.difference && !untouched) continue;
        worst.worst = i;
        worst_untouched = untouched;
        worst.numeric = numeric;
        worst.analytic = analytic;
        worst.difference = untouched ? HUGE_VAL : difference;
        if (!finite || untouched) break;
    }
    if (f->random) *f->random = start;
    w2v__sgd_state_free(&s);
    if (report) *report = worst;
    if (w2v__is_finite_double(worst.difference) && worst.difference <= tolerance) return W2V_OK;
    return w2v__fail(err, W2V_ERROR_DIVERGED, "gradient %zu is %g, and %g by differences of the loss%s",
                     worst.worst, worst.analytic, worst.numeric,
                     worst_untouched ? ": its row was not touched" : "");
}
W2V__COLD_END

// -----------------------------------------------------------------------------------------------------------------
// >>rows (implementation)

// Floats of a row of whole vectors.
static size_t w2v__rows_floats(size_t dim) { return w2v__add(dim, 15) / 16 * 16; }

// Refuses a view with rows that overlap, or that no memory can hold.
static w2v_status w2v__rows_check(const w2v_matrix *m, w2v_error *err)
{
    W2V_ASSERT(m && (m->data || !m->rows));
    if (m->stride < m->cols)
        return w2v__fail(err, W2V_ERROR_ARGUMENT, "rows of %zu numbers cannot begin %zu numbers apart",
                         m->cols, m->stride);
    if (w2v__mul(w2v__mul(m->rows, m->stride), sizeof *m->data) == SIZE_MAX)
        return w2v__fail(err, W2V_ERROR_ARGUMENT, "no memory holds %zu rows that begin %zu numbers apart",
                         m->rows, m->stride);
    return W2V_OK;
}

// Integers for a row x of n floats: x / |x| is scale times these, but for a difference of length `error`.
// They are bytes from -127 to 127 or shorts above -32768, whose sum without signs times 127 is below 2^31;
// the other is NULL. Zeros if x is. Returns 0, and zeros, if a number is not finite.
//
// So the sum must stay below 2^31 / 127 = 16,909,320. Rounding adds at most a half to each of the n numbers,
// and at most doubles it: hence `limit`.
static int w2v__rows_to_integers(const float *x, size_t n, int8_t *bytes, int16_t *shorts, float *scale,
                                 float *error)
{
    double square = 0.0, most = 0.0, sum = 0.0, rest = 0.0, steps = 0.0;
    const double limit = fmax(16.9e6 - 0.5 * (double)n, 8.45e6);
    const int finite = w2v__kernels_in_use()->finite(x, n);
    for (size_t i = 0; i < n && finite; i++) {
        const double size = fabs((double)x[i]);
        most = size > most ? size : most;
        sum += size;
        square += size * size;
    }
    if (most > 0.0) steps = bytes ? 127.0 / most : fmin(32767.0 / most, limit / sum);
    for (size_t i = 0; i < n; i++) {
        const double real = finite ? (double)x[i] * steps : 0.0;
        const int integer = (int)(real < 0.0 ? real - 0.5 : real + 0.5);
        if (bytes)
            bytes[i] = (int8_t)integer;
        else
            shorts[i] = (int16_t)integer;
        rest += (real - integer) * (real - integer);
    }
    const double step = most > 0.0 ? 1.0 / steps / sqrt(square) : 0.0;
    *scale = (float)step;
    *error = (float)(sqrt(rest) * step);
    return finite;
}

// Scores of queries with rows of a view, some rows at a time. Begin with w2v__rows_begin. A query and a row
// are whole vectors of rows.cols floats, or bytes.
enum { W2V__ROWS_QUERIES = 96, W2V__ROWS_STREAMS = 8, W2V__ROWS_WIDEST = 256 };

typedef struct w2v__rows_scores {
    const w2v__kernels *kernels;
    w2v_matrix rows;        // its data is not read if the rows are bytes
    float *const *queries;  // (count) at most W2V__ROWS_QUERIES
    size_t count;
    size_t first, end;       // the rows at positions first .. end - 1 are scored
    const uint32_t *ids;     // (end) the row at each position; NULL: row p is at position p
    const int8_t *bytes;     // NULL, or the rows,
    int16_t *const *shorts;  // (count) and the queries, whose scores are multiplied by
    const float *scale;      // (count)
    size_t next;             // how many rows of a stream were scored
    size_t width;            // of the turn: query i with the row at position at[j] has score[i * width + j]
    size_t at[W2V__ROWS_WIDEST];
    float score[W2V__ROWS_QUERIES * W2V__ROWS_STREAMS + 16];
} w2v__rows_scores;

// All rows of a view; set other fields afterwards.
static void w2v__rows_begin(w2v__rows_scores *s, w2v_matrix rows, float *const *queries, size_t count)
{
    memset(s, 0, offsetof(w2v__rows_scores, score));
    s->kernels = w2v__kernels_in_use();
    s->rows = rows;
    s->queries = queries;
    s->count = count;
    s->end = rows.rows;
    W2V_ASSERT(count <= W2V__ROWS_QUERIES && s->kernels->tile_j <= W2V__ROWS_STREAMS);
}

// Scores the rows of the next turn; 0 after the last. The rows are cut into W2V__ROWS_STREAMS streams (of
// floats tile_j) of adjacent rows, which the processor prefetches: one query of 600,000 rows of 300 floats
// reads 26 GB/s; turns of rows one behind the other, with instructions that prefetch, read 15 (Zen 3;
// bench/queries -rows 600000). A turn has the next row of each stream; the next 32 for a single query, which
// the index then answers 1.2 times as fast (Zen 1; -rows 300000). So positions do not ascend from turn to
// turn.
static int w2v__rows_next(w2v__rows_scores *s)
{
    const size_t stride = s->rows.stride, floats = s->rows.cols, n = s->end - s->first;
    const size_t streams = s->bytes ? (size_t)W2V__ROWS_STREAMS : s->kernels->tile_j;
    const size_t length = (n + streams - 1) / streams;
    size_t deep = s->count == 1 ? W2V__ROWS_WIDEST / W2V__ROWS_STREAMS : 1;
    size_t offset[W2V__ROWS_WIDEST];
    s->width = 0;
    if (s->next == length) return 0;
    for (; deep && s->next < length; deep--, s->next++)
        for (size_t i = s->next; i < n; i += length) {
            const size_t at = s->first + i;
            s->at[s->width] = at;
            offset[s->width++] = (s->ids ? s->ids[at] : at) * stride;
        }
    if (s->bytes) {
        const int8_t *row[W2V__ROWS_WIDEST];
        int32_t score[W2V__ROWS_QUERIES * W2V__ROWS_STREAMS];
        for (size_t j = 0; j < s->width; j++) row[j] = s->bytes + offset[j];
        s->kernels->byte_scores(s->shorts, s->count, row, s->width, floats, score);
        for (size_t i = 0, t = 0; i < s->count; i++)
            for (size_t j = 0; j < s->width; j++, t++) s->score[t] = (float)score[t] * s->scale[i];
    } else {
        float *row[W2V__ROWS_WIDEST];
        for (size_t j = 0; j < s->width; j++) row[j] = s->rows.data + offset[j];
        s->kernels->scores(s->queries, s->count, row, s->width, floats, s->score);
    }
    return 1;
}

// Removes the parts of x along the first k components and scales x to length
// 1; zero if nothing remains. The second turn removes what rounding left in
// the first, which is most of x if x was nearly a sum of components.
static void w2v__rows_orthonormalize(double *x, const double *components, size_t k, size_t d)
{
    double before = 0.0;
    for (size_t i = 0; i < d; i++) before += x[i] * x[i];
    for (int turn = 0; turn < 2; turn++) {
        for (size_t c = 0; c < k; c++) {
            double dot = 0.0;
            for (size_t i = 0; i < d; i++) dot += x[i] * components[c * d + i];
            for (size_t i = 0; i < d; i++) x[i] -= dot * components[c * d + i];
        }
        double length = 0.0;
        for (size_t i = 0; i < d; i++) length += x[i] * x[i];
        if (!(length > 1e-12 * before)) length = 0.0;  // only rounding is left
        before = 1.0;
        for (size_t i = 0; i < d; i++) x[i] = length > 0.0 ? x[i] / sqrt(length) : 0.0;
    }
}

// Power iteration for component c, given those before it: x becomes C x for n times the covariance C of the n
// centred rows, which is not formed, orthogonal to the components before and of length 1. `y` (d) is scratch.
// Returns x C x, n times the variance along the component.
static double w2v__rows_find_component(const double *rows, size_t n, size_t d, double *components, size_t c,
                                       double *y)
{
    double *x = components + c * d, variance = 0.0;
    w2v_random r = w2v_random_stream(1, c);
    for (size_t i = 0; i < d; i++) x[i] = (double)w2v_random_float(&r) - 0.5;
    w2v__rows_orthonormalize(x, components, c, d);
    for (int turn = 0; turn < 1000; turn++) {
        double change = 0.0;
        variance = 0.0;
        for (size_t k = 0; k < d; k++) y[k] = 0.0;
        for (size_t i = 0; i < n; i++) {
            double dot = 0.0;
            for (size_t k = 0; k < d; k++) dot += rows[i * d + k] * x[k];
            for (size_t k = 0; k < d; k++) y[k] += dot * rows[i * d + k];
            variance += dot * dot;
        }
        w2v__rows_orthonormalize(y, components, c, d);
        for (size_t i = 0; i < d; i++) {
            change += (y[i] - x[i]) * (y[i] - x[i]);
            x[i] = y[i];
        }
        if (change < 1e-18) break;
    }
    size_t largest = 0;
    for (size_t i = 0; i < d; i++) largest = fabs(x[i]) > fabs(x[largest]) ? i : largest;
    if (x[largest] < 0.0)
        for (size_t i = 0; i < d; i++) x[i] = -x[i];
    return variance;
}

W2V_API w2v_status w2v_pca(const w2v_matrix *m, const w2v_matrix *out, w2v_error *err)
{
    w2v_status status = w2v__rows_check(m, err);
    if (status == W2V_OK) status = w2v__rows_check(out, err);
    if (status != W2V_OK) return status;
    const size_t n = m->rows, d = m->cols, k = out->cols;
    if (!n || !d || k > d)
        return w2v__fail(err, W2V_ERROR_ARGUMENT,
                         "cannot find %zu principal components of %zu rows of %zu numbers", k, n, d);
    if (out->rows != n)
        return w2v__fail(err, W2V_ERROR_ARGUMENT, "%zu rows need as many rows of coordinates, not %zu", n,
                         out->rows);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < d; j++)
            if (!w2v__is_finite(m->data[i * m->stride + j]))
                return w2v__fail(err, W2V_ERROR_ARGUMENT, "number %zu of row %zu is not finite", j, i);
    double *rows = (double *)w2v__new(w2v__add(w2v__mul(n, d), w2v__mul(k + 2, d)), sizeof *rows, err);
    if (!rows) return W2V_ERROR_MEMORY;
    double *components = rows + n * d, *mean = components + k * d, *scratch = mean + d, squares = 0.0;
    for (size_t j = 0; j < d; j++) mean[j] = 0.0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < d; j++) {
            rows[i * d + j] = (double)m->data[i * m->stride + j];
            mean[j] += rows[i * d + j] / (double)n;
            squares += rows[i * d + j] * rows[i * d + j];
        }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < d; j++) rows[i * d + j] -= mean[j];
    // each float is rounded by up to FLT_EPSILON / 2 of itself: below this a variance is rounding noise
    const double rounding = 16.0 * (double)FLT_EPSILON * (double)FLT_EPSILON * squares;
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < k; c++) out->data[i * out->stride + c] = 0.0f;
    for (size_t c = 0; c < k; c++) {
        if (!(w2v__rows_find_component(rows, n, d, components, c, scratch) > rounding)) break;
        for (size_t i = 0; i < n; i++) {
            double dot = 0.0;
            for (size_t j = 0; j < d; j++) dot += rows[i * d + j] * components[c * d + j];
            out->data[i * out->stride + c] = (float)fmax(-(double)FLT_MAX, fmin((double)FLT_MAX, dot));
        }
    }
    W2V_FREE(rows);
    return W2V_OK;
}

#define W2V__CONFIG w2v_kmeans_config
static const w2v_field w2v__rows_kmeans_fields[] = {
    W2V__NUMBER(iterations, SIZE, "100", NULL, NULL, "at most; 0: only k-means++"),
    W2V__NUMBER(threads, SIZE, "cpus", NULL, NULL, "0 is like 1"),
    W2V__NUMBER(seed, UINT64, "1", NULL, NULL, "of the random numbers"),
};
#undef W2V__CONFIG
W2V__DEFINE_CONFIG(w2v_kmeans_config, w2v__rows_kmeans_fields, NULL)

// Rows and centres have length 1, or 0, and whole vectors of floats.
typedef struct w2v__rows_clusters {
    w2v_matrix rows, centres;
    float *sum;          // (threads, cols) of the rows of a class
    float *cosine;       // (rows) of a row and its centre
    size_t *begin;       // (classes + 1) where a class begins in `order`
    size_t *changed;     // (threads) rows, in this iteration
    uint32_t *class_of;  // (rows)
    uint32_t *order;     // (rows) those that are not zero, by class
    size_t threads;
} w2v__rows_clusters;

enum { W2V__ROWS_BATCH = 32 };

static int w2v__rows_is_zero(const w2v_matrix *m, size_t i)
{
    return !(w2v_dot(w2v__kernels_row(m, i), w2v__kernels_row(m, i), m->cols) > 0.0f);
}

// A w2v__item_fn: the nearest centres of a batch of rows; of two that are as near, the first.
static void w2v__rows_assign_batch(void *shared, size_t batch, size_t thread)
{
    const w2v__rows_clusters *c = (const w2v__rows_clusters *)shared;
    const size_t first = batch * W2V__ROWS_BATCH, n = w2v__min_size(c->rows.rows - first, W2V__ROWS_BATCH);
    float *row[W2V__ROWS_BATCH], cosine[W2V__ROWS_BATCH];
    uint32_t best[W2V__ROWS_BATCH] = {0};
    w2v__rows_scores s;
    for (size_t i = 0; i < n; i++) {
        row[i] = w2v__kernels_row(&c->rows, first + i);
        cosine[i] = -2.0f;
    }
    w2v__rows_begin(&s, c->centres, row, n);
    while (w2v__rows_next(&s))
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < s.width; j++) {
                const float score = s.score[i * s.width + j];
                const uint32_t k = (uint32_t)s.at[j];
                if (score > cosine[i] || (score >= cosine[i] && k < best[i])) cosine[i] = score, best[i] = k;
            }
    for (size_t i = 0; i < n; i++) {
        c->changed[thread] += c->class_of[first + i] != best[i];
        c->class_of[first + i] = best[i];
        c->cosine[first + i] = cosine[i];
    }
}

// A w2v__item_fn: the direction of the sum of the rows of a class, which are taken in their order. If they
// cancel each other the centre stays.
static void w2v__rows_sum_class(void *shared, size_t k, size_t thread)
{
    const w2v__rows_clusters *c = (const w2v__rows_clusters *)shared;
    size_t floats = c->rows.cols;
    float *sum = c->sum + thread * floats;
    memset(sum, 0, floats * sizeof *sum);
    for (size_t i = c->begin[k]; i < c->begin[k + 1]; i++)
        w2v_axpy(1.0f, w2v__kernels_row(&c->rows, c->order[i]), sum, floats);
    w2v_normalize_rows(sum, floats, &floats);
    if (w2v_dot(sum, sum, floats) > 0.0f) memcpy(w2v__kernels_row(&c->centres, k), sum, floats * sizeof *sum);
}

// Every row goes to its nearest centre. Returns how many rows changed their class.
static size_t w2v__rows_assign(w2v__rows_clusters *c)
{
    size_t changed = 0;
    memset(c->changed, 0, c->threads * sizeof *c->changed);
    w2v__for_each((c->rows.rows - 1) / W2V__ROWS_BATCH + 1, c->threads, w2v__rows_assign_batch, c);
    for (size_t i = 0; i < c->threads; i++) changed += c->changed[i];
    return changed;
}

// Whether a row belongs to its class. Rows of zeros do not; their cosine is 0.
static int w2v__rows_has_class(const w2v__rows_clusters *c, size_t i)
{
    return fabsf(c->cosine[i]) > 0.0f || !w2v__rows_is_zero(&c->rows, i);
}

// Sorts the rows by class. An empty class takes the row that is farthest from its centre and not alone there.
static void w2v__rows_sort(w2v__rows_clusters *c)
{
    const size_t n = c->rows.rows, classes = c->centres.rows;
    memset(c->begin, 0, (classes + 1) * sizeof *c->begin);
    for (size_t i = 0; i < n; i++)
        if (w2v__rows_has_class(c, i)) c->begin[c->class_of[i] + 1]++;
    for (size_t k = 0; k < classes; k++) {
        size_t farthest = n;
        if (c->begin[k + 1]) continue;
        for (size_t i = 0; i < n; i++)
            if (c->begin[c->class_of[i] + 1] > 1 && c->cosine[i] < 0.999999f && w2v__rows_has_class(c, i) &&
                (farthest == n || c->cosine[i] < c->cosine[farthest]))
                farthest = i;
        if (farthest == n) continue;
        c->begin[c->class_of[farthest] + 1]--;
        c->begin[k + 1]++;
        c->class_of[farthest] = (uint32_t)k;
        c->cosine[farthest] = 1.0f;
    }
    for (size_t k = 0; k < classes; k++) c->begin[k + 1] += c->begin[k];
    for (size_t i = 0; i < n; i++)
        if (w2v__rows_has_class(c, i)) c->order[c->begin[c->class_of[i]]++] = (uint32_t)i;
    for (size_t k = classes; k > 0; k--) c->begin[k] = c->begin[k - 1];
    c->begin[0] = 0;
}

// k-means++: each centre is a row, drawn with a probability in proportion to 1 - the cosine of the nearest
// centre so far, which is kept in c->cosine.
static void w2v__rows_choose_centres(w2v__rows_clusters *c, uint64_t seed)
{
    const size_t n = c->rows.rows, floats = c->rows.cols;
    w2v_random random = w2v_random_stream(seed, 0);
    size_t at = 0;
    for (size_t i = 0; i < n; i++) c->cosine[i] = w2v__rows_is_zero(&c->rows, i) ? 1.0f : -1.0f;
    for (size_t k = 0; k < c->centres.rows; k++) {
        double total = 0.0, sum = 0.0;
        for (size_t i = 0; i < n; i++) total += fmax(0.0, 1.0 - (double)c->cosine[i]);
        const double wanted = total * (double)w2v_random_float(&random);
        for (size_t i = 0; i < n && sum <= wanted; i++) {
            const double distance = fmax(0.0, 1.0 - (double)c->cosine[i]);
            if (distance > 0.0) at = i;
            sum += distance;
        }
        float *const centre = w2v__kernels_row(&c->centres, k);
        memcpy(centre, w2v__kernels_row(&c->rows, at), floats * sizeof *centre);
        for (size_t i = 0; i < n && total > 0.0; i++) {
            const float cosine = w2v_dot(w2v__kernels_row(&c->rows, i), centre, floats);
            if (cosine > c->cosine[i] || i == at) c->cosine[i] = i == at ? 1.0f : cosine;
        }
    }
}

// Free c->rows.data, c->begin and c->class_of, also after a failure.
static w2v_status w2v__rows_clusters_init(w2v__rows_clusters *c, const w2v_matrix *rows, size_t classes,
                                          size_t threads, w2v_error *err)
{
    const size_t n = rows->rows, floats = w2v__rows_floats(rows->cols);
    size_t dim = rows->cols;
    const size_t all = w2v__add(n, w2v__add(classes, threads));
    c->threads = threads;
    float *const data = w2v__new_floats(w2v__add(w2v__mul(all, floats), n), err);
    c->begin = (size_t *)w2v__new(classes + 1 + threads, sizeof *c->begin, err);
    c->class_of = (uint32_t *)w2v__new(n, 2 * sizeof *c->class_of, err);
    c->rows = w2v_matrix_of(data, n, floats, floats);
    if (!data || !c->begin || !c->class_of) return W2V_ERROR_MEMORY;
    c->centres = w2v_matrix_of(data + n * floats, classes, floats, floats);
    c->sum = c->centres.data + classes * floats;
    c->cosine = c->sum + threads * floats;
    c->changed = c->begin + classes + 1;
    c->order = c->class_of + n;
    for (size_t i = 0; i < n; i++) {
        memcpy(w2v__kernels_row(&c->rows, i), w2v__kernels_row(rows, i), dim * sizeof(float));
        w2v_normalize_rows(w2v__kernels_row(&c->rows, i), dim, &dim);
    }
    memset(c->class_of, 0xff, n * sizeof *c->class_of);
    return W2V_OK;
}

static w2v_status w2v__rows_check_kmeans(const w2v_matrix *rows, size_t classes, const w2v_matrix *centres,
                                         w2v_error *err)
{
    w2v_status status = w2v__kernels_check_cpu(err);
    if (status == W2V_OK) status = w2v__rows_check(rows, err);
    if (status == W2V_OK && centres) status = w2v__rows_check(centres, err);
    if (status != W2V_OK) return status;
    if (!classes || classes > rows->rows)
        return w2v__fail(err, W2V_ERROR_ARGUMENT,
                         "classes must be between 1 and %zu, the number of rows, not %zu", rows->rows,
                         classes);
    if (!rows->cols || rows->rows >= UINT32_MAX)
        return w2v__fail(err, W2V_ERROR_ARGUMENT, "cannot divide %zu rows of %zu numbers", rows->rows,
                         rows->cols);
    if (centres && (centres->rows != classes || centres->cols != rows->cols))
        return w2v__fail(err, W2V_ERROR_ARGUMENT, "centres must be %zu rows of %zu numbers, not %zu of %zu",
                         classes, rows->cols, centres->rows, centres->cols);
    for (size_t i = 0; i < rows->rows; i++)
        if (!w2v__kernels_in_use()->finite(w2v__kernels_row(rows, i), rows->cols))
            return w2v__fail(err, W2V_ERROR_ARGUMENT, "row %zu has a number that is not finite", i);
    return W2V_OK;
}

W2V_API w2v_status w2v_kmeans(const w2v_matrix *rows, size_t classes, const w2v_kmeans_config *cfg,
                              uint32_t *class_of, const w2v_matrix *centres, w2v_kmeans_report *report,
                              w2v_error *err)
{
    W2V_ASSERT(rows && (class_of || !rows->rows));
    w2v_kmeans_config o;
    w2v__rows_clusters c;
    w2v_status status = w2v__config_take(&w2v__rows_kmeans_fields_table, &o, cfg, err);
    if (status == W2V_OK) status = w2v__rows_check_kmeans(rows, classes, centres, err);
    if (status != W2V_OK) return status;
    const size_t n = rows->rows, most = w2v__min_size(n / W2V__ROWS_BATCH + 1, 1024);
    const size_t threads = w2v__min_size(o.threads ? o.threads : 1, most);
    status = w2v__rows_clusters_init(&c, rows, classes, threads, err);
    if (status == W2V_OK) {
        size_t iterations = 0, counted = 0;
        double sum = 0.0;
        w2v__rows_choose_centres(&c, o.seed);
        size_t changed = w2v__rows_assign(&c);
        for (; iterations < o.iterations && changed; iterations++) {
            w2v__rows_sort(&c);
            w2v__for_each(classes, threads, w2v__rows_sum_class, &c);
            changed = w2v__rows_assign(&c);
        }
        memcpy(class_of, c.class_of, n * sizeof *class_of);
        for (size_t i = 0; i < n; i++)
            if (!w2v__rows_is_zero(&c.rows, i)) sum += (double)c.cosine[i], counted++;
        for (size_t k = 0; centres && k < classes; k++)
            memcpy(w2v__kernels_row(centres, k), w2v__kernels_row(&c.centres, k), rows->cols * sizeof(float));
        if (report) {
            report->iterations = iterations;
            report->cosine = counted ? sum / (double)counted : 0.0;
        }
    }
    w2v__free_aligned(c.rows.data);
    W2V_FREE(c.begin);
    W2V_FREE(c.class_of);
    return status;
}

#ifndef W2V_NO_VOCAB
// -----------------------------------------------------------------------------------------------------------------
// >>vocab (implementation)
//
// All of stb_ds is here: its arrays and string arenas hold the words while a text is counted. Warnings of
// stb_ds, and of its macros where we use them, are not the user's.

typedef struct w2v__vocab_tally {
    uint64_t count;  // how often the word occurs
    uint64_t first;  // byte offset of its first occurrence
} w2v__vocab_tally;

// Finds items, which are numbered and kept elsewhere, by their hashes: an open table with linear probing, at
// most half full, for up to 2^30 - 1 items. Free slots.
typedef struct w2v__vocab_slot {
    uint32_t tag;   // 32 bits of the hash of an item
    uint32_t item;  // W2V_NONE: the slot is free
} w2v__vocab_slot;

typedef struct w2v__vocab_index {
    w2v__vocab_slot *slots;  // (last + 1, a power of two) an item is in the first free one from its tag on
    uint32_t last;
} w2v__vocab_index;

static void w2v__vocab_index_clear(w2v__vocab_index *x)
{
    const w2v__vocab_slot none = {0, W2V_NONE};
    for (size_t i = 0; i <= x->last; i++) x->slots[i] = none;
}

// Makes an empty index with room for n items. Slots that it had are not freed.
static w2v_status w2v__vocab_index_init(w2v__vocab_index *x, size_t n, w2v_error *err)
{
    size_t size = 16;
    while (size / 2 <= n && size <= UINT32_MAX / 2) size *= 2;
    if (size / 2 <= n)
        return w2v__fail(err, W2V_ERROR_MEMORY, "more than %d different words or pairs", (1 << 30) - 1);
    w2v__vocab_slot *slots = (w2v__vocab_slot *)w2v__new(size, sizeof *slots, err);
    if (!slots) return W2V_ERROR_MEMORY;
    x->slots = slots;
    x->last = (uint32_t)(size - 1);
    w2v__vocab_index_clear(x);
    return W2V_OK;
}

// The next item with a tag, or W2V_NONE. Begin with *at = tag; then *at is where the next call goes on.
W2V__INLINE uint32_t w2v__vocab_index_next(const w2v__vocab_index *x, uint32_t tag, uint32_t *at)
{
    uint32_t i = *at & x->last;
    while (x->slots[i].item != W2V_NONE && x->slots[i].tag != tag) i = (i + 1) & x->last;
    *at = i + 1;
    return x->slots[i].item;
}

// Returns whether the item is near the place of its tag. Words can be made up to have the same tag, and then
// it takes hours to look up a million of them; other words are at most about a hundred places away.
W2V__INLINE int w2v__vocab_index_put(w2v__vocab_index *x, uint32_t tag, uint32_t item)
{
    enum { MOST = 16384 };
    const w2v__vocab_slot slot = {tag, item};
    uint32_t i = tag & x->last;
    while (x->slots[i].item != W2V_NONE) i = (i + 1) & x->last;
    x->slots[i] = slot;
    return ((i - tag) & x->last) <= MOST;
}

static w2v_status w2v__vocab_index_crowded(w2v_error *err)
{
    return w2v__fail(err, W2V_ERROR_MEMORY,
                     "no room: too many words have the same hash, as if made up for it");
}

// Adds item number n to the n that are there.
static w2v_status w2v__vocab_index_add(w2v__vocab_index *x, uint32_t tag, size_t n, w2v_error *err)
{
    if (n >= x->last / 2) {
        const w2v__vocab_index old = *x;
        const w2v_status status = w2v__vocab_index_init(x, 2 * n, err);
        if (status != W2V_OK) return status;
        for (size_t i = 0; i <= old.last; i++)
            if (old.slots[i].item != W2V_NONE) w2v__vocab_index_put(x, old.slots[i].tag, old.slots[i].item);
        W2V_FREE(old.slots);
    }
    return w2v__vocab_index_put(x, tag, (uint32_t)n) ? W2V_OK : w2v__vocab_index_crowded(err);
}

enum { W2V__VOCAB_SHORT = 16 };  // a word of fewer bytes is compared as two numbers

// The hash of a word of n bytes, of which W2V__VOCAB_SHORT must be readable. Of a short one also those two
// numbers, with zeros after its end.
W2V__INLINE uint64_t w2v__vocab_hash_word(const char *word, size_t n, uint64_t bytes[2])
{
    static const unsigned char all_then_none[2 * W2V__VOCAB_SHORT] = {255, 255, 255, 255, 255, 255, 255, 255,
                                                                      255, 255, 255, 255, 255, 255, 255, 255};
    uint64_t mask[2], h;
    if (n < W2V__VOCAB_SHORT) {
        memcpy(mask, all_then_none + W2V__VOCAB_SHORT - n, sizeof mask);
        memcpy(bytes, word, sizeof mask);
        bytes[0] &= mask[0];
        bytes[1] &= mask[1];
        uint64_t little[2] = {bytes[0], bytes[1]};
        w2v__files_swap(little, 2, sizeof *little);  // native files contain the hashes
        h = little[0] * UINT64_C(0x9e3779b97f4a7c15) ^
            (little[1] << 32 | little[1] >> 32) * UINT64_C(0xc2b2ae3d27d4eb4f);
    } else {
        h = w2v__hash_bytes(W2V__HASH_START, word, n);
    }
    h = (h ^ h >> 29) * UINT64_C(0xbf58476d1ce4e5b9);
    return h ^ h >> 32;
}

// The same for a word with no readable bytes after it.
static uint64_t w2v__vocab_hash_bytes(const char *word, size_t n)
{
    char room[W2V__VOCAB_SHORT] = {0};
    uint64_t bytes[2];
    if (n < W2V__VOCAB_SHORT) word = (const char *)memcpy(room, word, n);
    return w2v__vocab_hash_word(word, n, bytes);
}

W2V__INLINE uint32_t w2v__vocab_tag_of(uint64_t hash) { return (uint32_t)(hash >> 32); }

// A word of a vocabulary.
typedef struct w2v__vocab_item {
    uint64_t text;  // where in the texts
    uint64_t count;
} w2v__vocab_item;

// A native file has the same arrays, and a vocabulary may have them there.
struct w2v_vocab {
    size_t size, capacity;
    w2v__vocab_item *items;  // (size)
    char *texts;             // (bytes) of all words, each ended by NUL
    size_t bytes, room;
    w2v__vocab_index index;  // of ids
    int mapped;              // the arrays are those of a file
};

// An empty vocabulary with room for n words, but for their texts.
static w2v_vocab *w2v__vocab_new(size_t n, w2v_error *err)
{
    w2v_vocab *vocab = (w2v_vocab *)w2v__new_zeros(1, sizeof *vocab, err);
    if (!vocab) return NULL;
    if (w2v__vocab_index_init(&vocab->index, n, err) == W2V_OK &&
        w2v__grow(&vocab->items, &vocab->capacity, n, sizeof *vocab->items, err) == W2V_OK)
        return vocab;
    w2v_vocab_free(vocab);
    return NULL;
}

W2V_API void w2v_vocab_free(w2v_vocab *vocab)
{
    if (vocab && !vocab->mapped) {
        W2V_FREE(vocab->items);
        W2V_FREE(vocab->texts);
        W2V_FREE(vocab->index.slots);
    }
    W2V_FREE(vocab);
}

// The id of a word of n bytes, or W2V_NONE.
static uint32_t w2v__vocab_find(const w2v_vocab *vocab, const char *word, size_t n)
{
    const uint32_t tag = w2v__vocab_tag_of(w2v__vocab_hash_bytes(word, n)), last = vocab->index.last;
    for (uint32_t i = 0; i <= last; i++) {  // in a damaged file no slot may be free
        const w2v__vocab_slot slot = vocab->index.slots[(tag + i) & last];
        if (slot.item == W2V_NONE) break;
        const char *text = slot.tag == tag ? w2v_vocab_word(vocab, slot.item) : NULL;
        if (text && !strncmp(text, word, n) && !text[n]) return slot.item;
    }
    return W2V_NONE;
}

// Appends a word of n bytes that the vocabulary lacks. Words that it has may move.
static w2v_status w2v__vocab_append(w2v_vocab *vocab, const char *word, size_t n, uint64_t count,
                                    w2v_error *err)
{
    const uint32_t tag = w2v__vocab_tag_of(w2v__vocab_hash_bytes(word, n));
    w2v_status status =
        w2v__grow(&vocab->items, &vocab->capacity, vocab->size + 1, sizeof *vocab->items, err);
    if (status == W2V_OK) status = w2v__grow(&vocab->texts, &vocab->room, vocab->bytes + n + 1, 1, err);
    if (status == W2V_OK) status = w2v__vocab_index_add(&vocab->index, tag, vocab->size, err);
    if (status != W2V_OK) return status;
    vocab->items[vocab->size].text = vocab->bytes;
    vocab->items[vocab->size++].count = count;
    memcpy(vocab->texts + vocab->bytes, word, n);
    vocab->texts[vocab->bytes + n] = 0;
    vocab->bytes += n + 1;
    return W2V_OK;
}

// Hands a vocabulary out, or frees it after a failure.
static w2v_status w2v__vocab_give(w2v_vocab **vocab, w2v_vocab *made, w2v_status status)
{
    if (status == W2V_OK)
        *vocab = made;
    else
        w2v_vocab_free(made);
    return status;
}

// The vocabulary of words in the order given, so that the index of a word is its id. count may be NULL.
static w2v_status w2v__vocab_of(w2v_vocab **vocab, const char *const *word, const uint64_t *count, size_t V,
                                w2v_error *err)
{
    w2v_vocab *made = w2v__vocab_new(V, err);
    w2v_status status = made ? W2V_OK : W2V_ERROR_MEMORY;
    for (size_t i = 0; status == W2V_OK && i < V; i++) {
        const size_t n = word[i] ? strlen(word[i]) : 0;
        if (!n || n > W2V_MAX_WORD)
            status =
                w2v__fail(err, W2V_ERROR_ARGUMENT, "word %zu has %zu bytes (1 to %d)", i, n, W2V_MAX_WORD);
        else if (w2v__vocab_find(made, word[i], n) != W2V_NONE)
            status = w2v__fail(err, W2V_ERROR_ARGUMENT, "word %zu, '%.200s', is repeated", i, word[i]);
        else
            status = w2v__vocab_append(made, word[i], n, count ? count[i] : 0, err);
    }
    return w2v__vocab_give(vocab, made, status);
}

W2V_API size_t w2v_vocab_size(const w2v_vocab *vocab)
{
    W2V_ASSERT(vocab);
    return vocab->size;
}

W2V_API const char *w2v_vocab_word(const w2v_vocab *vocab, uint32_t id)
{
    W2V_ASSERT(vocab);
    if (id >= vocab->size) return NULL;
    const uint64_t at = vocab->items[id].text;
    return vocab->texts + (at < vocab->bytes ? at : vocab->bytes - 1);  // "" in a damaged file
}

W2V_API uint64_t w2v_vocab_count(const w2v_vocab *vocab, uint32_t id)
{
    W2V_ASSERT(vocab);
    return id < vocab->size ? vocab->items[id].count : 0;
}

W2V_API uint32_t w2v_vocab_find(const w2v_vocab *vocab, const char *word)
{
    W2V_ASSERT(vocab && word);
    return w2v__vocab_find(vocab, word, strlen(word));
}

typedef struct w2v__vocab_ranked {
    w2v__vocab_tally tally;
    const char *word;
    uint32_t *id;  // where its id in the vocabulary goes, or NULL
} w2v__vocab_ranked;

static int w2v__vocab_by_count(const void *a, const void *b)
{
    const w2v__vocab_tally x = ((const w2v__vocab_ranked *)a)->tally,
                           y = ((const w2v__vocab_ranked *)b)->tally;
    if (x.count != y.count) return x.count > y.count ? -1 : 1;
    return x.first < y.first ? -1 : x.first > y.first;
}

W2V__COLD_BEGIN
// The vocabulary of the most frequent `most` of n different words, which are sorted for it.
static w2v_status w2v__vocab_rank(w2v_vocab **vocab, w2v__vocab_ranked *words, size_t n, size_t most,
                                  w2v_error *err)
{
    if (!n) return w2v__fail(err, W2V_ERROR_EMPTY, "the vocabulary would have no word");
    const size_t kept = w2v__min_size(n, most);
    w2v_vocab *v = w2v__vocab_new(kept, err);
    if (!v) return W2V_ERROR_MEMORY;
    qsort(words, n, sizeof *words, w2v__vocab_by_count);
    w2v_status status = W2V_OK;
    for (size_t i = 0; status == W2V_OK && i < kept; i++) {
        status = w2v__vocab_append(v, words[i].word, strlen(words[i].word), words[i].tally.count, err);
        if (words[i].id) *words[i].id = (uint32_t)i;
    }
    return w2v__vocab_give(vocab, v, status);
}

// The vocabulary of the words of another one that occur min_count times, by falling count.
static w2v_status w2v__vocab_sort(w2v_vocab **vocab, const w2v_vocab *from, uint64_t min_count, size_t most,
                                  w2v_error *err)
{
    w2v__vocab_ranked *words = (w2v__vocab_ranked *)w2v__new(from->size, sizeof *words, err);
    if (!words) return W2V_ERROR_MEMORY;
    size_t n = 0;
    for (uint32_t i = 0; i < from->size; i++) {
        if (from->items[i].count < min_count) continue;
        const w2v__vocab_ranked r = {{from->items[i].count, i}, w2v_vocab_word(from, i), NULL};
        words[n++] = r;
    }
    const w2v_status status = w2v__vocab_rank(vocab, words, n, most, err);
    W2V_FREE(words);
    return status;
}

W2V_API w2v_status w2v_vocab_new(w2v_vocab **vocab, const char *const *word, const uint64_t *count,
                                 size_t size, w2v_error *err)
{
    W2V_ASSERT(vocab && (word || !size));
    w2v_vocab *given = NULL;
    w2v_status status = w2v__vocab_of(&given, word, count, size, err);
    if (status == W2V_OK) status = w2v__vocab_sort(vocab, given, 0, SIZE_MAX, err);
    w2v_vocab_free(given);
    return status;
}

// Adds to the count of a word, which is new or not.
static w2v_status w2v__vocab_add(w2v_vocab *vocab, const char *word, uint64_t count, w2v_error *err)
{
    const size_t n = strlen(word);
    const uint32_t id = w2v__vocab_find(vocab, word, n);
    if (id == W2V_NONE) return w2v__vocab_append(vocab, word, n, count, err);
    uint64_t *const sum = &vocab->items[id].count;
    *sum = count > UINT64_MAX - *sum ? UINT64_MAX : *sum + count;
    return W2V_OK;
}

#define W2V__CONFIG w2v_vocab_config
static const w2v_field w2v__vocab_fields[] = {
    W2V__NUMBER(min_count, UINT64, "0", NULL, NULL, "rarer words are left out"),
    W2V__NUMBER(max_words, SIZE, "0", NULL, NULL, "at most this many, the most frequent ones; 0: all"),
    W2V__POINTER(stop_words, NULL, "words that are left out"),
    W2V__NUMBER(stop_word_count, SIZE, "0", NULL, NULL, "how many these are"),
};
#undef W2V__CONFIG

W2V__DEFINE_CONFIG(w2v_vocab_config, w2v__vocab_fields, NULL)

W2V_API w2v_status w2v_vocab_select(w2v_vocab **vocab, const w2v_vocab *const *from, size_t n,
                                    const w2v_vocab_config *cfg, w2v_error *err)
{
    W2V_ASSERT(vocab && (from || !n));
    w2v_vocab_config rules;
    w2v_status status = w2v__config_take(&w2v__vocab_fields_table, &rules, cfg, err);
    if (status != W2V_OK) return status;
    w2v_vocab *all = w2v__vocab_new(0, err), *stop = all ? w2v__vocab_new(0, err) : NULL;
    if (!stop) status = W2V_ERROR_MEMORY;
    for (size_t i = 0; status == W2V_OK && i < rules.stop_word_count; i++)
        status = rules.stop_words[i]
                     ? w2v__vocab_add(stop, rules.stop_words[i], 0, err)
                     : w2v__fail(err, W2V_ERROR_ARGUMENT, "word %zu of stop_words is NULL", i);
    size_t words = 0;
    for (size_t v = 0; v < n; v++)
        for (uint32_t i = 0; status == W2V_OK && i < w2v_vocab_size(from[v]); i++, words++) {
            const char *word = w2v_vocab_word(from[v], i);
            if (w2v_vocab_find(stop, word) == W2V_NONE)
                status = w2v__vocab_add(all, word, w2v_vocab_count(from[v], i), err);
        }
    const size_t left = all ? all->size : 0;
    if (status == W2V_OK)
        status =
            w2v__vocab_sort(vocab, all, rules.min_count, rules.max_words ? rules.max_words : SIZE_MAX, err);
    if (status == W2V_ERROR_EMPTY && left)
        status = w2v__fail(err, status, "none of the %zu words occurs %llu times: use a smaller min_count",
                           left, (unsigned long long)rules.min_count);
    else if (status == W2V_ERROR_EMPTY && words)
        status = w2v__fail(err, status, "every word is a stop word");
    w2v_vocab_free(all);
    w2v_vocab_free(stop);
    return status;
}

W2V__COLD_END

#ifndef W2V_NO_TRAIN
#ifdef W2V__GNU
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wcast-qual"
#pragma GCC diagnostic ignored "-Wcast-align"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wundef"
#ifndef __cplusplus
#pragma GCC diagnostic ignored "-Wc++-compat"
#endif
#endif

#ifndef INCLUDE_STB_DS_H
#if defined(W2V_STB_DS_H)
#include W2V_STB_DS_H
#elif defined(__has_include)
#if __has_include("stb_ds.h")
#include "stb_ds.h"
#elif __has_include(<stb/stb_ds.h>)
#include <stb/stb_ds.h>
#else
#error "w2v.h: stb_ds.h is missing. Get it from https://github.com/nothings/stb, or define W2V_NO_TRAIN"
// Compilers stop here, instead of at each use below (gcc not at a name that __has_include has looked for).
#include "stb_ds.h, which is missing"
#endif
#else
#include "stb_ds.h"
#endif
#undef STB_DS_IMPLEMENTATION  // stb_ds.h would repeat it where the program includes it later
#endif
#if defined(INCLUDE_STB_DS_H) && !defined(stbds_hmgetp_null)  // new in v0.63, like stbds_hmget_key_ts
#error "w2v.h: stb_ds.h is too old; v0.63 or newer is needed (https://github.com/nothings/stb)"
#endif

typedef struct w2v__vocab_entry {
    char *key;
    w2v__vocab_tally value;
} w2v__vocab_entry;

// A list of words without an index: an array of stb_ds, and its arena of strings.
typedef struct w2v__vocab_list {
    w2v__vocab_entry *entry;
    stbds_string_arena arena;
} w2v__vocab_list;

static size_t w2v__vocab_list_size(const w2v__vocab_list *list) { return (size_t)stbds_arrlen(list->entry); }

// Appends a word; 0 without memory. Room is made here, since stb_ds would write through NULL.
static int w2v__vocab_list_add(w2v__vocab_list *list, const char *word, w2v__vocab_tally tally)
{
    enum { BLOCK = 512, BLOCKS = 22 };  // as in stb_ds: two blocks of each size, then twice that, up to 1 MiB
    stbds_string_arena *a = &list->arena;
    const size_t n = w2v__vocab_list_size(list), room = n ? 2 * n : 4, bytes = strlen(word) + 1;
    w2v__vocab_entry e;
    if (n == stbds_arrcap(list->entry)) {
        stbds_array_header *h = (stbds_array_header *)STBDS_REALLOC(
            NULL, n ? stbds_header(list->entry) : NULL, sizeof *h + room * sizeof *list->entry);
        if (!h) return 0;
        if (!n) memset(h, 0, sizeof *h);
        h->capacity = room;
        list->entry = (w2v__vocab_entry *)(h + 1);
    }
    if (bytes > a->remaining) {
        const size_t block = (size_t)BLOCK << a->block / 2, size = bytes > block ? bytes : block;
        stbds_string_block *b = (stbds_string_block *)STBDS_REALLOC(NULL, NULL, sizeof *b + size);
        if (!b) return 0;
        if (a->block < BLOCKS) a->block++;
        b->next = a->storage;
        a->storage = b;
        a->remaining = size;
    }
    e.key = stbds_stralloc(a, (char *)word);
    e.value = tally;
    stbds_arrput(list->entry, e);
    return 1;
}

static void w2v__vocab_list_free(w2v__vocab_list *list)
{
    stbds_arrfree(list->entry);
    // not stbds_strreset: the file that implements stb_ds may have another STBDS_FREE
    for (stbds_string_block *b = list->arena.storage, *next; b; b = next) {
        next = b->next;
        STBDS_FREE(NULL, b);
    }
}

#ifdef W2V__GNU
#pragma GCC diagnostic pop
#endif

// All different words of a text while threads count them. They are spread over shards by their hashes, so
// that two threads seldom need the same lock. A provisional id tells the shard of a word and its place there.
//
// In a large vocabulary most of the time goes by waiting for memory: for the slot of a word, its entry and
// its text, one after another. A map of stb_ds cannot look up several words at a time. So a shard is an array
// of stb_ds with an index of ours, and what a batch of words will need is prefetched.
enum { W2V__VOCAB_SHARDS = 128 };
#define W2V__VOCAB_LEFT_OUT (W2V_NONE - 1)  // the id of a word that does not count

typedef struct w2v__vocab_shard {
    w2v__mutex mutex;
    w2v__vocab_list list;
    w2v__vocab_index index;  // of places in the list
    int failed;              // memory ran out, or too many words have the same hash
    uint64_t forgotten;      // words with at most this count have been forgotten
    uint32_t *id_of;         // (words in the list) their ids in the vocabulary, or W2V__VOCAB_LEFT_OUT
    char padding[W2V__LINES];
} w2v__vocab_shard;

typedef struct w2v__vocab_words {
    w2v__vocab_shard shard[W2V__VOCAB_SHARDS];
    size_t most;  // words of a shard, above which rare ones are forgotten; 0: all are kept
    int closed;   // new words are not added
} w2v__vocab_words;

// Free with w2v__vocab_words_free, also on failure.
static w2v_status w2v__vocab_words_new(w2v__vocab_words **made, size_t most, w2v_error *err)
{
    w2v__vocab_words *words = (w2v__vocab_words *)w2v__new_aligned(1, sizeof *words, err);
    *made = words;
    if (!words) return W2V_ERROR_MEMORY;
    w2v_status status = W2V_OK;
    words->most = most ? most / W2V__VOCAB_SHARDS + 1 : 0;
    for (size_t i = 0; i < W2V__VOCAB_SHARDS; i++) {
        w2v__mutex_init(&words->shard[i].mutex);
        if (status == W2V_OK) status = w2v__vocab_index_init(&words->shard[i].index, 0, err);
    }
    return status;
}

static void w2v__vocab_words_free(w2v__vocab_words *words)
{
    for (size_t i = 0; words && i < W2V__VOCAB_SHARDS; i++) {
        w2v__mutex_free(&words->shard[i].mutex);
        w2v__vocab_list_free(&words->shard[i].list);
        W2V_FREE(words->shard[i].index.slots);
        W2V_FREE(words->shard[i].id_of);
    }
    w2v__free_aligned(words);
}

static size_t w2v__vocab_words_size(const w2v__vocab_words *words)
{
    size_t n = 0;
    for (size_t i = 0; i < W2V__VOCAB_SHARDS; i++) n += w2v__vocab_list_size(&words->shard[i].list);
    return n;
}

static int w2v__vocab_words_forgot(const w2v__vocab_words *words)
{
    for (size_t i = 0; i < W2V__VOCAB_SHARDS; i++)
        if (words->shard[i].forgotten) return 1;
    return 0;
}

// Adds to the tally of a word, which is new or not. The caller has locked its shard. Returns the place there;
// W2V_NONE for a new word of a closed vocabulary, or without memory.
static uint32_t w2v__vocab_words_add(w2v__vocab_words *words, const char *word, uint64_t hash,
                                     w2v__vocab_tally tally)
{
    w2v__vocab_shard *shard = &words->shard[hash % W2V__VOCAB_SHARDS];
    const uint32_t tag = w2v__vocab_tag_of(hash);
    uint32_t at = tag, place;
    do place = w2v__vocab_index_next(&shard->index, tag, &at);
    while (place != W2V_NONE && strcmp(shard->list.entry[place].key, word) != 0);
    if (place != W2V_NONE) {
        w2v__vocab_tally *sum = &shard->list.entry[place].value;
        sum->count += tally.count;
        sum->first = tally.first < sum->first ? tally.first : sum->first;
        return place;
    }
    if (words->closed || shard->failed) return W2V_NONE;
    place = (uint32_t)w2v__vocab_list_size(&shard->list);
    shard->failed = !w2v__vocab_list_add(&shard->list, word, tally) ||
                    w2v__vocab_index_add(&shard->index, tag, place, NULL) != W2V_OK;
    return shard->failed ? W2V_NONE : place;
}

// Forgets the rarest words of a shard that has too many. As in the original program, the limit rises by one
// every time.
static void w2v__vocab_forget_words(w2v__vocab_words *words, w2v__vocab_shard *shard)
{
    while (words->most && w2v__vocab_list_size(&shard->list) > words->most) {
        w2v__vocab_list all = shard->list;
        memset(&shard->list, 0, sizeof shard->list);
        shard->forgotten++;
        w2v__vocab_index_clear(&shard->index);
        for (size_t i = 0; i < w2v__vocab_list_size(&all); i++)
            if (all.entry[i].value.count > shard->forgotten) {
                const char *word = all.entry[i].key;
                w2v__vocab_words_add(words, word, w2v__vocab_hash_bytes(word, strlen(word)),
                                     all.entry[i].value);
            }
        w2v__vocab_list_free(&all);
    }
}

// A short word that occurs often, with the occurrences that its shard does not know yet.
typedef struct w2v__vocab_frequent {
    uint64_t bytes[2];  // the word, filled up with zeros
    uint64_t first;     // byte offset of its first occurrence
    uint64_t count;     // not yet added
    uint64_t rank;   // its count in the shard when it got this place; 0: the place is free
    uint32_t id;
} w2v__vocab_frequent;

// A word that is to be looked up in its shard.
typedef struct w2v__vocab_pending {
    const char *word;
    uint64_t hash, first;
    uint32_t *id;  // where its provisional id goes
} w2v__vocab_pending;

// One thread counts: frequent words in a table of its own, others in batches, which go to one shard after
// another. (Larger tables were not faster. With 256 shards, which get half as many words of a batch each, a
// text of very many words took a sixth longer than with 128; 64 were no faster.)
enum { W2V__VOCAB_FREQUENT = 1 << 13, W2V__VOCAB_BATCH = 4096, W2V__VOCAB_TOGETHER = 32 };
typedef struct w2v__vocab_tallier {
    w2v__vocab_words *words;
    size_t n;
    w2v__vocab_frequent frequent[W2V__VOCAB_FREQUENT];
    w2v__vocab_pending pending[W2V__VOCAB_BATCH];
    char padding[W2V__LINES];
} w2v__vocab_tallier;

// Adds what a place of the table has counted to the shard of its word, which the caller has locked.
static void w2v__vocab_tally_place(w2v__vocab_tallier *t, w2v__vocab_frequent *f)
{
    uint64_t bytes[2];
    const char *word = (const char *)f->bytes;
    const w2v__vocab_tally more = {f->count, f->first};
    if (f->count) w2v__vocab_words_add(t->words, word, w2v__vocab_hash_word(word, strlen(word), bytes), more);
    f->count = 0;
}

// Adds a pending word to its shard, which the caller has locked. If it occurs more often than the word that
// has its place in the table, it gets that place. (Words with the same place have the same shard.)
static void w2v__vocab_tally_pending(w2v__vocab_tallier *t, const w2v__vocab_pending *p)
{
    const w2v__vocab_tally one = {1, p->first};
    const uint32_t place = w2v__vocab_words_add(t->words, p->word, p->hash, one),
                   shard = (uint32_t)(p->hash % W2V__VOCAB_SHARDS);
    *p->id = W2V__VOCAB_LEFT_OUT;
    if (place == W2V_NONE) return;
    *p->id = place * W2V__VOCAB_SHARDS + shard;
    const w2v__vocab_tally value = t->words->shard[shard].list.entry[place].value;
    const size_t n = strlen(p->word);
    w2v__vocab_frequent *f = &t->frequent[p->hash % W2V__VOCAB_FREQUENT];
    if (n >= W2V__VOCAB_SHORT || (f->rank && f->rank + f->count >= value.count)) return;
    w2v__vocab_tally_place(t, f);
    w2v__vocab_hash_word(p->word, n, f->bytes);
    f->first = value.first;
    f->id = *p->id;
    f->rank = value.count;
}

// Adds n pending words to their shard. First all that they will touch is prefetched.
static void w2v__vocab_tally_shard(w2v__vocab_tallier *t, const w2v__vocab_shard *shard,
                                   const uint16_t *order, size_t n)
{
    const w2v__vocab_entry *entry[W2V__VOCAB_TOGETHER];
    for (size_t i = 0; i < n; i++)
        W2V__PREFETCH(&shard->index.slots[w2v__vocab_tag_of(t->pending[order[i]].hash) & shard->index.last]);
    for (size_t i = 0; i < n; i++) {
        const uint32_t tag = w2v__vocab_tag_of(t->pending[order[i]].hash);
        uint32_t at = tag;
        const uint32_t place = w2v__vocab_index_next(&shard->index, tag, &at);
        entry[i] = place == W2V_NONE ? NULL : &shard->list.entry[place];
        if (entry[i]) W2V__PREFETCH(entry[i]);
    }
    for (size_t i = 0; i < n; i++)
        if (entry[i]) W2V__PREFETCH(entry[i]->key);
    for (size_t i = 0; i < n; i++) w2v__vocab_tally_pending(t, &t->pending[order[i]]);
}

// Adds the batch to the shards. Returns whether there was room for all words.
static int w2v__vocab_tally_batch(w2v__vocab_tallier *t)
{
    uint16_t order[W2V__VOCAB_BATCH], end[W2V__VOCAB_SHARDS] = {0};
    int fits = 1;
    for (size_t i = 0; i < t->n; i++) end[t->pending[i].hash % W2V__VOCAB_SHARDS]++;
    for (size_t m = 1; m < W2V__VOCAB_SHARDS; m++) end[m] = (uint16_t)(end[m] + end[m - 1]);
    for (size_t i = t->n; i-- > 0;)
        order[--end[t->pending[i].hash % W2V__VOCAB_SHARDS]] = (uint16_t)i;  // now it is the beginning
    for (size_t m = 0; m < W2V__VOCAB_SHARDS; m++) {
        w2v__vocab_shard *shard = &t->words->shard[m];
        const size_t last = m + 1 < W2V__VOCAB_SHARDS ? end[m + 1] : t->n;
        if (end[m] == last) continue;
        w2v__lock(&shard->mutex);
        for (size_t i = end[m]; i < last; i += W2V__VOCAB_TOGETHER)
            w2v__vocab_tally_shard(t, shard, order + i, w2v__min_size(last - i, W2V__VOCAB_TOGETHER));
        w2v__vocab_forget_words(t->words, shard);
        fits &=
            !shard->failed && w2v__vocab_list_size(&shard->list) < W2V__VOCAB_LEFT_OUT / W2V__VOCAB_SHARDS;
        w2v__unlock(&shard->mutex);
    }
    t->n = 0;
    return fits;
}

// Counts a word. Its provisional id goes to *id, at once or when the batch goes to the shards; until then the
// word must stay, and gets a NUL at its end (only after it was hashed: that read would wait for the write).
// Returns whether the batch is full.
W2V__INLINE int w2v__vocab_tally_word(w2v__vocab_tallier *t, char *word, size_t n, uint64_t first,
                                      uint32_t *id)
{
    uint64_t bytes[2] = {0, 0};
    const uint64_t hash = w2v__vocab_hash_word(word, n, bytes);
    w2v__vocab_frequent *f = &t->frequent[hash % W2V__VOCAB_FREQUENT];
    if (n < W2V__VOCAB_SHORT && f->bytes[0] == bytes[0] && f->bytes[1] == bytes[1]) {
        f->count++;
        *id = f->id;
        return 0;
    }
    const w2v__vocab_pending p = {word, hash, first, id};
    word[n] = 0;
    *id = 0;
    t->pending[t->n++] = p;
    return t->n == W2V__VOCAB_BATCH;
}

// Adds what the table of frequent words has counted to the shards.
static void w2v__vocab_tally_frequent(w2v__vocab_tallier *t)
{
    for (size_t i = 0; i < W2V__VOCAB_FREQUENT; i++) {
        w2v__vocab_frequent *f = &t->frequent[i];
        w2v__vocab_shard *shard = &t->words->shard[i % W2V__VOCAB_SHARDS];  // words of a place have one shard
        if (!f->count) continue;
        w2v__lock(&shard->mutex);
        w2v__vocab_tally_place(t, f);
        w2v__vocab_forget_words(t->words, shard);
        w2v__unlock(&shard->mutex);
    }
}

// The vocabulary of all words that occur min_count times, of any number if that is 0. Every id_of is filled.
static w2v_status w2v__vocab_words_select(w2v__vocab_words *words, uint64_t min_count, w2v_vocab **vocab,
                                          w2v_error *err)
{
    size_t n = 0, kept = 0;
    for (size_t m = 0; m < W2V__VOCAB_SHARDS; m++) {
        w2v__vocab_shard *shard = &words->shard[m];
        const size_t size = w2v__vocab_list_size(&shard->list);
        if (shard->failed)  // w2v__vocab_tally_frequent does not report it
            return w2v__fail(err, W2V_ERROR_MEMORY, "out of memory: no room for all words; see vocab_limit");
        shard->id_of = (uint32_t *)w2v__new(size, sizeof *shard->id_of, err);
        if (!shard->id_of) return W2V_ERROR_MEMORY;
        for (size_t i = 0; i < size; i++) {
            shard->id_of[i] = W2V__VOCAB_LEFT_OUT;
            n += shard->list.entry[i].value.count >= min_count;
        }
    }
    w2v__vocab_ranked *ranked = (w2v__vocab_ranked *)w2v__new(n, sizeof *ranked, err);
    if (!ranked) return W2V_ERROR_MEMORY;
    for (size_t m = 0; m < W2V__VOCAB_SHARDS; m++)
        for (size_t i = 0; i < w2v__vocab_list_size(&words->shard[m].list); i++) {
            const w2v__vocab_entry *e = &words->shard[m].list.entry[i];
            if (e->value.count < min_count) continue;
            const w2v__vocab_ranked r = {e->value, e->key, &words->shard[m].id_of[i]};
            ranked[kept++] = r;
        }
    const w2v_status status = w2v__vocab_rank(vocab, ranked, n, SIZE_MAX, err);
    W2V_FREE(ranked);
    return status;
}

// The id of a word that has been counted, or W2V__VOCAB_LEFT_OUT.
W2V__INLINE uint32_t w2v__vocab_id_of(const w2v__vocab_words *words, uint32_t provisional)
{
    return words->shard[provisional % W2V__VOCAB_SHARDS].id_of[provisional / W2V__VOCAB_SHARDS];
}

// -----------------------------------------------------------------------------------------------------------------
// >>schedule (implementation)
//
// The configuration of training, which thread does what, how far the work has come, and the learning rate
// that follows from it.

#define W2V__CONFIG w2v_config
static const w2v_field w2v__schedule_fields[] = {
    W2V__NUMBER(dim, SIZE, "100", "1", "65536", "length of a vector"),
    W2V__NUMBER(window, SIZE, "5", "1", "1000", "words to each side"),
    W2V__NUMBER(negative, SIZE, "5", "0", "1000", "negative samples; 0 only without negative sampling"),
    W2V__NUMBER(epochs, SIZE, "5", "1", "1000000", "passes over the corpus"),
    W2V__NUMBER(threads, SIZE, "cpus", "1", "1024", "threads that train"),
    W2V__NUMBER(min_count, UINT64, "5", NULL, NULL, "rarer words are left out"),
    W2V__NUMBER(sample, DOUBLE, "1e-3", "0", "1", "subsampling of frequent words; 0 keeps all"),
    W2V__NUMBER(ns_exponent, DOUBLE, "0.75", "-10", "10", "negatives are drawn with count^this"),
    W2V__NUMBER(learning_rate, FLOAT, "0.025", ">0", "100", "at the start"),
    W2V__NUMBER(min_learning_rate, FLOAT, "0", "0", "100", "not below this, nor 1e-4 of learning_rate"),
    W2V__ENUM(sharing, "default", "none window span default", "which pairs share negatives"),
    W2V__NUMBER(span, SIZE, "0", "0", "16", "windows that share negatives; 0: chosen"),
    W2V__NUMBER(span_negative, SIZE, "0", "0", "1000", "the negatives that they share; 0: chosen"),
    W2V__NUMBER(corpus_memory, SIZE, "0", NULL, NULL, "limit in bytes for the corpus; 0: no limit"),
    W2V__NUMBER(seed, UINT64, "1", NULL, NULL, "of the random numbers"),
    W2V__POINTER(progress_fn, NULL, "told how far the training is; can stop it"),
    W2V__POINTER(progress_user, NULL, "passed to progress_fn"),
    W2V__POINTER(report, NULL, "filled by the trainer"),
    W2V__FLAG(keep_stopped, "1: a stopped training returns its unfinished model"),
    W2V__FLAG(refuse_long_words, "1: a word that is too long is an error; 0: it is skipped"),
    W2V__NUMBER(lanes, SIZE, "4", "1", "64", "chunks that are trained beside each other"),
    W2V__NUMBER(vocab_limit, SIZE, "0", NULL, NULL, "of different words while counting; 0: no limit"),
    W2V__NUMBER(loss_every, SIZE, "0", NULL, NULL, "steps between two whose loss is computed; 0: none"),
    W2V__FLAG(freeze_start, "1: vectors that training starts with are not trained"),
    W2V__FLAG(keep_best, "1: keeps the vectors with the lowest held-out loss"),
    W2V__ENUM(architecture, "skipgram", "skipgram cbow",
              "what is predicted from what; cbow wants learning_rate 0.15"),
    W2V__ENUM(loss_type, "neg_sampling", "softmax neg_sampling hierarchical both", "what is minimised"),
    W2V__ENUM(window_shape, "shrinking", "shrinking full weighted", "how words count with their distance"),
    W2V__FLAG(cbow_undivided, "CBOW: 1: every context word gets the whole gradient"),
};
#undef W2V__CONFIG

static w2v_status w2v__schedule_check_config(const void *config, w2v_error *err)
{
    const w2v_config *cfg = (const w2v_config *)config;
    if (cfg->min_learning_rate > cfg->learning_rate)
        return w2v__fail(err, W2V_ERROR_ARGUMENT,
                         "min_learning_rate must be between 0 and %g, the learning_rate, not %g",
                         (double)cfg->learning_rate, (double)cfg->min_learning_rate);
    if (!cfg->negative && cfg->loss_type != W2V_LOSS_HIERARCHICAL && cfg->loss_type != W2V_LOSS_SOFTMAX)
        return w2v__fail(err, W2V_ERROR_ARGUMENT, "negative must be between 1 and 1000, not 0");
    return W2V_OK;
}
W2V__DEFINE_CONFIG(w2v_config, w2v__schedule_fields, w2v__schedule_check_config)

// Sums over pairs: of their losses, and 1 each.
typedef struct w2v__schedule_loss {
    double loss, pairs;
} w2v__schedule_loss;
static const w2v__schedule_loss w2v__schedule_no_loss = {0.0, 0.0};

static void w2v__schedule_add_loss(w2v__schedule_loss *sum, w2v__schedule_loss loss)
{
    sum->loss += loss.loss;
    sum->pairs += loss.pairs;
}

// The mean of what `now` has more than `before`; 0 if that is nothing.
static double w2v__schedule_mean_loss(w2v__schedule_loss now, w2v__schedule_loss before)
{
    return now.pairs > before.pairs ? (now.loss - before.loss) / (now.pairs - before.pairs) : 0.0;
}

#define W2V__SCHEDULE_NO_BLOCK SIZE_MAX  // instead of the number of a block

// Blocks that are handed to threads, and the progress made with them.
typedef struct w2v__schedule_queue {
    w2v__mutex mutex;
    const w2v_config *cfg;
    size_t next, end;          // blocks, of all epochs when training
    uint64_t done, total;      // bytes or words, by phase
    double started, reported;  // seconds; the pauses between two runs of a trainer do not count
    w2v_phase phase;
    w2v__schedule_loss loss;   // of this run
    w2v__schedule_loss shown;  // as of the last report
    w2v_status status;         // of the failure in the lowest block, whichever thread was first
    w2v_error error;
    size_t failed;  // that block, or W2V__SCHEDULE_NO_BLOCK
} w2v__schedule_queue;

W2V__NOINLINE void w2v__schedule_queue_init(w2v__schedule_queue *q, const w2v_config *cfg, w2v_phase phase,
                                            size_t end, uint64_t total)
{
    memset(q, 0, sizeof *q);
    w2v__mutex_init(&q->mutex);
    q->cfg = cfg;
    q->phase = phase;
    q->end = end;
    q->total = total;
    q->started = q->reported = w2v__seconds();
}

// Moves on to the next block; 0 if there is none or somebody has failed.
static int w2v__schedule_queue_take(w2v__schedule_queue *q, size_t *block)
{
    w2v__lock(&q->mutex);
    const int more = q->status == W2V_OK && q->next < q->end;
    if (more) *block = q->next++;
    w2v__unlock(&q->mutex);
    return more;
}

// Something has failed in a block. Those before it have been taken, and whoever works on them goes on.
W2V__COLD W2V__NOINLINE void w2v__schedule_queue_fail(w2v__schedule_queue *q, size_t block, w2v_status status,
                                                      const w2v_error *error)
{
    w2v__lock(&q->mutex);
    if (q->status == W2V_OK || block < q->failed) {
        q->status = status;
        q->error = *error;
        q->failed = block;
    }
    w2v__unlock(&q->mutex);
}

static float w2v__schedule_alpha(const w2v_config *cfg, uint64_t done, uint64_t total)
{
    const double left = 1.0 - (double)done / (double)total,
                 alpha = (double)cfg->learning_rate * (left > 1e-4 ? left : 1e-4);
    return (float)(alpha > (double)cfg->min_learning_rate ? alpha : (double)cfg->min_learning_rate);
}

static void w2v__schedule_report(w2v__schedule_queue *q, double now)
{
    if (!q->cfg->progress_fn) return;
    w2v_progress p;
    memset(&p, 0, sizeof p);
    w2v__lock(&q->mutex);
    const uint64_t done = q->done;
    const w2v__schedule_loss loss = q->loss;
    const int more = q->next < q->end;
    w2v__unlock(&q->mutex);
    p.phase = q->phase;
    p.fraction = q->total ? (double)done / (double)q->total : more ? 0.0 : 1.0;
    p.seconds = now - q->started;
    p.seconds_left = p.fraction > 0.0 ? p.seconds / p.fraction - p.seconds : 0.0;
    if (q->phase == W2V_PHASE_TRAIN) {
        p.words = done;
        p.words_per_second = p.seconds > 0.0 ? (double)done / p.seconds : 0.0;
        p.epoch = w2v__min_size((size_t)(done / (q->total / q->cfg->epochs)), q->cfg->epochs - 1);
        p.learning_rate = w2v__schedule_alpha(q->cfg, done, q->total);
        p.loss = w2v__schedule_mean_loss(loss, q->shown);
        q->shown = loss;
    }
    if (q->cfg->progress_fn(&p, q->cfg->progress_user)) {
        w2v_error error;
        const char *what = q->phase == W2V_PHASE_VOCAB ? "reading" : "training";
        w2v__fail(&error, W2V_ERROR_STOPPED, "%s stopped at %d %%", what, (int)(100.0 * p.fraction));
        w2v__schedule_queue_fail(q, W2V__SCHEDULE_NO_BLOCK, W2V_ERROR_STOPPED, &error);
    }
}

// A block is finished; thread 0, which belongs to the user, reports now and then, but not after a failure or
// a stop.
static void w2v__schedule_queue_done(w2v__schedule_queue *q, size_t thread, uint64_t amount)
{
    w2v__lock(&q->mutex);
    q->done += amount;
    const int goes_on = q->status == W2V_OK;
    w2v__unlock(&q->mutex);
    if (thread || !goes_on) return;
    const double now = w2v__seconds();
    if (now - q->reported < 0.1) return;
    q->reported = now;
    w2v__schedule_report(q, now);
}

// After the threads have joined: the last report, and what became of it all.
static w2v_status w2v__schedule_queue_finish(w2v__schedule_queue *q, w2v_error *err)
{
    if (!q->total) q->end = q->next;  // only now it is known where a stream ends
    if (q->status == W2V_OK) w2v__schedule_report(q, w2v__seconds());
    w2v__mutex_free(&q->mutex);
    if (q->status != W2V_OK && err) *err = q->error;
    return q->status;
}

// Work in stages of several tasks each: a stage begins when all tasks of the one before are finished. A
// thread begins with the tasks of its own share of the numbers, so it meets the same lanes again, whose rows
// its cache has; then it takes those of others: none waits for a thread that the system has not started or
// does not run.
typedef struct w2v__schedule_stages {
    w2v__mutex mutex;
    w2v__condition begins;  // a stage, or the end
    size_t threads;
    size_t stage;   // what the tasks are; 0 is the end
    size_t tasks;   // at most 64
    size_t left;    // unfinished ones
    uint64_t open;  // bits of the tasks that nobody has taken
} w2v__schedule_stages;

static void w2v__schedule_stages_begin(w2v__schedule_stages *s, size_t stage, size_t tasks)
{
    W2V_ASSERT(tasks && tasks <= 64);
    w2v__lock(&s->mutex);
    s->stage = stage;
    s->tasks = s->left = tasks;
    s->open = UINT64_MAX >> (64 - tasks);
    w2v__wake_all(&s->begins);
    w2v__unlock(&s->mutex);
}

static void w2v__schedule_stages_init(w2v__schedule_stages *s, size_t threads, size_t stage, size_t tasks)
{
    memset(s, 0, sizeof *s);
    s->threads = threads;
    w2v__mutex_init(&s->mutex);
    w2v__condition_init(&s->begins);
    w2v__schedule_stages_begin(s, stage, tasks);
}

static void w2v__schedule_stages_free(w2v__schedule_stages *s)
{
    w2v__condition_free(&s->begins);
    w2v__mutex_free(&s->mutex);
}

// Waits for a task, and returns its stage; 0 at the end. Most waits are shorter than it takes to wake a
// thread, so a thread sleeps only after it has given way to others for a while. (Four lanes and two threads
// take 0.92 of the time with 400 turns, 0.96 with 100, 0.93 with 2,000: word2vec on 40 MB at sample 1e-3.
// More threads were not at hand.)
static size_t w2v__schedule_stages_take(w2v__schedule_stages *s, size_t thread, size_t *task)
{
    enum { TURNS = 400 };
    w2v__lock(&s->mutex);
    for (int turn = 0; s->stage && !s->open; turn++) {
        if (turn >= TURNS) {
            w2v__wait(&s->begins, &s->mutex);
            continue;
        }
        w2v__unlock(&s->mutex);
        w2v__yield();
        w2v__lock(&s->mutex);
    }
    const size_t stage = s->stage;
    if (stage) {
        size_t i = thread * s->tasks / s->threads;
        while (!(s->open >> i & 1)) i = (i + 1) % s->tasks;
        s->open &= ~(UINT64_C(1) << i);
        *task = i;
    }
    w2v__unlock(&s->mutex);
    return stage;
}

// A task is finished. Returns whether it was the last of its stage; then the caller has to begin the next.
static int w2v__schedule_stages_done(w2v__schedule_stages *s)
{
    w2v__lock(&s->mutex);
    const int last = --s->left == 0;
    w2v__unlock(&s->mutex);
    return last;
}

// -----------------------------------------------------------------------------------------------------------------
// >>corpus (implementation)
//
// The texts of all sources, one after another, are one text, which is cut into blocks of W2V_BLOCK_BYTES
// bytes. A word belongs to the block in which its first byte lies, so that every word belongs to exactly one
// block, and threads take whole blocks. Which thread takes which does not show in the result.
//
// Files and memory are read at any place. If a source can be read only once (a pipe, a function, ids),
// threads take the blocks from a w2v__corpus_stream as they come, and their ids are kept.

#ifndef W2V_BLOCK_BYTES
#define W2V_BLOCK_BYTES 65536
#elif W2V_BLOCK_BYTES < 1 || W2V_BLOCK_BYTES > 1073741824
#error "w2v.h: W2V_BLOCK_BYTES must be between 1 and 2^30"
#endif

// A source, and where its text lies in that of all sources.
typedef struct w2v__corpus_piece {
    w2v_source source;  // its path is a copy
    uint64_t begin;
    uint64_t real;   // bytes of the source
    uint64_t bytes;  // these and, if it ends in the middle of a line before another source, a line feed
    uint64_t state;  // of a file when it was opened
    size_t mark;     // bytes of its byte order mark, which are read as the corpus says
    int once;        // it can be read only once
    int in_line;     // if not once: its last byte is no line feed
} w2v__corpus_piece;

typedef struct w2v__corpus_block {
    uint32_t *ids;       // (n) words; W2V_NONE ends a sentence. NULL if they are not kept
    float *weights;      // of its sentences, if they have some
    float first_weight;  // of the sentence that goes on from the block before,
    float last_weight;   // and of the last one that begins here; negative: none does
    size_t n;
    size_t words;           // n without the ends of sentences
    uint64_t hash;          // of the ids
    uint64_t weights_hash;  // of the weights that the block has read
    int has_pair;           // two words stand beside each other
    int begins_line;        // a line ends between its first word and the word before
} w2v__corpus_block;

typedef struct w2v__corpus {
    w2v__corpus_piece *pieces;
    size_t n_pieces;
    uint64_t bytes;  // of all pieces; 0 if that is not known
    char mark;       // what each byte of a byte order mark is read as: a line feed; '\v' to join phrases
    int once;        // a piece can be read only once
    int weighted;    // sentences have weights
    w2v__corpus_block *blocks;
    size_t n_blocks;
    uint64_t words;  // of the vocabulary, in all blocks
    int streamed;    // the ids are too many to keep: blocks have none, and are read again in every epoch
} w2v__corpus;

W2V__COLD_BEGIN
W2V__NOINLINE const char *w2v__corpus_name_of(const w2v__corpus *c)
{
    return c->n_pieces == 1 ? w2v__files_source_name(&c->pieces[0].source) : "the corpus";
}

#ifndef W2V_NO_STDIO
// A hash that changes when the file at a path is replaced or written; 0 if there is no file.
static uint64_t w2v__corpus_file_state(const char *path)
{
    w2v__files_info info;
    if (w2v__files_stat(path, &info) == W2V__FILES_NONE) return 0;
    uint64_t state[5] = {(uint64_t)info.st_dev, (uint64_t)info.st_ino, (uint64_t)info.st_size,
                         (uint64_t)info.st_mtime, 0};
#if defined(st_mtime) && !defined(__APPLE__)  // the macro of a C library that knows parts of a second
    state[4] = (uint64_t)info.st_mtim.tv_nsec;
#endif
    return w2v__hash_bytes(W2V__HASH_START, state, sizeof state);
}
#endif

// Copies the path, and looks at both ends of a source that can be read at any place.
static w2v_status w2v__corpus_piece_open(w2v__corpus_piece *piece, const w2v_source *source, w2v_error *err)
{
    char head[W2V__FILES_HEAD], last = '\n';
    w2v_status status = w2v__files_measure(source, &piece->real, &piece->once, err);
    if (status != W2V_OK) return status;
    if (source->weights && source->kind != W2V_SOURCE_IDS)
        return w2v__fail(err, W2V_ERROR_ARGUMENT, "only a source of ids has an array of weights");
    if (source->weighted && source->kind == W2V_SOURCE_IDS)
        return w2v__fail(err, W2V_ERROR_ARGUMENT,
                         "a source of ids has its weights in an array: weighted is for text");
    piece->source = *source;
#ifndef W2V_NO_STDIO
    if (source->kind == W2V_SOURCE_FILE) {
        piece->source.path = w2v__files_join(source->path, 0, source->path, err);
        if (!piece->source.path) return W2V_ERROR_MEMORY;
        piece->state = w2v__corpus_file_state(source->path);
    }
#endif
    if (!piece->real) return W2V_OK;
    w2v__files_reader reader;
    const size_t n = piece->real < sizeof head ? (size_t)piece->real : sizeof head;
    status = w2v__files_reader_open(&reader, &piece->source, err);
    if (status == W2V_OK) status = w2v__files_read_at(&reader, 0, head, n, err);
    if (status == W2V_OK) status = w2v__files_read_at(&reader, piece->real - 1, &last, 1, err);
    w2v__files_reader_close(&reader);
    if (status == W2V_OK) status = w2v__files_check_head(source, head, n, &piece->mark, err);
    piece->in_line = last != '\n' && piece->real > piece->mark;
    return status;
}

static void w2v__corpus_forget_ids(w2v__corpus_block *block)
{
    W2V_FREE(block->ids);
    W2V_FREE(block->weights);
    block->ids = NULL;
    block->weights = NULL;
}

static void w2v__corpus_forget_all_ids(w2v__corpus *corpus)
{
    for (size_t b = 0; corpus->blocks && b < corpus->n_blocks; b++)
        w2v__corpus_forget_ids(&corpus->blocks[b]);
}

static void w2v__corpus_free(w2v__corpus *corpus)
{
    for (size_t i = 0; corpus->pieces && i < corpus->n_pieces; i++)
        if (corpus->pieces[i].source.kind == W2V_SOURCE_FILE)
            W2V_FREE((void *)(uintptr_t)corpus->pieces[i].source.path);
    w2v__corpus_forget_all_ids(corpus);
    W2V_FREE(corpus->pieces);
    W2V_FREE(corpus->blocks);
}

// Free with w2v__corpus_free, also on failure.
static w2v_status w2v__corpus_open(w2v__corpus *c, const w2v_source *sources, size_t n, w2v_error *err)
{
    memset(c, 0, sizeof *c);
    if (!n) return w2v__fail(err, W2V_ERROR_ARGUMENT, "there is no source to read");
    c->pieces = (w2v__corpus_piece *)w2v__new_zeros(n, sizeof *c->pieces, err);
    if (!c->pieces) return W2V_ERROR_MEMORY;
    c->n_pieces = n;
    c->mark = '\n';
    c->weighted = sources[0].weighted || sources[0].weights;
    for (size_t i = 0; i < n; i++) {
        w2v__corpus_piece *p = &c->pieces[i];
        const w2v_status status = w2v__corpus_piece_open(p, &sources[i], err);
        if (status != W2V_OK) return status;
        if (c->weighted != (sources[i].weighted || sources[i].weights))
            return w2v__fail(err, W2V_ERROR_ARGUMENT,
                             "'%.200s' has weights and '%.200s' has none: all sources have them or none",
                             w2v__files_source_name(&sources[c->weighted ? 0 : i]),
                             w2v__files_source_name(&sources[c->weighted ? i : 0]));
        c->once |= p->once;
        p->begin = c->bytes;
        p->bytes = p->real + (i + 1 < n && p->in_line);
        if (p->bytes > UINT64_MAX - c->bytes) return w2v__no_memory(err, UINT64_MAX);
        c->bytes += p->bytes;
    }
    if (c->once) c->bytes = 0;
    const uint64_t blocks = c->bytes / W2V_BLOCK_BYTES + (c->bytes % W2V_BLOCK_BYTES != 0);
    c->blocks = (w2v__corpus_block *)w2v__new_zeros(blocks < SIZE_MAX ? (size_t)blocks : SIZE_MAX,
                                                    sizeof *c->blocks, err);
    if (!c->blocks) return W2V_ERROR_MEMORY;
    c->n_blocks = (size_t)blocks;
    return W2V_OK;
}

// Ids are read as the text that they would be: words with blanks between, a line for each sentence.
typedef struct w2v__corpus_ids {
    const w2v_source *source;
    const w2v_vocab *vocab;  // whose words they are; NULL: the words are decimal numbers
    size_t next, sentence;   // ids and weights read so far
} w2v__corpus_ids;

static w2v_status w2v__corpus_check_ids(const w2v_source *s, const w2v_vocab *vocab, w2v_error *err)
{
    const size_t words = vocab ? w2v_vocab_size(vocab) : W2V_NONE;
    for (uint32_t id = 0; vocab && id < words; id++)
        if (strpbrk(w2v_vocab_word(vocab, id), W2V__WHITE_SPACE))
            return w2v__fail(err, W2V_ERROR_ARGUMENT,
                             "the word '%.100s' has white space in it: ids cannot have such a word",
                             w2v_vocab_word(vocab, id));
    for (size_t i = 0, sentence = 0; i < s->id_count; i++) {
        const float weight = s->weights && (!i || s->ids[i - 1] == W2V_NONE) ? s->weights[sentence++] : 0.0f;
        if (!w2v__is_finite(weight) || weight < 0.0f)
            return w2v__fail(err, W2V_ERROR_ARGUMENT,
                             "'%.200s': weight %zu is %g: it must be finite and not negative",
                             w2v__files_source_name(s), sentence - 1, (double)weight);
        if (s->ids[i] >= words && s->ids[i] != W2V_NONE)
            return w2v__fail(err, W2V_ERROR_ARGUMENT,
                             "'%.200s': id %lu at place %zu: the vocabulary has %zu words",
                             w2v__files_source_name(s), (unsigned long)s->ids[i], i, words);
    }
    return W2V_OK;
}

// A w2v_read_fn.
static size_t w2v__corpus_read_ids(char *buffer, size_t room, void *user)
{
    enum { LONGEST = W2V_MAX_WORD + 64 };  // a weight, a word and white space
    w2v__corpus_ids *r = (w2v__corpus_ids *)user;
    const w2v_source *s = r->source;
    char *p = buffer;
    W2V_ASSERT(room >= LONGEST);
    for (; r->next < s->id_count && buffer + room - p >= LONGEST; r->next++) {
        const uint32_t id = s->ids[r->next];
        const int in_line = r->next && s->ids[r->next - 1] != W2V_NONE;
        if (s->weights && !in_line) p += w2v__write_float(p, s->weights[r->sentence++]);
        if (in_line ? id != W2V_NONE : s->weights != NULL) *p++ = ' ';
        if (id == W2V_NONE) {
            *p++ = '\n';
        } else if (!r->vocab) {
            p += snprintf(p, 16, "%lu", (unsigned long)id);
        } else {
            const char *word = w2v_vocab_word(r->vocab, id);
            const size_t n = strlen(word);
            memcpy(p, word, n);
            p += n;
        }
    }
    return (size_t)(p - buffer);
}

// The text of all pieces from its beginning to its end, for sources that can be read only once.
typedef struct w2v__corpus_stream {
    w2v__mutex mutex;
    w2v__corpus *corpus;
    size_t piece;         // at work; n_pieces at the end
    w2v_source source;    // what is read of it,
    w2v__files_input in;  // and how
    w2v__corpus_ids ids;
    size_t mark;  // bytes of its byte order mark that are yet to be replaced
    int in_line;  // its last byte was no line feed
    // what the next block begins with: the last byte of the block before it (none for the first), and the
    // bytes that were read beyond that block
    char carry[W2V_MAX_WORD + 2];
    size_t carried, before;  // bytes of it; 1, or 0 for the first block
    uint64_t offset;  // of the next block
    size_t blocks;
} w2v__corpus_stream;

static void w2v__corpus_stream_init(w2v__corpus_stream *st, w2v__corpus *corpus,
                                    const w2v_vocab *names_of_ids)
{
    memset(st, 0, sizeof *st);
    w2v__mutex_init(&st->mutex);
    st->corpus = corpus;
    st->ids.vocab = names_of_ids;
}

static void w2v__corpus_stream_free(w2v__corpus_stream *st)
{
    w2v__files_input_close(&st->in, W2V_OK);
    w2v__mutex_free(&st->mutex);
}

static w2v_status w2v__corpus_stream_begin_piece(w2v__corpus_stream *st, w2v_error *err)
{
    const w2v_source *source = &st->corpus->pieces[st->piece].source;
    w2v_status status;
    st->source = *source;
    st->source.weighted = 0;  // here a weight is a word like others
    if (source->kind == W2V_SOURCE_IDS) {
        status = w2v__corpus_check_ids(source, st->ids.vocab, err);
        st->ids.source = source;
        st->ids.next = st->ids.sentence = 0;
        st->source = w2v_source_reader(w2v__corpus_read_ids, &st->ids);
        if (status == W2V_OK) status = w2v__files_input_open_any(&st->in, &st->source, err);
    } else {
        status = w2v__files_input_open(&st->in, &st->source, err);
    }
    st->in.err = NULL;  // the next call has another
    st->mark = (size_t)st->in.offset;
    st->in_line = 0;
    return status;
}

// The next `room` bytes of the text, fewer only at its end.
static w2v_status w2v__corpus_stream_read(w2v__corpus_stream *st, char *out, size_t room, size_t *n,
                                          w2v_error *err)
{
    const size_t pieces = st->corpus->n_pieces;
    for (*n = 0; *n < room && st->piece < pieces;) {
        const w2v_status status = st->in.bytes ? W2V_OK : w2v__corpus_stream_begin_piece(st, err);
        if (status != W2V_OK) {
            st->piece = pieces;  // for the other threads
            return status;
        }
        if (st->mark) {
            st->mark--;
            out[(*n)++] = st->corpus->mark;
            continue;
        }
        const size_t got = w2v__min_size(w2v__files_need(&st->in, 1), room - *n);
        if (st->in.status != W2V_OK && err) *err = st->in.error;
        if (st->in.status != W2V_OK) return st->in.status;
        if (got) {
            memcpy(out + *n, st->in.bytes + st->in.pos, got);
            w2v__files_input_skip(&st->in, got);
            *n += got;
            st->in_line = out[*n - 1] != '\n';
            continue;
        }
        if (st->in_line && st->piece + 1 < pieces) out[(*n)++] = '\n';
        w2v__files_input_close(&st->in, W2V_OK);
        memset(&st->in, 0, sizeof st->in);
        st->piece++;
    }
    return W2V_OK;
}

// Cuts one block after another into words.
typedef struct w2v__corpus_scanner {
    const w2v__corpus *corpus;
    w2v__files_reader reader;  // of the piece that was read last
    char *buffer;  // the byte before the block, the block, the rest of a last word, room to look beyond
    char *p;       // next byte to look at
    char *block_end, *end;
    uint64_t offset;   // of buffer[0] in the text
    size_t bytes;      // of the block
    int sentence_end;  // the white space after the last word was a line feed
    int line_begins;   // the block begins with a line
} w2v__corpus_scanner;

typedef enum w2v__corpus_token {
    W2V__CORPUS_WORD,
    W2V__CORPUS_SENTENCE_END,
    W2V__CORPUS_BLOCK_END,
    W2V__CORPUS_LONG_WORD
} w2v__corpus_token;

enum { W2V__CORPUS_BEYOND = W2V_MAX_WORD + 1 };  // bytes after a block that tell where its last word ends

static w2v_status w2v__corpus_scanner_open(w2v__corpus_scanner *s, const w2v__corpus *corpus, w2v_error *err)
{
    const size_t bytes = 1 + (size_t)W2V_BLOCK_BYTES + W2V__CORPUS_BEYOND + 1 + W2V__VOCAB_SHORT;
    memset(s, 0, sizeof *s);
    s->corpus = corpus;
    s->buffer = (char *)w2v__new_zeros(bytes, 1, err);
    return s->buffer ? W2V_OK : W2V_ERROR_MEMORY;
}

static void w2v__corpus_scanner_close(w2v__corpus_scanner *s)
{
    w2v__files_reader_close(&s->reader);
    W2V_FREE(s->buffer);
    s->buffer = NULL;
}

// n bytes of the text into the buffer.
static w2v_status w2v__corpus_text_read(w2v__corpus_scanner *s, uint64_t offset, size_t n, w2v_error *err)
{
    const w2v__corpus_piece *piece = s->corpus->pieces;
    while (offset >= piece->begin + piece->bytes) piece++;
    for (size_t got = 0, take; got < n; got += take, piece++) {
        const uint64_t from = offset + got - piece->begin, left = piece->bytes - from;
        take = (size_t)(left < n - got ? left : n - got);
        if (!take) continue;
        char *const out = s->buffer + got;
        const size_t real = (size_t)(piece->real - from < take ? piece->real - from : take);
        w2v_status status = W2V_OK;
        if (s->reader.source != &piece->source) {
            w2v__files_reader_close(&s->reader);
            status = w2v__files_reader_open(&s->reader, &piece->source, err);
        }
        if (status == W2V_OK) status = w2v__files_read_at(&s->reader, from, out, real, err);
        if (status != W2V_OK) return status;
        if (real < take) out[real] = '\n';
        for (size_t k = (size_t)from; k < piece->mark && k - from < take; k++)
            out[k - from] = s->corpus->mark;
    }
    return W2V_OK;
}

// A failure at a place in the buffer: where, and `what`. Lines are counted only now.
static w2v_status w2v__corpus_fail_at(const w2v__corpus_scanner *s, const char *place, const char *what,
                                      w2v_error *err)
{
    const w2v__corpus *c = s->corpus;
    const uint64_t at = s->offset + (uint64_t)(place - s->buffer);
    size_t i = 0;
    if (c->once)
        return w2v__fail(err, W2V_ERROR_FORMAT, "'%.200s' byte %llu: %s", w2v__corpus_name_of(c),
                         (unsigned long long)at, what);
    while (at >= c->pieces[i].begin + c->pieces[i].bytes) i++;
    const w2v_source *source = &c->pieces[i].source;
    const uint64_t byte = at - c->pieces[i].begin;
    w2v__files_reader reader;
    char buffer[4096];
    uint64_t line = 1, left = byte;
    w2v_status status = w2v__files_reader_open(&reader, source, NULL);
    for (size_t n = 1; status == W2V_OK && n && left; left -= n) {
        n = left < sizeof buffer ? (size_t)left : sizeof buffer;
        status = w2v__files_read(&reader, buffer, n, &n, NULL);
        for (size_t k = 0; k < n && status == W2V_OK; k++) line += buffer[k] == '\n';
    }
    w2v__files_reader_close(&reader);
    return w2v__fail(err, W2V_ERROR_FORMAT, "'%.200s' line %llu, byte %llu: %s",
                     w2v__files_source_name(source), (unsigned long long)line, (unsigned long long)byte,
                     what);
}

// Begins with a block that is in the buffer: `before` bytes, `own` of the block, and those beyond.
static w2v_status w2v__corpus_scanner_begin(w2v__corpus_scanner *s, size_t before, size_t own, size_t n,
                                            w2v_error *err)
{
    const char *nul = (const char *)memchr(s->buffer, 0, n);
    if (nul) return w2v__corpus_fail_at(s, nul, "a NUL byte, so this is not a text file", err);
    s->p = s->buffer + before;
    s->block_end = s->p + own;
    s->end = s->buffer + n;
    s->bytes = own;
    s->sentence_end = 0;
    s->line_begins = !before || s->buffer[0] == '\n';
    if (before && !w2v__is_space(s->buffer[0]))  // the rest of a word of the block before
        while (s->p < s->end && !w2v__is_space(*s->p)) s->p++;
    return W2V_OK;
}

static w2v_status w2v__corpus_scanner_load(w2v__corpus_scanner *s, size_t block, w2v_error *err)
{
    const uint64_t begin = (uint64_t)block * W2V_BLOCK_BYTES, left = s->corpus->bytes - begin;
    const size_t most = (size_t)W2V_BLOCK_BYTES + W2V__CORPUS_BEYOND, before = block > 0,
                 seen = left < most ? (size_t)left : most, own = w2v__min_size(seen, W2V_BLOCK_BYTES);
    s->offset = begin - before;
    const w2v_status status = w2v__corpus_text_read(s, s->offset, before + seen, err);
    return status == W2V_OK ? w2v__corpus_scanner_begin(s, before, own, before + seen, err) : status;
}

// The next block of a stream, if there is one: its number, or W2V__SCHEDULE_NO_BLOCK at the end.
static w2v_status w2v__corpus_scanner_follow(w2v__corpus_scanner *s, w2v__corpus_stream *st, size_t *block,
                                             w2v_error *err)
{
    size_t got;
    w2v__lock(&st->mutex);
    const size_t before = st->before, most = before + W2V_BLOCK_BYTES + W2V__CORPUS_BEYOND;
    memcpy(s->buffer, st->carry, st->carried);
    w2v_status status = w2v__corpus_stream_read(st, s->buffer + st->carried, most - st->carried, &got, err);
    const size_t n = st->carried + got, own = w2v__min_size(n - before, W2V_BLOCK_BYTES);
    *block = own ? st->blocks++ : W2V__SCHEDULE_NO_BLOCK;
    s->offset = st->offset - before;
    if (status == W2V_OK && own) {
        st->before = 1;
        st->carried = n - (before + own) + 1;
        memcpy(st->carry, s->buffer + before + own - 1, st->carried);
        st->offset += own;
    }
    w2v__unlock(&st->mutex);
    return status == W2V_OK && own ? w2v__corpus_scanner_begin(s, before, own, n, err) : status;
}

// A word that is too long, with its beginning: the message may not end in half a character.
static w2v_status w2v__corpus_long_word(const w2v__corpus_scanner *s, const char *word, w2v_error *err)
{
    char what[128];
    int shown = 40;
    while (shown > 30 && ((unsigned char)word[shown] & 0xC0) == 0x80) shown--;
    snprintf(what, sizeof what, "'%.*s...' is a word of more than %d bytes", shown, word, W2V_MAX_WORD);
    return w2v__corpus_fail_at(s, word, what, err);
}

static w2v_status w2v__corpus_no_weight(const w2v__corpus_scanner *s, const char *place, w2v_error *err)
{
    return w2v__corpus_fail_at(s, place, "a line begins with its weight, without white space before it", err);
}

// The weight of a line, its first word, of n bytes. (Where the word before was followed by a line feed, there
// is now a NUL.)
static w2v_status w2v__corpus_read_weight(const w2v__corpus_scanner *s, const char *word, size_t n,
                                          float *weight, w2v_error *err)
{
    char what[128];
    if (s->offset + (uint64_t)(word - s->buffer) && word[-1] != '\n' && word[-1] &&
        word[-1] != s->corpus->mark)
        return w2v__corpus_no_weight(s, word, err);
    if (w2v__read_float(word, n, weight) && *weight >= 0.0f) return W2V_OK;
    snprintf(what, sizeof what, "'%.*s' is not a weight: a line begins with a number that is not negative",
             (int)w2v__min_size(n, 40), word);
    return w2v__corpus_fail_at(s, word, what, err);
}

enum { W2V__CORPUS_BLOCK_IDS = W2V_BLOCK_BYTES + 2 };  // no block has more, since each takes a byte

// Reads blocks as ids. With a tallier it counts the words, and the ids are provisional; else they are those
// of the vocabulary, and words that it lacks are left out.
typedef struct w2v__corpus_reader {
    w2v__corpus_scanner scanner;
    w2v__vocab_tallier *tallier;
    const w2v_vocab *vocab;
    int refuse_long_words;
    uint32_t *ids;   // (W2V__CORPUS_BLOCK_IDS) of a block
    float *weights;  // (W2V__CORPUS_BLOCK_IDS) of its sentences; NULL if they have none
    size_t n, words, sentences;
    int begins_line;  // see w2v__corpus_block
    float weight;     // of the sentence at work
    uint64_t long_words;
} w2v__corpus_reader;

// Close it also on failure.
static w2v_status w2v__corpus_reader_open(w2v__corpus_reader *r, const w2v__corpus *corpus,
                                          const w2v_vocab *vocab, w2v_error *err)
{
    memset(r, 0, sizeof *r);
    r->vocab = vocab;
    r->ids = (uint32_t *)w2v__new_aligned(W2V__CORPUS_BLOCK_IDS, sizeof *r->ids + sizeof *r->weights, err);
    if (!r->ids) return W2V_ERROR_MEMORY;
    if (corpus->weighted) r->weights = (float *)(void *)(r->ids + W2V__CORPUS_BLOCK_IDS);
    return w2v__corpus_scanner_open(&r->scanner, corpus, err);
}

static void w2v__corpus_reader_close(w2v__corpus_reader *r)
{
    w2v__free_aligned(r->ids);
    w2v__free_aligned(r->tallier);
    w2v__corpus_scanner_close(&r->scanner);
}
W2V__COLD_END

// The next word of the block: from *word to s->p - 1, where the caller may put a NUL.
W2V__INLINE w2v__corpus_token w2v__corpus_scanner_next(w2v__corpus_scanner *s, char **word)
{
    if (s->sentence_end) {
        s->sentence_end = 0;
        return W2V__CORPUS_SENTENCE_END;
    }
    char *p = s->p;
    while (p < s->block_end && w2v__is_space(*p)) {
        if (*p++ != '\n') continue;
        s->p = p;
        return W2V__CORPUS_SENTENCE_END;
    }
    *word = p;
    if (p >= s->block_end) return W2V__CORPUS_BLOCK_END;
    while (p < s->end && !w2v__is_space(*p)) p++;
    s->sentence_end = p < s->end && *p == '\n';
    s->p = p + 1;
    if (p - *word <= W2V_MAX_WORD) return W2V__CORPUS_WORD;
    return W2V__CORPUS_LONG_WORD;  // if it goes on after `end`, the blocks it reaches into skip the rest
}

// Whether the next word begins a sentence.
W2V__INLINE int w2v__corpus_is_between(const w2v__corpus_reader *r)
{
    return !r->n || r->ids[r->n - 1] == W2V_NONE;
}

// The next place in r->ids has a word.
W2V__INLINE void w2v__corpus_count_word(w2v__corpus_reader *r)
{
    if (r->weights && w2v__corpus_is_between(r)) r->weights[r->sentences++] = r->weight;
    r->n++;
    r->words++;
}

// Reads the block that the scanner has loaded. r->weight is at first the weight of a sentence that began in
// the block before, and then that of the last sentence.
static w2v_status w2v__corpus_read_block(w2v__corpus_reader *r, w2v_error *err)
{
    w2v__corpus_scanner *s = &r->scanner;
    w2v__vocab_tallier *t = r->tallier;
    int fits = 1, line_begins = s->line_begins;
    w2v_status status = W2V_OK;
    r->n = r->words = r->sentences = 0;
    r->begins_line = line_begins;
    for (;;) {
        char *word = s->buffer;
        const w2v__corpus_token token = w2v__corpus_scanner_next(s, &word);
        if (token == W2V__CORPUS_WORD) {
            const size_t n = (size_t)(s->p - 1 - word);
            if (r->weights && line_begins) {
                status = w2v__corpus_read_weight(s, word, n, &r->weight, err);
                if (status != W2V_OK) return status;
                line_begins = 0;
                continue;
            }
            uint32_t *id = &r->ids[r->n];
            if (!t) {
                *id = w2v__vocab_find(r->vocab, word, n);
                if (*id == W2V_NONE) continue;
            } else if (w2v__vocab_tally_word(t, word, n, s->offset + (uint64_t)(word - s->buffer), id)) {
                fits &= w2v__vocab_tally_batch(t);
            }
            w2v__corpus_count_word(r);
        } else if (token == W2V__CORPUS_SENTENCE_END) {
            if (!r->n) r->begins_line = 1;
            if (!w2v__corpus_is_between(r)) r->ids[r->n++] = W2V_NONE;
            line_begins = 1;
        } else if (token == W2V__CORPUS_LONG_WORD) {
            if (r->refuse_long_words) return w2v__corpus_long_word(s, word, err);
            if (r->weights && line_begins) return w2v__corpus_no_weight(s, word, err);
            r->long_words++;
        } else {
            break;
        }
    }
    if (t) fits &= w2v__vocab_tally_batch(t);
    if (!fits)
        return w2v__fail(err, W2V_ERROR_MEMORY,
                         "out of memory, or too many words with the same hash: no room for all words of "
                         "'%.200s'; see vocab_limit",
                         w2v__corpus_name_of(s->corpus));
    if (!r->weights) return W2V_OK;
    // A line that begins in this block, with nothing but blanks in it so far, ends before the next word, and
    // within what can be seen.
    const char *p = s->block_end;
    while (p < s->end && w2v__is_space(*p) && *p != '\n') p++;
    const int ends = p < s->end ? *p == '\n' : s->end - s->block_end < W2V__CORPUS_BEYOND;
    return line_begins && s->p < s->block_end && !ends ? w2v__corpus_no_weight(s, s->block_end, err) : W2V_OK;
}

// Adds a number to a hash: FNV-1a, but with numbers instead of bytes.
W2V__INLINE uint64_t w2v__corpus_hash_number(uint64_t h, uint64_t number)
{
    return (h ^ number) * UINT64_C(1099511628211);
}

static uint64_t w2v__corpus_hash_ids(const uint32_t *ids, size_t n)
{
    uint64_t h = W2V__HASH_START;
    for (size_t i = 0; i < n; i++) h = w2v__corpus_hash_number(h, ids[i]);
    return h;
}

// What a block is but for its ids and weights.
static void w2v__corpus_describe_block(w2v__corpus_block *block, const w2v__corpus_reader *r)
{
    block->n = r->n;
    block->words = r->words;
    block->hash = w2v__corpus_hash_ids(r->ids, r->n);
    w2v__files_swap(r->weights, r->sentences, sizeof *r->weights);
    block->weights_hash = w2v__hash_bytes(W2V__HASH_START, r->weights, r->sentences * sizeof *r->weights);
    w2v__files_swap(r->weights, r->sentences, sizeof *r->weights);
    block->has_pair = 0;
    for (size_t i = 1; i < r->n && !block->has_pair; i++)
        block->has_pair = r->ids[i - 1] != W2V_NONE && r->ids[i] != W2V_NONE;
}

typedef struct w2v__corpus_counting {
    w2v__schedule_queue queue;
    w2v__corpus *corpus;
    w2v__corpus_stream *stream;  // if the corpus can be read only once
    w2v__vocab_words *words;     // that have been counted
    uint64_t bytes;              // of the ids kept
    uint64_t long_words;         // skipped
    const w2v_vocab *vocab;      // once it is chosen
    int keep_ids;                // 0: only the vocabulary is needed, or ids are read later
} w2v__corpus_counting;

// A w2v__item_fn: provisional ids to ids. Rare words are left out, and so are sentences of nothing else.
static void w2v__corpus_encode_block(void *shared, size_t b, size_t thread)
{
    const w2v__corpus_counting *counting = (const w2v__corpus_counting *)shared;
    w2v__corpus_block *block = &counting->corpus->blocks[b];
    w2v__corpus_reader r;
    size_t sentence = 0;
    (void)thread;
    memset(&r, 0, sizeof r);
    r.ids = block->ids;
    r.weights = block->weights;
    for (size_t i = 0; i < block->n; i++) {
        const uint32_t provisional = block->ids[i];
        if (r.weights) r.weight = block->weights[sentence];
        if (provisional == W2V_NONE) {
            if (!w2v__corpus_is_between(&r)) r.ids[r.n++] = W2V_NONE;
            sentence++;
        } else if (provisional != W2V__VOCAB_LEFT_OUT) {
            const uint32_t id = w2v__vocab_id_of(counting->words, provisional);
            if (id == W2V__VOCAB_LEFT_OUT) continue;
            w2v__corpus_count_word(&r);
            r.ids[r.n - 1] = id;
        }
    }
    w2v__corpus_describe_block(block, &r);
}

W2V__COLD_BEGIN
static w2v_status w2v__corpus_changed(const char *name, w2v_error *err)
{
    return w2v__fail(err, W2V_ERROR_IO, "'%.200s' has changed while it was read", name);
}

// Whether the files are still those that were opened. A text that is read again must not grow either: most
// likely another program still writes it by mistake.
static w2v_status w2v__corpus_check_unchanged(const w2v__corpus *c, w2v_error *err)
{
#ifndef W2V_NO_STDIO
    for (size_t i = 0; c->streamed && i < c->n_pieces; i++) {
        const w2v_source *source = &c->pieces[i].source;
        if (source->kind == W2V_SOURCE_FILE && w2v__corpus_file_state(source->path) != c->pieces[i].state)
            return w2v__corpus_changed(w2v__files_source_name(source), err);
    }
#endif
    (void)c, (void)err;
    return W2V_OK;
}

// Reads block b of a streamed corpus, which has to be what it was. With the first block a new pass over the
// text begins.
static w2v_status w2v__corpus_read_again(w2v__corpus_reader *r, size_t b, w2v_error *err)
{
    const w2v__corpus *c = r->scanner.corpus;
    const w2v__corpus_block *block = &c->blocks[b];
    r->weight = block->first_weight;
    w2v_status status = b ? W2V_OK : w2v__corpus_check_unchanged(c, err);
    if (status == W2V_OK) status = w2v__corpus_scanner_load(&r->scanner, b, err);
    if (status == W2V_OK) status = w2v__corpus_read_block(r, err);
    if (status == W2V_OK && (r->n != block->n || w2v__corpus_hash_ids(r->ids, r->n) != block->hash))
        status = w2v__corpus_changed(w2v__corpus_name_of(c), err);
    return status;
}

// What a block is, from what was read of it; its ids and weights are copied if they are to be kept.
static w2v_status w2v__corpus_make_block(w2v__corpus_block *block, const w2v__corpus_reader *r, int keep,
                                         w2v_error *err)
{
    memset(block, 0, sizeof *block);
    w2v__corpus_describe_block(block, r);
    block->last_weight = r->weight;
    block->begins_line = r->begins_line;
    if (!keep) return W2V_OK;
    block->ids = (uint32_t *)w2v__new(r->n, sizeof *r->ids, err);
    block->weights =
        block->ids && r->sentences ? (float *)w2v__new(r->sentences, sizeof *r->weights, err) : NULL;
    if (!block->ids || (r->sentences && !block->weights)) {
        w2v__corpus_forget_ids(block);
        return W2V_ERROR_MEMORY;
    }
    memcpy(block->ids, r->ids, r->n * sizeof *r->ids);
    if (r->sentences) memcpy(block->weights, r->weights, r->sentences * sizeof *r->weights);
    return W2V_OK;
}

// Stores a block. If the ids of all blocks have become too many, none are kept. The caller has locked the
// queue.
static w2v_status w2v__corpus_store_block(w2v__corpus_counting *counting, size_t b, w2v__corpus_block *block,
                                          w2v_error *err)
{
    w2v__corpus *c = counting->corpus;
    const size_t limit = counting->queue.cfg->corpus_memory;
    if (block->ids) counting->bytes += block->n * sizeof *block->ids;
    if (limit && counting->bytes > limit && !c->streamed) {
        c->streamed = 1;
        w2v__corpus_forget_all_ids(c);
    }
    if (c->streamed) w2v__corpus_forget_ids(block);
    if (c->streamed && c->once)
        return w2v__fail(err, W2V_ERROR_MEMORY,
                         "'%.200s' can be read only once, and the ids of its words need more than "
                         "corpus_memory, %zu bytes: "
                         "write it to a file, or raise the limit",
                         w2v__corpus_name_of(c), limit);
    if (c->once && b >= c->n_blocks) {
        size_t n = c->n_blocks;
        const w2v_status status = w2v__grow(&c->blocks, &n, b < 16 ? 16 : b + 1, sizeof *c->blocks, err);
        if (status != W2V_OK) return status;
        memset(c->blocks + c->n_blocks, 0, (n - c->n_blocks) * sizeof *c->blocks);
        c->n_blocks = n;
    }
    c->blocks[b] = *block;
    return W2V_OK;
}

// Reads blocks with a tallier, or without one when the vocabulary is known.
static void w2v__corpus_count_work(void *shared, size_t thread)
{
    w2v__corpus_counting *counting = (w2v__corpus_counting *)shared;
    w2v__schedule_queue *q = &counting->queue;
    w2v__corpus_reader r;
    w2v_error error;
    size_t b = W2V__SCHEDULE_NO_BLOCK;
    w2v_status status = w2v__corpus_reader_open(&r, counting->corpus, counting->vocab, &error);
    r.refuse_long_words = q->cfg->refuse_long_words;
    if (status == W2V_OK && !counting->vocab) {
        r.tallier = (w2v__vocab_tallier *)w2v__new_aligned(1, sizeof *r.tallier, &error);
        if (!r.tallier) status = W2V_ERROR_MEMORY;
    }
    if (r.tallier) r.tallier->words = counting->words;
    while (status == W2V_OK && w2v__schedule_queue_take(q, &b)) {
        w2v__corpus_block block;
        r.weight = -1.0f;  // another block may have begun the sentence
        status = counting->stream ? w2v__corpus_scanner_follow(&r.scanner, counting->stream, &b, &error)
                                  : w2v__corpus_scanner_load(&r.scanner, b, &error);
        if (status == W2V_OK && b == W2V__SCHEDULE_NO_BLOCK) break;
        if (status == W2V_OK) status = w2v__corpus_read_block(&r, &error);
        if (status == W2V_OK) status = w2v__corpus_make_block(&block, &r, counting->keep_ids, &error);
        if (status != W2V_OK) break;
        w2v__lock(&q->mutex);
        status = w2v__corpus_store_block(counting, b, &block, &error);
        w2v__unlock(&q->mutex);
        if (status == W2V_OK)
            w2v__schedule_queue_done(q, thread, r.scanner.bytes);
        else
            w2v__corpus_forget_ids(&block);
    }
    if (status != W2V_OK) w2v__schedule_queue_fail(q, b, status, &error);
    if (r.tallier) {
        w2v__vocab_tally_frequent(r.tallier);
        w2v__lock(&q->mutex);
        counting->long_words += r.long_words;
        w2v__unlock(&q->mutex);
    }
    w2v__corpus_reader_close(&r);
}

// The weight of a sentence that goes on in the next block.
static void w2v__corpus_continue_weights(w2v__corpus *c)
{
    float weight = 1.0f;  // not needed: the first block begins with a line
    for (size_t b = 0; c->weighted && b < c->n_blocks; b++) {
        w2v__corpus_block *block = &c->blocks[b];
        if (block->weights && block->weights[0] < 0.0f) block->weights[0] = weight;
        block->first_weight = weight;
        if (block->last_weight >= 0.0f) weight = block->last_weight;
    }
}

static w2v_status w2v__corpus_choose_vocab(const w2v__corpus_counting *counting, w2v_vocab **vocab,
                                           w2v_error *err)
{
    const w2v_config *cfg = counting->queue.cfg;
    const uint64_t min_count = counting->words->closed ? 0 : cfg->min_count;
    const char *name = w2v__corpus_name_of(counting->corpus);
    const w2v_status status = w2v__vocab_words_select(counting->words, min_count, vocab, err);
    if (status != W2V_ERROR_EMPTY) return status;
    if (w2v__vocab_words_forgot(counting->words))
        return w2v__fail(
            err, status,
            "no word of '%.200s' was counted %llu times before vocab_limit, %zu, made it forgotten: raise it",
            name, (unsigned long long)min_count, cfg->vocab_limit);
    if (w2v__vocab_words_size(counting->words))
        return w2v__fail(err, status, "no word of '%.200s' occurs %llu times: use a smaller min_count", name,
                         (unsigned long long)min_count);
    if (counting->long_words)
        return w2v__fail(err, status,
                         "'%.200s' has no words but %llu of more than %d bytes, which are skipped", name,
                         (unsigned long long)counting->long_words, W2V_MAX_WORD);
    return w2v__fail(err, status, "'%.200s' has no words", name);
}

// Reads all blocks: counts words or, if the vocabulary is known, looks them up. `names` are those of ids.
static w2v_status w2v__corpus_read_sources(w2v__corpus_counting *counting, const w2v_config *cfg,
                                           const w2v_vocab *names, w2v_error *err)
{
    w2v__corpus *c = counting->corpus;
    w2v__corpus_stream stream;
    w2v__corpus_stream_init(&stream, c, names);
    counting->stream = c->once ? &stream : NULL;
    w2v__schedule_queue_init(&counting->queue, cfg, W2V_PHASE_VOCAB, c->once ? SIZE_MAX : c->n_blocks,
                             c->bytes);
    // Which words a limit makes it forget depends on the order in which they are counted.
    const size_t threads = counting->words && counting->words->most ? 1 : cfg->threads;
    w2v__parallel(c->once ? threads : w2v__min_size(threads, c->n_blocks), w2v__corpus_count_work, counting);
    w2v__corpus_stream_free(&stream);
    if (c->once) c->n_blocks = w2v__min_size(c->n_blocks, stream.blocks);
    return w2v__schedule_queue_finish(&counting->queue, err);
}

// Counts all words and chooses the vocabulary: the words of `given`, if that is not NULL, which keep its
// order where they do not occur. Also fills counting->words, to be freed with w2v__vocab_words_free, also
// on failure.
static w2v_status w2v__corpus_count_words(w2v__corpus_counting *counting, const w2v_config *cfg,
                                          const w2v_vocab *given, w2v_vocab **vocab, w2v_error *err)
{
    w2v_status status = w2v__vocab_words_new(&counting->words, given ? 0 : cfg->vocab_limit, err);
    if (status != W2V_OK) return status;
    const size_t size = given ? w2v_vocab_size(given) : 0;
    for (uint32_t i = 0; i < size; i++) {
        const char *word = w2v_vocab_word(given, i);
        const w2v__vocab_tally none = {0, UINT64_MAX - size + i};
        const uint64_t hash = w2v__vocab_hash_bytes(word, strlen(word));
        if (w2v__vocab_words_add(counting->words, word, hash, none) == W2V_NONE)
            return w2v__no_memory(err, size * sizeof(w2v__vocab_slot));
    }
    counting->words->closed = given != NULL;
    status = w2v__corpus_read_sources(counting, cfg, given, err);
    return status == W2V_OK ? w2v__corpus_choose_vocab(counting, vocab, err) : status;
}

// Reads the corpus, which is open, as ids of a vocabulary. `names` are those of ids in the sources.
static w2v_status w2v__corpus_look_up(w2v__corpus *c, const w2v_config *cfg, const w2v_vocab *vocab,
                                      const w2v_vocab *names, w2v_error *err)
{
    w2v__corpus_counting counting;
    memset(&counting, 0, sizeof counting);
    counting.corpus = c;
    counting.vocab = vocab;
    counting.keep_ids = !c->streamed;
    const w2v_status status = w2v__corpus_read_sources(&counting, cfg, names, err);
    w2v__corpus_continue_weights(c);
    return status;
}

static w2v_status w2v__corpus_check_pairs(const w2v__corpus *corpus, w2v_error *err)
{
    size_t words = 0;
    for (size_t b = 0; b < corpus->n_blocks; b++) {
        if (corpus->blocks[b].has_pair) return W2V_OK;
        words += corpus->blocks[b].words;
    }
    return w2v__fail(err, W2V_ERROR_EMPTY,
                     words ? "no line of '%.200s' has two words of the vocabulary: a line is a sentence"
                           : "'%.200s' has no word of the vocabulary",
                     w2v__corpus_name_of(corpus));
}

// Reads the corpus, which is open: counts its words, chooses the vocabulary (the words of `given`, if that is
// not NULL), and keeps the ids unless these need more than corpus_memory.
static w2v_status w2v__corpus_read(w2v__corpus *corpus, const w2v_config *cfg, const w2v_vocab *given,
                                   w2v_vocab **vocab, w2v_error *err)
{
    w2v__corpus_counting counting;
    w2v_vocab *v = NULL;
    uint64_t words = 0;
    const int limited = !given && cfg->vocab_limit;
    memset(&counting, 0, sizeof counting);
    if (corpus->once && limited)
        return w2v__fail(
            err, W2V_ERROR_ARGUMENT,
            "'%.200s' can be read only once, and vocab_limit reads a text twice: write it to a file first",
            w2v__corpus_name_of(corpus));
    counting.corpus = corpus;
    counting.keep_ids = !limited;
    w2v_status status = w2v__corpus_count_words(&counting, cfg, given, &v, err);
    if (status == W2V_OK && (corpus->streamed || !counting.keep_ids)) {
        status = w2v__corpus_look_up(corpus, cfg, v, NULL, err);
    } else if (status == W2V_OK) {
        w2v__for_each(corpus->n_blocks, cfg->threads, w2v__corpus_encode_block, &counting);
        w2v__corpus_continue_weights(corpus);
    }
    const int exact = counting.words && !w2v__vocab_words_forgot(counting.words);
    w2v__vocab_words_free(counting.words);
    for (size_t b = 0; b < corpus->n_blocks; b++) corpus->words += corpus->blocks[b].words;
    for (uint32_t i = 0; v && i < w2v_vocab_size(v); i++) words += w2v_vocab_count(v, i);
    if (cfg->report) {
        cfg->report->words = corpus->words;
        cfg->report->long_words = counting.long_words;
    }
    if (status == W2V_OK && exact && words != corpus->words)
        status = w2v__corpus_changed(w2v__corpus_name_of(corpus), err);
    if (status == W2V_OK) status = w2v__corpus_check_unchanged(corpus, err);
    return w2v__vocab_give(vocab, v, status);
}

W2V_API w2v_status w2v_vocab_build(w2v_vocab **vocab, const w2v_source *sources, size_t n,
                                   const w2v_config *cfg, w2v_error *err)
{
    W2V_ASSERT(vocab && (sources || !n));
    w2v__corpus corpus;
    w2v__corpus_counting counting;
    w2v_config whole;
    w2v_status status = w2v__config_take(&w2v__schedule_fields_table, &whole, cfg, err);
    if (status != W2V_OK) return status;
    memset(&counting, 0, sizeof counting);
    counting.corpus = &corpus;
    status = w2v__corpus_open(&corpus, sources, n, err);
    if (status == W2V_OK) status = w2v__corpus_count_words(&counting, &whole, NULL, vocab, err);
    w2v__vocab_words_free(counting.words);
    w2v__corpus_free(&corpus);
    return status;
}
W2V__COLD_END

#endif  // W2V_NO_TRAIN
// -----------------------------------------------------------------------------------------------------------------
// >>model (implementation)

// Rows of whole vectors; not a multiple of 1 KiB apart, or the rows would
// compete for the same few lines of the cache.
static size_t w2v__model_row_stride(size_t dim)
{
    const size_t n = w2v__rows_floats(dim);
    return n % 256 ? n : n + 16;
}

// The matrices of a model, and sets of them.
enum { W2V__MODEL_IN, W2V__MODEL_OUT, W2V__MODEL_NODES, W2V__MODEL_MATRICES };
enum { W2V__MODEL_HAS_IN = 1, W2V__MODEL_HAS_OUT = 2, W2V__MODEL_HAS_NODES = 4 };

// NULL if the model has no such matrix.
W2V__INLINE float *w2v__model_matrix(const w2v_model *m, int matrix)
{
    return matrix == W2V__MODEL_IN ? m->input : matrix == W2V__MODEL_OUT ? m->output : m->nodes;
}

static float **w2v__model_matrix_at(w2v_model *m, int matrix)
{
    return matrix == W2V__MODEL_IN ? &m->input : matrix == W2V__MODEL_OUT ? &m->output : &m->nodes;
}

// Takes the vocabulary over if it succeeds. The vectors are zero; without W2V__MODEL_HAS_IN the caller has
// those.
static w2v_status w2v__model_alloc(w2v_model **model, w2v_vocab *vocab, size_t dim, unsigned matrices,
                                   w2v_error *err)
{
    w2v_model *m = (w2v_model *)w2v__new_zeros(1, sizeof *m, err);
    if (!m) return W2V_ERROR_MEMORY;
    const size_t size = m->size = vocab->size;
    m->dim = dim;
    m->stride = w2v__model_row_stride(dim);
    m->length = w2v__new_floats(size, err);
    int made = m->length != NULL;
    for (int matrix = 0; matrix < W2V__MODEL_MATRICES; matrix++) {
        if (!(matrices >> matrix & 1)) continue;
        *w2v__model_matrix_at(m, matrix) = w2v__new_floats(w2v__mul(size, m->stride), err);
        made &= w2v__model_matrix(m, matrix) != NULL;
    }
    if (!made) {
        w2v_model_free(m);
        return W2V_ERROR_MEMORY;
    }
    m->vocab = vocab;
    *model = m;
    return W2V_OK;
}

W2V_API w2v_status w2v_model_new(w2v_model **m, const char *const *word, const uint64_t *count, size_t V,
                                 size_t dim, const float *in, const float *out, w2v_error *err)
{
    W2V_ASSERT(m && ((word && in) || !V));
    w2v_status status = w2v__kernels_check_cpu(err);
    if (status != W2V_OK) return status;
    if (V < 1 || V >= W2V_NONE || dim < 1)
        return w2v__fail(err, W2V_ERROR_ARGUMENT, "a model cannot have %zu words of %zu dimensions", V, dim);
    unsigned matrices = W2V__MODEL_HAS_IN;
    if (out) matrices |= W2V__MODEL_HAS_OUT;
    w2v_vocab *vocab = NULL;
    w2v_model *made = NULL;
    status = w2v__vocab_of(&vocab, word, count, V, err);
    if (status == W2V_OK) status = w2v__model_alloc(&made, vocab, dim, matrices, err);
    for (size_t i = 0; status == W2V_OK && i < V; i++) {
        memcpy(made->input + i * made->stride, in + i * dim, dim * sizeof *in);
        if (out) memcpy(made->output + i * made->stride, out + i * dim, dim * sizeof *out);
        for (size_t k = 0; k < dim && status == W2V_OK; k++)
            if (!w2v__is_finite(in[i * dim + k]) || (out && !w2v__is_finite(out[i * dim + k])))
                status =
                    w2v__fail(err, W2V_ERROR_ARGUMENT, "number %zu of the %svector of '%.100s' is not finite",
                              k + 1, w2v__is_finite(in[i * dim + k]) ? "output " : "", word[i]);
    }
    if (status == W2V_OK) {
        w2v_model_changed(made);
        *m = made;
        return W2V_OK;
    }
    if (!made) w2v_vocab_free(vocab);
    w2v_model_free(made);
    return status;
}

// Whether rows are in the storage, which may be NULL.
static int w2v__model_is_stored(const w2v__files_parts *storage, const float *rows)
{
    const uintptr_t at = (uintptr_t)rows, begin = storage ? (uintptr_t)storage->bytes : 0;
    return begin && at >= begin && at - begin < storage->size;
}

static void w2v__model_free_rows(const w2v__files_parts *storage, float *rows)
{
    if (!w2v__model_is_stored(storage, rows)) w2v__free_aligned(rows);
}

W2V_API void w2v_model_free(w2v_model *m)
{
    if (!m) return;
    w2v__files_parts *storage = (w2v__files_parts *)m->storage;
    w2v_vocab_free(m->vocab);
    w2v__model_free_rows(storage, m->input);
    w2v__model_free_rows(storage, m->output);
    w2v__model_free_rows(storage, m->nodes);
    w2v__model_free_rows(storage, m->length);
    w2v__files_parts_close(storage);
    W2V_FREE(storage);
    W2V_FREE(m);
}

// The length of a vector. One that w2v_cosine would not use, because its square is no ordinary float, is 0.
static float w2v__model_length_of(const float *x, size_t dim)
{
    const float square = w2v__kernels_in_use()->dot(x, x, dim);
    return w2v__is_ordinary(square) ? sqrtf(square) : 0.0f;
}

W2V_API void w2v_model_changed(w2v_model *m)
{
    W2V_ASSERT(m);
    for (size_t i = 0; i < m->size; i++)
        m->length[i] = w2v__model_length_of(m->input + i * m->stride, m->dim);
}

W2V_API const w2v_vocab *w2v_model_vocab(const w2v_model *m)
{
    W2V_ASSERT(m);
    return m->vocab;
}

W2V_API void w2v_model_rows(const w2v_model *m, w2v_matrix *rows)
{
    W2V_ASSERT(m && rows);
    *rows = w2v_model_input(m);
}

W2V_API const float *w2v_model_vector(const w2v_model *m, const char *word)
{
    W2V_ASSERT(m && word);
    const uint32_t id = w2v_vocab_find(m->vocab, word);
    return id == W2V_NONE ? NULL : m->input + id * m->stride;
}

#ifndef W2V_NO_TRAIN
// -----------------------------------------------------------------------------------------------------------------
// >>tokens (implementation)
//
// From blocks of text to chunks. A chunk is what a lane trains between two merges of all rows (>>lanes): some
// thousand words that are centres of windows, the words around them, and a pool of words drawn from the noise
// distribution, from which all its negatives are taken. Its distinct words are numbered, those of the text
// first, then those that only the pool has. What a step needs to know of a word is the element of an array at
// that number, so nothing in the hot loop searches, draws from an alias table, or asks where a row is
// trained.
//
// Pools of 1,024 to 4,096 words for 64 KiB of text change no score of the evaluation sets by half a point,
// except that 1,024 lose 1.5 points of SimLex-999 on a corpus of novels. A pool of 256 loses 2 points
// everywhere.

enum {
    W2V__TOKENS_LEAST_POOL = 64,
    W2V__TOKENS_LARGEST_POOL = 4096,
    W2V__TOKENS_ROWS = 32768  // of all matrices in a chunk, about: 14 MiB with 100 dimensions
};

// The rows of a matrix that a chunk visits, by number; none if the model has no such matrix.
typedef struct w2v__tokens_rows {
    size_t n;
    const uint32_t *id;  // (n)
    float **row;         // (n) where they are trained
    float ***shared;     // (n) where to note that, for rows that chunks of other lanes have, too; else NULL
} w2v__tokens_rows;

typedef struct w2v__tokens_chunk {
    size_t begin, end;         // positions of its centres in the text,
    size_t from, to;           // and of all words in their windows
    size_t windows;            // how many centres; the other positions are ends of sentences
    uint32_t *number;          // (n) of the word at a position; W2V_NONE where a sentence ends
    uint32_t *distinct_from;   // (n) the words from there up to a position are distinct
    float **in;                // (n) the input row of the word at a position
    size_t text_words, words;  // distinct ones of the text; and of text and pool
    uint32_t *word;            // (words) ids
    uint32_t *last;            // (words) the position after the last occurrence
    uint32_t *centres;         // (words) windows around it
    uint32_t *drawn;           // (words) how often the pool has it
    uint32_t *number_of_word;  // (V) W2V_NONE for those that are not in the chunk
    uint32_t *pool;            // (pool_size) numbers
    size_t pool_size;          // a power of two, or 0
    // Hierarchical softmax
    size_t nodes;
    uint32_t *node;            // (nodes) ids
    uint32_t *node_visits;     // (nodes) windows whose centre has it on its path
    uint32_t *number_of_node;  // (V)
    uint32_t *path;            // 2 x number of a node + code, from the root to every centre
    uint32_t *path_begin;      // (text_words + 1) where a word's begins
    size_t path_capacity;
    w2v__tokens_rows rows[W2V__MODEL_MATRICES];
} w2v__tokens_chunk;

// The text of a lane: a block of the corpus after subsampling, and how far it is trained.
typedef struct w2v__tokens {
    uint32_t *kept;  // (n) words, and W2V_NONE at the end of every sentence
    size_t n;
    size_t block;                   // in the order of training, over all epochs: see w2v__tokens_block_at
    int begun;                      // it has been read
    size_t next;                    // where the next window has its centre
    size_t sentence, sentence_end;  // the sentence of `next`
    size_t alpha_at;                // where the learning rate was last computed
    float alpha;
    uint64_t trained;                   // words kept, of all texts so far
    float *weights;                     // (sentences) NULL if they have none
    float weight;                       // of the sentence of `next`
    size_t sentences, sentences_begun;  // of the text
    w2v_random random;                  // subsampling, sizes of windows
    w2v_random noise;                   // pools and negatives
    w2v__corpus_reader reader;          // if the corpus is streamed
    w2v__tokens_chunk chunk;
} w2v__tokens;

// All that training is between two runs.
struct w2v_trainer {
    w2v_config cfg;
    w2v_train_report report;
    w2v__corpus corpus;
    w2v_model *m;         // NULL: it has been taken
    w2v__vocab_item *given;  // (V) its words in the order of the vocabulary that was given; NULL: none was
    int vectors_changed;  // since m->length was computed
    int pairwise;         // every pair is a step
    size_t span;          // T, windows in a span
    size_t negatives;     // N, in a step
    size_t draws;         // of N negatives in a span: 1; CBOW with hierarchical softmax: one for each window
    w2v_alias noise;      // where pools of negatives are drawn from
    double noise_total;   // sum of its weights
    w2v_huffman tree;     // hierarchical softmax
    size_t longest_path;
    double path_length;                // mean over the words of an epoch
    unsigned char *frozen;             // (V) whether a word keeps its vectors; NULL if all are trained
    int freezes_outputs;               // there were output vectors to start with
    float *best[W2V__MODEL_MATRICES];  // the rows with the lowest loss of a validation; NULL before
    w2v__corpus valid;                 // what is validated with
    size_t validations;
    size_t epoch;                    // of the last round,
    w2v__schedule_loss epoch_loss;   // and its loss so far
    w2v__schedule_loss loss_before;  // what that was when the last run began
    uint64_t trained_before;        // by a trainer whose checkpoint was loaded
    // (V + 1, used up to frequent) A word stays in the corpus if 32 random bits are at most this; the last
    // entry serves all rarer words.
    uint32_t *keep;
    size_t frequent;         // words that may be dropped: the first of the vocabulary
    double kept;             // words that subsampling keeps in an epoch, on average
    uint64_t *words_before;  // (n_blocks) words of an epoch before a block, in the order of training
    double windows_per_visit;           // windows in which an output row is visited once, on average
    double window_pairs;                // of context words and a centre
    double pairs[W2V__MODEL_MATRICES];  // that a visit trains a row on
    double moves[W2V__MODEL_MATRICES];  // how far a visit moves a row of these chunks at the learning rate 1
    size_t interval;                    // windows of a lane between two merges
    size_t n_lanes;
    struct w2v__step_lane *lanes;
    struct w2v__lanes_part *parts;            // (the smaller of threads and lanes)
    uint32_t *place_of[2];                    // (V) of words, of nodes: in a part, while chunks are planned
    size_t interval_at;                       // of these chunks
    int chunks_end;                           // the lanes have trained their chunks
    size_t next;                              // block in the order of training: all before are done
    double seconds;                           // of training so far
    w2v_status status;                        // the failure that ended the training
    w2v__schedule_queue queue;                // of the run at work,
    w2v__schedule_stages stages;              // and its stages
};

// Room for texts of at most n positions, and their chunks. (See w2v__carve.)
static void w2v__tokens_carve(w2v__tokens *k, const w2v_trainer *t, size_t n, w2v__arena *arena)
{
    const size_t V = t->m->size, pool = t->negatives ? (size_t)W2V__TOKENS_LARGEST_POOL : 0,
                 words = t->cfg.loss_type == W2V_LOSS_SOFTMAX ? V : w2v__min_size(V, w2v__add(n, pool));
    w2v__tokens_chunk *c = &k->chunk;
    k->kept = W2V__CARVE(arena, uint32_t, n);
    if (t->corpus.weighted) k->weights = W2V__CARVE(arena, float, n);
    c->number = W2V__CARVE(arena, uint32_t, n);
    c->distinct_from = W2V__CARVE(arena, uint32_t, n);
    c->in = W2V__CARVE(arena, float *, n);
    c->word = W2V__CARVE(arena, uint32_t, words);
    c->last = W2V__CARVE(arena, uint32_t, words);
    c->centres = W2V__CARVE(arena, uint32_t, words);
    c->drawn = W2V__CARVE(arena, uint32_t, words);
    c->number_of_word = W2V__CARVE(arena, uint32_t, V);
    c->pool = W2V__CARVE(arena, uint32_t, W2V__TOKENS_LARGEST_POOL);
    if (t->m->nodes) {
        c->node = W2V__CARVE(arena, uint32_t, V);
        c->node_visits = W2V__CARVE(arena, uint32_t, V);
        c->number_of_node = W2V__CARVE(arena, uint32_t, V);
        c->path_begin = W2V__CARVE(arena, uint32_t, words + 1);
    }
    for (int matrix = 0; matrix < W2V__MODEL_MATRICES; matrix++) {
        const size_t rows = matrix == W2V__MODEL_NODES ? V : words;
        if (!w2v__model_matrix(t->m, matrix)) continue;
        c->rows[matrix].id = matrix == W2V__MODEL_NODES ? c->node : c->word;
        c->rows[matrix].row = W2V__CARVE(arena, float *, rows);
        c->rows[matrix].shared = W2V__CARVE(arena, float **, rows);
    }
}

// Which block of the corpus is the i-th that is trained. Every lane has a section of the corpus, so that
// lanes train different topics beside each other; what does not fill a round of all lanes comes last.
static size_t w2v__tokens_block_at(const w2v_trainer *t, size_t i)
{
    const size_t at = i % t->corpus.n_blocks, rounds = t->corpus.n_blocks / t->n_lanes;
    return at < rounds * t->n_lanes ? at % t->n_lanes * rounds + at / t->n_lanes : at;
}

// Words of the vocabulary before a block, in the order of training.
static uint64_t w2v__tokens_words_until(const w2v_trainer *t, size_t block)
{
    const size_t blocks = t->corpus.n_blocks;
    return block / blocks * t->corpus.words + t->words_before[block % blocks];
}

// The sentence that began at `first` and ends at n stays, unless it has fewer than two words and so no pair.
// Returns where the next one begins.
W2V__INLINE size_t w2v__tokens_end_sentence(w2v__tokens *k, size_t first, size_t n, const float *weight)
{
    if (n - first < 3) return first;
    if (k->weights) k->weights[k->sentences] = *weight;
    k->sentences++;
    return n;
}

// Subsampling (Mikolov et al. 2013, section 2.3, as in their program): a word stays with probability sqrt(r)
// + r for r = sample * words of the corpus / count of the word.
static void w2v__tokens_subsample(w2v__tokens *k, const w2v_trainer *t, const w2v__corpus_block *block)
{
    const uint32_t *const keep = t->keep, *const ids = block->ids;
    const float *weight = block->weights;
    uint32_t *const kept = k->kept;
    const size_t frequent = t->frequent;
    w2v_random random = k->random;
    size_t n = k->n, sentence = n;
    for (size_t i = 0; i < block->n; i++) {
        kept[n] = ids[i];  // a branch would be wrong half of the time
        n += (uint32_t)(w2v_random_next(&random) >> 32) <= keep[w2v__min_size(ids[i], frequent)];
        if (ids[i] != W2V_NONE) continue;
        sentence = n = w2v__tokens_end_sentence(k, sentence, n, weight);
        if (weight) weight++;
    }
    kept[n++] = W2V_NONE;
    k->n = w2v__tokens_end_sentence(k, sentence, n, weight);
    k->random = random;
}

static void w2v__tokens_begin_sentence(w2v__tokens *k, size_t first)
{
    k->weight = k->weights && first < k->n ? k->weights[k->sentences_begun++] : 1.0f;
    k->next = k->sentence = k->sentence_end = first;
    while (k->sentence_end < k->n && k->kept[k->sentence_end] != W2V_NONE) k->sentence_end++;
}

// Reads the block, and keeps the words that are trained on. Random numbers belong to the block, not to the
// lane or the thread.
static w2v_status w2v__tokens_begin(w2v__tokens *k, const w2v_trainer *t, w2v_error *err)
{
    const size_t b = w2v__tokens_block_at(t, k->block);
    w2v__corpus_block block = t->corpus.blocks[b];
    k->random = w2v_random_stream(t->cfg.seed, 2 * (uint64_t)k->block);
    k->noise = w2v_random_stream(t->cfg.seed, 2 * (uint64_t)k->block + 1);
    k->begun = 1;
    k->n = k->sentences = k->sentences_begun = 0;
    if (t->corpus.streamed) {
        const w2v_status status = w2v__corpus_read_again(&k->reader, b, err);
        if (status != W2V_OK) return status;
        block.ids = k->reader.ids;
        block.weights = k->reader.weights;
    }
    w2v__tokens_subsample(k, t, &block);
    k->trained += k->n - k->sentences;
    w2v__tokens_begin_sentence(k, 0);
    return W2V_OK;
}

// The number of a word, which gets one if it has none.
W2V__INLINE uint32_t w2v__tokens_number(w2v__tokens_chunk *c, uint32_t id)
{
    uint32_t *const number = &c->number_of_word[id];
    if (*number == W2V_NONE) {
        const size_t j = c->words++;
        *number = (uint32_t)j;
        c->word[j] = id;
        c->last[j] = c->centres[j] = c->drawn[j] = 0;
    }
    return *number;
}

// Numbers the words of the text from c->from on: to its end or, if there are several lanes, until the chunk
// has as many distinct ones as it may have rows for.
static void w2v__tokens_number_text(w2v__tokens *k, const w2v_trainer *t)
{
    w2v__tokens_chunk *c = &k->chunk;
    const size_t least = c->begin + t->cfg.window + 1,
                 most = t->n_lanes > 1 ? (W2V__TOKENS_ROWS - W2V__TOKENS_LARGEST_POOL) / 2 : SIZE_MAX;
    uint32_t distinct = (uint32_t)c->from;
    size_t p = c->from;
    for (; p < k->n && (c->words < most || p < least); p++) {
        c->number[p] = W2V_NONE;
        c->distinct_from[p] = distinct;
        if (k->kept[p] == W2V_NONE) continue;
        const uint32_t j = w2v__tokens_number(c, k->kept[p]);
        c->number[p] = j;
        distinct = c->last[j] > distinct ? c->last[j] : distinct;
        c->distinct_from[p] = distinct;
        c->last[j] = (uint32_t)p + 1;
    }
    c->text_words = c->words;
    c->to = p;
    c->end = p == k->n ? p : p - t->cfg.window;
    for (p = c->begin; p < c->end; p++) {
        if (c->number[p] == W2V_NONE) continue;
        c->centres[c->number[p]]++;
        c->windows++;
    }
}

// Hierarchical softmax: numbers the nodes on the paths of the centres.
static w2v_status w2v__tokens_number_paths(w2v__tokens *k, const w2v_trainer *t, w2v_error *err)
{
    w2v__tokens_chunk *c = &k->chunk;
    size_t n = 0;
    for (size_t j = 0; j < c->text_words; j++) {
        const size_t first = t->tree.begin[c->word[j]], end = t->tree.begin[c->word[j] + 1];
        c->path_begin[j] = (uint32_t)n;
        if (!c->centres[j]) continue;
        const w2v_status status =
            w2v__grow(&c->path, &c->path_capacity, n + end - first, sizeof *c->path, err);
        if (status != W2V_OK) return status;
        for (size_t at = first; at < end; at++) {
            uint32_t *const number = &c->number_of_node[t->tree.node[at]];
            if (*number == W2V_NONE) {
                *number = (uint32_t)c->nodes;
                c->node[c->nodes] = t->tree.node[at];
                c->node_visits[c->nodes++] = 0;
            }
            c->node_visits[*number] += c->centres[j];
            c->path[n++] = 2 * *number + t->tree.code[at];
        }
    }
    c->path_begin[c->text_words] = (uint32_t)n;
    return W2V_OK;
}

// The next chunk of the text; at its end it is empty.
static w2v_status w2v__tokens_begin_chunk(w2v__tokens *k, const w2v_trainer *t, w2v_error *err)
{
    w2v__tokens_chunk *c = &k->chunk;
    w2v_status status = W2V_OK;
    for (size_t j = 0; j < c->words; j++) c->number_of_word[c->word[j]] = W2V_NONE;
    for (size_t j = 0; j < c->nodes; j++) c->number_of_node[c->node[j]] = W2V_NONE;
    for (int matrix = 0; matrix < W2V__MODEL_MATRICES; matrix++) c->rows[matrix].n = 0;
    c->words = c->text_words = c->nodes = c->pool_size = c->windows = 0;
    c->begin = c->end = c->to = k->next;
    c->from = k->next - w2v__min_size(k->next, t->cfg.window);
    if (k->next == k->n) return W2V_OK;
    w2v__tokens_number_text(k, t);
    if (t->negatives) {  // a pool of a quarter to a half as many words as the chunk has centres
        c->pool_size = W2V__TOKENS_LEAST_POOL;
        while (c->pool_size < W2V__TOKENS_LARGEST_POOL && 4 * c->pool_size <= c->windows) c->pool_size *= 2;
    }
    for (size_t i = 0; i < c->pool_size; i++) {
        c->pool[i] = w2v__tokens_number(c, w2v_alias_draw(&t->noise, &k->noise));
        c->drawn[c->pool[i]]++;
    }
    for (uint32_t id = 0; id < t->m->size && t->cfg.loss_type == W2V_LOSS_SOFTMAX; id++)
        w2v__tokens_number(c, id);
    if (t->m->nodes) status = w2v__tokens_number_paths(k, t, err);
    const size_t rows[W2V__MODEL_MATRICES] = {c->text_words, c->words, c->nodes};
    for (int matrix = 0; matrix < W2V__MODEL_MATRICES; matrix++) {
        w2v__tokens_rows *r = &c->rows[matrix];
        if (!r->row) continue;
        r->n = rows[matrix];
        memset(r->shared, 0, r->n * sizeof *r->shared);
    }
    return status;
}

// -----------------------------------------------------------------------------------------------------------------
// >>step (implementation)
//
// The unit of work is a step: input rows meet output rows, every input every output. The coefficient of a
// pair says whether the two are pulled together or pushed apart, and how strongly; 0 leaves a pair alone.
// Input rows are those of context words, output rows those of centre words and negatives. A step is a span of
// windows (its context words; its centre words and the negatives that the span shares), a single window, or a
// single pair. (With hierarchical softmax a span of CBOW has a step for each window.) A word that occurs
// twice among the inputs or outputs is one row with the sum of its coefficients.
//
// From the chunk to the rows: w2v__step_train_until (learning rate), w2v__step_train_span (windows),
// w2v__step_build_skipgram or w2v__cbow_build (inputs, outputs and coefficients), w2v__step_compute (scores,
// gradients, update).
//
// Inputs are the context words for skip-gram, and for CBOW the mean of each window's context rows, whose
// change goes back to these rows. Outputs are the centre words and negatives for negative sampling; for
// hierarchical softmax the inner nodes on the path of the centre word, which are pulled (code 0) or pushed
// (code 1) by all inputs; for softmax all words.
//
// In a span of T windows with N shared negatives, an input that lies in c of the windows meets each negative
// once with c K / N times the weight, instead of meeting K negatives c times. Quality depends on N / T, the
// number of distinct negatives for each centre: it must not become small.

// All inputs of a step move a negative from its old place. Very many inputs move it too far, so wide windows
// are split: with some 300 inputs the vectors grew without end at the usual learning rate.
enum { W2V__STEP_MAX_INPUTS = 128 };
// Prefetch distance in steps (for words: in spans).
enum { W2V__STEP_AHEAD = 2 };

// Negatives, drawn W2V__STEP_AHEAD steps before they are used.
typedef struct w2v__step_negatives {
    size_t n;         // N, in a step
    uint32_t *drawn;  // (2 W2V__STEP_AHEAD, N) numbers of words, of this step and of later ones, in a ring
    size_t slot;      // of the ring, for the next step
    float *weight;    // (16 + N + nodes + 16) of outputs: zeros for centres; -K / N for the negatives of an
                      // input in one window; 1 or -1 for nodes
    int weights_changed;  // by the last step
} w2v__step_negatives;

// Input rows that meet output rows, and what it takes to compute that. Words are numbers of the chunk.
typedef struct w2v__step {
    float **out, **in;  // (outputs), (inputs) rows, none twice
    float **change;   // CBOW: (inputs) rows that get the changes of the inputs; NULL: the inputs are changed
    float **context;  // (contexts) rows of words; skip-gram: the inputs; CBOW: those that the means are of
    uint32_t *out_word;            // (outputs - nodes) the centres, then the negatives
    const uint32_t *context_word;  // (contexts) whose rows they are
    // Instead of the chunk's words and rows where words repeat, where the centre of a single window is left
    // out, or for copies of frozen rows
    float **own_context;
    uint32_t *own_word;
    uint32_t *context_at;  // (words) which of the contexts the word at a position is
    float *coef;           // (inputs, outputs) by strips, as the kernels take them; softmax: (inputs)
    float *score;          // (inputs, outputs) by strips
    float *old;            // (inputs, 16)
    float *frozen;         // (contexts + outputs, stride) copies of frozen rows; NULL if no word is frozen
    float *row;            // softmax: (outputs)
    float *input_loss;     // softmax: (inputs)
    size_t inputs, outputs, contexts;
    size_t nodes;     // at the end of the outputs
    uint32_t centre;  // the first
    float alpha;      // learning rate
} w2v__step;

// A lane: what chunks are trained with, one after another. In a step it reads nothing that shares a cache
// line with what another lane writes.
typedef struct w2v__step_lane {
    const w2v_trainer *t;
    const w2v__kernels *kernels;
    size_t row_floats;  // of a row, with its padding
    size_t window, span;
    float fade;            // of the windows
    size_t most_contexts;  // of a step
    int cbow;
    // CBOW: the inputs of the steps of a span. The first outputs, means.pairs centres, are met by their own
    // mean only; the coefficients and scores of these pairs follow those of the others.
    w2v__k_means means;
    double alphas;             // sum of the learning rates of those of the chunk,
    double alphas_merged[16];  // (W2V__LANES_PERIODS) and what it was when rows of a period were last merged
    double square[W2V__MODEL_MATRICES];  // mean of the squared lengths of some rows of the chunk
    size_t steps;  // since one whose loss was computed; the number of a block says where it begins there
    w2v__schedule_loss loss;  // of those since w2v__lanes_note_progress
    w2v__tokens tokens;
    w2v__step_negatives negatives;
    w2v__k_windows windows;  // CBOW: a mean counts as one word beside its centre
    w2v__step step;
    w2v__v_prefetch_list prefetch;  // rows of later steps, w2v__step_most_prefetches at most
    char *memory;                   // of all arrays above
    float *copies;                  // (copies_capacity) rows that other lanes visit as well: see >>lanes
    size_t copies_capacity;
    w2v_status status;
    w2v_error error;
    char padding[W2V__LINES];
} w2v__step_lane;

static void w2v__step_reset_negative_weights(w2v__step_lane *w)
{
    const size_t N = w->negatives.n;
    const float push = N ? -(float)w->t->cfg.negative / (float)N : 0.0f;
    for (size_t k = 0; k < N; k++) w->negatives.weight[W2V__K_MAX_SPAN + k] = push;
    if (w->t->cfg.loss_type == W2V_LOSS_SOFTMAX)
        w->negatives.weight[W2V__K_MAX_SPAN] = 1.0f;  // see w2v__step_build_skipgram
    w->negatives.weights_changed = 0;
}

// A span prefetches up to T + 1 words in both matrices, their paths and the negatives that it draws.
W2V__INLINE size_t w2v__step_most_prefetches(const w2v__step_lane *w)
{
    return (2 + w->t->longest_path) * (w->span + 1) + w->negatives.n * w->t->draws;
}

// Prefetch stride in floats, modulo n, coprime to the line count n / 16, so every line is prefetched once.
// Sequential order would start the hardware prefetcher, which runs past the row and steals other cores'
// lines. (With 2, 3, 4 or 6 lines some are in sequence all the same.)
static size_t w2v__step_fetch_stride(size_t n)
{
    static const size_t prime[] = {3, 5, 7, 11, 13, 17};  // their product is more than the lines of any row
    const size_t lines = n / 16;
    size_t i = 0;
    while (i + 1 < sizeof prime / sizeof *prime && lines % prime[i] == 0) i++;
    return prime[i] % lines * 16;
}

// The most that a step can have.
typedef struct w2v__step_sizes {
    size_t outputs, inputs, contexts, pairs;
} w2v__step_sizes;

static w2v__step_sizes w2v__step_largest(const w2v_trainer *t)
{
    const int softmax = t->cfg.loss_type == W2V_LOSS_SOFTMAX, cbow = t->cfg.architecture == W2V_CBOW;
    const size_t reach = 2 * t->cfg.window + t->span, T = t->span;
    w2v__step_sizes z;
    z.outputs = softmax ? t->m->size : T + t->negatives + t->longest_path;
    z.contexts = cbow ? reach : t->pairwise ? 1 : w2v__min_size(reach, softmax ? 16 : W2V__STEP_MAX_INPUTS);
    z.inputs = cbow ? T : z.contexts;
    z.pairs = w2v__add(w2v__mul(z.inputs, z.outputs), 47) / 16 * 16;
    return z;
}

// Room for a lane whose texts have at most n positions.
static void w2v__step_carve(w2v__step_lane *w, size_t n, w2v__arena *arena)
{
    const w2v_trainer *t = w->t;
    const w2v__step_sizes z = w2v__step_largest(t);
    const size_t N = t->negatives, stride = t->m->stride;
    w2v__step *s = &w->step;
    s->coef = W2V__CARVE(arena, float, z.pairs);
    s->score = W2V__CARVE(arena, float, z.pairs);
    s->old = W2V__CARVE(arena, float, 16 * z.inputs);
    s->input_loss = W2V__CARVE(arena, float, z.inputs);
    s->row = W2V__CARVE(arena, float, z.outputs + 16);
    s->out = W2V__CARVE(arena, float *, z.outputs);
    s->out_word = W2V__CARVE(arena, uint32_t, z.outputs);
    s->own_context = W2V__CARVE(arena, float *, z.contexts);
    s->own_word = W2V__CARVE(arena, uint32_t, z.contexts);
    s->context_at = W2V__CARVE(arena, uint32_t, z.contexts);
    if (t->frozen) s->frozen = W2V__CARVE(arena, float, w2v__mul(z.outputs + z.contexts, stride));
    w->windows.count = W2V__CARVE(arena, float, z.contexts + 16);
    w->negatives.weight = W2V__CARVE(arena, float, W2V__K_MAX_SPAN + N + z.outputs + 16);
    w->negatives.drawn = W2V__CARVE(arena, uint32_t, 2 * W2V__STEP_AHEAD * N);
    w->prefetch.row = W2V__CARVE(arena, float *, w2v__step_most_prefetches(w));
    for (size_t i = 0; w->cbow && i < z.inputs; i++) {
        w->means.mean[i] = W2V__CARVE(arena, float, stride);
        w->means.change[i] = W2V__CARVE(arena, float, stride);
    }
    if (w->cbow) w->means.running = W2V__CARVE(arena, float, (z.contexts + 1) * 16 * W2V__K_MOST_ABREAST);
    w2v__tokens_carve(&w->tokens, t, n, arena);
}

static w2v_status w2v__step_lane_init(w2v__step_lane *w, const w2v_trainer *t, size_t n, w2v_error *err)
{
    w2v__arena arena = {NULL, 0};
    w->t = t;
    w->kernels = w2v__kernels_in_use();
    w->row_floats = w2v__rows_floats(t->m->dim);
    w->window = t->cfg.window;
    w->fade = t->cfg.window_shape == W2V_WINDOW_WEIGHTED ? 1.0f / (float)t->cfg.window : 0.0f;
    w->cbow = t->cfg.architecture == W2V_CBOW;
    w->span = t->span;
    w->most_contexts = w2v__step_largest(t).contexts;
    w->negatives.n = t->negatives;
    w->prefetch.stride = w2v__step_fetch_stride(w->row_floats);
    w2v__step_carve(w, n, &arena);
    w->memory = arena.memory = (char *)w2v__new_aligned(arena.bytes, 1, err);
    if (!w->memory) return W2V_ERROR_MEMORY;
    arena.bytes = 0;
    w2v__step_carve(w, n, &arena);
    w2v__step_reset_negative_weights(w);
    if (w->cbow) {
        w->windows.centre[0] = -1.0f;
        w->windows.reach2[0] = 1.0f;
        for (size_t i = 0; i < W2V__K_MAX_SPAN; i++) w->windows.count[i] = 1.0f;
    } else {
        w->windows.fade = w->fade;
    }
    w2v__tokens *k = &w->tokens;
    memset(k->chunk.number_of_word, 0xff, t->m->size * sizeof(uint32_t));
    if (t->m->nodes) memset(k->chunk.number_of_node, 0xff, t->m->size * sizeof(uint32_t));
    if (!t->corpus.streamed) return W2V_OK;
    return w2v__corpus_reader_open(&k->reader, &t->corpus, t->m->vocab, err);
}

// A score of a step is not finite: either a row of it is not, or rows have grown so long that their product
// is not. The word is that of the row, or else the (first) centre.
W2V__COLD static w2v_status w2v__step_diverged(w2v__step_lane *w)
{
    const w2v__step *s = &w->step;
    const size_t rows = s->contexts + s->outputs;
    size_t r = 0;  // of the outputs, then the contexts
    while (r < rows &&
           w->kernels->finite(r < s->outputs ? s->out[r] : s->context[r - s->outputs], w->row_floats))
        r++;
    const int node = r < s->outputs && r >= s->outputs - s->nodes;
    uint32_t word = s->centre;
    if (r < s->outputs && !node) word = s->out_word[r];
    if (r >= s->outputs && r < rows) word = s->context_word[r - s->outputs];
    return w2v__fail(&w->error, W2V_ERROR_DIVERGED,
                     "training diverged: the %s of '%.200s' is not finite in epoch %zu at learning rate %g",
                     node       ? "vector of an inner node on the path"
                     : r < rows ? "vector"
                                : "score",
                     w2v_vocab_word(w->t->m->vocab, w->tokens.chunk.word[word]),
                     w->tokens.block / w->t->corpus.n_blocks + 1,
                     (double)(s->alpha / (w->tokens.weight > 0.0f ? w->tokens.weight : 1.0f)));
}

// From scores to steps for a softmax over the ny columns, one of which is the target: c (nx) is the learning
// rate times how often an input counts. The step of input i is c_i (y - softmax(x)), with y = 1 for the
// target. loss (nx) is -log softmax(x)[target], for each input; row has room for ny floats, rounded up to 16.
static int w2v__step_softmax(const w2v__kernels *k, const float *c, size_t target, float *s, size_t nx,
                             size_t ny, float *row, float *loss)
{
    int finite = 1;
    for (size_t i = 0; i < nx; i++) {
        for (size_t j = 0, width; j < ny; j += width) {
            width = w2v__min_size(ny - j, k->tile_j);
            memcpy(row + j, s + nx * j + i * width, width * sizeof *row);
        }
        finite = finite && k->finite(row, ny);
        const float score = row[target];
        loss[i] = k->softmax(row, row, ny) - score;
        k->scale(-c[i], row, ny);
        row[target] += c[i];
        for (size_t j = 0, width; j < ny; j += width) {
            width = w2v__min_size(ny - j, k->tile_j);
            memcpy(s + nx * j + i * width, row + j, width * sizeof *row);
        }
    }
    return finite;
}

// From the scores of a step, and as many coefficients, to gradients; returns whether all scores are finite.
static int w2v__step_gradients(w2v__step_lane *w, size_t scores)
{
    w2v__step *s = &w->step;
    const w2v__kernels *k = W2V__KERNELS_OF(w);
    int loss_is_due = w->t->cfg.loss_every && ++w->steps >= w->t->cfg.loss_every;
    if (loss_is_due) {
        w->steps = 0;
        loss_is_due = w2v__is_ordinary(s->alpha);  // it divides; 0: a sentence of weight 0
    }
    for (size_t q = 0; q < w->windows.words && loss_is_due; q++)
        w->loss.pairs += (double)w->windows.count[q];  // each counts as the window says
    if (w->t->cfg.loss_type == W2V_LOSS_SOFTMAX) {
        const int finite =
            w2v__step_softmax(k, s->coef, s->centre, s->score, s->inputs, s->outputs, s->row, s->input_loss);
        for (size_t i = 0; i < s->inputs && loss_is_due; i++)
            w->loss.loss += (double)s->input_loss[i] * (double)s->coef[i] / (double)s->alpha;
        return finite;
    }
    if (loss_is_due) {
        float sums[16] = {0.0f};
        k->loss(s->coef, s->score, scores, 1.0f / s->alpha, sums);
        for (size_t i = 0; i < 16; i++) w->loss.loss += (double)sums[i];
    }
    return k->gradients(s->coef, s->score, scores);
}

// Puts copies in the place of frozen rows of words, so that what the step does to them is lost.
static void w2v__step_copy_frozen(w2v__step_lane *w, float **row, const uint32_t *word, size_t n,
                                  float *copies)
{
    const size_t stride = w->t->m->stride;
    for (size_t r = 0; r < n; r++) {
        if (!w->t->frozen[w->tokens.chunk.word[word[r]]]) continue;
        row[r] = (float *)memcpy(copies + r * stride, row[r], stride * sizeof(float));
    }
}

// Draws negatives from the pool (2^12 at most: W2V__TOKENS_LARGEST_POOL) into a slot of the ring.
static void w2v__step_draw_negatives(w2v__step_lane *w, size_t slot)
{
    enum { BITS = 12, DRAWS = 64 / BITS };
    const w2v__tokens_chunk *c = &w->tokens.chunk;
    const size_t N = w->negatives.n, mask = c->pool_size - 1;
    uint32_t *const drawn = w->negatives.drawn + slot * N;
    uint64_t bits = 0;
    for (size_t k = 0; k < N; k++) {
        bits = k % DRAWS ? bits >> BITS : w2v_random_next(&w->tokens.noise);
        drawn[k] = c->pool[bits & mask];
    }
}

static void w2v__step_begin_chunk(w2v__step_lane *w)
{
    w->negatives.slot = 0;
    for (size_t slot = 0; slot < W2V__STEP_AHEAD && w->tokens.chunk.pool_size; slot++)
        w2v__step_draw_negatives(w, slot);
}

// Which words may have been seen: a word that is not in one of the two sets of bits need not be searched for.
typedef struct w2v__step_seen {
    uint64_t low, high;  // by bits 0 .. 5 of the numbers, by bits 6 .. 11
} w2v__step_seen;

W2V__INLINE int w2v__step_maybe_seen(const w2v__step_seen *seen, uint32_t word)
{
    return (int)(seen->low >> (word & 63) & seen->high >> (word >> 6 & 63) & 1);
}

W2V__INLINE void w2v__step_mark_seen(w2v__step_seen *seen, uint32_t word)
{
    seen->low |= UINT64_C(1) << (word & 63);
    seen->high |= UINT64_C(1) << (word >> 6 & 63);
}

W2V__INLINE size_t w2v__step_find(const uint32_t *words, size_t first, size_t n, uint32_t word)
{
    while (first < n && words[first] != word) first++;
    return first;
}

// The negatives drawn before, after the centres. One that is a centre is drawn again, and given up in the
// end: the pool may have no other word. One that was drawn twice counts twice. Draws those of the step
// W2V__STEP_AHEAD later, and prefetches their rows.
static void w2v__step_add_negatives(w2v__step_lane *w, w2v__step_seen *seen)
{
    enum { TRIES = 16, SLOTS = 2 * W2V__STEP_AHEAD };
    w2v__step *s = &w->step;
    const w2v__tokens_chunk *c = &w->tokens.chunk;
    float *const *const out = c->rows[W2V__MODEL_OUT].row;
    w2v__step_negatives *const g = &w->negatives;
    const size_t centres = s->outputs, negatives = g->n, later = (g->slot + W2V__STEP_AHEAD) % SLOTS;
    const uint32_t *const drawn = g->drawn + g->slot * negatives;
    uint32_t *const words = s->out_word;
    float **const row = s->out, *const weight = g->weight + W2V__K_MAX_SPAN;
    size_t outputs = centres;
    w2v__step_draw_negatives(w, later);
    for (size_t k = 0; k < negatives; k++)
        w->prefetch.row[w->prefetch.n++] = out[g->drawn[later * negatives + k]];
    g->slot = (g->slot + 1) % SLOTS;
    for (size_t k = 0; k < negatives; k++) {
        uint32_t word = drawn[k];
        if (w2v__step_maybe_seen(seen, word)) {
            for (int tries = 1; w2v__step_find(words, 0, centres, word) < centres && tries < TRIES; tries++)
                word = c->pool[w2v_random_next(&w->tokens.random) & (c->pool_size - 1)];
            if (w2v__step_find(words, 0, centres, word) < centres) continue;
            const size_t j = w2v__step_find(words, centres, outputs, word);
            if (j < outputs) {
                weight[j - centres] += weight[negatives - 1];  // the last one is still that of one draw
                g->weights_changed = 1;
                continue;
            }
        }
        w2v__step_mark_seen(seen, word);
        words[outputs] = word;
        row[outputs++] = out[word];
    }
    s->outputs = outputs;
}

// Adds the inner nodes on the path of a word.
static void w2v__step_add_path(w2v__step_lane *w, uint32_t word, size_t centres)
{
    w2v__step *s = &w->step;
    const w2v__tokens_chunk *c = &w->tokens.chunk;
    const uint32_t *const path = c->path + c->path_begin[word];
    float **const row = s->out + s->outputs;
    float *const weight = w->negatives.weight + W2V__K_MAX_SPAN + s->outputs - centres;
    s->nodes = c->path_begin[word + 1] - c->path_begin[word];
    for (size_t i = 0; i < s->nodes; i++) {
        row[i] = c->rows[W2V__MODEL_NODES].row[path[i] / 2];
        weight[i] = 1.0f - 2.0f * (float)(path[i] % 2);
    }
    s->outputs += s->nodes;
    w->negatives.weights_changed = 1;
}

// The output side of a step: the rows, and the weights of those that are not centres. Returns how many are
// centres.
static size_t w2v__step_add_outputs(w2v__step_lane *w, size_t at, size_t n)
{
    w2v__step *s = &w->step;
    const w2v__tokens_chunk *c = &w->tokens.chunk;
    const uint32_t *const centre = c->number + at;
    float *const *const out = c->rows[W2V__MODEL_OUT].row;
    w2v__step_seen seen = {0, 0};
    if (w->negatives.weights_changed) w2v__step_reset_negative_weights(w);
    s->outputs = s->nodes = 0;
    s->centre = *centre;
    if (w->t->cfg.loss_type == W2V_LOSS_SOFTMAX) {
        for (; s->outputs < c->words; s->outputs++) {
            s->out_word[s->outputs] = (uint32_t)s->outputs;
            s->out[s->outputs] = out[s->outputs];
        }
        return 0;
    }
    if (out) {
        for (; s->outputs < n; s->outputs++) {
            w2v__step_mark_seen(&seen, centre[s->outputs]);
            s->out_word[s->outputs] = centre[s->outputs];
            s->out[s->outputs] = out[centre[s->outputs]];
        }
        w2v__step_add_negatives(w, &seen);
    }
    const size_t centres = out ? n : 0;
    if (c->nodes) w2v__step_add_path(w, *centre, centres);
    return centres;
}

// Collects the distinct context words of word[0 .. n - 1]. context_at maps a position to its context.
// Position `skip`, the centre of a single window, is none (it is n or more if the words lie on one side of
// the centre).
static void w2v__step_add_contexts(w2v__step_lane *w, const uint32_t *word, size_t n, size_t skip)
{
    w2v__step *s = &w->step;
    w2v__step_seen seen = {0, 0};
    float *const *const in = w->tokens.chunk.rows[W2V__MODEL_IN].row;
    float **const row = s->own_context;
    uint32_t *const words = s->own_word, *const context_at = s->context_at;
    size_t contexts = 0;
    W2V_ASSERT(n <= w->most_contexts);
    for (size_t q = 0; q < n; q++) {
        size_t i = contexts;
        if (q == skip)
            i = W2V_NONE;
        else if (w2v__step_maybe_seen(&seen, word[q]))
            i = w2v__step_find(words, 0, contexts, word[q]);
        context_at[q] = (uint32_t)i;
        if (i != contexts) continue;
        w2v__step_mark_seen(&seen, word[q]);
        words[contexts] = word[q];
        row[contexts++] = in[word[q]];
    }
    s->context = row;
    s->context_word = words;
    s->contexts = contexts;
}

// Prefetches for a span W2V__STEP_AHEAD spans after this one, whose n centres begin at `at`: output rows of
// as many centres, and input rows of the words that come into reach. (Softmax visits all output rows at every
// step.)
static void w2v__step_prefetch_ahead(w2v__step_lane *w, size_t at, size_t n)
{
    enum { CACHED = 512 };  // inner nodes that are in a near cache anyway: 224 KiB with 100 dimensions
    const w2v__tokens_chunk *c = &w->tokens.chunk;
    const size_t centre = at + W2V__STEP_AHEAD * w->span, reached = centre + w->window;
    const size_t centre_end = w2v__min_size(centre + n, c->end),
                 reached_end = w2v__min_size(reached + n, c->to);
    float *const *const out = w->t->cfg.loss_type == W2V_LOSS_SOFTMAX ? NULL : c->rows[W2V__MODEL_OUT].row;
    w->prefetch.n = 0;
    for (size_t p = centre; p < centre_end; p++) {
        if (c->number[p] == W2V_NONE) continue;
        if (out) w->prefetch.row[w->prefetch.n++] = out[c->number[p]];
        if (!c->nodes) continue;
        // A node that is visited seldom lies below one that is visited often.
        for (size_t i = c->path_begin[c->number[p] + 1]; i-- > c->path_begin[c->number[p]];) {
            if (c->node[c->path[i] / 2] < CACHED) break;
            w->prefetch.row[w->prefetch.n++] = c->rows[W2V__MODEL_NODES].row[c->path[i] / 2];
        }
    }
    for (size_t p = reached; p < reached_end; p++)
        if (c->number[p] != W2V_NONE) w->prefetch.row[w->prefetch.n++] = c->in[p];
}

// A step of the words at first .. last.
static void w2v__step_begin(w2v__step_lane *w, size_t first, size_t last)
{
    const w2v__tokens_chunk *c = &w->tokens.chunk;
    w2v__step *s = &w->step;
    s->alpha = w->tokens.alpha;
    s->contexts = last - first + 1;
    s->context = c->in + first;
    s->context_word = c->number + first;
}

// Windows that are trained together: n of them, around the words at c, c + 1, ..., which are different words.
// Window k reaches reach[k] words to each side.
typedef struct w2v__step_windows {
    size_t c, n;
    size_t reach[W2V__K_MAX_SPAN];
} w2v__step_windows;

// CBOW: as the steps of w2v__step_train_span are for skip-gram. See >>cbow.
static void w2v__cbow_train(w2v__step_lane *w, const w2v__step_windows *span, size_t first, size_t last);

// Computes the step that was built, and prefetches rows of later ones meanwhile: an equal part for each of
// the steps of the span that are left, but at least as many as were added with the negatives.
static void w2v__step_compute(w2v__step_lane *w, size_t steps_left)
{
    const w2v__step *s = &w->step;
    const w2v__kernels *k = W2V__KERNELS_OF(w);
    const size_t n = w->row_floats, pairs = w->means.pairs, outputs = s->outputs - pairs;
    float **const out = s->out + pairs;
    w2v__v_prefetch_list prefetch = w->prefetch;
    W2V_ASSERT(w->prefetch.n <= w2v__step_most_prefetches(w));
    prefetch.n = (prefetch.n + steps_left - 1) / steps_left;
    if (prefetch.n < w->negatives.n) prefetch.n = w2v__min_size(w->negatives.n, w->prefetch.n);
    w->prefetch.n -= prefetch.n;
    prefetch.row += w->prefetch.n;
    if (s->frozen && w->t->freezes_outputs)
        w2v__step_copy_frozen(w, s->out, s->out_word, s->outputs - s->nodes,
                              s->frozen + s->contexts * w->t->m->stride);
    k->scores(s->in, s->inputs, out, outputs, n, s->score);
    if (pairs) k->pair_scores(s->in, s->out, pairs, n, s->score + s->inputs * outputs);
    if (w2v__step_gradients(w, s->inputs * outputs + pairs))
        k->update(s->in, s->change, s->inputs, out, outputs, n, s->score, s->old, &prefetch);
    else if (w->status == W2V_OK)
        w->status = w2v__step_diverged(w);
}

// Skip-gram: the inputs are the context words among first .. last, and meet the outputs of the span. Other
// words of the windows are left to other steps. For softmax the coefficients are those of the inputs: the one
// weight is 1.
static void w2v__step_build_skipgram(w2v__step_lane *w, const w2v__step_windows *span, size_t first,
                                     size_t last)
{
    const w2v__tokens_chunk *c = &w->tokens.chunk;
    const size_t n = span->n, words = last - first + 1, skip = n == 1 ? span->c - first : SIZE_MAX;
    w2v__step *s = &w->step;
    const uint32_t *context_at = NULL;
    w2v__step_begin(w, first, last);
    const size_t centres = w2v__step_add_outputs(w, span->c, n);
    for (size_t i = 0; i < n; i++) {
        w->windows.centre[i] = (float)(ptrdiff_t)(span->c + i - first);
        w->windows.reach2[i] = (float)(span->reach[i] * span->reach[i]);
    }
    w->windows.centres = n;
    w->windows.words = words;
    W2V__KERNELS_OF(w)->count_windows(&w->windows);
    if (skip < words || c->distinct_from[last] > first || s->frozen) {
        w2v__step_add_contexts(w, c->number + first, words, skip);
        context_at = s->context_at;
    }
    if (s->frozen) w2v__step_copy_frozen(w, s->context, s->context_word, s->contexts, s->frozen);
    s->in = s->context;
    s->inputs = s->contexts;
    w->windows.centres = centres;
    W2V__KERNELS_OF(w)->coefficients(&w->windows, w->negatives.weight, s->alpha, context_at, s->contexts,
                                     w->t->cfg.loss_type == W2V_LOSS_SOFTMAX ? 1 : s->outputs, s->coef);
}

// Whether the word at `at` is none of those from c on.
W2V__INLINE int w2v__step_is_new_centre(const w2v__tokens_chunk *chunk, size_t c, size_t at)
{
    return chunk->distinct_from[at] <= c || w2v__step_find(chunk->number, c, at, chunk->number[at]) == at;
}

// Trains the windows around the words at c, c + 1, ... of a sentence of at least two words, as many as make a
// span: they end before a centre repeats. They are cut into steps of as many contexts as the lane has room
// for: of one, if no pair shares with another. Returns how many windows they were.
static size_t w2v__step_train_span(w2v__step_lane *w, size_t c)
{
    w2v__tokens *k = &w->tokens;
    const w2v__tokens_chunk *chunk = &k->chunk;
    const size_t most = w2v__min_size(w->span, w2v__min_size(k->sentence_end, chunk->end) - c);
    size_t first = c, end = c;
    w2v__step_windows span;
    span.c = c;
    span.n = 0;
    const int shrinks = w->t->cfg.window_shape == W2V_WINDOW_SHRINKING;
    do {
        const size_t centre = c + span.n,
                     reach = shrinks ? 1 + w2v_random_below(&k->random, (uint32_t)w->window) : w->window;
        first = w2v__min_size(first, centre - k->sentence > reach ? centre - reach : k->sentence);
        end = centre + reach + 1 > end ? centre + reach + 1 : end;
        span.reach[span.n++] = reach;
    } while (span.n < most && w2v__step_is_new_centre(chunk, c, c + span.n));
    end = w2v__min_size(end, k->sentence_end);
    w2v__step_prefetch_ahead(w, c, span.n + (c + span.n == k->sentence_end));  // and the end of the sentence
    if (w->cbow) w2v__cbow_train(w, &span, first, end - 1);
    for (size_t last; first < end && !w->cbow; first = last + 1) {
        last = w2v__min_size(first + w->most_contexts, end) - 1;
        if (span.n == 1 && first == c && last == c) continue;
        w2v__step_build_skipgram(w, &span, first, last);
        w2v__step_compute(w, 1);
    }
    return span.n;
}

// Trains the windows of the chunk up to position `end`. The learning rate follows from the words of the
// corpus before a window.
static void w2v__step_train_until(w2v__step_lane *w, size_t end)
{
    enum { ALPHA_EVERY = 256 };  // windows
    const w2v_trainer *t = w->t;
    w2v__tokens *k = &w->tokens;
    const uint64_t before = w2v__tokens_words_until(t, k->block),
                   words = w2v__tokens_words_until(t, k->block + 1) - before;
    while (k->next < end && w->status == W2V_OK) {
        if (k->next == k->sentence_end) {
            w2v__tokens_begin_sentence(k, k->next + 1);
            continue;
        }
        if (k->next == k->sentence || k->next - k->alpha_at >= ALPHA_EVERY) {
            k->alpha =
                k->weight * w2v__schedule_alpha(&t->cfg, before + words * k->next / k->n, t->queue.total);
            k->alpha_at = k->next;
        }
        const size_t windows = w2v__step_train_span(w, k->next);
        w->alphas += (double)(k->alpha * (float)windows);
        k->next += windows;
    }
}

// -----------------------------------------------------------------------------------------------------------------
// >>cbow (implementation)
//
// Continuous bag of words: the inputs of a step are means of context rows. Those of a span are taken
// together, before any of its windows is trained, and so are their changes given back.

// The sum of the weights of `reach` words on one side of a centre, in one window or in W nested ones.
W2V__INLINE size_t w2v__cbow_side_weight(const w2v__step_lane *w, size_t reach)
{
    return w->fade > 0.0f ? reach * (w->window + 1) - reach * (reach + 1) / 2 : reach;
}

// The windows around the centres of the span, in the words first .. last.
static void w2v__cbow_build_means(w2v__step_lane *w, const w2v__step_windows *span, size_t first, size_t last)
{
    w2v__k_means *m = &w->means;
    w2v__step *s = &w->step;
    w2v__step_begin(w, first, last);
    if (s->frozen) {
        s->context = (float **)memcpy(s->own_context, s->context, s->contexts * sizeof *s->context);
        w2v__step_copy_frozen(w, s->context, s->context_word, s->contexts, s->frozen);
    }
    m->windows = span->n;
    m->words = s->contexts;
    m->first = span->c - first;
    for (size_t i = 0; i < span->n; i++) {
        const size_t before = m->first + i, behind = m->words - 1 - before, reach = span->reach[i];
        const size_t weight = w2v__cbow_side_weight(w, w2v__min_size(reach, before)) +
                              w2v__cbow_side_weight(w, w2v__min_size(reach, behind));
        m->reach[i] = reach;
        m->least[i] = w->fade > 0.0f ? 1 : reach;
        m->summed[i] = (float)(uint32_t)(reach - m->least[i] + 1);
        m->scale[i] = 1.0f / (float)weight;
        m->back[i] = !w->t->cfg.cbow_undivided ? m->scale[i] : w->fade > 0.0f ? w->fade : 1.0f;
    }
}

// A step of n windows of the span, from `window` on. If they are several, they share negatives, and each
// centre is met by its own mean only.
static void w2v__cbow_build(w2v__step_lane *w, const w2v__step_windows *span, size_t window, size_t n)
{
    w2v__k_means *m = &w->means;
    w2v__step *s = &w->step;
    const size_t centres = w2v__step_add_outputs(w, span->c + window, n);
    const size_t pairs = n > 1 ? centres : 0, outputs = s->outputs - pairs;
    s->in = m->mean + window;
    s->change = m->change + window;
    s->inputs = n;
    m->pairs = pairs;
    m->own = s->out;
    m->pull = s->score + s->inputs * outputs;
    w->windows.words = n;
    if (w->t->cfg.loss_type == W2V_LOSS_SOFTMAX) {
        s->coef[0] = s->alpha;
        return;
    }
    w->windows.centres = centres - pairs;
    W2V__KERNELS_OF(w)->coefficients(&w->windows, w->negatives.weight, s->alpha, NULL, s->inputs, outputs,
                                     s->coef);
    for (size_t i = 0; i < pairs; i++) s->coef[s->inputs * outputs + i] = s->alpha;
}

// Trains the windows of a span, in the words first .. last. All meet the same negatives, or each its own
// outputs.
static void w2v__cbow_train(w2v__step_lane *w, const w2v__step_windows *span, size_t first, size_t last)
{
    const size_t n = w->row_floats, windows_in_step = w->t->draws > 1 ? 1 : span->n;
    w2v__cbow_build_means(w, span, first, last);
    W2V__KERNELS_OF(w)->average(&w->means, w->step.context, n);
    for (size_t i = 0; i < span->n; i += windows_in_step) {
        w2v__cbow_build(w, span, i, windows_in_step);
        w2v__step_compute(w, (span->n - i) / windows_in_step);
    }
    if (w->status == W2V_OK) W2V__KERNELS_OF(w)->spread(&w->means, w->step.context, n);
}

// -----------------------------------------------------------------------------------------------------------------
// >>lanes (implementation)
//
// Lanes train texts beside each other; which thread trains which lane does not show in the result. Each
// trains a chunk; then all begin the next one. The words of the chunks and their pools are known before, and
// so is which rows several lanes will visit. Of these each lane trains a copy of its own, and copies are
// merged in the order of the lanes. Rows that only one lane visits are trained in place. So no row is written
// by two threads at a time, and the result depends on the number of lanes, but not on that of threads. One
// lane shares nothing: its chunk is a whole text.
//
// All copies are merged at the end of the chunks. What costs quality is how far they come from each other in
// between, so rows that move far are merged earlier, too: after 1, 2, 4, ... intervals, as often as it takes
// to keep their move below W2V__LANES_MOVE, or after each. The move of a row is the learning rate x the pairs
// that all lanes train it on x the mean squared length of the rows that it meets in them. (The pairs are
// counts of what the chunks hold, not frequencies in the corpus: a word that is rare in the corpus and
// frequent in a book is in all lanes at once.)
//
// A merge applies the changes of the lanes one after another: row = copy + rest (row - base), where
// row - base is the change by the lanes before. Had this lane trained after them, its own updates would have
// pulled the row towards its equilibrium and left only a part, rest, of that change. Plain sums (rest = 1)
// overshoot. After n pairs at the learning rate alpha, rest is taken to be 1 / (1 + PULL alpha n). The last
// lane has the most weight, so the order turns from merge to merge. (Weights of sentences count in alpha, but
// for the plan they are taken to be about 1.)

enum { W2V__LANES_MOST = 64, W2V__LANES_PERIODS = 16 };
enum { W2V__LANES_END, W2V__LANES_CHUNK, W2V__LANES_PLAN, W2V__LANES_TRAIN, W2V__LANES_MERGE };
// There is one lane for every four blocks of an epoch that are begun: lanes with one block each learn less
// (CBOW, 28 lanes in a text of 28 blocks: a held-out loss of 1.31 instead of 0.64; test_lanes, quality).
enum { W2V__LANES_BLOCKS = 4 };
// Measured with four lanes against one, two epochs at sample 1e-3 of corpus.txt and of a hundred novels in a
// row (bench/quality, 4 seeds; standard error 0.2), with intervals of 32 visits of an output row: with 0.2
// for both PULLs MEN differs by -0.8 and -0.4 points, with 0.1 by -0.5 and 0.0, with 0.05 and 0.15 by -1.2
// and -0.9, with 0.15 and 0.05 by -0.2 and 0.5. A PULL_OUT of 0.02 is better still with four lanes (0.3 and
// 0.9), but 32 lanes then find nothing in the novels. A MOVE of 50 makes intervals of 50 to 80 visits at the
// beginning, with which MEN differs by -0.1 and 0.3; intervals of 16 visits take 1.09 times as long with two
// threads.
#define W2V__LANES_PULL_IN 0.15
#define W2V__LANES_PULL_OUT 0.05
#define W2V__LANES_MOVE 50.0

// A word or a node that a chunk has.
typedef struct w2v__lanes_visited {
    uint32_t id;
    uint32_t first, last;                 // of its visits, a list in the order of the lanes
    uint32_t lanes[W2V__MODEL_MATRICES];  // that visit its row of a matrix,
    double visits[W2V__MODEL_MATRICES];   // and how often
} w2v__lanes_visited;

typedef struct w2v__lanes_visit {
    uint32_t lane, number, next;
} w2v__lanes_visit;

// A lane's copy of a row of the model.
typedef struct w2v__lanes_copy {
    float *row;
    float pull;  // PULL x the pairs that the chunk trains it on
    uint32_t lane;
} w2v__lanes_copy;

// A row of the model that several lanes visit; its copies stand beside each other.
typedef struct w2v__lanes_shared {
    float *base;
    uint32_t first, n;  // copies
    size_t period;      // log2 of the intervals between two merges
} w2v__lanes_shared;

// What a thread plans and merges: the rows of some words and nodes.
typedef struct w2v__lanes_part {
    w2v__lanes_visited *visited;
    w2v__lanes_visit *visit;
    w2v__lanes_copy *copy;
    w2v__lanes_shared *shared;  // those merged most often come first
    size_t visits;
    size_t visited_capacity, visit_capacity, copy_capacity, shared_capacity;
    size_t merges[W2V__LANES_PERIODS];  // how many have this period or a shorter one
    w2v_status status;
    w2v_error error;
    char padding[W2V__LINES];
} w2v__lanes_part;

// The next chunk of the lane's text.
static void w2v__lanes_begin_chunk(w2v__step_lane *w)
{
    enum { SOME = 64 };  // rows whose mean squared length is taken
    w2v__tokens *k = &w->tokens;
    if (!k->begun) {
        w->status = w2v__tokens_begin(k, w->t, &w->error);
        const uint64_t before = w2v__tokens_words_until(w->t, k->block);
        w->steps = w->t->cfg.loss_every ? (size_t)(before % w->t->cfg.loss_every) : 0;
    }
    if (w->status == W2V_OK) w->status = w2v__tokens_begin_chunk(k, w->t, &w->error);
    w2v__step_begin_chunk(w);
    w->alphas = 0.0;
    for (int matrix = 0; matrix < W2V__MODEL_MATRICES && w->t->n_lanes > 1; matrix++) {
        const w2v__tokens_rows *r = &k->chunk.rows[matrix];
        const size_t n = w2v__min_size(r->n, SOME);
        double sum = 0.0;
        for (size_t j = 0; j < n; j++) {
            const float *const row = w2v__model_matrix(w->t->m, matrix) + r->id[j] * w->t->m->stride;
            sum += (double)w->kernels->dot(row, row, w->row_floats);
        }
        w->square[matrix] = n ? sum / (double)n : 0.0;
    }
}

// Where the rows of the chunk are trained: in place, or in copies.
static w2v_status w2v__lanes_place_rows(w2v__step_lane *w)
{
    enum { AHEAD = 4 };
    w2v__tokens_chunk *c = &w->tokens.chunk;
    const size_t stride = w->t->m->stride;
    size_t copies = 0;
    for (int matrix = 0; matrix < W2V__MODEL_MATRICES; matrix++)
        for (size_t j = 0; j < c->rows[matrix].n; j++) copies += c->rows[matrix].shared[j] != NULL;
    if (copies > w->copies_capacity) {
        w2v__free_aligned(w->copies);
        w->copies = w2v__new_floats(w2v__mul(copies, stride), &w->error);
        w->copies_capacity = w->copies ? copies : 0;
        if (!w->copies) return W2V_ERROR_MEMORY;
    }
    float *copy = w->copies;
    for (int matrix = 0; matrix < W2V__MODEL_MATRICES; matrix++) {
        const w2v__tokens_rows *r = &c->rows[matrix];
        float *const model = w2v__model_matrix(w->t->m, matrix);
        for (size_t j = 0; j < r->n; j++) {
            r->row[j] = model + r->id[j] * stride;
            for (size_t i = 0; j + AHEAD < r->n && r->shared[j + AHEAD] && i < stride; i += 16)
                W2V__PREFETCH(model + r->id[j + AHEAD] * stride + i);
            if (!r->shared[j]) continue;
            *r->shared[j] = r->row[j] = (float *)memcpy(copy, r->row[j], stride * sizeof(float));
            copy += stride;
        }
    }
    for (size_t p = c->from; p < c->to; p++)
        if (c->number[p] != W2V_NONE) c->in[p] = c->rows[W2V__MODEL_IN].row[c->number[p]];
    return W2V_OK;
}

// Trains the chunk for an interval.
static void w2v__lanes_train(w2v__step_lane *w)
{
    const w2v__tokens_chunk *c = &w->tokens.chunk;
    const size_t at = w->t->interval_at;
    for (size_t period = 0; period < W2V__LANES_PERIODS && at % ((size_t)1 << period) == 0; period++)
        w->alphas_merged[period] = w->alphas;
    if (w->tokens.next >= c->end || w->status != W2V_OK) return;
    if (!at) w->status = w2v__lanes_place_rows(w);
    w2v__step_train_until(w, w2v__min_size(c->end, w2v__add(w->tokens.next, w->t->interval)));
}

// How often a chunk visits a row, on average. (A sum of whole numbers, rounded to float, so that no compiler
// fuses it with a product: every build comes to the same.)
W2V__INLINE float w2v__lanes_visits(const w2v_trainer *t, const w2v__tokens_chunk *c, int matrix,
                                    uint32_t number)
{
    if (matrix == W2V__MODEL_NODES) return (float)c->node_visits[number];
    const uint64_t centres = c->centres[number];
    if (matrix == W2V__MODEL_IN || !c->pool_size) return (float)centres;
    const uint64_t drawn = t->cfg.negative * c->drawn[number] * (uint64_t)c->windows;
    return (float)((double)(centres * c->pool_size + drawn) / (double)c->pool_size);
}

// Collects the visits of all lanes to the words or nodes of a part, from place `visited` on. They belong to
// parts by 64, so that no two threads write to a cache line of place_of. Returns how many words and nodes
// there are now.
static size_t w2v__lanes_collect(const w2v_trainer *t, size_t which, size_t parts, int is_node,
                                 size_t visited)
{
    enum { AHEAD = 16 };
    w2v__lanes_part *part = &t->parts[which];
    uint32_t *const place_of = t->place_of[is_node];
    size_t visits = is_node ? part->visits : 0;
    for (uint32_t lane = 0; lane < t->n_lanes; lane++) {
        const w2v__tokens_chunk *c = &t->lanes[lane].tokens.chunk;
        const uint32_t *const id = is_node ? c->node : c->word;
        const size_t n = is_node ? c->nodes : c->words;
        for (uint32_t j = 0; j < n; j++) {
            if (j + AHEAD < n) W2V__PREFETCH_TO_WRITE(place_of + id[j + AHEAD]);
            if (id[j] / 64 % parts != which) continue;
            const int is_new = place_of[id[j]] == W2V_NONE;
            if (is_new) place_of[id[j]] = (uint32_t)visited++;
            w2v__lanes_visited *v = &part->visited[place_of[id[j]]];
            if (is_new) {
                memset(v, 0, sizeof *v);
                v->id = id[j];
                v->first = (uint32_t)visits;
            } else {
                part->visit[v->last].next = (uint32_t)visits;
            }
            v->last = (uint32_t)visits;
            part->visit[visits].lane = lane;
            part->visit[visits].number = j;
            part->visit[visits++].next = W2V_NONE;
            for (int matrix = 0; matrix < W2V__MODEL_MATRICES; matrix++) {
                if (is_node != (matrix == W2V__MODEL_NODES) || j >= c->rows[matrix].n) continue;
                v->lanes[matrix]++;
                v->visits[matrix] += (double)w2v__lanes_visits(t, c, matrix, j);
            }
        }
    }
    part->visits = visits;
    return visited;
}

static float w2v__lanes_alpha(const w2v_trainer *t)
{
    return w2v__schedule_alpha(&t->cfg, w2v__tokens_words_until(t, t->lanes[0].tokens.block), t->queue.total);
}

// How far a visit moves a row, and how long the intervals are: an output row moves by about MOVE in an
// interval, the mean over all visits of all lanes. In a short text intervals are shorter.
static void w2v__lanes_begin_chunks(w2v_trainer *t)
{
    const double LEAST = 4.0;  // vectors begin short; after 40 MB those of frequent words have 7
    const double INTERVALS = 256.0;  // in an epoch, at least; with 32 vectors grow too short (test_train)
    double square[W2V__MODEL_MATRICES], longest = 0.0;
    size_t at_work = 0;
    for (size_t i = 0; i < t->n_lanes; i++) at_work += t->lanes[i].tokens.chunk.windows > 0;
    const double lanes = (double)(at_work ? at_work : 1);
    for (int matrix = 0; matrix < W2V__MODEL_MATRICES; matrix++) {
        double sum = 0.0;
        for (size_t i = 0; i < t->n_lanes; i++) sum += t->lanes[i].square[matrix];
        square[matrix] = sum / lanes > LEAST ? sum / lanes : LEAST;
        if (square[matrix] > longest) longest = square[matrix];
    }
    const double out = square[W2V__MODEL_OUT], node = square[W2V__MODEL_NODES];
    t->moves[W2V__MODEL_IN] = t->pairs[W2V__MODEL_IN] * (out > node ? out : node);
    t->moves[W2V__MODEL_OUT] = t->pairs[W2V__MODEL_OUT] * square[W2V__MODEL_IN];
    t->moves[W2V__MODEL_NODES] = t->pairs[W2V__MODEL_NODES] * square[W2V__MODEL_IN];
    const double move = (double)w2v__lanes_alpha(t) * t->window_pairs * longest, most = t->kept / INTERVALS,
                 windows = W2V__LANES_MOVE / move * t->windows_per_visit;
    t->interval = 1 + (size_t)((windows < most ? windows : most) / lanes);
}

// log2 of the intervals between two merges of a row that moves by `move` in one.
static size_t w2v__lanes_period(double move)
{
    size_t period = 0;
    while (period + 1 < W2V__LANES_PERIODS && move * (double)(2 << period) <= W2V__LANES_MOVE) period++;
    return period;
}

// Lists the rows that several lanes visit, and the copies that the lanes are to make of them.
static void w2v__lanes_share(const w2v_trainer *t, w2v__lanes_part *part, size_t visited)
{
    size_t longest = 1, at[W2V__LANES_PERIODS] = {0}, copies = 0;
    for (size_t i = 0; i < t->n_lanes; i++) {
        const w2v__tokens_chunk *c = &t->lanes[i].tokens.chunk;
        if (c->end - c->begin > longest) longest = c->end - c->begin;
    }
    const double intervals = (double)((longest - 1) / t->interval + 1);
    double moves[W2V__MODEL_MATRICES];
    for (int matrix = 0; matrix < W2V__MODEL_MATRICES; matrix++)
        moves[matrix] = (double)w2v__lanes_alpha(t) * t->moves[matrix] / intervals;
    for (size_t i = 0; i < visited; i++)
        for (int matrix = 0; matrix < W2V__MODEL_MATRICES; matrix++)
            if (part->visited[i].lanes[matrix] > 1)
                at[w2v__lanes_period(moves[matrix] * part->visited[i].visits[matrix])]++;
    for (size_t period = 0, sum = 0; period < W2V__LANES_PERIODS; period++) {
        sum += at[period];
        part->merges[period] = sum;
        at[period] = sum - at[period];
    }
    for (size_t i = 0; i < visited; i++) {
        const w2v__lanes_visited *v = &part->visited[i];
        t->place_of[v->lanes[W2V__MODEL_NODES] > 0][v->id] = W2V_NONE;
        for (int matrix = 0; matrix < W2V__MODEL_MATRICES; matrix++) {
            if (v->lanes[matrix] < 2) continue;
            const size_t period = w2v__lanes_period(moves[matrix] * v->visits[matrix]);
            w2v__lanes_shared *shared = &part->shared[at[period]++];
            shared->base = w2v__model_matrix(t->m, matrix) + v->id * t->m->stride;
            shared->first = (uint32_t)copies;
            shared->n = v->lanes[matrix];
            shared->period = period;
            for (uint32_t k = v->first; k != W2V_NONE; k = part->visit[k].next) {
                w2v__tokens_chunk *c = &t->lanes[part->visit[k].lane].tokens.chunk;
                const uint32_t number = part->visit[k].number;
                if (number >= c->rows[matrix].n) continue;
                const double pull = matrix == W2V__MODEL_IN ? W2V__LANES_PULL_IN : W2V__LANES_PULL_OUT;
                part->copy[copies].pull =
                    (float)(pull * t->pairs[matrix]) * w2v__lanes_visits(t, c, matrix, number);
                part->copy[copies].lane = part->visit[k].lane;
                c->rows[matrix].shared[number] = &part->copy[copies++].row;
            }
        }
    }
}

// Plans the chunks for the words and nodes of a part.
static void w2v__lanes_plan(const w2v_trainer *t, size_t which, size_t parts)
{
    w2v__lanes_part *part = &t->parts[which];
    size_t words = 0, nodes = 0;  // visits of this part
    for (size_t i = 0; i < t->n_lanes; i++) {
        const w2v__tokens_chunk *c = &t->lanes[i].tokens.chunk;
        for (size_t j = 0; j < c->words; j++) words += c->word[j] / 64 % parts == which;
        for (size_t j = 0; j < c->nodes; j++) nodes += c->node[j] / 64 % parts == which;
    }
    const size_t all = words + nodes, rows = 2 * words + nodes;
    w2v_error *const err = &part->error;
    w2v_status s = w2v__grow(&part->visited, &part->visited_capacity, all, sizeof *part->visited, err);
    if (s == W2V_OK) s = w2v__grow(&part->visit, &part->visit_capacity, all, sizeof *part->visit, err);
    if (s == W2V_OK) s = w2v__grow(&part->copy, &part->copy_capacity, rows, sizeof *part->copy, err);
    if (s == W2V_OK) s = w2v__grow(&part->shared, &part->shared_capacity, rows, sizeof *part->shared, err);
    part->status = s;
    if (s != W2V_OK) return;
    size_t visited = w2v__lanes_collect(t, which, parts, 0, 0);
    if (t->m->nodes) visited = w2v__lanes_collect(t, which, parts, 1, visited);
    w2v__lanes_share(t, part, visited);
}

W2V__INLINE void w2v__lanes_prefetch(const w2v__lanes_part *part, const w2v__lanes_shared *row, size_t floats)
{
    for (size_t k = 0; k < floats; k += 16) {
        W2V__PREFETCH_TO_WRITE(row->base + k);
        for (size_t i = 0; i < row->n; i++) W2V__PREFETCH(part->copy[row->first + i].row + k);
    }
}

// Merges the rows of a part whose turn it is after this interval; at the end of the chunks all. The copies
// become the merged row as well, unless the chunks end.
static void w2v__lanes_merge(const w2v_trainer *t, size_t which)
{
    enum { AHEAD = 2 };
    const w2v__lanes_part *part = &t->parts[which];
    const size_t floats = w2v__rows_floats(t->m->dim);
    float *copy[W2V__LANES_MOST], rest[W2V__LANES_MOST];
    // alpha x the part of the chunk since the last merge
    float alpha_since[W2V__LANES_PERIODS][W2V__LANES_MOST];
    size_t longest = W2V__LANES_PERIODS - 1;
    while (!t->chunks_end && (t->interval_at + 1) % ((size_t)1 << longest)) longest--;
    for (size_t period = 0; period < W2V__LANES_PERIODS; period++)
        for (size_t i = 0; i < t->n_lanes; i++) {
            const w2v__step_lane *w = &t->lanes[i];
            const double sum = w->alphas - w->alphas_merged[period];
            alpha_since[period][i] = sum > 0.0 ? (float)(sum / (double)w->tokens.chunk.windows) : 0.0f;
        }
    const size_t n = part->merges[longest], turn = t->interval_at + t->lanes[0].tokens.block / t->n_lanes;
    for (size_t i = 0; i < n; i++) {
        const w2v__lanes_shared *row = &part->shared[i];
        if (i + AHEAD < n) w2v__lanes_prefetch(part, row + AHEAD, floats);
        for (size_t k = 0; k < row->n; k++) {
            const w2v__lanes_copy *c = &part->copy[row->first + (k + turn) % row->n];
            copy[k] = c->row;
            if (!k) continue;  // no lane before it
            // the product of two floats is exact in double: it does not matter whether it is fused with the
            // sum
            rest[k] = (float)(1.0 / (1.0 + (double)alpha_since[row->period][c->lane] * (double)c->pull));
        }
        w2v__kernels_in_use()->merge(row->base, copy, rest, row->n, floats, !t->chunks_end);
    }
}

// Gives every lane its next block; none to some at the end of an epoch, which ends a round. Returns whether
// there is any.
static int w2v__lanes_begin_blocks(w2v_trainer *t)
{
    size_t left = t->corpus.n_blocks - t->queue.next % t->corpus.n_blocks, lanes = 0;
    while (lanes < t->n_lanes && left-- && w2v__schedule_queue_take(&t->queue, &t->lanes[lanes].tokens.block))
        t->lanes[lanes++].tokens.begun = 0;
    for (size_t i = lanes; i < t->n_lanes; i++) {
        w2v__tokens *k = &t->lanes[i].tokens;
        k->begun = 1;
        k->n = k->next = 0;
    }
    return lanes > 0;
}

// What the lanes have done of their blocks. (Nobody else is at work.)
static void w2v__lanes_note_progress(w2v_trainer *t)
{
    uint64_t done = w2v__tokens_words_until(t, t->lanes[0].tokens.block);
    const size_t epoch = t->lanes[0].tokens.block / t->corpus.n_blocks;  // of all lanes
    if (epoch != t->epoch) t->epoch_loss = w2v__schedule_no_loss;
    t->epoch = epoch;
    for (size_t i = 0; i < t->n_lanes; i++) {
        const w2v__tokens *k = &t->lanes[i].tokens;
        const uint64_t words = t->corpus.blocks[w2v__tokens_block_at(t, k->block)].words;
        if (t->lanes[0].tokens.block + i < t->queue.next) done += k->n ? words * k->next / k->n : words;
        w2v__schedule_add_loss(&t->epoch_loss, t->lanes[i].loss);
        w2v__schedule_add_loss(&t->queue.loss, t->lanes[i].loss);
        t->lanes[i].loss = w2v__schedule_no_loss;
    }
    t->queue.done = done;
}

// After a stage: what follows it. (Nobody else is at work.)
static size_t w2v__lanes_next_stage(w2v_trainer *t, size_t stage)
{
    int in_chunk = 0, in_text = 0;
    w2v_status status = W2V_OK;
    const w2v_error *error = NULL;
    for (size_t i = t->stages.threads; i-- > 0;)
        if (t->parts[i].status != W2V_OK) status = t->parts[i].status, error = &t->parts[i].error;
    for (size_t i = t->n_lanes; i-- > 0;) {
        const w2v__step_lane *w = &t->lanes[i];
        in_chunk |= w->tokens.next < w->tokens.chunk.end;
        in_text |= w->tokens.next < w->tokens.n;
        if (w->status != W2V_OK) status = w->status, error = &w->error;
    }
    if (error) {  // a failure counts for more than a stop before it
        t->queue.status = status;
        t->queue.error = *error;
        return W2V__LANES_END;
    }
    t->chunks_end = !in_chunk;
    const int several = t->n_lanes > 1;
    if (stage == W2V__LANES_CHUNK) {
        t->interval_at = 0;
        if (several) w2v__lanes_begin_chunks(t);
        return several ? W2V__LANES_PLAN : W2V__LANES_TRAIN;
    }
    if (stage == W2V__LANES_PLAN) return W2V__LANES_TRAIN;
    if (stage == W2V__LANES_TRAIN && several) return W2V__LANES_MERGE;
    t->interval_at++;  // merged, or trained by a single lane
    w2v__lanes_note_progress(t);
    if (in_chunk) return W2V__LANES_TRAIN;
    if (in_text) return W2V__LANES_CHUNK;
    return w2v__lanes_begin_blocks(t) ? W2V__LANES_CHUNK : W2V__LANES_END;
}

static void w2v__lanes_work(void *shared, size_t thread)
{
    w2v_trainer *t = (w2v_trainer *)shared;
    const size_t parts = t->stages.threads;
    size_t task = 0, stage;
    while ((stage = w2v__schedule_stages_take(&t->stages, thread, &task)) != W2V__LANES_END) {
        if (stage == W2V__LANES_CHUNK) w2v__lanes_begin_chunk(&t->lanes[task]);
        if (stage == W2V__LANES_PLAN) w2v__lanes_plan(t, task, parts);
        if (stage == W2V__LANES_TRAIN) w2v__lanes_train(&t->lanes[task]);
        if (stage == W2V__LANES_MERGE) w2v__lanes_merge(t, task);
        w2v__schedule_queue_done(&t->queue, thread, 0);
        if (!w2v__schedule_stages_done(&t->stages)) continue;
        stage = w2v__lanes_next_stage(t, stage);
        const int of_lanes = stage == W2V__LANES_CHUNK || stage == W2V__LANES_TRAIN;
        w2v__schedule_stages_begin(&t->stages, stage, of_lanes ? t->n_lanes : parts);
    }
}

// -----------------------------------------------------------------------------------------------------------------
// >>trainer (implementation)
//
// The object: what it prepares, runs, and reports.

W2V__COLD_BEGIN
// c^exponent; 0 for a word that does not occur. The exponent that everybody uses goes by square roots, which,
// unlike pow, are the same on every machine.
static double w2v__trainer_noise_weight(uint64_t count, double exponent)
{
    const double c = (double)count;
    if (!count) return 0.0;
    return exponent >= 0.75 && exponent <= 0.75 ? sqrt(c * sqrt(c)) : pow(c, exponent);
}

static w2v_status w2v__trainer_prepare_noise(w2v_trainer *t, w2v_error *err)
{
    const size_t V = t->m->size;
    if (!t->negatives) return W2V_OK;
    double *weight = (double *)w2v__new(V, sizeof *weight, err);
    if (!weight) return W2V_ERROR_MEMORY;
    for (size_t i = 0; i < V; i++) {
        weight[i] = w2v__trainer_noise_weight(w2v_vocab_count(t->m->vocab, (uint32_t)i), t->cfg.ns_exponent);
        t->noise_total += weight[i];
    }
    const w2v_status status = w2v_alias_init(&t->noise, weight, V, err);
    W2V_FREE(weight);
    return status;
}

// How many occurrences of a word subsampling keeps in an epoch, on average. (Here and in
// w2v__trainer_prepare_intervals sums are not taken of products, which some compilers would fuse with them:
// every build must come to the same.)
static double w2v__trainer_kept_count(const w2v_trainer *t, size_t id)
{
    const double keep = (double)t->keep[w2v__min_size(id, t->frequent)] + 1.0;
    return keep * (double)w2v_vocab_count(t->m->vocab, (uint32_t)id) / 4294967296.0;
}

static w2v_status w2v__trainer_nothing_kept(const w2v_trainer *t, w2v_error *err)
{
    return w2v__fail(
        err, W2V_ERROR_EMPTY,
        "sample %g keeps nothing of '%.200s' to train on: use a larger one, or 0 to keep every word",
        t->cfg.sample, w2v__corpus_name_of(&t->corpus));
}

static w2v_status w2v__trainer_prepare_keep(w2v_trainer *t, w2v_error *err)
{
    const size_t V = t->m->size;
    t->keep = (uint32_t *)w2v__new(V + 1, sizeof *t->keep, err);
    if (!t->keep) return W2V_ERROR_MEMORY;
    for (; t->cfg.sample > 0.0 && t->frequent < V; t->frequent++) {
        const double r = t->cfg.sample * (double)t->corpus.words /
                         (double)w2v_vocab_count(t->m->vocab, (uint32_t)t->frequent);
        const double p = sqrt(r) + r;
        if (p >= 1.0) break;  // and so for all that are rarer
        t->keep[t->frequent] = (uint32_t)(p * 4294967295.0);
    }
    t->keep[t->frequent] = UINT32_MAX;
    for (size_t i = 0; i < V; i++) t->kept += w2v__trainer_kept_count(t, i);
    return t->kept * (double)t->cfg.epochs < 1.0 ? w2v__trainer_nothing_kept(t, err) : W2V_OK;
}

// Hierarchical softmax: the tree, and the mean length of its paths.
static w2v_status w2v__trainer_prepare_tree(w2v_trainer *t, w2v_error *err)
{
    const size_t V = t->m->size;
    if (!t->m->nodes) return W2V_OK;
    uint64_t *count = (uint64_t *)w2v__new(V, sizeof *count, err);
    if (!count) return W2V_ERROR_MEMORY;
    for (uint32_t i = 0; i < V; i++) count[i] = w2v_vocab_count(t->m->vocab, i);
    const w2v_status status = w2v_huffman_init(&t->tree, count, V, err);
    W2V_FREE(count);
    if (status != W2V_OK) return status;
    double visits = 0.0;
    for (size_t i = 0; i < V; i++) {
        const double kept = w2v__trainer_kept_count(t, i);
        const size_t length = t->tree.begin[i + 1] - t->tree.begin[i];
        if (length > t->longest_path) t->longest_path = length;
        for (size_t k = 0; k < length; k++) visits += kept;
    }
    t->path_length = visits / t->kept;
    return W2V_OK;
}

// What the length of intervals follows from (w2v__lanes_begin_chunks). An output row is visited in its own
// windows and as a negative: `windows_per_visit` is in how many windows that happens once, the mean over all
// visits.
static void w2v__trainer_prepare_intervals(w2v_trainer *t)
{
    const w2v_config *cfg = &t->cfg;
    const int has_noise = t->negatives > 0, full = cfg->window_shape == W2V_WINDOW_FULL;
    const double context = (double)(full ? 2 * cfg->window : cfg->window + 1);
    const double drawn = has_noise ? (double)cfg->negative : 0.0;  // however many share them
    double visits = 0.0, squares = 0.0;
    // Softmax visits all output rows in every window, and pulls them together more than the negatives of a
    // word do. A visit counts as 10: with 2 or 5 the vectors of 64 lanes grow without end on a text of 400
    // words in 20 topics (test_lanes, quality), with 8 they do not.
    const double softmax = cfg->loss_type == W2V_LOSS_SOFTMAX ? 10.0 : 1.0;
    const double inputs = cfg->architecture == W2V_CBOW ? 1.0 : context;
    t->window_pairs = softmax * context;
    t->pairs[W2V__MODEL_IN] = inputs * (1.0 + drawn + t->path_length);
    if (cfg->architecture == W2V_CBOW && !cfg->cbow_undivided)
        t->pairs[W2V__MODEL_IN] /= context;  // as a context row has a part of the mean and of its change
    t->pairs[W2V__MODEL_OUT] = softmax * inputs;
    t->pairs[W2V__MODEL_NODES] = inputs;
    t->interval = SIZE_MAX;
    if (t->n_lanes == 1) return;
    for (size_t i = 0; i < t->m->size; i++) {
        const double noise =
            w2v__trainer_noise_weight(w2v_vocab_count(t->m->vocab, (uint32_t)i), cfg->ns_exponent);
        const double share = w2v__trainer_kept_count(t, i) / t->kept;
        const volatile double from_noise =
            has_noise ? drawn * noise / t->noise_total : 0.0;  // not to be fused with
        const double x = share + from_noise;                   // the sum
        visits += x;
        const volatile double square = x * x;
        squares += square;
    }
    t->windows_per_visit = visits / squares;
    // With few words there are fewer lanes, so that a lane has at least two windows between 16 visits of an
    // output row by all; else vectors grow without end (two words, 8 lanes, learning rate 0.05: test_lanes).
    const double windows = 16.0 * t->windows_per_visit;
    if (windows < 2.0 * (double)t->n_lanes) t->n_lanes = windows < 4.0 ? 1 : (size_t)(windows / 2.0);
}

static w2v_status w2v__trainer_make_lanes(w2v_trainer *t, w2v_error *err)
{
    const size_t blocks = t->corpus.n_blocks, V = t->m->size,
                 parts = w2v__min_size(t->cfg.threads, t->n_lanes);
    size_t longest = 0;
    t->words_before = (uint64_t *)w2v__new(blocks, sizeof *t->words_before, err);
    t->lanes = (w2v__step_lane *)w2v__new_aligned(t->n_lanes, sizeof *t->lanes, err);
    t->parts = (w2v__lanes_part *)w2v__new_aligned(parts, sizeof *t->parts, err);
    if (!t->words_before || !t->lanes || !t->parts) return W2V_ERROR_MEMORY;
    uint64_t words = 0;
    for (size_t i = 0; i < blocks; i++) {
        const w2v__corpus_block *block = &t->corpus.blocks[w2v__tokens_block_at(t, i)];
        t->words_before[i] = words;
        words += block->words;
        longest = block->n > longest ? block->n : longest;
    }
    for (int k = 0; t->n_lanes > 1 && k < (t->m->nodes ? 2 : 1); k++) {
        t->place_of[k] = (uint32_t *)w2v__new_aligned(V, sizeof(uint32_t), err);
        if (!t->place_of[k]) return W2V_ERROR_MEMORY;
        memset(t->place_of[k], 0xff, V * sizeof(uint32_t));
    }
    w2v_status status = W2V_OK;
    for (size_t i = 0; status == W2V_OK && i < t->n_lanes; i++)
        status = w2v__step_lane_init(&t->lanes[i], t, w2v__add(longest, 1), err);
    return status;
}

// T and N, the windows in a span and the negatives of a step. Too few distinct negatives a centre cost
// quality, more of them time. The default of skip-gram is T = 1, N = K. After five epochs of corpus.txt it
// has exact sampling's SimLex-999 (0.0, standard error 0.2) and wins 1.4 to 2.0 points on the other sets
// (bench/quality.c, 8 seeds); spans of two lose 1.0 of SimLex-999 and are 1.3 times as fast (4 seeds). With
// two windows a span, two negatives for each make a step of about 8 x 6 rows for K = 5, which is one strip of
// the kernels; longer spans have more pairs that do not belong together.
// A window of CBOW is one pair, so it meets all negatives of the span, and a long span costs little. After
// five epochs of corpus.txt (build/word2vec -cbow 1 -span-negative N, build/evaluate) 16 windows with 20, 12
// and 8 negatives answer 34.7, 33.5 and 31.4 % of the analogies, exact sampling 34.0 % (3, 5, 2 and 3 seeds);
// with 12 the mean of the five sets is not below exact sampling's. With hierarchical softmax each window of
// CBOW meets outputs of its own, and a span only saves passes over the context rows: 16 windows are 1.2 times
// as fast as single ones (make bench-peers CBOW=1 HS=1, the line of -exact 1). After five epochs of
// corpus.txt (five seeds, alpha 0.15) four sets are within 0.3 points, RW is 0.6 lower (standard error 0.4).
static void w2v__trainer_choose_span(w2v_trainer *t)
{
    const w2v_config *cfg = &t->cfg;
    const int cbow = cfg->architecture == W2V_CBOW, by_default = cfg->sharing == W2V_SHARE_DEFAULT;
    const int by_span =
        cfg->sharing == W2V_SHARE_SPAN || (by_default && (cbow || cfg->span || cfg->span_negative));
    const int has_negatives = cfg->loss_type == W2V_LOSS_NEG_SAMPLING || cfg->loss_type == W2V_LOSS_BOTH;
    // In a tiny vocabulary (of words that occur) a word is drawn again and again, and what is shared would
    // push it too far: no pair shares.
    const uint32_t enough = 100;
    const int tiny = (by_default || by_span) && !cfg->span &&
                     (t->m->size < enough || !w2v_vocab_count(t->m->vocab, enough - 1));
    t->pairwise = cfg->sharing == W2V_SHARE_NONE || (tiny && has_negatives);
    const int hierarchical = cfg->loss_type == W2V_LOSS_HIERARCHICAL || cfg->loss_type == W2V_LOSS_BOTH;
    t->span = t->draws = 1;
    t->negatives = has_negatives ? cfg->negative : 0;
    if (!by_span || tiny || cfg->loss_type == W2V_LOSS_SOFTMAX || (hierarchical && !cbow)) return;
    t->span = cfg->span ? cfg->span : cbow ? 16 : 2;
    if (hierarchical) {
        t->draws = t->span;
        return;
    }
    size_t a_window = (2 * cfg->negative + 4) / 5;
    if (a_window < 2) a_window = 2;
    if (a_window > cfg->negative || t->span == 1) a_window = cfg->negative;
    t->negatives = a_window * t->span;
    if (cbow && t->span > 1) t->negatives = (12 * cfg->negative + 4) / 5;
    if (cfg->span_negative) t->negatives = cfg->span_negative;
}

// The last steps have changed rows that no later step has checked.
static w2v_status w2v__trainer_check_rows(const w2v_trainer *t, w2v_error *err)
{
    const w2v__kernels *k = w2v__kernels_in_use();
    const w2v_model *m = t->m;
    const size_t n = w2v__rows_floats(m->dim);
    const unsigned long long done = t->report.done;
    for (int matrix = 0; matrix < W2V__MODEL_MATRICES; matrix++) {
        const float *rows = w2v__model_matrix(m, matrix);
        for (size_t i = 0; rows && i < m->size; i++) {
            if (k->finite(rows + i * m->stride, n)) continue;
            if (matrix == W2V__MODEL_NODES)
                return w2v__fail(err, W2V_ERROR_DIVERGED,
                                 "training diverged: the vector of inner node %zu is not finite after %llu "
                                 "words (learning rate %g)",
                                 i, done, (double)t->cfg.learning_rate);
            return w2v__fail(
                err, W2V_ERROR_DIVERGED,
                "training diverged: the vector of '%.200s' is not finite after %llu words (learning rate %g)",
                w2v_vocab_word(m->vocab, (uint32_t)i), done, (double)t->cfg.learning_rate);
        }
    }
    return W2V_OK;
}

// Checks what can be checked before the corpus is opened. The report begins with zeros, also for a training
// that does not begin.
static w2v_status w2v__trainer_check(w2v_config *cfg, const w2v_config *given, const w2v_model *start,
                                     w2v_error *err)
{
    const w2v_status status = w2v__config_take(&w2v__schedule_fields_table, cfg, given, err);
    if (cfg->report) memset(cfg->report, 0, sizeof *cfg->report);
    if (status != W2V_OK) return status;
    if (start && start->dim != cfg->dim)
        return w2v__fail(err, W2V_ERROR_ARGUMENT,
                         "the vectors to start with have %zu numbers, and dim is %zu", start->dim, cfg->dim);
    return w2v__kernels_check_cpu(err);
}

// The rows that `start` has for words of the vocabulary.
static w2v_status w2v__trainer_start_from(w2v_trainer *t, const w2v_model *start, w2v_error *err)
{
    const w2v_model *m = t->m;
    if (t->cfg.freeze_start) {
        t->frozen = (unsigned char *)w2v__new_zeros(m->size, 1, err);
        if (!t->frozen) return W2V_ERROR_MEMORY;
        t->freezes_outputs = start->output != NULL;
    }
    for (uint32_t i = 0; i < m->size; i++) {
        const uint32_t id = w2v_vocab_find(start->vocab, w2v_vocab_word(m->vocab, i));
        if (id == W2V_NONE) continue;
        memcpy(m->input + i * m->stride, start->input + id * start->stride, m->dim * sizeof(float));
        if (start->output && m->output)
            memcpy(m->output + i * m->stride, start->output + id * start->stride, m->dim * sizeof(float));
        if (t->frozen) t->frozen[i] = 1;
    }
    return W2V_OK;
}

// Notes which words the ids of a source mean: counting has sorted those of the vocabulary that was given.
static w2v_status w2v__trainer_note_given(w2v_trainer *t, const w2v_vocab *given, w2v_error *err)
{
    const w2v_vocab *vocab = t->m->vocab;
    t->given = (w2v__vocab_item *)w2v__new(vocab->size, sizeof *t->given, err);
    if (!t->given) return W2V_ERROR_MEMORY;
    for (uint32_t i = 0; i < vocab->size; i++)
        t->given[i] = vocab->items[w2v_vocab_find(vocab, w2v_vocab_word(given, i))];
    return W2V_OK;
}

// Counts the words and makes the model: input vectors uniform in (-0.5, 0.5) / dim, output vectors zero, as
// in the original program.
static w2v_status w2v__trainer_read(w2v_trainer *t, const w2v_vocab *given, const w2v_model *start,
                                    w2v_error *err)
{
    w2v_config used = t->cfg;
    w2v_vocab *vocab = NULL;
    used.report = &t->report;
    w2v_status status = w2v__corpus_read(&t->corpus, &used, given, &vocab, err);
    if (status == W2V_OK) status = w2v__corpus_check_pairs(&t->corpus, err);
    const w2v_loss_type loss = t->cfg.loss_type;
    unsigned matrices = W2V__MODEL_HAS_IN;
    if (loss != W2V_LOSS_HIERARCHICAL) matrices |= W2V__MODEL_HAS_OUT;
    if (loss == W2V_LOSS_HIERARCHICAL || loss == W2V_LOSS_BOTH) matrices |= W2V__MODEL_HAS_NODES;
    if (status == W2V_OK) status = w2v__model_alloc(&t->m, vocab, t->cfg.dim, matrices, err);
    if (status != W2V_OK) {
        w2v_vocab_free(vocab);
        return status;
    }
    w2v_model *const m = t->m;
    if (given) status = w2v__trainer_note_given(t, given, err);
    if (status != W2V_OK) return status;
    w2v_random r = w2v_random_stream(t->cfg.seed, UINT64_MAX);
    for (size_t i = 0; i < m->size; i++)
        for (size_t k = 0; k < m->dim; k++)
            m->input[i * m->stride + k] = (w2v_random_float(&r) - 0.5f) / (float)m->dim;
    return start ? w2v__trainer_start_from(t, start, err) : W2V_OK;
}

W2V__COLD W2V_API w2v_status w2v_trainer_new(w2v_trainer **trainer, const w2v_source *sources, size_t n,
                                             const w2v_config *cfg, const w2v_vocab *vocab,
                                             const w2v_model *start, w2v_error *err)
{
    W2V_ASSERT(trainer && (sources || !n));
    w2v_config whole;
    w2v_status status = w2v__trainer_check(&whole, cfg, start, err);
    if (status != W2V_OK) return status;
    w2v_trainer *t = (w2v_trainer *)w2v__new_zeros(1, sizeof *t, err);
    if (!t) return W2V_ERROR_MEMORY;
    t->cfg = whole;
    t->vectors_changed = 1;
    status = w2v__corpus_open(&t->corpus, sources, n, err);
    if (status == W2V_OK) status = w2v__trainer_read(t, vocab, start, err);
    if (status == W2V_OK) {
        const size_t most = (t->corpus.n_blocks + W2V__LANES_BLOCKS - 1) / W2V__LANES_BLOCKS;
        t->n_lanes = w2v__min_size(whole.lanes, most);
        w2v__trainer_choose_span(t);
        status = w2v__trainer_prepare_noise(t, err);
    }
    if (status == W2V_OK) status = w2v__trainer_prepare_keep(t, err);
    if (status == W2V_OK) status = w2v__trainer_prepare_tree(t, err);
    if (status == W2V_OK) {
        w2v__trainer_prepare_intervals(t);
        status = w2v__trainer_make_lanes(t, err);
    }
    t->report.total = t->cfg.epochs * t->corpus.words;
    if (whole.report) *whole.report = t->report;
    if (status == W2V_OK)
        *trainer = t;
    else
        w2v_trainer_free(t);
    return status;
}

static void w2v__trainer_forget_best(w2v_trainer *t)
{
    for (int matrix = 0; matrix < W2V__MODEL_MATRICES; matrix++) {
        w2v__free_aligned(t->best[matrix]);
        t->best[matrix] = NULL;
    }
}

W2V__COLD W2V_API void w2v_trainer_free(w2v_trainer *t)
{
    if (!t) return;
    for (size_t i = 0; t->lanes && i < t->n_lanes; i++) {
        w2v__step_lane *w = &t->lanes[i];
        w2v__corpus_reader_close(&w->tokens.reader);
        W2V_FREE(w->tokens.chunk.path);
        w2v__free_aligned(w->memory);
        w2v__free_aligned(w->copies);
    }
    for (size_t i = 0; t->parts && i < w2v__min_size(t->cfg.threads, t->n_lanes); i++) {
        W2V_FREE(t->parts[i].visited);
        W2V_FREE(t->parts[i].visit);
        W2V_FREE(t->parts[i].copy);
        W2V_FREE(t->parts[i].shared);
    }
    w2v__free_aligned(t->lanes);
    w2v__free_aligned(t->parts);
    for (int k = 0; k < 2; k++) w2v__free_aligned(t->place_of[k]);
    w2v__corpus_free(&t->corpus);
    w2v__corpus_free(&t->valid);
    W2V_FREE(t->given);
    W2V_FREE(t->words_before);
    W2V_FREE(t->keep);
    W2V_FREE(t->frozen);
    w2v__trainer_forget_best(t);
    w2v_alias_free(&t->noise);
    w2v_huffman_free(&t->tree);
    w2v_model_free(t->m);
    W2V_FREE(t);
}

// A run of `words` words goes up to the end of a round.
static void w2v__trainer_begin_run(w2v_trainer *t, uint64_t words)
{
    const size_t blocks = t->corpus.n_blocks, all = w2v__mul(t->cfg.epochs, blocks);
    const uint64_t done = w2v__tokens_words_until(t, t->next), total = t->report.total;
    w2v__schedule_queue_init(&t->queue, &t->cfg, W2V_PHASE_TRAIN, all, total);
    t->queue.started -= t->seconds;
    t->queue.next = t->next;
    t->queue.done = done;
    if (words < total - done) {
        const uint64_t goal = done + words;
        size_t end = (size_t)(goal / t->corpus.words) * blocks;
        if (end < t->next) end = t->next;
        while (w2v__tokens_words_until(t, end) < goal) end++;
        const size_t in_epoch = end % blocks, rounds = (in_epoch + t->n_lanes - 1) / t->n_lanes;
        t->queue.end = end - in_epoch + w2v__min_size(rounds * t->n_lanes, blocks);
    }
    t->loss_before = t->next % blocks ? t->epoch_loss : w2v__schedule_no_loss;
}

// All threads have joined: what they have done goes to the report.
static w2v_status w2v__trainer_finish_run(w2v_trainer *t, w2v_error *err)
{
    w2v_status status = w2v__schedule_queue_finish(&t->queue, err);
    t->seconds = w2v__seconds() - t->queue.started;
    t->next = t->queue.next;
    t->report.done = t->queue.done;
    t->report.loss = w2v__schedule_mean_loss(t->queue.loss, w2v__schedule_no_loss);
    w2v__schedule_loss of_epoch = t->loss_before;
    w2v__schedule_add_loss(&of_epoch, t->queue.loss);
    t->report.epoch_loss = w2v__schedule_mean_loss(of_epoch, w2v__schedule_no_loss);
    t->report.trained = t->trained_before;
    for (size_t i = 0; i < t->n_lanes; i++) t->report.trained += t->lanes[i].tokens.trained;
    if (status == W2V_OK) status = w2v__corpus_check_unchanged(&t->corpus, err);
    if (status == W2V_OK && w2v_trainer_done(t) && !t->report.trained)
        status = w2v__trainer_nothing_kept(t, err);
    const int ends = status == W2V_ERROR_STOPPED || status == W2V_ERROR_IO ||  // somebody may want the model
                     (status == W2V_OK && w2v_trainer_done(t));
    const w2v_status rows = ends ? w2v__trainer_check_rows(t, err) : W2V_OK;
    if (rows != W2V_OK) status = rows;
    if (status != W2V_ERROR_STOPPED) t->status = status;
    return status;
}

static w2v_status w2v__trainer_check_model(const w2v_trainer *t, w2v_error *err)
{
    return t->m ? W2V_OK : w2v__fail(err, W2V_ERROR_ARGUMENT, "the model of the trainer has been taken");
}

static w2v_status w2v__trainer_check_usable(const w2v_trainer *t, w2v_error *err)
{
    if (t->status == W2V_OK) return w2v__trainer_check_model(t, err);
    return w2v__fail(err, t->status, "the training has failed before and cannot go on: %s",
                     w2v_status_string(t->status));
}

W2V_API w2v_status w2v_trainer_run(w2v_trainer *t, uint64_t words, w2v_error *err)
{
    W2V_ASSERT(t);
    const w2v_status before = w2v__trainer_check_usable(t, err);
    if (before != W2V_OK) return before;
    if (!words) return w2v__fail(err, W2V_ERROR_ARGUMENT, "a run must have at least one word, not 0");
    if (w2v_trainer_done(t))
        return w2v__fail(err, W2V_ERROR_ARGUMENT, "the training is complete after %llu words",
                         (unsigned long long)t->report.done);
    t->vectors_changed = 1;
    w2v__trainer_begin_run(t, words);
    w2v__lanes_begin_blocks(t);
    const size_t threads = w2v__min_size(t->cfg.threads, t->n_lanes);
    w2v__schedule_stages_init(&t->stages, threads, W2V__LANES_CHUNK, t->n_lanes);
    w2v__parallel(threads, w2v__lanes_work, t);
    w2v__schedule_stages_free(&t->stages);
    const w2v_status status = w2v__trainer_finish_run(t, err);
    if (t->cfg.report) *t->cfg.report = t->report;
    return status;
}

W2V_API int w2v_trainer_done(const w2v_trainer *t)
{
    W2V_ASSERT(t);
    return t->next == w2v__mul(t->cfg.epochs, t->corpus.n_blocks);
}

W2V_API void w2v_trainer_report(const w2v_trainer *t, w2v_train_report *report)
{
    W2V_ASSERT(t && report);
    *report = t->report;
}

W2V_API const w2v_model *w2v_trainer_model(w2v_trainer *t)
{
    W2V_ASSERT(t);
    if (t->vectors_changed && t->m) w2v_model_changed(t->m);
    t->vectors_changed = 0;
    return t->m;
}

W2V_API w2v_status w2v_trainer_take_model(w2v_trainer *t, w2v_model **model, w2v_error *err)
{
    W2V_ASSERT(t && model);
    const w2v_status status = w2v__trainer_check_model(t, err);
    if (status != W2V_OK) return status;
    w2v_trainer_model(t);
    *model = t->m;
    t->m = NULL;
    return W2V_OK;
}

W2V_API w2v_status w2v_train(w2v_model **model, const w2v_source *sources, size_t count,
                             const w2v_config *cfg, w2v_error *err)
{
    W2V_ASSERT(model);
    w2v_trainer *t = NULL;
    w2v_config whole;
    w2v_status status = w2v__trainer_check(&whole, cfg, NULL, err);
    if (status == W2V_OK) status = w2v_trainer_new(&t, sources, count, &whole, NULL, NULL, err);
    if (status == W2V_OK) status = w2v_trainer_run(t, UINT64_MAX, err);
    const int keep = status == W2V_OK || (status == W2V_ERROR_STOPPED && whole.keep_stopped);
    if (keep) *model = NULL;
    if (keep && t) w2v_trainer_take_model(t, model, NULL);
    w2v_trainer_free(t);
    return status;
}

W2V_API w2v_status w2v_train_text(w2v_model **m, const char *text, size_t bytes, const w2v_config *cfg,
                                  w2v_error *err)
{
    W2V_ASSERT(m && (text || !bytes));
    const w2v_source source = w2v_source_text(text, bytes);
    return w2v_train(m, &source, 1, cfg, err);
}

#ifndef W2V_NO_STDIO
W2V_API w2v_status w2v_train_file(w2v_model **m, const char *path, const w2v_config *cfg, w2v_error *err)
{
    W2V_ASSERT(m && path);
    const w2v_source source = w2v_source_file(path);
    return w2v_train(m, &source, 1, cfg, err);
}
#endif
W2V__COLD_END

// -----------------------------------------------------------------------------------------------------------------
// >>validate (implementation)
//
// Validation: the pairs are those that a trainer with exact sampling would draw from the text in its first
// epoch, and the same ones every time.

W2V__COLD_BEGIN
typedef struct w2v__validate_run {
    const w2v_trainer *t;
    w2v__schedule_loss *of;  // (blocks) pairs < 0: memory ran out
} w2v__validate_run;

// The loss of an input row and a centre, with negatives of their own.
static double w2v__validate_held_out_loss(const w2v_trainer *t, const float *in, uint32_t centre,
                                          w2v_random *random)
{
    enum { TRIES = 16, MOST_NEGATIVES = 1000 };
    const w2v_model *m = t->m;
    const w2v_matrix U = w2v_matrix_of(m->output, m->size, m->dim, m->stride);
    const w2v_matrix nodes = w2v_matrix_of(m->nodes, m->size - 1, m->dim, m->stride);
    if (t->cfg.loss_type == W2V_LOSS_SOFTMAX) return w2v__losses_softmax(1.0f, in, centre, &U, NULL, NULL);
    uint32_t negative[MOST_NEGATIVES];
    size_t K = 0;
    for (size_t i = 0; m->output && i < t->cfg.negative; i++) {
        uint32_t id = w2v_alias_draw(&t->noise, random);
        for (int tries = 1; id == centre && tries < TRIES; tries++) id = w2v_alias_draw(&t->noise, random);
        if (id != centre) negative[K++] = id;
    }
    double loss = 0.0;
    if (m->output) loss += w2v__losses_neg_sampling(1.0f, in, centre, negative, K, &U, NULL, NULL);
    if (m->nodes) loss += w2v__losses_hierarchical(1.0f, in, centre, &t->tree, &nodes, NULL, NULL);
    return loss;
}

// Adds the losses of a sentence: of each context word and its centre, or with CBOW, which has a mean, of the
// mean of each window and its centre.
static void w2v__validate_sentence(const w2v_trainer *t, const uint32_t *ids, size_t n, w2v_random *random,
                                   float *mean, w2v__schedule_loss *sum)
{
    const w2v_model *m = t->m;
    const size_t W = t->cfg.window;
    for (size_t c = 0; c < n; c++) {
        const size_t reach =
            t->cfg.window_shape == W2V_WINDOW_SHRINKING ? 1 + w2v_random_below(random, (uint32_t)W) : W;
        const size_t first = c > reach ? c - reach : 0, last = w2v__min_size(c + reach, n - 1);
        float total = 0.0f;
        if (mean) memset(mean, 0, m->stride * sizeof *mean);
        for (size_t q = first; q <= last; q++) {
            const size_t distance = q < c ? c - q : q - c;
            const double weight =
                t->cfg.window_shape == W2V_WINDOW_WEIGHTED ? (double)(W + 1 - distance) / (double)W : 1.0;
            const float *in = m->input + ids[q] * m->stride;
            if (q == c) continue;
            if (mean) {
                w2v_axpy((float)weight, in, mean, m->dim);
                total += (float)weight;
            } else {
                const volatile double part = weight * w2v__validate_held_out_loss(t, in, ids[c], random);
                sum->loss += part;  // (volatile: not fused with the product)
                sum->pairs += weight;
            }
        }
        if (!mean || n < 2) continue;
        w2v_scale(1.0f / total, mean, m->dim);
        sum->loss += w2v__validate_held_out_loss(t, mean, ids[c], random);
        sum->pairs += 1.0;
    }
}

// A w2v__item_fn.
static void w2v__validate_block(void *shared, size_t b, size_t thread)
{
    w2v__validate_run *v = (w2v__validate_run *)shared;
    const w2v_trainer *t = v->t;
    const w2v__corpus_block *block = &t->valid.blocks[b];
    w2v_random random = w2v_random_stream(t->cfg.seed, UINT64_MAX - 1 - b);
    uint32_t *kept = (uint32_t *)w2v__malloc(block->n * sizeof *kept);
    float *mean = t->cfg.architecture == W2V_CBOW ? w2v__new_floats(t->m->stride, NULL) : NULL;
    const int made = kept && (mean || t->cfg.architecture != W2V_CBOW);
    size_t n = 0;
    (void)thread;
    for (size_t i = 0; made && i <= block->n; i++) {
        const uint32_t id = i < block->n ? block->ids[i] : W2V_NONE;
        if (id == W2V_NONE) {
            w2v__validate_sentence(t, kept, n, &random, mean, &v->of[b]);
            n = 0;
        } else if ((uint32_t)(w2v_random_next(&random) >> 32) <= t->keep[w2v__min_size(id, t->frequent)]) {
            kept[n++] = id;
        }
    }
    if (!made) v->of[b].pairs = -1.0;
    W2V_FREE(kept);
    w2v__free_aligned(mean);
}

// Keeps the vectors as they are as the best: all matrices or, without memory, none.
static w2v_status w2v__validate_keep_rows(w2v_trainer *t, w2v_error *err)
{
    const size_t floats = t->m->size * t->m->stride;
    for (int matrix = 0; matrix < W2V__MODEL_MATRICES; matrix++) {
        const float *const rows = w2v__model_matrix(t->m, matrix);
        if (!rows) continue;
        if (!t->best[matrix]) t->best[matrix] = w2v__new_floats(floats, err);
        if (!t->best[matrix]) return w2v__trainer_forget_best(t), W2V_ERROR_MEMORY;
        memcpy(t->best[matrix], rows, floats * sizeof(float));
    }
    return W2V_OK;
}

// As before the first validation.
static void w2v__validate_forget_validations(w2v_trainer *t)
{
    w2v__trainer_forget_best(t);
    t->validations = t->report.stale = 0;
    t->report.valid_loss = t->report.best_loss = 0.0;
}

W2V_API w2v_status w2v_trainer_hold_out(w2v_trainer *t, const w2v_source *sources, size_t n, w2v_error *err)
{
    W2V_ASSERT(t && (sources || !n));
    w2v__corpus valid;
    w2v_config quiet = t->cfg;
    quiet.progress_fn = NULL;
    quiet.corpus_memory = 0;
    w2v_status status = w2v__trainer_check_model(t, err);
    if (status != W2V_OK) return status;
    w2v_vocab names = *t->m->vocab;  // of ids, in the order given
    names.items = t->given;
    status = w2v__corpus_open(&valid, sources, n, err);
    if (status == W2V_OK)
        status = w2v__corpus_look_up(&valid, &quiet, t->m->vocab, t->given ? &names : NULL, err);
    if (status == W2V_OK) status = w2v__corpus_check_pairs(&valid, err);
    if (status != W2V_OK) {
        w2v__corpus_free(&valid);
        return status;
    }
    w2v__corpus_free(&t->valid);
    t->valid = valid;
    w2v__validate_forget_validations(t);
    return W2V_OK;
}

W2V_API w2v_status w2v_trainer_validate(w2v_trainer *t, double *loss, w2v_error *err)
{
    W2V_ASSERT(t && loss);
    w2v__schedule_loss sum = {0.0, 0.0};
    w2v_status status = w2v__trainer_check_model(t, err);
    if (status != W2V_OK) return status;
    if (!t->valid.n_blocks)
        return w2v__fail(err, W2V_ERROR_ARGUMENT,
                         "there is no text to validate with: call w2v_trainer_hold_out");
    const size_t blocks = t->valid.n_blocks;
    w2v__validate_run v = {t, (w2v__schedule_loss *)w2v__new_aligned(blocks, sizeof *v.of, err)};
    if (!v.of) return W2V_ERROR_MEMORY;
    w2v__for_each(blocks, t->cfg.threads, w2v__validate_block, &v);
    for (size_t b = 0; b < blocks; b++) {
        w2v__schedule_add_loss(&sum, v.of[b]);
        if (v.of[b].pairs < 0.0) status = w2v__no_memory(err, t->valid.blocks[b].n * sizeof(uint32_t));
    }
    w2v__free_aligned(v.of);
    if (status != W2V_OK) return status;
    if (sum.pairs <= 0.0)
        return w2v__fail(err, W2V_ERROR_EMPTY, "sample %g keeps no pair of '%.200s' to validate with",
                         t->cfg.sample, w2v__corpus_name_of(&t->valid));
    const double mean = sum.loss / sum.pairs;
    if (!w2v__is_finite_double(mean))
        return w2v__fail(err, W2V_ERROR_DIVERGED,
                         "the held-out loss of '%.200s' is not finite: the learning rate, %g, is too high",
                         w2v__corpus_name_of(&t->valid), (double)t->cfg.learning_rate);
    const int best = !t->validations || mean < t->report.best_loss;
    if (best && t->cfg.keep_best) status = w2v__validate_keep_rows(t, err);
    if (status != W2V_OK) return status;
    t->validations++;
    t->report.valid_loss = mean;
    t->report.stale = best ? 0 : t->report.stale + 1;
    if (best) t->report.best_loss = mean;
    *loss = mean;
    return W2V_OK;
}

W2V_API void w2v_trainer_use_best(w2v_trainer *t)
{
    W2V_ASSERT(t);
    if (!t->best[W2V__MODEL_IN] || !t->m) return;
    t->vectors_changed = 1;
    const size_t bytes = t->m->size * t->m->stride * sizeof(float);
    for (int matrix = 0; matrix < W2V__MODEL_MATRICES; matrix++)
        if (t->best[matrix]) memcpy(w2v__model_matrix(t->m, matrix), t->best[matrix], bytes);
}
W2V__COLD_END
#endif  // W2V_NO_TRAIN

// -----------------------------------------------------------------------------------------------------------------
// >>native (implementation)
//
// w2v's own file of vectors is a file of parts (see >>files): "items", "texts" and "index" as in a w2v_vocab,
// "length", and the matrices "input", "output" and "nodes", padded as in memory. Rows of half precision or
// int8 are padded to 64 bytes; those of int8 have "input.scale", ..., which they are multiplied with. A
// checkpoint has more parts, see >>checkpoint.

W2V__COLD_BEGIN
static const char w2v__native_signature[9] = "w2v.vec1";
static const char *const w2v__native_matrix[W2V__MODEL_MATRICES] = {"input", "output", "nodes"};
static const char *const w2v__native_scale[W2V__MODEL_MATRICES] = {"input.scale", "output.scale",
                                                                   "nodes.scale"};

// Numbers from one row of a file to the next, if a number has `width` bytes.
static size_t w2v__native_stride(size_t dim, size_t width)
{
    const size_t line = W2V__FILES_LINE / width;
    return width == sizeof(float) ? w2v__model_row_stride(dim) : (dim + line - 1) / line * line;
}

// The scale of an int8 row, its largest magnitude / 127; 0 if a float cannot hold that.
static float w2v__native_scale_of(const float *row, size_t dim)
{
    float most = 0.0f;
    for (size_t k = 0; k < dim; k++) most = fabsf(row[k]) > most ? fabsf(row[k]) : most;
    const float scale = most / 127.0f;
    const int overflows = (double)scale * 127.0 > (double)FLT_MAX;  // it has been rounded up
    return overflows ? w2v__float_of_bits(w2v__bits_of_float(scale) - 1) : scale;
}

// A row of half precision or int8.
static void w2v__native_put_row(w2v__files_writer *w, const float *row, size_t dim, size_t width)
{
    const size_t stride = w2v__native_stride(dim, width), line = W2V__FILES_LINE / width;
    const double scale = width == 1 ? (double)w2v__native_scale_of(row, dim) : 1.0;
    for (size_t first = 0; first < stride; first += line) {
        uint16_t half[W2V__FILES_LINE / 2] = {0};
        int8_t whole[W2V__FILES_LINE] = {0};
        for (size_t k = first; k < w2v__min_size(first + line, dim); k++) {
            const double x = scale > 0.0 ? (double)row[k] / scale : 0.0, most = 127.0;
            if (width == 1)
                whole[k - first] = (int8_t)(x < 0.0 ? fmax(x, -most) - 0.5 : fmin(x, most) + 0.5);
            else
                half[k - first] = w2v__files_half_of(row[k]);
        }
        w2v__files_put_numbers(w, width == 1 ? (const void *)whole : (const void *)half, line, width);
    }
}

static void w2v__native_put_matrix(w2v__files_writer *w, const w2v_model *m, int matrix, size_t width)
{
    const float *rows = w2v__model_matrix(m, matrix);
    const uint64_t n = (uint64_t)m->size * w2v__native_stride(m->dim, width);
    if (width == sizeof(float))
        w2v__files_put_part(w, w2v__native_matrix[matrix], width, n, rows);
    else if (w2v__files_begin_part(w, w2v__native_matrix[matrix], width, n))
        for (size_t i = 0; i < m->size; i++) w2v__native_put_row(w, rows + i * m->stride, m->dim, width);
    if (width > 1 || !w2v__files_begin_part(w, w2v__native_scale[matrix], 4, m->size)) return;
    for (size_t i = 0; i < m->size; i++) {
        const float scale = w2v__native_scale_of(rows + i * m->stride, m->dim);
        w2v__files_put_numbers(w, &scale, 1, 4);
    }
}

typedef struct w2v__native_content {
    const w2v_model *m;
    size_t width;  // bytes of a number
} w2v__native_content;

static void w2v__native_put(w2v__files_writer *w, const void *content)
{
    const w2v__native_content *c = (const w2v__native_content *)content;
    const w2v_model *m = c->m;
    const w2v_vocab *v = m->vocab;
    w2v__files_put_part(w, "items", 8, 2 * (uint64_t)m->size, v->items);
    w2v__files_put_part(w, "texts", 1, v->bytes, v->texts);
    w2v__files_put_part(w, "index", 4, 2 * ((uint64_t)v->index.last + 1), v->index.slots);
    const int writing = w2v__files_begin_part(w, "length", 4, m->size);
    for (size_t i = 0; i < m->size && writing; i++) {
        const float length = w2v__model_length_of(m->input + i * m->stride, m->dim);
        w2v__files_put_numbers(w, &length, 1, 4);
    }
    for (int i = 0; i < W2V__MODEL_MATRICES; i++)
        if (w2v__model_matrix(m, i)) w2v__native_put_matrix(w, m, i, c->width);
}

// Writes a file of parts for a model, which put_fn puts. width: bytes of a number of its matrices.
static w2v_status w2v__native_write_parts(const w2v_model *m, size_t width, w2v__files_put_fn put_fn,
                                          const void *of, w2v__files_sink *sink)
{
    const uint64_t number[4] = {m->size, m->dim, w2v__native_stride(m->dim, width), 0};
    return w2v__files_write_parts(w2v__native_signature, number, put_fn, of, sink);
}

static w2v_status w2v__native_write(const w2v_model *m, size_t width, w2v__files_sink *sink)
{
    const float too_large = 65520.0f;  // would be rounded to infinity
    for (int k = 0; width == 2 && k < W2V__MODEL_MATRICES; k++)
        for (uint32_t i = 0; w2v__model_matrix(m, k) && i < m->size; i++)
            if (w2v__native_scale_of(w2v__model_matrix(m, k) + i * m->stride, m->dim) * 127.0f >= too_large)
                return w2v__fail(sink->err, W2V_ERROR_FORMAT,
                                 "the vector of '%.100s' has numbers that half precision cannot hold",
                                 w2v_vocab_word(m->vocab, i));
    const w2v__native_content content = {m, width};
    return w2v__native_write_parts(m, width, w2v__native_put, &content, sink);
}

// Whether the numbers of a row are finite, and followed by zeros, which kernels count on.
static int w2v__native_is_row(const w2v_model *m, const float *row)
{
    size_t k = m->dim;
    while (k < m->stride && !(w2v__bits_of_float(row[k]) << 1)) k++;
    return k == m->stride && w2v__kernels_in_use()->finite(row, m->dim);
}

// Whether the last byte is a NUL, and no W2V_MAX_WORD + 1 bytes are without one: then every word ends.
static int w2v__native_texts_end(const char *texts, uint64_t n)
{
    uint64_t begin = 0;
    while (begin < n) {
        uint64_t end = n - begin > W2V_MAX_WORD ? begin + W2V_MAX_WORD : n - 1;
        while (end > begin && texts[end]) end--;
        if (texts[end]) return 0;
        begin = end + 1;
    }
    return n > 0;
}

// The vocabulary of a file, whose arrays stay there.
static w2v_status w2v__native_vocab(w2v_vocab **vocab, const w2v__files_parts *p, uint64_t size,
                                    w2v_error *err)
{
    const uint64_t bytes = w2v__files_part_count(p, "texts", 1),
                   slots = w2v__files_part_count(p, "index", 4) / 2;
    w2v_vocab *v = (w2v_vocab *)w2v__new_zeros(1, sizeof *v, err);
    if (!v) return W2V_ERROR_MEMORY;
    v->mapped = 1;
    v->size = (size_t)size;
    v->items = (w2v__vocab_item *)w2v__files_part_of(p, "items", 8, 2 * size);
    v->texts = (char *)w2v__files_part_of(p, "texts", 1, bytes);
    v->bytes = (size_t)bytes;
    v->index.slots = (w2v__vocab_slot *)w2v__files_part_of(p, "index", 4, 2 * slots);
    v->index.last = (uint32_t)(slots - 1);
    if (v->items && v->texts && v->index.slots && slots && slots - 1 <= UINT32_MAX / 2 &&
        !(slots & (slots - 1)) && w2v__native_texts_end(v->texts, bytes))
        return *vocab = v, W2V_OK;
    w2v_vocab_free(v);
    return w2v__files_damaged(p, err);
}

typedef struct w2v__native_decoder {
    const w2v_model *m;
    size_t width, stride;  // of the file
    void *from;
    const float *scale;
    float *to;
} w2v__native_decoder;

enum { W2V__NATIVE_ROWS = 1024 };  // that a thread takes at once

static void w2v__native_decode(void *shared, size_t item, size_t thread)
{
    const w2v__native_decoder *d = (const w2v__native_decoder *)shared;
    const size_t first = item * W2V__NATIVE_ROWS, end = w2v__min_size(first + W2V__NATIVE_ROWS, d->m->size);
    (void)thread;
    for (size_t i = first; i < end; i++)
        for (size_t k = 0; k < d->m->dim; k++) {
            const size_t at = i * d->stride + k;
            d->to[i * d->m->stride + k] = d->width == 1
                                              ? d->scale[i] * (float)((const int8_t *)d->from)[at]
                                              : w2v__files_float_of_half(((const uint16_t *)d->from)[at]);
        }
}

// Points a matrix to the rows of the file, or makes rows of those of half precision or int8.
static w2v_status w2v__native_matrix_of(w2v_model *m, int matrix, const w2v__files_parts *p, size_t width,
                                        w2v_error *err)
{
    const size_t stride = w2v__native_stride(m->dim, width);
    void *from = w2v__files_part_of(p, w2v__native_matrix[matrix], width, (uint64_t)m->size * stride);
    const float *scale = (const float *)w2v__files_part_of(p, w2v__native_scale[matrix], 4, m->size);
    w2v__native_decoder d = {m, width, stride, from, scale, NULL};
    if (!d.from) return W2V_OK;
    if (width == 1 && !d.scale) return w2v__files_damaged(p, err);
    if (width == sizeof(float)) return *w2v__model_matrix_at(m, matrix) = (float *)d.from, W2V_OK;
    *w2v__model_matrix_at(m, matrix) = d.to = w2v__new_floats(w2v__mul(m->size, m->stride), err);
    if (!d.to) return W2V_ERROR_MEMORY;
    w2v__for_each((m->size - 1) / W2V__NATIVE_ROWS + 1, p->threads, w2v__native_decode, &d);
    return W2V_OK;
}

// A model whose arrays are in the file. Free it also on failure.
static w2v_status w2v__native_model(w2v_model *m, const w2v__files_parts *p, w2v_error *err)
{
    const uint64_t size = p->top->head.number[0], dim = p->top->head.number[1];
    size_t width = 4;
    while (width && !w2v__files_part_count(p, "input", width)) width /= 2;
    if (!width || !size || size >= W2V_NONE || !dim || dim > W2V_MAX_DIM ||
        p->top->head.number[2] != w2v__native_stride((size_t)dim, width))
        return w2v__files_damaged(p, err);
    m->size = (size_t)size;
    m->dim = (size_t)dim;
    m->stride = w2v__model_row_stride(m->dim);
    w2v_status status = w2v__native_vocab(&m->vocab, p, size, err);
    for (int i = 0; status == W2V_OK && i < W2V__MODEL_MATRICES; i++)
        status = w2v__native_matrix_of(m, i, p, width, err);
    if (status != W2V_OK) return status;
    if (width == sizeof(float)) m->length = (float *)w2v__files_part_of(p, "length", 4, size);
    if (!m->input || (width == sizeof(float) && !m->length)) return w2v__files_damaged(p, err);
    if (m->length) return W2V_OK;
    m->length = w2v__new_floats(m->size, err);
    if (!m->length) return W2V_ERROR_MEMORY;
    w2v_model_changed(m);
    return W2V_OK;
}
W2V__COLD_END

// -----------------------------------------------------------------------------------------------------------------
// >>io (implementation)

W2V__INLINE int w2v__io_is_blank(char c) { return c == ' ' || c == '\t'; }

// The next field of a line, which blanks separate, and its length; NULL after the last one.
static const char *w2v__io_next_field(const char **at, const char *end, size_t *n)
{
    const char *field = *at;
    while (field < end && w2v__io_is_blank(*field)) field++;
    for (*at = field; *at < end && !w2v__io_is_blank(**at);) ++*at;
    *n = (size_t)(*at - field);
    return *n ? field : NULL;
}

// "V D", or "V D documents" as of deeplearning4j. Returns how many numbers there are, 0 if the line is not a
// header.
static int w2v__io_read_header(const char *line, size_t n, uint64_t value[3])
{
    int count = 0;
    size_t bytes;
    for (const char *at = line, *field; (field = w2v__io_next_field(&at, line + n, &bytes)) != NULL; count++)
        if (count == 3 || !w2v__read_whole_number(field, bytes, &value[count])) return 0;
    return count < 2 ? 0 : count;
}

// Refuses words that have one of `blanks`. Every reader of the format keeps other white space.
static w2v_status w2v__io_check_words(const w2v_vocab *vocab, const char *blanks, w2v_error *err)
{
    for (uint32_t i = 0; i < w2v_vocab_size(vocab); i++) {
        const char *word = w2v_vocab_word(vocab, i), *blank = strpbrk(word, blanks);
        if (blank)
            return w2v__fail(err, W2V_ERROR_FORMAT,
                             "the word '%.100s' cannot be written: it has white space in it (byte 0x%02x)",
                             word, (unsigned)*blank);
    }
    return W2V_OK;
}

static w2v_status w2v__io_check_vectors(const w2v_model *m, const float *rows, w2v_error *err)
{
    const w2v_status cpu = w2v__kernels_check_cpu(err);
    if (cpu != W2V_OK) return cpu;
    const w2v__kernels *kernels = w2v__kernels_in_use();
    for (uint32_t i = 0; i < m->size; i++) {
        const float *row = rows + i * m->stride;
        if (kernels->finite(row, m->dim)) continue;
        for (size_t k = 0; k < m->dim; k++)
            if (!w2v__is_finite(row[k]))
                return w2v__fail(err, W2V_ERROR_FORMAT,
                                 "the vector of '%.100s' cannot be written: number %zu is %g",
                                 w2v_vocab_word(m->vocab, i), k + 1, (double)row[k]);
    }
    return W2V_OK;
}

W2V__COLD_BEGIN
enum { W2V__IO_HEADER = 512 };  // bytes of the longest header

// A signature, the version, and the length of the rest, which is padded: the array begins at a multiple of 64
// (numpy.lib.format, version 1.0).
static size_t w2v__io_npy_header(const w2v_model *m, char out[W2V__IO_HEADER])
{
    const size_t fixed = 10, unit = 64, room = (size_t)W2V__IO_HEADER - fixed,
                 n = fixed +
                     (size_t)snprintf(out + fixed, room,
                                      "{'descr': '<f4', 'fortran_order': False, 'shape': (%zu, %zu), }",
                                      m->size, m->dim),
                 all = (n + unit) / unit * unit;
    memset(out + n, ' ', all - n);
    out[all - 1] = '\n';
    memcpy(out, "\x93NUMPY\1", 8);
    w2v__files_put_whole(out + 8, all - fixed, 2);
    return all;
}

// The length of the rest, and what is where (github.com/huggingface/safetensors, "Format").
static size_t w2v__io_safetensors_header(const w2v_model *m, char out[W2V__IO_HEADER])
{
    const unsigned long long bytes = 4 * (unsigned long long)m->size * m->dim;
    size_t n = 8;
    for (unsigned k = 0; k < (m->output ? 2u : 1u); k++)
        n += (size_t)snprintf(out + n, W2V__IO_HEADER - n,
                              "%s\"%s\":{\"dtype\":\"F32\",\"shape\":[%zu,%zu],\"data_offsets\":[%llu,%llu]}",
                              k ? "," : "{", k ? "output" : "embeddings", m->size, m->dim, k * bytes,
                              (k + 1) * bytes);
    out[n++] = '}';
    while (n % 8) out[n++] = ' ';
    w2v__files_put_whole(out, n - 8, 8);
    return n;
}

static size_t w2v__io_count_header(const w2v_model *m, char out[W2V__IO_HEADER])
{
    return (size_t)snprintf(out, W2V__IO_HEADER, "%zu %zu\n", m->size, m->dim);
}

// What a file of a format has: a header, and a record for every word.
typedef struct w2v__io_layout {
    w2v_format format;
    size_t native_width;                                                // bytes of a number; 0: other files
    size_t (*header_fn)(const w2v_model *m, char out[W2V__IO_HEADER]);  // NULL: there is none
    int with_words;                                                     // and a blank after each
    char separator;      // after a number, which is text; 0: numbers are bytes
    const char *blanks;  // white space that would end a word
} w2v__io_layout;

static const w2v__io_layout w2v__io_layouts[] = {
    {W2V_FORMAT_TEXT, 0, w2v__io_count_header, 1, ' ', W2V__WHITE_SPACE},
    {W2V_FORMAT_BINARY, 0, w2v__io_count_header, 1, 0, " \n"},
    {W2V_FORMAT_GLOVE, 0, NULL, 1, ' ', W2V__WHITE_SPACE},
    {W2V_FORMAT_TSV, 0, NULL, 0, '\t', ""},
    {W2V_FORMAT_NPY, 0, w2v__io_npy_header, 0, 0, ""},
    {W2V_FORMAT_SAFETENSORS, 0, w2v__io_safetensors_header, 0, 0, ""},
    {W2V_FORMAT_NATIVE, 4, NULL, 0, 0, ""},
    {W2V_FORMAT_NATIVE_FLOAT16, 2, NULL, 0, 0, ""},
    {W2V_FORMAT_NATIVE_INT8, 1, NULL, 0, 0, ""}};

static const w2v__io_layout *w2v__io_layout_of(w2v_format format)
{
    for (size_t i = 0; i < sizeof w2v__io_layouts / sizeof *w2v__io_layouts; i++)
        if (w2v__io_layouts[i].format == format) return w2v__io_layouts + i;
    return NULL;
}
W2V__COLD_END

// Writes the record of a word. Returns how many bytes it has.
static size_t w2v__io_put_record(const w2v__io_layout *f, const w2v_model *m, const float *rows, size_t id,
                                 char *out)
{
    const float *row = rows + id * m->stride;
    const char separator = f->separator;
    char *p = out;
    if (f->with_words) {
        const char *word = w2v_vocab_word(m->vocab, (uint32_t)id);
        const size_t n = strlen(word);
        memcpy(p, word, n);
        p += n;
        *p++ = ' ';
    }
    for (size_t k = 0; k < m->dim; k++) {
        if (separator) {
            p += w2v__write_float(p, row[k]);
            *p++ = separator;
        } else {
            w2v__files_put_whole(p, w2v__bits_of_float(row[k]), 4);
            p += 4;
        }
    }
    if (!separator && f->with_words) p++;
    if (separator || f->with_words) p[-1] = '\n';
    return (size_t)(p - out);
}

enum {
    W2V__IO_SAVE_THREADS = 16,        // more would wait for the one that writes
    W2V__IO_SAVE_CHUNK = 256 * 1024,  // bytes, about: handing it over costs little beside filling it
    W2V__IO_SAVE_CHUNKS = 4           // for each thread in a round
};

// Records are made by all threads, a chunk at a time, and written in their order by the calling thread,
// number 0: while it writes the chunks of one round, the others fill those of the next.
typedef struct w2v__io_writer {
    const w2v__io_layout *layout;
    const w2v_model *m;
    const float *rows;
    w2v__files_sink *sink;
    size_t records, room;   // of a chunk, and the bytes that these can take
    size_t chunks;          // of a round
    size_t begin, written;  // chunks before this round, and those of them that are written
    char *text;             // (2 * chunks, room): chunk i at i % (2 * chunks)
    size_t *used;           // (2 * chunks) bytes
} w2v__io_writer;

static void w2v__io_write_chunks(w2v__io_writer *w)
{
    for (; w->written < w->begin; w->written++) {
        const size_t slot = w->written % (2 * w->chunks);
        w2v__files_put(w->sink, w->text + slot * w->room, w->used[slot]);
    }
}

static void w2v__io_fill_chunk(void *shared, size_t item, size_t thread)
{
    w2v__io_writer *w = (w2v__io_writer *)shared;
    if (!thread) w2v__io_write_chunks(w);
    const size_t chunk = w->begin + item, slot = chunk % (2 * w->chunks), first = chunk * w->records,
                 end = w2v__min_size(first + w->records, w->m->size);
    char *text = w->text + slot * w->room, *p = text;
    for (size_t id = first; id < end; id++) p += w2v__io_put_record(w->layout, w->m, w->rows, id, p);
    w->used[slot] = (size_t)(p - text);
}

W2V__COLD_BEGIN
// One record for each word, in order; the threads do not show in the bytes.
static w2v_status w2v__io_write_records(const w2v__io_layout *layout, const w2v_model *m, const float *rows,
                                        w2v__files_sink *sink, size_t threads)
{
    w2v__io_writer w = {layout, m, rows, sink, 0, 0, 0, 0, 0, NULL, NULL};
    size_t longest = 0;
    for (uint32_t i = 0; i < m->size; i++) {
        const size_t n = strlen(w2v_vocab_word(m->vocab, i));
        longest = n > longest ? n : longest;
    }
    const size_t record = w2v__add(longest + 2, w2v__mul(m->dim, 17)), fit = W2V__IO_SAVE_CHUNK / record;
    w.records = w2v__min_size(fit ? fit : 1, m->size);
    w.room = w2v__mul(w.records, record);
    const size_t total = (m->size + w.records - 1) / w.records;
    threads = w2v__min_size(w2v__min_size(threads, W2V__IO_SAVE_THREADS), total);
    const size_t round = threads * W2V__IO_SAVE_CHUNKS * W2V__IO_SAVE_CHUNK /
                         w.room;  // memory does not grow with long records
    w.chunks = w2v__min_size(round ? round : 1, total);
    w.used = (size_t *)w2v__new(2 * w.chunks, w2v__add(w.room, sizeof *w.used), sink->err);
    if (!w.used) return W2V_ERROR_MEMORY;
    w.text = (char *)(w.used + 2 * w.chunks);
    while (w.begin < total && !sink->stopped) {
        const size_t n = w2v__min_size(w.chunks, total - w.begin);
        w2v__for_each(n, threads, w2v__io_fill_chunk, &w);
        w2v__io_write_chunks(&w);  // those of the round before, if thread 0 has filled none
        w.begin += n;
    }
    w2v__io_write_chunks(&w);
    W2V_FREE(w.used);
    return W2V_OK;
}

static int w2v__io_looks_like_text(const char *bytes, size_t n, size_t dim);
enum { W2V__IO_SNIFF = 65536 };  // bytes of a file that decide whether its vectors are text

// Refuses binary vectors that w2v_model_load would take for text.
static w2v_status w2v__io_check_binary(const w2v__io_layout *f, const w2v_model *m, w2v_error *err)
{
    const size_t room = W2V__IO_SNIFF + W2V_MAX_WORD + 2 + 4 * m->dim;
    char *bytes = (char *)w2v__new(room, 1, err);
    if (!bytes) return W2V_ERROR_MEMORY;
    size_t n = 0;
    for (size_t id = 0; id < m->size && n < W2V__IO_SNIFF; id++)
        n += w2v__io_put_record(f, m, m->input, id, bytes + n);
    const int text = w2v__io_looks_like_text(bytes, n, m->dim);
    W2V_FREE(bytes);
    if (!text) return W2V_OK;
    return w2v__fail(
        err, W2V_ERROR_FORMAT,
        "the vectors cannot be written as binary: their bytes look like text (write them as text)");
}

// The next character that is no white space, from `at` in word *id on or in a later word; the end if there is
// none.
static const char *w2v__io_next_visible(const w2v_vocab *vocab, uint32_t *id, const char *at)
{
    at += strspn(at, W2V__WHITE_SPACE);
    while (!*at && *id + 1 < vocab->size) {
        at = w2v_vocab_word(vocab, ++*id);
        at += strspn(at, W2V__WHITE_SPACE);
    }
    return at;
}

// Readers recognise a file by its first words. Refuses words with which they would take the list for another
// kind of file: of a list of words also for JSON, of vectors for w2v's own file.
static w2v_status w2v__io_check_first(const w2v_vocab *vocab, int list, w2v_error *err)
{
    uint32_t id = 0;
    const char *word = w2v_vocab_word(vocab, 0), *first = w2v__io_next_visible(vocab, &id, word),
               *next = w2v__io_next_visible(vocab, &id, first + (*first != 0));
    if (!w2v__files_foreign(word, strlen(word)) && strncmp(word, "\xEF\xBB\xBF", 3) &&
        !(list ? *first == '{' && (*next == '"' || *next == '}') : !strncmp(word, w2v__native_signature, 7)))
        return W2V_OK;
    return w2v__fail(err, W2V_ERROR_FORMAT,
                     "the file cannot begin with '%.100s': it would be taken for one of another kind", word);
}

// A first line that looks like a header would be taken for one, and a word and a whole number in every line
// for a vocabulary.
static w2v_status w2v__io_check_headerless(const w2v__io_layout *f, const w2v_model *m, w2v_error *err)
{
    uint64_t header[3];
    char first[W2V_MAX_WORD + 64];
    const size_t n = m->dim == 2 ? w2v__io_put_record(f, m, m->input, 0, first) - 1 : 0;
    if (m->dim > 2 || (m->dim == 2 && !w2v__io_read_header(first, n, header)))
        return w2v__io_check_first(m->vocab, 0, err);
    return w2v__fail(err, W2V_ERROR_FORMAT,
                     "these vectors of %zu number%s cannot be written without a header (write them as text)",
                     m->dim, m->dim == 1 ? "" : "s");
}

W2V_API w2v_status w2v_model_write(const w2v_model *m, w2v_write_fn write_fn, void *user, w2v_format format,
                                   w2v_error *err)
{
    W2V_ASSERT(m && write_fn);
    const w2v__io_layout *const f = w2v__io_layout_of(format);
    if (!f)
        return w2v__fail(err, W2V_ERROR_ARGUMENT,
                         "format is %d: vectors are written as W2V_FORMAT_TEXT, BINARY, GLOVE, TSV, NPY, "
                         "SAFETENSORS or NATIVE",
                         (int)format);
    if (m->dim > W2V_MAX_DIM)
        return w2v__fail(err, W2V_ERROR_FORMAT, "vectors of %zu numbers cannot be written (1 to %d)", m->dim,
                         W2V_MAX_DIM);
    const int both = format == W2V_FORMAT_SAFETENSORS && m->output;
    w2v_status status = w2v__io_check_vectors(m, m->input, err);
    if (status == W2V_OK && m->output && (both || f->native_width))
        status = w2v__io_check_vectors(m, m->output, err);
    if (status == W2V_OK && m->nodes && f->native_width) status = w2v__io_check_vectors(m, m->nodes, err);
    if (status == W2V_OK) status = w2v__io_check_words(m->vocab, f->blanks, err);
    if (status == W2V_OK && format == W2V_FORMAT_BINARY) status = w2v__io_check_binary(f, m, err);
    if (status == W2V_OK && format == W2V_FORMAT_GLOVE) status = w2v__io_check_headerless(f, m, err);
    if (status != W2V_OK) return status;
    w2v__files_sink sink;
    w2v__files_sink_init(&sink, write_fn, user, err);
    if (f->native_width) return w2v__native_write(m, f->native_width, &sink);
    char header[W2V__IO_HEADER];
    if (f->header_fn) w2v__files_put(&sink, header, f->header_fn(m, header));
    const size_t threads =
        f->separator ? w2v__cpus() : 1;  // the system takes bytes slower than one packs them
    status = w2v__io_write_records(f, m, m->input, &sink, threads);
    if (status == W2V_OK && both) status = w2v__io_write_records(f, m, m->output, &sink, 1);
    return status == W2V_OK ? w2v__files_sink_end(&sink) : status;
}

static int w2v__io_has_counts(const w2v_vocab *vocab)
{
    for (uint32_t i = 0; i < w2v_vocab_size(vocab); i++)
        if (w2v_vocab_count(vocab, i)) return 1;
    return 0;
}

// The metadata of the projector (www.tensorflow.org/tensorboard/tensorboard_projector_plugin).
static w2v_status w2v__io_put_metadata(w2v__files_sink *f, const w2v_vocab *vocab)
{
    const int counts = w2v__io_has_counts(vocab);
    if (!counts && w2v__io_check_first(vocab, 1, f->err) != W2V_OK) return W2V_ERROR_FORMAT;
    if (counts) w2v__files_print(f, "word\tcount\n");
    for (uint32_t i = 0; i < w2v_vocab_size(vocab); i++) {
        for (const char *c = w2v_vocab_word(vocab, i); *c; c++)
            w2v__files_put(f, *c == '\t' || *c == '\n' || *c == '\r' ? " " : c, 1);
        if (counts) w2v__files_print(f, "\t%llu", (unsigned long long)w2v_vocab_count(vocab, i));
        w2v__files_put(f, "\n", 1);
    }
    return W2V_OK;
}

static void w2v__io_put_json_string(w2v__files_sink *f, const char *text)
{
    w2v__files_put(f, "\"", 1);
    for (; *text; text++) {
        if ((unsigned char)*text < ' ')
            w2v__files_print(f, "\\u%04x", (unsigned)*text);
        else
            w2v__files_print(f, *text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
    }
    w2v__files_put(f, "\"", 1);
}

// tokenizer.json (huggingface.co/docs/tokenizers): a model that takes whole words.
static w2v_status w2v__io_put_tokenizer(w2v__files_sink *f, const w2v_vocab *vocab)
{
    static const char *const names[] = {"<unk>", "[UNK]", "UNK"};
    size_t u = 0;
    while (u < 2 && w2v_vocab_find(vocab, names[u]) == W2V_NONE) u++;
    const uint32_t unknown = w2v_vocab_find(vocab, names[u]);
    int capital = 0;
    for (uint32_t i = 0; i < w2v_vocab_size(vocab); i++) {
        uint32_t code;
        size_t n;
        for (const char *c = w2v_vocab_word(vocab, i); *c; c += n) {
            capital |= *c >= 'A' && *c <= 'Z' && i != unknown;
            n = w2v__utf8_character(c, &code);
            if (!n)
                return w2v__fail(f->err, W2V_ERROR_FORMAT,
                                 "the word '%.100s' cannot be written: it is not UTF-8",
                                 w2v_vocab_word(vocab, i));
        }
    }
    w2v__files_print(f,
                     "{\"version\":\"1.0\",\"truncation\":null,\"padding\":null,\"added_tokens\":[],"
                     "\"normalizer\":%s,\"pre_tokenizer\":{\"type\":\"WhitespaceSplit\"},"
                     "\"post_processor\":null,\"decoder\":null,\"model\":{\"type\":\"WordLevel\",\"vocab\":{",
                     capital ? "null" : "{\"type\":\"Lowercase\"}");
    for (uint32_t i = 0; i < w2v_vocab_size(vocab); i++) {
        w2v__files_print(f, i ? ",\n" : "\n");
        w2v__io_put_json_string(f, w2v_vocab_word(vocab, i));
        w2v__files_print(f, ":%lu", (unsigned long)i);
    }
    w2v__files_print(f, "},\n\"unk_token\":");
    w2v__io_put_json_string(f, names[unknown == W2V_NONE ? 0 : u]);
    w2v__files_print(f, "}}\n");
    return W2V_OK;
}

W2V_API w2v_status w2v_model_write_words(const w2v_model *m, w2v_write_fn write_fn, void *user,
                                         w2v_format format, w2v_error *err)
{
    W2V_ASSERT(m && write_fn);
    w2v__files_sink f;
    w2v_status status = W2V_OK;
    w2v__files_sink_init(&f, write_fn, user, err);
    if (format == W2V_FORMAT_SAFETENSORS)
        status = w2v__io_put_tokenizer(&f, m->vocab);
    else if (format == W2V_FORMAT_TSV || format == W2V_FORMAT_NPY)
        status = w2v__io_put_metadata(&f, m->vocab);
    else
        return w2v__fail(
            err, W2V_ERROR_ARGUMENT,
            "format is %d: words have a file of their own with W2V_FORMAT_TSV, NPY and SAFETENSORS",
            (int)format);
    return status == W2V_OK ? w2v__files_sink_end(&f) : status;
}

static void w2v__io_put_word_and_number(w2v__files_sink *f, const char *word, uint64_t number)
{
    w2v__files_print(f, "%s %llu\n", word, (unsigned long long)number);
}

W2V_API w2v_status w2v_vocab_write(const w2v_vocab *vocab, w2v_write_fn write_fn, void *user, w2v_error *err)
{
    W2V_ASSERT(vocab && write_fn);
    w2v__files_sink f;
    if (!w2v__io_has_counts(vocab))
        return w2v__fail(err, W2V_ERROR_ARGUMENT, "the vocabulary has no counts to write");
    const w2v_status status = w2v__io_check_words(vocab, W2V__WHITE_SPACE, err);
    if (status != W2V_OK) return status;
    w2v__files_sink_init(&f, write_fn, user, err);
    const uint32_t first = w2v_vocab_find(vocab, "</s>");
    w2v__io_put_word_and_number(&f, "</s>", first == W2V_NONE ? 0 : w2v_vocab_count(vocab, first));
    for (uint32_t i = 0; i < w2v_vocab_size(vocab); i++)
        if (i != first) w2v__io_put_word_and_number(&f, w2v_vocab_word(vocab, i), w2v_vocab_count(vocab, i));
    return w2v__files_sink_end(&f);
}

W2V_API w2v_status w2v_vocab_write_classes(const w2v_vocab *vocab, const uint32_t *class_of,
                                           w2v_write_fn write_fn, void *user, w2v_error *err)
{
    W2V_ASSERT(vocab && class_of && write_fn);
    w2v__files_sink f;
    const w2v_status status = w2v__io_check_words(vocab, W2V__WHITE_SPACE, err);
    if (status != W2V_OK) return status;
    w2v__files_sink_init(&f, write_fn, user, err);
    for (uint32_t i = 0; i < w2v_vocab_size(vocab); i++)
        w2v__io_put_word_and_number(&f, w2v_vocab_word(vocab, i), class_of[i]);
    return w2v__files_sink_end(&f);
}

#ifndef W2V_NO_STDIO
enum { W2V__IO_VECTORS, W2V__IO_WORDS, W2V__IO_CONFIG, W2V__IO_PARTS };  // files of a model

// The name of one of them; NULL without memory.
static char *w2v__io_name_of(const char *path, w2v_format format, int part, w2v_error *err)
{
    const size_t n = strlen(path), folder = w2v__files_folder_bytes(path);
    if (part == W2V__IO_VECTORS) return w2v__files_join(path, 0, path, err);
    if (part == W2V__IO_CONFIG) return w2v__files_join(path, folder, "config.json", err);
    if (format == W2V_FORMAT_NPY)
        return w2v__files_join(path, n > 4 && !strcmp(path + n - 4, ".npy") ? n - 4 : n, ".tsv", err);
    return w2v__files_join(path, folder, format == W2V_FORMAT_TSV ? "metadata.tsv" : "tokenizer.json", err);
}

// The configuration that model2vec reads beside its vectors.
static w2v_status w2v__io_write_settings(const w2v_model *m, w2v_file *f)
{
    char text[256];
    const int n =
        snprintf(text, sizeof text,
                 "{\"model_type\":\"model2vec\",\"architectures\":[\"StaticModel\"],\"hidden_dim\":%zu,"
                 "\"seq_length\":1000000,\"normalize\":false}\n",
                 m->dim);
    return w2v_file_write(text, (size_t)n, f) ? W2V_ERROR_STOPPED : W2V_OK;  // f->why says why
}

// Writes one of them, complete but for its name: commit *file, or discard it on failure.
static w2v_status w2v__io_write_part(const w2v_model *m, int part, const char *path, w2v_format format,
                                     w2v_file **file, w2v_error *err)
{
    w2v_status status = w2v_file_create(file, path, err);
    if (status != W2V_OK) return status;
    w2v_file *f = *file;
    status = w2v__files_spare(f, (const w2v__files_parts *)m->storage, err);
    if (status != W2V_OK) return status;
    status = part == W2V__IO_VECTORS ? w2v_model_write(m, w2v_file_write, f, format, err)
             : part == W2V__IO_WORDS ? w2v_model_write_words(m, w2v_file_write, f, format, err)
                                     : w2v__io_write_settings(m, f);
    return status == W2V_OK || (status == W2V_ERROR_STOPPED && f->why) ? w2v__files_end(f, err) : status;
}

W2V_API w2v_status w2v_model_save(const w2v_model *m, const char *path, w2v_format format, w2v_error *err)
{
    W2V_ASSERT(m && path);
    w2v_file *file[W2V__IO_PARTS] = {NULL, NULL, NULL};
    char *name[W2V__IO_PARTS] = {NULL, NULL, NULL};
    w2v_status status = W2V_OK;
    const int tensors = format == W2V_FORMAT_SAFETENSORS,
              parts = 1 + (tensors || format == W2V_FORMAT_TSV || format == W2V_FORMAT_NPY) + tensors;
    for (int i = 0; i < parts && status == W2V_OK; i++) {
        name[i] = w2v__io_name_of(path, format, i, err);
        if (!name[i])
            status = W2V_ERROR_MEMORY;
        else if (i && !strcmp(name[i], path))
            status = w2v__fail(
                err, W2V_ERROR_ARGUMENT,
                "'%.200s' is the name of what is written beside the vectors: give them another one", path);
    }
    for (int i = 0; i < parts && status == W2V_OK; i++)
        status = w2v__io_write_part(m, i, name[i], format, &file[i], err);
    for (int i = parts; i-- > 0;) {
        if (status == W2V_OK)
            status = w2v_file_commit(file[i], err);
        else
            w2v_file_discard(file[i]);
        W2V_FREE(name[i]);
    }
    return status;
}

W2V_API w2v_status w2v_vocab_save(const w2v_vocab *vocab, const char *path, w2v_error *err)
{
    w2v_file *f;
    const w2v_status status = w2v_file_create(&f, path, err);
    if (status != W2V_OK) return status;
    return w2v__files_finish(f, w2v_vocab_write(vocab, w2v_file_write, f, err), err);
}

W2V_API w2v_status w2v_vocab_save_classes(const w2v_vocab *vocab, const uint32_t *class_of, const char *path,
                                          w2v_error *err)
{
    w2v_file *f;
    const w2v_status status = w2v_file_create(&f, path, err);
    if (status != W2V_OK) return status;
    return w2v__files_finish(f, w2v_vocab_write_classes(vocab, class_of, w2v_file_write, f, err), err);
}

W2V_API w2v_status w2v_vocab_load(w2v_vocab **vocab, const char *path, w2v_error *err)
{
    W2V_ASSERT(path);
    const w2v_source source = w2v_source_file(path);
    return w2v_vocab_read(vocab, &source, err);
}
#endif

// A line of text as a row: a word and numbers, split from the right, for words may contain blanks.
typedef struct w2v__io_row {
    const char *word;
    size_t word_bytes;  // 0 if the line begins with a blank and has numbers only
    size_t numbers;     // at most the number requested; all there are if 0 was requested
    const char *bad;    // the field that should be a number and is none, or NULL
    size_t bad_bytes;
} w2v__io_row;

// A line of the file, and what it is as a row.
typedef struct w2v__io_line {
    w2v__files_line line;
    w2v__io_row row;
    size_t place;  // of its numbers among the rows
    int refused;   // it has a NUL byte or is too long: it is not a row
} w2v__io_line;

// A model while it is read.
typedef struct w2v__io_loader {
    w2v__files_input in;
    w2v_load_config cfg;
    w2v_load_report report;
    w2v_model *model;                    // of these rows, once they are read
    w2v_vocab *vocab, *keep;             // keep: the words to be kept; NULL: all
    uint32_t *place;                     // (places) where the word of a row is in vocab, or W2V_NONE
    size_t places, place_capacity;
    float *rows;                         // (capacity, stride)
    size_t size, dim, stride, capacity;  // size: words so far
    uint64_t dim_line;           // the line that says what dim is
    int with_header;
    int base64;            // words may be written as B64:...
    uint64_t whole;        // rows of one number, a whole one
    uint64_t number_ends;  // rows whose word has a blank and ends in a whole number
    size_t most_numbers;   // of these rows, with the numbers at the end of the word
    w2v__io_line *ahead;   // lines that have been read ahead
    size_t next, lines;    // the next one, and all
    size_t group;          // lines that a thread takes
    size_t window;         // bytes to be read ahead
    const w2v__files_input *vectors;  // while `in` is the source of their words; else NULL
    uint64_t reported;                // bytes of `in`
} w2v__io_loader;
W2V__COLD_END

static w2v_status w2v__io_reserve(w2v__io_loader *l, size_t rows)
{
    if (rows <= l->capacity) return W2V_OK;
    const size_t least = 1 + 4096 / l->dim, twice = w2v__mul(2, l->capacity), row = l->stride * sizeof(float);
    rows = rows > twice ? rows : twice;
    rows = rows > least ? rows : least;
    float *grown = (float *)w2v__resize_aligned(l->rows, l->size * row, w2v__mul(rows, row));
    if (!grown) return w2v__no_memory(l->in.err, w2v__mul(rows, row));
    l->rows = grown;
    l->capacity = rows;
    return W2V_OK;
}

// Vectors of dim numbers follow, `rows` of them by the header (0: it does not say). They get room at once if
// the source has at least two bytes for each number. Otherwise, as when its size is not known, room grows as
// rows come.
static w2v_status w2v__io_expect(w2v__io_loader *l, uint64_t rows, size_t dim)
{
    l->dim = dim;
    l->stride = w2v__model_row_stride(dim);
    if (rows > w2v__files_left(&l->in) / 2 / dim) return W2V_OK;
    if (rows > l->cfg.max_words) rows = l->cfg.max_words;
    if (l->keep && rows > l->keep->size) rows = l->keep->size;
    return w2v__io_reserve(l, (size_t)rows);
}

// Room for one more row, after the last one; NULL without memory.
static float *w2v__io_next_row(w2v__io_loader *l)
{
    if (w2v__io_reserve(l, l->size + 1) != W2V_OK) return NULL;
    float *row = l->rows + l->size * l->stride;
    memset(row + l->dim, 0, (l->stride - l->dim) * sizeof *row);
    return row;
}

// Reports how far the reading is: now and then, or `always`.
static w2v_status w2v__io_progress(w2v__io_loader *l, int always)
{
    enum { BYTES = 4 << 20 };  // 20 ms of text
    const w2v__files_input *vectors = l->vectors ? l->vectors : &l->in;
    const w2v_load_progress progress = {vectors->offset, vectors->reader.bytes, l->size};
    if (!l->cfg.progress_fn || (!always && l->in.offset < l->reported + BYTES)) return W2V_OK;
    l->reported = l->in.offset;
    if (!l->cfg.progress_fn(&progress, l->cfg.progress_user)) return W2V_OK;
    return w2v__fail(l->in.err, W2V_ERROR_STOPPED, "the reading of '%.200s' was stopped after %zu words",
                     vectors->name, l->size);
}

// Decodes base64 (RFC 4648, section 4) into out, which has room for n
// bytes; returns how many it made, 0 if it is not base64.
static size_t w2v__io_decode_base64(const char *text, size_t n, char *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t bits = 0;
    size_t made = 0, count = 0;
    while (n && text[n - 1] == '=') n--;
    for (size_t i = 0; i < n; i++) {
        const char *digit = (const char *)memchr(digits, text[i], 64);
        if (!digit) return 0;
        bits = bits << 6 | (uint32_t)(digit - digits);
        count += 6;
        if (count < 8) continue;
        count -= 8;
        out[made++] = (char)(bits >> count & 0xff);
    }
    return made;
}

// Adds a word whose vector is in the next row. Rows without a word, those of a word that is there, and those
// of words that are not to be kept are left out.
static w2v_status w2v__io_add_word(w2v__io_loader *l, const char *word, size_t n)
{
    char key[W2V_MAX_WORD + 1];
    const int bytes = l->report.format == W2V_FORMAT_BINARY || l->report.format == W2V_FORMAT_FASTTEXT;
    const char *const place = bytes ? "byte" : l->in.line ? "line" : NULL;  // what tells its place
    const w2v_status status = w2v__io_progress(l, 0);
    if (status != W2V_OK) return status;
    if (!n) return l->report.blank++, W2V_OK;
    if (n > W2V_MAX_WORD)
        return w2v__files_bad(&l->in, place, ": a word of %zu bytes (1 to %d)", n, W2V_MAX_WORD);
    memcpy(key, word, n);
    if (l->base64 && n > 4 && !memcmp(word, "B64:", 4)) {
        const size_t coded = n - 4;
        n = w2v__io_decode_base64(word + 4, coded, key);
        if (!n)
            return w2v__files_bad(&l->in, place, ": '%.*s' is not base64", (int)w2v__min_size(coded, 40),
                                  word + 4);
    }
    if (memchr(key, 0, n)) return w2v__files_bad(&l->in, place, ": a word with a NUL byte");
    // In these two cases the next row takes the place of this one.
    if (l->keep && w2v__vocab_find(l->keep, key, n) == W2V_NONE) return l->report.not_kept++, W2V_OK;
    if (w2v__vocab_find(l->vocab, key, n) != W2V_NONE) return l->report.repeated++, W2V_OK;
    l->size++;
    return w2v__vocab_append(l->vocab, key, n, 0, l->in.err);
}

// Cuts the blanks off the end of text[0 .. *n - 1] and returns where its last field begins.
static size_t w2v__io_last_field(const char *text, size_t *n)
{
    while (*n && w2v__io_is_blank(text[*n - 1])) --*n;
    size_t start = *n;
    while (start && !w2v__io_is_blank(text[start - 1])) start--;
    return start;
}

// Reads the last dim fields of a line (0: all but the first) into row, if that is not NULL.
static w2v__io_row w2v__io_split_row(const char *line, size_t n, size_t dim, float *row)
{
    w2v__io_row r;
    memset(&r, 0, sizeof r);
    for (; !dim && n && w2v__io_is_blank(*line); line++) n--;  // the first row of a file that has no header
    while (!dim || r.numbers < dim) {
        float x;
        while (n && w2v__io_is_blank(line[n - 1])) n--;
        const size_t usual = n >= 16 ? w2v__read_usual(line + n, &x) : 0;
        const size_t start = usual ? n - usual : w2v__io_last_field(line, &n);
        if (!start) break;  // the first field is the word, or there is none
        if (!usual && !w2v__read_float(line + start, n - start, &x)) {
            r.bad = line + start;
            r.bad_bytes = n - start;
            return r;
        }
        r.numbers++;
        if (row) row[dim - r.numbers] = x;
        n = start;
    }
    w2v__io_last_field(line, &n);
    r.word = line;
    r.word_bytes = n;
    for (; r.word_bytes && w2v__io_is_blank(*r.word); r.word++) r.word_bytes--;
    return r;
}

// Whether a field is a number, perhaps with a comma after it: 0 no, 1 yes, 2 a whole number.
static int w2v__io_number_kind(const char *field, size_t n)
{
    float x;
    const int comma = n && (field[n - 1] == ',' || field[n - 1] == ';');
    if (!w2v__read_float(field, n - (size_t)comma, &x)) return 0;
    for (size_t i = 0; i < n; i++)
        if (!w2v__is_digit(field[i])) return 1;
    return 2;
}

// How many numbers there are at the end of a word with blanks: the 95 of `Windows 95`, or numbers that D does
// not count. *decimal is set if one of them is not a whole number.
static size_t w2v__io_numbers_in_word(const char *word, size_t n, int *decimal)
{
    size_t numbers = 0;
    for (;; numbers++) {
        const size_t start = w2v__io_last_field(word, &n);
        const int kind = start ? w2v__io_number_kind(word + start, n - start) : 0;
        if (!kind) return numbers;
        *decimal |= kind == 1;
        n = start;
    }
}

// No row of text is longer: a word, and numbers that have a blank each and are
// at most FLT_MAX in full with six decimals (47 bytes with the sign). A row
// may have more numbers than dim says, so that a message can tell how many.
static size_t w2v__io_longest_row(size_t dim)
{
    const size_t least = 4096;
    return W2V_MAX_WORD + w2v__mul(dim < least ? least : dim, 64);
}

// Whether a line of n bytes may be a row: a number takes two, with the blank before it.
W2V__INLINE int w2v__io_fits(const w2v__io_loader *l, size_t n) { return n >= 2 * l->dim; }

static w2v_status w2v__io_bad_number(const w2v__io_loader *l, const char *field, size_t n)
{
    const char *hint = "";
    if (memchr(field, ',', n)) hint = ": fields are separated by blanks, and numbers have a decimal point";
    if (memchr(field, ':', n)) hint = ": sparse vectors are not supported";
    if (memchr(field, ']', n)) hint = ": a vector has no brackets";
    return w2v__files_bad(&l->in, "line", ": '%.*s' is not a finite number%s", (int)w2v__min_size(n, 40),
                          field, hint);
}

static w2v_status w2v__io_wrong_length(const w2v__io_loader *l, size_t numbers)
{
    return w2v__files_bad(&l->in, "line", " has %zu number%s, not the %zu of line %llu", numbers,
                          numbers == 1 ? "" : "s", l->dim, (unsigned long long)l->dim_line);
}

enum {
    W2V__IO_AHEAD_THREADS = 16,         // more would wait for the one that reads
    W2V__IO_AHEAD_BYTES = 1024 * 1024,  // for each thread: starting one costs little beside this
    W2V__IO_AHEAD_LINES = 16384         // a megabyte of w2v__io_line
};

static void w2v__io_split_lines(void *shared, size_t item, size_t thread)
{
    w2v__io_loader *l = (w2v__io_loader *)shared;
    const size_t begin = item * l->group, end = w2v__min_size(begin + l->group, l->lines);
    (void)thread;
    for (w2v__io_line *a = l->ahead + begin; a < l->ahead + end; a++) {
        const size_t n = a->line.n;
        float *numbers = w2v__io_fits(l, n) ? l->rows + a->place * l->stride : NULL;
        a->refused = n > w2v__io_longest_row(l->dim) || memchr(a->line.text, 0, n);
        if (a->refused) continue;
        a->row = w2v__io_split_row(a->line.text, n, l->dim, numbers);
        if (numbers) memset(numbers + l->dim, 0, (l->stride - l->dim) * sizeof *numbers);
    }
}

// Reads the lines of a window ahead, which grows at first, and splits them on all threads. What is wrong with
// a line is found when it is taken.
static w2v_status w2v__io_look_ahead(w2v__io_loader *l)
{
    if (!l->ahead) l->ahead = (w2v__io_line *)w2v__new(W2V__IO_AHEAD_LINES, sizeof *l->ahead, l->in.err);
    if (!l->ahead) return W2V_ERROR_MEMORY;
    const size_t threads = w2v__min_size(l->cfg.threads, W2V__IO_AHEAD_THREADS),
                 window = threads * W2V__IO_AHEAD_BYTES;
    l->window = l->window ? w2v__min_size(2 * l->window, window) : (size_t)W2V__IO_SNIFF;
    const size_t most = w2v__min_size(W2V__IO_AHEAD_LINES, l->cfg.max_words - (size_t)l->report.rows),
                 have = w2v__min_size(w2v__files_need(&l->in, l->window), l->window);
    size_t rows = l->size;
    const char *at = l->in.bytes + l->in.pos, *end = at + have, *lf;
    for (l->next = l->lines = 0; l->lines < most; l->lines++, at = lf + 1) {
        lf = (const char *)memchr(at, '\n', (size_t)(end - at));
        if (!lf) break;
        l->ahead[l->lines].line = w2v__files_line_of(at, (size_t)(lf - at), 1);
        l->ahead[l->lines].place = rows;
        if (w2v__io_fits(l, l->ahead[l->lines].line.n)) rows++;
    }
    // The lines are too short for so large a window: what is left of it would be moved each time.
    if (l->lines == W2V__IO_AHEAD_LINES) l->window = (size_t)(at - (l->in.bytes + l->in.pos));
    const w2v_status status = w2v__io_reserve(l, rows);
    l->group = 1 + l->lines / (8 * threads);
    if (status == W2V_OK)
        w2v__for_each((l->lines + l->group - 1) / l->group, threads, w2v__io_split_lines, l);
    return status;
}

// The next line, split; its step is 0 at the end. What has no line feed yet is not read ahead.
static w2v_status w2v__io_next_line(w2v__io_loader *l, w2v__io_line *a)
{
    const size_t limit = w2v__io_longest_row(l->dim);
    w2v_status status = l->next < l->lines ? W2V_OK : w2v__io_look_ahead(l);
    if (status != W2V_OK) return status;
    if (l->next < l->lines) {
        *a = l->ahead[l->next++];
        return a->refused ? w2v__files_check_line(&l->in, 0, w2v__min_size(a->line.step, limit + 2),
                                                  a->line.n, limit)
                          : W2V_OK;
    }
    status = w2v__files_input_line(&l->in, limit, &a->line);
    if (status != W2V_OK || !a->line.step) return status;
    float *numbers = w2v__io_next_row(l);
    if (!numbers) return W2V_ERROR_MEMORY;
    a->place = l->size;
    a->row = w2v__io_split_row(a->line.text, a->line.n, l->dim, numbers);
    return W2V_OK;
}

static w2v_status w2v__io_load_text_row(w2v__io_loader *l, const w2v__io_line *a)
{
    const w2v__files_line *line = &a->line;
    const w2v__io_row row = a->row;
    if (row.bad) return w2v__io_bad_number(l, row.bad, row.bad_bytes);
    if (row.numbers < l->dim) return w2v__io_wrong_length(l, row.numbers);
    int decimal = 0;
    const size_t extra = w2v__io_numbers_in_word(row.word, row.word_bytes, &decimal), all = l->dim + extra;
    if (decimal) return w2v__io_wrong_length(l, all);
    l->number_ends += extra > 0;
    l->most_numbers = all > l->most_numbers ? all : l->most_numbers;
    if (l->dim == 1) {
        size_t n = line->n;
        const size_t start = w2v__io_last_field(line->text, &n);
        l->whole += w2v__io_number_kind(line->text + start, n - start) == 2;
    }
    if (a->place > l->size)  // rows before it were left out
        memcpy(l->rows + l->size * l->stride, l->rows + a->place * l->stride, l->stride * sizeof *l->rows);
    return w2v__io_add_word(l, row.word, row.word_bytes);
}

// GloVe's <unk> comes last, and the header does not count it.
static int w2v__io_is_unknown_word(const w2v__files_line *line)
{
    return line->n > 6 && !memcmp(line->text, "<unk>", 5) && w2v__io_is_blank(line->text[5]);
}

static w2v_status w2v__io_ends_early(const w2v__io_loader *l)
{
    return w2v__files_bad(&l->in, NULL, " ends after %llu of %llu vectors (lenient reading accepts that)",
                          (unsigned long long)l->report.rows, (unsigned long long)l->report.expected);
}

static int w2v__io_limit_reached(const w2v__io_loader *l) { return l->report.rows >= l->cfg.max_words; }

// Catches tables whose extra numbers were taken for parts of words.
static w2v_status w2v__io_check_table(const w2v__io_loader *l)
{
    const uint64_t rows = l->report.rows - l->report.malformed;
    if (rows && !l->with_header && l->dim == 1 && l->whole == rows)
        return w2v__files_bad(&l->in, NULL,
                              " is a vocabulary, a word and its count in each line, not vectors");
    if (rows && l->number_ends == rows && (rows > 1 || l->most_numbers > l->dim + 1))
        return w2v__fail(l->in.err, W2V_ERROR_FORMAT,
                         "the rows of '%.200s' have %zu numbers, not the %zu of line %llu", l->in.name,
                         l->most_numbers, l->dim, (unsigned long long)l->dim_line);
    return W2V_OK;
}

// Counts a row that was read with this status. After one that is malformed lenient reading goes on.
static w2v_status w2v__io_count_row(w2v__io_loader *l, w2v_status status)
{
    if (status == W2V_ERROR_FORMAT && !l->cfg.lenient)
        return w2v__add_remedy(status, " (lenient reading skips such rows)", l->in.err);
    if (status != W2V_OK && status != W2V_ERROR_FORMAT) return status;
    l->report.malformed += status != W2V_OK;
    l->report.rows++;
    return status == W2V_OK ? W2V_OK : w2v__io_progress(l, 0);  // words that are added report by themselves
}

static w2v_status w2v__io_load_text(w2v__io_loader *l)
{
    l->report.format = l->with_header ? W2V_FORMAT_TEXT : W2V_FORMAT_GLOVE;
    while (!w2v__io_limit_reached(l)) {
        w2v__io_line a;
        w2v_status status = w2v__io_next_line(l, &a);
        const int skipped = status == W2V_ERROR_FORMAT && l->cfg.lenient;
        if (skipped) w2v__files_skip_line(&l->in);
        if (skipped) status = w2v__io_count_row(l, status);
        if (status != W2V_OK) return status;
        if (skipped) continue;
        if (!a.line.step) break;
        if (a.row.word_bytes || a.row.numbers || a.row.bad) {  // not a blank line
            if (l->with_header && !l->cfg.lenient && l->report.rows >= l->report.expected &&
                !(l->report.rows == l->report.expected && w2v__io_is_unknown_word(&a.line)))
                return w2v__files_bad(
                    &l->in, "line",
                    ": more vectors than the %llu of line %llu (lenient reading accepts that)",
                    (unsigned long long)l->report.expected, (unsigned long long)l->dim_line);
            status = w2v__io_count_row(l, w2v__io_load_text_row(l, &a));
            if (status != W2V_OK) return status;
        }
        w2v__files_input_pass(&l->in, &a.line);
    }
    if (l->with_header && !l->cfg.lenient && l->report.rows < l->report.expected && !w2v__io_limit_reached(l))
        return w2v__io_ends_early(l);
    return w2v__io_check_table(l);
}

static void w2v__io_skip_line_feeds(w2v__files_input *in)
{
    while (w2v__files_begins_with(in, "\n", 1)) w2v__files_input_skip(in, 1);
}

// The next record of a binary file. *end is set if there is none that is whole.
static w2v_status w2v__io_load_binary_row(w2v__io_loader *l, int *end)
{
    const size_t bytes = w2v__mul(l->dim, 4), longest = W2V_MAX_WORD + 1;
    const unsigned long long number = (unsigned long long)l->report.rows + 1;
    *end = 1;
    w2v__io_skip_line_feeds(&l->in);
    const size_t have = w2v__min_size(w2v__files_need(&l->in, longest), longest);
    const char *word = l->in.bytes + l->in.pos, *blank = (const char *)memchr(word, ' ', have);
    if (!blank && have == longest)
        return w2v__files_bad(&l->in, "byte", ": vector %llu has a word of more than %d bytes", number,
                              W2V_MAX_WORD);
    const size_t n = blank ? (size_t)(blank - word) : 0;
    word = blank ? w2v__files_peek(&l->in, w2v__add(n + 1, bytes)) : NULL;
    *end = !word;
    if (!word) return w2v__io_ends_early(l);
    float *row = w2v__io_next_row(l);
    if (!row) return W2V_ERROR_MEMORY;
    for (size_t i = 0; i < l->dim; i++) row[i] = w2v__files_get_float(word + n + 1 + 4 * i);
    size_t k = w2v__kernels_in_use()->finite(row, l->dim) ? l->dim : 0;
    while (k < l->dim && w2v__is_finite(row[k])) k++;
    const w2v_status status =
        k == l->dim ? w2v__io_add_word(l, word, n)
                    : w2v__files_bad(&l->in, NULL, " byte %llu: number %zu of vector %llu is not finite",
                                     (unsigned long long)(l->in.offset + n + 1 + 4 * k), k + 1, number);
    if (status == W2V_OK || l->cfg.lenient) w2v__files_input_skip(&l->in, n + 1 + bytes);
    return status;
}

static w2v_status w2v__io_load_binary(w2v__io_loader *l)
{
    l->report.format = W2V_FORMAT_BINARY;
    while (l->report.rows < l->report.expected && !w2v__io_limit_reached(l)) {
        int end;
        w2v_status status = w2v__io_load_binary_row(l, &end);
        if (end) return l->cfg.lenient ? W2V_OK : status;
        status = w2v__io_count_row(l, status);
        if (status != W2V_OK) return status;
    }
    if (l->cfg.lenient || w2v__io_limit_reached(l)) return W2V_OK;
    w2v__io_skip_line_feeds(&l->in);
    if (w2v__files_need(&l->in, 1))
        return w2v__files_bad(&l->in, NULL,
                              " has more than its %llu vectors at byte %llu (lenient reading accepts that)",
                              (unsigned long long)l->report.expected, (unsigned long long)l->in.offset);
    return W2V_OK;
}

W2V__COLD_BEGIN
// Whether an unreadable field was meant as a number: 1e60, 1,5, nan, -inf.
static int w2v__io_looks_numeric(const char *text, size_t n)
{
    static const char *const name[] = {"nan", "inf", "infinity"};
    const size_t sign = n && (*text == '-' || *text == '+');
    for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
        size_t same = 0;
        while (same < n - sign && (text[sign + same] | 0x20) == name[i][same]) same++;
        if (same == n - sign && !name[i][same]) return 1;
    }
    for (size_t i = 0; i < n; i++)
        if (!w2v__is_digit(text[i]) && !memchr("+-.,eE", text[i], 6)) return 0;
    return n > 0;
}

// The first line is the first row.
static w2v_status w2v__io_load_headerless(w2v__io_loader *l, const w2v__files_line *line)
{
    const w2v__io_row row = w2v__io_split_row(line->text, line->n, 0, NULL);
    if (l->cfg.format == W2V_FORMAT_BINARY)
        return w2v__files_bad(&l->in, "line",
                              " is not a header, which a binary file needs: two whole numbers");
    if (line->n > 5 && (!memcmp(line->text, "<!", 2) || !memcmp(line->text, "<html", 5)) &&
        (row.bad || !row.numbers))
        return w2v__files_bad(&l->in, NULL, " is a web page, not vectors: download it again");
    if (row.bad && w2v__io_looks_numeric(row.bad, row.bad_bytes))
        return w2v__io_bad_number(l, row.bad, row.bad_bytes);
    if (row.bad || !row.numbers)
        return w2v__files_bad(&l->in, "line",
                              " is neither a header (two whole numbers) nor a word with its vector");
    if (row.numbers > W2V_MAX_DIM)
        return w2v__files_bad(&l->in, "line", " has %zu numbers (1 to %d)", row.numbers, W2V_MAX_DIM);
    l->dim_line = l->in.line;
    size_t lines = 1,
           bytes = line->step;  // of the whole lines that are visible; the others are as long, about
    for (const char *at = line->text + bytes, *end = l->in.bytes + l->in.end, *lf; at < end; at = lf + 1) {
        lf = (const char *)memchr(at, '\n', (size_t)(end - at));
        if (!lf) break;
        lines++;
        bytes += (size_t)(lf + 1 - at);
    }
    const uint64_t rows = w2v__files_left(&l->in) / (bytes / lines);
    const w2v_status status = w2v__io_expect(l, rows + rows / 8, row.numbers);
    return status == W2V_OK ? w2v__io_load_text(l) : status;
}

// Whether the n bytes after a header are text, right or wrong, rather than binary. They are if the first line
// is a row. If not, text read as binary has floats of four printable bytes nearly everywhere; of random
// floats one in 37 is like that.
static int w2v__io_looks_like_text(const char *bytes, size_t n, size_t dim)
{
    n = w2v__min_size(n, W2V__IO_SNIFF);
    const char *lf = (const char *)memchr(bytes, '\n', n);
    const w2v__io_row row =
        w2v__io_split_row(bytes, lf ? (size_t)(lf - bytes) - (lf > bytes && lf[-1] == '\r') : n, dim, NULL);
    if (!row.bad && row.numbers == dim) return 1;
    size_t floats = 0, printable = 0;
    for (size_t i = 0; i < n;) {
        while (i < n && bytes[i] != ' ') i++;  // a word
        i++;
        for (size_t k = 0; k < dim && i < n; k++, i += 4) {
            size_t shown = 0;
            for (size_t b = i; b < n && b < i + 4; b++)
                shown += w2v__is_space(bytes[b]) || (bytes[b] >= ' ' && bytes[b] <= '~');
            printable += shown == w2v__min_size(4, n - i);
            floats++;
        }
    }
    return floats ? 2 * printable > floats : 1;
}

// Refuses a matrix without numbers and one that is too large. `place`: see w2v__files_bad.
static w2v_status w2v__io_check_shape(const w2v__io_loader *l, const char *place, uint64_t rows,
                                      uint64_t columns)
{
    if (!rows || !columns)
        return w2v__fail(l->in.err, W2V_ERROR_EMPTY,
                         "'%.200s' says that it holds %llu vectors of %llu numbers", l->in.name,
                         (unsigned long long)rows, (unsigned long long)columns);
    if (rows < W2V_NONE && columns <= W2V_MAX_DIM) return W2V_OK;
    return w2v__files_bad(
        &l->in, place, ": %llu vectors of %llu numbers are more than can be read (%llu of %d)",
        (unsigned long long)rows, (unsigned long long)columns, (unsigned long long)W2V_NONE - 1, W2V_MAX_DIM);
}

// Finds out which format a file has.
static w2v_status w2v__io_load_any(w2v__io_loader *l)
{
    w2v__files_line line;
    size_t n;
    do {  // blank lines come before the header of some files
        const w2v_status status = w2v__files_input_line(&l->in, w2v__io_longest_row(W2V_MAX_DIM), &line);
        if (status != W2V_OK) return status;
        if (!line.step) return w2v__fail(l->in.err, W2V_ERROR_EMPTY, "'%.200s' is empty", l->in.name);
        n = line.n;
        w2v__io_last_field(line.text, &n);
        if (!n) w2v__files_input_pass(&l->in, &line);
    } while (!n);
    uint64_t header[3];
    const int numbers =
        l->cfg.format == W2V_FORMAT_GLOVE ? 0 : w2v__io_read_header(line.text, line.n, header);
    if (!numbers) return w2v__io_load_headerless(l, &line);
    w2v_status status = w2v__io_check_shape(l, "line", header[0], header[1]);
    if (status != W2V_OK) return status;
    l->with_header = 1;
    l->base64 = numbers == 3;
    l->report.expected = header[0];
    l->dim_line = l->in.line;
    w2v__files_input_pass(&l->in, &line);
    status = w2v__io_expect(l, header[0], (size_t)header[1]);
    if (status != W2V_OK) return status;
    n = w2v__files_need(&l->in, W2V__IO_SNIFF);
    const int text = l->cfg.format == W2V_FORMAT_AUTO
                         ? w2v__io_looks_like_text(l->in.bytes + l->in.pos, n, l->dim)
                         : l->cfg.format == W2V_FORMAT_TEXT;
    return text ? w2v__io_load_text(l) : w2v__io_load_binary(l);
}

static w2v_status w2v__io_no_words(const w2v__io_loader *l)
{
    if (!l->report.not_kept)
        return w2v__fail(l->in.err, W2V_ERROR_EMPTY, "'%.200s' has no words", l->in.name);
    return w2v__fail(l->in.err, W2V_ERROR_EMPTY, "'%.200s' has none of the %zu words of keep_words",
                     l->in.name, l->keep->size);
}

// The model of the words that were read; its matrices are zero.
static w2v_status w2v__io_make_model(w2v__io_loader *l, size_t dim, unsigned matrices)
{
    const w2v_status status = w2v__model_alloc(&l->model, l->vocab, dim, matrices, l->in.err);
    if (status == W2V_OK) l->vocab = NULL;
    return status;
}

// Vectors of word2vec and GloVe.
static w2v_status w2v__io_load(w2v__io_loader *l)
{
    w2v_status status = w2v__files_input_check(&l->in);
    if (status == W2V_OK) status = w2v__io_load_any(l);
    if (status != W2V_OK) return status;
    if (l->report.not_kept && !l->size) return w2v__io_no_words(l);
    if (!l->size && l->report.rows)
        return w2v__fail(l->in.err, W2V_ERROR_EMPTY,
                         "'%.200s' has no vectors: its %llu rows have no word or are damaged", l->in.name,
                         (unsigned long long)l->report.rows);
    if (!l->size) return w2v__fail(l->in.err, W2V_ERROR_EMPTY, "'%.200s' has no vectors", l->in.name);
    const size_t bytes = l->size * l->stride * sizeof *l->rows;
    float *rows = (float *)w2v__resize_aligned(l->rows, bytes, bytes);
    if (!rows) return w2v__no_memory(l->in.err, bytes);
    l->rows = rows;
    status = w2v__io_make_model(l, l->dim, 0);
    if (status != W2V_OK) return status;
    l->model->input = rows;
    l->rows = NULL;
    return W2V_OK;
}

// The words to be kept.
static w2v_status w2v__io_take_words(w2v__io_loader *l)
{
    w2v_status status = W2V_OK;
    if (l->cfg.keep_word_count && !(l->keep = w2v__vocab_new(0, l->in.err))) return W2V_ERROR_MEMORY;
    for (size_t i = 0; i < l->cfg.keep_word_count && status == W2V_OK; i++) {
        const char *word = l->cfg.keep_words[i];
        if (!word) return w2v__fail(l->in.err, W2V_ERROR_ARGUMENT, "word %zu of keep_words is NULL", i);
        status = w2v__vocab_add(l->keep, word, 0, l->in.err);
    }
    return status;
}

// One line of a vocabulary; an empty one is skipped.
static w2v_status w2v__io_read_count(w2v_vocab *vocab, const w2v__files_input *in,
                                     const w2v__files_line *line)
{
    size_t n = line->n;
    const size_t field = w2v__io_last_field(line->text, &n);
    uint64_t count = 0;
    if (!n) return W2V_OK;
    const int whole = w2v__read_whole_number(line->text + field, n - field, &count);
    size_t end = field, solid = 0;
    w2v__io_last_field(line->text, &end);  // cuts blanks off
    while (solid < end && !w2v__is_space(line->text[solid])) solid++;
    if (!end || solid < end || end > W2V_MAX_WORD || !whole)
        return w2v__files_bad(in, "line", " is not a word and its count: '%.*s'", (int)w2v__min_size(n, 60),
                              line->text);
    if (!count && end == 4 && !memcmp(line->text, "</s>", 4)) return W2V_OK;
    if (w2v__vocab_find(vocab, line->text, end) != W2V_NONE)
        return w2v__files_bad(in, "line", ": the word '%.*s' has occurred before",
                              (int)w2v__min_size(end, 100), line->text);
    return w2v__vocab_append(vocab, line->text, end, count, in->err);
}

W2V_API w2v_status w2v_vocab_read(w2v_vocab **vocab, const w2v_source *source, w2v_error *err)
{
    W2V_ASSERT(vocab && source);
    w2v__files_input in;
    w2v__files_line line;
    w2v_vocab *given = w2v__vocab_new(0, err);
    if (!given) return W2V_ERROR_MEMORY;
    w2v_status status = w2v__files_input_open(&in, source, err);
    while (status == W2V_OK) {
        status = w2v__files_input_line(&in, W2V_MAX_WORD + 64, &line);
        if (status != W2V_OK || !line.step) break;
        status = w2v__io_read_count(given, &in, &line);
        w2v__files_input_pass(&in, &line);
    }
    if (status == W2V_OK && !given->size)
        status = w2v__fail(err, W2V_ERROR_EMPTY, "'%.200s' has no words", in.name);
    status = w2v__files_input_close(&in, status);
    if (status == W2V_OK) status = w2v__vocab_sort(vocab, given, 0, SIZE_MAX, err);
    w2v_vocab_free(given);
    return status;
}

#define W2V__CONFIG w2v_load_config
static const w2v_field w2v__io_load_fields[] = {
    W2V__NUMBER(max_words, SIZE, "0", NULL, NULL, "reads at most this many vectors; 0: all"),
    W2V__ENUM(format, "auto", "auto text binary glove tsv npy safetensors fasttext native float16 int8",
              "what kind of file it is"),
    W2V__FLAG(lenient, "1: read what is whole in a damaged file"),
    W2V__FLAG(in_memory, "1: read a native file instead of mapping it"),
    W2V__FLAG(verify, "1: compare all of a native file with its hashes"),
    W2V__POINTER(words, NULL, "the words of the rows of a matrix"),
    W2V__POINTER(keep_words, NULL, "only these words are read"),
    W2V__NUMBER(keep_word_count, SIZE, "0", NULL, NULL, "how many these are; 0: all are read"),
    W2V__NUMBER(threads, SIZE, "cpus", "1", "1024", "threads that read text, check and decode native files"),
    W2V__POINTER(progress_fn, NULL, "told how far the reading is; can stop it"),
    W2V__POINTER(progress_user, NULL, "passed to progress_fn"),
};
#undef W2V__CONFIG

W2V__DEFINE_CONFIG(w2v_load_config, w2v__io_load_fields, NULL)

W2V__COLD_END
// -----------------------------------------------------------------------------------------------------------------
// >>json (implementation)
//
// A strict reader of JSON (RFC 8259): a value is a node, and those in it follow. In an object keys and values
// alternate.

W2V__COLD_BEGIN
typedef struct w2v__json_node {
    char kind;         // { [ " 0 (any number) t f n
    const char *text;  // (bytes) of a string, without escapes, or of a number
    size_t bytes;
    size_t nodes;  // of this value: itself and those in it
} w2v__json_node;

typedef struct w2v__json {
    const char *name, *start, *at, *end;  // the text, and the next byte of it
    uint64_t offset;                      // of the text in the file
    char *texts, *text;                   // of all strings, and the end of it
    w2v__json_node *nodes;                // (size); 0 is the outermost value
    size_t size, capacity;
    w2v_error *err;
} w2v__json;

static void w2v__json_free(w2v__json *j)
{
    W2V_FREE(j->texts);
    W2V_FREE(j->nodes);
}

// The byte of the file that is looked at.
static uint64_t w2v__json_place(const w2v__json *j) { return j->offset + (uint64_t)(j->at - j->start); }

static w2v_status w2v__json_bad(const w2v__json *j, const char *what)
{
    return w2v__fail(j->err, W2V_ERROR_FORMAT, "'%.200s': bad JSON at byte %llu: %s", j->name,
                     (unsigned long long)w2v__json_place(j), what);
}

// The next character that is no white space; 0 at the end.
static char w2v__json_peek(w2v__json *j)
{
    while (j->at < j->end && memchr(" \t\n\r", *j->at, 4)) j->at++;
    return (char)(j->at < j->end ? *j->at : 0);
}

static int w2v__json_take(w2v__json *j, char c)
{
    const int there = j->at < j->end && *j->at == c;
    j->at += there;
    return there;
}

// The four digits of \uNNNN.
static int w2v__json_hex(w2v__json *j, uint32_t *code)
{
    static const char digits[] = "0123456789abcdefABCDEF";
    *code = 0;
    for (int i = 0; i < 4; i++, j->at++) {
        const char *digit = j->at < j->end ? (const char *)memchr(digits, *j->at, 22) : NULL;
        if (!digit) return 0;
        *code = *code << 4 | (uint32_t)(digit - digits - (digit - digits > 15 ? 6 : 0));
    }
    return 1;
}

// What follows a backslash; 0 if it is no escape.
static int w2v__json_escape(w2v__json *j)
{
    static const char names[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    uint32_t code, low;
    if (!w2v__json_take(j, 'u')) {
        const char *name = j->at < j->end ? (const char *)memchr(names, *j->at, 8) : NULL;
        if (!name) return 0;
        *j->text++ = meanings[name - names];
        j->at++;
        return 1;
    }
    if (!w2v__json_hex(j, &code) || code >> 10 == 0x37) return 0;
    if (code >> 10 == 0x36) {  // the first of two surrogates
        if (!w2v__json_take(j, '\\') || !w2v__json_take(j, 'u') || !w2v__json_hex(j, &low) ||
            low >> 10 != 0x37)
            return 0;
        code = 0x10000 + ((code & 0x3ff) << 10) + (low & 0x3ff);
    }
    j->text += w2v__utf8_put(j->text, code);
    return 1;
}

static w2v_status w2v__json_string(w2v__json *j, w2v__json_node *node)
{
    node->text = j->text;
    for (j->at++; j->at < j->end && *j->at != '"';) {
        char c[5] = {0, 0, 0, 0, 0};
        uint32_t code;
        if (w2v__json_take(j, '\\')) {
            if (!w2v__json_escape(j)) return w2v__json_bad(j, "no such escape");
            continue;
        }
        memcpy(c, j->at, w2v__min_size(4, (size_t)(j->end - j->at)));
        const size_t n = w2v__utf8_character(c, &code);
        if (!n) return w2v__json_bad(j, "a string that is not UTF-8");
        if (code < ' ') return w2v__json_bad(j, "a control character in a string");
        memcpy(j->text, c, n);
        j->text += n;
        j->at += n;
    }
    node->bytes = (size_t)(j->text - node->text);
    return w2v__json_take(j, '"') ? W2V_OK : w2v__json_bad(j, "a string has no end");
}

static size_t w2v__json_digits(w2v__json *j)
{
    const char *start = j->at;
    while (j->at < j->end && w2v__is_digit(*j->at)) j->at++;
    return (size_t)(j->at - start);
}

static w2v_status w2v__json_number(w2v__json *j, w2v__json_node *node)
{
    node->kind = '0';
    node->text = j->at;
    w2v__json_take(j, '-');
    const int zero = j->at < j->end && *j->at == '0';
    const size_t whole = w2v__json_digits(j);
    int good = zero ? whole == 1 : whole > 0;
    if (w2v__json_take(j, '.')) good &= w2v__json_digits(j) > 0;
    if (w2v__json_take(j, 'e') || w2v__json_take(j, 'E')) {
        if (!w2v__json_take(j, '+')) w2v__json_take(j, '-');
        good &= w2v__json_digits(j) > 0;
    }
    node->bytes = (size_t)(j->at - node->text);
    return good ? W2V_OK : w2v__json_bad(j, "not a number");
}

// Adds the node of a value; of an object or an array only its beginning.
static w2v_status w2v__json_value(w2v__json *j)
{
    static const char *const names[] = {"true", "false", "null"};
    const char c = w2v__json_peek(j);
    if (w2v__grow(&j->nodes, &j->capacity, j->size + 1, sizeof *j->nodes, j->err) != W2V_OK)
        return W2V_ERROR_MEMORY;
    w2v__json_node *node = j->nodes + j->size++;
    node->kind = c;
    node->text = j->at;
    node->bytes = 0;
    node->nodes = 1;
    if (c == '{' || c == '[') return j->at++, W2V_OK;
    if (c == '"') return w2v__json_string(j, node);
    if (c == '-' || w2v__is_digit(c)) return w2v__json_number(j, node);
    for (size_t i = 0; i < 3; i++) {
        const size_t n = strlen(names[i]);
        if ((size_t)(j->end - j->at) >= n && !memcmp(j->at, names[i], n)) return j->at += n, W2V_OK;
    }
    return w2v__json_bad(j, j->at == j->end ? "it ends early" : "a value is missing");
}

static int w2v__json_by_text(const void *a, const void *b)
{
    const w2v__json_node *x = *(const w2v__json_node *const *)a, *y = *(const w2v__json_node *const *)b;
    const int order = memcmp(x->text, y->text, w2v__min_size(x->bytes, y->bytes));
    return order ? order : (x->bytes > y->bytes) - (x->bytes < y->bytes);
}

// Refuses two equal keys in an object, which has just ended.
static w2v_status w2v__json_check_keys(w2v__json *j, size_t object)
{
    size_t n = 0;
    for (size_t i = object + 1; i < j->size; i += 1 + j->nodes[i + 1].nodes) n++;
    const w2v__json_node **keys = (const w2v__json_node **)w2v__new(n, sizeof *keys, j->err);
    if (!keys) return W2V_ERROR_MEMORY;
    n = 0;
    for (size_t i = object + 1; i < j->size; i += 1 + j->nodes[i + 1].nodes) keys[n++] = j->nodes + i;
    qsort(keys, n, sizeof *keys, w2v__json_by_text);
    w2v_status status = W2V_OK;
    for (size_t i = 1; i < n && status == W2V_OK; i++)
        if (!w2v__json_by_text(keys + i - 1, keys + i))
            status = w2v__fail(j->err, W2V_ERROR_FORMAT,
                               "'%.200s': bad JSON before byte %llu: two keys are '%.*s'", j->name,
                               (unsigned long long)w2v__json_place(j),
                               (int)w2v__min_size(keys[i]->bytes, 100), keys[i]->text);
    W2V_FREE(keys);
    return status;
}

// Parses `bytes` of a file, from byte `offset` on. Free j in any case; text must stay.
static w2v_status w2v__json_parse(w2v__json *j, const char *name, uint64_t offset, const char *text,
                                  size_t bytes, w2v_error *err)
{
    enum { DEPTH = 64 };
    size_t open[DEPTH], depth = 0;
    memset(j, 0, sizeof *j);
    j->name = name;
    j->offset = offset;
    j->start = j->at = text;
    j->end = text + bytes;
    j->err = err;
    j->texts = j->text = (char *)w2v__new(bytes, 1, err);
    w2v_status status = j->texts ? W2V_OK : W2V_ERROR_MEMORY;
    while (status == W2V_OK) {
        if (depth && j->nodes[open[depth - 1]].kind == '{') {
            if (w2v__json_peek(j) != '"') return w2v__json_bad(j, "a key is missing");
            status = w2v__json_value(j);
            if (status != W2V_OK) return status;
            if (w2v__json_peek(j) != ':') return w2v__json_bad(j, "a colon is missing");
            j->at++;
        }
        status = w2v__json_value(j);
        if (status != W2V_OK) return status;
        const char kind = j->nodes[j->size - 1].kind;
        if (kind == '{' || kind == '[') {
            if (depth == DEPTH) return w2v__json_bad(j, "values in values, more than 64 deep");
            open[depth++] = j->size - 1;
            if (w2v__json_peek(j) != (kind == '{' ? '}' : ']')) continue;
        }
        for (; depth; depth--) {  // what ends here
            const size_t last = open[depth - 1];
            const int object = j->nodes[last].kind == '{';
            if (w2v__json_peek(j) != (object ? '}' : ']')) break;
            j->at++;
            j->nodes[last].nodes = j->size - last;
            if (object) status = w2v__json_check_keys(j, last);
            if (status != W2V_OK) return status;
        }
        if (!depth) break;
        if (w2v__json_peek(j) != ',') return w2v__json_bad(j, "a comma is missing");
        j->at++;
    }
    if (status == W2V_OK) w2v__json_peek(j);
    return status == W2V_OK && j->at < j->end ? w2v__json_bad(j, "more than one value") : status;
}

static int w2v__json_is(const w2v__json_node *node, const char *text)
{
    return node->kind == '"' && node->bytes == strlen(text) && !memcmp(node->text, text, node->bytes);
}

// The value of a key, with the kind that it must have; NULL if there is none.
static const w2v__json_node *w2v__json_find(const w2v__json_node *object, const char *key, char kind)
{
    if (!object || object->kind != '{') return NULL;
    for (const w2v__json_node *k = object + 1; k < object + object->nodes; k += 1 + k[1].nodes)
        if (w2v__json_is(k, key)) return k[1].kind == kind ? k + 1 : NULL;
    return NULL;
}

static int w2v__json_whole(const w2v__json_node *node, uint64_t *number)
{
    return node->kind == '0' && w2v__read_whole_number(node->text, node->bytes, number);
}

// The whole numbers of an array, `room` of them at most. Returns how many there are; SIZE_MAX: array is NULL,
// or has something else.
static size_t w2v__json_wholes(const w2v__json_node *array, uint64_t *numbers, size_t room)
{
    size_t n = 0;
    if (!array) return SIZE_MAX;
    for (const w2v__json_node *k = array + 1; k < array + array->nodes; k += k->nodes, n++) {
        uint64_t number;
        if (!w2v__json_whole(k, &number)) return SIZE_MAX;
        if (n < room) numbers[n] = number;
    }
    return n;
}
W2V__COLD_END
// -----------------------------------------------------------------------------------------------------------------
// >>formats (implementation)
//
// Matrices whose words are in another file. First the size of the source is compared with what its header
// promises. Then the words are read: they make the vocabulary and say which rows have a place in the model.
// The numbers come last.

// Kinds of numbers, by their names in NumPy (NULL: none) and safetensors.
typedef struct w2v__formats_number {
    const char *npy, *tensor;
    size_t bytes;
    int big;       // big-endian
    int exponent;  // bits of the exponent
} w2v__formats_number;

static const w2v__formats_number w2v__formats_numbers[] = {{"<f4", "F32", 4, 0, 8},  {">f4", NULL, 4, 1, 8},
                                                      {"<f8", "F64", 8, 0, 11}, {">f8", NULL, 8, 1, 11},
                                                      {"<f2", "F16", 2, 0, 5},  {NULL, "BF16", 2, 0, 8}};

static const w2v__formats_number *w2v__formats_number_of(const char *name, size_t n, int npy)
{
    for (size_t i = 0; i < sizeof w2v__formats_numbers / sizeof *w2v__formats_numbers; i++) {
        const char *known = npy ? w2v__formats_numbers[i].npy : w2v__formats_numbers[i].tensor;
        if (known && strlen(known) == n && !memcmp(known, name, n)) return w2v__formats_numbers + i;
    }
    return NULL;
}

static void w2v__formats_get_numbers(const w2v__formats_number *kind, const char *bytes, size_t n, float *x)
{
    if (kind->bytes == 4 && !kind->big) {
        for (size_t i = 0; i < n; i++) x[i] = w2v__files_get_float(bytes + 4 * i);
        return;
    }
    for (size_t i = 0; i < n; i++, bytes += kind->bytes) {
        uint64_t u = 0;
        for (size_t k = 0; k < kind->bytes; k++)
            u = u << 8 | (unsigned char)bytes[kind->big ? k : kind->bytes - 1 - k];
        const uint32_t bits = (uint32_t)u;
        if (kind->exponent == 5) {
            x[i] = w2v__files_float_of_half((uint16_t)bits);
        } else if (kind->exponent == 8) {
            x[i] = w2v__float_of_bits(kind->bytes == 2 ? bits << 16 : bits);
        } else {
            const double d = w2v__double_of_bits(u);
            x[i] = d > (double)FLT_MAX ? INFINITY : d < -(double)FLT_MAX ? -INFINITY : (float)d;
        }
    }
}

W2V__COLD_BEGIN
typedef struct w2v__formats_matrix {
    uint64_t rows, columns;
    uint64_t begin, end;              // bytes of the numbers in the source
    const w2v__formats_number *kind;  // of the numbers
    int by_columns;                   // one column after the other
} w2v__formats_matrix;

// Adds the word of the next row, and notes in l->place which row of the model has its vector.
static w2v_status w2v__formats_name_row(w2v__io_loader *l, const char *word, size_t n, uint64_t count)
{
    const size_t before = l->size;
    if (l->places >= W2V_NONE - 1) return w2v__files_bad(&l->in, NULL, " has more words than can be read");
    if (w2v__grow(&l->place, &l->place_capacity, l->places + 1, sizeof *l->place, l->in.err) != W2V_OK)
        return W2V_ERROR_MEMORY;
    l->place[l->places++] = W2V_NONE;
    if (w2v__io_limit_reached(l)) return W2V_OK;
    const w2v_status status = w2v__io_add_word(l, word, n);
    if (status != W2V_OK) return status;
    l->report.rows++;
    if (l->size == before) return W2V_OK;
    l->place[l->places - 1] = (uint32_t)before;
    l->vocab->items[before].count = count;
    return W2V_OK;
}

// The next field of a line that tabs separate, at *at; NULL after the last. *at becomes the one after it.
static const char *w2v__formats_next_field(const char **at, const char *end, size_t *n)
{
    const char *field = *at, *tab = field ? (const char *)memchr(field, '\t', (size_t)(end - field)) : NULL;
    *n = field ? (size_t)((tab ? tab : end) - field) : 0;
    *at = tab ? tab + 1 : NULL;
    return field;
}

// A word a line, or a table with a heading.
static w2v_status w2v__formats_read_word_list(w2v__io_loader *l)
{
    enum { LONGEST = 65536 };
    size_t columns = 0, word_at = SIZE_MAX, count_at = SIZE_MAX;
    for (;;) {
        w2v__files_line line;
        uint64_t count = 0;
        w2v_status status = w2v__files_input_line(&l->in, LONGEST, &line);
        if (status != W2V_OK || !line.step) return status;
        const int first = !columns, heading = first && memchr(line.text, '\t', line.n);
        const char *at = line.text, *end = line.text + line.n, *word = NULL, *number = NULL;
        size_t fields = 0, bytes, word_bytes = 0, number_bytes = 0;
        if (first && !heading) word_at = 0;
        for (const char *field; (field = w2v__formats_next_field(&at, end, &bytes)) != NULL; fields++) {
            if (heading && word_at == SIZE_MAX && bytes == 4 && !memcmp(field, "word", 4)) word_at = fields;
            if (heading && count_at == SIZE_MAX && bytes == 5 && !memcmp(field, "count", 5))
                count_at = fields;
            if (fields == word_at) word = field, word_bytes = bytes;
            if (fields == count_at) number = field, number_bytes = bytes;
        }
        if (first) columns = fields;
        if (heading && word_at == SIZE_MAX) word_at = 0;
        if (fields != columns)
            return w2v__files_bad(&l->in, "line", " does not have the %zu columns of line 1", columns);
        if (!heading) {
            if (number && !w2v__read_whole_number(number, number_bytes, &count))
                return w2v__files_bad(&l->in, "line", ": the count '%.*s' is not a whole number",
                                      (int)w2v__min_size(number_bytes, 40), number);
            status = w2v__formats_name_row(l, word, word_bytes, count);
            if (status != W2V_OK) return status;
        }
        w2v__files_input_pass(&l->in, &line);
    }
}

// Notes the token of an id.
static w2v_status w2v__formats_note_token(const w2v__io_loader *l, const w2v__json_node **tokens,
                                          const w2v__json_node *token, const w2v__json_node *number,
                                          uint64_t id, int added)
{
    const uint64_t rows = l->report.expected;
    if (!token || token->kind != '"' || (number && !w2v__json_whole(number, &id)))
        return w2v__files_bad(&l->in, NULL, ": a token without a name or a number");
    const int length = (int)w2v__min_size(token->bytes, 100);
    if (id >= rows)
        return w2v__files_bad(&l->in, NULL, ": the token '%.*s' has the number %llu, and there are %llu rows",
                              length, token->text, (unsigned long long)id, (unsigned long long)rows);
    if (tokens[id] && !added)
        return w2v__files_bad(&l->in, NULL, ": the token '%.*s' has the number %llu of another one", length,
                              token->text, (unsigned long long)id);
    if (!tokens[id]) tokens[id] = token;
    return W2V_OK;
}

// tokenizer.json: model.vocab is {token: number} or [[token, score], ...], and added_tokens fill its gaps.
static w2v_status w2v__formats_note_tokens(const w2v__io_loader *l, const w2v__json_node *tokenizer,
                                           const w2v__json_node **tokens)
{
    const w2v__json_node *model = w2v__json_find(tokenizer, "model", '{'),
                         *object = w2v__json_find(model, "vocab", '{'),
                         *vocab = object ? object : w2v__json_find(model, "vocab", '['),
                         *added = w2v__json_find(tokenizer, "added_tokens", '[');
    uint64_t id = 0;
    w2v_status status = W2V_OK;
    if (!vocab) return w2v__files_bad(&l->in, NULL, " is not a tokenizer: it has no model with a vocab");
    for (const w2v__json_node *k = vocab + 1; k < vocab + vocab->nodes && status == W2V_OK; id++) {
        const w2v__json_node *token = object ? k : k->kind == '[' && k->nodes > 1 ? k + 1 : NULL;
        status = w2v__formats_note_token(l, tokens, token, object ? k + 1 : NULL, id, 0);
        k += object ? 1 + k[1].nodes : k->nodes;
    }
    for (const w2v__json_node *k = added ? added + 1 : NULL;
         added && k < added + added->nodes && status == W2V_OK; k += k->nodes) {
        const w2v__json_node *number = w2v__json_find(k, "id", '0');
        status = w2v__formats_note_token(l, tokens, number ? w2v__json_find(k, "content", '"') : NULL, number,
                                         0, 1);
    }
    return status;
}

static w2v_status w2v__formats_read_tokenizer(w2v__io_loader *l)
{
    const uint64_t rows = l->report.expected;
    w2v__json j;
    const w2v__json_node **tokens = NULL;
    l->in.line = 0;  // has no meaning in JSON
    const size_t n = w2v__files_need(&l->in, SIZE_MAX);
    w2v_status status = w2v__json_parse(&j, l->in.name, l->in.offset, l->in.bytes + l->in.pos, n, l->in.err);
    if (status == W2V_OK &&
        !(tokens = (const w2v__json_node **)w2v__new_zeros((size_t)rows, sizeof *tokens, l->in.err)))
        status = W2V_ERROR_MEMORY;
    if (status == W2V_OK) status = w2v__formats_note_tokens(l, j.nodes, tokens);
    for (size_t i = 0; i < rows && status == W2V_OK; i++)
        status = tokens[i] ? w2v__formats_name_row(l, tokens[i]->text, tokens[i]->bytes, 0)
                           : w2v__files_bad(&l->in, NULL, ": no token has the number %zu, which is a row", i);
    W2V_FREE(tokens);
    w2v__json_free(&j);
    return status;
}

static w2v_status w2v__formats_read_words_of(w2v__io_loader *l, const w2v_source *source)
{
    const w2v__files_input matrix = l->in;
    const uint64_t rows = l->report.expected, reported = l->reported;
    l->vectors = &matrix;
    l->reported = 0;
    w2v_status status = w2v__files_input_open(&l->in, source, l->in.err);
    if (status == W2V_OK) {
        const size_t n = w2v__min_size(w2v__files_need(&l->in, 64), 64);
        const char *head = l->in.bytes + l->in.pos;
        size_t i = 0;
        while (i < n && w2v__is_space(head[i])) i++;
        int json = i < n && head[i] == '{' && rows;
        for (i++; i < n && w2v__is_space(head[i]);) i++;
        json = json && i < n && (head[i] == '"' || head[i] == '}');
        status = json ? w2v__formats_read_tokenizer(l) : w2v__formats_read_word_list(l);
        status = w2v__files_input_status(&l->in, status);
        if (status == W2V_OK && rows && l->places != rows)
            status = w2v__files_bad(&l->in, NULL, " has %zu words, and '%.200s' %llu vectors", l->places,
                                    matrix.name, (unsigned long long)rows);
        if (status == W2V_OK && !l->size) status = w2v__io_no_words(l);
    }
    status = w2v__files_input_close(&l->in, status);
    l->in = matrix;
    l->vectors = NULL;
    l->reported = reported;
    return status;
}

// Reads the words of l->report.expected rows (0: not known): from cfg.words, or the file beside the vectors.
static w2v_status w2v__formats_read_words(w2v__io_loader *l)
{
    if (l->cfg.words) return w2v__formats_read_words_of(l, l->cfg.words);
#ifndef W2V_NO_STDIO
    const w2v_source *vectors = l->in.reader.source;
    if (vectors->kind == W2V_SOURCE_FILE) {
        char *path = w2v__io_name_of(vectors->path, l->report.format, W2V__IO_WORDS, l->in.err);
        if (!path) return W2V_ERROR_MEMORY;
        const w2v_source beside = w2v_source_file(path);
        w2v_status status = w2v__formats_read_words_of(l, &beside);
        W2V_FREE(path);
        if (status == W2V_ERROR_IO)
            w2v__add_remedy(status, ": the words of the vectors are there, unless words says where",
                            l->in.err);
        return status;
    }
#endif
    return w2v__fail(l->in.err, W2V_ERROR_ARGUMENT,
                     "'%.200s' has no words in it: words must say where they are (w2v_load_config)",
                     l->in.name);
}

// How many bytes are left. If the size of the source is not known, they are read into the window, `most` at
// most.
static uint64_t w2v__formats_bytes_left(w2v__io_loader *l, uint64_t most)
{
    if (l->in.reader.bytes) return w2v__files_left(&l->in);
    return w2v__files_need(&l->in, most < SIZE_MAX ? (size_t)most : SIZE_MAX);
}

static w2v_status w2v__formats_cut(const w2v__io_loader *l, uint64_t promised)
{
    return w2v__files_bad(&l->in, NULL, " ends early: its header promises %llu bytes, to byte %llu",
                          (unsigned long long)promised, (unsigned long long)(l->in.offset + promised));
}

// Refuses a source that has more or fewer bytes left. Nothing is allocated for the matrix before.
static w2v_status w2v__formats_check_promise(w2v__io_loader *l, uint64_t promised)
{
    const uint64_t left = w2v__formats_bytes_left(l, promised < UINT64_MAX ? promised + 1 : promised);
    if (left < promised) return w2v__formats_cut(l, promised);
    if (left > promised)
        return w2v__files_bad(&l->in, NULL, " has more than its header says: its vectors end at byte %llu",
                              (unsigned long long)(l->in.offset + promised));
    return W2V_OK;
}

// Goes to a byte of the source. It is in the window if the source can be read only once.
static void w2v__formats_go_to(w2v__files_input *in, uint64_t at)
{
    const uint64_t start = in->offset - in->pos;  // where the window begins
    const int visible = in->ended && at >= start;
    in->pos = visible ? (size_t)(at - start) : 0;
    in->offset = at;
    if (visible) return;
    in->end = 0;
    if (in->status == W2V_OK) in->status = w2v__files_seek(&in->reader, at, &in->error);
    in->ended = in->status != W2V_OK;
}

W2V__COLD_END

// Reads a matrix into rows of a model.
static w2v_status w2v__formats_read_matrix(w2v__io_loader *l, const w2v__formats_matrix *x, float *to)
{
    enum { PIECE = 1024 };
    float column[PIECE];
    const w2v__kernels *kernels = w2v__kernels_in_use();
    const size_t stride = l->model->stride;
    const size_t lines = (size_t)(x->by_columns ? x->columns : x->rows),
                 length = (size_t)(x->by_columns ? x->rows : x->columns);
    w2v__formats_go_to(&l->in, x->begin);
    for (size_t line = 0; line < lines; line++) {
        for (size_t first = 0, n; first < length; first += n) {
            n = w2v__min_size(length - first, PIECE);
            const size_t bytes = n * x->kind->bytes;
            const char *from = w2v__files_peek(&l->in, bytes);
            if (!from) return w2v__formats_cut(l, x->end - l->in.offset);
            const int apart = x->by_columns || l->place[line] == W2V_NONE;
            float *piece = apart ? column : to + l->place[line] * stride + first;
            w2v__formats_get_numbers(x->kind, from, n, piece);
            const int good = !x->by_columns && kernels->finite(piece, n);
            for (size_t k = 0; k < n && !good; k++) {
                const size_t row = x->by_columns ? first + k : line,
                             number = x->by_columns ? line : first + k;
                if (row >= l->report.rows) break;  // max_words
                if (!w2v__is_finite(piece[k]))
                    return w2v__files_bad(
                        &l->in, NULL, " byte %llu: number %zu of vector %zu is not a finite float",
                        (unsigned long long)(l->in.offset + k * x->kind->bytes), number + 1, row + 1);
                if (l->place[row] != W2V_NONE) to[l->place[row] * stride + number] = piece[k];
            }
            w2v__files_input_skip(&l->in, bytes);
            const w2v_status status = w2v__io_progress(l, 0);
            if (status != W2V_OK) return status;
        }
    }
    return W2V_OK;
}

W2V__COLD_BEGIN
// -- .npy (numpy.lib.format): a dictionary of Python

typedef struct w2v__formats_python {
    const char *at, *end;
} w2v__formats_python;

static int w2v__formats_python_take(w2v__formats_python *s, const char *text)
{
    const size_t n = strlen(text);
    while (s->at < s->end && w2v__is_space(*s->at)) s->at++;
    if ((size_t)(s->end - s->at) < n || memcmp(s->at, text, n)) return 0;
    s->at += n;
    return 1;
}

// A string without escapes.
static const char *w2v__formats_python_string(w2v__formats_python *s, size_t *n)
{
    const int single = w2v__formats_python_take(s, "'");
    if (!single && !w2v__formats_python_take(s, "\"")) return NULL;
    const char *text = s->at,
               *quote = (const char *)memchr(text, single ? '\'' : '"', (size_t)(s->end - text));
    if (!quote) return NULL;
    *n = (size_t)(quote - text);
    s->at = quote + 1;
    return text;
}

// (V, D), and how many numbers there are; -1: it is no such tuple.
static int w2v__formats_python_shape(w2v__formats_python *s, w2v__formats_matrix *x)
{
    int n = 0;
    if (!w2v__formats_python_take(s, "(")) return -1;
    while (!w2v__formats_python_take(s, ")")) {
        if (n && !w2v__formats_python_take(s, ",")) return -1;
        if (n && w2v__formats_python_take(s, ")")) break;
        uint64_t number;
        w2v__formats_python_take(s, "");  // white space
        const char *start = s->at;
        while (s->at < s->end && w2v__is_digit(*s->at)) s->at++;
        if (!w2v__read_whole_number(start, (size_t)(s->at - start), &number)) return -1;
        if (n == 0) x->rows = number;
        if (n == 1) x->columns = number;
        n++;
    }
    return n;
}

static w2v_status w2v__formats_parse_npy(const w2v__io_loader *l, const char *text, size_t n,
                                         w2v__formats_matrix *x)
{
    enum { DESCR, ORDER, SHAPE, KEYS };
    static const char *const keys[KEYS] = {"descr", "fortran_order", "shape"};
    w2v__formats_python s = {text, text + n};
    int good = w2v__formats_python_take(&s, "{"), dimensions = 0;
    unsigned seen = 0;
    size_t type_bytes = 0;
    const char *type = NULL;
    while (good && !w2v__formats_python_take(&s, "}")) {
        size_t bytes = 0, k = 0;
        const char *key = w2v__formats_python_string(&s, &bytes);
        while (key && k < KEYS && (strlen(keys[k]) != bytes || memcmp(keys[k], key, bytes))) k++;
        good = key && k < KEYS && !(seen >> k & 1) && w2v__formats_python_take(&s, ":");
        if (!good) break;
        seen |= 1u << k;
        if (k == DESCR && !(type = w2v__formats_python_string(&s, &type_bytes)))
            return w2v__files_bad(&l->in, NULL,
                                  " is an array of records, not of numbers: write one of floats");
        if (k == ORDER) {
            x->by_columns = w2v__formats_python_take(&s, "True");
            good = x->by_columns || w2v__formats_python_take(&s, "False");
        }
        if (k == SHAPE) good = (dimensions = w2v__formats_python_shape(&s, x)) >= 0;
        if (good && !w2v__formats_python_take(&s, ",")) {
            good = w2v__formats_python_take(&s, "}");
            break;
        }
    }
    w2v__formats_python_take(&s, "");
    if (!good || seen != (1u << KEYS) - 1 || s.at < s.end)
        return w2v__files_bad(&l->in, NULL, ": the header of this .npy file is damaged: '%.*s'",
                              (int)w2v__min_size(n, 100), text);
    x->kind = w2v__formats_number_of(type, type_bytes, 1);
    if (!x->kind)
        return w2v__files_bad(
            &l->in, NULL,
            " is an array of '%.*s', which is not read: '<f4', '<f8', '>f4', '>f8' and '<f2' are",
            (int)w2v__min_size(type_bytes, 40), type);
    if (dimensions != 2)
        return w2v__files_bad(&l->in, NULL, " is an array of %d dimensions, not of 2: rows of vectors",
                              dimensions);
    return w2v__io_check_shape(l, NULL, x->rows, x->columns);
}

static w2v_status w2v__formats_load_npy(w2v__io_loader *l)
{
    enum { LONGEST = 65535 };
    w2v__formats_matrix x;
    const char *head = w2v__files_peek(&l->in, 8);
    if (!head || memcmp(head, "\x93NUMPY", 6)) return w2v__files_bad(&l->in, NULL, " is not a .npy file");
    const unsigned version = (unsigned char)head[6];
    if (version < 1 || version > 3 || head[7])
        return w2v__files_bad(&l->in, NULL, " is a .npy file of version %u.%u (1.0 to 3.0 are read)", version,
                              (unsigned)(unsigned char)head[7]);
    const size_t fixed = version == 1 ? 10 : 12;
    head = w2v__files_peek(&l->in, fixed);
    if (!head) return w2v__formats_cut(l, fixed);
    const uint64_t n = w2v__files_get_whole(head + 8, fixed - 8);
    if (n > LONGEST)
        return w2v__files_bad(&l->in, NULL, ": a header of %llu bytes (1 to %d)", (unsigned long long)n,
                              LONGEST);
    head = w2v__files_peek(&l->in, fixed + (size_t)n);
    if (!head) return w2v__formats_cut(l, fixed + n);
    memset(&x, 0, sizeof x);
    w2v_status status = w2v__formats_parse_npy(l, head + fixed, (size_t)n, &x);
    if (status != W2V_OK) return status;
    w2v__files_input_skip(&l->in, fixed + (size_t)n);
    x.begin = l->in.offset;
    x.end = x.begin + x.rows * x.columns * (uint64_t)x.kind->bytes;  // below 2^32 * 2^20 * 8
    l->report.expected = x.rows;
    status = w2v__formats_check_promise(l, x.end - x.begin);
    if (status == W2V_OK) status = w2v__formats_read_words(l);
    if (status == W2V_OK) status = w2v__io_make_model(l, (size_t)x.columns, W2V__MODEL_HAS_IN);
    return status == W2V_OK ? w2v__formats_read_matrix(l, &x, l->model->input) : status;
}

// -- safetensors (github.com/huggingface/safetensors)

// A tensor of the header. *dimensions: lengths in its shape. x->kind is NULL if its numbers cannot be read.
static w2v_status w2v__formats_read_tensor(const w2v__io_loader *l, const w2v__json_node *key,
                                           w2v__formats_matrix *x, size_t *dimensions)
{
    uint64_t shape[8], offsets[2];
    const w2v__json_node *type = w2v__json_find(key + 1, "dtype", '"');
    const size_t n = w2v__json_wholes(w2v__json_find(key + 1, "shape", '['), shape, 8);
    if (!type || n == SIZE_MAX ||
        w2v__json_wholes(w2v__json_find(key + 1, "data_offsets", '['), offsets, 2) != 2 ||
        offsets[0] > offsets[1])
        return w2v__files_bad(&l->in, NULL, ": the tensor '%.*s' has no dtype, shape and data_offsets",
                              (int)w2v__min_size(key->bytes, 100), key->text);
    memset(x, 0, sizeof *x);
    x->begin = l->in.offset + offsets[0];
    x->end = l->in.offset + offsets[1];
    x->kind = w2v__formats_number_of(type->text, type->bytes, 0);
    *dimensions = n;
    if (n != 2) return W2V_OK;
    x->rows = shape[0];
    x->columns = shape[1];
    const uint64_t bytes = x->kind ? (uint64_t)x->kind->bytes : 0, most = UINT64_MAX / 8;
    if (bytes && (x->columns > most || (x->columns && x->rows > most / x->columns) ||
                  x->rows * x->columns * bytes != x->end - x->begin))
        return w2v__files_bad(
            &l->in, NULL, ": the tensor '%.*s' of %llu x %llu numbers has bytes %llu to %llu",
            (int)w2v__min_size(key->bytes, 100), key->text, (unsigned long long)x->rows,
            (unsigned long long)x->columns, (unsigned long long)offsets[0], (unsigned long long)offsets[1]);
    return W2V_OK;
}

// Finds the embeddings and, if it is there, an output matrix of the same shape (else output->kind is NULL).
// *total is how many bytes follow the header.
static w2v_status w2v__formats_find_tensors(const w2v__io_loader *l, const w2v__json_node *header,
                                            w2v__formats_matrix *x, w2v__formats_matrix *output,
                                            uint64_t *total)
{
    static const char *const names[] = {"embeddings", "embedding.weight"};
    const w2v__json_node *type = NULL;
    size_t best = 3, matrices = 0, dimensions = 0;  // best: which name it has, 2: another
    uint64_t sum = 0;
    w2v__formats_matrix t;
    memset(output, 0, sizeof *output);
    *total = 0;
    if (header->kind != '{')
        return w2v__files_bad(&l->in, NULL, ": the header of this safetensors file is no object");
    for (const w2v__json_node *key = header + 1; key < header + header->nodes; key += 1 + key[1].nodes) {
        if (w2v__json_is(key, "__metadata__")) continue;
        const w2v_status status = w2v__formats_read_tensor(l, key, &t, &dimensions);
        if (status != W2V_OK) return status;
        *total = t.end - l->in.offset > *total ? t.end - l->in.offset : *total;
        sum += t.end - t.begin;
        const size_t name = w2v__json_is(key, names[0]) ? 0 : w2v__json_is(key, names[1]) ? 1 : 2;
        if (w2v__json_is(key, "output")) {
            if (dimensions == 2) *output = t;
        } else if (dimensions == 2 && name <= best) {
            matrices = name < best ? 1 : matrices + 1;
            best = name;
            *x = t;
            type = w2v__json_find(key + 1, "dtype", '"');
        }
    }
    if (sum != *total)
        return w2v__files_bad(&l->in, NULL, ": the tensors overlap, or there are gaps between them");
    if (matrices != 1)
        return w2v__files_bad(
            &l->in, NULL,
            " has no tensor 'embeddings' or 'embedding.weight', and %zu others of 2 dimensions, not 1",
            matrices);
    if (!x->kind)
        return w2v__files_bad(&l->in, NULL,
                              ": numbers of the type '%.*s' are not read: F32, F64, F16 and BF16 are",
                              (int)w2v__min_size(type->bytes, 40), type->text);
    if (output->rows != x->rows || output->columns != x->columns) output->kind = NULL;
    return w2v__io_check_shape(l, NULL, x->rows, x->columns);
}

enum { W2V__FORMATS_TENSORS_HEADER = 100000000 };  // bytes of the longest header

static w2v_status w2v__formats_load_safetensors(w2v__io_loader *l)
{
    w2v__formats_matrix x, output;
    w2v__json j;
    uint64_t total;
    const char *head = w2v__files_peek(&l->in, 8);
    const uint64_t n = head ? w2v__files_get_whole(head, 8) : 0;
    if (n < 2 || n > W2V__FORMATS_TENSORS_HEADER)
        return w2v__files_bad(&l->in, NULL, " is not a safetensors file: a header of %llu bytes (2 to %d)",
                              (unsigned long long)n, W2V__FORMATS_TENSORS_HEADER);
    head = w2v__files_peek(&l->in, 8 + (size_t)n);
    if (!head) return w2v__formats_cut(l, 8 + n);
    w2v__files_input_skip(&l->in, 8 + (size_t)n);
    w2v_status status = w2v__json_parse(&j, l->in.name, 8, head + 8, (size_t)n, l->in.err);
    if (status == W2V_OK) status = w2v__formats_find_tensors(l, j.nodes, &x, &output, &total);
    w2v__json_free(&j);
    if (status == W2V_OK) status = w2v__formats_check_promise(l, total);
    if (status != W2V_OK) return status;
    l->report.expected = x.rows;
    status = w2v__formats_read_words(l);
    const unsigned matrices = W2V__MODEL_HAS_IN | (output.kind ? (unsigned)W2V__MODEL_HAS_OUT : 0u);
    if (status == W2V_OK) status = w2v__io_make_model(l, (size_t)x.columns, matrices);
    const int first = output.kind && output.begin < x.begin;  // they are read in the order of the file
    if (status == W2V_OK && first) status = w2v__formats_read_matrix(l, &output, l->model->output);
    if (status == W2V_OK) status = w2v__formats_read_matrix(l, &x, l->model->input);
    if (status == W2V_OK && output.kind && !first)
        status = w2v__formats_read_matrix(l, &output, l->model->output);
    return status;
}

// -- .tsv of the projector

// The numbers of a line, into row if that is not NULL; l->dim of them, or any if that is 0.
static w2v_status w2v__formats_read_tsv_row(const w2v__io_loader *l, const w2v__files_line *line, float *row,
                                            size_t *numbers)
{
    const char *at = line->text, *field;
    size_t n;
    for (*numbers = 0; (field = w2v__io_next_field(&at, line->text + line->n, &n)) != NULL; ++*numbers) {
        float x;
        if (!w2v__read_float(field, n, &x)) return w2v__io_bad_number(l, field, n);
        if (row && *numbers < l->dim) row[*numbers] = x;
    }
    return l->dim && *numbers && *numbers != l->dim ? w2v__io_wrong_length(l, *numbers) : W2V_OK;
}

static w2v_status w2v__formats_read_tsv_rows(w2v__io_loader *l)
{
    size_t row = 0, numbers;
    float *skipped = w2v__new_floats(l->dim, l->in.err);  // where rows go that have no place
    if (!skipped) return W2V_ERROR_MEMORY;
    w2v_status status = W2V_OK;
    while (status == W2V_OK && row < l->cfg.max_words) {
        w2v__files_line line;
        status = w2v__files_input_line(&l->in, w2v__io_longest_row(l->dim), &line);
        if (status != W2V_OK || !line.step) break;
        const uint32_t place = row < l->places ? l->place[row] : W2V_NONE;
        status = w2v__formats_read_tsv_row(
            l, &line, place == W2V_NONE ? skipped : l->model->input + place * l->model->stride, &numbers);
        row += numbers > 0;
        w2v__files_input_pass(&l->in, &line);
        if (status == W2V_OK) status = w2v__io_progress(l, 0);
    }
    if (status == W2V_OK && l->places < row)
        status = w2v__files_bad(&l->in, NULL, " has more vectors than its %zu words", l->places);
    if (status == W2V_OK && row < l->places && row < l->cfg.max_words)
        status = w2v__files_bad(&l->in, NULL, " has %zu vectors, and its words are %zu", row, l->places);
    w2v__free_aligned(skipped);
    return status;
}

static w2v_status w2v__formats_load_tsv(w2v__io_loader *l)
{
    w2v__files_line line;
    size_t dim;
    w2v_status status = w2v__files_input_check(&l->in);
    if (status == W2V_OK) status = w2v__files_input_line(&l->in, w2v__io_longest_row(W2V_MAX_DIM), &line);
    if (status == W2V_OK) status = w2v__formats_read_tsv_row(l, &line, NULL, &dim);
    if (status != W2V_OK) return status;
    if (!line.step) return w2v__fail(l->in.err, W2V_ERROR_EMPTY, "'%.200s' is empty", l->in.name);
    if (!dim || dim > W2V_MAX_DIM)
        return w2v__files_bad(&l->in, NULL, " line 1 has %zu numbers (1 to %d)", dim, W2V_MAX_DIM);
    status = w2v__formats_read_words(l);
    if (status != W2V_OK) return status;
    l->dim = dim;
    l->dim_line = 1;
    const uint64_t least = 2 * (uint64_t)l->size * dim - 1;  // a digit and what separates it from the next
    if (w2v__formats_bytes_left(l, least) < least)
        return w2v__files_bad(&l->in, NULL, " has fewer vectors of %zu numbers than its %zu words", dim,
                              l->places);
    status = w2v__io_make_model(l, dim, W2V__MODEL_HAS_IN);
    return status == W2V_OK ? w2v__formats_read_tsv_rows(l) : status;
}

// -- fastText's .bin (github.com/facebookresearch/fastText; Bojanowski et al. 2017, "Enriching Word Vectors
// with Subword Information"): settings, words, labels, the input matrix of words and of buckets of n-grams,
// and the output matrix

struct w2v_subwords {
    w2v_vocab *vocab;
    size_t words, buckets, dim;
    size_t shortest, longest;  // characters of an n-gram; longest 0: there are none
    float *rows;               // (words + buckets, dim)
    size_t capacity;
};

static int32_t w2v__formats_get_int(const char *p) { return (int32_t)w2v__files_get_whole(p, 4); }

// *labels entries follow those of the words.
static w2v_status w2v__formats_open_fasttext(w2v__io_loader *l, w2v_subwords *s, size_t *labels)
{
    enum { MAGIC = 793712314, HEAD = 56, ENTRIES = 28, SUPERVISED = 3, LONGEST = 64 };  // n-grams of letters
    const char *p = w2v__files_peek(&l->in, 8);
    if (!p || w2v__formats_get_int(p) != MAGIC)
        return w2v__files_bad(&l->in, NULL, " is not a fastText model");
    const int32_t version = w2v__formats_get_int(p + 4);
    if (version != 11 && version != 12)
        return w2v__files_bad(&l->in, NULL, " is a fastText model of version %d (11 and 12 are read)",
                              (int)version);
    p = w2v__files_peek(&l->in, HEAD + 8 + ENTRIES);
    if (!p) return w2v__formats_cut(l, HEAD + 8 + ENTRIES);
    const int32_t dim = w2v__formats_get_int(p + 8), model = w2v__formats_get_int(p + 36),
                  bucket = w2v__formats_get_int(p + 40), shortest = w2v__formats_get_int(p + 44),
                  longest = w2v__formats_get_int(p + 48);
    p += HEAD + 8;
    const int32_t size = w2v__formats_get_int(p), words = w2v__formats_get_int(p + 4),
                  label_count = w2v__formats_get_int(p + 8);
    const uint64_t pruned = w2v__files_get_whole(p + 20, 8);
    if (dim < 1 || dim > W2V_MAX_DIM || bucket < 0 || words < 0 || label_count < 0 || longest > LONGEST ||
        size != words + (int64_t)label_count)
        return w2v__files_bad(&l->in, NULL, ": the settings of this fastText model are damaged");
    if (pruned && pruned != UINT64_MAX)
        return w2v__files_bad(&l->in, NULL,
                              " is a pruned fastText model: load the .bin or .vec of the same training");
    s->dim = (size_t)dim;
    s->words = (size_t)words;
    s->buckets = (size_t)bucket;
    *labels = (size_t)label_count;
    s->shortest = (size_t)(shortest > 0 ? shortest : 0);
    s->longest =
        (size_t)(longest > 0 && bucket && pruned && !(version == 11 && model == SUPERVISED) ? longest : 0);
    l->report.expected = s->words;
    w2v__files_input_skip(&l->in, HEAD + 8 + ENTRIES);
    return W2V_OK;
}

// An entry: a word ended by NUL, its count, and 0 for a word, 1 for a label.
static w2v_status w2v__formats_read_fasttext_word(w2v__io_loader *l, int label)
{
    enum { LONGEST = 65536, REST = 9 };
    const char *nul = NULL;
    size_t have = 0, want = 256;
    for (; !nul && want <= LONGEST; want *= 2) {
        have = w2v__files_need(&l->in, want);
        nul = (const char *)memchr(l->in.bytes + l->in.pos, 0, have);
        if (have < want) break;
    }
    const size_t n = nul ? (size_t)(nul - (l->in.bytes + l->in.pos)) : 0;
    if (!nul || w2v__files_need(&l->in, n + 1 + REST) < n + 1 + REST)
        return w2v__files_bad(&l->in, NULL, " ends in its words, or they are damaged, at byte %llu",
                              (unsigned long long)l->in.offset);
    const char *word = l->in.bytes + l->in.pos, *rest = word + n + 1;
    if (rest[8] != (char)label)
        return w2v__files_bad(&l->in, "byte", ": '%.*s' is not of type %d", (int)w2v__min_size(n, 100), word,
                              label);
    w2v_status status = W2V_OK;
    if (!label) status = w2v__formats_name_row(l, word, n, w2v__files_get_whole(rest, 8));
    w2v__files_input_skip(&l->in, n + 1 + REST);
    return status;
}

// The shape of a matrix that must have `columns`, and the bytes of its numbers.
static w2v_status w2v__formats_read_fasttext_shape(w2v__io_loader *l, uint64_t rows, uint64_t columns,
                                                   uint64_t *bytes)
{
    enum { SHAPE = 17 };
    const char *p = w2v__files_peek(&l->in, SHAPE);
    if (!p) return w2v__formats_cut(l, SHAPE);
    const uint64_t m = w2v__files_get_whole(p + 1, 8), n = w2v__files_get_whole(p + 9, 8);
    if (*p)
        return w2v__files_bad(&l->in, NULL,
                              " is a quantised fastText model: load the .bin or .vec of the same training");
    if (n != columns || (rows && m != rows) || m > UINT32_MAX)
        return w2v__files_bad(&l->in, "byte", ": a matrix of %llu x %llu numbers, not %llu x %llu",
                              (unsigned long long)m, (unsigned long long)n, (unsigned long long)rows,
                              (unsigned long long)columns);
    *bytes = 4 * m * n;
    w2v__files_input_skip(&l->in, SHAPE);
    return W2V_OK;
}

// The output matrix, which is not used, must be whole, and the last.
static w2v_status w2v__formats_skip_fasttext_output(w2v__io_loader *l, size_t dim)
{
    uint64_t bytes;
    w2v_status status = w2v__formats_read_fasttext_shape(l, 0, dim, &bytes);
    while (status == W2V_OK && !l->in.reader.bytes && bytes) {  // a source whose size is not known
        const uint64_t have = w2v__files_need(&l->in, 1), n = have < bytes ? have : bytes;
        if (!n) break;
        w2v__files_input_skip(&l->in, (size_t)n);
        bytes -= n;
        status = w2v__io_progress(l, 0);
    }
    if (status == W2V_OK) status = w2v__formats_check_promise(l, bytes);
    if (status == W2V_OK) l->in.offset += bytes;
    return status;
}

static w2v_status w2v__formats_read_fasttext(w2v__io_loader *l, w2v_subwords *s)
{
    size_t labels = 0;
    uint64_t bytes = 0;
    w2v_status status = w2v__formats_open_fasttext(l, s, &labels);
    for (size_t i = 0; status == W2V_OK && i < s->words + labels; i++)
        status = w2v__formats_read_fasttext_word(l, i >= s->words);
    if (status == W2V_OK && !l->size) status = w2v__io_no_words(l);
    const size_t rows = s->words + s->buckets, row = 4 * s->dim;
    if (status == W2V_OK) status = w2v__formats_read_fasttext_shape(l, rows, s->dim, &bytes);
    if (status != W2V_OK) return status;
    const int known = l->in.reader.bytes > 0;  // else the rows grow as they are read
    if (known && w2v__formats_bytes_left(l, bytes) < bytes) return w2v__formats_cut(l, bytes);
    for (size_t i = 0; i < rows && status == W2V_OK; i++) {
        status = w2v__grow(&s->rows, &s->capacity, known ? rows : i + 1, row, l->in.err);
        if (status != W2V_OK) break;
        const char *p = w2v__files_peek(&l->in, row);
        if (!p) return w2v__formats_cut(l, row);
        for (size_t k = 0; k < s->dim; k++) s->rows[i * s->dim + k] = w2v__files_get_float(p + 4 * k);
        w2v__files_input_skip(&l->in, row);
        status = w2v__io_progress(l, 0);
    }
    return status == W2V_OK ? w2v__formats_skip_fasttext_output(l, s->dim) : status;
}

// The mean of the row of a word (W2V_NONE: it has none) and of the rows of its n-grams, added one after the
// other as fastText does. Returns how many rows that are.
static size_t w2v__formats_subword_mean(const w2v_subwords *s, const char *word, uint32_t row, float *vector)
{
    char text[W2V_MAX_WORD + 3];
    const size_t n = (size_t)snprintf(text, sizeof text, "<%s>", word);
    size_t sum = 0;
    memset(vector, 0, s->dim * sizeof *vector);
    if (row != W2V_NONE) {
        w2v_axpy(1.0f, s->rows + row * s->dim, vector, s->dim);
        sum++;
    }
    for (size_t i = 0; s->longest && i < n && strcmp(word, "</s>"); i++) {
        if ((text[i] & 0xC0) == 0x80) continue;  // not the first byte of a character
        uint32_t hash = 2166136261u;             // FNV-1a, of bytes with a sign
        size_t end = i;
        for (size_t length = 1; end < n && length <= s->longest; length++) {
            do {
                const int32_t byte = (signed char)text[end++];
                hash = (hash ^ (uint32_t)byte) * 16777619u;
            } while (end < n && (text[end] & 0xC0) == 0x80);
            if (length < s->shortest || (length == 1 && (i == 0 || end == n))) continue;
            w2v_axpy(1.0f, s->rows + (s->words + hash % s->buckets) * s->dim, vector, s->dim);
            sum++;
        }
    }
    if (sum) w2v_scale((float)(1.0 / (double)sum), vector, s->dim);
    return sum;
}

static w2v_status w2v__formats_check_subwords(const char *word, const float *vector, size_t dim,
                                              w2v_error *err)
{
    for (size_t k = 0; k < dim; k++)
        if (!w2v__is_finite(vector[k]))
            return w2v__fail(err, W2V_ERROR_FORMAT, "number %zu of the vector of '%.100s' is not finite",
                             k + 1, word);
    return W2V_OK;
}

static w2v_status w2v__formats_load_fasttext(w2v__io_loader *l)
{
    w2v_subwords s;
    memset(&s, 0, sizeof s);
    w2v_status status = w2v__formats_read_fasttext(l, &s);
    if (status == W2V_OK) status = w2v__io_make_model(l, s.dim, W2V__MODEL_HAS_IN);
    for (uint32_t row = 0; row < s.words && status == W2V_OK; row++) {
        if (l->place[row] == W2V_NONE) continue;
        const w2v_model *m = l->model;
        const char *word = w2v_vocab_word(m->vocab, l->place[row]);
        float *vector = m->input + l->place[row] * m->stride;
        w2v__formats_subword_mean(&s, word, row, vector);
        status = w2v__formats_check_subwords(word, vector, s.dim, l->in.err);
    }
    W2V_FREE(s.rows);
    return status;
}

W2V_API w2v_status w2v_subwords_read(w2v_subwords **subwords, const w2v_source *source, w2v_error *err)
{
    W2V_ASSERT(subwords && source);
    w2v__io_loader l;
    memset(&l, 0, sizeof l);
    w2v_status status = w2v__kernels_check_cpu(err);
    if (status != W2V_OK) return status;
    l.report.format = W2V_FORMAT_FASTTEXT;
    l.cfg.max_words = SIZE_MAX;  // all
    w2v_subwords *s = (w2v_subwords *)w2v__new_zeros(1, sizeof *s, err);
    if (!s) return W2V_ERROR_MEMORY;
    s->vocab = l.vocab = w2v__vocab_new(0, err);
    status = s->vocab ? w2v__files_input_open_any(&l.in, source, err) : W2V_ERROR_MEMORY;
    if (status == W2V_OK) status = w2v__formats_read_fasttext(&l, s);
    if (status == W2V_OK && l.size != s->words)
        status = w2v__files_bad(&l.in, NULL, " has a word twice, or one without a name");
    status = w2v__files_input_close(&l.in, status);
    W2V_FREE(l.place);
    if (status == W2V_OK)
        *subwords = s;
    else
        w2v_subwords_free(s);
    return status;
}

W2V_API void w2v_subwords_free(w2v_subwords *s)
{
    if (!s) return;
    w2v_vocab_free(s->vocab);
    W2V_FREE(s->rows);
    W2V_FREE(s);
}

W2V_API size_t w2v_subwords_dim(const w2v_subwords *s)
{
    W2V_ASSERT(s);
    return s->dim;
}

W2V_API w2v_status w2v_subwords_vector(const w2v_subwords *s, const char *word, float *vector, w2v_error *err)
{
    W2V_ASSERT(s && word && vector);
    const size_t n = strlen(word);
    if (n > W2V_MAX_WORD)
        return w2v__fail(err, W2V_ERROR_ARGUMENT, "a word of %zu bytes (at most %d)", n, W2V_MAX_WORD);
    float *mean = w2v__new_floats(s->dim, err);
    if (!mean) return W2V_ERROR_MEMORY;
    w2v_status status = W2V_OK;
    if (!w2v__formats_subword_mean(s, word, w2v_vocab_find(s->vocab, word), mean))
        status = w2v__fail(err, W2V_ERROR_UNKNOWN_WORD,
                           "'%.100s' is not in the model, nor is an n-gram of it", word);
    if (status == W2V_OK) status = w2v__formats_check_subwords(word, mean, s->dim, err);
    if (status == W2V_OK) memcpy(vector, mean, s->dim * sizeof *vector);
    w2v__free_aligned(mean);
    return status;
}

// -- w2v's own file

// Copies the words that are to be kept into a model with memory of its own. Inner nodes are left out: they
// belong to the tree of all words.
static w2v_status w2v__formats_copy_words(w2v__io_loader *l, const w2v_model *m)
{
    const unsigned matrices = W2V__MODEL_HAS_IN | (m->output ? (unsigned)W2V__MODEL_HAS_OUT : 0u);
    w2v_status status = W2V_OK;
    for (uint32_t i = 0; status == W2V_OK && i < m->size && !w2v__io_limit_reached(l); i++) {
        const char *word = w2v_vocab_word(m->vocab, i);  // "" in a damaged file
        status = w2v__formats_name_row(l, word, strlen(word), w2v_vocab_count(m->vocab, i));
    }
    if (status == W2V_OK && !l->size) status = w2v__io_no_words(l);
    if (status == W2V_OK) status = w2v__io_make_model(l, m->dim, matrices);
    if (status != W2V_OK) return status;
    for (size_t i = 0; i < l->places; i++)
        for (int k = 0; l->place[i] != W2V_NONE && k < W2V__MODEL_MATRICES; k++)
            if (w2v__model_matrix(l->model, k))
                memcpy(w2v__model_matrix(l->model, k) + l->place[i] * m->stride,
                       w2v__model_matrix(m, k) + i * m->stride, m->stride * sizeof(float));
    w2v_model_changed(l->model);
    return W2V_OK;
}

// Rows that are mapped are checked with cfg.verify only.
static w2v_status w2v__formats_load_native(w2v__io_loader *l)
{
    w2v_model *m = (w2v_model *)w2v__new_zeros(1, sizeof *m, l->in.err);
    w2v__files_parts *p = m ? (w2v__files_parts *)w2v__new(1, sizeof *p, l->in.err) : NULL;
    if (!p) {
        W2V_FREE(m);
        return W2V_ERROR_MEMORY;
    }
    m->storage = p;
    w2v_status status =
        w2v__files_parts_open(p, &l->in, w2v__native_signature, "w2v_model_save or w2v_trainer_save",
                              !l->cfg.in_memory, l->cfg.verify, l->cfg.threads);
    if (l->in.reader.bytes) l->in.offset = l->in.reader.bytes;  // mapped or read
    l->reported = l->in.offset;
    if (status == W2V_OK) status = w2v__native_model(m, p, l->in.err);
    const int looked_at = !p->mapped || l->cfg.verify || !w2v__model_is_stored(p, m->input);
    for (int k = 0; status == W2V_OK && looked_at && k < W2V__MODEL_MATRICES; k++)
        for (uint32_t i = 0; status == W2V_OK && w2v__model_matrix(m, k) && i < m->size; i++)
            if (!w2v__native_is_row(m, w2v__model_matrix(m, k) + i * m->stride))
                status = w2v__files_bad(&l->in, NULL, ": the vector of '%.100s' is damaged or not finite",
                                        w2v_vocab_word(m->vocab, i));
    if (status == W2V_OK)
        l->report.format = w2v__files_part_count(p, "input", 4)   ? W2V_FORMAT_NATIVE
                           : w2v__files_part_count(p, "input", 2) ? W2V_FORMAT_NATIVE_FLOAT16
                                                                  : W2V_FORMAT_NATIVE_INT8;
    l->report.expected = l->report.rows = m->size;
    if (status == W2V_OK && !l->keep && l->cfg.max_words >= m->size) return l->model = m, W2V_OK;
    l->report.rows = 0;
    if (status == W2V_OK) status = w2v__formats_copy_words(l, m);
    w2v_model_free(m);
    return status;
}

// -- which format it is

// W2V_FORMAT_AUTO: text, binary, or none that is known.
static w2v_format w2v__formats_recognise(w2v__io_loader *l)
{
    const w2v_format named = l->cfg.format;
    if (named == W2V_FORMAT_TEXT || named == W2V_FORMAT_BINARY || named == W2V_FORMAT_GLOVE)
        return W2V_FORMAT_AUTO;
    if (named != W2V_FORMAT_AUTO) return named;
    if (w2v__files_begins_with(&l->in, "\x93NUMPY", 6)) return W2V_FORMAT_NPY;
    if (w2v__files_begins_with(&l->in, "\xba\x16\x4f\x2f", 4)) return W2V_FORMAT_FASTTEXT;
    const char *head = w2v__files_peek(&l->in, 9);
    if (head && head[8] == '{' && w2v__files_get_whole(head, 8) <= W2V__FORMATS_TENSORS_HEADER)
        return W2V_FORMAT_SAFETENSORS;
    return W2V_FORMAT_AUTO;
}

static w2v_status w2v__formats_load(w2v__io_loader *l)
{
    const int may_be_native = l->cfg.format == W2V_FORMAT_AUTO || l->cfg.format >= W2V_FORMAT_NATIVE;
    if (may_be_native && w2v__files_has_signature(&l->in, w2v__native_signature))
        return w2v__formats_load_native(l);
    const w2v_format format = l->report.format = w2v__formats_recognise(l);
    const w2v_status status = format == W2V_FORMAT_AUTO          ? w2v__io_load(l)
                              : format == W2V_FORMAT_TSV         ? w2v__formats_load_tsv(l)
                              : format == W2V_FORMAT_NPY         ? w2v__formats_load_npy(l)
                              : format == W2V_FORMAT_SAFETENSORS ? w2v__formats_load_safetensors(l)
                              : format == W2V_FORMAT_FASTTEXT
                                  ? w2v__formats_load_fasttext(l)
                                  : w2v__files_bad(&l->in, NULL, " is not a native file of w2v.h");
    if (status == W2V_OK) w2v_model_changed(l->model);
    return status;
}

W2V_API w2v_status w2v_model_read(w2v_model **m, const w2v_source *source, const w2v_load_config *cfg,
                                  w2v_load_report *report, w2v_error *err)
{
    W2V_ASSERT(m && source);
    w2v__io_loader l;
    memset(&l, 0, sizeof l);
    w2v_status status = w2v__kernels_check_cpu(err);
    if (status == W2V_OK) status = w2v__config_take(&w2v__io_load_fields_table, &l.cfg, cfg, err);
    if (status != W2V_OK) return status;
    if (!l.cfg.max_words) l.cfg.max_words = SIZE_MAX;  // all
    status = w2v__files_input_open_any(&l.in, source, err);
    if (status == W2V_OK && !(l.vocab = w2v__vocab_new(0, err))) status = W2V_ERROR_MEMORY;
    if (status == W2V_OK) status = w2v__io_take_words(&l);
    if (status == W2V_OK) status = w2v__formats_load(&l);
    status = w2v__files_input_status(&l.in, status);
    if (l.model) l.size = l.model->size;
    if (status == W2V_OK) status = w2v__io_progress(&l, 1);
    if (status == W2V_OK)
        *m = l.model;
    else
        w2v_model_free(l.model);
    if (status == W2V_OK && report) *report = l.report;
    w2v__files_input_close(&l.in, status);
    w2v__free_aligned(l.rows);
    W2V_FREE(l.place);
    W2V_FREE(l.ahead);
    w2v_vocab_free(l.vocab);
    w2v_vocab_free(l.keep);
    return status;
}

#ifndef W2V_NO_STDIO
W2V_API w2v_status w2v_subwords_load(w2v_subwords **subwords, const char *path, w2v_error *err)
{
    W2V_ASSERT(path);
    const w2v_source source = w2v_source_file(path);
    return w2v_subwords_read(subwords, &source, err);
}

W2V_API w2v_status w2v_model_load(w2v_model **m, const char *path, const w2v_load_config *cfg,
                                  w2v_load_report *report, w2v_error *err)
{
    W2V_ASSERT(path);
    const w2v_source source = w2v_source_file(path);
    return w2v_model_read(m, &source, cfg, report, err);
}
#endif

W2V__COLD_END

#ifndef W2V_NO_TRAIN
// -----------------------------------------------------------------------------------------------------------------
// >>checkpoint (implementation)
//
// Checkpoints are native files with more parts: "settings" and "standing", 8 bytes a number, and the rows of
// the lowest loss, if they are kept: "best.input", "best.output" and "best.nodes".

W2V__COLD_BEGIN
enum { W2V__CHECKPOINT_SETTINGS = 18 };
static const char *const w2v__checkpoint_best[W2V__MODEL_MATRICES] = {"best.input", "best.output",
                                                                      "best.nodes"};

// Where the training stands, and what belongs to it; doubles as their bits.
typedef struct w2v__checkpoint_standing {
    uint64_t corpus;  // hash of the text
    uint64_t next, trained, seconds, epoch_loss, epoch_pairs;
    uint64_t valid;  // hash of the text to validate with
    uint64_t validations, valid_loss, best_loss, stale;
} w2v__checkpoint_standing;

// The fields of w2v_config that must match for a training to be resumed, in the order of the file: whole
// numbers, and doubles as their bits.
static const char *const w2v__checkpoint_settings[W2V__CHECKPOINT_SETTINGS] = {
    "dim",      "loss_type", "architecture",  "window",      "window_shape",  "cbow_undivided",
    "negative", "epochs",    "sample",        "ns_exponent", "learning_rate", "min_learning_rate",
    "sharing",  "span",      "span_negative", "seed",        "lanes",         "freeze_start"};

static const w2v_field *w2v__checkpoint_setting(size_t number)
{
    const w2v_field *f = w2v__schedule_fields;
    while (strcmp(f->name, w2v__checkpoint_settings[number])) f++;
    return f;
}

static void w2v__checkpoint_list_settings(const w2v_trainer *t, uint64_t settings[W2V__CHECKPOINT_SETTINGS])
{
    w2v_config used = t->cfg;  // with what the trainer has made of it
    used.sharing = t->pairwise ? W2V_SHARE_NONE : W2V_SHARE_WINDOW;
    used.span = t->span;
    used.span_negative = t->negatives;
    used.freeze_start = t->frozen != NULL;
    for (size_t i = 0; i < W2V__CHECKPOINT_SETTINGS; i++)
        settings[i] = w2v__config_load(w2v__checkpoint_setting(i), &used);
}

static uint64_t w2v__checkpoint_hash_corpus(const w2v__corpus *c)
{
    uint64_t h = W2V__HASH_START;
    for (size_t b = 0; b < c->n_blocks; b++) {
        h = w2v__corpus_hash_number(h, c->blocks[b].hash);
        h = w2v__corpus_hash_number(h, c->blocks[b].n);
        h = w2v__corpus_hash_number(h, c->blocks[b].weights_hash);
    }
    return h;
}

// Of what is trained: the corpus, and the words that are not frozen.
static uint64_t w2v__checkpoint_hash_text(const w2v_trainer *t)
{
    const uint64_t h = w2v__checkpoint_hash_corpus(&t->corpus);
    if (!t->frozen) return h;
    return w2v__corpus_hash_number(w2v__hash_bytes(h, t->frozen, t->m->size), (uint64_t)t->freezes_outputs);
}

static void w2v__checkpoint_list_standing(const w2v_trainer *t, w2v__checkpoint_standing *at)
{
    at->corpus = w2v__checkpoint_hash_text(t);
    at->next = t->next;
    at->trained = t->report.trained;
    at->seconds = w2v__bits_of_double(t->seconds);
    at->epoch_loss = w2v__bits_of_double(t->epoch_loss.loss);
    at->epoch_pairs = w2v__bits_of_double(t->epoch_loss.pairs);
    at->valid = w2v__checkpoint_hash_corpus(&t->valid);
    at->validations = t->validations;
    at->valid_loss = w2v__bits_of_double(t->report.valid_loss);
    at->best_loss = w2v__bits_of_double(t->report.best_loss);
    at->stale = t->report.stale;
}

// Whether these numbers are possible for this trainer.
static int w2v__checkpoint_can_stand(const w2v_trainer *t, const w2v__checkpoint_standing *at)
{
    const uint64_t real[] = {at->seconds, at->epoch_loss, at->epoch_pairs, at->valid_loss, at->best_loss};
    for (size_t i = 0; i < sizeof real / sizeof *real; i++)
        if (!w2v__is_finite_double(w2v__double_of_bits(real[i]))) return 0;
    return at->next <= w2v__mul(t->cfg.epochs, t->corpus.n_blocks) &&
           at->trained <= w2v__tokens_words_until(t, (size_t)at->next) && at->stale <= at->validations;
}

static void w2v__checkpoint_put(w2v__files_writer *w, const void *trainer)
{
    const w2v_trainer *t = (const w2v_trainer *)trainer;
    const w2v_model *m = t->m;
    const w2v__native_content content = {m, sizeof(float)};
    uint64_t settings[W2V__CHECKPOINT_SETTINGS];
    w2v__checkpoint_standing at;
    w2v__checkpoint_list_settings(t, settings);
    w2v__checkpoint_list_standing(t, &at);
    w2v__native_put(w, &content);
    w2v__files_put_part(w, "settings", 8, W2V__CHECKPOINT_SETTINGS, settings);
    w2v__files_put_part(w, "standing", 8, sizeof at / 8, &at);
    for (int i = 0; i < W2V__MODEL_MATRICES; i++)
        if (t->best[i])
            w2v__files_put_part(w, w2v__checkpoint_best[i], 4, (uint64_t)m->size * m->stride, t->best[i]);
}

W2V_API w2v_status w2v_trainer_write(const w2v_trainer *t, w2v_write_fn write_fn, void *user, w2v_error *err)
{
    W2V_ASSERT(t && write_fn);
    w2v__checkpoint_standing at;
    w2v__files_sink sink;
    w2v_status status = w2v__trainer_check_usable(t, err);
    if (status == W2V_OK) status = w2v__trainer_check_rows(t, err);
    if (status != W2V_OK) return status;
    w2v__checkpoint_list_standing(t, &at);
    if (!w2v__checkpoint_can_stand(t, &at))
        return w2v__fail(err, W2V_ERROR_DIVERGED,
                         "training diverged: its loss is not finite (learning rate %g)",
                         (double)t->cfg.learning_rate);
    w2v__files_sink_init(&sink, write_fn, user, err);
    return w2v__native_write_parts(t->m, sizeof(float), w2v__checkpoint_put, t, &sink);
}

static w2v_status w2v__checkpoint_check_settings(const w2v_trainer *t, const w2v__files_parts *p,
                                                 const uint64_t *then, w2v_error *err)
{
    uint64_t settings[W2V__CHECKPOINT_SETTINGS];
    char then_text[32], now_text[32];
    w2v__checkpoint_list_settings(t, settings);
    for (size_t i = 0; i < W2V__CHECKPOINT_SETTINGS; i++) {
        const w2v_field *f = w2v__checkpoint_setting(i);
        if (then[i] == settings[i]) continue;
        w2v__config_write(f, then[i], then_text);
        w2v__config_write(f, settings[i], now_text);
        return w2v__fail(err, W2V_ERROR_ARGUMENT, "the checkpoint '%.200s' was made with %s %s, not %s",
                         p->name, f->name, then_text, now_text);
    }
    return W2V_OK;
}

// Refuses a checkpoint of other words, counts or text.
static w2v_status w2v__checkpoint_check_words_of(const w2v_trainer *t, const w2v__files_parts *p,
                                                 const w2v__checkpoint_standing *at, w2v_error *err)
{
    w2v_vocab *then = NULL;
    const w2v_vocab *now = t->m->vocab;
    int same = p->top->head.number[0] == now->size && at->corpus == w2v__checkpoint_hash_text(t);
    const w2v_status status = same ? w2v__native_vocab(&then, p, now->size, err) : W2V_OK;
    if (status != W2V_OK) return status;
    for (uint32_t i = 0; same && i < now->size; i++)
        same = w2v_vocab_count(then, i) == w2v_vocab_count(now, i) &&
               !strcmp(w2v_vocab_word(then, i), w2v_vocab_word(now, i));
    w2v_vocab_free(then);
    if (same) return W2V_OK;
    return w2v__fail(err, W2V_ERROR_ARGUMENT,
                     "the checkpoint '%.200s' was made with another text or vocabulary than '%.200s'%s",
                     p->name, w2v__corpus_name_of(&t->corpus),
                     t->frozen ? ", or with other frozen words" : "");
}

// The rows of a part, if all are there and finite, else NULL.
static const float *w2v__checkpoint_rows_of(const w2v__files_parts *p, const char *name, const w2v_model *m)
{
    const float *rows = (const float *)w2v__files_part_of(p, name, 4, (uint64_t)m->size * m->stride);
    for (size_t i = 0; rows && i < m->size; i++)
        if (!w2v__native_is_row(m, rows + i * m->stride)) return NULL;
    return rows;
}

// Validations count only if they were of the same text and, with keep_best, the best vectors are there.
static w2v_status w2v__checkpoint_resume(w2v_trainer *t, const w2v__files_parts *p, w2v_error *err)
{
    const float *rows[2 * W2V__MODEL_MATRICES] = {NULL};
    const uint64_t *settings =
        (const uint64_t *)w2v__files_part_of(p, "settings", 8, W2V__CHECKPOINT_SETTINGS);
    const w2v__checkpoint_standing *at =
        (const w2v__checkpoint_standing *)w2v__files_part_of(p, "standing", 8, sizeof *at / 8);
    if (!settings || !at)
        return w2v__fail(err, W2V_ERROR_FORMAT, "'%.200s' has vectors, but no training to go on with",
                         p->name);
    w2v_status status = w2v__checkpoint_check_settings(t, p, settings, err);
    if (status == W2V_OK) status = w2v__checkpoint_check_words_of(t, p, at, err);
    if (status != W2V_OK) return status;
    const int has_best = w2v__files_part_count(p, w2v__checkpoint_best[W2V__MODEL_IN], 4) > 0;
    int whole = w2v__checkpoint_can_stand(t, at);
    for (int i = 0; whole && i < W2V__MODEL_MATRICES; i++) {
        if (!w2v__model_matrix(t->m, i)) continue;
        rows[i] = w2v__checkpoint_rows_of(p, w2v__native_matrix[i], t->m);
        if (has_best)
            rows[W2V__MODEL_MATRICES + i] = w2v__checkpoint_rows_of(p, w2v__checkpoint_best[i], t->m);
        whole = rows[i] && (!has_best || rows[W2V__MODEL_MATRICES + i]);
    }
    if (!whole) return w2v__files_damaged(p, err);
    const int validated = at->validations && at->valid == w2v__checkpoint_hash_corpus(&t->valid) &&
                          (has_best || !t->cfg.keep_best);
    const int with_best = validated && t->cfg.keep_best;
    if (with_best) status = w2v__validate_keep_rows(t, err);  // room: the file has the best ones
    if (status != W2V_OK) return status;
    t->vectors_changed = 1;
    const size_t bytes = t->m->size * t->m->stride * sizeof(float);
    for (int i = 0; i < W2V__MODEL_MATRICES; i++) {
        if (rows[i]) memcpy(w2v__model_matrix(t->m, i), rows[i], bytes);
        if (rows[i] && with_best) memcpy(t->best[i], rows[W2V__MODEL_MATRICES + i], bytes);
    }
    t->next = (size_t)at->next;
    t->epoch = (t->next - (t->next > 0)) / t->corpus.n_blocks;
    t->report.done = w2v__tokens_words_until(t, t->next);
    t->report.trained = t->trained_before = at->trained;
    t->seconds = w2v__double_of_bits(at->seconds);
    t->epoch_loss.loss = w2v__double_of_bits(at->epoch_loss);
    t->epoch_loss.pairs = w2v__double_of_bits(at->epoch_pairs);
    t->report.loss = 0.0;
    t->report.epoch_loss = w2v__schedule_mean_loss(t->epoch_loss, w2v__schedule_no_loss);
    if (!with_best) w2v__validate_forget_validations(t);
    if (validated) {
        t->validations = (size_t)at->validations;
        t->report.valid_loss = w2v__double_of_bits(at->valid_loss);
        t->report.best_loss = w2v__double_of_bits(at->best_loss);
        t->report.stale = (size_t)at->stale;
    }
    for (size_t i = 0; i < t->n_lanes; i++) t->lanes[i].tokens.trained = 0;
    return W2V_OK;
}

W2V__COLD W2V_API w2v_status w2v_trainer_read(w2v_trainer *t, const w2v_source *source, w2v_error *err)
{
    W2V_ASSERT(t && source);
    w2v__files_parts p;
    w2v_status status = w2v__trainer_check_usable(t, err);
    if (status == W2V_OK)
        status = w2v__files_parts_load(&p, source, w2v__native_signature, "w2v_trainer_save", t->cfg.threads,
                                       err);
    if (status != W2V_OK) return status;
    status = w2v__checkpoint_resume(t, &p, err);
    w2v__files_parts_close(&p);
    return status;
}

#ifndef W2V_NO_STDIO
W2V_API w2v_status w2v_trainer_save(const w2v_trainer *t, const char *path, w2v_error *err)
{
    w2v_file *f;
    const w2v_status status = w2v_file_create(&f, path, err);
    if (status != W2V_OK) return status;
    return w2v__files_finish(f, w2v_trainer_write(t, w2v_file_write, f, err), err);
}

W2V_API w2v_status w2v_trainer_load(w2v_trainer *t, const char *path, w2v_error *err)
{
    W2V_ASSERT(path);
    const w2v_source source = w2v_source_file(path);
    return w2v_trainer_read(t, &source, err);
}
#endif
W2V__COLD_END

// -----------------------------------------------------------------------------------------------------------------
// >>phrases (implementation)

enum {
    W2V__PHRASES_MOST_CONNECTORS = 8,
    W2V__PHRASES_MOST_DELIMITER = 16,
    W2V__PHRASES_LONGEST = 1 << 20  // line of a file: that of the connectors
};

// Two words, as ids, and the chain of connectors between them.
typedef struct w2v__phrases_key {
    uint32_t first, second, chain;
} w2v__phrases_key;

// An array of items that begin with their key, and are found by it.
typedef struct w2v__phrases_set {
    void *items;  // (n) of `bytes` each
    size_t bytes, n, capacity;
    w2v__vocab_index index;
} w2v__phrases_set;

static w2v_status w2v__phrases_set_init(w2v__phrases_set *s, size_t bytes, w2v_error *err)
{
    s->bytes = bytes;
    return w2v__vocab_index_init(&s->index, 0, err);
}

static void w2v__phrases_set_free(w2v__phrases_set *s)
{
    W2V_FREE(s->items);
    W2V_FREE(s->index.slots);
}

W2V__INLINE uint32_t w2v__phrases_tag(w2v__phrases_key key)
{
    return (uint32_t)w2v__random_mix(((uint64_t)key.first << 32 | key.second) ^
                                     (uint64_t)key.chain * UINT64_C(0x9E3779B97F4A7C15));
}

// The number of an item, or W2V_NONE.
W2V__NOINLINE uint32_t w2v__phrases_find(const w2v__phrases_set *s, w2v__phrases_key key)
{
    const uint32_t tag = w2v__phrases_tag(key);
    uint32_t at = tag, i;
    do i = w2v__vocab_index_next(&s->index, tag, &at);
    while (i != W2V_NONE && memcmp((const char *)s->items + i * s->bytes, &key, sizeof key) != 0);
    return i;
}

// The number of an item. If it is not there it is appended, with zeros after its key.
static w2v_status w2v__phrases_put(w2v__phrases_set *s, w2v__phrases_key key, uint32_t *number,
                                   w2v_error *err)
{
    *number = w2v__phrases_find(s, key);
    if (*number != W2V_NONE) return W2V_OK;
    w2v_status status = w2v__grow(&s->items, &s->capacity, s->n + 1, s->bytes, err);
    if (status == W2V_OK) status = w2v__vocab_index_add(&s->index, w2v__phrases_tag(key), s->n, err);
    if (status != W2V_OK) return status;
    *number = (uint32_t)s->n++;
    char *const item = (char *)s->items + *number * s->bytes;
    memset(item, 0, s->bytes);
    memcpy(item, &key, sizeof key);
    return W2V_OK;
}

// Makes the index anew, after items were moved.
static void w2v__phrases_renumber(w2v__phrases_set *s)
{
    w2v__vocab_index_clear(&s->index);
    for (size_t i = 0; i < s->n; i++) {
        w2v__phrases_key key;
        memcpy(&key, (const char *)s->items + i * s->bytes, sizeof key);
        w2v__vocab_index_put(&s->index, w2v__phrases_tag(key), (uint32_t)i);
    }
}

typedef struct w2v__phrases_pair {
    w2v__phrases_key key;
    uint64_t count;
} w2v__phrases_pair;

typedef struct w2v__phrases_entry {
    w2v__phrases_key key;
    float score;
    uint64_t count;
    size_t text;  // where its text begins
} w2v__phrases_entry;

struct w2v_phrases {
    w2v_vocab *words;  // first the connectors, then the words of the phrases
    uint32_t connectors;
    // Connectors in a row: chain 0 is the empty one, chain c is item c - 1. Its key is the chain without its
    // last word, and that word.
    w2v__phrases_set chains;
    w2v__phrases_set set;  // w2v__phrases_entry
    char *text;            // of all phrases, each ended by NUL
    size_t bytes, text_room;
    char delimiter[W2V__PHRASES_MOST_DELIMITER + 1];
};

W2V__INLINE const w2v__phrases_entry *w2v__phrases_at(const w2v_phrases *p, size_t i)
{
    return (const w2v__phrases_entry *)p->set.items + i;
}

// Makes a chain one word longer.
static w2v_status w2v__phrases_lengthen(w2v_phrases *p, uint32_t *chain, uint32_t word, w2v_error *err)
{
    const w2v__phrases_key key = {*chain, word, 0};
    uint32_t number;
    const w2v_status status = w2v__phrases_put(&p->chains, key, &number, err);
    if (status == W2V_OK) *chain = number + 1;
    return status;
}

// Counts pairs of words of the text with a chain of connectors between them.
typedef struct w2v__phrases_pair_counter {
    const w2v_phrases_config *cfg;
    const w2v_vocab *vocab;  // of the text
    w2v_phrases *phrases;    // has the connectors
    uint32_t *connector;     // (V) which connector a word of the text is, W2V_NONE if it is none
    w2v__phrases_set pairs;  // w2v__phrases_pair
    uint64_t least;          // pairs with a lower count have been forgotten
    uint32_t before;         // the word that a pair begins with, or W2V_NONE
    size_t between;          // connectors since; and these, unless they are too many
    uint32_t run[W2V__PHRASES_MOST_CONNECTORS];
} w2v__phrases_pair_counter;

// The rarest pairs are forgotten until half of those that are allowed are left.
static void w2v__phrases_forget_pairs(w2v__phrases_pair_counter *c)
{
    w2v__phrases_pair *const pair = (w2v__phrases_pair *)c->pairs.items;
    const size_t limit = c->cfg->pairs_limit;
    while (c->pairs.n > limit - limit / 2) {
        const size_t n = c->pairs.n;
        c->least++;
        c->pairs.n = 0;
        for (size_t i = 0; i < n; i++)
            if (pair[i].count >= c->least) pair[c->pairs.n++] = pair[i];
    }
    w2v__phrases_renumber(&c->pairs);
}

W2V__NOINLINE w2v_status w2v__phrases_count_pair(w2v__phrases_pair_counter *c, uint32_t id, w2v_error *err)
{
    const uint32_t connector = id == W2V_NONE ? W2V_NONE : c->connector[id];
    if (connector != W2V_NONE && c->between < W2V__PHRASES_MOST_CONNECTORS) {
        c->run[c->between++] = connector;
        return W2V_OK;
    }
    const int often =
        id != W2V_NONE && connector == W2V_NONE && w2v_vocab_count(c->vocab, id) >= c->cfg->min_count;
    if (often && c->before != W2V_NONE) {
        w2v__phrases_key key = {c->before, id, 0};
        uint32_t number;
        w2v_status status = W2V_OK;
        for (size_t i = 0; i < c->between && status == W2V_OK; i++)
            status = w2v__phrases_lengthen(c->phrases, &key.chain, c->run[i], err);
        if (status == W2V_OK) status = w2v__phrases_put(&c->pairs, key, &number, err);
        if (status != W2V_OK) return status;
        ((w2v__phrases_pair *)c->pairs.items)[number].count++;
        if (c->cfg->pairs_limit && c->pairs.n > c->cfg->pairs_limit) w2v__phrases_forget_pairs(c);
    }
    c->before = often ? id : W2V_NONE;
    c->between = 0;
    return W2V_OK;
}

// Joins the phrases of a text and writes it. A word that may begin a phrase is held, with the connectors that
// follow, until the next word is known.
typedef struct w2v__phrases_joiner {
    const w2v_phrases *p;
    w2v__files_sink sink;
    int in_line;                                      // the line has words
    uint64_t line_end;                                // where in the text the last line feed was
    size_t waiting;                                   // words that are held:
    uint32_t word[W2V__PHRASES_MOST_CONNECTORS + 1];  // perhaps the first of a phrase, and connectors
    uint32_t chain;                                   // of these connectors
} w2v__phrases_joiner;

W2V__NOINLINE void w2v__phrases_joiner_word(w2v__phrases_joiner *j, const char *word)
{
    if (j->in_line) w2v__files_put(&j->sink, " ", 1);
    w2v__files_put(&j->sink, word, strlen(word));
    j->in_line = 1;
}

// Writes the words that wait, which are no phrase.
static void w2v__phrases_joiner_give_up(w2v__phrases_joiner *j)
{
    for (size_t i = 0; i < j->waiting; i++)
        w2v__phrases_joiner_word(j, w2v_vocab_word(j->p->words, j->word[i]));
    j->waiting = 0;
}

static void w2v__phrases_joiner_take(w2v__phrases_joiner *j, const char *word)
{
    const w2v_phrases *p = j->p;
    const uint32_t id = w2v_vocab_find(p->words, word);
    const int connector = id < p->connectors;
    if (j->waiting && connector) {
        const w2v__phrases_key longer = {j->chain, id, 0};
        const uint32_t number = w2v__phrases_find(&p->chains, longer);
        if (number != W2V_NONE && j->waiting <= W2V__PHRASES_MOST_CONNECTORS) {
            j->word[j->waiting++] = id;
            j->chain = number + 1;
            return;
        }
    } else if (j->waiting && id != W2V_NONE) {
        const w2v__phrases_key key = {j->word[0], id, j->chain};
        const uint32_t number = w2v__phrases_find(&p->set, key);
        if (number != W2V_NONE) {
            w2v__phrases_joiner_word(j, p->text + w2v__phrases_at(p, number)->text);
            j->waiting = 0;
            return;
        }
    }
    w2v__phrases_joiner_give_up(j);
    if (connector || id == W2V_NONE) {
        w2v__phrases_joiner_word(j, word);
    } else {
        j->word[0] = id;
        j->waiting = 1;
        j->chain = 0;
    }
}

static void w2v__phrases_joiner_end_line(w2v__phrases_joiner *j)
{
    w2v__phrases_joiner_give_up(j);
    w2v__files_put(&j->sink, "\n", 1);
    j->in_line = 0;
}

// Joins the words of the block that the scanner has loaded. A line feed after the last word of a block is met
// again in the next: then it is at j->line_end.
static w2v_status w2v__phrases_join_block(w2v__phrases_joiner *j, w2v__corpus_scanner *s, w2v_error *err)
{
    for (;;) {
        const int weighs = s->corpus->weighted && !j->in_line && !j->waiting;  // the next word is a weight
        char *word = s->buffer;
        const w2v__corpus_token token = w2v__corpus_scanner_next(s, &word);
        if (token == W2V__CORPUS_BLOCK_END) return W2V_OK;
        if (token == W2V__CORPUS_WORD) {
            float weight;
            const w2v_status status =
                weighs ? w2v__corpus_read_weight(s, word, (size_t)(s->p - 1 - word), &weight, err) : W2V_OK;
            if (status != W2V_OK) return status;
            s->p[-1] = 0;
            if (weighs)
                w2v__phrases_joiner_word(j, word);
            else
                w2v__phrases_joiner_take(j, word);
        } else if (token == W2V__CORPUS_LONG_WORD && weighs) {
            return w2v__corpus_no_weight(s, word, err);
        } else if (token == W2V__CORPUS_SENTENCE_END) {
            const uint64_t end = s->offset + (uint64_t)(s->p - s->buffer);
            if (end != j->line_end) w2v__phrases_joiner_end_line(j);
            j->line_end = end;
        }
    }
}

W2V__COLD_BEGIN
#define W2V__CONFIG w2v_phrases_config
static const w2v_field w2v__phrases_fields[] = {
    W2V__NUMBER(min_count, UINT64, "5", NULL, NULL, "of a pair, and of each of its words"),
    W2V__NUMBER(threshold, DOUBLE, "100", NULL, NULL, "a phrase has a score above this"),
    W2V__ENUM(scoring, "original", "original npmi", "how pairs are scored"),
    W2V__POINTER(delimiter, "_", "between the words of a phrase"),
    W2V__POINTER(connectors, NULL, "words that may stand between the two words of a pair"),
    W2V__NUMBER(connector_count, SIZE, "0", NULL, NULL, "how many these are"),
    W2V__NUMBER(pairs_limit, SIZE, "0", NULL, NULL, "of different pairs in memory; 0: no limit"),
    W2V__NUMBER(threads, SIZE, "cpus", "1", "1024", "threads that count the words"),
    W2V__NUMBER(corpus_memory, SIZE, "0", NULL, NULL, "limit in bytes for the corpus; 0: no limit"),
    W2V__POINTER(progress_fn, NULL, "told how far the counting is; can stop it"),
    W2V__POINTER(progress_user, NULL, "passed to progress_fn"),
};
#undef W2V__CONFIG

static w2v_status w2v__phrases_check_config(const void *config, w2v_error *err)
{
    const w2v_phrases_config *cfg = (const w2v_phrases_config *)config;
    if (cfg->scoring != W2V_PHRASE_NPMI || fabs(cfg->threshold) <= 1.0) return W2V_OK;
    return w2v__fail(err, W2V_ERROR_ARGUMENT, "threshold must be between -1 and 1, not %.10g",
                     cfg->threshold);
}
W2V__DEFINE_CONFIG(w2v_phrases_config, w2v__phrases_fields, w2v__phrases_check_config)

W2V_API void w2v_phrases_free(w2v_phrases *p)
{
    if (!p) return;
    w2v_vocab_free(p->words);
    w2v__phrases_set_free(&p->chains);
    w2v__phrases_set_free(&p->set);
    W2V_FREE(p->text);
    W2V_FREE(p);
}

W2V_API size_t w2v_phrases_size(const w2v_phrases *p)
{
    W2V_ASSERT(p);
    return p->set.n;
}

W2V_API void w2v_phrases_get(const w2v_phrases *p, size_t i, w2v_phrase *phrase)
{
    W2V_ASSERT(p && phrase && i < p->set.n);
    phrase->text = p->text + w2v__phrases_at(p, i)->text;
    phrase->count = w2v__phrases_at(p, i)->count;
    phrase->score = w2v__phrases_at(p, i)->score;
}

static w2v_status w2v__phrases_new(w2v_phrases **phrases, const char *delimiter, w2v_error *err)
{
    if (!delimiter || !*delimiter || strlen(delimiter) > W2V__PHRASES_MOST_DELIMITER ||
        strpbrk(delimiter, W2V__WHITE_SPACE))
        return w2v__fail(err, W2V_ERROR_ARGUMENT,
                         "the delimiter must be 1 to %d bytes without white space, not '%.40s'",
                         (int)W2V__PHRASES_MOST_DELIMITER, delimiter ? delimiter : "");
    w2v_phrases *p = (w2v_phrases *)w2v__new_zeros(1, sizeof *p, err);
    if (!p) return W2V_ERROR_MEMORY;
    memcpy(p->delimiter, delimiter, strlen(delimiter) + 1);
    w2v_status status = w2v__phrases_set_init(&p->chains, sizeof(w2v__phrases_key), err);
    if (status == W2V_OK) status = w2v__phrases_set_init(&p->set, sizeof(w2v__phrases_entry), err);
    if (status == W2V_OK) p->words = w2v__vocab_new(0, err);
    if (p->words) {
        *phrases = p;
        return W2V_OK;
    }
    w2v_phrases_free(p);
    return W2V_ERROR_MEMORY;
}

// The id of a word, which is added if it is not there.
static w2v_status w2v__phrases_word(w2v_phrases *p, const char *word, uint32_t *id, w2v_error *err)
{
    const w2v_status status = w2v__vocab_add(p->words, word, 0, err);
    if (status == W2V_OK) *id = w2v_vocab_find(p->words, word);
    return status;
}

static w2v_status w2v__phrases_add_connector(w2v_phrases *p, const char *word, w2v_error *err)
{
    if (!word || !*word || strlen(word) > W2V_MAX_WORD || strpbrk(word, W2V__WHITE_SPACE))
        return w2v__fail(err, W2V_ERROR_ARGUMENT, "a connector must be a word, not '%.40s'",
                         word ? word : "NULL");
    const w2v_status status = w2v__vocab_add(p->words, word, 0, err);
    p->connectors = (uint32_t)w2v_vocab_size(p->words);
    if (strlen("connectors") + p->words->bytes <= W2V__PHRASES_LONGEST) return status;
    return w2v__fail(err, W2V_ERROR_ARGUMENT, "the connectors have more than %d bytes",
                     (int)W2V__PHRASES_LONGEST);
}

// Writes the words of a phrase with `between` between them, at most `room` bytes. Returns how many it needs.
static size_t w2v__phrases_join(const w2v_phrases *p, const w2v__phrases_entry *f, const char *between,
                                char *out, size_t room)
{
    const char *word[W2V__PHRASES_MOST_CONNECTORS + 2];
    const size_t gap = strlen(between);
    size_t n = W2V__PHRASES_MOST_CONNECTORS + 2, bytes = 0;
    word[--n] = w2v_vocab_word(p->words, f->key.second);
    for (uint32_t c = f->key.chain; c;) {
        const w2v__phrases_key *const last = (const w2v__phrases_key *)p->chains.items + c - 1;
        word[--n] = w2v_vocab_word(p->words, last->second);
        c = last->first;
    }
    word[--n] = w2v_vocab_word(p->words, f->key.first);
    for (size_t i = n; i < W2V__PHRASES_MOST_CONNECTORS + 2; i++) {
        const size_t length = strlen(word[i]), before = i > n ? gap : 0;
        if (bytes + before + length <= room) {
            memcpy(out + bytes, between, before);
            memcpy(out + bytes + before, word[i], length);
        }
        bytes += before + length;
    }
    return bytes;
}

// Appends a phrase of words that it has. W2V_ERROR_FORMAT, without a sentence: it is there already.
static w2v_status w2v__phrases_add(w2v_phrases *p, w2v__phrases_entry f, w2v_error *err)
{
    char text[W2V_MAX_WORD + 1];
    const size_t bytes = w2v__phrases_join(p, &f, p->delimiter, text, W2V_MAX_WORD);
    if (bytes > W2V_MAX_WORD) return W2V_OK;  // would be no word
    text[bytes] = 0;
    uint32_t number;
    const size_t before = p->set.n;
    w2v_status status = w2v__grow(&p->text, &p->text_room, p->bytes + bytes + 1, 1, err);
    if (status == W2V_OK) status = w2v__phrases_put(&p->set, f.key, &number, err);
    if (status != W2V_OK) return status;
    if (number < before) return W2V_ERROR_FORMAT;
    f.text = p->bytes;
    memcpy(p->text + p->bytes, text, bytes + 1);
    p->bytes += bytes + 1;
    ((w2v__phrases_entry *)p->set.items)[number] = f;
    return W2V_OK;
}

static w2v_status w2v__phrases_count_pairs_of(w2v__phrases_pair_counter *c, const w2v__corpus *corpus,
                                              const w2v_config *cfg, w2v_error *err)
{
    w2v__corpus_reader r;
    w2v__schedule_queue queue;
    size_t b;
    w2v_status status = w2v__corpus_reader_open(&r, corpus, c->vocab, err);
    w2v__schedule_queue_init(&queue, cfg, W2V_PHASE_VOCAB, corpus->n_blocks, corpus->words);
    while (status == W2V_OK && w2v__schedule_queue_take(&queue, &b)) {
        w2v__corpus_block block = corpus->blocks[b];
        if (corpus->streamed) {
            status = w2v__corpus_read_again(&r, b, err);
            block.ids = r.ids;
        }
        if (status == W2V_OK && block.begins_line) status = w2v__phrases_count_pair(c, W2V_NONE, err);
        for (size_t i = 0; i < block.n && status == W2V_OK; i++)
            status = w2v__phrases_count_pair(c, block.ids[i], err);
        if (status == W2V_OK) w2v__schedule_queue_done(&queue, 0, block.words);
    }
    if (status != W2V_OK) queue.status = status;  // then it reports nothing, and has no message
    status = w2v__schedule_queue_finish(&queue, status == W2V_OK ? err : NULL);
    if (status == W2V_OK) status = w2v__corpus_check_unchanged(corpus, err);
    w2v__corpus_reader_close(&r);
    return status;
}

static double w2v__phrases_score_pair(const w2v_phrases_config *cfg, uint64_t pair, uint64_t first,
                                      uint64_t second, uint64_t words)
{
    const double ab = (double)pair, a = (double)first, b = (double)second, n = (double)words;
    if (cfg->scoring == W2V_PHRASE_ORIGINAL) return (ab - (double)cfg->min_count) / a / b * n;
    return log(ab * n / (a * b)) / -log(ab / n);
}

// By falling score; phrases with the same that were read, in the order of their file. The rest only makes
// the order the same everywhere.
static int w2v__phrases_by_score(const void *x, const void *y)
{
    const w2v__phrases_entry *a = (const w2v__phrases_entry *)x, *b = (const w2v__phrases_entry *)y;
    if (a->score > b->score || a->score < b->score) return a->score > b->score ? -1 : 1;
    if (a->text != b->text) return a->text < b->text ? -1 : 1;
    if (a->count != b->count) return a->count > b->count ? -1 : 1;
    if (a->key.first != b->key.first) return a->key.first < b->key.first ? -1 : 1;
    if (a->key.second != b->key.second) return a->key.second < b->key.second ? -1 : 1;
    return a->key.chain < b->key.chain ? -1 : a->key.chain > b->key.chain;
}

// Makes phrases of the pairs whose score is high enough.
static w2v_status w2v__phrases_choose(w2v__phrases_pair_counter *c, uint64_t words, w2v_error *err)
{
    const w2v__phrases_pair *const pair = (const w2v__phrases_pair *)c->pairs.items;
    size_t n = 0, most = 0;
    for (size_t i = 0; i < c->pairs.n; i++) most += pair[i].count >= c->cfg->min_count;
    w2v__phrases_entry *found = (w2v__phrases_entry *)w2v__new(most, sizeof *found, err);
    if (!found) return W2V_ERROR_MEMORY;
    for (size_t i = 0; i < c->pairs.n; i++) {
        const w2v__phrases_pair *x = &pair[i];
        if (x->count < c->cfg->min_count) continue;
        const double score =
            w2v__phrases_score_pair(c->cfg, x->count, w2v_vocab_count(c->vocab, x->key.first),
                                    w2v_vocab_count(c->vocab, x->key.second), words);
        const w2v__phrases_entry f = {x->key, (float)score, x->count, 0};
        if (score > c->cfg->threshold) found[n++] = f;
    }
    qsort(found, n, sizeof *found, w2v__phrases_by_score);
    w2v_status status = W2V_OK;
    for (size_t i = 0; i < n && status == W2V_OK; i++) {
        w2v__phrases_key *key = &found[i].key;
        status = w2v__phrases_word(c->phrases, w2v_vocab_word(c->vocab, key->first), &key->first, err);
        if (status == W2V_OK)
            status = w2v__phrases_word(c->phrases, w2v_vocab_word(c->vocab, key->second), &key->second, err);
        if (status == W2V_OK) status = w2v__phrases_add(c->phrases, found[i], err);
    }
    W2V_FREE(found);
    return status;
}

W2V_API w2v_status w2v_phrases_build(w2v_phrases **phrases, const w2v_source *sources, size_t n,
                                     const w2v_phrases_config *cfg, w2v_error *err)
{
    W2V_ASSERT(phrases && (sources || !n));
    w2v_config reading = w2v_config_default();
    w2v_phrases_config whole;
    w2v__phrases_pair_counter c;
    w2v__corpus corpus;
    w2v_vocab *vocab = NULL;
    memset(&c, 0, sizeof c);
    memset(&corpus, 0, sizeof corpus);
    c.cfg = &whole;
    c.before = W2V_NONE;
    w2v_status status = w2v__config_take(&w2v__phrases_fields_table, &whole, cfg, err);
    if (status == W2V_OK) status = w2v__phrases_new(&c.phrases, whole.delimiter, err);
    for (size_t i = 0; status == W2V_OK && i < whole.connector_count; i++)
        status = w2v__phrases_add_connector(c.phrases, whole.connectors[i], err);
    reading.min_count = 1;
    reading.threads = whole.threads;
    reading.corpus_memory = whole.corpus_memory;
    reading.progress_fn = whole.progress_fn;
    reading.progress_user = whole.progress_user;
    if (status == W2V_OK) status = w2v__corpus_open(&corpus, sources, n, err);
    if (status == W2V_OK) status = w2v__corpus_read(&corpus, &reading, NULL, &vocab, err);
    if (status == W2V_OK) {
        const size_t V = w2v_vocab_size(vocab);
        c.vocab = vocab;
        c.connector = (uint32_t *)w2v__new(V, sizeof *c.connector, err);
        if (!c.connector) status = W2V_ERROR_MEMORY;
        for (uint32_t i = 0; c.connector && i < V; i++)
            c.connector[i] = w2v_vocab_find(c.phrases->words, w2v_vocab_word(vocab, i));
    }
    if (status == W2V_OK) status = w2v__phrases_set_init(&c.pairs, sizeof(w2v__phrases_pair), err);
    if (status == W2V_OK) status = w2v__phrases_count_pairs_of(&c, &corpus, &reading, err);
    if (status == W2V_OK) status = w2v__phrases_choose(&c, corpus.words, err);
    w2v__phrases_set_free(&c.pairs);
    W2V_FREE(c.connector);
    w2v_vocab_free(vocab);
    w2v__corpus_free(&corpus);
    if (status == W2V_OK)
        *phrases = c.phrases;
    else
        w2v_phrases_free(c.phrases);
    return status;
}

static w2v_status w2v__phrases_join_text(w2v__phrases_joiner *j, w2v__corpus *corpus, w2v_error *err)
{
    w2v__corpus_scanner scanner;
    w2v__corpus_stream stream;
    w2v_status status = w2v__corpus_scanner_open(&scanner, corpus, err);
    w2v__corpus_stream_init(&stream, corpus, NULL);
    for (size_t b = 0; status == W2V_OK && !j->sink.stopped && (corpus->once || b < corpus->n_blocks); b++) {
        size_t block = b;
        status = corpus->once ? w2v__corpus_scanner_follow(&scanner, &stream, &block, err)
                              : w2v__corpus_scanner_load(&scanner, b, err);
        if (status != W2V_OK || block == W2V__SCHEDULE_NO_BLOCK) break;
        status = w2v__phrases_join_block(j, &scanner, err);
    }
    if (status == W2V_OK && (j->in_line || j->waiting)) w2v__phrases_joiner_end_line(j);
    if (status == W2V_OK) status = w2v__files_sink_end(&j->sink);
    w2v__corpus_stream_free(&stream);
    w2v__corpus_scanner_close(&scanner);
    return status;
}

W2V_API w2v_status w2v_phrases_apply(const w2v_phrases *p, const w2v_source *sources, size_t n,
                                     w2v_write_fn write_fn, void *user, w2v_error *err)
{
    W2V_ASSERT(p && (sources || !n) && write_fn);
    w2v__corpus corpus;
    for (size_t i = 0; i < n; i++)
        if (sources[i].kind == W2V_SOURCE_IDS)
            return w2v__fail(err, W2V_ERROR_ARGUMENT, "phrases are applied to text, not to ids");
    w2v__phrases_joiner j;
    memset(&j, 0, sizeof j);
    j.p = p;
    w2v__files_sink_init(&j.sink, write_fn, user, err);
    w2v_status status = w2v__corpus_open(&corpus, sources, n, err);
    corpus.mark = '\v';  // '\n' would end a line, and ' ' allow a blank before a weight
    if (status == W2V_OK) status = w2v__phrases_join_text(&j, &corpus, err);
    w2v__corpus_free(&corpus);
    return status;
}

W2V_API w2v_status w2v_phrases_write(const w2v_phrases *p, w2v_write_fn write_fn, void *user, w2v_error *err)
{
    W2V_ASSERT(p && write_fn);
    w2v__files_sink f;
    w2v__files_sink_init(&f, write_fn, user, err);
    w2v__files_print(&f, "w2v-phrases 1 %s\nconnectors", p->delimiter);
    for (uint32_t i = 0; i < p->connectors; i++) w2v__files_print(&f, " %s", w2v_vocab_word(p->words, i));
    w2v__files_print(&f, "\n");
    for (size_t i = 0; i < p->set.n; i++) {
        char words[W2V_MAX_WORD], score[64];  // with blanks a phrase is not longer than with its delimiter
        const w2v__phrases_entry *entry = w2v__phrases_at(p, i);
        const int n = (int)w2v__phrases_join(p, entry, " ", words, sizeof words);
        const int digits = (int)w2v__write_float(score, entry->score);
        w2v__files_print(&f, "%llu %.*s %.*s\n", (unsigned long long)entry->count, digits, score, n, words);
    }
    return w2v__files_sink_end(&f);
}

// The next word of a line, after blanks, as a string of at most W2V_MAX_WORD bytes. Returns 0 if there is
// none, -1 if it is too long.
static int w2v__phrases_next_field(const char **at, const char *end, char *word)
{
    const char *p = *at;
    while (p < end && w2v__is_space(*p)) p++;
    const char *const begin = p;
    while (p < end && !w2v__is_space(*p)) p++;
    *at = p;
    if (p == begin) return 0;
    if (p - begin > W2V_MAX_WORD) return -1;
    memcpy(word, begin, (size_t)(p - begin));
    word[p - begin] = 0;
    return 1;
}

// `count score word word...`: returns what is wrong, or NULL. Without memory *status becomes
// W2V_ERROR_MEMORY.
static const char *w2v__phrases_parse(w2v_phrases *p, const w2v__files_line *line, w2v_status *status,
                                      w2v_error *err)
{
    char field[W2V_MAX_WORD + 1];
    const char *at = line->text, *const end = line->text + line->n;
    w2v__phrases_entry f;
    size_t words = 0;
    uint32_t last = W2V_NONE;
    memset(&f, 0, sizeof f);
    if (w2v__phrases_next_field(&at, end, field) <= 0 ||
        !w2v__read_whole_number(field, strlen(field), &f.count) || !f.count)
        return "does not begin with the count of a phrase";
    if (w2v__phrases_next_field(&at, end, field) <= 0 || !w2v__read_float(field, strlen(field), &f.score))
        return "has no score after the count";
    for (int more; (more = w2v__phrases_next_field(&at, end, field)) != 0; words++) {
        if (more < 0) return "has a word that is too long";
        if (words > W2V__PHRASES_MOST_CONNECTORS + 1) return "has more words than a phrase can have";
        if (words > 1 && last >= p->connectors) return "has a word in its middle that is no connector";
        if (words > 1) *status = w2v__phrases_lengthen(p, &f.key.chain, last, err);
        if (*status == W2V_OK) *status = w2v__phrases_word(p, field, &last, err);
        if (*status != W2V_OK) return NULL;
        if (!words) f.key.first = last;
    }
    if (words < 2) return "has fewer than two words";
    if (f.key.first < p->connectors || last < p->connectors) return "begins or ends with a connector";
    f.key.second = last;
    if (w2v__phrases_join(p, &f, p->delimiter, NULL, 0) > W2V_MAX_WORD)
        return "has a phrase that is too long";
    const w2v_status added = w2v__phrases_add(p, f, err);
    if (added == W2V_ERROR_FORMAT) return "has a phrase that has occurred before";
    *status = added;
    return NULL;
}

// The first two lines.
static w2v_status w2v__phrases_read_head(w2v_phrases **phrases, w2v__files_input *in, w2v_error *err)
{
    char field[W2V_MAX_WORD + 1], delimiter[W2V_MAX_WORD + 1];
    w2v__files_line line;
    w2v_status status = w2v__files_input_line(in, W2V__PHRASES_LONGEST, &line);
    if (status != W2V_OK) return status;
    const char *at = line.text, *end = line.text + line.n;
    if (w2v__phrases_next_field(&at, end, field) != 1 || strcmp(field, "w2v-phrases") ||
        w2v__phrases_next_field(&at, end, field) != 1 || strcmp(field, "1") ||
        w2v__phrases_next_field(&at, end, delimiter) != 1 ||
        strlen(delimiter) > W2V__PHRASES_MOST_DELIMITER || w2v__phrases_next_field(&at, end, field) != 0)
        return w2v__files_bad(in, NULL, " is not a file of w2v_phrases_save");
    status = w2v__phrases_new(phrases, delimiter, err);
    w2v__files_input_pass(in, &line);
    if (status == W2V_OK) status = w2v__files_input_line(in, W2V__PHRASES_LONGEST, &line);
    if (status != W2V_OK) return status;
    at = line.text;
    end = line.text + line.n;
    if (w2v__phrases_next_field(&at, end, field) != 1 || strcmp(field, "connectors"))
        return w2v__files_bad(in, NULL, " line 2 does not begin with `connectors`");
    for (int more; status == W2V_OK && (more = w2v__phrases_next_field(&at, end, field)) != 0;) {
        if (more < 0) return w2v__files_bad(in, NULL, " line 2 has a word that is too long");
        status = w2v__phrases_add_connector(*phrases, field, err);
    }
    w2v__files_input_pass(in, &line);
    return status;
}

W2V_API w2v_status w2v_phrases_read(w2v_phrases **phrases, const w2v_source *source, w2v_error *err)
{
    enum { LONGEST = 2 * W2V_MAX_WORD + 100 };
    W2V_ASSERT(phrases && source);
    w2v_phrases *p = NULL;
    w2v__files_input in;
    w2v__files_line line;
    w2v_status status = w2v__files_input_open(&in, source, err);
    if (status == W2V_OK) status = w2v__phrases_read_head(&p, &in, err);
    while (status == W2V_OK) {
        status = w2v__files_input_line(&in, LONGEST, &line);
        if (status != W2V_OK || !line.step) break;
        const char *wrong = w2v__phrases_parse(p, &line, &status, err);
        if (wrong)
            status =
                w2v__files_bad(&in, "line", " %s: '%.*s'", wrong, (int)w2v__min_size(line.n, 60), line.text);
        w2v__files_input_pass(&in, &line);
    }
    status = w2v__files_input_close(&in, status);
    if (status != W2V_OK) {
        w2v_phrases_free(p);
        return status;
    }
    if (p->set.n) qsort(p->set.items, p->set.n, p->set.bytes, w2v__phrases_by_score);
    w2v__phrases_renumber(&p->set);
    *phrases = p;
    return W2V_OK;
}

#ifndef W2V_NO_STDIO
W2V_API w2v_status w2v_phrases_apply_file(const w2v_phrases *p, const w2v_source *sources, size_t n,
                                          const char *path, w2v_error *err)
{
    w2v_file *f;
    const w2v_status status = w2v_file_create(&f, path, err);
    if (status != W2V_OK) return status;
    return w2v__files_finish(f, w2v_phrases_apply(p, sources, n, w2v_file_write, f, err), err);
}

W2V_API w2v_status w2v_phrases_save(const w2v_phrases *p, const char *path, w2v_error *err)
{
    w2v_file *f;
    const w2v_status status = w2v_file_create(&f, path, err);
    if (status != W2V_OK) return status;
    return w2v__files_finish(f, w2v_phrases_write(p, w2v_file_write, f, err), err);
}

W2V_API w2v_status w2v_phrases_load(w2v_phrases **phrases, const char *path, w2v_error *err)
{
    W2V_ASSERT(path);
    const w2v_source source = w2v_source_file(path);
    return w2v_phrases_read(phrases, &source, err);
}
#endif  // W2V_NO_STDIO
W2V__COLD_END

#endif  // W2V_NO_TRAIN
// -----------------------------------------------------------------------------------------------------------------
// >>query (implementation)

W2V__COLD_BEGIN
// The lower case of a character, where w2v_case says that it has one.
static uint32_t w2v__query_lower_character(uint32_t code)
{
    // first and last capital of a range, and what to add; if that is 1, every second character is a capital
    static const int32_t capital[][3] = {
        {0xc0, 0xd6, 32},        {0xd8, 0xde, 32},        {0x100, 0x12e, 1},       {0x130, 0x130, -199},
        {0x132, 0x136, 1},       {0x139, 0x147, 1},       {0x14a, 0x176, 1},       {0x178, 0x178, -121},
        {0x179, 0x17d, 1},       {0x181, 0x181, 210},     {0x182, 0x184, 1},       {0x186, 0x186, 206},
        {0x187, 0x187, 1},       {0x189, 0x18a, 205},     {0x18b, 0x18b, 1},       {0x18e, 0x18e, 79},
        {0x18f, 0x18f, 202},     {0x190, 0x190, 203},     {0x191, 0x191, 1},       {0x193, 0x193, 205},
        {0x194, 0x194, 207},     {0x196, 0x196, 211},     {0x197, 0x197, 209},     {0x198, 0x198, 1},
        {0x19c, 0x19c, 211},     {0x19d, 0x19d, 213},     {0x19f, 0x19f, 214},     {0x1a0, 0x1a4, 1},
        {0x1a6, 0x1a6, 218},     {0x1a7, 0x1a7, 1},       {0x1a9, 0x1a9, 218},     {0x1ac, 0x1ac, 1},
        {0x1ae, 0x1ae, 218},     {0x1af, 0x1af, 1},       {0x1b1, 0x1b2, 217},     {0x1b3, 0x1b5, 1},
        {0x1b7, 0x1b7, 219},     {0x1b8, 0x1b8, 1},       {0x1bc, 0x1bc, 1},       {0x1c4, 0x1c4, 2},
        {0x1c5, 0x1c5, 1},       {0x1c7, 0x1c7, 2},       {0x1c8, 0x1c8, 1},       {0x1ca, 0x1ca, 2},
        {0x1cb, 0x1db, 1},       {0x1de, 0x1ee, 1},       {0x1f1, 0x1f1, 2},       {0x1f2, 0x1f4, 1},
        {0x1f6, 0x1f6, -97},     {0x1f7, 0x1f7, -56},     {0x1f8, 0x21e, 1},       {0x220, 0x220, -130},
        {0x222, 0x232, 1},       {0x23b, 0x23b, 1},       {0x23d, 0x23d, -163},    {0x241, 0x241, 1},
        {0x243, 0x243, -195},    {0x244, 0x244, 69},      {0x245, 0x245, 71},      {0x246, 0x24e, 1},
        {0x370, 0x372, 1},       {0x376, 0x376, 1},       {0x37f, 0x37f, 116},     {0x386, 0x386, 38},
        {0x388, 0x38a, 37},      {0x38c, 0x38c, 64},      {0x38e, 0x38f, 63},      {0x391, 0x3a1, 32},
        {0x3a3, 0x3ab, 32},      {0x3c2, 0x3c2, 1},       {0x3cf, 0x3cf, 8},       {0x3d8, 0x3ee, 1},
        {0x3f4, 0x3f4, -60},     {0x3f7, 0x3f7, 1},       {0x3f9, 0x3f9, -7},      {0x3fa, 0x3fa, 1},
        {0x3fd, 0x3ff, -130},    {0x400, 0x40f, 80},      {0x410, 0x42f, 32},      {0x460, 0x480, 1},
        {0x48a, 0x4be, 1},       {0x4c0, 0x4c0, 15},      {0x4c1, 0x4cd, 1},       {0x4d0, 0x52e, 1},
        {0x531, 0x556, 48},      {0x1c90, 0x1cba, -3008}, {0x1cbd, 0x1cbf, -3008}, {0x1e00, 0x1e94, 1},
        {0x1e9e, 0x1e9e, -7615}, {0x1ea0, 0x1efe, 1},     {0x1f08, 0x1f0f, -8},    {0x1f18, 0x1f1d, -8},
        {0x1f28, 0x1f2f, -8},    {0x1f38, 0x1f3f, -8},    {0x1f48, 0x1f4d, -8},    {0x1f59, 0x1f59, -8},
        {0x1f5b, 0x1f5b, -8},    {0x1f5d, 0x1f5d, -8},    {0x1f5f, 0x1f5f, -8},    {0x1f68, 0x1f6f, -8},
        {0x1f88, 0x1f8f, -8},    {0x1f98, 0x1f9f, -8},    {0x1fa8, 0x1faf, -8},    {0x1fb8, 0x1fb9, -8},
        {0x1fba, 0x1fbb, -74},   {0x1fbc, 0x1fbc, -9},    {0x1fc8, 0x1fcb, -86},   {0x1fcc, 0x1fcc, -9},
        {0x1fd8, 0x1fd9, -8},    {0x1fda, 0x1fdb, -100},  {0x1fe8, 0x1fe9, -8},    {0x1fea, 0x1feb, -112},
        {0x1fec, 0x1fec, -7},    {0x1ff8, 0x1ff9, -128},  {0x1ffa, 0x1ffb, -126},  {0x1ffc, 0x1ffc, -9},
        {0xff21, 0xff3a, 32}};
    size_t low = 0, high = sizeof capital / sizeof *capital;
    if (code < 0x80) return code >= 'A' && code <= 'Z' ? code + 32 : code;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (code > (uint32_t)capital[middle][1])
            low = middle + 1;
        else
            high = middle;
    }
    if (low == sizeof capital / sizeof *capital || code < (uint32_t)capital[low][0]) return code;
    const uint32_t place = code - (uint32_t)capital[low][0];
    return capital[low][2] == 1 && place % 2 ? code : (uint32_t)((int32_t)code + capital[low][2]);
}

// Copies n bytes in lower case, and a NUL; returns the number of bytes, at most n.
static size_t w2v__query_copy_lower(char *out, const char *word, size_t n)
{
    size_t length = 0;
    for (size_t i = 0, size; i < n; i += size) {
        char bytes[5] = {0};
        uint32_t code;
        memcpy(bytes, word + i, w2v__min_size(n - i, 4));
        size = w2v__utf8_character(bytes, &code);
        if (size)
            length += w2v__utf8_put(out + length, w2v__query_lower_character(code));
        else
            out[length++] = word[i], size = 1;  // not UTF-8
    }
    out[length] = 0;
    return length;
}

// Finds words of other texts in a model.
typedef struct w2v__query_lexicon {
    const w2v_model *m;
    size_t top;              // words that are known
    w2v__vocab_index lower;  // the first id of each word in lower case; no slots: W2V_CASE_EXACT
} w2v__query_lexicon;

// The first known word that is the same in lower case, or W2V_NONE. *tag is the tag of the text in the index.
static uint32_t w2v__query_lexicon_look_up(const w2v__query_lexicon *l, const char *text, size_t n,
                                           uint32_t *tag)
{
    char word[W2V_MAX_WORD + 1], other[W2V_MAX_WORD + 1];
    n = w2v__query_copy_lower(word, text, n);
    *tag = w2v__vocab_tag_of(w2v__vocab_hash_bytes(word, n));
    for (uint32_t at = *tag, id;;) {
        id = w2v__vocab_index_next(&l->lower, *tag, &at);
        if (id == W2V_NONE) return id;
        const char *known = w2v_vocab_word(l->m->vocab, id);
        if (w2v__query_copy_lower(other, known, strlen(known)) == n && !memcmp(other, word, n)) return id;
    }
}

// The first known word that is the same as this one in the case that counts.
static uint32_t w2v__query_lexicon_first(const w2v__query_lexicon *l, uint32_t id)
{
    const char *word = w2v_vocab_word(l->m->vocab, id);
    uint32_t tag;
    return l->lower.slots ? w2v__query_lexicon_look_up(l, word, strlen(word), &tag) : id;
}

// Free l->lower.slots.
static w2v_status w2v__query_lexicon_init(w2v__query_lexicon *l, const w2v_model *m, size_t top,
                                          w2v_case letter_case, w2v_error *err)
{
    l->m = m;
    l->top = top && top < m->size ? top : m->size;
    l->lower.slots = NULL;
    if (letter_case == W2V_CASE_EXACT) return W2V_OK;
    w2v_status status = w2v__vocab_index_init(&l->lower, l->top, err);
    for (uint32_t id = 0, tag; status == W2V_OK && id < l->top; id++) {
        const char *word = w2v_vocab_word(m->vocab, id);
        if (w2v__query_lexicon_look_up(l, word, strlen(word), &tag) == W2V_NONE &&
            !w2v__vocab_index_put(&l->lower, tag, id))
            status = w2v__vocab_index_crowded(err);
    }
    return status;
}

typedef struct w2v__query_field {
    const char *text;
    size_t n;
} w2v__query_field;

// The id of a known word whose vector is finite, or W2V_NONE.
static uint32_t w2v__query_lexicon_find(const w2v__query_lexicon *l, w2v__query_field field)
{
    const w2v_model *m = l->m;
    uint32_t tag;
    if (field.n > W2V_MAX_WORD) return W2V_NONE;
    const uint32_t id = l->lower.slots ? w2v__query_lexicon_look_up(l, field.text, field.n, &tag)
                                       : w2v__vocab_find(m->vocab, field.text, field.n);
    if (id >= l->top) return W2V_NONE;
    return w2v__kernels_in_use()->finite(m->input + id * m->stride, m->dim) ? id : W2V_NONE;
}

struct w2v_index {
    const w2v_model *m;        // compared; used while the index is made
    size_t size, dim, stride;  // of the model; bytes of a row, a multiple of 16
    int8_t *bytes;             // (size, stride)
    float *scale, *error;      // (size) of w2v__rows_to_integers; error -FLT_MAX: the row is not finite
};

enum { W2V__QUERY_INDEX_ROWS = 1024 };

// A w2v__item_fn.
static void w2v__query_index_rows(void *shared, size_t item, size_t thread)
{
    w2v_index *x = (w2v_index *)shared;
    const size_t first = item * W2V__QUERY_INDEX_ROWS,
                 n = w2v__min_size(x->size - first, W2V__QUERY_INDEX_ROWS);
    (void)thread;
    for (size_t i = first; i < first + n; i++)
        if (!w2v__rows_to_integers(x->m->input + i * x->m->stride, x->dim, x->bytes + i * x->stride, NULL,
                                   &x->scale[i], &x->error[i]))
            x->error[i] = -FLT_MAX;
}

W2V_API w2v_status w2v_index_new(w2v_index **index, const w2v_model *m, size_t threads, w2v_error *err)
{
    W2V_ASSERT(index && m);
    const w2v_status cpu = w2v__kernels_check_cpu(err);
    if (cpu != W2V_OK) return cpu;
    w2v_index *x = (w2v_index *)w2v__new(1, sizeof *x, err);
    if (!x) return W2V_ERROR_MEMORY;
    x->m = m;
    x->size = m->size;
    x->dim = m->dim;
    x->stride = w2v__rows_floats(m->dim);
    x->bytes = (int8_t *)w2v__new_aligned(m->size, x->stride, err);
    x->scale = (float *)w2v__new(m->size, 2 * sizeof *x->scale, err);
    if (!x->bytes || !x->scale) return w2v_index_free(x), W2V_ERROR_MEMORY;
    x->error = x->scale + m->size;
    w2v__for_each((m->size - 1) / W2V__QUERY_INDEX_ROWS + 1,
                  w2v__min_size(threads ? threads : w2v__cpus(), 1024), w2v__query_index_rows, x);
    *index = x;
    return W2V_OK;
}

W2V_API void w2v_index_free(w2v_index *x)
{
    if (!x) return;
    w2v__free_aligned(x->bytes);
    W2V_FREE(x->scale);  // and the errors
    W2V_FREE(x);
}

#define W2V__CONFIG w2v_query_config
static const w2v_field w2v__query_fields[] = {
    W2V__ENUM(method, "add", "add mul", "3CosAdd or 3CosMul"),
    W2V__NUMBER(max_words, SIZE, "0", NULL, NULL, "words that can be answers; 0: all"),
    W2V__POINTER(candidates, NULL, "ids that can be answers"),
    W2V__NUMBER(candidate_count, SIZE, "0", NULL, NULL, "how many these are"),
    W2V__NUMBER(threshold, FLOAT, "-2", NULL, NULL, "no match has a lower score"),
    W2V__FLAG(keep_terms, "1: the words of the query can be answers"),
    W2V__NUMBER(threads, SIZE, "cpus", "1", "1024", "threads that search"),
    W2V__POINTER(index, NULL, "int8 rows of the model"),
};
#undef W2V__CONFIG
W2V__DEFINE_CONFIG(w2v_query_config, w2v__query_fields, NULL)

typedef struct w2v__query_found {
    float score;
    uint32_t id;
} w2v__query_found;

// The best of what a thread has seen for a query: a heap with the worst of them at its root.
typedef struct w2v__query_best {
    w2v__query_found *heap;  // (most)
    size_t most, count;
    size_t seen;  // how many were offered
} w2v__query_best;

// A query is compared with a row by its vectors: one sum, or with 3CosMul all terms. Queries are answered
// some at a time, in a tile of vectors. Whether a row can be among the best is decided by an estimate of its
// score that is never too low: by sums in another order, or by bytes. Only what passes is scored, as
// w2v_cosine does it. So the result depends neither on the tile nor on the index.
typedef struct w2v__query_run {
    const w2v_model *m;
    const w2v_query *queries;  // (query_count)
    size_t query_count;
    w2v_query_config cfg;
    const w2v__query_lexicon *variants;  // NULL, or: no word of the query in another case can be an answer
    int mul;                             // 3CosMul
    float margin;                        // largest error of the estimate of a cosine by floats
    uint32_t *words, *next_words;        // ids of the terms of all queries; of the next one to be prepared
    uint32_t *sorted;                    // candidates, if they were not in order
    const uint32_t *ids;                 // (rows) what can be an answer; NULL: the first rows
    size_t rows, chunk;                  // a thread takes `chunk` rows at a time

    size_t tile, most, threads;           // limits: queries of a tile, matches of a query, threads
    size_t first, count;                  // the queries of the tile
    uint32_t *word[W2V__ROWS_QUERIES];    // ids of the terms of each, W2V_NONE for a vector
    size_t begin[W2V__ROWS_QUERIES + 1];  // the first vector of each
    float *vector[W2V__ROWS_QUERIES];     // (stride) the first has the memory of all, and of the units
    float length[W2V__ROWS_QUERIES];      // of the vector, as in w2v_model
    float *unit[W2V__ROWS_QUERIES];       // (stride) vectors of length 1,
    int16_t *shorts[W2V__ROWS_QUERIES];   // and what w2v__rows_to_integers makes of them
    float scale[W2V__ROWS_QUERIES], error[W2V__ROWS_QUERIES];
    w2v__query_best *best;    // (threads, tile)
    w2v__query_found *heaps;  // (threads, tile, most)
} w2v__query_run;

static w2v_status w2v__query_find(const w2v_model *m, const char *word, uint32_t *id, w2v_error *err)
{
    *id = w2v_vocab_find(m->vocab, word);
    if (*id != W2V_NONE) return W2V_OK;
    return w2v__fail(err, W2V_ERROR_UNKNOWN_WORD, "'%.200s' is not in the vocabulary", word);
}

// Puts x / |x| for the vector x of a term into unit (dim); *id is its word's, or W2V_NONE.
static w2v_status w2v__query_term(const w2v_model *m, const w2v_term *term, float *unit, uint32_t *id,
                                  w2v_error *err)
{
    size_t dim = m->dim;
    W2V_ASSERT(term->word || term->vector);
    *id = W2V_NONE;
    const w2v_status status = term->word ? w2v__query_find(m, term->word, id, err) : W2V_OK;
    if (status != W2V_OK) return status;
    for (size_t i = 0; !term->word && i < dim; i++)
        if (!w2v__is_finite(term->vector[i]))
            return w2v__fail(err, W2V_ERROR_ARGUMENT, "number %zu of the vector is not finite", i);
    if (term->weight == 0.0f)
        return w2v__fail(err, W2V_ERROR_ARGUMENT,
                         "the weight of '%.100s' is 0: 1 adds its vector, -1 subtracts it",
                         term->word ? term->word : "a vector");
    memcpy(unit, term->word ? m->input + *id * m->stride : term->vector, dim * sizeof *unit);
    w2v_normalize_rows(unit, dim, &dim);
    return W2V_OK;
}

// sum (dim) becomes sum_i weight_i x_i / |x_i|, or x_1 itself for a lone vector with weight 1. unit (dim) is
// scratch; ids (n) receives those of the words.
static w2v_status w2v__query_sum_terms(const w2v_model *m, const w2v_term *terms, size_t n, float *sum,
                                       float *unit, uint32_t *ids, w2v_error *err)
{
    memset(sum, 0, m->dim * sizeof *sum);
    for (size_t i = 0; i < n; i++) {
        const w2v_status status = w2v__query_term(m, &terms[i], unit, &ids[i], err);
        if (status != W2V_OK) return status;
        w2v_axpy(terms[i].weight, unit, sum, m->dim);
    }
    if (n == 1 && !terms->word && terms->weight == 1.0f) memcpy(sum, terms->vector, m->dim * sizeof *sum);
    if (!w2v__kernels_in_use()->finite(sum, m->dim))
        return w2v__fail(err, W2V_ERROR_ARGUMENT, "the weighted sum of the words is not finite");
    return W2V_OK;
}

// Puts query `number` into the tile as its i-th.
static w2v_status w2v__query_prepare(w2v__query_run *r, size_t number, size_t i, w2v_error *err)
{
    const w2v_term *const terms = r->queries[number].terms;
    const size_t n = r->queries[number].term_count, first = r->begin[i];
    size_t dim = r->m->dim, end = first + (r->mul ? n : 1);
    w2v_status status = W2V_OK;
    if (!n) return w2v__fail(err, W2V_ERROR_ARGUMENT, "a query needs at least one word");
    if (r->mul && n > W2V__ROWS_QUERIES)
        return w2v__fail(err, W2V_ERROR_ARGUMENT, "3CosMul takes at most %d terms, not %zu",
                         (int)W2V__ROWS_QUERIES, n);
    r->word[i] = r->next_words;
    r->next_words += n;
    if (!r->mul)
        status = w2v__query_sum_terms(r->m, terms, n, r->vector[first], r->unit[first], r->word[i], err);
    for (size_t k = 0; r->mul && status == W2V_OK && k < n; k++) {
        status = w2v__query_term(r->m, &terms[k], r->vector[first + k], &r->word[i][k], err);
        if (status == W2V_OK && fabsf(terms[k].weight) != 1.0f)
            status = w2v__fail(err, W2V_ERROR_ARGUMENT, "3CosMul takes the weights 1 and -1, not %g",
                               (double)terms[k].weight);
        if (status == W2V_OK && !w2v__kernels_in_use()->finite(r->vector[first + k], dim))
            status = w2v__fail(err, W2V_ERROR_ARGUMENT, "the vector of term %zu is not finite", k);
    }
    for (size_t v = first; status == W2V_OK && v < end; v++) {
        r->length[v] = w2v__model_length_of(r->vector[v], dim);
        memcpy(r->unit[v], r->vector[v], dim * sizeof(float));
        w2v_normalize_rows(r->unit[v], dim, &dim);
        r->error[v] = 0.0f;
        if (r->cfg.index)
            w2v__rows_to_integers(r->unit[v], dim, NULL, r->shorts[v], &r->scale[v], &r->error[v]);
    }
    r->begin[i + 1] = end;
    return status;
}

static int w2v__query_by_id(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

// What can be an answer: r->ids in order, each once, and r->rows.
static w2v_status w2v__query_take_candidates(w2v__query_run *r, w2v_error *err)
{
    const uint32_t *const given = r->cfg.candidates;
    const size_t count = r->cfg.candidate_count, size = r->m->size;
    const size_t words = r->cfg.max_words && r->cfg.max_words < size ? r->cfg.max_words : size;
    int sorted = 1;
    r->rows = words;
    if (!given) return W2V_OK;
    for (size_t i = 0; i < count; i++) {
        if (given[i] >= size)
            return w2v__fail(err, W2V_ERROR_ARGUMENT, "candidate %zu is %lu, but the model has %zu words", i,
                             (unsigned long)given[i], size);
        sorted &= !i || given[i - 1] < given[i];
    }
    r->ids = given;
    r->rows = count;
    if (!sorted) {
        r->ids = r->sorted = (uint32_t *)w2v__new(count, sizeof *r->sorted, err);
        if (!r->sorted) return W2V_ERROR_MEMORY;
        memcpy(r->sorted, given, count * sizeof *given);
        qsort(r->sorted, count, sizeof *r->sorted, w2v__query_by_id);
        r->rows = 0;
        for (size_t i = 0; i < count; i++)
            if (!i || r->sorted[i] != r->sorted[r->rows - 1]) r->sorted[r->rows++] = r->sorted[i];
    }
    while (r->rows && r->ids[r->rows - 1] >= words) r->rows--;
    return W2V_OK;
}

static w2v_status w2v__query_alloc(w2v__query_run *r, size_t capacity, w2v_error *err)
{
    // reading 1 MiB takes 0.04 to 0.1 ms: less is not worth a thread
    enum { CHUNK_BYTES = 1 << 20, HEAP_BYTES = 16 << 20 };
    const size_t stride = r->m->stride, row_bytes = r->cfg.index ? r->cfg.index->stride : 4 * stride;
    const size_t vectors = w2v__min_size(r->mul ? SIZE_MAX : r->query_count, W2V__ROWS_QUERIES);
    size_t terms = 0;
    for (size_t i = 0; i < r->query_count; i++) terms = w2v__add(terms, r->queries[i].term_count);
    r->most = w2v__min_size(capacity, r->rows);
    r->chunk = CHUNK_BYTES / row_bytes + 1;
    r->threads = w2v__min_size(r->cfg.threads, r->rows / r->chunk + 1);
    r->tile = HEAP_BYTES / sizeof *r->heaps / w2v__add(w2v__mul(r->threads, r->most), 1);
    r->tile = w2v__min_size(r->tile ? r->tile : 1, vectors);
    r->words = (uint32_t *)w2v__new(terms, sizeof *r->words, err);
    r->vector[0] = w2v__new_floats(w2v__mul(2 * vectors, stride), err);
    if (r->cfg.index) r->shorts[0] = (int16_t *)w2v__new_aligned(vectors, 2 * r->cfg.index->stride, err);
    r->best = (w2v__query_best *)w2v__new(r->threads * r->tile, sizeof *r->best, err);
    r->heaps = (w2v__query_found *)w2v__new(w2v__mul(r->threads * r->tile, r->most), sizeof *r->heaps, err);
    if (!r->words || !r->vector[0] || (r->cfg.index && !r->shorts[0]) || !r->best || !r->heaps)
        return W2V_ERROR_MEMORY;
    for (size_t v = 0; v < vectors; v++) {
        r->vector[v] = r->vector[0] + 2 * v * stride;
        r->unit[v] = r->vector[v] + stride;
        if (r->cfg.index) r->shorts[v] = r->shorts[0] + v * r->cfg.index->stride;
    }
    r->next_words = r->words;
    return W2V_OK;
}

// Checks all queries and makes room for a tile. End with w2v__query_end, also after a failure.
static w2v_status w2v__query_begin(w2v__query_run *r, const w2v_model *m, const w2v_query *queries,
                                   size_t query_count, const w2v_query_config *given, size_t capacity,
                                   w2v_error *err)
{
    w2v_error why;
    memset(r, 0, sizeof *r);
    r->m = m;
    r->queries = queries;
    r->query_count = query_count;
    r->margin = (3.0f * (float)m->dim + 16.0f) * FLT_EPSILON;
    w2v_status status = w2v__kernels_check_cpu(err);
    if (status == W2V_OK) status = w2v__config_take(&w2v__query_fields_table, &r->cfg, given, err);
    r->mul = r->cfg.method == W2V_ANALOGY_MUL;
    const w2v_index *const index = r->cfg.index;
    if (status == W2V_OK && index && (index->m != m || index->size != m->size || index->dim != m->dim))
        status = w2v__fail(err, W2V_ERROR_ARGUMENT,
                           "the index is of another model, of %zu words of %zu dimensions (this one: %zu of "
                           "%zu): make an index of this model",
                           index->size, index->dim, m->size, m->dim);
    if (status == W2V_OK) status = w2v__query_take_candidates(r, err);
    if (status == W2V_OK) status = w2v__query_alloc(r, capacity, err);
    if (status != W2V_OK) return status;
    size_t i = 0;
    while (i < query_count && (status = w2v__query_prepare(r, i, 0, &why)) == W2V_OK) i++;
    r->next_words = r->words;
    if (status == W2V_OK) return W2V_OK;
    return query_count > 1 ? w2v__fail(err, status, "query %zu: %.480s", i, why.message)
                           : w2v__fail(err, status, "%s", why.message);
}

static void w2v__query_end(w2v__query_run *r)
{
    W2V_FREE(r->words);
    W2V_FREE(r->sorted);
    w2v__free_aligned(r->vector[0]);
    w2v__free_aligned(r->shorts[0]);
    W2V_FREE(r->best);
    W2V_FREE(r->heaps);
}
W2V__COLD_END

W2V__INLINE int w2v__query_is_worse(w2v__query_found a, w2v__query_found b)
{
    return a.score < b.score || (!(a.score > b.score) && a.id > b.id);
}

// Puts x into the place of the root of a heap of n.
static void w2v__query_replace_root(w2v__query_found *heap, size_t n, w2v__query_found x)
{
    size_t i = 0;
    for (size_t child = 1; child < n; child = 2 * i + 1) {
        child += child + 1 < n && w2v__query_is_worse(heap[child + 1], heap[child]);
        if (!w2v__query_is_worse(heap[child], x)) break;
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = x;
}

static void w2v__query_offer(w2v__query_best *best, w2v__query_found x)
{
    w2v__query_found *const heap = best->heap;
    best->seen++;
    if (best->count == best->most) {
        if (best->most && w2v__query_is_worse(heap[0], x)) w2v__query_replace_root(heap, best->most, x);
        return;
    }
    size_t i = best->count++;
    for (; i && w2v__query_is_worse(x, heap[(i - 1) / 2]); i = (i - 1) / 2) heap[i] = heap[(i - 1) / 2];
    heap[i] = x;
}

// Makes a heap a list, best first.
static void w2v__query_sort(w2v__query_best *best)
{
    for (size_t n = best->count; n > 1; n--) {
        const w2v__query_found last = best->heap[n - 1];
        best->heap[n - 1] = best->heap[0];
        w2v__query_replace_root(best->heap, n - 1, last);
    }
}

// p = (1 + cos) / 2 of 3CosMul.
W2V__INLINE float w2v__query_p(float cosine)
{
    const float p = 0.5f + 0.5f * cosine;
    return p > 0.0f ? p : 0.0f;  // rounding can take a cosine below -1
}

// 3CosMul of query i from cosines, `apart` numbers from one to the next, times `scale`. Each may be off by
// error[v] + more: the row gets the benefit, unless more < 0. (Rounding keeps the order of numbers, so the
// estimate cannot get too low.)
static float w2v__query_product(const w2v__query_run *r, size_t i, const float *cosine, size_t apart,
                                float scale, float more)
{
    const w2v_term *term = r->queries[r->first + i].terms;
    float up = 1.0f, down = 1.0f;
    int divides = 0;
    for (size_t v = r->begin[i]; v < r->begin[i + 1]; v++, term++) {
        const float c = cosine[v * apart] * scale;
        const float off = more < 0.0f ? 0.0f : r->margin + r->error[v] + more;
        if (term->weight > 0.0f)
            up *= w2v__query_p(c + off);
        else
            down *= w2v__query_p(c - off), divides = 1;
    }
    return divides ? up / (down + 0.001f) : up;
}

// The score of a word; 0 if it is not finite.
static int w2v__query_score(const w2v__query_run *r, size_t i, uint32_t id, float *score)
{
    const w2v_model *m = r->m;
    const float *const row = m->input + id * m->stride;
    float cosine[W2V__ROWS_QUERIES];
    for (size_t v = r->begin[i]; v < r->begin[i + 1]; v++) {
        const float lengths = r->length[v] * m->length[id];
        cosine[v] = w2v__is_ordinary(lengths) ? w2v_dot(r->vector[v], row, m->dim) / lengths
                                              : w2v_cosine(r->vector[v], row, m->dim);
        if (!w2v__is_finite(cosine[v])) return 0;
    }
    *score = r->mul ? w2v__query_product(r, i, cosine, 1, 1.0f, -1.0f) : cosine[r->begin[i]];
    return w2v__is_finite(*score);
}

// A row that is estimated below this is not among the best.
static float w2v__query_limit(const w2v__query_run *r, size_t i, const w2v__query_best *best)
{
    float limit = r->cfg.threshold;
    if (best->most && best->count == best->most && best->heap[0].score > limit) limit = best->heap[0].score;
    return r->mul ? limit : limit - r->margin - r->error[r->begin[i]];
}

// Scores a word, unless it is one of the query. Returns the limit from now on.
W2V__NOINLINE float w2v__query_consider(const w2v__query_run *r, size_t i, uint32_t id, w2v__query_best *best)
{
    const size_t terms = r->cfg.keep_terms ? 0 : r->queries[r->first + i].term_count;
    w2v__query_found found;
    const uint32_t same = r->variants ? w2v__query_lexicon_first(r->variants, id) : id;
    size_t t = 0;
    while (t < terms && r->word[i][t] != same) t++;
    found.id = id;
    if (t == terms && w2v__query_score(r, i, id, &found.score) && found.score >= r->cfg.threshold)
        w2v__query_offer(best, found);
    return w2v__query_limit(r, i, best);
}

// The rows of a turn of w2v__rows_next. One is scored if its estimate, score * scale + more, reaches `limit`.
typedef struct w2v__query_turn {
    size_t width;
    uint32_t id[W2V__ROWS_WIDEST];
    float scale[W2V__ROWS_WIDEST + 16], more[W2V__ROWS_WIDEST + 16];  // see w2v__k_reach
    float limit[W2V__ROWS_QUERIES * W2V__ROWS_STREAMS + 16];          // (queries, width)
} w2v__query_turn;

static void w2v__query_set_limit(w2v__query_turn *turn, size_t i, float limit)
{
    for (size_t j = 0; j < turn->width; j++) turn->limit[i * turn->width + j] = limit;
}

// A w2v__item_fn: compares the queries of the tile with a piece of the rows.
static void w2v__query_scan(void *shared, size_t item, size_t thread)
{
    const w2v__query_run *const r = (const w2v__query_run *)shared;
    const w2v_index *const index = r->cfg.index;
    const int mul = r->mul;
    const size_t n = r->count, vectors = r->begin[n], stride = r->m->stride;
    w2v__query_best *const best = r->best + thread * r->tile;
    float error = 0.0f;
    w2v__query_turn turn;
    w2v__rows_scores s;
    for (size_t v = 0; v < vectors; v++) error = r->error[v] > error ? r->error[v] : error;
    turn.width = 0;
    w2v__rows_begin(&s, w2v_matrix_of(r->m->input, r->rows, w2v__rows_floats(r->m->dim), stride), r->unit,
                    vectors);
    s.ids = r->ids;
    s.first = item * r->chunk;
    s.end = w2v__min_size(s.first + r->chunk, r->rows);
    if (index) {
        s.bytes = index->bytes;
        s.shorts = r->shorts;
        s.scale = r->scale;
        s.rows.stride = index->stride;
    }
    while (w2v__rows_next(&s)) {
        const size_t width = s.width;
        if (turn.width != width) {
            turn.width = width;
            for (size_t t = n * width; t < n * width + 16; t++) turn.limit[t] = FLT_MAX;
            for (size_t i = 0; i < n; i++) w2v__query_set_limit(&turn, i, w2v__query_limit(r, i, &best[i]));
        }
        for (size_t j = 0; j < width; j++) {
            const uint32_t id = r->ids ? r->ids[s.at[j]] : (uint32_t)s.at[j];
            const float length = r->m->length[id];
            turn.id[j] = id;
            turn.scale[j] = index ? index->scale[id] : length > 0.0f ? 1.0f / length : 0.0f;
            turn.more[j] = index ? index->error[id] * (1.0f + error) : length > 0.0f ? 0.0f : 4.0f;
            if (!index && !(length > 0.0f))  // is scored in any case
                for (size_t v = 0; v < vectors; v++) s.score[v * width + j] = 0.0f;
        }
        for (size_t j = width; j < width + 16; j++) {
            turn.scale[j] = turn.scale[j - width];
            turn.more[j] = turn.more[j - width];
        }
        if (!mul && !s.kernels->reach(s.score, n * width, turn.scale, turn.more, width, turn.limit)) continue;
        for (size_t j = 0; j < width; j++)
            for (size_t i = 0; i < n; i++) {
                const float *const score = s.score + j;
                const float estimate =
                    mul ? w2v__query_product(r, i, score, width, turn.scale[j], turn.more[j])
                        : score[i * width] * turn.scale[j] + turn.more[j];
                if (estimate < turn.limit[i * width]) continue;
                w2v__query_set_limit(&turn, i, w2v__query_consider(r, i, turn.id[j], &best[i]));
            }
    }
}

// Answers the queries of the tile: r->best has the matches of each, best first.
static void w2v__query_answer_tile(w2v__query_run *r)
{
    for (size_t i = 0; i < r->threads * r->tile; i++) {
        r->best[i].heap = r->heaps + i * r->most;
        r->best[i].most = r->most;
        r->best[i].count = r->best[i].seen = 0;
    }
    w2v__for_each((r->rows + r->chunk - 1) / r->chunk, r->threads, w2v__query_scan, r);
    for (size_t i = 0; i < r->count; i++) {
        w2v__query_best *const all = &r->best[i];
        for (size_t t = 1; t < r->threads; t++) {
            const w2v__query_best *part = &r->best[t * r->tile + i];
            for (size_t k = 0; k < part->count; k++) w2v__query_offer(all, part->heap[k]);
            all->seen += part->seen - part->count;
        }
        w2v__query_sort(all);
    }
}

// Answers the next queries, as many as a tile has room for; 0 after the last.
static int w2v__query_next_tile(w2v__query_run *r)
{
    r->first += r->count;
    for (r->count = 0; r->count < r->tile && r->first + r->count < r->query_count; r->count++) {
        const size_t next = r->first + r->count;
        if (r->begin[r->count] + (r->mul ? r->queries[next].term_count : 1) > W2V__ROWS_QUERIES) break;
        w2v__query_prepare(r, next, r->count, NULL);
    }
    if (r->count) w2v__query_answer_tile(r);
    return r->count > 0;
}

W2V__COLD_BEGIN
W2V_API w2v_status w2v_model_query(const w2v_model *m, const w2v_query *queries, size_t query_count,
                                   const w2v_query_config *cfg, w2v_match *matches, size_t capacity,
                                   size_t *match_counts, w2v_error *err)
{
    W2V_ASSERT(m && (queries || !query_count) && (match_counts || !query_count) &&
               (matches || !capacity || !query_count));
    w2v__query_run r;
    for (size_t i = 0; i < query_count; i++) match_counts[i] = 0;
    w2v_status status = w2v__query_begin(&r, m, queries, query_count, cfg, capacity, err);
    while (status == W2V_OK && capacity && w2v__query_next_tile(&r))
        for (size_t i = 0; i < r.count; i++) {
            match_counts[r.first + i] = r.best[i].count;
            for (size_t k = 0; k < r.best[i].count; k++) {
                w2v_match *const match = &matches[(r.first + i) * capacity + k];
                match->id = r.best[i].heap[k].id;
                match->score = r.best[i].heap[k].score;
                match->word = w2v_vocab_word(m->vocab, match->id);
            }
        }
    w2v__query_end(&r);
    return status;
}

W2V_API w2v_status w2v_model_most_similar(const w2v_model *m, const w2v_term *terms, size_t term_count,
                                          w2v_match *matches, size_t capacity, size_t *match_count,
                                          w2v_error *err)
{
    const w2v_query query = {terms, term_count};
    return w2v_model_query(m, &query, 1, NULL, matches, capacity, match_count, err);
}

W2V_API w2v_status w2v_model_nearest(const w2v_model *m, const char *word, w2v_match *matches,
                                     size_t capacity, size_t *match_count, w2v_error *err)
{
    W2V_ASSERT(word);
    const w2v_term term = {word, 1.0f, NULL};
    return w2v_model_most_similar(m, &term, 1, matches, capacity, match_count, err);
}

W2V_API w2v_status w2v_model_analogy(const w2v_model *m, const char *a, const char *b, const char *c,
                                     w2v_match *matches, size_t capacity, size_t *match_count, w2v_error *err)
{
    W2V_ASSERT(a && b && c);
    const w2v_term terms[3] = {{b, 1.0f, NULL}, {a, -1.0f, NULL}, {c, 1.0f, NULL}};
    return w2v_model_most_similar(m, terms, 3, matches, capacity, match_count, err);
}

W2V_API w2v_status w2v_model_nearest_to_vector(const w2v_model *m, const float *vector, w2v_match *matches,
                                               size_t capacity, size_t *match_count, w2v_error *err)
{
    W2V_ASSERT(vector);
    const w2v_term term = {NULL, 1.0f, vector};
    return w2v_model_most_similar(m, &term, 1, matches, capacity, match_count, err);
}

W2V_API w2v_status w2v_model_rank(const w2v_model *m, const char *word, const char *other, size_t *rank,
                                  w2v_error *err)
{
    W2V_ASSERT(m && word && other && rank);
    const w2v_term term = {word, 1.0f, NULL};
    const w2v_query query = {&term, 1};
    w2v__query_run r;
    uint32_t id;
    float score = 0.0f;
    w2v_status status = w2v__query_begin(&r, m, &query, 1, NULL, 0, err);
    if (status == W2V_OK) status = w2v__query_find(m, other, &id, err);
    if (status == W2V_OK && !w2v__query_score(&r, 0, id, &score))
        status = w2v__fail(err, W2V_ERROR_ARGUMENT, "the vector of '%.100s' is not finite", other);
    if (status == W2V_OK) {
        r.count = 1;
        r.cfg.threshold = nextafterf(score, 2.0f);  // words with the same score are not nearer
        w2v__query_answer_tile(&r);
        *rank = r.best->seen + 1;
    }
    w2v__query_end(&r);
    return status;
}

W2V_API w2v_status w2v_model_similarity(const w2v_model *m, const char *a, const char *b, float *cosine,
                                        w2v_error *err)
{
    W2V_ASSERT(m && a && b && cosine);
    uint32_t x, y;
    w2v_status status = w2v__kernels_check_cpu(err);
    if (status == W2V_OK) status = w2v__query_find(m, a, &x, err);
    if (status == W2V_OK) status = w2v__query_find(m, b, &y, err);
    if (status != W2V_OK) return status;
    const float c = w2v_cosine(m->input + x * m->stride, m->input + y * m->stride, m->dim);
    if (!w2v__is_finite(c))
        return w2v__fail(err, W2V_ERROR_ARGUMENT, "the vectors of '%.100s' and '%.100s' are not both finite",
                         a, b);
    *cosine = c;
    return W2V_OK;
}

W2V_API w2v_status w2v_model_odd_one_out(const w2v_model *m, const char *const *words, size_t n, size_t *odd,
                                         w2v_error *err)
{
    W2V_ASSERT(m && (words || !n) && odd);
    w2v_status status = w2v__kernels_check_cpu(err);
    if (status != W2V_OK) return status;
    if (n < 3) return w2v__fail(err, W2V_ERROR_ARGUMENT, "an odd one needs at least three words, not %zu", n);
    float *const mean = (float *)w2v__new(w2v__mul(m->dim, 2), sizeof *mean, err);
    w2v_term *const terms = (w2v_term *)w2v__new(n, sizeof *terms, err);
    uint32_t *const ids = (uint32_t *)w2v__new(n, sizeof *ids, err);
    if (!mean || !terms || !ids) status = W2V_ERROR_MEMORY;
    for (size_t i = 0; status == W2V_OK && i < n; i++) {
        if (!words[i]) status = w2v__fail(err, W2V_ERROR_ARGUMENT, "word %zu is NULL", i);
        terms[i].word = words[i];
        terms[i].weight = 1.0f / (float)n;
    }
    if (status == W2V_OK) status = w2v__query_sum_terms(m, terms, n, mean, mean + m->dim, ids, err);
    float least = FLT_MAX;
    for (size_t i = 0; status == W2V_OK && i < n; i++) {
        const float c = w2v_cosine(mean, m->input + ids[i] * m->stride, m->dim);
        if (c >= least) continue;
        least = c;
        *odd = i;
    }
    W2V_FREE(terms);
    W2V_FREE(ids);
    W2V_FREE(mean);
    return status;
}

// The lines of an evaluation set.
typedef struct w2v__query_set {
    w2v__files_input in;
    w2v__query_lexicon lexicon;
    w2v__files_line line;      // in the input; step 0 after the last
    w2v__query_field trimmed;  // the line without white space at both ends
    char unknown[61];          // the first word that the model lacks, or its beginning,
    uint64_t unknown_line;     // and its line; 0 if there is none
} w2v__query_set;

// *set is zeros. End with w2v__query_set_close, also on failure.
static w2v_status w2v__query_set_open(w2v__query_set *set, const w2v_model *m, const w2v_source *source,
                                      size_t max_words, w2v_case letter_case, w2v_error *err)
{
    const w2v_status status = w2v__files_input_open(&set->in, source, err);
    return status == W2V_OK ? w2v__query_lexicon_init(&set->lexicon, m, max_words, letter_case, err) : status;
}

static void w2v__query_set_close(w2v__query_set *set)
{
    w2v__files_input_close(&set->in, W2V_OK);
    W2V_FREE(set->lexicon.lower.slots);
}

// Goes to the next line that is neither empty nor a comment.
static w2v_status w2v__query_set_next(w2v__query_set *set, w2v_error *err)
{
    for (;;) {
        if (set->line.step) w2v__files_input_pass(&set->in, &set->line);
        w2v_status status = w2v__files_input_line(&set->in, SIZE_MAX / 4, &set->line);
        if (status == W2V_ERROR_FORMAT)
            w2v__add_remedy(status, ": this is not a text, or one in UTF-16 (convert it to UTF-8)", err);
        if (status != W2V_OK || !set->line.step) return status;
        const char *p = set->line.text, *end = p + set->line.n;
        while (p < end && w2v__is_space(*p)) p++;
        while (p < end && w2v__is_space(end[-1])) end--;
        if (p == end || *p == '#') continue;
        set->trimmed.text = p;
        set->trimmed.n = (size_t)(end - p);
        return W2V_OK;
    }
}

// Cuts the line at every separator, or at runs of white space if that is 0, and trims the fields. Returns
// their number; the first `most` are kept.
static size_t w2v__query_cut_fields(w2v__query_field line, char separator, w2v__query_field *field,
                                    size_t most)
{
    size_t count = 0;
    for (const char *p = line.text, *end = p + line.n, *stop;; p = stop + 1) {
        while (p < end && w2v__is_space(*p) && *p != separator) p++;
        for (stop = p; stop < end && (separator ? *stop != separator : !w2v__is_space(*stop));) stop++;
        if (count < most) {
            size_t n = (size_t)(stop - p);
            while (n && w2v__is_space(p[n - 1])) n--;
            field[count].text = p;
            field[count].n = n;
        }
        count++;
        if (stop == end) return count;
    }
}

// Whether the model has all n words. Notes the first one of the set that it lacks.
static int w2v__query_set_words(w2v__query_set *set, const w2v__query_field *field, size_t n, uint32_t *id)
{
    for (size_t i = 0; i < n; i++) {
        id[i] = w2v__query_lexicon_find(&set->lexicon, field[i]);
        if (id[i] != W2V_NONE) continue;
        if (!set->unknown_line) {
            memcpy(set->unknown, field[i].text, w2v__min_size(field[i].n, sizeof set->unknown - 1));
            set->unknown_line = set->in.line;
        }
        return 0;
    }
    return 1;
}

// Fails for a set of which nothing can be used.
static w2v_status w2v__query_set_used(const w2v__query_set *set, const char *what, size_t lines, size_t used,
                                      w2v_error *err)
{
    if (!lines) return w2v__fail(err, W2V_ERROR_EMPTY, "'%.200s' has no %s", set->in.name, what);
    if (used) return W2V_OK;
    return w2v__fail(
        err, W2V_ERROR_UNKNOWN_WORD,
        "'%.200s' line %llu: '%.200s' is not among the first %zu words of the model (or not finite), "
        "and none of the %zu %s can be used%s",
        set->in.name, (unsigned long long)set->unknown_line, set->unknown, set->lexicon.top, lines, what,
        set->lexicon.lower.slots ? "" : " (in lower case some may)");
}

// -- analogies

typedef struct w2v__query_question {
    uint32_t word[4];
    size_t section;
    w2v_term term[3];
} w2v__query_question;

typedef struct w2v__query_quiz {
    w2v__query_set set;
    w2v_analogy_config cfg;
    w2v__query_question *q;  // (n)
    size_t n, room, section_room;
    w2v_analogy_result result;
} w2v__query_quiz;

#define W2V__CONFIG w2v_analogy_config
static const w2v_field w2v__query_analogy_fields[] = {
    W2V__ENUM(method, "add", "add mul", "3CosAdd or 3CosMul"),
    W2V__ENUM(letter_case, "lower", "exact lower", "how words are compared"),
    W2V__FLAG(skip_variants, "1: no word of the question in another case is an answer"),
    W2V__NUMBER(max_words, SIZE, "30000", NULL, NULL, "words that are known; 0: all"),
    W2V__NUMBER(threads, SIZE, "cpus", "1", "1024", "threads that answer"),
};
#undef W2V__CONFIG
W2V__DEFINE_CONFIG(w2v_analogy_config, w2v__query_analogy_fields, NULL)

W2V_API void w2v_analogy_result_free(w2v_analogy_result *result)
{
    if (!result) return;
    for (size_t i = 0; i < result->section_count; i++) W2V_FREE(result->sections[i].name);
    W2V_FREE(result->sections);
    memset(result, 0, sizeof *result);
}

static w2v_status w2v__query_add_section(w2v__query_quiz *z, const char *name, size_t n, w2v_error *err)
{
    w2v_analogy_result *r = &z->result;
    while (n && w2v__is_space(*name)) name++, n--;
    const w2v_status status =
        w2v__grow(&r->sections, &z->section_room, r->section_count + 1, sizeof *r->sections, err);
    char *copy = status == W2V_OK ? (char *)w2v__new(w2v__add(n, 1), 1, err) : NULL;
    if (!copy) return W2V_ERROR_MEMORY;
    memcpy(copy, name, n);
    copy[n] = 0;
    w2v_analogy_section *s = &r->sections[r->section_count++];
    memset(s, 0, sizeof *s);
    s->name = copy;
    s->syntactic = !strncmp(copy, "gram", 4);
    return W2V_OK;
}

// Adds to the counts of a section and to those of all that it belongs to.
static void w2v__query_count(w2v_analogy_result *r, size_t section, size_t lines, size_t used, size_t correct)
{
    w2v_analogy_section *s = &r->sections[section];
    w2v_analogy_counts *counts[3] = {&s->counts, s->syntactic ? &r->syntactic : &r->semantic, &r->total};
    for (size_t k = 0; k < 3; k++) {
        counts[k]->lines += lines;
        counts[k]->used += used;
        counts[k]->correct += correct;
    }
}

// The line of the set is a question.
static w2v_status w2v__query_add_question(w2v__query_quiz *z, w2v_error *err)
{
    w2v__query_field field[4];
    const w2v__query_field line = z->set.trimmed;
    const size_t words = w2v__query_cut_fields(line, 0, field, 4);
    if (words != 4)
        return w2v__files_bad(&z->set.in, "line",
                              ": '%.*s' has %zu words: a question has four, a heading begins with a colon",
                              (int)w2v__min_size(line.n, 60), line.text, words);
    w2v_status status = z->result.section_count ? W2V_OK : w2v__query_add_section(z, "", 0, err);
    if (status == W2V_OK) status = w2v__grow(&z->q, &z->room, z->n + 1, sizeof *z->q, err);
    if (status != W2V_OK) return status;
    z->q[z->n].section = z->result.section_count - 1;
    w2v__query_count(&z->result, z->q[z->n].section, 1, 0, 0);
    z->n += (size_t)w2v__query_set_words(&z->set, field, 4, z->q[z->n].word);
    return W2V_OK;
}

static w2v_status w2v__query_read_questions(w2v__query_quiz *z, w2v_error *err)
{
    for (;;) {
        const w2v__query_field *line = &z->set.trimmed;
        w2v_status status = w2v__query_set_next(&z->set, err);
        if (status == W2V_OK && !z->set.line.step) break;
        if (status == W2V_OK)
            status = *line->text == ':' ? w2v__query_add_section(z, line->text + 1, line->n - 1, err)
                                        : w2v__query_add_question(z, err);
        if (status != W2V_OK) return status;
    }
    return w2v__query_set_used(&z->set, "questions", z->result.total.lines, z->n, err);
}

// Answers all questions and counts the right answers.
static w2v_status w2v__query_answer_all(w2v__query_quiz *z, w2v_error *err)
{
    const w2v_model *m = z->set.lexicon.m;
    w2v_query_config cfg = w2v_query_config_default();
    w2v__query_run r;
    w2v_query *const query = (w2v_query *)w2v__new(z->n, sizeof *query, err);
    if (!query) return W2V_ERROR_MEMORY;
    for (size_t i = 0; i < z->n; i++) {
        for (size_t k = 0; k < 3; k++) {
            z->q[i].term[k].word = w2v_vocab_word(m->vocab, z->q[i].word[k]);
            z->q[i].term[k].weight = k ? 1.0f : -1.0f;
        }
        query[i].terms = z->q[i].term;
        query[i].term_count = 3;
    }
    cfg.method = z->cfg.method;
    cfg.max_words = z->set.lexicon.top;
    cfg.threads = z->cfg.threads;
    w2v_status status = w2v__query_begin(&r, m, query, z->n, &cfg, 1, err);
    if (z->cfg.skip_variants) r.variants = &z->set.lexicon;
    while (status == W2V_OK && w2v__query_next_tile(&r))
        for (size_t i = 0; i < r.count; i++) {
            const w2v__query_question *q = &z->q[r.first + i];
            const w2v__query_best *best = &r.best[i];
            const int correct =
                best->count && w2v__query_lexicon_first(&z->set.lexicon, best->heap->id) == q->word[3];
            w2v__query_count(&z->result, q->section, 0, 1, (size_t)correct);
        }
    w2v__query_end(&r);
    W2V_FREE(query);
    return status;
}

W2V_API w2v_status w2v_model_evaluate_analogies(const w2v_model *m, const w2v_source *source,
                                                const w2v_analogy_config *given, w2v_analogy_result *result,
                                                w2v_error *err)
{
    W2V_ASSERT(m && source && result);
    w2v__query_quiz z;
    memset(&z, 0, sizeof z);
    w2v_status status = w2v__kernels_check_cpu(err);
    if (status == W2V_OK) status = w2v__config_take(&w2v__query_analogy_fields_table, &z.cfg, given, err);
    if (status == W2V_OK)
        status = w2v__query_set_open(&z.set, m, source, z.cfg.max_words, z.cfg.letter_case, err);
    if (status == W2V_OK) status = w2v__query_read_questions(&z, err);
    if (status == W2V_OK) status = w2v__query_answer_all(&z, err);
    if (status == W2V_OK)
        *result = z.result;
    else
        w2v_analogy_result_free(&z.result);
    w2v__query_set_close(&z.set);
    W2V_FREE(z.q);
    return status;
}

// -- similarity

typedef struct w2v__query_pair {
    double x[2];  // a score and a cosine, or their ranks
} w2v__query_pair;

typedef struct w2v__query_ranked {
    double value;
    size_t pair;
} w2v__query_ranked;

static int w2v__query_by_value(const void *a, const void *b)
{
    const double x = ((const w2v__query_ranked *)a)->value, y = ((const w2v__query_ranked *)b)->value;
    return x < y ? -1 : x > y;
}

// The ranks 0 .. n - 1 of the scores (k = 0) or the cosines (1); equal values share the mean of theirs.
// Returns 0 if all are equal. sorted (n) is scratch.
static int w2v__query_rank(const w2v__query_pair *pairs, size_t n, int k, w2v__query_ranked *sorted,
                           w2v__query_pair *ranks)
{
    for (size_t i = 0; i < n; i++) {
        sorted[i].value = pairs[i].x[k];
        sorted[i].pair = i;
    }
    qsort(sorted, n, sizeof *sorted, w2v__query_by_value);
    for (size_t i = 0, end = 0; i < n; i = end) {
        while (end < n && !(sorted[end].value > sorted[i].value)) end++;
        for (size_t at = i; at < end; at++) ranks[sorted[at].pair].x[k] = 0.5 * (double)(i + end - 1);
    }
    return sorted[0].value < sorted[n - 1].value;
}

// Pearson's correlation of values that are not all the same.
static double w2v__query_correlation(const w2v__query_pair *pairs, size_t n)
{
    double mx = 0.0, my = 0.0, xx = 0.0, yy = 0.0, xy = 0.0;
    for (size_t i = 0; i < n; i++) {
        mx += pairs[i].x[0];
        my += pairs[i].x[1];
    }
    for (size_t i = 0; i < n; i++) {
        const double dx = pairs[i].x[0] - mx / (double)n, dy = pairs[i].x[1] - my / (double)n;
        xx += dx * dx;
        yy += dy * dy;
        xy += dx * dy;
    }
    return fmax(-1.0, fmin(1.0, xy / sqrt(xx * yy)));
}

enum { W2V__QUERY_COLUMNS = 64 };
#define W2V__CONFIG w2v_similarity_config
static const w2v_field w2v__query_similarity_fields[] = {
    W2V__ENUM(letter_case, "lower", "exact lower", "how words are compared"),
    W2V__NUMBER(max_words, SIZE, "0", NULL, NULL, "words that are known; 0: all"),
    W2V__NUMBER(column, SIZE, "3", "3", "64", "of the score"),
};
#undef W2V__CONFIG
W2V__DEFINE_CONFIG(w2v_similarity_config, w2v__query_similarity_fields, NULL)

// Cuts a line of a table at its separator; fails if it has fewer columns than `column`, or no word in the
// first or second.
static w2v_status w2v__query_set_columns(const w2v__query_set *set, w2v__query_field *field, size_t column)
{
    static const char separators[] = "\t;,", *const names[] = {"tabs", "semicolons", "commas", "blanks"};
    size_t k = 0;
    while (separators[k] && !memchr(set->trimmed.text, separators[k], set->trimmed.n)) k++;
    // a tab at an end encloses an empty column, if tabs separate the others
    const w2v__query_field whole = {set->line.text, set->line.n}, line = k ? set->trimmed : whole;
    const int shown = (int)w2v__min_size(line.n, 60);
    const size_t columns = w2v__query_cut_fields(line, separators[k], field, column);
    if (columns < column)
        return w2v__files_bad(
            &set->in, "line",
            ": '%.*s' has %zu columns, cut at %s: two words and, in column %zu, a score are needed", shown,
            line.text, columns, names[k], column);
    for (size_t i = 0; i < 2; i++)
        if (!field[i].n)
            return w2v__files_bad(&set->in, "line", ": '%.*s', cut at %s, has no word in column %zu", shown,
                                  line.text, names[k], i + 1);
    return W2V_OK;
}

// Reads a number, at most 1e100, with a decimal point or a decimal comma; 0 if it is not one.
static int w2v__query_read_score(w2v__query_field field, double *score)
{
    char text[W2V_MAX_WORD];
    if (field.n > sizeof text) return 0;
    for (size_t i = 0; i < field.n; i++) text[i] = field.text[i] == ',' ? '.' : field.text[i];
    if (!w2v__read_double(text, field.n, score) || fabs(*score) > 1e100) return 0;
    if (fabs(*score) < 1e-100) *score = 0.0;  // its square would vanish
    return 1;
}

// The pairs of the set whose words the model has.
static w2v_status w2v__query_read_pairs(w2v__query_set *set, size_t column, w2v__query_pair **pairs,
                                        w2v_similarity_result *r, w2v_error *err)
{
    const w2v_model *m = set->lexicon.m;
    size_t room = 0;
    for (int first = 1;; first = 0) {
        w2v__query_field field[W2V__QUERY_COLUMNS];
        uint32_t id[2];
        double value;
        w2v_status status = w2v__query_set_next(set, err);
        if (status == W2V_OK && !set->line.step) break;
        if (status == W2V_OK) status = w2v__query_set_columns(set, field, column);
        if (status == W2V_OK) status = w2v__grow(pairs, &room, r->used + 1, sizeof **pairs, err);
        if (status != W2V_OK) return status;
        const w2v__query_field text = field[column - 1];
        if (!w2v__query_read_score(text, &value)) {
            if (first && !(text.n && strchr("+-.,0123456789", *text.text))) continue;
            return w2v__files_bad(&set->in, "line", ": '%.*s' in column %zu is not a number",
                                  (int)w2v__min_size(text.n, 60), text.text, column);
        }
        r->lines++;
        if (!w2v__query_set_words(set, field, 2, id)) continue;
        w2v__query_pair *const pair = &(*pairs)[r->used++];
        pair->x[0] = value;
        pair->x[1] = (double)w2v_cosine(m->input + id[0] * m->stride, m->input + id[1] * m->stride, m->dim);
    }
    return w2v__query_set_used(set, "pairs", r->lines, r->used, err);
}

static w2v_status w2v__query_correlate(const w2v__query_set *set, const w2v__query_pair *pairs,
                                       w2v_similarity_result *r, w2v_error *err)
{
    const size_t n = r->used;
    w2v_status status = W2V_OK;
    w2v__query_pair *const ranks = (w2v__query_pair *)w2v__new(n, sizeof *ranks, err);
    w2v__query_ranked *const sorted = (w2v__query_ranked *)w2v__new(n, sizeof *sorted, err);
    if (!ranks || !sorted) {
        status = W2V_ERROR_MEMORY;
    } else if (!w2v__query_rank(pairs, n, 0, sorted, ranks) || !w2v__query_rank(pairs, n, 1, sorted, ranks)) {
        status = w2v__fail(err, W2V_ERROR_EMPTY,
                           "'%.200s' has no correlation: the scores or the cosines of the %zu of %zu pairs "
                           "that can be used are all the same",
                           set->in.name, n, r->lines);
    } else {
        r->pearson = w2v__query_correlation(pairs, n);
        r->spearman = w2v__query_correlation(ranks, n);
    }
    W2V_FREE(ranks);
    W2V_FREE(sorted);
    return status;
}

W2V_API w2v_status w2v_model_evaluate_similarity(const w2v_model *m, const w2v_source *source,
                                                 const w2v_similarity_config *given,
                                                 w2v_similarity_result *result, w2v_error *err)
{
    W2V_ASSERT(m && source && result);
    w2v__query_set set;
    w2v_similarity_config cfg;
    w2v_similarity_result r;
    w2v__query_pair *pairs = NULL;
    memset(&set, 0, sizeof set);
    memset(&r, 0, sizeof r);
    w2v_status status = w2v__kernels_check_cpu(err);
    if (status == W2V_OK) status = w2v__config_take(&w2v__query_similarity_fields_table, &cfg, given, err);
    if (status == W2V_OK) status = w2v__query_set_open(&set, m, source, cfg.max_words, cfg.letter_case, err);
    if (status == W2V_OK) status = w2v__query_read_pairs(&set, cfg.column, &pairs, &r, err);
    if (status == W2V_OK) status = w2v__query_correlate(&set, pairs, &r, err);
    if (status == W2V_OK) *result = r;
    W2V_FREE(pairs);
    w2v__query_set_close(&set);
    return status;
}
W2V__COLD_END
// -----------------------------------------------------------------------------------------------------------------
// >>sentence (implementation)

// Lines and vectors are taken in batches. 256, 1024 and 4096 took the same time with one and two threads
// (200,000 lines of 20 words, 300 dimensions); more threads need more work at a time.
enum { W2V__SENTENCE_BATCH = 1024, W2V__SENTENCE_BATCH_BYTES = 1 << 20 };

typedef struct w2v__sentence_line {
    size_t begin, n;  // in the text
    w2v_sentence_counts words;
} w2v__sentence_line;

struct w2v_sentences {
    const w2v_model *model;
    w2v_sentence_config cfg;
    w2v__query_lexicon exact, lower;  // `lower` has no slots without cfg.lower_case
    float *weight;                    // (V) NULL: all are 1
    float *common;                    // (common_count, dim) directions that are removed, of length 1
    size_t common_count;
    char *text;                // (bytes) the lines, each ended by NUL
    w2v__sentence_line *line;  // (count)
    float *rows;               // (count, dim) their vectors; of length 1, or 0, when all are read
    size_t bytes, count, text_room, line_room, row_room;
    size_t batch;  // the first line of those that are being read
};

// The id of a word, or W2V_NONE. Punctuation that is stripped is cut off *word.
static uint32_t w2v__sentence_find(const w2v_sentences *s, w2v__query_field *word)
{
    static const char mark[] = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
    const size_t marks = sizeof mark - 1;
    for (int stripped = 0;; stripped = 1) {
        uint32_t id = w2v__query_lexicon_find(&s->exact, *word);
        if (id == W2V_NONE && s->lower.lower.slots) id = w2v__query_lexicon_find(&s->lower, *word);
        if (id != W2V_NONE || stripped || !s->cfg.strip) return id;
        while (word->n && memchr(mark, *word->text, marks)) word->text++, word->n--;
        while (word->n && memchr(mark, word->text[word->n - 1], marks)) word->n--;
    }
}

// Removes the parts of x along orthonormal directions.
static void w2v__sentence_remove(float *x, const float *direction, size_t count, size_t dim)
{
    for (size_t c = 0; c < count; c++) {
        const float part = w2v_dot(x, direction + c * dim, dim);
        w2v_axpy(-part, direction + c * dim, x, dim);
    }
}

// The vector (dim) of a text, and how many words it has.
static void w2v__sentence_sum(const w2v_sentences *s, const char *text, size_t n, float *vector,
                              w2v_sentence_counts *words)
{
    const w2v_model *m = s->model;
    memset(vector, 0, m->dim * sizeof *vector);
    words->known = words->unknown = 0;
    for (size_t at = 0, end;; at = end) {
        while (at < n && w2v__is_space(text[at])) at++;
        for (end = at; end < n && !w2v__is_space(text[end]);) end++;
        if (end == at) break;
        w2v__query_field word = {text + at, end - at};
        const uint32_t id = w2v__sentence_find(s, &word);
        if (id != W2V_NONE)
            w2v_axpy(s->weight ? s->weight[id] : 1.0f, m->input + id * m->stride, vector, m->dim);
        words->known += id != W2V_NONE;
        words->unknown += id == W2V_NONE && word.n;
    }
    if (words->known) w2v_scale(1.0f / (float)words->known, vector, m->dim);
    if (!s->common_count) return;
    const float before = w2v_norm(vector, m->dim);
    w2v__sentence_remove(vector, s->common, s->common_count, m->dim);
    // a rounding of each number is about 1e-7 of the vector
    if (w2v__is_finite(before) && w2v_norm(vector, m->dim) <= 1e-6f * before)
        memset(vector, 0, m->dim * sizeof *vector);
}

W2V__COLD_BEGIN
// The sum over rows x of (x - mean) (x - mean)^T.
typedef struct w2v__sentence_products {
    size_t dim, count, stride;
    float *mean;    // (dim)
    float *column;  // (dim, stride) a batch of rows, transposed: `count` floats of each column
    double *sum;    // (dim, dim), and a row of scratch
} w2v__sentence_products;

static void w2v__sentence_products_free(w2v__sentence_products *p)
{
    w2v__free_aligned(p->column);
    w2v__free_aligned(p->sum);
}

// The sum and the mean are zeros. Free also after a failure.
static w2v_status w2v__sentence_products_init(w2v__sentence_products *p, size_t dim, w2v_error *err)
{
    p->dim = dim;
    p->stride = w2v__model_row_stride(W2V__SENTENCE_BATCH);
    p->column = w2v__new_floats(w2v__mul(dim, p->stride + 1), err);
    p->sum = (double *)w2v__new_aligned(w2v__mul(w2v__add(dim, 1), dim), sizeof *p->sum, err);
    if (!p->column || !p->sum) return W2V_ERROR_MEMORY;
    p->mean = p->column + dim * p->stride;
    return W2V_OK;
}

// A w2v__item_fn: the products of some columns with all.
static void w2v__sentence_multiply(void *shared, size_t batch, size_t thread)
{
    const w2v__sentence_products *p = (const w2v__sentence_products *)shared;
    const size_t first = batch * W2V__ROWS_BATCH, n = w2v__min_size(p->dim - first, W2V__ROWS_BATCH);
    float *column[W2V__ROWS_BATCH];
    w2v__rows_scores s;
    (void)thread;
    for (size_t i = 0; i < n; i++) column[i] = p->column + (first + i) * p->stride;
    w2v__rows_begin(&s, w2v_matrix_of(p->column, p->dim, p->count, p->stride), column, n);
    while (w2v__rows_next(&s))
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < s.width; j++)
                p->sum[(first + i) * p->dim + s.at[j]] += (double)s.score[i * s.width + j];
}

// Adds n rows, at most W2V__SENTENCE_BATCH.
static void w2v__sentence_products_add(w2v__sentence_products *p, const float *rows, size_t n, size_t stride,
                                       size_t threads)
{
    p->count = w2v__rows_floats(n);
    for (size_t k = 0; k < p->dim; k++) {
        for (size_t i = 0; i < n; i++) p->column[k * p->stride + i] = rows[i * stride + k] - p->mean[k];
        for (size_t i = n; i < p->count; i++) p->column[k * p->stride + i] = 0.0f;
    }
    w2v__for_each((p->dim - 1) / W2V__ROWS_BATCH + 1, threads, w2v__sentence_multiply, p);
}

// The first `most` principal directions, or fewer if only rounding is left. Free *direction, also after a
// failure.
static w2v_status w2v__sentence_directions(w2v__sentence_products *p, size_t most, float **direction,
                                           size_t *count, w2v_error *err)
{
    const size_t d = p->dim;
    double trace = 0.0;
    *direction = NULL;
    for (size_t i = 0; i < d; i++) trace += p->sum[i * d + i];
    if (!w2v__is_finite_double(trace))
        return w2v__fail(err, W2V_ERROR_ARGUMENT, "numbers of the vectors are too large to be squared");
    double *found = (double *)w2v__new(w2v__mul(most, d), sizeof *found, err);
    if (found) *direction = (float *)w2v__new(w2v__mul(most, d), sizeof **direction, err);
    // the components are those of the rows of the sum, so the variances are squares of its eigenvalues
    const double rounding = 16.0 * (double)FLT_EPSILON * trace;
    for (*count = 0; *direction && *count < most; ++*count)
        if (!(w2v__rows_find_component(p->sum, d, d, found, *count, p->sum + d * d) > rounding * rounding))
            break;
    for (size_t i = 0; *direction && i < *count * d; i++) (*direction)[i] = (float)found[i];
    W2V_FREE(found);
    return *direction ? W2V_OK : W2V_ERROR_MEMORY;
}

#define W2V__CONFIG w2v_sentence_config
static const w2v_field w2v__sentence_fields[] = {
    W2V__ENUM(weighting, "mean", "mean idf sif", "weights of words"),
    W2V__FLAG(lower_case, "1: words that the model lacks are looked up in lower case"),
    W2V__FLAG(strip, "1: and without ASCII punctuation at their ends"),
    W2V__NUMBER(components, SIZE, "1", NULL, NULL, "common directions that fitting finds"),
    W2V__NUMBER(threads, SIZE, "cpus", "1", "1024", "for fitting and reading"),
    W2V__NUMBER(smoothing, DOUBLE, "0.001", ">0", "1", "a of sif: weights are a / (a + p)"),
};
#undef W2V__CONFIG
W2V__DEFINE_CONFIG(w2v_sentence_config, w2v__sentence_fields, NULL)

static w2v_status w2v__sentence_weigh(w2v_sentences *s, w2v_error *err)
{
    const w2v_model *m = s->model;
    double total = 0.0;
    if (s->cfg.weighting == W2V_WEIGHTING_MEAN) return W2V_OK;
    for (uint32_t id = 0; id < m->size; id++) total += (double)w2v_vocab_count(m->vocab, id);
    if (!(total > 0.0))
        return w2v__fail(err, W2V_ERROR_ARGUMENT,
                         "the weights need the counts of the words, which the model lacks: read it from a "
                         "native file or a checkpoint, give w2v_model_new counts, or set weighting to mean");
    s->weight = (float *)w2v__new(m->size, sizeof *s->weight, err);
    if (!s->weight) return W2V_ERROR_MEMORY;
    for (uint32_t id = 0; id < m->size; id++) {
        const double count = (double)w2v_vocab_count(m->vocab, id), a = s->cfg.smoothing;
        s->weight[id] = (float)(s->cfg.weighting == W2V_WEIGHTING_SIF ? a / (a + count / total)
                                                                      : total / fmax(count, 1.0));
    }
    if (s->cfg.weighting == W2V_WEIGHTING_IDF) w2v_log(s->weight, s->weight, m->size);
    return W2V_OK;
}

static w2v_status w2v__sentence_check_components(size_t components, size_t dim, w2v_error *err)
{
    if (components <= dim) return W2V_OK;
    return w2v__fail(err, W2V_ERROR_ARGUMENT,
                     "components must be at most %zu, the numbers of a vector, not %zu", dim, components);
}

W2V_API w2v_status w2v_sentences_new(w2v_sentences **sentences, const w2v_model *m,
                                     const w2v_sentence_config *given, w2v_error *err)
{
    W2V_ASSERT(sentences && m);
    w2v_sentence_config cfg;
    w2v_status status = w2v__kernels_check_cpu(err);
    if (status == W2V_OK) status = w2v__config_take(&w2v__sentence_fields_table, &cfg, given, err);
    if (status == W2V_OK) status = w2v__sentence_check_components(cfg.components, m->dim, err);
    if (status != W2V_OK) return status;
    w2v_sentences *s = (w2v_sentences *)w2v__new_zeros(1, sizeof *s, err);
    if (!s) return W2V_ERROR_MEMORY;
    s->model = m;
    s->cfg = cfg;
    status = w2v__query_lexicon_init(&s->exact, m, 0, W2V_CASE_EXACT, err);
    if (status == W2V_OK && cfg.lower_case)
        status = w2v__query_lexicon_init(&s->lower, m, 0, W2V_CASE_LOWER, err);
    if (status == W2V_OK) status = w2v__sentence_weigh(s, err);
    if (status == W2V_OK)
        *sentences = s;
    else
        w2v_sentences_free(s);
    return status;
}

W2V_API void w2v_sentences_free(w2v_sentences *s)
{
    if (!s) return;
    W2V_FREE(s->text);
    W2V_FREE(s->line);
    W2V_FREE(s->rows);
    W2V_FREE(s->lower.lower.slots);
    W2V_FREE(s->weight);
    W2V_FREE(s->common);
    W2V_FREE(s);
}

W2V_API size_t w2v_sentences_size(const w2v_sentences *s)
{
    W2V_ASSERT(s);
    return s->count;
}

// A w2v__item_fn: the vectors of some lines.
static void w2v__sentence_sum_lines(void *shared, size_t item, size_t thread)
{
    w2v_sentences *s = (w2v_sentences *)shared;
    const size_t first = s->batch + item * W2V__ROWS_BATCH;
    (void)thread;
    for (size_t i = first; i < w2v__min_size(first + W2V__ROWS_BATCH, s->count); i++) {
        w2v__sentence_line *line = &s->line[i];
        w2v__sentence_sum(s, s->text + line->begin, line->n, s->rows + i * s->model->dim, &line->words);
    }
}

static w2v_status w2v__sentence_add_line(w2v_sentences *s, const w2v__files_line *line, w2v_error *err)
{
    const size_t bytes = w2v__add(s->bytes, w2v__add(line->n, 1));
    if (s->count >= W2V_NONE)  // their numbers are those of w2v__query_found
        return w2v__fail(err, W2V_ERROR_ARGUMENT, "more than %lu lines", (unsigned long)W2V_NONE);
    w2v_status status = w2v__grow(&s->text, &s->text_room, bytes, 1, err);
    if (status == W2V_OK) status = w2v__grow(&s->line, &s->line_room, s->count + 1, sizeof *s->line, err);
    if (status != W2V_OK) return status;
    memcpy(s->text + s->bytes, line->text, line->n);
    s->text[bytes - 1] = 0;
    s->line[s->count].begin = s->bytes;
    s->line[s->count++].n = line->n;
    s->bytes = bytes;
    return W2V_OK;
}

// Appends the next lines of a text, up to a batch, with their vectors. Adds to *counts.
static w2v_status w2v__sentence_take(w2v_sentences *s, w2v__files_input *in, w2v_sentence_counts *counts,
                                     w2v_error *err)
{
    const size_t dim = s->model->dim, bytes = s->bytes;
    w2v_status status = W2V_OK;
    s->batch = s->count;
    while (status == W2V_OK && s->count - s->batch < W2V__SENTENCE_BATCH &&
           s->bytes - bytes < W2V__SENTENCE_BATCH_BYTES) {
        w2v__files_line line;
        status = w2v__files_input_line(in, SIZE_MAX / 4, &line);
        if (status != W2V_OK || !line.step) break;
        status = w2v__sentence_add_line(s, &line, err);
        w2v__files_input_pass(in, &line);
    }
    if (status == W2V_OK)
        status = w2v__grow(&s->rows, &s->row_room, s->count, w2v__mul(dim, sizeof(float)), err);
    if (status != W2V_OK) return status;
    const size_t n = s->count - s->batch;
    w2v__for_each((n + W2V__ROWS_BATCH - 1) / W2V__ROWS_BATCH, s->cfg.threads, w2v__sentence_sum_lines, s);
    for (size_t i = s->batch; i < s->count; i++) {
        counts->known += s->line[i].words.known;
        counts->unknown += s->line[i].words.unknown;
        if (!w2v__kernels_in_use()->finite(s->rows + i * dim, dim))
            return w2v__fail(err, W2V_ERROR_ARGUMENT,
                             "'%.200s' line %llu: the sum of the vectors of its words is not finite",
                             in->name, (unsigned long long)(in->line - (s->count - i)));
    }
    return W2V_OK;
}

W2V_API w2v_status w2v_sentences_fit(w2v_sentences *s, const w2v_source *source, w2v_sentence_counts *counts,
                                     w2v_error *err)
{
    W2V_ASSERT(s && source);
    const size_t dim = s->model->dim;
    w2v_sentence_counts words = {0, 0};
    w2v__sentence_products products;
    w2v__files_input in;
    float *common = NULL;
    size_t found = 0, before = s->common_count;
    if (s->count)
        return w2v__fail(err, W2V_ERROR_ARGUMENT,
                         "common directions must be found before sentences are read, and %zu have been: make "
                         "new w2v_sentences",
                         s->count);
    memset(&products, 0, sizeof products);
    s->common_count = 0;  // the vectors of the lines keep their common directions
    w2v_status status = w2v__files_input_open(&in, source, err);
    if (status == W2V_OK) status = w2v__sentence_products_init(&products, dim, err);
    while (status == W2V_OK) {
        status = w2v__sentence_take(s, &in, &words, err);
        if (status != W2V_OK || !s->count) break;
        w2v__sentence_products_add(&products, s->rows, s->count, dim, s->cfg.threads);
        s->count = s->bytes = 0;
    }
    if (status == W2V_OK)
        status = w2v__sentence_directions(&products, s->cfg.components, &common, &found, err);
    if (status == W2V_OK && s->cfg.components && !found)
        status = w2v__fail(err, W2V_ERROR_EMPTY,
                           "'%.200s' has no line with a vector other than zero: %llu words are known, %llu "
                           "unknown",
                           in.name, (unsigned long long)words.known, (unsigned long long)words.unknown);
    w2v__files_input_close(&in, W2V_OK);
    w2v__sentence_products_free(&products);
    if (status == W2V_OK) {
        W2V_FREE(s->common);
        s->common = common;
        if (counts) *counts = words;
    } else {
        W2V_FREE(common);
    }
    s->common_count = status == W2V_OK ? found : before;
    s->count = s->bytes = 0;
    return status;
}

W2V_API w2v_status w2v_sentences_read(w2v_sentences *s, const w2v_source *source, w2v_sentence_counts *counts,
                                      w2v_error *err)
{
    W2V_ASSERT(s && source);
    size_t dim = s->model->dim, before;
    const size_t count = s->count, bytes = s->bytes;
    w2v_sentence_counts words = {0, 0};
    w2v__files_input in;
    w2v_status status = w2v__files_input_open(&in, source, err);
    do {
        before = s->count;
        if (status == W2V_OK) status = w2v__sentence_take(s, &in, &words, err);
    } while (status == W2V_OK && s->count > before);
    w2v__files_input_close(&in, W2V_OK);
    if (status != W2V_OK) {
        s->count = count;
        s->bytes = bytes;
        return status;
    }
    if (before > count) w2v_normalize_rows(s->rows + count * dim, (before - count) * dim, &dim);
    if (counts) *counts = words;
    return W2V_OK;
}

W2V_API w2v_status w2v_sentences_vector(const w2v_sentences *s, const char *text, size_t n, float *vector,
                                        w2v_sentence_counts *counts, w2v_error *err)
{
    W2V_ASSERT(s && (text || !n) && vector);
    const size_t dim = s->model->dim;
    const char *nul = n ? (const char *)memchr(text, 0, n) : NULL;
    if (nul)
        return w2v__fail(err, W2V_ERROR_ARGUMENT, "the sentence has a NUL byte at byte %zu of %zu",
                         (size_t)(nul - text), n);
    w2v_sentence_counts words;
    w2v_status status = W2V_OK;
    float *x = (float *)w2v__new(dim, sizeof *x, err);
    if (!x) return W2V_ERROR_MEMORY;
    w2v__sentence_sum(s, text, n, x, &words);
    if (w2v__kernels_in_use()->finite(x, dim)) {
        memcpy(vector, x, dim * sizeof *x);
        if (counts) *counts = words;
    } else {
        status = w2v__fail(err, W2V_ERROR_ARGUMENT,
                           "the sum of the vectors of the words of the sentence is not finite");
    }
    W2V_FREE(x);
    return status;
}

W2V_API w2v_status w2v_sentences_nearest(const w2v_sentences *s, const char *text, size_t n,
                                         w2v_sentence_match *matches, size_t capacity, size_t *match_count,
                                         w2v_error *err)
{
    W2V_ASSERT(s && (matches || !capacity) && match_count);
    const w2v__kernels *const kernels = w2v__kernels_in_use();
    size_t dim = s->model->dim;
    const w2v_matrix rows = w2v_matrix_of(s->rows, s->count, dim, dim);
    w2v_sentence_counts words = {0, 0};
    w2v__query_best best = {NULL, w2v__min_size(capacity, rows.rows), 0, 0};
    *match_count = 0;
    float *x = (float *)w2v__new(dim, sizeof *x, err);
    best.heap = (w2v__query_found *)w2v__new(best.most, sizeof *best.heap, err);
    w2v_status status = x && best.heap ? w2v_sentences_vector(s, text, n, x, &words, err) : W2V_ERROR_MEMORY;
    if (status == W2V_OK && !words.known)
        status = words.unknown ? w2v__fail(err, W2V_ERROR_UNKNOWN_WORD,
                                           "none of the %llu words of the sentence is known",
                                           (unsigned long long)words.unknown)
                               : w2v__fail(err, W2V_ERROR_UNKNOWN_WORD, "the sentence has no words");
    if (status == W2V_OK) {
        w2v_normalize_rows(x, dim, &dim);
        const int is_zero = !(w2v_dot(x, x, dim) > 0.0f);
        for (size_t i = 0; i < rows.rows && !is_zero; i++) {
            const w2v__query_found found = {kernels->dot(x, w2v__kernels_row(&rows, i), dim), (uint32_t)i};
            if (found.score != 0.0f || !w2v__rows_is_zero(&rows, i)) w2v__query_offer(&best, found);
        }
        w2v__query_sort(&best);
        for (size_t i = 0; i < best.count; i++) {
            matches[i].number = best.heap[i].id;
            matches[i].text = s->text + s->line[matches[i].number].begin;
            matches[i].score = best.heap[i].score;
        }
        *match_count = best.count;
    }
    W2V_FREE(x);
    W2V_FREE(best.heap);
    return status;
}

W2V_API w2v_status w2v_model_remove_top(w2v_model *m, size_t components, w2v_error *err)
{
    W2V_ASSERT(m);
    const size_t dim = m->dim, stride = m->stride, threads = w2v__min_size(w2v__cpus(), 16);
    w2v__sentence_products p;
    float *direction = NULL;
    size_t found = 0;
    w2v_status status = w2v__kernels_check_cpu(err);
    if (status == W2V_OK) status = w2v__sentence_check_components(components, dim, err);
    for (uint32_t id = 0; status == W2V_OK && id < m->size; id++)
        if (!w2v__kernels_in_use()->finite(m->input + id * stride, dim))
            status = w2v__fail(err, W2V_ERROR_ARGUMENT, "the vector of '%.100s' is not finite",
                               w2v_vocab_word(m->vocab, id));
    if (status != W2V_OK) return status;
    status = w2v__sentence_products_init(&p, dim, err);
    if (status == W2V_OK) {
        double *const total = p.sum + dim * dim;
        for (size_t i = 0; i < m->size; i++)
            for (size_t k = 0; k < dim; k++) total[k] += (double)m->input[i * stride + k];
        for (size_t k = 0; k < dim; k++) p.mean[k] = (float)(total[k] / (double)m->size);
        for (size_t i = 0; i < m->size; i += W2V__SENTENCE_BATCH)
            w2v__sentence_products_add(&p, m->input + i * stride,
                                       w2v__min_size(m->size - i, W2V__SENTENCE_BATCH), stride, threads);
        status = w2v__sentence_directions(&p, components, &direction, &found, err);
    }
    for (size_t i = 0; status == W2V_OK && i < m->size; i++) {
        w2v_axpy(-1.0f, p.mean, m->input + i * stride, dim);
        w2v__sentence_remove(m->input + i * stride, direction, found, dim);
    }
    if (status == W2V_OK) w2v_model_changed(m);
    W2V_FREE(direction);
    w2v__sentence_products_free(&p);
    return status;
}
W2V__COLD_END

#endif  // W2V_NO_VOCAB

#ifdef W2V__GNU
#pragma GCC diagnostic pop
#endif
#undef W2V__MAIN_PASS
#endif  // W2V__MAIN_PASS
