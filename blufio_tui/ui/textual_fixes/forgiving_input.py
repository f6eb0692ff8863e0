"""Bytes on the standard input that are not UTF-8 become the replacement character.

Textual decodes strictly: one stray byte, such as an old mouse report from beyond column 95, ends the app.
"""

from codecs import getincrementaldecoder
from functools import partial

from textual.drivers import linux_driver


def forgive_bad_bytes() -> None:
    """From now on the terminal driver of this process replaces what it cannot decode."""
    linux_driver.getincrementaldecoder = _forgiving  # type: ignore[attr-defined]


def _forgiving(encoding: str):  # type: ignore[no-untyped-def]
    return partial(getincrementaldecoder(encoding), errors="replace")
