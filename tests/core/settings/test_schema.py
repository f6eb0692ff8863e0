"""The configuration: one schema, every problem reported, files changed without losing what a person wrote."""

import errno
from pathlib import Path

import pytest

from blufio_tui.adapters.config.settings import as_json, as_toml, get_value, load_settings, set_value
from blufio_tui.core.capability import Kind, Verdict
from blufio_tui.core.errors import ConfigError, UnwritableConfig
from blufio_tui.core.policy.rules import UserRule
from blufio_tui.core.settings.parser import parse_settings, parse_value
from blufio_tui.core.settings.schema import SETTINGS, Effect, Settings, applied, server_problem


def test_an_empty_document_gives_the_defaults() -> None:
    assert parse_settings({}) == Settings()


def test_every_default_passes_its_own_check() -> None:
    for key, spec in SETTINGS.items():
        assert parse_value(key, spec.default) == spec.default
        assert spec.help.endswith(".")


def test_the_page_of_settings_says_of_each_when_a_change_applies() -> None:
    from scripts.settings_doc import TARGET, page

    text = page()
    assert TARGET.read_text("utf-8") == text
    assert all(f"| `{key}` |" in text for key in SETTINGS)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"netwrk": {}}, 'netwrk: there is no such setting; did you mean "network"?'),
        ({"agent": {"max_tokns": 1}}, 'did you mean "agent.max_tokens"?'),
        ({"agent": {"max_tokens": "many"}}, "agent.max_tokens: expected a whole number, found 'many'"),
        ({"agent": {"max_tokens": True}}, "expected a whole number, found True"),
        ({"agent": {"max_tokens": -1}}, "must be between 0 and 1e+06, found -1"),
        ({"network": {"allow_private": ["localhost"]}}, '"localhost" is not host:port'),
        ({"network": {"allow_private": ["127.0.0.1:99999"]}}, "is not host:port"),
        ({"network": {"proxy": "ftp://x"}}, "must be an http:// or https:// address"),
        ({"model": {"base_url": "https://user:secret@host"}}, "without user name"),
        ({"policy": {"mode": "yolo"}}, "must be one of ask, accept-edits, plan, read-only, deny, allow-all"),
        ({"policy": {"rules": [{"allow": "fs.rad"}]}}, "rule 1: 'fs.rad' is not a capability kind"),
        ({"policy": {"rules": [{"target": "x"}]}}, 'needs either allow = "KIND" or deny = "KIND"'),
        ({"policy": {"rules": [{"deny": "net", "tagret": "x"}]}}, 'did you mean "target"?'),
        ({"agent": 3}, "agent: expected a table [agent], found 3"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_expected(document: dict, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_settings(document)
    assert expected in str(caught.value)


def test_all_problems_are_reported_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_settings({"agent": {"max_tokens": -1, "nope": 1}, "budget": {"daily_usd": "x"}})
    assert len(str(caught.value).splitlines()) == 3


def test_rules_become_values() -> None:
    settings = parse_settings({"policy": {"rules": [{"deny": "net", "target": "*.example.org", "actor": "http"}]}})
    assert settings.policy.rules == (UserRule(Verdict.DENY, Kind.NET, "*.example.org", "http"),)


def test_setting_a_value_keeps_comments_and_layout(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('# mine\n[network]   # net\nallow_private = ["127.0.0.1:8080"] # dev\n')
    set_value(path, "network.proxy", "http://proxy:3128")
    set_value(path, "budget.daily_usd", "5")
    text = path.read_text()
    assert text.startswith('# mine\n[network]   # net\nallow_private = ["127.0.0.1:8080"] # dev\n')
    assert get_value(load_settings(path), "budget.daily_usd") == 5.0


def test_a_refused_value_leaves_the_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[agent]\nmax_tokens = 5\n")
    with pytest.raises(ConfigError):
        set_value(path, "agent.max_tokens", "-1")
    assert path.read_text() == "[agent]\nmax_tokens = 5\n"


@pytest.mark.parametrize("content", [b"[agent\n", b"\xff\xfe", b"agent = [1]\n"])
def test_an_unreadable_file_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match="config.toml"):
        load_settings(path)


def test_lists_and_words_can_be_typed_on_a_command_line(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    assert set_value(path, "network.allow_private", '["127.0.0.1:1"]') == ("127.0.0.1:1",)
    assert set_value(path, "model.name", "claude-x") == "claude-x"
    assert as_json(get_value(load_settings(path), "network.allow_private")) == '["127.0.0.1:1"]'


def test_one_bare_text_is_a_list_of_one(tmp_path: Path) -> None:
    assert set_value(tmp_path / "config.toml", "network.allow_private", "127.0.0.1:1") == ("127.0.0.1:1",)


def test_rules_can_be_set_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    set_value(path, "policy.rules", '[{deny = "fs.read", target = "~/tax"}]')
    rules = get_value(load_settings(path), "policy.rules")
    assert as_json(rules) == '[{"deny": "fs.read", "target": "~/tax", "actor": "*"}]'
    assert as_toml(rules) == '[{deny = "fs.read", target = "~/tax", actor = "*"}]'


def test_a_file_that_cannot_be_written_is_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / "config.toml"
    path.write_text("# mine\n")
    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(UnwritableConfig, match="No space left"):
        set_value(path, "ui.vim_keys", "true")
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("config.toml", "# mine\n")]


@pytest.mark.parametrize(
    "address",
    ["http://[::1]", "http://127.0.0.1:8080", "https://b\u00fccher.example/v1", "http://my_server"],
)
def test_the_address_of_a_server_is_accepted(address: str) -> None:
    assert server_problem(address) == ""


@pytest.mark.parametrize(
    "address",
    [
        "http://[::1",
        "http://[:::::]",
        "http://x:abc",
        "http://x:99999",
        "http://x:0",
        "http://\u24d4x.com",
        "http://x?y",
    ],
)
def test_what_no_server_can_have_as_address_is_refused(address: str) -> None:
    assert "http://" in server_problem(address)


def test_a_linked_file_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "kept.toml").write_text("# mine\n")
    (tmp_path / "config.toml").symlink_to("kept.toml")
    set_value(tmp_path / "config.toml", "ui.vim_keys", "true")
    assert (tmp_path / "config.toml").is_symlink()
    assert (tmp_path / "kept.toml").read_text() == "# mine\n\n[ui]\nvim_keys = true\n"


@pytest.mark.parametrize(("key", "text"), [("ui.theme", "\udcff"), ("model.name", ""), ("network.allow_private", "[")])
def test_what_is_no_text_no_name_and_no_list_is_refused(tmp_path: Path, key: str, text: str) -> None:
    with pytest.raises(ConfigError, match=key):
        set_value(tmp_path / "config.toml", key, text)
    assert not (tmp_path / "config.toml").exists()


_OTHER = {
    "model.base_url": "http://127.0.0.1:8080",
    "policy.mode": "deny",
    "policy.rules": ({"deny": "net", "target": "*"},),
    "commands.ask": "both",
    "commands.cage": "off",
    "agent.keys_shown": ["github"],
    "flows.guard": "off",
    "network.allow_private": ["127.0.0.1:1"],
    "network.proxy": "http://127.0.0.1:8080",
    "audit.witness": ["file:/tmp/witness"],
    "mcp.servers": {"notes": {"command": "notes"}},
    "ui.keys": {"app.quit": "ctrl+x"},
}
"""Another value than the default, where none can be made of it."""


def _other(key: str) -> object:
    match SETTINGS[key].default:
        case bool() as on:
            return not on
        case int() | float() as number:
            return number / 2 if isinstance(number, float) and number else number + 1
        case tuple():
            return ["another"]
        case _:
            return "another"


@pytest.mark.parametrize("key", SETTINGS)
def test_a_changed_setting_counts_without_a_restart_exactly_when_the_schema_says_so(key: str) -> None:
    section, _, name = key.partition(".")
    found = parse_settings({section: {name: _OTHER.get(key, _other(key))}})
    assert get_value(found, key) != SETTINGS[key].default
    counts = applied(Settings(), found)
    assert counts == (Settings() if SETTINGS[key].effect is Effect.RESTART else found)
    assert applied(found, Settings()) == (found if SETTINGS[key].effect is Effect.RESTART else Settings())
