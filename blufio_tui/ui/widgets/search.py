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

    def find(self, words: str) -> list[tuple[Entry, int]]:
        """Look for words in the whole conversation; where they occur."""
        sought = self._sought = words.casefold().strip()
        entries = self._view.transcript.entries if sought else []
        self.found = [
            (entry, which) for entry in entries for which in range(entry_text(entry).casefold().count(sought))
        ]
        self._view.refresh()
        return self.found

    def go_to(self, number: int) -> None:
        """Bring the match on the screen, laying out what is above if need be."""
        view = self._view
        entry, which = self.found[number]
        place = view.transcript.entries.index(entry)
        if place < view.first:
            view.first = max(place - 5, 0)
            view.rebuild()
        index = place - view.first
        if isinstance(entry, UserSaid) and not entry.open:
            entry.open = True  # the words may be in what is left out of a long one
            view.redraw(index)
        strips = enumerate(view.strips_of(index))
        lines = [number for number, strip in strips for _ in range(strip.text.casefold().count(self._sought))]
        line = view.offsets.start(index) + (lines[min(which, len(lines) - 1)] if lines else 0)
        view.following = False
        view.scroll_to(y=max(line - view.size.height // 3, 0), animate=False, immediate=True, force=True)

    def mark(self, strip: Strip, style: Style) -> Strip:
        """A line with the words in it marked."""
        return marked(strip, self._sought, style) if self._sought else strip

    @property
    def is_on(self) -> bool:
        return bool(self._sought)
