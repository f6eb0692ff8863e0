"""`blufio-tui mcp login` and `logout`."""

import asyncio
from collections.abc import Callable

from blufio_tui.adapters.commands.own_environment import STARTED_WITH
from blufio_tui.adapters.config.paths import Paths
from blufio_tui.adapters.mcp.http import Requests
from blufio_tui.adapters.mcp.launch import fill
from blufio_tui.adapters.mcp.tokens import Logins
from blufio_tui.adapters.net.network import Network
from blufio_tui.core.audit.rows import AuditEntry, RowType
from blufio_tui.core.capability import DecidedBy, Kind, Verdict
from blufio_tui.core.guards.secret_names import OWN_CREDENTIALS
from blufio_tui.core.mcp.scopes import united
from blufio_tui.core.mcp.server import ServerConfig, actor_name
from blufio_tui.features.start.arguments import StartOptions
from blufio_tui.features.start.options import read_options
from blufio_tui.features.stored.stores import audit_on, open_database


def logins_at(paths: Paths) -> Logins:
    return Logins(paths.server_logins)


async def log_in(start: StartOptions, server: ServerConfig, show: Callable[[str], None]) -> str:
    """Log in to a remote server; where the tokens are kept, in words.

    Args:
        show: called with the address that the person opens.

    Raises:
        ServerFailed: as `adapters.mcp.login.log_in`.
        ConfigError: the tokens cannot be stored.
    """
    from blufio_tui.adapters.mcp.login import log_in as flow

    options = read_options(start, interactive=False)
    network = Network(options.settings.network.allow_private, options.settings.network.proxy)
    values = {name: value for name in server.variables if (value := STARTED_WITH.get(name)) is not None}
    url = fill(server.url, {name: value for name, value in values.items() if name not in OWN_CREDENTIALS})
    with open_database(options.paths) as database:
        audit = audit_on(database, options.paths)

        async def recorded(address: str) -> None:
            await audit.append(
                AuditEntry(
                    RowType.DECISION,
                    Kind.NET,
                    address.partition("?")[0],
                    actor=actor_name(server.name),
                    decision=Verdict.ALLOW,
                    decided_by=DecidedBy.USER,
                    rule="allowed by you: you are logging in",
                    detail="part of a login",
                )
            )

        try:
            before = await asyncio.to_thread(logins_at(options.paths).get, server.identity)
            known = before is not None and before.url == url
            scopes = united(before.scope, before.wanted) if before is not None and known else ""
            login = await flow(url, Requests(network), show, recorded, scopes)
        finally:
            await network.close()
    return logins_at(options.paths).put(server.identity, login)


def log_out(server: ServerConfig) -> bool:
    return logins_at(Paths.from_environment()).drop(server.identity)
