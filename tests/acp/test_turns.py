"""Turns as an editor sees them, over the protocol, with a model on loopback."""

import asyncio
import base64
import json
import sqlite3
from typing import Any

import pytest
from acp import RequestError, image_block, resource_link_block, text_block
from acp.schema import EmbeddedResourceContentBlock, TextResourceContents

from blufio_tui.acp import questions
from tests.acp.conftest import Place
from tests.fakes.editor import FakeEditor, allow_once, connected, refuse
from tests.fakes.messages_api import MessagesApi, Reply, Status, Stream, recorded, text, thinking, tool_use

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


async def test_text_and_thoughts_stream_and_the_turn_says_how_it_ended(place: Place) -> None:
    editor = FakeEditor()
    async with (
        MessagesApi(Reply(thinking("let me see"), text("Good morning."))) as api,
        connected(editor, place.args(api.url)),
    ):
        session = await editor.begin(place.project)
        answer = await editor.send(session, "Greet the crew")
    assert answer.stop_reason == "end_turn"
    assert answer.usage.input_tokens == 100
    assert editor.said() == "Good morning."
    assert "".join(update.content.text for update in editor.of("agent_thought_chunk")) == "let me see"
    assert [update.title for update in editor.of("session_info_update")] == ["Greet the crew"]


async def test_a_call_is_shown_with_its_file_its_effect_and_its_result(place: Place) -> None:
    editor = FakeEditor()
    call = tool_use("t1", "file", {"action": "read", "path": "README.md"})
    async with MessagesApi(Reply(call), Reply(text("done"))) as api, connected(editor, place.args(api.url)):
        await editor.send(await editor.begin(place.project), "read it")
    (start,) = editor.of("tool_call")
    assert (start.kind, start.status, start.raw_input["path"]) == ("read", "in_progress", "README.md")
    assert [place.path for place in start.locations] == [str(place.project / "README.md")]
    last = editor.of("tool_call_update")[-1]
    shown = "\n".join(item.content.text for item in last.content)
    assert last.tool_call_id == start.tool_call_id
    assert last.status == "completed"
    assert "one two three" in shown
    assert f"✓ fs.read `{place.project / 'README.md'}`" in shown


async def test_a_question_offers_a_refusal_first_and_says_what_each_answer_stores(place: Place) -> None:
    editor = FakeEditor(choose=allow_once)
    call = tool_use("t1", "file", {"action": "write", "path": "new.txt", "content": "fresh\n"})
    async with MessagesApi(Reply(call), Reply(text("written"))) as api, connected(editor, place.args(api.url)):
        await editor.send(await editor.begin(place.project), "write it")
    (asked, options) = editor.asked[0]
    assert options[0].kind == "reject_once"
    assert {option.kind for option in options} == {"reject_once", "allow_once", "allow_always", "reject_always"}
    lasting = [option.name for option in options if option.kind == "allow_always"]
    assert any("until this session ends" in name or "this session" in name for name in lasting)
    assert f"`file` wants to write `{place.project / 'new.txt'}`" in asked.title
    assert asked.title in asked.content[0].content.text
    assert (place.project / "new.txt").read_text() == "fresh\n"
    diffs = [item for item in editor.of("tool_call")[0].content if item.type == "diff"]
    assert [(one.path, one.old_text, one.new_text) for one in diffs] == [
        (str(place.project / "new.txt"), None, "fresh\n")
    ]
    assert [u.status for u in editor.of("tool_call_update") if u.tool_call_id == asked.tool_call_id] == ["completed"]


def decisions(place: Place) -> list[tuple[str, str, str]]:
    """Each decision in the log that is not a request to the model: the answer, by whom, and why."""
    with sqlite3.connect(place.home / "blufio.db") as database:
        return database.execute(
            "SELECT decision, decided_by, rule FROM audit WHERE row_type = 'decision' AND kind = 'fs.write'"
        ).fetchall()


@pytest.mark.parametrize(
    ("chosen", "by", "why"),
    [
        ("0", "user", "denied by you"),
        ("17", "mode", "denied: the editor sent an answer that was not offered"),
        ("", "mode", "denied: the editor closed the question without an answer"),
        (None, "mode", "denied: the editor closed the question without an answer"),
    ],
)
async def test_a_refusal_a_closed_question_and_an_answer_never_offered_all_mean_no(
    place: Place, chosen: str | None, by: str, why: str
) -> None:
    editor = FakeEditor(choose=lambda _call, _options: chosen)
    call = tool_use("t1", "file", {"action": "write", "path": "new.txt", "content": "x"})
    async with MessagesApi(Reply(call), Reply(text("so be it"))) as api:
        async with connected(editor, place.args(api.url)):
            await editor.send(await editor.begin(place.project), "write it")
        result = api.requests[-1]["messages"][-1]["content"][0]
    assert result["is_error"]
    assert not (place.project / "new.txt").exists()
    row = editor.asked[0][0].tool_call_id
    assert [u.status for u in editor.of("tool_call_update") if u.tool_call_id == row] == ["failed"]
    ((decision, decided_by, rule),) = decisions(place)
    assert (decision, decided_by, rule.startswith(why)) == ("deny", by, True)


async def test_an_answer_for_the_session_is_not_asked_again_in_it_and_is_in_another(place: Place) -> None:
    def for_the_session(_call: Any, options: Any) -> str:
        return next(
            one.option_id for one in options if one.kind == "allow_always" and one.name.startswith("This session")
        )

    editor = FakeEditor(choose=for_the_session)
    calls = [tool_use(f"t{n}", "file", {"action": "write", "path": "a.txt", "content": str(n)}) for n in range(3)]
    steps = [step for call in calls for step in (Reply(call), Reply(text("ok")))]
    async with MessagesApi(*steps) as api, connected(editor, place.args(api.url)):
        first = await editor.begin(place.project)
        await editor.send(first, "one")
        await editor.send(first, "two")
        assert len(editor.asked) == 1
        other = (await editor.agent.new_session(cwd=str(place.project), mcp_servers=[])).session_id
        await editor.send(other, "three")
    assert len(editor.asked) == 2


async def test_cancelling_ends_the_turn_and_withdraws_its_question(place: Place) -> None:
    never = asyncio.Event()

    async def wait(_call: Any, _options: Any) -> None:
        await never.wait()

    editor = FakeEditor(choose=wait)
    call = tool_use("t1", "file", {"action": "write", "path": "new.txt", "content": "x"})
    async with MessagesApi(Reply(call)) as api, connected(editor, place.args(api.url)):
        session = await editor.begin(place.project)
        sending = asyncio.create_task(editor.send(session, "write it"))
        await editor.until(lambda: bool(editor.asked))
        await editor.agent.cancel(session_id=session)
        assert (await sending).stop_reason == "cancelled"
        answer = await editor.send(session, "go on")
        assert answer.stop_reason == "end_turn"
    never.set()
    assert decisions(place) == [("deny", "mode", "denied: the call was ended before anybody answered")]
    assert not (place.project / "new.txt").exists()


async def test_a_second_prompt_while_a_turn_runs_is_refused(place: Place) -> None:
    editor = FakeEditor()
    whole = recorded(Reply(text("half a word")))
    hanging = Stream(whole[: whole.index(b"event: message_delta")], hang=True)
    async with MessagesApi(hanging) as api, connected(editor, place.args(api.url)):
        session = await editor.begin(place.project)
        sending = asyncio.create_task(editor.send(session, "one"))
        await editor.until(lambda: bool(editor.of("agent_message_chunk")))
        with pytest.raises(RequestError, match="A turn is running"):
            await editor.send(session, "two")
        await editor.agent.cancel(session_id=session)
        assert (await sending).stop_reason == "cancelled"


async def test_a_failure_of_the_model_is_an_error_with_a_sentence(place: Place) -> None:
    editor = FakeEditor()
    async with (
        MessagesApi(Status(400, "invalid_request_error", "no credit left")) as api,
        connected(editor, place.args(api.url)),
    ):
        session = await editor.begin(place.project)
        with pytest.raises(RequestError, match="no credit left"):
            await editor.send(session, "hello")


async def test_the_todo_list_is_the_plan(place: Place) -> None:
    editor = FakeEditor()
    items = [
        {"text": "look", "state": "done"},
        {"text": "write", "state": "running"},
        {"text": "t", "state": "pending"},
    ]
    async with (
        MessagesApi(Reply(tool_use("t1", "todo", {"items": items})), Reply(text("ok"))) as api,
        connected(editor, place.args(api.url)),
    ):
        await editor.send(await editor.begin(place.project), "plan")
    (plan,) = editor.of("plan")
    assert [(entry.content, entry.status) for entry in plan.entries] == [
        ("look", "completed"),
        ("write", "in_progress"),
        ("t", "pending"),
    ]
    assert editor.of("tool_call") == []


async def test_output_of_a_command_is_shown_while_it_runs(place: Place) -> None:
    """The command ends only once its first line was seen."""
    editor = FakeEditor(choose=allow_once)
    waits = "echo first; while [ ! -e go ]; do sleep 0.05; done; echo last"
    async with (
        MessagesApi(Reply(tool_use("t1", "bash", {"command": waits})), Reply(text("ok"))) as api,
        connected(editor, place.args(api.url, mode="allow-all")),
    ):
        session = await editor.begin(place.project)
        sending = asyncio.create_task(editor.send(session, "run"))
        await editor.until(
            lambda: any("first" in shown(update) for update in editor.of("tool_call_update") if not update.status)
        )
        (place.project / "go").touch()
        await sending
    last = editor.of("tool_call_update")[-1]
    assert last.status == "completed"
    assert "first" in shown(last)
    assert "last" in shown(last)


def shown(update: Any) -> str:
    return "\n".join(item.content.text for item in update.content or [] if item.type == "content")


async def test_what_goes_with_a_prompt_reaches_the_model(place: Place) -> None:
    editor = FakeEditor()
    (place.project / "with space.txt").write_text("the linked text\n")
    (place.project / "typed.txt").write_text("the typed text\n")
    uri = (place.project / "with space.txt").as_uri()
    prompt = [
        text_block("look at "),
        resource_link_block("x", uri),
        text_block(" and @typed.txt, "),
        EmbeddedResourceContentBlock(
            type="resource", resource=TextResourceContents(uri="zed:///selection", text="the selected text")
        ),
        image_block(base64.b64encode(PNG).decode(), "image/png"),
        image_block("!!!", "image/png"),
    ]
    async with MessagesApi(Reply(text("seen"))) as api:
        async with connected(editor, place.args(api.url)):
            session = await editor.begin(place.project)
            await editor.agent.prompt(session_id=session, prompt=prompt)
        sent = json.dumps(api.requests[0]["messages"])
    for piece in ("the linked text", "the typed text", "the selected text", base64.b64encode(PNG).decode()):
        assert piece in sent
    assert "An image is left out: it is not base64." in editor.said()


async def test_a_linked_file_outside_the_project_is_asked_about(place: Place) -> None:
    editor = FakeEditor(choose=refuse)
    outside = place.project.parent / "outside.txt"
    outside.write_text("not yours\n")
    async with MessagesApi(Reply(text("seen"))) as api:
        async with connected(editor, place.args(api.url)):
            session = await editor.begin(place.project)
            prompt = [text_block("look "), resource_link_block("x", outside.as_uri())]
            await editor.agent.prompt(session_id=session, prompt=prompt)
        assert "not yours" not in json.dumps(api.requests)
    assert len(editor.asked) == 1
    assert "is not attached" in editor.said()


async def test_modes_and_models_can_be_chosen(place: Place) -> None:
    editor = FakeEditor()
    models = [{"id": "claude-sonnet-5-5", "display_name": "Sonnet"}, {"id": "other-model", "display_name": "Other"}]
    call = tool_use("t1", "file", {"action": "write", "path": "new.txt", "content": "x"})
    async with MessagesApi(Reply(call), Reply(text("ok")), models=models) as api:
        async with connected(editor, place.args(api.url)):
            await editor.agent.initialize(protocol_version=1, client_capabilities=editor.capabilities)
            opened = await editor.agent.new_session(cwd=str(place.project), mcp_servers=[])
            session = opened.session_id
            assert opened.modes.current_mode_id == "ask"
            assert [mode.id for mode in opened.modes.available_modes][:3] == ["ask", "accept-edits", "plan"]
            await editor.until(lambda: bool(editor.of("config_option_update")))
            by_mode, option = editor.of("config_option_update")[0].config_options
            assert (by_mode.category, by_mode.current_value) == ("mode", "ask")
            assert (option.category, option.current_value) == ("model", "claude-sonnet-5-5")
            assert [choice.name for choice in option.options] == ["Sonnet", "Other"]
            await editor.agent.set_session_mode(session_id=session, mode_id="accept-edits")
            await editor.agent.set_config_option(config_id="model", session_id=session, value="other-model")
            with pytest.raises(RequestError):
                await editor.agent.set_session_mode(session_id=session, mode_id="root")
            with pytest.raises(RequestError):
                await editor.agent.set_config_option(config_id="model", session_id=session, value="no-such-model")
            await editor.send(session, "write")
        assert {request["model"] for request in api.requests} == {"other-model"}
    assert editor.asked == []
    assert (place.project / "new.txt").exists()


async def test_own_commands_are_offered_and_stand_for_their_prompt(place: Place) -> None:
    editor = FakeEditor()
    folder = place.project / ".claude" / "commands"
    folder.mkdir(parents=True)
    (folder / "review.md").write_text("---\ndescription: Look it over\nargument-hint: file\n---\nReview $1 well.")
    async with MessagesApi(Reply(text("ok"))) as api:
        async with connected(editor, place.args(api.url)):
            session = await editor.begin(place.project)
            await editor.until(lambda: bool(editor.of("available_commands_update")))
            offered = {one.name: one for one in editor.of("available_commands_update")[0].available_commands}
            assert offered["review"].description == "Look it over"
            assert offered["review"].input.root.hint == "file"
            await editor.send(session, "/review main.py")
        assert "Review main.py well." in json.dumps(api.requests[0]["messages"])


async def test_an_approved_plan_sets_the_mode_and_tells_the_editor(place: Place) -> None:
    def approve(_call: Any, options: Any) -> str:
        return next(one.option_id for one in options if one.name.startswith("Approve the plan; the mode is then ask"))

    editor = FakeEditor(choose=approve)
    async with (
        MessagesApi(Reply(tool_use("t1", "plan", {"markdown": "1. look"})), Reply(text("ok"))) as api,
        connected(editor, place.args(api.url, mode="plan")),
    ):
        await editor.send(await editor.begin(place.project), "plan it")
    assert editor.asked[0][0].title == "A plan from the model"
    assert [update.current_mode_id for update in editor.of("current_mode_update")] == ["ask"]


async def test_the_models_question_is_answered_by_an_option_and_without_options_in_its_reply(place: Place) -> None:
    def second(_call: Any, options: Any) -> str:
        return options[2].option_id

    editor = FakeEditor(choose=second)
    asks = tool_use("t1", "ask_user", {"question": "Which?", "options": ["red", "blue"]})
    bare = tool_use("t2", "ask_user", {"question": "What?"})
    async with MessagesApi(Reply(asks), Reply(bare), Reply(text("ok"))) as api:
        async with connected(editor, place.args(api.url)):
            await editor.send(await editor.begin(place.project), "ask")
        results = json.dumps(api.requests[-1]["messages"])
    assert "The person answers: blue" in results
    assert len(editor.asked) == 1


async def test_an_editor_that_goes_while_it_is_asked_allows_nothing(place: Place) -> None:
    never = asyncio.Event()

    async def wait(_call: Any, _options: Any) -> None:
        await never.wait()

    editor = FakeEditor(choose=wait)
    call = tool_use("t1", "file", {"action": "write", "path": "new.txt", "content": "x"})
    async with MessagesApi(Reply(call)) as api:
        async with connected(editor, place.args(api.url)):
            session = await editor.begin(place.project)
            sending = asyncio.create_task(editor.send(session, "Write it"))
            await editor.until(lambda: bool(editor.asked))
        with pytest.raises(ConnectionError):
            await sending
        assert not (place.project / "new.txt").exists()
        assert decisions(place) == [("deny", "mode", "denied: the editor ended the connection before anybody answered")]
        again = FakeEditor()
        async with connected(again, place.args(api.url)):
            await again.agent.load_session(cwd=str(place.project), session_id=session, mcp_servers=[])
    never.set()
    assert [update.content.text for update in again.of("user_message_chunk")] == ["Write it"]
    assert [update.status for update in again.of("tool_call")] == ["failed"]


async def test_hostile_names_in_a_question_stay_within_their_place(place: Place) -> None:
    editor = FakeEditor(choose=refuse)
    write = {"action": "write", "path": "a`**b**`\u202etxt.md", "content": "```\n# Allowed\n```\x1b[2J"}
    steps = Reply(tool_use("t1", "file", write)), Reply(text("ok"))
    async with MessagesApi(*steps) as api, connected(editor, place.args(api.url, mode="read-only")):
        session = await editor.begin(place.project)
        await editor.agent.set_config_option(config_id="mode", session_id=session, value="ask")
        await editor.send(session, "write")
    ((asked, options),) = editor.asked
    words = asked.title + "".join(item.content.text for item in asked.content if item.type == "content")
    assert "\u202e" not in words
    assert "\x1b" not in words
    assert asked.title.endswith("/a`**b**`\\u202etxt.md``")
    assert options[0].kind == "reject_once"
    assert [update.current_mode_id for update in editor.of("current_mode_update")] == ["ask"]


async def test_what_is_too_long_to_be_shown_whole_is_refused_and_the_rest_is_shown_whole(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = FakeEditor(choose=allow_once)
    calls = [
        tool_use("t1", "file", {"action": "write", "path": "long.txt", "content": "line\n" * 20_000 + "the end\n"}),
        tool_use("t2", "file", {"action": "write", "path": "longer.txt", "content": "line\n" * 50_000}),
    ]
    monkeypatch.setattr(questions, "MAX_ASKED", 200_000)
    async with (
        MessagesApi(*[Reply(call) for call in calls], Reply(text("done"))) as api,
        connected(editor, place.args(api.url)),
    ):
        await editor.send(await editor.begin(place.project), "write them")
        told = api.requests[-1]["messages"][-1]["content"][0]["content"]
        assert "DENIED fs.write longer.txt" in str(told)
        assert "has more than 200,000 characters, too many to be shown in the editor" in str(told)
        assert "split it into smaller calls" in str(told)
        assert "nobody can be asked" not in str(told)
    assert "too many to be shown in the editor" in str(editor.of("tool_call_update"))
    ((asked, _),) = editor.asked
    assert "the end" in asked.content[1].content.text
    assert sorted(path.name for path in place.project.glob("long*")) == ["long.txt"]


async def test_compact_is_a_command_and_no_prompt(place: Place) -> None:
    editor = FakeEditor()
    async with MessagesApi(Reply(text("hi"))) as api, connected(editor, place.args(api.url)):
        session = await editor.begin(place.project)
        await editor.send(session, "hello")
        assert (await editor.send(session, "/compact keep the names")).stop_reason == "end_turn"
        assert "/compact" not in json.dumps(api.requests)


async def test_an_empty_prompt_is_said(place: Place) -> None:
    editor = FakeEditor()
    async with MessagesApi() as api, connected(editor, place.args(api.url)):
        with pytest.raises(RequestError):
            await editor.send(await editor.begin(place.project), "  ")
        assert api.requests == []


async def test_sessions_run_side_by_side_each_with_its_own_mode(place: Place) -> None:
    editor = FakeEditor()
    write = {"action": "write", "path": "a.txt", "content": "x"}
    steps = [Reply(tool_use("t1", "file", write)), Reply(text("ok")), Reply(tool_use("t2", "file", write))]
    async with MessagesApi(*steps) as api, connected(editor, place.args(api.url)):
        free = await editor.begin(place.project)
        asking = (await editor.agent.new_session(cwd=str(place.project), mcp_servers=[])).session_id
        await editor.agent.set_session_mode(session_id=free, mode_id="accept-edits")
        await editor.send(free, "write")
        assert editor.asked == []
        await editor.send(asking, "write")
        assert len(editor.asked) == 1


async def test_loading_a_session_twice_at_once_opens_it_once(place: Place) -> None:
    first, again = FakeEditor(), FakeEditor()
    async with MessagesApi(Reply(text("hi"))) as api:
        async with connected(first, place.args(api.url)):
            session = await first.begin(place.project)
            await first.send(session, "hello")
        async with connected(again, place.args(api.url)) as agent:
            loads = [again.agent.load_session(cwd=str(place.project), session_id=session) for _ in range(3)]
            await asyncio.gather(*loads)
            assert len(agent._sessions) == 1


async def test_the_offline_guide_answers_without_a_model_and_counts_no_tokens(place: Place) -> None:
    editor = FakeEditor()
    async with connected(editor, place.args("", offline=True)):
        await editor.send(await editor.begin(place.project), "count the words in README.md")
    assert editor.of("tool_call")[0].title.startswith("`text_stats`")
    assert "**3**" in editor.said()
    assert editor.of("usage_update") == []
