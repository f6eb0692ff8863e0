"""What calls changed in files stays in the conversation, and `/diff` shows what the session changed in all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from blufio_tui.core.errors import BlufioError, UsageError
from blufio_tui.core.events import NoticeLevel
from blufio_tui.core.guards.paths import Places
from blufio_tui.core.text.amounts import plural
from blufio_tui.ui.messages import FilesChanged
from blufio_tui.ui.state.entries import ToolLine
from blufio_tui.ui.state.states import State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blufio_tui.core.files.undo import AgainstGit, FileChange
    from blufio_tui.ui.controllers.stage import Stage
    from blufio_tui.ui.state.trace import Node

_LOOKED_AT = 40
"""Calls of a session that is opened whose differences are read, the newest."""


class Differences:
    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._places = Places(str(Path.home()), str(stage.services.project))

    def after_call(self, call_id: str) -> None:
        """Show below the call what it changed, if anything."""
        if self._stage.services.undoing is not None:
            self._stage.background(f"difference-{call_id}", self._show, call_id)

    async def restored(self) -> None:
        """As after each call of a session that was opened; a file that changed since has none to show."""
        lines = [line for line in self._stage.main.chat.view.transcript.entries if isinstance(line, ToolLine)]
        for line in lines[-_LOOKED_AT:]:
            await self._show(line.call_id)

    async def _show(self, call_id: str) -> None:
        view = self._stage.main.chat.view
        changes = await self._changes((call_id,))
        for line in view.transcript.entries if changes else ():
            if isinstance(line, ToolLine) and line.call_id == call_id:
                line.changes = changes
                view.flush()
                if line in view.shown:
                    view.redraw(view.index_of(line))
        if changes:
            self._stage.main.post_message(FilesChanged())

    async def _changes(self, call_ids: tuple[str, ...]) -> tuple[FileChange, ...]:
        port = self._stage.services.undoing
        try:
            changed = await port.changed(call_ids) if port is not None else ()
        except BlufioError:  # nothing was kept of this call: it changed nothing, or it is too long ago
            return ()
        return self._near(changed)

    def _near(self, changes: tuple[FileChange, ...]) -> tuple[FileChange, ...]:
        """With paths as the person knows them."""
        from blufio_tui.ui.content.question import short_path

        return tuple(replace(change, path=short_path(change.path, self._places)) for change in changes)

    async def of_session(self) -> tuple[FileChange, ...]:
        """What all calls of this session together changed."""
        calls = self._calls()
        return await self._changes(calls) if calls else ()

    def _calls(self) -> tuple[str, ...]:
        return tuple(call for turn in self._stage.main.trace.trace.turns for call in _calls(turn))

    async def session(self, against: str = "") -> None:
        """Show what the session changed, compared with the last commit where there is one.

        Args:
            against: `session` compares with how the session found the files; "" and `git` with the commit.

        Raises:
            BlufioError: there is nothing to show, or it cannot be read.
        """
        calls = self._calls()
        port = self._stage.services.undoing
        found = await self._changes(calls) if calls else ()
        if port is None or not found:
            raise UsageError("No file was changed in this session, or the old content is no longer stored.")
        compared = await port.against_git(calls, self._stage.services.project) if against != "session" else None
        if compared is None and against == "git":
            raise UsageError("There is no commit to compare with. /diff session shows what this session changed.")
        if compared is None:
            self._add(found, f"{plural(len(found), 'file')} changed in this session")
        elif not compared.changes:
            raise UsageError(f"Nothing to show: {_rest(compared)}. /diff session shows what this session changed.")
        else:
            files = plural(len(compared.changes), "file")
            self._add(self._near(compared.changes), f"{files} compared with commit {compared.commit[:8]}")
            if rest := _rest(compared):
                self._stage.say(NoticeLevel.INFO, f"Not shown: {rest}.")

    def _add(self, changes: tuple[FileChange, ...], title: str) -> None:
        view = self._stage.main.chat.view
        view.add(ToolLine("", "diff", title, 0.0, State.OK, changes=changes, unfolded=True))
        view.to_end()


def _rest(compared: AgainstGit) -> str:
    """The files of which there is no difference to show."""
    parts = []
    if compared.same:
        parts.append(f"{plural(compared.same, 'file')} as the commit has {'it' if compared.same == 1 else 'them'}")
    if compared.outside:
        parts.append(f"{plural(compared.outside, 'file')} outside the repository")
    return ", ".join(parts)


def _calls(node: Node) -> Iterator[str]:
    from blufio_tui.ui.state.trace import NodeKind

    if node.kind is NodeKind.TOOL:
        yield node.call_id
    for child in node.children:
        yield from _calls(child)
