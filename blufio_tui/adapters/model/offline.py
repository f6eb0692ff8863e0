"""The offline guide: a provider with no model behind it, so that the program works on any machine.

It speaks the same events as a model: text, a tool call, and after the result a sentence about it.
"""

from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from uuid import uuid4

from blufio_tui.core.agent.provider import ModelRequest, ProviderEvent, ProviderReply, ProviderText
from blufio_tui.core.agent.requests import GUIDE_NAME
from blufio_tui.core.conversation import Block, Message, TextBlock, TokenUsage, ToolUseBlock
from blufio_tui.core.guide.guide import ToolExamples, find_call, suggestions
from blufio_tui.core.guide.replies import BUILT_IN_EXAMPLES, announcement, introduction, not_understood, report
from blufio_tui.core.sessions.conversation_repair import tool_results

_ABOUT = frozenset({"", "help", "hi", "hello", "who are you", "what can you do", "?"})


class OfflineGuide:
    """Implements `core.ports.Provider`.

    Args:
        skill_examples: the examples of the enabled skills, under their tool names; read again for each sentence.
        built_in: sentences for the built-in tools.
    """

    is_guide = True

    def __init__(
        self,
        skill_examples: Callable[[], Iterable[ToolExamples]] = tuple,
        built_in: Sequence[ToolExamples] = BUILT_IN_EXAMPLES,
    ) -> None:
        self._skill_examples = skill_examples
        self._built_in = tuple(built_in)

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ProviderEvent, None]:
        blocks = self._answer(request)
        for block in blocks:
            if isinstance(block, TextBlock):
                yield ProviderText(block.text)
        stop_reason = "tool_use" if any(isinstance(block, ToolUseBlock) for block in blocks) else "end_turn"
        yield ProviderReply(blocks, stop_reason, TokenUsage(), GUIDE_NAME)

    def catalogue(self, offered: frozenset[str]) -> list[ToolExamples]:
        """What the guide understands; only tools that are offered. On a tie the built-in tool wins."""
        everything = (*self._built_in, *self._skill_examples())
        return [entry for entry in everything if entry.tool in offered]

    def _answer(self, request: ModelRequest) -> tuple[Block, ...]:
        last = request.messages[-1]
        if (results := tool_results(last)) and not _sentence(last):
            return (TextBlock(report(results)),)
        catalogue = self.catalogue(frozenset(tool.name for tool in request.tools))
        return self._reply_to(_sentence(last), catalogue)

    def _reply_to(self, sentence: str, catalogue: list[ToolExamples]) -> tuple[Block, ...]:
        if sentence.strip(" .!?").casefold() in _ABOUT:
            return (TextBlock(introduction(catalogue)),)
        match = find_call(sentence, catalogue)
        if match is None:
            return (TextBlock(not_understood(suggestions(sentence, catalogue), catalogue)),)
        call = ToolUseBlock(f"guide_{uuid4().hex[:20]}", match.tool, match.input)
        return TextBlock(announcement(match.tool)), call


def _sentence(message: Message) -> str:
    """The person's words: the last text, since attachments go before it."""
    texts = [block.text for block in message.blocks if isinstance(block, TextBlock)]
    return texts[-1] if texts else ""
