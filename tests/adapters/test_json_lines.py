"""Lines that are no messages are answered, and end nothing."""

import asyncio
import json
import socket
from typing import Any

import pytest

from blufio_tui.adapters.json_lines import LineTransport


async def exchange(sent: bytes, limit: int = 1024) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The messages that came through, and the answers to what did not."""
    here, there = socket.socketpair()
    reader, writer = await asyncio.open_connection(sock=here)
    transport = LineTransport(*await asyncio.open_connection(sock=there, limit=limit), limit)
    writer.write(sent)
    writer.write_eof()
    messages = []
    while (message := await transport.receive()) is not None:
        messages.append(message)
    await transport.close()
    answers = [json.loads(line) for line in (await reader.read()).splitlines()]
    writer.close()
    return messages, answers


GOOD = b'{"jsonrpc":"2.0","id":1,"method":"initialize"}\n'


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"not json\n", -32700),
        (b"\xff\xfe\n", -32700),
        (b"[" * 5000 + b"\n", -32700),
        (b"[1, 2]\n", -32600),
        (b"5\n", -32600),
        (b"null\n", -32600),
        (b'{"id": {}, "method": "initialize"}\n', -32600),
        (b'{"id": 1, "method": ["initialize"]}\n', -32600),
        (b'{"id": true, "result": {}}\n', -32600),
        (b'{"id": 1, "method": "' + b"x" * 9000 + b'"}\n', -32600),
    ],
)
async def test_what_is_no_message_is_answered_and_the_next_one_is_heard(line: bytes, code: int) -> None:
    messages, answers = await exchange(line + GOOD, limit=8192)
    assert [message["method"] for message in messages] == ["initialize"]
    assert [answer["error"]["code"] for answer in answers] == [code]


@pytest.mark.parametrize(
    ("answer", "is_one"),
    [
        ({"result": None}, True),
        ({"result": {"outcome": {}}}, True),
        ({"error": {"code": -1, "message": "no"}}, True),
        ({"error": {"code": -1, "message": "no", "data": [1]}}, True),
        ({"error": "no"}, False),
        ({"error": [1]}, False),
        ({"error": None}, False),
        ({"error": {}}, False),
        ({"error": {"code": "x", "message": "no"}}, False),
        ({"error": {"code": True, "message": "no"}}, False),
        ({"error": {"code": -1, "message": 5}}, False),
        ({"result": {"outcome": {}}, "error": {"code": -1, "message": "no"}}, False),
        ({"result": {"outcome": {}}, "error": None}, False),
    ],
)
async def test_an_answer_that_is_none_counts_as_an_error(answer: dict[str, Any], is_one: bool) -> None:
    sent = {"jsonrpc": "2.0", "id": 7, **answer}
    (heard,), answers = await exchange(json.dumps(sent).encode() + b"\n")
    assert answers == []
    if is_one:
        assert heard == sent
    else:
        assert heard["id"] == 7 and heard["error"]["code"] == -32600 and "result" not in heard


async def test_empty_lines_are_passed_over_and_half_a_line_is_no_message() -> None:
    messages, answers = await exchange(b"\n\r\n" + GOOD + b'{"id": 2, "method"')
    assert len(messages) == 1
    assert answers == []


async def test_nothing_is_sent_after_the_end() -> None:
    here, there = socket.socketpair()
    transport = LineTransport(*await asyncio.open_connection(sock=here), 1024)
    await transport.close()
    with pytest.raises(ConnectionError):
        await transport.send({"id": 1})
    there.close()


async def test_an_end_that_went_with_lines_unread_is_an_end() -> None:
    here, there = socket.socketpair()
    transport = LineTransport(*await asyncio.open_connection(sock=here), 1024)
    await transport.send({"id": 1})
    there.sendall(b"not json\n")
    there.close()  # with a line that nobody read: the kernel calls that a reset
    assert await transport.receive() is None
    await transport.close()
