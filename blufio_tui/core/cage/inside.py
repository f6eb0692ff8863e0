"""The call that a caged command belongs to: its effects are decided, recorded and shown for this call."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from blufio_tui.core.capability import Actor
from blufio_tui.core.effects import Effect, EffectResult
from blufio_tui.core.tools import CallContext


@dataclass(slots=True)
class StoodStill:
    """For how many seconds a command waited for answers, so far: a command that is stopped has no result to say it."""

    secs: float = 0.0


@dataclass(frozen=True, slots=True)
class Inside:
    """
    Attributes:
        perform_in: the gate, for the actor; raises `CapabilityDenied` or `HostError`.
        actor: the tool that runs the command.
    """

    perform_in: Callable[[Effect, CallContext], Awaitable[EffectResult]]
    actor: Actor
    context: CallContext
    stood_still: StoodStill = field(default_factory=StoodStill, compare=False)


class Following(Inside):
    """For a process that serves several calls in turn: its effects belong to the current one."""

    __slots__ = ("_now",)
    _now: Callable[[], CallContext]

    def __init__(
        self,
        perform_in: Callable[[Effect, CallContext], Awaitable[EffectResult]],
        actor: Actor,
        now: Callable[[], CallContext],
    ) -> None:
        for name, value in (
            ("perform_in", perform_in),
            ("actor", actor),
            ("_now", now),
            ("stood_still", StoodStill()),
        ):
            object.__setattr__(self, name, value)

    @property
    def context(self) -> CallContext:
        return self._now()
