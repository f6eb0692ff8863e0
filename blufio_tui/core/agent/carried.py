"""What a request to the model contains that no earlier one of the session did, in words for its audit row."""

from collections.abc import Iterable, Sequence

from blufio_tui.core.conversation import Block, ImageBlock, Message, Role, TextBlock, ToolResultBlock, ToolUseBlock
from blufio_tui.core.sessions.conversation_repair import tool_uses
from blufio_tui.core.text.amounts import plural
from blufio_tui.core.text.display import visible_line

MAX_NAMED = 60
_SHOWN = 120
_TELLING = ("path", "command", "url", "pattern", "glob", "name", "query", "call_id", "prompt")
"""The input of a call that says best what it was about; the first that is there."""


class Carried:
    """Of one session: which results and pictures were sent already. A resumed session starts over, since everything in
    it is then sent again, perhaps to another model."""

    def __init__(self) -> None:
        self._sent: set[str] = set()
        self._model = ""

    def news(self, model: str, messages: Sequence[Message]) -> str:
        """`3 results: file read src/a.py, bash ls -la` or "", and what the person wrote and attached."""
        if model != self._model:
            self._model = model
            self._sent.clear()
        named: list[str] = []
        pictures = prompts = 0
        for message, blocks in self._unsent(messages):
            calls = {call.id: call for call in tool_uses(message)} if message else {}
            for block in blocks:
                if isinstance(block, ToolResultBlock):
                    seen = f" with {plural(len(block.images), 'picture')}" if block.images else ""
                    named.append(_call_in_words(calls.get(block.tool_use_id)) + seen)
                pictures += isinstance(block, ImageBlock)
                prompts += isinstance(block, TextBlock)
        parts = [plural(prompts, "text") + " of yours"] if prompts else []
        parts += [plural(pictures, "picture")] if pictures else []
        parts += [f"{plural(len(named), 'result')}: {_listed(named)}"] if named else []
        return "; ".join(parts)

    def _unsent(self, messages: Sequence[Message]) -> list[tuple[Message | None, list[Block]]]:
        """The blocks of the person's side that are new, each message's with the message before it, oldest first."""
        found: list[tuple[Message | None, list[Block]]] = []
        for number in range(len(messages) - 1, -1, -1):
            if messages[number].role is not Role.USER:
                continue
            keys = [_key(number, place, block) for place, block in enumerate(messages[number].blocks)]
            new = [block for key, block in zip(keys, messages[number].blocks, strict=True) if key not in self._sent]
            if not new:
                break
            self._sent.update(keys)
            found.append((messages[number - 1] if number else None, new))
        return found[::-1]


def _key(number: int, place: int, block: Block) -> str:
    return block.tool_use_id if isinstance(block, ToolResultBlock) else f"{number}.{place}"


def _call_in_words(call: ToolUseBlock | None) -> str:
    if call is None:
        return "a result"
    action = call.input.get("action")
    said = next((str(call.input[key]) for key in _TELLING if call.input.get(key)), "")
    words = [call.name, *([action] if isinstance(action, str) else []), *([said] if said else [])]
    text = visible_line(" ".join(words))
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _listed(named: Sequence[str]) -> str:
    shown: Iterable[str] = dict.fromkeys(named[:MAX_NAMED])
    more = len(named) - MAX_NAMED
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")
