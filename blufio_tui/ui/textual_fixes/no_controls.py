"""No text on the screen commands the terminal. Textual removes five control characters; the others reach it.

What is shown is spelled out where it comes in (`core.text.display`). This is for a place that forgot it.
"""

import unicodedata
from itertools import chain

from textual import content

_STAND_IN = "\N{REPLACEMENT CHARACTER}"
"""One cell wide: what is marked in a text stays where it is."""
_KEPT = {ord("\n"), ord("\t")}
_ORDERING = chain(range(0x200E, 0x2010), range(0x202A, 0x202F), range(0x2066, 0x206A))
_CONTROLS = {code for code in range(0xA0) if unicodedata.category(chr(code)) == "Cc"} - _KEPT


def show_no_controls() -> bool:
    """Change what `Content` leaves out; False, and nothing is changed, where it has no such table."""
    table = getattr(content, "_CONTROL_STRIP_TRANSLATE", None)
    if not isinstance(table, dict):
        return False
    for code in chain(_CONTROLS, _ORDERING):
        table.setdefault(code, _STAND_IN)
    return True
