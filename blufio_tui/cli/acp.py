"""`blufio-tui acp`: an agent for editors, on standard input and output."""

import argparse
from typing import Any

from blufio_tui.cli.commands import COMMANDS


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "acp",
        help=COMMANDS["acp"],
        description="Speak the Agent Client Protocol on standard input and output. Started by an editor.",
    )
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from blufio_tui.acp.run import run
    from blufio_tui.cli.start import start_options

    return run(start_options(args))
