"""Long pastes stand in the prompt as one mark, so that typing stays quick and the screen readable."""

_MANY_LINES = 12
_MANY_CHARACTERS = 1500


class Pastes:
    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def fold(self, text: str) -> str:
        """The mark that stands for a long text; a short one is itself."""
        lines = text.count("\n") + 1
        if lines <= _MANY_LINES and len(text) <= _MANY_CHARACTERS:
            return text
        amount = f"{lines:,} lines" if lines > 1 else f"{len(text):,} characters"
        mark = f"[paste {len(self._texts) + 1}: {amount}]"
        self._texts[mark] = text
        return mark

    def expand(self, text: str) -> str:
        for mark, whole in self._texts.items():
            text = text.replace(mark, whole)
        return text

    def clear(self) -> None:
        self._texts.clear()
