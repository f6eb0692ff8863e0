"""Signed statements: in-toto Statements (version 1) in DSSE envelopes (version 1), read strictly.

What is read may come from a stranger. Payload and signature are accepted in one spelling only, so that every change to
what a file says shows, also one that a lenient reader would not notice. The order of the envelope's three names and the
blanks between them say nothing.
"""

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from blufio_tui.core.errors import UsageError
from blufio_tui.core.text.json_types import JsonObject

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")

Sign = Callable[[bytes], bytes]
Verify = Callable[[bytes, bytes], bool]
"""Whether a signature (first) fits a message (second)."""


class Unproved(UsageError):
    """A signed file does not prove what it says; the message says why."""


def signed(statement: JsonObject, key_id: str, sign: Sign) -> JsonObject:
    """The statement in an envelope."""
    payload = json.dumps(statement, separators=(",", ":"), sort_keys=True).encode()
    return {
        "payloadType": PAYLOAD_TYPE,
        "payload": base64.b64encode(payload).decode(),
        "signatures": [{"keyid": key_id, "sig": base64.b64encode(sign(_signed_bytes(payload))).decode()}],
    }


def key_id_of(envelope: object) -> str:
    """The id of the key that an envelope says it was signed with, unchecked."""
    _, _, key_id = _parts(envelope)
    return key_id


def opened(envelope: object, key_id: str, verify: Verify) -> tuple[str, str, dict[str, Any]]:
    """The predicate type, the hash of the subject and the predicate of a signed statement.

    Raises:
        Unproved: it is no such envelope, or this key did not sign it.
    """
    payload, signature, found_id = _parts(envelope)
    if found_id != key_id:
        raise Unproved(f"it is signed with the key {found_id[:16]}…, but you named the key {key_id[:16]}…")
    if not verify(signature, _signed_bytes(payload)):
        raise Unproved("the signature does not match: something was changed, or another key signed it")
    statement = _mapping(strict_json(payload), ("_type", "subject", "predicateType", "predicate"), "the statement")
    if statement["_type"] != STATEMENT_TYPE:
        raise Unproved("the signed content is not an in-toto statement of version 1")
    subjects = statement["subject"]
    if not isinstance(subjects, list) or len(subjects) != 1:
        raise Unproved("the statement must be about exactly one subject")
    digest = _mapping(_mapping(subjects[0], ("name", "digest"), "the subject")["digest"], ("sha256",), "the digest")
    predicate = statement["predicate"]
    if not isinstance(predicate, dict):
        raise Unproved("the statement has no predicate")
    return str(statement["predicateType"]), str(digest["sha256"]), predicate


def statement(subject: str, sha256: str, predicate_type: str, predicate: JsonObject) -> JsonObject:
    return {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": subject, "digest": {"sha256": sha256}}],
        "predicateType": predicate_type,
        "predicate": predicate,
    }


def strict_json(data: bytes | str) -> Any:
    """
    Raises:
        Unproved: it is not JSON in UTF-8, a name occurs twice in one object, or a text holds half a character.
    """
    try:
        text = data if isinstance(data, str) else data.decode()
        value = json.loads(text, object_pairs_hook=_without_doubles, parse_constant=_no_constant)
        if _SURROGATE.search(text):
            json.dumps(value, ensure_ascii=False).encode()
    except RecursionError:
        raise Unproved("it is not JSON as this program writes it: it is nested too deeply") from None
    except ValueError as error:
        raise Unproved(f"it is not JSON as this program writes it: {error}") from None
    return value


def base64_bytes(text: object) -> bytes:
    """Base64 that is spelled in the one usual way.

    Raises:
        Unproved: it is anything else.
    """
    if not isinstance(text, str):
        raise Unproved("a text in base64 is missing")
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Unproved("a text is not base64") from None
    if base64.b64encode(data).decode() != text:
        raise Unproved("a text in base64 is not in canonical form")
    return data


def hex_bytes(text: object, length: int) -> bytes:
    """
    Raises:
        Unproved: it is not this many bytes in lower-case hex.
    """
    if not isinstance(text, str) or len(text) != 2 * length or not set(text) <= set("0123456789abcdef"):
        raise Unproved(f"a hash of {length} bytes in hex is missing or damaged")
    return bytes.fromhex(text)


def _signed_bytes(payload: bytes) -> bytes:
    """The pre-authentication encoding of DSSE."""
    return b"DSSEv1 %d %s %d %s" % (len(PAYLOAD_TYPE), PAYLOAD_TYPE.encode(), len(payload), payload)


def _parts(envelope: object) -> tuple[bytes, bytes, str]:
    """Payload, signature and key id."""
    outer = _mapping(envelope, ("payloadType", "payload", "signatures"), "the envelope")
    if outer["payloadType"] != PAYLOAD_TYPE:
        raise Unproved("the envelope holds something other than an in-toto statement")
    signatures = outer["signatures"]
    if not isinstance(signatures, list) or len(signatures) != 1:
        raise Unproved("the envelope does not hold exactly one signature")
    signature = _mapping(signatures[0], ("keyid", "sig"), "the signature")
    return base64_bytes(outer["payload"]), base64_bytes(signature["sig"]), str(signature["keyid"])


def _mapping(value: object, names: Sequence[str], what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict) or set(value) != set(names):
        raise Unproved(f"{what} does not hold exactly {', '.join(names)}")
    return value


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name occurs twice in one object")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number")
