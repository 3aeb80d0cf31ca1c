// SPDX-License-Identifier: MIT-0
//
// quality.c - is it as good to share negatives, and to train lanes beside each other, as exact sampling in
// the order of the text, and what does it save?
//
//   build/bench/quality [options] CORPUS EVAL      -help lists the options
//
// Method. Every way of sampling trains models with the seeds 1, 2, ... on the whole corpus, for each number
// of epochs, and every model is scored on the five sets of eval.h in the folder EVAL. The means over the seeds
// are compared with those of exact sampling and, in a table of their own, with those of the default trained by
// one lane. "Not worse" means that the one-sided t test (Schuirmann 1987, with unequal variances, Welch 1947)
// excludes a loss of more than the margin, half a point. SimLex-999 varies by 0.6 from seed to seed,
// WordSim-353 by 1: four seeds decide nothing below half a point, sixteen do.
//
// The models of bench/README.md take hours. With -record FILE each is noted in a file when it is scored, and
// a model that the file has already is not trained again.

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include "bench.h"
#include "eval.h"
#include "student.h"

enum { WAYS = 5, YARDSTICKS = 2, MOST_SEEDS = 1000, MOST_EPOCHS = 8 };

static const struct {
    const char *name;
    w2v_sharing sharing;
    size_t span, negatives;  // negatives in multiples of cfg.negative; 0: as the header chooses
    size_t lanes;            // 0: as many as cfg.lanes
} ways[WAYS] = {
    {"exact", W2V_SHARE_NONE, 0, 0, 1},  // the first YARDSTICKS are what the others are compared with
    {"one-lane", W2V_SHARE_WINDOW, 0, 0, 1},
    {"window", W2V_SHARE_WINDOW, 0, 0, 0},
    {"window-3K", W2V_SHARE_SPAN, 1, 3, 0},
    {"span", W2V_SHARE_SPAN, 0, 0, 0}};

typedef struct result {
    eval_scores on;
    double words_per_second, seconds;
} result;

typedef struct options {
    const char *corpus, *record, *svg, *save;
    w2v_config cfg;
    eval_options eval;
    size_t seeds, lengths;
    size_t epochs[MOST_EPOCHS];
    int wanted[WAYS];
    double margin;
    result *results[WAYS][MOST_EPOCHS];  // of each seed
} options;

// -----------------------------------------------------------------------------------------------------------------
// The record: a line that says how the models are trained, then one for each

static void describe_training(const options *o, char *line, size_t room)
{
    const w2v_config *c = &o->cfg;
    snprintf(
        line, room,
        "%s, size %zu, window %zu, negative %zu, sample %g, min-count %llu, alpha %g, %zu lanes, %zu threads",
        o->corpus, c->dim, c->window, c->negative, c->sample, (unsigned long long)c->min_count,
        (double)c->learning_rate, c->lanes, c->threads);
}

// The first line of the record.
static void describe_record(const options *o, char *line, size_t room)
{
    char training[4096];
    describe_training(o, training, sizeof training);
    snprintf(line, room, "w2v.h %s, %s, %s, top %zu, %s", W2V_VERSION, w2v_simd(), o->eval.folder,
             o->eval.top, training);
}

// The model of a line of the record; returns 0 for a line that is not whole.
static int read_model(char *line, char way[32], size_t *epochs, size_t *seed, result *r)
{
    int at = 0, more = 0;
    if (!strchr(line, '\n')) return 0;
    if (sscanf(line, "%31s %zu %zu %lf %lf%n", way, epochs, seed, &r->words_per_second, &r->seconds, &at) < 5)
        return 0;
    for (size_t k = 0; k < SETS; k++, at += more)
        if (sscanf(line + at, "%lf %zu %zu%n", &r->on.score[k], &r->on.used[k], &r->on.lines[k], &more) < 3)
            return 0;
    return line[at] == '\n';
}

// Takes what the record has. A file that is not there is begun.
static void read_record(options *o)
{
    char settings[8192], line[8192], way[32];
    size_t epochs, seed;
    result r;
    describe_record(o, settings, sizeof settings);
    FILE *f = fopen(o->record, "r");
    if (!f && errno == ENOENT) {
        f = fopen(o->record, "w");
        if (!f || fprintf(f, "%s\n", settings) < 0 || fclose(f))
            bench_die(1, "quality", "cannot write '%s': %s", o->record, strerror(errno));
        return;
    }
    if (!f) bench_die(1, "quality", "cannot read '%s': %s", o->record, strerror(errno));
    if (!fgets(line, sizeof line, f) || (line[strcspn(line, "\n")] = 0, strcmp(line, settings) != 0))
        bench_die(2, "quality", "'%s' is not the record of: %s", o->record, settings);
    while (fgets(line, sizeof line, f)) {
        if (!read_model(line, way, &epochs, &seed, &r))
            bench_die(1, "quality", "'%s' has a damaged line: remove '%.60s'", o->record, line);
        for (size_t i = 0; i < WAYS; i++)
            for (size_t e = 0; e < o->lengths; e++)
                if (!strcmp(way, ways[i].name) && epochs == o->epochs[e] && seed - 1 < o->seeds)
                    o->results[i][e][seed - 1] = r;
    }
    fclose(f);
}

static void write_record(const options *o, size_t way, size_t e, size_t seed, const result *r)
{
    FILE *f = fopen(o->record, "a");
    if (!f) bench_die(1, "quality", "cannot write '%s': %s", o->record, strerror(errno));
    fprintf(f, "%s %zu %zu %.9g %.9g", ways[way].name, o->epochs[e], seed, r->words_per_second, r->seconds);
    for (size_t k = 0; k < SETS; k++)
        fprintf(f, " %.9g %zu %zu", r->on.score[k], r->on.used[k], r->on.lines[k]);
    if (fprintf(f, "\n") < 0 || fclose(f))
        bench_die(1, "quality", "cannot write '%s': %s", o->record, strerror(errno));
}

// -----------------------------------------------------------------------------------------------------------------
// Models

static void save(const options *o, const w2v_model *m, size_t way, size_t e, size_t seed)
{
    char path[4096];
    w2v_error err;
    snprintf(path, sizeof path, "%s.%s.%zu.%zu.bin", o->save, ways[way].name, o->epochs[e], seed);
    if (w2v_model_save(m, path, W2V_FORMAT_BINARY, &err) != W2V_OK)
        bench_die(1, "quality", "%s", err.message);
}

static w2v_config config_of(const options *o, size_t way, size_t epochs, size_t seed)
{
    w2v_config cfg = o->cfg;
    cfg.seed = seed;
    cfg.epochs = epochs;
    cfg.sharing = ways[way].sharing;
    cfg.span = ways[way].span;
    cfg.span_negative = ways[way].negatives * cfg.negative;
    if (ways[way].lanes) cfg.lanes = ways[way].lanes;
    return cfg;
}

static void train_and_score(const options *o, size_t way, size_t e, size_t seed)
{
    w2v_config cfg = config_of(o, way, o->epochs[e], seed);
    w2v_progress last;
    w2v_error err;
    w2v_model *m;
    result *const r = &o->results[way][e][seed - 1];
    if (r->words_per_second > 0.0) return;  // from the record
    cfg.progress_fn = bench_keep_last;
    cfg.progress_user = &last;
    if (w2v_train_file(&m, o->corpus, &cfg, &err) != W2V_OK) bench_die(1, "quality", "%s", err.message);
    if (o->save) save(o, m, way, e, seed);
    r->words_per_second = last.words_per_second;
    r->seconds = last.seconds;
    r->on = eval_model(&o->eval, m);
    fprintf(stderr, "seed %zu, %-9s %2zu epochs %6.2f s at %.2f M words/s:", seed, ways[way].name, cfg.epochs,
            last.seconds, last.words_per_second / 1e6);
    for (size_t k = 0; k < SETS; k++) fprintf(stderr, " %s %.2f", eval_set_names[k], r->on.score[k]);
    fprintf(stderr, "\n");
    if (o->record) write_record(o, way, e, seed, r);
    w2v_model_free(m);
}

// -----------------------------------------------------------------------------------------------------------------
// Tables

typedef struct summary {
    double seconds, words_per_second;  // medians
    student_sample on[SETS];
} summary;

static summary summarize(const options *o, size_t way, size_t e)
{
    const result *r = o->results[way][e];
    double *values = (double *)bench_malloc(o->seeds * sizeof *values);
    summary s;
    for (size_t i = 0; i < o->seeds; i++) values[i] = r[i].words_per_second;
    s.words_per_second = bench_median(values, o->seeds);
    for (size_t i = 0; i < o->seeds; i++) values[i] = r[i].seconds;
    s.seconds = bench_median(values, o->seeds);
    for (size_t k = 0; k < SETS; k++) {
        for (size_t i = 0; i < o->seeds; i++) values[i] = r[i].on.score[k];
        s.on[k] = student_describe(values, o->seeds);
    }
    free(values);
    return s;
}

static void print_frontier(const options *o)
{
    static const bench_column columns[] = {
        {"sampling", "", -9, 0,
         "exact: fresh negatives for every pair; window: K negatives shared by a window; one-lane: the same; "
         "window-3K: 3 K of weight 1/3; span: fewer, shared by two windows. exact and one-lane are trained "
         "by one lane"},
        {"epochs", "", 6, 0, ""},
        {"time", "s", 7, 2, "of training, the median, like the speed"},
        {"speed", "M words/s", 9, 2, "words of the vocabulary and epoch by the seconds of training"},
        EVAL_COLUMNS_AND_ERRORS,
        {"mean", "", 7, 2, "of the five"},
    };
    bench_table t = bench_begin("speed and quality", columns, sizeof columns / sizeof *columns);
    for (size_t e = 0; e < o->lengths; e++)
        for (size_t way = 0; way < WAYS; way++) {
            if (!o->wanted[way]) continue;
            const summary s = summarize(o, way, e);
            double mean = 0.0;
            bench_string(&t, ways[way].name);
            bench_number(&t, (double)o->epochs[e]);
            bench_number(&t, s.seconds);
            bench_number(&t, s.words_per_second / 1e6);
            for (size_t k = 0; k < SETS; k++) {
                bench_number(&t, s.on[k].mean);
                bench_number(&t, s.on[k].sd / sqrt((double)o->seeds));
                mean += s.on[k].mean / SETS;
            }
            bench_number(&t, mean);
        }
    bench_end(&t);
}

static void print_comparisons(const options *o, size_t yardstick)
{
    static const bench_column columns[] = {
        {"set", "", -12, 0, ""},
        {"sampling", "", -9, 0, "what is compared"},
        {"epochs", "", 6, 0, ""},
        {"used", "", 6, 0, "questions or pairs whose words the model has, of all"},
        {"of", "", 6, 0, ""},
        {"mean", "", 8, 2, "of what it is compared with: mean over the seeds"},
        {"sd", "", 8, 2, "standard deviation from seed to seed"},
        {"mean", "", 8, 2, "of the sampling that is compared, like sd"},
        {"sd", "", 8, 2, ""},
        {"difference", "", 10, 2, "of the means; below 0: worse than what it is compared with"},
        {"error", "", 7, 2, "standard error of the difference"},
        {"low", "", 7, 2, "lower end of the 90 % confidence interval of the difference (Welch), to `high`"},
        {"high", "", 7, 2, ""},
        {"p low", "", 7, 4, "chance of so good a mean if in truth it were worse by the margin"},
        {"p high", "", 7, 4, "chance of so poor a mean if in truth it were better by the margin"},
        {"seeds", "", 7, 0, "about as many would decide if difference and deviations stay as they are"},
        {"verdict", "", -32, 0, "equivalent: both p below 0.05, so the interval lies within the margin"},
    };
    char title[64];
    snprintf(title, sizeof title, "against %s", ways[yardstick].name);
    bench_table t = bench_begin(title, columns, sizeof columns / sizeof *columns);
    for (size_t e = 0; e < o->lengths; e++)
        for (size_t k = 0; k < SETS; k++) {
            const student_sample known = summarize(o, yardstick, e).on[k];
            for (size_t way = yardstick + 1; way < WAYS; way++) {
                if (!o->wanted[way]) continue;
                const student_sample other = summarize(o, way, e).on[k];
                const student_comparison c = student_compare(known, other, o->seeds, o->margin);
                const double numbers[] = {known.mean, known.sd, other.mean, other.sd,  c.difference, c.error,
                                          c.low,      c.high,   c.p_lower,  c.p_upper, c.seeds};
                bench_string(&t, eval_set_names[k]);
                bench_string(&t, ways[way].name);
                bench_number(&t, (double)o->epochs[e]);
                bench_number(&t, (double)o->results[way][e][0].on.used[k]);
                bench_number(&t, (double)o->results[way][e][0].on.lines[k]);
                bench_numbers(&t, numbers, sizeof numbers / sizeof *numbers);
                bench_string(&t, c.verdict);
            }
        }
    bench_end(&t);
}

// -----------------------------------------------------------------------------------------------------------------
// Picture: a panel for each set, from the time of training to the score

enum { PANELS_A_ROW = 3 };
static const double PANEL_WIDTH = 320.0, PANEL_HEIGHT = 270.0, PANEL_LEFT = 48.0, PANEL_TOP = 30.0,
                    PANEL_PLOT_WIDTH = 256.0, PANEL_PLOT_HEIGHT = 190.0;
static const char *const way_colours[WAYS] = {"#444444", "#8a63b8", "#1f6fb2", "#2a9d3a", "#e07b00"};

typedef struct axis {
    double low, high;
} axis;

static void stretch(axis *a, double low, double high)
{
    a->low = fmin(a->low, low);
    a->high = fmax(a->high, high);
}

static double place(const axis *a, double x, double length)
{
    return (x - a->low) / (a->high - a->low) * length;
}

// Ticks 1, 2 or 5 x a power of ten apart, at most six.
static double tick_distance(const axis *a)
{
    double d = pow(10.0, floor(log10(a->high - a->low)) - 1.0);
    for (int i = 0; (a->high - a->low) / d > 6.0; i++) d *= i % 3 == 1 ? 2.5 : 2.0;
    return d;
}

static void draw_panel(FILE *f, const options *o, size_t k, const axis *time)
{
    const double left = (double)(k % PANELS_A_ROW) * PANEL_WIDTH + PANEL_LEFT,
                 bottom = (double)(k / PANELS_A_ROW) * PANEL_HEIGHT + PANEL_TOP + PANEL_PLOT_HEIGHT;
    const double root = sqrt((double)o->seeds);
    axis score = {1e300, -1e300};
    for (size_t way = 0; way < WAYS; way++)
        for (size_t e = 0; o->wanted[way] && e < o->lengths; e++) {
            const student_sample s = summarize(o, way, e).on[k];
            stretch(&score, s.mean - s.sd / root, s.mean + s.sd / root);
        }
    if (!(score.low <= score.high)) return;  // no model has a score
    const double margin = fmax(0.05 * (score.high - score.low), 0.1);
    stretch(&score, score.low - margin, score.high + margin);
    fprintf(f, "<text x=\"%.1f\" y=\"%.1f\" font-weight=\"bold\">%s</text>\n", left,
            bottom - PANEL_PLOT_HEIGHT - 10.0, eval_set_names[k]);
    fprintf(f, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"none\" stroke=\"#999\"/>\n",
            left, bottom - PANEL_PLOT_HEIGHT, PANEL_PLOT_WIDTH, PANEL_PLOT_HEIGHT);
    const double apart = tick_distance(&score);
    for (double y = ceil(score.low / apart) * apart; y <= score.high; y += apart) {
        const double at = bottom - place(&score, y, PANEL_PLOT_HEIGHT);
        fprintf(f, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#e4e4e4\"/>\n", left, at,
                left + PANEL_PLOT_WIDTH, at);
        fprintf(f, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%g</text>\n", left - 5.0, at + 4.0, y);
    }
    for (double x = 1.0; log(x) <= time->high; x *= 2.0) {
        if (log(x) < time->low) continue;
        const double at = left + place(time, log(x), PANEL_PLOT_WIDTH);
        fprintf(f, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#e4e4e4\"/>\n", at, bottom,
                at, bottom - PANEL_PLOT_HEIGHT);
        fprintf(f, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%g s</text>\n", at, bottom + 15.0, x);
    }
    for (size_t way = 0; way < WAYS; way++) {
        double x = 0.0, y = 0.0;
        for (size_t e = 0; o->wanted[way] && e < o->lengths; e++) {
            const summary s = summarize(o, way, e);
            const double x1 = left + place(time, log(s.seconds), PANEL_PLOT_WIDTH),
                         y1 = bottom - place(&score, s.on[k].mean, PANEL_PLOT_HEIGHT),
                         error = place(&score, score.low + s.on[k].sd / root, PANEL_PLOT_HEIGHT);
            const char *colour = way_colours[way];
            if (e)
                fprintf(f, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"/>\n", x, y,
                        x1, y1, colour);
            fprintf(
                f,
                "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" stroke-width=\"2\"/>\n",
                x1, y1 - error, x1, y1 + error, colour);
            fprintf(f, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\" fill=\"%s\"/>\n", x1, y1, colour);
            x = x1;
            y = y1;
        }
    }
}

static void draw_legend(FILE *f, const options *o)
{
    const double left = (double)(SETS % PANELS_A_ROW) * PANEL_WIDTH + PANEL_LEFT;
    double y = (double)(SETS / PANELS_A_ROW) * PANEL_HEIGHT + PANEL_TOP + 12.0;
    for (size_t way = 0; way < WAYS; way++) {
        if (!o->wanted[way]) continue;
        fprintf(f, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\" fill=\"%s\"/>\n", left + 4.0, y - 4.0,
                way_colours[way]);
        fprintf(f, "<text x=\"%.1f\" y=\"%.1f\">%s</text>\n", left + 16.0, y, ways[way].name);
        y += 20.0;
    }
    fprintf(f, "<text x=\"%.1f\" y=\"%.1f\">Score x 100 after", left, y + 6.0);
    for (size_t e = 0; e < o->lengths; e++) fprintf(f, "%s %zu", e ? "," : "", o->epochs[e]);
    fprintf(f, " epochs,</text>\n<text x=\"%.1f\" y=\"%.1f\">by the time of training; bars: a</text>\n", left,
            y + 24.0);
    fprintf(f, "<text x=\"%.1f\" y=\"%.1f\">standard error to each side (%zu seeds)</text>\n", left, y + 42.0,
            o->seeds);
}

static void draw(const options *o)
{
    axis time = {1e300, -1e300};
    for (size_t way = 0; way < WAYS; way++)
        for (size_t e = 0; o->wanted[way] && e < o->lengths; e++) {
            const double x = log(summarize(o, way, e).seconds);
            stretch(&time, x - 0.1, x + 0.1);
        }
    FILE *f = fopen(o->svg, "w");
    if (!f) bench_die(1, "quality", "cannot write '%s': %s", o->svg, strerror(errno));
    fprintf(f,
            "<!-- SPDX-License-Identifier: MIT-0 -->\n<svg xmlns=\"http://www.w3.org/2000/svg\" "
            "width=\"%.0f\" height=\"%.0f\" font-family=\"sans-serif\" "
            "font-size=\"12\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
            PANELS_A_ROW * PANEL_WIDTH, 2.0 * PANEL_HEIGHT);
    for (size_t k = 0; k < SETS; k++) draw_panel(f, o, k, &time);
    draw_legend(f, o);
    if (fprintf(f, "</svg>\n") < 0 || fclose(f))
        bench_die(1, "quality", "cannot write '%s': %s", o->svg, strerror(errno));
}

// -----------------------------------------------------------------------------------------------------------------

static void usage(FILE *f)
{
    fprintf(f,
            "usage: quality [options] CORPUS EVAL\n"
            "  CORPUS             text to train on\n"
            "  EVAL               folder with questions-words.txt, EN-WS-353-ALL.txt, EN-SIMLEX-999.txt, "
            "EN-MEN-TR-3k.txt and\n"
            "                     EN-RW-STANFORD.txt\n"
            "  -seeds N           models of each kind (5)\n"
            "  -iter LIST         epochs, with commas: models are trained for each number (5)\n"
            "  -sampling LIST     what is compared: exact, one-lane, window (the default), window-3K, span\n"
            "                     (-fast 1); all but window-3K\n"
            "  -lanes N           of all but exact and one-lane (4)\n"
            "  -margin X          points that do not matter (0.5)\n"
            "  -top N             analogies among the first N words (30000)\n"
            "  -alpha X -threads N\n"
            "  " EVAL_TRAINING "\n"
            "                     as for build/word2vec (0.025, all processors; 100, 5, 5, 1e-4, 5)\n"
            "  -record FILE       notes every model in FILE, and does not train those that it has\n"
            "  -svg FILE          draws the scores by the time of training\n"
            "  -save PREFIX       keeps the vectors as PREFIX.SAMPLING.EPOCHS.SEED.bin\n"
            "  -csv, -json        instead of text\n");
}

static void set_epochs(options *o, char *list)
{
    o->lengths = 0;
    for (char *item = strtok(list, ","); item; item = strtok(NULL, ",")) {
        if (o->lengths == MOST_EPOCHS) bench_die(2, "quality", "-iter takes %d numbers at most", MOST_EPOCHS);
        o->epochs[o->lengths++] = bench_whole("quality", "-iter", item, 1, 10000);
    }
    if (!o->lengths) bench_die(2, "quality", "-iter needs a number");
}

static void set_ways(options *o, char *list)
{
    size_t yardsticks = 0;
    memset(o->wanted, 0, sizeof o->wanted);
    for (char *item = strtok(list, ","); item; item = strtok(NULL, ",")) {
        size_t way = 0;
        while (way < WAYS && strcmp(item, ways[way].name)) way++;
        if (way == WAYS)
            bench_die(2, "quality", "-sampling: there is no '%s' (-help lists what there is)", item);
        o->wanted[way] = 1;
    }
    for (size_t way = 0; way < YARDSTICKS; way++) yardsticks += (size_t)o->wanted[way];
    if (!yardsticks) o->wanted[0] = 1;
}

static void set_option(void *arg, const char *name, char *value)
{
    options *o = (options *)arg;
    const char *const me = "quality";
    if (!value)
        bench_die(2, me, "no value for '%s' (-help lists the options)", name);
    else if (!strcmp(name, "-seeds"))
        o->seeds = bench_whole(me, name, value, 2, MOST_SEEDS);
    else if (!strcmp(name, "-iter"))
        set_epochs(o, value);
    else if (!strcmp(name, "-sampling"))
        set_ways(o, value);
    else if (!strcmp(name, "-margin"))
        o->margin = bench_real(me, name, value);
    else if (!strcmp(name, "-top"))
        o->eval.top = bench_whole(me, name, value, 1, SIZE_MAX);
    else if (!strcmp(name, "-alpha"))
        o->cfg.learning_rate = (float)bench_real(me, name, value);
    else if (!strcmp(name, "-lanes"))
        o->cfg.lanes = bench_whole(me, name, value, 1, SIZE_MAX);
    else if (!strcmp(name, "-threads"))
        o->cfg.threads = bench_whole(me, name, value, 0, SIZE_MAX);
    else if (!strcmp(name, "-record"))
        o->record = value;
    else if (!strcmp(name, "-svg"))
        o->svg = value;
    else if (!strcmp(name, "-save"))
        o->save = value;
    else if (!eval_set_training(&o->cfg, me, name, value))
        bench_die(2, me, "unknown option '%s' (-help lists the options)", name);
}

static options parse(int argc, char **argv)
{
    static char usual[] = "exact,one-lane,window,span";
    options o;
    w2v_error err;
    memset(&o, 0, sizeof o);
    o.cfg = w2v_config_default();
    o.cfg.sample = 1e-4;
    o.seeds = 5;
    o.lengths = 1;
    o.epochs[0] = 5;
    o.eval.top = 30000;
    o.margin = 0.5;
    set_ways(&o, usual);
    eval_arguments(argc, argv, "quality", usage, set_option, &o, &o.corpus, &o.eval.folder);
    if (!(o.margin > 0.0)) bench_die(2, "quality", "-margin has to be more than 0, not %g", o.margin);
    if (o.save && o.record) bench_die(2, "quality", "-save keeps nothing of the models that -record has");
    for (size_t way = 0; way < WAYS; way++) {
        const w2v_config cfg = config_of(&o, way, 1, 1);
        if (o.wanted[way] && w2v_config_check(&cfg, &err) != W2V_OK)
            bench_die(2, "quality", "%s: %s", ways[way].name, err.message);
    }
    if (o.svg && w2v_check_writable(o.svg, &err) != W2V_OK) bench_die(1, "quality", "%s", err.message);
    o.eval.threads = o.cfg.threads;
    for (size_t way = 0; way < WAYS; way++)
        for (size_t e = 0; e < o.lengths; e++) {
            o.results[way][e] = (result *)bench_malloc(o.seeds * sizeof(result));
            memset(o.results[way][e], 0, o.seeds * sizeof(result));
        }
    return o;
}

int main(int argc, char **argv)
{
    options o = parse(argc, argv);
    char training[4096];
    student_check();
    eval_check_files(&o.eval);
    if (o.record) read_record(&o);
    bench_table t = bench_conditions();
    describe_training(&o, training, sizeof training);
    bench_fact(&t, "training", "%s", training);
    bench_fact(&t, "seeds", "1 to %zu, for each", o.seeds);
    bench_fact(&t, "margin", "%g points", o.margin);
    bench_end(&t);
    for (size_t e = 0; e < o.lengths; e++)
        for (size_t seed = 1; seed <= o.seeds; seed++)
            for (size_t way = 0; way < WAYS; way++)
                if (o.wanted[way]) train_and_score(&o, way, e, seed);
    print_frontier(&o);
    for (size_t way = 0; way < YARDSTICKS; way++)
        if (o.wanted[way]) print_comparisons(&o, way);
    bench_finish();
    if (o.svg) draw(&o);
    for (size_t way = 0; way < WAYS; way++)
        for (size_t e = 0; e < o.lengths; e++) free(o.results[way][e]);
    return 0;
}
