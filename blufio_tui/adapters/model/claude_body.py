"""Requests as the bytes that are sent; of a conversation that grows only what is new is made."""

import json
from collections.abc import Sequence

from blufio_tui.adapters.model.claude_request import (
    CACHE_MARK,
    CallIds,
    depends_on_loop,
    fixed_params,
    is_prompt,
    message_params,
)
from blufio_tui.adapters.model.claude_thinking import ThinkingForm
from blufio_tui.core.agent.provider import ModelRequest
from blufio_tui.core.conversation import Message
from blufio_tui.core.incremental import begins_with

_CONVERSATIONS = 4
_MOST_KEPT = 32 * 1024 * 1024
"""Bytes of all of them together; a conversation that is longer by itself is made again for each request."""

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


class RequestBodies:
    """Makes requests. What was made of the beginning of a conversation is kept for its next request, for the few
    conversations that were sent last."""

    def __init__(self) -> None:
        self._kept: list[_Conversation] = []

    def body(self, request: ModelRequest, form: ThinkingForm) -> bytes:
        """The body of `POST /v1/messages`, with cache marks at the ends of the zones.

        Raises:
            ValueError: something in it is not JSON, or no text.
        """
        conversation = self._taken(request, request.model if form.sends_thinking else None)
        messages = conversation.as_json(request.messages)
        if conversation.size <= _MOST_KEPT:
            self._kept = [*self._kept, conversation][-_CONVERSATIONS:]
            while sum(one.size for one in self._kept) > _MOST_KEPT:
                del self._kept[0]
        fixed = _encode(fixed_params(request, form)).encode()
        return b'%b,"messages":[%b]}' % (fixed[:-1], messages)

    def _taken(self, request: ModelRequest, thinker: str | None) -> "_Conversation":
        """The conversation that begins as this request does, taken out; if there is none, an empty one."""
        for place, one in enumerate(self._kept):
            if one.thinker == thinker and one.messages and begins_with(request.messages, one.messages[:1]):
                return self._kept.pop(place)
        return _Conversation(thinker)


class _Conversation:
    """The messages of a conversation as JSON, but for the last one: that has the cache mark and may still change.

    Attributes:
        size: bytes.
    """

    def __init__(self, thinker: str | None) -> None:
        self.thinker = thinker
        self._forget()

    def _forget(self) -> None:
        self.size = 0
        self.messages: list[Message] = []
        self._parts: list[bytes] = []
        self._ids = CallIds()
        self._last_prompt = -1
        self._made_in_loop: dict[int, bool] = {}
        """For the places where it makes a difference."""

    def as_json(self, messages: Sequence[Message]) -> bytes:
        """The messages, separated by commas."""
        if not messages:
            return b""
        *before, last = messages
        if not begins_with(before, self.messages):
            self._forget()
        new = range(len(self.messages), len(before))
        self._last_prompt = next((place for place in reversed(new) if is_prompt(before[place])), self._last_prompt)
        loop_begins = len(before) if is_prompt(last) else self._last_prompt
        for place in new:
            self._add(before[place], place > loop_begins)
        self._make_again(loop_begins)
        return b",".join([*self._parts, self._last(last, len(before) > loop_begins)])

    def _add(self, message: Message, in_loop: bool) -> None:
        if depends_on_loop(message, self.thinker):
            self._made_in_loop[len(self.messages)] = in_loop
        part = _encode(message_params(message, self.thinker, in_loop, self._ids)).encode()
        self.messages.append(message)
        self._parts.append(part)
        self.size += len(part)

    def _make_again(self, loop_begins: int) -> None:
        """Thinking of another model is left out once the loop it belongs to has ended."""
        for place, made_in_loop in self._made_in_loop.items():
            if made_in_loop != (in_loop := place > loop_begins):
                params = message_params(self.messages[place], self.thinker, in_loop, self._ids)
                self._parts[place] = _encode(params).encode()
                self._made_in_loop[place] = in_loop

    def _last(self, message: Message, in_loop: bool) -> bytes:
        params = message_params(message, self.thinker, in_loop, CallIds(self._ids))
        if params["content"]:
            params["content"][-1]["cache_control"] = CACHE_MARK
        return _encode(params).encode()
