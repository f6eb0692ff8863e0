"""Spending against limits: a warning at 80 %, a stop at all of it, and how to go on."""

import pytest

from blufio_tui.core.agent.budget import BudgetLevel, check_budget
from blufio_tui.core.sessions.records import Spending
from blufio_tui.core.settings.schema import BudgetSettings


@pytest.mark.parametrize(
    ("spent", "level"),
    [
        (0.0, BudgetLevel.OK),
        (0.79, BudgetLevel.OK),
        (0.8, BudgetLevel.WARN),
        (0.99, BudgetLevel.WARN),
        (1.0, BudgetLevel.STOP),
    ],
)
def test_eighty_percent_warns_and_all_of_it_stops(spent: float, level: BudgetLevel) -> None:
    assert check_budget(Spending(spent, spent, spent), BudgetSettings(session_usd=1.0)).level is level


def test_without_limits_nothing_is_ever_said() -> None:
    state = check_budget(Spending(1e6, 1e6, 1e6, 3), BudgetSettings())
    assert (state.level, state.message) == (BudgetLevel.OK, "")
    assert not BudgetSettings()


def test_the_tightest_limit_decides() -> None:
    state = check_budget(Spending(0.1, 9.0, 10.0), BudgetSettings(1.0, 10.0, 10.0))
    assert (state.level, state.period) == (BudgetLevel.STOP, "monthly")


def test_a_stop_says_how_to_go_on() -> None:
    message = check_budget(Spending(2.5, 0, 0), BudgetSettings(session_usd=2.0)).message
    assert "session budget is used up: $2.50 of $2.00" in message
    assert "blufio-tui config set budget.session_usd 5.00" in message


def test_what_has_no_known_price_is_said_not_to_be_counted() -> None:
    assert (
        "Not included: 4 requests of unknown price"
        in check_budget(Spending(0.9, 0, 0, 4), BudgetSettings(session_usd=1.0)).message
    )
