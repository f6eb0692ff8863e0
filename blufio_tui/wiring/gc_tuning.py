"""When garbage is looked for: not while starting, when there is none yet and looking for it costs time."""

import ctypes
import gc
from collections.abc import Iterator
from contextlib import contextmanager

_YOUNG = 3_000
"""Objects made between two looks at the youngest: drawing a frame makes thousands, nearly all gone with it."""


@contextmanager
def until_opened() -> Iterator[None]:
    """What is there afterwards counts as living for good: each full search would go through all of it, and hold
    up the screen for as long as several frames."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        _give_back_what_is_free()
        gc.set_threshold(_YOUNG, 10, 10)
        gc.enable()


def _give_back_what_is_free() -> None:
    """To the system: importing takes some 15 MB more than what is imported, and the C library keeps it. Takes a few
    milliseconds; other C libraries than GNU's have no such function, and need none."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(ctypes.c_size_t(0))
