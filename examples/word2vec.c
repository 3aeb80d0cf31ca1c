// SPDX-License-Identifier: MIT-0
//
// word2vec.c - the command line of the original program, trained by w2v.h
//
//   word2vec -train corpus.txt -output vectors.bin -binary 1
//
// Ctrl-C ends the training early and saves the vectors so far and, with -checkpoint, what it takes to go on.

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#ifndef _WIN32
#include <poll.h>
#endif

#define PROGRAM "word2vec"
#include "cli.h"
#include "curves.h"
#include "map.h"

enum { MOST_TEXTS = 256 };

typedef struct options {
    const char *train[MOST_TEXTS];
    size_t texts;
    const char *output, *output_vectors, *save_vocab, *read_vocab;
    const char *valid, *loss, *plot, *checkpoint, *go_on;
    double checkpoint_every;  // seconds
    size_t patience;          // epochs; 0: no early stopping
    size_t classes;           // 0: the vectors are saved instead
    int resume;
    int hs, softmax;
    int exact, fast;
    int has_alpha;  // 0: that of the architecture
    int has_size;   // 0: that of the vectors to begin with, if there are any
    w2v_config cfg;
    w2v_format format;
    int debug;
} options;

// -----------------------------------------------------------------------------------------------------------
// The command line

static void usage(void)
{
    printf(
        "usage: word2vec -train FILE -output FILE [options]\n"
        "Options of the original program have its defaults, in brackets.\n"
        "\n"
        "Files\n"
        "  -train FILE        text; white space separates words, a line feed ends a sentence. May be given\n"
        "                     several times; - is standard input, whose words are kept in memory\n"
        "  -output FILE       the word vectors\n"
        "  -output-vectors FILE\n"
        "                     the output vectors, too, which negative sampling and softmax have\n"
        "  -binary 0|1        text or binary vectors (0)\n"
        "  -classes N         saves N classes of words, found by k-means, instead of the vectors (0: "
        "vectors)\n"
        "  -save-vocab FILE   words and their counts; without -output nothing is trained\n"
        "  -read-vocab FILE   the words to train: those of the file that occur -min-count times in it\n"
        "\n"
        "Model\n"
        "  -cbow 0|1          1: continuous bag of words, 0: skip-gram (1)\n"
        "  -size N            length of a vector (100)\n"
        "  -window N          words to each side (5)\n"
        "  -window-shape WHAT shrinking: each window draws its size from 1 .. N; full; weighted: the weight "
        "of\n"
        "                     a word falls with its distance, as it does on average when windows shrink\n"
        "                     (shrinking)\n"
        "  -negative N        negative samples (5); 0 only with -hs 1 or -softmax 1\n"
        "  -ns-exponent X     negatives are drawn with probability count^X (0.75)\n"
        "  -hs 0|1            1: hierarchical softmax, besides the negative samples if -negative is not 0 "
        "(0)\n"
        "  -softmax 0|1       1: softmax over all words instead, for small vocabularies (0)\n"
        "  -exact 0|1         1: pair after pair, each with negative samples of its own, as the original;\n"
        "                     several times slower (0)\n"
        "  -fast 0|1          1: skip-gram that is faster than the default, and a little worse on similarity "
        "(0)\n"
        "  -span N            windows that share negative samples (0: one; with -fast 1 two, with -cbow 1 "
        "16)\n"
        "                     and, with -cbow 1, whose means are taken together, also with -hs 1\n"
        "  -span-negative N   how many they share (0: chosen)\n"
        "  -cbow-undivided 0|1\n"
        "                     1: each word of a window gets the whole gradient of their mean, as in the\n"
        "                     original program; 0: its part (1)\n"
        "\n");
    printf(
        "Training\n"
        "  -iter N            passes over the text (5)\n"
        "  -alpha X           learning rate at the start (0.025; with -cbow 1 0.05, or 0.15 with "
        "-cbow-undivided 0)\n"
        "  -alpha-least X     least learning rate (0: 1e-4 of -alpha); the same as -alpha: constant\n"
        "  -sample X          subsampling of frequent words, useful 1e-5 .. 1e-3 (1e-3); 0 keeps all,\n"
        "                     which small texts need\n"
        "  -threads N         default: the processors that this process may use (%zu)\n"
        "  -lanes N           chunks of the text that are trained beside each other, by up to as many\n"
        "                     threads (4); 1: the fastest with -threads 1\n"
        "  -seed N            the same text, options and seed give the same file, whatever -threads is (1)\n"
        "\n"
        "Words\n"
        "  -min-count N       leave out words seen less often (5)\n"
        "  -vocab-limit N     words counted at the same time, about; above it the rarest are forgotten (0: "
        "all)\n"
        "  -long-words WHAT   skip or refuse words of more than %d bytes (skip)\n"
        "  -corpus-memory MB  read the text again in every epoch if its words would take more memory\n"
        "                     than this (0: no limit)\n"
        "\n"
        "Going on\n"
        "  -checkpoint FILE   saves there, now and then and at the end, what it takes to go on\n"
        "  -checkpoint-every SECONDS\n"
        "                     (600)\n"
        "  -resume 0|1        1: goes on from the checkpoint, if there is one (0)\n"
        "  -continue FILE     begins with the vectors of a checkpoint or a vector file, and has its words,\n"
        "                     too. -size can only be theirs\n"
        "  -freeze 0|1        1: these words keep their vectors (0)\n"
        "\n"
        "Watching\n"
        "  -valid FILE        text whose loss is shown after every epoch; the vectors of the epoch with the\n"
        "                     lowest are saved\n"
        "  -patience N        ends the training when that loss has not fallen for N epochs (0: never)\n"
        "  -loss FILE         draws the loss, if FILE ends in .svg, or else writes it as CSV, about a hundred\n"
        "                     lines: words done in all epochs, the epoch (0, 1, ...) of the words since the line\n"
        "                     before, the learning rate at their end, the mean loss of their pairs, and after an\n"
        "                     epoch the loss of -valid. -resume 1 adds to CSV, and draws what it trains\n"
        "  -loss-every N      computes the loss of every N-th step; 0: of none (16)\n"
        "  -plot FILE.svg     draws a map of the 400 most frequent words when the training ends\n"
        "  -debug 0|1|2       0: no progress and no summary (2)\n"
        "  -version           prints the version\n"
        "  -fields            prints the options that are fields of w2v_config, with its defaults and ranges\n"
        "\n"
        "Ctrl-C (SIGINT), kill (SIGTERM) and a lost connection (SIGHUP, unless nohup ignores it) end the\n"
        "training and save the vectors so far; the exit status is then 130, 143 or 129. A second signal ends\n"
        "the program at once.\n",
        w2v_config_default().threads, W2V_MAX_WORD);
}

// Whether `name` is this option; it must have a value then.
static int is(const char *name, const char *option, const char *value)
{
    if (strcmp(name, option)) return 0;
    if (!value) die(2, "%s needs a value", option);
    return 1;
}

// The options of the fields of the configuration. Where what is typed is not the value of the field, both are listed.
static const struct field_option {
    const char *option, *field, *typed, *values;
} field_options[] = {
    {"-size", "dim", NULL, NULL},
    {"-window", "window", NULL, NULL},
    {"-negative", "negative", NULL, NULL},
    {"-iter", "epochs", NULL, NULL},
    {"-threads", "threads", NULL, NULL},
    {"-min-count", "min_count", NULL, NULL},
    {"-sample", "sample", NULL, NULL},
    {"-ns-exponent", "ns_exponent", NULL, NULL},
    {"-alpha", "learning_rate", NULL, NULL},
    {"-alpha-least", "min_learning_rate", NULL, NULL},
    {"-exact, -fast", "sharing", "-exact 1|-exact 0", "none|window"},
    {"-span", "span", NULL, NULL},
    {"-span-negative", "span_negative", NULL, NULL},
    {"-corpus-memory", "corpus_memory", NULL, NULL},
    {"-seed", "seed", NULL, NULL},
    {"-debug", "progress_fn", NULL, NULL},
    {"-long-words", "refuse_long_words", "skip|refuse", "0|1"},
    {"-lanes", "lanes", NULL, NULL},
    {"-vocab-limit", "vocab_limit", NULL, NULL},
    {"-loss-every", "loss_every", NULL, NULL},
    {"-freeze", "freeze_start", NULL, NULL},
    {"-valid", "keep_best", NULL, NULL},
    {"-cbow", "architecture", "0|1", "skipgram|cbow"},
    {"-hs, -softmax", "loss_type", "-softmax 1|-hs 0|-hs 1 -negative 0|-hs 1",
     "softmax|neg_sampling|hierarchical|both"},
    {"-window-shape", "window_shape", NULL, NULL},
    {"-cbow-undivided", "cbow_undivided", NULL, NULL},
};
enum { FIELD_OPTIONS = sizeof field_options / sizeof *field_options };

// The option of a field, if there is one, whose name is text[0 .. n - 1].
static const struct field_option *option_of(const char *text, size_t n)
{
    for (size_t i = 0; i < FIELD_OPTIONS; i++)
        if (strlen(field_options[i].field) == n && !memcmp(field_options[i].field, text, n))
            return &field_options[i];
    return NULL;
}

// Copies the entry of `to` that stands where `text` stands in the list `from`; 0 if it does not.
static int look_up(const char *from, const char *to, const char *text, char *out, size_t room)
{
    for (;; from++, to++) {
        const size_t n = strcspn(from, "|"), length = strcspn(to, "|");
        if (n == strlen(text) && !memcmp(from, text, n))
            return snprintf(out, room, "%.*s", (int)length, to), 1;
        from += n, to += length;
        if (!*from) return 0;
    }
}

// Ends the program with a sentence of w2v.h, in which the fields of the configuration become the options that were
// typed. A name that is also a word of the language is one only at the beginning, at the end and after "made with".
static void die_of(int status, const char *sentence)
{
    static const char made[] = " was made with ";
    char out[1024], field[32], then[32], now[32], option[2][32];
    size_t used = 0;
    const char *at = strstr(sentence, made);
    if (at && sscanf(at + strlen(made), "%31s %31[^,], not %31s", field, then, now) == 3) {
        const struct field_option *o = option_of(field, strlen(field));
        if (o && o->typed && look_up(o->values, o->typed, then, option[0], sizeof *option) &&
            look_up(o->values, o->typed, now, option[1], sizeof *option)) {
            const char *name = strchr(o->option, ',') ? "" : o->option, *blank = *name ? " " : "";
            die(status, "%.*s%s%s%s%s, not %s%s%s", (int)(at - sentence), sentence, made, name, blank,
                option[0], name, blank, option[1]);
        }
    }
    for (const char *p = sentence; *p && used + 64 < sizeof out;) {
        const size_t n = strcspn(p, " ,"), rest = n + strspn(p + n, " ,");
        const struct field_option *o = option_of(p, n);
        const int is_field = o && (memchr(p, '_', n) || p == sentence || !p[n] ||
                                   (p >= sentence + 10 && !strncmp(p - 10, "made with ", 10)));
        used += (size_t)snprintf(out + used, sizeof out - used, "%.*s%.*s",
                                 (int)(is_field ? strlen(o->option) : n), is_field ? o->option : p,
                                 (int)(rest - n), p + n);
        p += rest;
    }
    die(status, "%.*s", (int)sizeof out, out);
}

// Options that are fields of the configuration; 0 if it is none of them.
static int set_field(w2v_config *cfg, const char *name, const char *value)
{
    for (size_t i = 0; i < FIELD_OPTIONS; i++) {
        const struct field_option *o = &field_options[i];
        char text[32] = "";
        w2v_error err;
        if (!is(name, o->option, value)) continue;
        if (o->typed && !look_up(o->typed, o->values, value, text, sizeof text))
            die(2, "%s takes %.*s or %s, not '%s'", name, (int)strcspn(o->typed, "|"), o->typed,
                strchr(o->typed, '|') + 1, value);
        if (!strcmp(o->field, "corpus_memory"))
            snprintf(text, sizeof text, "%llu",
                     (unsigned long long)whole_number(name, value, SIZE_MAX >> 20) << 20);
        if (w2v_config_set(cfg, o->field, *text ? text : value, &err) != W2V_OK) die_of(2, err.message);
        return 1;
    }
    return 0;
}

// The table of examples/README.md, without its last column.
static void print_fields(void)
{
    const w2v_field *f;
    for (size_t i = 0; (f = w2v_config_field(i)) != NULL; i++) {
        const struct field_option *o = option_of(f->name, strlen(f->name));
        printf("| `%s` |", f->name);
        if (o) printf(" `%s`", o->option);
        printf(" |");
        if (f->initial) printf(" %s", f->initial);
        printf(" |");
        if (f->names) printf(" %s", f->names);
        if (f->highest) printf(" %s .. %s", f->lowest, f->highest);
        printf(" |\n");
    }
}

static void add_text(options *o, const char *path)
{
    if (o->texts == MOST_TEXTS) die(2, "more than %d times -train", MOST_TEXTS);
    for (size_t i = 0; i < o->texts; i++)
        if (!strcmp(path, "-") && !strcmp(o->train[i], "-")) die(2, "standard input can be read only once");
    o->train[o->texts++] = path;
}

// Options of checkpoints and of the loss; 0 if it is none of them.
static int set_rounds(options *o, const char *name, const char *value)
{
    if (is(name, "-checkpoint", value))
        o->checkpoint = value;
    else if (is(name, "-checkpoint-every", value))
        o->checkpoint_every = real_number(name, value, 0.0, 1e9);
    else if (is(name, "-resume", value))
        o->resume = (int)whole_number(name, value, 1);
    else if (is(name, "-continue", value))
        o->go_on = value;
    else if (is(name, "-valid", value))
        o->valid = value;
    else if (is(name, "-patience", value))
        o->patience = size_number(name, value, SIZE_MAX);
    else if (is(name, "-loss", value))
        o->loss = value;
    else if (is(name, "-plot", value))
        o->plot = value;
    else
        return 0;
    return 1;
}

// Options of the model that come together; 0 if it is none of them.
static int set_model(options *o, const char *name, const char *value)
{
    if (is(name, "-hs", value))
        o->hs = (int)whole_number(name, value, 1);
    else if (is(name, "-softmax", value))
        o->softmax = (int)whole_number(name, value, 1);
    else if (is(name, "-exact", value))
        o->exact = (int)whole_number(name, value, 1);
    else if (is(name, "-fast", value))
        o->fast = (int)whole_number(name, value, 1);
    else
        return 0;
    return 1;
}

// Other options; 0 if there is no such one.
static int set_other(options *o, const char *name, const char *value)
{
    if (is(name, "-train", value))
        add_text(o, value);
    else if (is(name, "-output", value))
        o->output = value;
    else if (is(name, "-output-vectors", value))
        o->output_vectors = value;
    else if (is(name, "-save-vocab", value))
        o->save_vocab = value;
    else if (is(name, "-binary", value))
        o->format = whole_number(name, value, 1) ? W2V_FORMAT_BINARY : W2V_FORMAT_TEXT;
    else if (is(name, "-debug", value))
        o->debug = whole_number(name, value, 2) > 0;
    else if (is(name, "-classes", value))
        o->classes = size_number(name, value, SIZE_MAX);
    else if (is(name, "-read-vocab", value))
        o->read_vocab = value;
    else
        return 0;
    return 1;
}

// No file may be written that is read, or written twice.
static void refuse_conflicts(const options *o)
{
    static const char *const name[] = {"-output", "-output-vectors", "-save-vocab", "-checkpoint", "-loss",
                                       "-plot",   "-read-vocab",     "-valid",      "-continue"};
    const char *const path[] = {o->output, o->output_vectors, o->save_vocab, o->checkpoint, o->loss,
                                o->plot,   o->read_vocab,     o->valid,      o->go_on};
    enum { WRITTEN = 6 };
    for (size_t i = 0; i < WRITTEN; i++) {
        for (size_t k = 0; k < o->texts; k++) refuse_same("-train", o->train[k], name[i], path[i]);
        for (size_t k = i + 1; k < sizeof path / sizeof *path; k++)
            if (path[i] != o->checkpoint || path[k] != o->go_on)
                refuse_same(name[i], path[i], name[k], path[k]);
    }
    if (o->cfg.freeze_start) refuse_same("-checkpoint", o->checkpoint, "-continue", o->go_on);
    if (o->resume && !o->checkpoint) die(2, "-resume 1 needs -checkpoint FILE");
    if (o->patience && !o->valid) die(2, "-patience needs -valid FILE");
    if (o->cfg.freeze_start && !o->go_on) die(2, "-freeze 1 needs -continue FILE");
}

// Without -output there is nothing to train for: only -save-vocab is left.
static void refuse_training(const options *o)
{
    if (!o->save_vocab) die(2, "-output FILE is missing (-help lists the options)");
    const char *other = o->output_vectors ? "-output-vectors"
                        : o->classes      ? "-classes"
                        : o->checkpoint   ? "-checkpoint"
                        : o->go_on        ? "-continue"
                        : o->valid        ? "-valid"
                        : o->loss         ? "-loss"
                        : o->plot         ? "-plot"
                                          : NULL;
    if (other) die(2, "%s needs -output FILE", other);
}

// -hs 1 adds hierarchical softmax to negative sampling, unless -negative 0.
static void choose_model(options *o)
{
    w2v_config *cfg = &o->cfg;
    if (o->hs && o->softmax) die(2, "-hs 1 and -softmax 1 exclude each other");
    if (o->output_vectors && o->hs && !cfg->negative)
        die(2, "-output-vectors needs negative samples: hierarchical softmax has no output vectors of words");
    if (o->exact && o->fast) die(2, "-exact 1 and -fast 1 exclude each other");
    if (o->exact && (cfg->span || cfg->span_negative)) die(2, "-exact 1 shares no samples: leave out -span");
    if (o->exact) cfg->sharing = W2V_SHARE_NONE;
    if (o->fast) cfg->sharing = W2V_SHARE_SPAN;
    if (o->softmax)
        cfg->loss_type = W2V_LOSS_SOFTMAX;
    else if (o->hs)
        cfg->loss_type = cfg->negative ? W2V_LOSS_BOTH : W2V_LOSS_HIERARCHICAL;
    if (!o->has_alpha && cfg->architecture == W2V_CBOW)
        cfg->learning_rate = o->cfg.cbow_undivided ? 0.05f : 0.15f;
}

static options parse(int argc, char **argv)
{
    options o;
    memset(&o, 0, sizeof o);
    o.cfg = w2v_config_default();
    o.format = W2V_FORMAT_TEXT;
    o.debug = 1;
    o.checkpoint_every = 600.0;
    o.cfg.loss_every = 16;
    o.cfg.architecture = W2V_CBOW;
    o.cfg.cbow_undivided = 1;
    for (int i = 1; i < argc; i += 2) {
        const char *name = option_name(argv, i, NULL), *value = argv[i + 1];  // argv ends with NULL
        const int fields = !strcmp(name, "-fields");
        if (fields || is_help(name)) {
            if (fields)
                print_fields();
            else
                usage();
            check_output();
            exit(0);
        }
        if (!set_model(&o, name, value) && !set_rounds(&o, name, value) && !set_other(&o, name, value) &&
            !set_field(&o.cfg, name, value))
            die(2, "unknown option '%s' (-help lists them)", argv[i]);
        o.has_alpha |= !strcmp(name, "-alpha");
        o.has_size |= !strcmp(name, "-size");
    }
    if (!o.texts) die(2, "-train FILE is missing (-help lists the options)");
    if (!o.output) refuse_training(&o);
    refuse_conflicts(&o);
    choose_model(&o);
    return o;
}

// -----------------------------------------------------------------------------------------------------------
// Progress

typedef struct progress {
    int show;
    int open;               // the cursor stands in a line that will be rewritten
    int tenths;             // of the way, up to which lines have been shown
    double fraction;        // of the training
    double every;           // seconds of training between two checkpoints; below 0: there are none
    double seconds, saved;  // of training, at the last report and at the last checkpoint; below 0: none yet
    float alpha;            // of the last report
} progress;

// Rewrites one line on a terminal; elsewhere prints a line every tenth of the way. Stops the training after a
// signal.
static int show_progress(const w2v_progress *p, void *user)
{
    progress *shown = (progress *)user;
    const int terminal = isatty(fileno(stderr)), training = p->phase == W2V_PHASE_TRAIN,
              end = p->fraction >= 1.0;
    if (training) {
        shown->fraction = p->fraction;
        shown->alpha = p->learning_rate;
        shown->seconds = p->seconds;
    }
    if (training && shown->saved < 0.0) shown->saved = p->seconds;  // a checkpoint brings those before it
    const int due = training && shown->every >= 0.0 && p->seconds > shown->saved + shown->every;
    const int stop = interrupted || due;
    if (!shown->show || (!terminal && (!training || (!end && p->fraction * 10.0 < shown->tenths))))
        return stop;
    shown->tenths = (int)(p->fraction * 10.0) + 1;
    fprintf(stderr, "%s%s %3d%%", terminal ? "\r" : "", training ? "training" : "reading",
            (int)(p->fraction * 100.0));
    if (training) {
        fprintf(stderr, "  %.3f M words/s  alpha %.6f  ", p->words_per_second / 1e6,
                (double)p->learning_rate);
        if (p->loss > 0.0) fprintf(stderr, "loss %.4f  ", p->loss);
        fprintf(stderr, end ? "%.2f s    " : "%.0f s left  ", end ? p->seconds : p->seconds_left);
    }
    shown->open = terminal && !end;
    if (!shown->open) fprintf(stderr, "\n");
    return stop;
}

static size_t read_standard_input(char *buffer, size_t room, void *user)
{
    (void)user;
#ifndef _WIN32
    struct pollfd input = {0, POLLIN, 0};
    while (!interrupted && poll(&input, 1, 100) < 1) continue;  // a signal ends it also while nobody writes
    if (interrupted) return W2V_READ_FAILED;
    const ssize_t got = read(0, buffer, room);
    return got < 0 ? W2V_READ_FAILED : (size_t)got;
#else
    const size_t n = fread(buffer, 1, room, stdin);
    return ferror(stdin) ? W2V_READ_FAILED : n;
#endif
}

static const char *name_of(const char *path) { return strcmp(path, "-") ? path : "standard input"; }

static w2v_source source_of(const char *path)
{
    if (strcmp(path, "-")) return w2v_source_file(path);
    w2v_source s = w2v_source_reader(read_standard_input, NULL);
    s.name = name_of(path);
    return s;
}

// Ends the program after a failure or a signal, with nothing trained yet.
static void end_untrained(const options *o, w2v_status status, const w2v_error *err)
{
    const progress *shown = (const progress *)o->cfg.progress_user;
    if (shown->open) fprintf(stderr, "\n");
    if (status != W2V_ERROR_STOPPED && !interrupted) die_of(1, err->message);
    die(interrupted_status(), "stopped while reading '%s': nothing is trained yet, and no file is written",
        name_of(o->train[0]));
}

// -----------------------------------------------------------------------------------------------------------
// Vocabularies and vectors to begin with

// Of a vocabulary, the words that occur -min-count times, and with them those of another one, if there is one.
static w2v_vocab *select_words(const w2v_vocab *from, uint64_t min_count, const w2v_vocab *more)
{
    w2v_vocab_config rules = w2v_vocab_config_default();
    w2v_vocab *often, *all;
    w2v_error err;
    rules.min_count = min_count;
    if (w2v_vocab_select(&often, &from, 1, &rules, &err) != W2V_OK) die_of(1, err.message);
    if (!more) return often;
    const w2v_vocab *const both[2] = {often, more};
    rules.min_count = 0;
    if (w2v_vocab_select(&all, both, 2, &rules, &err) != W2V_OK) die(1, "%s", err.message);
    w2v_vocab_free(often);
    return all;
}

// The model of -continue: a checkpoint, or a file of vectors. Without -size the new vectors are as long.
static w2v_model *load_start(const options *o, w2v_config *cfg)
{
    w2v_load_report report;
    w2v_model *m = load_model(o->go_on, w2v_load_config_default(), &report);
    const file_name words = words_beside(o->go_on, report.format);
    refuse_overwriting("-output", o->output, words.path);
    refuse_overwriting("-output-vectors", o->output_vectors, words.path);
    refuse_overwriting("-save-vocab", o->save_vocab, words.path);
    refuse_overwriting("-checkpoint", o->checkpoint, words.path);
    refuse_overwriting("-loss", o->loss, words.path);
    refuse_overwriting("-plot", o->plot, words.path);
    if (o->has_size && m->dim != cfg->dim)
        die(2, "-size is %zu, and the vectors in '%s' have %zu numbers", cfg->dim, o->go_on, m->dim);
    cfg->dim = m->dim;
    return m;
}

// Whether it is no file that can be opened again, but standard input or a pipe.
static int is_read_once(const char *path)
{
    struct stat info;
    return !strcmp(path, "-") || (!stat(path, &info) && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode));
}

// The words to train, if they are not simply those of the text that occur -min-count times; else NULL.
static w2v_vocab *choose_words(const options *o, const w2v_source *sources, const w2v_model *start)
{
    w2v_vocab *counted = NULL;
    w2v_error err;
    if (!o->read_vocab && !start) return NULL;
    if (o->read_vocab) {
        if (w2v_vocab_load(&counted, o->read_vocab, &err) != W2V_OK) die(1, "%s", err.message);
    } else {
        for (size_t i = 0; i < o->texts; i++)
            if (is_read_once(o->train[i]))
                die(2, "-continue reads the text twice, and '%s' can be read only once: write it to a file",
                    name_of(o->train[i]));
        const w2v_status status = w2v_vocab_build(&counted, sources, o->texts, &o->cfg, &err);
        if (status != W2V_OK) end_untrained(o, status, &err);
    }
    w2v_vocab *words =
        select_words(counted, o->read_vocab ? o->cfg.min_count : 0, start ? start->vocab : NULL);
    w2v_vocab_free(counted);
    return words;
}

// -----------------------------------------------------------------------------------------------------------
// Training in rounds: checkpoints, the loss, early stopping

// Returns whether it is saved, or none was asked for.
static int save_checkpoint(const options *o, const w2v_trainer *t, progress *shown)
{
    w2v_error err;
    shown->saved = shown->seconds;
    if (!o->checkpoint || w2v_trainer_save(t, o->checkpoint, &err) == W2V_OK) return 1;
    complain("%s", err.message);
    return 0;
}

// A line about the words since the line before, which are of one epoch: 0, 1, ...
static void write_loss(loss_log *log, const w2v_train_report *r, double loss, uint64_t epoch, double alpha,
                       int validated)
{
    char valid[32] = "";
    if (validated) snprintf(valid, sizeof valid, "%.6g", r->valid_loss);
    loss_print(log, "%llu,%llu,%.6g,%.6g,%s\n", (unsigned long long)r->done, (unsigned long long)epoch, alpha,
               loss, valid);
}

// Up to which word to train before the loss is written, or the epoch ends.
static uint64_t next_goal(const options *o, const w2v_train_report *r)
{
    const uint64_t epoch_end = (r->done / r->words + 1) * r->words, hundredth = r->done + r->total / 100 + 1;
    if (o->loss) return epoch_end < hundredth ? epoch_end : hundredth;
    return o->valid ? epoch_end : r->total;
}

// A goal is reached: validates if an epoch has ended, and writes the losses; `loss` is that of the words since the
// goal before. *epoch is how many have ended before.
static w2v_status finish_round(const options *o, w2v_trainer *t, double loss, uint64_t *epoch,
                               progress *shown, loss_log *log, w2v_error *err)
{
    w2v_train_report r;
    w2v_trainer_report(t, &r);
    const uint64_t ended = r.done / r.words;
    const int validate = o->valid && ended > *epoch;
    if (validate) {
        double held_out;
        const w2v_status status = w2v_trainer_validate(t, &held_out, err);
        if (status != W2V_OK) return status;
        w2v_trainer_report(t, &r);
        if (shown->open) fprintf(stderr, "\n");
        shown->open = 0;
        if (o->debug)
            fprintf(stderr, "after %llu epoch%s: loss %.4f, held out %.4f\n", (unsigned long long)ended,
                    ended == 1 ? "" : "s", r.epoch_loss, held_out);
    }
    write_loss(log, &r, loss, *epoch, (double)shown->alpha, validate);
    *epoch = ended;
    return W2V_OK;
}

// Trains until the end, the patience or a signal: then the status is W2V_ERROR_STOPPED. The progress callback
// also stops it when a checkpoint is due.
static w2v_status train(const options *o, w2v_trainer *t, progress *shown, loss_log *log, w2v_error *err)
{
    w2v_train_report r;
    w2v_trainer_report(t, &r);
    uint64_t goal = 0, begin = 0, epoch = r.done / r.words;
    double losses = 0.0;  // of the words since `begin`; each run reports the mean of its own
    while (!w2v_trainer_done(t)) {
        w2v_trainer_report(t, &r);
        if (o->patience && r.stale >= o->patience) break;
        const uint64_t done = r.done;
        if (done >= goal) goal = next_goal(o, &r), begin = done, losses = 0.0;
        const w2v_status status = w2v_trainer_run(t, goal - done, err);
        if (status != W2V_OK && status != W2V_ERROR_STOPPED) return status;
        w2v_trainer_report(t, &r);
        losses += r.loss * (double)(r.done - done);
        if (r.done >= goal) {
            const w2v_status finished =
                finish_round(o, t, losses / (double)(r.done - begin), &epoch, shown, log, err);
            if (finished != W2V_OK) return finished;
        }
        if (status == W2V_OK || w2v_trainer_done(t)) continue;
        if (interrupted) return status;
        save_checkpoint(o, t, shown);
    }
    return W2V_OK;
}

// -----------------------------------------------------------------------------------------------------------

// What the user may not expect: words that were skipped, and a training that left out nearly all.
static void tell_result(const options *o, const w2v_model *m, const w2v_train_report *report, int stopped)
{
    const double part = (double)report->trained / (double)report->done;
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

// Divides the words into classes.
static w2v_status save_classes(const w2v_model *m, const options *o, w2v_error *err)
{
    w2v_kmeans_config k = w2v_kmeans_config_default();
    w2v_kmeans_report report;
    uint32_t *class_of = (uint32_t *)malloc(m->size * sizeof *class_of);
    k.threads = o->cfg.threads;
    k.seed = o->cfg.seed;
    if (!class_of) die(1, "out of memory");
    const w2v_matrix rows = w2v_model_input(m);
    w2v_status status = w2v_kmeans(&rows, o->classes, &k, class_of, NULL, &report, err);
    if (status == W2V_OK) status = w2v_vocab_save_classes(m->vocab, class_of, o->output, err);
    if (status == W2V_OK && o->debug)
        fprintf(stderr, "%zu classes, %zu iterations, mean cosine %.3f\n", o->classes, report.iterations,
                report.cosine);
    free(class_of);
    return status;
}

// Tries all files: what hours of training have made is not lost because one of them cannot be written.
static int save(const w2v_model *m, const options *o)
{
    w2v_error err;
    int failed = 0;
    w2v_status status = o->classes ? save_classes(m, o, &err) : W2V_OK;
    if (status != W2V_OK) failed = 1, complain("%s; the vectors are saved instead", err.message);
    if (!o->classes || failed) status = w2v_model_save(m, o->output, o->format, &err);
    if (status != W2V_OK) failed = 1, complain("%s", err.message);
    if (o->output_vectors) {
        w2v_model turned = *m;
        turned.input = m->output;
        if (w2v_model_save(&turned, o->output_vectors, o->format, &err) != W2V_OK)
            failed = 1, complain("%s", err.message);
    }
    if (o->save_vocab && w2v_vocab_save(m->vocab, o->save_vocab, &err) != W2V_OK)
        failed = 1, complain("%s", err.message);
    char title[300];
    snprintf(title, sizeof title, "Words of %s", name_of(o->train[0]));
    if (o->plot && draw_map(o->plot, m, title, MAP_WORDS, MAP_GROUPS, &err) != W2V_OK)
        failed = 1, complain("%s", err.message);
    return failed;
}

static void check_writable(const char *path)
{
    w2v_error err;
    if (path && w2v_check_writable(path, &err) != W2V_OK) die(1, "%s", err.message);
}

// The trainer, ready to begin or to go on.
static w2v_status make_trainer(const options *o, w2v_trainer **t, int *resumed, w2v_error *err)
{
    w2v_source sources[MOST_TEXTS];
    w2v_config cfg = o->cfg;
    for (size_t i = 0; i < o->texts; i++) sources[i] = source_of(o->train[i]);
    w2v_model *start = o->go_on ? load_start(o, &cfg) : NULL;
    w2v_vocab *words = choose_words(o, sources, start);
    w2v_status status = w2v_trainer_new(t, sources, o->texts, &cfg, words, start, err);
    w2v_vocab_free(words);
    w2v_model_free(start);
    if (status == W2V_OK && o->valid) {
        const w2v_source valid = w2v_source_file(o->valid);
        status = w2v_trainer_hold_out(*t, &valid, 1, err);
    }
    FILE *f = status == W2V_OK && o->resume ? fopen(o->checkpoint, "rb") : NULL;
    *resumed = f || (status == W2V_OK && o->resume && errno != ENOENT);
    if (f) fclose(f);
    return *resumed ? w2v_trainer_load(*t, o->checkpoint, err) : status;
}

// -save-vocab without -output: counts the words and trains nothing, as the original program does.
static int save_words_only(const options *o)
{
    w2v_source sources[MOST_TEXTS];
    w2v_error err;
    for (size_t i = 0; i < o->texts; i++) sources[i] = source_of(o->train[i]);
    w2v_vocab *words = choose_words(o, sources, NULL);
    const w2v_status status = words ? W2V_OK : w2v_vocab_build(&words, sources, o->texts, &o->cfg, &err);
    if (status != W2V_OK) end_untrained(o, status, &err);
    if (((const progress *)o->cfg.progress_user)->open) fprintf(stderr, "\n");
    if (w2v_vocab_save(words, o->save_vocab, &err) != W2V_OK) die(1, "%s", err.message);
    if (o->debug) fprintf(stderr, "%zu words\n", w2v_vocab_size(words));
    w2v_vocab_free(words);
    return 0;
}

// Saves all there is when the training has ended with this status, and returns the exit status.
static int finish(const options *o, w2v_trainer *t, w2v_status status, progress *shown)
{
    const int stopped = status == W2V_ERROR_STOPPED, stop_status = interrupted_status();
    const int can_go_on = status == W2V_OK || stopped, saved = !can_go_on || save_checkpoint(o, t, shown);
    if (status == W2V_OK || status == W2V_ERROR_DIVERGED) w2v_trainer_use_best(t);
    w2v_train_report report;
    w2v_trainer_report(t, &report);
    const w2v_model *m = w2v_trainer_model(t);
    tell_result(o, m, &report, status != W2V_OK);
    const int failed = save(m, o);
    if (status != W2V_OK && !failed)
        complain("stopped at %d %%: the %s %s are in '%s'", (int)(100.0 * shown->fraction),
                 o->classes ? "classes" : "vectors",
                 status == W2V_ERROR_DIVERGED ? "with the lowest held-out loss" : "so far", o->output);
    if (stopped && o->checkpoint && saved)
        complain("the same command with -resume 1 goes on from '%s'", o->checkpoint);
    return failed || !saved || !can_go_on ? 1 : stopped ? stop_status : 0;
}

int main(int argc, char **argv)
{
    options o = parse(argc, argv);
    w2v_error err;
    if (w2v_config_check(&o.cfg, &err) != W2V_OK) die_of(2, err.message);
    check_writable(o.output);
    check_writable(o.output_vectors);
    check_writable(o.save_vocab);
    check_writable(o.checkpoint);
    check_writable(o.loss);
    check_writable(o.plot);

    progress shown = {o.debug, 0, 0, 0.0, o.checkpoint ? o.checkpoint_every : -1.0, 0.0, -1.0, 0.0f};
    o.cfg.progress_fn = show_progress;
    o.cfg.progress_user = &shown;
    o.cfg.keep_best = o.valid != NULL;
    catch_signals();
    if (!o.output) return save_words_only(&o);
    w2v_trainer *t = NULL;
    int resumed = 0;
    w2v_status status = make_trainer(&o, &t, &resumed, &err);
    if (status != W2V_OK) end_untrained(&o, status, &err);
    if (o.classes > w2v_trainer_model(t)->size)
        die(1, "-classes %zu is more than the %zu words of the vocabulary", o.classes,
            w2v_trainer_model(t)->size);
    loss_log log;
    if (!loss_open(&log, o.loss, "words,epoch,alpha,loss,valid_loss", resumed))
        die(1, "cannot write '%s': %s", o.loss, strerror(errno));
    status = train(&o, t, &shown, &log, &err);
    w2v_error loss_err;
    char title[300];
    snprintf(title, sizeof title, "Loss on %s", name_of(o.train[0]));
    const int all_losses = loss_close(&log, title, &loss_err) == W2V_OK;
    if (!all_losses) complain("%s", loss_err.message);
    if (shown.open) fprintf(stderr, "\n");
    // a text that is gone or a lack of memory spoils nothing of what was learned, a divergence not the best vectors
    w2v_train_report report;
    w2v_trainer_report(t, &report);
    const int usable = status == W2V_ERROR_DIVERGED ? report.best_loss > 0.0 : report.trained > 0;
    if (status != W2V_OK && status != W2V_ERROR_STOPPED) {
        if (!usable) die_of(1, err.message);
        complain("%s", err.message);
    }
    const int ended = finish(&o, t, status, &shown);
    w2v_trainer_free(t);
    return ended ? ended : !all_losses;
}
