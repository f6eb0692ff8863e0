"""The C library's heap. Other libraries than GNU's lack these functions, and need none of them."""

from collections.abc import Callable
from functools import cache
from typing import Any

_MOST_ARENAS = -8
"""`M_ARENA_MAX` of `mallopt`."""


def share_one_heap() -> None:
    """Let all threads take their memory from one heap; call it before there are threads.

    GNU's C library gives each its own, which keeps what it once held; threads that take turns gain nothing by that.
    """
    if (set_option := _function("mallopt")) is not None:
        set_option(_MOST_ARENAS, 1)


def give_back_what_is_free() -> None:
    """To the system; the C library keeps it else. Importing takes several times as much as what is imported, and a turn
    leaves gaps. Takes less than a millisecond, after opening a few."""
    if (trim := _function("malloc_trim")) is not None:
        trim(0)


@cache
def _function(name: str) -> Callable[..., Any] | None:
    import ctypes

    function = getattr(ctypes.CDLL(None), name, None)
    if function is not None and name == "malloc_trim":
        function.argtypes = (ctypes.c_size_t,)
    return function
