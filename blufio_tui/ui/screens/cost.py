"""What was spent, by session, day, period and model."""

from collections.abc import Hashable, Sequence

from textual.content import Content

from blufio_tui.core.sessions import Totals
from blufio_tui.ui.content.cost_lines import CostRow, cost_details, cost_line, cost_rows
from blufio_tui.ui.screens.explorer import Explorer
from blufio_tui.ui.services import Services

_DAYS = 30


class CostScreen(Explorer[CostRow]):
    heading = "Cost"

    def __init__(self, services: Services, session_id: str = "") -> None:
        super().__init__(services)
        self._session_id = session_id

    async def load(self) -> Sequence[CostRow]:
        sessions = self.services.sessions
        session = await sessions.totals(session_id=self._session_id) if self._session_id else Totals()
        return cost_rows(session, await sessions.spending_by_model(), await sessions.spending_by_day(_DAYS))

    def row_key(self, row: CostRow) -> Hashable:
        return (row.group, row.name)

    def line(self, row: CostRow, width: int) -> Content:
        return cost_line(row, width)

    def details(self, row: CostRow, width: int) -> list[Content]:
        return cost_details(row, width)
