// SPDX-License-Identifier: MIT-0
//
// cli.h - for convert, cs224n, curves, demo, evaluate, explain, plot, rounds, sentiment and word2vec: messages,
// options, files, signals, progress
//
// Define PROGRAM, the name in messages, and include this after w2v.h.

#ifndef CLI_H
#define CLI_H

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#ifdef _WIN32
#include <io.h>
#define isatty _isatty
#define fileno _fileno
#else
#include <unistd.h>
#endif

// "program: sentence" on standard error. die also ends the program: status 1 for a failure, 2 for wrong usage.
// Bytes of files appear in sentences, so control characters are printed as \xNN.
static char cli_sentence[2400];
#define complain(...) (snprintf(cli_sentence, sizeof cli_sentence, __VA_ARGS__), print_sentence())
#define die(status, ...) (complain(__VA_ARGS__), exit(status))

static inline void print_sentence(void)
{
    fflush(stdout);
    fprintf(stderr, "%s: ", PROGRAM);
    for (const char *c = cli_sentence; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            fprintf(stderr, "\\x%02x", (unsigned)*c);
        else
            fputc(*c, stderr);
    fputc('\n', stderr);
}

// Whether two names are one file. If neither exists, they are when they end alike and their folders are one.
// Devices such as /dev/null can be named twice.
static inline int same_file(const char *a, const char *b)
{
#ifdef _WIN32
    return !strcmp(a, b);
#else
    struct stat x, y;
    const int a_exists = !stat(a, &x), b_exists = !stat(b, &y);
    if (a_exists != b_exists) return 0;
    if (a_exists) return x.st_dev == y.st_dev && x.st_ino == y.st_ino && S_ISREG(x.st_mode);
    const char *a_slash = strrchr(a, '/'), *b_slash = strrchr(b, '/');
    const size_t a_folder = a_slash ? (size_t)(a_slash - a) + 1 : 0,
                 b_folder = b_slash ? (size_t)(b_slash - b) + 1 : 0;
    char folders[2][4096];
    if (strcmp(a + a_folder, b + b_folder) || a_folder + 2 > sizeof *folders ||
        b_folder + 2 > sizeof *folders)
        return !strcmp(a, b);
    snprintf(folders[0], sizeof *folders, "%.*s.", (int)a_folder, a);
    snprintf(folders[1], sizeof *folders, "%.*s.", (int)b_folder, b);
    return !stat(folders[0], &x) && !stat(folders[1], &y) ? x.st_dev == y.st_dev && x.st_ino == y.st_ino
                                                          : !strcmp(a, b);
#endif
}

// A file that is read may not be written. path or input may be NULL.
static inline void refuse_overwriting(const char *option, const char *path, const char *input)
{
    if (path && input && *path && same_file(path, input))
        die(2, "%s would replace '%.900s', which is read: write to another name or folder", option, path);
}

// No file may be written twice. Either name may be NULL.
static inline void refuse_same(const char *option, const char *path, const char *other_option,
                               const char *other)
{
    if (path && other && same_file(path, other))
        die(2, "%s and %s are the same file, '%.900s': give one of them another name", option, other_option,
            path);
}

// Called at the end: what a full disk has swallowed is a failure.
static inline void check_output(void)
{
    if (fflush(stdout) || ferror(stdout)) die(1, "cannot write to standard output: %s", strerror(errno));
}

// -----------------------------------------------------------------------------------------------------------
// Options

static inline int is_help(const char *name) { return !strcmp(name, "-help") || !strcmp(name, "-h"); }

// The option at argv[i] with one dash, whether it was typed with one or two. -version and, unless usage is
// NULL, -help are answered here and end the program.
static inline const char *option_name(char **argv, int i, const char *usage)
{
    const char *name = argv[i] + !strncmp(argv[i], "--", 2);
    if (usage && is_help(name)) {
        printf("%s  -version        prints the version\n", usage);
        exit(0);
    }
    if (!strcmp(name, "-version")) {
        printf("%s %s\n", PROGRAM, W2V_VERSION);
        exit(0);
    }
    return name;
}

// The argument after the option at argv[*i].
static inline const char *option_value(char **argv, int *i)
{
    if (!argv[*i + 1]) die(2, "unknown option '%s', or its value is missing (-help explains)", argv[*i]);
    return argv[++*i];
}

// An option that is a flag: alone, or with 0 or 1 after it.
static inline int option_flag(char **argv, int *i)
{
    const char *value = argv[*i + 1];
    if (!value || (strcmp(value, "0") && strcmp(value, "1"))) return 1;
    ++*i;
    return *value == '1';
}

static inline uint64_t whole_number(const char *option, const char *text, uint64_t high)
{
    char *end = NULL;
    errno = 0;
    const unsigned long long value = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end) die(2, "%s takes a whole number, not '%s'", option, text);
    if (errno || value > high)
        die(2, "%s takes a number of at most %llu, not %s", option, (unsigned long long)high, text);
    return value;
}

static inline size_t size_number(const char *option, const char *text, size_t high)
{
    return (size_t)whole_number(option, text, high);
}

static inline double real_number(const char *option, const char *text, double low, double high)
{
    char *end = NULL;
    const double value = strtod(text, &end);
    if (end == text || *end) die(2, "%s takes a number, not '%s'", option, text);
    if (!(value >= low && value <= high))
        die(2, "%s must be between %g and %g, not %s", option, low, high, text);
    return value;
}

// Sets the field of a configuration of w2v_sgd that has the option's name, with _ for -: -learning-rate,
// -optimizer, ...
static inline void set_sgd_field(w2v_sgd_config *cfg, const char *option, const char *value)
{
    char name[64];
    w2v_error err;
    snprintf(name, sizeof name, "%s", option + 1);
    for (char *c = name; *c; c++)
        if (*c == '-') *c = '_';
    size_t i = 0;
    const w2v_field *f;
    while ((f = w2v_sgd_config_field(i)) != NULL && strcmp(f->name, name)) i++;
    if (!f || f->kind == W2V_FIELD_POINTER) die(2, "unknown option '%s' (-help lists them)", option);
    if (w2v_sgd_config_set(cfg, name, value, &err) != W2V_OK) die(2, "%s", err.message);
}

// The folder that -output names must exist.
static inline void check_folder(const char *folder)
{
    enum { LONGEST = 1000 };
    struct stat info;
    if (!*folder || strlen(folder) > LONGEST)
        die(2, "-output takes a name of 1 to %d bytes, not one of %zu", LONGEST, strlen(folder));
    if (stat(folder, &info)) die(1, "cannot write to the folder '%s': %s", folder, strerror(errno));
    if (!S_ISDIR(info.st_mode)) die(1, "cannot write to '%s': it is not a folder", folder);
}

// A file in that folder.
typedef struct file_name {
    char path[4096];
} file_name;

static inline file_name in_folder(const char *folder, const char *name)
{
    file_name file;
    snprintf(file.path, sizeof file.path, "%s/%s", folder, name);
    return file;
}

// The file beside vectors in some format that has their words, which is read and written with them; "":
// there is none.
static inline file_name words_beside(const char *vectors, w2v_format format)
{
#if defined(_WIN32)
    static const char ends[] = "/\\:";  // of a folder
#else
    static const char ends[] = "/";
#endif
    const int n = (int)strlen(vectors);
    int folder = n;
    while (folder && !strchr(ends, vectors[folder - 1])) folder--;
    const int stem = n > 4 && !strcmp(vectors + n - 4, ".npy") ? n - 4 : n;
    file_name words = {""};
    if (format == W2V_FORMAT_NPY)
        snprintf(words.path, sizeof words.path, "%.*s.tsv", stem, vectors);
    else if (format == W2V_FORMAT_TSV || format == W2V_FORMAT_SAFETENSORS)
        snprintf(words.path, sizeof words.path, "%.*s%s", folder, vectors,
                 format == W2V_FORMAT_TSV ? "metadata.tsv" : "tokenizer.json");
    return words;
}

// The format in which to load a file: the projector's by the end of the name, in whatever case; others are
// known by their bytes.
static inline w2v_format format_of_name(const char *path)
{
    const char *end = strrchr(path, '.');
    return end && (end[1] | 32) == 't' && (end[2] | 32) == 's' && (end[3] | 32) == 'v' && !end[4]
               ? W2V_FORMAT_TSV
               : W2V_FORMAT_AUTO;
}

// Loads vectors or a checkpoint, or ends the program. report may be NULL.
static inline w2v_model *load_model(const char *path, w2v_load_config cfg, w2v_load_report *report)
{
    static const char hint[] = "(lenient reading";  // here that is an option of a program
    w2v_model *m = NULL;
    w2v_error err;
    const int by_name = cfg.format == W2V_FORMAT_AUTO && format_of_name(path) == W2V_FORMAT_TSV;
    if (by_name) cfg.format = W2V_FORMAT_TSV;
    const w2v_status status = w2v_model_load(&m, path, &cfg, report, &err);
    if (cfg.progress_fn) fprintf(stderr, "\r\033[K");
    const char *at = status == W2V_OK ? NULL : strstr(err.message, hint);
    if (at) die(1, "%.*s(convert -lenient 1%s", (int)(at - err.message), err.message, at + strlen(hint));
    if (status != W2V_OK)
        die(1, "%s%s", err.message,
            by_name ? " (.tsv is the projector's format; convert -from text reads a text with such a name)"
                    : "");
    return m;
}

// A whole text file and a NUL, without a UTF-8 byte order mark. The caller frees it.
static inline char *read_text(const char *path, size_t *bytes)
{
    FILE *f = fopen(path, "rb");
    if (!f) die(1, "cannot open '%s': %s", path, strerror(errno));
    size_t room = 1 << 20, n = 0;
    char *text = NULL;
    for (;;) {
        char *larger = (char *)realloc(text, room + 1);
        if (!larger) die(1, "out of memory: '%s' has more than %zu bytes", path, n);
        text = larger;
        n += fread(text + n, 1, room - n, f);
        if (n < room) break;
        room *= 2;
    }
    if (ferror(f)) die(1, "cannot read '%s': %s", path, strerror(errno));
    fclose(f);
    text[n] = 0;
    if (strlen(text) != n) die(1, "'%s' has a NUL byte at offset %zu: not a text file", path, strlen(text));
    if (!strncmp(text, "\xEF\xBB\xBF", 3)) {
        n -= 3;
        memmove(text, text + 3, n + 1);
    }
    *bytes = n;
    return text;
}

// -----------------------------------------------------------------------------------------------------------
// Signals and progress

static volatile sig_atomic_t interrupted;  // the number of the signal

// Seconds since some moment; a signal handler may call it.
static inline double moment(void)
{
#ifdef _WIN32
    return (double)clock() / CLOCKS_PER_SEC;  // there it does not stop when the program sleeps
#else
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
#endif
}

// The first signal stops the program in good order, a second one at once. Within half a second both are one:
// timeout(1) sends each signal twice, and so may a terminal that is closed.
static inline void on_signal(int number)
{
    static volatile double first;
    signal(number, on_signal);  // on some systems a signal removes its handler
    if (!interrupted) {
        first = moment();
        interrupted = number;
    } else if (moment() > first + 0.5) {
        signal(number, SIG_DFL);
        raise(number);
    }
}

// Ctrl-C, kill, and a connection that is lost. A signal that was ignored when the program began remains so.
static inline void catch_signals(void)
{
    static const int numbers[] = {
        SIGINT, SIGTERM,
#ifdef SIGHUP
        SIGHUP,
#endif
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (signal(numbers[i], SIG_IGN) != SIG_IGN) signal(numbers[i], on_signal);
#ifdef SIGPIPE
    signal(SIGPIPE, SIG_IGN);  // progress that nobody reads any more ends no training
#endif
}

// The exit status after a signal.
static inline int interrupted_status(void) { return 128 + interrupted; }

// A bar that is rewritten on a terminal; the caller prints the rest of the line.
static inline void show_bar(const char *what, double fraction)
{
    enum { WIDTH = 30 };
    char bar[WIDTH + 1];
    for (int i = 0; i < WIDTH; i++) bar[i] = i < (int)(fraction * (double)WIDTH + 0.5) ? '#' : '.';
    bar[WIDTH] = 0;
    fprintf(stderr, "\r%-8s [%s] %3d%%", what, bar, (int)(fraction * 100.0));
}

#endif
