"""What the agent itself adds to a request: everything but the model's and the tools' time, storing included."""

import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from benchmarks.figures import Curve, Figure, Result, timed_async_ms
from benchmarks.homes import add_session
from benchmarks.instant_server import instant_server
from blufio_tui.adapters.clock import SystemClock
from blufio_tui.adapters.model.claude import ClaudeProvider
from blufio_tui.adapters.model.pricing import GenaiPricing
from blufio_tui.adapters.sessions.store import SqliteSessions
from blufio_tui.adapters.storage.database import Database
from blufio_tui.core.agent.agent import Agent
from blufio_tui.core.agent.config import AgentConfig
from blufio_tui.core.agent.occasional import occasions
from blufio_tui.core.agent.provider import (
    ModelRequest,
    Provider,
    ProviderEvent,
    ProviderReply,
    ProviderText,
    SystemBlock,
)
from blufio_tui.core.agent.registry import ToolRegistry
from blufio_tui.core.conversation import TextBlock, TokenUsage, ToolUseBlock
from blufio_tui.core.sessions.conversation_repair import tool_results
from blufio_tui.core.text.json_types import JsonObject, ReadOnlyObject
from blufio_tui.core.tools import CallContext, ToolOutcome

MODEL = "claude-sonnet-5-5"
USAGE = TokenUsage(1000, 100)
TURNS = 60
LENGTHS = (10, 100, 1_000, 5_000)


class InstantModel:
    """Answers at once: with `calls` tool calls to a person's words, with text to results."""

    is_guide = False

    def __init__(self, calls: int = 0) -> None:
        self._calls = calls
        self._made = 0

    async def stream(self, request: ModelRequest) -> AsyncIterator[ProviderEvent]:
        if self._calls and not tool_results(request.messages[-1]):
            uses = tuple(ToolUseBlock(f"toolu_{self._next()}", "nothing", {"n": n}) for n in range(self._calls))
            yield ProviderReply(uses, "tool_use", USAGE, MODEL)
            return
        yield ProviderText("Yes.")
        yield ProviderReply((TextBlock("Yes."),), "end_turn", USAGE, MODEL)

    def _next(self) -> int:
        self._made += 1
        return self._made


class Nothing:
    """A tool that does nothing, with a schema to check."""

    name = "nothing"
    description = "does nothing"

    def __init__(self) -> None:
        self.input_schema: ReadOnlyObject = {"type": "object", "properties": {"n": {"type": "integer"}}}

    def change_of(self, arguments: ReadOnlyObject) -> str:
        return ""

    async def invoke(self, arguments: JsonObject, context: CallContext) -> ToolOutcome:
        return ToolOutcome("done")


def measure(*, full: bool = False) -> Iterator[Result]:
    with tempfile.TemporaryDirectory() as folder:
        yield from asyncio.run(_measure(Path(folder)))


async def _measure(folder: Path) -> list[Result]:
    database = Database(folder / "bench.db")
    database.open()
    try:
        store = SqliteSessions(database, SystemClock())
        plain = await _turn_ms(store, InstantModel())
        calling = await _turn_ms(store, InstantModel(calls=4))
        grown = [(float(length), await _turn_ms(store, InstantModel(), length)) for length in LENGTHS]
        figures = await _grown(store)
    finally:
        database.close()
    return [
        *figures,
        Figure("agent.request", "agent loop for one request, durably stored, no model time", plain, "ms", goal=10),
        Figure("agent.calls", "two requests with four tool calls between them", calling, "ms", goal=60),
        Curve("agent.length", "agent loop for one request", "messages before it", "ms", tuple(grown)),
    ]


async def _grown(store: SqliteSessions) -> list[Result]:
    """Processor time of a turn of one request in a long session against a short one, A B A B: the loop alone, then
    with the SDK, a socket on loopback and a server in another process."""
    with instant_server() as url:
        provider = ClaudeProvider(api_key="key", base_url=url)
        try:
            alone = await _in_turn_cpu_ms(store, InstantModel())
            through = await _in_turn_cpu_ms(store, provider)
        finally:
            await provider.close()
    short, long = LENGTHS[0], LENGTHS[-1]
    against, title = f"at {short}", f"processor time for one request at {long:,} messages, durably stored"
    return [
        Figure("agent.grown", f"{title}, no model time", alone[1], "ms", 1.5, alone[0], against),
        Figure("agent.grown_sdk", f"{title}, through the real SDK", through[1], "ms", 1.5, through[0], against),
    ]


async def _in_turn_cpu_ms(store: SqliteSessions, model: Provider) -> tuple[float, float]:
    sessions = [add_session(store._database, length) for length in (LENGTHS[0], LENGTHS[-1])]
    agent = _agent(store, model)
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(TURNS // 2):
        for session_id, own in zip(sessions, times, strict=True):
            start = time.process_time()
            await _turn(agent, session_id)
            own.append((time.process_time() - start) * 1000)
    return statistics.median(times[0][3:]), statistics.median(times[1][3:])


async def _turn_ms(store: SqliteSessions, model: InstantModel, length: int = 0) -> float:
    """Median milliseconds of a whole turn in a session with `length` messages before the first."""
    session_id = add_session(store._database, length)
    agent = _agent(store, model)
    turns = TURNS if length < 1_000 else TURNS // 3
    times = [await timed_async_ms(_turn(agent, session_id)) for _ in range(turns)]
    return statistics.median(times[3:])


def _agent(store: SqliteSessions, model: Provider) -> Agent:
    registry = ToolRegistry([Nothing()])
    registry.occasional = occasions(
        is_planning=lambda: False,
        has_jobs=lambda _session_id: False,
        has_instruction_skills=lambda: False,
        skill_tools=set,
    )
    return Agent(
        provider=model,
        registry=registry,
        store=store,
        pricing=GenaiPricing(),
        config=AgentConfig(MODEL),
        clock=SystemClock(),
        system=lambda: (SystemBlock("You are measured.", cache_mark=True),),
    )


async def _turn(agent: Agent, session_id: str) -> None:
    async for _event in agent.act("go on", session_id=session_id):
        pass
