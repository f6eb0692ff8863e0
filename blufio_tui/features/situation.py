"""What stands at the head of each message of the person."""

from collections.abc import Callable
from pathlib import Path

from blufio_tui.adapters.files.git_state import git_state
from blufio_tui.core.agent.situation import git_words, head_line, mode_words
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
