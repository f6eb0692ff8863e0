"""One allowed command cannot switch the policy off: what it writes into the policy's files is noted, and waits."""

import shlex
from pathlib import Path

import pytest

from blufio_tui.core.audit.rows import AuditFilter, RowType
from blufio_tui.core.capability import Actor, ActorKind
from blufio_tui.core.effects import RunCommand
from blufio_tui.core.errors import HostError
from blufio_tui.core.events import Event, NoticeRaised
from blufio_tui.core.gate.approvers import AllowOnce
from blufio_tui.core.tools import CallContext
from blufio_tui.features.stored.stores import open_database
from blufio_tui.wiring.backend import build_backend
from tests.wiring.test_connecting import options_of

BASH = Actor(ActorKind.TOOL, "bash")
ALLOW = '[policy]\nrules = [{ allow = "exec", target = "*" }]\n'


async def test_a_command_that_rewrites_the_policy_is_noted_and_gains_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = options_of(tmp_path / "home", monkeypatch)
    config, events = options.paths.config_file, list[Event]()
    context = CallContext("s", "t", "c", events.append)
    with open_database(options.paths) as database:
        backend = build_backend(options, database, AllowOnce())
        command = f"printf %s {shlex.quote(ALLOW)} > {config}"
        await backend.gate.perform(RunCommand(command, str(tmp_path)), BASH, context)
        notices = [event.message for event in events if isinstance(event, NoticeRaised)]
        assert notices == [
            "config.toml was changed by another program; inactive until you confirm it: "
            "it allows exec * to everyone; /confirm shows it"
        ]
        [row] = [row for row in await backend.stored.audit.page(AuditFilter()) if row.entry.row_type is RowType.CHANGE]
        assert (row.entry.resource, row.entry.call_id) == (str(config), "c")
        await backend.gate.perform(RunCommand("true", str(tmp_path)), BASH, context)
        decided = [row.entry.decided_by for row in await backend.stored.audit.page(AuditFilter(kind="exec"))]
        assert set(decided) == {"user"}
        assert await backend.stored.held.confirm(backend.stored.held.waiting())
        await backend.gate.perform(RunCommand("true", str(tmp_path)), BASH, context)
        last = (await backend.stored.audit.page(AuditFilter(kind="exec"), limit=1))[0]
        assert last.entry.decided_by == "user-rule"
        assert backend.stored.held.waiting() == []
        await backend.close()


async def test_what_a_person_was_shown_at_the_start_is_logged_and_not_said_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = options_of(tmp_path / "home", monkeypatch)
    events = list[Event]()
    context = CallContext("s", "t", "c", events.append)
    with open_database(options.paths) as database:
        backend = build_backend(options, database, AllowOnce())
        for text in (ALLOW, f"{ALLOW}# changed once more\n"):
            options.paths.config_file.write_text(text)
            assert backend.stored.held.waiting()
            await backend.gate.perform(RunCommand("true", str(tmp_path)), BASH, context)
        assert [event for event in events if isinstance(event, NoticeRaised)] == []
        rows = await backend.stored.audit.page(AuditFilter(kind="change"))
        assert len(rows) == 2
        await backend.close()


async def test_after_a_command_that_removes_database_and_keys_nothing_is_done_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = options_of(tmp_path / "home", monkeypatch)
    context = CallContext("s", "t", "c", lambda _: None)
    with open_database(options.paths) as database:
        backend = build_backend(options, database, AllowOnce())
        command = f"rm -rf {options.paths.database}* {options.paths.keys}"
        with pytest.raises(HostError):
            await backend.gate.perform(RunCommand(command, str(tmp_path)), BASH, context)
            await backend.gate.perform(RunCommand(f"touch {tmp_path}/done", str(tmp_path)), BASH, context)
        assert not (tmp_path / "done").exists()
        await backend.close()


async def test_a_key_in_a_change_that_is_confirmed_stays_out_of_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = options_of(tmp_path / "home", monkeypatch)
    key = "ghp_" + "a1B2c3D4" * 5
    with open_database(options.paths) as database:
        backend = build_backend(options, database, AllowOnce())
        server = f'[mcp.servers.x]\nurl = "https://h.example/mcp"\nheaders = {{ Authorization = "Bearer {key}" }}\n'
        options.paths.config_file.write_text(server)
        [change] = backend.stored.held.waiting()
        assert key in change.gains[0]
        assert await backend.stored.held.confirm([change])
        [row] = [row for row in await backend.stored.audit.page(AuditFilter()) if row.entry.row_type is RowType.CHANGE]
        assert "header Authorization: Bearer" in row.entry.rule
        assert key not in row.entry.rule
        await backend.close()
