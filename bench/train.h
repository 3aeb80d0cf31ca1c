// SPDX-License-Identifier: MIT-0
//
// train.h - how fast training is, and what it costs. After w2v.h, bench.h and speed.h, in one file of a
// program.

#ifndef TRAIN_H
#define TRAIN_H

#include "child.h"

enum {
    SHARINGS = 3,
    MOST_ROUNDS = 101,
    MOST_SETTINGS = 64,
    MOST_APART = 16,
    ZIPF_WORDS = 4000000,
    SIZES_WORDS = 2000000,  // and of the table `stages`
    LENGTHS_WORDS = 16000000,
    LENGTHS_ROUNDS = 3
};

// ----------------------------------------------------------------------------------------------------
// Corpora

static const char *zipf_file, *slice_file;  // beside the program

// Words w0, w1 ... with probability ~ 1 / (rank + 1): the cost of
// training depends on how often words occur, not on what they mean.
static void write_zipf(const char *path, size_t words)
{
    enum { VOCABULARY = 50000 };
    double *weight = (double *)bench_malloc(VOCABULARY * sizeof *weight);
    w2v_alias table;
    w2v_error err;
    w2v_random r = w2v_random_stream(1, 0);
    FILE *f = fopen(path, "wb");
    if (!f) bench_die(1, "speed", "cannot write '%s': %s", path, strerror(errno));
    for (int i = 0; i < VOCABULARY; i++) weight[i] = 1.0 / (i + 1.0);
    if (w2v_alias_init(&table, weight, VOCABULARY, &err) != W2V_OK) bench_die(1, "speed", "%s", err.message);
    for (size_t i = 0; i < words; i++) fprintf(f, "w%u ", w2v_alias_draw(&table, &r));
    if (fclose(f)) bench_die(1, "speed", "cannot write '%s': %s", path, strerror(errno));
    w2v_alias_free(&table);
    free(weight);
}

// Copies the first `words` words (0: all) of a file; returns how many there were.
static size_t copy_words(const char *from, const char *to, size_t words)
{
    FILE *in = fopen(from, "rb"), *out = in ? fopen(to, "wb") : NULL;
    if (!in || !out) bench_die(1, "speed", "cannot open '%s': %s", in ? to : from, strerror(errno));
    static char buffer[1 << 16];
    size_t seen = 0, n;
    int inside = 0;
    while ((n = fread(buffer, 1, sizeof buffer, in)) > 0) {
        size_t end = 0;
        for (; end < n; end++) {
            const int now = !w2v__is_space(buffer[end]);
            if (now && !inside && words && seen == words) break;
            seen += (size_t)(now && !inside);
            inside = now;
        }
        fwrite(buffer, 1, end, out);
        if (end < n) break;
    }
    const int failed = ferror(in) || ferror(out);
    fclose(in);
    if (fclose(out) || failed)
        bench_die(1, "speed", "cannot copy '%s' to '%s': %s", from, to, strerror(errno));
    return seen;
}

// ----------------------------------------------------------------------------------------------------
// Training, in a process of its own, so that its memory can be told apart

typedef struct run {
    w2v_config cfg;
    const char *path;
    size_t models;           // trained at the same time
    double training, whole;  // seconds, of the slowest model
    double processor;        // time of all threads in training; several models: threads x seconds
    double words;            // of the vocabulary, all epochs and models
    double memory;           // most bytes in use
    double model;            // bytes of the two matrices
} run;

typedef struct models {
    run *r;
    w2v__mutex mutex;  // of what follows, and of what is written to r
    size_t done;
    w2v_error error;  // of the first that failed
} models;

static void train_model(void *shared, size_t i)
{
    models *all = (models *)shared;
    run *r = all->r;
    const w2v_source source = w2v_source_file(r->path);
    w2v_trainer *t = NULL;
    w2v_error err;
    const double start = bench_seconds();
    w2v_status status = w2v_trainer_new(&t, &source, 1, &r->cfg, NULL, NULL, &err);
    const double begun = bench_seconds(), processor = (double)clock() / CLOCKS_PER_SEC;
    if (status == W2V_OK) status = w2v_trainer_run(t, UINT64_MAX, &err);
    const double end = bench_seconds(), took = (double)clock() / CLOCKS_PER_SEC - processor;
    (void)i;
    w2v__lock(&all->mutex);
    if (status != W2V_OK) {
        if (!all->error.message[0]) all->error = err;
    } else {
        all->done++;
        r->whole = fmax(r->whole, end - start);
        r->training = fmax(r->training, end - begun);
        r->processor = r->models == 1 ? took : r->training * (double)(r->models * r->cfg.threads);
        r->words += (double)t->report.done;
        r->model += 2.0 * (double)(t->m->size * t->m->stride * sizeof(float));
    }
    w2v__unlock(&all->mutex);
    w2v_trainer_free(t);
}

static void train(void *p)
{
    models all;
    memset(&all, 0, sizeof all);
    all.r = (run *)p;
    w2v__mutex_init(&all.mutex);
    w2v__parallel(all.r->models, train_model, &all);
    w2v__mutex_free(&all.mutex);
    if (all.error.message[0]) bench_die(1, "speed", "%s", all.error.message);
    if (all.done != all.r->models)
        bench_die(1, "speed", "the system has refused a thread: %zu of %zu models", all.done, all.r->models);
    all.r->memory = peak_memory();
}

static run measure(const char *path, const w2v_config *cfg, size_t n_models)
{
    run r;
    memset(&r, 0, sizeof r);
    r.cfg = *cfg;
    r.path = path;
    r.models = n_models;
    in_child(train, &r, sizeof r);
    return r;
}

static w2v_config base_config(void)
{
    w2v_config cfg = w2v_config_default();
    cfg.sample = 1e-4;
    cfg.epochs = 1;
    return cfg;
}

// ----------------------------------------------------------------------------------------------------
// What the trainer computes: the header does not count it, so the beginning of the corpus is gone through
// once more with the trainer's rules, drawing windows and drops of our own

typedef struct work {
    w2v_config cfg;
    const char *path;
    int pairwise;                     // as in the trainer
    double centres, pairs, products;  // for each word of the vocabulary, of one epoch
} work;

// The words of a file as ids, at most `room`; W2V_NONE ends a sentence, and a block of the trainer.
static size_t read_ids(const char *path, const w2v_model *m, uint32_t *ids, size_t room)
{
    FILE *f = fopen(path, "rb");
    if (!f) bench_die(1, "speed", "cannot open '%s': %s", path, strerror(errno));
    char word[W2V_MAX_WORD + 1];
    size_t n = 0, length = 0, at = 0;
    for (int c = 0; c != EOF && n < room; at++) {
        c = getc(f);
        if (c != EOF && !w2v__is_space((char)c)) {
            if (length < W2V_MAX_WORD) word[length++] = (char)c;
            continue;
        }
        word[length] = 0;
        const uint32_t id = length ? w2v_vocab_find(m->vocab, word) : W2V_NONE;
        if (id != W2V_NONE) ids[n++] = id;
        const int end = c == '\n' || at / W2V_BLOCK_BYTES != (at - length) / W2V_BLOCK_BYTES;
        if (end && n && n < room && ids[n - 1] != W2V_NONE) ids[n++] = W2V_NONE;
        length = 0;
    }
    fclose(f);
    return n;
}

// Drops frequent words as the trainer does; returns how many ids are
// left. *words counts those of the vocabulary.
static size_t drop_frequent(uint32_t *ids, size_t n, const w2v_model *m, double sample, size_t *words)
{
    w2v_random r = w2v_random_stream(1, 1);
    double total = 0.0;
    size_t kept = 0;
    for (size_t i = 0; i < m->size; i++) total += (double)w2v_vocab_count(m->vocab, (uint32_t)i);
    for (size_t i = *words = 0; i < n; i++) {
        double keep = 1.0;
        if (ids[i] != W2V_NONE) {
            const double t = sample * total / (double)w2v_vocab_count(m->vocab, ids[i]);
            keep = sample > 0.0 ? sqrt(t) + t : 1.0;
            ++*words;
        }
        if ((double)w2v_random_float(&r) < keep) ids[kept++] = ids[i];
    }
    return kept;
}

static size_t distinct(const uint32_t *ids, size_t n, size_t skip)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) count += i != skip && w2v__step_find(ids, 0, i, ids[i]) == i;
    return count;
}

// One sentence of n > 1 words: `span` windows in a row, or as many as have different centres, make a step of
// their distinct inputs by their centres and `shared` negatives; without sharing every pair is a step.
static void add_sentence(work *w, const uint32_t *ids, size_t n, size_t span, size_t shared,
                         w2v_random *random)
{
    w->centres += (double)n;
    for (size_t c = 0, windows; c < n; c += windows) {
        size_t first = n, last = 0;
        for (windows = 0; windows < span && c + windows < n; windows++) {
            const size_t k = c + windows, reach = 1 + w2v_random_below(random, (uint32_t)w->cfg.window);
            if (windows && w2v__step_find(ids, c, k, ids[k]) < k) break;
            const size_t lo = k > reach ? k - reach : 0, hi = w2v__min_size(k + reach, n - 1);
            first = w2v__min_size(first, lo);
            last = hi > last ? hi : last;
            w->pairs += (double)(hi - lo);
            if (w->pairwise) w->products += (double)((hi - lo) * (1 + shared));
        }
        if (w->pairwise) continue;
        const size_t inputs = distinct(ids + first, last - first + 1, windows == 1 ? c - first : SIZE_MAX);
        w->products += (double)(inputs * (windows + shared));
    }
}

static void count_work(void *p)
{
    enum { IDS = 2000000 };
    work *w = (work *)p;
    w2v_config cfg = w->cfg;
    w2v_error err;
    w2v_trainer t;
    w2v_model *m;
    cfg.dim = 1;
    // only for the vocabulary
    if (w2v_train_file(&m, w->path, &cfg, &err) != W2V_OK) bench_die(1, "speed", "%s", err.message);
    memset(&t, 0, sizeof t);
    t.cfg = w->cfg;
    t.m = m;
    w2v__trainer_choose_span(&t);
    w->pairwise = t.pairwise;
    uint32_t *ids = (uint32_t *)bench_malloc(IDS * sizeof *ids);
    size_t words, n = read_ids(w->path, m, ids, IDS - 1);
    n = drop_frequent(ids, n, m, w->cfg.sample, &words);
    ids[n++] = W2V_NONE;
    w2v_random random = w2v_random_stream(1, 2);
    for (size_t first = 0, last; first < n; first = last + 1) {
        for (last = first; ids[last] != W2V_NONE; last++) {
        }
        if (last - first > 1) add_sentence(w, ids + first, last - first, t.span, t.negatives, &random);
    }
    w->centres /= (double)words;
    w->pairs /= (double)words;
    w->products /= (double)words;
    free(ids);
    w2v_model_free(m);
}

static work work_of(const char *path, const w2v_config *cfg)
{
    work w;
    memset(&w, 0, sizeof w);
    w.cfg = *cfg;
    w.path = path;
    in_child(count_work, &w, sizeof w);
    return w;
}

// ----------------------------------------------------------------------------------------------------
// Tables

typedef struct setting {
    const char *name;
    w2v_sharing sharing;
    size_t dim, lanes;
    size_t threads;  // of each model
    size_t models;   // trained at the same time
} setting;

// For each sampling one lane, then the usual lanes with 1, 2, 4, ... and all cores; then, for the default, as
// many models of one lane as there are cores, and one lane with long vectors. For the summary: the default
// with one lane, the same with long vectors, and all cores.
static size_t list_settings(setting *list, int full)
{
    enum { LONG = 300 };
    static const char *const names[SHARINGS] = {"exact", "window", "span"};
    const w2v_config cfg = base_config();
    const setting one = {names[W2V_SHARE_WINDOW], W2V_SHARE_WINDOW, cfg.dim, 1, 1, 1},
                  all = {names[W2V_SHARE_WINDOW], W2V_SHARE_WINDOW, cfg.dim, cfg.lanes, cfg.threads, 1},
                  apart = {"apart", W2V_SHARE_WINDOW, cfg.dim, 1, 1, w2v__min_size(cfg.threads, MOST_APART)};
    size_t n = 0;
    for (size_t s = 0; s < SHARINGS && full; s++) {
        list[n] = one;
        list[n].name = names[s];
        list[n++].sharing = (w2v_sharing)s;
        for (size_t threads = 1;; threads = w2v__min_size(2 * threads, cfg.threads)) {
            const setting x = {names[s], (w2v_sharing)s, cfg.dim, cfg.lanes, threads, 1};
            list[n++] = x;
            if (threads == cfg.threads) break;
        }
    }
    if (!full) list[n++] = one;
    if (full && cfg.threads > 1) list[n++] = apart;
    list[n] = one;
    list[n++].dim = LONG;
    if (!full) list[n++] = all;
    return n;
}

// What has been measured of a setting.
typedef struct measured {
    double seconds[MOST_ROUNDS], processor[MOST_ROUNDS], whole[MOST_ROUNDS];
    double words, memory, model;
} measured;

static void add_run(measured *x, size_t round, const run *r)
{
    x->seconds[round] = r->training;
    x->processor[round] = r->processor;
    x->whole[round] = r->whole;
    x->words = r->words;
    x->memory = r->memory;
    x->model = r->model;
}

// "one lane" or "4 lanes, 2 threads"
static void describe_lanes(const setting *x, char *text, size_t room)
{
    if (x->lanes == 1)
        snprintf(text, room, "one lane");
    else
        snprintf(text, room, "%zu lanes, %zu thread%s", x->lanes, x->threads, x->threads == 1 ? "" : "s");
}

// `gflops`: by the time of the processors.
static void set_training_figure(session *s, const setting *x, double rate, double gflops)
{
    const w2v_config cfg = base_config();
    char name[64], lanes[32];
    const int all = x->lanes > 1 && x->threads == cfg.threads;
    if (x->sharing != W2V_SHARE_WINDOW || x->models != 1 || (x->lanes > 1 && !all)) return;
    figure *f = &s->figures[all ? FIGURE_LANES : x->dim == cfg.dim ? FIGURE_ONE_LANE : FIGURE_ONE_LANE_LONG];
    describe_lanes(x, lanes, sizeof lanes);
    snprintf(name, sizeof name, "training, d = %zu, %s", x->dim, lanes);
    *f = make_figure(name, gflops, (double)NAN, (double)NAN);
    snprintf(f->value, sizeof f->value, "%.3f M words/s", rate);
}

// What has been measured of a setting, in its row. *one: words/s of one lane.
static void print_training_row(session *s, bench_table *t, const setting *x, const work *w, measured *m,
                               double *one)
{
    const double rate = m->words / bench_median(m->seconds, s->rounds) / 1e6;
    const double flops = 6.0 * (double)x->dim * w->products * m->words,
                 gflops = flops / bench_median(m->processor, s->rounds) / 1e9;
    char row[40], lanes[32];
    if (x->lanes == 1 && x->models == 1) *one = rate;
    const double numbers[] = {(double)x->dim,
                              (double)x->lanes,
                              (double)(x->threads * x->models),
                              rate,
                              rate * w->centres,
                              rate * w->pairs,
                              rate * w->products,
                              gflops,
                              rate / *one,
                              bench_median(m->whole, s->rounds),
                              m->memory / 1e6};
    bench_string(t, x->name);
    bench_numbers(t, numbers, sizeof numbers / sizeof *numbers);
    describe_lanes(x, lanes, sizeof lanes);
    snprintf(row, sizeof row, "%s, %s", x->name, lanes);
    note_speed(s, &s->peak, "training by d", row, (double)x->dim, gflops);
    set_training_figure(s, x, rate, gflops);
}

static void print_training(session *s)
{
    static const bench_column columns[] = {
        {"sampling", "", -8, 0,
         "negatives shared by nobody (exact), by a window (the default), or by a span of windows (-fast 1); "
         "apart: the default with a model for every core, up to 16, so that threads share nothing"},
        {"d", "", 4, 0, ""},
        {"lanes", "", 5, 0, "chunks of text that are trained beside each other; one is trained in place"},
        {"threads", "", 7, 0, ""},
        {"words", "M/s", 7, 3, "of the vocabulary, of all models, by the seconds that the slowest trained"},
        {"centres", "M/s", 7, 3, "words that are left after subsampling"},
        {"pairs", "M/s", 6, 2, "centre and context word"},
        {"products", "M/s", 8, 1,
         "of an input row and an output row, positive or negative: what is computed"},
        {"speed", "GFLOP/s", 8, 1,
         "6 d a product, its score and two updates, by the time of all processors; nothing else is counted"},
        {"x one lane", "", 10, 2, "words/s by those of one lane above"},
        {"all", "s", 6, 2, "seconds with reading, counting and setting up"},
        {"memory", "MB", 7, 1, "most in use"},
    };
    static measured results[MOST_SETTINGS];
    double one[SHARINGS] = {0.0}, one_long = 0.0;
    setting list[MOST_SETTINGS];
    work w[SHARINGS];
    bench_table t;
    w2v_config cfg = base_config();
    const size_t n = list_settings(list, s->full), dim = cfg.dim;
    for (size_t i = 0; i < n; i++) {
        cfg.sharing = list[i].sharing;
        if (!i || list[i].sharing != list[i - 1].sharing) w[cfg.sharing] = work_of(slice_file, &cfg);
    }
    for (size_t r = 0; r < s->rounds; r++) {
        const int last = r + 1 == s->rounds;
        if (last) t = bench_begin("training", columns, sizeof columns / sizeof *columns);
        for (size_t i = 0; i < n; i++) {
            const setting *x = &list[i];
            cfg.sharing = x->sharing;
            cfg.dim = x->dim;
            cfg.lanes = x->lanes;
            cfg.threads = x->threads;
            const run y = measure(slice_file, &cfg, x->models);
            add_run(&results[i], r, &y);
            look_again(s);
            if (!last || !s->full)
                say("training, round %zu of %zu, %s, d = %zu, %zu lane(s), %zu thread(s): %.3f M words/s",
                    r + 1, s->rounds, x->name, x->dim, x->lanes, x->threads * x->models,
                    y.words / y.training / 1e6);
            if (last)
                print_training_row(s, &t, x, &w[x->sharing], &results[i],
                                   x->dim == dim ? &one[x->sharing] : &one_long);
        }
    }
    bench_end(&t);
}

static void print_sizes(session *s)
{
    enum { SIZES = 7 };
    static const size_t sizes[SIZES] = {64, 100, 128, 256, 300, 512, 768};
    static const bench_column columns[] = {
        {"d", "", 5, 0, "default sampling, one lane"},
        {"words", "M/s", 8, 3, ""},
        {"speed", "GFLOP/s", 8, 1, ""},
        {"product", "ns", 8, 2, "processor time of training by products, as in the table `training`"},
        {"product / d", "ps", 11, 2, "and by d: the same for every d, if there is no cliff"},
        {"model", "MB", 8, 1, "both matrices"},
    };
    static measured results[SIZES];
    bench_table t;
    w2v_config cfg = base_config();
    cfg.threads = cfg.lanes = 1;
    copy_words(s->corpus, slice_file, SIZES_WORDS);
    const work w = work_of(slice_file, &cfg);
    for (size_t r = 0; r < s->rounds; r++) {
        const int last = r + 1 == s->rounds;
        if (last) t = bench_begin("sizes", columns, sizeof columns / sizeof *columns);
        for (size_t i = 0; i < SIZES; i++) {
            cfg.dim = sizes[i];
            const run x = measure(slice_file, &cfg, 1);
            add_run(&results[i], r, &x);
            look_again(s);
            if (!last) {
                say("sizes, round %zu of %zu, d = %zu: %.3f M words/s", r + 1, s->rounds, sizes[i],
                    x.words / x.training / 1e6);
                continue;
            }
            const double took = bench_median(results[i].processor, s->rounds), d = (double)sizes[i],
                         ns = 1e9 * took / (x.words * w.products);
            const double numbers[] = {d, x.words / took / 1e6, 6.0 * d / ns, ns, 1e3 * ns / d, x.model / 1e6};
            bench_numbers(&t, numbers, sizeof numbers / sizeof *numbers);
            note_speed(s, &s->peak, "sizes by d", "window, one lane", d, 6.0 * d / ns);
        }
    }
    bench_end(&t);
}

static void print_lengths(session *s)
{
    enum { TEXTS = 5 };
    static const bench_column columns[] = {
        {"text", "M words", 8, 3, "the first words of the corpus; default sampling, all cores"},
        {"reading", "s", 8, 3, "and counting, and setting up"},
        {"training", "s", 8, 3, "one epoch"},
        {"a word", "ns", 8, 1, "both by the words of the text: the same for every length, if cost is linear"},
        {"memory", "MB", 8, 1, "most in use"},
        {"model", "MB", 8, 1, "both matrices"},
        {"ids", "MB", 8, 1, "of the text, 4 bytes a word"},
        {"rest", "MB", 8, 1, "vocabulary, alias table, threads, program"},
    };
    w2v_config cfg = base_config();
    const size_t total = copy_words(s->corpus, slice_file, LENGTHS_WORDS);
    bench_table t = bench_begin("lengths", columns, sizeof columns / sizeof *columns);
    for (size_t l = 0; l < TEXTS; l++) {
        const double words = (double)copy_words(s->corpus, slice_file, total >> (TEXTS - 1 - l));
        double reading[LENGTHS_ROUNDS], training[LENGTHS_ROUNDS];
        run x = measure(slice_file, &cfg, 1);
        for (size_t r = 0; r < LENGTHS_ROUNDS; r++) {
            x = measure(slice_file, &cfg, 1);
            reading[r] = x.whole - x.training;
            training[r] = x.training;
        }
        const double read = bench_median(reading, LENGTHS_ROUNDS),
                     took = bench_median(training, LENGTHS_ROUNDS);
        const double numbers[] = {
            words / 1e6,    read,          took,         1e9 * (read + took) / words,
            x.memory / 1e6, x.model / 1e6, 4e-6 * words, (x.memory - x.model - 4.0 * words) / 1e6};
        bench_numbers(&t, numbers, sizeof numbers / sizeof *numbers);
    }
    bench_end(&t);
}

// ----------------------------------------------------------------------------------------------------

static int is_training_selected(const session *s)
{
    static const char *const names[] = {"training", "sizes", "stages", "lengths"};
    int any = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) any |= is_selected(s, names[i]);
    return any;
}

// Writes the corpora; returns the words of the one for `training`.
static size_t write_corpora(session *s, const char *program)
{
    zipf_file = scratch_file(program, "zipf");
    slice_file = scratch_file(program, "slice");
    if (!s->corpus) {
        const size_t words = (size_t)(s->effort * ZIPF_WORDS);
        say("writing a text of %zu words, drawn by Zipf's law", words);
        write_zipf(zipf_file, words);
        s->corpus = zipf_file;
    }
    return copy_words(s->corpus, slice_file, s->words);
}

static void add_training_facts(const session *s, size_t words, bench_table *t)
{
    const w2v_config cfg = base_config();
    bench_fact(t, "corpus", "%s", s->corpus == zipf_file ? "drawn by Zipf's law" : s->corpus);
    bench_fact(t, "words",
               "%.2f M for `training`, up to %.2f M for `sizes` and `stages` and %.2f M for `lengths`",
               (double)words / 1e6, (double)SIZES_WORDS / 1e6, (double)LENGTHS_WORDS / 1e6);
    bench_fact(
        t, "training",
        "size %zu (300 where it says so), window %zu, negative %zu, sample %g, min-count %llu, 1 epoch",
        cfg.dim, cfg.window, cfg.negative, cfg.sample, (unsigned long long)cfg.min_count);
    bench_fact(t, "rounds of training",
               "%zu, interleaved; medians (`lengths`: %d, one length after the other)", s->rounds,
               (int)LENGTHS_ROUNDS);
}

#endif
