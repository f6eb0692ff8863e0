"""The ten tasks of docs/tour.md, each done with exactly the keys that the page says."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from blufio_tui.core.audit.rows import AuditEntry, AuditRow, RowType
from blufio_tui.core.capability import ActorKind, Kind, Verdict
from blufio_tui.core.conversation import Message, Role, TextBlock
from blufio_tui.core.policy.approval import Lifetime, Scope
from blufio_tui.core.policy.grants import Grant
from blufio_tui.ui.app import BlufioApp
from tests.fakes.ui_agent import SKILL_HASH, Say, Wait
from tests.fakes.ui_direct import FakeDirect
from tests.fakes.ui_services import COUNT, Fakes
from tests.ui.helpers import card_in_front, opened, say, screen_text, turn_over, until

PAGE = Path(__file__).parents[2] / "docs" / "tour.md"
_ROW = re.compile(r"^\| (?P<task>[^|]+?) \| (?P<keys>[^|]+?) \| (?P<count>\d+) \|$", re.MULTILINE)
_NAMES = {"Esc": "escape", "Enter": "enter", "↓": "down", "Alt+m": "alt+m", "^g": "ctrl+g"}
DAY = 86_400


def _pressed(name: str) -> str:
    return _NAMES.get(name, name.lower())


TASKS = {
    found["task"]: ([_pressed(key) for key in re.findall(r"`([^`]+)`", found["keys"])], int(found["count"]))
    for found in _ROW.finditer(PAGE.read_text("utf-8"))
}


@dataclass
class Stage:
    """One run of the app, and what the task is about."""

    app: BlufioApp
    pilot: Pilot[int]
    fakes: Fakes
    direct: FakeDirect
    copied: list[str]

    async def until(self, condition: Callable[[], object]) -> None:
        await until(self.pilot, condition)

    async def said(self, text: str) -> None:
        await say(self.pilot, text)
        await turn_over(self.app, self.pilot)

    async def denied(self) -> None:
        await say(self.pilot, "count /etc/hosts")
        await card_in_front(self.app, self.pilot, self.fakes)
        self.fakes.clock.advance(1)
        await self.pilot.press("n")
        await turn_over(self.app, self.pilot)

    async def press(self, key: str) -> None:
        """Then wait for what it opens: a person looks before the next key."""
        await self.pilot.press(key)
        await self.pilot.pause()
        await self.until(lambda: all(worker.is_finished or worker.group == "turn" for worker in self.app.workers))
        await self.pilot.pause()


@dataclass(frozen=True)
class Task:
    prepare: Callable[[Stage], Awaitable[object]]
    is_done: Callable[[Stage], object]


async def _nothing(stage: Stage) -> None:
    return None


async def _running(stage: Stage) -> None:
    stage.fakes.scripts["long"] = [Say("It takes a while."), Wait("never")]
    await say(stage.pilot, "long")
    await stage.until(lambda: "never" in stage.fakes.agent.gates)


async def _running_call(stage: Stage) -> None:
    from blufio_tui.core.events import ToolCallStarted
    from tests.fakes.ui_agent import Raw

    stage.fakes.scripts["two"] = [
        Raw(lambda turn: ToolCallStarted(turn, "one", "text_stats", {})),
        Raw(lambda turn: ToolCallStarted(turn, "two", "text_stats", {})),
        Wait("never"),
    ]
    await say(stage.pilot, "two")
    await stage.until(lambda: stage.app.main.trace.trace.get("two"))


async def _granted(stage: Stage) -> None:
    skill = (ActorKind.SKILL, "text-stats", "", SKILL_HASH)
    for number, pattern in enumerate(("/old", "/new")):
        created = stage.fakes.clock.now() - 100 + number
        grant = Grant(
            f"g{number}", Verdict.ALLOW, *skill, Kind.FS_READ, Scope.EXACT, pattern, Lifetime.FOREVER, created=created
        )
        await stage.fakes.grants.add(grant)


async def _earlier_session(stage: Stage) -> None:
    old = await stage.fakes.sessions.create("/p")
    await stage.fakes.sessions.append(old, "t", Message(Role.USER, (TextBlock("an old question"),)))
    stage.fakes.clock.advance(60)
    await stage.said("a new question")


async def _replied_with_code(stage: Stage) -> None:
    stage.fakes.scripts["code"] = [Say("So:\n\n```sh\nls\n```\n")]
    await stage.said("code")


async def _typed(stage: Stage) -> None:
    """The changes of the task that changes a prompt."""
    await stage.until(lambda: stage.app.main.prompt.text == "first")
    await stage.pilot.press(*", changed")


async def _of_three_days(stage: Stage) -> None:
    now = stage.fakes.clock.now()
    rows = [
        (now - 2 * DAY, "text-stats", "fs.read", "/older"),
        (now - DAY, "fetch-page", "net", "GET https://example.com"),
        (now - DAY + 1, "fetch-page", "fs.read", "/by-another"),
        (now - DAY + 2, "text-stats", "fs.write", "/written"),
        (now - DAY + 3, "text-stats", "fs.read", "/read"),
        (now, "text-stats", "fs.read", "/newer"),
    ]
    for seq, (at, actor, kind, resource) in enumerate(rows, 1):
        entry = AuditEntry(RowType.DECISION, kind, resource, actor, decision="allow")
        stage.fakes.audit.rows.append(AuditRow(seq, at, entry, "00"))


WALKS: dict[str, Task] = {
    "see why a call was denied": Task(
        Stage.denied, lambda stage: "capability not permitted: fs.read" in screen_text(stage.app)
    ),
    "interrupt the turn": Task(_running, lambda stage: not stage.app.turn.is_busy),
    "take back the newest grant": Task(
        _granted, lambda stage: [grant.pattern for grant in stage.fakes.grants.grants()] == ["/old"]
    ),
    "make a call that failed or was denied once more": Task(
        Stage.denied, lambda stage: stage.direct.called == [("again", "text_stats", {"path": "/etc/hosts"})]
    ),
    "stop one call and let the others run": Task(_running_call, lambda stage: stage.fakes.agent.cancelled == ["two"]),
    "go on with an earlier session": Task(
        _earlier_session, lambda stage: "an old question" in screen_text(stage.app).split("Trace")[0]
    ),
    "copy the last reply's code block": Task(_replied_with_code, lambda stage: stage.copied == ["ls"]),
    "switch the model": Task(_nothing, lambda stage: stage.fakes.model.name == "claude-opus-4-5"),
    "change the last prompt and go on from there": Task(
        lambda stage: stage.said("first"), lambda stage: stage.fakes.agent.prompts[-1] == "first, changed"
    ),
    "find what a skill read yesterday": Task(
        _of_three_days,
        lambda stage: [row.entry.resource for row in stage.app.screen.log_view.rows] == ["/read"],  # type: ignore[attr-defined]
    ),
}


def test_the_page_and_these_walks_are_about_the_same_ten_tasks() -> None:
    assert list(TASKS) == list(WALKS)
    assert len(TASKS) == 10
    for keys, count in TASKS.values():
        assert len(keys) == count


@pytest.mark.parametrize("task", WALKS)
async def test_a_task_is_done_with_the_keys_that_the_page_says(task: str) -> None:
    fakes, direct, copied = Fakes(), FakeDirect(), []
    fakes.scripts["count"] = [COUNT]
    app = BlufioApp(replace(fakes.services(), direct=direct))
    app.copy_to_clipboard = copied.append  # type: ignore[method-assign]
    async with opened(app) as pilot:
        stage = Stage(app, pilot, fakes, direct, copied)
        await WALKS[task].prepare(stage)
        for key in TASKS[task][0]:
            await (_typed(stage) if key == "enter" and task.startswith("change") else _nothing(stage))
            await stage.press(key)
        await until(pilot, lambda: WALKS[task].is_done(stage))
        fakes.agent.release("never")
        fakes.agent.interrupt()
        await until(pilot, lambda: not app.turn.is_busy)
