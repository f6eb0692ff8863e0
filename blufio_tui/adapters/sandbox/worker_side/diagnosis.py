"""From what the engine reports to an error kind and a message that names limit, value and manifest key."""

import re
from typing import TYPE_CHECKING

from wasmtime import Trap, TrapCode, WasmtimeError

from blufio_tui.adapters.sandbox.engine import STACK_BYTES, TABLE_ELEMENTS, TABLES
from blufio_tui.adapters.sandbox.wire.call_spec import CallSpec
from blufio_tui.adapters.sandbox.worker_side.guest_errors import GuestTrap
from blufio_tui.core.errors import ErrorKind

if TYPE_CHECKING:
    from blufio_tui.adapters.sandbox.worker_side.call_state import CallState

_MIB = 1024 * 1024
_PAGE = 64 * 1024
_MAX_DETAIL = 1000
_SHOWN_FRAMES = 5
_FRAME = re.compile(r"\s*\d+:\s+0x[0-9a-f]+ - ")


def of_engine_error(error: Trap | WasmtimeError, state: "CallState") -> GuestTrap:
    if not isinstance(error, Trap):
        return _of_instantiation(str(error), state.spec)
    match error.trap_code:
        case TrapCode.OUT_OF_FUEL:
            return fuel_trap(state.spec)
        case TrapCode.INTERRUPT:
            return state.deadline_trap()
        case TrapCode.STACK_OVERFLOW:
            return _stack_trap()
        case _:
            return GuestTrap(ErrorKind.TRAP, _trap_text(error.message))


def final(trap: GuestTrap, state: "CallState") -> GuestTrap:
    """The failure of a call: a trap of a guest that had been refused memory is told as what it is."""
    pages = state.memory_refused()
    if trap.kind is not ErrorKind.TRAP or not pages:
        return trap
    return memory_trap(state.spec, f"ended ({trap.message}) after it asked for {pages * _PAGE:,} more bytes of memory")


def fuel_trap(spec: CallSpec) -> GuestTrap:
    return GuestTrap(
        ErrorKind.FUEL_EXHAUSTED,
        f"used up its {spec.fuel:,} units of fuel; raise resources.fuel in skill.toml if it needs more",
    )


def memory_trap(spec: CallSpec, what: str) -> GuestTrap:
    return GuestTrap(
        ErrorKind.MEMORY_LIMIT,
        f"{what}, over the limit of {spec.memory_bytes // _MIB:,} MiB; "
        "raise resources.memory_mb in skill.toml if it needs more",
    )


def _stack_trap() -> GuestTrap:
    return GuestTrap(
        ErrorKind.STACK_OVERFLOW,
        f"overflowed its call stack of {STACK_BYTES // _MIB} MiB, most often by endless recursion; "
        "this limit is the same for every skill",
    )


def _of_instantiation(message: str, spec: CallSpec) -> GuestTrap:
    if "table count" in message:
        return GuestTrap(
            ErrorKind.MEMORY_LIMIT, f"has more than {TABLES} tables; this limit is the same for every skill"
        )
    if "table" in message and "limit" in message:
        return GuestTrap(
            ErrorKind.MEMORY_LIMIT,
            f"needs a table of more than {TABLE_ELEMENTS:,} elements; this limit is the same for every skill",
        )
    if "GC heap out of memory" in message:
        return memory_trap(spec, "filled its heap of exceptions")
    if "memory" in message and "limit" in message:
        return memory_trap(spec, "starts with more memory")
    return GuestTrap(ErrorKind.INVALID_MODULE, f"the module cannot be instantiated: {_short(message)}")


def _trap_text(message: str) -> str:
    """The engine's report on one line: what happened, and in which functions, innermost first."""
    lines = message.splitlines()
    what = next(
        (line.partition("wasm trap: ")[2] for line in lines if "wasm trap: " in line), lines[-1] if lines else ""
    )
    frames = [line.rpartition("!")[2].strip() for line in lines if _FRAME.match(line)]
    where = f" in {' < '.join(frame[:80] for frame in frames[:_SHOWN_FRAMES])}" if frames else ""
    return _short(f"{what.strip()}{where}")


def _short(message: str) -> str:
    return message if len(message) <= _MAX_DETAIL else f"{message[:_MAX_DETAIL]} …"
