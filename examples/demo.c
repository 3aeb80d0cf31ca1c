// SPDX-License-Identifier: MIT-0
//
// demo.c - a corpus made by a small grammar, vectors trained on it, neighbours, analogies and a picture
//
//   demo [-output FOLDER]      writes demo_corpus.txt and word_vectors.svg

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#define PROGRAM "demo"
#include "cli.h"
#include "curves.h"
#include "grammar.h"
#include "svg.h"

enum { SENTENCES = 60000 };

static const char usage[] =
    "usage: demo [-output FOLDER] [-loss FILE]\n"
    "  Trains on a generated corpus, prints neighbours and analogies, and writes the corpus and a\n"
    "  picture of the words: demo_corpus.txt and word_vectors.svg.\n"
    "  -output FOLDER  where to write (.)\n"
    "  -loss FILE      draws the losses, if FILE ends in .svg, or else writes them as CSV\n";

static void print_neighbours(const w2v_model *m, const char *word)
{
    w2v_match top[4];
    size_t n;
    w2v_model_nearest(m, word, top, 4, &n, NULL);
    printf("  %-10s", word);
    for (size_t i = 0; i < n; i++)
        printf(" %s %.2f%s", top[i].word, (double)top[i].score, i + 1 < n ? "," : "\n");
}

// Adds the first two words of every row of a table; returns the new number of words.
static size_t add_pairs(const char **pair, size_t n, const char *const *table, size_t rows, size_t columns)
{
    for (size_t i = 0; i < rows; i++)
        for (size_t k = 0; k < 2; k++) pair[n++] = table[i * columns + k];
    return n;
}

// Prints b - a + c = and the answer, then asks the same of every two pairs of words: first word to second
// word, as the other first word to which? Returns whether the printed answer is the expected one.
static int print_analogies(const w2v_model *m, const char *a, const char *b, const char *c,
                           const char *expected, const char *const *pair, size_t words)
{
    w2v_match top[1];
    size_t n;
    if (w2v_model_analogy(m, a, b, c, top, 1, &n, NULL) != W2V_OK || !n) return 0;
    const int right = !strcmp(top[0].word, expected);
    char line[128];
    snprintf(line, sizeof line, "%s - %s + %s = %s%s%s", b, a, c, top[0].word, right ? "" : ", not ",
             right ? "" : expected);
    size_t asked = 0, answered = 0;
    for (size_t i = 0; i < words; i += 2)
        for (size_t j = 0; j < words; j += 2) {
            if (i == j) continue;
            if (w2v_model_analogy(m, pair[i], pair[i + 1], pair[j], top, 1, &n, NULL) != W2V_OK || !n)
                continue;
            asked++;
            answered += !strcmp(top[0].word, pair[j + 1]);
        }
    printf("  %-34s  %zu of %zu such questions right\n", line, answered, asked);
    return right;
}

// The words of the picture in their groups.
static void choose_words(const w2v_model *m, svg_picture *p)
{
    grouped_word list[GROUPED_WORDS];
    const size_t n = group_words(list);
    for (size_t i = 0; i < n; i++)
        p->points = add_words(m, p->point, p->points, list[i].group, &list[i].word, 1);
    p->group = grammar_group;
    p->groups = COUNT(grammar_group);
}

static void write_text(const char *path, const char *text, size_t bytes)
{
    w2v_error err;
    w2v_file *f;
    w2v_status status = w2v_file_create(&f, path, &err);
    if (status == W2V_OK) {
        w2v_file_write(text, bytes, f);  // a failure shows now:
        status = w2v_file_commit(f, &err);
    }
    if (status != W2V_OK) die(1, "%s", err.message);
}

static int show_progress(const w2v_progress *p, void *user)
{
    (void)user;
    if (p->phase != W2V_PHASE_TRAIN || !isatty(fileno(stderr))) return interrupted;
    show_bar("training", p->fraction);
    fprintf(stderr, "  %.3f M words/s  %s", p->words_per_second / 1e6,
            p->fraction >= 1.0 || interrupted ? "\n" : "");
    return interrupted;
}

// Small vectors, the same on every machine, whether the loss is computed or not. With this seed the picture
// has room for all labels.
static w2v_model *train(const char *text, size_t bytes, const char *losses)
{
    static const char title[] = "Loss of the demo";
    w2v_config cfg = w2v_config_default();
    cfg.dim = 32;
    cfg.window = 3;
    cfg.epochs = 10;
    cfg.learning_rate = 0.05f;
    cfg.sample = 0.0;  // in a small vocabulary all words are frequent
    cfg.seed = 5;
    cfg.progress_fn = show_progress;
    cfg.loss_every = losses ? 1 : 0;
    const w2v_source source = w2v_source_text(text, bytes);
    w2v_train_report report;
    w2v_trainer *t;
    w2v_error err;
    w2v_model *m = NULL;
    loss_log log;
    if (!loss_open(&log, losses, "words,loss", 0)) die(1, "cannot write '%s': %s", losses, strerror(errno));
    catch_signals();
    w2v_status status = w2v_trainer_new(&t, &source, 1, &cfg, NULL, NULL, &err);
    while (status == W2V_OK && !w2v_trainer_done(t)) {
        w2v_trainer_report(t, &report);
        status = w2v_trainer_run(t, losses ? report.total / 100 + 1 : UINT64_MAX, &err);
        w2v_trainer_report(t, &report);
        if (status == W2V_OK) loss_print(&log, "%llu,%.6g\n", (unsigned long long)report.done, report.loss);
    }
    if (status == W2V_OK) status = w2v_trainer_take_model(t, &m, &err);
    if (status != W2V_OK)
        loss_die(&log, title, status == W2V_ERROR_STOPPED ? interrupted_status() : 1, err.message);
    if (loss_close(&log, title, &err) != W2V_OK) die(1, "%s", err.message);
    w2v_trainer_free(t);
    return m;
}

int main(int argc, char **argv)
{
    const char *folder = ".", *losses = NULL;
    for (int i = 1; i < argc; i++) {
        const char *name = option_name(argv, i, usage);
        if (strcmp(name, "-output") && strcmp(name, "-loss"))
            die(2, "unknown option '%s' (-help explains)", argv[i]);
        *(strcmp(name, "-loss") ? &folder : &losses) = option_value(argv, &i);
    }
    check_folder(folder);
    const file_name corpus = in_folder(folder, "demo_corpus.txt"),
                    picture = in_folder(folder, "word_vectors.svg");
    refuse_same("-loss", losses, "the corpus", corpus.path);
    refuse_same("-loss", losses, "the picture", picture.path);

    size_t bytes;
    char *text = make_corpus(SENTENCES, &bytes);
    if (!text) die(1, "out of memory");
    write_text(corpus.path, text, bytes);
    printf("%s: %d sentences\n", corpus.path, SENTENCES);
    fflush(stdout);
    w2v_model *m = train(text, bytes, losses);
    free(text);

    printf("\nnearest words\n");
    static const char *const words[] = {"king", "mother", "france", "dog", "snow", "wonderful"};
    for (size_t i = 0; i < COUNT(words); i++) print_neighbours(m, words[i]);
    printf("\nanalogies\n");
    const char *gender[2 * (COUNT(royalty) + COUNT(family))], *capital[2 * COUNT(country)],
        *young[2 * COUNT(animal)];
    size_t n = add_pairs(gender, 0, royalty[0], COUNT(royalty), 3);
    n = add_pairs(gender, n, family[0], COUNT(family), 3);
    int right = print_analogies(m, "man", "king", "woman", "queen", gender, n);
    n = add_pairs(capital, 0, country[0], COUNT(country), 4);
    right += print_analogies(m, "france", "paris", "germany", "berlin", capital, n);
    n = add_pairs(young, 0, animal[0], COUNT(animal), 3);
    right += print_analogies(m, "dog", "puppy", "cat", "kitten", young, n);

    svg_point point[128];
    svg_picture p;
    memset(&p, 0, sizeof p);
    p.title = "Words of the demo's grammar (vectors scaled to length 1)";
    p.point = point;
    choose_words(m, &p);
    w2v_normalize_rows(m->input, m->size * m->stride, &m->stride);
    w2v_error err;
    if (draw_words(picture.path, m, &p, &err) != W2V_OK) die(1, "%s", err.message);
    printf("\n%s: %zu words on two principal components, in the colours of their groups\n", picture.path,
           p.points);
    w2v_model_free(m);
    check_output();
    return right == 3 ? 0 : 1;
}
