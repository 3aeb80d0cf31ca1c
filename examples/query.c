// SPDX-License-Identifier: MIT-0
//
// query.c - asks a vector file for neighbours, analogies, the odd one out, similarities and sentences
//
//   query vectors.bin king                          one question
//   query vectors.bin 'king - man + woman'
//   query vectors.bin '"New York" - king + queen'   quotes hold a word with blanks together
//   query vectors.bin 'odd: breakfast cereal lunch' 'similarity: king queen' 'rank: king queen'
//   query -sentences plots.txt vectors.bin 'sentence: a king loses his crown'
//   query -analogy 1 vectors.bin 'man king woman'   the same as king - man + woman
//   query vectors.bin < questions                   a question a line; a terminal gets a prompt
//   query -json 1 -questions million.txt vectors.bin

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifdef _WIN32
#include <io.h>
#define isatty _isatty
#define fileno _fileno
#else
#include <unistd.h>
#endif
#ifdef QUERY_EDITLINE  // a prompt with history: Debian's libedit-dev, -ledit
#include <editline/readline.h>
#endif

// "query: sentence" on standard error. die also ends the program: status 1 for a failure, 2 for wrong usage.
#define complain(...) (snprintf(complaint, sizeof complaint, __VA_ARGS__), print_complaint())
#define die(status, ...) (complain(__VA_ARGS__), exit(status))

enum { MAX_TERMS = 64, MAX_NEIGHBOURS = 1000, MAX_LINE = 65535, BATCH = 512 };

static const char white_space[] = " \t\r\n";
static const char not_a_question[] = "this cannot be asked";
static char complaint[2400];

// Names and bytes of files appear in complaints, so control characters are printed as \xNN.
static void print_complaint(void)
{
    static char shown[4 * sizeof complaint];
    char *to = shown;
    for (const char *c = complaint; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            to += snprintf(to, 5, "\\x%02x", (unsigned)*c);
        else
            *to++ = *c;
    *to = 0;
    fflush(stdout);
    fprintf(stderr, "query: %s\n", shown);
}

typedef struct settings {
    size_t most;  // neighbours to print
    int analogy;  // questions are three words, `man king woman`
    int hinted;   // the user knows of -analogy 1
    int json;     // answers are objects, one a line
    w2v_query_config query;
    w2v_sentences *sentences;
} settings;

typedef enum kind { SUM, SIMILARITY, RANK, ODD, SENTENCE } kind;

typedef struct question {
    kind kind;
    w2v_term term[MAX_TERMS];
    size_t terms;
    int signs;         // that were typed
    const char *text;  // of a sentence
} question;

// A string of JSON. Bytes that are not UTF-8 become U+FFFD.
static void print_json_string(const char *text)
{
    putchar('"');
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        size_t more = *c >= 0xf0 ? 3 : *c >= 0xe0 ? 2 : 1, n = 0;
        if (*c < ' ') {
            printf("\\u%04x", (unsigned)*c);
        } else if (*c == '"' || *c == '\\') {
            printf("\\%c", *c);
        } else if (*c < 0x80) {
            putchar(*c);
        } else {
            while (n < more && (c[n + 1] & 0xc0) == 0x80) n++;
            const unsigned second = *c == 0xe0 ? 0xa0 : *c == 0xf0 ? 0x90 : 0x80;  // no overlong forms,
            const int surrogate = *c == 0xed && c[1] >= 0xa0, high = *c == 0xf4 && c[1] >= 0x90;
            if (n == more && *c >= 0xc2 && *c <= 0xf4 && c[1] >= second && !surrogate && !high) {
                fwrite(c, 1, more + 1, stdout);
                c += more;
            } else {
                printf("\\ufffd");
            }
        }
    }
    putchar('"');
}

// With -json 1 a question without an answer has an object, too, beside the complaint.
static void print_error(const settings *s, const char *asked, const char *sentence)
{
    if (!s->json) return;
    printf("{\"question\": ");
    print_json_string(asked);
    printf(", \"error\": ");
    print_json_string(sentence);
    printf("}\n");
}

static void begin_json(const char *asked, const char *what)
{
    printf("{\"question\": ");
    print_json_string(asked);
    printf(", \"%s\": ", what);
}

static void print_matches(const settings *s, const char *asked, const w2v_match *match, size_t n)
{
    if (s->json) begin_json(asked, "matches");
    for (size_t i = 0; i < n; i++) {
        if (!s->json) {
            printf("%-24s %.4f\n", match[i].word, (double)match[i].score);
            continue;
        }
        printf(i ? ", {\"word\": " : "[{\"word\": ");
        print_json_string(match[i].word);
        printf(", \"score\": %.6f}", (double)match[i].score);
    }
    if (s->json) printf(n ? "]}\n" : "[]}\n");
}

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
    q->term[0].vector = NULL;
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
        q->term[q->terms].vector = NULL;
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
        q->term[place[q->terms]].vector = NULL;
        q->term[place[q->terms]].weight = q->terms ? 1.0f : -1.0f;
    }
    if (q->terms == 3) return 1;
    complain("an analogy has three words, as in 'man king woman', not %zu (double quotes hold a word with "
             "blanks together)",
             q->terms);
    return 0;
}

// Makes a question of a text, which must stay. Returns 0 after a complaint.
static int parse(const w2v_model *m, const settings *s, char *text, question *q)
{
    static const char *const names[] = {"",
                                        "similarity:", "rank:", "odd:", "sentence:"};  // in the order of kind
    q->kind = SUM;
    text += strspn(text, white_space);
    if (s->analogy) return parse_analogy(m, text, q);
    for (int k = SIMILARITY; k <= SENTENCE; k++) {
        const size_t n = strlen(names[k]);
        if (strncmp(text, names[k], n) || !strchr(white_space, text[n]) || w2v_model_vector(m, text))
            continue;
        q->kind = (kind)k;
        text += n;
    }
    q->text = text;
    if (q->kind == SENTENCE) return 1;
    if (!parse_terms(m, text, q)) return 0;
    const int words = q->terms == 1 && q->kind != SUM ? 1 : (int)q->terms;
    if (q->kind != SUM && q->signs) {
        complain("%s takes no signs", names[q->kind]);
        return 0;
    }
    if ((q->kind == SIMILARITY || q->kind == RANK) && words != 2) {
        complain("%s needs two words, not %d", names[q->kind], words);
        return 0;
    }
    return 1;
}

static w2v_status answer_odd(const w2v_model *m, const settings *s, const question *q, const char *asked,
                             w2v_error *err)
{
    const char *word[MAX_TERMS];
    size_t odd;
    for (size_t i = 0; i < q->terms; i++) word[i] = q->term[i].word;
    const w2v_status status = w2v_model_odd_one_out(m, word, q->terms, &odd, err);
    if (status != W2V_OK) return status;
    if (s->json) begin_json(asked, "odd"), print_json_string(word[odd]), printf("}\n");
    if (!s->json) printf("%s\n", word[odd]);
    return W2V_OK;
}

// The nearest lines of -sentences, or else the nearest words.
static w2v_status answer_sentence(const w2v_model *m, const settings *s, const question *q, const char *asked,
                                  w2v_error *err)
{
    static w2v_sentence_match line[MAX_NEIGHBOURS];
    static w2v_match word[MAX_NEIGHBOURS];
    const size_t bytes = strlen(q->text);
    size_t n;
    w2v_status status;
    if (!w2v_sentences_size(s->sentences)) {
        float *vector = (float *)malloc(m->dim * sizeof *vector);
        if (!vector) die(1, "out of memory");
        w2v_sentence_counts counts;
        status = w2v_sentences_vector(s->sentences, q->text, bytes, vector, &counts, err);
        if (status == W2V_OK && !counts.known) {
            snprintf(err->message, sizeof err->message, "no word of the sentence is in the vocabulary");
            status = W2V_ERROR_UNKNOWN_WORD;
        }
        const w2v_term term = {NULL, 1.0f, vector};
        const w2v_query query = {&term, 1};
        if (status == W2V_OK) status = w2v_model_query(m, &query, 1, &s->query, word, s->most, &n, err);
        if (status == W2V_OK) print_matches(s, asked, word, n);
        free(vector);
        return status;
    }
    status = w2v_sentences_nearest(s->sentences, q->text, bytes, line, s->most, &n, err);
    if (status != W2V_OK) return status;
    if (s->json) begin_json(asked, "lines");
    for (size_t i = 0; i < n; i++) {
        if (!s->json) {
            printf("%.4f  %s\n", (double)line[i].score, line[i].text);
            continue;
        }
        printf(i ? ", {\"line\": %zu, \"score\": %.6f, \"text\": "
                 : "[{\"line\": %zu, \"score\": %.6f, \"text\": ",
               line[i].number + 1, (double)line[i].score);
        print_json_string(line[i].text);
        printf("}");
    }
    if (s->json) printf(n ? "]}\n" : "[]}\n");
    return W2V_OK;
}

static w2v_status answer_number(const w2v_model *m, const settings *s, const question *q, const char *asked,
                                w2v_error *err)
{
    float cosine;
    size_t rank;
    if (q->kind == RANK) {
        const w2v_status status = w2v_model_rank(m, q->term[0].word, q->term[1].word, &rank, err);
        if (status != W2V_OK) return status;
        if (s->json) begin_json(asked, "rank");
        printf(s->json ? "%zu}\n" : "%zu\n", rank);
        return W2V_OK;
    }
    const w2v_status status = w2v_model_similarity(m, q->term[0].word, q->term[1].word, &cosine, err);
    if (status != W2V_OK) return status;
    if (s->json) begin_json(asked, "similarity");
    printf(s->json ? "%.6f}\n" : "%.4f\n", (double)cosine);
    return W2V_OK;
}

static w2v_status answer_sum(const w2v_model *m, settings *s, const question *q, const char *asked,
                             w2v_error *err)
{
    static w2v_match match[MAX_NEIGHBOURS];
    size_t n;
    const w2v_query query = {q->term, q->terms};
    const w2v_status status = w2v_model_query(m, &query, 1, &s->query, match, s->most, &n, err);
    if (status != W2V_OK) return status;
    if (!s->analogy && !s->hinted && q->terms == 3 && !q->signs) {
        complain("these are neighbours of the sum of three words; -analogy 1 answers `man king woman` with "
                 "those of king - man + woman");
        s->hinted = 1;
    }
    print_matches(s, asked, match, n);
    return W2V_OK;
}

// Answers a question that was asked in these words; 0 if there is no answer.
static int answer_question(const w2v_model *m, settings *s, const question *q, const char *asked)
{
    w2v_error err;
    const w2v_status status = q->kind == SUM        ? answer_sum(m, s, q, asked, &err)
                              : q->kind == ODD      ? answer_odd(m, s, q, asked, &err)
                              : q->kind == SENTENCE ? answer_sentence(m, s, q, asked, &err)
                                                    : answer_number(m, s, q, asked, &err);
    if (status == W2V_OK) return 1;
    complain("%s", err.message);
    print_error(s, asked, err.message);
    return 0;
}

static int answer(const w2v_model *m, char *text, settings *s)
{
    static char asked[MAX_LINE + 1];
    question q;
    snprintf(asked, sizeof asked, "%s", text);
    if (parse(m, s, text, &q)) return answer_question(m, s, &q, asked);
    print_error(s, asked, not_a_question);
    return 0;
}

// Reads a line without its end and keeps its first MAX_LINE bytes. Returns 0 if there is none left.
static int read_line(FILE *f, char line[MAX_LINE + 1], size_t *length)
{
    size_t n = 0;
    int c = getc(f);
    if (c == EOF) return 0;
    for (; c != '\n' && c != EOF; c = getc(f), n++)
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

// Asks at the terminal for a line; 0 at the end.
static int ask(const settings *s, char line[MAX_LINE + 1], size_t *n)
{
    const char *prompt = s->analogy ? "three words, man king woman (EXIT ends)> "
                                    : "word, or king - man + woman (EXIT ends)> ";
#ifdef QUERY_EDITLINE
    char *typed = readline(prompt);
    if (!typed) return 0;
    if (*typed) add_history(typed);
    *n = strlen(typed);
    snprintf(line, MAX_LINE + 1, "%s", typed);
    free(typed);
    return 1;
#else
    printf("%s", prompt);
    fflush(stdout);
    return read_line(stdin, line, n);
#endif
}

// Whether a line can be a question: 1, 0 if it is empty, -1 after a complaint.
static int is_question(const char *line, size_t n)
{
    if (strspn(line, white_space) == n) return 0;
    if (n > MAX_LINE)
        complain("a question of %zu bytes; at most %d can be asked", n, MAX_LINE);
    else if (strlen(line) != n)
        complain("a question with a NUL byte, at %zu", strlen(line));
    else
        return 1;
    return -1;
}

static int answer_lines(const w2v_model *m, settings *s)
{
    static char line[MAX_LINE + 1];
    const int prompt = isatty(fileno(stdin)) && isatty(fileno(stdout));
    int all = 1;
    for (size_t n;;) {
        if (!(prompt ? ask(s, line, &n) : read_line(stdin, line, &n))) {
            if (prompt) printf("\n");
            break;
        }
        if (is_exit(m, line, n)) break;
        const int sound = is_question(line, n);
        if (!sound) continue;
        if (sound < 0) print_error(s, "", not_a_question);
        all &= sound > 0 && answer(m, line, s);
        if (!prompt && !s->json) printf("\n");  // an empty line ends an answer
        fflush(stdout);                         // for a program at the other end
    }
    if (ferror(stdin)) complain("cannot read the questions: %s", strerror(errno)), all = 0;
    return all;
}

// Questions that are answered together.
typedef struct batch {
    char *line[BATCH], *asked[BATCH];
    question question[BATCH];
    int sound[BATCH];  // it can be answered
    size_t n;
} batch;

static char *copy_of(const char *text)
{
    const size_t bytes = strlen(text) + 1;
    char *copy = (char *)malloc(bytes);
    if (!copy) die(1, "out of memory");
    return (char *)memcpy(copy, text, bytes);
}

// Whether the model has all words of a sum: one that it lacks would fail the whole batch.
static int has_words(const w2v_model *m, const question *q)
{
    for (size_t i = 0; i < q->terms; i++)
        if (!w2v_model_vector(m, q->term[i].word)) return 0;
    return 1;
}

// Answers the questions in their order, sums all at once. Returns whether all have answers.
static int answer_batch(const w2v_model *m, settings *s, batch *b)
{
    static w2v_query query[BATCH];
    static size_t found[BATCH], place[BATCH];
    w2v_match *match = (w2v_match *)malloc((BATCH * s->most + 1) * sizeof *match);
    w2v_error err;
    size_t n = 0;
    int all = 1;
    if (!match) die(1, "out of memory");
    for (size_t i = 0; i < b->n; i++) {
        place[i] = BATCH;
        if (!b->sound[i] || b->question[i].kind != SUM || !has_words(m, &b->question[i])) continue;
        place[i] = n;
        query[n].terms = b->question[i].term;
        query[n++].term_count = b->question[i].terms;
    }
    const int together = n && w2v_model_query(m, query, n, &s->query, match, s->most, found, &err) == W2V_OK;
    for (size_t i = 0; i < b->n; i++) {
        if (together && place[i] < BATCH)
            print_matches(s, b->asked[i], match + place[i] * s->most, found[place[i]]);
        else if (b->sound[i])
            all &= answer_question(m, s, &b->question[i], b->asked[i]);
        else
            print_error(s, b->asked[i], not_a_question), all = 0;
        if (!s->json) printf("\n");
        free(b->line[i]);
        free(b->asked[i]);
    }
    free(match);
    b->n = 0;
    return all;
}

// Answers a file of questions, one a line.
static int answer_file(const w2v_model *m, const char *path, settings *s)
{
    static char line[MAX_LINE + 1];
    static batch b;
    FILE *f = fopen(path, "rb");
    if (!f) die(1, "cannot open '%s': %s", path, strerror(errno));
    long bytes = fseek(f, 0, SEEK_END) ? -1 : ftell(f);
    if (bytes < 0 || fseek(f, 0, SEEK_SET)) bytes = 0;  // a pipe
    const int bar = bytes && isatty(fileno(stderr)) && !isatty(fileno(stdout));
    const time_t begin = time(NULL);
    unsigned long long done = 0;
    int all = 1, more = 1;
    while (more) {
        size_t n;
        more = read_line(f, line, &n);
        const int sound = more ? is_question(line, n) : 0;
        if (sound) {
            b.asked[b.n] = copy_of(sound > 0 ? line : "");
            b.line[b.n] = copy_of(sound > 0 ? line : "");
            b.sound[b.n] = sound > 0 && parse(m, s, b.line[b.n], &b.question[b.n]);
            b.n++;
        }
        if (b.n < BATCH && more) continue;
        done += b.n;
        all &= answer_batch(m, s, &b);
        const double part = bytes ? (double)ftell(f) / (double)bytes : 0.0,
                     seconds = difftime(time(NULL), begin);
        if (bar)
            fprintf(stderr, "\r%3.0f %%, %llu questions, %.0f/s, %.0f s left ", 100.0 * part, done,
                    (double)done / (seconds > 0.0 ? seconds : 1.0),
                    part > 0.0 ? seconds * (1.0 - part) / part : 0.0);
    }
    if (bar) fprintf(stderr, "\n");
    if (ferror(f)) complain("cannot read '%s': %s", path, strerror(errno)), all = 0;
    fclose(f);
    return all;
}

static void usage(void)
{
    const w2v_field *format = w2v_load_config_field(0);
    for (size_t i = 1; strcmp(format->name, "format"); i++) format = w2v_load_config_field(i);
    printf(
        "usage: query [options] VECTORS [QUESTION...]\n"
        "  A question is a word, or words with signs: 'king - man + woman'. A word without a sign counts as\n"
        "  +. Double quotes hold a word with blanks together: '\"New York\" - king + queen'. Others are\n"
        "    'similarity: king queen'     their cosine\n"
        "    'rank: king queen'           the place of queen among the neighbours of king\n"
        "    'odd: breakfast tea lunch'   the word that does not belong to the others\n"
        "    'sentence: a king and ...'   the lines of -sentences, or the words, that are most similar;\n"
        "                                 weighs words by SIF if VECTORS has counts\n"
        "  Without questions it reads standard input, up to a line EXIT (unless that is a word of VECTORS).\n"
        "  -top N          neighbours to print, at most %d (10); -n is the same\n"
        "  -analogy 0|1    1: a question is three words: 'man king woman' means king - man + woman (0)\n"
        "  -mul 0|1        1: sums are scored as products (3CosMul) (0)\n"
        "  -within FILE    only words of this text can be answers\n"
        "  -threshold X    no answer with a lower score\n"
        "  -index 0|1      1: rows of int8 as well, which answers about twice as fast (0)\n"
        "  -json 0|1       1: each answer is an object of JSON, one a line (0)\n"
        "  -questions FILE a question a line; a million are answered together, with progress\n"
        "  -sentences FILE the lines that 'sentence:' is compared with\n"
        "  -first N        loads only the first N vectors (0: all); -limit is the same\n"
        "  -words FILE     the words of VECTORS, if its format has them in another file\n"
        "  -lenient 0|1    1: loads what is whole in a damaged file (0)\n"
        "  -verify 0|1     1: compares all of a .w2v file, which is mapped, with its hashes (0)\n"
        "  -format FORMAT  of VECTORS (auto: tsv by the end of its name, others by their bytes):\n"
        "                  %s\n"
        "  -version        prints the version\n",
        MAX_NEIGHBOURS, format->names);
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

static float real_number(const char *option, const char *text)
{
    char *end = NULL;
    const double value = strtod(text, &end);
    if (end == text || *end || !(value >= -1e6 && value <= 1e6))
        die(2, "%s takes a number, not '%s'", option, text);
    return (float)value;
}

// The ids of the words of a text that the model knows, until the program ends.
static void read_candidates(const w2v_model *m, const char *path, w2v_query_config *cfg)
{
    static uint32_t *ids;
    static char line[MAX_LINE + 1];
    FILE *f = fopen(path, "rb");
    if (!f) die(1, "cannot open '%s': %s", path, strerror(errno));
    ids = (uint32_t *)calloc(m->size, sizeof *ids);
    char *seen = (char *)calloc(m->size, 1);
    if (!ids || !seen) die(1, "out of memory");
    size_t n = 0, unknown = 0, number = 0;
    for (size_t bytes; read_line(f, line, &bytes);) {
        int quoted;
        number++;
        if (bytes > MAX_LINE)
            die(1, "'%s' line %zu has %zu bytes, and at most %d are read: break it", path, number, bytes,
                MAX_LINE);
        if (strlen(line) != bytes) die(1, "'%s' line %zu has a NUL byte: not a text file", path, number);
        char *rest = line;
        rest += strspn(rest, white_space);
        for (size_t k = strlen(rest); k && strchr(white_space, rest[k - 1]); k--) rest[k - 1] = 0;
        const int whole = *rest && w2v_model_vector(m, rest);  // a word with blanks
        for (char *word; (word = whole ? rest : next_word(m, &rest, &quoted)) != NULL;) {
            const uint32_t id = w2v_vocab_find(m->vocab, word);
            if (id == W2V_NONE)
                unknown++;
            else if (!seen[id])
                seen[id] = 1, ids[n++] = id;
            if (whole) break;
        }
    }
    if (ferror(f)) die(1, "cannot read '%s': %s", path, strerror(errno));
    fclose(f);
    free(seen);
    if (!n) die(1, "'%s' has no word that the model knows", path);
    if (unknown) complain("'%s': %zu words are not in the vocabulary", path, unknown);
    cfg->candidates = ids;
    cfg->candidate_count = n;
}

// The format in which to load a file: the projector's by the end of the name, in whatever case; others are
// known by their bytes. (cli.h has it too; this file can be copied alone.)
static w2v_format format_of(const char *path)
{
    const char *end = strrchr(path, '.');
    return end && (end[1] | 32) == 't' && (end[2] | 32) == 's' && (end[3] | 32) == 'v' && !end[4]
               ? W2V_FORMAT_TSV
               : W2V_FORMAT_AUTO;
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

// What the options say, beside `settings`.
typedef struct options {
    w2v_load_config load;
    w2v_source words;
    const char *within, *questions, *sentences;
    int index;
} options;

static void set_format(w2v_load_config *cfg, const char *name)
{
    w2v_error err;
    if (w2v_load_config_set(cfg, "format", name, &err) != W2V_OK) die(2, "-%s", err.message);
}

static void set_option(const char *name, const char *value, settings *s, options *o)
{
    if (!strcmp(name, "-n") || !strcmp(name, "-top"))
        s->most = whole_number(name, value, MAX_NEIGHBOURS);
    else if (!strcmp(name, "-limit") || !strcmp(name, "-first"))
        o->load.max_words = whole_number(name, value, SIZE_MAX);
    else if (!strcmp(name, "-lenient"))
        o->load.lenient = (int)whole_number(name, value, 1);
    else if (!strcmp(name, "-verify"))
        o->load.verify = (int)whole_number(name, value, 1);
    else if (!strcmp(name, "-analogy"))
        s->analogy = (int)whole_number(name, value, 1);
    else if (!strcmp(name, "-mul"))
        s->query.method = whole_number(name, value, 1) ? W2V_ANALOGY_MUL : W2V_ANALOGY_ADD;
    else if (!strcmp(name, "-threshold"))
        s->query.threshold = real_number(name, value);
    else if (!strcmp(name, "-index"))
        o->index = (int)whole_number(name, value, 1);
    else if (!strcmp(name, "-json"))
        s->json = (int)whole_number(name, value, 1);
    else if (!strcmp(name, "-format"))
        set_format(&o->load, value);
    else if (!strcmp(name, "-within"))
        o->within = value;
    else if (!strcmp(name, "-questions"))
        o->questions = value;
    else if (!strcmp(name, "-sentences"))
        o->sentences = value;
    else
        o->words = w2v_source_file(value);
}

// The object that compares sentences, with the lines of -sentences. A model with counts weighs words by SIF.
static w2v_sentences *read_sentences(const w2v_model *m, const char *path)
{
    w2v_sentence_config cfg = w2v_sentence_config_default();
    w2v_sentences *sentences;
    w2v_error err;
    cfg.lower_case = cfg.strip = 1;
    if (w2v_vocab_count(m->vocab, 0)) cfg.weighting = W2V_WEIGHTING_SIF;
    if (w2v_sentences_new(&sentences, m, &cfg, &err) != W2V_OK) die(1, "%s", err.message);
    if (!path) return sentences;
    const w2v_source source = w2v_source_file(path);
    w2v_sentence_counts counts;
    w2v_status status = W2V_OK;
    if (cfg.weighting == W2V_WEIGHTING_SIF) status = w2v_sentences_fit(sentences, &source, NULL, &err);
    if (status == W2V_OK) status = w2v_sentences_read(sentences, &source, &counts, &err);
    if (status != W2V_OK) die(1, "%s", err.message);
    if (counts.unknown)
        complain("'%s': %llu of %llu words are not in the vocabulary", path,
                 (unsigned long long)counts.unknown, (unsigned long long)(counts.known + counts.unknown));
    return sentences;
}

int main(int argc, char **argv)
{
    static const char *const names[] = {
        "-n",         "-top",   "-limit", "-first",  "-lenient", "-verify",    "-analogy",   "-mul",
        "-threshold", "-index", "-json",  "-format", "-within",  "-questions", "-sentences", "-words"};
    settings s;
    options o;
    w2v_index *index = NULL;
    w2v_error err;
    memset(&s, 0, sizeof s);
    memset(&o, 0, sizeof o);
    s.most = 10;
    s.query = w2v_query_config_default();
    o.load = w2v_load_config_default();
    int arg = 1;
    for (; arg < argc && argv[arg][0] == '-'; arg += 2) {
        const char *name = argv[arg] + (argv[arg][1] == '-'), *value = argv[arg + 1];  // -option or --option
        size_t known = 0;
        if (!strcmp(name, "-help") || !strcmp(name, "-h")) {
            usage();
            return 0;
        }
        if (!strcmp(name, "-version")) {
            printf("query %s\n", W2V_VERSION);
            return 0;
        }
        while (known < sizeof names / sizeof *names && strcmp(name, names[known])) known++;
        if (known == sizeof names / sizeof *names)
            die(2, "unknown option '%s' (-help lists them)", argv[arg]);
        if (!value) die(2, "%s needs a value", name);
        set_option(name, value, &s, &o);
    }
    if (arg >= argc) die(2, "the name of a vector file is missing (-help explains)");
    if (o.words.path) o.load.words = &o.words;
    if (o.load.format == W2V_FORMAT_AUTO) o.load.format = format_of(argv[arg]);
    w2v_model *m = load(argv[arg], &o.load);
    if (o.within) read_candidates(m, o.within, &s.query);
    if (o.index && w2v_index_new(&index, m, 0, &err) != W2V_OK) die(1, "%s", err.message);
    s.query.index = index;
    s.sentences = read_sentences(m, o.sentences);
    int ok = 1;
    for (int i = arg + 1; i < argc; i++) ok &= answer(m, argv[i], &s);
    if (o.questions) ok &= answer_file(m, o.questions, &s);
    if (arg + 1 == argc && !o.questions) ok = answer_lines(m, &s);
    w2v_sentences_free(s.sentences);
    w2v_index_free(index);
    free((void *)(uintptr_t)s.query.candidates);
    w2v_model_free(m);
    if (fflush(stdout) || ferror(stdout)) die(1, "cannot write the answers: %s", strerror(errno));
    return !ok;
}
