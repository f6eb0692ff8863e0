"""Files that only their owner may read, replaced as a whole or not at all."""

import fcntl
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from blufio_tui.adapters.private_folder import make_private

_LEFTOVER_SECS = 60
"""Nobody writes that long; what is younger may be in use."""
_MADE_UP = re.compile(r"[a-z0-9_]{8}")
"""As `tempfile` names what it makes, behind the beginning that it is given."""


def replace_file(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Write the whole file: temporary file, fsync, rename. A reader sees the old or the new content.

    Raises:
        OSError: it could not be written; the old file is as it was.
    """
    import tempfile

    make_private(path.parent)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
        sweep_leftovers(path)
    except BaseException as error:
        Path(name).unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename is None:
            error.filename = str(path)  # a full disk says only that it is full
        raise


def sweep_leftovers(*paths: Path) -> None:
    """Delete what a program that was killed while it wrote one of these files has left beside it."""
    for folder in {path.parent for path in paths}:
        beginnings = [f".{path.name}-" for path in paths if path.parent == folder]
        with suppress(OSError):  # there is no such folder yet
            for left in folder.iterdir():
                if any(
                    left.name.startswith(beginning) and _MADE_UP.fullmatch(left.name, len(beginning))
                    for beginning in beginnings
                ):
                    _sweep(left)


def _sweep(left: Path) -> None:
    with suppress(OSError):  # another program sweeps as well
        if left.lstat().st_mtime > time.time() - _LEFTOVER_SECS:
            return
        if left.is_dir() and not left.is_symlink():
            import shutil

            shutil.rmtree(left)
        else:
            left.unlink()


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep other instances out while the file `path` is changed. The lock is a file beside it, since `path` itself
    may be replaced meanwhile; it ends with the process, however that ends."""
    make_private(path.parent)
    handle = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
