// SPDX-License-Identifier: MIT-0
//
// evaluate.c - scores a vector file on analogies and word similarity
//
//   evaluate vectors.bin FOLDER                 the five sets in FOLDER that it has, by their usual names
//   evaluate vectors.bin questions.txt men.csv  files, whose first lines tell what they are

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

// "evaluate: sentence" on standard error. die also ends the program: status 1 for a failure, 2 for wrong usage.
#define complain(...) (fflush(stdout), fprintf(stderr, "evaluate: " __VA_ARGS__), fputc('\n', stderr))
#define die(status, ...) (complain(__VA_ARGS__), exit(status))

typedef enum file_kind { KIND_AUTO, KIND_ANALOGIES, KIND_PAIRS } file_kind;

typedef struct options {
    w2v_load_options load;
    w2v_analogy_options analogies;
    w2v_similarity_options similarity;
    size_t sections;
    file_kind kind;
} options;

static void usage(void)
{
    printf(
        "usage: evaluate [options] VECTORS FOLDER\n"
        "       evaluate [options] VECTORS FILE...\n"
        "  Of a FOLDER it takes those of these files that are there: questions-words.txt, "
        "EN-WS-353-ALL.txt,\n"
        "  EN-SIMLEX-999.txt, EN-MEN-TR-3k.txt and EN-RW-STANFORD.txt. A FILE has questions `a b c d`, with\n"
        "  headings `: name`, or pairs `word word score`. Scores of pairs are correlations x 100.\n"
        "  -top N           analogies among the first, most frequent N words (30000; 0: all)\n"
        "  -method METHOD   of analogies: add (3CosAdd) or mul (3CosMul) (add)\n"
        "  -case CASE       exact or lower: words of files and vectors in lower case (lower)\n"
        "  -sections 0|1    1: a line for each section of the analogies (0)\n"
        "  -kind KIND       of files: auto, analogies or pairs; a pipe needs it (auto: by the first line)\n"
        "  -column N        of the score in files of pairs, 3 to 64 (3)\n"
        "  -threads N       (all processors)\n"
        "  -limit N         loads only the first N vectors (0: all)\n");
}

static size_t whole_number(const char *option, const char *text, size_t high)
{
    char *end = NULL;
    errno = 0;
    const unsigned long long value = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end) die(2, "%s takes a whole number, not '%s'", option, text);
    if (errno || value > high) die(2, "%s takes a number of at most %zu, not %s", option, high, text);
    return (size_t)value;
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
    static const char *const names[] = {"-top",    "-method",  "-case",  "-sections",
                                        "-column", "-threads", "-limit", "-kind"};
    size_t k = 0;
    while (k < sizeof names / sizeof *names && strcmp(name, names[k])) k++;
    if (k == sizeof names / sizeof *names) die(2, "unknown option '%s' (-help lists them)", name);
    if (!value) die(2, "%s needs a value", name);
    switch (k) {
    case 0: o->analogies.top = whole_number(name, value, SIZE_MAX); break;
    case 1:
        o->analogies.method = choice(name, value, "add", "mul") ? W2V_ANALOGY_MUL : W2V_ANALOGY_ADD;
        break;
    case 2:
        o->analogies.letter_case = choice(name, value, "exact", "lower") ? W2V_CASE_LOWER : W2V_CASE_EXACT;
        o->similarity.letter_case = o->analogies.letter_case;
        break;
    case 3: o->sections = whole_number(name, value, 1); break;
    case 4:
        o->similarity.column = whole_number(name, value, 64);
        if (o->similarity.column < 3) die(2, "-column takes a number of at least 3, not %s", value);
        break;
    case 5:
        o->analogies.threads = whole_number(name, value, 1024);
        if (!o->analogies.threads) die(2, "-threads takes a number of at least 1");
        break;
    case 6: o->load.limit = whole_number(name, value, SIZE_MAX); break;
    default: o->kind = kind_named(value);
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

static int score_analogies(const w2v_model *m, const char *path, const char *name, const options *o)
{
    w2v_analogy_result r;
    w2v_error err;
    if (w2v_evaluate_analogies_file(m, path, &o->analogies, &r, &err) != W2V_OK) {
        complain("%s", err.message);
        return 0;
    }
    print_counts(name, "analogies", r.total);
    print_counts("  semantic", "analogies", r.semantic);
    print_counts("  syntactic", "analogies", r.syntactic);
    for (size_t i = 0; o->sections && i < r.sections; i++) {
        char title[40];
        snprintf(title, sizeof title, "  : %s", r.section[i].name);
        print_counts(title, "analogies", r.section[i].counts);
    }
    w2v_analogy_result_free(&r);
    return 1;
}

static int score_similarity(const w2v_model *m, const char *path, const char *name, const options *o)
{
    w2v_similarity_result r;
    w2v_error err;
    if (w2v_evaluate_similarity_file(m, path, &o->similarity, &r, &err) != W2V_OK) {
        complain("%s", err.message);
        return 0;
    }
    print_line(name, "spearman", 100.0 * r.spearman, r.used, r.lines);
    print_line("", "pearson", 100.0 * r.pearson, r.used, r.lines);
    return 1;
}

// Whether a file has analogies: its first line, comments apart, is a heading, or four words without a digit.
static int has_analogies(const char *path)
{
    char line[4096], word[4][1024];
    int answer = 0;
    FILE *f = fopen(path, "rb");
    if (!f) return 0;  // reading it will tell why
    if (fseek(f, 0, SEEK_SET)) die(2, "'%s' can be read only once: tell with -kind what is in it", path);
    while (fgets(line, sizeof line, f)) {
        const char *p = line + (strncmp(line, "\xEF\xBB\xBF", 3) ? 0 : 3);
        p += strspn(p, " \t\r\n");
        if (!*p || *p == '#') continue;
        const int words = sscanf(p, "%1023s %1023s %1023s %1023s", word[0], word[1], word[2], word[3]);
        answer = *p == ':' || (words == 4 && !strpbrk(p, "0123456789"));
        break;
    }
    fclose(f);
    return answer;
}

static int is_there(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (f) fclose(f);
    return f != NULL;
}

// The sets of a folder; -1 if it has none of them.
static int score_folder(const w2v_model *m, const char *folder, const options *o)
{
    static const char *const sets[] = {"questions-words.txt", "EN-WS-353-ALL.txt", "EN-SIMLEX-999.txt",
                                       "EN-MEN-TR-3k.txt", "EN-RW-STANFORD.txt"};
    int found = 0, ok = 1;
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", folder, sets[i]);
        if (!is_there(path)) continue;
        found = 1;
        ok &= i ? score_similarity(m, path, sets[i], o) : score_analogies(m, path, sets[i], o);
    }
    return found ? ok : -1;
}

int main(int argc, char **argv)
{
    options o;
    int arg = 1, ok = 1;
    o.load = w2v_load_options_default();
    o.analogies = w2v_analogy_options_default();
    o.similarity = w2v_similarity_options_default();
    o.sections = 0;
    o.kind = KIND_AUTO;
    for (; arg < argc && argv[arg][0] == '-'; arg += 2) {
        const char *name = argv[arg] + (argv[arg][1] == '-');  // -option or --option
        if (!strcmp(name, "-help") || !strcmp(name, "-h")) {
            usage();
            return 0;
        }
        set_option(&o, name, argv[arg + 1]);
    }
    if (argc - arg < 2) die(2, "a vector file and a folder or files are needed (-help explains)");
    w2v_model *m;
    w2v_error err;
    if (w2v_load_with(&m, argv[arg], &o.load, NULL, &err) != W2V_OK) die(1, "%s", err.message);
    for (int i = arg + 1; i < argc; i++) {
        const int folder = score_folder(m, argv[i], &o);
        if (folder >= 0)
            ok &= folder;
        else if (o.kind == KIND_ANALOGIES || (o.kind == KIND_AUTO && has_analogies(argv[i])))
            ok &= score_analogies(m, argv[i], argv[i], &o);
        else
            ok &= score_similarity(m, argv[i], argv[i], &o);
    }
    w2v_free(m);
    if (fflush(stdout) || ferror(stdout)) die(1, "cannot write the scores: %s", strerror(errno));
    return !ok;
}
