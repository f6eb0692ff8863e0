"""Questions to the person: identical ones share one prompt, none waits forever, and repetition is limited."""

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from blufio_tui.core.capability import DecidedBy, Decision, DenialCause, Verdict
from blufio_tui.core.gate.ports import Approver
from blufio_tui.core.policy.approval import ApprovalAnswer, ApprovalQuestion, unanswered
from blufio_tui.core.tasks import outlasting

MAX_DENIALS = 3
"""After this many denials of the same thing in a session, it is denied without asking."""

MAX_DENIALS_IN_A_CALL = 6
"""After this many denials of anything in one call, the rest of the call is denied without asking."""

MAX_DENIALS_IN_A_TURN = 18
"""The same for a turn, so that a cut-off call cannot simply be repeated about something else."""

MAX_QUESTIONS_IN_A_CALL = 50
"""The most questions in one call, whatever the answers: nobody reads more."""

_REMEMBERED = 512


@dataclass(slots=True)
class _Open:
    task: "asyncio.Task[ApprovalAnswer | None]"
    waiting: int = 0


class OpenQuestions:
    """The questions currently waiting for an answer."""

    def __init__(self, approver: Approver) -> None:
        self._approver = approver
        self._open: dict[Hashable, _Open] = {}

    def __len__(self) -> int:
        return len(self._open)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._open

    async def ask(self, key: Hashable, question: ApprovalQuestion) -> tuple[ApprovalAnswer | None, bool]:
        """The answer (None: none came in time), and whether this caller's question was the one that was shown.

        Callers with the same `key` share one question. It is withdrawn when the last of them is cancelled.
        """
        first = key not in self._open
        entry = self._open.get(key) or self._start(key, question)
        entry.waiting += 1
        try:
            return await outlasting(entry.task), first
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
            return unanswered(f"the question could not be shown: {error}")


class Queues:
    """Callers waiting until related questions have been answered."""

    def __init__(self) -> None:
        self._waiting: dict[Hashable, deque[asyncio.Future[None]]] = {}

    async def enter(self, group: Hashable) -> bool:
        """Wait for this caller's turn; whether it had to wait. `leave` lets the next one in."""
        queue = self._waiting.get(group)
        if queue is None:
            self._waiting[group] = deque()
            return False
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.leave(group)  # it was let in at the same moment
            elif turn in queue:
                queue.remove(turn)
            raise
        return True

    def behind(self, group: Hashable) -> int:
        """How many wait behind the current one."""
        return len(self._waiting.get(group, ()))

    def leave(self, group: Hashable) -> None:
        queue = self._waiting.get(group)
        while queue:
            turn = queue.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._waiting.pop(group, None)


class Waiting:
    """Callers that wait until something is so, in the order in which they came."""

    def __init__(self) -> None:
        self._waiting: list[asyncio.Future[None]] = []

    async def until(self, is_so: Callable[[], bool]) -> bool:
        """Wait until `is_so`, which is tried after each `changed`; whether this caller had to wait."""
        waited = False
        while not is_so():
            change: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(change)
            try:
                await change
            finally:
                if change in self._waiting:
                    self._waiting.remove(change)
            waited = True
        return waited

    def changed(self) -> None:
        waiting, self._waiting = self._waiting, []
        for change in waiting:
            if not change.done():
                change.set_result(None)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a question comes from. Call ids come from the model's server and are not unique by themselves."""

    session_id: str
    turn_id: str
    call_id: str

    @property
    def turn(self) -> tuple[str, str] | None:
        """None outside turns."""
        return (self.session_id, self.turn_id) if self.turn_id else None


class Nagging:
    """Counts questions and denials in this run of the program, and says when to stop asking."""

    def __init__(self) -> None:
        self._same: Counter[Hashable] = Counter()
        self._unanswered = _Recent()  # of the denials, those that no person gave
        self._denied = _Recent()
        self._asked = _Recent()
        self._open: Counter[Hashable] = Counter()

    def count_question(self, place: Place) -> None:
        self._asked.count(place)

    def has_room(self, thing: Hashable, place: Place) -> bool:
        """Whether one more question keeps the limits even if all open ones are denied; also if they are reached."""
        if self.enough(thing, place):
            return True
        same, call = self._same[thing] + self._open[thing], self._denied.of(place) + self._open[place]
        turn = self._denied.of(place.turn) + self._open[place.turn] if place.turn else 0
        return same < MAX_DENIALS and call < MAX_DENIALS_IN_A_CALL and turn < MAX_DENIALS_IN_A_TURN

    def open(self, thing: Hashable, place: Place) -> None:
        """From here until `close`, a question may end as a denial."""
        self._open.update((thing, place, place.turn))

    def close(self, thing: Hashable, place: Place) -> None:
        for key in (thing, place, place.turn):
            self._open[key] -= 1
            if not self._open[key]:
                del self._open[key]

    def count_denial(self, thing: Hashable, place: Place, *, by_person: bool) -> None:
        self._same[thing] += 1
        self._denied.count(place)
        if place.turn:
            self._denied.count(place.turn)
        if not by_person:
            for key in (thing, place, place.turn):
                self._unanswered.count(key)

    def forget(self, thing: Hashable) -> None:
        """Reset the count after an allowance."""
        self._same.pop(thing, None)

    def enough(self, thing: Hashable, place: Place) -> Decision | None:
        """The denial without asking, or None if the person may be asked."""
        if self._same[thing] >= MAX_DENIALS:
            return self._limit(thing, f"denied {MAX_DENIALS} times in this session, so it is not asked again")
        if self._denied.of(place) >= MAX_DENIALS_IN_A_CALL:
            return self._limit(
                place, f"this call was denied {MAX_DENIALS_IN_A_CALL} times, so the rest of it is denied without asking"
            )
        if place.turn and self._denied.of(place.turn) >= MAX_DENIALS_IN_A_TURN:
            return self._limit(
                place.turn, f"{MAX_DENIALS_IN_A_TURN} denials in this turn, so the rest of it is denied without asking"
            )
        if self._asked.of(place) >= MAX_QUESTIONS_IN_A_CALL:
            rule = f"denied: this call has asked {MAX_QUESTIONS_IN_A_CALL} questions, the most that one call may ask"
            words = rule.removeprefix("denied: ")
            return Decision(Verdict.DENY, DecidedBy.NEVER_RULE, rule, cause=DenialCause.ASKED_ENOUGH, words=words)
        return None

    def _limit(self, reached: Hashable, reason: str) -> Decision:
        """By the person if each of the denials counted was theirs."""
        by = DecidedBy.MODE if self._unanswered.of(reached) else DecidedBy.USER
        return Decision(Verdict.DENY, by, f"denied: {reason}", cause=DenialCause.ASKED_ENOUGH, words=reason)


class _Recent:
    """Counts for the most recent places."""

    def __init__(self) -> None:
        self._counts: OrderedDict[Hashable, int] = OrderedDict()

    def count(self, place: Hashable) -> None:
        self._counts[place] = self._counts.pop(place, 0) + 1
        while len(self._counts) > _REMEMBERED:
            self._counts.popitem(last=False)

    def of(self, place: Hashable) -> int:
        return self._counts.get(place, 0)


class CallAllowances:
    """What was allowed for one call: an identical effect, to the last byte shown, is not asked about twice."""

    def __init__(self) -> None:
        self._of_call: OrderedDict[Place, set[Hashable]] = OrderedDict()

    def add(self, place: Place, effect: Hashable) -> None:
        self._of_call.setdefault(place, set()).add(effect)
        while len(self._of_call) > _REMEMBERED:
            self._of_call.popitem(last=False)

    def holds(self, place: Place, effect: Hashable) -> bool:
        return effect in self._of_call.get(place, ())
