"""Choosing the colours, with a preview of each theme that the cursor passes."""

from textual.screen import Screen

from blufio_tui.ui.content.swatches import LEGEND, swatch
from blufio_tui.ui.ports.screen_host import ScreenHost
from blufio_tui.ui.screens.pick import Option, PickScreen


async def open_screen(host: ScreenHost, _query: str) -> Screen[None]:
    before, themes = host.theme, host.available_themes
    options = [
        Option(name, name, note, is_current=name == before, picture=swatch(themes[name]), legend=LEGEND)
        for name, note in host.own_themes.items()
    ]
    return PickScreen(host.services, "Theme", options, host.keep_theme, lambda name: host.show_theme(name or before))
