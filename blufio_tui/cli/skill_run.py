"""`skill run`: one call of a skill, with everything that happened inside it."""

import argparse
import os
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from blufio_tui.cli.start import start_options
from blufio_tui.core.errors import ManifestError, NotThere, SkillError, UsageError
from blufio_tui.core.events import shown_logs
from blufio_tui.core.interrupts import run_to_end
from blufio_tui.core.skills.report import HostCallCollector, invalid_manifest, run_report
from blufio_tui.core.skills.skill import Skill
from blufio_tui.core.text import strict_json
from blufio_tui.core.text.display import visible, visible_line
from blufio_tui.core.text.json_text import json_text
from blufio_tui.core.text.json_types import JsonObject
from blufio_tui.core.text.unicode import well_formed_json
from blufio_tui.core.tools import CallContext, ToolOutcome

if TYPE_CHECKING:
    from blufio_tui.adapters.skills.registry import SkillRegistry


def run_skill(args: argparse.Namespace) -> int:
    arguments = parse_input(sys.stdin.read() if args.input == "-" else args.input)
    return run_to_end(_run(args, arguments))


async def _run(args: argparse.Namespace, arguments: JsonObject) -> int:
    from blufio_tui.core.skills.tool import SkillTool
    from blufio_tui.wiring.backend import open_backend

    call_id, collector = f"call_{secrets.token_hex(8)}", HostCallCollector()
    context = CallContext(session_id="", turn_id="", call_id=call_id, emit=collector.take)
    async with open_backend(start_options(args), interactive=False) as parts:
        try:
            skill = find(args.target, parts.stored.skills)
        except ManifestError as error:
            return _report(args, Path(args.target).name, "", call_id, invalid_manifest(str(error)), collector)
        outcome = await SkillTool(skill, parts.equipment.skill_host, approved=args.approved).invoke(arguments, context)
        return _report(args, skill.name, skill.version, call_id, outcome, collector)


def find(target: str, registry: "SkillRegistry") -> Skill:
    """The skill of that name, else the one in that folder.

    Raises:
        NotThere: there is neither.
        SkillError: the skill is disabled. A folder says what to run by itself, and is not asked.
        ManifestError: the folder's manifest is not valid.
    """
    from blufio_tui.adapters.skills.folder import read_skill

    folder = Path(target).expanduser()
    is_path = os.sep in target or target in (".", "..", "~")
    if not is_path and (skill := registry.find(target)):
        return _enabled(skill)
    if folder.is_dir():
        try:
            return read_skill(folder.resolve()).skill
        except SkillError as error:
            raise ManifestError(str(error)) from error
    if is_path:
        raise NotThere(f"there is no folder {visible_line(target)}")
    try:
        return registry.get(target)
    except SkillError as error:
        raise NotThere(f"there is no folder {visible_line(target)}, and {error}") from error


def _enabled(skill: Skill) -> Skill:
    if not skill.enabled:
        raise SkillError(
            f'"{skill.name}" is disabled and does not run; enable it: blufio-tui skill enable {skill.name}'
        )
    return skill


def parse_input(text: str) -> JsonObject:
    """
    Raises:
        UsageError: not a JSON object.
    """
    try:
        value = well_formed_json(strict_json.loads(text))
    except (ValueError, RecursionError) as error:
        raise UsageError(f"--input is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise UsageError('--input must be a JSON object, such as \'{"path": "README.md"}\'')
    return value


def _report(
    args: argparse.Namespace, name: str, version: str, call_id: str, outcome: ToolOutcome, seen: HostCallCollector
) -> int:
    if args.json:
        report = run_report(name, version, call_id, outcome, seen.finished)
        print(json_text(well_formed_json(report)))
    else:
        for line in shown_logs(outcome.logs, outcome.logs_dropped):
            print(f"[{line.level.upper()}] {visible(line.message)}", file=sys.stderr)
        where = sys.stderr if outcome.is_error else sys.stdout
        print(_in_words(outcome), file=where)
    return 1 if outcome.is_error else 0


def _in_words(outcome: ToolOutcome) -> str:
    error = outcome.error
    if error is None:
        return visible(outcome.content)
    rest = "" if outcome.content == error.message else f"\n{visible(outcome.content)}"
    return f"{error.heading}: {visible(error.reason)}{rest}"
