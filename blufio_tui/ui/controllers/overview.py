"""What stands in the column on the left of wide terminals, and going there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blufio_tui.ui.widgets.panes import Panes

if TYPE_CHECKING:
    from blufio_tui.core.events import TurnFinished
    from blufio_tui.ui.controllers.differences import Differences
    from blufio_tui.ui.controllers.sessions import Sessions
    from blufio_tui.ui.controllers.stage import Stage

_SESSIONS = 100
"""As many are listed; `F7` has all of them."""


class OverviewColumn:
    """Nothing is read while the column is not shown."""

    def __init__(self, stage: Stage, sessions: Sessions, differences: Differences) -> None:
        self._stage = stage
        self._sessions = sessions
        self._differences = differences

    @property
    def _is_shown(self) -> bool:
        """Not before the screen is complete, nor while it is taken down."""
        main = self._stage.main
        panes = next(iter(main.query(Panes)), None)
        return main.is_complete and panes is not None and panes.layout_state.has_column(panes.arrangement)

    def refresh(self) -> None:
        """Both lists."""
        self.refresh_sessions()
        self.refresh_files()

    def refresh_sessions(self) -> None:
        if self._is_shown:
            self._stage.background("overview-sessions", self._read_sessions)

    def refresh_files(self) -> None:
        if self._is_shown:
            self._stage.background("overview-files", self._read_files)

    async def after_turn(self, _event: TurnFinished) -> None:
        self.refresh()

    async def after_showing(self) -> None:
        self.refresh()

    async def _read_sessions(self) -> None:
        services = self._stage.services
        recent = await services.sessions.recent(project=str(services.project), limit=_SESSIONS)
        self._stage.main.panes.overview.sessions.show(recent, self._sessions.session_id, services.clock.now())

    async def _read_files(self) -> None:
        self._stage.main.panes.overview.changed.show(await self._differences.of_session())

    def go(self) -> None:
        """Into the column; from there back to the prompt."""
        main = self._stage.main
        overview = main.panes.overview
        if main.focused in (overview.sessions, overview.changed):
            main.prompt.focus()
        elif self._is_shown:
            overview.sessions.focus()
        else:
            self._stage.app.notify(
                "The column needs 180 columns. F7 lists sessions, /diff what this one changed.",
                severity="warning",
            )

    def toggle(self) -> None:
        """Hide or show the column."""
        panes = self._stage.main.panes
        panes.layout_state = panes.layout_state.toggle_column()
        if self._stage.main.focused is None:
            self._stage.main.prompt.focus()
        self.refresh()
