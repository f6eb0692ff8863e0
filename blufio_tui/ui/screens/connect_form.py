"""Connecting a model: an address, a model and a key, tried before they are kept."""

from dataclasses import dataclass, field
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from blufio_tui.core.connections import ConnectionCheck
from blufio_tui.core.errors import BlufioError
from blufio_tui.core.text.display import visible
from blufio_tui.ui.background import in_background
from blufio_tui.ui.content.connection_lines import tried_sentence
from blufio_tui.ui.ports.models import ConnectionDraft, ConnectionsPort
from blufio_tui.ui.widgets.form_inputs import FormLine, KeyInput
from blufio_tui.ui.widgets.key_line import KeyLine


@dataclass(frozen=True, slots=True)
class FormStart:
    """What the form begins with.

    Attributes:
        is_anthropic: the address is Anthropic's and is not asked for.
        key: pasted already, "" to ask for it.
        is_new: False if an existing connection is changed: its name stays, and its key where none is typed.
    """

    title: str
    help: str
    name: str
    base_url: str = ""
    model: str = ""
    is_anthropic: bool = False
    is_new: bool = True
    key: str = field(default="", repr=False)


class ConnectForm(ModalScreen[str | None]):
    """The sentence about what was kept, None if given up."""

    CSS_PATH = "connect_form.tcss"
    VERTICAL_BREAKPOINTS = [(0, "-short"), (28, "-tall")]  # noqa: RUF012 - Textual's own declaration
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "ctrl+s",
            "keep",
            "Save without testing",
            id="connect.keep",
            tooltip="Save the connection without testing it",
        ),
        Binding("escape", "give_up", "Cancel", id="connect.cancel", tooltip="Save nothing"),
    ]

    def __init__(self, port: ConnectionsPort, start: FormStart) -> None:
        super().__init__()
        self._port = port
        self._start = start

    def compose(self) -> ComposeResult:
        start = self._start
        with Vertical(id="connect-box") as box:
            box.border_title = Content(start.title)
            yield Static(start.help, id="connect-help", markup=False)
            if not start.is_anthropic:
                yield Static("Address", classes="connect-label", markup=False)
                yield FormLine(start.base_url, id="connect-address", placeholder="http://127.0.0.1:8080")
            yield Static("Key", classes="connect-label", markup=False)
            yield KeyInput(start.key, id="connect-key", placeholder=self._key_hint())
            yield Static("Model", classes="connect-label", markup=False)
            yield FormLine(start.model, id="connect-model", placeholder=self._model_hint())
            if start.is_new:
                yield Static("Name of this connection", classes="connect-label", markup=False)
                yield FormLine(start.name, id="connect-name")
            yield Static(id="connect-result", markup=False)
            yield KeyLine(id="connect-keys")

    def _key_hint(self) -> str:
        if not self._start.is_new:
            return "empty keeps the current key"
        return "paste it here, or env:NAME" if self._start.is_anthropic else "empty for none, or env:NAME"

    def _model_hint(self) -> str:
        return "empty: the default" if self._start.is_anthropic else "empty: the first one it offers"

    def on_mount(self) -> None:
        self.query(Input).first().focus()

    def draft(self) -> ConnectionDraft:
        start = self._start
        return ConnectionDraft(
            name=self._value("name").strip() if start.is_new else start.name,
            base_url="" if start.is_anthropic else self._value("address").strip(),
            model=self._value("model").strip(),
            key=self._value("key").strip(),
            keeps_key=not start.is_new,
        )

    def _value(self, field: str) -> str:
        return self.query_one(f"#connect-{field}", Input).value

    @on(Input.Submitted)
    def connect(self, event: Input.Submitted) -> None:
        event.stop()
        in_background(self, "connect", self._connect, True)

    def action_keep(self) -> None:
        in_background(self, "connect", self._connect, False)

    def action_give_up(self) -> None:
        self.dismiss(None)

    async def _connect(self, tries: bool) -> None:
        draft = self.draft()
        if problem := self._problem(draft):
            self._say(Content.styled(f"✗ {problem}", "$bad"))
            return
        try:
            if tries:
                self._say(Content.styled("◐ Testing the connection…", "$info"))
                tried = await self._port.try_out(draft)
                if not tried.ok:
                    self._say_failure(tried)
                    return
                draft = ConnectionDraft(draft.name, draft.base_url, tried.model, draft.key, draft.keeps_key)
            self.dismiss(await self._port.keep(draft))
        except BlufioError as error:
            self._say(Content.styled(f"✗ {visible(str(error))}", "$bad"))

    def _problem(self, draft: ConnectionDraft) -> str:
        if not self._start.is_anthropic and not draft.base_url:
            return "Type the address of the server."
        return "" if draft.name else "Give the connection a name."

    def _say_failure(self, tried: ConnectionCheck) -> None:
        hint = Content.styled("Enter tests again. ^s saves it anyway.", "$muted")
        self._say(Content("\n").join([tried_sentence(tried), hint]))

    def _say(self, text: Content) -> None:
        self.query_one("#connect-result", Static).update(text)
