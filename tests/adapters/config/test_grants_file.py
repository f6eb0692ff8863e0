"""grants.toml: kept as people wrote it, never half written, and distrusted when in doubt."""

import asyncio
import os
from dataclasses import replace
from pathlib import Path

import pytest
import tomlkit

from blufio_tui.adapters.config.grants_file import GrantsFile
from blufio_tui.core.capability import ActorKind, Kind, Verdict
from blufio_tui.core.errors import ConfigError, NotThere
from blufio_tui.core.policy.approval import Lifetime, Scope
from blufio_tui.core.policy.grants import Grant
from tests.fakes.session_clock import SettableClock

GRANT = Grant(
    grant_id="g1",
    verdict=Verdict.ALLOW,
    actor_kind=ActorKind.SKILL,
    actor_name="text-stats",
    publisher="ab" * 32,
    content_hash="cd" * 32,
    kind=Kind.FS_READ,
    scope=Scope.EXACT,
    pattern="/home/p/notes.txt",
    lifetime=Lifetime.FOREVER,
    created=1_790_000_000.0,
)
SESSION_GRANT = replace(GRANT, grant_id="g2", lifetime=Lifetime.SESSION, session_id="s1")


@pytest.fixture
def file(tmp_path: Path) -> GrantsFile:
    return GrantsFile(tmp_path / "grants.toml", SettableClock())


def write(file: GrantsFile, text: str, mode: int = 0o600) -> None:
    file.path.write_text(text)
    file.path.chmod(mode)


async def test_without_a_file_there_are_no_grants_and_nothing_is_blocked(file: GrantsFile) -> None:
    assert (file.grants(), file.blocked) == ((), "")


async def test_a_lasting_grant_comes_back_whole(file: GrantsFile) -> None:
    grant = replace(GRANT, note='say "ü"\n', cwd="/x", lifetime=Lifetime.UNTIL, expires=1_790_009_999.0)
    await file.add(grant)
    assert GrantsFile(file.path, SettableClock()).grants() == (grant,)


async def test_a_session_grant_stays_in_memory(file: GrantsFile) -> None:
    await file.add(SESSION_GRANT)
    assert file.grants() == (SESSION_GRANT,)
    assert not file.path.exists()


async def test_the_file_is_for_its_owner_only(file: GrantsFile) -> None:
    await file.add(GRANT)
    assert file.path.stat().st_mode & 0o777 == 0o600


async def test_comments_and_layout_survive(file: GrantsFile) -> None:
    await file.add(GRANT)
    await file.add(replace(GRANT, grant_id="g9", pattern="/other"))
    text = file.path.read_text()
    write(file, "# my own words\n" + text.replace('pattern = "/other"', 'pattern   =  "/other"   # the other one'))
    await file.add(replace(GRANT, grant_id="g3", pattern="/third"))
    await file.revoke("g1")
    text = file.path.read_text()
    assert text.startswith("# my own words\n")
    assert 'pattern   =  "/other"   # the other one' in text
    assert [grant.grant_id for grant in file.grants()] == ["g9", "g3"]


async def test_what_another_process_revokes_is_gone_at_the_next_look(file: GrantsFile) -> None:
    await file.add(GRANT)
    assert file.grants()
    other = GrantsFile(file.path, SettableClock())
    assert await other.revoke("g1") == GRANT
    assert file.grants() == ()


async def test_revoking_what_is_not_there_gives_none(file: GrantsFile) -> None:
    assert await file.revoke("g7") is None


async def test_after_the_last_one_is_revoked_another_can_be_written_below(file: GrantsFile) -> None:
    await file.add(GRANT)
    written = file.path.read_text()
    await file.revoke("g1")
    assert "grant =" not in file.path.read_text()
    write(file, file.path.read_text() + written[written.index("[[grant]]") :])
    assert (file.grants(), file.blocked) == ((GRANT,), "")


async def test_an_empty_list_of_grants_can_be_added_to(file: GrantsFile) -> None:
    write(file, "# mine\ngrant = []\n")
    await file.add(GRANT)
    assert file.path.read_text().startswith("# mine")
    assert file.grants() == (GRANT,)


async def test_a_session_grant_can_be_revoked(file: GrantsFile) -> None:
    await file.add(SESSION_GRANT)
    assert await file.revoke("g2") == SESSION_GRANT
    assert file.grants() == ()


async def test_an_expired_grant_is_not_live(tmp_path: Path) -> None:
    clock = SettableClock()
    file = GrantsFile(tmp_path / "grants.toml", clock)
    await file.add(replace(GRANT, lifetime=Lifetime.UNTIL, expires=clock.now() + 60))
    assert file.grants()
    clock.pass_seconds(61)
    assert file.grants() == ()


async def test_a_changed_grant_takes_the_old_ones_place(file: GrantsFile) -> None:
    await file.add(GRANT)
    changed = replace(GRANT, lifetime=Lifetime.UNTIL, expires=1_790_500_000.0)
    await file.replace(changed)
    assert file.grants() == (changed,)
    with pytest.raises(NotThere, match="grants list"):
        await file.replace(replace(changed, grant_id="nope"))


async def test_grants_follow_a_signed_update_and_nothing_else(file: GrantsFile) -> None:
    new = "ef" * 32
    denial = replace(GRANT, grant_id="g4", verdict=Verdict.DENY)
    stranger = replace(GRANT, grant_id="g5", publisher="00" * 32)
    for grant in (GRANT, denial, stranger, SESSION_GRANT):
        await file.add(grant)
    assert await file.rebind("text-stats", GRANT.publisher, GRANT.content_hash, new) == 2
    hashes = {grant.grant_id: grant.content_hash for grant in file.grants()}
    assert hashes == {"g1": new, "g2": new, "g4": GRANT.content_hash, "g5": GRANT.content_hash}


async def test_grants_of_an_unsigned_skill_never_follow_an_update(file: GrantsFile) -> None:
    await file.add(replace(GRANT, publisher=""))
    assert await file.rebind("text-stats", "", GRANT.content_hash, "ef" * 32) == 0


async def test_writers_in_many_tasks_and_objects_lose_nothing(file: GrantsFile) -> None:
    others = [GrantsFile(file.path, SettableClock()) for _ in range(4)]
    grants = [replace(GRANT, grant_id=f"n{n}") for n in range(12)]
    await asyncio.gather(*(asyncio.to_thread(asyncio.run, others[n % 4].add(g)) for n, g in enumerate(grants)))
    assert {grant.grant_id for grant in file.grants()} == {grant.grant_id for grant in grants}


# ── distrust ───────────────────────────────────────────────────────────────────────────────────────

ENTRY = """[[grant]]
id = "g1"
verdict = "allow"
actor = "x"
actor_kind = "tool"
kind = "exec"
scope = "exact"
pattern = "ls"
lifetime = "forever"
"""

BAD = {
    "garbage": "\x00\x01 not toml",
    "unknown key": ENTRY + 'extra = "1"\n',
    "unknown table": "[other]\n",
    "not a list": "grant = 3\n",
    "no id": ENTRY.replace('id = "g1"\n', ""),
    "bad id": ENTRY.replace('"g1"', '"g 1"'),
    "bad verdict": ENTRY.replace('"allow"', '"perhaps"'),
    "bad kind": ENTRY.replace('"exec"', '"everything"'),
    "wrong type": ENTRY.replace('"ls"', "7"),
    "the same id twice": ENTRY + ENTRY,
    "a session grant": ENTRY.replace('"forever"', '"session"'),
    "until without a date": ENTRY.replace('"forever"', '"until"'),
    "a date without until": ENTRY + "expires = 2030-01-01T00:00:00Z\n",
    "all commands": ENTRY.replace('"exact"', '"kind"').replace('"ls"', '"*"'),
    "a star that is no kind": ENTRY.replace('"ls"', '"*"'),
    "a skill without its hash": ENTRY.replace('"tool"', '"skill"'),
    "empty pattern": ENTRY.replace('"ls"', '""'),
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD.keys())
async def test_a_file_that_is_not_understood_to_the_letter_blocks_everything(file: GrantsFile, text: str) -> None:
    write(file, text)
    assert file.grants() == ()
    assert str(file.path) in file.blocked
    with pytest.raises(ConfigError):
        await file.add(GRANT)
    assert file.path.read_text() == text


async def test_a_good_file_is_not_blocked(file: GrantsFile) -> None:
    write(file, ENTRY)
    assert (len(file.grants()), file.blocked) == (1, "")


async def test_correcting_the_file_unblocks_it(file: GrantsFile) -> None:
    write(file, "nonsense")
    assert file.blocked
    write(file, ENTRY)
    assert not file.blocked


@pytest.mark.parametrize("mode", [0o644, 0o660, 0o602])
async def test_a_file_that_others_can_touch_blocks(file: GrantsFile, mode: int) -> None:
    write(file, ENTRY, mode)
    assert "chmod 600" in file.blocked


async def test_a_link_a_folder_and_a_pipe_block(tmp_path: Path) -> None:
    real = tmp_path / "real.toml"
    real.write_text(ENTRY)
    real.chmod(0o600)
    (tmp_path / "link").symlink_to(real)
    (tmp_path / "folder").mkdir(mode=0o700)
    os.mkfifo(tmp_path / "pipe", 0o600)
    assert all(GrantsFile(tmp_path / name, SettableClock()).blocked for name in ("link", "folder", "pipe"))


async def test_what_was_written_is_plain_toml(file: GrantsFile) -> None:
    await file.add(GRANT)
    (table,) = tomlkit.parse(file.path.read_text()).unwrap()["grant"]
    assert table["pattern"] == "/home/p/notes.txt"
    assert "session_id" not in table
