"""What a prompt names as `@path` or `@server:uri`, for the screen and for `ask` alike."""

from pathlib import Path
from uuid import uuid4

from blufio_tui.adapters.files.attachments import attach
from blufio_tui.adapters.mcp.servers import Servers
from blufio_tui.core.agent.attach import Attachment, Mention, content_attachment, mentions
from blufio_tui.core.builtin.common import built_in
from blufio_tui.core.errors import BlufioError
from blufio_tui.core.events import Event
from blufio_tui.core.gate.gate import Gate
from blufio_tui.core.tools import CallContext


async def attached(text: str, session_id: str, project: Path, gate: Gate, servers: Servers) -> list[Attachment]:
    """What the mentions in `text` stand for; reading one passes the gate as the `file` tool does, or the server."""
    context = CallContext(session_id, "", f"attach_{uuid4().hex[:16]}", _unseen)
    resources = [one for one in mentions(text) if servers.has_resource(one.path)]
    files = await attach(_without(text, resources), project, gate.bind(built_in("file"), context))
    return [*files, *[await _resource(servers, one, context) for one in resources]]


async def _resource(servers: Servers, mention: Mention, context: CallContext) -> Attachment:
    try:
        text = await servers.resource(mention.path, context)
    except BlufioError as error:
        return Attachment(mention.path, None, f"{mention.path}: {error}")
    return content_attachment(mention.path, text.encode("utf-8", "replace"))


def _without(text: str, left_out: list[Mention]) -> str:
    for mention in reversed(left_out):
        text = text[: mention.start] + text[mention.end :]
    return text


def _unseen(_event: Event) -> None:
    """Attaching happens before the turn; its audit rows tell of it."""
