"""Going back through earlier prompts without losing the one being written."""

from collections.abc import Sequence


class Recall:
    def __init__(self, history: Sequence[str] = ()) -> None:
        self._history = list(history)
        self._position = len(self._history)
        self._draft = ""

    def add(self, text: str) -> None:
        """Remember a prompt that was sent; the same one twice in a row counts once."""
        if not self._history or self._history[-1] != text:
            self._history.append(text)
        self._position, self._draft = len(self._history), ""

    @property
    def is_at_draft(self) -> bool:
        """True while what is shown is not an earlier prompt."""
        return self._position == len(self._history)

    def earlier(self, current: str) -> str | None:
        """The prompt before, None if there is none."""
        if self._position == 0:
            return None
        if self._position == len(self._history):
            self._draft = current
        self._position -= 1
        return self._history[self._position]

    def later(self) -> str | None:
        """The prompt after, at last the draft; None if already there."""
        if self._position >= len(self._history):
            return None
        self._position += 1
        return self._draft if self._position == len(self._history) else self._history[self._position]
