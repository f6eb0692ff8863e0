"""Host names: one canonical spelling, and matching against patterns label by label."""

import re
import unicodedata
from functools import lru_cache

from blufio_tui.core.errors import NeverRule
from blufio_tui.core.guards.addresses import parse_address

_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_QUAD = re.compile(r"(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.|\Z)){4}", re.ASCII)
_NUMBER = re.compile(r"(?:\d+|0x[0-9a-f]*|0o[0-7]*|0b[01]*)", re.ASCII)
_FOREIGN_DOTS = frozenset("\u3002\uff0e\uff61\u2024\ufe52\u06d4\u0701\u0702")

_LOCAL_NAMES = frozenset({"localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback", "broadcasthost"})
_METADATA_NAMES = frozenset(
    {
        "metadata",
        "metadata.google.internal",
        "metadata.goog",
        "instance-data",
        "instance-data.ec2.internal",
        "metadata.tencentyun.com",
        "metadata.azure.internal",
        "metadata.platformequinix.com",
    }
)


def canonical_host(text: str) -> str:
    """The one spelling of a host name or dotted quad: lower case, IDNA, no trailing dot.

    A number that only some programs read as an address (`127.1`, `0x7f000001`, `2130706433`, `0177.0.0.1`)
    is refused rather than translated, because the next program may read it differently.

    Raises:
        NeverRule: not a host name, or one with a spelling that hides what it is.
    """
    _refuse_disguise(text)
    host = (text if text.isascii() else _to_ascii(text)).lower()
    if _NUMBER.fullmatch(host.removesuffix(".").rpartition(".")[2]):
        return _canonical_quad(host)
    host = host.removesuffix(".")
    if len(host) > 253:
        raise NeverRule("malformed URL: the host name is longer than 253 characters")
    for label in host.split("."):
        _check_label(label)
    return host


def _canonical_quad(host: str) -> str:
    if not _QUAD.fullmatch(host) or host.endswith("."):
        raise NeverRule(f"malformed URL: {host!r} is an unusual spelling of an IP address; write it as four decimals")
    return host


def _refuse_disguise(text: str) -> None:
    """Refuse characters that only some programs turn into ASCII letters, digits or dots."""
    for character in text:
        if character.isascii():
            continue
        becomes = unicodedata.normalize("NFKC", character)
        if character in _FOREIGN_DOTS or any(one.isascii() for one in becomes) or character.isdigit():
            raise NeverRule(f"malformed URL: the host holds {character!r}, which looks like another character")


def _to_ascii(text: str) -> str:
    import idna

    try:
        return idna.encode(text, uts46=True, std3_rules=True).decode("ascii")
    except (idna.IDNAError, UnicodeError) as error:
        raise NeverRule(f"malformed URL: {text!r} is not a valid international host name ({error})") from error


def _check_label(label: str) -> None:
    if not _LABEL.fullmatch(label):
        raise NeverRule(f"malformed URL: {label!r} cannot be part of a host name")
    if label.startswith("xn--"):
        import idna

        try:
            idna.ulabel(label)
        except (idna.IDNAError, UnicodeError) as error:
            raise NeverRule(f"malformed URL: {label!r} is not a valid international host name ({error})") from error


def local_name(host: str) -> bool:
    """True for names that mean this machine by convention, whatever a resolver says."""
    return host in _LOCAL_NAMES or host.endswith((".localhost", ".localhost.localdomain"))


def metadata_name(host: str) -> bool:
    return host in _METADATA_NAMES


def host_matches(pattern: str, host: str) -> bool:
    """Whether a declared domain covers a canonical host.

    `name` covers itself and its subdomains, `*.name` only its subdomains. An address is covered only by itself.
    A pattern that is not a host name covers nothing.
    """
    only_below = pattern.startswith("*.")
    name = _canonical_or_none(pattern[2:] if only_below else pattern)
    if name is None:
        return not only_below and _same_address(pattern, host)
    if parse_address(host) is not None or parse_address(name) is not None:
        return name == host and not only_below
    return host.endswith("." + name) or (host == name and not only_below)


@lru_cache(maxsize=1024)  # patterns are few, and each is compared with many hosts
def _canonical_or_none(text: str) -> str | None:
    try:
        return canonical_host(text)
    except NeverRule:
        return None


def _same_address(pattern: str, host: str) -> bool:
    written = parse_address(pattern.removeprefix("[").removesuffix("]"))
    return written is not None and written == parse_address(host)
