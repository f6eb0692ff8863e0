"""Recording the calls of skills: what a call hands to whoever keeps its record."""

from dataclasses import dataclass
from typing import Protocol

from blufio_tui.core.guards.paths import Places
from blufio_tui.core.manifest.manifest import Manifest
from blufio_tui.core.replay.record import Ending
from blufio_tui.core.replay.tape import Tape
from blufio_tui.core.skills.sandbox import SandboxCall, SandboxResult
from blufio_tui.core.skills.skill import Skill
from blufio_tui.core.tools import CallContext


@dataclass(slots=True)
class Made:
    """A call that is made and recorded, before it is a record.

    Attributes:
        approved: whether the manifest counted.
        ending: empty while it runs.
    """

    tape: Tape
    call: SandboxCall
    skill: Skill
    manifest: Manifest
    approved: bool
    places: Places
    session_id: str
    turn_id: str
    ending: Ending


class Recorder(Protocol):
    """Decides which calls are recorded, and keeps the records."""

    def begin(self, skill: Skill, context: CallContext) -> Tape | None:
        """What the call is taken down on; None if it is not recorded."""
        ...

    def follow(self, made: Made) -> None:
        """The call begins; until `leave` it can be asked about."""
        ...

    def leave(self, made: Made) -> None:
        """The call is over, however it ended."""
        ...

    async def keep(self, made: Made) -> None:
        """Store a record soon. What cannot be stored is told with the next call."""
        ...


def ending_of(result: SandboxResult) -> Ending:
    """How a call ended, as far as running it again can show the same."""
    error = (str(result.error.kind), result.error.message) if result.error else ("", "")
    logs = tuple((line.level, line.message) for line in result.logs)
    usage = result.usage
    return Ending(result.content, error, usage.fuel, usage.memory_peak_bytes, logs, result.logs_dropped)
