"""What the screen needs to record calls and to run recorded ones again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from blufio_tui.core.replay.compare import Replayed
    from blufio_tui.core.replay.flow import Flows


class ReplayPort(Protocol):
    """Every method may raise `BlufioError` with a sentence for the person."""

    async def replay(self, call_id: str) -> Replayed:
        """A recorded call again, from its record alone."""
        ...

    async def flows(self, call_id: str) -> Flows:
        """What of what the call read reached what it sent."""
        ...


class RecordingPort(Protocol):
    """Whether calls are recorded. Never slow."""

    def said(self, session_id: str) -> str:
        """What the bottom line says while calls are recorded, "" while none is."""
        ...

    def set(self, session_id: str, on: bool) -> None:
        """Record the calls of a session, or do not. "" is the session that begins with the next prompt."""
        ...
