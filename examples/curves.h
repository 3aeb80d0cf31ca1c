// SPDX-License-Identifier: MIT-0
//
// curves.h - the losses of a training as CSV or as a picture of their curves
//
// A program opens a loss_log, writes a line of CSV now and then, and closes it. A file whose name ends in
// .svg becomes a picture, any other has the lines. `curves` draws the files of several runs. After cli.h.

#ifndef CURVES_H
#define CURVES_H

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "svg.h"

enum { MOST_CURVES = 16, LONGEST_NAME = 80 };

typedef struct loss_curve {
    char name[LONGEST_NAME];
    double *x, *y;  // (points)
    size_t points;
    double score;  // the length of its bar
} loss_curve;

typedef struct curves {
    const char *title, *note;  // each may be NULL
    char x_name[LONGEST_NAME];
    loss_curve curve[MOST_CURVES];
    size_t count;
    const char *bars;           // the heading of bars, one for each curve; NULL: there are none
    double baseline;            // a dashed line across the bars
    const char *baseline_name;  // NULL: there is none
} curves;

static inline void curves_free(curves *c)
{
    for (size_t i = 0; i < c->count; i++) {
        free(c->curve[i].x);
        free(c->curve[i].y);
    }
    c->count = 0;
}

// -----------------------------------------------------------------------------------------------------------
// From CSV

// Which curve each column of a file belongs to; NULL: none.
typedef struct csv_columns {
    loss_curve *of[MOST_CURVES + 1];
    size_t count;
} csv_columns;

// Cuts a line into fields, and returns how many there are.
static inline size_t csv_split(char *line, char *field[MOST_CURVES + 1])
{
    size_t n = 0;
    while (line && n <= MOST_CURVES) {
        char *comma = strchr(line, ',');
        field[n++] = line;
        if (comma) *comma++ = 0;
        line = comma;
    }
    return n;
}

// Begins a curve for each column whose name ends in "loss". `run` is what a column "loss" is called; NULL:
// that.
static inline w2v_status csv_header(curves *c, csv_columns *columns, char **field, size_t n, const char *run,
                                    size_t room)
{
    columns->count = n;
    snprintf(c->x_name, LONGEST_NAME, "%s", field[0]);
    for (size_t k = 1; k < n; k++) {
        const size_t length = strlen(field[k]), alone = !strcmp(field[k], "loss");
        loss_curve *new_curve = &c->curve[c->count];
        if (length < 4 || strcmp(field[k] + length - 4, "loss")) continue;
        if (c->count == MOST_CURVES) return W2V_ERROR_ARGUMENT;
        memset(new_curve, 0, sizeof *new_curve);
        snprintf(new_curve->name, LONGEST_NAME, "%s%s%s", run ? run : "", run && !alone ? ": " : "",
                 run && alone ? "" : field[k]);
        for (char *p = new_curve->name; *p; p++)
            if (*p == '_') *p = ' ';
        new_curve->x = (double *)malloc(room * sizeof(double));
        new_curve->y = (double *)malloc(room * sizeof(double));
        columns->of[k] = new_curve;
        c->count++;
        if (!new_curve->x || !new_curve->y) return W2V_ERROR_MEMORY;
    }
    return W2V_OK;
}

// Reads a whole field as a number.
static inline int csv_number(const char *field, double *value)
{
    char *end = NULL;
    *value = strtod(field, &end);
    return end != field && !*end;
}

// Adds the curves of CSV text, which is changed: the columns whose names end in "loss" over the first column.
// A blank field is no point, nor is a number too large to be drawn, which a training has that diverges.
static inline w2v_status curves_read(curves *c, char *text, const char *path, const char *run, w2v_error *err)
{
    char *field[MOST_CURVES + 1];
    csv_columns columns;
    size_t room = 1, number = 0;
    memset(&columns, 0, sizeof columns);
    for (const char *p = text; *p; p++) room += *p == '\n';
    for (char *line = text, *next; *line; line = next) {
        next = line + strcspn(line, "\n");
        if (*next) *next++ = 0;
        line[strcspn(line, "\r")] = 0;
        const size_t n = csv_split(line, field);
        if (!number++) {
            const w2v_status status = csv_header(c, &columns, field, n, run, room);
            if (status == W2V_OK) continue;
            if (status == W2V_ERROR_MEMORY) snprintf(err->message, sizeof err->message, "out of memory");
            if (status == W2V_ERROR_ARGUMENT)
                snprintf(err->message, sizeof err->message,
                         "'%s' has too many losses: at most %d curves are drawn", path, MOST_CURVES);
            return status;
        }
        for (size_t k = 1; k < n && k < columns.count; k++) {
            loss_curve *to = columns.of[k];
            if (!to || !*field[k]) continue;
            if (!csv_number(field[0], &to->x[to->points]) || !csv_number(field[k], &to->y[to->points])) {
                snprintf(err->message, sizeof err->message, "'%s' line %zu: '%.40s,%.40s' is not two numbers",
                         path, number, field[0], field[k]);
                return W2V_ERROR_FORMAT;
            }
            to->points += fabs(to->x[to->points]) <= 1e18 && fabs(to->y[to->points]) <= 1e18;
        }
    }
    return W2V_OK;
}

// -----------------------------------------------------------------------------------------------------------
// The picture

// The distance of at most `most` ticks in a range: 1, 2 or 5 times a power of ten.
static inline double curves_tick(double range, double most)
{
    const double ten = pow(10.0, floor(log10(range / most)));
    return range / ten <= most         ? ten
           : range / ten <= 2.0 * most ? 2.0 * ten
           : range / ten <= 5.0 * most ? 5.0 * ten
                                       : 10.0 * ten;
}

// A multiple of `tick` as text: with its decimals, and with commas between thousands.
static inline void curves_number(double value, double tick, char out[32])
{
    int decimals = 0;
    double scale = 1.0;
    for (; tick * scale < 0.999 && decimals < 9; decimals++) scale *= 10.0;
    const double digits = floor(fabs(value) * scale + 0.5);
    char text[40];
    const int n = snprintf(text, sizeof text, "%.0f", floor(digits / scale));
    size_t used = 0;
    if (value < 0.0 && digits > 0.0) out[used++] = '-';
    for (int i = 0; i < n && used < 28; i++) {
        if (i && (n - i) % 3 == 0) out[used++] = ',';
        out[used++] = text[i];
    }
    out[used] = 0;
    if (decimals)
        snprintf(out + used, 32 - used, ".%0*.0f", decimals, digits - floor(digits / scale) * scale);
}

// The ranges of all points, from tick to tick on the y axis.
static inline svg_box curves_range(const curves *c)
{
    svg_box r = {HUGE_VAL, HUGE_VAL, -HUGE_VAL, -HUGE_VAL};
    for (size_t i = 0; i < c->count; i++)
        for (size_t k = 0; k < c->curve[i].points; k++) {
            r.x0 = fmin(r.x0, c->curve[i].x[k]);
            r.x1 = fmax(r.x1, c->curve[i].x[k]);
            r.y0 = fmin(r.y0, c->curve[i].y[k]);
            r.y1 = fmax(r.y1, c->curve[i].y[k]);
        }
    if (r.x0 > r.x1) r.x0 = r.y0 = 0.0, r.x1 = r.y1 = 1.0;  // there is no point
    if (r.x0 > 0.0) r.x0 = 0.0;
    if (r.x1 <= r.x0) r.x1 = r.x0 + fmax(fabs(r.x0) / 100.0, 1.0);
    if (r.y1 <= r.y0) r.y1 = r.y0 + fmax(fabs(r.y0), 1.0) / 100.0;
    for (double tick = 0.0; curves_tick(r.y1 - r.y0, 8.0) > tick;) {  // the wider range may have fewer ticks
        tick = curves_tick(r.y1 - r.y0, 8.0);
        r.y0 = tick * floor(r.y0 / tick);
        r.y1 = tick * ceil(r.y1 / tick);
    }
    return r;
}

// Text that ends at x, or has its middle there (anchor "end", "middle").
static inline void curves_text(w2v_file *f, double x, double y, const char *anchor, const char *s)
{
    char attributes[80];
    snprintf(attributes, sizeof attributes, " text-anchor=\"%s\" fill=\"#555\"", anchor);
    svg_start_text(f, x, y, attributes);
    svg_text(f, s, strlen(s));
    svg_say(f, "</text>\n");
}

static inline void curves_line(w2v_file *f, double x0, double y0, double x1, double y1)
{
    svg_number(f, "<line x1=\"", x0);
    svg_number(f, "\" y1=\"", y0);
    svg_number(f, "\" x2=\"", x1);
    svg_number(f, "\" y2=\"", y1);
    svg_say(f, "\"/>\n");
}

static inline void curves_axes(w2v_file *f, const curves *c, svg_box frame, svg_box r)
{
    enum { MOST_TICKS = 20 };
    const double across = (frame.x1 - frame.x0) / (r.x1 - r.x0), up = (frame.y1 - frame.y0) / (r.y1 - r.y0);
    const double x_tick = curves_tick(r.x1 - r.x0, (frame.x1 - frame.x0) / 100.0),
                 y_tick = curves_tick(r.y1 - r.y0, 8.0);
    char number[32];
    // where the ticks are, in the range and in the picture
    double x[MOST_TICKS], y[MOST_TICKS], right[MOST_TICKS], down[MOST_TICKS];
    size_t xs = 0, ys = 0;
    for (; xs < MOST_TICKS; xs++) {
        x[xs] = x_tick * (ceil(r.x0 / x_tick) + (double)xs);
        right[xs] = frame.x0 + (x[xs] - r.x0) * across;
        if (x[xs] > r.x1 + x_tick / 1000.0) break;
    }
    for (; ys < MOST_TICKS; ys++) {
        y[ys] = r.y0 + y_tick * (double)ys;
        down[ys] = frame.y1 - (y[ys] - r.y0) * up;
        if (y[ys] > r.y1 + y_tick / 2.0) break;
    }
    svg_say(f, "<g id=\"ticks\" stroke=\"#e4e4e4\">\n");
    for (size_t i = 1; i + 1 < ys; i++) curves_line(f, frame.x0, down[i], frame.x1, down[i]);
    for (size_t i = 0; i < xs; i++)
        if (right[i] > frame.x0 + 1.0 && right[i] < frame.x1 - 1.0)
            curves_line(f, right[i], frame.y0, right[i], frame.y1);
    svg_say(f, "</g>\n<g id=\"axes\">\n");
    for (size_t i = 0; i < ys; i++) {
        curves_number(y[i], y_tick, number);
        curves_text(f, frame.x0 - 8.0, down[i] + 4.5, "end", number);
    }
    for (size_t i = 0; i < xs; i++) {
        size_t bytes;
        curves_number(x[i], x_tick, number);
        const double most = frame.x1 + SVG_BORDER - 4.0 - svg_width(number, SVG_FONT, 200.0, &bytes) / 2.0;
        curves_text(f, fmin(right[i], most), frame.y1 + 20.0, "middle", number);
    }
    curves_text(f, (frame.x0 + frame.x1) / 2.0, frame.y1 + 42.0, "middle", c->x_name);
    svg_say(f, "</g>\n");
}

static inline void curves_lines(w2v_file *f, const curves *c, svg_box frame, svg_box r)
{
    enum { FEW = 20 };  // points that are marked
    const double across = (frame.x1 - frame.x0) / (r.x1 - r.x0), up = (frame.y1 - frame.y0) / (r.y1 - r.y0);
    svg_say(f, "<g id=\"curves\">\n");
    for (size_t i = 0; i < c->count; i++) {
        const loss_curve *line = &c->curve[i];
        svg_print(
            f,
            "<polyline fill=\"none\" stroke-width=\"1.8\" stroke-linejoin=\"round\" stroke=\"%s\" points=\"",
            svg_colour(i));
        for (size_t k = 0; k < line->points; k++) {
            svg_number(f, k ? " " : "", frame.x0 + (line->x[k] - r.x0) * across);
            svg_number(f, ",", frame.y1 - (line->y[k] - r.y0) * up);
        }
        svg_say(f, "\"/>\n");
        for (size_t k = 0; k < line->points && line->points <= FEW; k++) {
            svg_marker(f, frame.x0 + (line->x[k] - r.x0) * across, frame.y1 - (line->y[k] - r.y0) * up, i);
            svg_say(f, "</circle>\n");
        }
    }
    svg_say(f, "</g>\n");
}

// A bar for each curve, from 0 on, with its name and score above it.
static inline void curves_bars(w2v_file *f, const curves *c, svg_box box)
{
    const double step = fmin(56.0, (box.y1 - box.y0 - 64.0) / (double)(c->count ? c->count : 1));
    double most = c->baseline_name ? c->baseline : 0.0;
    char text[LONGEST_NAME + 32];
    size_t bytes;
    for (size_t i = 0; i < c->count; i++) most = fmax(most, c->curve[i].score);
    const double scale = (box.x1 - box.x0) / (most > 0.0 ? 1.1 * most : 1.0);
    svg_say(f, "<g id=\"bars\">\n");
    svg_start_text(f, box.x0, box.y0 + 12.0, " font-weight=\"bold\"");
    svg_width(c->bars, 1.1 * SVG_FONT, box.x1 - box.x0, &bytes);  // bold letters are wider
    svg_text(f, c->bars, bytes);
    svg_print(f, "%s</text>\n", c->bars[bytes] ? "\xE2\x80\xA6" : "");
    double y = box.y0 + 26.0;
    for (size_t i = 0; i < c->count; i++, y += step) {
        const char *name = c->curve[i].name;
        svg_width(name, SVG_FONT, box.x1 - box.x0 - 64.0, &bytes);
        snprintf(text, sizeof text, "%.*s%s: %.1f", (int)bytes, name, name[bytes] ? "\xE2\x80\xA6" : "",
                 c->curve[i].score);
        svg_start_text(f, box.x0, y + 14.0, "");
        svg_text(f, text, strlen(text));
        svg_number(f, "</text>\n<rect x=\"", box.x0);
        svg_number(f, "\" y=\"", y + 20.0);
        svg_number(f, "\" width=\"", fmax(c->curve[i].score, 0.0) * scale);
        svg_number(f, "\" height=\"", fmax(step - 36.0, 8.0));
        svg_print(f, "\" fill=\"%s\"/>\n", svg_colour(i));
    }
    if (c->baseline_name) {
        svg_say(f, "<g stroke=\"#222\" stroke-dasharray=\"4 3\">");
        const double x = box.x0 + c->baseline * scale;
        curves_line(f, x, box.y0 + 22.0, x, y + 8.0);
        snprintf(text, sizeof text, "%.40s: %.1f", c->baseline_name, c->baseline);
        svg_say(f, "</g>\n");
        curves_text(f, box.x1, y + 24.0, "end", text);
    }
    svg_say(f, "</g>\n");
}

// Writes the picture to path. On failure an earlier picture remains.
static inline w2v_status curves_save(const char *path, const curves *c, w2v_error *err)
{
    static const double left = 72.0, below = 58.0, bars = 280.0;
    const double height = fmax(400.0, c->bars ? 64.0 + 34.0 * (double)c->count : 0.0);
    char text[MOST_CURVES][LONGEST_NAME + 32];
    const char *name[MOST_CURVES];
    svg_picture p;
    w2v_file *f;
    memset(&p, 0, sizeof p);
    p.title = c->title;
    p.note = c->note;
    p.group = name;
    p.groups = c->count;
    for (size_t i = 0; i < c->count; i++) {
        const loss_curve *of = &c->curve[i];
        snprintf(text[i], sizeof *text, of->points ? "%s: %.4g" : "%s", of->name,
                 of->points ? of->y[of->points - 1] : 0.0);
        name[i] = text[i];
    }
    const double right = svg_picture_width(&p) - SVG_BORDER, top = svg_top(&p);
    const svg_box frame = {left, top, c->bars ? right - bars - 40.0 : right, top + height},
                  beside = {right - bars, top, right, top + height}, range = curves_range(c);
    const w2v_status status = w2v_file_create(&f, path, err);
    if (status != W2V_OK) return status;
    svg_begin(f, &p, frame, frame.y1 + below);
    curves_axes(f, c, frame, range);
    curves_lines(f, c, frame, range);
    if (c->bars) curves_bars(f, c, beside);
    svg_say(f, "</svg>\n");
    return w2v_file_commit(f, err);
}

// -----------------------------------------------------------------------------------------------------------
// What a program writes while it trains

typedef struct loss_log {
    const char *path;  // NULL: none
    FILE *file;        // of CSV, written at once
    w2v_buffer text;   // of a picture, which is drawn at the end
    int failed;        // errno of the first line that could not be written
    double due;        // see loss_due
} loss_log;

static inline int is_svg(const char *path)
{
    const size_t n = strlen(path);
    return n > 4 && !strcmp(path + n - 4, ".svg");
}

// Writes a line, which ends in a line feed. Without a file nothing happens.
static inline void loss_say(loss_log *log, const char *line)
{
    if (!log->path) return;
    if (!log->file) {
        if (w2v_buffer_write(line, strlen(line), &log->text) && !log->failed) log->failed = ENOMEM;
    } else if ((fputs(line, log->file) < 0 || fflush(log->file)) && !log->failed) {
        log->failed = errno;
    }
}

#define loss_print(log, ...)                        \
    do {                                            \
        char text_[200];                            \
        snprintf(text_, sizeof text_, __VA_ARGS__); \
        loss_say(log, text_);                       \
    } while (0)

// Whether it is time for a line: about 400 times in a run, and at its end.
static inline int loss_due(loss_log *log, double done, double total)
{
    if (done < log->due && done < total) return 0;
    log->due = done + total / 400.0;
    return 1;
}

// path NULL: nothing is written. more: lines are added to a CSV file that exists. Returns 0 and sets errno on
// failure.
static inline int loss_open(loss_log *log, const char *path, const char *header, int more)
{
    memset(log, 0, sizeof *log);
    log->path = path;
    if (!path) return 1;
    if (!is_svg(path)) {
        log->file = fopen(path, more ? "a" : "w");
        if (!log->file) return 0;
        if (more && !fseek(log->file, 0, SEEK_END) && ftell(log->file) > 0) return 1;
    }
    loss_print(log, "%s\n", header);
    return 1;
}

// Closes the file, or draws the picture if there is a point. On failure err says why.
static inline w2v_status loss_close(loss_log *log, const char *title, w2v_error *err)
{
    curves c;
    w2v_status status = W2V_OK;
    if (!log->path) return W2V_OK;
    memset(&c, 0, sizeof c);
    c.title = title;
    if (log->file && fclose(log->file) && !log->failed) log->failed = errno;
    if (!log->file && !log->failed && w2v_buffer_write("", 1, &log->text)) log->failed = ENOMEM;
    if (log->failed) {
        snprintf(err->message, sizeof err->message, "cannot write '%.400s': %s", log->path,
                 strerror(log->failed));
        status = W2V_ERROR_IO;
    } else if (!log->file) {
        status = curves_read(&c, log->text.data, log->path, NULL, err);
        size_t points = 0;
        for (size_t i = 0; i < c.count; i++) points += c.curve[i].points;
        if (status == W2V_OK && points)
            status = curves_save(log->path, &c, err);
        else if (status == W2V_OK)
            complain("'%s' is not written: there is no loss to draw", log->path);
        curves_free(&c);
    }
    w2v_buffer_free(&log->text);
    return status;
}

// Ends the program after a training that has failed or was stopped. The losses so far are saved.
static inline void loss_die(loss_log *log, const char *title, int exit_status, const char *message)
{
    w2v_error err;
    if (loss_close(log, title, &err) != W2V_OK) complain("%s", err.message);
    die(exit_status, "%s", message);
}

#endif
