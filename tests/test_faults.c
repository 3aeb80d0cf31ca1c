// SPDX-License-Identifier: MIT-0
//
// test_faults.c - files that cannot be opened, read, written, synced or renamed, at every byte and call: a
// status, the old file or the new one, nothing left open. Files that change while they are read. A process
// that is killed while it writes. Where faulty.h does not work (it needs glibc and C) this is skipped.

#include "faulty.h"

#include "checked.h"

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include "test.h"

#include "parts.h"

#ifdef FAULTY
#include <dirent.h>
#include <sys/wait.h>

static char folder[240];
static w2v_model *model;
static w2v_phrases *phrases;
static w2v_trainer *trainer;
static long injected, killed;
static int every;  // byte, where it would take too long otherwise; the environment has W2V_FAULTS=every

static const char text[] =
    "new york is a city\nnew york is not a village\nthe city is new\nnew york new york\n";

// FOLDER/NAME, in one of eight buffers that take turns.
static const char *in_folder(const char *name)
{
    static char paths[8][600];
    static int turn;
    char *path = paths[turn++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

// The entries of the folder; those whose names end in .part are counted in *parts and, if `clean`, all are
// removed.
static size_t entries(size_t *parts, int clean)
{
    size_t n = 0;
    DIR *d = opendir(folder);
    *parts = 0;
    for (struct dirent *e; d && (e = readdir(d)) != NULL;) {
        if (*e->d_name == '.') continue;
        n++;
        *parts += strstr(e->d_name, ".part") != NULL;
        if (clean) remove(in_folder(e->d_name));
    }
    if (d) closedir(d);
    return n;
}

static size_t count_parts(void)
{
    size_t parts;
    entries(&parts, 0);
    return parts;
}

static void clean_folder(void)
{
    size_t parts;
    entries(&parts, 1);
}

typedef struct content {
    char *bytes;
    size_t n;
} content;

static content content_of(const char *path)
{
    enum { ROOM = 1 << 20 };
    content c = {NULL, 0};
    FILE *f = fopen(path, "rb");
    if (!f) return c;
    c.bytes = (char *)malloc(ROOM);
    if (!c.bytes) abort();
    c.n = fread(c.bytes, 1, ROOM, f);
    fclose(f);
    return c;
}

static int same(const content *a, const content *b)
{
    return !a->bytes == !b->bytes && a->n == b->n && (!a->n || !memcmp(a->bytes, b->bytes, a->n));
}

// (Some file systems wait for the disk when a file that was made shorter is closed.)
static void put(const char *path, const char *bytes, size_t n)
{
    remove(path);
    CHECK(test_write_file(path, bytes, n));
}

// -----------------------------------------------------------------------------------------------------------------
// What writes files

static w2v_config small_config(void)
{
    w2v_config cfg = w2v_config_default();
    cfg.dim = 3;
    cfg.min_count = 1;
    cfg.sample = 0.0;
    cfg.threads = 1;
    cfg.epochs = 2;
    return cfg;
}

static w2v_trainer *new_trainer(void)
{
    const w2v_config cfg = small_config();
    const w2v_source s = w2v_source_text(text, sizeof text - 1);
    w2v_trainer *t = NULL;
    CHECK_STATUS(w2v_trainer_new(&t, &s, 1, &cfg, NULL, NULL, NULL), W2V_OK);
    return t;
}

static double square(const float *x, float *gradient, w2v_touched *touched, void *user)
{
    (void)touched, (void)user;
    for (int i = 0; i < 3; i++) gradient[i] += 2.0f * x[i];
    return (double)(x[0] * x[0] + x[1] * x[1] + x[2] * x[2]);
}

// One iteration of w2v_sgd, and its checkpoint.
static w2v_status descend(const char *path, int resume, w2v_error *err)
{
    float x[3] = {1.0f, 2.0f, 3.0f};
    w2v_objective f;
    w2v_sgd_config cfg = w2v_sgd_config_default();
    memset(&f, 0, sizeof f);
    f.loss_fn = square;
    f.param_count = 3;
    cfg.iterations = cfg.checkpoint_every = 1;
    cfg.checkpoint = path;
    cfg.resume = resume;
    return w2v_sgd(&f, x, &cfg, NULL, err);
}

typedef enum kind {  // the first are formats
    VOCAB = W2V_FORMAT_NATIVE_INT8 + 1,
    CLASSES,
    CHECKPOINT,
    PHRASES,
    JOINED,
    DESCENT,
    KINDS
} kind;

static const char *const file_name[KINDS] = {"",
                                             "vectors.txt",
                                             "vectors.bin",
                                             "vectors.glove",
                                             "vectors.tsv",
                                             "vectors.npy",
                                             "vectors.safetensors",
                                             "fasttext.bin",
                                             "vectors.w2v",
                                             "half.w2v",
                                             "bytes.w2v",
                                             "vocab.txt",
                                             "classes.txt",
                                             "checkpoint",
                                             "phrases.txt",
                                             "joined.txt",
                                             "descent"};

// The files that are written, the last to get its name first.
static const char *const *files_of(int k)
{
    static const char *const tsv[] = {"vectors.tsv", "metadata.tsv", NULL},
                             *const npy[] = {"vectors.npy", "vectors.tsv", NULL},
                             *const tensors[] = {"vectors.safetensors", "tokenizer.json", "config.json",
                                                 NULL};
    static const char *one[2];
    one[0] = file_name[k];
    return k == W2V_FORMAT_TSV           ? tsv
           : k == W2V_FORMAT_NPY         ? npy
           : k == W2V_FORMAT_SAFETENSORS ? tensors
                                         : one;
}

static w2v_status write_kind(int k, const char *path, w2v_error *err)
{
    static const uint32_t class_of[] = {0, 1, 2, 0, 1, 2, 4000000000u, 1, 2};
    const w2v_source source = w2v_source_text(text, sizeof text - 1);
    if (k < VOCAB) return w2v_model_save(model, path, (w2v_format)k, err);
    if (k == VOCAB) return w2v_vocab_save(model->vocab, path, err);
    if (k == CLASSES) return w2v_vocab_save_classes(model->vocab, class_of, path, err);
    if (k == CHECKPOINT) return w2v_trainer_save(trainer, path, err);
    if (k == PHRASES) return w2v_phrases_save(phrases, path, err);
    if (k == JOINED) return w2v_phrases_apply_file(phrases, &source, 1, path, err);
    return descend(path, 0, err);
}

enum { MOST_FILES = 3 };

// The files of a kind as they should be, and what is there before they are written.
typedef struct files {
    int kind;
    const char *const *name;
    size_t count;
    content whole[MOST_FILES];
    content old;
} files;

static void put_old_files(const files *f)
{
    for (size_t i = 0; i < f->count; i++) {
        content now = content_of(in_folder(f->name[i]));
        if (!same(&now, &f->old)) put(in_folder(f->name[i]), f->old.bytes, f->old.n);
        free(now.bytes);
    }
}

static files learn_files(int k)
{
    static char old[] = "an old file, which is much longer than some of the new ones\n";
    files f;
    memset(&f, 0, sizeof f);
    f.kind = k;
    f.name = files_of(k);
    f.old.bytes = old;
    f.old.n = sizeof old - 1;
    CHECK_STATUS(write_kind(k, in_folder(file_name[k]), NULL), W2V_OK);
    for (; f.name[f.count]; f.count++) f.whole[f.count] = content_of(in_folder(f.name[f.count]));
    return f;
}

static void forget_files(files *f)
{
    for (size_t i = 0; i < f->count; i++) free(f->whole[i].bytes);
    clean_folder();
}

// How many of the files are old and how many are new; the others are neither.
static void compare_files(const files *f, size_t *old, size_t *whole)
{
    *old = *whole = 0;
    for (size_t i = 0; i < f->count; i++) {
        content now = content_of(in_folder(f->name[i]));
        *old += (size_t)same(&now, &f->old);
        *whole += (size_t)same(&now, &f->whole[i]);
        free(now.bytes);
    }
}

static size_t bytes_of(const files *f)
{
    size_t n = 0;
    for (size_t i = 0; i < f->count; i++) n += f->whole[i].n;
    return n;
}

static int files_open(void)
{
    int n = 0;
    for (int i = 0; i < 256; i++) n += fcntl(i, F_GETFD) >= 0;
    return n;
}

// Writes with a fault: nothing stays open or allocated, no call may fail in silence.
static w2v_status write_with(const files *f, const faulty_plan *plan, w2v_error *err)
{
    const long living = test_living;
    const int open_before = files_open();
    put_old_files(f);
    faulty_begin(plan);
    const w2v_status status = write_kind(f->kind, in_folder(file_name[f->kind]), err);
    faulty_end();
    injected += faulty_injected;
    CHECK_EQUAL(test_living, living);
    CHECK(faulty_open == 0 && files_open() == open_before);
    return status;
}

static faulty_plan plan_of(faulty_call call, long at, int error)
{
    faulty_plan plan;
    memset(&plan, 0, sizeof plan);
    plan.call = call;
    plan.at = at;
    plan.error = error;
    return plan;
}

// A write fails at every byte, when it is made or when the file is closed: the old files stay.
static void check_full_disk(const files *f)
{
    const size_t bytes = bytes_of(f);
    for (size_t at = 0; at < bytes; at += every ? 1 : 1 + bytes / 100) {
        faulty_plan plan = plan_of(FAULTY_WRITE, (long)at, at % 2 ? ENOSPC : EINTR);
        size_t old, whole;
        w2v_error err = {""};
        plan.again = at % 3 != 0;
        const w2v_status status = write_with(f, &plan, &err);
        compare_files(f, &old, &whole);
        if (!CHECK(status == W2V_ERROR_IO && faulty_injected && old == f->count && !count_parts()))
            printf("    %s, byte %zu: %s, %s\n", file_name[f->kind], at, test_status_name(status),
                   err.message);
        CHECK(strstr(err.message, at % 2 ? "No space left on device" : "Interrupted system call") != NULL);
    }
}

// Every other call fails, the first time, the second, ... and always: the old files or the new, and a word
// about it.
static void check_calls(const files *f)
{
    static const faulty_call calls[] = {FAULTY_OPEN, FAULTY_CREATE, FAULTY_CLOSE,
                                        FAULTY_SYNC, FAULTY_RENAME, FAULTY_OWNER};
    for (size_t c = 0; c < sizeof calls / sizeof *calls; c++)
        for (long at = -1; at < 20; at++) {
            const faulty_plan plan = plan_of(calls[c], at, EACCES);
            size_t old, whole;
            w2v_error err = {""};
            const w2v_status status = write_with(f, &plan, &err);
            compare_files(f, &old, &whole);
            if (!CHECK(status == W2V_OK ? whole == f->count
                                        : status == W2V_ERROR_IO && old + whole == f->count) ||
                !CHECK(!count_parts() || strstr(err.message, "the complete file is kept as")))
                printf("    %s, %s %ld: %s, %s\n", file_name[f->kind], faulty_name[calls[c]], at,
                       test_status_name(status), err.message);
            CHECK(at >= 0 || faulty_injected);
            if (faulty_injected) {
                CHECK(status == W2V_OK ? calls[c] != FAULTY_SYNC && calls[c] != FAULTY_CLOSE
                                       : strstr(err.message, "Permission denied") != NULL);
            } else if (at >= 0) {
                break;
            }
        }
}

static size_t copy_at;
static void fail_copy(void)
{
    faulty_plan plan = plan_of(FAULTY_WRITE, (long)copy_at, ENOSPC);
    plan.again = 1;
    faulty_begin(&plan);
}

// A file that cannot be renamed is copied. If the copy fails as well, at any byte, the complete file is kept.
static void check_copy(const files *f)
{
    const size_t last = f->count - 1;
    const size_t step = 1 + f->whole[last].n / (every ? 100 : 10);
    for (copy_at = 0; copy_at < f->whole[last].n; copy_at += step) {
        faulty_plan plan = plan_of(FAULTY_RENAME, 0, EXDEV);
        size_t old, whole;
        w2v_error err = {""};
        plan.hook = fail_copy;
        const w2v_status status = write_with(f, &plan, &err);
        compare_files(f, &old, &whole);
        CHECK(status == W2V_ERROR_IO && old == last && whole == 0 && count_parts() == 1);
        char *kept = strstr(err.message, "the complete file is kept as '"),
             *end = kept ? strchr(kept + 30, '\'') : NULL;
        if (CHECK(kept && end)) {
            *end = 0;
            content c = content_of(kept + 30);
            CHECK(same(&c, &f->whole[last]));
            free(c.bytes);
            remove(kept + 30);
        }
    }
}

// A single byte at a time: the same files. Their bytes are on the disk before they get their names.
static void check_order(const files *f)
{
    faulty_plan plan = plan_of(FAULTY_NOTHING, 0, 0);
    size_t old, whole;
    plan.piece = 1;
    CHECK_STATUS(write_with(f, &plan, NULL), W2V_OK);
    compare_files(f, &old, &whole);
    CHECK_EQUAL(whole, f->count);
    put_old_files(f);
    faulty_begin(&plan);
    faulty.piece = 0;
    CHECK_STATUS(write_kind(f->kind, in_folder(file_name[f->kind]), NULL), W2V_OK);
    const char *at = faulty_log;
    for (size_t i = 0; i < f->count; i++) {  // each is made, opened, written, closed and synced
        const char *const begin = at;
        at += strspn(at, "CO");
        CHECK(at == begin + 2 && !strncmp(begin, "CO", 2));
        at += strspn(at, "W");
        CHECK(!strncmp(at, "XS", 2));
        at += strspn(at, "XS");
    }
    if (!CHECK(strspn(at, "R") == f->count && strlen(at) == f->count))
        printf("    %s: %s\n", file_name[f->kind], faulty_log);
    faulty_end();
    put_old_files(f);
    plan = plan_of(FAULTY_RENAME, -1, EXDEV);  // a copy is synced before what it is of is removed
    faulty_begin(&plan);
    CHECK_STATUS(write_kind(f->kind, in_folder(file_name[f->kind]), NULL), W2V_OK);
    for (at = faulty_log; (at = strchr(at, 'R')) != NULL;) {
        at += 1 + strspn(at + 1, "OWX");
        CHECK(*at == 'S');
    }
    faulty_end();
    for (int again = 0; again < 2; again++) {  // a signal; a file that cannot be synced
        plan = plan_of(FAULTY_SYNC, again ? -1 : 0, again ? EINVAL : EINTR);
        CHECK_STATUS(write_with(f, &plan, NULL), W2V_OK);
        compare_files(f, &old, &whole);
        CHECK(whole == f->count && faulty_injected);
    }
}

// The process is killed at a byte or a call: every file is the old one or the new one, and the next save
// works.
static void check_kill(const files *f, const faulty_plan *plan)
{
    size_t old, whole;
    int ended = 0;
    put_old_files(f);
    fflush(stdout);
    const pid_t child = fork();
    if (!child) {
        faulty_begin(plan);
        write_kind(f->kind, in_folder(file_name[f->kind]), NULL);
        _exit(0);
    }
    CHECK(child > 0 && waitpid(child, &ended, 0) == child);
    compare_files(f, &old, &whole);
    killed += WIFSIGNALED(ended);
    if (!CHECK(old + whole == f->count && count_parts() <= f->count &&
               (WIFSIGNALED(ended) || whole == f->count)))
        printf("    %s, %s %ld: %zu old, %zu new\n", file_name[f->kind], faulty_name[plan->call], plan->at,
               old, whole);
    CHECK_STATUS(write_kind(f->kind, in_folder(file_name[f->kind]), NULL), W2V_OK);
    compare_files(f, &old, &whole);
    CHECK_EQUAL(whole, f->count);
    clean_folder();
}

static void check_kills(const files *f)
{
    const size_t bytes = bytes_of(f), step = 1 + bytes / (every ? 200 : TEST_SLOW ? 5 : 20);
    for (size_t at = 0; at < bytes; at += step) {
        const faulty_plan plan = plan_of(FAULTY_WRITE, (long)at, 0);
        check_kill(f, &plan);
    }
    for (int call = FAULTY_CLOSE; call <= FAULTY_OWNER; call++)
        for (long at = 0; at < (long)f->count; at++) {
            const faulty_plan plan = plan_of((faulty_call)call, at, 0);
            check_kill(f, &plan);
        }
}

static void begin(void)
{
    const w2v_source s = w2v_source_text(text, sizeof text - 1);
    const w2v_config cfg = small_config();
    w2v_phrases_config of_phrases = w2v_phrases_config_default();
    alarm(500);  // nothing may wait for ever
    clean_folder();
    trainer = new_trainer();
    CHECK_STATUS(w2v_trainer_run(trainer, UINT64_MAX, NULL), W2V_OK);
    of_phrases.min_count = 1;
    of_phrases.threshold = 1.0;
    CHECK_STATUS(w2v_phrases_build(&phrases, &s, 1, &of_phrases, NULL), W2V_OK);
    CHECK_STATUS(w2v_train_text(&model, text, sizeof text - 1, &cfg, NULL), W2V_OK);
}

static void end(void)
{
    w2v_model_free(model);
    w2v_phrases_free(phrases);
    w2v_trainer_free(trainer);
    clean_folder();
}

static void for_all_writers(void (*check)(const files *))
{
    begin();
    for (int k = W2V_FORMAT_TEXT; k < KINDS; k++) {
        if (k == W2V_FORMAT_FASTTEXT) continue;
        files f = learn_files(k);
        check(&f);
        forget_files(&f);
    }
    end();
}

static void test_copy(void) { for_all_writers(check_copy); }
static void test_full_disk(void) { for_all_writers(check_full_disk); }
static void test_calls(void) { for_all_writers(check_calls); }
static void test_order(void) { for_all_writers(check_order); }
static void test_kill(void) { for_all_writers(check_kills); }

// -----------------------------------------------------------------------------------------------------------------
// A pipe

// What a signal interrupts at any byte is written all the same.
static void test_pipe(void)
{
    begin();
    for (int k = W2V_FORMAT_TEXT; k < W2V_FORMAT_TSV; k++) {
        files f = learn_files(k);
        for (size_t at = 0; at < f.whole[0].n; at++) {
            const faulty_plan plan = plan_of(FAULTY_WRITE, (long)at, EINTR);
            char path[32], bytes[4096];
            int ends[2];
            CHECK(!pipe(ends));
            snprintf(path, sizeof path, "/dev/fd/%d", ends[1]);
            faulty_begin(&plan);
            CHECK_STATUS(w2v_model_save(model, path, (w2v_format)k, NULL), W2V_OK);
            faulty_end();
            injected += faulty_injected;
            CHECK_EQUAL(faulty_injected, 1);
            close(ends[1]);
            content c = {bytes, 0};
            for (ssize_t n = 1; n > 0; c.n += (size_t)n) n = read(ends[0], bytes + c.n, sizeof bytes - c.n);
            close(ends[0]);
            CHECK(same(&c, &f.whole[0]));
        }
        forget_files(&f);
    }
    end();
}

// -----------------------------------------------------------------------------------------------------------------
// What reads files

static uint64_t product;  // of the last reader that succeeded
static size_t threads = 1;

// All that a model is.
static void take_model(w2v_model *m)
{
    product = test_hash(m->input, m->size * m->stride * sizeof(float));
    for (uint32_t i = 0; i < m->size; i++)
        product = 31 * product + w2v_vocab_find(m->vocab, w2v_vocab_word(m->vocab, i));
    w2v_model_free(m);
}

static w2v_status load(const char *path, w2v_format format, int in_memory, w2v_error *err)
{
    w2v_load_config cfg = w2v_load_config_default();
    w2v_model *m = NULL;
    cfg.threads = threads;
    cfg.in_memory = in_memory;
    if (format == W2V_FORMAT_TSV) cfg.format = format;
    const w2v_status status = w2v_model_load(&m, path, &cfg, NULL, err);
    CHECK((status == W2V_OK) == (m != NULL));
    if (m) take_model(m);
    return status;
}

static w2v_status train(const char *path, size_t corpus_memory, size_t vocab_limit, w2v_error *err)
{
    w2v_config cfg = small_config();
    w2v_model *m = NULL;
    cfg.threads = threads;
    cfg.corpus_memory = corpus_memory;
    cfg.vocab_limit = vocab_limit;
    const w2v_status status = w2v_train_file(&m, path, &cfg, err);
    CHECK((status == W2V_OK) == (m != NULL));
    if (m) take_model(m);
    return status;
}

static int hash_bytes(const char *bytes, size_t n, void *user)
{
    uint64_t *h = (uint64_t *)user;
    for (size_t i = 0; i < n; i++) *h = (*h ^ (unsigned char)bytes[i]) * UINT64_C(1099511628211);
    return 0;
}

// Finds phrases in a file and joins them in it.
static w2v_status find_phrases(const char *path, w2v_error *err)
{
    const w2v_source s = w2v_source_file(path);
    w2v_phrases_config cfg = w2v_phrases_config_default();
    w2v_phrases *p = NULL;
    uint64_t h = 1;
    cfg.min_count = 1;
    cfg.threshold = 1.0;
    cfg.threads = threads;
    w2v_status status = w2v_phrases_build(&p, &s, 1, &cfg, err);
    CHECK((status == W2V_OK) == (p != NULL));
    if (status == W2V_OK) status = w2v_phrases_apply(p, &s, 1, hash_bytes, &h, err);
    if (status == W2V_OK) product = h + w2v_phrases_size(p);
    w2v_phrases_free(p);
    return status;
}

static w2v_status evaluate(const char *path, int pairs, w2v_error *err)
{
    const w2v_source s = w2v_source_file(path);
    w2v_analogy_config cfg = w2v_analogy_config_default();
    w2v_analogy_result a;
    w2v_similarity_result r;
    cfg.threads = threads;
    const w2v_status status = pairs ? w2v_model_evaluate_similarity(model, &s, NULL, &r, err)
                                    : w2v_model_evaluate_analogies(model, &s, &cfg, &a, err);
    if (status == W2V_OK) product = pairs ? r.used : a.total.used;
    if (status == W2V_OK && !pairs) w2v_analogy_result_free(&a);
    return status;
}

static w2v_status read_sentences(const char *path, w2v_error *err)
{
    const w2v_source source = w2v_source_file(path);
    w2v_sentence_config cfg = w2v_sentence_config_default();
    w2v_sentence_match match;
    w2v_sentences *s = NULL;
    size_t n = 0;
    cfg.threads = threads;
    w2v_status status = w2v_sentences_new(&s, model, &cfg, err);
    if (status == W2V_OK) status = w2v_sentences_fit(s, &source, NULL, err);
    if (status == W2V_OK) status = w2v_sentences_read(s, &source, NULL, err);
    if (status == W2V_OK) status = w2v_sentences_nearest(s, "a city", 6, &match, 1, &n, err);
    if (status == W2V_OK) product = n ? match.number + (uint64_t)(1e6f + match.score * 1e6f) : 0;
    w2v_sentences_free(s);
    return status;
}

static w2v_status load_vocab(const char *path, w2v_error *err)
{
    w2v_vocab *v = NULL;
    const w2v_status status = w2v_vocab_load(&v, path, err);
    CHECK((status == W2V_OK) == (v != NULL));
    product = v ? w2v_vocab_size(v) + w2v_vocab_count(v, 0) : product;
    w2v_vocab_free(v);
    return status;
}

static w2v_status load_phrases(const char *path, w2v_error *err)
{
    w2v_phrases *p = NULL;
    const w2v_status status = w2v_phrases_load(&p, path, err);
    CHECK((status == W2V_OK) == (p != NULL));
    product = p ? w2v_phrases_size(p) : product;
    w2v_phrases_free(p);
    return status;
}

static w2v_status load_subwords(const char *path, w2v_error *err)
{
    w2v_subwords *s = NULL;
    const w2v_status status = w2v_subwords_load(&s, path, err);
    CHECK((status == W2V_OK) == (s != NULL));
    product = s ? w2v_subwords_dim(s) : product;
    w2v_subwords_free(s);
    return status;
}

// A trainer that could not read a checkpoint is what it was.
static w2v_status load_checkpoint(const char *path, w2v_error *err)
{
    w2v_trainer *t = new_trainer();
    const uint64_t before = test_hash_model(w2v_trainer_model(t));
    const w2v_status status = w2v_trainer_load(t, path, err);
    const uint64_t now = test_hash_model(w2v_trainer_model(t));
    CHECK(status == W2V_OK ? now != before : now == before);
    if (status == W2V_OK) product = now;
    w2v_trainer_free(t);
    return status;
}

enum {
    MAPPED = KINDS,
    TRAIN,
    TRAIN_STREAMED,
    TRAIN_LIMITED,
    FIND_PHRASES,
    ANALOGIES,
    PAIRS,
    SENTENCES,
    SUBWORDS,
    READERS
};

static w2v_status read_kind(int k, w2v_error *err)
{
    switch (k) {
    case VOCAB: return load_vocab(in_folder(file_name[k]), err);
    case CHECKPOINT: return load_checkpoint(in_folder(file_name[k]), err);
    case PHRASES: return load_phrases(in_folder(file_name[k]), err);
    case DESCENT: return descend(in_folder(file_name[k]), 1, err);
    case MAPPED: return load(in_folder("vectors.w2v"), W2V_FORMAT_AUTO, 0, err);
    case TRAIN: return train(in_folder("corpus"), 0, 0, err);
    case TRAIN_STREAMED: return train(in_folder("corpus"), 1, 0, err);
    case TRAIN_LIMITED: return train(in_folder("corpus"), 0, 100, err);
    case FIND_PHRASES: return find_phrases(in_folder("corpus"), err);
    case ANALOGIES: return evaluate(in_folder("questions"), 0, err);
    case PAIRS: return evaluate(in_folder("pairs"), 1, err);
    case SENTENCES: return read_sentences(in_folder("corpus"), err);
    case SUBWORDS: return load_subwords(in_folder("fasttext.bin"), err);
    default: return load(in_folder(file_name[k]), (w2v_format)k, 1, err);
    }
}

// The files that a reader reads; the corpus has two blocks.
static void put_files_of(int k)
{
    static const char questions[] = "new york city village\n",
                      pairs[] = "new york 1\ncity village 2\nis a 3\n";
    static char corpus[60 * (sizeof text - 1)];
    for (size_t i = 0; i < 60; i++) memcpy(corpus + i * (sizeof text - 1), text, sizeof text - 1);
    clean_folder();
    char bin[FASTTEXT_BYTES];
    put_fasttext(bin);
    put(in_folder("fasttext.bin"), bin, FASTTEXT_BYTES);
    put(in_folder("corpus"), corpus, sizeof corpus);
    put(in_folder("questions"), questions, sizeof questions - 1);
    put(in_folder("pairs"), pairs, sizeof pairs - 1);
    const int written = k == MAPPED ? (int)W2V_FORMAT_NATIVE : k;
    if (written < KINDS && written != W2V_FORMAT_FASTTEXT)
        CHECK_STATUS(write_kind(written, in_folder(file_name[written]), NULL), W2V_OK);
}

static w2v_status read_with(int k, const faulty_plan *plan, w2v_error *err)
{
    const long living = test_living;
    const int open_before = files_open();
    product = 0;
    faulty_begin(plan);
    snprintf(faulty.path, sizeof faulty.path, "%s", folder);
    const w2v_status status = read_kind(k, err);
    faulty_end();
    injected += faulty_injected;
    CHECK_EQUAL(test_living, living);
    CHECK(faulty_open == 0 && files_open() == open_before);
    CHECK((status == W2V_OK) == !*err->message);
    return status;
}

static void fail_read(int k, const char *what, w2v_status status, const w2v_error *err)
{
    printf("    reader %d (%s), %s: %s, %s\n", k, k < KINDS ? file_name[k] : "", what,
           test_status_name(status), err->message);
}

// The disk fails at every byte; a signal comes at every byte; a byte or seven at a time.
static void check_reader(int k)
{
    faulty_plan plan = plan_of(FAULTY_NOTHING, 0, 0);
    w2v_error err = {""};
    const w2v_status status = read_with(k, &plan, &err);
    if (!CHECK_STATUS(status, W2V_OK)) fail_read(k, "no fault", status, &err);
    const uint64_t expected = product;
    for (plan.piece = 1; plan.piece < 8; plan.piece += 6)
        CHECK(read_with(k, &plan, &err) == W2V_OK && product == expected);
    int went_on = 1;
    for (long at = 0; went_on; at += 1 + at / (every ? 200 : 10)) {
        plan = plan_of(FAULTY_READ, at, EINTR);
        w2v_status s = read_with(k, &plan, &err);
        went_on = faulty_injected > 0;
        CHECK(at > 0 || went_on);
        if (!CHECK(s == W2V_OK && product == expected)) fail_read(k, "a signal", s, &err);
        w2v_error why = {""};
        plan = plan_of(FAULTY_READ, at, EIO);
        plan.again = 1;
        s = read_with(k, &plan, &why);
        if (!CHECK(went_on ? s == W2V_ERROR_IO && strstr(why.message, "Input/output error") : s == W2V_OK))
            fail_read(k, "a disk that fails", s, &why);
    }
    for (long at = 0; at < 20; at++) {
        w2v_error why = {""};
        plan = plan_of(FAULTY_OPEN, at, EMFILE);
        const w2v_status s = read_with(k, &plan, &why);
        if (!CHECK(faulty_injected ? s == W2V_ERROR_IO && strstr(why.message, "Too many open files")
                                   : s == W2V_OK))
            fail_read(k, "no file to open", s, &why);
    }
    plan = plan_of(FAULTY_MAP, -1, ENOMEM);
    CHECK(read_with(k, &plan, &err) == W2V_OK && product == expected);
}

static int is_reader(int k) { return k != CLASSES && k != JOINED; }

static void test_readers(void)
{
    begin();
    for (int k = W2V_FORMAT_TEXT; k < READERS; k++) {
        if (!is_reader(k)) continue;
        put_files_of(k);
        check_reader(k);
    }
    end();
}

// -----------------------------------------------------------------------------------------------------------------
// Files that change while they are read

static int change;
static char changing[600];

static void change_file(void)
{
    char copy[640];
    content c;
    switch (change) {
    case 0: remove(changing); break;
    case 1: CHECK(!truncate(changing, 0)); break;
    case 2: CHECK(!truncate(changing, 70)); break;
    case 3:  // longer
    case 4:  // another one, of the same words
        c = content_of(changing);
        snprintf(copy, sizeof copy, "%s.new", changing);
        put(change == 3 ? changing : copy, c.bytes, c.n);
        if (change == 3) CHECK(truncate(changing, (off_t)c.n + 500) == 0);
        if (change == 4) CHECK(!rename(copy, changing));
        free(c.bytes);
        break;
    default: CHECK(!truncate(changing, (off_t)1 << 20)); break;  // zeros
    }
}

// At every call that opens a file, and at bytes that are read.
static void check_changes(int k, const char *name)
{
    static const w2v_status failures[] = {W2V_ERROR_IO, W2V_ERROR_FORMAT, W2V_ERROR_EMPTY,
                                          W2V_ERROR_UNKNOWN_WORD};
    snprintf(changing, sizeof changing, "%s", in_folder(name));
    for (change = 0; change < 6; change++)
        for (int call = FAULTY_OPEN; call <= FAULTY_READ; call += FAULTY_READ - FAULTY_OPEN) {
            long at = 0;
            for (int went_on = 1; went_on; at += call == FAULTY_READ ? 1 + at / (every ? 8 : 1) : 1) {
                put_files_of(k);
                faulty_plan plan = plan_of((faulty_call)call, at, 0);
                w2v_error err = {""};
                plan.hook = change_file;
                const w2v_status status = read_with(k, &plan, &err);
                went_on = faulty_injected > 0;
                int known = status == W2V_OK;
                for (size_t i = 0; i < sizeof failures / sizeof *failures; i++)
                    known |= status == failures[i];
                if (!CHECK(known)) fail_read(k, "a file that changes", status, &err);
                if (k == TRAIN_STREAMED && went_on && change != 4) CHECK(status != W2V_OK);
            }
        }
}

static void test_changes(void)
{
    static const struct {
        int kind;
        const char *name;
    } cases[] = {{TRAIN, "corpus"},
                 {TRAIN_STREAMED, "corpus"},
                 {TRAIN_LIMITED, "corpus"},
                 {FIND_PHRASES, "corpus"},
                 {SENTENCES, "corpus"},
                 {ANALOGIES, "questions"},
                 {PAIRS, "pairs"},
                 {SUBWORDS, "fasttext.bin"},
                 {W2V_FORMAT_TEXT, "vectors.txt"},
                 {VOCAB, "vocab.txt"},
                 {W2V_FORMAT_BINARY, "vectors.bin"},
                 {W2V_FORMAT_NPY, "vectors.npy"},
                 {PHRASES, "phrases.txt"},
                 {W2V_FORMAT_NATIVE, "vectors.w2v"},
                 {CHECKPOINT, "checkpoint"}};
    begin();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) check_changes(cases[i].kind, cases[i].name);
    end();
}

// Shortening a file that is mapped ends the program, as the manual says; one that was read into memory does
// not mind.
static void test_mapped(void)
{
    begin();
    for (int in_memory = 0; in_memory < 2; in_memory++) {
        int ended = 0;
        const char *path = in_folder("vectors.w2v");
        CHECK_STATUS(w2v_model_save(model, path, W2V_FORMAT_NATIVE, NULL), W2V_OK);
        fflush(stdout);
        const pid_t child = fork();
        if (!child) {
            w2v_load_config cfg = w2v_load_config_default();
            w2v_model *m = NULL;
            signal(SIGBUS, SIG_DFL);  // a sanitizer's
            cfg.in_memory = in_memory;
            if (w2v_model_load(&m, path, &cfg, NULL, NULL) != W2V_OK || truncate(path, 0)) _exit(1);
            _exit(m->input[0] < -1e30f);
        }
        CHECK(child > 0 && waitpid(child, &ended, 0) == child);
        CHECK(in_memory ? WIFEXITED(ended) && !WEXITSTATUS(ended)
                        : WIFSIGNALED(ended) && WTERMSIG(ended) == SIGBUS);
    }
    end();
}

// -----------------------------------------------------------------------------------------------------------------
// Threads that do not start, or have a stack of 64 KiB

static char many_words[4000 * 24], many_lines[40 * W2V_BLOCK_BYTES];
static w2v_model *large;  // of many_words

static w2v_status train_in_lanes(w2v_loss_type loss, size_t corpus_memory, w2v_error *err)
{
    w2v_config cfg = small_config();
    w2v_model *m = NULL;
    cfg.threads = 4;
    cfg.loss_type = loss;
    cfg.epochs = 1;
    put(in_folder("corpus"), many_lines, sizeof many_lines);
    cfg.corpus_memory = corpus_memory;
    const w2v_status status = w2v_train_file(&m, in_folder("corpus"), &cfg, err);
    if (m) take_model(m);
    return status;
}

static w2v_status load_many(w2v_error *err)
{
    put(in_folder("vectors.txt"), many_words, strlen(many_words));
    return load(in_folder("vectors.txt"), W2V_FORMAT_TEXT, 0, err);
}

// All formats that several threads write or hash.
static w2v_status save_many(w2v_error *err)
{
    static const w2v_format formats[] = {W2V_FORMAT_TEXT, W2V_FORMAT_NATIVE, W2V_FORMAT_NATIVE_INT8};
    w2v_status status = W2V_OK;
    product = 0;
    for (size_t i = 0; status == W2V_OK && i < 3; i++) {
        status = w2v_model_save(large, in_folder("vectors"), formats[i], err);
        const uint64_t before = product;
        if (status == W2V_OK) status = load(in_folder("vectors"), W2V_FORMAT_AUTO, i == 1, err);
        product = 31 * before + product;
    }
    return status;
}

static w2v_status ask(w2v_error *err)
{
    enum { QUERIES = 200, TOP = 5 };
    static w2v_term terms[QUERIES];
    static w2v_query queries[QUERIES];
    static w2v_match top[QUERIES * TOP];
    static size_t found[QUERIES];
    w2v_query_config cfg = w2v_query_config_default();
    w2v_index *index = NULL;
    cfg.threads = threads;
    for (uint32_t i = 0; i < QUERIES; i++) {
        terms[i].word = w2v_vocab_word(large->vocab, 7 * i);
        terms[i].weight = 1.0f;
        queries[i].terms = &terms[i];
        queries[i].term_count = 1;
    }
    product = 0;
    w2v_status status = w2v_index_new(&index, large, threads, err);
    for (int i = 0; status == W2V_OK && i < 2; i++) {
        cfg.index = i ? index : NULL;
        status = w2v_model_query(large, queries, QUERIES, &cfg, top, TOP, found, err);
        for (size_t k = 0; status == W2V_OK && k < QUERIES * TOP; k++) product = 31 * product + top[k].id;
    }
    w2v_index_free(index);
    return status;
}

static w2v_status find_classes(w2v_error *err)
{
    static uint32_t class_of[4000];
    w2v_kmeans_config cfg = w2v_kmeans_config_default();
    const w2v_matrix rows = w2v_model_input(large);
    cfg.threads = threads;
    const w2v_status status = w2v_kmeans(&rows, 9, &cfg, class_of, NULL, NULL, err);
    product = test_hash(class_of, sizeof class_of);
    return status;
}

static w2v_status threaded(int k, w2v_error *err)
{
    put(in_folder("corpus"), many_lines, sizeof many_lines);
    switch (k) {
    case 0: return train_in_lanes(W2V_LOSS_NEG_SAMPLING, 0, err);
    case 1: return train_in_lanes(W2V_LOSS_HIERARCHICAL, 1, err);
    case 2: return train_in_lanes(W2V_LOSS_SOFTMAX, 0, err);
    case 3: return load_many(err);
    case 4: return save_many(err);
    case 5: return ask(err);
    case 6: return find_classes(err);
    case 7: return find_phrases(in_folder("corpus"), err);
    default: return read_sentences(in_folder("corpus"), err);
    }
}

static void make_many(void)
{
    const size_t line = sizeof text - 1;
    size_t n = 0;
    for (int i = 0; i < 4000; i++)
        n += (size_t)snprintf(many_words + n, sizeof many_words - n, "w%d %d.5 %d 1\n", i, i % 9 - 4,
                              i * 7 % 31 - 15);
    memset(many_lines, ' ', sizeof many_lines);
    for (size_t i = 0; i + line < sizeof many_lines; i += W2V_BLOCK_BYTES / 4)
        memcpy(many_lines + i, text, line);
    const w2v_source s = w2v_source_text(many_words, n);
    CHECK_STATUS(w2v_model_read(&large, &s, NULL, NULL, NULL), W2V_OK);
}

static void test_threads(void)
{
    begin();
    make_many();
    threads = 4;
    for (int k = 0; k <= 8; k++) {
        w2v_error err = {""};
        CHECK_STATUS(threaded(k, &err), W2V_OK);
        const uint64_t expected = product;
        int went_on = 1;
        for (long at = -1; went_on && at < 50; at++) {  // with none, without the first, the second, ...
            const faulty_plan plan = plan_of(FAULTY_THREAD, at, EAGAIN);
            faulty_begin(&plan);
            const w2v_status status = threaded(k, &err);
            faulty_end();
            went_on = faulty_injected > 0 || at < 0;
#ifndef FAULTY_SANITIZED
            if (!CHECK(at >= 0 || faulty_injected)) printf("    job %d starts no thread\n", k);
#endif
            injected += faulty_injected;
            if (!CHECK(status == W2V_OK && product == expected))
                fail_read(k, "threads that do not start", status, &err);
        }
        faulty_plan plan = plan_of(FAULTY_NOTHING, 0, 0);
        plan.stack = 65536;
        faulty_begin(&plan);
        const w2v_status status = threaded(k, &err);
        faulty_end();
        if (!CHECK(status == W2V_OK && product == expected)) fail_read(k, "a stack of 64 KiB", status, &err);
    }
    threads = 1;
    w2v_model_free(large);
    end();
}

// cfg.threads = 1 is a promise: native files are checked and decoded, and checkpoints read, without any other.
static void test_one_thread(void)
{
    static const w2v_format formats[] = {W2V_FORMAT_NATIVE, W2V_FORMAT_NATIVE_FLOAT16, W2V_FORMAT_NATIVE_INT8};
    const faulty_plan plan = plan_of(FAULTY_THREAD, 0, EAGAIN);
    const w2v_source lines = w2v_source_text("w1 w2 w3 w2 w1", 14);
    w2v_config cfg = small_config();
    w2v_trainer *t = NULL;
    w2v_error err = {""};
    begin();
    make_many();
    cfg.dim = 300;  // files of more than a mebibyte, which is hashed at a time
    if (!CHECK_STATUS(w2v_trainer_new(&t, &lines, 1, &cfg, large->vocab, NULL, &err), W2V_OK)) return;
    for (size_t i = 0; i < 3; i++) {
        w2v_load_config c = w2v_load_config_default();
        CHECK_STATUS(w2v_model_save(w2v_trainer_model(t), in_folder("vectors"), formats[i], &err), W2V_OK);
        c.verify = 1;
        for (c.threads = 1; c.threads <= 2; c.threads++) {
            w2v_model *m = NULL;
            faulty_begin(&plan);
            const w2v_status status = w2v_model_load(&m, in_folder("vectors"), &c, NULL, &err);
            faulty_end();
            CHECK_STATUS(status, W2V_OK);
#ifndef FAULTY_SANITIZED  // whose threads are not counted
            CHECK_EQUAL((faulty_injected > 0), (c.threads > 1));
#endif
            w2v_model_free(m);
        }
    }
    const w2v_source saved = w2v_source_file(in_folder("saved"));
    CHECK_STATUS(w2v_trainer_save(t, saved.path, &err), W2V_OK);
    faulty_begin(&plan);
    const w2v_status status = w2v_trainer_read(t, &saved, &err);
    faulty_end();
    CHECK_STATUS(status, W2V_OK);
    CHECK_EQUAL(faulty_injected, 0);
    w2v_trainer_free(t);
    w2v_model_free(large);
    end();
}

#else
static void test_here(void) { tests_skipped++; }
#endif

int main(int argc, char **argv)
{
    static const test_case tests[] = {
#ifdef FAULTY
        TEST(full_disk), TEST(calls),   TEST(copy),   TEST(order),  TEST(kill), TEST(pipe),
        TEST(readers),   TEST(changes), TEST(mapped), TEST(threads), TEST(one_thread)
#else
        TEST(here)
#endif
    };
#ifdef FAULTY
    snprintf(folder, sizeof folder, "%s.tmp", argv[0]);
    mkdir(folder, 0755);
    const char *mode = getenv("W2V_FAULTS");
    every = mode && !strcmp(mode, "every");
    const int failed = test_main("faults", tests, TEST_COUNT(tests), argc, argv);
    rmdir(folder);
    if (argc < 2) printf("faults: %ld faults of files and threads, %ld processes killed\n", injected, killed);
    return failed;
#else
    printf("faults: skipped: files that fail: there is no fopencookie, or this is C++\n");
    return test_main("faults", tests, TEST_COUNT(tests), argc, argv);
#endif
}
