"""Runs the MCP server: on the pipes of this process, or on loopback HTTP."""

import asyncio
import logging
import secrets
import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress

import anyio
import uvicorn
from mcp.server.transport_security import TransportSecuritySettings
from mcp.shared.message import SessionMessage
from mcp_types import (
    INVALID_REQUEST,
    JSONRPCError,
    JSONRPCNotification,
    JSONRPCRequest,
    JSONRPCResponse,
    jsonrpc_message_adapter,
)
from pydantic import ValidationError

from blufio_tui.adapters.json_lines import LineTransport, has_pipes, log_in_lines, own_pipes
from blufio_tui.core.errors import UsageError
from blufio_tui.core.interrupts import run_to_end
from blufio_tui.features.start.arguments import StartOptions
from blufio_tui.mcp_server.backend import open_served
from blufio_tui.mcp_server.elicitation import Elicitations
from blufio_tui.mcp_server.http_guard import PATH, Guarded
from blufio_tui.mcp_server.server import SkillServer

HOST = "127.0.0.1"
MAX_MESSAGE = 4 * 1024 * 1024
"""Bytes of one message, over pipes and over HTTP."""
MAX_SESSIONS = 32
MAX_CONNECTIONS = 100
IDLE_SECS = 30 * 60.0
GRACE_SECS = 10.0
"""How long what was asked before the end of the pipe may take."""
INTERRUPTED = 130

_NO_PIPES = (
    "`blufio-tui mcp serve` is started by an MCP client, which talks to it through pipes; with --http PORT it waits "
    "for clients itself (docs/mcp-server.md)"
)


def serve_pipes(start: StartOptions, skills: Sequence[str]) -> int:
    """Serve the one client at the other end until it closes it; the exit code.

    Raises:
        UsageError: standard input or output is no pipe.
        NotThere: a skill that was asked for is not there.
        ConfigError, StorageError: what is configured or stored cannot be used.
    """
    if not has_pipes():
        raise UsageError(_NO_PIPES)
    log_in_lines(logging.ERROR)
    return run_to_end(_serve_pipes(start, skills))


def serve_http(start: StartOptions, skills: Sequence[str], port: int) -> int:
    """Serve whoever has the token until interrupted; the exit code. Raises as `serve_pipes`."""
    log_in_lines(logging.ERROR)
    return run_to_end(_serve_http(start, skills, port))


async def _serve_pipes(start: StartOptions, skills: Sequence[str]) -> int:
    elicitations = Elicitations()
    async with open_served(start, elicitations) as backend:
        server = SkillServer(backend, elicitations, skills).server
        async with own_pipes(MAX_MESSAGE) as transport:
            to_server, incoming = anyio.create_memory_object_stream[SessionMessage | Exception](0)
            outgoing, from_server = anyio.create_memory_object_stream[SessionMessage](0)
            async with anyio.create_task_group() as group:
                wire = _Wire(transport, elicitations.connection_ended)
                group.start_soon(wire.receive, to_server)
                group.start_soon(wire.send, from_server)
                await server.run(incoming, outgoing, server.create_initialization_options())
                group.cancel_scope.cancel()
    return 0


class _Wire:
    """Between the pipes and the server. What was asked before the end of the pipe is still answered, so that requests
    can come from a file; where nobody reads any more, nothing is."""

    def __init__(self, transport: LineTransport, ended: Callable[[], None]) -> None:
        """`ended` is called at the end of the pipe."""
        self._transport = transport
        self._ended = ended
        self._unanswered: set[str | int] = set()
        self._idle = anyio.Event()
        self._is_over = False

    async def receive(self, to_server: anyio.streams.memory.MemoryObjectSendStream[SessionMessage | Exception]) -> None:
        async with to_server:
            while (line := await self._transport.receive()) is not None:
                try:
                    message = jsonrpc_message_adapter.validate_python(line, by_name=False)
                except ValidationError:
                    problem = {"code": INVALID_REQUEST, "message": "this is not a JSON-RPC message"}
                    with suppress(ConnectionError):
                        await self._transport.send({"jsonrpc": "2.0", "id": line.get("id"), "error": problem})
                    continue
                match message:
                    case JSONRPCRequest():
                        self._unanswered.add(message.id)
                    case JSONRPCNotification(
                        method="notifications/cancelled", params={"requestId": str() | int() as gone}
                    ):
                        self._unanswered.discard(gone)  # what is cancelled is not answered
                await to_server.send(SessionMessage(message))
            self._is_over = True
            self._ended()
            if self._unanswered:
                with anyio.move_on_after(GRACE_SECS):
                    await self._idle.wait()

    async def send(self, from_server: anyio.streams.memory.MemoryObjectReceiveStream[SessionMessage]) -> None:
        async with from_server:
            async for one in from_server:
                message = one.message
                try:
                    await self._transport.send(message.model_dump(by_alias=True, exclude_unset=True, mode="json"))
                except ConnectionError:
                    self._ended()
                    self._idle.set()
                    return
                if isinstance(message, JSONRPCResponse | JSONRPCError) and message.id is not None:
                    self._unanswered.discard(message.id)
                if self._is_over and not self._unanswered:
                    self._idle.set()


async def _serve_http(start: StartOptions, skills: Sequence[str], wanted: int) -> int:
    elicitations = Elicitations()
    task = asyncio.current_task()
    with _listening(wanted) as listening:
        port = listening.getsockname()[1]
        async with open_served(start, elicitations) as backend:
            server = SkillServer(backend, elicitations, skills).server
            hosts = [f"{host}:{port}" for host in (HOST, "localhost")]
            app = server.streamable_http_app(
                streamable_http_path=PATH,
                max_request_body_size=MAX_MESSAGE,
                max_sessions=MAX_SESSIONS,
                session_idle_timeout=IDLE_SECS,
                transport_security=TransportSecuritySettings(
                    allowed_hosts=hosts, allowed_origins=[f"http://{host}" for host in hosts]
                ),
            )
            token = secrets.token_urlsafe(32)
            config = uvicorn.Config(
                Guarded(app, port, token),
                log_config=None,
                access_log=False,
                server_header=False,
                limit_concurrency=MAX_CONNECTIONS,
                timeout_graceful_shutdown=2,
                ws="none",
                lifespan="on",
            )
            _announce(port, token)
            await uvicorn.Server(config).serve(sockets=[listening])
    return INTERRUPTED if task is not None and task.cancelling() else 0


def _announce(port: int, token: str) -> None:
    """Once, and not on standard output: that may go into a file."""
    sys.stderr.write(
        f"blufio-tui: MCP at http://{HOST}:{port}{PATH}\n"
        f"blufio-tui: clients send the header  Authorization: Bearer {token}\n"
    )
    sys.stderr.flush()


def _listening(port: int) -> socket.socket:
    """
    Raises:
        UsageError: the port is taken.
    """
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
        listening.listen(128)
    except OSError as error:
        listening.close()
        raise UsageError(
            f"port {port} of {HOST} cannot be used: {error.strerror}; name another, or 0 for any"
        ) from error
    return listening
