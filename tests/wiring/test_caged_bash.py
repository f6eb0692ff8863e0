"""The `bash` tool in the cage: decided on by its effects, through the gate that skills pass."""

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from blufio_tui.adapters.cage.program_side.probe import why_not
from blufio_tui.adapters.storage.own_writes import note_own_write
from blufio_tui.core.audit.rows import AuditFilter, RowType
from blufio_tui.core.capability import Verdict
from blufio_tui.core.events import Event, ToolCallFinished
from blufio_tui.core.policy.approval import ApprovalAnswer, ApprovalQuestion, Lifetime
from blufio_tui.core.tools import CallContext, ToolOutcome
from blufio_tui.features.start.arguments import StartOptions
from blufio_tui.wiring.backend import Backend, open_backend
from blufio_tui.wiring.screen_ports import user_calls_of

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not() or "a cage can be made")


@dataclass
class Person:
    """Answers every question alike, and remembers them."""

    verdict: Verdict = Verdict.DENY
    asked: list[ApprovalQuestion] = field(default_factory=list)

    async def ask(self, question: ApprovalQuestion) -> ApprovalAnswer:
        self.asked.append(question)
        once = next(offer for offer in question.offers if offer.lifetime is Lifetime.CALL)
        return ApprovalAnswer(self.verdict, once if self.verdict is Verdict.ALLOW else None)


@dataclass
class Room:
    backend: Backend
    person: Person
    root: Path
    events: list[Event] = field(default_factory=list)

    async def bash(self, command: str, session: str = "s1", **more: Any) -> ToolOutcome:
        tool = self.backend.equipment.tools.get("bash")
        assert tool is not None
        context = CallContext(session, "t1", f"c{len(self.events)}", self.events.append)
        return await tool.invoke({"command": command, **more}, context)

    def set(self, text: str) -> None:
        """As the program itself changes its configuration: what another program writes waits for a person."""
        file = self.root / "home" / "config.toml"
        note_own_write(file, file.read_bytes() if file.exists() else b"", text.encode())
        file.write_text(text)


@pytest.fixture
async def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Room]:
    root = Path(os.path.realpath(tmp_path))
    for name in ("project", "outside", "home"):
        (root / name).mkdir()
    (root / "outside" / "a.txt").write_text("outside")
    monkeypatch.setenv("BLUFIO_HOME", str(root / "home"))
    person = Person()
    args = StartOptions(project=root / "project", mode="ask", offline=True)
    async with open_backend(args, interactive=True, approver=person) as backend:
        yield Room(backend, person, root)


async def test_a_command_inside_the_project_needs_no_question(room: Room) -> None:
    outcome = await room.bash("echo hello > made.txt && cat made.txt")
    assert (outcome.content, outcome.is_error) == ("hello\n", False)
    assert room.person.asked == []
    assert (room.root / "project/made.txt").exists()


async def test_what_reaches_beyond_is_one_question_about_that(room: Room) -> None:
    outcome = await room.bash(f"cat {room.root}/outside/a.txt")
    assert outcome.is_error
    (question,) = room.person.asked
    assert (question.request.kind, question.request.resource) == ("fs.read", f"{room.root}/outside/a.txt")
    assert question.request.actor.name == "bash"
    assert f"by cat {room.root}/outside/a.txt" in question.preview


async def test_a_yes_lets_it_go_on(room: Room) -> None:
    room.person.verdict = Verdict.ALLOW
    outcome = await room.bash(f"cat {room.root}/outside/a.txt")
    assert (outcome.content, outcome.is_error) == ("outside", False)


async def test_the_log_has_the_command_each_decision_each_file_and_a_closing_row(room: Room) -> None:
    await room.bash(f"echo x > made; cat {room.root}/outside/a.txt")
    await room.backend.gate.settle()
    rows = [row.entry for row in await room.backend.stored.audit.page(AuditFilter())]
    kinds = [(row.row_type, row.kind, Path(row.resource).name) for row in rows]
    assert (RowType.DECISION, "exec", kinds[0][2]) == kinds[0]
    assert (RowType.DECISION, "fs.read", "a.txt") in kinds
    assert (RowType.DECISION, "fs.write", "made") in kinds
    closing = next(row for row in rows if row.row_type is RowType.EFFECTS)
    assert "wrote 1" in closing.detail
    assert (room.root / "home" / "effects" / f"{closing.body_sha256}.jsonl.z").exists()
    assert (await room.backend.stored.audit.verify()).ok


async def test_a_deny_rule_for_files_holds_inside_the_project(room: Room) -> None:
    (room.root / "project/private").mkdir()
    (room.root / "project/private/x").write_text("secret")
    room.set('[[policy.rules]]\ndeny = "fs.read"\ntarget = "${PROJECT}/private"\n')
    outcome = await room.bash("cat private/x; cat PRIVATE/../private/x")
    assert "secret" not in outcome.content
    assert room.person.asked == []


async def test_a_deny_rule_for_commands_holds_in_the_cage(room: Room) -> None:
    room.set('[[policy.rules]]\ndeny = "exec"\ntarget = "touch"\n')
    outcome = await room.bash("touch made")
    assert "capability not permitted" in outcome.content


@pytest.mark.parametrize(("setting", "kinds"), [("both", ["exec", "fs.read"]), ("commands", ["exec"])])
async def test_commands_can_be_asked_about_as_a_whole(room: Room, setting: str, kinds: list[str]) -> None:
    room.person.verdict = Verdict.ALLOW
    room.set(f'[commands]\nask = "{setting}"\n')
    outcome = await room.bash(f"cat {room.root}/outside/a.txt")
    assert outcome.content == "outside"
    assert [question.request.kind for question in room.person.asked] == kinds


async def test_where_no_cage_can_be_made_the_card_says_so(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("blufio_tui.features.cage.cages.why_not", lambda: "this kernel is too old")
    await room.bash("echo hello")
    (question,) = room.person.asked
    assert question.request.kind == "exec"
    assert "not caged: this kernel is too old" in question.why


async def test_a_required_cage_that_cannot_be_made_runs_nothing(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("blufio_tui.features.cage.cages.why_not", lambda: "this kernel is too old")
    room.set('[commands]\ncage = "required"\n')
    outcome = await room.bash("touch made")
    assert outcome.is_error
    assert "not caged: this kernel is too old" in outcome.content
    assert room.person.asked == []
    assert not (room.root / "project/made").exists()


async def test_folder_and_variables_last_to_the_next_command(room: Room) -> None:
    (room.root / "project/sub").mkdir()
    await room.bash("cd sub; export WORD=kept")
    outcome = await room.bash('echo "$WORD $(basename "$PWD")"')
    assert "kept sub" in outcome.content


async def test_the_programs_own_files_are_never_reached(room: Room) -> None:
    room.person.verdict = Verdict.ALLOW
    outcome = await room.bash(f"cat {room.root}/home/blufio.db; echo x >> {room.root}/home/grants.toml; ls")
    assert "Permission denied" in outcome.content
    assert room.person.asked == []


async def test_what_a_command_did_to_files_of_the_project_is_taken_back(room: Room) -> None:
    project = room.root / "project"
    (project / "kept.txt").write_text("as it was\n")
    (project / "gone.txt").write_text("removed\n")
    (project / "run.sh").write_text("#!/bin/sh\n")
    (project / "run.sh").chmod(0o755)
    await room.bash("sed -i s/was/is/ kept.txt; rm gone.txt; echo new > made.txt; echo exit >> run.sh")
    assert not (project / "gone.txt").exists()
    undone = await room.backend.undoing.undo("c0")
    assert undone.refused == ()
    assert (project / "kept.txt").read_text() == "as it was\n"
    assert (project / "gone.txt").read_text() == "removed\n"
    assert not (project / "made.txt").exists()
    assert (project / "run.sh").read_text() == "#!/bin/sh\n" and (project / "run.sh").stat().st_mode & 0o777 == 0o755


async def _typed(room: Room, tool: str, command: str) -> str:
    """What a person sees of a command that they typed."""
    session_id = await room.backend.stored.sessions.create(str(room.root / "project"))
    events = user_calls_of(room.backend).call(tool, {"command": command}, session_id=session_id)
    return "".join([event.content async for event in events if isinstance(event, ToolCallFinished)])


async def test_a_command_of_ones_own_runs_in_the_cage_with_two_marks_and_outside_with_one(room: Room) -> None:
    command = f"cat {room.root}/outside/a.txt"
    assert (await _typed(room, "bash", command)).endswith("\noutside")
    assert room.person.asked == []
    assert "Permission denied" in await _typed(room, "cage", command)
    (question,) = room.person.asked
    assert (question.request.kind, question.request.actor.name) == ("fs.read", "cage")
    room.set('[commands]\nask = "commands"\n')
    assert "Permission denied" in await _typed(room, "cage", command)


async def test_a_command_of_ones_own_that_cannot_be_caged_does_not_run(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("blufio_tui.features.cage.cages.why_not", lambda: "this kernel is too old")
    assert "not caged: this kernel is too old" in await _typed(room, "cage", "touch made")
    assert not (room.root / "project/made").exists()


async def test_the_model_reads_what_was_refused_while_the_command_ran(room: Room) -> None:
    outcome = await room.bash(f"cat {room.root}/outside/a.txt; echo went on")
    assert "While it ran:\nDENIED fs.read" in outcome.for_model and "by: the person, this time" in outcome.for_model
    assert "went on" in outcome.for_model


@pytest.fixture
def npm_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings in the person's home that hold a login."""
    settings = Path(os.path.realpath(tmp_path)) / "person" / ".npmrc"
    settings.parent.mkdir()
    settings.write_text("_authToken=abcdefgh\n")
    monkeypatch.setenv("HOME", str(settings.parent))
    return settings


async def test_the_model_reads_why_settings_that_hold_a_login_were_refused(npm_settings: Path, room: Room) -> None:
    outcome = await room.bash(f"cat {npm_settings}")
    assert f"DENIED fs.read {npm_settings}" in outcome.for_model
    assert "it is not free as it seems to hold a login (authToken)" in outcome.for_model
    (question,) = room.person.asked
    assert "it seems to hold a login (authToken)" in question.preview


async def test_what_a_caged_command_exports_does_not_reach_what_the_person_types(room: Room) -> None:
    session = await room.backend.stored.sessions.create(f"{room.root}/project")
    await room.bash("mkdir evil; printf '#!/bin/sh\\necho ESCAPED\\n' > evil/git; chmod +x evil/git", session=session)
    await room.bash('export PATH="$PWD/evil:$PATH" HOME="$PWD/evil" MINE=1', session=session)
    outcome = await room.bash("git; echo $MINE $HOME", session=session)
    assert outcome.content == f"ESCAPED\n1 {room.root}/project/evil\n"
    events = user_calls_of(room.backend).call(
        "bash", {"command": "git --version; echo $HOME $MINE"}, session_id=session
    )
    (said,) = [event.content async for event in events if isinstance(event, ToolCallFinished)]
    assert "git version" in said
    assert "ESCAPED" not in said and "evil" not in said


async def test_what_a_stopped_command_has_changed_is_taken_back_and_in_the_log(room: Room) -> None:
    project = room.root / "project"
    (project / "old").write_text("as it was")
    running = asyncio.create_task(room.bash("echo new > made; rm old; echo ready > ready; sleep 600"))
    while not (project / "ready").exists():
        await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await room.backend.gate.settle()
    (closing,) = [
        row.entry
        for row in await room.backend.stored.audit.page(AuditFilter())
        if row.entry.row_type is RowType.EFFECTS
    ]
    assert (closing.outcome, closing.call_id) == ("cancelled", "c0")
    assert "wrote" in closing.detail
    undone = await room.backend.undoing.undo("c0")
    assert undone.refused == ()
    assert sorted(path.name for path in project.iterdir()) == ["old"]
    assert (project / "old").read_text() == "as it was"
