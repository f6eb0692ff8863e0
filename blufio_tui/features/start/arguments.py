"""What the command line says about the run, as one value: everything behind the command line takes this."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from blufio_tui.core.sessions.store import SessionLibrary


@dataclass(frozen=True, slots=True)
class StartOptions:
    """
    Attributes:
        project: the project folder, None for where we are.
        model, base_url: what answers in this run, None for what is configured.
        mode: the permission mode to start with, None for the configured one.
        offline: the offline guide answers.
        instructions: `trust` or `ignore` the project's for this run, "" for what was answered before.
        on_denial: what happens to questions where nobody can be asked: `deny`, `allow` or `ask`; None for `deny`.
        resume: the id of a stored session to continue with, or its beginning; None for none.
        continue_last: continue with the project's last session.
    """

    project: Path | None = None
    model: str | None = None
    base_url: str | None = None
    mode: str | None = None
    offline: bool = False
    instructions: str = ""
    on_denial: str | None = None
    resume: str | None = None
    continue_last: bool = False


@dataclass(frozen=True, slots=True)
class CageOptions:
    """One command for the cage, and what the command line lets it do.

    Attributes:
        words: the command and its arguments.
        read, write: free to read, or to change, beside the project.
        net: hosts that it is free to connect to, with a port or without.
        cwd: the folder to run it in, None for the project.
        as_json: one object at the end instead of the command's own output.
    """

    start: StartOptions
    words: tuple[str, ...]
    read: tuple[Path, ...] = ()
    write: tuple[Path, ...] = ()
    net: tuple[str, ...] = ()
    cwd: Path | None = None
    as_json: bool = False


async def resumed_session(start: StartOptions, sessions: "SessionLibrary", project: Path) -> str:
    """The stored session that the options name, ready to continue with; "" if none is meant or there is none yet.

    Raises:
        UsageError: no session has that id.
    """
    if start.resume is not None:
        session_id = await sessions.find(start.resume)
    else:
        recent = await sessions.recent(project=str(project), limit=1) if start.continue_last else []
        session_id = recent[0].session_id if recent else ""
    if session_id:
        await sessions.resume(session_id)
    return session_id
