"""One server: started when first needed, listed, called, and restarted if it ended.

Each start, each call and each definition that changed is decided by the gate, for the server's own actor.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import Any

from blufio_tui.adapters.mcp.http import HttpTransport, Requests
from blufio_tui.adapters.mcp.launch import Launcher, LocalStart, fill, fill_pairs
from blufio_tui.adapters.mcp.process import ProcessTransport
from blufio_tui.adapters.mcp.session import Handler, Progress, Session
from blufio_tui.adapters.mcp.store import Pins
from blufio_tui.adapters.mcp.tokens import Logins, StoredTokens
from blufio_tui.adapters.mcp.transport import LoginNeeded, ServerFailed, Transport
from blufio_tui.core.builtin.common import Perform
from blufio_tui.core.cage.inside import Following
from blufio_tui.core.capability import Actor
from blufio_tui.core.effects import Effect, EffectResult, GetEnv, UseServer
from blufio_tui.core.errors import BlufioError, CapabilityDenied, HostError, UsageError
from blufio_tui.core.events import Event
from blufio_tui.core.gate.call_budget import CallBudget
from blufio_tui.core.gate.effect_records import kind_and_resource
from blufio_tui.core.guards.secret_names import is_secret_name
from blufio_tui.core.mcp.definitions import Definitions, read_tools
from blufio_tui.core.mcp.log import ServerLog
from blufio_tui.core.mcp.messages import encoded
from blufio_tui.core.mcp.names import prefix_of
from blufio_tui.core.mcp.pins import MAX_ALL_BYTES, MAX_TOOLS, Redefined, ToolDescription
from blufio_tui.core.mcp.server import ServerConfig
from blufio_tui.core.servers.actor import server_actor
from blufio_tui.core.tasks import begin, outlasting
from blufio_tui.core.text.display import visible_line
from blufio_tui.core.text.json_text import json_text
from blufio_tui.core.text.json_types import Json, JsonObject
from blufio_tui.core.tools import CallContext

START_SECS = 60.0
"""For a server to say hello, without the time in which a person is asked."""
LIST_SECS = 30.0
MAX_LISTED = 1_000
RELIST_SECS = 5.0
"""Between two looks at the tools of a server that says again and again that they have changed."""
_LONGEST_PAUSE_SECS = 60.0
_MAX_SHOWN_NAME = 64


class State(StrEnum):
    """What a server is doing, for the screen and the command line."""

    OFF = "off"
    IDLE = "not started"
    STARTING = "starting"
    READY = "ready"
    FAILED = "failed"
    LOGIN = "login needed"
    REFUSED = "refused"


def _nothing(_event: Event) -> None:
    """Events of what no call has asked for."""


@dataclass(slots=True)
class _Calls:
    """The calls that the server currently works for; its effects belong to the last one."""

    background: CallContext
    running: list[tuple[CallContext, CallBudget]] = field(default_factory=list)
    idle_budget: CallBudget = field(default_factory=CallBudget)

    def now(self) -> tuple[CallContext, CallBudget]:
        return self.running[-1] if self.running else (self.background, self.idle_budget)


class Server:
    """
    Args:
        perform: the gate.
        requests: for a remote server.
        logins: credentials for remote servers.
        learn: called with each token before it is sent.
        handlers: makes the handlers for the server's own requests.
        capabilities: the client capabilities of the protocol that we offer.
        spawn: owns background tasks.
        changed: called with when what it offers has changed, or its state.
    """

    def __init__(
        self,
        config: ServerConfig,
        *,
        perform: Perform,
        launcher: Launcher,
        requests: Requests,
        pins: Pins,
        logins: Logins | None = None,
        learn: Callable[[str, str], None] | None = None,
        handlers: "Callable[[Server], Mapping[str, Handler]]" = lambda _server: {},
        capabilities: JsonObject | None = None,
        spawn: Callable[[Coroutine[Any, Any, None]], object] = begin,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self.config = config
        self.actor = server_actor(config)
        self.log = ServerLog()
        self.state = State.IDLE if config.enabled else State.OFF
        self.problem = ""
        self.definitions = Definitions(config.name, lambda: pins.of(config))
        self._perform = perform
        self._launcher = launcher
        self._requests = requests
        self._learn = learn
        self._pins = pins
        self._tokens = StoredTokens(logins, config.identity, self._send_form, learn) if logins else None
        self._capabilities = capabilities or {}
        self._spawn = spawn
        self._changed = changed
        self._session: Session | None = None
        self._start: LocalStart | None = None
        self._calls = _Calls(CallContext("", "", f"mcp_{config.name}", _nothing))
        self._opening = asyncio.Lock()
        self._failures = 0
        self._next_try = 0.0
        self._listed_anew = False
        self._next_look = 0.0
        self._offered: dict[str, tuple[Session, Sequence[JsonObject]]] = {}
        self._current: Session | None = None
        self._url = ""
        self._handlers = handlers(self)

    # ── how it is ───────────────────────────────────────────────────────────────────────────────────

    @property
    def session(self) -> Session | None:
        """The connection, while there is one."""
        session = self._session
        return session if session is not None and not session.why_lost else None

    @property
    def why_lost(self) -> str:
        """Why the connection was lost, "" if it was not."""
        return self._session.why_lost if self._session is not None else ""

    @property
    def is_lost(self) -> bool:
        return bool(self.why_lost)

    @property
    def is_ready(self) -> bool:
        return self.session is not None

    # ── starting and ending ────────────────────────────────────────────────────────────────────────

    async def ready(self, context: CallContext) -> Session:
        """The connection; started, and its tools listed, if there is none.

        Raises:
            CapabilityDenied: it may not be started.
            ServerFailed, HostError: it cannot be.
        """
        async with self._opening:
            session = self.session
            if session is not None and self._start is not None and not self._start.still_fits():
                await self._close()
                session = None
            if session is not None:
                if self._listed_anew:
                    await self._list(session)
                return session
            await self._forget_lost()
            if (wait := self._next_try - time.monotonic()) > 0:
                raise ServerFailed(
                    f"the MCP server {self.config.name} failed {self._failures} times, the last time: {self.problem}; "
                    f"it is not retried for {wait:.0f} s, unless the user restarts it (/mcp)"
                )
            return await self._open(context)

    async def _open(self, context: CallContext) -> Session:
        self._set(State.STARTING)
        try:
            with self._working_for(context):
                session = await self._connect(context)
                self._session = session
                await self._list(session)
        except LoginNeeded as error:
            await self._close()
            self._set(State.LOGIN, self._how_to_log_in(error))
            raise ServerFailed(f"the MCP server {self.config.name}: {self.problem}") from error
        except (ServerFailed, HostError) as error:
            await self._close()
            self._failed(str(error))
            raise ServerFailed(f"the MCP server {self.config.name} cannot be used: {error}") from error
        except BaseException as error:
            await self._close()
            self._set(State.REFUSED if isinstance(error, CapabilityDenied) else State.IDLE)
            raise
        self._set(State.READY)
        return session

    def _how_to_log_in(self, error: LoginNeeded) -> str:
        return f"{error}; run: blufio-tui mcp login {self.config.name}"

    async def _connect(self, context: CallContext) -> Session:
        values = await self._values(context)
        self._learn_secrets(values)
        if self.config.is_remote:
            url = self._url = fill(self.config.url, values)
            if self._tokens is not None:
                self._tokens.look_again()
            transport: Transport = HttpTransport(
                self._requests, url, fill_pairs(self.config.headers, values), self._tokens, self.log.add
            )
            session = self._new_session(transport)
            effect = UseServer(
                self.config.name, url, f"connect to the MCP server {self.config.name}", is_remote=True,
                carried="asks what it can do", carry_out=lambda: self._hello(session),
            )  # fmt: skip
        else:
            inside = Following(self._decide_inside, self.actor, lambda: self._calls.now()[0])
            start = self._start = self._launcher.prepare(self.config, values, inside)
            session = self._new_session(ProcessTransport(start.starter, self.log))
            given = f"with the variables {', '.join(start.variables)}" if start.variables else ""
            effect = UseServer(
                self.config.name, start.line, f"start the MCP server {self.config.name}", carried=given,
                is_start=True, cwd=self._launcher.project, caged=start.caged, not_caged=start.not_caged,
                carry_out=lambda: self._hello(session),
            )  # fmt: skip
        try:
            await self._perform(effect, self.actor, context)
        except BaseException:
            await outlasting(session.close())
            raise
        return session

    def _new_session(self, transport: Transport) -> Session:
        self._current = Session(transport, self.log, self._handlers, self._capabilities, self._list_changed)
        return self._current

    async def _hello(self, session: Session) -> bytes:
        try:
            await session.open(START_SECS)
        except LoginNeeded:
            raise
        except ServerFailed as error:
            raise HostError(str(error)) from error
        return encoded({"serverInfo": session.server, "capabilities": session.offers})

    async def _values(self, context: CallContext) -> dict[str, str]:
        """The variables that the configuration refers to; each is an effect of its own."""
        values = {}
        for name in self.config.variables:
            result = await self._perform(GetEnv(name), self.actor, context)
            if result.value >= 0:
                values[name] = result.data.decode("utf-8", "surrogateescape")
        return values

    async def _send_form(self, endpoint: str, form: bytes) -> JsonObject:
        """Ask for a new token. The form is not shown: it holds the old one."""
        found: dict[str, JsonObject] = {}

        async def carry_out() -> bytes:
            try:
                found["answer"] = await self._requests.post_form(endpoint, form)
            except ServerFailed as error:
                raise HostError(str(error)) from error
            return b"{}"

        what = f"renew the login at the MCP server {self.config.name}"
        effect = UseServer(self.config.name, endpoint, what, is_remote=True, carry_out=carry_out)
        try:
            await self._perform(effect, self.actor, self._calls.now()[0])
        except (CapabilityDenied, HostError) as error:
            self.log.add(f"the login was not renewed: {error}")
            return {}
        return found["answer"]

    def _learn_secrets(self, values: Mapping[str, str]) -> None:
        """What is given to the server as a credential is kept out of everything shown and stored."""
        if self._learn is None:
            return
        for name, value in fill_pairs((*self.config.env, *self.config.headers), values):
            if is_secret_name(name) or name.lower() in ("authorization", "cookie"):
                self._learn(name, value.removeprefix("Bearer "))

    async def restart(self, context: CallContext) -> None:
        """Begin again, without waiting for what failed before. Raises as `ready`."""
        async with self._opening:
            await self._close()
            self._failures, self._next_try = 0, 0.0
        await self.ready(context)

    async def close(self) -> None:
        async with self._opening:
            await self._close()
            if self.state is not State.OFF:
                self._set(State.IDLE)

    async def _close(self) -> None:
        session, self._session, self._start = self._session, None, None
        if session is not None:
            await outlasting(session.close())

    async def _forget_lost(self) -> None:
        """A connection that was lost counts as a failure once somebody wants to use it again."""
        if self._session is not None:
            why = self._session.why_lost
            await self._close()
            self._failed(why)

    def _failed(self, why: str) -> None:
        self._failures += 1
        pause = min(2.0 ** (self._failures - 1), _LONGEST_PAUSE_SECS) if self._failures > 1 else 0.0
        self._next_try = time.monotonic() + pause
        self.log.add(why)
        self._set(State.FAILED, visible_line(why))

    def _set(self, state: State, problem: str = "") -> None:
        self.state, self.problem = state, problem
        self._changed()

    # ── definitions ────────────────────────────────────────────────────────────────────────────────

    def _list_changed(self, method: str) -> None:
        self._offered.pop(method.removeprefix("notifications/").removesuffix("/list_changed"), None)
        if method == "notifications/tools/list_changed" and not self._listed_anew:
            self._listed_anew = True
            work = self._relist()
            try:
                self._spawn(work)
            except UsageError:  # the program is ending
                work.close()

    async def _relist(self) -> None:
        """List the tools again, once, however often the server announces changes meanwhile."""
        await asyncio.sleep(max(0.0, self._next_look - time.monotonic()))
        async with self._opening:
            session = self.session
            if session is None or not self._listed_anew:
                return
            self._next_look = time.monotonic() + RELIST_SECS
            try:
                await self._list(session)
            except BlufioError as error:
                self.log.add(f"its tools could not be listed again: {error}")

    async def _list(self, session: Session) -> None:
        """List the tools. On first contact they are pinned; later, differences wait for the person."""
        self._listed_anew = False
        listed: list[Json] = []
        if "tools" in session.offers:
            listed = await session.all_pages("tools/list", "tools", LIST_SECS, MAX_TOOLS)
        found, problems = read_tools(listed, MAX_ALL_BYTES)
        for problem in problems:
            self.log.add(problem)
        if self.definitions.known is None:
            await asyncio.to_thread(self._pins.put, self.config, found.values())
        self.definitions.take(found)
        for name in self.definitions.waiting:
            self.log.add(f"the definition of the tool {name} is not the one you know")
        self._changed()

    async def confirm_tool(self, name: str, context: CallContext) -> ToolDescription | None:
        """Ask about a definition that changed; what it is now, None if it is as the person knows it.

        Raises:
            CapabilityDenied: the person does not want it as it is now.
            ServerFailed: the server has no such tool any more.
        """
        definitions = self.definitions
        if name in definitions.gone:
            raise ServerFailed(f"the MCP server {self.config.name} no longer has the tool {visible_line(name)}")
        changed = definitions.waiting.get(name)
        if changed is None:
            return None
        what = "has changed the definition of its tool" if name in (definitions.known or ()) else "has a new tool,"
        effect = UseServer(
            self.config.name,
            f"{definitions.label(name)} as-redefined-{changed.digest[:16]}",
            f"The MCP server {self.config.name} {what} {_named(name)}. Use it as it is now?",
            carried=definitions.difference(changed),
            once=True,
            cwd=self._launcher.project,
            carry_out=lambda: self._accept(changed),
        )
        await self._perform(effect, self.actor, context)
        return changed

    async def accept_shown(self, digests: Sequence[str], person: Actor, context: CallContext) -> None:
        """Accept the changed definitions that were shown to the person, and no others."""
        for tool in [one for one in self.definitions.waiting.values() if one.digest in digests]:
            effect = UseServer(
                self.config.name,
                f"{self.definitions.label(tool.name)} as-redefined-{tool.digest[:16]}",
                f"accept the definition of the tool {_named(tool.name)} of the MCP server {self.config.name}",
                carried=self.definitions.difference(tool),
                cwd=self._launcher.project,
                carry_out=partial(self._accept, tool),
            )
            await self._perform(effect, person, context)

    async def _accept(self, tool: ToolDescription) -> bytes:
        await asyncio.to_thread(self._pins.put, self.config, [tool])
        self.definitions.accept(tool)
        self._changed()
        return tool.digest.encode()

    # ── use ────────────────────────────────────────────────────────────────────────────────────────

    async def call(
        self, tool: str, arguments: JsonObject, context: CallContext, progress: Progress | None = None
    ) -> JsonObject:
        """Call a tool by the server's own name; its result as it came.

        Raises:
            CapabilityDenied: it may not be called, or not as it is now.
            Redefined: nothing was called; its definition changed, and the person has just accepted that.
            ServerFailed, HostError: the server failed, or said that the call did.
        """
        session = await self.ready(context)
        if changed := await self.confirm_tool(tool, context):
            raise Redefined(changed)
        params: JsonObject = {"name": tool, "arguments": arguments}
        what = f"call the tool {_named(tool)} of the MCP server {self.config.name}"
        return await self._use(session, "tools/call", params, what, self.definitions.label(tool), context, progress)

    async def get(self, method: str, params: JsonObject, what: str, word: str, context: CallContext) -> JsonObject:
        """A prompt or a resource. Raises as `call`."""
        session = await self.ready(context)
        return await self._use(session, method, params, what, f"{prefix_of(self.config.name)}{word}", context)

    async def offered(self, kind: str) -> Sequence[JsonObject]:
        """As `list`, for somebody who types: [] where it does not run, since typing starts nothing; and what is known
        is not asked for again before the server says that it has changed.

        Raises:
            ServerFailed: it does not say.
        """
        session = self.session
        if session is None or kind not in session.offers:
            return []
        known = self._offered.get(kind)
        if known is None or known[0] is not session:
            listed = await session.all_pages(f"{kind}/list", kind, LIST_SECS, MAX_LISTED)
            known = self._offered[kind] = (session, [one for one in listed if isinstance(one, dict)])
        return known[1]

    async def list(self, kind: str, context: CallContext) -> list[JsonObject]:
        """The prompts or resources that it offers now. Raises as `ready`.

        Args:
            kind: `prompts` or `resources`.
        """
        session = await self.ready(context)
        if kind not in session.offers:
            return []
        listed = await session.all_pages(f"{kind}/list", kind, LIST_SECS, MAX_LISTED)
        return [one for one in listed if isinstance(one, dict)]

    async def _use(
        self,
        session: Session,
        method: str,
        params: JsonObject,
        what: str,
        word: str,
        context: CallContext,
        progress: Progress | None = None,
    ) -> JsonObject:
        start, found = self._start, dict[str, JsonObject]()

        async def carry_out() -> bytes:
            try:
                found["result"] = await session.request(method, params, self.config.timeout_secs, progress)
            except LoginNeeded as error:
                raise HostError(self._how_to_log_in(error)) from error
            except ServerFailed as error:
                raise HostError(str(error)) from error
            self._failures = 0
            return encoded(found["result"])

        effect = UseServer(
            self.config.name,
            self._url if self.config.is_remote else word,
            what,
            carried=json_text(params.get("arguments", params), indent=1),
            is_remote=self.config.is_remote,
            cwd=self._launcher.project,
            caged=start is not None and start.caged,
            not_caged=start.not_caged if start else "",
            carry_out=carry_out,
        )
        with self._working_for(context):
            await self._perform(effect, self.actor, context)
        return found["result"]

    def now(self) -> CallContext:
        """The call that it currently works for."""
        return self._calls.now()[0]

    async def ask_person(self, what: str, word: str, shown: str, do: Callable[[], Awaitable[bytes]]) -> None:
        """Ask about something that the server wants of the person or the model: as `AskPerson`."""
        effect = UseServer(
            self.config.name,
            f"{prefix_of(self.config.name)}{word}",
            what,
            carried=shown,
            once=True,
            cwd=self._launcher.project,
            carry_out=do,
        )
        await self._perform(effect, self.actor, self.now())

    def _working_for(self, context: CallContext) -> "_Working":
        return _Working(self._calls, context)

    async def _decide_inside(self, effect: Effect, context: CallContext) -> EffectResult:
        """What the caged server does; as much of it as one call may do."""
        budget = self._calls.now()[1]
        budget.spend(kind_and_resource(effect)[1])
        session = self._current
        try:
            if session is None:
                return await self._perform(effect, self.actor, context)
            with session.held():
                return await self._perform(effect, self.actor, context)
        except CapabilityDenied as error:
            budget.denied += 1
            self.log.add(f"refused: {error}")
            raise


def _named(tool: str) -> str:
    """A server's name for a tool within a sentence of ours, so that it cannot continue with it."""
    return f"`{visible_line(tool[:_MAX_SHOWN_NAME]).replace('`', chr(39))}`"


class _Working:
    """While active, the server's effects belong to a call."""

    def __init__(self, calls: _Calls, context: CallContext) -> None:
        self._calls = calls
        self._entry = (context, CallBudget())

    def __enter__(self) -> None:
        self._calls.running.append(self._entry)

    def __exit__(self, *_: object) -> None:
        self._calls.running.remove(self._entry)
