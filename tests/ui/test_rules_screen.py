"""The screen of rules: what each says and did, trying it, removing it."""

from dataclasses import replace

from blufio_tui.core.capability import Kind, Verdict
from blufio_tui.core.guards.paths import Places
from blufio_tui.core.policy.approval import ApprovalQuestion, Offer
from blufio_tui.core.policy.back_test import BackTest, PastQuestion
from blufio_tui.core.policy.rule_report import RuleReport, reports
from blufio_tui.core.policy.rules import UserRule
from blufio_tui.ui.app import BlufioApp
from tests.fakes.ui_services import Fakes
from tests.ui.helpers import WIDE, opened, screen_text, seen, until


class Rules:
    def __init__(self) -> None:
        self.rules = [
            UserRule(Verdict.ALLOW, Kind.EXEC, "make *"),
            UserRule(Verdict.DENY, Kind.EXEC, "make"),
        ]

    async def reports(self) -> list[RuleReport]:
        return reports(self.rules, {"denied by your rule: deny exec make": 4}, Places("/h", "/p"))

    async def test(self, rule: UserRule) -> BackTest:
        return BackTest(41, 2, (PastQuestion(Kind.EXEC, "make clean", "bash", "in /p", False, 2),))

    async def test_offer(self, question: ApprovalQuestion, offer: Offer) -> BackTest:
        return BackTest()

    async def remove(self, report: RuleReport) -> None:
        self.rules.remove(report.rule)


async def test_rules_are_shown_tried_and_removed_by_key() -> None:
    port = Rules()
    app = BlufioApp(replace(Fakes().services(), rules=port))
    async with opened(app, WIDE) as pilot:
        await app.run_action("command('app.rules')")
        await until(pilot, lambda: "answered 4" in screen_text(app))
        assert "never matched" in screen_text(app) and "rule 2 denies all of it" in screen_text(app)
        await pilot.press("t")
        await until(pilot, lambda: "41 past questions, 2 of which you denied" in screen_text(app))
        await pilot.press("d")
        await until(pilot, lambda: "Remove this rule?" in screen_text(app))
        await pilot.press("y")
        await pilot.pause()
        assert len(port.rules) == 2, "not seen yet"
        await seen(app, pilot)
        await pilot.press("y")
        await until(pilot, lambda: len(port.rules) == 1)
