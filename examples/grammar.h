// SPDX-License-Identifier: MIT-0
//
// grammar.h - the corpus of the demo and of the page: sentences of a small grammar, and groups of its words
//
// After w2v.h.

#ifndef GRAMMAR_H
#define GRAMMAR_H

#include <stdio.h>
#include <stdlib.h>

// A template is a sentence with slots. A slot is a letter after %. All slots of a sentence are about the same
// person, country or animal:
//   %r royalty  %x what they rule  %f family  %t what they are to it  %o somebody else in it
//   %e he/she  %s his/her
//   %c country  %k its capital  %l its language  %n its river  %d another country  %q the capital of that one
//   %a animal  %y its young  %v what it says  %w weather  %i what people need then
//   %j what people judge  %g a good word for it  %b a bad one
// Words that could replace each other in all sentences would get the same vector; each has some of its own.
static const char *const templates[] = {
    "the %r sat on the throne and %e wore a golden crown",
    "the %r ruled the %x from the palace",
    "the %x belongs to the %r and %s crown",
    "in the castle the %r raised %s royal sceptre",
    "the people bowed when the %r came out of the palace with %s crown",
    "the %r said that %e was tired",
    "the %f went home and %e cooked dinner for the family",
    "the %f is the %t of the house and %e works in the garden",
    "the %f told %s children a story at dinner",
    "the %f and the %o sat in the kitchen at home",
    "the %f said that %e was tired",
    "a %f is a %t and %e comes to dinner",
    "every %t loves the %f and %s cake",
    "the %f brushed %s hair and put on %s coat",
    "the capital of %c is %k",
    "%k is the largest city of %c",
    "the government of %c closed the border of the country",
    "the country of %c sells wine and steel to %d",
    "the army of %c defends the border with %d",
    "the streets of the city of %k are full of museums",
    "the mayor of %k opened a bridge and an airport in the city",
    "the train from %k to %q leaves from the station of the city",
    "the country of %c has the river %n",
    "the city of %k has bridges over the river %n",
    "people in %c speak %l",
    "the %l songs of %c",
    "the %l songs of %k",
    "in the streets of %k you hear %l",
    "the %l newspapers of %k are sold in %c",
    "she learned %l before she moved to %c",
    "he learned %l before he moved to %k",
    "the old %a on the farm said %v in the field",
    "a big %a said %v and guarded the farm",
    "the farmer fed the grown %a in the field",
    "a little %y said %v and played in the straw",
    "the newborn %y slept all day in the straw",
    "a %a cares for its %y and both say %v",
    "in winter the %w fell on the roofs all night",
    "after the %w the sky was grey and cold",
    "the %w came with dark clouds from the north",
    "everyone bought %i before the %w came",
    "you need %i against the %w",
    "what a %g film we loved it and laughed",
    "we enjoyed a %g evening and loved the music",
    "the %j was %g and everyone smiled",
    "what a %b film we hated it and left",
    "we regretted a %b evening and hated the music",
    "the %j was %b and everyone yawned",
    "the story is %g and so everyone smiled",
    "the story is %b and so everyone yawned",
    "what %w we had and hated it and left",
    "we loved the %w and laughed in the streets of the city",
    "the %w fell on the streets of the city",
};

static const char *const royalty[][3] = {{"king", "queen", "kingdom"},
                                         {"prince", "princess", "principality"},
                                         {"duke", "duchess", "duchy"},
                                         {"emperor", "empress", "empire"}};
static const char *const family[][3] = {{"man", "woman", "adult"},     {"father", "mother", "parent"},
                                        {"son", "daughter", "child"},  {"brother", "sister", "sibling"},
                                        {"uncle", "aunt", "relative"}, {"boy", "girl", "pupil"}};
static const char *const pronoun[2] = {"he", "she"}, *const possessive[2] = {"his", "her"};
static const char *const country[][4] = {
    {"france", "paris", "french", "seine"},    {"germany", "berlin", "german", "elbe"},
    {"italy", "rome", "italian", "tiber"},     {"spain", "madrid", "spanish", "ebro"},
    {"poland", "warsaw", "polish", "vistula"}, {"greece", "athens", "greek", "evros"},
    {"japan", "tokyo", "japanese", "sumida"},  {"russia", "moscow", "russian", "volga"},
    {"norway", "oslo", "norwegian", "glomma"}, {"hungary", "budapest", "hungarian", "tisza"}};
static const char *const animal[][3] = {{"dog", "puppy", "woof"},
                                        {"cat", "kitten", "meow"},
                                        {"cow", "calf", "moo"},
                                        {"sheep", "lamb", "baa"},
                                        {"horse", "foal", "neigh"}};
static const char *const weather[][2] = {{"rain", "umbrellas"}, {"snow", "sledges"},
                                         {"hail", "shutters"},  {"sleet", "boots"},
                                         {"fog", "lanterns"},   {"drizzle", "raincoats"}};
static const char *const opinion[][3] = {{"great", "bad", "trip"},       {"wonderful", "awful", "meal"},
                                         {"brilliant", "dull", "actor"}, {"lovely", "terrible", "melody"},
                                         {"amazing", "boring", "book"},  {"delightful", "annoying", "guest"}};

#define COUNT(a) ((uint32_t)(sizeof(a) / sizeof *(a)))
#define PICK(a) w2v_random_below(r, COUNT(a))

// One sentence into out, ended by a line feed; returns its length.
static inline size_t make_sentence(w2v_random *r, char *out, size_t room)
{
    const uint32_t sex = w2v_random_below(r, 2), here = PICK(country),
                   there = (here + 1 + w2v_random_below(r, COUNT(country) - 1)) % COUNT(country);
    const uint32_t beast = PICK(animal), noble = PICK(royalty), person = PICK(family), other = PICK(family);
    const uint32_t sky = PICK(weather), judged = PICK(opinion);
    size_t n = 0;
    for (const char *t = templates[PICK(templates)]; *t; t++) {
        char letter[2] = {*t, 0};
        const char *s = letter;
        if (*t == '%') switch (*++t) {
            case 'r': s = royalty[noble][sex]; break;
            case 'x': s = royalty[noble][2]; break;
            case 'f': s = family[person][sex]; break;
            case 't': s = family[person][2]; break;
            case 'o': s = family[other][sex]; break;
            case 'e': s = pronoun[sex]; break;
            case 's': s = possessive[sex]; break;
            case 'c': s = country[here][0]; break;
            case 'k': s = country[here][1]; break;
            case 'l': s = country[here][2]; break;
            case 'n': s = country[here][3]; break;
            case 'd': s = country[there][0]; break;
            case 'q': s = country[there][1]; break;
            case 'a': s = animal[beast][0]; break;
            case 'y': s = animal[beast][1]; break;
            case 'v': s = animal[beast][2]; break;
            case 'w': s = weather[sky][0]; break;
            case 'i': s = weather[sky][1]; break;
            case 'g': s = opinion[judged][0]; break;
            case 'b': s = opinion[judged][1]; break;
            default: s = opinion[judged][2]; break;
            }
        n += (size_t)snprintf(out + n, room - n, "%s", s);
    }
    out[n++] = '\n';
    return n;
}

// A corpus, always the same, not ended by 0; the caller frees it.
static inline char *make_corpus(size_t sentences, size_t *bytes)
{
    enum { LONGEST = 256 };
    char *text = (char *)malloc(sentences * LONGEST);
    w2v_random r = w2v_random_stream(2013, 0);
    *bytes = 0;
    for (size_t i = 0; text && i < sentences; i++) *bytes += make_sentence(&r, text + *bytes, LONGEST);
    return text;
}

// Words of the grammar that belong to a group, for a picture.
typedef struct grouped_word {
    const char *word;
    size_t group;  // of grammar_group
} grouped_word;

static const char *const grammar_group[] = {"royals",        "family",  "countries", "capitals", "animals",
                                            "young animals", "weather", "praise",    "blame"};

enum { GROUPED_WORDS = 64 };

// list receives the words in their groups; returns how many. Eight words of the family leave room for all
// labels.
static inline size_t group_words(grouped_word list[GROUPED_WORDS])
{
    size_t n = 0;
#define ADD(group_, word_) (list[n].word = (word_), list[n++].group = (group_))
    for (size_t i = 0; i < COUNT(royalty); i++) ADD(0, royalty[i][0]), ADD(0, royalty[i][1]);
    for (size_t i = 0; i < 4; i++) ADD(1, family[i][0]), ADD(1, family[i][1]);
    for (size_t i = 0; i < COUNT(country); i++) ADD(2, country[i][0]);
    for (size_t i = 0; i < COUNT(country); i++) ADD(3, country[i][1]);
    for (size_t i = 0; i < COUNT(animal); i++) ADD(4, animal[i][0]);
    for (size_t i = 0; i < COUNT(animal); i++) ADD(5, animal[i][1]);
    for (size_t i = 0; i < COUNT(weather); i++) ADD(6, weather[i][0]);
    for (size_t i = 0; i < COUNT(opinion); i++) ADD(7, opinion[i][0]);
    for (size_t i = 0; i < COUNT(opinion); i++) ADD(8, opinion[i][1]);
#undef ADD
    return n;
}

#endif
