// SPDX-License-Identifier: MIT-0
//
// topics.h - texts of topics, which every model has to tell apart. After w2v.h and test.h.

#ifndef TOPICS_H
#define TOPICS_H

// Lines of eight words of one topic. Words of two topics, at most 26 of them, never meet. Free the text.
static inline char *planted(uint32_t topics, uint32_t words, size_t lines, size_t *bytes)
{
    char *text = (char *)malloc(lines * 80);
    if (!text) abort();
    w2v_random r = w2v_random_stream(11, 0);
    *bytes = 0;
    for (size_t i = 0; i < lines; i++) {
        const char topic = (char)('a' + w2v_random_below(&r, topics));
        for (int k = 0; k < 8; k++)
            *bytes += (size_t)snprintf(text + *bytes, 8, "%c%u ", topic, w2v_random_below(&r, words));
        text[*bytes - 1] = '\n';
    }
    return text;
}

static inline char *topics(size_t *bytes) { return planted(2, 20, 3000, bytes); }

// Mean cosine between words of one topic less that between words of two.
static inline double separation(const w2v_model *m)
{
    double same = 0.0, other = 0.0;
    size_t n_same = 0, n_other = 0;
    for (uint32_t i = 0; i < m->size; i++)
        for (uint32_t j = 0; j < i; j++) {
            const double c = (double)w2v_cosine(m->input + i * m->stride, m->input + j * m->stride, m->dim);
            if (w2v_vocab_word(m->vocab, i)[0] == w2v_vocab_word(m->vocab, j)[0])
                same += c, n_same++;
            else
                other += c, n_other++;
        }
    return same / (double)n_same - other / (double)n_other;
}

#endif
