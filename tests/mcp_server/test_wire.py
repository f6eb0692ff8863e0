"""Between the pipes and the server: what is still waited for at the end of the pipe."""

import asyncio
import math
from typing import Any, cast

import anyio
import pytest
from mcp.shared.message import SessionMessage

from blufio_tui.adapters.json_lines import LineTransport
from blufio_tui.mcp_server import run


class Lines:
    """A transport that has these messages, and then ends."""

    def __init__(self, *messages: dict[str, Any]) -> None:
        self._messages = list(messages)

    async def receive(self) -> dict[str, Any] | None:
        return self._messages.pop(0) if self._messages else None


def _request(number: object) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "method": "tools/list"}


def _cancelled(number: object) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": number}}


@pytest.mark.parametrize(
    ("messages", "waits"),
    [
        ([], False),
        ([_request(1)], True),
        ([_request(1), _cancelled(1)], False),
        ([_request("a"), _cancelled("a")], False),
        ([_request(1), _cancelled("1")], True),
        ([_request(1), _cancelled(2)], True),
        ([_request(1), _cancelled({})], True),
        ([_request(1), _cancelled(None)], True),
        ([_cancelled(1), _request(1)], True),
        ([_request(1), _request(2), _cancelled(1)], True),
    ],
)
async def test_a_request_that_was_withdrawn_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, messages: list[dict[str, Any]], waits: bool
) -> None:
    monkeypatch.setattr(run, "GRACE_SECS", math.inf)
    to_server, incoming = anyio.create_memory_object_stream[SessionMessage | Exception](len(messages) + 1)
    told = list[bool]()
    wire = run._Wire(cast(LineTransport, Lines(*messages)), lambda: told.append(True))
    receiving = asyncio.create_task(wire.receive(to_server))
    heard = [message async for message in incoming] if not waits else [await incoming.receive() for _ in messages]
    assert len(heard) == len(messages)
    if waits:
        for _ in range(50):  # every step that it could take
            await asyncio.sleep(0)
    else:
        await asyncio.wait({receiving}, timeout=10)
    assert receiving.done() is not waits
    assert told == [True]
    receiving.cancel()
    await asyncio.wait({receiving})
    incoming.close()
