"""Terminals with 256 colours, with 16, or with none: the colours of a theme as they were chosen for them by hand.

Left alone, each colour would become the nearest that the terminal has: grounds that differ by a shade become one, and
two colours that mean different things become the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter
from textual.theme import Theme

TEXTS = ("text", "muted", "accent", "ok", "warn", "bad", "info", "code")
GROUNDS = ("background", "panel", "selection")
TINTS = {"added": "ok", "removed": "bad"}
"""Grounds of a difference, and the colour that each has a little of."""
TINT = 0.14
NUMBERED = (*GROUNDS, "line", *TEXTS, *TINTS)
"""What has a number of its own in a theme file."""

_NEAR, _NEAR_TEXT = 16, 60
"""Distance, as the sum over red, green and blue, up to which a ground, or a text, is taken for one of the theme's."""

DARK_16 = dict(zip(NUMBERED, (0, 0, 4, 8, 15, 7, 14, 10, 11, 9, 14, 13, 0, 0), strict=True))
LIGHT_16 = dict(zip(NUMBERED, (15, 15, 7, 7, 0, 8, 4, 4, 5, 1, 4, 5, 15, 15), strict=True))
"""With sixteen colours the themes differ in little more than dark and light.

Green, yellow and cyan cannot be read on white.
"""

_RGB = tuple[int, int, int]


@dataclass
class FileTheme(Theme):
    """
    Attributes:
        numbers: for 256 and for 16 colours the number of each colour, by its name in the theme file.
    """

    numbers: Mapping[int, Mapping[str, int]] = field(default_factory=dict)


def numbers_of(theme: Theme, count: int) -> Mapping[str, int]:
    """The numbers that hold for a theme in a terminal with so many colours; {} where the nearest colour must do."""
    chosen = theme.numbers.get(count, {}) if isinstance(theme, FileTheme) else {}
    if count == 16:
        return {**(DARK_16 if theme.dark else LIGHT_16), **chosen}
    return chosen


class FewColors(LineFilter):
    """
    Args:
        count: how many colours the terminal has: 256, 16, or 0 if it is to get none.
        theme: the theme that is shown.
    """

    def __init__(self, count: int, theme: Callable[[], Theme]) -> None:
        super().__init__()
        self._count = count
        self._theme = theme
        self._known: Theme | None = None
        self._texts: dict[_RGB, str] = {}
        self._grounds: dict[_RGB, str] = {}
        self._numbers: Mapping[str, int] = {}
        self._styles: dict[Style, Style] = {}

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002 - as every filter
        if (theme := self._theme()) is not self._known:
            self._use(theme)
        return [Segment(text, self._style(style) if style else style, control) for text, style, control in segments]

    def _use(self, theme: Theme) -> None:
        colors = _colors_of(theme)
        self._known, self._numbers = theme, numbers_of(theme, self._count)
        self._styles.clear()
        self._texts = {colors[name].rgb: name for name in reversed((*TEXTS, "line", *GROUNDS)) if name in colors}
        self._grounds = {
            colors[name].rgb: name for name in reversed((*GROUNDS, *TINTS, "line", *TEXTS)) if name in colors
        }

    def _style(self, style: Style) -> Style:
        if style not in self._styles:
            self._styles[style] = self._plain(style) if self._count == 0 else self._numbered(style)
        return self._styles[style]

    def _plain(self, style: Style) -> Style:
        """Without colours; what stood out by its ground stands out by being reversed."""
        name = self._ground_name(style.bgcolor, _NEAR)
        stands_out = name in TEXTS or name == "selection"
        attributes = Style(reverse=True) if stands_out else Style()
        return style + Style.from_color(RichColor.default(), RichColor.default()) + attributes

    def _numbered(self, style: Style) -> Style:
        is_few = self._count == 16
        text = _nearest(self._texts, style.color, _NEAR_TEXT if is_few else 0)
        ground = self._ground_name(style.bgcolor, _NEAR)
        if is_few:
            if style.color is not None and style.color.triplet is not None:
                text = text or "muted"  # a shade between
            ground = ground or _nearest({rgb: n for rgb, n in self._grounds.items() if n in GROUNDS}, style.bgcolor)
            if ground == "selection":
                text = "text"  # no other can be read on it
        return style + Style.from_color(self._number(text), self._number(ground))

    def _ground_name(self, color: RichColor | None, limit: int) -> str:
        return _nearest(self._grounds, color, limit)

    def _number(self, name: str) -> RichColor | None:
        """None leaves the colour as it is."""
        return RichColor.from_ansi(self._numbers[name]) if name in self._numbers else None


def _colors_of(theme: Theme) -> dict[str, Color]:
    own = {"background": theme.background, "panel": theme.panel, "accent": theme.primary, "text": theme.foreground}
    values = {**theme.variables, **own}
    colors = {name: Color.parse(value) for name in NUMBERED if (value := values.get(name))}
    if "background" in colors:
        tints = {name: of for name, of in TINTS.items() if of in colors}
        colors |= {name: colors["background"] + colors[of].with_alpha(TINT) for name, of in tints.items()}
    return colors


def _nearest(named: Mapping[_RGB, str], color: RichColor | None, limit: int | None = None) -> str:
    """The name of a colour, or of the nearest one that is no further away; "" for none."""
    if color is None or color.triplet is None or not named:
        return ""
    rgb = tuple(color.triplet)
    best = min(named, key=lambda other: _distance(rgb, other))
    return named[best] if limit is None or _distance(rgb, best) <= limit else ""


def _distance(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True))


def terminal_colors(environ: Mapping[str, str]) -> int | None:
    """How many colours a terminal has, as its environment says: 256, 16, 0 for none; None if there is no limit.

    `NO_COLOR` (https://no-color.org) counts where it is set to anything; after it what Textual and Rich look at.
    """
    if environ.get("NO_COLOR"):
        return 0
    forced = {"truecolor": None, "256": 256, "standard": 16}
    if (wanted := environ.get("TEXTUAL_COLOR_SYSTEM", "")) in forced:
        return forced[wanted]
    if environ.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit"):
        return None
    term = environ.get("TERM", "").strip().lower()
    if term in ("", "dumb", "unknown"):
        return 0
    return 256 if term.rpartition("-")[2] in ("256color", "kitty") else 16
