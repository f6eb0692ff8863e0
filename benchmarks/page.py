"""Writes docs/performance.md from one run."""

from collections.abc import Iterator, Mapping, Sequence

from benchmarks.figures import Curve, Figure, Result

_METHOD = """\
Made by `make bench`; do not edit by hand.

Each figure is measured in the same run as the floor or peer it is compared with, A B A B, and the median is taken.
Quote the ratios: the times depend on the machine. A goal counts as missed when it is missed by more than 20 %.
"""


def render_page(machine: Mapping[str, str], results: Sequence[Result]) -> str:
    """The whole page as Markdown."""
    lines = ["# Performance", "", _METHOD, f"Machine: {', '.join(f'{k} {v}' for k, v in machine.items())}.", ""]
    lines += ["| figure | measured | compared with | ratio | goal | |", "|---|---|---|---|---|---|"]
    lines += [_row(figure) for figure in results if isinstance(figure, Figure)]
    for curve in results:
        if isinstance(curve, Curve):
            lines += ["", *_plot(curve)]
    return "\n".join(lines) + "\n"


def _row(figure: Figure) -> str:
    has_peer = figure.baseline is not None
    cells = (
        figure.title,
        f"{figure.value:.3g} {figure.unit}",
        f"{figure.baseline_title}, {figure.baseline:.3g} {figure.unit}" if has_peer else "",
        f"{figure.measured:.3g}×" if has_peer else "",
        "" if figure.goal is None else f"≤ {figure.goal:g}{'×' if has_peer else f' {figure.unit}'}",
        figure.verdict,
    )
    return "| " + " | ".join(cells) + " |"


def _plot(curve: Curve) -> Iterator[str]:
    """A bar for each point, drawn with characters: readable in a terminal and on a page."""
    highest = max(y for _, y in curve.points) or 1.0
    yield f"## {curve.title}"
    yield ""
    yield "```"
    for x, y in curve.points:
        yield f"{x:>10,g} {curve.x_title} │{'█' * round(40 * y / highest):<40} {y:.3g} {curve.unit}"
    yield "```"
