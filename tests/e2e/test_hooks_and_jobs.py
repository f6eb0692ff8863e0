"""Turns of the whole program with streamed output, a folder that lasts, jobs and hooks."""

import json
from pathlib import Path

import pytest

from tests.e2e.conftest import World
from tests.e2e.in_process import Inside
from tests.e2e.test_contract_turn import connect, results
from tests.fakes.messages_api import Reply, serving, text, tool_use

DONE = Reply(text("done"))


@pytest.fixture
def inside(world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Inside:
    return Inside(world, monkeypatch, capsys)


def test_output_streams_and_folder_exports_and_jobs_last_through_a_turn(inside: Inside) -> None:
    first = "mkdir -p sub && cd sub && export CI=yes && printf '\\033[31mred\\033[0m\\n'"
    replies = [
        Reply(tool_use("a", "bash", {"command": first})),
        Reply(tool_use("b", "bash", {"command": "echo $PWD $CI; echo bad >&2"})),
        Reply(tool_use("c", "bash", {"command": "sleep 600", "background": True})),
        Reply(tool_use("d", "job_output", {"job": "sleep-1"})),
        Reply(tool_use("e", "job_kill", {"job": "sleep-1"})),
        DONE,
    ]
    with serving(*replies) as api:
        connect(inside, api)
        events = inside("ask", "go", "--json", "--on-denial", "allow").lines
    told = {event["call_id"]: event for event in events if event["type"] == "tool_call_finished"}
    deltas = [event for event in events if event["type"] == "tool_output_delta"]
    assert {(event["call_id"], event["stream"], event["text"]) for event in deltas} == {
        ("a", "stdout", "red\n"),
        ("b", "stdout", f"{inside.world.project}/sub yes\n"),
        ("b", "stderr", "bad\n"),
    }
    assert "the working folder is now" in told["a"]["content"]
    assert 'job "sleep-1"' in told["c"]["content"] and "running" in told["d"]["content"]
    assert told["e"]["content"] == "sleep-1 is ended" and events[-1]["type"] == "turn_finished"


def test_a_trusted_hook_of_the_project_refuses_and_every_run_is_a_row(inside: Inside, tmp_path: Path) -> None:
    settings = inside.world.project / ".claude" / "settings.json"
    settings.parent.mkdir()
    guard = {"type": "command", "command": "echo not today >&2; exit 2"}
    settings.write_text(json.dumps({"hooks": {"PreToolUse": [{"matcher": "Read", "hooks": [guard]}]}}))
    read = Reply(tool_use("a", "file", {"action": "read", "path": "README.md"}))
    with serving(read, DONE) as api:
        connect(inside, api)
        events = inside("ask", "go", "--json").lines
        assert not results(api)["a"][0], "hooks that are not trusted do not run"
        assert any("have not trusted" in event["message"] for event in events if event["type"] == "notice")
    assert inside("hooks", "trust", "--yes").code == 0
    with serving(read, DONE) as api:
        connect(inside, api)
        inside("ask", "go", "--json")
        is_error, content = results(api)["a"]
    assert is_error and "not today" in content
    rows = inside("audit", "list", "--json").json
    assert any(row["actor"] == "hook" and "exit 2" in row["resource"] for row in rows)


def test_a_prompt_that_a_hook_refuses_is_never_sent(inside: Inside) -> None:
    own = inside.world.home / "hooks.json"
    own.parent.mkdir(exist_ok=True)
    guard = {"type": "command", "command": "grep -q secret && { echo 'no secrets' >&2; exit 2; }; exit 0"}
    own.write_text(json.dumps({"hooks": {"UserPromptSubmit": [{"hooks": [guard]}]}}))
    with serving(DONE) as api:
        connect(inside, api)
        events = inside("ask", "tell the secret", "--json").lines
        assert events[-1]["stop_reason"] == "hook" and api.requests == []
        assert inside("ask", "hello", "--json").lines[-1]["text"] == "done"
