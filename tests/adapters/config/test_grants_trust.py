"""Answers that another program wrote into grants.toml allow nothing until a person confirms them."""

import errno
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from blufio_tui.adapters.clock import SystemClock
from blufio_tui.adapters.config.grants_file import GrantsFile, grants_trust
from blufio_tui.adapters.config.hook_files import OwnHooks
from blufio_tui.adapters.config.settings import store_value
from blufio_tui.adapters.config.trust import settings_trust
from blufio_tui.core.capability import ActorKind, Kind, Mode, Verdict
from blufio_tui.core.errors import ConfigError
from blufio_tui.core.policy.approval import Lifetime, Scope
from blufio_tui.core.policy.grants import Grant

ALLOW = Grant(
    "g1", Verdict.ALLOW, ActorKind.TOOL, "bash", "", "", Kind.EXEC, Scope.EXACT, "make", Lifetime.FOREVER, cwd="/p"
)
DENY = replace(ALLOW, grant_id="g2", verdict=Verdict.DENY, pattern="rm")


def watched(folder: Path) -> GrantsFile:
    path = folder / "grants.toml"
    return GrantsFile(path, SystemClock(), grants_trust(path, folder / "keys"))


async def test_a_foreign_allowance_is_inactive_and_a_foreign_denial_active_at_once(tmp_path: Path) -> None:
    ours, another = watched(tmp_path), GrantsFile(tmp_path / "copy" / "grants.toml", SystemClock())
    assert ours.grants() == ()
    await another.add(ALLOW)
    await another.add(DENY)
    ours.path.write_bytes(another.path.read_bytes())
    ours.path.chmod(0o600)
    assert ours.grants() == (DENY,)
    assert ours.trust is not None
    [change] = ours.trust.news()
    assert change.gains == ("it allows exec make in /p to the tool bash, for good",)
    assert ours.trust.confirm(change)
    ours.confirmed()
    assert set(ours.grants()) == {ALLOW, DENY}
    ours.path.unlink()
    assert ours.grants() == (DENY,)


async def test_a_denial_stays_while_an_allowance_waits_unless_it_is_revoked_here(tmp_path: Path) -> None:
    ours, another = watched(tmp_path), GrantsFile(tmp_path / "copy" / "grants.toml", SystemClock())
    assert ours.grants() == ()
    await another.add(ALLOW)
    waits = another.path.read_bytes()
    ours.path.write_bytes(waits)
    ours.path.chmod(0o600)
    assert ours.grants() == ()
    await ours.add(DENY)
    assert ours.grants() == (DENY,)
    answered = ours.path.read_bytes()
    ours.path.write_bytes(waits)
    assert ours.grants() == (DENY,)
    ours.path.write_bytes(answered)
    assert ours.grants() == (DENY,)
    await ours.revoke("g2")
    assert ours.grants() == ()


async def test_what_a_person_answers_beside_a_foreign_change_that_waits_waits_too(tmp_path: Path) -> None:
    ours, another = watched(tmp_path), GrantsFile(tmp_path / "copy" / "grants.toml", SystemClock())
    assert ours.grants() == ()
    await another.add(ALLOW)
    ours.path.write_bytes(another.path.read_bytes())
    ours.path.chmod(0o600)
    await ours.add(replace(ALLOW, grant_id="g3", pattern="ls"))
    assert ours.grants() == ()


async def test_what_a_person_answers_here_counts_at_once(tmp_path: Path) -> None:
    ours = watched(tmp_path)
    ours.grants()
    await ours.add(ALLOW)
    assert ours.grants() == (ALLOW,)
    await ours.revoke("g1")
    assert ours.grants() == ()
    assert ours.trust is not None
    assert ours.trust.news() == []


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"cwd": ""}, "it allows exec make in any folder to the tool bash, for good"),
        (
            {"scope": Scope.DECLARED, "pattern": "make **"},
            "it allows exec make ** as a pattern in /p to the tool bash, for good",
        ),
        (
            {"actor_kind": ActorKind.SKILL, "content_hash": "ab"},
            "it allows exec make in /p to the skill bash, hash ab, for good",
        ),
        (
            {"kind": Kind.NET, "scope": Scope.KIND, "pattern": "*", "cwd": ""},
            "it allows net anything to the tool bash, for good",
        ),
    ],
)
async def test_an_answer_exchanged_while_its_words_were_read_is_not_confirmed(
    tmp_path: Path, other: dict[str, Any], said: str
) -> None:
    ours, another = watched(tmp_path), GrantsFile(tmp_path / "copy" / "grants.toml", SystemClock())
    assert ours.grants() == ()
    for grant in (ALLOW, replace(ALLOW, **other)):
        another.path.unlink(missing_ok=True)
        await another.add(grant)
        ours.path.write_bytes(another.path.read_bytes())
        ours.path.chmod(0o600)
        ours.grants()
        assert ours.trust is not None
        if grant == ALLOW:
            shown = ours.trust.held()
    assert shown is not None
    now = ours.trust.held()
    assert now is not None and now.gains == (said,)
    assert not ours.trust.confirm(shown)
    ours.confirmed()
    assert ours.grants() == ()


async def test_of_two_files_with_the_same_words_only_the_one_that_was_there_is_confirmed(tmp_path: Path) -> None:
    """The words may leave something out, as they do with what the note says."""
    ours, another = watched(tmp_path), GrantsFile(tmp_path / "copy" / "grants.toml", SystemClock())
    ours.grants()
    shown = []
    for note in ("one", "two"):
        another.path.unlink(missing_ok=True)
        await another.add(replace(ALLOW, note=note))
        ours.path.write_bytes(another.path.read_bytes())
        ours.path.chmod(0o600)
        ours.grants()
        assert ours.trust is not None
        shown.append(ours.trust.held())
    assert shown[0] is not None and shown[1] is not None
    assert shown[0].gains == shown[1].gains
    assert not ours.trust.confirm(shown[0])
    assert ours.trust.confirm(shown[1])


async def _answered_twice_and_revoked(ours: GrantsFile) -> bytes:
    """The file as it was with the answer that is revoked now."""
    ours.grants()
    await ours.add(DENY)
    assert ours.grants() == (DENY,)
    await ours.add(ALLOW)
    with_it = ours.path.read_bytes()
    assert set(ours.grants()) == {DENY, ALLOW}
    await ours.revoke(ALLOW.grant_id)
    return with_it


@pytest.mark.parametrize("looked", [True, False])
async def test_a_file_of_ours_that_another_program_puts_back_grants_nothing(tmp_path: Path, looked: bool) -> None:
    ours = watched(tmp_path)
    with_it = await _answered_twice_and_revoked(ours)
    if looked:
        assert ours.grants() == (DENY,)
    ours.path.write_bytes(with_it)
    assert ours.grants() == (DENY,)
    assert ours.trust is not None
    assert ours.trust.held() is not None


async def test_after_a_file_was_put_back_the_next_own_answer_does_not_bring_it_in(tmp_path: Path) -> None:
    ours = watched(tmp_path)
    with_it = await _answered_twice_and_revoked(ours)
    ours.path.write_bytes(with_it)
    await ours.add(replace(ALLOW, grant_id="g3", pattern="true"))
    assert ours.grants() == (DENY,)
    assert ours.trust is not None
    held = ours.trust.held()
    assert held is not None and len(held.gains) == 2


async def test_two_readers_of_one_file_both_know_what_was_written_here(tmp_path: Path) -> None:
    ours, too = watched(tmp_path), watched(tmp_path)
    for reader in (ours, too):
        assert reader.grants() == ()
    for number in range(3):
        await ours.add(replace(ALLOW, grant_id=f"n{number}"))
        await too.add(replace(ALLOW, grant_id=f"m{number}"))
        assert len(ours.grants()) == len(too.grants()) == 2 * number + 2


async def test_what_could_not_be_written_is_not_expected_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = watched(tmp_path)
    ours.grants()
    await ours.add(ALLOW)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("blufio_tui.adapters.config.grants_file.replace_file", full)
        with pytest.raises(ConfigError, match="No space"):
            await ours.add(DENY)
    assert ours.grants() == (ALLOW,)
    assert ours.trust is not None
    assert ours.trust.held() is None
    await ours.add(DENY)
    assert set(ours.grants()) == {ALLOW, DENY}


def test_a_mode_that_another_program_puts_back_is_inactive(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    trust = settings_trust(file, tmp_path / "keys")
    store_value(file, "policy.mode", "allow-all")
    assert trust.see(file.read_bytes()).policy.mode == Mode.ALLOW_ALL
    wide = file.read_bytes()
    store_value(file, "policy.mode", "ask")
    assert trust.see(file.read_bytes()).policy.mode == Mode.ASK
    assert trust.see(wide).policy.mode == Mode.ASK
    assert trust.held() is not None


def test_a_link_that_leads_to_itself_is_no_file_of_ours(tmp_path: Path) -> None:
    for name in ("hooks.json", "grants.toml"):
        (tmp_path / name).symlink_to(name)
    hooks = OwnHooks(tmp_path, tmp_path / "keys")
    assert hooks.hooks() == ()
    assert hooks.problems
    ours = watched(tmp_path)
    assert ours.grants() == ()
    assert "symlink" in ours.blocked
