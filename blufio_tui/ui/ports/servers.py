"""MCP servers, as the screen needs them."""

from collections.abc import Callable, Sequence
from typing import Protocol

from blufio_tui.core.servers.forms import PendingForm
from blufio_tui.core.servers.view import Offered, ServerView


class ServersPort(Protocol):
    """All methods may raise `BlufioError`."""

    async def views(self) -> Sequence[ServerView]:
        """All servers, by name; those of the project that are not trusted among them."""
        ...

    async def restart(self, name: str) -> None:
        """Start it again, however often it failed before."""
        ...

    async def stop(self, name: str) -> None: ...

    async def enable(self, name: str, enabled: bool) -> None:
        """Use one of the person's own servers, or not; stored in config.toml."""
        ...

    async def accept(self, name: str, shown: Sequence[str]) -> None:
        """Take the changed definitions with these digests for known."""
        ...

    async def trust(self, shown: Sequence[ServerView]) -> bool:
        """Trust the project's servers as they were shown; False if they are others now."""
        ...

    async def completions(self, kind: str, typed: str) -> Sequence[Offered]:
        """What the beginning of a `/server:prompt` (`prompts`) or `@server:uri` (`resources`) may become; starts no
        server."""
        ...

    async def listen(self, show: Callable[[PendingForm], None]) -> None:
        """Show the forms of servers from now on."""
        ...
