"""Running guests in a worker: one module, a fresh store for each call."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from blufio_tui.adapters.sandbox import abi, diagnosis
from blufio_tui.adapters.sandbox.call_spec import CallSpec
from blufio_tui.adapters.sandbox.call_state import CallState
from blufio_tui.adapters.sandbox.channel import Channel
from blufio_tui.adapters.sandbox.engine import TABLE_ELEMENTS
from blufio_tui.adapters.sandbox.extensions import Extension
from blufio_tui.adapters.sandbox.guest_errors import GuestExit, GuestTrap
from blufio_tui.adapters.sandbox.guest_memory import U32, GuestMemory
from blufio_tui.adapters.sandbox.host import HostLinker
from blufio_tui.adapters.sandbox.loaded_module import LoadedModule, StaleModule, load
from blufio_tui.adapters.sandbox.outcome import Outcome
from blufio_tui.adapters.sandbox.wasm_image import REFUSED
from blufio_tui.adapters.sandbox.watchdog import Watchdog
from blufio_tui.core.errors import ErrorKind

if TYPE_CHECKING:
    from wasmtime import Engine, Instance, Store
    from wasmtime._instance import InstanceExports


class GuestRunner:
    """Holds the engine, the host functions and the one module of this worker."""

    def __init__(self, engine: "Engine", channel: Channel, extensions: Sequence[Extension]) -> None:
        self._engine = engine
        self._channel = channel
        self._extensions = extensions
        self._host = HostLinker(engine)
        self._loaded: LoadedModule | GuestTrap | StaleModule = GuestTrap(
            ErrorKind.WORKER_CRASHED, "no module is loaded"
        )
        abi.define(self._host)
        for extension in extensions:
            extension.define(self._host)

    def start_clock(self) -> None:
        """Start the watchdog's thread: after the process has been locked down, so that it is locked down too."""
        self._watchdog = Watchdog(self._engine.increment_epoch)

    def load(self, data: bytes, sha256: str, runtime: str, payload: bytes) -> None:
        """Replace the module. What is wrong with it is told to the calls that follow."""
        try:
            self._loaded = load(self._engine, self._host, data, sha256, runtime, payload)
        except (GuestTrap, StaleModule) as problem:
            self._loaded = problem

    def run(self, spec: CallSpec) -> Outcome:
        match self._loaded:
            case StaleModule() as stale:
                return Outcome("", (ErrorKind.INTEGRITY, str(stale)), stale_module=True)
            case GuestTrap() as trap:
                return Outcome("", (trap.kind, trap.message))
            case LoadedModule() as loaded:
                return self._run(loaded, spec)

    def _run(self, loaded: LoadedModule, spec: CallSpec) -> Outcome:
        if loaded.memory_bytes > spec.memory_bytes:
            trap = diagnosis.memory_trap(spec, f"starts with {loaded.memory_bytes:,} bytes of memory")
            return Outcome("", (trap.kind, trap.message))
        store = self._store(spec)
        state = CallState(spec, loaded, self._channel, self._watchdog, store)
        self._host.enter(state)
        try:
            self._execute(loaded, state, store)
            return self._outcome(state, store)
        finally:
            self._watchdog.disarm()
            self._host.leave()
            store.close()

    def _store(self, spec: CallSpec) -> "Store":
        from wasmtime import Store

        store = Store(self._engine)
        store.set_limits(spec.memory_bytes, TABLE_ELEMENTS, 1, 8, 1)
        store.set_fuel(spec.fuel)
        store.set_epoch_deadline(1)
        return store

    def _execute(self, loaded: LoadedModule, state: CallState, store: "Store") -> None:
        from wasmtime import Trap, WasmtimeError

        extensions = [item for item in self._extensions if item.IMPORT_MODULES & loaded.import_modules]
        self._watchdog.arm(state.spec.deadline_secs)
        try:
            for extension in extensions:
                extension.begin(state)
            instance = loaded.pre.instantiate(store)
            self._call(loaded, instance, state, store)
        except GuestTrap as trap:
            state.failure = state.failure or trap
        except GuestExit as leave:
            state.exit_code = leave.code
        except (Trap, WasmtimeError) as error:
            state.failure = state.failure or diagnosis.of_engine_error(error, state)
        for extension in extensions:
            self._end(extension, state)

    def _call(self, loaded: LoadedModule, instance: "Instance", state: CallState, store: "Store") -> None:
        from wasmtime import Func, Memory

        exports = instance.exports(store)
        memory = exports["memory"]
        assert isinstance(memory, Memory)
        state.memory = GuestMemory(memory, store)
        state.memory_refused = lambda: _refused_pages(exports, store)
        for name in ("_initialize", loaded.entry) if loaded.initialize else (loaded.entry,):
            function = exports[name]
            assert isinstance(function, Func)
            function(store)

    def _end(self, extension: Extension, state: CallState) -> None:
        try:
            extension.end(state)
        except GuestTrap as trap:
            state.failure = state.failure or trap

    def _outcome(self, state: CallState, store: "Store") -> Outcome:
        content, error = "", None
        try:
            if state.failure is not None:
                raise state.failure
            if state.exit_code:
                raise GuestTrap(ErrorKind.TRAP, f"exited with status {state.exit_code}")
            content = state.content()
        except GuestTrap as trap:
            failure = diagnosis.final(trap, state)
            error = (failure.kind, failure.message)
        return Outcome(
            content=content,
            error=error,
            fuel=state.spec.fuel - store.get_fuel(),
            memory_bytes=state.memory.size,
            logs=tuple(state.log.lines),
            dropped_logs=state.log.dropped,
        )


def _refused_pages(exports: "InstanceExports", store: "Store") -> int:
    """Pages that the guest asked for last and did not get; 0 when it got all it wanted."""
    from wasmtime import Global

    refused = exports.get(REFUSED)
    return int(refused.value(store)) & U32 if isinstance(refused, Global) else 0
