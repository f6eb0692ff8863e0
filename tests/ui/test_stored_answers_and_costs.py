"""Grants edited, budgets raised, modes chosen, sessions searched: by key."""

from datetime import datetime

import pytest

from blufio_tui.core.capability import ActorKind, Kind, Mode, Verdict
from blufio_tui.core.conversation import Message, Role, TextBlock, TokenUsage
from blufio_tui.core.errors import UsageError
from blufio_tui.core.policy.approval import Lifetime, Scope
from blufio_tui.core.policy.grants import Grant
from blufio_tui.core.sessions.records import DaySpending, SearchHit, Totals
from blufio_tui.ui.content.day_plot import day_plot
from blufio_tui.ui.ports.services import SettingField
from blufio_tui.ui.state.grant_edit import typed_lifetime, with_lifetime
from blufio_tui.ui.state.typed_amount import amount_of
from tests.fakes.ui_services import Fakes
from tests.ui.helpers import running, screen_text, seen, until

_GRANT = Grant(
    "g1",
    Verdict.ALLOW,
    ActorKind.SKILL,
    "text-stats",
    "",
    "ab" * 32,
    Kind.FS_READ,
    Scope.EXACT,
    "/etc/hosts",
    Lifetime.FOREVER,
)
NOW = datetime(2026, 1, 31, 12, 0).timestamp()


@pytest.mark.parametrize(
    ("typed", "lifetime", "expires"),
    [
        ("always", Lifetime.FOREVER, 0.0),
        ("session", Lifetime.SESSION, 0.0),
        ("30m", Lifetime.UNTIL, NOW + 1800),
        ("7d", Lifetime.UNTIL, NOW + 7 * 86_400),
        ("2026-02-01 18:00", Lifetime.UNTIL, datetime(2026, 2, 1, 18, 0).timestamp()),
        ("2026-01-31", Lifetime.UNTIL, datetime(2026, 2, 1).timestamp()),
    ],
)
def test_a_lifetime_is_typed_as_people_write_it(typed: str, lifetime: Lifetime, expires: float) -> None:
    changed = with_lifetime(_GRANT, typed, now=NOW, session_id="s1")
    assert (changed.lifetime, changed.expires) == (lifetime, expires)
    assert with_lifetime(changed, typed_lifetime(changed), now=NOW, session_id="s1") == changed


@pytest.mark.parametrize("typed", ["", "soon", "2020-01-01", "0m", "-5h", "2026-02-30"])
def test_what_is_no_lifetime_or_is_over_is_refused_with_a_sentence(typed: str) -> None:
    with pytest.raises(UsageError):
        with_lifetime(_GRANT, typed, now=NOW, session_id="s1")


def test_a_session_grant_needs_a_session() -> None:
    with pytest.raises(UsageError, match="No session"):
        with_lifetime(_GRANT, "session", now=NOW, session_id="")


async def test_a_grant_is_given_an_end_by_key() -> None:
    fakes = Fakes()
    await fakes.grants.add(_GRANT)
    async with running(fakes) as (app, pilot, _):
        await pilot.press("f8")
        await until(pilot, lambda: app.screen is not app.main and app.screen.list_view.rows)
        await pilot.press("e")
        await until(pilot, lambda: app.screen.query("#ask-input"))
        assert "30m, 8h, 7d" in screen_text(app)
        app.screen.query_one("#ask-input").value = "8h"
        await pilot.press("enter")
        await until(pilot, lambda: fakes.grants.grants()[0].lifetime is Lifetime.UNTIL)
        assert fakes.grants.grants()[0].expires == fakes.clock.now() + 8 * 3600


async def test_keys_of_a_row_are_shown_where_there_is_a_row_and_undo_where_there_is_something_to_undo() -> None:
    fakes = Fakes()
    async with running(fakes) as (app, pilot, _):
        await pilot.press("f8")
        await until(pilot, lambda: "No answers are stored." in screen_text(app))
        await until(pilot, lambda: "Esc Back" in screen_text(app).splitlines()[-1])
        assert not {"Revoke", "How long", "Undo", "Open", "Copy"} & set(screen_text(app).splitlines()[-1].split())
        await fakes.grants.add(_GRANT)
        await pilot.press("alt+r")
        await until(pilot, lambda: "d Revoke   e How long   Enter Open" in screen_text(app))
        await pilot.press("d")
        await until(pilot, lambda: "u Undo" in screen_text(app).splitlines()[-1])


async def test_every_mode_is_chosen_from_a_list_and_allow_all_is_asked_about_and_loud() -> None:
    async with running() as (app, pilot, fakes):
        await pilot.press("alt+p")
        await until(pilot, lambda: app.screen is not app.main and len(app.screen.list_view.rows) == len(Mode))
        await pilot.press("end", "enter")
        await until(pilot, lambda: "Allow everything?" in screen_text(app))
        assert fakes.mode.mode is Mode.ASK
        await seen(app, pilot)
        await pilot.press("y")
        await until(pilot, lambda: app.screen is app.main and "ALLOW ALL" in screen_text(app))


def _days(*costs: float) -> list[DaySpending]:
    return [
        DaySpending(f"2026-01-{n + 1:02d}", Totals(cost, int(cost > 0), 0, TokenUsage(100, 10, 300)))
        for n, cost in enumerate(costs)
    ]


async def test_the_budget_that_is_used_up_is_raised_where_the_cost_is_shown() -> None:
    fakes = Fakes()
    fakes.sessions.days = _days(0.5, 0.0, 1.9)
    fakes.settings._fields["budget.daily_usd"] = SettingField("budget.daily_usd", "2.0", "0.0", "A day's limit.")
    async with running(fakes) as (app, pilot, _):
        await pilot.press("f9")
        await until(pilot, lambda: app.screen is not app.main and app.screen.list_view.rows)
        await until(pilot, lambda: "of $2.00" in screen_text(app))
        await pilot.press("down", "enter")
        await until(pilot, lambda: app.screen.query("#ask-input"))
        app.screen.query_one("#ask-input").value = "5"
        await pilot.press("enter")
        await until(pilot, lambda: fakes.settings._fields["budget.daily_usd"].value == "5.0")
        await until(pilot, lambda: "of $5.00" in screen_text(app))
        await pilot.press("down", "down", "down")
        await until(pilot, lambda: "75% of what was sent came from the cache" in screen_text(app).replace("\n", " "))
        assert "█" in screen_text(app)


@pytest.mark.parametrize(("typed", "amount"), [("5", 5.0), (" $2.5 ", 2.5), ("0.003", 0.003), ("0", 0.0)])
def test_an_amount_is_never_rounded_to_no_limit(typed: str, amount: float) -> None:
    assert amount_of(typed) == amount


@pytest.mark.parametrize("typed", ["", "much", "-1", "nan", "inf", "1e-9", "1,50"])
def test_what_is_no_amount_is_refused(typed: str) -> None:
    with pytest.raises(UsageError):
        amount_of(typed)


def test_the_plot_has_a_column_a_day_as_high_as_what_it_cost() -> None:
    lines = [line.plain for line in day_plot(_days(1.0, 0.0, 0.5, 0.0001), 60, height=2)]
    assert lines[:3] == ["  $1.00 │██      ", "        │██  ██▁▁", "     $0 └────────"]
    assert day_plot(_days(0.0, 0.0), 60) == []


async def test_a_session_that_is_found_shows_the_words_and_is_renamed() -> None:
    fakes = Fakes()
    session = await fakes.sessions.create("/p")
    await fakes.sessions.append(session, "t", Message(Role.USER, (TextBlock("about lighthouses"),)))
    from dataclasses import replace

    info = replace(fakes.sessions.infos[session], snippet="… old lighthouses …")

    async def search(text: str, *, limit: int = 50) -> list[SearchHit]:
        return [SearchHit(info, 1, ((6, 17),))]

    fakes.sessions.search = search  # type: ignore[method-assign]
    fakes.session_id = session
    async with running(fakes) as (app, pilot, _):
        await pilot.press("f7")
        await until(pilot, lambda: app.screen is not app.main and app.screen.list_view.rows)
        await pilot.press("slash", *"lighthouses", "enter")
        await until(pilot, lambda: "… old lighthouses …" in screen_text(app))
        await pilot.press("r")
        await until(pilot, lambda: app.screen.query("#ask-input"))
        app.screen.query_one("#ask-input").value = "Towers"
        await pilot.press("enter")
        await until(pilot, lambda: fakes.sessions.infos[session].title == "Towers")
        await pilot.press("escape", "escape")
        await until(pilot, lambda: app.screen is app.main and "Towers" in screen_text(app).split("\n")[0])
