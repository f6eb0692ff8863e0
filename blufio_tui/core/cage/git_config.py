"""Which keys of a `.git/config` run programs: read as git does, and compared with what was there before.

A command may add a remote or a branch unasked; a key from this table is asked about.
"""

import re

_RUNS = re.compile(
    r"core\.(hookspath|fsmonitor|sshcommand|pager|editor|askpass|gitproxy|alternaterefscommand|worktree|attributesfile)"
    r"|include\.path|includeif\..*\.path|alias\..*|pager\..*|credential(\..*)?\.helper|gpg(\..*)?\.program"
    r"|gpg\.ssh\.(defaultkeycommand|.*)|diff\.external|diff\..*\.(command|textconv)|merge\..*\.driver"
    r"|filter\..*\.(clean|smudge|process)|sequence\.editor|interactive\.difffilter|web\.browser|browser\..*\.cmd"
    r"|(diff|merge)tool\..*\.(cmd|path)|man\..*\.cmd|remote\..*\.(uploadpack|receivepack|vcs|proxy)"
    r"|url\..*\.(insteadof|pushinsteadof)|submodule\..*\.update|uploadpack\.packobjectshook|protocol\..*\.allow"
    r"|sendemail\..*|trailer\..*\.(command|cmd)|init\.templatedir|receive\..*hook.*|http\.(.*\.)?proxy"
    r"|http\.(.*\.)?ssl.*|extensions\.worktreeconfig|gc\.recentobjectshook|instaweb\..*|tar\..*\.command",
)
_SECTION = re.compile(r'\[\s*([A-Za-z0-9.-]+)\s*(?:"((?:[^"\\\n]|\\.)*)")?\s*\]')
_KEY = re.compile(r"([A-Za-z][A-Za-z0-9-]*)\s*(=\s*)?")


def new_programs(before: bytes, after: bytes) -> tuple[str, ...]:
    """Keys that name programs (or lead git elsewhere) in `after` and are not there, with this value, in `before`.

    What cannot be read counts as such a key: `("unreadable",)`.
    """
    old, new = _entries(before), _entries(after)
    if new is None:
        return ("unreadable",)
    known = set(old or ())
    return tuple(sorted({key for key, value in new if (key, value) not in known and _RUNS.fullmatch(key)}))


def _entries(data: bytes) -> list[tuple[str, str]] | None:
    """Dotted keys in lower case and their raw values; None for what git would read in a way we cannot follow."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    section, found = "", []
    for line in _logical_lines(text):
        rest = line.strip()
        while match := _SECTION.match(rest):  # git allows a key behind the section, on the same line
            name = match[1] + (f".{match[2]}" if match[2] is not None else "")
            section, rest = name.lower(), rest[match.end() :].strip()
        if not rest or rest[0] in "#;":
            continue
        key = _KEY.match(rest)
        if key is None or not section:
            return None
        found.append((f"{section}.{key[1].lower()}", rest[key.end() :]))
    return found


def _logical_lines(text: str) -> list[str]:
    """Lines, joined where one ends with a backslash."""
    return re.sub(r"\\\r?\n", "", text).splitlines()
