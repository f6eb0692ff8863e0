"""What every controller works on: the main screen, the services, and ways to say something."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from textual.app import SuspendNotSupported

from blufio_tui.core.events import Event, NoticeLevel, NoticeRaised
from blufio_tui.ui.background import in_background
from blufio_tui.ui.messages import EventArrived

if TYPE_CHECKING:
    from textual.app import App
    from textual.worker import Worker

    from blufio_tui.ui.notifier import Notifier
    from blufio_tui.ui.ports.services import Services
    from blufio_tui.ui.screens.ask import Agree
    from blufio_tui.ui.screens.main import MainScreen
    from blufio_tui.ui.state.key_guard import KeyTimes

P = ParamSpec("P")
T = TypeVar("T")


class Stage:
    """
    Attributes:
        app: Textual's; nothing of what this program adds to it.
        main: the main screen; it stays mounted below every other screen.
        key_times: when keys arrived; questions look at it before they take one as an answer.
        notifier: reaches the person while the terminal has no focus.
        open_screen: opens a screen of the table of commands by its module's name, with a query.
        hold_keys: holds what is typed for what is about to open, until the function that it returns is called.
    """

    def __init__(
        self,
        app: App[int],
        main: MainScreen,
        services: Services,
        key_times: KeyTimes,
        notifier: Notifier,
        open_screen: Callable[[str, str], None],
        hold_keys: Callable[[Callable[[], bool]], Callable[[], None]],
    ) -> None:
        self.app = app
        self.main = main
        self.services = services
        self.key_times = key_times
        self.notifier = notifier
        self.open_screen = open_screen
        self.hold_keys = hold_keys

    def background(
        self, group: str, work: Callable[P, Awaitable[object]], *args: P.args, **kwargs: P.kwargs
    ) -> Worker[Any]:
        """Begin work of the app; what of the same group is still going on is given up. Its `BlufioError` is shown."""
        return in_background(self.app, group, work, *args, **kwargs)

    def show_event(self, event: Event) -> None:
        self.main.post_message(EventArrived(event, self.services.clock.monotonic()))

    def say(self, level: NoticeLevel, text: str) -> None:
        """Put a notice into the conversation."""
        self.show_event(NoticeRaised("", level, text))

    def answer(self, text: str) -> None:
        """Put what the person asked for into the conversation, and show it wherever they were reading."""
        self.main.chat.to_end()
        self.say(NoticeLevel.INFO, text)

    def complain(self, error: Exception) -> None:
        """Show what went wrong, for a while."""
        self.app.notify(str(error), severity="error", markup=False, timeout=8)

    def in_terminal(self, program: Callable[[], T]) -> T | None:
        """Put the screen aside while a program has the terminal; None, and a notice, if there is none to have."""
        try:
            with self.app.suspend():
                return program()
        except SuspendNotSupported:
            self.app.notify("An editor needs a terminal. In a browser there is none.", severity="warning")
            return None

    def agree(self, title: str, text: str) -> Agree:
        """A question whose yes lets somebody do something from now on."""
        from blufio_tui.ui.screens.ask import Agree

        return Agree(title, text, self.services.clock, self.key_times)

    async def to_main(self) -> None:
        """Leave every other screen."""
        while self.app.screen is not self.main:
            await self.app.pop_screen()
