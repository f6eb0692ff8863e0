"""What changed between two runs, by what each figure's goal bounds: ratios where there are any."""

from collections.abc import Iterator, Mapping
from typing import Any

NOTEWORTHY = 0.1
"""Changes below 10 % are noise."""


def changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """A line for each figure that moved, came or went; one line when none did."""
    old, new = _measured(before), _measured(now)
    lines = [_line(key, old.get(key), value) for key, value in new.items() if _moved(old.get(key), value)]
    lines += [f"gone     {key}" for key in old if key not in new]
    yield from lines or ["No figure moved by more than 10 %."]


def _measured(report: Mapping[str, Any]) -> dict[str, float]:
    return {result["key"]: result["measured"] for result in report["results"] if "measured" in result}


def _moved(old: float | None, new: float) -> bool:
    return old is None or abs(new - old) > NOTEWORTHY * max(abs(old), 1e-9)


def _line(key: str, old: float | None, new: float) -> str:
    if old is None:
        return f"new      {key}: {new:.3g}"
    word = "better" if new < old else "worse"
    change = f" ({(new - old) / old:+.0%})" if old else ""
    return f"{word:<8} {key}: {old:.3g} → {new:.3g}{change}"
