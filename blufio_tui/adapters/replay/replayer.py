"""Runs recorded calls again in the sandbox, with nothing behind it: every answer comes from the record."""

import asyncio
import hashlib
import json
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path
from types import TracebackType

from blufio_tui.adapters.replay.store import LoadedCall
from blufio_tui.adapters.sandbox.compile.plan_for import plan_for
from blufio_tui.adapters.sandbox.wire.script_program import Program, decode
from blufio_tui.adapters.scratch import drop_scratch, make_scratch
from blufio_tui.core.effects import Effect, EffectResult
from blufio_tui.core.errors import CapabilityDenied, ErrorKind, NotThere, SandboxError, UsageError
from blufio_tui.core.guards.paths import Places
from blufio_tui.core.manifest.arguments import program_arguments, program_input
from blufio_tui.core.manifest.manifest import Limits, Manifest
from blufio_tui.core.replay.compare import Replayed, compare
from blufio_tui.core.replay.playback import Playback
from blufio_tui.core.replay.record import CallRecord
from blufio_tui.core.skills.recording import ending_of
from blufio_tui.core.skills.sandbox import Sandbox, SandboxCall
from blufio_tui.core.skills.skill import Skill
from blufio_tui.core.skills.tool import preopens

_PATIENCE = 20
"""How many times as long as it may have run a replayed call may run: it has fuel for no more than it did."""
_LEAST_PATIENCE_SECS = 60
_MODULE_SUFFIXES = (".wasm", ".wat", ".py")


@dataclass(frozen=True, slots=True)
class Build:
    """What runs in place of the recorded module.

    Attributes:
        suffix: `.wasm` or `.wat`; of no meaning for a script.
        script: a script with its modules, encoded; b"" for a module.
    """

    suffix: str
    module: bytes
    script: bytes = b""


class Replayer:
    """Use it as a context: modules lie in a folder of their own meanwhile."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._folder = make_scratch("replay")

    def __enter__(self) -> "Replayer":
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        drop_scratch(self._folder)

    async def replay(
        self,
        loaded: LoadedCall,
        *,
        record: CallRecord | None = None,
        manifest: Manifest | None = None,
        build: Build | None = None,
        lenient: bool = False,
        limit_secs: float = 0.0,
    ) -> Replayed:
        """Run a recorded call again.

        Args:
            record: the recorded call with other answers, in place of the loaded one.
            manifest: under which its effects are decided again, and whose limits it gets.
            build: what runs in place of the recorded module.
            lenient: see `Playback`.
            limit_secs: for which the caller waits: the guest's own deadline is no earlier; 0 for a deadline that
                follows from the call's limits.
        """
        record = record or loaded.record
        playback = Playback(record, manifest=manifest, lenient=lenient)
        build = build or Build(Path(record.guest.entry).suffix, loaded.module, record.guest.script)
        call = await asyncio.to_thread(self._call, record, playback, build, limit_secs)
        result = await self._sandbox.run(call, _nothing)
        return compare(record, ending_of(result), playback)

    def _call(self, record: CallRecord, playback: Playback, build: Build, limit_secs: float) -> SandboxCall:
        manifest = playback.limits_of
        is_other = manifest is not record.manifest
        given = json.loads(record.input_json) if manifest.args or manifest.stdin is not None else {}
        sha256 = hashlib.sha256(build.module).hexdigest()
        return SandboxCall(
            call_id=record.call_id,
            name=record.skill,
            module=Path(record.guest.entry) if build.script else self._file(sha256, build),
            module_sha256=sha256,
            input_json=record.input_json,
            limits=_limits(record, manifest.limits, limit_secs),
            preopens=preopens(manifest, record.places) if is_other else record.preopens,
            env_keys=manifest.capabilities.env if is_other else record.env_keys,
            script=build.script,
            arguments=program_arguments(manifest, given),
            stdin=program_input(manifest, given),
            playback=playback,
        )

    def _file(self, sha256: str, build: Build) -> Path:
        path = Path(self._folder) / f"{sha256}{build.suffix}"
        if not path.exists():
            path.write_bytes(build.module)
        return path


async def _nothing(effect: Effect) -> EffectResult:
    """What stands behind a replayed call: nothing. It is never asked, and would deny if it were."""
    raise CapabilityDenied(type(effect).__name__, "", "a replayed call touches nothing")


def _limits(record: CallRecord, limits: Limits, limit_secs: float) -> Limits:
    """A call that its deadline ended gets the fuel that it had used by then, and so ends in the same place."""
    timed_out = record.ending.error[0] == ErrorKind.TIMEOUT
    return replace(
        limits,
        fuel=record.ending.fuel if timed_out else limits.fuel,
        epoch_timeout_secs=max(limits.epoch_timeout_secs * _PATIENCE, _LEAST_PATIENCE_SECS, ceil(limit_secs)),
    )


def build_from_file(path: Path, record: CallRecord) -> Build:
    """Another build of the recorded call's module. Beside a script, its recorded modules stay as they were.

    Raises:
        NotThere, UsageError: the file cannot be read, or is no module.
    """
    if path.suffix not in _MODULE_SUFFIXES:
        raise UsageError(f"{path} is not a module: its name must end in .wasm, .wat or .py")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise NotThere(f"{path} cannot be read: {error.strerror}") from error
    if path.suffix != ".py":
        return Build(path.suffix, data)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text") from error
    others = decode(record.guest.script) if record.guest.script else Program(path.name, {})
    files = {name: source for name, source in others.files.items() if name != others.entry}
    return Build(".py", b"", Program(path.name, {**files, path.name: text}).encode())


def build_from_skill(skill: Skill, places: Places) -> Build:
    """A skill's own code, as it would run now.

    Raises:
        SandboxError: it cannot be read, or is not what was looked at.
    """
    if skill.manifest is None:
        raise SandboxError(ErrorKind.INVALID_MODULE, f'"{skill.name}" has no code to run')
    module = skill.folder / skill.manifest.entry
    opened = preopens(skill.manifest, places)
    call = SandboxCall(
        "", skill.name, module, skill.module_sha256, b"{}", skill.manifest.limits, opened,
        content_hash=skill.content_hash,
    )  # fmt: skip
    plan = plan_for(call)
    if plan.payload:
        return Build(".py", b"", plan.payload)
    from blufio_tui.adapters.sandbox.compile.module_plan import read_verified

    return Build(module.suffix, read_verified(module, skill.module_sha256))
