"""Copying and pasting, with what is known about whether it worked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on

from blufio_tui.core.errors import UsageError
from blufio_tui.core.pictures import image_block
from blufio_tui.core.text.amounts import plural
from blufio_tui.core.text.code_blocks import code_blocks
from blufio_tui.ui.actions.base import AppBase
from blufio_tui.ui.background import in_background
from blufio_tui.ui.chat_messages import PasteWanted, PickCode

if TYPE_CHECKING:
    from textual.notifications import SeverityLevel


class ClipboardActions(AppBase):
    def copy_to_clipboard(self, text: str) -> None:
        """Every copying ends here, that of selected text as well; what came of it is told."""
        self._clipboard = text
        in_background(self, "copy", self._copy, text)

    async def _copy(self, text: str) -> None:
        if self.copier is None:
            super().copy_to_clipboard(text)
            self.notify("Offered to the terminal, which does not say whether it took it.", timeout=4)
            return
        copied = await self.copier.copy(text)
        level: SeverityLevel = "error" if copied.ok is False else "information"
        self.notify(copied.message, severity=level, markup=False, timeout=5 if copied.ok else 8)

    @on(PasteWanted)
    def paste(self) -> None:
        in_background(self, "paste", self._paste)

    async def _paste(self) -> None:
        """An image if there is one, else the text that was copied last."""
        prompt = self.main.prompt
        data = await self.copier.image() if self.copier is not None else b""
        if not data:
            prompt.action_paste()
        elif self.services.model.is_guide:
            raise UsageError("The offline guide cannot look at images; connect a model first (/connect).")
        else:
            try:
                prompt.add_image(image_block(data))
            except ValueError as error:
                raise UsageError(str(error)) from None

    def action_copy_reply(self, typed: str = "") -> None:
        """The last reply, or its n-th code block. Raises `UsageError`."""
        number = int(typed) if typed.isascii() and typed.isdigit() else 0
        reply = self.main.chat.view.reply_at_hand()
        if not reply:
            raise UsageError("There is no reply to copy yet.")
        self.copy_to_clipboard(reply if number <= 0 else _block(reply, number))

    @on(PickCode)
    def pick_code(self, message: PickCode) -> None:
        """One is copied at once; of several one is chosen."""
        if len(message.blocks) == 1:
            self.copy_to_clipboard(message.blocks[0])
        else:
            in_background(self, "screen", self._pick_code, message.blocks)

    async def _pick_code(self, blocks: list[str]) -> None:
        from blufio_tui.ui.screens.pick import Option, PickScreen

        options = [
            Option(str(number), f"{number}  {block.strip().split(chr(10), 1)[0]}", block)
            for number, block in enumerate(blocks)
        ]
        chosen = PickScreen(self.services, "Copy", options, lambda value: self.copy_to_clipboard(blocks[int(value)]))
        await self.push_screen(chosen)


def _block(reply: str, number: int) -> str:
    blocks = code_blocks(reply)
    if number > len(blocks):
        there = plural(len(blocks), "code block")
        raise UsageError(f"The reply has {there}; there is no number {number}.")
    return blocks[number - 1]
