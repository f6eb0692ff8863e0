"""A form for calling a skill: one field for each property of its JSON Schema, checked before anything runs."""

import asyncio
from collections.abc import Mapping
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input, Static

from blufio_tui.core.manifest.schema import problems_by_field
from blufio_tui.core.skills.skill import Skill
from blufio_tui.core.text.display import visible, visible_line
from blufio_tui.core.text.json_types import JsonObject, ReadOnlyObject
from blufio_tui.ui.background import in_background
from blufio_tui.ui.state.schema_form import WHOLE, FieldKind, FormField, fields_of, values_of
from blufio_tui.ui.widgets.form_inputs import FieldDone, FormChoice, FormText
from blufio_tui.ui.widgets.key_line import KeyLine


class RunForm(ModalScreen[JsonObject | None]):
    """The input that was typed, None if given up."""

    CSS_PATH = "run_form.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "run", "Run", id="form.run", tooltip="Check the input and call the skill"),
        Binding("escape", "give_up", "Cancel", id="form.cancel", tooltip="Do not call the skill"),
    ]

    def __init__(self, skill: Skill, typed: dict[str, str] | None = None) -> None:
        super().__init__()
        self.heading = f"Run {visible_line(skill.name)}"
        self.intro = ""
        self._ask(skill.manifest.parameters if skill.manifest else {}, typed or {})

    def _ask(self, schema: ReadOnlyObject, before: Mapping[str, str]) -> None:
        """What is asked for; `before` was typed the last time."""
        self._schema = schema
        self.fields = fields_of(schema)
        self._before = before

    def compose(self) -> ComposeResult:
        with Vertical(id="form-box") as box:
            box.border_title = Content(self.heading)
            if self.intro:
                yield Static(Content(self.intro), id="form-intro", markup=False)
            with VerticalScroll(id="form-fields", can_focus=False):
                for number, field in enumerate(self.fields):
                    yield Static(_label(field), id=f"form-label-{number}", classes="form-label", markup=False)
                    yield self._input(field, f"form-field-{number}")
                    yield Static(id=f"form-problem-{number}", classes="form-problem", markup=False)
            yield Static(id="form-problem", classes="form-problem", markup=False)
            yield KeyLine(id="form-keys")

    def _input(self, field: FormField, id: str) -> Widget:
        value = self._before.get(field.name, field.default)
        if field.choices:
            return FormChoice(field.choices, value, id=id)
        return FormText(value, placeholder=_placeholder(field), id=id)

    def on_mount(self) -> None:
        for problem in self.query(".form-problem"):
            problem.display = False
        self.query_one("#form-field-0").focus()

    def on_resize(self) -> None:
        self.query_one("#form-fields").styles.max_height = max(self.size.height - 6, 3)

    @property
    def typed(self) -> dict[str, str]:
        return {field.name: self._widget(number).value for number, field in enumerate(self.fields)}

    def _widget(self, number: int) -> FormText | FormChoice:
        widget = self.query_one(f"#form-field-{number}")
        assert isinstance(widget, FormText | FormChoice)
        return widget

    @on(FieldDone)
    def go_on(self) -> None:
        """To the next field; from the last one, run."""
        last = self.query_one(f"#form-field-{len(self.fields) - 1}")
        if self.focused is last:
            self.action_run()
        else:
            self.focus_next()

    def action_give_up(self) -> None:
        self.dismiss(None)

    def action_run(self) -> None:
        in_background(self, "run", self._run_checked)

    async def _run_checked(self) -> None:
        values, problems = values_of(self.fields, self._schema, self.typed)
        if not problems:
            problems = await asyncio.to_thread(problems_by_field, self._schema, values)
        if not problems:
            self.dismiss(values)
            return
        self.show_problems(problems)

    def show_problems(self, problems: dict[str, str]) -> None:
        """Each below its field, what belongs to none at the end; the cursor goes to the first."""
        names = [field.name for field in self.fields]
        for number, name in enumerate(names):
            self._tell(f"#form-problem-{number}", problems.get(name, ""))
        others = [f"{name}: {what}" if name else what for name, what in problems.items() if name not in names]
        self._tell("#form-problem", "\n".join(others))
        wrong = next((number for number, name in enumerate(names) if name in problems), None)
        if wrong is not None:
            self._widget(wrong).focus()

    def _tell(self, selector: str, text: str) -> None:
        line = self.query_one(selector, Static)
        line.display = bool(text)
        line.update(Content.styled(f"✗ {visible(text)}", "$bad") if text else "")

    @on(FormText.Changed)
    @on(Input.Changed)
    def forget_problem(self, event: FormText.Changed | Input.Changed) -> None:
        """Once one begins to mend it."""
        sender = event.control.id or ""
        if sender.startswith("form-field-"):
            self._tell(f"#form-problem-{sender.removeprefix('form-field-')}", "")


def _label(field: FormField) -> Content:
    name = visible_line(field.name) if field.name != WHOLE else "input"
    kind = field.kind.value + (f", {field.bounds}" if field.bounds else "")
    need = (" required", "$warn") if field.required else (" optional", "$muted")
    head = Content.assemble((name, "bold"), need, (f" · {kind}", "$muted"))
    return Content.assemble(head, "\n", (visible(field.help), "$muted")) if field.help else head


def _placeholder(field: FormField) -> str:
    if field.kind is FieldKind.LINES:
        return "one a line; ^j starts a new line"
    if field.kind is FieldKind.JSON:
        return "JSON"
    return "" if field.required else "not set"
