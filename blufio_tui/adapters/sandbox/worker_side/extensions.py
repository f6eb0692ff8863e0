"""What widens the host beyond the `blufio` imports: WASI and scripts hook in here, on the worker's side."""

from typing import Protocol

from blufio_tui.adapters.sandbox.worker_side.call_state import CallState
from blufio_tui.adapters.sandbox.worker_side.host import HostLinker


class Extension(Protocol):
    """A set of imports with a life around each call. A module of functions with these names fits.

    Attributes:
        IMPORT_MODULES: the import modules it defines; `begin` and `end` run for modules that import from them.
    """

    @property
    def IMPORT_MODULES(self) -> frozenset[str]: ...

    def define(self, host: HostLinker) -> None:
        """Add its functions; once for each worker, before it is locked down (import all that is needed)."""
        ...

    def begin(self, state: CallState) -> None:
        """Before the guest is instantiated. May call `state.rpc`; a `GuestTrap` ends the call."""
        ...

    def end(self, state: CallState) -> None:
        """After the guest ended, also by a trap. May set `state.failure`, `state.output` or add to `state.log`."""
        ...
