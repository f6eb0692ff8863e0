"""Which key does what a command of the palette does."""

from collections.abc import Iterator, Mapping

from textual.binding import Binding

from blufio_tui.ui.app import BlufioApp
from blufio_tui.ui.commands.leader_keys import LEADER_KEYS
from blufio_tui.ui.screens.main import MainScreen
from blufio_tui.ui.text.key_names import spell_key


def command_keys(keymap: Mapping[str, str]) -> dict[str, str]:
    """The first key of each action, with the keys that the configuration gives; else the one after the leader key."""
    keys: dict[str, str] = {}
    for prefix, owner in (("app.", BlufioApp), ("", MainScreen)):
        for binding in _bindings(owner):
            keys.setdefault(prefix + binding.action, _first(keymap.get(binding.id or "", binding.key)))
    leader = keys["app.leader"]
    for key in LEADER_KEYS:
        keys.setdefault(key.action, f"{leader} {_first(keymap.get(f'leader.{key.name}', key.keys))}")
    return keys


def _bindings(owner: type) -> Iterator[Binding]:
    for base in owner.__mro__:
        yield from (one for one in base.__dict__.get("BINDINGS", ()) if isinstance(one, Binding) and one.description)


def _first(keys: str) -> str:
    return spell_key(keys.split(",")[0].strip())
