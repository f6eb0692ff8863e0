"""What stands between the screen and the agent until that is there, and at the end of each turn."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest

from blufio_tui.features.screen import lazy_parts
from blufio_tui.features.screen.lazy_parts import LaterAgent


class _Agent:
    async def act(self, prompt: str, **_more: object) -> AsyncGenerator[str, None]:
        yield prompt
        yield "finished"


class _There:
    """Stands for each part; all of them are there."""

    def __init__(self, part: Any) -> None:
        self._part = part

    async def get(self) -> Any:
        return self._part

    async def connected(self) -> None:
        pass

    def catch_up(self) -> None:
        pass


@pytest.fixture
def given_back(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    calls: list[str] = []
    monkeypatch.setattr(lazy_parts, "give_back_what_is_free", lambda: calls.append("now"))
    return calls


def _agent() -> LaterAgent:
    nothing: Any = _There(_There(None))
    agent: Any = _There(_Agent())
    return LaterAgent(agent, nothing, nothing)


async def test_memory_that_a_turn_has_freed_is_given_back_once_at_its_end(given_back: list[str]) -> None:
    seen = [(event, len(given_back)) async for event in _agent().act("go", session_id="s")]
    assert seen == [("go", 0), ("finished", 0)]
    assert given_back == ["now"]


async def test_a_turn_that_is_broken_off_gives_it_back_too(given_back: list[str]) -> None:
    events = _agent().act("go", session_id="s")
    await anext(events)
    await events.aclose()
    assert given_back == ["now"]
