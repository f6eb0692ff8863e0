"""The person's own calls: `!command` acts for the person, `!!command` in the cage, `/run` as what it names."""

from collections.abc import AsyncGenerator, Callable, Iterable

from blufio_tui.adapters.commands.shell import Shell
from blufio_tui.core.agent.registry import ToolRegistry
from blufio_tui.core.agent.user_calls import DirectCalls
from blufio_tui.core.builtin.bash import BashTool, CagedBash
from blufio_tui.core.capability import Actor, ActorKind
from blufio_tui.core.events import Event
from blufio_tui.core.gate.gate import Gate
from blufio_tui.core.shell.state import ShellStates
from blufio_tui.core.text.json_types import JsonObject
from blufio_tui.core.tools import Tool


class UserCalls:
    """Implements `ui.ports.services.DirectPort`.

    Args:
        installed: the tools of skills and servers as they are now.
        offered: the tools as the model calls them now.
        calls: makes calls of the tools in a registry.
    """

    def __init__(
        self,
        gate: Gate,
        project: str,
        shell: Shell,
        states: ShellStates,
        installed: Callable[[], Iterable[Tool]],
        offered: Callable[[], ToolRegistry],
        calls: Callable[[ToolRegistry], DirectCalls],
    ) -> None:
        self._gate = gate
        self._project = project
        self._shell = shell
        self._states = states
        self._installed = installed
        self._offered = offered
        self._calls = calls

    def call(self, tool: str, arguments: JsonObject, *, session_id: str) -> AsyncGenerator[Event, None]:
        own: list[Tool] = [
            kind(
                self._gate.perform,
                self._project,
                Actor(ActorKind.USER, "user"),
                states=self._states,
                environment=self._shell.environment(),
                inside=inside,
            )
            for kind, inside in ((BashTool, None), (CagedBash, Actor(ActorKind.TOOL, "cage")))
        ]
        return self._calls(ToolRegistry(own, self._installed())).call(tool, arguments, session_id=session_id)

    def again(self, tool: str, arguments: JsonObject, *, session_id: str) -> AsyncGenerator[Event, None]:
        """With the tools as the model calls them: a grant to one of them is a grant here."""
        if tool == CagedBash.name:
            return self.call(tool, arguments, session_id=session_id)
        return self._calls(self._offered()).call(tool, arguments, session_id=session_id)
