// SPDX-License-Identifier: MIT-0
//
// test_formats.c - vector files of other programs: .npy, safetensors, the projector, fastText's .bin. Their bytes are
// made here by hand, from the published definitions
//
// test_formats convert FROM FORMAT TO FORMAT and test_formats vector MODEL WORD... are for tests/formats.sh.

#include "w2v.h"

#include "test.h"

#include <time.h>

#ifdef _WIN32
#include <windows.h>
static void make_folder(const char *name) { CreateDirectoryA(name, NULL); }
static void remove_folder(const char *name) { RemoveDirectoryA(name); }
#else
#include <sys/stat.h>
#include <unistd.h>
static void make_folder(const char *name) { CHECK(!mkdir(name, 0755)); }
static void remove_folder(const char *name) { CHECK(!rmdir(name)); }
#endif

#define BYTES(s) s, sizeof(s) - 1

static char folder[256];

static const char *in_folder(const char *name)
{
    static char path[4][600];
    static int next;
    char *p = path[next++ % 4];
    snprintf(p, sizeof path[0], "%s/%s", folder, name);
    return p;
}

static void put(w2v_buffer *b, const void *bytes, size_t n)
{
    CHECK(!w2v_buffer_write((const char *)bytes, n, b));
}

static void put_text(w2v_buffer *b, const char *text) { put(b, text, strlen(text)); }

static void put_number(w2v_buffer *b, uint64_t x, int bytes, int big)
{
    for (int i = 0; i < bytes; i++) {
        const char c = (char)(x >> (8 * (big ? bytes - 1 - i : i)) & 0xff);
        put(b, &c, 1);
    }
}

static void put_float(w2v_buffer *b, float x)
{
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    put_number(b, u, 4, 0);
}

// Six numbers, which all types have, as each type spells them.
enum { ROWS = 2, COLUMNS = 3, NUMBERS = 6 };
static const float number[NUMBERS] = {0.5f, -1.0f, 1.5f, 2.0f, -0.0f, 5.9604644775390625e-8f};
static const uint64_t as_float[NUMBERS] = {0x3f000000, 0xbf800000, 0x3fc00000,
                                           0x40000000, 0x80000000, 0x33800000};
static const uint64_t as_half[NUMBERS] = {0x3800, 0xbc00, 0x3e00, 0x4000, 0x8000, 0x0001};
static const uint64_t as_brain[NUMBERS] = {0x3f00, 0xbf80, 0x3fc0, 0x4000, 0x8000, 0x3380};
static const uint64_t as_double[NUMBERS] = {UINT64_C(0x3fe0000000000000), UINT64_C(0xbff0000000000000),
                                            UINT64_C(0x3ff8000000000000), UINT64_C(0x4000000000000000),
                                            UINT64_C(0x8000000000000000), UINT64_C(0x3e70000000000000)};

static void put_numbers(w2v_buffer *b, const uint64_t *as, int bytes, int big, int by_columns)
{
    for (size_t i = 0; i < NUMBERS; i++)
        put_number(b, as[by_columns ? i % ROWS * COLUMNS + i / ROWS : i], bytes, big);
}

static w2v_buffer npy(int version, const char *header)
{
    w2v_buffer b = {NULL, 0, 0};
    put(&b, "\x93NUMPY", 6);
    put_number(&b, (uint64_t)version, 2, 0);
    put_number(&b, strlen(header), version == 1 ? 2 : 4, 0);
    put_text(&b, header);
    return b;
}

#define NPY(descr, order) "{'descr': '" descr "', 'fortran_order': " order ", 'shape': (2, 3), }\n"

static w2v_buffer safetensors(const char *header)
{
    w2v_buffer b = {NULL, 0, 0};
    put_number(&b, strlen(header), 8, 0);
    put_text(&b, header);
    return b;
}

#define TENSOR(name, type, shape, begin, end) \
    "\"" name "\":{\"dtype\":\"" type "\",\"shape\":" shape ",\"data_offsets\":[" begin "," end "]}"

#define TOKENIZER "{\"added_tokens\":[],\"model\":{\"type\":\"WordLevel\",\"vocab\":{\"b\":1,\"aa\":0}}}"

// A source that gives seven bytes at a time and does not say how many there are.
typedef struct pieces {
    const char *data;
    size_t n;
} pieces;

static size_t read_pieces(char *buffer, size_t room, void *user)
{
    pieces *p = (pieces *)user;
    size_t n = room < 7 ? room : 7;
    if (n > p->n) n = p->n;
    memcpy(buffer, p->data, n);
    p->data += n;
    p->n -= n;
    return n;
}

static w2v_error err;
static w2v_load_report report;
static size_t max_words;
static const char *keep_word;  // NULL: all words

// From memory, or as pieces.
static w2v_status read_vectors(w2v_model **m, w2v_format format, const void *data, size_t n,
                               const char *words, size_t words_bytes, int in_pieces)
{
    w2v_load_config cfg = w2v_load_config_default();
    pieces p = {(const char *)data, n}, q = {words, words_bytes};
    char *copy = (char *)malloc(n ? n : 1), *copy_of_words = (char *)malloc(words_bytes ? words_bytes : 1);
    if (!copy || !copy_of_words) abort();
    if (n) memcpy(copy, data, n);  // a sanitizer sees what is read past the end
    if (words) memcpy(copy_of_words, words, words_bytes);
    w2v_source source = w2v_source_text(copy, n), list = w2v_source_text(copy_of_words, words_bytes);
    if (in_pieces) source = w2v_source_reader(read_pieces, &p), list = w2v_source_reader(read_pieces, &q);
    source.name = "vectors";
    list.name = "words";
    cfg.format = format;
    cfg.max_words = max_words;
    cfg.keep_words = &keep_word;
    cfg.keep_word_count = keep_word != NULL;
    cfg.words = words ? &list : NULL;
    *m = NULL;
    err.message[0] = 0;
    const w2v_status status = w2v_model_read(m, &source, &cfg, &report, &err);
    CHECK((status == W2V_OK) == (*m != NULL));
    free(copy);
    free(copy_of_words);
    return status;
}

// The model of the words aa and b.
static void check_model(w2v_format format, const w2v_buffer *b, const char *words, const char *what)
{
    for (int in_pieces = 0; in_pieces < 2; in_pieces++) {
        w2v_model *m;
        if (!CHECK_STATUS(read_vectors(&m, format, b->data, b->size, words, strlen(words), in_pieces),
                          W2V_OK))
            printf("    %s: %s\n", what, err.message);
        if (!m) continue;
        CHECK(m->size == ROWS && m->dim == COLUMNS && !strcmp(w2v_vocab_word(m->vocab, 0), "aa") &&
              !strcmp(w2v_vocab_word(m->vocab, 1), "b"));
        for (size_t row = 0; row < ROWS; row++)
            if (!CHECK(!memcmp(m->input + row * m->stride, number + row * COLUMNS, sizeof(float) * COLUMNS)))
                printf("    %s\n", what);
        CHECK(report.rows == ROWS && !report.repeated && !report.blank && !report.malformed);
        w2v_model_free(m);
    }
}

static void check_npy(int version, const char *header, const uint64_t *as, int bytes, int big, int by_columns)
{
    w2v_buffer b = npy(version, header);
    put_numbers(&b, as, bytes, big, by_columns);
    check_model(W2V_FORMAT_AUTO, &b, "aa\nb\n", header);
    CHECK(report.format == W2V_FORMAT_NPY && report.expected == ROWS);
    check_model(W2V_FORMAT_NPY, &b, TOKENIZER, header);
    w2v_buffer_free(&b);
}

static void test_npy(void)
{
    check_npy(1, NPY("<f4", "False"), as_float, 4, 0, 0);
    check_npy(2, NPY("<f4", "False"), as_float, 4, 0, 0);
    check_npy(3, NPY("<f4", "True"), as_float, 4, 0, 1);
    check_npy(1, NPY(">f4", "False"), as_float, 4, 1, 0);
    check_npy(1, NPY("<f8", "True"), as_double, 8, 0, 1);
    check_npy(1, NPY(">f8", "False"), as_double, 8, 1, 0);
    check_npy(1, NPY("<f2", "False"), as_half, 2, 0, 0);
    check_npy(1, "{\"shape\":(2,3),\"fortran_order\":False,\"descr\":\"<f4\"}", as_float, 4, 0, 0);
    check_npy(1, " { 'descr' : '<f4' , 'fortran_order' : False , 'shape' : ( 2 , 3 , ) , }   \n", as_float, 4,
              0, 0);
}

static void check_safetensors(const char *header, const uint64_t *as, int bytes, const char *words)
{
    w2v_buffer b = safetensors(header);
    put_numbers(&b, as, bytes, 0, 0);
    check_model(W2V_FORMAT_AUTO, &b, words, header);
    CHECK(report.format == W2V_FORMAT_SAFETENSORS);
    w2v_buffer_free(&b);
}

static void test_safetensors(void)
{
    check_safetensors("{" TENSOR("embeddings", "F32", "[2,3]", "0", "24") "}", as_float, 4, TOKENIZER);
    check_safetensors("{" TENSOR("embedding.weight", "F16", "[2,3]", "0", "12") "}   ", as_half, 2,
                      TOKENIZER);
    check_safetensors("{\"__metadata__\":{\"a\":\"b\"}," TENSOR("x", "BF16", "[2,3]", "0", "12") "}",
                      as_brain, 2, "aa\nb\n");
    check_safetensors("{" TENSOR("embeddings", "F64", "[2,3]", "0", "48") "}", as_double, 8,
                      "word\tcount\naa\t7\nb\t1");
    check_safetensors("{" TENSOR("embeddings", "F32", "[2,3]", "0", "24") "}", as_float, 4,
                      "{\"model\":{\"vocab\":[[\"aa\",-1.5],[\"b\",0]]}}");
    check_safetensors("{" TENSOR("embeddings", "F32", "[2,3]", "0", "24") "}", as_float, 4, TOKENIZER " \n");
    check_safetensors("{" TENSOR("embeddings", "F32", "[2,3]", "0", "24") "}", as_float, 4,
                      "{\"model\":{\"vocab\":{\"\\u0062\":1}},"
                      "\"added_tokens\":[{\"id\":0,\"content\":\"aa\"},{\"id\":1,\"content\":\"ignored\"}]}");
}

static size_t file_bytes(const char *name)
{
    char bytes[600];
    FILE *f = fopen(in_folder(name), "rb");
    if (!f) return 0;
    const size_t n = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    return n;
}

static void write_file(const char *name, const char *text)
{
    FILE *f = fopen(in_folder(name), "wb");
    CHECK(f && fputs(text, f) >= 0 && !fclose(f));
}

static void remove_files(void)
{
    static const char *const names[] = {"v.npy", "v.tsv",          "v",           "metadata.tsv", "m",
                                        "w",     "tokenizer.json", "config.json", "both"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) remove(in_folder(names[i]));
}

// Two matrices in both orders; a tensor between them is passed over.
static void test_output(void)
{
    static const char *const header[2] = {
        "{" TENSOR("embeddings", "F32", "[2,3]", "0", "24") "," TENSOR(
            "between", "I8", "[4]", "24", "28") "," TENSOR("output", "F16", "[2,3]", "28", "40") "}",
        "{" TENSOR("output", "F16", "[2,3]", "0", "12") "," TENSOR(
            "between", "I8", "[4]", "12", "16") "," TENSOR("embeddings", "F32", "[2,3]", "16", "40") "}"};
    for (int i = 0; i < 2; i++) {
        w2v_buffer b = safetensors(header[i]);
        if (i) put_numbers(&b, as_half, 2, 0, 0);
        if (i) put_text(&b, "skip");
        put_numbers(&b, as_float, 4, 0, 0);
        if (!i) put_text(&b, "skip");
        if (!i) put_numbers(&b, as_half, 2, 0, 0);
        check_model(W2V_FORMAT_AUTO, &b, TOKENIZER, header[i]);
        for (int in_pieces = 0; in_pieces < 2; in_pieces++) {
            w2v_model *m;
            CHECK_STATUS(read_vectors(&m, W2V_FORMAT_AUTO, b.data, b.size, BYTES(TOKENIZER), in_pieces),
                         W2V_OK);
            CHECK(m && m->output &&
                  !memcmp(m->output + m->stride, number + COLUMNS, sizeof(float) * COLUMNS));
            w2v_model_free(m);
        }
        CHECK(test_write_file(in_folder("both"), b.data, b.size));
        w2v_load_config cfg = w2v_load_config_default();
        const w2v_source words = w2v_source_text(BYTES("aa\nb"));
        cfg.words = &words;
        w2v_model *m = NULL;
        CHECK(w2v_model_load(&m, in_folder("both"), &cfg, NULL, &err) == W2V_OK && m->output &&
              !memcmp(m->output + m->stride, number + COLUMNS, sizeof(float) * COLUMNS) &&
              !memcmp(m->input, number, sizeof(float) * COLUMNS));
        w2v_model_free(m);
        w2v_buffer_free(&b);
        remove(in_folder("both"));
    }
    // more than the window holds, read from a file in the other order
    enum { LONG = 20000 };
    w2v_buffer large = safetensors("{" TENSOR("output", "F32", "[2,20000]", "0", "160000") "," TENSOR(
        "embeddings", "F32", "[2,20000]", "160000", "320000") "}");
    for (int i = 0; i < 4 * LONG; i++) put_float(&large, (float)i);
    CHECK(test_write_file(in_folder("both"), large.data, large.size));
    write_file("tokenizer.json", TOKENIZER);
    w2v_model *read = NULL;
    CHECK(w2v_model_load(&read, in_folder("both"), NULL, NULL, &err) == W2V_OK && read->output[0] == 0.0f &&
          read->output[read->stride + LONG - 1] == 2 * LONG - 1 && read->input[0] == 2 * LONG &&
          read->input[read->stride + LONG - 1] == 4 * LONG - 1);
    w2v_model_free(read);
    w2v_buffer_free(&large);
    remove_files();
    // of another shape it is not the output matrix
    w2v_buffer b = safetensors("{" TENSOR("embeddings", "F32", "[2,3]", "0",
                                          "24") "," TENSOR("output", "F32", "[1,3]", "24", "36") "}");
    put_numbers(&b, as_float, 4, 0, 0);
    put(&b, "123456789012", 12);
    w2v_model *m;
    CHECK(read_vectors(&m, W2V_FORMAT_AUTO, b.data, b.size, BYTES(TOKENIZER), 0) == W2V_OK && !m->output);
    w2v_model_free(m);
    w2v_buffer_free(&b);
}

static void test_tsv(void)
{
    w2v_buffer b = {NULL, 0, 0};
    put_text(&b, "0.5\t-1\t1.5\n2\t-0\t5.9604645e-08\n");
    check_model(W2V_FORMAT_TSV, &b, "aa\nb\n", "tsv");
    check_model(W2V_FORMAT_TSV, &b, "aa\r\nb", "CRLF");
    check_model(W2V_FORMAT_TSV, &b, "id\tword\tcount\n1\taa\t5\n2\tb\t3\n", "three columns");
    check_model(W2V_FORMAT_TSV, &b, "Token\tlength\naa\t2\nb\t1\n", "another heading");
    w2v_model *m;
    CHECK(read_vectors(&m, W2V_FORMAT_TSV, b.data, b.size, BYTES("word\tcount\naa\t5\nb\t3\n"), 0) ==
              W2V_OK &&
          w2v_vocab_count(m->vocab, 0) == 5 && w2v_vocab_count(m->vocab, 1) == 3 && !report.expected);
    w2v_model_free(m);
    // a word twice and a row without a word
    w2v_buffer_free(&b);
    put_text(&b, "1\t2\n3\t4\n5\t6\n7\t8\n\n");
    CHECK(read_vectors(&m, W2V_FORMAT_TSV, b.data, b.size, BYTES("a\na\n\nc d\n"), 0) == W2V_OK &&
          m->size == 2 && m->input[0] == 1.0f && m->input[m->stride] == 7.0f &&
          !strcmp(w2v_vocab_word(m->vocab, 1), "c d") && report.rows == 4 && report.repeated == 1 &&
          report.blank == 1);
    w2v_model_free(m);
    w2v_buffer_free(&b);
}

// The first words alone.
static void test_max_words(void)
{
    w2v_buffer b = npy(1, NPY("<f4", "True"));
    put_numbers(&b, as_float, 4, 0, 1);
    w2v_model *m;
    max_words = 1;
    CHECK(read_vectors(&m, W2V_FORMAT_AUTO, b.data, b.size, BYTES("aa\nb\n"), 0) == W2V_OK && m->size == 1 &&
          !memcmp(m->input, number, sizeof(float) * COLUMNS) && report.rows == 1 && report.expected == ROWS);
    w2v_model_free(m);
    CHECK_STATUS(read_vectors(&m, W2V_FORMAT_AUTO, b.data, b.size, BYTES("aa\n"), 0), W2V_ERROR_FORMAT);
    CHECK(read_vectors(&m, W2V_FORMAT_TSV, BYTES("1\t2\n3\t4\n"), BYTES("a\nb\n"), 0) == W2V_OK &&
          m->size == 1);
    w2v_model_free(m);
    max_words = 2;  // more than the words
    CHECK_STATUS(read_vectors(&m, W2V_FORMAT_TSV, BYTES("1\t2\n3\t4\n5\t6\n"), BYTES("a\n"), 0),
                 W2V_ERROR_FORMAT);
    CHECK_STRING(err.message, "'vectors' has more vectors than its 1 words");
    max_words = 0;
    keep_word = "a";  // other rows are checked, too
    CHECK_STATUS(read_vectors(&m, W2V_FORMAT_TSV, BYTES("1\t2\n3\tx\n"), BYTES("a\nb\n"), 0), W2V_ERROR_FORMAT);
    keep_word = NULL;
    w2v_buffer_free(&b);
}

// fastText's .bin of the words aa and b, the label x and `buckets` buckets; row i of the matrix is (2^i, -2^i).
static const char *fasttext_second = "b";

static w2v_buffer fasttext(int version, int buckets, int shortest, int longest, int quantised)
{
    const char *const entry[3] = {"aa", fasttext_second, "__label__x"};
    const int args[12] = {2, 5, 5, 1, 5, 1, 2, 2, buckets, shortest, longest, 100};
    w2v_buffer b = {NULL, 0, 0};
    put_number(&b, 793712314, 4, 0);
    put_number(&b, (uint64_t)version, 4, 0);
    for (int i = 0; i < 12; i++) put_number(&b, (uint32_t)args[i], 4, 0);
    put_number(&b, 0, 8, 0);  // t
    put_number(&b, 3, 4, 0);
    put_number(&b, 2, 4, 0);
    put_number(&b, 1, 4, 0);
    put_number(&b, 10, 8, 0);
    put_number(&b, UINT64_MAX, 8, 0);
    for (uint64_t i = 0; i < 3; i++) {
        put(&b, entry[i], strlen(entry[i]) + 1);
        put_number(&b, 9 - i, 8, 0);
        put_number(&b, i == 2, 1, 0);
    }
    put_number(&b, (uint64_t)quantised, 1, 0);
    put_number(&b, (uint64_t)buckets + 2, 8, 0);
    put_number(&b, 2, 8, 0);
    for (int i = 0; i < buckets + 2; i++) put_float(&b, ldexpf(1, i)), put_float(&b, -ldexpf(1, i));
    put_number(&b, 0, 1, 0);
    put_number(&b, 1, 8, 0);
    put_number(&b, 2, 8, 0);
    put_float(&b, 0.5f);
    put_float(&b, 0.25f);
    return b;
}

static w2v_status read_subwords(w2v_subwords **s, const char *data, size_t n, int in_pieces)
{
    pieces p = {data, n};
    const w2v_source source = in_pieces ? w2v_source_reader(read_pieces, &p) : w2v_source_text(data, n);
    return w2v_subwords_read(s, &source, &err);
}

// By FNV-1a of signed bytes, <aa is in bucket 0 of 5, aa> in 3, <b> in 3, and < U+00E9 > in 1.
static void test_fasttext(void)
{
    w2v_buffer b = fasttext(12, 5, 3, 3, 0);
    for (int in_pieces = 0; in_pieces < 2; in_pieces++) {
        w2v_model *m;
        w2v_subwords *s = NULL;
        float x[2] = {0, 0};
        CHECK_STATUS(read_vectors(&m, W2V_FORMAT_AUTO, b.data, b.size, NULL, 0, in_pieces), W2V_OK);
        CHECK(m && m->size == 2 && m->dim == 2 && report.format == W2V_FORMAT_FASTTEXT &&
              report.expected == 2 && w2v_vocab_count(m->vocab, 0) == 9 &&
              w2v_vocab_count(m->vocab, 1) == 8 && !m->output);
        const float aa = (ldexpf(1, 0) + ldexpf(1, 2) + ldexpf(1, 2 + 3)) * (float)(1.0 / 3.0),
                    one = (ldexpf(1, 1) + ldexpf(1, 2 + 3)) * 0.5f;
        CHECK(m && m->input[0] == aa && m->input[1] == -aa && m->input[m->stride] == one);
        w2v_model_free(m);
        CHECK_STATUS(read_subwords(&s, b.data, b.size, in_pieces), W2V_OK);
        CHECK(s && w2v_subwords_dim(s) == 2);
        CHECK(w2v_subwords_vector(s, "aa", x, &err) == W2V_OK && x[0] == aa && x[1] == -aa);
        CHECK(w2v_subwords_vector(s, "\xc3\xa9", x, &err) == W2V_OK && x[0] == ldexpf(1, 2 + 1));
        CHECK(w2v_subwords_vector(s, "", x, &err) == W2V_ERROR_UNKNOWN_WORD && x[0] == ldexpf(1, 2 + 1));
        CHECK_STATUS(w2v_subwords_vector(s, "</s>", x, &err), W2V_ERROR_UNKNOWN_WORD);
        char longest[W2V_MAX_WORD + 2];
        memset(longest, 'x', sizeof longest);
        longest[W2V_MAX_WORD + 1] = 0;
        CHECK_STATUS(w2v_subwords_vector(s, longest, x, &err), W2V_ERROR_ARGUMENT);
        CHECK_STATUS(w2v_subwords_vector(s, longest + 1, x, &err), W2V_OK);
        w2v_subwords_free(s);
    }
    w2v_subwords_free(NULL);
    w2v_buffer_free(&b);
    // characters alone, without < and > alone: a and b, of one bucket
    b = fasttext(11, 1, 1, 1, 0);
    w2v_model *m;
    const float third = (float)(1.0 / 3.0), mean = 9.0f * third;  // of 1, 4 and 4
    CHECK_STATUS(read_vectors(&m, W2V_FORMAT_AUTO, b.data, b.size, NULL, 0, 0), W2V_OK);
    CHECK(m && m->input[0] == mean && m->input[m->stride] == 3.0f);
    w2v_model_free(m);
    w2v_buffer_free(&b);
    b = fasttext(12, 0, 0, 0, 0);
    CHECK(read_vectors(&m, W2V_FORMAT_AUTO, b.data, b.size, NULL, 0, 0) == W2V_OK && m->input[0] == 1.0f &&
          m->input[m->stride] == 2.0f);
    w2v_model_free(m);
    memset(b.data + b.size - 24, 0, 8);  // an output matrix of no rows
    CHECK_STATUS(read_vectors(&m, W2V_FORMAT_AUTO, b.data, b.size - 8, NULL, 0, 0), W2V_OK);
    w2v_model_free(m);
    w2v_buffer_free(&b);
}

static void check_refused(w2v_format format, const char *data, size_t n, const char *words, w2v_status status,
                          const char *message)
{
    for (int in_pieces = 0; in_pieces < 2; in_pieces++) {
        w2v_model *m;
        if (!CHECK_STATUS(read_vectors(&m, format, data, n, words, words ? strlen(words) : 0, in_pieces),
                          status))
            printf("    '%s' (expected '%s')\n", err.message, message);
        else if (!CHECK(strstr(err.message, message) != NULL))
            printf("    '%s' instead of '%s'\n", err.message, message);
        w2v_model_free(m);
    }
}

static void refuse_npy(int version, const char *header, w2v_status status, const char *message)
{
    w2v_buffer b = npy(version, header);
    put_numbers(&b, as_float, 4, 0, 0);
    check_refused(W2V_FORMAT_NPY, b.data, b.size, "aa\nb\n", status, message);
    w2v_buffer_free(&b);
}

#define SHAPE(shape) "{'descr': '<f4', 'fortran_order': False, 'shape': " shape ", }"

// Vector 2 is refused also if only the word of vector 1 is kept, but not if only one is read.
static void check_refused_rows(const w2v_buffer *b, const char *message)
{
    w2v_model *m;
    check_refused(W2V_FORMAT_AUTO, b->data, b->size, "aa\nb\n", W2V_ERROR_FORMAT, message);
    keep_word = "aa";
    check_refused(W2V_FORMAT_AUTO, b->data, b->size, "aa\nb\n", W2V_ERROR_FORMAT, message);
    keep_word = NULL;
    max_words = 1;
    CHECK_STATUS(read_vectors(&m, W2V_FORMAT_AUTO, b->data, b->size, BYTES("aa\nb\n"), 0), W2V_OK);
    max_words = 0;
    w2v_model_free(m);
}

static void test_bad_npy(void)
{
    refuse_npy(4, NPY("<f4", "False"), W2V_ERROR_FORMAT, "a .npy file of version 4.0 (1.0 to 3.0 are read)");
    refuse_npy(1, NPY("|O", "False"), W2V_ERROR_FORMAT, "is an array of '|O', which is not read");
    refuse_npy(1, NPY("<i4", "False"), W2V_ERROR_FORMAT, "is an array of '<i4', which is not read");
    refuse_npy(1, "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }", W2V_ERROR_FORMAT,
               "array of records");
    refuse_npy(1, SHAPE("(6,)"), W2V_ERROR_FORMAT, "an array of 1 dimensions, not of 2");
    refuse_npy(1, SHAPE("()"), W2V_ERROR_FORMAT, "an array of 0 dimensions, not of 2");
    refuse_npy(1, SHAPE("(2, 3, 1)"), W2V_ERROR_FORMAT, "an array of 3 dimensions, not of 2");
    refuse_npy(1, SHAPE("(0, 3)"), W2V_ERROR_EMPTY, "0 vectors of 3 numbers");
    refuse_npy(1, SHAPE("(2, 0)"), W2V_ERROR_EMPTY, "2 vectors of 0 numbers");
    refuse_npy(1, SHAPE("(3, 3)"), W2V_ERROR_FORMAT, "'vectors' ends early: its header promises 36 bytes");
    refuse_npy(1, SHAPE("(2, 2)"), W2V_ERROR_FORMAT, "has more than its header says");
    refuse_npy(1, SHAPE("(4294967294, 1048576)"), W2V_ERROR_FORMAT, "ends early");
    refuse_npy(1, SHAPE("(4294967295, 1)"), W2V_ERROR_FORMAT, "more than can be read");
    refuse_npy(1, SHAPE("(2, 1048577)"), W2V_ERROR_FORMAT, "more than can be read");
    refuse_npy(1, SHAPE("(18446744073709551616, 3)"), W2V_ERROR_FORMAT,
               "the header of this .npy file is damaged");
    refuse_npy(1, SHAPE("(-2, 3)"), W2V_ERROR_FORMAT, "damaged");
    refuse_npy(1, SHAPE("(2 3)"), W2V_ERROR_FORMAT, "damaged");
    refuse_npy(1, "{'descr': '<f4', 'shape': (2, 3)}", W2V_ERROR_FORMAT, "damaged");
    refuse_npy(1, "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)}",
               W2V_ERROR_FORMAT, "damaged");
    refuse_npy(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), 'x': 1}", W2V_ERROR_FORMAT,
               "damaged");
    refuse_npy(1, "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (2, 3)}", W2V_ERROR_FORMAT, "damaged");
    refuse_npy(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)} x", W2V_ERROR_FORMAT, "damaged");
    refuse_npy(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)", W2V_ERROR_FORMAT, "damaged");
    refuse_npy(1, "", W2V_ERROR_FORMAT, "damaged");
    check_refused(W2V_FORMAT_NPY, BYTES("2 2\naa 1 2\nb 3 4\n"), NULL, W2V_ERROR_FORMAT,
                  "is not a .npy file");
    check_refused(W2V_FORMAT_NPY, BYTES(""), NULL, W2V_ERROR_FORMAT, "is not a .npy file");
    check_refused(W2V_FORMAT_NPY, BYTES("\x93NUMPY\2\0\xff\xff\xff\xff{"), NULL, W2V_ERROR_FORMAT,
                  "a header of 4294967295 bytes");
    w2v_buffer b = npy(1, NPY("<f4", "False"));
    put_numbers(&b, as_float, 4, 0, 0);
    check_refused(W2V_FORMAT_AUTO, b.data, b.size, NULL, W2V_ERROR_ARGUMENT, "has no words in it");
    check_refused(W2V_FORMAT_AUTO, b.data, b.size, "aa\n", W2V_ERROR_FORMAT,
                  "'words' has 1 words, and 'vectors' 2 vectors");
    check_refused(W2V_FORMAT_AUTO, b.data, b.size, "aa\nb\nc\n", W2V_ERROR_FORMAT, "'words' has 3 words");
    check_refused(W2V_FORMAT_AUTO, b.data, b.size, "", W2V_ERROR_FORMAT, "'words' has 0 words");
    check_refused(W2V_FORMAT_AUTO, b.data, b.size, "\n\n", W2V_ERROR_EMPTY, "'words' has no words");
    check_refused(W2V_FORMAT_AUTO, b.data, b.size, "word\tcount\naa\t1\nb\tx\n", W2V_ERROR_FORMAT,
                  "'words' line 3: the count 'x' is not a whole number");
    check_refused(W2V_FORMAT_AUTO, b.data, b.size, "word\tcount\naa\t1\nb\n", W2V_ERROR_FORMAT,
                  "'words' line 3 does not have the 2 columns of line 1");
    check_refused(W2V_FORMAT_AUTO, b.data, b.size, "aa\nb\tc\n", W2V_ERROR_FORMAT,
                  "'words' line 2 does not have the 1 columns");
    char longest[W2V_MAX_WORD + 5] = "aa\n";
    memset(longest + 3, 'x', W2V_MAX_WORD + 1);
    check_refused(W2V_FORMAT_AUTO, b.data, b.size, longest, W2V_ERROR_FORMAT,
                  "'words' line 2: a word of 1025 bytes (1 to 1024)");
    b.data[b.size - 1] = 0x7f;
    b.data[b.size - 2] = (char)0x80;
    char message[80];
    snprintf(message, sizeof message, "byte %zu: number 3 of vector 2 is not a finite float", b.size - 4);
    check_refused_rows(&b, message);
    w2v_buffer_free(&b);
    b = npy(1, NPY("<f8", "True"));
    put_numbers(&b, as_double, 8, 0, 1);
    memcpy(b.data + b.size - 8, "\0\0\0\0\0\0\0\x48", 8);  // 2^129
    snprintf(message, sizeof message, "byte %zu: number 3 of vector 2 is not a finite float", b.size - 8);
    check_refused_rows(&b, message);
    w2v_buffer_free(&b);
}

static void refuse_tensors(const char *header, const char *message)
{
    w2v_buffer b = safetensors(header);
    put_numbers(&b, as_float, 4, 0, 0);
    check_refused(W2V_FORMAT_SAFETENSORS, b.data, b.size, TOKENIZER, W2V_ERROR_FORMAT, message);
    w2v_buffer_free(&b);
}

static void test_bad_safetensors(void)
{
    refuse_tensors("[]", "is no object");
    refuse_tensors("{x}", "bad JSON at byte 9: a key is missing");  // after 8 bytes of its length
    refuse_tensors("{}", "no tensor 'embeddings' or 'embedding.weight', and 0 others");
    refuse_tensors("{" TENSOR("a", "F32", "[1,3]", "0", "12") "," TENSOR("b", "F32", "[1,3]", "12", "24") "}",
                   "and 2 others");
    refuse_tensors("{" TENSOR("a", "F32", "[6]", "0", "24") "}", "and 0 others");
    refuse_tensors("{" TENSOR("a", "I32", "[2,3]", "0", "24") "}", "numbers of the type 'I32' are not read");
    refuse_tensors("{" TENSOR("a", "F32", "[2,4]", "0", "24") "}", "of 2 x 4 numbers has bytes 0 to 24");
    refuse_tensors("{" TENSOR("a", "F32", "[2,3]", "24", "0") "}", "has no dtype, shape and data_offsets");
    refuse_tensors("{" TENSOR("a", "F32", "[2,-3]", "0", "24") "}", "has no dtype, shape and data_offsets");
    refuse_tensors("{" TENSOR("a", "F32", "[2,3.0]", "0", "24") "}", "has no dtype, shape and data_offsets");
    refuse_tensors("{" TENSOR("a", "F32", "2", "0", "24") "}", "has no dtype, shape and data_offsets");
    refuse_tensors("{\"a\":1}", "has no dtype, shape and data_offsets");
    refuse_tensors("{" TENSOR("a", "F32", "[2,3]", "4", "28") "}", "overlap, or there are gaps");
    refuse_tensors("{" TENSOR("a", "F32", "[3,3]", "0", "36") "}",
                   "ends early: its header promises 36 bytes");
    refuse_tensors("{" TENSOR("a", "F32", "[1,3]", "0", "12") "}", "has more than its header says");
    refuse_tensors("{" TENSOR("a", "F32", "[2,3]", "0", "24") "," TENSOR("c", "F32", "[6]", "0", "24") "}",
                   "overlap, or there are gaps");
    refuse_tensors("{" TENSOR("a", "F32", "[4611686018427387904,4]", "0", "0") "}", "has bytes 0 to 0");
    refuse_tensors("{" TENSOR("a", "F32", "[4294967295,1]", "0", "17179869180") "}", "more than can be read");
    refuse_tensors("{" TENSOR("a", "F32", "[1,1048577]", "0", "4194308") "}", "more than can be read");
    refuse_tensors("{" TENSOR("a", "F32", "[2,3]", "0", "24") "," TENSOR("a", "F32", "[2,3]", "0", "24") "}",
                   "two keys are 'a'");
    refuse_tensors("{" TENSOR("a", "F32", "[2,3]", "0", "24") "} x", "more than one value");
    check_refused(W2V_FORMAT_SAFETENSORS, BYTES("\1\0\0\0\0\0\0\0{"), TOKENIZER, W2V_ERROR_FORMAT,
                  "not a safetensors file: a header of 1 bytes");
    check_refused(W2V_FORMAT_SAFETENSORS, BYTES("\1\0\0\0\0\0\0\1{"), TOKENIZER, W2V_ERROR_FORMAT,
                  "not a safetensors file");
    check_refused(W2V_FORMAT_AUTO, BYTES("\0\xe1\xf5\5\0\0\0\0{\""), TOKENIZER, W2V_ERROR_FORMAT,
                  "ends early: its header promises 100000008 bytes");
}

static void refuse_tokenizer(const char *words, const char *message)
{
    w2v_buffer b = safetensors("{" TENSOR("embeddings", "F32", "[2,3]", "0", "24") "}");
    put_numbers(&b, as_float, 4, 0, 0);
    check_refused(W2V_FORMAT_AUTO, b.data, b.size, words, W2V_ERROR_FORMAT, message);
    w2v_buffer_free(&b);
}

#define VOCAB(text) "{\"model\":{\"vocab\":" text "}}"

static void test_bad_tokenizer(void)
{
    refuse_tokenizer("{\"model\":1}", "it has no model with a vocab");
    refuse_tokenizer("{}", "it has no model with a vocab");
    refuse_tokenizer(VOCAB("1"), "it has no model with a vocab");
    refuse_tokenizer(VOCAB("{\"aa\":0}"), "no token has the number 1, which is a row");
    refuse_tokenizer(VOCAB("{\"aa\":0,\"b\":2}"), "the token 'b' has the number 2, and there are 2 rows");
    refuse_tokenizer(VOCAB("{\"aa\":0,\"b\":0}"), "the token 'b' has the number 0 of another one");
    refuse_tokenizer(VOCAB("{\"aa\":0,\"b\":18446744073709551616}"), "a token without a name or a number");
    refuse_tokenizer(VOCAB("{\"aa\":0,\"b\":-1}"), "a token without a name or a number");
    refuse_tokenizer(VOCAB("{\"aa\":0,\"b\":\"1\"}"), "a token without a name or a number");
    refuse_tokenizer(VOCAB("[{\"aa\":0},{\"b\":0}]"), "a token without a name or a number");
    refuse_tokenizer("\n " VOCAB("[1]"), "a token without a name or a number");
    refuse_tokenizer(VOCAB("[[\"aa\",0],[]]"), "a token without a name or a number");
    refuse_tokenizer(VOCAB("[[\"aa\",0],1]"), "a token without a name or a number");
    refuse_tokenizer(VOCAB("[[\"aa\",0],[1,\"b\"]]"), "a token without a name or a number");
    refuse_tokenizer(VOCAB("[[\"aa\",0],[\"b\",0],[\"c\",0]]"), "the token 'c' has the number 2");
    refuse_tokenizer("{\"model\":{\"vocab\":{\"aa\":0,\"b\":1}},\"added_tokens\":[{\"content\":\"x\"}]}",
                     "a token without a name or a number");
    refuse_tokenizer(VOCAB("{\"aa\":0,\"b\\u0000\":1}"), "'words': a word with a NUL byte");
}

// What follows is the value of a key beside a good vocabulary.
static void check_json(const char *json, const char *message)
{
    char text[1000];
    snprintf(text, sizeof text, "{\"model\":{\"vocab\":{\"aa\":0,\"b\":1}},\"x\":%s", json);
    if (message) {
        refuse_tokenizer(text, message);
        return;
    }
    w2v_buffer b = safetensors("{" TENSOR("embeddings", "F32", "[2,3]", "0", "24") "}");
    put_numbers(&b, as_float, 4, 0, 0);
    check_model(W2V_FORMAT_AUTO, &b, text, text);
    w2v_buffer_free(&b);
}

static void test_json(void)
{
    static const char *const good[] = {"[]}",
                                       "{}}",
                                       "[[],{},[{}]]}",
                                       "0}",
                                       "-0}",
                                       "-1.5e+10}",
                                       "0.25E-3}",
                                       "1e5 }\n\t\r",
                                       "true}",
                                       "false}",
                                       "null}",
                                       "\"\"}",
                                       "[1, 2 ,3]}",
                                       "{\"\":{\"\":0},\"a\":1}}",
                                       "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83d\\uDE00\"}",
                                       "\"\xc3\xa9\xf0\x9f\x98\x80\x7f\"}"};
    static const struct {
        const char *json, *message;
    } bad[] = {{"01}", "not a number"},
               {"-}", "not a number"},
               {"1.}", "not a number"},
               {".5}", "a value is missing"},
               {"1e}", "not a number"},
               {"+1}", "a value is missing"},
               {"0x1}", "a comma is missing"},
               {"NaN}", "a value is missing"},
               {"tru}", "a value is missing"},
               {"nul", "a value is missing"},
               {"[1,]}", "a value is missing"},
               {"[,1]}", "a value is missing"},
               {"[1 2]}", "a comma is missing"},
               {"[1}", "a comma is missing"},
               {"{\"a\":1]}", "a comma is missing"},
               {"{\"a\":1,}}", "a key is missing"},
               {"{1:1}}", "a key is missing"},
               {"{\"a\" 1}}", "a colon is missing"},
               {"{\"a\":}}", "a value is missing"},
               {"{\"a\":1,\"b\":2,\"a\":3}}", "two keys are 'a'"},
               {"{\"a\":1,\"\\u0061\":3}}", "two keys are 'a'"},
               {"{\"\x7f\":1,\"\\u007f\":3}}", "two keys are '"},
               {"{\"\xc2\x80\":1,\"\\u0080\":3}}", "two keys are '"},
               {"{\"\xdf\xbf\":1,\"\\u07ff\":3}}", "two keys are '"},
               {"{\"\xe0\xa0\x80\":1,\"\\u0800\":3}}", "two keys are '"},
               {"{\"\xef\xbf\xbf\":1,\"\\uffff\":3}}", "two keys are '"},
               {"{\"\xf0\x90\x80\x80\":1,\"\\ud800\\udc00\":3}}", "two keys are '"},
               {"\"\n\"}", "a control character in a string"},
               {"\"\\x\"}", "no such escape"},
               {"\"\\u12g4\"}", "no such escape"},
               {"\"\\ud800\"}", "no such escape"},
               {"\"\\ud800\\u0041\"}", "no such escape"},
               {"\"\\udc00\"}", "no such escape"},
               {"\"\xff\"}", "not UTF-8"},
               {"\"\xc0\xaf\"}", "not UTF-8"},
               {"\"\xed\xa0\x80\"}", "not UTF-8"},
               {"\"\xf0\x9f\x98", "not UTF-8"},
               {"\"abc", "a string has no end"},
               {"\"\\", "no such escape"},
               {"\"\\u12", "no such escape"},
               {"[", "it ends early"},
               {"1}}", "more than one value"},
               {"1} {}", "more than one value"},
               {"'a'}", "a value is missing"}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) check_json(good[i], NULL);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) check_json(bad[i].json, bad[i].message);
    // nested: the outermost object is one of 64
    for (int deep = 63; deep < 65; deep++) {
        char text[200] = "";
        for (int i = 0; i < deep; i++) text[i] = '[', text[deep + i] = ']';
        text[2 * deep] = '}';
        check_json(text, deep == 63 ? NULL : "more than 64 deep");
    }
    w2v_buffer b = {NULL, 0, 0};
    put_text(&b, "{\"a\":");
    for (int i = 0; i < 100000; i++) put_text(&b, "[");
    put(&b, "", 1);
    refuse_tokenizer(b.data, "more than 64 deep");
    w2v_buffer_free(&b);
    refuse_tokenizer("{\"a\0", "bad JSON at byte");
}

// Its time is that of its bytes: it was that of their square.
static void test_wide_heading(void)
{
    enum { TABS = 65000 };
    w2v_buffer b = npy(1, NPY("<f4", "False")), words = {NULL, 0, 0};
    put_numbers(&b, as_float, 4, 0, 0);
    for (int line = 0; line < 3; line++) {
        for (int i = 0; i < TABS; i++) put(&words, "\t", 1);
        put_text(&words, line == 0 ? "word\tcount\n" : line == 1 ? "aa\t7\n" : "b\t5\n");
    }
    put(&words, "", 1);
    const clock_t start = clock();
    check_model(W2V_FORMAT_AUTO, &b, words.data, "wide");
    CHECK((double)(clock() - start) / CLOCKS_PER_SEC < 2.0);
    w2v_buffer_free(&b);
    w2v_buffer_free(&words);
}

typedef struct watch {
    w2v_load_progress last;
    uint64_t total;
    int calls, stop_at, wrong, early;
} watch;

static int see_progress(const w2v_load_progress *p, void *user)
{
    watch *w = (watch *)user;
    w->wrong |= p->bytes < w->last.bytes || p->words < w->last.words || p->total != w->total ||
                (p->total && p->bytes > p->total);
    w->early += p->bytes < 1000;
    w->last = *p;
    return ++w->calls == w->stop_at;
}

// From memory, or as pieces; stopped at call stop_at.
static void check_progress(w2v_format format, const w2v_buffer *b, const w2v_buffer *words, uint64_t count,
                           int in_pieces, int stop_at)
{
    pieces p = {b->data, b->size};
    const w2v_source source =
        in_pieces ? w2v_source_reader(read_pieces, &p) : w2v_source_text(b->data, b->size);
    const w2v_source list = w2v_source_text(words->data, words->size);
    watch w = {{0, 0, 0}, in_pieces ? 0 : b->size, 0, stop_at, 0, 0};
    w2v_load_config cfg = w2v_load_config_default();
    w2v_model *m = NULL;
    cfg.format = format;
    cfg.words = words->size ? &list : NULL;
    cfg.progress_fn = see_progress;
    cfg.progress_user = &w;
    err.message[0] = 0;
    const w2v_status status = w2v_model_read(&m, &source, &cfg, NULL, &err);
    int good = !w.wrong && w.calls == (stop_at ? stop_at : w.calls);
    if (stop_at)
        good &= status == W2V_ERROR_STOPPED && !m && !!strstr(err.message, "' was stopped after ");
    else
        good &= status == W2V_OK && w.calls >= 3 && w.last.bytes == b->size && w.last.words == count;
    if (format == W2V_FORMAT_NPY && !in_pieces) good &= w.early > 0;  // while the words are read
    if (!CHECK(good))
        printf("    format %d, in pieces %d, stop at %d: status %d, %d calls\n", (int)format, in_pieces,
               stop_at, (int)status, w.calls);
    w2v_model_free(m);
}

// Ten megabytes of vectors and five of words.
static void test_progress(void)
{
    enum { V = 50000, D = 50, LETTERS = 100 };
    static const w2v_format formats[] = {W2V_FORMAT_NPY, W2V_FORMAT_SAFETENSORS, W2V_FORMAT_TSV};
    w2v_buffer text = {NULL, 0, 0};
    for (int i = 0; i < V; i++) {
        char line[3 * LETTERS];
        int n = snprintf(line, sizeof line, "%0*d", LETTERS, i);
        for (int k = 0; k < D; k++) n += snprintf(line + n, sizeof line - (size_t)n, " %d", (i + k) % 10);
        put_text(&text, line);
        put_text(&text, "\n");
    }
    w2v_model *m = NULL;
    const w2v_source source = w2v_source_text(text.data, text.size);
    CHECK_STATUS(w2v_model_read(&m, &source, NULL, NULL, &err), W2V_OK);
    for (size_t i = 0; m && i < V * m->stride; i++) m->input[i] /= 7.0f;
    for (size_t f = 0; f < 4; f++) {
        w2v_buffer b = {NULL, 0, 0}, words = {NULL, 0, 0};
        const w2v_format format = f < 3 ? formats[f] : W2V_FORMAT_FASTTEXT;
        if (f == 3) {
            b = fasttext(12, 1200000, 0, 0, 0);
        } else {
            CHECK_STATUS(w2v_model_write(m, w2v_buffer_write, &b, format, &err), W2V_OK);
            CHECK_STATUS(w2v_model_write_words(m, w2v_buffer_write, &words, format, &err), W2V_OK);
        }
        for (int in_pieces = 0; in_pieces < 2; in_pieces++)
            for (int stop_at = 0; stop_at < 4; stop_at += TEST_SLOW ? 2 : 1)
                check_progress(format, &b, &words, f < 3 ? V : 2, in_pieces, stop_at);
        w2v_buffer_free(&b);
        w2v_buffer_free(&words);
    }
    // the output matrix comes first
    w2v_buffer words = {NULL, 0, 0},
               b = safetensors("{" TENSOR("output", "F32", "[50000,50]", "0", "10000000") "," TENSOR(
                   "embeddings", "F32", "[50000,50]", "10000000", "20000000") "}");
    for (size_t i = 0; m && i < 2 * V; i++) put(&b, m->input + i / 2 * m->stride, D * sizeof(float));
    CHECK_STATUS(w2v_model_write_words(m, w2v_buffer_write, &words, W2V_FORMAT_NPY, &err), W2V_OK);
    check_progress(W2V_FORMAT_SAFETENSORS, &b, &words, V, 0, 0);
    w2v_buffer_free(&b);
    w2v_buffer_free(&words);
    w2v_buffer_free(&text);
    w2v_model_free(m);
}

// Vectors of unknown words need every row of the model, so a repeated word and one without a name are refused.
static void test_bad_subwords(void)
{
    static const char *const second[2] = {"aa", ""};
    for (size_t i = 0; i < 2; i++) {
        fasttext_second = second[i];
        w2v_buffer b = fasttext(12, 5, 3, 3, 0);
        w2v_subwords *s = NULL;
        CHECK_STATUS(read_subwords(&s, b.data, b.size, 0), W2V_ERROR_FORMAT);
        CHECK_STRING(err.message, "'the text' has a word twice, or one without a name");
        CHECK(!s);
        w2v_buffer_free(&b);
    }
    fasttext_second = "b";
}

static void test_bad_fasttext(void)
{
    w2v_buffer b = fasttext(12, 5, 3, 3, 0);
    const float most = FLT_MAX;  // aa and <aa, each of them finite
    memcpy(b.data + 153, &most, sizeof most);
    memcpy(b.data + 153 + 2 * 8, &most, sizeof most);
    check_refused(W2V_FORMAT_AUTO, b.data, b.size, NULL, W2V_ERROR_FORMAT,
                  "number 1 of the vector of 'aa' is not finite");
    w2v_buffer_free(&b);
    b = fasttext(13, 5, 3, 3, 0);
    check_refused(W2V_FORMAT_AUTO, b.data, b.size, NULL, W2V_ERROR_FORMAT,
                  "a fastText model of version 13 (11 and 12 are read)");
    w2v_buffer_free(&b);
    b = fasttext(12, 5, 3, 3, 1);
    check_refused(W2V_FORMAT_AUTO, b.data, b.size, NULL, W2V_ERROR_FORMAT,
                  "a quantised fastText model: load the .bin or .vec of the same training");
    w2v_buffer_free(&b);
    static const struct {
        size_t at;
        int value, bytes;
        const char *message;
    } bad[] = {{8, 0, 4, "settings of this fastText model are damaged"},
               {8, 3, 4, "a matrix of 7 x 2 numbers, not 7 x 3"},
               {8, 0x7fffffff, 4, "damaged"},
               {40, -1, 4, "damaged"},
               {40, 4, 4, "a matrix of 7 x 2 numbers, not 6 x 2"},
               {48, 65, 4, "damaged"},
               {64, 4, 4, "damaged"},
               {68, -1, 4, "damaged"},
               {68, 3, 4, "damaged"},
               {72, 0x7fffffff, 4, "damaged"},
               {84, 2, 8, "is a pruned fastText model"},
               {103, 1, 1, "'aa' is not of type 0"},
               {136, 8, 8, "a matrix of 8 x 2"},
               {144, 0x7fffffff, 8, "not 7 x 2"},
               {0, 1, 4, "is not a fastText model"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        b = fasttext(12, 5, 3, 3, 0);
        for (int k = 0; k < bad[i].bytes; k++)
            b.data[bad[i].at + (size_t)k] = (char)((int64_t)bad[i].value >> (8 * k) & 0xff);
        check_refused(W2V_FORMAT_FASTTEXT, b.data, b.size, NULL, W2V_ERROR_FORMAT, bad[i].message);
        w2v_buffer_free(&b);
    }
    // 2^23 buckets are promised
    b = fasttext(12, 5, 3, 3, 0);
    b.data[40] = 0, b.data[42] = (char)0x80;
    b.data[136] = 2, b.data[138] = (char)0x80;
    check_refused(W2V_FORMAT_AUTO, b.data, b.size, NULL, W2V_ERROR_FORMAT, "ends early");
    w2v_buffer_free(&b);
}

// Whole it is read, cut it is refused.
static void check_cut(w2v_format format, const w2v_buffer *b, const char *words, size_t whole)
{
    for (size_t n = 0; n <= b->size; n++)
        for (int in_pieces = 0; in_pieces < 2; in_pieces++) {
            w2v_model *m;
            const w2v_status status =
                read_vectors(&m, format, b->data, n, words, words ? strlen(words) : 0, in_pieces);
            if (!CHECK((status == W2V_OK) == (n >= whole) && (status == W2V_OK || err.message[0])))
                printf("    %d of %d bytes, format %d: %s\n", (int)n, (int)b->size, (int)format, err.message);
            w2v_model_free(m);
        }
    for (size_t n = 0; words && n <= strlen(words); n++)
        for (int in_pieces = 0; in_pieces < 2; in_pieces++) {
            w2v_model *m;
            const w2v_status status = read_vectors(&m, format, b->data, b->size, words, n, in_pieces);
            if (!CHECK((status == W2V_OK) == (n + (words[strlen(words) - 1] == '\n') >= strlen(words))))
                printf("    %d of %d bytes of words: %s\n", (int)n, (int)strlen(words), err.message);
            w2v_model_free(m);
        }
}

static void test_cut(void)
{
    w2v_buffer b = npy(1, NPY("<f4", "True"));
    put_numbers(&b, as_float, 4, 0, 1);
    check_cut(W2V_FORMAT_NPY, &b, "word\tcount\naa\t7\nb\t1\n", b.size);
    w2v_buffer_free(&b);
    b = npy(3, NPY("<f8", "False"));
    put_numbers(&b, as_double, 8, 0, 0);
    check_cut(W2V_FORMAT_AUTO, &b, "aa\nb\n", b.size);
    w2v_buffer_free(&b);
    b = safetensors("{" TENSOR("output", "F16", "[2,3]", "0", "12") "," TENSOR("embeddings", "F32", "[2,3]",
                                                                               "12", "36") "}  ");
    put_numbers(&b, as_half, 2, 0, 0);
    put_numbers(&b, as_float, 4, 0, 0);
    check_cut(W2V_FORMAT_SAFETENSORS, &b, TOKENIZER, b.size);
    w2v_buffer_free(&b);
    put_text(&b, "0.5\t-1\t1.5\n2\t-0\t5\n");
    check_cut(W2V_FORMAT_TSV, &b, "aa\nb\n", b.size - 1);
    w2v_buffer_free(&b);
    b = fasttext(12, 5, 3, 3, 0);
    check_cut(W2V_FORMAT_FASTTEXT, &b, NULL, b.size);
    check_cut(W2V_FORMAT_AUTO, &b, NULL, b.size);
    for (size_t n = 0; n <= b.size; n++)
        for (int in_pieces = 0; in_pieces < 2; in_pieces++) {
            w2v_subwords *s = NULL;
            CHECK((read_subwords(&s, b.data, n, in_pieces) == W2V_OK) == (n == b.size) &&
                  (n == b.size) == (s != NULL));
            w2v_subwords_free(s);
        }
    w2v_buffer_free(&b);
}

static w2v_model *new_model(int with_output)
{
    static const char *const word[3] = {"the", "N\xc3\xa9 \"\\", "x y\x01"};
    static const uint64_t count[3] = {30, 20, 10};
    static const float in[9] = {0.1f, -1e-45f, 3.4e38f, 1, 2, 3, -0.0f, 1e-8f, 16777216},
                       out[9] = {9, 8, 7, 6, 5, 4, 3, 2, 0.3f};
    w2v_model *m = NULL;
    CHECK_STATUS(
        w2v_model_new(&m, word, with_output ? count : NULL, 3, 3, in, with_output ? out : NULL, NULL),
        W2V_OK);
    return m;
}

static int same_rows(const w2v_model *a, const w2v_model *b, const float *x, const float *y)
{
    for (size_t i = 0; i < a->size; i++)
        if (memcmp(x + i * a->stride, y + i * b->stride, a->dim * sizeof *x) ||
            strcmp(w2v_vocab_word(a->vocab, (uint32_t)i), w2v_vocab_word(b->vocab, (uint32_t)i)))
            return 0;
    return 1;
}

static void test_round_trip(void)
{
    static const w2v_format formats[] = {W2V_FORMAT_TSV, W2V_FORMAT_NPY, W2V_FORMAT_SAFETENSORS};
    for (int both = 0; both < 2; both++) {
        w2v_model *m = new_model(both);
        for (size_t i = 0; i < 3; i++) {
            w2v_buffer b = {NULL, 0, 0}, w = {NULL, 0, 0};
            w2v_model *back;
            CHECK_STATUS(w2v_model_write(m, w2v_buffer_write, &b, formats[i], NULL), W2V_OK);
            CHECK_STATUS(w2v_model_write_words(m, w2v_buffer_write, &w, formats[i], NULL), W2V_OK);
            CHECK_STATUS(
                read_vectors(&back, i ? W2V_FORMAT_AUTO : W2V_FORMAT_TSV, b.data, b.size, w.data, w.size, 0),
                W2V_OK);
            CHECK(back && report.format == formats[i] && same_rows(m, back, m->input, back->input));
            CHECK(back && (back->output != NULL) == (both && i == 2));
            CHECK(!back || !back->output || same_rows(m, back, m->output, back->output));
            CHECK(!back || w2v_vocab_count(back->vocab, 1) == (both && i < 2 ? 20 : 0));
            w2v_model_free(back);
            w2v_buffer_free(&b);
            w2v_buffer_free(&w);
        }
        CHECK_STATUS(w2v_model_write_words(m, w2v_buffer_write, NULL, W2V_FORMAT_TEXT, &err),
                     W2V_ERROR_ARGUMENT);
        if (both) {
            w2v_buffer b = {NULL, 0, 0};
            m->output[m->stride + 2] = INFINITY;
            CHECK_STATUS(w2v_model_write(m, w2v_buffer_write, &b, W2V_FORMAT_SAFETENSORS, &err),
                         W2V_ERROR_FORMAT);
            CHECK(!b.size && strstr(err.message, "cannot be written: number 3 is inf"));
        }
        w2v_model_free(m);
    }
}

static w2v_buffer written(const char *const *word, const uint64_t *count, size_t n, w2v_format format,
                          int words)
{
    static const float in[6] = {0.5f, -1, 1.5f, 2, 0, 1e-5f};
    w2v_model *m = NULL;
    w2v_buffer b = {NULL, 0, 0};
    CHECK_STATUS(w2v_model_new(&m, word, count, n, 6 / n, in, NULL, NULL), W2V_OK);
    CHECK_STATUS((words ? w2v_model_write_words : w2v_model_write)(m, w2v_buffer_write, &b, format, &err),
                 W2V_OK);
    put(&b, "", 1);
    w2v_model_free(m);
    return b;
}

// A first word that makes a list look like another kind of file; what comes after it is the second word.
static void test_first_words(void)
{
    static const char *const odd[][2] = {{"%PDF-1.4", "a"}, {"\x80\4x", "a"}, {"\xef\xbb\xbfx", "a"},
                                         {"{", "}"},        {"{\"", "a"},     {"{", "\"a"},
                                         {" {", "\"a"},     {" ", "{\"a"}},
                             *const good[][2] = {{"{", "a"}, {"a", "%PDF-1.4"}, {"{x", "\""}};
    static const w2v_format formats[] = {W2V_FORMAT_NPY, W2V_FORMAT_TSV, W2V_FORMAT_GLOVE};
    static const uint64_t count[2] = {2, 1};
    static const float in[6] = {1, 2, 3, 4, 5, 6};
    enum { ODD = 8, ALL = ODD + 3 };
    for (size_t i = 0; i < ALL * 3; i++) {
        const char *const *word = i % ALL < ODD ? odd[i % ALL] : good[i % ALL - ODD];
        const int glove = i / ALL == 2, refused = i % ALL < (glove ? 3 : ODD);
        if (glove && (*word[0] == ' ')) continue;  // refused for its blank
        w2v_model *m = NULL;
        w2v_buffer b = {NULL, 0, 0};
        for (int counts = 0; counts < 2; counts++) {
            CHECK_STATUS(w2v_model_new(&m, word, counts ? count : NULL, 2, 3, in, NULL, NULL), W2V_OK);
            const w2v_status status = (glove ? w2v_model_write : w2v_model_write_words)(
                m, w2v_buffer_write, &b, formats[i / ALL], &err);
            CHECK_STATUS(status, refused && (glove || !counts) ? W2V_ERROR_FORMAT : W2V_OK);
            if (status != W2V_OK) CHECK(strstr(err.message, "the file cannot begin with '"));
            w2v_model_free(m);
        }
        w2v_buffer_free(&b);
    }
}

// The bytes of what is written.
static void test_writing(void)
{
    static const char *const word[2] = {"a\tb\r", "c"}, *const cased[3] = {"[UNK]", "\xc3\x89 \x1f", "Ab"},
                             *const broken[2] = {"a", "\xff"};
    static const uint64_t count[2] = {5, 0};
    w2v_buffer b = written(word, NULL, 2, W2V_FORMAT_TSV, 0);
    CHECK_STRING(b.data, "0.5\t-1\t1.5\n2\t0\t1e-05\n");
    w2v_buffer_free(&b);
    b = written(word, NULL, 2, W2V_FORMAT_TSV, 1);
    CHECK_STRING(b.data, "a b \nc\n");
    w2v_buffer_free(&b);
    b = written(word, count, 2, W2V_FORMAT_NPY, 1);
    CHECK_STRING(b.data, "word\tcount\na b \t5\nc\t0\n");
    w2v_buffer_free(&b);
    b = written(word, NULL, 2, W2V_FORMAT_NPY, 0);
    CHECK(
        b.size == 128 + 24 + 1 &&
        !memcmp(b.data,
                BYTES("\x93NUMPY\1\0\x76\0{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }   ")) &&
        b.data[127] == '\n');
    w2v_buffer_free(&b);
    b = written(word, NULL, 2, W2V_FORMAT_SAFETENSORS, 0);
    CHECK(b.size == 80 + 24 + 1 &&
          !memcmp(b.data, BYTES("\x48\0\0\0\0\0\0\0{\"embeddings\":{\"dtype\":\"F32\",\"shape\":[2,3],"
                                "\"data_offsets\":[0,24]}}      ")));
    w2v_buffer_free(&b);
#define TOKENS(normalizer, vocab, unknown)                                                        \
    "{\"version\":\"1.0\",\"truncation\":null,\"padding\":null,\"added_tokens\":[],"              \
    "\"normalizer\":" normalizer                                                                  \
    ",\"pre_tokenizer\":{\"type\":\"WhitespaceSplit\"},\"post_processor\":null,\"decoder\":null," \
    "\"model\":{\"type\":\"WordLevel\",\"vocab\":{\n" vocab "},\n\"unk_token\":\"" unknown "\"}}\n"
    b = written(word, NULL, 2, W2V_FORMAT_SAFETENSORS, 1);
    CHECK_STRING(b.data, TOKENS("{\"type\":\"Lowercase\"}", "\"a\\u0009b\\u000d\":0,\n\"c\":1", "<unk>"));
    w2v_buffer_free(&b);
    b = written(cased, NULL, 3, W2V_FORMAT_SAFETENSORS, 1);
    CHECK_STRING(b.data, TOKENS("null", "\"[UNK]\":0,\n\"\xc3\x89 \\u001f\":1,\n\"Ab\":2", "[UNK]"));
    w2v_buffer_free(&b);
    b = written(cased, NULL, 2, W2V_FORMAT_SAFETENSORS, 1);
    CHECK_STRING(b.data, TOKENS("{\"type\":\"Lowercase\"}", "\"[UNK]\":0,\n\"\xc3\x89 \\u001f\":1", "[UNK]"));
    w2v_buffer_free(&b);
    b = written(cased + 2, NULL, 1, W2V_FORMAT_GLOVE, 0);
    CHECK_STRING(b.data, "Ab 0.5 -1 1.5 2 0 1e-05\n");
    w2v_buffer_free(&b);
    w2v_model *m = NULL;
    static const float in[4] = {1, 2, 3, 4};
    CHECK_STATUS(w2v_model_new(&m, broken, NULL, 2, 2, in, NULL, NULL), W2V_OK);
    CHECK_STATUS(w2v_model_write_words(m, w2v_buffer_write, &b, W2V_FORMAT_SAFETENSORS, &err),
                 W2V_ERROR_FORMAT);
    CHECK_STRING(err.message, "the word '\\xff' cannot be written: it is not UTF-8");
    w2v_buffer_free(&b);
    for (int f = 0; f < 12; f++)
        if (!f || f == W2V_FORMAT_FASTTEXT || f > W2V_FORMAT_NATIVE_INT8)
            CHECK_STATUS(w2v_model_write(m, w2v_buffer_write, &b, (w2v_format)f, &err), W2V_ERROR_ARGUMENT);
    CHECK(!b.size);
    w2v_model_free(m);
}

// Text without a header is not written where a reader would not know it.
static void test_glove(void)
{
    static const char *const number_word[2] = {"7", "b"}, *const word[2] = {"b", "7"};
    static const float in[4] = {1, 2, 3, 4};
    w2v_model *m = NULL, *back = NULL;
    w2v_buffer b = {NULL, 0, 0};
    CHECK_STATUS(w2v_model_new(&m, number_word, NULL, 2, 2, in, NULL, NULL), W2V_OK);
    CHECK_STATUS(w2v_model_write(m, w2v_buffer_write, &b, W2V_FORMAT_GLOVE, &err), W2V_ERROR_FORMAT);
    CHECK_STRING(err.message,
                 "these vectors of 2 numbers cannot be written without a header (write them as text)");
    w2v_model_free(m);
    CHECK_STATUS(w2v_model_new(&m, number_word, NULL, 2, 1, in, NULL, NULL), W2V_OK);
    CHECK_STATUS(w2v_model_write(m, w2v_buffer_write, &b, W2V_FORMAT_GLOVE, &err), W2V_ERROR_FORMAT);
    w2v_model_free(m);
    CHECK_STATUS(w2v_model_new(&m, word, NULL, 2, 2, in, NULL, NULL), W2V_OK);
    CHECK_STATUS(w2v_model_write(m, w2v_buffer_write, &b, W2V_FORMAT_GLOVE, &err), W2V_OK);
    w2v_model_free(m);
    CHECK(read_vectors(&back, W2V_FORMAT_AUTO, b.data, b.size, NULL, 0, 0) == W2V_OK && back->size == 2 &&
          report.format == W2V_FORMAT_GLOVE && back->input[back->stride + 1] == 4.0f);
    w2v_model_free(back);
    w2v_buffer_free(&b);
    // named, the first line is a row even if it looks like a header
    CHECK(read_vectors(&back, W2V_FORMAT_GLOVE, BYTES("7 1 2\nb 3 4\n"), NULL, 0, 0) == W2V_OK &&
          back->size == 2 && back->dim == 2);
    w2v_model_free(back);
}

// With the files beside the vectors.
static void test_saving(void)
{
    static const struct {
        w2v_format format;
        const char *path, *words, *config;
    } files[] = {{W2V_FORMAT_NPY, "v.npy", "v.tsv", NULL},
                 {W2V_FORMAT_NPY, "v", "v.tsv", NULL},
                 {W2V_FORMAT_TSV, "v", "metadata.tsv", NULL},
                 {W2V_FORMAT_SAFETENSORS, "m", "tokenizer.json", "config.json"}};
    w2v_model *m = new_model(1);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        w2v_load_config cfg = w2v_load_config_default();
        w2v_model *back = NULL;
        CHECK_STATUS(w2v_model_save(m, in_folder(files[i].path), files[i].format, &err), W2V_OK);
        CHECK(file_bytes(files[i].path) && file_bytes(files[i].words) &&
              (!files[i].config || file_bytes(files[i].config)));
        if (files[i].format == W2V_FORMAT_TSV) cfg.format = W2V_FORMAT_TSV;
        if (!CHECK_STATUS(w2v_model_load(&back, in_folder(files[i].path), &cfg, &report, &err), W2V_OK))
            printf("    %s\n", err.message);
        CHECK(back && same_rows(m, back, m->input, back->input) && report.format == files[i].format);
        w2v_model_free(back);
        // without its words
        remove(in_folder(files[i].words));
        back = NULL;
        CHECK(w2v_model_load(&back, in_folder(files[i].path), &cfg, NULL, &err) == W2V_ERROR_IO && !back);
        CHECK(strstr(err.message, files[i].words) &&
              strstr(err.message, "the words of the vectors are there"));
        if (files[i].format != W2V_FORMAT_NPY) {
            CHECK_STATUS(w2v_model_save(m, in_folder(files[i].words), files[i].format, &err),
                         W2V_ERROR_ARGUMENT);
            CHECK(strstr(err.message, "is the name of what is written beside the vectors"));
        }
        remove_files();
    }
    // one of the files cannot be written: none changes
    write_file("m", "old");
    write_file("tokenizer.json", "old");
    make_folder(in_folder("config.json"));
    CHECK_STATUS(w2v_model_save(m, in_folder("m"), W2V_FORMAT_SAFETENSORS, &err), W2V_ERROR_IO);
    CHECK(strstr(err.message, "config.json") && file_bytes("m") == 3 && file_bytes("tokenizer.json") == 3);
    remove_folder(in_folder("config.json"));
    remove_files();
    w2v_model_free(m);
    static const char *const broken[2] = {"a", "\xff"};
    static const float in[2] = {1, 2};
    CHECK_STATUS(w2v_model_new(&m, broken, NULL, 2, 1, in, NULL, NULL), W2V_OK);
    write_file("m", "old");
    write_file("config.json", "old");
    CHECK_STATUS(w2v_model_save(m, in_folder("m"), W2V_FORMAT_SAFETENSORS, &err), W2V_ERROR_FORMAT);
    CHECK(file_bytes("m") == 3 && file_bytes("config.json") == 3 && !file_bytes("tokenizer.json"));
    w2v_model_free(m);
    remove_files();
}

static void test_other_formats(void)
{
    for (int f = W2V_FORMAT_NATIVE; f <= W2V_FORMAT_NATIVE_INT8; f++)
        check_refused((w2v_format)f, BYTES("1 1\na 1\n"), NULL, W2V_ERROR_FORMAT, "is not a native file");
    check_refused(W2V_FORMAT_TSV, BYTES(""), "a\n", W2V_ERROR_EMPTY, "is empty");
    check_refused(W2V_FORMAT_TSV, BYTES("a\t1\n"), "a\n", W2V_ERROR_FORMAT,
                  "line 1: 'a' is not a finite number");
    check_refused(W2V_FORMAT_TSV, BYTES("10\t2\n3\n\n"), "a\nb\n", W2V_ERROR_FORMAT,
                  "line 2 has 1 number, not the 2");
    check_refused(W2V_FORMAT_TSV, BYTES("1\t2\n3\t4\t5\n"), "a\nb\n", W2V_ERROR_FORMAT,
                  "line 2 has 3 numbers");
    check_refused(W2V_FORMAT_TSV, BYTES("1\t2\n3\t4\n5\t6\n"), "a\nb\n", W2V_ERROR_FORMAT,
                  "has more vectors than its 2 words");
    check_refused(W2V_FORMAT_TSV, BYTES("1.25\t2\n3.25\t4\n"), "a\nb\nc\n", W2V_ERROR_FORMAT,
                  "has 2 vectors, and its words are 3");
    check_refused(W2V_FORMAT_TSV, BYTES("1\t2\n"), "a\nb\nc\n", W2V_ERROR_FORMAT,
                  "has fewer vectors of 2 numbers than its 3 words");
    check_refused(W2V_FORMAT_TSV, BYTES("\n1\t2\n"), "a\n", W2V_ERROR_FORMAT, "line 1 has 0 numbers");
    check_refused(W2V_FORMAT_AUTO, BYTES("\x80\4\x95\x77"), NULL, W2V_ERROR_FORMAT, "pickle");
    // as a text to train with, or a vocabulary, they are not taken
    static const char *const files[] = {"\x93NUMPY\1", "\xba\x16\x4f\x2f\x0c\1"};
    for (size_t i = 0; i < 2; i++) {
        const w2v_source source = w2v_source_text(files[i], strlen(files[i]));
        w2v_vocab *vocab = NULL;
        CHECK_STATUS(w2v_vocab_read(&vocab, &source, &err), W2V_ERROR_FORMAT);
        CHECK(strstr(err.message, "not text: w2v_model_load reads"));
        w2v_model *m = NULL;
        CHECK_STATUS(w2v_train_text(&m, files[i], strlen(files[i]), NULL, &err), W2V_ERROR_FORMAT);
        CHECK(strstr(err.message, "not text: w2v_model_load reads"));
    }
}

static int format_of(const char *name)
{
    w2v_load_config cfg = w2v_load_config_default();
    return w2v_load_config_set(&cfg, "format", name, NULL) == W2V_OK ? (int)cfg.format : -1;
}

static int convert(char **argument)
{
    w2v_load_config cfg = w2v_load_config_default();
    w2v_model *m = NULL;
    cfg.format = (w2v_format)format_of(argument[1]);
    w2v_status status = w2v_model_load(&m, argument[0], &cfg, NULL, &err);
    if (status == W2V_OK) status = w2v_model_save(m, argument[2], (w2v_format)format_of(argument[3]), &err);
    if (status != W2V_OK) fprintf(stderr, "%s\n", err.message);
    w2v_model_free(m);
    return status != W2V_OK;
}

// As `fasttext print-word-vectors` prints them.
static int print_vectors(char **argument, int count)
{
    w2v_subwords *s = NULL;
    if (w2v_subwords_load(&s, argument[0], &err) != W2V_OK) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    float *x = (float *)malloc(w2v_subwords_dim(s) * sizeof *x);
    for (int i = 1; i < count; i++) {
        printf("%s ", argument[i]);
        const w2v_status status = w2v_subwords_vector(s, argument[i], x, &err);
        for (size_t k = 0; k < w2v_subwords_dim(s); k++)
            printf("%.5g ", status == W2V_OK ? (double)x[k] : 0.0);
        printf("\n");
    }
    free(x);
    w2v_subwords_free(s);
    return 0;
}

int main(int argc, char **argv)
{
    static const test_case tests[] = {TEST(npy),           TEST(safetensors),     TEST(output),
                                      TEST(tsv),           TEST(max_words),       TEST(fasttext),
                                      TEST(bad_npy),       TEST(bad_safetensors), TEST(bad_tokenizer),
                                      TEST(json),          TEST(bad_fasttext),    TEST(bad_subwords),
                                      TEST(cut),           TEST(round_trip),      TEST(first_words),
                                      TEST(writing),       TEST(glove),           TEST(saving),
                                      TEST(other_formats), TEST(wide_heading),    TEST(progress)};
    if (argc == 6 && !strcmp(argv[1], "convert")) return convert(argv + 2);
    if (argc > 2 && !strcmp(argv[1], "vector")) return print_vectors(argv + 2, argc - 2);
    snprintf(folder, sizeof folder, "%s.tmp", argv[0]);
    make_folder(folder);
    remove_files();
    const int failed = test_main("formats", tests, TEST_COUNT(tests), argc, argv);
    remove_files();
    remove_folder(folder);
    return failed;
}
