"""Envelopes: what is signed is what is read, in one spelling only."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from blufio_tui.core.audit.dsse import PAYLOAD_TYPE, Unproved, opened, signed, statement, strict_json

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
ENVELOPE = signed(statement("a log", "ab" * 32, "urn:x", {"rows": 3}), "id", KEY.sign)


def verify(signature: bytes, message: bytes) -> bool:
    try:
        KEY.public_key().verify(signature, message)
    except InvalidSignature:
        return False
    return True


def test_what_was_signed_is_read() -> None:
    assert opened(ENVELOPE, "id", verify) == ("urn:x", "ab" * 32, {"rows": 3})


def test_the_signature_is_the_one_of_dsse() -> None:
    """The pre-authentication encoding as the specification spells it."""
    payload = base64.b64decode(ENVELOPE["payload"])  # type: ignore[arg-type]
    expected = b" ".join((b"DSSEv1", b"28", PAYLOAD_TYPE.encode(), str(len(payload)).encode(), payload))
    assert verify(base64.b64decode(ENVELOPE["signatures"][0]["sig"]), expected)  # type: ignore[index, call-overload]


Change = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    "change",
    [
        lambda e: e.update(payloadType="text/plain"),
        lambda e: e.update(payload=e["payload"][:-4]),
        lambda e: e.update(payload=e["payload"] + "\n"),
        lambda e: e.update(payload=base64.b64encode(b"{}").decode()),
        lambda e: e.update(payload=7),
        lambda e: e.update(more=1),
        lambda e: e.pop("signatures"),
        lambda e: e.update(signatures=[]),
        lambda e: e.update(signatures=e["signatures"] * 2),
        lambda e: e["signatures"][0].update(keyid="other"),
        lambda e: e["signatures"][0].update(sig=base64.b64encode(b"x" * 64).decode()),
        lambda e: e["signatures"][0].update(sig=e["signatures"][0]["sig"][:-2]),
        lambda e: e["signatures"][0].update(cert=""),
    ],
)
def test_every_other_envelope_is_refused(change: Change) -> None:
    envelope = json.loads(json.dumps(ENVELOPE))
    change(envelope)
    with pytest.raises(Unproved):
        opened(envelope, "id", verify)


@pytest.mark.parametrize("value", [None, 3, [], "x", {}])
def test_what_is_no_envelope_is_refused(value: object) -> None:
    with pytest.raises(Unproved):
        opened(value, "id", verify)


@pytest.mark.parametrize(
    "wrong",
    [
        {"_type": "https://in-toto.io/Statement/v0.1"},
        {"subject": []},
        {"subject": [{"name": "x", "digest": {"sha1": "0"}}]},
        {"predicate": 3},
        {"more": 1},
    ],
)
def test_a_signed_statement_of_another_kind_is_refused(wrong: dict[str, Any]) -> None:
    other = {**statement("a log", "ab" * 32, "urn:x", {}), **wrong}
    with pytest.raises(Unproved):
        opened(signed(other, "id", KEY.sign), "id", verify)


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "a": 1}',
        "NaN",
        "{",
        "[" * 100_000,
        b"\xff",
        '"\\ud800"',
        '{"\\udfff": 1}',
        b"\xef\xbb\xbf{}",
        "{}".encode("utf-16"),
    ],
)
def test_json_that_could_be_read_in_two_ways_is_refused(text: str) -> None:
    with pytest.raises(Unproved):
        strict_json(text)


@pytest.mark.parametrize("text", ['"\\ud83d\\ude00"', '"\\\\ud800"', '"é"'])
def test_whole_characters_are_read_however_they_are_written(text: str) -> None:
    assert strict_json(text.encode()) == json.loads(text)
