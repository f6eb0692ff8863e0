"""When a server that talks unasked is cut off."""

import pytest

from blufio_tui.core.mcp.flood import MAX_BYTES, MAX_MESSAGES, WINDOW_SECS, Flood


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_so_many_messages_in_a_window_and_no_more() -> None:
    clock = Clock()
    flood = Flood(clock)
    assert not any(flood.count(10) for _ in range(MAX_MESSAGES))
    assert flood.count(10) == "it was disconnected: more than 5000 unrequested messages in 10 s"
    clock.now += WINDOW_SECS + 0.1
    assert flood.count(10) == ""


@pytest.mark.parametrize(
    ("pieces", "goes"), [([MAX_BYTES], False), ([MAX_BYTES, 1], True), ([MAX_BYTES // 2] * 3, True)]
)
def test_so_many_bytes_in_a_window_and_no_more(pieces: list[int], goes: bool) -> None:
    flood = Flood(Clock())
    said = [flood.count(piece, 0) for piece in pieces]
    assert ("64 MiB" in said[-1]) is goes


def test_what_turns_out_to_be_an_answer_is_taken_back_but_never_saved_up() -> None:
    flood = Flood(Clock())
    assert flood.count(MAX_BYTES, 0) == ""
    assert flood.count(-2 * MAX_BYTES, 0) == ""
    assert flood.count(MAX_BYTES, 0) == ""
    assert flood.count(1, 0) != ""
