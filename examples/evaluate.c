// SPDX-License-Identifier: MIT-0
//
// evaluate.c - scores a vector file on analogies and word similarity
//
//   evaluate vectors.bin FOLDER                 the sets in FOLDER that it has, by their usual names
//   evaluate vectors.bin questions.txt men.csv  files, whose names or first lines tell what they are
//   evaluate vectors.bin 30000 < questions.txt  as compute-accuracy of the original word2vec

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PROGRAM "evaluate"
#include "cli.h"
#include "map.h"

typedef enum file_kind { KIND_AUTO, KIND_ANALOGIES, KIND_PAIRS } file_kind;

typedef struct options {
    w2v_load_config load;
    w2v_analogy_config analogies;
    w2v_similarity_config similarity;
    size_t sections;
    file_kind kind;
    const char *plot;
    size_t remove_top;  // SIZE_MAX: vectors as they are
} options;

typedef struct known_set {
    const char *name;  // of its file
    size_t column;     // of the score; 0: analogies
} known_set;

// The names of Faruqui and Dyer (EN-...), of the publishers, of gensim, and of hyperwords (Levy, Goldberg and
// Dagan).
static const known_set sets[] = {{"questions-words.txt", 0},
                                 {"questions-phrases.txt", 0},
                                 {"google.txt", 0},
                                 {"msr.txt", 0},
                                 {"EN-WS-353-ALL.txt", 3},
                                 {"wordsim353.tsv", 3},
                                 {"wordsim353.csv", 3},
                                 {"combined.tab", 3},
                                 {"combined.csv", 3},
                                 {"ws353.txt", 3},
                                 {"EN-WS-353-SIM.txt", 3},
                                 {"wordsim_similarity_goldstandard.txt", 3},
                                 {"ws353_similarity.txt", 3},
                                 {"EN-WS-353-REL.txt", 3},
                                 {"wordsim_relatedness_goldstandard.txt", 3},
                                 {"ws353_relatedness.txt", 3},
                                 {"EN-SIMLEX-999.txt", 3},
                                 {"SimLex-999.txt", 4},
                                 {"simlex999.txt", 3},
                                 {"EN-MEN-TR-3k.txt", 3},
                                 {"MEN_dataset_natural_form_full", 3},
                                 {"MEN.txt", 3},
                                 {"bruni_men.txt", 3},
                                 {"EN-RW-STANFORD.txt", 3},
                                 {"rw.txt", 3},
                                 {"luong_rare.txt", 3},
                                 {"EN-MTurk-287.txt", 3},
                                 {"Mtruk.csv", 3},
                                 {"MTurk-287.csv", 3},
                                 {"radinsky_mturk.txt", 3},
                                 {"EN-MTurk-771.txt", 3},
                                 {"MTURK-771.csv", 3},
                                 {"EN-SimVerb-3500.txt", 3},
                                 {"SimVerb-3500.txt", 4},
                                 {"EN-RG-65.txt", 3},
                                 {"EN-MC-30.txt", 3},
                                 {"EN-YP-130.txt", 3},
                                 {"EN-VERB-143.txt", 3}};

enum { SETS = sizeof sets / sizeof *sets };

// All names, in lines of at most that many bytes.
static void print_names(FILE *to, size_t most)
{
    size_t width = 3;
    for (size_t i = 0; i < SETS; i++) {
        const size_t n = strlen(sets[i].name) + 2;
        const int begins = n > most - width;
        width = begins ? 3 + n : width + n;
        fprintf(to, "%s %s%s", begins ? "\n   " : "", sets[i].name, i + 1 < SETS ? "," : "");
    }
}

static void usage(void)
{
    printf("usage: evaluate [options] VECTORS FOLDER\n"
           "       evaluate [options] VECTORS FILE...\n"
           "       evaluate [options] VECTORS N < FILE\n"
           "  A FILE has questions `a b c d`, with headings `: name`, or pairs `word word score`, in\n"
           "  columns that tabs separate, else semicolons, else commas, else blanks; - is standard\n"
           "  input. Scores of pairs are correlations x 100.\n"
           "  N is for scripts that ran compute-accuracy: questions on standard input, answered among\n"
           "  the first N words (0: all), with a line for each section.\n"
           "  Of a FOLDER it takes those of these files that are there (the scores of SimLex-999.txt\n"
           "  and SimVerb-3500.txt are in column 4, all others in column 3):\n   ");
    print_names(stdout, 95);
    printf("\n  -top N              analogies among the first, most frequent N words (30000; 0: all)\n"
           "  -method METHOD      of analogies: add (3CosAdd) or mul (3CosMul) (add)\n"
           "  -case CASE          exact or lower: compares words, answers too, in lower case (lower)\n"
           "  -skip-variants 0|1  1: words that differ from a, b or c only in case are no answers,\n"
           "                      as in gensim; 0: they are, as in compute-accuracy (0)\n"
           "  -sections 0|1       1: a line for each section of the analogies (0)\n"
           "  -kind KIND          of files: auto, analogies or pairs; a named pipe needs it\n"
           "                      (auto: by one of the names above, else by the first line)\n"
           "  -column N           of the score in files of pairs, 3 to 64 (3; for the names above theirs)\n"
           "  -threads N          (all processors)\n"
           "  -plot FILE.svg      draws a map of the 400 most frequent words\n"
           "  -remove-top N       first subtracts the mean of the vectors and their first N principal\n"
           "                      directions (all-but-the-top; try the length of a vector / 100)\n"
           "  -first N            loads only the first N vectors (0: all); -limit is the same\n"
           "  -version            prints the version\n");
}

static file_kind kind_named(const char *name)
{
    static const char *const names[] = {"auto", "analogies", "pairs"};  // in the order of file_kind
    int kind = 0;
    while (kind <= (int)KIND_PAIRS && strcmp(name, names[kind])) kind++;
    if (kind > (int)KIND_PAIRS) die(2, "-kind takes auto, analogies or pairs, not '%s'", name);
    return (file_kind)kind;
}

// 0 for the first word, 1 for the second.
static int choice(const char *option, const char *value, const char *first, const char *second)
{
    if (strcmp(value, first) && strcmp(value, second))
        die(2, "%s takes %s or %s, not '%s'", option, first, second, value);
    return !strcmp(value, second);
}

static void set_option(options *o, const char *name, const char *value)
{
    static const char *const names[] = {"-top",           "-method",     "-case",  "-sections",
                                        "-column",        "-threads",    "-limit", "-kind",
                                        "-skip-variants", "-remove-top", "-plot"};
    size_t k = 0;
    const char *const known = strcmp(name, "-first") ? name : "-limit";  // as convert and query call it
    while (k < sizeof names / sizeof *names && strcmp(known, names[k])) k++;
    if (k == sizeof names / sizeof *names) die(2, "unknown option '%s' (-help lists them)", name);
    if (!value) die(2, "%s needs a value", name);
    switch (k) {
    case 0: o->analogies.max_words = size_number(name, value, SIZE_MAX); break;
    case 1:
        o->analogies.method = choice(name, value, "add", "mul") ? W2V_ANALOGY_MUL : W2V_ANALOGY_ADD;
        break;
    case 2:
        o->analogies.letter_case = choice(name, value, "exact", "lower") ? W2V_CASE_LOWER : W2V_CASE_EXACT;
        o->similarity.letter_case = o->analogies.letter_case;
        break;
    case 3: o->sections = size_number(name, value, 1); break;
    case 4:
        o->similarity.column = size_number(name, value, 64);
        if (o->similarity.column < 3) die(2, "-column takes a number of at least 3, not %s", value);
        break;
    case 5:
        o->analogies.threads = size_number(name, value, 1024);
        if (!o->analogies.threads) die(2, "-threads takes a number of at least 1");
        break;
    case 6: o->load.max_words = size_number(name, value, SIZE_MAX); break;
    case 7: o->kind = kind_named(value); break;
    case 8: o->analogies.skip_variants = (int)whole_number(name, value, 1); break;
    case 9: o->remove_top = size_number(name, value, W2V_MAX_DIM); break;
    default: o->plot = value;
    }
}

static void print_line(const char *name, const char *kind, double score, size_t used, size_t lines)
{
    printf("%-32s %-10s %6.1f  %zu of %zu\n", name, kind, score, used, lines);
}

static void print_counts(const char *name, const char *kind, w2v_analogy_counts c)
{
    if (c.used)
        print_line(name, kind, 100.0 * (double)c.correct / (double)c.used, c.used, c.lines);
    else if (c.lines)
        printf("%-32s %-10s %6s  0 of %zu\n", name, kind, "-", c.lines);
}

// A set.
typedef struct source {
    w2v_source from;
    const char *name;       // to print
    const char *beginning;  // (bytes)
    size_t bytes;
} source;

static int read_failed(const w2v_error *err)
{
    complain("%s", err->message);
    return 0;
}

static int score_analogies(const w2v_model *m, const source *s, const options *o)
{
    w2v_analogy_result r;
    w2v_error err;
    if (w2v_model_evaluate_analogies(m, &s->from, &o->analogies, &r, &err) != W2V_OK)
        return read_failed(&err);
    print_counts(s->name, "analogies", r.total);
    print_counts("  semantic", "analogies", r.semantic);
    print_counts("  syntactic", "analogies", r.syntactic);
    for (size_t i = 0; o->sections && i < r.section_count; i++) {
        char title[40];
        snprintf(title, sizeof title, "  : %s", r.sections[i].name);
        for (char *c = title; *c; c++)
            if ((unsigned char)*c < ' ' || *c == 0x7f) *c = '?';
        print_counts(title, "analogies", r.sections[i].counts);
    }
    w2v_analogy_result_free(&r);
    return 1;
}

static int score_similarity(const w2v_model *m, const source *s, size_t column, const options *o)
{
    w2v_similarity_config similarity = o->similarity;
    w2v_similarity_result r;
    w2v_error err;
    similarity.column = similarity.column ? similarity.column : column;
    if (w2v_model_evaluate_similarity(m, &s->from, &similarity, &r, &err) != W2V_OK) return read_failed(&err);
    print_line(s->name, "spearman", 100.0 * r.spearman, r.used, r.lines);
    print_line("", "pearson", 100.0 * r.pearson, r.used, r.lines);
    return 1;
}

// Whether a text has analogies: its first line, comments apart, begins with a colon, or has four words without
// digits, commas and semicolons.
static int has_analogies(const source *s)
{
    const char *p = s->beginning, *end = p + s->bytes;
    if (s->bytes >= 3 && !memcmp(p, "\xEF\xBB\xBF", 3)) p += 3;
    for (const char *stop; p < end; p = stop + 1) {
        int words = 0, others = 0;
        stop = (const char *)memchr(p, '\n', (size_t)(end - p));
        if (!stop) stop = end;
        while (p < stop && isspace((unsigned char)*p)) p++;
        if (p == stop || *p == '#') continue;
        if (*p == ':') return 1;
        for (int in_word = 0; p < stop; p++) {
            const int blank = isspace((unsigned char)*p) != 0;
            words += !blank && !in_word;
            in_word = !blank;
            others += *p && strchr("0123456789,;", *p) != NULL;
        }
        return words == 4 && !others;
    }
    return 0;
}

static int score(const w2v_model *m, const source *s, const options *o)
{
    const char *slash = strrchr(s->name, '/'), *name = slash ? slash + 1 : s->name;
    size_t k = 0;
    while (k < SETS && strcmp(name, sets[k].name)) k++;
    const int analogies = o->kind != KIND_AUTO ? o->kind == KIND_ANALOGIES
                          : k < SETS           ? !sets[k].column
                                               : has_analogies(s);
    return analogies ? score_analogies(m, s, o)
                     : score_similarity(m, s, k < SETS && sets[k].column ? sets[k].column : 3, o);
}

static int score_standard_input(const w2v_model *m, const options *o)
{
    char piece[65536];
    w2v_buffer text = {NULL, 0, 0};
    for (size_t n; (n = fread(piece, 1, sizeof piece, stdin)) != 0;)
        if (w2v_buffer_write(piece, n, &text))
            die(1, "out of memory for %zu bytes of standard input", text.size + n);
    if (ferror(stdin)) die(1, "cannot read standard input: %s", strerror(errno));
    source s = {w2v_source_text(text.data, text.size), "standard input", text.data, text.size};
    s.from.name = s.name;
    const int ok = score(m, &s, o);
    w2v_buffer_free(&text);
    return ok;
}

static int score_file(const w2v_model *m, const char *path, const options *o)
{
    char beginning[4096];
    source s = {w2v_source_file(path), path, beginning, 0};
    FILE *f = o->kind == KIND_AUTO ? fopen(path, "rb") : NULL;
    if (f) {  // else reading it will tell why
        if (fseek(f, 0, SEEK_SET))
            die(2, "'%s' can be read only once: tell with -kind what is in it, or use - < '%s'", path, path);
        s.bytes = fread(beginning, 1, sizeof beginning, f);
        fclose(f);
    }
    return score(m, &s, o);
}

// The sets of a folder that it has by their names.
static int score_folder(const w2v_model *m, const char *folder, const options *o)
{
    int found = 0, ok = 1;
    for (size_t i = 0; i < SETS; i++) {
        struct stat info;
        const file_name set = in_folder(folder, sets[i].name);
        const source s = {w2v_source_file(set.path), sets[i].name, NULL, 0};
        options of_set = *o;
        of_set.kind = KIND_AUTO;
        if (stat(set.path, &info)) continue;
        found = 1;
        ok &= score(m, &s, &of_set);
    }
    if (found) return ok;
    fflush(stdout);
    fprintf(stderr, "evaluate: the folder '%s' has none of", folder);
    print_names(stderr, SIZE_MAX);
    fprintf(stderr, ": give the names of its files instead ('%s/...')\n", folder);
    return 0;
}

static int is_folder(const char *path)
{
    struct stat info;
    return !stat(path, &info) && S_ISDIR(info.st_mode);
}

// A picture may not replace the vectors, a file of questions, or a set of a folder.
static void refuse_plot(const char *plot, const char *argument)
{
    refuse_overwriting("-plot", plot, argument);
    for (size_t i = 0; i < SETS && is_folder(argument); i++) {
        const file_name set = in_folder(argument, sets[i].name);
        refuse_overwriting("-plot", plot, set.path);
    }
}

// Whether the arguments after the vectors are those of compute-accuracy: a number, if no file has that name.
static int is_threshold(int count, char **arguments)
{
    struct stat info;
    return count == 1 && !arguments[0][strspn(arguments[0], "0123456789")] && *arguments[0] &&
           stat(arguments[0], &info);
}

int main(int argc, char **argv)
{
    options o;
    int arg = 1, ok = 1;
    o.load = w2v_load_config_default();
    o.analogies = w2v_analogy_config_default();
    o.similarity = w2v_similarity_config_default();
    o.sections = 0;
    o.kind = KIND_AUTO;
    o.similarity.column = 0;
    o.plot = NULL;
    o.remove_top = SIZE_MAX;
    for (; arg < argc && argv[arg][0] == '-'; arg += 2) {
        const char *name = option_name(argv, arg, NULL);
        if (is_help(name)) return usage(), 0;
        set_option(&o, name, argv[arg + 1]);
    }
    if (argc - arg < 2) die(2, "a vector file and a folder, files or a number are needed (-help explains)");
    const int threshold = is_threshold(argc - arg - 1, argv + arg + 1);
    if (threshold) {
        o.analogies.max_words = size_number("N", argv[arg + 1], SIZE_MAX);
        o.sections = 1;
        o.kind = KIND_ANALOGIES;
    }
    w2v_load_report report;
    w2v_error err;
    for (int i = arg; i < argc; i++) refuse_plot(o.plot, argv[i]);
    if (o.plot && w2v_check_writable(o.plot, &err) != W2V_OK) die(1, "%s", err.message);
    w2v_model *m = load_model(argv[arg], o.load, &report);
    const file_name words = words_beside(argv[arg], report.format);
    refuse_overwriting("-plot", o.plot, words.path);
    if (o.remove_top != SIZE_MAX && w2v_model_remove_top(m, o.remove_top, &err) != W2V_OK)
        die(1, "%s", err.message);
    if (o.plot && draw_map(o.plot, m, argv[arg], MAP_WORDS, MAP_GROUPS, &err) != W2V_OK)
        die(1, "%s", err.message);
    for (int i = arg + 1; i < argc; i++)
        ok &= !strcmp(argv[i], "-") || threshold ? score_standard_input(m, &o)
              : is_folder(argv[i])               ? score_folder(m, argv[i], &o)
                                                 : score_file(m, argv[i], &o);
    w2v_model_free(m);
    check_output();
    return !ok;
}
