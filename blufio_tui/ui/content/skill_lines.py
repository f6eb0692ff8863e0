"""A skill in one line, and everything there is to know about it before trusting it."""

from textual.content import Content

from blufio_tui.core.describe import capability_lines
from blufio_tui.core.manifest import Manifest
from blufio_tui.core.skills import Skill, SkillKind, SkillStatus
from blufio_tui.core.text import visible, visible_line
from blufio_tui.ui.content.amounts import date_time, short
from blufio_tui.ui.content.code import pretty_json
from blufio_tui.ui.content.columns import cell, labelled
from blufio_tui.ui.content.symbols import Mark
from blufio_tui.ui.markdown.growing import GrowingMarkdown

STATUSES = {
    SkillStatus.VERIFIED: Mark("✓", "$ok"),
    SkillStatus.BUNDLED: Mark("◆", "$info"),
    SkillStatus.UNSIGNED: Mark("○", "$warn"),
    SkillStatus.TAMPERED: Mark("✗", "bold $bad"),
}

_STATUS_WORDS = {
    SkillStatus.VERIFIED: "signed, and the signature holds",
    SkillStatus.BUNDLED: "came with blufio-tui",
    SkillStatus.UNSIGNED: "not signed",
    SkillStatus.TAMPERED: "its files are not those that were installed; it does not run",
}


def skill_line(skill: Skill, width: int) -> Content:
    name_width = min(max(width // 3, 14), 24)
    style = "bold" if skill.enabled else "$muted strike"
    name = Content.assemble(" ", STATUSES[skill.status](), " ", (visible_line(skill.name), style))
    description = Content.styled(visible_line(skill.description), "$muted")
    return Content.assemble(cell(name, name_width + 3), " ", description)


def skill_details(skill: Skill, skill_md: str, width: int) -> list[Content]:
    """Capabilities first: they are what one decides on."""
    mark = STATUSES[skill.status]
    lines = [
        Content.styled(visible_line(skill.name), "bold $accent"),
        *Content(visible(skill.description)).wrap(width),
        Content(""),
    ]
    lines += [_heading("it may, without asking"), *_capabilities(skill, width), Content("")]
    lines += labelled("version", visible_line(skill.version), width)
    lines += labelled("status", Content.assemble(mark(), f" {_STATUS_WORDS[skill.status]}"), width)
    lines += labelled("enabled", "yes" if skill.enabled else Content.styled("no", "$warn"), width)
    lines += labelled("author", visible_line(skill.author) or "unknown", width)
    if skill.publisher:
        lines += labelled("publisher", skill.publisher, width)
    lines += labelled("content", f"sha256 {skill.content_hash}", width)
    lines += labelled("folder", visible(str(skill.folder)), width)
    if skill.installed:
        lines += labelled("installed", date_time(skill.installed), width)
    if skill.manifest is not None:
        lines += _manifest(skill.manifest, width)
    if skill_md.strip():
        lines += [Content(""), _heading("SKILL.md"), *GrowingMarkdown(skill_md, finished=True).lines(width)]
    return lines


def _capabilities(skill: Skill, width: int) -> list[Content]:
    if skill.kind is SkillKind.INSTRUCTIONS or skill.manifest is None:
        return Content.styled("nothing: it is text that the model reads; it has no code", "$muted").wrap(width)
    sentences = capability_lines(skill.manifest.capabilities)
    if not sentences:
        return Content.styled("nothing: it computes on its input and gives back a result", "$ok").wrap(width)
    out: list[Content] = []
    for sentence in sentences:
        first, *rest = Content(visible(sentence)).wrap(max(width - 2, 10))
        out += [Content.assemble(("• ", "$warn"), first), *(Content.assemble("  ", line) for line in rest)]
    return out


def _manifest(manifest: Manifest, width: int) -> list[Content]:
    limits = manifest.limits
    lines = [Content(""), _heading("limits of one call")]
    text = f"{short(limits.fuel)} fuel · {limits.memory_mb} MB memory · {limits.epoch_timeout_secs} s"
    lines += Content(f"{text} · {limits.output_kb} KB output · {limits.response_kb} KB response").wrap(width)
    if manifest.examples:
        lines += [Content(""), _heading("say")]
        lines += [line for example in manifest.examples for line in Content(f"“{visible(example.say)}”").wrap(width)]
    lines += [Content(""), _heading("input"), *pretty_json(dict(manifest.parameters), width)]
    return lines


def _heading(text: str) -> Content:
    return Content.styled(text, "bold $muted")
