from dataclasses import replace

from textual.pilot import Pilot

from blufio_tui.core.capability import ActorKind, Kind, Verdict
from blufio_tui.core.policy.approval import Lifetime, Scope
from blufio_tui.core.policy.grants import Grant
from blufio_tui.core.skills.offer import SkillBroken, SkillNeedsConsent, SkillReloaded
from blufio_tui.ui.app import BlufioApp
from blufio_tui.ui.screens.install import ConsentScreen
from blufio_tui.ui.screens.run_form import RunForm
from blufio_tui.ui.screens.skills import SkillsScreen
from tests.fakes.ui_agent import SKILL_HASH
from tests.fakes.ui_direct import FakeDirect
from tests.fakes.ui_services import Fakes
from tests.fakes.ui_skills import GUIDE, SAME, WIDER, FakeCare, FakeNews, FakeOffer
from tests.ui.helpers import MEDIUM, NARROW, WIDE, running, screen_text, turn_over, until


def with_care() -> tuple[Fakes, FakeCare]:
    fakes = Fakes()
    care = FakeCare(fakes.skills, fakes.clock)
    fakes.more = {"care": care, "direct": FakeDirect()}
    return fakes, care


async def on_skill(app: BlufioApp, pilot: Pilot[int], name: str) -> SkillsScreen:
    """Open the browser and go to a skill."""
    await pilot.press("f5")
    await until(pilot, lambda: isinstance(app.screen, SkillsScreen) and app.screen.list_view.rows)
    screen = app.screen
    assert isinstance(screen, SkillsScreen)
    await pilot.press(*["down"] * [skill.name for skill in screen.list_view.rows].index(name))
    await until(pilot, lambda: name in screen._reports)
    await pilot.pause()
    return screen


def notices(app: BlufioApp) -> str:
    return "\n".join(f"{one.title} {one.message}" for one in app._notifications)


async def test_the_list_shows_capabilities_calls_denials_and_when_it_was_last_used() -> None:
    fakes, _ = with_care()
    async with running(fakes) as (app, pilot, _):
        await on_skill(app, pilot, "text-stats")
        line = next(line for line in screen_text(app).splitlines() if line.startswith(" ◆ text-stats"))
        assert "○····" in line and " 12 " in line and "3⊘" in line and "5m" in line
        assert "○●···" in screen_text(app)


async def test_the_details_tell_declared_from_used_and_show_the_last_calls() -> None:
    fakes, _ = with_care()
    async with running(fakes, WIDE) as (app, pilot, _):
        await on_skill(app, pilot, "text-stats")
        text = screen_text(app)
        assert "${PROJECT}  used 9×" in text
        assert "/etc/hosts  not declared, asked for 3×, denied" in text
        assert 'read = ["${PROJECT}/README.md"]' in text
        assert "✓✓✓✓✓✓✓✓✓⊘✓✓" in text
        assert "█" in text


async def test_what_an_author_writes_is_never_read_as_markup() -> None:
    fakes, _ = with_care()
    fakes.skills.skills = [replace(GUIDE, description="[red]danger[/red] \x1b[31m")]
    async with running(fakes) as (app, pilot, _):
        await on_skill(app, pilot, "city-guide")
        text = screen_text(app)
        assert "[red]danger[/red] \\e[31m" in text
        assert "Ada [b]Lovelace[/b]" in text


async def test_typing_filters_the_list_and_the_details_follow() -> None:
    fakes, _ = with_care()
    async with running(fakes) as (app, pilot, _):
        await on_skill(app, pilot, "fetch-page")
        await pilot.press("slash", *"stats", "enter")
        await until(pilot, lambda: "used 9×" in screen_text(app))
        assert "fetch-page" not in screen_text(app)


async def test_a_skill_is_run_with_a_form_and_the_result_is_a_turn() -> None:
    fakes, _ = with_care()
    fakes.skills.skills.append(GUIDE)
    async with running(fakes) as (app, pilot, _):
        app.main.prompt.put("half a thought")
        await on_skill(app, pilot, "city-guide")
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, RunForm))
        await pilot.press(
            *"Oslo", "enter", *"3", "enter", "right", "enter", "y", "enter", *"sea", "ctrl+j", *"hills", "enter"
        )
        await turn_over(app, pilot)
        assert fakes.more["direct"].called[0][1:] == (
            "city_guide",
            {"city": "Oslo", "days": 3, "style": "long", "night": True, "tags": ["sea", "hills"]},
        )
        assert "it worked" in screen_text(app)
        assert app.main.prompt.text == "half a thought"


async def test_what_was_typed_into_a_field_of_the_form_can_be_taken_back() -> None:
    fakes, _ = with_care()
    fakes.skills.skills.append(GUIDE)
    async with running(fakes) as (app, pilot, _):
        await on_skill(app, pilot, "city-guide")
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, RunForm))
        await pilot.press(*"Oslo")
        assert app.focused.value == "Oslo"
        await pilot.press("ctrl+underscore")
        assert app.focused.value == ""


async def test_the_form_says_below_each_field_what_is_wrong_with_it() -> None:
    fakes, _ = with_care()
    fakes.skills.skills = [GUIDE]
    async with running(fakes) as (app, pilot, _):
        await on_skill(app, pilot, "city-guide")
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, RunForm))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: screen_text(app).count("✗ is required") == 2)
        await pilot.press(*"O", "tab", *"many", "ctrl+s")
        await until(pilot, lambda: "must be a whole number" in screen_text(app))
        await pilot.press(*["backspace"] * 4, *"99", "ctrl+s")
        await until(pilot, lambda: "99 is greater than the maximum of 14" in screen_text(app))
        assert "'O' is too short" in screen_text(app)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, SkillsScreen))
        assert fakes.more["direct"].called == []


async def test_installing_shows_what_it_may_do_and_stands_on_no() -> None:
    fakes, care = with_care()
    async with running(fakes) as (app, pilot, _):
        await on_skill(app, pilot, "text-stats")
        await pilot.press("i", *"~", *"x", "enter")
        await until(pilot, lambda: isinstance(app.screen, ConsentScreen))
        await pilot.pause()
        text = screen_text(app)
        assert "Install city-guide?" in text
        assert "send GET requests to api.example.org" in text
        assert "nobody vouches" in text
        fakes.clock.advance(1)
        await pilot.press("enter")
        await until(pilot, lambda: care.offer.became == ["discarded"])
        assert "city-guide" not in [skill.name for skill in fakes.skills.skills]


async def test_an_agreed_skill_is_in_place_and_under_the_cursor() -> None:
    fakes, care = with_care()
    async with running(fakes) as (app, pilot, _):
        screen = await on_skill(app, pilot, "text-stats")
        await pilot.press("i", *"x", "enter")
        await until(pilot, lambda: isinstance(app.screen, ConsentScreen))
        fakes.clock.advance(1)
        await pilot.press("tab", "enter")
        await until(pilot, lambda: app.screen is screen and screen.list_view.current.name == "city-guide")
        assert care.offer.became == ["accepted"]


async def test_keys_pressed_while_the_question_appears_answer_nothing() -> None:
    fakes, care = with_care()
    async with running(fakes) as (app, pilot, _):
        await on_skill(app, pilot, "text-stats")
        await pilot.press("i", *"x", "enter")
        await until(pilot, lambda: isinstance(app.screen, ConsentScreen))
        await pilot.press("i", "x")
        fakes.clock.advance(0.2)
        await pilot.press("i")
        assert care.offer.became == []
        fakes.clock.advance(1)
        await pilot.press("i")
        assert care.offer.became == []
        await pilot.press("enter")
        await until(pilot, lambda: care.offer.became == ["accepted"])


async def test_an_update_that_asks_for_nothing_new_needs_no_question() -> None:
    fakes, care = with_care()
    fakes.skills.skills.append(GUIDE)
    care.offer = FakeOffer(replace(GUIDE, version="0.1.1"), change=SAME, asks=(), skills=fakes.skills)
    async with running(fakes) as (app, pilot, _):
        await on_skill(app, pilot, "city-guide")
        await pilot.press("u")
        await until(pilot, lambda: care.offer.became == ["accepted"])
        await until(pilot, lambda: "0.1.1" in screen_text(app))
        assert "asks for nothing new" in notices(app)


async def test_an_update_that_widens_says_only_what_is_new() -> None:
    fakes, care = with_care()
    fakes.skills.skills.append(GUIDE)
    care.offer = FakeOffer(replace(GUIDE, version="0.2.0"), change=WIDER, asks=WIDER.widens, skills=fakes.skills)
    async with running(fakes) as (app, pilot, _):
        await on_skill(app, pilot, "city-guide")
        await pilot.press("u")
        await until(pilot, lambda: isinstance(app.screen, ConsentScreen))
        await pilot.pause()
        assert "evil.example.com" in screen_text(app) and "0.1.0 → 0.2.0" in screen_text(app)
        fakes.clock.advance(1)
        await pilot.press("escape")
        await until(pilot, lambda: care.offer.became == ["discarded"])


async def test_a_source_that_cannot_be_installed_is_told_about() -> None:
    fakes, _ = with_care()
    async with running(fakes) as (app, pilot, _):
        await on_skill(app, pilot, "text-stats")
        await pilot.press("i", *"missing", "enter")
        await until(pilot, lambda: "there is no folder or archive" in notices(app))


async def test_verifying_shows_the_differences() -> None:
    fakes, care = with_care()
    care.changed_files = ("changed: skill.wasm", "new: extra.txt")
    async with running(fakes) as (app, pilot, _):
        await on_skill(app, pilot, "text-stats")
        await pilot.press("v")
        await until(pilot, lambda: "new: extra.txt" in screen_text(app))
        assert "the files have changed since installation" in screen_text(app)


async def test_a_skill_is_disabled_and_enabled_again() -> None:
    fakes, _ = with_care()
    async with running(fakes) as (app, pilot, _):
        await on_skill(app, pilot, "text-stats")
        await pilot.press("e")
        await until(pilot, lambda: not fakes.skills.skills[-1].enabled)
        await pilot.press("r")
        assert "disabled; e enables it" in notices(app)
        await pilot.press("e")
        await until(pilot, lambda: fakes.skills.skills[-1].enabled)


async def test_removing_asks_first() -> None:
    fakes, care = with_care()
    async with running(fakes) as (app, pilot, _):
        screen = await on_skill(app, pilot, "text-stats")
        await pilot.press("d", "enter")
        assert ("remove", "text-stats") not in care.asked
        await pilot.press("d", "y")
        await until(pilot, lambda: len(screen.list_view.rows) == 3)
        assert ("remove", "text-stats") in care.asked


async def test_answers_about_a_skill_are_listed_and_taken_back() -> None:
    fakes, _ = with_care()
    skill = (ActorKind.SKILL, "text-stats", "", SKILL_HASH)
    grant = Grant("g1", Verdict.ALLOW, *skill, Kind.FS_READ, Scope.EXACT, "/etc/hosts", Lifetime.FOREVER)
    await fakes.grants.add(grant)
    async with running(fakes) as (app, pilot, _):
        await on_skill(app, pilot, "text-stats")
        assert "what you answered about it" in screen_text(app)
        await pilot.press("g")
        await until(pilot, lambda: "Revoke 1 answer?" in screen_text(app))
        await pilot.press("y")
        await until(pilot, lambda: fakes.grants.grants() == ())


async def test_without_a_desktop_the_folder_goes_to_the_clipboard() -> None:
    fakes, _ = with_care()
    async with running(fakes) as (app, pilot, _):
        await on_skill(app, pilot, "text-stats")
        await pilot.press("o")
        await until(pilot, lambda: "is on the clipboard" in notices(app))
        assert app.clipboard == "/usr/share/blufio/skills/text-stats"


async def test_the_keys_of_the_browser_are_all_shown_on_a_narrow_screen() -> None:
    fakes, _ = with_care()
    async with running(fakes, NARROW) as (app, pilot, _):
        await on_skill(app, pilot, "text-stats")
        last = "\n".join(screen_text(app).splitlines()[-2:])
        assert all(
            word in last for word in ("Back", "Run", "On/off", "Install", "Update", "Verify", "Revoke", "Remove")
        )


# ── watched skills ─────────────────────────────────────────────────────────────────────────────────


def watching() -> tuple[Fakes, FakeNews]:
    fakes, news = Fakes(), FakeNews()
    fakes.more = {"skill_news": news.listen, "care": FakeCare(fakes.skills, fakes.clock)}
    return fakes, news


async def test_a_watched_skill_that_is_new_is_asked_about() -> None:
    fakes, news = watching()
    offer = FakeOffer()
    async with running(fakes, MEDIUM) as (app, pilot, _):
        news.tell(SkillNeedsConsent(offer))
        await until(pilot, lambda: isinstance(app.screen, ConsentScreen))
        await until(pilot, lambda: app.screen._wait.painted is not None)
        fakes.clock.advance(1)
        await pilot.press("i", "enter")
        await until(pilot, lambda: offer.became == ["accepted"])
        assert app.screen is app.main


async def test_the_question_about_a_watched_skill_waits_until_the_prompt_is_empty() -> None:
    fakes, news = watching()
    offer = FakeOffer(change=WIDER, asks=WIDER.widens)
    async with running(fakes) as (app, pilot, _):
        await pilot.press(*"hello")
        news.tell(SkillNeedsConsent(offer))
        await until(pilot, lambda: "as soon as the prompt is empty" in notices(app))
        await pilot.pause(0.4)
        assert app.screen is app.main
        await pilot.press(*["backspace"] * 5)
        await pilot.pause(0.4)
        assert app.screen is app.main, "a key has just been pressed"
        fakes.clock.advance(2)
        await until(pilot, lambda: isinstance(app.screen, ConsentScreen))


async def test_a_newer_version_takes_the_place_of_the_one_that_is_asked_about() -> None:
    fakes, news = watching()
    first, second = FakeOffer(), FakeOffer(replace(GUIDE, version="0.3.0"))
    async with running(fakes) as (app, pilot, _):
        news.tell(SkillNeedsConsent(first))
        await until(pilot, lambda: isinstance(app.screen, ConsentScreen))
        news.tell(SkillNeedsConsent(second))
        await until(pilot, lambda: first.became == ["discarded"])
        await until(
            pilot, lambda: isinstance(app.screen, ConsentScreen) and app.screen.offer is second and app.screen._is_there
        )


async def test_a_watched_skill_that_changed_or_broke_is_told_about() -> None:
    fakes, news = watching()
    async with running(fakes) as (app, pilot, _):
        news.tell(SkillReloaded(GUIDE, ("changed: skill.py",)))
        await until(pilot, lambda: "city-guide 0.1.0 is in place; 1 file changed." in notices(app))
        news.tell(SkillBroken(GUIDE.folder, 'skill.toml:3: wsam: unknown key; did you mean "wasm"?'))
        await until(pilot, lambda: "wsam" in notices(app))
