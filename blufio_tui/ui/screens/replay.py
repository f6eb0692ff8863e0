"""A recorded call and the same call replayed, side by side."""

from collections.abc import Hashable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import Screen

from blufio_tui.core.errors import BlufioError, UsageError
from blufio_tui.ui.background import in_background
from blufio_tui.ui.content.replay_lines import Pair, flow_pairs, pair_details, pair_line, pairs_of
from blufio_tui.ui.ports.replay import ReplayPort
from blufio_tui.ui.ports.screen_host import ScreenHost
from blufio_tui.ui.ports.services import Services
from blufio_tui.ui.screens.explorer import Explorer


class ReplayScreen(Explorer[Pair]):
    heading = "Replay"
    noun = "row"
    nothing = "The call is being replayed from its record; nothing is touched."

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "f",
            "flows",
            "What flows where",
            id="replay.flows",
            tooltip="Exchange each thing the call read, and see whether what it sends changes",
        ),
    ]

    def __init__(self, services: Services, replays: ReplayPort, call_id: str) -> None:
        super().__init__(services)
        self._replays = replays
        self._call_id = call_id
        self._flows: list[Pair] = []

    async def load(self) -> Sequence[Pair]:
        replayed = await self._replays.replay(self._call_id)
        record = replayed.record
        said = "the same to the bit" if replayed.same else "not the same"
        summary = Pair("call", "", "", replayed.same, f"{record.skill} {record.version}: {said}")
        return [summary, *pairs_of(replayed), *self._flows]

    def row_key(self, row: Pair) -> Hashable:
        return (row.name, row.note)

    def line(self, row: Pair, width: int) -> Content:
        return pair_line(row, width)

    def details(self, row: Pair, width: int) -> list[Content]:
        return pair_details(row, width)

    def action_flows(self) -> None:
        in_background(self, "flows", self._find_flows)

    async def _find_flows(self) -> None:
        self.notify("Exchanging each thing it read in turn …", timeout=3)
        try:
            self._flows = flow_pairs(await self._replays.flows(self._call_id))
        except BlufioError as error:
            self.notify(str(error), severity="warning", markup=False, timeout=8)
            return
        await self.reload()
        self.list_view.cursor = len(self.list_view.rows) - 1


async def open_screen(host: ScreenHost, query: str) -> Screen[None]:
    if host.services.replays is None:
        raise UsageError("Calls cannot be replayed here.")
    return ReplayScreen(host.services, host.services.replays, query)
