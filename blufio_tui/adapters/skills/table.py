"""Rows of the table of installed skills, and the skills they stand for.

A row names its folder relative to the home, so that a home can be moved and a copy never touches the original.
Of what an older row says only the last part counts: each skill lies in a folder of its own in `skills`.
"""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePath

from blufio_tui.core.errors import BlufioError
from blufio_tui.core.manifest.as_json import capabilities_json, manifest_from_json, manifest_to_json
from blufio_tui.core.skills.files import FileEntry
from blufio_tui.core.skills.skill import Skill, SkillKind, SkillStatus

FOLDER = "skills"
"""Of the home: where installed skills live."""


@dataclass(frozen=True, slots=True)
class Installed:
    """A skill in the table with what only the registry needs.

    Attributes:
        stamp: sizes and times right after installing; see `skill_stamp`.
        source: where it was installed from; `skill update` looks there again.
        files_json: what was installed, file by file; taken apart only where it is needed.
    """

    skill: Skill
    stamp: str
    source: str
    files_json: str

    @property
    def files(self) -> tuple[FileEntry, ...]:
        """() if the row is damaged: every skill has a file."""
        try:
            files = tuple(FileEntry(*entry) for entry in json.loads(self.files_json))
        except _DAMAGE:
            return ()
        is_sound = all(list(map(type, (one.path, one.size, one.sha256))) == [str, int, str] for one in files)
        return files if is_sound else ()


def files_json(files: Iterable[FileEntry]) -> str:
    return json.dumps([[entry.path, entry.size, entry.sha256] for entry in files])


@dataclass(frozen=True, slots=True)
class Listed:
    """What a list shows of a skill, read without taking its manifest apart. `capabilities` is JSON text."""

    name: str
    version: str
    description: str
    kind: str
    status: str
    enabled: bool
    capabilities: str
    folder: str = ""
    stamp: str = ""


def put(connection: sqlite3.Connection, installed: Installed) -> None:
    skill = installed.skill
    connection.execute(
        "INSERT OR REPLACE INTO skill VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        (
            skill.name,
            skill.tool_name,
            skill.version,
            skill.description,
            skill.author,
            skill.kind.value,
            f"{FOLDER}/{skill.folder.name}",
            _manifest_column(skill),
            json.dumps(capabilities_json(skill.manifest.capabilities)) if skill.manifest else "{}",
            None if skill.allowed_tools is None else json.dumps(skill.allowed_tools),
            skill.content_hash,
            skill.module_sha256,
            installed.files_json,
            installed.stamp,
            skill.publisher,
            skill.status.value,
            int(skill.enabled),
            installed.source,
            skill.installed,
            skill.updated,
        ),
    )
    touch(connection)


def _manifest_column(skill: Skill) -> str:
    """The manifest; of an instruction skill, which has none, what of its frontmatter has no column."""
    if skill.manifest is not None:
        return manifest_to_json(skill.manifest)
    return json.dumps({"is_hidden": True}) if skill.is_hidden else ""


def remove(connection: sqlite3.Connection, name: str) -> None:
    connection.execute("DELETE FROM skill WHERE name = ?", (name,))
    touch(connection)


def set_status(connection: sqlite3.Connection, name: str, status: SkillStatus, stamp: str) -> None:
    connection.execute("UPDATE skill SET status = ?, stamp = ? WHERE name = ?", (status.value, stamp, name))
    touch(connection)


def set_enabled(connection: sqlite3.Connection, name: str, enabled: bool) -> None:
    connection.execute("UPDATE skill SET enabled = ? WHERE name = ?", (int(enabled), name))
    touch(connection)


def set_bundled_enabled(connection: sqlite3.Connection, name: str, enabled: bool) -> None:
    connection.execute("DELETE FROM disabled_bundled_skill WHERE name = ?", (name,))
    if not enabled:
        connection.execute("INSERT INTO disabled_bundled_skill VALUES (?)", (name,))
    touch(connection)


def remember_publisher(connection: sqlite3.Connection, fingerprint: str, public_key: str, now: float) -> None:
    connection.execute("INSERT OR IGNORE INTO publisher VALUES (?, ?, ?)", (fingerprint, public_key, now))


def publisher_since(connection: sqlite3.Connection, fingerprint: str) -> float:
    """When the key was first seen, seconds since the epoch; 0 for never."""
    row = connection.execute("SELECT first_seen FROM publisher WHERE fingerprint = ?", (fingerprint,)).fetchone()
    return row[0] if row and isinstance(row[0], float) else 0.0


def touch(connection: sqlite3.Connection) -> None:
    """Cut to 48 bits, so that it rises whatever somebody left there, and is there again if it was removed."""
    connection.execute(
        "INSERT OR REPLACE INTO skill_generation SELECT 1, (coalesce(max(number), 0) & 0xFFFFFFFFFFFF) + 1 "
        "FROM skill_generation"
    )


def generation(connection: sqlite3.Connection) -> int:
    return int(
        connection.execute("SELECT CAST(coalesce(max(number), 0) AS INTEGER) FROM skill_generation").fetchone()[0]
    )


def every(connection: sqlite3.Connection, home: Path) -> list[Installed]:
    """All of them. A damaged row counts as tampered with: it can be removed or installed again."""
    try:
        return [_installed(row, home) for row in connection.execute("SELECT * FROM skill ORDER BY name")]
    except _DAMAGE:
        numbers = [int(row[0]) for row in connection.execute("SELECT rowid FROM skill ORDER BY name")]
        return [entry for number in numbers if (entry := _one(connection, number, home))]


def listing(connection: sqlite3.Connection, home: Path) -> list[Listed]:
    try:
        rows = connection.execute(_LISTING).fetchall()
        if all(row["is_sound"] for row in rows):
            return [_listed(row, str(home / FOLDER)) for row in rows]
    except _DAMAGE:
        pass
    return [_listed_from(entry) for entry in every(connection, home)]


_DAMAGE = (ValueError, TypeError, LookupError, AttributeError, RecursionError, sqlite3.OperationalError, BlufioError)
"""What taking a damaged row apart may raise; SQLite itself refuses text that is not UTF-8."""

_TEXTS = (
    *("name", "tool_name", "version", "description", "author", "kind", "folder", "manifest", "capabilities"),
    *("content_hash", "module_sha256", "files", "stamp", "publisher", "status", "source"),
)
"""SQLite holds every column to its type when a row is written, unless the table was defined anew."""

_LISTING = f"""SELECT name, version, description, kind, status, enabled, capabilities, folder, stamp,
    {" AND ".join(f"typeof({column}) = 'text'" for column in _TEXTS)} AND json_valid(capabilities)
    AND (manifest = '' OR json_valid(manifest)) AS is_sound FROM skill ORDER BY name"""  # noqa: S608 - constants


_KINDS = {kind.value: kind.value for kind in SkillKind}
_STATES = {status.value: status.value for status in SkillStatus}


def _listed(row: sqlite3.Row, parent: str) -> Listed:
    """Made for each row of a long list: of text alone, because a path costs as much as all the rest of a row."""
    return Listed(
        name=row["name"],
        version=row["version"],
        description=row["description"],
        kind=_KINDS[row["kind"]],
        status=_STATES[row["status"]],
        enabled=bool(row["enabled"]),
        capabilities=row["capabilities"],
        folder=f"{parent}/{_folder_name(row['folder'], row['name'])}",
        stamp=row["stamp"],
    )


def _listed_from(entry: Installed) -> Listed:
    skill = entry.skill
    capabilities = json.dumps(capabilities_json(skill.manifest.capabilities)) if skill.manifest else "{}"
    words = (skill.name, skill.version, skill.description, skill.kind.value, skill.status.value)
    return Listed(*words, skill.enabled, capabilities, str(skill.folder), entry.stamp)


def _one(connection: sqlite3.Connection, number: int, home: Path) -> Installed | None:
    """A row by itself. None if not even its name can be read: it cannot be named to anybody."""
    try:
        return _installed(connection.execute("SELECT * FROM skill WHERE rowid = ?", (number,)).fetchone(), home)
    except _DAMAGE:
        name = _text(connection, number, "name")
        return _damaged(connection, number, name, home) if name else None


def _damaged(connection: sqlite3.Connection, number: int, name: str, home: Path) -> Installed:
    skill = Skill(
        name=name,
        version=_text(connection, number, "version") or "?",
        description="its row in the database is damaged; install it again, or remove it",
        kind=SkillKind.INSTRUCTIONS,
        status=SkillStatus.TAMPERED,
        folder=_place(home, _text(connection, number, "folder"), name),
        content_hash="",
        enabled=False,
    )
    return Installed(skill, "", _text(connection, number, "source"), "[]")


def _text(connection: sqlite3.Connection, number: int, column: str) -> str:
    """A column of a damaged row; "" if it is what is damaged."""
    try:
        written = connection.execute(f"SELECT {column} FROM skill WHERE rowid = ?", (number,)).fetchone()[0]  # noqa: S608 - a constant
    except sqlite3.OperationalError:
        return ""
    return written if isinstance(written, str) else ""


def _place(home: Path, written: str, name: str) -> Path:
    """The folder of a skill: always one below `skills`, whatever a row says."""
    return home / FOLDER / _folder_name(written, name)


def _folder_name(written: str, name: str) -> str:
    for candidate in (written, name):
        last = candidate.rpartition("/")[2]
        if last in ("", "."):  # `a/` and `a/.` are `a`
            last = PurePath(candidate).name
        if last not in ("", ".", "..") and "\0" not in last:
            return last
    return ".damaged"


def disabled_bundled(connection: sqlite3.Connection) -> frozenset[str]:
    return frozenset(str(row[0]) for row in connection.execute("SELECT name FROM disabled_bundled_skill"))


def _installed(row: sqlite3.Row, home: Path) -> Installed:
    if not all(isinstance(row[column], str) for column in _TEXTS):
        raise TypeError("a column that holds something other than text")
    tools, kind = row["allowed_tools"], SkillKind(row["kind"])
    is_text = kind is SkillKind.INSTRUCTIONS
    skill = Skill(
        name=row["name"],
        version=row["version"],
        description=row["description"],
        kind=kind,
        status=SkillStatus(row["status"]),
        folder=_place(home, row["folder"], row["name"]),
        content_hash=row["content_hash"],
        manifest=manifest_from_json(row["manifest"]) if row["manifest"] and not is_text else None,
        is_hidden=bool(is_text and row["manifest"] and json.loads(row["manifest"])["is_hidden"]),
        module_sha256=row["module_sha256"],
        publisher=row["publisher"],
        author=row["author"],
        enabled=bool(row["enabled"]),
        allowed_tools=None if tools is None else tuple(json.loads(tools)),
        installed=float(row["installed"]),
        updated=float(row["updated"]),
    )
    return Installed(skill, row["stamp"], row["source"], row["files"])
