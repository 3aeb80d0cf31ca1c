// SPDX-License-Identifier: MIT-0
//
// plot.c - a picture of words from any vector file; with -tsv 1 also the files of the TensorFlow embedding
// projector
//
//   plot [-n 60] [-output FOLDER] [-tsv 1] VECTORS [WORD...]      writes plot.svg
//   plot -map 1 VECTORS                                           a map of the most frequent words

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#define PROGRAM "plot"
#include "cli.h"
#include "map.h"

enum { MAX_WORDS = 1000 };

static const char usage[] =
    "usage: plot [options] VECTORS [WORD...]\n"
    "  Draws the words on two principal components: plot.svg.\n"
    "  -n N            draw the first N words of the file if none is named, at most 1000 (60; map: 400)\n"
    "  -map 1          draw a map instead: similar words near each other, in groups by k-means (0)\n"
    "  -groups N       of the map, at most 20 (10)\n"
    "  -output FOLDER  where to write (.)\n"
    "  -tsv 1          also write all vectors for projector.tensorflow.org: vectors.tsv, metadata.tsv (0)\n";

// The words that were named; without any, the first `most` of the file that begin with a letter.
static size_t choose(const w2v_model *m, svg_point *point, char **words, int count, size_t most)
{
    size_t found = 0;
    if (count > MAX_WORDS) die(2, "at most %d words can be drawn, not %d", MAX_WORDS, count);
    for (int i = 0; i < count; i++) {
        if (w2v_vocab_find(m->vocab, words[i]) == W2V_NONE) die(1, "'%s' is not in the vocabulary", words[i]);
        point[found++].name = words[i];
    }
    return count ? found : frequent_words(m, point, most);
}

static void draw_chosen(const w2v_model *m, char **arguments, int count, size_t most, const char *path)
{
    static svg_point point[MAX_WORDS];
    svg_picture p;
    w2v_error err;
    memset(&p, 0, sizeof p);
    p.point = point;
    p.points = choose(m, point, arguments + 1, count - 1, most);
    if (!p.points) die(1, "there is no word to draw");
    p.title = arguments[0];
    if (draw_words(path, m, &p, &err) != W2V_OK) die(1, "%s", err.message);
    printf("%s: %zu word%s on two principal components\n", path, p.points, p.points == 1 ? "" : "s");
}

int main(int argc, char **argv)
{
    const char *folder = ".";
    size_t most = SIZE_MAX, groups = MAP_GROUPS;
    int tsv = 0, map = 0;
    int arg = 1;
    for (; arg < argc && argv[arg][0] == '-'; arg++) {
        const char *name = option_name(argv, arg, usage), *value = option_value(argv, &arg);
        if (!strcmp(name, "-n"))
            most = size_number(name, value, MAX_WORDS);
        else if (!strcmp(name, "-map"))
            map = (int)whole_number(name, value, 1);
        else if (!strcmp(name, "-groups"))
            groups = size_number(name, value, MAP_MOST_GROUPS);
        else if (!strcmp(name, "-output"))
            folder = value;
        else if (!strcmp(name, "-tsv"))
            tsv = (int)whole_number(name, value, 1);
        else
            die(2, "unknown option '%s' (-help lists them)", name);
    }
    if (arg >= argc) die(2, "the name of a vector file is missing (-help explains)");
    if (map && arg + 1 < argc) die(2, "-map 1 draws the most frequent words, and none that are named");
    if (!groups) die(2, "-groups must be at least 1");
    if (most == SIZE_MAX) most = map ? MAP_WORDS : 60;
    check_folder(folder);
    const file_name picture = in_folder(folder, "plot.svg"), vectors = in_folder(folder, "vectors.tsv"),
                    metadata = in_folder(folder, "metadata.tsv");
    w2v_load_report report;
    w2v_error err;
    w2v_model *m = load_model(argv[arg], w2v_load_config_default(), &report);
    const file_name words = words_beside(argv[arg], report.format);
    if (tsv) {
        refuse_overwriting("-tsv 1", vectors.path, argv[arg]);
        refuse_overwriting("-tsv 1", vectors.path, words.path);
        refuse_overwriting("-tsv 1", metadata.path, argv[arg]);
        refuse_overwriting("-tsv 1", metadata.path, words.path);
    }
    if (map) {
        if (draw_map(picture.path, m, argv[arg], most, groups, &err) != W2V_OK) die(1, "%s", err.message);
        printf("%s: a map of words\n", picture.path);
    } else {
        draw_chosen(m, argv + arg, argc - arg, most, picture.path);
    }
    if (tsv) {
        if (w2v_model_save(m, vectors.path, W2V_FORMAT_TSV, &err) != W2V_OK) die(1, "%s", err.message);
        printf("%s, %s: all %zu words for projector.tensorflow.org\n", vectors.path, metadata.path, m->size);
    }
    w2v_model_free(m);
    check_output();
    return 0;
}
