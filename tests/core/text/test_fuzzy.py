"""A few letters find what was meant."""

from blufio_tui.core.text.fuzzy import best, fuzzy


def order(query: str, *names: str) -> list[str]:
    return best(query, names, str, 10)


def test_letters_must_occur_in_order() -> None:
    assert fuzzy("abc", "a-b-c") is not None
    assert fuzzy("acb", "a-b-c") is None


def test_the_file_name_counts_more_than_its_folder() -> None:
    assert order("test", "tests/unit/a.py", "src/test.py") == ["src/test.py", "tests/unit/a.py"]


def test_beginnings_of_words_count_more_than_the_middle() -> None:
    assert order("se", "reuse", "sessions") == ["sessions", "reuse"]
    assert order("mod", "accommodate", "data_model") == ["data_model", "accommodate"]


def test_the_shorter_of_two_equal_fits_comes_first() -> None:
    assert order("read", "readme_old.md", "readme.md") == ["readme.md", "readme_old.md"]


def test_nothing_typed_keeps_the_order() -> None:
    assert order("", "b", "a") == ["b", "a"]
