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
#include "svg.h"

enum { SENTENCES = 60000 };

static const char usage[] =
    "usage: demo [-output FOLDER] [-loss FILE]\n"
    "  Trains on a generated corpus, prints neighbours and analogies, and writes the corpus and a\n"
    "  picture of the words: demo_corpus.txt and word_vectors.svg.\n"
    "  -output FOLDER  where to write (.)\n"
    "  -loss FILE      writes the losses to FILE.csv, or draws them as FILE.svg\n";

// A template is a sentence with slots. A slot is a letter after %. All slots of a sentence are about the same
// person, country or animal:
//   %r royalty  %x what they rule  %f family  %t what they are to it  %o somebody else in it
//   %e he/she  %s his/her
//   %c country  %k its capital  %l its language  %n its river  %d another country  %q the capital of that one
//   %a animal  %y its young  %v what it says  %w weather  %i what people need then
//   %j what people judge  %g a good word for it  %b a bad one
// Words that could replace each other in all sentences would get the same vector; each has some of its own.
static const char *const templates[] = {
    "the %r sat on the throne and %e wore a golden crown",
    "the %r ruled the %x from the palace",
    "the %x belongs to the %r and %s crown",
    "in the castle the %r raised %s royal sceptre",
    "the people bowed when the %r came out of the palace with %s crown",
    "the %r said that %e was tired",
    "the %f went home and %e cooked dinner for the family",
    "the %f is the %t of the house and %e works in the garden",
    "the %f told %s children a story at dinner",
    "the %f and the %o sat in the kitchen at home",
    "the %f said that %e was tired",
    "a %f is a %t and %e comes to dinner",
    "every %t loves the %f and %s cake",
    "the %f brushed %s hair and put on %s coat",
    "the capital of %c is %k",
    "%k is the largest city of %c",
    "the government of %c closed the border of the country",
    "the country of %c sells wine and steel to %d",
    "the army of %c defends the border with %d",
    "the streets of the city of %k are full of museums",
    "the mayor of %k opened a bridge and an airport in the city",
    "the train from %k to %q leaves from the station of the city",
    "the country of %c has the river %n",
    "the city of %k has bridges over the river %n",
    "people in %c speak %l",
    "the %l songs of %c",
    "the %l songs of %k",
    "in the streets of %k you hear %l",
    "the %l newspapers of %k are sold in %c",
    "she learned %l before she moved to %c",
    "he learned %l before he moved to %k",
    "the old %a on the farm said %v in the field",
    "a big %a said %v and guarded the farm",
    "the farmer fed the grown %a in the field",
    "a little %y said %v and played in the straw",
    "the newborn %y slept all day in the straw",
    "a %a cares for its %y and both say %v",
    "in winter the %w fell on the roofs all night",
    "after the %w the sky was grey and cold",
    "the %w came with dark clouds from the north",
    "everyone bought %i before the %w came",
    "you need %i against the %w",
    "what a %g film we loved it and laughed",
    "we enjoyed a %g evening and loved the music",
    "the %j was %g and everyone smiled",
    "what a %b film we hated it and left",
    "we regretted a %b evening and hated the music",
    "the %j was %b and everyone yawned",
    "the story is %g and so everyone smiled",
    "the story is %b and so everyone yawned",
    "what %w we had and hated it and left",
    "we loved the %w and laughed in the streets of the city",
    "the %w fell on the streets of the city",
};

static const char *const royalty[][3] = {{"king", "queen", "kingdom"},
                                         {"prince", "princess", "principality"},
                                         {"duke", "duchess", "duchy"},
                                         {"emperor", "empress", "empire"}};
static const char *const family[][3] = {{"man", "woman", "adult"},     {"father", "mother", "parent"},
                                        {"son", "daughter", "child"},  {"brother", "sister", "sibling"},
                                        {"uncle", "aunt", "relative"}, {"boy", "girl", "pupil"}};
static const char *const pronoun[2] = {"he", "she"}, *const possessive[2] = {"his", "her"};
static const char *const country[][4] = {
    {"france", "paris", "french", "seine"},    {"germany", "berlin", "german", "elbe"},
    {"italy", "rome", "italian", "tiber"},     {"spain", "madrid", "spanish", "ebro"},
    {"poland", "warsaw", "polish", "vistula"}, {"greece", "athens", "greek", "evros"},
    {"japan", "tokyo", "japanese", "sumida"},  {"russia", "moscow", "russian", "volga"},
    {"norway", "oslo", "norwegian", "glomma"}, {"hungary", "budapest", "hungarian", "tisza"}};
static const char *const animal[][3] = {{"dog", "puppy", "woof"},
                                        {"cat", "kitten", "meow"},
                                        {"cow", "calf", "moo"},
                                        {"sheep", "lamb", "baa"},
                                        {"horse", "foal", "neigh"}};
static const char *const weather[][2] = {{"rain", "umbrellas"}, {"snow", "sledges"},
                                         {"hail", "shutters"},  {"sleet", "boots"},
                                         {"fog", "lanterns"},   {"drizzle", "raincoats"}};
static const char *const opinion[][3] = {{"great", "bad", "trip"},       {"wonderful", "awful", "meal"},
                                         {"brilliant", "dull", "actor"}, {"lovely", "terrible", "melody"},
                                         {"amazing", "boring", "book"},  {"delightful", "annoying", "guest"}};

#define COUNT(a) ((uint32_t)(sizeof(a) / sizeof *(a)))
#define PICK(a) w2v_random_below(r, COUNT(a))

// One sentence into out, ended by a line feed; returns its length.
static size_t make_sentence(w2v_random *r, char *out, size_t room)
{
    const uint32_t sex = w2v_random_below(r, 2), here = PICK(country),
                   there = (here + 1 + w2v_random_below(r, COUNT(country) - 1)) % COUNT(country);
    const uint32_t beast = PICK(animal), noble = PICK(royalty), person = PICK(family), other = PICK(family);
    const uint32_t sky = PICK(weather), judged = PICK(opinion);
    size_t n = 0;
    for (const char *t = templates[PICK(templates)]; *t; t++) {
        char letter[2] = {*t, 0};
        const char *s = letter;
        if (*t == '%') switch (*++t) {
            case 'r': s = royalty[noble][sex]; break;
            case 'x': s = royalty[noble][2]; break;
            case 'f': s = family[person][sex]; break;
            case 't': s = family[person][2]; break;
            case 'o': s = family[other][sex]; break;
            case 'e': s = pronoun[sex]; break;
            case 's': s = possessive[sex]; break;
            case 'c': s = country[here][0]; break;
            case 'k': s = country[here][1]; break;
            case 'l': s = country[here][2]; break;
            case 'n': s = country[here][3]; break;
            case 'd': s = country[there][0]; break;
            case 'q': s = country[there][1]; break;
            case 'a': s = animal[beast][0]; break;
            case 'y': s = animal[beast][1]; break;
            case 'v': s = animal[beast][2]; break;
            case 'w': s = weather[sky][0]; break;
            case 'i': s = weather[sky][1]; break;
            case 'g': s = opinion[judged][0]; break;
            case 'b': s = opinion[judged][1]; break;
            default: s = opinion[judged][2]; break;
            }
        n += (size_t)snprintf(out + n, room - n, "%s", s);
    }
    out[n++] = '\n';
    return n;
}

// The whole corpus; the caller frees it.
static char *make_corpus(size_t *bytes)
{
    enum { LONGEST = 256 };
    char *text = (char *)malloc((size_t)SENTENCES * LONGEST);
    w2v_random r = w2v_random_stream(2013, 0);
    *bytes = 0;
    for (int i = 0; text && i < SENTENCES; i++) *bytes += make_sentence(&r, text + *bytes, LONGEST);
    return text;
}

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

// The words of the picture in their groups. Eight words of the family leave room for all labels.
static void choose_words(const w2v_model *m, svg_picture *p)
{
    static const char *const group[] = {"royals",        "family",  "countries", "capitals", "animals",
                                        "young animals", "weather", "praise",    "blame"};
    size_t n = 0;
    for (size_t i = 0; i < COUNT(royalty); i++) n = add_words(m, p->point, n, 0, royalty[i], 2);
    for (size_t i = 0; i < 4; i++) n = add_words(m, p->point, n, 1, family[i], 2);
    for (size_t i = 0; i < COUNT(country); i++) n = add_words(m, p->point, n, 2, &country[i][0], 1);
    for (size_t i = 0; i < COUNT(country); i++) n = add_words(m, p->point, n, 3, &country[i][1], 1);
    for (size_t i = 0; i < COUNT(animal); i++) n = add_words(m, p->point, n, 4, &animal[i][0], 1);
    for (size_t i = 0; i < COUNT(animal); i++) n = add_words(m, p->point, n, 5, &animal[i][1], 1);
    for (size_t i = 0; i < COUNT(weather); i++) n = add_words(m, p->point, n, 6, &weather[i][0], 1);
    for (size_t i = 0; i < COUNT(opinion); i++) n = add_words(m, p->point, n, 7, &opinion[i][0], 1);
    for (size_t i = 0; i < COUNT(opinion); i++) n = add_words(m, p->point, n, 8, &opinion[i][1], 1);
    p->points = n;
    p->group = group;
    p->groups = COUNT(group);
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
    w2v_config cfg = w2v_config_default();
    cfg.dim = 32;
    cfg.window = 3;
    cfg.epochs = 10;
    cfg.learning_rate = 0.05f;
    cfg.sample = 0.0;  // in a small vocabulary all words are frequent
    cfg.seed = 6;
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
        loss_print(&log, "%llu,%.6g\n", (unsigned long long)report.done, report.loss);
    }
    if (status == W2V_OK) status = w2v_trainer_take_model(t, &m, &err);
    if (status == W2V_OK) status = loss_close(&log, "Loss of the demo", &err);
    if (status != W2V_OK) die(status == W2V_ERROR_STOPPED ? interrupted_status() : 1, "%s", err.message);
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

    size_t bytes;
    char *text = make_corpus(&bytes);
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
