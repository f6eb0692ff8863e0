"""Long pastes stand in the prompt as one mark, so that typing stays quick and the screen readable."""

import re
from collections.abc import Sequence

from blufio_tui.core.conversation import ImageBlock
from blufio_tui.ui.state.attached import image_label

_MANY_LINES = 12
_MANY_CHARACTERS = 1500


class Pastes:
    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def fold(self, text: str) -> str:
        """The mark that stands for a long text; a short one is itself."""
        lines = len(text.removesuffix("\n").split("\n"))
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


_MARK = re.compile(r"\[image \d+: [^\]\n]*\]")


class PastedImages:
    """Images that marks in the prompt stand for."""

    def __init__(self) -> None:
        self._images: dict[str, ImageBlock] = {}

    def add(self, image: ImageBlock) -> str:
        """The mark that stands for it."""
        mark = f"[image {len(self._images) + 1}: {image_label(image)}]"
        self._images[mark] = image
        return mark

    def named_in(self, text: str) -> tuple[ImageBlock, ...]:
        return tuple(image for mark, image in self._images.items() if mark in text)

    def restore(self, text: str, images: Sequence[ImageBlock]) -> None:
        """The marks of a text that comes back stand for its images again, in their order."""
        self._images = dict(zip(_MARK.findall(text), images, strict=False))

    def clear(self) -> None:
        self._images.clear()
