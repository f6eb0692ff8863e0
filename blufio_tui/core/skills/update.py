"""What an update changes: which of it asks for more than was approved, and which is for information only."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from blufio_tui.core.manifest.manifest import Capabilities, FilesystemCapability, Limits, Manifest, NetworkCapability
from blufio_tui.core.policy.wording import capability_lines
from blufio_tui.core.skills.files import FileEntry, changed_files
from blufio_tui.core.skills.skill import Skill, SkillKind

_LIMITS = {
    "fuel": "units of fuel",
    "memory_mb": "MiB of memory",
    "epoch_timeout_secs": "seconds of running time",
    "output_kb": "KiB of output",
    "response_kb": "KiB in one host result",
}


@dataclass(frozen=True, slots=True)
class SkillChange:
    """The difference between an installed skill and what would take its place, in sentences.

    Attributes:
        widens: what it asks for beyond what was approved; a person must agree to it.
        narrows: what it asks for no longer.
        files: `changed: …`, `new: …`, `missing: …`.
    """

    name: str
    old_version: str
    new_version: str
    widens: tuple[str, ...]
    narrows: tuple[str, ...]
    files: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        return not self.files


def skill_change(old: Skill, new: Skill, old_files: Iterable[FileEntry], new_files: Iterable[FileEntry]) -> SkillChange:
    return SkillChange(
        name=new.name,
        old_version=old.version,
        new_version=new.version,
        widens=(*_goes_back(old, new), *widenings(old, new)),
        narrows=narrowings(old, new),
        files=changed_files(old_files, new_files),
    )


def _goes_back(old: Skill, new: Skill) -> tuple[str, ...]:
    """An older version is no update: it may bring back what the newer one mended."""
    if not is_older(new.version, old.version):
        return ()
    return (f"replace a newer version ({old.version}), and undo its fixes",)


def is_older(version: str, than: str) -> bool:
    """By the precedence of semantic versions; False if either is not one."""
    one, other = _precedence(version), _precedence(than)
    return one is not None and other is not None and one < other


def _precedence(version: str) -> tuple[object, ...] | None:
    """Sorts as semver.org says: a pre-release comes before its release, numbers before words, build data not at all."""
    core, _, before = version.partition("+")[0].partition("-")
    numbers = core.split(".")
    if len(numbers) != 3 or not all(part.isascii() and part.isdigit() for part in numbers):
        return None
    words = tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in before.split("."))
    return (*map(int, numbers), not before, words)


def widenings(old: Skill, new: Skill) -> tuple[str, ...]:
    """Everything `new` may do that `old` may not."""
    if new.kind is SkillKind.INSTRUCTIONS:
        return _tools_widened(old, new)
    if new.manifest is None:
        return ()
    became_code = ("run code (it was instructions only)",) if old.manifest is None else ()
    before = old.manifest or replace(new.manifest, capabilities=Capabilities(), limits=Limits())
    added = capabilities_beyond(before.capabilities, new.manifest.capabilities)
    return (*became_code, *capability_lines(added), *_limits_raised(before, new.manifest))


def narrowings(old: Skill, new: Skill) -> tuple[str, ...]:
    """What was approved and is no longer asked for."""
    before = old.manifest.capabilities if old.manifest else Capabilities()
    after = new.manifest.capabilities if new.manifest else Capabilities()
    return capability_lines(capabilities_beyond(after, before))


def capabilities_beyond(approved: Capabilities, wanted: Capabilities) -> Capabilities:
    """The part of `wanted` that `approved` does not cover."""
    return Capabilities(
        network=_network_beyond(approved.network, wanted.network),
        filesystem=FilesystemCapability(
            read=_paths_beyond(approved.filesystem.read, wanted.filesystem.read),
            write=_paths_beyond(approved.filesystem.write, wanted.filesystem.write),
        ),
        env=tuple(key for key in wanted.env if key not in approved.env),
        secrets=_secrets_beyond(approved, wanted),
    )


def domain_covers(approved: str, wanted: str) -> bool:
    """True if every host that `wanted` names is one that `approved` names."""
    base, name = approved.removeprefix("*."), wanted.removeprefix("*.")
    if name.endswith("." + base):
        return True
    return name == base and (wanted.startswith("*.") or not approved.startswith("*."))


def _network_beyond(approved: NetworkCapability | None, wanted: NetworkCapability | None) -> NetworkCapability | None:
    if wanted is None or not wanted.domains:
        return None
    if approved is None:
        return wanted
    more_methods = _methods_beyond(approved.methods, wanted.methods)
    if more_methods != ():
        return NetworkCapability(wanted.domains, more_methods)
    domains = tuple(
        domain for domain in wanted.domains if not any(domain_covers(known, domain) for known in approved.domains)
    )
    return NetworkCapability(domains, wanted.methods) if domains else None


def _methods_beyond(approved: tuple[str, ...] | None, wanted: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """`()` when nothing is added; None if every method is."""
    if approved is None:
        return ()
    if wanted is None:
        return None
    return tuple(method for method in wanted if method not in approved)


def _paths_beyond(approved: tuple[str, ...], wanted: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(path for path in wanted if not any(_folder_covers(known, path) for known in approved))


def _folder_covers(approved: str, wanted: str) -> bool:
    base = approved.rstrip("/")
    return wanted.rstrip("/") == base or wanted.startswith(base + "/")


def _secrets_beyond(approved: Capabilities, wanted: Capabilities) -> dict[str, tuple[str, ...]]:
    beyond: dict[str, tuple[str, ...]] = {}
    for name, hosts in wanted.secrets.items():
        known = approved.secrets.get(name, ())
        more = tuple(host for host in hosts if not any(domain_covers(have, host) for have in known))
        if more:
            beyond[name] = more
    return beyond


def _limits_raised(old: Manifest, new: Manifest) -> tuple[str, ...]:
    raised = []
    for field, unit in _LIMITS.items():
        before, now = getattr(old.limits, field), getattr(new.limits, field)
        if now > before:
            raised.append(f"use up to {now:,} {unit} (before: {before:,})")
    return tuple(raised)


def _tools_widened(old: Skill, new: Skill) -> tuple[str, ...]:
    if old.allowed_tools is None:
        return ()
    if new.allowed_tools is None:
        return ("use every tool while it is active",)
    more = [tool for tool in new.allowed_tools if tool not in old.allowed_tools]
    return (f"use these tools while it is active: {' '.join(more)}",) if more else ()
