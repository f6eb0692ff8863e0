"""Every key that works, as it is now, with the id that changes it."""

from collections.abc import Hashable, Sequence

from textual.content import Content
from textual.screen import Screen

from blufio_tui.ui.ports.screen_host import ScreenHost
from blufio_tui.ui.ports.services import Services
from blufio_tui.ui.screens.explorer import Explorer
from blufio_tui.ui.text.columns import cell, labelled
from blufio_tui.ui.text.key_row import KeyRow

_WIDE = 92
"""Cells; from here on a row also says what the key does."""


class HelpScreen(Explorer[KeyRow]):
    heading = "Keys and commands"
    noun = "entry"

    def __init__(self, services: Services, key_rows: Sequence[KeyRow], query: str = "") -> None:
        super().__init__(services, query)
        self._key_rows = key_rows

    async def load(self) -> Sequence[KeyRow]:
        return self._key_rows

    def row_key(self, row: KeyRow) -> Hashable:
        return (row.place, row.keys, row.title)

    def line(self, row: KeyRow, width: int) -> Content:
        keys_width = min(max(width // 3, 12), 22)
        return Content.assemble(
            " ",
            cell(Content.styled(row.place, "$muted"), 13),
            cell(Content.styled(row.keys, "bold $accent"), keys_width),
            " ",
            row.title if width < _WIDE else cell(Content(row.title), 18),
            ("  " + row.help if width >= _WIDE else "", "$muted"),
        )

    def search_text(self, row: KeyRow) -> str:
        return f"{row.place} {row.keys} {row.title} {row.help} {row.binding_id}"

    def details(self, row: KeyRow, width: int) -> list[Content]:
        lines = [Content.styled(row.keys, "bold $accent"), *Content(row.help).wrap(width), Content("")]
        lines += labelled("works in", row.place, width)
        if row.binding_id:
            lines += labelled("id", row.binding_id, width)
            lines += [Content(""), *Content.styled("To change it, in config.toml:", "$muted").wrap(width), Content("")]
            lines += [Content("[ui.keys]"), Content(f'"{row.binding_id}" = "f12,alt+x"')]
        return lines


async def open_screen(host: ScreenHost, query: str) -> Screen[None]:
    return HelpScreen(host.services, host.key_rows(), query)
