"""Lines with colours of a terminal as lines of the screen.

Only the colour sequences that `core.shell.output` leaves in are obeyed; the colours are the terminal's own sixteen,
the 256 of xterm or true colour.
"""

import re

from rich.color import Color
from textual.content import Content, Span
from textual.style import Style

from blufio_tui.core.text.display import steady

_SGR = re.compile(r"\x1b\[([0-9;:]{0,40})m")
_ON = {1: "bold", 2: "dim", 3: "italic", 4: "underline", 7: "reverse", 9: "strike"}
_OFF = {22: ("bold", "dim"), 23: ("italic",), 24: ("underline",), 27: ("reverse",), 29: ("strike",)}


def terminal_lines(lines: list[str]) -> list[Content]:
    """One `Content` a line; colours last from line to line until they are reset."""
    looks: dict[str, str] = {}
    return [_line(steady(line.expandtabs(8)), looks) for line in lines]


def _line(line: str, looks: dict[str, str]) -> Content:
    pieces = _SGR.split(line)
    text, spans = "", []
    for index, piece in enumerate(pieces):
        if index % 2:
            _obey(piece, looks)
        elif piece:
            if looks:
                spans.append(Span(len(text), len(text) + len(piece), _style(looks)))
            text += piece
    return Content(text.replace("\x1b", "\\e"), spans=spans)


def _style(looks: dict[str, str]) -> Style:
    attributes = " ".join(name for name in looks if name not in ("fg", "bg"))
    return Style.parse(f"{attributes} {looks.get('fg', '')}{' on ' + looks['bg'] if 'bg' in looks else ''}".strip())


def _obey(parameters: str, looks: dict[str, str]) -> None:
    codes = [int(part) if part else 0 for part in re.split("[;:]", parameters)]
    while codes:
        code = codes.pop(0)
        if code == 0:
            looks.clear()
        elif code in _ON:
            looks[_ON[code]] = ""
        elif code in _OFF:
            for name in _OFF[code]:
                looks.pop(name, None)
        elif code in (38, 48):
            _colour_of(codes, looks, "fg" if code == 38 else "bg")
        elif code in (39, 49):
            looks.pop("fg" if code == 39 else "bg", None)
        elif 30 <= code <= 37 or 90 <= code <= 97:
            looks["fg"] = _named(code - 30 if code < 90 else code - 82)
        elif 40 <= code <= 47 or 100 <= code <= 107:
            looks["bg"] = _named(code - 40 if code < 100 else code - 92)


def _colour_of(codes: list[int], looks: dict[str, str], place: str) -> None:
    """`5;N` or `2;R;G;B`; what is cut short or out of range changes nothing."""
    form = codes.pop(0) if codes else 0
    if form == 5 and codes and (number := codes.pop(0)) < 256:
        looks[place] = _named(number) if number < 16 else Color.from_ansi(number).get_truecolor().hex
    elif form == 2 and len(codes) >= 3:
        red, green, blue = (codes.pop(0) for _ in range(3))
        if max(red, green, blue) < 256:
            looks[place] = f"#{red:02x}{green:02x}{blue:02x}"


_NAMES = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")


def _named(number: int) -> str:
    return f"ansi_{'bright_' if number >= 8 else ''}{_NAMES[number % 8]}"
