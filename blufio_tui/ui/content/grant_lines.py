"""A stored answer in one line, and in full."""

from textual.content import Content

from blufio_tui.core.approval import Lifetime
from blufio_tui.core.capability import ActorKind
from blufio_tui.core.describe import lifetime_in_words, pattern_in_words, subject
from blufio_tui.core.grants import Grant
from blufio_tui.core.text import visible, visible_line
from blufio_tui.ui.content.amounts import date_time
from blufio_tui.ui.content.columns import cell, labelled, middle_cut
from blufio_tui.ui.content.symbols import NO_VERDICT, VERDICTS


def grant_line(grant: Grant, width: int) -> Content:
    room = max(width - 3 - 15 - 9 - 13, 10)
    return Content.assemble(
        " ",
        VERDICTS.get(grant.verdict.value, NO_VERDICT)(),
        " ",
        cell(Content.styled(visible_line(grant.actor_name), "bold"), 14),
        " ",
        cell(Content(grant.kind.value), 8),
        " ",
        cell(Content(middle_cut(visible_line(pattern_in_words(grant.scope, grant.pattern)), room)), room),
        " ",
        (_short_lifetime(grant), "$muted"),
    )


def _short_lifetime(grant: Grant) -> str:
    return {Lifetime.SESSION: "session", Lifetime.FOREVER: "always", Lifetime.CALL: "call"}.get(
        grant.lifetime, "a while"
    )


def grant_details(grant: Grant, width: int) -> list[Content]:
    mark = VERDICTS.get(grant.verdict.value, NO_VERDICT)
    allows = "may" if grant.verdict.value == "allow" else "may not"
    sentence = Content.assemble(
        mark(),
        " ",
        (visible_line(grant.actor_name), "bold"),
        f" {allows} {subject(grant.kind)}: ",
        (visible(pattern_in_words(grant.scope, grant.pattern)), "bold"),
    )
    lines = [*sentence.wrap(width), Content("")]
    lines += labelled("how long", lifetime_in_words(grant), width)
    if grant.actor_kind is ActorKind.SKILL:
        lines += labelled("content", f"sha256 {grant.content_hash}", width)
        lines += labelled("publisher", grant.publisher or "not signed", width)
        note = "It ends when the skill's files change, but for a signed update that widens nothing."
        lines += labelled("bound", note, width)
    lines += labelled("given", date_time(grant.created), width)
    if grant.note:
        lines += labelled("note", visible(grant.note), width)
    return lines + labelled("id", grant.grant_id, width)
