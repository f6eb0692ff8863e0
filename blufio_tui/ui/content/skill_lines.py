"""A skill in one line, and everything there is to know about it before trusting it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from textual.content import Content

from blufio_tui.core.manifest.manifest import Manifest
from blufio_tui.core.policy.grants import Grant
from blufio_tui.core.skills.frontmatter import split_frontmatter
from blufio_tui.core.skills.skill import Skill, SkillKind, SkillStatus
from blufio_tui.core.skills.use import SkillReport, SkillUse
from blufio_tui.core.text.amounts import ago, date_time, short, size
from blufio_tui.core.text.display import visible, visible_line
from blufio_tui.ui.content.capability_lines import (
    SYMBOLS_WIDTH,
    bulleted,
    capability_sentences,
    capability_symbols,
)
from blufio_tui.ui.content.grant_lines import grant_line
from blufio_tui.ui.content.skill_use_lines import report_lines
from blufio_tui.ui.content.symbols import Mark
from blufio_tui.ui.text.code import pretty_json
from blufio_tui.ui.text.columns import cell, labelled, right_cell
from blufio_tui.ui.text.incremental import GrowingMarkdown

STATUSES = {
    SkillStatus.VERIFIED: Mark("✓", "$ok"),
    SkillStatus.BUNDLED: Mark("◆", "$info"),
    SkillStatus.UNSIGNED: Mark("○", "$warn"),
    SkillStatus.TAMPERED: Mark("✗", "bold $bad"),
}

_STATUS_WORDS = {
    SkillStatus.VERIFIED: "signed, and the signature is valid",
    SkillStatus.BUNDLED: "came with blufio-tui",
    SkillStatus.UNSIGNED: "not signed: nobody vouches for it",
    SkillStatus.TAMPERED: "its files have changed since it was installed; it does not run",
}

_VERSION, _CALLS, _DENIALS, _LAST = 7, 5, 4, 4
_FIXED = 3 + 1 + _VERSION + 1 + SYMBOLS_WIDTH + _CALLS + _DENIALS + 1 + _LAST
_SHORTEST_NAME, _LONGEST_NAME, _SHORTEST_DESCRIPTION = 12, 24, 16


@dataclass(frozen=True, slots=True)
class SkillFacts:
    """What a detail view shows beside the skill itself.

    Attributes:
        report: None while it is being read.
        changes: what `verify` found; None if it was not asked.
    """

    skill_md: str = ""
    report: SkillReport | None = None
    grants: Sequence[Grant] = field(default_factory=tuple)
    changes: tuple[str, ...] | None = None


def skill_line(skill: Skill, use: SkillUse, now: float, width: int) -> Content:
    """Status, name, version, what it may do, calls, denials, last used; the description where there is room."""
    style = "bold" if skill.enabled else "$muted strike"
    name_width, described = _name_width(width), _described(width)
    return Content.assemble(
        " ",
        STATUSES[skill.status](),
        " ",
        cell(Content.styled(visible_line(skill.name), style), name_width),
        " ",
        cell(Content.styled(visible_line(skill.version), "$muted"), _VERSION),
        " ",
        capability_symbols(skill.manifest.capabilities) if skill.manifest else cell(Content("text"), SYMBOLS_WIDTH),
        right_cell(short(use.calls) if use.calls else "–", _CALLS, "" if use.calls else "$muted"),
        right_cell(f"{short(use.denials)}⊘" if use.denials else "", _DENIALS, "$bad"),
        " ",
        right_cell(ago(now - use.last_used) if use.last_used else "", _LAST, "$muted"),
        Content.styled("  " + visible_line(skill.description), "$muted").truncate(described + 2, ellipsis=True)
        if described
        else "",
    )


def skill_columns(width: int) -> str:
    """The names of the columns of `skill_line`, for a border, which keeps the first cell."""
    name = "name".ljust(_name_width(width))
    counts = f"{'calls':>{_CALLS}}{'⊘':>{_DENIALS}} {'last':>{_LAST}}"
    described = "  what it does" if _described(width) else ""
    return f"  {name} {'version':<{_VERSION}} {'may':<{SYMBOLS_WIDTH}}{counts}{described}"


def _described(width: int) -> int:
    """Cells for the description; 0 where it would be a word or two."""
    room = width - _FIXED - _name_width(width) - 2
    return room if room >= _SHORTEST_DESCRIPTION else 0


def _name_width(width: int) -> int:
    return max(min(width - _FIXED, _LONGEST_NAME), _SHORTEST_NAME)


def skill_details(skill: Skill, facts: SkillFacts, width: int) -> list[Content]:
    """Everything about the skill, capabilities first."""
    lines = [
        *Content.styled(visible_line(skill.name), "bold $accent").wrap(width),
        *Content(visible(skill.description)).wrap(width),
        Content(""),
    ]
    lines += _verification(facts.changes, width)
    lines += [_heading("it may, without asking"), *_capabilities(skill, width), Content("")]
    lines += _identity(skill, facts.report, width)
    if facts.grants:
        lines += [Content(""), _heading("what you answered about it (Revoke removes these)")]
        lines += [grant_line(grant, width) for grant in facts.grants]
    if facts.report is not None and skill.manifest is not None:
        lines += report_lines(facts.report, width)
    if skill.manifest is not None:
        lines += _manifest(skill.manifest, width)
    lines += _skill_md(facts.skill_md, width)
    if skill.manifest is not None:
        lines += [Content(""), _heading("input"), *pretty_json(dict(skill.manifest.parameters), width)]
    return lines


def _verification(changes: tuple[str, ...] | None, width: int) -> list[Content]:
    if changes is None:
        return []
    if not changes:
        return [Content.styled("✓ all files are unchanged since installation", "$ok"), Content("")]
    lines = [Content.styled("✗ the files have changed since installation", "bold $bad")]
    for change in changes:
        lines += bulleted(Content.styled(" ", ""), change, width, "$bad")
    return [*lines, Content("")]


def _identity(skill: Skill, report: SkillReport | None, width: int) -> list[Content]:
    mark = STATUSES[skill.status]
    lines = labelled("version", visible_line(skill.version), width)
    lines += labelled("status", Content.assemble(mark(), f" {_STATUS_WORDS[skill.status]}"), width)
    lines += labelled(
        "offered", "yes" if skill.enabled else Content.styled("no: disabled; e enables it", "$warn"), width
    )
    lines += labelled("author", visible_line(skill.author) or "unknown", width)
    lines += labelled("publisher", skill.publisher or "none: not signed", width)
    lines += labelled("content", f"sha256 {skill.content_hash}", width)
    lines += labelled("folder", visible(str(skill.folder)), width)
    if report is not None and report.source:
        lines += labelled("source", visible(report.source), width)
    if skill.installed:
        lines += labelled("installed", date_time(skill.installed), width)
    if skill.updated > skill.installed:
        lines += labelled("updated", date_time(skill.updated), width)
    return lines


def _capabilities(skill: Skill, width: int) -> list[Content]:
    if skill.kind is SkillKind.INSTRUCTIONS or skill.manifest is None:
        lines = Content.styled("nothing: it is text for the model, without code", "$muted").wrap(width)
        if skill.allowed_tools is not None:
            tools = ", ".join(skill.allowed_tools) or "none"
            lines += Content(
                visible(f"its author expects these tools to be allowed: {tools}; you are still asked")
            ).wrap(width)
        return lines
    sentences = capability_sentences(skill.manifest.capabilities, width)
    return sentences or Content.styled("nothing: it computes a result from its input", "$ok").wrap(width)


def _manifest(manifest: Manifest, width: int) -> list[Content]:
    limits = manifest.limits
    lines = [Content(""), _heading("limits of one call")]
    text = f"{short(limits.fuel)} fuel · {limits.memory_mb} MiB memory · {limits.epoch_timeout_secs} s"
    output, response = size(1024 * limits.output_kb), size(1024 * limits.response_kb)
    lines += Content(f"{text} · {output} output · {response} from a host call").wrap(width)
    if manifest.examples:
        lines += [Content(""), _heading("things to say")]
        lines += [line for example in manifest.examples for line in Content(f"“{visible(example.say)}”").wrap(width)]
    return lines


def _skill_md(text: str, width: int) -> list[Content]:
    body = split_frontmatter(text)[1]
    if not body.strip():
        return []
    return [Content(""), _heading("SKILL.md"), Content(""), *GrowingMarkdown(body, finished=True).lines(width)]


def _heading(text: str) -> Content:
    return Content.styled(text, "bold $muted")
