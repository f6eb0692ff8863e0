"""A shell command taken apart, so that each command inside it is shown and decided.

The full grammar comes from tree-sitter's bash parser; `core.literal_shell` is the second opinion that a
grant for a part needs. What neither understands is shown whole and can only be granted whole.
"""

import re
import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING

from blufio_tui.core.capability import ExecTarget
from blufio_tui.core.literal_shell import Words, literal_line, literal_words
from blufio_tui.core.shell_programs import CHANGES_THE_SHELL, RUNS_OTHERS, SHELLS, WRAPPERS

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_COMMAND_BYTES = 64 * 1024
_MAX_PARTS = 200
_MAX_WRAPPED = 24
"""How many words behind a wrapper may be the program that it runs."""

_PART_TYPES = frozenset(
    {
        "command",
        "declaration_command",
        "unset_command",
        "test_command",
        "variable_assignment",
        "variable_assignments",
        "function_definition",
        "redirected_statement",
        "for_statement",
        "c_style_for_statement",
        "case_statement",
    }
)
_HARMLESS = re.compile(r"(?:[012]?>{1,2}\s*/dev/null|&>\s*/dev/null|[012]?<\s*/dev/null|[12]?>&[12])\Z")


def exec_target(command: str, cwd: str) -> ExecTarget:
    return ExecTarget(command, command_parts(command), cwd)


def command_parts(command: str) -> tuple[str, ...]:
    """Every simple command of the line, substitutions and function bodies included, as written and in order.

    Empty when the line cannot be parsed, is too long, or holds nothing.
    """
    source = command.encode("utf-8", "surrogateescape")
    if len(source) > MAX_COMMAND_BYTES or "\0" in command:
        return ()
    import tree_sitter_bash
    from tree_sitter import Language, Parser

    tree = Parser(Language(tree_sitter_bash.language())).parse(source)
    if tree.root_node.has_error:
        return ()
    parts = tuple(_text(source, node) for node in _part_nodes(source, tree.root_node))
    return parts if len(parts) <= _MAX_PARTS else ()


def separable_parts(target: ExecTarget) -> tuple[Words, ...]:
    """The commands of a line each of which means the same alone, as words; empty when that cannot be said.

    Both readers must agree. In a line of several commands, none may change the shell for the next one, and
    none may run what another one pipes to it.
    """
    line = literal_line(target.command)
    if not line or tuple(literal_words(part) for part in target.parts) != tuple(words for _, words in line):
        return ()
    if len(line) > 1 and any(_depends_on_others(before, words) for before, words in line):
        return ()
    return tuple(words for _, words in line)


def programs_run(target: ExecTarget) -> Iterator[Words]:
    """Every reading of the line as `program arguments…` that a deny rule is held against.

    The path before a program's name is dropped and wrappers (`sudo`, `env`, `xargs`, `sh -c`) are looked into.
    This is generous on purpose: it may find more programs than would run.
    """
    for part in target.parts:
        yield from _readings(_loose_words(part), depth=3)


def is_opaque(target: ExecTarget) -> bool:
    """True when it cannot be said which programs the line runs."""
    return not target.parts or any(_hides_its_program(_loose_words(part)) for part in target.parts)


def _part_nodes(source: bytes, root: "Node") -> Iterator["Node"]:
    pending = [root]
    while pending:
        node = pending.pop()
        children = list(node.named_children)
        if node.type in _PART_TYPES and not _is_inside_command(node):
            if node.type != "redirected_statement":
                yield node
            elif not _only_harmless_redirects(source, node):
                yield node
                children = _without_body_command(children)
        pending.extend(reversed(children))


def _is_inside_command(node: "Node") -> bool:
    """An assignment in front of a command, in `export x=1` or in a list of assignments is part of that."""
    holders = {"command", "declaration_command", "variable_assignments", "for_statement", "c_style_for_statement"}
    return node.type == "variable_assignment" and node.parent is not None and node.parent.type in holders


def _only_harmless_redirects(source: bytes, node: "Node") -> bool:
    redirects = [child for child in node.named_children if child.type.endswith("redirect")]
    return all(_HARMLESS.match(_text(source, redirect)) for redirect in redirects)


def _without_body_command(children: list["Node"]) -> list["Node"]:
    """The command itself is shown with its redirection; what is nested in it still counts."""
    kept: list[Node] = []
    for child in children:
        kept.extend(child.named_children if child.type == "command" else [child])
    return kept


def _text(source: bytes, node: "Node") -> str:
    return source[node.start_byte : node.end_byte].decode("utf-8", "surrogateescape").strip()


def _depends_on_others(before: str, words: Words) -> bool:
    program = _base(words[0])
    return program in CHANGES_THE_SHELL or (before == "|" and program in RUNS_OTHERS)


def _loose_words(part: str) -> Words:
    """Words as nearly as can be said, quotes removed; assignments in front are dropped."""
    part = part.replace("\\\n", "")
    try:
        words = shlex.split(part, comments=False, posix=True)
    except ValueError:
        words = part.split()
    while words and re.match(r"[A-Za-z_]\w*\+?=", words[0]):
        words = words[1:]
    return tuple(words)


def _readings(words: Words, *, depth: int) -> Iterator[Words]:
    if not words:
        return
    program = _base(words[0])
    yield (program, *words[1:])
    if depth == 0 or program not in WRAPPERS:
        return
    for start in range(1, min(len(words), _MAX_WRAPPED)):
        if program in SHELLS or program == "eval":
            for part in command_parts(words[start]):
                yield from _readings(_loose_words(part), depth=depth - 1)
        yield from _readings(words[start:], depth=depth - 1)


def _hides_its_program(words: Words) -> bool:
    """A name made by expansion, or a shell whose script comes from an expansion or from its input."""
    if not words:
        return False
    program, arguments = _base(words[0]), words[1:]
    if program in SHELLS or program in ("eval", "source", "."):
        return not arguments or any("$" in word or "`" in word for word in arguments)
    return re.search(r"[$`*?\[{]", words[0]) is not None


def _base(word: str) -> str:
    return word.rsplit("/", 1)[-1]
