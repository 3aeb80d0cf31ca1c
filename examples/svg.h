// SPDX-License-Identifier: MIT-0
//
// svg.h - draws words of a model on their first two principal components, as an SVG file
//
// Include it after w2v.h with W2V_IMPLEMENTATION. The picture is written by the functions that write the
// files of w2v.h, w2v__output_open and w2v__output_close.

#ifndef SVG_H
#define SVG_H

typedef struct label {
    double x, y;    // of the point
    double tx, ty;  // where its text begins, on the base line
    double width;
} label;

static const double PICTURE_WIDTH = 960.0, PICTURE_HEIGHT = 720.0, PICTURE_MARGIN = 60.0, FONT_SIZE = 14.0;

static inline double overlap(double a0, double a1, double b0, double b1)
{
    const double lo = a0 > b0 ? a0 : b0, hi = a1 < b1 ? a1 : b1;
    return hi > lo ? hi - lo : 0.0;
}

// The area that text i at (tx, ty) would share with the texts placed before it, with points, and with the
// outside of the picture.
static inline double crowding(const label *l, size_t n, size_t i, double tx, double ty)
{
    const double w = l[i].width, gap = 4.0, top = ty - FONT_SIZE, bottom = ty + 4.0;
    double area = 0.0;
    for (size_t k = 0; k < i; k++)
        area += overlap(tx - gap, tx + w + gap, l[k].tx, l[k].tx + l[k].width) *
                overlap(top, bottom, l[k].ty - FONT_SIZE, l[k].ty + 4.0);
    for (size_t k = 0; k < n; k++)
        area += overlap(tx, tx + w, l[k].x - 5.0, l[k].x + 5.0) *
                overlap(top, bottom, l[k].y - 5.0, l[k].y + 5.0);
    if (tx < 4.0 || tx + w > PICTURE_WIDTH - 4.0 || top < 4.0 || bottom > PICTURE_HEIGHT - 4.0) area += 1e6;
    return area;
}

// Each text goes to the least crowded of the places around its point, the nearest of them if there are
// several.
static inline void place_labels(label *l, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double best = 1e300;
        for (int ring = 0; ring < 4; ring++) {
            const double r = 9.0 + 13.0 * ring;
            for (int direction = 0; direction < 16; direction++) {
                const double angle = direction * 3.14159265358979 / 8.0, dx = cos(angle), dy = sin(angle);
                const double tx = l[i].x + r * dx - l[i].width * (1.0 - dx) / 2.0,
                             ty = l[i].y + r * dy + 5.0 + 5.0 * dy;
                const double cost = crowding(l, n, i, tx, ty) + 4.0 * ring + 0.2 * direction;
                if (cost >= best) continue;
                best = cost;
                l[i].tx = tx;
                l[i].ty = ty;
            }
        }
    }
}

// Bytes of the UTF-8 character at s; 0 if there is none, or XML does not allow it.
static inline size_t xml_character(const char *s)
{
    const unsigned char *u = (const unsigned char *)s;
    const size_t n = *u < 0x80                 ? 1
                     : *u >= 0xC2 && *u < 0xE0 ? 2
                     : *u >= 0xE0 && *u < 0xF0 ? 3
                     : *u >= 0xF0 && *u < 0xF5 ? 4
                                               : 0;
    for (size_t i = 1; i < n; i++)
        if ((u[i] & 0xC0) != 0x80) return 0;
    if (n == 1) return *u >= 0x20;
    if (*u == 0xE0 || *u == 0xF0)
        return u[1] >= (*u == 0xE0 ? 0xA0 : 0x90) ? n : 0;     // else it has a shorter form
    if (*u == 0xED && u[1] >= 0xA0) return 0;                  // a surrogate
    if (*u == 0xEF && u[1] == 0xBF && u[2] >= 0xBE) return 0;  // U+FFFE, U+FFFF
    return *u == 0xF4 && u[1] >= 0x90 ? 0 : n;                 // above U+10FFFF
}

static inline void write_xml_text(FILE *f, const char *s)
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
static inline size_t characters(const char *s)
{
    size_t n = 0;
    for (; *s; s++) n += ((unsigned char)*s & 0xC0) != 0x80;
    return n;
}

// Scales the points (n, 2) into the picture, with one scale for both axes. Points without any extent go to
// its centre.
static inline void scale_points(const float *xy, size_t n, label *l, const w2v_model *m, const uint32_t *ids)
{
    double lo[2] = {1e300, 1e300}, hi[2] = {-1e300, -1e300};
    for (size_t i = 0; i < 2 * n; i++) {
        lo[i % 2] = fmin(lo[i % 2], (double)xy[i]);
        hi[i % 2] = fmax(hi[i % 2], (double)xy[i]);
    }
    // how much of the picture the points take, at a scale of 1
    const double wide = (hi[0] - lo[0]) / (PICTURE_WIDTH - 2 * PICTURE_MARGIN);
    const double high = (hi[1] - lo[1]) / (PICTURE_HEIGHT - 2 * PICTURE_MARGIN);
    const double extent = fmax(wide, high), scale = extent > 0.0 ? 1.0 / extent : 0.0;
    for (size_t i = 0; i < n; i++) {
        l[i].x = PICTURE_WIDTH / 2.0 + scale * ((double)xy[2 * i] - (lo[0] + hi[0]) / 2.0);
        l[i].y = PICTURE_HEIGHT / 2.0 - scale * ((double)xy[2 * i + 1] - (lo[1] + hi[1]) / 2.0);
        l[i].width = 0.58 * FONT_SIZE * (double)characters(w2v_vocab_word(m->vocab, ids[i]));
    }
}

static inline void write_svg(FILE *f, const label *l, size_t n, const w2v_model *m, const uint32_t *ids)
{
    fprintf(f,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
            "font-family=\"sans-serif\" font-size=\"%.0f\">\n",
            PICTURE_WIDTH, PICTURE_HEIGHT, FONT_SIZE);
    fprintf(f, "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n");
    for (size_t i = 0; i < n; i++) {
        const double nx = fmin(fmax(l[i].x, l[i].tx), l[i].tx + l[i].width),
                     ny = fmin(fmax(l[i].y, l[i].ty - 10.0), l[i].ty);
        if (hypot(nx - l[i].x, ny - l[i].y) > 12.0)
            fprintf(f, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#bbb\"/>\n", l[i].x,
                    l[i].y, nx, ny);
        fprintf(f, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\" fill=\"#1f6fb2\"/>\n", l[i].x, l[i].y);
    }
    for (size_t i = 0; i < n; i++) {
        fprintf(f, "<text x=\"%.1f\" y=\"%.1f\" textLength=\"%.1f\" lengthAdjust=\"spacingAndGlyphs\">",
                l[i].tx, l[i].ty, l[i].width);
        write_xml_text(f, w2v_vocab_word(m->vocab, ids[i]));
        fprintf(f, "</text>\n");
    }
    fprintf(f, "</svg>\n");
}

// Appends the ids of those words that the model has to ids[0 .. n - 1]; returns the new n.
static inline size_t add_words(const w2v_model *m, uint32_t *ids, size_t n, const char *const *words,
                               size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const uint32_t id = w2v_vocab_find(m->vocab, words[i]);
        if (id != W2V_NONE) ids[n++] = id;
    }
    return n;
}

// Draws the words ids[0 .. n - 1]. If the file cannot be written, one that was there before remains as it is.
static inline w2v_status draw_words(const char *path, const w2v_model *m, const uint32_t *ids, size_t n,
                                    w2v_error *err)
{
    float *rows = (float *)calloc(n * m->dim + 2 * n + 1, sizeof *rows),
          *xy = rows ? rows + n * m->dim : NULL;
    label *l = (label *)malloc((n + 1) * sizeof *l);
    w2v_status status = W2V_ERROR_MEMORY;
    snprintf(err->message, sizeof err->message, "out of memory for a picture of %zu words", n);
    if (rows && l) {
        for (size_t i = 0; i < n; i++)
            memcpy(rows + i * m->dim, m->in + ids[i] * m->stride, m->dim * sizeof *rows);
        status = w2v_pca(rows, n, m->dim, m->dim, 2, xy, err);
    }
    w2v__output_file file;
    if (status == W2V_OK) status = w2v__output_open(&file, path, err);
    if (status == W2V_OK) {
        scale_points(xy, n, l, m, ids);
        place_labels(l, n);
        write_svg(file.file, l, n, m, ids);
        status = w2v__output_close(&file, W2V_OK, err);
    }
    free(rows);
    free(l);
    return status;
}

#endif
