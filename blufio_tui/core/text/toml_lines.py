"""On which line of a TOML document a key stands.

The standard parser gives values without positions, and an error in a manifest is only useful with its
line. This scanner reads a document that has already been parsed, so it needs to understand no more
than where statements, strings and brackets begin and end.
"""

import re
import tomllib
from collections.abc import Iterator

Path = tuple[str | int, ...]

_TRIPLE = re.compile(r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}', re.DOTALL)
_SINGLE = re.compile(r'"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'')
_COMMENT = re.compile(r"#[^\n]*")
_NOT_BARE = re.compile("|".join(one.pattern for one in (_TRIPLE, _SINGLE, _COMMENT)), re.DOTALL)
MAX_KEY_PARTS = 128
_NOT_IN_KEYS = re.compile(r"[=,{}\[\]]")
_KEY = r'(?:[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\')'
_DOTTED = re.compile(rf"[ \t]*({_KEY}(?:[ \t]*\.[ \t]*{_KEY})*)[ \t]*")
_PART = re.compile(_KEY)


def key_lines(text: str) -> dict[Path, int]:
    """Line (from 1) of each table and key, by path; entries of an array of tables are numbered from 0."""
    lines: dict[Path, int] = {}
    table: Path = ()
    counts: dict[Path, int] = {}
    for line, statement in _statements(text):
        if statement.startswith("["):
            is_array = statement.startswith("[[")
            name = _parts(statement.lstrip("["))
            table = _enter(name, is_array, counts)
            lines.setdefault(table, line)
        else:
            path = table
            for part in _parts(statement):
                path = (*path, part)
                lines.setdefault(path, line)
    return lines


def line_of(lines: dict[Path, int], path: Path) -> int:
    """The line of `path`, else of the nearest thing around it; 1 when nothing is known."""
    for end in range(len(path), 0, -1):
        if path[:end] in lines:
            return lines[path[:end]]
    return 1


def _enter(name: tuple[str, ...], is_array: bool, counts: dict[Path, int]) -> Path:
    """The path of a table header, with the index of each array of tables that it passes through."""
    path: Path = ()
    for position, part in enumerate(name):
        path = (*path, part)
        last = position == len(name) - 1
        if last and is_array:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path


def _parts(text: str) -> tuple[str, ...]:
    match = _DOTTED.match(text)
    return tuple(_unquote(part) for part in _PART.findall(match.group(1))) if match else ()


def _unquote(part: str) -> str:
    if part[0] not in "\"'":
        return part
    return str(tomllib.loads(f"x = {part}")["x"])


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """(line, text) of each header and each `key = value`, comments and blank lines left out."""
    position, line, start, depth, seen_value = 0, 1, -1, 0, False
    first_line = 1
    while position < len(text):
        char = text[position]
        token = _token_at(text, position)
        if char == "\n" and depth == 0:
            if start >= 0:
                yield first_line, text[start:position]
            start, seen_value = -1, False
        elif not char.isspace() and char != "#" and start < 0:
            start, first_line = position, line
        if seen_value and not token:
            depth += (char in "[{") - (char in "]}")
        seen_value = seen_value or (char == "=" and not token)
        step = token or char
        line += step.count("\n")
        position += len(step)
    if start >= 0:
        yield first_line, text[start:]


def _token_at(text: str, position: int) -> str:
    """The string or comment that starts here, "" if neither does."""
    char = text[position]
    if char == "#":
        match = _COMMENT.match(text, position)
    elif char in "\"'":
        match = _TRIPLE.match(text, position) or _SINGLE.match(text, position)
    else:
        return ""
    return match.group() if match else ""


def line_with_long_key(text: str) -> int:
    """The line of the first key with more than MAX_KEY_PARTS parts, 0 if there is none; takes linear time.

    The parser's time grows with the square of a key's parts. Strings and comments are taken out first: what they
    hold is neither a part of a key nor a way to hide one.
    """
    bare = _NOT_BARE.sub(lambda match: '"' + "\n" * match[0].count("\n"), text)
    for number, line in enumerate(bare.split("\n"), 1):
        if line.count(".") >= MAX_KEY_PARTS and any(
            piece.count(".") >= MAX_KEY_PARTS for piece in _NOT_IN_KEYS.split(line)
        ):
            return number
    return 0
