"""Opens what is stored: the database and the stores on it, the grants, the skills."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from blufio_tui.adapters.clock import SystemClock
from blufio_tui.adapters.config.paths import Paths, from_project
from blufio_tui.adapters.config.shared_home import refuse_shared
from blufio_tui.adapters.storage.database import Database
from blufio_tui.adapters.storage.private_file import sweep_leftovers
from blufio_tui.features.stored.complaints import Complaints

if TYPE_CHECKING:
    import sqlite3

    from blufio_tui.adapters.audit.checkpoints import Checkpoints
    from blufio_tui.adapters.audit.guardian import Guardian
    from blufio_tui.adapters.audit.store import AuditStore
    from blufio_tui.adapters.config.grants_file import GrantsFile
    from blufio_tui.adapters.config.held_changes import HeldChanges
    from blufio_tui.adapters.skills.registry import SkillRegistry
    from blufio_tui.core.settings.schema import Settings
    from blufio_tui.features.stored.erasing import ErasingSessions


def opened_database(paths: Paths) -> Database:
    """The open database, after a look for what a killed program left.

    Raises:
        ConfigError: others can change it, or what decides beside it.
        StorageError: the database cannot be used.
    """
    refuse_shared(paths)
    sweep_leftovers(*paths.replaced_files)
    database = Database(paths.database)
    database.open()
    return database


@contextmanager
def open_database(paths: Paths) -> Iterator[Database]:
    database = opened_database(paths)
    try:
        yield database
    finally:
        database.close()


def audit_on(database: Database, paths: Paths, guardian: "Guardian | None" = None) -> "AuditStore":
    from blufio_tui.adapters.audit.key import AuditKey
    from blufio_tui.adapters.audit.store import AuditStore

    return AuditStore(database, AuditKey(paths.audit_key, paths.audit_marks), SystemClock(), guardian)


def guardian_on(
    database: Database, paths: Paths, settings: "Callable[[], Settings]", complain: Callable[[str], None]
) -> "Guardian":
    """Who makes checkpoints and knows the witnesses; these are the person's own, never a project's."""
    from blufio_tui.adapters.audit.guardian import Guardian
    from blufio_tui.adapters.audit.witnesses import KeyringHead
    from blufio_tui.core.audit.witness import witness_of

    return Guardian(
        database,
        checkpoints_on(database, paths),
        lambda: [witness_of(written) for written in settings().audit.witness],
        KeyringHead(paths.database),
        complain,
        (_changed_definition, _damage, _unsound_record),
    )


VERIFIED_TABLES = ("audit", "audit_block", "audit_checkpoint", "call_record", "recorded_module")
"""What `audit verify` answers for, column by column."""


def _changed_definition(connection: "sqlite3.Connection") -> tuple[int, str] | None:
    from blufio_tui.adapters.storage.definitions import changed_definition

    name = changed_definition(connection, VERIFIED_TABLES)
    return (
        (0, f"{name} in the database is defined otherwise than this program does it, so lists may lack rows")
        if name
        else None
    )


def _damage(connection: "sqlite3.Connection") -> tuple[int, str] | None:
    from blufio_tui.adapters.storage.definitions import damage

    found = damage(connection, VERIFIED_TABLES)
    return (0, f"the database is damaged ({found}), so lists may lack rows or show others") if found else None


def _unsound_record(connection: "sqlite3.Connection") -> tuple[int, str] | None:
    from blufio_tui.adapters.replay.store import unsound_record

    return unsound_record(connection)


def checkpoints_on(database: Database, paths: Paths) -> "Checkpoints":
    from blufio_tui.adapters.audit.checkpoints import Checkpoints
    from blufio_tui.adapters.audit.key import AuditKey
    from blufio_tui.adapters.audit.signing_key import SigningKey

    key = AuditKey(paths.audit_key, paths.audit_marks)
    return Checkpoints(database, key, SigningKey(paths.audit_signing_key), SystemClock())


def untouchable(paths: Paths, settings: "Settings") -> tuple[Path, ...]:
    """What no tool, no skill and no caged command may read or write: the program's own files, and the witnesses'."""
    from blufio_tui.core.audit.witness import WitnessKind, witness_of

    witnesses = [witness_of(written) for written in settings.audit.witness]
    places = (Path(witness.value).expanduser() for witness in witnesses if witness.kind is not WitnessKind.COMMAND)
    return (*paths.own_files, *places)


def grants_at(paths: Paths) -> "GrantsFile":
    from blufio_tui.adapters.config.grants_file import GrantsFile

    return GrantsFile(paths.grants_file, SystemClock())


USUAL_FOLDERS = ("~/.agents/skills", "~/.claude/skills")
"""Where other agents keep a person's instruction skills."""
PROJECT_FOLDERS = (".agents/skills", ".claude/skills")
"""The same of a project. They are a stranger's until the person has looked at them."""


def skill_folders(configured: Iterable[str], project: Path) -> tuple[Path, ...]:
    """The usual folders of the person, then the configured ones, which count where both have a name."""
    written = (*USUAL_FOLDERS, *configured)
    return tuple(dict.fromkeys(from_project(folder, project) for folder in written))


def working_folder() -> Path:
    """Where we are; by its old name when it was deleted meanwhile, for commands that can do without it."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        return Path(os.environ.get("PWD") or "/")


def registry_on(database: Database, folders: Iterable[str], project: Path) -> "SkillRegistry":
    """
    Args:
        folders: `skills.folders` of the configuration.
    """
    from blufio_tui.adapters.config.trusted_texts import TrustedTexts
    from blufio_tui.adapters.skills.bundled import bundled_folder
    from blufio_tui.adapters.skills.registry import SkillRegistry

    trusted = TrustedTexts(Paths.from_environment().trusted_skills)
    own = skill_folders(folders, project)
    theirs = [folder for name in PROJECT_FOLDERS if (folder := (project / name).resolve()) not in own]
    inside = [folder for folder in theirs if folder.is_relative_to(project.resolve())]
    return SkillRegistry(database, bundled_folder(), own, inside, trusted.digest)


@contextmanager
def open_audit() -> "Iterator[AuditStore]":
    from blufio_tui.adapters.config.trust import trusted_settings

    paths = Paths.from_environment()
    with open_database(paths) as database:
        guardian = guardian_on(database, paths, partial(trusted_settings, paths.config_file, paths.keys), Complaints())
        yield audit_on(database, paths, guardian)


@contextmanager
def open_held_changes() -> "Iterator[HeldChanges]":
    """What others changed in the policy's files and nobody confirmed yet."""
    from blufio_tui.adapters.config.grants_file import GrantsFile, grants_trust
    from blufio_tui.adapters.config.held_changes import HeldChanges
    from blufio_tui.adapters.config.hook_files import OwnHooks
    from blufio_tui.adapters.config.live_settings import LiveSettings
    from blufio_tui.adapters.config.trust import settings_trust
    from blufio_tui.core.settings.schema import Settings
    from blufio_tui.core.text.redaction import Redactor

    paths = Paths.from_environment()
    with open_database(paths) as database:
        settings = LiveSettings(settings_trust(paths.config_file, paths.keys), Settings())
        grants = GrantsFile(paths.grants_file, SystemClock(), grants_trust(paths.grants_file, paths.keys))
        hooks, audit = OwnHooks(paths.config, paths.keys), audit_on(database, paths)
        yield HeldChanges(settings, grants, hooks, audit, Redactor().redact)


@contextmanager
def open_grants() -> "Iterator[GrantsFile]":
    yield grants_at(Paths.from_environment())


@contextmanager
def open_sessions() -> "Iterator[ErasingSessions]":
    from blufio_tui.adapters.commands.output_files import OutputFiles
    from blufio_tui.adapters.files.undo_store import UndoStore
    from blufio_tui.features.stored.erasing import ErasingSessions

    paths = Paths.from_environment()
    with open_database(paths) as database:
        outputs, undo = OutputFiles(paths.outputs), UndoStore(paths.undo)
        yield ErasingSessions(database, SystemClock(), audit_on(database, paths), outputs, undo)


@contextmanager
def open_registry(project: Path | None = None) -> "Iterator[SkillRegistry]":
    """The skills. Relative folders of the configuration are below the project, which is where we are for None."""
    paths = Paths.from_environment()
    folders = _configured_folders(paths.config_file)
    with open_database(paths) as database:
        yield registry_on(database, folders, project or working_folder())


def _configured_folders(config_file: Path) -> tuple[str, ...]:
    """`skills.folders`. Where there is no configuration its schema is not even loaded.

    Raises:
        ConfigError: the configuration cannot be used.
    """
    try:
        config_file.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return ()
    except OSError:
        pass  # reading it says what is wrong
    from blufio_tui.adapters.config.settings import load_settings

    return load_settings(config_file).skills.folders
