"""The files that a prompt names as `@path`, for the screen and for `ask` alike."""

from uuid import uuid4

from blufio_tui.adapters.files.attachments import attach
from blufio_tui.core.agent.attach import Attachment
from blufio_tui.core.builtin.common import built_in
from blufio_tui.core.events import Event
from blufio_tui.core.tools import CallContext
from blufio_tui.wiring.backend import Backend


async def attached(backend: Backend, text: str, session_id: str) -> list[Attachment]:
    """What the mentions in `text` stand for; reading one passes the gate as the `file` tool does."""
    context = CallContext(session_id, "", f"attach_{uuid4().hex[:16]}", _unseen)
    return await attach(text, backend.project, backend.gate.bind(built_in("file"), context))


def _unseen(_event: Event) -> None:
    """Attaching happens before the turn; its audit rows tell of it."""
