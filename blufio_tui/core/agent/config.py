"""What a turn needs to know from the configuration, as one value that can be swapped between turns."""

from dataclasses import dataclass, replace

from blufio_tui.core.settings.schema import AgentSettings, BudgetSettings, Settings


@dataclass(frozen=True, slots=True)
class AgentConfig:
    """
    Attributes:
        model: the name that requests carry.
        settings: `[agent]` of the configuration, with the thinking budget that was chosen since.
        budget: `[budget]` of the configuration.
        keep_turns: how many of the last turns a summary leaves unchanged.
        result_chars: a longer tool result is stored whole and sent shortened.
    """

    model: str
    settings: AgentSettings = AgentSettings()
    budget: BudgetSettings = BudgetSettings()
    keep_turns: int = 2
    result_chars: int = 16_000

    @classmethod
    def from_settings(cls, settings: Settings) -> "AgentConfig":
        return cls(settings.model.name, settings.agent, settings.budget)

    def with_thinking(self, tokens: int) -> "AgentConfig":
        return replace(self, settings=replace(self.settings, thinking_budget=tokens))

    def limited_by(self, settings: Settings) -> "AgentConfig":
        """The same model and thinking, under the limits that are configured now."""
        limited = replace(self, settings=settings.agent, budget=settings.budget)
        return limited.with_thinking(self.settings.thinking_budget)
