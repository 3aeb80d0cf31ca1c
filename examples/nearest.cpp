// SPDX-License-Identifier: MIT-0
//
// nearest.cpp - loads vectors and prints the neighbours of a word, or of a sum of words, in C++17
//
//     make lib
//     c++ -std=c++17 -O2 -I. examples/nearest.cpp -Lbuild -lw2v -Wl,-rpath,build -o build/nearest
//     build/nearest vectors.bin king
//     build/nearest vectors.bin king - man + woman

#include "w2v.hpp"

#include <cstdio>
#include <exception>

int main(int argc, char **argv)
{
    if (argc < 3) {
        std::fprintf(stderr, "usage: nearest FILE WORD [+|- WORD]...\n");
        return 2;
    }
    try {
        const w2v::model m = w2v::model::load(argv[1]);
        std::vector<w2v::term> sum;
        float sign = 1;
        for (int i = 2; i < argc; i++) {
            const std::string_view word = argv[i];
            if (word == "+" || word == "-") sign = word == "+" ? 1.0f : -1.0f;
            else sum.push_back({std::string(word), sign});
        }
        for (const w2v::match &found : m.most_similar(sum, 10))
            std::printf("%-20s %.3f\n", found.word, static_cast<double>(found.score));
    } catch (const std::exception &failure) {
        std::fprintf(stderr, "nearest: %s\n", failure.what());
        return 1;
    }
}
