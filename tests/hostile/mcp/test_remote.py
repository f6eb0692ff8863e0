"""A hostile MCP server over HTTP: what it answers, where it sends us, and what it says by itself.

Whatever it does, requests go to its own address and to no other, nothing that it says hides anything, and the next
connection begins anew.
"""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from blufio_tui.core.capability import Verdict
from blufio_tui.core.text.display import visible
from blufio_tui.core.tools import CallContext
from tests.fakes import hostile_http, hostile_mcp, mcp_http, mcp_server
from tests.fakes.corpus import sampled
from tests.fakes.hostile_mcp import HIDDEN
from tests.fakes.server_room import Room, make_room


@dataclass
class Far:
    """The server, a listener that nobody must connect to, and who came there."""

    port: int
    canary: int
    came: list[str] = field(default_factory=list)


@pytest.fixture
def far() -> Iterator[Far]:
    server, port = hostile_http.serve()
    with socket.create_server(("127.0.0.1", 0)) as canary:
        found = Far(port, canary.getsockname()[1])

        def watch() -> None:
            with suppress(OSError):
                canary.accept()
                found.came.append("canary")

        threading.Thread(target=watch, daemon=True).start()
        mcp_server.OPTIONS.clear()
        mcp_server.OPTIONS |= {"http": "yes", "canary": str(found.canary)}
        yield found
        with suppress(OSError):
            canary.shutdown(socket.SHUT_RDWR)
    mcp_server.OPTIONS.clear()
    server.shutdown()
    server.server_close()


@pytest.fixture
async def room(tmp_path: Path, far: Far, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Room]:
    monkeypatch.setenv("BLUFIO_HOME", str((tmp_path / "home").resolve()))
    monkeypatch.setattr("blufio_tui.core.mcp.flood.WINDOW_SECS", 3600.0)  # however slowly this machine floods
    monkeypatch.setattr("blufio_tui.adapters.mcp.servers.FIRST_CONTACT_SECS", 120.0)
    monkeypatch.setattr("blufio_tui.core.mcp.flood.MAX_BYTES", 9 * 1024 * 1024)
    monkeypatch.setattr("blufio_tui.adapters.mcp.server.RELIST_SECS", 0.0)
    async with AsyncExitStack() as stack:
        made = make_room(tmp_path, stack)
        made.name = "evil"
        made.person.decides = lambda question: question.preview.startswith(("connect to", "call the tool"))
        yield made


async def _open(room: Room, far: Far, more: str = "") -> list[str]:
    config = f'[network]\nallow_private = ["127.0.0.1:{far.port}", "127.0.0.1:{far.canary}"]\n'
    return await room.open(f'{config}[mcp.servers.evil]\nurl = "http://127.0.0.1:{far.port}/mcp"\n{more}')


async def _still_safe(room: Room, far: Far, said: str) -> None:
    assert all(character.isprintable() or character in "\n\t" for character in said)
    assert all(line.isprintable() for line in room.server.log.lines())
    assert far.came == []
    assert not any("Cookie" in headers for _, headers, _ in mcp_http.Handler.seen)
    for row in await room.rows():
        if row.decision == Verdict.ALLOW:
            assert row.resource == f"http://127.0.0.1:{far.port}/mcp", (row.kind, row.resource)


QUICK = "timeout_secs = 2\n"
BY_HTTP = {
    "redirects_to_metadata": ("it redirects to http://169.254.169.254/latest/meta-data/", ""),
    "redirects_to_the_canary": ("it redirects to http://127.0.0.1:", ""),
    "redirects_to_a_file": ("it redirects to file:///etc/passwd", ""),
    "page": ("it answered with text/html, not with JSON", ""),
    "error_page": ("it answered with status 500: \\e[2J", ""),
    "compressed_bomb": ("it sends compressed answers, which were not requested", ""),
    "endless_body": ("it sent a message of more than 8 MiB", ""),
    "endless_comments": ("it was disconnected: more than 9 MiB", ""),
    "endless_event": ("it sent a message of more than 8 MiB", ""),
    "other_events": ("it was disconnected: more than 9 MiB", ""),
    "says_nothing": ("no answer to tools/call within 2 s", QUICK),
    "accepts_and_is_silent": ("the server ended its reply to tools/call without an answer", ""),
    "hangs_up": ("the connection to", ""),
    "answers_another_call": ("without an answer", ""),
    "answers_before_it_is_asked": ("done", ""),
    "wants_a_login": ("wants you to log in; run: blufio-tui mcp login ", ""),
    "sets_cookies": ("done", ""),
}
"""What the model is told, and more lines of the server's table."""

ALSO_FAR = {
    "twice": "the first",
    "answers_never_asked_for": "done",
    "nonsense": "done",
    "nested": "nested more than 100 deep",
    "odd_progress": "done",
    "surrogates": "\ufffd",
    "notifications": "it was disconnected",
    "huge_notifications": "it was disconnected",
    "progress": "it was disconnected",
    "batch": "it was disconnected",
    "changed_lists": "done",
    "hidden_everywhere": visible(HIDDEN),
    "hidden_in_an_error": "\\e[2J",
    "endless_result": "more characters left out",
    "asks_without_end": "done",
    "samples": "the user declined",
    "probes_roots": "project",
    "commands_the_client": "-32601",
    "forms": "true",
    "rug_pull": "done",
}
"""Attacks of `hostile_mcp` over this transport."""


@pytest.mark.parametrize("name", sampled([*BY_HTTP, *ALSO_FAR]))
async def test_an_attack_over_http_reaches_no_other_address_and_the_next_call_is_made(
    room: Room, far: Far, name: str
) -> None:
    expected, more = BY_HTTP.get(name) or (ALSO_FAR[name], "")
    assert await _open(room, far, more) == []
    outcome = await room.call("attack", name=name)
    assert expected in outcome.content, outcome.content[:500]
    await _still_safe(room, far, outcome.content)
    assert len([one for one in room.person.asked if not room.person.decides(one)]) <= 6
    await room.server.restart(CallContext("s1", "t1", "again", room.events.append))
    assert (await room.call("add", a=20, b=22)).content == "42"


STARTS = {
    "redirects_to_metadata": "it redirects to",
    "redirects_to_the_canary": "it redirects to",
    "page": "not with JSON",
    "endless_body": "more than 8 MiB",
    "endless_comments": "it was disconnected",
    "odd_session": "it gave a session id that is not plain text",
    "hangs_at_initialized": "it did not accept that we are ready within 2 s",
    "says_nothing": "no answer to initialize within 2 s",
    "wants_a_login": "blufio-tui mcp login evil",
}


@pytest.mark.parametrize("start", sampled(STARTS))
async def test_a_server_that_attacks_at_the_first_request_is_not_used(
    room: Room, far: Far, start: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("blufio_tui.adapters.mcp.server.START_SECS", 2.0 if "within 2 s" in STARTS[start] else 60.0)
    mcp_server.OPTIONS["start"] = start
    (said,) = await _open(room, far)
    assert STARTS[start] in said
    assert not room.server.is_ready
    assert not any(name.startswith("evil") for name in room.backend.equipment.tools.names())
    await _still_safe(room, far, said)


def test_each_attack_over_http_is_in_a_table() -> None:
    assert {*BY_HTTP, *STARTS} == set(hostile_http.ATTACKS)
    assert set(ALSO_FAR) < set(hostile_mcp.ATTACKS)
    assert set(LISTENED) == set(hostile_http.LISTENED)


LISTENED = {"floods": "it was disconnected", "comments": "it was disconnected", "asks": ""}


@pytest.mark.parametrize("stream", LISTENED)
async def test_what_it_says_by_itself_is_counted_too(room: Room, far: Far, stream: str) -> None:
    mcp_server.OPTIONS["listen"] = stream
    assert await _open(room, far) == []
    if stream == "asks":
        async with asyncio.timeout(60):
            while not room.person.asked[1:]:
                await asyncio.sleep(0.01)
        assert (await room.call("add", a=1, b=1)).content == "2"
        assert len(room.person.asked) <= 2 + 8
    else:
        async with asyncio.timeout(60):
            while not room.server.is_lost:
                await asyncio.sleep(0.01)
        assert LISTENED[stream] in room.server.why_lost
        mcp_server.OPTIONS.pop("listen")
        assert (await room.call("add", a=1, b=1)).content == "2"
    await _still_safe(room, far, "")


async def test_a_look_at_its_prompts_and_resources_reads_no_file(room: Room, far: Far) -> None:
    await _open(room, far)
    room.person.decides = lambda question: "evil" in question.preview
    context: Any = CallContext("s1", "t1", "p1", room.events.append)
    read = await room.backend.equipment.servers.resource("evil:file:///etc/passwd", context)
    assert "not file:///etc/passwd" in read
    assert "root:" not in read
    await _still_safe(room, far, read)
