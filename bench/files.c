// SPDX-License-Identifier: MIT-0
//
// files.c - how fast vector files are loaded, and what memory that takes: build/bench/files [options]
//
// The vectors are generated and written beside the program in every format. Each is loaded in a process of its own,
// with one thread and with all. The system still has the files in memory. -help lists the options.

#include <stddef.h>

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include "bench.h"
#include "child.h"

typedef struct options {
    size_t words, dim, rounds, threads;
} options;

// A format, and what our files of it are like.
typedef struct format {
    const char *name;
    w2v_format format;
    int decimals;  // 0: the shortest that read back to the same bits
} format;

static const format formats[] = {
    {"text", W2V_FORMAT_TEXT, 0},
    {"text, six decimals", W2V_FORMAT_TEXT, 6},
    {"binary", W2V_FORMAT_BINARY, 0},
};

static void usage(FILE *f)
{
    fprintf(f, "usage: files [options]\n"
               "  -words N       vectors (400000)\n"
               "  -dim N         numbers of each (100)\n"
               "  -threads N     default: the processors that this process may use\n"
               "  -rounds N      of which the median is shown (5)\n"
               "  -csv, -json    instead of text\n");
}

static options parse(int argc, char **argv)
{
    const w2v_load_config cfg = w2v_load_config_default();
    options o = {400000, 100, 5, cfg.threads};
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i], *value = argv[i + 1];
        if (!strcmp(name, "-help")) {
            usage(stdout);
            exit(0);
        }
        if (bench_takes_format(name)) continue;
        if (!strcmp(name, "-words"))
            o.words = bench_whole("files", name, value, 1, 100000000);
        else if (!strcmp(name, "-dim"))
            o.dim = bench_whole("files", name, value, 1, W2V_MAX_DIM);
        else if (!strcmp(name, "-threads"))
            o.threads = bench_whole("files", name, value, 1, 1024);
        else if (!strcmp(name, "-rounds"))
            o.rounds = bench_whole("files", name, value, 1, 64);
        else
            bench_die(2, "files", "unknown option '%s' (-help lists the options)", name);
        i++;
    }
    return o;
}

// ----------------------------------------------------------------------------------------------------
// Files

typedef struct writing {
    const options *o;
    const format *f;
    const char *path;
} writing;

// Words of 3 to 12 letters; numbers about 0, of which two thirds are below 0.4, as those of trained vectors.
static w2v_model *generate(const options *o)
{
    enum { ROOM = 16 };
    w2v_random r = w2v_random_stream(1, 0);
    char *text = (char *)bench_malloc(o->words * ROOM);
    const char **word = (const char **)bench_malloc(o->words * sizeof *word);
    float *in = (float *)bench_malloc(o->words * o->dim * sizeof *in);
    w2v_model *m;
    w2v_error err;
    for (size_t i = 0; i < o->words; i++) {
        char *p = text + i * ROOM;
        size_t rest = i;
        word[i] = p;
        do *p++ = (char)('a' + rest % 26), rest /= 26;
        while (rest);
        for (uint64_t more = 2 + w2v_random_next(&r) % 6; more; more--)
            *p++ = '_';  // which ends the number i
        *p = 0;
    }
    for (size_t i = 0; i < o->words * o->dim; i++) {
        double sum = 0.0;  // of four: nearly normal
        for (int k = 0; k < 4; k++) sum += (double)(w2v_random_next(&r) >> 11) / 9007199254740992.0 - 0.5;
        in[i] = (float)(0.7 * sum);
    }
    if (w2v_model_new(&m, word, NULL, o->words, o->dim, in, NULL, &err) != W2V_OK)
        bench_die(1, "files", "%s", err.message);
    free(in);
    free((void *)word);
    free(text);
    return m;
}

// As the original program and fastText print them, if with other decimals.
static void write_decimals(const w2v_model *m, const char *path, int decimals)
{
    FILE *f = fopen(path, "wb");
    int wrong = !f || fprintf(f, "%zu %zu\n", m->size, m->dim) < 0;
    for (uint32_t i = 0; !wrong && i < m->size; i++) {
        wrong = fprintf(f, "%s ", w2v_vocab_word(m->vocab, i)) < 0;
        for (size_t k = 0; !wrong && k < m->dim; k++)
            wrong = fprintf(f, "%.*f ", decimals, (double)m->input[i * m->stride + k]) < 0;
        wrong |= f && fputc('\n', f) < 0;
    }
    if (f) wrong |= fclose(f) != 0;
    if (wrong) bench_die(1, "files", "cannot write '%s': %s", path, strerror(errno));
}

static void write_file(void *p)
{
    const writing *w = (const writing *)p;
    w2v_error err;
    w2v_model *m = generate(w->o);
    if (w->f->decimals)
        write_decimals(m, w->path, w->f->decimals);
    else if (w2v_model_save(m, w->path, w->f->format, &err) != W2V_OK)
        bench_die(1, "files", "%s", err.message);
    w2v_model_free(m);
}

static double file_bytes(const char *path)
{
    uint64_t bytes;
    int once;
    w2v_error err;
    const w2v_source source = w2v_source_file(path);
    if (w2v__files_measure(&source, &bytes, &once, &err) != W2V_OK) bench_die(1, "files", "%s", err.message);
    return (double)bytes;
}

// ----------------------------------------------------------------------------------------------------
// Loading

typedef struct loading {
    const char *path;
    w2v_load_config cfg;
    double seconds, processor;  // processor: seconds of all threads, and of the system for them
    double memory, model;       // bytes: the most in use; those of the rows
} loading;

static void load(void *p)
{
    loading *l = (loading *)p;
    w2v_model *m;
    w2v_error err;
    const double start = w2v__seconds(), before = (double)clock() / CLOCKS_PER_SEC;
    if (w2v_model_load(&m, l->path, &l->cfg, NULL, &err) != W2V_OK) bench_die(1, "files", "%s", err.message);
    l->seconds = w2v__seconds() - start;
    l->processor = (double)clock() / CLOCKS_PER_SEC - before;
    l->memory = peak_memory();
    l->model = (double)(m->size * m->stride * sizeof(float));
    w2v_model_free(m);
}

static void print_format(bench_table *t, const options *o, const format *f, const char *path)
{
    const double bytes = file_bytes(path);
    for (size_t all = 0; all < (o->threads > 1 ? 2 : 1); all++) {
        double seconds[64], processor[64];
        loading l = {path, w2v_load_config_default(), 0.0, 0.0, 0.0, 0.0};
        l.cfg.format = f->format;
        l.cfg.threads = all ? o->threads : 1;
        for (size_t r = 0; r < o->rounds; r++) {
            in_child(load, &l, sizeof l);
            seconds[r] = l.seconds;
            processor[r] = l.processor;
        }
        const double median = bench_median(seconds, o->rounds);
        bench_string(t, f->name);
        bench_number(t, (double)l.cfg.threads);
        bench_number(t, bytes / 1e6);
        bench_number(t, median);
        bench_number(t, bytes / median / 1e6);
        bench_number(t, bytes / bench_median(processor, o->rounds) / 1e6);
        bench_number(t, l.model / 1e6);
        bench_number(t, l.memory / 1e6);
    }
}

int main(int argc, char **argv)
{
    static const bench_column columns[] = {
        {"format", "", -20, 0, ""},
        {"threads", "", 8, 0, ""},
        {"file", "MB", 8, 0, ""},
        {"time", "s", 8, 3, "median, from the path to the model"},
        {"speed", "MB/s", 8, 0, "bytes of the file in that time"},
        {"a core", "MB/s", 8, 0, "bytes of the file in a second of processor time"},
        {"rows", "MB", 8, 0, "of the model, which also has words"},
        {"memory", "MB", 8, 0, "most that the process has had"},
    };
    const options o = parse(argc, argv);
    bench_table t = bench_conditions();
    bench_fact(&t, "vectors", "%zu of %zu numbers", o.words, o.dim);
    bench_end(&t);
    const char *path = scratch_file(argv[0], "vectors");
    t = bench_begin("files", columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        writing w = {&o, &formats[i], path};
        in_child(write_file, &w, sizeof w);
        print_format(&t, &o, &formats[i], path);
    }
    bench_end(&t);
    bench_finish();
    return 0;
}
