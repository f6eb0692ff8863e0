"""What a model reads of a skill that failed: what to do about it, not what its author should change."""

from blufio_tui.core.errors import ErrorKind

_LESS = "give it less, or use another tool"
_PREFIXES = ("abort: ", "host error: ")


def failure_for_model(kind: ErrorKind, message: str) -> str:
    """One line: a traceback is its error and where it arose; advice for authors is left out."""
    match kind:
        case ErrorKind.FUEL_EXHAUSTED:
            return f"the skill used all the computation that it may: {_LESS}"
        case ErrorKind.TIMEOUT:
            return f"the skill ran longer than it may: {_LESS}"
        case ErrorKind.MEMORY_LIMIT:
            return f"the skill needed more memory than it may have: {_LESS}"
        case ErrorKind.OUTPUT_LIMIT:
            return f"the skill's result is larger than it may be: ask it for less, or {_LESS}"
        case ErrorKind.STACK_OVERFLOW:
            return f"the input is nested too deeply for the skill: {_LESS}"
        case ErrorKind.WORKER_CRASHED:
            return "the skill's process ended in the middle; check what it changed before you call it again"
        case ErrorKind.INTEGRITY:
            return (
                "the skill's files are not those that were installed, so it does not run; use another tool, and say so"
            )
        case ErrorKind.INVALID_MODULE | ErrorKind.INVALID_MANIFEST:
            return "the skill is broken and cannot run; use another tool, and say so"
        case _:
            return _without_advice(_one_line(_without_prefix(message)))


def _without_prefix(message: str) -> str:
    for prefix in _PREFIXES:
        message = message.removeprefix(prefix)
    return message


def _one_line(message: str) -> str:
    """`KeyError: nope` and its frames become `KeyError: nope (skill.py, line 2)`; other texts stay as they are."""
    first, *rest = message.split("\n")
    frames = [line.strip() for line in rest if line.strip().startswith('File "')]
    if not frames or len(frames) != len([line for line in rest if line.strip()]):
        return message
    last = frames[-1].removeprefix('File "').replace('", line ', ", line ").partition(", in ")[0]
    return f"{first} ({last})"


def _without_advice(message: str) -> str:
    kept, semicolon, advice = message.rpartition("; ")
    return f"{kept}; {_LESS}" if semicolon and advice.startswith("raise resources.") else message
