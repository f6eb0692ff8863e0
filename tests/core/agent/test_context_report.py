"""`/context`: the parts add up to what the meter shows."""

import pytest

from blufio_tui.core.agent.compaction import ContextMeter, summary_message
from blufio_tui.core.agent.context_report import ContextPart, ContextReport, context_parts, fitted, in_words
from blufio_tui.core.agent.context_size import full_at
from blufio_tui.core.agent.prompt import SkillLine, build_system
from blufio_tui.core.conversation import (
    ImageBlock,
    Message,
    Role,
    TextBlock,
    ThinkingBlock,
    TokenUsage,
    ToolResultBlock,
    ToolUseBlock,
)
from blufio_tui.core.tools import ToolDefinition
from tests.fakes.provider import FakeProvider, says
from tests.fakes.world import SESSION, World


def test_each_kind_of_block_is_a_part_with_its_count() -> None:
    system = build_system(
        project="/p", today="t", skills=[SkillLine("a", "b")], instructions=[("the person", "Be brief.")]
    )
    messages = [
        summary_message("They talked."),
        Message(Role.USER, (ImageBlock("image/png", "AA"), TextBlock("hello"))),
        Message(
            Role.ASSISTANT,
            (ThinkingBlock("hm", "s"), ToolUseBlock("s", "load_skill", {}), ToolUseBlock("a", "look", {})),
        ),
        Message(Role.USER, (ToolResultBlock("s", "# skill"), ToolResultBlock("a", "x" * 700))),
        Message(Role.ASSISTANT, (TextBlock("done"),)),
    ]
    parts = context_parts(system, [ToolDefinition("look", "looks", {"type": "object"})], messages)
    assert {part.name: part.count for part in parts} == {
        "system prompt": 0,
        "instructions": 0,
        "list of skills": 0,
        "tools": 1,
        "summary": 1,
        "pictures": 1,
        "your messages": 1,
        "replies and thinking": 2,
        "tool calls": 2,
        "loaded skills": 1,
        "tool results": 1,
    }
    assert next(part.tokens for part in parts if part.name == "tool results") == 201


@pytest.mark.parametrize("tokens", [1, 7, 999, 1_000_003])
def test_parts_add_up_to_what_was_measured(tokens: int) -> None:
    parts = [ContextPart("a", 3), ContextPart("b", 333), ContextPart("c", 1)]
    assert sum(part.tokens for part in fitted(parts, tokens)) == tokens
    assert fitted(parts, 0) == tuple(parts) and fitted([], 5) == ()


async def test_the_report_says_the_window_the_share_and_when_room_is_made() -> None:
    world = World(FakeProvider(says("hi", usage=TokenUsage(50_000, 10))), window=200_000)
    before = await world.agent.context_report("")
    assert before.startswith("The window of fake-model holds 200,000 tokens;") and "your messages" not in before
    await world.act("hello")
    text = await world.agent.context_report(SESSION)
    assert "50,010 tokens are used (25%)" in text and "your messages (1)" in text
    assert "The conversation is summarised automatically after 109,990 more." in text


@pytest.mark.parametrize(
    ("window", "compact_at", "reply", "full"),
    [
        (200_000, 0.8, 32_000, 158_000),
        (200_000, 0.5, 32_000, 100_000),
        (1_000_000, 0.8, 32_000, 800_000),
        (8_000, 0.8, 8_192, 5_600),
        (0, 0.8, 8_192, 0),
    ],
)
def test_room_is_made_at_the_share_or_where_the_reply_might_not_fit(
    window: int, compact_at: float, reply: int, full: int
) -> None:
    assert full_at(window, compact_at, reply) == full


def test_an_unknown_window_is_said() -> None:
    report = ContextReport(ContextMeter(10, None), (ContextPart("tools", 10, 2),))
    text = in_words(report, "m", 0)
    assert text.splitlines()[0].startswith("The window of m is not known; 10 tokens are used.")
    assert "automatically" not in text
