"""A model that goes round in a circle is told, then stopped."""

import pytest

from blufio_tui.core.agent.repeats import RepeatGuard
from blufio_tui.core.conversation import ToolUseBlock
from blufio_tui.core.text.json_types import JsonObject
from blufio_tui.core.tools import CallContext, ToolOutcome
from tests.fakes.provider import FakeProvider, calls, says
from tests.fakes.tools import FakeTool
from tests.fakes.world import World, finished

Round = tuple[tuple[str, str], ...]
"""The calls of one reply: the tool (in capitals when it changes something) and its result."""


@pytest.mark.parametrize(
    ("rounds", "told", "is_stuck"),
    [
        ([(("look", "x"),)] * 2, 0, False),
        ([(("look", "x"),)] * 3, 1, False),
        ([(("look", "x"),)] * 4, 2, True),
        ([(("look", "x"),), (("look", "y"),)] * 4, 0, False),
        ([(("look", "x"),), (("find", "x"),)] * 2, 0, False),
        ([(("look", "x"),), (("find", "x"),)] * 3, 2, False),
        ([(("look", "x"),), (("find", "x"),)] * 4, 4, False),
        ([(("look", "x"),), (("find", "x"),)] * 4 + [(("look", "x"),)], 5, True),
        ([(("look", "x"),), (("find", "x"),), (("bash", "x"),)] * 5, 9, True),
        ([(("EDIT", "done"),), (("BUILD", "failed"),)] * 5, 6, True),
        ([(("look", "x"),), (("EDIT", "done"),), (("look", "y"),), (("EDIT", "done"),)] * 5, 0, False),
        ([one for n in range(6) for one in ((("look", "x"),), (("find", str(n)),))], 0, False),
        ([(("look", "x"),), (("job_output", "nothing yet"),)] * 6, 0, False),
        ([(("look", "x"),), (("find", "x"),), ()] * 6, 0, False),
        ([(("look", "x"), ("find", "x"))] * 4, 4, True),
        ([(("look", "x"), ("find", "x"))] * 2 + [(("look", "x"),)] * 2, 2, True),
        ([(("look", "x"), ("EDIT", "done"))] * 4, 2, True),
        ([(("look", "x"), ("EDIT", str(number))) for number in range(9)], 0, False),
        ([(("BUILD", "failed"),)] * 4, 2, True),
        ([(("job_output", "nothing yet"),)] * 9, 0, False),
        ([(("look", "x"), ("look", "x"), ("look", "x"))], 1, False),
        ([(("look", "x"),)] * 2 + [()] + [(("look", "x"),)] * 2, 0, False),
    ],
)
def test_the_same_call_with_the_same_result_three_times_in_a_row(
    rounds: list[Round], told: int, is_stuck: bool
) -> None:
    guard, notes = RepeatGuard(), 0
    for number, calls_of_reply in enumerate(rounds):
        guard.next_reply()
        for name, result in calls_of_reply:
            block = ToolUseBlock(f"c{number}", name, {"b": 1, "a": [2]})
            notes += bool(guard.note(block, result, changed=name.isupper()))
    assert (notes, bool(guard.stuck)) == (told, is_stuck)


def test_the_order_of_the_inputs_fields_makes_no_other_call() -> None:
    guard = RepeatGuard()
    inputs: list[JsonObject] = [{"a": 1, "b": 2}, {"b": 2, "a": 1}, {"a": 1, "b": 2}]
    notes = []
    for call_input in inputs:
        guard.next_reply()
        notes.append(guard.note(ToolUseBlock("c", "look", call_input), "x", changed=False))
    assert [bool(note) for note in notes] == [False, False, True]


async def test_the_model_is_told_in_the_third_result_and_the_fourth_ends_the_turn() -> None:
    same = [calls((str(number), "look", {"at": "a"})) for number in range(1, 6)]
    provider = FakeProvider(*same)
    world = World(provider, FakeTool("look"))
    events = await world.act()
    assert len(provider.requests) == 4
    assert finished(events).stop_reason == "repeated_call"
    results = world.results()
    assert (results["1"].content, results["2"].content) == ("look ran", "look ran")
    assert "three times in a row" in results["3"].content
    sentences = [event.message for event in events if hasattr(event, "message")]
    assert any("the same call to look 4 times in a row" in sentence for sentence in sentences)
    assert "the turn was stopped for it" in results["4"].content


async def test_a_call_that_is_answered_otherwise_is_no_circle_and_a_new_turn_counts_anew() -> None:
    count = 0

    async def counts(arguments: JsonObject, context: CallContext) -> ToolOutcome:
        nonlocal count
        count += 1
        return ToolOutcome(str(count))

    polls = [calls((f"a{number}", "poll", {})) for number in range(6)]
    world = World(FakeProvider(*polls, says("ready")), FakeTool("poll", counts))
    assert finished(await world.act()).text == "ready"
    twice = (
        [calls((f"b{number}", "look", {})) for number in range(3)],
        [calls((f"c{number}", "look", {})) for number in range(3)],
    )
    world = World(FakeProvider(*twice[0], says("one"), *twice[1], says("two")), FakeTool("look"))
    assert finished(await world.act()).text == "one"
    assert finished(await world.act()).text == "two"
