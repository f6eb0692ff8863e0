"""What looks like a key is masked, what only looks random is not.

The keys are put together here, so that no scanner takes this file for a leak.
"""

import base64
import hashlib
import time
import uuid

import pytest

from blufio_tui.core.text.key_masks import ALL, FORMS, KINDS, MARK, mask_keys

MIXED = "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5bC7dE9fG1hJ3kL5mN7pQ9rS1tU3vW5xY7z"
HEX = hashlib.sha256(b"x").hexdigest()
CAPITALS = "QWERTZUIOPASDFGHJKLYXCVBNM234567"
JWT_HEAD = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').decode().rstrip("=")
JWT_BODY = base64.urlsafe_b64encode(b'{"sub":"1234567890","name":"J"}').decode().rstrip("=")
PEM_BODY = "\n".join(base64.b64encode(hashlib.sha512(bytes([n])).digest()).decode()[:64] for n in range(12))

KEYS = [
    ("anthropic", "sk-" + "ant-", "api03-" + MIXED[:60]),
    ("openai", "sk-" + "proj-", MIXED[:48]),
    ("openai", "sk-", MIXED[:48]),
    ("aws", "AK" + "IA", CAPITALS[:16]),
    ("aws", "aws_secret_access_key = ", MIXED[:38] + "/+"),
    ("aws", 'AWS_SECRET_ACCESS_KEY="', MIXED[:40]),
    ("aws", '"SecretAccessKey": "', MIXED[:40]),
    ("github", "gh" + "p_", MIXED[:36]),
    ("github", "github_" + "pat_", MIXED[:22] + "_" + MIXED[:59]),
    ("gitlab", "gl" + "pat-", MIXED[:20]),
    ("slack", "xo" + "xb-", "123456789012-123456789012-" + MIXED[:24]),
    ("slack", "xap" + "p-1-", "A0123456789-1234567890123-" + HEX),
    ("slack", "hooks.slack.com/services/", "T0123ABCD/B0123ABCD/" + MIXED[:24]),
    ("stripe", "sk_" + "live_", MIXED[:24]),
    ("stripe", "rk_" + "test_", MIXED[:24]),
    ("stripe", "wh" + "sec_", MIXED[:32]),
    ("google", "AI" + "za", MIXED[:35]),
    ("google", "GOC" + "SPX-", MIXED[:28]),
    ("google", "ya" + "29.", MIXED[:60]),
    ("npm", "np" + "m_", MIXED[:36]),
    ("pypi", "pypi-" + "AgE", MIXED[:66]),
    ("huggingface", "h" + "f_", MIXED[:34]),
    ("sendgrid", "S" + "G.", MIXED[:22] + "." + MIXED[:43]),
    ("digitalocean", "dop" + "_v1_", HEX),
    ("shopify", "shp" + "at_", HEX[:32]),
    ("telegram", "123456789:" + "AA", MIXED[:33]),
    ("vault", "hv" + "s.", MIXED[:24]),
    ("groq", "gs" + "k_", MIXED[:52]),
    ("xai", "xa" + "i-", MIXED[:70] + MIXED[:10]),
    ("age", "AGE-SECRET-" + "KEY-1", (CAPITALS + CAPITALS)[:58]),
    ("azure", "Account" + "Key=", MIXED + MIXED[:16] + "=="),
    ("jwt", "ey" + "J", JWT_HEAD[3:] + "." + JWT_BODY + "." + MIXED[:43]),
]


@pytest.mark.parametrize(("kind", "kept", "secret"), KEYS)
def test_a_key_is_masked_wherever_it_stands(kind: str, kept: str, secret: str) -> None:
    for before, after in (("", ""), ("KEY=", "\n"), ("     3\ttoken: ", ", next"), ('{"a": "', '"}'), ("(", ")")):
        assert mask_keys(f"{before}{kept}{secret}{after}") == f"{before}{kept}{MARK}{after}"
    assert mask_keys(kept + secret, [kind]) == kept + secret
    assert mask_keys(kept + secret, [ALL]) == kept + secret


def test_each_form_has_a_key_in_this_table() -> None:
    for form in FORMS:
        assert any(kind == form.name and form.pattern.search(kept + secret) for kind, kept, secret in KEYS), form
    assert {kind for kind, _, _ in KEYS} | {"private-key"} == set(KINDS)


def test_a_private_key_is_masked_line_by_line_and_what_follows_stays() -> None:
    begin, end = "-----BEGIN RSA " + "PRIVATE KEY-----", "-----END RSA " + "PRIVATE KEY-----"
    text = f"a\n{begin}\n{PEM_BODY}\n{end}\nnext line of words\n"
    masked = mask_keys(text)
    assert masked == f"a\n{begin}\n" + f"{MARK}\n" * 12 + f"{end}\nnext line of words\n"
    numbered = "".join(f"{number:>6}\t{line}\n" for number, line in enumerate(text.splitlines(), 1))
    assert PEM_BODY.splitlines()[3] not in mask_keys(numbered)
    assert f"     4\t{MARK}\n" in mask_keys(numbered)
    in_json = '{"private_key": "' + text.replace("\n", "\\n") + '"}'
    assert PEM_BODY.splitlines()[3] not in mask_keys(in_json)


@pytest.mark.parametrize(
    "text",
    [
        HEX,
        hashlib.md5(b"x").hexdigest(),
        "commit 88c5a7e0b1d2c3f4a5968778695a4b3c2d1e0f9a",
        str(uuid.uuid5(uuid.NAMESPACE_URL, "x")),
        '"integrity": "sha512-' + base64.b64encode(hashlib.sha512(b"y").digest()).decode() + '"',
        'hash = "sha256:' + HEX + '"',
        "https://files.example/packages/ab/cd/" + HEX + "/wheel-1.0-py3-none-any.whl",
        'class="sk-circle-fade sk-circle-fade-dot sk-folding-cube-with-a-very-long-name-0-1"',
        "sk-learn sk-ant- sk-ant-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "re.compile(r'sk-ant-[A-Za-z0-9_-]{8,}')",
        "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "npm_config_registry=https://example.org npm_lifecycle_event",
        "hf_hub_download(repo_id) hf_transfer_enabled_by_the_environment",
        "AKIA is how a key id of AWS begins, AKIAxxxxxxxxxxxxxxxx stands for one",
        "MAKIA" + CAPITALS[:16],
        'if "-----BEGIN PRIVATE ' + 'KEY-----" in text: raise ValueError("no")',
        "-----BEGIN CERTIFICATE-----\n" + PEM_BODY + "\n-----END CERTIFICATE-----",
        "ssh-ed25519 " + base64.b64encode(hashlib.sha512(b"z").digest()).decode() + " me@host",
        "postgres://user:password@localhost:5432/db",
        "data:image/png;base64," + base64.b64encode(hashlib.sha512(b"p").digest() * 4).decode(),
        "eyJ is how a token begins; eyJhbGciOiJIUzI1NiJ9 alone is a header",
        "pk_live_" + MIXED[:24],
        "0x" + HEX,
    ],
)
def test_what_is_no_key_stays(text: str) -> None:
    assert mask_keys(text) == text


def test_many_hashes_hold_no_key_by_chance() -> None:
    lines = [base64.b64encode(hashlib.sha512(str(number).encode()).digest()).decode() for number in range(20_000)]
    text = "\n".join(lines)
    assert mask_keys(text) == text


@pytest.mark.parametrize(
    "piece",
    [
        "sk-ant-",
        "sk-",
        "AKIA",
        "eyJa.eyJ",
        "eyJ",
        "-----BEGIN PRIVATE " + "KEY-----",
        "xoxb-1-",
        "hf_a",
        "SG.a.",
        "AccountKey=A",
    ],
)
def test_masking_takes_time_that_grows_with_the_text_alone(piece: str) -> None:
    text = piece * (400_000 // len(piece))
    began = time.process_time()
    mask_keys(text)
    assert time.process_time() - began < 2.0
