"""`cage`: one command in the cage, under the same gate and log as the agent's."""

import argparse
from pathlib import Path
from typing import Any

from blufio_tui.cli.commands import COMMANDS
from blufio_tui.cli.start import start_options
from blufio_tui.core.errors import UsageError
from blufio_tui.core.interrupts import run_to_end
from blufio_tui.features.start.arguments import CageOptions


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "cage",
        help=COMMANDS["cage"],
        description="Run one command: free inside the project, with approval beyond it. Without --json its output "
        "passes through and its exit code is this one's; 126 when no cage can be made.",
        usage="blufio-tui cage [--json] [--on-denial deny|allow|ask] [--read P]… [--write P]… [--net HOST[:PORT]]… "
        "[--cwd D] -- COMMAND…",
    )
    parser.add_argument("--json", action="store_true", help="print one object at the end")
    parser.add_argument(
        "--on-denial",
        choices=("deny", "allow", "ask"),
        default="deny",
        help="what happens to effects that no rule decides (default: deny)",
    )
    parser.add_argument("--read", action="append", default=[], type=Path, metavar="P", help="also free to read")
    parser.add_argument("--write", action="append", default=[], type=Path, metavar="P", help="also free to change")
    parser.add_argument("--net", action="append", default=[], metavar="HOST[:PORT]", help="also free to connect to")
    parser.add_argument("--cwd", type=Path, metavar="D", help="folder in which to run it (default: the project)")
    parser.add_argument("words", nargs=argparse.REMAINDER, metavar="COMMAND", help="the command and its arguments")
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    words = args.words[1:] if args.words[:1] == ["--"] else args.words
    if not words:
        raise UsageError("cage needs a command: blufio-tui cage -- make test")
    from blufio_tui.cli.caged_command import run_caged

    wanted = CageOptions(
        start_options(args), tuple(words), tuple(args.read), tuple(args.write), tuple(args.net), args.cwd, args.json
    )
    return run_to_end(run_caged(wanted))
