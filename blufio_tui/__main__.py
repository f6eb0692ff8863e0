"""`python -m blufio_tui` and the console script."""

import gc
import os
import sys

_YOUNG = 20_000
"""Objects made before the first look for garbage: nearly all that a start makes stays, and looking through it time and
again takes a twentieth of a short command."""


def main() -> int:
    """Run the command line; the process's exit code."""
    try:
        if sys.argv[1:] == ["--version"] and sys.stdout is not None:
            return _print_version()
        _insist_on_utf8()
        gc.set_threshold(_YOUNG, 10, 10)
        from blufio_tui.adapters.commands.own_environment import hide_credentials

        hide_credentials()  # before the imports, which take the most of the time until something is on the screen
        from blufio_tui.core.lazy_methods import compile_methods_later

        compile_methods_later()
        from blufio_tui.cli import run

        return run(sys.argv[1:])
    except KeyboardInterrupt:  # also in the first moments, while modules are loaded
        return 130


def _insist_on_utf8() -> None:
    """Begin again in Python's UTF-8 mode where it would encode names otherwise (a locale of the eighties, `LC_ALL=C`
    with `PYTHONUTF8=0`): no command with an "ü" could be started, no file of that name opened."""
    if sys.getfilesystemencoding() != "utf-8" and not sys.flags.utf8_mode and sys.executable:
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])  # noqa: S606


def _print_version() -> int:
    """Without loading the command line, which would take ten times as long."""
    from blufio_tui import __version__

    try:
        sys.stdout.write(f"blufio-tui {__version__}\n")
        sys.stdout.flush()
    except OSError as error:
        sys.stderr.write(f"blufio-tui: the output: {error.strerror}\n")
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the interpreter would try again at its end
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
