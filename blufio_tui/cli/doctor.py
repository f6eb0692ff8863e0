"""`blufio-tui doctor`: what works here, and what to do about what does not."""

import argparse
import asyncio
from typing import Any

from blufio_tui.cli.commands import COMMANDS
from blufio_tui.cli.start import start_options
from blufio_tui.core.text.json_text import json_text
from blufio_tui.features.start.arguments import StartOptions


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("doctor", help=COMMANDS["doctor"])
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from dataclasses import asdict

    from blufio_tui.cli.diagnosis import diagnose, in_words

    findings = diagnose(start_options(args))
    failed = any(finding.status == "problem" for finding in findings)
    if args.json:
        print(json_text({"ok": not failed, "checks": [asdict(finding) for finding in findings]}))
        return int(failed)
    print(in_words(findings))
    return int(failed)


async def findings_in_words() -> str:
    """What `doctor` prints, for the app."""
    from blufio_tui.cli.diagnosis import diagnose, in_words

    return in_words(await asyncio.to_thread(diagnose, StartOptions()))
