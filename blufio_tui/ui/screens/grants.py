"""Stored answers, newest first, and taking them back."""

from collections.abc import Hashable, Sequence
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import Screen

from blufio_tui.core.errors import BlufioError, ConfigError
from blufio_tui.core.policy.approval import Lifetime
from blufio_tui.core.policy.grants import Grant
from blufio_tui.ui.background import in_background
from blufio_tui.ui.content.grant_lines import grant_details, grant_line
from blufio_tui.ui.ports.screen_host import ScreenHost
from blufio_tui.ui.ports.services import Services
from blufio_tui.ui.screens.ask import AskLine
from blufio_tui.ui.screens.explorer import Explorer
from blufio_tui.ui.state.grant_edit import HELP, typed_lifetime, with_lifetime
from blufio_tui.ui.text.columns import labelled


class GrantsScreen(Explorer[Grant]):
    heading = "Grants"
    noun = "grant"
    of_a_row = frozenset({"grants.revoke", "grants.edit"})
    nothing = (
        "No answers are stored. When a tool wants something that its manifest does not declare you are asked, and "
        "what you allow or deny for the session or for good is listed here."
    )

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "d,delete", "revoke", "Revoke", id="grants.revoke", tooltip="Forget this answer; you will be asked again"
        ),
        Binding("e", "edit", "How long", id="grants.edit", tooltip="Change how long the answer lasts"),
        Binding("u", "undo", "Undo", id="grants.undo", tooltip="Restore the answer that was just revoked"),
    ]

    _revoked: Grant | None = None

    def __init__(self, services: Services, session_id: str = "") -> None:
        super().__init__(services)
        self._session_id = session_id

    async def load(self) -> Sequence[Grant]:
        store = self.services.grants
        if store.blocked:
            raise ConfigError(f"Grants cannot be read, so everything that needs one is denied: {store.blocked}")
        return sorted(store.grants(), key=lambda grant: -grant.created)

    def row_key(self, row: Grant) -> Hashable:
        return row.grant_id

    def line(self, row: Grant, width: int) -> Content:
        return grant_line(row, width)

    def search_text(self, row: Grant) -> str:
        return f"{row.actor_name} {row.kind} {row.pattern} {row.verdict} {row.lifetime} {row.grant_id}"

    def details(self, row: Grant, width: int) -> list[Content]:
        lines = grant_details(row, width)
        if row.lifetime is Lifetime.SESSION and row.session_id != self._session_id:
            lines += labelled("session", Content.styled("another than the one that is open", "$warn"), width)
        return lines

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return self._revoked is not None if action == "undo" else super().check_action(action, parameters)

    def action_revoke(self) -> None:
        grant = self.list_view.current
        if grant is not None:
            in_background(self, f"revoke {grant.grant_id}", self._revoke, grant)

    async def _revoke(self, grant: Grant) -> None:
        try:
            self._revoked = await self.services.grants.revoke(grant.grant_id)
        except BlufioError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        await self.reload()
        self.refresh_bindings()
        self.notify("Revoked. u restores it.", timeout=4)

    def action_edit(self) -> None:
        grant = self.list_view.current
        if grant is not None:
            check = partial(self._changed, grant)
            ask = AskLine("How long does it last?", typed_lifetime(grant), HELP, check=check)
            self.app.push_screen(ask, lambda typed: self._edit(grant, typed))

    def _changed(self, grant: Grant, typed: str) -> Grant:
        """Raises `UsageError`."""
        return with_lifetime(grant, typed, now=self.services.clock.now(), session_id=self._session_id)

    def _edit(self, grant: Grant, typed: str | None) -> None:
        if typed is not None:
            changed = self._changed(grant, typed)
            in_background(self, f"revoke {grant.grant_id}", self._replace, grant, changed)

    async def _replace(self, old: Grant, new: Grant) -> None:
        """Answers for a session are kept elsewhere than the lasting ones: from one to the other they move."""
        store = self.services.grants
        if Lifetime.SESSION in (old.lifetime, new.lifetime):
            await store.revoke(old.grant_id)
            await store.add(new)
        else:
            await store.replace(new)
        await self.reload()

    def action_undo(self) -> None:
        if self._revoked is not None:
            in_background(self, f"revoke {self._revoked.grant_id}", self._restore, self._revoked)
            self._revoked = None
            self.refresh_bindings()

    async def _restore(self, grant: Grant) -> None:
        try:
            await self.services.grants.add(grant)
        except BlufioError as error:
            self.notify(str(error), severity="error", markup=False)
        await self.reload()


async def open_screen(host: ScreenHost, _query: str) -> Screen[None]:
    return GrantsScreen(host.services, host.session_id)
