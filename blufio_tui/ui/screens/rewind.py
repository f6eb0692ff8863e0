"""Choosing an earlier prompt to go back to."""

from textual.screen import Screen

from blufio_tui.core.text.amounts import date_time
from blufio_tui.ui.ports.screen_host import ScreenHost
from blufio_tui.ui.screens.pick import Option, PickScreen
from blufio_tui.ui.state.restore import said


async def open_screen(host: ScreenHost, _query: str) -> Screen[None]:
    options = [
        Option(str(prompt.message_id), said(prompt), f"{date_time(prompt.created)}\n\n{said(prompt)}")
        for prompt in reversed(await host.prompts())
    ]
    return PickScreen(host.services, "Go back to a prompt", options, host.rewind_from_list)
