"""An editor, on the client side of the protocol's own SDK: it keeps what it is shown, and answers what it is asked."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

from acp import RequestError, text_block
from acp.agent.connection import AgentSideConnection
from acp.client.connection import ClientSideConnection
from acp.interfaces import Agent
from acp.schema import (
    AllowedOutcome,
    ClientCapabilities,
    DeniedOutcome,
    FileSystemCapabilities,
    PermissionOption,
    ReadTextFileResponse,
    RequestPermissionResponse,
    ToolCallUpdate,
)

from blufio_tui.acp.agent import EditorAgent
from blufio_tui.acp.home import open_home
from blufio_tui.acp.run import MAX_LINE
from blufio_tui.adapters.json_lines import LineTransport

Choose = Callable[[ToolCallUpdate, list[PermissionOption]], str | Awaitable[str | None] | None]


def refuse(_call: ToolCallUpdate, options: list[PermissionOption]) -> str:
    return options[0].option_id


def allow_once(_call: ToolCallUpdate, options: list[PermissionOption]) -> str:
    return next(option.option_id for option in options if option.kind == "allow_once")


class FakeEditor:
    """
    Attributes:
        updates: what was shown, with the session it belongs to.
        asked: the questions, with their options.
        choose: answers them, with the id of an option or None for closing the question.
        buffers: texts of open files by path; None for `reads_files` False.
    """

    def __init__(self, *, choose: Choose = refuse, reads_files: bool = True) -> None:
        self.updates: list[tuple[str, Any]] = []
        self.asked: list[tuple[ToolCallUpdate, list[PermissionOption]]] = []
        self.choose = choose
        self.buffers: dict[str, str] = {}
        self.reads_files = reads_files
        self.read: list[str] = []
        self.agent: ClientSideConnection = cast("ClientSideConnection", None)
        self._news = asyncio.Event()

    @property
    def capabilities(self) -> ClientCapabilities:
        return ClientCapabilities(fs=FileSystemCapabilities(read_text_file=self.reads_files, write_text_file=False))

    # ── the protocol ───────────────────────────────────────────────────────────────────────────────

    def on_connect(self, conn: Any) -> None:
        pass

    async def session_update(self, session_id: str, update: Any, **_more: Any) -> None:
        self.updates.append((session_id, update))
        self._news.set()

    async def request_permission(
        self, session_id: str, tool_call: ToolCallUpdate, options: list[PermissionOption], **_more: Any
    ) -> RequestPermissionResponse:
        self.asked.append((tool_call, options))
        self._news.set()
        chosen = self.choose(tool_call, options)
        option_id = await chosen if isinstance(chosen, Awaitable) else chosen
        if option_id is None:
            return RequestPermissionResponse(outcome=DeniedOutcome(outcome="cancelled"))
        return RequestPermissionResponse(outcome=AllowedOutcome(outcome="selected", option_id=option_id))

    async def read_text_file(self, session_id: str, path: str, **_more: Any) -> ReadTextFileResponse:
        self.read.append(path)
        if path not in self.buffers:
            raise RequestError.resource_not_found(path)
        return ReadTextFileResponse(content=self.buffers[path])

    # ── for tests ──────────────────────────────────────────────────────────────────────────────────

    def of(self, kind: str) -> list[Any]:
        """The updates of one kind, as the protocol names it."""
        return [update for _, update in self.updates if update.session_update == kind]

    def said(self) -> str:
        return "".join(update.content.text for update in self.of("agent_message_chunk"))

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until something was shown or asked."""
        async with asyncio.timeout(30):
            while not true():
                self._news.clear()
                await self._news.wait()

    async def begin(self, folder: Path) -> str:
        """Shake hands and open a session; its id."""
        await self.agent.initialize(protocol_version=1, client_capabilities=self.capabilities)
        return (await self.agent.new_session(cwd=str(folder), mcp_servers=[])).session_id

    async def send(self, session_id: str, text: str) -> Any:
        return await self.agent.prompt(session_id=session_id, prompt=[text_block(text)])


@asynccontextmanager
async def connected(editor: FakeEditor, args: Any) -> AsyncIterator[EditorAgent]:
    """The agent in this process, with a pair of sockets between it and the editor."""
    here, there = socket.socketpair()
    to_agent = await asyncio.open_connection(sock=here, limit=MAX_LINE)
    to_editor = await asyncio.open_connection(sock=there, limit=MAX_LINE)
    with open_home(args) as home:
        agent = EditorAgent(home)
        transport = LineTransport(*to_editor, MAX_LINE)
        side = AgentSideConnection(cast(Agent, agent), transport, listening=False, use_unstable_protocol=True)
        serving = asyncio.create_task(side.listen())
        editor.agent = ClientSideConnection(editor, to_agent[1], to_agent[0], use_unstable_protocol=True)
        try:
            yield agent
        finally:
            await editor.agent.close()
            to_agent[1].close()
            await serving
            await side.close()
            await agent.close()


def environment(home: Path, key: str) -> dict[str, str]:
    """For a program that is started as an editor starts it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANTHROPIC_", "BLUFIO_"))}
    root = str(Path(__file__).parents[2])
    null = "keyring.backends.null.Keyring"
    return {
        **kept,
        "BLUFIO_HOME": str(home),
        "PYTHONPATH": root,
        "PYTHON_KEYRING_BACKEND": null,
        "ANTHROPIC_API_KEY": key,
    }
