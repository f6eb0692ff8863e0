"""An id names one call, whatever the model's server makes up."""

import pytest

from blufio_tui.core.agent.call_ids import with_own_ids
from blufio_tui.core.conversation import Block, TextBlock, ToolResultBlock, ToolUseBlock
from tests.fakes.provider import FakeProvider, calls, says
from tests.fakes.tools import FakeTool
from tests.fakes.world import World


@pytest.mark.parametrize(
    ("ids", "taken", "kept"),
    [
        (["a", "b"], (), [True, True]),
        (["a", "b"], ("b", "c"), [True, False]),
        (["a", "a", "a"], (), [True, False, False]),
        (["", ""], (), [False, False]),
        ([], ("a",), []),
    ],
)
def test_only_an_id_that_is_taken_is_exchanged(ids: list[str], taken: tuple[str, ...], kept: list[bool]) -> None:
    blocks: list[Block] = [TextBlock("words"), *(ToolUseBlock(one, "look", {}) for one in ids)]
    words, *changed = with_own_ids(blocks, taken)
    assert words == blocks[0]
    new = [block.id for block in changed if isinstance(block, ToolUseBlock)]
    assert [one == old for one, old in zip(new, ids, strict=True)] == kept
    assert len({*new, *taken, ""}) == len(new) + len(taken) + 1


async def test_a_server_that_counts_from_the_beginning_in_each_reply_loses_no_record() -> None:
    provider = FakeProvider(
        calls(("call_0", "look", {"n": 1}), ("call_0", "look", {"n": 2})),
        calls(("call_0", "look", {"n": 3})),
        says("ok"),
    )
    world = World(provider, FakeTool("look"))
    await world.act("look three times")
    last = provider.requests[-1].messages
    asked = [block.id for message in last for block in message.blocks if isinstance(block, ToolUseBlock)]
    answered = [block.tool_use_id for message in last for block in message.blocks if isinstance(block, ToolResultBlock)]
    assert asked == answered and len(set(asked)) == 3 and asked[0] == "call_0"
    assert sorted(str(record.input["n"]) for record in world.store.tool_calls.values()) == ["1", "2", "3"]


async def test_the_id_of_a_call_that_changed_files_in_another_session_is_taken() -> None:
    provider = FakeProvider(calls(("call_0", "look", {}), ("call_1", "look", {})), says("ok"))
    world = World(provider, FakeTool("look"))
    world.agent.changed_files = lambda ids: [one for one in ids if one == "call_0"]
    await world.act("look twice")
    assert "call_0" not in world.store.tool_calls
    assert "call_1" in world.store.tool_calls
