// SPDX-License-Identifier: MIT-0
//
// quality.c - is it as good to share negatives as exact sampling?
//
//   build/bench/quality [options] CORPUS EVAL      -help lists the options
//
// Method. Every setting trains models with the seeds 1, 2, ... on the whole corpus, and every model is scored
// on the five sets of eval.h in the folder EVAL. A setting is compared with exact sampling by its
// mean over the seeds: "not worse" means that the one-sided t test (Schuirmann 1987, with unequal variances,
// Welch 1947) excludes a loss of more than the margin, half a point. The number in brackets is the standard
// error of the difference. SimLex-999 varies by 0.6 from seed to seed, WordSim-353 by 1: four seeds decide
// nothing below half a point, sixteen do.
// The figures of the README: seeds 1 to 16, five epochs, two threads,
// size 100, window 5, 5 negatives, sample 1e-4, min-count 5.

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include "bench.h"
#include "eval.h"

enum { MODES = 3, MOST_SEEDS = 10000 };

static const char *const mode_names[MODES] = {"exact", "window", "default"};
static const w2v_sharing mode_sharing[MODES] = {W2V_SHARE_NONE, W2V_SHARE_WINDOW, W2V_SHARE_SPAN};

typedef struct options {
    const char *corpus, *save;
    w2v_config cfg;  // of the default; the others differ in `sharing`
    eval_options eval;
    size_t seeds;
    double margin;
} options;

// -----------------------------------------------------------------------------------------------------------------
// Student's t distribution

// The continued fraction of the incomplete beta function (Abramowitz and Stegun 26.5.8), from the front by
// the method of Lentz: numerators d_1 = -(a + b) x / (a + 1) ..., every denominator 1.
static double beta_fraction(double a, double b, double x)
{
    const double tiny = 1e-300;
    double c = 1.0, d = 1.0 - (a + b) * x / (a + 1.0);
    d = 1.0 / (fabs(d) < tiny ? tiny : d);
    double f = d;
    for (int m = 1; m <= 10000; m++) {
        const double even = m * (b - m) * x / ((a + 2 * m - 1.0) * (a + 2 * m));
        const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1.0));
        const double terms[2] = {even, odd};
        double change = 1.0;
        for (int k = 0; k < 2; k++) {
            d = 1.0 + terms[k] * d;
            c = 1.0 + terms[k] / c;
            d = 1.0 / (fabs(d) < tiny ? tiny : d);
            c = fabs(c) < tiny ? tiny : c;
            f *= change = c * d;
        }
        if (fabs(change - 1.0) < 1e-15) break;
    }
    return f;
}

// I_x(a, b), the regularised incomplete beta function.
static double incomplete_beta(double a, double b, double x)
{
    if (x <= 0.0) return 0.0;
    if (x >= 1.0) return 1.0;
    const double front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x));
    if (x < (a + 1.0) / (a + b + 2.0)) return front * beta_fraction(a, b, x) / a;
    return 1.0 - front * beta_fraction(b, a, 1.0 - x) / b;
}

// P(T <= t) for `df` degrees of freedom.
static double t_probability(double t, double df)
{
    const double tail = 0.5 * incomplete_beta(0.5 * df, 0.5, df / (df + t * t));
    return t > 0.0 ? 1.0 - tail : tail;
}

// The t that T exceeds with probability 1 - p, for p > 1/2.
static double t_quantile(double p, double df)
{
    double low = 0.0, high = 1e6;
    for (int i = 0; i < 200; i++) {
        const double middle = 0.5 * (low + high);
        if (t_probability(middle, df) < p)
            low = middle;
        else
            high = middle;
    }
    return 0.5 * (low + high);
}

// Against a printed table of quantiles: nothing below means anything if this is wrong.
static void check_t(void)
{
    static const double known[][3] = {{0.95, 1, 6.3138},   {0.95, 4, 2.1318}, {0.95, 8, 1.8595},
                                      {0.95, 30, 1.6973},  {0.99, 8, 2.8965}, {0.975, 1, 12.706},
                                      {0.975, 120, 1.9799}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const double t = t_quantile(known[i][0], known[i][1]);
        if (fabs(t / known[i][2] - 1.0) > 1e-4)
            bench_die(1, "quality", "the t distribution is wrong: quantile %g for %g degrees is %g, not %g",
                      known[i][0], known[i][1], t, known[i][2]);
    }
}

// -----------------------------------------------------------------------------------------------------------------
// Models

typedef struct result {
    eval_scores on;  // the sets
    double words_per_second;
} result;

static void save(const options *o, const w2v_model *m, size_t mode, size_t seed)
{
    char path[4096];
    w2v_error err;
    snprintf(path, sizeof path, "%s.%s.%zu.bin", o->save, mode_names[mode], seed);
    if (w2v_save(m, path, W2V_FORMAT_BINARY, &err) != W2V_OK) bench_die(1, "quality", "%s", err.message);
}

static result train_and_score(const options *o, size_t mode, size_t seed)
{
    w2v_config cfg = o->cfg;
    w2v_progress last;
    w2v_error err;
    w2v_model *m;
    result r;
    cfg.seed = seed;
    cfg.progress_fn = bench_keep_last;
    cfg.progress_user = &last;
    cfg.sharing = mode_sharing[mode];
    if (w2v_train_file(&m, o->corpus, &cfg, &err) != W2V_OK) bench_die(1, "quality", "%s", err.message);
    if (o->save) save(o, m, mode, seed);
    const double start = w2v__seconds();
    r.words_per_second = last.words_per_second;
    r.on = eval_model(&o->eval, m);
    fprintf(stderr, "seed %zu, %-7s %6.2f s at %.2f M words/s, scored in %.1f s:", seed, mode_names[mode],
            last.seconds, last.words_per_second / 1e6, w2v__seconds() - start);
    for (size_t k = 0; k < SETS; k++) fprintf(stderr, " %s %.2f", eval_set_names[k], r.on.score[k]);
    fprintf(stderr, "\n");
    w2v_free(m);
    return r;
}

// -----------------------------------------------------------------------------------------------------------------
// Statistics

typedef struct sample {
    double mean, sd;
} sample;

static sample describe(const result *r, size_t set, size_t n)
{
    sample s;
    s.mean = s.sd = 0.0;
    for (size_t i = 0; i < n; i++) s.mean += r[i].on.score[set] / (double)n;
    for (size_t i = 0; i < n; i++) s.sd += (r[i].on.score[set] - s.mean) * (r[i].on.score[set] - s.mean);
    s.sd = sqrt(s.sd / ((double)n - 1.0));
    return s;
}

typedef struct comparison {
    double difference, error;  // of the means, the other less exact, and its standard error
    double low, high;          // 90 % confidence interval of the difference
    double p_lower, p_upper;   // of the tests that the difference is not above -margin, not below +margin
    double seeds;              // that would decide, if difference and standard deviations stay; infinite if none would
    const char *verdict;
} comparison;

static comparison compare(sample exact, sample other, size_t n, double margin)
{
    comparison c;
    const double ve = exact.sd * exact.sd / (double)n, vo = other.sd * other.sd / (double)n, sum = ve + vo;
    const double df = sum > 0.0 ? sum * sum * ((double)n - 1.0) / (ve * ve + vo * vo) : 2.0 * (double)n - 2.0;
    const double t = t_quantile(0.95, df);
    c.difference = other.mean - exact.mean;
    c.error = sqrt(sum);
    c.low = c.difference - t * c.error;
    c.high = c.difference + t * c.error;
    c.p_lower = 1.0 - t_probability((c.difference + margin) / c.error, df);
    c.p_upper = t_probability((c.difference - margin) / c.error, df);
    const double room = fabs(margin - fabs(c.difference)), z = 1.645;
    c.seeds = ceil((double)n * sum * z * z / (room * room));
    if (c.low > -margin && c.high < margin)
        c.verdict = "equivalent";
    else if (c.low > margin)
        c.verdict = "better by more than the margin";
    else if (c.high < -margin)
        c.verdict = "worse by more than the margin";
    else if (c.low > -margin)
        c.verdict = "not worse; not shown equivalent";
    else
        c.verdict = "not shown equivalent: undecided";
    return c;
}

static void print_models(const options *o, result *const *r)
{
    static const bench_column columns[] = {
        {"sampling", "", -8, 0,
         "exact: fresh negatives for every pair; window: shared by a window; default: by a span"},
        {"seed", "", 5, 0, ""},
        {"speed", "M words/s", 9, 2, "words of the vocabulary and epoch by the seconds of training"},
        {"analogies", "%", 11, 2,
         "questions answered right by 3CosAdd among the first words of the vocabulary (-top)"},
        {"WordSim-353", "rho x 100", 11, 2, ""},
        {"SimLex-999", "rho x 100", 11, 2, ""},
        {"MEN", "rho x 100", 11, 2, ""},
        {"RW", "rho x 100", 11, 2, ""},
    };
    bench_table t = bench_begin("models", columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < o->seeds; i++)
        for (size_t mode = 0; mode < MODES; mode++) {
            bench_string(&t, mode_names[mode]);
            bench_number(&t, (double)(i + 1));
            bench_number(&t, r[mode][i].words_per_second / 1e6);
            bench_numbers(&t, r[mode][i].on.score, SETS);
        }
    bench_end(&t);
}

static void print_comparisons(const options *o, result *const *r)
{
    static const bench_column columns[] = {
        {"set", "", -12, 0, ""},
        {"sampling", "", -8, 0, "what is compared with exact"},
        {"used", "", 6, 0, "questions or pairs whose words the model has, of all"},
        {"of", "", 6, 0, ""},
        {"exact mean", "", 10, 2, "mean over the seeds"},
        {"exact sd", "", 8, 2, "standard deviation from seed to seed"},
        {"mean", "", 8, 2, "of the sampling that is compared, like sd"},
        {"sd", "", 8, 2, ""},
        {"difference", "", 10, 2, "of the means; below 0: exact is better"},
        {"error", "", 7, 2, "standard error of the difference"},
        {"low", "", 7, 2, "lower end of the 90 % confidence interval of the difference (Welch), to `high`"},
        {"high", "", 7, 2, ""},
        {"p low", "", 7, 4, "chance of so good a mean if in truth it were worse by the margin"},
        {"p high", "", 7, 4, "chance of so poor a mean if in truth it were better by the margin"},
        {"seeds", "", 7, 0, "about as many would decide if difference and deviations stay as they are"},
        {"verdict", "", -32, 0, "equivalent: both p below 0.05, so the interval lies within the margin"},
    };
    bench_table t = bench_begin("against exact", columns, sizeof columns / sizeof *columns);
    for (size_t set = 0; set < SETS; set++) {
        const sample exact = describe(r[0], set, o->seeds);
        for (size_t mode = 1; mode < MODES; mode++) {
            const sample other = describe(r[mode], set, o->seeds);
            const comparison c = compare(exact, other, o->seeds, o->margin);
            const double numbers[] = {exact.mean, exact.sd, other.mean, other.sd,  c.difference, c.error,
                                      c.low,      c.high,   c.p_lower,  c.p_upper, c.seeds};
            bench_string(&t, eval_set_names[set]);
            bench_string(&t, mode_names[mode]);
            bench_number(&t, (double)r[0][0].on.used[set]);
            bench_number(&t, (double)r[0][0].on.lines[set]);
            bench_numbers(&t, numbers, sizeof numbers / sizeof *numbers);
            bench_string(&t, c.verdict);
        }
    }
    bench_end(&t);
}

// -----------------------------------------------------------------------------------------------------------------

static void usage(FILE *f)
{
    fprintf(f, "usage: quality [options] CORPUS EVAL\n"
               "  CORPUS             text to train on\n"
               "  EVAL               folder with questions-words.txt, EN-WS-353-ALL.txt, EN-SIMLEX-999.txt, "
               "EN-MEN-TR-3k.txt and\n"
               "                     EN-RW-STANFORD.txt\n"
               "  -seeds N           models of each kind (5)\n"
               "  -margin X          points that do not matter (0.5)\n"
               "  -top N             analogies among the first N words (30000)\n"
               "  -size N -window N -negative N -sample X -min-count N -iter N -alpha X -threads N\n"
               "                     as for build/word2vec (100, 5, 5, 1e-4, 5, 5, 0.025, all processors)\n"
               "  -span N            windows that share negatives, -span-negative N of them (0: what the "
               "header chooses)\n"
               "  -span-negative N\n"
               "  -save PREFIX       keeps the vectors as PREFIX.SAMPLING.SEED.bin (exact, window, default)\n"
               "  -csv, -json        instead of text\n");
}

static void set_option(void *arg, const char *name, char *value)
{
    options *o = (options *)arg;
    const char *const me = "quality";
    if (!strcmp(name, "-seeds"))
        o->seeds = bench_whole(me, name, value, 2, MOST_SEEDS);
    else if (!strcmp(name, "-margin"))
        o->margin = bench_real(me, name, value);
    else if (!strcmp(name, "-top"))
        o->eval.top = bench_whole(me, name, value, 1, SIZE_MAX);
    else if (!strcmp(name, "-size"))
        o->cfg.dim = bench_whole(me, name, value, 0, SIZE_MAX);
    else if (!strcmp(name, "-window"))
        o->cfg.window = bench_whole(me, name, value, 0, SIZE_MAX);
    else if (!strcmp(name, "-negative"))
        o->cfg.negative = bench_whole(me, name, value, 0, SIZE_MAX);
    else if (!strcmp(name, "-sample"))
        o->cfg.sample = bench_real(me, name, value);
    else if (!strcmp(name, "-min-count"))
        o->cfg.min_count = bench_whole(me, name, value, 0, SIZE_MAX);
    else if (!strcmp(name, "-iter"))
        o->cfg.epochs = bench_whole(me, name, value, 0, SIZE_MAX);
    else if (!strcmp(name, "-alpha"))
        o->cfg.alpha = (float)bench_real(me, name, value);
    else if (!strcmp(name, "-threads"))
        o->cfg.threads = bench_whole(me, name, value, 0, SIZE_MAX);
    else if (!strcmp(name, "-span"))
        o->cfg.span = bench_whole(me, name, value, 0, SIZE_MAX);
    else if (!strcmp(name, "-span-negative"))
        o->cfg.span_negative = bench_whole(me, name, value, 0, SIZE_MAX);
    else if (!strcmp(name, "-save") && value)
        o->save = value;
    else
        bench_die(2, me, "%s '%s' (-help lists the options)",
                  strcmp(name, "-save") ? "unknown option" : "no value for", name);
}

static options parse(int argc, char **argv)
{
    options o;
    w2v_error err;
    memset(&o, 0, sizeof o);
    o.cfg = w2v_config_default();
    o.cfg.sample = 1e-4;
    o.seeds = 5;
    o.eval.top = 30000;
    o.margin = 0.5;
    eval_arguments(argc, argv, "quality", usage, set_option, &o, &o.corpus, &o.eval.folder);
    if (!(o.margin > 0.0)) bench_die(2, "quality", "-margin has to be more than 0, not %g", o.margin);
    if (w2v_config_check(&o.cfg, &err) != W2V_OK) bench_die(2, "quality", "%s", err.message);
    o.eval.threads = o.cfg.threads;
    return o;
}

static void print_conditions(const options *o)
{
    const w2v_config *c = &o->cfg;
    bench_table t = bench_conditions();
    bench_fact(&t, "corpus", "%s", o->corpus);
    bench_fact(
        &t, "training",
        "size %zu, window %zu, negative %zu, sample %g, min-count %llu, alpha %g, %zu epochs, %zu threads",
        c->dim, c->window, c->negative, c->sample, (unsigned long long)c->min_count, (double)c->alpha,
        c->epochs, c->threads);
    bench_fact(&t, "default", "span %zu, shared negatives %zu (0: chosen by the header)", c->span,
               c->span_negative);
    bench_fact(&t, "seeds", "1 to %zu, for each", o->seeds);
    bench_fact(&t, "margin", "%g points", o->margin);
    bench_end(&t);
}

int main(int argc, char **argv)
{
    const options o = parse(argc, argv);
    result *r[MODES];
    check_t();
    eval_check_files(&o.eval);
    for (size_t mode = 0; mode < MODES; mode++) r[mode] = (result *)bench_malloc(o.seeds * sizeof(result));
    print_conditions(&o);
    for (size_t i = 0; i < o.seeds; i++)
        for (size_t mode = 0; mode < MODES; mode++) r[mode][i] = train_and_score(&o, mode, i + 1);
    print_models(&o, r);
    print_comparisons(&o, r);
    bench_finish();
    for (size_t mode = 0; mode < MODES; mode++) free(r[mode]);
    return 0;
}
