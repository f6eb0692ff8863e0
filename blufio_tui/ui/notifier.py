"""Telling the person something while the terminal is not in front."""

from collections.abc import Callable

from blufio_tui.core.text.display import visible_line


class Notifier:
    """Rings the terminal's bell and sends OSC 9, which terminals turn into a desktop notification.

    Args:
        write: sends characters to the terminal as they are.
    """

    def __init__(self, write: Callable[[str], None], bell: Callable[[], None], *, enabled: bool) -> None:
        self._write, self._bell, self._enabled = write, bell, enabled
        self.is_in_front = True

    def tell(self, text: str) -> None:
        if self.is_in_front or not self._enabled:
            return
        self._bell()
        safe = visible_line(text)[:200].replace(";", ",")
        self._write(f"\x1b]9;{safe}\x07")
