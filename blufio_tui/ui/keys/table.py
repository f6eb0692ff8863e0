"""Every key there is: from the table of commands and the widgets, so that help and documentation are up to date."""

from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module

from textual.binding import Binding, BindingType
from textual.dom import DOMNode
from textual.widget import Widget

from blufio_tui.ui.commands.command import Scope
from blufio_tui.ui.commands.table import COMMANDS, bindings_for
from blufio_tui.ui.text.key_names import spell_key
from blufio_tui.ui.text.key_row import KeyRow


def _places() -> Iterator[tuple[str, type]]:
    from blufio_tui.ui.screens.ask import AskLine, Confirm
    from blufio_tui.ui.screens.connect_form import ConnectForm
    from blufio_tui.ui.screens.explorer import Explorer
    from blufio_tui.ui.screens.install import ConsentScreen
    from blufio_tui.ui.screens.jump import JumpScreen
    from blufio_tui.ui.screens.leader import LeaderScreen
    from blufio_tui.ui.screens.run_form import RunForm
    from blufio_tui.ui.screens.server_form import ServerForm
    from blufio_tui.ui.screens.undo import UndoScreen
    from blufio_tui.ui.widgets.approval import ApprovalCard
    from blufio_tui.ui.widgets.audit_view import AuditView
    from blufio_tui.ui.widgets.conversation import ConversationView
    from blufio_tui.ui.widgets.find_bar import FindBar
    from blufio_tui.ui.widgets.form_inputs import FormChoice, FormLine, FormText
    from blufio_tui.ui.widgets.line_selection import SelectsLines
    from blufio_tui.ui.widgets.line_view import LineView
    from blufio_tui.ui.widgets.person_card import PersonCard, WordsInput
    from blufio_tui.ui.widgets.prompt import Prompt
    from blufio_tui.ui.widgets.queued import QueuedList
    from blufio_tui.ui.widgets.reason_input import PatternInput, ReasonInput
    from blufio_tui.ui.widgets.row_list import RowList
    from blufio_tui.ui.widgets.trace_view import TraceView

    yield "leader", LeaderScreen
    yield "jumping", JumpScreen
    yield "prompt", Prompt
    yield "queue", QueuedList
    yield "approval", ApprovalCard
    yield "saying why", ReasonInput
    yield "editing an answer", PatternInput
    yield "asked", PersonCard
    yield "answering", WordsInput
    yield "conversation", ConversationView
    yield "find", FindBar
    yield "trace", TraceView
    yield "audit log", AuditView
    yield "lists", RowList
    yield "text", LineView
    yield "selecting", SelectsLines
    yield "screens", Explorer
    yield from opened_by_commands()
    yield "installing", ConsentScreen
    yield "form", RunForm
    yield "server's form", ServerForm
    yield "form text", FormText
    yield "form choice", FormChoice
    yield "connecting", ConnectForm
    yield "connecting", FormLine
    yield "question", AskLine
    yield "yes or no", Confirm
    yield "undoing", UndoScreen


def places_of(widget: DOMNode) -> list[str]:
    """Where a key pressed in a widget is heard, from the inside outwards, as the keys page calls it.

    Loads every screen.
    """
    from blufio_tui.ui.screens.main import MainScreen

    owners = list(_places())
    around = [node for node in widget.ancestors_with_self if isinstance(node, Widget)]
    found = [place for node in around for place, owner in owners if isinstance(node, owner)]
    if any(isinstance(node, MainScreen) for node in around):
        found.append(Scope.MAIN.value)
    return list(dict.fromkeys([*found, Scope.APP.value]))


def opened_by_commands() -> Iterator[tuple[str, type]]:
    """The screens of the table of commands that have keys of their own."""
    from blufio_tui.ui.screens.explorer import Explorer

    for name in dict.fromkeys(command.screen for command in COMMANDS if command.screen):
        module = import_module(f"blufio_tui.ui.screens.{name}")
        for owner in vars(module).values():
            is_its_own = isinstance(owner, type) and owner.__module__ == module.__name__
            if is_its_own and issubclass(owner, Explorer) and "BINDINGS" in owner.__dict__:
                yield owner.place or name, owner


def key_rows(keymap: Mapping[str, str]) -> list[KeyRow]:
    """All bindings, with the keys that the configuration gives them."""
    rows = []
    for place, binding in bindings_by_place():
        keys = keymap.get(binding.id or "", binding.key)
        spelled = " ".join(spell_key(key.strip()) for key in keys.split(","))
        rows.append(KeyRow(place, spelled, binding.description, binding.tooltip, binding.id or ""))
    return rows


def bindings_by_place() -> Iterator[tuple[str, Binding]]:
    """The keys of the commands, then those that only one widget or screen hears.

    What works everywhere is not repeated for the places that declare it, too.
    """
    for scope in (Scope.APP, Scope.MAIN):
        yield from ((scope.value, binding) for binding in bindings_for(scope))
    for place, owner in _places():
        for binding in _bindings(owner.__dict__.get("BINDINGS", ())):
            if not (binding.id or "").startswith("app."):
                yield place, binding


def _bindings(declared: Iterable[BindingType]) -> Iterator[Binding]:
    for binding in declared:
        if isinstance(binding, Binding) and binding.description:
            yield binding
