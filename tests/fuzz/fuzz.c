// SPDX-License-Identifier: MIT-0
//
// fuzz.c - runs the fuzz targets: with libFuzzer (clang -fsanitize=fuzzer), or with a main of its own
// (-DFUZZ_PLAIN) that runs files and standard input, for AFL++ and for finding out what an input does, or
// mutates by itself
//
//   FUZZ=text fuzz CORPUS...            libFuzzer, its options and folders
//   FUZZ=text fuzz -seeds FOLDER        writes the seeds of a target
//   fuzz -list                          the targets
//   FUZZ=text plain FILE...             runs files; without a file standard input, for AFL++:
//              make PLAIN=1 CC=afl-clang-fast BUILD=build/afl build/afl/fuzz/plain/fuzz
//   FUZZ=text plain -mutate SECONDS -seed N

#include "fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

static const fuzz_target *const groups[] = {fuzz_vectors, fuzz_texts, fuzz_questions, fuzz_private,
                                            fuzz_programs};
static const fuzz_target *target;  // that the environment chooses
static size_t living_bytes;
static long living;
static const uint8_t *input_bytes;
static size_t input_size;

size_t fuzz_limit = SIZE_MAX;
long fuzz_allowed = LONG_MAX;
int fuzz_ran_out;

void fuzz_failed(const char *file, int line, const char *what)
{
    fprintf(stderr, "\ntarget %s: %s:%d: FAILED: %s\n", target ? target->name : "?", file, line, what);
    abort();
}

void fuzz_same_status(int a, const char *message_a, int b, const char *message_b, const char *file, int line)
{
    if (a == b && (!message_a || !message_b || !a || !strcmp(message_a, message_b))) return;
    fprintf(stderr, "status %d '%s', and %d '%s'\n", a, a && message_a ? message_a : "", b,
            b && message_b ? message_b : "");
    fuzz_failed(file, line, "two ways give the same status and message");
}

// -----------------------------------------------------------------------------------------------------------
// Memory

static size_t bytes_at(void *p)
{
#ifdef __GLIBC__
    return p ? malloc_usable_size(p) : 0;
#else
    return p ? 1 : 0;
#endif
}

static void *piece[64];  // of one thread, for a program that ends in the middle
static int remembers;

static void replace_piece(const void *before, void *now)
{
    if (!remembers || before == now) return;
    for (size_t i = 0; i < sizeof piece / sizeof *piece; i++)
        if (piece[i] == before) {
            piece[i] = now;
            return;
        }
    fuzz_failed(__FILE__, __LINE__, "there is room for the pieces of memory");
}

void fuzz_remember(void) { remembers = 1; }

void fuzz_free_remembered(void)
{
    for (size_t i = 0; i < sizeof piece / sizeof *piece; i++)
        if (piece[i]) fuzz_free(piece[i]);
}

void *fuzz_realloc(void *p, size_t bytes)
{
    const size_t before = bytes_at(p), all = __atomic_load_n(&living_bytes, __ATOMIC_RELAXED);
    if (__atomic_fetch_add(&fuzz_allowed, -1, __ATOMIC_RELAXED) <= 0) {
        __atomic_store_n(&fuzz_ran_out, 1, __ATOMIC_RELAXED);
        return NULL;
    }
    if (bytes > fuzz_limit || all - before > fuzz_limit - bytes) {
        fprintf(stderr, "%zu bytes, beside %zu, of at most %zu\n", bytes, all - before, fuzz_limit);
        fuzz_failed(__FILE__, __LINE__, "memory is bounded by the input");
    }
    void *q = realloc(p, bytes);
    if (!q) fuzz_failed(__FILE__, __LINE__, "there is memory");
    __atomic_fetch_add(&living_bytes, bytes_at(q) - before, __ATOMIC_RELAXED);
    __atomic_fetch_add(&living, !p, __ATOMIC_RELAXED);
    replace_piece(p, q);
    return q;
}

void fuzz_free(void *p)
{
    __atomic_fetch_sub(&living_bytes, bytes_at(p), __ATOMIC_RELAXED);
    __atomic_fetch_sub(&living, p != NULL, __ATOMIC_RELAXED);
    if (p) replace_piece(p, NULL);
    free(p);
}

// -----------------------------------------------------------------------------------------------------------
// Inputs

static const uint8_t *find_cut(const uint8_t *at, const uint8_t *end)
{
    for (; end - at >= FUZZ_CUT_BYTES; at++)
        if (!memcmp(at, FUZZ_CUT, FUZZ_CUT_BYTES)) return at;
    return NULL;
}

static void cut(fuzz_input *in, const uint8_t *data, size_t n)
{
    const size_t head = n < FUZZ_OPTIONS ? n : (size_t)FUZZ_OPTIONS;
    const uint8_t *at = data + head, *end = data + n;
    memset(in, 0, sizeof *in);
    if (head) memcpy(in->option, data, head);
    in->n = n - head;
    for (int i = 0; i < FUZZ_PARTS; i++) {
        const uint8_t *stop = i + 1 < FUZZ_PARTS ? find_cut(at, end) : NULL;
        in->part[i].n = (size_t)((stop ? stop : end) - at);
        in->part[i].bytes = (char *)malloc(in->part[i].n ? in->part[i].n : 1);
        if (in->part[i].n) memcpy(in->part[i].bytes, at, in->part[i].n);
        at = stop ? stop + FUZZ_CUT_BYTES : end;
    }
}

char *fuzz_string(const fuzz_part *part)
{
    char *s = (char *)malloc(part->n + 1);
    memcpy(s, part->bytes, part->n);
    s[part->n] = 0;
    return s;
}

static char files[8][64];
static int file_count;

const char *fuzz_file_name(int which, const char *ending)
{
    char name[64];
    snprintf(name, sizeof name, "scratch-%ld-%d%s", (long)getpid(), which, ending);
    for (int i = 0; i < file_count; i++)
        if (!strcmp(files[i], name)) return files[i];
    if (file_count == 8) fuzz_failed(__FILE__, __LINE__, "there is room for the names of files");
    memcpy(files[file_count], name, sizeof name);
    return files[file_count++];
}

const char *fuzz_file(int which, const char *ending, const char *bytes, size_t n)
{
    const char *name = fuzz_file_name(which, ending);
    FILE *f = fopen(name, "wb");
    if (!f || fwrite(bytes, 1, n, f) < n || fclose(f))
        fuzz_failed(__FILE__, __LINE__, "a file can be written");
    return name;
}

void fuzz_remove_files(void)
{
    while (file_count) remove(files[--file_count]);
}

uint64_t fuzz_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

// -----------------------------------------------------------------------------------------------------------
// Targets and seeds

static const fuzz_target *find_target(const char *name)
{
    for (size_t g = 0; name && g < sizeof groups / sizeof *groups; g++)
        for (const fuzz_target *t = groups[g]; t->name; t++)
            if (!strcmp(t->name, name)) return t;
    return NULL;
}

static void list_targets(void)
{
    for (size_t g = 0; g < sizeof groups / sizeof *groups; g++)
        for (const fuzz_target *t = groups[g]; t->name; t++) printf("%s\n", t->name);
}

static void run_target(const uint8_t *data, size_t n)
{
    fuzz_input in;
    input_bytes = data;
    input_size = n;
    cut(&in, data, n);
    fuzz_limit = SIZE_MAX;
    fuzz_allowed = LONG_MAX;
    remembers = 0;
    target->run(&in);
    fuzz_remove_files();
    for (int i = 0; i < FUZZ_PARTS; i++) free(in.part[i].bytes);
    if (living) fprintf(stderr, "%ld pieces of memory, %zu bytes\n", living, living_bytes);
    NEED(!living);
}

static void (*take_seed)(const uint8_t *data, size_t n);

void fuzz_seed(const char option[FUZZ_OPTIONS], const void *a, size_t a_bytes, const void *b, size_t b_bytes)
{
    const size_t n = FUZZ_OPTIONS + a_bytes + (b ? FUZZ_CUT_BYTES + b_bytes : 0);
    uint8_t *data = (uint8_t *)malloc(n), *at = data + FUZZ_OPTIONS;
    memcpy(data, option, FUZZ_OPTIONS);
    if (a_bytes) memcpy(at, a, a_bytes);
    if (b) memcpy(at + a_bytes, FUZZ_CUT, FUZZ_CUT_BYTES);
    if (b && b_bytes) memcpy(at + a_bytes + FUZZ_CUT_BYTES, b, b_bytes);
    take_seed(data, n);
    free(data);
}

void fuzz_seed_text(const char option[FUZZ_OPTIONS], const char *a, const char *b)
{
    fuzz_seed(option, a, strlen(a), b, b ? strlen(b) : 0);
}

static const char *seed_folder;
static int seeds;

static void write_seed(const uint8_t *data, size_t n)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/seed-%02d", seed_folder, seeds++);
    FILE *f = fopen(path, "wb");
    if (f && fwrite(data, 1, n, f) == n && !fclose(f)) return;
    fprintf(stderr, "fuzz: cannot write '%s': %s\n", path, strerror(errno));
    exit(1);
}

// What both programs do besides fuzzing. Ends the program if that was all.
static void begin(int argc, char **argv)
{
    const char *name = getenv("FUZZ");
    target = find_target(name);
    if (argc > 1 && !strcmp(argv[1], "-list")) list_targets(), exit(0);
    if (!target) {
        fprintf(stderr, "fuzz: FUZZ is '%s', and none of these targets:\n", name ? name : "");
        list_targets();
        exit(2);
    }
    if (argc < 3 || strcmp(argv[1], "-seeds")) return;
    seed_folder = argv[2];
    take_seed = write_seed;
    target->seeds();
    fuzz_remove_files();
    exit(0);
}

// With these the sanitizers end the program so that it can note its input.
const char *__asan_default_options(void);
const char *__asan_default_options(void) { return "abort_on_error=1:allocator_may_return_null=1"; }

#ifndef FUZZ_PLAIN
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    begin(*argc, *argv);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    run_target(data, n);
    return 0;
}
#else
// -----------------------------------------------------------------------------------------------------------
// The plain program: a mutator that keeps what reaches new code, where the compiler can tell (trace-pc)

enum { EDGES = 1 << 16, MOST_KEPT = 4096, MOST_BYTES = 1 << 14, SLOWEST = 60 };
static unsigned char edge[EDGES], known_edge[EDGES];

void __sanitizer_cov_trace_pc(void);
void __sanitizer_cov_trace_pc(void)
{
    const uintptr_t pc = (uintptr_t)__builtin_return_address(0);
    edge[(pc ^ pc >> 16) % EDGES] = 1;
}

static size_t new_edges(void)
{
    size_t n = 0;
    for (size_t i = 0; i < EDGES; i++)
        if (edge[i] && !known_edge[i]) known_edge[i] = 1, n++;
    return n;
}

static struct kept {
    uint8_t *bytes;
    size_t n;
} kept[MOST_KEPT];
static size_t kept_count;
static uint64_t state;

static void keep(const uint8_t *data, size_t n)
{
    if (kept_count == MOST_KEPT) return;
    kept[kept_count].bytes = (uint8_t *)malloc(n + 1);
    memcpy(kept[kept_count].bytes, data, n);
    kept[kept_count++].n = n;
}

// The input that has failed is noted, as libFuzzer does.
static void note_input(int number)
{
    static const char name[] = "crash-plain";
    FILE *f = fopen(name, "wb");
    if (f && fwrite(input_bytes, 1, input_size, f) == input_size && !fclose(f))
        fprintf(stderr, "signal %d; the input is in %s\n", number, name);
    signal(number, SIG_DFL);
    raise(number);
}

static size_t below(size_t n) { return n ? (size_t)(fuzz_random(&state) % n) : 0; }

// Replaces data[at .. at + cut - 1] by n bytes.
static size_t put(uint8_t *data, size_t size, size_t at, size_t gone, const void *bytes, size_t n)
{
    if (size - gone + n > MOST_BYTES) return size;
    memmove(data + at + n, data + at + gone, size - at - gone);
    memcpy(data + at, bytes, n);
    return size - gone + n;
}

static size_t mutate(uint8_t *data, size_t n)
{
    static const char *const odd[] = {"0",
                                      "-1",
                                      "4294967295",
                                      "1e39",
                                      " ",
                                      "\t",
                                      "\n",
                                      "\r\n",
                                      "\xef\xbb\xbf",
                                      "nan",
                                      "\"",
                                      "{\"",
                                      "[",
                                      "]}",
                                      ",",
                                      ":",
                                      "\xff",
                                      "\xc3\xa4",
                                      "</s>",
                                      "B64:",
                                      "word\tcount",
                                      "99999999999999999999",
                                      "5 3\n",
                                      "-0",
                                      "1e-40",
                                      FUZZ_CUT};
    uint8_t copy[MOST_BYTES];
    const size_t at = below(n + 1), length = below(n - at + 1) % (1 + below(64));
    const uint64_t number = fuzz_random(&state) >> below(64);
    const struct kept *other = &kept[below(kept_count)];
    switch (below(8)) {
    case 0:
    case 1:
        if (at < n) data[at] ^= (uint8_t)(1u << below(8));
        return n;
    case 2:
        if (at < n) data[at] = (uint8_t)number;
        return n;
    case 3: {
        const char *text = odd[below(sizeof odd / sizeof *odd)];
        return put(data, n, at, below(2) ? length : 0, text, strlen(text));
    }
    case 4: return put(data, n, at, length, "", 0);
    case 5: memcpy(copy, data + at, length); return put(data, n, below(n + 1), 0, copy, length);
    case 6: {
        const size_t from = below(other->n + 1), some = below(other->n - from + 1);
        return put(data, n, at, below(2) ? n - at : length, other->bytes + from, some);
    }
    default:
        if (n - at >= 8) memcpy(data + at, &number, below(2) ? 8 : 4);
        return n;
    }
}

static void run_once(const uint8_t *data, size_t n)
{
    uint8_t *copy = (uint8_t *)malloc(n ? n : 1);
    if (n) memcpy(copy, data, n);
    alarm(SLOWEST);
    run_target(copy, n);
    alarm(0);
    free(copy);
}

static int fuzz_for(double seconds)
{
    static uint8_t data[MOST_BYTES];
    const time_t began = time(NULL);
    unsigned long executions = 0;
    size_t covered;
    take_seed = keep;
    target->seeds();
    fuzz_remove_files();
    keep((const uint8_t *)"", 0);
    const size_t made = kept_count;
    for (; executions < made; executions++) run_once(kept[executions].bytes, kept[executions].n);
    covered = new_edges();
    for (; difftime(time(NULL), began) < seconds; executions++) {
        const struct kept *from = &kept[below(kept_count)];
        size_t n = from->n < MOST_BYTES ? from->n : (size_t)MOST_BYTES;
        memcpy(data, from->bytes, n);
        for (size_t times = 1 + below(6); times; times--) n = mutate(data, n);
        run_once(data, n);
        const size_t more = new_edges();
        if (more) keep(data, n);
        covered += more;
    }
    printf("stat::number_of_executed_units: %lu\n#%lu DONE cov: %zu\n", executions, executions, covered);
    return 0;
}

static void run_file(const char *path)
{
    static uint8_t data[1 << 20];
    size_t size = 0;
    const int f = path ? open(path, O_RDONLY) : 0;
    ssize_t n;
    while ((n = read(f, data + size, sizeof data - size)) > 0) size += (size_t)n;
    if (n < 0) {
        fprintf(stderr, "fuzz: cannot read '%s': %s\n", path ? path : "standard input", strerror(errno));
        exit(1);
    }
    if (path) close(f);
    run_once(data, size);
}

int main(int argc, char **argv)
{
    double seconds = -1;
    begin(argc, argv);
    signal(SIGABRT, note_input), signal(SIGILL, note_input), signal(SIGALRM, note_input);
    for (int i = 1; i + 1 < argc; i++) {
        if (!strcmp(argv[i], "-mutate")) seconds = atof(argv[i + 1]);
        if (!strcmp(argv[i], "-seed")) state = strtoull(argv[i + 1], NULL, 10);
    }
    if (seconds >= 0) return fuzz_for(seconds);
#ifdef __AFL_LOOP
    while (__AFL_LOOP(10000)) run_file(NULL);
#else
    if (argc < 2) run_file(NULL);
#endif
    for (int i = 1; i < argc; i++) run_file(argv[i]);
    return 0;
}
#endif
