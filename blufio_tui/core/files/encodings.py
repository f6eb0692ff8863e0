"""The text of a file and its encoding, so that an edit changes nothing else."""

import re
from dataclasses import dataclass

_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


@dataclass(frozen=True, slots=True)
class FileText:
    """
    Attributes:
        text: without the byte order mark.
        encoding: as Python names it.
        mark: the byte order mark, b"" if there is none.
    """

    text: str
    encoding: str = "utf-8"
    mark: bytes = b""

    def encoded(self, text: str) -> bytes:
        """
        Raises:
            UnicodeEncodeError: the file's encoding has no such character.
        """
        return self.mark + text.encode(self.encoding)


def with_mark_of(before: bytes, text: str) -> bytes:
    """A new text as bytes: UTF-8, or if `before` had a byte order mark, that mark and its encoding."""
    mark, encoding = next(((mark, name) for mark, name in _MARKS if before.startswith(mark)), (b"", "utf-8"))
    return mark + (text.removeprefix("\ufeff") if mark else text).encode(encoding, "surrogatepass")


def loses_mark(before: bytes, after: bytes) -> bool:
    """Whether a write would remove a file's byte order mark. The first bytes of both are enough."""
    return any(before.startswith(mark) and not after.startswith(mark) for mark, _ in _MARKS)


def read_text(data: bytes) -> FileText | None:
    """The text in a file; None if it is not text.

    Bytes that are not valid UTF-8 are read as Latin-1, which maps every byte to a character and back, unless control
    characters show that this is not text.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return FileText(data[len(mark) :].decode(encoding), encoding, mark)
            except UnicodeDecodeError:
                break
    if b"\0" in data:
        return None
    try:
        return FileText(data.decode("utf-8"))
    except UnicodeDecodeError:
        return None if _CONTROLS.search(data) else FileText(data.decode("latin-1"), "latin-1")
