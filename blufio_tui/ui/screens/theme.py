"""Choosing the colours, with a preview of each theme that the cursor passes."""

from textual.screen import Screen

from blufio_tui.ui.content.swatches import LEGEND, swatch
from blufio_tui.ui.ports.screen_host import ScreenHost
from blufio_tui.ui.screens.pick import Option, PickScreen


async def open_screen(host: ScreenHost, _query: str) -> Screen[None]:
    before, own = host.theme, host.own_themes
    themes, colors = host.available_themes, host.services.look.colors
    options = [
        Option(name, name, note, is_current=name == before, picture=swatch(themes[name], colors), legend=LEGEND)
        for name, note in own.items()
    ]
    return PickScreen(host.services, "Theme", options, host.keep_theme, lambda name: host.show_theme(name or before))
