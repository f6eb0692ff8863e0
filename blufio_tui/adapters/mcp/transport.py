"""The port for one connection to a server, and its errors."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from blufio_tui.core.errors import BlufioError
from blufio_tui.core.text.json_types import JsonObject

MAX_MESSAGE = 8 * 1024 * 1024
"""Bytes of one message. A longer one ends the connection: nobody knows where the next one would begin."""

Receive = Callable[[bytes], Awaitable[None]]
"""Takes the bytes of one message, or of a batch."""

Lost = Callable[[str], None]
"""Called once with the reason why the connection is gone, when it was not closed by us."""


class ServerFailed(BlufioError):
    """The server could not be started or reached, broke the protocol, or ended; the text says which."""


class LoginNeeded(ServerFailed):
    """A remote server requires a login; `blufio-tui mcp login NAME` logs in.

    Attributes:
        challenge: the WWW-Authenticate header.
    """

    def __init__(self, message: str, challenge: str = "") -> None:
        self.challenge = challenge
        super().__init__(message)


class RightsNeeded(ServerFailed):
    """The login lacks scopes that the server wants for this; `blufio-tui mcp login NAME` asks for them as well.

    Attributes:
        scopes: those that the server named, separated by blanks; "" for none.
    """

    def __init__(self, message: str, scopes: str = "") -> None:
        self.scopes = scopes
        super().__init__(message)


class Transport(Protocol):
    @property
    def answers_while_sending(self) -> bool:
        """`send` of a request returns only after its answer was received, if one comes at all."""
        ...

    async def open(self, receive: Receive, lost: Lost) -> None:
        """
        Raises:
            ServerFailed: there is nothing to talk to.
        """
        ...

    async def send(self, message: JsonObject) -> None:
        """
        Raises:
            ServerFailed: it did not arrive.
        """
        ...

    def agreed(self, protocol: str) -> None:
        """Called with which version of the protocol both sides speak."""
        ...

    async def close(self) -> None:
        """End the connection, and the process behind it; returns once it is gone."""
        ...
