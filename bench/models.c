// SPDX-License-Identifier: MIT-0
//
// models.c - the models of the family beside each other: speed, and quality on the five sets of eval.h
//
//   build/bench/models [options] CORPUS EVAL      -help lists the options
//
// Every model is trained with the seeds 1, 2, ... in turn; what is printed are medians of the speed and means of the
// scores with their standard errors. Negative sampling and hierarchical softmax, for skip-gram and CBOW; CBOW also with
// the undivided gradient of the original program. Softmax over all words takes time in proportion to their number: it
// is trained only with -softmax 1, for which -min-count should leave a few thousand words.

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include "bench.h"
#include "eval.h"

enum { MODELS = 9, MOST_SEEDS = 1000 };

static const struct {
    const char *name;
    w2v_architecture architecture;
    w2v_loss_type loss;
    float alpha;
    int undivided;
} models[MODELS] = {{"skip-gram, negative sampling", W2V_SKIPGRAM, W2V_LOSS_NEG_SAMPLING, 0.025f, 0},
                    {"skip-gram, hierarchical", W2V_SKIPGRAM, W2V_LOSS_HIERARCHICAL, 0.025f, 0},
                    {"CBOW, negative sampling", W2V_CBOW, W2V_LOSS_NEG_SAMPLING, 0.15f, 0},
                    {"CBOW, negative, undivided", W2V_CBOW, W2V_LOSS_NEG_SAMPLING, 0.05f, 1},
                    {"CBOW, hierarchical", W2V_CBOW, W2V_LOSS_HIERARCHICAL, 0.15f, 0},
                    {"CBOW, hierarchical, undivided", W2V_CBOW, W2V_LOSS_HIERARCHICAL, 0.05f, 1},
                    {"skip-gram, both", W2V_SKIPGRAM, W2V_LOSS_BOTH, 0.025f, 0},
                    {"skip-gram, softmax", W2V_SKIPGRAM, W2V_LOSS_SOFTMAX, 0.025f, 0},
                    {"CBOW, softmax", W2V_CBOW, W2V_LOSS_SOFTMAX, 0.15f, 0}};

typedef struct options {
    const char *corpus, *only;
    w2v_config cfg;
    eval_options eval;
    size_t seeds;
    int softmax;
} options;

typedef struct result {
    eval_scores on;
    double words_per_second;
} result;

static int is_wanted(const options *o, size_t model)
{
    if (o->only && !strstr(models[model].name, o->only)) return 0;
    return o->softmax == (models[model].loss == W2V_LOSS_SOFTMAX);
}

static result train_and_score(const options *o, size_t model, size_t seed)
{
    w2v_config cfg = o->cfg;
    w2v_progress last;
    w2v_error err;
    w2v_model *m;
    result r;
    cfg.seed = seed;
    cfg.progress_fn = bench_keep_last;
    cfg.progress_user = &last;
    cfg.architecture = models[model].architecture;
    cfg.loss_type = models[model].loss;
    cfg.learning_rate = models[model].alpha;
    cfg.cbow_undivided = models[model].undivided;
    if (w2v_train_file(&m, o->corpus, &cfg, &err) != W2V_OK) bench_die(1, "models", "%s", err.message);
    r.words_per_second = last.words_per_second;
    r.on = eval_model(&o->eval, m);
    fprintf(stderr, "seed %zu, %-30s %6.2f s, %.2f M words/s:", seed, models[model].name, last.seconds,
            last.words_per_second / 1e6);
    for (size_t k = 0; k < SETS; k++) fprintf(stderr, " %s %.2f", eval_set_names[k], r.on.score[k]);
    fprintf(stderr, "\n");
    w2v_model_free(m);
    return r;
}

static void print_models(const options *o, result *const *r)
{
    static const bench_column columns[] = {
        {"model", "", -30, 0, "alpha 0.025 for skip-gram; 0.15 for CBOW, 0.05 if undivided"},
        {"speed", "M words/s", 9, 2, "words of the vocabulary and epoch by the seconds of training, median"},
        EVAL_COLUMNS_AND_ERRORS,
    };
    bench_table t = bench_begin("models", columns, sizeof columns / sizeof *columns);
    double *speeds = (double *)bench_malloc(o->seeds * sizeof *speeds);
    const double n = (double)o->seeds;
    for (size_t model = 0; model < MODELS; model++) {
        if (!is_wanted(o, model)) continue;
        for (size_t i = 0; i < o->seeds; i++) speeds[i] = r[model][i].words_per_second / 1e6;
        bench_string(&t, models[model].name);
        bench_number(&t, bench_median(speeds, o->seeds));
        for (size_t set = 0; set < SETS; set++) {
            double mean = 0.0, square = 0.0;
            for (size_t i = 0; i < o->seeds; i++) mean += r[model][i].on.score[set] / n;
            for (size_t i = 0; i < o->seeds; i++) {
                const double d = r[model][i].on.score[set] - mean;
                square += d * d;
            }
            bench_number(&t, mean);
            bench_number(&t, sqrt(square / (n - 1.0) / n));
        }
    }
    free(speeds);
    bench_end(&t);
}

static void usage(FILE *f)
{
    fprintf(f, "usage: models [options] CORPUS EVAL\n"
               "  CORPUS             text to train on\n"
               "  EVAL               folder with questions-words.txt, EN-WS-353-ALL.txt, EN-SIMLEX-999.txt, "
               "EN-MEN-TR-3k.txt and\n"
               "                     EN-RW-STANFORD.txt\n"
               "  -seeds N           models of each kind (5)\n"
               "  -top N             analogies among the first N words (30000)\n"
               "  -only TEXT         the models whose names contain TEXT\n"
               "  -softmax 0|1       1: softmax over all words instead of the other losses (0)\n"
               "  -iter N            epochs (5)\n"
               "  -threads N         (all processors)\n"
               "  " EVAL_TRAINING "\n"
               "                     as for build/word2vec (100, 5, 5, 1e-3, 5)\n"
               "  -csv, -json        instead of text\n");
}

static void set_option(void *arg, const char *name, char *value)
{
    options *o = (options *)arg;
    const char *const me = "models";
    if (!value)
        bench_die(2, me, "no value for '%s' (-help lists the options)", name);
    else if (!strcmp(name, "-only"))
        o->only = value;
    else if (!strcmp(name, "-seeds"))
        o->seeds = bench_whole(me, name, value, 2, MOST_SEEDS);
    else if (!strcmp(name, "-top"))
        o->eval.top = bench_whole(me, name, value, 1, SIZE_MAX);
    else if (!strcmp(name, "-softmax"))
        o->softmax = (int)bench_whole(me, name, value, 0, 1);
    else if (!strcmp(name, "-threads"))
        o->cfg.threads = bench_whole(me, name, value, 0, SIZE_MAX);
    else if (!strcmp(name, "-iter"))
        o->cfg.epochs = bench_whole(me, name, value, 0, SIZE_MAX);
    else if (!eval_set_training(&o->cfg, me, name, value))
        bench_die(2, me, "unknown option '%s' (-help lists the options)", name);
}

int main(int argc, char **argv)
{
    options o;
    w2v_error err;
    result *r[MODELS];
    memset(&o, 0, sizeof o);
    o.cfg = w2v_config_default();
    o.seeds = 5;
    o.eval.top = 30000;
    eval_arguments(argc, argv, "models", usage, set_option, &o, &o.corpus, &o.eval.folder);
    if (w2v_config_check(&o.cfg, &err) != W2V_OK) bench_die(2, "models", "%s", err.message);
    o.eval.threads = o.cfg.threads;
    eval_check_files(&o.eval);
    const w2v_config *c = &o.cfg;
    bench_table t = bench_conditions();
    bench_fact(&t, "corpus", "%s", o.corpus);
    bench_fact(&t, "training",
               "size %zu, window %zu, negative %zu, sample %g, min-count %llu, %zu epochs, %zu threads",
               c->dim, c->window, c->negative, c->sample, (unsigned long long)c->min_count, c->epochs,
               c->threads);
    bench_fact(&t, "seeds", "1 to %zu, for each", o.seeds);
    bench_end(&t);
    for (size_t model = 0; model < MODELS; model++)
        r[model] = (result *)bench_malloc(o.seeds * sizeof(result));
    for (size_t i = 0; i < o.seeds; i++)
        for (size_t model = 0; model < MODELS; model++)
            if (is_wanted(&o, model)) r[model][i] = train_and_score(&o, model, i + 1);
    print_models(&o, r);
    bench_finish();
    for (size_t model = 0; model < MODELS; model++) free(r[model]);
    return 0;
}
