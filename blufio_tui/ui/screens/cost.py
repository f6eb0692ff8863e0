"""What was spent, by session, day, period and model."""

from collections.abc import Hashable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import Screen

from blufio_tui.core.sessions.records import Totals
from blufio_tui.core.settings.schema import BudgetSettings
from blufio_tui.core.text.amounts import dollars
from blufio_tui.ui.content.cost_lines import CostRow, budget_rows, cost_details, cost_line, cost_rows
from blufio_tui.ui.ports.screen_host import ScreenHost
from blufio_tui.ui.ports.services import Services
from blufio_tui.ui.screens.ask import AskLine
from blufio_tui.ui.screens.explorer import Explorer
from blufio_tui.ui.state.typed_amount import amount_of

_DAYS = 30
_LIMITS = ("budget.session_usd", "budget.daily_usd", "budget.monthly_usd")


class CostScreen(Explorer[CostRow]):
    heading = "Cost"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("b", "budget", "Budget", id="cost.budget", tooltip="Change the limit of the budget in the row"),
    ]

    def __init__(self, services: Services, session_id: str = "") -> None:
        super().__init__(services)
        self._session_id = session_id

    async def load(self) -> Sequence[CostRow]:
        sessions = self.services.sessions
        session = await sessions.totals(session_id=self._session_id) if self._session_id else Totals()
        days = await sessions.spending_by_day(_DAYS)
        budgets = budget_rows(await sessions.spending(self._session_id), self._limits())
        return [*budgets, *cost_rows(session, await sessions.spending_by_model(), days)]

    def _limits(self) -> BudgetSettings:
        values = {field.key: float(field.value) for field in self.services.settings.fields() if field.key in _LIMITS}
        return BudgetSettings(*(values.get(key, 0.0) for key in _LIMITS))

    def choose(self, row: CostRow) -> None:
        if row.key:
            self._ask_limit(row)
        else:
            super().choose(row)

    def action_budget(self) -> None:
        """Of the row, or of the session."""
        row = self.list_view.current
        budgets = [one for one in self.rows if one.key]
        if budgets:
            self._ask_limit(row if row is not None and row.key else budgets[0])

    def _ask_limit(self, row: CostRow) -> None:
        title = f"Limit of a {row.name} in US dollars; 0 for none"
        ask = AskLine(
            title,
            f"{row.limit:g}",
            f"{dollars(row.totals.usd)} is spent. It applies from the next request.",
            check=lambda typed: self.services.settings.set(row.key, str(amount_of(typed))),
        )
        self.app.push_screen(ask, lambda _typed: self.action_reload())

    def row_key(self, row: CostRow) -> Hashable:
        return (row.group, row.name)

    def line(self, row: CostRow, width: int) -> Content:
        return cost_line(row, width)

    def details(self, row: CostRow, width: int) -> list[Content]:
        return cost_details(row, width)


async def open_screen(host: ScreenHost, _query: str) -> Screen[None]:
    return CostScreen(host.services, host.session_id)
