// SPDX-License-Identifier: MIT-0
//
// speed.c - how fast w2v.h is on this machine: its kernels, the losses of the textbook, and training
//
//   build/bench/speed [options] [CORPUS]      -help lists the options
//
// It ends with a summary of about ten lines. With -full it prints all tables, each row as soon as it is
// measured. What part of the possible a speed is can only be said at the end, because the limit is the best
// of measurements that are spread over the whole run (limits.h): the tables of percentages come last.

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include "bench.h"
#include "speed.h"
#include "ops.h"
#include "../tests/backends.h"
#include "kernels.h"
#include "losses.h"
#include "train.h"
#include "stages.h"

// ----------------------------------------------------------------------------------------------------
// The machine

static double measure_peak(void *user)
{
    const session *s = (const session *)user;
    return bench_peak((size_t)(s->effort * 300000.0));
}

static double measure_bandwidth(void *user)
{
    const session *s = (const session *)user;
    double best = 0.0;
    for (size_t streams = 1; streams <= BENCH_MOST_STREAMS; streams *= 2)
        best = fmax(best, bench_read(s->buffer, s->bytes / sizeof(float), streams));
    return best;
}

static void measure_machine(session *s)
{
    const size_t little = (size_t)4 << 20;  // enough for the rows in L1 and L2
    s->bytes = s->full && s->effort >= 1.0 ? bench_memory_bytes() : little;
    s->buffer = w2v__new_floats(s->bytes / sizeof(float) + SLACK, NULL);
    if (!s->buffer) bench_die(1, "speed", "out of memory: %zu bytes needed", s->bytes);
    for (size_t i = 0; i < s->bytes / sizeof(float) + SLACK; i++) s->buffer[i] = (float)(i % 17 + 1) * 0.05f;
    s->peak = bench_new_limit("multiply-adds", "GFLOP/s", measure_peak, s);
    if (s->full) s->bandwidth = bench_new_limit("reading", "GB/s", measure_bandwidth, s);
    s->looked = bench_seconds();
}

// ----------------------------------------------------------------------------------------------------
// What is printed

static void print_conditions(const session *s, size_t words)
{
    bench_table t = bench_conditions();
    bench_fact(&t, "OpenBLAS", "%s", blas_name());
    bench_fact(&t, "buffer", "%zu MB, for rows in memory", s->bytes >> 20);
    bench_fact(&t, "rounds", "%d, medians; what is compared takes turns", ROUNDS);
    if (words) add_training_facts(s, words, &t);
    bench_end(&t);
}

static void print_limits(const session *s)
{
    static const bench_column columns[] = {
        {"limit", "", -13, 0, "of one core; the tables below are in percent of it"},
        {"at most", "", 8, -4, ""},
        {"unit", "", -7, 0, ""},
        {"measured", "times", 8, 0, "the best counts; spread over the run, and again when a row was faster"},
        {"set by", "", -8, 0, "measurement, or the row that stayed faster than all of them"},
    };
    const bench_limit *const limits[] = {&s->peak, &s->bandwidth};
    bench_table t = bench_begin("limits", columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < 2; i++) {
        bench_string(&t, limits[i]->name);
        bench_number(&t, limits[i]->best);
        bench_string(&t, limits[i]->unit);
        bench_number(&t, (double)limits[i]->measured);
        bench_string(&t, *limits[i]->evidence ? limits[i]->evidence : "measurement");
    }
    bench_end(&t);
}

// Whether the speed belongs to the same table of percentages.
static int same_table(const speed *a, const speed *b) { return a->limit == b->limit && a->table == b->table; }

static void print_percentages_of(const speed *first, const speed *end)
{
    enum { MOST = 16 };
    char names[MOST][16], title[96];
    double values[MOST];  // of x->column
    bench_column columns[MOST] = {{"row", "", -30, 0, ""}};
    size_t n = 1;
    for (const speed *x = first; x < end; x++) {
        size_t k = 1;
        if (!same_table(x, first)) continue;
        while (k < n && values[k] != x->column) k++;
        if (k < n || n == MOST) continue;
        snprintf(names[n], sizeof names[n], "%g", x->column);
        const bench_column c = {names[n], "%", 6, 1, ""};
        values[n] = x->column;
        columns[n++] = c;
    }
    snprintf(title, sizeof title, "%s, percent of the limit of %s", first->table, first->limit->name);
    bench_table t = bench_begin(title, columns, n);
    for (const speed *x = first; x < end; x++) {
        const speed *before = first;
        while (before < x && !(same_table(before, x) && !strcmp(before->row, x->row))) before++;
        if (!same_table(x, first) || before < x) continue;  // the row has been printed
        bench_string(&t, x->row);
        for (size_t k = 1; k < n; k++) {
            double percent = (double)NAN;
            for (const speed *y = x; y < end; y++)
                if (same_table(x, y) && !strcmp(x->row, y->row) && y->column == values[k])
                    percent = bench_percent(y->limit, y->value);
            bench_number(&t, percent);
        }
    }
    bench_end(&t);
}

// A table for each table of speeds and limit: rows by the length of the vectors, or by the number of threads.
static void print_percentages(const session *s)
{
    const speed *const end = s->speeds + s->n_speeds;
    for (const speed *x = s->speeds; x < end; x++) {
        const speed *before = s->speeds;
        while (before < x && !same_table(before, x)) before++;
        if (before == x) print_percentages_of(x, end);
    }
}

static void print_ratio(double x)
{
    if (w2v__is_finite_double(x))
        printf(" %9.2f", x);
    else
        printf(" %9s", "");
}

static void print_summary(const session *s)
{
    char processor[256];
    int compared = 0;
    printf("%.50s, %zu core%s, %s; %.20s, %.15s\n", bench_processor(processor, sizeof processor),
           bench_processors(), bench_processors() == 1 ? "" : "s", w2v_simd(), bench_compiler(), BENCH_FLAGS);
    printf("Peak of one core: %.1f GFLOP/s, ", s->peak.best);
    if (*s->peak.evidence)
        printf("reached by %.50s\n", s->peak.evidence);
    else
        printf("the best of %zu measurement%s of multiply-adds\n", s->peak.measured,
               s->peak.measured == 1 ? "" : "s");
    printf("%-44s %16s %8s %7s %9s %9s\n", "", "", "GFLOP/s", "of peak", "x scalar", "x plain");
    for (size_t i = 0; i < FIGURES; i++) {
        const figure *f = &s->figures[i];
        if (!*f->name) continue;
        printf("%-44s %16s %8.1f %5.1f %%", f->name, f->value, f->gflops, bench_percent(&s->peak, f->gflops));
        if (w2v__is_finite_double(f->scalar)) print_ratio(f->scalar), print_ratio(f->plain), compared = 1;
        printf("\n");
    }
    if (compared)
        printf("x: times as fast as w2v.h without SIMD (-O3), as plain loops (-O3 native fast-math)\n");
}

// ----------------------------------------------------------------------------------------------------

static void usage(FILE *f)
{
    fprintf(f, "usage: speed [options] [CORPUS]\n"
               "  CORPUS         text to train on; without it words are drawn by Zipf's law\n"
               "  -full          prints all tables, not only the summary\n"
               "  -csv, -json    all tables in that format, without the summary\n"
               "  -only LIST     only these tables, with commas: kernels (dot, axpy, scale, norm, cosine, "
               "exp, log,\n"
               "                 sigmoid, log_sigmoid, sigmoid_derivative, leaky_relu, softmax), step,\n"
               "                 backends, choice, losses, training, sizes, stages, lengths; implies -full\n"
               "  -words N       of CORPUS, for the table `training` (8000000; 0: all)\n"
               "  -rounds N      interleaved runs of every training that is compared (5; 3 without -full)\n"
               "  -quick         measures so briefly that the figures mean nothing, to test this program\n");
}

static void check_names(const char *list)
{
    static const char *const names[] = {"step",     "backends", "choice", "losses",
                                        "training", "sizes",    "stages", "lengths"};
    for (const char *p = list; p; p = strchr(p, ','), p += p != NULL) {
        const size_t n = strcspn(p, ",");
        int known = 0;
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            known |= strlen(names[i]) == n && !strncmp(p, names[i], n);
        for (size_t op = 0; op < OPS; op++)
            known |= strlen(ops[op].name) == n && !strncmp(p, ops[op].name, n);
        if (!known) bench_die(2, "speed", "-only: there is no '%.*s' (-help lists the names)", (int)n, p);
    }
}

static void parse(session *s, int argc, char **argv)
{
    memset(s, 0, sizeof *s);
    s->effort = 1.0;
    s->words = 8000000;
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i], *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (bench_takes(name, usage)) continue;
        if (!strcmp(name, "-full"))
            s->full = 1;
        else if (!strcmp(name, "-quick"))
            s->effort = 0.01;
        else if (!strcmp(name, "-words"))
            s->words = bench_whole("speed", name, value, 0, SIZE_MAX), i++;
        else if (!strcmp(name, "-rounds"))
            s->rounds = bench_whole("speed", name, value, 1, MOST_ROUNDS), i++;
        else if (!strcmp(name, "-only") && value)
            s->only = value, i++;
        else if (*name == '-')
            bench_die(2, "speed", "unknown option '%s' (-help lists the options)", name);
        else if (s->corpus)
            bench_die(2, "speed", "more than one corpus: '%s' and '%s'", s->corpus, name);
        else
            s->corpus = name;
    }
    check_names(s->only);
    if (s->only || bench_style != BENCH_TEXT) s->full = 1;
    if (!s->full) bench_style = BENCH_SILENT;
    if (!s->rounds) s->rounds = s->effort < 1.0 ? 1 : s->full ? 5 : 3;
}

int main(int argc, char **argv)
{
    static session s;
    choose_blas(argv);
    parse(&s, argc, argv);
    if (!s.full) say("about a minute; FULL=1 (-full) prints all tables");
    const size_t words = is_training_selected(&s) ? write_corpora(&s, argv[0]) : 0;
    measure_machine(&s);
    print_conditions(&s, words);
    print_kernels(&s);
    w2v__free_aligned(s.buffer);
    s.buffer = NULL;
    if (is_selected(&s, "losses")) print_losses(&s);
    if (s.full && is_selected(&s, "losses")) print_softmax(&s);
    if (is_selected(&s, "training")) print_training(&s);
    if (is_selected(&s, "sizes")) print_sizes(&s);
    if (is_selected(&s, "stages")) print_stages(&s);
    if (is_selected(&s, "lengths")) print_lengths(&s);
    if (s.full) {
        print_limits(&s);
        print_percentages(&s);
    }
    if (bench_style == BENCH_TEXT) printf("\nsummary\n");
    if (bench_style == BENCH_TEXT || bench_style == BENCH_SILENT) print_summary(&s);
    bench_finish();
    free(s.speeds);
    return 0;
}
