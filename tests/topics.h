// SPDX-License-Identifier: MIT-0
//
// topics.h - a text of two topics, which every model has to tell apart. After w2v.h and test.h.

#ifndef TOPICS_H
#define TOPICS_H

// Two topics whose words never meet. Free the text.
static inline char *topics(size_t *bytes)
{
    enum { LINES = 3000 };
    char *text = (char *)malloc(LINES * 80);
    w2v_random r = w2v_random_stream(11, 0);
    *bytes = 0;
    for (int i = 0; i < LINES; i++) {
        const char topic = "ab"[w2v_random_below(&r, 2)];
        for (int k = 0; k < 8; k++)
            *bytes += (size_t)snprintf(text + *bytes, 8, "%c%u ", topic, w2v_random_below(&r, 20));
        text[*bytes - 1] = '\n';
    }
    return text;
}

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
