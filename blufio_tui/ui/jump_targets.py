"""Places on the screen that one can go to by a label."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from textual.screen import Screen

LETTERS = "asdfghjklqwertyuiopzxcvbnm"
"""Home row first."""


@dataclass(frozen=True, slots=True)
class JumpTarget:
    """
    Attributes:
        x, y: where its label stands, in cells of the screen.
        go: brings one there.
    """

    x: int
    y: int
    go: Callable[[], object]


@runtime_checkable
class Jumpable(Protocol):
    """A widget that has places to go to."""

    def jump_targets(self) -> Iterable[JumpTarget]:
        """What is in sight now."""


def targets_on(screen: Screen[object]) -> list[JumpTarget]:
    """From top to bottom."""
    found = [target for widget in _in_sight(screen) for target in widget.jump_targets()]
    return sorted(found, key=lambda target: (target.y, target.x))


def _in_sight(screen: Screen[object]) -> Iterator[Jumpable]:
    for widget in screen.walk_children():
        if isinstance(widget, Jumpable) and widget.is_on_screen:
            yield widget


def labels(count: int) -> list[str]:
    """As many labels of the same length, as short as possible: none is the beginning of another."""
    if count <= len(LETTERS):
        return list(LETTERS[:count])
    return [first + second for first in LETTERS for second in LETTERS][:count]
