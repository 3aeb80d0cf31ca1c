// SPDX-License-Identifier: MIT-0
//
// programs.c - targets of the examples' readers:
//
//   question   examples/query.c: any lines are questions; answers in JSON are JSON, one a line
//   treebank   examples/treebank.h: what is read is what a splitter of a few lines finds

#include "fuzz.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <time.h>
#include <unistd.h>

// What the programs print, and where they end.
static char printed[1 << 16];
static size_t printed_bytes;
static jmp_buf ended;

static void print_bytes(const char *bytes, size_t n)
{
    const size_t room = sizeof printed - printed_bytes;
    memcpy(printed + printed_bytes, bytes, n < room ? n : room);
    printed_bytes += n < room ? n : room;
}

static int print(const char *format, ...) __attribute__((format(printf, 1, 2)));
static int print(const char *format, ...)
{
    static char text[1 << 16];
    va_list args;
    va_start(args, format);
    const int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    print_bytes(text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
    return n;
}

static int print_character(int c)
{
    const char byte = (char)c;
    print_bytes(&byte, 1);
    return c;
}

__attribute__((noreturn)) static void end_here(int status) { longjmp(ended, status + 1); }

// Complaints go nowhere.
static int complain_nowhere(FILE *f, const char *format, ...) __attribute__((format(printf, 2, 3)));
static int complain_nowhere(FILE *f, const char *format, ...)
{
    char text[256];
    va_list args;
    (void)f;
    va_start(args, format);
    const int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return n;
}

static int put_nowhere(int c, FILE *f) { return (void)f, c; }

static void *new_zeros(size_t n, size_t bytes)
{
    return memset(fuzz_realloc(NULL, n * bytes + 1), 0, n * bytes);
}

#define printf print
#define putchar print_character
#define fwrite(bytes, width, n, file) print_bytes((const char *)(bytes), (width) * (n))
#define fprintf complain_nowhere
#define fputc put_nowhere
#define exit end_here
#define malloc(n) fuzz_realloc(NULL, n)
#define calloc new_zeros
#define realloc fuzz_realloc
#define free fuzz_free
#define main query_main
int query_main(int argc, char **argv);
#define W2V_DECLARATIONS_ONLY
#include "examples/query.c"
#undef main
#undef die
#undef complain
#undef white_space

// Options: 0 flags of the settings, 1 sentences to compare with.
static void run_question(const fuzz_input *in)
{
    static char line[MAX_LINE + 1];
    settings s;
    memset(&s, 0, sizeof s);
    s.most = 3;
    s.query = w2v_query_config_default();
    s.query.threads = 1;
    s.json = in->option[0] & 1;
    s.analogy = in->option[0] / 2 & 1;
    s.query.method = in->option[0] & 4 ? W2V_ANALOGY_MUL : W2V_ANALOGY_ADD;
    if (in->n > 4000) return;
    fuzz_limit = (size_t)(32 << 20);
    w2v_model *m = fuzz_model(in->option[0] & 8);
    if (!setjmp(ended)) {
        s.sentences = read_sentences(m, NULL);
        const w2v_source lines = fuzz_source(&in->part[1]);
        if (in->option[1] & 1) w2v_sentences_read(s.sentences, &lines, NULL, NULL);
        const char *at = in->part[0].bytes, *end = at + in->part[0].n;
        while (at < end) {
            const char *lf = (const char *)memchr(at, '\n', (size_t)(end - at));
            const size_t n = (size_t)((lf ? lf : end) - at);
            memcpy(line, at, n);
            line[n] = 0;
            at += n + 1;
            printed_bytes = 0;
            if (is_question(line, n) <= 0) continue;
            if (is_exit(m, line, n)) continue;
            const int answered = answer(m, line, &s);
            if (!s.json) continue;
            NEED(printed_bytes && printed[printed_bytes - 1] == '\n');
            NEED(!memchr(printed, '\n', printed_bytes - 1) && fuzz_is_json(printed, printed_bytes));
            printed[printed_bytes - 1] = 0;
            NEED(answered == !strstr(printed, "\", \"error\": "));
        }
        w2v_sentences_free(s.sentences);
    } else {
        fuzz_failed(__FILE__, __LINE__, "no question ends the program");
    }
    w2v_model_free(m);
}

static void seed_question(void)
{
    static const char lines[] = "king\nking - man + woman\n\"New York\" - king + queen\nodd: king queen "
                                "w33\nsimilarity: king queen\nrank: king queen\n"
                                "sentence: the king and a queen\n\"quoted\"\nNew York\n+ -\n- king\nodd: "
                                "+\nEXIT\nman king woman\nno such - \xff\xfe\n";
    for (char i = 0; i < 16; i++) {
        const char option[FUZZ_OPTIONS] = {i, (char)(i & 1), 0, 0, 0, 0, 0, 0};
        fuzz_seed_text(option, lines, "the king\nthe w33 \xed\xa0\x80\n");
    }
    char most[5 * (MAX_TERMS + 1) + 1] = "";  // the most words of a question, and one more
    for (size_t i = 0; i <= MAX_TERMS; i++) {
        memcpy(most + 5 * i, "king ", 6);
        if (i + 1 >= MAX_TERMS) fuzz_seed_text("\0\0\0\0\0\0\0", most, "");
    }
}

// -----------------------------------------------------------------------------------------------------------
// The treebank

#define PROGRAM "fuzz"
#define whole_number cli_whole_number
#define real_number cli_real_number
#include "examples/cli.h"
#include "examples/treebank.h"
#undef free

// The words of a sentence in lower case are the tokens from `at` on; returns the end of them.
static size_t need_tokens(const treebank *b, char *sentence, size_t at)
{
    static const char spaces[] = " \t\v\f";
    while (*(sentence += strspn(sentence, spaces))) {
        const size_t n = strcspn(sentence, spaces);
        NEED(at < b->tokens && b->token[at] < b->V - 1);
        const char *word = b->word[b->token[at++]];
        NEED(strlen(word) == n);
        for (size_t i = 0; i < n; i++)
            NEED(word[i] ==
                 (char)(sentence[i] >= 'A' && sentence[i] <= 'Z' ? sentence[i] + 32 : sentence[i]));
        sentence += n;
    }
    return at;
}

static void check_treebank(const treebank *b, const fuzz_part *file)
{
    char *text = fuzz_string(file), *rest = text + (strncmp(text, "\xef\xbb\xbf", 3) ? 0 : 3), *line;
    size_t at = 0, sentence = 0;
    uint64_t sum = 0;
    next_line(&rest);
    for (; (line = next_line(&rest)) != NULL; sentence++) {
        NEED(sentence < b->sentences && b->begin[sentence] == at &&
             b->index[sentence] == strtoul(line, NULL, 10));
        at = need_tokens(b, strchr(line, '\t') + 1, at);
    }
    NEED(sentence == b->sentences && at == b->tokens && b->begin[sentence] == at);
    for (size_t i = 0; i < b->V; i++) sum += b->count[i];
    NEED(sum == at + 1 && !strcmp(b->word[b->V - 1], "UNK"));
    free(text);
}

static void run_treebank(const fuzz_input *in)
{
    const char *path = fuzz_file(0, ".txt", in->part[0].bytes, in->part[0].n);
    fuzz_limit = (size_t)(16 << 20) + 100 * in->n;
    fuzz_remember();
    if (!setjmp(ended)) {
        treebank b = read_treebank(path);
        check_treebank(&b, &in->part[0]);
        free_treebank(&b);
    } else {
        fuzz_free_remembered();  // what the program leaves to its end
    }
}

static void seed_treebank(void)
{
    static const char none[FUZZ_OPTIONS + 1] = "\0\0\0\0\0\0\0";
    fuzz_seed_text(none,
                   "sentence_index\tsentence\n1\tThe Rock is destined\n2\tto be \xc3\xa9 THE rock .\r\n3\t\n",
                   NULL);
    fuzz_seed_text(none, "\xef\xbb\xbfsentence_index\tsentence\r\n4294967295\tunk UNK unk", NULL);
}

const fuzz_target fuzz_programs[] = {
    {"question", run_question, seed_question}, {"treebank", run_treebank, seed_treebank}, {NULL, NULL, NULL}};
