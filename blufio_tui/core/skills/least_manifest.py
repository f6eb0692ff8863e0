"""The least that a manifest has to declare for what a skill did, and the proof that the calls still pass."""

import json
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from blufio_tui.core.audit.rows import AuditRow
from blufio_tui.core.capability import DecidedBy, EnvTarget, FileTarget, Kind, NetTarget, Target
from blufio_tui.core.guards.paths import Places
from blufio_tui.core.manifest.manifest import Capabilities, FilesystemCapability, Manifest, NetworkCapability
from blufio_tui.core.policy.matching import declared_patterns
from blufio_tui.core.replay.compare import Replayed
from blufio_tui.core.skills.declared_use import Declaration, declared_use, smallest_manifest
from blufio_tui.core.text.json_types import Json, JsonObject

_KINDS = (Kind.FS_READ, Kind.FS_WRITE, Kind.NET, Kind.ENV)


@dataclass(frozen=True, slots=True)
class Proof:
    """What replaying under a manifest showed.

    Attributes:
        passed: ids of the calls that did what they had done.
        failed: the others.
    """

    passed: tuple[str, ...]
    failed: tuple[Replayed, ...]


@dataclass(frozen=True, slots=True)
class Least:
    """
    Attributes:
        toml: the `[capabilities]` part, "" if nothing is needed.
        manifest: the skill's manifest with these capabilities.
        dropped: what the skill declares and this leaves out, as kind and pattern.
    """

    toml: str
    manifest: Manifest
    dropped: tuple[tuple[str, str], ...]


def least_manifests(manifest: Manifest, rows: Iterable[AuditRow], places: Places) -> Iterator[Least]:
    """What covers all that the manifest was needed for, the least first: single files and hosts, then the declared
    patterns that were used. A WASI guest sees the declared folders, and may not find its way by other ones.

    Args:
        rows: the skill's rows of the audit log. What a person, a grant or a rule allowed is theirs to allow again:
            it is not declared.
    """
    needed = [row for row in rows if row.entry.decided_by == DecidedBy.MANIFEST]
    use = declared_use(manifest.capabilities, needed, places)
    yield _least(manifest, use.smallest)
    methods = (_capabilities(use.smallest).network or NetworkCapability(methods=("GET",))).methods or ()
    used = [target for declared, _ in use.used for target in _targets(declared, methods)]
    yield _least(manifest, smallest_manifest(used, places))


def _targets(declared: Declaration, methods: Sequence[str]) -> list[Target]:
    """A declared pattern as what it stands for, so that it is declared again as it was."""
    pattern = declared.pattern
    match declared.kind:
        case Kind.FS_READ | Kind.FS_WRITE:
            return [FileTarget(declared.kind, pattern, pattern, "")]
        case Kind.ENV:
            return [EnvTarget(pattern)]
        case _:
            return [NetTarget(method, "https", pattern, 443, "") for method in methods]


def _least(manifest: Manifest, toml: str) -> Least:
    capabilities = replace(_capabilities(toml), secrets=manifest.capabilities.secrets)
    kept = {(kind, one) for kind in _KINDS for one in declared_patterns(capabilities, kind)}
    declared = [(kind, one) for kind in _KINDS for one in declared_patterns(manifest.capabilities, kind)]
    dropped = tuple((str(kind), one) for kind, one in declared if (kind, one) not in kept)
    return Least(toml + _secrets_toml(manifest), replace(manifest, capabilities=capabilities), dropped)


def prove(replays: Sequence[Replayed]) -> Proof:
    """A call passes when it is the same to the bit, and nothing is denied that was not denied before."""
    passed = tuple(one.record.call_id for one in replays if one.same)
    return Proof(passed, tuple(one for one in replays if not one.same))


def as_json(name: str, least: Least, proof: Proof) -> JsonObject:
    """The object of `skill minimize --json`."""
    failed: list[Json] = [one.as_json() for one in proof.failed]
    dropped: list[Json] = [{"kind": kind, "pattern": pattern} for kind, pattern in least.dropped]
    return {
        "skill": name,
        "manifest": least.toml,
        "dropped": dropped,
        "calls": len(proof.passed) + len(proof.failed),
        "passed": len(proof.passed),
        "failed": failed,
    }


def _capabilities(toml: str) -> Capabilities:
    """From text that `declared_use` wrote."""
    found = tomllib.loads(toml).get("capabilities", {})
    network, filesystem = found.get("network"), found.get("filesystem", {})
    return Capabilities(
        network=NetworkCapability(tuple(network["domains"]), tuple(network["methods"])) if network else None,
        filesystem=FilesystemCapability(tuple(filesystem.get("read", ())), tuple(filesystem.get("write", ()))),
        env=tuple(found.get("env", ())),
    )


def _secrets_toml(manifest: Manifest) -> str:
    """Secrets stay as they are declared: which of them a request used is not in the log."""
    lines = [f"{name} = {json.dumps(list(hosts))}" for name, hosts in manifest.capabilities.secrets.items()]
    return "\n".join(["[capabilities.secrets]", *lines, ""]) if lines else ""
