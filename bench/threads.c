// SPDX-License-Identifier: MIT-0
//
// threads.c - what threads cost: processor time, length of the vectors and quality for any number of threads
//
//   build/bench/threads [options] CORPUS EVAL      -help lists the options
//
// Threads that write the same rows wait for each other's cache lines, which shows as processor time; rows that are
// out of date overshoot or are starved, which shows in the length of the vectors and in what they score (eval.h).
// A machine has few processors and moves them, so numbers of threads take turns, and every line is a mean over the
// seeds. More threads than processors show the scheme, not the speed.

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include "bench.h"
#include "eval.h"

enum { MOST_COUNTS = 16 };

typedef struct options {
    const char *corpus;
    w2v_config cfg;
    eval_options eval;
    size_t seeds;
    size_t threads[MOST_COUNTS], counts;
    size_t turns;  // windows; 0: threads
} options;

// Sums over the seeds.
typedef struct line {
    double processor, seconds;  // of training
    double length;              // mean of the vectors of the words 2 .. 1000
    double lines;               // not a sum: see shared_lines
    eval_scores on;
} line;

// Processor time of all threads when the counting of words ended.
static int note_clock(const w2v_progress *p, void *user)
{
    if (p->phase == W2V_PHASE_VOCAB) *(double *)user = (double)clock() / CLOCKS_PER_SEC;
    return 0;
}

// The workers of a trainer take turns on one thread, so many windows each: what as many equally fast processors make of
// the model, but for the order of two writes at the same moment.
static void train_in_turns(w2v_trainer *t, size_t windows)
{
    size_t visit;
    w2v__train_begin_run(t, UINT64_MAX);
    for (int busy = 1; busy;) {
        busy = 0;
        for (size_t i = 0; i < t->n_workers; i++) {
            w2v__train_worker *w = &t->workers[i];
            if (w->tokens.next == w->tokens.n) {
                if (!w2v__schedule_queue_take(&t->queue, &visit)) continue;
                w2v__train_begin_block(w, visit);
            }
            busy = 1;
            w2v__train_until(w, w2v__min_size(w->tokens.n, w->tokens.next + windows));
            if (w->status != W2V_OK) return;  // w2v__train_finish_run tells why
        }
    }
}

// Cache lines of rows that others use, too, which a worker writes for a window: rows without a replica, and syncs.
static double shared_lines(const w2v_trainer *t)
{
    double rows = 0.0;
    if (t->n_workers == 1 || t->cfg.deterministic) return 0.0;
    for (size_t i = 0; i < t->m->size; i++) {
        const w2v__train_traffic traffic = w2v__train_row_traffic(t, i, 1.0);
        if (i >= t->replicated[W2V__MODEL_IN]) rows += traffic.visits[W2V__MODEL_IN];
        if (i >= t->replicated[W2V__MODEL_OUT]) rows += traffic.visits[W2V__MODEL_OUT];
    }
    rows += (double)(t->replicated[W2V__MODEL_IN] + t->replicated[W2V__MODEL_OUT]) / (double)t->sync_every;
    return rows * (double)w2v__rows_floats(t->m->dim) / 16.0;
}

static w2v_model *train_model(const options *o, const w2v_config *cfg, double *lines)
{
    w2v_trainer *t;
    w2v_error err;
    w2v_status status;
    const w2v_source source = w2v_source_file(o->corpus);
    if (w2v_trainer_new(&t, &source, 1, cfg, NULL, NULL, &err) != W2V_OK) bench_die(1, "threads", "%s", err.message);
    *lines = shared_lines(t);
    if (o->turns) {
        train_in_turns(t, o->turns);
        status = w2v__train_finish_run(t, &err);
    } else {
        status = w2v_trainer_run(t, UINT64_MAX, &err);
    }
    if (status != W2V_OK) bench_die(1, "threads", "%s", err.message);
    w2v_model *m;
    if (w2v_trainer_take_model(t, &m, &err) != W2V_OK) bench_die(1, "threads", "%s", err.message);
    w2v_trainer_free(t);
    return m;
}

static void train(const options *o, size_t threads, size_t seed, line *sum)
{
    w2v_config cfg = o->cfg;
    double counted = 0.0;
    cfg.threads = threads;
    cfg.seed = seed;
    cfg.progress_fn = note_clock;
    cfg.progress_user = &counted;
    const double start = w2v__seconds();
    w2v_model *m = train_model(o, &cfg, &sum->lines);
    const double processor = (double)clock() / CLOCKS_PER_SEC - counted, seconds = w2v__seconds() - start;
    const size_t most = w2v__min_size(1000, m->size);
    double length = 0.0;
    for (size_t i = 1; i < most; i++) length += (double)m->length[i] / (double)(most - 1);
    const eval_scores on = eval_model(&o->eval, m);
    w2v_model_free(m);
    sum->processor += processor;
    sum->seconds += seconds;
    sum->length += length;
    for (size_t k = 0; k < SETS; k++) sum->on.score[k] += on.score[k];
    fprintf(stderr, "%3zu threads, seed %2zu: %6.2f s of processor, %6.2f s, length %.3f,", threads, seed, processor,
            seconds, length);
    for (size_t k = 0; k < SETS; k++) fprintf(stderr, " %s %.2f", eval_set_names[k], on.score[k]);
    fprintf(stderr, "\n");
}

static void print_lines(const options *o, const line *lines)
{
    static const bench_column columns[] = {
        {"threads", "", 7, 0, ""},
        {"processor", "s", 9, 2, "time of all threads in training"},
        {"by first", "", 8, 2, "that time by the one of the first line"},
        {"total", "s", 8, 2, "from the call to its end, counting of words included"},
        {"shared", "lines", 7, 1,
         "cache lines of shared rows that a worker writes for a window, as expected from the counts"},
        {"length", "", 7, 3, "mean length of the vectors of the words 2 to 1000"},
        {"analogies", "%", 11, 2, ""},
        {"WordSim-353", "rho x 100", 11, 2, ""},
        {"SimLex-999", "rho x 100", 11, 2, ""},
        {"MEN", "rho x 100", 11, 2, ""},
        {"RW", "rho x 100", 11, 2, ""},
    };
    bench_table t = bench_begin("threads", columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < o->counts; i++) {
        const double n = (double)o->seeds;
        bench_number(&t, (double)o->threads[i]);
        bench_number(&t, lines[i].processor / n);
        bench_number(&t, lines[i].processor / lines[0].processor);
        bench_number(&t, lines[i].seconds / n);
        bench_number(&t, lines[i].lines);
        bench_number(&t, lines[i].length / n);
        for (size_t k = 0; k < SETS; k++) bench_number(&t, lines[i].on.score[k] / n);
    }
    bench_end(&t);
}

static void usage(FILE *f)
{
    fprintf(f, "usage: threads [options] CORPUS EVAL\n"
               "  CORPUS          text to train on\n"
               "  EVAL            folder with questions-words.txt, EN-WS-353-ALL.txt, EN-SIMLEX-999.txt,\n"
               "                  EN-MEN-TR-3k.txt and EN-RW-STANFORD.txt\n"
               "  -threads LIST   numbers of threads, with commas (1,2,3,4,8,16,64)\n"
               "  -seeds N        models for each (2)\n"
               "  -iter N         epochs (2)\n"
               "  " EVAL_TRAINING "\n"
               "                  as for build/word2vec (100, 5, 5, 1e-3, 5)\n"
               "  -exact 0|1      1: exact sampling (0)\n"
               "  -deterministic 0|1\n"
               "                  1: the same vectors for any number of threads (0)\n"
               "  -turns N        not threads: workers that take turns of N windows, which shows what as many\n"
               "                  processors would do to the vectors\n"
               "  -csv, -json     instead of text\n");
}

static void set_threads(options *o, char *list)
{
    o->counts = 0;
    for (char *p = strtok(list, ","); p; p = strtok(NULL, ",")) {
        if (o->counts == MOST_COUNTS) bench_die(2, "threads", "more than %d numbers of threads", MOST_COUNTS);
        o->threads[o->counts++] = bench_whole("threads", "-threads", p, 1, 1024);
    }
    if (!o->counts) bench_die(2, "threads", "-threads needs a list such as 1,2,4");
}

static void set_option(void *arg, const char *name, char *value)
{
    options *o = (options *)arg;
    const char *const me = "threads";
    if (!value)
        bench_die(2, me, "no value for '%s' (-help lists the options)", name);
    else if (!strcmp(name, "-threads"))
        set_threads(o, value);
    else if (!strcmp(name, "-seeds"))
        o->seeds = bench_whole(me, name, value, 1, 10000);
    else if (!strcmp(name, "-iter"))
        o->cfg.epochs = bench_whole(me, name, value, 1, SIZE_MAX);
    else if (!strcmp(name, "-exact"))
        o->cfg.sharing = bench_whole(me, name, value, 0, 1) ? W2V_SHARE_NONE : W2V_SHARE_DEFAULT;
    else if (!strcmp(name, "-deterministic"))
        o->cfg.deterministic = (int)bench_whole(me, name, value, 0, 1);
    else if (!strcmp(name, "-turns"))
        o->turns = bench_whole(me, name, value, 1, SIZE_MAX);
    else if (!eval_set_training(&o->cfg, me, name, value))
        bench_die(2, me, "unknown option '%s' (-help lists the options)", name);
}

static options parse(int argc, char **argv)
{
    static char all[] = "1,2,3,4,8,16,64";
    options o;
    w2v_error err;
    memset(&o, 0, sizeof o);
    o.cfg = w2v_config_default();
    o.cfg.epochs = 2;
    o.seeds = 2;
    o.eval.top = 30000;
    o.eval.threads = o.cfg.threads;
    set_threads(&o, all);
    eval_arguments(argc, argv, "threads", usage, set_option, &o, &o.corpus, &o.eval.folder);
    if (w2v_config_check(&o.cfg, &err) != W2V_OK) bench_die(2, "threads", "%s", err.message);
    if (o.turns && o.cfg.deterministic) bench_die(2, "threads", "-turns is not for -deterministic");
    return o;
}

int main(int argc, char **argv)
{
    const options o = parse(argc, argv);
    line lines[MOST_COUNTS];
    memset(lines, 0, sizeof lines);
    eval_check_files(&o.eval);
    bench_table t = bench_conditions();
    bench_fact(&t, "corpus", "%s", o.corpus);
    if (o.turns) bench_fact(&t, "threads", "none: workers take turns of %zu windows", o.turns);
    bench_fact(&t, "training", "%s%s, size %zu, sample %g, %zu epochs, seeds 1 to %zu",
               o.cfg.sharing == W2V_SHARE_NONE ? "exact" : "default",
               o.cfg.deterministic ? ", deterministic" : "", o.cfg.dim, o.cfg.sample, o.cfg.epochs, o.seeds);
    bench_end(&t);
    for (size_t seed = 1; seed <= o.seeds; seed++)
        for (size_t i = 0; i < o.counts; i++) train(&o, o.threads[i], seed, &lines[i]);
    print_lines(&o, lines);
    bench_finish();
    return 0;
}
