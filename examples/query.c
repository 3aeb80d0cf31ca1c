// SPDX-License-Identifier: MIT-0
//
// query.c - asks a vector file for neighbours
//
//   query vectors.bin king                          one question
//   query vectors.bin 'king - man + woman'
//   query vectors.bin '"New York" - king + queen'   quotes hold a word with blanks together
//   query -analogy 1 vectors.bin 'man king woman'   the same as king - man + woman
//   query vectors.bin < questions                   a question a line; a terminal gets a prompt

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef _WIN32
#include <io.h>
#define isatty _isatty
#define fileno _fileno
#else
#include <unistd.h>
#endif

// "query: sentence" on standard error. die also ends the program: status 1 for a failure, 2 for wrong usage.
#define complain(...) (fflush(stdout), fprintf(stderr, "query: " __VA_ARGS__), fputc('\n', stderr))
#define die(status, ...) (complain(__VA_ARGS__), exit(status))

enum { MAX_TERMS = 64, MAX_NEIGHBOURS = 1000, MAX_LINE = 65535 };

static const char white_space[] = " \t\r\n";

typedef struct settings {
    size_t most;  // neighbours to print
    int analogy;  // questions are three words, `man king woman`
    int hinted;   // the user knows of -analogy 1
} settings;

typedef struct question {
    w2v_term term[MAX_TERMS];
    size_t terms;
    int signs;  // that were typed
} question;

// Whether the text from `begin` to `end` is a word of the vocabulary.
static int is_word(const w2v_model *m, const char *begin, char *end)
{
    const char after = *end;
    *end = 0;
    const int known = w2v_model_vector(m, begin) != NULL;
    *end = after;
    return known;
}

// The quote that ends a word which begins with one; NULL if it begins with none, or none ends it.
static char *closing_quote(char *word)
{
    if (*word != '"') return NULL;
    for (char *p = strchr(word + 1, '"'); p; p = strchr(p + 1, '"'))
        if (p > word + 1 && (!p[1] || strchr(white_space, p[1]))) return p;
    return NULL;
}

// Cuts the next word off *rest; NULL at the end. Quotes are removed, unless the vocabulary has the word only
// with them.
static char *next_word(const w2v_model *m, char **rest, int *quoted)
{
    char *word = *rest + strspn(*rest, white_space);
    if (!*word) return NULL;
    char *end = word + strcspn(word, white_space), *quote = closing_quote(word);
    *quoted = quote && (is_word(m, word + 1, quote) || !is_word(m, word, end));
    if (*quoted) {
        word++;
        end = quote;
    }
    *rest = *end ? end + 1 : end;
    *end = 0;
    return word;
}

// "king - man + woman" into terms, whose words stay in `text`. A word without a sign counts as +. A question
// that is a word of the vocabulary as a whole is that word. Returns 0 after a complaint.
static int parse_terms(const w2v_model *m, char *text, question *q)
{
    int quoted;
    float sign = 0.0f;  // of the next word; 0 if it has none
    text += strspn(text, white_space);
    for (size_t k = strlen(text); k && strchr(white_space, text[k - 1]); k--) text[k - 1] = 0;
    q->signs = 0;
    q->terms = 1;
    q->term[0].word = text;
    q->term[0].weight = 1.0f;
    if (w2v_model_vector(m, text)) return 1;
    q->terms = 0;
    for (char *word; (word = next_word(m, &text, &quoted)) != NULL;) {
        const int is_sign = !quoted && (!strcmp(word, "+") || !strcmp(word, "-"));
        if (is_sign && (sign != 0.0f || !*text)) {
            complain("a sign needs a word after it (put a word that looks like one in double quotes)");
            return 0;
        }
        if (is_sign) {
            sign = *word == '-' ? -1.0f : 1.0f;
            q->signs++;
            continue;
        }
        if (q->terms == MAX_TERMS) {
            complain("a question has more than %d words", MAX_TERMS);
            return 0;
        }
        q->term[q->terms].word = word;
        q->term[q->terms++].weight = sign < 0.0f ? -1.0f : 1.0f;
        sign = 0.0f;
    }
    if (!q->terms) complain("a question needs a word");
    return q->terms > 0;
}

// "man king woman" into king - man + woman. Returns 0 after a complaint.
static int parse_analogy(const w2v_model *m, char *text, question *q)
{
    static const size_t place[] = {1, 0, 2};  // of each word in the sum
    int quoted;
    q->terms = 0;
    for (char *word; (word = next_word(m, &text, &quoted)) != NULL; q->terms++) {
        if (q->terms >= 3) continue;
        q->term[place[q->terms]].word = word;
        q->term[place[q->terms]].weight = q->terms ? 1.0f : -1.0f;
    }
    if (q->terms == 3) return 1;
    complain("an analogy has three words, as in 'man king woman', not %zu (double quotes hold a word with "
             "blanks together)",
             q->terms);
    return 0;
}

// Prints the answer; 0 if there is none.
static int answer(const w2v_model *m, char *text, settings *s)
{
    question q;
    w2v_match top[MAX_NEIGHBOURS];
    w2v_error err;
    size_t found;
    if (s->analogy ? !parse_analogy(m, text, &q) : !parse_terms(m, text, &q)) return 0;
    if (w2v_model_most_similar(m, q.term, q.terms, top, s->most, &found, &err) != W2V_OK) {
        complain("%s", err.message);
        return 0;
    }
    if (!s->analogy && !s->hinted && q.terms == 3 && !q.signs) {
        complain("these are neighbours of the sum of three words; -analogy 1 answers `man king woman` with "
                 "those of king - man + woman");
        s->hinted = 1;
    }
    for (size_t i = 0; i < found; i++) printf("%-24s %.4f\n", top[i].word, (double)top[i].score);
    return 1;
}

// Reads a line of standard input without its end and keeps its first MAX_LINE bytes. Returns 0 if there is
// none left.
static int read_line(char line[MAX_LINE + 1], size_t *length)
{
    size_t n = 0;
    int c = getc(stdin);
    if (c == EOF) return 0;
    for (; c != '\n' && c != EOF; c = getc(stdin), n++)
        if (n < MAX_LINE) line[n] = (char)c;
    line[n < MAX_LINE ? n : (size_t)MAX_LINE] = 0;
    *length = n;
    return 1;
}

// Whether a line of n bytes ends the questions: EXIT, as for the original programs, unless it is a word.
static int is_exit(const w2v_model *m, const char *line, size_t n)
{
    const char *word = line + strspn(line, white_space), *end = word + strcspn(word, white_space);
    return end - word == 4 && !memcmp(word, "EXIT", 4) &&
           (size_t)(end - line) + strspn(end, white_space) == n && !w2v_model_vector(m, "EXIT");
}

static int answer_lines(const w2v_model *m, settings *s)
{
    static char line[MAX_LINE + 1];
    const int prompt = isatty(fileno(stdin)) && isatty(fileno(stdout));
    int all = 1;
    for (size_t n;;) {
        if (prompt) {
            printf("%s (EXIT ends)> ",
                   s->analogy ? "three words, man king woman" : "word, or king - man + woman");
            fflush(stdout);
        }
        if (!read_line(line, &n)) {
            if (prompt) printf("\n");
            break;
        }
        if (is_exit(m, line, n)) break;
        if (strspn(line, white_space) == n) continue;
        if (n > MAX_LINE)
            complain("a question of %zu bytes; at most %d can be asked", n, MAX_LINE), all = 0;
        else if (strlen(line) != n)
            complain("a question with a NUL byte, at %zu", strlen(line)), all = 0;
        else
            all &= answer(m, line, s);
        if (!prompt) printf("\n");  // an empty line ends an answer
    }
    if (ferror(stdin)) complain("cannot read the questions: %s", strerror(errno)), all = 0;
    return all;
}

static void usage(void)
{
    printf(
        "usage: query [options] VECTORS [QUESTION...]\n"
        "  A question is a word, or words with signs: 'king - man + woman'. A word without a sign counts as\n"
        "  +. Double quotes hold a word with blanks together: '\"New York\" - king + queen'. Without\n"
        "  questions it reads standard input, up to a line EXIT (unless that is a word of VECTORS).\n"
        "  -n N            neighbours to print, at most %d (10)\n"
        "  -analogy 0|1    1: a question is three words: 'man king woman' means king - man + woman (0)\n"
        "  -limit N        loads only the first N vectors (0: all)\n"
        "  -lenient 0|1    1: loads what is whole in a damaged file (0)\n"
        "  -format FORMAT  of the file: auto, text or binary (auto)\n"
        "  -version        prints the version\n",
        MAX_NEIGHBOURS);
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

static w2v_format format_named(const char *name)
{
    static const char *const names[] = {"auto", "text", "binary"};  // in the order of w2v_format
    int format = 0;
    while (format < 3 && strcmp(name, names[format])) format++;
    if (format == 3) die(2, "-format takes auto, text or binary, not '%s'", name);
    return (w2v_format)format;
}

// Loads the vectors, and tells in one line what was left out.
static w2v_model *load(const char *path, const w2v_load_config *options)
{
    w2v_model *m;
    w2v_error err;
    w2v_load_report r;
    if (w2v_model_load(&m, path, options, &r, &err) != W2V_OK) {
        static const char hint[] = "(lenient reading";  // here that is an option
        const char *at = strstr(err.message, hint);
        if (at) die(1, "%.*s(-lenient 1%s", (int)(at - err.message), err.message, at + strlen(hint));
        die(1, "%s", err.message);
    }
    const int limited = options->max_words && r.rows >= options->max_words;
    char promised[80] = "";
    if (r.expected && r.rows != r.expected && !limited)
        snprintf(promised, sizeof promised, " of the %llu that the header promises",
                 (unsigned long long)r.expected);
    if (*promised || r.repeated || r.blank || r.malformed)
        complain("'%s': %llu rows were read%s; left out: %llu repeated, %llu without a word, %llu malformed",
                 path, (unsigned long long)r.rows, promised, (unsigned long long)r.repeated,
                 (unsigned long long)r.blank, (unsigned long long)r.malformed);
    return m;
}

int main(int argc, char **argv)
{
    settings s = {10, 0, 0};
    w2v_load_config options = w2v_load_config_default();
    int arg = 1;
    for (; arg < argc && argv[arg][0] == '-'; arg += 2) {
        const char *name = argv[arg] + (argv[arg][1] == '-'), *value = argv[arg + 1];  // -option or --option
        if (!strcmp(name, "-help") || !strcmp(name, "-h")) {
            usage();
            return 0;
        }
        if (!strcmp(name, "-version")) {
            printf("query %s\n", W2V_VERSION);
            return 0;
        }
        if (strcmp(name, "-n") && strcmp(name, "-limit") && strcmp(name, "-lenient") &&
            strcmp(name, "-format") && strcmp(name, "-analogy"))
            die(2, "unknown option '%s' (-help lists them)", argv[arg]);
        if (!value) die(2, "%s needs a value", name);
        if (!strcmp(name, "-n"))
            s.most = whole_number(name, value, MAX_NEIGHBOURS);
        else if (!strcmp(name, "-limit"))
            options.max_words = whole_number(name, value, SIZE_MAX);
        else if (!strcmp(name, "-lenient"))
            options.lenient = (int)whole_number(name, value, 1);
        else if (!strcmp(name, "-analogy"))
            s.analogy = (int)whole_number(name, value, 1);
        else
            options.format = format_named(value);
    }
    if (arg >= argc) die(2, "the name of a vector file is missing (-help explains)");
    w2v_model *m = load(argv[arg], &options);
    int ok = 1;
    if (arg + 1 == argc) ok = answer_lines(m, &s);
    for (int i = arg + 1; i < argc; i++) ok &= answer(m, argv[i], &s);
    w2v_model_free(m);
    if (fflush(stdout) || ferror(stdout)) die(1, "cannot write the answers: %s", strerror(errno));
    return !ok;
}
