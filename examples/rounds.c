// SPDX-License-Identifier: MIT-0
//
// rounds.c - trains a tenth at a time and prints the neighbours of a word after each: rounds corpus.txt king

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include <stdio.h>

#define PROGRAM "rounds"
#include "cli.h"

int main(int argc, char **argv)
{
    static const char usage[] =
        "usage: rounds CORPUS WORD   (trains a tenth at a time; prints the nearest words after each)\n";
    if (argc > 1) option_name(argv, 1, usage);
    if (argc != 3) {
        fputs(usage, stderr);
        return 2;
    }
    const w2v_source source = w2v_source_file(argv[1]);
    w2v_config cfg = w2v_config_default();  // for a small text: cfg.min_count = 1; cfg.sample = 0;
    w2v_trainer *t;
    w2v_error err;
    if (w2v_trainer_new(&t, &source, 1, &cfg, NULL, NULL, &err) != W2V_OK) die(1, "%s", err.message);
    w2v_train_report report;
    w2v_trainer_report(t, &report);
    const uint64_t tenth = report.total / 10 + 1;
    while (!w2v_trainer_done(t)) {
        if (w2v_trainer_run(t, tenth, &err) != W2V_OK) die(1, "%s", err.message);
        w2v_trainer_report(t, &report);
        w2v_match match[5];
        size_t n;
        if (w2v_model_nearest(w2v_trainer_model(t), argv[2], match, 5, &n, &err) != W2V_OK)
            die(1, "%s", err.message);
        printf("%3.0f %%:", 100.0 * (double)report.done / (double)report.total);
        for (size_t i = 0; i < n; i++) printf("  %s %.2f", match[i].word, (double)match[i].score);
        printf("\n");
        fflush(stdout);
    }
    w2v_trainer_free(t);
    check_output();
    return 0;
}
