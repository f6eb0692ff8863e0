"""Using a server, as a prepared effect: described, decided, then performed."""

from blufio_tui.adapters.net.http_fetch import PreparedFetch
from blufio_tui.adapters.net.network import Network
from blufio_tui.core.capability import Actor, ExecTarget, Target
from blufio_tui.core.effects import EffectResult, Fetch, UseServer
from blufio_tui.core.errors import HostError
from blufio_tui.core.shell.command_line import command_parts
from blufio_tui.core.text.display import visible


class PreparedServerUse:
    """
    Raises:
        NeverRule: the address is never allowed.
    """

    def __init__(self, effect: UseServer, network: Network, actor: Actor) -> None:
        self._effect = effect
        self._request: PreparedFetch | None = None
        if effect.is_remote:
            body = effect.carried.encode("utf-8", "surrogatepass")
            self._request = network.prepare(Fetch("POST", effect.resource, body=body), actor)
            self._target: Target = self._request.target
        else:
            parts = command_parts(effect.resource) if effect.is_start else (effect.resource,)
            self._target = ExecTarget(
                effect.resource,
                parts,
                effect.cwd,
                caged=effect.caged,
                not_caged=effect.not_caged,
                use="" if effect.is_start else effect.what.partition("\n")[0],
                once=effect.once,
            )

    @property
    def target(self) -> Target:
        return self._target

    def describe(self) -> str:
        effect = self._effect
        caged = f"not caged: {effect.not_caged}; it runs with your rights" if effect.not_caged else ""
        return "\n\n".join(part for part in (visible(effect.what), visible(effect.carried), caged) if part)

    async def preflight(self) -> None:
        """For a remote server, look its name up and check where it leads."""
        if self._request is not None:
            await self._request.preflight()

    async def execute(self) -> EffectResult:
        if self._effect.carry_out is None:
            raise HostError("the server is gone")
        return EffectResult(0, await self._effect.carry_out())
