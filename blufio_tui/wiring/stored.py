"""The first stage: what is stored, on one open database."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from blufio_tui.adapters.audit.guardian import Guardian
from blufio_tui.adapters.audit.store import AuditStore
from blufio_tui.adapters.clock import SystemClock
from blufio_tui.adapters.commands.output_files import OutputFiles
from blufio_tui.adapters.config.grants_file import GrantsFile, grants_trust
from blufio_tui.adapters.config.held_changes import HeldChanges
from blufio_tui.adapters.config.hook_files import OwnHooks
from blufio_tui.adapters.config.live_settings import LiveSettings
from blufio_tui.adapters.config.trust import settings_trust
from blufio_tui.adapters.files.undo_store import UndoStore
from blufio_tui.adapters.replay.recorder import CallRecorder
from blufio_tui.adapters.replay.store import RecordStore
from blufio_tui.adapters.skills.registry import SkillRegistry
from blufio_tui.adapters.storage.database import Database
from blufio_tui.core.gate.recorded_grants import RecordedGrants
from blufio_tui.features.policy.secrets import Secrets, secrets_of
from blufio_tui.features.start.options import Options
from blufio_tui.features.stored.erasing import ErasingSessions
from blufio_tui.features.stored.stores import audit_on, guardian_on, registry_on, untouchable


@dataclass(frozen=True, slots=True)
class Stored:
    """
    Attributes:
        settings: the configuration; who reads it says whether as it was at the start or as it is now.
        held: what others changed in the policy's files and nobody confirmed.
        outputs: the long outputs of commands.
        undo: what files held before they were changed.
        records: what recorded calls got from outside; the recorder adds to them.
        untouchable: what no tool, no skill and no caged command may read or write.
    """

    database: Database
    settings: LiveSettings
    secrets: Secrets
    audit: AuditStore
    guardian: Guardian
    grants: RecordedGrants
    own_hooks: OwnHooks
    held: HeldChanges
    sessions: ErasingSessions
    skills: SkillRegistry
    outputs: OutputFiles
    undo: UndoStore
    records: RecordStore
    recorder: CallRecorder
    untouchable: tuple[Path, ...]


def stored_on(database: Database, options: Options, complain: Callable[[str], None]) -> Stored:
    """
    Args:
        complain: hears of what does not work and stops nothing.
    """
    paths, clock = options.paths, SystemClock()
    secrets = secrets_of(options)
    settings = LiveSettings(settings_trust(paths.config_file, paths.keys), options.settings)
    guardian = guardian_on(database, paths, settings.now, complain)
    audit = audit_on(database, paths, guardian)
    grants = GrantsFile(paths.grants_file, clock, grants_trust(paths.grants_file, paths.keys))
    grants.grants()  # what it says now is trusted, and not what it says when the first effect comes
    own_hooks = OwnHooks(paths.config, paths.keys)
    outputs, undo = OutputFiles(paths.outputs), UndoStore(paths.undo)
    records = RecordStore(database, audit)
    return Stored(
        database=database,
        settings=settings,
        secrets=secrets,
        audit=audit,
        guardian=guardian,
        grants=RecordedGrants(grants, audit),
        own_hooks=own_hooks,
        held=HeldChanges(settings, grants, own_hooks, audit, secrets.redactor.redact),
        sessions=ErasingSessions(database, clock, audit, outputs, undo, secrets.redactor),
        skills=registry_on(database, options.settings.skills.folders, options.project),
        outputs=outputs,
        undo=undo,
        records=records,
        recorder=CallRecorder(records, clock, lambda: settings.now().record),
        untouchable=untouchable(paths, options.settings),
    )
