"""The command line: parse, call, print. Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted."""

import argparse
import gc
import io
import os
import sys
from collections.abc import Container, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from blufio_tui import __version__
from blufio_tui.cli.commands import COMMANDS, SHARED, shared_options_of
from blufio_tui.cli.signals import endings_as_interrupts
from blufio_tui.cli.width import terminal_columns
from blufio_tui.core.capability import Mode
from blufio_tui.core.errors import BlufioError, ConfigError, UnwritableConfig, UsageError
from blufio_tui.core.text.display import visible

vars(argparse)["_"] = lambda words: words
"""argparse looks for a translation of each of its words, in many folders; Python comes with none."""


class CommandHelp(argparse.HelpFormatter):
    """As wide as the terminal. By itself argparse loads `shutil`, and with it all compression, to find out how wide."""

    def __init__(self, prog: str, **more: Any) -> None:
        super().__init__(prog, **{"width": terminal_columns() - 2, **more})


class CommandParser(argparse.ArgumentParser):
    """A parser whose every subcommand takes the options that choose model, mode and project, too; its help lists those
    that matter to it.

    Args:
        words: what was typed; the parsers of subcommands that are not among them are `ListedParser`s. None: any may
            be meant.
    """

    color = False

    def __init__(self, *args: Any, shared: bool = True, words: Container[str] | None = None, **kwargs: Any) -> None:
        self._words = words
        super().__init__(
            *args, **{**kwargs, "conflict_handler": "resolve", "allow_abbrev": False, "formatter_class": CommandHelp}
        )
        if shared:
            matter = shared_options_of(self.prog.partition(" ")[2])
            _add_shared_options(self, default=argparse.SUPPRESS, listed=matter)

    def add_subparsers(self, **kwargs: Any) -> Any:
        return super().add_subparsers(**{**kwargs, "parser_class": self._subparser})

    def _subparser(self, *, prog: str, **kwargs: Any) -> argparse.ArgumentParser:
        if self._words is None or prog.rpartition(" ")[2] in self._words:
            return CommandParser(prog=prog, words=self._words, **kwargs)
        return ListedParser(prog)

    def _print_message(self, message: str, file: Any = None) -> None:
        """Help that could not be written is an error as any other output; argparse would say nothing. Of the words that
        were typed it repeats some, and these may hide characters."""
        print(visible(message), end="", file=file or sys.stderr, flush=True)


class ListedParser(argparse.ArgumentParser):
    """Stands for a command that cannot be meant: it is listed, and forgets what it is told to take, which is quick."""

    def __init__(self, prog: str) -> None:
        self.prog, self.formatter_class = prog, CommandHelp

    def _itself(self, *_args: Any, **_kwargs: Any) -> Any:
        return self

    add_argument = add_argument_group = add_mutually_exclusive_group = add_subparsers = add_parser = _itself
    set_defaults = _itself


def _add_shared_options(parser: argparse.ArgumentParser, default: Any, listed: Container[str] = SHARED) -> None:
    """
    Args:
        listed: those that the help shows; the others are taken all the same.
    """
    group = parser.add_argument_group("model and permissions" if "model" in listed else "permissions and project")

    def add(name: str, help: str, **more: Any) -> None:
        shown = help if name in listed else argparse.SUPPRESS
        group.add_argument(f"--{name.replace('_', '-')}", **{"default": default, **more}, help=shown)

    offline = default if default is argparse.SUPPRESS else False
    add("model", "the model to use", metavar="NAME")
    add("base_url", "a server that speaks the Messages API", metavar="URL")
    add("mode", "what happens to effects that nothing else decides", choices=[mode.value for mode in Mode])
    add("project", "project folder (default: the current folder)", type=Path, metavar="DIR")
    add(
        "instructions",
        "whether this run uses the project's AGENTS.md or CLAUDE.md",
        choices=("trust", "ignore"),
    )
    add("offline", "use the offline guide instead of a model", action="store_true", default=offline)


def build_parser(words: Container[str] | None = None) -> argparse.ArgumentParser:
    """
    Args:
        words: what was typed. Commands that are not among these words are not loaded: they are only listed, and
            none of them can be parsed. None: every command.
    """
    parser = CommandParser(
        prog="blufio-tui",
        shared=False,
        words=words,
        description="A terminal agent whose every effect is shown, subject to your approval, and provable afterwards.",
        epilog="Without a command, the full-screen app opens.",
    )
    parser.add_argument("--version", action="version", version=f"blufio-tui {__version__}")
    _add_shared_options(parser, default=None)
    session = parser.add_mutually_exclusive_group()
    session.add_argument("--continue", dest="continue_last", action="store_true", help="continue the last session")
    session.add_argument("--resume", metavar="ID", help="continue a stored session")
    parser.set_defaults(run=_run_app)
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND")
    for name, summary in COMMANDS.items():
        if words is None or name in words:
            import_module(f"blufio_tui.cli.{name}").add_parser(subparsers)
        else:
            subparsers.add_parser(name, help=summary)
    return parser


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The options. Only commands that are named somewhere in them can be meant, and are loaded."""
    return build_parser(argv).parse_args(argv)


def run(argv: Sequence[str]) -> int:
    """Parse and carry out one command line; the exit code."""
    _prepare_streams("--json" in argv)
    try:
        _refuse_other_encodings(argv)
        args = parse(argv)
        with endings_as_interrupts():
            code: int = args.run(args)
        sys.stdout.flush()
    except (ConfigError, UsageError) as error:
        return _fail(error, 1 if isinstance(error, UnwritableConfig) else 2)
    except BlufioError as error:
        return _fail(error, 1)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return _give_up_output()
    except OSError as error:
        what = error.filename or ("the output" if _output_fails() else "a file could not be read or written")
        _fail(f"{what}: {error.strerror or error}", 1)
        return _give_up_output()
    return code


def _prepare_streams(as_json: bool) -> None:
    """Text that a terminal's encoding cannot show is escaped; JSON is UTF-8 wherever it goes.

    A stream that was closed before the start is as good as an empty one.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - for the whole run
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if isinstance(sys.stdout, io.TextIOWrapper) and (as_json or not sys.stdout.isatty()):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")  # else it would be strict from then on


def _refuse_other_encodings(argv: Sequence[str]) -> None:
    """
    Raises:
        UsageError: an argument is not text: no name, path or prompt of this program may be anything else.
    """
    for argument in argv:
        shown = argument.encode("utf-8", "backslashreplace").decode()
        if shown != argument:
            raise UsageError(f"the argument {shown} is not UTF-8 text; write it, or rename the file, in UTF-8")


def _output_fails() -> bool:
    """What could not be written is still in the buffer, so that writing it fails again."""
    try:
        sys.stdout.flush()
    except OSError:
        return True
    return False


def _give_up_output() -> int:
    """Let nothing more be written: the interpreter would fail again when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1


def _fail(error: BlufioError | str, code: int) -> int:
    print(f"blufio-tui: {visible(str(error))}", file=sys.stderr)
    return code


def _run_app(args: argparse.Namespace) -> int:
    in_browser = "TEXTUAL_DRIVER" in os.environ
    if not in_browser and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("the full-screen app needs a terminal; without one use `blufio-tui ask PROMPT` (see --help)")
    gc.disable()  # until all is imported and opened: `until_opened` turns it on
    from blufio_tui.cli.doctor import findings_in_words
    from blufio_tui.cli.start import start_options
    from blufio_tui.wiring.screen import run_app

    return run_app(start_options(args), findings_in_words)
