"""The MCP servers: what each runs, how it is, its tools, and what it printed."""

from collections.abc import Awaitable, Hashable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import Screen

from blufio_tui.core.errors import BlufioError, UsageError
from blufio_tui.core.servers.view import NOT_TRUSTED, ServerView, ToolView
from blufio_tui.core.text.amounts import plural
from blufio_tui.core.text.display import visible, visible_line
from blufio_tui.ui.background import in_background
from blufio_tui.ui.content.symbols import STATES
from blufio_tui.ui.ports.screen_host import ScreenHost
from blufio_tui.ui.ports.servers import ServersPort
from blufio_tui.ui.ports.services import Services
from blufio_tui.ui.screens.ask import Agree
from blufio_tui.ui.screens.explorer import Explorer
from blufio_tui.ui.state.key_guard import KeyTimes
from blufio_tui.ui.state.states import State
from blufio_tui.ui.text.columns import cell, labelled, right_cell

_LOOK_SECS = 0.5
_NAME, _STATE, _TOOLS = 15, 13, 10
_MARKS = {
    "ready": State.OK,
    "starting": State.RUNNING,
    "failed": State.ERROR,
    "login needed": State.ASKING,
    NOT_TRUSTED: State.ASKING,
}


class ServersScreen(Explorer[ServerView]):
    heading = "MCP servers"
    noun = "server"
    of_a_row = frozenset(f"servers.{name}" for name in ("restart", "stop", "enable", "accept", "trust"))
    nothing = "You use no MCP servers. `blufio-tui mcp add` configures one; a project brings its own in .mcp.json."

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "restart", "Restart", id="servers.restart", tooltip="Restart the server"),
        Binding("s", "stop", "Stop", id="servers.stop", tooltip="Stop the server; a call of its tools starts it again"),
        Binding("e", "enable", "On or off", id="servers.enable", tooltip="Use the server, or not"),
        Binding("a", "accept", "Accept", id="servers.accept", tooltip="Accept the changed tools"),
        Binding("t", "trust", "Trust", id="servers.trust", tooltip="Trust the project's servers"),
    ]

    def __init__(self, services: Services, servers: ServersPort, key_times: KeyTimes) -> None:
        super().__init__(services)
        self._key_times = key_times
        self._servers = servers

    def on_mount(self) -> None:
        self.set_interval(_LOOK_SECS, self.action_reload)

    async def load(self) -> Sequence[ServerView]:
        return await self._servers.views()

    def row_key(self, row: ServerView) -> Hashable:
        return row.name

    def line(self, row: ServerView, width: int) -> Content:
        room = max(width - _NAME - _STATE - _TOOLS - 6, 8)
        count = "" if row.tools is None else plural(len(row.tools), "tool")
        note = Content.styled(f"{len(row.waiting)} changed", "$warn") if row.waiting else Content(count)
        mark = STATES[_MARKS[row.state]]() if row.state in _MARKS else Content.styled("·", "$muted")
        return Content.assemble(
            " ",
            mark,
            " ",
            cell(Content.styled(visible_line(row.name), "bold"), _NAME),
            cell(Content.styled(row.state, "$muted"), _STATE),
            cell(Content.styled(visible_line(row.runs), "$muted"), room),
            right_cell(note.plain, _TOOLS, "$warn" if row.waiting else "$muted"),
        )

    def details(self, row: ServerView, width: int) -> list[Content]:
        lines = labelled("address" if row.is_remote else "command", visible(row.runs), width)
        lines += labelled("from", "the project's .mcp.json" if row.from_project else "config.toml", width)
        lines += labelled("state", row.state, width)
        if row.problem:
            lines += Content.styled(f"✗ {visible(row.problem)}", "$bad").wrap(width)
        if row.not_caged:
            lines += Content.styled(f"! Not caged: {visible(row.not_caged)}.", "$warn").wrap(width)
        for fact in row.may:
            lines += labelled("", visible_line(fact), width)
        if row.state == NOT_TRUSTED:
            lines += [Content(""), *_hint("t", " trusts this project's servers as they are now").wrap(width)]
        return [*lines, *self._tools(row, width), *_log(row, width)]

    def _tools(self, row: ServerView, width: int) -> list[Content]:
        lines = [Content("")]
        if row.tools is None:
            return [*lines, Content.styled("Its tools are not known yet; r starts it.", "italic $muted")]
        if row.waiting:
            lines += _hint("a", " accepts what has changed, shown below").wrap(width)
        for tool in row.tools:
            lines += _tool(tool, width)
        return lines

    # ── what can be done ───────────────────────────────────────────────────────────────────────────

    def action_restart(self) -> None:
        if (row := self.list_view.current) is not None:
            self._begin(f"restart {row.name}", self._servers.restart(row.name))

    def action_stop(self) -> None:
        if (row := self.list_view.current) is not None:
            self._begin(f"stop {row.name}", self._servers.stop(row.name))

    def action_enable(self) -> None:
        if (row := self.list_view.current) is not None:
            self._begin("enable", self._servers.enable(row.name, row.state == "off"))

    def _agree(self, title: str, text: str) -> Agree:
        return Agree(title, text, self.services.clock, self._key_times)

    def action_accept(self) -> None:
        row = self.list_view.current
        if row is None or not row.waiting:
            self.notify("None of its tools has changed.", timeout=4)
            return
        text = "\n\n".join(visible(tool.difference) for tool in row.waiting)
        question = self._agree(f"Use these tools of {row.name} as they are now?", text)
        self.app.push_screen(question, lambda yes: self._accept_if(yes, row))

    def _accept_if(self, yes: bool | None, row: ServerView) -> None:
        if yes:
            shown = [tool.digest for tool in row.waiting]
            self._begin("accept", self._servers.accept(row.name, shown))

    def action_trust(self) -> None:
        untrusted = [row for row in self.rows if row.state == NOT_TRUSTED]
        if not untrusted:
            self.notify("The project has no untrusted servers.", timeout=4)
            return
        text = "\n\n".join(
            "\n".join([f"{row.name}: {visible_line(row.runs)}", *(f"  {visible_line(fact)}" for fact in row.may)])
            for row in untrusted
        )
        question = self._agree("Trust the project's servers?", text)
        self.app.push_screen(question, lambda yes: self._trust_if(yes, untrusted))

    def _trust_if(self, yes: bool | None, shown: Sequence[ServerView]) -> None:
        if yes:
            self._begin("trust", self._trust(shown))

    async def _trust(self, shown: Sequence[ServerView]) -> None:
        if not await self._servers.trust(shown):
            self.notify("They have changed in the meantime; review them again.", severity="warning")

    def _begin(self, what: str, work: Awaitable[None]) -> None:
        """It outlives this screen: a server that starts may ask for approval, which is given on the main screen."""
        in_background(self.app, f"server: {what}", self._do, work)

    async def _do(self, work: Awaitable[None]) -> None:
        try:
            await work
        except BlufioError as error:
            self.app.notify(str(error), severity="error", markup=False)
        if self.is_open:
            self.action_reload()


def _hint(key: str, text: str) -> Content:
    return Content.assemble((key, "bold $accent"), (text, "$muted"))


def _tool(tool: ToolView, width: int) -> list[Content]:
    head = Content.styled(visible_line(tool.label), "bold")
    if tool.state != "known":
        head = Content.assemble(head, (f"  {tool.state}", "bold $warn"))
    lines = [head]
    if tool.difference:
        for line in visible(tool.difference).splitlines():
            style = {"+": "$ok", "-": "$bad"}.get(line[:1], "$muted")
            lines += Content.styled(line, style).wrap(width)
        return lines
    first = visible(tool.description).strip().split("\n", 1)[0]
    return [*lines, *(Content.styled(f"  {first}", "$muted").wrap(width) if first else [])]


def _log(row: ServerView, width: int) -> list[Content]:
    if not row.log:
        return []
    lines = [Content(""), Content.styled("what it printed", "$muted")]
    return [*lines, *(Content(visible_line(line)).truncate(width, ellipsis=True) for line in row.log[-60:])]


async def open_screen(host: ScreenHost, _query: str) -> Screen[None]:
    if host.services.servers is None:
        raise UsageError("No MCP servers can be used here.")
    return ServersScreen(host.services, host.services.servers, host.key_times)
