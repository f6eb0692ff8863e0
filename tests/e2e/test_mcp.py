"""MCP servers in whole turns, without a screen and with one."""

import json
import os
import shutil
import signal
import sys
import time
from pathlib import Path

import pytest

from blufio_tui.adapters.cage.program_side.probe import why_not
from tests.e2e.command import Program
from tests.e2e.conftest import World
from tests.e2e.in_process import Inside
from tests.fakes.messages_api import KEY, MessagesApi, Reply, serving, text, tool_use

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not() or "a cage can be made")
FAKE = Path(__file__).parents[1] / "fakes" / "mcp_server.py"
PYTHON = os.path.realpath(sys.executable)
DONE = Reply(text("done"))


def configure(world: World, *options: str) -> None:
    shutil.copy(FAKE, world.project / "server.py")
    world.home.mkdir(exist_ok=True)
    words = json.dumps(["server.py", *options])
    (world.home / "config.toml").write_text(f'[mcp.servers.fake]\ncommand = "{PYTHON}"\nargs = {words}\n')


def connect(inside: Inside, api: MessagesApi) -> None:
    inside.monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    inside.monkeypatch.setenv("ANTHROPIC_BASE_URL", api.url)


def test_the_model_is_offered_the_tools_and_calls_one(inside: Inside) -> None:
    configure(inside.world)
    call = Reply(tool_use("c1", "fake__add", {"a": 2, "b": 40}))
    with serving(call, DONE) as api:
        connect(inside, api)
        events = inside("ask", "go", "--json", "--on-denial", "allow").lines
    offered = {tool["name"]: tool for tool in api.requests[0]["tools"]}
    assert offered["fake__add"]["description"].startswith("[tool of the MCP server fake;")
    (result,) = api.requests[1]["messages"][-1]["content"]
    assert json.loads(result["content"]) == {"sum": 42}
    shown = [event for event in events if event["type"] == "host_call" and event["call_id"] == "c1"]
    assert [(event["kind"], event["resource"], event["outcome"]) for event in shown] == [("exec", "fake__add", "ok")]


def test_where_nobody_can_be_asked_no_server_is_started_unless_a_mode_says_so(inside: Inside) -> None:
    configure(inside.world)
    with serving(DONE) as api:
        connect(inside, api)
        events = inside("ask", "go", "--json").lines
    assert not any(tool["name"].startswith("fake__") for tool in api.requests[0]["tools"])
    notices = [event["message"] for event in events if event["type"] == "notice"]
    assert any("The MCP server fake is not used: denied by mode deny" in notice for notice in notices)


def test_a_projects_servers_are_a_notice_until_they_are_trusted(inside: Inside) -> None:
    shutil.copy(FAKE, inside.world.project / "server.py")
    marker = inside.world.project / "started"
    servers = {"theirs": {"command": "touch", "args": [str(marker)]}}
    (inside.world.project / ".mcp.json").write_text(json.dumps({"mcpServers": servers}))
    with serving(DONE) as api:
        connect(inside, api)
        events = inside("ask", "go", "--json", "--on-denial", "allow").lines
    notices = [event["message"] for event in events if event["type"] == "notice"]
    assert any("servers that are not started because you have not trusted them: theirs" in notice for notice in notices)
    assert not marker.exists()
    assert inside("mcp", "trust", "--yes").code == 0
    with serving(DONE) as api:
        connect(inside, api)
        inside("ask", "go", "--on-denial", "allow")
    assert marker.exists()


def test_a_killed_program_leaves_no_server_behind(world: World) -> None:
    configure(world)
    with serving(Reply(tool_use("c1", "fake__wait", {})), DONE) as api:
        env = {**world.env, "ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": api.url}
        program = Program("ask", "go", "--on-denial", "allow", env=env, cwd=world.project)
        server = _wait_for(lambda: _servers(world))
        program.process.send_signal(signal.SIGKILL)
        program.ended()
    assert server
    _wait_for(lambda: not _servers(world))


def test_a_program_that_ends_leaves_no_server_behind_even_a_mute_one(world: World) -> None:
    configure(world, "mute=1")
    with serving(DONE) as api:
        env = {**world.env, "ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": api.url}
        program = Program("ask", "go", "--on-denial", "allow", env=env, cwd=world.project)
        _wait_for(lambda: _servers(world))
        program.process.send_signal(signal.SIGINT)
        began = time.monotonic()
        done = program.ended()
    assert done.returncode == 130
    assert "Traceback" not in done.stderr
    assert time.monotonic() - began < 40
    assert not _servers(world)


def _servers(world: World) -> list[int]:
    """The processes that run the fake server of this world."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if b"server.py" in words and (folder / "cwd").resolve() == world.project:
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def _wait_for(condition):  # type: ignore[no-untyped-def]
    """What the condition gives once it is true."""
    until = time.monotonic() + 60
    while not (found := condition()):
        assert time.monotonic() < until
        time.sleep(0.02)
    return found
