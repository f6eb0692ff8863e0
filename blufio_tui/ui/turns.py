"""Runs turns: one at a time, interruptible, with every failure as an event."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from blufio_tui.core.agent.attach import mentions
from blufio_tui.core.errors import BlufioError
from blufio_tui.core.events import (
    ErrorRaised,
    Event,
    NoticeLevel,
    NoticeRaised,
    SteeringAdded,
    TurnFinished,
    TurnStarted,
)
from blufio_tui.ui.state.attached import attached_labels

if TYPE_CHECKING:
    from blufio_tui.core.conversation import Block, ImageBlock
    from blufio_tui.core.text.json_types import JsonObject
    from blufio_tui.ui.ports.services import DirectPort, Services

Events = AsyncGenerator[Event, None]
DirectCall = Callable[..., Events]


@dataclass(frozen=True, slots=True)
class _Begun:
    """A started turn.

    Attributes:
        notes: messages about the prompt's attachments.
        labels: the prompt's attachments, for the screen; None if it cannot have any.
    """

    events: Events
    notes: tuple[str, ...] = ()
    labels: tuple[str, ...] | None = None


class Turns:
    """
    Attributes:
        session_id: the session that turns go to, "" until the first prompt.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self.session_id = services.session_id
        self._labels: dict[str, tuple[str, ...]] = {}

    def interrupt(self) -> bool:
        """Ask the agent to stop the turn; False if none is running."""
        return self._services.agent.interrupt(self.session_id)

    def ask(self, prompt: str, images: Sequence[ImageBlock] = ()) -> Events:
        """Start a turn with pasted images and the files that `@path` names."""
        return self._run(partial(self._ask, prompt, images), prompt)

    def repeat(self, prompt: str, attached: Sequence[Block]) -> Events:
        """Like `ask`, with the attachments of the previous time."""
        return self._run(partial(self._act, prompt, attached, (), attached_labels(attached)))

    def compact(self, wishes: str = "") -> Events:
        return self._run(partial(self._compact, wishes))

    def direct(self, port: DirectPort, tool: str, arguments: JsonObject) -> Events:
        """Start a tool call that the person makes, without the model."""
        return self._run(partial(self._call, port.call, tool, arguments))

    def again(self, port: DirectPort, tool: str, arguments: JsonObject) -> Events:
        """Run a tool call again on behalf of its original caller."""
        return self._run(partial(self._call, port.again, tool, arguments))

    async def steer(self, prompt: str, images: Sequence[ImageBlock], key: str) -> tuple[bool, list[str]]:
        """Add to the running turn: whether it takes it, and what could not be attached or not whole.

        Raises:
            BlufioError: it is refused.
        """
        blocks, labels, notes = await self._attached(prompt, images)
        self._labels[key] = labels
        taken = await self._services.agent.steer(prompt, session_id=self.session_id, key=key, attachments=blocks)
        return taken, notes

    def take_back(self, key: str) -> bool:
        return self._services.agent.take_back(self.session_id, key)

    async def _ask(self, prompt: str, images: Sequence[ImageBlock]) -> _Begun:
        blocks, labels, notes = await self._attached(prompt, images)
        return await self._act(prompt, blocks, notes, labels)

    async def _attached(
        self, prompt: str, images: Sequence[ImageBlock]
    ) -> tuple[list[Block], tuple[str, ...], list[str]]:
        """What goes with a prompt, the same in a few words each, and sentences about what could not be attached."""
        blocks: list[Block] = [*images]
        names, notes = [""] * len(images), list[str]()
        if self._services.files is not None and mentions(prompt):
            for attachment in await self._services.files.attach(prompt, self.session_id):
                if attachment.block is not None:
                    blocks.append(attachment.block)
                    names.append(attachment.path)
                if attachment.note:
                    notes.append(attachment.note)
        return blocks, attached_labels(blocks, names), notes

    async def _act(
        self, prompt: str, attachments: Sequence[Block], notes: Sequence[str], labels: tuple[str, ...]
    ) -> _Begun:
        turn = self._services.agent.act(prompt, session_id=self.session_id, attachments=attachments)
        return _Begun(turn, tuple(notes), labels)

    async def _compact(self, wishes: str) -> _Begun:
        return _Begun(self._services.agent.compact(self.session_id, wishes))

    async def _call(self, call: DirectCall, tool: str, arguments: JsonObject) -> _Begun:
        return _Begun(call(tool, arguments, session_id=self.session_id))

    async def _run(self, begin: Callable[[], Awaitable[_Begun]], prompt: str = "") -> Events:
        """The events of one turn; the last is always a `TurnFinished`, and every failure is an event.

        Args:
            prompt: shown at once, by a `TurnStarted` without an id: files may be asked about and servers started before
                the turn begins.
        """
        turn_id, finished = "", False
        try:
            if not self.session_id:
                self.session_id = await self._services.sessions.create(str(self._services.project))
            if prompt:
                yield TurnStarted("", self.session_id, prompt)
            begun = await begin()
            for note in begun.notes:
                yield NoticeRaised("", NoticeLevel.WARNING, note)
            async with aclosing(begun.events) as events:
                async for event in events:
                    turn_id = turn_id or event.turn_id
                    finished = isinstance(event, TurnFinished)
                    if isinstance(event, TurnStarted) and begun.labels is not None:
                        event = replace(event, attached=begun.labels)
                    elif isinstance(event, SteeringAdded):
                        event = replace(event, attached=self._labels.pop(event.key, ()))
                    yield event
        except BlufioError as error:
            yield ErrorRaised(turn_id, "internal", str(error))
        if not finished:
            yield TurnFinished(turn_id, self.session_id, "error", "", 0)
