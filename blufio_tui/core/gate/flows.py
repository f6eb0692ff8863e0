"""The flow state of each session, rebuilt from the audit log, so that a resumed session keeps it.

Where the log is not what was written, nothing is assumed about the session: every way out needs approval.
"""

import asyncio
from dataclasses import dataclass, field

from blufio_tui.core.audit.log import AuditLog
from blufio_tui.core.audit.rows import AuditFilter, RowType
from blufio_tui.core.capability import CapabilityRequest, ExecTarget
from blufio_tui.core.effects import Effect, Fetch
from blufio_tui.core.errors import HostError, StorageError
from blufio_tui.core.flows.marks import FlowRules, Seen, sends_out
from blufio_tui.core.flows.state import FlowState, Lamps
from blufio_tui.core.gate.effect_records import IN_THE_CAGE, detail_before
from blufio_tui.core.guards.paths import Places

_PAGE = 1_000


def seen_of(request: CapabilityRequest, effect: Effect) -> Seen:
    """An effect in the form that the flow guard checks, before and after it is done."""
    target, detail = request.target, detail_before(request, effect)
    return Seen(
        request.kind,
        request.resource,
        detail,
        caged=isinstance(target, ExecTarget) and _is_held(target),
        reads_only=isinstance(target, ExecTarget) and target.reads is not None,
        bare=isinstance(effect, Fetch) and not effect.body and not effect.headers and not effect.secrets,
    )


def _is_held(target: ExecTarget) -> bool:
    """Whether its effects beyond this machine are separate effects. This holds for everything done with a local server,
    unless it runs outside the cage; accepting its definitions or answering its forms sends nothing."""
    return target.caged or (bool(target.use) and not target.not_caged)


@dataclass(slots=True)
class _Session:
    """
    Attributes:
        read_to: the last row of the session that was read from the log; -1 before the first.
        own: the rows behind it that this program wrote itself; it notes them when they are done.
    """

    state: FlowState = field(default_factory=FlowState)
    read_to: int = -1
    own: set[int] = field(default_factory=set)


class SessionFlows:
    """One state per session, read from the audit log when first needed.

    Another window, or `ask --resume`, may work in the same session and write into its conversation, so its rows are
    read before something could be sent out.
    """

    def __init__(self, audit: AuditLog) -> None:
        self._audit = audit
        self._sessions: dict[str, _Session] = {}
        self._servers: dict[str, FlowState] = {}
        self._loading = asyncio.Lock()

    def lamps(self, session_id: str) -> Lamps:
        session = self._sessions.get(session_id)
        return session.state.lamps if session else Lamps()

    def begun(self, session_id: str, seq: int) -> None:
        """This program wrote the row of an effect, which it will note."""
        if session := self._sessions.get(session_id):
            session.own.add(seq)

    def note(
        self, session_id: str, seen: Seen, seq: int, call_id: str, places: Places, rules: FlowRules, server: str = ""
    ) -> None:
        """An effect that was done; `chain` was asked about it before.

        Args:
            server: the MCP server that did it, "" for anybody else.
        """
        if server:
            self._of_server(server).note(seen, seq, call_id, places, rules)
        if session := self._sessions.get(session_id):
            session.state.note(seen, seq, call_id, places, rules)

    async def chain(self, session_id: str, seen: Seen, places: Places, rules: FlowRules, server: str = "") -> str:
        """As `FlowState.chain`. A session that a server works for takes over what that server has read and taken in.

        Args:
            server: as in `note`.

        Raises:
            HostError: the log cannot be read, so nothing is known and nothing may be assumed.
        """
        async with self._loading:
            session = self._sessions.get(session_id)
            if session is None:
                session = _Session()
                session.state.unknown = not await self._vouched_for(session_id)
                await self._read(session_id, session, places, rules)
                self._sessions[session_id] = session
            elif rules.guard != "off" and sends_out(seen, rules):
                await self._read(session_id, session, places, rules)
        if server:
            session.state.take_over(self._of_server(server))
        return session.state.chain(seen, places, rules)

    def _of_server(self, server: str) -> FlowState:
        """The state of a server. It outlives a call, so what it reads for one session it still knows in the next."""
        return self._servers.setdefault(server, FlowState())

    async def _vouched_for(self, session_id: str) -> bool:
        try:
            return not session_id or await self._audit.vouches_for_session(session_id)
        except StorageError as error:
            raise _unreadable(error) from error

    async def _read(self, session_id: str, session: _Session, places: Places, rules: FlowRules) -> None:
        """Note the session's rows that are new and not this program's own."""
        where, is_more = AuditFilter(session_id=session_id, decision="allow"), bool(session_id)
        while is_more:
            try:
                rows = await self._audit.page(where, after_seq=session.read_to, limit=_PAGE)
            except StorageError as error:
                raise _unreadable(error) from error
            for row in rows:
                entry = row.entry
                is_done = entry.row_type is RowType.DECISION and entry.outcome in ("ok", "")
                if is_done and row.seq not in session.own:
                    caged = entry.detail.endswith(IN_THE_CAGE)
                    seen = Seen(entry.kind, entry.resource, entry.detail, caged=caged)
                    session.state.note(seen, row.seq, entry.call_id, places, rules)
            if rows:
                session.read_to = rows[-1].seq
            is_more = len(rows) == _PAGE
        session.own = {seq for seq in session.own if seq > session.read_to}


def _unreadable(error: StorageError) -> HostError:
    return HostError(f"the audit log cannot be read: {error}")
