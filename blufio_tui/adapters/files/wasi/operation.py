"""A file operation of a WASI module as a prepared effect.

An operation on two paths, or one that reads and writes, needs several decisions: `execute` hands the
operation back, with what has been decided so far, until nothing is left to ask.
"""

import asyncio
import errno
from dataclasses import dataclass, fields

from blufio_tui.adapters.files.file_notes import file_notes
from blufio_tui.adapters.files.guard import FileGuard
from blufio_tui.adapters.files.hard_links import secret_name
from blufio_tui.adapters.files.wasi.actions import ACTIONS, Call, carry_out
from blufio_tui.adapters.files.wasi.decisions import Need, describe, follows, needs_of
from blufio_tui.adapters.files.wasi.paths import Resolved, check_link_text, resolve
from blufio_tui.core.capability import FileTarget
from blufio_tui.core.effects import EffectResult, FileOperation
from blufio_tui.core.errors import HostError, NeverRule

_Decided = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class PartlyDecided(FileOperation):
    """An operation on its way through several decisions. Only made here, never taken from a worker.

    Attributes:
        decided: kinds and canonical paths that were allowed.
    """

    decided: _Decided = ()


def prepare(effect: FileOperation, guard: FileGuard) -> "PreparedFileOperation":
    """Find out where the paths lead; nothing but attributes of what lies on the way is looked at.

    Raises:
        NeverRule: a path leads out of its folder, or to what nobody may touch.
        HostError: a path cannot be resolved at all.
    """
    if effect.operation not in ACTIONS:
        raise NeverRule(f"unknown file operation {effect.operation!r}")
    try:
        first = resolve(guard, effect.root, effect.path, follow=follows(effect))
        second = _second(effect, guard)
        if effect.operation == "symlink":
            check_link_text(guard.canonical(effect.root), first.path, effect.other)
    except OSError as error:
        raise HostError(f"{effect.path}: {error.strerror or error}", error.errno or errno.EIO) from error
    return PreparedFileOperation(Call(effect, guard, first, second))


@dataclass(frozen=True, slots=True)
class PreparedFileOperation:
    """Implements `core.ports.PreparedEffect`."""

    call: Call

    def __post_init__(self) -> None:
        for need in self._needs():
            self.call.guard.check(need.path, operation=need.operation)

    @property
    def target(self) -> FileTarget:
        need = self._open_needs()[0]
        other = secret_name(need.path, self.call.guard.places)
        return FileTarget(need.kind, need.path, need.requested, need.operation, other)

    def describe(self) -> str:
        target = self.target
        return "\n".join((describe(self.call), *file_notes(self.call.guard, target.path, target.requested)))

    async def preflight(self) -> None:
        """Nothing is left to check: the paths are walked again, without links, when the operation is carried out."""

    async def execute(self) -> "EffectResult | FileOperation":
        open_needs = self._open_needs()
        if len(open_needs) > 1:
            return self._after(open_needs[0])
        return await asyncio.to_thread(self._run)

    def _needs(self) -> list[Need]:
        return list(needs_of(self.call.effect, self.call.first, self.call.second))

    def _open_needs(self) -> list[Need]:
        """What is still to be decided; the last one stays, for it is what the caller is deciding on."""
        needs = self._needs()
        return [need for need in needs if need.key not in _decided(self.call.effect)] or needs[-1:]

    def _after(self, need: Need) -> PartlyDecided:
        values = {one.name: getattr(self.call.effect, one.name) for one in fields(FileOperation)}
        return PartlyDecided(**values, decided=(*_decided(self.call.effect), need.key))

    def _run(self) -> EffectResult:
        try:
            return carry_out(self.call)
        except OSError as error:
            raise HostError(f"{self.call.first.path}: {error.strerror or error}", error.errno or errno.EIO) from error


def _decided(effect: FileOperation) -> _Decided:
    return effect.decided if isinstance(effect, PartlyDecided) else ()


def _second(effect: FileOperation, guard: FileGuard) -> Resolved | None:
    if effect.operation not in ("rename", "link"):
        return None
    return resolve(guard, effect.other_root, effect.other, follow=False)
