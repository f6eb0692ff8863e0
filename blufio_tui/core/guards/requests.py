"""Rules about the parts of a request other than its URL: headers, and what a redirect keeps."""

import re
from dataclasses import replace

from blufio_tui.core.effects import Fetch
from blufio_tui.core.errors import HostError, NeverRule
from blufio_tui.core.guards.network import WebUrl
from blufio_tui.core.guards.secrets import Headers, without_secrets

MAX_HOPS = 10
MAX_HEADERS = 64
MAX_HEADER_BYTES = 16 * 1024
REDIRECTS = frozenset({301, 302, 303, 307, 308})

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,256}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
# The host sets these; a value from outside could make two servers see two different requests.
_HOST_SETS = frozenset(
    {"accept-encoding", "connection", "content-length", "expect", "keep-alive", "proxy-authenticate"}
    | {"proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
)
_CREDENTIAL = re.compile(r"auth|cookie|token|secret|key|session|credential|password|signature", re.IGNORECASE)
_ABOUT_BODY = frozenset({"content-type", "content-encoding", "content-language", "content-location"})


def checked_headers(headers: Headers, url: WebUrl) -> Headers:
    """Headers that may be sent. Those that the host itself sets are left out.

    Raises:
        NeverRule: malformed, too many, or a Host header that names another host than the URL.
    """
    if len(headers) > MAX_HEADERS or sum(len(name) + len(value) for name, value in headers) > MAX_HEADER_BYTES:
        raise NeverRule(f"more than {MAX_HEADERS} request headers, or more than {MAX_HEADER_BYTES} characters of them")
    kept = []
    for name, value in headers:
        check_header(name, value)
        lower = name.lower()
        if lower == "host" and value.strip().lower() != url.authority:
            raise NeverRule(f"the Host header {value!r} is not the host of the URL, {url.authority}")
        if lower != "host" and lower not in _HOST_SETS:
            kept.append((name, value.strip()))
    return tuple(kept)


def check_header(name: str, value: str) -> None:
    """
    Raises:
        NeverRule: the name is not a token, or the value holds control characters or cannot be sent.
    """
    if not _TOKEN.fullmatch(name):
        raise NeverRule(f"malformed header: {name!r} is not a header name")
    if _CONTROL.search(value) or any(ord(character) > 255 for character in value):
        raise NeverRule(f"malformed header: the value of {name} holds characters that are not allowed in a header")


def redirected(effect: Fetch, status: int, origin: WebUrl, target: WebUrl) -> Fetch:
    """The request that a redirect asks for, to be decided again.

    Secrets that were filled in are gone in any case, credentials when the scheme, host or port changes. 303
    turns every method but HEAD into GET, 301 and 302 only POST, as browsers do.

    Raises:
        HostError: too many redirects.
    """
    if effect.hop >= MAX_HOPS:
        raise HostError(f"more than {MAX_HOPS} redirects; the last one led to {target.text}")
    headers = without_secrets(effect.headers)
    headers = tuple((name, value) for name, value in headers if name.lower() != "host")
    if origin.origin != target.origin:
        headers = tuple((name, value) for name, value in headers if not _CREDENTIAL.search(name))
    method, body = effect.method.upper(), effect.body
    if (status == 303 and method != "HEAD") or (status in (301, 302) and method == "POST"):
        method, body = "GET", b""
        headers = tuple((name, value) for name, value in headers if name.lower() not in _ABOUT_BODY)
    return replace(effect, method=method, url=target.text, headers=headers, body=body, secrets={}, hop=effect.hop + 1)
