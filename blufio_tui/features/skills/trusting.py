"""The project's own instruction skills, and which of them the person trusts."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from blufio_tui.adapters.audit.store import AuditStore
from blufio_tui.adapters.config.paths import Paths
from blufio_tui.adapters.config.settings import load_settings
from blufio_tui.adapters.config.trusted_texts import TrustedTexts
from blufio_tui.adapters.skills.folder import SkillFolder, read_skill
from blufio_tui.adapters.skills.registry import SkillRegistry
from blufio_tui.core.audit.rows import AuditEntry, RowType
from blufio_tui.core.skills.skill import Skill
from blufio_tui.features.stored.stores import audit_on, open_database, registry_on, working_folder


class Trusting:
    def __init__(self, registry: SkillRegistry, trusted: TrustedTexts, audit: AuditStore) -> None:
        self._registry = registry
        self._trusted = trusted
        self._audit = audit

    def waiting(self) -> list[Path]:
        """Folders of skills that are not offered to the model."""
        return self._registry.untrusted()

    def read(self, place: Path) -> SkillFolder:
        """
        Raises:
            SkillError, ManifestError: it is not a skill that could be offered.
        """
        return read_skill(place, place.name)

    async def trust(self, skill: Skill) -> None:
        """Offer exactly what was shown. The row comes first.

        Raises:
            ConfigError, StorageError: it could not be recorded or stored; nothing is trusted.
        """
        detail = f"skill {skill.name} of the project trusted, content {skill.content_hash}"
        resource = str(skill.folder)
        await self._audit.append(
            AuditEntry(RowType.CHANGE, "change", resource, actor="user", outcome="ok", detail=detail)
        )
        self._trusted.set(skill.folder, skill.content_hash)


@contextmanager
def open_trusting(project: Path | None) -> Iterator[Trusting]:
    paths, project = Paths.from_environment(), project or working_folder()
    with open_database(paths) as database:
        registry = registry_on(database, load_settings(paths.config_file).skills.folders, project)
        yield Trusting(registry, TrustedTexts(paths.trusted_skills), audit_on(database, paths))
