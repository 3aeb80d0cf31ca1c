// SPDX-License-Identifier: MIT-0
//
// test_parts.c - private functions that are tested by themselves
//
// These are: w2v__query_copy_lower and w2v__utf8_character for every character there is; w2v__io_write_records with
// any number of threads, and w2v__io_put_record, for the w2v__io_layout_of a format; the temporary name in w2v_file.

#define STB_DS_IMPLEMENTATION
#define W2V_STATIC
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include "test.h"

static char path[1024];  // a file of this test

// -----------------------------------------------------------------------------------------------------------------
// Lower case

// Through UTF-8; 0 if the result is not UTF-8, or longer.
static uint32_t lower_of(uint32_t code)
{
    char word[8] = {0}, lower[8];
    uint32_t small = 0;
    size_t n = 0;
    if (code >= 0x10000) word[n++] = (char)(0xf0 | code >> 18);
    if (code >= 0x800) word[n++] = (char)(code < 0x10000 ? 0xe0 | code >> 12 : 0x80 | (code >> 12 & 0x3f));
    if (code >= 0x80) word[n++] = (char)(code < 0x800 ? 0xc0 | code >> 6 : 0x80 | (code >> 6 & 0x3f));
    word[n++] = (char)(code < 0x80 ? code : 0x80 | (code & 0x3f));
    const size_t length = w2v__query_copy_lower(lower, word, n);
    return length <= n && !lower[length] && w2v__utf8_character(lower, &small) == length ? small : 0;
}

static void test_lower_case(void)
{
    static const char *const words[][2] = {
        {"\xC3\x84PFEL", "\xC3\xA4pfel"},
        {"\xCE\xA3\xCE\x8C\xCE\xA6\xCE\x9F\xCE\xA3", "\xCF\x83\xCF\x8C\xCF\x86\xCE\xBF\xCF\x83"},  // Greek
        {"\xCF\x83\xCF\x8C\xCF\x86\xCE\xBF\xCF\x82",
         "\xCF\x83\xCF\x8C\xCF\x86\xCE\xBF\xCF\x83"},                       // final sigma
        {"\xD0\x81\xD0\x96", "\xD1\x91\xD0\xB6"},                           // Cyrillic
        {"\xC5\xB8\xC3\x97Z\xC4", "\xC3\xBF\xC3\x97z\xC4"},                 // a sign; the end is not UTF-8
        {"\xC4\xB0STANBUL \xC5\x9E\xC4\xB1", "istanbul \xC5\x9F\xC4\xB1"},  // Turkish
        {"\xC4\x90\xC3\x80 N\xE1\xBA\xB4NG \xC6\xA0\xC6\xAF",
         "\xC4\x91\xC3\xA0 n\xE1\xBA\xB5ng \xC6\xA1\xC6\xB0"},
        {"\xD4\xB5\xD6\x80\xD6\x87\xD4\xB1\xD5\x86", "\xD5\xA5\xD6\x80\xD6\x87\xD5\xA1\xD5\xB6"},  // Armenian
        {"\xE6\x9D\xB1\xE4\xBA\xAC \xEF\xBC\xA1\xFF\xE6\x9D",
         "\xE6\x9D\xB1\xE4\xBA\xAC \xEF\xBD\x81\xFF\xE6\x9D"}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        for (size_t k = 0; k < 2; k++) {
            char out[64];
            CHECK_EQUAL(w2v__query_copy_lower(out, words[i][k], strlen(words[i][k])), strlen(words[i][1]));
            CHECK_STRING(out, words[i][1]);
        }
    // number, and sum of code x lower case, of all that change below U+20000, from Python (Unicode 14):
    // blocks = [(0x41, 0x5a), (0xc0, 0x24f), (0x370, 0x556), (0x1c90, 0x1cbf), (0x1e00, 0x1fff),
    //           (0xff21, 0xff3a)]
    // lower = {c: ord(chr(c).lower()[0]) for a, b in blocks for c in range(a, b + 1)} | {0x3c2: 0x3c3}
    // some = [(c, l) for c, l in lower.items() if c != l and c not in (0x23a, 0x23e)]
    // print(len(some), sum(c * l for c, l in some))
    uint64_t count = 0, sum = 0;
    for (uint32_t code = 1; code < 0x20000; code++) {
        if (code >> 11 == 0x1b) continue;  // no characters
        const uint32_t small = lower_of(code);
        if (small != code) CHECK(small && lower_of(small) == small);
        count += small != code;
        sum += small != code ? (uint64_t)code * small : 0;
    }
    CHECK(count == 760 && sum == UINT64_C(126546649813));
}

// -----------------------------------------------------------------------------------------------------------------
// Records by threads

static size_t read_bytes(const char *name, char *data, size_t room)
{
    FILE *f = fopen(name, "rb");
    if (!f) return 0;
    const size_t n = fread(data, 1, room, f);
    fclose(f);
    return n;
}

static w2v_status write_with(const w2v_model *m, w2v_format format, w2v_write_fn write_fn, void *user,
                             size_t threads, w2v_error *err)
{
    w2v__files_sink sink;
    w2v__files_sink_init(&sink, write_fn, user, err);
    const w2v_status status =
        w2v__io_write_records(w2v__io_layout_of(format), m, m->input, &sink, threads);
    return status == W2V_OK ? w2v__files_sink_end(&sink) : status;
}

static w2v_status save_with(const w2v_model *m, const char *name, w2v_format format, size_t threads,
                            w2v_error *err)
{
    w2v_file *f;
    const w2v_status status = w2v_file_create(&f, name, err);
    if (status != W2V_OK) return status;
    return w2v__files_finish(f, write_with(m, format, w2v_file_write, f, threads, err), err);
}

// Takes `left` pieces, on the thread that it belongs to.
typedef struct taker {
    w2v_buffer buffer;
    size_t left;
    int refused;
#if !defined(_WIN32) && !defined(W2V_NO_THREADS)
    pthread_t thread;
#endif
} taker;

static int take(const char *bytes, size_t n, void *user)
{
    taker *t = (taker *)user;
#if !defined(_WIN32) && !defined(W2V_NO_THREADS)
    CHECK(pthread_equal(t->thread, pthread_self()));
#endif
    CHECK(!t->refused);  // nobody asks again
    t->refused = !t->left;
    return t->refused || (t->left--, w2v_buffer_write(bytes, n, &t->buffer));
}

// Whoever works, the calling thread writes: some rounds of chunks, all of them and until it is stopped.
static void check_taker(const w2v_model *m, const char *expected, size_t n)
{
    for (size_t left = 0; left < 9; left++) {
        taker t;
        memset(&t, 0, sizeof t);
        t.left = left < 8 ? left : SIZE_MAX;
#if !defined(_WIN32) && !defined(W2V_NO_THREADS)
        t.thread = pthread_self();
#endif
        CHECK_EQUAL(write_with(m, W2V_FORMAT_TEXT, take, &t, 2, NULL),
                    (left < 8 ? W2V_ERROR_STOPPED : W2V_OK));
        CHECK((left < 8 ? t.buffer.size < n : t.buffer.size == n) &&
              (!t.buffer.size || !memcmp(t.buffer.data, expected, t.buffer.size)));
        w2v_buffer_free(&t.buffer);
    }
}

// Any number of threads writes the same bytes: some rounds of chunks, the
// last one not full; and a record for a chunk.
static void check_threads(size_t V, size_t dim)
{
    static const w2v_format records[3] = {W2V_FORMAT_TEXT, W2V_FORMAT_BINARY, W2V_FORMAT_TSV};
    const size_t room = V * (dim * 17 + 10);
    float *in = (float *)malloc(V * dim * sizeof *in);
    const char **word = (const char **)malloc(V * sizeof *word);
    char *names = (char *)malloc(V * 24), *one = (char *)malloc(room), *many = (char *)malloc(room);
    if (!CHECK(in && word && names && one && many)) exit(1);
    w2v_random random = w2v_random_stream(1, 0);
    for (size_t i = 0; i < V * dim; i++) in[i] = w2v_random_float(&random) - 0.5f;
    for (size_t i = 0; i < V; i++) {
        snprintf(names + 24 * i, 24, "%zu", i);
        word[i] = names + 24 * i;
    }
    w2v_model *m = NULL;
    CHECK_STATUS(w2v_model_new(&m, word, NULL, V, dim, in, NULL, NULL), W2V_OK);
    w2v_error err = {""};
    FILE *f = fopen("/dev/full", "rb");
#ifdef _WIN32
    if (f) fclose(f), f = NULL;  // even where Wine shows it
#endif
    for (int r = 0; r < 3; r++) {
        CHECK_STATUS(save_with(m, path, records[r], 1, &err), W2V_OK);
        const size_t n = read_bytes(path, one, room);
        char *p = many;
        for (uint32_t id = 0; id < V; id++)
            p += w2v__io_put_record(w2v__io_layout_of(records[r]), m, m->input, id, p);
        CHECK(n && n == (size_t)(p - many) && !memcmp(one, many, n));
        if (!r) check_taker(m, one, n);
        for (size_t threads = 2; threads < 40; threads *= TEST_SLOW ? 4 : 2) {
            CHECK_STATUS(save_with(m, path, records[r], threads + 1, &err), W2V_OK);
            CHECK(read_bytes(path, many, room) == n && !memcmp(one, many, n));
        }
    }
    if (f) {
        fclose(f);
        CHECK_STATUS(save_with(m, "/dev/full", W2V_FORMAT_TEXT, 4, &err), W2V_ERROR_IO);
        CHECK_STRING(err.message, "cannot write '/dev/full': No space left on device");
    } else
        tests_skipped += 2;
    w2v_model_free(m);
    free(in);
    free((void *)word);
    free(names);
    free(one);
    free(many);
}

static void test_threads(void)
{
    check_threads(3000, 100);
    check_threads(40, 20000);
    check_threads(10, 62000);  // a record is more than a round of one thread
}

// A long name is not cut inside a character: some file systems refuse names that are not UTF-8.
static void test_temporary_name(void)
{
    static const char *const letters[] = {"\xC3\xA4", "\xE2\x82\xAC", "\xF0\x9D\x84\x9E", "x"};
    for (size_t i = 0; i < 4; i++)
        for (size_t before = 196; before <= 201; before++) {
            char name[sizeof path + 300];
            w2v_file *f = NULL;
            size_t folder = strlen(path);
            while (folder && path[folder - 1] != '/' && path[folder - 1] != '\\') folder--;
            memcpy(name, path, folder);
            memset(name + folder, 'a', before);
            snprintf(name + folder + before, 20, "%s%s", letters[i], letters[i]);
            if (!CHECK_STATUS(w2v_file_create(&f, name, NULL), W2V_OK)) return;
            size_t cut = before, length = strlen(letters[i]);
            while (cut + length <= 200 && name[folder + cut]) cut += length;
            if (cut > 200) cut = 200;
            CHECK(f->temporary && !memcmp(f->temporary, name, folder + cut));
            const char *suffix = f->temporary ? f->temporary + folder + cut : "";  // .xxxxxxxx.part
            CHECK(*suffix == '.' && strspn(suffix + 1, "0123456789abcdef") == 8 && !strcmp(suffix + 9, ".part"));
            w2v_file_discard(f);
        }
}

int main(int argc, char **argv)
{
    static const test_case tests[] = {TEST(lower_case), TEST(threads), TEST(temporary_name)};
    snprintf(path, sizeof path, "%s.tmp", argv[0]);
    const int failed = test_main("parts", tests, TEST_COUNT(tests), argc, argv);
    remove(path);
    return failed;
}
