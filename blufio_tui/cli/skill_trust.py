"""`skill trust`: instruction skills of the project, shown and asked about; a changed one is asked about again."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from blufio_tui.cli.skill_install import confirmed
from blufio_tui.cli.start import start_options
from blufio_tui.core.errors import BlufioError
from blufio_tui.core.interrupts import run_to_end
from blufio_tui.core.text.amounts import plural
from blufio_tui.core.text.display import visible_line
from blufio_tui.core.text.json_text import json_text

if TYPE_CHECKING:
    from blufio_tui.adapters.skills.folder import SkillFolder


def trust_skills(args: argparse.Namespace) -> int:
    return run_to_end(_trust(args))


async def _trust(args: argparse.Namespace) -> int:
    from blufio_tui.features.skills.trusting import open_trusting

    trusted: list[str] = []
    failed = False
    with open_trusting(start_options(args).project) as trusting:
        waiting = trusting.waiting()
        for place in waiting:
            try:
                found = trusting.read(place)
            except BlufioError as error:
                print(f"{visible_line(str(place))}: {visible_line(str(error))}", file=sys.stderr)
                failed = True
                continue
            _show(place, found)
            if args.yes or confirmed("Offer it to the model, as it is now?"):
                await trusting.trust(found.skill)
                trusted.append(found.skill.name)
    if args.json:
        print(json_text({"trusted": list(trusted), "waiting": [place.name for place in waiting]}))
    elif not waiting:
        print("The project has no skills left to review.")
    else:
        print(f"trusted {', '.join(trusted)}" if trusted else "trusted none")
    return 1 if failed or len(trusted) < len(waiting) else 0


def _show(place: Path, found: "SkillFolder") -> None:
    skill = found.skill
    lines = [f"{skill.name}: {visible_line(skill.description)}", f"  in {visible_line(str(place))}"]
    lines += [f"  {visible_line(entry.path)}, {plural(entry.size, 'byte')}" for entry in found.files[:20]]
    lines += [f"  … and {plural(len(found.files) - 20, 'more file')}"] if len(found.files) > 20 else []
    lines += [f"  Note: {visible_line(note)}" for note in found.notes]
    print(*map(visible_line, lines), sep="\n", file=sys.stderr)
