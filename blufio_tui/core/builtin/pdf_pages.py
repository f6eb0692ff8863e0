"""The pages of a PDF as a model reads them."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from blufio_tui.core.builtin.common import BadArguments
from blufio_tui.core.text.display import visible_line

PDF_HEAD = b"%PDF-"


@dataclass(frozen=True, slots=True)
class PdfText:
    """
    Attributes:
        total: pages of the document.
        texts: of the pages from the first one that was asked for, as many as were read.
        problem: why there are no more of them, "" if nothing failed.
    """

    total: int = 0
    texts: tuple[str, ...] = ()
    problem: str = ""


ReadPdf = Callable[[bytes, int, int], Awaitable[PdfText]]
"""Takes the document, the first page (from 1) and about how many characters are wanted."""


def is_pdf(data: bytes) -> bool:
    return data.startswith(PDF_HEAD)


def shown_pages(path: str, read: PdfText, first: int, most_pages: int, characters: int) -> str:
    """`spec.pdf, pages 1-3 of 12, text only`, then the pages under their numbers, then how to continue.

    Args:
        most_pages: pages that were asked for.
        characters: a page that is longer is cut; the pages after it are left for the next call.

    Raises:
        BadArguments: nothing of it can be read; the message says why.
    """
    name = visible_line(path)
    if read.problem and not read.texts:
        raise BadArguments(f"{name} cannot be read as a PDF: {visible_line(read.problem)[:200]}")
    if first > read.total:
        raise BadArguments(f"{name} has {read.total} pages; offset {first} is past the end")
    texts = _fitting(read.texts[:most_pages], characters)
    last = first - 1 + len(texts)
    parts = [f"{name}, pages {first}-{last} of {read.total}, text only"]
    parts += [f"[page {number}]\n{text or '(no text)'}" for number, text in enumerate(texts, first)]
    if read.problem and last - first + 1 == len(read.texts):
        parts.append(f"[page {last + 1} cannot be read: {visible_line(read.problem)[:200]}]")
    elif last < read.total:
        parts.append(f"[go on with offset {last + 1}]")
    return "\n".join(parts)


def _fitting(texts: Sequence[str], characters: int) -> list[str]:
    shown: list[str] = []
    for text in texts:
        if shown and len(text) > characters:
            break
        cut = f"\n[… {len(text) - characters:,} or more characters of this page are left out]"
        shown.append(text if len(text) <= characters else text[:characters] + cut)
        characters -= len(text)
    return shown
