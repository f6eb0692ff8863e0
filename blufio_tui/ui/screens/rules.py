"""The user's own rules: in words, what each did and would have done, and what is odd about it."""

from collections.abc import Hashable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import Screen

from blufio_tui.core.errors import BlufioError, UsageError
from blufio_tui.core.policy.back_test import BackTest
from blufio_tui.core.policy.rule_report import RuleReport
from blufio_tui.core.text.display import visible, visible_line
from blufio_tui.ui.background import in_background
from blufio_tui.ui.content.symbols import NO_VERDICT, VERDICTS
from blufio_tui.ui.ports.screen_host import ScreenHost
from blufio_tui.ui.ports.services import RulesPort, Services
from blufio_tui.ui.screens.ask import Agree
from blufio_tui.ui.screens.explorer import Explorer
from blufio_tui.ui.state.key_guard import KeyTimes
from blufio_tui.ui.text.columns import cell, labelled

_ANSWERED = 16


class RulesScreen(Explorer[RuleReport]):
    heading = "Rules"
    noun = "rule"
    of_a_row = frozenset({"rules.remove", "rules.test"})
    nothing = (
        "You have no rules. `blufio-tui rules add` and config.toml add one; grants are answers you gave on a card."
    )

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d,delete", "remove", "Remove", id="rules.remove", tooltip="Remove this rule from config.toml"),
        Binding("t", "test", "Try", id="rules.test", tooltip="What this rule would have answered to past questions"),
    ]

    def __init__(self, services: Services, rules: RulesPort, key_times: KeyTimes) -> None:
        super().__init__(services)
        self._key_times = key_times
        self._rules = rules
        self._tried: dict[Hashable, BackTest] = {}

    async def load(self) -> Sequence[RuleReport]:
        return await self._rules.reports()

    def row_key(self, row: RuleReport) -> Hashable:
        return (row.number, row.rule)

    def line(self, row: RuleReport, width: int) -> Content:
        answered = f"answered {row.answered:,}" if row.answered else "never matched"
        mark = Content.styled("! ", "$warn") if row.problems else Content("  ")
        return Content.assemble(
            " ",
            VERDICTS.get(row.rule.verdict.value, NO_VERDICT)(),
            " ",
            mark,
            cell(Content(visible_line(row.sentence)), max(width - _ANSWERED - 6, 8)),
            " ",
            cell(Content.styled(answered, "$muted"), _ANSWERED),
        )

    def details(self, row: RuleReport, width: int) -> list[Content]:
        lines = [*Content.styled(visible(row.sentence), "bold").wrap(width), Content("")]
        for problem in row.problems:
            lines += Content.styled(f"! It {visible(problem)}.", "$warn").wrap(width)
        lines += labelled("number", str(row.number), width)
        lines += labelled("kind", row.rule.kind.value, width)
        lines += labelled("target", visible(row.rule.target), width)
        lines += labelled("answered", f"{row.answered:,} requests so far" if row.answered else "none so far", width)
        tried = self._tried.get(self.row_key(row))
        if tried is None:
            return [
                *lines,
                Content(""),
                Content.assemble(("t", "bold $accent"), (" tries it on past questions", "$muted")),
            ]
        lines += [Content(""), *Content(f"It {tried.sentence(row.rule.verdict)}.").wrap(width)]
        for question in tried.examples:
            said = "allowed" if question.allowed else "denied"
            lines += labelled(f"you {said}", visible_line(question.resource), width)
        return lines

    def action_test(self) -> None:
        if (report := self.list_view.current) is not None:
            in_background(self, "try the rule", self._test, report)

    async def _test(self, report: RuleReport) -> None:
        try:
            self._tried[self.row_key(report)] = await self._rules.test(report.rule)
        except BlufioError as error:
            self.notify(str(error), severity="error", markup=False)
        self.show_details()

    def action_remove(self) -> None:
        if (report := self.list_view.current) is not None:
            question = Agree("Remove this rule?", report.sentence, self.services.clock, self._key_times)
            self.app.push_screen(question, lambda yes: self._remove_if(yes, report))

    def _remove_if(self, yes: bool | None, report: RuleReport) -> None:
        if yes:
            in_background(self, "remove the rule", self._remove, report)

    async def _remove(self, report: RuleReport) -> None:
        try:
            await self._rules.remove(report)
        except BlufioError as error:
            self.notify(str(error), severity="error", markup=False)
        await self.reload()


async def open_screen(host: ScreenHost, _query: str) -> Screen[None]:
    if host.services.rules is None:
        raise UsageError("Rules cannot be shown here.")
    return RulesScreen(host.services, host.services.rules, host.key_times)
