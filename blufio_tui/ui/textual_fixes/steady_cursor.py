"""Cursors that do not blink.

Textual draws each blink itself, twice a second from the timer to the terminal: most of what an idle program costs.
"""

from textual.widgets import Input, TextArea


def keep_cursors_steady() -> None:
    """Every input made from now on shows its cursor all the time."""
    for entry in (Input, TextArea):
        entry.cursor_blink._default = False
