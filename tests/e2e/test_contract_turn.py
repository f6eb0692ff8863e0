"""`ask --json` and the built-in tools as the contract says, against a server that speaks the Messages API."""

import json
from contextlib import closing
from typing import Any

import pytest

from blufio_tui.adapters.storage.database import Database
from blufio_tui.core.skills.skill import BUILT_IN_TOOLS
from tests.e2e.conftest import World
from tests.e2e.in_process import Inside
from tests.e2e.skills import module, write_skill
from tests.fakes.messages_api import KEY, MessagesApi, Reply, serving, text, tool_use
from tests.fakes.skill_folders import put_in_place

DONE = Reply(text("done"))


@pytest.fixture
def inside(world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Inside:
    return Inside(world, monkeypatch, capsys)


def connect(inside: Inside, api: MessagesApi) -> None:
    inside.monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    inside.monkeypatch.setenv("ANTHROPIC_BASE_URL", api.url)


def results(api: MessagesApi) -> dict[str, tuple[bool, str]]:
    """The tool results of the requests after the first, by the call's id: is_error and text."""
    blocks = [block for request in api.requests[1:] for block in request["messages"][-1]["content"]]
    return {block["tool_use_id"]: (bool(block.get("is_error")), str(block["content"])) for block in blocks}


def test_out_of_the_box_the_file_tool_reads_the_project_and_all_else_is_denied(inside: Inside) -> None:
    calls = Reply(
        tool_use("read", "file", {"action": "read", "path": "README.md"}),
        tool_use("list", "file", {"action": "list", "path": "."}),
        tool_use("outside", "file", {"action": "read", "path": str(inside.world.outside)}),
        tool_use("write", "file", {"action": "write", "path": "new.txt", "content": "x"}),
        tool_use("behind", "bash", {"command": "touch made"}),
        tool_use("http", "http", {"url": "http://example.com/"}),
        tool_use("skill", "load_skill", {"name": "text-stats"}),
        tool_use("escape", "load_skill", {"name": "text-stats", "file": "../../secret"}),
    )
    with serving(calls, Reply(tool_use("bash", "bash", {"command": "touch made"})), DONE) as api:
        connect(inside, api)
        events = inside("ask", "go", "--json").lines
    seen = results(api)
    assert seen["behind"][1].startswith("NOT RUN: it came after call 4 (file write new.txt), which was denied.")
    assert {name for name, (is_error, _) in seen.items() if not is_error} == {"read", "list", "skill"}
    assert "one two three" in seen["read"][1] and "README.md" in seen["list"][1] and "text_stats" in seen["skill"][1]
    denied = {
        event["call_id"]: event for event in events if event["type"] == "host_call" and event["decision"] == "deny"
    }
    kinds = {name: event["kind"] for name, event in denied.items()}
    assert kinds == {"outside": "fs.read", "write": "fs.write", "bash": "exec", "http": "net"}
    assert {event["decided_by"] for event in denied.values()} == {"mode"}
    assert sorted(path.name for path in inside.world.project.iterdir()) == ["README.md"]


def test_the_tools_take_the_inputs_of_the_contract(inside: Inside) -> None:
    with serving(DONE) as api:
        connect(inside, api)
        inside("ask", "go")
    tools = {tool["name"]: tool["input_schema"] for tool in api.requests[0]["tools"]}
    assert list(tools) == sorted(tools)
    expected: dict[str, tuple[set[str], set[str]]] = {
        "bash": ({"command"}, {"cwd", "timeout_secs", "background"}),
        "edit": ({"path", "edits"}, set()),
        "search": ({"pattern"}, {"path", "glob", "mode", "context", "limit"}),
        "find": ({"glob"}, {"path"}),
        "http": ({"url"}, {"method", "headers", "body", "raw"}),
        "file": ({"action", "path"}, {"content", "offset", "limit", "column"}),
    }
    assert not tools.keys() & {"load_skill", "plan", "job_output", "job_kill"}
    for name, (required, optional) in expected.items():
        assert set(tools[name]["required"]) == required
        assert set(tools[name]["properties"]) == required | optional
    assert tools["file"]["properties"]["action"]["enum"] == ["read", "write", "list"]


def test_after_the_last_iteration_one_request_forbids_tools(inside: Inside) -> None:
    assert inside("config", "set", "agent.max_tool_iterations", "2").code == 0
    steps = [Reply(tool_use(f"t{number}", "text_stats", {"text": "a b"})) for number in range(2)]
    with serving(*steps, Reply(text("two words"))) as api:
        connect(inside, api)
        done = inside("ask", "go", "--json")
    last = done.lines[-1]
    assert (done.code, last["stop_reason"]) == (1, "max_iterations")
    assert [request.get("tool_choice") for request in api.requests] == [None, None, {"type": "none"}]
    assert (last["type"], last["text"], last["iterations"]) == ("turn_finished", "two words", 3)


def test_events_have_the_fields_of_the_contract(inside: Inside) -> None:
    with serving(Reply(tool_use("t1", "text_stats", {"path": "README.md"})), DONE) as api:
        connect(inside, api)
        events = inside("ask", "go", "--json").lines
    fields: dict[str, set[str]] = {
        "tool_call_started": {"call_id", "tool", "input"},
        "host_call": {"call_id", "kind", "resource", "decision", "decided_by", "outcome", "duration_ms"},
        "tool_call_finished": {"call_id", "is_error", "content", "usage", "duration_ms"},
        "request_finished": {"stop_reason", "usage", "cost_usd"},
        "turn_finished": {"session_id", "stop_reason", "text", "iterations", "usage", "cost_usd"},
    }
    by_type: dict[str, dict[str, Any]] = {event["type"]: event for event in events}
    for kind, names in fields.items():
        assert names <= set(by_type[kind]), kind
    assert all({"type", "ts", "turn_id"} <= set(event) for event in events)
    assert json.loads(by_type["tool_call_finished"]["content"]) == {
        "lines": 2, "words": 5, "characters": 24, "bytes": 24,
    }  # fmt: skip
    usage = {"fuel", "memory_peak_bytes", "wall_ms", "host_ms", "host_calls"}
    assert usage <= set(by_type["tool_call_finished"]["usage"])


def test_the_prompt_lists_so_many_skills_and_counts_the_rest(inside: Inside) -> None:
    assert inside("config", "set", "agent.max_skills_in_prompt", "3").code == 0
    installed = len(inside("skill", "list", "--json").json)
    with serving(DONE) as api:
        connect(inside, api)
        inside("ask", "go")
    system = "".join(block["text"] for block in api.requests[0]["system"])
    assert f"… and {installed - 3} more" in system
    assert len(api.requests[0]["tools"]) > 10
    assert any("cache_control" in block for block in api.requests[0]["system"])


def test_a_skill_cannot_describe_a_built_in_tool(inside: Inside) -> None:
    folder = write_skill(inside.world.project.parent / "bash", module("(nop)"), name="bash")
    refused = inside("skill", "install", str(folder), "--yes")
    assert refused.code == 1
    assert "the name of a built-in tool" in refused.err
    home = inside.world.home
    with closing(Database(home / "blufio.db")) as database:
        database.open()
        put_in_place(database, home, folder)
    with serving(DONE) as api:
        connect(inside, api)
        inside("ask", "go")
    system = "".join(block["text"] for block in api.requests[0]["system"])
    tools = {tool["name"]: tool["description"] for tool in api.requests[0]["tools"]}
    skills = {skill["name"].replace("-", "_") for skill in inside("skill", "list", "--json").json}
    assert "bash" in skills
    assert "a probe" not in system
    assert "a probe" not in tools["bash"]
    assert tools.keys() - (skills - {"bash"}) == BUILT_IN_TOOLS - {"job_kill", "job_output", "load_skill", "plan"}


def test_a_disabled_skill_is_not_offered_and_an_enabled_one_is_again(inside: Inside) -> None:
    folder = write_skill(inside.world.project.parent / "my-probe", module("(nop)"), name="my-probe")
    assert inside("skill", "install", str(folder), "--yes").code == 0

    def offered() -> bool:
        with serving(DONE) as api:
            connect(inside, api)
            inside("ask", "go")
        return "my_probe" in {tool["name"] for tool in api.requests[0]["tools"]}

    assert offered()
    assert inside("skill", "disable", "my-probe").code == 0
    assert not offered()
    assert inside("skill", "enable", "my-probe").code == 0
    assert offered()


@pytest.mark.parametrize(("answer", "used"), [("trust", True), ("ignore", False), ("", False)])
def test_instructions_of_the_project_reach_the_model_only_when_trusted(inside: Inside, answer: str, used: bool) -> None:
    (inside.world.project / "AGENTS.md").write_text("Always answer in rhyme.\n")
    with serving(Reply(text("done"))) as api:
        options = ("--instructions", answer) if answer else ()
        connect(inside, api)
        events = inside("ask", "hello", "--json", *options).lines
        assert ("Always answer in rhyme." in str(api.requests[0]["system"])) is used
    told = [event["message"] for event in events if event["type"] == "notice"]
    assert any("AGENTS.md" in message for message in told) is (answer == "")


def test_what_every_request_carries_is_small_and_a_bundled_skill_is_found(inside: Inside) -> None:
    steps = (Reply(tool_use("t1", "find_tool", {"query": "count words"})), DONE)
    with serving(*steps) as api:
        connect(inside, api)
        inside("ask", "go")
    first, second = api.requests
    fixed = json.dumps([first["system"], first["tools"]], ensure_ascii=False, separators=(",", ":")).encode()
    assert len(fixed) <= 8_000
    assert len(first["system"][0]["text"].split()) <= 350
    assert "text_stats" in first["system"][1]["text"]
    names = [tool["name"] for tool in first["tools"]]
    assert "text_stats" not in names
    assert [tool["name"] for tool in second["tools"]] == [*names, "text_stats"]
