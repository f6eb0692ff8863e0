"""Nearest spellings and names that look alike."""

import pytest

from blufio_tui.core.text.similar import distance, look_alike, near, nearest


@pytest.mark.parametrize(
    ("left", "right", "edits"), [("", "abc", 3), ("abc", "abc", 0), ("netwrok", "network", 1), ("kitten", "sitting", 3)]
)
def test_distance_counts_edits_and_swaps(left: str, right: str, edits: int) -> None:
    assert distance(left, right) == edits


def test_the_nearest_word_is_offered_only_when_it_is_near() -> None:
    assert nearest("domain", ["domains", "methods"]) == "domains"
    assert nearest("xyzzy", ["domains", "methods"]) is None
    assert nearest("x", []) is None


@pytest.mark.parametrize(
    ("word", "names", "close"),
    [
        ("modle", ["mode", "model", "undo"], ["mode", "model"]),
        ("sessions", ["session", "sessions"], ["sessions", "session"]),
        ("sett", ["settings", "session"], ["settings"]),
        ("max_tokens", ["agent.max_tokens", "agent.max_iterations"], ["agent.max_tokens"]),
        ("ab", ["about_everything", "xy"], []),
        ("", ["a", "bb"], []),
    ],
)
def test_near_names_are_misspelt_or_hold_the_word_and_the_nearest_comes_first(
    word: str, names: list[str], close: list[str]
) -> None:
    assert near(word, names) == close


def test_a_word_of_any_length_is_compared_with_names_of_its_length_only() -> None:
    assert nearest("x" * 50_000_000, ["domains"]) is None


@pytest.mark.parametrize("name", ["text_stats", "Text-Stats", "text-5tats", "text-stat5"])
def test_names_that_look_alike_are_noticed(name: str) -> None:
    assert look_alike(name, ["weather", "text-stats"]) == "text-stats"


def test_a_name_does_not_look_like_itself_or_like_any_other() -> None:
    assert look_alike("text-stats", ["text-stats", "weather"]) is None
