"""What was spent, as rows: by period, by model and by day."""

from dataclasses import dataclass

from textual.content import Content

from blufio_tui.core.agent.budget import WARN_AT
from blufio_tui.core.sessions.records import DaySpending, ModelSpending, Spending, Totals
from blufio_tui.core.settings.schema import BudgetSettings
from blufio_tui.core.text.amounts import dollars, plural, short
from blufio_tui.core.text.display import visible_line
from blufio_tui.ui.content.day_plot import day_plot
from blufio_tui.ui.content.timeline import bar
from blufio_tui.ui.text.columns import cell, labelled, right_cell


@dataclass(frozen=True, slots=True)
class CostRow:
    """
    Attributes:
        share: of the dearest row of the same group, or of the limit; from 0 to 1.
        limit: for a budget, its limit in US dollars, 0 for none.
        key: for a budget, the setting that holds its limit.
        days: for the plot; () if there is none.
    """

    group: str
    name: str
    totals: Totals
    share: float = 0.0
    limit: float = 0.0
    key: str = ""
    days: tuple[DaySpending, ...] = ()


def budget_rows(spending: Spending, limits: BudgetSettings) -> list[CostRow]:
    """What is spent of each limit."""
    parts = (
        ("session", spending.session_usd, limits.session_usd, "budget.session_usd"),
        ("day", spending.day_usd, limits.daily_usd, "budget.daily_usd"),
        ("month", spending.month_usd, limits.monthly_usd, "budget.monthly_usd"),
    )
    return [
        CostRow("budget", name, Totals(usd=spent), min(spent / limit, 1.0) if limit else 0.0, limit, key)
        for name, spent, limit, key in parts
    ]


def cost_rows(session: Totals, models: list[ModelSpending], days: list[DaySpending]) -> list[CostRow]:
    """Periods first, then models, dearest first, then days, newest first."""
    all_days = _sum([day.totals for day in days])
    periods = [
        ("this session", session),
        ("today", days[-1].totals if days else Totals()),
        (f"{len(days)} days", all_days),
    ]
    plot = tuple(days)
    rows = _group("period", periods, plot)
    rows += _group("model", [(spent.model, spent.totals) for spent in models])
    return rows + _group("day", [(day.day, day.totals) for day in reversed(days) if day.totals.requests], plot)


def _group(group: str, items: list[tuple[str, Totals]], days: tuple[DaySpending, ...] = ()) -> list[CostRow]:
    most = max((totals.usd for _, totals in items), default=0.0)
    return [CostRow(group, name, totals, totals.usd / most if most else 0.0, days=days) for name, totals in items]


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


_COUNT_WIDTH = 13


def cost_line(row: CostRow, width: int) -> Content:
    """Its name and cost, and how that compares; where it is wide, what was sent for it."""
    name_width = min(max(width - 30, 12), 30)
    counts = _counts(row) if width >= 92 else Content("")
    limit = (f" of {dollars(row.limit)}" if row.limit else "no limit") if row.group == "budget" else ""
    room = width - name_width - 9 - 10 - counts.cell_length
    bar_width = max(min(room, 20 if width < 92 else 60) - len(limit), 4)
    colour = "$accent" if not row.limit else "$bad" if row.share >= 1 else "$warn" if row.share >= WARN_AT else "$ok"
    end = bar(0.0, row.share, (0.0, 1.0), bar_width, colour) if row.share else Content("")
    return Content.assemble(
        " ",
        cell(Content.styled(row.group, "$muted"), 7),
        cell(Content(visible_line(row.name)), name_width - 7),
        right_cell(dollars(row.totals.usd), 9),
        counts,
        "  ",
        end,
        (limit, "$muted"),
    ).truncate(width, ellipsis=True)


def _counts(row: CostRow) -> Content:
    """Requests and tokens; a budget counts dollars only."""
    totals, used = row.totals, row.totals.usage
    texts = (plural(totals.requests, "request"), f"↑{short(used.sent)}", f"↓{short(used.output_tokens)}")
    widths = (_COUNT_WIDTH + 1, 8, 8)
    is_known = row.group != "budget"
    return Content.assemble(
        *(right_cell(text if is_known else "", room, "$muted") for text, room in zip(texts, widths, strict=True))
    )


def cost_details(row: CostRow, width: int) -> list[Content]:
    if row.group == "budget":
        return _budget_details(row, width)
    totals, used = row.totals, row.totals.usage
    lines = [Content.assemble((f"{row.group} ", "$muted"), (visible_line(row.name), "bold $accent")), Content("")]
    lines += labelled("cost", dollars(totals.usd), width)
    lines += labelled("requests", f"{totals.requests:,}", width)
    if totals.unknown_requests:
        note = f"{plural(totals.unknown_requests, 'request')} to models whose price is not known are left out"
        lines += labelled("note", Content.styled(note, "$warn"), width)
    lines += labelled("sent", f"{used.sent:,} tokens", width)
    lines += labelled("received", f"{used.output_tokens:,} tokens", width)
    if used.sent:
        lines += labelled(
            "cache", f"{used.cache_read_tokens / used.sent:.0%} of what was sent came from the cache", width
        )
        lines += labelled("", f"{short(used.cache_read_tokens)} read, {short(used.cache_write_tokens)} written", width)
    if plot := day_plot(row.days, width, marked=row.name):
        lines += [Content(""), Content.styled("by day", "bold $muted"), *plot]
    return lines


def _budget_details(row: CostRow, width: int) -> list[Content]:
    lines = [Content.assemble(("budget of a ", "$muted"), (row.name, "bold $accent")), Content("")]
    lines += labelled("spent", dollars(row.totals.usd), width)
    lines += labelled("limit", dollars(row.limit) if row.limit else "none", width)
    if row.limit:
        lines += labelled("used", f"{row.totals.usd / row.limit:.0%}", width)
    said = (
        f"At {WARN_AT:.0%} you are warned; at the limit no more requests are sent. Enter changes the limit, from the "
        "next request."
    )
    return [*lines, Content(""), *Content.styled(said, "$muted").wrap(width)]
