"""`skill list`, `skill show` and `skill verify`."""

import argparse
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from blufio_tui.cli.start import start_options
from blufio_tui.cli.width import terminal_columns
from blufio_tui.core.skills.skill import Skill, SkillStatus
from blufio_tui.core.text import strict_json
from blufio_tui.core.text.display import visible_line
from blufio_tui.core.text.json_text import json_text
from blufio_tui.core.text.json_types import Json, JsonObject

if TYPE_CHECKING:
    from blufio_tui.adapters.skills.table import Listed
    from blufio_tui.core.manifest.manifest import Manifest
    from blufio_tui.core.skills.declared_use import DeclaredUse


def list_skills(args: argparse.Namespace) -> int:
    from blufio_tui.features.stored.stores import open_registry

    with open_registry(start_options(args).project) as registry:
        skills, unreadable = registry.listing(), registry.unreadable()
    for why in unreadable:
        print(f"blufio-tui: unusable skill: {visible_line(why)}", file=sys.stderr)
    if args.json:
        print(json_text([listed(skill) for skill in skills]))
    else:
        print(*table(skills, terminal_columns()), sep="\n")
    return 0


def listed(skill: "Listed") -> JsonObject:
    """One entry of `skill list --json`."""
    return {
        "name": skill.name,
        "version": skill.version,
        "description": skill.description,
        "kind": skill.kind,
        "status": skill.status,
        "enabled": skill.enabled,
        "capabilities": _listed_capabilities(skill),
    }


def _listed_capabilities(skill: "Listed") -> JsonObject:
    """{} where the row is damaged."""
    try:
        found = strict_json.parsed(skill.capabilities)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def show_skill(args: argparse.Namespace) -> int:
    from blufio_tui.features.stored.stores import open_registry

    with open_registry(start_options(args).project) as registry:
        from blufio_tui.features.skills.use import use_of

        skill = registry.get(args.name)
        changes = registry.differences(skill)
        use, decisions = use_of(skill, registry.database, start_options(args).project)
    if args.json:
        print(json_text({**details(skill, changes), "use": use_json(use, decisions)}))
    else:
        print(*map(visible_line, [*description(skill, changes), *use_in_words(use, decisions)]), sep="\n")
    return 0


def verify_skills(args: argparse.Namespace) -> int:
    """Exit code 1 when the files of any skill are not the ones that were installed."""
    from blufio_tui.features.stored.stores import open_registry

    with open_registry(start_options(args).project) as registry:
        skills = [registry.get(args.name)] if args.name else registry.skills()
        results = [(skill, registry.differences(skill)) for skill in skills]
        registry.refresh()
    if args.json:
        print(json_text([_verdict(skill, changes) for skill, changes in results]))
    else:
        for skill, changes in results:
            said = (
                f"✗ {skill.name}: {'; '.join(changes)}" if changes else f"✓ {skill.name}: as installed ({skill.status})"
            )
            print(visible_line(said))
    return 1 if any(changes for _, changes in results) else 0


def summary(skill: Skill) -> JsonObject:
    """The same of one skill."""
    return {
        "name": skill.name,
        "version": skill.version,
        "description": skill.description,
        "kind": skill.kind.value,
        "status": skill.status.value,
        "enabled": skill.enabled,
        "capabilities": _capabilities(skill),
    }


def details(skill: Skill, changes: tuple[str, ...] = ()) -> JsonObject:
    """`skill show --json`: the summary and everything else that is known."""
    manifest = skill.manifest
    return {
        **summary(skill),
        "status": SkillStatus.TAMPERED.value if changes else skill.status.value,
        "author": skill.author,
        "tool": skill.tool_name,
        "folder": str(skill.folder),
        "content_hash": skill.content_hash,
        "module_sha256": skill.module_sha256,
        "publisher": skill.publisher,
        "changes": list(changes),
        "capabilities_in_words": list(_words(manifest)),
        "limits": dict(asdict(manifest.limits)) if manifest else None,
        "parameters": dict(manifest.parameters) if manifest else None,
        "examples": [dict(asdict(example)) for example in manifest.examples] if manifest else [],
        "allowed_tools": None if skill.allowed_tools is None else list(skill.allowed_tools),
        "installed": skill.installed,
        "updated": skill.updated,
    }


def use_json(use: "DeclaredUse | None", decisions: int) -> Json:
    """What the manifest declares against what the audit log says was used; null without a manifest."""
    if use is None:
        return None
    return {
        "decisions": decisions,
        "used": [{"kind": one.kind.value, "pattern": one.pattern, "times": times} for one, times in use.used],
        "unused": [{"kind": one.kind.value, "pattern": one.pattern} for one in use.unused],
        "undeclared": [
            {"kind": one.kind.value, "resource": one.resource, "allowed": one.allowed, "times": one.times}
            for one in use.undeclared
        ],
        "smallest_manifest": use.smallest,
        "verified": use.verified,
    }


def use_in_words(use: "DeclaredUse | None", decisions: int) -> list[str]:
    """The same for people."""
    from blufio_tui.core.skills.declared_use import use_lines

    if use is None or not (use.used or use.unused or use.undeclared):
        return []
    head = f"Declared and used (from {decisions} decisions of the audit log)"
    lines = ["", head, *(f"  {visible_line(line)}" for line in use_lines(use))]
    if use.smallest:
        lines += ["", "The smallest manifest that covers what was allowed"]
        lines += [f"  {visible_line(line)}" for line in use.smallest.splitlines()]
    return lines


def table(skills: "list[Listed]", width: int) -> list[str]:
    """One line a skill, cut to the terminal."""
    if not skills:
        return ["no skills"]
    names = max(len(skill.name) for skill in skills)
    versions = max(len(skill.version) for skill in skills)
    lines = []
    for skill in skills:
        state = skill.status if skill.enabled else "disabled"
        line = visible_line(f"{skill.name:<{names}}  {skill.version:<{versions}}  {state:<8}  {skill.description}")
        lines.append(line if len(line) <= width else line[: width - 1] + "…")
    return lines


def description(skill: Skill, changes: tuple[str, ...]) -> list[str]:
    lines = [f"{skill.name} {skill.version} ({skill.kind}, {skill.status})", visible_line(skill.description), ""]
    if changes:
        lines += ["TAMPERED, it will not run: " + "; ".join(changes), ""]
    words = _words(skill.manifest)
    lines += ["It may", *(f"  {line}" for line in words)] if words else ["It asks for no capabilities."]
    if skill.manifest:
        limits = skill.manifest.limits
        lines.append(
            f"Limits: {limits.fuel:,} fuel, {limits.memory_mb} MiB, {limits.epoch_timeout_secs} s, "
            f"{limits.output_kb} KiB output, {limits.response_kb} KiB per host result"
        )
        lines += ["", "Examples", *(f"  {visible_line(example.say)}" for example in skill.manifest.examples)]
    lines += ["", f"Files      {skill.folder}", f"Hash       {skill.content_hash}"]
    lines.append(f"Publisher  {skill.publisher or 'none: not signed'}")
    return lines


def _capabilities(skill: Skill) -> JsonObject:
    from blufio_tui.core.manifest.as_json import capabilities_json

    return capabilities_json(skill.manifest.capabilities) if skill.manifest else {}


def _words(manifest: "Manifest | None") -> tuple[str, ...]:
    from blufio_tui.core.policy.wording import capability_lines

    return capability_lines(manifest.capabilities) if manifest else ()


def _verdict(skill: Skill, changes: tuple[str, ...]) -> JsonObject:
    status = SkillStatus.TAMPERED if changes else skill.status
    return {"name": skill.name, "ok": not changes, "status": status.value, "changes": list(changes)}
