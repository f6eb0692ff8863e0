"""A hostile project, server or neighbour: what reaches commands, cards, masks and files all the same."""

import fcntl
import html
import os
import subprocess
from pathlib import Path

import pytest

from blufio_tui.adapters.commands.environment import command_environment
from blufio_tui.adapters.config import grants_file
from blufio_tui.adapters.config.grants_file import GrantsFile
from blufio_tui.adapters.files.file_effects import prepare_read, prepare_write
from blufio_tui.adapters.files.guard import FileGuard, places
from blufio_tui.core.capability import ActorKind, Kind, Verdict
from blufio_tui.core.effects import ReadFile, WriteFile
from blufio_tui.core.errors import ConfigError, HostError
from blufio_tui.core.policy.approval import Lifetime, Scope
from blufio_tui.core.policy.grants import Grant
from blufio_tui.core.text.redaction import Redactor, mask
from tests.fakes.session_clock import SettableClock

SECRET = "aB3/x<y>&'q\"7zQ"


# ── the environment of commands ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "name",
    ["PGPASSWORD", "MYSQL_PWD", "SSHPASS", "GITHUB_PAT", "REDISCLI_AUTH", "OPENAI_KEY", "SIGNING_KEY", "DB_PASSWORD_2"],
)
def test_a_command_finds_no_credential_in_its_environment(name: str) -> None:
    assert name not in command_environment({name: "correct horse"})


@pytest.mark.parametrize("name", ["HOME", "PWD", "OLDPWD", "SSH_AUTH_SOCK", "KEYBOARD", "LANG", "AUTHOR"])
def test_a_command_finds_the_ordinary_variables(name: str) -> None:
    assert command_environment({name: "/x"})[name] == "/x"


@pytest.mark.parametrize("name", ["BASH_ENV", "CDPATH", "SHELLOPTS", "BASHOPTS", "PS4"])
def test_what_would_change_how_bash_reads_a_command_is_not_passed_on(name: str) -> None:
    assert name not in command_environment({name: "/x"})


def test_a_project_cannot_bring_its_own_git() -> None:
    path = command_environment({"PATH": "/usr/bin:.::./:..:/home/p/bin:"})["PATH"]
    assert path == "/usr/bin:/home/p/bin"


# ── what a server echoes ───────────────────────────────────────────────────────────────────────────

ECHOES = {
    "PHP's JSON": SECRET.replace("/", "\\/"),
    "Go's JSON": SECRET.replace('"', '\\"').replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"),
    "all of it in JSON escapes": "".join(f"\\u{ord(one):04x}" for one in SECRET),
    "all of it percent-encoded": "".join(f"%{ord(one):02X}" for one in SECRET),
    "percent-encoded in lower case": "".join(f"%{ord(one):02x}" for one in SECRET),
    "entities": "".join(f"&#{ord(one)};" for one in SECRET),
    "hexadecimal entities": "".join(f"&#x{ord(one):x};" for one in SECRET),
    "Go's HTML": html.escape(SECRET).replace("&#x27;", "&#39;"),
    "lower case": SECRET.lower(),
    "upper case": SECRET.upper(),
    "a hex dump": SECRET.encode().hex(" "),
}


@pytest.mark.parametrize("echo", ECHOES.values(), ids=ECHOES.keys())
def test_a_secret_is_masked_however_it_is_echoed(echo: str) -> None:
    if echo == ECHOES["Go's JSON"]:
        echo = echo.replace("'", "\\u0027")
    assert mask(f"you sent {echo}.", {"K": SECRET}) == "you sent [secret K]."
    redactor = Redactor({"K": SECRET})
    assert redactor.redact(f"x{echo}y") == "x[secret K]y"


# ── what a card shows ──────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def guard(tmp_path: Path) -> FileGuard:
    return FileGuard(places(tmp_path, tmp_path))


@pytest.mark.parametrize(("old", "new"), [("a\nb\n", "a\r\nb\n"), ("a\nb", "a\x0bb"), ("a", "a\n"), ("x\x85y", "x\ny")])
def test_a_write_that_changes_only_line_ends_is_not_shown_as_no_change(
    guard: FileGuard, tmp_path: Path, old: str, new: str
) -> None:
    (tmp_path / "f").write_bytes(old.encode())
    preview = prepare_write(guard, WriteFile("f", new.encode())).describe()
    assert "no change" not in preview
    assert "+" in preview.partition("@@")[2]


def test_a_path_cannot_write_further_lines_onto_the_card(guard: FileGuard) -> None:
    preview = prepare_read(guard, ReadFile("a\nnot to be confused with\x1b[2J\u202e")).describe()
    assert preview.split("\n") == [preview]
    assert preview.isprintable()


async def test_a_write_is_not_done_on_another_file_than_the_one_that_was_shown(
    guard: FileGuard, tmp_path: Path
) -> None:
    (tmp_path / "f").write_text("old")
    prepared = prepare_write(guard, WriteFile("f", b"new"))
    prepared.describe()
    (tmp_path / "f").write_text("what its owner wrote meanwhile")
    with pytest.raises(HostError, match="changed while the approval was waiting"):
        await prepared.execute()
    assert (tmp_path / "f").read_text() == "what its owner wrote meanwhile"


async def test_the_same_write_twice_is_no_change_meanwhile(guard: FileGuard, tmp_path: Path) -> None:
    both = [prepare_write(guard, WriteFile("f", b"new")) for _ in range(2)]
    for prepared in both:
        prepared.describe()
    for prepared in both:
        await prepared.execute()
    assert (tmp_path / "f").read_text() == "new"


# ── the grants file ────────────────────────────────────────────────────────────────────────────────

GRANT = Grant("g1", Verdict.ALLOW, ActorKind.TOOL, "bash", "", "", Kind.EXEC, Scope.EXACT, "ls", Lifetime.FOREVER)


async def test_a_lock_that_is_never_released_does_not_hang_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grants_file, "_LOCK_SECS", 0.02)
    with (tmp_path / "grants.toml.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(ConfigError, match="locked by another program"):
            await GrantsFile(tmp_path / "grants.toml", SettableClock()).add(GRANT)


async def test_a_link_in_the_place_of_a_temporary_file_leads_nowhere(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (tmp_path / f"grants.toml.{os.getpid()}.tmp").symlink_to(victim)
    grants = GrantsFile(tmp_path / "grants.toml", SettableClock())
    await grants.add(GRANT)
    assert victim.read_text() == "mine"
    assert [grant.grant_id for grant in grants.grants()] == ["g1"]


@pytest.mark.parametrize(
    "command", ["git commit --allow-empty", "git commit --amend", "git tag -a v1", "git rebase -i HEAD~1", "git log -p"]
)
def test_no_editor_and_no_pager_holds_a_command_up(command: str, tmp_path: Path) -> None:
    environment = command_environment({"PATH": os.environ["PATH"], "HOME": str(tmp_path), "EDITOR": "sleep 60"})
    setup = "git init -q && git config user.email a@b.c && git config user.name a"
    commits = "git commit -q --allow-empty -m one && git commit -q --allow-empty -m two"
    subprocess.run(
        ["bash", "-c", f"{setup} && {commits}; {command}"], cwd=tmp_path, env=environment, timeout=5, check=False
    )
