"""Defining host functions: `HostLinker.function` is the only way from a guest into the worker's Python.

wasmtime-py's own callbacks convert each value through type objects and hand exceptions over in one slot for
the whole process. The functions here are attached to the C interface directly: three times faster, and an
exception stays with the call it belongs to. The engine has checked the types of an import before it binds it.
"""

import ctypes
from collections.abc import Callable
from typing import Any

from wasmtime import Engine, FuncType, InstancePre, Linker, Module, Trap, ValType, WasmtimeError, _ffi

from blufio_tui.adapters.sandbox.worker_side.call_state import CallState
from blufio_tui.adapters.sandbox.worker_side.guest_memory import U32

Body = Callable[..., int | None]
"""A host function: takes the `CallState` and the guest's arguments, `i` ones unsigned, `I` ones signed."""
_FIELDS = {"i": "i32", "I": "i64", "f": "f32", "F": "f64"}


class HostLinker:
    """The imports there are, defined once for each worker; the call in progress is looked up at each use."""

    def __init__(self, engine: Engine) -> None:
        self._linker = Linker(engine)
        self._callbacks: list[object] = []
        self.names: dict[tuple[str, str], str] = {}
        self._state: CallState | None = None

    def function(self, module: str, name: str, signature: str, body: Body, *, needs_memory: bool = True) -> None:
        """Define an import.

        Args:
            signature: `i` for i32, `I` for i64, `f` for f32, `F` for f64: parameters, `:`, at most one result
                (`"iii:i"`).
            body: raises `GuestTrap` to end the run, `GuestExit` to end it as `proc_exit` does.
            needs_memory: the function looks into the guest's memory.
        """
        callback = _ffi.wasmtime_func_unchecked_callback_t(self._callback(body, signature, needs_memory))
        kind = _function_type(signature)
        names = [part.encode() for part in (module, name)]
        buffers = [(ctypes.create_string_buffer(part, len(part)), len(part)) for part in names]
        (module_name, module_length), (own_name, own_length) = buffers
        error = _ffi.wasmtime_linker_define_func_unchecked(
            *(self._linker.ptr(), module_name, module_length, own_name, own_length),
            *(kind.ptr(), callback, None, ctypes.cast(0, ctypes.CFUNCTYPE(None, ctypes.c_void_p))),
        )
        if error:
            raise WasmtimeError._from_ptr(error)
        self._callbacks.append(callback)
        self.names[module, name] = signature

    def enter(self, state: CallState) -> None:
        self._state = state

    def leave(self) -> None:
        self._state = None

    def instantiate_pre(self, module: Module) -> InstancePre:
        return self._linker.instantiate_pre(module)

    def _callback(self, body: Body, signature: str, needs_memory: bool) -> Callable[..., int]:
        """The function as C calls it: values in place, 0 or the address of a trap as the result."""
        parameters, _, results = signature.partition(":")
        read = _reader(parameters)
        result = _FIELDS[results] if results else ""

        def call(_: object, caller: Any, values: Any, __: int) -> int:
            state = self._state
            if state is None:  # a host function outside a call: cannot be, and must not be let through
                return _trap_address()
            try:
                if needs_memory:
                    state.see_memory(caller)
                answer = body(state, *read(values))
                if result:
                    setattr(values[0], result, answer)
            except BaseException as error:  # noqa: BLE001  (raised again by the runner, outside the C frames)
                state.interruption = error
                return _trap_address()
            return 0

        return call


def _reader(parameters: str) -> Callable[[Any], list[Any]]:
    if set(parameters) <= {"i"}:
        places = range(len(parameters))
        return lambda values: [values[place].i32 & U32 for place in places]
    fields = [(place, _FIELDS[kind], kind == "i") for place, kind in enumerate(parameters)]

    def read(values: Any) -> list[Any]:
        raw = [(getattr(values[place], field), unsigned) for place, field, unsigned in fields]
        return [value & U32 if unsigned else value for value, unsigned in raw]

    return read


def _function_type(signature: str) -> FuncType:
    kinds = {"i": ValType.i32, "I": ValType.i64, "f": ValType.f32, "F": ValType.f64}
    parameters, _, results = signature.partition(":")
    return FuncType([kinds[item]() for item in parameters], [kinds[item]() for item in results])


def _trap_address() -> int:
    return ctypes.cast(Trap("ended by the host")._consume(), ctypes.c_void_p).value or 0
