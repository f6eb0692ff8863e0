"""What a sub-agent may is never more than what its parent may."""

from collections.abc import Sequence

import pytest

from blufio_tui.core.agent.config import AgentConfig
from blufio_tui.core.agent.narrowing import (
    MOST_REQUESTS,
    NEVER_INSIDE,
    config_inside,
    may_change,
    requests_left,
    tools_inside,
)
from blufio_tui.core.settings.schema import AgentSettings

PARENT = ("bash", "file", "plan", "search", "task", "text_stats", "todo")


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        (None, {"bash", "file", "search", "text_stats"}),
        (["search"], {"search"}),
        (["text-stats", "file", "file"], {"text_stats", "file"}),
    ],
)
def test_the_tools_are_some_of_the_parents(asked: Sequence[str] | None, names: set[str]) -> None:
    tools = tools_inside(asked, PARENT)
    assert tools.names == names and tools.problem == ""
    assert tools.names <= set(PARENT) and not tools.names & NEVER_INSIDE


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        (["task"], "cannot have the tool task"),
        (["search", "plan"], "cannot have the tool plan"),
        (["todo"], "cannot have the tool todo"),
        (["http"], "there is no tool 'http'"),
        (["serch"], 'did you mean "search"?'),
        ([""], "there is no tool ''"),
    ],
)
def test_what_the_parent_lacks_or_keeps_is_refused_with_a_reason(asked: Sequence[str], problem: str) -> None:
    tools = tools_inside(asked, PARENT)
    assert tools.names == frozenset() and problem in tools.problem


@pytest.mark.parametrize(
    ("asked", "changes"),
    [
        (None, True),
        ([], False),
        (["search", "find", "read-result"], False),
        (["search", "file"], True),
        (["a_skill"], True),
        ([1], True),
        (["search", None], True),
    ],
)
def test_in_doubt_a_task_may_change_something(asked: Sequence[object] | None, changes: bool) -> None:
    assert may_change(asked) is changes


@pytest.mark.parametrize(
    ("limit", "taken", "left"),
    [(100, 0, MOST_REQUESTS), (100, 80, 20), (100, 100, 0), (100, 130, 0), (10, 0, 10), (1, 0, 1), (0, 0, 0)],
)
def test_the_sub_agents_of_a_turn_share_its_requests(limit: int, taken: int, left: int) -> None:
    config = AgentConfig("m", AgentSettings(max_tool_iterations=limit))
    assert requests_left(config, taken) == left
    inside = config_inside(config, left or 999)
    assert inside.settings.max_tool_iterations <= config.settings.max_tool_iterations
    assert (inside.budget, inside.model) == (config.budget, config.model)
