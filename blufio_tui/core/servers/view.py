"""A server as people see it: on the screen and on the command line."""

import shlex
from dataclasses import dataclass

from blufio_tui.core.mcp.server import ServerConfig


@dataclass(frozen=True, slots=True)
class ToolView:
    """
    Attributes:
        label: what the model calls it.
        state: `known`, `changed` or `new`.
        difference: for one that is not as the person knows it, what is different.
        digest: of its definition as it is now.
    """

    name: str
    label: str
    description: str
    state: str = "known"
    difference: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class ServerView:
    """
    Attributes:
        runs: its command line or address.
        state: `ready`, `not started`, `starting`, `failed`, `login needed`, `off` or `not trusted`.
        may: what it may do without a question, a line each.
        not_caged: why it runs, or would run, without the cage; "" for one that is caged or remote.
        tools: None while nobody has looked what there is.
        log: what it printed last, and what was odd.
    """

    name: str
    runs: str
    state: str
    problem: str = ""
    is_remote: bool = False
    from_project: bool = False
    may: tuple[str, ...] = ()
    not_caged: str = ""
    tools: tuple[ToolView, ...] | None = None
    log: tuple[str, ...] = ()

    @property
    def waiting(self) -> tuple[ToolView, ...]:
        """Tools that are not as the person knows them."""
        return tuple(tool for tool in self.tools or () if tool.state != "known")


@dataclass(frozen=True, slots=True)
class Offered:
    """What `/` or `@` in the prompt may become.

    Attributes:
        name: `server:prompt` or `server:uri`; `server:` where more is to be typed.
        help: in the server's words, safe to show.
    """

    name: str
    help: str = ""

    @property
    def is_whole(self) -> bool:
        return not self.name.endswith(":")


NOT_TRUSTED = "not trusted"


def runs(server: ServerConfig) -> str:
    return server.url or shlex.join(server.words)
