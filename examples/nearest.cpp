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
        float sign = 1;  // of the next word
        bool word_missing = false;
        for (int i = 2; i < argc; i++) {
            const std::string_view word = argv[i];
            const bool is_sign = word == "+" || word == "-";
            if (is_sign && word_missing) break;
            if (!is_sign) sum.push_back({std::string(word), sign});
            sign = word == "-" ? -1.0f : 1.0f;
            word_missing = is_sign;
        }
        if (word_missing) {
            std::fprintf(stderr, "nearest: no word follows a sign\n");
            return 2;
        }
        for (const w2v::match &found : m.most_similar(sum, 10))
            std::printf("%-20s %.3f\n", found.word, static_cast<double>(found.score));
        if (std::fflush(stdout) || std::ferror(stdout))
            throw std::runtime_error("cannot write to standard output");
    } catch (const std::exception &failure) {
        std::fprintf(stderr, "nearest: %s\n", failure.what());
        return 1;
    }
}
