"""Resolves names to addresses, once per request."""

import asyncio
import socket
from typing import Protocol

from blufio_tui.core.errors import HostError


class Resolver(Protocol):
    async def resolve(self, host: str, port: int) -> list[str]:
        """Every address of a name, in the order in which to try them.

        Raises:
            HostError: no such name, no answer.
        """
        ...


class SystemResolver:
    """The operating system's resolver, hosts file included."""

    def __init__(self, timeout_secs: float = 10.0) -> None:
        self._timeout_secs = timeout_secs

    async def resolve(self, host: str, port: int) -> list[str]:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._timeout_secs):
                found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
        except TimeoutError as error:
            raise HostError(f"no answer for the name {host} within {self._timeout_secs:g} s") from error
        except (OSError, UnicodeError) as error:
            raise HostError(f"the name {host} cannot be resolved ({error})") from error
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))
