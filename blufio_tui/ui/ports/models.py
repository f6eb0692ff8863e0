"""What the screens for models need from outside: connections, their keys, and what a server offers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from blufio_tui.core.connections import Connection, ConnectionCheck, ModelChoice


@dataclass(frozen=True, slots=True)
class ListedConnection:
    """A connection as the list shows it.

    Attributes:
        address: where requests go.
        key_in_words: where the key comes from; never the key.
    """

    connection: Connection
    address: str
    key_in_words: str
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class ConnectionDraft:
    """What a person typed to connect a model.

    Attributes:
        model: "" for the first that the server offers.
        key: the key itself, `env:NAME`, or "" for none. Does not show in a repr.
        keeps_key: the stored key of the connection of that name is used on.
    """

    name: str
    base_url: str
    model: str
    key: str = field(default="", repr=False)
    keeps_key: bool = False


class ConnectionsPort(Protocol):
    """Every method may raise `BlufioError` with a sentence for the person."""

    async def all(self) -> Sequence[ListedConnection]: ...

    async def try_out(self, draft: ConnectionDraft) -> ConnectionCheck:
        """Ask the model for one word. Stores nothing."""
        ...

    async def try_stored(self, name: str) -> ConnectionCheck: ...

    async def keep(self, draft: ConnectionDraft) -> str:
        """Store it with its key and use it from now on; a sentence that says where the key is."""
        ...

    async def use(self, name: str) -> None:
        """Answer through this connection from the next request on, and after a restart."""
        ...

    async def remove(self, name: str) -> None:
        """Forget it and the key that was stored for it."""
        ...

    async def models(self) -> Sequence[ModelChoice]:
        """What the connection in use offers."""
        ...

    async def thinking_budget(self) -> int:
        """Tokens the model may think before it answers; 0 if thinking is off."""
        ...

    async def set_thinking(self, budget: int) -> None: ...
