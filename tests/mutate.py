#!/usr/bin/env python3
# SPDX-License-Identifier: MIT-0
"""mutate.py MUTANTS SEED JOBS - breaks w2v.h in MUTANTS places and tells which of them no test notices.

All mutants are compiled at once: each is a copy of its function, which the function calls instead of going
on if the environment has W2V_MUTANT=number. So a mutant costs a compiler nothing. A run without mutants notes
the time of each test, and the mutants whose statements it reaches. A mutant meets the tests that reach it,
quickest first, until one fails, crashes or does not end; what is left meets them with sanitizers.

Places are drawn by a hash of seed, function and edit, so an edit of w2v.h changes the mutants of its function
only. Left out are preprocessor lines, assertions, prefetching, sizes of arrays, what stands outside of
functions or is not compiled on this machine, and edits that do not compile or change no machine code.
tests/mutants.txt has mutants written by hand, and those without effect. build/mutants/results-SEED.txt keeps
what was noticed: the next run goes on, and tries again what was not."""

import bisect, collections, hashlib, json, os, queue, re, shutil, signal, subprocess, sys, time
from concurrent.futures import ThreadPoolExecutor

REQUIRED = 92  # percent
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OUT = os.path.join(ROOT, "build", "mutants")
TREE = os.path.join(OUT, "tree")  # the broken w2v.h, and links to what stands beside w2v.h
TOKEN = re.compile(r"""(?P<line>^[ \t]*\#(?:\\\n|[^\n])*)|(?P<comment>//[^\n]*|/\*.*?\*/)
    |(?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|(?P<number>\.?\d(?:[eEpP][+-]|[\w.])*)
    |(?P<name>[A-Za-z_]\w*)
    |(?P<op><<=|>>=|\.\.\.|->|\+\+|--|&&|\|\||<<|>>|[-+*/%&|^<>=!]=|[^\s\w])""", re.M | re.S | re.X)
BINARY = {"<": "<= >=", "<=": "< >", ">": ">= <=", ">=": "> <", "==": "!=", "!=": "==", "&&": "||",
          "||": "&&", "+": "-", "-": "+", "*": "+", "/": "*", "%": "/", "<<": ">>", ">>": "<<", "&": "|",
          "|": "&", "^": "|", "+=": "-= =", "-=": "+= =", "*=": "/= =", "/=": "*= =", "|=": "=", "&=": "=",
          "^=": "|=", "<<=": ">>=", ">>=": "<<="}
CHANGES = set("= += -= *= /= |= &= ^= <<= >>= ++ --".split())
KEYWORDS = set("if else for while do switch case default return break continue goto sizeof const static"
               .split())
COMMUTES = re.compile("_(fma|add|mul|min_size|max_size)$")  # the first two arguments
STORAGE = r"\b(W2V_API|W2V__((SIMD_|NO)?INLINE|UNUSED)|static|inline)\b\s*"
SKIPPED = re.compile("W2V_ASSERT|W2V__PREFETCH")
RUNTIME = """
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#define W2V__MUTANT static __attribute__((noinline, noclone, used))
#define W2V__MUTANT_IS(number) (w2v__mutant == (number))
#define W2V__MUTANT_REACHED(number) __atomic_store_n(&w2v__mutant_reached[number], 1, __ATOMIC_RELAXED);
static int w2v__mutant = -1;
static char w2v__mutant_nowhere[%d], *w2v__mutant_reached = w2v__mutant_nowhere;
__attribute__((constructor)) static void w2v__mutant_choose(void)
{
    const char *mutant = getenv("W2V_MUTANT"), *reached = getenv("W2V_REACHED");
    const int file = reached ? open(reached, O_RDWR) : -1;
    if (mutant) w2v__mutant = atoi(mutant);
    if (file >= 0)  // one memory, also of child processes
        w2v__mutant_reached = (char *)mmap(NULL, sizeof w2v__mutant_nowhere, PROT_READ | PROT_WRITE,
                                           MAP_SHARED, file, 0);
}
"""
Token = collections.namedtuple("Token", "kind text start end")
Function = collections.namedtuple("Function", "name section head start end parameters void tokens")
Mutant = collections.namedtuple("Mutant", "function start end text before after line")


def closing(tokens, i):
    depth = 0
    for k in range(i, len(tokens)):
        depth += (tokens[k].text in ("(", "[", "{")) - (tokens[k].text in (")", "]", "}"))
        if not depth:
            return k


def functions_of(text):
    """The functions of the implementation, but those that take any number of arguments."""
    sections = [(m.start(), m[1]) for m in re.finditer(r"^// >>(\w+) \(implementation\)", text, re.M)]
    tokens = [Token(m.lastgroup, m[0], m.start(), m.end()) for m in TOKEN.finditer(text, sections[0][0])
              if m.lastgroup != "comment"]
    first = i = 0
    while i < len(tokens):
        t = tokens[i]
        if t.text == "{":
            head, end = tokens[first:i], closing(tokens, i)
            if head and head[-1].text == ")" and not any(h.text in ("=", "...") for h in head):
                k = next(k for k, h in enumerate(head) if h.text == "(" and closing(head, k) == len(head) - 1)
                name = "W2V__K(%s)" % head[k - 2].text if head[k - 1].text == ")" else head[k - 1].text
                parameters = re.split(r",(?![^(]*\))", text[head[k].end:head[-1].start])
                parameters = [re.search(r"\(\*\s*(?:const )?(\w+)\)|(\w+)\W*$", re.sub(r"\[[^]]*\]", "", p))
                              for p in parameters]
                parameters = [p[1] or p[2] for p in parameters]
                section = sections[bisect.bisect(sections, (t.start, "")) - 1][1]
                void = re.search(r"\bvoid [^*]*$", text[head[0].start:head[k].start])
                yield Function(name, section, head[0].start, t.start, tokens[end].end,
                               parameters if parameters != ["void"] else [], void, tokens[i:end + 1])
            i = end
            while head and head[0].text in ("typedef", "struct", "enum") and tokens[i].text != ";":
                i += 1
            first = i + 1
        elif t.text == "W2V__DEFINE_CONFIG":
            i = closing(tokens, i + 1)
            first = i + 1
        elif t.kind == "line" or t.text in (";", "W2V__COLD_BEGIN", "W2V__COLD_END"):
            first = i + 1
        i += 1


def edits_of(text, f):
    """(start, end, new text) of every edit of a function."""
    tokens, first, i = f.tokens, 1, 1
    heads = {closing(tokens, k + 1): k for k, t in enumerate(tokens)
             if t.text in ("if", "while", "for", "switch")}
    in_head = {k for end, begin in heads.items() for k in range(begin + 1, end + 1)}
    while i < len(tokens) - 1:
        before, t, after = tokens[i - 1:i + 2]
        if i not in in_head and (before.text in ("{", "}", ";", "else") or before.kind == "line" or
                                 i - 1 in heads):
            first, end = i, next(k for k in range(i, len(tokens)) if tokens[k].text in ("{", "}", ";"))
            simple = tokens[end].text == ";" and t.kind == "name" and t.text not in KEYWORDS and \
                after.kind != "name" and after.text != "*" and not SKIPPED.match(t.text)
            if t.text in ("break", "continue") or simple and (
                    after.text == "(" or any(k.text in CHANGES for k in tokens[i:end])):
                yield t.start, tokens[end].start, ""
        if SKIPPED.match(t.text):
            i = closing(tokens, i + 1)
        elif t.text in BINARY and text[t.start - 1].isspace() and text[t.end].isspace():
            for new in BINARY[t.text].split():
                yield t.start, t.end, new
        elif t.text in ("++", "--", "!"):
            yield t.start, t.end, {"++": "--", "--": "++", "!": ""}[t.text]
        elif t.text in ("if", "while") and after.text == "(":
            end = tokens[closing(tokens, i + 1)].end
            yield after.start, end, "(!" + text[after.start:end] + ")"
        elif t.kind == "number":
            if re.search(r"^[^xX]*[.eE]", t.text):
                zero = re.match(r"0?\.0*f?$|0f", t.text)
                yield t.start, t.end, "1.0f" if zero else "(2 * %s)" % t.text
            elif before.text != "[" or after.text != "]" or tokens[first + 1].kind != "name" or \
                    any(k.text == "=" for k in tokens[first:i]):  # not the size of an array
                yield t.start, t.end, "(%s + 1)" % t.text
                if not re.match(r"0\w*$", t.text):
                    yield t.start, t.end, "(%s - 1)" % t.text
        elif t.kind == "name" and after.text == "(" and t.text not in KEYWORDS and t.text != "W2V__K":
            end = tokens[closing(tokens, i + 1)].start
            parts = text[after.end:end].split(",")
            for k in range(bool(COMMUTES.search(t.text)), len(parts) - 1):
                a, b = parts[k].strip(), parts[k + 1].strip()
                if a != b and all(re.match(r"&?[A-Za-z_][\w.>\[\]-]*$", x) for x in (a, b)):
                    yield after.end, end, ",".join(parts[:k] + [" " * (k > 0) + b, " " + a] + parts[k + 2:])
        i += 1


def mutant(text, f, start, end, new):
    first, last = text.rfind("\n", 0, start) + 1, text.index("\n", end)
    return Mutant(f, start, end, new, " ".join(text[first:last].split()),
                  " ".join((text[first:start] + new + text[end:last]).split()),
                  text.count("\n", 0, start) + 1)


def statement(m):
    """Where a statement can be put that is run whenever the mutant is, and seldom else."""
    tokens, deep = m.function.tokens, 0
    in_brackets = [deep := deep + (t.text == "(") - (t.text == ")") for t in tokens]
    begin = {closing(tokens, k): k for k, t in enumerate(tokens) if t.text == "{"}
    closed = in_case = 0
    for k in range(max(k for k, t in enumerate(tokens) if t.start < m.start), 0, -1):
        t, after = tokens[k:k + 2]
        if in_brackets[k]:
            continue
        if t.text in ("{", "}", ";") and not closed and not in_case and after.kind != "line" and \
                after.text not in ("else", "while", "case", "default", "}", ";", ",") and \
                (t.text == ";" or tokens[begin.get(k, k) - 1].text in (")", "else", "do", "}", ";")):
            return t.end
        in_case = t.text != "{" and in_case or not closed and t.text in ("case", "default")
        closed = max(0, closed + (t.text == "}") - (t.text == "{"))
    return m.function.start + 1


def written(text, functions):
    """The mutants of tests/mutants.txt, and those that it says have no effect."""
    mutants, equal = [], set()
    for block in open(os.path.join(ROOT, "tests", "mutants.txt")).read().split("\n\n"):
        old, new = ("\n".join(re.findall("^" + sign + "(.*)", block, re.M)) for sign in ("-", r"\+"))
        if block[:2] == "= ":
            equal.add((" ".join(old.split()), " ".join(new.split()), *re.findall("^@(.*)", block, re.M)))
        elif old:
            f = [f for f in functions if f.start <= text.find(old) < f.end]
            if not f or text.count(old) > 1:
                sys.exit("tests/mutants.txt: not in a function of w2v.h, or more than once:\n" + old)
            mutants.append(mutant(text, f[0], text.find(old), text.find(old) + len(old), new))
    return mutants, equal


def broken_header(text, mutants, originals=False):
    """w2v.h with mutants {number: mutant}, and (first line, end, number) of each; 0: the function itself."""
    of = collections.defaultdict(list)
    for number, m in mutants.items():
        body = text[m.function.start:m.start] + m.text + text[m.end:m.function.end]
        of[m.function.start].append((number, body))
    at = text.index("#ifdef W2V__MAIN_PASS\n") + len("#ifdef W2V__MAIN_PASS\n")
    out, lines = text[:at] + RUNTIME % (max(mutants) + 1), []
    functions = {m.function.start: m.function for m in mutants.values()}
    for _, f in sorted(functions.items()):
        head = re.sub("//.*", "", text[f.head:f.start]).strip()
        out += text[at:f.head] + head + ";\n"
        line, calls, at = out.count("\n") + 1, "", f.start + 1
        for number, body in [(0, text[f.start:f.end])] * originals + of[f.start]:
            copy = re.sub(r"(\)?)$", r"__m%d\1" % number, f.name, count=1)
            copy = "W2V__SIMD_OF_BACKEND(%s)" % copy if f.section == "simd" else copy
            own = re.sub(re.escape(f.name) + r"(?=\()", copy, re.sub(STORAGE, "", head))
            code = "W2V__MUTANT %s\n%s\n" % (own, body)
            lines.append((line, line + code.count("\n"), number))
            line, out = line + code.count("\n"), out + code
            calls += " if (W2V__MUTANT_IS(%d)) " % number
            calls += ("{ %s(%s); return; }" if f.void else "return %s(%s);") % (copy, ", ".join(f.parameters))
        out += text[f.head:at] + calls
        for place, number in sorted((statement(mutants[number]), number) for number, _ in of[f.start]):
            out, at = out + text[at:place] + "W2V__MUTANT_REACHED(%d)" % number, place
    return out + text[at:], lines


def run(command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", cwd=ROOT)


def gcc(header, *flags):
    """Runs gcc on a text in place of w2v.h; returns what it prints."""
    source = os.path.join(OUT, "try.h")
    open(source, "w").write(header)
    return run(["gcc", "-std=c99", "-fmax-errors=0", "-Werror=incompatible-pointer-types",
                "-Werror=int-conversion", "-Werror=discarded-qualifiers", "-DW2V_IMPLEMENTATION",
                "-DSTB_DS_IMPLEMENTATION", '-DW2V_SELF="%s"' % source, "-I.", "-Ibuild/stb", "-x", "c",
                source, *flags]).stdout


def compiled_lines(text):
    lines, line, here = set(), 0, False
    for row in gcc(text, "-E").split("\n"):
        marker = re.match(r'# (\d+) "(.*)"', row)
        if marker:
            line, here = int(marker[1]), marker[2].endswith("try.h")
        else:
            lines |= {line} if here else set()
            line += 1
    return lines


def same_code(header, mutants):
    """The mutants with the machine code of their function, read from assembly with constants for labels."""
    backend = "-DW2V_SIMD=W2V_SIMD_AVX%d" % (512 if " avx512f " in open("/proc/cpuinfo").read() else 2)
    assembly = gcc(header, "-O1", "-march=native", backend, "-S", "-o", "-", "-fno-inline", "-fno-ipa-cp",
                   "-fno-ipa-sra", "-fno-ipa-icf", "-fno-asynchronous-unwind-tables",
                   "-DW2V_ASSERT(x)=((x)?(void)0:abort())")
    constants = r"^([\w.]+):\n((?:\t\.(?:align|long|quad|value|byte|string|ascii|zero).*\n)+)"
    constants = dict(re.findall(constants, assembly, re.M))
    code = collections.defaultdict(dict)
    for name, body in re.findall(r"^(\w+__m\d+\w*):\n((?:.*\n)*?)\t\.size\t\1,", assembly, re.M):
        prefix, number, suffix = re.match(r"(.*)__m(\d+)(.*)", name).groups()
        body, labels = body.replace(name, "f"), {}
        body = re.sub(r"\.LC\d+|\b\w+\.\d+\b", lambda m: constants.get(m[0], m[0].split(".")[0]), body)
        body = re.sub(r"\.L\w+", lambda m: labels.setdefault(m[0], "L%d" % len(labels)), body)
        code[int(number)][prefix + suffix] = re.sub(r"\t\.section.*\n|\t\.text\n", "", body)
    return {n for n in mutants if n in code and all(code[0][f] == body for f, body in code[n].items())}


def choose(text, count, seed):
    """{number: mutant}: those of tests/mutants.txt, and those with the smallest hashes."""
    functions, lines, drawn = list(functions_of(text)), compiled_lines(text), []
    known, equal = written(text, functions)
    for f in functions:
        line = text.count("\n", 0, f.start) + 1
        for k, edit in enumerate(edits_of(text, f)):
            if line + text.count("\n", f.start, edit[0]) in lines and ("function", f.name) not in equal:
                name = "%s %s %d %s" % (seed, f.name, k, edit[2])
                drawn.append((hashlib.sha256(name.encode()).digest(), f) + edit)
    places, drawn = len(drawn), sorted(drawn, key=lambda d: d[0])[:2 * count]
    drawn = [mutant(text, *d[1:]) for d in drawn]
    drawn = [m for m in drawn if not equal & {(m.before, m.after), (m.before, m.after, m.function.name)}]
    chosen, bad = dict(enumerate((known + drawn)[:count + count // 5 + 20], 1)), {-1}
    while bad:
        header, owners = broken_header(text, chosen, True)
        errors = gcc(header, "-fsyntax-only")
        at = [int(line) for line in re.findall(r"try\.h:(\d+):\d+: (?:error|note: in expansion)", errors)]
        bad = {number for first, end, number in owners if any(first <= line < end for line in at)} - {0}
        if at and not bad:
            sys.exit("errors that belong to no mutant:\n" + errors)
        chosen = {n: m for n, m in chosen.items() if n not in bad}
    same = same_code(header, chosen)
    print("%d functions, %d places; %d drawn change no machine code" % (len(functions), places, len(same)))
    return dict(enumerate([m for n, m in chosen.items() if n not in same][:count], 1))


def build(header, config, jobs):
    """Compiles the test programs with the broken header; returns their paths."""
    os.makedirs(TREE, exist_ok=True)
    for name in ("Makefile", "tests", "examples", "bench"):
        if not os.path.lexists(os.path.join(TREE, name)):
            os.symlink(os.path.join(ROOT, name), os.path.join(TREE, name))
    target = os.path.join(TREE, "w2v.h")
    if not os.path.exists(target) or open(target).read() != header:
        open(target, "w").write(header)
    programs = ["build/%s/tests/%s" % (config, name[:-2])
                for name in sorted(os.listdir(os.path.join(ROOT, "tests"))) if re.match(r"test_.*\.c$", name)]
    made = run(["make", "-C", TREE, "-k", "-j%d" % jobs, "config=" + config, "BUILD=build/" + config,
                "CFLAGS=-O1 -w -g0"] + programs)
    if made.returncode:
        sys.exit("the mutants do not compile:\n" + made.stdout[-3000:])
    return [os.path.join(TREE, p) for p in programs]


def run_test(program, name, place, seconds, **environment):
    """Runs one test in a folder of its own; returns what went wrong, or ''."""
    shutil.rmtree(place, ignore_errors=True)
    os.makedirs(place)
    link = os.path.join(place, os.path.basename(program))
    os.symlink(program, link)
    limits = 'ulimit -c 0; ulimit -t "$0"; exec "$@"'
    p = subprocess.Popen(["sh", "-c", limits, str(int(3 + 5 * seconds)), link, name], cwd=TREE,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         env=dict(os.environ, **environment), start_new_session=True)
    try:
        output = p.communicate(timeout=30 + 20 * seconds)[0].decode("utf-8", "replace")
    except subprocess.TimeoutExpired:
        os.killpg(p.pid, signal.SIGKILL)
        return p.communicate() and "no end"
    failed = re.search(r"[\w.]+:\d+: FAILED.*|.*Sanitizer.*|.*runtime error.*|.*Assertion.*", output)
    return p.returncode and ("no end" if p.returncode in (-signal.SIGXCPU, -signal.SIGKILL) else
                             failed[0].strip()[-150:] if failed else "status %d" % p.returncode)


def tests_of(programs, jobs):
    """(seconds, program, test, the mutants it reaches), quickest first. Kept until a program changes. A test
    that fails without mutants ends the run."""
    def measure(program, name, k):
        place = os.path.join(OUT, "work", "measure%d" % k)
        reached, start = place + ".reached", time.time()
        os.makedirs(os.path.dirname(place), exist_ok=True)
        open(reached, "wb").write(bytes(1 << 20))
        wrong = run_test(program, name, place, 60, W2V_REACHED=reached)
        numbers = [n for n, byte in enumerate(open(reached, "rb").read()) if byte]
        if wrong:
            sys.exit("fails without mutants: %s %s: %s" % (program, name, wrong))
        return time.time() - start, program, name, numbers

    path = os.path.join(os.path.dirname(programs[0]), "measured.json")
    kept = json.load(open(path)) if os.path.exists(path) else {}
    with ThreadPoolExecutor(jobs) as pool:
        for program in programs:
            if kept.get(program, [0])[0] != os.path.getmtime(program):
                names = run([program, "?"]).stdout.split("but these:")[1].split("\n")[0].split()
                tests = list(pool.map(lambda k: measure(program, names[k], k), range(len(names))))
                kept[program] = [os.path.getmtime(program), tests]
    json.dump(kept, open(path, "w"))
    return sorted(tuple(t) for program in programs for t in kept[program][1])


def judge(numbers, tests, jobs, done):
    """Calls done(number, what noticed the mutant, or '')."""
    places = queue.Queue()
    for k in range(jobs):
        places.put(os.path.join(OUT, "work", str(k)))

    def one(number):
        place, wrong = places.get(), ""
        for seconds, program, name, reached in tests:
            wrong = number in reached and run_test(program, name, place, seconds, W2V_MUTANT=str(number))
            if wrong:
                wrong = "%s/%s: %s" % (os.path.basename(program)[5:], name, wrong)
                break
        places.put(place)
        done(number, wrong)

    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(one, numbers))


def main(count, seed, jobs):
    os.makedirs(OUT, exist_ok=True)
    text = open(os.path.join(ROOT, "w2v.h"), encoding="utf-8").read()
    mutants = choose(text, count, seed)
    names = {n: "%s\t%s\t%d\t%s -> %s" % (m.function.section, m.function.name, m.start - m.function.start, m.before, m.after)
             for n, m in mutants.items()}
    path = os.path.join(OUT, "results-%s.txt" % seed)
    noticed, start, total = {}, time.time(), len(mutants)

    def done(number, by):
        now = time.time() - start
        print("%5.0f s  %-9s  %s" % (now, "noticed" if by else "UNNOTICED", names[number]), flush=True)
        if by:
            noticed[number] = by
            open(path, "a").write("%s\t%s\n" % (by.replace("\t", " "), names[number]))

    header, left = broken_header(text, mutants)[0], list(mutants)
    for config in ("release", "sanitize", "tsan"):
        tests = left and tests_of(build(header, config, jobs), jobs)
        lines = open(path).read().split("\n")[:-1] if os.path.exists(path) else []
        kept = dict(line.split("\t", 1)[::-1] for line in lines)
        noticed.update({n: kept[names[n]] for n in left if names[n] in kept})
        judge([n for n in left if n not in noticed], tests, jobs, done)
        left = [n for n in left if n not in noticed]
    sections, lost = (collections.Counter(mutants[n].function.section for n in some)
                      for some in (mutants, left))
    report = ["%d mutants, %d noticed: %.1f %% (at least %d %%)" %
              (total, total - len(left), 100 - 100 * len(left) / total, REQUIRED)]
    report += ["  %-11s %3d of %3d" % (s, n - lost[s], n) for s, n in sections.items()]
    programs = collections.Counter(by.split("/")[0] for by in noticed.values())
    report += ["by " + ", ".join("%s %d" % p for p in programs.most_common())]
    report += ["w2v.h:%d: unnoticed: %s" % (mutants[n].line, names[n]) for n in left]
    print("\n".join(report))
    open(os.path.join(OUT, "summary.txt"), "w").write("\n".join(report) + "\n")
    return 100 * (total - len(left)) < REQUIRED * total


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
