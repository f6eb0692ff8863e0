"""Lines of files and addresses as links: the terminal opens them on a click (OSC 8), a key chooses them."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from textual.content import Content, Span
from textual.style import Style

from blufio_tui.core.text.references import references

if TYPE_CHECKING:
    from textual.strip import Strip

FOLDED = "↳"
"""Stands before what goes on from the line above in code."""
_TARGET = "target"
_URL_CHARACTERS = "!#$%&'()*+,-./:;=?@[]_~"


def with_links(content: Content, *, folded_at: int = 0) -> Content:
    """Mark what the text refers to. Whether a file is there is not known yet: `resolved` says it.

    Args:
        folded_at: the width at which longer lines were folded; what ends there may continue in the next line.
    """
    is_full = folded_at > 0 and content.cell_length >= folded_at
    for reference in references(content.plain):
        if is_full and reference.end == len(content.plain):
            continue
        content = content.stylize(_marked(reference.target, reference.line), reference.start, reference.end)
    return content


def linked(content: Content, address: str) -> Content:
    """All of a text as a link to an address; as it is where that is not one of the web."""
    return content.stylize(_marked(address, 0)) if address.startswith(("http://", "https://")) else content


def _marked(target: str, line: int) -> Style:
    return Style.from_meta({_TARGET: (target, line)})


def resolved(content: Content, project: Path) -> Content:
    """The marks as links; those to files that are not there are taken away."""
    if not any(_target_of(span) for span in content.spans):
        return content
    spans: list[Span] = []
    for span in content.spans:
        target = _target_of(span)
        if target is None:
            spans.append(span)
        elif uri := _uri(*target, project):
            spans.append(Span(span.start, span.end, _marked(*target) + Style(link=uri, underline=True)))
    return Content(content.plain, spans)


def _target_of(span: Span) -> tuple[str, int] | None:
    target: tuple[str, int] | None = span.style.meta.get(_TARGET) if isinstance(span.style, Style) else None
    return target


def _uri(target: str, line: int, project: Path) -> str:
    """ "" if nothing can be opened. Without the line: what opens files by address knows none."""
    if not line:
        return quote(target, safe=_URL_CHARACTERS)
    file = file_of(target, project)
    return f"file://{_host()}{quote(str(file))}" if file is not None else ""


@cache
def _host() -> str:
    """With it a terminal on another machine knows that the file is not there."""
    return quote(socket.gethostname())


def file_of(path: str, project: Path) -> Path | None:
    """The file that a path names from the project folder, if it is one."""
    try:
        file = project / Path(path).expanduser()
        return file if file.is_file() else None
    except (OSError, RuntimeError, ValueError):
        return None


@dataclass(frozen=True, slots=True)
class LinkPlace:
    """
    Attributes:
        pieces: line, first and last-but-one cell of each part; more than one where it continues in the next line.
        target, line: as in `core.text.references`.
    """

    pieces: tuple[tuple[int, int, int], ...]
    target: str
    line: int

    @property
    def first_line(self) -> int:
        return self.pieces[0][0]

    @property
    def height(self) -> int:
        return self.pieces[-1][0] - self.first_line + 1

    @property
    def text(self) -> str:
        return f"{self.target}:{self.line}" if self.line else self.target


def link_places(strips: Sequence[Strip]) -> list[LinkPlace]:
    """Where the links of drawn lines stand."""
    places: list[LinkPlace] = []
    for number, strip in enumerate(strips):
        at, is_first = 0, True
        for segment in strip:
            end = at + segment.cell_length
            if segment.style is not None and segment.style.link:
                target = segment.style.meta[_TARGET]
                last = places[-1] if places else None
                goes_on = (
                    last is not None and (last.target, last.line) == target and _touches(last, number, at, is_first)
                )
                if last is not None and goes_on:
                    places[-1] = LinkPlace((*last.pieces, (number, at, end)), *target)
                else:
                    places.append(LinkPlace(((number, at, end),), *target))
            is_first = is_first and not segment.text.strip(f" {FOLDED}")
            at = end
    return places


def _touches(place: LinkPlace, line: int, at: int, is_first: bool) -> bool:
    """Whether a piece continues where the place ended: at the next cell, or as the first of the next line."""
    last_line, _, end = place.pieces[-1]
    return (line == last_line and at == end) or (line == last_line + 1 and is_first)
