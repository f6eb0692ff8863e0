"""What a text refers to: lines of files and addresses."""

import pytest

from blufio_tui.core.text.references import references

CASES = [
    ("see src/a.py:12 there", [("src/a.py", 12)]),
    ("src/a.py:12:7: error", [("src/a.py", 12)]),
    ("(./lib/x-y_z.rs:3), ../up.c:4", [("./lib/x-y_z.rs", 3), ("../up.c", 4)]),
    ("/etc/hosts:1 ~/notes/a+b.md:22", [("/etc/hosts", 1), ("~/notes/a+b.md", 22)]),
    ("Makefile:9: *** missing separator", [("Makefile", 9)]),
    ('  File "/srv/app/main.py", line 31, in run', [("/srv/app/main.py", 31)]),
    ("at 12:30 o'clock", [("12", 30)]),  # no such file: for the caller
    ("a.py:0 a.py: a.py:x a.py:12345678 a.py:12b", []),
    ("nothing at all", []),
    ("read https://example.org/a_(b)?q=1#top.", [("https://example.org/a_(b)?q=1#top", 0)]),
    ("(see http://localhost:8080/x), or <https://e.org>", [("http://localhost:8080/x", 0), ("https://e.org", 0)]),
    ("https://e.org/a.py:12", [("https://e.org/a.py:12", 0)]),
    ("ftp://e.org javascript:alert(1) https://", []),
    ("a" * 50_000 + ":", []),
    ("a/" * 25_000 + ":", []),
]


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[text[:30] for text, _ in CASES])
def test_references(text: str, expected: list[tuple[str, int]]) -> None:
    found = references(text)
    assert [(reference.target, reference.line) for reference in found] == expected
    assert all(reference.target in text[reference.start : reference.end] for reference in found)
