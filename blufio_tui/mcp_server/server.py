"""The MCP server: which tools there are, and one call of one of them."""

import asyncio
from collections.abc import Sequence
from typing import Any

from mcp.server.lowlevel.server import Server
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    ElicitResult,
    InputRequiredResult,
    ListToolsResult,
    PaginatedRequestParams,
)

from blufio_tui import __version__
from blufio_tui.core.skills.report import HostCallCollector
from blufio_tui.core.text.display import visible_line
from blufio_tui.core.tools import CallContext, Tool
from blufio_tui.mcp_server.backend import ServedBackend
from blufio_tui.mcp_server.calls import Asked, Call, StandingCalls
from blufio_tui.mcp_server.elicitation import Context, Elicitations, request_of
from blufio_tui.mcp_server.tools import BUILT_IN, description_of, failure, result_of, served

MAX_RUNNING = 8
"""Calls at once; others wait their turn."""
MAX_WAITING = 64
"""More calls than these are refused at once."""
MAX_CLIENT_NAME = 60
_ANSWER = "answer"

_INSTRUCTIONS = (
    "Each tool is a skill in a sandbox. Each of its effects is decided and recorded by blufio-tui. A result that "
    "begins with DENIED says what was refused and what can still be done."
)


class SkillServer:
    """
    Args:
        asked: names of skills and built-in tools, none for all skills.

    Raises:
        NotThere: one of them is not there.
    """

    def __init__(self, backend: ServedBackend, elicitations: Elicitations, asked: Sequence[str]) -> None:
        self._backend = backend
        self._elicitations = elicitations
        self._asked = tuple(asked)
        self._slots = asyncio.Semaphore(MAX_RUNNING)
        self._waiting = 0
        self._standing = StandingCalls()
        self._served()
        self.server: Server[Any] = Server(
            "blufio-tui",
            version=__version__,
            title="blufio-tui",
            instructions=_INSTRUCTIONS,
            on_list_tools=self._list,
            on_call_tool=self._call,
        )

    def _served(self) -> list[Tool]:
        """As it is now: a skill that was installed since then is there, one that was disabled is not."""
        return served(self._backend.tools(BUILT_IN), self._asked)

    async def _list(self, _context: Context, _params: PaginatedRequestParams | None) -> ListToolsResult:
        mode = self._backend.mode()
        return ListToolsResult(tools=[description_of(tool, mode) for tool in self._served()])

    async def _call(self, context: Context, params: CallToolRequestParams) -> CallToolResult | InputRequiredResult:
        """Begin a call, or continue with one that asked something."""
        if params.request_state is not None:
            call = self._standing.take(params.request_state, params.name, params.arguments or {})
            if call is None:
                raise MCPError(INVALID_PARAMS, "no waiting call has this request state; call the tool again")
            call.hear(_answer(params))
        else:
            tool = next((one for one in self._served() if one.name == params.name), None)
            if tool is None:
                raise MCPError(INVALID_PARAMS, f"there is no tool {visible_line(params.name)[:100]}")
            if self._waiting >= MAX_WAITING:
                return failure(
                    f"BUSY: {MAX_WAITING} calls are already waiting, so this was not run; call it again later"
                )
            call = Call(params.name, params.arguments or {})
            call.task = self._backend.start(self._run(tool, call, context))
        return await self._followed(call)

    async def _followed(self, call: Call) -> CallToolResult | InputRequiredResult:
        came = await call.result_or_question()
        if not isinstance(came, Asked):
            return came
        state = self._standing.keep(call)
        return InputRequiredResult(input_requests={_ANSWER: request_of(came.message)}, request_state=state)

    async def _run(self, tool: Tool, call: Call, context: Context) -> CallToolResult:
        """In a task of its own, which continues until it has recorded what it did, also when it is cancelled."""
        self._waiting += 1
        try:
            await self._slots.acquire()
        finally:
            self._waiting -= 1
        seen = HostCallCollector()
        place = CallContext(self._backend.session_id, "", call.call_id, seen.take, on_behalf=client_name(context))
        self._elicitations.begin(call, context)
        try:
            outcome = await self._backend.hooked(tool).invoke(dict(call.arguments), place)
        finally:
            self._elicitations.end(call)
            self._slots.release()
        return result_of(tool, call.call_id, outcome, seen)


def _answer(params: CallToolRequestParams) -> ElicitResult | None:
    answer = (params.input_responses or {}).get(_ANSWER)
    return answer if isinstance(answer, ElicitResult) else None


def client_name(context: Context) -> str:
    """Who calls, as it names itself, for the log."""
    params = context.session.client_params
    info = params.client_info if params is not None else None
    if info is None:
        return "an MCP client"
    named = visible_line(f"{info.name} {info.version}".strip())
    return f"the MCP client {named[:MAX_CLIENT_NAME]}"
