"""Keeps a conversation within the model's window, at any boundary between two requests.

First old results become pointers that `read_result` follows; if that frees too little, a summary replaces
the older messages. A request that a server still refuses is made smaller until it fits, or nothing more can be left
out.
"""

from collections.abc import Callable
from dataclasses import replace

from blufio_tui.core.agent.compactor import DOES_NOT_FIT, Compactor
from blufio_tui.core.agent.context_size import ContextSize
from blufio_tui.core.agent.provider import ModelRequest
from blufio_tui.core.agent.requests import Requests
from blufio_tui.core.agent.sent_view import READS_ON
from blufio_tui.core.agent.windows import Windows
from blufio_tui.core.conversation import ImageBlock
from blufio_tui.core.errors import ProviderError
from blufio_tui.core.events import NoticeLevel
from blufio_tui.core.sessions.journal import Journal
from blufio_tui.core.text.amounts import plural

_KEPT_SHARE = 4
"""A summary leaves at most this part of the window as it is: a quarter."""

_WORTH_SHARE = 10
"""To leave something out changes what is cached, so it has to free at least this part of the window: a tenth."""

Tell = Callable[[NoticeLevel, str], None]


class Room:
    """Makes room in one turn.

    Args:
        tools: the names of the tools that the model is offered.
    """

    def __init__(
        self,
        *,
        requests: Requests,
        compactor: Compactor,
        journal: Journal,
        size: ContextSize,
        windows: Windows,
        tools: Callable[[], tuple[str, ...]],
        tell: Tell,
    ) -> None:
        self._requests = requests
        self._compactor = compactor
        self._journal = journal
        self._size = size
        self._windows = windows
        self._tools = tools
        self._tell = tell
        self._summed_up = False

    async def make_before_request(self) -> None:
        """Make room if the window is nearly full. What cannot be left out stays; the server may still refuse it."""
        requests = self._requests
        sent = requests.as_sent(self._journal.messages)
        window = await self._size.full(requests.model, sent, requests.max_tokens)
        if not window:
            return
        if self._point_at_old(window // _KEPT_SHARE, least=window // _WORTH_SHARE):
            sent = requests.as_sent(self._journal.messages)
            if not await self._size.full(requests.model, sent, requests.max_tokens):
                return
        # Once more in the same turn only where it is worth it: what is kept may be what fills the window.
        await self._sum_up(window // _KEPT_SHARE, least=window // _WORTH_SHARE if self._summed_up else 0)

    async def make_after(self, refusal: ProviderError, request: ModelRequest) -> bool:
        """Leave something out of a refused request; False if the refusal has another reason.

        Raises:
            ProviderError: it does not fit, and nothing more can be left out.
        """
        if refusal.kind not in DOES_NOT_FIT:
            return False
        if refusal.kind == "image":
            return self._drop_images(refusal, request)
        if self._is_smaller_for_what_was_learnt(refusal):
            return True
        tokens = self._tokens()
        window = min(await self._windows.of(self._requests.model) or tokens, tokens)
        for share in (_KEPT_SHARE, 3 * _KEPT_SHARE, 0):
            keep = window // share if share else 0
            if self._point_at_old(keep, least=1) or await self._sum_up(keep, least=1):
                return True
            if self._compactor.failed:
                raise refusal
        raise ProviderError(refusal.kind, self._hopeless(refusal), window=refusal.window)

    def _is_smaller_for_what_was_learnt(self, refusal: ProviderError) -> bool:
        """Once a window is known to be small, shorten replies and results; whether that made the request smaller."""
        requests, tokens = self._requests, self._tokens()
        if refusal.kind == "context_overflow" and not refusal.window:
            # Servers count in the reply that may come. One that gives no number may be refusing that.
            if requests.max_tokens * 2 > tokens and self._windows.shorten_reply(requests.model, requests.max_tokens):
                return True
            # A server that counts wrongly must not make the window look smaller than what was sent.
            estimated = self._size.fixed + self._size.estimated(requests.as_sent(self._journal.messages))
            self._windows.refused(requests.model, max(tokens, estimated) * 9 // 10)
            return False
        before = requests.max_tokens, requests.result_chars
        requests.learn_from(refusal)
        # Strictly: a server that names another window each time must not be asked forever.
        is_smaller = requests.max_tokens < before[0] or requests.result_chars < before[1]
        if is_smaller:
            self._size.forget()
        return is_smaller

    def _tokens(self) -> int:
        return self._size.tokens(self._requests.as_sent(self._journal.messages))

    def answered(self, tokens: int) -> None:
        """Note that a request of this many tokens was answered."""
        self._windows.fitted(self._requests.model, tokens)

    def _point_at_old(self, keep: int, *, least: int) -> bool:
        if READS_ON not in self._tools():
            return False
        requests = self._requests
        freed = requests.view.point_at_old(self._journal.messages, requests.result_chars, keep=keep, least=least)
        if freed:
            self._size.forget()
            self._tell(NoticeLevel.INFO, f"Old tool results are left out to make room: about {freed:,} tokens.")
        return bool(freed)

    async def _sum_up(self, room: int, *, least: int) -> bool:
        if not await self._compactor.compact(room=room, least=least):
            return False
        await self._journal.reload()
        self._size.forget()
        self._summed_up = True
        return True

    def _drop_images(self, refusal: ProviderError, request: ModelRequest) -> bool:
        """Leave out the refused picture, or all of them if the server did not say which."""
        images = _images_at(request, refusal.place) or tuple(i for one in request.messages for i in one.images)
        dropped = self._requests.view.drop_images(images, str(refusal))
        if dropped:
            self._size.forget()
            what = f"{plural(dropped, 'picture')} {'was' if dropped == 1 else 'were'} refused and left out"
            self._tell(NoticeLevel.WARNING, f"{what}: {refusal}")
        return bool(dropped)

    def _hopeless(self, refusal: ProviderError) -> str:
        if refusal.kind == "too_large":
            return f"{refusal} Nothing more of it can be left out."
        said = f" of {refusal.window:,} tokens" if refusal.window else ""
        return (
            f"The model's window{said} is too small, and nothing more can be left out: instructions and tools alone "
            f"take about {self._size.fixed:,} tokens. Choose a model with a larger window: /model."
        )


def _images_at(request: ModelRequest, place: tuple[int, int] | None) -> tuple[ImageBlock, ...]:
    """The picture at a place, or those of the result there."""
    if place is None or place[0] >= len(request.messages):
        return ()
    message = request.messages[place[0]]
    return replace(message, blocks=message.blocks[place[1] : place[1] + 1]).images
