"""Files as they stand in the editor: what is not saved yet is read there, after the gate has decided."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from blufio_tui.acp.editor import Editor
from blufio_tui.core.capability import Actor, FileTarget, Target
from blufio_tui.core.effects import Effect, EffectResult, ReadFile, WriteFile
from blufio_tui.core.errors import HostError, NeverRule
from blufio_tui.core.gate.ports import EffectRunner, PreparedEffect
from blufio_tui.core.text.unicode import well_formed

Around = Callable[[EffectRunner], EffectRunner]
Execute = Callable[[], Awaitable[EffectResult | Effect]]


def reading_unsaved(editor: Editor) -> Around:
    """Put this around what carries effects out."""
    return lambda runner: _Unsaved(runner, editor)


class _Unsaved:
    """An `EffectRunner`. What is decided, and every row, is as without it.

    A file is always read from the disk, too: what cannot be read there is no file of the project, whatever the
    editor says. A file with unsaved changes is not written: the person would lose theirs or the agent's.
    """

    def __init__(self, runner: EffectRunner, editor: Editor) -> None:
        self._runner = runner
        self._editor = editor

    def prepare(self, effect: Effect, actor: Actor) -> PreparedEffect:
        prepared = self._runner.prepare(effect, actor)
        match effect:
            case ReadFile():
                return _Around(prepared, lambda: self._read(prepared, effect))
            case WriteFile():
                return _Around(prepared, lambda: self._write(prepared, actor))
            case _:
                return prepared

    async def _read(self, prepared: PreparedEffect, effect: ReadFile) -> EffectResult | Effect:
        on_disk = await prepared.execute()
        if not isinstance(on_disk, EffectResult) or not isinstance(prepared.target, FileTarget):
            return on_disk
        content = await self._unsaved(prepared.target.path, on_disk.data)
        if content is None:
            return on_disk
        if len(content) > effect.max_bytes:
            raise HostError(f"{prepared.target.path} has {len(content)} bytes in the editor, more than the limit")
        return replace(on_disk, data=content, value=len(content))

    async def _write(self, prepared: PreparedEffect, actor: Actor) -> EffectResult | Effect:
        if isinstance(prepared.target, FileTarget) and await self._has_changes(prepared.target.path, actor):
            raise HostError(
                f"{prepared.target.path} has changes in the editor that are not saved, so nothing was written; ask "
                "the person to save the file, then read it again"
            )
        return await prepared.execute()

    async def _has_changes(self, path: str, actor: Actor) -> bool:
        """The disk is looked at for the comparison alone: nothing of it goes to the one who writes."""
        try:
            now = await self._runner.prepare(ReadFile(path), actor).execute()
        except (HostError, NeverRule):
            return False  # no file yet, or none that could be read: the write itself says what is wrong
        return isinstance(now, EffectResult) and await self._unsaved(path, now.data) is not None

    async def _unsaved(self, path: str, saved: bytes) -> bytes | None:
        """What the editor has in the place of `saved`; None if it has no file of that path, or the same."""
        try:
            kept = _as_editors_keep(saved.decode("utf-8"))
        except UnicodeDecodeError:
            return None  # the editor's text would be another file
        text = await self._editor.text_of(path)
        if text is None or _as_editors_keep(text) == kept:
            return None
        return well_formed(text).encode()


def _as_editors_keep(text: str) -> str:
    """An editor keeps text without a byte order mark and with one kind of line end: that alone is no change."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n")


class _Around:
    """A prepared effect that is carried out in another way."""

    def __init__(self, prepared: PreparedEffect, execute: Execute) -> None:
        self._prepared = prepared
        self._execute = execute

    @property
    def target(self) -> Target:
        return self._prepared.target

    def describe(self) -> str:
        return self._prepared.describe()

    async def preflight(self) -> None:
        await self._prepared.preflight()

    async def execute(self) -> EffectResult | Effect:
        return await self._execute()
