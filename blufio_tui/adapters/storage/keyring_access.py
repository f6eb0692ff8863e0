"""Access to the system's keyring with a time limit, so that an unresponsive keyring blocks neither a turn nor quitting.

A backend may wait for a person to unlock it, or for a service that hangs, and cannot be told to stop. So each call
runs on a thread of its own that the end of the program does not wait for, and is waited for only so long.
"""

import threading
import time
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

T = TypeVar("T")

PATIENCE_SECS = 12.0
"""A person may have to type a password first."""
LAST_PATIENCE_SECS = 2.0
"""While the program ends."""
_SLICE_SECS = 0.05


class Keyring(Protocol):
    def get_password(self, service: str, name: str, /) -> str | None: ...
    def set_password(self, service: str, name: str, value: str, /) -> None: ...
    def delete_password(self, service: str, name: str, /) -> None: ...


class KeyringSilent(Exception):
    """The keyring did not answer in time."""


def system_keyring() -> Keyring:
    import keyring

    backend: Keyring = keyring.get_keyring()
    return backend


class Asking:
    """How long a keyring is waited for. Once it was silent, it is not asked again before it has answered.

    Args:
        patience: seconds for each call.
    """

    def __init__(self, patience: float = PATIENCE_SECS) -> None:
        self._patience = patience
        self._ending_at: float | None = None
        self._silent: threading.Event | None = None

    def end(self) -> None:
        """The program ends: from now on everything together is waited for LAST_PATIENCE_SECS at most."""
        if self._ending_at is None:
            self._ending_at = time.monotonic() + LAST_PATIENCE_SECS

    def begin(self) -> None:
        """Another run in the same process: wait as usual again."""
        self._ending_at = None

    def ask(self, call: Callable[[], T]) -> T:
        """What `call` returns or raises.

        Raises:
            KeyringSilent: it did neither in time. It may still happen later.
        """
        if self._silent is not None and not self._silent.is_set():
            raise KeyringSilent("it does not answer")
        self._silent = None
        outcome = _Outcome(call)
        threading.Thread(target=outcome.run, name="keyring", daemon=True).start()
        if not self._wait(outcome.there):
            self._silent = outcome.there
            raise KeyringSilent("it did not answer in time")
        return outcome.taken()

    def _wait(self, answered: threading.Event) -> bool:
        until = time.monotonic() + self._patience
        while True:
            now = time.monotonic()
            left = min(until, self._ending_at or until) - now
            if left <= 0:
                return answered.is_set()
            if answered.wait(min(left, _SLICE_SECS)):
                return True


class _Outcome(Generic[T]):
    """What a call came to, handed from its thread to the one that waits."""

    def __init__(self, call: Callable[[], T]) -> None:
        self.there = threading.Event()
        self._call = call
        self._value: list[T] = []
        self._error: BaseException | None = None

    def run(self) -> None:
        try:
            self._value.append(self._call())
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            self._error = error
        self.there.set()

    def taken(self) -> T:
        if self._error is not None:
            raise self._error
        return self._value[0]


ASKING = Asking()
"""There is one keyring, so there is one patience with it."""
