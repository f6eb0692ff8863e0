"""The 25 tasks of docs/walk.md, each done with exactly the keys that the page says."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from blufio_tui.core.audit.rows import AuditEntry, AuditRow, RowType
from blufio_tui.core.capability import ActorKind, Kind, Verdict
from blufio_tui.core.conversation import Message, Role, TextBlock
from blufio_tui.core.policy.approval import ApprovalAnswer, Lifetime, Scope
from blufio_tui.core.policy.grants import Grant
from blufio_tui.ui.app import BlufioApp
from blufio_tui.ui.state.entries import ToolLine
from tests.fakes.corpus import sampled
from tests.fakes.ui_agent import SKILL_HASH, Call, Say, Wait, question, read
from tests.fakes.ui_direct import FakeDirect
from tests.fakes.ui_services import COUNT, Fakes
from tests.ui.helpers import MEDIUM, WIDE, card_in_front, opened, say, screen_text, turn_over, until
from tests.ui.test_differences import Changes
from tests.ui.test_undo import STEPS, Port

PAGE = Path(__file__).parents[2] / "docs" / "walk.md"
_ROW = re.compile(
    r"^\| (?P<task>[^|]+?) \| (?P<before>[^|]+?) \| (?P<now>[^|]+?) \| (?P<count_before>\d+|–) \| (?P<count>\d+) \|$",
    re.MULTILINE,
)
_STEP = re.compile(r"`(?P<key>[^`]+)`|\*(?P<words>[^*]+)\*")
_NAMES = {
    "Esc": "escape", "Enter": "enter", "Tab": "tab", "↓": "down", "→": "right", "Alt+m": "alt+m", "Alt+g": "alt+g",
    "Alt+s": "alt+s", "^g": "ctrl+g", "^r": "ctrl+r", "?": "question_mark", "/": "slash",
}  # fmt: skip
DAY = 86_400


def _pressed(name: str) -> list[str]:
    """The keys for what stands between backticks; a slash command is typed letter by letter."""
    if len(name) > 1 and name.startswith("/"):
        return ["slash", *name[1:]]
    return [_NAMES.get(name) or (name if len(name) == 1 else name.lower())]


@dataclass(frozen=True)
class Step:
    """A key, or words that are typed."""

    key: str = ""
    words: str = ""


def _steps(written: str) -> list[Step]:
    steps: list[Step] = []
    for found in _STEP.finditer(written):
        steps += [Step(words=found["words"])] if found["words"] else [Step(key) for key in _pressed(found["key"])]
    return steps


TASKS = {found["task"]: (_steps(found["now"]), int(found["count"])) for found in _ROW.finditer(PAGE.read_text("utf-8"))}


@dataclass
class Stage:
    """One run of the app, and what the task is about."""

    app: BlufioApp
    pilot: Pilot[int]
    fakes: Fakes
    direct: FakeDirect
    copied: list[str]
    files: list[tuple[Path, int]]
    asked: list[asyncio.Task[ApprovalAnswer | None]] = field(default_factory=list)

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
        self.fakes.clock.advance(2)
        await self.pilot.press(key)
        await self.pilot.pause()
        await self.until(lambda: all(worker.is_finished or worker.group == "turn" for worker in self.app.workers))
        await self.pilot.pause()


@dataclass(frozen=True)
class Task:
    """
    Attributes:
        words: what is typed where the page has words.
        more: services beside the usual ones.
    """

    prepare: Callable[[Stage], Awaitable[object]]
    is_done: Callable[[Stage], object]
    words: str = ""
    size: tuple[int, int] = MEDIUM
    more: Callable[[], dict[str, object]] = dict


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


async def _asked(stage: Stage, *paths: str) -> None:
    """Questions that came at once; the card has the focus."""
    asked_about = [
        question("text_stats", read(path), f"c{number}") for number, path in enumerate(paths or ("/etc/hosts",))
    ]
    stage.asked += [asyncio.ensure_future(stage.fakes.desk.ask(one)) for one in asked_about]
    await stage.until(lambda: len(stage.app.main.card.queue) == len(asked_about))
    await card_in_front(stage.app, stage.pilot, stage.fakes)


async def _three_asked(stage: Stage) -> None:
    await _asked(stage, "/one", "/two", "/three")


async def _asked_behind_a_screen(stage: Stage) -> None:
    await stage.pilot.press("f5")
    await stage.until(lambda: stage.app.screen is not stage.app.main)
    stage.asked.append(asyncio.ensure_future(stage.fakes.desk.ask(question("text_stats", read("/etc/hosts")))))
    await stage.until(lambda: stage.app.main.card.queue)


async def _changed_a_file(stage: Stage) -> None:
    stage.fakes.scripts["change"] = [Call("edit", {"path": "lamp.py"}, "changed"), Say("Done.")]
    await stage.said("change it")
    await stage.until(
        lambda: any(isinstance(e, ToolLine) and e.changes for e in stage.app.main.chat.view.transcript.entries)
    )


async def _named_a_line(stage: Stage) -> None:
    stage.fakes.scripts["where"] = [Say("The fault is in `README.md:12`.")]
    await stage.said("where")


async def _prompts_sent(stage: Stage) -> None:
    for prompt in ("read the harbour file", "one", "two"):
        stage.fakes.history.add(prompt)


def _verdict(stage: Stage, number: int = 0) -> ApprovalAnswer | None:
    asked = stage.asked[number]
    return asked.result() if asked.done() else None


def _is_refused(stage: Stage, number: int = 0) -> bool:
    answer = _verdict(stage, number)
    return answer is not None and answer.verdict is Verdict.DENY


def _is_allowed(stage: Stage, lifetime: Lifetime) -> bool:
    answer = _verdict(stage)
    return (
        answer is not None
        and answer.verdict is Verdict.ALLOW
        and answer.offer is not None
        and answer.offer.lifetime is lifetime
    )


WALKS: dict[str, Task] = {
    "see why a call was denied": Task(
        Stage.denied, lambda stage: "capability not permitted: fs.read" in screen_text(stage.app)
    ),
    "interrupt the turn": Task(_running, lambda stage: not stage.app.turn.is_busy),
    "revoke the newest grant": Task(
        _granted, lambda stage: [grant.pattern for grant in stage.fakes.grants.grants()] == ["/old"]
    ),
    "run a failed or denied call again": Task(
        Stage.denied, lambda stage: stage.direct.called == [("again", "text_stats", {"path": "/etc/hosts"})]
    ),
    "stop one call and let the others run": Task(_running_call, lambda stage: stage.fakes.agent.cancelled == ["two"]),
    "continue an earlier session": Task(
        _earlier_session, lambda stage: "an old question" in screen_text(stage.app).split("Trace")[0]
    ),
    "copy the last reply's code block": Task(_replied_with_code, lambda stage: stage.copied == ["ls"]),
    "switch the model": Task(_nothing, lambda stage: stage.fakes.model.name == "claude-opus-4-5"),
    "edit the last prompt and continue from there": Task(
        lambda stage: stage.said("first"), lambda stage: stage.fakes.agent.prompts[-1] == "first, changed", ", changed"
    ),
    "find what a skill read yesterday": Task(
        _of_three_days,
        lambda stage: [row.entry.resource for row in stage.app.screen.log_view.rows] == ["/read"],  # type: ignore[attr-defined]
    ),
    "refuse a request": Task(_asked, _is_refused),
    "allow it just this time": Task(_asked, lambda stage: _is_allowed(stage, Lifetime.CALL)),
    "allow it for the rest of the session": Task(_asked, lambda stage: _is_allowed(stage, Lifetime.SESSION)),
    "refuse it and tell the model why": Task(
        _asked, lambda stage: _is_refused(stage) and stage.asked[0].result().reason == "not mine", "not mine"
    ),
    "refuse three waiting requests": Task(
        _three_asked, lambda stage: all(_is_refused(stage, number) for number in range(3))
    ),
    "look at the second request before answering the first": Task(
        _three_asked, lambda stage: "wants to read /two" in screen_text(stage.app) and not stage.asked[0].done()
    ),
    "see who asks and what was declared": Task(
        _asked, lambda stage: re.search(r"who +skill text-stats.*declared +read", screen_text(stage.app), re.DOTALL)
    ),
    "go to the approval card from another screen": Task(
        _asked_behind_a_screen,
        lambda stage: stage.app.screen is stage.app.main and stage.app.main.card.has_focus,
    ),
    "see all that a call changed": Task(
        _changed_a_file, lambda stage: "18 +line 11" in screen_text(stage.app), more=lambda: {"undoing": Changes()}
    ),
    "see all that the session changed": Task(
        _changed_a_file,
        lambda stage: "1 file changed in this session" in screen_text(stage.app),
        more=lambda: {"undoing": Changes()},
    ),
    "open a line that a reply names in the editor": Task(
        _named_a_line, lambda stage: [(file.name, line) for file, line in stage.files] == [("README.md", 12)]
    ),
    "open a changed file in the editor, on a wide screen": Task(
        _changed_a_file,
        lambda stage: [(file.name, line) for file, line in stage.files] == [("README.md", 7)],
        size=WIDE,
        more=lambda: {"undoing": Changes("README.md")},
    ),
    "undo the last change to files": Task(
        _nothing,
        lambda stage: stage.app.services.undoing.undone,
        more=lambda: {"undoing": Port(*STEPS)},  # type: ignore[union-attr]
    ),
    "find an earlier prompt by a word in it": Task(
        _prompts_sent, lambda stage: stage.app.main.prompt.text == "read the harbour file", "harb"
    ),
    "change a key": Task(_nothing, lambda stage: "f12" in stage.fakes.settings.stored("ui.keys"), "app.skills"),
}


def test_the_page_and_these_walks_are_about_the_same_tasks_and_its_counts_are_right() -> None:
    assert list(TASKS) == list(WALKS)
    assert len(TASKS) == 25
    for task, (steps, count) in TASKS.items():
        assert sum(bool(step.key) for step in steps) == count, task


@pytest.mark.parametrize("task", sampled(WALKS))
async def test_a_task_is_done_with_the_keys_that_the_page_says(task: str, tmp_path: Path) -> None:
    (tmp_path / "README.md").touch()
    walk, direct, copied, files = WALKS[task], FakeDirect(), list[str](), list[tuple[Path, int]]()

    def open_file(file: Path, line: int) -> str:
        files.append((file, line))
        return ""

    fakes = Fakes(more={"open_file": open_file, **walk.more()})
    fakes.scripts["count"] = [COUNT]
    app = BlufioApp(replace(fakes.services(), direct=direct, project=tmp_path))
    app.copy_to_clipboard = copied.append  # type: ignore[method-assign]
    app.suspend = nullcontext  # type: ignore[assignment, method-assign]
    async with opened(app, walk.size) as pilot:
        stage = Stage(app, pilot, fakes, direct, copied, files)
        await walk.prepare(stage)
        for step in TASKS[task][0]:
            for key in [step.key] if step.key else walk.words:
                await stage.press(key)
        await until(pilot, lambda: walk.is_done(stage))
        fakes.agent.release("never")
        fakes.agent.interrupt()
        await until(pilot, lambda: not app.turn.is_busy)
        for question_asked in stage.asked:
            question_asked.cancel()
