"""The scopes of a login: what a server says it needs, and what to ask for so that nothing granted is lost."""

import re

MOST_SCOPES = 50
_LONGEST = 200
_CHALLENGE = re.compile(r'(?:^|[\s,])scope\s*=\s*(?:"([^"]*)"|([^\s,"]+))', re.IGNORECASE)
_TOKEN = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")


def scopes_named(challenge: str) -> str:
    """The scopes of a WWW-Authenticate header (RFC 6750, 3), separated by blanks; "" for none.

    What is no scope by its characters (RFC 6749, 3.3), and what goes beyond `MOST_SCOPES`, is left out.
    """
    found = _CHALLENGE.search(challenge)
    return united(found[1] or found[2] or "") if found else ""


def united(*scopes: str) -> str:
    """All scopes of several lists, each once, in the order in which they came."""
    each = (scope for listed in scopes for scope in listed.split(" "))
    fit = dict.fromkeys(scope for scope in each if len(scope) <= _LONGEST and _TOKEN.fullmatch(scope))
    return " ".join(list(fit)[:MOST_SCOPES])
