// SPDX-License-Identifier: MIT-0
//
// test_io.c - vector files: round trips to the bit, every dialect, and
// everything that can be wrong with a file

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include "test.h"

#ifndef _WIN32
#include <unistd.h>
#endif

static char path[256], other_path[300];  // files of this test

static void write_bytes(const char *name, const void *data, size_t n)
{
    CHECK(test_write_file(name, data, n));
}

static size_t read_bytes(const char *name, char *data, size_t room)
{
    FILE *f = fopen(name, "rb");
    if (!f) return 0;
    const size_t n = fread(data, 1, room, f);
    fclose(f);
    return n;
}

static int exists(const char *name)
{
#ifdef _WIN32
    if (!strncmp(name, "/dev/", 5)) return 0;  // even where Wine shows it
#endif
    FILE *f = fopen(name, "rb");
    if (f) fclose(f);
    return f != NULL;
}

// What is said of the folder `tests` when it is opened like a file.
static const char *directory_refused(const char *how)
{
#ifdef _WIN32
    return *how == 'r' ? "cannot read 'tests': it is a directory" : "cannot write 'tests': Is a directory";
#else
    return *how == 'r' ? "cannot read 'tests': it is a directory" : "cannot write 'tests': Is a directory";
#endif
}

static float bits_to_float(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, 4);
    return x;
}

// A model of one number for each word is written as text and read again.
static w2v_model *write_and_read(const float *in, size_t n, w2v_buffer *text)
{
    const char **word = (const char **)malloc(n * sizeof *word);
    char *names = (char *)malloc(n * 12);
    w2v_model *m = NULL, *back = NULL;
    for (size_t i = 0; i < n; i++) {
        snprintf(names + 12 * i, 12, "%d", (int)i);
        word[i] = names + 12 * i;
    }
    CHECK_STATUS(w2v_model_new(&m, word, NULL, n, 1, in, NULL, NULL), W2V_OK);
    CHECK_STATUS(w2v_model_write(m, w2v_buffer_write, text, W2V_FORMAT_TEXT, NULL), W2V_OK);
    const w2v_source source = w2v_source_text(text->data, text->size);
    CHECK_STATUS(w2v_model_read(&back, &source, NULL, NULL, NULL), W2V_OK);
    w2v_model_free(m);
    free((void *)word);
    free(names);
    return back;
}

// One float in every 65,521 there is, and the hard ones.
static void test_numbers(void)
{
    enum { MOST = 65600 };
    static const float hard[] = {0.0f,        -0.0f,          1.0f,    0.1f,    1e-5f,    123456789.0f, 1e9f,
                                 16777216.0f, 9.99999962e-5f, FLT_MAX, FLT_MIN, 1.4e-45f, -1e-38f};
    static float x[MOST];
    size_t wrong = 0, longest = 0, n = 0;
    const size_t n_hard = sizeof hard / sizeof *hard;
    for (uint64_t i = 0; i < n_hard + (UINT64_C(1) << 32) / 65521; i++) {
        x[n] = i < n_hard ? hard[i] : bits_to_float((uint32_t)((i - n_hard) * 65521));
        uint32_t bits;
        memcpy(&bits, &x[n], 4);
        if ((bits & 0x7f800000u) == 0x7f800000u) continue;  // infinite or NaN
#ifdef __FAST_MATH__  // which knows neither subnormal numbers nor -0
        if (!(bits & 0x7f800000u) && bits) continue;
#endif
        n++;
    }
    w2v_buffer text = {NULL, 0, 0};
    w2v_model *m = write_and_read(x, n, &text);
    if (!CHECK(m && m->size == n)) return;
    for (size_t i = 0; i < n; i++) wrong += memcmp(&m->input[i * m->stride], &x[i], 4) != 0;
    CHECK_EQUAL(wrong, 0);
    const char *line = (const char *)memchr(text.data, '\n', text.size) + 1;
    for (size_t i = 0; i < n; i++) {  // others read the same
        const char *const number = strchr(line, ' ') + 1;
        char *end;
        const float libc = strtof(number, &end);
        wrong += memcmp(&libc, &x[i], 4) != 0;
        longest = (size_t)(end - number) > longest ? (size_t)(end - number) : longest;
        line = strchr(end, '\n') + 1;
    }
    CHECK_EQUAL(wrong, 0);
    CHECK(longest <= 16);
    w2v_model_free(m);
    w2v_buffer_free(&text);
}

static w2v_status read_number(const char *number, float *x)
{
    char text[100];
    w2v_model *m = NULL;
    const w2v_source source = w2v_source_text(text, (uint64_t)snprintf(text, sizeof text, "1 1\na %s\n", number));
    const w2v_status status = w2v_model_read(&m, &source, NULL, NULL, NULL);
    if (m) *x = m->input[0];
    w2v_model_free(m);
    return status;
}

static void check_number(const char *text, double expected)
{
    float x = -77.0f;
    CHECK_STATUS(read_number(text, &x), W2V_OK);
    CHECK(x == (float)expected);
}

static void test_number_forms(void)
{
    check_number("1", 1.0);
    check_number("+1.5", 1.5);
    check_number("-.5", -0.5);
    check_number("5.", 5.0);
    check_number("1e3", 1000.0);
    check_number("1E-05", 1e-5);
    check_number("0.00000000000000000000000000000000000001", 1e-38);
    check_number("123456789012345678901234567890", 123456789012345678901234567890.0);
    check_number("16777217", 16777216.0);          // a tie goes to the even float
    check_number("16777217.0000001", 16777218.0);  // and this is above it
    check_number("1e-9999999999", 0.0);
    const char *bad[] = {"-",   ".",    "e5",   "1e",    "1e+",   "nan", "inf",
                         "1,5", "0x10", "1e39", "1e999", "1.2.3", "--1"};
    float x = 0.0f;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (!CHECK_STATUS(read_number(bad[i], &x), W2V_ERROR_FORMAT)) printf("    '%s'\n", bad[i]);
    static const float in[] = {0.1f, -1e-5f, 12345.0f};
    w2v_buffer text = {NULL, 0, 0};
    w2v_model_free(write_and_read(in, 3, &text));
    CHECK(text.size == 27 && !memcmp(text.data, "3 1\n0 0.1\n1 -1e-05\n2 12345\n", 27));
    w2v_buffer_free(&text);
}

static w2v_model *load(const char *name)
{
    w2v_model *m = NULL;
    w2v_error err = {""};
    if (!CHECK_STATUS(w2v_model_load(&m, name, NULL, NULL, &err), W2V_OK)) printf("    %s\n", err.message);
    return m;
}

static int same_vectors(const w2v_model *a, const w2v_model *b)
{
    int same = a && b && a->size == b->size && a->dim == b->dim;
    for (uint32_t i = 0; same && i < a->size; i++) {
        same &= !strcmp(w2v_vocab_word(a->vocab, i), w2v_vocab_word(b->vocab, i));
        same &= !memcmp(a->input + i * a->stride, b->input + i * b->stride, a->dim * sizeof(float));
    }
    return same;
}

static void check_round_trip(size_t dim)
{
    w2v_config cfg = w2v_config_default();
    cfg.dim = dim;
    cfg.min_count = 1;
    cfg.threads = 1;
    cfg.sample = 0.0;
    const char *text = "the caf\xC3\xA9 is in the street of the \xFF bytes and the caf\xC3\xA9 is old";
    w2v_model *m = NULL, *text_model, *binary_model;
    w2v_error err;
    CHECK_STATUS(w2v_train_text(&m, text, strlen(text), &cfg, &err), W2V_OK);
    CHECK_STATUS(w2v_model_save(m, path, W2V_FORMAT_TEXT, &err), W2V_OK);
    CHECK_STATUS(w2v_model_save(m, other_path, W2V_FORMAT_BINARY, &err), W2V_OK);
    text_model = load(path);
    binary_model = load(other_path);
    CHECK(same_vectors(m, text_model) && same_vectors(m, binary_model));
    CHECK(w2v_model_vector(text_model, "caf\xC3\xA9") && !w2v_model_vector(text_model, "cafe"));
    w2v_model_free(text_model);
    w2v_model_free(binary_model);
    CHECK_STATUS(w2v_vocab_save(m->vocab, path, &err), W2V_OK);
    char vocab[512];
    vocab[read_bytes(path, vocab, sizeof vocab - 1)] = 0;
    CHECK(!strncmp(vocab, "</s> 0\nthe 4\ncaf\xC3\xA9 2\nis 2\nin 1\n", 31));
    w2v_model_free(m);
}

// The exact bytes of both formats.
static void test_bytes(void)
{
    write_bytes(path, "2 2\nab 1 -2.5\nc 0.1 1e-05\n", 26);
    w2v_model *m = load(path);
    char bytes[64];
    CHECK_STATUS(w2v_model_save(m, other_path, W2V_FORMAT_TEXT, NULL), W2V_OK);
    CHECK(read_bytes(other_path, bytes, 64) == 26 && !memcmp(bytes, "2 2\nab 1 -2.5\nc 0.1 1e-05\n", 26));
    CHECK_STATUS(w2v_model_save(m, other_path, W2V_FORMAT_BINARY, NULL), W2V_OK);
    CHECK(read_bytes(other_path, bytes, 64) == 27 &&
          !memcmp(bytes, "2 2\nab \0\0\x80\x3f\0\0\x20\xc0\nc \xcd\xcc\xcc\x3d\xac\xc5\x27\x37\n", 27));
    w2v_model_free(m);
}

static void check_dialect(const void *data, size_t n, const char *what)
{
    write_bytes(path, data, n);
    w2v_model *m = NULL;
    w2v_error err = {""};
    if (!CHECK_STATUS(w2v_model_load(&m, path, NULL, NULL, &err), W2V_OK))
        printf("    %s: %s\n", what, err.message);
    if (!m) return;
    const float *a = w2v_model_vector(m, "aa"), *b = w2v_model_vector(m, "b");
    if (!CHECK(m->size == 2 && m->dim == 2 && a && b && a[0] == 0.5f && a[1] == -1.0f && b[0] == 2.0f &&
               b[1] == 0.0f))
        printf("    %s\n", what);
    w2v_model_free(m);
}

#define BYTES(s) s, sizeof(s) - 1

static void test_dialects(void)
{
    check_dialect(BYTES("2 2\naa 0.5 -1\nb 2 0\n"), "gensim text");
    check_dialect(BYTES("2 2\naa 0.500000 -1.000000 \nb 2.000000 0.000000 \n"),
                  "original text, trailing blanks");
    check_dialect(BYTES("2 2\naa 0.5 -1.0 \nb 2.0 0.0 "), "fastText, no final line feed");
    check_dialect(BYTES("2 2\r\naa 0.5 -1\r\nb 2 0\r\n"), "CRLF");
    check_dialect(BYTES("\xEF\xBB\xBF"
                        "2 2\naa 0.5 -1\nb 2 0\n"),
                  "a byte order mark");
    check_dialect(BYTES("\xEF\xBB\xBF"
                        "aa 0.5 -1\nb 2 0\n"),
                  "a byte order mark and no header");
    check_dialect(BYTES("aa 0.5 -1\nb 2 0\n"), "GloVe without header");
    check_dialect(BYTES("2 2\naa\t0.5\t-1\nb\t2\t0\n"), "tabs");
    check_dialect(BYTES("2 2\naa 0.5 -1\n\nb 2 0\n\n"), "blank lines");
    check_dialect(BYTES("2 2\naa  0.5 -1\nb \t2   0 \t\n"), "runs of blanks");
    check_dialect(BYTES("aa  0.5  -1\nb   2 0\n"), "runs of blanks without header");
    check_dialect(BYTES("2 2\naa \0\0\0\x3f\0\0\x80\xbf\nb \0\0\0\x40\0\0\0\0\n"), "original binary");
    check_dialect(BYTES("2 2\naa \0\0\0\x3f\0\0\x80\xbf"
                        "b \0\0\0\x40\0\0\0\0"),
                  "gensim binary, no line feeds");
    check_dialect(BYTES("3 2\naa 0.5 -1\nb 2 0\naa 9 9\n"), "a word twice: the first counts");
    write_bytes(path, BYTES("2 2\naa 0.5 -1\nb 2 0\n<unk> 7 7\n"));
    w2v_model *m = load(path);
    CHECK(m && m->size == 3 && w2v_model_vector(m, "<unk>")[0] == 7.0f);
    w2v_model_free(m);
    write_bytes(path, BYTES("3 2\nnew york 0.5 -1\nat name@domain 2 0\n. . .  1 1\n"));
    m = load(path);
    CHECK(m && w2v_model_vector(m, "new york") && w2v_model_vector(m, "at name@domain") &&
          w2v_model_vector(m, ". . ."));
    w2v_error err;
    CHECK_STATUS(w2v_model_save(m, other_path, W2V_FORMAT_BINARY, &err), W2V_ERROR_FORMAT);
    CHECK_STRING(err.message, "the word 'new york' cannot be written: it has white space in it (byte 0x20)");
    w2v_model_free(m);
    write_bytes(path, BYTES("5 1\n7 1\n"));  // a word and one number, twice: line 2 has as many fields as the "header" says
    CHECK_STATUS(w2v_model_load(&m, path, NULL, NULL, &err), W2V_ERROR_FORMAT);
}

// What messages end with where w2v_load_config.lenient helps.
#define SKIPS " (lenient reading skips such rows)"
#define ACCEPTS " (lenient reading accepts that)"

static void check_refused(const void *data, size_t n, w2v_status status, const char *end)
{
    char expected[600];
    w2v_model *m = NULL;
    w2v_error err = {""};
    write_bytes(path, data, n);
    CHECK(w2v_model_load(&m, path, NULL, NULL, &err) == status && (status == W2V_OK) == (m != NULL));
    w2v_model_free(m);
    snprintf(expected, sizeof expected, "'%s'%s", path, end ? end : "");
    if (end) CHECK_STRING(err.message, expected);
}

// The words of a file, each with a stroke after it.
static void check_words(const char *text, const char *expected)
{
    char words[200] = "";
    size_t n = 0;
    write_bytes(path, text, strlen(text));
    w2v_model *m = load(path);
    for (uint32_t i = 0; m && i < m->size; i++)
        n += (size_t)snprintf(words + n, sizeof words - n, "%s|", w2v_vocab_word(m->vocab, i));
    CHECK_STRING(words, expected);
    w2v_model_free(m);
}

static w2v_model *new_model(const char *const *word, size_t V, size_t dim, const float *in)
{
    w2v_model *m = NULL;
    w2v_error err = {""};
    if (!CHECK_STATUS(w2v_model_new(&m, word, NULL, V, dim, in, NULL, &err), W2V_OK))
        printf("    %s\n", err.message);
    return m;
}

static void test_refusals(void)
{
    check_refused("\n1 2\naa 1 2\nb 3 4\n", 18, W2V_ERROR_FORMAT,
                  " line 4: more vectors than the 1 of line 2 (lenient reading accepts that)");
    check_refused(BYTES(""), W2V_ERROR_EMPTY, " is empty");
    check_refused(BYTES("hello world\n"), W2V_ERROR_FORMAT,
                  " line 1 is neither a header (two whole numbers) nor a word with its vector");
    check_refused(BYTES("0 5\n"), W2V_ERROR_EMPTY, " says that it holds 0 vectors of 5 numbers");
    check_refused(
        BYTES("99999999999 99999\nab"), W2V_ERROR_FORMAT,
        " line 1: 99999999999 vectors of 99999 numbers are more than can be read (4294967294 of 1048576)");
    check_refused(BYTES("1000000000 99999\nab 0.5"), W2V_ERROR_FORMAT,
                  " line 2 has 1 number, not the 99999 of line 1" SKIPS);
    check_refused(BYTES("1000000000 99999\nab \1\2\3\4\5"), W2V_ERROR_FORMAT,
                  " ends after 0 of 1000000000 vectors" ACCEPTS);
    check_refused(BYTES("5 1048577\nab cdefgh"), W2V_ERROR_FORMAT,
                  " line 1: 5 vectors of 1048577 numbers are more than can be read (4294967294 of 1048576)");
    check_refused(BYTES("5 1048576\nab cdefgh"), W2V_ERROR_FORMAT,
                  " line 2: 'cdefgh' is not a finite number" SKIPS);
    check_refused(BYTES("5 1048576\nab \1\2\3\4\5"), W2V_ERROR_FORMAT, " ends after 0 of 5 vectors" ACCEPTS);
    check_refused(BYTES("3 2\naa 1 2\nb 3 4\n"), W2V_ERROR_FORMAT, " ends after 2 of 3 vectors" ACCEPTS);
    check_refused(BYTES("1 2\naa 1 2\nb 3 4\n"), W2V_ERROR_FORMAT,
                  " line 3: more vectors than the 1 of line 1" ACCEPTS);
    check_refused(BYTES("2 2\naa 1 2\nb 3\n"), W2V_ERROR_FORMAT,
                  " line 3 has 1 number, not the 2 of line 1" SKIPS);
    check_refused(BYTES("2 2\naa 1 2\nb 3 x\n"), W2V_ERROR_FORMAT,
                  " line 3: 'x' is not a finite number" SKIPS);
    check_refused(BYTES("2 2\naa 1 nan\nb 3 4\n"), W2V_ERROR_FORMAT,
                  " line 2: 'nan' is not a finite number" SKIPS);
    check_refused(BYTES("2 2\naa -inf 1\nb 3 4\n"), W2V_ERROR_FORMAT,
                  " line 2: '-inf' is not a finite number" SKIPS);
    check_refused(BYTES("2 2\naa 1 +Infinity\nb 3 4\n"), W2V_ERROR_FORMAT,
                  " line 2: '+Infinity' is not a finite number" SKIPS);
    check_refused(BYTES("2 2\naa 1e60 1\nb 3 4\n"), W2V_ERROR_FORMAT,
                  " line 2: '1e60' is not a finite number" SKIPS);
    check_refused(BYTES("2 2\naa 0,5 1,5\nb 3 4\n"), W2V_ERROR_FORMAT,
                  " line 2: '1,5' is not a finite number: fields are separated by blanks, and numbers have a "
                  "decimal point" SKIPS);
    check_refused(BYTES("aa 1 NaN\nb 3 4\n"), W2V_ERROR_FORMAT, " line 1: 'NaN' is not a finite number");
    check_refused(BYTES("2 2\naa 1 2\nb nan 1\n"), W2V_ERROR_FORMAT,
                  " line 3: 'nan' is not a finite number" SKIPS);
    check_refused(BYTES("2 2\naa 1 2\nb 1e60 1\n"), W2V_ERROR_FORMAT,
                  " line 3: '1e60' is not a finite number" SKIPS);
    check_refused(BYTES("2 2\naa \0\0\0\x3f\0\0\x80\xbf\nb \0\0\0\x40\0\0\0"), W2V_ERROR_FORMAT,
                  " ends after 1 of 2 vectors" ACCEPTS);
    check_refused(BYTES("2 2\naa \0\0\0\x3f\0\0\x80\xbf\nb \0\0\xc0\x7f\0\0\0\0\n"), W2V_ERROR_FORMAT,
                  " byte 18: number 1 of vector 2 is not finite" SKIPS);
    check_refused(BYTES("1 2\naa \0\0\0\x3f\0\0\x80\xbf\nmore"), W2V_ERROR_FORMAT,
                  " has more than its 1 vectors at byte 16" ACCEPTS);
    check_refused(BYTES("1 2\n\0a \0\0\0\x3f\0\0\x80\xbf\n"), W2V_ERROR_FORMAT,
                  " byte 4: a word with a NUL byte" SKIPS);
    static char longest[3000] = "1 2\n";
    memset(longest + 4, 'w', sizeof longest - 4);
    check_refused(longest, sizeof longest, W2V_ERROR_FORMAT,
                  " line 2 has 0 numbers, not the 2 of line 1" SKIPS);
    memcpy(longest + 1100, " 1 2", 5);
    check_refused(longest, 1104, W2V_ERROR_FORMAT, " line 2: a word of 1096 bytes (1 to 1024)" SKIPS);
    memset(longest + 1100, 1, sizeof longest - 1100);
    longest[1100] = ' ';
    check_refused(longest, sizeof longest, W2V_ERROR_FORMAT,
                  " byte 4: vector 1 has a word of more than 1024 bytes");
    w2v_model *m = NULL;
    w2v_error err;
    CHECK(w2v_model_load(&m, "no/such/file", NULL, NULL, &err) == W2V_ERROR_IO && !m);
    CHECK_STRING(err.message, "cannot open 'no/such/file': No such file or directory");
    CHECK(w2v_model_load(&m, "tests", NULL, NULL, &err) == W2V_ERROR_IO && !m);
    CHECK_STRING(err.message, directory_refused("read"));
}

// The number of numbers is never made up: what a word with blanks seems to end in is looked at.
static void test_row_lengths(void)
{
    check_refused(BYTES("2 2\nking 0.1 0.2 0.3 0.4\nqueen 0.3 0.1 0.2 0.5\n"), W2V_ERROR_FORMAT,
                  " line 2 has 4 numbers, not the 2 of line 1" SKIPS);
    check_refused(BYTES("2 4\nking 0.1 0.2\nqueen 0.3 0.1\n"), W2V_ERROR_FORMAT,
                  " line 2 has 2 numbers, not the 4 of line 1" SKIPS);
    check_refused(BYTES("2 2\nking 0.1 0.2\nqueen 0.3 0.1 0.7\n"), W2V_ERROR_FORMAT,
                  " line 3 has 3 numbers, not the 2 of line 1" SKIPS);
    check_refused(BYTES("king 0.1 0.2\nqueen 0.3 0.1 0.2 1e-05\n"), W2V_ERROR_FORMAT,  // a damaged first row
                  " line 2 has 4 numbers, not the 2 of line 1" SKIPS);
    check_refused(BYTES("2 1\nking, 0.1, 0.2\nqueen, 0.3, 0.4\n"), W2V_ERROR_FORMAT,
                  " line 2 has 2 numbers, not the 1 of line 1" SKIPS);
    check_refused(BYTES("2 2\nking 1 2 3 4\nqueen 3 1 2 5\n"), W2V_ERROR_FORMAT, NULL);  // whole numbers: no single row tells
    check_refused(BYTES("2 2\nking 1 2 3\nqueen 3 1 2\n"), W2V_ERROR_FORMAT, NULL);
    check_refused(BYTES("1 2\nking 1 2 3 4\n"), W2V_ERROR_FORMAT, NULL);
    check_refused(BYTES("</s> 0\nthe 1061\nof 593\n"), W2V_ERROR_FORMAT,
                  " is a vocabulary, a word and its count in each line, not vectors");
    check_refused(BYTES("king,0.1,0.2\nqueen,0.3,0.4\n"), W2V_ERROR_FORMAT,
                  " line 1 is neither a header (two whole numbers) nor a word with its vector");
    check_refused(BYTES("2 1\n</s> 0.5\nthe 1061 1.5\n"), W2V_OK, NULL);  // one word may end in a number
    check_refused(BYTES("the 1\nof 2.5\n"), W2V_OK, NULL);                // and vectors may have one number
    static char wide[40000] = "2 2\nking";
    size_t n = 8;
    for (int i = 0; i < 3000; i++) n += (size_t)snprintf(wide + n, sizeof wide - n, " 0.12345");
    wide[n++] = '\n';
    check_refused(wide, n, W2V_ERROR_FORMAT, " line 2 has 3000 numbers, not the 2 of line 1" SKIPS);
    check_words("3 2\nWindows 95 0.1 0.2\n. . . 1 2\n3.14 1 2\n", "Windows 95|. . .|3.14|");
    check_words("3 4 100\nB64:a2luZw== 0.1 0.2 0.3 0.4\nB64:TmV3IFlvcms= 1 2 3 4\nB64: 1 2 3 4\n",
                "king|New York|B64:|");
    check_words("3 2 9\nking 0.1 0.2\nqueen 1 2\nB64:eA 1 2\n", "king|queen|x|");
    check_words("1 2\nB64:eA 1 2\n", "B64:eA|");  // two numbers in the header: a word like any other
    check_refused(BYTES("1 2 9\nB64:!! 1 2\n"), W2V_ERROR_FORMAT, " line 2: '!!' is not base64" SKIPS);
    check_refused(BYTES("1 2 9\nB64:AA== 1 2\n"), W2V_ERROR_FORMAT, " line 2: a word with a NUL byte" SKIPS);
}

// The fault of a text file is named, whatever it makes of the file as a binary one.
static void test_text_faults(void)
{
    static const char *const field[][2] = {
        {"0.5,0.25", "'0.5,0.25,0.5,0.25,0.5,0.25,0.5,0.25,0.5,' is not a finite number: fields are "
                     "separated by blanks, and numbers have a decimal point"},
        {"3:0.5", "'3:0.5' is not a finite number: sparse vectors are not supported"},
        {"0.5]", "'0.5]' is not a finite number: a vector has no brackets"},
        {"0.5f", "'0.5f' is not a finite number"}};
    char text[2000], end[300];
    for (size_t f = 0; f < sizeof field / sizeof *field; f++) {
        size_t n = (size_t)snprintf(text, sizeof text, "3 30\n");
        for (int row = 0; row < 3; row++) {
            n += (size_t)snprintf(text + n, sizeof text - n, "w%d", row);
            for (int k = 0; k < (f ? 30 : 15); k++)
                n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", f || !k ? " " : ",", field[f][0]);
            text[n++] = '\n';
        }
        snprintf(end, sizeof end, " line 2: %s" SKIPS, field[f][1]);
        check_refused(text, n, W2V_ERROR_FORMAT, end);
    }
    // blank lines after the header are no vectors; as binary, this one has the right length
    check_words("2 3\n\nking 0.1 0.2 0.3\nqueen 0.3 0.2 0.1\n", "king|queen|");
    check_words("\n  \n2 2\n\n\nking 0.1 0.2\n \t\nqueen 0.3 0.2\n", "king|queen|");
    check_refused(BYTES("2 3\nking 0.1 0.2 x.x\nqueen 0.3 0.2 0.1\n"), W2V_ERROR_FORMAT,
                  " line 2: 'x.x' is not a finite number" SKIPS);
}

// Binary vectors whose bytes are digits: said to be binary they are read, by themselves they are text, and
// w2v_model_save does not write them.
static void test_ambiguous(void)
{
    static const char bytes[] = "1 1\na 1.25\n";
    w2v_load_config options = w2v_load_config_default();
    w2v_load_report report;
    w2v_model *m = NULL;
    w2v_error err;
    const float as_binary = bits_to_float(0x35322e31);  // the bytes of `1.25`, little-endian
    write_bytes(path, BYTES(bytes));
    CHECK(w2v_model_load(&m, path, &options, &report, &err) == W2V_OK && report.format == W2V_FORMAT_TEXT &&
          m->input[0] == 1.25f);
    w2v_model_free(m);
    options.format = W2V_FORMAT_BINARY;
    CHECK(w2v_model_load(&m, path, &options, &report, &err) == W2V_OK && report.format == W2V_FORMAT_BINARY);
    CHECK(!memcmp(m->input, &as_binary, 4));
    write_bytes(other_path, BYTES("old"));
    CHECK_STATUS(w2v_model_save(m, other_path, W2V_FORMAT_BINARY, &err), W2V_ERROR_FORMAT);
    CHECK_STRING(err.message,
                 "the vectors cannot be written as binary: their bytes look like text (write them as text)");
    char old[8];
    CHECK(read_bytes(other_path, old, 8) == 3 &&
          w2v_model_save(m, other_path, W2V_FORMAT_TEXT, &err) == W2V_OK);
    w2v_model_free(m);
    options.format = W2V_FORMAT_TEXT;
    write_bytes(path, BYTES("2 2\naa \0\0\0\x3f\0\0\x80\xbf\nb \0\0\0\x40\0\0\0\0\n"));
    m = NULL;
    CHECK(w2v_model_load(&m, path, &options, &report, &err) == W2V_ERROR_FORMAT && !m &&
          strstr(err.message, " line 2 has a NUL byte"));
    options.format = W2V_FORMAT_BINARY;
    write_bytes(path, BYTES("aa 0.5 -1\nb 2 0\n"));
    CHECK(w2v_model_load(&m, path, &options, &report, &err) == W2V_ERROR_FORMAT && !m &&
          strstr(err.message, " is not a header"));
    options.format = (w2v_format)11;
    CHECK(w2v_model_load(&m, path, &options, &report, &err) == W2V_ERROR_ARGUMENT && !m);
}

// What is saved as binary is read as binary, whatever its bytes: random words, numbers and sizes.
static void test_saved_formats(void)
{
    w2v_random r = w2v_random_stream(77, 0);
    size_t refused = 0;
    for (int i = 0; i < 300; i++) {
        const size_t V = 1 + w2v_random_below(&r, 5), dim = 1 + w2v_random_below(&r, 3);
        char name[5][8];
        const char *word[5];
        float in[15];
        for (size_t k = 0; k < V; k++)
            snprintf(name[k], sizeof name[k], "%c%u", (char)('a' + k), w2v_random_below(&r, 1000)),
                word[k] = name[k];
        for (size_t k = 0; k < V * dim; k++) {
            const uint32_t digits = 0x2e302020u | w2v_random_below(&r, 10) | w2v_random_below(&r, 10) << 8;  // of digits, more or less
            in[k] = i % 2 ? bits_to_float(digits) : w2v_random_float(&r) - 0.5f;
        }
        w2v_model *m = new_model(word, V, dim, in), *back = NULL;
        const w2v_status status = w2v_model_save(m, path, W2V_FORMAT_BINARY, NULL);
        refused += status != W2V_OK;
        if (status == W2V_OK) {
            back = load(path);
            CHECK(same_vectors(m, back));
        }
        w2v_model_free(back);
        CHECK_STATUS(w2v_model_save(m, path, W2V_FORMAT_TEXT, NULL), W2V_OK);
        back = load(path);
        CHECK(same_vectors(m, back));
        w2v_model_free(back);
        w2v_model_free(m);
    }
    CHECK(refused >= 150 && refused < 170);  // those of digits, and few others
}

typedef struct expectation {
    const char *data;
    size_t n, limit;
    int lenient;
    w2v_status status;
    size_t size;
    uint64_t expected, rows, repeated, blank, malformed;
} expectation;

static void check_report(const expectation *e)
{
    w2v_load_config options = w2v_load_config_default();
    w2v_load_report r;
    w2v_model *m = NULL;
    w2v_error err = {""};
    memset(&r, 0, sizeof r);
    options.max_words = e->limit;
    options.lenient = e->lenient;
    write_bytes(path, e->data, e->n);
    const w2v_status status = w2v_model_load(&m, path, &options, &r, &err);
    if (!CHECK(status == e->status && (m ? m->size : 0) == e->size && r.expected == e->expected &&
               r.rows == e->rows && r.repeated == e->repeated && r.blank == e->blank &&
               r.malformed == e->malformed))
        printf("    %.30s...: status %d, %zu words of %llu rows, header %llu, repeated %llu, blank %llu, "
               "malformed %llu; %s\n",
               e->data, (int)status, m ? m->size : 0, (unsigned long long)r.rows,
               (unsigned long long)r.expected, (unsigned long long)r.repeated, (unsigned long long)r.blank,
               (unsigned long long)r.malformed, err.message);
    w2v_model_free(m);
}

// Rows that are left out are counted; a part of a file can be read; lenient reading takes what is whole.
static void test_reports(void)
{
#define AA "aa \0\0\0\x3f\0\0\x80\xbf\n"
#define BB "b \0\0\0\x40\0\0\0\0\n"
    const expectation all[] = {
        {BYTES("3 2\na 0.1 0.2\n\t 0.3 0.2\nb 1 2\n"), 0, 0, W2V_OK, 2, 3, 3, 0, 1, 0},  // a TAB, a blank, nothing as a word
        {BYTES("3 2\na 0.1 0.2\n  0.3 0.2\nb 1 2\n"), 0, 0, W2V_OK, 2, 3, 3, 0, 1, 0},
        {BYTES("3 2\n 0.1 0.2\na 0.3 0.2\nb 1 2\n"), 0, 0, W2V_OK, 2, 3, 3, 0, 1, 0},
        {BYTES("2 2\n   a 0.1 0.2\n  bb 0.3 0.2\n"), 0, 0, W2V_OK, 2, 2, 2, 0, 0, 0},       // padded columns
        {BYTES("   a 0.1 0.2\n  bb 0.3 0.2\n"), 0, 0, W2V_OK, 2, 0, 2, 0, 0, 0},
        {BYTES("3 2\na 0.1 0.2\nb 1 2\na 7 7\n"), 0, 0, W2V_OK, 2, 3, 3, 1, 0, 0},
        {BYTES("3 2\na 0.1 0.2\nb 1 2\n"), 0, 0, W2V_ERROR_FORMAT, 0, 0, 0, 0, 0, 0},       // a header that promises more
        {BYTES("3 2\na 0.1 0.2\nb 1 2\n"), 0, 1, W2V_OK, 2, 3, 2, 0, 0, 0},
        {BYTES("3 2\na 0.1 0.2\nb 1 2\n"), 2, 0, W2V_OK, 2, 3, 2, 0, 0, 0},
        {BYTES("1 2\na 0.1 0.2\nb 1 2\n"), 0, 0, W2V_ERROR_FORMAT, 0, 0, 0, 0, 0, 0},       // and one that promises less
        {BYTES("1 2\na 0.1 0.2\nb 1 2\n"), 0, 1, W2V_OK, 2, 1, 2, 0, 0, 0},
        {BYTES("1 2\na 0.1 0.2\nb 1 2\n"), 1, 0, W2V_OK, 1, 1, 1, 0, 0, 0},
        {BYTES("a 0.1 0.2\nb 1 2\nc broken\n"), 2, 0, W2V_OK, 2, 0, 2, 0, 0, 0},
        {BYTES("4 2\na 0.1 0.2\nb 1\nc 1.5 2 3.5\nd 1 nan\n"), 0, 1, W2V_OK, 1, 4, 4, 0, 0, 3},
        {BYTES("3 2\na 0.1 0.2\nb\0 1 2\nc 3 4\n"), 0, 1, W2V_OK, 2, 3, 3, 0, 0, 1},               // a NUL byte
        {BYTES("2 2\na 0.1 0.2\nb 1"), 0, 1, W2V_OK, 1, 2, 2, 0, 0, 1},                       // cut in the middle of a row
        {BYTES("2 2\na 0.1\nb 1\n"), 0, 1, W2V_ERROR_EMPTY, 0, 0, 0, 0, 0, 0},
        {BYTES("2 2\n" AA BB), 1, 0, W2V_OK, 1, 2, 1, 0, 0, 0},
        {BYTES("3 2\n" AA " \0\0\0\x40\0\0\0\0\n" BB), 0, 0, W2V_OK, 2, 3, 3, 0, 1, 0},  // binary: no word
        {BYTES("3 2\n" AA BB AA), 0, 0, W2V_OK, 2, 3, 3, 1, 0, 0},
        {BYTES("3 2\n" AA BB), 0, 0, W2V_ERROR_FORMAT, 0, 0, 0, 0, 0, 0},
        {BYTES("3 2\n" AA BB), 0, 1, W2V_OK, 2, 3, 2, 0, 0, 0},
        {BYTES("3 2\n" AA BB "c \0\0"), 0, 1, W2V_OK, 2, 3, 2, 0, 0, 0},
        {BYTES("1 2\n" AA BB), 0, 0, W2V_ERROR_FORMAT, 0, 0, 0, 0, 0, 0},
        {BYTES("1 2\n" AA BB), 0, 1, W2V_OK, 1, 1, 1, 0, 0, 0},
        {BYTES("2 2\nx \0\0\xc0\x7f\0\0\0\0\n" BB), 0, 1, W2V_OK, 1, 2, 2, 0, 0, 1}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) check_report(&all[i]);
    static char wide[600000];  // a line that is longer than any row
    memset(wide, '7', sizeof wide);
    memcpy(wide, "3 2\na 1 2\nlong ", 15);
    memcpy(wide + sizeof wide - 8, "\nb 3 4\n", 7);
    const expectation line = {wide, sizeof wide - 1, 0, 1, W2V_OK, 2, 3, 3, 0, 0, 1};
    check_report(&line);
}

// Files of another kind are named, with the way to convert them (test_files knows all of them).
static void test_wrong_kind(void)
{
    check_refused(BYTES("\x1f\x8b\x08\0\0\0\0\0\0\3"), W2V_ERROR_FORMAT,
                  " is compressed by gzip: unpack it with gunzip");
    check_refused(BYTES("\xba\x16\x4f\x2f\x0c\0\0\0"), W2V_ERROR_FORMAT,
                  " ends early: its header promises 92 bytes, to byte 92");
    check_refused(BYTES("\xff\xfe"
                        "2\0 \0"
                        "2\0\n\0"),
                  W2V_ERROR_FORMAT, " is in UTF-16: convert it with iconv -f UTF-16 -t UTF-8");
    check_refused(BYTES("<!DOCTYPE html>\n<html><body>404</body>\n"), W2V_ERROR_FORMAT,
                  " is a web page, not vectors: download it again");
    check_words("</s> 0.5 1\n<html> 1 2\n", "</s>|<html>|");
}

// What has no line feeds is refused at its first NUL byte, or when it is longer than any row.
static void test_no_line_feed(void)
{
    w2v_model *m = NULL;
    w2v_error err = {""};
    if (exists("/dev/zero")) {
        CHECK(w2v_model_load(&m, "/dev/zero", NULL, NULL, &err) == W2V_ERROR_FORMAT && !m);
        CHECK_STRING(err.message, "'/dev/zero' line 1 has a NUL byte at byte 0");
    } else
        tests_skipped += 2;
    check_refused(BYTES("2 2\nquite a long word \x01" "0.5 1\nb 2 0\n"), W2V_ERROR_FORMAT,
                  " line 2: '\\x010.5' is not a finite number" SKIPS);  // a control character is no blank
    check_refused(BYTES("2 2\naa 1 2\nb \0 3 4\n"), W2V_ERROR_FORMAT, " line 3 has a NUL byte at byte 13");
    check_refused(BYTES("aa 1 2\n\0\n"), W2V_ERROR_FORMAT, " line 2 has a NUL byte at byte 7");
    const size_t first_line = ((size_t)64 << 20) + 1024, bytes = first_line + 2;
    char *text = (char *)malloc(bytes);
    if (!CHECK(text != NULL)) return;
    memset(text, 'x', bytes);
    check_refused(text, bytes, W2V_ERROR_FORMAT, " line 1 has more than 67109888 bytes");
    memcpy(text, "aa 1 2\n", 7);
    check_refused(text, 1000000, W2V_ERROR_FORMAT, " line 2 has more than 263168 bytes");
    memset(text + 7, '1', 263168);
    memcpy(text + 7, "b ", 2);
    memcpy(text + 7 + 263164, " 25\r\n", 6);  // a row of the longest kind, if one with a poor number
    check_refused(text, 7 + 263169, W2V_ERROR_FORMAT,
                  " line 2: '1111111111111111111111111111111111111111' is not a finite number" SKIPS);
    free(text);
}

#ifndef _WIN32
// A terabyte of nothing behind a good begin, where the file system can hold it.
static void check_sparse(const void *data, size_t n, const char *end)
{
    write_bytes(path, data, n);
    if (truncate(path, (off_t)1 << 40)) {
        tests_skipped += 2;
        return;
    }
    char expected[600];
    w2v_model *m = NULL;
    w2v_error err = {""};
    CHECK(w2v_model_load(&m, path, NULL, NULL, &err) == W2V_ERROR_FORMAT && !m);
    snprintf(expected, sizeof expected, "'%s'%s", path, end);
    CHECK_STRING(err.message, expected);
    remove(path);
}
#endif

// Every way of cutting a file short is refused or gives fewer words; every byte of it changed is survived.
static void test_mutations(void)
{
    static const char binary[] = "2 2\naa \0\0\0\x3f\0\0\x80\xbf\nb \0\0\0\x40\0\0\0\0\n",
                      text[] = "2 2\naa 0.5 -1\nb 2 0\n";
    const struct {
        const char *data;
        size_t n;
    } files[2] = {{binary, sizeof binary - 1}, {text, sizeof text - 1}};
    int agree = 1;
    for (int f = 0; f < 2; f++)
        for (size_t i = 0; i < files[f].n; i++)
            for (int change = -1; change < 256; change += TEST_SLOW ? 31 : 5) {
                char copy[64];
                memcpy(copy, files[f].data, files[f].n);
                if (change >= 0) copy[i] = (char)change;
                FILE *out = fopen(path, "wb");
                if (!out) continue;
                fwrite(copy, 1, change < 0 ? i : files[f].n, out);
                fclose(out);
                w2v_model *m = NULL;
                w2v_error err = {""};
                const w2v_status s = w2v_model_load(&m, path, NULL, NULL, &err);
                if ((s == W2V_OK) != (m != NULL) || (s != W2V_OK && !err.message[0])) agree = 0;
                w2v_model_free(m);
            }
    CHECK(agree);
}

// Every byte at every place in a word is given back or refused.
static void test_words(void)
{
    static const float in[6] = {1.5f, -2.0f, 0.25f, 1e-5f, 3.0f, 0.0f};
    static const uint64_t counts[3] = {3, 2, 1};
    static const w2v_format formats[2] = {W2V_FORMAT_TEXT, W2V_FORMAT_BINARY};
    const char *word[3];
    char first[] = "Xab", middle[] = "cXd", last[] = "efX";
    word[0] = first, word[1] = middle, word[2] = last;
    for (int byte = 1; byte < 256; byte++) {
        first[0] = middle[1] = last[2] = (char)byte;
        w2v_model *m = NULL;
        CHECK_STATUS(w2v_model_new(&m, word, counts, 3, 2, in, NULL, NULL), W2V_OK);
        for (int f = 0; f < 2; f++) {
            w2v_error err = {""};
            const int refused = byte == ' ' || byte == '\n' || (f == 0 && byte >= '\t' && byte <= '\r');
            const w2v_status status = w2v_model_save(m, path, formats[f], &err);
            w2v_model *back = status == W2V_OK ? load(path) : NULL;
            if (!CHECK(refused ? status == W2V_ERROR_FORMAT && !strchr(err.message, '\n')
                               : same_vectors(m, back)))
                printf("    byte 0x%02x, format %d: %s\n", (unsigned)byte, f, err.message);
            w2v_model_free(back);
        }
        CHECK_EQUAL(w2v_vocab_save(m->vocab, path, NULL),
                    (byte == ' ' || (byte >= '\t' && byte <= '\r') ? W2V_ERROR_FORMAT : W2V_OK));
        w2v_model_free(m);
    }
}

// What w2v_model_save writes w2v_model_load reads, even if the first word makes the file look like one of another program.
static void test_disguises(void)
{
    static const char *const words[] = {"1AY&SY", "\x1f\x8b\x08", "PK\3\4", "BZh91AY&SY",
                                        "%PDF-",  "w2v.vec1",     "1",      "{\""};
    for (size_t i = 0; i <= sizeof words / sizeof *words; i++) {
        char tar[260];  // `ustar`, two blanks and a NUL where a tar archive has them: the last two are of the number
        const char *word[1] = {tar};
        const float in[1] = {bits_to_float(0x3f800020)};
        memset(tar, 'x', 253);
        memcpy(tar + 253, "ustar", 6);
        if (i < sizeof words / sizeof *words) word[0] = words[i];
        w2v_model *m = new_model(word, 1, 1, in);
        for (int f = W2V_FORMAT_TEXT; f <= W2V_FORMAT_BINARY; f++) {
            w2v_error err = {""};
            w2v_model *back = NULL;
            if (!CHECK(w2v_model_save(m, path, (w2v_format)f, &err) == W2V_OK &&
                       w2v_model_load(&back, path, NULL, NULL, &err) == W2V_OK && same_vectors(m, back)))
                printf("    word %zu, format %d: %s\n", i, f, err.message);
            w2v_model_free(back);
        }
        w2v_model_free(m);
    }
    // without a header the first word is the first that a reader sees
    static const char *const first[] = {"w2v.vectors"};
    static const float in[3] = {1.0f, 2.0f, 3.0f};
    w2v_model *m = new_model(first, 1, 3, in);
    w2v_error err = {""};
    CHECK_STATUS(w2v_model_save(m, path, W2V_FORMAT_GLOVE, &err), W2V_ERROR_FORMAT);
    CHECK_STRING(err.message,
                 "the file cannot begin with 'w2v.vectors': it would be taken for one of another kind");
    w2v_model_free(m);
}

// Numbers that w2v_model_load refuses are not written, and what was there stays.
static void test_not_finite(void)
{
    static const char *const word[2] = {"fine", "broken"};
    float in[40] = {0.0f};
    w2v_error err;
    for (size_t k = 0; k < 20; k++) {
        for (size_t i = 0; i < 40; i++) in[i] = i % 2 ? FLT_MAX : -1.4e-45f;
        w2v_model *m = new_model(word, 2, 20, in);
        m->input[m->stride + k] = in[20 + k] = k % 2   ? bits_to_float(0x7fc00001)
                                               : k % 4 ? INFINITY
                                                       : -INFINITY;
        w2v_model *refused = NULL;
        CHECK(w2v_model_new(&refused, word, NULL, 2, 20, in, NULL, &err) == W2V_ERROR_ARGUMENT && !refused);
        CHECK(w2v_model_new(&refused, word, NULL, 1, 20, in, in + 20, &err) == W2V_ERROR_ARGUMENT &&
              !refused);
        char expected[100];
        snprintf(expected, sizeof expected, "the vector of 'broken' cannot be written: number %d is %s",
                 (int)k + 1,
                 k % 2   ? "nan"
                 : k % 4 ? "inf"
                         : "-inf");
        write_bytes(path, "old", 3);
        CHECK_STATUS(w2v_model_save(m, path, W2V_FORMAT_TEXT, &err), W2V_ERROR_FORMAT);
        CHECK_STRING(err.message, expected);
        CHECK_STATUS(w2v_model_save(m, path, W2V_FORMAT_BINARY, &err), W2V_ERROR_FORMAT);
        CHECK_STRING(err.message, expected);
        CHECK_STATUS(w2v_model_save(m, path, W2V_FORMAT_TSV, &err), W2V_ERROR_FORMAT);
        CHECK_STRING(err.message, expected);
        char bytes[8];
        CHECK_EQUAL(read_bytes(path, bytes, 8), 3);
        w2v_model_free(m);
    }
}

static void test_vocabulary(void)
{
    w2v_config cfg = w2v_config_default();
    cfg.min_count = cfg.threads = 1;
    cfg.sample = 0.0;
    w2v_model *m = NULL;
    const char *text = "b </s> a b a b </s>";
    char bytes[64];
    CHECK_STATUS(w2v_train_text(&m, text, strlen(text), &cfg, NULL), W2V_OK);
    CHECK_STATUS(w2v_vocab_save(m->vocab, path, NULL), W2V_OK);
    bytes[read_bytes(path, bytes, 63)] = 0;
    CHECK_STRING(bytes, "</s> 2\nb 3\na 2\n");
    w2v_model_free(m);
}

static void test_writing(void)
{
    w2v_error err;
    write_bytes(path, BYTES("1 2\naa 1 2\n"));
    w2v_model *m = load(path);
    CHECK_STATUS(w2v_model_save(m, "no/such/folder/file", W2V_FORMAT_TEXT, &err), W2V_ERROR_IO);
    CHECK_STRING(err.message, "cannot write 'no/such/folder/file': No such file or directory");
    CHECK_STATUS(w2v_model_save(m, "tests", W2V_FORMAT_TEXT, &err), W2V_ERROR_IO);
    CHECK_STRING(err.message, directory_refused("write"));
    CHECK_STATUS(w2v_check_writable("no/such/folder/file", &err), W2V_ERROR_IO);
    snprintf(other_path, sizeof other_path, "%s.new", path);
    CHECK(w2v_check_writable(other_path, &err) == W2V_OK && !exists(other_path));
    CHECK(w2v_check_writable(path, &err) == W2V_OK && exists(path));
    if (exists("/dev/full")) {
        CHECK_STATUS(w2v_model_save(m, "/dev/full", W2V_FORMAT_TEXT, &err), W2V_ERROR_IO);
        CHECK_STRING(err.message, "cannot write '/dev/full': No space left on device");
        CHECK(w2v_model_save(m, "/dev/null", W2V_FORMAT_TEXT, &err) == W2V_OK && exists("/dev/null"));
    } else
        tests_skipped += 3;
    CHECK(w2v_model_save(m, path, (w2v_format)7, &err) == W2V_ERROR_ARGUMENT &&
          w2v_model_save(m, path, W2V_FORMAT_AUTO, &err) == W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "format is 0: vectors are written as W2V_FORMAT_TEXT, BINARY, GLOVE, TSV, NPY, SAFETENSORS or NATIVE");
    CHECK_STATUS(w2v_vocab_save(m->vocab, path, &err), W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "the vocabulary has no counts to write");
    w2v_model_free(m);
}

// Sizes that no format and no matrix has. What they name is not looked at.
static void test_sizes(void)
{
    static const char *const word[] = {"a"};
    static const float number[1] = {1.0f};
    static char line[2 * (W2V_MAX_DIM + 1) + 2];
    float *wide = (float *)calloc(W2V_MAX_DIM + 1, sizeof *wide);
    w2v_buffer b = {NULL, 0, 0};
    w2v_error err = {""};
    w2v_model *m = NULL;
    const w2v_source source = w2v_source_text(line, sizeof line);
    CHECK_STATUS(w2v_model_new(&m, NULL, NULL, 0, 1, NULL, NULL, &err), W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "a model cannot have 0 words of 1 dimensions");
    CHECK_STATUS(w2v_model_new(&m, word, NULL, 1, 0, number, NULL, &err), W2V_ERROR_ARGUMENT);
    CHECK_STRING(err.message, "a model cannot have 1 words of 0 dimensions");
    if (SIZE_MAX > W2V_NONE) {
        CHECK_STATUS(w2v_model_new(&m, word, NULL, W2V_NONE, 1, number, NULL, &err), W2V_ERROR_ARGUMENT);
        CHECK_STRING(err.message, "a model cannot have 4294967295 words of 1 dimensions");
    }
    if (!CHECK(wide != NULL)) return;
    CHECK_STATUS(w2v_model_new(&m, word, NULL, 1, W2V_MAX_DIM + 1, wide, NULL, &err), W2V_OK);
    for (int format = W2V_FORMAT_TEXT; format <= W2V_FORMAT_NPY; format++) {
        CHECK_STATUS(w2v_model_write(m, w2v_buffer_write, &b, (w2v_format)format, &err), W2V_ERROR_FORMAT);
        CHECK_STRING(err.message, "vectors of 1048577 numbers cannot be written (1 to 1048576)");
    }
    CHECK_EQUAL(b.size, 0);
    w2v_model_free(m);
    free(wide);
    m = NULL;
    for (size_t i = 0; i < sizeof line; i += 2) line[i] = '1', line[i + 1] = ' ';
    line[0] = 'a';
    line[sizeof line - 1] = '\n';
    CHECK_STATUS(w2v_model_read(&m, &source, NULL, NULL, &err), W2V_ERROR_FORMAT);
    CHECK_STRING(err.message, "'the text' line 1 has 1048577 numbers (1 to 1048576)");
    CHECK(!m);
    const w2v_source longest = w2v_source_text(line, sizeof line - 2);
    line[sizeof line - 3] = '\n';
    CHECK_STATUS(w2v_model_read(&m, &longest, NULL, NULL, &err), W2V_OK);
    CHECK_EQUAL(m ? m->dim : 0, W2V_MAX_DIM);
    w2v_model_free(m);
}

static void test_round_trip(void)
{
    check_round_trip(1);
    check_round_trip(16);
    check_round_trip(100);
}

// -----------------------------------------------------------------------------------------------------------------
// Text that is split by several threads: a file of all dialects, and what is in it

enum { ROWS = 9000, DIM = 7 };

typedef struct table {
    char *text;
    size_t n, size;  // bytes, words
    uint64_t rows, repeated, blank, malformed, bad_line;
    float row[ROWS][DIM];
    char word[ROWS][24];
} table;

static unsigned random_below(uint64_t *state, unsigned n)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)((*state >> 33) % n);
}

// A number in one of the forms that programs write, with what strtof reads; at most 17 digits, which a double holds.
static size_t put_number(char *p, uint64_t *state, float *x)
{
    const double value = (random_below(state, 2000001) - 1e6) / (random_below(state, 9) ? 3e6 : 3e4);
    const unsigned how = random_below(state, 12);
    static const struct {
        char sign, kind;
        int digits;
    } form[] = {{0, 'f', 6}, {0, 'g', 8}, {0, 'g', 9}, {'+', 'f', 3}, {0, 'f', 1},
                {0, 'f', 0}, {0, 'f', 15}, {0, 'e', 4}, {0, 'f', 12}, {0, 'g', 5}};
    const double x_of = how == 10 ? value * 1e-6 : value;
    const int digits = form[how % 10].digits;
    size_t n = (size_t)(form[how % 10].sign        ? snprintf(p, 40, "%+.*f", digits, x_of)
                        : form[how % 10].kind == 'f' ? snprintf(p, 40, "%.*f", digits, x_of)
                        : form[how % 10].kind == 'g' ? snprintf(p, 40, "%.*g", digits, x_of)
                                                     : snprintf(p, 40, "%.*e", digits, x_of));
    if (how % 10 == 5) n += (size_t)snprintf(p + n, 2, ".");        // 5.
    if (how == 11 && !strncmp(p, "0.", 2)) memmove(p, p + 1, n--);  // .5
    *x = strtof(p, NULL);
    return n;
}

// A line, or two; *numbers of them in the line. Damaged rows are counted, but not in the words.
static char *put_row(table *t, char *p, size_t i, unsigned kind, uint64_t *state)
{
    static const char *const between[] = {" ", "\t", "   ", " \t "};
    float *row = t->row[t->size];
    char *word = t->word[t->size];
    const int repeated = kind == 4 && t->size > 10;
    snprintf(word, sizeof *t->word, kind == 2 ? "new york%d" : kind == 10 ? "windows %d" : "w%d", (int)i);
    if (kind == 1) p += sprintf(p, "   ");
    if (kind == 3) word = NULL;
    if (word) p += sprintf(p, "%s", repeated ? t->word[t->size - 7] : word);
    if (kind == 11) *p++ = 0;
    for (int k = 0; k < DIM; k++) {
        p += sprintf(p, "%s", kind == 5 || kind == 6 ? between[random_below(state, 4)] : " ");
        p += put_number(p, state, &row[k]);
    }
    if (kind == 12)
        while (*--p != ' ') {
        }
    if (kind == 13) p += sprintf(p, ",5");
    if (kind == 14) p += sprintf(p, " 0.25");
    if (kind == 15) memset(p, '1', 270000), p += 270000;  // longer than any row
    p += sprintf(p, "%s", kind == 7 ? " \n" : kind == 8 ? "\r\n" : kind == 9 ? "\n\n \n" : "\n");
    t->rows++;
    t->malformed += kind > 10;
    t->blank += kind == 3;
    t->repeated += (uint64_t)repeated;
    t->size += !repeated && word && kind <= 10;
    return p;
}

// Without damage the kinds of lines are 0 to 10.
static table *new_table(int damaged)
{
    table *t = (table *)calloc(1, sizeof *t);
    char *body = (char *)malloc(ROWS * 300 + 4000000), *p = body;
    uint64_t state = 7, line = 2;
    if (!t || !body) abort();
    for (size_t i = 0; i < ROWS; i++) {
        const unsigned kind = random_below(&state, 40), rare = random_below(&state, 300);
        char *const from = p;
        p = put_row(t, p, i, damaged && rare < (i % 8 ? 4u : 5u) ? 11 + rare : kind <= 10 ? kind : 0, &state);
        if (t->malformed && !t->bad_line) t->bad_line = line;
        for (const char *c = from; c < p; c++) line += *c == '\n';
    }
    t->text = (char *)malloc((size_t)(p - body) + 40);
    if (!t->text) abort();
    t->n = (size_t)sprintf(t->text, "%d %d\n", (int)t->rows, DIM);
    memcpy(t->text + t->n, body, (size_t)(p - body));
    t->n += (size_t)(p - body);
    free(body);
    return t;
}

static void free_table(table *t)
{
    free(t->text);
    free(t);
}

typedef struct pieces {
    const char *text;
    size_t n, piece;
} pieces;

static size_t read_pieces(char *buffer, size_t room, void *user)
{
    pieces *p = (pieces *)user;
    size_t n = p->piece < room ? p->piece : room;
    if (n > p->n) n = p->n;
    memcpy(buffer, p->text, n);
    p->text += n;
    p->n -= n;
    return n;
}

// Whether a model has the words and rows of the table, padded with zeros.
static int is_table(const w2v_model *m, const table *t)
{
    int same = m && m->size == t->size && m->dim == DIM;
    for (size_t i = 0; same && i < t->size; i++) {
        const float *row = m->input + i * m->stride;
        same &= !strcmp(w2v_vocab_word(m->vocab, (uint32_t)i), t->word[i]) &&
                !memcmp(row, t->row[i], sizeof t->row[i]);
        for (size_t k = DIM; k < m->stride; k++) same &= row[k] == 0.0f;
    }
    return same;
}

static const size_t thread_counts[] = {1, 2, 3, 8};

// The same model for any number of threads, from memory, a file and a reader; with damage the same counts, and the
// line of the first damage.
static void test_threads(void)
{
    for (int damaged = 0; damaged < 2; damaged++) {
        table *t = new_table(damaged);
        char place[40];
        snprintf(place, sizeof place, " line %llu", (unsigned long long)t->bad_line);
        if (!CHECK(t->n > (damaged ? 1500000 : 600000) && t->size > 7000 && t->repeated > 50 &&
                   t->blank > 50))
            printf("    %zu bytes, %zu words\n", t->n, t->size);
        write_bytes(path, t->text, t->n);
        for (size_t i = 0; i < 12; i++) {
            pieces rest = {t->text, t->n, 70000 - 30000 * (i % 3)};
            const w2v_source source = i % 3 == 0   ? w2v_source_text(t->text, t->n)
                                      : i % 3 == 1 ? w2v_source_file(path)
                                                   : w2v_source_reader(read_pieces, &rest);
            w2v_load_config cfg = w2v_load_config_default();
            w2v_load_report r;
            w2v_model *m = NULL;
            w2v_error err = {""};
            cfg.threads = thread_counts[i / 3];
            cfg.lenient = damaged;
            if (!CHECK_STATUS(w2v_model_read(&m, &source, &cfg, &r, &err), W2V_OK))
                printf("    %s\n", err.message);
            CHECK(is_table(m, t));
            CHECK(m && r.rows == t->rows && r.repeated == t->repeated && r.blank == t->blank &&
                  r.malformed == t->malformed);
            w2v_model_free(m);
            m = NULL;
            cfg.lenient = 0;
            rest.text = t->text, rest.n = t->n;
            if (damaged) CHECK_STATUS(w2v_model_read(&m, &source, &cfg, NULL, &err), W2V_ERROR_FORMAT);
            if (damaged && !CHECK(strstr(err.message, place) != NULL))
                printf("    %s, not%s\n", err.message, place);
        }
        free_table(t);
    }
}

// Cut at every byte about the border of the first window, and before each of many lines.
static void test_cuts(void)
{
    table *t = new_table(0);
    const char *header_end = strchr(t->text, '\n') + 1;
    for (size_t i = 0; i < 120; i += TEST_SLOW ? 5 : 1) {
        const size_t n = i < 90 ? 65536 + (size_t)(header_end - t->text) - 45 + i : i * 997;
        const w2v_source source = w2v_source_text(t->text, n), tail = w2v_source_text(header_end, n);
        w2v_load_config cfg = w2v_load_config_default();
        w2v_load_report r[4];
        w2v_model *m[4] = {NULL, NULL, NULL, NULL};
        w2v_error err[4];
        cfg.lenient = 1;
        int whole = 1;
        for (size_t k = 0; k < 4; k++) {
            cfg.threads = thread_counts[k];
            CHECK_STATUS(w2v_model_read(&m[k], &source, &cfg, &r[k], NULL), W2V_OK);
            whole &= m[k]->size > 100 && m[k]->size <= t->size && r[k].rows == r[0].rows &&
                     r[k].malformed == r[0].malformed && same_vectors(m[k], m[0]);
            for (size_t w = 0; w + 1 < m[k]->size; w++)
                whole &= !memcmp(m[k]->input + w * m[k]->stride, t->row[w], sizeof t->row[w]);
            w2v_model *none = NULL;
            cfg.lenient = 0;
            CHECK_STATUS(w2v_model_read(&none, &source, &cfg, NULL, &err[k]), W2V_ERROR_FORMAT);
            whole &= !strcmp(err[k].message, err[0].message);
            const w2v_status status = w2v_model_read(&none, &tail, &cfg, NULL, NULL);  // without a header
            whole &=
                status == W2V_OK ? none->size <= t->size && none->size > 100 : status == W2V_ERROR_FORMAT;
            w2v_model_free(none);
            cfg.lenient = 1;
        }
        if (!CHECK(whole)) printf("    %zu bytes\n", n);
        for (size_t k = 0; k < 4; k++) w2v_model_free(m[k]);
    }
    free_table(t);
}

// Numbers of all lengths, where the fast way ends, and what only looks like a number.
static void test_random_numbers(void)
{
    enum { D = 1000 };
    static char text[64 * D];
    static float expected[D];
    uint64_t state = 1;
    size_t wrong = 0, refused = 0, to_refuse = 0, read = 0;
    for (int round = 0; round < 400; round++) {
        char *p = text + sprintf(text, "1 %d\nword", D);
        const int bad = round % 2 ? (int)random_below(&state, D) : -1;
        for (int k = 0; k < D; k++) {
            *p++ = random_below(&state, 5) ? ' ' : '\t';
            char *const from = p;
            if (random_below(&state, 2)) *p++ = '-';
            *p++ = (char)('0' + random_below(&state, 10));
            *p++ = '.';
            for (unsigned digits = 1 + random_below(&state, 16); digits; digits--)
                *p++ = (char)('0' + random_below(&state, 10));
            if (k == bad) {
                const unsigned at = random_below(&state, (unsigned)(p - from));
                from[at] = "/:,-x\x01\x1f\x80\xb0\xff"[random_below(&state, 10)];
                to_refuse += at || *from != '-';  // else it is a number: -.5
            }
            *p = 0;
            expected[k] = strtof(from, NULL);
        }
        p += sprintf(p, "\n");
        const w2v_source source = w2v_source_text(text, (uint64_t)(p - text));
        w2v_model *m = NULL;
        refused += w2v_model_read(&m, &source, NULL, NULL, NULL) == W2V_ERROR_FORMAT;
        for (int k = 0; m && k < D; k++) wrong += memcmp(&m->input[k], &expected[k], 4) != 0;
        read += m != NULL;
        w2v_model_free(m);
    }
    CHECK_EQUAL(wrong, 0);
    CHECK_EQUAL(refused, to_refuse);
    CHECK(read >= 200 && refused >= 190);
}

// -----------------------------------------------------------------------------------------------------------------

// Only the words of a list, in the order of the file.
static void test_keep_words(void)
{
    static const char *const keep[] = {"b", "not there", "new york", "b", "", "dd"}, *const none[] = {"zz"},
                             *const null[] = {"b", NULL};
    static const char text[] = "5 2\na 1 2\ndd 3 4\nnew york 5 6\nb 7 8\ndd 9 9\n",
                      binary[] = "3 1\na \0\0\x80\x3f\ndd \0\0\0\x40\nb \0\0\0\x3f\n";
    w2v_load_config cfg = w2v_load_config_default();
    w2v_load_report r;
    w2v_model *m = NULL;
    w2v_error err = {""};
    w2v_source source = w2v_source_text(text, sizeof text - 1);
    cfg.keep_words = keep;
    cfg.keep_word_count = 6;
    CHECK_STATUS(w2v_model_read(&m, &source, &cfg, &r, &err), W2V_OK);
    CHECK(m && m->size == 3 && w2v_vocab_find(m->vocab, "dd") == 0 &&
          w2v_model_vector(m, "new york")[1] == 6.0f && w2v_model_vector(m, "b")[0] == 7.0f);
    CHECK(r.rows == 5 && r.not_kept == 1 && r.repeated == 1);
    w2v_model_free(m);
    cfg.max_words = 3;  // of the file
    CHECK(w2v_model_read(&m, &source, &cfg, &r, &err) == W2V_OK && m->size == 2 && r.rows == 3);
    w2v_model_free(m);
    cfg.max_words = 0;
    const w2v_source records = w2v_source_text(binary, sizeof binary - 1);
    CHECK(w2v_model_read(&m, &records, &cfg, &r, &err) == W2V_OK && m->size == 2 && r.not_kept == 1 &&
          m->input[0] == 2.0f && m->input[m->stride] == 0.5f);
    w2v_model_free(m);
    m = NULL;
    w2v_model *whole = NULL;
    CHECK_STATUS(w2v_model_read(&whole, &source, NULL, NULL, &err), W2V_OK);
    CHECK_STATUS(w2v_model_save(whole, path, W2V_FORMAT_NATIVE, &err), W2V_OK);
    w2v_model_free(whole);
    CHECK(w2v_model_load(&m, path, &cfg, &r, &err) == W2V_OK && m->size == 3 && r.rows == 4 &&
          r.not_kept == 1 && w2v_model_vector(m, "b")[1] == 8.0f && w2v_model_vector(m, "dd")[0] == 3.0f);
    w2v_model_free(m);
    m = NULL;
    cfg.keep_words = none;
    cfg.keep_word_count = 1;
    CHECK_STATUS(w2v_model_load(&m, path, &cfg, &r, &err), W2V_ERROR_EMPTY);
    CHECK_STATUS(w2v_model_read(&m, &source, &cfg, &r, &err), W2V_ERROR_EMPTY);
    CHECK_STRING(err.message, "'the text' has none of the 1 words of keep_words");
    cfg.keep_words = null;
    cfg.keep_word_count = 2;
    CHECK(w2v_model_read(&m, &source, &cfg, &r, &err) == W2V_ERROR_ARGUMENT && !m);
    CHECK_STRING(err.message, "word 1 of keep_words is NULL");
    source = w2v_source_text("2 2\na 1\nb 1 2\n", 14);  // rows of other words are checked, too
    cfg.keep_word_count = 1;
    CHECK_STATUS(w2v_model_read(&m, &source, &cfg, &r, &err), W2V_ERROR_FORMAT);
    table *t = new_table(0);
    const char *every[ROWS];
    size_t n = 0;
    for (size_t i = 0; i < t->size; i += 5) {
        memcpy(t->row[n], t->row[i], sizeof t->row[n]);
        if (i) memcpy(t->word[n], t->word[i], sizeof t->word[n]);
        every[n] = t->word[n];
        n++;
    }
    t->size = n;
    source = w2v_source_text(t->text, t->n);
    cfg.keep_words = every;
    cfg.keep_word_count = n;
    for (size_t i = 0; i < 4; i++) {
        cfg.threads = thread_counts[i];
        CHECK(w2v_model_read(&m, &source, &cfg, &r, &err) == W2V_OK && is_table(m, t) && r.not_kept > 5000);
        w2v_model_free(m);
    }
    free_table(t);
}

typedef struct watch {
    w2v_load_progress last;
    int calls, stop_at, wrong;
} watch;

static int see_progress(const w2v_load_progress *p, void *user)
{
    watch *w = (watch *)user;
    w->wrong |= p->bytes < w->last.bytes || p->words < w->last.words || (p->total && p->bytes > p->total);
    w->last = *p;
    return ++w->calls == w->stop_at;
}

// Rows that lenient reading leaves out are reported and can be stopped, too.
static void test_bad_rows(void)
{
    enum { LINES = 1000000 };
    static const char header[] = "1000000 2\n", line[] = "a 0.1\0 x\n", most[] = "a 0.1 0.2 0.3\n";
    w2v_buffer file = {NULL, 0, 0};
    w2v_buffer_write(header, sizeof header - 1, &file);
    for (size_t i = 0; i < LINES; i++)
        w2v_buffer_write(i % 2 ? line : most, (i % 2 ? sizeof line : sizeof most) - 1, &file);
    const w2v_source source = w2v_source_text(file.data, file.size);
    watch w = {{0, 0, 0}, 0, 2, 0};
    w2v_load_config cfg = w2v_load_config_default();
    w2v_model *m = NULL;
    cfg.lenient = 1;
    cfg.progress_fn = see_progress;
    cfg.progress_user = &w;
    CHECK(w2v_model_read(&m, &source, &cfg, NULL, NULL) == W2V_ERROR_STOPPED && !m && w.calls == 2);
    CHECK(w.last.words == 0 && w.last.bytes > 8000000 && w.last.bytes < file.size);
    w2v_buffer_free(&file);
}

// Ten megabytes: reported in between and at the end, and stopped at each report.
static void test_progress(void)
{
    enum { V = 50000, D = 50 };
    w2v_buffer file[2] = {{NULL, 0, 0}, {NULL, 0, 0}};
    const char **word = (const char **)malloc(V * sizeof *word);
    char *names = (char *)malloc(V * 12);
    float *in = (float *)malloc(V * D * sizeof *in);
    if (!word || !names || !in) abort();
    for (size_t i = 0; i < V; i++) snprintf(names + 12 * i, 12, "w%d", (int)i), word[i] = names + 12 * i;
    for (size_t i = 0; i < V * D; i++) in[i] = (float)(i % 1000) / 999.0f;
    w2v_model *m = new_model(word, V, D, in);
    CHECK_STATUS(w2v_model_write(m, w2v_buffer_write, &file[0], W2V_FORMAT_TEXT, NULL), W2V_OK);
    CHECK_STATUS(w2v_model_write(m, w2v_buffer_write, &file[1], W2V_FORMAT_BINARY, NULL), W2V_OK);
    for (int i = 0; i < 16; i += TEST_SLOW ? 3 : 1) {
        const w2v_buffer *b = &file[i % 2];
        pieces rest = {b->data, b->size, 50000};
        const int by_reader = i & 2;
        const w2v_source source =
            by_reader ? w2v_source_reader(read_pieces, &rest) : w2v_source_text(b->data, b->size);
        watch w = {{0, 0, 0}, 0, i / 4, 0};
        w2v_load_config cfg = w2v_load_config_default();
        w2v_model *back = NULL;
        w2v_error err = {""};
        cfg.progress_fn = see_progress;
        cfg.progress_user = &w;
        const w2v_status status = w2v_model_read(&back, &source, &cfg, NULL, &err);
        CHECK(!w.wrong && w.last.total == (by_reader ? 0 : b->size));
        if (!w.stop_at)
            CHECK(status == W2V_OK && same_vectors(m, back) && w.calls >= 3 && w.last.bytes == b->size &&
                  w.last.words == V);
        else
            CHECK(status == W2V_ERROR_STOPPED && !back && w.calls == w.stop_at);
        if (w.stop_at == 1)
            CHECK(strstr(err.message, "' was stopped after ") && w.last.words > 1000 && w.last.words < V);
        w2v_model_free(back);
    }
    w2v_model_free(m);
    w2v_buffer_free(&file[0]);
    w2v_buffer_free(&file[1]);
    free((void *)word);
    free(names);
    free(in);
}

#ifndef _WIN32
static void test_sparse(void)
{
    check_sparse(BYTES(""), " line 1 has a NUL byte at byte 0");
    check_sparse(BYTES("5 3\na 1 2 3\nb "), " line 3 has a NUL byte at byte 14");
    check_sparse(BYTES("5 3\na "), " byte 18: vector 2 has a word of more than 1024 bytes");
}
#endif

int main(int argc, char **argv)
{
    static const test_case tests[] = {
#ifndef _WIN32
        TEST(sparse),
#endif
        TEST(numbers),       TEST(number_forms), TEST(sizes),          TEST(round_trip),   TEST(bytes),
        TEST(dialects),      TEST(refusals),     TEST(row_lengths),    TEST(text_faults),  TEST(ambiguous),
        TEST(saved_formats), TEST(reports),      TEST(wrong_kind),     TEST(no_line_feed), TEST(mutations),
        TEST(words),         TEST(disguises),    TEST(not_finite),     TEST(vocabulary),   TEST(writing),
        TEST(threads),       TEST(cuts),         TEST(random_numbers), TEST(keep_words),   TEST(progress),
        TEST(bad_rows)};
    snprintf(path, sizeof path, "%s.tmp1", argv[0]);
    snprintf(other_path, sizeof other_path, "%s.tmp2", argv[0]);
    const int failed = test_main("io", tests, TEST_COUNT(tests), argc, argv);
    remove(path);
    remove(other_path);
    snprintf(other_path, sizeof other_path, "%s.tmp2", argv[0]);
    remove(other_path);
    return failed;
}
