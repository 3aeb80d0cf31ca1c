// SPDX-License-Identifier: MIT-0
//
// latency.h - how far two cores are from each other: the time a cache line takes from one to the other. After
// w2v.h and bench.h, in one file of a program.
//
// Two threads write the same line in turns, each when it has seen what the other wrote. The median over short
// batches of turns counts, without those in which a thread was interrupted. On virtual machines cores are
// moved: the same two are near (26 to 50 ns) in some minutes and far (100 ns and more) in others, so measure
// again between runs.

#ifndef LATENCY_H
#define LATENCY_H

enum { LATENCY_BATCHES = 400, LATENCY_BATCH = 100 };  // turns, of both threads

#if defined(__GNUC__) && !defined(W2V_NO_THREADS)
#define LATENCY_CAN_BE_TOLD  // there are atomic operations

typedef struct latency_line {
    char before[128];
    unsigned turn;  // even: of the first thread
    char after[128];
    double ns[LATENCY_BATCHES];  // a turn
    size_t batches;              // that were measured
} latency_line;

static void latency_play(void *shared, size_t player)
{
    const double give_up = 2.0;          // seconds
    const double interrupted = 20000.0;  // nanoseconds a turn
    latency_line *line = (latency_line *)shared;
    const double start = bench_seconds();
    double begun = start;
    for (unsigned i = (unsigned)player; i < LATENCY_BATCHES * LATENCY_BATCH; i += 2) {
        for (unsigned spins = 1; __atomic_load_n(&line->turn, __ATOMIC_ACQUIRE) != i; spins++)
            if (!(spins & 0xffff) && bench_seconds() > start + give_up) return;
        __atomic_store_n(&line->turn, i + 1, __ATOMIC_RELEASE);
        if ((i + 2) % LATENCY_BATCH) continue;  // the first thread's last turn of a batch
        const double now = bench_seconds();
        const double ns = (now - begun) / LATENCY_BATCH * 1e9;
        if (ns < interrupted) line->ns[line->batches++] = ns;
        begun = now;
    }
}
#endif

// Nanoseconds one way. NaN: there is one core, or the threads never ran beside each other.
static double latency_measure(void)
{
#ifdef LATENCY_CAN_BE_TOLD
    static latency_line line;
    line.turn = 0;
    line.batches = 0;
    if (bench_processors() > 1) w2v__parallel(2, latency_play, &line);
    if (line.batches) return bench_median(line.ns, line.batches);
#endif
    return (double)NAN;
}

#endif
