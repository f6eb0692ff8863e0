"""Defining host functions: `HostLinker.function` is the only way from a guest into the worker's Python."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from blufio_tui.adapters.sandbox.call_state import CallState
from blufio_tui.adapters.sandbox.guest_errors import GuestExit, GuestTrap
from blufio_tui.adapters.sandbox.guest_memory import U32

if TYPE_CHECKING:
    from wasmtime import Caller, Engine, FuncType, InstancePre, Module

Body = Callable[..., int | None]
"""A host function: takes the `CallState` and the guest's arguments, `i` ones unsigned, `I` ones signed."""


class HostLinker:
    """The imports there are, defined once for each worker; the call in progress is looked up at each use."""

    def __init__(self, engine: "Engine") -> None:
        from wasmtime import Linker

        self._linker = Linker(engine)
        self._types: dict[tuple[str, str], FuncType] = {}
        self.names: dict[tuple[str, str], str] = {}
        self._state: CallState | None = None

    def function(self, module: str, name: str, signature: str, body: Body, *, needs_memory: bool = True) -> None:
        """Define an import.

        Args:
            signature: `i` for i32, `I` for i64, `f` for f32, `F` for f64: parameters, `:`, results (`"iii:i"`).
            body: raises `GuestTrap` to end the run, `GuestExit` to end it as `proc_exit` does.
            needs_memory: a module that imports it must export `memory`.
        """
        parameters, _, results = signature.partition(":")
        self.names[module, name] = signature
        function = self._with_bookkeeping(body, parameters, needs_memory)
        self._linker.define_func(module, name, self._type(parameters, results), function, access_caller=True)

    def enter(self, state: CallState) -> None:
        self._state = state

    def leave(self) -> None:
        self._state = None

    def instantiate_pre(self, module: "Module") -> "InstancePre":
        return self._linker.instantiate_pre(module)

    def _type(self, parameters: str, results: str) -> "FuncType":
        from wasmtime import FuncType, ValType

        if (parameters, results) not in self._types:
            kinds = {"i": ValType.i32, "I": ValType.i64, "f": ValType.f32, "F": ValType.f64}
            self._types[parameters, results] = FuncType([kinds[p]() for p in parameters], [kinds[r]() for r in results])
        return self._types[parameters, results]

    def _with_bookkeeping(self, body: Body, parameters: str, needs_memory: bool) -> Callable[..., int | None]:
        unsigned = set(parameters) <= {"i"}

        def call(caller: "Caller", *arguments: Any) -> int | None:
            state = self._current()
            try:
                if needs_memory and not state.has_memory:
                    state.adopt(caller)
                if unsigned:
                    return body(state, *[argument & U32 for argument in arguments])
                return body(state, *map(_unsigned_if_i32, parameters, arguments))
            except GuestTrap as trap:
                state.failure = state.failure or trap
                raise
            except GuestExit as leave:
                state.exit_code = leave.code
                raise

        return call

    def _current(self) -> CallState:
        if self._state is None:
            raise RuntimeError("a host function ran outside a call")
        return self._state


def _unsigned_if_i32(kind: str, argument: Any) -> Any:
    return argument & U32 if kind == "i" else argument
