"""What all requests share: the connections, the resolver and the configuration."""

import ssl
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from blufio_tui.adapters.net.resolver import Resolver, SystemResolver
from blufio_tui.core.errors import ConfigError, HostError
from blufio_tui.core.guards.network import AllowedPrivate
from blufio_tui.core.guards.secrets import SecretSource

if TYPE_CHECKING:
    from blufio_tui.adapters.net.http_pool import PinnedPool


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: for one connection attempt, for each wait for data, and for the whole request."""

    connect: float = 10.0
    read: float = 30.0
    total: float = 60.0


class Connections:
    """What requests share: the connections, the resolver and the configuration.

    Args:
        allow_private: `host:port` entries of `network.allow_private`.
        proxy: `network.proxy`; the environment's proxies are never used.
        secrets: where `{{secret:NAME}}` values come from; None: there are none.
        learn: called with each secret (name, value) before it is sent (`Redactor.learn`).
    """

    def __init__(
        self,
        allow_private: Iterable[str] = (),
        proxy: str = "",
        secrets: SecretSource | None = None,
        timeouts: Timeouts | None = None,
        resolver: Resolver | None = None,
        ssl_context: ssl.SSLContext | None = None,
        learn: Callable[[str, str], None] | None = None,
    ) -> None:
        self.learn = learn
        self.allowed = AllowedPrivate(allow_private)
        self.secrets: SecretSource = {} if secrets is None else secrets
        self.timeouts = timeouts or Timeouts()
        self.resolver = resolver or SystemResolver()
        self._proxy = proxy
        self._ssl_context = ssl_context
        self._pool: PinnedPool | None = None
        self._making = threading.Lock()

    def pool(self) -> "PinnedPool":
        """The connections. The first call takes a tenth of a second (imports, certificates): not on the event loop.

        Raises:
            HostError: the certificates that the environment names cannot be used.
        """
        with self._making:
            if self._pool is None:
                from blufio_tui.adapters.net.http_pool import PinnedPool

                try:
                    self._pool = PinnedPool(self._proxy, self._ssl_context)
                except ConfigError as error:
                    raise HostError(str(error)) from None
            return self._pool

    async def close(self) -> None:
        if self._pool is not None:
            await self._pool.close()
