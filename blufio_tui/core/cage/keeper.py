"""Where the content that a caged command is about to change goes, so that it can be taken back."""

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
        before: path of the copy of its old content, "" when there was none or none was kept.
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
    """The undo store as the cage sees it."""

    def keep_command(
        self, call_id: str, changes: Sequence[Mapping[str, Any]], batch: str = "", left: Sequence[Left] = ()
    ) -> None:
        """Take what a command has changed, in order, with the copies of the old content. Blocking.

        Args:
            batch: of this command; what was taken under it before is not taken again.
            left: what everything was like at its end; what it is like now where nothing is given.

        Raises:
            HostError: there is no room; what was changed cannot be taken back.
        """
        ...
