"""What CONTRIBUTING.md promises: one entry of the table and one module are a whole new screen."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]

SCREEN = """
from pathlib import Path
from textual.binding import Binding
from textual.content import Content
from blufio_tui.ui.screens import explorer

class ProbeScreen(explorer.Explorer[str]):
    CSS_PATH = str(Path(explorer.__file__).with_name("explorer.tcss"))  # this module is not beside it
    heading = "Probe"
    BINDINGS = [Binding("x", "examine", "Examine", id="probe.examine", tooltip="Look closer")]

    async def load(self):
        return ["one"]

    def row_key(self, row):
        return row

    def line(self, row, width):
        return Content(row)

    def details(self, row, width):
        return [Content(row)]

async def open_screen(host, query):
    return ProbeScreen(host.services, query)
"""

ENTRY = """
import asyncio, sys

from blufio_tui.ui import screens
from blufio_tui.ui.commands import table
from blufio_tui.ui.commands.command import Command, Group, Leader, Slash

screens.__path__.append(sys.argv[1])
command = Command(
    "app.probe", "Probe", "Look at the probe", "screens.open", ("probe",), "probe",
    keys="f12", leader=Leader("B", Group.SCREENS), slash=Slash("probe", "[TEXT]"),
)
table.COMMANDS = (*table.COMMANDS, command)
table.BY_ID["app.probe"] = command

from blufio_tui.ui.keys.check import keymap_problems
from blufio_tui.ui.keys.table import key_rows
from tests.ui.helpers import running, say, screen_text, until

async def main():
    places = {row.binding_id: row.place for row in key_rows({})}
    assert (places["app.probe"], places["leader.probe"], places["probe.examine"]) == ("everywhere", "leader", "probe")
    assert list(keymap_problems({"probe.examine": "f12"})), "two things on one key there"
    async with running() as (app, pilot, _):
        assert any(entry.title == "Probe" for entry in app.get_system_commands(app.screen))
        for keys in (["f12"], ["ctrl+g", "B"], ["/", *"probe one", "enter"]):
            await pilot.press(*keys)
            await until(pilot, lambda: "Probe" in screen_text(app).split("\\n")[0])
            await until(pilot, lambda: "Examine" in screen_text(app))
            while app.screen is not app.main:
                await pilot.press("escape")

asyncio.run(main())
"""


def test_an_entry_of_the_table_and_a_module_are_a_screen_with_its_key_leader_slash_name_palette_and_footer(
    tmp_path: Path,
) -> None:
    (tmp_path / "probe.py").write_text(SCREEN)
    command = [sys.executable, "-c", ENTRY, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
