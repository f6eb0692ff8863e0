"""Where the content that a caged command is about to change goes, so that it can be taken back."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that a command did to the project.

    Attributes:
        path: absolute, canonical.
        what: `created`, `changed`, `removed` or `renamed`.
        origin: for `renamed`, where it came from.
        before: path of the copy of its old content, "" when there was none or none was kept.
        mode: permission bits before, 0 for what was created.
        link: for a symbolic link that was removed, where it led.
        kind: `file`, `folder`, `link` or `other`.
    """

    path: str
    what: str
    origin: str = ""
    before: str = ""
    mode: int = 0
    link: str = ""
    kind: str = "file"


class Keeper(Protocol):
    """The undo store as the cage sees it."""

    def keep(self, call_id: str, path: str, before: bytes | None, mode: int) -> None:
        """Take the old content of a file (None: it was not there) before the change counts as done."""
        ...


class KeepsNothing:
    """Where no undo store is connected."""

    def keep(self, call_id: str, path: str, before: bytes | None, mode: int) -> None:
        """Nothing is kept."""
