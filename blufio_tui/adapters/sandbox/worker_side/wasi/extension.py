"""Plugs WASI preview 1 into the worker."""

from collections.abc import Callable

from blufio_tui.adapters.sandbox.worker_side.call_state import CallState
from blufio_tui.adapters.sandbox.worker_side.host import HostLinker
from blufio_tui.adapters.sandbox.worker_side.wasi.bridge import Bridge
from blufio_tui.adapters.sandbox.worker_side.wasi.context import WasiContext
from blufio_tui.adapters.sandbox.worker_side.wasi.imports import FUNCTIONS, MODULE, WITHOUT_RESULT, bind

IMPORT_MODULES = frozenset({MODULE})
_SLOT = "wasi"
_WITHOUT_MEMORY = frozenset({"proc_exit", "proc_raise", "sched_yield"})


def define(host: HostLinker) -> None:
    for name, (parameters, _) in FUNCTIONS.items():
        signature = f"{parameters}:{'' if name in WITHOUT_RESULT else 'i'}"
        host.function(MODULE, name, signature, _body(name), needs_memory=name not in _WITHOUT_MEMORY)


def begin(state: CallState) -> None:
    """Nothing yet: what surrounds the guest may still be set up by another extension."""


def end(state: CallState) -> None:
    context = state.extensions.get(_SLOT)
    if isinstance(context, WasiContext):
        context.host.flush()


def _body(name: str) -> Callable[..., int | None]:
    function = bind(name)

    def call(state: CallState, *arguments: int) -> int | None:
        return function(_context(state), *arguments)

    return call


def _context(state: CallState) -> WasiContext:
    """Made when the guest first asks for something of WASI."""
    context = state.extensions.get(_SLOT)
    if not isinstance(context, WasiContext):
        context = state.extensions[_SLOT] = WasiContext(Bridge(state), state.sources)
    return context
