"""What the parsers of the actions below a command have in common."""

import argparse
from typing import Any

from blufio_tui.core.errors import UsageError

_MOST_SECS = 86_400


def add_action(actions: Any, name: str, help_text: str) -> argparse.ArgumentParser:
    """The parser of an action that can print JSON; its help says what the list of actions says, as a sentence."""
    description = f"{help_text[0].upper()}{help_text[1:]}."
    parser: argparse.ArgumentParser = actions.add_parser(name, help=help_text, description=description)
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


def add_timeout(parser: argparse.ArgumentParser) -> None:
    """`--timeout`, of every command that replays calls."""
    parser.add_argument(
        "--timeout", type=_seconds, default=0.0, metavar="SECS", help="stop it after this many seconds (default: 60)"
    )


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= _MOST_SECS:
        raise UsageError(f"--timeout must be a number of seconds above 0, {_MOST_SECS:,} at most, not {text!r}")
    return seconds
