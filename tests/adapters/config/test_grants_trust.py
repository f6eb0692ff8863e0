"""Answers that another program wrote into grants.toml allow nothing until a person confirms them."""

from dataclasses import replace
from pathlib import Path

from blufio_tui.adapters.clock import SystemClock
from blufio_tui.adapters.config.grants_file import GrantsFile, grants_trust
from blufio_tui.core.capability import ActorKind, Kind, Verdict
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
    assert change.gains == ("it allows exec make to bash",)
    assert ours.trust.confirm(change)
    ours.confirmed()
    assert set(ours.grants()) == {ALLOW, DENY}
    ours.path.unlink()
    assert ours.grants() == (DENY,)


async def test_what_a_person_answers_here_counts_at_once(tmp_path: Path) -> None:
    ours = watched(tmp_path)
    ours.grants()
    await ours.add(ALLOW)
    assert ours.grants() == (ALLOW,)
    await ours.revoke("g1")
    assert ours.grants() == ()
    assert ours.trust is not None
    assert ours.trust.news() == []
