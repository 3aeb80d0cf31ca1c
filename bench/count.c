// SPDX-License-Identifier: MIT-0
//
// count.c - how fast words are counted, and what memory that takes: build/bench/count [options] [CORPUS]
//
// Without a corpus the text is generated: many different words with log-uniform ranks, so that the word of rank r comes
// with a probability of about 1 / r, and most words are rare. -help lists the options.

#include <stddef.h>

static void *counted_realloc(void *p, size_t bytes);
static void counted_free(void *p);

#define W2V_MALLOC(bytes) counted_realloc(NULL, bytes)
#define W2V_REALLOC(p, bytes) counted_realloc(p, bytes)
#define W2V_FREE(p) counted_free(p)
#define STBDS_REALLOC(context, p, bytes) counted_realloc(p, bytes)
#define STBDS_FREE(context, p) counted_free(p)
#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include "bench.h"

// -----------------------------------------------------------------------------------------------------------------
// Memory. Every piece has its size in front.

enum { FRONT = 16 };
static w2v__mutex memory_lock;
static size_t in_use, most_in_use;

static void use(size_t more, size_t less)
{
    w2v__lock(&memory_lock);
    in_use = in_use + more - less;
    most_in_use = in_use > most_in_use ? in_use : most_in_use;
    w2v__unlock(&memory_lock);
}

static size_t size_of(const void *p)
{
    size_t bytes = 0;
    if (p) memcpy(&bytes, (const char *)p - FRONT, sizeof bytes);
    return bytes;
}

static void *counted_realloc(void *p, size_t bytes)
{
    const size_t before = size_of(p);
    char *base = (char *)realloc(p ? (char *)p - FRONT : NULL, bytes + FRONT);
    if (!base) return NULL;
    memcpy(base, &bytes, sizeof bytes);
    use(bytes, before);
    return base + FRONT;
}

static void counted_free(void *p)
{
    if (!p) return;
    use(0, size_of(p));
    free((char *)p - FRONT);
}

// -----------------------------------------------------------------------------------------------------------------

typedef struct options {
    const char *corpus;
    size_t words, different, rounds;
    w2v_config cfg;
} options;

// Words that look like words, twenty a line.
static char *generate(const options *o, size_t *bytes)
{
    char *text = (char *)bench_malloc(o->words * 12), *p = text;
    w2v_random r = w2v_random_stream(1, 0);
    const double range = log((double)o->different);
    for (size_t i = 0; i < o->words; i++) {
        const double u = (double)(w2v_random_next(&r) >> 11) / 9007199254740992.0;
        uint64_t rank = (uint64_t)exp(u * range) * UINT64_C(2654435761) & UINT64_C(0xffffffffff);
        do {
            *p++ = (char)('a' + rank % 26);
            rank /= 26;
        } while (rank);
        *p++ = i % 20 == 19 ? '\n' : ' ';
    }
    *bytes = (size_t)(p - text);
    return text;
}

static double count(const options *o, const w2v_source *source, size_t *different)
{
    w2v_vocab *vocab;
    w2v_error err;
    const double start = bench_seconds();
    if (w2v_vocab_build(&vocab, source, 1, &o->cfg, &err) != W2V_OK) bench_die(1, "count", "%s", err.message);
    const double seconds = bench_seconds() - start;
    *different = w2v_vocab_size(vocab);
    w2v_vocab_free(vocab);
    return seconds;
}

static void print_counts(const options *o, const w2v_source *source)
{
    static const bench_column columns[] = {
        {"min-count", "", 9, 0, ""},
        {"vocabulary", "words", 11, 0, "words that occur so often"},
        {"time", "s", 8, 2, "median, from the text to the vocabulary"},
        {"memory", "MB", 8, 0, "most in use, but for the text"},
    };
    bench_table t = bench_begin("count", columns, sizeof columns / sizeof *columns);
    static const uint64_t min_counts[] = {1, 5};
    for (size_t i = 0; i < 2; i++) {
        double seconds[64];
        size_t different = 0;
        options x = *o;
        x.cfg.min_count = min_counts[i];
        const size_t before = most_in_use = in_use;
        for (size_t r = 0; r < o->rounds; r++) seconds[r] = count(&x, source, &different);
        bench_number(&t, (double)min_counts[i]);
        bench_number(&t, (double)different);
        bench_number(&t, bench_median(seconds, o->rounds));
        bench_number(&t, (double)(most_in_use - before) / 1e6);
    }
    bench_end(&t);
}

static void usage(FILE *f)
{
    fprintf(f, "usage: count [options] [CORPUS]\n"
               "  CORPUS         text to count; without it one is generated:\n"
               "  -words N       of so many words (20000000)\n"
               "  -different N   of which so many differ, about (4000000)\n"
               "  -threads N     default: the processors that this process may use\n"
               "  -limit N       as -vocab-limit of build/word2vec (0)\n"
               "  -rounds N      of which the median is shown (3)\n"
               "  -csv, -json    instead of text\n");
}

static options parse(int argc, char **argv)
{
    options o = {NULL, 20000000, 4000000, 3, w2v_config_default()};
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i], *value = argv[i + 1];
        if (bench_takes(name, usage)) continue;
        if (*name != '-') {
            if (o.corpus) bench_die(2, "count", "more than one corpus");
            o.corpus = name;
            continue;
        }
        if (!strcmp(name, "-words"))
            o.words = bench_whole("count", name, value, 1, SIZE_MAX / 12);
        else if (!strcmp(name, "-different"))
            o.different = bench_whole("count", name, value, 1, SIZE_MAX);
        else if (!strcmp(name, "-threads"))
            o.cfg.threads = bench_whole("count", name, value, 1, 1024);
        else if (!strcmp(name, "-limit"))
            o.cfg.vocab_limit = bench_whole("count", name, value, 0, SIZE_MAX);
        else if (!strcmp(name, "-rounds"))
            o.rounds = bench_whole("count", name, value, 1, 64);
        else
            bench_die(2, "count", "unknown option '%s' (-help lists the options)", name);
        i++;
    }
    return o;
}

int main(int argc, char **argv)
{
    const options o = parse(argc, argv);
    size_t bytes = 0;
    w2v__mutex_init(&memory_lock);
    char *text = o.corpus ? NULL : generate(&o, &bytes);
    const w2v_source source = text ? w2v_source_text(text, bytes) : w2v_source_file(o.corpus);
    bench_table t = bench_conditions();
    if (text)
        bench_fact(&t, "text", "%zu words with log-uniform ranks up to %zu", o.words, o.different);
    else
        bench_fact(&t, "text", "%s", o.corpus);
    bench_fact(&t, "threads", "%zu", o.cfg.threads);
    bench_end(&t);
    print_counts(&o, &source);
    bench_finish();
    free(text);
    return 0;
}
