"""Asking before a skill is installed: everything it would be allowed to do, and two answers."""

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.dom import DOMNode
from textual.getters import query_one
from textual.reactive import reactive
from textual.screen import ModalScreen
from textual.widgets import Static

from blufio_tui.core.clock import Clock
from blufio_tui.core.skills.offer import SkillOffer
from blufio_tui.core.skills.skill import Skill
from blufio_tui.ui.content.offer_lines import offer_lines, offer_title
from blufio_tui.ui.state.key_guard import KeyTimes, Wait
from blufio_tui.ui.widgets.facts import Facts
from blufio_tui.ui.widgets.key_line import KeyLine


class ConsentScreen(ModalScreen[bool]):
    """True if the person agreed. Stands on "no" until they choose otherwise."""

    CSS_PATH = "install.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("i", "agree", "Install", id="consent.install", tooltip="Select Install; Enter confirms"),
        Binding("n,escape", "answer(False)", "Don't", key_display="n", id="consent.refuse", tooltip="Change nothing"),
        Binding(
            "tab,left,right,shift+tab",
            "other",
            "Other answer",
            show=False,
            id="consent.other",
            tooltip="Select the other answer",
        ),
        Binding("enter", "answer_selected", "Choose", id="consent.choose", tooltip="Give the selected answer"),
        Binding("up", "scroll_text(-1)", "Up", show=False, id="consent.up", tooltip="Scroll up"),
        Binding("down", "scroll_text(1)", "Down", show=False, id="consent.down", tooltip="Scroll down"),
        Binding("pageup", "page_text(-1)", "Page up", show=False, id="consent.page_up", tooltip="Scroll a page up"),
        Binding(
            "pagedown", "page_text(1)", "Page down", show=False, id="consent.page_down", tooltip="Scroll a page down"
        ),
    ]

    text = query_one("#consent-text", Facts)
    agrees: reactive[bool] = reactive(False, init=False)

    def __init__(self, offer: SkillOffer, clock: Clock, keys: KeyTimes) -> None:
        super().__init__()
        self.offer = offer
        self._wait = Wait(clock, keys)

    def compose(self) -> ComposeResult:
        with Vertical(id="consent-box") as box:
            box.border_title = Content(offer_title(self.offer))
            yield Facts(id="consent-text")
            with Horizontal(id="consent-answers"):
                yield Static(id="consent-no", markup=False)
                yield Static(id="consent-yes", markup=False)
            yield KeyLine(id="consent-keys")

    @property
    def _is_there(self) -> bool:
        """False if the question was given up, or the program ended, before it was on the screen."""
        return bool(self.query("#consent-text"))

    def on_mount(self) -> None:
        if not self._is_there:
            return
        self.text.can_focus = False
        self.text.show(lambda width: offer_lines(self.offer, width))
        self.watch(self.text, "scroll_y", self._fit, init=False)
        self.watch_agrees()

    def on_resize(self) -> None:
        self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        """As tall as what is said, within the screen; says when that is not all of it."""
        if not self._is_there:
            return
        room, lines = max(self.size.height - 8, 4), len(offer_lines(self.offer, self.text.content_width or 80))
        self.text.styles.height = height = min(lines, room)
        is_cut = self.text.scroll_y + height < lines
        self.query_one("#consent-box").border_subtitle = Content("↓ more below") if is_cut else Content("")

    def watch_agrees(self) -> None:
        self.query_one("#consent-no", Static).update(_button("Don't", not self.agrees, "$bad"))
        verb = "Install" if self.offer.change is None else "Update"
        self.query_one("#consent-yes", Static).update(_button(verb, self.agrees, "$ok"))

    @on(events.ScreenResume)
    def begin_wait(self) -> None:
        self._wait.begin(self)

    def action_other(self) -> None:
        if not self._wait.is_too_soon():
            self.agrees = not self.agrees

    def action_agree(self) -> None:
        """What lasts takes a second key."""
        if not self._wait.is_too_soon():
            self.agrees = True

    def action_answer(self, agrees: bool) -> None:
        if not self._wait.is_too_soon():
            self.dismiss(agrees)

    @on(events.Click, "#consent-no")
    def click_no(self) -> None:
        self.dismiss(False)

    @on(events.Click, "#consent-yes")
    def click_yes(self) -> None:
        """A click where the button has only just come up was meant for what was there before."""
        if not self._wait.is_unseen():
            self.dismiss(True)

    def give_up(self) -> None:
        """The question is no longer the right one."""
        if self.is_current:
            self.dismiss(False)

    def action_answer_selected(self) -> None:
        self.action_answer(self.agrees)

    def on_key(self, event: events.Key) -> None:
        """A key that stands for nothing here is typing too: what follows it answers nothing for a while."""
        if event.is_printable and event.key not in self.active_bindings:
            self._wait.disturb()
            self.agrees = False

    def action_scroll_text(self, step: int) -> None:
        self.text.action_line(step)

    def action_page_text(self, step: int) -> None:
        self.text.action_screenful(step)


def _button(title: str, is_selected: bool, style: str) -> Content:
    look = f"bold reverse {style}" if is_selected else style
    return Content.styled(f"{'▸' if is_selected else ' '} {title}  ", look)


async def settle(node: DOMNode, offer: SkillOffer, clock: Clock, keys: KeyTimes) -> Skill | None:
    """Ask about an offer where it must be asked about, and put it in place or drop it; the skill when it is in place.

    Call it from a worker. Raises `BlufioError` when it cannot be put in place.
    """
    skill = None
    try:
        if offer.is_unchanged:
            node.app.notify(f"{offer.skill.name} is installed already, exactly as it is there.", markup=False)
        elif not must_ask(offer) or await node.app.push_screen_wait(ConsentScreen(offer, clock, keys)):
            skill = await offer.accept()
            node.app.notify(_said(offer, skill), markup=False)
    finally:
        if skill is None:
            await offer.discard()
    return skill


def must_ask(offer: SkillOffer) -> bool:
    """A first installation always; an update only for what widens."""
    return bool(offer.asks) or offer.change is None


def _said(offer: SkillOffer, skill: Skill) -> str:
    if offer.change is None:
        called = f" The model can call it as {skill.tool_name}." if skill.manifest else ""
        return f"Installed {skill.name} {skill.version}.{called}"
    files = len(offer.change.files)
    asked = "" if offer.asks else " It asks for nothing new."
    return f"Updated {skill.name} to {skill.version}; {files} file{'s' if files != 1 else ''} changed.{asked}"
