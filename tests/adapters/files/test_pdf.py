"""PDFs read by a process of its own."""

import pytest

from blufio_tui.adapters.files import pdf as reading
from blufio_tui.adapters.files.pdf import read_pdf
from tests.fakes.pictures import pdf


async def test_pages_come_from_the_one_that_was_asked_for_until_there_is_enough() -> None:
    document = pdf("The first page", "", "The third page", "The fourth page")
    read = await read_pdf(document, 1, 1_000)
    assert (read.total, read.problem) == (4, "")
    assert [text.strip() for text in read.texts] == ["The first page", "", "The third page", "The fourth page"]
    assert [text.strip() for text in (await read_pdf(document, 3, 5)).texts] == ["The th"]
    assert (await read_pdf(document, 9, 1_000)).texts == ()


@pytest.mark.parametrize(
    "document", [b"%PDF-1.4\nnot much else", b"%PDF-", pdf("x")[:60], b"%PDF-1.7\n" + b"\xff" * 999]
)
async def test_what_is_broken_is_a_problem_in_words(document: bytes) -> None:
    read = await read_pdf(document, 1, 1_000)
    assert read.problem and not read.texts


async def test_a_reader_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PDF_SECS", 0.001)
    read = await read_pdf(pdf("x"), 1, 1_000)
    assert "longer than" in read.problem
