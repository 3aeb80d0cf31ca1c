// SPDX-License-Identifier: MIT-0
//
// stages.h - where the time of one lane goes. After train.h, in one file of a program.
//
// Method. A step of 36 pairs takes some 150 ns, so clocks around its parts would measure themselves.
// Instead every kernel of the lane is wrapped in a function that notes in a variable which stage is at work
// (two stores a call), and a signal, a thousand times a second, counts what the variable says. A stage has
// the share of the samples that found it at work, and that share of the processor time of training. The
// standard error of a share p of n samples is sqrt(p (1 - p) / n). Training is 2 % slower by the wrapping
// and 4 % by the signals, each of which costs some 40 microseconds on a virtual machine: with ten times as
// many it is 1.5 times as slow.

#ifndef STAGES_H
#define STAGES_H

#if !defined(_WIN32) && (defined(W2V__SIMD_WITH_AVX2) || defined(W2V__SIMD_WITH_AVX512))
#define STAGES_CAN_BE_TOLD  // there are signals, and a lane calls its kernels through a table
#include <sys/time.h>
#endif

typedef enum stage {
    STAGE_SCORES,
    STAGE_UPDATE,
    STAGE_COEFFICIENTS,
    STAGE_GRADIENTS,
    STAGE_BUILDER,
    STAGE_TOKENS,
    STAGES
} stage;

// A run in a process of its own.
typedef struct staged {
    const char *path;
    size_t dim;
    double samples[STAGES], all;
    double seconds, windows;  // processor time of training
} staged;

#ifdef STAGES_CAN_BE_TOLD
static volatile sig_atomic_t stage_at_work;
static volatile unsigned long stage_samples[STAGES];
static const w2v__kernels *stage_kernels;  // those of the trainer

static void take_sample(int number)
{
    (void)number;
    stage_samples[stage_at_work]++;
}

// What is not a kernel is the builder's, or the tokens'.
static void staged_scores(float *const *x, size_t nx, float *const *y, size_t ny, size_t n, float *s)
{
    stage_at_work = STAGE_SCORES;
    stage_kernels->scores(x, nx, y, ny, n, s);
    stage_at_work = STAGE_BUILDER;
}

static void staged_update(float *const *x, float *const *change, size_t nx, float *const *y, size_t ny,
                          size_t n, const float *g, float *old, const w2v__v_prefetch_list *prefetch)
{
    stage_at_work = STAGE_UPDATE;
    stage_kernels->update(x, change, nx, y, ny, n, g, old, prefetch);
    stage_at_work = STAGE_BUILDER;
}

static void staged_count_windows(w2v__k_windows *w)
{
    stage_at_work = STAGE_COEFFICIENTS;
    stage_kernels->count_windows(w);
    stage_at_work = STAGE_BUILDER;
}

static void staged_coefficients(const w2v__k_windows *w, const float *negative_weight, float alpha,
                                const uint32_t *input_at, size_t inputs, size_t outputs, float *coef)
{
    stage_at_work = STAGE_COEFFICIENTS;
    stage_kernels->coefficients(w, negative_weight, alpha, input_at, inputs, outputs, coef);
    stage_at_work = STAGE_BUILDER;
}

static int staged_gradients(const float *c, float *s, size_t n)
{
    stage_at_work = STAGE_GRADIENTS;
    const int finite = stage_kernels->gradients(c, s, n);
    stage_at_work = STAGE_BUILDER;
    return finite;
}

// What w2v__lanes_work does with one lane.
static w2v_status train_by_stages(w2v_trainer *t, w2v_error *err)
{
    w2v__step_lane *const lane = &t->lanes[0];
    w2v__trainer_begin_run(t, UINT64_MAX);
    w2v__schedule_stages_init(&t->stages, 1, W2V__LANES_CHUNK, 1);
    w2v__lanes_begin_blocks(t);
    for (size_t at = W2V__LANES_CHUNK; at != W2V__LANES_END; at = w2v__lanes_next_stage(t, at)) {
        if (at == W2V__LANES_CHUNK) {
            stage_at_work = STAGE_TOKENS;
            w2v__lanes_begin_chunk(lane);
        }
        stage_at_work = STAGE_BUILDER;
        if (at == W2V__LANES_TRAIN) w2v__lanes_train(lane);
    }
    w2v__schedule_stages_free(&t->stages);
    return w2v__trainer_finish_run(t, err);
}

static void sample_stages(void *p)
{
    enum { MICROSECONDS = 1009, EPOCHS = 4 };  // no multiple of what the machine does at regular times
    staged *r = (staged *)p;
    w2v_config cfg = base_config();
    const w2v_source source = w2v_source_file(r->path);
    w2v_trainer *t;
    w2v_error err;
    cfg.dim = r->dim;
    cfg.epochs = EPOCHS;
    cfg.lanes = cfg.threads = 1;
    if (w2v_trainer_new(&t, &source, 1, &cfg, NULL, NULL, &err) != W2V_OK)
        bench_die(1, "speed", "%s", err.message);
    stage_kernels = t->lanes[0].kernels;
    w2v__kernels wrapped = *stage_kernels;
    wrapped.scores = staged_scores;
    wrapped.update = staged_update;
    wrapped.count_windows = staged_count_windows;
    wrapped.coefficients = staged_coefficients;
    wrapped.gradients = staged_gradients;
    t->lanes[0].kernels = &wrapped;
    struct itimerval timer = {{0, MICROSECONDS}, {0, MICROSECONDS}};
    signal(SIGALRM, take_sample);
    setitimer(ITIMER_REAL, &timer, NULL);
    const clock_t begun = clock();
    if (train_by_stages(t, &err) != W2V_OK) bench_die(1, "speed", "%s", err.message);
    r->seconds = (double)(clock() - begun) / CLOCKS_PER_SEC;
    memset(&timer, 0, sizeof timer);
    setitimer(ITIMER_REAL, &timer, NULL);
    r->windows = (double)t->report.trained;
    for (size_t i = 0; i < STAGES; i++) r->samples[i] = (double)stage_samples[i];
    for (size_t i = 0; i < STAGES; i++) r->all += r->samples[i];
    w2v_trainer_free(t);
}
#endif

static void print_stages(session *s)
{
    enum { SIZES = 2 };
    static const char *const names[STAGES] = {"scores",    "update",  "coefficients",
                                              "gradients", "builder", "tokens"};
    static const bench_column columns[] = {
        {"stage", "", -13, 0,
         "of one lane with default sampling; coefficients: also in how many windows a word lies; builder: "
         "windows, "
         "rows of a step, negatives; tokens: subsampling, numbers of words and their rows, the pool. By "
         "samples, "
         "a thousand a second; '-' where the kernels are not called through a table"},
        {"d = 100", "%", 8, 1, "of the processor time of training"},
        {"window", "ns", 8, 1, "that share of the processor time of a window"},
        {"d = 300", "%", 8, 1, ""},
        {"its window", "ns", 10, 1, ""},
        {"samples", "", 9, 0, "of both"},
    };
    staged sum[SIZES];
    memset(sum, 0, sizeof sum);
    copy_words(s->corpus, slice_file, SIZES_WORDS);
#ifdef STAGES_CAN_BE_TOLD
    static const size_t sizes[SIZES] = {100, 300};
    for (size_t round = 0; round < s->rounds; round++)
        for (size_t i = 0; i < SIZES; i++) {
            staged r;
            memset(&r, 0, sizeof r);
            r.path = slice_file;
            r.dim = sizes[i];
            in_child(sample_stages, &r, sizeof r);
            for (size_t k = 0; k < STAGES; k++) sum[i].samples[k] += r.samples[k];
            sum[i].all += r.all;
            sum[i].seconds += r.seconds;
            sum[i].windows += r.windows;
        }
#endif
    bench_table t = bench_begin("stages", columns, sizeof columns / sizeof *columns);
    for (size_t k = 0; k < STAGES; k++) {
        double samples = 0.0;
        bench_string(&t, names[k]);
        for (size_t i = 0; i < SIZES; i++) {
            const double share = sum[i].all > 0.0 ? sum[i].samples[k] / sum[i].all : (double)NAN;
            bench_number(&t, 100.0 * share);
            bench_number(&t, 1e9 * share * sum[i].seconds / sum[i].windows);
            samples += sum[i].samples[k];
        }
        bench_number(&t, samples);
    }
    bench_end(&t);
}

#endif
