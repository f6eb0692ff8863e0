"""What the built-in tools may do without approval: `file` reads below the project folder.

Files that usually hold credentials need approval even there: being in the project is no reason to give `.env` to a
model.
"""

from blufio_tui.core.capability import CapabilityRequest, FileTarget
from blufio_tui.core.guards.credential_files import usually_holds_credentials
from blufio_tui.core.guards.paths import PROJECT, Places
from blufio_tui.core.manifest.manifest import Capabilities, FilesystemCapability

_READS_PROJECT = Capabilities(filesystem=FilesystemCapability(read=(PROJECT,)))
_RIGHTS = dict.fromkeys(("file", "edit", "search", "find"), _READS_PROJECT)
_NOTHING = Capabilities()

BUILT_IN_TOOLS = frozenset(
    {
        "ask_user",
        "bash",
        "edit",
        "file",
        "find",
        "find_tool",
        "http",
        "job_kill",
        "job_output",
        "load_skill",
        "plan",
        "read_result",
        "search",
        "task",
        "todo",
    }
)


def builtin_capabilities(tool: str) -> Capabilities:
    return _RIGHTS.get(tool, _NOTHING)


def holds_credentials(request: CapabilityRequest, places: Places) -> bool:
    """True for a file or folder of a kind that usually holds passwords, keys or tokens, under this name or another."""
    target = request.target
    if not isinstance(target, FileTarget):
        return False
    return bool(target.secret_name) or usually_holds_credentials(target.path, places)
