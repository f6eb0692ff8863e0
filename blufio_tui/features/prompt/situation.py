"""The model's context: the system prompt, and the line before each message of the person."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from blufio_tui.adapters.files.git_state import git_state, machine
from blufio_tui.adapters.skills.registry import SkillRegistry, is_code
from blufio_tui.core.agent.prompt import build_system
from blufio_tui.core.agent.provider import SystemBlock
from blufio_tui.core.agent.registry import ToolRegistry
from blufio_tui.core.agent.situation import git_words, head_line, mode_words
from blufio_tui.core.agent.skill_lines import SkillProvider
from blufio_tui.core.builtin.plan import IN_THE_PROMPT
from blufio_tui.core.capability import Mode


class ProjectSituation:
    """Implements `core.agent.situation.Situation`.

    Args:
        asked: whether somebody can be asked.
        caged: whether commands run in the cage without a question.
    """

    def __init__(self, project: Path, mode: Callable[[], Mode], *, asked: bool, caged: Callable[[], bool]) -> None:
        self._project = project
        self._mode = mode
        self._asked = asked
        self._caged = caged

    def mode(self) -> str:
        return mode_words(self._mode(), attended=self._asked, caged=self._caged())

    async def head(self, mode: str) -> str:
        return head_line(mode, git_words(await git_state(self._project)))


def system_prompt(
    project: Path,
    skills: SkillRegistry,
    tools: ToolRegistry,
    instructions: Callable[[], Sequence[tuple[str, str]]],
    mode: Callable[[], Mode],
    max_skills: Callable[[], int],
) -> Callable[[], tuple[SystemBlock, ...]]:
    """Makes the prompt for a request from what there is then."""
    instruction_skills = SkillProvider(
        lambda: [skill for skill in skills.runnable() if not is_code(skill) and not skill.is_hidden]
    )
    computer = machine()

    def system() -> tuple[SystemBlock, ...]:
        blocks = build_system(
            project=str(project),
            today=datetime.now().astimezone().date().isoformat(),
            machine=computer,
            skills=instruction_skills.lines(),
            tools=[tool.name for tool in tools.unoffered()],
            max_skills=max_skills(),
            instructions=instructions(),
        )
        return (*blocks, SystemBlock(IN_THE_PROMPT)) if mode() is Mode.PLAN else blocks

    return system
