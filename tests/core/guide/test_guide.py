"""Which call a plain sentence stands for."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blufio_tui.adapters.model.offline import OfflineGuide
from blufio_tui.core.agent.config import AgentConfig
from blufio_tui.core.events import TextDelta, ToolCallStarted
from blufio_tui.core.guide.guide import ToolExamples, find_call, suggestions
from blufio_tui.core.guide.replies import BUILT_IN_EXAMPLES
from blufio_tui.core.manifest.manifest import Example
from blufio_tui.core.text.json_types import JsonObject
from blufio_tui.core.tools import CallContext, ToolOutcome
from tests.fakes.tools import FakeTool
from tests.fakes.world import World, finished, only

STATS = ToolExamples(
    "text_stats",
    (
        Example("count the words in {path}", {"path": "README.md"}),
        Example("how long is the text {text}", {"text": "a b"}),
    ),
)
CATALOGUE = (
    *BUILT_IN_EXAMPLES,
    STATS,
    ToolExamples("weather", (Example("what is the weather in {city}", {"city": "Oslo"}),)),
)


@pytest.mark.parametrize(
    ("sentence", "tool", "arguments"),
    [
        ("count the words in README.md", "text_stats", {"path": "README.md"}),
        ("Please count words in `my file.txt`!", "text_stats", {"path": "my file.txt"}),
        ("can you count the words in docs/a.md?", "text_stats", {"path": "docs/a.md"}),
        ("COUNT THE WORDS IN the README.md, please", "text_stats", {"path": "README.md"}),
        ("how long is the text To be, or not to be.", "text_stats", {"text": "To be, or not to be"}),
        ("What is the weather in New York?", "weather", {"city": "New York"}),
        ("list the files", "file", {"action": "list", "path": "."}),
        ("list files in src", "file", {"action": "list", "path": "src"}),
        ("Show me README.md.", "file", {"action": "read", "path": "README.md"}),
        ("show Makefile", "file", {"action": "read", "path": "Makefile"}),
        ("show me my notes.txt", "file", {"action": "read", "path": "notes.txt"}),
        ("read My Documents/a b", "file", {"action": "read", "path": "My Documents/a b"}),
        ("read to do.txt", "file", {"action": "read", "path": "to do.txt"}),
        ("read 'to do'", "file", {"action": "read", "path": "to do"}),
        ("read ../x", "file", {"action": "read", "path": "../x"}),
        ("write hello to you to a.txt", "file", {"action": "write", "path": "a.txt", "content": "hello to you\n"}),
        ("run the command git status --short", "bash", {"command": "git status --short"}),
        ("run echo 'a  b' \"the\" a ; ls .", "bash", {"command": "echo 'a  b' \"the\" a ; ls ."}),
        ("fetch https://example.org/?q=a.", "http", {"url": "https://example.org/?q=a"}),
    ],
)
def test_sentences_are_understood(sentence: str, tool: str, arguments: JsonObject) -> None:
    match = find_call(sentence, CATALOGUE)
    assert match is not None
    assert (match.tool, match.input) == (tool, arguments)


@pytest.mark.parametrize(
    "sentence",
    [
        "",
        "?",
        "hello there",
        "count",
        "the words in README.md",
        "list the files now or never",
        "show me the weather on mars",
        "show me the weather on mars.",
        "read between the lines",
        "count the words in this sentence of mine",
    ],
)
def test_what_fits_no_example_is_not_guessed(sentence: str) -> None:
    assert find_call(sentence, CATALOGUE) is None


def test_a_skill_cannot_take_a_sentence_from_a_built_in_tool() -> None:
    thief = ToolExamples("thief", (Example("show me {path}", {"path": "x"}), Example("{anything}", {"path": "x"})))
    guide = OfflineGuide(lambda: (thief,))
    catalogue = guide.catalogue(frozenset({"file", "thief"}))
    match = find_call("show me README.md", catalogue)
    assert match is not None
    assert match.tool == "file"
    assert find_call("anything at all", catalogue) is None


def test_values_keep_the_type_of_the_example_and_fill_placeholders_inside_the_input() -> None:
    example = Example("repeat {word} {times} times", {"text": "<{word}>", "times": 3, "flags": ["{word}"]})
    match = find_call("repeat hey 5 times", [ToolExamples("repeat", (example,))])
    assert match is not None
    assert match.input == {"text": "<hey>", "times": 5, "flags": ["hey"]}


def test_near_misses_are_suggested() -> None:
    assert suggestions("count all words of README", CATALOGUE) == ["count the words in {path}"]


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200), st.text(alphabet="ab {}x_", max_size=60))
def test_no_sentence_and_no_example_makes_it_fail(sentence: str, say: str) -> None:
    find_call(sentence, [ToolExamples("t", (Example(say, {}),)), *CATALOGUE])
    suggestions(sentence, CATALOGUE)


def test_an_example_made_to_take_long_does_not() -> None:
    slow = Example("{a} x {b} x {c} x {d} y", {})
    started = time.process_time()
    find_call("x " * 5000, [ToolExamples("t", (slow,))])
    assert time.process_time() - started < 10


async def test_the_guide_runs_the_call_and_tells_the_result() -> None:
    async def count(arguments: JsonObject, context: CallContext) -> ToolOutcome:
        return ToolOutcome('{"lines": 2, "words": 7}')

    tool = FakeTool("text-stats", count)
    world = World(OfflineGuide(lambda: (STATS,)), tool, config=AgentConfig("ignored"))
    events = await world.act("count the words in README.md")
    assert tool.invoked == [{"path": "README.md"}]
    assert only(events, ToolCallStarted)[0].tool == "text_stats"
    assert finished(events).text == "lines: **2**, words: **7**"
    assert finished(events).cost_usd == 0.0
    assert world.store.ledger == []


async def test_the_guide_explains_a_denial() -> None:
    async def deny(arguments: JsonObject, context: CallContext) -> ToolOutcome:
        return ToolOutcome("capability not permitted: fs.read /etc/passwd (outside the project)", is_error=True)

    world = World(OfflineGuide(), FakeTool("file", deny))
    events = await world.act("show me /etc/passwd")
    assert "**denied**" in finished(events).text
    assert "fs.read /etc/passwd" in finished(events).text


async def test_the_guide_says_that_it_is_no_model_and_how_to_get_one() -> None:
    world = World(OfflineGuide(lambda: (STATS,)), FakeTool("file"), FakeTool("text-stats"))
    text = "".join(event.text for event in only(await world.act("hello"), TextDelta))
    for words in ("not a model", "/connect", "ANTHROPIC_API_KEY", "count the words in {path}"):
        assert words in text


async def test_a_sentence_that_fits_nothing_is_answered_in_two_lines_that_tell_of_connecting() -> None:
    world = World(OfflineGuide(lambda: (STATS,)), FakeTool("file"), FakeTool("text-stats"))
    for words in ("sing me a song", "count something"):
        text = "".join(event.text for event in only(await world.act(words), TextDelta))
        said, connecting = text.split("\n\n")
        assert said.startswith("No tool matches that.") and "\n" not in text.replace("\n\n", "")
        assert "not a model" in connecting and "/connect" in connecting


async def test_output_cannot_end_its_code_block() -> None:
    async def tricky(arguments: JsonObject, context: CallContext) -> ToolOutcome:
        return ToolOutcome("```\n# not a heading\n```")

    world = World(OfflineGuide(), FakeTool("file", tricky))
    assert finished(await world.act("read x")).text == "````\n```\n# not a heading\n```\n````"
