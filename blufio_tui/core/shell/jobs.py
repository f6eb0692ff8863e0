"""Background commands: named, with their output kept, ended with the session."""

import asyncio
import re
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field

from blufio_tui.core.errors import HostError
from blufio_tui.core.running import CommandEnded, CommandEvent, CommandOutput
from blufio_tui.core.shell.output import CleanStream, Ends, LastLines, Settler, plain
from blufio_tui.core.tasks import begin

MAX_JOBS = 20
"""Jobs of a session that run at the same time."""

KEPT = 64 * 1024
"""Characters of a job's output that are kept, half of them of its beginning."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,23}")


@dataclass(slots=True, eq=False)
class Job:
    """
    Attributes:
        started, ended: seconds of the monotonic clock; `ended` is None while it runs.
        failure: why it could not continue, "" if nothing of that kind happened.
        killed: ended by job_kill or with the session.
    """

    session_id: str
    name: str
    command: str
    cwd: str
    started: float
    ended: float | None = None
    status: int | None = None
    failure: str = ""
    killed: bool = False
    screen: LastLines = field(default_factory=LastLines)
    kept: Ends = field(default_factory=lambda: Ends(KEPT))
    told: int = 0
    task: "asyncio.Task[None] | None" = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def is_running(self) -> bool:
        return self.ended is None

    @property
    def state(self) -> str:
        """In words, for people and the model."""
        if self.is_running:
            return "running"
        if self.failure:
            return self.failure
        if self.killed:
            return "ended by job_kill or with the session"
        if self.status is not None and self.status < 0:
            return f"ended by signal {-self.status}"
        return f"ended with exit status {self.status}"

    def new_output(self) -> str:
        """The output since the last call; if very long, its end and how much was left out."""
        new = self.kept.total - self.told
        self.told = self.kept.total
        if new <= 0:
            return ""
        tail = self.kept.tail() if self.kept.is_cut else self.kept.head() + self.kept.tail()
        if new <= len(tail):
            return tail[-new:]
        return f"[… {new - len(tail):,} characters left out …]\n{tail}"


class Jobs:
    """All jobs of the program."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._jobs: dict[tuple[str, str], Job] = {}

    def start(self, session_id: str, command: str, cwd: str, events: AsyncGenerator[CommandEvent, None]) -> Job:
        """Run a command, given as its events, as a job.

        Raises:
            HostError: too many jobs run already.
        """
        running = [job for job in self.of(session_id) if job.is_running]
        if len(running) >= MAX_JOBS:
            raise HostError(f"{MAX_JOBS} jobs are running, the maximum; end one with job_kill")
        job = Job(session_id, self._new_name(session_id, command), command, cwd, self._clock())
        self._jobs[session_id, job.name] = job
        job.task = begin(self._follow(job, events))
        return job

    def of(self, session_id: str) -> list[Job]:
        """Oldest first, those that ended included."""
        return [job for (owner, _), job in self._jobs.items() if owner == session_id]

    def get(self, session_id: str, name: str) -> Job | None:
        return self._jobs.get((session_id, name))

    @property
    def running(self) -> int:
        return sum(job.is_running for job in self._jobs.values())

    async def kill(self, job: Job) -> bool:
        """End a job and wait for it; False if it had already ended."""
        if not job.is_running or job.task is None:
            return False
        job.killed = True
        job.task.cancel()
        await asyncio.wait({job.task})
        return True

    async def end_session(self, session_id: str) -> None:
        await asyncio.gather(*(self.kill(job) for job in self.of(session_id)))
        for job in self.of(session_id):
            del self._jobs[session_id, job.name]

    async def close(self) -> None:
        """End everything; nothing outlives the program."""
        await asyncio.gather(*(self.kill(job) for job in self._jobs.values()))

    async def _follow(self, job: Job, events: AsyncGenerator[CommandEvent, None]) -> None:
        streams = {"stdout": CleanStream(), "stderr": CleanStream()}
        settler = Settler()
        try:
            async with aclosing(events):
                async for event in events:
                    if isinstance(event, CommandEnded):
                        job.status = event.status
                    elif isinstance(event, CommandOutput):
                        text = streams[event.stream].feed(event.data)
                        job.screen.feed(text)
                        job.kept.add(plain(settler.feed(text)))
                        job.changed.set()
        except HostError as error:
            job.failure = str(error)
        finally:
            job.kept.add(plain(settler.end()))
            job.ended = self._clock()
            job.changed.set()

    def _new_name(self, session_id: str, command: str) -> str:
        found = _NAME.search(command.rpartition("/")[2] if "/" in command.split(" ", 1)[0] else command)
        base = found[0].lower() if found else "job"
        taken = {job.name for job in self.of(session_id)}
        number = 1
        while f"{base}-{number}" in taken:
            number += 1
        return f"{base}-{number}"
