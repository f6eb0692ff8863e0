"""Every key that works, as it is now: first those of where one was. Enter there changes one."""

from collections.abc import Hashable, Sequence
from functools import partial

from textual.content import Content
from textual.screen import Screen

from blufio_tui.ui.ports.screen_host import ScreenHost
from blufio_tui.ui.screens.explorer import Explorer
from blufio_tui.ui.screens.new_key import NewKey
from blufio_tui.ui.text.columns import cell, labelled
from blufio_tui.ui.text.key_row import KeyRow

_WIDE = 92
"""Cells; from here on a row also says what the key does."""
_PLACE, _TITLE = 13, 26


class HelpScreen(Explorer[KeyRow]):
    heading = "Keys and commands"
    noun = "entry"
    enter_does = "Change key"

    def __init__(self, host: ScreenHost, query: str = "") -> None:
        super().__init__(host.services, query)
        self._host = host
        self._places = {place: number for number, place in enumerate(host.places())}

    async def load(self) -> Sequence[KeyRow]:
        """Those of where one was come first, the innermost place above all."""
        return sorted(self._host.key_rows(), key=lambda row: self._places.get(row.place, len(self._places)))

    def choose(self, row: KeyRow) -> None:
        if row.binding_id:
            self.app.push_screen(NewKey(row, partial(self._host.change_key, row.binding_id)), self._changed)
        else:
            self.detail.focus()

    def _changed(self, said: str | None) -> None:
        if said is not None:
            self.notify(said, markup=False)
            self.action_reload()

    def row_key(self, row: KeyRow) -> Hashable:
        return (row.place, row.keys, row.title)

    @property
    def idle_keys(self) -> frozenset[str]:
        return super().idle_keys | {"app.help"}

    def line(self, row: KeyRow, width: int) -> Content:
        return Content.assemble(
            " ",
            cell(Content.styled(row.place, "$muted"), _PLACE),
            cell(Content.styled(row.keys, "bold $accent"), _keys_room(width)),
            " ",
            row.title if width < _WIDE else cell(Content(row.title), _TITLE),
            ("  " + row.help if width >= _WIDE else "", "$muted"),
        )

    def columns(self, width: int) -> str:
        does = f"{'does':<{_TITLE}}  in full" if width >= _WIDE else "does"
        return f"{'works in':<{_PLACE}}{'key':<{_keys_room(width)}} {does}"

    def search_text(self, row: KeyRow) -> str:
        return f"{row.place} {row.keys} {row.title} {row.help} {row.binding_id}"

    def details(self, row: KeyRow, width: int) -> list[Content]:
        lines = [Content.styled(row.keys, "bold $accent"), *Content(row.help).wrap(width), Content("")]
        lines += labelled("works in", row.place, width)
        if row.binding_id:
            lines += labelled("id", row.binding_id, width)
            words = "Enter changes the key. In config.toml it is, for example:"
            lines += [Content(""), *Content.styled(words, "$muted").wrap(width), Content("")]
            lines += [Content("[ui.keys]"), Content(f'"{row.binding_id}" = "f12,alt+x"')]
        return lines


def _keys_room(width: int) -> int:
    return min(max(width // 3, 12), 22)


async def open_screen(host: ScreenHost, query: str) -> Screen[None]:
    return HelpScreen(host, query)
