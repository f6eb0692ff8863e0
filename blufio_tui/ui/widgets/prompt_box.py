"""The prompt with its completions and its draft."""

from collections.abc import Callable, Mapping, Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.timer import Timer
from textual.widgets import Static, TextArea

from blufio_tui.core.attach import Mention, mention_at, quoted
from blufio_tui.core.errors import BlufioError, StorageError
from blufio_tui.core.slash import Completion, complete
from blufio_tui.ui.background import in_background
from blufio_tui.ui.services import Services
from blufio_tui.ui.widgets.completions import CompletionList
from blufio_tui.ui.widgets.prompt import Prompt
from blufio_tui.ui.widgets.rule_line import RuleLine

_DRAFT_DELAY = 0.3

Arguments = Callable[[], Mapping[str, Sequence[str]]]


class PromptBox(Vertical):
    """
    Args:
        arguments: what slash commands can be given, by command, asked for when one types.
    """

    def __init__(self, services: Services, arguments: Arguments, session_id: Callable[[], str], *, id: str) -> None:
        super().__init__(id=id)
        self._services = services
        self._arguments = arguments
        self._session_id = session_id
        self._draft_due: Timer | None = None
        self.rule = RuleLine(id="prompt-rule")
        self.completions = CompletionList(id="completions")
        self.prompt = Prompt(services.history.load(), completions=self.completions, id="prompt")

    def compose(self) -> ComposeResult:
        yield self.completions
        yield self.rule
        with Horizontal(id="prompt-row"):
            yield Static("❯", id="prompt-mark", markup=False)
            yield self.prompt

    # ── completing ─────────────────────────────────────────────────────────────────────────────────

    @on(TextArea.Changed, "#prompt")
    def follow_typing(self) -> None:
        text = self.prompt.text
        self._save_draft_soon()
        if text.startswith("/") and "\n" not in text:
            offers = complete(text, self._arguments())
            self.completions.offer([] if [offer.text for offer in offers] == [text] else offers)
            return
        mention = mention_at(text, self.prompt.cursor_index)
        if mention is None or self._services.files is None:
            self.completions.offer([])
        else:
            in_background(self, "files", self._offer_files, mention)

    async def _offer_files(self, mention: Mention) -> None:
        files = self._services.files
        if files is None:
            return
        try:
            paths = await files.complete(mention.path)
        except BlufioError:
            paths = []  # completing is a convenience; sending the prompt says what is wrong
        text = self.prompt.text
        if text[mention.start : mention.end].lstrip('@"') != mention.path:
            return
        before, after = text[: mention.start], text[mention.end :]
        self.completions.offer([Completion(f"{before}{quoted(path)} {after.lstrip()}", path) for path in paths])

    def on_descendant_focus(self) -> None:
        self.rule.lit = True

    def on_descendant_blur(self) -> None:
        self.rule.lit = False
        self.completions.offer([])

    # ── the draft ──────────────────────────────────────────────────────────────────────────────────

    async def load_draft(self) -> None:
        """What was typed and not sent before, if anything."""
        drafts = self._services.drafts
        if drafts is None or self.prompt.text:
            return
        try:
            text = await drafts.load(self._session_id()) if self._session_id() else ""
            text = text or await drafts.abandoned(str(self._services.project))
        except StorageError as error:
            self.app.notify(str(error), severity="warning", markup=False)
            return
        if text and not self.prompt.text:
            self.prompt.put(text)

    def _save_draft_soon(self) -> None:
        if self._services.drafts is not None and self._draft_due is None:
            self._draft_due = self.set_timer(_DRAFT_DELAY, self._save_draft)

    def _save_draft(self) -> None:
        self._draft_due = None
        in_background(self, "draft", self._write_draft)

    async def _write_draft(self) -> None:
        drafts = self._services.drafts
        if drafts is None:
            return
        try:
            await drafts.save(self._session_id(), str(self._services.project), self.prompt.whole_text)
        except StorageError as error:
            self.app.notify(str(error), severity="warning", markup=False)
