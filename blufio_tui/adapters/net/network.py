"""HTTP for skills and the http tool: the first look at a request.

`Network.prepare` parses and refuses what needs no name lookup; the rest is in `http_fetch`.
"""

from blufio_tui.adapters.net.connections import Connections
from blufio_tui.adapters.net.http_fetch import PreparedFetch
from blufio_tui.core.capability import Actor
from blufio_tui.core.effects import Fetch
from blufio_tui.core.errors import HostError
from blufio_tui.core.guards.caps import cap_advice
from blufio_tui.core.guards.network import canonical_method, parse_url, refuse_never
from blufio_tui.core.guards.requests import checked_headers
from blufio_tui.core.guards.secrets import check_binding, secret_names

MAX_UPLOAD = 16 * 1024 * 1024


class Network(Connections):
    """The connections, and what is decided about a request before any of them is used."""

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
            raise HostError(f"the body has {len(effect.body)} bytes, more than the limit of {MAX_UPLOAD}")
        bound = actor.manifest.capabilities.secrets if actor.manifest else {}
        names = secret_names(headers)
        check_binding(names, bound, url, plain_ok=self.allowed.lists(url.host, url.port))
        return PreparedFetch(self, effect, method, url, headers, cap_advice(actor))
