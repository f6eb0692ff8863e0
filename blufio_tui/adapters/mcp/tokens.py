"""Tokens of logins at remote servers: kept in the keyring, else in a private file; renewed automatically."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from urllib.parse import urlencode

from blufio_tui.adapters.storage.private_file import locked, replace_file
from blufio_tui.adapters.storage.vault import Keyring, Namespace, Vault, read_private, system_keyring
from blufio_tui.core.errors import ConfigError
from blufio_tui.core.guards.login_rules import token_problem
from blufio_tui.core.mcp.scopes import united
from blufio_tui.core.text import strict_json
from blufio_tui.core.text.json_types import JsonObject

_EARLY_SECS = 30.0
"""So long before its end a token is renewed."""

_LONGEST_SECS = 1e10
"""Of the life of a token, some 300 years; a larger number says nothing."""

SendForm = Callable[[str, bytes], Awaitable[JsonObject]]
"""POSTs a form through the gate; the JSON that comes back. Raises `BlufioError`."""


@dataclass(frozen=True, slots=True)
class Login:
    """
    Attributes:
        url: the address that was logged in at. Another one is never sent the token, even if it is configured under
            the same words: what stands for `${HOST}` may be another host tomorrow.
        expires: seconds since the epoch, 0.0 if that is not known.
        scope: what was granted, separated by blanks; "" if that is not known.
        wanted: what the server has missed since then: the next login asks for both.
        token_endpoint, client_id, client_secret, resource: what a new token is asked for with.
    """

    access_token: str
    url: str = ""
    refresh_token: str = ""
    expires: float = 0.0
    token_endpoint: str = ""
    client_id: str = ""
    client_secret: str = ""
    resource: str = ""
    scope: str = ""
    wanted: str = ""


class Logins:
    """Stored by what identifies a server, so that no other address ever receives its token.

    Args:
        file: where they are kept when there is no keyring; mode 0600.
    """

    def __init__(self, file: Path, keyring: Callable[[], Keyring] = system_keyring) -> None:
        self._file = file
        self._vault = Vault(Namespace.SERVER_LOGIN, keyring)

    def get(self, identity: str) -> Login | None:
        """Slow: may ask the keyring.

        Raises:
            ConfigError: the file cannot be trusted.
        """
        with suppress(Exception):  # no keyring on this machine, or it stays locked: then the file
            if text := self._vault.get(identity):
                return _login(text)
        stored = self._read().get(identity)
        return _login(json.dumps(stored)) if isinstance(stored, dict) else None

    def put(self, identity: str, login: Login) -> str:
        """Store it; where, in words.

        Raises:
            ConfigError: it cannot be stored.
        """
        if not self._vault.put(identity, json.dumps(asdict(login))):
            return "keyring"
        self._change(identity, asdict(login))
        return str(self._file)

    def drop(self, identity: str) -> bool:
        """False if there was none."""
        had = self.get(identity) is not None
        with suppress(Exception):
            self._vault.delete(identity)
        if identity in self._read():
            self._change(identity, None)
        return had

    def _read(self) -> JsonObject:
        content = read_private(self._file)
        try:
            stored = strict_json.loads(content.decode()) if content else {}
        except (ValueError, RecursionError):
            raise ConfigError(f"{self._file} is damaged; move it away and log in again") from None
        return stored if isinstance(stored, dict) else {}

    def _change(self, identity: str, value: JsonObject | None) -> None:
        try:
            with locked(self._file):
                stored = {key: kept for key, kept in self._read().items() if key != identity}
                if value is not None:
                    stored[identity] = value
                replace_file(self._file, json.dumps(stored).encode())
        except OSError as error:
            raise ConfigError(f"{self._file}: cannot be written: {error.strerror}") from None


def _login(text: str) -> Login | None:
    try:
        value = strict_json.loads(text)
        return Login(**value) if isinstance(value, dict) else None
    except (ValueError, RecursionError, TypeError):
        return None


class StoredTokens:
    """Implements `adapters.mcp.http.Tokens` for one server.

    Args:
        learn: called with each token before it is sent, so that it is shown and stored nowhere.
    """

    def __init__(
        self, logins: Logins, identity: str, send_form: SendForm, learn: Callable[[str, str], None] | None = None
    ) -> None:
        self._logins = logins
        self._identity = identity
        self._send_form = send_form
        self._learn = learn
        self._login: Login | None = None
        self._looked = False
        self._renewing = asyncio.Lock()

    async def header(self, url: str) -> str:
        if not self._looked or (self._login is not None and self._login.wanted):  # somebody may have logged in for it
            self._take(await asyncio.to_thread(self._logins.get, self._identity))
        login = self._login
        if login is not None and login.url != url:
            self._login = login = None
        if login is not None and login.expires and login.expires - _EARLY_SECS < time.time():
            await self.renew()
        return f"Bearer {self._login.access_token}" if self._login else ""

    def look_again(self) -> None:
        """Somebody may have logged in since then, in another window."""
        self._looked = False

    async def want(self, scopes: str) -> None:
        """As `Tokens.want`. Stored with the login, which the next one takes the place of."""
        login = self._login
        if login is None or united(login.wanted, scopes) == login.wanted:
            return
        self._login = replace(login, wanted=united(login.wanted, scopes))
        await asyncio.to_thread(self._logins.put, self._identity, self._login)

    async def renew(self) -> bool:
        """As `Tokens.renew`. A login that another program of the person has renewed meanwhile is taken over: the old
        refresh token holds no more."""
        before = self._login
        async with self._renewing:
            login = self._login
            if login is not before:
                return login is not None
            stored = await asyncio.to_thread(self._logins.get, self._identity) if login is not None else None
            if login is not None and stored is not None and stored.url == login.url and stored != login:
                self._take(stored)
                return True
            if login is None or not login.refresh_token or not login.token_endpoint:
                return False
            form = {"grant_type": "refresh_token", "refresh_token": login.refresh_token, "client_id": login.client_id}
            more = {"client_secret": login.client_secret, "resource": login.resource}
            form |= {name: value for name, value in more.items() if value}
            answer = await self._send_form(login.token_endpoint, urlencode(form).encode())
            renewed = renewed_login(login, answer, time.time())
            if renewed is None:
                return False
            self._take(renewed)
            await asyncio.to_thread(self._logins.put, self._identity, renewed)
            return True

    def _take(self, login: Login | None) -> None:
        self._login, self._looked = login, True
        if self._learn is not None and login is not None:
            for name, value in (("access token", login.access_token), ("refresh token", login.refresh_token)):
                if value:
                    self._learn(f"MCP {name}", value)


def renewed_login(login: Login, answer: JsonObject, now: float) -> Login | None:
    """The login with what a token endpoint has answered (RFC 6749, 5.1); None if that is no bearer token."""
    token, kind, seconds = answer.get("access_token"), answer.get("token_type"), answer.get("expires_in")
    refresh = answer.get("refresh_token")
    if not isinstance(token, str) or token_problem(token) or str(kind).lower() != "bearer":
        return None
    known = isinstance(seconds, int | float) and not isinstance(seconds, bool) and 0 < seconds < _LONGEST_SECS
    return replace(
        login,
        access_token=token,
        refresh_token=refresh if isinstance(refresh, str) and refresh else login.refresh_token,
        expires=now + float(seconds) if known and isinstance(seconds, int | float) else 0.0,
    )
