"""Writes docs/performance.md from one run."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path

from benchmarks.figures import Curve, Figure, Result

NOTES = Path(__file__).with_name("notes.md")
_WIDTH = 40
_METHOD = """\
Made by `make bench ARGS='--page docs/performance.md'`; do not edit by hand. `benchmarks/notes.md` is put in at the end.

Each figure is measured in the same run as the floor or peer it is compared with, A B A B, and the median is taken.
Quote the ratios: the times depend on the machine. What a person waits for (frames, keys, sessions) is measured on the
whole program in a pseudo terminal, from the outside. A goal counts as missed when it is missed by more than 20 %,
as "close" when by less.
"""
_TITLES = {
    "start_up": "Starting",
    "cage": "Commands in the cage",
    "sandbox": "A call in the sandbox",
    "throughput": "Many calls in the sandbox",
    "host_calls": "Effects: policy, audit, file",
    "replay": "Recording calls",
    "agent_loop": "The agent's own share of a turn",
    "screen": "A full screen: 2,000 messages, 5,000 trace rows, 100,000 audit rows",
    "streaming": "While a reply streams in",
    "sessions": "Opening conversations",
    "skills": "A thousand skills",
    "audit_log": "A million rows of audit",
    "endurance": "Over time",
}


def render_page(machine: Mapping[str, str], results: Sequence[tuple[str, Result]]) -> str:
    """The whole page as Markdown; `results` with the names of their suites, in order."""
    lines = ["# Performance", "", _METHOD, f"Machine: {', '.join(f'{k} {v}' for k, v in machine.items())}."]
    for suite, group in groupby(results, key=lambda pair: pair[0]):
        lines += ["", f"## {_TITLES.get(suite, suite)}", "", *_section([result for _, result in group])]
    notes = NOTES.read_text(encoding="utf-8").rstrip().splitlines() if NOTES.is_file() else []
    return "\n".join([*lines, "", *notes]).rstrip() + "\n"


def _section(results: Sequence[Result]) -> Iterator[str]:
    yield "| figure | measured | compared with | ratio | goal | |"
    yield "|---|---|---|---|---|---|"
    yield from (_row(figure) for figure in results if isinstance(figure, Figure))
    for curve in results:
        if isinstance(curve, Curve):
            yield from ("", *_plot(curve))


def _row(figure: Figure) -> str:
    has_peer = figure.baseline is not None
    cells = (
        figure.title,
        f"{amount(figure.value)} {figure.unit}",
        f"{figure.baseline_title}, {amount(figure.baseline)} {figure.unit}" if figure.baseline is not None else "",
        f"{amount(figure.measured)}×" if has_peer else "",
        "" if figure.goal is None else f"≤ {figure.goal:g}{'×' if has_peer else f' {figure.unit}'}",
        figure.verdict,
    )
    return "| " + " | ".join(cells) + " |"


def amount(value: float) -> str:
    """Three digits that matter, never as a power of ten."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _plot(curve: Curve) -> Iterator[str]:
    """A bar for each point, drawn with characters: readable in a terminal and on a page."""
    highest = max(y for _, y in curve.points) or 1.0
    yield f"{curve.title[0].upper()}{curve.title[1:]}, {curve.unit} by {curve.x_title}:"
    yield ""
    yield "```"
    for x, y in curve.points:
        yield f"{x:>10,.0f} │{'█' * round(_WIDTH * y / highest):<{_WIDTH}} {amount(y)} {curve.unit}"
    yield "```"
