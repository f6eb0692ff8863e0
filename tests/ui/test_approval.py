import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from textual.dom import DOMNode

from blufio_tui.core.capability import (
    Actor,
    ActorKind,
    CapabilityRequest,
    ExecTarget,
    FileTarget,
    Kind,
    Target,
    Verdict,
)
from blufio_tui.core.events import ToolCallStarted
from blufio_tui.core.guards.paths import Places
from blufio_tui.core.policy.approval import ApprovalAnswer
from blufio_tui.core.policy.approval_offers import offers_for
from blufio_tui.core.shell.command_line import exec_target
from tests.fakes.ui_agent import Call, Effect, Say, question, read
from tests.fakes.ui_services import Fakes
from tests.ui.helpers import MEDIUM, NARROW, card_in_front, running, say, screen_text, turn_over, until


async def _asked(app, pilot, fakes: Fakes, prompt: str = "count /etc/hosts") -> None:
    await say(pilot, prompt)
    await card_in_front(app, pilot, fakes)


async def test_the_card_says_what_who_why_and_what_each_answer_stores() -> None:
    async with running(size=NARROW) as (app, pilot, fakes):
        await _asked(app, pilot, fakes)
        text = screen_text(app)
        assert "text-stats wants to read /etc/hosts" in text
        assert "skill text-stats 1.0.0" not in text
        await pilot.press("question_mark")
        await pilot.pause()
        text = screen_text(app)
        assert "skill text-stats 1.0.0, content 3fa9c1e28b7d" in text
        for letter, title in (("n", "Refuse"), ("y", "Just this"), ("s", "This session"), ("a", "Permanently")):
            assert f"{letter}  {title}" in text
        assert "Refuse; the agent is told" in text
        words = " ".join(text.replace("│", " ").split())
        assert "for the rest of this session" in words and "permanently" in words


@pytest.mark.parametrize("size", [(40, 12), pytest.param((60, 16), marks=pytest.mark.corpus), (200, 12)])
async def test_in_a_very_low_terminal_the_card_has_all_of_it_and_the_answers_are_in_sight(
    size: tuple[int, int],
) -> None:
    async with running(size=size) as (app, pilot, fakes):
        await _asked(app, pilot, fakes)
        text = screen_text(app)
        assert "/etc/hosts" in text and "▸n Refuse" in text and "n Refuse   y Just this" in text
        fakes.clock.advance(1)
        await pilot.press("y")
        await turn_over(app, pilot)
        await until(pilot, lambda: "blufio" in screen_text(app).split("\n")[0])


@pytest.mark.parametrize(
    "size", [(30, 10), *(pytest.param(larger, marks=pytest.mark.corpus) for larger in ((40, 12), (60, 16)))]
)
@pytest.mark.parametrize(
    ("keys", "sees"),
    [
        ((), "n Refuse"),
        (("question_mark",), "n  Refuse"),
        (("r",), "Why not?"),
        (("a",), "permanently   Esc back"),
    ],
    ids=["asked", "details", "reason", "lasting"],
)
async def test_in_a_very_low_terminal_the_status_stays_in_sight(
    size: tuple[int, int], keys: tuple[str, ...], sees: str
) -> None:
    async with running(size=size) as (app, pilot, fakes):
        await _asked(app, pilot, fakes)
        fakes.clock.advance(1)
        await pilot.press(*keys)
        words = "".join(sees.split())
        await until(pilot, lambda: words in "".join(screen_text(app).replace("│", "").split()))
        assert "1 approval waiting" in screen_text(app).splitlines()[-2]
        fakes.clock.advance(1)
        await pilot.press("escape")
        fakes.clock.advance(1)
        await pilot.press("escape")
        await turn_over(app, pilot)


async def test_a_question_restyles_the_screen_only_where_it_is_low(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running() as (app, pilot, fakes):
        restyled: list[DOMNode] = []
        update = app.update_styles
        monkeypatch.setattr(app, "update_styles", lambda node, **more: (restyled.append(node), update(node, **more)))
        await _asked(app, pilot, fakes)
        assert restyled and app.main not in restyled
        await pilot.resize_terminal(60, 16)
        await until(pilot, lambda: not app.main.prompt_box.display)
        await pilot.resize_terminal(*MEDIUM)
        await until(pilot, lambda: app.main.prompt_box.display)
        restyled.clear()
        fakes.clock.advance(1)
        await pilot.press("escape")
        await turn_over(app, pilot)
        assert restyled and app.main not in restyled


async def test_what_cannot_be_seen_whole_is_not_stored() -> None:
    async with running(size=NARROW) as (app, pilot, fakes):
        await _asked(app, pilot, fakes)
        fakes.clock.advance(1)
        await pilot.press("a")
        await until(pilot, lambda: app.main.card._lasting_painted is not None)
        await pilot.resize_terminal(20, 7)
        await until(pilot, lambda: not app.main.card._lasting_is_in_sight)
        fakes.clock.advance(1)
        await pilot.press("enter")
        await until(pilot, lambda: any("too low" in str(one.message) for one in app._notifications))
        assert fakes.agent.answers == []
        await pilot.resize_terminal(*NARROW)
        await until(pilot, lambda: app.main.card._lasting_is_in_sight)
        fakes.clock.advance(1)
        await pilot.press("enter")
        await turn_over(app, pilot)
        assert fakes.agent.answers[0].offer.lifetime == "forever"


async def test_enter_alone_denies_because_deny_is_selected() -> None:
    async with running() as (app, pilot, fakes):
        await _asked(app, pilot, fakes)
        fakes.clock.advance(1)
        await pilot.press("enter")
        await turn_over(app, pilot)
        assert fakes.agent.answers[0].verdict is Verdict.DENY
        assert "⊘ text_stats" in screen_text(app)


async def test_escape_denies_and_the_turn_goes_on() -> None:
    async with running() as (app, pilot, fakes):
        await _asked(app, pilot, fakes)
        fakes.clock.advance(1)
        await pilot.press("escape")
        await turn_over(app, pilot)
        assert fakes.agent.answers[0].verdict is Verdict.DENY
        assert "Done." in screen_text(app)


async def test_each_letter_gives_its_offer() -> None:
    for letter, lifetime in (("y", "call"), ("s", "session"), ("a", "forever")):
        async with running() as (app, pilot, fakes):
            await _asked(app, pilot, fakes)
            fakes.clock.advance(1)
            await pilot.press(letter)
            if letter != "y":
                await until(pilot, lambda app=app: app.main.card._lasting_painted is not None)
                await pilot.press("enter")
            await turn_over(app, pilot)
            assert fakes.agent.answers[0].offer.lifetime == lifetime


async def test_a_reason_goes_with_the_denial() -> None:
    async with running() as (app, pilot, fakes):
        await _asked(app, pilot, fakes)
        fakes.clock.advance(1)
        await pilot.press("r")
        await pilot.press(*"not that one", "enter")
        await turn_over(app, pilot)
        assert fakes.agent.answers[0].verdict is Verdict.DENY
        assert fakes.agent.answers[0].reason == "not that one"
        assert app.focused is app.main.prompt


async def test_while_a_reason_is_typed_the_keys_at_the_bottom_are_those_that_work_then() -> None:
    async with running() as (app, pilot, fakes):
        await _asked(app, pilot, fakes)
        fakes.clock.advance(1)
        await pilot.press("r", "down")
        await until(pilot, lambda: "Enter Deny, say this" in screen_text(app).split("\n")[-1])
        assert "Esc Back" in screen_text(app).split("\n")[-1]
        assert "Details" not in screen_text(app).split("\n")[-1]
        await pilot.press(*"no", "escape")
        await until(pilot, lambda: app.focused is app.main.card)
        assert not fakes.agent.answers and not app.main.card.reason.display
        assert "? Details" in screen_text(app).split("\n")[-1]
        await pilot.press("r")
        assert app.main.card.reason.value == ""
        await pilot.press("escape", "escape")
        await turn_over(app, pilot)
        assert fakes.agent.answers[0].verdict is Verdict.DENY


async def test_no_answer_in_time_is_none() -> None:
    async with running() as (app, pilot, fakes):
        await _asked(app, pilot, fakes)
        fakes.clock.advance(121)
        await turn_over(app, pilot)
        assert fakes.agent.answers == [None]


async def test_questions_queue_and_come_one_after_the_other() -> None:
    fakes = Fakes()
    fakes.scripts["two"] = [
        Call("text_stats", {"path": "x"}, "ok", (read("/a", ask=True), read("/b", ask=True))),
        Say("end"),
    ]
    async with running(fakes) as (app, pilot, _):
        await say(pilot, "two")
        await card_in_front(app, pilot, fakes)
        fakes.clock.advance(1)
        await pilot.press("y")
        await until(pilot, lambda: "/b" in screen_text(app) and app.focused is app.main.card)
        await pilot.press("y")
        assert app.main.card.queue, "the guard begins anew with each question"
        fakes.clock.advance(1)
        await pilot.press("y")
        await turn_over(app, pilot)
        assert len(fakes.agent.answers) == 2


async def test_a_long_command_can_be_read_to_its_end() -> None:
    command = "echo start\n" + "\n".join(f"echo line {n}" for n in range(60)) + "\nrm -rf ~/important"
    fakes = Fakes()
    effect = Effect(ExecTarget(command, ("echo",), "/tmp"), ask=True)
    fakes.scripts["shell"] = [Call("bash", {"command": command}, "ok", (effect,))]
    async with running(fakes, size=NARROW) as (app, pilot, _):
        await _asked(app, pilot, fakes, "shell")
        fakes.clock.advance(1)
        assert "PgDn: more below" in screen_text(app)
        for _ in range(30):
            await pilot.press("pagedown")
            await pilot.pause()
            if "rm -rf ~/important" in screen_text(app):
                break
        assert "rm -rf ~/important" in screen_text(app)
        await pilot.press("n")
        await turn_over(app, pilot)


async def test_a_change_is_in_sight_at_80_by_24_with_the_answers_below_it() -> None:
    fakes = Fakes()
    change = "@@ -2,7 +2,7 @@\n \n \n def add(a, b):\n-    return a\n+    return a + b\n \n def sub"
    preview = f"write /p/app.py\n--- now\n+++ after\n{change}"
    effect = Effect(FileTarget(Kind.FS_WRITE, "/p/app.py", "app.py", "write"), ask=True, preview=preview)
    fakes.scripts["write"] = [Call("file", {}, "ok", (effect,))]
    async with running(fakes, size=NARROW) as (app, pilot, _):
        await _asked(app, pilot, fakes, "write")
        text = screen_text(app)
        assert "+    return a + b" in text and "▸n Refuse" in text and "y Just this" in text
        fakes.clock.advance(1)
        await pilot.press("n")
        await turn_over(app, pilot)


async def test_a_path_that_hides_its_name_is_spelled_out() -> None:
    fakes = Fakes()
    fakes.scripts["trick"] = [Call("text_stats", {}, "x", (read("/tmp/a\u202etxt.exe", ask=True),))]
    async with running(fakes) as (app, pilot, _):
        await _asked(app, pilot, fakes, "trick")
        assert r"/tmp/a\u202etxt.exe" in screen_text(app)
        fakes.clock.advance(1)
        await pilot.press("n")
        await turn_over(app, pilot)


async def test_a_withdrawn_question_disappears() -> None:
    async with running() as (app, pilot, fakes):
        await _asked(app, pilot, fakes)
        fakes.clock.advance(1)
        app.turn.worker.cancel()
        await until(pilot, lambda: not app.main.card.queue)
        await pilot.pause()
        assert not app.main.card.display
        assert app.focused is app.main.prompt


async def test_asking_before_the_screen_is_there_waits_for_it(tmp_path: Path) -> None:
    fakes = Fakes()
    asked = asyncio.ensure_future(fakes.desk.ask(question("text_stats", read("/x"))))
    await asyncio.sleep(0)
    async with running(fakes) as (app, pilot, _):
        await card_in_front(app, pilot, fakes)
        fakes.clock.advance(1)
        await pilot.press("y")
        assert (await asked).verdict is Verdict.ALLOW


async def test_a_question_from_another_thread_is_answered_there() -> None:
    fakes = Fakes()
    async with running(fakes) as (app, pilot, _):
        asked = asyncio.create_task(
            asyncio.to_thread(lambda: asyncio.run(fakes.desk.ask(question("text_stats", read("/x")))))
        )
        await card_in_front(app, pilot, fakes)
        fakes.clock.advance(1)
        await pilot.press("s")
        await until(pilot, lambda: app.main.card._lasting_painted is not None)
        await pilot.press("enter")
        assert (await asked).offer.lifetime == "session"


async def _card_about(target: Target) -> str:
    fakes = Fakes()
    fakes.scripts["do it"] = [Call("bash", {}, "done", (Effect(target, ask=True),))]
    async with running(fakes) as (app, pilot, _):
        await _asked(app, pilot, fakes, "do it")
        text = screen_text(app)
        fakes.clock.advance(1)
        await pilot.press("escape")
        return " ".join(text.replace("│", " ").split())


async def test_a_path_with_a_newline_or_a_control_character_is_shown_in_one_line_spelled_out() -> None:
    path = "/tmp/a\nallowed: yes\x1b[2J\u202etxt"
    assert "/tmp/a\\nallowed: yes\\e[2J\\u202etxt" in await _card_about(FileTarget(Kind.FS_READ, path, path, "read"))


async def test_a_write_to_what_another_program_obeys_says_so_and_reading_it_does_not() -> None:
    hook = "/home/ada/p/.git/hooks/pre-commit"
    assert "! git runs it automatically" in await _card_about(FileTarget(Kind.FS_WRITE, hook, hook, "write"))
    assert "runs it automatically" not in await _card_about(FileTarget(Kind.FS_READ, hook, hook, "read"))


async def test_a_command_that_hides_what_it_runs_says_so() -> None:
    opaque, plain = exec_target('"$TOOL" --now', "/p"), exec_target("ls -l", "/p")
    assert "it is unclear which programs this runs" in await _card_about(opaque)
    assert "it is unclear" not in await _card_about(plain)


def _three_questions(fakes: Fakes) -> list[asyncio.Task[ApprovalAnswer | None]]:
    """Asked at once, as by calls that run side by side."""
    return [asyncio.ensure_future(fakes.desk.ask(question("text_stats", read(f"/{name}"), name))) for name in "abc"]


async def test_arrows_look_through_the_questions_that_wait_and_each_says_its_place_and_call() -> None:
    async with running(size=NARROW) as (app, pilot, fakes):
        for name in "abc":
            app.main.trace.take(ToolCallStarted("t", name, "bash", {"command": f"make {name}"}), 0.0)
        asked = _three_questions(fakes)
        await card_in_front(app, pilot, fakes)
        await until(pilot, lambda: "Approval 1 of 3 · bash make a" in screen_text(app))
        await until(pilot, lambda: "→ Next question" in screen_text(app) and "D Refuse all" in screen_text(app))
        for key, place in (
            ("right", "2 of 3 · bash make b"),
            ("right", "3 of 3"),
            ("right", "1 of 3"),
            ("left", "3 of 3"),
        ):
            await pilot.press(key)
            await until(pilot, lambda place=place: place in screen_text(app))
        assert "wants to read /c" in screen_text(app)
        await pilot.press("y")
        await pilot.pause()
        assert not any(one.done() for one in asked), "what has just come into sight takes no answer yet"
        fakes.clock.advance(2)
        await pilot.press("y")
        await until(pilot, lambda: asked[2].done())
        assert asked[2].result() is not None and not asked[0].done() and not asked[1].done()
        await until(pilot, lambda: app.main.card.place_in_line == "1 of 2" and app.main.card._painted is not None)
        fakes.clock.advance(2)
        await pilot.press("D")
        await until(pilot, lambda: all(one.done() for one in asked))
        assert [one.result().verdict for one in asked[:2] if one.result()] == [Verdict.DENY] * 2


async def test_looking_at_another_question_does_not_give_the_first_more_time() -> None:
    async with running() as (app, pilot, fakes):
        asked = _three_questions(fakes)
        await card_in_front(app, pilot, fakes)
        fakes.clock.advance(100)
        await pilot.press("right")
        await until(pilot, lambda: "/b" in screen_text(app))
        fakes.clock.advance(30)
        await until(pilot, lambda: asked[0].done())
        assert asked[0].result() is None and not asked[1].done()
        assert "wants to read /b" in screen_text(app)
        await pilot.press("D")


async def test_tab_edits_what_a_wider_answer_covers_and_what_it_then_stores_is_shown_first() -> None:
    target = ExecTarget("pytest tests/ui", ("pytest tests/ui",), "/home/ada/projects/lighthouse")
    request = CapabilityRequest(Actor(ActorKind.TOOL, "bash"), target)
    offers = offers_for(request, Places("/home/ada", target.cwd), (("pytest", "tests/ui"),))
    asked_about = replace(question("bash", Effect(target)), request=request, offers=offers)
    async with running() as (app, pilot, fakes):
        asked = asyncio.ensure_future(fakes.desk.ask(asked_about))
        card = app.main.card
        await card_in_front(app, pilot, fakes)
        fakes.clock.advance(2)
        assert "Tab" not in screen_text(app).split("\n")[-1]
        at = [choice.title for choice in card._choices].index("pytest *")
        await pilot.press(*["down"] * at)
        await until(pilot, lambda: "Edit" in screen_text(app).split("\n")[-1])
        fakes.clock.advance(2)
        await pilot.press("tab")
        await until(pilot, lambda: app.focused is card.pattern)
        assert card.pattern.value == "pytest *"
        card.pattern.value = "rm *"
        await pilot.press("enter")
        await until(pilot, lambda: "does not cover this command" in screen_text(app))
        assert card.pattern.display and not asked.done()
        card.pattern.value = "pytest tests/ui *"
        await pilot.press("enter")
        await until(pilot, lambda: card._lasting_painted is not None)
        assert "`pytest tests/ui *`" in " ".join(screen_text(app).split()) and not asked.done()
        fakes.clock.advance(1)
        await pilot.press("enter")
        await until(pilot, asked.done)
        answer = asked.result()
        assert answer is not None and answer.offer is not None
        assert (answer.verdict, answer.offer.pattern) == (Verdict.ALLOW, "pytest tests/ui *")


async def test_the_title_says_that_the_flow_guard_asks() -> None:
    async with running(size=NARROW) as (app, pilot, fakes):
        why = "this session has read /home/ada/.env (row 4) and this could send something out"
        asked = asyncio.ensure_future(fakes.desk.ask(replace(question("http", read("/x")), why=why)))
        await card_in_front(app, pilot, fakes)
        lines = screen_text(app).split("\n")
        title = next(index for index, line in enumerate(lines) if "Flow guard" in line)
        assert "this session has read /home/ada/.env" in lines[title + 2]
        fakes.clock.advance(2)
        await pilot.press("n")
        await until(pilot, asked.done)
