"""The model's list outlives summing up, again and again."""

from blufio_tui.core.builtin.todo import TodoTool
from blufio_tui.core.text.json_types import JsonObject
from tests.fakes.provider import FakeProvider, calls, says
from tests.fakes.world import SESSION, World

LIST: JsonObject = {"items": [{"text": "read", "state": "done"}, {"text": "write", "state": "running"}]}


async def test_the_list_is_in_every_summary() -> None:
    provider = FakeProvider(
        calls(("1", "todo", LIST)),
        says("began"),
        says("second"),
        says("third"),
        says("first summary, which forgets the steps"),
        says("fourth"),
        says("fifth"),
        says("second summary, which forgets them too"),
        says("sixth"),
    )
    world = World(provider, TodoTool())
    for prompt in ("go", "on", "and on"):
        await world.act(prompt)
    assert [event async for event in world.agent.compact(SESSION)]
    for prompt in ("more", "and more"):
        await world.act(prompt)
    assert [event async for event in world.agent.compact(SESSION)]
    await world.act("last")
    first = provider.requests[-1].messages[0].text
    assert "second summary" in first and "- [x] read\n- [~] write" in first
