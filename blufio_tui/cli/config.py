"""`blufio-tui config`: where the files are, one setting at a time, and whether the file is valid."""

import argparse
import json
import sys
from typing import Any

from blufio_tui.adapters.config.paths import Paths
from blufio_tui.adapters.config.settings import as_json, get_value, load_settings, set_value
from blufio_tui.cli.commands import COMMANDS
from blufio_tui.cli.waiting import notes_what_waits
from blufio_tui.core.errors import UsageError
from blufio_tui.core.interrupts import run_to_end
from blufio_tui.core.text.display import visible_line


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("config", help=COMMANDS["config"])
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)

    path = actions.add_parser("path", help="print where the configuration and the data are")
    path.add_argument("--json", action="store_true", help="print JSON")
    path.set_defaults(run=_path)

    get = actions.add_parser("get", help="print one setting as JSON")
    get.add_argument("key", metavar="KEY")
    get.set_defaults(run=_get)

    change = actions.add_parser("set", help="change one setting; comments in the file are kept")
    change.add_argument("key", metavar="KEY")
    change.add_argument("value", metavar="VALUE", help='TOML, such as 5, true or ["127.0.0.1:8080"]')
    change.set_defaults(run=_set)

    confirm = actions.add_parser("confirm", help="review what another program changed in the policy, and confirm it")
    confirm.set_defaults(run=_confirm)

    check = actions.add_parser("check", help="check whether config.toml is valid")
    check.set_defaults(run=_check)


def _path(args: argparse.Namespace) -> int:
    paths = Paths.from_environment()
    places = {
        "config": paths.config_file,
        "grants": paths.grants_file,
        "themes": paths.themes,
        "skills": paths.skills,
        "database": paths.database,
        "history": paths.history,
        "cache": paths.cache,
    }
    if args.json:
        print(json.dumps({name: str(place) for name, place in places.items()}))
    else:
        for name, place in places.items():
            print(f"{name:<9} {place}")
    return 0


def _get(args: argparse.Namespace) -> int:
    print(as_json(get_value(load_settings(Paths.from_environment().config_file), args.key)))
    return 0


def _set(args: argparse.Namespace) -> int:
    file = Paths.from_environment().config_file
    with notes_what_waits(file):
        value = set_value(file, args.key, args.value)
        print(f"{args.key} = {as_json(value)}")
    return 0


def _confirm(_args: argparse.Namespace) -> int:
    from blufio_tui.features.stored.stores import open_held_changes

    with open_held_changes() as held:
        waiting = held.waiting()
        if not waiting:
            print("nothing to confirm")
            return 0
        for change in waiting:
            print(f"{change.file} was changed by another program; inactive until you confirm it:")
            print("\n".join(f"  {visible_line(gain)}" for gain in change.gains))
        if not sys.stdin.isatty():
            raise UsageError("only a person at a terminal can confirm this; or correct the file")
        if input("Type yes to confirm: ").strip() != "yes":
            print("it stays inactive")
            return 1
        if not run_to_end(held.confirm(waiting)):
            raise UsageError("the file has changed in the meantime; review it again")
    print("confirmed; a running blufio-tui asks separately (/confirm)")
    return 0


def _check(_args: argparse.Namespace) -> int:
    path = Paths.from_environment().config_file
    load_settings(path)
    print(f"{path}: valid" if path.exists() else f"{path}: not found; the defaults apply")
    return 0
