"""Adds to a question about a network request which data the call has read that the request depends on."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from blufio_tui.adapters.audit.store import AuditStore
from blufio_tui.adapters.replay.recorder import CallRecorder
from blufio_tui.adapters.replay.replayer import Replayer
from blufio_tui.adapters.replay.store import RecordStore
from blufio_tui.core.capability import ActorKind, NetTarget
from blufio_tui.core.errors import BlufioError
from blufio_tui.core.gate.ports import Approver
from blufio_tui.core.policy.approval import ApprovalAnswer, ApprovalQuestion
from blufio_tui.core.replay.flow import Source, sources_of
from blufio_tui.core.skills.sandbox import Sandbox
from blufio_tui.core.text.amounts import plural
from blufio_tui.features.calls.replaying import Replaying

PATIENCE_SECS = 1.5
"""A person is not kept waiting for it: after that the question comes with a sentence that says so."""
_HOW = {
    "content": "what is sent changes with its content",
    "size": "what is sent changes with its length",
    "whether": "the requests that are sent change with its content",
}

Telling = Callable[[str], Awaitable[tuple[str, ...]]]
"""What of what a call read shows in the request that waits, in sentences; () when the call is not recorded."""


class FlowApprover:
    """Puts beside a skill's question about the network what the request depends on.

    Args:
        tells: finds it out; may raise `BlufioError`.
    """

    def __init__(self, approver: Approver, tells: Telling) -> None:
        self._approver = approver
        self._tells = tells

    async def ask(self, question: ApprovalQuestion) -> ApprovalAnswer | None:
        request = question.request
        if not isinstance(request.target, NetTarget) or request.actor.kind is not ActorKind.SKILL:
            return await self._approver.ask(question)
        try:
            async with asyncio.timeout(PATIENCE_SECS):
                flows = await self._tells(question.call_id)
        except TimeoutError:
            flows = ("what this depends on was not determined in time",)
        except BlufioError as error:
            flows = (f"what this depends on is not known: {error}",)
        return await self._approver.ask(replace(question, flows=flows))


def telling(recorder: CallRecorder, records: RecordStore, sandbox: Sandbox, audit: AuditStore) -> Telling:
    """Finds it out by running the call again, up to this request, with each thing that it read exchanged."""

    async def tell(call_id: str) -> tuple[str, ...]:
        loaded = await recorder.so_far(call_id)
        if loaded is None:
            return ()
        with Replayer(sandbox) as replayer:
            flows = await Replaying(records, replayer, audit).reaching(loaded)
        return sentences(flows, sources_of(loaded.record))

    return tell


def sentences(flows: tuple[tuple[Source, str], ...], sources: tuple[Source, ...]) -> tuple[str, ...]:
    """For the card."""
    if not flows:
        tried = f"tried with {plural(len(sources), 'thing')}" if sources else "it has read nothing"
        return (f"does not depend on what the call has read ({tried})",)
    return tuple(f"depends on {source.kind} {source.resource} (row {source.seq}): {_HOW[how]}" for source, how in flows)
