// SPDX-License-Identifier: MIT-0
//
// common.h - what several examples need: messages, command line numbers, a progress line and a picture.
// Include it behind w2v.h.

#ifndef COMMON_H
#define COMMON_H

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
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

#if defined(__GNUC__)
#define COMMON_UNUSED __attribute__((unused))
#define COMMON_PRINTF(format_at, first) __attribute__((format(W2V__PRINTF_FORMAT, format_at, first)))
#else
#define COMMON_UNUSED
#define COMMON_PRINTF(format_at, first)
#endif

// "program: sentence" on standard error, behind what standard output has so far.
COMMON_UNUSED COMMON_PRINTF(2, 0) static void complain_list(const char *program, const char *format, va_list args)
{
    fflush(stdout);
    fprintf(stderr, "%s: ", program);
    vfprintf(stderr, format, args);
    fprintf(stderr, "\n");
}

COMMON_UNUSED COMMON_PRINTF(2, 3) static void complain(const char *program, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    complain_list(program, format, args);
    va_end(args);
}

// The same, and the end of the program: status 1 for a failure, 2 for wrong usage.
COMMON_UNUSED COMMON_PRINTF(3, 4) static void die(int status, const char *program, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    complain_list(program, format, args);
    va_end(args);
    exit(status);
}

// A whole number from 0 up to `high`; anything else ends the program.
COMMON_UNUSED static uint64_t whole_number(const char *program, const char *option, const char *text, uint64_t high)
{
    char *end = NULL;
    errno = 0;
    const unsigned long long value = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || errno || value > high)
        die(2, program, "%s takes a whole number from 0 to %llu, not '%s'", option, (unsigned long long)high, text);
    return value;
}

// A number of at most `high`, whatever its sign; anything else ends the program.
COMMON_UNUSED static double real_number(const char *program, const char *option, const char *text, double high)
{
    char *end = NULL;
    const double value = strtod(text, &end);
    if (end == text || *end || isspace((unsigned char)*text) || !(fabs(value) <= high))
        die(2, program, "%s takes a number%s, not '%s'", option, fabs(value) > high ? " that is not so large" : "", text);
    return value;
}

// -----------------------------------------------------------------------------------------------------------------
// A w2v_progress_fn: a bar that is rewritten in place on a terminal, a line every tenth of the way otherwise.
// Interrupting the program (Ctrl-C) stops the training in good order.

typedef struct progress_line {
    int shown;  // lines so far (not on a terminal)
} progress_line;

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
    interrupted = 1;
    signal(number, SIG_DFL);  // the second time it is meant
}

COMMON_UNUSED static void show_bar(const char *what, double fraction)
{
    enum { WIDTH = 30 };
    char bar[WIDTH + 1];
    for (int i = 0; i < WIDTH; i++) bar[i] = i < (int)(fraction * WIDTH + 0.5) ? '#' : '.';
    bar[WIDTH] = 0;
    fprintf(stderr, "\r%-8s [%s] %3d%%", what, bar, (int)(fraction * 100.0));
}

COMMON_UNUSED static int show_progress(const w2v_progress *p, void *user)
{
    progress_line *line = (progress_line *)user;
    const int terminal = isatty(fileno(stderr)), end = p->fraction >= 1.0;
    const char *what = p->phase == W2V_PHASE_VOCAB ? "reading" : "training";
    if (p->phase == W2V_PHASE_VOCAB && !terminal) return interrupted;
    if (!terminal && !end && (int)(p->fraction * 10.0) < line->shown) return interrupted;
    line->shown = (int)(p->fraction * 10.0) + 1;
    if (terminal)
        show_bar(what, p->fraction);
    else
        fprintf(stderr, "%s %3d%%", what, (int)(p->fraction * 100.0));
    if (p->phase == W2V_PHASE_TRAIN) {
        fprintf(stderr, "  %7.3f M words/s  alpha %.6f  ", p->words_per_second / 1e6, (double)p->alpha);
        if (end)
            fprintf(stderr, "%.2f s    ", p->seconds);
        else
            fprintf(stderr, "%.0f s left ", p->seconds_left);
    }
    if (!terminal || end) fprintf(stderr, "\n");
    return interrupted;
}

COMMON_UNUSED static void watch_progress(w2v_config *cfg, progress_line *line)
{
    line->shown = 0;
    signal(SIGINT, on_interrupt);
    cfg->progress_fn = show_progress;
    cfg->progress_user = line;
}

// -----------------------------------------------------------------------------------------------------------------
// The Stanford Sentiment Treebank: datasetSentences.txt, a header and then `index TAB sentence` a line.

typedef struct treebank {
    char *bytes;      // the file; the words lie in it
    char **word;      // (V) in order of first occurrence, lower case; the last one is UNK, which no sentence has
    uint64_t *count;  // (V)
    size_t V;
    uint32_t *token;  // (tokens) word ids, sentence after sentence
    size_t tokens;
    size_t *begin;    // (sentences + 1) where in token each sentence begins
    uint32_t *index;  // (sentences) the number in column 0
    size_t sentences;
} treebank;

// A whole file with a NUL behind it.
COMMON_UNUSED static char *read_text(const char *program, const char *path, size_t *bytes)
{
    FILE *f = fopen(path, "rb");
    if (!f) die(1, program, "cannot open '%s': %s", path, strerror(errno));
    size_t room = 1 << 20, n = 0;
    char *text = NULL;
    for (;;) {
        char *larger = (char *)realloc(text, room + 1);
        if (!larger) die(1, program, "out of memory: '%s' has more than %zu bytes", path, n);
        text = larger;
        n += fread(text + n, 1, room - n, f);
        if (n < room) break;
        room *= 2;
    }
    if (ferror(f)) die(1, program, "cannot read '%s': %s", path, strerror(errno));
    fclose(f);
    text[n] = 0;
    if (strlen(text) != n) die(1, program, "'%s' has a NUL byte at offset %zu: not a text file", path, strlen(text));
    *bytes = n;
    return text;
}

// Cuts the line off *rest and moves behind it; NULL at the end.
COMMON_UNUSED static char *next_line(char **rest)
{
    char *line = *rest;
    if (!*line) return NULL;
    const size_t n = strcspn(line, "\n");
    *rest = line + n + (line[n] == '\n');
    line[n] = 0;
    if (n && line[n - 1] == '\r') line[n - 1] = 0;
    return line;
}

COMMON_UNUSED static treebank read_treebank(const char *program, const char *path)
{
    struct {
        char *key;
        uint32_t value;
    } *ids = NULL;
    static const char spaces[] = " \t\v\f";
    treebank b;
    memset(&b, 0, sizeof b);
    size_t bytes, number = 1;
    char *rest = b.bytes = read_text(program, path, &bytes), *line = next_line(&rest);
    // a token takes two bytes of the file, and a sentence too, so nothing below can overflow
    b.word = (char **)malloc((bytes / 2 + 2) * sizeof *b.word);
    b.count = (uint64_t *)calloc(bytes / 2 + 2, sizeof *b.count);
    b.token = (uint32_t *)malloc((bytes / 2 + 2) * sizeof *b.token);
    b.begin = (size_t *)calloc(bytes / 2 + 2, sizeof *b.begin);
    b.index = (uint32_t *)malloc((bytes / 2 + 2) * sizeof *b.index);
    if (!b.word || !b.count || !b.token || !b.begin || !b.index) die(1, program, "out of memory for '%s'", path);
    if (!line || strcmp(line, "sentence_index\tsentence"))
        die(1, program, "'%s' line 1 is '%.40s', not the header 'sentence_index<TAB>sentence'", path, line ? line : "");
    while ((line = next_line(&rest)) != NULL) {
        char *sentence = strchr(line, '\t');
        number++;
        if (!sentence || sentence == line || strspn(line, "0123456789") != (size_t)(sentence - line))
            die(1, program, "'%s' line %zu is '%.40s', not a number, a TAB and a sentence", path, number, line);
        errno = 0;
        const unsigned long index = strtoul(line, NULL, 10);
        if (errno || index > UINT32_MAX)
            die(1, program, "'%s' line %zu is '%.40s', and its number is above 4294967295", path, number, line);
        for (char *w = strtok(sentence, spaces); w; w = strtok(NULL, spaces)) {
            if (strlen(w) > W2V_MAX_WORD)
                die(1, program, "'%s' line %zu has a word of %zu bytes (1 to %d)", path, number, strlen(w), (int)W2V_MAX_WORD);
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
        b.index[b.sentences++] = (uint32_t)index;
        b.begin[b.sentences] = b.tokens;
    }
    shfree(ids);
    if (!b.tokens) die(1, program, "'%s' has no sentences", path);
    static char unknown[] = "UNK";
    b.word[b.V] = unknown;
    b.count[b.V++] = 1;
    return b;
}

COMMON_UNUSED static void free_treebank(treebank *b)
{
    free(b->bytes);
    free(b->word);
    free(b->count);
    free(b->token);
    free(b->begin);
    free(b->index);
}

// -----------------------------------------------------------------------------------------------------------------
// A picture: some words of a model on their first two principal components, as SVG.

typedef struct label {
    double x, y;    // of the point
    double tx, ty;  // where the text begins, and its base line
    double width;
} label;

enum { PICTURE_WIDTH = 960, PICTURE_HEIGHT = 720, PICTURE_MARGIN = 60, FONT_SIZE = 14 };

static double overlap(double a0, double a1, double b0, double b1)
{
    const double lo = a0 > b0 ? a0 : b0, hi = a1 < b1 ? a1 : b1;
    return hi > lo ? hi - lo : 0.0;
}

// The area that text i, put at (tx, ty), shares with the texts placed before it, with any point and with the outside
// of the picture.
static double crowding(const label *l, size_t n, size_t i, double tx, double ty)
{
    const double w = l[i].width, gap = 4.0, top = ty - FONT_SIZE, bottom = ty + 4.0;
    double area = 0.0;
    for (size_t k = 0; k < i; k++)
        area += overlap(tx - gap, tx + w + gap, l[k].tx, l[k].tx + l[k].width) *
                overlap(top, bottom, l[k].ty - FONT_SIZE, l[k].ty + 4.0);
    for (size_t k = 0; k < n; k++)
        area += overlap(tx, tx + w, l[k].x - 5.0, l[k].x + 5.0) * overlap(top, bottom, l[k].y - 5.0, l[k].y + 5.0);
    if (tx < 4.0 || tx + w > PICTURE_WIDTH - 4.0 || top < 4.0 || bottom > PICTURE_HEIGHT - 4.0) area += 1e6;
    return area;
}

// Each text goes to the least crowded of the places around its point, the nearest of them if there are several.
static void place_labels(label *l, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double best = 1e300;
        for (int ring = 0; ring < 4; ring++) {
            const double r = 9.0 + 13.0 * ring;
            for (int direction = 0; direction < 16; direction++) {
                const double angle = direction * 3.14159265358979 / 8.0, dx = cos(angle), dy = sin(angle);
                const double tx = l[i].x + r * dx - l[i].width * (1.0 - dx) / 2.0, ty = l[i].y + r * dy + 5.0 + 5.0 * dy;
                const double cost = crowding(l, n, i, tx, ty) + 4.0 * ring + 0.2 * direction;
                if (cost >= best) continue;
                best = cost;
                l[i].tx = tx;
                l[i].ty = ty;
            }
        }
    }
}

// How many bytes the character at s has; 0 if it is none that may stand in XML.
static size_t xml_character(const char *s)
{
    const unsigned char *u = (const unsigned char *)s;
    const size_t n = *u < 0x80 ? 1 : *u >= 0xC2 && *u < 0xE0 ? 2 : *u >= 0xE0 && *u < 0xF0 ? 3 : *u >= 0xF0 && *u < 0xF5 ? 4 : 0;
    for (size_t i = 1; i < n; i++)
        if ((u[i] & 0xC0) != 0x80) return 0;
    if (n == 1) return *u >= 0x20;
    if (*u == 0xE0 || *u == 0xF0) return u[1] >= (*u == 0xE0 ? 0xA0 : 0x90) ? n : 0;  // else it has a shorter form
    if (*u == 0xED && u[1] >= 0xA0) return 0;                                         // a surrogate
    if (*u == 0xEF && u[1] == 0xBF && u[2] >= 0xBE) return 0;                         // U+FFFE, U+FFFF
    return *u == 0xF4 && u[1] >= 0x90 ? 0 : n;                                        // behind the last character
}

static void write_xml_text(FILE *f, const char *s)
{
    for (size_t n; *s; s += n ? n : 1) {
        n = xml_character(s);
        if (*s == '<')
            fputs("&lt;", f);
        else if (*s == '&')
            fputs("&amp;", f);
        else if (n)
            fwrite(s, 1, n, f);
        else
            fputs("\xEF\xBF\xBD", f);  // U+FFFD, the replacement character
    }
}

// Characters of a UTF-8 text.
static size_t characters(const char *s)
{
    size_t n = 0;
    for (; *s; s++) n += ((unsigned char)*s & 0xC0) != 0x80;
    return n;
}

// Scales the points (n, 2) into the picture, one scale for both axes.
static void scale_points(const float *xy, size_t n, label *l, const w2v_model *m, const uint32_t *ids)
{
    double lo[2] = {1e300, 1e300}, hi[2] = {-1e300, -1e300};
    for (size_t i = 0; i < 2 * n; i++) {
        lo[i % 2] = (double)xy[i] < lo[i % 2] ? (double)xy[i] : lo[i % 2];
        hi[i % 2] = (double)xy[i] > hi[i % 2] ? (double)xy[i] : hi[i % 2];
    }
    const double sx = (PICTURE_WIDTH - 2 * PICTURE_MARGIN) / fmax(hi[0] - lo[0], 1e-30);
    const double sy = (PICTURE_HEIGHT - 2 * PICTURE_MARGIN) / fmax(hi[1] - lo[1], 1e-30), s = fmin(sx, sy);
    for (size_t i = 0; i < n; i++) {
        l[i].x = PICTURE_WIDTH / 2.0 + s * ((double)xy[2 * i] - (lo[0] + hi[0]) / 2.0);
        l[i].y = PICTURE_HEIGHT / 2.0 - s * ((double)xy[2 * i + 1] - (lo[1] + hi[1]) / 2.0);
        l[i].width = 0.58 * FONT_SIZE * (double)characters(w2v_vocab_word(m->vocab, ids[i]));
    }
}

static void write_svg(FILE *f, const label *l, size_t n, const w2v_model *m, const uint32_t *ids)
{
    fprintf(f,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" font-size=\"%d\">\n",
            PICTURE_WIDTH, PICTURE_HEIGHT, FONT_SIZE);
    fprintf(f, "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n");
    for (size_t i = 0; i < n; i++) {
        const double nx = fmin(fmax(l[i].x, l[i].tx), l[i].tx + l[i].width), ny = fmin(fmax(l[i].y, l[i].ty - 10.0), l[i].ty);
        if (hypot(nx - l[i].x, ny - l[i].y) > 12.0)
            fprintf(f, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#bbb\"/>\n", l[i].x, l[i].y, nx, ny);
        fprintf(f, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\" fill=\"#1f6fb2\"/>\n", l[i].x, l[i].y);
    }
    for (size_t i = 0; i < n; i++) {
        fprintf(f, "<text x=\"%.1f\" y=\"%.1f\" textLength=\"%.1f\" lengthAdjust=\"spacingAndGlyphs\">", l[i].tx, l[i].ty,
                l[i].width);
        write_xml_text(f, w2v_vocab_word(m->vocab, ids[i]));
        fprintf(f, "</text>\n");
    }
    fprintf(f, "</svg>\n");
}

// The picture gets its name when it is complete: one that was there before is not lost to a full disk.
static int save_svg(const char *path, const label *l, size_t n, const w2v_model *m, const uint32_t *ids)
{
    char part[2048];
    snprintf(part, sizeof part, "%.2000s.part", path);
    FILE *f = fopen(part, "wb");
    if (!f) return 0;
    write_svg(f, l, n, m, ids);
    const int failed = ferror(f);
    int good = !(fclose(f) || failed);
#ifdef _WIN32
    if (good) remove(path);  // where rename() does not replace a file
#endif
    if (good && !rename(part, path)) return 1;
    const int why = errno;
    remove(part);
    errno = why;
    return 0;
}

// Appends the ids of those words that the model has to ids[0 .. n - 1]; returns the new n.
COMMON_UNUSED static size_t add_words(const w2v_model *m, uint32_t *ids, size_t n, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const uint32_t id = w2v_vocab_find(m->vocab, words[i]);
        if (id != W2V_NONE) ids[n++] = id;
    }
    return n;
}

// Draws the words ids[0 .. n - 1]. The status is that of w2v_pca; err also says what went wrong with the file.
COMMON_UNUSED static w2v_status draw_words(const char *path, const w2v_model *m, const uint32_t *ids, size_t n, w2v_error *err)
{
    float *rows = (float *)calloc(n * m->dim + 2 * n + 1, sizeof *rows), *xy = rows ? rows + n * m->dim : NULL;
    label *l = (label *)malloc((n + 1) * sizeof *l);
    w2v_status status = W2V_ERROR_MEMORY;
    snprintf(err->message, sizeof err->message, "out of memory for a picture of %zu words", n);
    if (rows && l) {
        for (size_t i = 0; i < n; i++) memcpy(rows + i * m->dim, m->in + ids[i] * m->stride, m->dim * sizeof *rows);
        status = w2v_pca(rows, n, m->dim, m->dim, 2, xy, err);
    }
    if (status == W2V_OK) {
        scale_points(xy, n, l, m, ids);
        place_labels(l, n);
        if (!save_svg(path, l, n, m, ids)) {
            status = W2V_ERROR_IO;
            snprintf(err->message, sizeof err->message, "cannot write '%.300s': %s", path, strerror(errno));
        }
    }
    free(rows);
    free(l);
    return status;
}

#endif
