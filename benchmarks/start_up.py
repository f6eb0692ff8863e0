"""How long until something happens: the command line, the first frame, the first key, the first request."""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.figures import Figure, Result, in_turn_ms
from benchmarks.model_server import PacedModel, connection, paced
from benchmarks.pty_app import PtyApp, environment, program

READY = "an agent that asks first"
"""What the first frame of an empty conversation says."""
BARE = "a bare Textual app with one Markdown widget"
_BARE_APP = """
from textual.app import App
from textual.widgets import Markdown
class Bare(App):
    def compose(self):
        yield Markdown("# ready to type")
Bare().run()
"""
_KEYS = "абвгдежзийклмнопрстуфхцчшщъыьэюя"
"""Typed one by one; none of them is on the screen before."""
_KEY_PAUSE = 0.04
_SERVERS = 10
_SERVER_TABLE = """
[mcp.servers.number{number}]
command = "sh"
args = ["-c", "while read -r request; do :; done"]
"""
_BARE_REQUEST = """
import anthropic, sys
with anthropic.Anthropic().messages.stream(
    model="claude-sonnet-5-5", max_tokens=9, messages=[{"role": "user", "content": "go"}]
) as stream:
    stream.get_final_message()
"""


def measure(*, full: bool = False) -> Iterator[Result]:
    runs = 15 if full else 9
    with tempfile.TemporaryDirectory() as home:
        yield from _commands(environment(Path(home)), runs)
        yield from _first_frame(Path(home), runs)
        yield from _first_request(Path(home), runs=5)
        yield from _keys_while_loading(Path(home), runs=5)
        yield from _with_servers(Path(home), runs)


def _commands(env: Mapping[str, str], runs: int) -> Iterator[Result]:
    def command(*words: str) -> Callable[[], object]:
        return lambda: subprocess.run(words, env=env, check=True, capture_output=True)

    floor, version, help_, listing = in_turn_ms(
        [
            command(sys.executable, "-c", "pass"),
            command(*program("--version")),
            command(*program("--help")),
            command(*program("skill", "list", "--json")),
        ],
        runs=runs,
    )
    yield Figure("version", "`blufio-tui --version`", version, "ms", 8, floor, "`python -c pass`")
    yield Figure("help", "`blufio-tui --help`", help_, "ms", 5, floor, "`python -c pass`")
    yield Figure("skill-list", "`blufio-tui skill list --json`", listing, "ms", 6, floor, "`python -c pass`")


def _first_frame(home: Path, runs: int) -> Iterator[Result]:
    bare, env = (sys.executable, "-c", _BARE_APP), environment(home)
    ours = program("--offline", "--project", str(home))
    for command, marker in ((bare, "ready to type"), (ours, READY)):
        frame_ms(command, marker, env)  # warm the disk cache and the compiled files
    floors, frames = [], []
    for _ in range(runs):
        floors.append(_start(bare, "ready to type", env))
        frames.append(_start(ours, READY, env, key="\u0416"))
    (floor, floor_cpu, _), (frame, cpu, key) = map(_medians, (floors, frames))
    yield Figure("first-frame", "first frame, in a real terminal", frame, "ms", 1.6, floor, BARE)
    yield Figure("first-frame.cpu", "the same in processor time", cpu, "ms", None, floor_cpu, BARE)
    yield Figure("first-key", "first key shown, in a real terminal", key, "ms", 1.5, floor, BARE)


def _medians(rows: Sequence[Sequence[float]]) -> list[float]:
    return [statistics.median(column) for column in zip(*rows, strict=True)]


def frame_ms(command: Sequence[str], marker: str, env: Mapping[str, str]) -> float:
    return _start(command, marker, env)[0]


def _start(command: Sequence[str], marker: str, env: Mapping[str, str], key: str = "") -> tuple[float, float, float]:
    """Milliseconds to the first frame, processor time until then, milliseconds until a key shows."""
    start = time.perf_counter()
    with PtyApp(command, env) as app:
        app.read_until(marker)
        frame, cpu = (time.perf_counter() - start) * 1000, app.cpu_ms()
        if key:
            app.key_ms(key)
        return frame, cpu, (time.perf_counter() - start) * 1000


def _first_request(home: Path, runs: int) -> Iterator[Result]:
    """From the command to the request at the model's server."""
    with paced(1_000, 1) as model:
        env = environment(home, **connection(model))
        floors, asks, apps = [], [], []
        for _ in range(runs):
            floors.append(_asked_ms(model, lambda: _run((sys.executable, "-c", _BARE_REQUEST), env)))
            asks.append(_asked_ms(model, lambda: _run(program("ask", "go"), env)))
            apps.append(_asked_ms(model, lambda: _type_at_once(home, env)))
    floor, title = statistics.median(floors), "the SDK alone"
    yield Figure(
        "request.ask", "`blufio-tui ask`: time to the first request", statistics.median(asks), "ms", None, floor, title
    )
    what = "the app: time to the first request, typed as soon as there is a screen"
    app = statistics.median(apps)
    yield Figure("request.app", what, app, "ms", 1_200)
    yield Figure("request.app.ratio", "the same", app, "ms", None, floor, title)


def _asked_ms(model: PacedModel, action: Callable[[], object]) -> float:
    model.asked_at.clear()
    start = time.perf_counter()
    action()
    return (model.asked_at[0] - start) * 1000


def _run(command: Sequence[str], env: Mapping[str, str]) -> None:
    subprocess.run(command, env=env, check=True, capture_output=True)


def _type_at_once(home: Path, env: Mapping[str, str]) -> None:
    with PtyApp(program("--project", str(home)), env) as app:
        app.read_until(READY)
        app.send("go\r")
        app.read_until("1 request")


def _keys_while_loading(home: Path, runs: int) -> Iterator[Result]:
    """Keys from the first frame on, while database, sandbox and the model's SDK are imported: the slowest of a run."""
    with paced(1_000, 1) as model:
        env = environment(home, **connection(model))
        slowest = [max(_key_times(home, env)) for _ in range(runs)]
    what = "slowest key to screen while everything is imported, from the first frame on"
    yield Figure("keys.loading", what, statistics.median(slowest), "ms", 100)


def _key_times(home: Path, env: Mapping[str, str]) -> Iterator[float]:
    with PtyApp(program("--project", str(home)), env) as app:
        app.read_until(READY)
        for key in _KEYS:
            yield app.key_ms(key)
            app.watch(_KEY_PAUSE)


def _with_servers(home: Path, runs: int) -> Iterator[Result]:
    """The first frame of a person with ten MCP servers that never answer, against one with none."""
    with tempfile.TemporaryDirectory() as folder:
        tables = "".join(_SERVER_TABLE.format(number=number) for number in range(_SERVERS))
        (Path(folder) / "config.toml").write_text(tables, encoding="utf-8")
        envs = environment(home), environment(Path(folder))
        command = program("--offline", "--project", str(home))
        times = [[frame_ms(command, READY, env) for env in envs] for _ in range(runs + 1)][1:]
    without, servers = _medians(times)
    title = f"first frame with {_SERVERS} MCP servers configured"
    yield Figure("first-frame.servers", title, servers, "ms", 1.05, without, "with none")
