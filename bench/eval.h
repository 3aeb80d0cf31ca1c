// SPDX-License-Identifier: MIT-0
//
// eval.h - scores a model on five sets: the Google analogies by 3CosAdd among the first words of the vocabulary,
// and WordSim-353, SimLex-999, MEN-3000 and Stanford Rare Words by Spearman's correlation of the cosines, x 100.
// Pairs and questions with unknown words are left out. After w2v.h and bench.h, in one file of a program.

#include <ctype.h>

enum { MOST_TILE = 8, SIMILARITIES = 4, SETS = SIMILARITIES + 1 };

static const char *const eval_set_names[SETS] = {"analogies", "WordSim-353", "SimLex-999", "MEN", "RW"};
static const char *const eval_set_files[SETS] = {"questions-words.txt", "EN-WS-353-ALL.txt", "EN-SIMLEX-999.txt",
                                            "EN-MEN-TR-3k.txt", "EN-RW-STANFORD.txt"};

typedef struct eval_options {
    const char *folder;  // with the five files
    size_t top;          // analogies among the first words of the vocabulary
    size_t threads;
} eval_options;

typedef struct eval_scores {
    double score[SETS];
    size_t used[SETS], lines[SETS];  // questions or pairs whose words the model has, and all
} eval_scores;

// -----------------------------------------------------------------------------------------------------------------
// Words of the evaluation sets, in any case, to rows of the model

typedef struct entry {
    char *word;  // lower case
    uint32_t id;
} entry;

// A model ready to be scored: rows of length 1, and its words in order of the alphabet.
typedef struct scored {
    const w2v_model *m;
    float *unit;  // (V, stride)
    entry *index;
    size_t words;
} scored;

static char *lower(char *s)
{
    for (char *p = s; *p; p++) *p = (char)tolower((unsigned char)*p);
    return s;
}

static int by_word(const void *a, const void *b)
{
    const entry *x = (const entry *)a, *y = (const entry *)b;
    const int order = strcmp(x->word, y->word);
    return order ? order : x->id < y->id ? -1 : x->id > y->id;
}

static scored prepare(const w2v_model *m)
{
    scored s;
    const size_t floats = m->size * m->stride;
    s.m = m;
    s.unit = w2v__alloc_floats(floats);
    if (!s.unit) bench_die(1, "eval", "out of memory: %zu floats wanted", floats);
    memcpy(s.unit, m->in, floats * sizeof *s.unit);
    s.index = (entry *)bench_malloc(m->size * sizeof *s.index);
    s.words = m->size;
    for (size_t i = 0; i < m->size; i++) {
        float *row = s.unit + i * m->stride;
        const float length = w2v_norm(row, m->dim);
        if (!(length < INFINITY)) bench_die(1, "eval", "vector %zu of the model is not finite", i);
        w2v_scale(1.0f / (length > 1e-9f ? length : 1e-9f), row, m->dim);
        const char *word = w2v_vocab_word(m->vocab, (uint32_t)i);
        s.index[i].word = lower(strcpy((char *)bench_malloc(strlen(word) + 1), word));
        s.index[i].id = (uint32_t)i;
    }
    qsort(s.index, s.words, sizeof *s.index, by_word);
    return s;
}

static void release(scored *s)
{
    for (size_t i = 0; i < s->words; i++) free(s->index[i].word);
    free(s->index);
    w2v__free_aligned(s->unit);
}

// The most frequent word that is `word` (lower case) but for its case, or W2V_NONE.
static uint32_t find(const scored *s, const char *word)
{
    size_t low = 0, high = s->words;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (strcmp(s->index[middle].word, word) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < s->words && !strcmp(s->index[low].word, word) ? s->index[low].id : W2V_NONE;
}

static FILE *eval_open_set(const eval_options *o, size_t set)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", o->folder, eval_set_files[set]);
    FILE *f = fopen(path, "rb");
    if (!f) bench_die(1, "eval", "cannot open '%s': %s", path, strerror(errno));
    char mark[3] = {0};
    if (fread(mark, 1, 3, f) != 3 || memcmp(mark, "\xEF\xBB\xBF", 3)) rewind(f);  // a UTF-8 byte order mark is skipped
    return f;
}

// -----------------------------------------------------------------------------------------------------------------
// Similarity: Spearman's rho

typedef struct ranked {
    double value, rank;
    size_t at;
} ranked;

static int by_value(const void *a, const void *b)
{
    const ranked *x = (const ranked *)a, *y = (const ranked *)b;
    return x->value < y->value ? -1 : x->value > y->value;
}

static int by_place(const void *a, const void *b)
{
    const ranked *x = (const ranked *)a, *y = (const ranked *)b;
    return x->at < y->at ? -1 : x->at > y->at;
}

// Equal values share the mean of their ranks.
static void rank(ranked *r, size_t n)
{
    for (size_t i = 0; i < n; i++) r[i].at = i;
    qsort(r, n, sizeof *r, by_value);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && r[end].value <= r[i].value; end++) {
        }
        for (size_t k = i; k < end; k++) r[k].rank = 0.5 * (double)(i + end - 1);
    }
    qsort(r, n, sizeof *r, by_place);
}

// The correlation of the ranks; NaN for fewer than two different values.
static double spearman(ranked *x, ranked *y, size_t n)
{
    double sx = 0.0, sy = 0.0, sxy = 0.0;
    const double mean = 0.5 * ((double)n - 1.0);
    rank(x, n);
    rank(y, n);
    for (size_t i = 0; i < n; i++) {
        sx += (x[i].rank - mean) * (x[i].rank - mean);
        sy += (y[i].rank - mean) * (y[i].rank - mean);
        sxy += (x[i].rank - mean) * (y[i].rank - mean);
    }
    return sxy / sqrt(sx * sy);
}

// Lines `word word score`; pairs with a word that the model does not have
// are left out. *used of *pairs are in.
static double similarity(const eval_options *o, size_t set, const scored *s, size_t *used, size_t *pairs)
{
    char line[1024], a[512], b[512];
    double score;
    size_t room = 0, n = 0;
    ranked *gold = NULL, *got = NULL;
    FILE *f = eval_open_set(o, set);
    for (*pairs = 0; fgets(line, sizeof line, f);) {
        if (sscanf(line, "%511s %511s %lf", a, b, &score) != 3) continue;
        ++*pairs;
        const uint32_t i = find(s, lower(a)), j = find(s, lower(b));
        if (i == W2V_NONE || j == W2V_NONE) continue;
        if (n == room) {
            room = 2 * room + 1024;
            gold = (ranked *)realloc(gold, room * sizeof *gold);
            got = (ranked *)realloc(got, room * sizeof *got);
            if (!gold || !got) bench_die(1, "eval", "out of memory for %zu pairs", room);
        }
        gold[n].value = score;
        got[n++].value = (double)w2v_dot(s->unit + i * s->m->stride, s->unit + j * s->m->stride, s->m->dim);
    }
    fclose(f);
    const double rho = n ? spearman(gold, got, n) : (double)NAN;
    free(gold);
    free(got);
    *used = n;
    return 100.0 * rho;
}

// -----------------------------------------------------------------------------------------------------------------
// Analogies: a is to b as c is to d, if d is the word closest to b - a + c but for a, b and c

enum { BATCH = 32 };

typedef struct question {
    uint32_t word[4];
} question;

typedef struct quiz {
    const scored *s;
    question *q;  // (n)
    size_t n, top;
    size_t next, right;  // behind the mutex
    w2v__mutex mutex;
} quiz;

// Lines of four words; those with a word outside the first `top` are left
// out. Lines with a colon are headings.
static void read_questions(const eval_options *o, quiz *z, size_t *lines)
{
    char line[2048], word[4][512];
    size_t room = 0;
    FILE *f = eval_open_set(o, 0);
    for (*lines = 0; fgets(line, sizeof line, f);) {
        if (*line == ':' || sscanf(line, "%511s %511s %511s %511s", word[0], word[1], word[2], word[3]) != 4)
            continue;
        ++*lines;
        question q;
        size_t known = 0;
        for (size_t k = 0; k < 4; k++) known += (q.word[k] = find(z->s, lower(word[k]))) < z->top;
        if (known < 4) continue;
        if (z->n == room) {
            room = 2 * room + 4096;
            z->q = (question *)realloc(z->q, room * sizeof *z->q);
            if (!z->q) bench_die(1, "eval", "out of memory for %zu questions", room);
        }
        z->q[z->n++] = q;
    }
    fclose(f);
}

// How many of n <= BATCH questions are answered right. `wanted` (BATCH, stride) is scratch.
static size_t answer(const quiz *z, const question *q, size_t n, float *wanted)
{
    const size_t stride = z->s->m->stride;
    const w2v__kernels *kernels = w2v__kernels_in_use();
    float *x[BATCH], *y[MOST_TILE], score[BATCH * MOST_TILE + 16], best[BATCH];
    uint32_t best_id[BATCH];
    for (size_t i = 0; i < n; i++) {
        const float *a = z->s->unit + q[i].word[0] * stride, *b = z->s->unit + q[i].word[1] * stride,
                    *c = z->s->unit + q[i].word[2] * stride;
        x[i] = wanted + i * stride;
        for (size_t k = 0; k < stride; k++) x[i][k] = b[k] - a[k] + c[k];
        best[i] = -INFINITY;
        best_id[i] = W2V_NONE;
    }
    for (size_t first = 0; first < z->top; first += kernels->tile_j) {
        const size_t width = w2v__min_size(kernels->tile_j, z->top - first);
        for (size_t j = 0; j < width; j++) y[j] = z->s->unit + (first + j) * stride;
        kernels->scores(x, n, y, width, w2v__row_floats(z->s->m->dim), score);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < width; j++) {
                const uint32_t id = (uint32_t)(first + j);
                if (score[i * width + j] <= best[i] || id == q[i].word[0] || id == q[i].word[1] ||
                    id == q[i].word[2])
                    continue;
                best[i] = score[i * width + j];
                best_id[i] = id;
            }
    }
    size_t right = 0;
    for (size_t i = 0; i < n; i++) right += best_id[i] == q[i].word[3];
    return right;
}

static void answer_work(void *shared, size_t thread)
{
    quiz *z = (quiz *)shared;
    float *wanted = w2v__alloc_floats(BATCH * z->s->m->stride);
    if (!wanted) bench_die(1, "eval", "out of memory on thread %zu", thread);
    for (size_t right = 0;;) {
        w2v__lock(&z->mutex);
        z->right += right;
        const size_t first = z->next, n = w2v__min_size(BATCH, z->n - first);
        z->next += n;
        w2v__unlock(&z->mutex);
        if (!n) break;
        right = answer(z, z->q + first, n, wanted);
    }
    w2v__free_aligned(wanted);
}

static double analogies(const eval_options *o, const scored *s, size_t *used, size_t *lines)
{
    quiz z;
    memset(&z, 0, sizeof z);
    z.s = s;
    z.top = w2v__min_size(o->top, s->m->size);
    read_questions(o, &z, lines);
    w2v__mutex_init(&z.mutex);
    w2v__parallel(o->threads, answer_work, &z);
    w2v__mutex_free(&z.mutex);
    free(z.q);
    *used = z.n;
    return z.n ? 100.0 * (double)z.right / (double)z.n : (double)NAN;
}

static eval_scores eval_model(const eval_options *o, const w2v_model *m)
{
    eval_scores r;
    scored s = prepare(m);
    r.score[0] = analogies(o, &s, &r.used[0], &r.lines[0]);
    for (size_t k = 1; k < SETS; k++) r.score[k] = similarity(o, k, &s, &r.used[k], &r.lines[k]);
    release(&s);
    return r;
}

// The command line of a program that takes CORPUS, EVAL and options with a value each, which set_option_fn knows.
// -help prints the usage and ends the program.
static inline void eval_arguments(int argc, char **argv, const char *me, void (*usage_fn)(FILE *),
                                  void (*set_option_fn)(void *options, const char *name, char *value),
                                  void *options, const char **corpus, const char **folder)
{
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "-help") || !strcmp(argv[i], "--help")) {
            usage_fn(stdout);
            exit(0);
        } else if (*argv[i] == '-') {
            if (bench_takes_format(argv[i])) continue;
            set_option_fn(options, argv[i], i + 1 < argc ? argv[i + 1] : NULL);
            i++;
        } else if (!*corpus) {
            *corpus = argv[i];
        } else if (!*folder) {
            *folder = argv[i];
        } else {
            bench_die(2, me, "'%s' is one argument too many", argv[i]);
        }
    }
    if (!*corpus || !*folder) bench_die(2, me, "CORPUS and EVAL are needed (-help says what they are)");
}
