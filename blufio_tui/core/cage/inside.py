"""Whose call a caged command belongs to: what its effects are decided for, and where they are shown."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from blufio_tui.core.capability import Actor
from blufio_tui.core.effects import Effect, EffectResult
from blufio_tui.core.tools import CallContext


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
