"""regex-tester: what a regular expression matches in a text, with groups and positions.

A backtracking matcher of its own, in the dialect of Python and Perl: classes, groups with and without
names, lazy and counted repeats, anchors, look-ahead, back references. It counts its steps, so that a
pattern that explodes is reported instead of hanging.
"""

from collections import OrderedDict

import blufio

MAX_STEPS = 300000
MAX_PROGRAM = 5000
MAX_MATCHES = 100

CLASSES = {
    "d": ([("0", "9")], False), "D": ([("0", "9")], True),
    "w": ([("0", "9"), ("a", "z"), ("A", "Z"), ("_", "_")], False),
    "W": ([("0", "9"), ("a", "z"), ("A", "Z"), ("_", "_")], True),
    "s": ([("\t", "\r"), (" ", " ")], False), "S": ([("\t", "\r"), (" ", " ")], True),
}
CONTROL = {"n": "\n", "t": "\t", "r": "\r", "f": "\x0c", "v": "\x0b", "0": "\0"}


class Pattern:
    """Parses a pattern and compiles it to instructions: tuples whose first item is the operation."""

    def __init__(self, text, flags):
        self.text = text
        self.at = 0
        self.flags = flags
        self.groups = 0
        self.names = {}
        self.loops = 0
        tree = self.alternatives()
        if self.at < len(text):
            self.fail("a ) without its (")
        self.program = []
        self.emit(tree)
        self.program.append(("match",))

    def fail(self, what):
        raise ValueError("%s, at character %d of the pattern" % (what, self.at + 1))

    def peek(self):
        return self.text[self.at] if self.at < len(self.text) else ""

    def take(self, wanted):
        if self.text[self.at : self.at + len(wanted)] == wanted:
            self.at += len(wanted)
            return True
        return False

    # -- parsing ---------------------------------------------------------------------------------------

    def alternatives(self):
        branches = [self.sequence()]
        while self.take("|"):
            branches.append(self.sequence())
        return branches[0] if len(branches) == 1 else ("or", branches)

    def sequence(self):
        parts = []
        while self.peek() and self.peek() not in "|)":
            parts.append(self.repeated(self.single()))
        return ("seq", parts)

    def repeated(self, item):
        while True:
            if self.take("*"):
                low, high = 0, None
            elif self.take("+"):
                low, high = 1, None
            elif self.take("?"):
                low, high = 0, 1
            else:
                bounds = self.bounds()
                if bounds is None:
                    return item
                low, high = bounds
            item = ("repeat", item, low, high, not self.take("?"))

    def bounds(self):
        if self.peek() != "{":
            return None
        end = self.text.find("}", self.at)
        parts = self.text[self.at + 1 : end].split(",") if end > 0 else []
        if not 1 <= len(parts) <= 2 or not all([part.isdigit() or (i and not part) for i, part in enumerate(parts)]):
            return None
        low = int(parts[0])
        high = low if len(parts) == 1 else int(parts[1]) if parts[1] else None
        if high is not None and high < low or max(low, high or 0) > 1000:
            self.fail("a repeat must be {low,high} with at most 1000")
        self.at = end + 1
        return low, high

    def single(self):
        char = self.peek()
        self.at += 1
        if char == "(":
            return self.group()
        if char == "[":
            return self.char_class()
        if char == ".":
            return ("any",)
        if char == "^":
            return ("start",)
        if char == "$":
            return ("end",)
        if char == "\\":
            return self.escape()
        if char in "*+?":
            self.at -= 1
            self.fail("nothing to repeat")
        return ("char", char)

    def group(self):
        kind, number = "group", 0
        if self.take("?:"):
            kind = "plain"
        elif self.take("?="):
            kind = "ahead"
        elif self.take("?!"):
            kind = "not ahead"
        elif self.take("?P<") or (self.text[self.at : self.at + 2] == "?<" and self.text[self.at + 2 : self.at + 3] not in "=!" and self.take("?<")):
            end = self.text.find(">", self.at)
            if end < 0:
                self.fail("the name of a group has no >")
            name = self.text[self.at : end]
            self.at = end + 1
            self.groups += 1
            number = self.groups
            self.names[name] = number
        elif self.peek() == "?":
            self.fail("this kind of group is not supported here")
        if kind == "group" and not number:
            self.groups += 1
            number = self.groups
        inside = self.alternatives()
        if not self.take(")"):
            self.fail("a ) is missing")
        if kind == "plain":
            return inside
        return ("group", inside, number) if kind == "group" else ("look", inside, kind == "not ahead")

    def escape(self):
        char = self.peek()
        if not char:
            self.fail("a \\ at the end")
        self.at += 1
        if char in CLASSES:
            return ("set",) + CLASSES[char]
        if char in "bB":
            return ("word edge", char == "B")
        if char in "AZz":
            return ("text start",) if char == "A" else ("text end",)
        if char.isdigit() and char != "0":
            return ("back", int(char))
        return ("char", self.escaped(char))

    def escaped(self, char):
        if char in "xu":
            width = 2 if char == "x" else 4
            digits = self.text[self.at : self.at + width]
            try:
                code = int(digits, 16)
            except ValueError:
                self.fail("\\%s needs %d hex digits" % (char, width))
            self.at += width
            return chr(code)
        return CONTROL.get(char, char)

    def char_class(self):
        negated = self.take("^")
        items, first = [], True
        while first or self.peek() != "]":
            if not self.peek():
                self.fail("a ] is missing")
            first = False
            low = self.class_char(items)
            if low is None:
                continue
            if self.peek() == "-" and self.text[self.at + 1 : self.at + 2] not in ("]", ""):
                self.at += 1
                high = self.class_char(items)
                if high is None or high < low:
                    self.fail("the range is the wrong way round")
                items.append((low, high))
            else:
                items.append((low, low))
        self.at += 1
        return ("set", items, negated)

    def class_char(self, items):
        char = self.peek()
        self.at += 1
        if char != "\\":
            return char
        char = self.peek()
        self.at += 1
        if char in "dws":
            items.extend(CLASSES[char][0])
            return None
        if char in "DWS":
            self.fail("\\%s inside [] is not supported here" % char)
        return "\x08" if char == "b" else self.escaped(char)

    # -- compiling -------------------------------------------------------------------------------------

    def add(self, *instruction):
        if len(self.program) >= MAX_PROGRAM:
            raise ValueError("the pattern is too large")
        self.program.append(instruction)
        return len(self.program) - 1

    def emit(self, node):
        kind = node[0]
        if kind == "seq":
            for part in node[1]:
                self.emit(part)
        elif kind == "or":
            self.emit_or(node[1])
        elif kind == "repeat":
            self.emit_repeat(node)
        elif kind == "group":
            self.add("save", 2 * node[2])
            self.emit(node[1])
            self.add("save", 2 * node[2] + 1)
        elif kind == "look":
            at = self.add("look")
            self.emit(node[1])
            self.add("match")
            self.program[at] = ("look", node[2], len(self.program))
        elif kind == "char":
            self.add("char", node[1].lower() if "i" in self.flags else node[1])
        else:
            self.add(*node)

    def emit_or(self, branches):
        ends = []
        for branch in branches[:-1]:
            split = self.add("split")
            self.emit(branch)
            ends.append(self.add("jump"))
            self.program[split] = ("split", split + 1, len(self.program))
        self.emit(branches[-1])
        for end in ends:
            self.program[end] = ("jump", len(self.program))

    def emit_repeat(self, node):
        item, low, high, greedy = node[1:]
        for _ in range(low):
            self.emit(item)
        if high is None:
            self.loops += 1
            loop = self.loops
            start = self.add("split")
            self.add("mark", loop)
            self.emit(item)
            self.add("moved", loop)
            self.add("jump", start)
            self.split(start, start + 1, len(self.program), greedy)
        else:
            splits = []
            for _ in range(high - low):
                splits.append(self.add("split"))
                self.emit(item)
            for split in splits:
                self.split(split, split + 1, len(self.program), greedy)

    def split(self, at, inside, after, greedy):
        self.program[at] = ("split", inside, after) if greedy else ("split", after, inside)


class Matcher:
    def __init__(self, pattern, text):
        self.pattern = pattern
        # Lists: to find a character of a string, this Python counts from its start.
        self.text = list(text)
        self.folded = list(text.lower()) if "i" in pattern.flags else self.text
        self.multiline = "m" in pattern.flags
        self.dot_all = "s" in pattern.flags
        self.fold = "i" in pattern.flags
        self.steps = 0
        self.most = MAX_STEPS + 50 * len(self.text)

    def at(self, start):
        """The saved positions of a match at `start`, or None."""
        return self.run(0, start, [None] * (2 * self.pattern.groups + 2), {})

    def run(self, pc, pos, saves, marks):
        program, text = self.pattern.program, self.folded
        first = pos
        stack = []
        while True:
            self.steps += 1
            if self.steps > self.most:
                raise ValueError("gave up after %d steps: the pattern tries too many ways (a repeat inside a repeat?)" % self.most)
            step = program[pc]
            op = step[0]
            ok = True
            if op == "char":
                ok = pos < len(text) and text[pos] == step[1]
                pos += 1
                pc += 1
            elif op == "any":
                ok = pos < len(text) and (self.dot_all or text[pos] != "\n")
                pos += 1
                pc += 1
            elif op == "set":
                ok = pos < len(text) and self.in_set(text[pos], step[1]) != step[2]
                pos += 1
                pc += 1
            elif op == "split":
                stack.append((step[2], pos, saves, marks))
                pc = step[1]
            elif op == "jump":
                pc = step[1]
            elif op == "save":
                saves = list(saves)
                saves[step[1]] = pos
                pc += 1
            elif op == "mark":
                marks = dict(marks)
                marks[step[1]] = pos
                pc += 1
            elif op == "moved":
                ok = marks[step[1]] != pos
                pc += 1
            elif op == "look":
                found = self.run(pc + 1, pos, saves, marks)
                ok = (found is None) == step[1]
                if found is not None and not step[1]:
                    saves = found[:]
                    saves[0], saves[1] = None, None
                pc = step[2]
            elif op == "back":
                ok, pos = self.back(step[1], pos, saves)
                pc += 1
            elif op == "match":
                saves = list(saves)
                saves[0], saves[1] = first, pos
                return saves
            else:
                ok = self.holds(op, step, pos)
                pc += 1
            if not ok:
                if not stack:
                    return None
                pc, pos, saves, marks = stack.pop()

    def in_set(self, char, items):
        for low, high in items:
            if low <= char <= high:
                return True
            if self.fold and (low <= char.upper() <= high or low.lower() <= char <= high.lower()):
                return True
        return False

    def back(self, number, pos, saves):
        if 2 * number + 1 >= len(saves) or saves[2 * number] is None or saves[2 * number + 1] is None:
            return False, pos
        wanted = self.folded[saves[2 * number] : saves[2 * number + 1]]
        return self.folded[pos : pos + len(wanted)] == wanted, pos + len(wanted)

    def holds(self, op, step, pos):
        text = self.text
        if op == "start":
            return pos == 0 or (self.multiline and text[pos - 1] == "\n")
        if op == "end":
            return pos == len(text) or (pos == len(text) - 1 and text[pos] == "\n") or (self.multiline and text[pos] == "\n")
        if op == "text start":
            return pos == 0
        if op == "text end":
            return pos == len(text)
        before = pos > 0 and self.is_word(text[pos - 1])
        after = pos < len(text) and self.is_word(text[pos])
        return (before != after) != step[1]

    def is_word(self, char):
        return char == "_" or char.isdigit() or char.isalpha() or ord(char) > 127


def matches(pattern, text):
    matcher, pos = Matcher(pattern, text), 0
    while pos <= len(matcher.text):
        found = matcher.at(pos)
        if found is None:
            pos += 1
            continue
        yield found
        pos = found[1] if found[1] > found[0] else found[1] + 1


def described(pattern, text, found):
    result = OrderedDict()
    result["match"] = "".join(text[found[0] : found[1]])
    result["start"], result["end"] = found[0], found[1]
    parts = []
    for number in range(1, pattern.groups + 1):
        low, high = found[2 * number], found[2 * number + 1]
        parts.append("".join(text[low:high]) if low is not None and high is not None else None)
    if parts:
        result["groups"] = parts
    if pattern.names:
        named = OrderedDict()
        for name in sorted(pattern.names):
            named[name] = parts[pattern.names[name] - 1]
        result["names"] = named
    return result


def main():
    given = blufio.input()
    text = given["text"]
    pattern = Pattern(given["pattern"], given.get("flags", ""))
    shown, count, pieces, last, characters = [], 0, [], 0, list(text)
    for found in matches(pattern, text):
        count += 1
        if len(shown) < MAX_MATCHES:
            shown.append(described(pattern, characters, found))
        if "replace" in given:
            pieces.append("".join(characters[last : found[0]]))
            pieces.append(given["replace"])
            last = found[1]
    result = OrderedDict()
    result["matches"] = count
    result["found"] = shown
    if "replace" in given:
        result["replaced"] = "".join(pieces) + "".join(characters[last:])
    blufio.output(result)


main()
