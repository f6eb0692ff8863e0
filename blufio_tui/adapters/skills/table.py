"""Rows of the table of installed skills, and the skills they stand for."""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from blufio_tui.core.manifest.as_json import capabilities_json, manifest_from_json, manifest_to_json
from blufio_tui.core.skills.files import FileEntry
from blufio_tui.core.skills.skill import Skill, SkillKind, SkillStatus


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
        return tuple(FileEntry(*entry) for entry in json.loads(self.files_json))


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
            str(skill.folder),
            manifest_to_json(skill.manifest) if skill.manifest else "",
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
    return float(row[0]) if row else 0.0


def touch(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE skill_generation SET number = number + 1")


def generation(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT number FROM skill_generation").fetchone()[0])


def every(connection: sqlite3.Connection) -> list[Installed]:
    return [_installed(row) for row in connection.execute("SELECT * FROM skill ORDER BY name")]


def listing(connection: sqlite3.Connection) -> list[Listed]:
    rows = connection.execute(
        "SELECT name, version, description, kind, status, enabled, capabilities, folder, stamp FROM skill ORDER BY name"
    )
    return [Listed(r[0], r[1], r[2], r[3], r[4], bool(r[5]), r[6], r[7], r[8]) for r in rows]


def disabled_bundled(connection: sqlite3.Connection) -> frozenset[str]:
    return frozenset(str(row[0]) for row in connection.execute("SELECT name FROM disabled_bundled_skill"))


def _installed(row: sqlite3.Row) -> Installed:
    tools = row["allowed_tools"]
    skill = Skill(
        name=row["name"],
        version=row["version"],
        description=row["description"],
        kind=SkillKind(row["kind"]),
        status=SkillStatus(row["status"]),
        folder=Path(row["folder"]),
        content_hash=row["content_hash"],
        manifest=manifest_from_json(row["manifest"]) if row["manifest"] else None,
        module_sha256=row["module_sha256"],
        publisher=row["publisher"],
        author=row["author"],
        enabled=bool(row["enabled"]),
        allowed_tools=None if tools is None else tuple(json.loads(tools)),
        installed=row["installed"],
        updated=row["updated"],
    )
    return Installed(skill, row["stamp"], row["source"], row["files"])
