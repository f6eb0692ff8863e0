"""Opens the full-screen app on the backend."""

import argparse
import asyncio
from pathlib import Path

from blufio_tui import __version__
from blufio_tui.adapters.drafts import Drafts
from blufio_tui.adapters.editor import edit_text
from blufio_tui.adapters.prompt_history import PromptHistory
from blufio_tui.core.settings import Settings
from blufio_tui.ui.desk import ApprovalDesk
from blufio_tui.ui.services import Look, Services
from blufio_tui.wiring.backend import Backend, open_backend
from blufio_tui.wiring.screen_ports import Direct, Files, Memory, Model, SettingsFile, Skills


def run_app(args: argparse.Namespace) -> int:
    """Open the full-screen app; its exit code."""
    return asyncio.run(_run(args))


async def _run(args: argparse.Namespace) -> int:
    desk = ApprovalDesk()
    async with open_backend(args, interactive=True, approver=desk) as backend:
        session_id = await _session_to_continue(args, backend)
        from blufio_tui.ui.app import run_async

        return await run_async(services_of(backend, desk, session_id))


async def _session_to_continue(args: argparse.Namespace, backend: Backend) -> str:
    """The stored session that the options name; "" for a new one.

    Raises:
        UsageError: no session has that id.
    """
    session_id = ""
    if prefix := getattr(args, "resume", None):
        session_id = await backend.sessions.find(prefix)
    elif getattr(args, "continue_last", False):
        recent = await backend.sessions.recent(project=str(backend.project), limit=1)
        session_id = recent[0].session_id if recent else ""
    if session_id:
        await backend.sessions.resume(session_id)
    return session_id


def services_of(backend: Backend, desk: ApprovalDesk, session_id: str = "") -> Services:
    paths, settings = backend.options.paths, backend.settings
    model = Model(backend)
    return Services(
        agent=backend.agent,
        audit=backend.audit,
        grants=backend.grants,
        skills=Skills(backend),
        sessions=backend.sessions,
        settings=SettingsFile(paths.config_file),
        mode=backend.mode,
        model=model,
        history=PromptHistory(paths.history),
        memory=Memory(paths.data / "screen.json"),
        clock=backend.clock,
        desk=desk,
        project=backend.project,
        version=__version__,
        look=look_of(settings, paths.themes),
        session_id=session_id,
        files=Files(backend),
        direct=Direct(backend),
        drafts=Drafts(backend.database, backend.clock),
        edit=edit_text,
        doctor=_doctor,
        connect=model.connect,
    )


def look_of(settings: Settings, user_themes: Path) -> Look:
    return Look(
        theme=settings.ui.theme,
        theme_folders=(bundled_themes(), user_themes),
        vim_keys=settings.ui.vim_keys,
        keys=settings.ui.keys,
        notify=settings.ui.notifications,
    )


def bundled_themes() -> Path:
    """`themes/` in the source tree, or its copy in a wheel."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "bundled" / "themes"
    return inside if inside.is_dir() else package.parent / "themes"


async def _doctor() -> str:
    from blufio_tui.wiring.diagnosis import diagnose, in_words

    return in_words(await asyncio.to_thread(diagnose, argparse.Namespace()))
