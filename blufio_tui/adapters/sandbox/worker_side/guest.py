"""Running guests in a worker: one module, a fresh store for each call."""

from collections.abc import Callable, Sequence
from typing import Any

from wasmtime import Engine, Store, Trap, WasmtimeError

from blufio_tui.adapters.sandbox.wire.call_spec import CallSpec
from blufio_tui.adapters.sandbox.wire.outcome import Outcome
from blufio_tui.adapters.sandbox.worker_side import abi, diagnosis
from blufio_tui.adapters.sandbox.worker_side.call_state import CallState
from blufio_tui.adapters.sandbox.worker_side.channel import Channel
from blufio_tui.adapters.sandbox.worker_side.extensions import Extension
from blufio_tui.adapters.sandbox.worker_side.guest_errors import GuestExit, GuestTrap
from blufio_tui.adapters.sandbox.worker_side.host import HostLinker
from blufio_tui.adapters.sandbox.worker_side.instances import GuestInstance, Instances, instantiate
from blufio_tui.adapters.sandbox.worker_side.loading import load
from blufio_tui.adapters.sandbox.worker_side.module import LoadedModule
from blufio_tui.adapters.sandbox.worker_side.native_code import StaleModule
from blufio_tui.adapters.sandbox.worker_side.sources import RecordedSources, ReplayedSources, Sources, sources_of
from blufio_tui.adapters.sandbox.worker_side.watchdog import Watchdog
from blufio_tui.core.errors import ErrorKind


class GuestRunner:
    """Holds the engine, the host functions and the one module of this worker."""

    def __init__(self, engine: Engine, channel: Channel, extensions: Sequence[Extension]) -> None:
        self._engine = engine
        self._channel = channel
        self._extensions = extensions
        self._host = HostLinker(engine)
        self._loaded: LoadedModule | GuestTrap | StaleModule = GuestTrap(
            ErrorKind.WORKER_CRASHED, "no module is loaded"
        )
        self._instances = Instances(engine)
        abi.define(self._host)
        for extension in extensions:
            extension.define(self._host)

    def start_clock(self) -> None:
        """Start the watchdog's thread: after the process has been locked down, so that it is locked down too."""
        self._watchdog = Watchdog(self._engine.increment_epoch)

    def load(self, descriptor: int, sha256: str, runtime: str, payload: bytes) -> None:
        """Replace the module by the one in an open file. What is wrong with it is told to the calls that follow."""
        self._instances.discard()
        try:
            self._loaded = load(self._engine, self._host, descriptor, sha256, runtime, payload)
        except (GuestTrap, StaleModule) as problem:
            self._loaded = problem

    def run(self, spec: CallSpec, answer: Callable[[Outcome], None]) -> None:
        """Run the guest and `answer` with how it ended; what is left to tidy up comes after that."""
        match self._loaded:
            case StaleModule() as stale:
                problem = (ErrorKind.INTEGRITY, str(stale))
                answer(Outcome("", problem, stale_module=True, **_taped(sources_of(spec))))
            case GuestTrap() as trap:
                answer(_refusal(trap, spec))
            case LoadedModule(memory_bytes=needed) if needed > spec.memory_bytes:
                answer(_refusal(diagnosis.memory_trap(spec, f"starts with {needed:,} bytes of memory"), spec))
            case LoadedModule() as loaded:
                self._run(loaded, spec, answer)

    def _run(self, loaded: LoadedModule, spec: CallSpec, answer: Callable[[Outcome], None]) -> None:
        store, ready = self._instances.take(spec.memory_bytes)
        store.set_fuel(spec.fuel)
        store.set_epoch_deadline(1)
        state = CallState(spec, loaded, self._channel, self._watchdog, store)
        self._host.enter(state)
        self._execute(loaded, state, ready)
        self._watchdog.disarm()
        self._host.leave()
        state.memory.look_again()
        answer(self._outcome(state, store))
        store.close()
        self._instances.make_ready(loaded, spec.memory_bytes)

    def _execute(self, loaded: LoadedModule, state: CallState, ready: GuestInstance | None) -> None:
        extensions = [item for item in self._extensions if item.IMPORT_MODULES & loaded.import_modules]
        self._watchdog.arm(state.spec.deadline_secs)
        try:
            for extension in extensions:
                extension.begin(state)
            guest = ready or instantiate(loaded, state.store)
            state.memory, state.memory_refused = guest.memory, guest.refused_pages
            guest.run()
        except (GuestTrap, GuestExit) as ending:
            _settle(ending, state)
        except (Trap, WasmtimeError) as error:
            _settle(state.interruption or diagnosis.of_engine_error(error, state), state)
        for extension in extensions:
            self._end(extension, state)

    def _end(self, extension: Extension, state: CallState) -> None:
        try:
            extension.end(state)
        except GuestTrap as trap:
            state.failure = state.failure or trap

    def _outcome(self, state: CallState, store: Store) -> Outcome:
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
            **_taped(state.sources),
        )


def _taped(sources: Sources) -> dict[str, Any]:
    """What an outcome says about the clocks of a recorded or replayed call."""
    match sources:
        case RecordedSources():
            return {"clocks": sources.take(), "over": sources.over}
        case ReplayedSources(reads=[real, mono]):
            return {"reads": (real, mono)}
        case _:
            return {}


def _refusal(trap: GuestTrap, spec: CallSpec) -> Outcome:
    """The outcome of a call whose guest never began."""
    return Outcome("", (trap.kind, trap.message), **_taped(sources_of(spec)))


def _settle(ending: BaseException, state: CallState) -> None:
    """Note how the run ended; what is neither a trap nor an exit is a fault of this program."""
    match ending:
        case GuestTrap():
            state.failure = ending
        case GuestExit(code=code):
            state.exit_code = code
        case _:
            raise ending
