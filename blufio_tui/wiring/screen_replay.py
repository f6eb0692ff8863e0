"""Replaying behind the screen."""

from blufio_tui.adapters.replay.replayer import Replayer
from blufio_tui.core.replay.behaviour import Behaviour
from blufio_tui.core.replay.compare import Replayed
from blufio_tui.core.replay.flow import Flows
from blufio_tui.core.skills.skill import Skill
from blufio_tui.wiring.backend import Backend
from blufio_tui.wiring.replaying import Replaying


class ScreenReplays:
    """Implements `ui.ports.replay.ReplayPort` on the sandbox that the program has."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    async def replay(self, call_id: str) -> Replayed:
        with Replayer(self._backend.sandbox) as replayer:
            return await (await self._replaying(replayer)).replay(call_id)

    async def flows(self, call_id: str) -> Flows:
        with Replayer(self._backend.sandbox) as replayer:
            return await (await self._replaying(replayer)).flows(call_id)

    async def _replaying(self, replayer: Replayer) -> Replaying:
        await self._backend.recorder.settle()  # the call that one has just seen ending
        return Replaying(self._backend.records, replayer, self._backend.audit)


async def try_update(backend: Backend, old: Skill, new: Skill) -> Behaviour | None:
    """What a new version does on the recorded calls of the old one; None when none was recorded. Touches nothing."""
    await backend.recorder.settle()
    with Replayer(backend.sandbox) as replayer:
        return await Replaying(backend.records, replayer, backend.audit).try_update(old, new)
