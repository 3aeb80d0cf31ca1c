// SPDX-License-Identifier: MIT-0
//
// ranks.c - what training on several machines gives: words a second and quality of examples/mpi.c with 1 to
// 64 ranks
//
//   build/bench/ranks [options] CORPUS [EVAL]      -help lists the options
//
// Method. The example itself runs, with bench/simulated/mpi.h in place of MPI: ranks are threads that compute
// one at a time, so that the processor time of each is measured as if it were alone, but for caches that the
// others have used (the times are rather too long); bytes are counted when ranks meet. The seconds of a
// cluster are then those of the slowest rank between two meetings, plus at each meeting the bytes of the rank
// that sends or receives most by the speed of its link, which works in both directions at once, plus the
// latency times the logarithm of the ranks. What a rank computes and what it sends do not overlap. A link is
// that of one rank: ranks that share a machine share it.
//
// Every rank has a model and a copy of it: 64 ranks take some 10 GB with 68,000 words.

#define main mpi_main
int mpi_main(int argc, char **argv);
#include "../examples/mpi.c"
#undef main

#include <unistd.h>

#include "bench.h"
#include "eval.h"

enum { MOST_COUNTS = 16, LINKS = 2 };
static const double link_gigabits[LINKS] = {10.0, 100.0};

typedef struct options {
    const char *corpus, *program;
    eval_options eval;  // no folder: no scores
    size_t ranks[MOST_COUNTS], counts;
    size_t epochs, lanes;
    double latency;  // seconds
} options;

// Words of the vocabulary in all epochs.
static double count_words(const options *o)
{
    const w2v_config cfg = w2v_config_default();
    const w2v_source source = w2v_source_file(o->corpus);
    w2v_vocab *vocab;
    w2v_error err;
    double words = 0.0;
    if (w2v_vocab_build(&vocab, &source, 1, &cfg, &err) != W2V_OK) bench_die(1, "ranks", "%s", err.message);
    for (size_t i = 0; i < w2v_vocab_size(vocab); i++) words += (double)w2v_vocab_count(vocab, (uint32_t)i);
    w2v_vocab_free(vocab);
    return words * (double)o->epochs;
}

// FNV-1a over a file.
static uint64_t hash_of(const char *path)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    FILE *f = fopen(path, "rb");
    if (!f) bench_die(1, "ranks", "cannot open '%s': %s", path, strerror(errno));
    for (int c; (c = getc(f)) != EOF;) h = (h ^ (uint64_t)c) * UINT64_C(0x100000001b3);
    fclose(f);
    return h;
}

static double seconds_of(const options *o, const mpi_cost *cost, size_t ranks, double gigabits)
{
    return cost->computing + cost->busiest / (gigabits * 1e9 / 8.0) +
           cost->meetings * o->latency * log2((double)ranks);
}

// Trains with so many ranks; the vectors are in the file `path`.
static mpi_cost train_ranks(const options *o, size_t ranks, char *path)
{
    static char name[] = "mpi";
    char corpus[4096], epochs[32], lanes[32];
    char *arguments[] = {name, corpus, path, epochs, lanes, NULL};
    mpi_cost cost;
    snprintf(corpus, sizeof corpus, "%s", o->corpus);
    snprintf(epochs, sizeof epochs, "%zu", o->epochs);
    snprintf(lanes, sizeof lanes, "%zu", o->lanes);
    const int status = mpi_run((int)ranks, 5, arguments, mpi_main, &cost);
    if (status) bench_die(1, "ranks", status < 0 ? "the system has refused a thread" : "a rank has failed");
    return cost;
}

static void print_row(const options *o, bench_table *t, size_t ranks, double words, const mpi_cost *cost,
                      char *path, double one)
{
    char hash[24];
    const double rate = words / cost->computing / 1e6;
    bench_number(t, (double)ranks);
    bench_number(t, cost->computing);
    bench_number(t, cost->received / words);
    bench_number(t, cost->meetings);
    bench_number(t, rate);
    for (size_t i = 0; i < LINKS; i++) {
        const double speed = words / seconds_of(o, cost, ranks, link_gigabits[i]) / 1e6;
        bench_number(t, speed);
        bench_number(t, speed / (one > 0.0 ? one : rate));
    }
    snprintf(hash, sizeof hash, "%016llx", (unsigned long long)hash_of(path));
    bench_string(t, hash);
    if (!o->eval.folder) return;
    w2v_error err;
    w2v_model *m;
    if (w2v_model_load(&m, path, NULL, NULL, &err) != W2V_OK) bench_die(1, "ranks", "%s", err.message);
    const eval_scores on = eval_model(&o->eval, m);
    bench_numbers(t, on.score, SETS);
    w2v_model_free(m);
}

static void print_ranks(const options *o)
{
    static const bench_column columns[] = {
        {"ranks", "", 5, 0, ""},
        {"computing", "s", 9, 2,
         "processor time of training and merging, of the slowest rank between two meetings"},
        {"a word", "bytes", 6, 1, "received by all ranks, by the words that all train"},
        {"meetings", "", 8, 0, "four to a round"},
        {"no network", "M words/s", 10, 2, "if sending took no time"},
        {"10 Gbit/s", "M words/s", 9, 2, ""},
        {"x 10", "", 6, 2, "times as fast as the first line without a network"},
        {"100 Gbit/s", "M words/s", 10, 2, ""},
        {"x 100", "", 6, 2, "like x 10"},
        {"hash", "", -16, 0, "of the file of vectors"},
        EVAL_COLUMNS,
    };
    char path[4096];
    const double words = count_words(o);
    double one = 0.0;
    snprintf(path, sizeof path, "%s.%ld.vectors", o->program, (long)getpid());
    bench_table t =
        bench_begin("ranks", columns, sizeof columns / sizeof *columns - (o->eval.folder ? 0 : SETS));
    for (size_t i = 0; i < o->counts; i++) {
        const mpi_cost cost = train_ranks(o, o->ranks[i], path);
        print_row(o, &t, o->ranks[i], words, &cost, path, one);
        if (!i) one = words / cost.computing / 1e6;
        remove(path);
    }
    bench_end(&t);
}

static void usage(FILE *f)
{
    fprintf(f, "usage: ranks [options] CORPUS [EVAL]\n"
               "  CORPUS          text to train on\n"
               "  EVAL            folder with questions-words.txt, EN-WS-353-ALL.txt, EN-SIMLEX-999.txt,\n"
               "                  EN-MEN-TR-3k.txt and EN-RW-STANFORD.txt, to score the vectors on\n"
               "  -ranks LIST     numbers of ranks, with commas (1,2,4,8,16,32,64)\n"
               "  -iter N         epochs (1)\n"
               "  -lanes N        of each rank (1)\n"
               "  -latency X      microseconds of a message (10)\n"
               "  -csv, -json     instead of text\n");
}

static void set_ranks(options *o, char *numbers)
{
    o->counts = 0;
    for (char *p = numbers ? strtok(numbers, ",") : NULL; p; p = strtok(NULL, ",")) {
        if (o->counts == MOST_COUNTS) bench_die(2, "ranks", "-ranks takes at most %d numbers", MOST_COUNTS);
        o->ranks[o->counts++] = bench_whole("ranks", "-ranks", p, 1, MPI_MOST_RANKS);
    }
    if (!o->counts) bench_die(2, "ranks", "-ranks needs a list such as 1,2,4");
}

static void set_option(void *options_, const char *name, char *value)
{
    options *o = (options *)options_;
    const char *const me = "ranks";
    if (!strcmp(name, "-ranks"))
        set_ranks(o, value);
    else if (!strcmp(name, "-iter"))
        o->epochs = bench_whole(me, name, value, 1, SIZE_MAX);
    else if (!strcmp(name, "-lanes"))
        o->lanes = bench_whole(me, name, value, 1, 64);  // the most of w2v_config
    else if (!strcmp(name, "-latency"))
        o->latency = 1e-6 * bench_real(me, name, value);
    else
        bench_die(2, me, "unknown option '%s' (-help lists the options)", name);
}

int main(int argc, char **argv)
{
    static char all[] = "1,2,4,8,16,32,64";
    options o;
    memset(&o, 0, sizeof o);
    o.program = argv[0];
    o.epochs = o.lanes = 1;
    o.latency = 10e-6;
    o.eval.top = 30000;
    o.eval.threads = w2v_config_default().threads;
    set_ranks(&o, all);
    eval_arguments(argc, argv, "ranks", usage, set_option, &o, &o.corpus, &o.eval.folder);
    if (o.eval.folder) eval_check_files(&o.eval);
    const w2v_config cfg = w2v_config_default();
    bench_table t = bench_conditions();
    bench_fact(&t, "corpus", "%s", o.corpus);
    bench_fact(&t, "training", "size %zu, sample %g, %zu epochs; a rank has %zu lane%s and one thread",
               cfg.dim, cfg.sample, o.epochs, o.lanes, o.lanes == 1 ? "" : "s");
    bench_fact(&t, "links", "latency %g microseconds", o.latency * 1e6);
    bench_end(&t);
    print_ranks(&o);
    bench_finish();
    return 0;
}
