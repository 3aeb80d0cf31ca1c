// SPDX-License-Identifier: MIT-0
//
// query.c - asks a vector file for neighbours
//
//   build/query vectors.bin king                      once
//   build/query vectors.bin 'king - man + woman'
//   build/query vectors.bin < questions               a question a line; a terminal gets a prompt

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include "common.h"

enum { MAX_TERMS = 64, MAX_LINE = 65535, TOO_MANY = MAX_TERMS + 1, LONELY_SIGN };

// "king - man + woman" into terms, whose words lie in text, which is changed. A word without a sign before it counts
// as +. A sign and nothing else is a word, too. Returns how many there were, TOO_MANY, or LONELY_SIGN if no word follows a sign.
static size_t parse_terms(char *text, w2v_term *terms)
{
    size_t n = 0;
    const char *sign = NULL;  // the one that waits for its word
    for (char *word = strtok(text, " \t\r\n"); word; word = strtok(NULL, " \t\r\n")) {
        if (!strcmp(word, "+") || !strcmp(word, "-")) {
            if (sign) return LONELY_SIGN;
            sign = word;
            continue;
        }
        if (n == MAX_TERMS) return TOO_MANY;
        terms[n].word = word;
        terms[n++].weight = sign && *sign == '-' ? -1.0f : 1.0f;
        sign = NULL;
    }
    if (!sign) return n;
    if (n) return LONELY_SIGN;
    terms[0].word = sign;
    terms[0].weight = 1.0f;
    return 1;
}

// Prints the answer; 0 if there is none.
static int answer(const w2v_model *m, char *question, size_t k)
{
    w2v_term terms[MAX_TERMS];
    w2v_match top[1000];
    w2v_error err;
    size_t found = 0;
    const size_t n = parse_terms(question, terms);
    if (n == TOO_MANY) {
        complain("query", "a question has more than %d words", MAX_TERMS);
        return 0;
    }
    if (n == LONELY_SIGN) {
        complain("query", "a sign needs a word behind it");
        return 0;
    }
    if (w2v_most_similar(m, terms, n, top, k, &found, &err) != W2V_OK) {
        complain("query", "%s", err.message);
        return 0;
    }
    for (size_t i = 0; i < found; i++) printf("%-24s %.4f\n", top[i].word, (double)top[i].score);
    return 1;
}

// A line of standard input without its end; the first MAX_LINE bytes of it are kept, with a NUL behind them. Returns 0
// when there is none left.
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

static int answer_lines(const w2v_model *m, size_t k)
{
    static char line[MAX_LINE + 1];
    const int prompt = isatty(fileno(stdin)) && isatty(fileno(stdout));
    int all = 1;
    for (size_t n;;) {
        if (prompt) {
            printf("word, or king - man + woman> ");
            fflush(stdout);
        }
        if (!read_line(line, &n)) break;
        if (strspn(line, " \t\r") == n) continue;
        if (n > MAX_LINE)
            complain("query", "a question of %zu bytes; at most %d can be asked", n, MAX_LINE), all = 0;
        else if (strlen(line) != n)
            complain("query", "a question with a NUL byte, at %zu", strlen(line)), all = 0;
        else
            all &= answer(m, line, k);
        if (!prompt) printf("\n");  // an empty line ends an answer
    }
    if (ferror(stdin)) complain("query", "cannot read the questions: %s", strerror(errno)), all = 0;
    if (prompt) printf("\n");
    return all;
}

int main(int argc, char **argv)
{
    uint64_t k = 10;
    int arg = 1;
    if (argc > 2 && !strcmp(argv[1], "-n")) {
        k = whole_number("query", "-n", argv[2], 1000);
        arg = 3;
    }
    if (arg >= argc || argv[arg][0] == '-') {
        fprintf(stderr, "usage: query [-n NEIGHBOURS] VECTORS [WORD | 'A - B + C']...   (none: from standard input)\n");
        return 2;
    }
    w2v_error err;
    w2v_model *m;
    if (w2v_load(&m, argv[arg], &err) != W2V_OK) die(1, "query", "%s", err.message);
    int ok = 1;
    if (arg + 1 == argc) ok = answer_lines(m, (size_t)k);
    for (int i = arg + 1; i < argc; i++) ok &= answer(m, argv[i], (size_t)k);
    w2v_free(m);
    if (fflush(stdout) || ferror(stdout)) die(1, "query", "cannot write the answers: %s", strerror(errno));
    return !ok;
}
