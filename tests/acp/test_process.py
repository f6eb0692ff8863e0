"""The program as an editor starts it: two pipes and nothing but the protocol on them."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from acp import spawn_agent_process

from tests.acp.conftest import Place
from tests.e2e.terminal import blufio_command
from tests.fakes import piped
from tests.fakes.editor import FakeEditor, allow_once, environment
from tests.fakes.messages_api import KEY, Reply, Stream, recorded, serving, text, tool_use


async def test_a_turn_over_real_pipes(place: Place) -> None:
    """With a tool that prints into the program's own standard output, if it could."""
    editor = FakeEditor(choose=allow_once)
    call = tool_use("t1", "bash", {"command": "echo noise > /proc/$PPID/fd/1; cat; echo done"})
    with serving(Reply(call), Reply(text("Good."))) as api:
        command = blufio_command("--base-url", api.url, "acp")
        env = environment(place.home, KEY)
        async with spawn_agent_process(editor, *command, env=env, cwd=place.project) as (agent, process):
            editor.agent = agent
            answer = await editor.send(await editor.begin(place.project), "run it")
            assert answer.stop_reason == "end_turn"
            assert editor.said() == "Good."
            assert process.stdin is not None
            process.stdin.close()
            assert await process.wait() == 0


def started(place: Place, url: str) -> piped.Piped:
    return piped.started("--base-url", url, "acp", env=environment(place.home, KEY), cwd=place.project)


def call(process: piped.Piped, number: int, method: str, **params: Any) -> None:
    assert process.stdin is not None
    process.stdin.write(json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}) + "\n")
    process.stdin.flush()


def until(process: piped.Piped, true: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The first message that fits; every line is one."""
    assert process.stdout is not None
    for line in process.stdout:
        message = json.loads(line)
        assert message["jsonrpc"] == "2.0"
        if true(message):
            return message
    raise AssertionError("it ended")


def in_the_middle_of_a_turn(place: Place, url: str) -> tuple[piped.Piped, str]:
    process = started(place, url)
    call(process, 1, "initialize", protocolVersion=1, clientCapabilities={})
    call(process, 2, "session/new", cwd=str(place.project), mcpServers=[])
    session = until(process, lambda message: message.get("id") == 2)["result"]["sessionId"]
    prompt = [{"type": "text", "text": "Tell me a story"}]
    call(process, 3, "session/prompt", sessionId=session, prompt=prompt)
    until(process, lambda m: m.get("params", {}).get("update", {}).get("sessionUpdate") == "agent_message_chunk")
    return process, session


def half_a_reply() -> Stream:
    whole = recorded(Reply(text("once upon a time", pieces=1)))
    return Stream(whole[: whole.index(b"event: message_delta")], hang=True)


def stored(place: Place, session: str) -> str:
    return piped.run("session", "show", session, env=environment(place.home, KEY), cwd=place.project).stdout


def test_the_end_of_the_pipe_ends_the_program_and_stores_what_had_come(place: Place) -> None:
    with serving(half_a_reply()) as api:
        process, session = in_the_middle_of_a_turn(place, api.url)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(30) == 0
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()
        close(process)
    shown = stored(place, session)
    assert "Tell me a story" in shown
    assert "once upon a time" in shown


def test_being_killed_loses_no_prompt(place: Place) -> None:
    with serving(half_a_reply()) as api:
        process, session = in_the_middle_of_a_turn(place, api.url)
        process.send_signal(signal.SIGKILL)
        process.wait(30)
        close(process)
    assert "Tell me a story" in stored(place, session)


def test_being_told_to_end_is_no_traceback(place: Place) -> None:
    with serving(half_a_reply()) as api:
        process, session = in_the_middle_of_a_turn(place, api.url)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 130
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()
        close(process)
    assert "once upon a time" in stored(place, session)


def close(process: piped.Piped) -> None:
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            with suppress(BrokenPipeError):
                stream.close()


def test_without_pipes_it_says_who_starts_it(place: Place) -> None:
    with piped.started("acp", env=environment(place.home, KEY), cwd=place.project, input=False) as process:
        assert process.stdout is not None and process.stderr is not None
        assert "is started by an editor" in process.stderr.read()
        assert process.stdout.read() == ""
    assert process.returncode == 2


def test_no_screen_is_loaded(place: Place) -> None:
    code = "import sys, blufio_tui.acp.run; sys.exit(any(m.split('.')[0] == 'textual' for m in sys.modules))"
    root = str(Path(__file__).parents[2])
    assert subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": root}).returncode == 0
