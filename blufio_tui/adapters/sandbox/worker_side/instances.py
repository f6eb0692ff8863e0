"""Instances of a worker's module: a new one for each call, made ready while nobody waits for it."""

from dataclasses import dataclass

from wasmtime import Engine, Func, Global, Instance, Memory, Store, Trap, WasmtimeError

from blufio_tui.adapters.sandbox.engine import TABLE_ELEMENTS, TABLES
from blufio_tui.adapters.sandbox.worker_side import engine_calls
from blufio_tui.adapters.sandbox.worker_side.guest_memory import U32, GuestMemory
from blufio_tui.adapters.sandbox.worker_side.module import LoadedModule
from blufio_tui.core.wasm.image import REFUSED

_REFUSED = REFUSED.encode()


@dataclass(frozen=True, slots=True)
class GuestInstance:
    """
    Attributes:
        entries: the functions to call, in this order.
    """

    instance: Instance
    store: Store
    memory: GuestMemory
    entries: tuple[Func, ...]

    def run(self) -> None:
        """
        Raises:
            Trap, WasmtimeError: it ended before its end.
        """
        for function in self.entries:
            engine_calls.call(function, self.store)

    def refused_pages(self) -> int:
        """Pages that the guest asked for last and did not get; 0 if it got all it wanted."""
        refused = engine_calls.export(self.instance, self.store, _REFUSED)
        return int(refused.value(self.store)) & U32 if isinstance(refused, Global) else 0


class Instances:
    """Stores with their limits, and instances in them. Nothing of one call is in the next one's.

    A store that is made ahead has no fuel: no code of the guest can run in it before its call. A module with a
    start function therefore fails, and is instantiated within its calls from then on.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._memory_bytes = 0
        self._store: Store | None = None
        self._ready: GuestInstance | None = None
        self._starter: LoadedModule | None = None

    def make_ready(self, loaded: LoadedModule, memory_bytes: int) -> None:
        """Prepare for a call with the same limit as the last one's."""
        self.discard()
        self._store, self._memory_bytes = self._limited_store(memory_bytes), memory_bytes
        if self._starter is loaded:
            return
        try:
            self._ready = instantiate(loaded, self._store)
        except (Trap, WasmtimeError):
            self._starter = loaded
            self._store.close()
            self._store = self._limited_store(memory_bytes)

    def take(self, memory_bytes: int) -> tuple[Store, GuestInstance | None]:
        """A store with the limit on memory, without fuel, and an instance in it if there is one yet."""
        if memory_bytes != self._memory_bytes:
            self.discard()
        store, ready = self._store or self._limited_store(memory_bytes), self._ready
        self._store = self._ready = None
        return store, ready

    def discard(self) -> None:
        if self._store is not None:
            self._store.close()
        self._store = self._ready = None

    def _limited_store(self, memory_bytes: int) -> Store:
        store = Store(self._engine)
        store.set_limits(memory_bytes, TABLE_ELEMENTS, 1, TABLES, 1)
        store.set_fuel(0)
        store.set_epoch_deadline(1)
        return store


def instantiate(loaded: LoadedModule, store: Store) -> GuestInstance:
    """A new instance; its start function runs.

    Raises:
        Trap, WasmtimeError: it ended, or never began.
    """
    instance = engine_calls.instantiate(loaded.pre, store)
    memory = engine_calls.export(instance, store, b"memory")
    assert isinstance(memory, Memory)
    names = (b"_initialize", loaded.entry) if loaded.initialize else (loaded.entry,)
    entries = []
    for name in names:
        function = engine_calls.export(instance, store, name)
        assert isinstance(function, Func)
        entries.append(function)
    return GuestInstance(instance, store, GuestMemory(memory, store), tuple(entries))
