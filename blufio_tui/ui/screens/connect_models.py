"""The models of the connection in use, and how long they may think."""

from collections.abc import Hashable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import Screen

from blufio_tui.core.connections import ModelChoice
from blufio_tui.core.errors import UsageError
from blufio_tui.ui.background import in_background
from blufio_tui.ui.content.connection_lines import (
    model_chosen,
    model_columns,
    model_details,
    model_line,
    thinking_in_words,
)
from blufio_tui.ui.messages import ModelChanged
from blufio_tui.ui.ports.models import ConnectionsPort
from blufio_tui.ui.ports.screen_host import ScreenHost
from blufio_tui.ui.ports.services import Services
from blufio_tui.ui.screens.ask import AskLine
from blufio_tui.ui.screens.explorer import Explorer
from blufio_tui.ui.screens.pick import Option, PickScreen

_THINKING_HELP = (
    "Tokens the model may think before it answers, such as 4096 or 16384. More is slower and costs more. "
    "0 turns thinking off."
)
_OTHER_HELP = "The name that the server uses. It need not be in the list."


class ModelsScreen(Explorer[ModelChoice]):
    heading = "Models"
    place = "models"
    noun = "model"
    enter_does = "Use"
    nothing = "The server does not list its models. n selects one by name, c connects another server."

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "thinking", "Thinking", id="models.thinking", tooltip="How long the model may think; 0 is off"),
        Binding("n", "other", "By name", id="models.other", tooltip="A model that is not in the list"),
        Binding("c", "connect", "Connections", id="models.connect", tooltip="Connect a model, or another server"),
    ]

    def __init__(self, services: Services, port: ConnectionsPort, query: str = "") -> None:
        super().__init__(services, query)
        self._port = port
        self._thinking = 0
        self._is_placed = False

    async def load(self) -> Sequence[ModelChoice]:
        self._thinking = await self._port.thinking_budget()
        models = list(await self._port.models())
        now = self.services.model.name
        if not self.services.model.is_guide and now not in {model.id for model in models}:
            models.insert(0, ModelChoice(now, now, self.services.model.context_window()))
        return models

    async def reload(self) -> None:
        await super().reload()
        if not self._is_placed:
            rows = self.list_view.rows
            self.list_view.cursor = next((i for i, row in enumerate(rows) if self._is_current(row)), 0)
            self.list_view.show_cursor()
            self._is_placed = True

    def _is_current(self, row: ModelChoice) -> bool:
        return not self.services.model.is_guide and row.id == self.services.model.name

    def row_key(self, row: ModelChoice) -> Hashable:
        return row.id

    def line(self, row: ModelChoice, width: int) -> Content:
        return model_line(row, self._is_current(row), width)

    @property
    def idle_keys(self) -> frozenset[str]:
        """The guide has no other models, and does not think."""
        is_guide = self.services.model.is_guide
        return super().idle_keys | (frozenset({"models.other", "models.thinking"}) if is_guide else frozenset())

    @property
    def nothing_text(self) -> str:
        if self.services.model.is_guide and not self.problem:
            return "No model is connected yet: the offline guide answers. c connects one."
        return super().nothing_text

    def columns(self, width: int) -> str:
        return model_columns(width)

    def search_text(self, row: ModelChoice) -> str:
        return f"{row.id} {row.title}"

    def details(self, row: ModelChoice, width: int) -> list[Content]:
        return model_details(row, self._is_current(row), self._thinking, width)

    def choose(self, row: ModelChoice) -> None:
        in_background(self, "switch", self._switch, row.id)

    async def _switch(self, name: str) -> None:
        is_kept = await self.services.model.switch(name)
        self.notify(model_chosen(name, is_kept=is_kept), markup=False)
        self.app.post_message(ModelChanged())
        self.dismiss(None)

    def action_other(self) -> None:
        if self.services.model.is_guide:
            self.notify("No model is connected yet. c connects one.")
            return
        self.app.push_screen(AskLine("Model", "", _OTHER_HELP), self._other)

    def _other(self, name: str | None) -> None:
        if name and name.strip():
            in_background(self, "switch", self._switch, name.strip())

    def action_thinking(self) -> None:
        self.app.push_screen(
            AskLine("Thinking", str(self._thinking), _THINKING_HELP, check=thinking_tokens), self._think
        )

    def _think(self, typed: str | None) -> None:
        if typed is not None:
            in_background(self, "thinking", self._set_thinking, typed)

    async def _set_thinking(self, typed: str) -> None:
        await self._port.set_thinking(thinking_tokens(typed))
        await self.reload()
        self.notify(f"Thinking is {thinking_in_words(self._thinking)}.")

    def action_connect(self) -> None:
        self.app.post_message(ModelChanged(wants_connections=True))


def thinking_tokens(typed: str) -> int:
    """`off` or a number of tokens. Raises `UsageError`."""
    text = typed.strip().lower().replace(",", "").replace("_", "")
    if text in ("off", "no", ""):
        return 0
    if text in ("on", "yes"):
        return 8192
    if not text.isascii() or not text.isdigit():
        raise UsageError("Thinking takes a number of tokens, such as 4096, or off.")
    return int(text)


async def open_screen(host: ScreenHost, query: str) -> Screen[None]:
    """The models of all connections; where none can be connected, the names that are known."""
    services = host.services
    if services.connections is not None:
        return ModelsScreen(services, services.connections, query)
    now = services.model.name
    names = list(dict.fromkeys([now, *services.model.choices()]))
    options = [Option(name, name, is_current=name == now) for name in names if name]
    return PickScreen(services, "Model", options, host.switch_model)
