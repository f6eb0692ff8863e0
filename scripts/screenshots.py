"""Make the pictures of screenshots/ from the real app: real sandbox, real policy, a scripted model on loopback.

Times and sizes that a machine decides are made the same everywhere, so that a picture changes only when
the screen does. `--check` compares instead of writing and exits 1 when a picture is out of date.
"""

import argparse
import asyncio
import fcntl
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

TARGET = ROOT / "screenshots"
SIZES = ((120, 36), (80, 24), (200, 60))
THEMES = ("blufio-dark", "blufio-light")
PROCESSES = 2


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare with what is there, write nothing")
    arguments = parser.parse_args()
    return _check() if arguments.check else _write(_all())


def _write(pictures: dict[str, str]) -> int:
    TARGET.mkdir(exist_ok=True)
    for old in TARGET.glob("*.svg"):
        if old.name not in pictures:
            old.unlink()
    for name, svg in pictures.items():
        (TARGET / name).write_text(svg, "utf-8")
    size = sum(len(svg.encode()) for svg in pictures.values())
    print(f"{len(pictures)} pictures in {TARGET.relative_to(ROOT)}/, {size / 1e6:.1f} MB")
    return 0


def _check() -> int:
    """A picture counts as out of date when it differs twice: on a busy machine one may be taken a frame too early."""
    stale = _stale(_all())
    if stale:
        stale &= _stale(_all())
    for name in sorted(stale):
        print(f"out of date: screenshots/{name}", file=sys.stderr)
    if stale:
        print("`make screenshots` makes them anew.", file=sys.stderr)
    return 1 if stale else 0


def _stale(pictures: dict[str, str]) -> set[str]:
    there = {path.name: path.read_text("utf-8") for path in TARGET.glob("*.svg")}
    return {name for name in there.keys() | pictures.keys() if there.get(name) != pictures.get(name)}


def _all() -> dict[str, str]:
    """Each scene in a process of its own, a few at a time; one run of this on a machine, as they share a folder."""
    from scripts.demo import DEMO
    from scripts.tour import SCENES

    DEMO.mkdir(exist_ok=True)
    with (DEMO / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with ProcessPoolExecutor(PROCESSES, get_context("spawn"), max_tasks_per_child=1) as pool:
            parts = list(pool.map(_pictures_of, [scene.name for scene in SCENES]))
    return {name: svg for part in parts for name, svg in part.items()}


def _pictures_of(scene_name: str) -> dict[str, str]:
    os.environ["TZ"] = "UTC"
    time.tzset()
    return asyncio.run(_play(scene_name))


async def _play(scene_name: str) -> dict[str, str]:
    """One run of the app; every state seen at every size and in every theme."""
    from scripts.demo import demo
    from scripts.svg import picture as svg_of
    from scripts.tour import SCENES, Tour

    scene = next(scene for scene in SCENES if scene.name == scene_name)
    out: dict[str, str] = {}
    async with demo(scene.name, scene.replies) as (app, clock), app.run_test(size=SIZES[0]) as pilot:
        tour = Tour(app, clock, pilot)
        await tour.begin()
        for picture in scene.pictures:
            await picture.walk(tour)
            for theme in THEMES:
                app.theme = theme
                for width, height in SIZES:
                    await pilot.resize_terminal(width, height)
                    await tour.settle()
                    app.main.chat.view.to_end()
                    await (picture.anew or Tour.settle)(tour)
                    out[f"{picture.name}-{width}x{height}-{theme.removeprefix('blufio-')}.svg"] = svg_of(app)
            app.theme = THEMES[0]
            await pilot.resize_terminal(*SIZES[0])
            await tour.settle()
        await tour.end()
    return out


if __name__ == "__main__":
    raise SystemExit(main())
