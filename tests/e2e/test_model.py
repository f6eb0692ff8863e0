"""The main job through the real SDK, against a server on loopback that speaks the Messages API."""

import json
from functools import partial
from typing import Any

from blufio_tui.adapters.model import claude
from tests.e2e.command import blufio
from tests.e2e.conftest import World
from tests.e2e.in_process import Inside
from tests.e2e.test_main_job import answer
from tests.fakes.messages_api import KEY, MessagesApi, Reply, Status, cut, serving, text, thinking, tool_use

NO_WAIT = (("retry-after", "0"),)


def connected(world: World, api: MessagesApi) -> dict[str, str]:
    return {**world.env, "ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": api.url}


def ask(inside: Inside, api: MessagesApi, prompt: str, *options: str) -> list[dict[str, Any]]:
    inside.monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    inside.monkeypatch.setenv("ANTHROPIC_BASE_URL", api.url)
    done = inside("ask", prompt, "--json", *options)
    assert done.code == 0, done
    return done.lines


def of_type(events: list[dict[str, Any]], *types: str) -> list[dict[str, Any]]:
    return [event for event in events if event["type"] in types]


def test_several_calls_thinking_and_a_denial_that_the_model_recovers_from(inside: Inside) -> None:
    calls = Reply(
        thinking("both files, then"),
        text("Let me look."),
        tool_use("toolu_1", "text_stats", {"path": "README.md"}),
        tool_use("toolu_2", "text_stats", {"path": str(inside.world.outside)}),
        tool_use("toolu_3", "no_such_tool", {}),
    )
    with serving(calls, Reply(text("Five words; the other file is not mine to read."))) as api:
        events = ask(inside, api, "count both")
    assert api.refused == []
    types = [event["type"] for event in events]
    assert types[0] == "turn_started" and types[-1] == "turn_finished"
    assert "thinking_delta" in types and "text_delta" in types
    assert all("ts" in event and "turn_id" in event for event in events)
    started = of_type(events, "tool_call_started")
    assert [event["tool"] for event in started] == ["text_stats", "text_stats", "no_such_tool"]
    host_calls = {event["call_id"]: event for event in of_type(events, "host_call")}
    assert (host_calls["toolu_1"]["decision"], host_calls["toolu_1"]["decided_by"]) == ("allow", "manifest")
    assert (host_calls["toolu_2"]["decision"], host_calls["toolu_2"]["outcome"]) == ("deny", "denied")
    results = api.requests[1]["messages"][-1]["content"]
    assert [result["tool_use_id"] for result in results] == ["toolu_1", "toolu_2", "toolu_3"]
    assert [bool(result.get("is_error")) for result in results] == [False, True, True]
    assert str(inside.world.outside) in json.dumps(results[1])
    last = events[-1]
    assert last["text"] == "Five words; the other file is not mine to read."
    assert last["iterations"] == 2 and last["usage"]["output_tokens"] == 40


def test_an_overload_and_a_cut_stream_are_retried_and_shown(inside: Inside) -> None:
    whole = Reply(text("All is well after all."))
    inside.monkeypatch.setattr(claude, "Patience", partial(claude.Patience, first_wait=0.0))
    with serving(Status(529, "overloaded_error", headers=NO_WAIT), cut(whole, 600), whole) as api:
        events = ask(inside, api, "hello")
    notices = [event["message"].lower() for event in of_type(events, "notice")]
    assert len(api.requests) == 3
    assert any("overloaded" in notice for notice in notices)
    assert events[-1]["text"] == "All is well after all."


def test_a_refused_key_ends_in_a_sentence_and_the_session_can_go_on(world: World, inside: Inside) -> None:
    with serving(Reply(text("hello again"))) as api:
        env = {**connected(world, api), "ANTHROPIC_API_KEY": "wrong"}
        done = blufio("ask", "hello", env=env, cwd=world.project)
        assert done.returncode == 1 and "ANTHROPIC_API_KEY" in done.stderr and done.stdout == ""
        sessions = inside("session", "list", "--json").json
        events = ask(inside, api, "hello?", "--resume", sessions[0]["session_id"])
    assert events[-1]["text"] == "hello again"
    assert "hello" in json.dumps(api.requests[0]["messages"][0])


def test_a_command_that_never_ends_is_cancelled_and_the_conversation_goes_on(world: World) -> None:
    endless = Reply(tool_use("toolu_1", "bash", {"command": "sleep 600"}))
    world.home.mkdir(exist_ok=True)
    (world.home / "config.toml").write_text('[commands]\nask = "commands"\n')
    with serving(endless, Reply(text("As you wish."))) as api:
        world_env = World(world.home, world.project, world.outside, connected(world, api))
        with world_env.terminal() as terminal:
            terminal.wait_for("Ask for something")
            terminal.send("wait for me")
            terminal.press("enter")
            terminal.wait_for("sleep 600")
            answer(terminal, "y")
            terminal.press("escape")
            terminal.wait_for("nterrupted")
            terminal.send("never mind")
            terminal.press("enter")
            terminal.wait_for("As you wish.")
            terminal.press("ctrl+q")
            assert terminal.wait_for_exit() == 0
    assert api.refused == []
