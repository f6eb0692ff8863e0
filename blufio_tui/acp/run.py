"""Runs the agent on the pipes of this process, which belong to the protocol alone."""

import asyncio
from typing import cast

from acp.agent.connection import AgentSideConnection
from acp.interfaces import Agent

from blufio_tui.acp.agent import EditorAgent
from blufio_tui.acp.home import open_home
from blufio_tui.adapters.json_lines import has_pipes, log_in_lines, own_pipes
from blufio_tui.core.errors import UsageError
from blufio_tui.core.interrupts import run_to_end
from blufio_tui.features.start.arguments import StartOptions

INTERRUPTED = 130
MAX_LINE = 64 * 1024 * 1024
"""Bytes of one message. Images come in base64."""
_NO_PIPES = (
    "`blufio-tui acp` is started by an editor, which talks to it through pipes; docs/acp.md says how to set one up"
)


def run(start: StartOptions) -> int:
    """Serve one editor until it closes its end; the exit code.

    Raises:
        UsageError: standard input or output is no pipe.
        ConfigError, StorageError: what is configured or stored cannot be used.
    """
    if not has_pipes():
        raise UsageError(_NO_PIPES)
    log_in_lines()
    return run_to_end(_serve(start))


async def _serve(start: StartOptions) -> int:
    task = asyncio.current_task()
    with open_home(start) as home:
        async with own_pipes(MAX_LINE) as transport:
            agent = EditorAgent(home)
            connection = AgentSideConnection(
                cast("Agent", agent), transport, listening=False, use_unstable_protocol=True
            )
            try:
                await connection.listen()
            finally:
                try:
                    await connection.close()
                finally:
                    await agent.close()
    return INTERRUPTED if task is not None and task.cancelling() else 0  # the SDK's loop ends without a word
