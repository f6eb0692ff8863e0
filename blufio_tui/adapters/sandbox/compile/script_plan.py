"""What runs when a skill's entry is a script: the pinned MicroPython, and the script with its modules as payload."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from blufio_tui.adapters.sandbox.compile.micropython import SHA256, locate
from blufio_tui.adapters.sandbox.compile.module_plan import ModulePlan, read_verified
from blufio_tui.adapters.sandbox.wire.script_program import GUEST_MODULE, Program
from blufio_tui.adapters.skills.folder import scan
from blufio_tui.core.errors import ErrorKind, SandboxError, SkillError
from blufio_tui.core.skills.files import MANIFEST_FILE, FileEntry, content_hash
from blufio_tui.core.skills.sandbox import SandboxCall

MAX_SOURCE_BYTES = 1024 * 1024
"""Of a script and its modules together."""


def plan(call: SandboxCall) -> ModulePlan:
    """
    Raises:
        SandboxError: `integrity`, a file is not the one that was installed; `invalid_module`, it cannot be a script.
    """
    files = {call.module.name: _text(call.module, read_verified(call.module, call.module_sha256))}
    files |= dict(_modules_beside(call))
    if GUEST_MODULE in files:
        raise _invalid(f"{GUEST_MODULE} is the name of the built-in module; give the skill's file another name")
    if sum(len(text) for text in files.values()) > MAX_SOURCE_BYTES:
        raise _invalid(f"the scripts of {call.module.parent} are over the limit of {MAX_SOURCE_BYTES // 1024} KiB")
    payload = Program(call.module.name, files).encode()
    identity = f"{call.name}:{hashlib.sha256(payload).hexdigest()}"
    return ModulePlan(locate(), SHA256, identity, runtime="script", payload=payload)


def recorded_plan(call: SandboxCall) -> ModulePlan:
    """The script that a call carries with it, without a look at any file but the runtime."""
    identity = f"{call.name}:{hashlib.sha256(call.script).hexdigest()}"
    return ModulePlan(locate(), SHA256, identity, runtime="script", payload=call.script)


def _modules_beside(call: SandboxCall) -> Iterator[tuple[str, str]]:
    """The other `.py` files at and below the script's place, if the skill's folder is what was installed."""
    place = call.module.parent
    if not call.content_hash or not any(path != call.module for path in place.rglob("*.py")):
        return
    folder = _skill_folder(place)
    for entry in _installed(folder, call.content_hash):
        path = folder / entry.path
        if path.suffix == ".py" and path != call.module and path.is_relative_to(place):
            yield path.relative_to(place).as_posix(), _text(path, read_verified(path, entry.sha256))


def _skill_folder(place: Path) -> Path:
    return next((folder for folder in (place, *place.parents) if (folder / MANIFEST_FILE).is_file()), place)


def _installed(folder: Path, expected: str) -> tuple[FileEntry, ...]:
    try:
        entries = scan(folder)
    except SkillError as error:
        raise SandboxError(ErrorKind.INTEGRITY, str(error)) from error
    if content_hash(entries) != expected:
        raise SandboxError(
            ErrorKind.INTEGRITY,
            f"{folder} has changed since the skill was installed; look at the change, then install it again",
        )
    return entries


def _text(path: Path, data: bytes) -> str:
    """The script's text, without the mark that some editors put before it and MicroPython does not know."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _invalid(f"{path} is not UTF-8 text: {error.reason} at byte {error.start}") from error


def _invalid(message: str) -> SandboxError:
    return SandboxError(ErrorKind.INVALID_MODULE, message)
