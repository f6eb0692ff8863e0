"""`blufio-tui hooks`: which run, and trusting those of a project."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from blufio_tui.adapters.config.paths import Paths
from blufio_tui.cli.actions import add_action
from blufio_tui.cli.commands import COMMANDS
from blufio_tui.cli.start import start_options
from blufio_tui.core.text.display import visible_line
from blufio_tui.core.text.json_text import json_text

if TYPE_CHECKING:
    from blufio_tui.adapters.config.hook_files import HookFiles
    from blufio_tui.core.hooks.hooks import Hook
    from blufio_tui.core.text.json_types import JsonObject


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("hooks", help=COMMANDS["hooks"])
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    add_action(actions, "list", "list the hooks that run, and the project's hooks that do not").set_defaults(run=_list)
    one = add_action(actions, "trust", "trust the project's hooks as they are now")
    one.add_argument("--yes", action="store_true", help="do not ask")
    one.set_defaults(run=_trust)
    add_action(actions, "distrust", "stop trusting the project's hooks").set_defaults(run=_distrust)


def _files(args: argparse.Namespace) -> "HookFiles":
    from blufio_tui.adapters.config.hook_files import HookFiles, OwnHooks

    project = Path(start_options(args).project or Path.cwd()).resolve()
    paths = Paths.from_environment()
    return HookFiles(paths.config, project, OwnHooks(paths.config, paths.keys))


def _list(args: argparse.Namespace) -> int:
    found = _files(args).find()
    if args.json:
        shown = [_json(hook, runs=True) for hook in found.active] + [
            _json(hook, runs=False) for hook in found.untrusted
        ]
        print(json_text(list(shown)))
        return 0
    for hook in found.active:
        print(_line(hook, "runs"))
    for hook in found.untrusted:
        print(_line(hook, "does not run: not trusted"))
    for problem in found.problems:
        print(visible_line(f"! {problem}"))
    if not found.active and not found.untrusted:
        print("there are no hooks")
    return 0


def _trust(args: argparse.Namespace) -> int:
    files = _files(args)
    untrusted = files.find().untrusted
    for hook in untrusted:
        print(_line(hook, "will run with your rights"))
    if not untrusted:
        print("nothing to trust: all hooks of the project already run")
        return 0
    if not args.yes and input("Trust these hooks? [y/N] ").strip().lower() not in ("y", "yes"):
        print("nothing was changed")
        return 1
    files.trust(untrusted)
    if files.find().untrusted:
        print("the hooks changed after they were shown, so they do not run; look at them again")
        return 1
    print("trusted; when they change you are asked again")
    return 0


def _distrust(args: argparse.Namespace) -> int:
    print("the project's hooks no longer run" if _files(args).distrust() else "they were not trusted")
    return 0


def _line(hook: "Hook", state: str) -> str:
    tools = hook.matcher or "every tool"
    return visible_line(f"{hook.event.value:<17} {tools}: {hook.command}  ({state}; {hook.source})")


def _json(hook: "Hook", *, runs: bool) -> "JsonObject":
    return {
        "event": hook.event.value,
        "matcher": hook.matcher,
        "command": hook.command,
        "timeout_secs": hook.timeout_secs,
        "source": hook.source,
        "runs": runs,
    }
