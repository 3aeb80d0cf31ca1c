// SPDX-License-Identifier: MIT-0
//
// micro.c - word2vec in one short file: skip-gram with negative sampling, with nothing but the C library
//   cc -O2 micro.c -o micro -lm
//   ./micro corpus.txt king paris      trains on a text, then prints the nearest words of king and of paris
//
// A word w has two vectors: v_w is used where w is the centre of a window, u_w where it is one of the others.
// Training makes u_o.v_c large for words o that occur near c, and small for words that are drawn at random.
// Words with the same neighbours are pulled in the same directions, so their vectors v become alike.

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DIM = 50,             // length of a vector
    WINDOW = 5,           // words to each side of the centre, at most
    NEGATIVES = 5,        // words drawn at random for each word of a window
    EPOCHS = 5,           // how often the text is read
    MIN_COUNT = 5,        // rarer words are ignored
    MAX_WORDS = 1 << 19,  // different words
    MAX_BYTES = 64,       // of a word; the rest of a longer one is ignored
    MAX_LINE = 1 << 16,   // bytes of a line, which is a sentence; longer lines are cut in pieces
    TABLE = 1 << 20
};
static const double RATE = 0.025;   // learning rate at the start; it falls to 0
static const double SAMPLE = 1e-3;  // words of a larger share of the text are at times ignored; 1: never

static void fail(int status, const char *what, const char *which)
{
    fprintf(stderr, "micro: %s%s\n", what, which);
    exit(status);
}

// ---- 1. The vocabulary: words become numbers w ----------------------------------------------------------
static char word[MAX_WORDS][MAX_BYTES];
static double count[MAX_WORDS], total;  // how often w occurs, 0 for rare words; how many words the text has
static int words, line[MAX_LINE];       // how many different words there are; the words of one line
static int place[TABLE];                // a hash table: w + 1, or 0 where no word is

// The place of a word, which has 0 if the word is new.
static int *find(const char *text)
{
    uint32_t hash = 2166136261u;
    for (int i = 0; text[i] && i < MAX_BYTES - 1; i++) hash = (hash ^ (unsigned char)text[i]) * 16777619u;
    while (place[hash % TABLE] && strncmp(word[place[hash % TABLE] - 1], text, MAX_BYTES - 1)) hash++;
    return &place[hash % TABLE];
}

// Reads the words of a line. Returns how many there are, -1 at the end of the file or if it cannot be read.
static int read_line(FILE *file)
{
    static char bytes[MAX_LINE];
    int n = 0;
    if (!fgets(bytes, MAX_LINE, file)) return -1;
    for (char *text = strtok(bytes, " \t\r\n"); text; text = strtok(NULL, " \t\r\n")) {
        int *w = find(text);
        if (!*w) {
            if (words == MAX_WORDS) fail(1, "too many different words: ", text);
            snprintf(word[words], MAX_BYTES, "%s", text);
            *w = ++words;
        }
        line[n++] = *w - 1;
    }
    return n;
}

static void count_words(FILE *file)
{
    for (int n; (n = read_line(file)) >= 0; total += n)
        for (int i = 0; i < n; i++) count[line[i]]++;
    for (int w = 0; w < words; w++)
        if (count[w] < MIN_COUNT) count[w] = 0;
}

// ---- 2. Chance ------------------------------------------------------------------------------------------
static double chance(void)  // 0 <= x < 1
{
    static uint64_t state = 1;
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (double)(state >> 11) / 9007199254740992.0;
}

// Whether to train on this occurrence of w. There are many of "the", and they tell little about other words.
static int is_kept(int w) { return count[w] > 0 && chance() < sqrt(SAMPLE * total / count[w]); }

// Negatives are drawn with probability ~ count^0.75: that is the share of this table that w fills.
static int noise[TABLE];
static void fill_noise(void)
{
    double sum = 0, filled = 0;
    for (int w = 0; w < words; w++) sum += pow(count[w], 0.75);
    for (int w = 0, i = 0; w < words; w++) {
        filled += pow(count[w], 0.75) / sum * TABLE;
        while (i < TABLE && i < filled) noise[i++] = w;
    }
}

// ---- 3. The model ---------------------------------------------------------------------------------------
static double V[MAX_WORDS][DIM], U[MAX_WORDS][DIM];  // row w is v_w, or u_w
static double sigmoid(double x) { return 1 / (1 + exp(-x)); }

static double dot(const double *x, const double *y)
{
    double sum = 0;
    for (int i = 0; i < DIM; i++) sum += x[i] * y[i];
    return sum;
}

// One step. The word out[0] was seen near c: y_0 = 1. The negatives out[1], out[2], ... were drawn: y_k = 0.
// With probability s(u.v), s the sigmoid, the model says that y is 1. The loss J is large where it is wrong:
//   J = -log s(u_0.v) - log s(-u_1.v) - log s(-u_2.v) - ...
// The derivative of J by the score u_k.v is g_k = s(u_k.v) - y_k, the error of the model. By the chain rule
//   dJ/dv = g_0 u_0 + g_1 u_1 + ...   and   dJ/du_k = g_k v
// All of these are computed before any vector moves. To move a little against them makes J smaller. A word
// that was drawn twice has two gradients, and moves twice. Returns J before the step.
static double step(int c, const int *out, double rate)
{
    double *v = V[c], dv[DIM] = {0}, g[1 + NEGATIVES], loss = 0;
    for (int k = 0; k <= NEGATIVES; k++) {
        const double *u = U[out[k]], score = dot(u, v);
        loss -= log(sigmoid(k == 0 ? score : -score));
        g[k] = sigmoid(score) - (k == 0 ? 1 : 0);
        for (int i = 0; i < DIM; i++) dv[i] += g[k] * u[i];
    }
    for (int k = 0; k <= NEGATIVES; k++)
        for (int i = 0; i < DIM; i++) U[out[k]][i] -= rate * g[k] * v[i];
    for (int i = 0; i < DIM; i++) v[i] -= rate * dv[i];
    return loss;
}

// ---- 4. Training: every word of the text is a centre and predicts the words around it -------------------
static double train_line(int n, double rate, double *pairs)
{
    double loss = 0;
    for (int c = 0; c < n; c++) {
        const int reach = 1 + (int)(chance() * WINDOW);  // near words are in more windows than distant ones
        for (int o = c - reach; o <= c + reach; o++) {
            if (o < 0 || o >= n || o == c) continue;
            int out[1 + NEGATIVES] = {line[o]};
            for (int k = 1; k <= NEGATIVES; k++)
                do out[k] = noise[(int)(chance() * TABLE)];
                while (out[k] == line[o]);
            loss += step(line[c], out, rate);
            ++*pairs;
        }
    }
    return loss;
}

static void train(FILE *file, const char *corpus)
{
    double words_seen = 0;
    printf("before training: mean loss %.4f\n", (1 + NEGATIVES) * log(2));  // all scores are 0, s(0) = 1/2
    for (int epoch = 1; epoch <= EPOCHS; epoch++) {
        double loss = 0, pairs = 0;
        if (fseek(file, 0, SEEK_SET)) fail(1, "cannot read it twice: ", corpus);
        for (int n; (n = read_line(file)) >= 0; words_seen += n) {
            int kept = 0;
            for (int i = 0; i < n; i++)
                if (is_kept(line[i])) line[kept++] = line[i];
            loss += train_line(kept, RATE * (1 - words_seen / (EPOCHS * total)), &pairs);
        }
        if (ferror(file)) fail(1, "cannot read ", corpus);
        printf("epoch %d: %.0f pairs, mean loss %.4f\n", epoch, pairs, loss / fmax(pairs, 1));
    }
}

// ---- 5. Neighbours: the words with the largest cosines --------------------------------------------------
static void print_neighbours(int q)
{
    static double cosine[MAX_WORDS];
    for (int w = 0; w < words; w++) cosine[w] = dot(V[w], V[q]) / sqrt(dot(V[w], V[w]) * dot(V[q], V[q]));
    printf("%s:", word[q]);
    for (int n = 0, best = q; n < 6; n++) {
        cosine[best] = -2;  // neither q nor what has been printed
        for (int w = 0; w < words; w++)
            if (count[w] > 0 && cosine[w] > cosine[best]) best = w;
        if (cosine[best] > -2) printf(" %s %.2f", word[best], cosine[best]);
    }
    printf("\n");
}

int main(int argc, char **argv)
{
    if (argc < 2 || argv[1][0] == '-') fail(2, "usage: micro CORPUS WORD...", "");
    FILE *file = fopen(argv[1], "r");
    if (!file) fail(1, "cannot open ", argv[1]);
    count_words(file);
    if (ferror(file)) fail(1, "cannot read ", argv[1]);
    fill_noise();
    if (noise[0] == noise[TABLE - 1]) fail(1, "no two different words occur 5 times in ", argv[1]);
    for (int i = 2; i < argc; i++)
        if (!*find(argv[i]) || count[*find(argv[i]) - 1] < MIN_COUNT) fail(1, "rare or unknown: ", argv[i]);
    for (int w = 0; w < words; w++)
        for (int i = 0; i < DIM; i++) V[w][i] = (chance() - 0.5) / DIM;  // U begins with zeros
    train(file, argv[1]);
    for (int i = 2; i < argc; i++) print_neighbours(*find(argv[i]) - 1);
    if (fflush(stdout) || ferror(stdout)) fail(1, "cannot write to standard output", "");
    return 0;
}
