"""The permission mode, and changes of the policy that wait for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blufio_tui.core.capability import Mode
from blufio_tui.core.errors import BlufioError
from blufio_tui.core.text.display import visible_line

if TYPE_CHECKING:
    from blufio_tui.ui.controllers.stage import Stage

_CYCLE = (Mode.ASK, Mode.ACCEPT_EDITS, Mode.PLAN, Mode.READ_ONLY, Mode.DENY)
"""What shift+tab goes through; allow-all is never one key away."""
_ALLOW_ALL = "You are no longer asked: tools and skills may do whatever no rule forbids, until you change the mode."


class Modes:
    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    async def choose(self, name: str = "") -> None:
        """A mode by its name, else from the list. Allow-all is asked about first."""
        if not name:
            self._stage.open_screen("mode", "")
        elif (mode := Mode(name)) is not Mode.ALLOW_ALL:
            await self._set(mode)
        else:
            self._stage.app.push_screen(self._stage.agree("Allow everything?", _ALLOW_ALL), self._allow_all)

    async def _allow_all(self, yes: bool | None) -> None:
        if yes:
            await self._set(Mode.ALLOW_ALL)

    async def cycle(self) -> None:
        now = self._stage.services.mode.get()
        await self._set(_CYCLE[(_CYCLE.index(now) + 1) % len(_CYCLE)] if now in _CYCLE else Mode.ASK)

    async def _set(self, mode: Mode) -> None:
        try:
            await self._stage.services.mode.set(mode)
        except BlufioError as error:
            self._stage.complain(error)
        self._stage.main.status.change(mode=self._stage.services.mode.get())

    async def say_what_waits(self) -> None:
        """At the start: what the files say is not in effect, perhaps since long ago."""
        held = self._stage.services.held
        for change in await held.waiting() if held else ():
            said = visible_line(f"{change}; /confirm shows it")
            self._stage.app.notify(said, severity="warning", markup=False, timeout=15)

    async def confirm_changes(self) -> None:
        """Show what another program changed in the policy; only `y` in this dialog lets it count."""
        app, held = self._stage.app, self._stage.services.held
        waiting = await held.waiting() if held else ()
        if held is None or not waiting:
            app.notify("Nothing needs to be confirmed.", timeout=3)
            return

        async def answer(yes: bool | None) -> None:
            if not yes:
                return
            try:
                done = await held.confirm(waiting)
            except BlufioError as error:
                self._stage.complain(error)
                return
            app.notify(
                "It applies now." if done else "The file has changed in the meantime; review it again with /confirm."
            )

        text = "\n".join(
            f"{change.file}\n" + "\n".join(f"  {visible_line(gain)}" for gain in change.gains) for change in waiting
        )
        app.push_screen(self._stage.agree("Another program changed your policy. Confirm the change?", text), answer)
