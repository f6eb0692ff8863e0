"""The methods of dataclasses, this program's and those of what it draws with, compiled when they are first called.

Up to Python 3.12 `dataclasses` compiles five to seven functions for each class, one by one, as its module is imported:
a tenth of the time until the first frame and more, for functions most of which are never called. Later versions compile
them together, which is quick, and are left alone.

`dataclasses` also loads `inspect`, and with it the parser and the disassembler: a tenth of what a short command takes,
only to write a signature as the docstring of each class that has none.
"""

from __future__ import annotations  # those of the inner functions would be worked out for each method

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_OURS = "blufio_tui."
_LATER = (_OURS, "textual.", "rich.")
"""Packages whose dataclasses are made before the first frame. Textual has as many as this program, and few are used."""


class _InspectLater(ModuleType):
    """What `dataclasses` has instead of `inspect` until it asks for more than a signature of our own classes."""

    def signature(self, described: type) -> str:
        """No signature for a class of this program: its docstring is its name."""
        return "" if described.__module__.startswith(_OURS) else str(import_module("inspect").signature(described))

    def __getattr__(self, name: str) -> Any:
        return getattr(import_module("inspect"), name)


def _with_inspect_later() -> None:
    """Import `dataclasses` without `inspect`, unless one of them is there already; all others import the real one."""
    if sys.version_info >= (3, 13) or {"dataclasses", "inspect"} & sys.modules.keys():
        return
    sys.modules["inspect"] = _InspectLater("inspect")
    try:
        import_module("dataclasses")
    finally:
        del sys.modules["inspect"]


_with_inspect_later()
import dataclasses  # noqa: E402

_PARAMETERS = ("name", "args", "body", "globals", "locals", "return_type")
"""Of the function that compiles one method, in the versions that have it."""


def compile_methods_later() -> bool:
    """Call this before importing the modules with the dataclasses. Returns False if this Python compiles them
    differently."""
    compile_now = getattr(dataclasses, "_create_fn", None)
    code = getattr(compile_now, "__code__", None)
    if (
        compile_now is None
        or code is None
        or code.co_varnames[: code.co_argcount + code.co_kwonlyargcount] != _PARAMETERS
    ):
        return False

    def create_fn(name: str, args: Any, body: Any, *, globals: Any = None, **more: Any) -> Callable[..., Any]:
        def compiled() -> Callable[..., Any]:
            method: Callable[..., Any] = compile_now(name, args, body, globals=globals, **more)
            return method

        module = (globals or {}).get("__name__", "")
        return _when_called(name, compiled) if module.startswith(_LATER) else compiled()

    vars(dataclasses)["_create_fn"] = create_fn
    return True


def _when_called(name: str, compiled: Callable[[], Callable[..., Any]]) -> Callable[..., Any]:
    """A method that replaces itself by the compiled one when first called."""

    def method(self: object, *args: Any, **more: Any) -> Any:
        real = compiled()
        real.__qualname__ = method.__qualname__
        for owner in type(self).__mro__:
            if vars(owner).get(name) is method:
                setattr(owner, name, real)
        return real(self, *args, **more)

    method.__name__ = name
    return method
