"""`blufio-tui why`: which effect wrote a file or a line of it, and who allowed it."""

import argparse
from typing import Any

from blufio_tui.cli.commands import COMMANDS
from blufio_tui.core.interrupts import run_to_end
from blufio_tui.core.proof.why import why_json, why_lines
from blufio_tui.core.text.json_text import json_text


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("why", help=COMMANDS["why"], description=f"{COMMANDS['why'].capitalize()}.")
    parser.add_argument("place", metavar="PATH[:LINE]")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from blufio_tui.features.proof.explaining import why

    found = run_to_end(why(args.place))
    print(json_text(why_json(found)) if args.json else "\n".join(why_lines(found)))
    return 0
