"""The few engine calls that every guest call makes, attached to the C interface directly.

wasmtime-py lists all exports to find one, asks for a function's type at each call, and raises a callback's
exception from one slot for the whole process. None of that is needed here: exports are looked up by name,
entries are `() -> ()`, and exceptions are kept with their call (see `host`).
"""

import ctypes
from typing import Any

from wasmtime import Func, Instance, InstancePre, Store, Trap, WasmtimeError, _ffi
from wasmtime._extern import wrap_extern

_TrapPointer = ctypes.POINTER(_ffi.wasm_trap_t)


def instantiate(prepared: InstancePre, store: Store) -> Instance:
    """A new instance; its start function runs.

    Raises:
        Trap, WasmtimeError: it ended, or never began.
    """
    instance, trap = _ffi.wasmtime_instance_t(), _TrapPointer()
    error = _ffi.wasmtime_instance_pre_instantiate(
        prepared.ptr(), store._context(), ctypes.byref(instance), ctypes.byref(trap)
    )
    _raise(error, trap)
    return Instance._from_raw(instance)


def export(instance: Instance, store: Store, name: bytes) -> object:
    """The export with this name as a `Func`, `Memory`, …; None if there is none."""
    found = _ffi.wasmtime_extern_t()
    there = _ffi.wasmtime_instance_export_get(
        store._context(), ctypes.byref(instance._instance), name, len(name), ctypes.byref(found)
    )
    return wrap_extern(found) if there else None


def call(function: Func, store: Store) -> None:
    """Call a function of type `() -> ()`, which was checked when the module was loaded.

    Raises:
        Trap, WasmtimeError: it ended before its end.
    """
    trap = _TrapPointer()
    error = _ffi.wasmtime_func_call(
        store._context(), ctypes.byref(function._func), None, 0, None, 0, ctypes.byref(trap)
    )
    _raise(error, trap)


def _raise(error: Any, trap: Any) -> None:
    if error:
        raise WasmtimeError._from_ptr(error)
    if trap:
        raise Trap._from_ptr(trap)
