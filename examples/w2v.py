# SPDX-License-Identifier: MIT-0
"""Word vectors from Python: w2v.h by ctypes, its memory as numpy arrays. `make lib` builds the library.

w2v.train and w2v.load make KeyedVectors, whose names are gensim's where it has the function. Failures are exceptions
with the library's sentence: KeyError for an unknown word, else ValueError, OSError, MemoryError, FloatingPointError."""
import contextlib, ctypes, ctypes.util, functools, itertools, os, sys, types, weakref
from concurrent.futures import ThreadPoolExecutor, wait
from ctypes import POINTER, byref, c_char_p, c_double, c_float, c_int, c_size_t, c_uint32, c_uint64, c_void_p
import numpy as np

def _struct(**fields): return type("_Struct", (ctypes.Structure,), {"_fields_": list(fields.items())})
# The structs of w2v.h that Python fills or reads; tests/test_layout.c holds their layout.
_READ_FN = ctypes.CFUNCTYPE(c_size_t, c_void_p, c_size_t, c_void_p)
_Field = _struct(name=c_char_p, kind=c_int, offset=c_size_t, bytes=c_size_t, initial=c_char_p, lowest=c_char_p,
                 highest=c_char_p, names=c_char_p, about=c_char_p)
_Source = _struct(kind=c_int, weighted=c_int, path=c_char_p, text=c_char_p, bytes=c_uint64, read_fn=_READ_FN,
                  read_user=c_void_p, ids=c_void_p, id_count=c_size_t, weights=c_void_p, name=c_char_p)
_Matrix = _struct(data=c_void_p, rows=c_size_t, cols=c_size_t, stride=c_size_t)
_Progress = _struct(phase=c_int, fraction=c_double, seconds=c_double, seconds_left=c_double)
_PROGRESS_FN = ctypes.CFUNCTYPE(c_int, POINTER(_Progress), c_void_p)
_Term = _struct(word=c_char_p, weight=c_float, vector=c_void_p)
_Match = _struct(word=c_char_p, score=c_float, id=c_uint32)
_Counts = _struct(lines=c_size_t, used=c_size_t, correct=c_size_t)
_Section = _struct(name=c_char_p, syntactic=c_int, counts=_Counts)
_Analogies = _struct(total=_Counts, semantic=_Counts, syntactic=_Counts, sections=POINTER(_Section), count=c_size_t)
_Similarity = _struct(spearman=c_double, pearson=c_double, lines=c_size_t, used=c_size_t)

_EXCEPTIONS = {-1: MemoryError, -2: OSError, -6: KeyError, -8: FloatingPointError, -9: RuntimeError}  # else ValueError
_TEXT = "utf-8", "surrogateescape"  # the words of a file may be any bytes
_GENSIM = {"vector_size": "dim", "workers": "threads", "alpha": "learning_rate", "limit": "max_words"}
_EXTENSIONS = {"bin": "binary", "txt": "text", "vec": "text", "w2v": "native"}  # others are names of formats
_name = {"win32": "w2v.dll", "darwin": "libw2v.dylib"}.get(sys.platform, "libw2v.so")
_paths = [os.path.abspath(os.path.join(__file__, "..", folder, _name)) for folder in ("", "../build")]
_path = os.environ.get("W2V_LIBRARY") or next(filter(os.path.exists, _paths), None) or ctypes.util.find_library("w2v")
if not _path: raise ImportError(f"no {' or '.join(_paths)}, and none in the system: run `make lib`, or set W2V_LIBRARY")
_lib = ctypes.CDLL(_path)
if _lib.w2v_version() // 100 != 9: raise ImportError(f"{_path} is not version 0.9, which this module is for")
_lib.w2v_vocab_word.restype, _lib.w2v_vocab_find.restype, _lib.w2v_model_vocab.restype = c_char_p, c_uint32, c_void_p
_lib.w2v_config_field.restype = _lib.w2v_load_config_field.restype = POINTER(_Field)

def _call(name, *args):
    err = ctypes.create_string_buffer(512)  # w2v_error
    if status := getattr(_lib, "w2v_" + name)(*args, err):
        raise _EXCEPTIONS.get(status, ValueError)(err.value.decode(errors="replace"))

def _bytes(word):
    if not isinstance(word, str) or "\0" in word: raise KeyError(f"{word!r:.60} is not a word")
    return word.encode(*_TEXT)
def _path_bytes(path):  # as fopen takes it
    data = os.fsdecode(path).encode("mbcs") if os.name == "nt" else os.fsencode(path)
    if b"\0" in data: raise ValueError(f"{path!r:.60} is no path: it has a NUL")
    return data

def _fields(config):
    fields = map(getattr(_lib, f"w2v_{config}_field"), map(c_size_t, itertools.count()))
    return {f.contents.name.decode(): f.contents for f in itertools.takewhile(bool, fields)}
def _help(config):
    fields = [(name, f.initial, f.names or b" .. ".join(filter(None, [f.lowest, f.highest])) or b"any", f.about)
              for name, f in _fields(config).items() if f.initial]  # pointers have no default
    return "".join(f"\n    {name} = {i.decode()} ({allowed.decode()}): {a.decode()}" for name, i, allowed, a in fields)

def _config(config, settings):
    cfg = ctypes.create_string_buffer(getattr(_lib, f"w2v_{config}_size")())
    getattr(_lib, f"w2v_{config}_init")(cfg, c_size_t(len(cfg)))
    for name, value in settings.items():
        value = int(value) if isinstance(value, (bool, np.bool_)) else value
        _call(f"{config}_set", cfg, _bytes(_GENSIM.get(name, name)), _bytes(str(value)))
    return cfg

def _lines(sentences):
    for number, words in enumerate(sentences):
        words = [words] if words is None or isinstance(words, str) else list(words)
        parts = [word.encode(*_TEXT) if isinstance(word, str) else b"" for word in words]
        line = b" ".join(parts)
        if line.split() != parts or max(map(len, parts), default=0) > 1024 or b"\0" in line:
            bad = next(w for w, p in zip(words, parts) if p.split() != [p] or len(p) > 1024 or b"\0" in p)
            raise ValueError(f"sentence {number} has {bad!r:.60}: a word has 1 to 1024 bytes and no white space")
        yield line + b"\n"

def _make(function, *args):
    model = c_void_p()
    try: _call(function, byref(model), *args)
    except BaseException: _lib.w2v_model_free(model); raise  # with keep_stopped there is one: it is lost
    return KeyedVectors(model)

def load(path, **settings):
    """Loads KeyedVectors from a file of any format, known by its bytes, .tsv by its name. Settings and defaults:\n"""
    if settings.get("format", "auto") == "auto" and os.fsdecode(path)[-4:].lower() == ".tsv": settings["format"] = "tsv"
    return _make("model_load", _path_bytes(path), _config("load_config", settings), None)

def train(corpus, progress=True, **settings):
    """Trains KeyedVectors on a text file or on an iterable of lists of words, which is read once, by threads of the
    library. Shows its progress on standard error unless progress is False. Ctrl-C stops it. Settings and defaults:\n"""
    now = types.SimpleNamespace(stop=False, error=None, rest=b"", bytes=0)
    def read(buffer, room, user):
        try:
            now.rest = now.rest or memoryview(b"".join(itertools.islice(lines, 1000)))
            n = min(room, len(now.rest))
            ctypes.memmove(buffer, bytes(now.rest[:n]), n)
            now.rest, now.bytes = now.rest[n:], now.bytes + n
            return c_size_t(-1).value if now.stop else n  # W2V_READ_FAILED
        except BaseException as error:
            now.error = error
            return c_size_t(-1).value
    def show(text):  # nobody may be reading
        with contextlib.suppress(Exception): progress and print(text, end="", file=sys.stderr, flush=True)
    def note(p, user):
        name, p = ("reading", "training")[p.contents.phase], p.contents
        at = f"{now.bytes >> 20} MB" if lines and not p.phase else f"{p.fraction:4.0%} {p.seconds_left:5.0f} s left"
        show(f"\r{name:8} [{'#' * int(40 * p.fraction):40}] {at}")
        return now.stop
    lines = None if isinstance(corpus, (str, bytes, os.PathLike)) else _lines(corpus)
    source = _Source(kind=3, read_fn=_READ_FN(read)) if lines else _Source(kind=1, path=_path_bytes(corpus))
    cfg = _config("config", settings)
    cfg.keep = _PROGRESS_FN(note)  # as long as the library has it: a second Ctrl-C leaves its thread behind
    c_void_p.from_buffer(cfg, _fields("config")["progress_fn"].offset).value = ctypes.cast(cfg.keep, c_void_p).value
    with ThreadPoolExecutor(1) as pool:  # so that this thread sees Ctrl-C
        result = pool.submit(_make, "train", byref(source), c_size_t(1), cfg)
        try:
            while not wait([result], 0.1).done: pass
        finally:
            now.stop = True
            show("\n")
        if now.error: raise now.error
        return result.result()

train.__doc__, load.__doc__ = train.__doc__ + _help("config"), load.__doc__ + _help("load_config")

class KeyedVectors:
    """Words and their vectors: wv["king"], "king" in wv, len(wv), and the methods. wv.vectors (words, numbers) is the
    memory of the library, read-only; after wv.vectors.setflags(write=True) and writing call wv.fill_norms()."""
    def __init__(self, model):
        self._model, self._vocab, rows = model, c_void_p(_lib.w2v_model_vocab(model)), _Matrix()
        _lib.w2v_model_rows(model, byref(rows))
        self._memory = (c_float * (rows.rows * rows.stride)).from_address(rows.data)
        weakref.finalize(self._memory, _lib.w2v_model_free, model).atexit = False  # after the last array that looks in
        self.vectors = np.frombuffer(self._memory, np.float32).reshape(rows.rows, rows.stride)[:, :rows.cols]
        self.vectors.flags.writeable, self.vector_size = False, rows.cols

    def _id(self, word):
        number = _lib.w2v_vocab_find(self._vocab, _bytes(word))
        if number == 2**32 - 1: raise KeyError(f"'{word}' is not in the vocabulary")
        return number

    def _matches(self, function, topn, *question):
        found, n = (_Match * min(topn, len(self)))(), c_size_t()
        _call(function, self._model, *question, found, c_size_t(len(found)), byref(n))
        return [(match.word.decode(*_TEXT), match.score) for match in found[:n.value]]

    def __len__(self): return _lib.w2v_vocab_size(self._vocab)
    def __contains__(self, word):
        return isinstance(word, str) and "\0" not in word and _lib.w2v_vocab_find(self._vocab, _bytes(word)) < 2**32 - 1
    def __getitem__(self, word):
        return self.vectors[self._id(word) if isinstance(word, str) else [self._id(w) for w in word]]
    def fill_norms(self, force=True): _lib.w2v_model_changed(self._model)

    index_to_key = functools.cached_property(lambda self: [
        _lib.w2v_vocab_word(self._vocab, c_uint32(i)).decode(*_TEXT) for i in range(len(self))])
    key_to_index = functools.cached_property(lambda self: {word: i for i, word in enumerate(self.index_to_key)})

    def most_similar(self, positive=(), negative=(), topn=10):
        """The words nearest to the sum of the positive minus the negative ones; each is a word or (word, weight)."""
        given = [(sign, word) for sign, words in ((1, positive), (-1, negative))
                 for word in ([words] if isinstance(words, str) else words)]
        terms = [_Term(_bytes(w), s) if isinstance(w, str) else _Term(_bytes(w[0]), s * w[1]) for s, w in given]
        return self._matches("model_most_similar", topn, (_Term * len(terms))(*terms), c_size_t(len(terms)))
    def similar_by_vector(self, vector, topn=10):
        vector = np.ascontiguousarray(vector, np.float32).reshape(self.vector_size)
        return self._matches("model_nearest_to_vector", topn, c_void_p(vector.ctypes.data))
    def similarity(self, first, second):
        cosine = c_float()
        _call("model_similarity", self._model, _bytes(first), _bytes(second), byref(cosine))
        return cosine.value
    def doesnt_match(self, words):
        odd, array = c_size_t(), (c_char_p * len(words))(*map(_bytes, words))
        _call("model_odd_one_out", self._model, array, c_size_t(len(words)), byref(odd))
        return words[odd.value]

    def evaluate_word_analogies(self, path, **settings):
        """The accuracy, and counts by section. Settings are those of w2v_analogy_config; gensim has skip_variants=1."""
        r, source, cfg = _Analogies(), _Source(kind=1, path=_path_bytes(path)), _config("analogy_config", settings)
        _call("model_evaluate_analogies", self._model, byref(source), cfg, byref(r))
        counts = [(s.name.decode(*_TEXT), s.counts) for s in r.sections[:r.count]] + [("Total accuracy", r.total)]
        sections = [{"section": name, "correct": c.correct, "used": c.used, "lines": c.lines} for name, c in counts]
        _lib.w2v_analogy_result_free(byref(r))
        return sections[-1]["correct"] / sections[-1]["used"], sections

    def evaluate_word_pairs(self, path, **settings):
        """Pearson's and Spearman's correlation with people's scores, and the percentage of pairs with unknown words."""
        r, source, cfg = _Similarity(), _Source(kind=1, path=_path_bytes(path)), _config("similarity_config", settings)
        _call("model_evaluate_similarity", self._model, byref(source), cfg, byref(r))
        return r.pearson, r.spearman, 100 * (1 - r.used / r.lines)

    def save(self, path, format=None):
        """Writes the vectors, in the format that the extension of the path names: .bin, .txt, .vec (text), ..."""
        known = _fields("load_config")["format"].names.decode().split()
        names = [name for name in known if name not in ("auto", "fasttext")]
        format = format or _EXTENSIONS.get(end := os.path.splitext(os.fsdecode(path))[1][1:].lower(), end)
        if format not in names: raise ValueError(f"{path!r}: {format!r} is not written; formats are {', '.join(names)}")
        _call("model_save", self._model, _path_bytes(path), c_int(known.index(format)))
