"""The tools `job_output` and `job_kill`: show and end background jobs.

Neither needs approval: the command was decided on when it was started.
"""

from blufio_tui.core.builtin.common import outcome_of, text_argument
from blufio_tui.core.errors import HostError
from blufio_tui.core.shell.jobs import Job, Jobs
from blufio_tui.core.text.display import visible_line
from blufio_tui.core.text.json_types import JsonObject, ReadOnlyObject
from blufio_tui.core.tools import CallContext, ToolOutcome

_SCHEMA: ReadOnlyObject = {
    "type": "object",
    "properties": {"job": {"type": "string", "minLength": 1}},
    "required": ["job"],
    "additionalProperties": False,
}


class JobOutputTool:
    name = "job_output"
    description = "What a `background` job printed since the last look, and whether it runs. Never asks."
    input_schema = _SCHEMA

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs

    def change_of(self, _arguments: ReadOnlyObject) -> str:
        return ""

    async def invoke(self, arguments: JsonObject, context: CallContext) -> ToolOutcome:
        return await outcome_of(self._look(arguments, context))

    async def _look(self, arguments: JsonObject, context: CallContext) -> str:
        job = _named(self._jobs, arguments, context)
        return f"{job.new_output().rstrip() or '(nothing new)'}\n[{job.name}: {job.state}]"


class JobKillTool:
    name = "job_kill"
    description = "End a `background` job with everything it started. Never asks."
    input_schema = _SCHEMA

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs

    def change_of(self, arguments: ReadOnlyObject) -> str:
        return f"{self.name} {arguments.get('job', '')}"

    async def invoke(self, arguments: JsonObject, context: CallContext) -> ToolOutcome:
        return await outcome_of(self._kill(arguments, context))

    async def _kill(self, arguments: JsonObject, context: CallContext) -> str:
        job = _named(self._jobs, arguments, context)
        ended = await self._jobs.kill(job)
        rest = job.new_output().rstrip()
        last = f"\nits last output:\n{rest}" if rest else ""
        return (f"{job.name} is ended" if ended else f"{job.name} had already stopped: {job.state}") + last


def _named(jobs: Jobs, arguments: JsonObject, context: CallContext) -> Job:
    name = text_argument(arguments, "job")
    job = jobs.get(context.session_id, name)
    if job is None:
        known = ", ".join(f"{one.name} ({one.state})" for one in jobs.of(context.session_id)) or "none"
        raise HostError(f"there is no job {visible_line(name[:80])!r} in this session; the jobs are: {known}")
    return job
