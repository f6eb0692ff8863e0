"""What the system prompt says of the skills: one line each; everything else waits for `load_skill`."""

from collections.abc import Callable, Iterable

from blufio_tui.core.agent.prompt import SkillLine
from blufio_tui.core.skills.skill import Skill


class SkillProvider:
    """
    Args:
        skills: the skills that the model is offered, as they are now.
    """

    def __init__(self, skills: Callable[[], Iterable[Skill]]) -> None:
        self._skills = skills

    def lines(self) -> tuple[SkillLine, ...]:
        """For the conditional zone, in the order of names."""
        return tuple(SkillLine(skill.name, skill.description) for skill in sorted(self._skills(), key=_name))


def _name(skill: Skill) -> str:
    return skill.name
