"""Which key does what a command does."""

from collections.abc import Mapping

from blufio_tui.ui.commands.table import BY_ID, COMMANDS
from blufio_tui.ui.text.key_names import spell_key


def command_keys(keymap: Mapping[str, str]) -> dict[str, str]:
    """The first key of each command by its id, with the keys that the configuration gives; else the one after the
    leader key."""
    leader = _first(keymap.get("app.leader", BY_ID["app.leader"].keys))
    keys: dict[str, str] = {}
    for command in COMMANDS:
        if command.keys:
            keys[command.id] = _first(keymap.get(command.id, command.keys))
        elif command.leader is not None:
            keys[command.id] = f"{leader} {_first(keymap.get(command.leader_id, command.leader.keys))}"
    return keys


def _first(keys: str) -> str:
    return spell_key(keys.split(",")[0].strip())
