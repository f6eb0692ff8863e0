"""A thousand installed skills: listing them, and starting the app with them."""

import statistics
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import Figure, Result, in_turn_ms
from benchmarks.homes import add_skills, opened
from benchmarks.pty_app import environment, program
from benchmarks.start_up import READY, frame_ms

COUNT = 1_000


def measure(*, full: bool = False) -> Iterator[Result]:
    with tempfile.TemporaryDirectory() as few, tempfile.TemporaryDirectory() as many:
        homes = Path(few), Path(many)
        for home, count in zip(homes, (0, COUNT), strict=True):
            with opened(home) as database:
                add_skills(database, home / "skills", count)
        yield _listing(*homes)
        yield _app(*homes, runs=7 if full else 4)


def _listing(few: Path, many: Path) -> Figure:
    def command(home: Path) -> None:
        words = program("skill", "list", "--json")
        subprocess.run(words, env=environment(home), check=True, capture_output=True)

    none, all_ = in_turn_ms([lambda: command(few), lambda: command(many)], runs=5, warm_up=1)
    return Figure("skills.list", f"`skill list` with {COUNT:,} installed", all_, "ms", 2, none, "with none installed")


def _app(few: Path, many: Path, runs: int) -> Figure:
    none, all_ = list[float](), list[float]()
    for _ in range(runs):
        for home, times in ((few, none), (many, all_)):
            times.append(frame_ms(program("--offline", "--project", str(home)), READY, environment(home)))
    title = f"first frame with {COUNT:,} skills installed"
    return Figure(
        "skills.app", title, statistics.median(all_), "ms", 1.3, statistics.median(none), "with none installed"
    )
