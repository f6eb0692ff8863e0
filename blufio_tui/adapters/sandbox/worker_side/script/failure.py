"""From what MicroPython writes to standard error to the error of a call."""

from dataclasses import dataclass
from itertools import pairwise

from blufio_tui.adapters.sandbox.wire.script_program import GUEST_MODULE
from blufio_tui.adapters.sandbox.worker_side.guest_errors import GuestTrap
from blufio_tui.core.errors import ErrorKind

_START = "Traceback (most recent call last):"
_FRAMES_AT_EACH_END = 5
_MAX_MESSAGE = 2000


@dataclass(frozen=True, slots=True)
class Uncaught:
    """An exception that ended a script.

    Attributes:
        frames: `File "skill.py", line 3, in f`, outermost first.
        name: the exception's class.
    """

    frames: tuple[str, ...]
    name: str
    message: str

    def render(self) -> str:
        head = f"{self.name}: {self.message}" if self.message else self.name
        return "\n".join((head[:_MAX_MESSAGE], *(f"  {frame}" for frame in _shortened(self.frames))))


def split(text: str) -> tuple[str, Uncaught | None]:
    """What a script wrote to standard error itself, and the exception at its end."""
    before, found, trace = text.rpartition(_START)
    if not found:
        return text, None
    lines = trace.strip("\n").split("\n")
    frames = _own_frames([line.strip() for line in lines if line.startswith("  File ")])
    first = next((number for number, line in enumerate(lines) if not line.startswith("  ")), len(lines))
    name, _, message = "\n".join(lines[first:]).partition(":")
    return before, Uncaught(tuple(frames), name.strip() or "error", message.strip())


def trap_of(uncaught: Uncaught, memory_bytes: int) -> GuestTrap:
    """The kind of error that an uncaught exception stands for, and a message with the script's own lines."""
    shown = uncaught.render()
    match uncaught.name:
        case "MemoryError":
            limit = memory_bytes // (1024 * 1024)
            advice = f"the script used up its memory of {limit} MiB; raise resources.memory_mb in skill.toml"
            return GuestTrap(ErrorKind.MEMORY_LIMIT, f"{advice} if it needs more\n{shown}")
        case "RuntimeError" if "recursion depth" in uncaught.message:
            return GuestTrap(ErrorKind.STACK_OVERFLOW, f"the script recursed too deeply\n{shown}")
        case "HostError":
            return GuestTrap(ErrorKind.HOST_ERROR, f"host error: {shown.removeprefix('HostError: ')}")
        case _:
            return GuestTrap(ErrorKind.TRAP, shown)


def _own_frames(frames: list[str]) -> list[str]:
    """Without the frames of the built-in module, and of the lines that load a script or a module in one go."""
    loaders = {
        number
        for number, (frame, inner) in enumerate(pairwise(frames))
        if frame == f"{_file_of(inner)}, line 1, in <module>" and inner.endswith(", in <module>")
    }
    hidden = (f'File "{GUEST_MODULE}"', 'File "<stdin>"')
    return [frame for number, frame in enumerate(frames) if number not in loaders and not frame.startswith(hidden)]


def _file_of(frame: str) -> str:
    return frame.partition(",")[0]


def _shortened(frames: tuple[str, ...]) -> tuple[str, ...]:
    left_out = len(frames) - 2 * _FRAMES_AT_EACH_END
    if left_out <= 0:
        return frames
    return (*frames[:_FRAMES_AT_EACH_END], f"… {left_out} more …", *frames[-_FRAMES_AT_EACH_END:])
