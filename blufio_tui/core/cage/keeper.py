"""The port that saves content before a caged command changes it, for undo."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from blufio_tui.core.files.replay import Left

CHANGES_FILE, CALL_FILE = "changes.jsonl", "call.json"
"""In the folder for the old content of one command: what it has changed so far, and which call it is."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that a command did to the project; as `core.files.replay.CommandChange`, before anything is stored.

    Attributes:
        path: absolute, canonical.
        what: `created`, `linked`, `changed`, `mode`, `removed`, `renamed` or `exchanged`.
        object: the same number for the same file, folder or link.
        origin: for `renamed` and `exchanged`, where it came from.
        before: path of the copy of its old content, "" if there was none or none was kept.
        mode: permission bits before, 0 for what was created.
        link: for a symbolic link that was removed, where it led.
        kind: `file`, `folder`, `link` or `other`.
        lost: why the old content was not kept.
    """

    path: str
    what: str
    object: int = 0
    origin: str = ""
    before: str = ""
    mode: int = 0
    link: str = ""
    kind: str = "file"
    lost: str = ""


class CommandKeeper(Protocol):
    """The undo store, as the cage needs it."""

    def keep_command(
        self, call_id: str, changes: Sequence[Mapping[str, Any]], batch: str = "", left: Sequence[Left] = ()
    ) -> None:
        """Store what a command has changed, in order, with the copies of the old content. Blocking.

        Args:
            batch: id of this command's changes; those stored under it before are not stored again.
            left: the state of everything at its end; if not given, the current state.

        Raises:
            HostError: there is no room, so the changes cannot be undone.
        """
        ...
