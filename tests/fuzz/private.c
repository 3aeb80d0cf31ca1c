// SPDX-License-Identifier: MIT-0
//
// private.c - the header's implementation for all targets, and the targets that need private functions:
//
//   json     w2v__json_parse against a reader of a page: the same texts are JSON
//   numbers  w2v__read_float against strtof, and numbers that are written read back
//   utf8     w2v__utf8_character against the table of the standard

#define W2V_IMPLEMENTATION
#include "fuzz.h"

const fuzz_backend fuzz_here = {
    w2v_train,   w2v_model_query,
    w2v_kmeans,  w2v_dot,
    w2v_norm,    w2v_cosine,
    w2v_softmax, {w2v_exp, w2v_log, w2v_sigmoid, w2v_log_sigmoid, w2v_sigmoid_derivative},
    w2v_axpy};

int fuzz_is_json(const char *text, size_t n)
{
    w2v__json j;
    const w2v_status status = w2v__json_parse(&j, "text", 0, text, n, NULL);
    w2v__json_free(&j);
    return status == W2V_OK;
}

// -----------------------------------------------------------------------------------------------------------
// RFC 8259, and no more than 64 values in each other

typedef struct reference {
    const unsigned char *at, *end;
} reference;

static int take(reference *r, const char *text)
{
    const size_t n = strlen(text);
    if ((size_t)(r->end - r->at) < n || memcmp(r->at, text, n)) return 0;
    r->at += n;
    return 1;
}

static void skip_space(reference *r)
{
    while (take(r, " ") || take(r, "\t") || take(r, "\n") || take(r, "\r")) {
    }
}

static int take_digits(reference *r)
{
    const unsigned char *start = r->at;
    while (r->at < r->end && *r->at >= '0' && *r->at <= '9') r->at++;
    return r->at > start;
}

static int take_number(reference *r)
{
    take(r, "-");
    if (!take(r, "0") && !take_digits(r)) return 0;
    if (take(r, ".") && !take_digits(r)) return 0;
    if (!take(r, "e") && !take(r, "E")) return 1;
    if (!take(r, "+")) take(r, "-");
    return take_digits(r);
}

// Bytes of the character at p by the table of well-formed UTF-8 (Unicode, 3-7); 0: none.
static size_t utf8_bytes(const unsigned char *p, size_t n)
{
    static const unsigned char table[9][3] = {// the first byte up to, the second from and to
                                              {0x7f, 0, 0},       {0xc1, 1, 0},       {0xdf, 0x80, 0xbf},
                                              {0xe0, 0xa0, 0xbf}, {0xec, 0x80, 0xbf}, {0xed, 0x80, 0x9f},
                                              {0xef, 0x80, 0xbf}, {0xf0, 0x90, 0xbf}, {0xf3, 0x80, 0xbf}};
    size_t i = 0;
    if (n && *p == 0xf4)
        return n >= 4 && p[1] >= 0x80 && p[1] <= 0x8f && p[2] >> 6 == 2 && p[3] >> 6 == 2 ? 4 : 0;
    while (n && i < 9 && *p > table[i][0]) i++;
    if (!n || i == 9 || i == 1) return 0;
    if (!i) return 1;
    const size_t bytes = i == 2 ? 2 : i < 7 ? 3 : 4;
    if (n < bytes || p[1] < table[i][1] || p[1] > table[i][2]) return 0;
    for (size_t k = 2; k < bytes; k++)
        if (p[k] >> 6 != 2) return 0;
    return bytes;
}

static int take_hex(reference *r, unsigned *code)
{
    char digits[5] = {0};
    if (r->end - r->at < 4) return 0;
    memcpy(digits, r->at, 4);
    if (strspn(digits, "0123456789abcdefABCDEF") < 4) return 0;
    *code = (unsigned)strtoul(digits, NULL, 16);
    r->at += 4;
    return 1;
}

static int take_string(reference *r)
{
    unsigned code, low;
    if (!take(r, "\"")) return 0;
    while (!take(r, "\"")) {
        if (take(r, "\\")) {
            if (r->at < r->end && *r->at && strchr("\"\\/bfnrt", *r->at)) {
                r->at++;
                continue;
            }
            if (!take(r, "u") || !take_hex(r, &code) || (code >= 0xdc00 && code < 0xe000)) return 0;
            if (code >= 0xd800 && code < 0xdc00 &&
                (!take(r, "\\u") || !take_hex(r, &low) || low < 0xdc00 || low >= 0xe000))
                return 0;
            continue;
        }
        const size_t n = utf8_bytes(r->at, (size_t)(r->end - r->at));
        if (!n || *r->at < ' ') return 0;
        r->at += n;
    }
    return 1;
}

static int take_value(reference *r, int depth)
{
    skip_space(r);
    const int object = take(r, "{");
    if (!object && !take(r, "["))
        return r->at < r->end && *r->at == '"'                          ? take_string(r)
               : take(r, "true") || take(r, "false") || take(r, "null") ? 1
                                                                        : take_number(r);
    if (depth == 64) return 0;
    const char *end = object ? "}" : "]";
    skip_space(r);
    if (take(r, end)) return 1;
    do {
        skip_space(r);
        if (object && !take_string(r)) return 0;
        skip_space(r);
        if ((object && !take(r, ":")) || !take_value(r, depth + 1)) return 0;
        skip_space(r);
    } while (take(r, ","));
    return take(r, end);
}

static void check_nodes(const w2v__json *j, const char *text, size_t n)
{
    for (size_t i = 0; i < j->size; i++) {
        const w2v__json_node *node = j->nodes + i;
        NEED(node->nodes && node->nodes <= j->size - i);
        if (node->kind == '"') NEED(node->text >= j->texts && node->text + node->bytes <= j->texts + n);
        if (node->kind == '0') NEED(node->text >= text && node->text + node->bytes <= text + n);
    }
    NEED(j->nodes[0].nodes == j->size);
}

static void run_json(const fuzz_input *in)
{
    w2v__json j;
    w2v_error err;
    const fuzz_part *text = &in->part[0];
    reference r = {(const unsigned char *)text->bytes, (const unsigned char *)text->bytes + text->n};
    int good = take_value(&r, 0);
    skip_space(&r);
    good = good && r.at == r.end;
    fuzz_limit = 100 * text->n + 4096;
    const w2v_status status = w2v__json_parse(&j, "text", 0, text->bytes, text->n, &err);
    if (status == W2V_OK) check_nodes(&j, text->bytes, text->n);
    w2v__json_free(&j);
    if (status != W2V_OK && good) NEED(strstr(err.message, "two keys are"));
    if (status == W2V_OK) NEED(good);
}

static void seed_json(void)
{
    static const char none[FUZZ_OPTIONS + 1] = "\0\0\0\0\0\0\0";
    fuzz_seed_text(
        none,
        "{\"a\": [1, -2.5e+3, true, false, null], \"b\\n\\u00e4\\ud83d\\ude00\": {\"\xc3\xa4\": \"x\"}}",
        NULL);
    fuzz_seed_text(none, "[[[[[[[[]]]]]]], {}, \"\", 0, 1E9, 0.1]", NULL);
    char deep[140];
    memset(deep, '[', 64), memset(deep + 64, ']', 64), deep[128] = 0;
    fuzz_seed_text(none, deep, NULL);
    fuzz_seed_text(none, "{\"k\":1,\"k\":2}", NULL);
}

// -----------------------------------------------------------------------------------------------------------
// Numbers

// Whether a text is a decimal number, without a sign at least one digit.
static int is_decimal(const char *s)
{
    s += *s == '+' || *s == '-';
    size_t whole = strspn(s, "0123456789"), part = 0;
    s += whole;
    if (*s == '.') part = strspn(s + 1, "0123456789"), s += 1 + part;
    if (!whole && !part) return 0;
    if (*s != 'e' && *s != 'E') return !*s;
    s++;
    s += *s == '+' || *s == '-';
    part = strspn(s, "0123456789");
    return part && !s[part];
}

static int digits_in(const char *s)
{
    int n = 0;
    for (; *s && *s != 'e' && *s != 'E'; s++) n += *s >= '0' && *s <= '9';
    return n;
}

static void run_numbers(const fuzz_input *in)
{
    char *text = fuzz_string(&in->part[0]);
    const size_t n = in->part[0].n;
    float x = 0, usual = 0;
    const int read = w2v__read_float(text, n, &x), good = strlen(text) == n && is_decimal(text);
    const float exact = good ? strtof(text, NULL) : 0;
    const uint32_t a = w2v__bits_of_float(x), b = w2v__bits_of_float(exact);
    if (read) NEED(good);
    if (good && w2v__is_finite(exact) && fabsf(exact) < 3e38f) NEED(read);
    if (good && digits_in(text) <= 9 && w2v__is_finite(exact)) NEED(a == b);
    if (read && w2v__is_finite(exact)) NEED(a - b + 1 <= 2 || !(a << 1 | b << 1));  // at most a step away
    char row[64] = "a                    \t", shortest[20];
    if (good && n < 30) {
        memcpy(row + 22, text, n + 1);
        const size_t taken = w2v__read_usual(row + 22 + n, &usual);
        if (taken) NEED(taken == n && read && w2v__bits_of_float(usual) == a);
    }
    free(text);
    uint32_t bits = 0;
    memcpy(&bits, in->option, sizeof bits);
    memcpy(&x, &bits, sizeof x);
    if (!w2v__is_finite(x)) return;
    const size_t bytes = w2v__write_float(shortest, x);
    NEED(bytes <= 16);
    shortest[bytes] = 0;
    NEED(w2v__read_float(shortest, bytes, &usual) && w2v__bits_of_float(usual) == bits);
    NEED(is_decimal(shortest) && w2v__bits_of_float(strtof(shortest, NULL)) == bits);
    double d, back = 0;
    char wide[32];
    memcpy(&d, in->option, sizeof d);
    if (!w2v__is_finite_double(d)) return;
    w2v__write_double(wide, d);
    if (fabs(d) > 1e-290) NEED(w2v__read_double(wide, strlen(wide), &back) && back == d);
}

static void seed_numbers(void)
{
    static const char *const text[] = {
        "0.125", "-1.5e-7", "+123456789", "3.4028235e38",        "1e-45",    "1.00000017881393432617187499",
        ".5",    "5.",      "-0.000012",  "0.30000001192092896", "16777217", "9007199791611905e-7"};
    for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
        char option[FUZZ_OPTIONS] = {0};
        const double d = 0.1 * (double)(i + 1);
        memcpy(option, &d, sizeof d);
        fuzz_seed_text(option, text[i], NULL);
    }
}

static void run_utf8(const fuzz_input *in)
{
    char *text = fuzz_string(&in->part[0]), shown[64];
    for (size_t i = 0; i < in->part[0].n; i++) {
        uint32_t code;
        const size_t n = w2v__utf8_character(text + i, &code);
        NEED(n == utf8_bytes((const unsigned char *)text + i, in->part[0].n - i));
    }
    w2v__copy_visible(shown, sizeof shown, text);
    NEED(strlen(shown) < sizeof shown);
    for (size_t i = 0; shown[i]; i++) NEED((unsigned char)shown[i] >= ' ' && shown[i] != 0x7f);
    free(text);
}

static void seed_utf8(void)
{
    static const char none[FUZZ_OPTIONS + 1] = "\0\0\0\0\0\0\0";
    fuzz_seed_text(none, "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\xed\x9f\xbf\xf4\x8f\xbf\xbf\xe2\x80\x8b",
                   NULL);
    fuzz_seed_text(none, "\xc0\x80\xed\xa0\x80\xf4\x90\x80\x80\xff\xe2\x82", NULL);
}

const fuzz_target fuzz_private[] = {{"json", run_json, seed_json},
                                    {"numbers", run_numbers, seed_numbers},
                                    {"utf8", run_utf8, seed_utf8},
                                    {NULL, NULL, NULL}};
