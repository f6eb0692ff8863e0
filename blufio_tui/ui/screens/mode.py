"""Choosing the permission mode."""

from textual.screen import Screen

from blufio_tui.ui.content.modes import MODES_IN_BRIEF, MODES_IN_WORDS
from blufio_tui.ui.ports.screen_host import ScreenHost
from blufio_tui.ui.screens.pick import Option, PickScreen


async def open_screen(host: ScreenHost, _query: str) -> Screen[None]:
    now = host.services.mode.get()
    options = [
        Option(mode.value, mode.value, note, MODES_IN_BRIEF[mode], mode is now) for mode, note in MODES_IN_WORDS.items()
    ]
    return PickScreen(host.services, "Permission mode", options, host.choose_mode)
