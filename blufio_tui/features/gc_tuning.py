"""When garbage is looked for: not while starting, when there is none yet and looking for it costs time."""

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
        gc.set_threshold(_YOUNG, 10, 10)
        gc.enable()
