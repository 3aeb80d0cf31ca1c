// SPDX-License-Identifier: MIT-0
//
// bench.h - what the benchmarks share: medians, the conditions of a run, and tables as text, CSV or JSON.
// Include it behind w2v.h.

#ifndef BENCH_H
#define BENCH_H

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef BENCH_FLAGS
#define BENCH_FLAGS "unknown flags"
#endif

#if defined(__GNUC__)
#define BENCH_PRINTF __attribute__((format(printf, 3, 4)))
#else
#define BENCH_PRINTF
#endif

// Results go here, so that the compiler cannot leave out what makes them.
static volatile float bench_sink;

// "program: sentence" on standard error, and the end of the program:
// status 1 for a failure, 2 for wrong usage.
static inline BENCH_PRINTF void bench_die(int status, const char *program, const char *format, ...)
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

// -----------------------------------------------------------------------------------------------------------------
// Tables. One description of the columns serves three formats: text for people
// (with a line on what each column is), CSV (a comment line, a header and the
// rows for each table, tables apart by an empty line), and JSON (one document).

typedef enum bench_format { BENCH_TEXT, BENCH_CSV, BENCH_JSON } bench_format;

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

// Whether the argument chooses a format.
static inline int bench_takes_format(const char *argument)
{
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
        putchar(*s == '\n' || *s == '\t' ? ' ' : *s);
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

static inline void bench_pad(const bench_column *c, const char *s) { printf("%*s ", c->width, s); }

static inline void bench_begin_text(const bench_table *t)
{
    printf("%s%s\n", bench_tables ? "\n" : "", t->name);
    for (size_t i = 0; i < t->columns; i++)
        if (*t->column[i].what) printf("  %s: %s\n", t->column[i].name, t->column[i].what);
    for (size_t i = 0; i < t->columns; i++) bench_pad(&t->column[i], t->column[i].name);
    printf("\n");
    size_t units = 0;
    for (size_t i = 0; i < t->columns; i++) units += *t->column[i].unit != 0;
    for (size_t i = 0; units && i < t->columns; i++) bench_pad(&t->column[i], t->column[i].unit);
    if (units) printf("\n");
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
    bench_tables++;
    fflush(stdout);
    return t;
}

static inline void bench_cell_begin(const bench_table *t)
{
    if (bench_style == BENCH_CSV && t->at) putchar(',');
    if (bench_style != BENCH_JSON) return;
    if (!t->at) printf("%s\n {", t->rows ? "," : "");
    if (t->at) printf(", ");
    bench_json_string(t->column[t->at].name);
    printf(": ");
}

static inline void bench_cell_end(bench_table *t)
{
    if (++t->at < t->columns) return;
    printf(bench_style == BENCH_JSON ? "}" : "\n");
    t->at = 0;
    t->rows++;
    fflush(stdout);
}

// The next cell of the row; the last one ends it.
static inline void bench_string(bench_table *t, const char *s)
{
    bench_cell_begin(t);
    if (bench_style == BENCH_TEXT) bench_pad(&t->column[t->at], s);
    if (bench_style == BENCH_CSV) bench_csv_string(s);
    if (bench_style == BENCH_JSON) bench_json_string(s);
    bench_cell_end(t);
}

// Likewise; what is not a finite number is "-" in text, empty in CSV and null in JSON.
static inline void bench_number(bench_table *t, double x)
{
    static const char *const none[] = {"-", "", "null"};
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
    bench_cell_begin(t);
    if (bench_style == BENCH_TEXT)
        bench_pad(c, s);
    else
        fputs(s, stdout);
    bench_cell_end(t);
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

// Behind the last table.
static inline void bench_finish(void)
{
    if (bench_style == BENCH_JSON) printf("%s]\n", bench_tables ? "" : "[");
    fflush(stdout);
}

// A table of what was the case: bench_fact(&t, "cores", "%zu", cores).
static const bench_column bench_facts_columns[] = {{"fact", "", -18, 0, ""}, {"value", "", -8, 0, ""}};

static inline BENCH_PRINTF void bench_fact(bench_table *t, const char *name, const char *format, ...)
{
    char value[512];
    va_list args;
    va_start(args, format);
    vsnprintf(value, sizeof value, format, args);
    va_end(args);
    bench_string(t, name);
    bench_string(t, value);
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

// Begins the table of conditions with what is the same for every program;
// the caller adds its own and ends it.
static inline bench_table bench_conditions(void)
{
    char line[256] = "";
    FILE *f = fopen("/proc/cpuinfo", "r");
    while (f && fgets(line, sizeof line, f))
        if (!strncmp(line, "model name", 10)) break;
    if (f) fclose(f);
    line[strcspn(line, "\n")] = 0;
    const char *name = strchr(line, ':');
    bench_table t = bench_begin("conditions", bench_facts_columns, 2);
    bench_fact(&t, "processor", "%s", !strncmp(line, "model name", 10) && name ? name + 2 : "unknown");
    bench_fact(&t, "cores", "%zu", w2v__cpus());
    bench_fact(&t, "backend", "%s", w2v_simd());
    bench_fact(&t, "compiler", "%s", bench_compiler());
    bench_fact(&t, "flags", "%s", BENCH_FLAGS);
    return t;
}

// -----------------------------------------------------------------------------------------------------------------
// What the machine can do: machine.c, which is compiled for it

double bench_peak(void);                              // GFLOP/s of multiply-adds on one core
double bench_clock(void);                             // GHz
double bench_bandwidth(const float *x, size_t n);     // GB/s at which one core reads n floats
size_t bench_register_bytes(void);                    // that one load fills; 0 if vectors are arrays
extern float (*const bench_read_rows)(float *x, float *y, size_t n);  // loads two padded rows, or NULL if that cannot be said

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
