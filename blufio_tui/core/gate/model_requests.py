"""Requests to the model in the audit log: the largest outflow. Each has a row before it is sent."""

from blufio_tui.core.audit.rows import AuditEntry, RowType
from blufio_tui.core.capability import DecidedBy, Kind, Verdict
from blufio_tui.core.gate.effect_records import outcome_entry
from blufio_tui.core.gate.host_call import Recorder

RULE = "allowed: the model that you chose"


class ModelRequests:
    """
    Args:
        recorder: writes the rows, secrets taken out.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._open: dict[int, AuditEntry] = {}

    async def leaves(self, actor: str, session_id: str, turn_id: str, server: str, size: int, detail: str) -> int:
        """Write the row of a request; its number, for `ended`.

        Args:
            actor: who sends it: the agent, or a sub-agent by its name.
            server: `host:port`.
            size: bytes of the body.

        Raises:
            HostError: it cannot be written, so nothing may be sent.
        """
        entry = AuditEntry(
            RowType.DECISION,
            Kind.MODEL,
            server,
            actor=actor,
            session_id=session_id,
            turn_id=turn_id,
            decision=Verdict.ALLOW,
            decided_by=DecidedBy.USER,
            rule=RULE,
            body_bytes=size,
            detail=detail,
        )
        seq = await self._recorder.write(entry)
        self._open[seq] = entry
        return seq

    def ended(self, seq: int, outcome: str, duration_ms: float) -> None:
        """Record the outcome: `ok`, `error: …` or `cancelled`."""
        if (entry := self._open.pop(seq, None)) is not None:
            self._recorder.write_later(outcome_entry(entry, seq, outcome, duration_ms=duration_ms))
