"""`@path` in a prompt: where it is, and what the model is sent for it."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blufio_tui.core.agent.attach import (
    MAX_TEXT_BYTES,
    content_attachment,
    folder_attachment,
    mention_at,
    mentions,
    pasted_path,
    quoted,
)
from blufio_tui.core.conversation import ImageBlock, TextBlock
from blufio_tui.core.pictures import MAX_IMAGE_BYTES, image_block

PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 20


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("look at @src/a.py and @b.txt.", ["src/a.py", "b.txt"]),
        ('see @"my notes.md", please', ["my notes.md"]),
        ("(@README.md)", ["README.md"]),
        ("mail me@example.org or a@b", []),
        ("@", []),
        ("@@x", []),
        ("x/@scope", []),
        ("@.gitignore @../up @~/home @/abs", [".gitignore", "../up", "~/home", "/abs"]),
        ("line\n@next", ["next"]),
    ],
)
def test_mentions_are_found_and_addresses_are_not(text: str, paths: list[str]) -> None:
    assert [mention.path for mention in mentions(text)] == paths


def test_a_mention_knows_its_place() -> None:
    text = "see @src/a.py, ok"
    [mention] = mentions(text)
    assert text[mention.start : mention.end] == "@src/a.py"


@pytest.mark.parametrize(
    ("text", "cursor", "path"),
    [("go @", 4, ""), ("go @sr", 6, "sr"), ("go @src x", 5, "src"), ('go @"a b', 8, "a b"), ("go @a.", 6, "a.")],
)
def test_the_mention_being_typed_is_the_one_at_the_cursor(text: str, cursor: int, path: str) -> None:
    mention = mention_at(text, cursor)
    assert mention
    assert mention.path == path


@pytest.mark.parametrize(("text", "cursor"), [("go @a b", 7), ("go @a", 3), ("a@b", 3), ("", 0)])
def test_elsewhere_no_mention_is_typed(text: str, cursor: int) -> None:
    assert mention_at(text, cursor) is None


@given(st.text(alphabet=st.characters(exclude_characters='"\n', exclude_categories=["Cs"]), min_size=1, max_size=20))
def test_a_path_chosen_from_the_list_is_read_back_as_it_is(path: str) -> None:
    if path.strip() != path or path.startswith("@"):
        return
    assert [mention.path for mention in mentions(f"see {quoted(path)} ok")] == [path]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("/tmp/a.png\n", "/tmp/a.png"),
        ("'/tmp/my shot.png'", "/tmp/my shot.png"),
        ("/tmp/my\\ shot.png ", "/tmp/my shot.png"),
        ("file:///tmp/my%20shot.png", "/tmp/my shot.png"),
        ("file://elsewhere/x", ""),
        ("~/x.png", "~/x.png"),
        ("hello", ""),
        ("/a\n/b", ""),
        ("", ""),
        ("'", ""),
    ],
)
def test_a_dropped_file_is_known_by_its_path(text: str, path: str) -> None:
    assert pasted_path(text) == path


def test_text_is_framed_so_that_it_cannot_leave_its_frame() -> None:
    attachment = content_attachment("a.md", b"\xef\xbb\xbf```\ncode\n```\n")
    assert attachment.block == TextBlock("\n\nAttached: a.md\n````\n```\ncode\n```\n````\n")
    assert attachment.note == ""


def test_long_text_is_cut_at_a_character_and_says_so() -> None:
    attachment = content_attachment("big.txt", b"a" + "ü".encode() * MAX_TEXT_BYTES)
    assert isinstance(attachment.block, TextBlock)
    assert "Only the first 100,000 bytes of big.txt are attached; 100,001 are left out." in attachment.note
    assert attachment.note in attachment.block.text


@pytest.mark.parametrize("data", [b"GIF87a..", b"GIF89a..", PNG, b"\xff\xd8\xff\xe0", b"RIFF\0\0\0\0WEBPVP8 "])
def test_an_image_is_known_by_its_content(data: bytes) -> None:
    block = content_attachment("misnamed.txt", data).block
    assert isinstance(block, ImageBlock)
    assert base64.b64decode(block.data) == data


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"ELF\0\1\2", "neither text nor an image"),
        (b"caf\xe9 au lait", "not UTF-8 text (byte 3)"),
        (b"a" * 50 + b"\xff" + b"a" * MAX_TEXT_BYTES, "not UTF-8 text (byte 50)"),
        (PNG + b"x" * MAX_IMAGE_BYTES, "a model accepts at most 5 MB"),
    ],
)
def test_what_cannot_be_sent_is_explained(data: bytes, says: str) -> None:
    attachment = content_attachment("f", data)
    assert attachment.block is None
    assert says in attachment.note


def test_a_pasted_thing_that_is_no_image_is_refused() -> None:
    with pytest.raises(ValueError, match="not an image"):
        image_block(b"hello")


def test_a_folder_is_attached_as_its_list() -> None:
    attachment = folder_attachment("src/", ["a.py", "sub/"])
    assert isinstance(attachment.block, TextBlock)
    assert "a.py\nsub/" in attachment.block.text
    assert "500 of the 600" in folder_attachment("x", ["n"] * 600).note
