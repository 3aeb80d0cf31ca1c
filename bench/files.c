// SPDX-License-Identifier: MIT-0
//
// files.c - how fast vector files are loaded, and what memory that takes: build/bench/files [options]
//
// The vectors are generated and written beside the program in every format, one after the other. Each is
// loaded in a process of its own, with one thread and with all. The system still has the files in memory. Then
// a larger native file is opened and answers a first question, if there is room for it. -help lists the
// options.

#define _DEFAULT_SOURCE 1  // fork and statvfs

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include <time.h>

#include "bench.h"
#include "child.h"
#include <sys/stat.h>
#if defined(_WIN32)
#define popen _popen
#define pclose _pclose
#else
#include <sys/statvfs.h>
#endif

enum { OPEN_DIM = 300 };

typedef struct options {
    size_t words, dim, rounds, threads;
    size_t open;         // words of the file that is opened
    const char *python;  // that has gensim, which then reads the files, too; or NULL
} options;

typedef enum readers { SERIAL, THREADS, PROCESSORS } readers;  // a thread, as many as -threads says, all

// A format, and what our files of it are like.
typedef struct format {
    const char *name;
    w2v_format format;
    readers by;     // "native, in memory": who compares it with its hashes
    int words;      // 1: the words are in a file of their own
    int mapped;     // 1: opened, not read
    int in_memory;  // 1: read, not mapped
    int decimals;   // 0: the shortest that read back to the same bits
    const char *by_gensim;  // the name of its row; NULL: not read by it
} format;

static const format formats[] = {
    {"text", W2V_FORMAT_TEXT, THREADS, 0, 0, 0, 0, "text, gensim"},
    {"text, six decimals", W2V_FORMAT_TEXT, THREADS, 0, 0, 0, 6, "six decimals, gensim"},
    {"tsv", W2V_FORMAT_TSV, SERIAL, 1, 0, 0, 0, NULL},
    {"binary", W2V_FORMAT_BINARY, SERIAL, 0, 0, 0, 0, "binary, gensim"},
    {"npy", W2V_FORMAT_NPY, SERIAL, 1, 0, 0, 0, NULL},
    {"safetensors", W2V_FORMAT_SAFETENSORS, SERIAL, 1, 0, 0, 0, NULL},
    {"native", W2V_FORMAT_NATIVE, SERIAL, 0, 1, 0, 0, NULL},
    {"native, in memory", W2V_FORMAT_NATIVE, PROCESSORS, 0, 0, 1, 0, NULL},
    {"native, float16", W2V_FORMAT_NATIVE_FLOAT16, PROCESSORS, 0, 0, 0, 0, NULL},
    {"native, int8", W2V_FORMAT_NATIVE_INT8, PROCESSORS, 0, 0, 0, 0, NULL},
};

static void usage(FILE *f)
{
    fprintf(
        f, "usage: files [options]\n"
           "  -words N       vectors (400000)\n"
           "  -dim N         numbers of each (100)\n"
           "  -threads N     default: the processors that this process may use\n"
           "  -rounds N      of which the median is shown (5)\n"
           "  -gensim PYTHON a Python that has gensim, which then reads text and binary files, too\n"
           "  -open N        words of the native file that is opened, 1.3 GB for 1000000 (1000000; 0: none)\n"
           "  -csv, -json    instead of text\n");
}

static options parse(int argc, char **argv)
{
    const w2v_load_config cfg = w2v_load_config_default();
    options o = {400000, 100, 5, cfg.threads, 1000000, NULL};
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i], *value = argv[i + 1];
        if (bench_takes(name, usage)) continue;
        if (!strcmp(name, "-words"))
            o.words = bench_whole("files", name, value, 1, 100000000);
        else if (!strcmp(name, "-dim"))
            o.dim = bench_whole("files", name, value, 1, W2V_MAX_DIM);
        else if (!strcmp(name, "-threads"))
            o.threads = bench_whole("files", name, value, 1, 1024);
        else if (!strcmp(name, "-rounds"))
            o.rounds = bench_whole("files", name, value, 1, 64);
        else if (!strcmp(name, "-gensim") && value)
            o.python = value;
        else if (!strcmp(name, "-open"))
            o.open = bench_whole("files", name, value, 0, 100000000);
        else
            bench_die(2, "files", "unknown option '%s' (-help lists the options)", name);
        i++;
    }
    return o;
}

// ----------------------------------------------------------------------------------------------------
// Files

typedef struct writing {
    size_t words, dim;
    const format *f;
    const char *path, *words_path;
} writing;

static void check(w2v_status status, const w2v_error *err)
{
    if (status != W2V_OK) bench_die(1, "files", "%s", err->message);
}

enum { BATCH_ROWS = 1024 };

// Numbers about 0, of which two thirds are below 0.4, as those of trained vectors.
static void fill_rows(void *shared, size_t item, size_t thread)
{
    const w2v_matrix *m = (const w2v_matrix *)shared;
    (void)thread;
    for (size_t i = item * BATCH_ROWS; i < m->rows && i < (item + 1) * BATCH_ROWS; i++) {
        w2v_random r = w2v_random_stream(1, i);
        for (size_t k = 0; k < m->cols; k++) {
            const uint64_t x = w2v_random_next(&r);
            const uint64_t sum = (x & 65535) + (x >> 16 & 65535) + (x >> 32 & 65535) + (x >> 48);
            m->data[i * m->stride + k] = (float)(0.7 * ((double)sum / 65536.0 - 2.0));  // nearly normal
        }
    }
}

// Words of 3 to 12 letters.
static w2v_model *generate(size_t words, size_t dim)
{
    enum { ROOM = 16 };
    w2v_random r = w2v_random_stream(1, UINT64_MAX);
    char *text = (char *)bench_malloc(words * ROOM);
    const char **word = (const char **)bench_malloc(words * sizeof *word);
    w2v_matrix rows = w2v_matrix_of((float *)bench_malloc(words * dim * sizeof(float)), words, dim, dim);
    w2v_model *m;
    w2v_error err;
    for (size_t i = 0; i < words; i++) {
        char *p = text + i * ROOM;
        size_t rest = i;
        word[i] = p;
        do *p++ = (char)('a' + rest % 26), rest /= 26;
        while (rest);
        for (uint64_t more = 2 + w2v_random_next(&r) % 6; more; more--)
            *p++ = '_';  // which ends the number i
        *p = 0;
    }
    bench_for_each((words - 1) / BATCH_ROWS + 1, bench_processors(), fill_rows, &rows);
    check(w2v_model_new(&m, word, NULL, words, dim, rows.data, NULL, &err), &err);
    free(rows.data);
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

typedef w2v_status (*write_model_fn)(const w2v_model *m, w2v_write_fn write_fn, void *user, w2v_format of,
                                     w2v_error *err);

static void write_part(const w2v_model *m, write_model_fn write_model, const char *path, w2v_format of)
{
    w2v_error err;
    w2v_file *f;
    check(w2v_file_create(&f, path, &err), &err);
    const w2v_status status = write_model(m, w2v_file_write, f, of, &err);
    if (status == W2V_OK || status == W2V_ERROR_STOPPED)
        check(w2v_file_commit(f, &err), &err);  // which knows why writing has stopped
    else
        w2v_file_discard(f);
    check(status, &err);
}

static void write_file(void *p)
{
    const writing *w = (const writing *)p;
    w2v_model *m = generate(w->words, w->dim);
    if (w->f->decimals)
        write_decimals(m, w->path, w->f->decimals);
    else
        write_part(m, w2v_model_write, w->path, w->f->format);
    if (w->f->words) write_part(m, w2v_model_write_words, w->words_path, w->f->format);
    w2v_model_free(m);
}

static double file_bytes(const char *path)
{
    struct stat s;
    if (stat(path, &s) != 0) bench_die(1, "files", "cannot look at '%s': %s", path, strerror(errno));
    return (double)s.st_size;
}

// ----------------------------------------------------------------------------------------------------
// Loading

typedef struct loading {
    const char *path, *words_path;  // words_path: NULL if the words are in the file
    w2v_load_config cfg;
    int ask;
    double seconds, processor;  // processor: seconds of all threads, and of the system for them
    double memory, model;       // bytes: the most in use; those of the rows
    double question;            // seconds
} loading;

static void load(void *p)
{
    loading *l = (loading *)p;
    w2v_model *m;
    w2v_error err;
    const w2v_source words = w2v_source_file(l->words_path);
    if (l->words_path) l->cfg.words = &words;
    const double start = bench_seconds(), before = (double)clock() / CLOCKS_PER_SEC;
    check(w2v_model_load(&m, l->path, &l->cfg, NULL, &err), &err);
    l->seconds = bench_seconds() - start;
    l->processor = (double)clock() / CLOCKS_PER_SEC - before;
    l->memory = peak_memory();
    l->model = (double)(m->size * m->stride * sizeof(float));
    if (l->ask) {
        w2v_match match[10];
        size_t found;
        const double asked = bench_seconds();
        check(w2v_model_nearest(m, w2v_vocab_word(m->vocab, 0), match, 10, &found, &err), &err);
        l->question = bench_seconds() - asked;
    }
    w2v_model_free(m);
}

// gensim's KeyedVectors instead of the header.
static void load_by_gensim(const options *o, const writing *w, loading *l)
{
    static const char script[] =
        "import resource, sys, time\n"
        "from gensim.models import KeyedVectors\n"
        "start, before = time.perf_counter(), time.process_time()\n"
        "wv = KeyedVectors.load_word2vec_format(sys.argv[1], binary=sys.argv[2] == \"1\")\n"
        "print(time.perf_counter() - start, time.process_time() - before,\n"
        "      resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, wv.vectors.nbytes)\n";
    char command[2048];
    const int n = snprintf(command, sizeof command, "%s -c '%s' '%s' %d", o->python, script, w->path,
                           w->f->format == W2V_FORMAT_BINARY);
    FILE *f = n > 0 && n < (int)sizeof command ? popen(command, "r") : NULL;
    const int read = f ? fscanf(f, "%lf %lf %lf %lf", &l->seconds, &l->processor, &l->memory, &l->model) : 0;
    if (!f || pclose(f) || read != 4)
        bench_die(1, "files", "gensim of '%s' did not load '%s'", o->python, w->path);
}

// A row of the table: the file read by a thread, by all threads, or by gensim.
static void print_reader(bench_table *t, const options *o, const writing *w, const char *name, size_t threads,
                         int gensim)
{
    const format *f = w->f;
    const double bytes = file_bytes(w->path) + (f->words ? file_bytes(w->words_path) : 0.0);
    double seconds[64], processor[64];
    loading l;
    memset(&l, 0, sizeof l);
    l.path = w->path;
    l.words_path = f->words ? w->words_path : NULL;
    l.cfg = w2v_load_config_default();
    l.cfg.format = f->format;
    l.cfg.in_memory = f->in_memory;
    l.cfg.threads = threads;
    for (size_t r = 0; r < o->rounds; r++) {
        if (gensim)
            load_by_gensim(o, w, &l);
        else
            in_child(load, &l, sizeof l);
        seconds[r] = l.seconds;
        processor[r] = l.processor;
    }
    const double median = bench_median(seconds, o->rounds);
    bench_string(t, name);
    bench_number(t, f->by == PROCESSORS ? (double)bench_processors() : (double)threads);
    bench_number(t, bytes / 1e6);
    bench_number(t, median * 1e3);
    bench_number(t, f->mapped ? (double)NAN : bytes / median / 1e6);
    bench_number(t, f->mapped ? (double)NAN : bytes / bench_median(processor, o->rounds) / 1e6);
    bench_number(t, l.model / 1e6);
    bench_number(t, l.memory / 1e6);
}

static void print_format(bench_table *t, const options *o, const writing *w)
{
    const format *f = w->f;
    print_reader(t, o, w, f->name, 1, 0);
    if (f->by == THREADS && o->threads > 1) print_reader(t, o, w, f->name, o->threads, 0);
    if (o->python && f->by_gensim) print_reader(t, o, w, f->by_gensim, 1, 1);
}

static void print_formats(const options *o, const char *path, const char *words_path)
{
    static const bench_column columns[] = {
        {"format", "", -20, 0, "tsv, npy, safetensors: with the file of their words"},
        {"threads", "", 8, 0, ""},
        {"file", "MB", 8, 0, ""},
        {"time", "ms", 8, 2, "median, from the path to the model; a native file is mapped, not read"},
        {"speed", "MB/s", 8, 0, "bytes of the file in that time"},
        {"a core", "MB/s", 8, 0, "bytes of the file in a second of processor time"},
        {"rows", "MB", 8, 0, "of the model, which also has words"},
        {"memory", "MB", 8, 0, "most that the process has had, with pages of mapped files"},
    };
    bench_table t = bench_begin("files", columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        writing w = {o->words, o->dim, &formats[i], path, words_path};
        in_child(write_file, &w, sizeof w);
        print_format(&t, o, &w);
    }
    bench_end(&t);
}

// ----------------------------------------------------------------------------------------------------
// Opening

// Bytes that can be written beside the program; NaN where the system does not tell.
static double free_bytes(const char *program)
{
#if !defined(_WIN32)
    struct statvfs disk;
    if (!statvfs(program, &disk)) return (double)disk.f_bavail * (double)disk.f_frsize;
#endif
    (void)program;
    return (double)NAN;
}

static void print_opening(const options *o, const char *path)
{
    static const bench_column columns[] = {
        {"words", "", 9, 0, ""},
        {"numbers", "", 8, 0, ""},
        {"file", "MB", 8, 0, "native"},
        {"open", "ms", 8, 3, "median, from the path to the model"},
        {"memory", "MB", 8, 1, "most that the process has had by then"},
        {"question", "ms", 9, 3, "median of the first one after opening: the ten nearest words"},
    };
    static const format native = {"native", W2V_FORMAT_NATIVE, SERIAL, 0, 1, 0, 0, NULL};
    writing w = {o->open, OPEN_DIM, &native, path, NULL};
    double seconds[64], question[64];
    loading l;
    memset(&l, 0, sizeof l);
    l.path = path;
    l.cfg = w2v_load_config_default();
    l.ask = 1;
    in_child(write_file, &w, sizeof w);
    for (size_t r = 0; r < o->rounds; r++) {
        in_child(load, &l, sizeof l);
        seconds[r] = l.seconds;
        question[r] = l.question;
    }
    bench_table t = bench_begin("opening", columns, sizeof columns / sizeof *columns);
    bench_number(&t, (double)o->open);
    bench_number(&t, OPEN_DIM);
    bench_number(&t, file_bytes(path) / 1e6);
    bench_number(&t, bench_median(seconds, o->rounds) * 1e3);
    bench_number(&t, l.memory / 1e6);
    bench_number(&t, bench_median(question, o->rounds) * 1e3);
    bench_end(&t);
}

int main(int argc, char **argv)
{
    const options o = parse(argc, argv);
    // a row of 300 numbers and its word, with something to spare
    const double room = free_bytes(argv[0]), need = 1400.0 * (double)o.open;
    const int skipped = room < need;
    bench_table t = bench_conditions();
    bench_fact(&t, "vectors", "%zu of %zu numbers", o.words, o.dim);
    if (skipped)
        bench_fact(&t, "opening", "skipped: %.2f GB of the disk are free, %.2f GB needed", room / 1e9,
                   need / 1e9);
    else if (!o.open)
        bench_fact(&t, "opening", "skipped: -open 0");
    bench_end(&t);
    const char *path = scratch_file(argv[0], "vectors"), *words_path = scratch_file(argv[0], "words");
    print_formats(&o, path, words_path);
    if (o.open && !skipped) print_opening(&o, path);
    bench_finish();
    return 0;
}
