// SPDX-License-Identifier: MIT-0
//
// plot.c - a picture of words from any vector file, and the files of the TensorFlow embedding projector
//
//   build/plot [-n 60] [-output FOLDER] VECTORS [WORD...]      without words: the most frequent ones
//
// writes FOLDER/plot.svg, FOLDER/vectors.tsv and FOLDER/metadata.tsv (FOLDER: build)

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include "common.h"

enum { MAX_WORDS = 1000 };

// The words asked for; without any, the first n of the file, but no punctuation and no end of sentence.
static size_t choose(const w2v_model *m, uint32_t *ids, char **words, int count, size_t n)
{
    size_t found = 0;
    if (count > MAX_WORDS) die(2, "plot", "at most %d words can be drawn, not %d", MAX_WORDS, count);
    for (int i = 0; i < count; i++) {
        ids[found] = w2v_vocab_find(m->vocab, words[i]);
        if (ids[found] == W2V_NONE) die(1, "plot", "'%s' is not in the vocabulary", words[i]);
        found++;
    }
    for (uint32_t id = 0; !count && id < m->size && found < n; id++) {
        const unsigned char first = (unsigned char)w2v_vocab_word(m->vocab, id)[0];
        if (first >= 0x80 || (first >= 'A' && first <= 'Z') || (first >= 'a' && first <= 'z')) ids[found++] = id;
    }
    return found;
}

int main(int argc, char **argv)
{
    const char *folder = "build";
    size_t n = 60;
    int arg = 1;
    for (; arg + 1 < argc && argv[arg][0] == '-'; arg += 2) {
        if (!strcmp(argv[arg], "-n"))
            n = (size_t)whole_number("plot", "-n", argv[arg + 1], MAX_WORDS);
        else if (!strcmp(argv[arg], "-output"))
            folder = argv[arg + 1];
        else
            die(2, "plot", "unknown option '%s'", argv[arg]);
    }
    if (arg >= argc || argv[arg][0] == '-') die(2, "plot", "usage: plot [-n WORDS] [-output FOLDER] VECTORS [WORD...]");
    if (!*folder || strlen(folder) > 1000)
        die(2, "plot", "-output takes a name of 1 to 1000 bytes, not one of %zu", strlen(folder));

    w2v_model *m;
    w2v_error err;
    if (w2v_load(&m, argv[arg], &err) != W2V_OK) die(1, "plot", "%s", err.message);
    static uint32_t ids[MAX_WORDS];
    const size_t found = choose(m, ids, argv + arg + 1, argc - arg - 1, n);
    if (!found) die(1, "plot", "there is no word to draw");
    char picture[1024], vectors[1024], metadata[1024];
    snprintf(picture, sizeof picture, "%s/plot.svg", folder);
    snprintf(vectors, sizeof vectors, "%s/vectors.tsv", folder);
    snprintf(metadata, sizeof metadata, "%s/metadata.tsv", folder);
    if (draw_words(picture, m, ids, found, &err) != W2V_OK) die(1, "plot", "%s", err.message);
    if (w2v_save_tsv(m, vectors, metadata, &err) != W2V_OK) die(1, "plot", "%s", err.message);
    printf("%s: %zu words on two principal components\n%s, %s: all %zu words for projector.tensorflow.org\n", picture, found,
           vectors, metadata, m->size);
    w2v_free(m);
    return 0;
}
