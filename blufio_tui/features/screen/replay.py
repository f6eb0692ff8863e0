"""Replaying behind the screen."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from blufio_tui.adapters.audit.store import AuditStore
from blufio_tui.adapters.replay.recorder import CallRecorder
from blufio_tui.adapters.replay.replayer import Replayer
from blufio_tui.adapters.replay.store import RecordStore
from blufio_tui.core.replay.behaviour import Behaviour
from blufio_tui.core.replay.compare import Replayed
from blufio_tui.core.replay.flow import Flows
from blufio_tui.core.skills.sandbox import Sandbox
from blufio_tui.core.skills.skill import Skill
from blufio_tui.features.calls.replaying import Replaying


class ScreenReplays:
    """Implements `ui.ports.replay.ReplayPort` on the sandbox that the program has."""

    def __init__(self, sandbox: Sandbox, recorder: CallRecorder, records: RecordStore, audit: AuditStore) -> None:
        self._sandbox = sandbox
        self._recorder = recorder
        self._records = records
        self._audit = audit

    async def replay(self, call_id: str) -> Replayed:
        async with self._replaying() as replaying:
            return await replaying.replay(call_id)

    async def flows(self, call_id: str) -> Flows:
        async with self._replaying() as replaying:
            return await replaying.flows(call_id)

    async def try_update(self, old: Skill, new: Skill) -> Behaviour | None:
        """What a new version does on the recorded calls of the old one; None if there are none. Touches nothing."""
        async with self._replaying() as replaying:
            return await replaying.try_update(old, new)

    @asynccontextmanager
    async def _replaying(self) -> AsyncIterator[Replaying]:
        await self._recorder.settle()  # the call that one has just seen ending
        with Replayer(self._sandbox) as replayer:
            yield Replaying(self._records, replayer, self._audit)
