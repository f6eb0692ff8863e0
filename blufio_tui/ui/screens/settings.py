"""Every setting with its meaning, value and default; changes go to the file, comments stay."""

from collections.abc import Hashable, Sequence
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import Screen

from blufio_tui.core.errors import BlufioError
from blufio_tui.core.text.display import visible, visible_line
from blufio_tui.ui.ports.screen_host import ScreenHost
from blufio_tui.ui.ports.services import SettingField
from blufio_tui.ui.screens.ask import AskLine
from blufio_tui.ui.screens.explorer import Explorer
from blufio_tui.ui.screens.pick import Option, PickScreen
from blufio_tui.ui.text.columns import cell, labelled

_SWITCHED = {"true": "false", "false": "true"}
_APPLIES = {"now": "immediately", "next turn": "from the next turn", "restart": "after a restart"}
"""When a change applies, by `SettingField.effect`."""
_WIDE = 84
"""Cells; from here on a row also says what the setting means."""


_VALUE = 22
_NOTHING = {'""': "empty", "[]": "empty list", "{}": "none", "": "none"}


class SettingsScreen(Explorer[SettingField]):
    heading = "Settings"
    noun = "setting"
    enter_does = "Change"
    mark_says = "changed"
    of_a_row = frozenset({"settings.reset"})

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d,delete", "reset", "Reset", id="settings.reset", tooltip="Remove your value and restore the default"),
    ]

    async def load(self) -> Sequence[SettingField]:
        return self.services.settings.fields()

    def row_key(self, row: SettingField) -> Hashable:
        return row.key

    def line(self, row: SettingField, width: int) -> Content:
        mark = Content.styled("●", "$accent") if row.changed else Content(" ")
        key = cell(Content.styled(row.key, "bold" if row.changed else ""), _key_room(width))
        value = Content.styled(_in_words(row.value), "$muted")
        if width < _WIDE:
            return Content.assemble(" ", mark, " ", key, " ", value)
        meaning = visible_line(row.description)
        return Content.assemble(" ", mark, " ", key, " ", cell(value, _VALUE), "  ", (meaning, "$muted"))

    def columns(self, width: int) -> str:
        names = f"  {'setting':<{_key_room(width)}} {'value':<{_VALUE}}"
        return f"{names}  what it decides" if width >= _WIDE else names.rstrip()

    @property
    def idle_keys(self) -> frozenset[str]:
        row = self.list_view.current
        return super().idle_keys if row is None or row.changed else super().idle_keys | self.of_a_row

    def search_text(self, row: SettingField) -> str:
        return f"{row.key} {row.description} {row.value} {'changed' if row.changed else ''}"

    def details(self, row: SettingField, width: int) -> list[Content]:
        lines = [Content.styled(row.key, "bold $accent"), *Content(row.description).wrap(width), Content("")]
        lines += labelled("value", _in_words(row.value), width)
        lines += labelled("default", _in_words(row.default), width)
        if row.choices:
            lines += labelled("choices", ", ".join(row.choices), width)
        lines += labelled("applies", _APPLIES[row.effect], width)
        lines += labelled(
            "set in", visible(self.services.settings.file) if row.changed else "nowhere: the default", width
        )
        hint = "Enter changes it, d restores the default." if row.changed else "Enter changes it."
        return [*lines, Content(""), *Content.styled(hint, "$muted").wrap(width)]

    def choose(self, row: SettingField) -> None:
        """Yes becomes no; what has a few values is picked; anything else is typed."""
        if row.value in _SWITCHED:
            self._keep(row, _SWITCHED[row.value])
        elif row.choices:
            options = [Option(name, name, row.description, is_current=row.value == f'"{name}"') for name in row.choices]
            pick = PickScreen(self.services, row.key, options, lambda name: self._keep(row, f'"{name}"'))
            self.app.push_screen(pick)
        else:
            ask = AskLine(row.key, row.value, row.description, check=partial(self._set, row))
            self.app.push_screen(ask, lambda _value: self.action_reload())

    def _set(self, row: SettingField, value: str) -> None:
        if value != row.value:
            self.services.settings.set(row.key, value)
            self._say_when(row)

    def _say_when(self, row: SettingField) -> None:
        """A change that does nothing yet says so."""
        if row.effect != "now":
            self.notify(f"{row.key} applies {_APPLIES[row.effect]}.", markup=False, timeout=4)

    def _keep(self, row: SettingField, value: str) -> None:
        try:
            self._set(row, value)
        except BlufioError as error:
            self.notify(str(error), severity="error", markup=False, timeout=10)
        self.action_reload()

    def action_reset(self) -> None:
        row = self.list_view.current
        if row is not None and row.changed:
            try:
                self.services.settings.reset(row.key)
                self._say_when(row)
            except BlufioError as error:
                self.notify(str(error), severity="error", markup=False)
            self.action_reload()


def _key_room(width: int) -> int:
    return min(max(width // 2, 18), 30)


def _in_words(value: str) -> str:
    """As the file has it, except for what has nothing in it."""
    return _NOTHING.get(value) or visible(value)


async def open_screen(host: ScreenHost, query: str) -> Screen[None]:
    return SettingsScreen(host.services, query=query)
