"""The screens of one family, by keyboard."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from blufio_tui.core.capability import ActorKind, Kind, Mode, Verdict
from blufio_tui.core.conversation import Message, Role, TextBlock
from blufio_tui.core.policy.approval import Lifetime, Scope
from blufio_tui.core.policy.foreign_changes import ForeignChange
from blufio_tui.core.policy.grants import Grant
from blufio_tui.ui.app import BlufioApp
from blufio_tui.ui.ports.services import Look
from blufio_tui.ui.screens.pick import PickScreen
from blufio_tui.ui.state.layout import Layout
from tests.fakes.ui_services import THEMES, Fakes
from tests.ui.helpers import card_in_front, opened, running, say, screen_text, seen, turn_over, until


def _grant(number: int, pattern: str, created: float) -> Grant:
    skill = (ActorKind.SKILL, "text-stats", "", "ab" * 32)
    return Grant(
        f"g{number}", Verdict.ALLOW, *skill, Kind.FS_READ, Scope.EXACT, pattern, Lifetime.FOREVER, created=created
    )


async def test_every_screen_opens_with_its_key_and_closes_with_escape() -> None:
    async with running() as (app, pilot, _):
        for key, heading in (
            ("f1", "Keys and commands"),
            ("f5", "Skills"),
            ("f6", "Audit log"),
            ("f7", "Sessions"),
            ("f8", "Grants"),
            ("f9", "Cost"),
            ("f10", "Settings"),
        ):
            await pilot.press(key)
            await until(pilot, lambda heading=heading: heading in screen_text(app).split("\n")[0])
            await until(pilot, lambda: app.screen.is_running)
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.main)


async def test_the_filter_narrows_as_one_types_and_escape_clears_it() -> None:
    async with running() as (app, pilot, _):
        await pilot.press("f5")
        await until(pilot, lambda: app.screen is not app.main and app.screen.list_view.rows)
        await pilot.press("slash", *"digest")
        await until(pilot, lambda: len(app.screen.list_view.rows) == 1)
        assert "1 of 4 skills" in screen_text(app)
        await pilot.press("enter")
        assert app.screen.list_view.has_focus
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen.list_view.rows) == 4)


async def test_the_newest_grant_is_taken_back_with_two_keys_and_put_back_with_one() -> None:
    fakes = Fakes()
    now = fakes.clock.now()
    for grant in (_grant(1, "/old", now - 100), _grant(2, "/new", now)):
        await fakes.grants.add(grant)
    async with running(fakes) as (app, pilot, _):
        await pilot.press("f8")
        await until(pilot, lambda: app.screen is not app.main and app.screen.list_view.rows)
        await pilot.press("d")
        await until(pilot, lambda: [g.pattern for g in fakes.grants.grants()] == ["/old"])
        await until(pilot, lambda: len(app.screen.list_view.rows) == 1)
        await pilot.press("u")
        await until(pilot, lambda: len(fakes.grants.grants()) == 2)


async def test_unreadable_grants_are_said_to_deny_everything() -> None:
    fakes = Fakes()
    fakes.grants.blocked = "line 3 is not TOML"
    async with running(fakes) as (app, pilot, _):
        await pilot.press("f8")
        await until(pilot, lambda: "line 3 is not TOML" in screen_text(app))


async def test_a_skill_shows_what_it_may_do_and_can_be_disabled() -> None:
    async with running() as (app, pilot, fakes):
        await pilot.press("f5")
        await until(pilot, lambda: "read the project folder and everything below it" in screen_text(app))
        await pilot.press("e")
        await until(pilot, lambda: not fakes.skills.skills[0].enabled)


async def test_an_earlier_session_is_opened_and_gone_on_with() -> None:
    fakes = Fakes()
    old = await fakes.sessions.create("/p")
    await fakes.sessions.append(old, "t", Message(Role.USER, (TextBlock("an old question"),)))
    await fakes.sessions.append(old, "t", Message(Role.ASSISTANT, (TextBlock("an **old** answer"),)))
    async with running(fakes) as (app, pilot, _):
        await pilot.press("f7")
        await until(pilot, lambda: app.screen is not app.main and app.screen.list_view.rows)
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is app.main and "an old answer" in screen_text(app))
        await say(pilot, "and now this")
        await turn_over(app, pilot)
        assert app.turns.session_id == old
        app.sessions.start_new()
        await pilot.pause()
        assert "an agent that asks first" in screen_text(app)


async def test_the_audit_screen_filters_in_the_database_and_verifies() -> None:
    async with running() as (app, pilot, _):
        await say(pilot, "count the words")
        await turn_over(app, pilot)
        await pilot.press("f6")
        await until(pilot, lambda: app.screen is not app.main and app.screen.log_view.rows)
        await until(pilot, lambda: "sha256" in screen_text(app) or "chain" in screen_text(app))
        await pilot.press("c")
        await until(pilot, lambda: not app.screen.log_view.rows)
        await pilot.press("c")
        await until(pilot, lambda: app.screen.log_view.rows)
        await pilot.press("v")
        await until(pilot, lambda: "The chain of 1 row holds" in screen_text(app))


async def test_a_setting_is_changed_and_set_back() -> None:
    async with running() as (app, pilot, fakes):
        await pilot.press("f10")
        await until(pilot, lambda: app.screen is not app.main and app.screen.list_view.rows)
        await pilot.press("down", "enter")
        await until(pilot, lambda: app.screen.query("#ask-input"))
        app.screen.query_one("#ask-input").value = "30.0"
        await pilot.press("enter")
        await until(pilot, lambda: fakes.settings.fields()[1].value == "30.0")


async def test_a_value_that_does_not_fit_is_told_below_it_and_can_be_mended() -> None:
    async with running() as (app, pilot, fakes):
        fakes.settings.refused = "12 minutes"
        await pilot.press("f10")
        await until(pilot, lambda: app.screen is not app.main and app.screen.list_view.rows)
        await pilot.press("down", "enter")
        await until(pilot, lambda: app.screen.query("#ask-input"))
        app.screen.query_one("#ask-input").value = "12 minutes"
        await pilot.press("enter")
        await until(pilot, lambda: "✗ approval.timeout_secs: 12 minutes is not" in screen_text(app))
        app.screen.query_one("#ask-input").value = "720.0"
        await pilot.press("enter")
        await until(pilot, lambda: fakes.settings.fields()[1].value == "720.0")


async def test_a_change_that_does_not_apply_yet_says_when_it_will() -> None:
    async with running() as (app, pilot, fakes):
        await pilot.press("f10")
        await until(pilot, lambda: app.screen is not app.main and app.screen.list_view.rows)
        await pilot.press("down")
        await until(pilot, lambda: "applies   immediately" in screen_text(app))
        await pilot.press("enter")
        await until(pilot, lambda: app.screen.query("#ask-input"))
        app.screen.query_one("#ask-input").value = "30.0"
        await pilot.press("enter")
        await until(pilot, lambda: fakes.settings.fields()[1].value == "30.0")
        assert not app._notifications
        await pilot.press("down", "enter")
        await until(pilot, lambda: any("ui.vim_keys applies after a restart" in n.message for n in app._notifications))


async def test_yes_and_no_are_switched_and_what_has_a_few_values_is_picked() -> None:
    async with running() as (app, pilot, fakes):
        await pilot.press("f10")
        await until(pilot, lambda: app.screen is not app.main and app.screen.list_view.rows)
        await pilot.press("down", "down", "enter")
        await until(pilot, lambda: fakes.settings.fields()[2].value == "false")
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, PickScreen) and app.screen.list_view.rows)
        assert app.screen.list_view.current.value == "ask"
        await pilot.press("down", "enter")
        await until(pilot, lambda: fakes.settings.fields()[3].value == '"deny"')


async def test_shift_tab_never_reaches_allow_all_and_the_palette_asks_first() -> None:
    async with running() as (app, pilot, fakes):
        modes = []
        for _ in range(6):
            await pilot.press("shift+tab")
            await pilot.pause()
            modes.append(fakes.mode.mode)
        assert modes == [Mode.ACCEPT_EDITS, Mode.PLAN, Mode.READ_ONLY, Mode.DENY, Mode.ASK, Mode.ACCEPT_EDITS]
        await app.modes.choose("allow-all")
        await until(pilot, lambda: "Allow everything?" in screen_text(app))
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is app.main)
        assert fakes.mode.mode is Mode.ACCEPT_EDITS
        await app.modes.choose("allow-all")
        await until(pilot, lambda: app.screen is not app.main)
        await seen(app, pilot)
        await pilot.press("y")
        await until(pilot, lambda: "ALLOW ALL" in screen_text(app))


class _Held:
    def __init__(self) -> None:
        self.left = [ForeignChange(Path("/h/config.toml"), ("it allows exec * to everyone",))]

    async def waiting(self) -> Sequence[ForeignChange]:
        return list(self.left)

    async def confirm(self, shown: Sequence[ForeignChange]) -> bool:
        self.left = [change for change in self.left if change not in shown]
        return True


async def test_what_another_program_changed_in_the_policy_counts_after_a_yes_and_not_by_enter() -> None:
    held = _Held()
    async with running(Fakes(more={"held": held})) as (app, pilot, _):
        await until(pilot, lambda: "/confirm shows it" in screen_text(app))  # said at the start
        for key, left in (("enter", 1), ("escape", 1), ("y", 0)):
            await say(pilot, "/confirm")
            await until(pilot, lambda: "Confirm the change?" in screen_text(app))
            assert "it allows exec * to everyone" in screen_text(app)
            await seen(app, pilot)
            await pilot.press(key)
            await until(pilot, lambda: app.screen is app.main)
            await pilot.pause()
            assert len(held.left) == left
        await say(pilot, "/confirm")
        await until(pilot, lambda: "Nothing needs to be confirmed" in screen_text(app))


async def test_slash_commands_complete_run_and_say_when_unknown() -> None:
    async with running() as (app, pilot, _):
        await pilot.press(*"/ski")
        await until(pilot, lambda: "Installed skills and what they may do" in screen_text(app))
        await pilot.press("tab")
        assert app.main.prompt.text == "/skills "
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is not app.main)
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.main)
        await say(pilot, "/zzskills")
        await until(pilot, lambda: "There is no command /zzskills" in screen_text(app).replace("\n", " "))


async def test_panes_zoom_hide_resize_and_are_remembered() -> None:
    async with running(size=(200, 60)) as (app, pilot, fakes):
        await pilot.press("f3", "alt+z")
        await pilot.pause()
        assert "Audit log" not in screen_text(app)
        await pilot.press("alt+z", "alt+a", "alt+right")
        await until(pilot, lambda: fakes.memory.values)
        kept, three = Layout().two, Layout().three
        assert fakes.memory.values == {
            "chat_share": kept.chat,
            "trace_share": kept.trace,
            "chat_share_three": three.chat + 4,
            "trace_share_three": three.trace,
            "column": True,
            "hidden": ["audit"],
        }


async def test_words_are_found_in_the_conversation() -> None:
    async with running() as (app, pilot, _):
        await say(pilot, "count the words")
        await turn_over(app, pilot)
        await pilot.press("ctrl+f", *"942")
        await until(pilot, lambda: "2 of 2" in screen_text(app))
        await pilot.press("escape")
        await until(pilot, lambda: "2 of 2" not in screen_text(app))


async def test_keys_can_be_changed_and_the_card_shows_the_changed_letter() -> None:
    look = Look(theme_folders=(THEMES,), vim_keys=True, keys={"pane.trace": "f12", "approval.once": "x"})
    async with running(Fakes(look=look)) as (app, pilot, fakes):
        await pilot.press("f12")
        await until(pilot, lambda: app.main.trace.has_focus)
        await say(pilot, "count /etc/hosts")
        await card_in_front(app, pilot, fakes)
        assert "x Just this" in screen_text(app)
        fakes.clock.advance(1)
        await pilot.press("y")
        assert app.main.card.queue and app.main.prompt.text == "y"
        await pilot.press("backspace")
        await card_in_front(app, pilot, fakes)
        fakes.clock.advance(1)
        await pilot.press("x")
        await turn_over(app, pilot)
        assert fakes.agent.answers[0].verdict is Verdict.ALLOW


def test_every_binding_has_an_id_and_a_tooltip() -> None:
    from blufio_tui.ui.keys.table import key_rows

    rows = key_rows({})
    assert len(rows) > 60
    assert [row for row in rows if not (row.binding_id and row.help and row.title)] == []


def test_the_page_of_keys_is_up_to_date() -> None:
    from scripts.keys_doc import TARGET, page

    assert TARGET.read_text("utf-8") == page()


@pytest.mark.parametrize(("project", "words"), [(Path("/"), "the whole disk"), (Path.home(), "your home folder")])
async def test_a_project_folder_that_holds_everything_is_pointed_out_and_blocks_nothing(
    project: Path, words: str
) -> None:
    app = BlufioApp(replace(Fakes().services(), project=project))
    async with opened(app) as pilot:
        await until(pilot, lambda: f"! The project folder is {words}." in screen_text(app))
        await say(pilot, "hello")
        await turn_over(app, pilot)
        assert f"! {project}" in screen_text(app).split("\n")[0]
