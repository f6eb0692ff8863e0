"""What a person adds while a turn runs: how the model is told, and how that is recognised again."""

from blufio_tui.core.conversation import Message, Role, TextBlock

_HEAD = "While you were working, I added:\n"


def steering(text: str) -> TextBlock:
    """What was added, in the words that the model reads and that are stored."""
    return TextBlock(_HEAD + text)


def added_text(message: Message) -> str | None:
    """What the person added, as it was typed; None for any other message."""
    if message.role is not Role.USER or not message.typed.startswith(_HEAD):
        return None
    return message.typed.removeprefix(_HEAD)
