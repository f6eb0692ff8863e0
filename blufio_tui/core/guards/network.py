"""The one parser of URLs: what it returns is what is decided on, shown, recorded and connected to.

A text that two programs could read differently is refused, not repaired.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urljoin

from blufio_tui.core.errors import NeverRule
from blufio_tui.core.guards.addresses import IPAddress, address_class, judge, parse_address
from blufio_tui.core.guards.domains import canonical_host, local_name, metadata_name
from blufio_tui.core.guards.domains import host_matches as host_matches

MAX_URL = 8192
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_DEFAULT_PORTS = {"http": 80, "https": 443}

_SPLIT = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<rest>.*)", re.DOTALL)
_PORT = re.compile(r"[1-9][0-9]{0,4}", re.ASCII)
_V6_LITERAL = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::(.*))?", re.DOTALL)
_NOT_IN_TARGET = re.compile(r"""[^A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=%|]""")

# Ports of other protocols that an HTTP request could be made to speak to (WHATWG Fetch, "port blocking").
_FOREIGN_PORTS = frozenset(
    {1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109}
    | {110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530}
    | {531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045}
    | {4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080}
)


@dataclass(frozen=True, slots=True)
class WebUrl:
    """A canonical URL in parts.

    Attributes:
        host: lower-case ASCII name, dotted quad, or compressed IPv6 address without brackets.
        target: path and query exactly as they go over the wire; no fragment.
    """

    scheme: str
    host: str
    port: int
    target: str

    @property
    def address(self) -> IPAddress | None:
        return parse_address(self.host)

    @property
    def authority(self) -> str:
        """Host and, when it is not the scheme's own, port: the value of the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> tuple[str, str, int]:
        return self.scheme, self.host, self.port

    @property
    def text(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"


def parse_url(text: str) -> WebUrl:
    """Parse an absolute http or https URL.

    Raises:
        NeverRule: another scheme, a malformed URL, or a spelling that hides where it leads.
    """
    _refuse_hidden(text)
    split = _SPLIT.fullmatch(text)
    if split is None:
        raise NeverRule("malformed URL: it must start with http:// or https:// and name a host")
    scheme = split["scheme"].lower()
    if scheme not in _DEFAULT_PORTS:
        raise NeverRule(f"only http and https are allowed, not {scheme}")
    if "@" in split["authority"]:
        raise NeverRule("malformed URL: a user name or password in the URL is refused")
    host, port = _host_and_port(split["authority"])
    return WebUrl(scheme, host, _port_number(port, _DEFAULT_PORTS[scheme]), _target(split["rest"]))


def _refuse_hidden(text: str) -> None:
    if len(text) > MAX_URL:
        raise NeverRule(f"malformed URL: longer than {MAX_URL} characters")
    if "\\" in text:
        raise NeverRule("malformed URL: a backslash is refused; write %5C in a path")
    if text.isascii():
        # Space to tilde: the fast path for what nearly every URL is.
        if not text.isprintable() or " " in text:
            raise NeverRule("malformed URL: white space and control characters are refused")
        return
    for character in text:
        if unicodedata.category(character)[0] in "CZ":
            raise NeverRule(f"malformed URL: white space, control and invisible characters are refused ({character!r})")


def _host_and_port(authority: str) -> tuple[str, str | None]:
    if not authority:
        raise NeverRule("malformed URL: it names no host")
    if authority.startswith("["):
        literal = _V6_LITERAL.fullmatch(authority)
        address = parse_address(literal[1]) if literal else None
        if literal is None or address is None or address.version != 6:
            raise NeverRule(f"malformed URL: {authority!r} is not an IPv6 address in brackets")
        return str(address), literal[2]
    host, colon, port = authority.partition(":")
    return canonical_host(host), port if colon else None


def _port_number(written: str | None, default: int) -> int:
    if written is None:
        return default
    if not _PORT.fullmatch(written) or int(written) > 65535:
        raise NeverRule(f"malformed URL: {written!r} is not a port between 1 and 65535")
    return int(written)


def _target(rest: str) -> str:
    target = rest.partition("#")[0]
    if not target.startswith("/"):
        target = "/" + target
    return _NOT_IN_TARGET.sub(lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode()), target)


def canonical_method(text: str) -> str:
    """The method in upper case.

    Raises:
        NeverRule: not one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS.
    """
    method = text.upper() if text.isascii() else text
    if method not in METHODS:
        raise NeverRule(f"the HTTP method {text!r} is refused; allowed are {', '.join(sorted(METHODS))}")
    return method


class AllowedPrivate:
    """The `network.allow_private` list: host and port pairs that may be private or loopback."""

    def __init__(self, entries: Iterable[str] = ()) -> None:
        self._pairs = frozenset(pair for entry in entries if (pair := _pair(entry)) is not None)

    def lists(self, host: str, port: int) -> bool:
        """`host` and `port` of a `WebUrl`; the host counts as it is written in the URL, not what it resolves to."""
        return (host, port) in self._pairs


def _pair(entry: str) -> tuple[str, int] | None:
    """An entry as a canonical pair; None for an invalid one, which the check of the configuration reports."""
    try:
        host, port = _host_and_port(entry)
        return (host, _port_number(port, 0)) if port else None
    except NeverRule:
        return None


def refuse_never(url: WebUrl, allowed: AllowedPrivate) -> None:
    """Refuse what needs no name lookup to be refused: local and metadata names, special addresses, foreign ports.

    Raises:
        NeverRule: with the rule in words.
    """
    listed = allowed.lists(url.host, url.port)
    if metadata_name(url.host):
        raise NeverRule(f"{url.host} is a cloud metadata service, which is never allowed")
    if url.port in _FOREIGN_PORTS and not listed:
        raise NeverRule(f"port {url.port} belongs to a protocol other than HTTP")
    if local_name(url.host) and not listed:
        raise NeverRule(_unlisted(f"{url.host} is this machine", url))
    if url.address is not None:
        check_address(url.address, url, allowed)


def check_address(address: IPAddress, url: WebUrl, allowed: AllowedPrivate) -> None:
    """Refuse one address that the URL's host is, or was resolved to.

    Raises:
        NeverRule: with the class of the address in words.
    """
    verdict = judge(address, private_allowed=allowed.lists(url.host, url.port))
    if verdict.allowed:
        return
    subject = verdict.why if url.address is not None else f"{url.host} resolves to {verdict.why.replace(' is ', ', ')}"
    raise NeverRule(_unlisted(subject, url) if _could_be_listed(address) else subject)


def _could_be_listed(address: IPAddress) -> bool:
    return judge(address, private_allowed=True).allowed and bool(address_class(address))


def _unlisted(subject: str, url: WebUrl) -> str:
    host = f"[{url.host}]" if ":" in url.host else url.host
    return f'{subject}, and config network.allow_private does not list "{host}:{url.port}"'


def resolve_location(base: WebUrl, location: str) -> WebUrl:
    """Where a redirect leads, parsed like any other URL.

    Raises:
        NeverRule: malformed, or from https to http.
    """
    _refuse_hidden(location)
    try:
        absolute = urljoin(base.text, location)
    except ValueError as error:
        raise NeverRule(f"malformed URL: redirect to {location!r}") from error
    target = parse_url(absolute)
    if base.scheme == "https" and target.scheme == "http":
        raise NeverRule(f"redirect from https to http refused ({target.text})")
    return target
