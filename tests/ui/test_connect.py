from dataclasses import replace
from typing import Any

from textual.pilot import Pilot

from blufio_tui.core.connections import Connection
from blufio_tui.ui.app import BlufioApp
from blufio_tui.ui.ports.models import ListedConnection
from blufio_tui.ui.screens.connect import ConnectScreen
from blufio_tui.ui.screens.connect_form import ConnectForm
from blufio_tui.ui.screens.connect_models import ModelsScreen
from tests.fakes.ui_models import GOOD_KEY, FakeConnections
from tests.fakes.ui_services import Fakes
from tests.ui.helpers import NARROW, running, say, screen_text, until

LOCAL = ListedConnection(
    Connection("local", "http://127.0.0.1:8080", "llama", "none"), "http://127.0.0.1:8080", "no key"
)
WORK = ListedConnection(
    Connection("work", "", "claude-opus-4-5", "work"), "https://api.anthropic.com", "in the system's keyring", True
)


def unconnected() -> tuple[Fakes, FakeConnections]:
    fakes = Fakes()
    fakes.model.is_guide, fakes.model.name = True, "offline guide"
    connections = FakeConnections(fakes.model)
    fakes.more = {"connections": connections}
    return fakes, connections


def connected() -> tuple[Fakes, FakeConnections]:
    fakes, connections = unconnected()
    fakes.model.is_guide, fakes.model.name = False, "claude-opus-4-5"
    connections.infos = [LOCAL, WORK]
    return fakes, connections


async def opened(app: BlufioApp, pilot: Pilot[int], screen: type, *keys: str) -> Any:
    if keys:
        await pilot.press(*keys)
    await until(pilot, lambda: isinstance(app.screen, screen))
    await pilot.pause()
    return app.screen


async def test_the_welcome_card_leads_to_the_connections_by_keyboard() -> None:
    fakes, _ = unconnected()
    async with running(fakes) as (app, pilot, _):
        assert "/connect" in screen_text(app)
        await opened(app, pilot, ConnectScreen, "tab", "end", "enter")
        assert "Connect Anthropic with an API key" in screen_text(app)


async def test_a_key_is_tried_kept_and_used_without_a_restart() -> None:
    fakes, connections = unconnected()
    async with running(fakes) as (app, pilot, _):
        await say(pilot, "/connect")
        await opened(app, pilot, ConnectScreen)
        await opened(app, pilot, ConnectForm, "enter")
        await pilot.press(*GOOD_KEY.replace("-", "_").replace("_", "-"))
        assert GOOD_KEY not in screen_text(app) and "••••" in screen_text(app)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ConnectScreen) and connections.infos)
        assert connections.drafts[-1].key == GOOD_KEY
        assert connections.infos[0].connection.name == "anthropic" and connections.infos[0].is_current
        await pilot.press("escape")
        await until(pilot, lambda: "claude-sonnet-5-5" in screen_text(app))
        assert "Answers come from claude-sonnet-5-5" in screen_text(app)


async def test_a_key_that_is_refused_is_not_kept_and_nowhere_to_be_seen() -> None:
    fakes, connections = unconnected()
    async with running(fakes) as (app, pilot, _):
        await say(pilot, "/connect")
        await opened(app, pilot, ConnectScreen)
        await opened(app, pilot, ConnectForm, "enter")
        await pilot.press(*"wrongkey123", "enter")
        await until(pilot, lambda: "was not accepted" in screen_text(app))
        await pilot.press("home", "shift+end", "ctrl+c")
        assert app.clipboard != "wrongkey123"
        await pilot.press("escape")
        assert connections.infos == []
        assert "wrongkey123" not in repr(connections.drafts)
        assert fakes.history.prompts == ["/connect"]


async def test_a_local_server_needs_an_address_only() -> None:
    fakes, connections = unconnected()
    async with running(fakes, NARROW) as (app, pilot, _):
        await say(pilot, "/connect")
        await opened(app, pilot, ConnectScreen)
        await opened(app, pilot, ConnectForm, "down", "enter")
        await pilot.press("enter")
        await until(pilot, lambda: "Type the address" in screen_text(app))
        await pilot.press(*"localhost", "enter")
        await until(pilot, lambda: isinstance(app.screen, ConnectScreen) and connections.infos)
        draft = connections.drafts[-1]
        assert (draft.name, draft.base_url, draft.key) == ("local", "localhost", "")


async def test_a_second_connection_does_not_take_the_first_ones_name() -> None:
    fakes, connections = connected()
    async with running(fakes) as (app, pilot, _):
        await say(pilot, "/connect")
        await opened(app, pilot, ConnectScreen)
        await opened(app, pilot, ConnectForm, "end", "enter")
        assert "local-2" in screen_text(app)
        await pilot.press("escape")
        assert len(connections.infos) == 2


async def test_connections_are_switched_tried_and_removed() -> None:
    fakes, connections = connected()
    async with running(fakes) as (app, pilot, _):
        await say(pilot, "/connect")
        screen = await opened(app, pilot, ConnectScreen)
        assert screen.list_view.current.connection.name == "work"
        await pilot.press("home", "t")
        await until(pilot, lambda: "the model of local answers" in screen_text(app))
        await pilot.press("enter")
        await until(pilot, lambda: fakes.model.name == "llama" and screen.rows[0].is_current)
        await pilot.press("down", "d", "y")
        await until(pilot, lambda: [info.connection.name for info in connections.infos] == ["local"])


async def test_only_the_keys_that_do_something_on_the_row_are_offered() -> None:
    fakes, _ = connected()
    async with running(fakes) as (app, pilot, _):
        await say(pilot, "/connect")
        await opened(app, pilot, ConnectScreen)
        await until(pilot, lambda: "t Test" in screen_text(app) and "c Change" in screen_text(app))
        await pilot.press("end")
        await until(pilot, lambda: "t Test" not in screen_text(app))
        assert not [name for name in ("Test", "Change", "Remove") if name in screen_text(app).splitlines()[-1]]
        assert "m Models" in screen_text(app)
        await pilot.press("home")
        await until(pilot, lambda: "t Test" in screen_text(app))


async def test_the_slash_command_with_a_name_switches_at_once() -> None:
    fakes, connections = connected()
    async with running(fakes) as (app, pilot, _):
        await say(pilot, "/connect local")
        await until(pilot, lambda: "llama" in screen_text(app))
        assert connections.infos[0].is_current


async def test_a_change_keeps_the_key_that_is_not_typed_again() -> None:
    fakes, connections = connected()
    async with running(fakes) as (app, pilot, _):
        await say(pilot, "/connect")
        await opened(app, pilot, ConnectScreen)
        await opened(app, pilot, ConnectForm, "home", "c")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: connections.drafts)
        assert connections.drafts[-1].keeps_key and connections.drafts[-1].name == "local"


async def test_a_model_is_chosen_from_what_the_server_offers() -> None:
    fakes, _ = connected()
    async with running(fakes) as (app, pilot, _):
        screen = await opened(app, pilot, ModelsScreen, "alt+m")
        await until(pilot, lambda: screen.list_view.rows)
        assert "● claude-opus-4-5" in screen_text(app) and "200k" in screen_text(app)
        await pilot.press("down", "enter")
        await until(pilot, lambda: fakes.model.name == "claude-haiku-4-5" and app.screen is app.main)
        assert "claude-haiku-4-5" in screen_text(app)


async def test_thinking_is_turned_on_with_a_budget_and_off() -> None:
    fakes, connections = connected()
    async with running(fakes) as (app, pilot, _):
        screen = await opened(app, pilot, ModelsScreen, "alt+m")
        await until(pilot, lambda: screen.list_view.rows)
        await pilot.press("t")
        await pilot.press(*"4096", "enter")
        await until(pilot, lambda: connections.thinking == 4096)
        await pilot.press("escape")
        await say(pilot, "/thinking off")
        await until(pilot, lambda: connections.thinking == 0)


async def test_without_a_model_the_list_says_how_to_connect_one() -> None:
    fakes, connections = unconnected()
    connections.offered = []
    async with running(fakes) as (app, pilot, _):
        await opened(app, pilot, ModelsScreen, "alt+m")
        await until(pilot, lambda: "No model is connected" in screen_text(app))
        keys = screen_text(app).splitlines()[-1]
        assert "Connections" in keys and "Thinking" not in keys and "By name" not in keys
        await opened(app, pilot, ConnectScreen, "c")


async def test_a_warning_about_an_unencrypted_server_is_shown() -> None:
    fakes, connections = connected()
    connections.infos = [replace(LOCAL, connection=Connection("local", "http://far.example", "llama"))]
    async with running(fakes) as (app, pilot, _):
        await say(pilot, "/connect")
        await opened(app, pilot, ConnectScreen)
        assert "is not encrypted" in screen_text(app)
