"""Checks of a login at a remote server: no addresses without TLS, no flow without PKCE.

Rules of the MCP specification (authorization, 2025-11-25) that are the client's to keep.
"""

from collections.abc import Sequence

from blufio_tui.core.guards.network import WebUrl

MAX_TOKEN = 16 * 1024


def endpoint_problem(server: WebUrl, endpoint: WebUrl) -> str:
    """Why nothing is sent to an address that a server names for a login, "" if it may be.

    Args:
        server: the configured address. If the person configured it without TLS, its own origin may be used without TLS.
    """
    address = endpoint.address
    is_here = endpoint.host == "localhost" or (address is not None and address.is_loopback)
    if endpoint.scheme == "https" or is_here or endpoint.origin == server.origin:
        return ""
    return f"{endpoint.authority} would be contacted without TLS: a login there could be read and changed in transit"


def pkce_problem(methods: Sequence[str] | None) -> str:
    """Why no login begins at a server with these `code_challenge_methods_supported`, "" if it may.

    A code that is not bound to a challenge can be used by anyone who intercepts it.
    """
    if "S256" in (methods or ()):
        return ""
    offered = ", ".join(methods or ())[:80]
    return f"the login server does not offer PKCE with S256 ({offered or 'it names no method'})"


def token_problem(token: str) -> str:
    """Why a token is not used, "" if it is valid; it is put into a header unchanged."""
    if not token or len(token) > MAX_TOKEN or not token.isascii() or not token.isprintable() or " " in token:
        return "the login server gave a token that is not plain text"
    return ""
