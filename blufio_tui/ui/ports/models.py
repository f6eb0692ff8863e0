"""What the screens for models need from outside: connections, their keys, and what a server offers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ConnectionInfo:
    """A way to a model, as the list shows it.

    Attributes:
        name: "" for what the environment and `model.base_url` say by themselves.
        address: where requests go.
        base_url: the address as it is stored; "" for Anthropic's own.
        key: where the key comes from, in words; never the key.
        warning: what a person should know before using it, "" when nothing.
    """

    name: str
    address: str
    base_url: str
    model: str
    key: str
    warning: str = ""
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


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of trying a connection. `model` is the one that was asked."""

    ok: bool
    message: str
    model: str = ""


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model that can be chosen. `window` in tokens, 0 when not known."""

    id: str
    title: str
    window: int = 0


class ConnectionsPort(Protocol):
    """Every method may raise `BlufioError` with a sentence for the person."""

    async def all(self) -> Sequence[ConnectionInfo]: ...

    async def try_out(self, draft: ConnectionDraft) -> Tried:
        """Ask the model for one word. Stores nothing."""
        ...

    async def try_stored(self, name: str) -> Tried: ...

    async def keep(self, draft: ConnectionDraft) -> str:
        """Store it with its key and use it from now on; a sentence that says where the key is."""
        ...

    async def use(self, name: str) -> None:
        """Answer through this connection from the next request on, and after a restart."""
        ...

    async def remove(self, name: str) -> None:
        """Forget it and the key that was stored for it."""
        ...

    async def models(self) -> Sequence[ModelInfo]:
        """What the connection in use offers."""
        ...

    async def thinking_budget(self) -> int:
        """Tokens the model may think before it answers; 0 when thinking is off."""
        ...

    async def set_thinking(self, budget: int) -> None: ...
