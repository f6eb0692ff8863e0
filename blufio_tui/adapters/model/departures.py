"""Reports each request, with its size, just before it is sent: between the SDK, which builds it, and the network."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from blufio_tui.core.agent.provider import Sending

_MARK = "x-blufio-departure"
"""A header that leads from the request back to whoever sends it; taken off before anything is sent."""


@dataclass(slots=True)
class Departure:
    """One attempt. `refused` is what kept it from being sent."""

    sending: Sending | None
    refused: Exception | None = None


class Departures:
    def __init__(self) -> None:
        self._waiting: dict[str, Departure] = {}

    @contextmanager
    def noted(self, departure: Departure) -> Iterator[dict[str, str]]:
        """The headers to send along."""
        key = uuid4().hex
        self._waiting[key] = departure
        try:
            yield {_MARK: key}
        finally:
            del self._waiting[key]

    async def tell(self, request: Any) -> None:
        """The HTTP client calls it before each request it sends."""
        departure = self._waiting.get(request.headers.pop(_MARK, ""))
        if departure is None or departure.sending is None:
            return
        host, port = request.url.host, request.url.port
        size = int(request.headers.get("content-length", "0"))
        try:
            await departure.sending(f"{host}:{port or (443 if request.url.scheme == 'https' else 80)}", size)
        except Exception as error:
            departure.refused = error
            raise
