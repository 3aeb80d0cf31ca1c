// SPDX-License-Identifier: MIT-0
//
// minimal.c - trains on a text file and prints the neighbours of a word: minimal corpus.txt king

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    static const char usage[] =
        "usage: minimal CORPUS WORD   (trains on a text and prints the ten nearest words)";
    if (argc == 2 && (!strcmp(argv[1], "-help") || !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
        printf("%s\n", usage);
        return 0;
    }
    if (argc == 2 && (!strcmp(argv[1], "-version") || !strcmp(argv[1], "--version"))) {
        printf("minimal %s\n", W2V_VERSION);
        return 0;
    }
    if (argc != 3) {
        fprintf(stderr, "%s\n", usage);
        return 2;
    }

    w2v_error err;
    w2v_model *m;
    w2v_config cfg = w2v_config_default();  // for a small text: cfg.min_count = 1; cfg.sample = 0;
    if (w2v_train_file(&m, argv[1], &cfg, &err) != W2V_OK) {
        fprintf(stderr, "minimal: %s\n", err.message);
        return 1;
    }
    w2v_match match[10];
    size_t n;
    const w2v_status status = w2v_model_nearest(m, argv[2], match, 10, &n, &err);
    if (status != W2V_OK) fprintf(stderr, "minimal: %s\n", err.message);
    for (size_t i = 0; i < n; i++) printf("%-20s %.3f\n", match[i].word, (double)match[i].score);
    w2v_model_free(m);
    if (fflush(stdout) || ferror(stdout)) {
        fprintf(stderr, "minimal: cannot write to standard output\n");
        return 1;
    }
    return status != W2V_OK;
}
