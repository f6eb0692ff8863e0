"""Where questions wait for the person, on whatever thread they are asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from blufio_tui.core.asking import PersonAnswer, PersonQuestion
from blufio_tui.core.policy.approval import ApprovalAnswer, ApprovalQuestion

QuestionT = TypeVar("QuestionT")
AnswerT = TypeVar("AnswerT")


@dataclass(frozen=True, slots=True, eq=False)
class Pending(Generic[QuestionT, AnswerT]):
    """A question and the future of its answer. The future is cancelled when the question is withdrawn."""

    question: QuestionT
    answer: Future[AnswerT | None] = field(default_factory=Future)

    def resolve(self, answer: AnswerT | None) -> None:
        """Answer once; a late second answer is dropped."""
        if not self.answer.done():
            self.answer.set_result(answer)


class Desk(Generic[QuestionT, AnswerT]):
    """Questions asked before a screen is there wait for it."""

    def __init__(self) -> None:
        self._show: Callable[[Pending[QuestionT, AnswerT]], None] | None = None
        self._withdraw: Callable[[Pending[QuestionT, AnswerT]], None] | None = None
        self._early: list[Pending[QuestionT, AnswerT]] = []

    async def ask(self, question: QuestionT) -> AnswerT | None:
        """Show the question and wait. None if the card's time ran out; cancelling withdraws the card."""
        pending: Pending[QuestionT, AnswerT] = Pending(question)
        if self._show is None:
            self._early.append(pending)
        else:
            self._show(pending)
        try:
            return await asyncio.wrap_future(pending.answer)
        except asyncio.CancelledError:
            self._forget(pending)
            raise

    def attach(
        self,
        show: Callable[[Pending[QuestionT, AnswerT]], None],
        withdraw: Callable[[Pending[QuestionT, AnswerT]], None],
    ) -> None:
        """Connect a screen; both callbacks must be safe to call from any thread."""
        self._show, self._withdraw = show, withdraw
        early, self._early = self._early, []
        for pending in early:
            show(pending)

    def detach(self) -> None:
        """The screen is gone: later questions wait (and time out where they are asked)."""
        self._show = self._withdraw = None

    def _forget(self, pending: Pending[QuestionT, AnswerT]) -> None:
        if pending in self._early:
            self._early.remove(pending)
        if self._withdraw is not None:
            self._withdraw(pending)


PendingQuestion = Pending[ApprovalQuestion, ApprovalAnswer]
PendingAsked = Pending[PersonQuestion, PersonAnswer]


class ApprovalDesk(Desk[ApprovalQuestion, ApprovalAnswer]):
    """The `Approver` that the gate asks."""


class PersonDesk(Desk[PersonQuestion, PersonAnswer]):
    """The `Person` that the tools ask: the model's own questions and plans."""
