"""Questions to the person: identical ones are asked once, none waits for ever, and nagging ends."""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

from blufio_tui.core.approval import ApprovalAnswer, ApprovalQuestion
from blufio_tui.core.capability import DecidedBy, Verdict
from blufio_tui.core.ports import Approver

MAX_DENIALS = 3
"""After so many denials of the same thing in a session it is denied without asking."""

MAX_DENIALS_IN_A_CALL = 6
"""After so many denials of anything in one call the rest of the call is not asked about either."""

_REMEMBERED_CALLS = 512


@dataclass(slots=True)
class _Open:
    task: "asyncio.Task[ApprovalAnswer | None]"
    waiting: int = 0


class OpenQuestions:
    """The questions that wait for an answer now."""

    def __init__(self, approver: Approver) -> None:
        self._approver = approver
        self._open: dict[Hashable, _Open] = {}

    def __len__(self) -> int:
        return len(self._open)

    async def ask(self, key: Hashable, question: ApprovalQuestion) -> tuple[ApprovalAnswer | None, bool]:
        """The answer (None: none came in time), and whether this caller's question was the one that was shown.

        Callers with the same `key` share one question. It is withdrawn when the last of them is cancelled.
        """
        first = key not in self._open
        entry = self._open.get(key) or self._start(key, question)
        entry.waiting += 1
        try:
            return await asyncio.shield(entry.task), first
        finally:
            entry.waiting -= 1
            if entry.waiting == 0:
                entry.task.cancel()
                self._close(key, entry)

    def _start(self, key: Hashable, question: ApprovalQuestion) -> _Open:
        entry = _Open(asyncio.create_task(self._answer(question)))
        entry.task.add_done_callback(lambda _: self._close(key, entry))
        self._open[key] = entry
        return entry

    def _close(self, key: Hashable, entry: _Open) -> None:
        if self._open.get(key) is entry:
            del self._open[key]

    async def _answer(self, question: ApprovalQuestion) -> ApprovalAnswer | None:
        limit = question.timeout_secs if question.timeout_secs > 0 else None
        try:
            async with asyncio.timeout(limit):
                return await self._approver.ask(question)
        except TimeoutError:
            return None
        except Exception as error:  # noqa: BLE001 - whatever goes wrong in showing a question means no
            reason = f"the question could not be shown: {error}"
            return ApprovalAnswer(Verdict.DENY, reason=reason, decided_by=DecidedBy.MODE)


class Denials:
    """How often a person said no, in this program run, to what."""

    def __init__(self) -> None:
        self._same: Counter[Hashable] = Counter()
        self._in_call: OrderedDict[str, int] = OrderedDict()

    def count(self, thing: Hashable, call_id: str) -> None:
        self._same[thing] += 1
        self._in_call[call_id] = self._in_call.pop(call_id, 0) + 1
        while len(self._in_call) > _REMEMBERED_CALLS:
            self._in_call.popitem(last=False)

    def forget(self, thing: Hashable) -> None:
        """An allowance starts the count anew."""
        self._same.pop(thing, None)

    def enough(self, thing: Hashable, call_id: str) -> str:
        """Why the person is not asked again, "" when they may be."""
        if self._same[thing] >= MAX_DENIALS:
            return f"denied {MAX_DENIALS} times in this session, so it is not asked again"
        if self._in_call.get(call_id, 0) >= MAX_DENIALS_IN_A_CALL:
            return f"this call was denied {MAX_DENIALS_IN_A_CALL} times, so it is not asked about any more"
        return ""


class CallAllowances:
    """What was allowed for one call: the same effect again, to the last byte shown, is not asked about twice."""

    def __init__(self) -> None:
        self._of_call: OrderedDict[str, set[Hashable]] = OrderedDict()

    def add(self, call_id: str, effect: Hashable) -> None:
        self._of_call.setdefault(call_id, set()).add(effect)
        while len(self._of_call) > _REMEMBERED_CALLS:
            self._of_call.popitem(last=False)

    def holds(self, call_id: str, effect: Hashable) -> bool:
        return effect in self._of_call.get(call_id, ())
