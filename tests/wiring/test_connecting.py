"""Connections end to end behind the screen: tried, kept, used at once, and found again after a restart."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from blufio_tui.adapters.config.settings import load_settings, set_value
from blufio_tui.adapters.model.claude import ClaudeProvider
from blufio_tui.adapters.model.credentials import Credentials, Keyring
from blufio_tui.core.errors import ConfigError, UsageError
from blufio_tui.core.gate.approvers import DenyAll
from blufio_tui.features.screen.models import ConnectionDesk, Model, with_scheme
from blufio_tui.features.start.arguments import StartOptions
from blufio_tui.features.start.options import Options, choose_provider, read_options
from blufio_tui.features.stored.stores import open_database
from blufio_tui.ui.ports.models import ConnectionDraft
from blufio_tui.wiring.backend import Backend, build_backend
from blufio_tui.wiring.screen_ports import model_ports
from tests.fakes.messages_api import KEY, MessagesApi, Reply, text


def no_keyring() -> Keyring:
    raise OSError(1, "no keyring in tests")


def options_of(home: Path, monkeypatch: pytest.MonkeyPatch, **given: object) -> Options:
    monkeypatch.setenv("BLUFIO_HOME", str(home))
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    return read_options(StartOptions(project=home.parent, **given), interactive=True)


@asynccontextmanager
async def desk_on(options: Options) -> AsyncIterator[tuple[ConnectionDesk, Model, Backend]]:
    with open_database(options.paths) as database:
        backend = build_backend(options, database, DenyAll())
        keys = Credentials(options.paths.keys, environ={}, keyring=no_keyring)
        secrets = replace(backend.stored.secrets, credentials=keys)
        backend = replace(backend, stored=replace(backend.stored, secrets=secrets))
        ports = model_ports(backend)
        model = Model(ports)
        yield ConnectionDesk(ports, model), model, backend
        await model.close()
        await backend.close()


async def test_a_server_is_tried_kept_used_and_there_again_after_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    models = [{"id": "llama-8b", "type": "model", "display_name": "Llama", "created_at": "2026-01-01T00:00:00Z"}]
    async with MessagesApi(Reply(text("ok")), models=models) as api:
        draft = ConnectionDraft("local", api.url.removeprefix("http://"), "", KEY)
        options = options_of(home, monkeypatch)
        async with desk_on(options) as (desk, model, backend):
            assert model.is_guide
            tried = await desk.try_out(draft)
            assert tried.ok and tried.model == "llama-8b"
            assert load_settings(options.paths.config_file).model.connection == ""
            said = await desk.keep(replace(draft, model=tried.model))
            assert "only you can read" in said
            assert model.name == "llama-8b" and not model.is_guide
            assert [one.id for one in await desk.models()] == ["llama-8b"]
            assert KEY not in options.paths.config_file.read_text()
            assert backend.stored.secrets.redactor.redact(f"my key is {KEY}") == "my key is [secret local]"
        again = options_of(home, monkeypatch)
        assert (again.connection, again.key, again.settings.model.name) == ("local", "local", "llama-8b")
        provider = choose_provider(again, Credentials(again.paths.keys, environ={}, keyring=no_keyring))
        assert isinstance(provider, ClaudeProvider) and provider.base_url == api.url


async def test_a_refused_key_and_a_silent_server_are_told_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with MessagesApi(Reply(text("ok"))) as api, desk_on(options_of(tmp_path / "h", monkeypatch)) as (desk, _, _):
        refused = await desk.try_out(ConnectionDraft("a", api.url, "m", "wrong-key"))
        assert not refused.ok and "not accepted" in refused.message and "wrong-key" not in refused.message
        silent = await desk.try_out(ConnectionDraft("a", "127.0.0.1:1", ""))
        assert not silent.ok and "refused" in silent.message
        missing = await desk.try_out(ConnectionDraft("a", "", ""))
        assert not missing.ok and "API key" in missing.message
        unset = await desk.try_out(ConnectionDraft("a", "", "", "env:NOT_SET_ANYWHERE"))
        assert not unset.ok and "NOT_SET_ANYWHERE is not set" in unset.message


async def test_removing_the_connection_in_use_forgets_its_key_and_brings_the_guide_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with MessagesApi() as api, desk_on(options_of(tmp_path / "h", monkeypatch)) as (desk, model, backend):
        await desk.keep(ConnectionDraft("local", api.url, "m", KEY))
        assert [info.is_current for info in await desk.all()] == [True]
        await desk.remove("local")
        assert model.is_guide and await desk.all() == []
        assert backend.stored.secrets.credentials.where("local") == ""
        with pytest.raises(UsageError):
            await desk.remove("")


async def test_the_server_of_the_command_line_is_listed_and_what_is_meant_for_it_goes_to_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with MessagesApi() as api:
        options = options_of(tmp_path / "h", monkeypatch, base_url=api.url, model="m")
        async with desk_on(options) as (desk, model, _):
            (listed,) = await desk.all()
            assert (listed.address, listed.connection.model) == (api.url, "m")
            await desk.use("")
            assert model._endpoint.address == api.url and model.name == "m"


async def test_a_change_without_a_key_keeps_the_stored_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with MessagesApi() as api, desk_on(options_of(tmp_path / "h", monkeypatch)) as (desk, model, backend):
        await desk.keep(ConnectionDraft("local", api.url, "m", KEY))
        await desk.keep(ConnectionDraft("local", api.url, "other", keeps_key=True))
        found = backend.stored.secrets.credentials.key("local")
        assert model.name == "other" and found is not None and found.value == KEY


async def test_the_chosen_model_and_the_thinking_budget_are_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = options_of(tmp_path / "h", monkeypatch)
    async with MessagesApi() as api, desk_on(options) as (desk, model, backend):
        await desk.keep(ConnectionDraft("local", api.url, "m"))
        await model.switch("bigger")
        await desk.set_thinking(4096)
        assert backend.agent.config.model == "bigger" and await desk.thinking_budget() == 4096
    again = options_of(tmp_path / "h", monkeypatch)
    assert again.settings.model.name == "bigger" and again.settings.agent.thinking_budget == 4096
    with pytest.raises(ConfigError):
        await desk.set_thinking(-1)


async def test_a_model_given_for_one_run_is_not_written_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = options_of(tmp_path / "h", monkeypatch, model="for-now")
    async with desk_on(options) as (_, model, _):
        await model.switch("other")
    assert not options.paths.config_file.exists()


def test_a_connection_that_is_not_there_never_falls_back_to_another_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = options_of(tmp_path / "h", monkeypatch)
    set_value(options.paths.config_file, "model.connection", "gone")
    options = options_of(tmp_path / "h", monkeypatch)
    keys = Credentials(options.paths.keys, environ={"ANTHROPIC_API_KEY": "sk-x"}, keyring=no_keyring)
    with pytest.raises(ConfigError, match='there is no connection "gone"'):
        choose_provider(options, keys)
    given = options_of(tmp_path / "h", monkeypatch, base_url="http://127.0.0.1:9")
    assert given.connection_problem == "" and given.settings.model.base_url == "http://127.0.0.1:9"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("localhost:8080", "http://localhost:8080"),
        ("127.0.0.1:1/v1/", "http://127.0.0.1:1/v1"),
        ("models.example.org", "https://models.example.org"),
        (" http://far.example/x ", "http://far.example/x"),
        ("", ""),
    ],
)
def test_an_address_is_understood_as_people_type_it(typed: str, meant: str) -> None:
    assert with_scheme(typed) == meant


@pytest.mark.parametrize("typed", ["ftp://x", "http://", "://", "http://me:secret@far.example"])
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(ConfigError):
        with_scheme(typed)


@pytest.mark.parametrize(
    ("offered", "given", "asked"),
    [
        (["llama-8b"], {}, "llama-8b"),
        (["llama-8b", "llama-70b"], {}, ""),
        ([], {}, ""),
        (["llama-8b"], {"model": "another"}, "another"),
    ],
)
async def test_a_server_with_one_model_is_asked_for_it_unless_another_was_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, offered: list[str], given: dict[str, str], asked: str
) -> None:
    models = [
        {"id": name, "type": "model", "display_name": name, "created_at": "2026-01-01T00:00:00Z"} for name in offered
    ]
    async with MessagesApi(models=models) as api:
        options = options_of(tmp_path / "home", monkeypatch, base_url=api.url, **given)
        async with desk_on(options) as (_, model, backend):
            await model.connect()
            assert not model.is_guide
            assert model.name == (asked or options.settings.model.name)
            assert backend.agent.config.model == model.name
