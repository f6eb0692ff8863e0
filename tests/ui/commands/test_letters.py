"""One letter, one meaning: the same letter does the same kind of thing on every screen."""

from collections import defaultdict

from blufio_tui.ui.keys.table import bindings_by_place

_OF_A_QUESTION = {"approval", "asked", "yes or no", "installing", "undoing", "leader", "jumping"}
"""There a letter is an answer, and stands beside its words."""

MEANING: dict[str, set[str]] = {
    "a": {"Audit rows", "Accept"},
    "d": {"Drop", "Delete", "Remove", "Reset", "Revoke", "End"},
    "m": {"Message", "Models"},
    "s": {"Send now", "This session", "Stop"},
    "t": {"To the call", "Test", "Try", "Thinking", "Trust"},
    "e": {"Edit", "Effects", "Export", "On/off", "On or off", "How long"},
    "r": {"Retry", "Run again", "Run again, go on", "Run", "Rename", "Restart"},
    "c": {"Copy code", "Change", "Connections", "Denied/allowed"},
    "n": {"Part below", "By name"},
    "p": {"Parts"},
    "b": {"Budget", "By"},
    "o": {"Outputs", "Folder"},
    "u": {"Undo", "Update"},
    "v": {"Verify", "Select lines"},
    "w": {"Why", "Kind", "Widen"},
    "y": {"Copy", "Copy lines"},
}
"""What each letter with several words means. `d` takes away what the cursor is on, `y` copies, `r` does something
again; a letter that is to mean something else needs an entry here, and so a thought."""


def _words() -> dict[str, set[str]]:
    words: dict[str, set[str]] = defaultdict(set)
    for place, binding in bindings_by_place():
        if place not in _OF_A_QUESTION:
            for key in binding.key.split(","):
                if len(key) == 1 and key.islower():
                    words[key].add(binding.description)
    return words


def test_no_letter_gets_another_meaning() -> None:
    several = {letter: words for letter, words in _words().items() if len(words) > 1}
    strange = {letter: words - MEANING.get(letter, set()) for letter, words in several.items()}
    assert {letter: words for letter, words in strange.items() if words} == {}


def test_the_letter_that_takes_away_does_so_on_every_screen_and_delete_does_the_same() -> None:
    bindings = [binding for place, binding in bindings_by_place() if place not in _OF_A_QUESTION]
    taking = [binding for binding in bindings if "d" in binding.key.split(",")]
    assert len(taking) >= 7
    assert all(binding.key == "d,delete" for binding in taking), [binding.id for binding in taking]
