"""What a change made on the command line means for a program that is already running."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

_NOTE = "note: a blufio-tui that is already running uses this only after you confirm it there (/confirm)"


@contextmanager
def notes_what_waits(config: Path) -> Iterator[None]:
    """Around a change of config.toml: says so if a running program, to which it is a foreign change, holds it back."""
    from blufio_tui.adapters.config.settings import load_settings
    from blufio_tui.core.settings.foreign_changes import gains_of_settings

    before = load_settings(config)
    yield
    note_gains(gains_of_settings, before, load_settings(config))


def note_gains(gains: Callable[[T, T], tuple[str, ...]], before: T, after: T) -> None:
    """On stderr, so that what is read by programs stays as it is."""
    if gains(before, after):
        print(_NOTE, file=sys.stderr)
