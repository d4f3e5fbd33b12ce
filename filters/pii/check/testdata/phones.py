"""Writes zz_generated_phones.go, libphonenumber's metadata as tables, and testdata/phones.txt, numbers to test them with.

python3 -m venv V && V/bin/pip install phonenumbers==9.0.43
V/bin/python testdata/phones.py    in the folder of package check
"""
import random
import re
from itertools import product

import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, PhoneNumberFormat, PhoneNumberType

TYPES = "fixed_line mobile toll_free premium_rate shared_cost personal_number voip pager uan voicemail".split()
MAX_DIGITS = 15


def metadata(code):
    for region in COUNTRY_CODE_TO_REGION_CODE[code]:
        yield PhoneMetadata.metadata_for_nongeo_region(code) if region == "001" else PhoneMetadata.metadata_for_region(region)


def patterns(code):
    for m in metadata(code):
        for t in TYPES:
            d = getattr(m, t)
            if d and d.national_number_pattern:
                yield d.national_number_pattern


class Automaton:
    """An automaton for the patterns of one country code: digits, sets, groups, '?', '{m,n}' are all that they use."""

    def __init__(self, sources):
        self.free, self.moves = [], []
        self.start, self.end = self.state(), self.state()
        for p in sources:
            self.text, self.at = p, 0
            tree = self.alternatives()
            assert self.at == len(p), p
            s = self.state()
            self.free[self.start].append(s)
            self.free[self.build(tree, s)].append(self.end)

    def state(self):
        self.free.append([])
        self.moves.append([])
        return len(self.free) - 1

    def alternatives(self):
        found = [self.sequence()]
        while self.text[self.at : self.at + 1] == "|":
            self.at += 1
            found.append(self.sequence())
        return "any", found

    def sequence(self):
        items = []
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            items.append((self.atom(), *self.times()))
        return "all", items

    def times(self):
        m = re.compile(r"(\?)|\{(\d+)(?:,(\d+))?\}").match(self.text, self.at)
        if not m:
            assert self.text[self.at : self.at + 1] not in ("*", "+")
            return 1, 1
        self.at = m.end()
        return (0, 1) if m[1] else (int(m[2]), int(m[3] or m[2]))

    def atom(self):
        if m := re.compile(r"\((?:\?:)?").match(self.text, self.at):
            self.at = m.end()
            tree = self.alternatives()
            self.at += 1
            return tree
        m = re.compile(r"\[([-\d]+)\]|(\\d)|(\d)").match(self.text, self.at)
        self.at = m.end()
        if m[2]:
            return "set", frozenset(range(10))
        return "set", frozenset(d for d in range(10) if re.match("[%s]" % (m[1] or m[3]), str(d)))

    def build(self, tree, s):
        kind, parts = tree
        if kind == "set":
            end = self.state()
            self.moves[s].append((parts, end))
            return end
        if kind == "any":
            end = self.state()
            for p in parts:
                first = self.state()
                self.free[s].append(first)
                self.free[self.build(p, first)].append(end)
            return end
        for p, low, high in parts:
            for _ in range(low):
                s = self.build(p, s)
            end = self.state()
            self.free[s].append(end)
            for _ in range(high - low):
                s = self.build(p, s)
                self.free[s].append(end)
            s = end
        return s

    def closed(self, states):
        todo, seen = list(states), set(states)
        while todo:
            for s in self.free[todo.pop()]:
                if s not in seen:
                    seen.add(s)
                    todo.append(s)
        return frozenset(seen)

    def node(self, states, memo, intern):
        """The state of the deterministic automaton: whether a number may end there, and where each digit leads."""
        if states not in memo:
            nexts = []
            for d in range(10):
                to = self.closed({b for a in states for digits, b in self.moves[a] if d in digits})
                nexts.append(self.node(to, memo, intern) if to else 0)
            memo[states] = intern((self.end in states, *nexts))
        return memo[states]


def automata():
    table = [(False,) + (0,) * 10]
    ids = {table[0]: 0}

    def intern(node):
        if node not in ids:
            ids[node] = len(table)
            table.append(node)
        return ids[node]

    roots = {}
    for code in sorted(COUNTRY_CODE_TO_REGION_CODE):
        a = Automaton(patterns(code))
        roots[code] = a.node(a.closed({a.start}), {}, intern)
    return table, roots


def packed(table, roots):
    """The states one behind the other: a word with a bit for each digit that leads elsewhere than the one before it and bit 15 if a number may end there, then
    where those lead."""
    runs = [[d for d in range(10) if d == 0 or n[1 + d] != n[d]] for n in table]
    place, total = [], 0
    for r in runs:
        place.append(total)
        total += 1 + len(r)
    words = []
    for n, r in zip(table, runs):
        words.append(sum(1 << d for d in r) | n[0] << 15)
        words += [place[n[1 + d]] for d in r]
    assert total < 1 << 16
    return words, {c: place[r] for c, r in roots.items()}


def shapes(code):
    """How the numbers of a country are written in groups, without the prefix for calls inside of it."""
    found = set()
    for m in metadata(code):
        for f in list(m.number_format) + list(m.intl_number_format):
            groups = []
            for g in re.findall(r"\(((?:\\d(?:\{[\d,]+\})?|\d|\[\d+\])+)\)", f.pattern):
                lengths = [0, 0]
                for one, low, high in re.findall(r"(\\d|\d|\[\d+\])(?:\{(\d+)(?:,(\d+))?\})?", g):
                    lengths[0] += int(low or 1)
                    lengths[1] += int(high or low or 1)
                groups.append(range(lengths[0], lengths[1] + 1))
            order = re.findall(r"\\(\d)(\\?)", f.format)
            if len(order) != len(groups) or "\\1" not in f.format or re.search(r"\\\d\\\d", f.format):
                continue
            for s in product(*groups):
                if 2 <= len(s) <= 6 and 6 <= sum(s) <= 13 and max(s) <= 9:
                    found.add(s)
    return found


def prefix(code):
    for m in metadata(code):
        if m.national_prefix:
            return m.national_prefix
    return ""


def lengths(code):
    bits = 0
    for m in metadata(code):
        for n in tuple(m.general_desc.possible_length):
            bits |= 1 << n
    return bits


def rows(values, width, form):
    for i in range(0, len(values), width):
        yield "\t" + ", ".join(form % v for v in values[i : i + width]) + ",\n"


def tables(out):
    words, roots = packed(*automata())
    codes = sorted(roots)
    by_shape = {}
    for i, code in enumerate(codes):
        for s in shapes(code):
            by_shape.setdefault(sum(n << 4 * k for k, n in enumerate(s)), []).append(i)
    ordered = sorted(by_shape)
    out.write("// Code generated by testdata/phones.py from libphonenumber %s's metadata; DO NOT EDIT.\n\npackage check\n\n" % phonenumbers.__version__)
    out.write("var phoneCodes = [...]phoneCode{\n")
    for c in codes:
        out.write('\t{%d, %d, 0x%x, "%s"},\n' % (c, roots[c], lengths(c), prefix(c)))
    out.write("}\n\nvar phoneShapes = [...]uint32{\n")
    out.writelines(rows(ordered, 12, "0x%x"))
    out.write("}\n\n// phoneShapeAt has where the codes of each shape begin in phoneShapeCodes.\nvar phoneShapeAt = [...]uint16{\n")
    offsets = [0]
    for s in ordered:
        offsets.append(offsets[-1] + len(by_shape[s]))
    out.writelines(rows(offsets, 20, "%d"))
    out.write("}\n\nvar phoneShapeCodes = [...]uint8{\n")
    out.writelines(rows([c for s in ordered for c in by_shape[s]], 24, "%d"))
    out.write("}\n\nvar phoneNodes = [...]uint16{\n")
    out.writelines(rows(words, 20, "%d"))
    out.write("}\n")


def examples(out):
    r = random.Random(20261125)
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        for kind in (PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE):
            n = phonenumbers.example_number_for_type(region, kind)
            if n:
                for f, name in (PhoneNumberFormat.INTERNATIONAL, "international"), (PhoneNumberFormat.NATIONAL, "national"):
                    out.write("%s\t%s\t%s\n" % (name, phonenumbers.format_number(n, f), region))
    found = {True: 0, False: 0}
    while min(found.values()) < 300:
        code = r.choice(list(COUNTRY_CODE_TO_REGION_CODE))
        n = phonenumbers.PhoneNumber(country_code=code, national_number=r.randrange(10 ** r.randrange(5, 11)))
        valid = phonenumbers.is_valid_number(n)
        if found[valid] < 300:
            found[valid] += 1
            out.write("%s\t%d\t%d\n" % ("valid" if valid else "invalid", code, n.national_number))


if __name__ == "__main__":
    with open("zz_generated_phones.go", "w") as f:
        tables(f)
    with open("testdata/phones.txt", "w") as f:
        examples(f)
