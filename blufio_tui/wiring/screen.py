"""Opens the full-screen app on the backend."""

import argparse
import asyncio
import gc
import os
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, cast

from blufio_tui import __version__
from blufio_tui.adapters.clock import SystemClock
from blufio_tui.adapters.config.command_files import CommandFiles
from blufio_tui.adapters.desktop.clipboard import Clipboard
from blufio_tui.adapters.desktop.prompt_history import PromptHistory
from blufio_tui.core.settings.schema import Settings
from blufio_tui.ui.ports.approval_desk import ApprovalDesk
from blufio_tui.ui.ports.services import (
    DraftsPort,
    EditedText,
    FilesPort,
    InstructionsPort,
    JobsPort,
    Look,
    RulesPort,
    Services,
    UndoPort,
)
from blufio_tui.ui.textual_fixes.terminal_background import can_be_asked, says_light
from blufio_tui.wiring.gc_tuning import until_opened
from blufio_tui.wiring.lazy_parts import (
    Later,
    LaterAgent,
    LaterDirect,
    LaterGrants,
    LaterHeldChanges,
    LaterMode,
    LaterModel,
    LaterSkills,
)
from blufio_tui.wiring.opening import Opening
from blufio_tui.wiring.options import Options, likely_model, read_options
from blufio_tui.wiring.screen_files import Memory, SettingsFile

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from blufio_tui.core.audit.log import AuditLog
    from blufio_tui.core.sessions.store import SessionLibrary
    from blufio_tui.ui.ports.models import ConnectionsPort
    from blufio_tui.ui.ports.servers import ServersPort
    from blufio_tui.ui.ports.skills import SkillCarePort, SkillNews
    from blufio_tui.wiring.screen_ports import Parts


INTERRUPTED = 130


def run_app(args: argparse.Namespace) -> int:
    """Open the full-screen app; its exit code."""
    gc.disable()  # until all is imported and opened: `until_opened` turns it on
    return asyncio.run(_run(args))


async def _run(args: argparse.Namespace) -> int:
    options, desk = read_options(args, interactive=True), ApprovalDesk()
    opening = Opening(lambda: _open_parts(options, desk))
    try:
        session_id = await _session_to_continue(args, opening)
        from blufio_tui.ui.app import run_async

        code = await run_async(services_of(options, desk, opening, session_id))
        if failure := opening.failure:
            raise failure
        task = asyncio.current_task()
        return INTERRUPTED if task is not None and task.cancelling() else code  # Textual ends without a word
    finally:
        await opening.close()


def _open_parts(options: Options, desk: ApprovalDesk) -> "Parts":
    from blufio_tui.wiring.screen_ports import open_parts

    return open_parts(options, desk)


async def _session_to_continue(args: argparse.Namespace, opening: Opening) -> str:
    """The stored session that the options name; "" for a new one.

    Raises:
        UsageError: no session has that id.
    """
    prefix = getattr(args, "resume", None)
    if not prefix and not getattr(args, "continue_last", False):
        return ""
    backend = (await opening.parts()).backend
    if prefix:
        session_id = await backend.sessions.find(prefix)
    else:
        recent = await backend.sessions.recent(project=str(backend.project), limit=1)
        session_id = recent[0].session_id if recent else ""
    if session_id:
        await backend.sessions.resume(session_id)
    return session_id


def services_of(options: Options, desk: ApprovalDesk, opening: Opening, session_id: str = "") -> Services:
    """What the screen holds. Everything that is not needed for the first frame is opened after it, by `connect`."""
    paths, settings = options.paths, options.settings
    skills = LaterSkills(opening)
    not_caged = ""

    async def news() -> "AsyncGenerator[SkillNews, None]":
        async with aclosing((await opening.parts()).care.news()) as events:
            async for event in events:
                yield event

    async def connect() -> None:
        nonlocal not_caged
        with until_opened():
            await skills.connect()
            await (await opening.parts()).model.connect()
        cages = (await opening.parts()).backend.cages
        not_caged = cages.why_not
        if not not_caged:
            cages.pool.warm()  # the first command need not wait for an interpreter to start

    return Services(
        agent=LaterAgent(opening),
        audit=cast("AuditLog", Later(opening, lambda parts: parts.backend.audit)),
        grants=LaterGrants(opening),
        skills=skills,
        sessions=cast("SessionLibrary", Later(opening, lambda parts: parts.backend.sessions)),
        settings=SettingsFile(paths.config_file, lambda changed: _use_at_once(opening, changed)),
        mode=LaterMode(opening, options.mode),
        model=LaterModel(opening, likely_model(options)),
        history=PromptHistory(paths.history),
        memory=Memory(paths.data / "screen.json"),
        clock=SystemClock(),
        desk=desk,
        project=options.project,
        version=__version__,
        look=look_of(settings, paths.themes),
        session_id=session_id,
        files=cast("FilesPort", Later(opening, lambda parts: parts.files)),
        direct=LaterDirect(opening),
        own_commands=CommandFiles(paths.config, options.project, Path.home()),
        rules=cast("RulesPort", Later(opening, lambda parts: parts.rules)),
        servers=cast("ServersPort", Later(opening, lambda parts: parts.servers)),
        jobs=cast("JobsPort", Later(opening, lambda parts: parts.jobs)),
        care=cast("SkillCarePort", Later(opening, lambda parts: parts.care)),
        connections=cast("ConnectionsPort", Later(opening, lambda parts: parts.connections)),
        skill_news=news if settings.skills.watch else None,
        drafts=cast("DraftsPort", Later(opening, lambda parts: parts.drafts)),
        edit=_edit,
        doctor=_doctor,
        why_not_caged=lambda: not_caged,
        instructions=cast("InstructionsPort", Later(opening, lambda parts: parts.backend.told)),
        undoing=cast("UndoPort", Later(opening, lambda parts: parts.backend.undoing)),
        held=LaterHeldChanges(opening),
        clipboard=Clipboard,
        connect=connect,
    )


def _use_at_once(opening: Opening, settings: Settings) -> None:
    """What the next turn can follow without a new start: budgets and limits. The model stays as it was chosen."""
    if (parts := opening.ready) is not None:
        agent = parts.backend.agent
        agent.config = agent.config.limited_by(settings)


def _edit(text: str) -> EditedText:
    from blufio_tui.adapters.desktop.editor import edit_text

    return edit_text(text)


def look_of(settings: Settings, user_themes: Path) -> Look:
    return Look(
        theme=settings.ui.theme,
        theme_folders=(bundled_themes(), user_themes),
        vim_keys=settings.ui.vim_keys,
        keys=settings.ui.keys,
        notify=settings.ui.notifications,
        light=says_light(os.environ),
        asks=can_be_asked(os.environ),
    )


def bundled_themes() -> Path:
    """`themes/` in the source tree, or its copy in a wheel."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "bundled" / "themes"
    return inside if inside.is_dir() else package.parent / "themes"


async def _doctor() -> str:
    from blufio_tui.wiring.diagnosis import diagnose, in_words

    return in_words(await asyncio.to_thread(diagnose, argparse.Namespace()))
