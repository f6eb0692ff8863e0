"""A session in one line, and what it was about."""

from collections.abc import Sequence

from textual.content import Content

from blufio_tui.core.capability import Kind
from blufio_tui.core.conversation import Role
from blufio_tui.core.sessions.records import SessionInfo, StoredMessage, Totals
from blufio_tui.core.text.amounts import date_time, dollars, plural, short
from blufio_tui.core.text.display import steady, visible, visible_line
from blufio_tui.ui.content.resources import short_resource
from blufio_tui.ui.text.columns import cell, labelled, right_cell

_LINES = 4
_WIDE = 92
"""Cells; from here on a row also says in which project."""
_MESSAGES, _LAST = 9, 17


def session_columns(width: int) -> str:
    """The names of the columns of `session_line`, for a border, which keeps the first cell."""
    room, project_width = _rooms(width)
    project = "  project" if project_width else ""
    return f"  {'title':<{room}}{project:<{project_width}}{'messages':>{_MESSAGES}} last"


def _rooms(width: int) -> tuple[int, int]:
    """Cells of the title and of the project."""
    project_width = width // 4 if width >= _WIDE else 0
    return max(width - 4 - _MESSAGES - _LAST - project_width, 10), project_width


def session_line(session: SessionInfo, width: int, *, is_open: bool) -> Content:
    """What it was about, how many messages, and when; where it is wide, in which project."""
    mark = Content.styled("●", "$accent") if is_open else Content(" ")
    room, project_width = _rooms(width)
    title = Content.styled(visible_line(steady(session.title) or "untitled"), "bold" if is_open else "")
    project = Content.styled(short_resource(Kind.FS_READ, session.project, project_width - 2), "$muted")
    return Content.assemble(
        " ",
        mark,
        " ",
        cell(title, room),
        cell(Content.assemble("  ", project), project_width),
        right_cell(short(session.messages), _MESSAGES, "$muted"),
        (" " + date_time(session.updated)[:16], "$muted"),
    )


Spans = Sequence[tuple[int, int]]


def session_details(
    session: SessionInfo, messages: Sequence[StoredMessage], totals: Totals | None, width: int, spans: Spans = ()
) -> list[Content]:
    """`spans` are what was found, as ranges of the snippet."""
    lines = [*Content.styled(visible(steady(session.title) or "untitled"), "bold $accent").wrap(width), Content("")]
    lines += labelled("project", visible(session.project), width)
    lines += labelled("started", date_time(session.created), width)
    lines += labelled("last", date_time(session.updated), width)
    lines += labelled("messages", f"{session.messages:,}", width)
    if totals is not None and totals.requests:
        lines += labelled("cost", f"{dollars(totals.usd)} in {plural(totals.requests, 'request')}", width)
    lines += labelled("id", session.session_id, width)
    if spans and session.snippet:
        lines += [Content(""), *_snippet(session.snippet, spans).wrap(width)]
    for stored in messages:
        if text := _words(stored).strip():
            lines += [Content(""), *_message(stored, text, width)]
    return lines


def _words(stored: StoredMessage) -> str:
    return stored.message.typed if stored.message.role is Role.USER else stored.message.text


def _message(stored: StoredMessage, text: str, width: int) -> list[Content]:
    is_user = stored.message.role is Role.USER
    wrapped = Content(visible(steady(text))).wrap(max(width - 2, 10))
    shown = wrapped[:_LINES] + ([Content.styled("…", "$muted")] if len(wrapped) > _LINES else [])
    bar = Content.styled("▌ ", "$accent") if is_user else Content("  ")
    return [Content.assemble(bar, line) for line in shown]


def _snippet(text: str, spans: Spans) -> Content:
    """With what was found marked; each part is made visible by itself, so that the marks stay in place."""
    parts: list[Content | tuple[str, str]] = []
    at = 0
    for start, end in spans:
        parts += [Content(visible(text[at:start])), (visible(text[start:end]), "bold $background on $warn")]
        at = end
    return Content.assemble(*parts, visible(text[at:]))
