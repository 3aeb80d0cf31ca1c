// SPDX-License-Identifier: MIT-0
//
// test_config.c - configurations: defaults, fields by name, ranges, and structs of other versions of the header

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include "test.h"
#include "parts.h"

#include <locale.h>

// The functions of a configuration, whatever its type.
typedef struct kind {
    const char *name;
    void (*init_fn)(void *cfg, size_t struct_size);
    w2v_status (*check_fn)(const void *cfg, w2v_error *err);
    w2v_status (*set_fn)(void *cfg, const char *name, const char *value, w2v_error *err);
    w2v_status (*get_fn)(const void *cfg, const char *name, char *text, size_t room, w2v_error *err);
    const w2v_field *(*field_fn)(size_t i);
    size_t bytes, fields;
} kind;

#define KIND_FUNCTIONS(config)                                                                         \
    static void config##_init_any(void *cfg, size_t struct_size)                                       \
    {                                                                                                  \
        config##_init((config *)cfg, struct_size);                                                     \
    }                                                                                                  \
    static w2v_status config##_check_any(const void *cfg, w2v_error *err)                              \
    {                                                                                                  \
        return config##_check((const config *)cfg, err);                                               \
    }                                                                                                  \
    static w2v_status config##_set_any(void *cfg, const char *name, const char *value, w2v_error *err) \
    {                                                                                                  \
        return config##_set((config *)cfg, name, value, err);                                          \
    }                                                                                                  \
    static w2v_status config##_get_any(const void *cfg, const char *name, char *text, size_t room,     \
                                       w2v_error *err)                                                 \
    {                                                                                                  \
        return config##_get((const config *)cfg, name, text, room, err);                               \
    }
#define KIND(config, fields)                                                                                \
    {#config, config##_init_any, config##_check_any, config##_set_any, config##_get_any, config##_field,    \
     sizeof(config), fields}

KIND_FUNCTIONS(w2v_config)
KIND_FUNCTIONS(w2v_sgd_config)
KIND_FUNCTIONS(w2v_vocab_config)
KIND_FUNCTIONS(w2v_load_config)
KIND_FUNCTIONS(w2v_phrases_config)
KIND_FUNCTIONS(w2v_analogy_config)
KIND_FUNCTIONS(w2v_similarity_config)
KIND_FUNCTIONS(w2v_kmeans_config)
KIND_FUNCTIONS(w2v_sentence_config)
KIND_FUNCTIONS(w2v_query_config)

static const kind kinds[] = {KIND(w2v_config, 29),           KIND(w2v_sgd_config, 19),
                             KIND(w2v_vocab_config, 4),      KIND(w2v_load_config, 11),
                             KIND(w2v_phrases_config, 11),   KIND(w2v_analogy_config, 5),
                             KIND(w2v_similarity_config, 3), KIND(w2v_kmeans_config, 3),
                             KIND(w2v_sentence_config, 6),
                             KIND(w2v_query_config, 8)};
enum { KINDS = TEST_COUNT(kinds) };

// Room for any configuration.
typedef union any {
    w2v_config c;
    w2v_sgd_config s;
    w2v_phrases_config p;
    uint64_t words[64];
} any;

// The defaults that the comments of the interface state.
static void test_status_strings(void)
{
    for (int s = 0; s >= -9; s--) {
        const char *text = w2v_status_string((w2v_status)s);
        CHECK(*text && strcmp(text, "unknown status") != 0);
        for (int other = 0; other > s; other--)
            CHECK(strcmp(text, w2v_status_string((w2v_status)other)) != 0);
    }
    CHECK_STRING(w2v_status_string(W2V_OK), "success");
    CHECK_STRING(w2v_status_string(W2V_ERROR_MEMORY), "out of memory");
    CHECK_STRING(w2v_status_string((w2v_status)-10), "unknown status");  // of a newer library
    CHECK_STRING(w2v_status_string((w2v_status)1), "unknown status");
}

static void test_defaults(void)
{
    const w2v_config c = w2v_config_default();
    CHECK(c.struct_size == sizeof c && c.dim == 100 && c.window == 5 && c.negative == 5 && c.epochs == 5);
    CHECK(c.threads >= 1 && c.threads <= 1024 && c.min_count == 5 && c.sample == 1e-3 &&
          c.ns_exponent == 0.75);
    CHECK(c.learning_rate == 0.025f && c.min_learning_rate == 0.0f && c.sharing == W2V_SHARE_DEFAULT &&
          !c.span);
    CHECK(!c.span_negative && !c.corpus_memory && c.seed == 1 && !c.progress_fn && !c.progress_user &&
          !c.report);
    CHECK(!c.keep_stopped && !c.refuse_long_words && c.lanes == 4 && !c.vocab_limit && !c.loss_every);
    CHECK(!c.freeze_start && !c.keep_best && c.architecture == W2V_SKIPGRAM && !c.cbow_undivided);
    CHECK(c.loss_type == W2V_LOSS_NEG_SAMPLING && c.window_shape == W2V_WINDOW_SHRINKING);
    const w2v_sgd_config s = w2v_sgd_config_default();
    CHECK(s.struct_size == sizeof s && s.iterations == 40000 && s.learning_rate == 0.3 &&
          s.anneal_every == 20000);
    CHECK(s.anneal == 0.5 && s.optimizer == W2V_SGD && s.momentum == 0.9 && s.beta1 == 0.9 &&
          s.beta2 == 0.999);
    CHECK(s.epsilon == 1e-8 && s.l2 == 0.0 && s.weight_decay == 0.0 && !s.postprocess_fn &&
          !s.postprocess_user);
    CHECK(s.progress_every == 10 && !s.progress_fn && !s.progress_user && !s.checkpoint && !s.resume);
    CHECK_EQUAL(s.checkpoint_every, 5000);
    const w2v_vocab_config v = w2v_vocab_config_default();
    CHECK(v.struct_size == sizeof v && !v.min_count && !v.max_words && !v.stop_words && !v.stop_word_count);
    const w2v_load_config l = w2v_load_config_default();
    CHECK(l.struct_size == sizeof l && !l.max_words && l.format == W2V_FORMAT_AUTO && !l.lenient && !l.words);
    const w2v_phrases_config p = w2v_phrases_config_default();
    CHECK(p.struct_size == sizeof p && p.min_count == 5 && p.threshold == 100.0 &&
          p.scoring == W2V_PHRASE_ORIGINAL);
    CHECK_STRING(p.delimiter, "_");
    CHECK(!p.connectors && !p.connector_count && !p.pairs_limit && p.threads == c.threads &&
          !p.corpus_memory);
    CHECK(!p.progress_fn && !p.progress_user);
    const w2v_analogy_config a = w2v_analogy_config_default();
    CHECK(a.struct_size == sizeof a && a.method == W2V_ANALOGY_ADD && a.letter_case == W2V_CASE_LOWER);
    CHECK(!a.skip_variants && a.max_words == 30000 && a.threads == c.threads);
    const w2v_similarity_config o = w2v_similarity_config_default();
    CHECK(o.struct_size == sizeof o && o.letter_case == W2V_CASE_LOWER && !o.max_words && o.column == 3);
    const w2v_query_config q = w2v_query_config_default();
    CHECK(q.struct_size == sizeof q && q.method == W2V_ANALOGY_ADD && !q.max_words && !q.candidates);
    CHECK(!q.candidate_count && q.threshold == -2.0f && !q.keep_terms && q.threads == c.threads && !q.index);
    const w2v_kmeans_config k = w2v_kmeans_config_default();
    CHECK(k.struct_size == sizeof k && k.iterations == 100 && k.threads == c.threads && k.seed == 1);
    const w2v_sentence_config e = w2v_sentence_config_default();
    CHECK(e.struct_size == sizeof e && e.weighting == W2V_WEIGHTING_MEAN && !e.lower_case && !e.strip);
    CHECK(e.components == 1 && e.threads == c.threads && e.smoothing == 1e-3);
    CHECK_EQUAL(w2v_version(), W2V_VERSION_NUMBER);
}

// The fields are those of the struct, one after another; their defaults and limits are allowed, and what is written of
// a value is read back to it.
static void check_fields(const kind *k)
{
    any cfg, changed, back;
    char text[32], again[32];
    w2v_error err;
    size_t end = sizeof(size_t), n = 0;
    for (const w2v_field *f; (f = k->field_fn(n)) != NULL; n++) {
        if (!CHECK(f->offset >= end && f->offset - end < 8 && f->bytes >= sizeof(float)))
            printf("    %s of %s\n", f->name, k->name);
        end = f->offset + f->bytes;
        k->init_fn(&cfg, k->bytes);
        CHECK(strlen(f->about) > 3 && strlen(f->name) < 32);
        if (f->kind == W2V_FIELD_POINTER) {
            CHECK(k->set_fn(&cfg, f->name, "1", &err) == W2V_ERROR_ARGUMENT &&
                  strstr(err.message, "is a pointer"));
            CHECK_STATUS(k->get_fn(&cfg, f->name, text, sizeof text, &err), W2V_ERROR_ARGUMENT);
            continue;
        }
        changed = cfg;
        memset((char *)&changed + f->offset, 0x55, f->bytes);
        CHECK(k->set_fn(&changed, f->name, f->initial, &err) == W2V_OK && !memcmp(&changed, &cfg, k->bytes));
        CHECK_STATUS(k->get_fn(&cfg, f->name, text, sizeof text, &err), W2V_OK);
        const char *const values[] = {f->lowest && *f->lowest != '>' ? f->lowest : f->initial,
                                      f->highest ? f->highest : f->initial};
        for (int i = 0; i < 2; i++) {
            CHECK_STATUS(k->set_fn(&changed, f->name, values[i], &err), W2V_OK);
            CHECK_STATUS(k->get_fn(&changed, f->name, text, sizeof text, &err), W2V_OK);
            back = cfg;
            CHECK(k->set_fn(&back, f->name, text, &err) == W2V_OK && !memcmp(&back, &changed, k->bytes));
            CHECK_STATUS(k->get_fn(&back, f->name, again, sizeof again, &err), W2V_OK);
            CHECK_STRING(again, text);
        }
        if (f->names)
            for (const char *name = f->names; *name; name += strcspn(name, " "), name += *name == ' ') {
                snprintf(again, sizeof again, "%.*s", (int)strcspn(name, " "), name);
                CHECK_STATUS(k->set_fn(&changed, f->name, again, &err), W2V_OK);
                CHECK_STATUS(k->get_fn(&changed, f->name, text, sizeof text, &err), W2V_OK);
                CHECK_STRING(text, again);
            }
    }
    CHECK(n == k->fields && !k->field_fn(SIZE_MAX));
    // A field that is added later begins after the struct: where sizes have 8 bytes, it ends with its last field.
    if (sizeof(size_t) == 8) CHECK_EQUAL(end, k->bytes);
    k->init_fn(&cfg, k->bytes);
    CHECK(k->check_fn(&cfg, &err) == W2V_OK && k->check_fn(NULL, &err) == W2V_OK);
}

static void test_fields(void)
{
    for (size_t i = 0; i < KINDS; i++) check_fields(&kinds[i]);
}

static void check_set(const char *name, const char *value, const char *message)
{
    w2v_config cfg = w2v_config_default();
    const w2v_config before = cfg;
    w2v_error err = {""};
    CHECK(w2v_config_set(&cfg, name, value, &err) == W2V_ERROR_ARGUMENT &&
          !memcmp(&cfg, &before, sizeof cfg));
    CHECK_STRING(err.message, message);
}

static void check_get(const w2v_config *cfg, const char *name, const char *value)
{
    char text[32] = "";
    CHECK_STATUS(w2v_config_get(cfg, name, text, sizeof text, NULL), W2V_OK);
    CHECK_STRING(text, value);
}

static void test_set(void)
{
    w2v_config cfg = w2v_config_default();
#define SET(name, value) CHECK(w2v_config_set(&cfg, name, value, NULL) == W2V_OK)
    SET("dim", "300"), SET("seed", "18446744073709551615"), SET("sample", "1e-5"),
        SET("learning_rate", "+.05");
    SET("window_shape", "full"), SET("keep_best", "1"), SET("loss_type", "both"), SET("lanes", "64"),
        SET("ns_exponent", "-.75");
    CHECK(cfg.dim == 300 && cfg.seed == UINT64_MAX && cfg.sample == 1e-5 && cfg.learning_rate == 0.05f);
    CHECK(cfg.window_shape == W2V_WINDOW_FULL && cfg.keep_best == 1 && cfg.loss_type == W2V_LOSS_BOTH);
    CHECK(cfg.ns_exponent == -0.75);
    check_get(&cfg, "dim", "300");
    check_get(&cfg, "seed", "18446744073709551615");
    check_get(&cfg, "sample", "1e-05");
    check_get(&cfg, "learning_rate", "0.05");
    check_get(&cfg, "window_shape", "full");
    check_get(&cfg, "keep_best", "1");
    SET("threads", "cpus");
    CHECK_EQUAL(cfg.threads, w2v_config_default().threads);
    cfg.keep_best = 7;  // what is not 0 is true
    check_get(&cfg, "keep_best", "1");
#undef SET

    check_set("dims", "100", "w2v_config has no field 'dims'; the nearest name is 'dim'");
    check_set("alpha", "1", "w2v_config has no field 'alpha'; the nearest name is 'sample'");
    check_set("", "1", "w2v_config has no field ''; the nearest name is 'dim'");
    check_set("windowshape", "full",
              "w2v_config has no field 'windowshape'; the nearest name is 'window_shape'");
    check_set(
        "a name that is far longer than any field can be", "1",
        "w2v_config has no field 'a name that is far longer than any field can be'; the nearest name is "
        "'min_learning_rate'");
    check_set("dim", "0", "dim must be between 1 and 65536, not 0");
    check_set("dim", "99999999999999999999", "dim must be between 1 and 65536, not 99999999999999999999");
    check_set("dim", "", "dim takes a whole number, not ''");
    check_set("dim", "-1", "dim takes a whole number, not '-1'");
    check_set("dim", "1e3", "dim takes a whole number, not '1e3'");
    check_set("dim", "cpus", "dim takes a whole number, not 'cpus'");
    check_set("seed", "18446744073709551616",
              "seed must be at most 18446744073709551615, not 18446744073709551616");
    check_set("sample", "-0.1", "sample must be between 0 and 1, not -0.1");
    check_set("sample", "0,1", "sample takes a number, not '0,1'");
    check_set("sample", "nan", "sample takes a number, not 'nan'");
    check_set("sample", "1e999", "sample takes a number, not '1e999'");
    check_set("sample", "0.1 ", "sample takes a number, not '0.1 '");
    check_set("learning_rate", "0", "learning_rate must be above 0 and at most 100, not 0");
    check_set("learning_rate", "1e300", "learning_rate must be above 0 and at most 100, not 1e300");
    check_set("learning_rate", "1e-60", "learning_rate must be above 0 and at most 100, not 1e-60");
    check_set("window_shape", "round", "window_shape takes shrinking, full or weighted, not 'round'");
    check_set("window_shape", "ful", "window_shape takes shrinking, full or weighted, not 'ful'");
    check_set("window_shape", "1", "window_shape takes shrinking, full or weighted, not '1'");
    check_set("keep_best", "2", "keep_best takes 0 or 1, not '2'");
    check_set("report", "1", "report is a pointer, which has no text: use the struct");

    w2v_error err;
    char text[4] = "old";
    CHECK_STATUS(w2v_config_get(&cfg, "sample", text, sizeof text, &err), W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "the value of sample has 6 bytes, and there is room for 4");
    CHECK_STATUS(w2v_config_get(&cfg, "width", text, sizeof text, &err), W2V_ERROR_ARGUMENT);
    CHECK_STRING(text, "old");
}

// Fields that do not fit to each other.
static void test_two_fields(void)
{
    w2v_config cfg = w2v_config_default();
    w2v_error err;
    cfg.min_learning_rate = 0.5f;
    CHECK_STATUS(w2v_config_check(&cfg, &err), W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "min_learning_rate must be between 0 and 0.025, the learning_rate, not 0.5");
    cfg.min_learning_rate = 0.025f;
    cfg.negative = 0;
    CHECK_STATUS(w2v_config_check(&cfg, &err), W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "negative must be between 1 and 1000, not 0");
    cfg.loss_type = W2V_LOSS_SOFTMAX;
    CHECK_STATUS(w2v_config_check(&cfg, &err), W2V_OK);
    w2v_phrases_config p = w2v_phrases_config_default();
    p.scoring = W2V_PHRASE_NPMI;
    CHECK_STATUS(w2v_phrases_config_check(&p, &err), W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "threshold must be between -1 and 1, not 100");
    p.threshold = -1.0;
    CHECK_STATUS(w2v_phrases_config_check(&p, &err), W2V_OK);
    p.threshold = (double)NAN;
    CHECK_STATUS(w2v_phrases_config_check(&p, &err), W2V_ERROR_ARGUMENT);
    CHECK(!strncmp(err.message, "threshold must be a finite number, not ", 39));
}

// What _set takes _check allows: no number that becomes infinite as a float.
static void test_beyond_float(void)
{
    w2v_query_config cfg = w2v_query_config_default();
    w2v_error err = {""};
    CHECK_STATUS(w2v_query_config_set(&cfg, "threshold", "1e300", &err), W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "threshold must be a finite float, not 1e300");
    CHECK_STATUS(w2v_query_config_set(&cfg, "threshold", "-3.5e38", &err), W2V_ERROR_ARGUMENT);
    CHECK(cfg.threshold == -2.0f);
    CHECK_STATUS(w2v_query_config_set(&cfg, "threshold", "-3.4028235e38", &err), W2V_OK);
    CHECK(cfg.threshold == -FLT_MAX);
    CHECK_STATUS(w2v_query_config_check(&cfg, &err), W2V_OK);
}

// Doubles are written so that they are read back, in any locale.
static void test_decimals(void)
{
    w2v_sgd_config cfg = w2v_sgd_config_default();
    w2v_random r = w2v_random_stream(8, 1);
    char text[32];
    int same = 1;
    if (setlocale(LC_NUMERIC, "de_DE.UTF-8") || setlocale(LC_NUMERIC, "de_DE")) {
        snprintf(text, sizeof text, "%.1f", 0.5);
        CHECK_STRING(text, "0,5");
    } else {
        tests_skipped++;
    }
    for (int i = 0; i < 20000; i++) {
        const double scale[] = {1.0, 1e-3, 1e-5, 1e6, 1.0 / 3.0};
        const double x = (double)(w2v_random_next(&r) >> 11) / 9007199254740992.0 * scale[i % 5];
        cfg.learning_rate = x;
        same &= w2v_sgd_config_get(&cfg, "learning_rate", text, sizeof text, NULL) == W2V_OK;
        cfg.learning_rate = 1.0;
        same &= w2v_sgd_config_set(&cfg, "learning_rate", text, NULL) == W2V_OK && cfg.learning_rate == x;
        if (!same) break;
    }
    if (!CHECK(same)) printf("    %s is not %.17g\n", text, cfg.learning_rate);
    cfg.learning_rate = 0.1;
    CHECK_STATUS(w2v_sgd_config_get(&cfg, "learning_rate", text, sizeof text, NULL), W2V_OK);
    CHECK_STRING(text, "0.1");
    setlocale(LC_NUMERIC, "C");
}

// A text of which each word occurs seven times, and the model that is trained on it.
static const char lines[] =
    "a b c d\nb c d a\nc d a b\nd a b c\na c b d\nb d a c\nc a d b\nd b c a\na d c b\nb a d c\nc b a d\n";

static uint64_t hash_trained(const w2v_config *cfg, w2v_error *err)
{
    w2v_model *m = NULL;
    const w2v_status status = w2v_train_text(&m, lines, sizeof lines - 1, cfg, err);
    const uint64_t hash = status == W2V_OK ? test_hash(m->input, m->size * m->stride * sizeof(float)) : 0;
    w2v_model_free(m);
    return hash;
}

// The struct of a program that was compiled with a header that had fewer fields: behind them is memory that is not ours.
static void test_older(void)
{
    w2v_error err = {""};
    any older, whole;
    char text[32];
    const size_t size = offsetof(w2v_config, seed) + sizeof(uint64_t);
    w2v_config_init(&whole.c, sizeof whole.c);
    memset(&older, 0x5a, sizeof older);
    w2v_config_init(&older.c, size);
    CHECK(older.c.struct_size == size && older.c.dim == 100 && older.c.seed == 1);
    CHECK_EQUAL(((const unsigned char *)&older)[size], 0x5a);
    older.c.sample = whole.c.sample = 0.0;
    older.c.dim = whole.c.dim = 20;
    older.c.threads = whole.c.threads = 1;
    const uint64_t hash = hash_trained(&whole.c, &err);
    CHECK(hash && hash_trained(&older.c, &err) == hash);
    CHECK_STATUS(w2v_config_check(&older.c, &err), W2V_OK);
    CHECK(w2v_config_set(&older.c, "seed", "2", &err) == W2V_OK && older.c.seed == 2);
    CHECK_STATUS(w2v_config_set(&older.c, "keep_best", "1", &err), W2V_ERROR_ARGUMENT);
    CHECK(strstr(err.message, "is too old for keep_best") != NULL);
    CHECK_EQUAL(w2v_config_size(), sizeof whole.c);
    CHECK_STATUS(w2v_config_get(&older.c, "keep_best", text, sizeof text, &err), W2V_ERROR_ARGUMENT);
    for (const unsigned char *p = (const unsigned char *)&older + size;
         p < (const unsigned char *)(&older + 1); p++)
        CHECK_EQUAL(*p, 0x5a);
    // every beginning that ends with a field is one of a possible version, and nothing else is
    for (size_t k = 0; k < KINDS; k++)
        for (size_t bytes = sizeof(size_t), n = 0; bytes <= kinds[k].bytes + 8; bytes++) {
            const w2v_field *f = kinds[k].field_fn(n), *next = f ? kinds[k].field_fn(n + 1) : NULL;
            kinds[k].init_fn(&older, bytes);
            const int known =
                f && (bytes == f->offset + f->bytes || bytes == (next ? next->offset : kinds[k].bytes)) &&
                bytes > sizeof(size_t);
            if (!CHECK_EQUAL((kinds[k].check_fn(&older, &err) == W2V_OK), known))
                printf("    %s of %zu bytes\n", kinds[k].name, bytes);
            if (next && bytes + 1 >= next->offset + 1 && bytes >= f->offset + f->bytes) n++;
        }
}

// Sizes that no version has are refused by every function that takes a configuration.
static void test_sizes(void)
{
    static float vectors[8] = {1.0f, 2.0f, 3.0f, 4.0f, 5.0f, 6.0f, 7.0f, 8.0f};
    static const char *const words[2] = {"a", "b"};
    static const size_t bad[] = {0, 1, sizeof(size_t), SIZE_MAX};
    const w2v_source source = w2v_source_text(lines, sizeof lines - 1),
                     questions = w2v_source_text("a b a b", 7), pairs = w2v_source_text("a b 1", 5);
    const w2v_matrix rows = w2v_matrix_of(vectors, 2, 4, 4);
    w2v_model *m = NULL, *made = NULL;
    w2v_vocab *v = NULL;
    w2v_trainer *t = NULL;
    w2v_phrases *p = NULL;
    w2v_analogy_result analogies;
    w2v_similarity_result similarity;
    uint32_t class_of[2];
    w2v_error err = {""};
    if (!CHECK_STATUS(w2v_model_new(&made, words, NULL, 2, 4, vectors, NULL, &err), W2V_OK)) return;
    const w2v_vocab *const from = made->vocab;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
#define REFUSED(type, call)                                                                        \
    do {                                                                                           \
        type cfg = type##_default();                                                               \
        char expected[200];                                                                        \
        cfg.struct_size = bad[i] == SIZE_MAX ? sizeof cfg + 8 : bad[i];                            \
        CHECK_STATUS((call), W2V_ERROR_ARGUMENT);                                                       \
        snprintf(expected, sizeof expected,                                                        \
                 "struct_size of a " #type " is %zu, as in no version up to %s: begin with " #type \
                 "_default()",                                                                     \
                 cfg.struct_size, W2V_VERSION);                                                    \
        CHECK_STRING(err.message, expected);                                                       \
    } while (0)
        REFUSED(w2v_config, w2v_config_check(&cfg, &err));
        REFUSED(w2v_config, w2v_config_set(&cfg, "dim", "1", &err));
        REFUSED(w2v_config, w2v_train_text(&m, lines, sizeof lines - 1, &cfg, &err));
        REFUSED(w2v_config, w2v_trainer_new(&t, &source, 1, &cfg, NULL, NULL, &err));
        REFUSED(w2v_config, w2v_vocab_build(&v, &source, 1, &cfg, &err));
        REFUSED(w2v_vocab_config, w2v_vocab_select(&v, &from, 1, &cfg, &err));
        REFUSED(w2v_phrases_config, w2v_phrases_build(&p, &source, 1, &cfg, &err));
        REFUSED(w2v_query_config, w2v_model_query(made, NULL, 0, &cfg, NULL, 0, NULL, &err));
        REFUSED(w2v_analogy_config, w2v_model_evaluate_analogies(made, &questions, &cfg, &analogies, &err));
        REFUSED(w2v_similarity_config, w2v_model_evaluate_similarity(made, &pairs, &cfg, &similarity, &err));
        REFUSED(w2v_kmeans_config, w2v_kmeans(&rows, 1, &cfg, class_of, NULL, NULL, &err));
        REFUSED(w2v_load_config, w2v_model_read(&m, &source, &cfg, NULL, &err));
#undef REFUSED
    }
    CHECK(!m && !t && !v && !p);
    // NULL is the default
    CHECK_STATUS(w2v_train_text(&m, "a b", 3, NULL, &err), W2V_ERROR_EMPTY);
    CHECK_STRING(err.message, "no word of 'the text' occurs 5 times: use a smaller min_count");
    CHECK(w2v_vocab_select(&v, &from, 1, NULL, &err) == W2V_OK && w2v_vocab_size(v) == 2);
    w2v_vocab_free(v);
    CHECK_STATUS(w2v_phrases_build(&p, &source, 1, NULL, &err), W2V_OK);
    w2v_phrases_free(p);
    CHECK_STATUS(w2v_kmeans(&rows, 1, NULL, class_of, NULL, NULL, &err), W2V_OK);
    w2v_model_free(made);
}

static uint64_t bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

// The settings of a checkpoint, in the order that its format has: checkpoints of older versions must be read.
static void test_checkpoint(void)
{
    w2v_config cfg = w2v_config_default();
    const w2v_source source = w2v_source_text(lines, sizeof lines - 1);
    w2v_buffer file = {NULL, 0, 0};
    w2v_trainer *t = NULL;
    w2v_error err;
    cfg.dim = 21, cfg.loss_type = W2V_LOSS_BOTH, cfg.architecture = W2V_CBOW, cfg.window = 3;
    cfg.window_shape = W2V_WINDOW_WEIGHTED, cfg.cbow_undivided = 5, cfg.negative = 4, cfg.epochs = 6;
    cfg.sample = 0.5, cfg.ns_exponent = 0.25, cfg.learning_rate = 0.1f, cfg.min_learning_rate = 0.01f;
    cfg.span = 2, cfg.span_negative = 7, cfg.seed = 99, cfg.lanes = 3;
    cfg.freeze_start = 1;  // there is nothing to start with
    const uint64_t expected[18] = {21, 3, 1, 3, 2, 1, 4, 6, bits_of(0.5), bits_of(0.25), bits_of((double)0.1f),
                                   bits_of((double)0.01f), 1, 2, 4, 99, 3, 0};
    if (!CHECK_STATUS(w2v_trainer_new(&t, &source, 1, &cfg, NULL, NULL, &err), W2V_OK)) return;
    CHECK(w2v_trainer_write(t, w2v_buffer_write, &file, &err) == W2V_OK && file.size > sizeof expected);
    const size_t settings = file.size ? part_at(file.data, "settings") : 0;
    for (size_t i = 0; i < 18; i++) {
        const uint64_t number = file.size ? number_at(file.data + settings + 8 * i) : 0;
        if (!CHECK_EQUAL(number,
                         expected[i])) printf("    setting %d is %llu\n", (int)i, (unsigned long long)number);
    }
    w2v_buffer_free(&file);
    w2v_trainer_free(t);
}

static double square(const float *x, float *grad, w2v_touched *touched, void *user)
{
    (void)touched, (void)user;
    if (grad) grad[0] += 2.0f * x[0];
    return (double)(x[0] * x[0]);
}

static void test_sgd(void)
{
    const w2v_objective f = {square, NULL, 1, 0, NULL};
    w2v_sgd_config cfg = w2v_sgd_config_default();
    w2v_error err;
    float x = 1.0f;
    cfg.struct_size--;
    CHECK(w2v_sgd(&f, &x, &cfg, NULL, &err) == W2V_ERROR_ARGUMENT && x == 1.0f);
    CHECK(strstr(err.message, "begin with w2v_sgd_config_default()") != NULL);
    CHECK(w2v_sgd(&f, &x, NULL, NULL, &err) == W2V_OK && fabs((double)x) < 1e-6);
    cfg.struct_size = offsetof(w2v_sgd_config, learning_rate);
    cfg.iterations = 1;
    cfg.learning_rate = 99.0;  // is not looked at
    x = 1.0f;
    CHECK_STATUS(w2v_sgd(&f, &x, &cfg, NULL, &err), W2V_OK);
    CHECK_NEAR(x, 0.4, 1e-6);
}

// Lengths of lists can be set by name, the lists cannot.
static void test_counts(void)
{
    w2v_load_config load = w2v_load_config_default();
    w2v_vocab_config vocab = w2v_vocab_config_default();
    w2v_vocab *v = NULL;
    w2v_model *m = NULL;
    w2v_error err = {""};
    const w2v_source s = w2v_source_text("1 1\na 1\n", 8);
    CHECK_STATUS(w2v_load_config_set(&load, "keep_word_count", "5", NULL), W2V_OK);
    CHECK_STATUS(w2v_model_read(&m, &s, &load, NULL, &err), W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "keep_word_count is 5, and keep_words is NULL");
    CHECK_STATUS(w2v_vocab_config_set(&vocab, "stop_word_count", "2", NULL), W2V_OK);
    CHECK_STATUS(w2v_vocab_select(&v, NULL, 0, &vocab, &err), W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "stop_word_count is 2, and stop_words is NULL");
    static const char *const word[] = {"a"};
    static const uint64_t most[] = {UINT64_MAX}, two[] = {2};
    w2v_vocab *from[2] = {NULL, NULL};
    vocab = w2v_vocab_config_default();
    vocab.min_count = 5;
    CHECK_STATUS(w2v_vocab_new(&from[0], word, most, 1, NULL), W2V_OK);
    CHECK_STATUS(w2v_vocab_new(&from[1], word, two, 1, NULL), W2V_OK);
    CHECK_STATUS(w2v_vocab_select(&v, (const w2v_vocab *const *)from, 2, &vocab, NULL), W2V_OK);
    CHECK(v && w2v_vocab_count(v, 0) == UINT64_MAX);  // and not 1, which is too rare
    for (int i = 0; i < 2; i++) w2v_vocab_free(from[i]);
    w2v_vocab_free(v);
    v = NULL;
    w2v_source weighted = w2v_source_weighted(w2v_source_file(NULL));
    CHECK_STATUS(w2v_model_read(&m, &weighted, NULL, NULL, &err), W2V_ERROR_ARGUMENT);
    CHECK(!m && !v);
}

int main(int argc, char **argv)
{
    static const test_case tests[] = {
        TEST(status_strings), TEST(defaults), TEST(fields), TEST(set), TEST(two_fields),
        TEST(decimals),       TEST(older),    TEST(sizes),  TEST(sgd), TEST(checkpoint), TEST(beyond_float),
        TEST(counts)};
    return test_main("config", tests, TEST_COUNT(tests), argc, argv);
}
