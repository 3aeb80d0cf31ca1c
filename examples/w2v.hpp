// SPDX-License-Identifier: MIT-0
//
// w2v.hpp - w2v.h as C++17 classes: memory is freed by itself, failures are exceptions
//
//     w2v::model m = w2v::model::train("corpus.txt", w2v::config().set("dim", 300));
//     for (const w2v::match &found : m.nearest("king", 10)) std::cout << found.word << '\n';
//     m.save("vectors.bin");
//
// Link to the library of `make lib`, or define W2V_IMPLEMENTATION in one file, as w2v.h says.

#pragma once
#include "w2v.h"
#include <cstddef>
#include <locale>
#include <memory>
#include <new>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace w2v {
// What failed, in the library's words. Without memory it is std::bad_alloc.
struct error : std::runtime_error {
    error(w2v_status failure, const char *message) : std::runtime_error(message), status(failure) {}
    w2v_status status;
};

// Calls a function of w2v.h with these arguments and a w2v_error.
template <class Function, class... Arguments> void call(Function function, Arguments... arguments)
{
    w2v_error err;
    const w2v_status status = function(arguments..., &err);
    if (status == W2V_ERROR_MEMORY) throw std::bad_alloc();
    if (status != W2V_OK) throw error(status, err.message);
}

// Settings by the names of w2v_config: set("architecture", "cbow").set("learning_rate", 0.15).
struct config {
    template <class Value> config &set(const std::string &name, const Value &value)
    {
        std::ostringstream text;
        text.imbue(std::locale::classic());
        text.precision(17);
        text << value;
        call(w2v_config_set, &fields, name.c_str(), text.str().c_str());
        return *this;
    }
    w2v_config fields = w2v_config_default();
};
using match = w2v_match;  // word, score (cosine), id; the word lives as long as the model

// A word and its vector, which is a range: e[0], for (float x : e), std::inner_product(e.begin(), e.end(), ...).
struct entry {
    std::string_view word;
    const float *data;
    std::size_t dim;
    const float *begin() const noexcept { return data; }
    const float *end() const noexcept { return data + dim; }
    float operator[](std::size_t i) const { return data[i]; }
};
// A part of a sum of words: {"king"}, {"man", -1}.
struct term {
    std::string word;
    float weight = 1;
};

// Words and their vectors. It can be moved, not copied; what it was moved from can only be assigned to.
class model {
public:
    explicit model(w2v_model *made) : m_(made, w2v_model_free) { w2v_model_rows(made, &rows_); }
    static model train(const std::string &path, const config &cfg = {})
    {
        return make(w2v_train_file, path.c_str(), &cfg.fields);
    }
    static model train_text(std::string_view text, const config &cfg = {})
    {
        return make(w2v_train_text, text.data(), text.size(), &cfg.fields);
    }
    static model load(const std::string &path, const w2v_load_config &cfg = w2v_load_config_default())
    {
        return make(w2v_model_load, path.c_str(), &cfg, nullptr);
    }
    void save(const std::string &path, w2v_format format = W2V_FORMAT_BINARY) const
    {
        call(w2v_model_save, get(), path.c_str(), format);
    }
    w2v_model *get() const noexcept { return m_.get(); }
    std::size_t size() const noexcept { return rows_.rows; }
    std::size_t dim() const noexcept { return rows_.cols; }
    // Entry 0 .. size() - 1, in the order of the file or by falling count; for (w2v::entry e : m) takes all.
    entry operator[](std::size_t id) const
    {
        if (id >= size()) throw std::out_of_range("a model has no word of this number");
        const char *word = w2v_vocab_word(w2v_model_vocab(get()), static_cast<uint32_t>(id));
        return {word, rows_.data + id * rows_.stride, dim()};
    }
    struct iterator {
        const model *m;
        std::size_t id;
        entry operator*() const { return (*m)[id]; }
        iterator &operator++() { return ++id, *this; }
        bool operator!=(const iterator &other) const noexcept { return id != other.id; }
    };
    iterator begin() const noexcept { return {this, 0}; }
    iterator end() const noexcept { return {this, size()}; }
    // The number of a word, or size() if the model lacks it.
    std::size_t find(std::string_view word) const
    {
        if (word.find('\0') != word.npos) return size();
        const uint32_t id = w2v_vocab_find(w2v_model_vocab(get()), std::string(word).c_str());
        return id == W2V_NONE ? size() : id;
    }
    bool contains(std::string_view word) const { return find(word) < size(); }
    float similarity(std::string_view first, std::string_view second) const
    {
        float cosine = 0;
        call(w2v_model_similarity, get(), whole(std::string(first)), whole(std::string(second)), &cosine);
        return cosine;
    }
    std::vector<match> nearest(std::string_view word, std::size_t n = 10) const
    {
        return most_similar({{std::string(word)}}, n);
    }
    // The words nearest to a sum: {{"king"}, {"man", -1}, {"woman"}}.
    std::vector<match> most_similar(const std::vector<term> &sum, std::size_t n = 10) const
    {
        std::vector<w2v_term> terms;
        for (const term &part : sum) terms.push_back({whole(part.word), part.weight, nullptr});
        std::vector<match> found(n < size() ? n : size());
        call(w2v_model_most_similar, get(), terms.data(), terms.size(), found.data(), found.size(), &n);
        found.resize(n);
        return found;
    }
private:
    static const char *whole(const std::string &s)  // C would cut it at a NUL
    {
        return s.find('\0') == s.npos ? s.c_str() : throw error(W2V_ERROR_UNKNOWN_WORD, "no word has a NUL");
    }
    template <class Function, class... Arguments> static model make(Function function, Arguments... arguments)
    {
        w2v_model *made = nullptr;
        try { call(function, &made, arguments...); } catch (...) { w2v_model_free(made); throw; }  // (keep_stopped)
        return model(made);
    }
    std::unique_ptr<w2v_model, void (*)(w2v_model *)> m_;
    w2v_matrix rows_{};
};
}  // namespace w2v
