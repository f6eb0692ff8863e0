"""A conversation as values: messages made of content blocks, in the terms of the Messages API."""

from dataclasses import dataclass
from enum import StrEnum

from blufio_tui.core.text.json_types import JsonObject


class Role(StrEnum):
    USER = "user"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class TextBlock:
    text: str


@dataclass(frozen=True, slots=True)
class ImageBlock:
    """An image; `data` is base64."""

    media_type: str
    data: str


@dataclass(frozen=True, slots=True)
class ThinkingBlock:
    """Thinking with the signature that proves it is the model's own.

    Attributes:
        model: the model that wrote it; no other model accepts it back. "" means unknown.
    """

    thinking: str
    signature: str
    model: str = ""


@dataclass(frozen=True, slots=True)
class RedactedThinkingBlock:
    data: str
    model: str = ""


@dataclass(frozen=True, slots=True)
class ToolUseBlock:
    """
    Attributes:
        invalid: why the call must not run (input cut off, not JSON), for the error result; "" if it may.
    """

    id: str
    name: str
    input: JsonObject
    invalid: str = ""


@dataclass(frozen=True, slots=True)
class ToolResultBlock:
    """
    Attributes:
        images: pictures that come with the text.
    """

    tool_use_id: str
    content: str
    is_error: bool = False
    images: tuple[ImageBlock, ...] = ()


Block = TextBlock | ImageBlock | ThinkingBlock | RedactedThinkingBlock | ToolUseBlock | ToolResultBlock


@dataclass(frozen=True, slots=True)
class Message:
    role: Role
    blocks: tuple[Block, ...]

    @property
    def text(self) -> str:
        return "".join(block.text for block in self.blocks if isinstance(block, TextBlock))

    @property
    def images(self) -> tuple[ImageBlock, ...]:
        """All pictures, including those in results."""
        found: list[ImageBlock] = []
        for block in self.blocks:
            match block:
                case ImageBlock():
                    found.append(block)
                case ToolResultBlock(images=images):
                    found += images
                case _:
                    pass
        return tuple(found)

    @property
    def typed(self) -> str:
        """What a person typed: the last text block; attachments come before it."""
        return next((block.text for block in reversed(self.blocks) if isinstance(block, TextBlock)), "")


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """Tokens of one or more requests to the model."""

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0

    @property
    def sent(self) -> int:
        """Tokens the model was given; `input_tokens` are only those that the cache neither held nor took."""
        return self.input_tokens + self.cache_read_tokens + self.cache_write_tokens

    def __add__(self, other: "TokenUsage") -> "TokenUsage":
        return TokenUsage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cache_read_tokens + other.cache_read_tokens,
            self.cache_write_tokens + other.cache_write_tokens,
        )

    def beyond(self, part: "TokenUsage") -> "TokenUsage":
        """What this counts that `part` does not."""
        return TokenUsage(
            max(self.input_tokens - part.input_tokens, 0),
            max(self.output_tokens - part.output_tokens, 0),
            max(self.cache_read_tokens - part.cache_read_tokens, 0),
            max(self.cache_write_tokens - part.cache_write_tokens, 0),
        )
