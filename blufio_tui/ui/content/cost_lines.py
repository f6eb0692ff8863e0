"""What was spent, as rows: by period, by model and by day."""

from dataclasses import dataclass

from textual.content import Content

from blufio_tui.core.sessions import DaySpending, ModelSpending, Totals
from blufio_tui.core.text import visible_line
from blufio_tui.ui.content.amounts import dollars, plural, short
from blufio_tui.ui.content.columns import cell, labelled, right_cell
from blufio_tui.ui.content.timeline import bar


@dataclass(frozen=True, slots=True)
class CostRow:
    """`share` is of the dearest row of the same group, from 0 to 1."""

    group: str
    name: str
    totals: Totals
    share: float = 0.0


def cost_rows(session: Totals, models: list[ModelSpending], days: list[DaySpending]) -> list[CostRow]:
    """Periods first, then models, dearest first, then days, newest first."""
    all_days = _sum([day.totals for day in days])
    periods = [
        ("this session", session),
        ("today", days[-1].totals if days else Totals()),
        (f"{len(days)} days", all_days),
    ]
    rows = _group("period", periods)
    rows += _group("model", [(spent.model, spent.totals) for spent in models])
    return rows + _group("day", [(day.day, day.totals) for day in reversed(days) if day.totals.requests])


def _group(group: str, items: list[tuple[str, Totals]]) -> list[CostRow]:
    most = max((totals.usd for _, totals in items), default=0.0)
    return [CostRow(group, name, totals, totals.usd / most if most else 0.0) for name, totals in items]


def _sum(parts: list[Totals]) -> Totals:
    total = Totals()
    for part in parts:
        total = Totals(
            total.usd + part.usd,
            total.requests + part.requests,
            total.unknown_requests + part.unknown_requests,
            total.usage + part.usage,
        )
    return total


def cost_line(row: CostRow, width: int) -> Content:
    name_width = min(max(width - 30, 12), 30)
    bar_width = max(min(width - name_width - 9 - 10, 20), 4)
    return Content.assemble(
        " ",
        cell(Content.styled(row.group, "$muted"), 7),
        cell(Content(visible_line(row.name)), name_width - 7),
        right_cell(dollars(row.totals.usd), 9),
        "  ",
        bar(0.0, row.share, (0.0, 1.0), bar_width, "$accent") if row.share else "",
    )


def cost_details(row: CostRow, width: int) -> list[Content]:
    totals, used = row.totals, row.totals.usage
    lines = [Content.assemble((f"{row.group} ", "$muted"), (visible_line(row.name), "bold $accent")), Content("")]
    lines += labelled("cost", dollars(totals.usd), width)
    lines += labelled("requests", f"{totals.requests:,}", width)
    if totals.unknown_requests:
        note = f"{plural(totals.unknown_requests, 'request')} to models whose price is not known are left out"
        lines += labelled("note", Content.styled(note, "$warn"), width)
    lines += labelled("sent", f"{used.input_tokens:,} tokens", width)
    lines += labelled("received", f"{used.output_tokens:,} tokens", width)
    sent = used.input_tokens + used.cache_read_tokens + used.cache_write_tokens
    if sent:
        lines += labelled("cache", f"{used.cache_read_tokens / sent:.0%} of what was sent came from the cache", width)
        lines += labelled("", f"{short(used.cache_read_tokens)} read, {short(used.cache_write_tokens)} written", width)
    return lines
