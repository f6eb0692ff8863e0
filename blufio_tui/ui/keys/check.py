"""What is wrong with the keys that a person has set: names of nothing, keys that no keyboard has, two things on one."""

from collections.abc import Iterator, Mapping

from textual.keys import Keys, key_to_character

from blufio_tui.core.text.display import visible_line
from blufio_tui.core.text.similar import nearest
from blufio_tui.ui.keys.clashes import keymap_clashes
from blufio_tui.ui.keys.table import key_rows
from blufio_tui.ui.keys.vim import VIM_KEYS

_MODIFIERS = frozenset({"ctrl", "alt", "shift", "super", "hyper", "meta"})
_NAMED = frozenset(key.value for key in Keys)


def keymap_problems(keys: Mapping[str, str], *, vim_keys: bool = False) -> Iterator[str]:
    """A sentence for each entry of `[ui.keys]` that does nothing or takes a key from another action.

    Loads every screen: not before the first frame.
    """
    known = {row.binding_id for row in key_rows({})}
    for name, pressed in keys.items():
        if name not in known:
            meant = f"; perhaps {meant}" if (meant := nearest(name, known)) else ""
            yield f'[ui.keys] "{visible_line(name)}" is not the id of a key{meant}. F1 lists them.'
        for key in pressed.split(","):
            if not _is_key(key.strip()):
                yield (
                    f'[ui.keys] "{visible_line(name)}": "{visible_line(key.strip())}" is not a key. '
                    "Keys look like f5, a, ctrl+k or alt+left."
                )
    yield from keymap_clashes({**(VIM_KEYS if vim_keys else {}), **keys})


def _is_key(key: str) -> bool:
    *modifiers, name = key.split("+")
    return _MODIFIERS.issuperset(modifiers) and (name in _NAMED or key_to_character(name) is not None)
