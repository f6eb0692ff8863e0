"""A turn of 120 requests in a window that holds a fraction of it: the model still knows its task at the end."""

import json
from contextlib import closing
from typing import Any

import pytest

from blufio_tui.adapters.storage.database import Database
from blufio_tui.core.agent.compaction import INSTRUCTION
from tests.e2e.in_process import Inside
from tests.fakes.messages_api import KEY, MessagesApi, Reply, Status, Step, served, text, tool_use

TASK = "Read all parts of long.txt, 30 lines at a time, and keep count. The code word is GOLDFINCH-42."
REQUESTS = 120
LINES_EACH = 30


class SmallWindow(MessagesApi):
    """A model that reads on and on. It refuses what is larger than its window, and says so as the API does.

    Attributes:
        summaries: the requests for a summary that were answered.
        largest: tokens of the largest request that was answered.
    """

    def __init__(self, window: int) -> None:
        super().__init__()
        self.window = window
        self.summaries: list[dict[str, Any]] = []
        self.overflows = self.largest = self.calls = 0

    def _next(self) -> Step:
        request = self.requests[-1]
        tokens = len(json.dumps(request)) // 4
        if tokens + request["max_tokens"] > self.window:
            self.overflows += 1
            return Status(400, "invalid_request_error", f"prompt is too long: {tokens} tokens > {self.window} maximum")
        self.largest = max(self.largest, tokens)
        if INSTRUCTION[:60] in json.dumps(request["messages"][-1]):
            self.summaries.append(request)
            done = f"Summary number {len(self.summaries)}: {self.calls} parts are read."
            return Reply(text(done), input_tokens=tokens, output_tokens=30)
        if self.calls + 1 == REQUESTS:
            return Reply(text("All parts are read."), input_tokens=tokens)
        offset = 1 + self.calls * LINES_EACH
        self.calls += 1
        call = tool_use(f"call_{self.calls}", "file", _page(offset))
        return Reply(text(f"Part {self.calls}: {'counted, ' * 80}"), call, input_tokens=tokens, output_tokens=60)


def _page(offset: int) -> dict[str, object]:
    return {"action": "read", "path": "long.txt", "offset": offset, "limit": LINES_EACH}


@pytest.mark.corpus
def test_a_turn_of_120_requests_is_compacted_within_and_keeps_its_task(inside: Inside) -> None:
    lines = [f"line {number}: {'x' * 90}" for number in range(1, REQUESTS * LINES_EACH + 1)]
    (inside.world.project / "long.txt").write_text("\n".join(lines), encoding="utf-8")
    assert inside("config", "set", "agent.max_tool_iterations", "200").code == 0
    api = SmallWindow(window=30_000)
    with served(api):
        inside.monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
        inside.monkeypatch.setenv("ANTHROPIC_BASE_URL", api.url)
        done = inside("ask", TASK, "--json")
    last = done.lines[-1]
    assert api.refused == []
    assert (done.code, last["stop_reason"], last["iterations"]) == (0, "end_turn", REQUESTS)
    assert api.overflows <= 2, "the window is learnt from the first refusal"
    assert len(api.summaries) >= 2
    first = api.requests[-1]["messages"][0]["content"]
    said = "".join(block["text"] for block in first)
    assert TASK in said and said.startswith("Summary of the conversation so far")
    assert f"Summary number {len(api.summaries)}" in said
    assert any("no longer in view" in json.dumps(request["messages"]) for request in api.requests)
    _all_is_stored(inside)


def _all_is_stored(inside: Inside) -> None:
    """Summaries and pointers stand for messages in requests only."""
    with closing(Database(inside.world.home / "blufio.db")) as database:
        database.open()
        query = "SELECT body FROM messages WHERE role = 'user' AND stands_for = 0"
        rows = database.read_sync(lambda conn: conn.execute(query).fetchall())
    results = [block for row in rows for block in json.loads(row["body"]) if block["type"] == "tool_result"]
    assert len(results) == REQUESTS - 1
    assert all("line " in result["content"] and "no longer in view" not in result["content"] for result in results)
