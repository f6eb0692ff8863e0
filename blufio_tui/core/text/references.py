"""What a text refers to: lines of files, and addresses on the web."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_ADDRESS = re.compile(r"https?://[^\s<>\"'`\\]+")
_FILE = re.compile(
    r"""(?<![\w/.~:@+-])(?P<path>(?:~/|/|(?:\.{1,2}/)+)?[\w.@+-]+(?:/[\w.@+-]+)*):(?P<line>[1-9]\d{0,6})(?::\d+)?(?![\w/])"""
)
_PYTHON = re.compile(r'File "(?P<path>[^"\n]{1,1000})", line (?P<line>[1-9]\d{0,6})\b')
_MAYBE = re.compile(r":(?://|[1-9])|\", line ")
"""Is in every text that refers to something; quick to look for."""
_LOOSE = ".,;:!?'*_"
_BRACKETS = {")": "(", "]": "[", "}": "{"}


@dataclass(frozen=True, slots=True)
class Reference:
    """
    Attributes:
        start, end: where it stands in the text, in characters.
        target: the path as it is written, or the address.
        line: counted from 1; 0 for an address.
    """

    start: int
    end: int
    target: str
    line: int


def references(text: str) -> list[Reference]:
    """`path:12`, `path:12:3`, a line of a Python traceback, and `http(s)://…`, in the order of the text.

    Whether there is such a file is for the caller to find out: `example.org:443` looks like one.
    """
    if _MAYBE.search(text) is None:
        return []
    found = list(_addresses(text))
    for pattern in (_PYTHON, _FILE):
        for match in pattern.finditer(text):
            if not any(match.start() < other.end and other.start < match.end() for other in found):
                found.append(Reference(match.start(), match.end(), match["path"], int(match["line"])))
    return sorted(found, key=lambda reference: reference.start)


def _addresses(text: str) -> Iterator[Reference]:
    """Without what ends the sentence rather than the address."""
    for match in _ADDRESS.finditer(text):
        address = match[0]
        while address[-1] in _LOOSE or (
            address[-1] in _BRACKETS and address.count(address[-1]) > address.count(_BRACKETS[address[-1]])
        ):
            address = address[:-1]
        if not address.endswith("//"):
            yield Reference(match.start(), match.start() + len(address), address, 0)
