// SPDX-License-Identifier: MIT-0
//
// mpi.c - trains on several machines (make mpi; mpirun -n 4 build/mpi corpus.txt vectors.bin)
//
// Every rank counts the whole text, trains on its part of it with its own threads, and meets the others after
// every round. Then the changes of the rows are summed over the ranks: those of frequent words after every
// round, all others after every tenth. A row that every rank has moved often is near its equilibrium in each
// of them, so the mean of the changes is right for it; for one that hardly anybody has moved it is the sum.
// Between the two the weight is (1 - exp(-k R n)) / (1 - exp(-k n)) / R for R ranks with n updates each. (With k =
// 0.01 two and four ranks lose a point of MEN on 100 MB of text, with 0.001 four ranks diverge.)

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Words of all ranks in a round; rounds; words that meet in every round; rows that are sent together. (With
// rounds of 160,000 words two ranks lose two points of analogies and one of MEN, on 100 MB of text, and four
// ranks five and two.)
enum { ROUND = 40000, SELDOM = 10, FREQUENT = 2000, TOGETHER = 16384 };

// What fails ends all ranks; files appear only when they are complete.
#define die(...) (fprintf(stderr, "mpi: " __VA_ARGS__), fputc(10, stderr), MPI_Abort(MPI_COMM_WORLD, 1))

// A part of a file, from the first word that begins in it to the end of the last one.
typedef struct part {
    FILE *file;
    uint64_t left;  // bytes until the part ends; its last word goes on
    int ended;
} part;

static size_t read_part(char *buffer, size_t room, void *user)
{
    part *p = (part *)user;
    if (p->ended) return 0;
    if (p->left > room) {
        const size_t n = fread(buffer, 1, room, p->file);
        p->left -= n;
        return n ? n : ferror(p->file) ? W2V_READ_FAILED : 0;
    }
    size_t n = 0;
    for (int c; n < room && (c = getc(p->file)) != EOF;) {
        buffer[n++] = (char)c;
        if (p->left) p->left--;
        if (!p->left && isspace(c)) {
            p->ended = 1;
            break;
        }
    }
    return ferror(p->file) ? W2V_READ_FAILED : n;
}

static part open_part(const char *path, int rank, int ranks)
{
    part p = {fopen(path, "rb"), 0, 0};
    if (!p.file || fseek(p.file, 0, SEEK_END)) die("cannot read '%s'", path);
    const uint64_t bytes = (uint64_t)ftell(p.file), begin = bytes * (uint64_t)rank / (uint64_t)ranks;
    p.left = bytes * (uint64_t)(rank + 1) / (uint64_t)ranks - begin + (rank > 0);
    fseek(p.file, rank ? (long)begin - 1 : 0, SEEK_SET);
    for (int c = 0; rank && p.left && !isspace(c) && c != EOF; p.left--)
        c = getc(p.file);  // belongs to the rank before
    p.ended = !p.left;
    return p;
}

// The rows of the words that all ranks know, in the order of the common vocabulary, as of the last meeting.
typedef struct shared {
    const w2v_model *m;
    size_t words;
    uint32_t *id;            // (words) in the model of this rank
    double *per_word[2];     // (words) updates of a row of each matrix for a word that is trained
    float *synced, *change;  // (words, dim) for each matrix, one after the other
    uint64_t bytes;          // sent by this rank
} shared;

// Sums the changes of the rows of the words first .. last - 1 of one matrix, and weighs them.
static void sum_changes(shared *s, int matrix, size_t first, size_t last, double words, int ranks)
{
    const double k = 0.003;
    const size_t d = s->m->dim;
    float *rows = matrix ? s->m->output : s->m->input, *synced = s->synced + (size_t)matrix * s->words * d;
    for (size_t i = first; i < last; i++)
        for (size_t j = 0; j < d; j++)
            s->change[(i - first) * d + j] = rows[s->id[i] * s->m->stride + j] - synced[i * d + j];
    MPI_Allreduce(MPI_IN_PLACE, s->change, (int)((last - first) * d), MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);
    s->bytes +=
        2 * (last - first) * d * sizeof(float) * (uint64_t)(ranks - 1) / (uint64_t)ranks;  // of a ring
    for (size_t i = first; i < last; i++) {
        const double n = s->per_word[matrix][i] * words;
        const double w = n > 1e-9 ? (1.0 - exp(-k * n * ranks)) / (1.0 - exp(-k * n)) / ranks : 1.0;
        for (size_t j = 0; j < d; j++) {
            synced[i * d + j] += (float)w * s->change[(i - first) * d + j];
            rows[s->id[i] * s->m->stride + j] = synced[i * d + j];
        }
    }
}

// The ranks meet for the words first .. last - 1. Each has trained so many words since they last did; some more, some
// less, but the weights must be alike.
static void meet(shared *s, size_t first, size_t last, uint64_t words, int ranks)
{
    uint64_t all = 0;
    MPI_Allreduce(&words, &all, 1, MPI_UINT64_T, MPI_SUM, MPI_COMM_WORLD);
    for (int matrix = 0; matrix < 2; matrix++)
        for (size_t i = first; i < last; i += TOGETHER)
            sum_changes(s, matrix, i, last - i < TOGETHER ? last : i + TOGETHER, (double)all / ranks, ranks);
}

// How often the rows of each word are updated for a word of the text, if subsampling keeps as many as in one process.
// Its input row is when it lies in a window; its output row when it is a centre, and as one of about two negatives that
// a window draws.
static void count_updates(shared *s, const w2v_vocab *vocab, const w2v_config *cfg)
{
    double total = 0.0, noise = 0.0, all_kept = 0.0;
    for (uint32_t i = 0; i < s->words; i++) {
        total += (double)w2v_vocab_count(vocab, i);
        noise += pow((double)w2v_vocab_count(vocab, i), cfg->ns_exponent);
    }
    for (uint32_t i = 0; i < s->words; i++) {
        const double count = (double)w2v_vocab_count(vocab, i), r = cfg->sample * total / count,
                     p = sqrt(r) + r;
        const double kept = (r > 0.0 && p < 1.0 ? p : 1.0) * count / total;
        s->per_word[0][i] = kept * (double)(cfg->window + 1);
        s->per_word[1][i] = kept;
        all_kept += kept;
    }
    for (uint32_t i = 0; i < s->words; i++)
        s->per_word[1][i] +=
            2.0 * all_kept * pow((double)w2v_vocab_count(vocab, i), cfg->ns_exponent) / noise;
}

static shared share_rows(const w2v_model *m, const w2v_vocab *vocab, const w2v_config *cfg)
{
    shared s;
    memset(&s, 0, sizeof s);
    s.m = m;
    s.words = w2v_vocab_size(vocab);
    s.id = (uint32_t *)malloc(s.words * sizeof *s.id);
    s.per_word[0] = (double *)malloc(2 * s.words * sizeof(double));
    s.per_word[1] = s.per_word[0] + s.words;
    s.synced = (float *)malloc(2 * s.words * m->dim * sizeof(float));
    s.change = (float *)malloc(TOGETHER * m->dim * sizeof(float));
    if (!s.id || !s.per_word[0] || !s.synced || !s.change) die("out of memory");
    for (uint32_t i = 0; i < s.words; i++) s.id[i] = w2v_vocab_find(m->vocab, w2v_vocab_word(vocab, i));
    count_updates(&s, vocab, cfg);
    // The words of all ranks begin alike, whatever their numbers are.
    for (int matrix = 0; matrix < 2; matrix++)
        for (size_t i = 0; i < s.words; i++) {
            float *row = (matrix ? m->output : m->input) + s.id[i] * m->stride;
            w2v_random r = w2v_random_stream(cfg->seed, i);
            for (size_t j = 0; j < m->dim; j++) {
                row[j] = matrix ? 0.0f : (w2v_random_float(&r) - 0.5f) / (float)m->dim;
                s.synced[((size_t)matrix * s.words + i) * m->dim + j] = row[j];
            }
        }
    return s;
}

// The words of all ranks in their common order, and their input vectors: those of the last meeting.
static w2v_status save(const shared *s, const w2v_vocab *vocab, const char *path, w2v_error *err)
{
    w2v_model *m;
    const char **word = (const char **)malloc(s->words * sizeof *word);
    uint64_t *count = (uint64_t *)malloc(s->words * sizeof *count);
    if (!word || !count) die("out of memory");
    for (uint32_t i = 0; i < s->words; i++) {
        word[i] = w2v_vocab_word(vocab, i);
        count[i] = w2v_vocab_count(vocab, i);
    }
    w2v_status status = w2v_model_new(&m, word, count, s->words, s->m->dim, s->synced, NULL, err);
    free(word);
    free(count);
    if (status != W2V_OK) return status;
    status = w2v_model_save(m, path, W2V_FORMAT_BINARY, err);
    w2v_model_free(m);
    return status;
}

int main(int argc, char **argv)
{
    int rank, ranks;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    if (argc < 3 || argc > 5) {
        if (!rank)
            fprintf(
                stderr,
                "usage: mpirun -n RANKS mpi CORPUS OUTPUT [EPOCHS [THREADS]]   (writes binary vectors)\n");
        MPI_Finalize();
        return 2;
    }
    w2v_error err;
    w2v_vocab *vocab;
    w2v_trainer *t;
    w2v_config cfg = w2v_config_default();
    cfg.epochs = argc > 3 ? strtoul(argv[3], NULL, 10) : 5;
    cfg.threads = argc > 4 ? strtoul(argv[4], NULL, 10) : 1;
    const w2v_source all = w2v_source_file(argv[1]);
    if (!rank && w2v_check_writable(argv[2], &err) != W2V_OK) die("%s", err.message);
    if (w2v_vocab_build(&vocab, &all, 1, &cfg, &err) != W2V_OK) die("%s", err.message);
    part p = open_part(argv[1], rank, ranks);
    w2v_source mine = w2v_source_reader(read_part, &p);
    mine.name = argv[1];
    if (w2v_trainer_new(&t, &mine, 1, &cfg, vocab, NULL, &err) != W2V_OK)
        die("rank %d: %s", rank, err.message);
    fclose(p.file);
    shared s = share_rows(w2v_trainer_model(t), vocab, &cfg);
    w2v_train_report report;
    w2v_trainer_report(t, &report);
    const uint64_t total = report.total;
    uint64_t most = 0, begun[2] = {0, 0};  // words at the last meeting: of the frequent ones, of the others
    MPI_Allreduce(&total, &most, 1, MPI_UINT64_T, MPI_MAX, MPI_COMM_WORLD);
    const size_t frequent = s.words < FREQUENT ? s.words : FREQUENT;
    const double start = MPI_Wtime();
    const uint64_t rounds = most * (uint64_t)ranks / ROUND + 1;
    for (uint64_t round = 1; round <= rounds; round++) {
        const uint64_t goal = total * round / rounds, done = report.done;
        if (goal > done && !w2v_trainer_done(t) && w2v_trainer_run(t, goal - done, &err) != W2V_OK)
            die("rank %d: %s", rank, err.message);
        w2v_trainer_report(t, &report);
        const uint64_t now = report.done;
        meet(&s, 0, frequent, now - begun[0], ranks);
        begun[0] = now;
        if (round % SELDOM && round < rounds) continue;
        meet(&s, frequent, s.words, now - begun[1], ranks);
        begun[1] = now;
    }
    const double seconds = MPI_Wtime() - start;
    if (!rank) {
        fprintf(stderr, "%d ranks, %.2f s, %.1f bytes sent a word and rank\n", ranks, seconds,
                (double)s.bytes / (double)total);
        if (save(&s, vocab, argv[2], &err) != W2V_OK) die("%s", err.message);
    }
    w2v_trainer_free(t);
    w2v_vocab_free(vocab);
    free(s.id);
    free(s.per_word[0]);
    free(s.synced);
    free(s.change);
    MPI_Finalize();
    return 0;
}
