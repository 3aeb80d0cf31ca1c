// SPDX-License-Identifier: MIT-0
//
// speed.h - what the parts of speed.c share: options, limits of the machine, and what has been measured

#ifndef SPEED_H
#define SPEED_H

#include "limits.h"

enum { ROUNDS = 5 };  // of kernels and losses; the median counts

// The lines of the summary.
typedef enum figure_id {
    FIGURE_DOT,
    FIGURE_AXPY,
    FIGURE_SIGMOID,
    FIGURE_STEP,
    FIGURE_ONE_LANE,
    FIGURE_ONE_LANE_LONG,
    FIGURE_LANES,
    FIGURE_SOFTMAX,
    FIGURE_NEG_SAMPLING,
    FIGURES
} figure_id;

typedef struct figure {
    char name[64], value[32];  // "dot, 300 floats", "11.1 ns"; no name: not measured
    double gflops;             // of one core
    double scalar, plain;      // how many times as fast as these; NaN: not compared
} figure;

// A speed of the tables, to be shown as a part of its limit.
typedef struct speed {
    const bench_limit *limit;
    const char *table;
    char row[40];
    double column, value;  // value: in the unit of the limit, of one core
} speed;

typedef struct session {
    // options
    int full;            // prints the tables
    double effort;       // 1; less: shorter measurements, which say little
    const char *only;    // names of tables and kernels with commas, or NULL
    const char *corpus;  // or NULL
    size_t words, rounds;
    // the machine
    bench_limit peak, bandwidth;  // the last only if `full`
    double looked;                // when the limits were measured
    float *buffer;                // rows of all kernels; NULL when they are done
    size_t bytes;
    // results
    speed *speeds;
    size_t n_speeds, room;
    figure figures[FIGURES];
} session;

// Without -full: what the summary shows.
static int is_selected(const session *s, const char *name)
{
    const char *list = s->only ? s->only : s->full ? NULL : "dot,axpy,sigmoid,step,losses,training";
    const size_t n = strlen(name);
    for (const char *p = list; p; p = strchr(p, ','), p += p != NULL)
        if (!strncmp(p, name, n) && (p[n] == ',' || !p[n])) return 1;
    return !list;
}

// A line on standard error about what takes long.
static BENCH_PRINTF(1) void say(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "speed: ");
    vfprintf(stderr, format, args);
    fprintf(stderr, "\n");
    va_end(args);
}

// Between two measurements: the limits again, if the last time is more than a second ago.
static void look_again(session *s)
{
    if (bench_seconds() - s->looked < 1.0) return;
    bench_measure_limit(&s->peak);
    if (s->full && s->buffer) bench_measure_limit(&s->bandwidth);
    s->looked = bench_seconds();
}

// Notes the speed of a row that has just been measured, for the tables of percentages.
static void note_speed(session *s, bench_limit *limit, const char *table, const char *row, double column,
                       double value)
{
    char name[80];
    if (s->n_speeds == s->room) {
        speed *more = (speed *)realloc(s->speeds, (2 * s->room + 64) * sizeof *more);
        if (!more) bench_die(1, "speed", "out of memory");
        s->speeds = more;
        s->room = 2 * s->room + 64;
    }
    speed *x = &s->speeds[s->n_speeds++];
    x->limit = limit;
    x->table = table;
    snprintf(x->row, sizeof x->row, "%s", row);
    x->column = column;
    x->value = value;
    snprintf(name, sizeof name, "%s: %s, %g", table, row, column);
    bench_hold_limit(limit, value, name);
    look_again(s);
}

static figure make_figure(const char *name, double gflops, double scalar, double plain)
{
    figure f;
    memset(&f, 0, sizeof f);
    snprintf(f.name, sizeof f.name, "%s", name);
    f.gflops = gflops;
    f.scalar = scalar;
    f.plain = plain;
    return f;
}

#endif
