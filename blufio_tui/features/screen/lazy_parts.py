"""Stand-ins that the screen uses from its first frame on, while the real parts are being opened."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, TypeVar

from blufio_tui.adapters.heap import give_back_what_is_free
from blufio_tui.core.capability import Mode
from blufio_tui.features.start.opening import Part

if TYPE_CHECKING:
    from blufio_tui.adapters.config.held_changes import HeldChanges
    from blufio_tui.adapters.config.live_mode import LiveMode
    from blufio_tui.adapters.replay.recorder import CallRecorder
    from blufio_tui.core.agent.agent import Agent
    from blufio_tui.core.agent.compaction import ContextMeter
    from blufio_tui.core.conversation import Block
    from blufio_tui.core.events import Event
    from blufio_tui.core.gate.recorded_grants import RecordedGrants
    from blufio_tui.core.policy.foreign_changes import ForeignChange
    from blufio_tui.core.policy.grants import Grant
    from blufio_tui.core.settings.schema import RecordSettings
    from blufio_tui.core.skills.skill import Skill
    from blufio_tui.core.text.json_types import JsonObject
    from blufio_tui.features.screen.models import Model
    from blufio_tui.features.screen.skills import Skills
    from blufio_tui.ui.ports.services import DirectPort

    Events = AsyncGenerator[Event, None]

GUIDE = "offline guide"
Port = TypeVar("Port")


def later(port: type[Port], part: Part[Port]) -> Port:
    """Stands for a part all of whose methods are coroutines: each call waits for the part and continues to it.

    Raises:
        TypeError: a method of the port is none, so that nobody could wait.
    """
    names = [name for owner in port.__mro__ for name in vars(owner) if not name.startswith("_")]
    if plain := [name for name in names if not iscoroutinefunction(getattr(port, name))]:
        raise TypeError(f"{port.__name__}.{plain[0]} is no coroutine: it cannot wait for what is still being opened")

    def forwarding(name: str) -> Callable[..., Awaitable[object]]:
        async def call(_self: object, *args: object, **more: object) -> object:
            result: object = await getattr(await part.get(), name)(*args, **more)
            return result

        return call

    stand_in: Port = type(f"Later{port.__name__}", (), {name: forwarding(name) for name in names})()
    return stand_in


class LaterAgent:
    """A turn that is started early waits until it is known which model answers."""

    def __init__(self, agent: "Part[Agent]", model: "Part[Model]", skills: "Part[Skills]") -> None:
        self._agent = agent
        self._model = model
        self._skills = skills

    async def act(self, prompt: str, *, session_id: str, attachments: "Sequence[Block]" = ()) -> "Events":
        agent = await self._connected()
        (await self._skills.get()).catch_up()
        try:
            async with aclosing(agent.act(prompt, session_id=session_id, attachments=attachments)) as events:
                async for event in events:
                    yield event
        finally:
            give_back_what_is_free()

    async def compact(self, session_id: str, wishes: str = "") -> "Events":
        async with aclosing((await self._connected()).compact(session_id, wishes)) as events:
            async for event in events:
                yield event

    def interrupt(self, session_id: str = "") -> bool:
        return bool((agent := self._agent.ready) and agent.interrupt(session_id))

    async def steer(self, text: str, *, session_id: str, key: str, attachments: "Sequence[Block]" = ()) -> bool:
        if (agent := self._agent.ready) is None:
            return False
        return await agent.steer(text, session_id=session_id, key=key, attachments=attachments)

    def take_back(self, session_id: str, key: str) -> bool:
        return bool((agent := self._agent.ready) and agent.take_back(session_id, key))

    def cancel_call(self, call_id: str) -> bool:
        return bool((agent := self._agent.ready) and agent.cancel_call(call_id))

    async def context(self, session_id: str) -> "ContextMeter":
        return await (await self._connected()).context(session_id)

    async def context_report(self, session_id: str) -> str:
        return await (await self._connected()).context_report(session_id)

    async def _connected(self) -> "Agent":
        await (await self._model.get()).connected()
        return await self._agent.get()


class LaterDirect:
    def __init__(self, calls: "Part[DirectPort]") -> None:
        self._calls = calls

    async def call(self, tool: str, arguments: "JsonObject", *, session_id: str) -> "Events":
        calls = await self._calls.get()
        async with aclosing(calls.call(tool, arguments, session_id=session_id)) as events:
            async for event in events:
                yield event

    async def again(self, tool: str, arguments: "JsonObject", *, session_id: str) -> "Events":
        calls = await self._calls.get()
        async with aclosing(calls.again(tool, arguments, session_id=session_id)) as events:
            async for event in events:
                yield event


class LaterSkills:
    """None are known in the first frame; whoever listens is told when they are."""

    def __init__(self, skills: "Part[Skills]") -> None:
        self._skills = skills
        self._listeners: list[Callable[[], None]] = []

    def list(self) -> "Sequence[Skill]":
        return skills.list() if (skills := self._skills.ready) else ()

    def skill_md(self, name: str) -> str:
        return self._skills.now().skill_md(name)

    async def enable(self, name: str, enabled: bool) -> None:
        await (await self._skills.get()).enable(name, enabled)

    def on_change(self, changed: Callable[[], None]) -> None:
        self._listeners.append(changed)

    async def connect(self) -> None:
        skills = await self._skills.get()
        for listener in self._listeners:
            skills.on_change(listener)
            listener()


class LaterGrants:
    def __init__(self, grants: "Part[RecordedGrants]") -> None:
        self._grants = grants

    @property
    def blocked(self) -> str:
        return self._grants.now().blocked

    def grants(self) -> "tuple[Grant, ...]":
        return self._grants.now().grants()

    async def add(self, grant: "Grant") -> None:
        await (await self._grants.get()).add(grant)

    async def revoke(self, grant_id: str) -> "Grant | None":
        return await (await self._grants.get()).revoke(grant_id)

    async def replace(self, grant: "Grant") -> None:
        await (await self._grants.get()).replace(grant)

    async def rebind(self, name: str, publisher: str, old_hash: str, new_hash: str) -> int:
        return await (await self._grants.get()).rebind(name, publisher, old_hash, new_hash)


class LaterMode:
    def __init__(self, mode: "Part[LiveMode]", first: Mode) -> None:
        self._mode = mode
        self._first = first

    def get(self) -> Mode:
        return mode.get() if (mode := self._mode.ready) else self._first

    async def set(self, mode: Mode) -> None:
        await (await self._mode.get()).set(mode)


class LaterHeldChanges:
    def __init__(self, held: "Part[HeldChanges]") -> None:
        self._held = held

    async def waiting(self) -> "Sequence[ForeignChange]":
        return (await self._held.get()).waiting()

    async def confirm(self, shown: "Sequence[ForeignChange]") -> bool:
        return await (await self._held.get()).confirm(shown)


class LaterModel:
    """What probably answers, until it is known.

    Args:
        likely: the model's name, "" for the offline guide.
    """

    def __init__(self, model: "Part[Model]", likely: str = "") -> None:
        self._model = model
        self._likely = likely

    @property
    def name(self) -> str:
        return model.name if (model := self._known) else self._likely or GUIDE

    @property
    def is_guide(self) -> bool:
        return model.is_guide if (model := self._known) else not self._likely

    @property
    def _known(self) -> "Model | None":
        model = self._model.ready
        return model if model is not None and model.is_known else None

    def context_window(self) -> int:
        return model.context_window() if (model := self._model.ready) else 0

    def choices(self) -> Sequence[str]:
        return model.choices() if (model := self._model.ready) else ()

    async def switch(self, name: str) -> bool:
        return await (await self._model.get()).switch(name)


class LaterRecording:
    """Implements `ui.ports.replay.RecordingPort`; before the program is open it knows what the configuration says."""

    def __init__(self, recorder: "Part[CallRecorder]", settings: "RecordSettings") -> None:
        self._recorder = recorder
        self._settings = settings
        self._before: dict[str, bool] = {}

    def said(self, session_id: str) -> str:
        recorder = self._recorder.ready
        if recorder is None:
            on, settings = self._before.get(session_id, self._settings.calls), self._settings
        else:
            self._hand_over()
            on, settings = recorder.is_on(session_id), recorder.settings
        if on:
            return "recording"
        return "recording some skills" if settings.skills else ""

    def set(self, session_id: str, on: bool) -> None:
        self._before[session_id] = on
        self._hand_over()

    def _hand_over(self) -> None:
        if (recorder := self._recorder.ready) is not None:
            for session_id, on in self._before.items():
                recorder.set_session(session_id, on)
            self._before.clear()
