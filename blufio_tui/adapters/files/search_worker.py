"""Search files for a pattern: a program of its own, because Python's `re` cannot be stopped and holds the interpreter.

It imports the standard library only and is started by path. Standard input: a line of JSON (`root`, `pattern`, `text`
that every match contains, `mode`, `context`, `limit`), then the names of the files, each ended by a NUL byte, searched
as they come. Standard output: one line of JSON for each file with a match, as they are found, and for each that is too
large to be searched.
"""

import io
import json
import os
import re
import stat
import sys
from collections.abc import Iterator
from typing import Any

MAX_FILE = 8 * 1024 * 1024
MAX_LINE = 400
_HEAD = 8192
_CHUNK = 65536


def main() -> int:
    given = io.BufferedReader(io.FileIO(0, closefd=False), _CHUNK)
    request = json.loads(given.readline())
    pattern = re.compile(request["pattern"], re.MULTILINE)
    root, left = os.fsencode(request["root"]), int(request["limit"])
    text = str(request["text"]).encode()
    for name in names(given):
        data = content(root, name, text)
        # Most files hold no match at all: one look at the whole is much cheaper than one at each line.
        if data is None or pattern.search(data) is None:
            continue
        found = matches(pattern, data, request["mode"], int(request["context"]), left)
        if not found["count"]:
            continue
        left -= len(found["lines"]) if request["mode"] == "content" else 1
        say({"path": shown(name), **found})
        if left <= 0:
            say({"stopped": True})
            break
    return 0


def names(given: "io.BufferedReader[Any]") -> Iterator[bytes]:
    """As they come, each ended by a NUL byte."""
    rest = b""
    while chunk := given.read1(_CHUNK):
        *whole, rest = (rest + chunk).split(b"\0")
        yield from filter(None, whole)
    if rest:
        yield rest


def shown(name: bytes) -> str:
    return os.fsdecode(name).encode("utf-8", "backslashreplace").decode()


def say(value: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def content(root: bytes, name: bytes, text: bytes) -> str | None:
    """What a regular text file below the root holds; None for links, binary or unreadable files, those without `text`,
    and huge ones, of which it says so."""
    path = os.path.join(root, name)  # noqa: PTH118 (bytes)
    try:
        opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(opened, "rb", buffering=0) as file:
        found = os.fstat(opened)
        if not stat.S_ISREG(found.st_mode) or not is_at(opened, path):
            return None
        if found.st_size > MAX_FILE:
            say({"too_large": shown(name)})
            return None
        head = file.read(_HEAD) or b""
        if b"\0" in head:
            return None
        data = head + whole(file, found.st_size - len(head)) if len(head) == _HEAD else head
    return data.decode("utf-8", "replace").replace("\r\n", "\n") if text in data else None


def whole(file: "io.FileIO", size: int) -> bytes:
    """The rest of a file, also where it grew meanwhile, up to what is searched."""
    parts, left = [], max(MAX_FILE - _HEAD, 0)
    while left > 0 and (part := file.read(min(left, max(size, _CHUNK)))):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def is_at(opened: int, path: bytes) -> bool:
    """Whether what was opened is there and not behind a link; no folder on the way was swapped. Linux can tell."""
    try:
        return os.readlink(b"/proc/self/fd/%d" % opened) == path  # noqa: PTH115 (bytes)
    except OSError:
        return sys.platform != "linux"


def matches(pattern: "re.Pattern[str]", data: str, mode: str, context: int, limit: int) -> dict[str, Any]:
    lines = data.split("\n")
    hits = [index for index, line in enumerate(lines) if pattern.search(line)]
    near_hits: dict[int, bool] = {}
    if mode == "content":
        for hit in hits[:limit]:
            for near in range(max(0, hit - context), min(len(lines), hit + context + 1)):
                near_hits.setdefault(near, False)
            near_hits[hit] = True
    rows = [[number + 1, is_hit, clipped(lines[number])] for number, is_hit in sorted(near_hits.items())]
    return {"count": len(hits), "lines": rows}


def clipped(text: str) -> str:
    return text if len(text) <= MAX_LINE else f"{text[:MAX_LINE]} [… {len(text) - MAX_LINE} more characters]"


if __name__ == "__main__":
    sys.exit(main())
