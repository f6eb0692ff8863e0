"""`python -m blufio_tui` and the console script."""

import sys


def main() -> int:
    """Run the command line; the process's exit code."""
    if sys.argv[1:] == ["--version"]:
        from blufio_tui import __version__

        sys.stdout.write(f"blufio-tui {__version__}\n")
        return 0
    try:
        from blufio_tui.cli import run

        return run(sys.argv[1:])
    except KeyboardInterrupt:  # also in the first moments, while modules are loaded
        return 130


if __name__ == "__main__":
    sys.exit(main())
