"""The screen's servers on real ones: shown, trusted, switched, accepted."""

import json
import os
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from blufio_tui.adapters.cage.program_side.probe import why_not
from blufio_tui.core.audit.rows import AuditFilter
from blufio_tui.core.errors import NotThere, UsageError
from blufio_tui.core.gate.approvers import DenyAll
from blufio_tui.core.servers.view import NOT_TRUSTED
from blufio_tui.core.tools import CallContext
from blufio_tui.features.screen.servers import ScreenServers
from blufio_tui.features.start.arguments import StartOptions
from blufio_tui.wiring.backend import Backend, open_backend

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not() or "a cage can be made")
PYTHON = os.path.realpath(sys.executable)


@pytest.fixture
async def backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Backend]:
    root = Path(os.path.realpath(tmp_path))
    for name in ("project", "home"):
        (root / name).mkdir()
    shutil.copy(Path(__file__).parents[2] / "fakes" / "mcp_server.py", root / "project" / "server.py")
    (root / "home" / "config.toml").write_text(
        f'# mine\n[mcp.servers.fake]\ncommand = "{PYTHON}"\nargs = ["server.py"]  # kept\n'
    )
    theirs = {"theirs": {"command": PYTHON, "args": ["server.py"], "env": {"X": "${HOME}"}}}
    (root / "project" / ".mcp.json").write_text(json.dumps({"mcpServers": theirs}))
    monkeypatch.setenv("BLUFIO_HOME", str(root / "home"))
    args = StartOptions(project=root / "project", mode="ask", offline=True)
    async with open_backend(args, interactive=True, approver=DenyAll()) as opened:
        yield opened


def screen_on(backend: Backend) -> ScreenServers:
    equipment, config_file = backend.equipment, backend.options.paths.config_file
    return ScreenServers(equipment.servers, equipment.server_sources, backend.outside.cages, config_file)


async def test_the_projects_servers_are_shown_and_not_started_before_they_are_trusted(backend: Backend) -> None:
    screen = screen_on(backend)
    fake, theirs = await screen.views()
    assert (fake.name, fake.state, fake.tools) == ("fake", "not started", None)
    assert (theirs.state, theirs.from_project) == (NOT_TRUSTED, True)
    assert "variable X=${HOME}" in theirs.may
    assert "sees HOME of your environment" in theirs.may
    assert [server.config.name for server in backend.equipment.servers.all] == ["fake"]
    assert await screen.trust([theirs])
    assert [view.state for view in await screen.views()] == ["not started", "not started"]
    await screen.restart("theirs")
    assert (await screen.views())[1].state == "ready"
    assert "theirs__add" in backend.equipment.tools.names()


async def test_what_changed_after_it_was_shown_is_not_trusted(backend: Backend) -> None:
    screen = screen_on(backend)
    theirs = (await screen.views())[1]
    (backend.project / ".mcp.json").write_text('{"mcpServers": {"theirs": {"command": "evil"}}}')
    assert not await screen.trust([theirs])
    assert not backend.equipment.server_sources.project_file.find().is_trusted


async def test_a_server_is_switched_off_in_the_file_and_ends(backend: Backend) -> None:
    screen = screen_on(backend)
    await screen.restart("fake")
    assert "fake__add" in backend.equipment.tools.names()
    await screen.enable("fake", False)
    assert (await screen.views())[0].state == "off"
    assert "fake__add" not in backend.equipment.tools.names()
    written = (backend.options.paths.config_file).read_text()
    assert written.startswith("# mine\n")
    assert "# kept" in written
    assert not backend.stored.held.waiting(), "a change of our own waits for nobody"
    await screen.enable("fake", True)
    assert "fake__add" in backend.equipment.tools.names(), "its tools are known from before"
    with pytest.raises(NotThere):
        await screen.enable("theirs", False)


async def test_a_projects_server_is_switched_in_its_own_file_only(backend: Backend) -> None:
    screen = screen_on(backend)
    assert await screen.trust([(await screen.views())[1]])
    with pytest.raises(UsageError, match=r"\.mcp\.json"):
        await screen.enable("theirs", False)


async def test_a_change_is_accepted_as_it_was_shown_and_recorded(backend: Backend) -> None:
    screen = screen_on(backend)
    await screen.restart("fake")
    server = backend.equipment.servers.get("fake")
    await server.call("change", {}, CallContext("s", "t", "c", lambda _event: None))
    await server.ready(CallContext("s", "t", "c", lambda _event: None))
    shown = (await screen.views())[0]
    assert {tool.name: tool.state for tool in shown.waiting} == {"add": "changed", "brand_new": "new"}
    add = next(tool for tool in shown.waiting if tool.name == "add")
    await screen.accept("fake", [add.digest, "of something else"])
    assert [tool.name for tool in (await screen.views())[0].waiting] == ["brand_new"]
    await backend.gate.settle()
    rows = [row.entry async for row in backend.stored.audit.rows(AuditFilter(text="as-redefined"))]
    assert rows[0].actor == "user"
    assert add.digest[:16] in rows[0].resource
