"""What a server may be configured as, and what is said of the rest."""

from typing import Any

import pytest

from blufio_tui.core.errors import ConfigError
from blufio_tui.core.mcp.config import merged, parse_project_file, parse_servers
from blufio_tui.core.mcp.expansion import MissingVariable, expanded, variables_in
from blufio_tui.core.mcp.server import FoundServers, ServerConfig, Source, as_table
from blufio_tui.core.settings.foreign_changes import gains_of_settings
from blufio_tui.core.settings.parser import parse_settings


def _one(table: Any) -> ServerConfig:
    found = parse_servers({"x": table})
    assert found.problems == ()
    return found.servers[0]


def test_a_server_is_a_command_or_a_url() -> None:
    local = _one({"command": "npx", "args": ["-y", "p"], "env": {"A": "${B:-c}"}, "timeout_secs": 5})
    assert (local.words, local.variables, local.timeout_secs, local.is_remote) == (
        ("npx", "-y", "p"),
        ("B",),
        5.0,
        False,
    )
    remote = _one({"url": "https://e.org/", "headers": {"Authorization": "Bearer ${T}"}, "type": "http"})
    assert (remote.variables, remote.is_remote) == (("T",), True)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (7, "expected a table"),
        ({}, "needs either command or url"),
        ({"command": "a", "url": "https://b"}, "needs either command or url"),
        ({"command": 7}, "command: must be a string"),
        ({"command": "a\u202eb"}, "holds a hidden character"),
        ({"command": "a" * 9000}, "longer than"),
        ({"command": "a", "args": "b"}, "args: must be a list of strings"),
        ({"command": "a", "args": [1]}, "args: must be a string"),
        ({"command": "a", "env": {"B C": "d"}}, "cannot be a name here"),
        ({"command": "a", "env": {"LD\nX": "d"}}, "cannot be a name here"),
        ({"command": "a", "headers": {"X": "y"}}, "headers belong to a url"),
        ({"url": "file:///etc/passwd"}, "must start with https"),
        ({"url": "https://a", "headers": {"X\r\nY": "z"}}, "cannot be a name here"),
        ({"url": "https://a", "headers": {"X": "y\r\nz"}}, "hidden character"),
        ({"url": "https://a", "args": ["b"]}, "args and env belong to a command"),
        ({"type": "sse", "url": "https://a"}, "old transport sse"),
        ({"command": "a", "timeout_secs": 0}, "from 1 to 3600"),
        ({"command": "a", "timeout_secs": True}, "from 1 to 3600"),
        ({"command": "a", "enabled": "yes"}, "true or false"),
        ({"command": "a", "comand": "b"}, 'did you mean "command"'),
        ({"command": "a", "cwd": "/etc"}, "there is no such setting"),
        ({"command": "a", "capabilities": {"nets": []}}, 'did you mean "net"'),
        ({"command": "a", "capabilities": {"net": ["*"]}}, "capabilities.net"),
        ({"command": "a", "capabilities": {"read": ["../x"]}}, "capabilities.read"),
        ({"command": "a", "capabilities": {"env": ["A=B"]}}, "not the name of an environment variable"),
        ({"command": "a", "capabilities": []}, "must be a table"),
    ],
)
def test_what_is_wrong_is_said(table: Any, said: str) -> None:
    found = parse_servers({"x": table})
    assert found.servers == ()
    assert said in "\n".join(found.problems)


@pytest.mark.parametrize("name", ["", "a__b", "-a", "a_", "a b", "a.b", "ä", "a" * 33, "a-_b", "x\n"])
def test_names_that_could_be_taken_for_others_are_refused(name: str) -> None:
    assert parse_servers({name: {"command": "p"}}).servers == ()


def test_names_that_fall_together_are_refused() -> None:
    found = parse_servers({"a-b": {"command": "p"}, "A_B": {"command": "q"}})
    assert len(found.servers) == 1
    assert "cannot be told apart from" in found.problems[0]


def test_one_mistake_leaves_the_other_servers() -> None:
    found = parse_project_file({"mcpServers": {"bad": {}, "good": {"command": "p", "alwaysAllow": ["x"]}}, "other": 1})
    assert [server.name for server in found.servers] == ["good"]
    assert found.servers[0].source is Source.PROJECT


def test_a_projects_working_folder_is_not_obeyed() -> None:
    assert (
        "always starts in the project"
        in parse_project_file({"mcpServers": {"x": {"command": "p", "cwd": "/"}}}).problems[0]
    )


def test_a_project_cannot_shadow_ones_own() -> None:
    own, theirs = (
        parse_servers({"a-b": {"command": "mine"}}),
        parse_project_file({"mcpServers": {"A_b": {"command": "x"}}}),
    )
    both = merged(own, theirs)
    assert [server.command for server in both.servers] == ["mine"]
    assert "is left out" in both.problems[0]
    assert merged(FoundServers(), theirs).servers == theirs.servers


def test_a_server_survives_being_written() -> None:
    table = {"command": "p", "args": ["a"], "env": {"K": "v"}, "capabilities": {"read": ["~/x"], "unix": ["/run/y"]}}
    server = _one({**table, "enabled": False, "timeout_secs": 7})
    assert _one(as_table(server)) == server


@pytest.mark.parametrize(
    "change",
    [{"args": ["b"]}, {"env": {"K": "w"}}, {"capabilities": {"net": ["e.org"]}}, {"command": "q"}],
)
def test_every_change_that_matters_changes_the_digest(change: dict[str, Any]) -> None:
    table = {"command": "p", "args": ["a"], "env": {"K": "v"}}
    assert _one({**table, **change}).digest != _one(table).digest


def test_the_configuration_has_servers_and_refuses_wrong_ones() -> None:
    settings = parse_settings({"mcp": {"servers": {"x": {"command": "p"}}, "tools_in_prompt": 3}})
    assert (settings.mcp.servers[0].name, settings.mcp.tools_in_prompt) == ("x", 3)
    with pytest.raises(ConfigError, match="mcp.servers.x: needs either command or url"):
        parse_settings({"mcp": {"servers": {"x": {}}}})


CAGED = "may read and change the project, in the cage; no network"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"env": {"LD_PRELOAD": "/tmp/x.so"}}, f"variable LD_PRELOAD=/tmp/x.so; {CAGED}"),
        ({"env": {"A": "${HOME}"}}, f"variable A=${{HOME}}; sees HOME of your environment; {CAGED}"),
        ({"capabilities": {"read": ["~"], "net": ["evil.example"]}}, "may read ~; may net evil.example"),
        ({"enabled": False}, f"{CAGED}; disabled"),
        ({"timeout_secs": 5}, f"{CAGED}; timeout 5 s"),
    ],
)
def test_the_words_about_a_changed_server_say_all_that_changed(more: dict[str, Any], said: str) -> None:
    before = parse_settings({"mcp": {"servers": {"x": {"command": "p"}}}})
    after = parse_settings({"mcp": {"servers": {"x": {"command": "p", **more}}}})
    assert gains_of_settings(before, after) == (f"it changes the MCP server x: p; {said}",)


def test_a_server_that_another_program_wrote_into_the_configuration_waits_for_the_person() -> None:
    before = parse_settings({})
    after = parse_settings({"mcp": {"servers": {"x": {"command": "evil", "args": ["a b"]}}}})
    assert gains_of_settings(before, after) == (f"it adds the MCP server x: evil 'a b'; {CAGED}",)
    changed = parse_settings({"mcp": {"servers": {"x": {"command": "evil"}}}})
    assert gains_of_settings(after, changed) == (f"it changes the MCP server x: evil; {CAGED}",)
    assert gains_of_settings(after, before) == ("it drops the MCP server x",)


@pytest.mark.parametrize(
    ("text", "values", "found"),
    [
        ("plain $A {B}", {}, "plain $A {B}"),
        ("${A}", {"A": "x"}, "x"),
        ("${A}${B:-y}", {"A": "x"}, "xy"),
        ("${A:-y}", {"A": ""}, "y"),
        ("${A}", {"A": ""}, ""),
        ("${A:-}", {}, ""),
        ("${A}", {"A": "${B}", "B": "secret"}, "${B}"),
        ("${A:-${B}}", {"B": "x"}, "${B}"),
    ],
)
def test_variables_are_filled_in_once(text: str, values: dict[str, str], found: str) -> None:
    assert expanded(text, values) == found


def test_a_variable_without_a_value_is_missed() -> None:
    assert variables_in("${A} ${B:-c} ${A}") == ("A", "B")
    with pytest.raises(MissingVariable, match="^A$"):
        expanded("${A}", {})
