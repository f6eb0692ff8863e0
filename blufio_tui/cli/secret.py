"""`blufio-tui secret`: values that skills may use without seeing them (`[capabilities.secrets]`)."""

import argparse
import json
import sys
from getpass import getpass
from typing import Any

from blufio_tui.adapters.config.paths import Paths
from blufio_tui.cli.commands import COMMANDS
from blufio_tui.core.errors import NotThere, UsageError
from blufio_tui.core.manifest.rules import ENV_KEY
from blufio_tui.core.text.display import visible_line


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("secret", help=COMMANDS["secret"])
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)

    store = actions.add_parser("set", help="store a value; it is read from the terminal or from stdin")
    store.add_argument("name", metavar="NAME")
    store.set_defaults(run=_set)

    show = actions.add_parser("list", help="list the stored names, never the values")
    show.add_argument("--json", action="store_true", help="print JSON")
    show.set_defaults(run=_list)

    remove = actions.add_parser("remove", help="forget a value")
    remove.add_argument("name", metavar="NAME")
    remove.set_defaults(run=_remove)


def _store() -> Any:
    from blufio_tui.adapters.net.secrets import SecretStore

    return SecretStore(Paths.from_environment().keys / "secrets.toml")


def _set(args: argparse.Namespace) -> int:
    if not ENV_KEY.fullmatch(args.name):
        raise UsageError(
            f'"{visible_line(args.name)}" is not a valid secret name: use letters, digits and _, and no digit first'
        )
    value = getpass(f"Value of {args.name}: ") if sys.stdin.isatty() else sys.stdin.read().rstrip("\r\n")
    if not value:
        raise UsageError("there is no value to store")
    print(f"{args.name} is stored in {_store().set(args.name, value)}")
    return 0


def _list(args: argparse.Namespace) -> int:
    names = sorted(_store().known())
    print(json.dumps(names) if args.json else "\n".join(map(visible_line, names)) or "no secrets are stored")
    return 0


def _remove(args: argparse.Namespace) -> int:
    store = _store()
    if not store.get(args.name):
        raise NotThere(f"there is no secret {args.name}; see blufio-tui secret list")
    store.delete(args.name)
    print(f"{args.name} is removed")
    return 0
