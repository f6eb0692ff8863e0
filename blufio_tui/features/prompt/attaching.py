"""Attaches what a prompt names as `@path` or `@server:uri`, for the screen and for `ask`."""

import asyncio
from pathlib import Path
from uuid import uuid4

from blufio_tui.adapters.files.attachments import attach, pasted_mention
from blufio_tui.adapters.files.project_files import ProjectFiles
from blufio_tui.adapters.mcp.servers import Servers
from blufio_tui.core.agent.attach import Attachment, Mention, content_attachment, mentions
from blufio_tui.core.builtin.common import built_in
from blufio_tui.core.errors import BlufioError
from blufio_tui.core.gate.gate import Gate
from blufio_tui.core.tools import CallContext, unheard


class Files:
    """Implements `ui.ports.services.FilesPort`: the project's files for `@path`."""

    def __init__(self, project: Path, gate: Gate, servers: Servers) -> None:
        self._project = project
        self._gate = gate
        self._servers = servers
        self._names = ProjectFiles(project)

    async def complete(self, query: str, limit: int = 20) -> list[str]:
        return await self._names.complete(query, limit)

    async def dropped(self, text: str) -> str:
        return await asyncio.to_thread(pasted_mention, text)

    async def attach(self, text: str, session_id: str) -> list[Attachment]:
        return await attached(text, session_id, self._project, self._gate, self._servers)


async def attached(text: str, session_id: str, project: Path, gate: Gate, servers: Servers) -> list[Attachment]:
    """What the mentions in `text` stand for; reading one passes the gate as the `file` tool does, or the server."""
    context = CallContext(session_id, "", f"attach_{uuid4().hex[:16]}", unheard)
    resources = [mention for mention in mentions(text) if servers.has_resource(mention.path)]
    for mention in reversed(resources):  # what is left names files
        text = text[: mention.start] + text[mention.end :]
    files = await attach(text, project, gate.bind(built_in("file"), context))
    return [*files, *[await _resource(servers, mention, context) for mention in resources]]


async def _resource(servers: Servers, mention: Mention, context: CallContext) -> Attachment:
    try:
        text = await servers.resource(mention.path, context)
    except BlufioError as error:
        return Attachment(mention.path, None, f"{mention.path}: {error}")
    return content_attachment(mention.path, text.encode("utf-8", "replace"))
