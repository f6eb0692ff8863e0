"""Turns of the whole program with streamed output, a folder that lasts, jobs and hooks."""

import json
from pathlib import Path

from tests.e2e.in_process import Inside
from tests.e2e.test_contract_turn import connect, results
from tests.fakes.messages_api import Reply, serving, text, tool_use

DONE = Reply(text("done"))


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


def test_a_stop_hook_has_the_turn_go_on_and_a_hook_that_asks_has_nobody_to_ask(inside: Inside) -> None:
    own = inside.world.home / "hooks.json"
    own.parent.mkdir(exist_ok=True)
    stop = "test -e README.done || { touch README.done; echo 'run the tests first' >&2; exit 2; }"
    asks = """echo '{"hookSpecificOutput": {"permissionDecision": "ask", "permissionDecisionReason": "look at it"}}'"""
    own.write_text(
        json.dumps(
            {
                "hooks": {
                    "Stop": [{"hooks": [{"type": "command", "command": stop}]}],
                    "PreToolUse": [{"matcher": "Read", "hooks": [{"type": "command", "command": asks}]}],
                }
            }
        )
    )
    read = Reply(tool_use("a", "file", {"action": "read", "path": "README.md"}))
    with serving(read, Reply(text("ready")), Reply(text("tests are green"))) as api:
        connect(inside, api)
        events = inside("ask", "go", "--json").lines
    assert [event["type"] for event in events].count("turn_finished") == 1
    assert (events[-1]["text"], events[-1]["stop_reason"]) == ("tests are green", "end_turn")
    said = api.requests[-1]["messages"][-1]["content"][-1]["text"]
    assert said == "[a Stop hook of the user says to go on: run the tests first]"
    [asked] = [block for block in api.requests[1]["messages"][-1]["content"] if block["type"] == "tool_result"]
    assert asked["is_error"] and asked["content"].startswith("DENIED fs.read README.md"), asked


def test_a_stop_hook_that_is_never_content_ends_with_a_remark(inside: Inside) -> None:
    own = inside.world.home / "hooks.json"
    own.parent.mkdir(exist_ok=True)
    never = {"type": "command", "command": "grep -o 'stop_hook_active.....' >&2; exit 2"}
    own.write_text(json.dumps({"hooks": {"Stop": [{"hooks": [never]}]}}))
    with serving(*[Reply(text(f"reply {number}")) for number in range(6)]) as api:
        connect(inside, api)
        events = inside("ask", "go", "--json").lines
    assert len(api.requests) == 4 and events[-1]["text"] == "reply 3"
    notices = [event["message"] for event in events if event["type"] == "notice"]
    assert 'A hook says to go on: stop_hook_active": fa' in notices[0]
    assert 'A hook says to go on: stop_hook_active": tr' in notices[1]
    assert notices[-1].endswith("(the turn went on 3 times and now ends)")


def test_hooks_that_a_command_adds_wait_for_the_person_also_after_a_restart(inside: Inside) -> None:
    own = inside.world.home / "hooks.json"
    planted = json.dumps({"hooks": {"PreToolUse": [{"hooks": [{"type": "command", "command": "touch planted"}]}]}})
    plant = Reply(tool_use("a", "bash", {"command": f"printf %s '{planted}' > {own}"}))
    read = Reply(tool_use("b", "file", {"action": "read", "path": "README.md"}))
    with serving(plant, DONE, read, DONE) as api:
        connect(inside, api)
        assert inside("config", "set", "commands.cage", "off").code == 0
        first = inside("ask", "go", "--json", "--on-denial", "allow", "--mode", "allow-all").lines
        assert own.exists()
        inside("ask", "go", "--json")
    notices = [event["message"] for event in first if event["type"] == "notice"]
    assert any("hooks.json was changed by another program; inactive until you confirm it" in one for one in notices)
    assert not (inside.world.project / "planted").exists()
    assert inside("hooks", "list", "--json").json == []
