"""A way to a model: in one line, and in full. A key is never shown, only where it is."""

from textual.content import Content

from blufio_tui.core.connections import ConnectionCheck, ModelChoice
from blufio_tui.core.text.amounts import short
from blufio_tui.core.text.display import visible, visible_line
from blufio_tui.ui.ports.models import ListedConnection
from blufio_tui.ui.text.columns import cell, labelled, right_cell

DEFAULT_TITLE = "from the environment"
_WIDE = 84
"""Cells; from here on a row also says where the model is asked."""


def connection_line(listed: ListedConnection, width: int) -> Content:
    mark = Content.styled("●", "$accent") if listed.is_current else Content(" ")
    stored = listed.connection
    name_width = min(max(width // 3, 12), 22)
    name = Content.styled(visible_line(stored.name or DEFAULT_TITLE), "bold" if listed.is_current else "")
    model, address = (
        visible_line(stored.model or listed.address),
        visible_line(listed.address if stored.model else ""),
    )
    if width < _WIDE:
        return Content.assemble(" ", mark, " ", cell(name, name_width), " ", (model, "$muted"))
    parts = (cell(Content.styled(model, "$muted"), 32), "  ", (address, "$muted"))
    return Content.assemble(" ", mark, " ", cell(name, name_width), " ", *parts)


def connection_details(listed: ListedConnection, tried: ConnectionCheck | None, width: int) -> list[Content]:
    stored = listed.connection
    lines = [
        *Content.styled(visible_line(stored.name or DEFAULT_TITLE), "bold $accent").wrap(width),
        Content(""),
    ]
    lines += labelled("address", visible(listed.address), width)
    lines += labelled("model", visible(stored.model) or "the configured one", width)
    lines += labelled("key", visible(listed.key_in_words), width)
    lines += labelled("in use", Content.styled("yes", "$ok") if listed.is_current else "no", width)
    if stored.warning:
        lines += [Content(""), *Content.styled(f"! {visible(stored.warning)}", "$warn").wrap(width)]
    if tried is not None:
        lines += [Content(""), *tried_sentence(tried).wrap(width)]
    if listed.is_current:
        return lines
    hint = "Enter uses it from the next request on."
    return [*lines, Content(""), *Content.styled(hint, "$muted").wrap(width)]


def tried_sentence(tried: ConnectionCheck) -> Content:
    mark, style = ("✓", "$ok") if tried.ok else ("✗", "$bad")
    return Content.styled(f"{mark} {visible(tried.message)}", style)


def model_line(model: ModelChoice, is_current: bool, width: int) -> Content:
    mark = Content.styled("●", "$accent") if is_current else Content(" ")
    window = short(model.window) if model.window else ""
    return Content.assemble(
        " ",
        mark,
        " ",
        cell(Content.styled(visible_line(model.id), "bold" if is_current else ""), max(width - 3 - 7, 10)),
        right_cell(window, 6, "$muted"),
    )


def model_details(model: ModelChoice, is_current: bool, thinking: int, width: int) -> list[Content]:
    lines = [*Content.styled(visible(model.title), "bold $accent").wrap(width), Content("")]
    lines += labelled("name", visible(model.id), width)
    lines += labelled("window", f"{model.window:,} tokens" if model.window else "not known", width)
    lines += labelled("answers", Content.styled("yes", "$ok") if is_current else "no: Enter chooses it", width)
    return lines + labelled("thinking", thinking_in_words(thinking) + "; t changes it", width)


def thinking_in_words(budget: int) -> str:
    return f"on, up to {budget:,} tokens" if budget else "off"


def model_chosen(name: str, *, is_kept: bool) -> str:
    """What choosing a model does, and for how long."""
    how_long = "now and after a restart" if is_kept else "until you quit: the command line chose the model for this run"
    return f"{visible_line(name)} answers from the next request on, {how_long}."
