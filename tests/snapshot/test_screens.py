"""Every screen and state as it should look: empty, one, many, long and strange, failed, narrow, light.

`pytest tests/snapshot --snapshot-update` accepts a change; look at the pictures in `tests/snapshot/pictures` then.
"""

import asyncio
import re
from dataclasses import replace
from pathlib import Path

import pytest

from blufio_tui.core.audit.rows import AuditEntry, AuditRow, RowType
from blufio_tui.core.conversation import Message, Role, TextBlock
from blufio_tui.core.errors import StorageError
from blufio_tui.core.events import NoticeLevel, NoticeRaised, TurnFinished
from blufio_tui.ui.messages import EventArrived
from blufio_tui.ui.screens.connect_form import ConnectForm
from blufio_tui.ui.screens.install import ConsentScreen
from blufio_tui.ui.screens.run_form import RunForm
from blufio_tui.ui.screens.undo import UndoScreen
from tests.fakes import ui_states
from tests.fakes.ui_agent import Call, Raw, Say
from tests.fakes.ui_models import FakeConnections
from tests.fakes.ui_services import SKILLS, Fakes
from tests.fakes.ui_skills import GUIDE, WIDER, FakeCare, FakeOffer, disabled
from tests.snapshot.looks import BOTH, CONTRAST, KEPT, LIGHT, MEDIUM, NARROW, WIDE, Stage, stage
from tests.ui.helpers import say, turn_over
from tests.ui.test_connect import LOCAL, WORK

STRANGE = "日本語の長い名前 \u202eevil\u202c שלום עולם \x1b[31mred\x07 👩‍👩‍👧 " + "unbroken" * 20
BROKEN = StorageError("the disk is full; free some space and try again")


@pytest.fixture
def update(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("update_snapshots"))


async def _said(here: Stage, words: str) -> None:
    await here.home()
    await say(here.pilot, words)
    await turn_over(here.app, here.pilot)


async def test_a_program_that_was_never_used(update: bool) -> None:
    fakes = Fakes()
    ui_states.with_guide(fakes)
    fakes.skills.skills = []
    async with stage(fakes, update) as here:
        await here.look("welcome-guide", *BOTH, LIGHT, CONTRAST)
        for name, key in (("sessions", "f7"), ("audit", "f6"), ("grants", "f8"), ("skills", "f5"), ("cost", "f9")):
            await here.open(key, rows=False)
            await here.look(f"{name}-empty", NARROW)
        await here.home()
        await here.pilot.press("f3")
        await here.look("trace-empty", NARROW)
        await here.pilot.press("f4")
        await here.look("audit-pane-empty", NARROW)


async def test_what_can_be_chosen(update: bool) -> None:
    async with stage(Fakes(), update) as here:
        await here.look("welcome", *BOTH, WIDE)
        await here.pilot.press("slash")
        await here.look("commands", *BOTH, LIGHT)
        await here.open("ctrl+g", rows=False)
        await here.look("leader", *BOTH, LIGHT)
        await here.open("ctrl+p", rows=False)
        await here.look("palette", *BOTH)
        await here.open("alt+p")
        await here.look("modes", MEDIUM)
        await here.open("alt+m")
        await here.look("models-plain", NARROW)
        await here.home()
        here.app.screens.open("theme")
        await here.until(lambda: here.app.screen is not here.app.main and here.app.screen.list_view.rows)  # type: ignore[attr-defined]
        await here.look("themes", *BOTH, LIGHT)
        await here.open("f10")
        await here.look("settings", *BOTH, WIDE, LIGHT)
        await here.open("f1")
        await here.look("keys", *BOTH, WIDE)
        await here.pilot.press("slash", *"there is no such key")
        await here.until(lambda: not here.app.screen.list_view.rows)  # type: ignore[attr-defined]
        await here.look("keys-nothing-found", NARROW)


async def test_a_turn_and_what_came_of_it(update: bool) -> None:
    fakes = Fakes()
    ui_states.with_spending(fakes)
    async with stage(fakes, update) as here:
        await ui_states.turn(here.app, here.pilot, fakes)
        await here.look("turn", *BOTH, WIDE, LIGHT, CONTRAST)
        await here.open("ctrl+t", rows=False)
        await here.look("jump", MEDIUM)
        await here.home()
        await here.pilot.press("ctrl+f", *"words")
        await here.look("find", *BOTH)
        await here.pilot.press("escape")
        await here.home()
        await here.pilot.press("f2", "p")
        await here.look("part-chosen", MEDIUM)
        await here.home()
        await here.pilot.press("f3", "up", "up", "enter", "alt+z")
        await here.look("trace-open", *BOTH, LIGHT)
        await here.pilot.press("alt+z")
        for name, key in (("audit", "f6"), ("skills-plain", "f5"), ("cost", "f9"), ("sessions-one", "f7")):
            await here.open(key)
            await here.look(name, *BOTH, WIDE)


async def test_a_turn_that_runs_with_a_message_queued(update: bool) -> None:
    fakes = Fakes()
    async with stage(fakes, update) as here:
        await ui_states.running_turn(here.app, here.pilot, fakes)
        await here.look("running", *BOTH, WIDE)
        await say(here.pilot, "and then count harbour.txt")
        await here.until(lambda: here.app.main.prompt_box.queued.display)
        await here.look("queued", *BOTH)


async def test_a_question_and_its_answer(update: bool) -> None:
    fakes = Fakes()
    async with stage(fakes, update) as here:
        await ui_states.asked(here.app, here.pilot, fakes)
        await here.look("approval", *BOTH, WIDE, LIGHT, CONTRAST)
        fakes.clock.advance(2)
        await here.pilot.press("r")
        await here.look("approval-reason", NARROW)
        await here.pilot.press(*"no", "enter")
        await turn_over(here.app, here.pilot)
        await here.until(lambda: len(here.app.main.audit.rows) == 2)
        await here.look("denied", *BOTH, WIDE)


async def test_a_question_about_a_command(update: bool) -> None:
    fakes = Fakes()
    async with stage(fakes, update) as here:
        await ui_states.asked_about_a_command(here.app, here.pilot, fakes)
        await here.look("approval-command", *BOTH)


async def test_what_the_model_asks_its_plan_its_list_and_its_sub_agents(update: bool) -> None:
    fakes = Fakes()
    async with stage(fakes, update) as here:
        app, pilot = here.app, here.pilot
        for event in ui_states.SUB_AGENTS:
            app.main.post_message(EventArrived(event, fakes.clock.monotonic()))
        await here.until(lambda: len(app.main.trace.rows) >= 9)
        app.main.chat.view.flush()
        await here.look("sub-agents", *BOTH)
        over = TurnFinished("t1", "s", "interrupted", "", 1)  # what runs would move in the pictures of the cards
        app.main.post_message(EventArrived(over, fakes.clock.monotonic()))
        await here.until(lambda: not app.main.trace.trace.is_running)
        app.main.chat.view.flush()
        question = asyncio.create_task(app.services.person_desk.ask(ui_states.QUESTION))
        await ui_states.model_asks(app, pilot, fakes)
        await here.look("model-question", *BOTH, LIGHT)
        await pilot.press("2")
        await question
        plan = asyncio.create_task(app.services.person_desk.ask(ui_states.PLAN))
        await ui_states.model_asks(app, pilot, fakes)
        await pilot.press("e")
        await here.until(lambda: app.main.asked._lasting_painted is not None)
        await here.look("model-plan", *BOTH, CONTRAST)
        plan.cancel()
        await here.until(lambda: not app.main.asked.display)


async def test_what_an_undo_would_do(update: bool) -> None:
    fakes = Fakes()
    async with stage(fakes, update) as here:
        here.app.push_screen(UndoScreen("Undo edit?", ui_states.UNDO, fakes.clock, here.app.key_times))
        await here.until(lambda: here.app.screen is not here.app.main)
        await here.look("undo", *BOTH)


async def test_what_is_long_or_strange_or_failed_in_a_conversation(update: bool) -> None:
    fakes = Fakes()
    table = f"| name | what |\n|---|---|\n| {STRANGE[:30]} | {'long ' * 40} |\n"
    fakes.scripts["strange"] = [
        Call("text_stats", {"path": STRANGE}, STRANGE * 3),
        Say(f"{STRANGE}\n\n{table}\n- one\n  - two\n    1. three\n\n> quoted {STRANGE[:20]}\n\n```\n{STRANGE}\n```\n"),
    ]
    fakes.scripts["fails"] = [
        Say("It begins, and"),
        Raw(
            lambda turn: NoticeRaised(turn, NoticeLevel.ERROR, "The server is overloaded (529). Try again with /retry.")
        ),
        Raw(lambda turn: NoticeRaised(turn, NoticeLevel.WARNING, "80 % of the day's budget is used.")),
    ]
    async with stage(fakes, update) as here:
        await _said(here, f"strange {STRANGE}")
        await here.look("turn-strange", *BOTH, WIDE)
        await _said(here, "fails")
        await here.look("turn-failed", *BOTH, LIGHT)


async def test_lists_with_much_in_them(update: bool) -> None:
    fakes = Fakes()
    for number in range(300):
        entry = AuditEntry(RowType.DECISION, "fs.read", f"/p/{STRANGE if number % 7 == 0 else number}", "text-stats")
        entry = replace(entry, decision="deny" if number % 5 == 0 else "allow", decided_by="manifest")
        fakes.audit.rows.append(AuditRow(number + 1, fakes.clock.now() + number, entry, "00" * 32))
    fakes.skills.skills = [replace(SKILLS[0], name=f"skill-{n:02}", description=STRANGE) for n in range(60)]
    ui_states.with_grants(fakes)
    for number in range(60):
        session = await fakes.sessions.create("/p")
        words = STRANGE if number % 9 == 0 else f"What about number {number}?"
        await fakes.sessions.append(session, "t", Message(Role.USER, (TextBlock(words),)))
        fakes.clock.advance(60)
    async with stage(fakes, update) as here:
        await here.look("audit-pane-many", *BOTH)
        for name, key in (("audit", "f6"), ("skills", "f5"), ("sessions", "f7"), ("grants", "f8")):
            await here.open(key)
            await here.look(f"{name}-many", *BOTH)


async def test_what_cannot_be_read_says_so(update: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    fakes = Fakes()

    async def broken(*_: object, **__: object) -> list[object]:
        raise BROKEN

    monkeypatch.setattr(fakes.sessions, "recent", broken)
    fakes.grants.blocked = "grants.toml, line 3: expected a table. Everything is denied until it can be read."
    async with stage(fakes, update) as here:
        await here.open("f8", rows=False)
        await here.look("grants-blocked", NARROW)
        await here.open("f7", rows=False)
        await here.pilot.pause()
        await here.look("sessions-failed", NARROW)


def _with_skills() -> tuple[Fakes, FakeCare]:
    fakes = Fakes()
    fakes.model.name = WORK.connection.model
    fakes.skills.skills = [disabled(fakes.skills.skills[0]), GUIDE, *fakes.skills.skills[1:]]
    care, connections = FakeCare(fakes.skills, fakes.clock), FakeConnections(fakes.model)
    connections.infos = [LOCAL, WORK]
    fakes.more = {"care": care, "connections": connections}
    return fakes, care


async def _browse(here: Stage) -> None:
    await here.open("f5")
    await here.pilot.press("end")
    screen = here.app.screen
    await here.until(lambda: screen.list_view.current.name in screen._reports)  # type: ignore[attr-defined]


async def test_skills_and_their_forms(update: bool) -> None:
    fakes, care = _with_skills()
    async with stage(fakes, update) as here:
        await _browse(here)
        await here.look("skills", *BOTH, WIDE, LIGHT)
        await here.pilot.press("i", "x", "enter")
        await here.until(lambda: isinstance(here.app.screen, ConsentScreen))
        await here.look("consent", *BOTH)
        care.offer = FakeOffer(replace(GUIDE, version="0.2.0"), change=WIDER, asks=WIDER.widens)
        await _browse(here)
        await here.pilot.press("i", "x", "enter")
        await here.until(lambda: isinstance(here.app.screen, ConsentScreen))
        await here.look("consent-update", *BOTH)
        await _browse(here)
        await here.pilot.press("home", "down", "r")
        await here.until(lambda: isinstance(here.app.screen, RunForm))
        await here.pilot.press(*"東京", "enter", *"99", "ctrl+s")
        await here.until(lambda: here.app.screen.query_one("#form-problem-1").display)
        await here.look("form-problem", *BOTH)


async def test_connections_and_models(update: bool) -> None:
    fakes, _ = _with_skills()
    async with stage(fakes, update) as here:
        await here.open("alt+m")
        await here.look("models", *BOTH)
        await here.home()
        here.app.screens.open("connect")
        await here.until(lambda: here.app.screen is not here.app.main and here.app.screen.list_view.rows)
        await here.look("connections", *BOTH)
        await here.pilot.press("end", "up", "enter")
        await here.until(lambda: isinstance(here.app.screen, ConnectForm))
        await here.pilot.press(*"wrong-key", "enter")
        result = here.app.screen.query_one("#connect-result")
        await here.until(lambda: "not accepted" in str(result.render()))
        await here.look("connecting-refused", *BOTH, LIGHT)


def test_no_picture_is_left_of_what_is_not_looked_at() -> None:
    """Names are written in this file; a name that is not, is of a test that went away."""
    text = Path(__file__).read_text("utf-8")
    made = {
        f"{name}-{kind}" for name in ("audit", "skills", "sessions", "grants", "cost") for kind in ("empty", "many")
    }
    for file in KEPT.glob("*.svg"):
        name = re.split(r"-(?:80-24|120-36|200-60)", file.stem)[0]
        assert f'"{name}"' in text or name in made, f"{file.name} belongs to no test; delete it"
