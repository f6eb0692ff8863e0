"""How a skill was used: declared against used, and its last calls."""

from textual.content import Content

from blufio_tui.core.policy.wording import KIND_SYMBOLS
from blufio_tui.core.sessions.records import ToolCallRecord
from blufio_tui.core.skills.declared_use import UNVERIFIED, DeclaredUse
from blufio_tui.core.skills.use import SkillReport
from blufio_tui.core.text.amounts import date_time, duration, plural, short
from blufio_tui.core.text.display import visible
from blufio_tui.ui.content.capability_lines import bulleted
from blufio_tui.ui.content.sparkline import sparkline
from blufio_tui.ui.content.symbols import STATES
from blufio_tui.ui.state.states import State
from blufio_tui.ui.text.code import code_lines
from blufio_tui.ui.text.columns import labelled

_MOST_UNDECLARED = 8
_SHOWN_CALLS = 30


def report_lines(report: SkillReport, width: int) -> list[Content]:
    lines = [Content(""), _heading("last calls"), *_calls(report.recent, width)]
    if report.declared is not None:
        lines += [Content(""), _heading("declared and used"), *_declared(report.declared, report.decisions, width)]
    return lines


def _calls(records: tuple[ToolCallRecord, ...], width: int) -> list[Content]:
    if not records:
        return Content.styled("Never used. r runs it.", "$muted").wrap(width)
    shown = records[-min(max(width - 32, 8), _SHOWN_CALLS) :]
    fuel = [float(record.usage.fuel) for record in shown]
    took = [record.worked_ms for record in shown]
    cells = Content.assemble(*(STATES[_state(record)]() for record in shown))
    lines = labelled("results", cells, width)
    if any(fuel):
        told = f"  {short(min(fuel))} to {short(max(fuel))}, last {short(fuel[-1])}"
        lines += labelled("fuel", Content.assemble(sparkline(fuel, len(shown), "$accent"), (told, "$muted")), width)
    told = f"  {duration(min(took))} to {duration(max(took))}, last {duration(took[-1])}"
    lines += labelled("time", Content.assemble(sparkline(took, len(shown), "$info"), (told, "$muted")), width)
    lines += labelled("last", date_time(shown[-1].created), width)
    if shown[-1].is_error:
        lines += labelled("", Content.styled(visible(shown[-1].content[:300]), "$bad"), width)
    return lines


def _state(record: ToolCallRecord) -> State:
    if not record.finished:
        return State.CANCELLED
    if record.error is not None and record.error.kind == "capability_denied":
        return State.DENIED
    return State.ERROR if record.is_error else State.OK


def _declared(use: DeclaredUse, decisions: int, width: int) -> list[Content]:
    if not use.used and not use.undeclared:
        said = "The audit log shows no use yet." if use.unused else "It declares nothing and has asked for nothing."
        return Content.styled(said, "$muted").wrap(width)
    lines: list[Content] = []
    for one, count in use.used:
        lines += bulleted(Content.styled("✓", "$ok"), f"{KIND_SYMBOLS[one.kind]} {one.pattern}  used {count:,}×", width)
    for one in use.unused:
        text = f"{KIND_SYMBOLS[one.kind]} {one.pattern}  never used"
        lines += bulleted(Content.styled("–", "$muted"), text, width, "$muted")
    for asked in use.undeclared[:_MOST_UNDECLARED]:
        answer = "allowed" if asked.allowed else "denied"
        text = f"{KIND_SYMBOLS[asked.kind]} {asked.resource}  not declared, asked for {asked.times:,}×, {answer}"
        lines += bulleted(Content.styled("!", "bold $warn"), text, width)
    if len(use.undeclared) > _MOST_UNDECLARED:
        more = plural(len(use.undeclared) - _MOST_UNDECLARED, "more thing")
        lines += Content.styled(f"  and {more} that it does not declare; F6 lists all", "$muted").wrap(width)
    since = "its only decision" if decisions == 1 else f"its last {plural(decisions, 'decision')}"
    lines += Content.styled(f"from {since} in the audit log", "$muted").wrap(width)
    if not use.verified:
        lines += bulleted(Content.styled("!", "bold $bad"), f"rows of the log are {UNVERIFIED}", width)
    if use.smallest:
        lines += [Content(""), _heading("the smallest manifest that covers what was allowed")]
        lines += code_lines(use.smallest, width, language="toml")
    return lines


def _heading(text: str) -> Content:
    return Content.styled(text, "bold $muted")
