from hypothesis import given
from hypothesis import strategies as st

from blufio_tui.core.agent.own_calls import call_told_of, told
from blufio_tui.core.agent.user_calls import fenced


@given(st.text(max_size=40).filter(lambda text: "\n" not in text), st.text(max_size=80), st.booleans())
def test_what_the_model_was_told_is_recognised_again(shown: str, result: str, failed: bool) -> None:
    assert call_told_of(told(shown, fenced(result), failed=failed)) == (shown, fenced(result))


def test_a_command_of_several_lines_is_recognised() -> None:
    assert call_told_of(told("!echo a\necho b", fenced("a\nb"), failed=False)) == ("!echo a\necho b", fenced("a\nb"))


def test_other_words_are_not_taken_for_a_call() -> None:
    assert call_told_of("I ran this myself: nothing") is None
    assert call_told_of("hello") is None
