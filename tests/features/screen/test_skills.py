"""Skills behind the screen: what other processes install, what is watched, and what is known of their use."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest

from blufio_tui.adapters.config.paths import from_project
from blufio_tui.adapters.skills.install import InstallPorts, SkillInstaller
from blufio_tui.adapters.skills.registry import SkillRegistry
from blufio_tui.adapters.storage.database import Database
from blufio_tui.core.audit.rows import AuditEntry, RowType
from blufio_tui.core.capability import Kind
from blufio_tui.core.errors import BlufioError
from blufio_tui.core.gate.approvers import DenyAll
from blufio_tui.core.sessions.records import ToolCallRecord
from blufio_tui.core.skills.declared_use import Declaration
from blufio_tui.core.skills.offer import SkillNeedsConsent
from blufio_tui.features.start.arguments import StartOptions
from blufio_tui.features.start.options import read_options
from blufio_tui.wiring.screen_ports import Parts, open_parts
from tests.fakes.audit_list import AuditList
from tests.fakes.session_clock import SettableClock
from tests.fakes.skill_folders import make_instructions, make_skill

READS = '[capabilities.filesystem]\nread = ["${PROJECT}"]\n'


@pytest.fixture
async def parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Parts]:
    home, project = tmp_path / "home", tmp_path / "project"
    project.mkdir()
    home.mkdir()
    (home / "config.toml").write_text('[skills]\nwatch = ["../dev"]\nfolders = ["own-skills"]\n')
    make_skill(tmp_path / "dev", "watched", more=READS)
    make_instructions(project / "own-skills", "house-style")
    monkeypatch.setenv("BLUFIO_HOME", str(home))
    opened = open_parts(read_options(StartOptions(project=project), interactive=True), DenyAll())
    yield opened
    await opened.close()


async def install_elsewhere(parts: Parts, folder: Path) -> None:
    """As another process would: its own database connection and registry."""
    paths = parts.backend.options.paths
    database = Database(paths.database)
    database.open()
    installer = SkillInstaller(SkillRegistry(database, None), InstallPorts(paths.skills, AuditList(), SettableClock()))
    await installer.commit(await installer.prepare(str(folder)))
    database.close()


async def test_what_another_process_installs_is_offered_before_the_next_turn(parts: Parts, tmp_path: Path) -> None:
    told: list[str] = []
    parts.skills.on_change(lambda: told.append("changed"))
    await install_elsewhere(parts, make_skill(tmp_path / "there", "newcomer"))
    assert "newcomer" not in parts.backend.equipment.tools.names()
    parts.skills.catch_up()
    assert "newcomer" in parts.backend.equipment.tools.names() and told == ["changed"]
    parts.skills.catch_up()
    assert told == ["changed"]


async def test_watched_folders_are_relative_to_the_project_and_ask_first(parts: Parts) -> None:
    async with aclosing(parts.care.news()) as news:
        wanted = await anext(news)
    assert isinstance(wanted, SkillNeedsConsent)
    assert wanted.offer.skill.name == "watched"
    assert wanted.offer.asks == ("read the project folder and everything below it",)
    await wanted.offer.accept()
    assert "watched" in parts.backend.equipment.tools.names()


async def test_folders_of_instruction_skills_are_relative_to_the_project(parts: Parts) -> None:
    assert "house-style" in [skill.name for skill in parts.skills.list()]


async def test_installing_verifying_and_removing(parts: Parts, tmp_path: Path) -> None:
    make_skill(tmp_path / "project" / "mine", "mine")
    offer = await parts.care.prepare("mine/mine")
    skill = await offer.accept()
    assert await parts.care.differences("mine") == ()
    (skill.folder / "skill.wasm").write_bytes(b"other")
    assert await parts.care.differences("mine") == ("changed: skill.wasm",)
    assert "mine" not in parts.backend.equipment.tools.names()
    assert await parts.care.remove("mine") == 0
    with pytest.raises(BlufioError):
        await parts.care.prepare("not-there")
    with pytest.raises(BlufioError):
        await parts.care.prepare("https://127.0.0.1/skill.zip")


async def test_calls_denials_and_declared_use_are_known(parts: Parts, tmp_path: Path) -> None:
    await (await parts.care.prepare(str(tmp_path / "dev" / "watched"))).accept()
    backend = parts.backend
    session = await backend.stored.sessions.create("p")
    for number in range(3):
        record = ToolCallRecord(session, "t", f"c{number}", "watched", {}, 100.0 + number, finished=True)
        await backend.stored.sessions.record_tool_call(record)
    readme = str(backend.project / "README.md")
    for resource, decision in ((readme, "allow"), ("/etc/hosts", "deny"), ("/etc/hosts", "deny")):
        entry = AuditEntry(RowType.DECISION, "fs.read", resource, actor="watched", decision=decision)
        await backend.stored.audit.append(entry)
    use = (await parts.care.uses())["watched"]
    assert (use.calls, use.denials, use.last_used) == (3, 2, 102.0)
    report = await parts.care.report("watched")
    assert [record.call_id for record in report.recent] == ["c0", "c1", "c2"]
    assert report.declared is not None and report.decisions == 3
    assert report.declared.used == ((Declaration(Kind.FS_READ, "${PROJECT}"), 1),)
    assert report.declared.undeclared[0].resource == "/etc/hosts"
    assert report.source == str(tmp_path / "dev" / "watched")


def test_a_written_folder_is_below_the_project_unless_it_says_otherwise(tmp_path: Path) -> None:
    assert from_project("skills", tmp_path) == tmp_path.resolve() / "skills"
    assert from_project("/opt/skills", tmp_path) == Path("/opt/skills")
    assert from_project("~/x", tmp_path) == (Path.home() / "x").resolve()
