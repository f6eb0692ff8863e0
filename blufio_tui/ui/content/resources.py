"""A resource – file, address or command – shortened to a width, with its most telling part kept."""

import re
from pathlib import Path

from rich.cells import cell_len

from blufio_tui.core.text.display import visible_line

_ADDRESS = re.compile(r"(?P<scheme>\w+://)(?P<host>[^/?#\s]+)(?P<path>\S*)")
_PATH = re.compile(r"(?P<root>/?[^/]+)(?P<path>/.+)")
_SHORTEST = 8
"""Cells; below it nothing telling is left anyway."""


def short_resource(kind: str, resource: str, width: int, project: Path | None = None) -> str:
    """One line of at most `width` cells; control characters are escaped.

    Args:
        kind: of the capability: it says whether this is an address, a path or something else.
        project: paths below it begin with `./`.
    """
    text = visible_line(near(resource, project))
    return _short(text, width) if kind == "net" or kind.startswith("fs.") else middle_cut(text, width)


def short_input(summary: str, width: int) -> str:
    """A tool's input in one line; of an address or a path at its end the telling part is kept."""
    head, space, last = summary.rpartition(" ")
    room = width - cell_len(head + space)
    if cell_len(summary) <= width or "/" not in last or room < 2 * _SHORTEST:
        return summary
    return head + space + _short(last, room)


def _short(text: str, width: int) -> str:
    if width < _SHORTEST or cell_len(text) <= width:
        return text
    if address := _ADDRESS.fullmatch(text):
        return _short_address(address["scheme"], address["host"], address["path"], width)
    if path := _PATH.fullmatch(text):
        return _short_path(path["root"], path["path"], width)
    return middle_cut(text, width)


def near(path: str, project: Path | None) -> str:
    """A path below the project as `./…`; everything else as it is."""
    below = f"{project}/" if project else ""
    return f"./{path[len(below) :]}" if below and path.startswith(below) else path


def middle_cut(text: str, width: int) -> str:
    """The beginning and the end, in at most `width` cells."""
    if width < _SHORTEST or cell_len(text) <= width:
        return text
    tail = (width - 1) * 2 // 3
    return f"{_beginning(text, width - 1 - tail)}…{_end(text, tail)}"


def _short_address(scheme: str, host: str, path: str, width: int) -> str:
    """The host is whole, or keeps its end, which says whose it is; that it is encrypted goes without saying."""
    shown = host if scheme == "https://" else scheme + host
    room = width - cell_len(shown)
    if room < 2:
        return shown if room >= 0 else "…" + _end(shown, width - 1)
    if cell_len(path) <= room:
        return shown + path
    where, asked, _ = path.partition("?")
    if asked and cell_len(where) < room:
        return shown + _beginning(path, room - 1) + "…"
    return shown + (_last_segments(where, room) if room >= _SHORTEST else "/…")


def _short_path(root: str, path: str, width: int) -> str:
    """Where it begins – in the project, at home, elsewhere – and its last segments; the name before everything."""
    room = width - cell_len(root)
    name = path.rpartition("/")[2]
    if room >= cell_len(name) + 3:
        return root + _last_segments(path, room)
    return "…" + _end("/" + name, width - 1) if cell_len(name) <= width else middle_cut(name, width)


def _last_segments(path: str, width: int) -> str:
    """`/…/two/last` with as many whole segments as fit, else as much as fits of the last one's end."""
    segments = (path[at:] for at, character in enumerate(path) if character == "/" and at)
    whole = next((end for end in segments if cell_len(end) + 2 <= width), "")
    return "/…" + (whole or _end(path, width - 2))


def _beginning(text: str, cells: int) -> str:
    """As much of it as fits."""
    used = 0
    for index, character in enumerate(text):
        used += cell_len(character)
        if used > cells:
            return text[:index]
    return text


def _end(text: str, cells: int) -> str:
    return _beginning(text[::-1], cells)[::-1]
