"""What the gate needs from outside: an approver to ask, and a runner that performs effects."""

import asyncio
from typing import Protocol

from blufio_tui.core.capability import Actor, Target
from blufio_tui.core.effects import Effect, EffectResult
from blufio_tui.core.policy.approval import ApprovalAnswer, ApprovalQuestion


class PreparedEffect(Protocol):
    """An effect whose target is canonical and can be decided on."""

    @property
    def target(self) -> Target: ...

    def describe(self) -> str:
        """The complete effect, for the approval card: a diff for a write, method, headers and body of a request."""
        ...

    async def preflight(self) -> None:
        """Checks that must come after the decision and before the audit row (names resolved, addresses checked).

        Raises:
            NeverRule: the target is never allowed.
            HostError: it cannot be done (no such name, …).
        """
        ...

    async def execute(self) -> "EffectResult | Effect":
        """Do it. A returned effect is a redirect, to be decided separately.

        Raises:
            HostError: it failed.
            NeverRule: the target turned out to be a different one.
        """
        ...


class BlockingEffect:
    """A prepared effect that is one piece of blocking work: it may begin on the thread that made its row durable."""

    def work(self) -> EffectResult:
        """
        Raises:
            HostError, NeverRule: as `PreparedEffect.execute`.
        """
        raise NotImplementedError

    async def execute(self) -> EffectResult:
        return await asyncio.to_thread(self.work)


class EffectRunner(Protocol):
    def prepare(self, effect: Effect, actor: Actor) -> PreparedEffect:
        """Parse and canonicalise; touches nothing but path metadata.

        Raises:
            NeverRule: malformed or refused in any case.
            HostError: cannot be done at all.
        """
        ...


class Approver(Protocol):
    async def ask(self, question: ApprovalQuestion) -> ApprovalAnswer | None:
        """The person's answer; None if it did not come in time. Cancelling withdraws the question."""
        ...
