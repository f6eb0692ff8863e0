"""What a sub-agent may do, derived from what its parent may do and never more. Pure.

Rules, grants and the permission mode need no narrowing: the gate looks them up for each effect, whoever asks.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from blufio_tui.core.agent.config import AgentConfig
from blufio_tui.core.agent.registry import tool_name
from blufio_tui.core.text.similar import did_you_mean

NEVER_INSIDE = frozenset({"task", "todo", "plan"})
"""A sub-agent starts no others; the list and the plan are the agent's own."""

READERS = frozenset({"ask_user", "find", "job_output", "load_skill", "read_result", "search"})
"""Tools of which no call changes anything."""

MOST_REQUESTS = 50
"""Of one sub-agent; those of a turn together get as many as the turn itself may make."""


@dataclass(frozen=True, slots=True)
class Tools:
    """The tools of a sub-agent, or (`problem`) why it cannot get those that were asked for."""

    names: frozenset[str] = frozenset()
    problem: str = ""


def tools_inside(asked: Sequence[str] | None, parents: Collection[str]) -> Tools:
    """
    Args:
        asked: the tools that the sub-agent is to have; None for all that it may have.
        parents: the tools that the agent has now.
    """
    possible = frozenset(parents) - NEVER_INSIDE
    if asked is None:
        return Tools(possible)
    names = [tool_name(name) for name in asked]
    for name in names:
        if name in NEVER_INSIDE:
            return Tools(problem=f"a sub-agent cannot have the tool {name}")
        if name not in possible:
            hint = did_you_mean(name, possible) or "."
            return Tools(problem=f"there is no tool {name[:80]!r}{hint} The tools are: {', '.join(sorted(possible))}")
    return Tools(frozenset(names))


def may_change(asked: Sequence[object] | None) -> bool:
    """Whether a sub-agent with these tools could change something; True if unsure."""
    return asked is None or any(not isinstance(name, str) or tool_name(name) not in READERS for name in asked)


def requests_left(config: AgentConfig, taken: int) -> int:
    """How many requests the next sub-agent of a turn may make, given those that were already used."""
    return max(min(MOST_REQUESTS, config.settings.max_tool_iterations - taken), 0)


def config_inside(config: AgentConfig, requests: int) -> AgentConfig:
    """The parent's model, budgets and limits, with at most so many requests."""
    most = min(requests, config.settings.max_tool_iterations)
    return replace(config, settings=replace(config.settings, max_tool_iterations=most))
