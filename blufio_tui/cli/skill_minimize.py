"""`skill minimize`: the least manifest under which a skill's recorded calls still pass, proved by replaying them."""

import argparse
import sys

from blufio_tui.cli.replay import lines_of
from blufio_tui.cli.start import start_options
from blufio_tui.core.interrupts import run_to_end
from blufio_tui.core.skills.least_manifest import Least, Proof, as_json
from blufio_tui.core.text.display import visible_line
from blufio_tui.core.text.json_text import json_text
from blufio_tui.core.text.unicode import well_formed_json


def minimize_skill(args: argparse.Namespace) -> int:
    least, proof = run_to_end(_least(args))
    if args.json:
        print(json_text(well_formed_json(as_json(args.name, least, proof))))
    else:
        print(least.toml or "# nothing needs to be declared", end="" if least.toml else "\n")
        print("\n".join(_said(least, proof)), file=sys.stderr)
    return int(bool(proof.failed))


async def _least(args: argparse.Namespace) -> tuple[Least, Proof]:
    from blufio_tui.adapters.files.guard import places
    from blufio_tui.features.calls.replaying import open_replaying
    from blufio_tui.features.stored.stores import open_registry, working_folder

    with open_registry(start_options(args).project) as registry:
        skill = registry.get(args.name)
    project = getattr(args, "project", None) or working_folder()
    async with open_replaying() as replaying:
        return await replaying.least(skill, places(project.expanduser()), args.timeout)


def _said(least: Least, proof: Proof) -> list[str]:
    lines = [f"not needed: {kind} {visible_line(pattern)}" for kind, pattern in least.dropped]
    calls = len(proof.passed) + len(proof.failed)
    if not calls:
        return [*lines, "No call was recorded, so nothing proves it; `record.calls = true` records those that follow."]
    lines.append(f"{len(proof.passed):,} of {calls:,} recorded calls pass under it, replayed.")
    for replayed in proof.failed:
        lines += [f"{visible_line(replayed.record.call_id)}: {line}" for line in lines_of(replayed)]
    return lines
