"""Classes of IP addresses: which are on the public internet, and what the others are.

The table is written out rather than taken from `ipaddress.is_global`, whose answer changes between
Python versions. Sources: the IANA special-purpose registries (RFC 6890 and its updates), and the
providers' documentation for the metadata services.
"""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network

METADATA = "a cloud metadata address"
LIFTABLE = frozenset(
    {"a private address", "a loopback address", "a carrier-grade NAT address", "a unique-local address"}
)
"""Classes that `network.allow_private` can open. Every other class stays shut whatever the configuration says."""

_METADATA = frozenset(
    ipaddress.ip_address(text)
    for text in (
        "169.254.169.254",  # AWS, Google, Azure, Oracle, DigitalOcean, OpenStack, …
        "169.254.170.2",  # AWS container credentials
        "169.254.170.23",  # AWS pod identity
        "169.254.0.23",  # Tencent
        "169.254.42.42",  # Scaleway
        "168.63.129.16",  # Azure host
        "100.100.100.200",  # Alibaba
        "192.0.0.192",  # Oracle classic
        "fd00:ec2::254",  # AWS
        "fd00:ec2::23",  # AWS pod identity
        "fd20:ce::254",  # Google
        "fd00:42::42",  # Scaleway
        "fd00:c1::a9fe:a9fe",  # Oracle
        "fe80::a9fe:a9fe",  # OpenStack
    )
)

_CLASSES_V4 = (
    ("0.0.0.0/8", "an unspecified address"),
    ("10.0.0.0/8", "a private address"),
    ("100.64.0.0/10", "a carrier-grade NAT address"),
    ("127.0.0.0/8", "a loopback address"),
    ("169.254.0.0/16", "a link-local address"),
    ("172.16.0.0/12", "a private address"),
    ("192.0.0.0/24", "a reserved address"),
    ("192.0.2.0/24", "a documentation address"),
    ("192.88.99.0/24", "a 6to4 relay address"),
    ("192.168.0.0/16", "a private address"),
    ("198.18.0.0/15", "a benchmark address"),
    ("198.51.100.0/24", "a documentation address"),
    ("203.0.113.0/24", "a documentation address"),
    ("224.0.0.0/4", "a multicast address"),
    ("255.255.255.255/32", "a broadcast address"),
    ("240.0.0.0/4", "a reserved address"),
)

_CLASSES_V6 = (
    ("::/128", "an unspecified address"),
    ("::1/128", "a loopback address"),
    ("::ffff:0:0/96", "an IPv4-mapped address"),
    ("::ffff:0:0:0/96", "an IPv4-translated address"),
    ("::/96", "an IPv4-compatible address"),
    ("64:ff9b::/96", "a NAT64 address"),
    ("64:ff9b:1::/48", "a NAT64 address"),
    ("100::/64", "a discard-only address"),
    ("2001::/32", "a Teredo address"),
    ("2001:2::/48", "a benchmark address"),
    ("2001:db8::/32", "a documentation address"),
    ("2001::/23", "a reserved address"),
    ("2002::/16", "a 6to4 address"),
    ("3fff::/20", "a documentation address"),
    ("fc00::/7", "a unique-local address"),
    ("fe80::/10", "a link-local address"),
    ("fec0::/10", "a site-local address"),
    ("ff00::/8", "a multicast address"),
)


def _table(rows: Iterable[tuple[str, str]]) -> tuple[tuple[_Network, str], ...]:
    return tuple((ipaddress.ip_network(network), name) for network, name in rows)


_TABLE_V4 = _table(_CLASSES_V4)
_TABLE_V6 = _table(_CLASSES_V6)
_GLOBAL_UNICAST_V6 = ipaddress.IPv6Network("2000::/3")


def address_class(address: IPAddress) -> str:
    """What is special about an address, in words; "" for an ordinary public one."""
    if address in _METADATA:
        return METADATA
    table = _TABLE_V4 if address.version == 4 else _TABLE_V6
    for network, name in table:
        if address in network:
            return name
    if address.version == 6 and address not in _GLOBAL_UNICAST_V6:
        return "a reserved address"
    return ""


def parse_address(text: str) -> IPAddress | None:
    """Parse an address; None if it is not one, or has a zone."""
    if ":" not in text and not text[-1:].isdigit():
        return None  # IPv4 ends in a digit, IPv6 has a colon; an ordinary host name costs no exception
    try:
        return None if "%" in text else ipaddress.ip_address(text)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class AddressVerdict:
    """Whether an address may be connected to; `why` names its class when not."""

    allowed: bool
    why: str = ""


def judge(address: IPAddress, *, private_allowed: bool) -> AddressVerdict:
    """Whether to connect. `private_allowed`: the user's configuration lists this host and port."""
    found = address_class(address)
    if not found or (private_allowed and found in LIFTABLE):
        return AddressVerdict(True)
    return AddressVerdict(False, f"{address} is {found}")
