"""Searching the prompts that were sent before, over all sessions."""

from textual.screen import Screen

from blufio_tui.core.errors import UsageError
from blufio_tui.ui.ports.screen_host import ScreenHost
from blufio_tui.ui.screens.pick import Option, PickScreen


class HistoryScreen(PickScreen):
    """One types at once; Enter takes what the cursor is on."""

    enter_does = enter_in_filter_does = "Put into the prompt"
    nothing = "No earlier prompt has these words."
    AUTO_FOCUS = "#explorer-filter"
    filters_at_once = True

    def action_leave_filter(self) -> None:
        self.take_filter()
        self.choose_current()


async def open_screen(host: ScreenHost, query: str) -> Screen[None]:
    prompts = list(dict.fromkeys(reversed(host.services.history.load())))
    if not prompts:
        raise UsageError("No prompts were sent yet.")
    options = [Option(prompt, prompt) for prompt in prompts]
    screen = HistoryScreen(host.services, "Earlier prompts", options, host.put_prompt)
    screen.query_text = query
    return screen
