// SPDX-License-Identifier: MIT-0
//
// quality.c - is it as good to share negatives as exact sampling?
//
//   build/bench/quality [options] CORPUS EVAL      -help lists the options
//
// Method. Every setting trains models with the seeds 1, 2, ... on the whole corpus, and every model is scored
// on five sets in the folder EVAL: the Google analogies by 3CosAdd among the first words of the vocabulary,
// and WordSim-353, SimLex-999, MEN-3000 and Stanford Rare Words by Spearman's correlation of the cosines, x
// 100. Pairs and questions with unknown words are left out. A setting is compared with exact sampling by its
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

#include <ctype.h>

enum { MOST_TILE = 8, MODES = 3, SIMILARITIES = 4, SETS = SIMILARITIES + 1, MOST_SEEDS = 10000 };

static const char *const mode_names[MODES] = {"exact", "window", "default"};
static const w2v_sharing mode_sharing[MODES] = {W2V_SHARE_NONE, W2V_SHARE_WINDOW, W2V_SHARE_SPAN};
static const char *const set_names[SETS] = {"analogies", "WordSim-353", "SimLex-999", "MEN", "RW"};
static const char *const set_files[SETS] = {"questions-words.txt", "EN-WS-353-ALL.txt", "EN-SIMLEX-999.txt",
                                            "EN-MEN-TR-3k.txt", "EN-RW-STANFORD.txt"};

typedef struct options {
    const char *corpus, *eval, *save;
    w2v_config cfg;  // of the default; the others differ in `sharing`
    size_t seeds, top;
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
// Words of the evaluation sets, in any case, to rows of the model

typedef struct entry {
    char *word;  // lower case
    uint32_t id;
} entry;

// A model ready to be scored: rows of length 1, and its words in order of the alphabet.
typedef struct scored {
    const w2v_model *m;
    float *unit;  // (V, stride)
    entry *index;
    size_t words;
} scored;

static char *lower(char *s)
{
    for (char *p = s; *p; p++) *p = (char)tolower((unsigned char)*p);
    return s;
}

static int by_word(const void *a, const void *b)
{
    const entry *x = (const entry *)a, *y = (const entry *)b;
    const int order = strcmp(x->word, y->word);
    return order ? order : x->id < y->id ? -1 : x->id > y->id;
}

static scored prepare(const w2v_model *m)
{
    scored s;
    const size_t floats = m->size * m->stride;
    s.m = m;
    s.unit = w2v__alloc_floats(floats);
    if (!s.unit) bench_die(1, "quality", "out of memory: %zu floats wanted", floats);
    memcpy(s.unit, m->in, floats * sizeof *s.unit);
    s.index = (entry *)bench_malloc(m->size * sizeof *s.index);
    s.words = m->size;
    for (size_t i = 0; i < m->size; i++) {
        float *row = s.unit + i * m->stride;
        const float length = w2v_norm(row, m->dim);
        if (!(length < INFINITY)) bench_die(1, "quality", "vector %zu of the model is not finite", i);
        w2v_scale(1.0f / (length > 1e-9f ? length : 1e-9f), row, m->dim);
        const char *word = w2v_vocab_word(m->vocab, (uint32_t)i);
        s.index[i].word = lower(strcpy((char *)bench_malloc(strlen(word) + 1), word));
        s.index[i].id = (uint32_t)i;
    }
    qsort(s.index, s.words, sizeof *s.index, by_word);
    return s;
}

static void release(scored *s)
{
    for (size_t i = 0; i < s->words; i++) free(s->index[i].word);
    free(s->index);
    w2v__free_aligned(s->unit);
}

// The most frequent word that is `word` (lower case) but for its case, or W2V_NONE.
static uint32_t find(const scored *s, const char *word)
{
    size_t low = 0, high = s->words;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (strcmp(s->index[middle].word, word) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < s->words && !strcmp(s->index[low].word, word) ? s->index[low].id : W2V_NONE;
}

static FILE *open_set(const options *o, size_t set)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", o->eval, set_files[set]);
    FILE *f = fopen(path, "rb");
    if (!f) bench_die(1, "quality", "cannot open '%s': %s", path, strerror(errno));
    char mark[3] = {0};
    if (fread(mark, 1, 3, f) != 3 || memcmp(mark, "\xEF\xBB\xBF", 3)) rewind(f);  // a UTF-8 byte order mark is skipped
    return f;
}

// -----------------------------------------------------------------------------------------------------------------
// Similarity: Spearman's rho

typedef struct ranked {
    double value, rank;
    size_t at;
} ranked;

static int by_value(const void *a, const void *b)
{
    const ranked *x = (const ranked *)a, *y = (const ranked *)b;
    return x->value < y->value ? -1 : x->value > y->value;
}

static int by_place(const void *a, const void *b)
{
    const ranked *x = (const ranked *)a, *y = (const ranked *)b;
    return x->at < y->at ? -1 : x->at > y->at;
}

// Equal values share the mean of their ranks.
static void rank(ranked *r, size_t n)
{
    for (size_t i = 0; i < n; i++) r[i].at = i;
    qsort(r, n, sizeof *r, by_value);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && r[end].value <= r[i].value; end++) {
        }
        for (size_t k = i; k < end; k++) r[k].rank = 0.5 * (double)(i + end - 1);
    }
    qsort(r, n, sizeof *r, by_place);
}

// The correlation of the ranks; NaN for fewer than two different values.
static double spearman(ranked *x, ranked *y, size_t n)
{
    double sx = 0.0, sy = 0.0, sxy = 0.0;
    const double mean = 0.5 * ((double)n - 1.0);
    rank(x, n);
    rank(y, n);
    for (size_t i = 0; i < n; i++) {
        sx += (x[i].rank - mean) * (x[i].rank - mean);
        sy += (y[i].rank - mean) * (y[i].rank - mean);
        sxy += (x[i].rank - mean) * (y[i].rank - mean);
    }
    return sxy / sqrt(sx * sy);
}

// Lines `word word score`; pairs with a word that the model does not have
// are left out. *used of *pairs are in.
static double similarity(const options *o, size_t set, const scored *s, size_t *used, size_t *pairs)
{
    char line[1024], a[512], b[512];
    double score;
    size_t room = 0, n = 0;
    ranked *gold = NULL, *got = NULL;
    FILE *f = open_set(o, set);
    for (*pairs = 0; fgets(line, sizeof line, f);) {
        if (sscanf(line, "%511s %511s %lf", a, b, &score) != 3) continue;
        ++*pairs;
        const uint32_t i = find(s, lower(a)), j = find(s, lower(b));
        if (i == W2V_NONE || j == W2V_NONE) continue;
        if (n == room) {
            room = 2 * room + 1024;
            gold = (ranked *)realloc(gold, room * sizeof *gold);
            got = (ranked *)realloc(got, room * sizeof *got);
            if (!gold || !got) bench_die(1, "quality", "out of memory for %zu pairs", room);
        }
        gold[n].value = score;
        got[n++].value = (double)w2v_dot(s->unit + i * s->m->stride, s->unit + j * s->m->stride, s->m->dim);
    }
    fclose(f);
    const double rho = n ? spearman(gold, got, n) : (double)NAN;
    free(gold);
    free(got);
    *used = n;
    return 100.0 * rho;
}

// -----------------------------------------------------------------------------------------------------------------
// Analogies: a is to b as c is to d, if d is the word closest to b - a + c but for a, b and c

enum { BATCH = 32 };

typedef struct question {
    uint32_t word[4];
} question;

typedef struct quiz {
    const scored *s;
    question *q;  // (n)
    size_t n, top;
    size_t next, right;  // behind the mutex
    w2v__mutex mutex;
} quiz;

// Lines of four words; those with a word outside the first `top` are left
// out. Lines with a colon are headings.
static void read_questions(const options *o, quiz *z, size_t *lines)
{
    char line[2048], word[4][512];
    size_t room = 0;
    FILE *f = open_set(o, 0);
    for (*lines = 0; fgets(line, sizeof line, f);) {
        if (*line == ':' || sscanf(line, "%511s %511s %511s %511s", word[0], word[1], word[2], word[3]) != 4)
            continue;
        ++*lines;
        question q;
        size_t known = 0;
        for (size_t k = 0; k < 4; k++) known += (q.word[k] = find(z->s, lower(word[k]))) < z->top;
        if (known < 4) continue;
        if (z->n == room) {
            room = 2 * room + 4096;
            z->q = (question *)realloc(z->q, room * sizeof *z->q);
            if (!z->q) bench_die(1, "quality", "out of memory for %zu questions", room);
        }
        z->q[z->n++] = q;
    }
    fclose(f);
}

// How many of n <= BATCH questions are answered right. `wanted` (BATCH, stride) is scratch.
static size_t answer(const quiz *z, const question *q, size_t n, float *wanted)
{
    const size_t stride = z->s->m->stride;
    const w2v__kernels *kernels = w2v__kernels_in_use();
    float *x[BATCH], *y[MOST_TILE], score[BATCH * MOST_TILE + 16], best[BATCH];
    uint32_t best_id[BATCH];
    for (size_t i = 0; i < n; i++) {
        const float *a = z->s->unit + q[i].word[0] * stride, *b = z->s->unit + q[i].word[1] * stride,
                    *c = z->s->unit + q[i].word[2] * stride;
        x[i] = wanted + i * stride;
        for (size_t k = 0; k < stride; k++) x[i][k] = b[k] - a[k] + c[k];
        best[i] = -INFINITY;
        best_id[i] = W2V_NONE;
    }
    for (size_t first = 0; first < z->top; first += kernels->tile_j) {
        const size_t width = w2v__min_size(kernels->tile_j, z->top - first);
        for (size_t j = 0; j < width; j++) y[j] = z->s->unit + (first + j) * stride;
        kernels->scores(x, n, y, width, w2v__row_floats(z->s->m->dim), score);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < width; j++) {
                const uint32_t id = (uint32_t)(first + j);
                if (score[i * width + j] <= best[i] || id == q[i].word[0] || id == q[i].word[1] ||
                    id == q[i].word[2])
                    continue;
                best[i] = score[i * width + j];
                best_id[i] = id;
            }
    }
    size_t right = 0;
    for (size_t i = 0; i < n; i++) right += best_id[i] == q[i].word[3];
    return right;
}

static void answer_work(void *shared, size_t thread)
{
    quiz *z = (quiz *)shared;
    float *wanted = w2v__alloc_floats(BATCH * z->s->m->stride);
    if (!wanted) bench_die(1, "quality", "out of memory on thread %zu", thread);
    for (size_t right = 0;;) {
        w2v__lock(&z->mutex);
        z->right += right;
        const size_t first = z->next, n = w2v__min_size(BATCH, z->n - first);
        z->next += n;
        w2v__unlock(&z->mutex);
        if (!n) break;
        right = answer(z, z->q + first, n, wanted);
    }
    w2v__free_aligned(wanted);
}

static double analogies(const options *o, const scored *s, size_t *used, size_t *lines)
{
    quiz z;
    memset(&z, 0, sizeof z);
    z.s = s;
    z.top = w2v__min_size(o->top, s->m->size);
    read_questions(o, &z, lines);
    w2v__mutex_init(&z.mutex);
    w2v__parallel(o->cfg.threads, answer_work, &z);
    w2v__mutex_free(&z.mutex);
    free(z.q);
    *used = z.n;
    return z.n ? 100.0 * (double)z.right / (double)z.n : (double)NAN;
}

// -----------------------------------------------------------------------------------------------------------------
// Models

typedef struct result {
    double score[SETS];
    double words_per_second;
    size_t used[SETS], lines[SETS];
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
    scored s = prepare(m);
    const double start = w2v__seconds();
    r.words_per_second = last.words_per_second;
    r.score[0] = analogies(o, &s, &r.used[0], &r.lines[0]);
    for (size_t k = 1; k < SETS; k++) r.score[k] = similarity(o, k, &s, &r.used[k], &r.lines[k]);
    fprintf(stderr, "seed %zu, %-7s %6.2f s at %.2f M words/s, scored in %.1f s:", seed, mode_names[mode],
            last.seconds, last.words_per_second / 1e6, w2v__seconds() - start);
    for (size_t k = 0; k < SETS; k++) fprintf(stderr, " %s %.2f", set_names[k], r.score[k]);
    fprintf(stderr, "\n");
    release(&s);
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
    for (size_t i = 0; i < n; i++) s.mean += r[i].score[set] / (double)n;
    for (size_t i = 0; i < n; i++) s.sd += (r[i].score[set] - s.mean) * (r[i].score[set] - s.mean);
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
            bench_numbers(&t, r[mode][i].score, SETS);
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
            bench_string(&t, set_names[set]);
            bench_string(&t, mode_names[mode]);
            bench_number(&t, (double)r[0][0].used[set]);
            bench_number(&t, (double)r[0][0].lines[set]);
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

static void set_option(options *o, const char *name, const char *value)
{
    const char *const me = "quality";
    if (!strcmp(name, "-seeds"))
        o->seeds = bench_whole(me, name, value, 2, MOST_SEEDS);
    else if (!strcmp(name, "-margin"))
        o->margin = bench_real(me, name, value);
    else if (!strcmp(name, "-top"))
        o->top = bench_whole(me, name, value, 1, SIZE_MAX);
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
    o.top = 30000;
    o.margin = 0.5;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "-help") || !strcmp(argv[i], "--help")) {
            usage(stdout);
            exit(0);
        } else if (*argv[i] == '-') {
            if (bench_takes_format(argv[i])) continue;
            set_option(&o, argv[i], i + 1 < argc ? argv[i + 1] : NULL);
            i++;
        } else if (!o.corpus) {
            o.corpus = argv[i];
        } else if (!o.eval) {
            o.eval = argv[i];
        } else {
            bench_die(2, "quality", "'%s' is one argument too many", argv[i]);
        }
    }
    if (!o.corpus || !o.eval)
        bench_die(2, "quality", "CORPUS and EVAL are needed (-help says what they are)");
    if (!(o.margin > 0.0)) bench_die(2, "quality", "-margin has to be more than 0, not %g", o.margin);
    if (w2v_config_check(&o.cfg, &err) != W2V_OK) bench_die(2, "quality", "%s", err.message);
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
    for (size_t k = 0; k < SETS; k++) fclose(open_set(&o, k));  // ask before minutes of training
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
