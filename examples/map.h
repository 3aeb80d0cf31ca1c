// SPDX-License-Identifier: MIT-0
//
// map.h - a map of the most frequent words: t-SNE puts words with similar vectors beside each other, and
// k-means divides them into groups, which the legend names by their most typical words
//
// After w2v.h.

#ifndef MAP_H
#define MAP_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "svg.h"
#include "utf8.h"

enum { MAP_WORDS = 400, MAP_GROUPS = 10, MAP_MOST_GROUPS = 20 };

// The first `most` words that begin with a letter; returns how many there are. A vocabulary begins with its
// most frequent words.
static inline size_t frequent_words(const w2v_model *m, svg_point *point, size_t most)
{
    size_t n = 0;
    for (uint32_t id = 0; id < m->size && n < most; id++) {
        const char *word = w2v_vocab_word(m->vocab, id);
        if (begins_with_letter(word)) point[n++].name = word;
    }
    return n;
}

// -----------------------------------------------------------------------------------------------------------
// t-SNE (van der Maaten and Hinton 2008): places points in the plane so that their neighbours stay near

// p (n): the probabilities ~ e^(-b distance) of choosing a neighbour of point i, with the b for which their
// entropy is log(neighbours).
static inline void map_choices(const double *distance, size_t n, size_t i, double neighbours, double *p)
{
    double low = 0.0, high = HUGE_VAL, b = 1.0, nearest = HUGE_VAL;
    for (size_t j = 0; j < n; j++) nearest = j == i ? nearest : fmin(nearest, distance[j]);
    for (int round = 0; round < 60; round++) {
        double sum = 0.0, mean = 0.0;
        for (size_t j = 0; j < n; j++) {
            p[j] = j == i ? 0.0 : exp(-b * (distance[j] - nearest));
            sum += p[j];
            mean += p[j] * (distance[j] - nearest);
        }
        for (size_t j = 0; j < n; j++) p[j] /= sum;
        if (log(sum) + b * mean / sum > log(neighbours))
            low = b;
        else
            high = b;
        b = high < HUGE_VAL ? (low + high) / 2.0 : 2.0 * b;
    }
}

// p (n, n): how strongly two points attract each other. rows (n, d) have length 1. distance (n) is scratch.
static inline void map_attraction(const float *rows, size_t n, size_t d, double *distance, double *p)
{
    const double neighbours = fmin(20.0, (double)(n - 1) / 3.0);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) distance[j] = 1.0 - (double)w2v_dot(rows + i * d, rows + j * d, d);
        map_choices(distance, n, i, neighbours, p + i * n);
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            p[i * n + j] = p[j * n + i] = (p[i * n + j] + p[j * n + i]) / (2.0 * (double)n);
}

// pull and push (n, 2): the two parts of the gradient of the layout xy (n, 2), the second to be divided by
// the sum that is returned.
static inline double map_gradient(const double *p, size_t n, const double *xy, double *pull, double *push)
{
    double sum = 0.0;
    memset(pull, 0, 2 * n * sizeof *pull);
    memset(push, 0, 2 * n * sizeof *push);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++) {
            const double x = xy[2 * i] - xy[2 * j], y = xy[2 * i + 1] - xy[2 * j + 1];
            const double near = 1.0 / (1.0 + x * x + y * y), a = p[i * n + j] * near, b = near * near;
            sum += 2.0 * near;
            pull[2 * i] += a * x, pull[2 * i + 1] += a * y;
            pull[2 * j] -= a * x, pull[2 * j + 1] -= a * y;
            push[2 * i] += b * x, push[2 * i + 1] += b * y;
            push[2 * j] -= b * x, push[2 * j + 1] -= b * y;
        }
    return sum;
}

// Moves xy (n, 2), which starts as it is, to a layout. work (8 n) is scratch.
static inline void map_layout(const double *p, size_t n, double *xy, double *work)
{
    enum { ITERATIONS = 750, EARLY = 250 };
    double *pull = work, *push = work + 2 * n, *move = work + 4 * n, *gain = work + 6 * n;
    for (size_t k = 0; k < 2 * n; k++) move[k] = 0.0, gain[k] = 1.0;
    for (int iteration = 0; iteration < ITERATIONS; iteration++) {
        const int early = iteration < EARLY;
        const double sum = map_gradient(p, n, xy, pull, push), exaggeration = early ? 12.0 : 1.0;
        for (size_t k = 0; k < 2 * n; k++) {
            const double g = 4.0 * (exaggeration * pull[k] - push[k] / sum);
            gain[k] = (g > 0.0) == (move[k] > 0.0) ? fmax(0.8 * gain[k], 0.01) : gain[k] + 0.2;
            move[k] = (early ? 0.5 : 0.8) * move[k] - 50.0 * gain[k] * g;
            xy[k] += move[k];
        }
    }
}

// Sets the places of points whose vectors are rows (n, d), each of length 1. It starts with the principal
// components, or on a circle if there are none.
static inline w2v_status map_place(const float *rows, size_t n, size_t d, svg_point *point, w2v_error *err)
{
    const w2v_matrix all = w2v_matrix_of(rows, n, d, d);
    float *plane = (float *)calloc(2 * n, sizeof *plane);
    double *p = (double *)calloc(n * (n + 11), sizeof *p), *xy = p ? p + n * n : NULL, spread = 0.0;
    const w2v_matrix start = w2v_matrix_of(plane, n, 2, 2);
    snprintf(err->message, sizeof err->message, "out of memory for a map of %zu words", n);
    w2v_status status = plane && p ? W2V_OK : W2V_ERROR_MEMORY;
    if (status == W2V_OK && d > 1) status = w2v_pca(&all, &start, err);
    if (status == W2V_OK) {
        for (size_t k = 0; k < 2 * n; k++) spread = fmax(spread, fabs((double)plane[k]));
        for (size_t k = 0; k < 2 * n; k++) {
            const double circle = k % 2 ? sin((double)(k / 2)) : cos((double)(k / 2));
            xy[k] = 1e-3 * (spread > 0.0 ? (double)plane[k] / spread : circle);
        }
        if (n > 3) {
            map_attraction(rows, n, d, xy + 2 * n, p);
            map_layout(p, n, xy, xy + 3 * n);
        }
        for (size_t i = 0; i < n; i++) point[i].x = xy[2 * i], point[i].y = xy[2 * i + 1];
    }
    free(plane);
    free(p);
    return status;
}

// -----------------------------------------------------------------------------------------------------------
// The map

// The words nearest to the centre of group g, three at most.
static inline void map_name(const float *rows, size_t n, size_t d, const svg_point *point, size_t g,
                            const float *centre, char name[128])
{
    size_t chosen[3], used = 0;
    for (size_t k = 0; k < 3; k++) {
        size_t best = n;
        float nearest = -2.0f;
        for (size_t i = 0; i < n; i++) {
            const float cosine = w2v_dot(rows + i * d, centre, d);
            int free_to_choose = point[i].group == g && cosine > nearest;
            for (size_t b = 0; b < k; b++) free_to_choose &= chosen[b] != i;
            if (free_to_choose) best = i, nearest = cosine;
        }
        chosen[k] = best;
        if (best == n) return;
        size_t bytes = strlen(point[best].name), most = 30;
        while (most && bytes > most && ((unsigned char)point[best].name[most] & 0xC0) == 0x80)
            most--;  // a whole character
        used +=
            (size_t)snprintf(name + used, 128 - used, "%s%.*s", k ? ", " : "", (int)most, point[best].name);
    }
}

// Divides the points into at most *groups groups that have names.
static inline w2v_status map_group(const float *rows, size_t n, size_t d, svg_point *point, size_t *groups,
                                   char name[MAP_MOST_GROUPS][128], w2v_error *err)
{
    const w2v_matrix all = w2v_matrix_of(rows, n, d, d);
    const size_t most = *groups < n ? *groups : n;
    uint32_t *class_of = (uint32_t *)calloc(n, sizeof *class_of);
    float *centre = (float *)calloc(most * d, sizeof *centre);
    const w2v_matrix centres = w2v_matrix_of(centre, most, d, d);
    snprintf(err->message, sizeof err->message, "out of memory for a map of %zu words", n);
    w2v_status status = class_of && centre ? W2V_OK : W2V_ERROR_MEMORY;
    if (status == W2V_OK) status = w2v_kmeans(&all, most, NULL, class_of, &centres, NULL, err);
    *groups = 0;
    for (size_t c = 0; c < most && status == W2V_OK; c++) {
        size_t members = 0;
        for (size_t i = 0; i < n; i++)
            if (class_of[i] == c) point[i].group = *groups, members++;
        if (!members) continue;  // fewer directions than groups
        map_name(rows, n, d, point, *groups, centre + c * d, name[*groups]);
        ++*groups;
    }
    free(class_of);
    free(centre);
    return status;
}

// Draws a map of the `words` most frequent words in at most MAP_MOST_GROUPS groups. On failure an earlier
// picture remains.
static inline w2v_status draw_map(const char *path, const w2v_model *m, const char *title, size_t words,
                                  size_t groups, w2v_error *err)
{
    char name[MAP_MOST_GROUPS][128] = {{0}}, note[160];
    const char *group[MAP_MOST_GROUPS];
    svg_picture p;
    memset(&p, 0, sizeof p);
    if (words > m->size) words = m->size;
    p.point = (svg_point *)calloc(words + 1, sizeof *p.point);
    float *rows = (float *)calloc(words * m->dim + 1, sizeof *rows);
    snprintf(err->message, sizeof err->message, "out of memory for a map of %zu words", words);
    w2v_status status = p.point && rows ? W2V_OK : W2V_ERROR_MEMORY;
    if (status == W2V_OK) p.points = words = frequent_words(m, p.point, words);
    if (status == W2V_OK && !words) {
        snprintf(err->message, sizeof err->message, "there is no word to draw");
        status = W2V_ERROR_EMPTY;
    }
    if (status == W2V_OK) {
        size_t dim = m->dim;
        for (size_t i = 0; i < words; i++)
            memcpy(rows + i * dim, w2v_model_vector(m, p.point[i].name), dim * sizeof *rows);
        w2v_normalize_rows(rows, words * dim, &dim);
        p.groups = groups;
        for (size_t g = 0; g < groups; g++) group[g] = name[g];
        status = map_group(rows, words, dim, p.point, &p.groups, name, err);
    }
    if (status == W2V_OK) status = map_place(rows, words, m->dim, p.point, err);
    if (status == W2V_OK) {
        snprintf(
            note, sizeof note,
            "The %zu most frequent words: similar ones are near each other (t-SNE); colours are groups by "
            "k-means, named by their most typical words",
            words);
        p.title = title;
        p.note = note;
        p.group = group;
        p.width = fmax(960.0, 68.0 * sqrt((double)words));
        p.height = 0.85 * p.width;
        status = svg_save(path, &p, err);
    }
    free(p.point);
    free(rows);
    return status;
}

#endif
