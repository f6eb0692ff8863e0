"""What fills the model's window, part by part."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from blufio_tui.core.agent.compaction import ContextMeter, estimate_tokens
from blufio_tui.core.agent.provider import SystemBlock
from blufio_tui.core.agent.requests import fixed_tokens
from blufio_tui.core.agent.sent_view import KEPT_WHOLE
from blufio_tui.core.conversation import Block, ImageBlock, Message, Role, TextBlock, ToolResultBlock, ToolUseBlock
from blufio_tui.core.sessions.conversation_repair import tool_uses
from blufio_tui.core.sessions.records import SUMMARY_HEAD
from blufio_tui.core.tools import ToolDefinition


@dataclass(frozen=True, slots=True)
class ContextPart:
    """
    Attributes:
        count: how many of them there are, 0 if that says nothing.
    """

    name: str
    tokens: int
    count: int = 0


@dataclass(frozen=True, slots=True)
class ContextReport:
    """The total that the meter shows, and its parts in the order in which they are sent; the parts add up to the
    total."""

    meter: ContextMeter
    parts: tuple[ContextPart, ...]


def context_parts(
    system: Sequence[SystemBlock], tools: Sequence[ToolDefinition], messages: Sequence[Message]
) -> tuple[ContextPart, ...]:
    """The estimated parts; empty ones are left out.

    Args:
        messages: as they are sent.
    """
    tokens: dict[str, int] = {}
    counts: dict[str, int] = {}
    for zone in system:
        tokens[zone.part] = tokens.get(zone.part, 0) + fixed_tokens([zone], [])
    tokens["tools"], counts["tools"] = fixed_tokens([], tools), len(tools)
    whole = {call.id for message in messages for call in tool_uses(message) if call.name in KEPT_WHOLE}
    for message in messages:
        for block in message.blocks:
            name = _name(block, message, whole)
            tokens[name] = tokens.get(name, 0) + estimate_tokens([Message(message.role, (block,))])
            counts[name] = counts.get(name, 0) + 1
    return tuple(ContextPart(name, count, counts.get(name, 0)) for name, count in tokens.items() if count)


def fitted(parts: Sequence[ContextPart], tokens: int) -> tuple[ContextPart, ...]:
    """The parts scaled to add up to the measured total; the largest part absorbs the rounding."""
    total = sum(part.tokens for part in parts)
    if not total or not tokens:
        return tuple(parts)
    shares = [replace(part, tokens=part.tokens * tokens // total) for part in parts]
    largest = max(range(len(shares)), key=lambda place: shares[place].tokens)
    rest = tokens - sum(part.tokens for part in shares)
    shares[largest] = replace(shares[largest], tokens=shares[largest].tokens + rest)
    return tuple(shares)


def in_words(report: ContextReport, model: str, full: int) -> str:
    """The report as lines of text. `full`: tokens at which the conversation is summarised."""
    meter, window = report.meter, report.meter.window
    holds = f"The window of {model} holds {window:,} tokens" if window else f"The window of {model} is not known"
    taken = f"{meter.tokens:,} tokens are used" + (f" ({meter.share:.0%})" if window else "")
    width = max((len(_label(part)) for part in report.parts), default=0)
    lines = [
        f"  {_label(part):<{width}}  {part.tokens:>9,}  {part.tokens / max(meter.tokens, 1):>4.0%}"
        for part in report.parts
    ]
    if window:
        left = max(full - meter.tokens, 0)
        lines.append(f"The conversation is summarised automatically after {left:,} more. /compact does it now.")
    return "\n".join([f"{holds}; {taken}. The parts are estimates:", *lines])


def _label(part: ContextPart) -> str:
    return f"{part.name} ({part.count})" if part.count else part.name


def _name(block: Block, message: Message, whole: set[str]) -> str:
    match block:
        case ToolResultBlock(call_id) if call_id in whole:
            return "loaded skills"
        case ToolResultBlock():
            return "tool results"
        case ToolUseBlock():
            return "tool calls"
        case ImageBlock():
            return "pictures"
        case TextBlock() if message.text.startswith(SUMMARY_HEAD) and message.role is Role.USER:
            return "summary"
        case TextBlock() if message.role is Role.USER:
            return "your messages"
        case _:
            return "replies and thinking"
