"""The prompt with its completions, its draft, and what waits to be sent."""

from collections.abc import Callable, Mapping, Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.timer import Timer
from textual.widgets import Static, TextArea

from blufio_tui.core.agent.attach import Mention, mention_at, quoted
from blufio_tui.core.errors import BlufioError, StorageError
from blufio_tui.core.servers.view import Offered
from blufio_tui.core.text.key_masks import mask_keys
from blufio_tui.ui.background import in_background
from blufio_tui.ui.commands.slash import Completion, complete
from blufio_tui.ui.draft_keeper import DraftKeeper
from blufio_tui.ui.ports.services import Services
from blufio_tui.ui.state.outbox import Outbox, Queued, draft_text, from_draft
from blufio_tui.ui.textual_fixes.blank import Blank
from blufio_tui.ui.widgets.completions import CompletionList
from blufio_tui.ui.widgets.prompt import Prompt
from blufio_tui.ui.widgets.queued import QueuedList
from blufio_tui.ui.widgets.rule_line import RuleLine

_DRAFT_DELAY = 0.3

Arguments = Callable[[], Mapping[str, Sequence[str]]]


class PromptBox(Vertical, Blank):
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
        self._draft_is_kept = True
        self.rule = RuleLine(id="prompt-rule")
        self.completions = CompletionList(id="completions")
        self.outbox = Outbox()
        self.queued = QueuedList(self.outbox, id="queued")
        self._drafts = DraftKeeper(services, session_id)
        self.prompt = Prompt(
            services.history.load(),
            completions=self.completions,
            queued=self.queued,
            dropped=services.files.dropped if services.files is not None else None,
            id="prompt",
        )

    def compose(self) -> ComposeResult:
        yield self.queued
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
            self._offer_commands(text, [])
            if self._services.servers is not None and " " not in text:
                in_background(self, "completing", self._offer_prompts, text)
            return
        mention = mention_at(text, self.prompt.cursor_index)
        if mention is None:
            self.completions.offer([])
        else:
            in_background(self, "completing", self._offer_mentions, mention)

    def _offer_commands(self, text: str, prompts: Sequence[Offered]) -> None:
        offers = complete(text, self._arguments())
        offers += [Completion(f"/{one.name}{' ' if one.is_whole else ''}", f"/{one.name}", one.help) for one in prompts]
        self.completions.offer([] if [offer.text for offer in offers] == [text] else offers)

    async def _offer_prompts(self, text: str) -> None:
        """The prompts of MCP servers, behind the commands."""
        prompts = await self._of_servers("prompts", text[1:])
        if prompts and self.prompt.text == text:
            self._offer_commands(text, prompts)

    async def _of_servers(self, kind: str, typed: str) -> Sequence[Offered]:
        """Completing is a convenience: what is wrong is said when the prompt is sent."""
        servers = self._services.servers
        try:
            return await servers.completions(kind, typed) if servers is not None else ()
        except BlufioError:
            return ()

    async def _offer_mentions(self, mention: Mention) -> None:
        """Files, and the resources of MCP servers behind them."""
        files = self._services.files
        try:
            paths = await files.complete(mention.path) if files is not None else []
        except BlufioError:
            paths = []
        resources = await self._of_servers("resources", mention.path)
        text = self.prompt.text
        if text[mention.start : mention.end].lstrip('@"') != mention.path:
            return
        before, after = text[: mention.start], text[mention.end :]
        offers = [Completion(f"{before}{_mentioned(path, after)}", path) for path in paths]
        for one in resources:
            stands = f"{quoted(one.name)} {after.lstrip()}" if one.is_whole else f"@{one.name}{after}"
            offers.append(Completion(before + stands, one.name, one.help))
        self.completions.offer(offers)

    def on_descendant_focus(self) -> None:
        self.rule.lit = True

    def on_descendant_blur(self) -> None:
        self.rule.lit = False
        self.completions.offer([])

    # ── what waits ─────────────────────────────────────────────────────────────────────────────────

    @on(CompletionList.Toggled)
    def show_keys(self) -> None:
        """Enter, Tab and Esc mean something else while there is a list."""
        self.screen.refresh_bindings()

    def show_outbox(self) -> None:
        """Something was queued, sent or dropped."""
        if not self.outbox.waiting and self.queued.has_focus:
            self.prompt.focus()
        self.queued.show()
        self._save_draft_soon()

    @on(QueuedList.Edit)
    def edit_queued(self, message: QueuedList.Edit) -> None:
        """Back into the prompt; what is being typed stays below it."""
        queued = self.taken_back(message.queued)
        if queued is not None:
            typed = self.prompt.whole_text.strip()
            self.prompt.put_back("\n\n".join(part for part in (queued.text, typed) if part), queued.images)
        self.show_outbox()
        self.prompt.focus()

    @on(QueuedList.Drop)
    def drop_queued(self, message: QueuedList.Drop) -> None:
        self.taken_back(message.queued)
        self.show_outbox()

    def taken_back(self, queued: Queued) -> Queued | None:
        """Take a message out of what waits; None if it is not there, or the running turn has it already."""
        steered = queued.key in self.outbox.steering
        if steered and not self._services.agent.take_back(self._session_id(), queued.key):
            self.notify("It is in the turn already.", timeout=3)
            return None
        self.outbox.steering.discard(queued.key)
        return self.outbox.take(queued)

    def steered(self, key: str) -> None:
        """The running turn has taken a message."""
        self.outbox.steered(key)
        self.show_outbox()

    @on(QueuedList.Leave)
    def leave_queue(self) -> None:
        self.prompt.focus()

    # ── the draft ──────────────────────────────────────────────────────────────────────────────────

    async def load_draft(self) -> None:
        """What was typed or queued and not sent before, if anything."""
        if self.prompt.text:
            return
        waiting, typed = from_draft(await self._drafts.load())
        if waiting:
            self.outbox.restore(waiting)
            self.show_outbox()
        if typed and not self.prompt.text:
            self.prompt.put(typed)

    async def follow_session(self) -> None:
        """Another session is open: what is typed belongs there now, and what was typed there before comes back."""
        await self._drafts.move(self._draft)
        await self.load_draft()

    @property
    def _draft(self) -> str:
        return draft_text(self.outbox.waiting, self.prompt.whole_text)

    def _save_draft_soon(self) -> None:
        self._draft_is_kept = False
        if self._draft_due is None:
            self._draft_due = self.set_timer(_DRAFT_DELAY, self._save_draft)

    def _save_draft(self) -> None:
        self._draft_due = None
        in_background(self, "draft", self.save_draft)

    async def on_unmount(self) -> None:
        """Keep what was typed too shortly before the end for it to be kept already, or while that was under way."""
        if self._draft_is_kept:
            return
        try:
            await self.save_draft()
        except StorageError as error:
            self.app.exit(1, 1, f"Your latest typing was not saved: {error}")

    async def save_draft(self) -> None:
        draft = self._draft
        await self._drafts.save(draft if draft.startswith("!") else mask_keys(draft))
        self._draft_is_kept = self._draft == draft


def _mentioned(path: str, after: str) -> str:
    """A path as it is put in front of what follows it. Behind a folder at the end, its entries are offered next."""
    mention, after = quoted(path), after.lstrip()
    return mention if mention.endswith("/") and not after else f"{mention} {after}"
