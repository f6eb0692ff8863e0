"""Finding words in the whole conversation, laid out or not."""

from textual.strip import Strip

from blufio_tui.ui.state.entries import Entry, UserSaid, entry_text
from blufio_tui.ui.widgets.entry_window import EntryWindow
from blufio_tui.ui.widgets.marking import marked


class FindsWords(EntryWindow):
    """
    Attributes:
        found: the entries that hold the words, in order.
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.found: list[Entry] = []
        self._sought = ""

    def find(self, words: str) -> list[Entry]:
        """Look for words in the whole conversation; the entries that hold them."""
        self._sought = words.casefold().strip()
        self.found = [e for e in self.transcript.entries if self._sought and self._sought in entry_text(e).casefold()]
        self.refresh()
        return self.found

    def go_to_found(self, number: int) -> None:
        """Bring the match on the screen, laying out what is above if need be."""
        place = self.transcript.entries.index(self.found[number])
        if place < self.first:
            self.first = max(place - 5, 0)
            self.rebuild()
        index, found = place - self.first, self.found[number]
        if isinstance(found, UserSaid) and not found.open:
            found.open = True  # the words may be in what is left out of a long one
            self.redraw(index)
        lines = [i for i, strip in enumerate(self.strips_of(index)) if self._sought in strip.text.casefold()]
        line = self.offsets.start(index) + (lines[0] if lines else 0)
        self.following = False
        self.scroll_to(y=max(line - self.size.height // 3, 0), animate=False, immediate=True, force=True)

    def decorate(self, strip: Strip, index: int, line: int) -> Strip:
        strip = super().decorate(strip, index, line)
        return marked(strip, self._sought, self._parse("$background on $warn").rich_style) if self._sought else strip
