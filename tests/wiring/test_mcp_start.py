"""What configured servers cost before they are used: nothing but reading a file."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

_PROGRAM = """
import sys
from pathlib import Path
import blufio_tui.ui.app
from blufio_tui.wiring.backend import build_backend
from blufio_tui.features.start.options import read_options
from blufio_tui.features.start.arguments import StartOptions
from blufio_tui.features.stored.stores import open_database
from blufio_tui.core.gate.approvers import DenyAll
options = read_options(StartOptions(project=Path(sys.argv[1]), mode="ask", offline=True), interactive=True)
with open_database(options.paths) as database:
    backend = build_backend(options, database, DenyAll())
    loaded = {name.partition(".")[0] for name in sys.modules}
    print(len(backend.equipment.servers.all), sorted(loaded & {"mcp", "mcp_types", "httpcore2"}))
"""


_FIRST_FRAME = """
import asyncio
import sys
from pathlib import Path
from blufio_tui.features.start.options import read_options
from blufio_tui.features.start.opening import Opening
from blufio_tui.wiring.screen import services_of
from blufio_tui.features.start.arguments import StartOptions
from blufio_tui.ui.app import BlufioApp
from blufio_tui.ui.ports.desk import ApprovalDesk

def loaded():
    ours = {name for name in sys.modules if name.startswith(("blufio_tui.adapters.mcp", "blufio_tui.mcp_server"))}
    return sorted(ours | {name.partition(".")[0] for name in sys.modules} & {"mcp", "mcp_types", "httpcore2", "httpx2"})

async def main():
    options = read_options(StartOptions(project=Path(sys.argv[1]), mode="ask", offline=True), interactive=True)
    desk = ApprovalDesk()

    def open_parts():
        from blufio_tui.wiring.screen_ports import open_parts
        return open_parts(options, desk)

    opening = Opening(open_parts)
    painted = []

    shown = BlufioApp._display

    def display(app, screen, renderable):
        if not painted:
            painted.append(loaded())
        shown(app, screen, renderable)

    BlufioApp._display = display
    app = BlufioApp(services_of(options, desk, opening))
    async with app.run_test(size=(120, 36)) as pilot:
        while not painted:
            await pilot.pause()
        print("first frame", painted[0])
        servers = (await opening.parts()).backend.equipment.servers.all
        print("opened", sorted({one.state.value for one in servers}), len(servers))
        print("opened", [name for name in loaded() if name.startswith(("mcp", "http"))])
        app.exit(0)
    await opening.close()

asyncio.run(main())
"""


@pytest.fixture
def marker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Ten servers are configured. Nine of them make this file when they are started."""
    (tmp_path / "home").mkdir()
    marker = tmp_path / "started"
    servers = [f'[mcp.servers.s{n}]\ncommand = "touch"\nargs = [{json.dumps(str(marker))}]' for n in range(9)]
    servers.append('[mcp.servers.far]\nurl = "https://example.org/mcp"')
    (tmp_path / "home" / "config.toml").write_text("\n".join(servers))
    monkeypatch.setenv("BLUFIO_HOME", str(tmp_path / "home"))
    return marker


def _run(program: str, project: Path) -> str:
    done = subprocess.run([sys.executable, "-c", program, str(project)], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.stdout


def test_ten_servers_import_and_start_nothing(marker: Path) -> None:
    assert _run(_PROGRAM, marker.parent) == "10 []\n"
    assert not marker.exists()


def test_the_first_frame_waits_for_nothing_of_ten_servers(marker: Path) -> None:
    lines = _run(_FIRST_FRAME, marker.parent).splitlines()
    assert lines == ["first frame []", "opened ['not started'] 10", "opened []"]
    assert not marker.exists()
