"""`skill init|build|test|keygen|sign`: the author's side."""

import argparse
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

from blufio_tui.cli.start import start_options
from blufio_tui.core.errors import NotThere, SkillError, UsageError
from blufio_tui.core.interrupts import run_to_end
from blufio_tui.core.skills.testing import Result
from blufio_tui.core.text.display import visible, visible_line
from blufio_tui.core.text.json_text import json_text
from blufio_tui.core.text.json_types import JsonObject

if TYPE_CHECKING:
    from blufio_tui.core.manifest.manifest import Manifest
    from blufio_tui.features.skills.examples import ExampleRun

_SYMBOLS = {Result.PASSED: "✓", Result.FAILED: "✗", Result.SKIPPED: "–"}


def init_skill(args: argparse.Namespace) -> int:
    from blufio_tui.adapters.skills.init import create

    folder = create(args.name, args.lang, Path.cwd())
    needs_build = args.lang in ("c", "zig", "rust")
    steps = [f"blufio-tui skill build {args.name}"] if needs_build else []
    steps += [f"blufio-tui skill test {args.name}", f"blufio-tui skill install {args.name}"]
    if args.json:
        print(json.dumps({"name": args.name, "folder": str(folder), "language": args.lang, "next": steps}))
    else:
        print(f"created {folder}", "Next:", *(f"  {step}" for step in steps), sep="\n")
    return 0


def build_skill(args: argparse.Namespace) -> int:
    from blufio_tui.adapters.skills.build import build

    folder = _folder(args.folder)
    started = time.monotonic()
    built = build(folder, _manifest(folder).entry)
    size, seconds = built.module.stat().st_size, time.monotonic() - started
    if args.json:
        print(json_text({"module": str(built.module), "bytes": size, "command": built.command, "note": built.note}))
    elif built.note:
        print(visible(built.note))
    else:
        print(f"built {built.module} ({size:,} bytes) in {seconds:.1f} s")
    return 0


def test_skill(args: argparse.Namespace) -> int:
    """Exit code 1 when an example failed or there is none to run."""
    return run_to_end(_test(args, _folder(args.folder)))


def make_key(args: argparse.Namespace) -> int:
    from blufio_tui.adapters.skills.signing import make_key

    path = _key_file(args)
    publisher = make_key(path)
    if args.json:
        print(json_text({"key": str(path), "publisher": publisher}))
    else:
        print(
            f"created {path}; keep it: updates of your skills must be signed with it",
            f"publisher {publisher}",
            sep="\n",
        )
    return 0


def sign_skill(args: argparse.Namespace) -> int:
    from blufio_tui.adapters.skills.folder import read_skill
    from blufio_tui.adapters.skills.signing import sign

    folder = _folder(args.folder)
    skill = read_skill(folder, folder.name).skill
    signature = sign(folder, _key_file(args))
    if args.json:
        print(json_text({"name": skill.name, "version": skill.version, "publisher": signature.publisher}))
    else:
        print(visible_line(f"signed {skill.name} {skill.version}"), f"publisher {signature.publisher}", sep="\n")
    return 0


async def _test(args: argparse.Namespace, folder: Path) -> int:
    from blufio_tui.adapters.skills.folder import read_skill
    from blufio_tui.features.skills.examples import run_examples
    from blufio_tui.wiring.backend import open_backend

    skill = read_skill(folder, folder.name).skill
    if skill.manifest is None:
        raise SkillError(f"{skill.name} is an instruction skill: it is valid, and has no code to test")
    runs: list[ExampleRun] = []
    async with open_backend(start_options(args), interactive=False) as parts:
        async for run in run_examples(skill, parts.outside.sandbox, live=args.network):
            runs.append(run)
            if not args.json:
                print(*_lines(run), sep="\n", flush=True)
    counts = {result: sum(run.judgement.result is result for run in runs) for result in Result}
    if args.json:
        print(json_text({"name": skill.name, "examples": [_entry(run) for run in runs]}))
    else:
        print(
            ", ".join(f"{count} {result}" for result, count in counts.items() if count) or "there are no [[examples]]"
        )
    return 0 if runs and not counts[Result.FAILED] else 1


def _lines(run: "ExampleRun") -> list[str]:
    took = f"{run.outcome.usage.wall_ms:.0f} ms"
    given = json.dumps(dict(run.example.input), ensure_ascii=False)
    head = f"{_SYMBOLS[run.judgement.result]} {visible_line(run.example.say)}  {visible_line(given)}  {took}"
    return [head, *(f"    {visible(line)}" for line in run.judgement.why.splitlines())]


def _entry(run: "ExampleRun") -> JsonObject:
    return {
        "say": run.example.say,
        "input": dict(run.example.input),
        "result": run.judgement.result.value,
        "why": run.judgement.why,
        "content": run.outcome.content,
    }


def _folder(written: str) -> Path:
    folder = Path(written).expanduser().resolve()
    if not folder.is_dir():
        raise NotThere(f"there is no folder {visible_line(written)}")
    return folder


def _manifest(folder: Path) -> "Manifest":
    from blufio_tui.adapters.skills.folder import read_limited
    from blufio_tui.core.manifest.parser import MAX_MANIFEST_BYTES, parse_manifest
    from blufio_tui.core.skills.files import MANIFEST_FILE

    if not (folder / MANIFEST_FILE).is_file():
        raise UsageError(f"{folder} holds no {MANIFEST_FILE}; run this in a skill's folder, or name one")
    return parse_manifest(read_limited(folder / MANIFEST_FILE, MAX_MANIFEST_BYTES).decode("utf-8", "replace"))


def _key_file(args: argparse.Namespace) -> Path:
    from blufio_tui.adapters.config.paths import Paths
    from blufio_tui.adapters.skills.signing import KEY_NAME

    return Path(args.key).expanduser() if args.key else Paths.from_environment().keys / KEY_NAME
