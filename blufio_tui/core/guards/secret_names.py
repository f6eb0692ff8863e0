"""Recognises environment variables that hold credentials by their names. Imported before anything else: keep it
light."""

import re

OWN_CREDENTIALS = frozenset({"ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"})
"""The program's own; no skill and no command gets them."""

_SECRET_NAME = re.compile(
    r"(?:^|_)(?:API_?KEY|ACCESS_?KEY|SECRET_?KEY|PRIVATE_?KEY|TOKEN|SECRET|PASSWD|PASSPHRASE|CREDENTIALS?)(?:_|$)"
    r"|PASSWORD(?:_|$)|_(?:PWD|PAT|AUTH|KEY)$|^SSHPASS$",
    re.IGNORECASE,
)

_URL_WITH_PASSWORD = re.compile(r"://[^/@\s:]*:[^/@\s]+@")


def is_secret_name(name: str) -> bool:
    """Whether an environment variable's name says that its value is a credential."""
    return name in OWN_CREDENTIALS or bool(_SECRET_NAME.search(name))


def holds_password(value: str) -> bool:
    """Whether a value is a URL with a password in it, as proxies are configured."""
    return bool(_URL_WITH_PASSWORD.search(value))
