"""A key in a prompt is caught before it is sent, stored or drafted."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

from blufio_tui.core.errors import BlufioError
from blufio_tui.core.text.key_masks import FoundKey, find_key, mask_keys, without_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from blufio_tui.ui.controllers.models import Models
    from blufio_tui.ui.controllers.stage import Stage


class KeysCaught:
    def __init__(self, stage: Stage, models: Models) -> None:
        self._stage = stage
        self._models = models

    def catch(self, text: str, instead: Callable[[str], None]) -> bool:
        """Ask what to do when the text holds a key; False if it holds none.

        Args:
            instead: given the text without the key, or with the key masked when the person wants that.
        """
        shown = self._shown() if find_key(text) is not None else ()
        found = find_key(text, shown)
        if found is None:
            return False
        from blufio_tui.ui.screens.key_caught import KeyCaught, KeyChoice

        can_connect = self._stage.services.connections is not None

        def chosen(choice: KeyChoice | None) -> None:
            instead(mask_keys(text, shown) if choice is KeyChoice.MASK else without_keys(text, shown))
            if choice is KeyChoice.CONNECT:
                self._connect(found)

        self._stage.app.push_screen(KeyCaught(found.kind, can_connect=can_connect), chosen)
        return True

    def _shown(self) -> Collection[str]:
        """What `agent.keys_shown` lets through. Where that cannot be read, nothing."""
        try:
            fields = self._stage.services.settings.fields()
        except BlufioError:
            return ()
        value = next((field.value for field in fields if field.key == "agent.keys_shown"), "[]")
        return tuple(tomllib.loads(f"value = {value}")["value"])

    def _connect(self, found: FoundKey) -> None:
        self._stage.background("connect-key", self._models.connect_with, found)
