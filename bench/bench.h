// SPDX-License-Identifier: MIT-0
//
// bench.h - what the benchmarks share: medians, the conditions of a run, and tables as text, CSV or JSON.
// Include it behind w2v.h.

#ifndef BENCH_H
#define BENCH_H

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef BENCH_FLAGS
#define BENCH_FLAGS "unknown flags"
#endif

#if defined(__GNUC__)
#define BENCH_PRINTF(at) __attribute__((format(printf, at, at + 1)))  // at: which argument is the format
#define BENCH_ENDS __attribute__((noreturn))
#else
#define BENCH_PRINTF(at)
#define BENCH_ENDS
#endif

// Results go here, so that the compiler cannot leave out what makes them.
static volatile float bench_sink;

// "program: sentence" on standard error, and the end of the program:
// status 1 for a failure, 2 for wrong usage.
static inline BENCH_PRINTF(3) BENCH_ENDS void bench_die(int status, const char *program, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "%s: ", program);
    vfprintf(stderr, format, args);
    fprintf(stderr, "\n");
    va_end(args);
    exit(status);
}

static inline void *bench_malloc(size_t bytes)
{
    void *p = malloc(bytes ? bytes : 1);
    if (!p) bench_die(1, "bench", "out of memory: %zu bytes wanted", bytes);
    return p;
}

static inline int bench_compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

// Sorts the values.
static inline double bench_median(double *values, size_t n)
{
    qsort(values, n, sizeof *values, bench_compare);
    return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2.0;
}

// Those that this process may use.
static inline size_t bench_processors(void) { return w2v_config_default().threads; }

// A w2v_progress_fn: `user` is a w2v_progress, which becomes the latest.
static inline int bench_keep_last(const w2v_progress *p, void *user)
{
    *(w2v_progress *)user = *p;
    return 0;
}

// The number behind an option; anything that is no whole number from low to high ends the program.
static inline size_t bench_whole(const char *program, const char *option, const char *text, size_t low,
                                 size_t high)
{
    char *end = NULL;
    errno = 0;
    const unsigned long long value = text ? strtoull(text, &end, 10) : 0;
    if (!text || *text < '0' || *text > '9' || *end || errno || value < low || value > high)
        bench_die(2, program, "%s takes a whole number from %zu to %zu, not '%s'", option, low, high,
                  text ? text : "");
    return (size_t)value;
}

static inline double bench_real(const char *program, const char *option, const char *text)
{
    char *end = NULL;
    const double value = text ? strtod(text, &end) : 0.0;
    if (!text || end == text || *end || !(fabs(value) <= 1e300))
        bench_die(2, program, "%s takes a number, not '%s'", option, text ? text : "");
    return value;
}

// ----------------------------------------------------------------------------------------------------
// Tables. One description of the columns serves three formats: text for people
// (with a sentence on what each column is), CSV (a comment line, a header and the
// rows for each table, tables separated by an empty line), and JSON (one document).
// A row is printed as soon as its last cell is known. BENCH_SILENT prints no tables.

typedef enum bench_format { BENCH_TEXT, BENCH_CSV, BENCH_JSON, BENCH_SILENT } bench_format;

enum { BENCH_WIDTH = 100 };  // columns of sentences in text

typedef struct bench_column {
    const char *name, *unit;  // "ns", or "" where there is none
    int width;                // of the text; negative: aligned to the left
    int digits;               // behind the point; negative: so many significant ones
    const char *what;         // a sentence for the reader, or "" where the name says it
} bench_column;

typedef struct bench_table {
    const char *name;
    const bench_column *column;  // (columns)
    size_t columns, at;          // at: the next cell of this row
    size_t rows;
} bench_table;

static bench_format bench_style;
static size_t bench_tables;  // begun so far

// Whether the argument chooses a format. -help prints the usage and ends the program.
static inline int bench_takes(const char *argument, void (*usage_fn)(FILE *to))
{
    if (!strcmp(argument, "-help") || !strcmp(argument, "--help") || !strcmp(argument, "-h")) {
        usage_fn(stdout);
        exit(0);
    }
    if (!strcmp(argument, "-text"))
        bench_style = BENCH_TEXT;
    else if (!strcmp(argument, "-csv"))
        bench_style = BENCH_CSV;
    else if (!strcmp(argument, "-json"))
        bench_style = BENCH_JSON;
    else
        return 0;
    return 1;
}

static inline void bench_json_string(const char *s)
{
    putchar('"');
    for (; *s; s++) {
        if (*s == '"' || *s == '\\') putchar('\\');
        putchar((unsigned char)*s < 32 ? ' ' : *s);
    }
    putchar('"');
}

static inline void bench_csv_string(const char *s)
{
    const int quote = strpbrk(s, ",\"\n") != NULL;
    if (quote) putchar('"');
    for (; *s; s++) {
        if (*s == '"') putchar('"');
        putchar(*s);
    }
    if (quote) putchar('"');
}

// Words from column `at` on, in lines of at most BENCH_WIDTH columns; further lines start at column `indent`.
static inline void bench_wrapped(const char *words, size_t at, size_t indent)
{
    for (int first = 1; *words; first = 0) {
        const size_t n = strcspn(words, " ");
        if (!first && at + 1 + n > BENCH_WIDTH)
            printf("\n%*s", (int)indent, ""), at = indent;
        else if (!first)
            putchar(' '), at++;
        printf("%.*s", (int)n, words);
        at += n;
        words += n;
        words += strspn(words, " ");
    }
}

// The cell of column i, which ends at the end of the line if it is the last.
static inline void bench_pad(const bench_table *t, size_t i, const char *s)
{
    const int width = t->column[i].width;
    if (i) putchar(' ');
    printf("%*s", width < 0 && i + 1 == t->columns ? 0 : width, s);
}

static inline void bench_begin_text(const bench_table *t)
{
    printf("%s%s\n", bench_tables ? "\n" : "", t->name);
    for (size_t i = 0; i < t->columns; i++) {
        if (!*t->column[i].what) continue;
        const int n = printf("  %s: ", t->column[i].name);
        bench_wrapped(t->column[i].what, (size_t)n, 4);
        putchar('\n');
    }
    for (size_t i = 0; i < t->columns; i++) bench_pad(t, i, t->column[i].name);
    putchar('\n');
    size_t units = 0;
    for (size_t i = 0; i < t->columns; i++) units += *t->column[i].unit != 0;
    for (size_t i = 0; units && i < t->columns; i++) bench_pad(t, i, t->column[i].unit);
    if (units) putchar('\n');
}

static inline void bench_begin_csv(const bench_table *t)
{
    printf("%s# %s\n", bench_tables ? "\n" : "", t->name);
    for (size_t i = 0; i < t->columns; i++) {
        char name[128];
        const char *unit = t->column[i].unit;
        snprintf(name, sizeof name, "%s%s%s%s", t->column[i].name, *unit ? " (" : "", unit, *unit ? ")" : "");
        if (i) putchar(',');
        bench_csv_string(name);
    }
    putchar('\n');
}

static inline void bench_begin_json(const bench_table *t)
{
    printf("%s{\"table\": ", bench_tables ? ",\n" : "[");
    bench_json_string(t->name);
    printf(", \"columns\": [");
    for (size_t i = 0; i < t->columns; i++) {
        printf("%s{\"name\": ", i ? ", " : "");
        bench_json_string(t->column[i].name);
        printf(", \"unit\": ");
        bench_json_string(t->column[i].unit);
        printf(", \"what\": ");
        bench_json_string(t->column[i].what);
        printf("}");
    }
    printf("], \"rows\": [");
}

static inline bench_table bench_begin(const char *name, const bench_column *column, size_t columns)
{
    bench_table t;
    t.name = name;
    t.column = column;
    t.columns = columns;
    t.at = t.rows = 0;
    if (bench_style == BENCH_TEXT) bench_begin_text(&t);
    if (bench_style == BENCH_CSV) bench_begin_csv(&t);
    if (bench_style == BENCH_JSON) bench_begin_json(&t);
    bench_tables += bench_style != BENCH_SILENT;
    fflush(stdout);
    return t;
}

static inline void bench_end_row(bench_table *t)
{
    if (bench_style == BENCH_TEXT || bench_style == BENCH_CSV) putchar('\n');
    t->at = 0;
    t->rows++;
    fflush(stdout);
}

// The next cell of the row; the last one ends it.
static inline void bench_cell(bench_table *t, const char *s, int is_number)
{
    const size_t i = t->at++;
    const int last = t->at == t->columns;
    if (bench_style == BENCH_TEXT) bench_pad(t, i, s);
    if (bench_style == BENCH_CSV) {
        if (i) putchar(',');
        bench_csv_string(s);
    }
    if (bench_style == BENCH_JSON) {
        printf("%s", i ? ", " : t->rows ? ",\n {" : "\n {");
        bench_json_string(t->column[i].name);
        printf(": ");
        if (is_number)
            printf("%s", s);
        else
            bench_json_string(s);
        if (last) putchar('}');
    }
    if (last) bench_end_row(t);
}

static inline void bench_string(bench_table *t, const char *s) { bench_cell(t, s, 0); }

// What is not a finite number is "-" in text, empty in CSV and null in JSON.
static inline void bench_number(bench_table *t, double x)
{
    static const char *const none[] = {"-", "", "null", ""};
    const bench_column *c = &t->column[t->at];
    char s[400];
    if (!isfinite(x))
        snprintf(s, sizeof s, "%s", none[bench_style]);
    else if (bench_style != BENCH_TEXT)
        snprintf(s, sizeof s, "%.9g", x);
    else if (c->digits < 0)
        snprintf(s, sizeof s, "%.*g", -c->digits, x);
    else
        snprintf(s, sizeof s, "%.*f", c->digits, x);
    bench_cell(t, s, 1);
}

static inline void bench_numbers(bench_table *t, const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++) bench_number(t, x[i]);
}

static inline void bench_end(const bench_table *t)
{
    (void)t;
    if (bench_style == BENCH_JSON) printf("]}");
}

// After the last table. A full disk is an error.
static inline void bench_finish(void)
{
    if (bench_style == BENCH_JSON) printf("%s]\n", bench_tables ? "" : "[");
    if (fflush(stdout) || ferror(stdout)) bench_die(1, "bench", "cannot write to standard output");
}

// A table of what was the case: bench_fact(&t, "cores", "%zu", cores).
static const bench_column bench_facts_columns[] = {{"fact", "", -18, 0, ""}, {"value", "", -8, 0, ""}};

static inline BENCH_PRINTF(3) void bench_fact(bench_table *t, const char *name, const char *format, ...)
{
    char value[512];
    va_list args;
    va_start(args, format);
    vsnprintf(value, sizeof value, format, args);
    va_end(args);
    bench_string(t, name);
    if (bench_style != BENCH_TEXT) {
        bench_string(t, value);
        return;
    }
    putchar(' ');
    bench_wrapped(value, 19, 19);
    bench_end_row(t);
}

static inline const char *bench_compiler(void)
{
#if defined(__clang__)
    return "clang " __clang_version__;
#elif defined(__GNUC__)
    return "gcc " __VERSION__;
#else
    return "unknown";
#endif
}

// The name of the processor, in `line`.
static inline const char *bench_processor(char *line, int room)
{
    line[0] = 0;
    FILE *f = fopen("/proc/cpuinfo", "r");
    while (f && fgets(line, room, f))
        if (!strncmp(line, "model name", 10)) break;
    if (f) fclose(f);
    line[strcspn(line, "\n")] = 0;
    const char *name = strchr(line, ':');
    return !strncmp(line, "model name", 10) && name ? name + 2 : "unknown processor";
}

// Begins the table of conditions with what is the same for every program;
// the caller adds its own and ends it.
static inline bench_table bench_conditions(void)
{
    char line[256];
    bench_table t = bench_begin("conditions", bench_facts_columns, 2);
    bench_fact(&t, "processor", "%s", bench_processor(line, sizeof line));
    bench_fact(&t, "cores", "%zu", bench_processors());
    bench_fact(&t, "backend", "%s", w2v_simd());
    bench_fact(&t, "compiler", "%s", bench_compiler());
    bench_fact(&t, "flags", "%s", BENCH_FLAGS);
    return t;
}

// ----------------------------------------------------------------------------------------------------
// What the machine can do: machine.c, which is compiled for it

double bench_seconds(void);  // of a clock that never goes back

// Calls work(shared, item, thread) for the items 0 to items - 1, in no order, from `threads` threads.
void bench_for_each(size_t items, size_t threads, void (*work)(void *shared, size_t item, size_t thread),
                    void *shared);

double bench_peak(size_t turns);                   // GFLOP/s of multiply-adds on one core
// GB/s at which one core reads n floats that lie in `streams` pieces one behind the other, all at the same time.
enum { BENCH_MOST_STREAMS = 8 };  // 1, 2, 4 and 8 are tried: the best is a bound
double bench_read(const float *x, size_t n, size_t streams);

// Loads two padded rows and does nothing with them; NULL where the compiler cannot be told to do that.
extern float (*const bench_read_rows)(float *x, float *y, size_t n);

// Bytes of a buffer that no cache holds, at most 1 GiB.
static inline size_t bench_memory_bytes(void)
{
    const size_t least = (size_t)256 << 20, most = (size_t)1 << 30;
    size_t bytes = least;
#ifdef _SC_LEVEL3_CACHE_SIZE
    const long cache = sysconf(_SC_LEVEL3_CACHE_SIZE);
    if (cache > 0 && (size_t)cache > least / 2) bytes = 2 * (size_t)cache;
#endif
    return (bytes > most ? most : bytes) / 4096 * 4096;
}

#endif
