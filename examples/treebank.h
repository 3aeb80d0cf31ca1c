// SPDX-License-Identifier: MIT-0
//
// treebank.h - reads the Stanford Sentiment Treebank: datasetSentences.txt, a header and then a line of
// `index TAB sentence` for each sentence
//
// Include it after cli.h. What cannot be read ends the program with a message.

#ifndef TREEBANK_H
#define TREEBANK_H

#ifndef INCLUDE_STB_DS_H
#ifdef W2V_DECLARATIONS_ONLY
#undef STB_DS_IMPLEMENTATION  // the object with w2v.h has it
#endif
#if defined(__has_include)
#if __has_include("stb_ds.h")
#include "stb_ds.h"
#else
#include <stb/stb_ds.h>
#endif
#else
#include "stb_ds.h"
#endif
#endif

typedef struct treebank {
    char *bytes;  // the file, which holds the words
    char **word;  // (V) in order of first occurrence, lower case; the last one is UNK, which no sentence has
    uint64_t *count;  // (V)
    size_t V;
    uint32_t *token;  // (tokens) word ids, sentence after sentence
    size_t tokens;
    size_t *begin;    // (sentences + 1) where in token each sentence begins
    uint32_t *index;  // (sentences) the number in column 0
    size_t sentences;
} treebank;

// Cuts the next line off *rest; NULL at the end.
static inline char *next_line(char **rest)
{
    char *line = *rest;
    if (!*line) return NULL;
    const size_t n = strcspn(line, "\n");
    *rest = line + n + (line[n] == '\n');
    line[n] = 0;
    if (n && line[n - 1] == '\r') line[n - 1] = 0;
    return line;
}

// Room for all that a file of so many bytes can have: a token takes two bytes, and so does a sentence.
static inline void allocate_treebank(treebank *b, size_t bytes)
{
    const size_t most = bytes / 2 + 2;
    b->word = (char **)malloc(most * sizeof *b->word);
    b->count = (uint64_t *)calloc(most, sizeof *b->count);
    b->token = (uint32_t *)malloc(most * sizeof *b->token);
    b->begin = (size_t *)calloc(most, sizeof *b->begin);
    b->index = (uint32_t *)malloc(most * sizeof *b->index);
    if (!b->word || !b->count || !b->token || !b->begin || !b->index)
        die(1, "out of memory for %zu words", most);
}

// Splits `index TAB sentence`: stores the index and returns the sentence.
static inline char *split_row(const char *path, size_t number, char *line, uint32_t *index)
{
    char *tab = strchr(line, '\t');
    if (!tab || tab == line || strspn(line, "0123456789") != (size_t)(tab - line))
        die(1, "'%s' line %zu is '%.40s', not a number, a TAB and a sentence", path, number, line);
    errno = 0;
    const unsigned long long value = strtoull(line, NULL, 10);
    if (errno || value > UINT32_MAX)
        die(1, "'%s' line %zu is '%.40s', and its number is above %lu", path, number, line,
            (unsigned long)UINT32_MAX);
    *index = (uint32_t)value;
    return tab + 1;
}

static inline treebank read_treebank(const char *path)
{
    static struct {
        char *key;
        uint32_t value;
    } *ids;  // (static, so that leak checkers still reach it where die ends the program)
    static const char spaces[] = " \t\v\f";
    static char unknown[] = "UNK";
    treebank b;
    ids = NULL;
    memset(&b, 0, sizeof b);
    size_t bytes, number = 1;
    char *rest = b.bytes = read_text(path, &bytes), *line = next_line(&rest);
    allocate_treebank(&b, bytes);
    if (!line || strcmp(line, "sentence_index\tsentence"))
        die(1, "'%s' line 1 is '%.40s', not the header 'sentence_index<TAB>sentence'", path,
            line ? line : "");
    while ((line = next_line(&rest)) != NULL) {
        number++;
        char *sentence = split_row(path, number, line, &b.index[b.sentences]);
        for (char *w = strtok(sentence, spaces); w; w = strtok(NULL, spaces)) {
            if (strlen(w) > W2V_MAX_WORD)
                die(1, "'%s' line %zu has a word of %zu bytes (1 to %d)", path, number, strlen(w),
                    W2V_MAX_WORD);
            for (char *c = w; *c; c++)
                if (*c >= 'A' && *c <= 'Z') *c = (char)(*c + ('a' - 'A'));
            const ptrdiff_t known = shgeti(ids, w);
            const uint32_t id = known < 0 ? (uint32_t)b.V : ids[known].value;
            if (known < 0) {
                shput(ids, w, id);
                b.word[b.V++] = w;
            }
            b.count[id]++;
            b.token[b.tokens++] = id;
        }
        b.begin[++b.sentences] = b.tokens;
    }
    shfree(ids);
    if (!b.tokens) die(1, "'%s' has no sentences", path);
    b.word[b.V] = unknown;
    b.count[b.V++] = 1;
    return b;
}

static inline void free_treebank(treebank *b)
{
    free(b->bytes);
    free(b->word);
    free(b->count);
    free(b->token);
    free(b->begin);
    free(b->index);
}

#endif
