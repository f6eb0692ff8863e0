"""What the parsers of the actions below a command have in common."""

import argparse
from typing import Any


def add_action(actions: Any, name: str, help_text: str) -> argparse.ArgumentParser:
    """The parser of an action that can print JSON; its help says what the list of actions says, as a sentence."""
    description = f"{help_text[0].upper()}{help_text[1:]}."
    parser: argparse.ArgumentParser = actions.add_parser(name, help=help_text, description=description)
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser
