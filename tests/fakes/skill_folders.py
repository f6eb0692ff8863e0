"""Skill folders for tests, and a registry with an installer over a throw-away home."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from blufio_tui.adapters.skills import table as skill_table
from blufio_tui.adapters.skills.folder import read_skill
from blufio_tui.adapters.skills.install import InstallPorts, SkillInstaller
from blufio_tui.adapters.skills.prepare import Download
from blufio_tui.adapters.skills.registry import SkillRegistry
from blufio_tui.adapters.skills.stamp import take_stamp
from blufio_tui.adapters.storage.database import Database
from blufio_tui.core.skills.skill import Skill
from tests.fakes.audit_list import AuditList
from tests.fakes.grant_list import GrantList
from tests.fakes.session_clock import SettableClock

MODULE = (
    b"\x00asm\x01\x00\x00\x00\x01\x04\x01`\x00\x00\x03\x02\x01\x00\x07\x07\x01\x03run\x00\x00\n\x04\x01\x02\x00\x0b"
)


def manifest_text(name: str = "greeter", version: str = "1.0.0", more: str = "") -> str:
    return f'[skill]\nname = "{name}"\nversion = "{version}"\ndescription = "Greets."\n{more}'


def make_skill(
    parent: Path,
    name: str = "greeter",
    *,
    version: str = "1.0.0",
    more: str = "",
    files: Mapping[str, bytes] | None = None,
) -> Path:
    """A folder with a manifest, an empty module and whatever `files` says."""
    folder = parent / name
    folder.mkdir(parents=True, exist_ok=True)
    content = {"skill.toml": manifest_text(name, version, more).encode(), "skill.wasm": MODULE, **(files or {})}
    for path, data in content.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


def make_instructions(parent: Path, name: str = "guide", *, fields: str = "", body: str = "Do it well.\n") -> Path:
    folder = parent / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "SKILL.md").write_text(f"---\nname: {name}\ndescription: Guides.\n{fields}---\n{body}", encoding="utf-8")
    return folder


@dataclass
class Bench:
    """Everything that installing needs, in memory or in one temporary folder."""

    database: Database
    registry: SkillRegistry
    installer: SkillInstaller
    audit: AuditList
    grants: GrantList
    clock: SettableClock
    home: Path

    async def install(self, source: Path | str) -> Skill:
        return await self.installer.commit(await self.installer.prepare(str(source)))


def make_bench(
    home: Path, *, bundled: Path | None = None, folders: tuple[Path, ...] = (), download: Download | None = None
) -> Bench:
    database = Database(home / "blufio.db")
    database.open()
    registry = SkillRegistry(database, bundled, folders)
    audit, grants, clock = AuditList(), GrantList(), SettableClock()
    ports = InstallPorts(home / "skills", audit, clock, grants, download)
    return Bench(database, registry, SkillInstaller(registry, ports), audit, grants, clock, home)


def put_in_place(database: Database, home: Path, source: Path) -> Path:
    """A skill that was installed before the installer refused it: its files and its row, without the installer."""
    folder = home / "skills" / source.name
    shutil.copytree(source, folder)
    found = read_skill(folder, source.name)
    stamp = take_stamp(folder, (entry.path for entry in found.files))
    files = skill_table.files_json(found.files)
    row = skill_table.Installed(replace(found.skill, folder=folder), stamp, str(source), files)
    database.write_sync(lambda connection: skill_table.put(connection, row))
    return folder
