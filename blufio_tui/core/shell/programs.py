"""Which programs a command line may run, read generously: what a rule that denies is held against.

Allowing reads narrowly (`core.command_line`, `core.literal_shell`). Here the same line may be read in several
ways, and a deny rule that fits any of them denies. What cannot be read at all is said to be opaque.
"""

import re
import shlex
from collections.abc import Iterator
from itertools import pairwise

from blufio_tui.core.capability import ExecTarget
from blufio_tui.core.shell.command_line import command_parts, unread_substitution
from blufio_tui.core.shell.known_programs import CHANGES_THE_SHELL, LAUNCHERS, RENAMES_PROGRAMS, SHELLS, TESTS, WRAPPERS
from blufio_tui.core.shell.literal import Words

_MAX_WRAPPED = 200
"""So many words behind a wrapper are looked at; behind more of them the program cannot be told."""

_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*(?:\[[^\]]*\])?\+?=")
_REDIRECT = re.compile(r"[<>&|]*[<>][<>&|]*")
_EXPANDED = re.compile(r"[$`]")
_RUNS_FOUND_FILES = re.compile(r"-(?:exec|execdir|ok|okdir)")
_STANDARD_INPUT = frozenset({"-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"})


def programs_run(target: ExecTarget) -> Iterator[Words]:
    """Every reading of the line as `program arguments…` that a deny rule is held against.

    The path before a program's name is dropped and wrappers (`sudo`, `env`, `xargs`, `sh -c`) are looked into.
    This is generous on purpose: it may find more programs than would run.
    """
    for part in target.parts:
        yield from _readings(_loose_words(part)[0], depth=3)


def is_opaque(target: ExecTarget) -> bool:
    """True when it cannot be said which programs the line runs."""
    if not target.parts or unread_substitution(target.command):
        return True
    return any(_hides_its_program(*_loose_words(part)) for part in target.parts)


def _loose_words(part: str) -> tuple[Words, bool]:
    """Words as nearly as can be said, without quotes, redirections and the assignments in front; and whether
    something is sent to the command's input."""
    part = part.replace("\\\n", "")
    lexer = shlex.shlex(part, posix=True, punctuation_chars="<>&|")
    lexer.whitespace_split, lexer.commenters = True, ""
    try:
        words = list(lexer)
    except ValueError:
        words = part.split()
    redirects = {index for index, word in enumerate(words) if _REDIRECT.fullmatch(word)}
    dropped = redirects | {index + 1 for index in redirects}
    dropped |= {index for index, (word, _) in enumerate(pairwise(words)) if word.isdigit() and index + 1 in redirects}
    kept = [word for index, word in enumerate(words) if index not in dropped]
    while kept and _ASSIGNMENT.match(kept[0]):
        del kept[0]
    return tuple(kept), any(words[index].startswith("<") for index in redirects)


def _readings(words: Words, *, depth: int) -> Iterator[Words]:
    if not words:
        return
    program = _base(words[0])
    yield (program, *words[1:])
    if program not in WRAPPERS:
        return
    for start in range(1, min(len(words), _MAX_WRAPPED + 1)):
        yield (_base(words[start]), *words[start + 1 :])
        for script in _scripts(words[start]) if depth else ():
            for part in command_parts(script):
                yield from _readings(_loose_words(part)[0], depth=depth - 1)


def _scripts(word: str) -> Iterator[str]:
    """What in an argument may be a command line of its own: `rm x` as such, in `-crm x` and in `--command=rm x`."""
    if not re.search(r"\s", word):
        return
    yield word
    if word.startswith("--"):
        yield word.partition("=")[2]
    elif word.startswith("-"):
        yield word[2:]


def _hides_its_program(words: Words, has_input: bool) -> bool:
    """A name made by expansion, a shell that reads its script from somewhere, a name given a new meaning, …"""
    if not words:
        return False
    program, arguments = _base(words[0]), words[1:]
    if program in SHELLS or program in ("eval", "source", "."):
        return has_input or _runs_its_input(arguments) or any(map(_EXPANDED.search, arguments))
    if program in RENAMES_PROGRAMS or (program in WRAPPERS and len(arguments) > _MAX_WRAPPED):
        return True
    if program in CHANGES_THE_SHELL | TESTS and any("[" in word and _EXPANDED.search(word) for word in arguments):
        return True  # a subscript is evaluated even out of single quotes
    if program in LAUNCHERS or (program == "find" and any(map(_RUNS_FOUND_FILES.fullmatch, arguments))):
        return any(map(_EXPANDED.search, arguments))
    return program not in TESTS and re.search(r"[$`*?\[{]", words[0]) is not None


def _runs_its_input(arguments: Words) -> bool:
    return all(word.startswith(("-", "+")) for word in arguments) or not _STANDARD_INPUT.isdisjoint(arguments)


def _base(word: str) -> str:
    return word.rsplit("/", 1)[-1]
