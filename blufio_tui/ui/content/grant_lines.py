"""A stored answer in one line, and in full."""

from textual.content import Content

from blufio_tui.core.capability import ActorKind
from blufio_tui.core.policy.approval import Lifetime
from blufio_tui.core.policy.grants import Grant
from blufio_tui.core.policy.wording import lifetime_in_words, pattern_in_words, subject
from blufio_tui.core.text.amounts import date_time
from blufio_tui.core.text.display import visible, visible_line
from blufio_tui.ui.content.resources import short_resource
from blufio_tui.ui.content.symbols import NO_VERDICT, VERDICTS
from blufio_tui.ui.text.columns import cell, labelled

_NAME_WIDTH, _KIND_WIDTH, _LIFETIME_WIDTH = 14, 8, 8


def grant_line(grant: Grant, width: int) -> Content:
    """Who may what, and for how long; where it is wide, since when."""
    given = f" {date_time(grant.created)[:16]}" if width >= 92 else ""
    room = max(width - 3 - _NAME_WIDTH - 1 - _KIND_WIDTH - 1 - 1 - _LIFETIME_WIDTH - len(given), 10)
    pattern = pattern_in_words(grant.scope, grant.pattern)
    return Content.assemble(
        " ",
        VERDICTS.get(grant.verdict.value, NO_VERDICT)(),
        " ",
        cell(Content.styled(visible_line(grant.actor_name), "bold"), _NAME_WIDTH),
        " ",
        cell(Content(grant.kind.value), _KIND_WIDTH),
        " ",
        cell(Content(short_resource(grant.kind.value, pattern, room)), room),
        " ",
        cell(Content.styled(_short_lifetime(grant), "$muted"), _LIFETIME_WIDTH),
        (given, "$muted"),
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
        note = "When the skill's files change, except for a signed update that asks for nothing more."
        lines += labelled("ends", note, width)
    lines += labelled("given", date_time(grant.created), width)
    if grant.note:
        lines += labelled("note", visible(grant.note), width)
    return lines + labelled("id", grant.grant_id, width)
