"""What a command loads: nothing heavy before it is needed."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.e2e.conftest import World

_STILL_SECS, _LOOK_SECS = 3.0, 0.2
_PATIENCE_SECS = 60.0

HEAVY = ("textual", "anthropic", "wasmtime", "httpx2", "cryptography", "jsonschema", "keyring", "genai_prices", "rich")
_PROBE = """
import sys, contextlib, io
sys.argv = ["blufio-tui", *{arguments!r}]
from blufio_tui.__main__ import main
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    main()
print(*(name for name in {heavy!r} if name in sys.modules))
"""


def loaded(world: World, *arguments: str, watched: tuple[str, ...] = HEAVY) -> list[str]:
    """Which of the watched modules a command line loads."""
    code = _PROBE.format(arguments=arguments, heavy=watched)
    done = subprocess.run(
        [sys.executable, "-c", code], env=world.env, cwd=world.project, capture_output=True, text=True, check=True
    )
    return done.stdout.split()


@pytest.mark.parametrize(
    "arguments",
    [
        ("--version",),
        ("--help",),
        ("skill", "list"),
        ("skill", "list", "--json"),
        ("config", "path"),
        ("audit", "list"),
    ],
)
def test_a_plain_command_loads_nothing_heavy(world: World, arguments: tuple[str, ...]) -> None:
    assert loaded(world, *arguments) == []


@pytest.mark.parametrize(
    ("arguments", "unused"),
    [
        (
            ("--help",),
            (
                *("asyncio", "json", "sqlite3", "shutil", "locale", "bz2"),
                *("blufio_tui.cli.ask", "blufio_tui.cli.skill", "blufio_tui.cli.mcp"),
                *("blufio_tui.wiring", "blufio_tui.adapters.config"),
            ),
        ),
        (
            ("skill", "list", "--json"),
            (
                *("asyncio", "ssl", "logging", "hashlib", "shutil", "locale", "tomllib"),
                *("blufio_tui.cli.ask", "blufio_tui.core.manifest.manifest"),
                *("blufio_tui.core.settings", "blufio_tui.core.audit"),
            ),
        ),
    ],
)
def test_help_and_lists_load_only_what_they_print(
    world: World, arguments: tuple[str, ...], unused: tuple[str, ...]
) -> None:
    assert loaded(world, "skill", "list") == []  # makes the database
    assert loaded(world, *arguments, watched=unused) == []


def test_the_version_is_printed_without_the_command_line_being_built(world: World) -> None:
    code = _PROBE.format(arguments=("--version",), heavy=("argparse", "dataclasses"))
    done = subprocess.run([sys.executable, "-c", code], env=world.env, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_the_app_is_built_without_the_sdk_and_the_sandbox_engine() -> None:
    code = (
        "import sys, blufio_tui.wiring.screen, blufio_tui.ui.app; print(*(n for n in sys.argv[1:] if n in sys.modules))"
    )
    lazy = ("anthropic", "wasmtime", "httpx2", "cryptography", "jsonschema", "keyring", "genai_prices", "watchfiles")
    lazy += tuple(f"blufio_tui.core.guards.{name}_files" for name in ("executed", "credential"))  # much to compile
    done = subprocess.run([sys.executable, "-c", code, *lazy], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_the_app_is_started_without_the_commands(world: World) -> None:
    code = _PROBE.format(arguments=("--offline",), heavy=("blufio_tui.cli.ask", "blufio_tui.cli.skill"))
    done = subprocess.run([sys.executable, "-c", code], env=world.env, capture_output=True, text=True, check=True)
    assert "needs a terminal" in done.stderr
    assert done.stdout.split() == []


def _wakings(pid: int) -> dict[str, int]:
    """How often each thread of a process has gone to sleep so far."""
    tasks = Path(f"/proc/{pid}/task")
    return {
        task.name: int((task / "status").read_text().partition("voluntary_ctxt_switches:")[2].split()[0])
        for task in tasks.iterdir()
    }


@pytest.mark.skipif(sys.platform != "linux", reason="counts wakings as Linux shows them")
def test_nothing_wakes_while_the_program_idles(world: World) -> None:
    """No thread, not once in three seconds: no timer runs, nothing is polled."""
    with world.terminal("--offline", is_loaded=False) as terminal:
        terminal.wait_for("❯")
        still_since = time.monotonic()
        deadline, before = still_since + _PATIENCE_SECS, _wakings(terminal.process.pid)
        while (now := time.monotonic()) - still_since < _STILL_SECS:
            assert now < deadline, "something wakes again and again"
            is_still = terminal.is_still_for(_LOOK_SECS)
            if (after := _wakings(terminal.process.pid)) != before or not is_still:
                before, still_since = after, time.monotonic()
