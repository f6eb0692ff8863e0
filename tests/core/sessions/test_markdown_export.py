"""A conversation as Markdown that says who said what and that its content cannot break."""

from blufio_tui.core.conversation import (
    Block,
    ImageBlock,
    Message,
    RedactedThinkingBlock,
    Role,
    TextBlock,
    ThinkingBlock,
    ToolResultBlock,
    ToolUseBlock,
)
from blufio_tui.core.sessions.markdown_export import to_markdown
from blufio_tui.core.sessions.records import MessageState, SessionInfo, StoredMessage

INFO = SessionInfo("abc", "A title", "/p", 0.0, 0.0, 1)


def exported(role: Role, *blocks: Block, state: MessageState = MessageState.COMPLETE, stands_for: int = 0) -> str:
    stored = StoredMessage(1, 0, "t", Message(role, blocks), state, 0.0, stands_for)
    return to_markdown(INFO, [stored])


def test_the_head_says_which_session_it_is() -> None:
    assert to_markdown(INFO, []).startswith("# A title\n\n- Session: `abc`\n- Project: `/p`\n- Begun: ")


def test_a_reply_holds_thinking_as_a_quote_and_calls_as_json() -> None:
    text = exported(
        Role.ASSISTANT, ThinkingBlock("a\nb", "s"), TextBlock("Hello"), ToolUseBlock("1", "file", {"path": "ü"})
    )
    assert "## Assistant\n\n> *Thinking*\n>\n> a\n> b\n\nHello\n\n**Tool call** `file`" in text
    assert '```json\n{\n  "path": "ü"\n}\n```' in text


def test_results_stand_under_the_call_without_a_heading_of_their_own() -> None:
    text = exported(Role.USER, ToolResultBlock("1", "no such file", is_error=True))
    assert "## You" not in text
    assert "**Error**\n\n```\nno such file\n```" in text


def test_a_result_cannot_end_the_fence_it_stands_in() -> None:
    text = exported(Role.USER, ToolResultBlock("1", "````\n# forged heading\n````"))
    assert "`````\n````\n# forged heading\n````\n`````" in text


def test_a_name_with_backticks_stays_in_its_code_span() -> None:
    assert "**Tool call** `` a`b ``" in exported(Role.ASSISTANT, ToolUseBlock("1", "a`b", {}))


def test_an_interrupted_reply_says_so() -> None:
    assert "half\n\n*(interrupted here)*" in exported(Role.ASSISTANT, TextBlock("half"), state=MessageState.PARTIAL)


def test_a_summary_is_told_from_what_the_person_said() -> None:
    assert "## Summary of what came before" in exported(Role.USER, TextBlock("so far"), stands_for=3)


def test_what_cannot_be_written_down_is_named() -> None:
    text = exported(Role.USER, ImageBlock("image/png", "A" * 4096), RedactedThinkingBlock("x"))
    assert "*(image: image/png, 4 KB)*" in text
    assert "hidden by the provider" in text
