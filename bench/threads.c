// SPDX-License-Identifier: MIT-0
//
// threads.c - what lanes and threads cost, and what they change: processor time, memory, and the vectors
//
//   build/bench/threads [options] CORPUS [EVAL]      -help lists the options
//
// Method. Every pair of a number of lanes and a number of threads trains a model with the seeds 1, 2, ..., in
// turns: a seed is a round. Processor time is that of all threads in w2v_trainer_run. A ratio is taken within
// a round, to one lane with one thread, which is trained in every round; the median over the rounds counts.
// Between rounds the latency of a cache line between two cores is measured (latency.h), since threads on far
// cores cost more than on near ones. The hash is that of all vectors of seed 1: it depends on the lanes, and
// must not depend on the threads. The program ends with status 1 if it does. More threads than lanes change
// nothing.

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include "bench.h"
#include "eval.h"
#include "latency.h"

enum { MOST_COUNTS = 16, MOST_SEEDS = 100 };

typedef struct counts {
    size_t n, value[MOST_COUNTS];
} counts;

typedef struct options {
    const char *corpus;
    w2v_config cfg;
    eval_options eval;  // no folder: no scores
    size_t seeds;
    counts lanes, threads;
} options;

// A pair of lanes and threads, with what each round has measured.
typedef struct line {
    size_t lanes, threads;
    double processor[MOST_SEEDS], wall[MOST_SEEDS];  // seconds of training
    double processor_ratio[MOST_SEEDS], wall_ratio[MOST_SEEDS];
    double memory, lane_memory;  // bytes of all lanes and what merges them; of the largest lane
    double length;               // sum: mean of the vectors of the words 2 .. 1000
    uint64_t hash;               // of the vectors of seed 1
    double on[SETS];             // sums of scores
} line;

// Text, chunk, steps and copies of rows of each lane, and what plans and merges them.
static void measure_memory(line *l, const w2v_trainer *t)
{
    size_t longest = 0;
    for (size_t i = 0; i < t->corpus.n_blocks; i++)
        if (t->corpus.blocks[i].n > longest) longest = t->corpus.blocks[i].n;
    l->memory = l->lane_memory = 0.0;
    for (size_t i = 0; i < t->n_lanes; i++) {
        w2v__step_lane copy = t->lanes[i];
        w2v__arena arena = {NULL, 0};
        w2v__step_carve(&copy, longest + 1, &arena);
        const double bytes = (double)(arena.bytes + copy.copies_capacity * t->m->stride * sizeof(float));
        l->memory += bytes;
        l->lane_memory = fmax(l->lane_memory, bytes);
    }
    for (size_t i = 0; i < w2v__min_size(t->cfg.threads, t->n_lanes); i++) {
        const w2v__lanes_part *p = &t->parts[i];
        l->memory +=
            (double)(p->visited_capacity * sizeof *p->visited + p->visit_capacity * sizeof *p->visit);
        l->memory += (double)(p->copy_capacity * sizeof *p->copy + p->shared_capacity * sizeof *p->shared);
    }
}

// FNV-1a over the bits of all vectors.
static uint64_t hash_of(const w2v_model *m)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (int matrix = 0; matrix < W2V__MODEL_MATRICES; matrix++) {
        const float *rows = w2v__model_matrix(m, matrix);
        for (size_t i = 0; rows && i < m->size * m->stride; i++) {
            uint32_t bits;
            memcpy(&bits, rows + i, sizeof bits);
            h = (h ^ bits) * UINT64_C(0x100000001b3);
        }
    }
    return h;
}

static void train(const options *o, line *l, size_t seed)
{
    w2v_config cfg = o->cfg;
    const w2v_source source = w2v_source_file(o->corpus);
    w2v_trainer *t;
    w2v_error err;
    cfg.lanes = l->lanes;
    cfg.threads = l->threads;
    cfg.seed = seed;
    if (w2v_trainer_new(&t, &source, 1, &cfg, NULL, NULL, &err) != W2V_OK)
        bench_die(1, "threads", "%s", err.message);
    const double start = bench_seconds(), processor = (double)clock() / CLOCKS_PER_SEC;
    if (w2v_trainer_run(t, UINT64_MAX, &err) != W2V_OK) bench_die(1, "threads", "%s", err.message);
    l->processor[seed - 1] = (double)clock() / CLOCKS_PER_SEC - processor;
    l->wall[seed - 1] = bench_seconds() - start;
    measure_memory(l, t);
    const w2v_model *m = w2v_trainer_model(t);
    const size_t most = w2v__min_size(1000, m->size);
    double length = 0.0;
    for (size_t i = 1; i < most; i++) length += (double)m->length[i] / (double)(most - 1);
    l->length += length;
    if (seed == 1) l->hash = hash_of(m);
    fprintf(stderr, "seed %zu, %2zu lanes, %2zu threads: %6.2f s of processor, %6.2f s", seed, l->lanes,
            l->threads, l->processor[seed - 1], l->wall[seed - 1]);
    if (o->eval.folder) {
        const eval_scores on = eval_model(&o->eval, m);
        for (size_t k = 0; k < SETS; k++) l->on[k] += on.score[k];
        for (size_t k = 0; k < SETS; k++) fprintf(stderr, ", %s %.2f", eval_set_names[k], on.score[k]);
    }
    fprintf(stderr, "\n");
    w2v_trainer_free(t);
}

// The pairs, the first of which is one lane with one thread. One lane is trained by one thread, whatever
// their number.
static size_t list_lines(const options *o, line *lines)
{
    size_t n = 0;
    lines[n].lanes = lines[n].threads = 1;
    n++;
    for (size_t i = 0; i < o->lanes.n; i++)
        for (size_t k = 0; k < o->threads.n && o->lanes.value[i] > 1; k++) {
            lines[n].lanes = o->lanes.value[i];
            lines[n++].threads = o->threads.value[k];
        }
    return n;
}

static void print_latency(double *ns, size_t n)
{
    static const bench_column columns[] = {
        {"latency", "ns", 8, 1,
         "of a cache line from one core to another, one way, the median of measurements before, between and "
         "after the "
         "rounds: 26 to 50 are near cores, 100 and more far ones; '-' if there is one core"},
        {"least", "ns", 8, 1, ""},
        {"most", "ns", 8, 1, ""},
        {"measured", "times", 8, 0, ""},
    };
    bench_table t = bench_begin("cores", columns, sizeof columns / sizeof *columns);
    size_t known = 0;
    for (size_t i = 0; i < n; i++)
        if (w2v__is_finite_double(ns[i])) ns[known++] = ns[i];
    bench_number(&t, known ? bench_median(ns, known) : (double)NAN);
    bench_number(&t, known ? ns[0] : (double)NAN);
    bench_number(&t, known ? ns[known - 1] : (double)NAN);
    bench_number(&t, (double)known);
    bench_end(&t);
}

// Sorts what the rounds have measured.
static void print_lines(const options *o, line *lines, size_t n)
{
    static const bench_column columns[] = {
        {"lanes", "", 5, 0, ""},
        {"threads", "", 7, 0, ""},
        {"processor", "s", 9, 2, "time of all threads in training, the median over the rounds"},
        {"x 1 lane", "", 8, 3, "that by the one of the first line in the same round, the median"},
        {"wall", "s", 7, 2, "of training, like the processor time"},
        {"wall x 1", "", 8, 3, "like x 1 lane"},
        {"memory", "MB", 7, 1,
         "texts, steps and copies of rows of all lanes, and what plans and merges them"},
        {"a lane", "MB", 6, 1, "the largest"},
        {"length", "", 6, 3, "mean length of the vectors of the words 2 to 1000"},
        {"hash", "", -16, 0, "of all vectors of seed 1: the same for any number of threads"},
        EVAL_COLUMNS,
    };
    const size_t cells = sizeof columns / sizeof *columns - (o->eval.folder ? 0 : SETS);
    bench_table t = bench_begin("lanes and threads", columns, cells);
    for (line *l = lines; l < lines + n; l++) {
        char hash[24];
        bench_number(&t, (double)l->lanes);
        bench_number(&t, (double)l->threads);
        bench_number(&t, bench_median(l->processor, o->seeds));
        bench_number(&t, bench_median(l->processor_ratio, o->seeds));
        bench_number(&t, bench_median(l->wall, o->seeds));
        bench_number(&t, bench_median(l->wall_ratio, o->seeds));
        bench_number(&t, l->memory / 1e6);
        bench_number(&t, l->lane_memory / 1e6);
        bench_number(&t, l->length / (double)o->seeds);
        snprintf(hash, sizeof hash, "%016llx", (unsigned long long)l->hash);
        bench_string(&t, hash);
        for (size_t k = 0; k < SETS && o->eval.folder; k++) bench_number(&t, l->on[k] / (double)o->seeds);
    }
    bench_end(&t);
}

// Whether lines of the same lanes have the same vectors.
static int is_reproducible(const line *lines, size_t n)
{
    int same = 1;
    for (size_t i = 1; i < n; i++) {
        if (lines[i].lanes != lines[i - 1].lanes || lines[i].hash == lines[i - 1].hash) continue;
        fprintf(stderr, "threads: with %zu lanes the vectors of %zu and %zu threads differ\n", lines[i].lanes,
                lines[i - 1].threads, lines[i].threads);
        same = 0;
    }
    return same;
}

static void usage(FILE *f)
{
    fprintf(f, "usage: threads [options] CORPUS [EVAL]\n"
               "  CORPUS          text to train on\n"
               "  EVAL            folder with questions-words.txt, EN-WS-353-ALL.txt, EN-SIMLEX-999.txt,\n"
               "                  EN-MEN-TR-3k.txt and EN-RW-STANFORD.txt, to score the models on\n"
               "  -lanes LIST     numbers of lanes, with commas (1,4,8,32,64)\n"
               "  -threads LIST   numbers of threads, with commas (1 and the number of processors)\n"
               "  -seeds N        rounds: models for each pair (2)\n"
               "  -iter N         epochs (2)\n"
               "  " EVAL_TRAINING "\n"
               "                  as for build/word2vec (100, 5, 5, 1e-3, 5)\n"
               "  -exact 0|1      1: exact sampling (0)\n"
               "  -csv, -json     instead of text\n");
}

static counts whole_numbers(const char *name, char *list, size_t most)
{
    counts c = {0, {0}};
    for (char *p = list ? strtok(list, ",") : NULL; p; p = strtok(NULL, ",")) {
        if (c.n == MOST_COUNTS) bench_die(2, "threads", "%s takes at most %d numbers", name, MOST_COUNTS);
        c.value[c.n++] = bench_whole("threads", name, p, 1, most);
    }
    if (!c.n) bench_die(2, "threads", "%s needs a list such as 1,8", name);
    return c;
}

static void set_option(void *options_, const char *name, char *value)
{
    options *o = (options *)options_;
    const char *const me = "threads";
    if (!strcmp(name, "-threads"))
        o->threads = whole_numbers(name, value, 1024);
    else if (!strcmp(name, "-lanes"))
        o->lanes = whole_numbers(name, value, W2V__LANES_MOST);
    else if (!strcmp(name, "-seeds"))
        o->seeds = bench_whole(me, name, value, 1, MOST_SEEDS);
    else if (!strcmp(name, "-iter"))
        o->cfg.epochs = bench_whole(me, name, value, 1, SIZE_MAX);
    else if (!strcmp(name, "-exact"))
        o->cfg.sharing = bench_whole(me, name, value, 0, 1) ? W2V_SHARE_NONE : W2V_SHARE_DEFAULT;
    else if (!eval_set_training(&o->cfg, me, name, value))
        bench_die(2, me, "unknown option '%s' (-help lists the options)", name);
}

static options parse(int argc, char **argv)
{
    static const counts usual_lanes = {5, {1, 4, 8, 32, 64}};
    options o;
    w2v_error err;
    memset(&o, 0, sizeof o);
    o.cfg = w2v_config_default();
    o.lanes = usual_lanes;
    o.threads.value[o.threads.n++] = 1;
    if (o.cfg.threads > 1) o.threads.value[o.threads.n++] = o.cfg.threads;
    o.cfg.epochs = 2;
    o.seeds = 2;
    o.eval.top = 30000;
    o.eval.threads = o.cfg.threads;
    eval_arguments(argc, argv, "threads", usage, set_option, &o, &o.corpus, &o.eval.folder);
    if (w2v_config_check(&o.cfg, &err) != W2V_OK) bench_die(2, "threads", "%s", err.message);
    if (o.eval.folder) eval_check_files(&o.eval);
    return o;
}

int main(int argc, char **argv)
{
    static line lines[MOST_COUNTS * MOST_COUNTS + 1];
    static double ns[MOST_SEEDS + 1];
    const options o = parse(argc, argv);
    const size_t n = list_lines(&o, lines);
    bench_table t = bench_conditions();
    bench_fact(&t, "corpus", "%s", o.corpus);
    bench_fact(&t, "training", "%s, size %zu, sample %g, %zu epochs; %zu rounds",
               o.cfg.sharing == W2V_SHARE_NONE ? "exact" : "default", o.cfg.dim, o.cfg.sample, o.cfg.epochs,
               o.seeds);
    bench_end(&t);
    ns[0] = latency_measure();
    for (size_t round = 0; round < o.seeds; round++) {
        for (size_t i = 0; i < n; i++) {
            train(&o, &lines[i], round + 1);
            lines[i].processor_ratio[round] = lines[i].processor[round] / lines[0].processor[round];
            lines[i].wall_ratio[round] = lines[i].wall[round] / lines[0].wall[round];
        }
        ns[round + 1] = latency_measure();
        fprintf(stderr, "latency between two cores: %.0f ns\n", ns[round + 1]);
    }
    print_latency(ns, o.seeds + 1);
    print_lines(&o, lines, n);
    bench_finish();
    return !is_reproducible(lines, n);
}
