"""What each day cost, as columns over a common axis."""

from collections.abc import Sequence
from datetime import date

from textual.content import Content

from blufio_tui.core.sessions.records import DaySpending
from blufio_tui.core.text.amounts import dollars

_EIGHTHS = " ▁▂▃▄▅▆▇█"
_HEIGHT = 8


def day_plot(days: Sequence[DaySpending], width: int, *, marked: str = "", height: int = _HEIGHT) -> list[Content]:
    """One column a day, the newest at the right; as many as fit. The day `marked` has another colour.

    A day without any cost has no column; one whose cost is too small to see has the smallest.
    """
    label_width = 9
    column = 2 if (width - label_width) // 2 >= len(days) else 1
    shown = list(days)[-max((width - label_width) // column, 1) :]
    most = max((day.totals.usd for day in shown), default=0.0)
    if most <= 0:
        return []
    levels = [_level(day.totals.usd / most, height) for day in shown]
    lines = []
    for row in reversed(range(height)):
        label = dollars(most) if row == height - 1 else ""
        cells = [
            (_EIGHTHS[max(0, min(level - 8 * row, 8))] * column, "$accent" if day.day == marked else "$info")
            for day, level in zip(shown, levels, strict=True)
        ]
        lines.append(Content.assemble((label.rjust(label_width - 2), "$muted"), (" │", "$line"), *cells))
    lines.append(Content.assemble("$0".rjust(label_width - 2), (" └" + "─" * (column * len(shown)), "$line")))
    return [*lines, _axis(shown, label_width, column)]


def _level(share: float, height: int) -> int:
    return 0 if share <= 0 else max(round(share * height * 8), 1)


def _axis(shown: Sequence[DaySpending], label_width: int, column: int) -> Content:
    """The first and the last day under their columns."""
    first, last = _short(shown[0].day), _short(shown[-1].day)
    room = column * len(shown)
    text = last.rjust(room) if room < len(first) + len(last) + 1 else first + last.rjust(room - len(first))
    return Content.styled(" " * label_width + text, "$muted")


def _short(day: str) -> str:
    moment = date.fromisoformat(day)
    return f"{moment.day} {moment:%b}"
