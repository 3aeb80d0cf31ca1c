// SPDX-License-Identifier: MIT-0
//
// utf8.h - characters of UTF-8, for svg.h, map.h, explain.h and page.c

#ifndef UTF8_H
#define UTF8_H

#include <stddef.h>

// Bytes of the UTF-8 character at s, 0 if there is none; *code is its code point.
static inline size_t utf8_character(const char *s, unsigned long *code)
{
    const unsigned char *u = (const unsigned char *)s;
    const size_t n = *u < 0x80                 ? 1
                     : *u >= 0xC2 && *u < 0xE0 ? 2
                     : *u >= 0xE0 && *u < 0xF0 ? 3
                     : *u >= 0xF0 && *u < 0xF5 ? 4
                                               : 0;
    static const unsigned long smallest[5] = {0, 0, 0x80, 0x800, 0x10000};
    *code = n == 1 ? *u : *u & (0xFFu >> (n + 1));
    for (size_t i = 1; i < n; i++) {
        if ((u[i] & 0xC0) != 0x80) return 0;
        *code = *code << 6 | (u[i] & 0x3Fu);
    }
    const int surrogate = *code >= 0xD800 && *code < 0xE000;
    return *code < smallest[n] || surrogate || *code > 0x10FFFF ? 0 : n;
}

// Every character that is not ASCII counts as a letter.
static inline int begins_with_letter(const char *word)
{
    const unsigned char c = (unsigned char)*word;
    return c >= 0x80 || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

#endif
