// SPDX-License-Identifier: MIT-0
//
// test_kernels.c - every kernel against double precision, and its bits against those of the other backends

static void note_fetch(const void *line);

#define STB_DS_IMPLEMENTATION
#define W2V_STATIC
#define W2V_IMPLEMENTATION
#define W2V__PREFETCH_TO_WRITE(p) note_fetch(p)
#include "w2v.h"

#include "test.h"
#include "backends.h"

enum { MAX_N = 513, MAX_FETCHED = 128 };

static const w2v__kernels *kernels;  // those under test

// Whether a product and a sum are rounded once, which is what makes the bits of all backends the same.
static int fuses(void) { return strcmp(kernels->name, "scalar") && strcmp(kernels->name, "generic"); }

static const void *fetched[MAX_FETCHED];  // cache lines that a kernel has prefetched
static size_t n_fetched;

static void note_fetch(const void *line)
{
    if (n_fetched < MAX_FETCHED) fetched[n_fetched++] = line;
}

static size_t times_fetched(const void *line)
{
    size_t n = 0;
    for (size_t i = 0; i < n_fetched; i++) n += fetched[i] == line;
    return n;
}

// Values of all kinds of size, the same on every machine.
static void fill(float *x, size_t n, uint64_t seed)
{
    w2v_random r = w2v_random_stream(seed, 0);
    for (size_t i = 0; i < n; i++) x[i] = (w2v_random_float(&r) - 0.5f) * 4.0f;
}

// Distance of y from the exact value in units of the last place of float.
static double ulps(float y, double exact)
{
    if (isnan(exact)) return isnan(y) ? 0.0 : 1e9;
    const float f = (float)exact;
    if (isinf(f) || f == 0.0f)
        return y == f || (isinf(f) && (double)y >= (double)FLT_MAX) ? 0.0
                                                                    : fabs((double)y - (double)f) / 1.4e-45;
    int e;
    frexp(exact, &e);
    return fabs((double)y - exact) / ldexp(1.0, (e < -125 ? -125 : e) - 24);
}

// Rounding errors of a sum of n products: n + 6 roundings (64 lanes and six halvings make it less), each half
// an ulp of the sum of magnitudes.
static void check_dot(const float *x, const float *y, size_t n)
{
    double exact = 0.0, magnitude = 0.0;
    for (size_t i = 0; i < n; i++) {
        exact += (double)x[i] * (double)y[i];
        magnitude += fabs((double)x[i] * (double)y[i]);
    }
    CHECK_NEAR(kernels->dot(x, y, n), exact, (double)(n / 64 + 8) * 6e-8 * magnitude);
}

static void check_vectors(void)
{
    static float x[MAX_N + 8], y[MAX_N + 8], z[MAX_N + 8];
    fill(x, MAX_N + 8, 1);
    fill(y, MAX_N + 8, 2);
    for (size_t n = 0; n <= MAX_N; n++) {
        const size_t shift = n % 5;  // misaligned in every way
        check_dot(x + shift, y + 3, n);
        int ok = 1;
        memcpy(z, y, sizeof z);
        kernels->axpy(0.7f, x + shift, z + 1, n);
        for (size_t i = 0; i < n; i++)
            ok &= fabs((double)z[i + 1] - ((double)0.7f * (double)x[i + shift] + (double)y[i + 1])) <= 4e-7;
        CHECK(ok && z[0] == y[0] && z[n + 1] == y[n + 1]);  // and nothing beyond n is touched
        memcpy(z, x, sizeof z);
        kernels->scale(-3.0f, z + shift, n);
        for (size_t i = 0; i < n; i++) ok &= z[i + shift] == -3.0f * x[i + shift];
        CHECK(ok && z[n + shift] == x[n + shift]);
    }
    const float a[3] = {3.0f, 0.0f, 4.0f}, b[3] = {0.0f, 2.0f, 0.0f}, zero[3] = {0.0f, 0.0f, 0.0f};
    CHECK(w2v_norm(a, 3) == 5.0f);
    CHECK(w2v_cosine(a, b, 3) == 0.0f);
    CHECK_NEAR(w2v_cosine(a, a, 3), 1.0, 1e-7);
    CHECK(w2v_cosine(a, zero, 3) == 0.0f);
}

static double exact_sigmoid(double x) { return 1.0 / (1.0 + exp(-x)); }
static double exact_log_sigmoid(double x) { return (x < 0.0 ? x : 0.0) - log1p(exp(-fabs(x))); }

// One float in every 4099, of all there are: both signs, every exponent, infinities and NaN.
static double worst_ulps(void (*f)(const float *, float *, size_t), double (*exact)(double))
{
    enum { N = 1024 };
    static float x[N], y[N];
    double worst = 0.0;
    size_t n = 0;
    for (uint64_t bits = 0; bits < UINT64_C(1) << 32; bits += 4099) {
        const uint32_t u = (uint32_t)bits;
        memcpy(&x[n++], &u, 4);
        if (n < N && bits + 4099 < UINT64_C(1) << 32) continue;
        f(x, y, n);
        for (size_t i = 0; i < n; i++) {
            const double off = ulps(y[i], exact((double)x[i]));
            worst = off > worst ? off : worst;
        }
        n = 0;
    }
    return worst;
}

static void check_functions(void)
{
    const double e = worst_ulps(kernels->exp, exp), l = worst_ulps(kernels->log, log),
                 s = worst_ulps(kernels->sigmoid, exact_sigmoid),
                 ls = worst_ulps(kernels->log_sigmoid, exact_log_sigmoid);
    printf("ulp over the whole range: exp %.2f, log %.2f, sigmoid %.2f, log-sigmoid %.2f\n", e, l, s, ls);
    CHECK(e <= 2.0);  // as the header promises
    CHECK(l <= 2.0);
    CHECK(s <= 3.0);
    CHECK(ls <= 3.0);
    const float in[5] = {-1e30f, -100.0f, 0.0f, 100.0f, 1e30f};
    float out[5];
    kernels->sigmoid(in, out, 5);
    CHECK(out[0] == 0.0f && out[1] > 0.0f && out[2] == 0.5f && out[3] == 1.0f && out[4] == 1.0f);
    kernels->log_sigmoid(in, out, 5);
    CHECK(out[0] == -1e30f && out[1] == -100.0f && out[4] == 0.0f);
}

static void check_softmax(void)
{
    static float x[MAX_N], y[MAX_N];
    fill(x, MAX_N, 3);
    for (size_t n = 1; n <= MAX_N; n += 7) {
        double sum = 0.0, total = 0.0, worst = 0.0;
        const float log_sum = kernels->softmax(x, y, n);
        for (size_t i = 0; i < n; i++) sum += exp((double)x[i]);
        for (size_t i = 0; i < n; i++) {
            const double off = fabs((double)y[i] / (exp((double)x[i]) / sum) - 1.0);
            worst = off > worst ? off : worst;
            total += (double)y[i];
        }
        CHECK(worst < 2e-6);  // two exponentials, a sum and a quotient
        CHECK_NEAR(total, 1.0, 2e-6);
        CHECK_NEAR(log_sum, log(sum), 1e-6 * (1.0 + fabs(log(sum))));
    }
    float huge[3] = {1000.0f, 999.0f, -1000.0f};
    CHECK_NEAR(kernels->softmax(huge, huge, 3), 1000.3132617, 1e-4);  // in place, and no overflow
    CHECK_NEAR(huge[0], 0.7310585786, 1e-6);
    CHECK(huge[2] == 0.0f);
    CHECK(kernels->softmax(NULL, NULL, 0) == -INFINITY);
}

static void check_activations(void)
{
    const float x[4] = {-2.0f, -0.0f, 0.0f, 3.0f}, s[3] = {0.0f, 0.5f, 0.25f};
    float y[4];
    kernels->leaky_relu(0.125f, x, y, 4);
    CHECK(y[0] == -0.25f && y[1] == 0.0f && y[2] == 0.0f && y[3] == 3.0f);
    kernels->leaky_relu_derivative(0.125f, x, y, 4);
    CHECK(y[0] == 0.125f && y[1] == 0.125f && y[2] == 0.125f && y[3] == 1.0f);
    kernels->sigmoid_derivative(s, y, 3);
    CHECK(y[0] == 0.0f && y[1] == 0.25f && y[2] == 0.1875f);
}

// The mask keeps the expectation (n draws: standard deviation sqrt(p (1 - p) / n) / (1 - p)), follows from
// the generator alone, and is the same backward.
static void test_dropout(void)
{
    enum { N = 100003 };
    static float x[N], y[N], back[N];
    for (size_t i = 0; i < N; i++) x[i] = 2.0f;
    for (float p = 0.0f; p < 1.0f; p += 0.3f) {
        const w2v_random r = w2v_random_stream(30, 1), other = w2v_random_stream(30, 2);
        double sum = 0.0;
        int same = 1, values = 1, differs = p == 0.0f;
        w2v_dropout(p, &r, x, y, N);
        w2v_dropout(p, &r, x, back, N);
        for (size_t i = 0; i < N; i++) {
            sum += (double)y[i];
            same &= y[i] == back[i];
            values &= y[i] == 0.0f || y[i] == 2.0f / (1.0f - p);
        }
        CHECK_NEAR(sum / N, 2.0, 2.0 * 5.0 * sqrt((double)(p * (1.0f - p)) / N) / (double)(1.0f - p) + 1e-6);
        w2v_dropout(p, &other, x, back, N);
        for (size_t i = 0; i < N; i++) differs |= y[i] != back[i];
        CHECK(same && values && differs);
    }
}

// A block of I x J rows in the layout of the trainer, and what it should become, one float at a time in the
// order that DESIGN gives: 16 lanes and halves for a score, terms in order of the index for an update.
typedef struct block {
    float x[24][48], y[24][48], *xp[24], *yp[24];
    float s[24 * 24 + 16], old[24 * 16];
} block;

static void block_fill(block *b)
{
    fill(&b->x[0][0], 24 * 48, 5);
    fill(&b->y[0][0], 24 * 48, 6);
    for (size_t i = 0; i < 24; i++) b->xp[i] = b->x[i], b->yp[i] = b->y[i];
}

static float fused(float a, float b, float c)
{
    const volatile float product = a * b;  // rounded by itself, whatever the compiler would like to fuse
    return fuses() ? fmaf(a, b, c) : product + c;
}

static float plain_score(const float *x, const float *y, size_t n)
{
    float lane[16] = {0};
    for (size_t k = 0; k < n; k++) lane[k % 16] = fused(x[k], y[k], lane[k % 16]);
    for (int half = 8; half; half /= 2)
        for (int i = 0; i < half; i++) lane[i] += lane[i + half];
    return lane[0];
}

static size_t place(size_t i, size_t j, size_t I, size_t J)
{
    const size_t strip = j / kernels->tile_j,
                 width = w2v__min_size(J - strip * kernels->tile_j, kernels->tile_j);
    return I * strip * kernels->tile_j + i * width + j % kernels->tile_j;
}

static size_t common_divisor(size_t a, size_t b)
{
    while (b) {
        const size_t rest = a % b;
        a = b, b = rest;
    }
    return a;
}

// Every cache line of a row is prefetched once, whatever its length, and no two of a row of seven or more in sequence:
// the stride and the number of lines have no common divisor. Rows of up to 8192 floats show it line by line.
static void test_fetches(void)
{
    enum { SHOWN = 512 };
    for (size_t lines = 1; lines <= W2V_MAX_DIM / 16; lines++) {
        const size_t n = lines * 16;
        const w2v__v_prefetch_list nothing = {NULL, 0, w2v__step_fetch_stride(n)};
        const size_t step = nothing.stride / 16;
        size_t asked = 0, at = 0, in_order = 0;
        CHECK(nothing.stride % 16 == 0 && step < lines && common_divisor(step, lines) == 1);
        CHECK(lines < 7 || (step != 1 && step != lines - 1));
        if (lines > SHOWN) continue;
        do {
            const size_t next = w2v__v_fetch(&nothing, at, n);
            in_order += next == at + 16 || at == next + 16;
            at = next;
            asked++;
        } while (at && at < n && asked <= lines);
        CHECK(at == 0 && asked == lines);
        CHECK(lines < 7 || !in_order);
    }
}

// The shape of the tiles must not show: all scores and all updates are those of the plain loops, to the bit. The
// changes of the inputs are added to them, or kept apart.
static void check_tiles(int apart)
{
    static block b, before;
    static float changes[24][48];
    float *change[24];
    for (size_t i = 0; i < 24; i++) change[i] = changes[i];
    for (size_t I = 1; I <= 24; I += I < 10 ? 1 : 7)
        for (size_t J = apart ? 0 : 1; J <= 24; J += J < 14 ? 1 : 5) {
            int same_scores = 1, same_rows = 1;
            block_fill(&b);
            fill(changes[0], 24 * 48, 9);  // what a step before has left there
            kernels->scores(b.xp, I, b.yp, J, 48, b.s);
            for (size_t i = 0; i < I; i++)
                for (size_t j = 0; j < J; j++)
                    same_scores &= b.s[place(i, j, I, J)] == plain_score(b.x[i], b.y[j], 48);
            CHECK(same_scores);
            before = b;
            const w2v__v_prefetch_list prefetch = {b.xp, I, w2v__step_fetch_stride(48)};
            n_fetched = 0;
            kernels->update(b.xp, apart ? change : NULL, I, b.yp, J, 48, b.s, b.old, &prefetch);
            CHECK_EQUAL(n_fetched, (J ? 3 * I : 0));
            for (size_t i = 0; i < I && J; i++)
                for (size_t k = 0; k < 48; k += 16) CHECK_EQUAL(times_fetched(b.xp[i] + k), 1);
            for (size_t k = 0; k < 48; k++) {
                for (size_t i = 0; i < I; i++) {
                    float sum = apart ? 0.0f : before.x[i][k];
                    for (size_t j = 0; j < J; j++) sum = fused(b.s[place(i, j, I, J)], before.y[j][k], sum);
                    same_rows &= (apart ? changes[i][k] : b.x[i][k]) == sum;
                    same_rows &= !apart || b.x[i][k] == before.x[i][k];
                }
                for (size_t j = 0; j < J; j++) {
                    float sum = before.y[j][k];
                    for (size_t i = 0; i < I; i++) sum = fused(b.s[place(i, j, I, J)], before.x[i][k], sum);
                    same_rows &= b.y[j][k] == sum;
                }
            }
            CHECK(same_rows);
        }
}

// Lengths whose squares are no floats any more.
static void test_wide(void)
{
    const float large[2] = {3e30f, 4e30f}, small[2] = {3e-30f, 4e-30f}, tiny[2] = {1e-45f, 0.0f},
                one[2] = {1.0f, 0.0f}, zero[2] = {0.0f};
    CHECK_NEAR(w2v_norm(large, 2) / 5e30f, 1.0, 2e-7);  // two roundings
    CHECK_NEAR(w2v_norm(small, 2) / 5e-30f, 1.0, 2e-7);
    CHECK(w2v_norm(zero, 2) == 0.0f && w2v_norm(tiny, 2) > 0.0f);
    CHECK_NEAR(w2v_cosine(large, large, 2), 1.0, 2e-7);
    CHECK_NEAR(w2v_cosine(small, large, 2), 1.0, 2e-7);
    CHECK_NEAR(w2v_cosine(small, one, 2), 0.6, 2e-7);
    CHECK_NEAR(w2v_cosine(tiny, one, 2), 1.0, 2e-7);
    CHECK(w2v_cosine(zero, large, 2) == 0.0f);
}

static void check_gradients(void)
{
    float c[32] = {0.1f, -0.1f, 0.2f, -0.2f, 0.0f}, s[32] = {2.0f, 2.0f, -1.0f, -1.0f, 5.0f};
    CHECK(kernels->gradients(c, s, 5));
    const double tolerance = 0.2 * 3e-7 + 4e-8;              // the sigmoid, and 0.1f, 0.2f and their products
    CHECK_NEAR(s[0], 0.1 * exact_sigmoid(-2.0), tolerance);  // pulled together: a (1 - s(x))
    CHECK_NEAR(s[1], -0.1 * exact_sigmoid(2.0), tolerance);  // pushed apart: -a s(x)
    CHECK_NEAR(s[2], 0.2 * exact_sigmoid(1.0), tolerance);
    CHECK_NEAR(s[3], -0.2 * exact_sigmoid(-1.0), tolerance);
    CHECK(s[4] == 0.0f);
    double worst = 0.0;
    for (float x = -100.0f; x < 100.0f; x += 0.0037f) {
        float pair[17] = {-1.0f, 1.0f}, g[17] = {x, x};
        CHECK(kernels->gradients(pair, g, 2));
        CHECK(g[0] < 0.0f && g[1] > 0.0f);  // no pair is ever moved the wrong way
        const double inside = fmin(fmax((double)x, -12.0), 12.0);
        worst = fmax(worst, fabs(-(double)g[0] - exact_sigmoid(inside)));
        worst = fmax(worst, fabs((double)g[1] - exact_sigmoid(-inside)));
    }
    CHECK(worst < 3e-7);  // the approximation 1.5e-7, the rest is rounding
    printf("sigmoid of the trainer: absolute error %.1e\n", worst);
    static const float bad[3] = {NAN, INFINITY, -INFINITY};
    for (int i = 0; i < 3; i++) {
        memset(s, 0, sizeof s);
        s[17] = bad[i];
        CHECK(!kernels->gradients(c, s, 18));
    }
}

// The losses of pairs, one at a time over the range of scores; and what is beyond the pairs does not count.
static void check_loss(void)
{
    double worst = 0.0;
    for (float x = -100.0f; x < 100.0f; x += 0.0037f) {
        const float pair[2][16] = {{0.5f, -9.0f}, {-0.5f, -9.0f}}, score[16] = {x, NAN};
        for (int pushed = 0; pushed < 2; pushed++) {
            float sums[16] = {0};
            kernels->loss(pair[pushed], score, 1, 2.0f, sums);
            const double y = pushed ? (double)x : -(double)x, exact = fmax(y, 0.0) + log1p(exp(-fabs(y)));
            worst = fmax(worst, fabs((double)sums[0] - exact) - 6e-8 * fabs((double)x));
        }
    }
    CHECK(worst < 7e-6);  // beyond 12 the rest of log(1 + e^-12) is 6.2e-6; the approximation 2e-6; rounding of x
    float c[64], s[64], sums[16];
    for (size_t n = 0; n <= 48; n++) {
        double loss = 0.0, got = 0.0;
        for (size_t i = 0; i < 64; i++) {
            c[i] = (i % 3 ? -0.25f : 0.5f) * (float)(1 + i % 5);
            s[i] = i < n ? (float)(int)(i * 7 % 13) - 6.0f : INFINITY;
            if (i >= n) continue;
            loss += fabs((double)c[i]) * log1p(exp(c[i] > 0.0f ? -(double)s[i] : (double)s[i]));
        }
        for (size_t i = 0; i < 16; i++) sums[i] = 1.0f;  // the kernel adds
        kernels->loss(c, s, n, 1.0f, sums);
        for (size_t i = 0; i < 16; i++) got += (double)sums[i] - 1.0;
        CHECK_NEAR(got, loss, 1e-5 * (1.0 + loss));
    }
}

// Softmax over the columns of a matrix that lies in strips, against doubles.
static void check_softmax_gradients(void)
{
    enum { MOST = 40, INPUTS = 3 };
    const float c[INPUTS] = {0.5f, 0.25f, 2.0f};
    for (size_t ny = 1; ny <= MOST; ny++) {
        float s[INPUTS * MOST + 16], row[MOST + 16], loss[INPUTS];
        double score[INPUTS][MOST], worst = 0.0;
        const size_t target = ny / 2;
        for (size_t i = 0; i < INPUTS; i++)
            for (size_t j = 0; j < ny; j++) {
                const size_t strip = j / kernels->tile_j * kernels->tile_j;
                const float x = (float)(int)((i + 1) * (j + 3) * 7 % 23) - 11.0f;
                s[INPUTS * strip + i * w2v__min_size(ny - strip, kernels->tile_j) + j - strip] = x;
                score[i][j] = (double)x;
            }
        CHECK(w2v__step_softmax(kernels, c, target, s, INPUTS, ny, row, loss));
        for (size_t i = 0; i < INPUTS; i++) {
            double sum = 0.0;
            for (size_t j = 0; j < ny; j++) sum += exp(score[i][j]);
            CHECK_NEAR(loss[i], log(sum) - score[i][target], 4e-6);  // floats up to 22
            for (size_t j = 0; j < ny; j++) {
                const size_t strip = j / kernels->tile_j * kernels->tile_j;
                const double got =
                    (double)s[INPUTS * strip + i * w2v__min_size(ny - strip, kernels->tile_j) + j - strip];
                const double expected = (double)c[i] * ((j == target) - exp(score[i][j]) / sum);
                worst = fmax(worst, fabs(got - expected));
            }
        }
        CHECK(worst < 1e-6);  // twice the rounding of 2, the largest coefficient, and the error of exp
        s[ny - 1] = NAN;
        CHECK(!w2v__step_softmax(kernels, c, target, s, INPUTS, ny, row, loss));
    }
}

// How many of the windows of a centre that reach least..most words to each side have word q in them.
static double times_in_window(size_t q, size_t centre, size_t least, size_t most)
{
    const size_t distance = q > centre ? q - centre : centre - q;
    if (distance == 0 || distance > most) return 0.0;
    return (double)(most - (distance > least ? distance : least) + 1);
}

enum { MEAN_WORDS = 19, MEAN_DIM = 144, MEAN_WINDOWS = 4, MEAN_FIRST = 6, MEAN_TWICE = 9 };

typedef struct means_test {
    float rows[MEAN_WORDS][MEAN_DIM], means[MEAN_WINDOWS][MEAN_DIM], changes[MEAN_WINDOWS][MEAN_DIM];
    float own[MEAN_WINDOWS][MEAN_DIM], running[(MEAN_WORDS + 1) * 16 * W2V__K_MOST_ABREAST];
    float *x[MEAN_WORDS], *own_row[MEAN_WINDOWS], pull[MEAN_WINDOWS];
    w2v__k_means m;
} means_test;

// Four windows of 19 words, of which the tenth is the third again.
static void fill_means(means_test *t, float each, size_t least)
{
    static const size_t reach[MEAN_WINDOWS] = {3, 1, 20, 5};
    memset(t, 0, sizeof *t);
    fill(&t->rows[0][0], MEAN_WORDS * MEAN_DIM, 5);
    fill(&t->own[0][0], MEAN_WINDOWS * MEAN_DIM, 6);
    fill(&t->changes[0][0], MEAN_WINDOWS * MEAN_DIM, 7);
    for (size_t q = 0; q < MEAN_WORDS; q++) t->x[q] = t->rows[q == MEAN_TWICE ? 2 : q];
    for (size_t i = 0; i < MEAN_WINDOWS; i++) {
        t->own_row[i] = t->own[i];
        t->pull[i] = 0.25f * (float)(i + 1);
        t->m.mean[i] = t->means[i];
        t->m.change[i] = t->changes[i];
        t->m.reach[i] = reach[i];
        t->m.least[i] = least ? least : reach[i];
        t->m.summed[i] = (float)(int)(reach[i] - t->m.least[i] + 1);
        t->m.scale[i] = each * (float)(i + 1);
        t->m.back[i] = 0.5f * (float)(i + 1);
    }
    t->m.running = t->running;
    t->m.windows = MEAN_WINDOWS;
    t->m.words = MEAN_WORDS;
    t->m.first = MEAN_FIRST;
    t->m.own = t->own_row;
    t->m.pull = t->pull;
}

// The means of windows, against sums over the words of each.
static void check_average(float each, size_t least)
{
    static means_test t;
    for (size_t n = 16; n <= MEAN_DIM; n += 16) {
        fill_means(&t, each, least);
        kernels->average(&t.m, t.x, n);
        for (size_t i = 0; i < MEAN_WINDOWS; i++)
            for (size_t k = 0; k < MEAN_DIM; k++) {
                double sum = 0.0;
                for (size_t q = 0; q < MEAN_WORDS && k < n; q++)
                    sum += times_in_window(q, MEAN_FIRST + i, t.m.least[i], t.m.reach[i]) * (double)t.x[q][k];
                // Running sums of 19 numbers below 10, up to 20 windows, times at most 4.
                CHECK_NEAR((double)t.means[i][k], (double)t.m.scale[i] * sum, 1e-4);
            }
    }
}

// What the changes of means give back, with and without output rows of their own, against sums over the windows.
static void check_spread(size_t least, size_t pairs)
{
    static means_test t, before;
    static double expected[MEAN_WORDS][MEAN_DIM];
    for (size_t n = 16; n <= MEAN_DIM; n += 16) {
        fill_means(&t, 1.0f, least);
        fill(&t.means[0][0], MEAN_WINDOWS * MEAN_DIM, 8);
        t.m.pairs = pairs;
        before = t;
        kernels->spread(&t.m, t.x, n);
        for (size_t q = 0; q < MEAN_WORDS; q++)
            for (size_t k = 0; k < MEAN_DIM; k++) expected[q][k] = (double)before.rows[q][k];
        double worst = 0.0;
        for (size_t i = 0; i < MEAN_WINDOWS; i++) {
            const double pull = i < pairs ? (double)t.pull[i] : 0.0;
            for (size_t k = 0; k < MEAN_DIM; k++) {
                const double own = (double)before.own[i][k], mean = (double)before.means[i][k];
                const double change = (double)before.changes[i][k] + pull * own;
                worst = fmax(worst, fabs((double)t.own[i][k] - own - (k < n ? pull * mean : 0.0)));
                for (size_t q = 0; q < MEAN_WORDS && k < n; q++)
                    expected[q == MEAN_TWICE ? 2 : q][k] +=
                        (double)t.m.back[i] * change *
                        times_in_window(q, MEAN_FIRST + i, t.m.least[i], t.m.reach[i]);
            }
        }
        CHECK(worst < 2e-6);  // one rounding of a number below 32
        for (size_t q = 0; q < MEAN_WORDS; q++)
            for (size_t k = 0; k < MEAN_DIM; k++)  // running sums of up to 20 windows a centre
                CHECK_NEAR((double)t.rows[q][k], expected[q][k], 2e-5 * (1.0 + fabs(expected[q][k])));
    }
}

// Dot products of numbers of 16 bits with bytes are exact: against plain sums, for every shape of the tiles,
// also of the largest numbers.
static void check_bytes(void)
{
    enum { X = 5, Y = 9, MOST = 528, ROOM = X * Y };
    static int16_t x[X][MOST];
    static int8_t y[Y][MOST];
    w2v_random r = w2v_random_stream(9, 0);
    int16_t *px[X];
    const int8_t *py[Y];
    for (size_t i = 0; i < X; i++) px[i] = x[i];
    for (size_t i = 0; i < Y; i++) py[i] = y[i];
    for (size_t n = 0; n <= 513; n++) {
        int32_t s[ROOM];
        memset(x, 0, sizeof x);
        memset(y, 0, sizeof y);
        for (size_t k = 0; k < n; k++) {
            for (size_t i = 0; i < X; i++)
                x[i][k] = (int16_t)(i == 0   ? 32767
                                    : i == 1 ? -32767
                                             : (int)w2v_random_below(&r, 65535) - 32767);
            for (size_t i = 0; i < Y; i++)
                y[i][k] = (int8_t)(i == 0 ? 127 : i == 1 ? -127 : (int)w2v_random_below(&r, 255) - 127);
        }
        const size_t nx = 1 + n % X, ny = n % (Y + 1);
        for (size_t t = 0; t < ROOM; t++) s[t] = 77;
        kernels->byte_scores(px, nx, py, ny, (n + 15) / 16 * 16, s);
        int same = 1;
        for (size_t i = 0; i < nx; i++)
            for (size_t j = 0; j < ny; j++) {
                int64_t sum = 0;
                for (size_t k = 0; k < n; k++) sum += x[i][k] * y[j][k];
                same &= s[i * ny + j] == sum;
            }
        CHECK(same);
        CHECK(nx * ny == ROOM || s[nx * ny] == 77);
    }
}

// With every width of a turn and any count: none reaches, then each alone does, by equality or as no number.
static void check_reach(void)
{
    enum { WIDEST = 8, MOST = 40 };
    float s[MOST], a[WIDEST + 16], b[WIDEST + 16], c[MOST + 16];
    for (size_t m = 1; m <= WIDEST; m++)
        for (size_t n = 0; n <= MOST; n++) {
            for (size_t j = 0; j < m + 16; j++) {
                a[j] = (float)(j % m + 2);
                b[j] = (float)(j % m) - 3.0f;
            }
            for (size_t t = 0; t < n + 16; t++) c[t] = FLT_MAX;
            for (size_t t = 0; t < n; t++) {
                s[t] = (float)t - 5.0f;
                c[t] = s[t] * a[t % m] + b[t % m] + 1.0f;
            }
            CHECK(!kernels->reach(s, n, a, b, m, c));
            for (size_t t = 0; t < n; t++) {
                const float score = s[t];
                c[t] -= 1.0f;
                CHECK(kernels->reach(s, n, a, b, m, c));
                c[t] = FLT_MAX;
                CHECK(!kernels->reach(s, n, a, b, m, c));
                s[t] = NAN;
                CHECK(kernels->reach(s, n, a, b, m, c));
                s[t] = score;
            }
        }
}

static void check_pair_scores(void)
{
    enum { PAIRS = 16, D = 64 };
    static float x[PAIRS][D], y[PAIRS][D];
    float *px[PAIRS], *py[PAIRS], s[16];
    fill(&x[0][0], PAIRS * D, 1);
    fill(&y[0][0], PAIRS * D, 2);
    for (size_t i = 0; i < PAIRS; i++) px[i] = x[i], py[i] = y[i];
    for (size_t n = 1; n <= PAIRS; n++) {
        kernels->pair_scores(px, py, n, D, s);
        for (size_t i = 0; i < 16; i++)
            CHECK_NEAR(s[i], i < n ? kernels->dot(x[i], y[i], D) : 0.0f, 2e-5);  // 64 terms of at most 4
    }
}

// All backends with a fused multiply-add print the same number here.
static void check_bits(void)
{
    static float x[1000], y[1000], out[6000];
    fill(x, 1000, 7);
    fill(y, 1000, 8);
    for (size_t n = 0; n < 1000; n++) out[n] = kernels->dot(x, y + n % 3, n - n % 3);
    kernels->scale(20.0f, x, 1000);
    kernels->exp(x, out + 1000, 1000);
    kernels->log(y, out + 2000, 1000);
    kernels->sigmoid(x, out + 3000, 1000);
    kernels->log_sigmoid(x, out + 4000, 1000);
    kernels->softmax(x, out + 5000, 1000);
    for (size_t i = 0; i < 6000; i++)
        out[i] = isnan(out[i]) ? 0.0f : out[i];  // the bits of a NaN are the processor's choice
    const uint64_t hash = test_hash(out, sizeof out);
    if (fuses()) {
        if (!CHECK_EQUAL(hash, UINT64_C(0x6f3aa9ba73c00fbd)))
            printf("    hash %016llx\n", (unsigned long long)hash);
    } else
        tests_skipped++;
}

// Reading all numbers, the last and the odd ones too, and seeing every way of not being finite.
static void check_finite(void)
{
    static const float bad[4] = {NAN, -NAN, INFINITY, -INFINITY};
    float x[70];
    for (size_t n = 0; n <= 66; n++) {
        for (size_t i = 0; i < 70; i++) x[i] = i < n ? (i % 2 ? FLT_MAX : -1.4e-45f) : NAN;
        CHECK(kernels->finite(x, n));
        for (size_t i = 0; i < n; i++)
            for (int k = 0; k < 4; k++) {
                const float old = x[i];
                x[i] = bad[k];
                CHECK(!kernels->finite(x, n));
                x[i] = old;
            }
    }
}

// -ffast-math lets the compiler take every number for finite. So these numbers are made of bits, and nothing here
// compares one.
static const uint32_t bad_bits[] = {0x7f800000u, 0xff800000u, 0x7fc00000u,
                                    0xffc00001u, 0x7f800001u, 0x7fffffffu};
enum { BAD = sizeof bad_bits / sizeof *bad_bits };

static void put(float *place, uint32_t bits) { memcpy(place, &bits, 4); }

static void check_not_finite(void)
{
    float x[80], c[96] = {0.0f};
    memset(x, 0, sizeof x);
    put(&x[5], 0x7f7fffffu);  // the largest float
    put(&x[6], 0x80000001u);  // the smallest negative one
    CHECK(kernels->finite(x, 70));
    for (size_t i = 0; i < 70; i++)
        for (size_t b = 0; b < BAD; b++) {
            float copy[80];
            memcpy(copy, x, sizeof x);
            put(&copy[i], bad_bits[b]);
            CHECK(!kernels->finite(copy, 70));
            CHECK(!kernels->gradients(c, copy, 70));
        }
    CHECK(kernels->gradients(c, x, 70));
}

// Numbers outside the kernels.
static void test_is_finite(void)
{
    float x;
    for (size_t b = 0; b < BAD; b++) {
        put(&x, bad_bits[b]);
        CHECK(!w2v__is_finite(x) && !w2v__is_ordinary(x));
        const uint64_t wide = (uint64_t)(bad_bits[b] & 0x80000000u) << 32 | UINT64_C(0x7ff0000000000000) |
                              (bad_bits[b] & 0x7fffffu);
        double y;
        memcpy(&y, &wide, 8);
        CHECK(!w2v__is_finite_double(y));
    }
    put(&x, 0x7f7fffffu);
    CHECK(w2v__is_finite(x) && w2v__is_ordinary(x) && w2v__is_finite_double(1.7e308));
    put(&x, 0x007fffffu);  // subnormal
    CHECK(w2v__is_finite(x) && !w2v__is_ordinary(x) && !w2v__is_ordinary(0.0f) && !w2v__is_ordinary(-1.0f));
}

// Rows meet a vector: against plain loops in double, in all forms that a
// loss asks for, and a row may be there twice.
static void check_rows(void)
{
    enum { M = 16, D = 53 };
    static float u[M][D], du[M][D], before[M][D], v[D], dv[D], g[M], score[M + 1];
    float *up[M], *dup[M];
    for (size_t d = 0; d <= D; d += d < 18 ? 1 : 7)
        for (size_t m = 0; m <= M; m++)
            for (int form = 0; form < 4; form++) {
                fill(u[0], M * D, d + 1), fill(v, D, m + 2), fill(dv, D, 3), fill(du[0], M * D, 4),
                    fill(g, M, 5);
                for (size_t i = 0; i < m; i++) up[i] = u[i], dup[i] = du[i];
                const size_t again = m % 2 ? 0 : m - 2;  // the last row is the first or the one before it
                if (m > 2) up[m - 1] = u[again], dup[m - 1] = du[again];
                memcpy(before, du, sizeof du);
                score[M] = 77.0f;
                kernels->rows_dot(up, m, v, d, score);
                int ok = score[M] == 77.0f;
                double expected_dv[D], dv_before[D];
                for (size_t k = 0; k < D; k++) expected_dv[k] = dv_before[k] = (double)dv[k];
                for (size_t i = 0; i < m; i++) {
                    double sum = 0.0;
                    for (size_t k = 0; k < d; k++) {
                        sum += (double)up[i][k] * (double)v[k];
                        expected_dv[k] += (double)g[i] * (double)up[i][k];
                        before[(size_t)(dup[i] - du[0]) / D][k] += g[i] * v[k];
                    }
                    ok &= fabs((double)score[i] - sum) <= 1e-4;
                }
                kernels->rows_axpy(up, form & 1 ? dup : NULL, m, v, d, g, form & 2 ? dv : NULL);
                for (size_t k = 0; k < D; k++)
                    ok &= fabs((double)dv[k] - (form & 2 && k < d ? expected_dv[k] : dv_before[k])) <= 1e-4;
                for (size_t i = 0; i < m && (form & 1); i++)
                    for (size_t k = 0; k < D; k++)
                        ok &= fabs((double)du[i][k] - (double)before[i][k]) <= 1e-5;
                if (!CHECK(ok)) printf("    %s: %zu rows of %zu, form %d\n", kernels->name, m, d, form);
            }
}

// A logistic term and its derivative are those of the functions that they are made of.
static void check_logistic(void)
{
    float sign[16], score[16], g[16], x[16], expected[16];
    for (size_t n = 0; n <= 16; n++) {
        fill(score, 16, 21 + n);
        for (size_t i = 0; i < 16; i++) {
            score[i] *= 20.0f;
            sign[i] = i % 3 ? -1.0f : 1.0f;
            x[i] = sign[i] * score[i];
        }
        const float loss = kernels->logistic(sign, score, n, 0.25f, g);
        double sum = 0.0;
        kernels->log_sigmoid(x, expected, n);
        for (size_t i = 0; i < n; i++) sum -= (double)expected[i];
        CHECK_NEAR(loss, sum, 4e-7 * sum);  // 4 ulp
        for (size_t i = 0; i < n; i++) x[i] = -x[i];
        kernels->sigmoid(x, expected, n);
        for (size_t i = 0; i < n; i++) expected[i] *= -0.25f * sign[i];
        CHECK(!memcmp(expected, g, n * sizeof *g));
    }
}

// What lanes have changed in their copies of a row, put one after another, against plain loops: to the bit.
// The copies become the row as well, or stay; nothing past the row is touched.
static void check_merge(void)
{
    enum { N = 48, COPIES = 64, ROOM = N + 16 };
    static float row[ROOM], copies[COPIES][ROOM], old_row[ROOM], old[COPIES][ROOM], rest[COPIES];
    float *copy[COPIES];
    for (size_t n = 16; n <= N; n += 16)
        for (size_t lanes = 2; lanes <= COPIES; lanes = lanes < 5 ? lanes + 1 : lanes * 2 + lanes % 2)
            for (int back = 0; back < 2; back++) {
                int ok = 1;
                fill(old_row, ROOM, n), fill(old[0], COPIES * ROOM, lanes), fill(rest, COPIES, 5);
                for (size_t i = 0; i < COPIES; i++) rest[i] = fabsf(rest[i]) / 2.0f;
                memcpy(row, old_row, sizeof row), memcpy(copies, old, sizeof copies);
                for (size_t i = 0; i < COPIES; i++) copy[i] = copies[i * 7 % COPIES];  // anywhere
                kernels->merge(row, copy, rest, lanes, n, back);
                for (size_t k = 0; k < ROOM; k++) {
                    float sum = old[0][k];
                    for (size_t i = 1; i < lanes; i++) sum = fused(rest[i], sum - old_row[k], old[i * 7 % COPIES][k]);
                    ok &= row[k] == (k < n ? sum : old_row[k]);
                    for (size_t i = 0; i < COPIES; i++)
                        ok &= copy[i][k] == (k < n && i < lanes && back ? sum : old[i * 7 % COPIES][k]);
                }
                if (!CHECK(ok)) printf("    %s: %zu floats, %zu lanes, back %d\n", kernels->name, n, lanes, back);
            }
}

// Checks the kernels of every backend that this processor can run.
static void for_all(void (*check)(void))
{
    const w2v__kernels *list[MOST_BACKENDS];
    const size_t n = usable_backends(list);
    for (size_t i = 0; i < n; i++) {
        kernels = list[i];
        const size_t before = test_failures;
        check();
        if (test_failures > before) printf("    %s\n", kernels->name);
    }
}

static void test_choice(void)
{
    const w2v__kernels *list[MOST_BACKENDS];
    const size_t n = usable_backends(list);
    CHECK(list[n - 1] == w2v__kernels_in_use());  // the best comes last
    CHECK_STRING(w2v_simd(), list[n - 1]->name);
}

static void check_all_tiles(void)
{
    check_tiles(0);
    check_tiles(1);
}

static void check_averages(void)
{
    check_average(1.0f, 0);
    check_average(0.25f, 1);
}

static void check_spreads(void)
{
    check_spread(0, 0);
    check_spread(0, MEAN_WINDOWS - 1);
    check_spread(1, MEAN_WINDOWS);
}

static void test_vectors(void) { for_all(check_vectors); }
static void test_functions(void) { for_all(check_functions); }
static void test_softmax(void) { for_all(check_softmax); }
static void test_activations(void) { for_all(check_activations); }
static void test_tiles(void) { for_all(check_all_tiles); }
static void test_gradients(void) { for_all(check_gradients); }
static void test_loss(void) { for_all(check_loss); }
static void test_softmax_gradients(void) { for_all(check_softmax_gradients); }
static void test_average(void) { for_all(check_averages); }
static void test_spread(void) { for_all(check_spreads); }
static void test_bytes(void) { for_all(check_bytes); }
static void test_reach(void) { for_all(check_reach); }
static void test_pair_scores(void) { for_all(check_pair_scores); }
static void test_finite(void) { for_all(check_finite); }
static void test_not_finite(void) { for_all(check_not_finite); }
static void test_rows(void) { for_all(check_rows); }
static void test_merge(void) { for_all(check_merge); }
static void test_logistic(void) { for_all(check_logistic); }
static void test_bits(void) { for_all(check_bits); }

int main(int argc, char **argv)
{
    static const test_case tests[] = {TEST(choice),     TEST(vectors),     TEST(functions),
                                      TEST(softmax),    TEST(activations), TEST(tiles),
                                      TEST(gradients),  TEST(loss),        TEST(softmax_gradients),
                                      TEST(average),    TEST(spread),      TEST(pair_scores),
                                      TEST(bytes),      TEST(reach),       TEST(finite),
                                      TEST(not_finite), TEST(is_finite),   TEST(rows),
                                      TEST(merge),      TEST(logistic),    TEST(bits),
                                      TEST(fetches),    TEST(dropout),     TEST(wide)};
    return test_main("kernels", tests, TEST_COUNT(tests), argc, argv);
}
