"""`blufio-tui mcp` as people and scripts use it."""

import json
import os
import shutil
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from blufio_tui.adapters.cage.program_side.probe import why_not
from blufio_tui.cli import run
from tests.fakes import oauth_server

needs_cage = pytest.mark.skipif(bool(why_not()), reason=why_not() or "a cage can be made")
PYTHON = os.path.realpath(sys.executable)


@dataclass
class Done:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Terminal:
    root: Path
    capture: pytest.CaptureFixture[str]

    @property
    def project(self) -> Path:
        return self.root / "project"

    @property
    def config(self) -> str:
        return (self.root / "home" / "config.toml").read_text()

    def __call__(self, *words: str) -> Done:
        self.capture.readouterr()
        try:
            code = run(("mcp", *words))
        except SystemExit as ended:
            code = int(ended.code or 0)
        captured = self.capture.readouterr()
        return Done(code, captured.out, captured.err)

    def project_file(self, servers: dict[str, Any]) -> None:
        (self.project / ".mcp.json").write_text(json.dumps({"mcpServers": servers}))


@pytest.fixture
def mcp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    root = Path(os.path.realpath(tmp_path))
    for name in ("project", "home"):
        (root / name).mkdir()
    monkeypatch.setenv("BLUFIO_HOME", str(root / "home"))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.chdir(root / "project")
    return Terminal(root, capsys)


def test_a_server_is_added_listed_switched_and_removed(mcp: Terminal) -> None:
    (mcp.root / "home" / "config.toml").write_text('# mine\n[model]\nname = "x"  # kept\n')
    done = mcp("add", "memory", "--env", "FILE=${HOME}/m.json", "--net", "example.org", "--", "npx", "-y", "memory")
    assert done.code == 0, done.err
    assert '# mine\n[model]\nname = "x"  # kept\n' in mcp.config
    (listed,) = mcp("list", "--json").json
    assert {"name", "kind", "source", "enabled", "trusted", "command", "args", "url", "capabilities"} <= set(listed)
    assert (listed["command"], listed["args"], listed["env"]) == ("npx", ["-y", "memory"], {"FILE": "${HOME}/m.json"})
    assert listed["capabilities"] == {"net": ["example.org"]}
    assert mcp("disable", "memory").code == 0
    assert mcp("list", "--json").json[0]["enabled"] is False
    assert mcp("enable", "memory", "--json").json["enabled"] is True
    assert mcp("remove", "memory").code == 0
    assert mcp("list", "--json").json == []
    assert '# mine\n[model]\nname = "x"  # kept\n' in mcp.config


def test_options_may_stand_before_the_name_and_a_command_may_have_any(mcp: Terminal) -> None:
    assert mcp("add", "--url", "https://example.org/mcp", "far", "--header", "X=1").code == 0
    assert mcp("add", "near", "--", "prog", "--env", "x", "--json").code == 0
    far, near = mcp("list", "--json").json
    assert (far["url"], far["headers"], far["kind"]) == ("https://example.org/mcp", {"X": "1"}, "http")
    assert near["args"] == ["--env", "x", "--json"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", "x"), "give a command or --url"),
        (("add", "x", "--url", "ftp://y"), "url: must start with https"),
        (("add", "a__b", "--", "p"), "a server's name is"),
        (("add", "x", "--env", "novalue", "--", "p"), "must be NAME=VALUE"),
        (("add", "x", "--net", "com", "--", "p"), "whole top-level domain"),
        (("add", "x", "--url", "https://y/", "--", "p"), "needs either command or url"),
    ],
)
def test_what_cannot_be_added_is_said(mcp: Terminal, words: tuple[str, ...], said: str) -> None:
    done = mcp(*words)
    assert done.code == 2
    assert said in done.err
    assert not (mcp.root / "home" / "config.toml").exists()


def test_a_name_is_taken_once(mcp: Terminal) -> None:
    assert mcp("add", "x", "--", "p").code == 0
    again = mcp("add", "x", "--", "q")
    assert (again.code, "already" in again.err) == (2, True)


@pytest.mark.parametrize("action", ["show", "test", "remove", "enable", "disable", "login"])
def test_a_server_that_is_not_there_is_said(mcp: Terminal, action: str) -> None:
    done = mcp(action, "ghost")
    assert done.code == 1
    assert "MCP server ghost" in done.err


def test_a_secret_that_would_stand_in_the_file_is_noted(mcp: Terminal) -> None:
    done = mcp("add", "x", "--env", "API_KEY=abc", "--", "p")
    assert "--env API_KEY='${API_KEY}' keeps it out" in done.err
    assert "keeps it out" not in mcp("add", "y", "--env", "API_KEY=${API_KEY}", "--", "p").err


# ── the project's ──────────────────────────────────────────────────────────────────────────────────


def test_a_projects_servers_are_trusted_as_they_are_and_asked_about_again_when_they_change(mcp: Terminal) -> None:
    mcp.project_file({"theirs": {"command": "prog", "args": ["${HOME}"], "env": {"A": "b"}}})
    assert mcp("list", "--json").json[0]["trusted"] is False
    shown = mcp("trust", "--yes")
    assert "prog '${HOME}'" in shown.out
    assert "sees HOME of your environment" in shown.out
    assert mcp("list", "--json").json[0]["trusted"] is True
    mcp.project_file({"theirs": {"command": "prog", "args": ["${HOME}", "x"], "env": {"A": "b"}}})
    assert mcp("list", "--json").json[0]["trusted"] is False
    refused = mcp("test", "theirs")
    assert (refused.code, "not trusted" in refused.err) == (2, True)


def test_no_is_no(mcp: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    mcp.project_file({"theirs": {"command": "prog"}})
    monkeypatch.setattr("builtins.input", lambda _question: "")
    assert mcp("trust").code == 1
    assert mcp("list", "--json").json[0]["trusted"] is False


def test_a_projects_server_does_not_take_the_place_of_ones_own(mcp: Terminal) -> None:
    mcp("add", "memory", "--", "mine")
    mcp.project_file({"Memory": {"command": "theirs"}})
    done = mcp("list", "--json")
    assert [server["command"] for server in done.json] == ["mine"]
    assert "you have one of that name" in done.err


@pytest.mark.parametrize("content", ["not json", "[]", '{"mcpServers": 7}', "[" * 100_000, "\udcff"])
def test_a_damaged_project_file_is_a_sentence(mcp: Terminal, content: str) -> None:
    (mcp.project / ".mcp.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    done = mcp("list", "--json")
    assert (done.code, done.json) == (0, [])
    assert done.err.startswith("! .mcp.json")


def test_a_project_file_that_leads_out_of_the_project_is_not_read(mcp: Terminal) -> None:
    (mcp.root / "elsewhere.json").write_text(json.dumps({"mcpServers": {"x": {"command": "p"}}}))
    (mcp.project / ".mcp.json").symlink_to(mcp.root / "elsewhere.json")
    assert "leads out of the project" in mcp("list").err


# ── testing ────────────────────────────────────────────────────────────────────────────────────────


@needs_cage
def test_a_test_starts_it_and_shows_what_it_offers_and_was_refused(mcp: Terminal) -> None:
    shutil.copy(Path(__file__).parents[1] / "fakes" / "mcp_server.py", mcp.project / "server.py")
    mcp("add", "fake", "--", PYTHON, "server.py")
    done = mcp("test", "fake", "--json")
    report = done.json
    assert (done.code, report["ok"], report["caged"], report["server"]) == (0, True, True, "fake 1")
    assert {"name": "fake__add", "original": "add", "description": "Adds two numbers.", "state": "known"} in report[
        "tools"
    ]
    assert (report["prompts"], report["resources"]) == (["essay"], ["memo://one"])
    shown = mcp("show", "fake", "--json").json
    assert any(tool["name"] == "add" and len(tool["digest"]) == 64 for tool in shown["tools"])


@needs_cage
def test_a_program_that_is_no_server_fails_with_its_last_words(mcp: Terminal) -> None:
    mcp("add", "echo", "--", "sh", "-c", "echo what is this >&2; exit 4")
    done = mcp("test", "echo")
    assert done.code == 1
    assert "it ended with exit status 4; it last said: what is this" in done.err
    assert "refused" not in done.err


@needs_cage
def test_what_a_server_was_refused_is_said_where_it_could_not_begin(mcp: Terminal) -> None:
    outside = mcp.root / "outside.txt"
    outside.write_text("x")
    mcp("add", "far", "--", "sh", "-c", f"cat {outside} {outside}; exit 4")
    done = mcp("test", "far")
    assert (done.code, done.err.count(f"  refused   fs.read {outside}\n")) == (1, 1)
    assert "Declare what it needs" in done.err


# ── logging in ─────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def locked() -> Iterator[oauth_server.State]:
    server, state = oauth_server.serve()
    yield state
    server.shutdown()
    server.server_close()


def _browser(monkeypatch: pytest.MonkeyPatch, change: Callable[[str], str] = lambda address: address) -> list[str]:
    """Opens the address that is shown, as a person would, and follows it back."""
    opened: list[str] = []

    def open_it(address: str) -> None:
        opened.append(address)
        threading.Thread(target=lambda: urllib.request.urlopen(change(address)).read(), daemon=True).start()

    monkeypatch.setattr("blufio_tui.cli.mcp._show_address", open_it)
    return opened


def _lock(mcp: Terminal, state: oauth_server.State) -> None:
    (mcp.root / "home" / "config.toml").write_text(
        f'[network]\nallow_private = ["127.0.0.1:{state.port}"]\n[mcp.servers.far]\nurl = "{state.origin}/mcp"\n'
    )


def test_a_login_brings_tokens_that_are_used_and_renewed(
    mcp: Terminal, locked: oauth_server.State, monkeypatch: pytest.MonkeyPatch
) -> None:
    _lock(mcp, locked)
    assert "mcp login far" in mcp("test", "far").err
    opened = _browser(monkeypatch)
    done = mcp("login", "far", "--json")
    assert done.code == 0, done.err
    assert opened[0].startswith(f"{locked.origin}/authorize?")
    kept = mcp.root / "home" / "keys" / "mcp-logins.json"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert mcp("test", "far").code == 0
    locked.tokens.clear()
    assert mcp("test", "far").code == 0, "the token was renewed"
    assert locked.refusals == []
    locked.tokens.clear()
    locked.refresh.clear()
    assert "mcp login far" in mcp("test", "far").err
    assert mcp("logout", "far").out == "logged out\n"


def test_a_login_after_rights_were_missing_asks_for_them_besides_its_own(
    mcp: Terminal, locked: oauth_server.State, monkeypatch: pytest.MonkeyPatch
) -> None:
    _lock(mcp, locked)
    opened = _browser(monkeypatch)
    assert mcp("login", "far").code == 0
    locked.needs = {"tools/list": "tools:list"}
    failed = mcp("test", "far")
    assert "rights that your login does not have: tools:list" in failed.err
    assert mcp("login", "far").code == 0
    assert "scope=tools%3Alist" in opened[-1]
    assert mcp("test", "far").code == 0
    locked.needs = {"tools/list": "more"}
    assert mcp("test", "far").code == 1
    assert mcp("login", "far").code == 0
    assert "scope=tools%3Alist+more" in opened[-1]


def test_what_a_login_asks_for_is_recorded(
    mcp: Terminal, locked: oauth_server.State, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _lock(mcp, locked)
    _browser(monkeypatch)
    mcp("login", "far")
    capsys.readouterr()
    assert run(("audit", "list", "--json")) == 0
    rows = json.loads(capsys.readouterr().out)
    assert f"{locked.origin}/token" in {row["resource"] for row in rows if row["actor"] == "mcp:far"}
    assert "code_verifier" not in json.dumps(rows)


def test_a_login_page_that_nobody_may_reach_is_refused(
    mcp: Terminal, locked: oauth_server.State, monkeypatch: pytest.MonkeyPatch
) -> None:
    _lock(mcp, locked)
    opened = _browser(monkeypatch)
    locked.authorization_endpoint = "http://169.254.169.254/authorize"
    done = mcp("login", "far")
    assert done.code == 1
    assert "cloud metadata" in done.err
    assert opened == []


def test_an_answer_with_another_state_is_refused(
    mcp: Terminal, locked: oauth_server.State, monkeypatch: pytest.MonkeyPatch
) -> None:
    _lock(mcp, locked)
    _browser(monkeypatch, lambda address: address.replace("state=", "state=other"))
    done = mcp("login", "far")
    assert done.code == 1
    assert "State parameter mismatch" in done.err
    assert not (mcp.root / "home" / "keys" / "mcp-logins.json").exists()
