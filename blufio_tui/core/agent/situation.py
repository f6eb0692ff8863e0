"""The line before each message of the person, with what the model should know: mode and git state.

It is part of the conversation and not of the system prompt, which must not change or it could not be cached. It is
stored with the message, because what was sent once must be sent again word for word to be cached.
"""

import asyncio
from dataclasses import dataclass
from typing import Protocol

from blufio_tui.core.capability import Mode
from blufio_tui.core.conversation import Block
from blufio_tui.core.sessions.heads import head_block
from blufio_tui.core.text.display import visible_line

_SHOWN_BRANCH = 80

_FREE = {
    Mode.ASK: "reading the project is free, the rest needs approval",
    Mode.ACCEPT_EDITS: "reading the project and editing its ordinary files is free, the rest needs approval",
    Mode.PLAN: "look and plan; reading the project is free, other reading needs approval, changes are denied",
    Mode.READ_ONLY: "reading the project is free, other reading needs approval, changes are denied",
    Mode.DENY: "reading the project is free, what no rule allows is denied",
    Mode.ALLOW_ALL: "everything is allowed except what a rule denies",
}
_CAGED = {
    Mode.ASK: "reading the project and running commands in it is free, the rest needs approval",
    Mode.ACCEPT_EDITS: "reading, editing and running commands in the project is free, the rest needs approval",
    Mode.PLAN: "look and plan; reading the project and commands that change nothing are free, changes are denied",
    Mode.READ_ONLY: "reading the project and commands that change nothing are free, changes are denied",
}


def without_news(result: str) -> str:
    """A call's result without the line about the mode that may stand before it for the model."""
    first, _, rest = result.partition("\n")
    return rest if first.startswith(("[now mode ", "[now nobody can be asked: ")) and first.endswith("]") else result


class ModeNews:
    """Tells the model once when the mode has changed."""

    def __init__(self, situation: "Situation | None") -> None:
        self._situation = situation
        self._told = ""

    async def head(self) -> tuple[Block, ...]:
        """The block before a message of the person."""
        if self._situation is None:
            return ()
        # On a thread: whether commands can be caged is found out once, by starting a program.
        self._told = await asyncio.to_thread(self._situation.mode)
        return (head_block(await self._situation.head(self._told)),)

    def line(self) -> str:
        """The line before the next result, "" if the mode has not changed."""
        now = self._situation.mode() if self._situation else ""
        if now == self._told:
            return ""
        self._told = now
        return f"[now {now}]\n"


class Situation(Protocol):
    """The port through which a turn reads mode and git state."""

    def mode(self) -> str:
        """The mode in words."""
        ...

    async def head(self, mode: str) -> str:
        """The whole line.

        Args:
            mode: as `mode` said.
        """
        ...


@dataclass(frozen=True, slots=True)
class GitState:
    """
    Attributes:
        branch: "" if the head is detached.
        changed: files that differ from the last commit, including new ones; None if unknown.
    """

    branch: str
    changed: int | None


def mode_words(mode: Mode, *, attended: bool, caged: bool = False) -> str:
    """What the mode means for the model.

    Args:
        attended: whether somebody can be asked.
        caged: whether commands run in the cage, where what they do in the project needs no question.
    """
    if not attended and mode not in (Mode.ALLOW_ALL, Mode.READ_ONLY, Mode.PLAN):
        free = ", editing its ordinary files" if mode is Mode.ACCEPT_EDITS else ""
        return f"nobody can be asked: reading the project{free} is free, what needs approval is denied"
    words = (_CAGED if caged else {}).get(mode) or _FREE[mode]
    return f"mode {mode}: {words}"


def git_words(state: GitState | None) -> str:
    """`git: main, 2 changed`; "" if there is no repository."""
    if state is None:
        return ""
    branch = visible_line(state.branch) or "no branch"
    branch = branch if len(branch) <= _SHOWN_BRANCH else f"{branch[: _SHOWN_BRANCH - 1]}…"
    changed = {None: "", 0: ", nothing changed"}.get(state.changed, f", {state.changed} changed")
    return f"git: {branch}{changed}"


def head_line(mode: str, git: str = "") -> str:
    """`[mode ask: reading the project is free, the rest needs approval · git: main, 2 changed]`"""
    return f"[{' · '.join(part for part in (mode, git) if part)}]"
