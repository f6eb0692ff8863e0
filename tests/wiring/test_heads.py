"""The program's line before a message is the model's to read: people and their searches see their own words."""

from blufio_tui.adapters.sessions.rows import searchable_text
from blufio_tui.core.conversation import Message, Role, TextBlock
from blufio_tui.core.sessions.heads import head_block
from blufio_tui.core.sessions.markdown_export import to_markdown
from blufio_tui.core.sessions.records import MessageState, SessionInfo, StoredMessage
from blufio_tui.ui.state.attached import attached_labels, attachments_of
from blufio_tui.ui.state.restore import is_prompt, said

HEAD = head_block("[mode ask: reading the project is free, the rest needs approval · git: flamingo]")
ATTACHED = TextBlock("\n\nAttached: a.txt\n```\nx\n```\n")
MESSAGE = Message(Role.USER, (HEAD, ATTACHED, TextBlock("hello")))
STORED = StoredMessage(1, 0, "t", MESSAGE, MessageState.COMPLETE, 0.0)


def test_the_screen_shows_what_was_typed_and_attached() -> None:
    assert is_prompt(STORED) and said(STORED) == "hello"
    assert attachments_of(MESSAGE.blocks) == (ATTACHED,)
    assert attached_labels(attachments_of(MESSAGE.blocks)) == ("a.txt, 28 B",)


def test_search_looks_at_what_people_wrote() -> None:
    assert "flamingo" not in searchable_text(MESSAGE) and "hello" in searchable_text(MESSAGE)


def test_the_markdown_export_leaves_it_out() -> None:
    info = SessionInfo("s", "title", "/p", 0.0, 0.0, 1)
    exported = to_markdown(info, [STORED])
    assert "flamingo" not in exported and "hello" in exported and "a.txt" in exported
