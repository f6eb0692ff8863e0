"""What is typed after `/run` and `/export`, taken apart."""

from blufio_tui.core.errors import BlufioError, UsageError
from blufio_tui.core.text import strict_json
from blufio_tui.core.text.json_types import JsonObject
from blufio_tui.ui.ports.services import Services


def run_arguments(argument: str) -> tuple[str, JsonObject]:
    """`/run SKILL [JSON]`. Raises `UsageError`."""
    name, _, text = argument.partition(" ")
    try:
        value = strict_json.parsed(text) if text.strip() else {}
    except ValueError as error:
        raise UsageError(f"/run {name}: the input is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise UsageError(f"/run {name}: the input must be a JSON object, such as {{}}")
    return name.replace("-", "_"), value


async def export_session(services: Services, session_id: str, argument: str) -> str:
    """Write the session to a new file below the project; where it went. Raises `BlufioError`."""
    if not session_id:
        raise UsageError("There is nothing to export yet.")
    form, _, name = argument.partition(" ")
    form = form or "md"
    sessions = services.sessions
    text = await (sessions.export_json(session_id) if form == "json" else sessions.export_markdown(session_id))
    target = services.project / (name.strip() or f"session-{session_id[:8]}.{form}")
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise BlufioError(f"cannot write {target}: {error.strerror}; give another name after /export {form}") from error
    return f"Written to {target}"
