// SPDX-License-Identifier: MIT-0
//
// test_chunks.c - from blocks to chunks: which lane trains what, and texts that have too many words for one
// chunk
//
// Private functions and structs that this file may touch: w2v__tokens_block_at, w2v__tokens_begin and
// w2v__tokens_begin_chunk, with the text and the chunk of a lane; of the trainer its lanes and pairs
// (epoch_loss).

#define STB_DS_IMPLEMENTATION
#define W2V_STATIC
#define W2V_IMPLEMENTATION
#define W2V_BLOCK_BYTES (1 << 17)  // with words of three letters three times as many as a chunk can have
#include "w2v.h"

#include "test.h"

enum { LINE = 8, LANES = 2, BLOCKS = 5, LINES = BLOCKS * W2V_BLOCK_BYTES / (4 * LINE) };
enum { LETTERS = 32, NAMES = LETTERS * LETTERS * LETTERS };

static char *text;

// Lines of eight words of three letters. Every word occurs in every block.
static void write_text(void)
{
    static const char letter[] = "abcdefghijklmnopqrstuvwxyz012345";
    text = (char *)malloc(LINES * LINE * 4);
    for (size_t i = 0; i < LINES * LINE; i++) {
        const size_t name = i * 7919 % NAMES;
        text[4 * i] = letter[name / LETTERS / LETTERS];
        text[4 * i + 1] = letter[name / LETTERS % LETTERS];
        text[4 * i + 2] = letter[name % LETTERS];
        text[4 * i + 3] = i % LINE == LINE - 1 ? '\n' : ' ';
    }
}

static w2v_config config_of(size_t lanes, size_t threads)
{
    w2v_config cfg = w2v_config_default();
    cfg.dim = 2;
    cfg.min_count = 1;
    cfg.sample = 0.0;
    cfg.epochs = 1;
    cfg.window = 3;
    cfg.window_shape = W2V_WINDOW_FULL;
    cfg.lanes = lanes;
    cfg.threads = threads;
    cfg.loss_every = 1;
    return cfg;
}

static w2v_trainer *new_trainer(const w2v_config *cfg)
{
    const w2v_source source = w2v_source_text(text, LINES * LINE * 4);
    w2v_trainer *t = NULL;
    if (!CHECK_STATUS(w2v_trainer_new(&t, &source, 1, cfg, NULL, NULL, NULL), W2V_OK)) exit(1);
    CHECK_EQUAL(t->corpus.n_blocks, BLOCKS);
    return t;
}

// In an epoch every block has its turn. A lane goes through a section of the corpus, from front to back; one
// lane through all of it.
static void test_order(void)
{
    enum { MOST = 150 };
    for (size_t blocks = 1; blocks <= MOST; blocks += blocks < 20 ? 1 : 13)
        for (size_t lanes = 1; lanes <= 64 && lanes <= blocks; lanes += lanes < 9 ? 1 : 11) {
            w2v_trainer t;
            unsigned char seen[MOST] = {0};
            size_t twice = 0, out_of_order = 0;
            memset(&t, 0, sizeof t);
            t.corpus.n_blocks = blocks;
            t.n_lanes = lanes;
            for (size_t i = 0; i < blocks; i++) {
                const size_t b = w2v__tokens_block_at(&t, i);
                if (!CHECK(b < blocks && w2v__tokens_block_at(&t, i + 3 * blocks) == b)) return;
                twice += seen[b]++;
                if (lanes == 1) out_of_order += b != i;
            }
            for (size_t i = 0; i + lanes < blocks / lanes * lanes; i++)  // of a lane in the next round
                out_of_order += w2v__tokens_block_at(&t, i + lanes) != w2v__tokens_block_at(&t, i) + 1;
            if (!CHECK(!twice && !out_of_order)) printf("    %zu blocks, %zu lanes\n", blocks, lanes);
        }
}

// A chunk of a text: every number that it has against the words of the text.
static void check_chunk(const w2v__tokens *k, const w2v_trainer *t)
{
    const w2v__tokens_chunk *c = &k->chunk;
    const size_t W = t->cfg.window;
    size_t windows = 0, centres = 0, drawn = 0, wrong = 0;
    CHECK(c->from <= c->begin && c->begin < c->end && c->end <= c->to && c->to <= k->n);
    CHECK(c->from == (c->begin < W ? 0 : c->begin - W) && (c->to >= c->end + W || c->to == k->n));
    CHECK(c->text_words <= c->words && c->text_words + c->words <= W2V__TOKENS_ROWS + W);
    for (size_t p = c->from; p < c->to; p++) {
        const uint32_t j = c->number[p];
        windows += p >= c->begin && p < c->end && j != W2V_NONE;
        wrong += (j == W2V_NONE) != (k->kept[p] == W2V_NONE);
        if (j == W2V_NONE) continue;
        wrong += j >= c->text_words || c->word[j] != k->kept[p] || c->number_of_word[k->kept[p]] != j;
        // the words from distinct_from on are distinct, and with the one before they are not (but for ends of
        // sentences)
        const size_t first = c->distinct_from[p], least = p < c->from + 20 ? c->from : p - 20;
        wrong += first < c->from || first > p;
        for (size_t a = first > least ? first : least; a < p; a++) wrong += k->kept[a] == k->kept[p];
    }
    for (size_t j = 0; j < c->words; j++) {
        centres += c->centres[j];
        drawn += c->drawn[j];
        for (int matrix = 0; matrix < 2; matrix++)
            if (j < (matrix ? c->words : c->text_words)) wrong += c->rows[matrix].shared[j] != NULL;
    }
    CHECK_EQUAL(wrong, 0);
    CHECK_EQUAL(c->windows, windows);
    CHECK_EQUAL(centres, windows);
    CHECK_EQUAL(drawn, c->pool_size);
    CHECK(c->pool_size && (c->pool_size & (c->pool_size - 1)) == 0);
    for (size_t i = 0; i < c->pool_size; i++) wrong += c->pool[i] >= c->words || !c->drawn[c->pool[i]];
    CHECK_EQUAL(wrong, 0);
}

// The chunks of a text follow each other without a gap, and no chunk has more rows than it may have.
static void test_cut(void)
{
    for (size_t window = 1; window <= 1000; window += window < 3 ? 2 : 997) {
        w2v_config cfg = config_of(LANES, 1);
        cfg.window = window;
        w2v_trainer *t = new_trainer(&cfg);
        CHECK_EQUAL(t->n_lanes, LANES);
        for (size_t lane = 0; lane < t->n_lanes; lane++) {
            w2v__tokens *k = &t->lanes[lane].tokens;
            size_t chunks = 0;
            k->block = lane;
            CHECK_STATUS(w2v__tokens_begin(k, t, NULL), W2V_OK);
            CHECK_EQUAL(k->n, (LINE + 1) * (LINES / BLOCKS));
            for (;; chunks++) {
                const size_t begin = k->next;
                CHECK_STATUS(w2v__tokens_begin_chunk(k, t, NULL), W2V_OK);
                CHECK_EQUAL(k->chunk.begin, begin);
                if (begin == k->n) break;
                check_chunk(k, t);
                k->next = k->chunk.end;
            }
            CHECK(chunks >= 3 && k->chunk.words == 0 && k->chunk.end == k->n);
            size_t left = 0;  // numbers of words that are in no chunk
            for (size_t i = 0; i < t->m->size; i++) left += k->chunk.number_of_word[i] != W2V_NONE;
            CHECK_EQUAL(left, 0);
        }
        w2v_trainer_free(t);
    }
}

// No pair is lost where a text is cut, and threads do not matter.
static void check_pairs(w2v_architecture architecture, w2v_loss_type loss, double pairs_of_line)
{
    uint64_t hash[2] = {0, 1};
    for (size_t i = 0; i < 2; i++) {
        w2v_config cfg = config_of(LANES, i + 1);
        cfg.architecture = architecture;
        cfg.loss_type = loss;
        w2v_trainer *t = new_trainer(&cfg);
        CHECK(!t->noise.column == (loss == W2V_LOSS_HIERARCHICAL || loss == W2V_LOSS_SOFTMAX));  // never drawn from
        CHECK_STATUS(w2v_trainer_run(t, UINT64_MAX, NULL), W2V_OK);
        CHECK_NEAR(t->epoch_loss.pairs, pairs_of_line * LINES, 0.0);
        CHECK_EQUAL(t->report.trained, LINES * LINE);
        const w2v_model *m = w2v_trainer_model(t);
        hash[i] = test_hash(m->input, m->size * m->stride * sizeof(float));
        w2v_trainer_free(t);
    }
    CHECK_EQUAL(hash[0], hash[1]);
}

static void test_pairs(void)
{
    check_pairs(W2V_SKIPGRAM, W2V_LOSS_NEG_SAMPLING, 36.0);  // 3 + 4 + 5 + 6 + 6 + 5 + 4 + 3
    check_pairs(W2V_SKIPGRAM, W2V_LOSS_HIERARCHICAL, 36.0);
    check_pairs(W2V_CBOW, W2V_LOSS_NEG_SAMPLING, 8.0);
}

int main(int argc, char **argv)
{
    static const test_case tests[] = {TEST(order), TEST(cut), TEST(pairs)};
    write_text();
    const int status = test_main("chunks", tests, TEST_COUNT(tests), argc, argv);
    free(text);
    return status;
}
