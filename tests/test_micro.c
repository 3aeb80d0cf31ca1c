// SPDX-License-Identifier: MIT-0
//
// test_micro.c - the parts of examples/micro.c: its step against the loss and the gradients of the header,
// its vocabulary, what it draws

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include "test.h"

int micro_main(int argc, char **argv);
#define main micro_main
#include "examples/micro.c"
#undef main

enum { FEW = 9 };  // words

// One step at random vectors: J, every centre vector and every outside vector.
static void check_step(int c, const int *out)
{
    static float v[FEW * DIM], u[FEW * DIM], dv[DIM], du[FEW * DIM];
    const w2v_matrix all = w2v_matrix_of(u, FEW, DIM, DIM), to = w2v_matrix_of(du, FEW, DIM, DIM);
    w2v_random r = w2v_random_stream(31, 0);
    for (int i = 0; i < FEW * DIM; i++) {
        v[i] = w2v_random_float(&r) - 0.5f;
        u[i] = w2v_random_float(&r) - 0.5f;
        V[i / DIM][i % DIM] = (double)v[i];
        U[i / DIM][i % DIM] = (double)u[i];
        dv[i % DIM] = du[i] = 0.0f;
    }
    uint32_t negatives[NEGATIVES];
    for (int k = 0; k < NEGATIVES; k++) negatives[k] = (uint32_t)out[k + 1];
    const float loss =
        w2v_neg_sampling_loss(v + c * DIM, (size_t)out[0], negatives, NEGATIVES, &all, dv, &to);
    const double rate = 0.3;
    CHECK_NEAR(step(c, out, rate), loss, 1e-6);
    for (int i = 0; i < FEW * DIM; i++) {
        const double moved = i / DIM == c ? rate * (double)dv[i % DIM] : 0.0;
        CHECK_NEAR(V[i / DIM][i % DIM], (double)v[i] - moved, 1e-6);
        CHECK_NEAR(U[i / DIM][i % DIM], (double)u[i] - rate * (double)du[i], 1e-6);
    }
}

static void test_step(void)
{
    static const int different[] = {3, 8, 0, 1, 7, 5}, twice[] = {3, 8, 0, 8, 7, 5},
                     always[] = {3, 6, 6, 6, 6, 6}, centre[] = {2, 2, 4, 4, 2, 0};
    check_step(4, different);
    check_step(4, twice);
    check_step(4, always);
    check_step(4, centre);
}

// Reads a text as the program does.
static FILE *read_text(const char *text)
{
    FILE *f = tmpfile();
    if (!CHECK(f && fputs(text, f) >= 0)) exit(1);
    memset(place, 0, sizeof place);
    memset(count, 0, sizeof count);
    words = 0;
    total = 0.0;
    rewind(f);
    count_words(f);
    rewind(f);
    return f;
}

static double count_of(const char *name) { return *find(name) ? count[*find(name) - 1] : -1.0; }

static void test_vocabulary(void)
{
    char text[700], longest[MAX_BYTES + 1];
    memset(longest, 'x', MAX_BYTES);
    longest[MAX_BYTES] = 0;
    // longer words than MAX_BYTES - 1 are one word
    snprintf(text, sizeof text,
             "to be\tor  not to be\r\n\n \n%sa %sb %sc %s %s\n to be to be to be be or or\nor or", longest,
             longest, longest, longest, longest);
    FILE *f = read_text(text);
    CHECK_EQUAL(words, 5);
    CHECK_NEAR(total, 22.0, 0.0);
    CHECK_NEAR(count_of("to"), 5.0, 0.0);
    CHECK_NEAR(count_of("be"), 6.0, 0.0);
    CHECK_NEAR(count_of("or"), 5.0, 0.0);
    CHECK_NEAR(count_of("not"), 0.0, 0.0);  // once: rare
    CHECK_NEAR(count_of(longest), 5.0, 0.0);
    CHECK_NEAR(count_of("unknown"), -1.0, 0.0);
    static const int lengths[] = {6, 0, 0, 5, 9, 2, -1};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) CHECK_EQUAL(read_line(f), lengths[i]);
    fclose(f);
}

// 625 times "the", 16 times "cat", 81 times "dog": 125, 8 and 27 parts of 160 of the noise.
static void test_draws(void)
{
    static char text[6000];
    size_t n = 0;
    for (int i = 0; i < 625; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "the%s%s%s\n", i < 16 ? " cat" : "",
                              i < 81 ? " dog" : "", i < 3 ? " owl" : "");
    fclose(read_text(text));
    fill_noise();
    int drawn[4] = {0};
    for (int i = 0; i < TABLE; i++) drawn[noise[i]]++;
    CHECK_NEAR(drawn[*find("the") - 1], TABLE * 125.0 / 160.0, 1.0);
    CHECK_NEAR(drawn[*find("cat") - 1], TABLE * 8.0 / 160.0, 1.0);
    CHECK_NEAR(drawn[*find("dog") - 1], TABLE * 27.0 / 160.0, 1.0);
    CHECK_EQUAL(drawn[*find("owl") - 1], 0);
    enum { DRAWS = 100000 };
    int kept = 0, below_half = 0;
    for (int i = 0; i < DRAWS; i++) {
        kept += is_kept(*find("the") - 1);
        CHECK(!is_kept(*find("owl") - 1));
        const double x = chance();
        CHECK(x >= 0.0 && x < 1.0);
        below_half += x < 0.5;
    }
    const double p = sqrt(SAMPLE * total / 625.0);  // Mikolov et al. 2013, equation 5
    CHECK_NEAR(total, 725.0, 0.0);
    CHECK_NEAR(kept, DRAWS * p, 4 * sqrt(DRAWS * p * (1.0 - p)));
    CHECK_NEAR(below_half, DRAWS / 2.0, 4 * sqrt(DRAWS / 4.0));
}

// Every word of a line is a centre. It meets 1 .. WINDOW words on each side, on average (WINDOW + 1) / 2.
static void test_windows(void)
{
    fclose(read_text("a b c d e\na b c d e\na b c d e\na b c d e\na b c d e\n"));
    fill_noise();
    double pairs = 0.0;
    enum { LENGTH = 50000 };
    for (int i = 0; i < LENGTH; i++) line[i] = i % 5;
    train_line(LENGTH, 0.0, &pairs);
    CHECK_NEAR(pairs / LENGTH, WINDOW + 1.0, 4 * sqrt((WINDOW * WINDOW - 1.0) / 3.0 / LENGTH));
    pairs = 0.0;
    CHECK_NEAR(train_line(1, 0.0, &pairs), 0.0, 0.0);  // one word has nothing around it
    CHECK_NEAR(pairs, 0.0, 0.0);
}

int main(int argc, char **argv)
{
    static const test_case tests[] = {TEST(step), TEST(vocabulary), TEST(draws), TEST(windows)};
    return test_main("micro", tests, TEST_COUNT(tests), argc, argv);
}
