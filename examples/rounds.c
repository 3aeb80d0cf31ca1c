// SPDX-License-Identifier: MIT-0
//
// rounds.c - trains a tenth at a time and prints the neighbours of a word after each
//
//   rounds corpus.txt king
//   rounds -loss losses.svg corpus.txt king

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include <stdio.h>

#define PROGRAM "rounds"
#include "cli.h"
#include "curves.h"

static int on_progress(const w2v_progress *p, void *user)
{
    (void)p, (void)user;
    return interrupted;
}

int main(int argc, char **argv)
{
    static const char usage[] =
        "usage: rounds [-loss FILE] CORPUS WORD\n"
        "  Trains a tenth at a time; prints the nearest words after each.\n"
        "  -loss FILE      draws the losses, if FILE ends in .svg, or else writes them as CSV\n";
    static const char title[] = "Loss of skip-gram with negative sampling";
    const char *losses = NULL;
    int arg = 1;
    for (; arg < argc && argv[arg][0] == '-'; arg++) {
        if (strcmp(option_name(argv, arg, usage), "-loss"))
            die(2, "unknown option '%s' (-help explains)", argv[arg]);
        losses = option_value(argv, &arg);
    }
    if (argc - arg != 2) {
        fputs(usage, stderr);
        return 2;
    }
    const char *word = argv[arg + 1];
    const w2v_source source = w2v_source_file(argv[arg]);
    w2v_config cfg = w2v_config_default();  // for a small text: cfg.min_count = 1; cfg.sample = 0;
    cfg.loss_every = losses ? 16 : 0;
    cfg.progress_fn = on_progress;
    w2v_trainer *t;
    w2v_error err;
    loss_log log;
    refuse_overwriting("-loss", losses, argv[arg]);
    if (losses && w2v_check_writable(losses, &err) != W2V_OK) die(1, "%s", err.message);
    catch_signals();
    w2v_status status = w2v_trainer_new(&t, &source, 1, &cfg, NULL, NULL, &err);
    if (status != W2V_OK) die(status == W2V_ERROR_STOPPED ? interrupted_status() : 1, "%s", err.message);
    if (w2v_vocab_find(w2v_trainer_model(t)->vocab, word) == W2V_NONE)
        die(1, "'%s' is not in the vocabulary", word);
    w2v_train_report report;
    w2v_trainer_report(t, &report);
    const uint64_t tenth = report.total / 10 + 1;
    if (!loss_open(&log, losses, "words,loss", 0)) die(1, "cannot write '%s': %s", losses, strerror(errno));
    while (!w2v_trainer_done(t)) {
        status = w2v_trainer_run(t, tenth, &err);
        if (status != W2V_OK) break;
        w2v_trainer_report(t, &report);
        loss_print(&log, "%llu,%.6g\n", (unsigned long long)report.done, report.loss);
        w2v_match match[5];
        size_t n;
        status = w2v_model_nearest(w2v_trainer_model(t), word, match, 5, &n, &err);
        if (status != W2V_OK) break;
        printf("%3.0f %%:", 100.0 * (double)report.done / (double)report.total);
        for (size_t i = 0; i < n; i++) printf("  %s %.2f", match[i].word, (double)match[i].score);
        printf("\n");
        if (fflush(stdout)) loss_die(&log, title, 1, "cannot write to standard output");
    }
    if (status != W2V_OK)
        loss_die(&log, title, status == W2V_ERROR_STOPPED ? interrupted_status() : 1, err.message);
    if (loss_close(&log, title, &err) != W2V_OK) die(1, "%s", err.message);
    w2v_trainer_free(t);
    check_output();
    return 0;
}
