"""Running commands: the launch, the events, and the port of the runners.

The plain runner and the cage both implement `CommandRunner`. Nothing here decides; the gate has already done so.
"""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

from blufio_tui.core.errors import HostError

if TYPE_CHECKING:
    from blufio_tui.core.cage.inside import Inside

Stream = Literal["stdout", "stderr"]


class FolderGone(HostError):
    """The folder for a command no longer exists."""


@dataclass(frozen=True, slots=True)
class Launch:
    """One command to start.

    Attributes:
        cwd: canonical absolute folder.
        folder: its device and inode when the command was decided on; outside a cage no other one takes its place. None
            if that does not matter.
        environment: all variables; nothing is added from this program's own.
        inside: decides on what the command does in its cage.
        timeout_secs: None means until it ends or is stopped. A cage stops this clock while a question waits.
        stdin: what it reads; nothing when empty.
    """

    command: str
    cwd: str
    environment: Mapping[str, str]
    timeout_secs: float | None = None
    inside: "Inside | None" = field(default=None, compare=False, repr=False)
    stdin: bytes = b""
    folder: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class CommandOutput:
    stream: Stream
    data: bytes


@dataclass(frozen=True, slots=True)
class CommandEnded:
    """The last event of a run.

    Attributes:
        status: the exit status; minus the signal's number when one ended it.
        cwd: the folder that the shell was in at its end, "" if that is not known.
        environment: the exported variables at its end; empty when they are not known.
        waited_secs: for how long it stood still while a question about it was open.
        caged: it ran in the cage.
    """

    status: int
    timed_out: bool = False
    cwd: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    waited_secs: float = 0.0
    caged: bool = False


CommandEvent = CommandOutput | CommandEnded


class CommandRunner(Protocol):
    def run(self, launch: Launch) -> AsyncGenerator[CommandEvent, None]:
        """Start the command and yield its output; the last event is `CommandEnded`.

        Output is read only as fast as events are consumed. Closing the generator (wrap it in
        `aclosing`) ends the command and all that it started.

        Raises:
            HostError: it could not be started.
        """
        ...


class CommandListener(Protocol):
    """Receives the output of a running command."""

    @property
    def session_id(self) -> str: ...

    @property
    def call_id(self) -> str: ...

    def heard(self, stream: Stream, text: str) -> None:
        """A piece of the output: clean text, with colours and carriage returns. Never blocks."""
        ...

    def ended(self, end: CommandEnded) -> None: ...


def shell_words(command: str, *, has_bash: bool) -> tuple[str, ...]:
    """The shell for a command line. `pytest | tail` must not hide four failures; sh knows no pipefail everywhere."""
    return ("/bin/bash", "-o", "pipefail", "-c", command) if has_bash else ("/bin/sh", "-c", command)
