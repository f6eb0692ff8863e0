"""Which bytes are compiled for a call: the skill's own module, or the runtime that its script needs."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from blufio_tui.adapters.files.regular import TooLargeError, read_regular
from blufio_tui.core.errors import ErrorKind, SandboxError

MAX_MODULE_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ModulePlan:
    """
    Attributes:
        source: the `.wasm` or `.wat` file to compile.
        sha256: hex; only bytes with this hash are compiled.
        runtime: `wasm`, or the name of what wraps the module (`script`).
        payload: bytes that go to the worker with the module (a script's source).
        identity: a worker serves one identity only, so that no skill meets what another left behind.
    """

    source: Path
    sha256: str
    identity: str
    runtime: str = "wasm"
    payload: bytes = b""


def read_verified(path: Path, sha256: str) -> bytes:
    """The bytes of a module or script, if they are the ones with this hash.

    Raises:
        SandboxError: unreadable, too large, or changed.
    """
    try:
        data = read_regular(path, MAX_MODULE_BYTES)
    except TooLargeError as error:
        limit = MAX_MODULE_BYTES // (1024 * 1024)
        raise SandboxError(ErrorKind.INVALID_MODULE, f"{path} is over the limit of {limit} MiB for a module") from error
    except OSError as error:
        raise SandboxError(ErrorKind.INVALID_MODULE, f"cannot read {path}: {error.strerror or error}") from error
    if (actual := hashlib.sha256(data).hexdigest()) != sha256:
        raise SandboxError(
            ErrorKind.INTEGRITY,
            f"{path} has changed since it was installed (SHA-256 is {actual[:16]}…, expected {sha256[:16]}…); "
            "look at the change, then install the skill again",
        )
    return data
