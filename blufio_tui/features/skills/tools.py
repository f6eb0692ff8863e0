"""The installed skills as the agent has them: tools, examples for the offline guide, and what waits to be trusted."""

from collections.abc import Iterable

from blufio_tui.adapters.skills.registry import SkillRegistry, is_code
from blufio_tui.core.guide.guide import ToolExamples
from blufio_tui.core.skills.skill import SkillStatus
from blufio_tui.core.skills.tool import SkillHost, SkillTool
from blufio_tui.core.text.display import visible_line


def skill_tools(registry: SkillRegistry, host: SkillHost) -> Iterable[SkillTool]:
    return [SkillTool(skill, host) for skill in registry.runnable() if is_code(skill)]


def bundled_tools(registry: SkillRegistry) -> frozenset[str]:
    """Tools that are there without anybody having chosen them: they are not sent with every request."""
    return frozenset(skill.tool_name for skill in registry.runnable() if skill.status is SkillStatus.BUNDLED)


def skill_examples(registry: SkillRegistry) -> tuple[ToolExamples, ...]:
    """What the offline guide understands of the skills."""
    return tuple(
        ToolExamples(skill.tool_name, skill.manifest.examples) for skill in registry.runnable() if skill.manifest
    )


def about_untrusted(registry: SkillRegistry) -> tuple[str, ...]:
    """What the person should know of the project's own skills before the first turn."""
    if not (waiting := registry.untrusted()):
        return ()
    names = ", ".join(visible_line(folder.name) for folder in waiting[:5])
    more = f" and {len(waiting) - 5} more" if len(waiting) > 5 else ""
    return (
        f"This project has instruction skills ({names}{more}). They are not offered to the model until you "
        "have reviewed them: blufio-tui skill trust.",
    )
