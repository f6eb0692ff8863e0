"""`blufio-tui skill …`: the options; what each does is in the modules beside this one."""

import argparse
from collections.abc import Callable
from importlib import import_module

from blufio_tui.cli.actions import add_timeout
from blufio_tui.cli.commands import COMMANDS

LANGUAGES = ("python", "c", "zig", "rust", "wat")


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("skill", help=COMMANDS["skill"])
    commands = parser.add_subparsers(title="skill commands", metavar="COMMAND", required=True)
    _add_using(commands)
    _add_installing(commands)
    _add_authoring(commands)


def _add_using(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    _with_json(_command(commands, "list", "skill_list:list_skills", "list the skills"))
    show = _with_json(
        _command(commands, "show", "skill_list:show_skill", "show a skill's capabilities, limits and files")
    )
    show.add_argument("name", metavar="NAME")
    least = "print the smallest manifest under which a skill's recorded calls still pass"
    minimize = _with_json(_command(commands, "minimize", "skill_minimize:minimize_skill", least))
    minimize.add_argument("name", metavar="NAME")
    add_timeout(minimize)
    run = _with_json(_command(commands, "run", "skill_run:run_skill", "call a skill once"))
    run.add_argument("target", metavar="NAME_OR_DIR", help="a skill, or a folder that holds one")
    run.add_argument("--input", metavar="JSON", default="{}", help="the input object; - reads standard input")
    run.add_argument(
        "--on-denial", choices=("deny", "allow"), default=None, help="what happens to effects that nothing permits"
    )
    approval = run.add_mutually_exclusive_group()
    approval.add_argument(
        "--approved",
        dest="approved",
        action="store_true",
        default=True,
        help="treat the manifest as approved (the default)",
    )
    approval.add_argument(
        "--unapproved", dest="approved", action="store_false", help="treat the manifest as if it permitted nothing"
    )


def _add_installing(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    install = _with_json(
        _command(commands, "install", "skill_install:install_skill", "install a folder, an archive or an address")
    )
    install.add_argument("source", metavar="DIR_OR_ARCHIVE")
    _with_yes(install)
    update = _with_json(_command(commands, "update", "skill_install:update_skill", "install a skill's new version"))
    update.add_argument("name", metavar="NAME")
    update.add_argument("source", metavar="DIR_OR_ARCHIVE", nargs="?", default="", help="default: its original source")
    update.add_argument(
        "--replay",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="run the new version on the recorded calls of the old one first, touching nothing (default: asked)",
    )
    _with_yes(update)
    remove = _with_json(_command(commands, "remove", "skill_install:remove_skill", "remove a skill and its grants"))
    remove.add_argument("name", metavar="NAME")
    _with_yes(remove)
    trust = _with_json(
        _command(commands, "trust", "skill_trust:trust_skills", "review the project's skills and enable them")
    )
    trust.add_argument("--yes", "-y", action="store_true", help="agree without being asked")
    repair = _with_json(
        _command(commands, "repair", "skill_install:repair_skill", "remove files added to an installed skill's folder")
    )
    repair.add_argument("name", metavar="NAME")
    repair.add_argument("--yes", "-y", action="store_true", help="agree without being asked")
    for name, summary in (("enable", "offer a skill to the model"), ("disable", "stop offering a skill to the model")):
        command = _with_json(_command(commands, name, f"skill_install:{name}_skill", summary))
        command.add_argument("name", metavar="NAME")
    verify = _with_json(
        _command(commands, "verify", "skill_list:verify_skills", "compare the files with what was installed")
    )
    verify.add_argument("name", metavar="NAME", nargs="?", default="", help="default: every skill")


def _add_authoring(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    init = _with_json(_command(commands, "init", "skill_author:init_skill", "create a folder with a working skill"))
    init.add_argument("name", metavar="NAME")
    init.add_argument("--lang", choices=LANGUAGES, default="python", help="default: python, which needs no compiler")
    for name, summary in (("build", "compile a skill"), ("test", "run a skill's examples in the sandbox")):
        command = _with_json(_command(commands, name, f"skill_author:{name}_skill", summary))
        command.add_argument("folder", metavar="DIR", nargs="?", default=".", help="default: this folder")
        if name == "test":
            command.add_argument("--network", action="store_true", help="let examples use the real network")
    keygen = _with_json(_command(commands, "keygen", "skill_author:make_key", "create the key that signs your skills"))
    sign = _with_json(_command(commands, "sign", "skill_author:sign_skill", "sign the files of a skill"))
    sign.add_argument("folder", metavar="DIR", nargs="?", default=".", help="default: this folder")
    for command in (keygen, sign):
        command.add_argument("--key", metavar="FILE", default="", help="default: the key in the configuration folder")


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, runs: str, summary: str
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=summary, description=summary[0].upper() + summary[1:] + ".")
    parser.set_defaults(run=_later(runs))
    return parser


def _later(runs: str) -> Callable[[argparse.Namespace], int]:
    """The function `module:name` of this package, imported only when it is called."""
    module, _, function = runs.partition(":")

    def run(args: argparse.Namespace) -> int:
        code: int = getattr(import_module(f"blufio_tui.cli.{module}"), function)(args)
        return code

    return run


def _with_json(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


def _with_yes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--yes", "-y", action="store_true", help="agree without being asked")
    if parser.prog.endswith(("install", "update")):
        parser.add_argument("--older", action="store_true", help="with --yes: accept an older version, too")
