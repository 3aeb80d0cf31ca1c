// SPDX-License-Identifier: MIT-0
//
// svg.h - a picture of named points as an SVG file: a colour for each group, a legend, and labels that
// overlap neither each other nor a point
//
// Needs w2v.h before it: pictures are files that are complete or not there, and draw_words, at the end, draws
// words of a model. curves.h and map.h draw with it, too. The locale changes nothing.

#ifndef SVG_H
#define SVG_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

typedef struct svg_point {
    double x, y;       // finite numbers, y upwards
    const char *name;  // UTF-8
    size_t group;      // which of svg_picture.groups; 0 if there are none
} svg_point;

typedef struct svg_picture {
    const char *title, *note;  // the note is a smaller line below the title; each may be NULL
    svg_point *point;          // (points)
    size_t points;
    const char *const *group;  // (groups) names for the legend
    size_t groups;             // 0: one colour and no legend
    double width;              // of the picture, at least 480; 0: 960
    double height;             // of the frame; 0: two thirds of the width
} svg_picture;

// -----------------------------------------------------------------------------------------------------------
// Text

static inline void svg_say(w2v_file *f, const char *s) { w2v_file_write(s, strlen(s), f); }

// Writes a short text; a failure shows when the file is committed.
#define svg_print(f, ...)                           \
    do {                                            \
        char text_[512];                            \
        snprintf(text_, sizeof text_, __VA_ARGS__); \
        svg_say(f, text_);                          \
    } while (0)

// As utf8_character, but also 0 for a control character and for what XML does not allow.
static inline size_t svg_character(const char *s, unsigned long *code)
{
    const size_t n = utf8_character(s, code);
    return *code < 0x20 || *code == 0xFFFE || *code == 0xFFFF ? 0 : n;
}

// Writes the first `bytes` bytes of s. What XML does not allow becomes U+FFFD, the replacement character.
static inline void svg_text(w2v_file *f, const char *s, size_t bytes)
{
    unsigned long code;
    for (size_t n, i = 0; i < bytes; i += n ? n : 1) {
        n = svg_character(s + i, &code);
        if (!n)
            svg_say(f, "\xEF\xBF\xBD");
        else if (s[i] == '<')
            svg_say(f, "&lt;");
        else if (s[i] == '>')
            svg_say(f, "&gt;");
        else if (s[i] == '&')
            svg_say(f, "&amp;");
        else
            w2v_file_write(s + i, n, f);
    }
}

// The number with one decimal, always with a point.
static inline void svg_number(w2v_file *f, const char *before, double value)
{
    const long tenths = (long)floor(10.0 * fabs(value) + 0.5);
    svg_print(f, "%s%s%ld.%ld", before, value < 0.0 && tenths ? "-" : "", tenths / 10, tenths % 10);
}

// Width of a character in thousandths of the font size. ASCII: Helvetica's (Adobe's font metrics), which
// Arial and Liberation Sans share. Others: an estimate by script, rather too wide.
static inline int svg_character_width(unsigned long c)
{
    static const short ascii[] = {
        278,  278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,  //  !"#$%&'()*+,-./
        556,  556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,  // 0-9:;<=>?
        1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,  // @A-O
        667,  778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,  // P-Z[\]^_
        333,  556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,  // `a-o
        556,  556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584};      // p-z{|}~
    static const struct {
        unsigned long first, last;
        int width;
    } script[] = {{0x300, 0x36F, 0},       // combining marks
                  {0x591, 0x5BD, 0},       // Hebrew points
                  {0x64B, 0x65F, 0},       // Arabic marks
                  {0x200B, 0x200F, 0},     // zero-width space, joiners, directions
                  {0xFE00, 0xFE0F, 0},     // variation selectors
                  {0x1100, 0x11FF, 1000},  // Hangul letters
                  {0x2E80, 0xD7FF, 1000},  // Chinese, Japanese, Korean
                  {0xF900, 0xFAFF, 1000},  {0xFE30, 0xFE6F, 1000},
                  {0xFF00, 0xFFEF, 1000},  {0x1F000, 0x1FAFF, 1400},  // emoji
                  {0x20000, 0x3FFFF, 1000}};
    if (c >= 0x20 && c < 0x7F) return ascii[c - 0x20];
    for (size_t i = 0; i < sizeof script / sizeof *script; i++)
        if (c >= script[i].first && c <= script[i].last) return script[i].width;
    return 720;
}

static const double SVG_ELLIPSIS = 1000.0;  // its width in thousandths of the font size

// Width of s at this font size. If it is more than `most`, the label is cut: *bytes is what fits before the
// ellipsis, and the width includes the ellipsis.
static inline double svg_width(const char *s, double size, double most, size_t *bytes)
{
    const double unit = size / 1000.0;
    double width = 0.0, cut_width = 0.0;
    size_t fits = 0, i = 0;
    for (size_t n; s[i]; i += n ? n : 1) {
        unsigned long code = 0xFFFD;
        n = svg_character(s + i, &code);
        width += unit * svg_character_width(n ? code : 0xFFFD);
        if (width + unit * SVG_ELLIPSIS <= most) {
            fits = i + (n ? n : 1);
            cut_width = width + unit * SVG_ELLIPSIS;
        }
    }
    *bytes = width <= most ? i : fits;
    return width <= most ? width : cut_width;
}

// -----------------------------------------------------------------------------------------------------------
// Where the labels go

typedef struct svg_box {
    double x0, y0, x1, y1;
} svg_box;

// A point as it is drawn.
typedef struct svg_mark {
    double x, y;
    int beyond_x,
        beyond_y;   // -1 or 1: the point lies beyond the left (top) or right (bottom) edge, where it is drawn
    double width;   // of its label
    size_t bytes;   // of the name that fit into it
    int place;      // of the label, one of SVG_PLACES; -1: left out
    svg_box label;  // if it is not left out
    double end_x, end_y;  // of the line from the point to its label
    int choices;          // places that touch no point
    int first;            // the place to try first
} svg_mark;

enum { SVG_DIRECTIONS = 16, SVG_RINGS = 7, SVG_PLACES = SVG_DIRECTIONS * SVG_RINGS };

static const double SVG_DISC = 4.0, SVG_FONT = 13.0;

static inline int svg_overlap(svg_box a, svg_box b)
{
    return a.x0 < b.x1 && b.x0 < a.x1 && a.y0 < b.y1 && b.y0 < a.y1;
}

// A point with space around it.
static inline svg_box svg_disc(const svg_mark *m, double space)
{
    const double r = SVG_DISC + space;
    const svg_box box = {m->x - r, m->y - r, m->x + r, m->y + r};
    return box;
}

// A label with some space around it.
static inline svg_box svg_spaced(svg_box b)
{
    const svg_box box = {b.x0 - 2.0, b.y0 - 0.5, b.x1 + 2.0, b.y1 + 0.5};
    return box;
}

// Puts the label at a place: in one of 16 directions, at one of seven distances. The first places are the
// best.
static inline void svg_put(svg_mark *m, int place)
{
    static const double direction[SVG_DIRECTIONS][2] = {
        {1, 0},  {-1, 0},  {0, -1}, {0, 1},  {1, -.5}, {1, .5}, {-1, -.5}, {-1, .5},
        {1, -1}, {-1, -1}, {1, 1},  {-1, 1}, {.5, -1}, {.5, 1}, {-.5, -1}, {-.5, 1}};
    static const double distance[SVG_RINGS] = {7, 16, 28, 42, 60, 84, 112};
    const double *d = direction[place % SVG_DIRECTIONS], r = distance[place / SVG_DIRECTIONS];
    const double high = SVG_FONT + 2.0, x = m->x + d[0] * (r + m->width / 2.0),
                 y = m->y + d[1] * (r + high / 2.0);
    const svg_box box = {x - m->width / 2.0, y - high / 2.0, x + m->width / 2.0, y + high / 2.0};
    m->place = place;
    m->label = box;
    m->end_x = fmin(fmax(m->x, box.x0), box.x1);
    m->end_y = fmin(fmax(m->y, box.y0), box.y1);
}

// Does the line from a point to its label run through the box?
static inline int svg_runs_through(const svg_mark *m, svg_box box)
{
    const double from[2] = {m->x, m->y}, step[2] = {m->end_x - m->x, m->end_y - m->y};
    const double lo[2] = {box.x0, box.y0}, hi[2] = {box.x1, box.y1};
    double enters = 0.0, leaves = 1.0;
    for (int a = 0; a < 2; a++) {
        if (fabs(step[a]) < 1e-9) {
            if (from[a] <= lo[a] || from[a] >= hi[a]) return 0;
            continue;
        }
        const double t0 = (lo[a] - from[a]) / step[a], t1 = (hi[a] - from[a]) / step[a];
        enters = fmax(enters, fmin(t0, t1));
        leaves = fmin(leaves, fmax(t0, t1));
    }
    return enters < leaves;
}

// On which side of the line of m is (x, y)? 0 on it.
static inline double svg_side(const svg_mark *m, double x, double y)
{
    return (m->end_x - m->x) * (y - m->y) - (m->end_y - m->y) * (x - m->x);
}

static inline int svg_lines_cross(const svg_mark *a, const svg_mark *b)
{
    return svg_side(a, b->x, b->y) * svg_side(a, b->end_x, b->end_y) < 0.0 &&
           svg_side(b, a->x, a->y) * svg_side(b, a->end_x, a->end_y) < 0.0;
}

// Is the label of mark i inside the frame, clear of all points, and its line clear of all other points? A
// label beside its point has no line, so it stays farther from other points. A point on which another lies
// has no line that is clear of it.
static inline int svg_clear_of_points(const svg_mark *mark, size_t n, size_t i, svg_box frame)
{
    const svg_mark *m = &mark[i];
    const svg_box b = svg_spaced(m->label);
    const double space = m->place < SVG_DIRECTIONS ? 5.0 : 1.0;
    if (b.x0 < frame.x0 || b.x1 > frame.x1 || b.y0 < frame.y0 || b.y1 > frame.y1) return 0;
    for (size_t k = 0; k < n; k++) {
        const double reach = SVG_DISC + 1.0;
        const int covers = fabs(mark[k].x - m->x) < reach && fabs(mark[k].y - m->y) < reach;
        if (svg_overlap(b, svg_disc(&mark[k], k == i ? 1.0 : space))) return 0;
        if (!covers && svg_runs_through(m, svg_disc(&mark[k], 1.0))) return 0;
    }
    return 1;
}

// Are the labels and lines of marks a and b clear of each other?
static inline int svg_clear(const svg_mark *a, const svg_mark *b)
{
    return !svg_overlap(svg_spaced(a->label), svg_spaced(b->label)) &&
           !svg_runs_through(a, svg_spaced(b->label)) && !svg_runs_through(b, svg_spaced(a->label)) &&
           !svg_lines_cross(a, b);
}

// The first label from mark j on that is in the way of that of mark i; n: none.
static inline size_t svg_in_the_way(const svg_mark *mark, size_t n, size_t i, size_t j)
{
    while (j < n && (j == i || mark[j].place < 0 || svg_clear(&mark[i], &mark[j]))) j++;
    return j;
}

// Moves the label of mark i to its best place that is clear of the other labels, or leaves it out.
// possible (n, SVG_PLACES) says which places are clear of points.
static inline void svg_place(svg_mark *mark, size_t n, size_t i, const char *possible)
{
    for (int k = 0; k < SVG_PLACES; k++) {
        const int place = (mark[i].first + k) % SVG_PLACES;
        if (!possible[i * SVG_PLACES + (size_t)place]) continue;
        svg_put(&mark[i], place);
        if (svg_in_the_way(mark, n, i, 0) == n) return;
    }
    mark[i].place = -1;
}

// Finds a place for the label of mark i, which was left out, if one other label can move out of its way.
static inline void svg_push(svg_mark *mark, size_t n, size_t i, const char *possible)
{
    for (int place = 0; place < SVG_PLACES; place++) {
        if (!possible[i * SVG_PLACES + (size_t)place]) continue;
        svg_put(&mark[i], place);
        const size_t j = svg_in_the_way(mark, n, i, 0);
        if (j == n) return;
        if (svg_in_the_way(mark, n, i, j + 1) < n) continue;
        const svg_mark before = mark[j];
        svg_place(mark, n, j, possible);
        if (mark[j].place >= 0) return;
        mark[j] = before;
    }
    mark[i].place = -1;
}

// Places all labels, those with the fewest possible places first. Two more rounds use the room that moved
// labels have left. possible (n, SVG_PLACES) is scratch.
static inline void svg_place_labels(svg_mark *mark, size_t n, svg_box frame, char *possible)
{
    for (size_t i = 0; i < n; i++) {
        mark[i].choices = 0;
        for (int place = 0; place < SVG_PLACES; place++) {
            svg_put(&mark[i], place);
            const int clear = svg_clear_of_points(mark, n, i, frame);
            possible[i * SVG_PLACES + (size_t)place] = (char)clear;
            mark[i].choices += clear;
        }
        mark[i].place = -1;
        size_t around = 0;
        for (size_t k = 0; k < n; k++)
            around += fabs(mark[k].x - mark[i].x) + fabs(mark[k].y - mark[i].y) < 2.0 * SVG_DISC;
        mark[i].first = around > 4 ? 2 * SVG_DIRECTIONS : 0;  // a crowd: a wider ring holds more labels
    }
    for (int choices = 0; choices <= SVG_PLACES; choices++)
        for (size_t i = 0; i < n; i++)
            if (mark[i].choices == choices) svg_place(mark, n, i, possible);
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < n; i++) {
            svg_place(mark, n, i, possible);
            if (mark[i].place < 0) svg_push(mark, n, i, possible);
        }
}

// -----------------------------------------------------------------------------------------------------------
// Where the points go

static inline int svg_compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// How far a point is from (x, y), in widths or heights of the frame, whichever is more.
static inline double svg_distance(const svg_point *p, double x, double y, svg_box frame)
{
    return fmax(fabs(p->x - x) / (frame.x1 - frame.x0), fabs(p->y - y) / (frame.y1 - frame.y0));
}

// The range of the points that are at most `reach` from (x, y).
static inline svg_box svg_range(const svg_picture *p, double x, double y, double reach, svg_box frame)
{
    svg_box range = {x, y, x, y};
    int none = 1;
    for (size_t i = 0; i < p->points; i++) {
        const svg_point *q = &p->point[i];
        if (svg_distance(q, x, y, frame) > reach) continue;
        const svg_box at = {q->x, q->y, q->x, q->y};
        if (none) range = at;
        none = 0;
        range.x0 = fmin(range.x0, q->x);
        range.x1 = fmax(range.x1, q->x);
        range.y0 = fmin(range.y0, q->y);
        range.y1 = fmax(range.y1, q->y);
    }
    return range;
}

static inline double svg_extent(svg_box range, svg_box frame)
{
    return fmax((range.x1 - range.x0) / (frame.x1 - frame.x0), (range.y1 - range.y0) / (frame.y1 - frame.y0));
}

// The range that the frame shows. A few outliers must not squeeze the rest: at most a tenth of the points
// (one of 5 to 19) may lie beyond the frame, as few of the farthest as are needed for the other nine tenths
// to span two thirds of its width or height. sorted (points) is scratch.
static inline svg_box svg_shown_range(const svg_picture *p, svg_box frame, double *sorted)
{
    const size_t n = p->points, most = n < 5 ? 0 : n < 20 ? 1 : n / 10;
    for (size_t i = 0; i < n; i++) sorted[i] = p->point[i].x;
    qsort(sorted, n, sizeof *sorted, svg_compare);
    const double x = sorted[n / 2];
    for (size_t i = 0; i < n; i++) sorted[i] = p->point[i].y;
    qsort(sorted, n, sizeof *sorted, svg_compare);
    const double y = sorted[n / 2];
    for (size_t i = 0; i < n; i++) sorted[i] = svg_distance(&p->point[i], x, y, frame);
    qsort(sorted, n, sizeof *sorted, svg_compare);
    const double least = svg_extent(svg_range(p, x, y, sorted[n - 1 - most], frame), frame);
    for (size_t beyond = 0; beyond <= most; beyond++) {
        const svg_box range = svg_range(p, x, y, sorted[n - 1 - beyond], frame);
        if (least > 0.0 && svg_extent(range, frame) <= 1.5 * least) return range;
    }
    return svg_range(p, x, y, sorted[n - 1], frame);
}

// Scales the points into the frame, with one scale for both axes. Those beyond it go to its edge.
static inline void svg_scale(const svg_picture *p, svg_box frame, svg_mark *mark, double *sorted)
{
    const double margin = 36.0, edge_margin = 9.0;
    const svg_box inner = {frame.x0 + margin, frame.y0 + margin, frame.x1 - margin, frame.y1 - margin};
    const svg_box edge = {frame.x0 + edge_margin, frame.y0 + edge_margin, frame.x1 - edge_margin,
                          frame.y1 - edge_margin};
    const svg_box range = svg_shown_range(p, inner, sorted);
    const double extent = svg_extent(range, inner), scale = extent > 0.0 ? 1.0 / extent : 0.0;
    for (size_t i = 0; i < p->points; i++) {
        svg_mark *m = &mark[i];
        const double x = (inner.x0 + inner.x1) / 2.0 + scale * (p->point[i].x - (range.x0 + range.x1) / 2.0),
                     y = (inner.y0 + inner.y1) / 2.0 - scale * (p->point[i].y - (range.y0 + range.y1) / 2.0);
        m->x = fmin(fmax(x, edge.x0), edge.x1);
        m->y = fmin(fmax(y, edge.y0), edge.y1);
        m->beyond_x = (x > edge.x1) - (x < edge.x0);
        m->beyond_y = (y > edge.y1) - (y < edge.y0);
        m->width = svg_width(p->point[i].name, SVG_FONT, (frame.x1 - frame.x0) / 3.0, &m->bytes);
    }
}

// -----------------------------------------------------------------------------------------------------------
// The file

static const double SVG_BORDER = 20.0, SVG_LINE = 22.0;

static inline double svg_picture_width(const svg_picture *p) { return p->width > 0.0 ? p->width : 960.0; }

// Ten colours that differ and can be read on white. From the eleventh group on they are those of rings.
static inline const char *svg_colour(size_t group)
{
    static const char *const colour[] = {"#1565c0", "#c25400", "#2e7d32", "#ad1457", "#6a3d9a",
                                         "#00796b", "#546e7a", "#6d4c41", "#c62828", "#7a6c00"};
    return colour[group % 10];
}

// Writes the marker of a group: a disc, or a ring.
static inline void svg_marker(w2v_file *f, double x, double y, size_t group)
{
    svg_number(f, "<circle cx=\"", x);
    svg_number(f, "\" cy=\"", y);
    svg_number(f, "\" r=\"", group / 10 % 2 ? SVG_DISC - 0.8 : SVG_DISC);
    svg_print(f, group / 10 % 2 ? "\" fill=\"white\" stroke-width=\"1.6\" stroke=\"%s\">" : "\" fill=\"%s\">",
              svg_colour(group));
}

// Writes a triangle that points over the edge of the frame.
static inline void svg_triangle(w2v_file *f, double x, double y, int right, int down, const char *colour)
{
    const double size = right && down ? 0.7 * SVG_DISC : SVG_DISC, dx = size * right, dy = size * down;
    svg_number(f, "<polygon points=\"", x + 1.2 * dx);
    svg_number(f, ",", y + 1.2 * dy);
    svg_number(f, " ", x - dx - dy);
    svg_number(f, ",", y - dy + dx);
    svg_number(f, " ", x - dx + dy);
    svg_number(f, ",", y - dy - dx);
    svg_print(f, "\" fill=\"%s\">", colour);
}

static inline void svg_start_text(w2v_file *f, double x, double y, const char *attributes)
{
    svg_number(f, "<text x=\"", x);
    svg_number(f, "\" y=\"", y);
    svg_print(f, "\"%s>", attributes);
}

// Writes a line of text, cut at the right border; bold text counts as a larger size.
static inline void svg_line_of_text(w2v_file *f, const svg_picture *p, double y, double size,
                                    const char *attributes, const char *s)
{
    size_t bytes;
    svg_width(s, size, svg_picture_width(p) - 2.0 * SVG_BORDER, &bytes);
    svg_start_text(f, SVG_BORDER, y, attributes);
    svg_text(f, s, bytes);
    svg_print(f, "%s</text>\n", s[bytes] ? "\xE2\x80\xA6" : "");
}

// Lays out the legend in rows from y on, and writes it unless f is NULL. Returns where the next row would be.
static inline double svg_legend(w2v_file *f, const svg_picture *p, double y)
{
    const double right = svg_picture_width(p) - SVG_BORDER;
    double x = SVG_BORDER;
    for (size_t g = 0; g < p->groups; g++) {
        size_t bytes;
        const double width = svg_width(p->group[g], SVG_FONT, right - SVG_BORDER - 14.0, &bytes);
        if (g && x + 14.0 + width > right) {
            x = SVG_BORDER;
            y += SVG_LINE;
        }
        if (f) {
            svg_marker(f, x + SVG_DISC, y + 10.0, g);
            svg_say(f, "</circle>");
            svg_start_text(f, x + 14.0, y + 14.5, "");
            svg_text(f, p->group[g], bytes);
            svg_print(f, "%s</text>\n", p->group[g][bytes] ? "\xE2\x80\xA6" : "");
        }
        x += 14.0 + width + 18.0;
    }
    return p->groups ? y + SVG_LINE : y;
}

static inline void svg_points(w2v_file *f, const svg_picture *p, const svg_mark *mark)
{
    svg_say(f, "<g id=\"lines\" stroke=\"#b4b4b4\" stroke-width=\"0.8\">\n");
    for (size_t i = 0; i < p->points; i++) {
        const svg_mark *m = &mark[i];
        if (m->place < SVG_DIRECTIONS) continue;  // left out, or next to the point
        svg_number(f, "<line x1=\"", m->x);
        svg_number(f, "\" y1=\"", m->y);
        svg_number(f, "\" x2=\"", m->end_x);
        svg_number(f, "\" y2=\"", m->end_y);
        svg_say(f, "\"/>\n");
    }
    svg_say(f, "</g>\n<g id=\"points\">\n");
    for (size_t i = 0; i < p->points; i++) {
        const svg_mark *m = &mark[i];
        const int beyond = m->beyond_x || m->beyond_y;
        if (beyond)
            svg_triangle(f, m->x, m->y, m->beyond_x, m->beyond_y, svg_colour(p->point[i].group));
        else
            svg_marker(f, m->x, m->y, p->point[i].group);
        svg_say(f, "<title>");  // what a browser shows when the mouse is over the point
        svg_text(f, p->point[i].name, strlen(p->point[i].name));
        svg_print(f, "</title>%s\n", beyond ? "</polygon>" : "</circle>");
    }
    svg_say(f, "</g>\n");
}

// textLength makes the labels as wide as they were thought to be, whatever font the viewer has.
static inline void svg_labels(w2v_file *f, const svg_picture *p, const svg_mark *mark)
{
    svg_say(f, "<g id=\"labels\">\n");
    for (size_t i = 0; i < p->points; i++) {
        const svg_mark *m = &mark[i];
        if (m->place < 0) continue;
        svg_number(f, "<text x=\"", m->label.x0);
        svg_number(f, "\" y=\"", m->label.y0 + SVG_FONT - 1.0);
        svg_number(f, "\" textLength=\"", m->width);
        svg_print(f, "\" lengthAdjust=\"spacingAndGlyphs\" fill=\"%s\">", svg_colour(p->point[i].group));
        svg_text(f, p->point[i].name, m->bytes);
        svg_print(f, "%s</text>\n", p->point[i].name[m->bytes] ? "\xE2\x80\xA6" : "");
    }
    svg_say(f, "</g>\n");
}

// Lines below the frame say what the picture does not show as it is. Writes them unless f is NULL; returns
// how many there are.
static inline int svg_remarks(w2v_file *f, const svg_picture *p, const svg_mark *mark, double y)
{
    const char *const grey = " fill=\"#555\"";
    size_t beyond = 0, unlabelled = 0;
    for (size_t i = 0; i < p->points; i++) {
        beyond += mark[i].beyond_x || mark[i].beyond_y;
        unlabelled += mark[i].place < 0;
    }
    if (beyond && f) {
        svg_triangle(f, SVG_BORDER + SVG_DISC, y + 10.0, 1, 0, "#555");
        svg_say(f, "</polygon>");
        svg_start_text(f, SVG_BORDER + 14.0, y + 14.5, grey);
        svg_print(f, "%zu %s beyond the frame, drawn at its edge</text>\n", beyond,
                  beyond == 1 ? "point lies" : "points lie");
        y += SVG_LINE;
    }
    if (unlabelled && f) {
        svg_start_text(f, SVG_BORDER + 14.0, y + 14.5, grey);
        svg_print(f, "%zu %s left out for want of room</text>\n", unlabelled,
                  unlabelled == 1 ? "label is" : "labels are");
    }
    return (beyond > 0) + (unlabelled > 0);
}

// Where the frame begins, below the title, the note and the legend.
static inline double svg_top(const svg_picture *p)
{
    const double above = p->title && p->note ? 64.0 : p->title || p->note ? 42.0 : SVG_BORDER - 8.0;
    return svg_legend(NULL, p, above) + 8.0;
}

// Writes the beginning of the file: what stands above the frame, and the frame.
static inline void svg_begin(w2v_file *f, const svg_picture *p, svg_box frame, double picture_height)
{
    const int width = (int)svg_picture_width(p), height = (int)picture_height;
    svg_print(f,
              "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" ",
              width, height, width, height);
    svg_number(f, "font-family=\"Helvetica, Arial, sans-serif\" font-size=\"", SVG_FONT);
    svg_print(f, "\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n");
    if (p->title) svg_line_of_text(f, p, 32.0, 21.0, " font-size=\"19\" font-weight=\"bold\"", p->title);
    if (p->note) svg_line_of_text(f, p, p->title ? 53.0 : 30.0, SVG_FONT, " fill=\"#555\"", p->note);
    svg_say(f, "<g id=\"legend\">\n");
    svg_legend(f, p, svg_top(p) - 8.0 - svg_legend(NULL, p, 0.0));
    svg_say(f, "</g>\n");
    svg_number(f, "<rect id=\"frame\" x=\"", frame.x0);
    svg_number(f, "\" y=\"", frame.y0);
    svg_number(f, "\" width=\"", frame.x1 - frame.x0);
    svg_number(f, "\" height=\"", frame.y1 - frame.y0);
    svg_say(f, "\" fill=\"none\" stroke=\"#c8c8c8\"/>\n");
}

static inline void svg_write(w2v_file *f, const svg_picture *p, const svg_mark *mark, svg_box frame)
{
    svg_begin(f, p, frame, frame.y1 + SVG_BORDER + SVG_LINE * svg_remarks(NULL, p, mark, 0.0));
    svg_points(f, p, mark);
    svg_labels(f, p, mark);
    svg_remarks(f, p, mark, frame.y1 + 8.0);
    svg_say(f, "</svg>\n");
}

// Draws the picture. Returns 0 if memory ran out; whether f took everything, w2v_file_commit tells.
static inline int svg_draw(w2v_file *f, const svg_picture *p)
{
    const size_t n = p->points;
    if (n > (size_t)-1 / (sizeof(svg_mark) + sizeof(double) + SVG_PLACES) - 1) return 0;
    svg_mark *mark = (svg_mark *)calloc(n + 1, sizeof *mark);
    double *sorted = (double *)malloc((n + 1) * sizeof *sorted);
    char *possible = (char *)malloc(n * SVG_PLACES + 1);
    const int fits = mark && sorted && possible;
    if (fits) {
        const double top = svg_top(p), width = svg_picture_width(p);
        const svg_box frame = {SVG_BORDER, top, width - SVG_BORDER,
                               top + (p->height > 0.0 ? p->height : width * 2.0 / 3.0)};
        if (n) svg_scale(p, frame, mark, sorted);
        svg_place_labels(mark, n, frame, possible);
        svg_write(f, p, mark, frame);
    }
    free(mark);
    free(sorted);
    free(possible);
    return fits;
}

// Writes the picture to path. On failure an earlier picture remains.
static inline w2v_status svg_save(const char *path, const svg_picture *p, w2v_error *err)
{
    w2v_file *f;
    const w2v_status status = w2v_file_create(&f, path, err);
    if (status != W2V_OK) return status;
    if (svg_draw(f, p)) return w2v_file_commit(f, err);
    w2v_file_discard(f);
    snprintf(err->message, sizeof err->message, "out of memory for a picture of %zu points", p->points);
    return W2V_ERROR_MEMORY;
}

// -----------------------------------------------------------------------------------------------------------
// Words of a model

// Adds those words to point[0 .. n - 1] that the model has; returns the new n.
static inline size_t add_words(const w2v_model *m, svg_point *point, size_t n, size_t group,
                               const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (w2v_vocab_find(m->vocab, words[i]) == W2V_NONE) continue;
        point[n].name = words[i];
        point[n++].group = group;
    }
    return n;
}

// The share of the variance of rows (n, dim) that their first two principal components xy (n, 2) hold.
static inline double share_of_variance(const float *rows, const float *xy, size_t n, size_t dim)
{
    double all = 0.0, shown = 0.0;
    for (size_t j = 0; j < dim; j++) {
        double mean = 0.0;
        for (size_t i = 0; i < n; i++) mean += (double)rows[i * dim + j] / (double)n;
        for (size_t i = 0; i < n; i++)
            all += ((double)rows[i * dim + j] - mean) * ((double)rows[i * dim + j] - mean);
    }
    for (size_t i = 0; i < 2 * n; i++) shown += (double)xy[i] * (double)xy[i];
    return all > 0.0 ? fmin(shown / all, 1.0) : 1.0;
}

// Draws the words p->point[..].name, all of them words of the model, on two principal components: sets their
// x and y, and writes the picture with a note about the components. On failure an earlier picture remains.
static inline w2v_status draw_words(const char *path, const w2v_model *m, svg_picture *p, w2v_error *err)
{
    const size_t n = p->points, dim = m->dim;
    char note[160];
    float *rows = (float *)calloc(n * dim + 2 * n + 1, sizeof *rows), *xy = rows ? rows + n * dim : NULL;
    snprintf(err->message, sizeof err->message, "out of memory for a picture of %zu words", n);
    if (!rows) return W2V_ERROR_MEMORY;
    for (size_t i = 0; i < n; i++)
        memcpy(rows + i * dim, m->input + w2v_vocab_find(m->vocab, p->point[i].name) * m->stride,
               dim * sizeof *rows);
    const w2v_matrix chosen = w2v_matrix_of(rows, n, dim, dim),
                     plane = w2v_matrix_of(xy, n, dim > 1 ? 2 : 1, 2);
    w2v_status status = w2v_pca(&chosen, &plane, err);
    if (status == W2V_OK) {
        for (size_t i = 0; i < n; i++) {
            p->point[i].x = (double)xy[2 * i];
            p->point[i].y = (double)xy[2 * i + 1];
        }
        snprintf(note, sizeof note,
                 "%zu word%s on the first two principal components, which hold %.0f %% of the variance", n,
                 n == 1 ? "" : "s", 100.0 * share_of_variance(rows, xy, n, dim));
        p->note = note;
    }
    free(rows);
    if (status == W2V_OK) status = svg_save(path, p, err);
    p->note = NULL;
    return status;
}

#endif
