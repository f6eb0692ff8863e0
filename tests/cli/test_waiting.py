"""What the command line says about programs that run already, to which its changes are foreign ones."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from blufio_tui.adapters.storage import own_writes
from blufio_tui.cli import run
from blufio_tui.core.capability import ActorKind, Kind, Verdict
from blufio_tui.core.policy.approval import Lifetime, Scope
from blufio_tui.core.policy.grants import Grant
from blufio_tui.features.stored import stores

CONFIG = """
[policy]
rules = [{ deny = "fs.read", target = "~/tax" }]

[mcp.servers.notes]
command = "notes"
"""
GRANT = Grant(
    grant_id="",
    verdict=Verdict.ALLOW,
    actor_kind=ActorKind.TOOL,
    actor_name="bash",
    publisher="",
    content_hash="",
    kind=Kind.EXEC,
    scope=Scope.EXACT,
    pattern="git status",
    lifetime=Lifetime.FOREVER,
    cwd="/p",
)


@pytest.mark.parametrize(
    "words",
    [
        ("config", "set", "agent.max_tool_iterations", "3"),
        ("config", "set", "ui.theme", "blufio-light"),
        ("mcp", "add", "other", "--", "other"),
        ("mcp", "disable", "notes"),
        ("mcp", "remove", "notes"),
        ("rules", "add", "allow", "exec", "ls"),
        ("rules", "add", "deny", "exec", "ls"),
        ("rules", "remove", "1"),
        ("grants", "revoke", "yes"),
        ("grants", "revoke", "no"),
        ("grants", "edit", "yes", "--until", "7d"),
    ],
    ids=" ".join,
)
def test_it_says_what_a_running_program_holds_back_and_only_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("BLUFIO_HOME", str(tmp_path))
    (tmp_path / "config.toml").write_text(CONFIG)
    with stores.open_grants() as grants:
        for name, verdict in (("yes", Verdict.ALLOW), ("no", Verdict.DENY)):
            asyncio.run(grants.add(replace(GRANT, grant_id=name, verdict=verdict)))
    with stores.open_held_changes() as running:
        assert not running.waiting()
        assert run(words) == 0
        monkeypatch.setattr(own_writes, "_own_writes", {})  # for the running one, another process wrote that
        assert ("/confirm" in capsys.readouterr().err) is bool(running.waiting())
