"""A deliberately small reader of shell commands: it accepts only what has exactly one meaning.

A grant may cover a part of a command only where this reader sees the same commands as the full parser
(`core.shell.command_line`). Whatever would be expanded, substituted, redirected to a file or read as syntax
makes it give up; then only the exact command can be granted.
"""

import re

from blufio_tui.core.shell.known_programs import RESERVED

Words = tuple[str, ...]

_PLAIN = re.compile(r"[A-Za-z0-9_./:=@%+,-]+")
_SINGLE_QUOTED = re.compile(r"'([^'\x00-\x08\x0b-\x1f\x7f]*)'")
_DOUBLE_QUOTED = re.compile(r'"([^"$`\\!\x00-\x08\x0b-\x1f\x7f]*)"')
_SEPARATOR = re.compile(r"&&|\|\||;|\||&|\n")
_HARMLESS_REDIRECT = re.compile(
    r"(?:[012]?>{1,2}[ \t]*/dev/null|&>[ \t]*/dev/null|[012]?<[ \t]*/dev/null|[12]?>&[12])(?=[\s;|&]|$)"
)
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=")


def literal_line(command: str) -> tuple[tuple[str, Words], ...] | None:
    """Each simple command of a line with the separator before it ("" for the first), or None if the line is
    more than words and separators."""
    commands: list[tuple[str, Words]] = []
    command, position, before = command.strip(" \t\n"), 0, ""
    while position < len(command):
        words, position = _read_command(command, position)
        if not words or words[0] in RESERVED or _ASSIGNMENT.match(words[0]):
            return None
        commands.append((before, words))
        separator = _SEPARATOR.match(command, position)
        if separator is None:
            return tuple(commands) if position == len(command) else None
        before, position = separator[0], _skip_blank(command, separator.end())
    return tuple(commands) if before in (";", "&", "\n") else None


def literal_commands(command: str) -> tuple[Words, ...] | None:
    line = literal_line(command)
    return tuple(words for _, words in line) if line else None


def literal_words(part: str) -> Words | None:
    """The words of one simple command, or None if it is more than words."""
    commands = literal_commands(part)
    return commands[0] if commands is not None and len(commands) == 1 else None


def _read_command(text: str, position: int) -> tuple[Words, int]:
    """Words up to a separator or to whatever is not understood (the caller sees that it is not a separator)."""
    words: list[str] = []
    position = _skip_blank(text, position)
    while position < len(text):
        if redirect := _HARMLESS_REDIRECT.match(text, position):
            position = _skip_blank(text, redirect.end())
            continue
        word, end = _read_word(text, position)
        if end == position:
            break
        words.append(word)
        position = _skip_blank(text, end)
        if position == end and position < len(text) and not _SEPARATOR.match(text, position):
            break  # something not understood is glued to the word
    return tuple(words), position


def _read_word(text: str, position: int) -> tuple[str, int]:
    """One word made of plain and quoted stretches."""
    word = ""
    while True:
        if plain := _PLAIN.match(text, position):
            word, position = word + plain[0], plain.end()
        elif quoted := _SINGLE_QUOTED.match(text, position) or _DOUBLE_QUOTED.match(text, position):
            word, position = word + quoted[1], quoted.end()
        else:
            return word, position


def _skip_blank(text: str, position: int) -> int:
    while position < len(text) and text[position] in " \t":
        position += 1
    return position
