"""Arguments that are only an expression, a pattern or the name of a test: `pytest -k "rm or mv"` runs no `rm`.

Said only of programs that do nothing with such a value but compare it, and only where they are what the line runs:
behind `ssh`, `eval` or `watch` the same words are put together again and read by a shell.
"""

import re
from collections.abc import Mapping

from blufio_tui.core.shell.literal import Words
from blufio_tui.core.shell.loose_words import Unread


def _options(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PATTERNS = _options("-t --testNamePattern --testPathPattern -g --grep --fgrep")
_TAKES: Mapping[tuple[str, ...], frozenset[str]] = {
    ("pytest",): _options("-k -m --deselect"),
    ("py.test",): _options("-k -m --deselect"),
    ("unittest",): _options("-k"),
    ("jest",): _PATTERNS,
    ("vitest",): _PATTERNS,
    ("mocha",): _options("-g --grep --fgrep"),
    ("playwright", "test"): _options("-g --grep --grep-invert"),
    ("rspec",): _options("-e --example"),
    ("ctest",): _options("-R -E -L -LE"),
    ("go", "test"): _options("-run -bench -skip --run --bench --skip"),
    ("phpunit",): _options("--filter"),
    ("dotnet", "test"): _options("--filter"),
    ("find",): _options("-name -iname -path -ipath -wholename -iwholename -regex -iregex -lname -ilname"),
}
"""The option's value is the next word, or stands behind `=`."""
_PROGRAMS = frozenset(program[0] for program in _TAKES)

_RUN_AS_GIVEN = (("uv", "run"), ("poetry", "run"), ("time",))
"""They start the program with exactly the words that follow."""

_STARTS_OTHERS = re.compile(r"-{1,2}(exec|ok)")
"""Behind it stands a program: `find -exec`, `go test -exec`."""

_TIMEOUT = re.compile(r"\d+(\.\d+)?[smhd]?")
_PYTHON = re.compile(r"python[\d.]*")
_MODULES = frozenset({"pytest", "unittest"})


def expressions_in(words: Words) -> frozenset[int]:
    """Which words are values that nothing is run from.

    Args:
        words: as `loose_words` gives them; what the shell has yet to expand is none.
    """
    start = _start(words)
    if start < 0:
        return frozenset()
    name = _name(words[start])
    if name not in _PROGRAMS:
        return frozenset()
    for program, options in _TAKES.items():
        behind = start + len(program)
        if name != program[0] or words[start + 1 : behind] != program[1:]:
            continue
        end = next((at for at in range(behind, len(words)) if _STARTS_OTHERS.match(words[at])), len(words))
        return frozenset(at for at in range(behind, end) if _is_value(words, at, options, first=at == behind))
    return frozenset()


def _is_value(words: Words, at: int, options: frozenset[str], *, first: bool) -> bool:
    name, equals, _ = words[at].partition("=")
    if isinstance(words[at], Unread):
        return False
    return (not first and words[at - 1] in options) or (bool(equals) and name in options)


def _start(words: Words) -> int:
    """Where the program stands that the line runs; −1 where there is none."""
    at = 0
    while at < len(words):
        known = next((one for one in _RUN_AS_GIVEN if words[at : at + len(one)] == one), ())
        if known:
            at += len(known)
        elif words[at] == "timeout" and _TIMEOUT.fullmatch("".join(words[at + 1 : at + 2])):
            at += 2
        elif _PYTHON.fullmatch(_name(words[at])) and words[at + 1 : at + 2] == ("-m",):
            return at + 2 if words[at + 2 : at + 3] and words[at + 2] in _MODULES else -1
        else:
            return at
    return -1


def _name(word: str) -> str:
    """Without the folder of an installation; a program elsewhere is another one, whatever its name."""
    folder, _, name = word.rpartition("/")
    return name if not folder or folder.endswith("/bin") or folder in ("bin", "node_modules/.bin") else word
