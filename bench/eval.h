// SPDX-License-Identifier: MIT-0
//
// eval.h - scores a model on five sets, x 100: the Google analogies by 3CosAdd, and WordSim-353, SimLex-999,
// MEN-3000 and Stanford Rare Words by Spearman's correlation. After w2v.h and bench.h, in one file of a
// program.

enum { SETS = 5 };

static const char *const eval_set_names[SETS] = {"analogies", "WordSim-353", "SimLex-999", "MEN", "RW"};
static const char *const eval_set_files[SETS] = {"questions-words.txt", "EN-WS-353-ALL.txt",
                                                 "EN-SIMLEX-999.txt", "EN-MEN-TR-3k.txt",
                                                 "EN-RW-STANFORD.txt"};

// The columns of the scores of a table, and with their standard errors.
#define EVAL_ERROR(about) {"error", "", 6, 2, about}
#define EVAL_ANALOGIES {"analogies", "%", 11, 2, "answered right by 3CosAdd among the first words (-top)"}
#define EVAL_SET(name) {name, "rho x 100", 11, 2, ""}
#define EVAL_COLUMNS EVAL_ANALOGIES, EVAL_SET("WordSim-353"), EVAL_SET("SimLex-999"), EVAL_SET("MEN"), EVAL_SET("RW")
#define EVAL_COLUMNS_AND_ERRORS                                                                                   \
    EVAL_ANALOGIES, EVAL_ERROR("standard error of the mean to its left"), EVAL_SET("WordSim-353"), EVAL_ERROR(""), \
        EVAL_SET("SimLex-999"), EVAL_ERROR(""), EVAL_SET("MEN"), EVAL_ERROR(""), EVAL_SET("RW"), EVAL_ERROR("")

typedef struct eval_options {
    const char *folder;  // with the five files
    size_t top;          // analogies among the first words of the vocabulary
    size_t threads;
} eval_options;

typedef struct eval_scores {
    double score[SETS];
    size_t used[SETS], lines[SETS];  // questions or pairs whose words the model has, and all
} eval_scores;

static const char *eval_path(const eval_options *o, size_t set)
{
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s", o->folder, eval_set_files[set]);
    return path;
}

// Ends the program unless a folder was given and the five files can be opened: ask before minutes of
// training.
static void eval_check_files(const eval_options *o)
{
    if (!o->folder) bench_die(2, "eval", "EVAL is needed (-help says what it is)");
    for (size_t k = 0; k < SETS; k++) {
        FILE *f = fopen(eval_path(o, k), "rb");
        if (!f) bench_die(1, "eval", "cannot open '%s': %s", eval_path(o, k), strerror(errno));
        fclose(f);
    }
}

// The score of a set that cannot be used is NaN; errors other than unknown words end the program.
static eval_scores eval_model(const eval_options *o, const w2v_model *m)
{
    eval_scores r;
    w2v_error err;
    w2v_analogy_config options = w2v_analogy_config_default();
    memset(&r, 0, sizeof r);
    options.max_words = o->top;
    options.threads = o->threads;
    for (size_t k = 0; k < SETS; k++) {
        const w2v_similarity_config pairs = w2v_similarity_config_default();
        const w2v_source source = w2v_source_file(eval_path(o, k));
        w2v_analogy_result a;
        w2v_similarity_result s;
        const w2v_status status = k ? w2v_model_evaluate_similarity(m, &source, &pairs, &s, &err)
                                    : w2v_model_evaluate_analogies(m, &source, &options, &a, &err);
        r.score[k] = (double)NAN;
        if (status == W2V_ERROR_UNKNOWN_WORD || status == W2V_ERROR_EMPTY) {
            fprintf(stderr, "eval: %s\n", err.message);
        } else if (status != W2V_OK) {
            bench_die(1, "eval", "%s", err.message);
        } else if (k) {
            r.score[k] = 100.0 * s.spearman;
            r.used[k] = s.used;
            r.lines[k] = s.lines;
        } else {
            r.score[k] = 100.0 * (double)a.total.correct / (double)a.total.used;
            r.used[k] = a.total.used;
            r.lines[k] = a.total.lines;
            w2v_analogy_result_free(&a);
        }
    }
    return r;
}

// Sets what an option for training says: EVAL_TRAINING names them. Returns 0 if it is another option.
#define EVAL_TRAINING "-size N -window N -negative N -sample X -min-count N"
static inline int eval_set_training(w2v_config *cfg, const char *me, const char *name, const char *value)
{
    if (!strcmp(name, "-size"))
        cfg->dim = bench_whole(me, name, value, 0, SIZE_MAX);
    else if (!strcmp(name, "-window"))
        cfg->window = bench_whole(me, name, value, 0, SIZE_MAX);
    else if (!strcmp(name, "-negative"))
        cfg->negative = bench_whole(me, name, value, 0, SIZE_MAX);
    else if (!strcmp(name, "-sample"))
        cfg->sample = bench_real(me, name, value);
    else if (!strcmp(name, "-min-count"))
        cfg->min_count = bench_whole(me, name, value, 0, SIZE_MAX);
    else
        return 0;
    return 1;
}

// The command line of a program that takes CORPUS, EVAL (for eval_check_files, or not needed) and options
// with a value each, which set_option_fn knows. -help prints the usage and ends the program.
static inline void eval_arguments(int argc, char **argv, const char *me, void (*usage_fn)(FILE *),
                                  void (*set_option_fn)(void *options, const char *name, char *value),
                                  void *options, const char **corpus, const char **folder)
{
    for (int i = 1; i < argc; i++) {
        if (*argv[i] == '-') {
            if (bench_takes(argv[i], usage_fn)) continue;
            set_option_fn(options, argv[i], i + 1 < argc ? argv[i + 1] : NULL);
            i++;
        } else if (!*corpus) {
            *corpus = argv[i];
        } else if (!*folder) {
            *folder = argv[i];
        } else {
            bench_die(2, me, "'%s' is one argument too many", argv[i]);
        }
    }
    if (!*corpus) bench_die(2, me, "CORPUS is needed (-help says what it is)");
}
