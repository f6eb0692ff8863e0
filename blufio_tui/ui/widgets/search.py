"""Finding words in the whole conversation, laid out or not."""

from textual.strip import Strip

from blufio_tui.ui.state.entries import Entry, UserSaid, entry_text
from blufio_tui.ui.widgets.entry_window import EntryWindow
from blufio_tui.ui.widgets.marking import marked


class FindsWords(EntryWindow):
    """
    Attributes:
        found: where the words occur, in order: the entry, and which of its occurrences it is.
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.found: list[tuple[Entry, int]] = []
        self._sought = ""

    def find(self, words: str) -> list[tuple[Entry, int]]:
        """Look for words in the whole conversation; where they occur."""
        sought = self._sought = words.casefold().strip()
        entries = self.transcript.entries if sought else []
        self.found = [
            (entry, which) for entry in entries for which in range(entry_text(entry).casefold().count(sought))
        ]
        self.refresh()
        return self.found

    def go_to_found(self, number: int) -> None:
        """Bring the match on the screen, laying out what is above if need be."""
        found, which = self.found[number]
        place = self.transcript.entries.index(found)
        if place < self.first:
            self.first = max(place - 5, 0)
            self.rebuild()
        index = place - self.first
        if isinstance(found, UserSaid) and not found.open:
            found.open = True  # the words may be in what is left out of a long one
            self.redraw(index)
        strips = enumerate(self.strips_of(index))
        lines = [number for number, strip in strips for _ in range(strip.text.casefold().count(self._sought))]
        line = self.offsets.start(index) + (lines[min(which, len(lines) - 1)] if lines else 0)
        self.following = False
        self.scroll_to(y=max(line - self.size.height // 3, 0), animate=False, immediate=True, force=True)

    def decorate(self, strip: Strip, index: int, line: int) -> Strip:
        strip = super().decorate(strip, index, line)
        return marked(strip, self._sought, self._parse("$background on $warn").rich_style) if self._sought else strip
