"""Incremental computation over a list that mostly grows at its end."""

from collections.abc import Callable, Sequence
from itertools import islice
from operator import is_
from typing import Generic, TypeVar

S = TypeVar("S")
T = TypeVar("T")


class Incremental(Generic[S, T]):
    """A state computed over the items of a list. If a list begins with the same objects as last time, only the new
    items are added; any other list starts over.

    Lists passed in may grow but must not be changed otherwise: make a new list for any other change.

    Args:
        start: a fresh state.
        add: takes the next item in. The state must depend on nothing but the items and what `start` closes over.
    """

    def __init__(self, start: Callable[[], S], add: Callable[[S, T], object]) -> None:
        self._start = start
        self._add = add
        self.forget()

    def forget(self) -> None:
        self._state = self._start()
        self._seen: list[T] = []
        self._source: Sequence[T] | None = None

    def over(self, items: Sequence[T]) -> S:
        """The state over all items; the same object as before while the list only grew."""
        if items is not self._source or len(items) < len(self._seen):
            if not begins_with(items, self._seen):
                self.forget()
            self._source = items
        for item in list(islice(items, len(self._seen), None)):
            self._add(self._state, item)
            self._seen.append(item)
        return self._state


def begins_with(items: Sequence[T], start: Sequence[T]) -> bool:
    """Whether the first items are those of `start`, object for object."""
    return len(items) >= len(start) and all(map(is_, items, start))
