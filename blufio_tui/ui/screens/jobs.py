"""The commands in the background, with what they print."""

from collections.abc import Hashable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import Screen

from blufio_tui.core.errors import UsageError
from blufio_tui.core.shell.jobs import Job
from blufio_tui.core.text.amounts import duration
from blufio_tui.core.text.display import visible, visible_line
from blufio_tui.ui.background import in_background
from blufio_tui.ui.content.symbols import STATES
from blufio_tui.ui.content.terminal_lines import terminal_lines
from blufio_tui.ui.ports.screen_host import ScreenHost
from blufio_tui.ui.ports.services import JobsPort, Services
from blufio_tui.ui.screens.explorer import Explorer
from blufio_tui.ui.state.states import State
from blufio_tui.ui.text.columns import cell, labelled, right_cell

_LOOK_SECS = 0.5
_NAME, _STATE = 16, 26


class JobsScreen(Explorer[Job]):
    heading = "Jobs"
    noun = "job"
    of_a_row = frozenset({"jobs.end"})
    nothing = (
        "No command runs in the background. The agent starts one for a server or a watcher; it ends with the session."
    )

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d,delete", "end_job", "End", id="jobs.end", tooltip="End the job and everything it started"),
    ]

    def __init__(self, services: Services, jobs: JobsPort, session_id: str) -> None:
        super().__init__(services)
        self._jobs = jobs
        self._session_id = session_id

    def on_mount(self) -> None:
        self.set_interval(_LOOK_SECS, self.action_reload)

    async def load(self) -> Sequence[Job]:
        return await self._jobs.of(self._session_id)

    def row_key(self, row: Job) -> Hashable:
        return row.name

    def line(self, row: Job, width: int) -> Content:
        took = duration(1000 * ((row.ended or self.services.clock.monotonic()) - row.started))
        room = max(width - _NAME - _STATE - 12, 8)
        return Content.assemble(
            " ",
            STATES[_state(row)](),
            " ",
            cell(Content.styled(visible_line(row.name), "bold"), _NAME),
            cell(Content.styled(row.state, "$muted"), _STATE),
            cell(Content.styled(visible_line(row.command), "$muted"), room),
            right_cell(took, 8, "$muted"),
        )

    def details(self, row: Job, width: int) -> list[Content]:
        lines = labelled("command", visible(row.command), width)
        lines += labelled("folder", visible_line(row.cwd), width)
        lines += labelled("state", visible(row.state), width)
        lines.append(Content(""))
        if row.screen.dropped:
            note = f"… {row.screen.dropped:,} earlier lines are not shown"
            lines.append(Content.styled(note, "italic $muted"))
        return lines + [line.truncate(width, ellipsis=True) for line in terminal_lines(row.screen.lines())]

    def action_end_job(self) -> None:
        if (job := self.list_view.current) is not None:
            in_background(self, f"end {job.name}", self._end, job)

    async def _end(self, job: Job) -> None:
        ended = await self._jobs.kill(job)
        self.notify(f"Ended {job.name}." if ended else f"{job.name} had already ended.", timeout=4, markup=False)
        await self.reload()


def _state(job: Job) -> State:
    if job.is_running:
        return State.RUNNING
    if job.killed:
        return State.CANCELLED
    return State.OK if job.status == 0 and not job.failure else State.ERROR


async def open_screen(host: ScreenHost, _query: str) -> Screen[None]:
    if host.services.jobs is None:
        raise UsageError("No commands run in the background here.")
    return JobsScreen(host.services, host.services.jobs, host.session_id)
