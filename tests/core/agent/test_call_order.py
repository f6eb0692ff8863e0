"""In which order the calls of one reply run, and which are held back."""

import asyncio

import pytest

from blufio_tui.core.agent.call_order import change_of
from blufio_tui.core.builtin.bash import BashTool
from blufio_tui.core.builtin.file import FileTool
from blufio_tui.core.builtin.http import HttpTool
from blufio_tui.core.conversation import ToolUseBlock
from blufio_tui.core.effects import Effect, EffectResult
from blufio_tui.core.errors import ErrorKind
from blufio_tui.core.events import ErrorInfo
from blufio_tui.core.manifest.manifest import Capabilities, FilesystemCapability, NetworkCapability
from blufio_tui.core.skills.tool import declares_change
from blufio_tui.core.text.json_types import JsonObject
from blufio_tui.core.tools import CallContext, Tool, ToolOutcome
from tests.fakes.provider import FakeProvider, calls, says
from tests.fakes.tools import EndlessTool, FakeTool
from tests.fakes.world import World

DENIED = ToolOutcome("DENIED", is_error=True, error=ErrorInfo(ErrorKind.CAPABILITY_DENIED, "no"))


class Approval(FakeTool):
    """A change that waits for its approval before it happens."""

    def __init__(self, outcome: ToolOutcome) -> None:
        super().__init__("write", change="file write a.py")
        self.asked = asyncio.Event()
        self.answered = asyncio.Event()
        self._outcome = outcome

    async def invoke(self, arguments: JsonObject, context: CallContext) -> ToolOutcome:
        self.asked.set()
        await self.answered.wait()
        return self._outcome


async def test_a_command_waits_for_the_approval_of_the_write_before_it() -> None:
    write, tests = Approval(ToolOutcome("written")), FakeTool("tests", change="bash pytest")
    world = World(FakeProvider(calls(("1", "write", {}), ("2", "tests", {})), says("ok")), write, tests)
    turn = asyncio.create_task(world.act())
    await write.asked.wait()
    assert tests.invoked == []
    write.answered.set()
    await turn
    assert world.results()["2"].content == "tests ran"
    assert list(world.results()) == ["1", "2"]


async def test_a_read_after_a_change_waits_and_a_read_before_it_does_not() -> None:
    write, look = Approval(ToolOutcome("written")), FakeTool("look")
    script = calls(("1", "look", {"n": 1}), ("2", "write", {}), ("3", "look", {"n": 3}))
    world = World(FakeProvider(script, says("ok")), write, look)
    turn = asyncio.create_task(world.act())
    await write.asked.wait()
    assert look.invoked == [{"n": 1}]
    write.answered.set()
    await turn
    assert look.invoked == [{"n": 1}, {"n": 3}]


@pytest.mark.parametrize(
    ("outcome", "ending"), [(DENIED, "was denied"), (ToolOutcome("disk full", is_error=True), "failed")]
)
async def test_after_a_change_that_did_not_happen_no_later_change_runs(outcome: ToolOutcome, ending: str) -> None:
    write, tests, look = Approval(outcome), FakeTool("tests", change="bash pytest"), FakeTool("look")
    script = calls(("1", "look", {}), ("2", "write", {}), ("3", "tests", {}), ("4", "look", {}), ("5", "tests", {}))
    write.answered.set()
    world = World(FakeProvider(script, says("ok")), write, tests, look)
    await world.act()
    told = f"NOT RUN: it came after call 2 (file write a.py), which {ending}. Send it again if it still makes sense."
    assert tests.invoked == []
    assert len(look.invoked) == 2
    assert [world.results()[call].content for call in ("3", "5")] == [told, told]
    assert world.results()["3"].is_error
    assert list(world.results()) == ["1", "2", "3", "4", "5"]


async def test_a_read_that_fails_holds_nothing_back() -> None:
    async def fail(arguments: JsonObject, context: CallContext) -> ToolOutcome:
        return ToolOutcome("no such file", is_error=True)

    tests = FakeTool("tests", change="bash pytest")
    world = World(FakeProvider(calls(("1", "look", {}), ("2", "tests", {})), says("ok")), FakeTool("look", fail), tests)
    await world.act()
    assert world.results()["2"].content == "tests ran"


async def test_a_change_is_not_run_after_a_tool_there_is_not() -> None:
    tests = FakeTool("tests", change="bash pytest")
    world = World(FakeProvider(calls(("1", "write_file", {}), ("2", "tests", {})), says("ok")), tests)
    await world.act()
    assert world.results()["2"].content.startswith("NOT RUN: it came after call 1 (write_file), which failed")


async def test_what_a_cancelled_change_leaves_open_is_not_run() -> None:
    endless, tests = EndlessTool(change="bash make"), FakeTool("tests", change="bash pytest")
    world = World(FakeProvider(calls(("1", "endless", {}), ("2", "tests", {})), says("ok")), endless, tests)
    turn = asyncio.create_task(world.act())
    await endless.started.wait()
    assert not world.agent.cancel_call("2")
    assert world.agent.cancel_call("1")
    await turn
    assert "call 1 (bash make), which was cancelled" in world.results()["2"].content
    assert tests.invoked == []


async def test_an_interrupted_turn_says_which_calls_had_not_begun() -> None:
    endless, tests, look = EndlessTool(change="bash make"), FakeTool("tests", change="bash pytest"), FakeTool("look")
    script = calls(("1", "endless", {}), ("2", "tests", {}), ("3", "look", {}))
    world = World(FakeProvider(script), endless, tests, look)
    turn = asyncio.create_task(world.act())
    await endless.started.wait()
    world.agent.interrupt()
    await turn
    assert world.results()["1"].content.startswith("interrupted by the user")
    assert all(world.results()[call].content.startswith("NOT RUN: the user interrupted") for call in ("2", "3"))
    assert tests.invoked == look.invoked == []


async def test_what_a_terminal_would_hide_is_spelled_out_in_every_result() -> None:
    async def hide(arguments: JsonObject, context: CallContext) -> ToolOutcome:
        return ToolOutcome("a\u202eb\x1b[31m\n\tc")

    world = World(FakeProvider(calls(("1", "hide", {})), says("ok")), FakeTool("hide", hide))
    await world.act()
    content = world.results()["1"].content
    assert content.isascii() and content.endswith("[31m\n\tc") and "\x1b" not in content


async def _perform(effect: Effect, actor: object, context: CallContext) -> EffectResult:
    raise AssertionError("judging a call must not act")


@pytest.mark.parametrize(
    ("tool", "arguments", "change"),
    [
        (FileTool(_perform), {"action": "read", "path": "a"}, ""),
        (FileTool(_perform), {"action": "list", "path": "a"}, ""),
        (FileTool(_perform), {"action": "write", "path": "a"}, "file write a"),
        (FileTool(_perform), {"action": ["read"], "path": "a"}, "file ['read'] a"),
        (FileTool(_perform), {}, "file None "),
        (HttpTool(_perform), {"url": "http://x"}, ""),
        (HttpTool(_perform), {"url": "http://x", "method": "head"}, ""),
        (HttpTool(_perform), {"url": "http://x", "method": "POST"}, "http POST http://x"),
        (HttpTool(_perform), {"url": "http://x", "method": "OPTIONS"}, "http OPTIONS http://x"),
        (HttpTool(_perform), {"url": "http://x", "method": None}, "http NONE http://x"),
        (BashTool(_perform, "/p"), {"command": "ls"}, "bash ls"),
        (BashTool(_perform, "/p"), {}, "bash "),
    ],
)
def test_each_built_in_says_what_a_call_may_change(tool: Tool, arguments: JsonObject, change: str) -> None:
    assert tool.change_of(arguments) == change


@pytest.mark.parametrize(
    ("capabilities", "changes"),
    [
        (Capabilities(), False),
        (Capabilities(filesystem=FilesystemCapability(read=("/a",))), False),
        (Capabilities(filesystem=FilesystemCapability(write=("/a",))), True),
        (Capabilities(network=NetworkCapability(domains=("x.org",))), True),
        (Capabilities(network=NetworkCapability(domains=("x.org",), methods=("GET", "HEAD"))), False),
        (Capabilities(network=NetworkCapability(domains=("x.org",), methods=("GET", "PUT"))), True),
    ],
)
def test_a_skill_is_judged_by_what_it_declares(capabilities: Capabilities, changes: bool) -> None:
    assert declares_change(capabilities) is changes


def test_a_call_that_nobody_can_judge_counts_as_a_change() -> None:
    assert change_of(None, ToolUseBlock("1", "nope", {})) == "nope"
    assert change_of(FakeTool("look"), ToolUseBlock("1", "look", {}, invalid="no JSON")) == "look"
