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
from blufio_tui.features.options import read_options
from blufio_tui.features.start_options import StartOptions
from blufio_tui.features.stores import open_database
from blufio_tui.core.gate.approvers import DenyAll
options = read_options(StartOptions(project=Path(sys.argv[1]), mode="ask", offline=True), interactive=True)
with open_database(options.paths) as database:
    backend = build_backend(options, database, DenyAll())
    loaded = {name.partition(".")[0] for name in sys.modules}
    print(len(backend.equipment.servers.all), sorted(loaded & {"mcp", "mcp_types", "httpcore2"}))
"""


def test_ten_servers_import_and_start_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "home").mkdir()
    marker = tmp_path / "started"
    servers = [f'[mcp.servers.s{n}]\ncommand = "touch"\nargs = [{json.dumps(str(marker))}]' for n in range(9)]
    servers.append('[mcp.servers.far]\nurl = "https://example.org/mcp"')
    (tmp_path / "home" / "config.toml").write_text("\n".join(servers))
    monkeypatch.setenv("BLUFIO_HOME", str(tmp_path / "home"))
    done = subprocess.run([sys.executable, "-c", _PROGRAM, str(tmp_path)], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("10 []\n", "")
    assert not marker.exists()
