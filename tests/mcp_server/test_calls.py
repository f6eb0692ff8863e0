"""Skills called by the reference client, over its own in-memory transport: what is served, decided, asked, recorded."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from mcp import MCPError
from mcp.client.client import Client
from mcp_types import ElicitRequestParams, ElicitResult, Implementation

from blufio_tui.core.audit.rows import AuditFilter
from blufio_tui.core.errors import NotThere
from blufio_tui.mcp_server.backend import ServedBackend, open_served
from blufio_tui.mcp_server.elicitation import Elicitations
from blufio_tui.mcp_server.server import SkillServer
from blufio_tui.mcp_server.tools import REPORT
from tests.mcp_server.conftest import Place

ERAS = ("legacy", "auto")
"""The client is asked while the call runs; the call stands still until the client comes back."""


class Asks:
    """A client's form: keeps what was asked, and answers."""

    def __init__(self, answer: Any = "refuse", action: str = "accept") -> None:
        self.asked: list[str] = []
        self._answer, self._action = answer, action

    async def __call__(self, _context: Any, params: ElicitRequestParams) -> ElicitResult:
        self.asked.append(params.message)
        content = {"answer": self._answer} if self._action == "accept" else None
        return ElicitResult(action=self._action, content=content)  # type: ignore[arg-type]


@asynccontextmanager
async def connected(
    place: Place, asks: Asks | None = None, *, era: str = "legacy", **more: Any
) -> AsyncIterator[tuple[Client, ServedBackend]]:
    elicitations = Elicitations()
    async with open_served(place.args(**more), elicitations) as backend:
        server = SkillServer(backend, elicitations, more.get("skill", [])).server
        info = Implementation(name="tester", version="1.2")
        async with Client(server, mode=era, elicitation_callback=asks, client_info=info) as client:
            yield client, backend


def text_of(result: Any) -> str:
    return str(result.content[0].text)


@pytest.mark.parametrize("era", ERAS)
async def test_enabled_skills_are_tools_with_schemas_examples_and_annotations(place: Place, era: str) -> None:
    async with connected(place, era=era) as (client, _):
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert "text_stats" in tools
    assert not {"bash", "file", "http", "todo", "ask_user"} & set(tools)
    stats, notes, fetch = tools["text_stats"], tools["note_keeper"], tools["fetch_page"]
    assert stats.input_schema["properties"]["path"]["type"] == "string"
    assert stats.input_schema["examples"][0] == {"path": "sample.txt"}
    assert "how long is the text {text}" in stats.description
    assert "/etc/hostname" not in stats.description
    assert (stats.annotations.read_only_hint, stats.annotations.open_world_hint) == (True, False)
    assert (notes.annotations.read_only_hint, notes.annotations.destructive_hint) == (False, True)
    assert fetch.annotations.open_world_hint


async def test_where_everything_is_allowed_nothing_is_called_harmless(place: Place) -> None:
    async with connected(place, mode="allow-all") as (client, _):
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert not any(tool.annotations.read_only_hint for tool in tools.values())


@pytest.mark.parametrize("era", ERAS)
async def test_a_call_runs_through_the_gate_and_its_rows_name_the_client(place: Place, era: str) -> None:
    async with connected(place, era=era) as (client, backend):
        result = await client.call_tool("text_stats", {"path": "README.md"})
        rows = await backend.backend.stored.audit.page(AuditFilter(), limit=50)
    assert not result.is_error
    assert json.loads(text_of(result))["words"] == 3
    report = result.meta[REPORT]
    assert report["skill"] == "text-stats"
    assert report["audit"][0]["decided_by"] == "manifest"
    read = next(row.entry for row in rows if row.entry.kind == "fs.read")
    assert (read.actor, read.call_id) == ("text-stats", report["call_id"])
    assert "for the MCP client tester 1.2" in read.detail


@pytest.mark.parametrize("era", ERAS)
async def test_a_question_goes_to_the_client_and_an_allowance_holds_once(place: Place, era: str) -> None:
    asks = Asks("allow")
    async with connected(place, asks, era=era) as (client, backend):
        for _ in range(2):
            result = await client.call_tool("text_stats", {"path": str(place.outside)})
            assert json.loads(text_of(result))["words"] == 7
        assert backend.backend.stored.grants.grants() == ()
    assert len(asks.asked) == 2
    assert asks.asked[0].startswith(f"text-stats wants to read {place.outside}")
    assert "Declared: read ${PROJECT}" in asks.asked[0]


INVENTED = "denied: the client sent an answer that was not offered"


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize(
    ("asks", "by", "why"),
    [
        pytest.param(Asks("refuse"), "user", "denied by you", id="refuse"),
        pytest.param(Asks("yes"), "mode", INVENTED, id="yes"),
        pytest.param(Asks(None), "mode", INVENTED, id="none"),
        pytest.param(Asks(True), "mode", INVENTED, id="true"),
        pytest.param(Asks(action="decline"), "user", "denied by you", id="decline"),
        pytest.param(
            Asks(action="cancel"), "mode", "denied: the client closed the question without an answer", id="cancel"
        ),
        pytest.param(None, "mode", "denied: the client cannot ask anybody", id="cannot ask"),
    ],
)
async def test_whatever_is_no_clear_yes_is_a_denial_and_only_a_clear_no_the_persons(
    place: Place, asks: Asks | None, by: str, why: str, era: str
) -> None:
    async with connected(place, asks, era=era) as (client, backend):
        result = await client.call_tool("text_stats", {"path": str(place.outside)})
        rows = await backend.backend.stored.audit.page(AuditFilter(), limit=50)
    assert result.is_error
    assert text_of(result).startswith("DENIED")
    read = next(row.entry for row in rows if row.entry.kind == "fs.read")
    assert (read.decision, read.decided_by) == ("deny", by)
    assert read.rule.startswith(why)


async def test_the_mode_decides_before_anybody_is_asked(place: Place) -> None:
    asks = Asks("allow")
    async with connected(place, asks, mode="deny") as (client, _):
        result = await client.call_tool("text_stats", {"path": str(place.outside)})
    assert result.is_error
    assert asks.asked == []


async def test_only_what_was_asked_for_is_served_also_a_built_in_tool(place: Place) -> None:
    async with connected(place, skill=["text-stats", "search"]) as (client, _):
        assert [tool.name for tool in (await client.list_tools()).tools] == ["text_stats", "search"]
        with pytest.raises(MCPError, match="there is no tool note_keeper"):
            await client.call_tool("note_keeper", {})
        found = await client.call_tool("search", {"pattern": "two"})
    assert "README.md" in text_of(found)


@pytest.mark.parametrize("name", ["no-such-skill", "todo", "task", ""])
async def test_what_cannot_be_served_is_said_at_once(place: Place, name: str) -> None:
    with pytest.raises(NotThere):
        async with connected(place, skill=[name]):
            pass


async def test_a_skill_that_was_disabled_meanwhile_is_gone(place: Place) -> None:
    async with connected(place) as (client, backend):
        await backend.backend.stored.skills.set_enabled("text-stats", False)
        assert "text_stats" not in [tool.name for tool in (await client.list_tools()).tools]
        with pytest.raises(MCPError):
            await client.call_tool("text_stats", {"text": "x"})


async def test_wrong_input_is_an_error_that_says_what_is_wrong(place: Place) -> None:
    async with connected(place) as (client, _):
        result = await client.call_tool("text_stats", {"nonsense": 1})
    assert result.is_error
    assert "nonsense" in text_of(result)
