"""Opens the full-screen app on the backend."""

import asyncio
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from blufio_tui import __version__
from blufio_tui.adapters.clock import SystemClock
from blufio_tui.adapters.config.command_files import CommandFiles
from blufio_tui.adapters.desktop.clipboard import Clipboard
from blufio_tui.adapters.desktop.prompt_history import PromptHistory
from blufio_tui.adapters.heap import share_one_heap
from blufio_tui.core.audit.log import AuditLog
from blufio_tui.core.errors import StorageError
from blufio_tui.core.interrupts import run_to_end, screen_is_open
from blufio_tui.core.sessions.store import SessionLibrary
from blufio_tui.features.screen.files import Memory, SettingsFile, edited
from blufio_tui.features.screen.lazy_parts import (
    LaterAgent,
    LaterDirect,
    LaterGrants,
    LaterHeldChanges,
    LaterMode,
    LaterModel,
    LaterRecording,
    LaterSkills,
    later,
)
from blufio_tui.features.screen.look import look_of
from blufio_tui.features.start.arguments import StartOptions, resumed_session
from blufio_tui.features.start.opening import Opening, until_opened
from blufio_tui.features.start.options import Options, likely_model, read_options
from blufio_tui.ui.ports.desk import ApprovalDesk, PersonDesk
from blufio_tui.ui.ports.models import ConnectionsPort
from blufio_tui.ui.ports.replay import ReplayPort
from blufio_tui.ui.ports.servers import ServersPort
from blufio_tui.ui.ports.services import (
    DraftsPort,
    EffectsPort,
    FilesPort,
    InstructionsPort,
    JobsPort,
    RulesPort,
    Services,
    UndoPort,
)
from blufio_tui.ui.ports.skills import SkillCarePort

if TYPE_CHECKING:
    from blufio_tui.core.skills.offer import SkillNews
    from blufio_tui.wiring.backend import Backend
    from blufio_tui.wiring.screen_ports import Parts


INTERRUPTED = 130
Doctor = Callable[[], Awaitable[str]]
"""Says what works here."""


def run_app(start: StartOptions, doctor: Doctor) -> int:
    """Open the full-screen app; its exit code."""
    share_one_heap()
    return run_to_end(_run(start, doctor))


async def _run(start: StartOptions, doctor: Doctor) -> int:
    options, desk, person_desk = read_options(start, interactive=True), ApprovalDesk(), PersonDesk()
    opening = Opening(lambda: _open_parts(options, desk, person_desk))
    left: list[str] = []
    try:
        session_id = ""
        if start.resume or start.continue_last:
            backend = (await opening.parts()).backend
            session_id = await resumed_session(start, backend.stored.sessions, backend.project)
        from blufio_tui.ui.app import run_async

        services = services_of(options, desk, opening, session_id, person_desk, doctor)
        with screen_is_open():
            code = await run_async(replace(services, left=left.append))
        if failure := opening.failure:
            raise failure
        task = asyncio.current_task()
        return INTERRUPTED if task is not None and task.cancelling() else code  # Textual ends without a word
    finally:
        await _close(opening, left[-1] if left else "")


async def _close(opening: "Opening[Parts]", session_id: str) -> None:
    """Close what was opened and take leave in one line. It ends with how far the audit log has come, for whoever wants
    to note it down: a log that is put back is shorter."""
    from blufio_tui.core.sessions.farewell import farewell, session_in_words

    said = await session_in_words(parts.backend.stored.sessions, session_id) if (parts := opening.ready) else ""
    await opening.close()
    signed = parts.backend.stored.guardian.head if (parts := opening.ready) else None
    rows, row_hash = (signed.checkpoint.rows, signed.checkpoint.row_hash) if signed is not None else (0, "")
    if line := farewell(said, rows, row_hash):
        sys.stdout.write(f"{line}\n")


def _open_parts(options: Options, desk: ApprovalDesk, person_desk: PersonDesk) -> "Parts":
    from blufio_tui.wiring.screen_ports import open_parts

    return open_parts(options, desk, person_desk)


def services_of(
    options: Options,
    desk: ApprovalDesk,
    opening: "Opening[Parts]",
    session_id: str = "",
    person_desk: PersonDesk | None = None,
    doctor: Doctor | None = None,
) -> Services:
    """What the screen holds. Everything that is not needed for the first frame is opened after it, by `connect`."""
    paths, settings = options.paths, options.settings
    part = opening.part
    model, skills_part = part(lambda parts: parts.model), part(lambda parts: parts.skills)
    skills = LaterSkills(skills_part)
    not_caged = ""

    async def news() -> "AsyncGenerator[SkillNews, None]":
        async with aclosing((await opening.parts()).care.news()) as events:
            async for event in events:
                yield event

    async def why(place: str) -> str:
        return await (await opening.parts()).backend.explaining.explain(place)

    async def connect() -> None:
        nonlocal not_caged
        with until_opened():
            await skills.connect()
            await (await opening.parts()).model.connect()
        backend = (await opening.parts()).backend
        await backend.take_up_interrupted(backend.complaints)
        backend.equipment.tasks.start(_expire(backend, session_id))
        cages = backend.outside.cages
        not_caged = cages.why_not
        if not not_caged:
            cages.pool.warm()  # the first command need not wait for an interpreter to start

    return Services(
        agent=LaterAgent(part(lambda parts: parts.backend.agent), model, skills_part),
        audit=later(AuditLog, part(lambda parts: parts.backend.stored.audit)),
        grants=LaterGrants(part(lambda parts: parts.backend.stored.grants)),
        skills=skills,
        sessions=later(SessionLibrary, part(lambda parts: parts.backend.stored.sessions)),
        settings=SettingsFile(paths.config_file),
        mode=LaterMode(part(lambda parts: parts.backend.policy.mode), options.mode),
        model=LaterModel(model, likely_model(options)),
        history=PromptHistory(paths.history),
        memory=Memory(paths.screen_memory),
        clock=SystemClock(),
        desk=desk,
        person_desk=person_desk or PersonDesk(),
        project=options.project,
        version=__version__,
        look=look_of(settings, paths.themes),
        session_id=session_id,
        files=later(FilesPort, part(lambda parts: parts.files)),
        direct=LaterDirect(part(lambda parts: parts.direct)),
        own_commands=CommandFiles(paths.config, options.project, Path.home()),
        rules=later(RulesPort, part(lambda parts: parts.rules)),
        servers=later(ServersPort, part(lambda parts: parts.servers)),
        jobs=later(JobsPort, part(lambda parts: parts.jobs)),
        care=later(SkillCarePort, part(lambda parts: parts.care)),
        connections=later(ConnectionsPort, part(lambda parts: parts.connections)),
        skill_news=news if settings.skills.watch else None,
        drafts=later(DraftsPort, part(lambda parts: parts.drafts)),
        edit=edited,
        open_file=_open_file,
        doctor=doctor,
        why_not_caged=lambda: not_caged,
        instructions=later(InstructionsPort, part(lambda parts: parts.backend.equipment.told)),
        undoing=later(UndoPort, part(lambda parts: parts.backend.undoing)),
        why=why,
        replays=later(ReplayPort, part(lambda parts: parts.replays)),
        recording=LaterRecording(part(lambda parts: parts.backend.stored.recorder), settings.record),
        effects=later(EffectsPort, part(lambda parts: parts.backend.effect_lists)),
        held=LaterHeldChanges(part(lambda parts: parts.backend.stored.held)),
        clipboard=Clipboard,
        connect=connect,
    )


async def _expire(backend: "Backend", opened: str) -> None:
    try:
        await backend.stored.sessions.expire(backend.stored.settings.at_start.keep, besides=opened)
    except StorageError as error:
        backend.complaints(f"what is older than [keep] says could not be deleted: {error}")


def _open_file(file: Path, line: int) -> str:
    from blufio_tui.adapters.desktop.editor import open_file

    return open_file(file, line)
