"""Messages for the person about a reply that did not end normally."""

from blufio_tui.core.agent.provider import ProviderReply
from blufio_tui.core.conversation import TextBlock, ToolUseBlock


def explain(reply: ProviderReply, max_tokens: int) -> str:
    """A sentence with what to do, "" for an ordinary reply."""
    match reply.stop_reason:
        case "max_tokens":
            return (
                f'The reply was cut off at {max_tokens:,} tokens. Say "continue" to go on, or raise agent.max_tokens.'
            )
        case "model_context_window_exceeded":
            return (
                "The reply was cut off because the model's window is full. Summarise the conversation with /compact, "
                'then say "continue".'
            )
        case "refusal":
            return "The model refused to continue. Rephrase your message, or go back with /rewind."
    if not any(isinstance(block, TextBlock | ToolUseBlock) for block in reply.blocks):
        return "" if reply.stop_reason == "pause_turn" else _EMPTY
    return ""


_EMPTY = 'The model sent an empty reply. Say "continue", or rephrase your message.'
