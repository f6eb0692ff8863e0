"""Opening the screens of the table of commands, and what they may ask of the app."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from blufio_tui.ui.commands.slash import slash_rows

if TYPE_CHECKING:
    from textual.theme import Theme
    from textual.worker import Worker

    from blufio_tui.core.sessions.records import StoredMessage
    from blufio_tui.ui.controllers.appearance import Appearance
    from blufio_tui.ui.controllers.branches import Branches
    from blufio_tui.ui.controllers.key_changes import KeyChanges
    from blufio_tui.ui.controllers.models import Models
    from blufio_tui.ui.controllers.modes import Modes
    from blufio_tui.ui.controllers.sessions import Sessions
    from blufio_tui.ui.controllers.stage import Stage
    from blufio_tui.ui.controllers.undo import Undo
    from blufio_tui.ui.ports.screen_host import OpenScreen
    from blufio_tui.ui.ports.services import Services
    from blufio_tui.ui.state.key_guard import KeyTimes
    from blufio_tui.ui.text.key_row import KeyRow


class Screens:
    """Opens screens, and is their `ScreenHost`."""

    def __init__(
        self,
        stage: Stage,
        keymap: Mapping[str, str],
        keys: KeyChanges,
        appearance: Appearance,
        models: Models,
        modes: Modes,
        sessions: Sessions,
        branches: Branches,
        undo: Undo,
    ) -> None:
        self._stage = stage
        self._keymap = keymap
        self._keys = keys
        self._appearance = appearance
        self._models = models
        self._modes = modes
        self._sessions = sessions
        self._branches = branches
        self._undo = undo
        self._opening: Worker[object] | None = None

    def open(self, name: str, query: str = "") -> None:
        """A screen by its module's name; the module is imported when it is first opened. What is typed meanwhile is
        for that screen."""
        release_keys = self._stage.hold_keys(self._give_up)
        self._opening = self._stage.background("screen", self._open, name, query, release_keys)

    def _give_up(self) -> bool:
        """Give up a screen whose content is still read; False once it is being shown."""
        if self._opening is None:
            return False
        self._opening.cancel()
        return True

    async def _open(self, name: str, query: str, release_keys: Callable[[], None]) -> None:
        try:
            open_screen: OpenScreen = import_module(f"blufio_tui.ui.screens.{name}").open_screen
            screen = await open_screen(self, query)
            self._opening = None
            app = self._stage.app
            if app.screen is not self._stage.main:
                await app.pop_screen()
            await app.push_screen(screen)
            screen.call_after_refresh(release_keys)
        except BaseException:
            release_keys()
            raise

    # ── what screens ask ───────────────────────────────────────────────────────────────────────────

    @property
    def services(self) -> Services:
        return self._stage.services

    @property
    def session_id(self) -> str:
        return self._sessions.session_id

    @property
    def key_times(self) -> KeyTimes:
        return self._stage.key_times

    def key_rows(self) -> Sequence[KeyRow]:
        from blufio_tui.ui.keys.table import key_rows

        return [*key_rows(self._keymap), *slash_rows()]

    def put_prompt(self, text: str) -> None:
        self._stage.main.prompt.put(text)
        self._stage.main.prompt.focus()

    def places(self) -> Sequence[str]:
        from blufio_tui.ui.keys.table import places_of

        screen = self._stage.app.screen
        return places_of(screen.focused or screen)

    def change_key(self, binding_id: str, key: str) -> Sequence[str]:
        return self._keys.change(binding_id, key)

    @property
    def theme(self) -> str:
        return self._stage.app.theme

    @property
    def available_themes(self) -> Mapping[str, Theme]:
        return self._stage.app.available_themes

    @property
    def own_themes(self) -> Mapping[str, str]:
        return self._appearance.own_themes

    def show_theme(self, name: str) -> None:
        self._appearance.show(name)

    def keep_theme(self, name: str) -> None:
        self._appearance.keep(name)

    def switch_model(self, name: str) -> None:
        self._models.switch(name)

    def choose_mode(self, name: str) -> None:
        self._stage.background("mode", self._modes.choose, name)

    async def prompts(self) -> Sequence[StoredMessage]:
        return await self._branches.prompts()

    def rewind_from_list(self, message_id: str) -> None:
        self._undo.rewind(message_id)
