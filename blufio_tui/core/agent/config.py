"""What a turn needs to know from the configuration, as one value that can be swapped between turns."""

from dataclasses import dataclass, replace

from blufio_tui.core.agent.budget import BudgetLimits
from blufio_tui.core.settings.schema import Settings


@dataclass(frozen=True, slots=True)
class AgentConfig:
    """
    Attributes:
        max_tokens: most tokens of one reply; 0 means what the model allows, up to 32,000.
        max_tool_iterations: requests that may call tools; one more, without tools, gets the answer.
        thinking_budget: tokens; 0 means no extended thinking.
        compact_at: share of the context window at which the conversation is summed up.
        keep_turns: how many of the last turns a summary leaves as they are.
        result_chars: a longer tool result is stored whole and sent cut.
    """

    model: str
    max_tokens: int = 0
    max_tool_iterations: int = 100
    thinking_budget: int = 0
    compact_at: float = 0.8
    keep_turns: int = 2
    result_chars: int = 16_000
    budget: BudgetLimits = BudgetLimits()

    @classmethod
    def from_settings(cls, settings: Settings) -> "AgentConfig":
        agent = settings.agent
        return cls(
            model=settings.model.name,
            max_tokens=agent.max_tokens,
            max_tool_iterations=agent.max_tool_iterations,
            thinking_budget=agent.thinking_budget,
            compact_at=agent.compact_at,
            budget=BudgetLimits.of(settings.budget),
        )

    def limited_by(self, settings: Settings) -> "AgentConfig":
        """The same model and thinking, under the limits that are configured now."""
        agent = settings.agent
        return replace(
            self,
            max_tokens=agent.max_tokens,
            max_tool_iterations=agent.max_tool_iterations,
            compact_at=agent.compact_at,
            budget=BudgetLimits.of(settings.budget),
        )
