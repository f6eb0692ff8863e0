"""`skill install|update|remove|enable|disable`: showing what is asked for, and asking."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from blufio_tui.cli.skill_list import summary
from blufio_tui.cli.start import start_options
from blufio_tui.core.errors import BlufioError, NotThere, UsageError
from blufio_tui.core.interrupts import run_to_end
from blufio_tui.core.replay.behaviour import Behaviour
from blufio_tui.core.replay.behaviour import lines_of as behaviour_lines
from blufio_tui.core.skills.active import rule_offer
from blufio_tui.core.skills.skill import Skill
from blufio_tui.core.skills.update import is_older
from blufio_tui.core.text.amounts import plural
from blufio_tui.core.text.display import visible, visible_line
from blufio_tui.core.text.json_text import json_text
from blufio_tui.core.text.json_types import JsonObject

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from blufio_tui.adapters.skills.install import SkillInstaller
    from blufio_tui.adapters.skills.prepare import Candidate

_LONGEST_ANSWER = 100
UNKNOWN = Behaviour(0)
"""What a new version does on the recorded calls could not be determined."""


def install_skill(args: argparse.Namespace) -> int:
    _refuse_missing(args.source)
    return run_to_end(_install(args, ""))


def update_skill(args: argparse.Namespace) -> int:
    if args.source:
        _refuse_missing(args.source)
    return run_to_end(_install(args, args.name))


def remove_skill(args: argparse.Namespace) -> int:
    return run_to_end(_remove(args))


def enable_skill(args: argparse.Namespace) -> int:
    return run_to_end(_set_enabled(args, True))


def repair_skill(args: argparse.Namespace) -> int:
    return run_to_end(_repair(args))


def disable_skill(args: argparse.Namespace) -> int:
    return run_to_end(_set_enabled(args, False))


async def _install(args: argparse.Namespace, update_of: str) -> int:
    async with _installer(args) as installer:
        candidate = await (
            installer.prepare_update(update_of, args.source) if update_of else installer.prepare(args.source)
        )
        try:
            return await _decide(args, installer, candidate)
        finally:
            await installer.discard(candidate)


async def _decide(args: argparse.Namespace, installer: "SkillInstaller", candidate: "Candidate") -> int:
    _say(*offer(candidate))
    if candidate.is_unchanged:
        _say("It is already installed, exactly as it is here.")
        return _answer(args, candidate.skill, "unchanged")
    change = candidate.change
    if args.yes and change and is_older(change.new_version, change.old_version) and not args.older:
        raise UsageError(
            f"{candidate.skill.name} {change.old_version} is installed, which is newer than "
            f"{candidate.skill.version}; --yes does not accept that, add --older"
        )
    found = await _tried(args, candidate)
    is_other = found is not None and (found is UNKNOWN or found.differs)
    must_ask = bool(candidate.asks) or candidate.replaces is None or is_other
    if must_ask and not args.yes and not confirmed("Install it?"):
        return _answer(args, candidate.skill, "refused", code=1, tried=found)
    skill = await installer.commit(candidate)
    return _answer(args, skill, "updated" if candidate.replaces else "installed", tried=found)


async def _tried(args: argparse.Namespace, candidate: "Candidate") -> Behaviour | None:
    """What the new version does on the recorded calls of the old one, where there are any and it is wanted."""
    wanted: bool | None = getattr(args, "replay", None)
    if candidate.replaces is None or wanted is False or (wanted is None and args.yes):
        return None
    from blufio_tui.features.calls.replaying import MOST_CALLS, open_replaying

    old = candidate.replaces.skill
    async with open_replaying() as replaying:
        count = min(await replaying.records.count(old.name, old.content_hash), MOST_CALLS)
        question = f"Run it on {plural(count, 'recorded call')} of {visible_line(old.version)} first, touching nothing?"
        if not count or (wanted is None and not confirmed(question)):
            return None
        try:
            found = await replaying.try_update(old, candidate.skill)
        except BlufioError as error:
            _say(f"It could not be run on the recorded calls: {error}")
            return UNKNOWN
    if found is not None:
        first, *rest = behaviour_lines(found)
        _say(f"{first[0].upper()}{first[1:]}", *_items(tuple(rest)))
    return found


def offer(candidate: "Candidate") -> list[str]:
    """What a person reads before they say yes."""
    skill, change = candidate.skill, candidate.change
    lines = [f"{skill.name} {skill.version} ({skill.kind}): {visible_line(skill.description)}"]
    if change is None:
        lines += ["It will be allowed to", *_items(candidate.asks)]
    else:
        lines[0] += f"\nAn update of {change.old_version}."
        lines += (
            ["It will newly be allowed to", *_items(change.widens)] if change.widens else ["It asks for nothing new."]
        )
        lines += ["It no longer asks to", *_items(change.narrows)] if change.narrows else []
        lines += ["Files", *_items(change.files[:20])] if change.files else []
    lines += _expected_tools(skill)
    return [*lines, *(f"Note: {visible_line(note)}." for note in candidate.notes)]


def _expected_tools(skill: Skill) -> list[str]:
    """`allowed-tools`, as the offer that it is: nothing is allowed by installing."""
    if not skill.allowed_tools:
        return []
    lines = ["Its author expects these to be allowed beforehand. You are still asked, unless you allow them"]
    lines += _items(skill.allowed_tools)
    rules = [rule for entry in skill.allowed_tools if (rule := rule_offer(entry))]
    if rules:
        lines += ["with", *(f"  blufio-tui rules add {rule}" for rule in rules[:20])]
    return lines


async def _remove(args: argparse.Namespace) -> int:
    async with _installer(args) as installer:
        if not args.yes and sys.stdin.isatty() and not confirmed(f"Remove {visible_line(args.name)} and its grants?"):
            return 1
        revoked = await installer.remove(args.name)
    if args.json:
        print(json_text({"name": args.name, "removed": True, "grants_revoked": revoked}))
    else:
        print(f"removed {args.name}" + (f" and {revoked} of its grants" if revoked else ""))
    return 0


async def _repair(args: argparse.Namespace) -> int:
    async with _installer(args) as installer:
        added = installer.added_files(args.name)
        if not added:
            _say(f"Nothing was added to {visible_line(args.name)}; there is nothing to repair.")
        else:
            _say("These files were not installed with it:", *_items(added[:50]))
            if len(added) > 50:
                _say(f"  … and {len(added) - 50:,} more")
            if not args.yes and not confirmed("Remove them?"):
                return 1
        skill = await installer.repair(args.name, added)
    return _answer(args, skill, "repaired" if added else "unchanged")


async def _set_enabled(args: argparse.Namespace, enabled: bool) -> int:
    from blufio_tui.features.stored.stores import open_registry

    with open_registry(start_options(args).project) as registry:
        skill = await registry.set_enabled(args.name, enabled)
    return _answer(args, skill, "enabled" if enabled else "disabled")


def _installer(args: argparse.Namespace) -> "AbstractAsyncContextManager[SkillInstaller]":
    from blufio_tui.cli.skill_backend import open_installer

    return open_installer(args)


def _answer(args: argparse.Namespace, skill: Skill, result: str, code: int = 0, tried: Behaviour | None = None) -> int:
    if args.json:
        replayed: JsonObject = {"replayed": tried.as_json()} if tried else {}
        print(json_text({**summary(skill), "result": result, **replayed}))
    elif code:
        _say(f"{skill.name} was not installed.")
    else:
        offered = f"; the model can call it as {skill.tool_name}" if result == "installed" and skill.manifest else ""
        print(visible_line(f"{result} {skill.name} {skill.version}{offered}"))
    return code


def confirmed(question: str) -> bool:
    """Ask, and read the answer from a person or a pipe. No answer is a no."""
    print(f"{visible(question)} [y/N] ", end="", file=sys.stderr, flush=True)
    try:
        answer = sys.stdin.readline(_LONGEST_ANSWER)
    except (OSError, UnicodeDecodeError):
        answer = ""
    if not answer:
        _say("", "Nobody answered; pass --yes to agree in advance.")
    return answer.strip().lower() in ("y", "yes")


def _refuse_missing(source: str) -> None:
    if not source.startswith(("https://", "http://")) and not Path(source).expanduser().exists():
        raise NotThere(f"there is no folder or archive {visible_line(source)}")


def _items(lines: tuple[str, ...]) -> list[str]:
    return [f"  - {visible_line(line)}" for line in lines]


def _say(*lines: str) -> None:
    print(*map(visible, lines), sep="\n", file=sys.stderr)
