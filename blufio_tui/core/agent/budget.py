"""Spending limits: a warning when most of it is used, a stop when all of it is."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import IntEnum

from blufio_tui.core.agent.cost import describe_cost
from blufio_tui.core.sessions.records import Spending
from blufio_tui.core.settings.schema import BudgetSettings
from blufio_tui.core.text.amounts import plural

WARN_AT = 0.8


class BudgetLevel(IntEnum):
    OK = 0
    WARN = 1
    STOP = 2


@dataclass(frozen=True, slots=True)
class BudgetState:
    """The state of the tightest limit. `message` is a whole sentence, "" if nothing needs saying."""

    level: BudgetLevel
    message: str = ""
    period: str = ""


@dataclass(frozen=True, slots=True)
class _Limit:
    period: str
    key: str
    spent: float
    limit: float

    def state(self) -> BudgetState:
        if self.spent >= self.limit:
            return BudgetState(BudgetLevel.STOP, self._refusal(), self.period)
        if self.spent >= self.limit * WARN_AT:
            return BudgetState(BudgetLevel.WARN, self._warning(), self.period)
        return BudgetState(BudgetLevel.OK)

    def _warning(self) -> str:
        share = int(100 * self.spent / self.limit)
        spent, limit = describe_cost(self.spent), describe_cost(self.limit)
        return f"{share} % of the {self.period} budget is spent: {spent} of {limit} ({self.key})."

    def _refusal(self) -> str:
        spent, limit = describe_cost(self.spent), describe_cost(self.limit)
        raised = 2 * max(self.limit, self.spent)
        return (
            f"The {self.period} budget is used up: {spent} of {limit}. No request was sent. "
            f"To go on, raise it: blufio-tui config set {self.key} {raised:.2f} (0 means no limit)."
        )


def check_budget(spending: Spending, limits: BudgetSettings) -> BudgetState:
    """The most severe of the limits that are set."""
    states = [limit.state() for limit in _limits(spending, limits)]
    worst = max(states, key=lambda state: state.level, default=BudgetState(BudgetLevel.OK))
    if worst.message and spending.unknown_requests:
        unknown = f" Not included: {plural(spending.unknown_requests, 'request')} of unknown price."
        return replace(worst, message=worst.message + unknown)
    return worst


def _limits(spending: Spending, limits: BudgetSettings) -> Iterator[_Limit]:
    periods = (
        _Limit("session", "budget.session_usd", spending.session_usd, limits.session_usd),
        _Limit("daily", "budget.daily_usd", spending.day_usd, limits.daily_usd),
        _Limit("monthly", "budget.monthly_usd", spending.month_usd, limits.monthly_usd),
    )
    return (limit for limit in periods if limit.limit > 0)
