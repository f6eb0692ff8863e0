"""What all actions of the app stand on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blufio_tui.core.events import NoticeLevel, NoticeRaised
from blufio_tui.ui.conversations import Conversations
from blufio_tui.ui.messages import EventArrived
from blufio_tui.ui.notifier import Notifier
from blufio_tui.ui.screens.main import MainScreen
from blufio_tui.ui.state.key_guard import KeyTimes
from blufio_tui.ui.textual_fixes.alt_keys import AltKeys
from blufio_tui.ui.textual_fixes.key_queue import TypedAhead
from blufio_tui.ui.turns import Turns

if TYPE_CHECKING:
    from textual import events
    from textual.widget import Widget

    from blufio_tui.ui.ports.services import Services


class AppBase(AltKeys[int], TypedAhead[int]):
    """
    Attributes:
        key_times: when keys arrived; questions look at it before they take one as an answer.
        main: the main screen; it stays mounted below every other screen.
        own_themes: name of each theme file that could be read, with `dark` or `light`.
    """

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.services = services
        self.turns = Turns(services)
        self.conversations = Conversations(services)
        self.own_themes: dict[str, str] = {}
        self.key_times = KeyTimes()
        self.main = MainScreen(services, self.slash_arguments, lambda: self.turns.session_id, self.key_times)
        self.copier = services.clipboard(self._write_to_terminal) if services.clipboard is not None else None
        self.notifier = Notifier(self._write_to_terminal, self.bell, enabled=services.look.notify)

    def note_key(self, event: events.Key | events.Paste, receiver: Widget) -> None:
        """Textual stamps a key when the driver's thread has read it; without a terminal our own clock counts."""
        arrived = self.services.clock.monotonic() if self.is_headless else event.time
        self.key_times.note(arrived, to_question=self.main.is_question(receiver))

    def slash_arguments(self) -> dict[str, list[str]]:
        """What can follow a slash command, as far as it is known only now."""
        skills = [skill.name for skill in self.services.skills.list()]
        own = self.services.own_commands.commands() if self.services.own_commands is not None else ()
        return {
            "model": list(self.services.model.choices()),
            "theme": list(self.own_themes),
            "run": skills,
            "skills": skills,
            "/": [*own, *skills],
        }

    def say(self, level: NoticeLevel, text: str) -> None:
        """Put a notice into the conversation."""
        self.main.post_message(EventArrived(NoticeRaised("", level, text), self.services.clock.monotonic()))

    def complain(self, error: Exception) -> None:
        """Show what went wrong, for a while."""
        self.notify(str(error), severity="error", markup=False, timeout=8)

    def _write_to_terminal(self, text: str) -> None:
        if self._driver is not None:
            self._driver.write(text)
