"""What is made of measured figures: verdicts, comparisons and the page."""

import json
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from benchmarks import __main__ as harness
from benchmarks.compare import changes
from benchmarks.figures import Curve, Figure, Result, in_turn_ms, percentile
from benchmarks.page import amount, render_page
from benchmarks.pty_app import environment


@pytest.mark.parametrize(
    ("value", "verdict"),
    [(90.0, "met"), (100.0, "met"), (119.0, "close"), (121.0, "missed")],
)
def test_a_goal_is_missed_when_it_is_missed_by_more_than_a_fifth(value: float, verdict: str) -> None:
    assert Figure("key", "title", value, "ms", goal=100).verdict == verdict


def test_a_goal_beside_a_peer_bounds_the_ratio() -> None:
    figure = Figure("key", "title", 30, "ms", 3, 10, "the floor")
    assert (figure.measured, figure.verdict) == (3, "met")
    assert "= 3× the floor (10 ms)  goal ≤ 3×" in figure.line()


def test_a_figure_without_a_goal_is_only_recorded() -> None:
    assert Figure("key", "title", 30, "ms").verdict == "recorded"


def test_the_percentile_is_a_value_that_was_measured() -> None:
    assert percentile([5.0, 1.0, 4.0, 2.0, 3.0], 0.95) == 5.0
    assert percentile([7.0], 0.5) == 7.0


def test_actions_are_timed_in_turn_and_warmed_up_before() -> None:
    order: list[str] = []
    times = in_turn_ms([lambda: order.append("a"), lambda: order.append("b")], runs=2, warm_up=1, batch=2)
    assert "".join(order) == "ab" + "aabb" * 2
    assert len(times) == 2


def report(*figures: Figure) -> dict[str, object]:
    return {"results": [figure.as_json() for figure in figures]}


def test_a_comparison_tells_what_moved_came_and_went() -> None:
    before = report(Figure("same", "", 100, "ms"), Figure("slower", "", 10, "ms"), Figure("gone", "", 1, "ms"))
    now = report(Figure("same", "", 105, "ms"), Figure("slower", "", 15, "ms"), Figure("new", "", 1, "ms"))
    assert list(changes(before, now)) == ["worse    slower: 10 → 15 (+50%)", "new      new: 1", "gone     gone"]


def test_a_comparison_of_equals_says_so() -> None:
    run = report(Figure("same", "", 100, "ms"))
    assert list(changes(run, run)) == ["No figure moved by more than 10 %."]


def test_the_page_has_every_figure_with_its_peer_and_goal_and_a_plot_for_every_curve() -> None:
    results: list[tuple[str, Result]] = [
        ("sandbox", Figure("warm", "warm call", 0.3, "ms", 3, 0.1, "the floor")),
        ("sandbox", Curve("growth", "memory", "calls", "MB", ((0.0, 10.0), (1_000.0, 20.0)))),
    ]
    page = render_page({"processors": "2"}, results)
    assert "Machine: processors 2." in page
    assert "| warm call | 0.3 ms | the floor, 0.1 ms | 3× | ≤ 3× | met |" in page
    assert f"     1,000 │{'█' * 40} 20 MB" in page


@pytest.mark.parametrize(("value", "text"), [(0.01234, "0.0123"), (99.94, "99.9"), (1234.5, "1,234"), (0.0, "0")])
def test_amounts_have_the_digits_that_matter(value: float, text: str) -> None:
    assert amount(value) == text


def test_a_run_keeps_its_figures_and_fails_when_a_goal_is_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    measured = iter([50.0, 150.0])

    class Suite:
        @staticmethod
        def measure(*, full: bool) -> Iterator[Result]:
            yield Figure("one", "one thing", next(measured), "ms", goal=100)

    monkeypatch.setattr(harness, "import_module", lambda name: Suite)
    kept, page = tmp_path / "kept.json", tmp_path / "page.md"
    assert harness.main(["sandbox", "--json", str(kept), "--page", str(page)]) == 0
    assert json.loads(kept.read_text())["results"][0]["measured"] == 50
    assert "one thing" in page.read_text()
    assert harness.main(["sandbox", "--json", str(tmp_path / "new.json"), "--compare", str(kept)]) == 1
    assert "worse    one: 50 → 150 (+200%)" in capsys.readouterr().out


def test_what_is_measured_keeps_what_python_compiles(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    seen: list[bool] = []

    class Suite:
        @staticmethod
        def measure(*, full: bool) -> Iterator[Result]:
            seen.append("PYTHONDONTWRITEBYTECODE" in environment(tmp_path) or sys.dont_write_bytecode)
            yield Figure("one", "one thing", 1, "ms")

    monkeypatch.setattr(harness, "import_module", lambda name: Suite)
    assert harness.main(["sandbox", "--json", str(tmp_path / "kept.json")]) == 0
    assert seen == [False]


def test_every_suite_can_be_run() -> None:
    for name in harness.SUITES:
        assert callable(import_module(f"benchmarks.{name}").measure)
