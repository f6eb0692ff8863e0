"""Secrets are taken out of text, ordinary text is left alone."""

import base64
import time
import urllib.parse

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blufio_tui.core.text.redaction import Redactor, mask, mask_bytes, spellings

SECRET = 'p@ss/w0rd+"x" ~é'

KEYS = [
    "sk-ant-" + "api03-AbCdEf0123456789_-AbCdEf0123456789",
    "sk-proj-" + "AbCdEf0123456789AbCdEf0123456789",
    "ghp_" + "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8",
    "github_pat_" + "11ABCDEFG0123456789_abcdefghijklmnop",
    "glpat-" + "AbCdEf0123456789abcd",
    "AKIA" + "IOSFODNN7EXAMPLE",
    "ASIA" + "IOSFODNN7EXAMPLE",
    "AIza" + "SyA1234567890abcdefghijklmnopqrstuv",
    "xoxb-" + "123456789012-abcdefghijkl",
    "npm_" + "abcdefghijklmnopqrstuvwxyz0123456789",
    "hf_" + "AbCdEfGhIjKlMnOpQrStUvWx",
    "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc",
    "SG." + "ngeVfQFYQlKU0ufo8x5d1A." + "TwL2iGABf9DHoTf-09kqeF8tAmbihYzrnopKc-1s5cr",
    "eyJ" + "hbGciOiJIUzI1NiJ9.eyJ" + "zdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
]

ORDINARY = [
    "the quick brown fox",
    "sk-ate park",
    "https://example.com/a?b=c&page=2#key=3",
    "a bearer of news",
    "see commit 499845c8d1f0e6a7b3c2d9e8f7a6b5c4d3e2f1a0",
    "AKIAN is a name; ASIAN food",
    "def token(self) -> str: return self._token",
    "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
    "http://localhost:8080/a@b",
    "mailto:someone@example.com",
    "ssh git@github.com:o/r.git",
    "12:30@noon",
    "Basic training is hard",
]


@pytest.mark.parametrize("key", KEYS)
def test_a_key_is_found_by_its_form_anywhere_in_a_text(key: str) -> None:
    for text in (key, f"key={key}", f'{{"k": "{key}"}}', f"x {key}, y", f"Authorization: token {key}\n"):
        redacted = Redactor().redact(text)
        assert key not in redacted and key[8:] not in redacted
        assert "[redacted" in redacted


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert Redactor().redact(text) == text


def test_headers_urls_and_key_blocks_lose_only_the_secret_part() -> None:
    redact = Redactor().redact
    assert redact("Authorization: Bearer abc.def-ghi_jkl123") == "Authorization: Bearer [redacted]"
    assert redact("authorization: basic dXNlcjpwYXNzd29yZA==") == "authorization: basic [redacted]"
    assert redact("postgres://me:hunter2@db/x") == "postgres://me:[redacted]@db/x"
    assert redact("https://x.org/?q=1&api_key=abcd1234&z=2") == "https://x.org/?q=1&api_key=[redacted]&z=2"
    block = "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\nBBBB\n-----END OPENSSH PRIVATE KEY-----"
    assert redact(f"before\n{block}\n<after>") == "before\n[redacted private key]\n<after>"
    assert "AAAA" not in redact("-----BEGIN RSA PRIVATE KEY-----\nAAAA cut off")


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        base64.b64encode(SECRET.encode()).decode(),
        base64.urlsafe_b64encode(SECRET.encode()).decode(),
        base64.b64encode(f"user:{SECRET}".encode()).decode(),
        base64.b64encode(f"u:{SECRET}:tail".encode()).decode(),
        urllib.parse.quote(SECRET),
        urllib.parse.quote(SECRET, safe=""),
        urllib.parse.quote_plus(SECRET),
        urllib.parse.quote(SECRET, safe="").lower(),
        SECRET.encode().hex(),
        SECRET.encode().hex().upper(),
        'p@ss/w0rd+\\"x\\" ~\\u00e9',
        "p@ss/w0rd+&quot;x&quot; ~é",
        SECRET[::-1],
    ],
)
def test_a_known_secret_is_masked_in_every_spelling(form: str) -> None:
    text = Redactor({"DB": SECRET}).redact(f"<{form}>")
    assert "[secret DB]" in text
    assert SECRET not in text
    # Of base64 at most the characters that mix with their neighbours stay.
    assert len(text.replace("[secret DB]", "")) <= 2 + 12


@given(st.text(st.characters(codec="utf-8"), min_size=8, max_size=40), st.binary(max_size=8), st.binary(max_size=8))
@settings(max_examples=100, deadline=None)
def test_no_spelling_of_a_secret_survives_inside_base64(secret: str, before: bytes, after: bytes) -> None:
    encoded = base64.b64encode(before + secret.encode() + after).decode()
    assert "[secret S]" in mask(encoded, {"S": secret})


def test_bytes_are_masked_like_text() -> None:
    body = b"\xff\x00" + b"top-secret-value" + b"\xfe"
    assert mask_bytes(body, {"T": "top-secret-value"}) == b"\xff\x00[secret T]\xfe"


def test_values_too_short_to_be_secrets_are_not_masked() -> None:
    assert Redactor({"S": "abc"}).redact("abcabc") == "abcabc"
    assert all(len(form) >= 4 for form in spellings("abcd"))


def test_a_secret_learned_later_is_masked_from_then_on() -> None:
    redactor = Redactor()
    redactor.learn("LATE", "late-secret")
    assert redactor.redact("a late-secret b") == "a [secret LATE] b"


@pytest.mark.parametrize(
    "piece",
    [
        "sk-ant eyJ. -----BEGIN PRIVATE KEY ://a:b Bearer \n?key=",
        "-----BEGIN PRIVATE KEY-----.",
        "-eyJabcdefghij",
        "eyJabcdefgh.",
        "-SG.aaaaaaaaaaaaaaaaaaaa",
        "://aaa:bbb",
        "Bearer aaa ",
        "?token=a",
        "sk-aaaaaaaaaaaaaaa.",
    ],
)
def test_half_a_megabyte_of_nearly_keys_takes_no_time(piece: str) -> None:
    start = time.process_time()
    Redactor().redact(piece * (500_000 // len(piece)))
    assert time.process_time() - start < 10, "a tenth of a second is usual"
