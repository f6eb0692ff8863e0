"""Finding words in the whole conversation, laid out or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.strip import Strip

from blufio_tui.ui.state.entries import Entry, UserSaid, entry_text
from blufio_tui.ui.widgets.marking import marked

if TYPE_CHECKING:
    from rich.style import Style

    from blufio_tui.ui.widgets.entry_window import EntryWindow


class WordSearch:
    """
    Attributes:
        found: where the words occur, in order: the entry, and which of its occurrences it is.
    """

    def __init__(self, view: EntryWindow) -> None:
        self._view = view
        self.found: list[tuple[Entry, int]] = []
        self._sought = ""
        self._current: tuple[Entry, int] | None = None

    def find(self, words: str) -> list[tuple[Entry, int]]:
        """Look for words in the whole conversation; where they occur."""
        sought = self._sought = words.casefold().strip()
        self._current = None
        entries = self._view.transcript.entries if sought else []
        self.found = [
            (entry, which) for entry in entries for which in range(entry_text(entry).casefold().count(sought))
        ]
        self._view.refresh()
        return self.found

    def go_to(self, number: int) -> None:
        """Bring the match on the screen, laying out what is above if need be."""
        view = self._view
        entry, which = self._current = self.found[number]
        place = view.transcript.entries.index(entry)
        if place < view.first:
            view.first = max(place - 5, 0)
            view.rebuild()
        index = place - view.first
        if isinstance(entry, UserSaid) and not entry.open:
            entry.open = True  # the words may be in what is left out of a long one
            view.redraw(index)
        line = view.offsets.start(index) + self._place(index, which)[0]
        view.following = False
        view.scroll_to(y=max(line - view.size.height // 3, 0), animate=False, immediate=True, force=True)
        view.refresh()

    def _place(self, index: int, which: int) -> tuple[int, int]:
        """The line of a block that an occurrence is on, and which it is there."""
        places = [
            (line, nth)
            for line, strip in enumerate(self._view.strips_of(index))
            for nth in range(strip.text.casefold().count(self._sought))
        ]
        return places[min(which, len(places) - 1)] if places else (0, 0)

    def mark(self, strip: Strip, index: int, line: int, style: Style, here: Style) -> Strip:
        """A line of a block with the words in it marked: those that one is at as `here`."""
        if not self._sought:
            return strip
        current = None
        entries, place = self._view.transcript.entries, self._view.first + index
        if self._current is not None and place < len(entries) and entries[place] is self._current[0]:
            its_line, nth = self._place(index, self._current[1])
            current = nth if its_line == line else None
        return marked(strip, self._sought, style, current, here)

    @property
    def is_on(self) -> bool:
        return bool(self._sought)
