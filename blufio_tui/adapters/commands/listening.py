"""Distributes the output of one command: to the screen, to the disk if it is long, and to the model."""

import asyncio
from typing import TYPE_CHECKING

from blufio_tui.core.running import CommandListener, CommandOutput, Stream
from blufio_tui.core.shell.output import CleanStream, Ends, Settler, plain

if TYPE_CHECKING:
    from blufio_tui.adapters.commands.output_files import OutputFile, OutputFiles

_PAUSE_SECS = 0.05
"""Between two pieces for the screen: more often nobody sees, and a busy screen takes no keys."""

_LONG_LINE = 4 * 1024
"""Characters; a longer line is cut inside rather than left out whole."""

_PIECE = 8 * 1024
"""Characters of one piece for the screen; of more only the end is shown."""


class Collected:
    """Collects a command's output as it arrives. `text` is what the model gets."""

    def __init__(self, limit: int, files: "OutputFiles | None", listener: CommandListener | None) -> None:
        self._ends = Ends(limit)
        self._limit = limit
        self._files = files
        self._listener = listener
        self._streams: dict[Stream, CleanStream] = {"stdout": CleanStream(), "stderr": CleanStream()}
        self._settler = Settler()
        self._file: OutputFile | None = None
        self._problem = ""
        self._pending: list[tuple[Stream, str]] = []
        self._waiting = 0
        self._skipped = 0
        self._timer: asyncio.TimerHandle | None = None

    def take(self, output: CommandOutput) -> None:
        text = self._streams[output.stream].feed(output.data)
        self._show(output.stream, text)
        self._keep(plain(self._settler.feed(text)))

    def finish(self) -> None:
        """The output has ended."""
        for stream, clean in self._streams.items():
            if text := clean.feed(b"", final=True):
                self._show(stream, text)
                self._keep(plain(self._settler.feed(text)))
        self._keep(plain(self._settler.end()))
        if self._timer is not None:
            self._timer.cancel()
        self._send()
        if self._file is not None:
            self._file.close()

    def text(self) -> str:
        """The whole output if short; else its beginning and end, and how to read the rest."""
        ends = self._ends
        if not ends.is_cut:
            return ends.head() + ends.tail()
        head, tail = ends.head(), ends.tail()
        if (last := head.rfind("\n") + 1) > len(head) - _LONG_LINE:
            head = head[:last]
        if (first := tail.find("\n") + 1) < _LONG_LINE:
            tail = tail[first:]
        left_out = f"{ends.total - len(head) - len(tail):,} of {ends.total:,} characters left out here"
        return f"{head}\n[… {left_out}{self._where(len(head))} …]\n{tail}"

    def _where(self, offset: int) -> str:
        if self._file is None or self._listener is None:
            return f"; they are not stored: {self._problem}" if self._problem else ""
        note = f"; the end is not stored, {self._file.left_out:,} bytes" if self._file.left_out else ""
        how = f'read_result {{"call_id": "{self._listener.call_id}", "offset": {offset}}}'
        return f'; read on with {how}, by "lines" or by "pattern"{note}'

    def _keep(self, text: str) -> None:
        overflows = not self._ends.is_cut and self._ends.total + len(text) > self._limit
        before = self._ends.head() + self._ends.tail() if overflows else ""
        self._ends.add(text)
        if overflows:
            self._open(before)
        if self._file is not None:
            self._file.add(text)

    def _open(self, before: str) -> None:
        if self._files is None or self._listener is None:
            return
        try:
            self._file = self._files.create(self._listener.session_id, self._listener.call_id)
        except OSError as error:
            self._problem = error.strerror or str(error)
            return
        self._file.add(before)

    def _show(self, stream: Stream, text: str) -> None:
        if self._listener is None or not text:
            return
        self._pending.append((stream, text))
        self._waiting += len(text)
        while len(self._pending) > 1 and self._waiting - len(self._pending[0][1]) >= _PIECE:
            dropped = len(self._pending.pop(0)[1])
            self._waiting -= dropped
            self._skipped += dropped
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_PAUSE_SECS, self._send)

    def _send(self) -> None:
        self._timer = None
        if self._listener is None or not self._pending:
            return
        pending, self._pending, self._waiting = self._pending, [], 0
        stream, first = pending[0]
        if self._skipped or len(first) > _PIECE:
            kept = first[-_PIECE:]
            kept = kept[kept.find("\n") + 1 :] if "\n" in kept else kept
            skipped, self._skipped = self._skipped + len(first) - len(kept), 0
            pending[0] = (stream, f"\n[… {skipped:,} characters are not shown live …]\n{kept}")
        for stream, text in _joined(pending):
            self._listener.heard(stream, text)


def _joined(pieces: list[tuple[Stream, str]]) -> list[tuple[Stream, str]]:
    joined: list[tuple[Stream, str]] = []
    for stream, text in pieces:
        if joined and joined[-1][0] == stream:
            joined[-1] = (stream, joined[-1][1] + text)
        else:
            joined.append((stream, text))
    return joined
