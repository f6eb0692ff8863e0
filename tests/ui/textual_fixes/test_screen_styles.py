"""A screen's own rules are about that screen, and reading them leaves the screen below as it is styled."""

from pathlib import Path

import pytest
from textual.dom import DOMNode

import blufio_tui.ui.screens
from tests.ui.helpers import running, until

FILES = sorted(Path(blufio_tui.ui.screens.__path__[0]).glob("*.tcss"))


async def test_a_screen_opens_without_the_one_below_being_styled_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running() as (app, pilot, _):
        styled: list[DOMNode] = []
        apply = app.stylesheet.apply
        monkeypatch.setattr(app.stylesheet, "apply", lambda node, **more: (styled.append(node), apply(node, **more)))
        await pilot.press("f5")
        await until(pilot, lambda: app.screen is not app.main and app.screen.focused)
        assert app.screen.focused in styled and app.main not in styled and app.main.chat not in styled
        assert app.screen.query_one("#explorer-detail").styles.border_left[0], "its own rules hold"


async def test_no_rule_of_another_screen_changes_the_main_one() -> None:
    async with running() as (app, _, __):

        def styles() -> list[tuple[str, dict[str, object]]]:
            app.stylesheet.update(app, animate=False)
            nodes = app.main.walk_children(with_self=True)
            return [(repr(node), dict(node.styles.base.get_rules())) for node in nodes]

        before = styles()
        assert len(before) > 40 and len(FILES) > 5
        for file in FILES:
            app.stylesheet.read(file)
        app.stylesheet.reparse()
        assert styles() == before
