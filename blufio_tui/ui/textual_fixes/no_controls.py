"""No text on the screen commands the terminal. Textual and Rich, with which it paints what is typed into fields, remove
five control characters; the others reach it.

What is shown is spelled out where it comes in (`core.text.display`). This is for a place that forgot it.
"""

import unicodedata
from itertools import chain

from rich import control
from textual import content

_STAND_IN = "\N{REPLACEMENT CHARACTER}"
"""One cell wide: what is marked in a text stays where it is."""
_KEPT = {ord("\n"), ord("\t")}
_ORDERING = chain(range(0x200E, 0x2010), range(0x202A, 0x202F), range(0x2066, 0x206A))
_CONTROLS = {code for code in range(0xA0) if unicodedata.category(chr(code)) == "Cc"} - _KEPT


def show_no_controls() -> bool:
    """Change what `Content` and Rich's `Text` leave out; False, and nothing is changed, where one has no such table."""
    found = [getattr(module, "_CONTROL_STRIP_TRANSLATE", None) for module in (content, control)]
    tables = [table for table in found if isinstance(table, dict)]
    if len(tables) < len(found):
        return False
    for code in chain(_CONTROLS, _ORDERING):
        for table in tables:
            table.setdefault(code, _STAND_IN)
    return True
