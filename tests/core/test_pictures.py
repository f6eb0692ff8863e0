"""Pictures by what they are."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blufio_tui.core.pictures import MAX_IMAGE_BYTES, PictureSize, image_type, picture_for_model, picture_size
from tests.fakes.pictures import png

GIF = b"GIF89a" + struct.pack("<HH", 300, 200) + b"\0" * 9
JPEG = (
    b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0"
    b"\xff\xff\xff\xc4\0\x04ab"  # fill bytes and a table, which is no frame
    b"\xff\xc2\0\x11\x08" + struct.pack(">HH", 480, 640) + b"\3" + b"\0" * 12
)
WEBP = b"RIFF\0\0\0\0WEBP"
LOSSY = WEBP + b"VP8 \0\0\0\0\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 176 | 0x4000, 144)
LOSSLESS = WEBP + b"VP8L\0\0\0\0\x2f" + struct.pack("<I", 99 | 49 << 14)
EXTENDED = WEBP + b"VP8X\x0a\0\0\0\0\0\0\0" + (1023).to_bytes(3, "little") + (767).to_bytes(3, "little")


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (png(17, 5), PictureSize(17, 5)),
        (GIF, PictureSize(300, 200)),
        (JPEG, PictureSize(640, 480)),
        (LOSSY, PictureSize(176, 144)),
        (LOSSLESS, PictureSize(100, 50)),
        (EXTENDED, PictureSize(1024, 768)),
        (png()[:20], None),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 30, None),
        (JPEG[:-14], None),
        (b"\xff\xd8\xff\xe0\0\1" + b"\0" * 40, None),
        (b"\xff\xd8\xff\xd9", None),
        (WEBP + b"JUNK" + b"\0" * 30, None),
        (b"GIF89a\1", None),
        (b"hello", None),
    ],
)
def test_the_size_is_what_the_head_says(data: bytes, size: PictureSize | None) -> None:
    assert picture_size(data) == size


@given(st.sampled_from([png(), GIF, JPEG, LOSSY, LOSSLESS, EXTENDED]), st.binary(max_size=60), st.integers(0, 40))
def test_no_bytes_break_it(data: bytes, noise: bytes, place: int) -> None:
    broken = data[:place] + noise + data[place + len(noise) :]
    found = picture_size(broken)
    assert found is None or (found.width >= 0 and image_type(broken))


def test_a_picture_is_described() -> None:
    block, words = picture_for_model(png(640, 480))
    assert block.media_type == "image/png"
    assert words.startswith("a PNG picture, 640 × 480, ")
    assert picture_for_model(EXTENDED)[1].startswith("a WebP picture, 1024 × 768")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"hello", "not an image"),
        (png(8_001, 1), "8,001 × 1 pixels; a model accepts at most 8,000 a side"),
        (png()[:20], "The PNG picture is broken"),
        (GIF[:6] + b"\0" * 13, "The GIF picture is broken"),
        (png() + b"x" * MAX_IMAGE_BYTES, "at most 5 MB"),
    ],
)
def test_what_no_model_takes_is_explained(data: bytes, says: str) -> None:
    with pytest.raises(ValueError, match=says.replace("(", r"\(")):
        picture_for_model(data)
