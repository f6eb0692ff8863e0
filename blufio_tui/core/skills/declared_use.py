"""What a skill declares against what it has used: which capabilities it never needed, and which it asked for
without declaring them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from posixpath import dirname
from urllib.parse import urlsplit

from blufio_tui.core.audit.rows import AuditRow, RowType
from blufio_tui.core.capability import (
    Actor,
    ActorKind,
    CapabilityRequest,
    DecidedBy,
    EnvTarget,
    FileTarget,
    Kind,
    NetTarget,
    Target,
)
from blufio_tui.core.guards.addresses import parse_address
from blufio_tui.core.guards.paths import PROJECT, Places
from blufio_tui.core.manifest.manifest import Capabilities
from blufio_tui.core.policy.matching import declaration_covers, declared_patterns
from blufio_tui.core.policy.patterns import short_path
from blufio_tui.core.text.display import is_hidden

_DECLARABLE = (Kind.FS_READ, Kind.FS_WRITE, Kind.NET, Kind.ENV)
_SAME_FOLDER = 4
"""From so many files of one folder on, the folder is declared rather than each file."""


@dataclass(frozen=True, slots=True)
class Declaration:
    kind: Kind
    pattern: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A target asked for without being declared. `allowed` is True if it was allowed at least once."""

    kind: Kind
    resource: str
    allowed: bool
    times: int


@dataclass(frozen=True, slots=True)
class DeclaredUse:
    """
    Attributes:
        used: declared and used, with how often.
        unused: declared and never used.
        undeclared: asked for and not declared, most often first.
        smallest: the `[capabilities]` part of a manifest that would have covered all use that was allowed, TOML;
            "" if nothing was used.
        verified: whether the rows are what was written; if not, no manifest is made of them.
    """

    used: tuple[tuple[Declaration, int], ...]
    unused: tuple[Declaration, ...]
    undeclared: tuple[Asked, ...]
    smallest: str
    verified: bool = True


UNVERIFIED = "NOT what was written, or an outcome is not: see `blufio-tui audit verify`"


def declared_use(capabilities: Capabilities, rows: Iterable[AuditRow], places: Places) -> DeclaredUse:
    """
    Args:
        rows: the skill's rows of the audit log; rows of other kinds than decisions are passed over.
        places: the folders that `~` and `${PROJECT}` stood for.
    """
    declared = [Declaration(kind, one) for kind in _DECLARABLE for one in declared_patterns(capabilities, kind)]
    counts = dict.fromkeys(declared, 0)
    asked: dict[tuple[Kind, str], Asked] = {}
    targets: dict[tuple[Kind, str], Target] = {}
    for row in rows:
        target = _target(row)
        if target is None:
            continue
        covering = [one for one in declared if one.kind is target.kind and _covers(one, target, places)]
        elsewhere = [] if covering else _declared_elsewhere(declared, row)
        for one in (*covering, *elsewhere):
            counts[one] += 1
        if elsewhere:
            targets |= {(one.kind, one.pattern): _as_target(one) for one in elsewhere}
            continue
        if row.entry.decision == "allow":
            targets[(target.kind, _key(target))] = target
        if not covering:
            _note(asked, target, allowed=row.entry.decision == "allow")
    return DeclaredUse(
        used=tuple((one, count) for one, count in counts.items() if count),
        unused=tuple(one for one, count in counts.items() if not count),
        undeclared=tuple(sorted(asked.values(), key=lambda one: (-one.times, one.kind, one.resource))),
        smallest=smallest_manifest(targets.values(), places),
    )


def smallest_manifest(targets: Iterable[Target], places: Places) -> str:
    """TOML that declares these targets and as little beside them as the format can say.

    An address cannot be declared and is left out.
    """
    paths: dict[Kind, set[str]] = {Kind.FS_READ: set(), Kind.FS_WRITE: set()}
    hosts, methods, keys = set[str](), set[str](), set[str]()
    for target in targets:
        match target:
            case FileTarget(kind=kind, path=path):
                paths[kind].add(path)
            case NetTarget(host=host, method=method) if parse_address(host) is None:
                hosts.add(host)
                methods.add(method)
            case EnvTarget(key=key):
                keys.add(key)
    sections = [
        _section("capabilities", {"env": sorted(keys)}),
        _section("capabilities.network", {"domains": sorted(hosts), "methods": sorted(methods)}),
        _section(
            "capabilities.filesystem",
            {"read": _folders(paths[Kind.FS_READ], places), "write": _folders(paths[Kind.FS_WRITE], places)},
        ),
    ]
    return "\n".join(section for section in sections if section)


def use_lines(use: DeclaredUse) -> tuple[str, ...]:
    """The same for people, one line each."""
    lines = [f"used {count}×: {one.kind} {one.pattern}" for one, count in use.used]
    lines += [f"never used: {one.kind} {one.pattern}" for one in use.unused]
    for asked in use.undeclared:
        answer = "allowed" if asked.allowed else "denied"
        lines.append(f"not declared, asked for {asked.times}× and {answer}: {asked.kind} {asked.resource}")
    return (*lines, *(() if use.verified else (f"rows of the log are {UNVERIFIED}",)))


def _target(row: AuditRow) -> Target | None:
    """The target of a decision row; None for what no manifest can declare."""
    entry = row.entry
    if entry.row_type is not RowType.DECISION or not entry.decision or entry.kind not in set(_DECLARABLE):
        return None
    kind = Kind(entry.kind)
    match kind:
        case Kind.FS_READ | Kind.FS_WRITE:
            return FileTarget(kind, entry.resource, entry.resource, "") if entry.resource.startswith("/") else None
        case Kind.ENV:
            return EnvTarget(entry.resource)
        case _:
            return _net_target(entry.resource, entry.detail)


def _declared_elsewhere(declared: list[Declaration], row: AuditRow) -> list[Declaration]:
    """The declaration that allowed the row when `${PROJECT}` was another folder than now."""
    if row.entry.decided_by != DecidedBy.MANIFEST:
        return []
    return [
        one
        for one in declared
        if one.kind == row.entry.kind and PROJECT in one.pattern and row.entry.rule.endswith(f" {one.pattern}")
    ]


def _as_target(declaration: Declaration) -> FileTarget:
    return FileTarget(declaration.kind, declaration.pattern, declaration.pattern, "")


def _net_target(url: str, detail: str) -> NetTarget | None:
    """The method stands first in the row's detail (`POST, 12 bytes sent`)."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    except ValueError:
        return None
    method = detail.partition(",")[0]
    if not parts.hostname or not method.isalpha() or not method.isupper():
        return None
    return NetTarget(method, parts.scheme, parts.hostname, port, url)


def _covers(declaration: Declaration, target: Target, places: Places) -> bool:
    return declaration_covers(declaration.pattern, CapabilityRequest(_ANYONE, target), places)


_ANYONE = Actor(ActorKind.SKILL, "")


def _key(target: Target) -> str:
    return f"{target.method} {target.host}" if isinstance(target, NetTarget) else target.resource


def _note(asked: dict[tuple[Kind, str], Asked], target: Target, *, allowed: bool) -> None:
    resource = _key(target)
    before = asked.get((target.kind, resource))
    times = before.times + 1 if before else 1
    was_allowed = allowed or (before is not None and before.allowed)
    asked[(target.kind, resource)] = Asked(target.kind, resource, was_allowed, times)


def _folders(paths: set[str], places: Places) -> list[str]:
    """The paths as one would declare them: a folder in place of many files in it, nothing below another."""
    in_folder: dict[str, int] = {}
    for path in paths:
        in_folder[dirname(path)] = in_folder.get(dirname(path), 0) + 1
    wanted = {
        dirname(path) if in_folder[dirname(path)] >= _SAME_FOLDER and dirname(path) != "/" else path for path in paths
    }
    kept = {path for path in wanted if not any(path.startswith(other.rstrip("/") + "/") for other in wanted)}
    return sorted(short_path(path, places) for path in kept)


def _section(name: str, values: dict[str, list[str]]) -> str:
    lines = [f"{key} = {_toml_list(value)}" for key, value in values.items() if value]
    return "\n".join([f"[{name}]", *lines, ""]) if lines else ""


def _toml_list(values: list[str]) -> str:
    """JSON arrays are TOML too; what a terminal would obey or not draw is escaped as TOML has it, not in two halves."""
    text = json.dumps(values, ensure_ascii=False)
    return text.translate({ord(char): f"\\U{ord(char):08x}" for char in set(text) if is_hidden(char)})
