"""Where a caged command wants to connect: parsed from `host:port`, and refused if nothing may allow it.

The guards are those of HTTP requests without the HTTP-specific ones: any port may be approved.
"""

from dataclasses import dataclass

from blufio_tui.core.capability import NetTarget
from blufio_tui.core.errors import NeverRule
from blufio_tui.core.guards.addresses import address_class, judge, parse_address
from blufio_tui.core.guards.domains import canonical_host, local_name, metadata_name
from blufio_tui.core.guards.network import AllowedPrivate

CONNECT, LISTEN = "CONNECT", "LISTEN"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """
    Attributes:
        host: lower-case name or address, without brackets.
        udp: else TCP.
        listens: the command wants to be reached rather than to reach.
    """

    host: str
    port: int
    udp: bool = False
    listens: bool = False

    @property
    def target(self) -> NetTarget:
        shown = f"[{self.host}]" if ":" in self.host else self.host
        scheme = "udp" if self.udp else "tcp"
        return NetTarget(LISTEN if self.listens else CONNECT, scheme, self.host, self.port, f"{shown}:{self.port}")


def parse_endpoint(resource: str, operation: str) -> Endpoint:
    """
    Raises:
        NeverRule: not `host:port`, or a host that could be read in two ways.
    """
    host, colon, port = resource.rpartition(":")
    host = host.strip("[]")
    if not colon or not port.isdigit() or not 0 < int(port) < 65536:
        raise NeverRule(f"malformed address: {resource!r} is not host:port")
    address = parse_address(host)
    name = str(address) if address is not None else canonical_host(host)
    return Endpoint(name, int(port), operation.endswith("udp"), operation.startswith("listen"))


def refuse_never(endpoint: Endpoint, allowed: AllowedPrivate) -> None:
    """Refuse endpoints that need no look-up to be refused.

    Raises:
        NeverRule: with the rule in words.
    """
    if endpoint.listens:
        return
    if metadata_name(endpoint.host):
        raise NeverRule(f"{endpoint.host} is a cloud metadata service, which is never allowed")
    if local_name(endpoint.host) and not allowed.lists(endpoint.host, endpoint.port):
        raise NeverRule(_unlisted(f"{endpoint.host} is this machine", endpoint))
    if parse_address(endpoint.host) is not None:
        check_address(endpoint.host, endpoint, allowed)


def check_address(text: str, endpoint: Endpoint, allowed: AllowedPrivate) -> None:
    """Refuse one address that the endpoint is, or was resolved to.

    Raises:
        NeverRule: with the class of the address in words.
    """
    address = parse_address(text)
    if address is None:
        raise NeverRule(f"{endpoint.host} resolves to {text!r}, which is not an address")
    verdict = judge(address, private_allowed=allowed.lists(endpoint.host, endpoint.port))
    if verdict.allowed:
        return
    subject = (
        verdict.why if text == endpoint.host else f"{endpoint.host} resolves to {verdict.why.replace(' is ', ', ')}"
    )
    could_be_listed = judge(address, private_allowed=True).allowed and bool(address_class(address))
    raise NeverRule(_unlisted(subject, endpoint) if could_be_listed else subject)


def _unlisted(subject: str, endpoint: Endpoint) -> str:
    host = f"[{endpoint.host}]" if ":" in endpoint.host else endpoint.host
    return f'{subject}, and config network.allow_private does not list "{host}:{endpoint.port}"'
