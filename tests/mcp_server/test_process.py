"""The program as a client starts it, over pipes and over HTTP, with clients that mean well and clients that do not."""

import asyncio
import json
import re
import signal
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp_types import ElicitRequestParams, ElicitResult

from tests.e2e.terminal import blufio_command
from tests.fakes import piped
from tests.fakes.editor import environment
from tests.fakes.messages_api import KEY
from tests.mcp_server.conftest import Place


async def allow(_context: Any, params: ElicitRequestParams) -> ElicitResult:
    return ElicitResult(action="accept", content={"answer": "allow"})


def text_of(result: Any) -> str:
    return str(result.content[0].text)


@pytest.mark.parametrize("era", [pytest.param("legacy", marks=pytest.mark.corpus), "auto"])
async def test_a_call_and_a_question_over_pipes(place: Place, era: str) -> None:
    command = blufio_command("mcp", "serve", "--skill", "text-stats")
    server = StdioServerParameters(
        command=command[0], args=command[1:], env=environment(place.home, KEY), cwd=place.project
    )
    async with asyncio.timeout(60), Client(server, mode=era, elicitation_callback=allow) as client:
        assert [tool.name for tool in (await client.list_tools()).tools] == ["text_stats"]
        result = await client.call_tool("text_stats", {"path": str(place.outside)})
    assert json.loads(text_of(result))["words"] == 7


def answers_to(place: Place, *lines: bytes) -> "tuple[list[dict[str, Any]], str, int]":
    """What came back for these lines, and the end of the pipe."""
    process = over_pipes(place)
    out, err = process.communicate(b"".join(line + b"\n" for line in lines), timeout=60)
    assert process.returncode is not None
    return [json.loads(line) for line in out.splitlines()], err.decode(), process.returncode


def over_pipes(place: Place) -> piped.Piped:
    serve = ("mcp", "serve", "--skill", "text-stats")
    return piped.started(*serve, env=environment(place.home, KEY), cwd=place.project, text=False)


def rpc(number: int, method: str, **params: Any) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}).encode()


HELLO = rpc(
    1,
    "initialize",
    protocolVersion="2025-06-18",
    capabilities={},
    clientInfo={"name": "raw\u202e\x1b[2J", "version": ""},
)


def test_bad_lines_huge_input_and_unknown_tools_are_answered_and_the_end_is_clean(place: Place) -> None:
    huge = json.dumps({"jsonrpc": "2.0", "id": 9, "method": "tools/call", "params": "x" * 5_000_000}).encode()
    answers, said, code = answers_to(
        place,
        HELLO,
        b"not json",
        b"[1,2]",
        b'{"jsonrpc":"2.0","id":7}',
        huge,
        rpc(2, "tools/call", name="no_such_tool", arguments={}),
        rpc(3, "no/such/method"),
        rpc(4, "tools/list"),
    )
    by_id = {answer.get("id"): answer for answer in answers}
    assert by_id[1]["result"]["serverInfo"]["name"] == "blufio-tui"
    assert "there is no tool no_such_tool" in by_id[2]["error"]["message"]
    assert "error" in by_id[3]
    assert [tool["name"] for tool in by_id[4]["result"]["tools"]] == ["text_stats"]
    assert [answer["error"]["code"] for answer in answers if answer.get("id") is None] == [-32700, -32600, -32600]
    assert "error" in by_id[7]
    assert code == 0
    assert "Traceback" not in said


def test_a_client_that_goes_while_it_is_asked_denied_nothing_itself(place: Place) -> None:
    """The call is answered at once, and the row says that the connection ended."""
    hello = json.loads(HELLO)
    hello["params"]["capabilities"] = {"elicitation": {}}
    with over_pipes(place) as process:
        assert process.stdin is not None and process.stdout is not None
        call = rpc(2, "tools/call", name="text_stats", arguments={"path": str(place.outside)})
        started = json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"}).encode()
        for line in (json.dumps(hello).encode(), started, call):
            process.stdin.write(line + b"\n")
        process.stdin.flush()
        asked = False
        while not asked:
            asked = json.loads(process.stdout.readline()).get("method") == "elicitation/create"
        process.stdin.close()
        last = [json.loads(line) for line in process.stdout.read().splitlines()]
        assert process.wait(60) == 0
    (answer,) = [one for one in last if one.get("id") == 2 and "result" in one]
    assert answer["result"]["content"][0]["text"].startswith("DENIED fs.read")
    with sqlite3.connect(place.home / "blufio.db") as database:
        rows = database.execute("SELECT decision, decided_by, rule FROM audit WHERE kind = 'fs.read'").fetchall()
    assert rows == [("deny", "mode", "denied: the client ended the connection before anybody answered")]


def test_without_pipes_it_says_who_starts_it(place: Place) -> None:
    with piped.started("mcp", "serve", env=environment(place.home, KEY), cwd=place.project, input=False) as process:
        assert process.stderr is not None
        assert "is started by an MCP client" in process.stderr.read()
    assert process.returncode == 2


def test_a_skill_that_is_not_there_is_said_at_once(place: Place) -> None:
    serve = ("mcp", "serve", "--http", "0", "--skill", "nope")
    done = piped.run(*serve, env=environment(place.home, KEY), cwd=place.project)
    assert done.returncode == 1
    assert "no enabled skill nope" in done.stderr


@contextmanager
def serving(place: Place, *more: str) -> Iterator[tuple[str, str, piped.Piped]]:
    """The address, the token and the program."""
    serve = ("mcp", "serve", "--http", "0", *more)
    process = piped.started(*serve, env=environment(place.home, KEY), cwd=place.project, input=False)
    assert process.stderr is not None
    assert process.stdout is not None
    try:
        said = process.stderr.readline() + process.stderr.readline()
        found = re.search(r"(http://127\.0\.0\.1:\d+/mcp).*Bearer (\S+)", said, re.DOTALL)
        assert found is not None, said
        yield found[1], found[2], process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        process.stdout.close()
        process.stderr.close()


async def http_client(url: str, token: str, era: str) -> Any:
    session = httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=30)
    return Client(streamable_http_client(url, http_client=session), mode=era, elicitation_callback=allow)


async def test_over_http_with_hostile_clients_beside_a_good_one(place: Place) -> None:
    """One program for all: it must go on answering the good ones."""
    with serving(place, "--skill", "text-stats") as (url, token, process):
        async with asyncio.timeout(90):
            await _strangers_are_refused(url, token)
            await _floods_end(url, token)
            for era in ("legacy", "auto"):
                async with await http_client(url, token, era) as client:
                    result = await client.call_tool("text_stats", {"path": str(place.outside)})
                    assert json.loads(text_of(result))["words"] == 7
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 130
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.read() == ""
        rest = process.stderr.read()
    assert token not in rest
    assert "Traceback" not in rest


async def _strangers_are_refused(url: str, token: str) -> None:
    good = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
    }
    port = url.split(":")[2].split("/")[0]
    cases: list[tuple[dict[str, str], int]] = [
        ({"Authorization": ""}, 401),
        ({"Authorization": "Bearer guess"}, 401),
        ({"Host": f"rebound.example:{port}"}, 421),
        ({"Origin": "http://rebound.example"}, 403),
        ({"Origin": f"http://rebound.example:{port}", "Host": f"rebound.example:{port}"}, 421),
    ]
    async with httpx2.AsyncClient() as client:
        for changed, expected in cases:
            for method in ("POST", "GET", "DELETE", "OPTIONS"):
                answer = await client.request(method, url, headers={**good, **changed}, content=HELLO)
                assert answer.status_code == expected, (changed, method)
                assert token not in answer.text
                assert "access-control-allow-origin" not in answer.headers
        too_large = await client.post(url, headers=good, content=b"x" * 5_000_000)
        assert too_large.status_code == 413
        nonsense = await client.post(url, headers=good, content=b"not json")
        assert 400 <= nonsense.status_code < 500
        no_session = await client.post(url, headers={**good, "mcp-session-id": "made-up"}, content=rpc(1, "tools/list"))
        assert 400 <= no_session.status_code < 500


async def _floods_end(url: str, token: str) -> None:
    """Sessions are opened until there is no room; whoever opened them can close them again."""
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
    }
    opened: list[str] = []
    async with httpx2.AsyncClient(timeout=30) as client:
        for _ in range(40):
            answer = await client.post(url, headers=headers, content=HELLO)
            if answer.status_code != 200:
                break
            opened.append(answer.headers["mcp-session-id"])
        assert answer.status_code == 503
        assert len(opened) == 32
        for session in opened:
            await client.delete(url, headers={**headers, "mcp-session-id": session})


def test_calls_beyond_what_waits_are_refused_and_the_rest_are_answered(place: Place) -> None:
    """A flood over pipes: 100 calls at once."""
    hello = [HELLO, json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"}).encode()]
    calls = [rpc(n, "tools/call", name="text_stats", arguments={"text": "a b"}) for n in range(100, 200)]
    results: dict[int, Any] = {}
    with over_pipes(place) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"".join(line + b"\n" for line in [*hello, *calls]))
        process.stdin.flush()
        while len(results) < 101:
            message = json.loads(process.stdout.readline())
            results[message["id"]] = message
        process.stdin.close()
        assert process.wait(60) == 0
    texts = [results[n]["result"]["content"][0]["text"] for n in range(100, 200)]
    refused = [text for text in texts if text.startswith("BUSY")]
    assert 0 < len(refused) <= 36
    assert all(json.loads(text)["words"] == 2 for text in texts if not text.startswith("BUSY"))


def test_a_port_that_is_taken_is_said(place: Place) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = piped.run("mcp", "serve", "--http", port, env=environment(place.home, KEY), cwd=place.project)
    assert done.returncode == 2
    assert f"port {port}" in done.stderr
