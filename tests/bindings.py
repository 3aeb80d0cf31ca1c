# SPDX-License-Identifier: MIT-0
#
# bindings.py FOLDER SIZES - examples/w2v.py as a person uses it, and what it refuses. FOLDER is for files. SIZES are
# those of the structs in C. W2V_LIBRARY is the library. The last line is `N passed, N failed, N skipped`.
import contextlib, ctypes, gc, io, os, pathlib, random, signal, sys, threading, time, weakref

import numpy as np

sys.path.insert(0, "examples")
import w2v

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore Ctrl-C
folder, sizes = sys.argv[1], [int(size) for size in sys.argv[2:]]
counts = {"passed": 0, "failed": 0, "skipped": 0}


def check(name, is_right, found=""):
    counts["passed" if is_right else "failed"] += 1
    if not is_right:
        print(f"bindings.py: FAILED: {name}: {found}")


def same(name, expected, found):
    check(name, expected == found, f"expected {expected!r}, got {found!r}")


def refuses(name, exception, text, function, *args, **settings):
    try:
        found = function(*args, **settings)
    except BaseException as error:
        found = error
        check(name, type(error) is exception and text in str(error), f"expected {exception.__name__} with {text!r}, got {error!r}")
        return
    check(name, False, f"expected {exception.__name__}, got {found!r}")


def path(name):
    return os.path.join(folder, name)


# Two topics: a word is followed by words of its topic.
random.seed(1)
topics = ["a", "b"] * 1500
sentences = [[topic + str(random.randrange(20)) for _ in range(8)] for topic in topics]
with open(path("corpus.txt"), "w") as file:
    file.writelines(" ".join(sentence) + "\n" for sentence in sentences)
quick = {"dim": 24, "epochs": 3, "sample": 0, "min_count": 1, "progress": False}
wv = w2v.train(sentences, **quick)

# training
same("the number of words", 40, len(wv))
check("neighbours are of the topic", all(word[0] == "a" for word, _ in wv.most_similar("a3")), wv.most_similar("a3"))
from_file = w2v.train(path("corpus.txt"), **quick)
check("lists and a file give the same vectors", np.array_equal(wv.vectors, from_file.vectors))
check("so do a generator, tuples and any threads",
      np.array_equal(wv.vectors, w2v.train((tuple(s) for s in sentences), **{**quick, "threads": 1}).vectors))
check("settings as strings, numpy numbers and by gensim's names", np.array_equal(wv.vectors, w2v.train(
    sentences, vector_size=np.int64(24), epochs="3", sample=np.float32(0), min_count=True, workers=2, progress=False).vectors))
check("names of enumerators", not np.array_equal(wv.vectors, w2v.train(sentences, **quick, architecture="cbow").vectors))
same("a long sentence, empty ones, words of every alphabet", 3, len(w2v.train([["é", "中", "a" * 1024] * 60000, [], []], **quick)))
output = io.StringIO()
with contextlib.redirect_stderr(output):
    w2v.train(sentences, **{**quick, "progress": True})
check("progress", "\rreading " in output.getvalue() and f"\rtraining [{'#' * 40}] 100%" in output.getvalue() and
      output.getvalue().endswith("\n"), output.getvalue())
output = io.StringIO()
with contextlib.redirect_stderr(output):
    w2v.train(path("corpus.txt"), **quick)
same("no progress", "", output.getvalue())


class Unread(io.StringIO):
    def write(self, text):
        raise BrokenPipeError("nobody reads")


unraisable, found, sys.unraisablehook = sys.unraisablehook, [], lambda what: found.append(what.exc_value)
for corpus in sentences, path("corpus.txt"):
    with contextlib.redirect_stderr(Unread()):
        unread = w2v.train(corpus, **{**quick, "progress": True})
    check("progress that nobody reads ends no training", np.array_equal(wv.vectors, unread.vectors))
same("nor raises in the library's thread", [], found)
sys.unraisablehook = unraisable
check("help lists the settings", "\n    dim = 100 (1 .. 65536): length of a vector\n" in w2v.train.__doc__ and
      "architecture = skipgram (skipgram cbow)" in w2v.train.__doc__ and "progress_fn" not in w2v.train.__doc__ and
      "format = auto (auto text binary" in w2v.load.__doc__, w2v.train.__doc__)

# the matrix
same("shape, strides, type", ((40, 24), (128, 4), np.float32), (wv.vectors.shape, wv.vectors.strides, wv.vectors.dtype.type))
rows = w2v._Matrix()
w2v._lib.w2v_model_rows(wv._model, ctypes.byref(rows))
same("no copy", rows.data, wv.vectors.ctypes.data)
check("nor of a vector", np.shares_memory(wv["a3"], wv.vectors) and np.array_equal(wv["a3"], wv.vectors[wv.key_to_index["a3"]]))
same("several vectors", (2, 24), wv[["a3", "b1"]].shape)
refuses("read-only", ValueError, "read-only", wv.vectors.__setitem__, 0, 1)
refuses("so is a vector", ValueError, "read-only", wv["a3"].__setitem__, 0, 1)
mine = w2v.train(sentences, **quick)
mine.vectors.setflags(write=True)
mine.vectors[mine.key_to_index["b7"]] = 2 * mine["a3"]
mine.fill_norms()
same("what is written is found", [("b7", 1.0)], [(word, round(score, 6)) for word, score in mine.most_similar("a3", topn=1)])
view = w2v.train(sentences, **quick).vectors[3:5]
gc.collect()
check("an array outlives the object", np.array_equal(view, wv.vectors[3:5]))
freed = []
free, w2v._lib.w2v_model_free = w2v._lib.w2v_model_free, lambda model: freed.append(free(model))
view = w2v.train(sentences, **quick)["a3"]
gc.collect()
before = len(freed)
del view
gc.collect()
same("and is freed with it", (0, 1), (before, len(freed)))
w2v._lib.w2v_model_free = free

# questions
same("in", [True, False, False, False, False], [word in wv for word in ("a3", "x", None, 3, "a3\0")])
w2v._lib.w2v_model_vector = lambda *args: 0  # as an int, an address may be 0
same("in does not take an address for a number", [True, False], [word in wv for word in ("a3", "x")])
del w2v._lib.w2v_model_vector
check("index_to_key and key_to_index", sorted(wv.index_to_key) == sorted({w for s in sentences for w in s}) and
      all(wv.key_to_index[word] == i for i, word in enumerate(wv.index_to_key)), wv.index_to_key)
same("topn", [0, 1, 39], [len(wv.most_similar("a3", topn=n)) for n in (0, 1, 10**12)])
unit = wv.vectors / np.linalg.norm(wv.vectors, axis=1, keepdims=True)
i = wv.key_to_index


def nearest(query, without):
    scores = unit @ query / np.linalg.norm(query)
    return [wv.index_to_key[k] for k in np.argsort(-scores) if wv.index_to_key[k] not in without][:3]


same("most_similar of a sum", nearest(unit[i["a3"]] + unit[i["a5"]] - unit[i["b1"]], ["a3", "a5", "b1"]),
     [word for word, _ in wv.most_similar(positive=["a3", "a5"], negative="b1", topn=3)])
same("of weighted words", nearest(unit[i["a3"]] - 0.5 * unit[i["b1"]], ["a3", "b1"]),
     [word for word, _ in wv.most_similar([("a3", 1)], [("b1", 0.5)], topn=3)])
query = 2 * unit[i["a3"]] + unit[i["b5"]]  # no two words are equally near
same("similar_by_vector", nearest(query, []), [word for word, _ in wv.similar_by_vector(query, topn=3)])
check("of a list, and of numbers that are apart", wv.similar_by_vector(list(unit[0])) ==
      wv.similar_by_vector(np.repeat(unit[0], 2)[::2]) == wv.similar_by_vector(unit[0].astype(np.float64)))
check("similarity", abs(wv.similarity("a3", "b1") - unit[i["a3"]] @ unit[i["b1"]]) < 1e-6)
same("doesnt_match", "b7", wv.doesnt_match(["a1", "a2", "b7", "a3"]))
refuses("an unknown word", KeyError, "'south' is not in the vocabulary", wv.__getitem__, "south")
refuses("and in a sum", KeyError, "'south' is not in the vocabulary", wv.most_similar, ["a3", "south"])
refuses("no words", ValueError, "", wv.most_similar)
refuses("a word that is none", KeyError, "None is not a word", wv.similarity, "a3", None)
refuses("a NUL", KeyError, "is not a word", wv.most_similar, "a3\0")
refuses("a vector of another length", ValueError, "reshape", wv.similar_by_vector, [1.0, 2.0])
refuses("a vector that is not finite", ValueError, "finite", wv.similar_by_vector, [float("nan")] * 24)
refuses("two words of which one is odd", ValueError, "three words", wv.doesnt_match, ["a1", "a2"])

# evaluation
with open(path("questions.txt"), "w") as file:
    file.write(": first\na1 b1 a2 b2\na1 b1 a3 b3\n: gram2\na1 a2 b1 b2\nx y z x\n")
accuracy, sections = wv.evaluate_word_analogies(path("questions.txt"))
same("analogies", [("first", 2, 2), ("gram2", 1, 2), ("Total accuracy", 3, 4)],
     [(s["section"], s["used"], s["lines"]) for s in sections])
same("their accuracy", sections[2]["correct"] / 3, accuracy)
same("with settings", 0.0, wv.evaluate_word_analogies(path("questions.txt"), max_words=40, method="mul", letter_case="exact")[0])
with open(path("pairs.txt"), "w") as file:
    file.write("a1\ta2\t9\nb1\tb2\t8\na1\tb1\t2\na2\tb2\t1\nx\ta1\t3\n")
pearson, spearman, unknown = wv.evaluate_word_pairs(path("pairs.txt"))
check("pairs", pearson > 0.9 and spearman > 0.5 and abs(unknown - 20) < 1e-9, (pearson, spearman, unknown))
refuses("no questions", OSError, "cannot open", wv.evaluate_word_analogies, path("nowhere"))
refuses("no pairs", OSError, "cannot open", wv.evaluate_word_pairs, path("nowhere"))
refuses("a setting of another function", ValueError, "dim", wv.evaluate_word_pairs, path("pairs.txt"), dim=3)

# files
for name in "v.bin", "v.txt", "v.vec", "v.TXT", "v.w2v":
    wv.save(path(name))
    loaded = w2v.load(path(name))
    check(f"{name} is the same", loaded.index_to_key == wv.index_to_key and np.array_equal(loaded.vectors, wv.vectors))
check("text and binary", open(path("v.TXT")).readline() == "40 24\n" and os.path.getsize(path("v.bin")) < os.path.getsize(path("v.txt")))
mapped = w2v.load(path("v.w2v"))
mapped.vectors.setflags(write=True)
mapped.vectors[:] = 1
check("what is written to a mapped file stays out of it", np.array_equal(w2v.load(path("v.w2v")).vectors, wv.vectors))
wv.save(path("v.tsv"))
same(".tsv is the projector's by its name", wv.index_to_key, w2v.load(path("v.tsv")).index_to_key)
wv.save(path("text.tsv"), format="text")
same("but not if a format is named", wv.index_to_key, w2v.load(path("text.tsv"), format="text").index_to_key)
wv.save(pathlib.Path(path("vectors")), format="text")
same("a format by name, a Path, the first words", 7, len(w2v.load(pathlib.Path(path("vectors")), limit=7)))
refuses("no extension", ValueError, "formats are text, binary", wv.save, path("vectors"))
refuses("an unknown format", ValueError, "formats are text, binary", wv.save, path("v.txt"), "auto")
for name, settings in ("v.fasttext", {}), ("v.bin", {"format": "fasttext"}):
    refuses("a format that is only read", ValueError, "formats are text, binary, glove, tsv, npy, safetensors, native, float16, int8",
            wv.save, path(name), **settings)
refuses("no such folder", OSError, "nowhere", wv.save, path("nowhere/v.bin"))
refuses("no such file", OSError, "cannot open", w2v.load, path("nowhere.bin"))
for name, function in (("train", w2v.train), ("load", w2v.load), ("save", wv.save), ("analogies", wv.evaluate_word_analogies),
                       ("pairs", wv.evaluate_word_pairs)):
    for cut in path("cut.bin\0.txt"), os.fsencode(path("cut.bin\0.txt")), pathlib.Path(path("cut.bin\0.txt")):
        refuses(f"{name} of a path with a NUL", ValueError, "is no path: it has a NUL", function, cut)
with open(path("wrong.txt"), "w") as file:
    file.write("2 3\na 1 2 3\nb 1 2\n")
refuses("a damaged file", ValueError, "line 3", w2v.load, path("wrong.txt"))
same("leniently", 1, len(w2v.load(path("wrong.txt"), lenient=True)))
with open(path("latin1.txt"), "wb") as file:
    file.write(b"2 2\ncaf\xe9 1 2\nna\xc3\xafve 3 4\n")
latin = w2v.load(path("latin1.txt"))
same("words that are not UTF-8", ["caf\udce9", "naïve"], latin.index_to_key)
check("are found", latin["caf\udce9"][1] == 2 and latin.most_similar("naïve")[0][0] == "caf\udce9")
latin.save(path("again.txt"))
same("and saved", open(path("latin1.txt"), "rb").read(), open(path("again.txt"), "rb").read())

# bad input
refuses("an unknown setting", ValueError, "'dimm'", w2v.train, sentences, dimm=3)
refuses("a value out of range", ValueError, "dim must be between 1 and 65536, not 0", w2v.train, sentences, dim=0)
refuses("a value that is none", ValueError, "None", w2v.train, sentences, dim=None)
refuses("a pointer", ValueError, "progress_fn", w2v.train, sentences, progress_fn=1)
refuses("no such corpus", OSError, "cannot open", w2v.train, path("nowhere.txt"), progress=False)
refuses("no sentences", ValueError, "no words", w2v.train, [], progress=False)
for name, bad, shown in (("a blank string", "", "''"), ("None", None, "None"), ("a word of 2,000 bytes", "é" * 1000, "'ééé"),
                         ("a blank", "New York", "'New York'"), ("a line feed", "a\n", r"'a\n'"), ("a NUL", "a\0b", r"'a\x00b'"),
                         ("bytes", b"a", "b'a'"), ("a number", 3, "3")):
    refuses(f"a list with {name}", ValueError, f"sentence 1 has {shown}", w2v.train, [["a", "b"], ["a", bad, "b"]], **quick)
refuses("blanks that add up", ValueError, "sentence 0 has 'a b'", w2v.train, [["a b", ""]], **quick)
refuses("half a surrogate", UnicodeEncodeError, "surrogates", w2v.train, [["\ud800"]], **quick)
refuses("a list of strings", ValueError, "sentence 0 has 'the king'", w2v.train, ["the king", "the queen"], **quick)
refuses("no list", ValueError, "sentence 1 has None", w2v.train, [["a", "b"], None], **quick)
refuses("a number as the corpus", TypeError, "iterable", w2v.train, 3, **quick)


class Mine(Exception):
    pass


def fails():
    yield ["a", "b"]
    raise Mine("mine")


refuses("an iterable that fails", Mine, "mine", w2v.train, fails(), **quick)
refuses("a learning rate that diverges", FloatingPointError, "learning rate", w2v.train, sentences, **{**quick, "epochs": 300,
        "learning_rate": 100})

# Ctrl-C while text is read and while it is trained
for name, corpus, settings in (("reading", iter(lambda: ["a", "b", "c"], None), {}), ("training", sentences, {"epochs": 1000000})):
    threading.Timer(0.7, os.kill, (os.getpid(), signal.SIGINT)).start()
    start = time.monotonic()
    refuses(f"Ctrl-C while {name}", KeyboardInterrupt, "", w2v.train, corpus, **{**quick, **settings})
    check(f"is noticed at once while {name}", time.monotonic() - start < 10, time.monotonic() - start)

# a second Ctrl-C leaves the thread of the library behind, which still has the callback
held, was_asked, may_go_on, callback_type = [], threading.Event(), threading.Event(), w2v._PROGRESS_FN


def callback(function):
    made = callback_type(function)
    held.append(weakref.ref(made))
    return made


def waits():
    yield ["a", "b"]
    was_asked.set()
    may_go_on.wait(30)


def press_twice():
    was_asked.wait(30)
    for _ in range(2):
        time.sleep(0.5)  # where train() waits
        os.kill(os.getpid(), signal.SIGINT)


w2v._PROGRESS_FN, before = callback, threading.active_count()
presses = threading.Thread(target=press_twice)
presses.start()
try:
    w2v.train(waits(), **quick)
except KeyboardInterrupt:
    pass
gc.collect()
same("a thread that is left behind has its callback", [False, True], [may_go_on.is_set(), held[0]() is not None])
may_go_on.set()
presses.join()
check("and ends", any(threading.active_count() == before or time.sleep(0.05) for _ in range(200)), threading.enumerate())
gc.collect()
same("then the callback goes", None, held[0]())
w2v._PROGRESS_FN = callback_type
check("and then training works", np.array_equal(wv.vectors, w2v.train(sentences, **quick).vectors))

# threads of the caller
found = []
threads = [threading.Thread(target=lambda: found.append(wv.most_similar("a3"))) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
check("questions from threads", found == 4 * [wv.most_similar("a3")])

same("the structs have the sizes that they have in C", sizes, [ctypes.sizeof(struct) for struct in (
    w2v._Field, w2v._Source, w2v._Matrix, w2v._Term, w2v._Match, w2v._Section, w2v._Analogies, w2v._Similarity)])

try:
    from gensim.models import KeyedVectors
except ImportError:
    print("bindings.py: skipped: 4 checks: there is no gensim")
    counts["skipped"] += 4
else:
    theirs = KeyedVectors.load_word2vec_format(path("v.bin"), binary=True)
    same("gensim's words", theirs.index_to_key, wv.index_to_key)
    for arguments in ({"positive": ["a3"]}, {"positive": ["a3", "a5"], "negative": ["b1"]}, {"positive": [("a3", 0.5), "b2"]}):
        same(f"gensim's {arguments}", [(word, round(score, 4)) for word, score in theirs.most_similar(**arguments)],
             [(word, round(score, 4)) for word, score in wv.most_similar(**arguments)])

print(", ".join(f"{number} {name}" for name, number in counts.items()))
