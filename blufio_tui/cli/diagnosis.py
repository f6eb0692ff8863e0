"""What `doctor` looks at: each finding says what it is, how it is, and what to do."""

import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir
from typing import Literal

from blufio_tui.adapters.commands.own_programs import find_program
from blufio_tui.adapters.config.paths import Paths
from blufio_tui.adapters.config.settings import load_settings
from blufio_tui.adapters.storage.disk_trouble import room, trouble_of
from blufio_tui.core.errors import BlufioError
from blufio_tui.core.interrupts import run_to_end
from blufio_tui.core.text.amounts import plural, size
from blufio_tui.core.text.display import visible
from blufio_tui.features.start.arguments import StartOptions

Status = Literal["ok", "warning", "problem"]


@dataclass(frozen=True, slots=True)
class Finding:
    name: str
    status: Status
    message: str
    advice: str = ""


_SYMBOLS: dict[Status, str] = {"ok": "✓", "warning": "!", "problem": "✗"}


def in_words(findings: Sequence[Finding]) -> str:
    """The findings as lines for a person."""
    width = max(len(finding.name) for finding in findings)
    lines = []
    for finding in findings:
        lines.append(f"{_SYMBOLS[finding.status]} {finding.name:<{width}}  {finding.message}")
        if finding.advice:
            lines.append(f"  {'':<{width}}  → {finding.advice}")
    return visible("\n".join(lines))


_LITTLE_BYTES = 100 * 2**20
_FEW_FILES = 1000


def diagnose(start: StartOptions) -> Sequence[Finding]:
    checks: tuple[tuple[str, Callable[[StartOptions], list[Finding]]], ...] = (
        ("python", _python),
        ("configuration", _configuration),
        ("project", _project),
        ("storage", _storage),
        ("space", _space),
        ("grants", _grants),
        ("audit", _audit),
        ("skills", _skills),
        ("sandbox", _sandbox),
        ("cage", _cage),
        ("model", _model),
        ("terminal", _terminal),
        ("compilers", _compilers),
    )
    return [finding for name, check in checks for finding in _guarded(name, check, start)]


def _guarded(name: str, check: Callable[[StartOptions], list[Finding]], start: StartOptions) -> list[Finding]:
    """A check that cannot be made is a finding, too."""
    try:
        return check(start)
    except (BlufioError, OSError) as error:
        return [Finding(name, "problem", str(error))]


def _python(_start: StartOptions) -> list[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    return [Finding("python", "ok", f"{version} on {sys.platform}")]


def _configuration(_start: StartOptions) -> list[Finding]:
    path = Paths.from_environment().config_file
    look = load_settings(path).ui
    if look.keys:
        from blufio_tui.ui.keys.check import keymap_problems

        if problems := list(keymap_problems(look.keys, vim_keys=look.vim_keys)):
            return [Finding("configuration", "warning", f"{path}: {problem}") for problem in problems]
    return [Finding("configuration", "ok", f"{path}" if path.exists() else f"{path} is not found; the defaults apply")]


def _project(start: StartOptions) -> list[Finding]:
    from blufio_tui.core.guards.project_scope import ADVICE, wide_project
    from blufio_tui.features.start.options import read_options

    project = read_options(start, interactive=False).project
    if words := wide_project(project, Path.home()):
        message = f"{project} is {words}: everything in it counts as inside the project"
        return [Finding("project", "warning", message, ADVICE[0].lower() + ADVICE[1:].rstrip("."))]
    return [Finding("project", "ok", str(project))]


def _storage(_start: StartOptions) -> list[Finding]:
    from blufio_tui.features.stored.stores import open_database

    paths = Paths.from_environment()
    with open_database(paths) as database:
        rows = database.read_sync(lambda connection: connection.execute("PRAGMA quick_check").fetchone()[0])
        journal = database.read_sync(lambda connection: connection.execute("PRAGMA journal_mode").fetchone()[0])
    if rows != "ok":
        return [Finding("storage", "problem", f"{paths.database} is damaged: {rows}", "restore a copy of it")]
    if journal != "wal":
        message = f"{paths.database}, on a disk that several programs cannot share memory on (a network disk?)"
        advice = "it works, more slowly; set BLUFIO_HOME to a folder on a local disk"
        return [Finding("storage", "warning", message, advice)]
    return [Finding("storage", "ok", str(paths.database))]


def _space(_start: StartOptions) -> list[Finding]:
    """Each disk that this program writes to. They are tried: a quota shows nowhere else."""
    paths = Paths.from_environment()
    places = {"data": paths.data, "settings": paths.config, "cache": paths.cache, "temporary": Path(gettempdir())}
    disks: dict[int, tuple[list[str], Path]] = {}
    for use, place in places.items():
        there = next(folder for folder in (place, *place.parents) if folder.is_dir())
        disks.setdefault(there.stat().st_dev, ([], there))[0].append(use)
    return [_space_on(place, ", ".join(uses)) for uses, place in disks.values()]


def _space_on(place: Path, uses: str) -> Finding:
    free, files = room(place)
    amount = f"{size(free)} free with {place} ({uses})"
    if trouble := trouble_of(place):
        what, _, advice = trouble.partition("; ")
        return Finding("space", "problem", f"{what} ({uses})", advice)
    if free < _LITTLE_BYTES:
        return Finding("space", "warning", amount, "free some space: what cannot be logged does not run")
    if 0 <= files < _FEW_FILES:
        return Finding("space", "warning", f"{amount}, but room for {files:,} files only", "remove some files")
    return Finding("space", "ok", amount)


def _grants(_start: StartOptions) -> list[Finding]:
    from blufio_tui.features.stored.stores import open_grants

    with open_grants() as grants:
        if grants.blocked:
            advice = "everything that needs a grant is denied until the file is repaired or removed"
            return [Finding("grants", "problem", grants.blocked, advice)]
        return [Finding("grants", "ok", f"{len(grants.grants())} stored")]


def _audit(_start: StartOptions) -> list[Finding]:
    from blufio_tui.features.stored.stores import open_audit

    with open_audit() as audit:
        result = run_to_end(audit.verify())
    if result.ok:
        notes = [Finding("audit", "warning", note) for note in result.notes]
        return [Finding("audit", "ok", f"{plural(result.rows, 'row')}, the chain is intact"), *notes]
    advice = "keep a copy of the database and of the keys folder before doing anything else"
    return [Finding("audit", "problem", f"row {result.first_bad_seq}: {result.reason}", advice)]


def _skills(_start: StartOptions) -> list[Finding]:
    from blufio_tui.core.skills.skill import SkillStatus
    from blufio_tui.features.stored.stores import open_registry

    with open_registry() as registry:
        skills, unreadable = registry.refresh(), registry.unreadable()
    tampered = [skill.name for skill in skills if skill.status is SkillStatus.TAMPERED]
    if tampered:
        advice = "install them again, or remove them: blufio-tui skill remove NAME"
        return [Finding("skills", "problem", f"changed since they were installed: {', '.join(tampered)}", advice)]
    if unreadable:
        advice = "correct their SKILL.md, or take the folder out of skills.folders"
        return [Finding("skills", "warning", f"cannot be read: {'; '.join(unreadable)}", advice)]
    return [Finding("skills", "ok", f"{len(skills)}, {sum(skill.enabled for skill in skills)} of them enabled")]


def _sandbox(_start: StartOptions) -> list[Finding]:
    """Starts a worker, which tells what it gave up."""
    from importlib.metadata import version

    report = run_to_end(_hardening())
    given_up = [name for name, state in report.items() if state.startswith("active")]
    findings = [Finding("sandbox", "ok", f"wasmtime {version('wasmtime')}; a worker runs with {', '.join(given_up)}")]
    for name, state in report.items():
        if name not in given_up:
            findings.append(
                Finding("sandbox", "warning", f"{name}: {state}", "without it the worker still holds no authority")
            )
    return findings


def _cage(_start: StartOptions) -> list[Finding]:
    """Runs a program in a cage."""
    from blufio_tui.features.cage.trial import trial

    commands = load_settings(Paths.from_environment().config_file).commands
    if commands.cage == "off":
        advice = "commands run with your rights once they are allowed: blufio-tui config set commands.cage auto"
        return [Finding("cage", "warning", "not caged: commands.cage is off", advice)]
    if why := run_to_end(trial()):
        advice = "commands do not run" if commands.cage == "required" else "each command needs approval as a whole"
        return [Finding("cage", "warning", f"not caged: {why}", advice)]
    return [Finding("cage", "ok", f"commands run in it; approval for: {commands.ask}")]


async def _hardening() -> Mapping[str, str]:
    from blufio_tui.adapters.sandbox.program_side.client import SandboxClient

    sandbox = SandboxClient(Paths.from_environment().cache / "modules")
    try:
        return await sandbox.hardening_report()
    finally:
        await sandbox.close()


def _model(start: StartOptions) -> list[Finding]:
    from blufio_tui.adapters.model.credentials import Credentials
    from blufio_tui.features.start.options import read_options

    options = read_options(start, interactive=False)
    if options.connection_problem:
        advice = "choose another with /connect, or: blufio-tui config set model.connection ''"
        return [Finding("model", "problem", options.connection_problem, advice)]
    key = Credentials(options.paths.keys).key(options.key)
    where = options.settings.model.base_url or os.environ.get("ANTHROPIC_BASE_URL") or "Anthropic"
    if key is None and where == "Anthropic":
        return [
            Finding(
                "model",
                "warning",
                "no API key: the offline guide answers",
                "/connect in the app connects one; or set ANTHROPIC_API_KEY, or name a local server with --base-url",
            )
        ]
    source = f"key from {key.source}" if key else "no key"
    return [Finding("model", "ok", f"{options.settings.model.name} at {where}, {source}")]


def _terminal(_start: StartOptions) -> list[Finding]:
    columns, lines = shutil.get_terminal_size()
    colours = "true colour" if os.environ.get("COLORTERM", "") in ("truecolor", "24bit") else "256 colours"
    message = f"{os.environ.get('TERM', 'unknown')}, {columns}×{lines}, {colours}"
    encoding = getattr(sys.__stdout__, "encoding", None) or "unknown"  # the app puts something else into `sys.stdout`
    if "UTF-8" not in encoding.upper():
        return [Finding("terminal", "warning", f"{message}, {encoding}", "use a UTF-8 locale")]
    return [Finding("terminal", "ok", message)]


def _compilers(_start: StartOptions) -> list[Finding]:
    """Only for those who write skills in a compiled language."""
    from importlib.util import find_spec

    has_zig = find_spec("ziglang") is not None or bool(find_program("zig"))
    found = [name for name, there in (("zig", has_zig), ("cargo", bool(find_program("cargo")))) if there]
    message = f"for skills from source: {', '.join(found) or 'none; Python and wat skills need none'}"
    return [Finding("compilers", "ok", message)]
