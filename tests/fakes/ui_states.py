"""States of the screen worth looking at: what there is, and the keys that lead there."""

from textual.pilot import Pilot

from blufio_tui.core.asking import AskedQuestion, ProposedPlan
from blufio_tui.core.capability import ActorKind, ExecTarget, Kind, Verdict
from blufio_tui.core.conversation import TokenUsage
from blufio_tui.core.events import (
    CallUsage,
    Event,
    HostCallStarted,
    NestedEvent,
    RequestFinished,
    RequestStarted,
    ToolCallFinished,
    ToolCallStarted,
    TurnStarted,
)
from blufio_tui.core.files.undo import ShownStep, Step
from blufio_tui.core.policy.approval import Lifetime, Scope
from blufio_tui.core.policy.grants import Grant
from blufio_tui.core.sessions.records import DaySpending, ModelSpending, Totals
from blufio_tui.core.text.json_types import JsonObject
from blufio_tui.ui.app import BlufioApp
from tests.fakes.ui_agent import SKILL_HASH, Call, Effect, Say, Wait, read
from tests.fakes.ui_services import COUNT, Fakes
from tests.ui.helpers import say, turn_over, until


def with_guide(fakes: Fakes) -> None:
    fakes.model.is_guide, fakes.model.name, fakes.model.window = True, "offline guide", 0


async def turn(app: BlufioApp, pilot: Pilot[int], fakes: Fakes) -> None:
    await say(pilot, "count the words in README.md")
    await turn_over(app, pilot)
    await until(pilot, lambda: app.main.audit.rows)


async def running_turn(app: BlufioApp, pilot: Pilot[int], fakes: Fakes) -> None:
    fakes.scripts["compare"] = [
        Say("I'll look at both files."),
        COUNT,
        Call(
            "file_digest",
            {"path": "日本語のファイル名.md"},
            "",
            (read("/home/ada/projects/lighthouse/日本語のファイル名.md"),),
        ),
        Say("The first has **942 words**. 🚀 The second one has a wide name and"),
        Wait("never"),
    ]
    await say(pilot, "compare README.md and 日本語のファイル名.md")
    await until(pilot, lambda: "never" in fakes.agent.gates)
    app.main.chat.view.flush()
    await until(pilot, lambda: len(app.main.audit.rows) == 2)


async def asked(app: BlufioApp, pilot: Pilot[int], fakes: Fakes) -> None:
    await turn(app, pilot, fakes)
    await say(pilot, "count /etc/hosts")
    await until(pilot, lambda: app.main.card.queue and app.main.card._painted is not None)
    fakes.clock.advance(2)  # nobody types: the card takes the focus, and a second later it takes answers
    app.main.card.look_again()
    await until(pilot, lambda: app.focused is app.main.card)
    fakes.clock.advance(1)
    app.main.card.look_again()
    app.main.chat.view.flush()


async def asked_about_a_command(app: BlufioApp, pilot: Pilot[int], fakes: Fakes) -> None:
    command = "find . -name '*.log' -mtime +30 -print0 | xargs -0 gzip --best && echo done \u202e # harmless"
    parts = ("find . -name '*.log' -mtime +30 -print0", "xargs -0 gzip --best", "echo done")
    effect = Effect(ExecTarget(command, parts, "/home/ada/projects/lighthouse"), ask=True)
    fakes.scripts["tidy"] = [Call("bash", {"command": command}, "done", (effect, effect))]
    await say(pilot, "tidy up the logs")
    await until(pilot, lambda: app.main.card.queue and app.main.card._painted is not None)
    fakes.clock.advance(2)  # nobody types: the card takes the focus, and a second later it takes answers
    app.main.card.look_again()
    await until(pilot, lambda: app.focused is app.main.card)
    fakes.clock.advance(1)
    app.main.card.look_again()
    app.main.chat.view.flush()


def with_grants(fakes: Fakes) -> None:
    def grant(number: int, verdict: Verdict, kind: Kind, pattern: str, lifetime: Lifetime) -> Grant:
        skill = (ActorKind.SKILL, "text-stats", "", SKILL_HASH)
        return Grant(
            f"g{number}", verdict, *skill, kind, Scope.EXACT, pattern, lifetime, created=fakes.clock.now() - number
        )

    for one in (
        grant(1, Verdict.ALLOW, Kind.FS_READ, "/etc/hosts", Lifetime.FOREVER),
        grant(2, Verdict.ALLOW, Kind.NET, "GET https://example.com:443", Lifetime.SESSION),
        grant(
            3, Verdict.DENY, Kind.FS_READ, "/home/ada/" + "very-long-folder-name/" * 4 + "secret.txt", Lifetime.FOREVER
        ),
    ):
        fakes.grants._grants[one.grant_id] = one


def with_spending(fakes: Fakes) -> None:
    fakes.sessions.days = [
        DaySpending(
            f"2026-05-{day:02d}", Totals(0.09 * day % 0.7, day, 0, TokenUsage(9_000 * day, 800 * day, 4_000 * day))
        )
        for day in range(1, 29)
    ]
    fakes.sessions.models = [
        ModelSpending("claude-sonnet-4-5", Totals(7.41, 311, 0, TokenUsage(812_000, 61_000, 402_000))),
        ModelSpending("llama-3.3-70b-instruct-q4", Totals(0.0, 48, 48, TokenUsage(120_000, 9_000))),
    ]


QUESTION = AskedQuestion(
    "q",
    "The configuration names no port, and 8080 is taken on this machine. Where should the lamp listen?",
    ("8081", "Any free port, printed to standard output when it starts", "A Unix socket in the project"),
)
PLAN = ProposedPlan(
    "p",
    "# Dim the lamp at night\n\nAim: no light after **23:00**.\n\n1. `lamp.py`: a function `is_night`, tested at both "
    "ends\n2. `beam.py`: ask it before each turn\n3. `README.md`: say so\n\nChecked by `make test`. Risk: summer time.",
)
UNDO = (
    ShownStep(
        Step("/home/ada/projects/lighthouse/lamp.py", "a", "b"),
        "--- now\n+++ after\n@@ -8,3 +8,3 @@\n def beam(hour):\n-    return DIM if hour > 22 else BRIGHT\n"
        "+    return BRIGHT\n ",
    ),
    ShownStep(
        Step("/home/ada/projects/lighthouse/night.py", "", "c"), "--- now\n+++ after\n@@ -1 +0,0 @@\n-NIGHT = 23"
    ),
    ShownStep(Step("/home/ada/projects/lighthouse/README.md", refused="it changed since")),
)

_T = "t1"
_STEPS: JsonObject = {
    "items": [
        {"text": "read the two modules", "state": "done"},
        {"text": "review both, side by side", "state": "running"},
        {"text": "write the fix", "state": "pending"},
    ]
}


def _inside(call_id: str, event: Event) -> Event:
    return NestedEvent(_T, call_id, event)


SUB_AGENTS: tuple[Event, ...] = (
    TurnStarted(_T, "s", "review lamp.py and beam.py"),
    RequestStarted(_T, 1, "claude-sonnet-4-5"),
    RequestFinished(_T, "tool_use", TokenUsage(1_200, 90), 0.01, "claude-sonnet-4-5"),
    ToolCallStarted(_T, "todo", "todo", _STEPS),
    ToolCallFinished(_T, "todo", False, "1 of 3 done", CallUsage(), 0.4),
    ToolCallStarted(_T, "a", "task", {"prompt": "Review lamp.py for errors of time", "tools": ["file", "search"]}),
    ToolCallStarted(_T, "b", "task", {"prompt": "Review beam.py for errors of angle"}),
    _inside("a", RequestStarted(_T, 1, "claude-sonnet-4-5")),
    _inside("b", RequestStarted(_T, 1, "claude-sonnet-4-5")),
    _inside("a", RequestFinished(_T, "tool_use", TokenUsage(900, 40), 0.01, "claude-sonnet-4-5")),
    _inside("a", ToolCallStarted(_T, "a1", "file", {"action": "read", "path": "lamp.py"})),
    _inside("a", ToolCallFinished(_T, "a1", False, "1\tdef beam(hour):", CallUsage(), 1.2)),
    _inside("b", RequestFinished(_T, "tool_use", TokenUsage(800, 30), 0.01, "claude-sonnet-4-5")),
    _inside("b", ToolCallStarted(_T, "b1", "bash", {"command": "pytest -q tests/test_beam.py"})),
    _inside("b", HostCallStarted(_T, "b1", "h1", Kind.EXEC, "pytest -q tests/test_beam.py", True)),
)


async def model_asks(app: BlufioApp, pilot: Pilot[int], fakes: Fakes) -> None:
    await until(pilot, lambda: app.main.asked.queue and app.main.asked._painted is not None)
    fakes.clock.advance(2)
    app.main.asked.look_again()
    await until(pilot, lambda: app.focused is app.main.asked)
    fakes.clock.advance(1)
    app.main.asked.look_again()
