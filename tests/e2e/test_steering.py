"""In a real terminal: something is added to a turn that runs, and a turn goes on after its limit of requests."""

import asyncio
import json
from dataclasses import replace
from typing import Any

from tests.e2e.command import blufio
from tests.e2e.conftest import World
from tests.e2e.terminal import Terminal
from tests.fakes.messages_api import KEY, MessagesApi, Reply, Step, served, serving, text, tool_use

LOOK = tool_use("t1", "file", {"action": "read", "path": "README.md"})


class Held(MessagesApi):
    """Answers the first request only once the test lets it."""

    def __init__(self, *steps: Step) -> None:
        super().__init__(*steps)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._let_go = asyncio.Event()

    async def _perform(self, step: Step, model: str, writer: asyncio.StreamWriter) -> bool:
        if len(self.requests) == 1:
            self._loop = asyncio.get_running_loop()
            await self._let_go.wait()
        return await super()._perform(step, model, writer)

    def let_go(self) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._let_go.set)


def _terminal(world: World, api: MessagesApi, *arguments: str) -> Terminal:
    env = {**world.env, "ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": api.url}
    return replace(world, env=env).terminal(*arguments)


def _last_message(request: dict[str, Any]) -> list[dict[str, Any]]:
    content: list[dict[str, Any]] = request["messages"][-1]["content"]
    return content


def test_what_is_typed_while_a_turn_runs_goes_with_its_next_request(world: World) -> None:
    with served(Held(Reply(LOOK), Reply(text("It has five words, in French: cinq.")))) as api:
        assert isinstance(api, Held)
        with _terminal(world, api) as terminal:
            terminal.wait_for("Ask for something")
            terminal.send("count")
            terminal.press("enter")
            terminal.wait_for(lambda _text: len(api.requests) == 1)
            terminal.send("in French")
            terminal.wait_for("in French")
            terminal.press("\x13")
            terminal.wait_for("↳ adding")
            api.let_go()
            terminal.wait_for("added while the turn ran")
            terminal.wait_for("cinq")
            terminal.press("ctrl+q")
            assert terminal.wait_for_exit() == 0
        with _terminal(world, api, "--continue") as terminal:
            terminal.wait_for("added while the turn ran")
    result, added = _last_message(api.requests[1])
    assert (result["type"], added["text"]) == ("tool_result", "While you were working, I added:\nin French")
    assert api.refused == []


def test_enter_takes_up_a_turn_that_ended_at_its_limit(world: World) -> None:
    limit = ("config", "set", "agent.max_tool_iterations", "1")
    assert blufio(*limit, env=world.env, cwd=world.project).returncode == 0
    with serving(Reply(LOOK), Reply(text("Not done.")), Reply(text("Now it is."))) as api, _terminal(world, api) as app:
        app.wait_for("Ask for something")
        app.send("count")
        app.press("enter")
        app.wait_for("Enter on the empty prompt continues")
        app.press("enter")
        app.wait_for("Now it is.")
        app.press("ctrl+q")
        assert app.wait_for_exit() == 0
    assert json.dumps(_last_message(api.requests[-1])).count("Go on.") == 1
