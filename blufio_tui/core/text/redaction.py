"""Take secrets out of text before it is shown, logged, recorded or exported.

Two kinds are found: values that the program knows, in every spelling that a program is likely to echo
them in, and strings whose form gives them away as a key.
"""

import base64
import html
import json
import re
import urllib.parse
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

MIN_KNOWN = 4
"""Shorter values are not masked: they would turn half of every text into asterisks."""

_MIN_OTHER_CASE = 12
"""Shorter values may well be words, which another case does not make secret."""


def spellings(value: str) -> tuple[str, ...]:
    """The forms in which a value may turn up in a response or a log, longest first.

    Base64 is made for all three positions that the value can have inside a longer text (`user:value`).
    """
    raw = value.encode()
    found = {value, value[::-1], raw.hex(), raw.hex().upper(), html.escape(value), json.dumps(value)[1:-1]}
    found |= {json.dumps(value, ensure_ascii=False)[1:-1], urllib.parse.quote(value, safe="")}
    found |= {urllib.parse.quote_plus(value), urllib.parse.quote(value)}
    found |= {one.lower() for one in (urllib.parse.quote(value, safe=""),) if one != value}
    found |= {value.replace("/", "\\/"), _as_json_for_html(value), html.escape(value).replace("&#x27;", "&#39;")}
    found |= {"".join(form.format(byte) for byte in raw) for form in ("%{:02x}", "%{:02X}", "\\u{:04x}", "\\x{:02x}")}
    found |= {"".join(form.format(byte) for byte in raw) for form in ("&#{};", "&#x{:x};", "&#x{:X};")}
    found |= {raw.hex(sep) for sep in " :-"}
    if len(value) >= _MIN_OTHER_CASE:
        found |= {value.lower(), value.upper()}
    for offset in range(3):
        inner = _base64_inside(raw, offset)
        found |= {inner, inner.replace("+", "-").replace("/", "_"), inner.replace("/", "\\/")}
    return tuple(sorted((one for one in found if len(one) >= MIN_KNOWN), key=len, reverse=True))


def _as_json_for_html(value: str) -> str:
    """As servers write JSON that may stand inside a page."""
    text = json.dumps(value)[1:-1]
    for character in "<>&'":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _base64_inside(raw: bytes, offset: int) -> str:
    """The characters of the base64 that depend on nothing but `raw`, which starts `offset` bytes into a group."""
    encoded = base64.b64encode(b"\0" * offset + raw).decode()
    first = (offset * 8 + 5) // 6
    return encoded[first : (offset + len(raw)) * 8 // 6]


def mask(text: str, values: Mapping[str, str]) -> str:
    """Replace each named value, in any of its spellings, by `[secret NAME]`."""
    for name, value in values.items():
        if len(value) >= MIN_KNOWN:
            text = _replace_all(text, spellings(value), f"[secret {name}]")
    return text


def mask_bytes(data: bytes, values: Mapping[str, str]) -> bytes:
    """As `mask`, for a body in any encoding that keeps ASCII."""
    for name, value in values.items():
        if len(value) < MIN_KNOWN:
            continue
        for one in spellings(value):
            data = data.replace(one.encode(), f"[secret {name}]".encode())
    return data


def _replace_all(text: str, forms: Iterable[str], replacement: str) -> str:
    for form in forms:
        if form in text:
            text = text.replace(form, replacement)
    return text


@dataclass(frozen=True, slots=True)
class _Form:
    """A kind of key. `hints`: without one of these the expression cannot match, which a plain search finds fast."""

    hints: tuple[str, ...]
    pattern: re.Pattern[str]
    replacement: str | Callable[[re.Match[str]], str]


def _token(name: str, hints: str, pattern: str, not_after: str = "A-Za-z0-9") -> _Form:
    """A form that starts at a word's start. Where the pattern can fail late, `not_after` must hold every character
    it may run over: otherwise a text made of beginnings takes quadratic time."""
    return _Form(tuple(hints.split()), re.compile(rf"(?<![{not_after}]){pattern}"), f"[redacted {name}]")


_WORD = "A-Za-z0-9_-"
_QUERY_KEYS = (
    r"api[_-]?key|access[_-]?token|auth[_-]?token|refresh[_-]?token|id[_-]?token|token|key|secret|client[_-]?secret"
    r"|password|passwd|pwd|sig|signature|x-amz-signature|x-amz-security-token|x-goog-signature"
)

_FORMS = (
    _Form(
        ("PRIVATE KEY",),
        # No search for the END line: it may be cut off, and looking for it again and again would take forever.
        re.compile(r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----[A-Za-z0-9+/=\s\\,:-]*"),
        "[redacted private key]\n",
    ),
    _token("API key", "sk-ant-", r"sk-ant-[A-Za-z0-9_-]{8,}"),
    _token(
        "API key", "sk- sk_ rk_", r"(?:sk-(?:proj-|svcacct-|or-v1-)?[A-Za-z0-9_-]{20,}|[sr]k_(?:live|test)_\w{10,})"
    ),
    _token(
        "GitHub token", "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_", r"(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,})"
    ),
    _token("GitLab token", "glpat-", r"glpat-[A-Za-z0-9_-]{16,}"),
    _token("AWS key", "AKIA ASIA", r"(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])"),
    _token("Google key", "AIza", r"AIza[A-Za-z0-9_-]{30,}"),
    _token("Google token", "ya29.", r"ya29\.[A-Za-z0-9_-]{20,}"),
    _token("Slack token", "xox", r"xox[abeoprs]-[A-Za-z0-9-]{10,}"),
    _token("npm token", "npm_", r"npm_[A-Za-z0-9]{30,}"),
    _token("PyPI token", "pypi-", r"pypi-[A-Za-z0-9_-]{40,}"),
    _token("Hugging Face token", "hf_", r"hf_[A-Za-z0-9]{20,}"),
    _token("SendGrid key", "SG.", r"SG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,}", _WORD),
    _token("JSON web token", "eyJ", r"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*", _WORD),
    _Form(
        ("earer", "EARER", "asic ", "BASIC "),
        re.compile(r"\b(Bearer|Basic)(\s+|%20)[A-Za-z0-9._~+/=-]{12,}", re.IGNORECASE),
        r"\1\2[redacted]",
    ),
    _Form(("://",), re.compile(r"(://[^\s/:@?#\"']{0,256}):[^\s/@\"']{1,256}@"), r"\1:[redacted]@"),
    _Form(("=",), re.compile(rf"([?&](?:{_QUERY_KEYS})=)[^&\s#\"'<>]{{4,}}", re.IGNORECASE), r"\1[redacted]"),
)


_REMEMBERED_TEXTS, _REMEMBERED_LENGTH = 512, 1024


class Redactor:
    """Masks known secrets and whatever looks like a key. One is shared by trace, audit, logs and exports."""

    def __init__(self, known: Mapping[str, str] | None = None) -> None:
        self._known: dict[str, tuple[str, tuple[str, ...]]] = {}
        self._clean: dict[str, None] = {}
        for name, value in (known or {}).items():
            self.learn(name, value)

    def learn(self, name: str, value: str) -> None:
        """From now on mask this value too (a key typed in, a secret read for the first time)."""
        if len(value) >= MIN_KNOWN:
            self._known[value] = (f"[secret {name}]", spellings(value))
            self._clean = {}  # a new one: another thread may be about to add to the old one

    def redact(self, text: str) -> str:
        """The text without secrets; time grows with the text alone, whatever is in it.

        The same paths and rules come again and again: those that hold nothing to take out are remembered.
        """
        if text in self._clean:
            return text
        clean, redacted = self._clean, self._redacted(text)
        if redacted == text and len(text) <= _REMEMBERED_LENGTH:
            if len(clean) >= _REMEMBERED_TEXTS:
                clean.clear()
            clean[text] = None
        return redacted

    def _redacted(self, text: str) -> str:
        for replacement, forms in tuple(self._known.values()):
            text = _replace_all(text, forms, replacement)
        for form in _FORMS:
            if any(hint in text for hint in form.hints):
                text = form.pattern.sub(form.replacement, text)
        return text
