"""A proof: true as it was made, and found out when anything in it is another."""

import copy
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from blufio_tui.core.audit.chain import EMPTY, Head, chain_hash, columns_of, encode_column
from blufio_tui.core.audit.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from blufio_tui.core.audit.dsse import Unproved, base64_bytes, opened, signed, statement, strict_json
from blufio_tui.core.audit.leaf import (
    FIELDS,
    Hidden,
    Shown,
    field_hash,
    leaf_of,
    leaf_of_fields,
    salt_key,
    shown_fields,
)
from blufio_tui.core.audit.merkle import Growing, Peaks, Tree
from blufio_tui.core.audit.rows import AuditEntry, RowType
from blufio_tui.core.proof.proof import (
    REDACTABLE,
    Proof,
    ProvedRow,
    ProvedSkill,
    check_predicate,
    check_proof,
    sign_proof,
)
from blufio_tui.core.proof.words import check_json, explained
from blufio_tui.core.skills.files import FileEntry, content_hash
from blufio_tui.core.text.json_types import JsonObject

SIGNER = Ed25519PrivateKey.from_private_bytes(b"s" * 32)
KEY, KEY_ID = b"k" * 32, "ab" * 32
MANIFEST = 'name = "text-stats"\n'
FILES = (
    FileEntry("skill.toml", len(MANIFEST), hashlib.sha256(MANIFEST.encode()).hexdigest()),
    FileEntry("skill.wasm", 9, "cd" * 32),
)
SKILL = ProvedSkill("text-stats", "0.1.0", content_hash(FILES), "cd" * 32, FILES, MANIFEST)


def verify(signature: bytes, message: bytes) -> bool:
    try:
        SIGNER.public_key().verify(signature, message)
    except InvalidSignature:
        return False
    return True


def entries() -> list[AuditEntry]:
    mode = AuditEntry(RowType.MODE, "mode", "ask", rule="the permission mode changed from deny to ask")
    read = AuditEntry(
        RowType.DECISION,
        "fs.read",
        "/home/p/secret plans.txt",
        actor=SKILL.name,
        actor_version=SKILL.version,
        actor_hash=SKILL.content_hash,
        session_id="s1",
        decision="allow",
        decided_by="manifest",
        rule="allowed by manifest: read ~",
    )
    return [mode, read, replace(read, row_type=RowType.OUTCOME, about_seq=2, outcome="ok", body_bytes=6), read]


def made(redacted: Sequence[str] = (), count: int = 300, shown: Sequence[int] = (1, 2, 3)) -> JsonObject:
    """The first rows are `entries`, the rest are there to make a tree."""
    all_entries = entries() + [AuditEntry(RowType.MODE, "mode", "ask")] * (count - 4)
    growing, head, rows, leaves = Growing(Peaks()), EMPTY, [], []
    for seq, entry in enumerate(all_entries, 1):
        columns = (seq, 1_790_000_000_000_000 + seq, *columns_of(entry))
        row_hash = chain_hash(KEY, head.row_hash, columns)
        leaves.append(leaf_of(salt_key(KEY), seq, [encode_column(one) for one in columns], row_hash))
        growing.add(leaves[-1])
        head = Head(seq, row_hash)
        rows.append((columns, row_hash))
    checkpoint = Checkpoint("ef" * 32, count, growing.peaks().root().hex(), head.row_hash.hex(), 1_790_000_400)
    tree = Tree(count, [growing.blocks[one] for one in sorted(growing.blocks)], lambda first, end: leaves[first:end])
    proof = Proof(
        checkpoint=checkpoint,
        rows=tuple(
            ProvedRow(seq, shown_fields(salt_key(KEY), *rows[seq - 1], redacted), tree.path(seq - 1)) for seq in shown
        ),
        asked=(2, 3),
        redacted=tuple(redacted),
        skills=() if "actor" in redacted else (SKILL,),
        program="blufio-tui 1.0",
        made=1_790_000_500,
    )
    return sign_proof(proof, sign_checkpoint(checkpoint, KEY_ID, SIGNER.sign), KEY_ID, SIGNER.sign)


ENVELOPE = made()


def payload_of(envelope: JsonObject) -> dict[str, Any]:
    return json.loads(base64_bytes(envelope["payload"]))  # type: ignore[no-any-return]


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to everything in a JSON value, containers too."""
    yield way
    if isinstance(value, dict):
        for name, one in value.items():
            yield from places(one, (*way, name))
    elif isinstance(value, list):
        for index, one in enumerate(value):
            yield from places(one, (*way, index))


def others(value: Any) -> list[Any]:
    """Values that are another one, in type or by the least that can be changed."""
    if isinstance(value, str):
        flipped = ("0" if value[:1] != "0" else "1") + value[1:]
        return [
            flipped,
            value + "0",
            value[:-1] if value else "x",
            value.upper() if value.upper() != value else 0,
            None,
        ]
    if isinstance(value, bool) or value is None:
        return [0]
    if isinstance(value, int):
        return [value + 1, -value - 1, str(value), float(value), value == 1]
    if isinstance(value, list):
        return [[*value, *value[:1]] if value else [1], value[1:] if value else {}, {}]
    return [{**value, "more": 1}, dict(list(value.items())[1:]), []]


def changed(value: Any, way: Sequence[Any], to: Any) -> Any:
    if not way:
        return to
    found = copy.deepcopy(value)
    at = found
    for step in way[:-1]:
        at = at[step]
    at[way[-1]] = to
    return found


def at(value: Any, way: Sequence[Any]) -> Any:
    for step in way:
        value = value[step]
    return value


def test_a_proof_holds_as_it_was_made() -> None:
    proof = check_proof(ENVELOPE, KEY_ID, verify)
    assert [row.seq for row in proof.rows] == [1, 2, 3]
    assert (proof.asked, proof.redacted, proof.skills) == ((2, 3), (), (SKILL,))
    assert proof.rows[1].text("resource") == "/home/p/secret plans.txt"


def test_each_field_of_the_file_changed_in_turn_is_found() -> None:
    missed = [
        (way, other)
        for way in places(ENVELOPE)
        for other in others(at(ENVELOPE, way))
        if holds(changed(ENVELOPE, way, other))
    ]
    assert missed == []


def test_each_field_of_what_was_signed_changed_in_turn_is_found() -> None:
    from base64 import b64encode

    payload, missed = payload_of(ENVELOPE), []
    for way in places(payload):
        for other in others(at(payload, way)):
            content = json.dumps(changed(payload, way, other)).encode()
            if holds({**ENVELOPE, "payload": b64encode(content).decode()}):
                missed.append((way, other))
    assert missed == []


def holds(envelope: JsonObject) -> bool:
    try:
        check_proof(envelope, KEY_ID, verify)
    except Unproved:
        return False
    return True


_SAID_BY_THE_SIGNER = {("made",), ("program",), ("asked",)}
"""What only the signature over the file vouches for."""


def test_each_field_of_rows_and_skills_is_bound_to_the_checkpoint_even_without_the_signature() -> None:
    """Whoever signs the file cannot put rows into it that the checkpoint does not cover."""
    payload = payload_of(ENVELOPE)
    root, predicate = payload["subject"][0]["digest"]["sha256"], payload["predicate"]

    def inner_holds(value: Any) -> bool:
        try:
            check_predicate(value, root, lambda inner: open_checkpoint(inner, KEY_ID, verify))
        except Unproved:
            return False
        return True

    assert inner_holds(predicate)
    missed = []
    for way in places(predicate):
        if not way or way[:1] in _SAID_BY_THE_SIGNER:
            continue
        for other in others(at(predicate, way)):
            fewer = isinstance(other, list) and len(other) < len(at(predicate, way))
            if way in {("rows",), ("skills",)} and fewer:
                continue  # less is shown, nothing false
            if inner_holds(changed(predicate, way, other)):
                missed.append((way, other))
    assert missed == []


@given(position=st.integers(0, 10**6), value=st.integers(1, 255))
def test_any_byte_of_the_file_changed_is_found_or_changes_nothing(position: int, value: int) -> None:
    data = bytearray(json.dumps(ENVELOPE).encode())
    data[position % len(data)] ^= value
    try:
        read = json.loads(data)
    except (ValueError, RecursionError):
        return
    assert read == ENVELOPE or not holds(read)


def test_another_key_or_another_kind_of_statement_proves_nothing() -> None:
    stranger = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
    with pytest.raises(Unproved, match="signed with the key"):
        check_proof(ENVELOPE, "cd" * 32, verify)
    payload = payload_of(ENVELOPE)
    again = signed(payload, KEY_ID, stranger.sign)
    with pytest.raises(Unproved, match="does not match"):
        check_proof(again, KEY_ID, verify)
    other = signed(statement("x", "ab" * 32, "urn:other", {}), KEY_ID, SIGNER.sign)
    with pytest.raises(Unproved, match="not a proof of rows"):
        check_proof(other, KEY_ID, verify)


def signed_row(**values: str | int) -> JsonObject:
    """A log of one row that holds this, by somebody who has the key and another program."""
    shown = {name: Shown(values.get(name, _USUAL.get(name, "")), b"s" * 16) for name in FIELDS}
    checkpoint = Checkpoint("ef" * 32, 1, leaf_of_fields(shown).hex(), "00" * 32, 5)
    proof = Proof(checkpoint, (ProvedRow(1, shown, ()),), (1,), (), (), "x", 5)
    return sign_proof(proof, sign_checkpoint(checkpoint, KEY_ID, SIGNER.sign), KEY_ID, SIGNER.sign)


_USUAL: dict[str, str | int] = {
    "seq": 1,
    "ts_us": 5,
    "about_seq": 0,
    "body_bytes": 0,
    "duration_us": 0,
    "row_type": "decision",
    "kind": "fs.read",
    "resource": "/a",
    "decision": "deny",
}


def test_what_this_program_writes_is_accepted() -> None:
    assert holds(signed_row())
    assert holds(signed_row(resource="/tmp/Überraschung", detail="größer", ts_us=-5))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ts_us", 10**400),
        ("ts_us", 2**63),
        ("ts_us", "1"),
        ("duration_us", -(2**64)),
        ("body_bytes", 10**30),
        ("about_seq", "0"),
        ("resource", 7),
        ("row_type", "dеcision"),
        ("decision", "аllow"),
        ("decision", "allow\u200b"),
        ("decided_by", "usеr"),
        ("kind", "fs․read"),
    ],
)
def test_a_row_with_what_this_program_never_writes_proves_nothing(name: str, value: str | int) -> None:
    with pytest.raises(Unproved, match=f"row 1 holds in {name} what"):
        check_proof(signed_row(**{name: value}), KEY_ID, verify)


@pytest.mark.parametrize("value", [10**30, -(10**30), 2**63, -1, 0])
def test_impossible_times_are_said_to_be_that(value: int) -> None:
    payload = payload_of(ENVELOPE)
    inner = json.loads(base64_bytes(payload["predicate"]["checkpoint"]["payload"]))
    inner["predicate"]["time"] = payload["predicate"]["made"] = value
    payload["predicate"]["checkpoint"] = signed(inner, KEY_ID, SIGNER.sign)
    proof = check_proof(signed(payload, KEY_ID, SIGNER.sign), KEY_ID, verify)
    assert explained(proof, "k") and check_json(proof, "k")


def test_order_and_blanks_of_the_envelope_say_nothing() -> None:
    text = json.dumps(dict(reversed(list(ENVELOPE.items()))), indent=3)
    assert check_proof(strict_json(text), KEY_ID, verify) == check_proof(ENVELOPE, KEY_ID, verify)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[:-1] + ', "payload": ' + json.dumps(ENVELOPE["payload"]) + "}",
        lambda text: text[:-50],
        lambda text: text + "{}",
        lambda text: "\ufeff" + text,
        lambda text: text + "\0",
        lambda text: text.replace('"payload"', '"p\u0430yload"'),
        lambda text: text.replace('"keyid"', '"KeyId"'),
        lambda text: "9" * 10_000,
        lambda text: "[" * 200_000,
        lambda text: text.replace('"signatures": [', '"signatures": [' + json.dumps(ENVELOPE["signatures"][0]) + ", "),  # type: ignore[index]
    ],
)
def test_a_file_that_could_be_read_in_two_ways_proves_nothing(change: Callable[[str], str]) -> None:
    with pytest.raises(Unproved):
        check_proof(strict_json(change(json.dumps(ENVELOPE))), KEY_ID, verify)


# ── what is left out ───────────────────────────────────────────────────────────────────────────────


@given(st.sets(st.sampled_from(REDACTABLE), min_size=1))
def test_fields_that_are_left_out_are_the_only_ones_and_cannot_be_guessed(hidden: set[str]) -> None:
    names = sorted(hidden - {"actor", "actor_version", "actor_hash", "body_sha256", "row_type"}) or ["resource"]
    envelope = made(names, count=4)
    proof = check_proof(envelope, KEY_ID, verify)
    for row in proof.rows:
        assert {name for name, one in row.fields.items() if isinstance(one, Hidden)} == set(names)
    if "resource" in names:
        assert b"secret plans" not in base64_bytes(envelope["payload"])


def test_the_same_value_has_another_hash_in_each_row() -> None:
    rows = payload_of(made(["resource"]))["predicate"]["rows"]
    assert rows[1]["fields"]["resource"] != rows[2]["fields"]["resource"]


def test_a_field_that_was_left_out_can_be_shown_later_and_fits() -> None:
    closed, open_ = payload_of(made(["resource"])), payload_of(ENVELOPE)
    field = open_["predicate"]["rows"][1]["fields"]["resource"]
    shown = Shown(field["value"], bytes.fromhex(field["salt"]))
    assert field_hash("resource", shown).hex() == closed["predicate"]["rows"][1]["fields"]["resource"]["hash"]


def test_leaving_out_more_than_is_said_is_found() -> None:
    payload = payload_of(ENVELOPE)
    fields = payload["predicate"]["rows"][1]["fields"]
    fields["rule"] = {"hash": payload_of(made(["rule"]))["predicate"]["rows"][1]["fields"]["rule"]["hash"]}
    with pytest.raises(Unproved, match="the fields left out of row 2 are not"):
        check_proof(signed(payload, KEY_ID, SIGNER.sign), KEY_ID, verify)


# ── in words ───────────────────────────────────────────────────────────────────────────────────────


def test_it_is_explained_in_words() -> None:
    text = "\n".join(explained(check_proof(made(["resource"]), KEY_ID, verify), "ed25519:xyz"))
    assert "rows 1 to 300" in text
    assert "Left out of every row: resource." in text
    assert "row 2  2026-09-21 14:13:20 UTC  fs.read [left out] for text-stats 0.1.0: allow by manifest" in text
    assert "came of row 2: ok, 6 bytes" in text
    assert "+ row 1" in text


def test_text_of_a_row_is_not_obeyed_by_the_terminal() -> None:
    envelope = made(shown=(1, 2, 3))
    proof = check_proof(envelope, KEY_ID, verify)
    row = replace(proof.rows[1], fields={**proof.rows[1].fields, "detail": Shown("\x1b[2J\u202e", b"x" * 16)})
    assert not any("\x1b" in line or "\u202e" in line for line in explained(replace(proof, rows=(row,)), "k"))


def test_the_json_has_what_was_checked() -> None:
    shown = check_json(check_proof(ENVELOPE, KEY_ID, verify), "ed25519:xyz")
    assert (shown["ok"], shown["rows"], shown["reason"]) == (True, 3, "")


def test_every_field_of_a_row_is_in_the_leaf() -> None:
    assert set(FIELDS) == {"seq", *REDACTABLE}
    assert opened(ENVELOPE, KEY_ID, verify)[2]["log"] == "ef" * 32
