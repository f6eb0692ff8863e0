"""Two actions on one key in the same place, of which only one can be had."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from textual.binding import Binding
from textual.keys import key_to_character

from blufio_tui.ui.keys.table import bindings_by_place, opened_by_commands
from blufio_tui.ui.text.key_names import spell_key

_MAIN, _APP = ("main screen",), ("everywhere",)
_AUDIT = "audit screen"
_TEXT = ("selecting", "text")


def chains() -> tuple[tuple[tuple[str, ...], ...], ...]:
    """Which places hear a key one after the other, from where the focus is outwards. Those in one pair of brackets hear
    it together: there a key that was given to an action is taken from the one that had it.

    Loads every screen.
    """
    lists = dict.fromkeys(place for place, _ in opened_by_commands() if place != _AUDIT)
    return (
        (("prompt",), _MAIN, _APP),
        (("queue", "lists"), _MAIN, _APP),
        (("saying why",), ("approval",), _MAIN, _APP),
        (("editing an answer",), ("approval",), _MAIN, _APP),
        (("answering",), ("asked",), _MAIN, _APP),
        (("conversation", *_TEXT), _MAIN, _APP),
        (("find",), _MAIN, _APP),
        (("trace", "lists"), _MAIN, _APP),
        (("audit log", "lists"), _MAIN, _APP),
        (("audit log", "lists"), (_AUDIT, "screens"), _APP),
        (_TEXT, (_AUDIT, "screens"), _APP),
        *((("lists",), (screen, "screens"), _APP) for screen in lists),
        *((_TEXT, (screen, "screens"), _APP) for screen in lists),
        (_TEXT, ("installing",)),
        (("form text",), ("form",)),
        (("form choice",), ("form",)),
        (("form text",), ("server's form",)),
        (("form choice",), ("server's form",)),
        (("connecting",),),
        (("question",),),
        (("yes or no",),),
        (("undoing",),),
        (("leader",),),
        (("jumping",),),
    )


@dataclass(frozen=True, slots=True)
class _Bound:
    """A binding, where it is heard, and with which keys; the smaller `distance`, the sooner."""

    binding: Binding
    place: str
    distance: int
    keys: frozenset[str]

    @property
    def id(self) -> str:
        return self.binding.id or ""


def keymap_clashes(keymap: Mapping[str, str]) -> Iterator[str]:
    """A sentence for each pair of actions that the keymap brings together on one key."""
    told: set[tuple[str, str, str]] = set()
    for chain in chains():
        for one, other in combinations(_heard(chain, keymap), 2):
            if one.id == other.id or not {one.id, other.id} & keymap.keys():
                continue
            for key in sorted((one.keys & other.keys) - (_keys(one.binding.key) & _keys(other.binding.key))):
                names = (key, min(one.id, other.id), max(one.id, other.id))
                if names not in told:
                    told.add(names)
                    yield _sentence(key, one, other, keymap)


def _heard(chain: tuple[tuple[str, ...], ...], keymap: Mapping[str, str]) -> list[_Bound]:
    distances = {place: distance for distance, places in enumerate(chain) for place in places}
    return [
        _Bound(binding, place, distances[place], _keys(keymap.get(binding.id or "") or binding.key))
        for place, binding in bindings_by_place()
        if place in distances
    ]


def _keys(written: str) -> frozenset[str]:
    """Keys as they are compared: `[` and `left_square_bracket` are one."""
    return frozenset(key_to_character(key.strip()) or key.strip() for key in written.split(","))


def _sentence(key: str, one: _Bound, other: _Bound, keymap: Mapping[str, str]) -> str:
    winner = min((one, other), key=lambda bound: (not bound.binding.priority, bound.distance, bound.id not in keymap))
    loser = other if winner is one else one
    where = min((one, other), key=lambda bound: bound.distance).place
    return (
        f'[ui.keys] {spell_key(key)} is the key of "{winner.id}" ({winner.binding.description}) and of '
        f'"{loser.id}" ({loser.binding.description}). Where both could hear it ({where}), only "{winner.id}" does. '
        "Give one of them another key."
    )
