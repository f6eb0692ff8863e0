"""What a suspended system call can be answered with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final


class Continue:
    """Let the kernel do it, with whatever is in the caller's memory by then: the fence must be good enough."""


CONTINUE: Final = Continue()


@dataclass(frozen=True, slots=True)
class Inject:
    """The call returns a new descriptor of the caller's for our `descriptor`."""

    descriptor: int
    inherited: bool = False


@dataclass(frozen=True, slots=True)
class Later:
    """It may block: `work` runs on a thread of its own and gives the reply."""

    work: "Callable[[], Reply]"


Reply = int | Continue | Inject | Later
"""An int is the call's return value."""
