"""The files of a skill as one canonical list: what is hashed, signed, installed and shown.

The list has one line a file, `sha256 size path`, sorted by path. Paths that could be read in two ways
(hidden characters, backslashes, names that differ only in case) never enter it, so the text of the
list can be signed as it is.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from blufio_tui.core.errors import SkillError
from blufio_tui.core.text.display import is_hidden, printable

MANIFEST_FILE = "skill.toml"
INSTRUCTIONS_FILE = "SKILL.md"
SIGNATURE_FILE = "skill.sig"
MAX_FILES = 1_000
MAX_TOTAL_BYTES = 64 * 1024 * 1024
MAX_DEPTH = 12

_HEADER = b"blufio skill files 1\n"
_IGNORED = frozenset(
    ("target", "node_modules", "__pycache__", ".git", ".hg", ".venv", ".zig-cache", "zig-cache", "zig-out", ".DS_Store")
)


@dataclass(frozen=True, slots=True, order=True)
class FileEntry:
    """One file: POSIX path relative to the skill's folder, bytes, hex SHA-256."""

    path: str
    size: int
    sha256: str


def is_ignored(path: str) -> bool:
    """Build products and tools' own folders: neither hashed, installed nor readable as part of the skill."""
    return any(part in _IGNORED for part in path.split("/"))


def path_problem(path: str) -> str:
    """Why a path cannot be part of a skill, or ""."""
    parts = path.split("/")
    if not path or path.startswith("/") or any(part in ("", ".", "..") for part in parts):
        return "must be a plain relative path"
    if "\\" in path or ":" in path:
        return "must not hold \\ or :"
    if any(is_hidden(char) for char in path):
        return "holds a hidden character"
    if len(parts) > MAX_DEPTH or len(path.encode()) > 512:
        return "is too deep or too long"
    return ""


def check_list(entries: Iterable[FileEntry]) -> tuple[FileEntry, ...]:
    """The entries in canonical order.

    Raises:
        SkillError: a path that is not allowed, two that some file systems take for one, or too much.
    """
    ordered = tuple(sorted(entries, key=lambda entry: entry.path.encode("utf-8", "surrogateescape")))
    if len(ordered) > MAX_FILES:
        raise SkillError(f"the skill has {len(ordered)} files; at most {MAX_FILES} are allowed")
    if sum(entry.size for entry in ordered) > MAX_TOTAL_BYTES:
        raise SkillError(f"the skill is larger than {MAX_TOTAL_BYTES // 1024 // 1024} MiB")
    seen: dict[str, str] = {}
    for entry in ordered:
        if problem := path_problem(entry.path):
            raise SkillError(f'the file "{printable(entry.path)}" {problem}')
        folded = unicodedata.normalize("NFC", entry.path).casefold()
        if folded in seen:
            raise SkillError(f'"{entry.path}" and "{seen[folded]}" are one file on some systems; rename one')
        seen[folded] = entry.path
    return ordered


def canonical_list(entries: Iterable[FileEntry]) -> bytes:
    """The text that is hashed and signed; the signature file itself has no place in it."""
    listed = (entry for entry in check_list(entries) if entry.path != SIGNATURE_FILE)
    return _HEADER + "".join(f"{entry.sha256} {entry.size} {entry.path}\n" for entry in listed).encode()


def content_hash(entries: Iterable[FileEntry]) -> str:
    """Hex SHA-256 over the canonical list: one hash for the whole skill."""
    import hashlib

    return hashlib.sha256(canonical_list(entries)).hexdigest()


def changed_files(before: Iterable[FileEntry], now: Iterable[FileEntry]) -> tuple[str, ...]:
    """What differs, in words: `changed: skill.wasm`, `new: x`, `missing: y`."""
    old = {entry.path: entry.sha256 for entry in before}
    new = {entry.path: entry.sha256 for entry in now}
    changed = [f"changed: {path}" for path in sorted(old.keys() & new.keys()) if old[path] != new[path]]
    added = [f"new: {path}" for path in sorted(new.keys() - old.keys())]
    return (*changed, *added, *(f"missing: {path}" for path in sorted(old.keys() - new.keys())))
