"""The background jobs as the screen sees them."""

from collections.abc import Sequence

from blufio_tui.core.shell.jobs import Job, Jobs


class ScreenJobs:
    """Implements `ui.ports.services.JobsPort`."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs

    async def of(self, session_id: str) -> Sequence[Job]:
        return self._jobs.of(session_id)

    async def kill(self, job: Job) -> bool:
        return await self._jobs.kill(job)

    async def end_session(self, session_id: str) -> None:
        await self._jobs.end_session(session_id)
