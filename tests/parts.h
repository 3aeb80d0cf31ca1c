// SPDX-License-Identifier: MIT-0
//
// parts.h - files as bytes. Of parts, native files and checkpoints: a head of 64 bytes, 64 for each part (its name, the
// width of a number, where it begins, its bytes), the parts, and hashes of every MiB. Numbers are little-endian.

#ifndef PARTS_H
#define PARTS_H

#include <stdint.h>
#include <string.h>

enum { PARTS_HASHED = 1 << 20 };

static inline void put_number(char *file, uint64_t number)
{
    for (int i = 0; i < 8; i++) file[i] = (char)(unsigned char)(number >> 8 * i & 0xff);
}

static inline uint64_t number_at(const char *file)
{
    uint64_t number = 0;
    for (int i = 7; i >= 0; i--) number = number << 8 | (unsigned char)file[i];
    return number;
}

// The line of the table about a part; NULL if there is none.
static inline char *part_line(char *file, const char *name)
{
    for (uint64_t i = 1; i <= number_at(file + 16); i++)
        if (!strcmp(file + 64 * i, name)) return file + 64 * i;
    return NULL;
}

static inline size_t part_at(char *file, const char *name)
{
    char *line = part_line(file, name);
    return line ? (size_t)number_at(line + 32) : 0;
}

static inline uint64_t hash_of_bytes(const char *bytes, size_t n)
{
    const uint64_t factor = UINT64_C(0x9e3779b97f4a7c15);
    uint64_t h[4] = {1, 2, 3, 4}, all = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < n; i += 8) {
        h[i / 8 % 4] = (h[i / 8 % 4] ^ number_at(bytes + i)) * factor;
        h[i / 8 % 4] ^= h[i / 8 % 4] >> 32;
    }
    for (size_t k = 0; k < 4; k++) all = (all ^ h[k]) * factor;
    return all ^ all >> 32;
}

// Makes the hashes right, of the table and of everything.
static inline void seal_parts(char *file)
{
    const size_t top = (size_t)(64 * (1 + number_at(file + 16)));
    put_number(file + 24, 0);
    put_number(file + 24, hash_of_bytes(file, top));
    const size_t end = part_at(file, "hashes");
    for (size_t at = 0; at < end; at += PARTS_HASHED)
        put_number(file + end + at / PARTS_HASHED * 8,
                   hash_of_bytes(file + at, end - at < PARTS_HASHED ? end - at : (size_t)PARTS_HASHED));
}

// fastText's .bin of the word a and one bucket, of one number each.
enum { FASTTEXT_BYTES = 145 };
static inline void put_fasttext(char bin[FASTTEXT_BYTES])
{
    static const char head[] = "\xba\x16\x4f\x2f\x0c\0\0\0\1";
    memset(bin, 0, FASTTEXT_BYTES);
    memcpy(bin, head, sizeof head);
    bin[40] = bin[44] = 1;  // buckets, and the shortest n-gram
    bin[48] = 2;            // the longest
    bin[64] = bin[68] = 1;  // words
    memset(bin + 84, 0xff, 8);
    bin[92] = 'a';
    bin[104] = 2;  // a matrix of 2 x 1
    bin[112] = 1;
    bin[137] = 1;  // a matrix of 0 x 1
}

#endif
