"""What the screen holds from its first frame on: each stands for a part that is still being opened."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, TypeVar

from blufio_tui.core.capability import Mode
from blufio_tui.wiring.opening import Opening

if TYPE_CHECKING:
    from blufio_tui.core.agent.compaction import ContextMeter
    from blufio_tui.core.conversation import Block
    from blufio_tui.core.events import Event
    from blufio_tui.core.policy.foreign_changes import ForeignChange
    from blufio_tui.core.policy.grants import Grant
    from blufio_tui.core.skills.skill import Skill
    from blufio_tui.core.text.json_types import JsonObject
    from blufio_tui.wiring.screen_ports import Parts

    Events = AsyncGenerator[Event, None]

GUIDE = "offline guide"
Port = TypeVar("Port")


def later(port: type[Port], opening: Opening, part: "Callable[[Parts], Port]") -> Port:
    """Stands for a part all of whose methods are coroutines: each call waits for the part and goes on to it.

    Raises:
        TypeError: a method of the port is none, so that nobody could wait.
    """
    names = [name for owner in port.__mro__ for name in vars(owner) if not name.startswith("_")]
    if plain := [name for name in names if not iscoroutinefunction(getattr(port, name))]:
        raise TypeError(f"{port.__name__}.{plain[0]} is no coroutine: it cannot wait for what is still being opened")

    def forwarding(name: str) -> Callable[..., Awaitable[object]]:
        async def call(_self: object, *args: object, **more: object) -> object:
            result: object = await getattr(part(await opening.parts()), name)(*args, **more)
            return result

        return call

    stand_in: Port = type(f"Later{port.__name__}", (), {name: forwarding(name) for name in names})()
    return stand_in


class LaterAgent:
    """A turn that is started early waits until it is known which model answers."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening

    async def act(self, prompt: str, *, session_id: str, attachments: "Sequence[Block]" = ()) -> "Events":
        parts = await self._opening.parts()
        await parts.model.connected()
        parts.skills.catch_up()
        turn = parts.backend.agent.act(prompt, session_id=session_id, attachments=attachments)
        async with aclosing(turn) as events:
            async for event in events:
                yield event

    async def compact(self, session_id: str, wishes: str = "") -> "Events":
        parts = await self._opening.parts()
        await parts.model.connected()
        async with aclosing(parts.backend.agent.compact(session_id, wishes)) as events:
            async for event in events:
                yield event

    def interrupt(self, session_id: str = "") -> bool:
        return bool((parts := self._opening.ready) and parts.backend.agent.interrupt(session_id))

    async def steer(self, text: str, *, session_id: str, key: str, attachments: "Sequence[Block]" = ()) -> bool:
        agent = parts.backend.agent if (parts := self._opening.ready) else None
        if agent is None:
            return False
        return await agent.steer(text, session_id=session_id, key=key, attachments=attachments)

    def take_back(self, session_id: str, key: str) -> bool:
        return bool((parts := self._opening.ready) and parts.backend.agent.take_back(session_id, key))

    def cancel_call(self, call_id: str) -> bool:
        return bool((parts := self._opening.ready) and parts.backend.agent.cancel_call(call_id))

    async def context(self, session_id: str) -> "ContextMeter":
        parts = await self._opening.parts()
        await parts.model.connected()
        return await parts.backend.agent.context(session_id)

    async def context_report(self, session_id: str) -> str:
        parts = await self._opening.parts()
        await parts.model.connected()
        return await parts.backend.agent.context_report(session_id)


class LaterDirect:
    def __init__(self, opening: Opening) -> None:
        self._opening = opening

    async def call(self, tool: str, arguments: "JsonObject", *, session_id: str) -> "Events":
        parts = await self._opening.parts()
        async with aclosing(parts.direct.call(tool, arguments, session_id=session_id)) as events:
            async for event in events:
                yield event

    async def again(self, tool: str, arguments: "JsonObject", *, session_id: str) -> "Events":
        parts = await self._opening.parts()
        async with aclosing(parts.direct.again(tool, arguments, session_id=session_id)) as events:
            async for event in events:
                yield event


class LaterSkills:
    """None are known in the first frame; whoever listens is told when they are."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        self._listeners: list[Callable[[], None]] = []

    def list(self) -> "Sequence[Skill]":
        return parts.skills.list() if (parts := self._opening.ready) else ()

    def skill_md(self, name: str) -> str:
        return self._opening.now().skills.skill_md(name)

    async def enable(self, name: str, enabled: bool) -> None:
        await (await self._opening.parts()).skills.enable(name, enabled)

    def on_change(self, changed: Callable[[], None]) -> None:
        self._listeners.append(changed)

    async def connect(self) -> None:
        skills = (await self._opening.parts()).skills
        for listener in self._listeners:
            skills.on_change(listener)
            listener()


class LaterGrants:
    def __init__(self, opening: Opening) -> None:
        self._opening = opening

    @property
    def blocked(self) -> str:
        return self._opening.now().backend.grants.blocked

    def grants(self) -> "tuple[Grant, ...]":
        return self._opening.now().backend.grants.grants()

    async def add(self, grant: "Grant") -> None:
        await (await self._opening.parts()).backend.grants.add(grant)

    async def revoke(self, grant_id: str) -> "Grant | None":
        return await (await self._opening.parts()).backend.grants.revoke(grant_id)

    async def replace(self, grant: "Grant") -> None:
        await (await self._opening.parts()).backend.grants.replace(grant)

    async def rebind(self, name: str, publisher: str, old_hash: str, new_hash: str) -> int:
        return await (await self._opening.parts()).backend.grants.rebind(name, publisher, old_hash, new_hash)


class LaterMode:
    def __init__(self, opening: Opening, first: Mode) -> None:
        self._opening = opening
        self._first = first

    def get(self) -> Mode:
        return parts.backend.mode.get() if (parts := self._opening.ready) else self._first

    async def set(self, mode: Mode) -> None:
        await (await self._opening.parts()).backend.mode.set(mode)


class LaterHeldChanges:
    def __init__(self, opening: Opening) -> None:
        self._opening = opening

    async def waiting(self) -> "Sequence[ForeignChange]":
        return (await self._opening.parts()).backend.held.waiting()

    async def confirm(self, shown: "Sequence[ForeignChange]") -> bool:
        return await (await self._opening.parts()).backend.held.confirm(shown)


class LaterModel:
    """What probably answers, until it is known.

    Args:
        likely: the model's name, "" for the offline guide.
    """

    def __init__(self, opening: Opening, likely: str = "") -> None:
        self._opening = opening
        self._likely = likely

    @property
    def name(self) -> str:
        return parts.model.name if (parts := self._known) else self._likely or GUIDE

    @property
    def is_guide(self) -> bool:
        return parts.model.is_guide if (parts := self._known) else not self._likely

    @property
    def _known(self) -> "Parts | None":
        parts = self._opening.ready
        return parts if parts is not None and parts.model.is_known else None

    def context_window(self) -> int:
        return parts.model.context_window() if (parts := self._opening.ready) else 0

    def choices(self) -> Sequence[str]:
        return parts.model.choices() if (parts := self._opening.ready) else ()

    async def switch(self, name: str) -> bool:
        return await (await self._opening.parts()).model.switch(name)
