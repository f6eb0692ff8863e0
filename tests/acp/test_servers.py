"""MCP servers that an editor brings: real ones, called, asked about and refused, over the protocol."""

import json
import shutil
from pathlib import Path

import pytest
from acp.schema import EnvVariable, McpServerStdio

from blufio_tui.adapters.cage.program_side.probe import why_not
from tests.acp.conftest import Place
from tests.fakes import mcp_server
from tests.fakes.editor import FakeEditor, allow_once, connected, refuse
from tests.fakes.messages_api import MessagesApi, Reply, text, tool_use
from tests.fakes.server_room import PYTHON

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not() or "a cage can be made")


async def _begin(editor: FakeEditor, place: Place) -> str:
    """A session with the server `fake`, as an editor names it."""
    shutil.copy(Path(mcp_server.__file__), place.project / "server.py")
    server = McpServerStdio(
        name="fake", command=PYTHON, args=["server.py"], env=[EnvVariable(name="GIVEN", value="by the editor")]
    )
    await editor.agent.initialize(protocol_version=1, client_capabilities=editor.capabilities)
    return (await editor.agent.new_session(cwd=str(place.project), mcp_servers=[server])).session_id


def _result(api: MessagesApi) -> str:
    (block,) = api.requests[-1]["messages"][-1]["content"]
    return str(block["content"])


async def test_a_server_of_the_editor_is_started_in_the_cage_and_called(place: Place) -> None:
    editor = FakeEditor()
    calls = Reply(tool_use("t1", "fake__add", {"a": 2, "b": 40})), Reply(tool_use("t2", "fake__environment", {}))
    async with MessagesApi(*calls, Reply(text("done"))) as api, connected(editor, place.args(api.url)):
        session = await _begin(editor, place)
        await editor.send(session, "add")
        offered = [tool["name"] for tool in api.requests[0]["tools"]]
        given = json.loads(_result(api))
    assert "fake__add" in offered
    assert given["GIVEN"] == "by the editor"
    assert not {"ANTHROPIC_API_KEY", "BLUFIO_HOME"} & set(given)
    assert editor.asked == []
    shown = "\n".join(item.content.text for update in editor.of("tool_call_update") for item in update.content or ())
    assert '"sum": 42' in shown
    assert "✓ exec `fake__add`" in shown


async def test_its_prompts_and_resources_are_had_by_name(place: Place) -> None:
    editor = FakeEditor()
    async with MessagesApi(Reply(text("one")), Reply(text("two"))) as api, connected(editor, place.args(api.url)):
        session = await _begin(editor, place)
        await editor.send(session, "/fake:essay the rain")
        assert "Write an essay about the rain." in json.dumps(api.requests[-1]["messages"][-1])
        await editor.send(session, "look at @fake:memo://one please")
        assert "the memo at memo://one" in json.dumps(api.requests[-1]["messages"][-1])


@pytest.mark.parametrize(("choose", "action"), [(refuse, "decline"), (allow_once, "accept")])
async def test_what_it_asks_the_person_is_a_question_where_yes_or_no_is_the_answer(
    place: Place, choose: object, action: str
) -> None:
    editor = FakeEditor(choose=choose)  # type: ignore[arg-type]
    call = tool_use(
        "t1", "fake__elicit", {"message": "Go on?", "requestedSchema": {"type": "object", "properties": {}}}
    )
    async with MessagesApi(Reply(call), Reply(text("done"))) as api, connected(editor, place.args(api.url)):
        await editor.send(await _begin(editor, place), "go")
        assert f'"action": "{action}"' in _result(api)
    ((asked, _),) = editor.asked
    assert "» Go on?" in "\n".join(item.content.text for item in asked.content or ())


async def test_nobody_is_asked_about_a_form_that_the_editor_cannot_show(place: Place) -> None:
    editor = FakeEditor(choose=allow_once)
    schema = {"type": "object", "properties": {"name": {"type": "string"}}}
    call = tool_use("t1", "fake__elicit", {"message": "Who are you?", "requestedSchema": schema})
    async with MessagesApi(Reply(call), Reply(text("done"))) as api, connected(editor, place.args(api.url)):
        await editor.send(await _begin(editor, place), "go")
        assert '"action": "cancel"' in _result(api)
    assert not editor.asked


async def test_a_file_outside_is_asked_about_in_the_editor_by_the_name_of_the_server(
    place: Place, tmp_path: Path
) -> None:
    outside = tmp_path / "secret.txt"
    outside.write_text("the secret")
    editor = FakeEditor(choose=refuse)
    call = tool_use("t1", "fake__read_file", {"path": str(outside)})
    async with MessagesApi(Reply(call), Reply(text("done"))) as api, connected(editor, place.args(api.url)):
        await editor.send(await _begin(editor, place), "go")
        assert "the secret" not in json.dumps(api.requests[-1]["messages"])
    ((asked, _),) = editor.asked
    assert "mcp:fake" in "\n".join([asked.title or "", *(item.content.text for item in asked.content or ())])
