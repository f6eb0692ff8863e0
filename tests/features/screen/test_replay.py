"""Recording, replaying and judging an update behind the screen, on the program's own sandbox."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from blufio_tui.core.gate.approvers import DenyAll
from blufio_tui.core.skills.tool import SkillTool
from blufio_tui.core.tools import CallContext
from blufio_tui.features.screen.lazy_parts import LaterRecording
from blufio_tui.features.start.arguments import StartOptions
from blufio_tui.features.start.opening import Opening
from blufio_tui.features.start.options import read_options
from blufio_tui.wiring.screen_ports import Parts, open_parts
from tests.fakes.skill_folders import make_skill

READS = '[capabilities.filesystem]\nread = ["${PROJECT}"]\n[wasm]\nentry = "skill.py"\n'
CODE = b'from blufio import output, read_file\noutput(read_file("notes.txt", text=True))\n'
CURIOUS = CODE + b'read_file("other.txt")\n'


@pytest.fixture
async def parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compiled_in_this_process: None
) -> AsyncIterator[Parts]:
    home, project = tmp_path / "home", tmp_path / "project"
    project.mkdir()
    home.mkdir()
    (project / "notes.txt").write_text("a note")
    monkeypatch.setenv("BLUFIO_HOME", str(home))
    opened = open_parts(read_options(StartOptions(project=project), interactive=True), DenyAll())
    yield opened
    await opened.close()


async def call(parts: Parts, call_id: str) -> None:
    skill = parts.backend.stored.skills.get("reader")
    outcome = await SkillTool(skill, parts.backend.equipment.skill_host).invoke(
        {}, CallContext("s1", "t1", call_id, lambda _event: None)
    )
    assert outcome.content == "a note"


async def test_a_session_is_recorded_replayed_and_judges_an_update(parts: Parts, tmp_path: Path) -> None:
    made = make_skill(tmp_path / "dev", "reader", more=READS, files={"skill.py": CODE})
    await (await parts.care.prepare(str(made))).accept()
    await call(parts, "c1")
    parts.backend.stored.recorder.set_session("s1", True)
    await call(parts, "c2")
    replays = parts.replays
    assert (await replays.replay("c2")).same
    flows = await replays.flows("c2")
    assert [source.resource for source in flows.reached_output] == [str(tmp_path / "project" / "notes.txt")]
    make_skill(tmp_path / "dev", "reader", version="1.1.0", more=READS, files={"skill.py": CURIOUS})
    offer = await parts.care.prepare_update("reader")
    other = f"newly asks for fs.read {tmp_path}/project/other.txt in 1 call"
    assert other in offer.asks and other in offer.notes
    await offer.discard()


async def test_the_line_at_the_bottom_knows_before_the_program_is_open(parts: Parts) -> None:
    recorder = parts.backend.stored.recorder
    opening = Opening(lambda: parts)
    later = LaterRecording(opening.part(lambda parts: parts.backend.stored.recorder), recorder.settings)
    assert later.said("") == ""
    later.set("", True)
    assert later.said("") == "recording"
    await opening.parts()
    assert later.said("s1") == "recording"
    assert recorder.is_on("s1")
    later.set("s1", False)
    assert later.said("s1") == ""
