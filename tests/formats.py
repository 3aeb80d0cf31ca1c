# SPDX-License-Identifier: MIT-0
#
# formats.py make FOLDER  - writes vectors as NumPy and an own writer of safetensors have them
# formats.py check FOLDER - reads what test_formats has made of them there, with NumPy and an own reader
#
# The reader and the writer of safetensors and tokenizer.json are written from the published definition, apart from w2v.h.
import json
import os
import struct
import sys

import numpy

TYPES = {"F32": "<f4", "F16": "<f2", "F64": "<f8"}
WORDS = ["the", "of", "caf\u00e9", "\U0001f600", 'a"b\\c', "tail"]
rows = numpy.random.default_rng(1).standard_normal((len(WORDS), 5)).astype("<f4").astype("<f2")  # halves, so that all types have them
out = -rows[::-1]


def write_tensors(path, tensors, metadata=None):
    header, data = ({"__metadata__": metadata} if metadata else {}), b""
    for name, (kind, array) in tensors.items():
        more = array.astype(TYPES[kind]).tobytes()
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [len(data), len(data) + len(more)]}
        data += more
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + data)


def read_tensors(path):
    with open(path, "rb") as f:
        data = f.read()
    (n,) = struct.unpack("<Q", data[:8])
    assert n % 8 == 0, "the header is not padded"
    header, data, tensors, end = json.loads(data[8 : 8 + n]), data[8 + n :], {}, 0
    for name, t in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        begin, stop = t["data_offsets"]
        assert begin == end, "a gap"
        tensors[name] = numpy.frombuffer(data[begin:stop], TYPES[t["dtype"]]).reshape(t["shape"])
        end = stop
    assert end == len(data), "more bytes than tensors"
    return tensors


def write_tokenizer(path, words, how):
    vocab = {word: i for i, word in enumerate(words)}
    model = {"type": "WordLevel", "vocab": vocab, "unk_token": "the"}
    added = []
    if how == "unigram":
        model = {"type": "Unigram", "unk_id": 0, "vocab": [[word, -float(i)] for i, word in enumerate(words)]}
    if how == "added":
        del vocab["of"]
        added = [{"id": 1, "content": "of", "special": True}]
    with open(path, "w") as f:
        json.dump({"version": "1.0", "added_tokens": added, "model": model}, f, ensure_ascii=how != "unigram", indent=how == "added" and 2 or None)


def words_of_tokenizer(path):
    with open(path, encoding="utf-8") as f:
        tokenizer = json.load(f)
    assert tokenizer["model"]["type"] == "WordLevel" and tokenizer["pre_tokenizer"] == {"type": "WhitespaceSplit"}
    vocab = tokenizer["model"]["vocab"]
    assert sorted(vocab.values()) == list(range(len(vocab)))
    return sorted(vocab, key=vocab.get)


def make(folder):
    def path(*parts):
        os.makedirs(os.path.join(folder, *parts[:-1]), exist_ok=True)
        return os.path.join(folder, *parts)

    for name, array in [
        ("f4", rows.astype("<f4")),
        ("f8", rows.astype("<f8")),
        ("big4", rows.astype(">f4")),
        ("big8", rows.astype(">f8")),
        ("f2", rows),
        ("fortran", numpy.asfortranarray(rows.astype("<f4"))),
    ]:
        numpy.save(path(name + ".npy"), array)
        with open(path(name + ".tsv"), "w", encoding="utf-8") as f:
            f.writelines(word + "\n" for word in WORDS)
    for name, how, tensors in [
        ("word", "word", {"embeddings": ("F32", rows)}),
        ("half", "unigram", {"embedding.weight": ("F16", rows), "bias": ("F32", rows[0])}),
        ("both", "added", {"output": ("F64", out), "embeddings": ("F32", rows)}),
    ]:
        write_tensors(path(name, "model.safetensors"), tensors, {"format": "pt"})
        write_tokenizer(path(name, "tokenizer.json"), WORDS, how)
    numpy.savetxt(path("projector", "vectors.tsv"), rows.astype("<f4"), fmt="%.9g", delimiter="\t")
    with open(path("projector", "metadata.tsv"), "w", encoding="utf-8") as f:
        f.writelines(["word\tcount\n"] + ["%s\t%d\n" % (word, 10 - i) for i, word in enumerate(WORDS)])


def check(folder):
    exact = rows.astype("<f4")
    for name in ["f4", "f8", "big4", "big8", "f2", "fortran", "word", "half", "both", "projector"]:
        made = os.path.join(folder, "made", name)
        array = numpy.load(os.path.join(made, "v.npy"))
        assert array.dtype == "<f4" and array.flags.c_contiguous and array.tobytes() == exact.tobytes(), name + ": .npy"
        again = os.path.join(made, "again.npy")
        numpy.save(again, array)
        assert open(again, "rb").read() == open(os.path.join(made, "v.npy"), "rb").read(), name + ": not what numpy.save writes"
        lines = open(os.path.join(made, "v.tsv"), encoding="utf-8").read().split("\n")[:-1]
        if name == "projector":
            assert lines[0] == "word\tcount" and lines[1] == "the\t10", lines
            lines = [line.split("\t")[0] for line in lines[1:]]
        assert lines == WORDS, name + ": words of .npy"
        tensors = read_tensors(os.path.join(made, "model.safetensors"))
        assert tensors["embeddings"].tobytes() == exact.tobytes(), name + ": safetensors"
        assert (name == "both") == ("output" in tensors), name + ": output"
        if name == "both":
            assert tensors["output"].tobytes() == out.astype("<f4").tobytes(), "output"
        assert words_of_tokenizer(os.path.join(made, "tokenizer.json")) == WORDS, name + ": tokenizer.json"
        config = json.load(open(os.path.join(made, "config.json")))
        assert config["hidden_dim"] == 5 and config["normalize"] is False, config
        table = numpy.loadtxt(os.path.join(made, "vectors.tsv"), dtype="<f4", delimiter="\t")
        assert table.tobytes() == exact.tobytes(), name + ": .tsv"


{"make": make, "check": check}[sys.argv[1]](sys.argv[2])
