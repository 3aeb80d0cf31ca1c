// SPDX-License-Identifier: MIT-0
//
// convert.c - vectors from one format of files to another, and what is lost on the way
//
//   convert GoogleNews-vectors-negative300.bin news.w2v     opens at once from then on
//   convert -first 50000 glove.6B.100d.txt small.bin
//   convert -to int8 vectors.bin vectors.w2v                a quarter of the size
//   convert vectors.w2v model/model.safetensors             with tokenizer.json and config.json beside it

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"

#include <stdio.h>
#include <string.h>

#define PROGRAM "convert"
#include "cli.h"

static const char usage[] =
    "usage: convert [options] IN OUT\n"
    "  The format of OUT follows from its name, or from -to:\n"
    "    text         .txt .vec     word2vec text\n"
    "    binary       .bin          word2vec binary\n"
    "    glove        .glove        text without a header\n"
    "    tsv          .tsv          TensorFlow's projector, with metadata.tsv beside it\n"
    "    npy          .npy          NumPy, with the words in NAME.tsv beside it\n"
    "    safetensors  .safetensors  model2vec, with tokenizer.json and config.json beside it\n"
    "    native       .w2v          w2v's own, which is opened at once; float16, int8: the same, smaller\n"
    "  IN can be any of them, fastText's .bin or a checkpoint.\n"
    "  -from FORMAT    of IN: one of the above, fasttext, or auto: tsv by the end of its name, others by\n"
    "                  their bytes (auto)\n"
    "  -to FORMAT      of OUT\n"
    "  -first N        only the first N vectors (0: all); -limit is the same\n"
    "  -keep FILE      only the words of a text\n"
    "  -words FILE     the words of IN, if its format has them in another file\n"
    "  -matrix NAME    input, or output: the output vectors take the place of the others (input)\n"
    "  -lenient 0|1    1: reads what is whole in a damaged file (0)\n"
    "  -verify 0|1     1: compares all of a .w2v file, which is mapped, with its hashes (0)\n";

// How the files of a format end, and what they have. In the order of w2v_format.
static const struct {
    const char *end;  // NULL: the end of a name never stands for this format
    int counts, output, nodes;
} formats[] = {
    {NULL, 0, 0, 0},            // auto
    {".txt", 0, 0, 0},          // text
    {".bin", 0, 0, 0},          // binary
    {".glove", 0, 0, 0},        // glove
    {".tsv", 1, 0, 0},          // tsv
    {".npy", 1, 0, 0},          // npy
    {".safetensors", 0, 1, 0},  // safetensors
    {NULL, 0, 0, 0},            // fasttext
    {".w2v", 1, 1, 1},          // native
    {NULL, 1, 1, 1},            // float16
    {NULL, 1, 1, 1},            // int8
};
enum { FORMATS = sizeof formats / sizeof *formats };

static const char *name_of(w2v_format format, char name[32])
{
    w2v_load_config cfg = w2v_load_config_default();
    cfg.format = format;
    w2v_load_config_get(&cfg, "format", name, 32, NULL);
    return name;
}

static w2v_format format_of(const char *path)
{
    const char *end = strrchr(path, '.');
    if (end && !strcmp(end, ".vec")) return W2V_FORMAT_TEXT;
    for (int i = 0; end && i < FORMATS; i++)
        if (formats[i].end && !strcmp(end, formats[i].end)) return (w2v_format)i;
    die(2, "'%s' does not end as a format does: name one with -to (-help lists them)", path);
    return W2V_FORMAT_AUTO;
}

static int on_progress(const w2v_load_progress *p, void *user)
{
    (void)user;
    if (p->total) show_bar("reading", (double)p->bytes / (double)p->total);
    return 0;
}

// The words of a text, separated by white space, in `text` and *list, which stay until the program ends.
// (static, so that leak checkers still reach them)
static size_t list_words(char *text, const char *const **list)
{
    static const char white_space[] = " \t\r\n\v\f";
    static const char **words;
    size_t n = 0, room = 0;
    for (char *word = text + strspn(text, white_space); *word;) {
        char *end = word + strcspn(word, white_space);
        if (n == room) {
            room = room ? 2 * room : 1024;
            words = (const char **)realloc(words, room * sizeof *words);
            if (!words) die(1, "out of memory");
        }
        words[n++] = word;
        word = end + strspn(end, white_space);
        *end = 0;
    }
    *list = words;
    return n;
}

// The model whose word vectors are the output vectors of this one.
static w2v_model *with_output(w2v_model *m, const char *path)
{
    if (!m->output) die(1, "'%s' has no output vectors", path);
    float *rows = m->input;
    m->input = m->output;
    m->output = rows;
    w2v_model_changed(m);
    return m;
}

static void tell_losses(const char *in, const w2v_load_report *r, const char *out, w2v_format to, const w2v_model *m)
{
    const int counted = w2v_vocab_count(m->vocab, 0) > 0;
    char name[32];
    fprintf(stderr, "%s (%s): %llu rows of %zu numbers", in, name_of(r->format, name),
            (unsigned long long)r->rows, m->dim);
    if (r->repeated) fprintf(stderr, ", %llu repeated", (unsigned long long)r->repeated);
    if (r->blank) fprintf(stderr, ", %llu without a word", (unsigned long long)r->blank);
    if (r->malformed) fprintf(stderr, ", %llu malformed", (unsigned long long)r->malformed);
    if (r->not_kept) fprintf(stderr, ", %llu of other words", (unsigned long long)r->not_kept);
    fprintf(stderr, "\n%s (%s): %zu words", out, name_of(to, name), m->size);
    if (counted && !formats[to].counts) fprintf(stderr, ", without their counts");
    if (m->output && !formats[to].output) fprintf(stderr, ", without the output vectors");
    if (m->nodes && !formats[to].nodes) fprintf(stderr, ", without the vectors of inner nodes");
    if (to == W2V_FORMAT_NATIVE_FLOAT16) fprintf(stderr, ", numbers rounded to half precision");
    if (to == W2V_FORMAT_NATIVE_INT8) fprintf(stderr, ", numbers rounded to 255 steps a row");
    fprintf(stderr, "\n");
}

// Some formats have other files beside OUT: none of them may be one that is read.
static void refuse_beside(const char *out, w2v_format to, const char *read)
{
    const file_name words = words_beside(out, to);
    file_name config = {""};
    if (to == W2V_FORMAT_SAFETENSORS)
        snprintf(config.path, sizeof config.path, "%.*sconfig.json",
                 (int)(strlen(words.path) - strlen("tokenizer.json")), words.path);
    refuse_overwriting("the words of OUT", words.path, read);
    refuse_overwriting("the configuration of OUT", config.path, read);
}

int main(int argc, char **argv)
{
    w2v_load_config cfg = w2v_load_config_default(), target = cfg;  // of OUT, only the format
    w2v_load_report report;
    w2v_error err;
    w2v_source words;
    const char *keep = NULL;
    int arg = 1, output = 0;
    for (; arg < argc && argv[arg][0] == '-' && argv[arg][1]; arg++) {
        const char *name = option_name(argv, arg, usage), *value = option_value(argv, &arg);
        if (!strcmp(name, "-from") || !strcmp(name, "-to")) {
            w2v_load_config *of = name[1] == 'f' ? &cfg : &target;
            if (w2v_load_config_set(of, "format", value, &err) != W2V_OK) die(2, "%s: %s", name, err.message);
        } else if (!strcmp(name, "-first") || !strcmp(name, "-limit")) {
            cfg.max_words = size_number(name, value, SIZE_MAX);
        } else if (!strcmp(name, "-lenient")) {
            cfg.lenient = (int)whole_number(name, value, 1);
        } else if (!strcmp(name, "-verify")) {
            cfg.verify = (int)whole_number(name, value, 1);
        } else if (!strcmp(name, "-keep")) {
            size_t bytes;
            keep = value;
            cfg.keep_word_count = list_words(read_text(value, &bytes), &cfg.keep_words);
            if (!cfg.keep_word_count) die(1, "'%s' has no words", value);
        } else if (!strcmp(name, "-words")) {
            words = w2v_source_file(value);
            cfg.words = &words;
        } else if (!strcmp(name, "-matrix") && (!strcmp(value, "input") || !strcmp(value, "output"))) {
            output = *value == 'o';
        } else if (!strcmp(name, "-matrix")) {
            die(2, "-matrix takes input or output, not '%s'", value);
        } else {
            die(2, "unknown option '%s' (-help lists them)", name);
        }
    }
    if (argc - arg != 2) die(2, "two files must be given, IN and OUT (-help explains)");
    const char *in = argv[arg], *out = argv[arg + 1];
    const w2v_format to = target.format == W2V_FORMAT_AUTO ? format_of(out) : target.format;
    if (to == W2V_FORMAT_FASTTEXT) die(2, "fastText's .bin is read, not written");
    const char *const words_file = cfg.words ? cfg.words->path : NULL;
    refuse_beside(out, to, in);
    refuse_beside(out, to, words_file);
    refuse_beside(out, to, keep);
    refuse_overwriting("OUT", out, words_file);
    refuse_overwriting("OUT", out, keep);
    if (w2v_check_writable(out, &err) != W2V_OK) die(1, "%s", err.message);
    if (isatty(fileno(stderr))) cfg.progress_fn = on_progress;
    w2v_model *m = load_model(in, cfg, &report);
    if (!cfg.words && !same_file(in, out)) {  // what takes the place of IN may have the same words beside it
        const file_name beside = words_beside(in, report.format);
        refuse_beside(out, to, beside.path);
        refuse_overwriting("OUT", out, beside.path);
    }
    if (output) m = with_output(m, in);
    catch_signals();  // what is being written is completed
    if (w2v_model_save(m, out, to, &err) != W2V_OK) die(1, "%s", err.message);
    tell_losses(in, &report, out, to, m);
    w2v_model_free(m);
    check_output();
    return interrupted ? interrupted_status() : 0;
}
