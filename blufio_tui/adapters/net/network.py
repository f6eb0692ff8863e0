"""HTTP for skills and the http tool: the configuration, and the first look at a request.

`Network.prepare` parses and refuses what needs no name lookup; the rest is in `http_fetch`.
"""

import ssl
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from blufio_tui.adapters.net.http_fetch import PreparedFetch
from blufio_tui.adapters.net.resolver import Resolver, SystemResolver
from blufio_tui.core.capability import Actor
from blufio_tui.core.effects import Fetch
from blufio_tui.core.errors import HostError
from blufio_tui.core.guards.caps import cap_advice
from blufio_tui.core.guards.network import (
    AllowedPrivate,
    canonical_method,
    parse_url,
    refuse_never,
)
from blufio_tui.core.guards.requests import checked_headers
from blufio_tui.core.guards.secrets import SecretSource, check_binding, secret_names

if TYPE_CHECKING:
    from blufio_tui.adapters.net.http_pool import PinnedPool

MAX_UPLOAD = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: for one connection attempt, for each wait for data, and for the whole request."""

    connect: float = 10.0
    read: float = 30.0
    total: float = 60.0


class Network:
    """What requests share: the connections, the resolver and the configuration.

    Args:
        allow_private: `host:port` entries of `network.allow_private`.
        proxy: `network.proxy`; the environment's proxies are never used.
        secrets: where `{{secret:NAME}}` values come from; None: there are none.
        learn: told each secret (name, value) before it is sent (`Redactor.learn`).
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
        """The connections. The first call takes a tenth of a second (imports, certificates): not on the event loop."""
        with self._making:
            if self._pool is None:
                from blufio_tui.adapters.net.http_pool import PinnedPool

                self._pool = PinnedPool(self._proxy, self._ssl_context)
            return self._pool

    async def close(self) -> None:
        if self._pool is not None:
            await self._pool.close()

    def prepare(self, effect: Fetch, actor: Actor) -> PreparedFetch:
        """
        Raises:
            NeverRule: malformed, or refused whatever anyone grants.
        """
        url = parse_url(effect.url)
        method = canonical_method(effect.method)
        refuse_never(url, self.allowed)
        headers = checked_headers(effect.headers, url)
        if len(effect.body) > MAX_UPLOAD:
            raise HostError(f"the body has {len(effect.body)} bytes, more than the {MAX_UPLOAD} that may be sent")
        bound = actor.manifest.capabilities.secrets if actor.manifest else {}
        names = secret_names(headers)
        check_binding(names, bound, url, plain_ok=self.allowed.lists(url.host, url.port))
        return PreparedFetch(self, effect, method, url, headers, cap_advice(actor))
