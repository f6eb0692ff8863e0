"""Grants as the tables of grants.toml: what is written, and what is accepted back. Strict: a grant that cannot
be read to the letter must not be guessed at."""

import datetime
import re
from collections.abc import Mapping

from blufio_tui.core.capability import ActorKind, Kind, Verdict
from blufio_tui.core.errors import ConfigError
from blufio_tui.core.policy.approval import Lifetime, Scope
from blufio_tui.core.policy.grants import Grant

_GRANT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_WHOLE_KINDS = frozenset({Kind.FS_READ, Kind.NET})
_REQUIRED = ("id", "verdict", "actor", "actor_kind", "kind", "scope", "pattern", "lifetime")
_OPTIONAL = ("publisher", "content_hash", "created", "expires", "note", "cwd")

Table = dict[str, str | datetime.datetime]


def table_of(grant: Grant) -> Table:
    """Only what says something; times in UTC to the second."""
    table: Table = {
        "id": grant.grant_id,
        "verdict": str(grant.verdict),
        "actor": grant.actor_name,
        "actor_kind": str(grant.actor_kind),
        "publisher": grant.publisher,
        "content_hash": grant.content_hash,
        "kind": str(grant.kind),
        "scope": str(grant.scope),
        "pattern": grant.pattern,
        "cwd": grant.cwd,
        "lifetime": str(grant.lifetime),
        "created": _utc(grant.created),
    }
    if grant.expires:
        table["expires"] = _utc(grant.expires)
    table["note"] = grant.note
    return {key: value for key, value in table.items() if value != ""}


def grant_of(table: object) -> Grant:
    """
    Raises:
        ConfigError: anything is missing, unknown, of the wrong type, or more than may be granted.
    """
    if not isinstance(table, Mapping):
        raise ConfigError("an entry of `grant` is not a table")
    values = dict(table)
    name = f"grant {values.get('id', '?')}"
    for key in values:
        if key not in (*_REQUIRED, *_OPTIONAL):
            raise ConfigError(f"{name} has an unknown key `{key}`")
    for key in _REQUIRED:
        if key not in values:
            raise ConfigError(f"{name} has no `{key}`")
    text = {
        key: _text(name, key, values.get(key, "")) for key in (*_REQUIRED, "publisher", "content_hash", "note", "cwd")
    }
    try:
        grant = Grant(
            grant_id=text["id"],
            verdict=Verdict(text["verdict"]),
            actor_kind=ActorKind(text["actor_kind"]),
            actor_name=text["actor"],
            publisher=text["publisher"],
            content_hash=text["content_hash"],
            kind=Kind(text["kind"]),
            scope=Scope(text["scope"]),
            pattern=text["pattern"],
            lifetime=Lifetime(text["lifetime"]),
            created=_seconds(name, "created", values.get("created")),
            expires=_seconds(name, "expires", values.get("expires")),
            note=text["note"],
            cwd=text["cwd"],
        )
    except ValueError as error:
        raise ConfigError(f"{name}: {error}") from error
    check_grant(grant)
    return grant


def check_grant(grant: Grant) -> None:
    """
    Raises:
        ConfigError: the grant allows more than may be stored in a file.
    """
    name = f"grant {grant.grant_id}"
    if not _GRANT_ID.fullmatch(grant.grant_id):
        raise ConfigError(f"{name}: an id is 1 to 64 letters, digits, `-` and `_`")
    if grant.lifetime not in (Lifetime.FOREVER, Lifetime.UNTIL):
        raise ConfigError(f"{name}: lifetime `{grant.lifetime}` is never stored in a file")
    if (grant.lifetime is Lifetime.UNTIL) != bool(grant.expires):
        raise ConfigError(f"{name}: `expires` goes with the lifetime `until`, and with no other")
    if not grant.actor_name or not grant.pattern:
        raise ConfigError(f"{name}: `actor` and `pattern` must not be empty")
    if grant.verdict is Verdict.ALLOW:
        _check_allowance(name, grant)


def _check_allowance(name: str, grant: Grant) -> None:
    if grant.scope is Scope.KIND and grant.kind not in _WHOLE_KINDS:
        raise ConfigError(f"{name}: all of {grant.kind} cannot be granted; grant single targets")
    if grant.scope is not Scope.KIND and grant.pattern == "*":
        raise ConfigError(f"{name}: `*` needs the scope `kind`")
    if grant.actor_kind is ActorKind.SKILL and not grant.content_hash:
        raise ConfigError(f"{name}: a skill's grant needs its content hash")


def _text(name: str, key: str, value: object) -> str:
    if not isinstance(value, str):
        raise ConfigError(f"{name}: `{key}` must be text")
    return str(value)


def _seconds(name: str, key: str, value: object) -> float:
    if value is None:
        return 0.0
    if not isinstance(value, datetime.datetime):
        raise ConfigError(f"{name}: `{key}` must be a date and time")
    moment = value if value.tzinfo else value.replace(tzinfo=datetime.UTC)
    return moment.timestamp()


def _utc(seconds: float) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(round(seconds), datetime.UTC)
