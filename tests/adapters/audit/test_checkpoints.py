"""Checkpoints: they cover what was written, extend each other, and are never made of anything else."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from blufio_tui.adapters.audit.checkpoints import Checkpoints, Signed, stored_checkpoints
from blufio_tui.adapters.audit.key import AuditKey
from blufio_tui.adapters.audit.query import raw_rows
from blufio_tui.adapters.audit.signing_key import PREFIX, SigningKey, read_public_key
from blufio_tui.adapters.audit.store import AuditStore
from blufio_tui.adapters.storage.vault import Namespace, Vault
from blufio_tui.core.audit.chain import CHAINED_COLUMNS
from blufio_tui.core.audit.checkpoint import open_checkpoint
from blufio_tui.core.audit.leaf import leaf_of_fields, shown_fields
from blufio_tui.core.audit.merkle import root_from
from blufio_tui.core.audit.rows import AuditEntry, RowType
from blufio_tui.core.audit.written import WrittenRow
from blufio_tui.core.errors import StorageError, UsageError
from tests.adapters.audit.test_store import Log
from tests.fakes.loose_tables import ODD_VALUES, loosen


class Ring:
    """A keyring that keeps what it is given."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, name: str, /) -> str | None:
        return self.kept.get((service, name))

    def set_password(self, service: str, name: str, value: str, /) -> None:
        self.kept[service, name] = value

    def delete_password(self, service: str, name: str, /) -> None:
        del self.kept[service, name]


class NoRing(Ring):
    def set_password(self, service: str, name: str, value: str, /) -> None:
        raise RuntimeError("locked")


def vault_of(ring: Ring) -> Vault:
    return Vault(Namespace.AUDIT, lambda: ring)


class SignedLog(Log):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.signing = SigningKey(folder / "keys" / "audit-signing.json", vault_of(NoRing()))
        self.checkpoints = self.fresh()

    def fresh(self) -> Checkpoints:
        """As another program would have it."""
        return Checkpoints(self.database, AuditKey(self.key.path), self.signing, self.clock)

    def add(self, count: int) -> None:
        entries = [AuditEntry(RowType.MODE, "mode", f"m{number}") for number in range(count)]
        asyncio.run(self.store.append_many(entries))

    def loosen(self, table: str) -> None:
        self.database.write_sync(lambda connection: loosen(connection, table))

    def sign(self) -> Signed:
        signed = asyncio.run(self.fresh().make())
        assert signed is not None
        return signed


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SignedLog]:
    log = SignedLog(tmp_path)
    yield log
    log.database.close()


def test_a_log_without_rows_has_no_checkpoint(log: SignedLog) -> None:
    log.key.key(log_is_empty=True)
    assert asyncio.run(log.checkpoints.make()) is None


def test_a_checkpoint_covers_all_rows_and_anybody_can_check_it(log: SignedLog) -> None:
    log.add(7)
    signed = log.sign()
    public = log.signing.public()
    assert open_checkpoint(signed.envelope, public.key_id, public.verify) == signed.checkpoint
    assert signed.checkpoint.rows == 7
    assert log.sign() == signed, "nothing was added"


def test_a_checkpoint_that_extends_another_is_the_one_made_at_once(log: SignedLog) -> None:
    for count in (1, 255, 1, 300, 700):
        log.add(count)
        step = log.sign()
    log.tamper("DELETE FROM audit_checkpoint")
    log.tamper("DELETE FROM audit_block")
    whole = log.sign()
    assert (whole.checkpoint.rows, whole.checkpoint.root) == (1257, step.checkpoint.root)


@pytest.mark.parametrize("seq", [1, 256, 257, 600])
def test_a_row_has_a_path_whose_leaf_is_made_of_the_row(log: SignedLog, seq: int) -> None:
    log.add(600)
    signed = log.sign()
    tree = asyncio.run(log.checkpoints.tree(signed))
    assert tree.root().hex() == signed.checkpoint.root
    rows = log.database.read_sync(lambda connection: raw_rows(connection, "seq = ?", (seq,)))
    fields = shown_fields(log.checkpoints.salt_key(), rows[0][:-1], rows[0][-1], ())  # type: ignore[arg-type]
    found = root_from(leaf_of_fields(fields), seq - 1, 600, tree.path(seq - 1))
    assert found is not None
    assert found.hex() == signed.checkpoint.root


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit SET resource = 'x' WHERE seq = 4",
        "DELETE FROM audit WHERE seq = 4",
        "UPDATE audit SET row_hash = x'00' WHERE seq = 4",
        "UPDATE audit SET seq = 900 WHERE seq = 9",
        "UPDATE audit SET row_hash = 'text' WHERE seq = 4",
    ],
)
def test_rows_that_are_not_what_was_written_are_never_signed(log: SignedLog, sql: str) -> None:
    log.add(3)
    before = log.sign()
    log.add(6)
    log.tamper(sql)
    with pytest.raises(StorageError, match="was changed at row [49]"):
        log.sign()
    assert asyncio.run(log.checkpoints.last()) == before


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit_checkpoint SET peaks = x'00'",
        "UPDATE audit_checkpoint SET rows = 3",
        "UPDATE audit_checkpoint SET envelope = '{}'",
        "UPDATE audit_checkpoint SET envelope = replace(envelope, 'sig', 'gis')",
        "DELETE FROM audit_checkpoint",
        "UPDATE audit_block SET hash = zeroblob(32)",
    ],
)
def test_a_stored_tree_that_was_changed_is_made_anew_from_the_rows(log: SignedLog, sql: str) -> None:
    log.add(300)
    before = log.sign()
    log.tamper(sql)
    log.add(1)
    again = asyncio.run(log.fresh().make(anew=True))
    assert again is not None
    log.tamper("DELETE FROM audit_checkpoint")
    assert log.sign().checkpoint.root == again.checkpoint.root != before.checkpoint.root


@pytest.mark.parametrize("value", ODD_VALUES)
@pytest.mark.parametrize("column", ["rows", "peaks", "envelope", "seal"])
def test_a_checkpoint_that_holds_something_of_another_type_is_told_and_another_is_made(
    log: SignedLog, column: str, value: str
) -> None:
    log.add(300)
    before = log.sign()
    log.loosen("audit_checkpoint")
    log.tamper(f"UPDATE audit_checkpoint SET {column} = {value}")
    found = asyncio.run(log.checkpoints.unsound())
    assert found is not None
    assert "checkpoint 1 is not what was stored" in found[1]
    log.add(1)
    again = asyncio.run(log.fresh().make(anew=True))
    assert again is not None
    assert again.checkpoint.rows == before.checkpoint.rows + 1
    asyncio.run(log.database.read(stored_checkpoints))


@pytest.mark.parametrize("value", ODD_VALUES)
def test_a_hash_of_the_tree_of_another_type_is_told(log: SignedLog, value: str) -> None:
    log.add(300)
    log.sign()
    log.loosen("audit_block")
    log.tamper(f"UPDATE audit_block SET hash = {value}")
    assert asyncio.run(log.checkpoints.unsound()) == (1, "a hash of the stored tree was changed")


def test_behind_a_checkpoint_of_the_last_number_there_is_none_is_made(log: SignedLog) -> None:
    log.add(3)
    log.sign()
    log.tamper(f"UPDATE audit_checkpoint SET id = {2**63 - 1}")
    log.add(1)
    with pytest.raises(StorageError, match="tampered with"):
        log.sign()


def test_a_log_that_was_cut_and_went_on_is_signed_from_its_first_row_on(log: SignedLog) -> None:
    log.add(5)
    first = log.sign()
    log.tamper("DELETE FROM audit WHERE seq > 3")
    log.add(4)
    second = log.sign()
    assert second.checkpoint.rows > first.checkpoint.rows
    assert second.checkpoint.log == first.checkpoint.log
    assert second.checkpoint.row_hash != first.checkpoint.row_hash


def test_one_is_due_each_thousand_rows(log: SignedLog) -> None:
    log.add(999)
    assert not asyncio.run(log.checkpoints.is_due(999))
    log.add(1)
    assert asyncio.run(log.checkpoints.is_due(1000))
    log.sign()
    assert not asyncio.run(log.checkpoints.is_due(1999))


def test_a_long_log_is_covered_in_steps_that_are_kept(log: SignedLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("blufio_tui.adapters.audit.checkpoints.STEP", 1000)
    log.add(2600)
    whole = log.sign()
    sql = "SELECT rows FROM audit_checkpoint ORDER BY id"
    assert log.database.read_sync(lambda conn: [row[0] for row in conn.execute(sql)]) == [1024, 2048, 2600]
    log.tamper("DELETE FROM audit_checkpoint")
    monkeypatch.undo()
    assert log.sign().checkpoint.root == whole.checkpoint.root


class Following(SignedLog):
    """A log whose rows make their leaves while they are appended."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.store = AuditStore(self.database, self.key, self.clock, self)  # type: ignore[arg-type]

    def appended(self, rows: Sequence[WrittenRow]) -> None:
        self.checkpoints.appended(rows)

    def sign_now(self) -> Signed:
        signed = asyncio.run(self.checkpoints.make())
        assert signed is not None
        return signed


@pytest.fixture
def following(tmp_path: Path) -> Iterator[Following]:
    log = Following(tmp_path)
    yield log
    log.database.close()


def test_leaves_made_while_appending_are_those_made_of_the_rows(
    following: Following, monkeypatch: pytest.MonkeyPatch
) -> None:
    following.add(700)
    made = list[int]()
    monkeypatch.setattr("blufio_tui.adapters.audit.checkpoints.leaf_of", lambda _secret, seq, *_: made.append(seq))
    quick = following.sign_now()
    assert made == []
    monkeypatch.undo()
    following.tamper("DELETE FROM audit_checkpoint")
    assert following.sign().checkpoint == quick.checkpoint


def test_rows_of_another_program_in_between_are_covered_too(following: Following) -> None:
    other = AuditStore(following.database, AuditKey(following.key.path), following.clock)
    for count in (1, 300, 5):
        following.add(count)
        asyncio.run(other.append_many([AuditEntry(RowType.MODE, "mode", "other")] * count))
    quick = following.sign_now()
    assert quick.checkpoint.rows == 612
    following.tamper("DELETE FROM audit_checkpoint")
    assert following.sign().checkpoint == quick.checkpoint


@pytest.mark.parametrize("column", (*CHAINED_COLUMNS, "row_hash"))
def test_a_row_that_was_changed_since_it_was_appended_is_not_signed(following: Following, column: str) -> None:
    following.add(4)
    following.tamper(f"UPDATE audit SET {column} = 77 WHERE seq = 3")
    with pytest.raises(StorageError, match="was changed at row 3"):
        following.sign_now()


def test_a_row_that_another_program_wrote_in_the_place_of_one_that_was_cut_is_the_one_that_is_signed(
    following: Following,
) -> None:
    following.add(4)
    following.tamper("DELETE FROM audit WHERE seq > 2")
    AuditStore(following.database, AuditKey(following.key.path), following.clock).append_sync(
        AuditEntry(RowType.MODE, "mode", "other")
    )
    quick = following.sign_now()
    following.tamper("DELETE FROM audit_checkpoint")
    assert following.sign().checkpoint == quick.checkpoint


# ── the key ────────────────────────────────────────────────────────────────────────────────────────


def test_the_private_key_lies_in_the_keyring_where_there_is_one(tmp_path: Path) -> None:
    ring = Ring()
    key = SigningKey(tmp_path / "keys" / "signing.json", vault_of(ring))
    signature = key.sign(b"x")
    assert key.public().verify(signature, b"x")
    assert not key.public().verify(signature, b"y")
    assert json.loads(key.path.read_text()).keys() == {"public", "in"}
    again = SigningKey(key.path, vault_of(ring))
    assert again.public().verify(again.sign(b"z"), b"z")


def test_else_it_lies_in_a_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    key = SigningKey(tmp_path / "keys" / "signing.json", vault_of(NoRing()))
    key.public()
    assert key.path.stat().st_mode & 0o777 == 0o600
    key.path.chmod(0o644)
    with pytest.raises(StorageError, match="can be read by others"):
        SigningKey(key.path, vault_of(NoRing())).public()


def test_a_key_that_is_not_the_one_that_is_named_signs_nothing(tmp_path: Path) -> None:
    ring, other = Ring(), Ring()
    key = SigningKey(tmp_path / "a" / "signing.json", vault_of(ring))
    key.public()
    SigningKey(tmp_path / "b" / "signing.json", vault_of(other)).public()
    ring.kept = {next(iter(ring.kept)): next(iter(other.kept.values()))}
    with pytest.raises(StorageError, match="is not the one named in"):
        SigningKey(key.path, vault_of(ring)).sign(b"x")
    ring.kept.clear()
    with pytest.raises(StorageError, match="audit key --replace"):
        SigningKey(key.path, vault_of(ring)).sign(b"x")


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"public": "x"}', '{"public": "ed25519:AAAA", "private": "x"}'])
def test_a_damaged_key_file_is_told(tmp_path: Path, content: str) -> None:
    path = tmp_path / "signing.json"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(StorageError):
        SigningKey(path, vault_of(NoRing())).sign(b"x")


def test_a_public_key_is_read_as_a_line_a_file_or_a_pem(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public = SigningKey(tmp_path / "keys" / "signing.json", vault_of(NoRing())).public()
    assert public.line.startswith(PREFIX)
    (tmp_path / "line").write_text(public.line + "\n")
    pem = Ed25519PublicKey.from_public_bytes(public.raw).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "pem").write_bytes(pem)
    for written in (public.line, str(tmp_path / "line"), str(tmp_path / "pem")):
        assert read_public_key(written).raw == public.raw
    (tmp_path / "other").write_text("hello")
    for wrong in ("ed25519:", "ed25519:AAAA", str(tmp_path / "none"), str(tmp_path / "other")):
        with pytest.raises(UsageError, match="--key"):
            read_public_key(wrong)
