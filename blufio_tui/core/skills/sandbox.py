"""The sandbox as the core sees it: one call of a skill, and its result."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from blufio_tui.core.audit.rows import AuditEntry, RowType
from blufio_tui.core.effects import Perform
from blufio_tui.core.events import CallUsage, ErrorInfo, LogLine
from blufio_tui.core.manifest.manifest import Limits

if TYPE_CHECKING:
    from blufio_tui.core.replay.playback import Playback
    from blufio_tui.core.replay.tape import Tape


@dataclass(frozen=True, slots=True)
class SandboxCall:
    """One call of a module.

    Attributes:
        module: path of the `.wasm`, `.wat` or `.py` file.
        module_sha256: hex; the bytes that run are the bytes with this hash.
        name: the skill's name, for messages.
        input_json: the input, UTF-8 JSON.
        arguments: of a WASI program, after its name.
        stdin: what a WASI program reads; None: the input.
        preopens: guest path to host path, for WASI (the manifest's filesystem paths).
        env_keys: environment variables a WASI guest sees; each is read through `perform`.
        content_hash: over the skill's whole folder; without it a script can import nothing from there.
        script: a script with its modules, encoded, in place of what `module` names.
        tape: takes down what comes in from outside, so that the call can run again.
        playback: answers every request in place of `perform`, which is never called then.
    """

    call_id: str
    name: str
    module: Path
    module_sha256: str
    input_json: bytes
    limits: Limits
    preopens: tuple[tuple[str, str], ...] = ()
    env_keys: tuple[str, ...] = ()
    secrets: tuple[tuple[str, tuple[str, ...]], ...] = ()
    content_hash: str = ""
    script: bytes = b""
    arguments: tuple[str, ...] = ()
    stdin: bytes | None = None
    tape: Tape | None = field(default=None, compare=False, repr=False)
    playback: Playback | None = field(default=None, compare=False, repr=False)


def incident_entry(call: SandboxCall, kind: str, what: str) -> AuditEntry:
    """The audit row of a call whose worker had to be given up."""
    return AuditEntry(
        RowType.LIMIT, "limit", kind, actor=call.name, call_id=call.call_id, outcome=f"error: {kind}", detail=what
    )


@dataclass(frozen=True, slots=True)
class SandboxResult:
    """`logs_dropped` counts the log lines over the limit."""

    content: str
    error: ErrorInfo | None
    usage: CallUsage
    logs: tuple[LogLine, ...]
    logs_dropped: int = 0


class Sandbox(Protocol):
    async def run(self, call: SandboxCall, perform: Perform) -> SandboxResult:
        """Run one call in a fresh store; never raises for what the guest does. Cancelling ends the guest."""
        ...

    async def close(self) -> None: ...
