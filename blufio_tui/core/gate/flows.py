"""The flow state of each session, rebuilt from the audit log, so that a resumed session keeps it.

Where the log is not what was written, nothing is assumed about the session: every way out needs approval.
"""

import asyncio

from blufio_tui.core.audit.log import AuditLog
from blufio_tui.core.audit.rows import AuditFilter, RowType
from blufio_tui.core.capability import CapabilityRequest, ExecTarget
from blufio_tui.core.effects import Effect, Fetch
from blufio_tui.core.errors import HostError, StorageError
from blufio_tui.core.flows.marks import FlowRules, Seen
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


class SessionFlows:
    """One state per session, read from the audit log when first needed."""

    def __init__(self, audit: AuditLog) -> None:
        self._audit = audit
        self._states: dict[str, FlowState] = {}
        self._servers: dict[str, FlowState] = {}
        self._loading = asyncio.Lock()

    def lamps(self, session_id: str) -> Lamps:
        state = self._states.get(session_id)
        return state.lamps if state else Lamps()

    def note(
        self, session_id: str, seen: Seen, seq: int, call_id: str, places: Places, rules: FlowRules, server: str = ""
    ) -> None:
        """An effect that was done; `chain` was asked about it before.

        Args:
            server: the MCP server that did it, "" for anybody else.
        """
        if server:
            self._of_server(server).note(seen, seq, call_id, places, rules)
        if state := self._states.get(session_id):
            state.note(seen, seq, call_id, places, rules)

    async def chain(self, session_id: str, seen: Seen, places: Places, rules: FlowRules, server: str = "") -> str:
        """As `FlowState.chain`. A session that a server works for takes over what that server has read and taken in.

        Args:
            server: as in `note`.

        Raises:
            HostError: the log cannot be read, so nothing is known and nothing may be assumed.
        """
        async with self._loading:
            if session_id not in self._states:
                self._states[session_id] = await self._read(session_id, places, rules)
        state = self._states[session_id]
        if server:
            state.take_over(self._of_server(server))
        return state.chain(seen, places, rules)

    def _of_server(self, server: str) -> FlowState:
        """The state of a server. It outlives a call, so what it reads for one session it still knows in the next."""
        return self._servers.setdefault(server, FlowState())

    async def _read(self, session_id: str, places: Places, rules: FlowRules) -> FlowState:
        state, last = FlowState(), 0
        if not session_id:
            return state
        where = AuditFilter(session_id=session_id, decision="allow")
        while True:
            try:
                if not last and not await self._audit.vouches_for_session(session_id):
                    state.unknown = True
                rows = await self._audit.page(where, after_seq=last, limit=_PAGE)
            except StorageError as error:
                raise HostError(f"the audit log cannot be read: {error}") from error
            for row in rows:
                entry = row.entry
                if entry.row_type is RowType.DECISION and entry.outcome in ("ok", ""):
                    caged = entry.detail.endswith(IN_THE_CAGE)
                    seen = Seen(entry.kind, entry.resource, entry.detail, caged=caged)
                    state.note(seen, row.seq, entry.call_id, places, rules)
            if len(rows) < _PAGE:
                return state
            last = rows[-1].seq
