"""Pure rules about paths: what a written path means, what covers what, and what is never opened."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from posixpath import join

from blufio_tui.core.errors import NeverRule

MAX_PATH_BYTES = 4096
MAX_NAME_BYTES = 255
SPECIAL = ("/proc", "/sys", "/dev")
_BELOW_SPECIAL = tuple(f"{folder}/" for folder in SPECIAL)
PROJECT = "${PROJECT}"


@dataclass(frozen=True, slots=True)
class Places:
    """What `~` and `${PROJECT}` stand for: canonical absolute paths."""

    home: str
    project: str


def absolute(written: str, places: Places) -> str:
    """Make a path absolute, without resolving `..`, whose meaning depends on symlinks.

    A relative path is relative to the project folder. Percent escapes, backslashes and `~name` are ordinary
    characters of a name.

    Raises:
        NeverRule: empty, too long, or not a path the system could hold.
    """
    path = _based(written, places)
    check_spelling(written)
    check_spelling(path)
    return path


def _based(written: str, places: Places) -> str:
    if written == "~" or written.startswith("~/"):
        return places.home + written[1:]
    if written == PROJECT or written.startswith(PROJECT + "/"):
        return places.project + written[len(PROJECT) :]
    return written if written.startswith("/") else join(places.project, written)


def check_spelling(path: str) -> None:
    """
    Raises:
        NeverRule: empty, a NUL byte, undecodable text, or too long.
    """
    if not path:
        raise NeverRule("malformed path: it is empty")
    if "\0" in path:
        raise NeverRule("malformed path: it holds a NUL byte")
    try:
        encoded = path.encode("utf-8")
    except UnicodeEncodeError as error:
        raise NeverRule("malformed path: it is not valid Unicode") from error
    if len(encoded) > MAX_PATH_BYTES:
        raise NeverRule(f"malformed path: longer than {MAX_PATH_BYTES} bytes")
    if len(encoded) > MAX_NAME_BYTES and any(len(name) > MAX_NAME_BYTES for name in encoded.split(b"/")):
        raise NeverRule(f"malformed path: a name longer than {MAX_NAME_BYTES} bytes")


def covers(folder: str, path: str) -> bool:
    """Whether `path` is `folder` or lies below it, name by name; both canonical. `/a` never covers `/ab`."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def is_special(path: str) -> bool:
    return path in SPECIAL or path.startswith(_BELOW_SPECIAL)


def refuse_special(path: str) -> None:
    """
    Raises:
        NeverRule: below /proc, /sys or /dev.
    """
    if is_special(path):
        raise NeverRule(f"{path} is a view of the system, not a file; /proc, /sys and /dev are never allowed")


PARENT_CHANGES = frozenset({"remove", "rename", "rmdir", "unlink", "link", "symlink"})
"""Operations after which what lies below the path is gone, or is there under another name."""


class Protected:
    """The program's own files, which no tool and no skill may touch, regardless of grants.

    Names are compared without case and Unicode form, so that a file system that ignores those cannot be used
    to get around the rule. The opening code compares inodes as well.
    """

    def __init__(self, paths: Iterable[str] = ()) -> None:
        self._paths = tuple(dict.fromkeys(loose(path) for path in paths))

    def refuse(self, path: str, operation: str) -> None:
        """
        Raises:
            NeverRule: one of the program's own files, or a folder above one that would be moved or removed.
        """
        asked = loose(path)
        for own in self._paths:
            if covers(own, asked) or (operation in PARENT_CHANGES and covers(asked, own)):
                raise NeverRule(f"{path} is one of blufio-tui's own files, which no tool and no skill may touch")


def loose(path: str) -> str:
    """A normal form: equal for names that a file system may treat as the same."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", path).casefold())


def with_side_files(path: str) -> tuple[str, ...]:
    """A protected path; a database together with the files that SQLite keeps beside it."""
    ends = ("-wal", "-shm", "-journal") if path.endswith(".db") else ()
    return path, *(path + end for end in ends)


def lookalikes(name: str, others: Iterable[str]) -> tuple[str, ...]:
    """Names in the same folder that differ from `name` only in case or Unicode form, sorted."""
    asked = loose(name)
    return tuple(sorted(other for other in others if other != name and loose(other) == asked))
