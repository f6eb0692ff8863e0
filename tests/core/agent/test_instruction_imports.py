"""Which files instructions ask to be read with them."""

import pytest

from blufio_tui.core.agent.instruction_imports import imports_in


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("See @docs/style.md and @README.", ("docs/style.md", "README")),
        ("@a.md\n@a.md\n@./b.md,", ("a.md", "./b.md")),
        ("(@a.md)", ("a.md",)),
        ("write to me@example.com, a@b", ()),
        ("`@a.md` and ``x ` @b.md`` @c.md", ("c.md",)),
        ("```\n@a.md\n```\n@b.md", ("b.md",)),
        ("~~~\n@a.md\n```\n@b.md\n~~~\n@c.md", ("c.md",)),
        ("````\n```\n@a.md\n````\n@b.md", ("b.md",)),
        ("@ @@x", ()),
        ("@../../etc/passwd", ("../../etc/passwd",)),
        ("", ()),
    ],
)
def test_a_mention_is_an_import_unless_it_stands_in_code(text: str, paths: tuple[str, ...]) -> None:
    assert imports_in(text) == paths


def test_many_mentions_are_bounded() -> None:
    assert len(imports_in(" ".join(f"@f{number}" for number in range(10_000)))) == 100
