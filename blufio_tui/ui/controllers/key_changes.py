"""Other keys for what keys do, while the program runs."""

from __future__ import annotations

import json
from collections.abc import MutableMapping, Sequence
from typing import TYPE_CHECKING

from blufio_tui.ui.keys.vim import VIM_KEYS

if TYPE_CHECKING:
    from blufio_tui.ui.controllers.stage import Stage


class KeyChanges:
    """
    Args:
        keymap: what differs from the defaults, vim's keys among it; changed in place.
    """

    def __init__(self, stage: Stage, keymap: MutableMapping[str, str]) -> None:
        self._stage = stage
        self._keymap = keymap
        self._own = dict(stage.services.look.keys)

    def change(self, binding_id: str, key: str) -> Sequence[str]:
        """Give an action another key, "" for its default; what speaks against it, () when it was done.

        Raises:
            ConfigError: the configuration cannot be written.
        """
        from blufio_tui.ui.keys.check import keymap_problems

        vim_keys = self._stage.services.look.vim_keys
        wanted = {name: keys for name, keys in self._own.items() if name != binding_id}
        if key:
            wanted[binding_id] = key
        before = set(keymap_problems(self._own, vim_keys=vim_keys))
        problems = [found for found in keymap_problems(wanted, vim_keys=vim_keys) if found not in before]
        if problems:
            return problems
        table = ", ".join(f"{json.dumps(name)} = {json.dumps(keys)}" for name, keys in wanted.items())
        self._stage.services.settings.set("ui.keys", f"{{ {table} }}" if table else "{}")
        self._own = wanted
        self._keymap.clear()
        self._keymap.update({**(VIM_KEYS if vim_keys else {}), **wanted})
        self._stage.app.set_keymap(dict(self._keymap))
        return ()
