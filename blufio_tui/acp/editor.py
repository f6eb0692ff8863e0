"""One session of an editor, from this side: what it can do, and what it is sent and asked."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from acp.exceptions import RequestError
from acp.interfaces import Client
from acp.schema import AllowedOutcome, ClientCapabilities, PermissionOption, ToolCallUpdate

from blufio_tui.core.errors import HostError

_NOT_THERE = (ConnectionError, RequestError)


class Editor:
    """
    Attributes:
        session_id: set once there is one; nothing is sent before.
    """

    def __init__(self, client: Client, capabilities: ClientCapabilities | None) -> None:
        self._client = client
        files = capabilities.fs if capabilities is not None else None
        self.reads_files = bool(files is not None and files.read_text_file)
        self.session_id = ""

    async def update(self, update: Any) -> None:
        """Show something. An editor that is gone misses it: what is stored is stored here."""
        with suppress(ConnectionError):
            await self._client.session_update(session_id=self.session_id, update=update)

    async def ask(self, call: ToolCallUpdate, options: Sequence[PermissionOption]) -> str:
        """The id of the option that the person chose, "" if the question was withdrawn.

        Raises:
            HostError: the editor cannot ask, or is gone.
        """
        try:
            response = await self._client.request_permission(
                session_id=self.session_id, tool_call=call, options=list(options)
            )
        except ConnectionError as error:
            raise HostError("the editor ended the connection before anybody answered") from error
        except (RequestError, ValueError) as error:
            raise HostError(f"the editor could not ask: {error}") from error
        outcome = response.outcome
        return outcome.option_id if isinstance(outcome, AllowedOutcome) else ""

    async def text_of(self, path: str) -> str | None:
        """The text of an absolute path as it stands in the editor, saved or not; None if the editor has none.

        It is given `PATIENCE_SECS`: a file that nobody answers for is read from the disk.
        """
        if not self.reads_files or not self.session_id:
            return None
        try:
            async with asyncio.timeout(PATIENCE_SECS):
                return (await self._client.read_text_file(session_id=self.session_id, path=path)).content
        except (*_NOT_THERE, ValueError, TimeoutError):
            return None


PATIENCE_SECS = 5.0
