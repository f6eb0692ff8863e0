"""Closing while many write: what was begun is stored, every row of the log has its outcome."""

import asyncio
from pathlib import Path

import pytest

from blufio_tui.core.audit.rows import AuditFilter
from blufio_tui.core.sessions.conversation_repair import tool_results
from blufio_tui.features.start.arguments import StartOptions
from blufio_tui.wiring.backend import Backend, open_backend
from tests.fakes.provider import FakeProvider, calls

_TURNS, _CALLS = 6, 5


async def _turn(backend: Backend, session: str, begun: list[str]) -> None:
    sleeps = [(f"{session}-{n}", "bash", {"command": f"touch {session}-{n}; sleep 300"}) for n in range(_CALLS)]
    backend.agent.provider = FakeProvider(calls(*sleeps))
    async for event in backend.agent.act("go", session_id=session):
        begun.append(type(event).__name__)


async def test_closing_while_many_calls_run_loses_no_result_and_leaves_no_row_unfinished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BLUFIO_HOME", str(tmp_path / "home"))
    project = tmp_path / "project"
    project.mkdir()
    args = StartOptions(project=project, mode="allow-all")
    readers: list[asyncio.Task[None]] = []
    async with open_backend(args, interactive=False) as backend:
        sessions = [await backend.stored.sessions.create(str(project)) for _ in range(_TURNS)]
        for session in sessions:
            readers.append(asyncio.create_task(_turn(backend, session, [])))
            await asyncio.sleep(0)
        while len(list(project.iterdir())) < _TURNS:  # the first of each turn; the others wait for it
            assert not any(reader.done() for reader in readers), "a turn ended before its time"
            await asyncio.sleep(0.01)
        for reader in readers[::2]:
            reader.cancel()  # as the screen does when it goes
    await asyncio.gather(*readers, return_exceptions=True)
    async with open_backend(args, interactive=False) as backend:
        for session in sessions:
            stored = [one.message for one in await backend.stored.sessions.all_messages(session)]
            results = [result for message in stored for result in tool_results(message)]
            assert len(results) == _CALLS
            contents = {result.tool_use_id: result.content for result in results}
            assert contents.pop(f"{session}-0") == "interrupted by the user before it finished"
            assert all(content.startswith("NOT RUN: the user interrupted") for content in contents.values())
        rows = await backend.stored.audit.page(AuditFilter(), limit=1000)
        assert [row.entry.outcome for row in rows if row.entry.kind == "exec"] == ["cancelled"] * _TURNS
