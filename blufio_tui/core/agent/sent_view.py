"""Stored messages in the form that is sent: old results as pointers, refused pictures as a note.

What is stored never changes. What is left out stays left out for the rest of the session, and changes only in
steps: if the start of the conversation changed with every request, it could not be cached.
"""

import hashlib
from collections.abc import Iterable, Sequence, Set
from dataclasses import replace

from blufio_tui.core.agent.compaction import IMAGE_TOKENS
from blufio_tui.core.agent.result_pages import cut_results
from blufio_tui.core.conversation import Block, ImageBlock, Message, TextBlock, ToolResultBlock
from blufio_tui.core.incremental import Incremental
from blufio_tui.core.sessions.conversation_repair import Repair, tool_results, tool_uses
from blufio_tui.core.sessions.journal import FromStore

READS_ON = "read_result"
"""The tool that a pointer names."""

KEPT_WHOLE = frozenset({"load_skill"})
"""Instructions that the model works by are not put out of its sight."""

_SHORT = 600
"""Characters. A pointer would hardly be shorter than such a result."""
_SHOWN = 120
_CHARS_PER_TOKEN = 3.5
_IMAGE_CHARS = int(IMAGE_TOKENS * _CHARS_PER_TOKEN)


class SentView:
    """What one session sends in another form than it stores. The computed start of the conversation is kept as long as
    it does not change.

    Attributes:
        from_store: what is stored as the messages that all else here begins with.
    """

    def __init__(self) -> None:
        self._pointers: set[str] = set()
        self._refused: dict[str, str] = {}
        self._result_chars = 0
        self.rest()

    def rest(self) -> None:
        """Forget what can be recomputed, because no turn runs in the session."""
        self._sent: Incremental[list[Message], Message] = Incremental(list, self._add)
        self._repair: Incremental[Repair, Message] = Incremental(Repair, Repair.add)
        self._ids: Incremental[set[str], Message] = Incremental(set, _add_ids)
        self.from_store = FromStore()

    def of(self, messages: Sequence[Message], result_chars: int) -> Sequence[Message]:
        """The same number of messages, in order. `result_chars`: a longer result is shortened in its middle.

        The returned list grows with the conversation; do not change it.
        """
        if result_chars != self._result_chars:
            self._result_chars = result_chars
            self._sent.forget()
        return self._sent.over(messages)

    def for_the_api(self, messages: Sequence[Message], result_chars: int) -> tuple[Message, ...]:
        """The result of `of`, adapted to the API's rules."""
        return self._repair.over(self.of(messages, result_chars)).repaired()

    def call_ids(self, messages: Sequence[Message]) -> Set[str]:
        """The ids of all calls."""
        return self._ids.over(messages)

    def _add(self, sent: list[Message], message: Message) -> None:
        sent.extend(cut_results((self._message(message),), self._result_chars))

    def point_at_old(self, messages: Sequence[Message], result_chars: int, *, keep: int, least: int) -> int:
        """Replace old results by pointers, unless that frees fewer than `least` tokens. Returns the tokens freed.

        Args:
            keep: tokens of the newest results that stay unchanged.
        """
        old = self._old_results(messages, result_chars, keep)
        freed = sum(int((size - _SHORT / 2) / _CHARS_PER_TOKEN) for size in old.values())
        if not old or freed < least:
            return 0
        self._pointers.update(old)
        self._sent.forget()
        return freed

    def drop_images(self, images: Iterable[ImageBlock], why: str) -> int:
        """Send a note in place of these pictures. Returns how many are newly left out."""
        fresh = {_digest(image) for image in images} - self._refused.keys()
        self._refused.update(dict.fromkeys(fresh, why))
        self._sent.forget()
        return len(fresh)

    def _old_results(self, messages: Sequence[Message], result_chars: int, keep: int) -> dict[str, int]:
        """Characters of each result that could become a pointer, by the call's id."""
        kept_whole = {call.id for message in messages for call in tool_uses(message) if call.name in KEPT_WHOLE}
        room, old = keep * _CHARS_PER_TOKEN, dict[str, int]()
        for message in reversed(messages):
            for result in reversed(tool_results(message)):
                size = min(len(result.content), result_chars) + _IMAGE_CHARS * len(result.images)
                room -= size
                call_id = result.tool_use_id
                if room < 0 and size > _SHORT and call_id not in self._pointers and call_id not in kept_whole:
                    old[call_id] = size
        return old

    def _message(self, message: Message) -> Message:
        if not self._pointers and not self._refused:
            return message
        blocks = tuple(self._block(block) for block in message.blocks)
        return message if all(map(_is_same, blocks, message.blocks)) else replace(message, blocks=blocks)

    def _block(self, block: Block) -> Block:
        match block:
            case ToolResultBlock(call_id) if call_id in self._pointers:
                return replace(block, content=_pointer(block), images=())
            case ImageBlock() if self._refused and (why := self._refused.get(_digest(block))):
                return TextBlock(_left_out(why))
            case ToolResultBlock(_, content, _, images) if images and self._refused:
                whys = [self._refused.get(_digest(image), "") for image in images]
                kept = tuple(image for image, why in zip(images, whys, strict=True) if not why)
                return (
                    block
                    if len(kept) == len(images)
                    else replace(block, content="\n".join([content, *map(_left_out, filter(None, whys))]), images=kept)
                )
            case _:
                return block


def _add_ids(ids: set[str], message: Message) -> None:
    ids.update(call.id for call in tool_uses(message))


def _is_same(one: Block, other: Block) -> bool:
    return one is other


def _pointer(result: ToolResultBlock) -> str:
    began = " ".join(result.content[:_SHOWN].split())
    if result.images:
        return f"[The picture of this result is no longer in view: {began}. Read the file again if you need it.]"
    return (
        f"[This result of {len(result.content):,} characters is no longer in view. It began: {began} …\n"
        f'Read it again with {READS_ON} {{"call_id": "{result.tool_use_id}"}} if you need it.]'
    )


def _left_out(why: str) -> str:
    return f"[A picture stood here; it is not sent, because the server refused it: {why}]"


def _digest(image: ImageBlock) -> str:
    return hashlib.sha256(image.data.encode()).hexdigest()
