"""The colours of the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import App

from blufio_tui.core.errors import BlufioError
from blufio_tui.ui.theme_files import find_theme, load_themes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.theme import Theme

    from blufio_tui.ui.controllers.stage import Stage
    from blufio_tui.ui.ports.services import Look

DEFAULT_THEME, LIGHT_THEME = "blufio-dark", "blufio-light"


def theme_at_start(look: Look) -> Theme | None:
    """The configured theme, else the one that matches the terminal; None if no such file can be read."""
    wanted = look.theme or (LIGHT_THEME if look.light else DEFAULT_THEME)
    return find_theme(look.theme_folders, *filter(_is_a_name, (wanted, DEFAULT_THEME)))


class Appearance:
    def __init__(self, stage: Stage) -> None:
        """Use the configured theme before anything is drawn. The other files are read when they are needed."""
        self._stage = stage
        self._own_themes: dict[str, str] | None = None
        app, look = stage.app, stage.services.look
        if first := theme_at_start(look):
            app.register_theme(first)
        name = first.name if first else next(iter(self.own_themes), "textual-dark")
        app.set_reactive(App.theme, name)
        app.stylesheet.set_variables(app.get_css_variables())
        self._choose_driver()

    @property
    def own_themes(self) -> Mapping[str, str]:
        """Name of each theme file that could be read, with `dark` or `light`."""
        if self._own_themes is None:
            self.read_all()
        return self._own_themes or {}

    def read_all(self) -> list[str]:
        """Read and register every theme; what is wrong with which file."""
        app, look = self._stage.app, self._stage.services.look
        themes, problems = load_themes(look.theme_folders)
        for theme in themes.values():
            app.register_theme(theme)
        self._own_themes = {name: "dark" if theme.dark else "light" for name, theme in themes.items()}
        return problems

    def _choose_driver(self) -> None:
        """Of a real terminal: a browser or a test has a driver of its own. It is asked for its background only where no
        theme was chosen."""
        app, look = self._stage.app, self._stage.services.look
        if app.driver_class.__name__ == "LinuxDriver":
            from blufio_tui.ui.textual_fixes.terminal_driver import AskingDriver, TerminalDriver

            app.driver_class = AskingDriver if look.asks and not look.theme else TerminalDriver
        elif app.driver_class.__name__ == "WebDriver":
            from blufio_tui.ui.textual_fixes.key_bursts import mark_bursts_of_browsers

            mark_bursts_of_browsers()

    def follow_background(self, *, light: bool) -> None:
        """The terminal has answered, and nobody has chosen another theme meanwhile."""
        app = self._stage.app
        wanted = LIGHT_THEME if light else DEFAULT_THEME
        if app.theme in (DEFAULT_THEME, LIGHT_THEME) and wanted in self.own_themes and wanted != app.theme:
            app.theme = wanted

    def choose(self, name: str = "") -> None:
        """A theme by its name, else from the list."""
        if name in self.own_themes:
            self.keep(name)
        else:
            self._stage.open_screen("theme", "")

    def show(self, name: str) -> None:
        self._stage.app.theme = name

    def keep(self, name: str) -> None:
        """Use a theme from now on."""
        self.show(name)
        try:
            self._stage.services.settings.set("ui.theme", f'"{name}"')
        except BlufioError as error:
            self._stage.complain(error)


def _is_a_name(theme: str) -> bool:
    """Of a file in a folder of themes, and no way out of it."""
    return bool(theme) and "/" not in theme and "\0" not in theme
