// SPDX-License-Identifier: MIT-0
//
// train.h - how fast training is, and what it costs. After w2v.h, bench.h and speed.h, in one file of a
// program.

#ifndef TRAIN_H
#define TRAIN_H

#include <signal.h>
#if !defined(_WIN32)
#include <sys/wait.h>
#endif

enum {
    SHARINGS = 3,
    MOST_ROUNDS = 101,
    MOST_SETTINGS = 64,
    MOST_APART = 16,
    ZIPF_WORDS = 4000000,
    SIZES_WORDS = 2000000,
    LENGTHS_WORDS = 16000000,
    LENGTHS_ROUNDS = 3
};

// ----------------------------------------------------------------------------------------------------
// Files beside the program, and a process, that must not outlive it

static char zipf_path[512], slice_path[512];   // "" until they are named
static volatile sig_atomic_t trainer_process;  // 0: none

static void remove_files(void)
{
    if (*zipf_path) remove(zipf_path);
    if (*slice_path) remove(slice_path);
}

static void end_by_signal(int number)
{
#if !defined(_WIN32)
    if (trainer_process) kill((pid_t)trainer_process, SIGKILL);
#endif
    remove_files();
    signal(number, SIG_DFL);
    raise(number);
}

static void name_files(const char *program)
{
    static const int signals[] = {
        SIGINT,
        SIGTERM,
#if !defined(_WIN32)
        SIGHUP,
        SIGPIPE,
#endif
    };
    long id = 0;
#if !defined(_WIN32)
    id = (long)getpid();
#endif
    snprintf(zipf_path, sizeof zipf_path, "%s.%ld.zipf", program, id);
    snprintf(slice_path, sizeof slice_path, "%s.%ld.slice", program, id);
    atexit(remove_files);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        if (signal(signals[i], SIG_IGN) != SIG_IGN) signal(signals[i], end_by_signal);
}

// ----------------------------------------------------------------------------------------------------
// Corpora

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

// The most memory that this process has had, in bytes; NaN where the system does not tell.
static double peak_memory(void)
{
    char line[256];
    double kib = (double)NAN;
    FILE *f = fopen("/proc/self/status", "r");
    while (f && fgets(line, sizeof line, f))
        if (!strncmp(line, "VmHWM:", 6)) kib = strtod(line + 6, NULL);
    if (f) fclose(f);
    return 1024.0 * kib;
}

static void train_model(void *shared, size_t i)
{
    models *all = (models *)shared;
    run *r = all->r;
    w2v_config cfg = r->cfg;
    w2v_model *m;
    w2v_error err;
    w2v_progress last;
    cfg.progress_fn = bench_keep_last;
    cfg.progress_user = &last;
    const double start = w2v__seconds();
    const w2v_status status = w2v_train_file(&m, r->path, &cfg, &err);
    const double whole = w2v__seconds() - start;
    (void)i;
    w2v__lock(&all->mutex);
    if (status != W2V_OK) {
        if (!all->error.message[0]) all->error = err;
    } else {
        all->done++;
        r->whole = fmax(r->whole, whole);
        r->training = fmax(r->training, last.seconds);
        r->words += (double)last.words;
        r->model += 2.0 * (double)(m->size * m->stride * sizeof(float));
    }
    w2v__unlock(&all->mutex);
    if (status == W2V_OK) w2v_model_free(m);
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

// Calls fn(p) in a child and brings back what it has made of the `bytes` at p.
static void in_child(void (*fn)(void *p), void *p, size_t bytes)
{
#if defined(_WIN32)
    (void)bytes;
    fn(p);
#else
    int end[2], status = 0;
    fflush(stdout);
    if (pipe(end)) bench_die(1, "speed", "no pipe: %s", strerror(errno));
    const pid_t child = fork();
    if (child < 0) bench_die(1, "speed", "no new process: %s", strerror(errno));
    if (!child) {
        trainer_process = 0;
        fn(p);
        _exit(write(end[1], p, bytes) == (ssize_t)bytes ? 0 : 1);
    }
    trainer_process = (sig_atomic_t)child;
    close(end[1]);
    const ssize_t got = read(end[0], p, bytes);
    close(end[0]);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    trainer_process = 0;
    if (WIFSIGNALED(status)) bench_die(1, "speed", "killed by signal %d", WTERMSIG(status));
    if (got != (ssize_t)bytes || status) exit(1);  // the child has said why
#endif
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
    for (size_t i = 0; i < n; i++) count += i != skip && w2v__train_find_id(ids, 0, i, ids[i]) == i;
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
            if (windows && w2v__train_find_id(ids, c, k, ids[k]) < k) break;
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
    w2v__train_choose_span(&t);
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
    size_t threads;  // of each model
    size_t models;   // trained at the same time
} setting;

// For each sampling one model with 1, 2, 4, ... and all cores; then, beside the default with all cores, as
// many models of one thread. For the summary: the default with one thread and with all cores.
static size_t list_settings(setting *list, size_t cores, int full)
{
    static const char *const names[SHARINGS] = {"exact", "window", "span"};
    const setting one = {names[W2V_SHARE_WINDOW], W2V_SHARE_WINDOW, 1, 1},
                  all = {names[W2V_SHARE_WINDOW], W2V_SHARE_WINDOW, cores, 1};
    size_t n = 0;
    if (!full) {
        list[n++] = one;
        if (cores > 1) list[n++] = all;
        return n;
    }
    for (size_t s = 0; s < SHARINGS; s++)
        for (size_t threads = 1;; threads = w2v__min_size(2 * threads, cores)) {
            const setting x = {names[s], (w2v_sharing)s, threads, 1};
            list[n++] = x;
            if (threads == cores) break;
        }
    const setting apart = {"apart", W2V_SHARE_WINDOW, 1, w2v__min_size(cores, MOST_APART)};
    if (cores > 1) list[n++] = apart;
    return n;
}

// What has been measured of a setting.
typedef struct measured {
    double seconds[MOST_ROUNDS], whole[MOST_ROUNDS];
    double words, memory, model;
} measured;

static void add_run(measured *x, size_t round, const run *r)
{
    x->seconds[round] = r->training;
    x->whole[round] = r->whole;
    x->words = r->words;
    x->memory = r->memory;
    x->model = r->model;
}

static void set_training_figure(session *s, const setting *x, size_t cores, double rate, double gflops)
{
    if (x->sharing != W2V_SHARE_WINDOW || x->models != 1 || (x->threads != 1 && x->threads != cores)) return;
    figure *f = &s->figures[x->threads == 1 ? FIGURE_ONE_THREAD : FIGURE_ALL_THREADS];
    char name[64];
    snprintf(name, sizeof name, "training, skip-gram, d = %zu, %zu thread%s", base_config().dim, x->threads,
             x->threads == 1 ? "" : "s");
    *f = make_figure(name, gflops, (double)NAN, (double)NAN);
    snprintf(f->value, sizeof f->value, "%.3f M words/s", rate);
}

// Returns the M words/s. Those of one thread are *one.
static double print_training_row(session *s, bench_table *t, const setting *x, const work *w, measured *m,
                                 double one)
{
    const double threads = (double)(x->threads * x->models);
    const double rate = m->words / bench_median(m->seconds, s->rounds) / 1e6;
    const double gflops = 6e-3 * (double)w->cfg.dim * rate * w->products;
    const double numbers[] = {threads,
                              rate,
                              rate * w->centres,
                              rate * w->pairs,
                              rate * w->products,
                              gflops,
                              rate / (threads > 1.0 ? one : rate),
                              bench_median(m->whole, s->rounds),
                              m->memory / 1e6};
    bench_string(t, x->name);
    bench_numbers(t, numbers, sizeof numbers / sizeof *numbers);
    note_speed(s, &s->peak, "training by threads", x->name, threads, gflops / threads);
    set_training_figure(s, x, base_config().threads, rate, gflops / threads);
    return rate;
}

static void print_training(session *s)
{
    static const bench_column columns[] = {
        {"sampling", "", -8, 0,
         "negatives shared by nobody (exact), by a window (the default), or by a span of windows (-fast 1); "
         "apart: the default with a model for every thread, up to 16, so that threads share no rows and no "
         "queue"},
        {"threads", "", 7, 0, ""},
        {"words", "M/s", 8, 3, "of the vocabulary, of all models, by the seconds that the slowest trained"},
        {"centres", "M/s", 8, 3, "words that are left after subsampling"},
        {"pairs", "M/s", 8, 2, "centre and context word"},
        {"products", "M/s", 9, 1,
         "of an input row and an output row, positive or negative: what is computed"},
        {"speed", "GFLOP/s", 8, 1, "6 d a product: score and two updates; nothing else is counted"},
        {"x 1 thread", "", 10, 2, "words/s by those of one thread"},
        {"all", "s", 8, 2, "seconds with reading, counting and setting up"},
        {"memory", "MB", 8, 1, "most in use"},
    };
    static measured results[MOST_SETTINGS];
    double one[SHARINGS] = {0.0};
    setting list[MOST_SETTINGS];
    work w[SHARINGS];
    bench_table t;
    w2v_config cfg = base_config();
    const size_t n = list_settings(list, cfg.threads, s->full);
    for (size_t i = 0; i < n; i++) {
        cfg.sharing = list[i].sharing;
        if (!i || list[i].sharing != list[i - 1].sharing) w[cfg.sharing] = work_of(slice_path, &cfg);
    }
    for (size_t r = 0; r < s->rounds; r++) {
        const int last = r + 1 == s->rounds;
        if (last) t = bench_begin("training", columns, sizeof columns / sizeof *columns);
        for (size_t i = 0; i < n; i++) {
            cfg.sharing = list[i].sharing;
            cfg.threads = list[i].threads;
            const run x = measure(slice_path, &cfg, list[i].models);
            add_run(&results[i], r, &x);
            look_again(s);
            if (!last || !s->full)
                say("training, round %zu of %zu, %s, %zu thread(s): %.3f M words/s", r + 1, s->rounds,
                    list[i].name, list[i].threads * list[i].models, x.words / x.training / 1e6);
            if (!last) continue;
            const double rate =
                print_training_row(s, &t, &list[i], &w[cfg.sharing], &results[i], one[cfg.sharing]);
            if (list[i].threads == 1 && list[i].models == 1) one[cfg.sharing] = rate;
        }
    }
    bench_end(&t);
}

static void print_sizes(session *s)
{
    enum { SIZES = 5 };
    static const size_t sizes[SIZES] = {64, 128, 256, 512, 768};
    static const bench_column columns[] = {
        {"d", "", 5, 0, "default sampling, one thread"},
        {"words", "M/s", 8, 3, ""},
        {"speed", "GFLOP/s", 8, 1, ""},
        {"product", "ns", 8, 2, "seconds of training by products, as in the table `training`"},
        {"product / d", "ps", 11, 2, "and by d: the same for every d, if there is no cliff"},
        {"model", "MB", 8, 1, "both matrices"},
    };
    static measured results[SIZES];
    bench_table t;
    w2v_config cfg = base_config();
    cfg.threads = 1;
    copy_words(s->corpus, slice_path, SIZES_WORDS);
    const work w = work_of(slice_path, &cfg);
    for (size_t r = 0; r < s->rounds; r++) {
        const int last = r + 1 == s->rounds;
        if (last) t = bench_begin("sizes", columns, sizeof columns / sizeof *columns);
        for (size_t i = 0; i < SIZES; i++) {
            cfg.dim = sizes[i];
            const run x = measure(slice_path, &cfg, 1);
            add_run(&results[i], r, &x);
            look_again(s);
            if (!last) {
                say("sizes, round %zu of %zu, d = %zu: %.3f M words/s", r + 1, s->rounds, sizes[i],
                    x.words / x.training / 1e6);
                continue;
            }
            const double took = bench_median(results[i].seconds, s->rounds), d = (double)sizes[i],
                         ns = 1e9 * took / (x.words * w.products);
            const double numbers[] = {d, x.words / took / 1e6, 6.0 * d / ns, ns, 1e3 * ns / d, x.model / 1e6};
            bench_numbers(&t, numbers, sizeof numbers / sizeof *numbers);
            note_speed(s, &s->peak, "sizes by d", "window, 1 thread", d, 6.0 * d / ns);
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
    const size_t total = copy_words(s->corpus, slice_path, LENGTHS_WORDS);
    bench_table t = bench_begin("lengths", columns, sizeof columns / sizeof *columns);
    for (size_t l = 0; l < TEXTS; l++) {
        const double words = (double)copy_words(s->corpus, slice_path, total >> (TEXTS - 1 - l));
        double reading[LENGTHS_ROUNDS], training[LENGTHS_ROUNDS];
        run x = measure(slice_path, &cfg, 1);
        for (size_t r = 0; r < LENGTHS_ROUNDS; r++) {
            x = measure(slice_path, &cfg, 1);
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
    return is_selected(s, "training") || is_selected(s, "sizes") || is_selected(s, "lengths");
}

// Writes the corpora; returns the words of the one for `training`.
static size_t write_corpora(session *s, const char *program)
{
    name_files(program);
    if (!s->corpus) {
        const size_t words = (size_t)(s->effort * ZIPF_WORDS);
        say("writing a text of %zu words, drawn by Zipf's law", words);
        write_zipf(zipf_path, words);
        s->corpus = zipf_path;
    }
    return copy_words(s->corpus, slice_path, s->words);
}

static void add_training_facts(const session *s, size_t words, bench_table *t)
{
    const w2v_config cfg = base_config();
    bench_fact(t, "corpus", "%s", s->corpus == zipf_path ? "drawn by Zipf's law" : s->corpus);
    bench_fact(t, "words", "%.2f M for `training`, up to %.2f M for `sizes` and %.2f M for `lengths`",
               (double)words / 1e6, (double)SIZES_WORDS / 1e6, (double)LENGTHS_WORDS / 1e6);
    bench_fact(t, "training",
               "size %zu (but for `sizes`), window %zu, negative %zu, sample %g, min-count %llu, 1 epoch",
               cfg.dim, cfg.window, cfg.negative, cfg.sample, (unsigned long long)cfg.min_count);
    bench_fact(t, "rounds of training",
               "%zu, interleaved; medians (`lengths`: %d, one length after the other)", s->rounds,
               (int)LENGTHS_ROUNDS);
}

static void print_trainings(session *s)
{
    if (is_selected(s, "training")) print_training(s);
    if (is_selected(s, "sizes")) print_sizes(s);
    if (is_selected(s, "lengths")) print_lengths(s);
}

#endif
