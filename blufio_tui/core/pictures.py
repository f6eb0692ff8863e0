"""Pictures that a model accepts, recognised by content and not by name."""

import base64
from collections.abc import Callable
from dataclasses import dataclass

from blufio_tui.core.conversation import ImageBlock
from blufio_tui.core.text.amounts import plural

MAX_IMAGE_BYTES = 5 * 1024 * 1024
MAX_SIDE = 8_000
"""Pixels. Source: the limits of the Messages API for images."""

_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)


@dataclass(frozen=True, slots=True)
class PictureSize:
    """In pixels, from the picture's header."""

    width: int
    height: int


def image_type(data: bytes) -> str:
    """The media type of an image by its first bytes, "" for anything else."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((media_type for signature, media_type in _SIGNATURES if data.startswith(signature)), "")


def image_block(data: bytes) -> ImageBlock:
    """
    Raises:
        ValueError: not an image that a model accepts, too large, or broken; the text is a sentence.
    """
    media_type = image_type(data)
    if not media_type:
        raise ValueError("This is not an image that a model accepts (PNG, JPEG, GIF, WebP).")
    if len(data) > MAX_IMAGE_BYTES:
        raise ValueError(
            f"The image is {len(data) / 2**20:.1f} MB; a model accepts at most {MAX_IMAGE_BYTES // 2**20} MB."
        )
    return ImageBlock(media_type, base64.b64encode(data).decode("ascii"))


def picture_for_model(data: bytes) -> tuple[ImageBlock, str]:
    """The block, and in words what it is: `a PNG picture, 640 × 480, 12,345 bytes`.

    Raises:
        ValueError: as `image_block`; also for one with no size in its head, or with a side that is too long.
    """
    block, size = image_block(data), picture_size(data)
    kind = block.media_type.removeprefix("image/").upper().replace("WEBP", "WebP")
    if size is None or not size.width or not size.height:
        raise ValueError(f"The {kind} picture is broken: it does not say how large it is.")
    if max(size.width, size.height) > MAX_SIDE:
        raise ValueError(
            f"The picture has {size.width:,} × {size.height:,} pixels; a model accepts at most {MAX_SIDE:,} a side."
        )
    return block, f"a {kind} picture, {size.width} × {size.height}, {plural(len(data), 'byte')}"


def picture_size(data: bytes) -> PictureSize | None:
    """The size from the header; None if this is not a picture or is cut off before it. Decodes no pixels."""
    reader = _READERS.get(image_type(data))
    try:
        return reader(data) if reader else None
    except IndexError:
        return None


def _png(data: bytes) -> PictureSize | None:
    return PictureSize(_big(data, 16, 4), _big(data, 20, 4)) if data[12:16] == b"IHDR" else None


def _gif(data: bytes) -> PictureSize:
    return PictureSize(_little(data, 6, 2), _little(data, 8, 2))


def _jpeg(data: bytes) -> PictureSize | None:
    """From the first frame header; the segments before it are skipped by their lengths."""
    place = 2
    while data[place] == 0xFF:
        marker = data[place + 1]
        if marker == 0xFF:  # a fill byte
            place += 1
        elif marker in _FRAMES:
            return PictureSize(_big(data, place + 7, 2), _big(data, place + 5, 2))
        elif marker in _WITHOUT_LENGTH:
            place += 2
        elif (length := _big(data, place + 2, 2)) >= 2:
            place += 2 + length
        else:
            return None
    return None


_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})


def _webp(data: bytes) -> PictureSize | None:
    match data[12:16]:
        case b"VP8 ":
            return PictureSize(_little(data, 26, 2) & 0x3FFF, _little(data, 28, 2) & 0x3FFF)
        case b"VP8L":
            bits = _little(data, 21, 4)
            return PictureSize((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
        case b"VP8X":
            return PictureSize(_little(data, 24, 3) + 1, _little(data, 27, 3) + 1)
        case _:
            return None


def _big(data: bytes, at: int, size: int) -> int:
    return int.from_bytes(_exactly(data, at, size), "big")


def _little(data: bytes, at: int, size: int) -> int:
    return int.from_bytes(_exactly(data, at, size), "little")


def _exactly(data: bytes, at: int, size: int) -> bytes:
    if at + size > len(data):
        raise IndexError
    return data[at : at + size]


_READERS: dict[str, Callable[[bytes], PictureSize | None]] = {
    "image/png": _png,
    "image/gif": _gif,
    "image/jpeg": _jpeg,
    "image/webp": _webp,
}
