"""`blufio-tui ask` as scripts use it."""

import io
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from blufio_tui.cli import run
from tests.fakes import piped
from tests.fakes.messages_api import KEY, Reply, Status, Stream, recorded, serving, text, tool_use


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BLUFIO_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    monkeypatch.delenv("ANTHROPIC_BASE_URL", raising=False)
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "README.md").write_text("one two three\n")
    monkeypatch.chdir(folder)
    return folder


def events_of(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def test_only_the_replys_text_is_on_stdout(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    look = Reply(text("I look."), tool_use("t1", "file", {"action": "list", "path": "."}))
    with serving(look, Reply(text("One file."))) as api:
        assert run(["ask", "what is here?", "--base-url", api.url]) == 0
    captured = capsys.readouterr()
    assert captured.out == "One file.\n"
    assert "tool file" in captured.err


def test_a_key_in_the_prompt_is_not_sent(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "sk-ant-api03-" + "aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0z"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(f"my key is {secret}, use it".encode())))
    with serving(Reply(text("No."))) as api:
        assert run(["ask", "-", "--base-url", api.url]) == 0
        (request,) = api.requests
    assert "my key is sk-ant-[masked], use it" in str(request) and secret not in str(request)
    assert "a key in the prompt is masked" in capsys.readouterr().err


def test_json_prints_the_events_of_the_contract(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    steps = (Reply(tool_use("t1", "file", {"action": "read", "path": "README.md"})), Reply(text("Three words.")))
    with serving(*steps) as api:
        assert run(["ask", "count", "--json", "--base-url", api.url]) == 0
    events = events_of(capsys.readouterr().out)
    types = [event["type"] for event in events]
    assert types[0] == "turn_started"
    assert types[-1] == "turn_finished"
    assert len({event["turn_id"] for event in events}) == 1
    assert all(event["ts"] > 0 for event in events)
    call = next(event for event in events if event["type"] == "tool_call_started")
    assert (call["call_id"], call["tool"], call["input"]["path"]) == ("t1", "file", "README.md")
    host = next(event for event in events if event["type"] == "host_call")
    assert (host["kind"], host["decision"], host["outcome"]) == ("fs.read", "allow", "ok")
    assert host["resource"] == str(project / "README.md")
    done = next(event for event in events if event["type"] == "tool_call_finished")
    assert not done["is_error"]
    assert "one two three" in done["content"]
    requests = [event for event in events if event["type"] == "request_finished"]
    assert [request["stop_reason"] for request in requests] == ["tool_use", "end_turn"]
    assert requests[0]["cost_usd"] > 0
    last = events[-1]
    assert (last["text"], last["iterations"], last["stop_reason"]) == ("Three words.", 2, "end_turn")
    assert last["usage"]["input_tokens"] == 200
    assert last["cost_usd"] == pytest.approx(sum(request["cost_usd"] for request in requests))


@pytest.mark.parametrize(("answer", "made"), [("deny", False), ("allow", True)])
def test_what_would_be_asked_is_answered_as_told(
    project: Path, capsys: pytest.CaptureFixture[str], answer: str, made: bool
) -> None:
    with serving(Reply(tool_use("t1", "bash", {"command": "echo hello > made.txt"})), Reply(text("ok"))) as api:
        assert run(["ask", "make it", "--on-denial", answer, "--base-url", api.url, "--json"]) == 0
        result = api.requests[1]["messages"][-1]["content"][0]
    assert (project / "made.txt").exists() is made
    assert result["is_error"] is not made
    denied = "DENIED exec echo hello > made.txt\nby: nobody can be asked in this run\nnext: "
    assert result["content"].startswith(denied) is not made


def test_the_prompt_can_come_from_stdin_and_a_session_be_resumed(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(Reply(text("first")), Reply(text("second"))) as api:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("søk".encode())))
        assert run(["ask", "-", "--json", "--base-url", api.url]) == 0
        session_id = events_of(capsys.readouterr().out)[-1]["session_id"]
        assert run(["ask", "again", "--resume", session_id[:8], "--base-url", api.url]) == 0
        said = [block["text"] for message in api.requests[1]["messages"] for block in message["content"]]
    head = "[nobody can be asked: reading the project is free, what needs approval is denied]\n"
    assert said == [head, "søk", "first", head, "again"]
    assert capsys.readouterr().out == "second\n"


def test_a_failure_is_on_stderr_and_in_the_exit_code(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(Status(401, "authentication_error", "invalid x-api-key")) as api:
        assert run(["ask", "hi", "--base-url", api.url]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "API key" in captured.err


def test_a_failure_in_json_is_an_error_event_before_the_last(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(Status(404, "not_found_error", "model: nope")) as api:
        assert run(["ask", "hi", "--json", "--model", "nope", "--base-url", api.url]) == 1
    error, last = events_of(capsys.readouterr().out)[-2:]
    assert (error["type"], error["kind"]) == ("error", "not_found")
    assert (last["type"], last["stop_reason"]) == ("turn_finished", "error")


@pytest.mark.parametrize("arguments", [["  "], ["hi", "--mode", "wild"], []])
def test_wrong_usage_is_exit_code_2(project: Path, arguments: list[str]) -> None:
    try:
        code = run(["ask", *arguments, "--offline"])
    except SystemExit as ended:
        code = int(ended.code or 0)
    assert code == 2


def test_a_session_that_is_not_there_is_exit_code_1(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ask", "hi", "--resume", "nosuch", "--offline"]) == 1
    assert "session list" in capsys.readouterr().err


def test_the_offline_guide_runs_a_skill(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ask", "count the words in README.md", "--offline"]) == 0
    assert "words: **3**" in capsys.readouterr().out


def test_the_guide_says_what_it_is_and_how_to_connect_a_model(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["ask", "are you alive", "--offline"]) == 0
    out = capsys.readouterr().out
    assert "not a model" in out
    assert "ANTHROPIC_API_KEY" in out


def test_an_interrupted_turn_ends_with_its_last_event_and_130(project: Path) -> None:
    half = recorded(Reply(text("half a reply", pieces=6)))
    with serving(Stream(half[: half.index(b"content_block_stop")], hang=True)) as api:
        words = ("ask", "go", "--json", "--base-url", api.url)
        with piped.started(*words, env=dict(os.environ), cwd=project, input=False) as process:
            assert process.stdout is not None
            lines = []
            for line in process.stdout:
                lines.append(line)
                if "text_delta" in line:
                    process.send_signal(signal.SIGINT)
                    break
            rest = process.stdout.read()
            assert process.wait(20) == 130
    last = events_of("".join(lines) + rest)[-1]
    assert (last["type"], last["stop_reason"]) == ("turn_finished", "interrupted")


def test_a_file_that_the_prompt_names_goes_with_it(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / ".env").write_text("TOKEN=1\n")
    with serving(Reply(text("ok"))) as api:
        assert run(["ask", "count @README.md, not @.env or @bob", "--base-url", api.url]) == 0
        sent = json.dumps(api.requests[0]["messages"][-1])
    assert "one two three" in sent
    assert "TOKEN" not in sent
    assert ".env is not attached" in capsys.readouterr().err


def test_what_comes_through_a_pipe_names_no_file(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"explain @README.md")))
    with serving(Reply(text("ok"))) as api:
        assert run(["ask", "-", "--base-url", api.url]) == 0
        sent = json.dumps(api.requests[0]["messages"][-1])
    assert "one two three" not in sent
