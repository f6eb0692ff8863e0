"""What an app shows, as a small SVG: one path for each background, one text for each row.

An SVG by Textual names the style, the row and the position of every run, spaces and all; this one draws the same in
a tenth of the bytes, with whole numbers, and a line of the file for a row of the screen: differences can be read.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape

from rich.cells import cell_len
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from rich.terminal_theme import SVG_EXPORT_THEME
from textual._context import visible_screen_stack
from textual.app import App

WIDE, HIGH, SIZE = 12, 24, 19.5
"""Of a cell and of its letters: of this size those of Fira Code are exactly as wide as a cell."""
EDGE, HEAD = 8, 26
FONTS = "Fira Code,JetBrains Mono,Menlo,DejaVu Sans Mono,Consolas,monospace"
LIGHTS = ("#ff5f57", "#febc2e", "#28c840")
LOOPBACK_PORT = re.compile(r"(?<=\.1:)[1-9]\d{4}(?!\d)")
"""The port that the kernel chose for the scripted model, also in an address that was shortened."""


@dataclass(frozen=True, slots=True)
class Look:
    """How one run of text looks, as CSS would say it."""

    color: str
    background: str
    is_bold: bool
    is_italic: bool
    lines: str

    def css(self) -> str:
        parts = [f"fill:{self.color}"]
        parts += ["font-weight:bold"] if self.is_bold else []
        parts += ["font-style:italic"] if self.is_italic else []
        parts += [f"text-decoration:{self.lines}"] if self.lines else []
        return ";".join(parts)


def picture(app: App[object]) -> str:
    """The screen as it is now, with those below it where it does not cover them."""
    rows = [[(start, LOOPBACK_PORT.sub("40000", text), look) for start, text, look in row] for row in _rows(app)]
    width, height = app.size
    ground = _most_common_background(rows)
    classes: dict[str, str] = {}
    texts = [_text(row, number, classes) for number, row in enumerate(rows)]
    outer_width, outer_height = width * WIDE + 2 * EDGE, height * HIGH + HEAD + EDGE
    styles = "".join(f".{name}{{{css}}}" for css, name in classes.items())
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {outer_width} {outer_height}" '
        f'font-family="{FONTS}" font-size="{SIZE}">'
    )
    lights = "".join(
        f'<circle cx="{EDGE + 10 + 18 * at}" cy="13" r="5.5" fill="{color}"/>' for at, color in enumerate(LIGHTS)
    )
    frame = f'<rect width="{outer_width}" height="{outer_height}" rx="8" fill="{ground}"/>{lights}'
    body = [f'<g transform="translate({EDGE} {HEAD})">', *_backgrounds(rows, ground), *filter(None, texts), "</g>"]
    return "\n".join([head, f"<style>text{{font-variant-ligatures:none}}{styles}</style>", frame, *body, "</svg>", ""])


Row = list[tuple[int, str, Look]]
"""Runs of one look: where each starts, in cells, and its text."""


def _rows(app: App[object]) -> Iterator[Row]:
    for strips in full_update(app):
        row: Row = []
        at = 0
        for segment in (segment for strip in strips for segment in strip):
            if segment.control or not segment.text:
                continue
            look = _look(segment)
            if row and row[-1][2] == look:
                start, text, _ = row[-1]
                row[-1] = (start, text + segment.text, look)
            else:
                row.append((at, segment.text, look))
            at += segment.cell_length
        yield row


def full_update(app: App[object]) -> list[Iterable[Iterable[Segment]]]:
    visible_screen_stack.set(list(app._background_screens))
    return list(app.screen._compositor.render_full_update().strips)


def _look(segment: Segment) -> Look:
    style = segment.style or Style.null()
    color, background = _hex(style.color, ink=True), _hex(style.bgcolor, ink=False)
    if style.reverse:
        color, background = background, color
    if style.dim:
        color = _between(color, background)
    lines = " ".join(name for name, on in (("underline", style.underline), ("line-through", style.strike)) if on)
    return Look(color, background, bool(style.bold), bool(style.italic), lines)


def _hex(color: Color | None, *, ink: bool) -> str:
    triplet = (color or Color.default()).get_truecolor(SVG_EXPORT_THEME, foreground=ink)
    return triplet.hex


def _between(color: str, background: str) -> str:
    pairs = zip(bytes.fromhex(color[1:]), bytes.fromhex(background[1:]), strict=True)
    return "#" + bytes((one + two) // 2 for one, two in pairs).hex()


def _most_common_background(rows: list[Row]) -> str:
    cells: dict[str, int] = defaultdict(int)
    for row in rows:
        for _, text, look in row:
            cells[look.background] += cell_len(text)
    return max(sorted(cells), key=cells.__getitem__)


def _backgrounds(rows: list[Row], ground: str) -> Iterator[str]:
    """One path for each colour but the one behind everything."""
    boxes: dict[str, dict[tuple[int, int], list[int]]] = defaultdict(lambda: defaultdict(list))
    for number, row in enumerate(rows):
        for background, start, end in _spans(row):
            if background != ground:
                boxes[background][start, end].append(number)
    for color in sorted(boxes):
        parts = [
            f"M{start * WIDE} {first * HIGH}h{(end - start) * WIDE}v{(last - first) * HIGH}H{start * WIDE}z"
            for (start, end), numbers in boxes[color].items()
            for first, last in _stretches(numbers)
        ]
        yield f'<path fill="{color}" shape-rendering="crispEdges" d="{"".join(parts)}"/>'


def _spans(row: Row) -> Iterator[tuple[str, int, int]]:
    """Neighbours of one background as one."""
    current: tuple[str, int, int] | None = None
    for start, text, look in row:
        end = start + cell_len(text)
        if current and current[0] == look.background:
            current = (current[0], current[1], end)
        else:
            if current:
                yield current
            current = (look.background, start, end)
    if current:
        yield current


def _stretches(numbers: list[int]) -> Iterator[tuple[int, int]]:
    """Rows that follow each other: the first, and the one after the last."""
    first = last = numbers[0]
    for number in numbers[1:]:
        if number != last + 1:
            yield first, last + 1
            first = number
        last = number
    yield first, last + 1


def _text(row: Row, number: int, classes: dict[str, str]) -> str:
    pieces = []
    for start, text, look in row:
        for at, word in _words(text, keep=bool(look.lines)):
            name = classes.setdefault(look.css(), _name(len(classes)))
            cells = cell_len(word)
            length = f' textLength="{cells * WIDE}"' if len(word) == cells > 1 else ""
            pieces.append(
                f'<tspan x="{(start + at) * WIDE}" class="{name}"{length}>{escape(word, quote=False)}</tspan>'
            )
    return f'<text y="{number * HIGH + 18}">{"".join(pieces)}</text>' if pieces else ""


def _words(text: str, *, keep: bool) -> Iterator[tuple[int, str]]:
    """Where each stretch without two spaces in a row begins, in cells; wide characters stand alone.

    Args:
        keep: spaces are drawn, too, as they are underlined.
    """
    at, start, word = 0, 0, ""
    for index, character in enumerate(text):
        cells = cell_len(character)
        gap = character == " " and (not word or text[index + 1 : index + 2] in (" ", ""))
        if not keep and (gap or cells > 1):
            if word.strip():
                yield start, word.rstrip()
            word = ""
            if not gap:
                yield at, character
        else:
            start = start if word else at
            word += character
        at += cells
    if word.strip() or (keep and word):
        yield start, word


def _name(number: int) -> str:
    letters = "abcdefghijklmnopqrstuvwxyz"
    return letters[number] if number < 26 else letters[number // 26 - 1] + letters[number % 26]
