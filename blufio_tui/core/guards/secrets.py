"""Secrets used without being seen: `{{secret:NAME}}` in a request header, filled in by the host.

A skill writes the name; the manifest binds the name to hosts; the value exists only in the request that
goes to one of them.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from blufio_tui.core.errors import ConfigError, HostError, NeverRule
from blufio_tui.core.guards.domains import canonical_host
from blufio_tui.core.guards.network import WebUrl
from blufio_tui.core.guards.secret_names import OWN_CREDENTIALS, is_secret_name
from blufio_tui.core.text.redaction import MIN_KNOWN, spellings

Headers = tuple[tuple[str, str], ...]

_PLACEHOLDER = re.compile(r"\{\{\s*secret:([^{}]*?)\s*\}\}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}", re.ASCII)


class SecretSource(Protocol):
    """Where values come from. Called off the event loop; may take a moment."""

    def get(self, name: str, /) -> str | None: ...


def credentials_in(variables: Mapping[str, str]) -> dict[str, str]:
    """The variables whose names suggest credentials, for redaction; values of 8 characters or more."""
    return {name: value for name, value in variables.items() if len(value) >= 8 and is_secret_name(name)}


def secret_names(headers: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Names of the placeholders in header values, each once."""
    return tuple(dict.fromkeys(name for _, value in headers for name in _PLACEHOLDER.findall(value)))


def check_binding(names: Iterable[str], bound: Mapping[str, tuple[str, ...]], url: WebUrl, *, plain_ok: bool) -> None:
    """Refuse a secret that is not declared, or not for this host.

    Hosts match exactly, not by subdomain. `plain_ok` permits http, for a server of the user's own.

    Raises:
        NeverRule: with the name of the secret and what is declared.
    """
    for name in names:
        if not _NAME.fullmatch(name):
            raise NeverRule(f"malformed name: {name!r} is not a secret name")
        if name in OWN_CREDENTIALS:
            raise NeverRule(f"{name} is blufio-tui's own credential; no skill may use it")
        if name not in bound:
            raise NeverRule(f"secret {name} is not declared in the approved [capabilities.secrets]")
        if url.host not in _hosts(bound[name]):
            raise NeverRule(f"secret {name} is bound to {', '.join(bound[name]) or 'no host'}, not to {url.host}")
        if url.scheme != "https" and not plain_ok:
            raise NeverRule(f"secret {name} is sent over https only")


def _hosts(declared: Iterable[str]) -> frozenset[str]:
    found = set()
    for host in declared:
        try:
            found.add(canonical_host(host))
        except NeverRule:
            continue  # such as "*.example.com": a secret is bound to whole host names only
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class FilledHeaders:
    """Headers ready to send, and the values in them, to be masked in whatever comes back."""

    headers: Headers
    used: Mapping[str, str]

    def leaks_into(self, text: str) -> bool:
        return any(one in text for value in self.used.values() for one in spellings(value))


def fill(headers: Headers, source: SecretSource) -> FilledHeaders:
    """Replace the placeholders by the values.

    Raises:
        HostError: a secret has no value, or one that could not be masked or sent.
    """
    used = {name: _value(name, source) for name in secret_names(headers)}
    filled = tuple((key, _PLACEHOLDER.sub(lambda match: used[match[1]], value)) for key, value in headers)
    return FilledHeaders(filled, used)


def _value(name: str, source: SecretSource) -> str:
    try:
        value = source.get(name)
    except ConfigError as error:
        raise HostError(f"the secret {name} cannot be read: {error}") from error
    if value is None:
        raise HostError(f"the secret {name} has no value; set the environment variable {name} or store it")
    if len(value) < MIN_KNOWN or not value.isascii() or not value.isprintable():
        raise HostError(f"the value of the secret {name} must be {MIN_KNOWN} or more printable ASCII characters")
    return value


def without_secrets(headers: Headers) -> Headers:
    """Headers for a redirect, without those that contained a placeholder."""
    return tuple((key, value) for key, value in headers if not _PLACEHOLDER.search(value))
