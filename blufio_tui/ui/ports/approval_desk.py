"""Where questions wait for the person: the `Approver` that the gate asks, on whatever thread it runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

from blufio_tui.core.policy.approval import ApprovalAnswer, ApprovalQuestion

Answer = ApprovalAnswer | None


@dataclass(frozen=True, slots=True, eq=False)
class PendingQuestion:
    """A question and the future of its answer. The future is cancelled when the question is withdrawn."""

    question: ApprovalQuestion
    answer: Future[Answer] = field(default_factory=Future)

    def resolve(self, answer: Answer) -> None:
        """Answer once; a late second answer is dropped."""
        if not self.answer.done():
            self.answer.set_result(answer)


Listener = Callable[[PendingQuestion], None]


class ApprovalDesk:
    """Questions asked before a screen is there wait for it."""

    def __init__(self) -> None:
        self._show: Listener | None = None
        self._withdraw: Listener | None = None
        self._early: list[PendingQuestion] = []

    async def ask(self, question: ApprovalQuestion) -> Answer:
        """Show the question and wait. None when the card's time ran out; cancelling withdraws the card."""
        pending = PendingQuestion(question)
        if self._show is None:
            self._early.append(pending)
        else:
            self._show(pending)
        try:
            return await asyncio.wrap_future(pending.answer)
        except asyncio.CancelledError:
            self._forget(pending)
            raise

    def attach(self, show: Listener, withdraw: Listener) -> None:
        """Connect a screen; both callbacks must be safe to call from any thread."""
        self._show, self._withdraw = show, withdraw
        early, self._early = self._early, []
        for pending in early:
            show(pending)

    def detach(self) -> None:
        """The screen is gone: later questions wait (and time out at the gate)."""
        self._show = self._withdraw = None

    def _forget(self, pending: PendingQuestion) -> None:
        if pending in self._early:
            self._early.remove(pending)
        if self._withdraw is not None:
            self._withdraw(pending)
