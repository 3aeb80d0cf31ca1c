// SPDX-License-Identifier: MIT-0
//
// train.c - how fast training is
//
//   build/bench/train [CORPUS]       without one: a million words drawn by Zipf's law

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include "bench.h"

enum { ROUNDS = 5, MAX_THREADS = 64, WORDS = 1000000, VOCABULARY = 50000 };

// Words w0, w1 ... with probability ~ 1 / (rank + 1): the cost of training depends on how often words occur, not on
// what they mean.
static char *zipf_text(size_t *bytes)
{
    double *weight = (double *)malloc(VOCABULARY * sizeof *weight);
    char *text = (char *)malloc((size_t)WORDS * 8);
    w2v_alias table;
    w2v_random r = w2v_random_stream(1, 0);
    *bytes = 0;
    if (!weight || !text) exit(1);
    for (int i = 0; i < VOCABULARY; i++) weight[i] = 1.0 / (i + 1.0);
    if (w2v_alias_init(&table, weight, VOCABULARY, NULL) != W2V_OK) exit(1);
    for (int i = 0; i < WORDS; i++) *bytes += (size_t)snprintf(text + *bytes, 8, "w%u ", w2v_alias_draw(&table, &r));
    w2v_alias_free(&table);
    free(weight);
    return text;
}

static int keep_last(const w2v_progress *p, void *user)
{
    *(w2v_progress *)user = *p;
    return 0;
}

// Words a second of one training; `total` are the seconds from the start to the model.
static double words_per_second(const char *path, const char *text, size_t bytes, w2v_config cfg, double *total)
{
    w2v_model *m;
    w2v_error err;
    w2v_progress last;
    cfg.progress_fn = keep_last;
    cfg.progress_user = &last;
    const double start = w2v__seconds();
    if ((path ? w2v_train_file(&m, path, &cfg, &err) : w2v_train_text(&m, text, bytes, &cfg, &err)) != W2V_OK) {
        fprintf(stderr, "train: %s\n", err.message);
        exit(1);
    }
    *total = w2v__seconds() - start;
    w2v_free(m);
    return last.words_per_second;
}

int main(int argc, char **argv)
{
    static const char *const names[] = {"exact", "window", "span"};
    const char *path = argc > 1 ? argv[1] : NULL;
    size_t bytes = 0;
    char *text = path ? NULL : zipf_text(&bytes);
    w2v_config cfg = w2v_config_default();
    const size_t cores = cfg.threads;
    cfg.sample = 1e-4;
    cfg.epochs = 1;
    bench_conditions();
    printf("corpus %s, size %zu, window %zu, negative %zu, sample %g, 1 epoch; medians of %d interleaved runs\n",
           path ? path : "(Zipf, 1 M words)", cfg.dim, cfg.window, cfg.negative, cfg.sample, ROUNDS);
    printf("%-10s %8s %14s %10s %12s\n", "negatives", "threads", "M words/s", "of 1 thr.", "seconds all");
    double rate[3][2][ROUNDS], total[3][2][ROUNDS];
    const size_t threads[2] = {1, cores};
    const int counts = cores > 1 ? 2 : 1;
    for (int r = 0; r < ROUNDS; r++)
        for (int s = 0; s < 3; s++)
            for (int t = 0; t < counts; t++) {
                cfg.sharing = (w2v_sharing)s;
                cfg.threads = threads[t];
                rate[s][t][r] = words_per_second(path, text, bytes, cfg, &total[s][t][r]) / 1e6;
            }
    for (int s = 0; s < 3; s++) {
        const double one = bench_median(rate[s][0], ROUNDS);
        for (int t = 0; t < counts; t++) {
            const double now = bench_median(rate[s][t], ROUNDS);
            printf("%-10s %8zu %14.3f %10.2f %12.2f\n", names[s], threads[t], now, now / one, bench_median(total[s][t], ROUNDS));
        }
    }
    free(text);
    return 0;
}
