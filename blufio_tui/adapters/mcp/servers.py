"""All servers: configuring them, offering their tools to the model, and closing them."""

import asyncio
from collections.abc import Callable, Sequence

from blufio_tui.adapters.mcp.server import Server, State
from blufio_tui.adapters.mcp.transport import ServerFailed
from blufio_tui.core.agent.registry import ToolRegistry
from blufio_tui.core.errors import BlufioError, CapabilityDenied, NotThere
from blufio_tui.core.mcp.results import prompt_text, resource_text
from blufio_tui.core.mcp.server import FoundServers, ServerConfig
from blufio_tui.core.servers.forms import FormDesk
from blufio_tui.core.servers.prompts import (
    arguments_of,
    find_prompt,
    offered_prompts,
    offered_resources,
    prompt_call,
    resource_of,
)
from blufio_tui.core.servers.tool import ServerTool
from blufio_tui.core.servers.view import Offered
from blufio_tui.core.tasks import Tasks
from blufio_tui.core.text.display import visible_line
from blufio_tui.core.text.fuzzy import best
from blufio_tui.core.text.json_types import JsonObject
from blufio_tui.core.tools import CallContext, Tool, unheard

FIRST_CONTACT_SECS = 30.0
"""How long a turn waits for servers that were never used; those that take longer come along with a later request."""


_MAX_NAMES = 5
"""Servers that are offered beside files."""


class Servers:
    """
    Args:
        make: a server for a configuration, told whom to call when what it offers changes.
        registry: is given the tools.
        wrap: wraps the tools, for example in hooks.
        tasks: owns running tasks.
        forms: where servers' forms wait for the person.
    """

    def __init__(
        self,
        make: Callable[[ServerConfig, Callable[[], None]], Server],
        registry: ToolRegistry,
        wrap: Callable[[Sequence[Tool]], Sequence[Tool]],
        tasks: Tasks,
        forms: FormDesk,
    ) -> None:
        self._make = make
        self._registry = registry
        self._wrap = wrap
        self._tasks = tasks
        self.forms = forms
        self._servers: dict[str, Server] = {}
        self._heard: list[Callable[[], None]] = []
        self._told: set[str] = set()
        self.problems: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[Server, ...]:
        return tuple(self._servers[name] for name in sorted(self._servers))

    def get(self, name: str) -> Server:
        """
        Raises:
            NotThere: there is no such server.
        """
        if name not in self._servers:
            raise NotThere(f"there is no MCP server {visible_line(name)}; `blufio-tui mcp list` shows them")
        return self._servers[name]

    def when_changed(self, heard: Callable[[], None]) -> None:
        """Call `heard` whenever the state of a server or what it offers has changed."""
        self._heard.append(heard)

    def configure(self, found: FoundServers) -> list[Server]:
        """Set the servers; unchanged ones stay. Returns those to be closed."""
        left, self._servers = self._servers, {}
        for config in found.servers:
            before = left.get(config.name)
            same = before is not None and before.config == config
            self._servers[config.name] = left.pop(config.name) if same else self._make(config, self._changed)
        self.problems = found.problems
        self.offer()
        return list(left.values())

    async def reconfigure(self, found: FoundServers) -> None:
        """As `configure`, closing what is no longer wanted."""
        for server in self.configure(found):
            await server.close()

    def _changed(self) -> None:
        self.offer()
        for heard in self._heard:
            heard()

    def offer(self) -> None:
        """Let the model call what the servers offer now."""
        self._registry.replace_server_tools(self._wrap(self.tools()))

    def tools(self) -> list[Tool]:
        """What the servers offer now."""
        tools: list[Tool] = []
        problems = []
        for server in self.all:
            if not server.config.enabled:
                continue
            try:
                offered = server.definitions.named()
            except BlufioError as error:
                problems.append(str(error))
                continue
            tools += [
                ServerTool(server, server.config.name, name, tool, confirmed=confirmed)
                for name, (tool, confirmed) in sorted(offered.items())
            ]
        self.problems = tuple(dict.fromkeys((*self.problems, *problems)))
        return tools

    async def prepare(self) -> list[str]:
        """Start servers that were never used. Returns a sentence for each that fails, and for changed definitions."""
        news, new = self._news(), self._unknown()
        if not new:
            return news
        begun = {self._tasks.start(self._first_contact(server)): server for server in new}
        done, waiting = await asyncio.wait(begun, timeout=FIRST_CONTACT_SECS)
        said = [sentence for task in done if not task.cancelled() and (sentence := task.result())]
        said += [f"The MCP server {begun[task].config.name} is still starting." for task in waiting]
        return news + said

    def is_ready(self, prompt: str) -> bool:
        """As `core.servers.agent.ServesTurns.is_ready`."""
        changed = any(tool.digest not in self._told for one in self.all for tool in one.definitions.waiting.values())
        told = self._told.issuperset(self._unreadable())
        return not changed and told and not self._unknown() and prompt_call(prompt) is None

    def _unknown(self) -> list[Server]:
        """Enabled servers whose tools are not known yet."""
        idle = [one for one in self.all if one.config.enabled and one.state is State.IDLE]
        return [] if self._unreadable() else [one for one in idle if one.definitions.known is None]

    def _unreadable(self) -> set[str]:
        """Why it cannot be said which tools are known: then none is offered, and none becomes known."""
        found = set()
        for server in self.all:
            try:
                _ = server.definitions.known
            except BlufioError as error:
                found.add(str(error))
        return found

    def _news(self) -> list[str]:
        """A sentence for each server with definitions that are not as the person knows them, once."""
        said = sorted(self._unreadable() - self._told)
        self._told |= set(said)
        for server in self.all:
            new = [tool for tool in server.definitions.waiting.values() if tool.digest not in self._told]
            if new:
                self._told |= {tool.digest for tool in new}
                names = ", ".join(visible_line(tool.name) for tool in new[:5])
                more = f" and {len(new) - 5} more" if len(new) > 5 else ""
                said.append(
                    f"The MCP server {server.config.name} has changed or added tools: {names}{more}. "
                    "You are asked before they are used; /mcp shows the differences."
                )
        return said

    async def _first_contact(self, server: Server) -> str:
        name = server.config.name
        try:
            await server.ready(CallContext("", "", f"mcp_{name}", unheard))
        except CapabilityDenied as error:
            return f"The MCP server {name} is not used: {error.why or error}"
        except ServerFailed as error:
            return str(error)[:1].upper() + str(error)[1:]
        except BlufioError as error:
            return f"The MCP server {name} cannot be used: {error}"
        return ""

    async def expanded(self, prompt: str, context: CallContext) -> str:
        """As `core.servers.agent.ServesTurns.expanded`."""
        call = prompt_call(prompt)
        if call is None or (server := self._servers.get(call.server)) is None or not server.config.enabled:
            return prompt
        found = find_prompt(call, await server.list("prompts", context))
        params: JsonObject = {"name": call.prompt, "arguments": arguments_of(call.typed, found)}
        what = f"get the prompt {visible_line(call.prompt)} of the MCP server {call.server}"
        text = prompt_text(await server.get("prompts/get", params, what, "prompts", context))
        return (
            f"[the prompt {visible_line(call.prompt)} of the MCP server {call.server}, in the server's words]\n\n{text}"
        )

    async def completions(self, kind: str, typed: str) -> list[Offered]:
        """What the beginning of a `/server:prompt` or `@server:uri` may become. Starts no server.

        Args:
            kind: `prompts` or `resources`.

        Raises:
            ServerFailed: the server does not say what it has.
        """
        name, colon, begun = typed.partition(":")
        enabled = [one for one in self.all if one.config.enabled]
        if not colon:
            fitting = best(name, [one for one in enabled if name], lambda one: one.config.name, _MAX_NAMES)
            return [
                Offered(f"{one.config.name}:", f"MCP server, {one.state.value}")
                for one in fitting
                if one.session is None or kind in one.session.offers
            ]
        fits = offered_prompts if kind == "prompts" else offered_resources
        server = next((one for one in enabled if one.config.name == name), None)
        return fits(name, await server.offered(kind), begun) if server is not None else []

    def has_resource(self, mention: str) -> bool:
        """Whether an `@server:uri` names one of the servers."""
        named = resource_of(mention)
        return named is not None and named[0] in self._servers and self._servers[named[0]].config.enabled

    async def resource(self, mention: str, context: CallContext) -> str:
        """The text of an `@server:uri`.

        Raises:
            BlufioError: it cannot be had.
        """
        named = resource_of(mention)
        if named is None:
            raise NotThere(f"{visible_line(mention)} is not a resource of a server")
        server, uri = self.get(named[0]), named[1]
        what = f"read the resource {visible_line(uri)} of the MCP server {server.config.name}"
        return resource_text(await server.get("resources/read", {"uri": uri}, what, "resources", context))

    async def close(self) -> None:
        """Close all servers in parallel."""
        await asyncio.gather(*(server.close() for server in self.all), return_exceptions=True)
