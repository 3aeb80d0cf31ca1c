// SPDX-License-Identifier: MIT-0
//
// word2vec.c - the command line of the original program, trained by w2v.h

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include "common.h"

typedef struct options {
    const char *train, *output, *save_vocab;
    w2v_config cfg;
    int binary, debug;
} options;

static void usage(FILE *f)
{
    fprintf(f, "usage: word2vec -train FILE -output FILE [options]\n"
               "  -train FILE        text; white space separates words, a line feed ends a sentence\n"
               "  -output FILE       the word vectors\n"
               "  -size N            length of a vector (100)\n"
               "  -window N          words to each side (5)\n"
               "  -sample X          subsampling of frequent words, useful 1e-5 .. 1e-3 (1e-3); 0 keeps all\n"
               "  -negative N        negative samples (5)\n"
               "  -threads N         (all processors)\n"
               "  -iter N            passes over the text (5)\n"
               "  -min-count N       leave out words seen less often (5)\n"
               "  -alpha X           learning rate at the start (0.025)\n"
               "  -binary 0|1        text or binary vectors (0)\n"
               "  -save-vocab FILE   words and their counts\n"
               "  -debug 0|1|2       0 is silent (2)\n"
               "  -seed N            (1) with -threads 1 the same seed gives the same file\n"
               "  -ns-exponent X     negatives are drawn with probability count^X (0.75)\n"
               "  -corpus-memory MB  read the text again in every epoch if its words would take more than this (0: no limit)\n"
               "  -exact 0|1         1: fresh negatives for every pair of words, as the original does; several times slower (0)\n"
               "  -cbow 0, -hs 0, -classes 0: accepted; other values are not there yet\n");
}

// What is not there yet is refused by name, unless it is switched off.
static void refuse_nonzero(const char *name, const char *what, const char *value)
{
    if (whole_number("word2vec", name, value, SIZE_MAX))
        die(2, "word2vec", "%s %s (%s) is not there yet; only %s 0 is", name, value, what, name);
}

// Whether `name` is this option; it then has to have a value.
static int is(const char *name, const char *option, const char *value)
{
    if (strcmp(name, option)) return 0;
    if (!value) die(2, "word2vec", "%s needs a value", option);
    return 1;
}

static uint64_t whole(const char *name, const char *value, uint64_t high) { return whole_number("word2vec", name, value, high); }

// Options that are fields of the configuration.
static int set_config(w2v_config *cfg, const char *name, const char *value)
{
    if (is(name, "-size", value))
        cfg->dim = (size_t)whole(name, value, SIZE_MAX);
    else if (is(name, "-window", value))
        cfg->window = (size_t)whole(name, value, SIZE_MAX);
    else if (is(name, "-negative", value))
        cfg->negative = (size_t)whole(name, value, SIZE_MAX);
    else if (is(name, "-threads", value))
        cfg->threads = (size_t)whole(name, value, SIZE_MAX);
    else if (is(name, "-iter", value))
        cfg->epochs = (size_t)whole(name, value, SIZE_MAX);
    else if (is(name, "-min-count", value))
        cfg->min_count = whole(name, value, UINT64_MAX);
    else if (is(name, "-seed", value))
        cfg->seed = whole(name, value, UINT64_MAX);
    else if (is(name, "-sample", value))
        cfg->sample = real_number("word2vec", name, value, DBL_MAX);
    else if (is(name, "-alpha", value))
        cfg->alpha = (float)real_number("word2vec", name, value, (double)FLT_MAX);
    else if (is(name, "-ns-exponent", value))
        cfg->ns_exponent = real_number("word2vec", name, value, DBL_MAX);
    else if (is(name, "-corpus-memory", value))
        cfg->corpus_memory = (size_t)whole(name, value, SIZE_MAX >> 20) << 20;
    else if (is(name, "-exact", value))
        cfg->sharing = whole(name, value, 1) ? W2V_SHARE_NONE : W2V_SHARE_SPAN;
    else
        return 0;
    return 1;
}

static void set_option(options *o, const char *name, const char *value)
{
    if (set_config(&o->cfg, name, value)) return;
    if (is(name, "-train", value))
        o->train = value;
    else if (is(name, "-output", value))
        o->output = value;
    else if (is(name, "-save-vocab", value))
        o->save_vocab = value;
    else if (is(name, "-binary", value))
        o->binary = whole(name, value, 1) == 1;
    else if (is(name, "-debug", value))
        o->debug = whole(name, value, 2) > 0;
    else if (is(name, "-cbow", value))
        refuse_nonzero(name, "continuous bag of words", value);
    else if (is(name, "-hs", value))
        refuse_nonzero(name, "hierarchical softmax", value);
    else if (is(name, "-classes", value))
        refuse_nonzero(name, "k-means classes", value);
    else if (is(name, "-read-vocab", value))
        die(2, "word2vec", "-read-vocab %s is not there yet: the vocabulary is always counted", value);
    else
        die(2, "word2vec", "unknown option '%s' (-help lists them)", name);
}

// Whether two names are one file, also if it is not there yet: then they end alike and stand in one folder. Devices
// such as /dev/null can be named twice.
static int same_file(const char *a, const char *b)
{
#ifdef _WIN32
    return !strcmp(a, b);
#else
    struct stat x, y;
    const int a_is_there = !stat(a, &x), b_is_there = !stat(b, &y);
    if (a_is_there != b_is_there) return 0;
    if (a_is_there) return x.st_dev == y.st_dev && x.st_ino == y.st_ino && S_ISREG(x.st_mode);
    const char *a_slash = strrchr(a, '/'), *b_slash = strrchr(b, '/');
    const size_t a_folder = a_slash ? (size_t)(a_slash - a) + 1 : 0, b_folder = b_slash ? (size_t)(b_slash - b) + 1 : 0;
    char folders[2][4096];
    if (strcmp(a + a_folder, b + b_folder) || a_folder + 2 > sizeof *folders || b_folder + 2 > sizeof *folders)
        return !strcmp(a, b);
    snprintf(folders[0], sizeof *folders, "%.*s.", (int)a_folder, a);
    snprintf(folders[1], sizeof *folders, "%.*s.", (int)b_folder, b);
    return !stat(folders[0], &x) && !stat(folders[1], &y) ? x.st_dev == y.st_dev && x.st_ino == y.st_ino : !strcmp(a, b);
#endif
}

// `written` becomes a file, and FILE.part before that: `other` must be neither.
static void refuse_same(const char *option, const char *written, const char *other_option, const char *other)
{
    char part[4096];
    if (!written || !other) return;
    if (same_file(written, other)) die(2, "word2vec", "%s and %s are the same file, '%s'", other_option, option, other);
    const int n = snprintf(part, sizeof part, "%s.part", written);
    if (n > 0 && (size_t)n < sizeof part && same_file(part, other))
        die(2, "word2vec", "%s is written as '%s' first, which is the file of %s", option, part, other_option);
}

static options parse(int argc, char **argv)
{
    options o;
    memset(&o, 0, sizeof o);
    o.cfg = w2v_config_default();
    o.debug = 1;
    for (int i = 1; i < argc; i += 2) {
        if (!strcmp(argv[i], "-help") || !strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
            usage(stdout);
            exit(0);
        }
        set_option(&o, argv[i], i + 1 < argc ? argv[i + 1] : NULL);
    }
    if (!o.train) die(2, "word2vec", "-train FILE is missing");
    if (!o.output) die(2, "word2vec", "-output FILE is missing");
    refuse_same("-output", o.output, "-train", o.train);
    refuse_same("-save-vocab", o.save_vocab, "-train", o.train);
    refuse_same("-save-vocab", o.save_vocab, "-output", o.output);
    refuse_same("-output", o.output, "-save-vocab", o.save_vocab);
    return o;
}

// Both files are tried: what hours of training have made is not lost because one of them cannot be written.
static int save(const w2v_model *m, const options *o)
{
    w2v_error err;
    int failed = 0;
    if (w2v_save(m, o->output, o->binary ? W2V_FORMAT_BINARY : W2V_FORMAT_TEXT, &err) != W2V_OK)
        failed = 1, complain("word2vec", "%s", err.message);
    if (o->save_vocab && w2v_save_vocab(m, o->save_vocab, &err) != W2V_OK) failed = 1, complain("word2vec", "%s", err.message);
    return failed;
}

int main(int argc, char **argv)
{
    if (argc == 1) {
        usage(stderr);
        return 2;
    }
    options o = parse(argc, argv);
    w2v_error err;
    progress_line line;
    if (w2v_config_check(&o.cfg, &err) != W2V_OK) die(2, "word2vec", "%s", err.message);
    if (w2v_check_writable(o.output, &err) != W2V_OK) die(1, "word2vec", "%s", err.message);
    if (o.save_vocab && w2v_check_writable(o.save_vocab, &err) != W2V_OK) die(1, "word2vec", "%s", err.message);
    if (o.debug) watch_progress(&o.cfg, &line);

    w2v_model *m;
    if (w2v_train_file(&m, o.train, &o.cfg, &err) != W2V_OK) die(1, "word2vec", "%s", err.message);
    if (o.debug) fprintf(stderr, "%zu words, %zu dimensions, %s\n", m->size, m->dim, w2v_simd());
    const int failed = save(m, &o);
    w2v_free(m);
    return failed;
}
