"""Make the pictures of screenshots/ from the real app: real sandbox, real policy, the offline guide.

Times and sizes that a machine decides are made the same everywhere, so that a picture changes only when
the screen does. `--check` compares instead of writing and exits 1 when a picture is out of date.
"""

import argparse
import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts.steady import SteadyAgent, SteadyAudit, SteadyClock, SteadyGrants, SteadySkills  # noqa: E402
from scripts.tour import PICTURES, Picture, Tour  # noqa: E402

TARGET = ROOT / "screenshots"
DEMO = Path("/tmp/blufio-demo")
"""A fixed place, so that the paths on the pictures are always the same."""
README = """# Lighthouse

A small server that tells ships where the coast is.

The light blinks twice. The harbour answers once.
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare with what is there, write nothing")
    arguments = parser.parse_args()
    pictures = asyncio.run(_all())
    return _compare(pictures) if arguments.check else _write(pictures)


def _write(pictures: dict[str, str]) -> int:
    TARGET.mkdir(exist_ok=True)
    for old in TARGET.glob("*.svg"):
        if old.name not in pictures:
            old.unlink()
    for name, svg in pictures.items():
        (TARGET / name).write_text(svg, "utf-8")
    print(f"{len(pictures)} pictures in {TARGET.relative_to(ROOT)}/")
    return 0


def _compare(pictures: dict[str, str]) -> int:
    there = {path.name: path.read_text("utf-8") for path in TARGET.glob("*.svg")}
    stale = sorted(name for name in there.keys() | pictures.keys() if there.get(name) != pictures.get(name))
    for name in stale:
        print(f"out of date: screenshots/{name}", file=sys.stderr)
    if stale:
        print("`make screenshots` makes them anew.", file=sys.stderr)
    return 1 if stale else 0


async def _all() -> dict[str, str]:
    os.environ["TZ"] = "UTC"
    out: dict[str, str] = {}
    for picture in PICTURES:
        out |= await _looks_of(picture)
    return out


async def _looks_of(picture: Picture) -> dict[str, str]:
    """One run of the app, seen at every size and in every theme that is wanted."""
    out: dict[str, str] = {}
    async with _demo() as tour, tour.app.run_test(size=picture.looks[0][0]) as pilot:
        tour.pilot = pilot
        await tour.begin()
        await picture.walk(tour)
        for (width, height), theme in picture.looks:
            await tour.look(width, height, theme)
            name = f"{picture.name}-{width}x{height}-{theme.removeprefix('blufio-')}.svg"
            out[name] = _readable(tour.app.export_screenshot(title="blufio-tui"))
        await tour.end()
    return out


def _readable(svg: str) -> str:
    """Renderers that know no CSS white-space rules would drop the spaces at the start of a run."""
    return svg.replace("<text ", '<text xml:space="preserve" ')


@asynccontextmanager
async def _demo() -> AsyncIterator[Tour]:
    """A fresh home and a small project, and the app on the real wiring."""
    from blufio_tui.ui.app import BlufioApp
    from blufio_tui.ui.desk import ApprovalDesk
    from blufio_tui.wiring.opening import Opening
    from blufio_tui.wiring.options import read_options
    from blufio_tui.wiring.screen import services_of
    from blufio_tui.wiring.screen_ports import open_parts

    project = _fresh_project()
    options = read_options(argparse.Namespace(offline=True, project=project), interactive=True)
    desk, clock = ApprovalDesk(), SteadyClock()
    opening = Opening(lambda: open_parts(options, desk))
    services = services_of(options, desk, opening)
    steady = replace(
        services,
        agent=SteadyAgent(services.agent, clock),
        audit=SteadyAudit(services.audit),
        grants=SteadyGrants(services.grants),
        skills=SteadySkills(services.skills),
        clock=clock,
    )
    try:
        yield Tour(BlufioApp(steady), clock)
    finally:
        await opening.close()


def _fresh_project() -> Path:
    shutil.rmtree(DEMO, ignore_errors=True)
    project = DEMO / "lighthouse"
    project.mkdir(parents=True)
    (project / "README.md").write_text(README, "utf-8")
    (DEMO / "harbour.txt").write_text("The harbour master keeps the list of ships.\n", "utf-8")
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "NO_COLOR"):
        os.environ.pop(name, None)
    os.environ["BLUFIO_HOME"] = str(DEMO / "home")
    return project


if __name__ == "__main__":
    raise SystemExit(main())
