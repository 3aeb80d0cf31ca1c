// SPDX-License-Identifier: MIT-0
//
// phrases.c - the command line of the original word2phrase: joins words that belong together
//
//   phrases -train corpus.txt -output joined.txt -threshold 100
//   phrases -train corpus.txt -output joined.txt -score npmi -threshold 0.5 -connectors "of the" -passes 2

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#ifdef _WIN32
#include <io.h>
#define unlink _unlink
#define isatty _isatty
#define fileno _fileno
#else
#include <unistd.h>
#endif

#define die(status, ...) (fprintf(stderr, "phrases: " __VA_ARGS__), fputc('\n', stderr), exit(status))

enum { MOST_CONNECTORS = 1000, MOST_PASSES = 10 };

typedef struct options {
    const char *train, *output, *save, *apply;
    w2v_phrases_config cfg;
    const char *connector[MOST_CONNECTORS];
    size_t passes;
    int debug, has_threshold;
    const char *finds;  // an option of finding phrases that was typed
} options;

static void usage(void)
{
    printf(
        "usage: phrases -train FILE -output FILE [options]\n"
        "Options of the original program have its defaults, in brackets.\n"
        "  -train FILE        text; a line is a sentence\n"
        "  -output FILE       the text with phrases joined, as in new_york\n"
        "  -min-count N       phrases and their words occur so often (5)\n"
        "  -threshold X       a pair of words is a phrase if its score is above this (100; 0.5 for npmi)\n"
        "  -debug 0|1|2       0: no progress and no summary (2)\n"
        "\n"
        "  -score NAME        original, or npmi: normalised pointwise mutual information, -1 .. 1 "
        "(original)\n"
        "  -connectors WORDS  words that may stand within a phrase, as \"of the\"; none begins or ends with "
        "one\n"
        "  -passes N          finds phrases in the joined text again, N times in all, for longer ones (1)\n"
        "  -delimiter TEXT    what joins words (_)\n"
        "  -pairs-limit N     pairs counted at the same time, about; above it the rarest are forgotten (0: "
        "all)\n"
        "  -threads N         that count words (default: the processors that this process may use)\n"
        "  -save FILE         writes the phrases of the last pass, a text file\n"
        "  -apply FILE        joins the phrases of such a file instead of finding some\n"
        "  -version           prints the version\n");
}

static double number(const char *option, const char *text)
{
    char *end = NULL;
    const double value = strtod(text, &end);
    if (end == text || *end || value != value) die(2, "%s takes a number, not '%s'", option, text);
    return value;
}

static size_t whole(const char *option, const char *text)
{
    char *end = NULL;
    errno = 0;
    const unsigned long long value = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || errno)
        die(2, "%s takes a whole number, not '%s'", option, text);
    return (size_t)value;
}

// Cuts the words of -connectors apart, in place.
static void set_connectors(options *o, char *words)
{
    o->cfg.connector_count = 0;
    for (char *word = strtok(words, " \t,"); word; word = strtok(NULL, " \t,")) {
        if (o->cfg.connector_count == MOST_CONNECTORS) die(2, "more than %d connectors", MOST_CONNECTORS);
        o->connector[o->cfg.connector_count++] = word;
    }
    o->cfg.connectors = o->connector;
}

static void set_option(options *o, const char *name, char *value)
{
    static const char *const finding[] = {"-min-count",  "-threshold", "-score",
                                          "-connectors", "-delimiter", "-pairs-limit"};
    for (size_t i = 0; i < sizeof finding / sizeof *finding; i++)
        if (!strcmp(name, finding[i])) o->finds = name;
    if (!strcmp(name, "-train"))
        o->train = value;
    else if (!strcmp(name, "-output"))
        o->output = value;
    else if (!strcmp(name, "-save"))
        o->save = value;
    else if (!strcmp(name, "-apply"))
        o->apply = value;
    else if (!strcmp(name, "-min-count"))
        o->cfg.min_count = whole(name, value);
    else if (!strcmp(name, "-threshold"))
        o->cfg.threshold = number(name, value), o->has_threshold = 1;
    else if (!strcmp(name, "-score") && !strcmp(value, "original"))
        o->cfg.scoring = W2V_PHRASE_ORIGINAL;
    else if (!strcmp(name, "-score") && !strcmp(value, "npmi"))
        o->cfg.scoring = W2V_PHRASE_NPMI;
    else if (!strcmp(name, "-score"))
        die(2, "-score takes original or npmi, not '%s'", value);
    else if (!strcmp(name, "-connectors"))
        set_connectors(o, value);
    else if (!strcmp(name, "-passes"))
        o->passes = whole(name, value);
    else if (!strcmp(name, "-delimiter"))
        o->cfg.delimiter = value;
    else if (!strcmp(name, "-pairs-limit"))
        o->cfg.pairs_limit = whole(name, value);
    else if (!strcmp(name, "-threads"))
        o->cfg.threads = whole(name, value);
    else if (!strcmp(name, "-debug"))
        o->debug = whole(name, value) > 0;
    else
        die(2, "unknown option '%s' (-help lists them)", name);
}

static int show_progress(const w2v_progress *p, void *user)
{
    (void)user;
    fprintf(stderr, "\rreading %3d%%%s", (int)(100.0 * p->fraction),
            p->fraction >= 1.0 ? "\r            \r" : "");
    return 0;
}

// Whether two names are one file. If neither exists, they are when they end alike and their folders are one.
// Devices such as /dev/null can be named twice. (cli.h has it too; this file can be copied alone.)
static int same_file(const char *a, const char *b)
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

// No file may be written that is read, or written twice.
static void refuse_conflicts(const options *o)
{
    static const char *const name[] = {"-output", "-save", "-train", "-apply"};
    const char *const path[] = {o->output, o->save, o->train, o->apply};
    enum { WRITTEN = 2, PATHS = 4 };
    for (int i = 0; i < WRITTEN; i++)
        for (int k = i + 1; k < PATHS; k++)
            if (path[i] && path[k] && same_file(path[i], path[k]))
                die(2, "%s and %s are the same file, '%s'", name[k], name[i], path[k]);
}

// Whether it is a pipe or a terminal, which cannot be read twice.
static int is_read_once(const char *path)
{
    struct stat info;
    return !stat(path, &info) && (S_ISFIFO(info.st_mode) || S_ISCHR(info.st_mode));
}

// Between two passes the text stands in a file beside the output. It is removed when the program ends, also by an
// error or a signal; one that is being written at a signal leaves its .part, see FILES in w2v.h.
static char between[2][4096];
static const char *volatile remaining[2];  // those of them that may exist

static void remove_between(void)
{
    for (int i = 0; i < 2; i++)
        if (remaining[i]) unlink(remaining[i]);
}

static void on_signal(int number)
{
    remove_between();
    signal(number, SIG_DFL);
    raise(number);
}

// Ctrl-C, kill, and a connection that is lost. A signal that was ignored when the program began remains so.
static void catch_signals(void)
{
    static const int numbers[] = {
        SIGINT, SIGTERM,
#ifdef SIGHUP
        SIGHUP,
#endif
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (signal(numbers[i], SIG_IGN) != SIG_IGN) signal(numbers[i], on_signal);
}

// A name that no file has, and that is not to be that of the phrases.
static const char *name_between(const options *o, size_t pass)
{
    char *name = between[pass % 2];
    struct stat info;
    for (size_t i = pass;; i++) {
        if (snprintf(name, sizeof *between, "%s.pass%zu", o->output, i) >= (int)sizeof *between)
            die(1, "the name of the output is too long for -passes %zu", o->passes);
        if (stat(name, &info) && !(o->save && same_file(name, o->save))) return name;
    }
}

static void join(const w2v_phrases *p, const char *from, const char *to)
{
    const w2v_source source = w2v_source_file(from);
    w2v_error err;
    if (w2v_phrases_apply_file(p, &source, 1, to, &err) != W2V_OK) die(1, "%s", err.message);
}

int main(int argc, char **argv)
{
    static options o;
    w2v_error err;
    w2v_phrases *p = NULL;
    o.cfg = w2v_phrases_config_default();
    o.passes = 1;
    o.debug = 1;
    for (int i = 1; i < argc; i += 2) {
        const char *name = argv[i];
        if (name[0] == '-' && name[1] == '-') name++;  // --option is -option
        if (!strcmp(name, "-help") || !strcmp(name, "-h")) return usage(), 0;
        if (!strcmp(name, "-version")) return printf("phrases %s\n", W2V_VERSION), 0;
        if (!argv[i + 1]) die(2, "%s needs a value", name);
        set_option(&o, name, argv[i + 1]);
    }
    if (!o.train) die(2, "-train FILE is missing (-help lists the options)");
    if (!o.output) die(2, "-output FILE is missing (-help lists the options)");
    if (o.passes < 1 || o.passes > MOST_PASSES)
        die(2, "-passes must be between 1 and %d, not %zu", MOST_PASSES, o.passes);
    if (o.apply && o.save) die(2, "-save and -apply exclude each other");
    if (o.apply && o.finds) die(2, "%s and -apply exclude each other", o.finds);
    refuse_conflicts(&o);
    if (!o.apply && is_read_once(o.train))
        die(2, "the text is read twice, and '%s' can be read only once: write it to a file", o.train);
    if (!o.has_threshold && o.cfg.scoring == W2V_PHRASE_NPMI) o.cfg.threshold = 0.5;
    if (w2v_phrases_config_check(&o.cfg, &err) != W2V_OK) die(2, "%s", err.message);
    if (o.debug && isatty(fileno(stderr))) o.cfg.progress_fn = show_progress;
    if (w2v_check_writable(o.output, &err) != W2V_OK) die(1, "%s", err.message);
    if (o.save && w2v_check_writable(o.save, &err) != W2V_OK) die(1, "%s", err.message);
    if (o.passes > 1) {
        catch_signals();
        atexit(remove_between);
    }

    const char *from = o.train;
    for (size_t pass = 1; pass <= o.passes; pass++) {
        const w2v_source source = w2v_source_file(from);
        const w2v_status status =
            o.apply ? w2v_phrases_load(&p, o.apply, &err) : w2v_phrases_build(&p, &source, 1, &o.cfg, &err);
        if (status != W2V_OK) die(!o.apply && status == W2V_ERROR_ARGUMENT ? 2 : 1, "%s", err.message);
        if (o.debug) {
            fprintf(stderr, "%zu phrases", w2v_phrases_size(p));
            for (size_t i = 0; i < w2v_phrases_size(p) && i < 5; i++) {
                w2v_phrase phrase;
                w2v_phrases_get(p, i, &phrase);
                fprintf(stderr, "%s ", i ? "," : ":");
                for (const char *c = phrase.text; *c; c++)  // control characters of the text as \xNN
                    fprintf(stderr, (unsigned char)*c < ' ' || *c == 0x7f ? "\\x%02x" : "%c",
                            (unsigned char)*c);
            }
            fprintf(stderr, "\n");
        }
        const char *to = o.output;
        if (pass < o.passes) remaining[pass % 2] = to = name_between(&o, pass);
        join(p, from, to);
        if (o.save && pass == o.passes && w2v_phrases_save(p, o.save, &err) != W2V_OK)
            die(1, "%s", err.message);
        w2v_phrases_free(p);
        if (pass > 1) {
            unlink(from);
            remaining[(pass - 1) % 2] = NULL;
        }
        from = to;
    }
    return 0;
}
