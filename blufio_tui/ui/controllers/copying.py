"""Copying and pasting, with what is known about whether it worked."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from blufio_tui.core.errors import UsageError
from blufio_tui.core.pictures import image_block
from blufio_tui.core.text.amounts import plural
from blufio_tui.core.text.code_blocks import code_blocks

if TYPE_CHECKING:
    from textual.notifications import SeverityLevel

    from blufio_tui.ui.controllers.stage import Stage
    from blufio_tui.ui.ports.services import ClipboardPort


class Copying:
    """
    Args:
        copier: the clipboard of this machine, None if there is none.
        offer: hands text to the terminal, which does not say whether it took it.
    """

    def __init__(self, stage: Stage, copier: ClipboardPort | None, offer: Callable[[str], None]) -> None:
        self._stage = stage
        self._copier = copier
        self._offer = offer

    def copy(self, text: str) -> None:
        """Every copying ends here, that of selected text as well; the person hears what came of it."""
        self._stage.background("copy", self._copy, text)

    async def _copy(self, text: str) -> None:
        app = self._stage.app
        if self._copier is None:
            self._offer(text)
            app.notify("Sent to the terminal, which does not confirm whether it was copied.", timeout=4)
            return
        copied = await self._copier.copy(text)
        level: SeverityLevel = "error" if copied.ok is False else "information"
        app.notify(copied.message, severity=level, markup=False, timeout=5 if copied.ok else 8)

    def paste(self) -> None:
        self._stage.background("paste", self._paste)

    async def _paste(self) -> None:
        """An image if there is one, else the text that was copied last."""
        prompt = self._stage.main.prompt
        data = await self._copier.image() if self._copier is not None else b""
        if not data:
            prompt.action_paste()
        elif self._stage.services.model.is_guide:
            raise UsageError("The offline guide cannot look at images; connect a model first (/connect).")
        else:
            try:
                prompt.add_image(image_block(data))
            except ValueError as error:
                raise UsageError(str(error)) from None

    def copy_reply(self, typed: str = "") -> None:
        """The last reply, or its n-th code block. Raises `UsageError`."""
        number = int(typed) if typed.isascii() and typed.isdigit() else 0
        reply = self._stage.main.chat.view.reply_at_hand()
        if not reply:
            raise UsageError("There is no reply to copy yet.")
        self._stage.app.copy_to_clipboard(_block(reply, number) if number else reply)

    def pick_code(self, blocks: list[str]) -> None:
        """One is copied at once; of several one is chosen."""
        if len(blocks) == 1:
            self._stage.app.copy_to_clipboard(blocks[0])
        else:
            self._stage.background("screen", self._pick_code, blocks)

    async def _pick_code(self, blocks: list[str]) -> None:
        from blufio_tui.ui.screens.pick import Option, PickScreen

        app = self._stage.app
        options = [
            Option(str(number), f"{number}  {block.strip().split(chr(10), 1)[0]}", block)
            for number, block in enumerate(blocks)
        ]
        chosen = PickScreen(
            self._stage.services, "Copy", options, lambda value: app.copy_to_clipboard(blocks[int(value)])
        )
        await app.push_screen(chosen)


def _block(reply: str, number: int) -> str:
    blocks = code_blocks(reply)
    if number > len(blocks):
        there = plural(len(blocks), "code block")
        raise UsageError(f"The reply has {there}; there is no number {number}.")
    return blocks[number - 1]
