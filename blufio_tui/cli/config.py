"""`blufio-tui config`: where the files are, one setting at a time, and whether the file is valid."""

import argparse
import json
from typing import Any

from blufio_tui.adapters.config.paths import Paths
from blufio_tui.adapters.config.settings import as_json, get_value, load_settings, set_value


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("config", help="show and change the configuration")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)

    path = actions.add_parser("path", help="where the configuration and the data are")
    path.add_argument("--json", action="store_true", help="print JSON")
    path.set_defaults(run=_path)

    get = actions.add_parser("get", help="print one setting as JSON")
    get.add_argument("key", metavar="KEY")
    get.set_defaults(run=_get)

    change = actions.add_parser("set", help="change one setting; comments in the file are kept")
    change.add_argument("key", metavar="KEY")
    change.add_argument("value", metavar="VALUE", help='TOML, such as 5, true or ["127.0.0.1:8080"]')
    change.set_defaults(run=_set)

    check = actions.add_parser("check", help="say whether config.toml is valid")
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
    value = set_value(Paths.from_environment().config_file, args.key, args.value)
    print(f"{args.key} = {as_json(value)}")
    return 0


def _check(_args: argparse.Namespace) -> int:
    path = Paths.from_environment().config_file
    load_settings(path)
    print(f"{path}: valid" if path.exists() else f"{path}: not there; the defaults apply")
    return 0
