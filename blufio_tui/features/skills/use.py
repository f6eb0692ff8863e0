"""Statistics about the use of skills, for the skills screen and `skill show`."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from blufio_tui.adapters.audit.store import AuditStore
from blufio_tui.adapters.config.paths import Paths
from blufio_tui.adapters.files.guard import places as places_of
from blufio_tui.adapters.sessions.store import SqliteSessions
from blufio_tui.adapters.storage.database import Database
from blufio_tui.core.audit.rows import AuditFilter, AuditRow
from blufio_tui.core.errors import StorageError
from blufio_tui.core.guards.paths import Places
from blufio_tui.core.interrupts import run_to_end
from blufio_tui.core.skills.declared_use import DeclaredUse, declared_use
from blufio_tui.core.skills.skill import Skill
from blufio_tui.core.skills.use import SkillUse
from blufio_tui.features.stored.stores import audit_on, working_folder

MOST_DECISIONS = 5_000
"""The newest decisions are enough to see a habit, and reading them is not felt."""


async def uses(skills: Sequence[Skill], sessions: SqliteSessions, audit: AuditStore) -> Mapping[str, SkillUse]:
    """How often each skill was called and denied something, by the skill's name."""
    calls, denials = await sessions.use_by_tool(), await audit.denials_by_actor()
    found = {}
    for skill in skills:
        count, last = calls.get(skill.tool_name, (0, 0.0))
        found[skill.name] = SkillUse(count, denials.get(skill.name, 0), last)
    return found


async def declared_and_used(skill: Skill, audit: AuditStore, places: Places) -> tuple[DeclaredUse | None, int]:
    """What the skill declares against what the audit log says it used, and from how many decisions that is known."""
    if skill.manifest is None:
        return None, 0
    rows = await audit.page(AuditFilter(actor=skill.name), limit=MOST_DECISIONS)
    use = await asyncio.to_thread(declared_use, skill.manifest.capabilities, rows, places)
    if not await _are_sealed(rows, audit):
        use = replace(use, smallest="", verified=False)
    return use, len(rows)


async def _are_sealed(rows: Sequence[AuditRow], audit: AuditStore) -> bool:
    """False also where nothing can be said, because the key is lost."""
    try:
        return await audit.are_sealed([row.seq for row in rows])
    except StorageError:
        return False


def use_of(skill: Skill, database: Database, project: Path | None) -> tuple[DeclaredUse | None, int]:
    """What the skill declares against what the log says it used, and from how many decisions that is known."""
    places = places_of((project or working_folder()).expanduser())
    return run_to_end(declared_and_used(skill, audit_on(database, Paths.from_environment()), places))
