"""In-memory stores for the screen: audit log, grants, sessions."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from blufio_tui.core.audit.rows import AuditEntry, AuditFilter, AuditRow, Verification
from blufio_tui.core.conversation import Message
from blufio_tui.core.errors import UsageError
from blufio_tui.core.policy.grants import Grant
from blufio_tui.core.sessions.records import (
    BranchEnd,
    DaySpending,
    MessageState,
    ModelSpending,
    RequestRecord,
    SearchHit,
    SessionInfo,
    Spending,
    StoredMessage,
    ToolCallRecord,
    Totals,
    TurnEnding,
)
from tests.fakes.ui_clock import FixedClock


class FakeAuditLog:
    def __init__(self, clock: FixedClock) -> None:
        self.rows: list[AuditRow] = []
        self._clock = clock

    async def append(self, entry: AuditEntry) -> int:
        seq = len(self.rows) + 1
        self.rows.append(AuditRow(seq, self._clock.now(), entry, f"{seq:064x}"))
        return seq

    def finish(self, seq: int, outcome: str) -> None:
        row = self.rows[seq - 1]
        self.rows[seq - 1] = replace(row, entry=replace(row.entry, outcome=outcome))

    def _matching(self, where: AuditFilter) -> list[AuditRow]:
        return [row for row in self.rows if _matches(row, where)]

    async def page(
        self, where: AuditFilter, *, before_seq: int = 0, after_seq: int = 0, limit: int = 200
    ) -> list[AuditRow]:
        rows = self._matching(where)
        if after_seq:
            return [row for row in rows if row.seq > after_seq][:limit]
        if before_seq:
            rows = [row for row in rows if row.seq < before_seq]
        return rows[-limit:]

    async def count(self, where: AuditFilter) -> int:
        return len(self._matching(where))

    async def vouches_for_session(self, session_id: str) -> bool:
        return True

    async def doubt(self, seqs: Sequence[int]) -> str:
        return ""

    async def verify(self, told: Callable[[int], None] | None = None) -> Verification:
        return Verification(True, len(self.rows))


def _matches(row: AuditRow, where: AuditFilter) -> bool:
    entry = row.entry
    exact = all(
        not wanted or getattr(entry, name) == wanted
        for name, wanted in (
            ("actor", where.actor),
            ("kind", where.kind),
            ("decision", where.decision),
            ("session_id", where.session_id),
            ("call_id", where.call_id),
        )
    )
    in_time = where.since <= row.ts and (not where.until or row.ts < where.until)
    return (
        exact
        and in_time
        and where.text.lower() in f"{entry.resource} {entry.actor} {entry.kind} {entry.decided_by}".lower()
    )


class FakeGrantStore:
    def __init__(self, grants: tuple[Grant, ...] = ()) -> None:
        self.blocked = ""
        self._grants = {grant.grant_id: grant for grant in grants}

    def grants(self) -> tuple[Grant, ...]:
        return tuple(self._grants.values())

    async def add(self, grant: Grant) -> None:
        self._grants[grant.grant_id] = grant

    async def replace(self, grant: Grant) -> None:
        self._grants[grant.grant_id] = grant

    async def revoke(self, grant_id: str) -> Grant | None:
        return self._grants.pop(grant_id, None)


class FakeSessions:
    """Sessions as lists of messages; `days` and `models` are what the cost screen is to show."""

    def __init__(self, clock: FixedClock) -> None:
        self._clock = clock
        self.infos: dict[str, SessionInfo] = {}
        self.stored: dict[str, list[StoredMessage]] = {}
        self.days: list[DaySpending] = []
        self.models: list[ModelSpending] = []
        self.calls: list[ToolCallRecord] = []
        self.ledger: list[RequestRecord] = []

    async def create(self, project: str) -> str:
        session_id = f"s{len(self.infos) + 1}"
        now = self._clock.now()
        self.infos[session_id] = SessionInfo(session_id, "", project, now, now, 0)
        self.stored[session_id] = []
        return session_id

    async def append(
        self,
        session_id: str,
        turn_id: str,
        message: Message,
        state: MessageState = MessageState.COMPLETE,
        *,
        sequence: int | None = None,
    ) -> int:
        messages = self.stored[session_id]
        number = len(messages) + 1
        messages.append(StoredMessage(number, number - 1, turn_id, message, state, self._clock.now()))
        info = self.infos[session_id]
        self.infos[session_id] = replace(
            info, messages=number, title=info.title or message.text[:60], updated=self._clock.now()
        )
        return number

    async def messages(self, session_id: str, *, before_id: int = 0, limit: int = 0) -> list[StoredMessage]:
        found = [m for m in self.stored[session_id] if not before_id or m.message_id < before_id]
        return found[-limit:] if limit else found

    async def all_messages(self, session_id: str, *, before_id: int = 0, limit: int = 0) -> list[StoredMessage]:
        return await self.messages(session_id, before_id=before_id, limit=limit)

    async def add_summary(self, session_id: str, turn_id: str, summary: Message, stands_for: int) -> int:
        return await self.append(session_id, turn_id, summary)

    async def note_ending(self, session_id: str, turn_id: str, ending: TurnEnding) -> None:
        return None

    async def rewind(self, session_id: str, message_id: int) -> None:
        self.stored[session_id] = [m for m in self.stored[session_id] if m.message_id <= message_id]

    async def record_tool_call(self, record: ToolCallRecord) -> None:
        return None

    async def known_calls(self, session_id: str, call_ids: Sequence[str]) -> set[str]:
        return set()

    async def record_request(self, record: RequestRecord) -> None:
        return None

    async def spending(self, session_id: str) -> Spending:
        return Spending(0.0, sum(day.totals.usd for day in self.days[-1:]), sum(day.totals.usd for day in self.days))

    async def info(self, session_id: str) -> SessionInfo | None:
        return self.infos.get(session_id)

    async def recent(self, *, project: str = "", limit: int = 200) -> list[SessionInfo]:
        return sorted((i for i in self.infos.values() if i.messages), key=lambda i: -i.updated)[:limit]

    async def resume(self, session_id: str) -> SessionInfo:
        return self.infos[session_id]

    async def find(self, prefix: str) -> str:
        for session_id in self.infos:
            if session_id.startswith(prefix):
                return session_id
        raise UsageError(f"no session starts with {prefix}")

    async def rename(self, session_id: str, title: str) -> None:
        self.infos[session_id] = replace(self.infos[session_id], title=title)

    async def delete(self, session_id: str) -> None:
        del self.infos[session_id]

    async def search(self, text: str, *, limit: int = 50) -> list[SearchHit]:
        """Sessions whose title has the text."""
        found = [info for info in self.infos.values() if text.strip() in info.title]
        return [SearchHit(info, 1) for info in found[:limit]]

    async def branches(self, session_id: str, message_id: int) -> list[StoredMessage]:
        return []

    async def branch_ends(self, session_id: str) -> list[BranchEnd]:
        return []

    async def switch_branch(self, session_id: str, message_id: int) -> None:
        return None

    async def tool_calls(self, session_id: str, *, turn_id: str = "", limit: int = 200) -> list[ToolCallRecord]:
        return [call for call in self.calls if call.session_id == session_id][-limit:]

    async def requests(self, session_id: str, *, limit: int = 200) -> list[RequestRecord]:
        return [request for request in self.ledger if request.session_id == session_id][-limit:]

    async def export_json(self, session_id: str) -> str:
        return "{}"

    async def export_markdown(self, session_id: str) -> str:
        return "# " + self.infos[session_id].title

    async def import_json(self, text: str) -> str:
        raise UsageError("not an exported session")

    async def spending_by_day(self, days: int = 30) -> list[DaySpending]:
        return self.days[-days:]

    async def spending_by_model(self, *, since: float = 0.0) -> list[ModelSpending]:
        return self.models

    async def totals(self, *, session_id: str = "", turn_id: str = "", since: float = 0.0) -> Totals:
        return Totals()
