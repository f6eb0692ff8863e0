"""A line on every other screen while a question waits on the main one, and the key that leads there."""

from textual.content import Content
from textual.widgets import Static


class WaitingBadge(Static, can_focus=False):
    DEFAULT_CSS = """
    WaitingBadge {
        dock: top;
        height: 1;
        width: 100%;
        padding: 0 1;
        background: $warn;
        color: $background;
        text-style: bold;
    }
    """

    def __init__(self, words: str) -> None:
        super().__init__(Content(words))
