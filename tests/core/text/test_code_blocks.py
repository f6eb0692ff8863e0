"""Fenced code in a reply."""

import pytest

from blufio_tui.core.text.code_blocks import code_blocks


@pytest.mark.parametrize(
    ("markdown", "blocks"),
    [
        ("text\n```py\na\n\nb\n```\nmore\n~~~\nc\n~~~", ["a\n\nb", "c"]),
        ("````\n```\ninner\n```\n````", ["```\ninner\n```"]),
        ("```\ncut off", ["cut off"]),
        ("```\n~~~\n```", ["~~~"]),
        ("inline ```code``` here", []),
        ("```a`b\nnot code", []),
        ("  ```\n  x\n  ```", ["  x"]),
        ("```\n```", [""]),
        ("", []),
    ],
)
def test_each_block_is_its_content(markdown: str, blocks: list[str]) -> None:
    assert code_blocks(markdown) == blocks
