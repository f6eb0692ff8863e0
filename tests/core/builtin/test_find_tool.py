"""Tools whose definitions are not sent with every request, and how they are found."""

import pytest

from blufio_tui.core.agent.registry import ToolRegistry, beyond_room, size_of
from blufio_tui.core.builtin.find_tool import ToolFinder, matching_tools
from blufio_tui.core.conversation import Message, Role, ToolUseBlock
from blufio_tui.core.tools import CallContext, ToolDefinition
from tests.fakes.tools import FakeTool


def _tool(name: str, description: str, **fields: str) -> ToolDefinition:
    properties = {field: {"type": "string", "description": text} for field, text in fields.items()}
    return ToolDefinition(name, description, {"type": "object", "properties": properties})


TOOLS = [
    _tool("calc", "Exact arithmetic, functions and units.", expression="+ - * /, convert with: in UNIT"),
    _tool("csv_summary", "Summarise a CSV file of the project: rows and columns.", path="A CSV file"),
    _tool("file_digest", "SHA-256 checksum of a file in the project.", path="A file"),
    _tool("github__list_issues", "List the issues of a repository.", repo="owner/name"),
    _tool("weather", "The weather in a city now and in the next days.", city="A city"),
]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("csv", "csv_summary"),
        ("summaries of columns", "csv_summary"),
        ("csv-summary", "csv_summary"),
        ("checksum of a file", "file_digest"),
        ("sha-256", "file_digest"),
        ("wether in Oslo", "weather"),
        ("arithmetic with units", "calc"),
        ("github issues", "github__list_issues"),
        ("convert 5 km", "calc"),
    ],
)
def test_a_tool_is_found_by_what_it_does(query: str, first: str) -> None:
    assert matching_tools(query, TOOLS)[0].name == first


def test_what_has_only_a_word_of_the_best_in_common_is_not_sent_along() -> None:
    assert [tool.name for tool in matching_tools("csv_summary", TOOLS)] == ["csv_summary"]
    assert [tool.name for tool in matching_tools("weather, calc", TOOLS)] == ["calc", "weather"]
    assert matching_tools("send an e-mail", TOOLS) == []
    assert matching_tools("the of in", TOOLS) == []


def _registry() -> tuple[ToolRegistry, ToolFinder]:
    finder = ToolFinder()
    registry = ToolRegistry([FakeTool("bash"), finder], [FakeTool("rare"), FakeTool("mine")], found_only={"rare"})
    finder.catalogue = registry
    return registry, finder


def _names(registry: ToolRegistry, session: str, *messages: Message) -> list[str]:
    return [tool.name for tool in registry.offered(session, messages)]


def _context(session: str) -> CallContext:
    return CallContext(session, "t", "c", lambda _: None)


async def test_what_was_found_is_offered_after_the_others_and_in_its_session_alone() -> None:
    registry, finder = _registry()
    assert _names(registry, "s") == ["bash", "find_tool", "mine"]
    outcome = await finder.invoke({"query": "rare"}, _context("s"))
    assert not outcome.is_error
    assert 'rare: a tool\ninput: {"type": "object"}' in outcome.content
    assert _names(registry, "s") == ["bash", "find_tool", "mine", "rare"]
    assert _names(registry, "other") == ["bash", "find_tool", "mine"]


async def test_finding_nothing_names_what_can_be_found() -> None:
    _, finder = _registry()
    outcome = await finder.invoke({"query": "e-mail\u202e"}, _context("s"))
    assert outcome.is_error
    assert outcome.content == 'no tool matches "e-mail\\\\u202e". The tools that can be found: rare.'


def test_a_tool_that_the_conversation_called_is_offered_again_when_it_is_resumed() -> None:
    registry, _ = _registry()
    called = Message(Role.ASSISTANT, (ToolUseBlock("1", "rare", {}),))
    assert _names(registry, "s", called) == ["bash", "find_tool", "mine", "rare"]
    assert registry.get("rare") is not None


def test_without_anything_to_find_there_is_no_tool_to_find_it() -> None:
    registry, _ = _registry()
    registry.replace_skills([FakeTool("mine")])
    assert _names(registry, "s") == ["bash", "mine"]


def test_what_the_room_does_not_hold_has_to_be_found_the_largest_first() -> None:
    tools = {name: ToolDefinition(name, "x" * length, {}) for name, length in (("a", 10), ("b", 5_000), ("c", 20))}
    room = size_of(tools["a"]) + size_of(tools["c"])
    assert beyond_room(tools, (), room) == {"b"}
    assert beyond_room(tools, (), room - 1) == {"b", "c"}
    assert beyond_room(tools, {"a", "gone"}, 100_000) == {"a"}
