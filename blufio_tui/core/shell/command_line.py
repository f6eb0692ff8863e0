"""Parses a shell command into the commands inside it, so that each is shown and decided.

The full grammar comes from tree-sitter's bash parser; `core.shell.literal` is the second opinion that a
grant for a part needs. What neither understands is shown and granted only as a whole.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from time import thread_time
from typing import TYPE_CHECKING

from blufio_tui.core.capability import ExecTarget
from blufio_tui.core.shell.known_programs import CHANGES_THE_SHELL, FILTERS, FILTERS_WITH_OUTPUT_OPTIONS
from blufio_tui.core.shell.literal import Words, literal_line, literal_words

if TYPE_CHECKING:
    from tree_sitter import Language, Node

MAX_COMMAND_BYTES = 64 * 1024
_MAX_PARTS = 200
_MAX_PARSE_SECS = 1.0
"""Of processor time. The longest line takes 0.1 s; what is no command costs the parser the square of its length."""

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
_SUBSTITUTION = re.compile(rb"\\.|(\$\(|`)", re.DOTALL)
_NO_OUTPUT_OPTION = re.compile(r"-[0-9A-Za-np-z,.]+")


def exec_target(command: str, cwd: str) -> ExecTarget:
    return ExecTarget(command, command_parts(command), cwd)


@lru_cache(maxsize=64)
def command_parts(command: str) -> tuple[str, ...]:
    """Every simple command of the line, substitutions and function bodies included, as written and in order.

    Empty when the line cannot be parsed, is too long, or holds nothing.
    """
    source = command.encode("utf-8", "surrogateescape")
    if len(source) > MAX_COMMAND_BYTES or "\0" in command:
        return ()
    root = _parse(source)
    if root is None or root.has_error:
        return ()
    parts = tuple(_text(source, node) for node in _part_nodes(source, root))
    return parts if len(parts) <= _MAX_PARTS else ()


def _parse(source: bytes) -> "Node | None":
    """None where it takes too long."""
    from tree_sitter import Parser

    end = thread_time() + _MAX_PARSE_SECS
    try:
        tree = Parser(_bash()).parse(
            lambda offset, _point: source[offset:], progress_callback=lambda *_: thread_time() > end
        )
    except ValueError:
        return None
    return tree.root_node


@lru_cache(maxsize=1)
def _bash() -> "Language":
    import tree_sitter_bash
    from tree_sitter import Language

    return Language(tree_sitter_bash.language())


def separable_parts(target: ExecTarget) -> tuple[Words, ...]:
    """The commands of a line, as words, if each means the same on its own; empty if that is not certain.

    Both readers must agree. In a line of several commands, none may change the shell for the next one, and
    none may run what another one pipes to it. A name that the project gave another meaning says nothing: an answer
    about `git` is not one about the project's own `git`.
    """
    if target.replaced:
        return ()
    line = literal_line(target.command)
    if not line or tuple(literal_words(part) for part in target.parts) != tuple(words for _, words in line):
        return ()
    if len(line) > 1 and any(_depends_on_others(before, words) for before, words in line):
        return ()
    return tuple(words for _, words in line)


def unread_substitution(command: str) -> bool:
    """True if the line contains a `$(` or a backtick that the parser treated as plain text although bash may run it."""
    source = command.encode("utf-8", "surrogateescape")
    starts = [match.start() for match in _SUBSTITUTION.finditer(source) if match[1]]
    if not starts:
        return False
    root = _parse(source)
    if root is None:
        return True
    read: set[int] = set()
    quoted: list[tuple[int, int]] = []
    pending = [root]
    while pending:
        node = pending.pop()
        if node.type in ("raw_string", "comment") or _is_quoted_heredoc(source, node):
            quoted.append((node.start_byte, node.end_byte))
        elif node.child_count == 0 and not node.is_named:
            read.add(node.start_byte)
        pending.extend(node.children)
    return any(at not in read and not any(start <= at < end for start, end in quoted) for at in starts)


def _is_quoted_heredoc(source: bytes, node: "Node") -> bool:
    """The body of `<<'END'`, in which nothing is expanded."""
    if node.type != "heredoc_body" or node.parent is None:
        return False
    starts = [child for child in node.parent.children if child.type == "heredoc_start"]
    return any(source[one.start_byte : one.start_byte + 1] in (b"'", b'"', b"\\") for one in starts)


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
    if program in CHANGES_THE_SHELL or (program == "printf" and words[1:2] and words[1].startswith("-v")):
        return True
    return before == "|" and not _only_filters(program, words[1:])


def _only_filters(program: str, arguments: Words) -> bool:
    """What comes through a pipe continues to the output and nowhere else: no file, no network, no other program."""
    if program in FILTERS_WITH_OUTPUT_OPTIONS:
        return all(map(_NO_OUTPUT_OPTION.fullmatch, arguments))
    return program in FILTERS


def _base(word: str) -> str:
    return word.rsplit("/", 1)[-1]
