"""What is wrong with the keys that a person has set: names of nothing, and keys that no keyboard has."""

from collections.abc import Iterator, Mapping

from textual.keys import Keys, key_to_character

from blufio_tui.core.similar import nearest
from blufio_tui.core.text import visible_line
from blufio_tui.ui.key_table import key_rows

_MODIFIERS = frozenset({"ctrl", "alt", "shift", "super", "hyper", "meta"})
_NAMED = frozenset(key.value for key in Keys)


def keymap_problems(keys: Mapping[str, str]) -> Iterator[str]:
    """A sentence for each entry of `[ui.keys]` that does nothing. Loads every screen: not before the first frame."""
    known = {row.binding_id for row in key_rows({})}
    for name, pressed in keys.items():
        if name not in known:
            meant = f"; perhaps {meant}" if (meant := nearest(name, known)) else ""
            yield f'[ui.keys] "{visible_line(name)}" is the name of no key{meant}. F1 lists them.'
        for key in pressed.split(",") if pressed else ():  # none at all takes the key away
            if not _is_key(key.strip()):
                yield (
                    f'[ui.keys] "{visible_line(name)}": "{visible_line(key.strip())}" is no key. '
                    "Keys look like f5, a, ctrl+k or alt+left."
                )


def _is_key(key: str) -> bool:
    *modifiers, name = key.split("+")
    return _MODIFIERS.issuperset(modifiers) and (name in _NAMED or key_to_character(name) is not None)
