#!/usr/bin/env python3
# SPDX-License-Identifier: MIT-0
"""sections.py HEADER - compares the contents in the manual of w2v.h with its code: sections are implemented in
this order, and call the sections that their lines name, all of which come before."""

import re, sys

FIRST = "config"  # which all call
OF_PREFIX = {"v": "simd", "vpart": "simd", "k": "kernels"}
DECLARED_BEFORE = {("step", "cbow")}

text = open(sys.argv[1], encoding="utf-8").read()
manual = text[text.index("// CONTENTS"):text.index("// OPTIONS")]
lines = re.sub(r"\n//    +(?!>>)", " ", manual)  # a line for each section
listed = {m[1]: m[2] for m in re.finditer(r"^//   >>(\w+) +(.*)", lines, re.M)}

parts = re.split(r"^// >>(\w+) \(implementation\)", text, flags=re.M)
code = {name: re.sub(r"'(?:\\.|[^'\\])'|//[^\n]*|\"(?:\\.|[^\"\\])*\"", "", part) for name, part in zip(parts[1::2], parts[2::2])}
public = {m[1]: name for name, part in code.items()
          for m in re.finditer(r"^(?:W2V__COLD )?W2V_API [^;{]*?\b(w2v_[a-z]\w*)\(", part, re.M)}


def section_of(function):
    """Where a function is implemented; FIRST if its name does not begin with a section."""
    if function in public:
        return public[function]
    prefix = re.match(r"w2v__([a-z0-9]+)_|", function)[1]
    return OF_PREFIX.get(prefix, prefix) if OF_PREFIX.get(prefix, prefix) in code else FIRST


failed = 0
if list(listed) != list(code):
    print("the contents list %s, implemented are %s" % (" ".join(listed), " ".join(code)))
    failed = 1
for name, part in code.items():
    called = {section_of(f) for f in re.findall(r"\b(w2v__?[a-z]\w*)\(", part)}
    called |= {"kernels"} if re.search(r"\bkernels->\w+\(", part) else set()  # by an object's table
    called -= {FIRST, name}
    says = re.search(r"; calls ([^;(]*)|$", listed.get(name, ""))[1] or ""
    says = set(re.findall(r"\w+", says)) - {"and"}
    if called != says:
        order = [n for n in code if n in called]
        print("%s calls %s, the contents say %s" % (name, ", ".join(order) or "none", ", ".join(sorted(says)) or "none"))
        failed = 1
    for later in called & set(list(code)[list(code).index(name) + 1:]):
        if (name, later) not in DECLARED_BEFORE:
            print("%s calls %s, which comes after it" % (name, later))
            failed = 1
sys.exit(failed)
