"""`blufio-tui serve`: the same app in a browser."""

import argparse
import sys
from typing import TYPE_CHECKING, Any

from blufio_tui.cli.commands import COMMANDS
from blufio_tui.cli.start import start_options
from blufio_tui.core.errors import BlufioError
from blufio_tui.features.start.arguments import StartOptions

if TYPE_CHECKING:
    from blufio_tui.adapters.desktop.web_page import PageColors

_PASSED_ON = ("model", "base_url", "mode", "project")


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("serve", help=COMMANDS["serve"])
    parser.add_argument("--port", type=_port, default=0, metavar="PORT", help="port on 127.0.0.1 (default: a free one)")
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from blufio_tui.adapters.desktop.web import serve
    from blufio_tui.features.start.options import read_options

    start = start_options(args)
    read_options(start, interactive=True)  # what is wrong is said here, not in each browser

    def announce(address: str) -> None:
        print(f"Open {address}\nAnyone with this address can use the app. Ctrl+C stops it.", flush=True)

    serve(app_command(start), args.port, announce, lambda: page_colors(start))
    return 0


def page_colors(start: StartOptions) -> "PageColors":
    from textual.color import Color

    from blufio_tui.adapters.desktop.web_page import PageColors
    from blufio_tui.features.screen.look import look_of
    from blufio_tui.features.start.options import read_options
    from blufio_tui.ui.controllers.appearance import theme_at_start

    try:
        options = read_options(start, interactive=True)
    except BlufioError:  # changed since the start; the app says what is wrong
        return PageColors()
    theme = theme_at_start(look_of(options.settings, options.paths.themes))
    if theme is None:
        return PageColors()
    colors = (theme.background, theme.foreground, theme.primary)
    return PageColors(*(Color.parse(color or "").hex6 for color in colors))


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"expected a port from 1 to 65535, found {text!r}")
    return int(text)


def app_command(start: StartOptions) -> list[str]:
    """The command that opens the app, with the options that were given here."""
    words = [sys.executable, "-m", "blufio_tui"]
    for name in _PASSED_ON:
        if (value := getattr(start, name)) is not None:
            words += [f"--{name.replace('_', '-')}", str(value)]
    words += ["--instructions", start.instructions] if start.instructions else []
    return words + (["--offline"] if start.offline else [])
