"""The guardian: checkpoints without being asked, witnesses that hear of them, and a copy put back that is found."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from blufio_tui.adapters.audit.guardian import Guardian
from blufio_tui.adapters.audit.key import AuditKey
from blufio_tui.adapters.audit.store import AuditStore
from blufio_tui.adapters.audit.witnesses import KeyringHead, append, ask
from blufio_tui.core.audit.checkpoint import KEY_REPLACED
from blufio_tui.core.audit.rows import AuditEntry, RowType, Verification
from blufio_tui.core.audit.witness import WitnessKind, WitnessSpec
from blufio_tui.core.errors import ConfigError
from tests.adapters.audit.test_checkpoints import NoRing, Ring, SignedLog, vault_of


class Watched(SignedLog):
    def __init__(self, folder: Path, witnesses: Sequence[WitnessSpec] = (), ring: Ring | None = None) -> None:
        super().__init__(folder)
        self.folder = folder
        self.witnesses = list(witnesses)
        self.ring = ring or NoRing()
        self.said: list[str] = []

    def guarded(self) -> AuditStore:
        keyring = KeyringHead(self.database.path, vault_of(self.ring))
        guardian = Guardian(self.database, self.fresh(), lambda: self.witnesses, keyring, self.said.append)
        return AuditStore(self.database, AuditKey(self.key.path), self.clock, guardian)

    def run(self, *counts: int) -> None:
        """A run of the program in which rows are appended, so many at a time."""

        async def work() -> None:
            store = self.guarded()
            assert store.guardian is not None
            for count in counts:
                await store.append_many([AuditEntry(RowType.MODE, "mode", "ask")] * count)
            await store.guardian.finish()

        asyncio.run(work())

    def verified(self) -> Verification:
        return asyncio.run(self.guarded().verify())

    def checkpoints_rows(self) -> list[int]:
        sql = "SELECT rows FROM audit_checkpoint ORDER BY id"
        return self.database.read_sync(lambda connection: [row[0] for row in connection.execute(sql)])

    def keep_copy(self) -> Path:
        self.database.close()
        shutil.copytree(self.folder, self.folder.with_name("copy"))
        self.database.open()
        return self.folder.with_name("copy")

    def put_back(self, copy: Path) -> None:
        """Database, key, head and signing key together."""
        self.database.close()
        shutil.rmtree(self.folder)
        shutil.copytree(copy, self.folder)
        self.database.open()


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Watched]:
    log = Watched(tmp_path / "home")
    yield log
    log.database.close()


@pytest.fixture(params=["file", "git", "git work tree", "git remote", "command"])
def witness(request: pytest.FixtureRequest, tmp_path: Path) -> WitnessSpec:
    place = tmp_path / "witness"
    if request.param == "file":
        return WitnessSpec(WitnessKind.FILE, str(place))
    if request.param == "command":
        script = tmp_path / "witness.sh"
        script.write_text(f'#!/bin/sh\nif [ "$1" = append ]; then cat >> {place}; else cat {place}; fi\n')
        script.chmod(0o755)
        return WitnessSpec(WitnessKind.COMMAND, str(script))
    git(tmp_path, "init", "-q", *(["--bare"] if request.param == "git" else []), str(place))
    if request.param == "git remote":
        git(tmp_path, "init", "-q", "--bare", str(tmp_path / "remote"))
        git(place, "remote", "add", "origin", str(tmp_path / "remote"))
    return WitnessSpec(WitnessKind.GIT, str(place))


def git(folder: Path, *words: str) -> str:
    return subprocess.run(["git", "-C", str(folder), *words], check=True, capture_output=True, text=True).stdout


def test_checkpoints_are_made_each_thousand_rows_and_at_the_end(log: Watched) -> None:
    log.run(10, 990, 5, 5)
    assert log.checkpoints_rows()[-1] == 1010
    assert log.checkpoints_rows()[0] >= 1000
    log.run(3)
    assert log.checkpoints_rows()[-1] == 1013
    assert log.said == []


def test_a_run_that_writes_nothing_signs_nothing(log: Watched) -> None:
    log.run(3)
    log.run()
    assert log.checkpoints_rows() == [3]


def test_each_witness_hears_of_each_checkpoint_and_agrees(log: Watched, witness: WitnessSpec) -> None:
    log.witnesses = [witness]
    log.run(3)
    log.run(2)
    assert log.said == []
    assert len({*ask(witness).lines}) == 2
    assert log.verified() == Verification(ok=True, rows=5)


def test_database_key_and_head_put_back_together_are_found(log: Watched, witness: WitnessSpec) -> None:
    log.witnesses = [witness]
    log.run(3)
    copy = log.keep_copy()
    log.run(4)
    log.put_back(copy)
    found = log.verified()
    assert (found.ok, found.first_bad_seq) == (False, 4)
    assert "this log was longer on 2026-09-21" in found.reason
    log.clock.pass_seconds(60)
    log.run(6)
    found = log.verified()
    assert (found.ok, found.first_bad_seq) == (False, 7)
    assert "row 7 was a different one" in found.reason


def test_a_copy_put_back_is_not_found_without_a_witness(log: Watched) -> None:
    log.run(3)
    copy = log.keep_copy()
    log.run(4)
    log.put_back(copy)
    assert log.verified().ok


def test_the_keyring_is_a_witness_by_itself(tmp_path: Path) -> None:
    log = Watched(tmp_path / "home", ring=Ring())
    log.run(3)
    copy = log.keep_copy()
    log.run(4)
    log.put_back(copy)
    assert "says the system's keyring" in log.verified().reason
    log.database.close()


def test_what_the_keyring_knows_is_not_written_over_by_a_log_that_was_put_back(tmp_path: Path) -> None:
    log = Watched(tmp_path / "home", ring=Ring())
    log.run(3)
    copy = log.keep_copy()
    log.run(4)
    log.put_back(copy)
    log.clock.pass_seconds(60)
    log.run(1, 1)
    assert len(log.said) == 1
    assert "this log was longer on 2026-09-21 14:13 UTC: it had 7 rows" in log.said[0]
    log.run(5)
    assert not log.verified().ok
    assert "row 7 was a different one" in log.verified().reason
    log.database.close()


def test_a_branch_that_was_turned_back_here_is_made_whole_from_the_remote(tmp_path: Path) -> None:
    place, remote = tmp_path / "witness", tmp_path / "remote"
    git(tmp_path, "init", "-q", "--bare", str(remote))
    git(tmp_path, "init", "-q", str(place))
    git(place, "remote", "add", "origin", str(remote))
    spec = WitnessSpec(WitnessKind.GIT, str(place))
    append(spec, "one")
    before = git(place, "rev-parse", "blufio-audit").strip()
    append(spec, "two")
    git(place, "update-ref", "refs/heads/blufio-audit", before)
    assert "two" in ask(spec).lines
    append(spec, "three")
    assert ask(spec).lines == git(remote, "cat-file", "blob", "blufio-audit:heads.jsonl").splitlines()
    assert sorted(ask(spec).lines) == ["one", "three", "two"]


def test_a_program_started_by_a_hook_of_git_tells_its_witness_and_not_that_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("witness", "work"):
        git(tmp_path, "init", "-q", str(tmp_path / name))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "work" / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "work" / ".git" / "index"))
    spec = WitnessSpec(WitnessKind.GIT, str(tmp_path / "witness"))
    append(spec, "one")
    assert ask(spec).lines == ["one"]
    monkeypatch.undo()
    assert git(tmp_path / "work", "branch", "--list", "blufio-audit") == ""


def test_one_witness_that_was_not_turned_back_with_the_others_is_enough(log: Watched, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    log.witnesses = [WitnessSpec(WitnessKind.FILE, str(tmp_path / f"w{number}")) for number in range(2)]
    git(tmp_path, "init", "-q", str(tmp_path / "repository"))
    log.witnesses.append(WitnessSpec(WitnessKind.GIT, str(tmp_path / "repository")))
    log.run(3)
    copy = log.keep_copy()
    shutil.copytree(tmp_path / "repository", kept)
    lines = (tmp_path / "w0").read_text()
    log.run(4)
    log.put_back(copy)
    (tmp_path / "w0").write_text(lines)
    shutil.rmtree(tmp_path / "repository")
    shutil.copytree(kept, tmp_path / "repository")
    found = log.verified()
    assert (found.ok, found.first_bad_seq) == (False, 4)
    assert f"says file:{tmp_path / 'w1'}" in found.reason
    (tmp_path / "w1").write_text(lines)
    assert log.verified().ok, "nobody who could know it is left"


@pytest.mark.parametrize("end", ["", '{"payload', "\0\0", "[]", "{}", "x" * 100_000])
def test_a_witness_whose_lines_were_damaged_says_so_and_its_other_lines_count(
    log: Watched, tmp_path: Path, end: str
) -> None:
    log.witnesses = [WitnessSpec(WitnessKind.FILE, str(tmp_path / "w"))]
    log.run(3)
    copy = log.keep_copy()
    log.run(4)
    with (tmp_path / "w").open("a") as file:
        file.write(end + "\n")
    found = log.verified()
    assert found.ok
    assert bool(end) is any("damaged line" in note for note in found.notes)
    log.put_back(copy)
    assert not log.verified().ok


def test_hooks_of_a_witness_repository_do_not_run(tmp_path: Path) -> None:
    place = tmp_path / "witness"
    git(tmp_path, "init", "-q", str(place))
    hook = place / ".git" / "hooks" / "reference-transaction"
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    hook.chmod(0o755)
    append(WitnessSpec(WitnessKind.GIT, str(place)), "one")
    assert not (tmp_path / "ran").exists()


def test_what_does_not_work_is_said_once_and_stops_nothing(log: Watched, tmp_path: Path) -> None:
    log.witnesses = [
        WitnessSpec(WitnessKind.FILE, str(tmp_path / "none" / "file")),
        WitnessSpec(WitnessKind.GIT, str(tmp_path)),
        WitnessSpec(WitnessKind.COMMAND, "/bin/false"),
        WitnessSpec(WitnessKind.COMMAND, "/none/such"),
    ]
    log.run(1000, 1000, 1000)
    assert len(log.said) == 4
    assert all("could not be updated" in text for text in log.said)
    found = log.verified()
    assert found.ok
    assert sum("could not be read" in note for note in found.notes) == 4


def test_a_pipe_that_nobody_reads_holds_nobody_up(log: Watched, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    log.witnesses = [WitnessSpec(WitnessKind.FILE, str(tmp_path / "pipe"))]
    log.run(2)
    assert len(log.said) == 1


def test_a_configuration_that_cannot_be_read_is_told(log: Watched) -> None:
    def broken() -> Sequence[WitnessSpec]:
        raise ConfigError("audit.witness: damaged")

    log.run(1)
    store = log.guarded()
    assert store.guardian is not None
    store.guardian._witnesses = broken
    assert "audit.witness: damaged" in asyncio.run(store.verify()).notes[0]


def announce(log: Watched, *keys: str) -> None:
    entry = AuditEntry(RowType.CHANGE, "change", "key", rule=KEY_REPLACED, detail=f"now {keys[0]}, before {keys[-1]}")
    asyncio.run(log.store.append_many([entry]))


@pytest.mark.parametrize("runs_after", [0, 1])
def test_a_signing_key_that_was_exchanged_is_found_unless_a_row_says_so(log: Watched, runs_after: int) -> None:
    """Who can write the file puts a key of their own there: proofs would be signed with it from then on."""
    log.run(3)
    log.signing.make(replace=True)
    for _ in range(runs_after):
        log.run(2)
    found = log.verified()
    assert (found.ok, found.first_bad_seq) == (False, 4 + runs_after)
    assert "the key that signs checkpoints and proofs was exchanged" in found.reason
    theirs = log.signing.public().line
    log.signing.make(replace=True)
    announce(log, log.signing.public().line, theirs)
    log.run(1)
    assert log.verified().ok


def test_a_log_whose_rows_were_changed_is_not_signed_and_that_is_said(log: Watched) -> None:
    log.run(3)
    log.add(2)
    log.tamper("UPDATE audit SET resource = 'x' WHERE seq = 4")
    log.run(1)
    assert "no checkpoint of the audit log could be made" in log.said[0]
    assert log.checkpoints_rows() == [3]


def test_an_older_copy_written_over_the_database_at_runtime_is_said_at_the_next_row(log: Watched) -> None:
    async def work() -> None:
        store = log.guarded()
        await store.append(AuditEntry(RowType.MODE, "mode", "ask"))
        log.database.empty_journal()
        older = log.database.path.read_bytes()
        await store.append_many([AuditEntry(RowType.MODE, "mode", "ask")] * 300)
        log.database.empty_journal()
        with log.database.path.open("r+b") as file:
            file.write(older)
            file.truncate()
        for _ in range(2):
            await store.append(AuditEntry(RowType.MODE, "mode", "ask"))

    asyncio.run(work())
    [said] = log.said
    assert "rows at the end of the audit log are gone: the log had reached row 301" in said
