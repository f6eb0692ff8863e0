"""Recovers what a command had changed when its call was stopped, or this program was killed, from the supervisor's
notes.

The folder for a command's old content also holds which call it is, and each change as it happened. The process
that runs the command holds a lock on the folder; the lock ends with the process.
"""

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from blufio_tui.adapters.files.looking import look_at
from blufio_tui.adapters.files.regular import read_regular
from blufio_tui.adapters.private_folder import make_private
from blufio_tui.core.cage.keeper import CALL_FILE, CHANGES_FILE, CommandKeeper
from blufio_tui.core.cage.report import Written, written_from
from blufio_tui.core.errors import HostError
from blufio_tui.core.files.replay import Found, Left
from blufio_tui.core.text import strict_json
from blufio_tui.core.text.value_json import value_from_json

_PREFIX = "call-"
_MAX_NOTE = 16 * 1024 * 1024
_MAX_CHANGES = 512 * 1024 * 1024
"""Bytes: 200,000 changes with the longest paths."""


@dataclass(frozen=True, slots=True)
class CallNote:
    """Whose changes are in a folder.

    Attributes:
        command: as it is shown.
    """

    call_id: str
    session_id: str
    turn_id: str
    actor: str
    command: str


@dataclass(frozen=True, slots=True)
class Interrupted:
    """
    Attributes:
        problem: why what it changed cannot be undone, "" if it can.
    """

    note: CallNote
    written: tuple[Written, ...]
    changes: int
    problem: str = ""


def make_store(kept: Path) -> str:
    """A folder for the old content of one command, below `kept`.

    Raises:
        OSError: it cannot be made.
    """
    make_private(kept)
    return tempfile.mkdtemp(prefix=_PREFIX, dir=kept)


def begin(store: str, note: CallNote) -> int:
    """Write down whose changes will be there. The descriptor holds the lock; the caller closes it.

    Raises:
        OSError: there is no room.
    """
    descriptor = os.open(store, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        Path(store, CALL_FILE).write_text(json.dumps(asdict(note)), "utf-8")
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def take_up_all(kept: Path, keeper: CommandKeeper) -> list[Interrupted]:
    """Move what killed programs left into the undo store. Folders still in use are left alone. Blocking."""
    taken = []
    with suppress(OSError), os.scandir(kept) as entries:
        for entry in entries:
            if entry.name.startswith(_PREFIX) and entry.is_dir(follow_symlinks=False):
                with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
                    if one := _take_up_unlocked(entry.path, keeper):
                        taken.append(one)
    return taken


def _take_up_unlocked(store: str, keeper: CommandKeeper) -> Interrupted | None:
    if not Path(store, CALL_FILE).exists():
        return None  # just made, or by an earlier version
    descriptor = os.open(store, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # fails while the command runs
        return take_up(store, keeper)
    finally:
        os.close(descriptor)


def take_up(store: str, keeper: CommandKeeper) -> Interrupted:
    """Move what one command changed into the undo store, then remove the folder. Blocking.

    Raises:
        OSError, ValueError, KeyError, TypeError: the notes cannot be read.
    """
    note = value_from_json(CallNote, strict_json.parsed(read_regular(Path(store, CALL_FILE), _MAX_NOTE)))
    rows = list(_rows(Path(store, CHANGES_FILE)))
    changes = list(_changes(rows))
    left = [_left(row["left"]) for row in rows if "left" in row]
    written = written_from([row["written"] for row in rows if "written" in row])
    problem = ""
    try:
        if changes:
            keeper.keep_command(note.call_id, changes, os.path.basename(store), left)
    except HostError as error:
        problem = str(error)
    else:
        shutil.rmtree(store, ignore_errors=True)
    return Interrupted(note, written, len(changes), problem)


def _changes(rows: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """What happened, in order. After a loss of power a removal may be there of which only the intention was noted."""
    noted = {json.dumps(row) for row in rows if "what" in row}
    for row in rows:
        if "what" in row:
            yield row
        elif "about" in row and json.dumps(row["about"]) not in noted and _has_happened(row["about"]):
            yield row["about"]


def _has_happened(removal: Mapping[str, Any]) -> bool:
    """Whether something else, or nothing, is where what was kept had been."""
    if not os.path.lexists(removal["path"]):
        return True
    now = look_at(removal["path"])
    if removal["kind"] == "link":
        return (now.kind, now.link) != ("link", removal["link"])
    return now.kind != "unreadable" and (now.kind, now.sha256) != ("file", look_at(removal["before"]).sha256)


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    """Up to the first line that was cut off in the middle."""
    try:
        lines = read_regular(file, _MAX_CHANGES).decode("utf-8").splitlines()
    except FileNotFoundError:
        return
    for line in lines:
        try:
            row = strict_json.parsed(line)
        except ValueError:
            return
        yield row


def _left(row: Mapping[str, Any]) -> Left:
    return Left(int(row["object"]), str(row["path"]), Found(**row["found"]))
