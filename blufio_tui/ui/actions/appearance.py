"""Colours, model and permission mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blufio_tui.core.capability import Mode
from blufio_tui.core.errors import BlufioError
from blufio_tui.core.text.display import visible_line
from blufio_tui.ui.actions.base import AppBase
from blufio_tui.ui.background import in_background
from blufio_tui.ui.ports.services import Services
from blufio_tui.ui.theme_files import load_themes

if TYPE_CHECKING:
    from blufio_tui.ui.textual_fixes.terminal_driver import BackgroundAnswered

DEFAULT_THEME, LIGHT_THEME = "blufio-dark", "blufio-light"
_CYCLE = (Mode.ASK, Mode.ACCEPT_EDITS, Mode.PLAN, Mode.READ_ONLY, Mode.DENY)
"""What shift+tab goes through; allow-all is never one key away."""


class LookActions(AppBase):
    # ── colours ────────────────────────────────────────────────────────────────────────────────────

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self.theme_problems = self._load_theme_files()
        self._asks_for_background()

    def _load_theme_files(self) -> list[str]:
        """Register every theme and use the configured one, before anything is drawn; what is wrong with which file."""
        themes, problems = load_themes(self.services.look.theme_folders)
        for theme in themes.values():
            self.register_theme(theme)
        self.own_themes = {name: "dark" if theme.dark else "light" for name, theme in themes.items()}
        look = self.services.look
        wanted = look.theme or (LIGHT_THEME if look.light else DEFAULT_THEME)
        first = next((name for name in (wanted, DEFAULT_THEME, *themes) if name in themes), "textual-dark")
        self.set_reactive(LookActions.theme, first)
        self.stylesheet.set_variables(self.get_css_variables())
        return problems

    def _asks_for_background(self) -> None:
        """Only where no theme was chosen, and of a real terminal: a browser or a test has a driver of its own."""
        look = self.services.look
        if self.driver_class.__name__ == "LinuxDriver":
            from blufio_tui.ui.textual_fixes.terminal_driver import AskingDriver, CalmDriver

            self.driver_class = AskingDriver if look.asks and not look.theme else CalmDriver

    def on_background_answered(self, message: BackgroundAnswered) -> None:
        """Nobody has chosen another theme meanwhile."""
        if self.theme in (DEFAULT_THEME, LIGHT_THEME):
            wanted = LIGHT_THEME if message.light else DEFAULT_THEME
            if wanted in self.own_themes and wanted != self.theme:
                self.theme = wanted

    def show_theme(self, name: str) -> None:
        self.theme = name

    def keep_theme(self, name: str) -> None:
        """Use a theme from now on."""
        self.theme = name
        try:
            self.services.settings.set("ui.theme", f'"{name}"')
        except BlufioError as error:
            self.complain(error)

    # ── the model ──────────────────────────────────────────────────────────────────────────────────

    def show_model(self) -> None:
        model = self.services.model
        self.main.status.change(model=model.name, context_window=model.context_window())
        self.main.chat.welcome.connected(is_guide=model.is_guide, model=model.name)

    def switch_model(self, name: str) -> None:
        in_background(self, "model", self._switch_model, name)

    async def _switch_model(self, name: str) -> None:
        try:
            await self.services.model.switch(name)
        except BlufioError as error:
            self.complain(error)
        self.show_model()

    # ── the mode ───────────────────────────────────────────────────────────────────────────────────

    async def action_mode(self, name: str) -> None:
        """Allow-all is asked about first."""
        mode = Mode(name)
        if mode is not Mode.ALLOW_ALL:
            await self._set_mode(mode)
            return
        from blufio_tui.ui.screens.ask import Confirm

        text = "Nothing is asked any more: tools and skills may do whatever no rule forbids, until you change the mode."
        self.push_screen(Confirm("Allow everything?", text), self._allow_all)

    async def _allow_all(self, yes: bool | None) -> None:
        if yes:
            await self._set_mode(Mode.ALLOW_ALL)

    async def action_confirm_changes(self) -> None:
        """Show what another program changed in the policy; only `y` in this dialog lets it count."""
        held = self.services.held
        waiting = await held.waiting() if held else ()
        if held is None or not waiting:
            self.notify("Nothing waits to be confirmed.", timeout=3)
            return
        from blufio_tui.ui.screens.ask import Confirm

        async def answer(yes: bool | None) -> None:
            if not yes:
                return
            try:
                done = await held.confirm(waiting)
            except BlufioError as error:
                self.complain(error)
                return
            self.notify("It counts now." if done else "The file was changed meanwhile: look again with /confirm.")

        text = "\n".join(
            f"{change.file}\n" + "\n".join(f"  {visible_line(gain)}" for gain in change.gains) for change in waiting
        )
        self.push_screen(Confirm("Another program changed your policy. Let this count?", text), answer)

    def choose_mode(self, name: str) -> None:
        in_background(self, "mode", self.action_mode, name)

    async def action_cycle_mode(self) -> None:
        now = self.services.mode.get()
        await self._set_mode(_CYCLE[(_CYCLE.index(now) + 1) % len(_CYCLE)] if now in _CYCLE else Mode.ASK)

    async def _set_mode(self, mode: Mode) -> None:
        try:
            await self.services.mode.set(mode)
        except BlufioError as error:
            self.complain(error)
        self.main.status.change(mode=self.services.mode.get())
