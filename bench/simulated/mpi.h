// SPDX-License-Identifier: MIT-0
//
// mpi.h - as much of MPI as examples/mpi.c calls, for bench/ranks.c: ranks are threads of one process, which
// compute one at a time, and a clock that is computed instead of a network
//
// The functions and names are those of the MPI standard (version 3.1, chapters 3, 5 and 6), without what is
// not used. All of them but MPI_Wtime are called by all ranks in the same order, so each is a meeting: the
// last rank to arrive copies for all.

#ifndef MPI_H
#define MPI_H

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef int MPI_Comm;
typedef int MPI_Op;
typedef size_t MPI_Datatype;  // bytes

#define MPI_COMM_WORLD 0
#define MPI_MAX 0
#define MPI_SUM 1
#define MPI_INT sizeof(int)
#define MPI_FLOAT sizeof(float)
#define MPI_UINT64_T sizeof(uint64_t)

enum { MPI_MOST_RANKS = 64 };

// What the simulated ranks have done since MPI_Wtime was called first.
typedef struct mpi_cost {
    double computing;  // seconds: of the slowest rank between two meetings, summed
    double busiest;    // bytes of the rank that sends or receives most in a meeting, summed
    double received;   // bytes, of all ranks
    double meetings;
} mpi_cost;

typedef struct mpi_rank {
    const void *send;
    void *receive;
    const int *count, *at, *receive_at;
    double computed;  // processor time of the thread since the last meeting
} mpi_rank;

static struct mpi_world {
    int ranks, arrived;
    uint64_t meetings;
    pthread_mutex_t mutex, computing;  // computing: held by the one rank that computes
    pthread_cond_t all_met;
    mpi_rank rank[MPI_MOST_RANKS];
    mpi_cost cost, begun;
} mpi_world;

static __thread int mpi_me;
static __thread double mpi_since;  // processor time of this thread at the end of the last meeting

static double mpi_processor_time(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

// The meeting of all ranks: `copy` is called once, by the last to arrive.
static void mpi_meet(const mpi_rank *mine, void (*copy)(size_t bytes), size_t bytes)
{
    struct mpi_world *w = &mpi_world;
    const double computed = mpi_processor_time() - mpi_since;
    pthread_mutex_unlock(&w->computing);
    pthread_mutex_lock(&w->mutex);
    w->rank[mpi_me] = *mine;
    w->rank[mpi_me].computed = computed;
    const uint64_t meeting = w->meetings;
    if (++w->arrived == w->ranks) {
        double slowest = 0.0;
        for (int i = 0; i < w->ranks; i++)
            if (w->rank[i].computed > slowest) slowest = w->rank[i].computed;
        w->cost.computing += slowest;
        w->cost.meetings += 1.0;
        copy(bytes);
        w->arrived = 0;
        w->meetings++;
        pthread_cond_broadcast(&w->all_met);
    }
    while (w->meetings == meeting) pthread_cond_wait(&w->all_met, &w->mutex);
    pthread_mutex_unlock(&w->mutex);
    pthread_mutex_lock(&w->computing);
    mpi_since = mpi_processor_time();
}

// Counts what each rank sends to others, and receives.
static void mpi_count(const double *out, const double *in)
{
    double busiest = 0.0;
    for (int i = 0; i < mpi_world.ranks; i++) {
        const double most = out[i] > in[i] ? out[i] : in[i];
        if (most > busiest) busiest = most;
        mpi_world.cost.received += in[i];
    }
    mpi_world.cost.busiest += busiest;
}

static void mpi_copy_all_to_all(size_t bytes)
{
    const struct mpi_world *w = &mpi_world;
    double out[MPI_MOST_RANKS] = {0.0}, in[MPI_MOST_RANKS] = {0.0};
    for (int from = 0; from < w->ranks; from++)
        for (int to = 0; to < w->ranks; to++) {
            const mpi_rank *a = &w->rank[from], *b = &w->rank[to];
            const size_t n = (a->count ? (size_t)a->count[to] : 1) * bytes,
                         at = (a->count ? (size_t)a->at[to] : (size_t)to) * bytes,
                         to_at = (b->count ? (size_t)b->receive_at[from] : (size_t)from) * bytes;
            if (n) memcpy((char *)b->receive + to_at, (const char *)a->send + at, n);
            if (from == to) continue;
            out[from] += (double)n;
            in[to] += (double)n;
        }
    mpi_count(out, in);
}

// Passed on from neighbour to neighbour in a ring, as MPI does with much: each rank sends on what it
// receives.
static void mpi_copy_gather(size_t bytes)
{
    const struct mpi_world *w = &mpi_world;
    double in[MPI_MOST_RANKS] = {0.0};
    for (int from = 0; from < w->ranks; from++)
        for (int to = 0; to < w->ranks; to++) {
            const mpi_rank *a = &w->rank[from], *b = &w->rank[to];
            const size_t n = (a->count ? (size_t)*a->count : 1) * bytes,
                         to_at = (b->count ? (size_t)b->receive_at[from] : (size_t)from) * bytes;
            if (n) memcpy((char *)b->receive + to_at, a->send, n);
            if (from != to) in[to] += (double)n;
        }
    mpi_count(in, in);
}

static void mpi_copy_max(size_t bytes)
{
    uint64_t most = 0;
    (void)bytes;
    for (int i = 0; i < mpi_world.ranks; i++)
        if (*(const uint64_t *)mpi_world.rank[i].send > most)
            most = *(const uint64_t *)mpi_world.rank[i].send;
    for (int i = 0; i < mpi_world.ranks; i++) *(uint64_t *)mpi_world.rank[i].receive = most;
}

static void mpi_copy_sum(size_t bytes)
{
    uint64_t sum = 0;
    (void)bytes;
    for (int i = 0; i < mpi_world.ranks; i++) sum += *(const uint64_t *)mpi_world.rank[i].send;
    for (int i = 0; i < mpi_world.ranks; i++) *(uint64_t *)mpi_world.rank[i].receive = sum;
}

static void MPI_Init(int *argc, char ***argv) { (void)argc, (void)argv; }
static void MPI_Finalize(void) {}
static void MPI_Comm_rank(MPI_Comm c, int *rank) { (void)c, *rank = mpi_me; }
static void MPI_Comm_size(MPI_Comm c, int *ranks) { (void)c, *ranks = mpi_world.ranks; }
static void MPI_Abort(MPI_Comm c, int status) { (void)c, exit(status); }
static void MPI_Type_commit(MPI_Datatype *type) { (void)type; }
static void MPI_Type_free(MPI_Datatype *type) { (void)type; }
static void MPI_Type_contiguous(int n, MPI_Datatype old, MPI_Datatype *type) { *type = (size_t)n * old; }

// The first call of rank 0 begins what is measured.
static double MPI_Wtime(void)
{
    if (!mpi_me && !mpi_world.begun.meetings) {
        mpi_world.begun = mpi_world.cost;
        mpi_since = mpi_processor_time();
    }
    return mpi_world.cost.computing;
}

// Of one uint64_t.
static void MPI_Allreduce(const void *send, void *receive, int n, MPI_Datatype type, MPI_Op op, MPI_Comm c)
{
    const mpi_rank mine = {send, receive, NULL, NULL, NULL, 0.0};
    (void)n, (void)c;
    mpi_meet(&mine, op == MPI_MAX ? mpi_copy_max : mpi_copy_sum, type);
}

// Of one element for each rank.
static void MPI_Alltoall(const void *send, int n, MPI_Datatype type, void *receive, int m, MPI_Datatype same,
                         MPI_Comm c)
{
    const mpi_rank mine = {send, receive, NULL, NULL, NULL, 0.0};
    (void)n, (void)m, (void)same, (void)c;
    mpi_meet(&mine, mpi_copy_all_to_all, type);
}

static void MPI_Alltoallv(const void *send, const int *count, const int *at, MPI_Datatype type, void *receive,
                          const int *counts, const int *receive_at, MPI_Datatype same, MPI_Comm c)
{
    const mpi_rank mine = {send, receive, count, at, receive_at, 0.0};
    (void)counts, (void)same, (void)c;
    mpi_meet(&mine, mpi_copy_all_to_all, type);
}

static void MPI_Allgather(const void *send, int n, MPI_Datatype type, void *receive, int m, MPI_Datatype same,
                          MPI_Comm c)
{
    const mpi_rank mine = {send, receive, NULL, NULL, NULL, 0.0};
    (void)n, (void)m, (void)same, (void)c;
    mpi_meet(&mine, mpi_copy_gather, type);
}

static void MPI_Allgatherv(const void *send, int n, MPI_Datatype type, void *receive, const int *counts,
                           const int *receive_at, MPI_Datatype same, MPI_Comm c)
{
    const mpi_rank mine = {send, receive, &n, NULL, receive_at, 0.0};
    (void)counts, (void)same, (void)c;
    mpi_meet(&mine, mpi_copy_gather, type);
}

// Runs `ranks` ranks of a program and returns what they have cost between the first call of MPI_Wtime and the
// end.
typedef struct mpi_start {
    int rank, argc, status;
    char **argv;
    int (*program)(int argc, char **argv);
} mpi_start;

static void *mpi_run_rank(void *start)
{
    mpi_start *s = (mpi_start *)start;
    mpi_me = s->rank;
    pthread_mutex_lock(&mpi_world.computing);
    mpi_since = mpi_processor_time();
    s->status = s->program(s->argc, s->argv);
    pthread_mutex_unlock(&mpi_world.computing);
    return NULL;
}

// Returns the status of the first rank that failed, or -1 if a thread could not start.
static int mpi_run(int ranks, int argc, char **argv, int (*program)(int argc, char **argv), mpi_cost *cost)
{
    static pthread_t thread[MPI_MOST_RANKS];
    static mpi_start start[MPI_MOST_RANKS];
    struct mpi_world *w = &mpi_world;
    int status = 0;
    memset(w, 0, sizeof *w);
    w->ranks = ranks;
    pthread_mutex_init(&w->mutex, NULL);
    pthread_mutex_init(&w->computing, NULL);
    pthread_cond_init(&w->all_met, NULL);
    for (int i = 0; i < ranks; i++) {
        const mpi_start s = {i, argc, 0, argv, program};
        start[i] = s;
        if (pthread_create(&thread[i], NULL, mpi_run_rank, &start[i])) return -1;  // the others wait for ever
    }
    for (int i = 0; i < ranks; i++) {
        pthread_join(thread[i], NULL);
        if (!status) status = start[i].status;
    }
    cost->computing = w->cost.computing - w->begun.computing;
    cost->busiest = w->cost.busiest - w->begun.busiest;
    cost->received = w->cost.received - w->begun.received;
    cost->meetings = w->cost.meetings - w->begun.meetings;
    return status;
}

#endif
