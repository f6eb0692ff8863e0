"""Every key there is: read from the widgets themselves, so that help and documentation cannot be out of date."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from textual.binding import Binding, BindingType

from blufio_tui.ui.text.key_names import spell_key


@dataclass(frozen=True, slots=True)
class KeyRow:
    """
    Attributes:
        place: where it works.
        keys: as they are now, spelled for people.
        binding_id: the name under `[ui.keys]`.
    """

    place: str
    keys: str
    title: str
    help: str
    binding_id: str


def _places() -> Iterator[tuple[str, type]]:
    from blufio_tui.ui.actions.suspend_and_quit import LeavingActions
    from blufio_tui.ui.app import BlufioApp
    from blufio_tui.ui.screens.ask import AskLine, Confirm
    from blufio_tui.ui.screens.audit import AuditScreen
    from blufio_tui.ui.screens.connect import ConnectScreen
    from blufio_tui.ui.screens.connect_form import ConnectForm
    from blufio_tui.ui.screens.connect_models import ModelsScreen
    from blufio_tui.ui.screens.cost import CostScreen
    from blufio_tui.ui.screens.explorer import Explorer
    from blufio_tui.ui.screens.grants import GrantsScreen
    from blufio_tui.ui.screens.install import ConsentScreen
    from blufio_tui.ui.screens.jobs import JobsScreen
    from blufio_tui.ui.screens.jump import JumpScreen
    from blufio_tui.ui.screens.leader import LeaderScreen
    from blufio_tui.ui.screens.main import MainScreen
    from blufio_tui.ui.screens.rules import RulesScreen
    from blufio_tui.ui.screens.run_form import RunForm
    from blufio_tui.ui.screens.server_form import ServerForm
    from blufio_tui.ui.screens.servers import ServersScreen
    from blufio_tui.ui.screens.sessions import SessionsScreen
    from blufio_tui.ui.screens.settings import SettingsScreen
    from blufio_tui.ui.screens.skills import SkillsScreen
    from blufio_tui.ui.widgets.approval import ApprovalCard
    from blufio_tui.ui.widgets.audit_view import AuditView
    from blufio_tui.ui.widgets.conversation import ConversationView
    from blufio_tui.ui.widgets.find_bar import FindBar
    from blufio_tui.ui.widgets.form_inputs import FormChoice, FormLine, FormText
    from blufio_tui.ui.widgets.line_selection import SelectsLines
    from blufio_tui.ui.widgets.line_view import LineView
    from blufio_tui.ui.widgets.prompt import Prompt
    from blufio_tui.ui.widgets.queued import QueuedList
    from blufio_tui.ui.widgets.reason_input import ReasonInput
    from blufio_tui.ui.widgets.row_list import RowList
    from blufio_tui.ui.widgets.selection import ChoosesParts
    from blufio_tui.ui.widgets.trace_view import TraceView

    yield "everywhere", BlufioApp
    yield "everywhere", LeavingActions
    yield "leader", LeaderScreen
    yield "jumping", JumpScreen
    yield "main screen", MainScreen
    yield "prompt", Prompt
    yield "queue", QueuedList
    yield "approval", ApprovalCard
    yield "saying why", ReasonInput
    yield "conversation", ChoosesParts
    yield "conversation", ConversationView
    yield "find", FindBar
    yield "trace", TraceView
    yield "audit log", AuditView
    yield "lists", RowList
    yield "text", LineView
    yield "selecting", SelectsLines
    yield "screens", Explorer
    yield "skills", SkillsScreen
    yield "installing", ConsentScreen
    yield "form", RunForm
    yield "form text", FormText
    yield "form choice", FormChoice
    yield "connections", ConnectScreen
    yield "connecting", ConnectForm
    yield "connecting", FormLine
    yield "models", ModelsScreen
    yield "audit screen", AuditScreen
    yield "sessions", SessionsScreen
    yield "grants", GrantsScreen
    yield "jobs", JobsScreen
    yield "rules", RulesScreen
    yield "servers", ServersScreen
    yield "server's form", ServerForm
    yield "cost", CostScreen
    yield "settings", SettingsScreen
    yield "question", AskLine
    yield "yes or no", Confirm


def key_rows(keymap: Mapping[str, str]) -> list[KeyRow]:
    """All bindings, with the keys that the configuration gives them."""
    rows = []
    for place, binding in bindings_by_place():
        keys = keymap.get(binding.id or "", binding.key)
        spelled = " ".join(spell_key(key.strip()) for key in keys.split(","))
        rows.append(KeyRow(place, spelled, binding.description, binding.tooltip, binding.id or ""))
    return rows


def bindings_by_place() -> Iterator[tuple[str, Binding]]:
    """What works everywhere is not repeated for the places that declare it, too."""
    for place, owner in _places():
        for binding in _bindings(owner.__dict__.get("BINDINGS", ())):
            if place == "everywhere" or not (binding.id or "").startswith("app."):
                yield place, binding


def _bindings(declared: Iterable[BindingType]) -> Iterator[Binding]:
    for binding in declared:
        if isinstance(binding, Binding) and binding.description:
            yield binding


VIM_KEYS: Mapping[str, str] = {
    "list.up": "up,k",
    "list.down": "down,j",
    "list.first": "home,g",
    "list.last": "end,G",
    "list.page_up": "pageup,ctrl+u",
    "list.page_down": "pagedown,ctrl+d",
    "text.up": "up,k",
    "text.down": "down,j",
    "text.first": "home,g",
    "text.last": "end,G",
    "text.page_up": "pageup,ctrl+u",
    "text.page_down": "pagedown,ctrl+d",
    "trace.fold": "left,h",
    "trace.unfold": "right,l",
    "skills.revoke": "R",
}
"""What `ui.vim_keys` adds, and what makes room for it."""
