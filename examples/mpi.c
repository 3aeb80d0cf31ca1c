// SPDX-License-Identifier: MIT-0
//
// mpi.c - trains on several machines (make mpi; mpirun -n 4 build/mpi corpus.txt vectors.bin)
//
// Every rank counts the whole text and trains on its part of it. After every round (a block of text for each
// rank, or what its lanes train beside each other) the ranks merge rows as w2v.h merges those of its lanes,
// in the order of the ranks: a row becomes copy + rest (row - base), where base is what all began with, and
// rest = 1 / (1 + PULL alpha pairs) is what the copy's own training would have left of the changes before it.
// A row is merged as soon as it would move too far in another round: when the pairs that all ranks are
// expected to have trained it on, times the learning rate, would be more than MOVE. Every rank merges a share
// of the rows: it gets the copies of those that have changed, and sends what they become to all. The vectors
// depend on the ranks and lanes only, not on threads or machines.
//
// make bench-ranks counts what that sends, and scores the vectors of 2 to 64 ranks. (On 20 MB of text, five
// epochs, four ranks have 10.3 % of analogies and 43.9 of MEN, one rank 11.1 and 46.3. MOVE = 10 sends half as
// much, and has 8.6 and 40.3. PULL = 0.05 is as good as 0.2 with four ranks, but with blocks of 16 KiB sixteen
// ranks diverge.)

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
#include <sys/stat.h>

// Words that a lane trains in a round, about: a block of W2V_BLOCK_BYTES.
enum { ROUND = 11000 };
// For ranks; the lanes of w2v.h meet more often, and have others.
#define PULL 0.2
#define MOVE 3.0

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

// A list of rows to send: each is its number and its dim floats.
typedef struct list {
    float *record;
    size_t n, room;
} list;

// The rows of the words of the common vocabulary: row i is that of the input vector of word i, and row words
// + i that of its output vector. Row r is merged by rank r % ranks.
typedef struct shared {
    const w2v_model *m;
    int rank, ranks;
    size_t words, rows, dim;
    uint32_t *id;           // (words) in the model of this rank
    double *pairs;          // (rows) that a row is trained on for a word of the text, as expected
    uint32_t *last, *next;  // (rows) rounds after which it was merged, and is to be
    uint32_t *due;          // (rows) those whose time it is, by the ranks that merge them
    float *base;            // (rows, dim) as merged last
    size_t *first;  // (rows / ranks + 1) 1 + where the list of the merged has a row of this rank; 0: nowhere
    list mine, merged;
    int *count, *at;  // (4 ranks) of the lists: what is sent and received, beginning with what
    MPI_Datatype record;
    uint64_t bytes;  // received by this rank
} shared;

static void *allocate(size_t n, size_t size)
{
    void *p = calloc(n, size);
    if (!p) die("out of memory");
    return p;
}

static void make_room(list *l, size_t n, size_t floats)
{
    if (n <= l->room) return;
    l->room = n + n / 2;
    l->record = (float *)realloc(l->record, l->room * floats * sizeof(float));
    if (!l->record) die("out of memory");
}

static float *row_of(const shared *s, size_t row)
{
    return row < s->words ? s->m->input + s->id[row] * s->m->stride
                          : s->m->output + s->id[row - s->words] * s->m->stride;
}

static size_t number_of(const float *record)
{
    uint32_t row;
    memcpy(&row, record, sizeof row);
    return row;
}

static void add_record(list *l, size_t row, const float *values, size_t d)
{
    const uint32_t number = (uint32_t)row;
    make_room(l, l->n + 1, d + 1);
    float *record = l->record + l->n++ * (d + 1);
    memcpy(record, &number, sizeof number);
    memcpy(record + 1, values, d * sizeof(float));
}

// How many records come from each rank, and where they begin; returns their sum.
static size_t add_up(const int *count, int *at, int ranks)
{
    size_t n = 0;
    for (int i = 0; i < ranks; i++) {
        at[i] = (int)n;
        n += (size_t)count[i];
    }
    return n;
}

// Merges the copies of all ranks, which stand in their order: the first record of a row becomes the merged
// one, and all of these are moved to the beginning. `moved`: learning rate x words of a rank in a round.
static void merge(shared *s, size_t n, uint32_t round, double moved)
{
    const size_t d = s->dim, floats = d + 1;
    s->merged.n = 0;
    for (size_t i = 0; i < n; i++) {
        const float *copy = s->merged.record + i * floats;
        const size_t row = number_of(copy);
        size_t *first = &s->first[row / (size_t)s->ranks];
        if (!*first) {
            memmove(s->merged.record + s->merged.n * floats, copy, floats * sizeof(float));
            *first = ++s->merged.n;
            continue;
        }
        const float *base = s->base + row * d;
        float *to = s->merged.record + (*first - 1) * floats;
        const float rest =
            (float)(1.0 / (1.0 + PULL * moved * s->pairs[row] * (double)(round - s->last[row])));
        for (size_t j = 0; j < d; j++) to[1 + j] = copy[1 + j] + rest * (to[1 + j] - base[j]);
    }
    for (size_t i = 0; i < s->merged.n; i++)
        s->first[number_of(s->merged.record + i * floats) / (size_t)s->ranks] = 0;
}

// Lists the rows whose time it is: all those that have to be merged until then. Returns how many they are.
static size_t list_due(shared *s, uint32_t until)
{
    const size_t R = (size_t)s->ranks;
    memset(s->count, 0, R * sizeof *s->count);
    for (size_t row = 0; row < s->rows; row++)
        if (s->next[row] <= until) s->count[row % R]++;
    const size_t n = add_up(s->count, s->at, s->ranks);
    for (size_t row = 0; row < s->rows; row++)
        if (s->next[row] <= until) s->due[s->at[row % R]++] = (uint32_t)row;
    return n;
}

// Every rank sends the rows that it has changed and whose time it is to the ranks that merge them, and gets
// the rows that these have merged. In the last round all rows are merged.
static void meet(shared *s, uint32_t round, int is_last, double moved)
{
    const int R = s->ranks;
    const size_t d = s->dim, due = list_due(s, is_last ? UINT32_MAX : round);
    int *const sent = s->count, *const got = s->count + R, *const sent_at = s->at, *const got_at = s->at + R;
    s->mine.n = 0;
    memset(sent, 0, (size_t)R * sizeof *sent);
    for (size_t i = 0; i < due; i++) {
        const size_t row = s->due[i];
        if (!memcmp(row_of(s, row), s->base + row * d, d * sizeof(float))) continue;
        add_record(&s->mine, row, row_of(s, row), d);
        sent[row % (size_t)R]++;
    }
    MPI_Alltoall(sent, 1, MPI_INT, got, 1, MPI_INT, MPI_COMM_WORLD);
    add_up(sent, sent_at, R);
    size_t n = add_up(got, got_at, R);
    make_room(&s->merged, n, d + 1);
    MPI_Alltoallv(s->mine.record, sent, sent_at, s->record, s->merged.record, got, got_at, s->record,
                  MPI_COMM_WORLD);
    s->bytes += (n - (size_t)got[s->rank]) * (d + 1) * sizeof(float);
    merge(s, n, round, moved);
    const int mine = (int)s->merged.n;
    MPI_Allgather(&mine, 1, MPI_INT, got, 1, MPI_INT, MPI_COMM_WORLD);
    n = add_up(got, got_at, R);
    make_room(&s->mine, n, d + 1);
    MPI_Allgatherv(s->merged.record, mine, s->record, s->mine.record, got, got_at, s->record, MPI_COMM_WORLD);
    s->bytes += (n - (size_t)mine) * (d + 1) * sizeof(float);
    for (size_t i = 0; i < n; i++) {
        const float *record = s->mine.record + i * (d + 1);
        const size_t row = number_of(record);
        memcpy(row_of(s, row), record + 1, d * sizeof(float));
        memcpy(s->base + row * d, record + 1, d * sizeof(float));
    }
    for (size_t i = 0; i < due; i++) {
        const double rounds = MOVE / (moved * R * s->pairs[s->due[i]] + 1e-30);
        s->last[s->due[i]] = round;
        s->next[s->due[i]] = round + (rounds < 1.0 ? 1 : rounds > 1e9 ? 1000000000 : (uint32_t)rounds);
    }
}

// How many pairs the rows of each word are trained on for a word of the text: the input row meets its centre
// and K negatives for every window that it lies in, W + 1 on average; the output row all words of its own
// window, and those of every window that draws it.
static void expect_pairs(shared *s, const w2v_vocab *vocab, const w2v_config *cfg)
{
    const double window = (double)(cfg->window + 1), K = (double)cfg->negative;
    double total = 0.0, noise = 0.0, all_kept = 0.0;
    for (uint32_t i = 0; i < s->words; i++) {
        total += (double)w2v_vocab_count(vocab, i);
        noise += pow((double)w2v_vocab_count(vocab, i), cfg->ns_exponent);
    }
    for (uint32_t i = 0; i < s->words; i++) {
        const double count = (double)w2v_vocab_count(vocab, i), r = cfg->sample * total / count,
                     p = sqrt(r) + r;
        const double kept = (r > 0.0 && p < 1.0 ? p : 1.0) * count / total;
        s->pairs[i] = kept * window * (1.0 + K);
        s->pairs[s->words + i] = kept;
        all_kept += kept;
    }
    for (uint32_t i = 0; i < s->words; i++) {
        const double drawn = K * all_kept * pow((double)w2v_vocab_count(vocab, i), cfg->ns_exponent) / noise;
        s->pairs[s->words + i] = window * (s->pairs[s->words + i] + drawn);
    }
}

static shared share_rows(const w2v_model *m, const w2v_vocab *vocab, const w2v_config *cfg, int rank,
                         int ranks)
{
    shared s;
    memset(&s, 0, sizeof s);
    s.m = m;
    s.rank = rank;
    s.ranks = ranks;
    s.words = w2v_vocab_size(vocab);
    s.rows = 2 * s.words;
    s.dim = m->dim;
    s.id = (uint32_t *)allocate(s.words, sizeof *s.id);
    s.pairs = (double *)allocate(s.rows, sizeof *s.pairs);
    s.last = (uint32_t *)allocate(3 * s.rows, sizeof *s.last);
    s.next = s.last + s.rows;
    s.due = s.next + s.rows;
    s.base = (float *)allocate(s.rows * s.dim, sizeof *s.base);
    s.first = (size_t *)allocate(s.rows / (size_t)ranks + 1, sizeof *s.first);
    s.count = (int *)allocate(4 * (size_t)ranks, sizeof *s.count);
    s.at = s.count + 2 * ranks;
    MPI_Type_contiguous((int)s.dim + 1, MPI_FLOAT, &s.record);
    MPI_Type_commit(&s.record);
    for (uint32_t i = 0; i < s.words; i++) s.id[i] = w2v_vocab_find(m->vocab, w2v_vocab_word(vocab, i));
    expect_pairs(&s, vocab, cfg);
    // The words of all ranks begin alike, whatever their numbers are.
    for (size_t row = 0; row < s.rows; row++) {
        w2v_random r = w2v_random_stream(cfg->seed, row);
        for (size_t j = 0; j < s.dim && row < s.words; j++)
            s.base[row * s.dim + j] = (w2v_random_float(&r) - 0.5f) / (float)s.dim;
        memcpy(row_of(&s, row), s.base + row * s.dim, s.dim * sizeof(float));
    }
    return s;
}

static void forget_rows(shared *s)
{
    MPI_Type_free(&s->record);
    free(s->id);
    free(s->pairs);
    free(s->last);
    free(s->base);
    free(s->first);
    free(s->count);
    free(s->mine.record);
    free(s->merged.record);
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
    w2v_status status = w2v_model_new(&m, word, count, s->words, s->dim, s->base, NULL, err);
    free(word);
    free(count);
    if (status != W2V_OK) return status;
    status = w2v_model_save(m, path, W2V_FORMAT_BINARY, err);
    w2v_model_free(m);
    return status;
}

// Trains rounds of all ranks, so that all are done at the same time, whatever their parts are.
static void train(w2v_trainer *t, shared *s, const w2v_config *cfg)
{
    w2v_error err;
    w2v_train_report report;
    w2v_trainer_report(t, &report);
    const uint64_t round_words = ROUND * cfg->lanes;
    uint64_t most = 0, sum = 0;
    MPI_Allreduce(&report.total, &most, 1, MPI_UINT64_T, MPI_MAX, MPI_COMM_WORLD);
    MPI_Allreduce(&report.total, &sum, 1, MPI_UINT64_T, MPI_SUM, MPI_COMM_WORLD);
    const uint32_t rounds = (uint32_t)(most / round_words) + 1;
    const double start = MPI_Wtime(), words = (double)sum / s->ranks / (double)rounds;
    for (uint32_t round = 1; round <= rounds; round++) {
        const uint64_t goal = report.total * round / rounds;
        if (goal > report.done && w2v_trainer_run(t, goal - report.done, &err) != W2V_OK)
            die("rank %d: %s", s->rank, err.message);
        w2v_trainer_report(t, &report);
        const double alpha = (double)cfg->learning_rate * (1.0 - (double)(round - 1) / (double)rounds);
        if (s->ranks > 1 || round == rounds) meet(s, round, round == rounds, alpha * words);
    }
    const double seconds = MPI_Wtime() - start;
    if (!s->rank)
        fprintf(stderr, "%d ranks, %.2f s, %.2f M words/s, %.1f bytes received for a word of a rank\n",
                s->ranks, seconds, (double)sum / seconds / 1e6, (double)s->bytes / (double)report.total);
}

static int is_same(const char *a, const char *b)
{
    struct stat x, y;
    return !stat(a, &x) && !stat(b, &y) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

int main(int argc, char **argv)
{
    int rank, ranks;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    static const char *const setting[] = {"epochs", "lanes", "threads"};
    w2v_config cfg = w2v_config_default();
    cfg.lanes = cfg.threads = 1;
    w2v_error err;
    err.message[0] = 0;
    w2v_status status = argc < 3 || argc > 6 ? W2V_ERROR_ARGUMENT : W2V_OK;
    for (int i = 3; i < argc && status == W2V_OK; i++)
        status = w2v_config_set(&cfg, setting[i - 3], argv[i], &err);
    if (status != W2V_OK) {
        if (!rank && err.message[0]) fprintf(stderr, "mpi: %s\n", err.message);
        if (!rank)
            fprintf(stderr, "usage: mpirun -n RANKS mpi CORPUS OUTPUT [EPOCHS [LANES [THREADS]]]\n"
                            "writes binary vectors; LANES and THREADS are those of a rank (1 and 1)\n");
        MPI_Finalize();
        return 2;
    }
    uint64_t same = (uint64_t)is_same(argv[1], argv[2]), any;
    MPI_Allreduce(&same, &any, 1, MPI_UINT64_T, MPI_MAX, MPI_COMM_WORLD);
    if (any) {
        if (!rank) fprintf(stderr, "mpi: OUTPUT would replace CORPUS\n");
        MPI_Finalize();
        return 2;
    }
    w2v_vocab *vocab;
    w2v_trainer *t;
    const w2v_source all = w2v_source_file(argv[1]);
    if (!rank && w2v_check_writable(argv[2], &err) != W2V_OK) die("%s", err.message);
    if (w2v_vocab_build(&vocab, &all, 1, &cfg, &err) != W2V_OK) die("%s", err.message);
    part p = open_part(argv[1], rank, ranks);
    w2v_source mine = w2v_source_reader(read_part, &p);
    mine.name = argv[1];
    if (w2v_trainer_new(&t, &mine, 1, &cfg, vocab, NULL, &err) != W2V_OK)
        die("rank %d: %s", rank, err.message);
    fclose(p.file);
    shared s = share_rows(w2v_trainer_model(t), vocab, &cfg, rank, ranks);
    train(t, &s, &cfg);
    if (!rank && save(&s, vocab, argv[2], &err) != W2V_OK) die("%s", err.message);
    forget_rows(&s);
    w2v_trainer_free(t);
    w2v_vocab_free(vocab);
    MPI_Finalize();
    return 0;
}
