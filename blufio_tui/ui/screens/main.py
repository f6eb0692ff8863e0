"""The main screen: composes the panes, hands events to them, and binds what acts on them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.getters import query_one
from textual.widget import Widget

from blufio_tui.core.audit.rows import AuditFilter
from blufio_tui.core.events import NoticeLevel, NoticeRaised, ToolCallStarted, TurnFinished, TurnStarted
from blufio_tui.core.guards.paths import Places
from blufio_tui.core.guards.project_scope import wide_project
from blufio_tui.core.skills.skill import SkillStatus
from blufio_tui.core.text.amounts import plural
from blufio_tui.core.text.display import visible_line
from blufio_tui.ui.commands.command import Scope
from blufio_tui.ui.commands.table import bindings_for
from blufio_tui.ui.messages import (
    Answered,
    ColumnDue,
    EventArrived,
    PersonAnswered,
    PersonQuestionArrived,
    PersonQuestionWithdrawn,
    QuestionArrived,
    QuestionsCounted,
    QuestionWithdrawn,
    RunAgain,
    ShowAudit,
    ShowCall,
    ShowEffects,
    SkillsChanged,
)
from blufio_tui.ui.state.key_guard import KeyTimes, may_take_focus
from blufio_tui.ui.state.layout import (
    BREAKPOINTS,
    HEIGHTS,
    PaneName,
    arrangement_for,
    height_class,
    layout_from,
    layout_values,
)
from blufio_tui.ui.textual_fixes.blank import Blank
from blufio_tui.ui.textual_fixes.first_frame import OneFirstFrame
from blufio_tui.ui.textual_fixes.quick_screen import QuickScreen
from blufio_tui.ui.widgets.chat import Chat
from blufio_tui.ui.widgets.key_line import KeyLine
from blufio_tui.ui.widgets.overview import Overview
from blufio_tui.ui.widgets.panes import Panes, PaneWanted
from blufio_tui.ui.widgets.prompt import Prompt
from blufio_tui.ui.widgets.prompt_box import Arguments, PromptBox
from blufio_tui.ui.widgets.status_bar import StatusBar
from blufio_tui.ui.widgets.tab_line import TabLine
from blufio_tui.ui.widgets.title_bar import TitleBar
from blufio_tui.ui.widgets.welcome import Welcome

if TYPE_CHECKING:
    from blufio_tui.core.manifest.manifest import Limits
    from blufio_tui.ui.ports.services import Services
    from blufio_tui.ui.widgets.approval import ApprovalCard
    from blufio_tui.ui.widgets.audit_view import AuditView
    from blufio_tui.ui.widgets.choice_card import ChoiceCard
    from blufio_tui.ui.widgets.person_card import PersonCard
    from blufio_tui.ui.widgets.trace_view import TraceView

_SOON = 0.05


class MainScreen(QuickScreen[None], OneFirstFrame[None], Blank):
    """
    Attributes:
        trace, audit, card, asked: there once the screen `is_complete`, right after the first frame.
    """

    trace: TraceView
    audit: AuditView
    card: ApprovalCard
    asked: PersonCard
    _in_front: ChoiceCard | None = None

    AUTO_FOCUS = "#prompt"
    HORIZONTAL_BREAKPOINTS = BREAKPOINTS
    VERTICAL_BREAKPOINTS = HEIGHTS

    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for(Scope.MAIN)]

    chat = query_one("#chat", Chat)
    panes = query_one("#panes", Panes)
    prompt = query_one("#prompt", Prompt)
    prompt_box = query_one("#prompt-box", PromptBox)
    status = query_one("#status", StatusBar)
    title_bar = query_one("#title", TitleBar)
    tabs = query_one("#tabs", TabLine)

    def __init__(
        self,
        services: Services,
        arguments: Arguments,
        session_id: Callable[[], str],
        key_times: KeyTimes,
        back_out: Callable[[], bool],
    ) -> None:
        """
        Args:
            back_out: ends what Escape ends; False if there is nothing of the kind.
        """
        super().__init__()
        self._back_out = back_out
        self._key_times = key_times
        self._services = services
        self._arguments = arguments
        self._session_id = session_id
        self.is_complete = False
        self._tools: dict[str, str] = {}
        if services.look.accessible:
            self.HORIZONTAL_BREAKPOINTS = BREAKPOINTS[:1]

    def compose(self) -> ComposeResult:
        # What the first resize would set: known before, so that all styles are worked out once.
        size = self.app.size
        width = 0 if self._services.look.accessible else size.width
        self.add_class(f"-{arrangement_for(width)}", height_class(size.height))
        services = self._services
        welcome = Welcome(
            services.skills.list(),
            services.project,
            is_guide=services.model.is_guide,
            model=services.model.name,
            id="welcome",
        )
        is_wide = bool(wide_project(services.project, Path.home()))
        is_awaited = bool(self._session_id())
        yield TitleBar(str(services.project), is_wide=is_wide, is_awaited=is_awaited, id="title")
        yield TabLine(id="tabs")
        yield Panes(
            Chat(welcome, services.project, is_awaited=is_awaited, id="chat"),
            Overview(id="overview"),
            layout_from(services.memory.load()),
            id="panes",
        )
        yield PromptBox(services, self._arguments, self._session_id, id="prompt-box")
        yield StatusBar(services.clock, id="status")
        yield KeyLine(id="keys")

    def _limits_of(self, tool: str) -> Limits | None:
        skills = (skill for skill in self._services.skills.list() if skill.tool_name == tool)
        return next((skill.manifest.limits for skill in skills if skill.manifest), None)

    def call_named(self, call_id: str) -> str:
        """`bash npm install`; "" for a call that the trace does not hold."""
        node = self.trace.trace.get(call_id)
        return visible_line(f"{node.title} {node.detail}".strip()) if node is not None else ""

    def _is_bundled(self, content_hash: str) -> bool:
        skills = self._services.skills.list()
        return any(one.content_hash == content_hash and one.status is SkillStatus.BUNDLED for one in skills)

    async def complete(self) -> None:
        """The rest of the screen: what shows nothing until something happens is loaded after the first frame."""
        await asyncio.to_thread(_load_the_rest)  # keys go on meanwhile
        from blufio_tui.ui.widgets.approval import ApprovalCard
        from blufio_tui.ui.widgets.audit_view import AuditView
        from blufio_tui.ui.widgets.person_card import PersonCard
        from blufio_tui.ui.widgets.trace_view import TraceView

        services = self._services
        self.trace = TraceView(services.clock, project=services.project, limits=self._limits_of, id="trace")
        self.audit = AuditView(services.audit, project=services.project, session_id=self._session_id, id="audit")
        self.card = ApprovalCard(
            services.clock,
            self._key_times,
            self.is_calm,
            self._type_on,
            services.look.keys,
            places=Places(str(Path.home()), str(services.project)),
            call_named=self.call_named,
            is_bundled=self._is_bundled,
            id="approval",
        )
        self.asked = PersonCard(
            services.clock, self._key_times, self.is_calm, self._type_on, services.look.keys, id="asked"
        )
        with self.app.batch_update():
            await self.panes.fill(self.trace, self.audit)
            await self.chat.fill()
            await self.mount(self.card, self.asked, before=self.prompt_box)
        self.is_complete = True

    async def action_command(self, id: str) -> None:
        """What a key of the table of commands does."""
        await self.app.run_action(f"app.command('{id}')")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Not before there is all that the keys act on: until then only letters are handed out, to the prompt."""
        return self.is_complete and super().check_action(action, parameters)

    def on_mount(self) -> None:
        model = self._services.model
        self.status.change(model=model.name, mode=self._services.mode.get(), context_window=model.context_window())
        self.show_recording()

    # ── events ─────────────────────────────────────────────────────────────────────────────────────

    @on(EventArrived)
    def hand_out(self, message: EventArrived) -> None:
        """Each pane takes what it shows."""
        if not self.is_complete:  # a prompt that was typed ahead
            self.set_timer(_SOON, partial(self.post_message, message))
            return
        for pane in (self.chat, self.trace, self.audit, self.status):
            pane.take(message.event, message.at)
        if self._services.look.accessible:
            self._say_aloud(message)
        if isinstance(message.event, TurnStarted | TurnFinished):
            self.show_recording()
            self.refresh_bindings()

    def _say_aloud(self, message: EventArrived) -> None:
        """What the other panes show becomes a sentence in the conversation."""
        from blufio_tui.ui.content.event_sentences import sentence

        event = message.event
        if isinstance(event, ToolCallStarted):
            self._tools[event.call_id] = event.tool
        if said := sentence(event, self._tools):
            self.chat.take(NoticeRaised("", NoticeLevel.INFO, said), message.at)

    @on(events.ScreenResume)
    def show_recording(self) -> None:
        """Say it at the bottom as long as calls are recorded; the settings may have changed behind another screen."""
        if (port := self._services.recording) is not None:
            self.status.change(recording=port.said(self._session_id()))

    def begin(self, doing: str) -> None:
        """Something runs that is no turn."""
        self.status.begin(doing)
        self.refresh_bindings()

    @property
    def keys_of_the_moment(self) -> frozenset[str]:
        """What Esc and Tab do just now is said at the bottom, and that one can look through what waits."""
        if self.prompt_box.completions.is_open and self.prompt.has_focus:
            return frozenset({"prompt.complete", "prompt.close_list"})
        if self.is_complete and self._in_front is self.card and len(self.card.queue) > 1:
            return frozenset({"approval.right", "approval.refuse_all"})
        if self._in_front is not None:
            at_it = self.focused is not None and self._is_in_card(self.focused)
            return frozenset() if at_it else frozenset({"approval.go"})
        return frozenset({"turn.interrupt"}) if self.status.progress.is_running else frozenset()

    def is_calm(self) -> bool:
        """Whether something that opens by itself may take the focus now."""
        return self.is_current and may_take_focus(
            now=self._services.clock.monotonic(),
            prompt_has_text=bool(self.prompt.text),
            last_elsewhere=self._key_times.elsewhere,
        )

    def _type_on(self, *typed: events.Key | events.Paste) -> None:
        """Keys that the card got and did not take: they were meant for the prompt, behind what is on its way there."""
        self.remove_class("-answering", update=self.has_class("-short"))
        self.set_focus(self.prompt)
        for event in typed:
            again = (
                events.Paste(event.text) if isinstance(event, events.Paste) else events.Key(event.key, event.character)
            )
            again._set_forwarded()
            self.prompt.post_message(again)

    @on(events.ScreenResume)
    def show_card_anew(self) -> None:
        """What stood behind another screen has not been seen."""
        if self.is_complete:
            self.card.was_hidden()
            self.asked.was_hidden()

    @on(events.ScreenResume)
    def renew_column(self) -> None:
        """Sessions may have been renamed or deleted on another screen."""
        self.post_message(ColumnDue())

    @on(QuestionArrived)
    def show_question(self, message: QuestionArrived) -> None:
        self._place(self.card, message.pending)

    @on(PersonQuestionArrived)
    def show_asked(self, message: PersonQuestionArrived) -> None:
        self._place(self.asked, message.pending)

    def _place(self, card: ChoiceCard, pending: object) -> None:
        """One card at a time: the one that was there first stays until nothing of it waits."""
        self._in_front = self._in_front or card
        card.hold(card is not self._in_front)
        card.add(pending)
        self._count_questions()

    @on(QuestionWithdrawn)
    def drop_question(self, message: QuestionWithdrawn) -> None:
        self.card.withdraw(message.pending)
        self._count_questions()

    @on(PersonQuestionWithdrawn)
    def drop_asked(self, message: PersonQuestionWithdrawn) -> None:
        self.asked.withdraw(message.pending)
        self._count_questions()

    @on(Answered)
    @on(PersonAnswered)
    def after_answer(self) -> None:
        self._count_questions()

    def _count_questions(self) -> None:
        if self._in_front is not None and not self._in_front.queue:
            self._in_front = next((card for card in (self.card, self.asked) if card.queue), None)
            if self._in_front is not None:
                self._in_front.hold(False)
        self.status.change(waiting=len(self.card.queue), asked=len(self.asked.queue))
        self.post_message(QuestionsCounted())
        self.set_class(self._in_front is not None, "-asking", update=self.has_class("-tiny"))  # as in `_make_room`
        self.refresh_bindings()
        if self._in_front is None and (self.focused is None or self._is_in_card(self.focused)):
            self.prompt.focus()

    def _is_in_card(self, widget: Widget) -> bool:
        return any(widget is card or widget in card.query("*") for card in (self.card, self.asked))

    def is_question(self, widget: Widget) -> bool:
        """Whether keys that this widget gets are answers, and no words."""
        return self.is_complete and widget in (self.card, self.asked)

    @on(SkillsChanged)
    def renew_welcome(self) -> None:
        self.chat.welcome.offer(self._services.skills.list())
        self.chat.welcome.connected(is_guide=self._services.model.is_guide, model=self._services.model.name)

    # ── panes ──────────────────────────────────────────────────────────────────────────────────────

    @on(Panes.Changed)
    def remember_layout(self, message: Panes.Changed) -> None:
        self.tabs.active = message.layout.active
        values, known = layout_values(message.layout), self._services.memory.load()
        if any(known.get(name) != value for name, value in values.items()):
            self._services.memory.save({**known, **values})

    @on(TabLine.Picked)
    def pick_tab(self, message: TabLine.Picked) -> None:
        if self.is_complete:
            self.action_pane(message.pane.value)

    @on(PaneWanted)
    def go_into_pane(self, message: PaneWanted) -> None:
        if self.is_complete:  # a click in the first moment has nowhere to go
            self.action_show_pane(message.pane.value)

    def _target(self, pane: PaneName) -> Widget:
        match pane:
            case PaneName.CHAT:
                return self.chat.focus_target
            case PaneName.TRACE:
                return self.trace
            case PaneName.AUDIT:
                return self.audit

    def action_pane(self, name: str) -> None:
        pane = PaneName(name)
        self.panes.layout_state = self.panes.layout_state.activate(pane)
        target = self._target(pane)
        self.set_focus(self.prompt if target.has_focus else target)

    def action_show_pane(self, name: str) -> None:
        """As `pane`, but it does not lead back."""
        pane = PaneName(name)
        self.panes.layout_state = self.panes.layout_state.activate(pane)
        self.set_focus(self._target(pane))

    def action_find(self) -> None:
        self.chat.find_bar.open()

    def action_to_prompt(self) -> None:
        self.set_focus(self.prompt)

    async def action_in_chat(self, action: str) -> None:
        """Go to the conversation and do something there."""
        self.action_show_pane(PaneName.CHAT)
        await self.action_chat_action(action)

    async def action_chat_action(self, action: str) -> None:
        """Do something in the conversation from wherever one is."""
        await self.app.run_action(action, default_namespace=self.chat.view)

    def watch_focused(self, focused: Widget | None) -> None:
        """Before the widgets themselves hear of it: so titles are painted along with the lists, not a frame later."""
        self.panes.light(focused)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        for pane in PaneName:
            if event.widget in self.panes.pane(pane).query("*") and self.panes.layout_state.active is not pane:
                self.panes.layout_state = self.panes.layout_state.activate(pane)

    def action_zoom(self) -> None:
        self.panes.layout_state = self.panes.layout_state.toggle_zoom()

    def action_hide(self, name: str) -> None:
        self.panes.layout_state = self.panes.layout_state.toggle_hidden(PaneName(name))
        if self.focused is None:
            self.prompt.focus()

    def action_widen(self, steps: int) -> None:
        self.panes.layout_state = self.panes.layout_state.widen_chat(self.panes.arrangement, steps)

    def action_share(self, steps: int) -> None:
        self.panes.layout_state = self.panes.layout_state.widen_trace(self.panes.arrangement, steps)

    # ── from one pane to another ───────────────────────────────────────────────────────────────────

    @on(ShowCall)
    def show_call(self, message: ShowCall) -> None:
        self.panes.layout_state = self.panes.layout_state.activate(PaneName.TRACE)
        self.trace.focus()
        self.trace.go_to_call(message.call_id)

    @on(ShowAudit)
    def show_audit(self, message: ShowAudit) -> None:
        self.panes.layout_state = self.panes.layout_state.activate(PaneName.AUDIT)
        self.audit.reload(AuditFilter(call_id=message.call_id))
        self.audit.focus()

    @on(ShowEffects)
    def show_effects(self, message: ShowEffects) -> None:
        from blufio_tui.ui.screens.effects import EffectsScreen

        if self._services.effects is None:
            self.notify("Effects cannot be listed here.", markup=False)
        else:
            self.app.push_screen(EffectsScreen(self._services, self._services.effects, message.call_id))

    @on(RunAgain)
    def run_again(self, message: RunAgain) -> None:
        self.prompt.put(message.text)
        self.prompt.focus()

    # ── the turn ───────────────────────────────────────────────────────────────────────────────────

    def action_back_out(self) -> None:
        """Escape: the approval in front first, then the turn, then back to the prompt.

        One that was pressed before the approval was on the screen was meant for the turn.
        """
        if self._in_front is not None and not self._in_front.was_pressed_before:
            self._in_front.deny_front()
        elif not self._back_out():
            self.prompt.focus()

    def action_focus_approval(self) -> None:
        if self._in_front is not None:
            self._in_front.go_to()

    def waiting(self) -> str:
        return plural(len(self.card.queue), "approval")


def _load_the_rest() -> None:
    for name in ("approval", "audit_view", "find_bar", "person_card", "trace_view"):
        import_module(f"blufio_tui.ui.widgets.{name}")
