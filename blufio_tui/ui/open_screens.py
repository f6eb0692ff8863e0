"""Which screen a name opens."""

from typing import TYPE_CHECKING

from textual.screen import Screen

from blufio_tui.core.errors import UsageError
from blufio_tui.core.text.amounts import date_time
from blufio_tui.ui.content.modes import MODES_IN_WORDS
from blufio_tui.ui.content.swatches import LEGEND, swatch
from blufio_tui.ui.screens.pick import Option, PickScreen
from blufio_tui.ui.state.restore import said

if TYPE_CHECKING:
    from blufio_tui.ui.app import BlufioApp


async def make_screen(app: "BlufioApp", name: str, query: str = "") -> Screen[None]:
    """Screens are imported when they are first opened. Raises `BlufioError` when what it shows cannot be read."""
    services, session_id = app.services, app.turns.session_id
    match name:
        case "skills":
            from blufio_tui.ui.screens.skills import SkillsScreen

            return SkillsScreen(services, query=query)
        case "audit":
            from blufio_tui.ui.screens.audit import AuditScreen

            return AuditScreen(services, session_id, query)
        case "sessions":
            from blufio_tui.ui.screens.sessions import SessionsScreen

            return SessionsScreen(services, session_id, query)
        case "grants":
            from blufio_tui.ui.screens.grants import GrantsScreen

            return GrantsScreen(services, session_id)
        case "rules":
            from blufio_tui.ui.screens.rules import RulesScreen

            if services.rules is None:
                raise UsageError("Rules cannot be shown here.")
            return RulesScreen(services, services.rules)
        case "jobs":
            from blufio_tui.ui.screens.jobs import JobsScreen

            if services.jobs is None:
                raise UsageError("No commands run in the background here.")
            return JobsScreen(services, services.jobs, session_id)
        case "mcp":
            from blufio_tui.ui.screens.servers import ServersScreen

            if services.servers is None:
                raise UsageError("No MCP servers can be used here.")
            return ServersScreen(services, services.servers)
        case "cost":
            from blufio_tui.ui.screens.cost import CostScreen

            return CostScreen(services, session_id)
        case "settings":
            from blufio_tui.ui.screens.settings import SettingsScreen

            return SettingsScreen(services, query=query)
        case "theme":
            return _themes(app)
        case "model" if services.connections is not None:
            from blufio_tui.ui.screens.connect_models import ModelsScreen

            return ModelsScreen(services, services.connections, query)
        case "model":
            return _models(app)
        case "connect":
            from blufio_tui.ui.screens.connect import ConnectScreen

            if services.connections is None:
                raise UsageError("Models cannot be connected here.")
            return ConnectScreen(services, services.connections, query)
        case "mode":
            return _modes(app)
        case "rewind":
            return await _rewind(app)
        case _:
            from blufio_tui.ui.screens.help import HelpScreen

            return HelpScreen(services, app.keys_now)


def _themes(app: "BlufioApp") -> Screen[None]:
    before = app.theme
    themes = app.available_themes
    options = [
        Option(name, name, note, name == before, swatch(themes[name]), LEGEND) for name, note in app.own_themes.items()
    ]
    return PickScreen(app.services, "Theme", options, app.keep_theme, lambda name: app.show_theme(name or before))


def _models(app: "BlufioApp") -> Screen[None]:
    now = app.services.model.name
    names = list(dict.fromkeys([now, *app.services.model.choices()]))
    options = [Option(name, name, is_current=name == now) for name in names if name]
    return PickScreen(app.services, "Model", options, app.switch_model)


def _modes(app: "BlufioApp") -> Screen[None]:
    now = app.services.mode.get()
    options = [Option(mode.value, mode.value, note, mode is now) for mode, note in MODES_IN_WORDS.items()]
    return PickScreen(app.services, "Permission mode", options, app.choose_mode)


async def _rewind(app: "BlufioApp") -> Screen[None]:
    prompts = await app.conversations.prompts(app.turns.session_id) if app.turns.session_id else []
    options = [
        Option(str(prompt.message_id), said(prompt), f"{date_time(prompt.created)}\n\n{said(prompt)}")
        for prompt in reversed(prompts)
    ]
    return PickScreen(app.services, "Go back to before", options, app.rewind_to)
