"""The programs that a command line may run, for deny rules: in doubt, more rather than fewer.

Allowing parses narrowly (`core.shell.command_line`, `core.shell.literal`). Here the same line may have several
readings, and a deny rule that matches any of them denies. A line that cannot be parsed is opaque.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from blufio_tui.core.capability import ExecTarget
from blufio_tui.core.shell.command_line import command_parts, unread_substitution
from blufio_tui.core.shell.expressions import expressions_in
from blufio_tui.core.shell.known_programs import (
    ANNOUNCES_PROGRAM,
    CHANGES_THE_SHELL,
    GIT_COMMANDS,
    HAVE_COMMANDS_OF_THEIR_OWN,
    LAUNCHERS,
    READ_LINES,
    RENAMES_PROGRAMS,
    SHELLS,
    TAKES_MESSAGE,
    TAKES_TEXT,
    TESTS,
    WRAPPERS,
)
from blufio_tui.core.shell.literal import Words
from blufio_tui.core.shell.loose_words import Unread, loose_words

_MAX_WRAPPED = 200
"""So many words behind a wrapper are looked at; behind more of them the program cannot be told."""

_MAX_SETTINGS = 3
"""`--checkpoint-action=exec=rm x`: so many settings within one word are looked into."""

MAX_PARSED = 4096
"""Letters of a script within a word that are parsed. What is no shell script costs the parser the square of its length,
so a longer one is cut wherever a command could begin, quoted or not: that may find too many, never too few."""

_BETWEEN_COMMANDS = re.compile(r"[;&|\n(){}`]+")

_DASHED = frozenset({"git", "docker", "cargo", "kubectl"})
_RUN_THEIR_INPUT = frozenset({"at", "batch"})
_ADD_WORDS = frozenset({"xargs", "parallel", "rush"})
_RUN_LINES = frozenset({"parallel", "rush"})
_RUN_FOUND = frozenset({"find", "fd", "fdfind"})
_XARGS_WITH_VALUE = frozenset(
    ["-a", "-d", "-E", "-I", "-L", "-n", "-P", "-s", "--arg-file", "--delimiter", "--max-args", "--max-procs"]
)
_SSH_WITH_VALUE = frozenset(f"-{letter}" for letter in "BbcDEeFIiJLlmOopQRSWw")
_START_A_SHELL = frozenset({"su", "runuser", "newgrp", "sg"})
_SPLITS_WORDS = re.compile(r"-[a-zA-Z0]*S|--split-string")
_PROMPT_EXPANSION = re.compile(r"@P\}")
_BACKTICK = re.compile(r"(?<!\\)`")
_GIT_OPTIONS_WITH_VALUE = frozenset(
    {"-C", "-c", "--git-dir", "--work-tree", "--namespace", "--super-prefix", "--attr-source", "--exec-path"}
)
_SETS_ALIAS = re.compile(r"alias\.|^include|^-c?include|^--(config-env|exec-path=)", re.IGNORECASE)
_EXPANDED = re.compile(r"[$`]")
_RUNS_FOUND_FILES = re.compile(r"-(?:exec|execdir|ok|okdir)")
_BLANK = re.compile(r"\s")
_SEPARATES = re.compile(r"[\s,(\[\"']")
_STANDARD_INPUT = frozenset({"-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"})


def programs_run(target: ExecTarget) -> Iterator[Words]:
    """Every reading of the line as `program arguments…` that a deny rule is held against.

    The path before a program's name is dropped and wrappers (`sudo`, `env`, `xargs`, `sh -c`) are looked into.
    Deliberately wide: it may find more programs than would run.
    """
    for part in target.parts:
        yield from _named_with_a_dash(part)
        words, assigned, _ = loose_words(part)
        yield from _readings(words, depth=3)
        for script in (script for word in assigned for script in _scripts(word)):
            for inner in _parts_of(script, reads_lines=True):
                yield from _readings(loose_words(inner)[0], depth=2)


def is_opaque(target: ExecTarget) -> bool:
    """True if the programs that the line runs cannot be determined."""
    command = target.command
    if not target.parts or unread_substitution(command) or _PROMPT_EXPANSION.search(command):
        return True
    if "\\`" in command and _BACKTICK.search(command):
        return True  # a substitution within a substitution, which the parser does not look into
    read = (loose_words(part) for part in target.parts)
    return any(
        _hides_its_program(words, has_input) or _starts_what_it_is_sent(words, has_input or "|" in command)
        for words, _, has_input in read
    )


def _starts_what_it_is_sent(words: Words, is_sent: bool) -> bool:
    """A shell behind a wrapper or on another machine that reads its script; what puts together or looks up the
    name of the program."""
    if not words or (program := _base(words[0])) in TAKES_TEXT:
        return False
    names, arguments = [_base(word) for word in words], words[1:]
    if (
        "env" in names
        and any(map(_SPLITS_WORDS.match, arguments))
        and any(re.search(r"\\|\$", one) for one in arguments)
    ):
        return True
    if not (_ADD_WORDS | _START_A_SHELL).isdisjoint(names[_MAX_WRAPPED:]):
        return True
    for at, name in enumerate(names[:_MAX_WRAPPED]):
        rest = words[at + 1 :]
        if name == "xargs" and _replaces_its_program(rest):
            return True
        if name in _RUN_LINES and _runs_lines(rest):
            return True
        if is_sent and at and name in SHELLS and program not in SHELLS and not _is_asked_for(words):
            return True
        if is_sent and (name in _START_A_SHELL or (name == "ssh" and len(_operands(rest, _SSH_WITH_VALUE)) < 2)):
            return True
    return program in _RUN_FOUND and any(
        before.startswith("-") and after.startswith("{}") and _RUNS_FOUND_FILES.fullmatch(before)
        for before, after in pairwise(arguments)
    )


def _is_asked_for(words: Words) -> bool:
    """`command -v bash` says where it is."""
    return words[0] == "command" and words[1:2] in (("-v",), ("-V",))


def _operands(arguments: Words, with_value: frozenset[str]) -> Words:
    """From the first word on that is neither an option nor the value of one."""
    at = 0
    while at < len(arguments) and arguments[at].startswith("-") and len(arguments[at]) > 1:
        at += 2 if arguments[at] in with_value else 1
    return arguments[at:]


def _replaces_its_program(arguments: Words) -> bool:
    """`xargs -I{} {} x` runs what came through the pipe."""
    marks = {"{}"} if any(re.match(r"-i|--replace", one) for one in arguments) else set()
    marks |= {one[2:] for one in arguments if one.startswith(("-I", "-i"))}
    marks |= {after for before, after in pairwise(arguments) if before == "-I"}
    marks |= {one.partition("=")[2] for one in arguments if one.startswith("--replace=")}
    run = _operands(arguments, _XARGS_WITH_VALUE)[:1]
    return any(mark and mark in word for mark in marks for word in run)


def _runs_lines(arguments: Words) -> bool:
    """`parallel` without a program runs the lines that it reads; those behind `:::` stand here and are looked at."""
    for at, word in enumerate(arguments):
        if word.startswith(":::"):
            return word.startswith("::::") and not any(_is_program(one) for one in arguments[:at])
    return not any(_is_program(one) for one in arguments)


def _is_program(word: str) -> bool:
    return not word.startswith(("-", "{", "+")) and not word.isdecimal()


def _named_with_a_dash(part: str) -> Iterator[Words]:
    """`git-push origin` is `git push origin`."""
    words = loose_words(part)[0]
    program, dash, subcommand = _base(words[0]).partition("-") if words else ("", "", "")
    if dash and program in _DASHED:
        yield (program, subcommand, *words[1:])


def may_run(program: str, named: Words, target: ExecTarget) -> bool:
    """True if the line may run the program with the named words among its arguments, though no word says so.

    Only the shell knows what an expanded word becomes; `xargs` adds words that came through a pipe; git looks a word
    that it does not know up among its aliases; and a script inside an argument may be in any language.
    """
    wanted = (program, *named)
    for part in target.parts:
        words, assigned, has_input = loose_words(part)
        if any(_spells(word, wanted) for word in assigned):
            return True
        first = _base(words[0]) if words else ""
        if first and first not in TAKES_TEXT:
            if any(_spells(word, wanted) for _, word in _not_messages(first, words)):
                return True
            if has_input and first not in HAVE_COMMANDS_OF_THEIR_OWN and _spells(part.partition(words[0])[2], wanted):
                return True  # a script in a here-document
            if any(program.casefold() in word.casefold() for word in words[_MAX_WRAPPED:]):
                return True  # further behind than is looked at word by word
        if not named:
            continue
        names = [_base(word) for word in words]
        adds = next((at for at, name in enumerate(names) if name in _ADD_WORDS), len(names))
        added = adds < len(names) or (not _RUN_FOUND.isdisjoint(names) and any("{" in word for word in words))
        if not (LAUNCHERS | SHELLS).isdisjoint(names[adds + 1 :]):
            return True  # what `xargs sudo` runs came through the pipe
        for run, *arguments in _readings(words, depth=3):
            if run.casefold() == program.casefold() and (added or _unsaid(run, tuple(arguments), named)):
                return True
    return (
        program == "git"
        and bool(named)
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
    if not _SEPARATES.search(word):
        return False
    if len(wanted) == 1:  # a name alone is a word like any other, but for where a string begins with it
        return re.search(rf"[\"'`]\s*(?:[\w.~-]*/)*{re.escape(wanted[0])}(?=[\s\"'`])", word) is not None
    tokens = iter(re.findall(r"[\w.:@%+/-]+", word))
    return all(any(_base(token).casefold() == part.casefold() or token == part for token in tokens) for part in wanted)


def _readings(words: Words, *, depth: int) -> Iterator[Words]:
    if not words:
        return
    program = _base(words[0])
    yield (program, *words[1:])
    if program in TAKES_TEXT:
        return
    may_start, expressions = program not in HAVE_COMMANDS_OF_THEIR_OWN, expressions_in(words)
    reads_lines = not READ_LINES.isdisjoint(map(_base, words[:_MAX_WRAPPED]))
    for start in range(1, min(len(words), _MAX_WRAPPED + 1)):
        if may_start and start not in expressions:
            yield (_base(words[start]), *words[start + 1 :])
        may_start = may_start or ANNOUNCES_PROGRAM.fullmatch(words[start]) is not None
    for at, word in _not_messages(program, words) if depth else ():
        scripts = _scripts(word) if at <= _MAX_WRAPPED else ()
        for part in dict.fromkeys(part for script in scripts for part in _parts_of(script, reads_lines=reads_lines)):
            yield from _readings(loose_words(part)[0], depth=depth - 1)


def _parts_of(script: str, *, reads_lines: bool) -> tuple[str, ...]:
    """The commands in an argument.

    Args:
        reads_lines: a shell may get it, which runs the lines in front of one that is no command.
    """
    if len(script) <= MAX_PARSED:
        parts = command_parts(script)
        if parts or not reads_lines:
            return parts
    pieces = _BETWEEN_COMMANDS.split(script.replace("\\\n", ""))
    return tuple(piece for piece in pieces if piece and not piece.isspace())


def _not_messages(program: str, words: Words) -> Iterator[tuple[int, str]]:
    """The arguments with their places, without what is only a text for a commit, a pattern, or the like."""
    before, expressions, has_messages = "", expressions_in(words), program in HAVE_COMMANDS_OF_THEIR_OWN
    for at, word in enumerate(words[1:], 1):
        is_message = has_messages and (
            TAKES_MESSAGE.fullmatch(before) or TAKES_MESSAGE.fullmatch(word.partition("=")[0])
        )
        if not is_message and at not in expressions:
            yield at, word
        before = word


def _scripts(word: str) -> Iterator[str]:
    """What in an argument may be a command line of its own: `rm x` as such, in `-crm x`, `+!rm x`, `alias.a=!rm x`."""
    if not _BLANK.search(word):
        return
    yield word.lstrip("!+:")
    if word.startswith("-") and not word.startswith("--"):
        yield word[2:]
    for value in word.split("=", _MAX_SETTINGS)[1:]:
        yield value.lstrip("!")


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
    return word.rsplit("/", 1)[-1].removesuffix(".exe")
