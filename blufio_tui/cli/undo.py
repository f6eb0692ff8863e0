"""`blufio-tui undo`: take back what a call changed in files."""

import argparse
from typing import Any

from blufio_tui.cli.commands import COMMANDS
from blufio_tui.cli.start import start_options
from blufio_tui.core.errors import UsageError
from blufio_tui.core.interrupts import run_to_end
from blufio_tui.core.text.display import visible_line
from blufio_tui.core.text.json_text import json_text
from blufio_tui.core.text.json_types import Json


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("undo", help=COMMANDS["undo"], description=f"{COMMANDS['undo'].capitalize()}.")
    parser.add_argument(
        "call_id", metavar="CALL_ID", nargs="?", default="", help="the call's id, as the trace shows it"
    )
    parser.add_argument("--last", action="store_true", help="revert the last call that changed this project")
    parser.add_argument("--dry-run", action="store_true", help="only print what would be restored")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    if bool(args.call_id) == args.last:
        raise UsageError("name one call to undo: CALL_ID, or --last")
    return run_to_end(_undo(args))


async def _undo(args: argparse.Namespace) -> int:
    from blufio_tui.wiring.backend import open_backend

    async with open_backend(start_options(args), interactive=False) as backend:
        call_id = args.call_id or backend.stored.undo.last(backend.policy.places.project)
        undo_id = ""
        if args.dry_run:
            plan = backend.undoing.plan(call_id)
            restored = [step.result for step in plan if not step.refused]
            refused = [(step.path, step.refused) for step in plan if step.refused]
        else:
            done = await backend.undoing.undo(call_id)
            restored, refused, undo_id = list(done.restored), list(done.refused), done.undo_id
    if args.json:
        rows: list[Json] = [{"path": path, "why": why} for path, why in refused]
        print(json_text({"call_id": call_id, "restored": list(restored), "refused": rows, "undo_call_id": undo_id}))
    else:
        is_empty = not restored and not refused
        if args.dry_run:
            restored = []
            for step in plan:
                if not step.refused:
                    print(visible_line(f"would {step.in_words}"))
        for path in restored:
            print(f"restored {visible_line(path)}")
        for path, why in refused:
            print(f"left alone {visible_line(path)}: {visible_line(why)}")
        if is_empty:
            print(f"nothing to undo: {visible_line(call_id)} left every file as it was")
        elif undo_id:
            print(f"to undo this: blufio-tui undo {undo_id}")
    return 1 if refused else 0
