"""Which programs a command line may run, read generously: what a rule that denies is held against.

Allowing reads narrowly (`core.command_line`, `core.literal_shell`). Here the same line may be read in several
ways, and a deny rule that fits any of them denies. What cannot be read at all is said to be opaque.
"""

import re
from collections.abc import Iterator

from blufio_tui.core.capability import ExecTarget
from blufio_tui.core.shell.command_line import command_parts, unread_substitution
from blufio_tui.core.shell.known_programs import (
    CHANGES_THE_SHELL,
    GIT_COMMANDS,
    LAUNCHERS,
    RENAMES_PROGRAMS,
    SHELLS,
    TESTS,
    WRAPPERS,
)
from blufio_tui.core.shell.literal import Words
from blufio_tui.core.shell.loose_words import Unread, loose_words

_MAX_WRAPPED = 200
"""So many words behind a wrapper are looked at; behind more of them the program cannot be told."""

_DASHED = frozenset({"git", "docker", "cargo", "kubectl"})
_RUN_THEIR_INPUT = frozenset({"at", "batch"})
_ADD_WORDS = frozenset({"xargs", "parallel", "rush"})
_GIT_OPTIONS_WITH_VALUE = frozenset(
    {"-C", "-c", "--git-dir", "--work-tree", "--namespace", "--super-prefix", "--attr-source", "--exec-path"}
)
_SETS_ALIAS = re.compile(r"alias\.|^include|^-c?include|^--(config-env|exec-path=)", re.IGNORECASE)
_EXPANDED = re.compile(r"[$`]")
_RUNS_FOUND_FILES = re.compile(r"-(?:exec|execdir|ok|okdir)")
_STANDARD_INPUT = frozenset({"-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"})


def programs_run(target: ExecTarget) -> Iterator[Words]:
    """Every reading of the line as `program arguments…` that a deny rule is held against.

    The path before a program's name is dropped and wrappers (`sudo`, `env`, `xargs`, `sh -c`) are looked into.
    This is generous on purpose: it may find more programs than would run.
    """
    for part in target.parts:
        yield from _named_with_a_dash(part)
        yield from _readings(loose_words(part)[0], depth=3)


def is_opaque(target: ExecTarget) -> bool:
    """True when it cannot be said which programs the line runs."""
    if not target.parts or unread_substitution(target.command):
        return True
    read = (loose_words(part) for part in target.parts)
    return any(_hides_its_program(words, has_input) for words, _, has_input in read)


def _named_with_a_dash(part: str) -> Iterator[Words]:
    """`git-push origin` is `git push origin`."""
    words = loose_words(part)[0]
    program, dash, subcommand = _base(words[0]).partition("-") if words else ("", "", "")
    if dash and program in _DASHED:
        yield (program, subcommand, *words[1:])


def may_run(program: str, named: Words, target: ExecTarget) -> bool:
    """True when the line may run the program with the named words among its arguments, though no word says so.

    Only the shell knows what an expanded word becomes; `xargs` adds words that came through a pipe; git looks a word
    that it does not know up among its aliases; and a script inside an argument may be in any language.
    """
    if not named:
        return False
    wanted = (program, *named)
    for part in target.parts:
        words, assigned, _ = loose_words(part)
        if any(_spells(word, wanted) for word in assigned):
            return True
        if words and _base(words[0]) in WRAPPERS | {program} and any(_spells(word, wanted) for word in words[1:]):
            return True
        names = [_base(word) for word in words]
        adds = next((at for at, name in enumerate(names) if name in _ADD_WORDS), len(names))
        added = adds < len(names)
        if not (LAUNCHERS | SHELLS).isdisjoint(names[adds + 1 :]):
            return True  # what `xargs sudo` runs came through the pipe
        for run, *arguments in _readings(words, depth=3):
            if run.casefold() == program.casefold() and (added or _unsaid(run, tuple(arguments), named)):
                return True
    return (
        program == "git"
        and any(name in target.command for name in ("GIT_CONFIG", "GIT_EXEC_PATH", "XDG_CONFIG_HOME=", "HOME="))
        and any(run == "git" for part in target.parts for run, *_ in _readings(loose_words(part)[0], depth=3))
    )


def _unsaid(program: str, arguments: Words, named: Words) -> bool:
    if any(isinstance(word, Unread) and any(map(word.may_become, named)) for word in arguments):
        return True
    return program == "git" and _may_be_alias(arguments)


def _may_be_alias(arguments: Words) -> bool:
    """A setting that can hold an alias, or a first word that git does not know by itself."""
    if any(_SETS_ALIAS.search(word) for word in arguments):
        return True
    takes_value = False
    for word in arguments:
        if takes_value:
            takes_value = False
        elif word.startswith("-"):
            takes_value = word in _GIT_OPTIONS_WITH_VALUE
        else:
            return word not in GIT_COMMANDS
    return False


def _spells(word: str, wanted: Words) -> bool:
    """Whether a script inside a word holds the wanted words in this order, in whatever language."""
    if not re.search(r"[\s,(\[\"']", word):
        return False
    tokens = iter(re.findall(r"[\w.:@%+/-]+", word))
    return all(any(_base(token).casefold() == part.casefold() or token == part for token in tokens) for part in wanted)


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
                yield from _readings(loose_words(part)[0], depth=depth - 1)


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
    if (
        program in RENAMES_PROGRAMS
        or program in _RUN_THEIR_INPUT
        or (program in WRAPPERS and len(arguments) > _MAX_WRAPPED)
    ):
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
