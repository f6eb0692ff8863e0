"""What witnesses say, and what follows from it."""

import json

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from blufio_tui.core.audit.checkpoint import Checkpoint, sign_checkpoint
from blufio_tui.core.audit.witness import WitnessReport, judge, rows_to_look_at, witness_of, witness_problem

SIGNER = Ed25519PrivateKey.from_private_bytes(b"s" * 32)
LOG, OTHER = "aa" * 32, "bb" * 32
DAY = 1_790_000_000


def verify(signature: bytes, message: bytes) -> bool:
    try:
        SIGNER.public_key().verify(signature, message)
    except InvalidSignature:
        return False
    return True


def line(rows: int, log: str = LOG, key_id: str = "ours") -> str:
    checkpoint = Checkpoint(log, rows, "cc" * 32, f"{rows:064x}", DAY + rows)
    return json.dumps(sign_checkpoint(checkpoint, key_id, SIGNER.sign))


def said(*lines: str, problem: str = "") -> list[WitnessReport]:
    return [WitnessReport("file:/w", lines, problem)]


def hashes(*rows: int) -> dict[int, str]:
    return {row: f"{row:064x}" for row in rows}


def test_a_log_that_agrees_with_its_witness_has_nothing_to_be_said() -> None:
    judgement = judge(said(line(3), line(7)), LOG, 9, hashes(3, 7), "ours", verify)
    assert (judgement.first_bad_seq, judgement.notes) == (0, ())


def test_a_log_that_was_longer_is_found_with_the_day() -> None:
    judgement = judge(said(line(3), line(7), line(5)), LOG, 4, hashes(3), "ours", verify)
    assert judgement.first_bad_seq == 5
    assert judgement.reason == "this log was longer on 2026-09-21 14:13 UTC: it had 7 rows, says file:/w"


def test_a_log_that_was_put_back_and_went_on_is_found_at_the_first_row_that_differs() -> None:
    changed = {3: "0" * 64, 7: "1" * 64}
    judgement = judge(said(line(7), line(3)), LOG, 9, changed, "ours", verify)
    assert judgement.first_bad_seq == 3
    assert "row 3 was a different one on 2026-09-21" in judgement.reason


def test_another_key_does_not_hide_what_was_signed_with_the_one_before() -> None:
    judgement = judge(said(line(7, key_id="before")), LOG, 4, {}, "ours", verify)
    assert judgement.first_bad_seq == 5
    assert "a key other than the current one" in judgement.reason


def test_other_logs_silence_and_damage_are_told_and_no_contradiction() -> None:
    judgement = judge(said(line(9, OTHER), "{}", "no json", ""), LOG, 2, {}, "ours", verify)
    assert judgement.first_bad_seq == 0
    assert len(judgement.notes) == 3
    assert any("2 damaged lines" in note for note in judgement.notes)
    assert any("has no checkpoint of this log" in note for note in judgement.notes)
    assert any("also has checkpoints of another log, bbbbbbbbbbbbbbbb" in note for note in judgement.notes)
    assert judge(said(problem="no such file"), LOG, 2, {}, "ours", verify).notes == (
        "file:/w could not be read: no such file",
    )


def test_a_line_whose_signature_does_not_fit_counts_for_nothing() -> None:
    forged = json.loads(line(9))
    forged["signatures"][0]["sig"] = json.loads(line(8))["signatures"][0]["sig"]
    judgement = judge(said(json.dumps(forged)), LOG, 4, {}, "ours", verify)
    assert judgement.first_bad_seq == 0
    assert "1 damaged line" in judgement.notes[0]


def test_the_rows_to_look_at_are_those_of_this_log() -> None:
    assert rows_to_look_at(said(line(3), line(8, OTHER), line(5, key_id="x")), LOG) == {3, 5}


@pytest.mark.parametrize(
    ("written", "is_fine"),
    [
        ("file:/var/log/heads", True),
        ("file:~/heads", True),
        ("file:heads", False),
        ("file:", False),
        ("git:/srv/audit.git", True),
        ("git:https://example.org/x.git", False),
        ("command:ssh host audit-witness", True),
        ("command:'unclosed", False),
        ("command:  ", False),
        ("ftp:/x", False),
        ("/var/log/heads", False),
    ],
)
def test_an_entry_is_a_file_a_repository_or_a_command(written: str, is_fine: bool) -> None:
    assert (witness_problem(written) == "") is is_fine
    if is_fine:
        assert str(witness_of(written)) == written
