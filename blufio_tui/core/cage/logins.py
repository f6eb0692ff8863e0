"""Whether a tool's settings hold a password or a token: `~/.npmrc` may be read freely while it only names a registry.

Told by the content. Generous on purpose: a line that is wrongly taken for a login costs one question.
"""

import re

MAX_LOOKED_AT = 256 * 1024
"""Bytes; settings that are longer are not looked through."""

_REFERENCE = re.compile(r"\$\{[\w.:?-]*\}|\$[A-Z_][A-Z0-9_]*\b|%\w+%")
"""What is looked up elsewhere when the file is read: `${NPM_TOKEN}`."""

_KEY_AND_VALUE = re.compile(
    r"(?<![\w.-])(?P<key>[\w.-]*(?:_auth|\bauth|authtoken|auth[_-]?ident|passw(?:or)?d|passphrase|passwd|smtppass|secret|tokens?"
    r"|api[_-]?key|access[_-]?key|private[_-]?key|secret[_-]?key|extraheader|authorization|credentials?|cookie))"
    r"[\"']?[ \t]*[=:>][ \t]*(?:\r?\n[ \t]+)?[\"']?(?P<value>[^\s\"'<,\]}]+)",
    re.IGNORECASE,
)
_NO_SECRET = frozenset({"true", "false", "none", "null", "yes", "no", "on", "off", "0", "1"})
_NETRC = re.compile(r"^[ \t]*(?:machine|login|default)\b[^\n]*\bpassword[ \t]+\S", re.MULTILINE)
_USER_IS_TOKEN = re.compile(r"://[^\s/:@?#\"'$%]{16,}@")


def why_private(content: bytes) -> str:
    """Why reading these settings is asked about, "" when they hold no login.

    Args:
        content: all of the file, or more than `MAX_LOOKED_AT` bytes of it.
    """
    if len(content) > MAX_LOOKED_AT:
        return "it is too long to be looked through for passwords"
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return "it cannot be looked through for passwords"
    if "\0" in text:
        return "it cannot be looked through for passwords"
    from blufio_tui.core.text.redaction import Redactor  # most commands read no such file

    text = _REFERENCE.sub("", text)
    for found in _KEY_AND_VALUE.finditer(text):
        value = found["value"].casefold()
        if value not in _NO_SECRET and any(map(str.isalnum, value)):
            return f"it seems to hold a login ({found['key'].lstrip('._-')})"
    if _NETRC.search(text) or _USER_IS_TOKEN.search(text) or Redactor().redact(text) != text:
        return "it seems to hold a login"
    return ""
