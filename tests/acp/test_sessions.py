"""Sessions that are stored, listed, loaded again; files that are not saved; servers that the editor names."""

import json
from typing import Any

import pytest
from acp import RequestError
from acp.schema import EnvVariable, HttpMcpServer, McpServerStdio, SseMcpServer

from blufio_tui.acp.mcp_servers import with_editors
from blufio_tui.core.mcp.server import FoundServers, ServerConfig
from tests.acp.conftest import Place
from tests.fakes.editor import FakeEditor, allow_once, connected
from tests.fakes.messages_api import MessagesApi, Reply, text, thinking, tool_use


async def test_a_stored_session_is_listed_and_shown_again_before_it_goes_on(place: Place) -> None:
    items = [{"text": "read", "state": "done"}]
    first = FakeEditor()
    read = tool_use("t1", "file", {"action": "read", "path": "README.md"})
    steps = [
        Reply(thinking("hm"), text("I read it."), read),
        Reply(tool_use("t2", "todo", {"items": items})),
        Reply(text("All done.")),
        Reply(text("Going on.")),
    ]
    async with MessagesApi(*steps) as api:
        async with connected(first, place.args(api.url)):
            session = await first.begin(place.project)
            await first.send(session, "Read the readme")
        again = FakeEditor()
        async with connected(again, place.args(api.url)):
            await again.agent.initialize(protocol_version=1, client_capabilities=again.capabilities)
            listed = await again.agent.list_sessions(cwd=str(place.project))
            assert [(one.session_id, one.title) for one in listed.sessions] == [(session, "Read the readme")]
            loaded = await again.agent.load_session(cwd=str(place.project), session_id=session, mcp_servers=[])
            assert loaded.modes.current_mode_id == "ask"
            about_the_session = {"available_commands_update", "config_option_update"}
            shown = [update for _, update in again.updates if update.session_update not in about_the_session]
            assert [update.session_update for update in shown] == [
                "user_message_chunk",
                "agent_thought_chunk",
                "agent_message_chunk",
                "tool_call",
                "agent_message_chunk",
                "plan",
            ]
            assert shown[0].content.text == "Read the readme"
            assert (shown[3].status, shown[3].kind) == ("completed", "read")
            await again.send(session, "Go on")
        assert "Read the readme" in json.dumps(api.requests[-1]["messages"])


async def test_a_session_that_is_not_there_and_a_folder_that_is_none_are_errors(place: Place) -> None:
    editor = FakeEditor()
    async with MessagesApi() as api, connected(editor, place.args(api.url)):
        await editor.begin(place.project)
        with pytest.raises(RequestError):
            await editor.agent.load_session(cwd=str(place.project), session_id="nope", mcp_servers=[])
        with pytest.raises(RequestError, match="does not exist"):
            await editor.agent.new_session(cwd=str(place.project / "nothing"), mcp_servers=[])
        with pytest.raises(RequestError):
            await editor.agent.new_session(cwd="relative", mcp_servers=[])
        with pytest.raises(RequestError):
            await editor.send("nope", "hello")


@pytest.mark.parametrize("is_open", [True, False])
async def test_a_conversation_is_opened_only_in_its_own_folder(place: Place, is_open: bool) -> None:
    editor = FakeEditor()
    other = place.project.parent / "other"
    other.mkdir()
    (place.project.parent / "link").symlink_to(place.project)
    async with MessagesApi(Reply(text("hi"))) as api, connected(editor, place.args(api.url)):
        session = await editor.begin(place.project)
        await editor.send(session, "something private")
        if not is_open:
            await editor.agent.close_session(session_id=session)
        editor.updates.clear()
        for folder in (str(other), str(other / ".."), "/", "relative", "/\0"):
            for opening in (editor.agent.load_session, editor.agent.resume_session):
                with pytest.raises(RequestError):
                    await opening(cwd=folder, session_id=session, mcp_servers=[])
        assert "private" not in str(editor.updates)
        await editor.agent.load_session(cwd=str(place.project.parent / "link"), session_id=session, mcp_servers=[])
        assert "private" in str(editor.updates)


@pytest.mark.parametrize("folder", ["", ".", "..", "~", "a/../b", "/\0", "/\ud800", "/" + "a" * 5000, "/a" * 5000])
async def test_a_folder_that_cannot_be_one_is_an_error_with_a_sentence(place: Place, folder: str) -> None:
    editor = FakeEditor()
    async with MessagesApi() as api, connected(editor, place.args(api.url)):
        await editor.agent.initialize(protocol_version=1, client_capabilities=editor.capabilities)
        with pytest.raises(RequestError, match=r"absolute path|no project folder here") as refused:
            await editor.agent.new_session(cwd=folder, mcp_servers=[])
        assert refused.value.code == -32602


async def test_a_folder_that_holds_everything_is_said(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(place.project))
    editor = FakeEditor()
    async with MessagesApi(Reply(text("hi"))) as api, connected(editor, place.args(api.url)):
        await editor.send(await editor.begin(place.project), "hello")
    assert "The project folder is your home folder" in editor.said()


async def test_a_closed_session_is_stored_and_not_open(place: Place) -> None:
    editor = FakeEditor()
    async with MessagesApi(Reply(text("hi"))) as api, connected(editor, place.args(api.url)):
        session = await editor.begin(place.project)
        await editor.send(session, "Remember me")
        await editor.agent.close_session(session_id=session)
        with pytest.raises(RequestError):
            await editor.send(session, "again")
        await editor.agent.load_session(cwd=str(place.project), session_id=session, mcp_servers=[])
    assert [update.content.text for update in editor.of("user_message_chunk")] == ["Remember me"]


async def test_a_file_with_unsaved_changes_is_read_in_the_editor_and_not_written(place: Place) -> None:
    editor = FakeEditor(choose=allow_once)
    file = place.project / "README.md"
    editor.buffers[str(file)] = "one two three\nnot saved yet\n"
    edits = {"path": "README.md", "edits": [{"old": "not saved yet", "new": "x"}]}
    steps = [
        Reply(tool_use("t1", "file", {"action": "read", "path": "README.md"})),
        Reply(tool_use("t2", "edit", edits)),
        Reply(tool_use("t3", "file", {"action": "write", "path": "README.md", "content": "mine"})),
        Reply(text("ok")),
        Reply(tool_use("t4", "edit", edits)),
        Reply(text("ok")),
    ]
    async with MessagesApi(*steps) as api, connected(editor, place.args(api.url)):
        session = await editor.begin(place.project)
        await editor.send(session, "edit")
        results = results_of(api)
        assert "not saved yet" in results["t1"]
        assert "has changes in the editor that are not saved" in results["t2"]
        assert "has changes in the editor that are not saved" in results["t3"]
        assert file.read_text() == "one two three\n"
        file.write_text(editor.buffers[str(file)])  # saved
        await editor.send(session, "again")
    assert file.read_text() == "one two three\nx\n"


async def test_the_editor_is_not_asked_for_what_the_policy_refuses_or_the_disk_does_not_have(place: Place) -> None:
    editor = FakeEditor()
    missing = place.project / "missing.txt"
    secret = place.home / "grants.toml"
    editor.buffers = {str(missing): "made up", str(secret): "made up"}
    calls = [tool_use(f"t{n}", "file", {"action": "read", "path": str(p)}) for n, p in enumerate((missing, secret))]
    async with MessagesApi(Reply(*calls), Reply(text("ok"))) as api:
        async with connected(editor, place.args(api.url)):
            await editor.send(await editor.begin(place.project), "read")
        results = results_of(api)
    assert "made up" not in "".join(results.values())
    assert editor.read == []


async def test_an_editor_without_files_is_never_asked_for_one(place: Place) -> None:
    editor = FakeEditor(reads_files=False)
    call = tool_use("t1", "file", {"action": "read", "path": "README.md"})
    async with MessagesApi(Reply(call), Reply(text("ok"))) as api:
        async with connected(editor, place.args(api.url)):
            await editor.send(await editor.begin(place.project), "read")
        assert "one two three" in results_of(api)["t1"]
    assert editor.read == []


def results_of(api: MessagesApi) -> dict[str, str]:
    blocks = [block for message in api.requests[-1]["messages"] for block in message["content"]]
    return {b["tool_use_id"]: json.dumps(b["content"]) for b in blocks if b["type"] == "tool_result"}


def stdio(name: str, **more: Any) -> McpServerStdio:
    return McpServerStdio(**{"name": name, "command": "server", "args": [], "env": [], **more})


def test_servers_of_the_editor_join_those_of_the_person() -> None:
    own = FoundServers((ServerConfig("notes", command="mine"), ServerConfig("my_own", command="mine")))
    asked = [
        stdio("Notes"),
        stdio("my-own"),
        stdio("sums", args=["-v"], env=[EnvVariable(name="A", value="b")]),
        HttpMcpServer(type="http", name="far", url="https://example.org/mcp", headers=[]),
        SseMcpServer(type="sse", name="old", url="https://example.org/sse", headers=[]),
        stdio("sly", args=["${ANTHROPIC_API_KEY}"]),
        stdio("bad name!"),
    ]
    found = with_editors(own, asked, "/p")
    assert [server.name for server in found.servers] == ["notes", "my_own", "far", "sums"]
    assert found.servers[0].command == "mine"
    assert found.servers[3].env == (("A", "b"),)
    assert [server.project for server in found.servers] == ["", "", "/p", "/p"]
    said = "\n".join(found.problems)
    for name in ("Notes", "my-own", "old", "sly", "bad name!"):
        assert name in said


def test_what_is_granted_to_an_editors_server_is_granted_in_its_project_alone() -> None:
    """`server` of one project may be another program in another, and is not one that the person configured."""
    here, there = (with_editors(FoundServers(), [stdio("sums")], project).servers[0] for project in ("/a", "/b"))
    mine = ServerConfig("sums", command="server")
    assert len({here.digest, there.digest, mine.digest}) == len({here.identity, there.identity, mine.identity}) == 3
