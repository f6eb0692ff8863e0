"""Decides on the file effects of a sandboxed call by folders, and remembers what was asked."""

import os
from collections.abc import Callable
from pathlib import Path

from blufio_tui.adapters.files import wasi as wasi_files
from blufio_tui.adapters.files.file_effects import prepare_list, prepare_read, prepare_write
from blufio_tui.adapters.files.guard import FileGuard, places
from blufio_tui.core.capability import FileTarget, Kind
from blufio_tui.core.effects import Effect, EffectResult, FileOperation, GetEnv, ListDir, ReadFile, WriteFile
from blufio_tui.core.errors import CapabilityDenied, HostError, NeverRule
from blufio_tui.core.gate.ports import PreparedEffect


class FilePolicy:
    """Stands in for the gate: what lies below `read` may be read, below `write` written.

    Attributes:
        asked: kind, path and operation of each decision, in order.
        denied: the decisions that were against it.
    """

    def __init__(
        self,
        read: tuple[Path, ...],
        write: tuple[Path, ...] = (),
        *,
        variables: dict[str, str] | None = None,
        protected: tuple[Path, ...] = (),
        before_execute: Callable[[Effect], None] | None = None,
    ) -> None:
        self.guard = FileGuard(places(read[0] if read else Path("/")), protected)
        self.folders = {Kind.FS_READ: read, Kind.FS_WRITE: write}
        self.variables = variables or {}
        self.before_execute = before_execute
        self.asked: list[tuple[str, str, str]] = []
        self.denied: list[tuple[str, str]] = []

    async def __call__(self, effect: Effect) -> EffectResult:
        if isinstance(effect, GetEnv):
            value = self.variables.get(effect.key)
            return EffectResult(-1) if value is None else EffectResult(len(value.encode()), value.encode())
        while True:
            prepared = self._prepare(effect)
            self._decide(prepared.target)
            if self.before_execute:
                self.before_execute(effect)
            try:
                done = await prepared.execute()
            except NeverRule as rule:
                raise CapabilityDenied(prepared.target.kind, prepared.target.resource, str(rule)) from rule
            if isinstance(done, EffectResult):
                return done
            effect = done

    def _prepare(self, effect: Effect) -> PreparedEffect:
        try:
            match effect:
                case FileOperation():
                    return wasi_files.prepare(effect, self.guard)
                case ReadFile():
                    return prepare_read(self.guard, effect)
                case ListDir():
                    return prepare_list(self.guard, effect)
                case WriteFile():
                    return prepare_write(self.guard, effect)
                case _:
                    raise HostError(f"{type(effect).__name__} is not a file effect")
        except NeverRule as rule:
            self.denied.append(("never", getattr(effect, "path", "")))
            raise CapabilityDenied("fs", getattr(effect, "path", ""), str(rule)) from rule

    def _decide(self, target: object) -> None:
        assert isinstance(target, FileTarget)
        self.asked.append((target.kind.value, target.path, target.operation))
        if not any(_covers(folder, target.path) for folder in self.folders[target.kind]):
            self.denied.append((target.kind.value, target.path))
            raise CapabilityDenied(target.kind.value, target.path)


def _covers(folder: Path, path: str) -> bool:
    root = os.path.realpath(folder)
    return path == root or path.startswith(f"{root}/")
