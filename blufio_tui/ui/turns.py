"""Running turns: one at a time, interruptible, every failure an event."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
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


@dataclass(frozen=True, slots=True)
class _Attached:
    """What goes with a prompt, each in a few words, and sentences about what could not be attached."""

    attachments: list[Block]
    labels: tuple[str, ...]
    notes: list[str]


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
        """Ask the agent to end the turn; False when it has none."""
        return self._services.agent.interrupt(self.session_id)

    def ask(self, prompt: str, images: Sequence[ImageBlock] = ()) -> Events:
        """A turn of the model, with pasted images and the files that `@path` names."""
        return self._guarded(lambda: self._ask(prompt, images))

    def repeat(self, prompt: str, attached: Sequence[Block]) -> Events:
        """As `ask`, with what was attached the time before."""
        return self._guarded(lambda: self._act(prompt, attached, attached_labels(attached)))

    def compact(self, wishes: str = "") -> Events:
        return self._guarded(lambda: self._services.agent.compact(self.session_id, wishes))

    def direct(self, port: DirectPort, tool: str, arguments: JsonObject) -> Events:
        """A tool call that the person makes, without the model."""
        return self._guarded(lambda: port.call(tool, arguments, session_id=self.session_id))

    def again(self, port: DirectPort, tool: str, arguments: JsonObject) -> Events:
        """A tool call made once more, as whoever made it."""
        return self._guarded(lambda: port.again(tool, arguments, session_id=self.session_id))

    async def steer(self, prompt: str, images: Sequence[ImageBlock], key: str) -> tuple[bool, list[str]]:
        """Add to the running turn: whether it takes it, and what could not be attached or not whole.

        Raises:
            BlufioError: it is refused.
        """
        went = await self._attached(prompt, images)
        self._labels[key] = went.labels
        taken = await self._services.agent.steer(
            prompt, session_id=self.session_id, key=key, attachments=went.attachments
        )
        return taken, went.notes

    def take_back(self, key: str) -> bool:
        return self._services.agent.take_back(self.session_id, key)

    async def _ask(self, prompt: str, images: Sequence[ImageBlock]) -> Events:
        went = await self._attached(prompt, images)
        for note in went.notes:
            yield NoticeRaised("", NoticeLevel.WARNING, note)
        async with aclosing(self._act(prompt, went.attachments, went.labels)) as events:
            async for event in events:
                yield event

    async def _attached(self, prompt: str, images: Sequence[ImageBlock]) -> _Attached:
        attachments: list[Block] = [*images]
        names, notes = [""] * len(images), list[str]()
        if self._services.files is not None and mentions(prompt):
            for attachment in await self._services.files.attach(prompt, self.session_id):
                if attachment.block is not None:
                    attachments.append(attachment.block)
                    names.append(attachment.path)
                if attachment.note:
                    notes.append(attachment.note)
        return _Attached(attachments, attached_labels(attachments, names), notes)

    async def _act(self, prompt: str, attachments: Sequence[Block], labels: tuple[str, ...]) -> Events:
        turn = self._services.agent.act(prompt, session_id=self.session_id, attachments=attachments)
        async with aclosing(turn) as events:
            async for event in events:
                match event:
                    case TurnStarted():
                        yield replace(event, attached=labels)
                    case SteeringAdded():
                        yield replace(event, attached=self._labels.pop(event.key, ()))
                    case _:
                        yield event

    async def _guarded(self, begin: Callable[[], Events]) -> Events:
        """The events of one turn; the last is always a `TurnFinished`."""
        turn_id, finished = "", False
        try:
            if not self.session_id:
                self.session_id = await self._services.sessions.create(str(self._services.project))
            async with aclosing(begin()) as events:
                async for event in events:
                    turn_id = turn_id or event.turn_id
                    finished = isinstance(event, TurnFinished)
                    yield event
        except BlufioError as error:
            yield ErrorRaised(turn_id, "internal", str(error))
        if not finished:
            yield TurnFinished(turn_id, self.session_id, "error", "", 0)
