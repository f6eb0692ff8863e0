"""`blufio-tui replay`: a recorded call again, from the record alone."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from blufio_tui.cli.actions import add_timeout
from blufio_tui.cli.commands import COMMANDS
from blufio_tui.core.interrupts import run_to_end
from blufio_tui.core.text.amounts import plural
from blufio_tui.core.text.display import visible, visible_line
from blufio_tui.core.text.json_text import json_text
from blufio_tui.core.text.unicode import well_formed_json

if TYPE_CHECKING:
    from blufio_tui.core.replay.compare import Replayed


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("replay", help=COMMANDS["replay"], description=f"{COMMANDS['replay'].capitalize()}.")
    parser.add_argument("call_id", metavar="CALL_ID", help="the call's id, as the trace shows it")
    parser.add_argument("--manifest", type=Path, metavar="FILE", help="use another skill.toml")
    parser.add_argument("--module", type=Path, metavar="FILE", help="use another build: .wasm, .wat or .py")
    add_timeout(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    return run_to_end(_replay(args))


async def _replay(args: argparse.Namespace) -> int:
    from blufio_tui.features.calls.replaying import open_replaying

    async with open_replaying() as replaying:
        replayed = await replaying.replay(args.call_id, args.manifest, args.module, args.timeout)
    if args.json:
        print(json_text(well_formed_json(replayed.as_json())))
    else:
        print("\n".join(lines_of(replayed)))
    return 0 if replayed.same else 1


def lines_of(replayed: "Replayed") -> list[str]:
    """What a person reads of a replayed call."""
    record = replayed.record
    name = f"{record.skill} {record.version}, {plural(len(replayed.requests), 'request')}"
    lines = [f"{visible_line(name)}: " + ("the same to the bit" if replayed.same else "not the same")]
    for one in replayed.denied:
        verb = "would be asked about" if one.would == "ask" else "denied"
        lines.append(f"  {verb}: {one.kind} {visible_line(one.resource)}")
    for difference in replayed.differences:
        lines += [f"  {difference.what}", f"    recorded: {_indented(difference.recorded)}"]
        lines.append(f"    now:      {_indented(difference.now)}")
    return lines


def _indented(text: str) -> str:
    return visible(text).replace("\n", "\n              ") or "nothing"
