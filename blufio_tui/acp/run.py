"""Runs the agent on the pipes of this process, which belong to the protocol alone."""

import argparse
import asyncio
import logging
import os
import stat
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from acp.agent.connection import AgentSideConnection
from acp.interfaces import Agent

from blufio_tui.acp.agent import EditorAgent
from blufio_tui.acp.transport import MAX_LINE, LineTransport
from blufio_tui.core.errors import UsageError
from blufio_tui.core.text.display import visible_line
from blufio_tui.wiring.acp import open_home

INTERRUPTED = 130
_NO_PIPES = (
    "`blufio-tui acp` is started by an editor, which talks to it through pipes; docs/acp.md says how to set one up"
)


def run(args: argparse.Namespace) -> int:
    """Serve one editor until it closes its end; the exit code.

    Raises:
        UsageError: standard input or output is no pipe.
        ConfigError, StorageError: what is configured or stored cannot be used.
    """
    for descriptor in (0, 1):
        if not _is_pipe(descriptor):
            raise UsageError(_NO_PIPES)
    _log_in_lines()
    return asyncio.run(_serve(args))


async def _serve(args: argparse.Namespace) -> int:
    task = asyncio.current_task()
    with open_home(args) as home:
        async with _pipes() as transport:
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


@asynccontextmanager
async def _pipes() -> AsyncIterator[LineTransport]:
    """The two pipes, out of reach of everything else: what is printed goes to standard error, and what is started
    here reads nothing."""
    reading, writing = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=MAX_LINE)
    source, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(reading, "rb", buffering=0)
    )
    sink, protocol = await loop.connect_write_pipe(
        lambda: asyncio.streams.FlowControlMixin(loop), os.fdopen(writing, "wb", buffering=0)
    )
    try:
        yield LineTransport(reader, asyncio.StreamWriter(sink, protocol, None, loop))
    finally:
        source.close()
        sink.close()


def _is_pipe(descriptor: int) -> bool:
    try:
        mode = os.fstat(descriptor).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


class _Lines(logging.Handler):
    """What the SDK complains about, as a line: a person reads it in the editor's log."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        said = f"{record.getMessage()}: {error}" if error is not None else record.getMessage()
        sys.stderr.write(f"blufio-tui: {visible_line(said)[:500]}\n")


def _log_in_lines() -> None:
    handler = _Lines(logging.WARNING)
    logging.getLogger().addHandler(handler)
