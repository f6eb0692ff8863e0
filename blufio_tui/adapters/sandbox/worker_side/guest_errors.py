"""How a guest's run can be ended from the host's side of the border.

GuestTrap            the run is over; carries the `ErrorKind` and the message of the result
├── EffectDenied     the UI process refused an effect
└── EffectFailed     a permitted effect failed
GuestExit            WASI `proc_exit`
"""

from blufio_tui.core.errors import ErrorKind


class GuestTrap(Exception):
    def __init__(self, kind: ErrorKind, message: str) -> None:
        self.kind = kind
        self.message = message
        super().__init__(message)


class EffectDenied(GuestTrap):
    """`message` starts with `capability not permitted: `."""

    def __init__(self, message: str) -> None:
        super().__init__(ErrorKind.CAPABILITY_DENIED, message)


class EffectFailed(GuestTrap):
    """`reason` is what failed, without the prefix that the trap's message gets.

    Attributes:
        code: an errno name such as `ENOENT` where the host knows one, else "".
    """

    def __init__(self, reason: str, code: str = "") -> None:
        self.reason = reason
        self.code = code
        super().__init__(ErrorKind.HOST_ERROR, f"host error: {reason}")


class GuestExit(Exception):
    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(f"exit {code}")
