"""What a person reads before a skill is installed or updated, whole."""

from collections.abc import Iterable

from textual.content import Content

from blufio_tui.core.skills.offer import SkillOffer
from blufio_tui.core.skills.skill import Skill, SkillKind
from blufio_tui.core.text.display import visible, visible_line
from blufio_tui.ui.content.capability_lines import bulleted, capability_sentences
from blufio_tui.ui.text.columns import labelled

_MOST_FILES = 20


def offer_title(offer: SkillOffer) -> str:
    name = visible_line(offer.skill.name)
    if offer.change is None:
        return f"Install {name}?"
    if offer.change.widens:
        return f"Update {name}: it asks for more"
    return f"Update {name}: its effects differ" if offer.asks else f"Update {name}?"


def offer_lines(offer: SkillOffer, width: int) -> list[Content]:
    """What the skill would be allowed to do comes first."""
    skill, change = offer.skill, offer.change
    lines = [*Content(visible(skill.description)).wrap(width), Content("")]
    if change is None:
        lines += _may(skill, offer.asks, width)
    else:
        lines += _section("It would newly be allowed to", change.widens, width, "!", "bold $warn")
        if not change.widens:
            lines += [Content.styled("✓ It asks for nothing new.", "$ok"), Content("")]
        lines += _section("It no longer asks to", change.narrows, width, "–", "$muted")
    lines += _section("Notes", [f"{note}." for note in offer.notes], width, "!", "$warn")
    versions = visible_line(f"{change.old_version} → {skill.version}" if change else skill.version)
    lines += labelled("version", f"{versions}, {skill.kind.value}", width)
    lines += labelled("author", visible_line(skill.author) or "unknown", width)
    lines += labelled("publisher", skill.publisher or "none: not signed", width)
    lines += labelled("from", visible(offer.source), width)
    lines += labelled("content", f"sha256 {skill.content_hash}", width)
    if change is not None and change.files:
        shown = [*change.files[:_MOST_FILES]]
        shown += [f"and {len(change.files) - _MOST_FILES} more"] if len(change.files) > _MOST_FILES else []
        lines += labelled("files", visible("\n".join(shown)), width)
    return lines


def _may(skill: Skill, asks: Iterable[str], width: int) -> list[Content]:
    lines = [Content.styled("It would be allowed to, without asking", "bold $muted")]
    sentences = capability_sentences(skill.manifest.capabilities, width) if skill.manifest else []
    if sentences:
        return [*lines, *sentences, Content("")]
    style = "" if skill.kind is SkillKind.INSTRUCTIONS else "$ok"
    return [*lines, *(line for ask in asks for line in bulleted(Content("•"), ask, width, style)), Content("")]


def _section(title: str, items: Iterable[str], width: int, mark: str, style: str) -> list[Content]:
    lines = [line for item in items for line in bulleted(Content.styled(mark, style), item, width)]
    return [Content.styled(title, "bold $muted"), *lines, Content("")] if lines else []
