"""Where what is typed goes: to a command, to a shell, to the model, or into the queue while a turn runs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

from blufio_tui.core.agent.steering import GO_ON
from blufio_tui.core.errors import BlufioError
from blufio_tui.core.events import NoticeLevel
from blufio_tui.core.skills.own_commands import prompt_for
from blufio_tui.core.text.amounts import plural
from blufio_tui.ui.commands.arguments import run_arguments
from blufio_tui.ui.commands.init_prompt import INIT_PROMPT
from blufio_tui.ui.commands.slash import BadArgument, Invocation, UnknownCommand, parse, plain_text
from blufio_tui.ui.state.outbox import Queued

if TYPE_CHECKING:
    from blufio_tui.core.events import TurnFinished
    from blufio_tui.ui.commands.command import Command
    from blufio_tui.ui.controllers.branches import Branches
    from blufio_tui.ui.controllers.keys_caught import KeysCaught
    from blufio_tui.ui.controllers.stage import Stage
    from blufio_tui.ui.controllers.turns import RunningTurn
    from blufio_tui.ui.messages import PromptSubmitted

RunCommand = Callable[["Command", str], Awaitable[None]]

_HOLDING = frozenset({"interrupted", "error", "budget", "repeated_call"})
"""Ends of a turn after which nothing is sent by itself."""


class Prompts:
    def __init__(
        self, stage: Stage, turn: RunningTurn, branches: Branches, run_command: RunCommand, keys_caught: KeysCaught
    ) -> None:
        self._keys_caught = keys_caught
        self._stage = stage
        self._turn = turn
        self._branches = branches
        self._run_command = run_command

    def take(self, message: PromptSubmitted) -> None:
        """A slash command, a shell command, or something for the model."""
        text = message.text
        if not text.startswith("!") and self._keys_caught.catch(text, self._stage.main.prompt.put):
            return
        match parse(text):
            case Invocation(command, argument):
                self._taken(text)
                self._stage.background("slash", self._run_command, command, argument)
            case UnknownCommand() | BadArgument() as problem:
                prompt = self._own_prompt(text) if isinstance(problem, UnknownCommand) else None
                if prompt is None:
                    self._stage.app.notify(problem.message, severity="warning", markup=False, timeout=8)
                else:
                    self._take_for_model(text, Queued(prompt, message.images))
            case None if message.steers and self._turn.is_busy and not text.startswith(("!", "/")):
                self._taken(text)
                self.steer(Queued(text, message.images))
            case None:  # `/folder:name` is one of the person's own, too
                self._take_for_model(text, Queued(self._own_prompt(text) or text, message.images))

    def _take_for_model(self, typed: str, queued: Queued) -> None:
        self._taken(typed)
        if not self._turn.is_busy:
            self._stage.main.chat.to_end()  # wherever one was reading, now one wants to see the answer
        self.send(queued)

    def _own_prompt(self, text: str) -> str | None:
        """What one of the person's own commands, or a skill's name, stands for."""
        services = self._stage.services
        if services.own_commands is None or not text.lstrip().startswith("/"):
            return None
        return prompt_for(text, services.own_commands.commands(), services.skills.list())

    def _taken(self, text: str) -> None:
        """It is sent anyway where the history cannot be written."""
        self._stage.main.prompt.sent(text)
        try:
            self._stage.services.history.add(text)
        except BlufioError as error:
            self._stage.complain(error)

    def start(self, text: str) -> None:
        """As if it had been typed and sent."""
        self._taken(text)
        self.send(Queued(text))

    def send(self, queued: Queued) -> None:
        """Begin a turn with a prompt, or queue it while one runs. A prompt that is being edited becomes a version."""
        if self._turn.is_busy:
            self._queue(queued)
        elif (edited := self._branches.take_edited()) is not None:
            self._stage.background("begin", self._send_edited, edited, queued)
        else:
            self._begin(queued)

    async def _send_edited(self, edited: int, queued: Queued) -> None:
        await self._branches.go_before(edited)
        self._begin(queued)

    def _begin(self, queued: Queued) -> None:
        text = queued.text
        if self._turn.is_busy:
            self._queue(queued)
        elif text.startswith("!!") and text[2:].strip():
            self._turn.call("cage", {"command": text[2:].strip()})
        elif text.startswith("!") and text[1:].strip(" !"):
            self._turn.call("bash", {"command": text[1:].strip()})
        else:
            self._turn.follow(self._turn.turns.ask(plain_text(text), queued.images))

    def init(self) -> None:
        """Ask the model for a first AGENTS.md; writing it is asked about as any write is."""
        self.send(Queued(INIT_PROMPT))

    # ── into the turn that runs ────────────────────────────────────────────────────────────────────

    def steer(self, queued: Queued) -> None:
        """Add a prompt to the turn that runs. Until it went in, and when the turn ends first, it waits as queued."""
        self._queue(queued)
        self._begin_steering(queued)

    def _begin_steering(self, queued: Queued) -> None:
        self._stage.background(f"steer-{queued.key}", self._steer, queued)

    async def _steer(self, queued: Queued) -> None:
        box = self._stage.main.prompt_box
        box.outbox.steering.add(queued.key)
        box.show_outbox()
        taken = False
        try:
            taken, notes = await self._turn.turns.steer(plain_text(queued.text), queued.images, queued.key)
            for note in notes:
                self._stage.say(NoticeLevel.WARNING, note)
        except BlufioError as error:
            self._stage.complain(error)
        if not taken:
            box.outbox.steering.discard(queued.key)
            box.show_outbox()

    def _steer_first(self) -> None:
        """The first that waits goes into the turn that runs."""
        outbox = self._stage.main.prompt_box.outbox
        first = next((queued for queued in outbox.waiting if queued.key not in outbox.steering), None)
        if first is not None and self._turn.is_busy:
            self._begin_steering(first)

    def run_tool(self, typed: str) -> None:
        """`SKILL [JSON]`. Raises `UsageError`."""
        self._turn.call(*run_arguments(typed))

    def edit_in_editor(self) -> None:
        edit, app = self._stage.services.edit, self._stage.app
        if edit is None:
            app.notify("There is no editor here. Set EDITOR.", severity="warning")
            return
        prompt = self._stage.main.prompt
        edited = self._stage.in_terminal(partial(edit, prompt.whole_text))
        if edited is None:
            return
        prompt.put(edited.text)
        if edited.note:
            app.notify(edited.note, markup=False)

    # ── ending a turn ──────────────────────────────────────────────────────────────────────────────

    def interrupt(self) -> bool:
        """End the running turn and hold what waits; False if there is none."""
        if not self._turn.interrupt():
            return False
        self._hold("Interrupted.")
        return True

    def interrupt_or_say(self) -> None:
        if not self.interrupt():
            self._stage.app.notify("No turn is running.", timeout=3)

    def back_out(self) -> bool:
        """What Escape ends before it leads back to the prompt: the turn, or the editing of an earlier prompt."""
        return self.interrupt() or self._branches.give_up_editing()

    # ── the queue ──────────────────────────────────────────────────────────────────────────────────

    def _queue(self, queued: Queued) -> None:
        """Send it when the turn that runs has ended."""
        box = self._stage.main.prompt_box
        box.outbox.add(queued)
        box.show_outbox()

    def _hold(self, why: str) -> None:
        """Send nothing more by itself, and say so."""
        box = self._stage.main.prompt_box
        if box.outbox.held or not box.outbox.hold():
            return
        box.show_outbox()
        waiting = plural(len(box.outbox.waiting), "queued message")
        self._stage.say(
            NoticeLevel.INFO, f"{why} {waiting} held: Enter on the empty prompt sends the first, ↑ edits or drops."
        )

    async def after_turn(self, event: TurnFinished) -> None:
        """Go on with what waits, unless the turn ended in a way that a person should look at first."""
        box = self._stage.main.prompt_box
        box.outbox.steering.clear()
        box.show_outbox()
        if event.stop_reason == "max_iterations" and not box.outbox.waiting:
            self._turn.can_go_on = True
            self._stage.say(
                NoticeLevel.INFO, "Enter on the empty prompt continues. The limit is agent.max_tool_iterations."
            )
        if event.stop_reason not in _HOLDING:
            goes_on = self._turn.goes_on and not box.outbox.waiting and not self._stage.services.model.is_guide
            self._stage.background("outbox", self._go_on if goes_on else self._send_next)
            return
        if event.stop_reason == "budget":
            self._stage.say(
                NoticeLevel.INFO, "To raise the limit here: /cost, then b. It applies from the next request."
            )
        if event.stop_reason != "interrupted":
            self._hold("The turn ended with an error.")

    async def _go_on(self) -> None:
        """A call was made again: what came of it goes along with this prompt."""
        if await self._turn.wait():
            self.send(Queued(GO_ON))

    async def _send_next(self) -> None:
        outbox = self._stage.main.prompt_box.outbox
        if await self._turn.wait() and not outbox.held:
            self._send_queued(outbox.take())

    def _send_queued(self, queued: Queued | None) -> None:
        if queued is not None:
            self._stage.main.prompt_box.show_outbox()
            self.send(queued)

    def take_empty(self, *, steers: bool) -> None:
        """The first that is held; when its turn ends well the others follow. Else go on after the limit."""
        outbox = self._stage.main.prompt_box.outbox
        if steers:
            self._steer_first()
        elif outbox.held and not self._turn.is_busy:
            queued = outbox.take()
            outbox.held = False
            self._send_queued(queued)
        elif self._turn.can_go_on and not self._turn.is_busy:
            self.send(Queued(GO_ON))

    def send_chosen(self, chosen: Queued) -> None:
        """Before the others; at once if nothing runs."""
        outbox = self._stage.main.prompt_box.outbox
        queued = self._stage.main.prompt_box.taken_back(chosen)
        if queued is None:
            return
        outbox.held = False
        if self._turn.is_busy:
            outbox.waiting.insert(0, queued)
            self._stage.main.prompt_box.show_outbox()
        else:
            self._send_queued(queued)
