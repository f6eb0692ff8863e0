"""`file read` of pictures and PDFs."""

import pytest

from blufio_tui.core.builtin.common import BadArguments
from blufio_tui.core.builtin.file import FileTool
from blufio_tui.core.builtin.pdf_pages import PdfText, shown_pages
from blufio_tui.core.capability import Actor
from blufio_tui.core.effects import Effect, EffectResult
from blufio_tui.core.pictures import image_block
from blufio_tui.core.tools import CallContext, ToolOutcome
from tests.fakes.pictures import pdf, png


async def read(data: bytes, **more: object) -> ToolOutcome:
    async def perform(_effect: Effect, _actor: Actor, _context: CallContext) -> EffectResult:
        return EffectResult(len(data), data)

    async def pages(given: bytes, first: int, characters: int) -> PdfText:
        assert given == data and characters == 15_000
        return PdfText(3, tuple(f"text of {number}" for number in range(first, 4)))

    arguments: dict[str, object] = {"action": "read", "path": "/p/a.txt", **more}
    tool = FileTool(perform, project="/p", read_pdf=pages)
    return await tool.invoke(arguments, CallContext("s", "t", "c", lambda _: None))  # type: ignore[arg-type]


async def test_a_picture_comes_as_an_image_whatever_its_name() -> None:
    outcome = await read(png(40, 30))
    assert outcome.images == (image_block(png(40, 30)),)
    assert outcome.content.startswith("a.txt, a PNG picture, 40 × 30, ")


async def test_a_picture_that_no_model_takes_is_an_error_without_one() -> None:
    outcome = await read(png(9_000, 1))
    assert outcome.is_error and not outcome.images
    assert outcome.content.startswith("a.txt cannot be shown. The picture has 9,000 × 1 pixels")


async def test_a_pdf_is_read_by_pages() -> None:
    outcome = await read(pdf("x"), offset=2, limit=1)
    assert outcome.content == "a.txt, pages 2-2 of 3, text only\n[page 2]\ntext of 2\n[go on with offset 3]"
    assert (await read(pdf("x"), offset=3)).content == "a.txt, pages 3-3 of 3, text only\n[page 3]\ntext of 3"
    assert "has 3 pages; offset 4 is past the end" in (await read(pdf("x"), offset=4)).content


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (PdfText(2, ("", "b")), "d.pdf, pages 1-2 of 2, text only\n[page 1]\n(no text)\n[page 2]\nb"),
        (
            PdfText(9, ("a" * 25, "b")),
            f"d.pdf, pages 1-1 of 9, text only\n[page 1]\n{'a' * 20}\n"
            "[… 5 or more characters of this page are left out]\n[go on with offset 2]",
        ),
        (
            PdfText(9, ("a", "b" * 25)),
            "d.pdf, pages 1-1 of 9, text only\n[page 1]\na\n[go on with offset 2]",
        ),
        (
            PdfText(9, ("a",), "it broke\x1b"),
            "d.pdf, pages 1-1 of 9, text only\n[page 1]\na\n[page 2 cannot be read: it broke\\e]",
        ),
    ],
)
def test_pages_are_shown_whole_as_far_as_they_fit(text: PdfText, shown: str) -> None:
    assert shown_pages("d.pdf", text, 1, 100, 20) == shown


def test_a_document_that_cannot_be_read_at_all_is_an_error() -> None:
    with pytest.raises(BadArguments, match=r"d\.pdf cannot be read as a PDF: it is encrypted"):
        shown_pages("d.pdf", PdfText(problem="it is encrypted and needs a password"), 1, 100, 20)
