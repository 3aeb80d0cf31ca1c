// SPDX-License-Identifier: MIT-0
//
// curves.c - the losses that programs have written with -loss FILE.csv, those of several runs in one picture
//
//   curves -name 'step 0.3' a.csv -name 'step 0.1' b.csv      writes curves.svg

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#define PROGRAM "curves"
#include "cli.h"
#include "curves.h"

static const char usage[] =
    "usage: curves [options] [-name TEXT] [-score X] FILE.csv...\n"
    "  Draws the columns whose names end in \"loss\" over the first column.\n"
    "  -name TEXT           what the run of the next file is called\n"
    "  -score X             how long its bar is\n"
    "  -bars TEXT           the heading of the bars, which stand beside the curves (no bars)\n"
    "  -baseline X          where a dashed line crosses the bars\n"
    "  -baseline-name TEXT  what the line is (no line)\n"
    "  -title TEXT\n"
    "  -note TEXT           a smaller line below the title\n"
    "  -output FILE         (curves.svg)\n";

static void add_file(curves *c, const char *path, const char *run, double score)
{
    size_t bytes;
    const size_t before = c->count;
    char *text = read_text(path, &bytes), x_name[LONGEST_NAME];
    w2v_error err;
    memcpy(x_name, c->x_name, sizeof x_name);
    const w2v_status status = curves_read(c, text, path, run, &err);
    if (status != W2V_OK) die(status == W2V_ERROR_ARGUMENT ? 2 : 1, "%s", err.message);
    if (before == c->count) die(1, "'%s' has no column whose name ends in 'loss'", path);
    if (before && strcmp(x_name, c->x_name))
        die(1, "'%s' has losses over '%s', the file before over '%s'", path, c->x_name, x_name);
    for (size_t i = before; i < c->count; i++) c->curve[i].score = score;
    free(text);
}

int main(int argc, char **argv)
{
    static curves c;
    const char *output = "curves.svg", *run = NULL;
    double score = 0.0;
    w2v_error err;
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] != '-') {
            add_file(&c, argv[i], run, score);
            run = NULL;
            score = 0.0;
            continue;
        }
        const char *name = option_name(argv, i, usage), *value = option_value(argv, &i);
        if (!strcmp(name, "-name"))
            run = value;
        else if (!strcmp(name, "-score"))
            score = real_number(name, value, 0.0, 1e9);
        else if (!strcmp(name, "-bars"))
            c.bars = value;
        else if (!strcmp(name, "-baseline"))
            c.baseline = real_number(name, value, 0.0, 1e9);
        else if (!strcmp(name, "-baseline-name"))
            c.baseline_name = value;
        else if (!strcmp(name, "-title"))
            c.title = value;
        else if (!strcmp(name, "-note"))
            c.note = value;
        else if (!strcmp(name, "-output"))
            output = value;
        else
            die(2, "unknown option '%s' (-help lists them)", name);
    }
    if (!c.count) die(2, "the name of a file of losses is missing (-help explains)");
    for (int i = 1; i < argc; i++)
        if (argv[i][0] == '-')
            i++;  // and its value
        else
            refuse_overwriting("-output", output, argv[i]);
    if (curves_save(output, &c, &err) != W2V_OK) die(1, "%s", err.message);
    printf("%s: %zu curve%s\n", output, c.count, c.count == 1 ? "" : "s");
    curves_free(&c);
    check_output();
    return 0;
}
