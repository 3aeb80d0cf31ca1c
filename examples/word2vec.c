// SPDX-License-Identifier: MIT-0
//
// word2vec.c - the command line of the original program, trained by w2v.h
//
//   word2vec -train corpus.txt -output vectors.bin -binary 1
//
// Ctrl-C ends the training early and saves the vectors so far.

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include <ctype.h>
#include <signal.h>
#include <sys/stat.h>
#ifdef _WIN32
#include <io.h>
#define isatty _isatty
#define fileno _fileno
#else
#include <unistd.h>
#endif

// "word2vec: sentence" on standard error. die also ends the program: status 1 for a failure, 2 for wrong
// usage.
#define complain(...) (fprintf(stderr, "word2vec: " __VA_ARGS__), fputc('\n', stderr))
#define die(status, ...) (complain(__VA_ARGS__), exit(status))

typedef struct options {
    const char *train, *output, *save_vocab;
    w2v_config cfg;
    w2v_format format;
    int debug;
} options;

// -----------------------------------------------------------------------------------------------------------
// The command line

static void usage(void)
{
    printf("usage: word2vec -train FILE -output FILE [options]\n"
           "  -train FILE        text; white space separates words, a line feed ends a sentence\n"
           "  -output FILE       the word vectors\n"
           "  -size N            length of a vector (100)\n"
           "  -window N          words to each side (5)\n"
           "  -sample X          subsampling of frequent words, useful 1e-5 .. 1e-3 (1e-3); 0 keeps all,\n"
           "                     which small texts need\n"
           "  -negative N        negative samples (5)\n"
           "  -threads N         default: the processors that this process may use (%zu)\n"
           "  -iter N            passes over the text (5)\n"
           "  -min-count N       leave out words seen less often (5)\n"
           "  -alpha X           learning rate at the start (0.025)\n"
           "  -binary 0|1        text or binary vectors (0)\n"
           "  -save-vocab FILE   words and their counts\n"
           "  -debug 0|1|2       0: no progress and no summary (2)\n"
           "  -seed N            with -threads 1 or -deterministic 1 the same seed gives the same file (1)\n"
           "  -deterministic 0|1 1: the same file for any number of threads, of which up to eight work; slower (0)\n"
           "  -ns-exponent X     negatives are drawn with probability count^X (0.75)\n"
           "  -long-words WHAT   skip or refuse words of more than %d bytes (skip)\n"
           "  -corpus-memory MB  read the text again in every epoch if its words would take more memory\n"
           "                     than this (0: no limit)\n"
           "  -exact 0|1         1: fresh negatives for every pair of words, as in the original program;\n"
           "                     several times slower (0)\n"
           "  -cbow 0, -hs 0, -classes 0: accepted; other values are not there yet\n"
           "Ctrl-C ends the training and saves the vectors so far; the exit status is then 130.\n",
           w2v_config_default().threads, W2V_MAX_WORD);
}

static uint64_t whole_number(const char *option, const char *text, uint64_t high)
{
    char *end = NULL;
    errno = 0;
    const unsigned long long value = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end) die(2, "%s takes a whole number, not '%s'", option, text);
    if (errno || value > high)
        die(2, "%s takes a number of at most %llu, not %s", option, (unsigned long long)high, text);
    return value;
}

static size_t size_number(const char *option, const char *text)
{
    return (size_t)whole_number(option, text, SIZE_MAX);
}

static double real_number(const char *option, const char *text, double high)
{
    char *end = NULL;
    const double value = strtod(text, &end);
    if (end == text || *end || isspace((unsigned char)*text) || value != value)
        die(2, "%s takes a number, not '%s'", option, text);
    if (fabs(value) > high) die(2, "%s takes a number that is not so large as %s", option, text);
    return value;
}

// What is not there yet is refused by name, unless it is switched off.
static void refuse_nonzero(const char *name, const char *what, const char *value)
{
    if (whole_number(name, value, SIZE_MAX))
        die(2, "%s %s (%s) is not there yet; only %s 0 is", name, value, what, name);
}

// Whether `name` is this option; it must have a value then.
static int is(const char *name, const char *option, const char *value)
{
    if (strcmp(name, option)) return 0;
    if (!value) die(2, "%s needs a value", option);
    return 1;
}

// Options that are fields of the configuration; 0 if it is none of them.
static int set_config(w2v_config *cfg, const char *name, const char *value)
{
    if (is(name, "-size", value))
        cfg->dim = size_number(name, value);
    else if (is(name, "-window", value))
        cfg->window = size_number(name, value);
    else if (is(name, "-negative", value))
        cfg->negative = size_number(name, value);
    else if (is(name, "-threads", value))
        cfg->threads = size_number(name, value);
    else if (is(name, "-iter", value))
        cfg->epochs = size_number(name, value);
    else if (is(name, "-min-count", value))
        cfg->min_count = whole_number(name, value, UINT64_MAX);
    else if (is(name, "-seed", value))
        cfg->seed = whole_number(name, value, UINT64_MAX);
    else if (is(name, "-sample", value))
        cfg->sample = real_number(name, value, DBL_MAX);
    else if (is(name, "-alpha", value))
        cfg->alpha = (float)real_number(name, value, (double)FLT_MAX);
    else if (is(name, "-ns-exponent", value))
        cfg->ns_exponent = real_number(name, value, DBL_MAX);
    else if (is(name, "-corpus-memory", value))
        cfg->corpus_memory = (size_t)whole_number(name, value, SIZE_MAX >> 20) << 20;
    else if (is(name, "-exact", value))
        cfg->sharing = whole_number(name, value, 1) ? W2V_SHARE_NONE : W2V_SHARE_SPAN;
    else if (is(name, "-deterministic", value))
        cfg->deterministic = (int)whole_number(name, value, 1);
    else if (is(name, "-long-words", value) && (!strcmp(value, "skip") || !strcmp(value, "refuse")))
        cfg->refuse_long_words = !strcmp(value, "refuse");
    else
        return 0;
    return 1;
}

// Other options; 0 if there is no such one.
static int set_other(options *o, const char *name, const char *value)
{
    if (is(name, "-train", value))
        o->train = value;
    else if (is(name, "-output", value))
        o->output = value;
    else if (is(name, "-save-vocab", value))
        o->save_vocab = value;
    else if (is(name, "-binary", value))
        o->format = whole_number(name, value, 1) ? W2V_FORMAT_BINARY : W2V_FORMAT_TEXT;
    else if (is(name, "-debug", value))
        o->debug = whole_number(name, value, 2) > 0;
    else if (is(name, "-long-words", value))
        die(2, "-long-words takes skip or refuse, not '%s'", value);
    else if (is(name, "-cbow", value))
        refuse_nonzero(name, "continuous bag of words", value);
    else if (is(name, "-hs", value))
        refuse_nonzero(name, "hierarchical softmax", value);
    else if (is(name, "-classes", value))
        refuse_nonzero(name, "k-means classes", value);
    else if (is(name, "-read-vocab", value))
        die(2, "-read-vocab %s is not there yet: the vocabulary is always counted", value);
    else
        return 0;
    return 1;
}

// Whether two names are one file. If neither exists, they are when they end alike and their folders are one.
// Devices such as /dev/null can be named twice.
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

static void refuse_same(const char *option, const char *path, const char *other_option, const char *other)
{
    if (path && other && same_file(path, other))
        die(2, "%s and %s are the same file, '%s'", option, other_option, path);
}

static options parse(int argc, char **argv)
{
    options o;
    memset(&o, 0, sizeof o);
    o.cfg = w2v_config_default();
    o.format = W2V_FORMAT_TEXT;
    o.debug = 1;
    for (int i = 1; i < argc; i += 2) {
        const char *name = argv[i], *value = argv[i + 1];  // argv ends with NULL
        if (name[0] == '-' && name[1] == '-') name++;      // --option is -option
        if (!strcmp(name, "-help") || !strcmp(name, "-h")) {
            usage();
            exit(0);
        }
        if (!set_config(&o.cfg, name, value) && !set_other(&o, name, value))
            die(2, "unknown option '%s' (-help lists them)", argv[i]);
    }
    if (!o.train) die(2, "-train FILE is missing (-help lists the options)");
    if (!o.output) die(2, "-output FILE is missing (-help lists the options)");
    refuse_same("-train", o.train, "-output", o.output);
    refuse_same("-train", o.train, "-save-vocab", o.save_vocab);
    refuse_same("-output", o.output, "-save-vocab", o.save_vocab);
    return o;
}

// Ends the program with a sentence of w2v.h, which may begin or end with the name of a field of w2v_config.
// The option that was typed takes its place.
static void die_of(int status, const char *sentence)
{
    static const char *const names[][2] = {
        {"dim", "-size"},      {"window", "-window"},   {"negative", "-negative"},
        {"epochs", "-iter"},   {"threads", "-threads"}, {"min_count", "-min-count"},
        {"sample", "-sample"}, {"alpha", "-alpha"},     {"ns_exponent", "-ns-exponent"},
    };
    const size_t length = strlen(sentence);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *field = names[i][0], *option = names[i][1];
        const size_t n = strlen(field);
        if (!strncmp(sentence, field, n) && sentence[n] == ' ') die(status, "%s%s", option, sentence + n);
        if (length > n && sentence[length - n - 1] == ' ' && !strcmp(sentence + length - n, field))
            die(status, "%.*s%s", (int)(length - n), sentence, option);
    }
    die(status, "%s", sentence);
}

// -----------------------------------------------------------------------------------------------------------
// Progress, and signals that stop the training

static volatile sig_atomic_t stop_signal;

// The first signal stops the training in good order, and one that comes later ends the program at once. Later
// means two seconds, because some senders, such as timeout(1), send a signal twice.
static void on_signal(int number)
{
    static time_t first;
    const time_t now = time(NULL);
    signal(number, on_signal);  // on some systems a signal removes its handler
    if (!stop_signal) {
        stop_signal = number;
        first = now;
    } else if (now > first + 1) {
        signal(number, SIG_DFL);
        raise(number);
    }
}

// A signal that was ignored when the program began, as Ctrl-C is for background jobs, remains so.
static void catch_signal(int number)
{
    if (signal(number, SIG_IGN) != SIG_IGN) signal(number, on_signal);
}

typedef struct progress {
    int show;
    int open;         // the cursor stands in a line that will be rewritten
    int tenths;       // of the way, up to which lines have been shown
    double fraction;  // of the training
} progress;

// Rewrites one line on a terminal; elsewhere prints a line every tenth of the way. Stops the training after a
// signal.
static int show_progress(const w2v_progress *p, void *user)
{
    progress *shown = (progress *)user;
    const int terminal = isatty(fileno(stderr)), training = p->phase == W2V_PHASE_TRAIN,
              end = p->fraction >= 1.0;
    if (training) shown->fraction = p->fraction;
    if (!shown->show || (!terminal && (!training || (!end && p->fraction * 10.0 < shown->tenths))))
        return stop_signal;
    shown->tenths = (int)(p->fraction * 10.0) + 1;
    fprintf(stderr, "%s%s %3d%%", terminal ? "\r" : "", training ? "training" : "reading",
            (int)(p->fraction * 100.0));
    if (training) {
        fprintf(stderr, "  %.3f M words/s  alpha %.6f  ", p->words_per_second / 1e6, (double)p->alpha);
        fprintf(stderr, end ? "%.2f s    " : "%.0f s left  ", end ? p->seconds : p->seconds_left);
    }
    shown->open = terminal && !end;
    if (!shown->open) fprintf(stderr, "\n");
    return stop_signal;
}

// -----------------------------------------------------------------------------------------------------------

// What the user may not expect: words that were skipped, and a training that left out nearly all.
static void tell_result(const options *o, const w2v_model *m, const w2v_train_report *report, int stopped)
{
    const double all = (double)report->words * (double)o->cfg.epochs, part = (double)report->trained / all;
    if (o->debug) fprintf(stderr, "%zu words, %zu dimensions, %s\n", m->size, m->dim, w2v_simd());
    if (o->debug && report->long_words)
        fprintf(stderr, "%llu word%s of more than %d bytes %s skipped\n",
                (unsigned long long)report->long_words, report->long_words == 1 ? "" : "s", W2V_MAX_WORD,
                report->long_words == 1 ? "was" : "were");
    if (part < 0.25 && !stopped)
        complain("only %.2g %% of the words were trained on: -sample %g drops frequent words, and in a short "
                 "text every word is frequent; -sample 0 keeps all",
                 100.0 * part, o->cfg.sample);
}

// Tries both files: what hours of training have made is not lost because one of them cannot be written.
static int save(const w2v_model *m, const options *o)
{
    w2v_error err;
    int failed = 0;
    if (w2v_save(m, o->output, o->format, &err) != W2V_OK) failed = 1, complain("%s", err.message);
    if (o->save_vocab && w2v_vocab_save(m->vocab, o->save_vocab, &err) != W2V_OK)
        failed = 1, complain("%s", err.message);
    return failed;
}

int main(int argc, char **argv)
{
    options o = parse(argc, argv);
    w2v_error err;
    if (w2v_config_check(&o.cfg, &err) != W2V_OK) die_of(2, err.message);
    if (w2v_check_writable(o.output, &err) != W2V_OK) die(1, "%s", err.message);
    if (o.save_vocab && w2v_check_writable(o.save_vocab, &err) != W2V_OK) die(1, "%s", err.message);

    progress shown = {o.debug, 0, 0, 0.0};
    w2v_train_report report;
    o.cfg.progress_fn = show_progress;
    o.cfg.progress_user = &shown;
    o.cfg.report = &report;
    o.cfg.keep_stopped = 1;
    catch_signal(SIGINT);
    catch_signal(SIGTERM);
    w2v_model *m = NULL;
    const w2v_status status = w2v_train_file(&m, o.train, &o.cfg, &err);
    const int stopped = status == W2V_ERROR_STOPPED, stop_status = 128 + stop_signal;
    if (shown.open) fprintf(stderr, "\n");
    if (stopped && !m) {
        complain("stopped while reading '%s': nothing is trained yet, and no file is written", o.train);
        return stop_status;
    }
    if (status != W2V_OK && !stopped) die_of(1, err.message);
    tell_result(&o, m, &report, stopped);
    const int failed = save(m, &o);
    if (stopped && !failed)
        complain("stopped at %d %%: the vectors so far are in '%s'", (int)(100.0 * shown.fraction), o.output);
    w2v_free(m);
    return failed ? 1 : stopped ? stop_status : 0;
}
