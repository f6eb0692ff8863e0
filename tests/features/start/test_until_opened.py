"""What opening leaves behind: garbage is looked for again, and freed memory is the system's."""

import ctypes
import gc
import os
from collections.abc import Iterator

import pytest

from benchmarks.pty_app import resident_mb
from blufio_tui.features.start.opening import until_opened


@pytest.fixture(autouse=True)
def gc_as_before() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
    gc.enable()


def test_garbage_is_looked_for_once_all_is_open_even_if_it_could_not_be_opened() -> None:
    with pytest.raises(ZeroDivisionError), until_opened():
        assert not gc.isenabled()
        _ = 1 / 0
    assert gc.isenabled()


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="another C library")
def test_memory_that_opening_freed_is_given_back() -> None:
    with until_opened():
        parts = [bytes(1000) for _ in range(60_000)]
        last = parts[-1]  # lies above all others, so that the end of the heap is in use
        full = resident_mb(os.getpid())
        parts.clear()
    assert resident_mb(os.getpid()) < full - 40
    assert len(last) == 1000
