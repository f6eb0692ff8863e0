"""Records calls of all bundled skills and of some that read clock, chance and network; replays them elsewhere.

`python -m scripts.record_replay [--calls 1000]`: the calls run in one process, the home is copied, and another
process with the copy alone runs them again. Exit 1 unless every one is the same to the bit.
"""

import argparse
import itertools
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from blufio_tui.adapters.scratch import scratch
from blufio_tui.adapters.skills.bundled import bundled_folder
from blufio_tui.core.gate.approvers import AllowOnce
from blufio_tui.core.skills.skill import Skill
from blufio_tui.core.skills.tool import SkillTool
from blufio_tui.core.text.json_types import JsonObject
from blufio_tui.core.tools import CallContext
from blufio_tui.features.start.arguments import StartOptions

ROOT = Path(__file__).parents[1]
_WAT = """(module
  (import "blufio" "http_request" (func $get (param i32 i32 i32 i32 i32) (result i32)))
  (import "blufio" "result_len" (func $len (result i32)))
  (import "blufio" "get_result" (func $result (param i32)))
  (import "blufio" "set_output" (func $output (param i32 i32)))
  (import "blufio" "log" (func $log (param i32 i32 i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (memory (export "memory") 1) (data (i32.const 0) "URL")
  (func $spell (param $from i32) (param $to i32) (local $at i32)
    (loop $again
      (i32.store8 (i32.add (local.get $to) (local.get $at))
        (i32.add (i32.const 97) (i32.and (i32.load8_u (i32.add (local.get $from) (local.get $at))) (i32.const 15))))
      (br_if $again (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1))) (i32.const 32)))))
  (func (export "run")
    (drop (call $random (i32.const 512) (i32.const 16)))
    (drop (call $clock (i32.const 0) (i64.const 1) (i32.const 528)))
    (drop (call $clock (i32.const 1) (i64.const 1) (i32.const 536)))
    (call $spell (i32.const 512) (i32.const 1024))
    (call $log (i32.const 2) (i32.const 1024) (i32.const 32))
    (drop (call $get (i32.const 0) (i32.const LENGTH) (i32.const 0) (i32.const 0) (i32.const 0)))
    (call $result (i32.const 1056))
    (drop (call $clock (i32.const 1) (i64.const 1) (i32.const 536)))
    (call $spell (i32.const 512) (i32.const 1024))
    (call $output (i32.const 1024) (i32.add (i32.const 32) (call $len)))))
"""
_PYTHON = """import os, time
from blufio import http, input, output, log, env
log("began at %d" % time.time())
page = http(input()["url"])
output({"now": time.time(), "ticks": time.ticks_us(), "chance": [byte for byte in os.urandom(8)], "body": page.body,
        "lang": env("LANG"), "status": page.status})
"""


class _Page(BaseHTTPRequestHandler):
    """Says something else at each request."""

    numbers = itertools.count(1)

    def do_GET(self) -> None:
        body = f"<html><title>Page</title><p>visit {next(self.numbers)} of {self.path}</p></html>".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def page_server() -> Iterator[str]:
    """A web server on loopback; its `host:port`."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Page)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def probes(folder: Path, url: str) -> list[Path]:
    """Skills that read the clock, the random source and the network: a module with WASI imports, and a script."""
    found = []
    module = _WAT.replace("URL", url).replace("LENGTH", str(len(url)))
    for name, entry, code in (("probe-wat", "skill.wat", module), ("probe-python", "skill.py", _PYTHON)):
        skill = folder / name
        skill.mkdir(parents=True)
        env = "env = ['LANG']\n" if entry == "skill.py" else ""
        (skill / "skill.toml").write_text(
            f'[skill]\nname = "{name}"\nversion = "1.0.0"\ndescription = "A probe."\n[capabilities]\n{env}'
            f'[wasm]\nentry = "{entry}"\n'
        )
        (skill / entry).write_text(code)
        found.append(skill)
    return found


def prepare(home: Path, project: Path, address: str) -> None:
    """A home that records, and a project with what the bundled skills' examples are about."""
    home.mkdir()
    project.mkdir()
    for folder in sorted(bundled_folder().iterdir()):
        if (folder / "tests" / "project").is_dir():
            shutil.copytree(folder / "tests" / "project", project, dirs_exist_ok=True)
    rules = "".join(f'  {{ deny = "net", actor = "{name}" }},\n' for name in ("weather", "github-repo"))
    (home / "config.toml").write_text(
        f'[record]\ncalls = true\n[network]\nallow_private = ["{address}"]\n[policy]\nrules = [\n{rules}]\n'
    )


async def record(project: Path, address: str, calls: int, names: Collection[str] = ()) -> Counter[str]:
    """
    Make that many calls, and record them; how many of each skill. `BLUFIO_HOME` says where.

    Args:
        names: the skills to call; all where there are none.
    """
    from blufio_tui.adapters.skills.folder import read_skill
    from blufio_tui.wiring.backend import open_backend

    url = f"http://{address}/page"
    made: Counter[str] = Counter()
    async with open_backend(StartOptions(project=project), interactive=True, approver=AllowOnce()) as backend:
        found = [skill for skill in backend.stored.skills.skills() if skill.manifest]
        found += [read_skill(folder).skill for folder in probes(project / "probes", url)]
        called = [skill for skill in found if not names or skill.name in names]
        work = itertools.cycle([(skill, given) for skill in called for given in inputs_of(skill, url)])
        chosen = sorted(itertools.islice(work, calls), key=lambda pair: pair[0].name)  # a worker runs one module only
        for number, (skill, given) in enumerate(chosen):
            context = CallContext("", "", f"call-{number}", lambda _event: None)
            await SkillTool(skill, backend.equipment.skill_host).invoke(given, context)
            made[skill.name] += 1
    return made


def inputs_of(skill: Skill, url: str) -> list[JsonObject]:
    """What a skill is called with: its examples, or the page."""
    assert skill.manifest is not None
    examples = [dict(one.input) for one in skill.manifest.examples] or [{"url": url}]
    return [{**one, "url": url} if "url" in one else one for one in examples]


async def replay_all(first: int = 0) -> JsonObject:
    """Replay every record of the home: how many there are, and which are not the same, with what differs."""
    from blufio_tui.features.calls.replaying import open_replaying

    same, different = 0, dict[str, list[str]]()
    async with open_replaying() as replaying:
        number = first
        while await replaying.records.is_recorded(call_id := f"call-{number}"):
            replayed = await replaying.replay(call_id)
            same += replayed.same
            if not replayed.same:
                different[call_id] = [f"{one.what}: {one.recorded!r} / {one.now!r}" for one in replayed.differences]
            number += 1
    return {"replayed": number - first, "same": same, "different": dict(different)}


def run(calls: int, folder: Path, names: Collection[str] = ()) -> JsonObject:
    """
    All of it below `folder`, with all skills or those of `names`; what `replay_all` said in the other process, with
    `made` and times in seconds.
    """
    home, project, copy = folder / "home", folder / "project", folder / "copy"
    with page_server() as address:
        prepare(home, project, address)
        started = time.monotonic()
        code = "import asyncio,sys,json;from pathlib import Path;from scripts.record_replay import record;"
        code += "print(json.dumps(asyncio.run(record(Path(sys.argv[1]),sys.argv[2],int(sys.argv[3]),sys.argv[4:]))))"
        made = _python(code, home, str(project), address, str(calls), *names)
    recorded = time.monotonic()
    shutil.copytree(home, copy)
    shutil.rmtree(home)
    shutil.rmtree(project)
    code = (
        "import asyncio,json;from scripts.record_replay import replay_all;print(json.dumps(asyncio.run(replay_all())))"
    )
    report = _python(code, copy)
    times: JsonObject = {"recording": recorded - started, "replaying": time.monotonic() - recorded}
    return {**report, "made": made, "seconds": times}


def _python(code: str, home: Path, *arguments: str) -> JsonObject:
    environment = {**os.environ, "BLUFIO_HOME": str(home), "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"}
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, env=environment, cwd=home, check=True, stdout=subprocess.PIPE, text=True)
    report: JsonObject = json.loads(done.stdout)
    return report


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m scripts.record_replay", description=__doc__)
    parser.add_argument("--calls", type=int, default=1000)
    args = parser.parse_args(argv)
    with scratch("replay") as folder:  # locked: programs that start meanwhile sweep what looks left over
        report = run(args.calls, Path(folder).resolve())
    print(json.dumps(report, indent=1))
    return int(report["same"] != args.calls)


if __name__ == "__main__":
    sys.exit(main())
