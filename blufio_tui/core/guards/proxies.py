"""Which proxy of the environment a request to the model's server goes through.

`NO_PROXY` is read as curl and Go read it: names count with their subdomains, a leading dot or `*.` changes nothing,
networks are written as CIDR, IPv6 addresses with or without brackets, and a port limits an entry to that port. An
entry that means nothing matches nothing.
"""

import re
from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from blufio_tui.core.errors import ConfigError, NeverRule
from blufio_tui.core.guards.domains import canonical_host

_SCHEMES = frozenset({"http", "https", "socks5", "socks5h"})
_PORTS = {"http": 80, "https": 443}
_ENTRY = re.compile(r"(?:\[(?P<v6>[^\]]*)\]|(?P<host>[^:\[\]]*))(?::(?P<port>\d{1,5}))?", re.ASCII)


def proxy_for(url: str, proxies: Mapping[str, str]) -> str:
    """The address of the proxy for `url`, "" if it is reached directly.

    Args:
        url: an http or https address.
        proxies: by scheme ("http", "https", "all") and, as "no", what is reached without one
            (`urllib.request.getproxies`).

    Raises:
        ConfigError: the proxy's address cannot be used; says which variable, without its password.
    """
    target = urlsplit(url)
    scheme = target.scheme.lower()
    which = next((name for name in (scheme, "all") if proxies.get(name)), "")
    if not which or _goes_without(target, proxies.get("no", "")):
        return ""
    return _checked(proxies[which], f"{which}_proxy".upper())


def shown_proxy(proxy: str) -> str:
    """A proxy's address without user name and password."""
    scheme, separator, rest = proxy.rpartition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2].rstrip('/')}"


def _checked(written: str, variable: str) -> str:
    proxy = written.strip()
    if "://" not in proxy:
        proxy = f"http://{proxy}"
    shown = shown_proxy(proxy)
    try:
        parts = urlsplit(proxy)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not proxy.isprintable() or any(character in proxy for character in " \\"):
        raise ConfigError(
            f"{variable} is not the address of a proxy: {shown}; correct it, such as http://127.0.0.1:3128"
        )
    if parts.scheme.lower() not in _SCHEMES:
        raise ConfigError(
            f"{variable} names a kind of proxy that cannot be used: {shown}; use http://, https:// or socks5://"
        )
    return proxy


def _goes_without(target: SplitResult, listed: str) -> bool:
    host = _canonical(target.hostname or "")
    port = target.port or _PORTS.get(target.scheme.lower(), 0)
    return any(_covers(entry, host, port) for entry in re.split(r"[\s,]+", listed) if entry)


def _covers(entry: str, host: str, port: int) -> bool:
    if entry == "*":
        return True
    if "://" in entry:
        scheme, _, entry = entry.partition("://")
        if scheme.lower() not in ("all", *(name for name, number in _PORTS.items() if number == port)):
            return False
    if "/" in entry or (entry.count(":") > 1 and not entry.startswith("[")):
        return _in_network(host, entry)
    match = _ENTRY.fullmatch(entry)
    if match is None or (match["port"] and int(match["port"]) != port):
        return False
    if match["v6"] is not None:
        return _in_network(host, match["v6"])
    if _in_network(host, match["host"]):
        return True
    name = _canonical(match["host"].removeprefix("*").removeprefix("."))
    return bool(name) and (host == name or host.endswith(f".{name}"))


def _in_network(host: str, entry: str) -> bool:
    try:
        network = ip_network(entry.replace("[", "").replace("]", ""), strict=False)
        return ip_address(host) in network
    except ValueError:
        return False


def _canonical(host: str) -> str:
    """As names are compared: an address in its shortest form, a name in lower-case ASCII where it has one."""
    try:
        return str(ip_address(host))
    except ValueError:
        pass
    try:
        return canonical_host(host.rstrip("."))
    except NeverRule:
        return host.rstrip(".").casefold()
