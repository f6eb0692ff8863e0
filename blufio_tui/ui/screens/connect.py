"""Connections: which there are, trying and switching them, and connecting another one."""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import Screen

from blufio_tui.core.connections import ConnectionCheck
from blufio_tui.core.errors import UsageError
from blufio_tui.ui.background import in_background
from blufio_tui.ui.content.connection_lines import DEFAULT_TITLE, connection_details, connection_line
from blufio_tui.ui.messages import ModelChanged
from blufio_tui.ui.ports.models import ConnectionsPort, ListedConnection
from blufio_tui.ui.ports.screen_host import ScreenHost
from blufio_tui.ui.ports.services import Services
from blufio_tui.ui.screens.ask import Confirm
from blufio_tui.ui.screens.connect_form import ConnectForm, FormStart
from blufio_tui.ui.screens.explorer import Explorer


@dataclass(frozen=True, slots=True)
class NewConnection:
    """A row that begins a new connection."""

    title: str
    help: str
    start: FormStart


ANTHROPIC = NewConnection(
    "Connect Anthropic with an API key",
    "A Claude model answers. You need an API key from console.anthropic.com; requests cost money, and a "
    "budget can be set (budget.session_usd in the settings).",
    FormStart(
        "Connect Anthropic",
        "The key is kept in the system's keyring, or in a file that only you can read. It is never shown again.",
        "anthropic",
        is_anthropic=True,
    ),
)
SERVER = NewConnection(
    "Connect a server",
    "Any server that speaks the Anthropic Messages API: llama.cpp, Ollama, vLLM or LM Studio on this machine, or a "
    "gateway elsewhere.",
    FormStart(
        "Connect a server",
        "A server that speaks the Anthropic Messages API, such as llama.cpp, Ollama, vLLM or LM Studio.",
        "local",
    ),
)

_OF_A_CONNECTION = frozenset({"connections.test", "connections.change", "connections.remove"})

ConnectRow = ListedConnection | NewConnection


class ConnectScreen(Explorer[ConnectRow]):
    heading = "Connections"
    place = "connections"
    noun = "row"
    enter_does = "Choose"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "test", "Test", id="connections.test", tooltip="Test the connection and show the result"),
        Binding("c", "change", "Change", id="connections.change", tooltip="Another key, address or model"),
        Binding("m", "models", "Models", id="connections.models", tooltip="What the connection in use offers"),
        Binding("d,delete", "remove", "Remove", id="connections.remove", tooltip="Forget it and its key"),
    ]

    def __init__(self, services: Services, port: ConnectionsPort, query: str = "") -> None:
        super().__init__(services, query)
        self._port = port
        self._tried: dict[str, ConnectionCheck] = {}

    # ── what is shown ──────────────────────────────────────────────────────────────────────────────

    async def reload(self) -> None:
        is_first = not self.rows
        await super().reload()
        if is_first:
            self._go_to_current()

    async def load(self) -> Sequence[ConnectRow]:
        return [*await self._port.all(), ANTHROPIC, SERVER]

    def row_key(self, row: ConnectRow) -> Hashable:
        return ("new", row.title) if isinstance(row, NewConnection) else row.connection.name

    def line(self, row: ConnectRow, width: int) -> Content:
        if isinstance(row, NewConnection):
            return Content.assemble((" + ", "$accent"), row.title)
        return connection_line(row, width)

    def search_text(self, row: ConnectRow) -> str:
        if isinstance(row, NewConnection):
            return row.title
        return f"{row.connection.name or DEFAULT_TITLE} {row.address} {row.connection.model} {row.key_in_words}"

    def details(self, row: ConnectRow, width: int) -> list[Content]:
        if isinstance(row, NewConnection):
            lines = [
                *Content.styled(row.title, "bold $accent").wrap(width),
                Content(""),
                *Content(row.help).wrap(width),
            ]
            return [*lines, Content(""), *Content.styled("Press Enter to begin.", "$muted").wrap(width)]
        return connection_details(row, self._tried.get(row.connection.name), width)

    # ── what can be done ───────────────────────────────────────────────────────────────────────────

    @property
    def idle_keys(self) -> frozenset[str]:
        """Only what is there can be tried, changed or removed, and only another one can be used."""
        if self._stored is None:
            return super().idle_keys | _OF_A_CONNECTION
        return super().idle_keys | (frozenset({"list.open"}) if self._stored.is_current else frozenset())

    def choose(self, row: ConnectRow) -> None:
        """Use a connection, or begin a new one."""
        if isinstance(row, NewConnection):
            self._open_form(_with_free_name(row.start, self.rows))
        elif not row.is_current:
            in_background(self, "change", self._use, row)

    @property
    def _stored(self) -> ListedConnection | None:
        row = self.list_view.current
        return row if isinstance(row, ListedConnection) else None

    def _open_form(self, start: FormStart) -> None:
        self.app.push_screen(ConnectForm(self._port, start), self._connected)

    def _connected(self, said: str | None) -> None:
        if said is not None:
            self.notify(f"Connected. {said}", markup=False, timeout=6)
            in_background(self, "change", self._changed)

    async def _use(self, row: ListedConnection) -> None:
        await self._port.use(row.connection.name)
        await self._changed()

    async def _changed(self) -> None:
        self.app.post_message(ModelChanged())
        await self.reload()
        self._go_to_current()

    def _go_to_current(self) -> None:
        rows = self.list_view.rows
        current = (i for i, row in enumerate(rows) if isinstance(row, ListedConnection) and row.is_current)
        self.list_view.cursor = next(current, self.list_view.cursor)
        self.list_view.show_cursor()

    def action_test(self) -> None:
        if self._stored is not None:
            in_background(self, "test", self._test, self._stored.connection.name)

    async def _test(self, name: str) -> None:
        self.notify("Testing the connection…", timeout=2)
        self._tried[name] = await self._port.try_stored(name)
        self.show_details()

    def action_change(self) -> None:
        if self._stored is None:
            return
        old = self._stored.connection
        if not old.name:
            self.notify("This connection comes from the environment or from model.base_url; change it there.")
            return
        help_text = "Empty fields keep their value."
        self._open_form(
            FormStart(f"Change {old.name}", help_text, old.name, old.base_url, old.model, not old.base_url, False)
        )

    def action_models(self) -> None:
        self.app.post_message(ModelChanged(wants_list=True))

    def action_remove(self) -> None:
        if self._stored is None:
            return
        name = self._stored.connection.name
        text = f"“{name or DEFAULT_TITLE}” and its stored key were removed."
        self.app.push_screen(Confirm("Remove the connection?", text), lambda yes: self._remove_if(yes, name))

    def _remove_if(self, yes: bool | None, name: str) -> None:
        if yes:
            in_background(self, "change", self._do, self._port.remove, name)

    async def _do(self, change: Callable[[str], Awaitable[None]], name: str) -> None:
        await change(name)
        await self._changed()


def new_connection(kind: str, key: str, listed: Sequence[ListedConnection]) -> FormStart:
    """What the form begins with for a key of that kind: Anthropic's own has no address to ask for."""
    start = ANTHROPIC.start if kind == "anthropic" else SERVER.start
    return replace(_with_free_name(start, listed), key=key)


def _with_free_name(start: FormStart, rows: Sequence[ConnectRow]) -> FormStart:
    """Another connection never takes the place of one that is there unasked."""
    taken = {row.connection.name for row in rows if isinstance(row, ListedConnection)}
    name, number = start.name, 2
    while name in taken:
        name, number = f"{start.name}-{number}", number + 1
    return replace(start, name=name)


async def open_screen(host: ScreenHost, query: str) -> Screen[None]:
    if host.services.connections is None:
        raise UsageError("Models cannot be connected here.")
    return ConnectScreen(host.services, host.services.connections, query)
