// SPDX-License-Identifier: MIT-0
//
// dummy.h - the dummy data of CS224n's assignment 2: five words, vectors of three numbers
//
// The assignment prints losses and gradients for them, so you can compare your own numbers.

#ifndef DUMMY_H
#define DUMMY_H

static const char *const dummy_words[5] = {"a", "b", "c", "d", "e"};

static const float dummy_centres[5][3] = {
    {-0.9673571403949328f, -0.021826408701617506f, 0.25247528752360726f},
    {0.7366302928338292f, -0.48088686664411984f, -0.47552458734406944f},
    {-0.2732364450393794f, 0.1253806234717907f, 0.9537408161340624f},
    {-0.5671377366706175f, -0.2717822946659313f, -0.777489017253781f},
    {-0.5960945928820293f, 0.7795665962055106f, 0.19221643638711614f}};

static const float dummy_outsides[5][3] = {{-0.6831809040518332f, -0.04200518936997692f, 0.7290400650203748f},
                                           {0.18289106803498664f, 0.7609858689117064f, -0.6224559137398544f},
                                           {-0.615178735138841f, 0.5147623987134095f, -0.5971388420658905f},
                                           {-0.3386707358650964f, -0.8096653430991654f, -0.4793163515390485f},
                                           {-0.5262952865514944f, -0.781904076158553f, 0.33412465793520896f}};

#endif
