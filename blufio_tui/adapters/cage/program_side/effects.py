"""A suspended effect of a caged command as a prepared effect for the gate."""

from blufio_tui.adapters.net.resolver import Resolver, SystemResolver
from blufio_tui.core.cage.network import Endpoint, check_address, parse_endpoint, refuse_never
from blufio_tui.core.cage.sockets import meaning
from blufio_tui.core.capability import FileTarget, Kind, Target, UnixTarget
from blufio_tui.core.effects import CagedEffect, EffectResult
from blufio_tui.core.errors import HostError, NeverRule
from blufio_tui.core.guards.network import AllowedPrivate
from blufio_tui.core.text.display import visible_line


class PreparedCaged:
    """
    Args:
        allowed: `host:port` pairs on this machine that may be approved.
        resolver: names to addresses; the system's when None.

    Raises:
        NeverRule: this is never allowed.
    """

    def __init__(self, effect: CagedEffect, allowed: AllowedPrivate, resolver: Resolver | None = None) -> None:
        if effect.never:
            raise NeverRule(effect.never)
        self._effect = effect
        self._allowed = allowed
        self._resolver = resolver or SystemResolver()
        self._endpoint: Endpoint | None = None
        self._addresses: tuple[str, ...] = ()
        self._target = self._parse()

    def _parse(self) -> Target:
        effect = self._effect
        match Kind(effect.kind):
            case Kind.FS_READ | Kind.FS_WRITE as kind:
                return FileTarget(kind, effect.resource, effect.resource, effect.operation)
            case Kind.UNIX:
                return UnixTarget(effect.resource, meaning(effect.resource))
            case Kind.NET:
                self._endpoint = parse_endpoint(effect.resource, effect.operation)
                refuse_never(self._endpoint, self._allowed)
                return self._endpoint.target
            case other:
                raise NeverRule(f"a command in the cage cannot ask for {other}")

    @property
    def target(self) -> Target:
        return self._target

    def describe(self) -> str:
        """The asking program and those above it, then why it is not free."""
        effect = self._effect
        programs = " ‹ ".join(visible_line(line) for line in effect.programs)
        lines = [
            f"{effect.operation} {visible_line(effect.resource)}",
            f"by {programs}" if programs else "",
            effect.why,
        ]
        return "\n".join(line for line in lines if line)

    async def preflight(self) -> None:
        """Look up the name, now that this is allowed; all its addresses must be permitted."""
        endpoint = self._endpoint
        if endpoint is None or endpoint.listens:
            return
        self._addresses = tuple(await self._resolver.resolve(endpoint.host, endpoint.port))
        for address in self._addresses:
            check_address(address, endpoint, self._allowed)

    async def execute(self) -> EffectResult:
        if self._effect.carry_out is None:
            raise HostError("the command that asked is gone")
        outcome = await self._effect.carry_out(self._addresses)
        if outcome != "ok":
            raise HostError(f"the program that asked is gone ({outcome})")
        return EffectResult(0)
