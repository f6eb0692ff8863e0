"""Finding the line of a key."""

from blufio_tui.core.text.toml_lines import key_lines, line_of

TEXT = '''# [not] = "a table"
title = "x # [y]"   # comment
[a]
"quoted key" = 1
list = [
  "b = 1",
  { c = 2 },
]
text = """
[no.table]
k = 1 """
b.c = 'd'
[[items]]
n = 1
[[items]]
n = 2
[items.sub]
m = 3
'''


def test_keys_and_tables_are_found_where_they_stand() -> None:
    lines = key_lines(TEXT)
    assert lines == {
        ("title",): 2,
        ("a",): 3,
        ("a", "quoted key"): 4,
        ("a", "list"): 5,
        ("a", "text"): 9,
        ("a", "b"): 12,
        ("a", "b", "c"): 12,
        ("items", 0): 13,
        ("items", 0, "n"): 14,
        ("items", 1): 15,
        ("items", 1, "n"): 16,
        ("items", 1, "sub"): 17,
        ("items", 1, "sub", "m"): 18,
    }


def test_what_is_not_found_gets_the_line_of_what_is_around_it() -> None:
    lines = key_lines(TEXT)
    assert line_of(lines, ("items", 1, "gone", "deeper")) == 15
    assert line_of(lines, ("nowhere",)) == 1
