"""What happens inside calls, each event as a sentence: for a screen reader, which reads no columns."""

from collections.abc import Mapping

from blufio_tui.core.capability import DecidedBy, Verdict
from blufio_tui.core.events import (
    Event,
    HostCallFinished,
    HostCallStarted,
    ToolCallFinished,
    ToolCallStarted,
    TurnFinished,
)
from blufio_tui.core.text.display import visible_line

BY: Mapping[str, str] = {
    DecidedBy.NEVER_RULE: "a rule that nobody can change",
    DecidedBy.USER_RULE: "your rule",
    DecidedBy.MANIFEST: "the manifest",
    DecidedBy.GRANT: "a stored answer",
    DecidedBy.USER: "you",
    DecidedBy.MODE: "the mode",
    DecidedBy.TIMEOUT: "the time limit",
}
_ENDS: Mapping[str, str] = {
    "end_turn": "The turn has ended.",
    "interrupted": "The turn was interrupted.",
    "error": "The turn ended with an error.",
    "budget": "The turn ended: the budget is spent.",
}


_FAILURES = {"DENIED": "was denied", "NOT RUN": "was not run"}
"""How the text of a call begins that did not go wrong by itself."""


def sentence(event: Event, tools: Mapping[str, str]) -> str:
    """One sentence, "" for what the conversation says itself.

    Args:
        tools: the tool of each call by the call's id.
    """
    match event:
        case ToolCallStarted(tool=tool):
            return f"The tool {visible_line(tool)} begins."
        case HostCallStarted(call_id=call_id, kind=kind, resource=resource, asking=True):
            return f"{_tool(call_id, tools)} asks for {kind.value} {visible_line(resource)}."
        case HostCallFinished(call_id=call_id, kind=kind, resource=resource, decision=decision, decided_by=by):
            verdict = "allowed" if decision is Verdict.ALLOW else "denied"
            return (
                f"{_tool(call_id, tools)}: {kind.value} {visible_line(resource)}, {verdict} by {BY.get(by, by.value)}."
            )
        case ToolCallFinished(call_id=call_id, is_error=is_error, content=content):
            said = next((ends for begins, ends in _FAILURES.items() if content.startswith(begins)), "failed")
            return f"{_tool(call_id, tools)} {said if is_error else 'has finished'}."
        case TurnFinished(stop_reason=reason):
            return _ENDS.get(reason, f"The turn has ended: {reason.replace('_', ' ')}.")
        case _:
            return ""


def _tool(call_id: str, tools: Mapping[str, str]) -> str:
    return f"The tool {visible_line(tools[call_id])}" if call_id in tools else "A call"
