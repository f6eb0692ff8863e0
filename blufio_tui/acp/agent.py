"""What the editor calls: the protocol's methods, and the sessions they are about."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from acp.exceptions import RequestError
from acp.interfaces import Client
from acp.meta import PROTOCOL_VERSION
from acp.schema import (
    AgentCapabilities,
    AuthenticateResponse,
    ClientCapabilities,
    CloseSessionResponse,
    Implementation,
    InitializeResponse,
    ListSessionsResponse,
    LoadSessionResponse,
    McpCapabilities,
    NewSessionResponse,
    PromptCapabilities,
    PromptResponse,
    ResumeSessionResponse,
    SessionCapabilities,
    SessionCloseCapabilities,
    SessionInfo,
    SessionListCapabilities,
    SessionResumeCapabilities,
    SetSessionConfigOptionResponse,
    SetSessionModeResponse,
)

from blufio_tui import __version__
from blufio_tui.acp.editor import Editor
from blufio_tui.acp.home import EditorHome, Opened
from blufio_tui.acp.mcp_servers import EditorServer, with_editors
from blufio_tui.acp.prompts import PromptBlock
from blufio_tui.acp.questions import EditorApprover, EditorPerson
from blufio_tui.acp.session import EditorSession
from blufio_tui.acp.unsaved import reading_unsaved
from blufio_tui.core.capability import Mode
from blufio_tui.core.errors import BlufioError, NotThere, UsageError
from blufio_tui.core.guards.project_scope import wide_project
from blufio_tui.core.sessions.records import SessionInfo as StoredSession
from blufio_tui.core.text.display import visible, visible_line
from blufio_tui.features.start.options import project_folder

PAGE = 50
"""Stored sessions that are listed at once."""


class EditorAgent:
    """Implements the SDK's `Agent`. Each session has a gate, a mode and a model of its own."""

    def __init__(self, home: EditorHome) -> None:
        self._home = home
        self._client: Client | None = None
        self._capabilities: ClientCapabilities | None = None
        self._sessions: dict[str, EditorSession] = {}
        self._loading = asyncio.Lock()

    def on_connect(self, conn: Client) -> None:
        self._client = conn

    async def close(self) -> None:
        """End all sessions at the same time, and let each store what it has."""
        sessions, self._sessions = list(self._sessions.values()), {}
        ends = await asyncio.gather(*(session.close() for session in sessions), return_exceptions=True)
        for error in ends:  # only once all have ended: the database is closed after this
            if isinstance(error, BaseException):
                raise error

    async def initialize(
        self,
        protocol_version: int,
        client_capabilities: ClientCapabilities | None = None,
        **_kwargs: Any,
    ) -> InitializeResponse:
        self._capabilities = client_capabilities
        return InitializeResponse(
            protocol_version=min(protocol_version, PROTOCOL_VERSION) if protocol_version > 0 else PROTOCOL_VERSION,
            agent_info=Implementation(name="blufio-tui", title="blufio-tui", version=__version__),
            agent_capabilities=AgentCapabilities(
                load_session=True,
                prompt_capabilities=PromptCapabilities(image=True, audio=False, embedded_context=True),
                mcp_capabilities=McpCapabilities(http=True, sse=False),
                session_capabilities=SessionCapabilities(
                    list=SessionListCapabilities(),
                    close=SessionCloseCapabilities(),
                    resume=SessionResumeCapabilities(),
                ),
            ),
            auth_methods=[],
        )

    async def authenticate(self, method_id: str, **_kwargs: Any) -> AuthenticateResponse:
        details = "keys are kept by blufio-tui itself: open it in a terminal and connect a model with /connect"
        raise RequestError.invalid_params({"details": f"there is no login {visible_line(method_id)}; {details}"})

    # ── sessions ───────────────────────────────────────────────────────────────────────────────────

    async def new_session(
        self, cwd: str, mcp_servers: Sequence[EditorServer] | None = None, **_kwargs: Any
    ) -> NewSessionResponse:
        with _told():
            session, opened = await self._open(cwd, mcp_servers)
            try:
                session_id = await opened.backend.stored.sessions.create(str(opened.backend.project))
                await self._begin(session, session_id)
            except BaseException:
                await session.close()
                raise
        return NewSessionResponse(
            session_id=session_id, modes=session.modes(), config_options=list(session.config()) or None
        )

    async def load_session(
        self, cwd: str, session_id: str, mcp_servers: Sequence[EditorServer] | None = None, **_kwargs: Any
    ) -> LoadSessionResponse:
        """The stored conversation is sent before this answers."""
        session = await self._stored(cwd, session_id, mcp_servers)
        with _told():
            await session.replay()
        return LoadSessionResponse(modes=session.modes(), config_options=list(session.config()) or None)

    async def resume_session(
        self, session_id: str, cwd: str, mcp_servers: Sequence[EditorServer] | None = None, **_kwargs: Any
    ) -> ResumeSessionResponse:
        """As `load_session`, for an editor that has the conversation already."""
        session = await self._stored(cwd, session_id, mcp_servers)
        return ResumeSessionResponse(modes=session.modes(), config_options=list(session.config()) or None)

    async def list_sessions(
        self, cwd: str | None = None, cursor: str | None = None, **_kwargs: Any
    ) -> ListSessionsResponse:
        """The newest first, of one folder or of all. The cursor is how many came before."""
        before = int(cursor) if cursor and cursor.isdecimal() and len(cursor) < 7 else 0
        with _told():
            recent = await self._home.recent(cwd or "", limit=before + PAGE + 1)
        shown = recent[before : before + PAGE]
        more = str(before + PAGE) if len(recent) > before + PAGE else None
        return ListSessionsResponse(sessions=[_listed(info) for info in shown], next_cursor=more)

    async def close_session(self, session_id: str, **_kwargs: Any) -> CloseSessionResponse:
        session = self._session(session_id)
        del self._sessions[session_id]
        with _told():
            await session.close()
        return CloseSessionResponse()

    async def set_session_mode(self, session_id: str, mode_id: str, **_kwargs: Any) -> SetSessionModeResponse:
        with _told():
            await self._session(session_id).set_mode(mode_id)
        return SetSessionModeResponse()

    async def set_config_option(
        self, config_id: str, session_id: str, value: str | bool, **_kwargs: Any
    ) -> SetSessionConfigOptionResponse:
        session = self._session(session_id)
        with _told():
            await session.configure(config_id, str(value))
        return SetSessionConfigOptionResponse(config_options=list(session.config()))

    # ── turns ──────────────────────────────────────────────────────────────────────────────────────

    async def prompt(self, session_id: str, prompt: Sequence[PromptBlock], **_kwargs: Any) -> PromptResponse:
        session = self._session(session_id)
        with _told():
            return await session.prompt(prompt)

    async def cancel(self, session_id: str, **_kwargs: Any) -> None:
        if (session := self._sessions.get(session_id)) is not None:
            session.cancel()

    # ── opening ────────────────────────────────────────────────────────────────────────────────────

    def _session(self, session_id: str) -> EditorSession:
        """
        Raises:
            RequestError: no such session is open.
        """
        if (session := self._sessions.get(session_id)) is None:
            said = f"the session {visible_line(session_id)} is not open; load it with session/load"
            raise RequestError.invalid_params({"details": said})
        return session

    async def _stored(self, cwd: str, session_id: str, servers: Sequence[EditorServer] | None) -> EditorSession:
        """An open session as it is; else a stored one, opened."""
        async with self._loading:
            if (session := self._sessions.get(session_id)) is not None:
                with _told():
                    _check_folder(session.project, await asyncio.to_thread(project_folder, _absolute(cwd)))
                return session
            return await self._found(cwd, session_id, servers)

    async def _found(self, cwd: str, session_id: str, servers: Sequence[EditorServer] | None) -> EditorSession:
        with _told():
            session, opened = await self._open(cwd, servers)
            try:
                if await opened.backend.stored.sessions.find(session_id) != session_id:
                    raise RequestError.resource_not_found(visible_line(session_id))
                stored = await opened.backend.stored.sessions.resume(session_id)
                _check_folder(Path(stored.project), opened.backend.project)
                await self._begin(session, session_id)
            except BaseException:
                await session.close()
                raise
        return session

    async def _open(self, cwd: str, servers: Sequence[EditorServer] | None) -> tuple[EditorSession, Opened]:
        if self._client is None:
            raise RequestError.internal_error({"details": "there is no connection"})
        folder = _absolute(cwd)
        editor = Editor(self._client, self._capabilities)
        sessions: list[EditorSession] = []

        async def set_mode(mode: Mode) -> None:
            await sessions[0].show_mode(mode)

        opened = await asyncio.to_thread(
            self._home.open, folder, EditorApprover(editor), EditorPerson(editor, set_mode), reading_unsaved(editor)
        )
        await opened.backend.take_up_interrupted(opened.backend.complaints)
        if wide := wide_project(opened.backend.project, Path.home()):
            opened.backend.complaints(f"The project folder is {wide}, and all that is below it counts as the project.")
        if servers:
            equipment = opened.backend.equipment
            found = with_editors(equipment.server_sources.find(), servers, str(opened.backend.project))
            equipment.servers.configure(found)
            for problem in equipment.servers.problems:
                opened.backend.complaints(problem)
        sessions.append(EditorSession(opened.backend, editor, opened.own_commands))
        return sessions[0], opened

    async def _begin(self, session: EditorSession, session_id: str) -> None:
        await session.begin(session_id)
        self._sessions[session_id] = session


def _absolute(cwd: str) -> Path:
    """
    Raises:
        UsageError: it is relative: to what, only the editor knows.
    """
    if not (folder := Path(cwd)).is_absolute():
        raise UsageError(f"cwd must be an absolute path, not {visible_line(cwd)}")
    return folder


def _check_folder(own: Path, asked: Path) -> None:
    """
    Raises:
        UsageError: a conversation is asked for in another folder: what was said and read in its own does not go there.
    """
    if own != asked:
        raise UsageError(f"this conversation belongs to {own}, and is opened only there")


@contextmanager
def _told() -> Iterator[None]:
    """What goes wrong is an answer with a sentence, never a traceback."""
    try:
        yield
    except (UsageError, NotThere) as error:
        raise RequestError(-32602, visible(str(error))) from error
    except BlufioError as error:
        raise RequestError(-32603, visible(str(error))) from error


def _listed(info: StoredSession) -> SessionInfo:
    updated = datetime.fromtimestamp(info.updated, UTC).isoformat()
    return SessionInfo(
        session_id=info.session_id, cwd=info.project, title=visible_line(info.title) or None, updated_at=updated
    )
