"""A row of numbers as a row of bars, one cell each."""

from collections.abc import Sequence

from textual.content import Content

_BARS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float], width: int, style: str) -> Content:
    """The newest values that fit, the last at the right; the highest of them is a full bar, 0 a blank baseline."""
    shown = values[-max(width, 1) :]
    most = max(shown, default=0.0)
    return Content.styled("".join(_bar(value, most) for value in shown), style)


def _bar(value: float, most: float) -> str:
    if most <= 0 or value <= 0:
        return _BARS[0]
    return _BARS[min(round(value / most * (len(_BARS) - 1)), len(_BARS) - 1)]
